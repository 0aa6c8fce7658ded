#!/usr/bin/env python3.13
"""Writes conformance.json: what CPython's C unpickler makes of inputs on which
unpicklers disagree (conformance_cases.py). Run it with CPython 3.13; the result
does not change.

Nothing a pickle names is imported, unless a case says plain: every class and
function is a Rec, which records what is done to it. So the answer shows what
the unpickler does, and not what the classes would. A value is written as text
(render), in which #1= names an object that comes again as #1. Python 2 strings
are s"...", extension codes are registered, and there are as many out-of-band
buffers as a pickle asks for.

A case in the file has

    name     part of the suite / what is special
    input    pieces of the pickle, one char for each byte; [piece, count] is
             the piece count times
    plain    true: loaded by _pickle.loads with nothing set
    value    what CPython makes of it; absent where it is too deep to print
    error    or the exception
    differs  why the machine's answer is another one on purpose:
    want     then this value, or "accept" or "reject"
    note     "root": the machine accepts it, the package above must answer as
             CPython does (keys of dicts and sets, mostly)
"""
import _pickle
import codecs
import collections
import copyreg
import itertools
import json
import os
import resource
import sys
import warnings

from conformance_cases import CASES

# Where CPython wants memory in proportion to a length that lies, the answer
# must not depend on how much the computer has.
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

PY2 = "\U0010fffe\U0010ffff"  # before the text of a Python 2 str
codecs.register(lambda name: codecs.CodecInfo(None, decode_py2, name=name) if name == "py2" else None)


def decode_py2(data, errors="strict"):
    return PY2 + bytes(data).decode("latin1"), len(data)


class Rec(type):
    """Whatever a pickle finds, calls or instantiates. It is a class, so that
    NEWOBJ takes it, and it can be called, given items and a state."""

    def __new__(mcls, kind, *info):
        return super().__new__(mcls, "Rec", (), {"__new__": Rec.make})

    def __init__(self, kind, *info):
        self.kind, self.info = kind, info
        self.states, self.items, self.pairs, self.adds = [], [], [], False

    @staticmethod
    def make(cls, *args, **kwargs):
        return Rec("new", cls, args, kwargs)

    def __call__(self, *args):
        return Rec("call", self, args)

    def __setstate__(self, state):
        self.states.append(state)

    def extend(self, items):
        self.items += items

    def add(self, item):
        self.items.append(item)
        self.adds = True

    def __setitem__(self, key, value):
        self.pairs += key, value

    def changed(self):
        return bool(self.states or self.items or self.pairs)


class Unpickler(_pickle.Unpickler):
    def find_class(self, module, name):
        return Rec("global", module, name)

    def persistent_load(self, pid):
        return Rec("persistent", pid)


class Buffer(bytearray):
    pass


def buffers():
    for i in itertools.count():
        b = Buffer()
        b.index = i
        yield b


class Whole:
    """A file that is in memory at once. From others the C unpickler loses what
    precedes the end of a frame in a line that crosses it; loads does not."""

    def __init__(self, data):
        self.rest = data

    def peek(self, n):
        return self.rest

    def read(self, n):
        b, self.rest = self.rest[:n], self.rest[n:]
        return b

    def readline(self):
        return self.read(self.rest.find(b"\n") + 1 or len(self.rest))


def load(data):
    copyreg.clear_extension_cache()
    cache.clear()
    cache.update((code, Rec("extension", code)) for code in (1, 7, 200, 256, 65535, 65536, 2**31 - 1))
    return Unpickler(Whole(data), encoding="py2", buffers=buffers()).load()


cache = copyreg._extension_cache


def quote(chars):
    out = []
    for c in chars:
        c = ord(c) if isinstance(c, str) else c
        out.append(chr(c) if 0x20 <= c < 0x7f and c not in b'"\\' else "\\{%x}" % c)
    return '"' + "".join(out) + '"'


def kids(v):
    """What v holds, in the order in which render prints it; None for a value
    without an identity of its own."""
    if isinstance(v, list):
        return v
    if isinstance(v, (tuple, frozenset)) and not v:
        return None  # one object in CPython
    if isinstance(v, tuple):
        return v
    if isinstance(v, dict):
        return [x for kv in v.items() for x in kv]
    if isinstance(v, (set, frozenset)):
        return sorted(v, key=render)
    if isinstance(v, Buffer):
        return None
    if isinstance(v, bytearray):
        return ()
    if isinstance(v, Rec):
        k = []
        if v.kind == "persistent":
            k = [v.info[0]]
        elif v.kind == "call":
            k = [v.info[0], *v.info[1]]  # Python makes a new tuple of the arguments
        elif v.kind == "new":
            k = [v.info[0], *v.info[1]] + [x for kv in v.info[2].items() for x in kv]
        elif not v.changed():
            return None
        return k + v.items + v.pairs + v.states
    return None


def render(v):
    seen, shared, names = set(), set(), {}
    todo = [v]
    while todo:
        x = todo.pop()
        k = kids(x)
        if k is None:
            continue
        if id(x) in seen:
            shared.add(id(x))
            continue
        seen.add(id(x))
        todo.extend(k)
    return text(v, shared, names)


def text(v, shared, names):
    label = ""
    if id(v) in shared and kids(v) is not None:
        if id(v) in names:
            return "#%d" % names[id(v)]
        names[id(v)] = len(names) + 1
        label = "#%d=" % names[id(v)]

    def sub(x):
        return text(x, shared, names)

    def seq(xs):
        return ", ".join([sub(x) for x in xs])

    def pairs(xs):
        return ", ".join([sub(xs[i]) + ": " + sub(xs[i + 1]) for i in range(0, len(xs), 2)])

    if v is None or isinstance(v, (bool, float)):
        return repr(v)
    if isinstance(v, int):
        return str(v) if v.bit_length() <= 64 else hex(v)
    if isinstance(v, str):
        return "s" + quote(v.removeprefix(PY2)) if v.startswith(PY2) else quote(v)
    if isinstance(v, bytes):
        return "b" + quote(v)
    if isinstance(v, Buffer):
        return "buffer(%d)" % v.index
    if isinstance(v, memoryview):
        if isinstance(v.obj, Buffer):
            return "buffer(%d, readonly)" % v.obj.index
        return "memoryview"
    if isinstance(v, bytearray):
        return label + "bytearray(" + quote(v) + ")"
    if isinstance(v, list):
        return label + "[" + seq(v) + "]"
    if isinstance(v, tuple):
        return label + "(" + seq(v) + ("," if len(v) == 1 else "") + ")"
    if isinstance(v, dict):
        return label + "{" + pairs(kids(v)) + "}"
    if isinstance(v, set):
        return label + "set{" + seq(kids(v)) + "}"
    if isinstance(v, frozenset):
        return label + "frozenset{" + seq(kids(v) or ()) + "}"
    if not isinstance(v, Rec):
        return "<%s>" % type(v).__name__
    if v.kind == "global":
        s = "global(%s, %s)" % tuple(quote(x.removeprefix(PY2)) for x in v.info)
    elif v.kind == "extension":
        s = "extension(%d)" % v.info
    elif v.kind == "persistent":
        s = "persistent(" + sub(v.info[0]) + ")"
    else:
        s = v.kind + "(" + sub(v.info[0]) + ", (" + seq(v.info[1]) + ")"
        if v.kind == "new" and v.info[2]:
            s += ", {" + pairs([x for kv in v.info[2].items() for x in kv]) + "}"
        s += ")"
    if v.items:
        s += " adds[" * v.adds + " items[" * (not v.adds) + seq(v.items) + "]"
    if v.pairs:
        s += " pairs{" + pairs(v.pairs) + "}"
    for x in v.states:
        s += " state(" + sub(x) + ")"
    return label + s


def piece(part):
    if isinstance(part, list):
        return [part[0].decode("latin1"), part[1]]
    return part.decode("latin1")


def run(name, parts, more):
    row = {"name": name, "input": []}
    for p in map(piece, parts):
        if isinstance(p, str) and row["input"] and isinstance(row["input"][-1], str):
            row["input"][-1] += p
        else:
            row["input"].append(p)
    row.update({k: v for k, v in more.items() if k not in ("deep", "hangs")})
    if more.get("hangs"):
        row["error"] = "none: CPython does not return"
        return row
    data = b"".join(p if isinstance(p, bytes) else p[0] * p[1] for p in parts)
    try:
        value = _pickle.loads(data) if more.get("plain") else load(data)
        if not more.get("deep") and not (more.get("plain") and not simple(value)):
            row["value"] = render(value)
    except Exception as e:
        row["error"] = f"{type(e).__name__}: {e}".replace(PY2, "")[:200]
    return row


def simple(v):
    return v is None or isinstance(v, (int, str, bytes, float))


def main():
    if sys.version_info[:2] != (3, 13) or sys.implementation.name != "cpython":
        sys.exit("conformance.py wants CPython 3.13")
    warnings.simplefilter("ignore")  # escapes that Python does not know
    rows = [run(*c) for c in CASES]
    names = collections.Counter(r["name"] for r in rows)
    for r in rows:
        if names[r["name"]] > 1:
            sys.exit("two cases are called " + r["name"])
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "conformance.json")
    with open(path, "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]\n")


if __name__ == "__main__":
    main()

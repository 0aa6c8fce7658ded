"""Writes writer.json: what CPython's C pickler makes of the values below.

    python3.13 writer.py > writer.json

A value is described in JSON: null, true, 1, "text" and [list] stand for
themselves, an object with one member for anything else (see build). No two
parts of a value are the same object, except where CPython itself has only one:
the empty str and bytes, and those of one character or byte.

For each protocol there is the pickle in hexadecimal or, if that is long, its
length and the beginning of its SHA-256.
"""

import _pickle
import collections
import hashlib
import json
import pickle
import random

assert pickle.dumps is _pickle.dumps, "the C pickler is the reference"


def lengths(seed, count, limit):
    """The pseudo-random lengths of {"lengths": [kind, seed, count, limit]}."""
    for _ in range(count):
        seed = (seed * 1103515245 + 12345) % 2**31
        yield (seed >> 8) % limit


def items(specs):
    for spec in specs:
        kind = next(iter(spec)) if isinstance(spec, dict) else ""
        if kind == "repeat":  # [count, spec]
            for _ in range(spec[kind][0]):
                yield build(spec[kind][1])
        elif kind == "range":  # [start, stop]
            yield from range(*spec[kind])
        elif kind == "lengths":
            what, *rest = spec[kind]
            for n in lengths(*rest):
                yield build({what: [n, "61"]})
        else:
            yield build(spec)


def pairs(specs):
    flat = list(items(specs))
    return zip(flat[::2], flat[1::2])


BUILD = {
    "int": lambda v: int(v, 16),
    "pow": lambda v: v[0] * v[1] ** v[2] + v[3],
    "float": float.fromhex,
    "str": lambda v: bytes.fromhex(v).decode("utf-8", "surrogatepass"),
    "bytes": bytes.fromhex,
    "bytearray": bytearray.fromhex,
    # [count, hexadecimal]
    "strs": lambda v: (bytes.fromhex(v[1]) * v[0]).decode(),
    "bytess": lambda v: bytes.fromhex(v[1] * v[0]),
    "bytearrays": lambda v: bytearray.fromhex(v[1] * v[0]),
    "tuple": lambda v: tuple(items(v)),
    "set": lambda v: set(items(v)),
    "frozenset": lambda v: frozenset(items(v)),
    "dict": lambda v: dict(pairs(v)),
    "deque": lambda v: collections.deque(items(v)),
    "OrderedDict": lambda v: collections.OrderedDict(pairs(v)),
}


def build(spec):
    if isinstance(spec, str):
        return spec.encode().decode()  # an object of its own
    if isinstance(spec, list):
        return list(items(spec))
    if isinstance(spec, dict):
        ((kind, v),) = spec.items()
        return BUILD[kind](v)
    return spec


def want(p):
    if len(p) <= 12:
        return p.hex()
    return "%d:%s" % (len(p), hashlib.sha256(p).hexdigest()[:8])


def big(n):
    return {"int": hex(n)}


def edges():
    yield from [None, True, False, [], {"tuple": []}, {"dict": []}, {"set": []}, {"frozenset": []}]
    for n in [0, 1, 7, 8, 15, 16, 23, 31, 32, 39, 40, 47, 55, 62, 63, 64, 65, 127, 128, 2031, 2032, 2039, 2040, 14000]:
        yield from ({"pow": [s, 2, n, d]} for s in (1, -1) for d in (-1, 0, 1))
    for n in [4299, 4300]:
        yield from [{"pow": [1, 10, n, -1]}, {"pow": [-1, 10, n, 1]}]
    yield {"pow": [1, 2, 8 * 70000, 0]}  # more than 4300 digits: protocols 0 and 1 fail
    for f in [0.0, -0.0, 1.0, -1.5, 0.1, 1e-4, 9.999999999999999e-05, 1e15, 9999999999999998.0, 1e16, 123456789012345678.0,
              1e22, 1e23, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, float("inf"), float("-inf"), float("nan")]:
        yield {"float": f.hex()}
    for s in ["", "a", "é", "\xff", "Ā", "€", "\U0001f600", "\x00\n\r\x1a\\", "a\\u0041\tb\x7f\x80", "nul\0mid"]:
        yield s
    for s in ["\ud800", "\udfffx", "\ud83d\ude00", "a\udc80€"]:
        yield {"str": s.encode("utf-8", "surrogatepass").hex()}
    for b in ["", "00", "ff", "0a0d", "e282ac8000"]:
        yield from [{"bytes": b}, {"bytearray": b}]
    for n in [2, 254, 255, 256, 257, 65534, 65535, 65536, 65537, 200000]:
        yield from [{"strs": [n, "61"]}, {"bytess": [n, "fe"]}, {"bytearrays": [n, "fe"]}]
    yield from [{"strs": [n, "c3a9"]} for n in (127, 128, 32767, 32768)]
    for n in [1, 2, 3, 4, 5, 1001]:
        yield {"tuple": [{"range": [0, n]}]}
    for n in [1, 2, 3, 999, 1000, 1001, 1002, 2000, 2001, 3000]:
        yield [{"range": [0, n]}]
        yield from ({k: [{"range": [0, n]}]} for k in ("set", "frozenset", "deque"))
        yield from ({k: [{"range": [0, 2 * n]}]} for k in ("dict", "OrderedDict"))
    # Memo indexes of one and of four bytes, and references to them.
    yield [{"repeat": [300, []]}, "", "x", {"repeat": [10, "yy"]}, "", "x"]
    # Frames: many small items, ends of frames at all offsets, payloads around 64 KiB.
    yield [{"range": [0, 100000]}]
    yield [{"repeat": [30000, "abcdefgh"]}]
    yield [{"repeat": [20000, {"float": (0.1).hex()}]}, None, True]
    yield {"dict": [{"range": [0, 60000]}]}
    yield [{"repeat": [4000, {"tuple": [1, {"range": [1000, 1005]}, "name", [], {"dict": ["kk", {"float": (0.5).hex()}]}]}]}]
    for kind in ["strs", "bytess", "bytearrays"]:
        yield [{"lengths": [kind, 1, 3000, 300]}]
        yield [{"lengths": [kind, 2, 60, 20000]}]
        yield [{"lengths": [kind, 3, 30, 140000]}]
        for n in range(65536 - 6, 65536 + 6):
            yield [{kind: [n, "61"]}, None]
            yield [{kind: [n - 20, "61"]}, {kind: [5, "62"]}, {kind: [n, "61"]}, {kind: [n, "61"]}, 1]
    yield [{"deque": [{"strs": [70000, "61"]}, 1]}, {"set": [{"bytess": [70000, "61"]}]}]
    yield [{"repeat": [2, {"pow": [1, 2, 8 * 70000, 0]}]}, 1]


def random_value(r, depth):
    kind = r.choice("NBIIIFSSSbbaLLTTDDsfqo" if depth > 0 else "NBIIFSSba")
    size = r.choice([0, 1, 1, 2, 2, 3, 4, 5])
    if kind == "N":
        return None
    if kind == "B":
        return r.random() < 0.5
    if kind == "I":
        return big(r.choice([1, 1, -1]) * r.getrandbits(r.choice([4, 8, 9, 16, 17, 31, 32, 33, 40, 63, 64, 65, 100, 500])))
    if kind == "F":
        return {"float": r.choice([r.random(), r.gauss(0, 1) * 10.0 ** r.randint(-30, 30), float(r.randint(-999, 999))]).hex()}
    if kind == "S":
        return "".join(r.choice("aZ_ \\\n\"'\0é€\U0001f600") for _ in range(r.choice([0, 1, 2, 3, 8, 30])))
    if kind in "ba":
        return {"bytes" if kind == "b" else "bytearray": bytes(r.getrandbits(8) for _ in range(r.choice([0, 1, 2, 5]))).hex()}
    if kind in "sf":  # ints of which the order in a set is the same everywhere
        return {"set" if kind == "s" else "frozenset": [{"range": [0, size + 1]}]}
    parts = [random_value(r, depth - 1) for _ in range(size)]
    if kind in "LTq":
        return {"L": parts, "T": {"tuple": parts}, "q": {"deque": parts}}[kind]
    flat = [x for i, v in enumerate(parts) for x in (i * 100, v)]
    return {"dict" if kind == "D" else "OrderedDict": flat}


def main():
    r = random.Random(1)
    specs = list(edges()) + [random_value(r, 4) for _ in range(200)]
    print("[")
    for i, spec in enumerate(specs):
        pickles = []
        for proto in range(6):
            try:
                pickles.append(want(pickle.dumps(build(spec), proto)))
            except ValueError:
                pickles.append("")
        print(json.dumps([spec, pickles], separators=(",", ":")) + ("," if i < len(specs) - 1 else ""))
    print("]")


main()

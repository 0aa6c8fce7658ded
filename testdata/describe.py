"""What a Python value is, as JSON that a program in any language can make too.

describe(value, protocol) walks the value in the order a Pickler does and
returns what a pickle of that protocol says about it: instances are described
by what __reduce_ex__(protocol) returns. README.md defines the format.

Runs under Python 2.7, 3.6 and later, and PyPy.
"""

import functools
import hashlib
import json
import os
import sys
import types

try:
    import copyreg
    from pickle import whichmodule
except ImportError:  # Python 2
    import copy_reg as copyreg
    from pickle import whichmodule

try:
    from pickle import PickleBuffer
except ImportError:  # before Python 3.8
    class PickleBuffer(object):
        pass

PY2 = sys.version_info[0] == 2
if PY2:
    INTS, TEXT, BYTES, RANGE = (int, long), unicode, str, xrange  # noqa: F821
    FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.ClassType)
else:
    INTS, TEXT, BYTES, RANGE = (int,), str, bytes, range
    FUNCTIONS = (types.FunctionType,)

# Descriptions longer than this are replaced by their digest.
LIMIT = 4096

# What Python 3 calls the modules and names of Python 2: _compat_pickle, which
# Python 2 does not have.
MODULES3, NAMES3 = {}, {}
if PY2:
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'compat.json')) as f:
        compat = json.load(f)
    MODULES3.update(compat['IMPORT_MAPPING'])
    NAMES3.update((tuple(k.split()), tuple(v.split())) for k, v in compat['NAME_MAPPING'].items())


def to_hex(data):
    return ''.join('%02x' % b for b in bytearray(data))


def text(s):
    """Describe a str (a unicode of Python 2)."""
    if all(' ' <= c <= '~' for c in s):
        return {'str': str(s)}
    return {'strx': to_hex(s.encode('utf-8') if PY2 else s.encode('utf-8', 'surrogatepass'))}


def there_and_back(module, name):
    """What is left of a name after protocols 0 to 2 wrote it as Python 2 has it.

    Python 2 lacks FileNotFoundError, for one: it becomes OSError.
    """
    import _compat_pickle as names
    old = names.REVERSE_NAME_MAPPING.get((module, name))
    if old is None:
        old = names.REVERSE_IMPORT_MAPPING.get(module, module), name
    new = names.NAME_MAPPING.get(old)
    return new or (names.IMPORT_MAPPING.get(old[0], old[0]), old[1])


def is_singleton_type(obj):
    return obj is type(None) or obj is type(Ellipsis) or obj is type(NotImplemented)


class Describer(object):
    """Describes values that may share objects with one another."""

    def __init__(self, protocol, persistent_id=None, out_of_band=None):
        self.protocol = protocol
        self.persistent_id = persistent_id or (lambda obj: None)
        self.out_of_band = out_of_band or (lambda buffer: False)
        self.seen = {}       # id of an object -> its node
        self.keep = []       # keeps every object seen alive, and so its id its own
        self.nodes = []      # nodes of objects with identity, in the order of the first visit
        self.refs = []       # (the description of a later occurrence, the node it means)

    def finish(self):
        """Number the objects that occur more than once."""
        shared = set(id(node) for _, node in self.refs)
        number = 0
        for node in self.nodes:
            if id(node) in shared:
                number += 1
                node['id'] = number
        for ref, node in self.refs:
            ref['ref'] = node['id']

    def value(self, obj):
        pid = self.persistent_id(obj)
        if pid is not None:
            return {'persid': {'str': str(pid)} if self.protocol == 0 else self.value(pid)}
        plain = self.plain(obj)
        if plain is not self:
            return plain
        if id(obj) in self.seen:
            ref = {}
            self.refs.append((ref, self.seen[id(obj)]))
            return ref
        node = {}
        self.keep.append(obj)
        self.seen[id(obj)] = node
        self.nodes.append(node)
        node.update(self.container(obj))
        if 'global' in node:  # a function that is pickled by __reduce__ has no identity
            del self.seen[id(obj)]
        return node

    def plain(self, obj):
        """Describe a value without identity; return self for any other."""
        t = type(obj)
        if obj is None or t is bool:
            return obj
        if obj is Ellipsis:
            return {'ellipsis': True}
        if obj is NotImplemented:
            return {'notimplemented': True}
        if t in INTS:
            return {'int': to_decimal(obj)}
        if t is float:
            return {'float': repr(obj)}
        if t is complex:
            return {'complex': [repr(obj.real), repr(obj.imag)]}
        if t is TEXT:
            return text(obj)
        if t is BYTES:
            return {'bstr' if PY2 else 'bytes': to_hex(obj)}
        if t is RANGE:
            return {'range': list(obj.__reduce__()[1])}
        if t is slice:
            return {'slice': self.values((obj.start, obj.stop, obj.step))}
        if t is tuple and not obj:
            return {'tuple': []}
        if t is frozenset and not obj:
            return {'frozenset': []}
        if t is memoryview or t is PickleBuffer and self.out_of_band(obj):
            view = memoryview(obj)
            return {'buffer': to_hex(view.tobytes()), 'readonly': view.readonly}
        if t is PickleBuffer and memoryview(obj).readonly:
            return {'bytes': to_hex(memoryview(obj).tobytes())}
        if not PY2 and is_singleton_type(obj):
            return self
        if isinstance(obj, type) or isinstance(obj, FUNCTIONS):
            return self.global_(obj)
        return self

    def values(self, objs):
        return [self.value(obj) for obj in objs]

    def pairs(self, items):
        return [[self.value(k), self.value(v)] for k, v in items]

    def container(self, obj):
        """Describe an object with identity, at its first occurrence."""
        t = type(obj)
        if t is list:
            return {'list': self.values(obj)}
        if t is tuple:
            return {'tuple': self.values(obj)}
        if t is dict:
            return {'dict': self.pairs(obj.items())}
        if t is set:
            return {'set': self.values(obj)}
        if t is frozenset:
            return {'frozenset': self.values(obj)}
        if t is bytearray:
            return {'bytearray': to_hex(obj)}
        if t is PickleBuffer:
            return {'bytearray': to_hex(memoryview(obj).tobytes())}
        if PY2 and t is types.InstanceType:
            return self.old_instance(obj)
        return self.reduce(obj)

    def global_(self, obj, name=None):
        name = name or getattr(obj, '__qualname__', None) or obj.__name__
        module = whichmodule(obj, name)
        code = copyreg._extension_registry.get((module, name))
        if code and self.protocol >= 2:
            return {'ext': code}
        if PY2:
            module, name = NAMES3.get((module, name)) or (MODULES3.get(module, module), name)
        elif self.protocol < 3:
            module, name = there_and_back(module, name)
        return {'global': '%s %s' % (module, name)}

    def old_instance(self, obj):
        """Describe an instance of a Python 2 class that does not derive from object."""
        args = obj.__getinitargs__() if hasattr(obj, '__getinitargs__') else ()
        state = obj.__getstate__() if hasattr(obj, '__getstate__') else obj.__dict__
        self.keep.append((args, state))
        node = self.made_by(obj.__class__)
        node['form'] = 'inst' if self.protocol == 0 else 'obj'
        node['args'] = self.values(args)
        node['state'] = self.value(state)
        return node

    def made_by(self, func):
        """Start the description of an instance with its class or function."""
        node = self.value(func)
        if 'global' in node:
            return {'object': node['global']}
        return {'callable': node}

    def reduce(self, obj):
        reducer = copyreg.dispatch_table.get(type(obj))
        if is_singleton_type(obj):
            rv = type, ({type(None): None, type(Ellipsis): Ellipsis}.get(obj, NotImplemented),)
        else:
            rv = reducer(obj) if reducer else obj.__reduce_ex__(self.protocol)
        self.keep.append(rv)
        if isinstance(rv, (str, TEXT)):
            return self.global_(obj, rv)
        func, args, state, items, pairs, setter = tuple(rv) + (None,) * (6 - len(rv))
        node = self.call(func, args)
        if 'global' in node:
            return node
        items = [] if items is None else list(items)
        pairs = [] if pairs is None else list(pairs)
        self.keep.append((items, pairs))
        if items:
            node['items'] = self.values(items)
        if pairs:
            node['pairs'] = self.pairs(pairs)
        if setter is not None:
            node['setter'] = self.value(setter)
        if state is not None:
            node['state'] = self.value(state)
        return node

    def call(self, func, args):
        """Describe how an object is made, before it gets items and state."""
        name = getattr(func, '__name__', '')
        if self.protocol >= 2 and name == '__newobj__':
            node = self.made_by(args[0])
            node.update(form='newobj', args=self.values(args[1:]))
        elif self.protocol >= 4 and name == '__newobj_ex__':
            node = self.made_by(args[0])
            node.update(form='newobjex', args=self.values(args[1]))
            node['kwargs'] = self.pairs(args[2].items())
        elif self.protocol >= 2 and name == '__newobj_ex__':
            cls, args, kwargs = args
            call = functools.partial(cls.__new__, cls, *args, **kwargs)
            node = self.made_by(call)
            node.update(form='reduce', args=[])
        elif func is copyreg._reconstructor:
            node = self.made_by(args[0])
            node.update(form='reconstructor', base=self.value(args[1])['global'])
            node['args'] = [self.value(args[2])]
        else:
            node = self.made_by(func)
            node.update(form='reduce', args=self.values(args))
            if func is getattr and 'global' in (node['args'][0] or ()):
                return {'global': '%s.%s' % (node['args'][0]['global'], args[1])}
        return node


def to_decimal(n):
    """The digits of an int of any length: str has a limit in newer Pythons."""
    if abs(n) < 10 ** 4000:
        return '%d' % n
    digits, n, sign = [], abs(n), '-' if n < 0 else ''
    while n:
        n, low = divmod(n, 10 ** 4000)
        digits.append('%04000d' % low)
    return sign + ''.join(reversed(digits)).lstrip('0')


def canonical(description):
    """The one compact JSON text of a description."""
    return json.dumps(description, sort_keys=True, separators=(',', ':'))


def describe(value, protocol, persistent_id=None, out_of_band=None):
    d = Describer(protocol, persistent_id, out_of_band)
    description = d.value(value)
    d.finish()
    return description


def describe_all(values, protocol, persistent_id=None):
    """Describe what one Pickler with one memo wrote."""
    d = Describer(protocol, persistent_id)
    descriptions = d.values(values)
    d.finish()
    return descriptions


def shorten(description):
    """Replace a long description by its digest."""
    compact = canonical(description).encode('ascii')
    if len(compact) <= LIMIT:
        return description
    return {'sha256': hashlib.sha256(compact).hexdigest()}

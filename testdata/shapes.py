"""Classes of every shape that decides how Python pickles an instance.

The cases of make.py are built from these. Importable by Python 2.7, 3.6 and
later, and PyPy; what an older Python cannot express is left out.
"""

import collections
import sys

try:
    import copyreg
except ImportError:  # Python 2
    import copy_reg as copyreg

try:
    from pickle import PickleBuffer
except ImportError:  # before Python 3.8
    PickleBuffer = None


class Plain(object):
    """Keeps its attributes in __dict__ and has no say in its pickling."""

    def __init__(self, **attrs):
        for name in sorted(attrs):
            setattr(self, name, attrs[name])

    def method(self):
        return self


class Old:
    """An old-style class in Python 2."""

    def __init__(self, a=1):
        self.a = a


class OldArgs:
    """In Python 2, an old-style class whose instances are called into being."""

    def __init__(self, a, b):
        self.a, self.b = a, b

    def __getinitargs__(self):
        return self.a, self.b

    def __getstate__(self):
        return [self.a, self.b]

    def __setstate__(self, state):
        self.a, self.b = state


class Slots(object):
    __slots__ = ('x', 'y')

    def __init__(self, x, y):
        self.x, self.y = x, y


class SlotsDict(object):
    __slots__ = ('x', '__dict__')

    def __init__(self, x, **attrs):
        self.x = x
        for name in sorted(attrs):
            setattr(self, name, attrs[name])


class MyList(list):
    pass


class MyDict(dict):
    pass


class MySet(set):
    pass


class MyFrozenSet(frozenset):
    pass


class MyTuple(tuple):
    pass


class MyStr(type(u'')):
    pass


class MyBytes(bytes):
    pass


class MyByteArray(bytearray):
    pass


class MyInt(int):
    pass


class MyFloat(float):
    pass


class MyComplex(complex):
    pass


Point = collections.namedtuple('Point', 'x y')


class State(object):
    """Is pickled with the state it was given, whatever that is."""

    state = None

    def __init__(self, state):
        self.state = state

    def __getstate__(self):
        return self.state

    def __setstate__(self, state):
        self.state = state


class SetState(object):
    """Has only __setstate__."""

    def __init__(self, a):
        self.a = a

    def __setstate__(self, state):
        self.__dict__.update(state)


class Reduce(object):
    """Is pickled as its attributes say: items, pairs and state are optional."""

    def __init__(self, *args):
        self.args, self.list, self.map, self.state = args, [], [], None

    def __reduce__(self):
        return (type(self), self.args, self.state,
                iter(self.list) if self.list else None,
                iter(self.map) if self.map else None)

    def append(self, item):
        self.list.append(item)

    def extend(self, items):
        self.list.extend(items)

    def __setitem__(self, key, value):
        self.map.append((key, value))

    def __setstate__(self, state):
        self.state = state


def set_state(obj, state):
    obj.a = state


class StateSetter(object):
    """Names the function that restores its state (Python 3.8 and later)."""

    def __init__(self, a=None):
        self.a = a

    def __reduce__(self):
        return StateSetter, (), self.a, None, None, set_state


class ByName(object):
    """Is pickled by the name of a global."""

    def __reduce__(self):
        return 'THE_ONE'


THE_ONE = ByName()


class NewArgs(object):
    def __new__(cls, *args):
        self = object.__new__(cls)
        self.args = args
        return self

    def __getnewargs__(self):
        return self.args


class NewArgsEx(object):
    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self.args, self.kwargs = args, kwargs
        return self

    def __getnewargs_ex__(self):
        return self.args, self.kwargs


class Outer(object):
    class Inner(object):
        class Innermost(object):
            pass

        def __init__(self, a=1):
            self.a = a

    @classmethod
    def make(cls):
        return cls()


class Node(object):
    """A node of a doubly linked list."""

    def __init__(self, value):
        self.value, self.next, self.prev = value, None, None


def function(a, b=2):
    return a, b


class MyError(Exception):
    pass


class MyValueError(ValueError):
    pass


class Ref(object):
    """Stands for an object that lives outside the pickle."""

    def __init__(self, pid):
        self.pid = pid


class Ext1(object):
    pass


class Ext2(object):
    pass


class Ext4(object):
    pass


copyreg.add_extension('shapes', 'Ext1', 1)
copyreg.add_extension('shapes', 'Ext2', 300)
copyreg.add_extension('shapes', 'Ext4', 70000)


class Buffered(object):
    """Hands its bytes to the pickler as a buffer where the protocol has them."""

    def __init__(self, data):
        self.data = data

    def __reduce_ex__(self, protocol):
        if protocol >= 5:
            return Buffered, (PickleBuffer(self.data),)
        return Buffered, (bytes(self.data),)


if sys.version_info >= (3, 6):
    import enum
    import typing

    class Color(enum.Enum):
        RED = 1
        GREEN = 'g'

    class Level(enum.IntEnum):
        LOW = 1
        HIGH = 2

    class Perm(enum.Flag):
        R = 4
        W = 2
        X = 1

    class IntPerm(enum.IntFlag):
        R = 4
        W = 2

    if sys.version_info >= (3, 11):
        class Text(enum.StrEnum):
            RED = 'r'
            GREEN = 'g'
    else:
        class Text(str, enum.Enum):
            RED = 'r'
            GREEN = 'g'

    # Class bodies with annotations are syntax errors to Python 2.
    exec('''
class Typed(typing.NamedTuple):
    name: str
    size: int = 3
''')

if sys.version_info >= (3, 7):
    import dataclasses

    exec('''
@dataclasses.dataclass
class Data:
    a: int
    b: object = None

@dataclasses.dataclass(frozen=True)
class FrozenData:
    a: int
    b: object = None
''')

if sys.version_info >= (3, 10):
    exec('''
@dataclasses.dataclass(slots=True)
class SlotsData:
    a: int
    b: object = None

@dataclasses.dataclass(frozen=True, slots=True)
class FrozenSlotsData:
    a: int
    b: object = None
''')

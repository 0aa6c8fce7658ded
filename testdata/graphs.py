"""Random graphs of objects, for tests that send them to Go and back.

value(seed) is the same in every run of the same Python. Runs under Python 2.7,
3.6 and later.
"""

import array
import collections
import datetime
import decimal
import fractions
import functools
import operator
import random
import re
import sys
import uuid

import shapes

PY2 = sys.version_info[0] == 2

FLOATS = [0.0, -0.0, 1.5, -2.25, 1e300, 5e-324, float('inf'), float('nan')]
# None is a single character of Latin-1: mostly there is one str for each in
# CPython, and sometimes there are two, which shows in the bytes.
TEXTS = [u'', u'ab', u'\xe9\xe8', u'text', u'line\nbreak\\', u'\u20ac', u'\U0001f600', u'x' * 300]
BYTES = [b'', b'ab', b'\xff\xfe', b'bytes\x00\n', b"it's", b'y' * 300]
NAMES = ['ab', 'ba', 'name', 'text']
GLOBALS = [dict, list, shapes.Plain, shapes.function, shapes.Outer, len]
if not PY2:
    GLOBALS += [shapes.Outer.Inner, Ellipsis, NotImplemented]


class Graph(object):
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.made = []  # what can be shared
        self.open = []  # what can still be filled

    def leaf(self):
        pick, r = self.random.choice, self.random
        return pick([
            lambda: pick([None, True, False]),
            lambda: pick([0, 1, -1, 255, 256, 65535, 65536, 2 ** 31 - 1, -2 ** 31, 2 ** 31, 2 ** 63, -2 ** 63, r.getrandbits(r.randrange(1, 90))]),
            lambda: pick(FLOATS + [r.random()]),
            lambda: pick(TEXTS),
            lambda: u''.join([pick(TEXTS), pick(TEXTS)]),
            lambda: pick(BYTES),
            lambda: bytearray(pick(BYTES)),
            lambda: complex(pick(FLOATS), pick(FLOATS)),
            lambda: slice(None, r.randrange(5)) if not PY2 else range(3),
            lambda: range(r.randrange(5), 9, 2),
            lambda: pick(GLOBALS),
            lambda: shapes.Ref('id%d' % r.randrange(3)),
        ])()

    def key(self, depth):
        k = self.random.choice([self.leaf, lambda: tuple(self.key(depth + 1) for _ in range(self.random.randrange(3)))])()
        try:
            hash(k)
        except TypeError:
            return u'key'
        if isinstance(k, (float, complex)) and k != k or isinstance(k, (shapes.Ref, type(range(0)))):
            return 0.5  # NaN is equal to nothing, and the order of the others may depend on where they are
        return k

    def some(self, depth, most=5):
        return [self.value(depth + 1) for _ in range(self.random.randrange(most))]

    def keys(self, depth):
        return [self.key(depth) for _ in range(self.random.randrange(4))]

    def fill(self, obj, depth):
        """Give an instance attributes."""
        for name in NAMES[:self.random.randrange(4)]:
            setattr(obj, name, self.value(depth + 1))
        return obj

    def container(self, depth):
        r = self.random
        kind = r.randrange(16)
        if kind < 3:
            v = self.hold([])
            v += self.some(depth)
        elif kind < 5:
            v = tuple(self.some(depth, 6))
        elif kind < 8:
            v = self.hold({})
            for k in self.keys(depth):
                v[k] = self.value(depth + 1)
        elif kind == 8:
            v = set(self.keys(depth))
        elif kind == 9:
            v = frozenset(self.keys(depth))
        else:
            v = self.instance(kind, depth)
        return v

    def instance(self, kind, depth):
        r = self.random
        if kind == 10:
            return self.fill(self.hold(shapes.Plain()), depth)
        if kind == 11:
            v = self.hold(shapes.MyList())
            v += self.some(depth)
            return self.fill(v, depth)
        if kind == 12:
            v = self.hold(shapes.MyDict())
            for k in self.keys(depth):
                v[k] = self.value(depth + 1)
            return self.fill(v, depth)
        if kind == 13:
            v = self.hold(shapes.Reduce(*self.some(depth, 3)))
            v.list += self.some(depth, 3)
            v.state = self.value(depth + 1)
            return v
        if kind == 14:
            return shapes.Point(self.value(depth + 1), self.leaf())
        return r.choice([
            lambda: shapes.MyStr(u''.join([u'my', self.random.choice(TEXTS)])),
            lambda: shapes.MyInt(r.randrange(1000)) if not PY2 else shapes.MyFloat(-0.5),  # Python 2 cannot load it as Python 3 would
            lambda: shapes.MyFloat(1.5),
            lambda: self.fill(self.hold(shapes.Old()), depth),
            lambda: shapes.MyError(self.leaf(), u'text'),
        ])()

    def hold(self, container):
        self.open.append(container)
        return container

    def library(self, depth):
        """A value of a type of Python's library."""
        r = self.random
        return r.choice([
            lambda: datetime.datetime(r.randrange(1, 9999), r.randrange(1, 13), r.randrange(1, 29), r.randrange(24), 7, 9, r.choice([0, 123456])),
            lambda: datetime.date(r.randrange(1, 9999), 2, 3),
            lambda: datetime.time(r.randrange(24), 30, 5),
            lambda: datetime.timedelta(r.randrange(-999, 999), r.randrange(86400), r.randrange(10 ** 6)),
            lambda: decimal.Decimal(r.choice(['1.50', '-0', 'Infinity', '1E+5', '12345678901234567890.1'])),
            lambda: array.array('d', [r.choice(FLOATS[:5]) for _ in range(r.randrange(4))]),
            lambda: re.compile(r.choice([u'a+', u'(b|c)*']), r.choice([0, re.I])),
            lambda: functools.partial(dict, self.leaf()),
            lambda: ValueError(self.value(depth + 1), u'text'),
            lambda: self.filled(collections.OrderedDict(), depth),
            lambda: self.filled(collections.defaultdict(r.choice([list, None])), depth),
            lambda: collections.Counter(self.keys(depth)),
            lambda: self.extended(collections.deque(maxlen=r.choice([None, 5])), depth),
        ] + self.library3(depth))()

    def library3(self, depth):
        """The same for what Python 2 has not got."""
        if PY2:
            return []
        import ipaddress
        import pathlib
        import types
        r, utc = self.random, datetime.timezone.utc
        return [
            lambda: datetime.datetime(2024, 5, r.randrange(1, 31), tzinfo=r.choice([utc, datetime.timezone(datetime.timedelta(hours=r.choice([-9, -3, 1, 5])), 'Zone')])),
            lambda: uuid.UUID(int=r.getrandbits(128)),  # the str in its state is one of Python 3 when it comes back
            lambda: operator.itemgetter(r.randrange(9)),
            lambda: ipaddress.ip_address('192.0.2.1'),
            lambda: ipaddress.ip_network('192.0.2.0/24'),
            lambda: pathlib.PurePosixPath(r.choice(['/ab/cd.txt', 'ab', '.'])),
            lambda: self.fill(self.hold(types.SimpleNamespace()), depth),
            lambda: collections.ChainMap(self.filled({}, depth), {}),
            lambda: collections.UserList(self.some(depth)),
            lambda: collections.UserDict(self.filled({}, depth)),
        ] + ([
            # Older versions write these in other forms, and are written back in those of 3.13.
            lambda: fractions.Fraction(r.randrange(-99, 99), r.randrange(1, 99)),
            lambda: ipaddress.ip_address('2001:db8::1'),
        ] if sys.version_info >= (3, 11) else [])

    def filled(self, v, depth):
        self.hold(v)
        for k in self.keys(depth):
            v[k] = self.value(depth + 1)
        return v

    def extended(self, v, depth):
        self.hold(v)
        v.extend(self.some(depth))
        return v

    def value(self, depth=0):
        r = self.random
        if self.made and r.random() < 0.2:
            return r.choice(self.made)
        if r.random() < 0.15:
            v = self.library(depth)
        elif depth > 4 or r.random() < 0.4:
            v = self.leaf()
        else:
            v = self.container(depth)
        self.made.append(v)
        return v

    def knot(self):
        """Put something into a container that may be in it already."""
        outer, inner = self.random.choice(self.open), self.random.choice(self.made)
        if isinstance(outer, (list, collections.deque)):
            outer.append(inner)
        elif isinstance(outer, dict):
            outer[u'knot'] = inner
        elif isinstance(outer, shapes.Reduce):
            outer.list.append(inner)
        elif not PY2 or not isinstance(outer, shapes.Old):
            # In a cycle through the arguments of a call, cPickle gives an instance of an
            # old-style class its state before that is complete: it loses attributes.
            outer.knot = inner


def value(seed):
    g = Graph(seed)
    root = [g.container(0) for _ in range(1 + g.random.randrange(4))]
    for _ in range(g.random.randrange(3)):
        if g.open and g.made:
            g.knot()
    return root

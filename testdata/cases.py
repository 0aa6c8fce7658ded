"""The cases of make.py: a name, and how to build the value. Those of the
standard library are in standard.py.

Runs under Python 2.7, 3.6 and later, and PyPy. What an interpreter refuses to
pickle is noted by make.py, so a case need not say so.
"""

import collections
import sys

import describe
import shapes

PY2 = sys.version_info[0] == 2
unichr3 = unichr if PY2 else chr  # noqa: F821

Case = collections.namedtuple('Case', 'build kind options')
CASES = collections.OrderedDict()


def case(name, build, kind='one', **options):
    """Add a case: build() makes the value, anew for every pickle.

    kind: 'one' value; 'stream': a list of values, a pickle each; 'memo': the same, but
    by one Pickler, which keeps its memo.
    options: since=(3, 8), the first Python that has it; protocols; impls;
    pure=True, by pickle.py and not the C pickler; pid=True, with persistent IDs;
    in_band(buffer), which buffers are not handed out;
    lossy=True, where loading loses something that the pickle says.
    """
    assert name not in CASES, name
    CASES[name] = Case(build, kind, options)


def cases(prefix, builds, **options):
    for name in sorted(builds):
        case(prefix + '_' + name, builds[name], **options)


def constant(value):
    return lambda: value


def joined(*parts):
    """A str of its own: equal literals may be one object."""
    return u''.join(parts)


def scalars():
    case('none', constant(None))
    case('true', constant(True))
    case('false', constant(False))
    case('ellipsis', constant(Ellipsis))
    case('notimplemented', constant(NotImplemented))
    case('bools', lambda: [True, False, None, 1, 0])
    for name, n in [('0', 0), ('1', 1), ('minus1', -1), ('256', 256), ('65536', 65536),
                    ('2p31', 2 ** 31), ('2p63', 2 ** 63), ('2p2039', 2 ** 2039)]:
        case('int_' + name, constant(n))
    case('ints_small', lambda: [0, 1, 9, 10, 127, 128, 254, 255, 256, 257, 65534, 65535, 65536,
                                -1, -2, -128, -129, -255, -256, -32768, -65535, -65536])
    edges = [7, 8, 15, 16, 31, 32, 39, 40, 47, 48, 55, 56, 63, 64, 71, 127, 128]
    case('ints_powers', lambda: [s * 2 ** b + d for b in edges for s in (1, -1) for d in (-1, 0, 1)])
    # LONG1 holds 255 bytes: 2**2039 is the first to need 256.
    case('ints_long', lambda: [s * (2 ** b + d) for b in (1015, 1016, 1100, 2031, 2039, 2040)
                               for s in (1, -1) for d in (-1, 0, 1)])
    if PY2:
        case('longs', lambda: [long(n) for n in (0, 1, -1, 255, 256, -128, 2 ** 31, -2 ** 63)])  # noqa: F821
        case('long_0', lambda: long(0))  # noqa: F821
    case('float_0.1', constant(0.1))
    case('float_nan', constant(float('nan')))
    inf = float('inf')
    case('floats', lambda: [0.0, -0.0, 1.0, -1.0, 0.1, 0.5, 1e15, 1e16, 1e17, 1e22, 1e23, 123456789.125, 1e-4,
                            1e-5, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, inf, -inf, inf - inf])
    case('complex', lambda: [1 + 2j, complex(0.0, -0.0), complex(inf, -1.5)])


STRINGS = {
    'empty': u'', 'char': u'a', 'ascii': u'hello', 'quotes': u'it\'s "so"',
    'escapes': u'a\nb\\c\rd\x00e\x1af\tg', 'backslash_u': u'\\u0041\\', 'latin1': u'h\xe9llo\xff',
    'bmp': u'\u20ac\u4e2d\uffff', 'astral': u'\U0001f600\U0010ffff', 'html': u'<&>', 'del': u'\x7f\x80\x9f',
    '255': u'x' * 255, '256': u'x' * 256, 'utf8_256': u'\xe9' * 128,
    'high_surrogate': unichr3(0xd800), 'surrogates': u'a' + unichr3(0xdc80) + u'b' + unichr3(0xdfff),
}
BYTES = {
    'empty': b'', 'byte': b'a', 'ff': b'\xff', 'ascii': b'hello', 'quotes': b'it\'s "so"', 'quote': b"it's",
    'escapes': b'a\nb\\c\rd\x00e\x1af\tg', 'all': bytes(bytearray(range(256))), 'utf8': u'h\xe9llo'.encode('utf-8'),
    '255': b'x' * 255, '256': b'x' * 256,
}


def strings():
    for name in sorted(STRINGS):
        case('str_' + name, constant(STRINGS[name]))
    for name in sorted(BYTES):
        case('bytes_' + name, constant(BYTES[name]))
    cases('bytearray', {
        'empty': lambda: bytearray(),
        'byte': lambda: bytearray(b'\xff'),
        'all': lambda: bytearray(range(256)),
        'list': lambda: [bytearray(), bytearray(b'a'), bytearray(b'a')],
    })


def containers():
    cases('tuple', {
        '0': lambda: (), '1': lambda: (1,), '2': lambda: (1, 2), '3': lambda: (1, 2, 3), '4': lambda: (1, 2, 3, 4),
        'nested': lambda: ((), ((),), (((1,),), 2)),
    })
    cases('list', {
        'empty': lambda: [], '1': lambda: [1], '2': lambda: [1, u'two'], 'nested': lambda: [[], [[]], [[[1], 2], 3]],
        'deep': lambda: nested(200),
    })
    keys = {1: u'int', u'k': 1, (1, u'x'): 2, True: 3, 2.5: 4, b'b': 5, frozenset([7]): 6, 2 ** 70: 7}
    if not PY2:  # the order of these would differ from run to run
        keys.update({None: 8, (): 9, -1: 10, int: 11})
    cases('dict', {
        'empty': lambda: {}, '1': lambda: {u'a': 1}, 'order': lambda: {u'b': 1, u'a': 2, u'c': 3},
        'keys': lambda: dict(keys), 'nested': lambda: {1: {2: {3: {}}}},
        'values': lambda: {1: None, 2: [1], 3: (1,), 4: u'a', 5: 1.5},
    })
    cases('set', {
        'empty': lambda: set(), '1': lambda: {u'a'}, 'ints': lambda: {1, 2, 3},
        'tuples': lambda: {(1, 2), (3, 4)}, 'frozensets': lambda: {frozenset([1]), frozenset()},
    })
    cases('frozenset', {
        'empty': lambda: frozenset(), '1': lambda: frozenset([u'a']), 'ints': lambda: frozenset([1, 2, 3]),
        'nested': lambda: frozenset([frozenset([frozenset([1])])]), 'two_empty': lambda: [frozenset(), frozenset()],
    })
    case('range', lambda: [describe.RANGE(5), describe.RANGE(1, 10, 3), describe.RANGE(-1, -8, -2)])
    case('slice', lambda: [slice(3), slice(1, 2, 3), slice(None), slice(u'a', (1,))])
    case('mixed', lambda: {u'name': u'x', u'list': [1, 2.5, None, True, (u'a', b'b')], u'set': {5}, u'n': 2 ** 40})
    sized = list(range(2001))
    for n in (999, 1000, 1001, 2000, 2001):  # a batch is 1000 items
        case('batch_list_%d' % n, lambda n=n: sized[:n])
        case('batch_dict_%d' % n, lambda n=n: {i: None for i in sized[:n]})
        case('batch_set_%d' % n, lambda n=n: set(sized[:n]))
        case('batch_frozenset_%d' % n, lambda n=n: frozenset(sized[:n]))
    case('batch_items', lambda: reduced(0, items=sized[:1001], pairs=[(i, i) for i in sized[:1001]]))
    # The one-byte and the four-byte form of the memo.
    case('memo_300', lambda: twice([[i] for i in range(300)]))


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def twice(x):
    return [x, list(x)]


def classes():
    found = [int, dict, object, ValueError, len, getattr, shapes.Plain, shapes.function, type]
    case('globals', lambda: found + found)
    case('class', lambda: shapes.Plain)
    case('class_old', lambda: shapes.Old)
    case('class_nested', lambda: [shapes.Outer, shapes.Outer.Inner, shapes.Outer.Inner.Innermost])
    case('type_none', lambda: type(None))
    case('type_ellipsis', lambda: [type(Ellipsis), type(NotImplemented), type(None)])
    case('function', lambda: shapes.function)
    case('method_bound', lambda: shapes.Plain(a=1).method)
    case('method_class', lambda: [shapes.Outer.make, dict.fromkeys])
    case('method_builtin', lambda: [1, 2].index)
    case('by_name', lambda: [shapes.THE_ONE, shapes.THE_ONE])
    case('globals_renamed', lambda: [type(u''), type(b''), describe.RANGE, map, zip, Exception, KeyError])


def shared():
    """The same object more than once, where it must stay one."""
    def both(make):
        def build():
            x = make()
            return [x, x]
        return build

    cases('shared', {
        'list': both(lambda: [1, 2]), 'empty_list': both(list), 'dict': both(lambda: {u'a': 1}),
        'empty_dict': both(dict), 'set': both(lambda: {1}), 'empty_set': both(set), 'frozenset': both(lambda: frozenset([1])),
        'tuple': both(lambda: (1, [])), 'tuple4': both(lambda: (1, 2, 3, [])), 'empty_tuple': both(tuple),
        'str': both(lambda: joined(u'sha', u'red')), 'bytes': both(lambda: bytes(bytearray(b'shared'))),
        'empty_bytes': both(bytes), 'bytearray': both(lambda: bytearray(b'shared')), 'empty_bytearray': both(bytearray),
        'object': both(lambda: shapes.Plain(a=1)), 'long': both(lambda: 2 ** 80), 'float': both(lambda: 0.5),
        'range': both(lambda: describe.RANGE(3)), 'slice': both(lambda: slice(3)), 'complex': both(lambda: 1j),
        'class': both(lambda: shapes.Plain), 'bytearray_in_dict': lambda: (lambda b: {1: b, 2: (b,)})(bytearray(b'a')),
        'equal_not_same': lambda: [joined(u'sa', u'me'), joined(u'sa', u'me'), [1], [1], (1, []), (1, [])],
        'key': lambda: (lambda t: [{t: t}, {t}, t])((1, 2)),
        'attributes': lambda: [shapes.Plain(a=1, b=2), shapes.Plain(a=3, b=4)],
        'diamond': diamond,
    })
    case('shared_state', shared_state, lossy=True)


def shared_state():
    a, b = shapes.Plain(a=1), shapes.Plain()
    b.__dict__ = a.__dict__
    return [a, b]


def diamond():
    bottom = [1]
    left, right = [bottom], {u'x': bottom}
    return [left, right, (left, right), [left, bottom]]


def cycles():
    def tuple_of(n):
        def build():
            inner = []
            t = (inner,) + tuple(range(n - 1))
            inner.append(t)
            return t
        return build

    for n in (1, 2, 3, 4):
        case('cycle_tuple%d' % n, tuple_of(n))
    cases('cycle', {
        'list': cycle_list, 'dict': cycle_dict, 'list_tuple': lambda: tuple_of(2)()[0], 'two_lists': cycle_lists,
        'deep_tuple': lambda: (lambda a: a.append((((a,), 1), [a])) or a)([]),
        'object': lambda: attribute(shapes.Plain(a=1), lambda o: o),
        'object_list': lambda: attribute(shapes.Plain(), lambda o: [o, (o,), {u'k': o}]),
        'object_set': lambda: attribute(shapes.Plain(), lambda o: {o}),
        'object_frozenset': lambda: attribute(shapes.Plain(), lambda o: frozenset([o])),
        'object_key': lambda: attribute(shapes.Plain(), lambda o: {o: 1}),
        'frozenset': lambda: attribute(shapes.Plain(), lambda o: frozenset([o])).x,
        'set': lambda: attribute(shapes.Plain(), lambda o: {o}).x,
        'namedtuple': lambda: (lambda p: p.x.append(p) or p)(shapes.Point([], 0)),
        'newargs': lambda: (lambda n: n.args[0].append(n) or n)(shapes.NewArgs([])),
        'linked': linked, 'reduce': cycle_reduce, 'list_subclass': lambda: (lambda l: l.append(l) or l)(shapes.MyList()),
        'dict_subclass': lambda: (lambda d: d.update(a=d) or d)(shapes.MyDict()),
        'state': lambda: (lambda s: s.append(shapes.State(s)) or s)([]),
    })


def attribute(obj, make):
    obj.x = make(obj)
    return obj


def cycle_list():
    a = [1]
    a.append(a)
    return a


def cycle_dict():
    d = {}
    d[u'self'] = d
    return d


def cycle_lists():
    a, b = [], []
    a.append(b)
    b.append(a)
    return (a, b)


def linked():
    first, second = shapes.Node(1), shapes.Node(2)
    first.next, second.next = second, first
    first.prev, second.prev = second, first
    return [first, second]


def cycle_reduce():
    r = shapes.Reduce(1)
    r.list, r.map, r.state = [r], [(u'k', r)], [r]
    return r


def reduced(*args, **how):
    r = shapes.Reduce(*args)
    r.list, r.map, r.state = how.get('items', []), how.get('pairs', []), how.get('state')
    return r


def with_attributes(obj):
    obj.note = [u'x']
    return obj


def instances():
    cases('object', {
        'plain': lambda: shapes.Plain(a=1, b=u'two'), 'empty': lambda: shapes.Plain(), 'base': lambda: object(),
        'old': lambda: shapes.Old(), 'old_args': lambda: shapes.OldArgs(1, u'b'), 'nested': lambda: shapes.Outer.Inner(),
        'innermost': lambda: shapes.Outer.Inner.Innermost(),
        'in_object': lambda: shapes.Plain(child=shapes.Plain(a=1), other=shapes.Plain(a=2)),
        'slots': lambda: shapes.Slots(1, [2]), 'slots_dict': lambda: shapes.SlotsDict(1, z=2),
        'slots_dict_empty': lambda: shapes.SlotsDict(1), 'namedtuple': lambda: shapes.Point(1, u'y'),
        'setstate': lambda: shapes.SetState(1), 'newargs': lambda: shapes.NewArgs(1, u'a'),
        'newargs_none': lambda: shapes.NewArgs(), 'newargs_ex': lambda: shapes.NewArgsEx(1, b=2),
        'newargs_ex_no_kwargs': lambda: shapes.NewArgsEx(1), 'newargs_ex_shared': lambda: twice([shapes.NewArgsEx(b=[])]),
        'many': lambda: [shapes.Plain(a=i) for i in range(3)],
    })
    cases('getstate', {
        'tuple': lambda: shapes.State((1, 2)), 'list': lambda: shapes.State([1]), 'int': lambda: shapes.State(5),
        'zero': lambda: shapes.State(0), 'none': lambda: shapes.State(None), 'empty_dict': lambda: shapes.State({}),
        'empty_list': lambda: shapes.State([]), 'str': lambda: shapes.State(u's'), 'false': lambda: shapes.State(False),
        'pair': lambda: shapes.State((None, {u'x': 1})), 'object': lambda: shapes.State(shapes.Plain(a=1)),
    })
    cases('reduce', {
        'args': lambda: reduced(1, u'a'), 'no_args': lambda: reduced(), 'state': lambda: reduced(1, state={u'a': 1}),
        'items1': lambda: reduced(items=[1]), 'items': lambda: reduced(1, items=[1, 2]),
        'pairs1': lambda: reduced(pairs=[(1, 2)]), 'pairs': lambda: reduced(pairs=[(1, 2), (3, [4])]),
        'all': lambda: reduced(1, 2, 3, 4, items=[[5]], pairs=[(u'k', u'v')], state=(6,)),
    })
    case('reduce_setter', lambda: [shapes.StateSetter(a=(1,)), shapes.StateSetter(a=2)], since=(3, 8))
    subclasses = {
        'list': lambda: shapes.MyList([1, 2]), 'list_empty': lambda: shapes.MyList(), 'dict': lambda: shapes.MyDict({1: 2}),
        'dict_empty': lambda: shapes.MyDict(), 'set': lambda: shapes.MySet([1, 2]), 'frozenset': lambda: shapes.MyFrozenSet([1]),
        'tuple': lambda: shapes.MyTuple((1, 2)), 'str': lambda: shapes.MyStr(u'text'), 'bytes': lambda: shapes.MyBytes(b'\xffraw'),
        'bytearray': lambda: shapes.MyByteArray(b'\xffraw'), 'int': lambda: shapes.MyInt(7), 'float': lambda: shapes.MyFloat(0.5),
        'complex': lambda: shapes.MyComplex(1j),
    }
    cases('subclass', subclasses)
    for name in sorted(subclasses):
        case('subclass_%s_attr' % name, lambda build=subclasses[name]: with_attributes(build()))
    # A subclass of str hands out a copy of its value.
    case('subclass_str_char', lambda: [u'x', shapes.MyStr(u'x'), u'x'])
    case('exceptions', lambda: [ValueError(u'bad', 1), KeyError(u'k'), StopIteration(), MemoryError()])
    case('exception_attr', lambda: with_attributes(shapes.MyError(u'bad', 2)))
    case('exception_os', lambda: [OSError(2, u'gone', u'file'), IOError(5, u'io')])
    case('exception_os_subclass', lambda: FileNotFoundError(2, 'gone', 'file'), since=(3, 6))  # noqa: F821
    case('exception_import', lambda: ModuleNotFoundError('no', name='m'), since=(3, 6))  # noqa: F821
    case('exception_group', lambda: ExceptionGroup('many', [ValueError(1)]), since=(3, 11))  # noqa: F821


def modern():
    """Shapes that Python 2 does not have."""
    case('enum', lambda: [shapes.Color.RED, shapes.Color.GREEN, shapes.Color.RED], since=(3, 6))
    case('enum_int', lambda: shapes.Level.HIGH, since=(3, 6))
    case('enum_flag', lambda: [shapes.Perm.R, shapes.Perm.R | shapes.Perm.W, shapes.Perm(0)], since=(3, 6))
    case('enum_intflag', lambda: [shapes.IntPerm.R, shapes.IntPerm(6)], since=(3, 6))
    case('enum_key', lambda: {shapes.Color.RED: 1}, since=(3, 6))
    case('typed_namedtuple', lambda: shapes.Typed('a'), since=(3, 6))
    case('dataclass', lambda: shapes.Data(1, [shapes.Data(2)]), since=(3, 7))
    case('dataclass_frozen', lambda: shapes.FrozenData(1, 'b'), since=(3, 7))
    case('dataclass_slots', lambda: shapes.SlotsData(1, 'b'), since=(3, 10))
    case('dataclass_frozen_slots', lambda: shapes.FrozenSlotsData(1, 'b'), since=(3, 10))


def references():
    """What a pickle refers to: persistent IDs, extension codes, buffers."""
    case('pid_str', lambda: [shapes.Ref('obj-1'), shapes.Ref('obj-1'), 1], pid=True)
    case('pid_top', lambda: shapes.Ref('top'), pid=True)
    case('pid_tuple', lambda: {u'a': shapes.Ref((u'Table', 7)), u'b': shapes.Ref(12)}, pid=True)
    case('pid_shared', lambda: (lambda r, t: [r, r, t])(*(lambda t: (shapes.Ref(t), t))((u'x', []))), pid=True)
    case('ext', lambda: [shapes.Ext1, shapes.Ext2, shapes.Ext4, shapes.Ext1])
    case('ext_instances', lambda: [shapes.Ext1(), shapes.Ext2(), with_attributes(shapes.Ext4())])
    pb, v5 = shapes.PickleBuffer, dict(since=(3, 8), protocols=(5,))
    # pickle.py, and so PyPy, memoizes a copy of an in-band buffer instead of the buffer.
    cases('buffer', {
        'in_band': lambda: [pb(b'read-only'), pb(bytearray(b'writable'))],
        'shared': lambda: (lambda b: [b, b])(pb(bytearray(b'abc'))), 'empty': lambda: [pb(b''), pb(bytearray())],
    }, in_band=lambda buffer: True, impls=('cpython3.13', 'cpython3.11', 'cpython3.8'), **v5)
    cases('buffer_oob', {
        'bytes': lambda: pb(b'read-only'), 'bytearray': lambda: pb(bytearray(b'writable')),
        'list': lambda: [pb(b'one'), 1, pb(bytearray(b'two')), pb(b'')], 'object': lambda: shapes.Buffered(b'data'),
        'shared': lambda: (lambda b: [b, b])(pb(bytearray(b'abc'))),
    }, in_band=lambda buffer: False, **v5)
    case('buffer_oob_mixed', lambda: [pb(b'in'), pb(b'outside'), pb(bytearray(b'in'))],
         in_band=lambda buffer: memoryview(buffer).nbytes < 5, **v5)
    case('buffered', lambda: [shapes.Buffered(b'data'), shapes.Buffered(bytearray(b'data'))], since=(3, 8))


def streams():
    case('stream', lambda: [1, [u'two'], {u'three': 3.0}, None], kind='stream')
    case('stream_shared', lambda: (lambda x: [x, [x]])([joined(u'a', u'b')]), kind='stream')
    case('memo', lambda: (lambda x, s: [x, [x, s], (s, {u'x': x})])([1], joined(u'str', u'ing')), kind='memo')
    case('memo_objects', lambda: (lambda o: [o, o, [o, shapes.Plain(a=o)]])(shapes.Plain(a=1)), kind='memo')
    case('memo_tuple', lambda: (lambda t: [t, 5, [t], t])((1, u'tuple', [])), kind='memo')


def frames():
    """Around the 64 KiB where a frame ends and a payload leaves it."""
    size = 64 * 1024
    where = dict(impls=('cpython3.13', 'cpython3.11', 'cpython3.8', 'cpython3.6'))
    for d in (-1, 0, 1):
        sign = ('minus1', 'exact', 'plus1')[d + 1]
        case('frame_bytes_' + sign, lambda d=d: b'x' * (size + d), protocols=(4, 5), **where)
        case('frame_str_' + sign, lambda d=d: [u'x' * (size + d), 1], protocols=(4,), **where)
        # The list, two MEMOIZE, a MARK and the header of the payload are 9 bytes.
        case('frame_fill_' + sign, lambda d=d: [b'x' * (size - 9 + d), 1, 2], protocols=(4,), **where)
    case('frame_bytearray_exact', lambda: [bytearray(size), 1], protocols=(5,), **where)
    case('frame_many', lambda: [(u'%04d' % i) * 250 for i in range(70)], protocols=(4, 5))
    case('frame_outside_twice', lambda: [0, b'x' * size, b'y' * size, 0], protocols=(5,), **where)


def pure():
    """Where pickle.py writes other bytes than the C pickler, but the same value."""
    for name in ('ints_powers', 'list_nested', 'dict_order', 'shared_list', 'shared_tuple', 'cycle_tuple2', 'object_plain', 'cycle_list',
                 'set_ints', 'bytes_ascii', 'str_escapes', 'object_old', 'batch_list_1001', 'frame_many'):
        options = dict(CASES[name].options, pure=True, impls=('cpython3.13', 'cpython2.7'))
        case('pure_' + name, CASES[name].build, **options)


for define in (scalars, strings, containers, classes, shared, cycles, instances, modern, references, streams, frames, pure):
    define()

"""The cases of Python's standard library: std_<type>.

As in cases.py, every case is built anew for each pickle and runs under Python 2.7,
3.6 and later, and PyPy. A case that says nothing else exists for all of them; since
names the first Python that has the type. Nothing here depends on the time, on the
machine, or on the order of hashes.
"""

import array
import collections
import datetime as dt
import decimal
import email.message
import fractions
import functools
import importlib
import itertools
import operator
import random
import re
import string
import struct
import sys
import textwrap
import time
import uuid

import shapes
from cases import PY2, case, with_attributes

INF = float('inf')
# float('nan') has another sign in Python 2.7, on some machines.
NAN = struct.unpack('>d', b'\x7f\xf8' + bytes(bytearray(6)))[0]
load = importlib.import_module


def std(name, make, since=None, **options):
    if since:
        options['since'] = since
    case('std_' + name, make, **options)


def each(cls, *args):
    """A case that is a list: the class called with each of the arguments."""
    return lambda: [cls(arg) for arg in args]


def twice(make):
    """A case where one object occurs twice."""
    def build():
        x = make()
        return [x, x]
    return build


def cycle(make, put):
    """A case where an object contains itself: put(it, it)."""
    def build():
        x = make()
        put(x, x)
        return x
    return build


def set_self(x, value):
    x[u'self'] = value


def datetimes():
    std('datetime', lambda: [dt.datetime(2024, 2, 29, 13, 14, 15, 123456), dt.date(1, 1, 1), dt.time(23, 59),
                             dt.timedelta(-1, 5, 7)])
    std('datetime_limits', lambda: [dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999999)])
    std('datetime_micro', lambda: [dt.datetime(1970, 1, 1, 0, 0, 0, 1), dt.datetime(2024, 5, 17, 9, 30)])
    std('datetime_shared', twice(lambda: dt.datetime(2024, 5, 17, 9, 30)))
    std('datetime_keys', lambda: {dt.date(2024, 5, 17): dt.datetime(2024, 5, 17)})
    std('date', lambda: [dt.date(1, 1, 1), dt.date(1969, 12, 31), dt.date(2024, 2, 29), dt.date(9999, 12, 31)])
    std('time', lambda: [dt.time(), dt.time(1, 2, 3, 4), dt.time(23, 59, 59, 999999)])
    std('timedelta', lambda: [dt.timedelta(), dt.timedelta(3), dt.timedelta(0, 3600), dt.timedelta(0, 0, 1)])
    std('timedelta_negative', lambda: [dt.timedelta(-1), dt.timedelta(0, -1), dt.timedelta(0, 0, -1)])
    std('timedelta_limits', lambda: [dt.timedelta.min, dt.timedelta.max])
    datetimes3()
    zones()


def datetimes3():
    """What Python 2 does not have: timezone and fold."""
    utc = (lambda: dt.timezone.utc)

    def zone(*name, **offset):
        return dt.timezone(dt.timedelta(**offset), *name)

    std('datetime_utc', lambda: [dt.datetime(2024, 2, 29, tzinfo=utc()), dt.time(1, tzinfo=utc())], (3, 6))
    std('datetime_aware', lambda: [dt.datetime(2024, 5, 17, 9, 30, tzinfo=zone(hours=2)),
                                   dt.datetime(2024, 5, 17, 9, 30, 0, 5, tzinfo=zone('CEST', hours=2))], (3, 6))
    std('time_aware', lambda: [dt.time(9, 30, tzinfo=zone(hours=-5)), dt.time(tzinfo=zone('X', minutes=90))], (3, 6))
    std('datetime_tz_shared', lambda: (lambda z: [dt.datetime(2024, 5, 17, tzinfo=z), dt.time(1, tzinfo=z), z])(zone(hours=2)),
        (3, 6))
    std('timezone', lambda: [utc(), dt.timezone(dt.timedelta(hours=2), 'X')], (3, 6))
    std('timezone_fixed', lambda: [zone(hours=5, minutes=30), zone(hours=-3, minutes=-30), zone(hours=23, minutes=59),
                                   zone(hours=-23, minutes=-59)], (3, 6))
    std('timezone_named', lambda: [zone('UTC', hours=0), zone('', hours=1), zone(u'h\xe9', hours=-1)], (3, 6))
    # Offsets with seconds and microseconds are there from Python 3.7 on.
    std('timezone_seconds', lambda: [zone(hours=1, seconds=1), zone(microseconds=-1), zone('LMT', minutes=53, seconds=28)], (3, 7))
    std('datetime_fold', lambda: dt.datetime(2024, 10, 27, 2, 30, fold=1), (3, 6))
    std('datetime_fold_aware', lambda: dt.datetime(2024, 10, 27, 2, 30, tzinfo=zone(hours=1), fold=1), (3, 6))
    std('time_fold', lambda: [dt.time(2, 30, fold=1), dt.time(2, 30, tzinfo=utc(), fold=1)], (3, 6))


def zones():
    def berlin():
        import zoneinfo
        return zoneinfo.ZoneInfo('Europe/Berlin')

    v39 = (3, 9)
    std('zoneinfo', berlin, v39)
    std('zoneinfo_shared', lambda: [berlin(), berlin()], v39)
    std('zoneinfo_two', lambda: [berlin(), load('zoneinfo').ZoneInfo('UTC')], v39)
    std('zoneinfo_no_cache', lambda: type(berlin()).no_cache('Europe/Berlin'), v39)
    std('datetime_zoneinfo', lambda: dt.datetime(2024, 5, 17, 9, 30, tzinfo=berlin()), v39)
    std('datetime_zoneinfo_fold', lambda: [dt.datetime(2024, 10, 27, 2, 30, tzinfo=berlin(), fold=fold) for fold in (0, 1)], v39)
    std('time_zoneinfo', lambda: dt.time(9, 30, tzinfo=berlin()), v39)


def numbers():
    D, F = decimal.Decimal, fractions.Fraction
    std('decimal', each(D, '1.50', '-0', 'NaN', 'Infinity', '1E+5'))
    std('decimal_finite', each(D, '0', '1', '-1.50', '0.00', '1E-7', '-1E+5', '123456.789', '0E+3', '1E-10'))
    std('decimal_special', each(D, 'NaN', '-NaN', 'sNaN', 'NaN123', '-sNaN45', 'Infinity', '-Infinity', '-0.00'))
    std('decimal_60_digits', lambda: D('-' + '1234567890' * 5 + '.0123456789'))
    std('decimal_exponents', each(D, '1E+999999', '1E-999999', '9.99E+6144'))
    std('decimal_shared', twice(lambda: D('1.50')))
    std('decimal_tuple', lambda: D('-1.50').as_tuple())
    std('fraction', lambda: F(3, 4))
    std('fractions', lambda: [F(-1, 3), F(0), F(1), F(10 ** 30, 3), F(1, 2 ** 70)])
    std('uuid', lambda: uuid.UUID(int=0x12345678123456781234567812345678))
    # Of version 1, as uuid1 makes it without a word on its safety.
    std('uuid1', lambda: uuid.UUID('7f4b1c00-1403-11ef-9262-0242ac120002'))
    std('uuid_limits', lambda: [uuid.UUID(int=0), uuid.UUID(int=2 ** 128 - 1)])
    std('uuid_safe', lambda: [uuid.UUID(int=1, is_safe=uuid.SafeUUID.safe), uuid.UUID(int=2, is_safe=uuid.SafeUUID.unsafe)], (3, 7))
    std('uuid_shared', twice(lambda: uuid.UUID(int=5)))
    std('random', lambda: random.Random(1))
    std('normaldist', lambda: load('statistics').NormalDist(10, 0.5), (3, 8))


def mappings():
    OD, DD, C = collections.OrderedDict, collections.defaultdict, collections.Counter
    std('ordereddict', lambda: OD([(u'b', 1), (u'a', 2)]))
    std('ordereddict_empty', OD)
    std('ordereddict_nested', lambda: OD([(1, OD([(2, [3])])), (0, OD())]))
    std('ordereddict_cycle', cycle(lambda: OD([(u'a', 1)]), set_self))
    std('ordereddict_attr', lambda: with_attributes(OD([(u'a', 1)])))
    std('ordereddict_shared', twice(lambda: OD([(1, 2)])))
    std('defaultdict', lambda: DD(list, {u'a': [1]}))
    std('defaultdict_none', lambda: [DD(None), DD(None, {1: 2})])
    std('defaultdict_int', lambda: DD(int, {1: 2, 3: 4}))
    std('defaultdict_nested', lambda: DD(dict, {1: DD(set, {2: {3}})}))
    std('defaultdict_cycle', cycle(lambda: DD(list), set_self))
    std('counter', lambda: C([1, 1, 2]))
    std('counter_empty', C)
    std('counter_str', lambda: C({u'a': 2, u'b': -1}))
    std('chainmap', lambda: collections.ChainMap({1: 2}, {}), (3, 6))
    std('chainmap_empty', lambda: collections.ChainMap(), (3, 6))


def sequences():
    std('deque', lambda: [collections.deque([1, 2]), collections.deque([1], 5)])
    std('deque_empty', lambda: [collections.deque(), collections.deque((), 0), collections.deque([], 3)])
    std('deque_full', lambda: collections.deque([1, 2, u'three'], 3))
    std('deque_cycle', cycle(collections.deque, lambda x, value: x.append(value)))
    std('deque_shared', twice(lambda: collections.deque([1])))
    if PY2:
        from UserDict import IterableUserDict, UserDict
        from UserList import UserList
        from UserString import MutableString, UserString
        std('iterableuserdict', lambda: IterableUserDict({1: 2}))
        std('mutablestring', lambda: MutableString('text'))
    else:
        UserDict, UserList, UserString = collections.UserDict, collections.UserList, collections.UserString
    std('userdict', lambda: UserDict({u'a': [1]}))
    std('userlist', lambda: UserList([1, u'two']))
    std('userlist_cycle', cycle(UserList, lambda x, value: x.append(value)))
    std('userstring', lambda: UserString(u'text'))


def arrays():
    # The names are those of the types on the machines of today.
    def arrays_of(**items):
        return lambda: [array.array(code, items[code]) for code in sorted(items)]

    std('array', lambda: [array.array('i', [1, -2]), array.array('d', [0.5])])
    std('array_empty', lambda: [array.array('b'), array.array('i'), array.array('d')])
    std('array_int8', arrays_of(b=[0, 1, -1, 127, -128], B=[0, 1, 255]))
    std('array_int16', arrays_of(h=[1, -2, 2 ** 15 - 1, -2 ** 15], H=[1, 2 ** 16 - 1]))
    std('array_int32', arrays_of(i=[1, -2, 2 ** 31 - 1, -2 ** 31], I=[1, 2 ** 32 - 1]))
    std('array_long', arrays_of(l=[1, -2, 2 ** 63 - 1, -2 ** 63], L=[1, 2 ** 64 - 1]))
    std('array_int64', arrays_of(q=[1, -2, 2 ** 63 - 1, -2 ** 63], Q=[1, 2 ** 64 - 1]), (3, 6))
    std('array_float32', arrays_of(f=[0.0, -0.0, 1.5, 0.1, INF, -INF, NAN]))
    std('array_float64', arrays_of(d=[0.0, -0.0, 1.5, 0.1, INF, -INF, NAN]))
    std('array_unicode', lambda: [array.array('u'), array.array('u', u'h\xe9\u20ac\U0001f600')])
    std('array_ucs4', lambda: [array.array('w'), array.array('w', 'h\xe9\u20ac\U0001f600')], (3, 13))
    if PY2:
        std('array_char', lambda: array.array('c', 'a\xff'))
    std('array_shared', twice(lambda: array.array('B', [1])))


def paths():
    def pure(name):
        def build():
            import pathlib
            cls = getattr(pathlib, name)
            return [cls(p) for p in ('/a/b.txt', 'a/b', '.', '/', '../c')]
        return build

    def windows():
        from pathlib import PureWindowsPath as P
        return [P(p) for p in ('C:\\a\\b.txt', 'a\\b', '.', 'D:', 'E:c', '\\a', '\\\\host\\share\\a', 'a/b')]

    std('path', lambda: load('pathlib').PurePosixPath('/a/b.txt'), (3, 6))
    std('path_pure', pure('PurePosixPath'), (3, 6))
    std('path_posix', pure('PosixPath'), (3, 6))
    std('path_windows', windows, (3, 6))
    std('path_shared', twice(lambda: load('pathlib').PurePosixPath('a')), (3, 6))


def networks():
    def ip(name, *texts):
        return lambda: [getattr(load('ipaddress'), name)(t) for t in texts]

    std('ip', lambda: load('ipaddress').ip_address('192.0.2.1'), (3, 6))
    std('ipv4address', ip('IPv4Address', '0.0.0.0', '192.0.2.1', '255.255.255.255'), (3, 6))
    std('ipv6address', ip('IPv6Address', '::', '2001:db8::1', '::ffff:192.0.2.1', 'ffff:' * 7 + 'ffff'), (3, 6))
    std('ipv4network', ip('IPv4Network', '192.0.2.0/24', '0.0.0.0/0', '192.0.2.1/32'), (3, 6))
    std('ipv6network', ip('IPv6Network', '2001:db8::/32', '::/0', '::1/128'), (3, 6))
    std('ipv4interface', ip('IPv4Interface', '192.0.2.1/24', '192.0.2.1'), (3, 6))
    std('ipv6interface', ip('IPv6Interface', '2001:db8::1/32', '::1'), (3, 6))
    # Python 3.9 leaves the scope of an address out.
    std('ipv6_scoped', lambda: ip('IPv6Address', 'fe80::1%eth0')() + ip('IPv6Interface', 'fe80::1%eth0/64')(), (3, 9))
    if PY2:
        from urlparse import urlparse, urlsplit
    else:
        from urllib.parse import urldefrag, urlparse, urlsplit
        std('url_split_bytes', lambda: [urlsplit(b'http://example.com/a?b#c'), urlparse(b'/a;p'), urldefrag(b'a#b')], (3, 6))
        std('url_defrag', lambda: urldefrag('http://example.com/a#b'), (3, 6))
    std('url_split', lambda: urlsplit(u'http://user@example.com:80/a/b?c=d#e'))
    std('url_parse', lambda: urlparse(u'http://example.com/a;p?c=d#e'))


def enums():
    v36 = (3, 6)
    std('enum_text', lambda: [shapes.Text.RED, shapes.Text.GREEN, shapes.Text.RED], v36)
    std('enum_combined', lambda: [shapes.Perm(7), shapes.Perm.R | shapes.Perm.X, shapes.IntPerm.R | shapes.IntPerm.W,
                                  shapes.IntPerm(0), shapes.IntPerm(8)], v36)
    std('enum_int_all', lambda: [shapes.Level.LOW, shapes.Level.HIGH], v36)
    std('enum_regexflag', lambda: [re.IGNORECASE, re.RegexFlag.MULTILINE], v36)
    std('enum_regexflags', lambda: re.IGNORECASE | re.MULTILINE, v36)
    std('enum_socket', lambda: [load('socket').AddressFamily.AF_INET, load('socket').SOCK_STREAM], v36)
    std('enum_httpstatus', lambda: [load('http').HTTPStatus.OK, load('http').HTTPStatus.NOT_FOUND], v36)
    std('enum_signal', lambda: load('signal').Signals.SIGINT, v36)
    std('enum_safeuuid', lambda: [uuid.SafeUUID.safe, uuid.SafeUUID.unsafe, uuid.SafeUUID.unknown], (3, 7))


def exceptions():
    std('exception_value', lambda: [ValueError(u'x'), ValueError(), ValueError(u'x', None)])
    std('exception_key', lambda: [KeyError(1), IndexError(u'list index out of range'), ZeroDivisionError(u'division by zero')])
    std('exception_builtin', lambda: [TypeError(u'x'), AttributeError(u'x'), NameError(u'x'), RuntimeError(u'x'), NotImplementedError(),
                                      AssertionError(), EOFError(), OverflowError(u'x'), UserWarning(u'x'), Exception(), BaseException()])
    std('exception_exit', lambda: [StopIteration(3), SystemExit(2), SystemExit(), KeyboardInterrupt(), GeneratorExit()])
    std('exception_oserror', lambda: [OSError(2, u'No such file', u'f'), OSError(2, u'No such file'), OSError(u'x'), OSError()])
    std('exception_os_two_files', lambda: OSError(2, 'No such file', 'f', None, 'g'), (3, 6))
    # By number, for that is how they come back from OSError, their name in Python 2.
    std('exception_os_subclasses', lambda: [PermissionError(13, 'no'), FileExistsError(17, 'there'),  # noqa: F821
                                            BrokenPipeError(32, 'pipe'), BlockingIOError(11, 'again')], (3, 6))  # noqa: F821
    std('exception_unicode_decode', lambda: UnicodeDecodeError('utf-8', b'a\xff', 1, 2, 'invalid start byte'))
    std('exception_unicode_encode', lambda: UnicodeEncodeError('ascii', u'a\xff', 1, 2, 'ordinal not in range(128)'))
    std('exception_import', lambda: [ImportError('no', name='m'), ImportError('no', name='m', path='/p'), ImportError('no')], (3, 6))
    std('exception_syntax', lambda: SyntaxError(u'invalid syntax', (u'f.py', 1, 5, u'a b\n')))
    std('exception_nested', lambda: ValueError(u'x', [KeyError(1)], (ValueError(ValueError()),)))
    std('exception_attr', lambda: with_attributes(ValueError(u'x')))
    std('exception_user', lambda: [shapes.MyError(), shapes.MyError(u'bad', 2), shapes.MyValueError(u'v')])
    std('exception_cycle', lambda: (lambda e: setattr(e, 'e', e) or e)(ValueError(1)))
    std('exception_notes', lambda: [noted(ValueError('x'), 'one'), noted(KeyError(1), 'one', 'two')], (3, 11))
    std('exception_group', lambda: ExceptionGroup('many', [ValueError(1), ExceptionGroup('g', [KeyError(2)])]),  # noqa: F821
        (3, 11))
    std('exception_base_group', lambda: BaseExceptionGroup('many', [KeyboardInterrupt()]), (3, 11))  # noqa: F821
    std('exception_subprocess', lambda: load('subprocess').CalledProcessError(1, ['false']), (3, 6))


def noted(e, *notes):
    for note in notes:
        e.add_note(note)
    return e


def functions():
    partial, ns = functools.partial, (lambda **attrs: load('types').SimpleNamespace(**attrs))
    std('partial', lambda: partial(int, base=2))
    std('partial_args', lambda: [partial(pow, 2), partial(shapes.function), partial(shapes.function, 1, b=[2])])
    std('partial_attr', lambda: with_attributes(partial(int, u'5')))
    std('partial_nested', lambda: partial(shapes.function, partial(int)))
    std('itemgetter', lambda: [operator.itemgetter(1), operator.itemgetter(1, u'a')], (3, 6))
    std('attrgetter', lambda: [operator.attrgetter('a'), operator.attrgetter('a.b', 'c')], (3, 6))
    std('methodcaller', lambda: [operator.methodcaller('f'), operator.methodcaller('f', 1)], (3, 6))
    std('methodcaller_kwargs', lambda: operator.methodcaller('f', 1, x=2), (3, 6))
    # Newer Pythons warn, and 3.14 cannot do it any more.
    if sys.version_info < (3, 12):
        std('itertools_count', lambda: [itertools.count(), itertools.count(5)])
    std('namespace', lambda: ns(a=1), (3, 6))
    std('namespace_empty', ns, (3, 6))
    std('namespace_cycle', cycle(ns, lambda x, value: setattr(x, 'x', value)), (3, 6))
    std('regex', lambda: re.compile('a+', 2))
    std('regex_str', lambda: [re.compile(u''), re.compile(u'^(?P<n>\xe9)$', re.M | re.S), re.compile(u'(?x) a', re.I)])
    std('regex_bytes', lambda: [re.compile(b'a\xff'), re.compile(b'a', re.I | re.L)])
    std('regex_shared', twice(lambda: re.compile(u'a')))


def programs():
    """What programs keep: messages, cookies, log records.

    In Python 2 some have so many attributes that loading changes their order.
    """
    import argparse
    import logging
    import xml.etree.ElementTree as ET
    if PY2:
        import Cookie as cookies
        import cookielib as cookiejar
    else:
        import http.cookiejar as cookiejar
        import http.cookies as cookies

    def cookie():
        jar = cookies.SimpleCookie()
        jar['id'] = 'a b'
        return jar

    def message(cls):
        m = cls()
        m['Subject'] = 'late order'
        m.set_payload('text\n')
        return m

    def element():
        root = ET.Element('root', {'k': 'v'})
        ET.SubElement(root, 'child').text = u'some text'
        return root

    def config():
        parser = load('configparser').ConfigParser()
        parser.read_string('[shop]\nname = x\n')
        return parser

    std('configparser', config, (3, 7))
    std('cookie', cookie)
    std('cookie_morsel', lambda: cookie()['id'])
    std('cookiejar_cookie', lambda: cookiejar.Cookie(0, 'n', 'v', None, False, 'example.com', True, False, '/', True, True, 1700000000,
                                                     False, None, None, {'HttpOnly': None}))
    std('email_message', lambda: message(email.message.Message), (3, 6))
    std('email_emailmessage', lambda: message(email.message.EmailMessage), (3, 6))
    std('logrecord', lambda: logging.makeLogRecord({
        'name': 'shop', 'msg': 'order %d', 'args': (1001,), 'levelname': 'WARNING', 'levelno': 30, 'pathname': '/srv/orders.py',
        'filename': 'orders.py', 'module': 'orders', 'lineno': 42, 'funcName': 'check', 'created': 1700000000.25, 'msecs': 250.0,
        'relativeCreated': 1234.5, 'thread': 140000000000000, 'threadName': 'MainThread', 'process': 4711,
        'processName': 'MainProcess'}), (3, 6))
    std('argparse_namespace', lambda: argparse.Namespace(verbose=True))
    std('string_template', lambda: string.Template(u'$who likes $what'))
    std('textwrapper', lambda: textwrap.TextWrapper(width=20))
    std('element', element)
    std('struct_time', lambda: time.struct_time((2024, 5, 17, 9, 30, 0, 4, 138, 0)))
    std('struct_time_zone', lambda: time.struct_time((2024, 5, 17, 9, 30, 0, 4, 138, 1, 'CEST', 7200)), (3, 6))
    std('framesummary', lambda: load('traceback').FrameSummary('f.py', 3, 'main', lookup_line=False, line='x = 1'), (3, 6))


for define in (datetimes, numbers, mappings, sequences, arrays, paths, networks, enums, exceptions, functions, programs):
    define()

#!/usr/bin/env python3
"""Writes the pickles of this directory, each with the value it must decode to.

    python3 make.py --all                  every Python that IMPLS names, found on
                                           PATH or below ~/.pyenv/versions
    python3 make.py --all --python PATH    that interpreter too (repeatable); it
                                           goes first
    python3 make.py --real                 only real/, with the Pythons on PATH
    PYTHON make.py --write DIR             what --all runs under each interpreter

The cases are in cases.py and standard.py. The files are

    <impl>/p<protocol>/<case>.pkl[.bufN]   a pickle, and its out-of-band buffers
    <impl>/expect.json                     what each case is; README.md has the format
    real/                                  files as programs wrote them
    sample.pkl                             an order, by CPython 3.13 in protocol 5
    ../vm/testdata/opcodes.json            pickletools.opcodes of CPython 3.13

A pickle that an earlier interpreter of IMPLS wrote byte for byte is not stored
again: expect.json names the interpreter it is the same as. Running the script
again changes nothing. Every pickle is loaded by the interpreter that wrote it and must be
the same value before it counts. The script runs under Python 2.7, 3.6 and later, and PyPy.

How the files in real/ are made: by the very code of logging, Django, carbon and
kombu (Debian: python3-django, graphite-carbon, python3-kombu), with clocks,
process ids and paths replaced by constants. Where a package is missing
its files are left as they are.
"""

from __future__ import print_function

import argparse
import filecmp
import io
import json
import os
import pickle
import platform
import shutil
import subprocess
import sys
import tempfile
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
warnings.simplefilter('ignore', DeprecationWarning)  # array('u') has one

import describe  # noqa: E402
import shapes  # noqa: E402
import standard  # noqa: E402,F401 (adds its cases)
from cases import CASES  # noqa: E402

# The directory of an implementation, the command that may start it, and the
# version it must report. What several wrote alike is stored for the first.
IMPLS = [
    ('cpython3.13', 'python3.13', 'CPython 3.13'),
    ('cpython3.11', 'python3.11', 'CPython 3.11'),
    ('cpython3.8', 'python3.8', 'CPython 3.8'),
    ('cpython3.6', 'python3.6', 'CPython 3.6'),
    ('pypy3', 'pypy3', 'PyPy 3'),
    ('cpython2.7', 'python2.7', 'CPython 2.7'),
]

PY2 = sys.version_info[0] == 2
PYPY = platform.python_implementation() == 'PyPy'

if PY2:
    import cPickle
    Pickler, Unpickler, PurePickler = cPickle.Pickler, cPickle.Unpickler, pickle.Pickler
    PicklingError = cPickle.PicklingError
else:
    Pickler, Unpickler, PurePickler = pickle.Pickler, pickle.Unpickler, pickle._Pickler
    PicklingError = pickle.PicklingError


# --- writing and checking, under the interpreter at hand -----------------

def implementation():
    if PYPY:
        return 'pypy%d' % sys.version_info[0]
    return 'cpython%d.%d' % sys.version_info[:2]


def pid_of(obj):
    return obj.pid if isinstance(obj, shapes.Ref) else None


def with_pid(base, name, method):
    """Give a pickler or unpickler its hook; cPickle wants it as an attribute."""
    if not PY2:
        return type('Hooked', (base,), {name: lambda self, arg: method(arg)})

    def make(*args):
        made = base(*args)
        setattr(made, name, method)
        return made
    return make


def dump(c, values, protocol):
    """Pickle the values; return the bytes and the out-of-band buffers."""
    make = PurePickler if c.options.get('pure') else Pickler
    if c.options.get('pid'):
        make = with_pid(make, 'persistent_id', pid_of)
    buffers, extra = [], {}
    if 'in_band' in c.options:
        def callback(buffer):
            return c.options['in_band'](buffer) or buffers.append(bytes(buffer))
        extra['buffer_callback'] = callback
    out = io.BytesIO()
    pickler = make(out, protocol, **extra)
    for i, value in enumerate(values):
        if i and c.kind == 'stream':
            pickler = make(out, protocol, **extra)
        pickler.dump(value)
    return out.getvalue(), buffers


def load(c, data, buffers, count):
    make, extra = Unpickler, {}
    if c.options.get('pid'):
        make = with_pid(make, 'persistent_load', shapes.Ref)
    if buffers:
        extra['buffers'] = [memoryview(bytearray(b)) for b in buffers]
    source, values = io.BytesIO(data), []
    unpickler = make(source, **extra)
    for i in range(count):
        if i and c.kind == 'stream':
            unpickler = make(source, **extra)
        values.append(unpickler.load())
    if source.read(1):
        raise AssertionError('trailing data')
    return values


def expectation(c, values, protocol):
    pid = pid_of if c.options.get('pid') else None
    if c.kind == 'memo':
        return {'memo': describe.describe_all(values, protocol, pid)}
    outside = None
    if 'in_band' in c.options:
        def outside(buffer):
            return not c.options['in_band'](buffer)
    found = [describe.describe(value, protocol, pid, outside) for value in values]
    return {'stream': found} if c.kind == 'stream' else found[0]


def build(c):
    return [c.build()] if c.kind == 'one' else c.build()


class Refused(Exception):
    """The class of the error with which a pickler refused a value."""


def make_case(name, protocol):
    """Pickle a case and check that it loads; return bytes, buffers, description."""
    c = CASES[name]
    try:
        data, buffers = dump(c, build(c), protocol)
    except (PicklingError, pickle.PicklingError, TypeError, AttributeError, RuntimeError) as e:
        raise Refused(type(e).__name__)
    values = build(c)
    again = dump(c, values, protocol)
    if again != (data, buffers):
        raise AssertionError('%s, protocol %d: differs from one time to the next' % (name, protocol))
    want = expectation(c, values, protocol)
    got = expectation(c, load(c, data, buffers, len(values)), protocol)
    if want != got and not c.options.get('lossy'):
        raise AssertionError('%s, protocol %d:\n wrote  %s\n loaded %s' % (
            name, protocol, describe.canonical(want)[:2000], describe.canonical(got)[:2000]))
    return data, buffers, describe.shorten(want)


def wanted(c, impl, protocol):
    o = c.options
    return (sys.version_info >= o.get('since', (0,)) and impl in o.get('impls', (impl,)) and
            protocol in o.get('protocols', (protocol,)))


def by_protocol(found):
    """Name what protocols agree on once, and the others as case@p<N>."""
    entries = {}
    for name, each in found.items():
        top = entries[name] = each[max(each)]
        for protocol in each:
            if each[protocol] != top:
                entries['%s@p%d' % (name, protocol)] = each[protocol]
    return entries


def write_all(out):
    """Write every case that this interpreter has, in every protocol, below out."""
    impl, expected, refused = implementation(), {}, {}
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        folder = os.path.join(out, 'p%d' % protocol)
        os.makedirs(folder)
        for name in CASES:
            if not wanted(CASES[name], impl, protocol):
                continue
            try:
                data, buffers, description = make_case(name, protocol)
            except Refused as e:
                refused['%s@p%d' % (name, protocol)] = str(e)
                continue
            expected.setdefault(name, {})[protocol] = description
            write(os.path.join(folder, name + '.pkl'), data)
            for i, buffer in enumerate(buffers):
                write(os.path.join(folder, '%s.buf%d' % (name, i)), buffer)
    version = '.'.join(str(n) for n in sys.version_info[:3])
    if PYPY:
        version += ' (PyPy %s)' % '.'.join(str(n) for n in sys.pypy_version_info[:3])
    write_json(os.path.join(out, 'expect.json'),
               {'python': version, 'cases': by_protocol(expected), 'refused': refused})
    if impl == 'cpython3.13':
        write(os.path.join(out, 'sample.pkl'), sample())
        write_json(os.path.join(out, 'opcodes.json'), opcodes())


def write(path, data):
    with open(path, 'wb') as f:
        f.write(data)


def write_json(path, value):
    """Write JSON with a line for each entry of the outer two levels."""
    def compact(v):
        return json.dumps(v, sort_keys=True)

    def lines(v, inner):
        indent = '  ' * inner
        if isinstance(v, dict) and v:
            rows = ['%s: %s' % (compact(k), lines(v[k], inner + 1) if inner < 2 else compact(v[k])) for k in sorted(v)]
            return '{\n%s%s\n%s}' % (indent, (',\n' + indent).join(rows), indent[2:])
        if isinstance(v, list) and inner == 1:
            return '[\n  %s\n]' % ',\n  '.join(compact(row) for row in v)
        return compact(v)

    write(path, (lines(value, 1) + '\n').encode('ascii'))


def opcodes():
    """pickletools.opcodes, the facts that are not prose."""
    import pickletools
    return [{
        'name': op.name, 'code': ord(op.code), 'proto': op.proto, 'doc': op.doc.strip().split('\n')[0],
        'arg': op.arg.name if op.arg else None, 'arg_n': op.arg.n if op.arg else 0,
        'stack_before': [s.name for s in op.stack_before], 'stack_after': [s.name for s in op.stack_after],
    } for op in pickletools.opcodes]


def sample():
    """The pickle that the README shows first."""
    import datetime
    import decimal
    import shop
    ann = shop.Customer('Ann', 'ann@example.com')
    lamp = shop.Item('lamp-3', decimal.Decimal('49.90'), (12, 12, 40))
    placed = datetime.datetime(2024, 5, 17, 9, 30)
    orders = [
        shop.Order(1001, ann, placed, [(lamp, 2)], {'gift'}),
        shop.Order(1002, ann, placed + datetime.timedelta(days=1), [(lamp, 1)], set()),
    ]
    return pickle.dumps(orders, 5)


# --- files of real programs ----------------------------------------------

NOW = 1700000000.0


def real_logging():
    """What logging.handlers.SocketHandler sends: a length and a dict."""
    import logging.handlers
    record = logging.getLogger('shop.orders').makeRecord(
        'shop.orders', logging.WARNING, '/srv/shop/orders.py', 42, 'order %d of %s is late', (1001, 'Ann'), None,
        'check', {'order': 1001})
    record.created, record.msecs, record.relativeCreated = NOW + 0.25, 250.0, 1234.5
    record.process, record.thread = 4711, 140000000000000
    data = logging.handlers.SocketHandler('localhost', 0).makePickle(record)
    version = '%d.%d' % sys.version_info[:2]
    return 'logging-%s.bin' % version, data, 'logging of Python ' + version, [(4, data[4:], 1, {})]


def real_django():
    """A file of Django's file-based cache: the expiry time, then a zlib stream."""
    import datetime
    import decimal
    import time
    import zlib
    import django
    from django.conf import settings
    if not settings.configured:
        settings.configure()
    from django.core.cache.backends.filebased import FileBasedCache
    from django.utils.safestring import mark_safe
    folder, clock = tempfile.mkdtemp(), time.time
    time.time = lambda: NOW
    try:
        FileBasedCache(folder, {}).set('cart:17', {
            'user_id': 17, 'items': [('lamp-3', 2, decimal.Decimal('49.90'))], 'coupons': set(),
            'seen': datetime.datetime(2024, 5, 17, 9, 30), 'html': mark_safe('<b>2</b> lamps'),
        }, 600)
        name, = os.listdir(folder)
        with open(os.path.join(folder, name), 'rb') as f:
            data = f.read()
    finally:
        time.time = clock
        shutil.rmtree(folder)
    at = pickle_length(data)
    return 'django.djcache', data, 'Django %s, file-based cache' % django.__version__, [
        (0, data[:at], pickle.HIGHEST_PROTOCOL, {}),
        (at, zlib.decompress(data[at:]), pickle.HIGHEST_PROTOCOL, {'zlib': True})]


def pickle_length(data):
    source = io.BytesIO(data)
    pickle.load(source)
    return source.tell()


def real_carbon():
    """A message of carbon's pickle protocol: a length and a list of metrics."""
    from importlib.metadata import version
    from carbon.client import CarbonPickleClientProtocol
    from twisted.internet.testing import StringTransport
    client = CarbonPickleClientProtocol()
    client.transport = StringTransport()
    client._sendDatapointsNow([('servers.web1.load', (int(NOW), 0.75)), ('servers.web1.users', (int(NOW) + 60, 12))])
    data = client.transport.value()
    return 'carbon.bin', data, 'carbon %s, pickle client' % version('carbon'), [(4, data[4:], 2, {})]


def real_kombu():
    """The body of a Celery task message: args, kwargs and what follows the task."""
    import kombu
    from kombu.serialization import dumps, pickle_protocol
    embed = {'callbacks': None, 'errbacks': None, 'chain': None, 'chord': None}
    _, _, data = dumps(((1001, 'Ann'), {'express': True}, embed), serializer='pickle')
    return 'kombu.pkl', data, 'kombu %s, serializer pickle' % kombu.__version__, [(0, data, pickle_protocol, {})]


def write_real(out):
    """Write the files whose programs this interpreter has, and what is in them."""
    made = {}
    for make in (real_logging, real_django, real_carbon, real_kombu):
        try:
            name, data, by, pickles = make()
        except ImportError:
            continue
        write(os.path.join(out, name), data)
        made[name] = {'by': by, 'pickles': [
            dict(more, offset=offset, length=len(data) - offset if offset or len(pickles) == 1 else len(body),
                 expect=describe.describe(pickle.loads(body), protocol))
            for offset, body, protocol, more in pickles]}
    write_json(os.path.join(out, 'expect.json'), made)


# --- the driver ----------------------------------------------------------

def python_version(path):
    """What an interpreter says it is, such as 'CPython 3.13'; '' if it does not run."""
    code = 'import platform as p; print(p.python_implementation() + " " + p.python_version())'
    try:
        return subprocess.check_output([path, '-c', code], stderr=subprocess.PIPE).decode('ascii').strip()
    except (OSError, subprocess.CalledProcessError):
        return ''


def on_path(command):
    """Every program of that name on PATH, in order."""
    found = [os.path.join(d, command) for d in os.environ.get('PATH', '').split(os.pathsep)]
    return [p for p in found if os.access(p, os.X_OK)]


def pyenv():
    import glob
    root = os.environ.get('PYENV_ROOT') or os.path.expanduser('~/.pyenv')
    return sorted(glob.glob(os.path.join(root, 'versions', '*', 'bin', 'python')))


def run(python, *args):
    env = dict(os.environ, PYTHONHASHSEED='0', PYTHONDONTWRITEBYTECODE='1')
    subprocess.check_call([python, os.path.abspath(__file__)] + list(args), env=env)


def install(impl, fresh):
    """Put the files of one implementation in place, but for what another wrote alike."""
    here, same = os.path.join(HERE, impl), {}
    shutil.rmtree(here, ignore_errors=True)
    earlier = [name for name, _, _ in IMPLS[:[i[0] for i in IMPLS].index(impl)]]
    for folder in sorted(f for f in os.listdir(fresh) if f.startswith('p')):
        for name in sorted(f for f in os.listdir(os.path.join(fresh, folder)) if f.endswith('.pkl')):
            files = [f for f in os.listdir(os.path.join(fresh, folder)) if f.startswith(name[:-3])]
            twin = next((e for e in earlier if all(is_same(fresh, os.path.join(HERE, e), folder, f) for f in files)), None)
            if twin:
                same.setdefault(twin, {}).setdefault(folder, []).append(name[:-4])
                continue
            if not os.path.isdir(os.path.join(here, folder)):
                os.makedirs(os.path.join(here, folder))
            for f in files:
                shutil.move(os.path.join(fresh, folder, f), os.path.join(here, folder, f))
    with open(os.path.join(fresh, 'expect.json')) as f:
        expected = json.load(f)
    expected['same'] = same
    if not os.path.isdir(here):
        os.makedirs(here)
    write_json(os.path.join(here, 'expect.json'), expected)
    for name, to in (('sample.pkl', HERE), ('opcodes.json', os.path.join(HERE, '..', 'vm', 'testdata'))):
        if os.path.exists(os.path.join(fresh, name)):
            if not os.path.isdir(to):
                os.makedirs(to)
            shutil.move(os.path.join(fresh, name), os.path.join(to, name))


def is_same(a, b, folder, name):
    a, b = os.path.join(a, folder, name), os.path.join(b, folder, name)
    return os.path.exists(b) and filecmp.cmp(a, b, shallow=False)


def drive(pythons, only_real):
    candidates = pythons + [p for _, command, _ in IMPLS for p in on_path(command)] + pyenv() + on_path('python3')
    versions = [(p, python_version(p)) for p in candidates]
    build_dir = tempfile.mkdtemp()
    try:
        for impl, _, version in IMPLS:
            path = next((p for p, v in versions if v.startswith(version + '.')), None)
            if only_real or not path:
                only_real or print('%s: not found, its files stay as they are' % impl)
                continue
            run(path, '--write', os.path.join(build_dir, impl))
            install(impl, os.path.join(build_dir, impl))
            print(impl)
        real = [p for p, v in versions if v.startswith(('CPython 3.13.', 'CPython 2.7.')) or p in on_path('python3')]
        install_real(real, os.path.join(build_dir, 'real'))
    finally:
        shutil.rmtree(build_dir)


def install_real(pythons, fresh):
    """Let every Python write the real files it has the programs for; the first one wins."""
    here, made = os.path.join(HERE, 'real'), {}
    if not os.path.isdir(here):
        os.makedirs(here)
    for python in pythons:
        shutil.rmtree(fresh, ignore_errors=True)
        os.makedirs(fresh)
        run(python, '--write-real', fresh)
        with open(os.path.join(fresh, 'expect.json')) as f:
            found = json.load(f)
        for name in sorted(found):
            # The logging of a Python that is not in the set would be one more file.
            if name not in made and name in ('logging-3.13.bin', 'logging-2.7.bin', 'django.djcache', 'carbon.bin', 'kombu.pkl'):
                made[name] = found[name]
                shutil.copyfile(os.path.join(fresh, name), os.path.join(here, name))
    manifest = os.path.join(here, 'expect.json')
    if os.path.exists(manifest):
        with open(manifest) as f:
            before = json.load(f)
        for name in sorted(set(before) - set(made)):
            print('real/%s: no Python here has its program, it stays as it is' % name)
            made[name] = before[name]
    write_json(manifest, made)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--all', action='store_true', help='run every Python there is')
    parser.add_argument('--real', action='store_true', help='only write real/')
    parser.add_argument('--python', action='append', default=[], help='an interpreter to use first')
    parser.add_argument('--write', help='write what this interpreter makes below that directory')
    parser.add_argument('--write-real', help='write its real files to that directory')
    args = parser.parse_args()
    if args.write:
        write_all(args.write)
    elif args.write_real:
        write_real(args.write_real)
    elif args.all or args.real:
        drive(args.python, args.real)
    else:
        parser.error('say --all or --real')


if __name__ == '__main__':
    main()

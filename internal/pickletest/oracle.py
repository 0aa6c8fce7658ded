"""Answers questions about pickles on stdin and stdout, for the Go tests.

A request and a response are a list of byte strings: a 4-byte count, then each with a
4-byte length, big-endian. A request starts with the name of an operation of OPS, a response with
'ok' or 'error'. Runs under Python 2.7 and 3.6 and later; sys.argv[1] is testdata.
"""

from __future__ import print_function

import io
import os
import pickle
import pickletools
import struct
import sys
import warnings

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
warnings.simplefilter('ignore', DeprecationWarning)  # array('u') has one

import describe  # noqa: E402
import shapes  # noqa: E402

PY2 = sys.version_info[0] == 2
if PY2:
    import cPickle
    BasePickler, BaseUnpickler = cPickle.Pickler, cPickle.Unpickler
else:
    BasePickler, BaseUnpickler = pickle.Pickler, pickle.Unpickler

# What a pickle may name: a guard against accidents with mutated pickles, not
# against malice.
MODULES = set('''_collections _struct array collections collections.abc datetime decimal enum exceptions fractions ipaddress
pathlib pathlib._local re shapes shop typing uuid zoneinfo numpy numpy.core.multiarray numpy._core.multiarray numpy._core.numeric
_codecs copy_reg copyreg functools types _frozen_importlib dataclasses'''.split())
# Of other modules, just these.
NAMES = set('''Cookie.Morsel Cookie.SimpleCookie UserDict.IterableUserDict UserDict.UserDict UserList.UserList UserString.MutableString
UserString.UserString argparse.Namespace commands.CalledProcessError ConfigParser.BasicInterpolation
ConfigParser.ConfigParser ConfigParser.ConverterMapping ConfigParser.SectionProxy configparser.BasicInterpolation
configparser.ConfigParser configparser.ConverterMapping configparser.SectionProxy cookielib.Cookie
email._header_value_parser.UnstructuredTokenList email._header_value_parser.ValueTerminal
email._header_value_parser.WhiteSpaceTerminal email._policybase.Compat32 email.headerregistry.BaseHeader
email.headerregistry.UniqueUnstructuredHeader email.headerregistry._reconstruct_header email.message.EmailMessage
email.message.Message email.policy.EmailPolicy http.HTTPStatus http.cookiejar.Cookie http.cookies.Morsel http.cookies.SimpleCookie
logging.LogRecord operator.attrgetter operator.itemgetter operator.methodcaller random.Random signal.SIGINT signal.Signals
socket.AF_INET socket.AddressFamily socket.SOCK_STREAM socket.SocketKind statistics.NormalDist string.Template
subprocess.CalledProcessError textwrap.TextWrapper time.struct_time traceback.FrameSummary urllib.parse.DefragResult
urllib.parse.DefragResultBytes urllib.parse.ParseResult urllib.parse.ParseResultBytes urllib.parse.SplitResult
urllib.parse.SplitResultBytes urlparse.DefragResult urlparse.DefragResultBytes urlparse.ParseResult urlparse.ParseResultBytes
urlparse.SplitResult urlparse.SplitResultBytes xml.etree.ElementTree.Element'''.split())
REFUSED = set('''__import__ breakpoint compile copyright credits delattr eval exec execfile exit file globals help input license
locals open print quit raw_input reload setattr vars'''.split())


def pid_of(obj):
    return obj.pid if isinstance(obj, shapes.Ref) else None


def check_name(module, name):
    builtin = module in ('builtins', '__builtin__', 'itertools') and name not in REFUSED
    if not builtin and module not in MODULES and '%s.%s' % (module, name) not in NAMES:
        raise pickle.UnpicklingError('the oracle does not import %s.%s' % (module, name))


if PY2:
    def make_pickler(out, protocol):
        pickler = BasePickler(out, protocol)
        pickler.persistent_id = pid_of
        return pickler

    def find_global(module, name):
        check_name(module, name)
        __import__(module)
        return getattr(sys.modules[module], name)

    def make_unpickler(source, buffers):
        unpickler = BaseUnpickler(source)
        unpickler.persistent_load = shapes.Ref
        unpickler.find_global = find_global
        return unpickler
else:
    class make_pickler(BasePickler):
        def persistent_id(self, obj):
            return pid_of(obj)

    class OracleUnpickler(BaseUnpickler):
        def persistent_load(self, pid):
            return shapes.Ref(pid)

        def find_class(self, module, name):
            check_name(module, name)
            return super(OracleUnpickler, self).find_class(module, name)

    def make_unpickler(source, buffers):
        if buffers:
            return OracleUnpickler(source, buffers=[memoryview(bytearray(b)) for b in buffers])
        # A str of Python 2 comes back as it was, whatever its bytes are.
        return OracleUnpickler(source, encoding='latin-1')


def load(data, buffers=()):
    return make_unpickler(io.BytesIO(data), buffers).load()


def dump(value, protocol):
    out = io.BytesIO()
    make_pickler(out, int(protocol)).dump(value)
    return out.getvalue()


def description(data, protocol, buffers=()):
    found = describe.describe(load(data, buffers), int(protocol), pid_of, lambda buffer: bool(buffers))
    return describe.canonical(found).encode('ascii')


def op_loads(data, protocol, *buffers):
    return description(data, protocol, buffers)


def evaluate(source):
    """The value of an expression, or what statements assign to value."""
    names = {}
    exec('import collections, datetime, decimal, fractions, re, shapes, uuid', names)
    source = source.decode('utf-8')
    try:
        code = compile(source, 'expression', 'eval')
    except SyntaxError:
        exec(compile(source, 'statements', 'exec'), names)
        return names['value']
    return eval(code, names)


def op_dumps(source, protocol):
    return dump(evaluate(source), protocol)


def op_redumps(data, protocol):
    return dump(load(data), protocol)


def op_same(a, b, protocol):
    return b'true' if description(a, protocol) == description(b, protocol) else b'false'


def op_repr(data):
    text = repr(load(data))
    return text if PY2 else text.encode('utf-8', 'surrogatepass')


def op_dis(data):
    out = io.BytesIO() if PY2 else io.StringIO()
    pickletools.dis(data, out)
    return out.getvalue() if PY2 else out.getvalue().encode('utf-8', 'surrogatepass')


def op_optimize(data):
    return pickletools.optimize(data)


OPS = dict((name[3:], f) for name, f in list(globals().items()) if name.startswith('op_'))


def read_exactly(source, n):
    data = source.read(n)
    if len(data) != n:
        sys.exit(0)
    return data


def read_strings(source):
    count, = struct.unpack('>I', read_exactly(source, 4))
    return [read_exactly(source, struct.unpack('>I', read_exactly(source, 4))[0]) for _ in range(count)]


def write_strings(out, strings):
    out.write(struct.pack('>I', len(strings)))
    for s in strings:
        out.write(struct.pack('>I', len(s)) + s)
    out.flush()


def main():
    try:
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (ImportError, ValueError):
        pass
    # What a pickle prints must not get between the responses.
    out = os.fdopen(os.dup(1), 'wb')
    os.dup2(2, 1)
    source = sys.stdin if PY2 else sys.stdin.buffer
    while True:
        request = read_strings(source)
        try:
            response = [b'ok', OPS[request[0].decode('ascii')](*request[1:])]
        except Exception as e:
            message = (u'%s' % e).encode('utf-8', 'replace')
            response = [b'error', type(e).__name__.encode('ascii'), message]
        write_strings(out, response)


main()

package scan

// dangers is what no pickle may name, with the reason: it runs code, starts
// programs, reaches the file system or the network, or hands out what does. That
// it is named at all is enough, since what calls it need not be in the pickle: a
// class that is given it as an attribute can.
var dangers = joinEntries(
	entries("runs Python code that is given as text or as a code object",
		"builtins.eval", "builtins.exec", "builtins.execfile", "builtins.compile", "code.**", "codeop.**", "timeit.**",
		"runpy.**", "bdb.**", "pdb.**", "profile.**", "cProfile.**", "trace.**", "doctest.**", "idlelib.**", "cgitb.**",
		"rlcompleter.**", "test.support.**", "unittest.main", "lib2to3.**", "py_compile.**", "compileall.**", "zipapp.**",
		"logging.config.**", "sympy.sympify", "sympy.core.sympify.sympify", "sympy.parsing.**", "IPython.**",
		"numpy.testing._private.utils.runstring", "numpy.testing.utils.runstring", "numpy.testing.runstring", "numpy.testing._private.utils.rundocs",
		"numpy.testing.rundocs", "numpy.testing._private.utils.measure", "numpy.testing.measure", "numpy.f2py.crackfortran.**",
		"numpy.lib.utils.safe_eval", "numpy.lib._utils_impl.safe_eval",
		"joblib.Parallel", "joblib.parallel.**", "joblib.Memory", "joblib.memory.**", "joblib.func_inspect.**", "sklearn.**.Parallel", "sklearn.**.Memory",
		"pandas.eval", "pandas.core.computation.**", "numexpr.**", "torch.jit.**", "torch.fx.**", "torch._dynamo.**", "torch._inductor.**",
		"torch.utils.cpp_extension.**", "torch.utils.collect_env.**", "torch.testing._internal.**", "torch.distributed.**", "torch.package.**",
		"dataclasses._create_fn", "dataclasses.make_dataclass", "collections.namedtuple", "typing.get_type_hints", "typing.ForwardRef",
		"inspect.signature", "inspect.get_annotations", "annotationlib.**", "jinja2.**", "mako.**"),
	entries("imports a module, which runs it, or finds one by a name",
		"builtins.__import__", "importlib.**", "imp.**", "pkgutil.**", "zipimport.**", "pydoc.**", "modulefinder.**", "site.**",
		"test.support.import_helper.**", "numpy.distutils.**", "distutils.**", "setuptools.**", "pkg_resources.**", "django.utils.module_loading.**",
		"werkzeug.utils.import_string", "torch.hub.**", "torch.serialization._import_dotted_name", "sys.modules", "sys.path",
		"sys.meta_path", "sys.path_hooks"),
	entries("starts programs, or reaches files and the process, by way of the operating system",
		"os.**", "subprocess.**", "pty.**", "popen2.**", "multiprocessing.util.**", "multiprocessing.spawn.**",
		"multiprocessing.popen_fork.**", "multiprocessing.popen_spawn_posix.**", "multiprocessing.popen_spawn_win32.**",
		"multiprocessing.process.**", "multiprocessing.context.**", "multiprocessing.pool.**", "multiprocessing.managers.**",
		"multiprocessing.connection.**", "multiprocessing.reduction.**", "multiprocessing.Process", "multiprocessing.Pool",
		"concurrent.futures.**", "asyncio.**", "signal.**", "platform.popen", "platform._syscmd_ver", "platform.architecture",
		"commands.**", "webbrowser.**", "antigravity.**", "ensurepip.**", "venv.**", "pip.**", "pipes.**", "crypt.**",
		"distutils.spawn.**", "aix_support.**", "_aix_support.**", "_osx_support.**", "_pyrepl.**", "sysconfig.**",
		"numpy.testing._private.extbuild.**", "numpy.distutils.exec_command.**", "psutil.**", "pexpect.**",
		"paramiko.**", "plumbum.**", "uuid._get_command_stdout", "uuid._popen", "uuid._find_mac",
		"ctypes.util.**", "imaplib.IMAP4_stream", "mailcap.**", "sched.**", "syslog.**", "winreg.**", "msvcrt.**", "_winreg.**", "msilib.**",
		"interpreters.**", "threading.start_new_thread", "threading.Thread", "threading.Timer", "_thread.**", "dummy_threading.**"),
	entries("opens, writes, moves or removes files",
		"builtins.open", "builtins.file", "io.open", "io.open_code", "io.FileIO", "io.OpenWrapper", "io.open_text", "shutil.**", "tempfile.**", "fileinput.**",
		"linecache.**", "pathlib.*.open", "pathlib.*.read_*", "pathlib.*.write_*", "pathlib.*.unlink", "pathlib.*.rmdir", "pathlib.*.rename",
		"pathlib.*.replace", "pathlib.*.touch", "pathlib.*.mkdir", "pathlib.*.chmod", "pathlib.*.symlink_to", "pathlib.*.hardlink_to", "codecs.open",
		"gzip.open", "gzip.GzipFile", "bz2.open", "bz2.BZ2File", "lzma.open", "lzma.LZMAFile", "zipfile.**", "tarfile.**", "mmap.**", "dbm.**",
		"sqlite3.**", "glob.**", "filecmp.**", "fcntl.**", "posixfile.**", "logging.FileHandler", "logging.handlers.**", "logging.basicConfig",
		"numpy.fromfile", "numpy.memmap", "numpy.core.memmap.memmap", "numpy.save", "numpy.savetxt", "numpy.savez", "numpy.lib.npyio.**",
		"numpy.ndarray.tofile", "numpy.loadtxt", "numpy.genfromtxt", "numpy.lib._npyio_impl.**", "torch.save",
		"pandas.io.**", "pandas.read_*", "pandas.core.frame.DataFrame.to_*", "pandas.core.series.Series.to_*", "sklearn.datasets.**", "wave.**",
		"curses.**", "readline.**", "netrc.**", "configparser.ConfigParser.read", "xml.etree.ElementTree.parse",
		"distutils.file_util.**", "distutils.dir_util.**"),
	entries("connects to the network, or waits for connections",
		"socket.**", "ssl.**", "select.**", "selectors.**", "socketserver.**", "http.client.**", "http.server.**", "urllib.request.**", "urllib.urlopen", "urllib.urlretrieve",
		"ftplib.**", "smtplib.**", "smtpd.**", "poplib.**", "imaplib.**", "nntplib.**", "telnetlib.**", "xmlrpc.**", "xmlrpclib.**", "wsgiref.**",
		"asyncore.**", "asynchat.**", "requests.**", "urllib3.**", "httpx.**", "aiohttp.**", "pycurl.**", "cgi.**",
		"numpy.DataSource", "numpy.lib._datasource.**"),
	entries("reads another pickle or the like, which can run anything in turn",
		"pickle.**", "_pickle.**", "pickletools.**", "cloudpickle.cloudpickle.load*", "cloudpickle.load*", "dill.load*", "dill._dill.load*", "dill._dill._create_function",
		"dill._dill._create_code", "dill._dill._import_module", "dill._dill._eval_repr", "dill._dill._load_type", "dill._dill._get_attr",
		"joblib.load", "joblib.numpy_pickle.load*", "joblib.numpy_pickle_compat.**", "joblib.externals.**", "shelve.**", "marshal.**", "jsonpickle.**", "yaml.**",
		"numpy.load", "numpy.core.multiarray.load", "pandas.read_pickle", "pandas.io.pickle.**", "torch.load", "torch.serialization.load",
		"torch.serialization._load", "torch.serialization._legacy_load", "torch.storage._load_from_bytes", "torch.utils.data.**", "sklearn.externals.**",
		"pandas.core.reshape.**.read_pickle", "copy.**", "multiprocessing.reduction.ForkingPickler"),
	entries("makes functions or code, which can then be called",
		"types.FunctionType", "types.LambdaType", "types.CodeType", "types.CellType", "types.MethodType", "types.ModuleType", "types.new_class", "types.DynamicClassAttribute",
		"types.coroutine", "types.resolve_bases", "types.prepare_class", "types.FrameType", "types.TracebackType",
		"builtins.classmethod", "builtins.staticmethod", "builtins.property", "builtins.super", "new.function", "new.code", "new.instancemethod", "new.module", "new.classobj",
		"cloudpickle.cloudpickle._make_function", "cloudpickle.cloudpickle._make_skel_func", "cloudpickle.cloudpickle._fill_function",
		"cloudpickle.cloudpickle._builtin_type", "cloudpickle.cloudpickle._make_skeleton_class", "cloudpickle.cloudpickle.subimport",
		"cloudpickle.cloudpickle.dynamic_subimport", "cloudpickle.cloudpickle_fast.**", "cloudpickle.cloudpickle._function_setstate", "cloudpickle.cloudpickle._class_setstate", "functools.singledispatch",
		"functools.update_wrapper", "functools.wraps", "functools.cached_property", "copyreg.pickle", "copyreg.constructor", "copyreg.add_extension",
		"codecs.register", "codecs.register_error", "atexit.**", "weakref.finalize", "sys.settrace", "sys.setprofile", "sys.addaudithook", "threading.settrace",
		"threading.setprofile", "faulthandler.**", "gc.**", "contextlib.**", "tracemalloc.**"),
	entries("reaches the memory of the process",
		"ctypes.**", "cffi.**", "_cffi_backend.**", "multiprocessing.shared_memory.**", "multiprocessing.sharedctypes.**", "multiprocessing.heap.**",
		"numpy.ctypeslib.**", "numpy.lib.stride_tricks.**", "numpy.core._internal.**", "pyrsistent.**"),
	entries("hands out modules, frames or namespaces, from where everything can be reached",
		"builtins.globals", "builtins.locals", "builtins.vars", "builtins.__dict__", "builtins.__builtins__", "builtins.breakpoint", "builtins.setattr",
		"builtins.delattr", "builtins.help", "builtins.input", "builtins.raw_input", "builtins.apply", "builtins.__build_class__", "builtins.__loader__",
		"builtins.exit", "builtins.quit", "sys._getframe", "sys._current_frames", "sys._getframemodulename", "sys.exit", "sys.setrecursionlimit", "sys.stdout", "sys.stderr", "sys.stdin",
		"sys.displayhook", "sys.excepthook", "sys.breakpointhook", "operator.call", "operator.setitem", "operator.delitem",
		"traceback.walk_*", "traceback.print_*"),
)

// suspects are medium: no data needs them, and what they do depends on what they
// are applied to.
var suspects = joinEntries(
	entries("calls a function that it is given",
		"functools.reduce", "builtins.filter", "itertools.starmap", "itertools.accumulate", "itertools.takewhile", "itertools.dropwhile",
		"itertools.filterfalse", "itertools.groupby", "builtins.sorted", "builtins.min", "builtins.max", "functools.partialmethod",
		"functools.lru_cache", "functools.cache", "heapq.**", "bisect.**", "re.sub", "re.subn", "re.Scanner", "threading.local",
		"builtins.any", "builtins.all", "builtins.sum", "builtins.next", "numpy.vectorize", "numpy.apply_along_axis", "numpy.frompyfunc", "numpy.fromfunction",
		"numpy.piecewise", "pandas.core.apply.**", "operator.concat"),
	entries("runs text that is in its state; in a file by scipy that is scipy's own, but nothing says that it is",
		"scipy.stats._distn_infrastructure.**", "scipy.stats._continuous_distns.**", "scipy.stats._discrete_distns.**", "scipy.stats.rv_*",
		"scipy.stats.distributions.**"),
	entries("prints, or takes the attributes of objects apart",
		"builtins.dir", "builtins.memoryview", "string.Formatter", "inspect.**", "operator.iadd", "operator.iconcat", "operator.ior",
		"builtins.print", "builtins.hasattr", "builtins.id", "builtins.callable", "builtins.isinstance", "builtins.issubclass", "builtins.format", "builtins.repr"),
)

// exceptions are harmless parts of modules that are denied as a whole.
var exceptions = joinEntries(
	entries("data: the result of a call to the operating system", "os.stat_result", "os.statvfs_result", "os.terminal_size", "os.times_result", "os.uname_result", "os.PathLike",
		"os.sched_param", "os.path.join"),
	entries("an exception, which holds data", "subprocess.CalledProcessError", "subprocess.TimeoutExpired", "subprocess.SubprocessError", "subprocess.CompletedProcess",
		"socket.timeout", "socket.error", "socket.gaierror", "socket.herror", "ssl.SSLError", "pickle.PickleError", "pickle.PicklingError", "pickle.UnpicklingError",
		"os.error", "select.error", "shutil.Error", "shutil.SameFileError", "zipfile.BadZipFile", "tarfile.TarError", "tarfile.ReadError", "copy.Error", "copy.error",
		"asyncio.CancelledError", "asyncio.exceptions.CancelledError", "asyncio.exceptions.TimeoutError", "asyncio.exceptions.IncompleteReadError",
		"concurrent.futures._base.CancelledError", "concurrent.futures._base.TimeoutError", "xmlrpc.client.Fault", "smtplib.SMTPException",
		"http.client.HTTPException", "http.client.RemoteDisconnected", "http.client.IncompleteRead", "http.client.BadStatusLine",
		"requests.exceptions.HTTPError", "requests.exceptions.ConnectionError", "requests.exceptions.Timeout", "warnings.WarningMessage"),
	entries("a number with a name", "socket.AddressFamily", "socket.SocketKind", "socket.MsgFlag", "socket.AddressInfo", "socket.AF_INET", "socket.AF_INET6", "socket.AF_UNIX",
		"socket.SOCK_STREAM", "socket.SOCK_DGRAM", "socket.SOCK_RAW", "signal.Signals", "signal.Handlers", "signal.Sigmasks", "signal.SIGINT", "signal.SIGTERM", "signal.SIGKILL",
		"signal.SIGHUP", "ssl.TLSVersion", "ssl.VerifyMode", "http.HTTPStatus", "shutil._ntuple_diskusage", "inspect._ParameterKind", "inspect._empty"),
	entries("a buffer of bytes, as pickles of protocol 5 hold it", "pickle.PickleBuffer"),
)

func entries(reason string, patterns ...string) []Entry {
	list := make([]Entry, len(patterns))
	for i, p := range patterns {
		list[i] = Entry{Pattern: p, Reason: reason}
	}
	return list
}

func joinEntries(lists ...[]Entry) []Entry {
	var all []Entry
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

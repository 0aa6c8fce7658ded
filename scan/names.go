package scan

import "strings"

// moduleNames has modules under another name of theirs: those that Python 3
// renamed, which its unpickler translates below protocol 3, and those in which a
// module keeps its parts that are written in C. Policies then need one name of
// each thing.
var moduleNames = map[string]string{
	"__builtin__":                           "builtins",
	"exceptions":                            "builtins",
	"copy_reg":                              "copyreg",
	"cPickle":                               "pickle",
	"_pickle":                               "pickle",
	"commands":                              "subprocess",
	"posix":                                 "os",
	"nt":                                    "os",
	"ce":                                    "os",
	"os2":                                   "os",
	"riscos":                                "os",
	"posixpath":                             "os.path",
	"ntpath":                                "os.path",
	"_operator":                             "operator",
	"_functools":                            "functools",
	"_collections":                          "collections",
	"_codecs":                               "codecs",
	"_io":                                   "io",
	"_pyio":                                 "io",
	"_ctypes":                               "ctypes",
	"_thread":                               "threading",
	"thread":                                "threading",
	"_socket":                               "socket",
	"_ssl":                                  "ssl",
	"_posixsubprocess":                      "subprocess",
	"_winapi":                               "subprocess",
	"_subprocess":                           "subprocess",
	"_frozen_importlib":                     "importlib._bootstrap",
	"_imp":                                  "imp",
	"_random":                               "random",
	"_struct":                               "struct",
	"_datetime":                             "datetime",
	"_pydatetime":                           "datetime",
	"_decimal":                              "decimal",
	"_pydecimal":                            "decimal",
	"_sre":                                  "re",
	"sre":                                   "re",
	"sre_compile":                           "re",
	"re._compiler":                          "re",
	"_weakref":                              "weakref",
	"_interpreters":                         "interpreters",
	"_xxsubinterpreters":                    "interpreters",
	"numpy.core._multiarray_umath":          "numpy.core.multiarray",
	"numpy.core.umath":                      "numpy.core.multiarray",
	"sklearn.externals.joblib.numpy_pickle": "joblib.numpy_pickle",
	"UserDict":                              "collections",
	"UserList":                              "collections",
	"UserString":                            "collections",
	"sets":                                  "builtins",
	"Queue":                                 "queue",
	"StringIO":                              "io",
	"cStringIO":                             "io",
	"urllib2":                               "urllib.request",
	"httplib":                               "http.client",
	"urlparse":                              "urllib.parse",
	"pathlib._local":                        "pathlib",
	"pathlib._abc":                          "pathlib",
	"zoneinfo._zoneinfo":                    "zoneinfo",
}

// globalNames has single names that moved.
var globalNames = map[string]string{
	"builtins.unicode":                 "builtins.str",
	"builtins.basestring":              "builtins.str",
	"builtins.long":                    "builtins.int",
	"builtins.unichr":                  "builtins.chr",
	"builtins.xrange":                  "builtins.range",
	"builtins.reduce":                  "functools.reduce",
	"builtins.intern":                  "sys.intern",
	"itertools.imap":                   "builtins.map",
	"itertools.ifilter":                "builtins.filter",
	"itertools.izip":                   "builtins.zip",
	"builtins.Set":                     "builtins.set",
	"builtins.ImmutableSet":            "builtins.frozenset",
	"collections.IterableUserDict":     "collections.UserDict",
	"re.compile":                       "re._compile",
	"urllib.urlopen":                   "urllib.request.urlopen",
	"urllib.urlretrieve":               "urllib.request.urlretrieve",
	"urllib.quote":                     "urllib.parse.quote",
	"functools.partial.__new__":        "functools.partial",
	"builtins.object.__getattribute__": "builtins.getattr",
	"builtins.type.__getattribute__":   "builtins.getattr",
}

// canonical returns the Python 3 name of a global under which policies know it.
func canonical(module, name string) (string, string) {
	if rest, ok := strings.CutPrefix(module, "numpy._core"); ok && (rest == "" || rest[0] == '.') {
		module = "numpy.core" + rest
	}
	if m, ok := moduleNames[module]; ok {
		module = m
	}
	if full, ok := globalNames[join(module, name)]; ok {
		i := strings.LastIndexByte(full, '.')
		return full[:i], full[i+1:]
	}
	return module, name
}

// canonicalPath is canonical for a module that is not known to be one.
func canonicalPath(module, name string) string {
	m, n := canonical(module, name)
	return join(m, n)
}

// escapes are attributes that lead from any object into the interpreter: to the
// modules, the namespaces and the code behind it.
var escapes = map[string]bool{
	"__subclasses__": true, "__globals__": true, "__builtins__": true, "__bases__": true, "__base__": true,
	"__mro__": true, "mro": true, "__class__": true, "__dict__": true, "__code__": true, "__closure__": true,
	"__func__": true, "__self__": true, "__getattribute__": true, "__getattr__": true, "__loader__": true, "__spec__": true,
	"__import__": true, "__reduce__": true, "__reduce_ex__": true, "__wrapped__": true, "__init_subclass__": true,
	"__set_name__": true, "__defaults__": true, "__kwdefaults__": true, "__annotations__": true, "__setattr__": true,
	"__delattr__": true, "func_globals": true, "func_code": true, "im_func": true, "im_self": true,
	"f_globals": true, "f_builtins": true, "f_locals": true, "f_back": true, "gi_frame": true, "gi_code": true,
	"cr_frame": true, "ag_frame": true, "tb_frame": true,
}

// escapesIn returns the first such attribute in a name with dots, or "".
func escapesIn(name string) string {
	for part := range strings.SplitSeq(name, ".") {
		if escapes[part] {
			return part
		}
	}
	return ""
}

// plausible reports whether the name could be one of Python: letters, digits,
// underscores and dots. A module can have more characters, since import takes
// the name of any file.
func plausible(module, name string) bool {
	return len(module) <= 500 && len(name) <= 500 && identifiers(module, "-") && identifiers(name, "<>")
}

func identifiers(s, also string) bool {
	if s == "" {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || part[0] >= '0' && part[0] <= '9' {
			return false
		}
		for _, c := range part {
			letter := c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 && c != 0xfffd
			if !letter && !strings.ContainsRune(also, c) {
				return false
			}
		}
	}
	return true
}

package scan

// presets are the lists of what data consist of: classes, and the functions
// that pickles of them call. Their entries name classes where a module has
// functions too, and by a capital letter where it has many of them.
var presets = []struct {
	name  string
	allow []Entry
}{
	{"builtins", joinEntries(
		entries("a type of the language, whose call makes a value",
			"builtins.bool", "builtins.int", "builtins.float", "builtins.complex", "builtins.str", "builtins.bytes", "builtins.bytearray",
			"builtins.list", "builtins.tuple", "builtins.dict", "builtins.set", "builtins.frozenset", "builtins.range", "builtins.slice",
			"builtins.object", "builtins.enumerate", "builtins.reversed", "builtins.zip", "builtins.iter"),
		entries("a function that computes one value of another", "builtins.len", "builtins.abs", "builtins.ord", "builtins.chr", "builtins.round",
			"builtins.divmod", "builtins.hex", "builtins.oct", "builtins.bin"),
		entries("a constant of the language", "builtins.Ellipsis", "builtins.NotImplemented", "builtins.None", "builtins.True", "builtins.False"),
		entries("an exception, which holds data", "builtins.*Error", "builtins.*Exception", "builtins.*Warning", "builtins.*ExceptionGroup", "builtins.StopIteration",
			"builtins.StopAsyncIteration", "builtins.KeyboardInterrupt", "builtins.SystemExit", "builtins.GeneratorExit", "builtins.Warning"),
		entries("how pickles make an instance of a class, which is judged itself", "copyreg._reconstructor", "copyreg.__newobj__", "copyreg.__newobj_ex__"),
		entries("how pickles below protocol 3 write bytes", "codecs.encode"),
	)},
	{"stdlib", joinEntries(
		entries("a container of values", "collections.OrderedDict", "collections.defaultdict", "collections.Counter", "collections.deque", "collections.ChainMap",
			"collections.UserDict", "collections.UserList", "collections.UserString", "types.SimpleNamespace", "types.MappingProxyType",
			"array.array", "array._array_reconstructor", "argparse.Namespace", "string.Template"),
		entries("a date or time", "datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta", "datetime.timezone", "time.struct_time",
			"zoneinfo.ZoneInfo", "zoneinfo.ZoneInfo._unpickle", "pytz._UTC", "pytz._p", "dateutil.tz.tz.tzutc", "dateutil.tz.tz.tzoffset",
			"dateutil.tz.tz.tzlocal", "datetime.datetime.strptime"),
		entries("a number", "decimal.Decimal", "decimal.DecimalTuple", "decimal.Context", "fractions.Fraction", "random.Random", "statistics.NormalDist"),
		entries("an identifier, a path or an address: nothing is opened", "uuid.UUID", "uuid.SafeUUID", "pathlib.PurePath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath",
			"pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath", "ipaddress.IPv4Address", "ipaddress.IPv4Interface", "ipaddress.IPv4Network",
			"ipaddress.IPv6Address", "ipaddress.IPv6Interface", "ipaddress.IPv6Network", "urllib.parse.DefragResult", "urllib.parse.DefragResultBytes",
			"urllib.parse.ParseResult", "urllib.parse.ParseResultBytes", "urllib.parse.SplitResult", "urllib.parse.SplitResultBytes", "http.HTTPStatus", "http.HTTPMethod"),
		entries("selects from a value", "operator.itemgetter"),
		entries("counts, or repeats a value", "itertools.count", "itertools.chain", "itertools.repeat", "itertools.cycle", "itertools.islice", "itertools.product",
			"itertools.permutations", "itertools.combinations"),
		entries("a buffer in memory", "io.BytesIO", "io.StringIO"),
		entries("an expression that is searched for: nothing but its compilation is run", "re._compile", "re.RegexFlag"),
		entries("data of a module", "logging.LogRecord", "textwrap.TextWrapper", "traceback.FrameSummary", "http.cookies.Morsel", "http.cookies.SimpleCookie",
			"http.cookiejar.Cookie", "configparser.ConfigParser", "configparser.RawConfigParser", "configparser.SectionProxy", "configparser.ConverterMapping",
			"configparser.BasicInterpolation", "configparser.ExtendedInterpolation", "email.message.Message", "email.message.EmailMessage",
			"email.policy.EmailPolicy", "email._policybase.Compat32", "xml.etree.ElementTree.Element", "queue.Empty", "queue.Full"),
	)},
	{"numpy", joinEntries(
		entries("an array, or the type or a value of its elements", "numpy.ndarray", "numpy.dtype", "numpy.matrix", "numpy.recarray", "numpy.record", "numpy.core.records.recarray",
			"numpy.core.records.record", "numpy.rec.recarray", "numpy.rec.record", "numpy.matrixlib.defmatrix.matrix", "numpy.dtypes.[A-Z]*DType",
			"numpy.bool", "numpy.bool_", "numpy.int8", "numpy.int16", "numpy.int32", "numpy.int64", "numpy.uint8", "numpy.uint16", "numpy.uint32", "numpy.uint64",
			"numpy.float16", "numpy.float32", "numpy.float64", "numpy.longdouble", "numpy.complex64", "numpy.complex128", "numpy.str_", "numpy.bytes_", "numpy.void",
			"numpy.object_", "numpy.datetime64", "numpy.timedelta64", "numpy.intc", "numpy.intp", "numpy.longlong", "numpy.ulonglong", "numpy.chararray"),
		entries("how numpy's pickles make an array or a number", "numpy.core.multiarray._reconstruct", "numpy.core.multiarray.scalar",
			"numpy.core.numeric._frombuffer", "numpy.ma.core._mareconstruct", "numpy.ma.core.MaskedArray", "numpy.ma.core.MaskedConstant", "numpy.ma.core._mvoid",
			"numpy.ma.MaskedArray", "numpy.poly1d", "numpy.lib.polynomial.poly1d", "numpy.core._dtype._convert_from_any"),
		entries("a function of numpy that is named, and computes on arrays", "numpy.core._ufunc_reconstruct", "numpy.core._multiarray_umath._reconstruct"),
		entries("the state of a generator of random numbers", "numpy.random._pickle.__randomstate_ctor", "numpy.random._pickle.__generator_ctor",
			"numpy.random._pickle.__bit_generator_ctor", "numpy.random._mt19937.MT19937", "numpy.random._pcg64.PCG64", "numpy.random._pcg64.PCG64DXSM",
			"numpy.random._philox.Philox", "numpy.random._sfc64.SFC64", "numpy.random.__RandomState_ctor", "numpy.random.mtrand.RandomState",
			"numpy.random.bit_generator.SeedSequence", "numpy.random.bit_generator.__pyx_unpickle_SeedSequence", "numpy.random._generator.Generator"),
		entries("how joblib places an array in its file", "joblib.numpy_pickle.NumpyArrayWrapper"),
	)},
	{"pandas", joinEntries(
		entries("a table, a column or an index", "pandas.core.frame.DataFrame", "pandas.core.series.Series", "pandas.core.indexes.**.[A-Z]*Index", "pandas.core.indexes.base.Index",
			"pandas.core.indexes.frozen.FrozenList", "pandas.indexes.base.Index", "pandas.core.index.Index", "pandas.core.index.MultiIndex", "pandas.DataFrame", "pandas.Series", "pandas.Index"),
		entries("how pandas makes an index or a block of columns", "pandas.core.indexes.base._new_Index", "pandas.core.indexes.datetimes._new_DatetimeIndex",
			"pandas.core.indexes.period._new_PeriodIndex", "pandas._libs.internals._unpickle_block", "pandas._libs.internals.BlockPlacement", "pandas._libs.internals.BlockManager",
			"pandas.core.internals.managers.BlockManager", "pandas.core.internals.managers.SingleBlockManager", "pandas.core.internals.blocks.new_block",
			"pandas.core.internals.blocks.[A-Z]*Block"),
		entries("a kind of column", "pandas.core.arrays.**.[A-Z]*Array", "pandas.core.arrays.**.[A-Z]*Dtype", "pandas.core.arrays.categorical.Categorical",
			"pandas.core.dtypes.dtypes.[A-Z]*Dtype", "pandas._libs.arrays.NDArrayBacked", "pandas._libs.arrays.__pyx_unpickle_NDArrayBacked", "pandas._libs.interval.Interval"),
		entries("a point in time, or a span of it", "pandas._libs.tslibs.timestamps._unpickle_timestamp", "pandas._libs.tslibs.timestamps.Timestamp", "pandas._libs.tslibs.timedeltas._timedelta_unpickle",
			"pandas._libs.tslibs.timedeltas.Timedelta", "pandas._libs.tslibs.nattype._nat_unpickle", "pandas._libs.tslibs.nattype.NaTType", "pandas._libs.tslibs.period.Period",
			"pandas._libs.tslibs.offsets.[A-Z]*", "pandas.tseries.offsets.[A-Z]*", "pandas._libs.missing.NAType"),
		entries("an attribute of a table", "pandas.core.flags.Flags"),
	)},
	{"scikit-learn", joinEntries(
		entries("an estimator, which is given its parameters as attributes", sklearnClasses()...),
		entries("an array of numbers with gaps", "scipy.sparse.**.[a-z][a-z][a-z]_matrix", "scipy.sparse.**.[a-z][a-z][a-z]_array"),
		entries("a tree, or an index of points, made of arrays", "sklearn.tree._tree.Tree", "sklearn.neighbors._kd_tree.KDTree*", "sklearn.neighbors._kd_tree.newObj",
			"sklearn.neighbors._ball_tree.BallTree*", "sklearn.neighbors._ball_tree.newObj", "sklearn.metrics._dist_metrics.[A-Z]*", "sklearn.metrics._dist_metrics.newObj"),
		entries("a function of loss, which computes on arrays", "sklearn._loss.**.[A-Z]*", "sklearn._loss._loss.__pyx_unpickle_Cy*"),
		entries("a container of values", "sklearn.utils._bunch.Bunch", "sklearn.utils.Bunch", "sklearn.utils._tags.[A-Z]*"),
	)},
	{"torch", joinEntries(
		entries("how torch makes a tensor from a storage", "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
			"torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state", "torch._utils._rebuild_qtensor", "torch._utils._rebuild_sparse_tensor",
			"torch._utils._rebuild_meta_tensor_no_storage", "torch._utils._rebuild_nested_tensor", "torch._utils._rebuild_device_tensor_from_numpy",
			"torch._utils._rebuild_wrapper_subclass"),
		entries("a storage, a tensor or its type", "torch.[A-Z]*Storage", "torch.cuda.[A-Z]*Storage", "torch.storage.UntypedStorage", "torch.storage.TypedStorage",
			"torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer", "torch.[A-Z]*Tensor", "torch.Size", "torch.device",
			"torch.dtype", "torch.Generator", "torch.float", "torch.float16", "torch.float32", "torch.float64", "torch.bfloat16", "torch.half", "torch.double",
			"torch.int", "torch.int8", "torch.int16", "torch.int32", "torch.int64", "torch.uint8", "torch.uint16", "torch.uint32", "torch.uint64", "torch.long", "torch.short",
			"torch.bool", "torch.complex64", "torch.complex128", "torch.qint8", "torch.quint8", "torch.qint32", "torch.float8_e4m3fn", "torch.float8_e5m2", "torch.strided",
			"torch.sparse_coo", "torch.sparse_csr", "torch.per_tensor_affine", "torch.per_channel_affine", "torch.serialization._get_layout", "torch.contiguous_format"),
	)},
}

// sklearnClasses are the classes of the parts of scikit-learn that have
// estimators. Their modules have functions too, all with small letters.
func sklearnClasses() []string {
	parts := []string{"calibration", "cluster", "compose", "covariance", "cross_decomposition", "decomposition", "discriminant_analysis", "dummy", "ensemble",
		"feature_extraction", "feature_selection", "gaussian_process", "impute", "isotonic", "kernel_approximation", "kernel_ridge", "linear_model", "manifold",
		"mixture", "model_selection", "multiclass", "multioutput", "naive_bayes", "neighbors", "neural_network", "pipeline", "preprocessing", "random_projection",
		"semi_supervised", "svm", "tree"}
	patterns := make([]string, 0, 2*len(parts))
	for _, part := range parts {
		patterns = append(patterns, "sklearn."+part+".[A-Z]*", "sklearn."+part+".**.[A-Z]*")
	}
	return patterns
}

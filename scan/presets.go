package scan

import "strings"

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
		entries("data of a module", "logging.LogRecord", "textwrap.TextWrapper", "http.cookies.Morsel", "http.cookies.SimpleCookie",
			"http.cookiejar.Cookie", "configparser.ConfigParser", "configparser.RawConfigParser", "configparser.SectionProxy", "configparser.ConverterMapping",
			"configparser.BasicInterpolation", "configparser.ExtendedInterpolation", "email.message.Message", "email.message.EmailMessage",
			"email.policy.EmailPolicy", "email._policybase.Compat32", "xml.etree.ElementTree.Element", "queue.Empty", "queue.Full"),
	)},
	{"numpy", joinEntries(
		entries("an array, or the type or a value of its elements", "numpy.ndarray", "numpy.dtype", "numpy.matrix", "numpy.recarray", "numpy.record", "numpy.core.records.recarray",
			"numpy.core.records.record", "numpy.rec.recarray", "numpy.rec.record", "numpy.matrixlib.defmatrix.matrix", "numpy.dtypes.[A-Z]*DType",
			"numpy.bool", "numpy.bool_", "numpy.int8", "numpy.int16", "numpy.int32", "numpy.int64", "numpy.uint8", "numpy.uint16", "numpy.uint32", "numpy.uint64",
			"numpy.float16", "numpy.float32", "numpy.float64", "numpy.float96", "numpy.float128", "numpy.longdouble", "numpy.complex64", "numpy.complex128",
			"numpy.complex192", "numpy.complex256", "numpy.clongdouble", "numpy.str_", "numpy.unicode_", "numpy.bytes_", "numpy.string_", "numpy.void",
			"numpy.object_", "numpy.datetime64", "numpy.timedelta64", "numpy.intc", "numpy.intp", "numpy.uintc", "numpy.uintp", "numpy.longlong", "numpy.ulonglong",
			"numpy.long", "numpy.ulong", "numpy.chararray", "numpy.core.defchararray.chararray", "numpy.char.chararray"),
		entries("a kind of number, or what is known of one", "numpy.generic", "numpy.number", "numpy.integer", "numpy.signedinteger", "numpy.unsignedinteger",
			"numpy.inexact", "numpy.floating", "numpy.complexfloating", "numpy.flexible", "numpy.character", "numpy.iinfo", "numpy.finfo",
			"numpy.core.getlimits.iinfo", "numpy.core.getlimits.finfo"),
		entries("a polynomial, which is an array of coefficients", "numpy.polynomial.polynomial.Polynomial", "numpy.polynomial.chebyshev.Chebyshev",
			"numpy.polynomial.hermite.Hermite", "numpy.polynomial.hermite_e.HermiteE", "numpy.polynomial.laguerre.Laguerre", "numpy.polynomial.legendre.Legendre"),
		entries("how numpy's pickles make an array or a number", "numpy.core.multiarray._reconstruct", "numpy.core.multiarray.scalar",
			"numpy.core.numeric._frombuffer", "numpy.ma.core._mareconstruct", "numpy.ma.core.MaskedArray", "numpy.ma.core.MaskedConstant", "numpy.ma.core.mvoid",
			"numpy.ma.MaskedArray", "numpy.ma.mrecords.MaskedRecords", "numpy.ma.mrecords._mrreconstruct", "numpy.poly1d", "numpy.lib.polynomial.poly1d",
			"numpy.lib._polynomial_impl.poly1d", "numpy.core._DType_reconstruct", "numpy.core._internal._convert_to_stringdtype_kwargs", "numpy._NoValue",
			"numpy._globals._NoValue"),
		entries("a function of numpy that computes one array of others", numpyFunctions()...),
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
			"pandas.core.indexes.period._new_PeriodIndex", "pandas.core.indexes.interval._new_IntervalIndex", "pandas.indexes.base._new_Index",
			"pandas.tseries.index._new_DatetimeIndex", "pandas.core.index._new_Index", "pandas._libs.internals._unpickle_block",
			"pandas._libs.internals.BlockPlacement", "pandas._libs.internals.BlockManager",
			"pandas.core.internals.BlockManager", "pandas.core.internals.SingleBlockManager", "pandas.core.internals.managers.BlockManager",
			"pandas.core.internals.managers.SingleBlockManager", "pandas.core.internals.blocks.new_block",
			"pandas.core.internals.blocks.[A-Z]*Block"),
		entries("a kind of column", "pandas.core.arrays.**.[A-Z]*Array", "pandas.core.arrays.**.[A-Z]*Dtype", "pandas.core.arrays.categorical.Categorical",
			"pandas.core.dtypes.dtypes.[A-Z]*Dtype", "pandas._libs.arrays.NDArrayBacked", "pandas._libs.arrays.__pyx_unpickle_NDArrayBacked", "pandas._libs.interval.Interval",
			"pandas._libs.interval.__pyx_unpickle_IntervalMixin", "pandas._libs.sparse.IntIndex", "pandas._libs.sparse.BlockIndex", "pandas.core.categorical.Categorical"),
		entries("a point in time, or a span of it", "pandas._libs.tslibs.timestamps._unpickle_timestamp", "pandas._libs.tslibs.timestamps.Timestamp",
			"pandas._libs.tslibs.timedeltas._timedelta_unpickle",
			"pandas._libs.tslibs.timedeltas.Timedelta", "pandas._libs.tslibs.nattype._nat_unpickle",
			"pandas._libs.tslibs.nattype.__nat_unpickle", "pandas._libs.tslibs.nattype.NaTType", "pandas._libs.tslibs.period.Period",
			"pandas._libs.tslibs.offsets.[A-Z]*", "pandas.tseries.offsets.[A-Z]*", "pandas._libs.missing.NAType",
			"pandas._libs.missing.NA", "pandas._libs.tslib.Timestamp", "pandas.tslib.Timestamp", "dateutil.relativedelta.relativedelta"),
		entries("an attribute of a table, or the name of a column to compute", "pandas.core.flags.Flags", "pandas.core.groupby.generic.NamedAgg"),
	)},
	{"scikit-learn", joinEntries(
		entries("an estimator, or a part of one, which is given its parameters as attributes", sklearnClasses()...),
		entries("an array of numbers with gaps", "scipy.sparse.**.[a-z][a-z][a-z]_matrix", "scipy.sparse.**.[a-z][a-z][a-z]_array"),
		entries("a curve, by its knots and coefficients", "scipy.interpolate._bsplines.BSpline", "scipy.interpolate._interpolate.interp1d", "scipy.interpolate.interpolate.interp1d"),
		entries("a tree, or an index of points, made of arrays", "sklearn.metrics._dist_metrics.[A-Z]*", "sklearn.metrics._dist_metrics.newObj", "sklearn.neighbors._kd_tree.newObj",
			"sklearn.neighbors._ball_tree.newObj", "sklearn.neighbors.kd_tree.newObj", "sklearn.neighbors.ball_tree.newObj", "sklearn.neighbors._dist_metrics.newObj",
			"sklearn.neighbors.dist_metrics.newObj"),
		entries("how the parts that are compiled make a function of loss", sklearnLosses()...),
		entries("a function that scores features or predictions: it computes on arrays", sklearnScores()...),
		entries("a step of an estimator, which computes on arrays", "sklearn.cluster._kmeans._kmeans_single_lloyd", "sklearn.cluster._kmeans._kmeans_single_elkan"),
		entries("chooses columns of a table by their names and types", "sklearn.compose._column_transformer.make_column_selector"),
		entries("calls a score with what an estimator predicts", "sklearn.metrics._scorer._Scorer", "sklearn.metrics._scorer._PredictScorer", "sklearn.metrics._scorer._ProbaScorer",
			"sklearn.metrics._scorer._ThresholdScorer", "sklearn.metrics._scorer._MultimetricScorer", "sklearn.metrics._scorer._PassthroughScorer",
			"sklearn.metrics._scorer._passthrough_scorer", "sklearn.metrics.scorer._PredictScorer", "sklearn.metrics.scorer._ProbaScorer",
			"sklearn.metrics.scorer._ThresholdScorer", "sklearn.metrics.scorer._passthrough_scorer"),
		entries("a container of values", "sklearn.utils._bunch.Bunch", "sklearn.utils.Bunch", "sklearn.utils._tags.[A-Z]*", "sklearn.utils._metadata_requests.[A-Z]*Request"),
	)},
	{"torch", joinEntries(
		entries("how torch makes a tensor from a storage", "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
			"torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state", "torch._utils._rebuild_qtensor", "torch._utils._rebuild_sparse_tensor",
			"torch._utils._rebuild_sparse_csr_tensor",
			"torch._utils._rebuild_meta_tensor_no_storage", "torch._utils._rebuild_nested_tensor", "torch._utils._rebuild_device_tensor_from_numpy",
			"torch._utils._rebuild_wrapper_subclass"),
		entries("a storage, a tensor or its type", "torch.[A-Z]*Storage", "torch.cuda.[A-Z]*Storage", "torch.storage.UntypedStorage", "torch.storage.TypedStorage",
			"torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer", "torch.[A-Z]*Tensor", "torch.Size", "torch.device",
			"torch.dtype", "torch.Generator", "torch.float", "torch.float16", "torch.float32", "torch.float64", "torch.bfloat16", "torch.half", "torch.double",
			"torch.int", "torch.int8", "torch.int16", "torch.int32", "torch.int64", "torch.uint8", "torch.uint16", "torch.uint32", "torch.uint64", "torch.long", "torch.short",
			"torch.bool", "torch.complex64", "torch.complex128", "torch.qint8", "torch.quint8", "torch.qint32", "torch.float8_e4m3fn", "torch.float8_e5m2", "torch.strided",
			"torch.sparse_coo", "torch.sparse_csr", "torch.sparse_csc", "torch.sparse_bsr", "torch.sparse_bsc", "torch.preserve_format", "torch.channels_last",
			"torch.per_channel_affine_float_qparams", "torch.per_tensor_affine", "torch.per_channel_affine", "torch.serialization._get_layout", "torch.contiguous_format"),
	)},
}

// numpyFunctions are those that data name: as the default of a transformer, say.
// The universal ones are pickled by the module that they are found in first.
func numpyFunctions() []string {
	names := []string{"numpy.mean", "numpy.median", "numpy.sum", "numpy.prod", "numpy.std", "numpy.var", "numpy.min", "numpy.max", "numpy.amin", "numpy.amax",
		"numpy.average", "numpy.nanmean", "numpy.nanmedian", "scipy.special._ufuncs.expit", "scipy.special._ufuncs.logit", "scipy.special.expit", "scipy.special.logit"}
	universal := strings.Fields("absolute add arccos arccosh arcsin arcsinh arctan arctan2 arctanh cbrt ceil conjugate cos cosh deg2rad divide equal exp exp2 " +
		"expm1 fabs floor floor_divide fmax fmin fmod greater greater_equal hypot isfinite isinf isnan less less_equal log log10 log1p log2 logaddexp " +
		"logical_and logical_not logical_or maximum minimum mod multiply negative not_equal power rad2deg reciprocal remainder rint sign sin sinh " +
		"sqrt square subtract tan tanh true_divide trunc")
	for _, name := range universal {
		names = append(names, "numpy."+name, "numpy.core.multiarray."+name)
	}
	return names
}

// sklearnClasses are the classes of the parts of scikit-learn that have
// estimators. Their modules have functions too, all with small letters.
func sklearnClasses() []string {
	parts := strings.Fields("_loss calibration cluster compose covariance cross_decomposition cross_validation decomposition discriminant_analysis dummy ensemble " +
		"feature_extraction feature_selection frozen gaussian_process grid_search impute isotonic kernel_approximation kernel_ridge lda linear_model manifold " +
		"mixture model_selection multiclass multioutput naive_bayes neighbors neural_network pipeline preprocessing qda random_projection semi_supervised svm tree")
	patterns := make([]string, 0, 4*len(parts))
	for _, part := range parts {
		for _, class := range []string{"[A-Z]*", "_[A-Z]*"} {
			patterns = append(patterns, "sklearn."+part+"."+class, "sklearn."+part+".**."+class)
		}
	}
	return patterns
}

func sklearnLosses() []string {
	names := strings.Fields("AbsoluteError ExponentialLoss HalfBinomialLoss HalfGammaLoss HalfMultinomialLoss HalfPoissonLoss HalfSquaredError " +
		"HalfTweedieLoss HalfTweedieLossIdentity HuberLoss LossFunction PinballLoss")
	for i, name := range names {
		names[i] = "sklearn._loss._loss.__pyx_unpickle_Cy" + name
	}
	return names
}

// sklearnScores are named by searches and selections of features.
func sklearnScores() []string {
	patterns := []string{"sklearn.metrics._classification.matthews_corrcoef", "sklearn.metrics.classification.matthews_corrcoef"}
	for _, kind := range strings.Fields("score loss error deviance") {
		patterns = append(patterns, "sklearn.metrics.*.[a-z]*_"+kind, "sklearn.metrics.cluster.*.[a-z]*_"+kind)
	}
	for _, name := range strings.Fields("f_classif f_regression f_oneway r_regression chi2") {
		patterns = append(patterns, "sklearn.feature_selection._univariate_selection."+name, "sklearn.feature_selection.univariate_selection."+name)
	}
	for _, name := range strings.Fields("mutual_info_classif mutual_info_regression") {
		patterns = append(patterns, "sklearn.feature_selection._mutual_info."+name, "sklearn.feature_selection.mutual_info_."+name)
	}
	return patterns
}

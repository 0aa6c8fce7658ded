package scan_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/scan"
)

// TestLibraries scans what programs wrote with numpy, pandas, scikit-learn and
// torch: it is clean with the preset it is for, and those which that builds on,
// and not without.
func TestLibraries(t *testing.T) {
	needs := map[string][]string{
		"numpy":        {"builtins", "numpy"},
		"pandas":       {"builtins", "stdlib", "numpy", "pandas"},
		"scikit-learn": {"builtins", "stdlib", "numpy", "scikit-learn"},
		"torch":        {"builtins", "stdlib", "torch"},
	}
	policy := func(names ...string) *scan.Options {
		joined := new(scan.Policy)
		for _, name := range names {
			p, err := scan.Preset(name)
			check(t, err)
			joined = scan.Join(joined, p)
		}
		return &scan.Options{Policy: joined}
	}
	files, err := os.ReadDir(filepath.Join("testdata", "libraries"))
	check(t, err)
	if len(files) < 30 {
		t.Fatalf("%d files", len(files))
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join("testdata", "libraries", f.Name()))
		check(t, err)
		preset, _, _ := strings.Cut(f.Name(), "_")
		if r := scan.Bytes(f.Name(), data, policy(needs[preset]...)); r.Verdict != scan.Clean || len(r.Globals) == 0 {
			t.Errorf("%s: %v with %v: %v", f.Name(), r.Verdict, needs[preset], r.Findings)
		}
		if r := scan.Bytes(f.Name(), data, policy("builtins")); r.Verdict == scan.Clean {
			t.Errorf("%s is clean without the preset %s", f.Name(), preset)
		}
	}
}

// TestLibraryNames has names that no file here has: of older and newer releases,
// and those that must not come in with the patterns of a preset.
func TestLibraryNames(t *testing.T) {
	for _, tt := range []struct {
		names string
		want  scan.Verdict
	}{
		{"numpy._core.multiarray.scalar numpy._core.numeric._frombuffer numpy._core.multiarray.log1p numpy._core._internal._convert_to_stringdtype_kwargs " +
			"numpy._core._multiarray_umath.exp numpy.rec.recarray numpy.dtypes.StringDType", scan.Clean},
		{"pandas.core.indexes.numeric.Int64Index pandas.core.index.Index pandas.indexes.base._new_Index pandas.tslib.Timestamp pandas.core.internals.BlockManager " +
			"pandas.core.arrays.string_.StringDtype pandas.core.arrays.numpy_.NumpyExtensionArray pandas._libs.tslibs.offsets.Day", scan.Clean},
		{"sklearn.linear_model.logistic.LogisticRegression sklearn.ensemble.forest.RandomForestClassifier sklearn.tree.tree.DecisionTreeClassifier " +
			"sklearn.svm.classes.SVC sklearn.preprocessing.data.StandardScaler sklearn.cluster.k_means_.KMeans sklearn.neighbors.kd_tree.newObj " +
			"sklearn.grid_search.GridSearchCV sklearn.lda.LDA sklearn.metrics.scorer._PredictScorer sklearn.metrics.classification.f1_score " +
			"sklearn.feature_selection.univariate_selection.f_classif sklearn.linear_model.sgd_fast.Hinge", scan.Clean},
		{"sklearn.frozen._frozen.FrozenEstimator sklearn.compose._column_transformer._RemainderColsList sklearn.utils._metadata_requests.MetadataRequest " +
			"sklearn.metrics._scorer._Scorer sklearn.metrics._dist_metrics.EuclideanDistance64", scan.Clean},
		{"scipy.sparse._csr.csr_matrix scipy.sparse.csr.csr_matrix scipy.sparse._csr.csr_array", scan.Clean},
		{"sklearn.ensemble._forest.Parallel sklearn.utils.parallel.Parallel sklearn.pipeline.Memory joblib.Parallel joblib.memory.Memory", scan.Malicious},
		{"scipy.stats._continuous_distns.uniform_gen scipy.stats._distn_infrastructure.rv_frozen", scan.Suspicious},
		{"numpy.core._ufunc_reconstruct dateutil.tz.tz.tzfile traceback.FrameSummary torch.nn.modules.linear.Linear joblib.numpy_pickle.NDArrayWrapper", scan.Unknown},
		{"numpy.core.multiarray.fromfile numpy.core.multiarray.frombuffer sklearn.model_selection._validation.cross_val_score sklearn.utils.validation.check_array", scan.Unknown},
		{"torch.storage._load_from_bytes numpy.memmap", scan.Malicious},
	} {
		for full := range strings.SplitSeq(tt.names, " ") {
			i := strings.LastIndexByte(full, '.')
			if r := scan.Bytes(full, named(full[:i], full[i+1:]), nil); r.Verdict != tt.want {
				t.Errorf("%s: %v, want %v", full, r.Verdict, tt.want)
			}
		}
	}
}

// TestFunctionByName follows what hands out functions by their names.
func TestFunctionByName(t *testing.T) {
	reconstruct := "cnumpy.core\n_ufunc_reconstruct\n"
	for _, tt := range []struct {
		name, data string
		want       scan.Verdict
	}{
		{"a function of numpy", reconstruct + "(Vnumpy\nVlog1p\ntR.", scan.Clean},
		{"any module", reconstruct + "(Vshop\nVx\ntR.", scan.Unknown},
		{"system", reconstruct + "(Vposix\nVsystem\ntR.", scan.Malicious},
		{"without a name", reconstruct + "(Vnumpy\ntR.", scan.Suspicious},
		{"by partial", "cfunctools\npartial\n(" + reconstruct + "Vnumpy\nVlog1p\ntR.", scan.Unknown},
		{"getattr", "cbuiltins\ngetattr\n(czoneinfo\nZoneInfo\nV_unpickle\ntR.", scan.Clean},
		{"getattr by map, behind a harmless one", "(cbuiltins\ngetattr\n(czoneinfo\nZoneInfo\nV_unpickle\ntRcbuiltins\nlist\n(cbuiltins\nmap\n(" +
			"cbuiltins\ngetattr\n(czoneinfo\nZoneInfo\nl(V__subclasses__\nltRtRl.", scan.Unknown},
		{"getattr with hidden arguments", "cbuiltins\ngetattr\n)R.", scan.Suspicious},
	} {
		if r := scan.Bytes(tt.name, []byte(tt.data), nil); r.Verdict != tt.want {
			t.Errorf("%s: %v, want %v: %v", tt.name, r.Verdict, tt.want, r.Findings)
		}
	}
}

// TestTorchBytes scans what a pickle has torch load.
func TestTorchBytes(t *testing.T) {
	load := "\x80\x03ctorch.storage\n_load_from_bytes\n"
	inBytes := func(s string) string { return "B" + le32(len(s)) + s }
	harmless := "\x80\x02N."
	for _, tt := range []struct {
		name, data string
		want       scan.Verdict
	}{
		{"harmless", load + inBytes(harmless) + "\x85R.", scan.Clean},
		{"call", load + inBytes("\x80\x02"+callSystem+".") + "\x85R.", scan.Malicious},
		{"no pickle", load + inBytes("abcdefgh") + "\x85R.", scan.Unknown},
		{"bytes that a call makes", load + "c__builtin__\nbytes\n(K\x08tR\x85R.", scan.Malicious},
		{"once more, with other bytes", load + inBytes(harmless) + "\x85R0" + load[2:] + "c__builtin__\nbytes\n(K\x08tR\x85R.", scan.Malicious},
		{"by partial", "\x80\x03cfunctools\npartial\n" + load[2:] + inBytes(harmless) + "\x86R.", scan.Malicious},
	} {
		if r := scan.Bytes(tt.name, []byte(tt.data), nil); r.Verdict != tt.want {
			t.Errorf("%s: %v, want %v: %v", tt.name, r.Verdict, tt.want, r.Findings)
		}
	}
}

// TestHandedOn has what is called by others than the pickle's REDUCE: all of these
// touch a file when CPython loads them, by way of functions that are harmless
// where it is seen what they are applied to.
func TestHandedOn(t *testing.T) {
	for name, data := range handedOn("x") {
		if r := scan.Bytes(name, []byte(data), nil); r.Verdict == scan.Clean {
			t.Errorf("%s is clean: %+v", name, r.Globals)
		}
	}
}

// handedOn are pickles that touch a file.
func handedOn(file string) map[string]string {
	space := "ctypes\nSimpleNamespace\n)R"
	path := "cpathlib\nPosixPath\n(V" + file + "\ntR"
	touch := "coperator\nmethodcaller\n(Vtouch\ntR"
	decoy := "cbuiltins\ngetattr\n(czoneinfo\nZoneInfo\nV_unpickle\ntR0"
	once := func(f string) string {
		return "cbuiltins\nlist\n(citertools\nislice\n(cbuiltins\niter\n(" + f + "Vq\ntRI1\ntRtR"
	}
	partial := func(f, args string) string {
		return "cfunctools\npartial\n(cbuiltins\nint\ntR(" + f + "(" + args + "t}Ntb"
	}
	method := "coperator\nitemgetter\n(I0\ntR(" + once(partial("cbuiltins\ngetattr\n", path+"Vtouch\n")) + "tR"
	return map[string]string{
		"method as an attribute, called by APPEND": space + "}Vappend\n" + touch + "sb" + path + "a.",
		"method as an attribute, called by BUILD":  space + "}V__setstate__\n" + touch + "sb" + path + "b.",
		"method bound by partial, called by iter":  once("cfunctools\npartial\n("+touch+path+"tR") + ".",
		"method bound by the state of partial":     once(partial(touch, path)) + ".",
		"getattr in the state of partial":          decoy + once(partial(method, "")) + ".",
	}
}

// TestHandedOnLive makes sure that they do.
func TestHandedOnLive(t *testing.T) {
	for _, version := range []string{"3.9", "3.13"} {
		python := pickletest.FindPython(t, version)
		file := filepath.Join(t.TempDir(), "touched")
		for name, data := range handedOn(file) {
			cmd := exec.Command(python, "-c", "import pickle, sys; pickle.load(sys.stdin.buffer)")
			cmd.Stdin = strings.NewReader(data)
			out, _ := cmd.CombinedOutput() // it may fail afterwards
			if err := os.Remove(file); err != nil {
				t.Errorf("%s: %s: no file was touched\n%s", version, name, out)
			}
		}
	}
}

// TestClassState changes a class by way of an instance of it.
func TestClassState(t *testing.T) {
	data := "cbuiltins\ntype\n(cargparse\nNamespace\n)RtR(N}V__len__\ncbuiltins\nint\nstb."
	if r := scan.Bytes("x", []byte(data), nil); r.Verdict != scan.Suspicious || r.Findings[0].Rule != "class-state" {
		t.Errorf("%v %v", r.Verdict, r.Findings)
	}
}

// TestPartialData is harmless: what functools.partial writes itself.
func TestPartialData(t *testing.T) {
	data := "\x80\x04cfunctools\npartial\ncbuiltins\nint\n\x85R(cbuiltins\nint\nV7\n\x85}Vbase\nK\x08sNtb."
	if r := scan.Bytes("x", []byte(data), nil); r.Verdict != scan.Clean {
		t.Errorf("%v %v", r.Verdict, r.Findings)
	}
}

// TestZipDescriptor reads archives whose sizes are behind the data.
func TestZipDescriptor(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"a.pkl", "b.pkl"} {
		f, err := w.Create(name)
		check(t, err)
		_, err = f.Write([]byte("\x80\x04N."))
		check(t, err)
	}
	check(t, w.Close())
	if r := scan.Bytes("x", b.Bytes(), nil); r.Verdict != scan.Clean || len(r.Pickles) != 2 {
		t.Errorf("%v %v", r.Verdict, r.Findings)
	}
	lying := bytes.Clone(b.Bytes())
	binary.LittleEndian.PutUint32(lying[18:], 1) // a size before the data, too
	if r := scan.Bytes("x", lying, nil); r.Verdict != scan.Suspicious {
		t.Errorf("two sizes: %v %v", r.Verdict, r.Findings)
	}
}

// TestRawMemory has what makes numpy take bytes for addresses, or crash.
func TestRawMemory(t *testing.T) {
	dtype := func(code, state string) string { return "cnumpy\ndtype\n(V" + code + "\n\x89\x88tR(" + state + "tb" }
	object := dtype("O8", "K\x03V|\nNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?")
	for _, tt := range []struct {
		name, data string
		want       scan.Verdict
	}{
		{"numbers", dtype("f8", "K\x03V<\nNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00"), scan.Clean},
		{"objects", object, scan.Clean},
		{"text without characters", dtype("U0", "K\x03V<\nNNNK\x00K\x04K\x08"), scan.Clean},
		{"structure of objects", dtype("V8", "K\x03V|\nN(Va\nt}Va\n("+object+"K\x00tsK\x08K\x01K\x1b"), scan.Clean},
		{"structure of objects that says it has none", dtype("V8", "K\x03V|\nN(Va\nt}Va\n("+object+"K\x00tsK\x08K\x01K\x00"), scan.Suspicious},
		{"field beyond the end", dtype("V8", "K\x03V|\nN(Va\nt}Va\n("+object+"K\x01tsK\x08K\x01K\x1b"), scan.Suspicious},
		{"objects that say they are none", dtype("O8", "K\x03V|\nNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00"), scan.Suspicious},
		{"state that is too short", dtype("O8", "K\x03V|\nNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?"), scan.Suspicious},
		{"array of a buffer", "cnumpy\nndarray\n(K\x01\x85VO\nC\x08AAAAAAAAtR", scan.Suspicious},
		{"array of a buffer, by newobj", "cnumpy\nrecarray\n(K\x01\x85VO\nC\x08AAAAAAAAt\x81", scan.Suspicious},
		{"array of a buffer, by partial", "cfunctools\npartial\n(cnumpy\nndarray\nK\x01\x85VO\nC\x08AAAAAAAAtR", scan.Suspicious},
		{"array of a buffer, by pandas", "cpandas.core.indexes.base\n_new_Index\n(cnumpy\nndarray\n}Vbuffer\nC\x08AAAAAAAAstR", scan.Suspicious},
	} {
		r := scan.Bytes(tt.name, []byte("\x80\x03"+tt.data+"."), nil)
		if r.Verdict != tt.want || tt.want != scan.Clean && r.Findings[0].Rule != "raw-memory" {
			t.Errorf("%s: %v, want %v: %v", tt.name, r.Verdict, tt.want, r.Findings)
		}
	}
}

// TestZip64 has archives with two end records, as torch writes them, that agree
// or do not.
func TestZip64(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "libraries", "torch_state.pt"))
	check(t, err)
	end := bytes.LastIndex(data, []byte("PK\x05\x06"))
	record := bytes.LastIndex(data, []byte("PK\x06\x06"))
	if record < 0 || end-record != 56+20 {
		t.Fatal("torch's archive has no 64-bit end record")
	}
	for name, at := range map[string]int{"entries": end + 10, "size": end + 12, "offset": end + 16, "locator": end - 12, "entries in 64 bits": record + 32} {
		changed := bytes.Clone(data)
		changed[at] ^= 1
		if r := scan.Bytes(name, changed, nil); r.Verdict == scan.Clean {
			t.Errorf("%s: clean", name)
		}
	}
}

// TestTorchScript has code of its own, that is no pickle.
func TestTorchScript(t *testing.T) {
	data := zipped(t, "model/data.pkl", []byte("\x80\x02N."), "model/constants.pkl", []byte("\x80\x02)."), "model/code/__torch__.py", []byte("x = 1"))
	if r := scan.Bytes("x", data, nil); r.Verdict != scan.Unknown || r.Findings[0].Rule != "unsupported" {
		t.Errorf("%v %v", r.Verdict, r.Findings)
	}
}

package scan_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-pickle/pickle/scan"
)

// The parts of a file of joblib in text opcodes.
const (
	joblibClass = "cjoblib.numpy_pickle\nNumpyArrayWrapper\n"
	joblibMade  = joblibClass + ")\x81"
	joblibF8    = "cnumpy\ndtype\n(Vf8\n\x89\x88tR(K\x03V<\nNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
	joblibTwo   = "\x01\xffAAAAAAAABBBBBBBB" // padding and numbers of an array of two
	joblibEnd   = "0N."
	callSystem  = "cposix\nsystem\n(Vx\ntR"
)

// joblibState is a state with what else it has.
func joblibState(dtype, shape, more string) string {
	return "}(Vsubclass\ncnumpy\nndarray\nVshape\n" + shape + "Vorder\nVC\nVdtype\n" + dtype + more + "ub"
}

func joblibUsual() string { return joblibState(joblibF8, "K\x02\x85", joblibAligned) }

const joblibAligned = "Vallow_mmap\n\x88Vnumpy_array_alignment_bytes\nK\x10"

// TestJoblib reads what joblib would, and no other file with its class.
func TestJoblib(t *testing.T) {
	object := "cnumpy\ndtype\n(VO8\n\x89\x88tR(K\x03V|\nNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK%ctb"
	objects := joblibState(fmt.Sprintf(object, 63), "K\x02\x85", joblibAligned)
	old := joblibState(joblibF8, "K\x02\x85", "")
	usual := joblibUsual()
	made := "\x80\x02" + joblibMade
	framed := func(code string) string { return "\x80\x04\x95" + le64(len(code)) + code }
	for _, tt := range []struct {
		name, data string
		want       scan.Verdict
		rule       string // that there must be
	}{
		{"usual", made + usual + joblibTwo + joblibEnd, scan.Clean, ""},
		{"two arrays", made + usual + joblibTwo + "0" + joblibMade + usual + joblibTwo + joblibEnd, scan.Clean, ""},
		{"class from the memo", "\x80\x02" + joblibClass + "q\x00)\x81" + usual + joblibTwo + "0h\x00)\x81" + usual + joblibTwo + joblibEnd, scan.Clean, ""},
		{"without padding", made + old + joblibTwo[2:] + joblibEnd, scan.Clean, ""},
		{"scalar", made + joblibState(joblibF8, ")", joblibAligned) + joblibTwo[:10] + joblibEnd, scan.Clean, ""},
		{"empty", made + joblibState(joblibF8, "K\x00K\x05\x86", joblibAligned) + joblibTwo[:2] + joblibEnd, scan.Clean, ""},
		{"objects", made + objects + "\x80\x02]." + joblibEnd, scan.Clean, ""},
		{"frame", framed(joblibMade+usual) + joblibTwo + joblibEnd, scan.Clean, ""},
		{"numbers like instructions", made + usual + "\x01\xffcos\nsystem\n...." + joblibEnd, scan.Clean, ""}, // no reader comes that far

		{"call behind an array", made + usual + joblibTwo + callSystem + ".", scan.Malicious, "denied-global"},
		{"call in the pickle of objects", made + objects + "\x80\x02" + callSystem + "." + joblibEnd, scan.Malicious, "denied-global"},
		{"second pickle", made + usual + joblibTwo + joblibEnd + callSystem + ".", scan.Malicious, "denied-global"},
		{"class not allowed behind an array", made + usual + joblibTwo + "cshop\nOrder\n.", scan.Unknown, "unlisted-global"},
		{"trailing data", made + usual + joblibTwo + joblibEnd + "\xffabc", scan.Suspicious, "trailing-data"},
		{"end in an array", made + usual + joblibTwo[:12], scan.Unknown, "joblib-arrays"},
		{"no end", made + usual + joblibTwo, scan.Unknown, "joblib-arrays"},

		// What joblib skips, pickle.load executes, or the other way round.
		{"call in numbers without padding", made + old + "cposix\nsystem\nI1\nI2\n"[:16] + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"call in the padding", made + joblibState(joblibF8, "K\x02\x85", "Vnumpy_array_alignment_bytes\nK\xff") + "c" + callSystem[1:] + ".", scan.Malicious, "joblib-arrays"},
		{"stop in numbers without padding", made + old + ".AAAAAAAAAAAAAAA" + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"padding of other bytes", made + usual + "\x01\xfeAAAAAAAABBBBBBBB" + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"too much padding", made + usual + "\x11" + strings.Repeat("\xff", 17) + joblibTwo[2:] + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"padding beyond the end", made + usual + "\x10\xff", scan.Unknown, "joblib-arrays"},
		{"shape beyond the end", made + joblibState(joblibF8, "K\x64\x85", joblibAligned) + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"shape that overflows", made + joblibState(joblibF8, "\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x40K\x08\x86", joblibAligned) + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"negative shape", made + joblibState(joblibF8, "J\xff\xff\xff\xff\x85", joblibAligned) + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"shape of texts", made + joblibState(joblibF8, "V2\n\x85", joblibAligned) + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"item size that is another", made + joblibState(strings.Replace(joblibF8, "NNNJ\xff\xff\xff\xff", "NNNK\x04", 1), "K\x02\x85", joblibAligned) + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"objects without the flag", made + joblibState(fmt.Sprintf(object, 0), "K\x02\x85", joblibAligned) + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"type without a state", made + joblibState("cnumpy\ndtype\n(Vf8\n\x89\x88tR", "K\x02\x85", joblibAligned) + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"type of another making", made + joblibState("cnumpy\nfloat64\n", "K\x02\x85", joblibAligned) + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"attribute twice", made + joblibState(joblibF8, "K\x02\x85", joblibAligned+"Vshape\nK\x01\x85") + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"attribute in the way of a method", made + joblibState(joblibF8, "K\x02\x85", joblibAligned+"Vread\ncnumpy\nmean\n") + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"array of another class", made + strings.Replace(usual, "cnumpy\nndarray\n", "cnumpy\nrecarray\n", 1) + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"broken pickle of objects", made + objects + "\x80\x02]" + "\xff" + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"ambiguous pickle of objects", made + objects + "\x80\x04\x95" + le64(5) + "]." + joblibEnd, scan.Unknown, "joblib-arrays"},

		// The wrapper is not where it seems to be.
		{"array in the middle of a frame", framed(joblibMade+usual+joblibTwo) + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"wrapper twice", made + "2" + usual + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"wrapper from the memo", made + "q\x00" + usual + joblibTwo + "0h\x00}b" + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"wrapper by way of an array of one object", made + "q\x000cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(VO8\ntRh\x00tR" + usual + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"wrapper by reduce", "\x80\x02ccopyreg\n_reconstructor\n(" + joblibClass + "c__builtin__\nobject\nNtR" + usual + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"wrapper by another function", "\x80\x02cpandas.core.indexes.base\n_new_Index\n(" + joblibClass + "}tR" + usual + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"wrapper by inst", "\x80\x02(ijoblib.numpy_pickle\nNumpyArrayWrapper\n" + usual + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"wrapper by obj", "\x80\x02(" + joblibClass + "o" + usual + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"class in a tuple", "\x80\x02" + joblibClass + "\x85" + "0N.", scan.Unknown, "joblib-arrays"},
		{"class with a state", "\x80\x02" + joblibClass + usual + joblibEnd, scan.Suspicious, "joblib-arrays"},
		{"wrapper with items", made + "(K\x01e" + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"name in escapes", "\x80\x04Vjoblib.numpy_pickle\nVNumpyArrayWrappe\\u0072\n\x93)\x81" + usual + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"behind another pickle", "N." + made + usual + joblibTwo + joblibEnd, scan.Unknown, "joblib-arrays"},
		{"in a string", "\x80\x03B" + le32(len(made+usual+joblibTwo+joblibEnd)) + made + usual + joblibTwo + joblibEnd + ".", scan.Unknown, "joblib-arrays"},
	} {
		r := scan.Bytes(tt.name, []byte(tt.data), nil)
		if tt.want == scan.Clean && (r.Verdict != scan.Clean || r.Files[0].Format != "joblib") {
			t.Errorf("%s: %v, read as %s: %v", tt.name, r.Verdict, r.Files[0].Format, r.Findings)
		}
		if r.Verdict < tt.want {
			t.Errorf("%s: %v, want %v at least", tt.name, r.Verdict, tt.want)
		}
		if tt.rule != "" && !slices.ContainsFunc(r.Findings, func(f scan.Finding) bool { return f.Rule == tt.rule }) {
			t.Errorf("%s: no finding %q in %v", tt.name, tt.rule, r.Findings)
		}
	}
}

// TestJoblibBytes changes each byte of a file of joblib, and cuts it off at each,
// with a policy of exactly its classes: where it is left clean, they are all there.
func TestJoblibBytes(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "libraries", "scikit-learn_plain.joblib"))
	check(t, err)
	whole := scan.Bytes("x", data, &scan.Options{Policy: new(scan.Policy)})
	policy := &scan.Options{Policy: scan.Learn(whole)}
	want := classesOf(whole)
	for _, class := range []string{"sklearn.linear_model._logistic.LogisticRegression", "numpy.core.multiarray._reconstruct"} {
		if !slices.Contains(want, class) {
			t.Errorf("%s is not found in %s", class, want)
		}
	}
	if r := scan.Bytes("x", data, policy); r.Verdict != scan.Clean {
		t.Errorf("%v with its classes allowed: %v", r.Verdict, r.Findings)
	}
	for i := range data {
		if r := scan.Bytes("x", data[:i], policy); r.Verdict == scan.Clean {
			t.Errorf("clean, cut off at %d", i)
		}
		changed := bytes.Clone(data)
		changed[i] ^= 1 << (i % 8)
		if r := scan.Bytes("x", changed, policy); r.Verdict == scan.Clean && !slices.Equal(classesOf(r), want) {
			t.Errorf("clean with %s, byte %d changed", classesOf(r), i)
		}
	}
}

func classesOf(r *scan.Report) []string {
	var names []string
	for _, g := range r.Globals {
		names = append(names, g.Python)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

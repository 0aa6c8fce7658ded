package pickle_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// Tests of types, functools, operator, re and random.

func namespace(pairs ...any) *pickle.SimpleNamespace {
	return &pickle.SimpleNamespace{Attrs: pickle.NewDict(pairs...)}
}

func pyFunction(name string) pickle.Global { return pickle.Global{Module: "shapes", Name: name} }

var builtinInt = builtinClass("int")

// pypyForm is the reason of values that PyPy writes as plain objects.
func pypyForm(c pickletest.Case) string {
	if c.Impl == "pypy3" {
		return "PyPy's class is written in Python, and pickled by its attributes"
	}
	return ""
}

func TestFunctionGoldens(t *testing.T) {
	empty := pickle.NewDict()
	function := pyFunction("function")
	testStandard(t, []standard{
		{name: "std_namespace", want: namespace("a", int64(1)), otherValue: pypyForm, otherBytes: textProtocol36},
		{name: "std_namespace_empty", want: namespace(), otherValue: pypyForm},
		{name: "std_partial", want: &pickle.Partial{Func: builtinInt, Args: pickle.Tuple{}, Kwargs: pickle.NewDict("base", int64(2))}, otherBytes: textProtocol36},
		{name: "std_partial_args", want: []any{
			&pickle.Partial{Func: builtinClass("pow"), Args: pickle.Tuple{int64(2)}, Kwargs: empty}, &pickle.Partial{Func: function, Kwargs: empty},
			&pickle.Partial{Func: function, Args: pickle.Tuple{int64(1)}, Kwargs: pickle.NewDict("b", []any{int64(2)})},
		}, otherBytes: textProtocol36},
		{name: "std_partial_attr", want: &pickle.Partial{Func: builtinInt, Args: pickle.Tuple{"5"}, Kwargs: empty, Attrs: pickle.NewDict("note", []any{"x"})}},
		{name: "std_partial_nested", want: &pickle.Partial{Func: function, Args: pickle.Tuple{&pickle.Partial{Func: builtinInt, Kwargs: empty}}, Kwargs: empty}},
		{name: "std_itemgetter", want: []any{&pickle.ItemGetter{Items: pickle.Tuple{int64(1)}}, &pickle.ItemGetter{Items: pickle.Tuple{int64(1), "a"}}}, otherValue: pypyForm, otherBytes: textProtocol36},
		{name: "std_attrgetter", want: []any{&pickle.AttrGetter{Names: []string{"a"}}, &pickle.AttrGetter{Names: []string{"a.b", "c"}}}, otherValue: pypyForm},
		{name: "std_methodcaller", want: []any{&pickle.MethodCaller{Name: "f"}, &pickle.MethodCaller{Name: "f", Args: pickle.Tuple{int64(1)}}}, otherValue: pypyForm, otherBytes: textProtocol36},
		{name: "std_methodcaller_kwargs", want: &pickle.MethodCaller{Name: "f", Args: pickle.Tuple{int64(1)}, Kwargs: pickle.NewDict("x", int64(2))}, otherValue: pypyForm, otherBytes: textProtocol36},
		{name: "std_regex_str", want: []any{pickle.Pattern{Pattern: "", Flags: 32}, pickle.Pattern{Pattern: "^(?P<n>é)$", Flags: 32 | 8 | 16}, pickle.Pattern{Pattern: "(?x) a", Flags: 32 | 2 | 64}},
			otherValue: func(c pickletest.Case) string {
				if c.Impl == "cpython2.7" {
					return "re.U is no default there"
				}
				return ""
			}, otherBytes: textProtocol36},
	}, exceptionOptions)
}

// TestFunctionIdentity: objects that are in themselves, or shared.
func TestFunctionIdentity(t *testing.T) {
	for _, c := range standardGoldens(t, "std_namespace_cycle") {
		if c.Impl == "pypy3" {
			continue
		}
		var n *pickle.SimpleNamespace
		if err := pickle.Unmarshal(c.Data, &n); err != nil {
			t.Fatal(c.ID(), err)
		}
		if x, ok := n.Get("x"); !ok || x != any(n) {
			t.Errorf("%s: %v", c.ID(), n)
		}
		var m map[string]any // the namespace in it has nowhere to be but in itself
		if err := pickle.Unmarshal(c.Data, &m); err != nil || len(m) != 1 {
			t.Errorf("%s: %v, %v", c.ID(), m, err)
		}
	}
	n, g := namespace("a", int64(1)), &pickle.ItemGetter{Items: pickle.Tuple{int64(1)}}
	data, err := pickle.Marshal([]any{n, n, g, g, n.Attrs})
	if err != nil {
		t.Fatal(err)
	}
	var got []any
	if err := pickle.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got[0] != got[1] || got[2] != got[3] || any(got[0].(*pickle.SimpleNamespace).Attrs) != got[4] {
		t.Errorf("not the same objects: %v", got)
	}
}

func TestNamespaceTargets(t *testing.T) {
	type settings struct {
		Verbose bool   `pickle:"verbose"`
		Out     string `pickle:"out"`
	}
	data, err := pickle.Marshal(namespace("verbose", true, "out", "x"))
	if err != nil {
		t.Fatal(err)
	}
	var s settings
	var m map[string]any
	var d *pickle.Dict
	var plain any
	var n pickle.SimpleNamespace
	for _, target := range []any{&s, &m, &d, &n} {
		if err := pickle.Unmarshal(data, target); err != nil {
			t.Errorf("into %T: %v", target, err)
		}
	}
	if err := pickle.Unmarshal(data, &plain, pickle.PlainValues(true)); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"verbose": true, "out": "x"}
	if diff := cmp.Diff(want, plain); diff != "" {
		t.Error("PlainValues:", diff)
	}
	if diff := cmp.Diff(want, m); diff != "" || s != (settings{true, "x"}) || d.Len() != 2 || n.Attrs.Len() != 2 {
		t.Error(diff, s, d, n)
	}
	for _, target := range []any{new(int), new(string), new([]any), new(error)} {
		var e *pickle.UnmarshalTypeError
		if err := pickle.Unmarshal(data, target); !errors.As(err, &e) {
			t.Errorf("into %T: %v", target, err)
		}
	}
}

func TestPatternTargets(t *testing.T) {
	patterns := []any{pickle.Pattern{Pattern: "a+", Flags: 32}, pickle.Pattern{Pattern: []byte("b"), Flags: 0}, pickle.Pattern{Pattern: "a+", Flags: 34}}
	data, err := pickle.Marshal(patterns)
	if err != nil {
		t.Fatal(err)
	}
	var mixed struct {
		_     struct{} `pickle:",tuple"`
		Text  string
		Bytes []byte
		Whole *pickle.Pattern
	}
	if err := pickle.Unmarshal(data, &mixed); err != nil {
		t.Fatal(err)
	}
	if mixed.Text != "a+" || string(mixed.Bytes) != "b" || *mixed.Whole != (pickle.Pattern{Pattern: "a+", Flags: 34}) {
		t.Errorf("%+v", mixed)
	}
	var e *pickle.UnmarshalTypeError
	if err := pickle.Unmarshal(data, new([]string)); !errors.As(err, &e) || e.Path != "[1]" {
		t.Errorf("bytes into a string: %v", err)
	}
	one, err := pickle.Marshal(patterns[2])
	if err != nil {
		t.Fatal(err)
	}
	if err := pickle.Unmarshal(one, new(string)); !errors.As(err, &e) {
		t.Errorf("flags got lost in a string: %v", err)
	}
	// Patterns are keys, as in Python.
	s := pickle.NewSet(patterns...)
	s.Add(pickle.Pattern{Pattern: []byte("b")})
	s.Add(pickle.Tuple{"a+", 32})
	if s.Len() != 4 {
		t.Errorf("a set of patterns: %v", s)
	}
	if _, err := pickle.Marshal(pickle.Pattern{Pattern: 5}); err == nil {
		t.Error("a pattern that is a number was written")
	}
}

// TestFunctionHostile: what no Python writes stays an *Object, and does not fit
// the type.
func TestFunctionHostile(t *testing.T) {
	for name, data := range map[string]string{
		"random without a state":     "crandom\nRandom\n(tR.",
		"random of another version":  "crandom\nRandom\n(tR(I2\n(tNtb.",
		"random without words":       "crandom\nRandom\n(tR(I3\n(tNtb.",
		"random of lists":            "crandom\nRandom\n(tR(lI1\nab.",
		"partial without a state":    "cfunctools\npartial\n(cbuiltins\nint\ntR.",
		"partial of three":           "cfunctools\npartial\n(cbuiltins\nint\ntR(I1\nI2\nI3\ntb.",
		"partial of numbers":         "cfunctools\npartial\n(cbuiltins\nint\ntR(I1\nI2\nI3\nI4\ntb.",
		"a pattern of a number":      "cre\n_compile\n(I1\nI2\ntR.",
		"a pattern without flags":    "cre\n_compile\n(Vx\ntR.",
		"a pattern of floats":        "cre\n_compile\n(Vx\nF1.5\ntR.",
		"a pattern with a state":     "cre\n_compile\n(Vx\nI1\ntRI1\nb.",
		"itemgetter of nothing":      "coperator\nitemgetter\n(tR.",
		"attrgetter of numbers":      "coperator\nattrgetter\n(I1\ntR.",
		"methodcaller of nothing":    "coperator\nmethodcaller\n(tR.",
		"methodcaller of a number":   "coperator\nmethodcaller\n(I1\ntR.",
		"namespace with arguments":   "ctypes\nSimpleNamespace\n(I1\ntR}b.",
		"namespace with a list":      "ctypes\nSimpleNamespace\n(tR(lI1\nab.",
		"namespace by NEWOBJ":        "\x80\x02ctypes\nSimpleNamespace\n)\x81}b.",
		"namespace, two states":      "ctypes\nSimpleNamespace\n(tR}b}b.",
		"the class, given a state":   "crandom\nRandom\n}b.",
		"a method caller in partial": "cfunctools\npartial\n(coperator\nmethodcaller\ntR(coperator\nmethodcaller\n(t(dNtb(tR.",
		"a getter that has itself":   "coperator\nitemgetter\n((lp0\ntRp1\n0g0\ng1\na0g1\n.",
	} {
		var v any
		if err := pickle.Unmarshal([]byte(data), &v); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if _, ok := v.(*pickle.Object); !ok && !strings.Contains(name, "itself") {
			t.Errorf("%s: %T", name, v)
		}
		if again, err := pickle.Marshal(v, pickle.Protocol(2)); err != nil || len(again) == 0 {
			t.Errorf("%s: written again: %v", name, err)
		}
		for _, target := range []any{new(pickle.Random), new(*pickle.Partial), new(pickle.Pattern), new(*pickle.ItemGetter), new(pickle.AttrGetter), new(pickle.MethodCaller), new(pickle.SimpleNamespace)} {
			var mismatch *pickle.UnmarshalTypeError
			if err := pickle.Unmarshal([]byte(data), target); err != nil && !errors.As(err, &mismatch) {
				t.Errorf("%s into %T: %v", name, target, err)
			}
		}
	}
}

// TestRandom: the state goes on as it does in Python.
func TestRandom(t *testing.T) {
	var first []uint64
	for _, c := range standardGoldens(t, "std_random") {
		var r, again pickle.Random
		if err := pickle.Unmarshal(c.Data, &r); err != nil {
			t.Fatal(c.ID(), err)
		}
		data, err := pickle.Marshal(&r, pickle.Protocol(c.Protocol))
		if err != nil {
			t.Fatal(err)
		}
		if err := pickle.Unmarshal(data, &again); err != nil || again != r {
			t.Errorf("%s: written and read again: %v", c.ID(), err)
		}
		var got []uint64
		for range 1000 {
			got = append(got, r.Uint64())
		}
		if first == nil {
			first = got
		} else if !slices.Equal(first, got) {
			t.Errorf("%s: other numbers", c.ID())
		}
		if n := rand.New(&again).IntN(10); n < 0 || n > 9 {
			t.Error(n)
		}
	}
	// random.Random(1).random(), twice, as documented for every Python since 2.3.
	var r pickle.Random
	if err := pickle.Unmarshal(standardGoldens(t, "std_random")[0].Data, &r); err != nil {
		t.Fatal(err)
	}
	if a, b := r.Float64(), r.Float64(); a != 0.13436424411240122 || b != 0.8474337369372327 {
		t.Error(a, b)
	}
	if _, err := pickle.Marshal(&pickle.Random{Index: 625}); err == nil {
		t.Error("an index out of range was written")
	}
}

// TestLiveGenerator: Go and Python take turns at one generator.
func TestLiveGenerator(t *testing.T) {
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		const setup = "import random; r = random.Random(%d); [r.gauss(0, 1) for _ in range(%d)]; value = [r, r.getstate()[2], None]"
		data, err := python.Dumps(fmt.Sprintf(setup, protocol, 2*protocol+1), protocol)
		if err != nil {
			t.Fatal(err)
		}
		var state struct {
			_      struct{} `pickle:",list"`
			Random *pickle.Random
			Gauss  *float64
			None   any
		}
		if err := pickle.Unmarshal(data, &state); err != nil {
			t.Fatal(err)
		}
		if state.Random.Gauss == nil || *state.Random.Gauss != *state.Gauss {
			t.Errorf("gauss: %v, want %v", state.Random.Gauss, *state.Gauss)
		}
		for range 700 { // beyond the next twist
			state.Random.Uint32()
		}
		sent, err := pickle.Marshal(state.Random, pickle.Protocol(protocol))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := python.Dumps(fmt.Sprintf("import pickle; r = pickle.loads(b%q); value = [r.random(), r.getrandbits(64), r.random(), r.getrandbits(32)]", pythonBytes(sent)), protocol)
		if err != nil {
			t.Fatal(err)
		}
		var want [4]any
		if err := pickle.Unmarshal(answer, &want); err != nil {
			t.Fatal(err)
		}
		r := state.Random
		got := [4]any{r.Float64(), r.Uint64(), r.Float64(), r.Uint32()}
		for i := range got {
			if !pickle.Equal(got[i], want[i]) {
				t.Errorf("number %d is %v, in Python %v", i, got[i], want[i])
			}
		}
	})
}

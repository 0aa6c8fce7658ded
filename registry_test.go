package pickle_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/go-pickle/pickle"
)

type (
	regA    struct{ X int }
	regB    struct{ X int }
	regEnum int
	regBool bool
	regFunc func()
	regChan chan int
	regBad  struct {
		X int `pickle:",what"`
	}
	regExtra struct {
		Extra map[string]any `pickle:",unknown"`
	}
	regIface interface{ M() }
)

// TestRegister: what is registered twice must be the same, and errors name both
// sides.
func TestRegister(t *testing.T) {
	for name, c := range map[string]struct {
		class string
		value any
		opts  []pickle.ClassOption
		want  []string // in the error; none if there is none
	}{
		"same again":       {"m.A", regA{}, []pickle.ClassOption{pickle.Alias("old.A")}, nil},
		"same by pointer":  {"m.A", &regA{}, []pickle.ClassOption{pickle.Alias("old.A")}, nil},
		"another type":     {"m.A", regB{}, nil, []string{"m.A", "regA", "regB"}},
		"another class":    {"m.B", regA{}, nil, []string{"m.B", "regA", "m.A"}},
		"other options":    {"m.A", regA{}, nil, []string{"m.A", "regA", "other options"}},
		"another alias":    {"m.C", regB{}, []pickle.ClassOption{pickle.Alias("old.A")}, []string{"m.C", "old.A", "regA", "regB"}},
		"bad alias":        {"m.C", regB{}, []pickle.ClassOption{pickle.Alias("nodot")}, []string{`"nodot"`}},
		"no module":        {"C", regB{}, nil, []string{`"C" is not module.Class`}},
		"empty name":       {"m.", regB{}, nil, []string{"not module.Class"}},
		"empty module":     {":C", regB{}, nil, []string{"not module.Class"}},
		"newline":          {"m.C\n", regB{}, nil, []string{"not module.Class"}},
		"nil":              {"m.C", nil, nil, []string{"nil"}},
		"int":              {"m.C", 1, nil, []string{"int is not a type of a program's own"}},
		"unnamed":          {"m.C", struct{}{}, nil, []string{"program's own"}},
		"nil pointer":      {"m.New", (*regExtra)(nil), nil, nil},
		"pointer twice":    {"m.C", new(*regB), nil, []string{"program's own"}},
		"interface":        {"m.C", (*regIface)(nil), nil, []string{"interface"}},
		"func":             {"m.C", regFunc(nil), nil, []string{"func"}},
		"chan":             {"m.C", regChan(nil), nil, []string{"chan"}},
		"bool":             {"m.C", regBool(true), nil, []string{"bool"}},
		"bool enum":        {"m.Flag", regBool(true), []pickle.ClassOption{pickle.Enum()}, nil},
		"own type":         {"m.C", pickle.Tuple{}, nil, []string{"pickle.Tuple"}},
		"own bytearray":    {"m.C", pickle.ByteArray{}, nil, []string{"pickle.ByteArray"}},
		"bad tag":          {"m.C", regBad{}, nil, []string{"X: no such option"}},
		"no struct":        {"m.C", regEnum(0), []pickle.ClassOption{pickle.NamedTuple()}, []string{"regEnum is no struct"}},
		"two shapes":       {"m.C", regB{}, []pickle.ClassOption{pickle.NamedTuple(), pickle.Slots()}, []string{"exclude each other"}},
		"no such argument": {"m.C", regB{}, []pickle.ClassOption{pickle.Arguments("X", "y")}, []string{"regB", "argument y"}},
		"unknown in tuple": {"m.C", regExtra{}, []pickle.ClassOption{pickle.NamedTuple()}, []string{"unknown"}},
	} {
		r := pickle.NewRegistry()
		if err := r.Register("m.A", regA{}, pickle.Alias("old.A")); err != nil {
			t.Fatal(err)
		}
		err := r.Register(c.class, c.value, c.opts...)
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "pickle: Register ") {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Register does not panic")
		}
	}()
	pickle.Register("nodot", regA{})
}

// TestRegisterExtension: codes stand for names in both directions.
func TestRegisterExtension(t *testing.T) {
	r := pickle.NewRegistry()
	class := pickle.Global{Module: "m", Name: "C"}
	one := 1
	for _, c := range []struct {
		code int
		name string
		want string
	}{
		{1, "m.C", ""}, {1, "m.C", ""}, {1, "m.D", "the code stands for m.C"}, {2, "m.C", "the code of that is 1"}, {0, "m.E", "from 1"},
		{-1, "m.E", "from 1"}, {one << 31, "m.E", "from 1"}, {3, "E", "not module.Class"}, {256, "m:O.I", ""}, {1<<31 - 1, "m.Last", ""},
	} {
		err := r.RegisterExtension(c.code, c.name)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d, %s: %v", c.code, c.name, err)
		}
	}
	v := []any{class, pickle.Global{Module: "m", Name: "O.I"}, pickle.Global{Module: "m", Name: "Last"}}
	data, err := pickle.Marshal(v, pickle.WithRegistry(r), pickle.Protocol(2))
	if want := "\x80\x02]q\x00(\x82\x01\x83\x00\x01\x84\xff\xff\xff\x7fe."; err != nil || string(data) != want {
		t.Errorf("%q, %v; want %q", data, err, want)
	}
	var back []any
	if err := pickle.Unmarshal(data, &back, pickle.WithRegistry(r)); err != nil || back[0] != any(class) || fmt.Sprint(back) != fmt.Sprint(v) {
		t.Errorf("%v, %v", back, err)
	}
	if err := pickle.Unmarshal(data, &back); err != nil || back[0] != any(pickle.Extension(1)) {
		t.Errorf("without the registry: %v, %v", back, err)
	}
	if again, err := pickle.Marshal(back, pickle.Protocol(2)); err != nil || string(again) != string(data) {
		t.Errorf("%q, %v", again, err)
	}
	if data, err := pickle.Marshal(class, pickle.WithRegistry(r), pickle.Protocol(1)); err != nil || string(data) != "cm\nC\nq\x00." {
		t.Errorf("protocol 1: %q, %v", data, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("RegisterExtension does not panic")
		}
	}()
	pickle.RegisterExtension(0, "m.C")
}

// TestRegistriesApart: what one registry knows the others do not.
func TestRegistriesApart(t *testing.T) {
	a, b := pickle.NewRegistry(), pickle.NewRegistry()
	if err := a.Register("a.A", regA{}); err != nil {
		t.Fatal(err)
	}
	if err := b.Register("b:B.C", regA{}, pickle.Slots()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the class of a type is remembered
		for want, opts := range map[string][]pickle.Options{
			"a.A(X=1)": {pickle.WithRegistry(a)}, "b.B.C": {pickle.WithRegistry(b)}, "{'X': 1}": nil,
		} {
			data, err := pickle.Marshal(regA{1}, opts...)
			if err != nil {
				t.Fatal(err)
			}
			var v any
			if err := pickle.Unmarshal(data, &v); err != nil || !strings.Contains(pickle.Repr(v), strings.TrimSuffix(want, "(X=1)")) {
				t.Errorf("%s, %v; want %s", pickle.Repr(v), err, want)
			}
			var back any
			if err := pickle.Unmarshal(data, &back, opts...); err != nil {
				t.Error(err)
			}
			if x, ok := back.(*regA); opts != nil && (!ok || x.X != 1) {
				t.Errorf("%T", back)
			}
		}
	}
}

// TestRegisterConcurrently: types may be registered while others are written.
func TestRegisterConcurrently(t *testing.T) {
	r := pickle.NewRegistry()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				if _, err := pickle.Marshal([]any{regA{1}, &regB{2}, regEnum(3)}, pickle.WithRegistry(r)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i, v := range []any{regA{}, regB{}, regExtra{}} {
		wg.Go(func() {
			for range 50 {
				if err := r.Register(fmt.Sprint("m.C", i), v); err != nil {
					t.Error(err)
				}
				if err := r.RegisterExtension(i+1, fmt.Sprint("m.C", i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

package pickle_test

import (
	"bytes"
	"fmt"
	"log"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// Instances of old-style classes: those of Python 2 that do not have the base
// object, as most classes of old programs are.

type (
	oldFoo struct {
		Attr any `pickle:"attr,omitempty"`
	}
	oldRest struct {
		Attr any            `pickle:"attr,omitempty"`
		Rest map[string]any `pickle:",unknown"`
	}
	oldRestDict struct {
		Rest *pickle.Dict `pickle:",unknown"`
	}
	oldGetter struct{ state any }
	oldSetter struct{ states []string }
	oldArgs   struct {
		_    struct{} `pickle:",tuple"`
		A, B any
	}
	oldCall struct {
		A any `pickle:"a"`
		B any `pickle:"b"`
		C any `pickle:"c,omitempty"`
	}
)

func (g *oldGetter) GetState() (any, error) { return g.state, nil }

func (g *oldGetter) SetState(v pickle.Value) error { return v.Decode(&g.state) }

func (s *oldSetter) SetState(v pickle.Value) error {
	s.states = append(s.states, v.String())
	return v.Err()
}

// oldRegistry has the types as old-style classes of module app.
func oldRegistry(t *testing.T) *pickle.Registry {
	t.Helper()
	r := pickle.NewRegistry()
	for name, v := range map[string]any{"Foo": oldFoo{}, "Rest": oldRest{}, "RestDict": oldRestDict{}, "Getter": oldGetter{}, "Setter": oldSetter{}} {
		if err := r.Register("app."+name, v, pickle.OldStyle()); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// Programs for Python 2 have classes without the base object. Their instances
// are written in a way of their own, which some of these programs insist on.
func ExampleOldStyle() {
	type Job struct {
		Command pickle.ByteString `pickle:"command"`
	}
	r := pickle.NewRegistry()
	if err := r.Register("jobs.Job", Job{}, pickle.OldStyle()); err != nil {
		log.Fatal(err)
	}
	data, err := pickle.Marshal(Job{"ls"}, pickle.Protocol(0), pickle.WithRegistry(r))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", data)
	// Output:
	// "(ijobs\nJob\np0\n(dp1\nS'command'\np2\nS'ls'\np3\nsb."
}

func TestOldStyleEncode(t *testing.T) {
	registry := pickle.WithRegistry(oldRegistry(t))
	twice := &oldFoo{Attr: 1}
	for _, tt := range []struct {
		name  string
		value any
		want  [4]string // by protocol
	}{
		{"one", &oldFoo{Attr: "x"}, [4]string{
			"(iapp\nFoo\np0\n(dp1\nS'attr'\np2\nVx\np3\nsb.",
			"(capp\nFoo\nq\x00oq\x01}q\x02U\x04attrq\x03X\x01\x00\x00\x00xq\x04sb.",
			"\x80\x02(capp\nFoo\nq\x00oq\x01}q\x02U\x04attrq\x03X\x01\x00\x00\x00xq\x04sb.",
			"\x80\x03capp\nFoo\nq\x00)\x81q\x01}q\x02X\x04\x00\x00\x00attrq\x03X\x01\x00\x00\x00xq\x04sb.",
		}},
		{"without attributes", oldFoo{}, [4]string{
			"(iapp\nFoo\np0\n(dp1\nb.", "(capp\nFoo\nq\x00oq\x01}q\x02b.", "\x80\x02(capp\nFoo\nq\x00oq\x01}q\x02b.", "\x80\x03capp\nFoo\nq\x00)\x81q\x01.",
		}},
		{"shared", []any{twice, twice}, [4]string{
			"(lp0\n(iapp\nFoo\np1\n(dp2\nS'attr'\np3\nI1\nsbag1\na.",
			"]q\x00((capp\nFoo\nq\x01oq\x02}q\x03U\x04attrq\x04K\x01sbh\x02e.",
			"\x80\x02]q\x00((capp\nFoo\nq\x01oq\x02}q\x03U\x04attrq\x04K\x01sbh\x02e.",
			"\x80\x03]q\x00(capp\nFoo\nq\x01)\x81q\x02}q\x03X\x04\x00\x00\x00attrq\x04K\x01sbh\x02e.",
		}},
		{"names that no field has", oldRest{1, map[string]any{"b": 2}}, [4]string{
			"(iapp\nRest\np0\n(dp1\nS'attr'\np2\nI1\nsS'b'\np3\nI2\nsb.",
			"(capp\nRest\nq\x00oq\x01}q\x02(U\x04attrq\x03K\x01U\x01bq\x04K\x02ub.",
			"\x80\x02(capp\nRest\nq\x00oq\x01}q\x02(U\x04attrq\x03K\x01U\x01bq\x04K\x02ub.",
			"\x80\x03capp\nRest\nq\x00)\x81q\x01}q\x02(X\x04\x00\x00\x00attrq\x03K\x01X\x01\x00\x00\x00bq\x04K\x02ub.",
		}},
		{"names in a Dict", oldRestDict{pickle.NewDict("a", 1, 2, 3)}, [4]string{
			"(iapp\nRestDict\np0\n(dp1\nS'a'\np2\nI1\nsI2\nI3\nsb.",
			"(capp\nRestDict\nq\x00oq\x01}q\x02(U\x01aq\x03K\x01K\x02K\x03ub.",
			"\x80\x02(capp\nRestDict\nq\x00oq\x01}q\x02(U\x01aq\x03K\x01K\x02K\x03ub.",
			"\x80\x03capp\nRestDict\nq\x00)\x81q\x01}q\x02(X\x01\x00\x00\x00aq\x03K\x01K\x02K\x03ub.",
		}},
		{"GetState", &oldGetter{}, [4]string{
			"(iapp\nGetter\np0\nNb.", "(capp\nGetter\nq\x00oq\x01Nb.", "\x80\x02(capp\nGetter\nq\x00oq\x01Nb.", "\x80\x03capp\nGetter\nq\x00)\x81q\x01.",
		}},
		{"GetState that is false", &oldGetter{0}, [4]string{
			"(iapp\nGetter\np0\nI0\nb.", "(capp\nGetter\nq\x00oq\x01K\x00b.", "\x80\x02(capp\nGetter\nq\x00oq\x01K\x00b.", "\x80\x03capp\nGetter\nq\x00)\x81q\x01K\x00b.",
		}},
	} {
		for protocol, want := range tt.want {
			data, err := pickle.Marshal(tt.value, registry, pickle.Protocol(protocol))
			if err != nil || string(data) != want {
				t.Errorf("%s at protocol %d: %v\n got  %q\n want %q", tt.name, protocol, err, data, want)
			}
		}
	}
	cyclic := &oldFoo{}
	cyclic.Attr = []any{cyclic}
	for protocol := range 6 {
		data, err := pickle.Marshal(cyclic, registry, pickle.Protocol(protocol))
		if err != nil {
			t.Fatal(err)
		}
		var back *oldFoo
		if err := pickle.Unmarshal(data, &back, registry); err != nil || back.Attr.([]any)[0] != any(back) {
			t.Errorf("protocol %d: %v, %q", protocol, err, data)
		}
	}
}

func TestOldStyleRegister(t *testing.T) {
	type number int
	r := pickle.NewRegistry()
	for name, err := range map[string]error{
		"is no struct":      r.Register("app.Number", number(0), pickle.OldStyle()),
		"nested":            r.Register("app:Outer.Foo", oldFoo{}, pickle.OldStyle()),
		"exclude each othe": r.Register("app.Foo", oldFoo{}, pickle.OldStyle(), pickle.Slots()),
		"and OldStyle excl": r.Register("app.Foo", oldFoo{}, pickle.NamedTuple(), pickle.OldStyle()),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
	}
	if err := r.Register("app.Föö", oldFoo{}, pickle.OldStyle()); err != nil {
		t.Fatal(err)
	}
	for protocol := range 3 {
		if data, err := pickle.Marshal(oldFoo{}, pickle.WithRegistry(r), pickle.Protocol(protocol)); err == nil {
			t.Errorf("Python 2 has no such names: %q", data)
		}
	}
}

// TestOldStyleDecode: INST and OBJ become what the target and the registry
// say, in the forms of all protocols.
func TestOldStyleDecode(t *testing.T) {
	registry := oldRegistry(t)
	if err := registry.Register("app.Call", oldCall{}, pickle.Arguments("a", "b")); err != nil {
		t.Fatal(err)
	}
	opts := []pickle.Options{pickle.WithRegistry(registry), pickle.DisallowUnknownClasses(true)}
	for _, form := range []string{"(%siapp\n%s\n", "(capp\n%[2]s\n%[1]so"} {
		born := func(args, class string) string { return fmt.Sprintf(form, args, class) }
		var foo oldFoo
		var pointer *oldFoo
		var v any
		for _, into := range []any{&foo, &pointer, &v} {
			if err := pickle.Unmarshal([]byte(born("", "Foo")+"(dS'attr'\nI5\nsb."), into, opts...); err != nil {
				t.Fatalf("%q: %v", form, err)
			}
		}
		if foo.Attr != int64(5) || pointer.Attr != int64(5) || v.(*oldFoo).Attr != int64(5) {
			t.Errorf("%q: %v %v %v", form, foo, pointer, v)
		}
		// A class that is not registered binds to any struct, by its state.
		if err := pickle.Unmarshal([]byte(born("", "Nobody")+"(dS'attr'\nI5\nsb."), &foo); err != nil || foo.Attr != int64(5) {
			t.Errorf("%q: %v", form, err)
		}
		setter := decode[*oldSetter](t, born("", "Setter")+"Nb.", opts...)
		if !slices.Equal(setter.states, []string{"None"}) {
			t.Error(setter.states)
		}
		setter = decode[*oldSetter](t, born("I1\n", "Setter")+"]I1\nab.", opts...)
		if !slices.Equal(setter.states, []string{"[1]"}) {
			t.Error(setter.states)
		}
		// What __getinitargs__ returned: by the fields named as arguments, or by
		// position, or repeated in the state.
		if v := decode[any](t, born("I1\nI2\n", "Call")+"(dS'c'\nI3\nsb.", opts...); !reflect.DeepEqual(v, &oldCall{int64(1), int64(2), int64(3)}) {
			t.Errorf("%q: %v", form, v)
		}
		if v := decode[oldArgs](t, born("I1\nI2\n", "Other")+"."); v.A != int64(1) || v.B != int64(2) {
			t.Errorf("%q: %v", form, v)
		}
		if v := decode[oldFoo](t, born("I1\n", "Foo")+"(dS'attr'\nI1\nsb.", opts...); v.Attr != int64(1) {
			t.Errorf("%q: %v", form, v)
		}
		var e *pickle.UnmarshalTypeError
		for _, bad := range []string{born("I1\n", "Foo") + ".", born("I1\nI2\nI3\n", "Call") + "."} {
			into := oldCall{A: "kept"}
			if err := pickle.Unmarshal([]byte(bad), &v, opts...); !asError(err, &e) {
				t.Errorf("%q: %v", bad, err)
			}
			if err := pickle.Unmarshal([]byte(bad), &into, opts...); !asError(err, &e) || into.A != "kept" {
				t.Errorf("%q: %v, %v", bad, err, into)
			}
		}
		var missing *pickle.GlobalError
		if err := pickle.Unmarshal([]byte(born("", "Nobody")+"."), &v, opts...); !asError(err, &missing) || missing.Name != "Nobody" {
			t.Errorf("%q: %v", form, err)
		}
		// Whole as an Object, and the same again.
		for _, p := range []string{born("I1\n", "Nobody") + "}b.", born("", "Nobody") + "Nb.", born("", "Nobody") + "."} {
			o := decode[*pickle.Object](t, p)
			again := []byte(fmt.Sprint(o.Class, o.Args, o.State))
			for protocol := range 6 {
				data, err := pickle.Marshal(o, pickle.Protocol(protocol))
				if err != nil {
					t.Fatal(err)
				}
				back := decode[*pickle.Object](t, string(data))
				if got := []byte(fmt.Sprint(back.Class, back.Args, back.State)); !bytes.Equal(got, again) {
					t.Errorf("%q at protocol %d: %s, was %s", p, protocol, got, again)
				}
			}
		}
	}
}

// TestLiveOldStyle: what Go writes are the bytes of Python 2's pickle.py, and
// cPickle makes old-style instances of it, with strs for attribute names.
func TestLiveOldStyle(t *testing.T) {
	python := pickletest.StartPython(t, "2.7")
	r := pickle.NewRegistry()
	for name, v := range map[string]any{"shapes.GoFoo": oldFoo{}, "shapes.GoState": oldGetter{}} {
		if err := r.Register(name, v, pickle.OldStyle()); err != nil {
			t.Fatal(err)
		}
	}
	const prelude = `
import pickle, cPickle
class GoFoo: pass
class GoState:
    def __getstate__(self): return self.state
    def __setstate__(self, state): self.state = state
GoFoo.__module__ = GoState.__module__ = 'shapes'
shapes.GoFoo, shapes.GoState = GoFoo, GoState
def foo(*attr):
    foo = GoFoo()
    if attr: foo.attr = attr[0]
    return foo
def state(s):
    x = GoState(); x.state = s; return x
`
	foo, cyclic := &oldFoo{"text"}, &oldFoo{}
	cyclic.Attr = []any{cyclic, 1}
	for _, tt := range []struct { // no memo entries after a __getstate__: pickle.py keeps one of them to itself
		python string
		value  any
	}{
		{"foo(1)", oldFoo{1}}, {"foo()", oldFoo{}}, {"foo(foo(u'x'))", oldFoo{&oldFoo{"x"}}}, {"foo('str')", oldFoo{pickle.ByteString("str")}},
		{"a = foo(u'text'); value = [a, a, foo(True)]", []any{foo, foo, oldFoo{true}}},
		{"value = foo(); value.attr = [value, 1]", cyclic},
		{"state(None)", &oldGetter{}}, {"state(0)", &oldGetter{0}}, {"state(7)", &oldGetter{7}},
	} {
		source := tt.python
		if !strings.Contains(source, "value") {
			source = "value = " + source
		}
		for protocol := range 3 {
			answer, err := python.Dumps(fmt.Sprintf("%s\n%s\nvalue = pickle.dumps(value, %d)", prelude, source, protocol), 2)
			if err != nil {
				t.Fatal(err)
			}
			var want []byte
			if err := pickle.Unmarshal(answer, &want); err != nil {
				t.Fatal(err)
			}
			got, err := pickle.Marshal(tt.value, pickle.Protocol(protocol), pickle.WithRegistry(r))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s at protocol %d: %v\n got  %q\n want %q", tt.python, protocol, err, got, want)
			}
			var back any
			if err := pickle.Unmarshal(want, &back, pickle.WithRegistry(r), pickle.DisallowUnknownClasses(true), pickle.Python2Strings(pickle.Python2ByteString)); err != nil {
				t.Error(err)
			} else if again, err := pickle.Marshal(back, pickle.Protocol(protocol), pickle.WithRegistry(r)); err != nil || !bytes.Equal(again, want) {
				t.Errorf("%s at protocol %d, again: %v\n got  %q\n want %q", tt.python, protocol, err, again, want)
			}
		}
	}
	for protocol := range 3 {
		data, err := pickle.Marshal(oldFoo{&oldFoo{1}}, pickle.Protocol(protocol), pickle.WithRegistry(r))
		if err != nil {
			t.Fatal(err)
		}
		types := python2Types(t, python, prelude, data, "[value, value.attr] + value.__dict__.keys() + [value.attr.attr]")
		if want := []string{"instance GoFoo", "instance GoFoo", "str", "int"}; !slices.Equal(types, want) {
			t.Errorf("protocol %d: %q", protocol, types)
		}
	}
}

package pickle_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// Codes of the extension registry (copyreg.add_extension).

type (
	extOne struct {
		A any `pickle:"a,omitempty"`
	}
	extTwo struct {
		A any `pickle:"a,omitempty"`
	}
	extFour struct {
		A any `pickle:"a,omitempty"`
	}
)

// extRegistry has the classes of shapes.py that have a code there, by name and
// code.
func extRegistry(t *testing.T, opts ...pickle.ClassOption) *pickle.Registry {
	t.Helper()
	r := pickle.NewRegistry()
	err := errors.Join(
		r.RegisterExtension(1, "shapes.Ext1"), r.RegisterExtension(300, "shapes.Ext2"), r.RegisterExtension(70000, "shapes.Ext4"),
		r.Register("shapes.Ext1", extOne{}, opts...), r.Register("shapes.Ext2", extTwo{}, opts...), r.Register("shapes.Ext4", extFour{}, opts...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestLiveExtensionInstances: instances of classes that have a code are the
// same in Go and every Python, and the same bytes.
func TestLiveExtensionInstances(t *testing.T) {
	r := extRegistry(t)
	value := func() any {
		four := &extFour{"x"}
		return []any{&extOne{}, extTwo{1}, four, four, &extOne{four}, pickle.Global{Module: "shapes", Name: "Ext2"}}
	}
	const source = `
one, two, four = shapes.Ext1(), shapes.Ext2(), shapes.Ext4()
two.a, four.a = 1, u'x'
last = shapes.Ext1(); last.a = four
value = [one, two, four, four, last, shapes.Ext2]`
	opts := []pickle.Options{pickle.WithRegistry(r), pickle.DisallowUnknownClasses(true)}
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		if version != "2.7" { // which has other names of attributes
			compareLive(t, python, version, protocol, liveValue{name: "instances", value: value, python: source}, r)
		}
		data, err := python.Dumps(source, protocol)
		if err != nil {
			t.Fatal(err)
		}
		if has := strings.Contains(string(data), "Ext"); has != (protocol < 2) {
			t.Errorf("%q", data)
		}
		var v []any
		if err := pickle.Unmarshal(data, &v, opts...); err != nil {
			t.Fatal(err)
		}
		if want := value(); !reflect.DeepEqual(v[:4], []any{&extOne{}, &extTwo{int64(1)}, &extFour{"x"}, &extFour{"x"}}) || v[2] != v[3] || v[4].(*extOne).A != v[2] || v[5] != want.([]any)[5] {
			t.Errorf("%#v", v)
		}
		again, err := pickle.Marshal(v, append(opts, pickle.Protocol(protocol))...)
		if err != nil {
			t.Fatal(err)
		}
		var types []string
		ask(t, python, fmt.Sprintf("import pickle; value = [type(x).__name__ for x in pickle.loads(b%v)]", pythonBytes(again)), &types)
		if got := strings.Join(types, " "); got != "Ext1 Ext2 Ext4 Ext4 Ext1 type" {
			t.Errorf("%s: %q", got, again)
		}
	})
}

// TestLiveExtensionUnknown: a code that nobody has registered stays what it is
// in Go, and is an error where Python has one.
func TestLiveExtensionUnknown(t *testing.T) {
	type attributes struct{ A int }
	var e *pickle.GlobalError
	for _, code := range []string{"\x82\x63", "\x83\x63\x07", "\x84\x63\x00\x07\x00"} {
		p := "\x80\x02" + code + ")\x81}(VA\nI5\nub."
		o := decode[*pickle.Object](t, p)
		if _, ok := o.Callable.(pickle.Extension); !ok || o.Class.Name != "" {
			t.Errorf("%q: %#v", p, o)
		}
		for protocol := range 6 {
			data, err := pickle.Marshal(o, pickle.Protocol(protocol))
			if err != nil || !strings.Contains(string(data), code) || protocol >= 2 && !strings.Contains(string(data), code+")\x81") {
				t.Errorf("%q at protocol %d: %q, %v", p, protocol, data, err)
			}
		}
		if v := decode[attributes](t, p); v.A != 5 {
			t.Errorf("%q: %v", p, v)
		}
		var a attributes
		for _, into := range []any{new(any), &a, new(pickle.Object), new(*attributes)} {
			if err := pickle.Unmarshal([]byte(p), into, pickle.DisallowUnknownClasses(true)); !asError(err, &e) || !strings.Contains(err.Error(), "extension code") {
				t.Errorf("%q into %T: %v", p, into, err)
			}
		}
		if a.A != 0 {
			t.Error(a)
		}
		if err := pickle.Unmarshal([]byte("\x80\x02"+code+"."), new(any), pickle.DisallowUnknownClasses(true)); !asError(err, &e) {
			t.Errorf("%q: %v", p, err)
		}
		if v := decode[any](t, "\x80\x02"+code+"."); reflect.TypeOf(v) != reflect.TypeFor[pickle.Extension]() {
			t.Errorf("%#v", v)
		}
	}
	// Codes that cannot be: Python says the same.
	python := pickletest.StartPython(t, reference)
	for _, p := range []string{"\x82\x00.", "\x83\x00\x00.", "\x84\xff\xff\xff\xff.", "\x84\x00\x00\x00\x80.", "\x82", "\x84\x01\x00"} {
		var s *pickle.SyntaxError
		if err := pickle.Unmarshal([]byte(p), new(any)); !asError(err, &s) {
			t.Errorf("%q: %v", p, err)
		}
		var answer *pickletest.PythonError
		if _, err := python.Loads([]byte(p), 2); !errors.As(err, &answer) {
			t.Errorf("%q: Python loads it: %v", p, err)
		}
	}
	for _, code := range []pickle.Extension{0, -1} {
		var m *pickle.MarshalError
		if _, err := pickle.Marshal(code); !asError(err, &m) {
			t.Errorf("%d: %v", code, err)
		}
	}
}

// TestExtensionShapes: a code stands for the class in all the ways an instance
// is written.
func TestExtensionShapes(t *testing.T) {
	for _, tt := range []struct {
		option pickle.ClassOption
		value  any
		want   string // at protocol 2
	}{
		{pickle.Slots(), extOne{"x"}, "\x80\x02\x82\x01)\x81q\x00N}q\x01X\x01\x00\x00\x00aq\x02X\x01\x00\x00\x00xq\x03s\x86q\x04b."},
		{pickle.NamedTuple(), extTwo{"x"}, "\x80\x02\x83\x2c\x01X\x01\x00\x00\x00xq\x00\x85q\x01\x81q\x02."},
		{pickle.Arguments("a"), extFour{"x"}, "\x80\x02\x84\x70\x11\x01\x00X\x01\x00\x00\x00xq\x00\x85q\x01Rq\x02."},
		{pickle.OldStyle(), extOne{"x"}, "\x80\x02(\x82\x01oq\x00}q\x01U\x01aq\x02X\x01\x00\x00\x00xq\x03sb."},
	} {
		registry := pickle.WithRegistry(extRegistry(t, tt.option))
		data, err := pickle.Marshal(tt.value, registry, pickle.Protocol(2))
		if err != nil || string(data) != tt.want {
			t.Errorf("%T: %v\n got  %q\n want %q", tt.value, err, data, tt.want)
		}
		for protocol := range 6 {
			data, err := pickle.Marshal(tt.value, registry, pickle.Protocol(protocol))
			if err != nil {
				t.Fatal(err)
			}
			v := decode[any](t, string(data), registry)
			if got := reflect.ValueOf(v).Elem().Interface(); got != tt.value {
				t.Errorf("protocol %d: %#v, %q", protocol, v, data)
			}
		}
	}
}

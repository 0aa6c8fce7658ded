package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/vm"
)

// functions returns a registry that has the functions under the names m.a, m.b …
func functions(t *testing.T, all map[string]any) *pickle.Registry {
	t.Helper()
	r := pickle.NewRegistry()
	for name, fn := range all {
		if err := r.RegisterFunc("m."+name, fn); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// callOf returns a pickle of a call of m.name.
func callOf(t *testing.T, name string, args ...any) []byte {
	t.Helper()
	return marshalled(t, &pickle.Object{Class: pickle.Global{Module: "m", Name: name}, Args: args})
}

func marshalled(t *testing.T, v any, opts ...pickle.Options) []byte {
	t.Helper()
	data, err := pickle.Marshal(v, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

type options struct {
	Sep   string `pickle:"sep"`
	Count int    `pickle:"count"`
}

// argued is what the functions below were called with.
type argued struct{ Got string }

func got(args ...any) argued { return argued{fmt.Sprint(args...)} }

// TestFunctionArguments: parameters by type, optional ones, variadic ones, and
// keyword arguments, from NEWOBJ_EX and from a functools.partial.
func TestFunctionArguments(t *testing.T) {
	optional := func(p *int) string {
		if p == nil {
			return "nil"
		}
		return fmt.Sprint(*p)
	}
	r := functions(t, map[string]any{
		"none":     func() argued { return got("none") },
		"typed":    func(a int8, b string, c []float64, d map[string]bool) argued { return got(a, " ", b, " ", c, " ", d) },
		"optional": func(a int, b *int, c any) argued { return got(a, " ", optional(b), " ", c) },
		"variadic": func(a string, rest ...int) argued { return got(a, " ", rest) },
		"pointers": func(a int, rest ...*int) argued { return got(a, " ", len(rest)) },
		"keywords": func(a int, o options) argued { return got(a, " ", o) },
		"maps":     func(a int, o map[string]int) argued { return got(a, " ", len(o), o["x"]) },
		"dicts":    func(a int, b *int, o *pickle.Dict) argued { return got(a, " ", optional(b), " ", o) },
		"values":   func(v pickle.Value) argued { return got(v.Kind(), v) },
		"results":  func(a argued) argued { return got("(", a.Got, ")") },
	})
	kwargs := func(name string, args pickle.Tuple, kwargs *pickle.Dict) []any {
		class := pickle.Global{Module: "m", Name: name}
		newObjEx := &pickle.Object{Class: class, Form: vm.FormNewObjEx, Args: args, Kwargs: kwargs}
		return []any{newObjEx, &pickle.Object{Callable: &pickle.Partial{Func: class, Args: args, Kwargs: kwargs}},
			&pickle.Object{Callable: &pickle.Partial{Func: class, Kwargs: kwargs}, Args: args}}
	}
	call := func(name string, args ...any) []any {
		return []any{&pickle.Object{Class: pickle.Global{Module: "m", Name: name}, Args: args}, &pickle.Object{Class: pickle.Global{Module: "m", Name: name}, Form: vm.FormNewObj, Args: args}}
	}
	for _, tt := range []struct {
		calls []any
		want  string // or, with a colon, path: text in the error
	}{
		{call("none"), "none"},
		{call("none", 1), ": none is called with 1 arguments, func() pickle_test.argued is registered for it"},
		{call("typed", 5, "b", []any{1, 2.5}, pickle.NewDict("k", true)), "5 b [1 2.5] map[k:true]"},
		{call("typed", 5, "b", []any{1}), "5 b [1] map[]"},
		{call("typed", 5, "b"), "5 b [] map[]"},
		{call("typed", 5), ": typed is called with 1 arguments"},
		{call("typed", 300, "b"), "args[0]: int 300"},
		{call("typed", 5, 6), "args[1]: int 6"},
		{call("typed", 5, "b", []any{1, "x"}), "args[2][1]: str"},
		{call("typed", 5, "b", nil, pickle.NewDict("k", "no")), `args[3]["k"]: str`},
		{call("optional", 1), "1 nil <nil>"},
		{call("optional", 1, 2), "1 2 <nil>"},
		{call("optional", 1, nil, "c"), "1 nil c"},
		{call("optional", 1, 2, 3, 4), ": optional is called with 4 arguments"},
		{call("variadic", "a"), "a []"},
		{call("variadic", "a", 1, 2, 3), "a [1 2 3]"},
		{call("variadic", "a", 1, "b", 3), "args[2]: str"},
		{call("variadic"), ": variadic is called with 0 arguments"},
		{call("pointers", 1, 2, nil), "1 2"},
		{call("keywords", 1), "1 { 0}"},
		{call("keywords", 1, pickle.NewDict("sep", ",")), "1 {, 0}"},
		{kwargs("keywords", pickle.Tuple{1}, pickle.NewDict("sep", ",", "count", 2)), "1 {, 2}"},
		{kwargs("keywords", pickle.Tuple{1}, pickle.NewDict()), "1 { 0}"},
		{kwargs("keywords", pickle.Tuple{1}, pickle.NewDict("count", "two")), "kwargs.count: str"},
		{kwargs("keywords", pickle.Tuple{1, pickle.NewDict()}, pickle.NewDict("count", 2)), ": func(int, pickle_test.options) pickle_test.argued has no parameter for keyword arguments"},
		{kwargs("keywords", nil, pickle.NewDict("count", 2)), ": keywords is called with 0 arguments"},
		{kwargs("maps", pickle.Tuple{1}, pickle.NewDict("x", 5)), "1 1 5"},
		{kwargs("dicts", pickle.Tuple{1}, pickle.NewDict("x", 5)), "1 nil {'x': 5}"},
		{kwargs("dicts", pickle.Tuple{1, 2}, pickle.NewDict("x", 5)), "1 2 {'x': 5}"},
		{kwargs("optional", pickle.Tuple{1}, pickle.NewDict("x", 5)), ": func(int, *int, interface {}) pickle_test.argued has no parameter for keyword arguments"},
		{kwargs("variadic", pickle.Tuple{"a"}, pickle.NewDict("x", 5)), ": func(string, ...int) pickle_test.argued has no parameter for keyword arguments"},
		{kwargs("variadic", pickle.Tuple{"a", 7}, pickle.NewDict()), "a [7]"},
		{call("values", []any{1, "x"}), "list [1, 'x']"},
		{call("results", call("none")[0]), "(none)"},
		{call("results", call("typed", 300, "b")[0]), "args[0].args[0]: int 300"},
	} {
		for _, c := range tt.calls {
			for protocol := range pickle.HighestProtocol + 1 {
				checkCall(t, r, marshalled(t, c, pickle.Protocol(protocol)), tt.want)
			}
		}
	}
}

// checkCall decodes a call into an any, an argued and a *argued.
func checkCall(t *testing.T, r *pickle.Registry, data []byte, want string) {
	t.Helper()
	path, text, fails := strings.Cut(want, ": ")
	if strings.Contains(want, "{'x': 5}") {
		fails = false
	}
	var v any
	var value argued
	var pointer *argued
	for _, target := range []any{&v, &value, &pointer} {
		err := pickle.Unmarshal(data, target, pickle.WithRegistry(r))
		if !fails {
			if err != nil {
				t.Errorf("%q into %T: %v", data, target, err)
			}
			continue
		}
		var e *pickle.UnmarshalTypeError
		if !errors.As(err, &e) || e.Path != path || !strings.Contains(err.Error(), text) || e.Offset == 0 || e.Op == "" {
			t.Errorf("%q into %T: %v\n want an *UnmarshalTypeError at %q with %q", data, target, err, path, text)
		}
	}
	if !fails && (v != any(argued{want}) || value.Got != want || pointer == nil || pointer.Got != want) {
		t.Errorf("%q: got %v, %v, %v\n want %s", data, v, value, pointer, want)
	}
}

var errRefused = errors.New("refused")

// TestFunctionErrors: what the function returns as its error, and where.
func TestFunctionErrors(t *testing.T) {
	r := functions(t, map[string]any{"fails": func(n int) (int, error) {
		if n < 0 {
			return 0, errRefused
		}
		return n, nil
	}})
	data := []byte("(lcm\nfails\n(I1\ntRacm\nfails\n(I-1\ntRa.")
	for _, target := range []any{new(any), new([]int), new([]*int64)} {
		err := pickle.Unmarshal(data, target, pickle.WithRegistry(r))
		var e *pickle.UnmarshalTypeError
		if !errors.As(err, &e) || !errors.Is(err, errRefused) || e.Path != "[1]" || e.Op != "REDUCE" || e.Offset != int64(bytes.LastIndexByte(data, 'R')) {
			t.Errorf("into %T: %+v", target, err)
		}
	}
}

type stateful struct {
	Name  string
	State []string
	Self  any `pickle:"self"`
}

func (s *stateful) SetState(v pickle.Value) error {
	var state struct {
		Words []string `pickle:"words"`
		Self  any      `pickle:"self"`
	}
	err := v.Decode(&state)
	s.State, s.Self = append(s.State, state.Words...), state.Self
	return err
}

type (
	fielded struct {
		Name string
		A    int `pickle:"a"`
		Next any `pickle:"next"`
	}
	listed []any
	mapped map[string]any
)

// TestFunctionState: items and states after the call, on pointers, which are
// known before that, and on values.
func TestFunctionState(t *testing.T) {
	r := functions(t, map[string]any{
		"setter": func(name string) *stateful { return &stateful{Name: name} },
		"value":  func(name string) stateful { return stateful{Name: name} },
		"fields": func(name string) *fielded { return &fielded{Name: name} },
		"list":   func() listed { return listed{"first"} },
		"map":    func() mapped { return nil },
		"dict":   func() *pickle.Dict { return pickle.NewDict("first", 1) },
		"number": func() int { return 1 },
		"nil":    func() any { return nil },
		"none":   func() *fielded { return nil },
	})
	words := func(words ...any) *pickle.Dict { return pickle.NewDict("words", words) }
	object := func(name string, o pickle.Object) *pickle.Object {
		o.Class = pickle.Global{Module: "m", Name: name}
		if name == "setter" || name == "value" || name == "fields" {
			o.Args = pickle.Tuple{name}
		}
		return &o
	}
	pairs := []pickle.Pair{{Key: "k", Value: 1}}
	for _, tt := range []struct {
		object *pickle.Object
		want   any // nil: an error
	}{
		{object("setter", pickle.Object{State: words("a", "b")}), &stateful{Name: "setter", State: []string{"a", "b"}}},
		{object("setter", pickle.Object{State: words("c"), Earlier: []any{words("a"), words("b")}}), &stateful{Name: "setter", State: []string{"a", "b", "c"}}},
		{object("value", pickle.Object{State: words("a")}), stateful{Name: "value", State: []string{"a"}}},
		{object("setter", pickle.Object{State: words(1)}), nil},
		{object("setter", pickle.Object{State: words(), Items: []any{1}}), nil},
		{object("fields", pickle.Object{State: pickle.NewDict("a", 5)}), &fielded{Name: "fields", A: 5}},
		{object("fields", pickle.Object{State: pickle.Tuple{nil, pickle.NewDict("a", 5)}}), &fielded{Name: "fields", A: 5}},
		{object("fields", pickle.Object{Pairs: []pickle.Pair{{Key: "a", Value: 6}}}), &fielded{Name: "fields", A: 6}},
		{object("fields", pickle.Object{State: pickle.NewDict("a", "no")}), nil},
		{object("fields", pickle.Object{State: 5}), nil},
		{object("fields", pickle.Object{Items: []any{1}}), nil},
		{object("list", pickle.Object{Items: []any{int64(1), "x"}}), listed{"first", int64(1), "x"}},
		{object("list", pickle.Object{Pairs: pairs}), nil},
		{object("list", pickle.Object{State: words()}), nil},
		{object("map", pickle.Object{Pairs: pairs}), mapped{"k": int64(1)}},
		{object("map", pickle.Object{Items: []any{1}}), nil},
		{object("dict", pickle.Object{Pairs: pairs}), pickle.NewDict("first", 1, "k", 1)},
		{object("number", pickle.Object{State: words()}), nil},
		{object("number", pickle.Object{Items: []any{1}}), nil},
		{object("nil", pickle.Object{State: words()}), nil},
		{object("nil", pickle.Object{Items: []any{1}}), nil},
		{object("none", pickle.Object{State: words()}), nil},
	} {
		data := marshalled(t, tt.object)
		var v any
		err := pickle.Unmarshal(data, &v, pickle.WithRegistry(r))
		var e *pickle.UnmarshalTypeError
		if tt.want == nil {
			if !errors.As(err, &e) || v != nil {
				t.Errorf("%v: %v, %v, want an error", tt.object, v, err)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, v, exceptionOptions); err != nil || diff != "" {
			t.Errorf("%v: %v\n%s", tt.object, err, diff)
		}
	}
	// The state and the items refer to the object.
	for _, name := range []string{"setter", "fields"} {
		o := object(name, pickle.Object{})
		o.State = pickle.NewDict("self", o, "next", o, "words", []any{})
		var v any
		if err := pickle.Unmarshal(marshalled(t, o), &v, pickle.WithRegistry(r)); err != nil {
			t.Fatal(err)
		}
		switch x := v.(type) {
		case *stateful:
			if x.Self != v {
				t.Errorf("%s: %p is not %p", name, x.Self, v)
			}
		case *fielded:
			if x.Next != v {
				t.Errorf("%s: %p is not %p", name, x.Next, v)
			}
		default:
			t.Errorf("%T", v)
		}
	}
	// A slice is not known before it has its items.
	o := object("list", pickle.Object{})
	o.Items = []any{o}
	if err := pickle.Unmarshal(marshalled(t, o), new(any), pickle.WithRegistry(r)); !errors.Is(err, pickle.ErrCycle) {
		t.Errorf("a slice in itself: %v", err)
	}
}

// TestFunctionCycle: the arguments of a call contain what it returns.
func TestFunctionCycle(t *testing.T) {
	r := functions(t, map[string]any{"f": func(v any) *argued { return new(argued) }})
	// l = []; x = f(l); l.append(x), as POP and GET can have it.
	data := []byte("cm\nf\n((lp0\ntRp1\n0g0\ng1\na0g1\n.")
	var v any
	if err := pickle.Unmarshal(data, &v, pickle.WithRegistry(r)); err == nil {
		if _, ok := v.(*argued); !ok {
			t.Errorf("%T", v)
		}
	} else {
		var e *pickle.UnmarshalTypeError
		if !errors.Is(err, pickle.ErrCycle) || !errors.As(err, &e) || e.Path != "args[0][0]" || v != nil {
			t.Errorf("%v, %v", err, v)
		}
	}
	if err := pickle.Unmarshal(data, new(*argued), pickle.WithRegistry(r)); !errors.Is(err, pickle.ErrCycle) {
		t.Errorf("into a pointer: %v", err)
	}
	deep := append(bytes.Repeat([]byte("cm\nf\n("), 20000), "N"+strings.Repeat("tR", 20000)+"."...)
	var limit *pickle.LimitError
	if err := pickle.Unmarshal(deep, &v, pickle.WithRegistry(r)); !errors.As(err, &limit) {
		t.Errorf("calls in calls: %v", err)
	}
}

// TestFunctionShared: an object is made once, whatever it is decoded into, and
// also if it is nil.
func TestFunctionShared(t *testing.T) {
	calls := 0
	r := functions(t, map[string]any{
		"pointer": func() *argued { calls++; return new(argued) },
		"nil":     func() any { calls++; return nil },
		"number":  func() int { calls++; return calls },
	})
	for _, name := range []string{"pointer", "nil", "number"} {
		data := []byte("(lcm\n" + name + "\n(tRp1\nag1\nag1\na.")
		for _, target := range []any{new(any), new([]any), new([3]any), new([]*argued), new([]argued), new([]int)} {
			if name == "pointer" && fmt.Sprintf("%T", target) == "*[]int" || name == "number" && strings.Contains(fmt.Sprintf("%T", target), "argued") {
				continue
			}
			calls = 0
			if err := pickle.Unmarshal(data, target, pickle.WithRegistry(r)); err != nil || calls != 1 {
				t.Errorf("%s into %T: %d calls, %v", name, target, calls, err)
			}
			if p, ok := target.(*[]*argued); ok && ((*p)[0] != (*p)[1] || (*p)[0] != (*p)[2]) {
				t.Errorf("%s: different pointers", name)
			}
		}
	}
}

// shape is an interface, to be the result of a function and a target.
type shape interface{ Area() float64 }

type square struct{ Side float64 }

func (s square) Area() float64 { return s.Side * s.Side }

type circle struct{ Radius float64 }

func (c *circle) Area() float64 { return 3 * c.Radius * c.Radius }

// TestFunctionResults: a result goes into its type, pointers to it, interfaces,
// and types that it can be converted to.
func TestFunctionResults(t *testing.T) {
	r := functions(t, map[string]any{
		"square": func(s float64) square { return square{s} },
		"circle": func(r float64) *circle { return &circle{r} },
		"shape":  func(s float64) shape { return square{s} },
		"int":    func() int { return 300 },
		"string": func() namedString { return "text" },
		"bytes":  func() [2]byte { return [2]byte{1, 2} },
		"nil":    func() shape { return nil },
		"typed":  func() *circle { return nil },
	})
	type myInt int16
	type myBytes [2]byte
	for _, tt := range []struct {
		call []byte
		into any // what it becomes in a target of this type; an error: it does not fit
		fits bool
	}{
		{callOf(t, "square", 2.0), square{2}, true},
		{callOf(t, "square", 2.0), &square{2}, true},
		{callOf(t, "square", 2.0), circle{}, false},
		{callOf(t, "square", 2.0), "", false},
		{callOf(t, "square", 2.0), map[string]any{}, false},
		{callOf(t, "circle", 2.0), &circle{2}, true},
		{callOf(t, "circle", 2.0), circle{2}, true},
		{callOf(t, "circle", 2.0), pickle.Object{Class: pickle.Global{Module: "m", Name: "circle"}, Args: pickle.Tuple{2.0}}, true},
		{callOf(t, "shape", 2.0), square{2}, true},
		{callOf(t, "shape", 2.0), circle{}, false},
		{callOf(t, "int"), myInt(300), true},
		{callOf(t, "int"), 300.0, true},
		{callOf(t, "int"), uint8(0), false},
		{callOf(t, "int"), "", false},
		{callOf(t, "string"), "text", true},
		{callOf(t, "string"), shapeColor("text"), true},
		{callOf(t, "bytes"), myBytes{1, 2}, true},
		{callOf(t, "nil"), square{}, true},
		{callOf(t, "nil"), (*square)(nil), true},
		{callOf(t, "typed"), circle{}, true},
		{callOf(t, "typed"), (*circle)(nil), true},
	} {
		diff, err := decodedAs(tt.call, tt.into, r)
		var e *pickle.UnmarshalTypeError
		if tt.fits && (err != nil || diff != "") || !tt.fits && !errors.As(err, &e) {
			t.Errorf("%q into %T: %v\n%s", tt.call, tt.into, err, diff)
		}
	}
	var shapes []shape
	all := []byte("(lcm\nsquare\n(F2\ntRacm\ncircle\n(F2\ntRacm\nshape\n(F3\ntRacm\nnil\n(tRaNa.")
	if err := pickle.Unmarshal(all, &shapes, pickle.WithRegistry(r)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]shape{square{2}, &circle{2}, square{3}, nil, nil}, shapes); diff != "" {
		t.Error(diff)
	}
	var e *pickle.UnmarshalTypeError
	if err := pickle.Unmarshal([]byte("(lcm\nint\n(tRa."), &shapes, pickle.WithRegistry(r)); !errors.As(err, &e) || e.Path != "[0]" {
		t.Errorf("an int as a shape: %v", err)
	}
}

// celsius stands for a type of another package.
type celsius struct{ Degrees float64 }

// TestReduces: what f returns is written, for values and pointers, and read
// again.
func TestReduces(t *testing.T) {
	r := pickle.NewRegistry()
	global := pickle.Global{Module: "m", Name: "Celsius"}
	err := r.RegisterFunc("m.Celsius", func(d float64) celsius { return celsius{d} }, pickle.Reduces(func(c celsius) (pickle.Reduction, error) {
		if c.Degrees < -273 {
			return pickle.Reduction{}, errRefused
		}
		return pickle.Reduction{Callable: global, Args: pickle.Tuple{c.Degrees}}, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	err = r.RegisterFunc("m.Circle", func(d float64) *circle { return &circle{d} }, pickle.Reduces(func(c *circle) (pickle.Reduction, error) {
		return pickle.Reduction{Callable: pickle.Global{Module: "m", Name: "Circle"}, Args: pickle.Tuple{c.Radius}}, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	c := &circle{1}
	v := []any{celsius{20}, &celsius{21}, c, c, circle{2}, (*circle)(nil), []circle{{3}}, map[string]celsius{"k": {22}}}
	data := marshalled(t, v, pickle.WithRegistry(r))
	var back []any
	if err := pickle.Unmarshal(data, &back, pickle.WithRegistry(r)); err != nil {
		t.Fatal(err)
	}
	want := []any{celsius{20}, celsius{21}, &circle{1}, &circle{1}, &circle{2}, nil, []any{&circle{3}}, pickle.NewDict("k", celsius{22})}
	if diff := cmp.Diff(want, back, exceptionOptions); diff != "" {
		t.Error(diff)
	}
	if back[2] != back[3] {
		t.Error("a pointer is two objects")
	}
	var e *pickle.MarshalError
	if _, err := pickle.Marshal([]any{1, celsius{-300}}, pickle.WithRegistry(r)); !errors.Is(err, errRefused) || !errors.As(err, &e) || e.Path != "[1]" {
		t.Errorf("the error of a reduce function: %v", err)
	}
}

// TestRegisterFuncRefused: functions that cannot be registered, and conflicts,
// whose errors name both sides.
func TestRegisterFuncRefused(t *testing.T) {
	reduce := pickle.Reduces(func(c celsius) (pickle.Reduction, error) { return pickle.Reduction{}, nil })
	base := pickle.NewRegistry()
	for _, err := range []error{
		base.RegisterFunc("m.f", func() int { return 1 }, reduce),
		base.Register("m.Class", square{}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		fn   any
		opts []pickle.FuncOption
		want []string
	}{
		{"f", func() int { return 1 }, nil, []string{`"f" is not module.Class`}},
		{"m.g", 5, nil, []string{"int is no function"}},
		{"m.g", nil, nil, []string{"is no function"}},
		{"m.g", (func() int)(nil), nil, []string{"is no function"}},
		{"m.g", func() {}, nil, []string{"func() does not return one value"}},
		{"m.g", func() (int, int) { return 1, 1 }, nil, []string{"does not return one value"}},
		{"m.g", func() (int, int, error) { return 1, 1, nil }, nil, []string{"does not return one value"}},
		{"m.g", func() error { return nil }, nil, []string{"error"}},
		{"m.g", func() chan int { return nil }, nil, []string{"chan int"}},
		{"m.f", func() string { return "" }, nil, []string{"m.f", "func() int", "func() string"}},
		{"m.Class", func() string { return "" }, nil, []string{"m.Class", "pickle_test.square", "func() string"}},
		{"m.g", func() string { return "" }, []pickle.FuncOption{reduce}, []string{"m.g", "pickle_test.celsius", "m.f"}},
		{"m.g", func() string { return "" }, []pickle.FuncOption{pickle.Reduces(func(square) (pickle.Reduction, error) { return pickle.Reduction{}, nil })}, []string{"m.g", "pickle_test.square", "m.Class"}},
		{"m.g", func() string { return "" }, []pickle.FuncOption{pickle.Reduces(func(int) (pickle.Reduction, error) { return pickle.Reduction{}, nil })}, []string{"int"}},
		{"m.g", func() string { return "" }, []pickle.FuncOption{pickle.Reduces(func(shape) (pickle.Reduction, error) { return pickle.Reduction{}, nil })}, []string{"interface"}},
	} {
		err := base.RegisterFunc(tt.name, tt.fn, tt.opts...)
		if err == nil {
			t.Errorf("%s for %T was registered", tt.name, tt.fn)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s for %T: %v, want %q in it", tt.name, tt.fn, err, want)
			}
		}
	}
	for name, err := range map[string]error{
		"the name":   base.Register("m.f", circle{}),
		"the type":   base.Register("m.Celsius", celsius{}),
		"the global": base.Register("m.Other", circle{}, pickle.Alias("m.f")),
	} {
		if err == nil || !strings.Contains(err.Error(), "m.f") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A layer on top may have others.
	top := base.Layer()
	if err := top.RegisterFunc("m.f", func() string { return "top" }, reduce); err != nil {
		t.Fatal(err)
	}
	for r, want := range map[*pickle.Registry]any{base: 1, top: "top"} {
		var v any
		if err := pickle.Unmarshal([]byte("cm\nf\n(tR."), &v, pickle.WithRegistry(r)); err != nil || v != want {
			t.Errorf("%v, %v, want %v", v, err, want)
		}
	}
	top.Freeze()
	if err := top.RegisterFunc("m.g", func() int { return 1 }); err == nil {
		t.Error("a frozen registry took a function")
	}
	defer func() {
		if recover() == nil {
			t.Error("RegisterFunc did not panic")
		}
	}()
	pickle.RegisterFunc("no name", nil)
}

// reduced is a shapes.Reduce of Python: arguments, then a list, a dict and a state.
type reduced struct {
	Args  []any
	Items []any
	Map   map[string]any
	State any
}

func (r *reduced) SetState(v pickle.Value) (err error) {
	r.State, err = v.Any()
	return err
}

type newArgs struct {
	Args   []any
	Kwargs map[string]any
}

// TestLiveFunctions: Python's calls become what Go's functions return, at every
// protocol, and what they reduce to is the same in Python.
func TestLiveFunctions(t *testing.T) {
	r := pickle.NewRegistry()
	newArgsEx := pickle.Global{Module: "shapes", Name: "NewArgsEx"}
	for _, err := range []error{
		r.RegisterFunc("shapes.NewArgsEx", func(a any, kwargs map[string]any) *newArgs { return &newArgs{[]any{a}, maps.Clone(kwargs)} },
			pickle.Reduces(func(n *newArgs) (pickle.Reduction, error) {
				return pickle.Reduction{Callable: &pickle.Partial{Func: newArgsEx, Args: n.Args, Kwargs: pickle.NewDict("b", n.Kwargs["b"])}}, nil
			})),
		r.RegisterFunc("shapes.Reduce", func(args ...any) *reduced { return &reduced{Args: args} }, pickle.Reduces(func(x *reduced) (pickle.Reduction, error) {
			return pickle.Reduction{Callable: pickle.Global{Module: "shapes", Name: "Reduce"}, Args: x.Args, State: x.State}, nil
		})),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		if protocol < 2 {
			return // NEWOBJ_EX has no form there
		}
		source := "n = shapes.NewArgsEx(1, b=[2]); x = shapes.Reduce(3, u'y'); x.state = {u's': n}; value = [n, x, x, n]"
		data, err := python.Dumps(source, protocol)
		if err != nil {
			t.Fatal(err)
		}
		var v []any
		if version == "2.7" { // which knows no __getnewargs_ex__
			return
		}
		if err := pickle.Unmarshal(data, &v, pickle.WithRegistry(r)); err != nil {
			t.Fatal(err)
		}
		n := &newArgs{[]any{int64(1)}, map[string]any{"b": []any{int64(2)}}}
		x := &reduced{Args: []any{int64(3), "y"}, State: pickle.NewDict("s", n)}
		if diff := cmp.Diff([]any{n, x, x, n}, v, exceptionOptions); diff != "" || v[0] != v[3] || v[1] != v[2] {
			t.Errorf("-want +got:\n%s", diff)
		}
		again := marshalled(t, v[1:3], pickle.Protocol(protocol), pickle.WithRegistry(r))
		want, err := python.Dumps("import functools; x = shapes.Reduce(3, u'y'); x.state = {u's': shapes.NewArgsEx(1, b=[2])}; value = [x, x]", protocol)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := python.Same(again, want, protocol); err != nil || !ok {
			t.Errorf("another value in Python: %v\n got  %q\n want %q", err, again, want)
		}
	})
}

// decodedAs decodes data into a new target of the type of want, and returns how
// that differs from want.
func decodedAs(data []byte, want any, r *pickle.Registry) (string, error) {
	p := reflect.New(reflect.TypeOf(want))
	if err := pickle.Unmarshal(data, p.Interface(), pickle.WithRegistry(r)); err != nil {
		return "", err
	}
	return cmp.Diff(want, p.Elem().Interface(), exceptionOptions), nil
}

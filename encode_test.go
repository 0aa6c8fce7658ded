package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"math/big"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/vm"
)

// marshalAll marshals v at every protocol and returns the pickle of the highest.
func marshalAll(t *testing.T, v any, opts ...pickle.Options) []byte {
	t.Helper()
	var data []byte
	for p := range pickle.HighestProtocol + 1 {
		var err error
		if data, err = pickle.Marshal(v, append(opts, pickle.Protocol(p))...); err != nil {
			t.Fatalf("protocol %d: %v", p, err)
		}
	}
	return data
}

// roundTrip marshals v and returns what it is as an any.
func roundTrip(t *testing.T, v any, opts ...pickle.Options) any {
	t.Helper()
	data, err := pickle.Marshal(v, opts...)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := pickle.Unmarshal(data, &out, opts...); err != nil {
		t.Fatalf("%v: %q", err, data)
	}
	return out
}

func checkRepr(t *testing.T, v any, want string, opts ...pickle.Options) {
	t.Helper()
	if got := pickle.Repr(roundTrip(t, v, opts...)); got != want {
		t.Errorf("%#v is written as %s, want %s", v, got, want)
	}
}

type (
	selfPointer *selfPointer
	selfSlice   []selfSlice
	selfMap     map[string]selfMap
	chanField   struct {
		A map[string][]chan int `pickle:"a"`
	}
	badKey struct{ A int }
)

// TestMarshalErrors: what cannot be written is a MarshalError that says where.
func TestMarshalErrors(t *testing.T) {
	for name, c := range map[string]struct {
		v          any
		path, text string
		typ        reflect.Type
		opts       []pickle.Options
	}{
		"Chan":            {make(chan int), "", "chan", reflect.TypeFor[chan int](), nil},
		"NilChan":         {(chan int)(nil), "", "chan", nil, nil},
		"Func":            {func() {}, "", "func", reflect.TypeFor[func()](), nil},
		"UnsafePointer":   {unsafe.Pointer(new(int)), "", "unsafe.Pointer", nil, nil},
		"InSlice":         {[]any{1, []any{func() {}}}, "[1][0]", "func", nil, nil},
		"InTypedSlice":    {[]chan int{nil}, "[0]", "chan", nil, nil},
		"InArray":         {[1]chan int{}, "[0]", "chan", nil, nil},
		"InMap":           {map[string]any{"a": func() {}}, `["a"]`, "func", nil, nil},
		"InIntMap":        {map[int]func(){-3: nil}, `[-3]`, "func", nil, nil},
		"InStructMap":     {map[positional]func(){{}: nil}, `[pickle_test.positional]`, "func", nil, nil},
		"InAnyMap":        {map[any]func(){nil: nil}, `[None]`, "func", nil, nil},
		"InField":         {&chanField{map[string][]chan int{"k": {nil}}}, `a["k"][0]`, "chan", nil, nil},
		"InDict":          {pickle.NewDict("a", pickle.Tuple{1, func() {}}), `["a"][1]`, "func", nil, nil},
		"InDictKey":       {map[chan int]int{make(chan int): 1}, "keys()", "chan", nil, nil},
		"InState":         {&pickle.Object{Class: pickle.Global{Module: "m", Name: "C"}, State: func() {}}, "state", "func", nil, nil},
		"InItems":         {&pickle.Object{Class: pickle.Global{Module: "m", Name: "C"}, Items: []any{func() {}}}, "[0]", "func", nil, nil},
		"InPairs":         {&pickle.Object{Class: pickle.Global{Module: "m", Name: "C"}, Pairs: []pickle.Pair{{Key: "k", Value: func() {}}}}, `["k"]`, "func", nil, nil},
		"InSeq":           {slices.Values([]any{1, func() {}}), "[1]", "func", nil, nil},
		"InSeq2":          {maps.All(map[string]any{"k": func() {}}), `["k"]`, "func", nil, nil},
		"InvalidUTF8":     {[]string{"ok", "a\xff"}, "[1]", "UTF-8", nil, nil},
		"InvalidLatin1":   {[]string{"\u0081", "\xc2A"}, "[1]", "UTF-8", nil, nil},
		"InvalidKey":      {map[string]int{"\xff": 1}, "keys()", "UTF-8", nil, nil},
		"NoSuchProtocol":  {1, "", "protocol 6", nil, []pickle.Options{pickle.Protocol(6)}},
		"EmptyGlobal":     {pickle.Global{Module: "m"}, "", "name", nil, nil},
		"NoClass":         {&pickle.Object{}, "", "name", nil, nil},
		"GlobalNewline":   {pickle.Global{Module: "m\n", Name: "n"}, "", "newline", nil, []pickle.Options{pickle.Protocol(2)}},
		"ExtensionZero":   {pickle.Extension(0), "", "extension", nil, nil},
		"ListKey":         {map[*[]int]int{{1}: 1}, "", "", nil, []pickle.Options{}},
		"StructKey":       {map[badKey]int{{1}: 2}, "keys()", "dict cannot be a key", reflect.TypeFor[badKey](), nil},
		"StructInSet":     {map[badKey]struct{}{{1}: {}}, "[0]", "dict cannot be a key", nil, nil},
		"PointerKey":      {map[*badKey]int{{1}: 2}, "keys()", "dict cannot be a key", nil, nil},
		"DictKey":         {map[*pickle.Dict]int{pickle.NewDict(): 2}, "keys()", "dict in Python cannot be a key", nil, nil},
		"SetKey":          {map[any]int{pickle.NewSet(): 2}, "keys()", "set in Python cannot be a key", nil, nil},
		"ByteArrayKey":    {map[*pickle.ByteArray]int{{1}: 2}, "keys()", "bytearray in Python cannot be a key", nil, nil},
		"MapKey":          {map[*map[string]int]int{{}: 2}, "keys()", "dict in Python cannot be a key", nil, nil},
		"PersistentFails": {[]any{1}, "", "no ID", nil, []pickle.Options{pickle.PersistentID(func(any) (any, bool, error) { return nil, false, errors.New("no ID") })}},
		"PersistentText": {[]any{1}, "[0]", "string or an integer", nil, []pickle.Options{pickle.Protocol(0), pickle.PersistentID(func(v any) (any, bool, error) {
			return 1.5, v == any(1), nil
		})}},
		"PersistentLine": {1, "", "newline", nil, []pickle.Options{pickle.Protocol(0), pickle.PersistentID(func(any) (any, bool, error) { return "a\nb", true, nil })}},
		"PersistentRef":  {pickle.PersistentRef{ID: func() {}}, "persistent_id", "func", nil, nil},
		"BufferFails":    {pickle.Buffer{}, "", "no room", nil, []pickle.Options{pickle.BufferCallback(func(pickle.Buffer) (bool, error) { return false, errors.New("no room") })}},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "ListKey" { // in a key a slice is a tuple
				checkRepr(t, c.v, "{(1,): 1}")
				return
			}
			data, err := pickle.Marshal(c.v, c.opts...)
			var e *pickle.MarshalError
			if !errors.As(err, &e) || data != nil {
				t.Fatalf("Marshal = %q, %v; want a MarshalError", data, err)
			}
			if e.Path != c.path || !strings.Contains(e.Error(), c.text) || c.typ != nil && e.Type != c.typ {
				t.Errorf("%v, path %q, type %v; want path %q, type %v, text %q", e, e.Path, e.Type, c.path, c.typ, c.text)
			}
		})
	}
}

func nest(n int, wrap func(any) any) any {
	var v any
	for range n {
		v = wrap(v)
	}
	return v
}

// cyclic are values that contain themselves in a way that no pickle has.
func cyclic() map[string]any {
	var p selfPointer
	p = &p
	var boxed any
	boxed = &boxed
	tuple := make(pickle.Tuple, 1)
	tuple[0] = tuple
	type pair struct {
		_    struct{} `pickle:",tuple"`
		Next *pair
	}
	positional := &pair{}
	positional.Next = positional
	object := &pickle.Object{Class: pickle.Global{Module: "m", Name: "C"}}
	object.Args = pickle.Tuple{object}
	callable := &pickle.Object{}
	callable.Callable = callable
	ref := &pickle.PersistentRef{}
	ref.ID = ref
	slice := &pickle.Slice{}
	slice.Start = slice
	return map[string]any{"Pointer": p, "Interface": boxed, "Tuple": tuple, "Positional": positional, "Arguments": object,
		"Callable": callable, "PersistentRef": ref, "Slice": slice, "Marshaler": &marshalsItself{}, "MarshalerValue": marshalsValue{}, "Reducer": &reducesItself{}}
}

type marshalsItself struct{ _ int }

func (m *marshalsItself) MarshalPickle() (any, error) { return m, nil }

type marshalsValue struct{}

func (m marshalsValue) MarshalPickle() (any, error) { return m, nil }

type reducesItself struct{ _ int }

func (r *reducesItself) Reduce() (pickle.Reduction, error) {
	return pickle.Reduction{Callable: pickle.Global{Module: "m", Name: "C"}, Args: pickle.Tuple{r}}, nil
}

// TestMarshalCycles: cycles that end at the memo are written, others are errors.
func TestMarshalCycles(t *testing.T) {
	isCycle := func(err error) bool {
		var limit *pickle.LimitError
		return errors.Is(err, pickle.ErrCycle) || errors.As(err, &limit)
	}
	for name, v := range cyclic() {
		for p := range pickle.HighestProtocol + 1 {
			_, err := pickle.Marshal(v, pickle.Protocol(p), pickle.MaxDepth(1<<30))
			if p == 0 && name == "PersistentRef" && err != nil {
				continue // text cannot contain itself
			}
			if !isCycle(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	m := selfMap{}
	m["a"] = m
	s := make(selfSlice, 1)
	s[0] = s
	r := &ring{}
	r.Next = r
	d := pickle.NewDict()
	d.Set("d", d)
	o := &pickle.Object{Class: pickle.Global{Module: "m", Name: "C"}}
	o.State = o
	list := []any{nil}
	tuple := pickle.Tuple{list}
	list[0] = tuple
	for name, v := range map[string]any{"map": m, "slice": s, "struct": r, "dict": d, "object": o, "tuple": tuple} {
		marshalAll(t, v)
		if _, err := pickle.Marshal(v, pickle.NoMemo(true)); !errors.Is(err, pickle.ErrCycle) {
			t.Errorf("%s with NoMemo: %v", name, err)
		}
		// The same deep inside, where cycles are looked for.
		deep := nest(400, func(x any) any {
			if x == nil {
				return []any{v}
			}
			return []any{x}
		})
		marshalAll(t, deep)
	}
}

// TestMarshalDeep: what is nested too deeply is a LimitError, and never overflows the
// stack, whatever MaxDepth says.
func TestMarshalDeep(t *testing.T) {
	type link struct{ Next *link }
	chain := func(n int) any {
		var l *link
		for range n {
			l = &link{l}
		}
		return l
	}
	pointers := func(n int) any {
		return nest(n, func(v any) any { return &v })
	}
	wraps := map[string]func(n int) any{
		"list":  func(n int) any { return nest(n, func(v any) any { return []any{v} }) },
		"tuple": func(n int) any { return nest(n, func(v any) any { return pickle.Tuple{v} }) },
		"map":   func(n int) any { return nest(n, func(v any) any { return map[int]any{1: v} }) },
		"fast":  func(n int) any { return nest(n, func(v any) any { return map[string]any{"a": v} }) },
		"reduce": func(n int) any {
			return nest(n, func(v any) any {
				return &pickle.Object{Class: pickle.Global{Module: "m", Name: "C"}, Args: pickle.Tuple{v}}
			})
		},
		"struct": chain, "pointers": pointers,
	}
	for name, wrap := range wraps {
		levels := 1 // of a unit of wrap
		switch name {
		case "reduce":
			levels = 3
		case "pointers": // and interfaces
			levels = 2
		}
		for _, c := range []struct {
			depth, most int
			fits        bool
		}{{50, 100, true}, {90, 100, levels == 1}, {101, 100, false}, {10_001, 0, false}, {9_000 / levels, 0, true}, {300_000, 1 << 30, false}} {
			opts := []pickle.Options{pickle.MaxDepth(c.most)}
			if c.most == 0 {
				opts = nil
			}
			_, err := pickle.Marshal(wrap(c.depth), opts...)
			var limit *pickle.LimitError
			if c.fits != (err == nil) && !(levels > 1 && c.depth == 50) || err != nil && (!errors.As(err, &limit) || limit.Limit != "depth") {
				t.Errorf("%s: depth %d, MaxDepth %d: %v", name, c.depth, c.most, err)
			}
		}
	}
	if testing.Short() {
		return
	}
	var limit *pickle.LimitError
	if _, err := pickle.Marshal(chain(2_000_000), pickle.MaxDepth(math.MaxInt)); !errors.As(err, &limit) {
		t.Error(err)
	}
	if _, err := pickle.Marshal(pointers(2_000_000)); !errors.As(err, &limit) {
		t.Error(err)
	}
}

// TestMarshalMaxSize: MaxSize bounds what is written, so that what has no memo cannot
// grow without end.
func TestMarshalMaxSize(t *testing.T) {
	v := nest(60, func(v any) any { return []any{v, v} })
	var limit *pickle.LimitError
	if _, err := pickle.Marshal(v, pickle.NoMemo(true), pickle.MaxSize(1<<20)); !errors.As(err, &limit) || limit.Limit != "size" {
		t.Error(err)
	}
	if _, err := pickle.Marshal(v, pickle.MaxSize(1<<20)); err != nil {
		t.Error(err)
	}
	if _, err := pickle.Marshal("12345", pickle.MaxSize(5)); !errors.As(err, &limit) {
		t.Error(err)
	}
}

// TestMapOrder: maps are written in an order that depends on their keys alone.
func TestMapOrder(t *testing.T) {
	type key struct {
		_ struct{} `pickle:",tuple"`
		A string
		B float64
	}
	nan := math.NaN()
	for want, v := range map[string]any{
		"{'': 1, 'B': 3, 'a': 2}":                       map[string]int{"": 1, "a": 2, "B": 3},
		"{-5: 1, 2: 3, 10: 2}":                          map[int8]int{-5: 1, 10: 2, 2: 3},
		"{5: 1, 200: 2}":                                map[uint8]int{200: 2, 5: 1},
		"{nan: 0, -1.5: 1, 2.0: 2}":                     map[float64]int{2: 2, nan: 0, -1.5: 1},
		"{False: 0, True: 1}":                           map[bool]int{true: 1, false: 0},
		"{1j: 1, (1+0j): 2, (1+2j): 3}":                 map[complex128]int{1: 2, 1i: 1, 1 + 2i: 3},
		"{('a', 1.0): 1, ('a', 2.0): 2, ('b', 0.0): 3}": map[key]int{{A: "b"}: 3, {A: "a", B: 2}: 2, {A: "a", B: 1}: 1},
		"{(1, 2): 1, (1, 3): 2}":                        map[[2]int]int{{1, 3}: 2, {1, 2}: 1},
		"{None: 0, True: 1, 1.5: 3, 2: 2, 2.5: 4, (3,): 7, 'b': 6, 'a': 5}": map[any]int{
			nil: 0, true: 1, 2: 2, float32(1.5): 3, 2.5: 4, "a": 5, namedString("b"): 6, [1]int{3}: 7},
		"{('x', None): 1, ('x', 1): 2}":      map[[2]any]int{{"x", 1}: 2, {"x", nil}: 1},
		"{builtins.int: 1, builtins.str: 2}": map[pickle.Global]int{{Module: "builtins", Name: "str"}: 2, {Module: "builtins", Name: "int"}: 1},
		"{b'a': 1, b'b': 2}":                 map[[1]byte]int{{'b'}: 2, {'a'}: 1},
		"frozenset({1, 2, 3})":               pickle.NewFrozenSet(1, 2, 3),
		"{frozenset({1}): 1}":                map[*map[int]struct{}]int{{1: {}}: 1},
		"{b'x': 1}":                          map[*[]byte]int{{'x'}: 1},
		"{'1.5': 1}":                         map[*big.Float]int{big.NewFloat(1.5): 1},
	} {
		for range 3 {
			checkRepr(t, v, want)
		}
	}
	same := map[string]int{}
	for i := range 200 {
		same[fmt.Sprint(i)] = i
	}
	first := marshalAll(t, same)
	if !bytes.Equal(first, marshalAll(t, maps.Clone(same))) {
		t.Error("equal maps are not written alike")
	}
	var back map[string]int
	unordered, err := pickle.Marshal(same, pickle.Deterministic(false))
	if err != nil || pickle.Unmarshal(unordered, &back) != nil || !maps.Equal(same, back) {
		t.Errorf("Deterministic(false): %v", err)
	}
	loose := map[any]any{1: "a", "b": [2]int{3, 4}}
	unordered, err = pickle.Marshal(loose, pickle.Deterministic(false))
	if err != nil || len(unordered) != len(marshalAll(t, loose)) {
		t.Errorf("Deterministic(false): %v", err)
	}
}

// TestFastPathsAgree: elements that are asked about, or whose type has a name,
// are written like those that are not.
func TestFastPathsAgree(t *testing.T) {
	type (
		strs   []string
		int64s []int64
		ints   []int
		int32s []int32
		floats []float64
		bools  []bool
		anys   map[string]any
		texts  map[string]string
		counts map[string]int
		longs  map[string]int64
		sizes  map[string]float64
	)
	asked := pickle.PersistentID(func(any) (any, bool, error) { return nil, false, nil })
	for _, c := range [][2]any{
		{[]string{"a", "b", "bc", "bc"}, strs{"a", "b", "bc", "bc"}}, {[]int64{1, 1 << 40}, int64s{1, 1 << 40}}, {[]int{-1}, ints{-1}}, {[]int32{1, 2}, int32s{1, 2}},
		{[]float64{1, math.NaN()}, floats{1, math.NaN()}}, {[]bool{true}, bools{true}}, {[]string(nil), strs(nil)}, {[]string{}, strs{}},
		{map[string]any{"b": []any{1}, "a": nil}, anys{"b": []any{1}, "a": nil}}, {map[string]string{"x": "x"}, texts{"x": "x"}},
		{map[string]int{"b": 1, "a": 2}, counts{"b": 1, "a": 2}}, {map[string]int64{"b": 1}, longs{"b": 1}}, {map[string]float64{"b": 1}, sizes{"b": 1}},
		{map[string]any(nil), anys(nil)}, {slices.Repeat([]int64{7}, 2001), int64s(slices.Repeat([]int64{7}, 2001))},
	} {
		fast := marshalAll(t, []any{c[0], c[0], &c[0]})
		if slow := marshalAll(t, []any{c[1], c[1], &c[1]}); !bytes.Equal(fast, slow) {
			t.Errorf("%T\n %q\n %q", c[0], fast, slow)
		}
		if slow := marshalAll(t, []any{c[0], c[0], &c[0]}, asked); !bytes.Equal(fast, slow) {
			t.Errorf("%T with PersistentID\n %q\n %q", c[0], fast, slow)
		}
	}
}

// TestPersistentIDAsks: about every value, pointers as such, nothing twice.
func TestPersistentIDAsks(t *testing.T) {
	n := 1
	v := []any{&n, pickle.Tuple{"a"}, map[string]*int{"k": &n}, struct{ F any }{true}}
	var asked []string
	_, err := pickle.Marshal(v, pickle.PersistentID(func(v any) (any, bool, error) {
		asked = append(asked, fmt.Sprintf("%T", v))
		return nil, false, nil
	}))
	want := "[]interface {} *int pickle.Tuple string map[string]*int string *int struct { F interface {} } bool"
	if got := strings.Join(asked, " "); err != nil || got != want {
		t.Errorf("%v:\n got  %s\n want %s", err, got, want)
	}
}

// TestPoolKeepsNothing: calls at the same time do not see one another.
func TestPoolKeepsNothing(t *testing.T) {
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				v := map[string]any{"g": g, "i": []any{i, strings.Repeat("x", i)}}
				if i%7 == 0 {
					v["bad"] = []any{make(chan int)}
				}
				data, err := pickle.Marshal(v, pickle.Protocol(i%6))
				if (err != nil) != (i%7 == 0) {
					t.Error(err)
					return
				}
				var back struct {
					G int   `pickle:"g"`
					I []any `pickle:"i"`
				}
				if err == nil && (pickle.Unmarshal(data, &back) != nil || back.G != g || back.I[0] != int64(i)) {
					t.Errorf("%v", back)
				}
			}
		})
	}
	wg.Wait()
}

// TestFalseCycle: a failure in the depth leaves no trace for the next call.
func TestFalseCycle(t *testing.T) {
	bad := any(make(chan int))
	l := []any{bad}
	deep := nest(300, func(x any) any {
		if x == nil {
			return pickle.Tuple{l}
		}
		return pickle.Tuple{x}
	})
	enc := pickle.NewEncoder(io.Discard)
	for i := range 4 {
		l[0] = 1
		if i%2 == 0 {
			l[0] = bad
		}
		if err := enc.Encode(deep); (err != nil) != (i%2 == 0) {
			t.Error(err)
		}
	}
}

// TestByteKinds: arrays and slices of bytes under other names.
func TestByteKinds(t *testing.T) {
	type octet byte
	for want, v := range map[string]any{
		"[b'\\x01\\x02', b'\\x03']":    []any{[]octet{1, 2}, [1]octet{3}},
		"['text of 1', ['text of 2']]": []any{freshText(1), []freshText{2}},
		"[['<1>'], ['<2>']]":           []any{[]textByte{1}, [1]textByte{2}},
		"[b'', b'', None]":             []any{[0]byte{}, &[0]byte{}, (*[3]byte)(nil)},
	} {
		checkRepr(t, v, want)
	}
}

type textByte byte

func (b textByte) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "<%d>", byte(b)), nil }

// TestObjectErrors: what cannot be written is found in every part of an Object
// of every form.
func TestObjectErrors(t *testing.T) {
	bad := make(chan int)
	class := pickle.Global{Module: "m", Name: "C"}
	for form := vm.FormReduce; form <= vm.FormItself; form++ {
		for name, o := range map[string]*pickle.Object{
			"class":    {},
			"callable": {Callable: bad},
			"args":     {Class: class, Args: pickle.Tuple{bad}},
			"kwargs":   {Class: class, Kwargs: pickle.NewDict("k", bad)},
			"state":    {Class: class, State: bad},
			"earlier":  {Class: class, Earlier: []any{bad}},
			"items":    {Class: class, Items: []any{bad}},
			"adds":     {Class: class, Items: []any{bad}, Adds: true},
			"pairs":    {Class: class, Pairs: []pickle.Pair{{Key: "k", Value: bad}}},
			"keys":     {Class: class, Pairs: []pickle.Pair{{Key: bad}}},
			"setter":   {Class: class, Setter: bad, State: 1},
			"set to":   {Class: class, Setter: class, State: bad},
			"no":       {Class: class, Args: pickle.Tuple{1}, Kwargs: pickle.NewDict("k", 1), State: 1, Items: []any{1}, Pairs: []pickle.Pair{{Key: 1}}},
			"deep":     {Class: class, Args: pickle.Tuple{pickle.NewFrozenSet(pickle.Tuple{class, pickle.Global{}})}},
		} {
			o.Form, o.Base = form, pickle.Global{Module: "builtins", Name: "list"}
			for p := range pickle.HighestProtocol + 1 {
				_, err := pickle.Marshal(o, pickle.Protocol(p))
				var e *pickle.MarshalError
				unused := name == "kwargs" && form != vm.FormNewObjEx || (name == "args" || name == "deep") && form == vm.FormItself ||
					name == "args" && form == vm.FormReconstructor && o.Base == pickle.Global{Module: "builtins", Name: "object"} && p >= 2
				switch {
				case unused || name == "no":
					if err != nil {
						t.Errorf("form %d, %s, protocol %d: %v", form, name, p, err)
					}
				case !errors.As(err, &e):
					t.Errorf("form %d, %s, protocol %d: %v", form, name, p, err)
				}
			}
		}
	}
	o := &pickle.Object{Class: class, Setter: class, State: 1}
	if _, err := pickle.Marshal(o, pickle.NoMemo(true)); err == nil {
		t.Error("a state setter is written without a memo")
	}
}

// TestLimitsOfContainers: what is too deep, or holds what is too deep, in every
// kind of container.
func TestLimitsOfContainers(t *testing.T) {
	r := pickle.NewRegistry()
	if err := r.Register("m.State", freshState{}); err != nil {
		t.Fatal(err)
	}
	if err := r.Register("m.Enum", regEnum(0), pickle.Enum()); err != nil {
		t.Fatal(err)
	}
	bad := make(chan int)
	for name, v := range map[string]any{
		"list": []any{bad}, "tuple": pickle.Tuple{bad}, "dict": pickle.NewDict(1, bad), "map": map[int]any{1: bad}, "array": [1]any{bad},
		"struct": struct{ A any }{bad}, "strings": []string{"\xff"}, "texts": map[string]string{"\xff": ""}, "text values": map[string]string{"": "\xff"},
		"set": pickle.NewSet("\xff"), "frozenset": pickle.NewFrozenSet("\xff"), "map set": map[string]struct{}{"\xff": {}},
		"seq": slices.Values([]any{bad}), "seq2": maps.All(map[string]any{"": bad}), "seq2 keys": maps.All(map[string]any{"\xff": 1}),
		"state": &freshState{1}, "enum": regEnum(1), "reducer": freshReduce(1), "marshaler": fresh{1}, "complex": 1i, "range": pickle.Range{0, 1, 1},
		"bytearray": pickle.ByteArray("x"), "global": pickle.Global{Module: "m\n", Name: "\xff"}, "persistent": pickle.PersistentRef{ID: []any{bad}},
	} {
		for p := range pickle.HighestProtocol + 1 {
			for depth := range 4 {
				_, err := pickle.Marshal([]any{v}, pickle.Protocol(p), pickle.MaxDepth(depth), pickle.WithRegistry(r))
				var e *pickle.MarshalError
				if err != nil && !errors.As(err, &e) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

// TestOwnTypes: the types of this package by value, by pointer, and nil.
func TestOwnTypes(t *testing.T) {
	value, err := pickle.Parse([]byte("]K\x01a."))
	if err != nil {
		t.Fatal(err)
	}
	r, s, c := pickle.Range{1, 2, 3}, pickle.Slice{1, 2, 3}, 1i
	holder := new(struct {
		D pickle.Dict
		S pickle.Set
	})
	holder.D.Set(1, 2)
	nothing := pickle.Object{Class: pickle.Global{Module: "m", Name: "C"}}
	for want, v := range map[string]any{
		"[[1], [1]]":                              []any{value, &value},
		"{'D': {1: 2}, 'S': set()}":               holder,
		"m.C()":                                   nothing,
		"[None, None, None, None, None]":          []any{(*pickle.Object)(nil), (*pickle.Set)(nil), (*big.Int)(nil), (*pickle.Range)(nil), func() iter.Seq[int] { return nil }()},
		"[range(1, 2, 3), range(1, 2, 3)]":        []any{&r, &r},
		"[slice(1, 2, 3), slice(1, 2, 3)]":        []*pickle.Slice{&s, &s},
		"[1j, 1j, (3+0j)]":                        []any{&c, &c, complex64(3)},
		"[5, 18446744073709551616]":               []any{*big.NewInt(5), new(big.Int).Lsh(big.NewInt(1), 64)},
		"[Ellipsis, NotImplemented, frozenset()]": []any{new(pickle.Ellipsis), new(pickle.NotImplemented), new(pickle.FrozenSet)},
		"[(1,), m.C, b'x', bytearray(b'y')]":      []any{&pickle.Tuple{1}, &pickle.Global{Module: "m", Name: "C"}, &[]byte{'x'}, &pickle.ByteArray{'y'}},
		"[None, None]":                            []any{iter.Seq2[int, int](nil), (*pickle.Value)(nil)},
	} {
		checkRepr(t, v, want)
	}
	text := pickle.ByteString("héllo")
	for p := range 3 {
		data, err := pickle.Marshal([]any{text, text}, pickle.Protocol(p))
		if err != nil {
			t.Fatal(err)
		}
		var back []pickle.ByteString
		if err := pickle.Unmarshal(data, &back, pickle.Python2Strings(pickle.Python2ByteString)); err != nil || back[0] != text || back[1] != text {
			t.Errorf("%v, %v", back, err)
		}
	}
	r1 := pickle.NewRegistry()
	if err := r1.Register("m.Byte", regByte(0), pickle.Enum()); err != nil {
		t.Fatal(err)
	}
	data, err := pickle.Marshal([]any{[]regByte{1}, [1]regByte{1}}, pickle.WithRegistry(r1))
	var back any
	if err == nil {
		err = pickle.Unmarshal(data, &back)
	}
	if got := pickle.Repr(back); err != nil || got != "[[m.Byte(1)], [m.Byte(1)]]" {
		t.Errorf("%s, %v", got, err)
	}
}

type regByte byte

// TestMarshalHidden: what cannot be seen of a struct is not lost in silence.
func TestMarshalHidden(t *testing.T) {
	type octet byte
	for _, v := range []any{struct{ octet }{1}, os.Stdout, &sync.Mutex{}, hiddenInt{x: 1}, map[string]any{"f": struct{ *os.File }{os.Stdout}}, struct{ M *sync.Mutex }{&sync.Mutex{}}} {
		var e *pickle.MarshalError
		if _, err := pickle.Marshal(v); !errors.As(err, &e) || !strings.Contains(err.Error(), "no exported fields") {
			t.Errorf("%T: %v", v, err)
		}
	}
	for _, v := range []any{hideA{&hideB{new(hideA)}}, struct{}{}, struct{ _ int }{}, struct {
		X int `pickle:"-"`
		hiddenInt
	}{}, struct {
		hiddenInt
		Y int
	}{}} {
		if _, err := pickle.Marshal(v); err != nil {
			t.Errorf("%T: %v", v, err)
		}
	}
}

type (
	hideA     struct{ *hideB }
	hideB     struct{ *hideA }
	hiddenInt struct{ x int }
)

func (h hiddenInt) String() string { return fmt.Sprint(h.x) }

// TestSharedSliceKey: a slice, which can be a key from Python 3.12 on, is one object
// as a key, too.
func TestSharedSliceKey(t *testing.T) {
	data := "]\x94(\x8c\bbuiltins\x94\x8c\x05slice\x94\x93\x94NK\x04N\x87\x94R\x94}\x94h\x05Nse."
	var v any
	if err := pickle.Unmarshal([]byte("\x80\x04"+data), &v); err != nil {
		t.Fatal(err)
	}
	again, err := pickle.Marshal(v, pickle.Protocol(4))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(withoutFrames(again)); hasAddresses && got != "\x80\x04"+data {
		t.Errorf("got  %q\nwant %q", got, "\x80\x04"+data)
	}
}

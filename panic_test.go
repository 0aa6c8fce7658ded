package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
)

// trap is a value whose hooks all panic while it is armed. As in encoding/json,
// a panic of a hook reaches the caller.
var armed bool

type (
	trapMarshal   struct{ N int }
	trapText      struct{ N int }
	trapReduce    struct{ N int }
	trapState     struct{ N int }
	trapUnmarshal struct{ N int64 }
	trapSetState  struct{ N int64 }
)

func spring() {
	if armed {
		panic("the trap")
	}
}

func (x *trapMarshal) MarshalPickle() (any, error) { spring(); return int64(x.N), nil }
func (x *trapText) MarshalText() ([]byte, error)   { spring(); return []byte(fmt.Sprint(x.N)), nil }
func (x *trapReduce) Reduce() (pickle.Reduction, error) {
	spring()
	return pickle.Reduction{Callable: pickle.Global{Module: "m", Name: "f"}, Args: pickle.Tuple{x.N}}, nil
}
func (x *trapState) GetState() (any, error)                   { spring(); return int64(x.N), nil }
func (x *trapUnmarshal) UnmarshalPickle(v pickle.Value) error { spring(); return v.Decode(&x.N) }
func (x *trapSetState) SetState(v pickle.Value) error         { spring(); return v.Decode(&x.N) }
func (x *trapText) UnmarshalText([]byte) error                { spring(); return nil }

// trapped calls f, whose hooks panic.
func trapped(t *testing.T, f func() error) {
	t.Helper()
	armed = true
	defer func() {
		armed = false
		if r := recover(); r != "the trap" {
			t.Errorf("recovered %v", r)
		}
	}()
	t.Errorf("no panic, but %v", f())
}

func trapRegistry(t *testing.T) pickle.Options {
	return pickle.WithRegistry(registryOf(t, map[string]any{"m.State": trapState{}, "m.SetState": trapSetState{}}))
}

// TestPanicsOfMarshalHooks: what a panic has interrupted shows in nothing that
// is encoded later.
func TestPanicsOfMarshalHooks(t *testing.T) {
	registry := trapRegistry(t)
	options := map[string]pickle.Options{
		"PersistentID": pickle.PersistentID(func(v any) (any, bool, error) {
			if v == "x" {
				spring()
			}
			return nil, false, nil
		}),
		"BufferCallback": pickle.BufferCallback(func(pickle.Buffer) (bool, error) { spring(); return true, nil }),
	}
	shared := []any{"shared", "text"}
	for name, v := range map[string]any{
		"MarshalPickle": &trapMarshal{1}, "MarshalText": &trapText{2}, "Reduce": &trapReduce{3}, "GetState": &trapState{4},
		"PersistentID": "x", "BufferCallback": pickle.Buffer{Data: []byte("abc")},
		"Iterator": iter.Seq[int](func(yield func(int) bool) { _ = yield(1); spring() }),
	} {
		t.Run(name, func(t *testing.T) {
			// Everything there is state for comes before the hook.
			deep := any(v)
			for range 300 {
				deep = []any{deep}
			}
			v := []any{shared, pickle.Tuple{"a tuple", pickle.Tuple{pickle.Global{Module: "m", Name: "g"}, deep}}}
			plain := []any{"plain", shared, pickle.Global{Module: "m", Name: "g"}, []any{"plain"}}
			want, err := pickle.Marshal(v, registry, options[name])
			if err != nil {
				t.Fatal(err)
			}
			wantPlain, err := pickle.Marshal(plain)
			if err != nil {
				t.Fatal(err)
			}
			for range 20 { // the pool may or may not give the same encoder
				trapped(t, func() error { _, err := pickle.Marshal(v, registry, options[name]); return err })
				if got, err := pickle.Marshal(plain); err != nil || !bytes.Equal(got, wantPlain) {
					t.Fatalf("after a panic: %q, %v", got, err)
				}
				if got, err := pickle.Marshal(v, registry, options[name]); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("after a panic: %q, %v", got, err)
				}
				dst := []byte("before")
				trapped(t, func() error { _, err := pickle.Append(dst, v, registry, options[name]); return err })
			}
			for _, keep := range []bool{false, true} {
				var got, want bytes.Buffer
				opts := []pickle.Options{registry, options[name], pickle.KeepMemo(keep)}
				enc, undisturbed := pickle.NewEncoder(&got, opts...), pickle.NewEncoder(&want, opts...)
				for i, v := range []any{shared, plain, v, v} {
					if i < 3 { // what was written is only referred to
						trapped(t, func() error { return enc.Encode([]any{"not written", shared, plain, deep}) })
					}
					if err := errors.Join(enc.Encode(v), undisturbed.Encode(v)); err != nil {
						t.Fatal(err)
					}
				}
				if !bytes.Equal(got.Bytes(), want.Bytes()) {
					t.Errorf("KeepMemo %v: an Encoder after panics wrote\n%q, want\n%q", keep, got.Bytes(), want.Bytes())
				}
			}
		})
	}
}

// TestPanicsOfUnmarshalHooks: a panic leaves the target as it was, and shows in
// nothing that is decoded later.
func TestPanicsOfUnmarshalHooks(t *testing.T) {
	registry := trapRegistry(t)
	r := pickle.NewRegistry()
	if err := r.RegisterFunc("m.f", func(n int64) any { spring(); return n }); err != nil {
		t.Fatal(err)
	}
	type target struct {
		First []any          `pickle:"first"`
		U     *trapUnmarshal `pickle:"u"`
		S     any            `pickle:"s"`
		T     *trapText      `pickle:"t"`
	}
	for name, c := range map[string]struct {
		item string
		opts []pickle.Options
	}{
		"UnmarshalPickle": {"Vu\nK\x07", nil},
		"SetState":        {"Vs\ncm\nSetState\n)\x81K\x07b", []pickle.Options{registry}},
		"UnmarshalText":   {"Vt\nVtext\n", nil},
		"PersistentLoad":  {"Vs\nPid\n", []pickle.Options{pickle.PersistentLoad(func(any) (any, error) { spring(); return "loaded", nil })}},
		"RegisterFunc":    {"Vs\ncm\nf\n(K\x07tR", []pickle.Options{pickle.WithRegistry(r)}},
		"Buffers":         {"Vs\n\x97", []pickle.Options{pickle.Buffers(func(yield func([]byte) bool) { spring(); yield([]byte("abc")) })}},
	} {
		t.Run(name, func(t *testing.T) {
			p := "\x80\x05}(Vfirst\n]q\x00(Vsecret\nq\x01h\x01e" + c.item + "u."
			var want target
			if err := pickle.Unmarshal([]byte(p), &want, c.opts...); err != nil {
				t.Fatal(err)
			}
			for range 20 {
				got := target{First: []any{"old"}}
				trapped(t, func() error { return pickle.Unmarshal([]byte(p), &got, c.opts...) })
				if !reflect.DeepEqual(got, target{First: []any{"old"}}) {
					t.Fatalf("a panic has left %+v", got)
				}
				if err := pickle.Unmarshal([]byte("h\x01."), new(any)); err == nil {
					t.Fatal("the memo of what has panicked")
				}
				if err := pickle.Unmarshal([]byte(p), &got, c.opts...); err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("%+v, %v", got, err)
				}
			}
			if name == "Buffers" { // a Decoder pulls them, and the sequence has ended by its panic
				return
			}
			d := pickle.NewDecoder(strings.NewReader(p+"\x80\x05h\x01."), c.opts...)
			trapped(t, func() error { return d.Decode(new(target)) })
			if err := d.Decode(new(any)); !errors.As(err, new(*pickle.SyntaxError)) {
				t.Errorf("the next pickle sees the memo of the one that panicked: %v", err)
			}
			for _, keep := range []bool{false, true} {
				again := p
				if keep { // what the pickle that panicked has put into the memo is there, as in Python
					again = "\x80\x05h\x00."
				}
				d := pickle.NewDecoder(strings.NewReader(p+again+"\x80\x05h\x05."), append(c.opts, pickle.KeepMemo(keep))...)
				got := target{First: []any{"old"}}
				trapped(t, func() error { return d.Decode(&got) })
				if !reflect.DeepEqual(got, target{First: []any{"old"}}) {
					t.Fatalf("a panic has left %+v", got)
				}
				if !keep {
					if err := d.Decode(&got); err != nil || !reflect.DeepEqual(got, want) {
						t.Errorf("the next pickle: %+v, %v", got, err)
					}
				} else if err := d.Decode(&got.First); err != nil || !reflect.DeepEqual(got.First, want.First) {
					t.Errorf("the next pickle: %+v, %v", got.First, err)
				}
				var e *pickle.SyntaxError
				if err := d.Decode(&got); !errors.As(err, &e) || e.Offset != int64(len(p)+len(again)+2) {
					t.Errorf("the last pickle: %v", err)
				}
			}
		})
	}
}

// TestPanicOfTheWriter: what was not written is not in the memo.
func TestPanicOfTheWriter(t *testing.T) {
	var out bytes.Buffer
	w := writerFunc(func(p []byte) (int, error) { spring(); return out.Write(p) })
	enc := pickle.NewEncoder(w, pickle.KeepMemo(true))
	v := []any{"text"}
	trapped(t, func() error { return enc.Encode(v) })
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	var got any
	if err := pickle.Unmarshal(out.Bytes(), &got); err != nil || !reflect.DeepEqual(got, any(v)) {
		t.Errorf("%q: %v, %v", out.Bytes(), got, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// A hook that recovers the panic of a hook inside it goes on with what there
// was before.
type recovering struct{ First, Second any }

func (r *recovering) UnmarshalPickle(v pickle.Value) error {
	func() {
		defer func() { _ = recover() }()
		armed = true
		var x struct {
			A []any          `pickle:"a"`
			B *trapUnmarshal `pickle:"b"`
		}
		_ = v.Decode(&x)
	}()
	armed = false
	return errors.Join(v.Get("a").Decode(&r.First), v.Get("a").Decode(&r.Second))
}

func TestRecoverInHook(t *testing.T) {
	v := decode[recovering](t, "}(Va\n]q\x00(K\x01K\x02eVb\nK\x03Vc\nh\x00u.")
	a, b := v.First.([]any), v.Second.([]any)
	if len(a) != 2 || &a[0] != &b[0] || a[1] != int64(2) {
		t.Errorf("%v", v)
	}
}

// Hooks that return themselves, or each other.
type (
	selfMarshal      struct{ N *int }
	selfMarshalOther struct{ N *int }
	selfReduce       struct{ In string }
	selfState        struct{ N int }
	selfStateValue   struct{ N int }
)

func (s *selfMarshal) MarshalPickle() (any, error)     { return s, nil }
func (s selfMarshalOther) MarshalPickle() (any, error) { return selfMarshalBack(s), nil }

type selfMarshalBack selfMarshalOther

func (s selfMarshalBack) MarshalPickle() (any, error) { return selfMarshalOther(s), nil }

func (s *selfReduce) Reduce() (pickle.Reduction, error) {
	r := pickle.Reduction{Callable: pickle.Global{Module: "m", Name: "f"}}
	switch s.In {
	case "Callable":
		r.Callable = s
	case "Args":
		r.Args = pickle.Tuple{s}
	case "Items":
		r.Items = []any{s}
	case "Pairs":
		r.Pairs = []pickle.Pair{{Key: s, Value: s}}
	case "State":
		r.State = s
	}
	return r, nil
}
func (s *selfState) GetState() (any, error)     { return s, nil }
func (s selfStateValue) GetState() (any, error) { return s, nil }

// TestHooksReturnThemselves: each is right, where Python could say it, or a
// MarshalError.
func TestHooksReturnThemselves(t *testing.T) {
	registry := pickle.WithRegistry(registryOf(t, map[string]any{"m.P": selfState{}, "m.V": selfStateValue{}}))
	itself := pickle.PersistentID(func(v any) (any, bool, error) { return v, true, nil })
	inList := pickle.PersistentID(func(v any) (any, bool, error) { return []any{v}, true, nil })
	n := 1
	for name, c := range map[string]struct {
		v    any
		ok   bool
		opts []pickle.Options
	}{
		"Marshal":            {&selfMarshal{&n}, false, nil},
		"MarshalEachOther":   {selfMarshalOther{&n}, false, nil},
		"ReduceCallable":     {&selfReduce{"Callable"}, false, nil},
		"ReduceArgs":         {&selfReduce{"Args"}, false, nil},
		"ReduceItems":        {&selfReduce{"Items"}, true, nil},
		"ReducePairs":        {&selfReduce{"Pairs"}, true, nil},
		"ReduceState":        {&selfReduce{"State"}, true, nil},
		"GetState":           {&selfState{1}, true, []pickle.Options{registry}},
		"GetStateValue":      {selfStateValue{1}, false, []pickle.Options{registry}},
		"PersistentID":       {[]any{1}, false, []pickle.Options{inList}},
		"PersistentIDItself": {[]any{}, true, []pickle.Options{itself}},
		"Object":             {selfObject(func(o *pickle.Object) { o.Callable = o }), false, nil},
		"ObjectArgs":         {selfObject(func(o *pickle.Object) { o.Args = pickle.Tuple{o} }), false, nil},
		"ObjectState":        {selfObject(func(o *pickle.Object) { o.State = o }), true, nil},
		"ObjectSetter":       {selfObject(func(o *pickle.Object) { o.Setter, o.State = o, 1 }), true, nil},
		"ObjectItems":        {selfObject(func(o *pickle.Object) { o.Items = []any{o} }), true, nil},
	} {
		for p := 1; p <= pickle.HighestProtocol; p++ {
			data, err := pickle.Marshal(c.v, append(c.opts, pickle.Protocol(p))...)
			var e *pickle.MarshalError
			if c.ok {
				if err == nil {
					err = pickle.Unmarshal(data, new(any))
				}
				if err != nil {
					t.Errorf("%s, protocol %d: %v", name, p, err)
				}
			} else if !errors.As(err, &e) {
				t.Errorf("%s, protocol %d: %q, %v", name, p, data, err)
			}
		}
	}
}

func selfObject(change func(*pickle.Object)) *pickle.Object {
	o := &pickle.Object{Class: pickle.Global{Module: "m", Name: "C"}}
	change(o)
	return o
}

// nilHook has all hooks, by value; a nil pointer to it would make them panic.
type nilHook struct{ N int }

func (nilHook) MarshalPickle() (any, error)  { return 1, nil }
func (nilHook) MarshalText() ([]byte, error) { return nil, nil }

// TestNilEverywhere: a nil is None wherever it is; the zero values of this
// package's types are right, or a MarshalError.
func TestNilEverywhere(t *testing.T) {
	type nils struct {
		D *pickle.Dict
		S *pickle.Set
		O *pickle.Object
		B *big.Int
		R *big.Rat
		H *nilHook
		T *trapText
		P **int
		I any
		J fmt.Stringer
		M map[string]int
		N map[any]struct{}
		L []int
		Y []byte
		A pickle.ByteArray
		U pickle.Tuple
		Q iter.Seq[int]
		Z iter.Seq2[int, int]
	}
	v := nils{I: (*nilHook)(nil), J: (*pickle.Dict)(nil)}
	marshalAll(t, v)
	out := roundTrip(t, &v).(*pickle.Dict)
	for k, x := range out.All() {
		if x != nil && k != "U" { // a Tuple is a value in Python, too: ()
			t.Errorf("%v is %v", k, x)
		}
	}
	if out.Len() != reflect.TypeFor[nils]().NumField() {
		t.Error(out)
	}
	marshalAll(t, map[string]any{"": (*nilHook)(nil), "a": []*pickle.Set{nil}, "b": [2]*pickle.Object{}})
	marshalAll(t, pickle.Object{Class: pickle.Global{Module: "m", Name: "C"}})
	marshalAll(t, []any{pickle.FrozenSet{}, pickle.Dict{}, pickle.Set{}, pickle.Slice{}, pickle.ByteString(""), big.Int{}, pickle.Buffer{}, struct{}{}, [0]int{}})
	for _, v := range []any{pickle.Global{}, pickle.Object{}, &pickle.Object{}, pickle.Value{}, pickle.Extension(0), pickle.Range{}, reflect.ValueOf(func() {}).Interface()} {
		var e *pickle.MarshalError
		if _, err := pickle.Marshal(v); !errors.As(err, &e) {
			t.Errorf("%T: %v", v, err)
		}
		_, _ = fmt.Sprintf("%v %+v %#v", v, v, v), pickle.Repr(v)
	}
	for _, v := range []any{(*pickle.Dict)(nil), (*pickle.Set)(nil), (*pickle.Object)(nil), pickle.FrozenSet{}, pickle.Value{}} {
		_, _ = fmt.Sprintf("%v %+v %#v", v, v, v), pickle.Repr(v)
		if !pickle.Equal(v, v) {
			t.Errorf("%T does not equal itself", v)
		}
	}
	if (pickle.Value{}).Get("x").Index(1).Err() != nil || (pickle.Value{}).Len() != 0 || (pickle.Value{}).Offset() != 0 {
		t.Error("the zero Value")
	}
	for range (pickle.Value{}).All() {
		t.Error("the zero Value has items")
	}
	if err := (pickle.Value{}).Decode(new(any)); err == nil {
		t.Error("the zero Value is decoded")
	}
}

// TestNaNKeys: each NaN is a key of its own.
func TestNaNKeys(t *testing.T) {
	m := map[float64]int{math.NaN(): 1, 2: 3}
	m[math.NaN()] = 1
	d := roundTrip(t, m).(*pickle.Dict)
	if d.Len() != 3 {
		t.Error(d)
	}
	if got := pickle.Repr(m); got != "{nan: 1, nan: 1, 2.0: 3}" {
		t.Error(got)
	}
	if pickle.Equal(m, m) {
		t.Error("a map with a NaN equals itself")
	}
	marshalAll(t, map[[2]float64]bool{{math.NaN(), 1}: true, {math.NaN(), 0}: true})
	marshalAll(t, map[any]struct{}{math.NaN(): {}, complex(math.NaN(), 0): {}, "x": {}})
}

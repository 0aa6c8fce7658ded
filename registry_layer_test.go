package pickle_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/go-pickle/pickle"
)

// layers returns a registry with m.A for regA, on the standard one, and a layer
// on it.
func layers(t *testing.T) (below, above *pickle.Registry) {
	t.Helper()
	below = pickle.NewRegistry()
	register(t, below.Register("m.A", regA{}))
	return below, below.Layer()
}

func register(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// written returns v as repr with the classes that it is written as.
func written(t *testing.T, r *pickle.Registry, v any, opts ...pickle.Options) string {
	t.Helper()
	data, err := pickle.Marshal(v, append(opts, pickle.WithRegistry(r))...)
	if err != nil {
		t.Fatal(err)
	}
	var back any
	if err := pickle.Unmarshal(data, &back, pickle.WithRegistry(new(pickle.Registry))); err != nil {
		t.Fatal(err)
	}
	return pickle.Repr(back)
}

// decoded returns the type of an instance of class with the attribute X.
func decoded(t *testing.T, r *pickle.Registry, class string) string {
	t.Helper()
	module, name, _ := strings.Cut(class, ".")
	data, err := pickle.Marshal(&pickle.Object{Class: pickle.Global{Module: module, Name: name}, State: pickle.NewDict("X", 1)})
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := pickle.Unmarshal(data, &v, pickle.WithRegistry(r)); err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%T", v), "*"), "pickle_test.")
}

// TestLayers: a layer knows what is below, now and later, and hides it where it
// knows something else; what is below knows nothing of that.
func TestLayers(t *testing.T) {
	below, above := layers(t)
	top := above.Layer()
	check := func(r *pickle.Registry, class, wantType string, v any, wantWritten string) {
		t.Helper()
		if got := decoded(t, r, class); got != wantType {
			t.Errorf("%s is decoded to %s, want %s", class, got, wantType)
		}
		if got := written(t, r, v); got != wantWritten {
			t.Errorf("%T is written as %s, want %s", v, got, wantWritten)
		}
	}
	for _, r := range []*pickle.Registry{below, above, top} {
		check(r, "m.A", "regA", regA{1}, "m.A(X=1)")
		check(r, "m.B", "pickle.Object", regB{1}, "{'X': 1}")
	}
	register(t, below.Register("m.B", regB{})) // which the layers above see
	for _, r := range []*pickle.Registry{below, above, top} {
		check(r, "m.B", "regB", &regB{1}, "m.B(X=1)")
	}
	register(t, above.Register("m.New", regA{}, pickle.Alias("m.B"))) // the type and the name are others below
	for _, r := range []*pickle.Registry{above, top} {
		check(r, "m.B", "regA", regA{1}, "m.New(X=1)")
		check(r, "m.A", "regA", regB{1}, "m.B(X=1)")
	}
	check(below, "m.B", "regB", regA{1}, "m.A(X=1)")
	register(t, top.RegisterFunc("m.A", func() *regExtra { return &regExtra{} })) // a function in place of a class
	check(top, "m.A", "regExtra", regA{1}, "m.New(X=1)")
	check(above, "m.A", "regA", regA{1}, "m.New(X=1)")
	check(pickle.NewRegistry(), "m.A", "pickle.Object", regA{1}, "{'X': 1}")
}

// TestLayerExtensions: codes are hidden like names, in both directions.
func TestLayerExtensions(t *testing.T) {
	below, above := layers(t)
	register(t, below.RegisterExtension(7, "m.A"))
	a := pickle.Global{Module: "m", Name: "A"}
	code := func(r *pickle.Registry) string {
		data, err := pickle.Marshal(a, pickle.WithRegistry(r), pickle.Protocol(2))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	plain := "\x80\x02cm\nA\nq\x00."
	if got := code(above); got != "\x80\x02\x82\x07." {
		t.Errorf("through the layer: %q", got)
	}
	register(t, above.RegisterExtension(7, "m.Other"))
	if got := code(above); got != plain {
		t.Errorf("the code stands for something else: %q", got)
	}
	if got := code(below); got != "\x80\x02\x82\x07." {
		t.Errorf("below: %q", got)
	}
	var v any
	for r, want := range map[*pickle.Registry]string{above: "m.Other", below: "m.A", pickle.NewRegistry(): "extension(7)"} {
		if err := pickle.Unmarshal([]byte("\x80\x02\x82\x07."), &v, pickle.WithRegistry(r)); err != nil || pickle.Repr(v) != want {
			t.Errorf("%s, %v; want %s", pickle.Repr(v), err, want)
		}
	}
	register(t, above.RegisterExtension(9, "m.A"))
	if got := code(above); got != "\x80\x02\x82\x09." {
		t.Errorf("a code of its own: %q", got)
	}
}

// TestFreeze: nothing is registered in what is frozen; errors say what.
func TestFreeze(t *testing.T) {
	below, above := layers(t)
	below.Freeze()
	below.Freeze()
	for what, err := range map[string]error{
		"Register m.B":             below.Register("m.B", regB{}),
		"Register m.A":             below.Register("m.A", regA{}),
		"RegisterFunc m.f":         below.RegisterFunc("m.f", func() int { return 1 }),
		"RegisterExtension 8, m.B": below.RegisterExtension(8, "m.B"),
	} {
		if want := "pickle: " + what + ": the registry is frozen"; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	register(t, above.Register("m.B", regB{}))
	if got := decoded(t, above, "m.B") + decoded(t, below, "m.B") + decoded(t, below, "m.A"); got != "regBpickle.ObjectregA" {
		t.Error(got)
	}
}

// TestZeroRegistry: the zero Registry knows nothing of the standard library;
// nil is the default one.
func TestZeroRegistry(t *testing.T) {
	a := netip.MustParseAddr("192.0.2.1")
	data, err := pickle.Marshal([]any{a})
	if err != nil {
		t.Fatal(err)
	}
	var v []any
	if err := pickle.Unmarshal(data, &v, pickle.WithRegistry(new(pickle.Registry))); err != nil || pickle.Repr(v) != "[ipaddress.IPv4Address(3221225985)]" {
		t.Errorf("%s, %v", pickle.Repr(v), err)
	}
	if again, err := pickle.Marshal(v, pickle.WithRegistry(new(pickle.Registry))); err != nil || !bytes.Equal(again, data) {
		t.Errorf("%q, %v", again, err)
	}
	if got := written(t, new(pickle.Registry), a); got != "'192.0.2.1'" {
		t.Errorf("without a class it is %s", got)
	}
	for _, r := range []*pickle.Registry{nil, pickle.NewRegistry(), pickle.NewRegistry().Layer()} {
		if err := pickle.Unmarshal(data, &v, pickle.WithRegistry(r)); err != nil || v[0] != a {
			t.Errorf("%v, %v", v, err)
		}
	}
	var zero pickle.Registry
	register(t, zero.Register("m.A", regA{}))
	if got := decoded(t, zero.Layer(), "m.A"); got != "regA" {
		t.Error(got)
	}
}

// TestShadowStandard: a program's own registrations go before those of the
// standard library.
func TestShadowStandard(t *testing.T) {
	r := pickle.NewRegistry()
	register(t, r.RegisterFunc("ipaddress.IPv4Address", func(n int64) string { return fmt.Sprint("address ", n) }))
	register(t, r.RegisterFunc("netaddr.IPAddress", netip.ParseAddr, pickle.Reduces(func(a netip.Addr) (pickle.Reduction, error) {
		return pickle.Reduction{Callable: pickle.Global{Module: "netaddr", Name: "IPAddress"}, Args: pickle.Tuple{a.String()}}, nil
	})))
	a := netip.MustParseAddr("0.0.0.9")
	if got := written(t, r, a); got != "netaddr.IPAddress('0.0.0.9')" {
		t.Error(got)
	}
	data, err := pickle.Marshal([]any{a}) // by the default registry
	if err != nil {
		t.Fatal(err)
	}
	var v []any
	if err := pickle.Unmarshal(data, &v, pickle.WithRegistry(r)); err != nil || v[0] != "address 9" {
		t.Errorf("%v, %v", v, err)
	}
}

// TestConflicts: an error names both sides, and changes nothing.
func TestConflicts(t *testing.T) {
	f := func(x int) int { return x }
	reduces := pickle.Reduces(func(regA) (pickle.Reduction, error) { return pickle.Reduction{}, nil })
	for name, c := range map[string]struct {
		first, then func(r *pickle.Registry) error
		want        []string
	}{
		"Register, RegisterFunc": {
			func(r *pickle.Registry) error { return r.Register("m.A", regA{}) },
			func(r *pickle.Registry) error { return r.RegisterFunc("m.A", f) }, []string{"RegisterFunc m.A", "regA", "func(int) int"}},
		"RegisterFunc, Register": {
			func(r *pickle.Registry) error { return r.RegisterFunc("m.A", f) },
			func(r *pickle.Registry) error { return r.Register("m.A", regA{}) }, []string{"Register m.A", "regA", "func(int) int"}},
		"RegisterFunc, RegisterFunc": {
			func(r *pickle.Registry) error { return r.RegisterFunc("m.f", f) },
			func(r *pickle.Registry) error { return r.RegisterFunc("m.f", strings.ToUpper) }, []string{"m.f", "func(int) int", "func(string) string"}},
		"Alias, RegisterFunc": {
			func(r *pickle.Registry) error { return r.Register("m.A", regA{}, pickle.Alias("old.A")) },
			func(r *pickle.Registry) error { return r.RegisterFunc("old.A", f) }, []string{"old.A", "regA", "func(int) int"}},
		"RegisterFunc, Alias": {
			func(r *pickle.Registry) error { return r.RegisterFunc("old.A", f) },
			func(r *pickle.Registry) error { return r.Register("m.A", regA{}, pickle.Alias("old.A")) }, []string{"Register m.A", "old.A", "regA", "func(int) int"}},
		"Alias, Alias": {
			func(r *pickle.Registry) error { return r.Register("m.A", regA{}, pickle.Alias("old.A")) },
			func(r *pickle.Registry) error { return r.Register("m.B", regB{}, pickle.Alias("old.A")) }, []string{"m.B", "old.A", "regA", "regB"}},
		"Register, Reduces": {
			func(r *pickle.Registry) error { return r.Register("m.A", regA{}) },
			func(r *pickle.Registry) error { return r.RegisterFunc("m.f", f, reduces) }, []string{"RegisterFunc m.f", "regA", "m.A"}},
		"Reduces, Register": {
			func(r *pickle.Registry) error { return r.RegisterFunc("m.f", f, reduces) },
			func(r *pickle.Registry) error { return r.Register("m.A", regA{}) }, []string{"Register m.A", "regA", "m.f"}},
		"Reduces, Register of the name": {
			func(r *pickle.Registry) error { return r.RegisterFunc("m.f", f, reduces) },
			func(r *pickle.Registry) error { return r.Register("m.f", regA{}) }, []string{"Register m.f", "regA", "function"}},
		"Reduces, Reduces": {
			func(r *pickle.Registry) error { return r.RegisterFunc("m.f", f, reduces) },
			func(r *pickle.Registry) error { return r.RegisterFunc("m.g", f, reduces) }, []string{"RegisterFunc m.g", "regA", "m.f"}},
		"codes": {
			func(r *pickle.Registry) error { return r.RegisterExtension(1, "m.A") },
			func(r *pickle.Registry) error { return r.RegisterExtension(1, "m.B") }, []string{"RegisterExtension 1, m.B", "m.A"}},
		"code of a name": {
			func(r *pickle.Registry) error { return r.RegisterExtension(1, "m.A") },
			func(r *pickle.Registry) error { return r.RegisterExtension(2, "m.A") }, []string{"RegisterExtension 2, m.A", "is 1"}},
	} {
		r := pickle.NewRegistry()
		register(t, c.first(r))
		before := written(t, r, []any{regA{1}, regB{2}}) + decoded(t, r, "m.B")
		err := c.then(r)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "pickle: Register") {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
		if after := written(t, r, []any{regA{1}, regB{2}}) + decoded(t, r, "m.B"); after != before {
			t.Errorf("%s: it was %s, it is %s", name, before, after)
		}
	}
}

// TestClassCache: what a type is written as is remembered for the registry
// asked last; it must not be remembered when that, or one below, has changed.
func TestClassCache(t *testing.T) {
	below := pickle.NewRegistry()
	above := below.Layer()
	enc := pickle.NewEncoder(new(bytes.Buffer), pickle.WithRegistry(above))
	for i, change := range []struct {
		do   func() error
		want string
	}{
		{func() error { return nil }, "{'X': 1}"},
		{func() error { return below.Register("low.A", regA{}) }, "low.A(X=1)"},
		{func() error { return above.Register("high.A", regA{}) }, "high.A(X=1)"},
	} {
		for range 2 {
			register(t, enc.Encode(regA{1}))
			if got := written(t, above, regA{1}); (i > 0 || got != change.want) && got == change.want {
				t.Errorf("%d: already %s", i, got)
			}
		}
		register(t, change.do())
		for range 2 {
			if got := written(t, above, regA{1}); got != change.want {
				t.Errorf("%d: %s, want %s", i, got, change.want)
			}
		}
	}
	if a, b, c := written(t, below, regA{1}), written(t, above, regA{1}), written(t, pickle.NewRegistry(), regA{1}); a+b+c != "low.A(X=1)high.A(X=1){'X': 1}" {
		t.Error(a, b, c)
	}
}

// TestStreamRegistry: an Encoder and a Decoder with KeepMemo know what is
// registered when a pickle begins. A class in the memo stays what it was.
func TestStreamRegistry(t *testing.T) {
	r := pickle.NewRegistry()
	var buf bytes.Buffer
	enc := pickle.NewEncoder(&buf, pickle.WithRegistry(r), pickle.KeepMemo(true), pickle.Protocol(4))
	dec := pickle.NewDecoder(&buf, pickle.WithRegistry(r), pickle.KeepMemo(true))
	next := func() string {
		t.Helper()
		var v any
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%T", v)
	}
	register(t, enc.Encode(regA{1}))
	if got := next(); got != "*pickle.Dict" {
		t.Error(got)
	}
	b := &pickle.Object{Class: pickle.Global{Module: "m", Name: "B"}}
	register(t, enc.Encode(b))
	if got := next(); got != "*pickle.Object" {
		t.Error(got)
	}
	register(t, r.Register("m.A", regA{}))
	register(t, enc.Encode(regA{2}))
	if got := next(); got != "*pickle_test.regA" {
		t.Error(got)
	}
	register(t, r.Register("m.B", regB{}))
	register(t, enc.Encode(&pickle.Object{Class: pickle.Global{Module: "m", Name: "B"}}))
	if got := next(); got != "*pickle.Object" {
		t.Errorf("a class that was read before it was registered is %s", got)
	}
	buf.WriteString("cm\nB\n)\x81.") // named once more
	if got := next(); got != "*pickle_test.regB" {
		t.Errorf("a class that is named after it was registered is %s", got)
	}
	register(t, enc.Encode(b))
	if got := next(); got != "*pickle.Object" {
		t.Errorf("an object in the memo is %s", got)
	}
}

// TestLayersConcurrently: every layer may be changed while all are used. What
// was registered before is known at any time.
func TestLayersConcurrently(t *testing.T) {
	below, above := layers(t)
	top := above.Layer()
	var wg sync.WaitGroup
	for _, r := range []*pickle.Registry{below, above, top, pickle.NewRegistry()} {
		wg.Go(func() {
			for range 200 {
				data, err := pickle.Marshal([]any{regA{1}, regB{2}, regEnum(3)}, pickle.WithRegistry(r))
				if err != nil {
					t.Error(err)
				}
				var v []any
				if err := pickle.Unmarshal(data, &v, pickle.WithRegistry(r)); err != nil {
					t.Error(err)
				}
				var typed []struct{ X int }
				if err := pickle.Unmarshal(data, &typed, pickle.WithRegistry(new(pickle.Registry))); err == nil {
					t.Error("an enum in a struct")
				}
			}
		})
	}
	for i, r := range []*pickle.Registry{below, above, top} {
		wg.Go(func() {
			for j := range 100 {
				name := fmt.Sprintf("m.f%d_%d", i, j)
				if err := r.RegisterFunc(name, func(x int) int { return x }); err != nil {
					t.Error(err)
				}
				if err := r.RegisterExtension(1000*(i+1)+j, name); err != nil {
					t.Error(err)
				}
				if err := r.Register("m.E", regExtra{}); err != nil {
					t.Error(err)
				}
			}
			r.Freeze()
		})
	}
	wg.Wait()
	if got := decoded(t, top, "m.A") + decoded(t, top, "m.E") + written(t, top, pickle.Global{Module: "m", Name: "f0_99"}, pickle.Protocol(2)); got != "regAregExtraextension(1099)" {
		t.Error(got)
	}
	if err := top.Register("m.Z", regB{}); err == nil {
		t.Error("it is not frozen")
	}
}

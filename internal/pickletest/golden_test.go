package pickletest

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
)

func TestLoad(t *testing.T) {
	cases := Load(t, Dir(t))
	count := make(map[string]int)
	for _, c := range cases {
		count[c.Impl]++
		if len(c.Data) == 0 || c.Data[len(c.Data)-1] != '.' {
			t.Errorf("%s: does not end with STOP", c.ID())
		}
		if buffers := strings.HasPrefix(c.Name, "buffer_oob"); buffers != (len(c.Buffers) > 0) {
			t.Errorf("%s: has %d buffers", c.ID(), len(c.Buffers))
		}
	}
	for _, impl := range Impls {
		if count[impl] < 500 {
			t.Errorf("%s has %d cases", impl, count[impl])
		}
		if len(Refused(t, Dir(t), impl)) == 0 {
			t.Errorf("%s refused nothing", impl)
		}
	}
	for _, r := range LoadReal(t, Dir(t)) {
		if len(r.Pickles) == 0 {
			t.Errorf("real/%s has no pickles", r.File)
		}
	}
}

func TestIdentities(t *testing.T) {
	var d Identities
	outer := d.Visit("outer", func(n Node) {
		list := func(n Node) { n["list"] = []any{} }
		n["list"] = []any{d.Visit("once", list), d.Visit("twice", list), d.Visit("twice", nil), d.Visit("outer", nil), Text("<a>"), Text("é")}
	})
	d.Number()
	const want = `{"id":1,"list":[{"list":[]},{"id":2,"list":[]},{"ref":2},{"ref":1},{"str":"<a>"},{"strx":"c3a9"}]}`
	if got, err := Canonical(outer); string(got) != want || err != nil {
		t.Errorf("Canonical = %s, %v; want %s", got, err, want)
	}
	if d := Diff(outer, json.RawMessage(want)); d != "" {
		t.Error(d)
	}
	for _, other := range []string{
		strings.Replace(want, "c3a9", "c3a8", 1), strings.Replace(want, `{"ref":2},`, "", 1),
		strings.Replace(want, `"id":1,`, "", 1), `{"sha256":"00"}`, `null`,
	} {
		if Diff(outer, json.RawMessage(other)) == "" {
			t.Errorf("Diff sees no difference to %s", other)
		}
	}
}

// TestGoldens holds a live Python against the files and their descriptions:
// what is in testdata is what Python reads.
func TestGoldens(t *testing.T) {
	for _, impl := range []struct{ version, dir string }{{"3.13", "cpython3.13"}, {"2.7", "cpython2.7"}} {
		t.Run(impl.dir, func(t *testing.T) {
			python := StartPython(t, impl.version)
			for _, c := range Load(t, Dir(t), impl.dir) {
				if n, _ := c.Pickles(); n > 1 || c.Name == "shared_state" || strings.HasPrefix(c.Name, "buffer") {
					continue // the oracle reads one pickle, and cannot tell a buffer in band
				}
				got, err := python.Loads(c.Data, c.Protocol)
				if err != nil {
					t.Errorf("%s: %v", c.ID(), err)
					continue
				}
				if d := Diff(got, c.Expect); d != "" {
					t.Errorf("%s: %s", c.ID(), d)
				}
			}
		})
	}
}

func TestPython(t *testing.T) {
	python := StartPython(t, "3.13")
	data, err := python.Dumps("x = [1]\nvalue = (x, x, shapes.Ref('a'))", 4)
	if err != nil {
		t.Fatal(err)
	}
	got, err := python.Loads(data, 4)
	if err != nil {
		t.Fatal(err)
	}
	if d := Diff(got, json.RawMessage(`{"tuple":[{"id":1,"list":[{"int":"1"}]},{"ref":1},{"persid":{"str":"a"}}]}`)); d != "" {
		t.Error(d)
	}
	again, err := python.Redumps(data, 4)
	if err != nil || string(again) != string(data) {
		t.Errorf("Redumps = %q, %v; want %q", again, err, data)
	}
	lists, err := python.Dumps("[[1], [1]]", 2)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := python.Dumps("[[1]] * 2", 2)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := python.Same(lists, shared, 2); same || err != nil {
		t.Errorf("Same = %v, %v", same, err)
	}
	if same, err := python.Same(shared, shared, 2); !same || err != nil {
		t.Errorf("Same = %v, %v", same, err)
	}
	if text, err := python.Repr(shared); text != "[[1], [1]]" || err != nil {
		t.Errorf("Repr = %q, %v", text, err)
	}
	if text, err := python.Dis(shared); !strings.Contains(text, "EMPTY_LIST") || err != nil {
		t.Errorf("Dis = %q, %v", text, err)
	}
	if short, err := python.Optimize(lists); len(short) >= len(lists) || err != nil {
		t.Errorf("Optimize = %q, %v", short, err)
	}
}

func TestPythonErrors(t *testing.T) {
	python := StartPython(t, "3.13")
	for _, test := range []struct{ data, class string }{
		{"", "EOFError"}, {"cos\nsystem\n.", "UnpicklingError"}, {"cbuiltins\neval\n.", "UnpicklingError"}, {"N", "EOFError"}, {"q", "UnpicklingError"}, {"\xff", "UnpicklingError"},
	} {
		_, err := python.Loads([]byte(test.data), 2)
		var exception *PythonError
		if !errors.As(err, &exception) || exception.Class != test.class {
			t.Errorf("Loads(%q) = %v, want %s", test.data, err, test.class)
		}
	}
	// A crash is an error, and the next question finds Python alive again.
	if _, err := python.Dumps("__import__('os')._exit(1)", 2); !errors.Is(err, errDied) {
		t.Errorf("after a crash: %v", err)
	}
	if data, err := python.Dumps("None", 2); string(data) != "\x80\x02N." || err != nil {
		t.Errorf("Dumps = %q, %v", data, err)
	}
}

func TestFloatRepr(t *testing.T) {
	for _, test := range []struct {
		f    float64
		want string
	}{
		{0, "0.0"}, {math.Copysign(0, -1), "-0.0"}, {1, "1.0"}, {-1.5, "-1.5"}, {math.NaN(), "nan"},
		{1e15, "1000000000000000.0"}, {1e16, "1e+16"}, {1e17, "1e+17"}, {1e-4, "0.0001"}, {1e-5, "1e-05"}, {5e-324, "5e-324"},
		{math.MaxFloat64, "1.7976931348623157e+308"}, {math.Inf(1), "inf"}, {math.Inf(-1), "-inf"},
	} {
		if got := FloatRepr(test.f); got != test.want {
			t.Errorf("FloatRepr(%g) = %q, want %q", test.f, got, test.want)
		}
	}
}

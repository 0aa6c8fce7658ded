package pickletools_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/pickletools"
	"github.com/go-pickle/pickle/vm"
)

// goldens calls f for every pickle of testdata, once for those that are in
// several cases.
func goldens(t *testing.T, f func(t *testing.T, name string, data []byte)) {
	seen := make(map[string]bool)
	for _, c := range pickletest.Load(t, pickletest.Dir(t)) {
		for rest := c.Data; len(rest) > 0; {
			n, err := pickletools.End(rest)
			if err != nil {
				t.Fatalf("%s: %v", c.ID(), err)
			}
			data := rest[:n:n]
			rest = rest[n:]
			if !seen[string(data)] {
				seen[string(data)] = true
				f(t, c.ID(), data)
			}
		}
	}
	if len(seen) < 1000 {
		t.Errorf("only %d pickles", len(seen))
	}
}

// same compares what Python answers with what this package does: the answer, or
// that there is an error, and which.
func same(t *testing.T, name string, got, want []byte, err, wantErr error) {
	t.Helper()
	var exception *pickletest.PythonError
	switch {
	case wantErr == nil && err == nil:
		if !bytes.Equal(got, want) {
			t.Errorf("%s: got\n%.2000q\nwant\n%.2000q", name, got, want)
		}
	case errors.As(wantErr, &exception):
		var failure *vm.Error
		if !errors.As(err, &failure) {
			t.Errorf("%s: %v, where Python raises %v", name, err, wantErr)
		} else if exception.Class == "ValueError" && failure.Err.Error() != exception.Message {
			t.Errorf("%s: %v, where Python raises %v", name, err, wantErr)
		}
	default:
		t.Errorf("%s: %v, Python: %v", name, err, wantErr)
	}
}

func TestDisLive(t *testing.T) {
	py := pickletest.StartPython(t, "3.13")
	goldens(t, func(t *testing.T, name string, data []byte) {
		want, wantErr := py.Dis(data)
		var got bytes.Buffer
		err := pickletools.Dis(&got, data)
		same(t, name, got.Bytes(), []byte(want), err, wantErr)
	})
}

// TestDisDamagedLive changes pickles at random: what Python complains about is
// what Dis complains about.
func TestDisDamagedLive(t *testing.T) {
	py := pickletest.StartPython(t, "3.13")
	random := rand.New(rand.NewPCG(1, 2))
	refused := 0
	goldens(t, func(t *testing.T, name string, data []byte) {
		if len(data) > 1000 || random.IntN(3) > 0 {
			return
		}
		data = bytes.Clone(data)
		for range 1 + random.IntN(2) {
			data[random.IntN(len(data))] = byte(random.IntN(256))
		}
		data = data[:len(data)-random.IntN(2)*random.IntN(len(data))]
		want, wantErr := py.Dis(data)
		var got bytes.Buffer
		err := pickletools.Dis(&got, data)
		if err != nil {
			refused++
		}
		same(t, fmt.Sprintf("%s, changed: %q", name, data), got.Bytes(), []byte(want), err, wantErr)
	})
	if refused < 500 {
		t.Errorf("only %d refused", refused)
	}
}

// odd are inputs that no pickler writes: random programs, and those of
// conformance.json.
func odd(t *testing.T) [][]byte {
	inputs := pickletest.Programs(t)
	inputs = inputs[:min(len(inputs), 3000)]
	file, err := os.ReadFile("../vm/testdata/conformance.json")
	var cases []struct{ Input []any }
	if err := errors.Join(err, json.Unmarshal(file, &cases)); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		var data []byte
		for _, part := range c.Input {
			text, _ := part.(string) // the others are large
			for _, r := range text {
				data = append(data, byte(r))
			}
		}
		inputs = append(inputs, data)
	}
	return inputs
}

func TestDisOddLive(t *testing.T) {
	py := pickletest.StartPython(t, "3.13")
	for _, data := range odd(t) {
		want, wantErr := py.Dis(data)
		var got bytes.Buffer
		err := pickletools.Dis(&got, data)
		same(t, fmt.Sprintf("%q", data), got.Bytes(), []byte(want), err, wantErr)
	}
}

func TestOptimizeOddLive(t *testing.T) {
	py := pickletest.StartPython(t, "3.13")
	for _, data := range odd(t) {
		want, wantErr := py.Optimize(data)
		got, err := pickletools.Optimize(data)
		switch {
		case wantErr == nil && !bytes.Contains(want, []byte("gNone\n")):
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%q: got\n%q, %v\nwant\n%q", data, got, err, want)
			}
		case err == nil && pickletools.Dis(io.Discard, data) == nil: // no matter of arguments that it need not decode
			t.Errorf("%q: %q, where Python raises %v", data, got, wantErr)
		}
	}
}

func TestOptimizeLive(t *testing.T) {
	py := pickletest.StartPython(t, "3.13")
	goldens(t, func(t *testing.T, name string, data []byte) {
		want, wantErr := py.Optimize(data)
		got, err := pickletools.Optimize(data)
		var exception *pickletest.PythonError
		if err == nil && errors.As(wantErr, &exception) && exception.Class == "UnicodeDecodeError" {
			return // arguments that it need not decode
		}
		if bytes.Contains(want, []byte("gNone\n")) { // a GET of nothing: it is broken
			if err == nil {
				t.Errorf("%s: optimized, with a GET of nothing", name)
			}
			return
		}
		same(t, name, got, want, err, wantErr)
	})
}

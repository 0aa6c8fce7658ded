package pickletools_test

import (
	"bytes"
	"errors"
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

func TestOptimizeLive(t *testing.T) {
	py := pickletest.StartPython(t, "3.13")
	goldens(t, func(t *testing.T, name string, data []byte) {
		want, wantErr := py.Optimize(data)
		got, err := pickletools.Optimize(data)
		var exception *pickletest.PythonError
		if err == nil && errors.As(wantErr, &exception) && exception.Class == "UnicodeDecodeError" {
			return // arguments that it need not decode
		}
		same(t, name, got, want, err, wantErr)
	})
}

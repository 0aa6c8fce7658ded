package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// runOn runs a command line on files, which it names, in an empty directory.
func runOn(t *testing.T, files map[string]string, args string, code int) (stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, data := range files {
		writeTestFile(t, name, data)
	}
	var out, errOut bytes.Buffer
	if got := run(strings.Fields(args), strings.NewReader(""), &out, &errOut); got != code {
		t.Errorf("exit code %d, want %d: %s", got, code, &errOut)
	}
	return out.String(), errOut.String()
}

func TestInPlace(t *testing.T) {
	runOn(t, map[string]string{"a.pkl": "cm\nC\np0\n.Np1\n.", "b.pkl": "Np1\n.", "c": "Np0\n."}, "optimize -w *.pkl", exitOK)
	for name, want := range map[string]string{"a.pkl": "cm\nC\n.N.", "b.pkl": "N.", "c": "Np0\n."} {
		if got := readTestFile(t, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestInPlaceFails: a file that is damaged, be it behind a pickle that is not,
// stays what it is; the others are written.
func TestInPlaceFails(t *testing.T) {
	_, stderr := runOn(t, map[string]string{"a.pkl": "Np0\n.Np0", "b.pkl": "Np1\n."}, "optimize -w a.pkl b.pkl", exitFailed)
	if want := "pickle: a.pkl: offset 6: PUT: no newline found when trying to read stringnl\n"; stderr != want {
		t.Errorf("%q, want %q", stderr, want)
	}
	for name, want := range map[string]string{"a.pkl": "Np0\n.Np0", "b.pkl": "N."} {
		if got := readTestFile(t, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	onlyFiles(t, "a.pkl", "b.pkl")
}

func TestOutputFile(t *testing.T) {
	stdout, _ := runOn(t, map[string]string{"a.pkl": "Np0\n.", "b.pkl": "I1\n."}, "optimize -o out.pkl a.pkl b.pkl", exitOK)
	if got := readTestFile(t, "out.pkl"); got != "N.I1\n." || stdout != "" {
		t.Errorf("%q, %q", got, stdout)
	}
	runOn(t, map[string]string{"a.pkl": "Np0\n.", "out.pkl": "old"}, "optimize -o out.pkl a.pkl missing.pkl", exitFailed)
	if got := readTestFile(t, "out.pkl"); got != "old" {
		t.Errorf("%q, though a file is missing", got)
	}
	_, stderr := runOn(t, map[string]string{"a.pkl": "N."}, "optimize -o missing/out.pkl a.pkl", exitFailed)
	if !strings.Contains(stderr, "missing") {
		t.Errorf("%q", stderr)
	}
}

// conversion is a golden at another protocol.
type conversion struct {
	golden   pickletest.Case
	protocol int
	data     []byte
}

// TestConvertGoldens converts pickles to every protocol and back. Python sees
// the same values.
func TestConvertGoldens(t *testing.T) {
	t.Chdir(filepath.Join("..", "..")) // whose testdata it is
	var conversions []conversion
	for i, c := range pickletest.Load(t, "testdata", "cpython3.13", "cpython2.7") {
		if n, _ := c.Pickles(); n > 1 || len(c.Buffers) > 0 || i%31 > 0 || len(c.Data) > 10_000 {
			continue
		}
		for protocol := range pickle.HighestProtocol + 1 {
			data, err := atProtocol(c.Data, protocol)
			if err != nil {
				if protocol > 0 || !strings.HasPrefix(c.Name, "pid_") {
					t.Errorf("%s at protocol %d: %v", c.ID(), protocol, err)
				}
				continue
			}
			if back, err := atProtocol(data, c.Protocol); err != nil {
				t.Errorf("%s at protocol %d and back: %q, %v", c.ID(), protocol, back, err)
			}
			conversions = append(conversions, conversion{c, protocol, data})
		}
	}
	if len(conversions) < 400 {
		t.Errorf("only %d converted", len(conversions))
	}
	t.Run("Python", func(t *testing.T) {
		py := pickletest.StartPython(t, "3.13")
		for _, c := range conversions {
			if same, err := py.Same(c.golden.Data, c.data, pickle.HighestProtocol); err != nil || !same {
				if _, err := py.Loads(c.golden.Data, pickle.HighestProtocol); err == nil { // there are some that only Python 2 loads
					t.Errorf("%s at protocol %d: %v, %v: %q", c.golden.ID(), c.protocol, same, err, c.data)
				}
			}
		}
	})
}

// TestLarge: a pickle of 32 MB is read into memory of its size.
func TestLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a moment")
	}
	name := filepath.Join(t.TempDir(), "large.pkl")
	const size = 32 << 20
	payload := bytes.Repeat([]byte("x"), size)
	data := append(append([]byte("\x80\x04B\x00\x00\x00\x02"), payload...), '.')
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
	data, payload = nil, nil
	in, err := new(console).source(name).read()
	if err != nil || len(in.data) < size || cap(in.data) > size+readSize {
		t.Errorf("%d bytes in %d, %v", len(in.data), cap(in.data), err)
	}
}

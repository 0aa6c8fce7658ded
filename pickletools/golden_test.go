package pickletools_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/pickletools"
)

var update = flag.Bool("update", false, "have Python 3.13 write testdata anew")

// stored are the goldens whose listings, and optimized pickles, by Python are in
// testdata.
var stored = strings.Fields(`cpython3.13/p0/cycle_tuple3 cpython3.13/p0/globals cpython3.13/p0/mixed cpython3.13/p0/str_surrogates
	cpython3.13/p1/object_plain cpython3.13/p1/shared_diamond cpython3.13/p2/dict_keys cpython3.13/p2/ext cpython3.13/p2/ints_powers
	cpython3.13/p3/bytes_escapes cpython3.13/p3/pid_tuple cpython3.13/p4/object_newargs_ex cpython3.13/p4/shared_class
	cpython3.13/p4/std_counter cpython3.13/p4/str_escapes cpython3.13/p5/bytearray_all cpython3.13/p5/buffered cpython3.13/p5/floats
	cpython3.13/p5/memo_300 cpython2.7/p0/object_old cpython2.7/p1/object_old_args cpython2.7/p2/mixed`)

// TestGoldens compares with what Python has written to testdata, so that there
// is a comparison where there is no Python.
func TestGoldens(t *testing.T) {
	cases := make(map[string]pickletest.Case)
	for _, c := range pickletest.Load(t, pickletest.Dir(t), "cpython3.13", "cpython2.7") {
		cases[c.ID()] = c
	}
	for _, id := range stored {
		t.Run(id, func(t *testing.T) {
			c, ok := cases[id]
			if !ok {
				t.Fatal("no such golden")
			}
			name := filepath.Join("testdata", strings.ReplaceAll(id, "/", "-"))
			if *update {
				writeGoldens(t, name, c.Data)
			}
			var listing bytes.Buffer
			if err := pickletools.Dis(&listing, c.Data); err != nil {
				t.Fatal(err)
			}
			compare(t, name+".dis", listing.Bytes())
			optimized, err := pickletools.Optimize(c.Data)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, name+".opt", optimized)
		})
	}
}

func writeGoldens(t *testing.T, name string, data []byte) {
	py := pickletest.StartPython(t, "3.13")
	listing, err := py.Dis(data)
	if err != nil {
		t.Fatal(err)
	}
	optimized, err := py.Optimize(data)
	if err != nil {
		t.Fatal(err)
	}
	for ext, content := range map[string][]byte{".dis": []byte(listing), ".opt": optimized} {
		if err := os.WriteFile(name+ext, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func compare(t *testing.T, name string, got []byte) {
	t.Helper()
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%q\nwant\n%q", name, got, want)
	}
}

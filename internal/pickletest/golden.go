// Package pickletest gives the tests their pickles: those in testdata, which
// real Pythons wrote, and those that a live Python makes and reads.
package pickletest

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Impls are the directories of testdata, one for each interpreter.
var Impls = []string{"cpython3.13", "cpython3.11", "cpython3.8", "cpython3.6", "pypy3", "cpython2.7"}

// Case is one value that one interpreter pickled in one protocol.
type Case struct {
	Impl     string // such as "cpython3.13"
	Protocol int
	Name     string // such as "cycle_list"
	Path     string // of the file, which may be another interpreter's with the very bytes
	Data     []byte
	Buffers  [][]byte        // out-of-band, in order
	Expect   json.RawMessage // the description; see testdata/README.md
}

// ID names a case for t.Run, such as "cpython3.13/p4/cycle_list".
func (c Case) ID() string { return fmt.Sprintf("%s/p%d/%s", c.Impl, c.Protocol, c.Name) }

// Pure reports whether pickle.py wrote the bytes, which need not be those of
// the C pickler.
func (c Case) Pure() bool { return c.Impl == "pypy3" || strings.HasPrefix(c.Name, "pure_") }

// Pickles says how many pickles follow one another in Data, and whether they
// share one memo. There is one, unless the case is named stream or memo.
func (c Case) Pickles() (n int, sharedMemo bool) {
	var many struct{ Stream, Memo []json.RawMessage }
	if json.Unmarshal(c.Expect, &many) != nil { // null, true or false
		return 1, false
	}
	switch {
	case many.Stream != nil:
		return len(many.Stream), false
	case many.Memo != nil:
		return len(many.Memo), true
	}
	return 1, false
}

// manifest is an expect.json.
type manifest struct {
	Python  string
	Cases   map[string]json.RawMessage
	Refused map[string]string
	Same    map[string]map[string][]string
}

// Dir returns the testdata directory of the module, from any package in it.
func Dir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		testdata := filepath.Join(dir, "testdata")
		if _, err := os.Stat(filepath.Join(testdata, "shapes.py")); err == nil {
			return testdata
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Fatal("pickletest: no testdata with a shapes.py in the working directory or above")
		}
		dir = parent
	}
}

// Load reads the cases of some implementations, or of all if none is named, in
// the order of Impls, protocols and names.
func Load(tb testing.TB, dir string, impls ...string) []Case {
	tb.Helper()
	if len(impls) == 0 {
		impls = Impls
	}
	var cases []Case
	for _, impl := range impls {
		var m manifest
		readJSON(tb, filepath.Join(dir, impl, "expect.json"), &m)
		for path, folder := range files(tb, dir, impl, m) {
			cases = append(cases, readCase(tb, impl, folder, path, m))
		}
	}
	slices.SortStableFunc(cases, func(a, b Case) int {
		if a.Impl != b.Impl {
			return slices.Index(Impls, a.Impl) - slices.Index(Impls, b.Impl)
		}
		if a.Protocol != b.Protocol {
			return a.Protocol - b.Protocol
		}
		return strings.Compare(a.Name, b.Name)
	})
	return cases
}

// files returns the pickles of an implementation and the name of the protocol's
// directory for each: its own, and those that are stored for another.
func files(tb testing.TB, dir, impl string, m manifest) map[string]string {
	tb.Helper()
	found := make(map[string]string)
	own, err := filepath.Glob(filepath.Join(dir, impl, "p*", "*.pkl"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, path := range own {
		found[path] = filepath.Base(filepath.Dir(path))
	}
	for twin, folders := range m.Same {
		for folder, names := range folders {
			for _, name := range names {
				found[filepath.Join(dir, twin, folder, name+".pkl")] = folder
			}
		}
	}
	return found
}

func readCase(tb testing.TB, impl, folder, path string, m manifest) Case {
	tb.Helper()
	protocol, err := strconv.Atoi(strings.TrimPrefix(folder, "p"))
	if err != nil {
		tb.Fatalf("pickletest: directory %q is no protocol", folder)
	}
	name := strings.TrimSuffix(filepath.Base(path), ".pkl")
	c := Case{Impl: impl, Protocol: protocol, Name: name, Path: path, Data: readFile(tb, path)}
	for i := 0; ; i++ {
		buffer := fmt.Sprintf("%s.buf%d", strings.TrimSuffix(path, ".pkl"), i)
		if _, err := os.Stat(buffer); err != nil {
			break
		}
		c.Buffers = append(c.Buffers, readFile(tb, buffer))
	}
	expect, ok := m.Cases[name+"@"+folder]
	if !ok {
		expect, ok = m.Cases[name]
	}
	if !ok {
		tb.Fatalf("pickletest: %s: expect.json has no %q", path, name)
	}
	c.Expect = expect
	return c
}

// Refused returns what an implementation did not pickle, as "case@p<N>", and
// the class of the exception it raised instead.
func Refused(tb testing.TB, dir, impl string) map[string]string {
	tb.Helper()
	var m manifest
	readJSON(tb, filepath.Join(dir, impl, "expect.json"), &m)
	return m.Refused
}

// Real is a file as a program wrote it.
type Real struct {
	File    string // in testdata/real
	By      string // the program
	Data    []byte
	Pickles []RealPickle
}

// RealPickle is a pickle in such a file, taken out of what surrounds it.
type RealPickle struct {
	Data   []byte
	Expect json.RawMessage
}

// LoadReal reads the files of real programs, in the order of their names.
func LoadReal(tb testing.TB, dir string) []Real {
	tb.Helper()
	var m map[string]struct {
		By      string
		Pickles []struct {
			Offset, Length int
			Zlib           bool
			Expect         json.RawMessage
		}
	}
	readJSON(tb, filepath.Join(dir, "real", "expect.json"), &m)
	var found []Real
	for name, entry := range m {
		r := Real{File: name, By: entry.By, Data: readFile(tb, filepath.Join(dir, "real", name))}
		for _, p := range entry.Pickles {
			data := r.Data[p.Offset : p.Offset+p.Length]
			if p.Zlib {
				data = inflate(tb, data)
			}
			r.Pickles = append(r.Pickles, RealPickle{data, p.Expect})
		}
		found = append(found, r)
	}
	slices.SortFunc(found, func(a, b Real) int { return strings.Compare(a.File, b.File) })
	return found
}

func inflate(tb testing.TB, data []byte) []byte {
	tb.Helper()
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		tb.Fatal(err)
	}
	data, err = io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func readFile(tb testing.TB, path string) []byte {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func readJSON(tb testing.TB, path string, v any) {
	tb.Helper()
	if err := json.Unmarshal(readFile(tb, path), v); err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
}

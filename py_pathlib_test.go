package pickle_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// samePath compares what paths are, not how they were written.
var samePath = cmp.Comparer(func(a, b pickle.Path) bool { return a.Class == b.Class && a.String() == b.String() })

func pathOf(class pickle.PathClass, segments ...string) pickle.Path {
	return pickle.Path{Class: class, Segments: segments}
}

func paths(class pickle.PathClass, all ...string) (list []any) {
	for _, s := range all {
		list = append(list, pathOf(class, s))
	}
	return list
}

func TestPath(t *testing.T) {
	pure := []string{"/a/b.txt", "a/b", ".", "/", "../c"}
	p := any(pathOf(pickle.PurePosixPath, "a"))
	testStandard(t, []standard{
		{name: "std_path", want: pathOf(pickle.PurePosixPath, "/a/b.txt")},
		{name: "std_path_pure", want: paths(pickle.PurePosixPath, pure...)},
		{name: "std_path_posix", want: paths(pickle.PosixPath, pure...)},
		{name: "std_path_windows", want: paths(pickle.PureWindowsPath, `C:\a\b.txt`, `a\b`, ".", "D:", "E:c", `\a`, `\\host\share\a`, "a/b")},
		{name: "std_path_shared", want: []any{p, p}, otherBytes: func(pickletest.Case) string {
			if !hasAddresses {
				return "without package unsafe no value in an interface is one object"
			}
			return ""
		}},
	}, samePath)
}

func TestPathInto(t *testing.T) {
	p := pathOf(pickle.PurePosixPath, "/a/b.txt")
	into(t, "std_path", p, samePath)
	into(t, "std_path", &p, samePath)
	into(t, "std_path", "/a/b.txt")
	into(t, "std_path", namedString("/a/b.txt"))
	into(t, "std_path", fmt.Stringer(p), samePath)
	into(t, "std_path_pure", []string{"/a/b.txt", "a/b", ".", "/", "../c"})
	into(t, "std_path_windows", []string{`C:\a\b.txt`, `a\b`, ".", "D:", "E:c", `\a`, `\\host\share\a`, `a\b`})
	for _, target := range []any{0, []byte(nil), []string(nil), map[string]any(nil), pickle.Tuple{}, struct{}{}} {
		notInto(t, "std_path", target)
	}
	data, err := pickle.Marshal([]string{"a//b", ""})
	if err != nil {
		t.Fatal(err)
	}
	var list []pickle.Path
	if err := pickle.Unmarshal(data, &list); err != nil || list[0].String() != "a/b" || list[1].String() != "." {
		t.Errorf("%v, %v", list, err)
	}
}

// TestPathEqual: paths are equal, and one key, where they are in Python.
func TestPathEqual(t *testing.T) {
	a, b := pathOf(pickle.PurePosixPath, "/a", "b"), pathOf(pickle.PosixPath, "/", "a", "b/.")
	win, lower := pathOf(pickle.WindowsPath, `C:\A`), pathOf(pickle.PureWindowsPath, "c:/a")
	for _, c := range []struct {
		a, b any
		want bool
	}{
		{a, b, true}, {win, lower, true}, {a, pathOf(pickle.PurePosixPath, "/A/b"), false}, {pathOf(pickle.PurePosixPath, "a"), pathOf(pickle.PureWindowsPath, "a"), false},
		{a, "/a/b", false}, {pickle.Path{}, pathOf(pickle.PosixPath, "."), true},
	} {
		if pickle.Equal(c.a, c.b) != c.want {
			t.Errorf("%v == %v is not %v", pickle.Repr(c.a), pickle.Repr(c.b), c.want)
		}
		if n := pickle.NewSet(c.a, c.b).Len(); (n == 1) != c.want {
			t.Errorf("%v and %v are %d elements", c.a, c.b, n)
		}
	}
}

func TestLivePath(t *testing.T) {
	p := any(pathOf(pickle.PosixPath, "/", "a", "b"))
	// Of all versions, 3.13 is the only one to call the module pathlib._local;
	// what is written then is what 3.12 writes.
	values := []liveValue{
		{name: "paths", value: same([]any{p, pathOf(pickle.PurePosixPath, "a"), pathOf(pickle.PosixPath), pathOf(pickle.PureWindowsPath, `c:\`, "a")}),
			python: "from pathlib import *; value = [PosixPath('/a/b'), PurePosixPath('a'), PosixPath(), PureWindowsPath('c:/a')]"},
		{name: "shared", value: same([]any{p, p}), python: "from pathlib import *; p = PosixPath('/a/b'); value = [p, p]"},
		{name: "key", value: same(pickle.NewDict(p, 1)), python: "from pathlib import *; value = {PosixPath('/a/b'): 1}"},
	}
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		if version == "2.7" {
			t.Skip("it has no pathlib")
		}
		for _, c := range values {
			if !hasAddresses && needsAddresses[c.name] {
				continue
			}
			got, err := pickle.Marshal(c.value(), pickle.Protocol(protocol))
			if err != nil {
				t.Fatal(err)
			}
			want, err := python.Dumps(c.python, protocol)
			if err != nil {
				t.Fatal(err)
			}
			again, err := python.Redumps(got, protocol)
			a, err2 := python.Repr(got)
			b, err3 := python.Repr(want)
			if err != nil || err2 != nil || err3 != nil || a != b {
				t.Errorf("%s: %v, %v, %v: %s, want %s", c.name, err, err2, err3, a, b)
			}
			if version != reference && !bytes.Equal(again, want) {
				t.Errorf("%s: Python writes\n %q again as\n %q, but\n %q", c.name, got, again, want)
			}
			if atLeast(version, "3.8") && version != reference && !bytes.Equal(got, want) {
				t.Errorf("%s:\n got  %q\n want %q", c.name, got, want)
			}
			var v any
			if err := pickle.Unmarshal(want, &v); err != nil || !pickle.Equal(v, c.value()) {
				t.Errorf("%s: %v, %v", c.name, v, err)
			}
			if back, err := pickle.Marshal(v, pickle.Protocol(protocol)); err != nil || atLeast(version, "3.8") && !bytes.Equal(back, want) {
				t.Errorf("%s: written again:\n got  %q, %v\n want %q", c.name, back, err, want)
			}
		}
	})
}

// randomSegment returns a part of a path, mostly of what has a meaning.
func randomSegment(r *rand.Rand) string {
	const alphabet = `//\\:.ab?C`
	if r.IntN(20) == 0 {
		return []string{`\\?\UNC\s\h`, `//?/unc/s/h/x`, `\\.\dev`, `\\s\h`, "//", "///", "é:x", "..", ""}[r.IntN(9)]
	}
	b := make([]byte, r.IntN(9))
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

// comparePaths compares n random paths with Python's.
func comparePaths(t *testing.T, python *pickletest.Python, seed uint64, n int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 3))
	var list []any
	for range n {
		p := pathOf([]pickle.PathClass{pickle.PurePosixPath, pickle.PosixPath, pickle.PureWindowsPath}[r.IntN(3)])
		for range r.IntN(4) {
			p.Segments = append(p.Segments, randomSegment(r))
		}
		list = append(list, p)
	}
	data, err := pickle.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var want [][]string // str, repr, *parts
	source := fmt.Sprintf("import pickle; value = [(str(p), repr(p)) + p.parts for p in pickle.loads(bytes([%s]))]", strings.Trim(strings.ReplaceAll(fmt.Sprint(data), " ", ","), "[]"))
	answer, err := python.Dumps(source, 4)
	if err == nil {
		err = pickle.Unmarshal(answer, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range list {
		p := x.(pickle.Path)
		if got := slices.Concat([]string{p.String(), pickle.Repr(p)}, p.Parts()); !slices.Equal(got, want[i]) {
			t.Errorf("%v%q:\n got  %q\n want %q", p.Class, p.Segments, got, want[i])
		}
	}
	again, err := python.Redumps(data, 5)
	if err != nil {
		t.Fatal(err)
	}
	var back []any
	if err := pickle.Unmarshal(again, &back); err != nil || cmp.Diff(list, back, samePath) != "" {
		t.Errorf("%v:\n%s", err, cmp.Diff(list, back, samePath))
	}
	if bytes, err := pickle.Marshal(back); err != nil || string(bytes) != string(again) {
		t.Errorf("what Python wrote is written otherwise: %v", err)
	}
}

// TestLivePathRandom: text and parts of random paths are those of Python.
func TestLivePathRandom(t *testing.T) {
	comparePaths(t, pickletest.StartPython(t, reference), 1, 2000)
}

func TestPathHostile(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	many := make(pickle.Tuple, 3000)
	for i := range many {
		many[i] = long[:1000]
	}
	for _, args := range []pickle.Tuple{{1}, {nil}, {[]byte("a")}, {"a", pickle.Tuple{"b"}}, {long}, many} {
		for _, module := range []string{"pathlib", "pathlib._local"} {
			stays(t, pickle.Global{Module: module, Name: "PosixPath"}, args, new(pickle.Path), new(string))
		}
	}
	if _, err := pickle.Marshal(pickle.Path{Class: 9}); err == nil || !strings.Contains(err.Error(), "no such class") {
		t.Error(err)
	}
	if s := pickle.PathClass(9).String(); s != "PathClass?" {
		t.Error(s)
	}
	var zero pickle.Path
	if !reflect.DeepEqual([]string{zero.String(), pickle.Repr(zero), zero.Class.String()}, []string{".", "PurePosixPath('.')", "PurePosixPath"}) || len(zero.Parts()) != 0 {
		t.Errorf("%s %v", pickle.Repr(zero), zero)
	}
}

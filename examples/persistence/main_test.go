package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what the program prints to testdata/listings.txt")

// pythons are the versions to exchange pickles with. The last one's pickles are
// the same to the byte.
var pythons = []string{"2.7", "3.6", "3.8", "3.11", "3.13"}

// wanted returns what each of the listings prints.
func wanted(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "listings.txt"))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(data), "Listing ")[1:]
	if len(parts) != len(listings) {
		t.Fatalf("%d listings in listings.txt, want %d", len(parts), len(listings))
	}
	for i := range parts {
		parts[i] = "Listing " + parts[i]
	}
	return parts
}

// runListings runs each listing in its own subtest, in one directory, and
// compares what it prints. Where from is a directory, pickles are read from there.
func runListings(t *testing.T, from string) {
	want := wanted(t)
	t.Chdir(t.TempDir())
	for i := range listings {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			var out strings.Builder
			s := &session{w: &out, from: from}
			if err := s.run(i + 1); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want[i], out.String()); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
}

func TestListings(t *testing.T) {
	if *update {
		var out strings.Builder
		if err := runAll(&out, t.TempDir(), nil); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join("testdata", "listings.txt"), []byte(out.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	runListings(t, "")
}

// article runs article.py in a directory.
func article(t *testing.T, version, command, dir string) {
	t.Helper()
	script, err := filepath.Abs(filepath.Join("testdata", "article.py"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(pickletest.FindPython(t, version), "-B", script, command)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("Python %s, %s: %v\n%s", version, command, err, out)
	}
}

// TestFromPython: the listings print the same when it is Python that has written
// what they read.
func TestFromPython(t *testing.T) {
	for _, version := range pythons {
		t.Run(version, func(t *testing.T) {
			dir := t.TempDir()
			article(t, version, "write", dir)
			runListings(t, dir)
		})
	}
}

// TestToPython has Python look at all that the listings have written.
func TestToPython(t *testing.T) {
	for _, version := range pythons {
		t.Run(version, func(t *testing.T) {
			dir := written(t)
			article(t, version, "check", dir)
		})
	}
}

// written returns a directory with the pickles of all listings.
func written(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := runAll(new(strings.Builder), dir, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestSameBytes: where Go has the values that Python has, the pickles are the
// same.
func TestSameBytes(t *testing.T) {
	python := t.TempDir()
	article(t, pythons[len(pythons)-1], "write", python)
	dir := written(t)
	names, err := filepath.Glob(filepath.Join(python, "*.pkl"))
	if err != nil || len(names) < len(listings) {
		t.Fatalf("Python wrote %q, %v", names, err)
	}
	for _, name := range names {
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, filepath.Base(name)))
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: Python (-), Go (+):\n%s", filepath.Base(name), diff)
		}
	}
}

// TestArticle decodes the pickles that the article prints.
func TestArticle(t *testing.T) {
	for _, data := range []string{article1Text, article1Binary} {
		var got any
		if err := pickle.Unmarshal([]byte(data), &got); err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		want := pickle.Tuple{"this is a string", int64(42), []any{int64(1), int64(2), int64(3)}, nil}
		if diff := cmp.Diff(any(want), got); diff != "" {
			t.Errorf("%q: want (-), got (+):\n%s", data, diff)
		}
	}
	persist, err := classes(persistFoo, Foo{})
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := pickle.Unmarshal([]byte(article12), &got, persist); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any(&Foo{"What is a Foo?"}), got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

// TestNumbers: the listings that are asked for run, in the order asked for, and
// nothing else does.
func TestNumbers(t *testing.T) {
	want := wanted(t)
	for _, tt := range []struct {
		args, err string
		run       []int
	}{
		{args: "4", run: []int{4}},
		{args: "12 3", run: []int{12, 3}},
		{args: "0", err: "there is no listing 0"},
		{args: strconv.Itoa(len(listings) + 1), err: "there is no listing 18"},
		{args: "3 four", err: `"four" is not the number of a listing`, run: []int{3}},
	} {
		t.Run(tt.args, func(t *testing.T) {
			var out, printed strings.Builder
			err := runAll(&out, "", strings.Fields(tt.args))
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
			for _, number := range tt.run {
				printed.WriteString(want[number-1])
			}
			if diff := cmp.Diff(printed.String(), out.String()); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
}

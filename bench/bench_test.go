package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-pickle/pickle/internal/pickletest"
)

// TestCases checks every case on small files of the same shapes.
func TestCases(t *testing.T) {
	for _, w := range workloads {
		for _, op := range Ops {
			for _, protocol := range Protocols {
				t.Run(fmt.Sprintf("%s/%s/p%d", w.Name, op, protocol), func(t *testing.T) {
					group, err := w.Group("testdata", op, protocol, true)
					if err != nil {
						t.Fatal(err)
					}
					for _, c := range group.Cases {
						testCase(t, c)
					}
				})
			}
		}
	}
}

func testCase(t *testing.T, c Case) {
	t.Helper()
	// Twice: what the first call leaves in pools must not harm the second.
	for range 2 {
		err := c.Check()
		if c.Wrong == "" && err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		if c.Wrong != "" && err == nil {
			t.Errorf("%s can do this by now, though it %s", c.Name, c.Wrong)
		}
	}
	if c.Wrong == "" {
		if err := c.Run(); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

// TestChecks has the contestants for pickles decode another value than the one
// that is expected.
func TestChecks(t *testing.T) {
	dir := t.TempDir()
	replace := func(name, from, to string) {
		t.Helper()
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(data, []byte(from)) {
			t.Fatalf("%s has no %q", name, from)
		}
		data = bytes.Replace(data, []byte(from), []byte(to), 1)
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	replace("tiny.p4.pkl", "maria.lopez", "mario.lopez")
	replace("tiny.json", "maria", "maria")
	tiny, err := Find("tiny")
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range Ops {
		group, err := tiny[0].Group(dir, op, 4, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range group.Cases {
			// A pickle that is decoded and encoded again is compared with
			// itself, one field with the field; others have the right value.
			if !pickles[c.Name] || c.Name == Parse || (c.Name == Unmarshal && op == DecodeAny) || (c.Name == Marshal && op == EncodeAny) {
				continue
			}
			if c.Check() == nil {
				t.Errorf("%s by %s: no difference was noticed", op, c.Name)
			}
		}
	}
}

// pickles has the contestants whose input is the pickle in the file.
var pickles = map[string]bool{
	Unmarshal: true, PlainValues: true, FromReader: true, Marshal: true, Append: true, ogrek: true, gopickle: true,
}

// TestPython asks CPython whether it loads what was written for what it is.
func TestPython(t *testing.T) {
	for _, version := range []string{"3.11", "3.13"} {
		t.Run(version, func(t *testing.T) {
			python, err := StartPython(pickletest.FindPython(t, version), ".")
			if err != nil {
				t.Fatal(err)
			}
			defer python.Close()
			for _, w := range workloads {
				for _, protocol := range Protocols {
					testPython(t, python, w, protocol)
				}
			}
		})
	}
}

func testPython(t *testing.T, python *Python, w Workload, protocol int) {
	t.Helper()
	if err := python.Load(filepath.Join("testdata", PickleFile(w.Name, protocol))); err != nil {
		t.Fatal(err)
	}
	for _, ask := range []func() (time.Duration, error){
		func() (time.Duration, error) { return python.Loads(2) },
		func() (time.Duration, error) { return python.Dumps(2, protocol) },
	} {
		if took, err := ask(); err != nil || took <= 0 {
			t.Errorf("%s: %v, %v", w.Name, took, err)
		}
	}
	for _, op := range []Op{EncodeTyped, EncodeAny} {
		group, err := w.Group("testdata", op, protocol, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range group.Cases {
			if c.Name == PlainValues { // lists for tuples
				continue
			}
			data, err := c.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if err := python.Same(data); err != nil {
				t.Errorf("%s of %s at protocol %d by %s: %v", op, w.Name, protocol, c.Name, err)
			}
		}
	}
	// The check is one.
	if err := python.Same([]byte("N.")); err == nil {
		t.Errorf("%s is None to Python", w.Name)
	}
}

// TestTestdata compares the small files with what generate.py writes.
func TestTestdata(t *testing.T) {
	python, dir := pickletest.FindPython(t, "3.13"), t.TempDir()
	if out, err := exec.Command(python, "generate.py", "--small", dir).CombinedOutput(); err != nil {
		t.Fatalf("generate.py: %v\n%s", err, out)
	}
	want, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Errorf("generate.py writes %d files, testdata has %d", len(got), len(want))
	}
	for _, entry := range want {
		a, err := os.ReadFile(filepath.Join("testdata", entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("generate.py writes another %s", entry.Name())
		}
	}
}

// Benchmark times all cases at protocol 4, or those that -bench selects, such as
// Benchmark/records/DecodeTyped/Unmarshal. It needs a CPython 3.13 the first time,
// which writes the files to the directory data.
func Benchmark(b *testing.B) {
	python := pickletest.FindPython(b, "3.13")
	if err := Generate(python, ".", "data"); err != nil {
		b.Fatal(err)
	}
	for _, w := range workloads {
		b.Run(w.Name, func(b *testing.B) {
			for _, op := range Ops {
				b.Run(op.String(), func(b *testing.B) { benchmarkGroup(b, w, op) })
			}
		})
	}
}

func benchmarkGroup(b *testing.B, w Workload, op Op) {
	group, err := w.Group("data", op, 4, true)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range group.Cases {
		if c.Wrong != "" {
			continue
		}
		b.Run(c.Name, func(b *testing.B) {
			if err := c.Check(); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(c.Size))
			b.ReportAllocs()
			for b.Loop() {
				if err := c.Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

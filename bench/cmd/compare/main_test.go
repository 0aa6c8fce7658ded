package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-pickle/pickle/bench"
)

// TestMeasure times small files, and looks whether everyone takes part.
func TestMeasure(t *testing.T) {
	workloads, err := bench.Find("tiny", "insts")
	if err != nil {
		t.Fatal(err)
	}
	interpreters, err := startPythons("../..")
	if err != nil {
		t.Fatal(err)
	}
	c := config{rounds: 2, slice: time.Microsecond, data: "../../testdata"}
	groups, err := measureAll(c, workloads, interpreters)
	if err != nil {
		t.Fatal(err)
	}
	if want := 2 * len(bench.Ops) * len(bench.Protocols); len(groups) != want {
		t.Errorf("%d groups, want %d", len(groups), want)
	}
	for _, g := range groups {
		for _, one := range g.results {
			if (one.ns > 0) == (one.wrong != "") {
				t.Errorf("%s of %s by %s: %v ns, %q", g.op, g.workload, one.name, one.ns, one.wrong)
			}
		}
	}
	r := &report{config: c, results: groups, pythons: interpreters}
	for _, name := range bench.Peers {
		if !strings.Contains(r.markdown(), name) {
			t.Errorf("%s is not in the tables", name)
		}
	}
	if err := r.draw(filepath.Join(t.TempDir(), "speed.svg")); err == nil != (len(interpreters) > 0) {
		t.Errorf("the picture: %v", err)
	}
	for _, p := range interpreters {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}

func fakeReport() *report {
	p := &bench.Python{Version: "3.13.0"}
	return &report{
		config:  config{rounds: 7, slice: time.Millisecond},
		pythons: []*bench.Python{p},
		results: []group{
			{"tiny", bench.DecodeTyped, mainProtocol, []result{
				{name: bench.Unmarshal, ns: 1500, allocs: 3, bytes: 1234, peak: 4096},
				{name: bench.Parse, ns: 750, allocs: 2, bytes: 999},
				{name: "encoding/json", ns: 3000, allocs: 12_345, bytes: 2e6, peak: -1},
				{name: "goccy/go-json", ns: 1200, allocs: 1, bytes: 1},
				{name: pythonName(p), ns: 4500, allocs: -1, bytes: -1, peak: 5e6},
			}},
			{"tiny", bench.EncodeTyped, 2, []result{{name: bench.Marshal, ns: 1000}, {name: pythonName(p), ns: 2500}}},
			{"insts", bench.DecodeTyped, mainProtocol, []result{
				{name: bench.Unmarshal, ns: 2e6}, {name: "encoding/json", wrong: "knows no classes"}, {name: pythonName(p), ns: 2e7},
			}},
		},
	}
}

func TestMarkdown(t *testing.T) {
	text := fakeReport().markdown()
	for _, want := range []string{
		"| tiny | 1.50 µs | 0.50 | 3.00 | 2.00 | **0.80** |\n",
		"| tiny | 3, 1.23 kB, 4.10 kB | 2, 999 B, 0 B | 5.00 MB | 12k, 2.00 MB, – | 1, 1 B, 0 B |\n",
		"| insts | 2.00 ms | – | 10.0 | – | – |\n",
		"* Decode into Go types, protocol 4: tiny (goccy/go-json 0.80)\n",
		"* insts: encoding/json knows no classes\n",
		"Medians of 7 turns of 1ms each",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
}

func TestShort(t *testing.T) {
	want := "| CPython 3.13.0 = 1 | Decode into Go types | Decode into `any` | Encode Go types | Encode from `any` |\n" +
		"|---|---:|---:|---:|---:|\n| tiny | 3.00 | – | – | – |\n| insts | 10.0 | – | – | – |\n"
	if got := fakeReport().short(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// The lines that the command looks for are in the files.
func TestReadmes(t *testing.T) {
	for _, path := range []string{"../../README.md", "../../../README.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if before, after, _ := strings.Cut(string(text), begin); before == "" || !strings.Contains(after, end) {
			t.Errorf("%s has no place for the results", path)
		}
	}
}

func TestUpdateReadme(t *testing.T) {
	path := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(path, []byte("before\n"+begin+"old\n"+end+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := updateReadme(path, "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := "before\n" + begin + "new\n" + end + "after\n"; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := os.WriteFile(path, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := updateReadme(path, "new\n"); err == nil {
		t.Error("no error for a file without place for the results")
	}
}

func TestDraw(t *testing.T) {
	path := filepath.Join(t.TempDir(), "speed.svg")
	if err := fakeReport().draw(path); err != nil {
		t.Fatal(err)
	}
	svg, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<svg", "CPython 3.13.0", "decode into Go types", ">insts<"} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("the picture lacks %q", want)
		}
	}
}

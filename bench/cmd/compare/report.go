package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/go-pickle/pickle/bench"
)

// report is a run's results as text and picture.
type report struct {
	config  config
	results []group
	pythons []*bench.Python
	date    string // of the run
	took    time.Duration
}

var titles = map[bench.Op]string{
	bench.DecodeTyped: "Decode into Go types",
	bench.DecodeAny:   "Decode into `any`",
	bench.EncodeTyped: "Encode Go types",
	bench.EncodeAny:   "Encode from `any`",
}

func (r *report) markdown() string {
	var b strings.Builder
	b.WriteString(r.machine())
	for _, op := range bench.Ops {
		groups := r.groups(op, mainProtocol)
		fmt.Fprintf(&b, "\n### %s\n\n", titles[op])
		b.WriteString(ratioTable(groups))
		fmt.Fprintf(&b, "\nAllocations and bytes allocated per operation, and the peak:\n\n")
		b.WriteString(memoryTable(groups))
	}
	if !r.config.quick {
		b.WriteString("\n### Protocols 2 and 5\n\nTime of CPython " + strings.Join(pythons, " / ") + " ÷ ours:\n\n")
		b.WriteString(r.protocolTable())
	}
	b.WriteString("\n### Where we lose\n\n")
	b.WriteString(r.losses())
	b.WriteString(r.failures())
	return b.String()
}

// short is the table of README.md: the ratios to the newest CPython.
func (r *report) short() string {
	if len(r.pythons) == 0 {
		return ""
	}
	python := pythonName(r.pythons[len(r.pythons)-1])
	t := table{header: []string{python + " = 1"}}
	for _, op := range bench.Ops {
		t.header = append(t.header, titles[op])
	}
	for _, first := range r.groups(bench.DecodeTyped, mainProtocol) {
		row := []string{first.workload}
		for _, op := range bench.Ops {
			cell := "–"
			for _, g := range r.groups(op, mainProtocol) {
				if theirs, ok := g.find(python); ok && g.workload == first.workload {
					cell = ratio(theirs.ns / g.results[0].ns)
				}
			}
			row = append(row, cell)
		}
		t.rows = append(t.rows, row)
	}
	return t.String()
}

// machine says what was compared, and where.
func (r *report) machine() string {
	var versions []string
	for _, p := range r.pythons {
		versions = append(versions, p.Version)
	}
	text := fmt.Sprintf("%s: %s, %d CPUs, %s/%s; %s, CPython %s.\n", r.date, cpu(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH,
		runtime.Version(), strings.Join(versions, " and "))
	text += fmt.Sprintf("Medians of %d turns of %v each; the whole run took %v.\n", r.config.rounds, r.config.slice, r.took.Round(time.Second))
	if deps := peerVersions(); deps != "" {
		text += deps + ".\n"
	}
	return text
}

// cpu returns the model of the processor, where the system tells.
func cpu() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return "unknown CPU"
}

// peerVersions lists the modules that are compared with.
func peerVersions() string {
	peers := []string{"kisielk/og-rek", "nlpodyssey/gopickle", "go-json-experiment/json", "goccy/go-json", "vmihailenco/msgpack/v5", "fxamacker/cbor/v2", "tinylib/msgp"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	var found []string
	for _, dep := range info.Deps {
		if name := strings.TrimPrefix(dep.Path, "github.com/"); slices.Contains(peers, name) {
			found = append(found, name+" "+dep.Version)
		}
	}
	return strings.Join(found, ", ")
}

func (r *report) groups(op bench.Op, protocol int) []group {
	var found []group
	for _, g := range r.results {
		if g.op == op && g.protocol == protocol {
			found = append(found, g)
		}
	}
	return found
}

// columns returns the names of all contestants of some groups but the first: our
// other ways, CPython, the other libraries.
func columns(groups []group) []string {
	var names []string
	for _, g := range groups {
		for _, one := range g.results[1:] {
			if !slices.Contains(names, one.name) {
				names = append(names, one.name)
			}
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	return names
}

// rank orders contestants in a table.
func rank(name string) int {
	switch {
	case isPython(name):
		return 1
	case slices.Contains(bench.Peers, name):
		return 2 + slices.Index(bench.Peers, name)
	}
	return 0
}

func isPython(name string) bool { return strings.HasPrefix(name, "CPython ") }

func (g *group) find(name string) (result, bool) {
	i := slices.IndexFunc(g.results, func(one result) bool { return one.name == name })
	if i < 0 {
		return result{}, false
	}
	return g.results[i], true
}

// ratioTable has our time, and the times of all others in proportion to it.
func ratioTable(groups []group) string {
	if len(groups) == 0 {
		return ""
	}
	names := columns(groups)
	t := table{header: append([]string{"", groups[0].results[0].name}, names...)}
	for _, g := range groups {
		ours := g.results[0]
		row := []string{g.workload, duration(ours.ns)}
		for _, name := range names {
			cell := "–"
			if theirs, ok := g.find(name); ok && theirs.ns > 0 {
				cell = ratio(theirs.ns / ours.ns)
				if theirs.ns < ours.ns && rank(name) > 0 {
					cell = "**" + cell + "**"
				}
			}
			row = append(row, cell)
		}
		t.rows = append(t.rows, row)
	}
	return t.String()
}

func memoryTable(groups []group) string {
	if len(groups) == 0 {
		return ""
	}
	names := append([]string{groups[0].results[0].name}, columns(groups)...)
	t := table{header: append([]string{""}, names...)}
	for _, g := range groups {
		row := []string{g.workload}
		for _, name := range names {
			cell := "–"
			if one, ok := g.find(name); ok && one.ns > 0 {
				cell = one.memory()
			}
			row = append(row, cell)
		}
		t.rows = append(t.rows, row)
	}
	return t.String()
}

// memory is what a cell of the table says.
func (r *result) memory() string {
	peak := "–"
	if r.peak >= 0 {
		peak = size(r.peak)
	}
	if r.allocs < 0 {
		return peak
	}
	return count(r.allocs) + ", " + size(r.bytes) + ", " + peak
}

// protocolTable has the ratios to CPython at the protocols besides the main one.
func (r *report) protocolTable() string {
	t := table{header: []string{""}}
	rows := make(map[string][]string)
	var order []string
	for _, protocol := range bench.Protocols {
		if protocol == mainProtocol {
			continue
		}
		for _, op := range bench.Ops {
			t.header = append(t.header, fmt.Sprintf("%s, %d", titles[op], protocol))
			for _, g := range r.groups(op, protocol) {
				if !slices.Contains(order, g.workload) {
					order = append(order, g.workload)
				}
				var cells []string
				for _, one := range g.results {
					if isPython(one.name) {
						cells = append(cells, ratio(one.ns/g.results[0].ns))
					}
				}
				rows[g.workload] = append(rows[g.workload], strings.Join(cells, " / "))
			}
		}
	}
	for _, workload := range order {
		t.rows = append(t.rows, append([]string{workload}, rows[workload]...))
	}
	return t.String()
}

// losses lists who is faster than our usual way.
func (r *report) losses() string {
	var b strings.Builder
	for _, op := range bench.Ops {
		for _, protocol := range bench.Protocols {
			var lost []string
			for _, g := range r.groups(op, protocol) {
				var faster []string
				for _, one := range g.results[1:] {
					if one.ns > 0 && one.ns < g.results[0].ns && rank(one.name) > 0 {
						faster = append(faster, fmt.Sprintf("%s %s", one.name, ratio(one.ns/g.results[0].ns)))
					}
				}
				if len(faster) > 0 {
					lost = append(lost, g.workload+" ("+strings.Join(faster, ", ")+")")
				}
			}
			if len(lost) > 0 {
				fmt.Fprintf(&b, "* %s, protocol %d: %s\n", titles[op], protocol, strings.Join(lost, "; "))
			}
		}
	}
	if b.Len() == 0 {
		return "Nowhere.\n"
	}
	return b.String()
}

// failures lists who cannot do what.
func (r *report) failures() string {
	var lines []string
	for _, g := range r.results {
		for _, one := range g.results {
			line := fmt.Sprintf("* %s: %s %s\n", g.workload, one.name, one.wrong)
			if one.wrong != "" && !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "\nNot timed, as the result is wrong:\n\n" + strings.Join(lines, "")
}

// The tables are between these lines of both README.md.
const (
	begin = "<!-- results: written by bench/cmd/compare -->\n"
	end   = "<!-- end of results -->\n"

	picture = "![How many times as fast as CPython](speed.svg)\n\n"
)

// updateReadme puts a text between these lines of a file.
func updateReadme(path, results string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s lacks the lines between which the results belong", path)
	}
	return os.WriteFile(path, []byte(before+begin+results+end+after), 0o644)
}

package pickle

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/bits"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/go-pickle/pickle/internal/hostile"
	"github.com/go-pickle/pickle/vm"
)

//go:generate go test -run ^TestSecurityTable$ -update .

var update = flag.Bool("update", false, "measure anew, and write the table of SECURITY.md")

// hostileStruct, hostileList and hostileHook are what hostile pickles are
// decoded into.
type (
	hostileStruct struct {
		A, B any
		F0   int `pickle:"0"`
	}
	hostileList []hostileList
	hostileHook struct{ first *hostileHook }
)

func (h *hostileHook) UnmarshalPickle(v Value) error {
	if v.Len() == 0 {
		return nil
	}
	return v.Index(0).Decode(&h.first)
}

// hostileRun is what came of a case.
type hostileRun struct {
	input  int
	result string
	memory uint64 // bytes allocated in all, which is more than was in use at any time
	work   int64  // see workOf
}

// runHostile decodes a case and does with it what its target says.
func runHostile(c hostile.Case) hostileRun {
	data := c.Input()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work, err := doHostile(c, data)
	runtime.ReadMemStats(&after)
	result := "a value"
	if err != nil {
		if e, ok := errors.AsType[*LimitError](err); ok {
			result = "LimitError: " + e.Limit
		} else {
			result = strings.TrimPrefix(fmt.Sprintf("%T", err), "*pickle.")
		}
	}
	return hostileRun{len(data), result, after.TotalAlloc - before.TotalAlloc, work}
}

func doHostile(c hostile.Case, data []byte) (work int64, err error) {
	r := NewRegistry()
	if err := r.RegisterFunc("registered.f", func(l []any) []any { return l }); err != nil {
		return 0, err
	}
	var v any
	switch c.Target {
	case hostile.Any:
		return countDecode(data, &v, WithRegistry(r))
	case hostile.Plain:
		return countDecode(data, &v, PlainValues(true))
	case hostile.Maps:
		return countDecode(data, new([]map[string]any))
	case hostile.AnyMap:
		return countDecode(data, new(map[any]any))
	case hostile.Structs:
		return countDecode(data, new([]hostileStruct))
	case hostile.Nested:
		return countDecode(data, new(hostileList))
	case hostile.Hook:
		return countDecode(data, new(hostileHook))
	case hostile.Stream:
		d := NewDecoder(bytes.NewReader(data))
		err := d.execute()
		if err == nil {
			d.d.allow(d.m.InputOffset())
			err = d.d.decode(d.m.Graph().Root(), reflect.ValueOf(&v).Elem())
		}
		return workOf(d.d), err
	case hostile.Walk:
		return 0, walk(data)
	}
	if work, err = countDecode(data, &v); err != nil {
		return work, err
	}
	switch c.Target {
	case hostile.Again:
		out, err := Marshal(v)
		return work + int64(len(out)), err
	case hostile.Printed:
		return work + int64(len(Repr(v))), nil
	}
	var w any
	if err := Unmarshal(data, &w); err != nil {
		return work, err
	}
	var k keyer
	e := equality{deep: true}
	if !e.compare(&k, v, w) {
		return work, errors.New("a value does not equal itself")
	}
	return work + int64(e.steps+k.steps), nil
}

// countDecode is Unmarshal with memory of its own, and with the work it took.
func countDecode(data []byte, target any, opts ...Options) (work int64, err error) {
	o := newOptions(opts)
	m := new(vm.Machine)
	d := newDecoder(&o, m.Graph(), int64(len(data)))
	v, err := targetOf(target)
	if err == nil {
		err = execute(m, data, &o)
	}
	if err == nil {
		err = d.decode(m.Graph().Root(), v)
	}
	return workOf(d), err
}

// workOf is how many steps a decoder took: the nodes of the graph, the items and
// bytes that were bound, the values hashed or looked at to find keys, the pairs
// compared, and the places that were looked at again when a hook was done.
func workOf(d *decoder) int64 {
	return int64(d.g.Size()) + d.work + int64(d.keys.steps+d.keys.eq.steps+d.looked)
}

// walk looks at each item of what the pickle is a list of, or of the first of
// these, as if nothing were known of the others.
func walk(data []byte) error {
	v, err := Parse(data)
	if err != nil {
		return err
	}
	if v.Index(0).Kind() == vm.KindDict {
		v = v.Index(0)
	}
	for _, item := range v.All() {
		item.Class()
		if _, err := item.Any(); err != nil {
			return err
		}
	}
	return nil
}

// The table is between these lines of SECURITY.md.
const (
	tableBegin = "<!-- The table is written by go generate; TestSecurityTable checks it. -->\n"
	tableEnd   = "<!-- The end of the table. -->\n"
	tableHead  = "| hostile input | bytes | result | memory, at most | work, at most |\n|---|--:|---|--:|--:|\n"
)

// fixed is memory that a call takes for the smallest of pickles.
const fixed = 16 << 10

// ceiling is the power of two that is not exceeded, with a fifth to spare.
func ceiling(n uint64) uint64 {
	return 1 << bits.Len64(n+n/5)
}

func row(c hostile.Case, input int, result string, memory, work string) string {
	name := c.Name
	if t := c.Target.String(); t != "" {
		name += ", " + t
	}
	return fmt.Sprintf("| %s | %d | %s | %s | %s |\n", name, input, result, memory, work)
}

func (r hostileRun) row(c hostile.Case) string {
	work := "—"
	if r.work > 0 {
		work = amount(ceiling(uint64(r.work)), "")
	}
	return row(c, r.input, r.result, amount(max(ceiling(r.memory), fixed), "B"), work)
}

// amount writes a power of two.
func amount(n uint64, unit string) string {
	prefixes := []string{"", "Ki", "Mi", "Gi", "Ti"}
	i := 0
	for n >= 1<<10 && i < len(prefixes)-1 {
		n >>= 10
		i++
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s%s", n, prefixes[i], unit))
}

// parseAmount reads what amount wrote; false for a dash.
func parseAmount(s string) (uint64, bool) {
	var n uint64
	var unit string
	if k, _ := fmt.Sscanf(s, "%d %s", &n, &unit); k == 0 {
		return 0, false
	}
	if unit != "" {
		n <<= 10 * (strings.IndexByte("KMGT", unit[0]) + 1)
	}
	return n, true
}

// TestSecurityTable checks what SECURITY.md says of hostile inputs: the result,
// and that neither memory nor work exceed what the table has. Both are counted,
// so that the test does not depend on how fast the machine is.
func TestSecurityTable(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes ten seconds; and the race detector, which runs the short tests, allocates more")
	}
	if boxAddress(any(Slice{})) == 0 {
		t.Skip("without package unsafe a value in an interface is written each time, and what Again writes is as large as that makes it")
	}
	file, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(file), tableBegin)
	table, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatal("SECURITY.md has no place for the table")
	}
	rows := strings.SplitAfter(strings.TrimPrefix(table, tableHead), "\n")
	var made strings.Builder
	made.WriteString(tableHead)
	for _, c := range hostile.Cases() {
		r := runHostile(c)
		now := r.row(c)
		made.WriteString(now)
		if *update {
			continue
		}
		stated := slices.IndexFunc(rows, func(row string) bool { return sameRow(row, now) })
		if stated < 0 {
			t.Errorf("SECURITY.md has no row for\n%s", now)
			continue
		}
		checkRow(t, rows[stated], c, r)
		rows = slices.Delete(rows, stated, stated+1)
	}
	if *update {
		if err := os.WriteFile("SECURITY.md", []byte(before+tableBegin+made.String()+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if left := strings.Join(rows, ""); left != "" {
		t.Errorf("SECURITY.md has rows for what is no case:\n%s", left)
	}
}

// sameRow reports whether two rows are for one input with one result.
func sameRow(a, b string) bool {
	x, y := strings.Split(a, "|"), strings.Split(b, "|")
	return len(x) == len(y) && slices.Equal(x[:4], y[:4])
}

// checkRow compares a row with what was measured. A bound that is much too high
// would hide that something has become worse.
func checkRow(t *testing.T, row string, c hostile.Case, r hostileRun) {
	columns := strings.Split(row, "|")
	memory, _ := parseAmount(strings.TrimSpace(columns[4]))
	work, counted := parseAmount(strings.TrimSpace(columns[5]))
	if r.memory > memory || memory > fixed && memory > 8*r.memory {
		t.Errorf("%s %v: %d bytes allocated, the table says %d", c.Name, c.Target, r.memory, memory)
	}
	if counted != (r.work > 0) || counted && (uint64(r.work) > work || work > 8*uint64(r.work)) {
		t.Errorf("%s %v: %d steps, the table says %d", c.Name, c.Target, r.work, work)
	}
	// What holds for all of them: a few steps for each item of the budget for the
	// expansion of shared objects, and a few hundred bytes for each byte of input.
	input := uint64(r.input)
	if most := 4 * (expansionFactor*input + expansionFloor); uint64(r.work) > most && c.Target != hostile.Printed {
		t.Errorf("%s %v: %d steps for %d bytes", c.Name, c.Target, r.work, r.input)
	}
	if most := 256<<20 + 512*input; r.memory > most && c.Target != hostile.Printed {
		t.Errorf("%s %v: %d bytes allocated for %d", c.Name, c.Target, r.memory, r.input)
	}
}

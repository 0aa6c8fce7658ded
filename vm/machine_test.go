package vm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// run executes a whole pickle.
func run(t testing.TB, pickle string) *Graph {
	t.Helper()
	var m Machine
	status, err := m.Run([]byte(pickle), true)
	if err != nil || status != Done {
		t.Fatalf("%q: status %d, %v", pickle, status, err)
	}
	return m.Graph()
}

// feeder runs a machine on data that arrives in pieces. Payloads which the
// machine wants to have apart from the input are cut out of it.
type feeder struct {
	m        Machine
	input    []byte // what the machine sees
	rest     []byte // what has not arrived
	payloads int
}

// run runs until STOP or an error; size says how long the next piece is.
func (f *feeder) run(size func() int) error {
	for {
		status, err := f.m.Run(f.input, len(f.rest) == 0)
		switch {
		case err != nil || status == Done:
			return err
		case status == More:
			n := min(size(), len(f.rest))
			f.input = append(f.input, f.rest[:n]...)
			f.rest = f.rest[n:]
		case status == Payload:
			f.payloads++
			n, at := f.m.Wanted()
			payload := slices.Clone(f.input[at:])
			more := int(min(n-int64(len(payload)), int64(len(f.rest))))
			payload = append(payload, f.rest[:more]...)
			f.input, f.rest = f.input[:at], f.rest[more:]
			if err := f.m.TakePayload(payload); err != nil {
				return err
			}
		}
	}
}

// checkSame compares a machine that got its input in pieces with one that saw
// it whole.
func checkSame(t *testing.T, name string, f *feeder, err error, whole *Machine, wholeErr error) {
	t.Helper()
	if (err == nil) != (wholeErr == nil) || err != nil && err.Error() != wholeErr.Error() {
		t.Errorf("%s: %v, in one piece: %v", name, err, wholeErr)
		return
	}
	if a, b := f.m.InputOffset(), whole.InputOffset(); a != b && err == nil {
		t.Errorf("%s: ends at %d, in one piece at %d", name, a, b)
	}
	if a, b := f.m.Protocol(), whole.Protocol(); a != b {
		t.Errorf("%s: protocol %d, in one piece %d", name, a, b)
	}
	checkGraphs(t, name, f.m.Graph(), whole.Graph())
}

// checkGraphs compares all that two graphs of the same pickle hold.
func checkGraphs(t *testing.T, name string, a, b *Graph) {
	t.Helper()
	if len(a.objects) != len(b.objects) || a.SharedLen() != b.SharedLen() || a.StringLen() != b.StringLen() ||
		a.Instances() != b.Instances() || a.GlobalLen() != b.GlobalLen() || a.BufferLen() != b.BufferLen() {
		t.Errorf("%s: the tables differ in length", name)
		return
	}
	same := func(what string, x, y []Node) {
		if len(x) != len(y) {
			t.Errorf("%s: %s: %d nodes, in one piece %d", name, what, len(x), len(y))
			return
		}
		for i := range x {
			if !sameNode(a, b, x[i], y[i]) {
				t.Errorf("%s: %s: node %d is a %v at %d, in one piece a %v at %d", name, what, i,
					x[i].Kind(), a.Offset(x[i]), y[i].Kind(), b.Offset(y[i]))
				return
			}
		}
	}
	same("root", []Node{a.Root()}, []Node{b.Root()})
	for i := range a.objects {
		same("object", a.rangeOf(a.objects[i]), b.rangeOf(b.objects[i]))
		if a.objects[i].id != b.objects[i].id {
			t.Errorf("%s: object %d has shared id %d, in one piece %d", name, i, a.objects[i].id, b.objects[i].id)
		}
	}
	for i := range a.GlobalLen() {
		m1, n1, l1 := a.Global(i)
		m2, n2, l2 := b.Global(i)
		same("global", []Node{m1, n1}, []Node{m2, n2})
		if l1 != l2 {
			t.Errorf("%s: global %d: legacy differs", name, i)
		}
	}
	for i := range a.Instances() {
		x, y := a.InstanceAt(i), b.InstanceAt(i)
		same("instance", []Node{x.Self, x.Callable, x.Args, x.State, a.Kwargs(x)}, []Node{y.Self, y.Callable, y.Args, y.State, b.Kwargs(y)})
		same("pairs", a.Pairs(x), b.Pairs(y))
		same("earlier states", a.Earlier(x), b.Earlier(y))
		if x.Form != y.Form || x.Adds != y.Adds {
			t.Errorf("%s: instance %d differs", name, i)
		}
	}
}

func sameNode(a, b *Graph, x, y Node) bool {
	if x.Kind() != y.Kind() {
		return false
	}
	if x.Kind() == KindNothing {
		return true
	}
	if a.Offset(x) != b.Offset(y) || a.Opcode(x) != b.Opcode(y) || x.StringID() != y.StringID() {
		return false
	}
	if x.stringlike() {
		return bytes.Equal(a.Data(x), b.Data(y)) && a.Shared(x) == b.Shared(y)
	}
	return x.body == y.body
}

// goldens returns the pickles in the testdata of the module; there may be none.
func goldens(t *testing.T) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("../testdata/*/p*/*.pkl")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, p := range paths {
		if all[p], err = os.ReadFile(p); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// resumable returns every input that is worth being cut into pieces.
func resumable(t *testing.T) map[string][]byte {
	t.Helper()
	all := goldens(t)
	for _, c := range conformanceCases(t) {
		all[c.Name] = c.data(t)
	}
	for _, p := range payloadPickles() {
		all[p.name] = p.data
	}
	return all
}

func TestResume(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	payloads := 0
	for name, data := range resumable(t) {
		var whole Machine
		_, wholeErr := whole.Run(data, true)
		if len(data) <= 16<<10 {
			f := &feeder{rest: data}
			checkSame(t, name+" by bytes", f, f.run(func() int { return 1 }), &whole, wholeErr)
		}
		most := 1 << r.IntN(18)
		if len(data)/most > 10_000 {
			most = 64 << 10
		}
		f := &feeder{rest: data}
		checkSame(t, name+" in pieces", f, f.run(func() int { return 1 + r.IntN(most) }), &whole, wholeErr)
		payloads += f.payloads
	}
	if payloads == 0 {
		t.Error("no payload was read apart")
	}
}

// A pickle that was written by a real Python is one that the machine accepts.
// Files have several where one Pickler, or in stream.pkl one after the other,
// wrote them.
func TestGoldens(t *testing.T) {
	all := goldens(t)
	if len(all) == 0 {
		t.Fatal("no pickles in testdata")
	}
	var m Machine
	for name, data := range all {
		m.Reset()
		for {
			if _, err := m.Run(data, true); err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
			if m.Consumed() == len(data) {
				break
			}
			if filepath.Base(name) == "stream.pkl" {
				data = data[m.Consumed():]
				m.Reset()
			} else {
				m.Next()
			}
		}
	}
}

type payloadPickle struct {
	name  string
	data  []byte
	kind  Kind
	apart bool // large enough to be read apart
}

// withPayload returns op with a length of size bytes and a payload of n bytes.
func withPayload(op Opcode, size, n int, fill string) []byte {
	length := binary.LittleEndian.AppendUint64(nil, uint64(n))[:size]
	return slices.Concat([]byte{byte(op)}, length, bytes.Repeat([]byte(fill), n/len(fill)))
}

// payloadPickles returns, for each opcode that may have a large payload, a
// list of a small value, two payloads with other values between them, all in
// the memo and fetched from it.
func payloadPickles() []payloadPickle {
	var all []payloadPickle
	for _, p := range []struct {
		op   Opcode
		size int
		kind Kind
		fill string
	}{
		{OpBinUnicode, 4, KindStr, "aé\xed\xa0\x80zz"},
		{OpBinUnicode8, 8, KindStr, "é"},
		{OpBinBytes, 4, KindBytes, "\xff\x00"},
		{OpBinBytes8, 8, KindBytes, "b"},
		{OpByteArray8, 8, KindByteArray, "c"},
		{OpBinString, 4, KindByteString, "\xff"},
		{OpLong4, 4, KindLong, "\x7f"},
		{OpLong4, 4, KindInt, "\x00"},
	} {
		for _, n := range []int{payloadMin - 8, payloadMin, payloadMin + 8, 200_000} {
			one := withPayload(p.op, p.size, n/8*8, p.fill)
			data := slices.Concat([]byte("\x80\x04](K\x07q\x00"), one, []byte("\x94cm\nn\nI5\n"), one, []byte("\x94h\x01h\x02h\x02\x8c\x01x2e."))
			all = append(all, payloadPickle{p.op.String(), data, p.kind, n >= payloadMin})
		}
	}
	return all
}

func TestPayload(t *testing.T) {
	for _, p := range payloadPickles() {
		var whole Machine
		if _, err := whole.Run(p.data, true); err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		items := whole.Graph().Kids(whole.Graph().Root())
		if len(items) != 10 || items[1].Kind() != p.kind {
			t.Fatalf("%s: %d items, the second a %v", p.name, len(items), items[1].Kind())
		}
		for _, size := range []int{1, 7, 1000, 70_000, len(p.data)} {
			f := &feeder{rest: p.data}
			checkSame(t, p.name, f, f.run(func() int { return size }), &whole, nil)
			if size <= 1000 && (f.payloads == 2) != p.apart {
				t.Errorf("%s: %d payloads were read apart from %d bytes in pieces of %d", p.name, f.payloads, len(p.data), size)
			}
		}
	}
}

// An error behind a payload is where it is in the input, not in the buffer.
func TestPayloadErrors(t *testing.T) {
	blob := withPayload(OpBinBytes, 4, payloadMin, "x")
	bad := withPayload(OpBinUnicode, 4, payloadMin, "\xff")
	for name, data := range map[string][]byte{
		"opcode":   slices.Concat(blob, blob, []byte("\xff")),
		"text":     slices.Concat(blob, bad, []byte(".")),
		"cut":      slices.Concat(blob, blob[:payloadMin/2]),
		"memo":     slices.Concat([]byte("("), blob, []byte("h\x09.")),
		"nothing":  blob[:5],
		"cut line": slices.Concat(blob, []byte("I12")),
	} {
		var whole Machine
		_, wholeErr := whole.Run(data, true)
		if wholeErr == nil {
			t.Fatalf("%s: no error", name)
		}
		f := &feeder{rest: data}
		err := f.run(func() int { return 100 })
		if err == nil || err.Error() != wholeErr.Error() {
			t.Errorf("%s: %v, in one piece %v", name, err, wholeErr)
		}
	}
}

func TestPayloadMisuse(t *testing.T) {
	blob := withPayload(OpBinBytes, 4, payloadMin, "x")
	var m Machine
	if status, err := m.Run(blob[:10], false); status != Payload || err != nil {
		t.Fatalf("status %d, %v", status, err)
	}
	if n, at := m.Wanted(); n != payloadMin || at != 5 {
		t.Errorf("wants %d bytes from %d on", n, at)
	}
	if status, err := m.Run(blob, true); status != Payload || !errors.Is(err, errBlobPending) {
		t.Errorf("Run before TakePayload: status %d, %v", status, err)
	}
	if err := m.TakePayload(blob[:3]); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a short payload: %v", err)
	}
	if status, err := (&Machine{}).Run(blob[:10], true); status != More || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("at the end of the input: status %d, %v", status, err)
	}
}

// More is the answer to an instruction that is cut off, and the machine stays
// before it.
func TestRunMore(t *testing.T) {
	var m Machine
	input := []byte("]K")
	for range 3 {
		if status, err := m.Run(input, false); status != More || err != nil || m.Consumed() != 1 {
			t.Fatalf("status %d, %v, %d bytes consumed", status, err, m.Consumed())
		}
	}
	if status, err := m.Run([]byte("]K\x01a."), false); status != Done || err != nil {
		t.Fatalf("status %d, %v", status, err)
	}
	if got := render(m.Graph(), m.Graph().Root()); got != "[1]" {
		t.Error(got)
	}
}

// A line that arrives byte by byte is searched for its end once.
func TestRunLongLine(t *testing.T) {
	var m Machine
	input := append(append([]byte("c"), bytes.Repeat([]byte("m"), 1000)...), '\n')
	input = append(append(input, bytes.Repeat([]byte("n"), 1000)...), "\nI1\n0."...)
	for i := range len(input) {
		if _, err := m.Run(input[:i], false); err != nil {
			t.Fatal(err)
		}
		if i > 1 && i < 1500 && m.searched != i {
			t.Fatalf("searched up to %d of %d", m.searched, i)
		}
	}
	if _, err := m.Run(input, true); err != nil {
		t.Fatal(err)
	}
	module, name, legacy := m.Graph().Global(0)
	if len(m.Graph().Data(module)) != 1000 || len(m.Graph().Data(name)) != 1000 || !legacy {
		t.Error("wrong names")
	}
}

// Several dumps of one Pickler have one memo.
func TestNext(t *testing.T) {
	input := []byte("\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00]\x94K\x01a." + "\x80\x02h\x00K\x02a." + "K\x05\x94(h\x00h\x01\x8c\x01s\x94h\x02t." + "h\x03.")
	for _, piece := range []int{1, len(input)} {
		f := &feeder{rest: input}
		f.m.ShareAll()
		var roots []Node
		var protocols []int
		for range 3 {
			if err := f.run(func() int { return piece }); err != nil {
				t.Fatal(err)
			}
			roots = append(roots, f.m.Graph().Root())
			protocols = append(protocols, f.m.Protocol())
			f.m.Next()
		}
		g := f.m.Graph()
		if got := render(g, roots[2]); got != `([1, 2], 5, "s", "s")` {
			t.Error(got)
		}
		third := g.Kids(roots[2])
		if g.Shared(roots[0]) == 0 || g.Shared(roots[0]) != g.Shared(roots[1]) || g.Shared(third[0]) != g.Shared(roots[0]) {
			t.Error("the list is not one object")
		}
		if !slices.Equal(protocols, []int{4, 2, 0}) {
			t.Errorf("protocols %d", protocols)
		}
		if err := f.run(func() int { return piece }); !errors.Is(err, errMemoKey) {
			t.Errorf("an entry that nobody made: %v", err)
		}
	}
}

// What remains on the stack at STOP, marks too, is gone in the next pickle.
func TestNextForgetsStack(t *testing.T) {
	var m Machine
	input := []byte("NN(K\x01.t.")
	if _, err := m.Run(input, true); err != nil {
		t.Fatal(err)
	}
	m.Next()
	if _, err := m.Run(input, true); !errors.Is(err, errNoMark) {
		t.Errorf("a mark of the first pickle: %v", err)
	}
	m.Reset()
	if _, err := m.Run([]byte("KK0."), true); !errors.Is(err, errUnderflow) {
		t.Errorf("the stack of the first pickle: %v", err)
	}
}

func TestReset(t *testing.T) {
	used := "\x80\x04]\x94(K\x01\x8c\x01a\x94cm\nn\n)R}\x8c\x01bK\x02sbK\x05be\x97(Pid\nS'\\x41'\nt."
	unused := []string{"h\x00.", "h\x01.", "j\x01\x00\x00\x00.", "t.", "0.", "]\x94h\x01.", "cm\na.b\n.", "N\x94j\xff\xff\x00\x00."}
	for _, pickle := range unused {
		var fresh, m Machine
		m.ShareAll()
		if _, err := m.Run([]byte("N0"+used+"r\xff\xff\x00\x00"), true); err != nil {
			t.Fatal(err)
		}
		m.Reset()
		_, want := fresh.Run([]byte(pickle), true)
		_, got := m.Run([]byte(pickle), true)
		if want == nil || got == nil || got.Error() != want.Error() {
			t.Errorf("%q: %v after another pickle, %v on a new machine", pickle, got, want)
		}
	}
	// A used machine and a new one make the same graph.
	var m Machine
	for name, data := range resumable(t) {
		if len(data) > 1<<20 {
			continue
		}
		m.Reset()
		var fresh Machine
		_, want := fresh.Run(data, true)
		if _, got := m.Run(data, true); (got == nil) != (want == nil) || got != nil && got.Error() != want.Error() {
			t.Fatalf("%s: %v, on a new machine %v", name, got, want)
		}
		checkGraphs(t, name, m.Graph(), fresh.Graph())
	}
}

// TestResetAll: nothing is left in any field but the memory of slices.
func TestResetAll(t *testing.T) {
	var check func(path string, v reflect.Value)
	check = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				check(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case reflect.Slice:
			if v.Len() > 0 {
				t.Errorf("%s has %d items", path, v.Len())
			}
		default:
			if !v.IsZero() {
				t.Errorf("%s is %v", path, v)
			}
		}
	}
	m := Machine{fence: 1, proto: 1, pos: 1, op: 1, line: 1, searched: 1, found: 1, want: 1, wantKind: 1, undotted: map[Node]bool{}, shareAll: true, items: new(items),
		stack: make([]Node, 1), marks: make([]int, 1), memo: memo{make([]Node, 1), map[uint64]Node{}, 1, 1, true},
		g: Graph{make([]byte, 1), make([][]byte, 1), make([]Node, 1), make([]object, 1), make([]Instance, 1), make([]more, 1), make([]global, 1), make([]uint32, 1), 1, make([]bool, 1), 1,
			make([]gap, 1), 1, Node{1, 1}}}
	for v := reflect.ValueOf(m); ; {
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("%v.%s is not set before", v.Type(), v.Type().Field(i).Name)
			}
		}
		if v.Type() == reflect.TypeFor[Graph]() {
			break
		}
		v = v.FieldByName("g")
	}
	m.Reset()
	check("Machine", reflect.ValueOf(m))
	if m.g.input != nil || m.g.fetched != nil {
		t.Error("the input is kept")
	}
}

// Reset lets go of the memory of a large pickle once a small one has not made use
// of it.
func TestResetKeepsLittle(t *testing.T) {
	var m Machine
	big := []byte(strings.Repeat("]\x94", 300_000) + ".")
	if _, err := m.Run(big, true); err != nil {
		t.Fatal(err)
	}
	m.Reset()
	small := []byte("\x80\x04](K\x01\x8c\x01a\x94}\x8c\x01bK\x02scm\nn\n)R}bh\x00e.")
	if _, err := m.Run(small, true); err != nil {
		t.Fatal(err)
	}
	m.Reset()
	if n := cap(m.g.objects) + cap(m.g.kids) + cap(m.stack) + cap(m.memo.dense); n > 1<<14 {
		t.Errorf("%d entries are kept", n)
	}
	if n := testing.AllocsPerRun(10, func() {
		m.Reset()
		if _, err := m.Run(small, true); err != nil {
			t.Error(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations of a machine that has run before", n)
	}
}

func TestShared(t *testing.T) {
	for _, tt := range []struct {
		name, pickle string
		shared       []int // of the items of the root: which are one object
	}{
		{"Get", "(]q\x00K\x01h\x00t.", []int{1, 0, 1}},
		{"NotFetched", "(]q\x00]q\x01t.", []int{0, 0}},
		{"Twice", "(]q\x00]q\x01h\x01h\x00h\x00t.", []int{2, 1, 1, 2, 2}},
		{"Dup", "(]2t.", []int{1, 1}},
		{"DupTuple", "()2t.", []int{1, 1}},
		{"String", "(\x8c\x01a\x94h\x00\x8c\x01at.", []int{1, 1, 0}},
		{"DupString", "(\x8c\x01a22t.", []int{1, 1, 1}},
		{"DupMemoizedString", "(\x8c\x01a\x942h\x00t.", []int{1, 1, 1}},
		{"Bytes", "(C\x01a\x94h\x00t.", []int{1, 1}},
		{"ByteString", "(U\x01a\x94h\x00t.", []int{1, 1}},
		{"Long", "(\x8a\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01\x94h\x00t.", []int{1, 1}},
		{"Number", "(K\x01\x94h\x00t.", []int{0, 0}},
		{"Float", "(F1.5\n2t.", []int{0, 0}},
		{"None", "(N2t.", []int{0, 0}},
		{"Global", "(cm\nn\n2t.", []int{0, 0}},
		{"Buffer", "(\x972t.", []int{0, 0}},
		{"Instance", "(cm\nn\n)R\x94h\x00t.", []int{1, 1}},
		{"Persistent", "(Pid\n2t.", []int{1, 1}},
		{"ByteArray", "(\x96\x01\x00\x00\x00\x00\x00\x00\x00a2t.", []int{1, 1}},
		{"Set", "(\x8f2(\x912}2t.", []int{1, 1, 2, 2, 3, 3}},
		{"TwoNamesOneObject", "(]q\x00q\x01h\x00h\x01t.", []int{1, 1, 1}},
		{"Rebound", "(]q\x00]q\x00h\x00t.", []int{0, 1, 1}},
		{"EscapedText", "(V\\u0041\n\x94h\x00t.", []int{1, 1}},
	} {
		g := run(t, tt.pickle)
		var got []int
		for _, n := range g.Kids(g.Root()) {
			got = append(got, int(g.Shared(n)))
		}
		if !slices.Equal(got, tt.shared) {
			t.Errorf("%s: shared ids %d, want %d", tt.name, got, tt.shared)
		}
		if most := slices.Max(tt.shared); g.SharedLen() != most {
			t.Errorf("%s: SharedLen %d, want %d", tt.name, g.SharedLen(), most)
		}
	}
}

// The items that come after a GET are in the list under both names.
func TestSharedListGrows(t *testing.T) {
	g := run(t, "(]q\x00h\x00(K\x01K\x02eh\x00K\x03at.")
	for _, n := range g.Kids(g.Root()) {
		if got := len(g.Kids(n)); got != 3 {
			t.Errorf("%d items, want 3", got)
		}
	}
}

func TestShareAll(t *testing.T) {
	const pickle = "(]\x94\x8c\x01a\x94K\x01\x94]\x8c\x01bh\x00]\x942t\x94."
	for _, all := range []bool{false, true} {
		var m Machine
		if all {
			m.ShareAll()
		}
		if _, err := m.Run([]byte(pickle), true); err != nil {
			t.Fatal(err)
		}
		g := m.Graph()
		items := g.Kids(g.Root())
		for i, want := range []bool{true, all, false, false, false, true, true, true} {
			if got := g.Shared(items[i]) != 0; got != want {
				t.Errorf("ShareAll %v: item %d is shared: %v", all, i, got)
			}
			if got, want := g.Fetched(items[i]), i == 0 || i > 4; got != want {
				t.Errorf("ShareAll %v: item %d was fetched: %v", all, i, got)
			}
		}
		if got := g.Shared(g.Root()) != 0; got != all {
			t.Errorf("ShareAll %v: the root is shared: %v", all, got)
		}
	}
}

func TestStringID(t *testing.T) {
	g := run(t, "(\x8c\x01a\x94\x8c\x01bh\x00\x8c\x01c\x94K\x01t.")
	var ids []uint32
	for _, n := range g.Kids(g.Root()) {
		ids = append(ids, n.StringID())
	}
	if !slices.Equal(ids, []uint32{1, 0, 1, 2, 0}) || g.StringLen() != 2 {
		t.Errorf("string ids %d of %d", ids, g.StringLen())
	}
}

func TestOffsets(t *testing.T) {
	g := run(t, "(K\x01M\x00\x01\x8c\x01aX\x01\x00\x00\x00bC\x01c\x8e\x01\x00\x00\x00\x00\x00\x00\x00dS'e'\nVf\nS'\\x41'\nV\xff\n]cm\nn\n)RPid\n\x97I5\nL6L\n\x8b\x02\x00\x00\x00\x01\x01t.")
	var got []string
	prev := int64(0)
	for _, n := range g.Kids(g.Root()) {
		got = append(got, g.Opcode(n).String())
		if off := g.Offset(n); off <= prev {
			t.Errorf("%v at %d, behind one at %d", g.Opcode(n), off, prev)
		} else {
			prev = off
		}
	}
	want := "BININT1 BININT2 SHORT_BINUNICODE BINUNICODE SHORT_BINBYTES BINBYTES8 STRING UNICODE STRING UNICODE EMPTY_LIST REDUCE PERSID NEXT_BUFFER INT LONG LONG4"
	if got := strings.Join(got, " "); got != want {
		t.Errorf("opcodes\n%s, want\n%s", got, want)
	}
	if op := g.Opcode(Node{head: 1 << 30}); op != 0 {
		t.Errorf("the opcode of nothing is %v", op)
	}
}

func TestErrorText(t *testing.T) {
	var m Machine
	_, err := m.Run([]byte("\x80\x04N\x85e."), true)
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Offset != 4 || e.Op != OpAppends {
		t.Fatalf("%#v", err)
	}
	if got := err.Error(); got != "offset 4: APPENDS: there is no mark" {
		t.Error(got)
	}
	if _, err := new(Machine).Run(nil, true); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("no input: %v", err)
	}
	if _, err := new(Machine).Run([]byte("\x80\x09."), true); !errors.Is(err, errProtocolValue) || !strings.Contains(err.Error(), "protocol 9") {
		t.Errorf("protocol 9: %v", err)
	}
}

// The memo takes indexes in any order and keeps those apart that are far from
// the others.
func TestMemo(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var got memo
		want := map[uint64]Node{}
		limit := uint64(1) << r.IntN(40)
		for i := range 300 {
			index := r.Uint64N(limit)
			if r.IntN(3) == 0 {
				index = uint64(len(want))
			}
			n := node(KindInt, 0, uint64(i))
			got.put(index, n)
			want[index] = n
			if got.n != len(want) {
				t.Fatalf("%d entries, want %d", got.n, len(want))
			}
			probe := r.Uint64N(limit)
			if v, ok := got.get(probe); ok != (want[probe] != Node{}) || ok && v != want[probe] {
				t.Fatalf("entry %d: %v %v, want %v", probe, v, ok, want[probe])
			}
		}
		for index, n := range want {
			if v, ok := got.get(index); !ok || v != n {
				t.Fatalf("entry %d: %v %v, want %v", index, v, ok, n)
			}
		}
		if len(got.dense) > 2*len(want)+16 {
			t.Fatalf("%d places for %d entries", len(got.dense), len(want))
		}
	}
}

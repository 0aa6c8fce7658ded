package vm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
)

// HighestProtocol is the newest pickle protocol.
const HighestProtocol = 5

// Error is what is wrong with a pickle, and where.
type Error struct {
	Offset int64 // of the instruction, in bytes from the beginning of the input
	Op     Opcode
	Err    error
}

func (e *Error) Error() string { return fmt.Sprintf("offset %d: %v: %v", e.Offset, e.Op, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// What can be wrong with an instruction, apart from its argument (literal.go).
var (
	errOpcode        = errors.New("no such opcode")
	errUnderflow     = errors.New("the stack is empty")
	errMarkOnTop     = errors.New("a mark is in the way")
	errNoMark        = errors.New("there is no mark")
	errMemoKey       = errors.New("the memo has no such entry")
	errOdd           = errors.New("a key without a value")
	errNotText       = errors.New("invalid UTF-8")
	errNotASCII      = errors.New("not ASCII")
	errEmptyName     = errors.New("empty module or class name")
	errDotted        = errors.New("a dotted name needs protocol 4")
	errNameKind      = errors.New("module and name must be str")
	errNegative      = errors.New("negative length")
	errExtension     = errors.New("an extension code must be positive")
	errNotCallable   = errors.New("not callable")
	errNotClass      = errors.New("not a class")
	errArgsKind      = errors.New("arguments must be a tuple")
	errKwargsKind    = errors.New("keyword arguments must be a dict")
	errBuildState    = errors.New("state is not a dict")
	errNoAttributes  = errors.New("the object has no attributes to set")
	errNotBuffer     = errors.New("not an out-of-band buffer")
	errListIndex     = errors.New("list index out of range")
	errTooLarge      = errors.New("more than 2**32 objects")
	errBufferLength  = errors.New("the length exceeds what any input can have")
	errBlobPending   = errors.New("a payload is due")
	errAppendToByte  = errors.New("an int from 0 to 255 is required")
	errProtocolValue = fmt.Errorf("the newest protocol is %d", HighestProtocol)
)

// Status says why Run returned.
type Status uint8

const (
	// Done: STOP was executed, the graph is complete.
	Done Status = iota
	// More: the input ends within an instruction; Run again with more.
	More
	// Payload: the instruction at hand wants a large payload of which only
	// the beginning is in the input, if anything; call TakePayload.
	Payload
	// Items: items have been appended to the list that seems to be the root;
	// call TakeItems. Only after StreamItems.
	Items
)

// payloadMin is the size from which on a payload that has not arrived yet is
// read straight into memory of its own.
const payloadMin = 64 << 10

// Machine executes pickles into graphs. It calls and imports nothing. The zero
// Machine is ready to run.
//
// The order in which a machine is used: Run with the input, which may grow
// from call to call but must keep what it had; when Run returns Done, Graph
// and Consumed; then Reset for the next pickle.
type Machine struct {
	g     Graph
	stack []Node
	marks []int
	fence int // the stack must not shrink below: the topmost mark
	memo  memo
	proto int

	pos      int   // the next instruction
	op       int   // the instruction at hand
	line     int   // the instruction whose lines have been searched for newlines:
	searched int   // up to here
	found    int   // with so many found
	want     int64 // Payload: how much, of which kind
	wantKind Kind
	undotted map[Node]bool // long names of classes without a dot
	shareAll bool          // see ShareAll; of StreamItems, for containers and instances only
	items    *items        // see StreamItems; else nil
}

// ShareAll makes the machine treat every object in the memo as shared, not
// only those that were fetched from it. It is needed where a later pickle can
// refer to the objects of this one.
func (m *Machine) ShareAll() { m.shareAll, m.g.fetched = true, make([]bool, 1) }

// Graph returns what the last pickle built.
func (m *Machine) Graph() *Graph { return &m.g }

// Consumed returns how many bytes of the input buffer have been executed.
func (m *Machine) Consumed() int { return m.pos }

// InputOffset is Consumed and the payloads that were taken apart from it.
func (m *Machine) InputOffset() int64 { return m.g.offset(m.pos) }

// Protocol returns what the pickle's PROTO said, 0 where there was none.
func (m *Machine) Protocol() int { return m.proto }

// Reset makes the machine forget everything. Memory is kept for the next pickle,
// as long as it is made use of, up to a limit.
func (m *Machine) Reset() {
	g := &m.g
	m.stack = m.stack[:min(len(g.kids), cap(m.stack))] // what is on it passes into the arena, mostly
	clear(g.blobs)
	keep(&g.blobs)
	keep(&g.kids)
	keep(&g.objects)
	keep(&g.instances)
	keep(&g.more)
	keep(&g.globals)
	keep(&g.strings)
	keep(&g.gaps)
	g.input, g.fetched, g.root, g.shared, g.buffers, g.origin = nil, nil, Node{}, 0, 0, 0
	keep(&m.stack)
	keep(&m.marks)
	keep(&m.memo.dense)
	m.memo = memo{dense: m.memo.dense}
	m.fence, m.proto, m.pos, m.op, m.line, m.searched, m.found = 0, 0, 0, 0, 0, 0, 0
	m.want, m.wantKind, m.undotted, m.shareAll, m.items = 0, 0, nil, false, nil
}

// keep empties s, and drops it where it is not worth keeping: a large one of which
// little was used.
func keep[T any](s *[]T) {
	if cap(*s) <= 1<<10 || isWorth(*s) {
		*s = (*s)[:0]
	} else {
		*s = nil
	}
}

// isWorth reports whether to keep s: apart, so that keep is compiled in line.
func isWorth[T any](s []T) bool {
	const most = 64 << 20 // bytes
	return cap(s)*int(reflect.TypeFor[T]().Size()) <= most && len(s) >= cap(s)/8
}

// Next prepares the machine for the next pickle of the same stream: the memo
// and the graph stay, everything else begins anew.
func (m *Machine) Next() {
	m.stack, m.marks, m.fence, m.proto = m.stack[:0], m.marks[:0], 0, 0
	m.g.root = Node{}
}

func (m *Machine) fail(err error) error {
	op := Opcode(0)
	if m.op < len(m.g.input) {
		op = Opcode(m.g.input[m.op])
	}
	return &Error{m.g.offset(m.op), op, err}
}

func (m *Machine) failf(format string, args ...any) error {
	return m.fail(fmt.Errorf(format, args...))
}

// Run executes input from where the last call stopped. eof says that there
// will be no more: an instruction that is cut off is then an error that wraps
// io.ErrUnexpectedEOF.
func (m *Machine) Run(input []byte, eof bool) (Status, error) {
	if m.want != 0 {
		return Payload, m.fail(errBlobPending)
	}
	if m.g.input == nil {
		m.presize(len(input))
	}
	m.g.input = input
	status, err := m.run(input, eof)
	if status == More || err != nil {
		m.pos = m.op
	}
	if status == More && eof && err == nil {
		err = m.fail(io.ErrUnexpectedEOF)
	}
	if status == Done && err == nil && m.items != nil {
		err = m.checkRoot()
	}
	return status, err
}

// presize makes room for what an input of n bytes usually needs.
func (m *Machine) presize(n int) {
	n = min(n/8, 1<<13)
	if cap(m.g.kids) < n {
		m.g.kids = make([]Node, 0, n)
	}
	if cap(m.stack) < 64 {
		m.stack = make([]Node, 0, 64)
	}
}

// Wanted returns, after Payload, how many bytes the payload has, and where in
// the input it begins.
func (m *Machine) Wanted() (n int64, at int) { return m.want, m.pos }

// TakePayload completes the instruction at hand with its payload, which the
// graph keeps, and which is not part of the input: the input goes on behind
// it. The part of the payload that is in the input must be cut off from it.
func (m *Machine) TakePayload(data []byte) error {
	if int64(len(data)) != m.want {
		return m.fail(io.ErrUnexpectedEOF)
	}
	kind := m.wantKind
	m.want = 0
	skipped := len(data)
	if k := len(m.g.gaps); k > 0 {
		skipped += m.g.gaps[k-1].skipped
	}
	m.g.gaps = append(m.g.gaps, gap{m.pos, skipped})
	if m.items != nil {
		m.items.payloads += len(data)
		m.items.frame -= int64(len(data))
	}
	return m.pushData(kind, data)
}

// pushData pushes data that is no part of the input.
func (m *Machine) pushData(kind Kind, data []byte) error {
	switch kind {
	case KindLong:
		if v, ok := longFits(data); ok {
			m.push(node(KindInt, m.op, uint64(v)))
			return nil
		}
	case KindStr:
		if !validText(data) {
			return m.fail(errNotText)
		}
	}
	m.g.blobs = append(m.g.blobs, data)
	k := kind
	if kind == KindByteArray {
		k = KindBytes
	}
	n := Node{uint64(k)<<kindShift | blobFlag | uint64(m.op), uint64(len(m.g.blobs) - 1)}
	if kind == KindByteArray {
		return m.newObject(KindByteArray, n)
	}
	m.push(n)
	return nil
}

// pushSlice pushes the data input[from:from+n]. The offset of the node is
// that of the data; the opcode is from-m.op bytes before, at most 9 in a
// binary form.
func (m *Machine) pushSlice(kind Kind, from, n int) error {
	if uint64(n) > math.MaxUint32 || from-m.op > 15 {
		return m.pushData(kind, m.g.input[from:from+n:from+n])
	}
	head := uint64(from-m.op)<<headerShift | uint64(from)
	switch kind {
	case KindLong:
		if v, ok := longFits(m.g.input[from : from+n]); ok {
			m.push(node(KindInt, m.op, uint64(v)))
			return nil
		}
	case KindStr:
		if !validText(m.g.input[from : from+n]) {
			return m.fail(errNotText)
		}
	case KindByteArray:
		return m.newObject(KindByteArray, Node{uint64(KindBytes)<<kindShift | head, uint64(n)})
	}
	m.push(Node{uint64(kind)<<kindShift | head, uint64(n)})
	return nil
}

// pushText pushes what an escaped line says: a part of the input where
// nothing was escaped.
func (m *Machine) pushText(kind Kind, line, text []byte, at int) error {
	if len(text) == 0 {
		return m.pushSlice(kind, at, 0)
	}
	for i := 0; i < 2 && i < len(line); i++ { // behind the quote of STRING, or at once
		if &text[0] == &line[i] {
			return m.pushSlice(kind, at+i, len(text))
		}
	}
	m.g.blobs = append(m.g.blobs, text)
	m.push(Node{uint64(kind)<<kindShift | blobFlag | uint64(m.op), uint64(len(m.g.blobs) - 1)})
	return nil
}

func (m *Machine) push(n Node) { m.stack = append(m.stack, n) }

// pop takes the top of the stack, which must not be a mark.
func (m *Machine) pop() (Node, error) {
	if err := m.has(1); err != nil {
		return Node{}, err
	}
	n := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return n, nil
}

// has checks that there are k values above the topmost mark.
func (m *Machine) has(k int) error {
	if len(m.stack)-m.fence >= k {
		return nil
	}
	return m.lacks()
}

// lacks is the error for too few values: apart, so that has is compiled in line.
func (m *Machine) lacks() error {
	if len(m.marks) > 0 {
		return m.fail(errMarkOnTop)
	}
	return m.fail(errUnderflow)
}

func (m *Machine) mark() {
	m.marks = append(m.marks, len(m.stack))
	m.fence = len(m.stack)
}

// popMark removes the topmost mark and returns where in the stack it was.
func (m *Machine) popMark() (int, error) {
	k := len(m.marks) - 1
	if k < 0 {
		return 0, m.fail(errNoMark)
	}
	at := m.marks[k]
	m.dropMark()
	return at, nil
}

func (m *Machine) dropMark() {
	m.marks = m.marks[:len(m.marks)-1]
	m.fence = 0
	if k := len(m.marks); k > 0 {
		m.fence = m.marks[k-1]
	}
}

// doPop is POP, which drops a mark when that is what is on top.
func (m *Machine) doPop() error {
	if k := len(m.marks); k > 0 && m.marks[k-1] == len(m.stack) {
		m.dropMark()
		return nil
	}
	n, err := m.pop()
	if err == nil && n.Kind() == KindInstance {
		err = m.noteSetter(n)
	}
	return err
}

func (m *Machine) doPopMark() error {
	at, err := m.popMark()
	if err == nil {
		m.stack = m.stack[:at]
	}
	return err
}

func (m *Machine) doDup() error {
	if err := m.has(1); err != nil {
		return err
	}
	top := &m.stack[len(m.stack)-1]
	m.identify(top)
	m.shareAgain(*top)
	m.push(*top)
	return m.refer(*top)
}

// identify gives a string-like node a string id, so that its copies are known
// to be one object.
func (m *Machine) identify(n *Node) {
	if n.stringlike() && n.body>>32 == 0 {
		m.g.strings = append(m.g.strings, 0)
		n.body |= uint64(len(m.g.strings)) << 32
	}
}

// shareAgain is share for what is referred to once more now.
func (m *Machine) shareAgain(n Node) {
	m.g.share(n)
	if !m.shareAll {
		return
	}
	if id := int(m.g.Shared(n)); id != 0 {
		if lacking := id + 1 - len(m.g.fetched); lacking > 0 {
			m.g.fetched = append(m.g.fetched, make([]bool, lacking)...)
		}
		m.g.fetched[id] = true
	}
}

// newObject pushes a new container that holds the given kids.
func (m *Machine) newObject(kind Kind, kids ...Node) error {
	return m.newObjectAt(kind, kids, 0)
}

func (m *Machine) newObjectAt(kind Kind, kids []Node, extra int) error {
	g := &m.g
	if uint64(max(len(g.objects), len(g.kids)+len(kids))) >= math.MaxUint32 {
		return m.fail(errTooLarge)
	}
	start := len(g.kids)
	if len(kids) > 0 {
		g.kids = append(reserve(g.kids, len(kids)), kids...)
	}
	n := uint32(len(kids))
	m.push(node(kind, m.op, uint64(len(g.objects))))
	if kind == KindInstance {
		g.instances[extra].Self = m.stack[len(m.stack)-1]
	}
	g.objects = append(reserve(g.objects, 1), object{start: uint32(start), n: n, cap: n, extra: uint32(extra)})
	return nil
}

// fromMark replaces everything above the topmost mark by a container of it.
func (m *Machine) fromMark(kind Kind) error {
	at, err := m.popMark()
	if err != nil {
		return err
	}
	if kind == KindDict && (len(m.stack)-at)%2 != 0 {
		return m.fail(errOdd)
	}
	kids := m.stack[at:]
	m.stack = m.stack[:at] // newObject copies the kids before it pushes
	return m.newObject(kind, kids...)
}

// tuple replaces the n values on top, one to three, by a tuple of them.
func (m *Machine) tuple(n int) error {
	if err := m.has(n); err != nil {
		return err
	}
	g := &m.g
	start, at := len(g.kids), len(m.stack)-n
	if cap(g.kids)-start < n || cap(g.objects) == len(g.objects) || uint64(start+n) >= math.MaxUint32 {
		kids := m.stack[at:]
		m.stack = m.stack[:at]
		return m.newObject(KindTuple, kids...)
	}
	g.kids = g.kids[:start+n]
	for i, k := range m.stack[at:] { // three at most: copy would take longer to begin
		g.kids[start+i] = k
	}
	m.stack[at] = node(KindTuple, m.op, uint64(len(g.objects)))
	m.stack = m.stack[:at+1]
	g.objects = append(g.objects, object{start: uint32(start), n: uint32(n), cap: uint32(n)})
	return nil
}

// empty pushes a new container that is empty.
func (m *Machine) empty(kind Kind) error {
	g := &m.g
	if cap(g.objects) == len(g.objects) || uint64(len(g.kids)) >= math.MaxUint32 {
		return m.newObject(kind)
	}
	m.push(node(kind, m.op, uint64(len(g.objects))))
	g.objects = append(g.objects, object{start: uint32(len(g.kids))})
	return nil
}

// reserve returns s with room for n more, doubling its size where it must
// grow: append's own growth of a quarter makes garbage of five times the size.
func reserve[T any](s []T, n int) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	grown := make([]T, len(s), max(2*cap(s), len(s)+n, 16))
	copy(grown, s)
	return grown
}

// extend adds kids to those of o. They stay in one piece: where others follow
// in the arena, the piece moves to its end with twice the room.
func (m *Machine) extend(o *object, kids []Node) error {
	g := &m.g
	n := len(kids)
	if int(o.n)+n > int(o.cap) {
		switch {
		case int(o.start)+int(o.n) == len(g.kids):
		case o.n == 0:
			o.start = uint32(len(g.kids))
		default:
			room := max(2*int(o.n), int(o.n)+n)
			g.kids = reserve(g.kids, room)
			at := len(g.kids)
			g.kids = append(g.kids, g.kids[o.start:o.start+o.n]...)
			g.kids = g.kids[:at+room]
			o.start, o.cap = uint32(at), uint32(room)
		}
		if int(o.n)+n > int(o.cap) { // at the end of the arena
			g.kids = reserve(g.kids, n)
			g.kids = g.kids[:int(o.start)+int(o.n)+n]
			o.cap = o.n + uint32(n)
		}
		if uint64(len(g.kids)) >= math.MaxUint32 {
			return m.fail(errTooLarge)
		}
	}
	copy(g.kids[o.start+o.n:], kids)
	o.n += uint32(n)
	return nil
}

// mark bounds of the items that APPENDS and its like take: at is where the
// items begin in the stack; the object that gets them is below.
func (m *Machine) itemsAbove() (at int, err error) {
	if at, err = m.popMark(); err != nil {
		return 0, err
	}
	if at <= m.fence {
		return 0, m.has(len(m.stack) + 1) // nothing below the mark
	}
	return at, nil
}

// appendItems gives the object below at the items from there on.
func (m *Machine) appendItems(at int) error {
	items := m.stack[at:]
	m.stack = m.stack[:at]
	if len(items) == 0 {
		return nil
	}
	to := m.asInstance(at - 1)
	if m.items != nil && m.isTaken(to) && to != m.items.root {
		return m.fail(errTaken)
	}
	switch to.Kind() {
	case KindList, KindInstance:
	case KindByteArray:
		for _, it := range items {
			if k := it.Kind(); k != KindInt && k != KindBool || uint64(it.Int()) > 255 {
				return m.fail(errAppendToByte)
			}
		}
	default:
		return m.failf("%v has no items to append to", to.Kind())
	}
	return m.extend(&m.g.objects[uint32(to.body)], items)
}

func (m *Machine) addItems(at int) error {
	items := m.stack[at:]
	m.stack = m.stack[:at]
	if len(items) == 0 {
		return nil
	}
	to := m.asInstance(at - 1)
	if m.items != nil && m.isTaken(to) {
		return m.fail(errTaken)
	}
	switch to.Kind() {
	case KindSet:
	case KindInstance:
		m.g.Instance(to).Adds = true
	default:
		return m.failf("%v has no items to add to", to.Kind())
	}
	return m.extend(&m.g.objects[uint32(to.body)], items)
}

func (m *Machine) setItems(at int) error {
	pairs := m.stack[at:]
	if len(pairs)%2 != 0 {
		return m.fail(errOdd)
	}
	m.stack = m.stack[:at]
	if len(pairs) == 0 {
		return nil
	}
	to := m.asInstance(at - 1)
	if m.items != nil && m.isTaken(to) {
		return m.fail(errTaken)
	}
	switch to.Kind() {
	case KindDict:
		return m.extend(&m.g.objects[uint32(to.body)], pairs)
	case KindInstance:
		return m.extend(&m.g.moreOf(m.g.Instance(to)).pairs, pairs)
	case KindList:
		return m.setListItems(m.g.Kids(to), pairs)
	}
	return m.failf("%v has no items to set", to.Kind())
}

// setListItems is list[i] = v: rare, and legal.
func (m *Machine) setListItems(list, pairs []Node) error {
	for i := 0; i < len(pairs); i += 2 {
		k := pairs[i]
		if k.Kind() != KindInt && k.Kind() != KindBool {
			return m.failf("a list index must be an int, not %v", k.Kind())
		}
		at := k.Int()
		if at < 0 {
			at += int64(len(list))
		}
		if at < 0 || at >= int64(len(list)) {
			return m.fail(errListIndex)
		}
		list[at] = pairs[i+1]
	}
	return nil
}

func (m *Machine) nextBuffer() {
	m.push(node(KindBuffer, m.op, uint64(m.g.buffers)<<1))
	m.g.buffers++
}

func (m *Machine) readonlyBuffer() error {
	if err := m.has(1); err != nil {
		return err
	}
	top := &m.stack[len(m.stack)-1]
	switch top.Kind() {
	case KindBuffer:
		top.body |= 1
	case KindBytes, KindByteArray, KindInstance, KindPersistent:
	default:
		return m.fail(errNotBuffer)
	}
	return nil
}

func (m *Machine) put(index uint64) error {
	if err := m.has(1); err != nil {
		return err
	}
	top := &m.stack[len(m.stack)-1]
	switch k := top.Kind(); {
	case k == KindTuple:
		m.g.objects[uint32(top.body)].extra = 1
	case top.stringlike():
		m.identify(top)
	}
	if m.shareAll && (m.items == nil || !top.stringlike()) {
		m.g.share(*top)
	}
	m.memo.put(index, *top)
	return nil
}

func (m *Machine) get(index uint64) error {
	n, ok := m.memo.get(index)
	if !ok && m.items != nil {
		return m.getOlder(index)
	}
	if !ok {
		return m.fail(errMemoKey)
	}
	m.shareAgain(n)
	if !m.shareAll || m.items != nil {
		m.memo.know(index)
	}
	m.push(n)
	return m.refer(n)
}

// float8 reads the argument of BINFLOAT, which alone is big-endian.
func float8(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

package vm

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
)

// A pickle whose root is a list can be larger than memory. StreamItems makes the
// machine hand over the items as they are appended. The graph grows until it has
// the size of the window; then it becomes the older graph, and an empty one takes
// its place. What is fetched from the older one is copied into the new one, with
// all that it refers to, and what has been fetched once is copied before the older
// graph is dropped, up to a limit. So what is referred to now and then stays.

// ErrLetGo says that a pickle refers to an object which the machine has let go of.
var ErrLetGo = errors.New("the object has been let go of, with the item it was in")

var (
	errTaken   = fmt.Errorf("an object of an earlier item is modified: %w", ErrLetGo)
	errRoot    = fmt.Errorf("the list whose items were handed over is in itself: %w", ErrLetGo)
	errNotRoot = fmt.Errorf("the list whose items were handed over is not the root: %w", ErrLetGo)
	errIndexes = fmt.Errorf("the indexes of the memo do not count up: %w", ErrLetGo)
)

const (
	gatherItems   = 1000      // of APPEND; APPENDS has a batch
	gatherBytes   = 64 << 10  // the same
	mostConstants = 100       // of a class that are kept without having been fetched
	mostFrame     = 1 << 20   // CPython's frames are of 64 KiB; more is not waited for
	mostLow       = 1 << 10   // indexes that are looked up in a slice
	olderFlag     = 1 << 49   // in the head of a node: the lower bits are offset << 8 | opcode
	mostOffset    = 1<<41 - 1 // of an older node
)

// items is what a machine has for StreamItems.
type items struct {
	window   int // see StreamItems
	keep     int
	copy     int
	root     Node   // once items of it have been taken
	count    int64  // of the items that were taken
	first    int64  // the same, when the graph was empty
	since    int    // where in the input the other items begin
	settled  uint32 // objects up to here are of items that were taken
	payloads int    // bytes of the payloads that the graph has
	frame    int64  // where in the input the frame ends that was not waited for
	entries  entries
	old      *generation
	moves    []Move
	importer
}

// generation is the older graph with its part of the memo.
type generation struct {
	g       Graph
	dense   []Node // from index base on
	base    uint64
	entries entries
	root    Node
	first   int64 // the number of its first item
}

// Move says that a shared object of the older graph is in the graph now, too.
type Move struct{ From, To uint32 }

// StreamItems prepares a machine that has executed nothing yet for a list that is
// larger than memory: Run returns Items whenever items have been appended to the
// list that lies at the bottom of the stack, alone. window is the size of the graph
// and input, in bytes, at which the graph is Full, keep how much Keep copies of the
// older graph, most how much of the graph may be copies. Every container and
// instance in the memo is treated as shared.
func (m *Machine) StreamItems(window, keep, most int) {
	m.items = &items{window: window, keep: keep, copy: most}
	m.shareAll, m.g.fetched = true, make([]bool, 1)
}

// TakeItems returns the items that the list has got since the last call. They stay
// valid until the graph is dropped: see NextGraph.
func (m *Machine) TakeItems() []Node {
	s, g := m.items, &m.g
	o := &g.objects[uint32(s.root.body)]
	kids := g.kids[o.start : o.start+o.n]
	o.start, o.n, o.cap = uint32(len(g.kids)), 0, 0
	s.since, s.settled = m.pos, uint32(len(g.objects))
	s.count += int64(len(kids))
	return kids
}

// hasItems reports whether there are items to be taken; p is the next instruction.
func (m *Machine) hasItems(p int, gather bool) bool {
	if len(m.stack) != 1 || len(m.marks) != 0 || m.stack[0].Kind() != KindList {
		return false
	}
	s, root := m.items, m.stack[0]
	n := m.g.objects[uint32(root.body)].n
	if n == 0 || gather && n < gatherItems && p-s.since < gatherBytes {
		return false
	}
	if s.root == (Node{}) {
		if m.g.Fetched(root) { // who knows by what; such a list is decoded as a whole
			return false
		}
		s.root = root
	}
	return s.root == root // else checkRoot fails
}

// hasFrame reports whether a frame of n bytes at p is there, or need not be yet.
func (m *Machine) hasFrame(p int, n uint64) bool {
	if uint64(len(m.g.input)-p) >= n {
		return true
	}
	if m.items == nil || n < mostFrame || n > math.MaxInt64/2 {
		return false
	}
	m.items.frame = int64(p) + int64(n)
	return true
}

// checkRoot fails, at STOP, if items were taken of something else than the root.
func (m *Machine) checkRoot() error {
	if s := m.items; s.root != (Node{}) && s.root != m.g.root {
		return m.fail(errNotRoot)
	}
	return nil
}

// refer fails if n, which is referred to once more, is the list whose items were taken.
func (m *Machine) refer(n Node) error {
	if m.items == nil || n.Kind() != KindList || n != m.items.root {
		return nil
	}
	return m.fail(errRoot)
}

// isTaken reports whether an object is, or is part of, an item that was taken.
func (m *Machine) isTaken(n Node) bool {
	return uint32(n.body) < m.items.settled || n.head&olderFlag != 0
}

// Full reports whether the graph is to be dropped.
func (m *Machine) Full() bool { return m.size()-m.items.copied >= m.items.window }

// size estimates the memory of graph, memo and input.
func (m *Machine) size() int {
	g := &m.g
	return m.pos + m.items.payloads + 16*(len(g.kids)+len(m.memo.dense)+len(m.items.entries.more)) + 24*len(g.objects) + 4*len(g.strings) +
		104*len(g.instances) + 160*len(g.more) + 40*len(g.globals) + 48*len(g.blobs)
}

// Moves returns the shared objects that were copied from the older graph since the
// last call.
func (m *Machine) Moves() []Move {
	moves := m.items.moves
	m.items.moves = nil
	return moves
}

// Keep copies what NextGraph is to keep of the older graph, which it drops: classes,
// what may be constants, and then what has been fetched. Moves are due after it.
func (m *Machine) Keep() {
	s := m.items
	if s.old == nil {
		return
	}
	limit := s.copied + s.data + s.keep
	keep := func(index uint64, n Node) bool {
		if _, ok := s.entries.get(index); ok {
			return true
		}
		undo := m.markCopies()
		n, ok := m.fromOlder(n, limit)
		if !ok {
			m.undoCopies(undo)
			return false
		}
		s.entries.set(index, n)
		return true
	}
	constants := make(map[uint64]int) // by class
	constant := func(n Node) bool {
		class, ok := s.old.g.constant(n)
		if ok {
			constants[class]++
		}
		return ok && constants[class] <= mostConstants
	}
	fetched := func(n Node) bool { return n.head&knownFlag != 0 }
	for _, wanted := range []func(Node) bool{Node.isGlobal, constant, fetched} {
		for index, n := range s.old.entries.all {
			if wanted(n) && !keep(index, n) {
				return
			}
		}
		for i, n := range s.old.dense {
			if wanted(n) && !keep(s.old.base+uint64(i), n) {
				return
			}
		}
	}
	for index, n := range s.old.entries.all {
		if !keep(index, n) {
			return
		}
	}
}

func (n Node) isGlobal() bool { return n.Kind() == KindGlobal }

// constant reports whether n can be one of few objects that a class has, such as a
// member of an enum: the result of a call, without a state. Such a one may be
// referred to again after a long time.
func (g *Graph) constant(n Node) (class uint64, ok bool) {
	if n.Kind() != KindInstance {
		return 0, false
	}
	in := g.Instance(n)
	ok = in.Form == FormReduce && in.Callable.Kind() == KindGlobal && in.State.Kind() == KindNothing && in.more == 0 && len(g.Kids(n)) == 0
	return in.Callable.body, ok
}

// NextGraph makes the graph the older one, and drops the one that was that up to
// now. It returns the graph, at a new address. The next Run gets the input from where
// the last one stopped. reuse says that nobody needs the graph that is dropped: its
// memory is used again.
func (m *Machine) NextGraph(reuse bool) (*Graph, error) {
	s, mm := m.items, &m.memo
	for i, n := range mm.dense {
		if n.Kind() != KindNothing {
			continue
		}
		if i > 0 || mm.base > 0 {
			return nil, m.fail(errIndexes)
		}
		mm.hole = true
	}
	if len(mm.sparse) > 0 {
		return nil, m.fail(errIndexes)
	}
	spare := &generation{}
	if reuse && s.old != nil {
		spare = s.old
	}
	origin := m.g.origin + m.g.offset(m.pos)
	s.old = &generation{g: m.g, dense: mm.dense, base: mm.base, entries: s.entries, root: s.root, first: s.first}
	s.first = s.count
	g := &spare.g
	clear(g.blobs)
	m.g = Graph{
		blobs: g.blobs[:0], kids: g.kids[:0], objects: append(g.objects[:0], object{}), instances: g.instances[:0], more: g.more[:0],
		globals: g.globals[:0], strings: g.strings[:0], fetched: make([]bool, 1), buffers: m.g.buffers, origin: origin,
	}
	mm.base += uint64(len(mm.dense))
	mm.dense = spare.dense[:0]
	s.root = Node{s.old.place(s.root), 0}
	s.frame -= int64(m.pos)
	s.since, s.settled, s.payloads, s.entries, s.importer = 0, 1, 0, entries{}, importer{}
	m.stack[0] = s.root
	m.pos, m.op, m.line, m.searched, m.found, m.undotted = 0, 0, 0, 0, 0, nil
	return &s.old.g, nil
}

// getOlder is get for what is not in the graph's own part of the memo.
func (m *Machine) getOlder(index uint64) error {
	s := m.items
	n, ok := s.entries.get(index)
	if !ok {
		if index >= m.memo.base {
			return m.fail(errMemoKey)
		}
		if n, ok = s.old.get(index); !ok {
			return m.failf("%w: entry %d of the memo is older than item %d", ErrLetGo, index, s.old.first)
		}
		if n.Kind() == KindList && n.body == s.old.root.body {
			return m.fail(errRoot)
		}
		if n, ok = m.fromOlder(n, s.copy); !ok {
			return m.failf("%w: what it refers to is too large to be kept", ErrLetGo)
		}
	}
	if n.head&knownFlag == 0 {
		m.shareAgain(n)
		n.head |= knownFlag
		s.entries.set(index, n)
	}
	n.head &^= knownFlag
	m.push(n)
	return nil
}

// entries are the entries of the memo that were copied from the older graph. The
// names of attributes, which are fetched all the time, come first in a pickle.
type entries struct {
	low  []Node
	more map[uint64]Node
}

func (e *entries) get(index uint64) (Node, bool) {
	if index < uint64(len(e.low)) {
		n := e.low[index]
		return n, n.Kind() != KindNothing
	}
	n, ok := e.more[index]
	return n, ok
}

func (e *entries) set(index uint64, n Node) {
	switch {
	case index >= mostLow:
		if e.more == nil {
			e.more = make(map[uint64]Node)
		}
		e.more[index] = n
	default:
		if e.low == nil {
			e.low = make([]Node, mostLow)
		}
		e.low[index] = n
	}
}

// all ranges over the entries in the order of their indexes.
func (e *entries) all(yield func(uint64, Node) bool) {
	for i, n := range e.low {
		if n.Kind() != KindNothing && !yield(uint64(i), n) {
			return
		}
	}
	for _, index := range slices.Sorted(maps.Keys(e.more)) {
		if !yield(index, e.more[index]) {
			return
		}
	}
}

func (o *generation) get(index uint64) (Node, bool) {
	if at := index - o.base; at < uint64(len(o.dense)) {
		return o.dense[at], o.dense[at].Kind() != KindNothing
	}
	return o.entries.get(index)
}

// place returns the head of n as that of an older node: with the offset in the
// pickle, and the opcode, which is not in the input any more.
func (o *generation) place(n Node) uint64 {
	head := uint64(n.Kind())<<kindShift | olderFlag
	if n.head&olderFlag != 0 {
		return head | n.head&offsetMask
	}
	return head | min(uint64(o.g.origin+o.g.Offset(n)), mostOffset)<<8 | uint64(o.g.Opcode(n))
}

// olderOffset returns the offset of an older node in the pickle.
func (n Node) olderOffset() int64 { return int64(n.head & (olderFlag - 1) >> 8) }

package vm

// EmptyList writes an empty list.
func (w *Writer) EmptyList() { w.empty(OpEmptyList, OpList) }

// EmptyDict writes an empty dict.
func (w *Writer) EmptyDict() { w.empty(OpEmptyDict, OpDict) }

// EmptyTuple writes the empty tuple, which is never in the memo.
func (w *Writer) EmptyTuple() { w.empty(OpEmptyTuple, OpTuple) }

func (w *Writer) empty(op, text Opcode) {
	if w.proto > 0 {
		w.Op(op)
	} else {
		w.buf = append(w.buf, byte(OpMark), byte(text))
	}
}

// BeginTuple is due before the items of a tuple of n items, n > 0.
func (w *Writer) BeginTuple(n int) {
	if w.marksTuple(n) {
		w.Op(OpMark)
	}
}

// EndTuple makes a tuple of the n items written since BeginTuple.
func (w *Writer) EndTuple(n int) {
	if w.marksTuple(n) {
		w.Op(OpTuple)
	} else {
		w.Op(OpTuple1 + Opcode(n-1))
	}
}

// DropTuple takes the place of EndTuple where saving the items has saved the
// tuple itself, which refers to itself by way of one of them: it drops the items.
// The tuple's entry in the memo is then the one to get.
func (w *Writer) DropTuple(n int) {
	switch {
	case !w.marksTuple(n):
	case w.proto > 0:
		w.Op(OpPopMark)
		return
	default:
		n++ // the mark
	}
	for range n {
		w.Op(OpPop)
	}
}

func (w *Writer) marksTuple(n int) bool { return n > 3 || w.proto < 2 }

// BatchKind says in which of its ways CPython adds items to a container.
type BatchKind uint8

// The exact types are those of a list, dict or set that is of no subclass.
// CPython writes those without looking ahead: a last item that is alone in its
// batch stands between MARK and APPENDS, and a dict or set whose size is a
// multiple of 1000 gets one more batch, which is empty. The items of all others
// come from an iterator.
const (
	BatchList      BatchKind = iota // an exact list
	BatchDict                       // an exact dict: an item is a key and a value
	BatchSet                        // a set, from protocol 4 on
	BatchListItems                  // the list items of a list subclass or of __reduce__
	BatchDictItems                  // the dict items of a dict subclass or of __reduce__
)

// Batch adds items to the container that was written last.
//
//	b := w.Batch(vm.BatchList, len(items))
//	for _, item := range items {
//		b.Next()
//		… // save item
//	}
//	b.End()
type Batch struct {
	w    *Writer
	room int // items that the open batch can still take
	rest int // items that are in no batch yet
	one  Opcode
	many Opcode
	kind BatchKind
	open bool // a batch has begun
	bare bool // it is of one item, without a mark
}

// Batch begins to add n items. Nothing is written if none are added.
func (w *Writer) Batch(kind BatchKind, n int) Batch {
	b := Batch{w: w, rest: n, kind: kind}
	switch kind {
	case BatchList, BatchListItems:
		b.one, b.many = OpAppend, OpAppends
	case BatchDict, BatchDictItems:
		b.one, b.many = OpSetItem, OpSetItems
	default:
		b.many = OpAddItems
	}
	return b
}

// Next is due before each item.
func (b *Batch) Next() {
	if b.room == 0 {
		b.turn()
	}
	b.room--
}

// Run takes the place of Next for up to n items, n > 0. It returns how many of them
// are to be written before the next call.
func (b *Batch) Run(n int) int {
	if b.room == 0 {
		b.turn()
	}
	n = min(n, b.room)
	b.room -= n
	return n
}

// End is due after the last item.
func (b *Batch) End() {
	b.close()
	if b.open && !b.bare && b.room == 0 && (b.kind == BatchDict || b.kind == BatchSet) {
		b.w.buf = append(b.w.buf, byte(OpMark), byte(b.many))
	}
}

// turn ends the open batch and begins the next one.
func (b *Batch) turn() {
	b.close()
	b.bare = b.alone()
	b.open = true
	if b.bare {
		b.room = 1
	} else {
		b.room = batchSize
		b.w.Op(OpMark)
	}
	b.rest -= b.room
}

func (b *Batch) close() {
	switch {
	case !b.open:
	case b.bare:
		b.w.Op(b.one)
	default:
		b.w.Op(b.many)
	}
}

// alone reports whether the next item is to be added without a mark.
func (b *Batch) alone() bool {
	switch {
	case b.kind == BatchSet:
		return false
	case b.w.proto == 0:
		return true
	case b.kind == BatchList || b.kind == BatchDict:
		return b.rest == 1 && !b.open
	default:
		return b.rest == 1
	}
}

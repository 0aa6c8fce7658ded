package pickle

import (
	"errors"
	"iter"
	"reflect"

	"github.com/go-pickle/pickle/internal/window"
	"github.com/go-pickle/pickle/vm"
)

// ErrLetGo says that a pickle refers to an object in an earlier item of a list,
// which Items has let go of. Decode can decode such a pickle.
var ErrLetGo = vm.ErrLetGo

var (
	errItemsKeepMemo = errors.New("pickle: Items cannot be used with KeepMemo, which keeps everything")
	errItemsInUse    = errors.New("pickle: the Decoder was used for something else in the loop over its Items")
)

// Items decodes the next pickle of d, which is a list, item by item. The memory
// that it needs does not depend on the length of the list, but on its largest batch:
// Python writes the items of a list in batches of 1,000.
//
//	for user, err := range pickle.Items[User](d) {
//		if err != nil {
//			return err
//		}
//		…
//	}
//
// An error is the last thing that is yielded, with the zero T. The errors are those
// of Decode, io.EOF at the end of the stream among them; the path of what is wrong
// with an item begins with its index in the list. Where the loop ends early, by a
// break or by an item that does not fit T, the next call of Decode or Items skips the
// rest of the list. After an error of the reader, Items goes on where it failed. In
// the loop, d must not be used; Buffered and InputOffset are of no use until the list
// has ended. Every loop over what Items returns decodes another pickle.
//
// Options work as for Decode, except for KeepMemo, which is an error, and the default
// of MaxSize, which bounds the batches, not the list.
//
// What items share with each other is shared in Go, too, as with Decode: items may
// refer to objects in items before them. But what nothing has referred to in the last
// 16 MiB or so, of input and what the Decoder has made of it, is let go of. What has
// been referred to before, classes, and what may be members of an enum, are kept for
// longer, up to a limit of 4 MiB. A reference to what was let go of, or to the
// list itself, is a SyntaxError that wraps ErrLetGo. So is a pickle whose root turns
// out to be something else that begins with a list, such as a tuple of a list and a
// number: items of that list have been yielded by then.
//
// Any other root is decoded as a whole, into a []T. Out-of-band buffers are kept to
// the end of the list.
func Items[T any](d *Decoder) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := d.startItems()
		if err == nil {
			defer d.leaveItems(d.items)
			var again bool
			if again, err = eachItem(d, yield); !again {
				return
			}
		}
		if err != nil {
			yield(*new(T), err)
		}
	}
}

// eachItem yields the items of the list. It returns false if that was the last
// call of yield, else the error that is to be yielded, if there is one.
func eachItem[T any](d *Decoder, yield func(T, error) bool) (bool, error) {
	const most = 1000 // items that one allocation has
	s := d.items
	decode := decoderOf(reflect.TypeFor[T]())
	for {
		nodes, err := d.nextItems()
		if err != nil {
			return true, err
		}
		if s.done && nodes == nil {
			return wholeList(d, yield)
		}
		for len(nodes) > 0 {
			part := nodes[:min(len(nodes), most)]
			nodes = nodes[len(part):]
			items := make([]T, len(part))
			targets := reflect.ValueOf(items)
			for i, n := range part {
				if err := d.item(decode, n, targets.Index(i)); err != nil {
					return true, err
				}
				if !yield(items[i], nil) {
					return false, nil
				}
				if d.items != s {
					return true, errItemsInUse
				}
			}
		}
		if s.done {
			return true, nil
		}
		if err := d.letGo(); err != nil {
			return true, err
		}
	}
}

// wholeList yields the items of a root that is no list that could be handed over.
func wholeList[T any](d *Decoder, yield func(T, error) bool) (bool, error) {
	s := d.items
	var items []T
	if err := d.d.decode(d.m.Graph().Root(), reflect.ValueOf(&items).Elem()); err != nil {
		return true, err
	}
	for _, item := range items {
		if !yield(item, nil) {
			return false, nil
		}
		if d.items != s {
			return true, errItemsInUse
		}
	}
	return true, nil
}

// itemStream is a list that Items decodes.
type itemStream struct {
	index  int      // of the next item
	failed bool     // the reader has failed: Items goes on here
	done   bool     // the machine has come to the end of the pickle
	older  *decoder // for the machine's older graph
	others map[uint32][]binding
	input  []byte // of the older graph
	pinned bool   // input must not be overwritten
}

// startItems prepares for the next list, or for the rest of one.
func (d *Decoder) startItems() error {
	switch {
	case d.o.keepMemo:
		return errItemsKeepMemo
	case d.err != nil:
		return d.err
	case d.items != nil && d.items.failed:
		d.items.failed = false
		return nil
	}
	if err := d.skipItems(); err != nil {
		return err
	}
	if d.items = new(itemStream); d.within { // Decode has read a part of it
		return nil
	}
	d.begin()
	d.within = true
	d.m.StreamItems(window.Size, window.Keep, window.Copy)
	d.boundBatch()
	return nil
}

// boundBatch makes the default of MaxSize hold for the next batch.
func (d *Decoder) boundBatch() {
	if d.noMaxSize {
		d.o.maxSize = d.m.InputOffset() - d.start + defaultStreamSize
	}
}

// nextItems runs the machine until there are items to be decoded. At the end of the
// pickle that can be no items, or nil where the root is to be decoded as a whole.
func (d *Decoder) nextItems() ([]vm.Node, error) {
	s := d.items
	status, err := d.run()
	if err != nil {
		s.failed = d.err == nil
		return nil, err
	}
	s.done = status == vm.Done
	d.adopt()
	d.d.allow(d.m.InputOffset() - d.start)
	d.d.nativize()
	if !s.done {
		return d.taken(d.m.TakeItems()), nil
	}
	g := d.m.Graph()
	if root := g.Root(); root.Kind() == vm.KindList && !g.Fetched(root) {
		return d.taken(g.Kids(root)), nil
	}
	return nil, nil
}

// taken counts items that are to be decoded, and returns them, not nil.
func (d *Decoder) taken(nodes []vm.Node) []vm.Node {
	d.d.work += int64(len(nodes))
	if nodes == nil {
		nodes = []vm.Node{}
	}
	return nodes
}

// item binds the next item to v.
func (d *Decoder) item(decode unmarshalFunc, n vm.Node, v reflect.Value) error {
	d.d.depth = 1 // the list
	err := decode(d.d, n, v)
	if err != nil {
		return located(atIndex(err, d.items.index))
	}
	d.items.index++
	return nil
}

// letGo lets go of the items that were decoded, as far as that is due.
func (d *Decoder) letGo() error {
	d.boundBatch()
	if !d.m.Full() {
		return nil
	}
	s, old := d.items, d.d
	consumed, read := d.m.Consumed(), d.m.InputOffset()
	d.m.Keep()
	d.adopt()
	reuse := s.older != nil && !s.older.escaped
	g, err := d.m.NextGraph(reuse)
	if err != nil {
		return d.broken(err)
	}
	old.g = g
	behind := len(d.buf) - d.base - consumed
	if used := d.peeked - behind; used > 0 {
		d.peeked = behind
		if d.err = d.discard(used); d.err != nil {
			return d.err
		}
	}
	spare := s.input[:0]
	if !reuse || s.pinned {
		spare = nil
	}
	s.input, s.pinned = d.buf, d.pinned || d.o.alias
	d.buf, d.base, d.pinned = append(spare, d.buf[d.base+consumed:]...), 0, false
	d.offset += read
	d.start -= read
	d.d = old.successor(d.m.Graph(), d.offset)
	if reuse {
		d.d.takeTables(s.older)
	}
	s.older, s.others = old, nil
	return nil
}

// successor returns a decoder for the next graph of the same pickle, whose input
// begins at origin in the stream.
func (d *decoder) successor(g *vm.Graph, origin int64) *decoder {
	return &decoder{
		graphState{g: g, o: d.o, tables: d.tables, origin: origin, work: d.work, most: d.most, noBytes: d.noBytes, span: d.span, buffers: d.buffers, pull: d.pull},
		reused{boxes: d.boxes, slabs: d.slabs, keys: keyer{scratch: d.keys.scratch}},
	}
}

// takeTables takes over the memory of the tables of a decoder that is not used any
// more.
func (d *decoder) takeTables(from *decoder) {
	d.classes, d.anys, d.strings = from.classes.cleared(), from.anys.cleared(), from.strings.cleared()
	d.boxed, d.bound = from.boxed.cleared(), from.bound.cleared()
}

// adopt takes over what shared objects of the older graph, which are in the graph
// now, were bound to.
func (d *Decoder) adopt() {
	s, now := d.items, d.d
	if s.older == nil {
		return
	}
	if s.others == nil && len(s.older.others) > 0 {
		s.others = make(map[uint32][]binding)
		for key, b := range s.older.others {
			s.others[key.id] = append(s.others[key.id], b)
		}
	}
	for _, move := range d.m.Moves() {
		from, all := int(move.From), now.g.SharedLen()+1
		if v := s.older.anys.get(from); v != nil {
			now.setAny(move.To, v)
		}
		if text := s.older.strings.get(from); text != "" {
			now.setString(int(move.To), text)
		}
		if box := s.older.boxed.get(from); box != nil {
			now.boxed.set(int(move.To), all, false, box)
		}
		if b := s.older.bound.get(from); b.typ != nil {
			now.setBound(move.To, b)
		}
		for _, b := range s.others[move.From] {
			now.rebind(move.To, b)
		}
	}
}

// leaveItems ends a loop over the items of s: of those that are left, skipItems
// will take care.
func (d *Decoder) leaveItems(s *itemStream) {
	if d.items == s && s.done {
		d.endItems()
	}
}

// endItems leaves a list behind that has been read to its end.
func (d *Decoder) endItems() {
	d.items, d.within = nil, false
	if d.noMaxSize {
		d.o.maxSize = defaultStreamSize
	}
	d.leaveBehind()
}

// skipItems reads over the rest of a list.
func (d *Decoder) skipItems() error {
	for d.items != nil {
		status, err := d.run()
		if err != nil {
			return err
		}
		if status == vm.Done {
			d.endItems()
			return nil
		}
		d.m.TakeItems()
		d.m.Moves()
		if err := d.letGo(); err != nil {
			return err
		}
	}
	return nil
}

package pickle

import (
	"reflect"

	"github.com/go-pickle/pickle/vm"
)

// The short ways for what nearly all data consist of: strings, numbers and bools
// in fields, and slices of them. Each does what the function for the kind of the
// type does, and leaves to that whatever is not as simple as it looks. FuzzValues
// and TestFast compare the two.

// directOf returns the kind of type t if its values can be bound directly, at least
// some of them, else reflect.Invalid.
func directOf(t reflect.Type) reflect.Kind {
	if sliceBinders[t] != nil {
		return reflect.Slice
	}
	p := reflect.PointerTo(t)
	if exactDecoders[t] != nil || p.Implements(unmarshalerType) || p.Implements(textUnmarshalerType) {
		return reflect.Invalid
	}
	switch k := t.Kind(); k {
	case reflect.Float64, reflect.String, reflect.Bool, reflect.Pointer:
		return k
	default:
		if k >= reflect.Int && k <= reflect.Uintptr {
			return k
		}
	}
	return reflect.Invalid
}

// setDirectly binds n to field i if both are as simple as that, and reports whether
// it did. If not, the field is to be set by the function for its type, whatever is
// in it now.
func (f *structFill) setDirectly(i int, n vm.Node) bool {
	k := f.direct[i]
	if k == reflect.Invalid {
		return false
	}
	s := f.at.field(&f.plan.fields[i])
	switch n.Kind() {
	case vm.KindNone:
		if k != reflect.Pointer {
			return false
		}
		s.setNil()
	case vm.KindStr:
		if k == reflect.String {
			s.setString(f.d.str(n))
		} else if !f.setPointer(i, n, s) {
			return false
		}
	case vm.KindInt:
		if k < reflect.Int || k > reflect.Uintptr {
			if !f.setPointer(i, n, s) {
				return false
			}
		} else if !s.setInt(k, n.Int()) {
			return false
		}
	case vm.KindFloat:
		if k == reflect.Float64 {
			s.setFloat64(n.Float())
		} else if !f.setPointer(i, n, s) {
			return false
		}
	case vm.KindBool:
		if k != reflect.Bool {
			return false
		}
		s.setBool(n.Int() != 0)
	case vm.KindList:
		if k != reflect.Slice || !f.d.setSlice(f.slices[i], n, s) {
			return false
		}
	default:
		return false
	}
	if f.seen != nil {
		f.seen[i] = true
	}
	return true
}

// setPointer binds n to field i, at s, if that is a pointer to a type that the value
// has by itself.
func (f *structFill) setPointer(i int, n vm.Node, s spot) bool {
	bind := f.pointers[i]
	return bind != nil && bind(f.d, n, s)
}

// pointerBinder binds an object that nothing else refers to to the pointer at s, if it
// is what it should be, and reports whether it did.
type pointerBinder func(d *decoder, n vm.Node, s spot) bool

// pointerBinders are for the pointers that stand for what may be None. What they point
// to is a piece of an array, as short slices are.
var pointerBinders = map[reflect.Type]pointerBinder{
	reflect.TypeFor[*string](): func(d *decoder, n vm.Node, s spot) bool {
		if n.Kind() != vm.KindStr || d.g.SharedText(n) != 0 || len(d.g.Data(n)) > mostPiece {
			return false
		}
		p := &d.stringSlab.next(1)[0]
		*p = d.str(n)
		store(s, p)
		return true
	},
	reflect.TypeFor[*int](): func(d *decoder, n vm.Node, s spot) bool {
		if n.Kind() != vm.KindInt || int64(int(n.Int())) != n.Int() {
			return false
		}
		p := &d.intSlab.next(1)[0]
		*p = int(n.Int())
		store(s, p)
		return true
	},
	reflect.TypeFor[*int64](): func(d *decoder, n vm.Node, s spot) bool {
		if n.Kind() != vm.KindInt {
			return false
		}
		p := &d.int64Slab.next(1)[0]
		*p = n.Int()
		store(s, p)
		return true
	},
	reflect.TypeFor[*float64](): func(d *decoder, n vm.Node, s spot) bool {
		if n.Kind() != vm.KindFloat {
			return false
		}
		p := &d.float64Slab.next(1)[0]
		*p = n.Float()
		store(s, p)
		return true
	},
}

// setSlice binds list n to the slice at s, if it is as simple as that.
func (d *decoder) setSlice(bind sliceBinder, n vm.Node, s spot) bool {
	kids := d.g.Kids(n)
	return d.g.Shared(n) == 0 && d.depth < d.o.maxDepth && d.affords(len(kids)+1) && bind(d, kids, s)
}

// keyNodes are the keys of the dicts that were bound to a struct type last, by
// position, with their fields. The keys of records are the same objects from the
// second record on, so that a look at the node tells the field.
type keyNodes struct {
	of   *structDecoder
	keys []keyNode
}

type keyNode struct {
	name  vm.Node
	field int // -1: none
}

// keysOf returns the keyNodes for a struct type. There are those of the types used
// last.
func (d *decoder) keysOf(s *structDecoder) *keyNodes {
	for i := range d.records {
		if d.records[i].of == s {
			return &d.records[i]
		}
	}
	k := &d.records[d.record]
	d.record = (d.record + 1) % len(d.records)
	k.of, k.keys = s, k.keys[:0]
	return k
}

// sliceBinder binds a list, tuple or set with these items at s, if all items are what
// they should be, and reports whether it did.
type sliceBinder func(d *decoder, kids []vm.Node, s spot) bool

// sliceBinders are for the slices that occur most.
var sliceBinders = map[reflect.Type]sliceBinder{
	reflect.TypeFor[[]string](): func(d *decoder, kids []vm.Node, s spot) bool {
		var items []string
		if d.areFlat(kids) { // or a piece would keep long strings alive
			items = d.stringSlab.next(len(kids))
		} else {
			items = make([]string, len(kids))
		}
		for i, k := range kids {
			if k.Kind() != vm.KindStr {
				return false
			}
			items[i] = d.str(k)
		}
		store(s, items)
		return true
	},
	reflect.TypeFor[[]int](): func(d *decoder, kids []vm.Node, s spot) bool {
		items := d.intSlab.next(len(kids))
		for i, k := range kids {
			if k.Kind() != vm.KindInt || int64(int(k.Int())) != k.Int() {
				return false
			}
			items[i] = int(k.Int())
		}
		store(s, items)
		return true
	},
	reflect.TypeFor[[]int64](): func(d *decoder, kids []vm.Node, s spot) bool {
		items := d.int64Slab.next(len(kids))
		for i, k := range kids {
			if k.Kind() != vm.KindInt {
				return false
			}
			items[i] = k.Int()
		}
		store(s, items)
		return true
	},
	reflect.TypeFor[[]float64](): func(d *decoder, kids []vm.Node, s spot) bool {
		items := d.float64Slab.next(len(kids))
		for i, k := range kids {
			if k.Kind() != vm.KindFloat {
				return false
			}
			items[i] = k.Float()
		}
		store(s, items)
		return true
	},
}

// slab is where short slices are cut from: one that is kept keeps no more than
// mostSlab items alive.
type slab[T any] struct {
	left []T
	size int
}

type slabs struct {
	stringSlab  slab[string]
	intSlab     slab[int]
	int64Slab   slab[int64]
	float64Slab slab[float64]
}

const (
	mostSlabPiece = 16
	mostSlab      = 64
)

// next returns a new slice of n items. Also an empty one has room for one, and so an
// address, and an identity.
func (b *slab[T]) next(n int) []T {
	room := max(n, 1)
	if n > mostSlabPiece {
		return make([]T, n)
	}
	if len(b.left) < room {
		b.size = min(max(2*b.size, 2*room), mostSlab)
		b.left = make([]T, b.size)
	}
	s := b.left[:n:room]
	b.left = b.left[room:]
	return s
}

package pickle

import (
	"reflect"

	"github.com/go-pickle/pickle/vm"
)

// The short ways for what nearly all data consist of: strings, numbers and bools
// in fields, and slices of them. Each does what the function for the kind of the
// type does, and leaves to that whatever is not as simple as it looks. FuzzValues
// and TestFast compare the two.

// directOf returns the kind of type t if its values can be bound directly, else
// reflect.Invalid.
func directOf(t reflect.Type) reflect.Kind {
	p := reflect.PointerTo(t)
	if exactDecoders[t] != nil || p.Implements(unmarshalerType) || p.Implements(textUnmarshalerType) {
		return reflect.Invalid
	}
	switch k := t.Kind(); k {
	case reflect.Float64, reflect.String, reflect.Bool:
		return k
	default:
		if k >= reflect.Int && k <= reflect.Uintptr {
			return k
		}
	}
	return reflect.Invalid
}

// directly binds n to the variable at s, which is of kind k or cannot be bound
// directly, and reports whether it did. If not, the variable is to be bound by the
// function for its type, whatever is in it now.
func (d *decoder) directly(k reflect.Kind, n vm.Node, s spot) bool {
	switch n.Kind() {
	case vm.KindStr:
		if k == reflect.String {
			s.setString(d.str(n))
			return true
		}
	case vm.KindInt:
		return k >= reflect.Int && k <= reflect.Uintptr && s.setInt(k, n.Int())
	case vm.KindFloat:
		if k == reflect.Float64 {
			s.setFloat64(n.Float())
			return true
		}
	case vm.KindBool:
		if k == reflect.Bool {
			s.setBool(n.Int() != 0)
			return true
		}
	}
	return false
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

// fastSliceDecoders are for the slices that occur most. They fill the slice as far
// as the items are what they should be, and return how far that was.
var fastSliceDecoders = map[reflect.Type]func(d *decoder, kids []vm.Node, v reflect.Value) int{
	reflect.TypeFor[[]string](): func(d *decoder, kids []vm.Node, v reflect.Value) int {
		s := *v.Addr().Interface().(*[]string)
		for i, k := range kids {
			if k.Kind() != vm.KindStr {
				return i
			}
			s[i] = d.str(k)
		}
		return len(kids)
	},
	reflect.TypeFor[[]int](): func(_ *decoder, kids []vm.Node, v reflect.Value) int {
		s := *v.Addr().Interface().(*[]int)
		for i, k := range kids {
			if k.Kind() != vm.KindInt || int64(int(k.Int())) != k.Int() {
				return i
			}
			s[i] = int(k.Int())
		}
		return len(kids)
	},
	reflect.TypeFor[[]int64](): func(_ *decoder, kids []vm.Node, v reflect.Value) int {
		s := *v.Addr().Interface().(*[]int64)
		for i, k := range kids {
			if k.Kind() != vm.KindInt {
				return i
			}
			s[i] = k.Int()
		}
		return len(kids)
	},
	reflect.TypeFor[[]float64](): func(_ *decoder, kids []vm.Node, v reflect.Value) int {
		s := *v.Addr().Interface().(*[]float64)
		for i, k := range kids {
			if k.Kind() != vm.KindFloat {
				return i
			}
			s[i] = k.Float()
		}
		return len(kids)
	},
}

// makeSlice returns a slice of type t for the items of a list. A short slice of
// short strings is a piece of a longer one: see newItems.
func (d *decoder) makeSlice(t reflect.Type, kids []vm.Node) reflect.Value {
	n := len(kids)
	room := max(n, 1) // also an empty list has an address, and so an identity
	if t != stringsType || n > mostPieceItems || !d.areSmall(kids, false) {
		return reflect.MakeSlice(t, n, room)
	}
	if len(d.slab) < room {
		d.slabSize = min(max(2*d.slabSize, 2*room), mostSlabItems)
		d.slab = make([]string, max(d.slabSize, room))
	}
	s := d.slab[:n:room]
	d.slab = d.slab[room:]
	return reflect.ValueOf(s)
}

const (
	mostPieceItems = 16
	mostSlabItems  = 64
)

var stringsType = reflect.TypeFor[[]string]()

package pickle

import (
	"reflect"

	"github.com/go-pickle/pickle/vm"
)

// The short ways for what nearly all data consist of: strings, numbers and bools
// in fields, and slices of them. Each does what the function for the kind of the
// type does, and leaves to that whatever is not as simple as it looks. FuzzValues
// and TestFast compare the two.

// direct says which short way there is for a type.
type direct uint8

const (
	directNot direct = iota
	directString
	directInt
	directUint
	directFloat
	directBool
)

// directOf returns the short way for values of type t.
func directOf(t reflect.Type) direct {
	p := reflect.PointerTo(t)
	if exactDecoders[t] != nil || p.Implements(unmarshalerType) || p.Implements(textUnmarshalerType) {
		return directNot
	}
	switch t.Kind() {
	case reflect.String:
		return directString
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return directInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return directUint
	case reflect.Float64:
		return directFloat
	case reflect.Bool:
		return directBool
	}
	return directNot
}

// directly binds n to v by a short way, and reports whether it did.
func (d *decoder) directly(s direct, n vm.Node, v reflect.Value) bool {
	switch k := n.Kind(); {
	case s == directString && k == vm.KindStr:
		v.SetString(d.str(n))
	case s == directInt && k == vm.KindInt && !v.OverflowInt(n.Int()):
		v.SetInt(n.Int())
	case s == directUint && k == vm.KindInt && n.Int() >= 0 && !v.OverflowUint(uint64(n.Int())):
		v.SetUint(uint64(n.Int()))
	case s == directFloat && k == vm.KindFloat:
		v.SetFloat(n.Float())
	case s == directBool && k == vm.KindBool:
		v.SetBool(n.Int() != 0)
	default:
		return false
	}
	return true
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

// makeSlice returns a slice of type t with n elements. A short slice of strings
// is a piece of a longer one: see newString.
func (d *decoder) makeSlice(t reflect.Type, n int) reflect.Value {
	room := max(n, 1) // also an empty list has an address, and so an identity
	if t != stringsType || n > mostPieceItems {
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

// A slab of strings takes up to 4 KB.
const (
	mostPieceItems = 16
	mostSlabItems  = 256
)

var stringsType = reflect.TypeFor[[]string]()

//go:build purego

package pickle

import "reflect"

// spot is where a variable is: see spot_unsafe.go.
type spot struct{ v reflect.Value }

func spotOf(v reflect.Value) spot { return spot{v} }

// placeOf returns where v is; ok is false if it has no address.
func placeOf(v reflect.Value) (s spot, ok bool) { return spot{v}, v.CanAddr() }

// value returns what is at s, which is of type t.
func (s spot) value(reflect.Type) reflect.Value { return s.v }

// field returns where the field f of the struct at s is.
func (s spot) field(f *field) spot { return spot{s.v.FieldByIndex(f.index)} }

// itemsOf returns where the items of slice v are.
func itemsOf(v reflect.Value) spot { return spot{v.Slice(0, v.Len())} }

// item returns where item i of the items at s is.
func (s spot) item(i int, _ uintptr) spot { return spot{s.v.Index(i)} }

// load returns what is at s, which is of type T.
func load[T any](s spot) T { return s.v.Interface().(T) }

// store stores x at s, which is of type T.
func store[T any](s spot, x T) { s.v.Set(reflect.ValueOf(x)) }

func (s spot) setString(x string)   { s.v.SetString(x) }
func (s spot) setFloat64(x float64) { s.v.SetFloat(x) }
func (s spot) setBool(x bool)       { s.v.SetBool(x) }
func (s spot) setNil()              { s.v.SetZero() }

// setPointer stores pointer x in a pointer of its type.
func (s spot) setPointer(x reflect.Value) { s.v.Set(x) }

// setInt stores x in an integer of kind k, if it fits.
func (s spot) setInt(k reflect.Kind, x int64) bool {
	if k <= reflect.Int64 {
		s.v.SetInt(x)
		return s.v.Int() == x
	}
	s.v.SetUint(uint64(x))
	return x >= 0 && s.v.Uint() == uint64(x)
}

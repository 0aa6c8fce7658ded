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

// address returns where s is, as a number.
func (s spot) address() uintptr { return s.v.UnsafeAddr() }

// pointee returns what the pointer at s points to; ok is false if it is nil.
func (s spot) pointee() (to spot, ok bool) { return spot{s.v.Elem()}, !s.v.IsNil() }

// elements stands for the elements of a slice.
type elements struct{ v reflect.Value }

// elements returns those of the slice at s, how many these are, and for how many
// there is room. There are none of a nil slice, which isNil tells.
func (s spot) elements() (all elements, n, room int) {
	return elements{s.v}, s.v.Len(), s.v.Cap()
}

func elementsOf(v reflect.Value) elements { return elements{v} }

func (all elements) isNil() bool      { return all.v.IsNil() }
func (all elements) address() uintptr { return all.v.Pointer() }

// index returns where element i is.
func (all elements) index(i int, _ uintptr) spot { return spot{all.v.Index(i)} }

// slice returns the elements, which are of type T.
func slice[T any](all elements, _ int) []T {
	return all.v.Convert(reflect.TypeFor[[]T]()).Interface().([]T)
}

// any returns the interface at s.
func (s spot) any() any { return s.v.Interface() }

// load returns what is at s, which is of type T and no interface.
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

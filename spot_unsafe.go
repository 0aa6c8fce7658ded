//go:build !purego

package pickle

import (
	"reflect"
	"unsafe"
)

// spot is where a variable is. What is stored there goes past package reflect,
// which checks for each value what is known of the type: the methods are for the
// kinds that their names say, and nothing else.
type spot struct{ p unsafe.Pointer }

// spotOf returns where v is, which has an address.
func spotOf(v reflect.Value) spot { return spot{unsafe.Pointer(v.UnsafeAddr())} }

// placeOf returns where v is, also if it has no address: an interface has it in
// memory, which nobody modifies. ok is false for what an interface holds as it is.
func placeOf(v reflect.Value) (s spot, ok bool) {
	if v.CanAddr() {
		return spotOf(v), true
	}
	if v.Type().Size() <= unsafe.Sizeof(uintptr(0)) || !v.CanInterface() {
		return spot{}, false
	}
	x := v.Interface()
	return spot{(*box)(unsafe.Pointer(&x)).value}, true
}

// value returns what is at s, which is of type t.
func (s spot) value(t reflect.Type) reflect.Value { return reflect.NewAt(t, s.p).Elem() }

// field returns where the field f of the struct at s is.
func (s spot) field(f *field) spot { return spot{unsafe.Add(s.p, f.offset)} }

// address returns where s is, as a number.
func (s spot) address() uintptr { return uintptr(s.p) }

// pointee returns what the pointer at s points to; ok is false if it is nil.
func (s spot) pointee() (to spot, ok bool) {
	p := *(*unsafe.Pointer)(s.p)
	return spot{p}, p != nil
}

// elements stands for the elements of a slice.
type elements struct{ p unsafe.Pointer }

// elements returns those of the slice at s, how many these are, and for how many
// there is room. There are none of a nil slice, which isNil tells.
func (s spot) elements() (all elements, n, room int) {
	h := (*struct {
		p       unsafe.Pointer
		n, room int
	})(s.p)
	return elements{h.p}, h.n, h.room
}

func elementsOf(v reflect.Value) elements { return elements{v.UnsafePointer()} }

func (all elements) isNil() bool      { return all.p == nil }
func (all elements) address() uintptr { return uintptr(all.p) }

// index returns where element i is; all are of that size.
func (all elements) index(i int, size uintptr) spot { return spot{unsafe.Add(all.p, uintptr(i)*size)} }

// slice returns the n elements, which are of type T.
func slice[T any](all elements, n int) []T { return unsafe.Slice((*T)(all.p), n) }

// any returns the interface at s.
func (s spot) any() any { return *(*any)(s.p) }

// load returns what is at s, which is of type T.
func load[T any](s spot) T { return *(*T)(s.p) }

// store stores x at s, which is of type T.
func store[T any](s spot, x T) { *(*T)(s.p) = x }

func (s spot) setString(x string)   { *(*string)(s.p) = x }
func (s spot) setFloat64(x float64) { *(*float64)(s.p) = x }
func (s spot) setBool(x bool)       { *(*bool)(s.p) = x }
func (s spot) setNil()              { *(*unsafe.Pointer)(s.p) = nil } // of a pointer

// setPointer stores pointer x in a pointer of its type.
func (s spot) setPointer(x reflect.Value) { *(*unsafe.Pointer)(s.p) = x.UnsafePointer() }

// setInt stores x in an integer of kind k, if it fits.
func (s spot) setInt(k reflect.Kind, x int64) bool {
	switch k {
	case reflect.Int64:
		*(*int64)(s.p) = x
	case reflect.Int:
		*(*int)(s.p) = int(x)
		return int64(int(x)) == x
	case reflect.Int32:
		*(*int32)(s.p) = int32(x)
		return int64(int32(x)) == x
	case reflect.Int16:
		*(*int16)(s.p) = int16(x)
		return int64(int16(x)) == x
	case reflect.Int8:
		*(*int8)(s.p) = int8(x)
		return int64(int8(x)) == x
	case reflect.Uint64:
		*(*uint64)(s.p) = uint64(x)
		return x >= 0
	case reflect.Uint, reflect.Uintptr:
		*(*uint)(s.p) = uint(x)
		return x >= 0 && int64(uint(x)) == x
	case reflect.Uint32:
		*(*uint32)(s.p) = uint32(x)
		return int64(uint32(x)) == x
	case reflect.Uint16:
		*(*uint16)(s.p) = uint16(x)
		return int64(uint16(x)) == x
	default:
		*(*uint8)(s.p) = uint8(x)
		return int64(uint8(x)) == x
	}
	return true
}

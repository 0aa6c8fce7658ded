package pickle

import (
	"cmp"
	"reflect"
	"slices"
	"sync"

	"github.com/go-pickle/pickle/vm"
)

// nameIndexes has the memo's indexes of interned names, by nameNumber. The names of
// fields are among these, which nearly all records have in common: there is nothing
// to look up by address.
type nameIndexes struct {
	indexes []uint64 // the index, and above it the turn in which that was valid
	turn    uint32
}

// forgetAll forgets all indexes.
func (n *nameIndexes) forgetAll() {
	if n.turn++; n.turn == 0 {
		clear(n.indexes)
		n.turn = 1
	}
}

// forget forgets the indexes from first on.
func (n *nameIndexes) forget(first uint32) {
	for i, x := range n.indexes {
		if uint32(x) >= first {
			n.indexes[i] = 0 // which no turn has
		}
	}
}

func (n *nameIndexes) get(number int) (memo uint32, ok bool) {
	if number >= len(n.indexes) {
		return 0, false
	}
	i := n.indexes[number]
	return uint32(i), uint32(i>>32) == n.turn
}

func (n *nameIndexes) set(number int, memo uint32) {
	if lacking := number + 1 - len(n.indexes); lacking > 0 {
		n.indexes = append(n.indexes, make([]uint64, lacking)...)
	}
	n.indexes[number] = uint64(n.turn)<<32 | uint64(memo)
}

// saveName writes an interned name.
func (e *encoder) saveName(s string, number int) error {
	if i, ok := e.names.get(number); ok {
		e.w.Get(i)
		return nil
	}
	i, err := e.w.NewString(s)
	if err != nil {
		return fail(stringType, err)
	}
	if !e.o.noMemo {
		e.names.set(number, i)
	}
	return nil
}

// fieldName writes the name of a field.
func (e *encoder) fieldName(f *field) error {
	e.w.Boundary()
	if f.number >= 0 {
		return e.saveName(f.name, f.number)
	}
	return e.saveString(f.name)
}

// textIndex returns the memo's index of a str.
func (e *encoder) textIndex(s string) (memo uint32, ok bool) {
	if n := nameNumber(s); n >= 0 {
		return e.names.get(n)
	}
	return e.ids.get(stringIdentity(s))
}

// setTextIndex makes memo the index of a str.
func (e *encoder) setTextIndex(s string, memo uint32) {
	if n := nameNumber(s); n >= 0 {
		e.names.set(n, memo)
		return
	}
	e.ids.put(stringIdentity(s), memo)
}

// directly returns the kind of a field whose values are written by scalar, else
// reflect.Invalid.
func (f *field) directly() reflect.Kind {
	if f.flat && f.style == styleDefault && isScalar(f.typ) {
		return f.typ.Kind()
	}
	return reflect.Invalid
}

// isScalar reports whether scalar writes values of type t. Types of a name can be
// registered, or have hooks.
func isScalar(t reflect.Type) bool {
	k := t.Kind()
	return t.PkgPath() == "" && (k >= reflect.Bool && k <= reflect.Float64 || k == reflect.String)
}

// scalar writes the value of that kind at s.
func (e *encoder) scalar(k reflect.Kind, s spot) error {
	switch k {
	case reflect.String:
		return e.saveString(load[string](s))
	case reflect.Int64:
		e.w.Int(load[int64](s))
	case reflect.Int:
		e.w.Int(int64(load[int](s)))
	case reflect.Float64:
		e.float(load[float64](s))
	case reflect.Bool:
		e.w.Bool(load[bool](s))
	case reflect.Int32:
		e.w.Int(int64(load[int32](s)))
	case reflect.Int16:
		e.w.Int(int64(load[int16](s)))
	case reflect.Int8:
		e.w.Int(int64(load[int8](s)))
	case reflect.Uint64:
		e.w.Uint(load[uint64](s))
	case reflect.Uint:
		e.w.Uint(uint64(load[uint](s)))
	case reflect.Uintptr:
		e.w.Uint(uint64(load[uintptr](s)))
	case reflect.Uint32:
		e.w.Int(int64(load[uint32](s)))
	case reflect.Uint16:
		e.w.Int(int64(load[uint16](s)))
	case reflect.Uint8:
		e.w.Int(int64(load[uint8](s)))
	default:
		e.float(float64(load[float32](s)))
	}
	return nil
}

// Slices and maps of frequent types are written without a function for each
// element. What they write is the same.

// fastItems has the functions for slices, by the type of the elements. Filled by
// init: the functions refer to encoderOf.
var fastItems map[reflect.Type]itemsFunc

func init() {
	fastItems = map[reflect.Type]itemsFunc{
		stringType:                 fastList((*encoder).saveString),
		anyType:                    fastList((*encoder).plain),
		reflect.TypeFor[int]():     fastList(func(e *encoder, i int) error { e.w.Int(int64(i)); return nil }),
		reflect.TypeFor[int32]():   fastList(func(e *encoder, i int32) error { e.w.Int(int64(i)); return nil }),
		reflect.TypeFor[int64]():   runs((*encoder).ints),
		reflect.TypeFor[float64](): runs((*encoder).floats),
		reflect.TypeFor[bool]():    fastList(func(e *encoder, b bool) error { e.w.Bool(b); return nil }),
	}
}

func fastList[T any](save func(*encoder, T) error) itemsFunc {
	return func(e *encoder, all elements, n int) error {
		b := e.w.Batch(vm.BatchList, n)
		for i, x := range slice[T](all, n) {
			b.Next()
			e.w.Boundary()
			if err := save(e, x); err != nil {
				return atIndex(err, i)
			}
		}
		b.End()
		return nil
	}
}

// runs is fastList for elements that are written many at once.
func runs[T any](save func(*encoder, []T)) itemsFunc {
	return func(e *encoder, all elements, n int) error {
		b := e.w.Batch(vm.BatchList, n)
		for s := slice[T](all, n); len(s) > 0; {
			n := b.Run(len(s))
			save(e, s[:n])
			s = s[n:]
		}
		b.End()
		return nil
	}
}

func (e *encoder) ints(s []int64) { e.w.Ints(s) }

func (e *encoder) floats(s []float64) {
	if !slices.ContainsFunc(s, func(f float64) bool { return f != f }) {
		e.w.Floats(s)
		return
	}
	for _, f := range s { // of which some can be the NaN of package math
		e.w.Boundary()
		e.float(f)
	}
}

// unpack returns what v holds, whose type is T, without a copy of what an
// interface would need memory for.
func unpack[T any](v reflect.Value) T {
	if v.CanAddr() {
		return load[T](spotOf(v))
	}
	return v.Interface().(T)
}

// fastMaps are for maps that are written in the order of their keys. Filled by
// init: the functions refer to encoderOf.
var fastMaps map[reflect.Type]func(*encoder, reflect.Value, identity) error

func init() {
	fastMaps = map[reflect.Type]func(*encoder, reflect.Value, identity) error{
		reflect.TypeFor[map[string]any]():     fastMap((*encoder).any),
		reflect.TypeFor[map[string]string]():  fastMap((*encoder).name),
		reflect.TypeFor[map[string]int]():     fastMap(func(e *encoder, i int) error { e.w.Boundary(); e.w.Int(int64(i)); return nil }),
		reflect.TypeFor[map[string]int64]():   fastMap(func(e *encoder, i int64) error { e.w.Boundary(); e.w.Int(i); return nil }),
		reflect.TypeFor[map[string]float64](): fastMap(func(e *encoder, f float64) error { e.w.Boundary(); e.float(f); return nil }),
	}
}

type fastItem[T any] struct {
	key   string
	value T
}

// mostScratch is how large a map can be whose scratch is kept.
const mostScratch = 1 << 10

func fastMap[T any](save func(*encoder, T) error) func(*encoder, reflect.Value, identity) error {
	t := reflect.TypeFor[map[string]T]()
	scratch := sync.Pool{New: func() any { return new([]fastItem[T]) }}
	return func(e *encoder, v reflect.Value, id identity) error {
		if done, err := e.beginDict(id, t); done || err != nil {
			return err
		}
		m := unpack[map[string]T](v)
		kept := scratch.Get().(*[]fastItem[T])
		all := slices.Grow((*kept)[:0], len(m))
		for k, x := range m {
			all = append(all, fastItem[T]{k, x})
		}
		slices.SortFunc(all, func(a, b fastItem[T]) int { return cmp.Compare(a.key, b.key) })
		b := e.w.Batch(vm.BatchDict, len(all))
		for i := range all {
			b.Next()
			if err := e.name(all[i].key); err != nil {
				return at(err, ".keys()")
			}
			if err := save(e, all[i].value); err != nil {
				return atKey(err, all[i].key)
			}
		}
		b.End()
		if clear(all); cap(all) <= mostScratch {
			*kept = all
			scratch.Put(kept)
		}
		e.leave(id)
		return nil
	}
}

package pickle

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/go-pickle/pickle/vm"
)

// Slices and maps of frequent types are written without a reflect.Value for
// each element. What they write is the same.

var fastSlices = map[reflect.Type]marshalFunc{
	reflect.TypeFor[[]string]():  fastSlice((*encoder).saveString),
	reflect.TypeFor[[]int]():     fastSlice(func(e *encoder, i int) error { e.w.Int(int64(i)); return nil }),
	reflect.TypeFor[[]int32]():   fastSlice(func(e *encoder, i int32) error { e.w.Int(int64(i)); return nil }),
	reflect.TypeFor[[]int64]():   fastSlice(func(e *encoder, i int64) error { e.w.Int(i); return nil }),
	reflect.TypeFor[[]float64](): fastSlice(func(e *encoder, f float64) error { e.float(f); return nil }),
	reflect.TypeFor[[]bool]():    fastSlice(func(e *encoder, b bool) error { e.w.Bool(b); return nil }),
}

func fastSlice[T any](save func(*encoder, T) error) marshalFunc {
	t := reflect.TypeFor[[]T]()
	tag := typeTag(t)
	return func(e *encoder, v reflect.Value) error {
		s := unpack[[]T](v)
		if s == nil {
			e.w.None()
			return nil
		}
		id := sliceIdentity(v, tag)
		if e.recall(id) {
			return nil
		}
		if err := e.enter(id, t); err != nil {
			return err
		}
		e.w.EmptyList()
		e.memoize(id)
		b := e.w.Batch(vm.BatchList, len(s))
		for i, x := range s {
			b.Next()
			e.w.Boundary()
			if err := save(e, x); err != nil {
				return atIndex(err, i)
			}
		}
		b.End()
		e.leave(id)
		return nil
	}
}

// unpack returns what v holds, whose type is T, without a copy of what an
// interface would need memory for.
func unpack[T any](v reflect.Value) T {
	if v.CanAddr() {
		return *v.Addr().Interface().(*T)
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

func fastMap[T any](save func(*encoder, T) error) func(*encoder, reflect.Value, identity) error {
	t := reflect.TypeFor[map[string]T]()
	return func(e *encoder, v reflect.Value, id identity) error {
		if e.recall(id) {
			return nil
		}
		if err := e.enter(id, t); err != nil {
			return err
		}
		m := unpack[map[string]T](v)
		all := make([]fastItem[T], 0, len(m))
		for k, x := range m {
			all = append(all, fastItem[T]{k, x})
		}
		slices.SortFunc(all, func(a, b fastItem[T]) int { return cmp.Compare(a.key, b.key) })
		e.w.EmptyDict()
		e.memoize(id)
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
		e.leave(id)
		return nil
	}
}

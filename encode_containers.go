package pickle

import (
	"reflect"

	"github.com/go-pickle/pickle/vm"
)

// items is a sequence to be written: a []any, the elements of a reflect.Value,
// or whatever each writes.
type items struct {
	n    int
	any  []any
	v    reflect.Value
	f    marshalFunc // of the elements of v
	each func(e *encoder, i int) error
	keys bool // any is written as keys are
}

func anyItems(s []any) items { return items{any: s, n: len(s)} }

func reflectItems(v reflect.Value, f marshalFunc) items { return items{v: v, f: f, n: v.Len()} }

// temporaryList is a list that exists only for a call: set([…]).
type temporaryList struct{ items items }

// save writes item i.
func (s *items) save(e *encoder, i int) error {
	var err error
	switch {
	case s.each != nil:
		return s.each(e, i)
	case s.f != nil:
		err = e.value(s.v.Index(i), s.f)
	case s.keys:
		err = e.key(s.any[i])
	default:
		err = e.any(s.any[i])
	}
	if err != nil {
		return atIndex(err, i)
	}
	return nil
}

func (s *items) typ() reflect.Type {
	if s.f == nil {
		return reflect.TypeOf(s.any)
	}
	return s.v.Type()
}

// list writes a list, the object id.
func (s items) list(e *encoder, id identity) error {
	if done, err := e.beginList(id, s.typ()); done || err != nil {
		return err
	}
	if err := s.contents(e, vm.BatchList); err != nil {
		return err
	}
	e.leave(id)
	return nil
}

// beginList and beginDict are due before the items of a list or dict, leave after
// them. They return true if it is in the memo, and has been written.
func (e *encoder) beginList(id identity, t reflect.Type) (done bool, err error) {
	if e.recall(id) {
		return true, nil
	}
	if err := e.enter(id, t); err != nil {
		return false, err
	}
	e.w.EmptyList()
	e.memoizeNew(id)
	return false, nil
}

func (e *encoder) beginDict(id identity, t reflect.Type) (done bool, err error) {
	if e.recall(id) {
		return true, nil
	}
	if err := e.enter(id, t); err != nil {
		return false, err
	}
	e.w.EmptyDict()
	e.memoizeNew(id)
	return false, nil
}

// contents writes the items for a container that was written before.
func (s *items) contents(e *encoder, kind vm.BatchKind) error {
	b := e.w.Batch(kind, s.n)
	for i := range s.n {
		b.Next()
		if err := s.save(e, i); err != nil {
			return err
		}
	}
	b.End()
	return nil
}

// tuple writes a tuple, the object id. It enters the memo when it is complete;
// if it contains itself by way of a list, writing the list has written it.
func (s items) tuple(e *encoder, id identity) error {
	objects := e.objects
	if done, err := e.beginTuple(id, s.n, s.typ()); done || err != nil {
		return err
	}
	for i := range s.n {
		if err := s.save(e, i); err != nil {
			return err
		}
	}
	e.endTuple(id, s.n, objects)
	return nil
}

// beginTuple is due before the n items of a tuple. It returns true if the tuple has
// been written.
func (e *encoder) beginTuple(id identity, n int, t reflect.Type) (done bool, err error) {
	if n == 0 {
		e.w.EmptyTuple()
		return true, nil
	}
	if e.recall(id) {
		return true, nil
	}
	if err := e.enter(id, t); err != nil {
		return false, err
	}
	e.w.BeginTuple(n)
	return false, nil
}

// endTuple is due after the items; objects is what e.objects was before them. If no
// object has been written since then, the tuple itself has not been either.
func (e *encoder) endTuple(id identity, n int, objects uint) {
	if id == (identity{}) {
		e.objects++
		e.w.EndTuple(n)
		e.w.Memoize()
		e.leave(id)
		return
	}
	hash := id.hash()
	if objects != e.objects {
		if known := e.ids.find(id, hash); known != nil {
			e.w.DropTuple(n)
			e.w.Get(known.memo)
			e.leave(id)
			return
		}
	}
	e.objects++
	e.w.EndTuple(n)
	if i := e.w.Memoize(); !e.o.noMemo {
		e.ids.add(id, hash, i)
	}
	e.leave(id)
}

// setOf writes a set, the object id.
func (s items) setOf(e *encoder, id identity) error {
	if e.recall(id) {
		return nil
	}
	if err := e.enter(id, s.typ()); err != nil {
		return err
	}
	if e.o.protocol < 4 {
		if err := e.call(globalSet, temporaryList{s}); err != nil {
			return err
		}
		e.finishCall(id)
	} else {
		e.w.Op(vm.OpEmptySet)
		e.memoize(id)
		if err := s.contents(e, vm.BatchSet); err != nil {
			return err
		}
	}
	e.leave(id)
	return nil
}

// frozenSet writes a frozenset, the object id. Like a tuple it may have been
// written while its elements were.
func (s items) frozenSet(e *encoder, id identity) error {
	if e.recall(id) {
		return nil
	}
	if err := e.enter(id, s.typ()); err != nil {
		return err
	}
	if e.o.protocol < 4 {
		if err := e.call(globalFrozenSet, temporaryList{s}); err != nil {
			return err
		}
		e.finishCall(id)
		e.leave(id)
		return nil
	}
	e.w.Op(vm.OpMark)
	for i := range s.n {
		if err := s.save(e, i); err != nil {
			return err
		}
	}
	if i, ok := e.ids.get(id); ok {
		e.w.Op(vm.OpPopMark)
		e.w.Get(i)
	} else {
		e.w.Op(vm.OpFrozenSet)
		e.memoize(id)
	}
	e.leave(id)
	return nil
}

// finishCall puts the result of a call into the memo. If its arguments have
// led to the object itself, it is there already, and whole: then finishCall
// returns true, and nothing more is to be written.
func (e *encoder) finishCall(id identity) (whole bool) {
	if i, ok := e.ids.get(id); ok {
		e.w.Op(vm.OpPop)
		e.w.Get(i)
		return true
	}
	e.memoize(id)
	return false
}

// saveList and saveTuple are anyItems(s).list and tuple for what is written most.
func (e *encoder) saveList(s []any) error {
	if s == nil {
		e.w.None()
		return nil
	}
	id := itemsIdentity(s, tagAnySlice)
	if i, ok := e.ids.again(id); ok {
		e.w.Get(i)
		return nil
	}
	if done, err := e.beginList(id, anySliceType); done || err != nil {
		return err
	}
	b := e.w.Batch(vm.BatchList, len(s))
	for i, x := range s {
		b.Next()
		if err := e.any(x); err != nil {
			return atIndex(err, i)
		}
	}
	b.End()
	e.leave(id)
	return nil
}

func (e *encoder) saveTuple(t Tuple) error {
	id, objects := itemsIdentity(t, tagTuple), e.objects
	if done, err := e.beginTuple(id, len(t), anySliceType); done || err != nil {
		return err
	}
	for i, x := range t {
		if err := e.any(x); err != nil {
			return atIndex(err, i)
		}
	}
	e.endTuple(id, len(t), objects)
	return nil
}

var (
	anySliceType    = reflect.TypeFor[[]any]()
	dictPointerType = reflect.TypeFor[*Dict]()
)

var (
	tagAnySlice = typeTag(reflect.TypeFor[[]any]())
	tagTuple    = typeTag(reflect.TypeFor[Tuple]())
	tagDict     = typeTag(reflect.TypeFor[Dict]())
	tagSet      = typeTag(reflect.TypeFor[Set]())
	tagObject   = typeTag(reflect.TypeFor[Object]())
)

// pointerIdentity returns what makes the thing that pointer p refers to one
// object; tag is that of its type.
func pointerIdentity(p reflect.Value, tag uintptr) identity {
	return identity{p.Pointer(), 0, tag}
}

func (e *encoder) saveDict(d *Dict) error {
	if d == nil {
		e.w.None()
		return nil
	}
	id := identity{addressOf(d), 0, tagDict} // as pointerIdentity
	if done, err := e.beginDict(id, dictPointerType); done || err != nil {
		return err
	}
	if err := e.dictItems(vm.BatchDict, d); err != nil {
		return err
	}
	e.leave(id)
	return nil
}

// dictItems writes the items of d for a dict that was written before.
func (e *encoder) dictItems(kind vm.BatchKind, d *Dict) error {
	if d == nil {
		return nil
	}
	b := e.w.Batch(kind, d.Len())
	var err error
	d.all(func(x *entry[any]) bool {
		b.Next()
		err = e.dictItem(x.Key, x.Value)
		return err == nil
	})
	if err == nil {
		b.End()
	}
	return err
}

func (e *encoder) dictItem(k, v any) error {
	if err := e.key(k); err != nil {
		return at(err, ".keys()")
	}
	if err := e.any(v); err != nil {
		return atKey(err, k)
	}
	return nil
}

func (e *encoder) saveSet(s *Set, id identity, frozen bool) error {
	if e.recall(id) {
		return nil
	}
	all := setItems(s)
	if frozen {
		return all.frozenSet(e, id)
	}
	return all.setOf(e, id)
}

// mapItem is a key and a value of a Go map.
type mapItem struct{ key, value reflect.Value }

// mapItems returns the contents of map v, by default in the order of the keys.
func (e *encoder) mapItems(v reflect.Value) []mapItem {
	all := make([]mapItem, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		all = append(all, mapItem{it.Key(), it.Value()})
	}
	if !e.o.unordered {
		sortItems(all)
	}
	return all
}

// saveMap writes a map as a dict.
func (e *encoder) saveMap(v reflect.Value, id identity, key, value marshalFunc) error {
	if e.recall(id) {
		return nil
	}
	if err := e.enter(id, v.Type()); err != nil {
		return err
	}
	e.w.EmptyDict()
	e.memoize(id)
	if err := e.mapContents(vm.BatchDict, v, key, value); err != nil {
		return err
	}
	e.leave(id)
	return nil
}

func (e *encoder) mapContents(kind vm.BatchKind, v reflect.Value, key, value marshalFunc) error {
	return e.pairItems(kind, e.mapItems(v), key, value)
}

// setItems returns the keys of a map that stands for a set: those whose value is
// struct{} or true.
func (e *encoder) setItems(v reflect.Value, key marshalFunc) items {
	keys := reflect.MakeSlice(reflect.SliceOf(v.Type().Key()), 0, v.Len())
	for _, it := range e.mapItems(v) {
		if it.value.Kind() != reflect.Bool || it.value.Bool() {
			keys = reflect.Append(keys, it.key)
		}
	}
	e.keep = append(e.keep, keys.Interface())
	return reflectItems(keys, key)
}

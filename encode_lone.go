package pickle

import (
	"reflect"
	"sync"
	"sync/atomic"
)

// Nothing but a pointer or a slice leads to a Go value that something else leads to
// as well. Where the types of all that there is in a value show that there is just one
// way to something, it needs no identity: it is not looked for in the memo.

// rootEncoder writes the value that Marshal was given: a slice, or what it points to.
type rootEncoder struct {
	save  placeFunc
	named []reflect.Type // types that must not be registered
	last  atomic.Pointer[lastCheck]
}

// lastCheck is what was found in the registry that was asked last.
type lastCheck struct {
	registry *Registry
	changes  uint64 // the number of registrations then
	free     bool   // none of the types is in it
}

var rootEncoders sync.Map // reflect.Type → *rootEncoder

// rootOf returns the encoder for a type, nil if it is to be written like any other
// value.
func rootOf(t reflect.Type) *rootEncoder {
	if r, ok := rootEncoders.Load(t); ok {
		return r.(*rootEncoder)
	}
	var r *rootEncoder
	if w := newWays(t); w != nil {
		p := placer{made: make(map[reflect.Type]*placeFunc), lone: w.lone()}
		r = &rootEncoder{save: p.of(t), named: w.named}
	}
	kept, _ := rootEncoders.LoadOrStore(t, r)
	return kept.(*rootEncoder)
}

// free reports whether no type is registered that the value consists of: what is
// written in its place could lead anywhere.
func (r *rootEncoder) free(e *encoder) bool {
	if last := r.last.Load(); last != nil && last.registry == e.o.registry && last.changes == e.changes {
		return last.free
	}
	free := true
	for _, t := range r.named {
		free = free && e.tables.written(t) == nil
	}
	r.last.Store(&lastCheck{e.o.registry, e.changes, free})
	return free
}

// root is any for the value that Marshal was given.
func (e *encoder) root(x any) error {
	switch x.(type) {
	case nil, bool, int, int64, float64, string, []byte, []any, Tuple, *Dict, *Object, Global:
		return e.any(x)
	}
	if e.o.persistentID != nil || e.o.keepMemo {
		return e.any(x)
	}
	v := reflect.ValueOf(x)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	} else if v.Kind() != reflect.Slice {
		return e.any(x)
	}
	if v.IsValid() {
		if r := rootOf(v.Type()); r != nil && r.free(e) {
			place, _ := placeOf(v) // a slice is where the interface has it
			e.w.Boundary()
			return r.save(e, place)
		}
	}
	return e.any(x)
}

// way says how many values of a type there can be, and whether something else may
// lead to one of them.
type way uint8

const (
	wayNone   way = iota
	wayOne        // there is one
	wayMany       // there are several, each in its own memory
	wayShared     // two ways may lead to one of them
)

// ways finds the ways that lead to values of each type in a value.
type ways struct {
	to    map[reflect.Type]way
	named []reflect.Type
	open  bool // there is something that can lead anywhere
}

// newWays returns the ways in a value of type t; nil if it is not known where these
// lead.
func newWays(t reflect.Type) *ways {
	w := &ways{to: make(map[reflect.Type]way)}
	w.visit(t, wayOne)
	if w.open {
		return nil
	}
	return w
}

// visit follows a way to values of type t. There is a second way if t was visited
// before.
func (w *ways) visit(t reflect.Type, to way) {
	before := w.to[t]
	if before == wayShared || w.open {
		return
	}
	if before != wayNone {
		to = wayShared
	}
	w.to[t] = to
	if t.PkgPath() != "" && before == wayNone {
		w.named = append(w.named, t)
	}
	_, exact := exactEncoders[t]
	if p := reflect.PointerTo(t); exact || p.Implements(marshalerType) || p.Implements(reducerType) || p.Implements(textMarshalerType) {
		w.open = w.open || t != bigIntType && t != reflect.TypeFor[ByteString]()
		return
	}
	many := max(to, wayMany)
	switch t.Kind() {
	case reflect.Pointer:
		w.visit(t.Elem(), throughPointer(to))
	case reflect.Slice:
		if to == wayOne {
			w.visit(t.Elem(), wayMany)
		} else {
			w.visit(t.Elem(), wayShared)
		}
	case reflect.Array:
		w.visit(t.Elem(), many)
	case reflect.Map: // its keys and values are copied
		w.visit(t.Key(), many)
		w.visit(t.Elem(), many)
	case reflect.Struct:
		w.fields(t, to)
	case reflect.Interface, reflect.Func:
		w.open = true
	}
}

// throughPointer returns the way to what pointers point to: two of them may point to
// the same.
func throughPointer(to way) way {
	if to == wayOne {
		return wayOne
	}
	return wayShared
}

func (w *ways) fields(t reflect.Type, to way) {
	p := planOf(t)
	if p.err != nil || p.unknown != nil || p.base != nil {
		w.open = true
		return
	}
	for i := range p.fields {
		f := &p.fields[i]
		if f.flat {
			w.visit(f.typ, to)
		} else { // a pointer is on the way
			w.visit(f.typ, wayShared)
		}
	}
}

// lone returns the types of which no value is led to by two ways: structs, and slices
// if there is one of the type.
func (w *ways) lone() map[reflect.Type]bool {
	lone := make(map[reflect.Type]bool)
	for t, to := range w.to {
		lone[t] = to == wayOne && t.Kind() == reflect.Slice || to < wayShared && t.Kind() == reflect.Struct
	}
	return lone
}

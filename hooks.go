package pickle

import (
	"math/big"
	"reflect"
	"sync"
	"time"
)

// Marshaler is implemented by types that decide what is pickled in their
// place. The result must not be the value itself.
type Marshaler interface {
	MarshalPickle() (any, error)
}

// Unmarshaler is implemented by types that decode themselves, from whatever
// the pickle has in their place.
type Unmarshaler interface {
	UnmarshalPickle(v Value) error
}

// StateGetter is implemented by registered types that choose the state of
// their instances, like a class with __getstate__. A nil state is not written.
type StateGetter interface {
	GetState() (any, error)
}

// StateSetter is implemented by types that take over the state of an
// instance, like a class with __setstate__: what the pickle gives to BUILD. It
// is not called for an instance without a state.
type StateSetter interface {
	SetState(state Value) error
}

// Reducer is implemented by types that are written as a call of a Python
// class or function, like a class with __reduce__.
type Reducer interface {
	Reduce() (Reduction, error)
}

// Reduction is what __reduce__ returns in Python: how to make an object, by
// calling Callable with Args, and what to give it then. The zero Reduction is
// None: what a zero value can be that has no counterpart in Python.
type Reduction struct {
	Callable any    // a Global, or whatever is pickled to something callable
	Args     Tuple  // the arguments; none if nil
	State    any    // for BUILD; none if nil
	Items    []any  // to append
	Pairs    []Pair // to set
}

var names sync.Map // string → string

// interned returns the one string of its contents that all registered names
// and all names of fields share. Python shares such names as well, which
// shows in pickles.
func interned(s string) string {
	v, ok := names.Load(s)
	if !ok {
		s = withNumber(s)
		v, _ = names.LoadOrStore(s, s)
	}
	return v.(string)
}

// opaqueStruct reports whether a struct type stands for one Python value, so
// that embedding it does not mean embedding its fields.
func opaqueStruct(t reflect.Type) bool {
	if _, ok := exactDecoders[t]; ok {
		return true
	}
	return t == reflect.TypeFor[time.Time]() || t == reflect.TypeFor[big.Float]() || t == reflect.TypeFor[big.Rat]()
}

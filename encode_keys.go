package pickle

import (
	"fmt"
	"math/big"
	"reflect"
)

// Keys of dicts and elements of sets must be hashable in Python. In their place
// an array, a slice or a positional struct is written as a tuple, a set as a
// frozenset; lists, dicts, sets and bytearrays that have no such counterpart
// are errors, since no Python could load them. All of that is the style
// styleKey, for the types to which it makes a difference.

// unhashable are the types of this package that cannot be keys.
var unhashable = map[reflect.Type]bool{reflect.TypeFor[Dict](): true, reflect.TypeFor[Set](): true}

func encodeUnhashable(_ *encoder, v reflect.Value) error { return failUnhashable(v.Type()) }

func failUnhashable(t reflect.Type) error {
	return failf(t, "what is a %s in Python cannot be a key of a dict or an element of a set", pythonName(t))
}

// pythonName returns what Python calls the values of type t, which is not
// hashable.
func pythonName(t reflect.Type) string {
	if c, ok := reflect.Zero(reflect.PointerTo(t)).Interface().(container); ok {
		return c.typeName()
	}
	switch {
	case t == reflect.TypeFor[Set](), t.Kind() == reflect.Map && t.Elem() == emptyStructType:
		return "set"
	case t.Kind() == reflect.Map, t.Kind() == reflect.Struct:
		return "dict"
	case t.Elem().Kind() == reflect.Uint8:
		return "bytearray"
	}
	return "list"
}

// key writes a key of a dict or an element of a set.
func (e *encoder) key(x any) error {
	e.w.Boundary()
	if e.o.persistentID != nil {
		if done, err := e.persistent(x, reflect.TypeOf(x)); done || err != nil {
			return err
		}
	}
	if s, ok := x.(string); ok {
		return e.saveString(s)
	}
	return e.plainKey(x)
}

// plainKey is key for what is not to be asked about.
func (e *encoder) plainKey(x any) error {
	switch v := x.(type) {
	case string:
		return e.saveString(v)
	case nil, bool, int64, int, float64, []byte, *big.Int, Global, *Object, complex128, Range, Slice:
		return e.plain(x)
	case Tuple:
		return items{any: v, n: len(v), keys: true}.tuple(e, itemsIdentity(v, tagTuple))
	}
	return e.boxed(x, styleKey)
}

// atMapKey places an error in the value that key k of a map has.
func atMapKey(err error, k reflect.Value) error {
	for k.Kind() == reflect.Interface {
		k = k.Elem()
	}
	switch {
	case k.Kind() == reflect.String:
		return atKey(err, k.String())
	case k.IsValid() && k.CanInterface() && (k.CanInt() || k.CanUint() || k.CanFloat() || k.Kind() == reflect.Bool):
		return at(err, fmt.Sprintf("[%v]", k))
	case k.IsValid():
		return at(err, "["+k.Type().String()+"]")
	}
	return at(err, "[None]")
}

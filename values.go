package pickle

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-pickle/pickle/vm"
)

// The types of this file stand for the Python values that no type of Go stands
// for. Decoding into an any makes them, and encoding writes them as what they
// were. String of each is its repr in Python; see Repr.

// Tuple is a Python tuple. One tuple that is referred to twice in Python is two
// Tuples of the same length that share their memory, and the other way round:
// the identity of a Tuple is the address of its first element and its length.
// Empty tuples have no identity; they have none in Python either.
type Tuple []any

// String returns Python's repr of t.
func (t Tuple) String() string { return Repr(t) }

// GoString is what %#v prints: String behind the type.
func (t Tuple) GoString() string { return goString(t) }

// ByteArray is a Python bytearray; Python's bytes is a []byte. Its identity is
// the address of its first byte.
type ByteArray []byte

// String returns Python's repr of b.
func (b ByteArray) String() string { return Repr(b) }

// ByteString is a str of Python 2: bytes of which nobody knows whether they
// are text, and in which encoding. Decoding makes it with the option
// Python2Strings(Python2ByteString); encoding writes it with the opcodes that
// Python 2 writes. As a key of a Dict it equals a string of the same bytes if
// they are ASCII, as in Python 2.
type ByteString string

// String returns Python 2's repr of s: 'abc', without the u or b that tells
// it from other strings. Convert s for the bytes themselves.
func (s ByteString) String() string { return Repr(s) }

// Global is a class or function, which a pickle has by its name alone. Module
// and Name are those of Python 3. Name has dots for what is nested:
// Outer.Inner. All Globals of one name are one object.
type Global struct{ Module, Name string }

// String returns the module and name of g, with a dot between.
func (g Global) String() string { return Repr(g) }

// PersistentRef is an object that the pickle has no more of than its
// persistent ID, where no option PersistentLoad resolves it. The ID is a
// string at protocol 0 and any value from protocol 1 on.
type PersistentRef struct{ ID any }

// String returns persistent_id(…).
func (p PersistentRef) String() string { return Repr(p) }

// GoString is what %#v prints: String behind the type.
func (p PersistentRef) GoString() string { return goString(p) }

// Extension is a class or function that the pickle has by a code of the
// extension registry (copyreg.add_extension) for which RegisterExtension was
// given no name.
type Extension int

// String returns extension(…).
func (e Extension) String() string { return Repr(e) }

// Ellipsis is Python's singleton of this name, also spelled "...".
type Ellipsis struct{}

// String returns "Ellipsis".
func (e Ellipsis) String() string { return Repr(e) }

// NotImplemented is Python's singleton of this name.
type NotImplemented struct{}

// String returns "NotImplemented".
func (n NotImplemented) String() string { return Repr(n) }

// Range is a Python range (an xrange of Python 2). Step is never 0 in Python.
type Range struct{ Start, Stop, Step int64 }

// String returns Python's repr of r.
func (r Range) String() string { return Repr(r) }

// Slice is a Python slice object. Each part may be anything, and nil for None.
type Slice struct{ Start, Stop, Step any }

// String returns Python's repr of s.
func (s Slice) String() string { return Repr(s) }

// GoString is what %#v prints: String behind the type.
func (s Slice) GoString() string { return goString(s) }

// Buffer is a pickle.PickleBuffer (PEP 574): bytes that protocol 5 can leave
// out of the pickle, for the option BufferCallback to take and the option
// Buffers to give back.
type Buffer struct {
	Data     []byte
	ReadOnly bool // bytes, rather than a bytearray or other memory that can be written to
}

// String returns pickle.PickleBuffer(…).
func (b Buffer) String() string { return Repr(b) }

// Pair is a key and a value that an Object was given.
type Pair struct{ Key, Value any }

// Object is an instance of a class that no Go type is registered for, or the
// result of calling a function: all that the pickle says about it, and enough
// to write it again as it was. Nothing was called. An Object that is referred
// to twice in Python is one pointer in Go.
type Object struct {
	Class    Global  // the class, or the function that REDUCE calls
	Callable any     // instead of Class where what is called has no name: the result of another call, say
	Base     Global  // FormReconstructor: the built-in class that Args[0] is an instance of
	Form     vm.Form // how the object is made
	Adds     bool    // Items were added rather than appended
	Args     Tuple   // what the class or function is called with; FormReconstructor: the value for Base, nil for object
	Kwargs   *Dict   // FormNewObjEx: keyword arguments
	State    any     // the argument of BUILD, usually a *Dict of the attributes; nil if there is none
	Setter   any     // what is called with the object and State in place of BUILD; nearly always nil
	Earlier  []any   // the arguments of the BUILDs before the last one; nearly always nil
	Items    []any   // what was appended, to an instance of a subclass of list, or added to one of set
	Pairs    []Pair  // the items set in an instance of a subclass of dict, in order; keys may recur
}

// Attr returns the attribute of o that has the given name, and whether there
// is one. It looks where Python keeps attributes: in a state that is a dict,
// or a tuple of two dicts, the second of which has the values of __slots__.
func (o *Object) Attr(name string) (any, bool) {
	if o == nil {
		return nil, false
	}
	if v, ok := attribute(o.State, name); ok {
		return v, true
	}
	for _, state := range slices.Backward(o.Earlier) {
		if v, ok := attribute(state, name); ok {
			return v, true
		}
	}
	return nil, false
}

func attribute(state any, name string) (any, bool) {
	switch s := state.(type) {
	case *Dict:
		return s.Get(name)
	case map[string]any:
		v, ok := s[name]
		return v, ok
	case map[any]any:
		v, ok := s[name]
		return v, ok
	case Tuple:
		return slotAttribute(s, name)
	case []any: // a tuple, with the option PlainValues
		return slotAttribute(s, name)
	}
	return nil, false
}

// slotAttribute looks in (dict or None, slots). Slots come first: they are
// data descriptors, which hide what the instance's dict has.
func slotAttribute(state []any, name string) (any, bool) {
	if len(state) != 2 {
		return nil, false
	}
	for _, part := range slices.Backward(state) {
		switch part.(type) {
		case *Dict, map[string]any, map[any]any:
			if v, ok := attribute(part, name); ok {
				return v, true
			}
		}
	}
	return nil, false
}

// String returns o in the form of a call; see Repr.
func (o *Object) String() string { return Repr(o) }

// GoString is what %#v prints: String behind the type.
func (o *Object) GoString() string { return goString(o) }

// goString prints values that can contain themselves, which package fmt would
// follow through lists for ever.
func goString(v any) string { return fmt.Sprintf("(%T)(%s)", v, Repr(v)) }

// Naive is the location of a time.Time that Python calls naive: date and time
// of day as they are, in no time zone. Otherwise it behaves like UTC.
var Naive = time.FixedZone("naive", 0)

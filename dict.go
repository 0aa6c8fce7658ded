package pickle

import "iter"

// Dict is a Python dict: keys with values, in the order in which the keys were
// first inserted.
//
// Keys are equal by Python's rules. 1, 1.0 and true are one key, a big integer
// is found by its value, a Tuple by its elements, whereas a NaN is never found;
// pointers, *Object included, are keys by their identity. What has no hash in
// Python ([]any, ByteArray, *Dict, *Set), and any other slice, map or function
// of Go, is no key. Keys must not be modified as long as they are in a Dict.
//
// A Dict that is referred to twice in Python is one *Dict. The zero Dict is
// empty and ready to use; a nil *Dict can be read like an empty one. As with Go
// maps, several goroutines may read a Dict at once if none modifies it.
type Dict struct{ hashTable[any] }

// NewDict returns a Dict of keys and values given in turn. It panics if there
// is a key without a value, or a key that has no hash.
func NewDict(pairs ...any) *Dict {
	if len(pairs)%2 != 0 {
		panic("pickle: NewDict: a key has no value")
	}
	d := newDictSize(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		d.add(pairs[i], pairs[i+1])
	}
	if _, err := d.unique(new(keyer)); err != nil {
		panic("pickle: NewDict: " + err.Error())
	}
	return d
}

// newDictSize returns an empty Dict with room for n entries. A few are next to it in
// memory: one allocation for both.
func newDictSize(n int) *Dict {
	switch {
	case n == 0:
		return new(Dict)
	case n == 1:
		d := new(roomyDict[[1]entry[any]])
		return d.with(d.room[:0])
	case n == 2:
		d := new(roomyDict[[2]entry[any]])
		return d.with(d.room[:0])
	case n == 3:
		d := new(roomyDict[[3]entry[any]])
		return d.with(d.room[:0])
	case n == 4:
		d := new(roomyDict[[4]entry[any]])
		return d.with(d.room[:0])
	case n <= 6:
		d := new(roomyDict[[6]entry[any]])
		return d.with(d.room[:0])
	case n <= 8:
		d := new(roomyDict[[8]entry[any]])
		return d.with(d.room[:0])
	case n <= 12:
		d := new(roomyDict[[12]entry[any]])
		return d.with(d.room[:0])
	}
	return new(Dict).with(make([]entry[any], 0, n))
}

// roomyDict is a Dict and an array of entries.
type roomyDict[A any] struct {
	Dict
	room A
}

func (d *Dict) with(entries []entry[any]) *Dict {
	d.entries = entries
	return d
}

// Len returns the number of keys in d.
func (d *Dict) Len() int {
	if d == nil {
		return 0
	}
	return d.len()
}

// Get returns the value of a key, and whether d has the key. What cannot be a
// key is not there.
func (d *Dict) Get(key any) (any, bool) {
	if d == nil {
		return nil, false
	}
	if e := d.get(key); e != nil {
		return e.Value, true
	}
	return nil, false
}

// Set sets the value of a key. If d has an equal key, that one stays, in its
// place. Set panics if the key has no hash, as an assignment to a Go map does.
func (d *Dict) Set(key, value any) {
	var k keyer
	if err := d.insert(&k, key, value); err != nil {
		panic("pickle: Dict.Set: " + err.Error())
	}
}

// Delete removes a key and its value, and reports whether d had the key.
func (d *Dict) Delete(key any) bool { return d != nil && d.remove(key) }

// All returns the keys and values of d in their order. The loop may set the
// value of a key, and delete keys, which are then not visited. Keys that it
// adds are not visited either.
func (d *Dict) All() iter.Seq2[any, any] {
	return func(yield func(any, any) bool) {
		if d != nil {
			d.all(func(e *entry[any]) bool { return yield(e.Key, e.Value) })
		}
	}
}

// Keys returns the keys of d in their order, like All.
func (d *Dict) Keys() iter.Seq[any] {
	return func(yield func(any) bool) {
		if d != nil {
			d.all(func(e *entry[any]) bool { return yield(e.Key) })
		}
	}
}

// Equal reports whether d and other have equal keys with equal values, in any
// order, by the rules of the function Equal.
func (d *Dict) Equal(other *Dict) bool {
	return d.Len() == 0 && other.Len() == 0 || Equal(d, other)
}

// String returns Python's repr of d, and None for a nil *Dict.
func (d *Dict) String() string { return Repr(d) }

// GoString is what %#v prints: String behind the type.
func (d *Dict) GoString() string { return goString(d) }

package pickle

import "iter"

// Set is a Python set. Its elements are equal by the same rules as the keys of
// a Dict. Their order is that of their insertion, or the order in which the
// pickle has them; Python promises none.
//
// A set that is referred to twice in Python is one *Set. The zero Set is empty
// and ready to use; a nil *Set can be read like an empty one.
type Set struct{ hashTable[struct{}] }

// NewSet returns a Set of the given elements. It panics if one has no hash.
func NewSet(elems ...any) *Set {
	s := newSetSize(len(elems))
	for _, e := range elems {
		s.add(e, struct{}{})
	}
	if _, err := s.unique(new(keyer)); err != nil {
		panic("pickle: NewSet: " + err.Error())
	}
	return s
}

// newSetSize returns an empty Set with room for n elements.
func newSetSize(n int) *Set {
	s := new(Set)
	s.reset(n)
	return s
}

// Len returns the number of elements of s.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return s.len()
}

// Has reports whether elem is in s.
func (s *Set) Has(elem any) bool { return s != nil && s.get(elem) != nil }

// Add adds elem to s, unless s has an element that equals it, which stays. It
// panics if elem has no hash.
func (s *Set) Add(elem any) {
	var k keyer
	if err := s.insert(&k, elem); err != nil {
		panic("pickle: Set.Add: " + err.Error())
	}
}

// insert adds elem to s. The error says that it has no hash.
func (s *Set) insert(k *keyer, elem any) error {
	return s.hashTable.insert(k, elem, struct{}{})
}

// Delete removes elem from s and reports whether it was there.
func (s *Set) Delete(elem any) bool { return s != nil && s.remove(elem) }

// All returns the elements of s in their order. The loop may delete elements,
// which are then not visited. Elements that it adds are not visited.
func (s *Set) All() iter.Seq[any] {
	return func(yield func(any) bool) {
		if s != nil {
			s.all(func(e *entry[struct{}]) bool { return yield(e.Key) })
		}
	}
}

// Equal reports whether s and other have equal elements, in any order, by the
// rules of the function Equal.
func (s *Set) Equal(other *Set) bool {
	return s.Len() == 0 && other.Len() == 0 || Equal(s, other)
}

// String returns Python's repr of s, and None for a nil *Set.
func (s *Set) String() string { return Repr(s) }

// GoString is what %#v prints: String behind the type.
func (s *Set) GoString() string { return goString(s) }

// FrozenSet is a Python frozenset: a set that is never modified, and that can
// be the key of a Dict or the element of a set. The zero FrozenSet is empty.
// Its identity is hidden in it; a copy of a FrozenSet is the same object.
type FrozenSet struct{ s *Set }

// NewFrozenSet returns a FrozenSet of the given elements. It panics if one has
// no hash.
func NewFrozenSet(elems ...any) FrozenSet { return FrozenSet{NewSet(elems...)} }

// Len returns the number of elements of f.
func (f FrozenSet) Len() int { return f.s.Len() }

// Has reports whether elem is in f.
func (f FrozenSet) Has(elem any) bool { return f.s.Has(elem) }

// All returns the elements of f in their order, as All of a Set does.
func (f FrozenSet) All() iter.Seq[any] { return f.s.All() }

// Equal reports whether f and other have equal elements, in any order, by the
// rules of the function Equal.
func (f FrozenSet) Equal(other FrozenSet) bool { return Equal(f, other) }

// String returns Python's repr of f.
func (f FrozenSet) String() string { return Repr(f) }

// GoString is what %#v prints: String behind the type.
func (f FrozenSet) GoString() string { return goString(f) }

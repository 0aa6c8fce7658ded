package pickle

import (
	"math/bits"
	"reflect"
)

// identity is what makes a Go value one object: the address of its contents,
// their length, and what they are. The zero identity is none at all.
type identity struct {
	address uintptr
	length  int
	tag     uintptr
}

// Tags of identities that do not belong to a type. Types have their own
// address for a tag, which is none of these.
const (
	tagString    = 1 + iota
	tagCharacter // a str of one character below U+0100: address is the character
	tagBytes     // bytes
	tagByte      // bytes of length 1: address is the byte, plus 1
	tagEmpty     // the empty bytes and the empty str, by their length field
	tagBox       // a complex, range or slice in an interface
)

// typeTag returns the tag of type t.
func typeTag(t reflect.Type) uintptr { return reflect.ValueOf(t).Pointer() }

// stringIdentity returns what makes s one object: where it is, or what it is.
func stringIdentity(s string) identity {
	if id := shortIdentity(s); id != (identity{}) {
		return id
	}
	address, length := stringPlace(s)
	return identity{address, length, tagString}
}

// shortIdentity returns the identity of a string of at most one Latin-1
// character. CPython has just one object for each, so that they are told by
// their contents. Other strings have the zero identity.
func shortIdentity(s string) identity {
	switch {
	case len(s) > 2:
	case len(s) == 0:
		return identity{1, 0, tagEmpty}
	case len(s) == 1 && s[0] < 0x80:
		return identity{uintptr(s[0]) + 1, 0, tagCharacter}
	case len(s) == 2 && s[0] >= 0xc2 && s[0] <= 0xc3 && s[1]&0xc0 == 0x80:
		return identity{uintptr(s[0]&3)<<6 | uintptr(s[1]&0x3f) + 1, 0, tagCharacter}
	}
	return identity{}
}

// bytesIdentity is stringIdentity for bytes objects.
func bytesIdentity(b []byte) identity {
	if len(b) > 1 || len(b) == 0 && cap(b) > 0 { // several empty ones that were decoded have room, to be told apart
		return identity{addressOf(&b[:1][0]), len(b), tagBytes}
	}
	return contentIdentity(b)
}

// contentIdentity is bytesIdentity for memory that does not outlive the call:
// there is one object for each bytes of at most one byte, and no identity for
// longer ones.
func contentIdentity(b []byte) identity {
	switch len(b) {
	case 0:
		return identity{1, 1, tagEmpty}
	case 1:
		return identity{uintptr(b[0]) + 1, 0, tagByte}
	}
	return identity{}
}

// boxIdentity returns what makes the value in an interface one object; size is
// not 0 and tells apart what has the same address.
func boxIdentity(x any, size int) identity {
	if a := boxAddress(x); a != 0 {
		return identity{a, size, tagBox}
	}
	return identity{}
}

// sliceIdentity returns what makes slice v one object. A slice without memory
// of its own has no identity.
func sliceIdentity(v reflect.Value, tag uintptr) identity {
	if v.Cap() == 0 || v.Type().Elem().Size() == 0 {
		return identity{}
	}
	return identity{v.Pointer(), v.Len(), tag}
}

// itemsIdentity is sliceIdentity for a []any or Tuple.
func itemsIdentity(s []any, tag uintptr) identity {
	if cap(s) == 0 {
		return identity{}
	}
	return identity{addressOf(&s[:1][0]), len(s), tag}
}

// identities maps identities to indexes of the memo. It is a hash table with
// open addressing that is cleared by counting generations up, and that holds
// no pointers for the garbage collector to follow: whoever uses it sees to it
// that nothing in it is collected.
type identities struct {
	slots      []identitySlot
	used       int
	generation uint32
}

type identitySlot struct {
	key        identity
	memo       uint32
	generation uint32
}

// reset empties the table. A large one is kept only as long as it is made use of.
func (t *identities) reset() {
	const small, most = 1 << 11, 1 << 21
	if n := len(t.slots); n > most || n > small && t.used < n/8 {
		t.slots = nil
	}
	t.used = 0
	if t.generation++; t.generation == 0 {
		clear(t.slots)
		t.generation = 1
	}
}

// hash spreads the addresses, of which neighbours differ in few bits.
func (key identity) hash() uint64 {
	const m1, m2, m3 = 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb
	h := uint64(key.address)*m1 ^ uint64(key.length)*m2 ^ uint64(key.tag)*m3
	hi, lo := bits.Mul64(h, m1)
	return hi ^ lo
}

func (t *identities) get(key identity) (memo uint32, ok bool) {
	if len(t.slots) == 0 || key == (identity{}) {
		return 0, false
	}
	mask := uint64(len(t.slots) - 1)
	for i := key.hash() & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.generation != t.generation {
			return 0, false
		}
		if s.key == key {
			return s.memo, true
		}
	}
}

func (t *identities) put(key identity, memo uint32) {
	if key == (identity{}) {
		return
	}
	if t.used*3 >= len(t.slots)*2 {
		t.grow()
	}
	mask := uint64(len(t.slots) - 1)
	i := key.hash() & mask
	for t.slots[i].generation == t.generation && t.slots[i].key != key {
		i = (i + 1) & mask
	}
	if t.slots[i].generation != t.generation {
		t.used++
	}
	t.slots[i] = identitySlot{key, memo, t.generation}
}

func (t *identities) grow() {
	old := t.slots
	t.slots = make([]identitySlot, max(64, 2*len(old)))
	t.used = 0
	for _, s := range old {
		if s.generation == t.generation {
			t.put(s.key, s.memo)
		}
	}
}

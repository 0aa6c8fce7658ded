package pickle

import (
	"reflect"
	"slices"
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

// identities maps identities to indexes of the memo. It is a hash table with open
// addressing, of which the slots are small, so that most lookups, which find
// nothing, look at little memory. It holds no pointers for the garbage collector to
// follow: whoever uses it sees to it that nothing in it is collected.
type identities struct {
	slots   []identitySlot
	entries []identityEntry // in the order in which they were put
	free    uint64          // the slot for what was looked for last, and not found
	last    uint32          // the entry that was found last, as in identitySlot
}

type identitySlot struct {
	mark  uint32 // some bits of the hash
	entry uint32 // the index in entries, plus 1; 0: the slot is free
}

type identityEntry struct {
	key  identity
	memo uint32
}

// reset empties the table. A large one is kept only as long as it is made use of.
func (t *identities) reset() {
	const small, most = 1 << 11, 1 << 21
	if n := len(t.slots); n > most || n > small && len(t.entries) < n/8 {
		*t = identities{}
	}
	clear(t.slots)
	t.entries = t.entries[:0]
	t.last = 0
}

// hash spreads the addresses, of which neighbours differ in few bits.
func (key identity) hash() uint64 {
	const m1, m2, m3 = 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb
	h := (uint64(key.address) ^ uint64(key.length)*m2 ^ uint64(key.tag)*m3) * m1
	return h ^ h>>32
}

// mark returns the bits of a hash that do not say which slot is the first.
func mark(hash uint64) uint32 { return uint32(hash >> 32) }

func (t *identities) get(key identity) (memo uint32, ok bool) {
	if key == (identity{}) {
		return 0, false
	}
	if memo, ok := t.again(key); ok {
		return memo, true
	}
	if e := t.find(key, key.hash()); e != nil {
		return e.memo, true
	}
	return 0, false
}

// again is get for what was found last, which is often what is looked for next.
func (t *identities) again(key identity) (memo uint32, ok bool) {
	if n := t.last; n > 0 {
		if e := &t.entries[n-1]; e.key == key {
			return e.memo, true
		}
	}
	return 0, false
}

// find returns the entry of key, or nil.
func (t *identities) find(key identity, hash uint64) *identityEntry {
	if len(t.slots) == 0 || key == (identity{}) {
		return nil
	}
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s.entry == 0 {
			t.free = i
			return nil
		}
		if s.mark == mark(hash) {
			if e := &t.entries[s.entry-1]; e.key == key {
				t.last = s.entry
				return e
			}
		}
	}
}

// put makes memo the index of key.
func (t *identities) put(key identity, memo uint32) {
	if key == (identity{}) {
		return
	}
	hash := key.hash()
	if e := t.find(key, hash); e != nil {
		e.memo = memo
		return
	}
	t.addMissing(key, hash, memo)
}

// add is put for a key that is not in the table.
func (t *identities) add(key identity, hash uint64, memo uint32) {
	t.append(key, memo)
	t.place(hash, uint32(len(t.entries)))
}

// addMissing is add for the key that find has not found, after which nothing was added.
func (t *identities) addMissing(key identity, hash uint64, memo uint32) {
	n := len(t.slots)
	t.append(key, memo)
	if n != len(t.slots) {
		t.place(hash, uint32(len(t.entries)))
	} else {
		t.slots[t.free] = identitySlot{mark(hash), uint32(len(t.entries))}
	}
}

// append adds an entry that has no slot yet.
func (t *identities) append(key identity, memo uint32) {
	if len(t.entries)*3 >= len(t.slots)*2 {
		t.grow()
	}
	t.entries = append(t.entries, identityEntry{key, memo})
}

// place puts an entry into the first slot that is free.
func (t *identities) place(hash uint64, entry uint32) {
	mask := uint64(len(t.slots) - 1)
	i := hash & mask
	for t.slots[i].entry != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = identitySlot{mark(hash), entry}
}

func (t *identities) grow() {
	t.slots = make([]identitySlot, max(64, 2*len(t.slots)))
	t.entries = slices.Grow(t.entries, len(t.slots)*2/3-len(t.entries))
	for i := range t.entries {
		t.place(t.entries[i].key.hash(), uint32(i+1))
	}
}

// forget forgets what has an index of the memo from n on.
func (t *identities) forget(n uint32) {
	for i := range t.entries {
		if e := &t.entries[i]; e.memo >= n {
			e.key = identity{tag: ^uintptr(0)} // which nothing has
		}
	}
}

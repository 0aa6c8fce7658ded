package pickle

import (
	"hash/maphash"
	"math/rand/v2"
	"sync/atomic"
)

// hashTable is what Dict and Set are made of: entries in the order of their
// insertion, found by Python's rules for keys (see keyer).
//
// The entries are all there is while they are few, and as long as nobody
// looks anything up: decoding a dict costs one slice. The first lookup among
// many makes an index. It is stored atomically because lookups may be
// concurrent, like those in a Go map; two of them may make it twice, and one
// of the two is dropped.
//
// Deleting leaves a tombstone, so that a loop over the entries can delete. The
// entries move only when an insertion finds no room, and epoch tells a loop
// that they did.
type hashTable[V any] struct {
	entries []entry[V]
	dead    int // tombstones among entries
	epoch   int
	index   atomic.Pointer[hashIndex]
}

// Up to linear entries a table is searched from one end to the other, unless
// the key is one that takes longer to compare.
const (
	linear      = 16
	linearHeavy = 3
)

type entry[V any] struct {
	Value V // first: as the last field, an empty struct takes room
	Key   any
}

// tombstone is the key of a deleted entry. It equals nothing.
type tombstone struct{}

func (e *entry[V]) deleted() bool {
	_, ok := e.Key.(tombstone)
	return ok
}

// hashIndex finds entries by hash: open addressing, linear probing. A slot has
// half a hash in its upper 32 bits, and the number of the entry plus 1 in its
// lower ones; 0 is a free slot. The slots of deleted entries stay, and lead to
// tombstones. There are at least half as many slots again as entries. (4
// billion entries, the limit, take 128 GB without their contents.)
type hashIndex struct{ slots []uint64 }

func newHashIndex(n int) *hashIndex { return &hashIndex{make([]uint64, indexSize(n))} }

// indexSize is the number of slots of an index for n entries.
func indexSize(n int) int {
	size := 16
	for size*2 < n*3 {
		size *= 2
	}
	return size
}

// put adds entry i, for which there is a free slot.
func (x *hashIndex) put(hash uint64, i int) {
	mask := uint32(len(x.slots) - 1)
	at := uint32(hash) & mask
	for x.slots[at] != 0 {
		at = (at + 1) & mask
	}
	x.slots[at] = hash<<32 | uint64(i+1)
}

// full reports whether entry i needs a bigger index.
func (x *hashIndex) full(i int) bool { return (i+1)*3 > len(x.slots)*2 }

// grown returns an index for n entries that has those of x.
func (x *hashIndex) grown(n int) *hashIndex {
	y := newHashIndex(n)
	for _, slot := range x.slots {
		if slot != 0 {
			y.put(slot>>32, int(uint32(slot))-1)
		}
	}
	return y
}

// len is the number of entries that are not deleted.
func (t *hashTable[V]) len() int { return len(t.entries) - t.dead }

// reset empties the table, and makes room for n entries.
func (t *hashTable[V]) reset(n int) {
	t.entries, t.dead = nil, 0
	t.epoch++
	t.index.Store(nil)
	if n > 0 {
		t.entries = make([]entry[V], 0, n)
	}
}

// find returns which entry has the key, or -1, and the hash of the key if
// there is an index that needs it. The error says that the key has no hash.
func (t *hashTable[V]) find(k *keyer, key any) (i int, hash uint64, err error) {
	x := t.index.Load()
	if x == nil {
		if len(t.entries) <= linearHeavy || len(t.entries) <= linear && simple(key) {
			i, err = scan(k, t.entries, key)
			return i, 0, err
		}
		x = t.makeIndex(k)
	}
	if s, ok := key.(string); ok && len(s) < longKey { // what most keys are
		hash = maphash.String(keySeed, s)
	} else {
		info, err := k.info(key)
		if err != nil || info.nan {
			return -1, info.hash, err
		}
		hash = info.hash
	}
	return probe(k, x.slots, t.entries, key, hash), hash, nil
}

// probe returns which entry the slots have for key, or -1.
func probe[V any](k *keyer, slots []uint64, entries []entry[V], key any, hash uint64) int {
	mask := uint32(len(slots) - 1)
	for at := uint32(hash) & mask; slots[at] != 0; at = (at + 1) & mask {
		k.steps++
		if slots[at]>>32 != hash&0xffffffff {
			continue
		}
		i := int(uint32(slots[at])) - 1
		if k.match(entries[i].Key, key) {
			return i
		}
	}
	return -1
}

// scan returns which of a few entries has the key, or -1.
func scan[V any](k *keyer, entries []entry[V], key any) (int, error) {
	switch key := key.(type) {
	case string:
		if len(key) < longKey {
			return scanFor(k, entries, key), nil
		}
	case int64:
		return scanFor(k, entries, key), nil
	}
	if !simple(key) {
		if _, err := k.info(key); err != nil {
			return -1, err
		}
	}
	for i := range entries {
		if k.match(entries[i].Key, key) {
			return i, nil
		}
	}
	return -1, nil
}

// scanFor is scan for a key that equals the keys of its own type as Go finds
// them equal.
func scanFor[V any, K comparable](k *keyer, entries []entry[V], key K) int {
	for i := range entries {
		if e, ok := entries[i].Key.(K); ok {
			if e == key {
				return i
			}
		} else if k.match(entries[i].Key, any(key)) {
			return i
		}
	}
	return -1
}

// makeIndex makes the index of the entries.
func (t *hashTable[V]) makeIndex(k *keyer) *hashIndex {
	x := newHashIndex(max(len(t.entries)+1, cap(t.entries)))
	for i := range t.entries {
		e := &t.entries[i]
		if e.deleted() {
			continue
		}
		info, err := k.info(e.Key)
		if err != nil { // somebody has modified the key; nobody will find it
			info.hash = rand.Uint64()
		}
		x.put(info.hash, i)
	}
	t.index.Store(x)
	return x
}

// get returns the entry of the key, or nil.
func (t *hashTable[V]) get(key any) *entry[V] {
	if t.len() == 0 {
		return nil
	}
	var k keyer
	i, _, err := t.find(&k, key)
	if err != nil || i < 0 {
		return nil
	}
	return &t.entries[i]
}

// insert sets the value of a key. A key that equals it stays in its place. The
// error says that the key has no hash.
func (t *hashTable[V]) insert(k *keyer, key any, value V) error {
	i, hash, err := t.find(k, key)
	if err != nil {
		return err
	}
	if i >= 0 {
		t.entries[i].Value = value
		return nil
	}
	if len(t.entries) == cap(t.entries) && t.dead > len(t.entries)/4 {
		t.compact()
	}
	i = len(t.entries)
	t.add(key, value)
	if x := t.index.Load(); x != nil {
		if x.full(i) {
			x = x.grown(i * 2)
			t.index.Store(x)
		}
		x.put(hash, i)
	}
	return nil
}

// compact drops the tombstones. It leaves the old entries to loops over them.
func (t *hashTable[V]) compact() {
	entries := make([]entry[V], 0, max(t.len()*2, linear))
	for i := range t.entries {
		if !t.entries[i].deleted() {
			entries = append(entries, t.entries[i])
		}
	}
	t.entries, t.dead = entries, 0
	t.epoch++
	t.index.Store(nil)
}

// remove deletes the entry of a key and reports whether there was one.
func (t *hashTable[V]) remove(key any) bool {
	e := t.get(key)
	if e == nil {
		return false
	}
	*e = entry[V]{Key: tombstone{}}
	if t.dead++; t.dead == len(t.entries) {
		t.entries, t.dead = t.entries[:0], 0
		t.index.Store(nil)
	}
	return true
}

// all calls yield for the entries that are there when it comes to them.
func (t *hashTable[V]) all(yield func(*entry[V]) bool) {
	entries, epoch := t.entries, t.epoch
	for i := range entries {
		var e *entry[V]
		switch {
		case t.epoch != epoch: // the entries have moved
			e = t.get(entries[i].Key)
		case i < len(t.entries):
			e = &t.entries[i]
		}
		if e != nil && !e.deleted() && !yield(e) {
			return
		}
	}
}

// add appends an entry without looking whether its key is there. Only unique
// may come after it.
func (t *hashTable[V]) add(key any, value V) {
	t.entries = append(t.entries, entry[V]{value, key})
}

// unique makes a table of what add collected: entries that have one key become
// one, with the key and place of the first and the value of the last. It makes
// no index. The error says that a key has no hash, and which.
func (t *hashTable[V]) unique(k *keyer) (int, error) {
	if sameKeys(k, t.entries) {
		return -1, nil
	}
	var slots []uint64
	if len(t.entries) > linear || !simpleKeys(t.entries) {
		slots = k.slots(len(t.entries))
	}
	x := hashIndex{slots}
	kept := t.entries[:0]
	for at, e := range t.entries {
		i := -1
		if slots == nil {
			i, _ = scan(k, kept, e.Key)
		} else if info, err := k.info(e.Key); err != nil {
			return at, err
		} else if !info.nan {
			if i = probe(k, slots, kept, e.Key, info.hash); i < 0 {
				x.put(info.hash, len(kept))
			}
		}
		if i >= 0 {
			kept[i].Value = e.Value
		} else {
			kept = append(kept, e)
		}
	}
	clear(t.entries[len(kept):])
	t.entries = kept
	noteKeys(k, kept)
	return -1, nil
}

func simpleKeys[V any](entries []entry[V]) bool {
	for i := range entries {
		if !simple(entries[i].Key) {
			return false
		}
	}
	return true
}

// The dicts of a list often have the same keys, which are then the same
// strings in memory. That they differ needs to be found out but once.

// notedKeys are keys of dicts, in the order of their entries: for a number of entries
// those of the dict that was made last, of some numbers that share a place.
type notedKeys [8][]string

func (k *notedKeys) of(entries int) *[]string { return &k[entries%len(k)] }

// mostNoted is how many keys of a dict are noted.
const mostNoted = 64

// sameKeys reports whether the keys are those that were noted.
func sameKeys[V any](k *keyer, entries []entry[V]) bool {
	if k.noted == nil {
		return len(entries) == 0
	}
	noted := *k.noted.of(len(entries))
	if len(entries) != len(noted) {
		return false
	}
	for i := range entries {
		if s, ok := entries[i].Key.(string); !ok || s != noted[i] {
			return false
		}
	}
	return true
}

// noteKeys notes keys that differ, if they are short strings.
func noteKeys[V any](k *keyer, entries []entry[V]) {
	if k.noted == nil || len(entries) > mostNoted {
		return
	}
	noted := k.noted.of(len(entries))
	*noted = (*noted)[:0]
	for i := range entries {
		s, ok := entries[i].Key.(string)
		if !ok || len(s) >= longKey {
			*noted = (*noted)[:0]
			return
		}
		*noted = append(*noted, s)
	}
}

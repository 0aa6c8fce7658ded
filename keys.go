package pickle

import (
	"errors"
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
	"reflect"
	"time"
)

// Python's rules for the keys of dicts and the elements of sets, over Go
// values:
//
//   - Numbers are equal if their values are, exactly: 1, 1.0, True and 1+0j are
//     one key, 2**53+1 and 2.0**53 are two. That holds for every number type of
//     Go, *big.Int, *big.Rat, Decimal and types made of these, but not for
//     time.Duration and Extension, which are no numbers in Python.
//   - Strings, and types made of string, are equal if their bytes are. A
//     ByteString equals a string if both are ASCII, as in Python 2. Bytes equal
//     bytes only.
//   - Tuples, Slices, FrozenSets and Ranges are equal by what is in them.
//   - None equals None, and every nil pointer is None. Classes, singletons,
//     persistent objects and all Go values that can be compared are equal as Go
//     finds them so. A time.Time is compared by its instant, but one that
//     is naive equals only its like.
//   - Pointers, *Object among them, are equal if they are one.
//   - NaN equals nothing, and so does a tuple that has a NaN in it. (In Python
//     one finds such a key with the very same object. Numbers in Go have no
//     identity.)
//   - Lists, dicts, sets, bytearrays, Go slices and maps are no keys.
//
// Pickles decide what becomes a key. So hashes depend on a seed that changes
// from process to process; every NaN has a hash of its own; what takes long to
// hash or to compare is remembered by its identity, for tuples can be shared
// such that a walk without a memory never ends; and what is nested deeper than
// maxKeyDepth is no key.

// keyer hashes and compares keys. Its memory grows with what it has seen, so
// one keyer serves one decoding, or one lookup. The zero keyer is ready.
type keyer struct {
	hashes  map[ident]keyInfo // of what is not cheap to hash
	eq      equality
	noted   *notedKeys // see sameKeys; nil: none are noted
	scratch []uint64   // see slots
	steps   int        // values visited and slots looked at, for tests
}

const (
	maxKeyDepth = 10000
	longKey     = 1024 // bytes from which on a hash is remembered
	cheapKey    = 16   // parts up to which a hash is computed again
)

// keyInfo is what there is to know of a key.
type keyInfo struct {
	hash  uint64
	depth int  // of the nesting
	nan   bool // it equals nothing, and the hash is random
}

var errKeyDepth = errors.New("the key is nested deeper than 10000 levels")

// unhashableError is the name of a type that is no key.
type unhashableError string

func (e unhashableError) Error() string { return "unhashable type: '" + string(e) + "'" }

var (
	keySeed  = maphash.MakeSeed()
	keySeed1 = rand.Uint64()
	keySeed2 = rand.Uint64() | 1
)

// mixHash hashes two words. Nobody can make it collide without the seeds.
func mixHash(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^keySeed1, b^keySeed2)
	h := hi ^ lo
	// With an unlucky seed the factor is a round number. Then what differs little is
	// still near to each other.
	h = (h ^ h>>32) * 0xd6e8feb86659fd93
	return h ^ h>>32
}

// equal reports whether two keys are equal.
func (k *keyer) equal(a, b any) bool { return k.eq.compare(k, a, b) }

// match is equal for what may be compared again and again: of keys that are
// not simple it compares the hashes, which are remembered, first.
func (k *keyer) match(a, b any) bool {
	if simple(a) && simple(b) {
		return k.equal(a, b)
	}
	x, err := k.info(a)
	if err != nil || x.nan {
		return false
	}
	y, err := k.info(b)
	return err == nil && !y.nan && x.hash == y.hash && k.equal(a, b)
}

// simple reports whether v is surely a key, and takes no time to compare.
func simple(v any) bool {
	switch v := v.(type) {
	case string:
		return len(v) < longKey
	case nil, int64, float64, bool, int, *Object:
		return true
	}
	return false
}

// slots returns empty slots for an index of n entries, which are valid until
// the next call.
func (k *keyer) slots(n int) []uint64 {
	const most = 1 << 16 // to keep
	size := indexSize(n)
	if size > most {
		return make([]uint64, size)
	}
	if size > len(k.scratch) {
		k.scratch = make([]uint64, size)
		return k.scratch
	}
	clear(k.scratch[:size])
	return k.scratch[:size]
}

// info hashes a key.
func (k *keyer) info(v any) (keyInfo, error) {
	info, _, err := k.visit(v, 0)
	return info, err
}

// Different types have different hashes, mostly: the second words differ.
const (
	saltInt = iota
	saltFloat
	saltComplex
	saltBig
	saltRatio
	saltNone
	saltBytes
	saltTuple
	saltSet
	saltSlice
	saltRef
	saltTime
	saltNaive
	saltDecimal
)

// visit returns the hash of v, which is nested in level others, and how much
// work that was.
func (k *keyer) visit(v any, level int) (info keyInfo, work int, err error) {
	k.steps++
	switch v := v.(type) { // the most frequent ones
	case string:
		return k.visitText(v)
	case int64:
		return keyInfo{hash: hashInt(v)}, 1, nil
	}
	switch kindOf(v) {
	case pyNone:
		return keyInfo{hash: mixHash(0, saltNone)}, 1, nil
	case pyNumber:
		return k.visitNumber(v)
	case pyText:
		return k.visitText(textOf(v))
	case pyByteText:
		return k.visitByteText(string(v.(ByteString)))
	case pyBytes:
		return k.visitBytes(bytesOf(v))
	case pyTuple:
		return k.visitParts(v, saltTuple, v.(Tuple), level)
	case pySlice:
		s := v.(Slice)
		if s.nested(mostSlices) {
			return info, 1, unhashableError("slice")
		}
		return k.visitParts(v, saltSlice, []any{s.Start, s.Stop, s.Step}, level)
	case pyRef:
		return k.visitParts(v, saltRef, []any{v.(PersistentRef).ID}, level)
	case pyFrozenSet:
		return k.visitSet(v.(FrozenSet), level)
	case pyGlobal:
		g := v.(Global)
		module, _, _ := k.visitText(g.Module)
		name, _, _ := k.visitText(g.Name)
		return keyInfo{hash: mixHash(module.hash, name.hash)}, 1, nil
	case pyTime:
		t := v.(time.Time)
		salt := uint64(saltTime)
		if IsNaive(t) {
			salt = saltNaive
		}
		return keyInfo{hash: mixHash(mixHash(uint64(t.Unix()), salt), uint64(t.Nanosecond()))}, 1, nil
	case pyStandIn:
		if c, ok := v.(container); ok && unhashable[reflect.TypeOf(v).Elem()] {
			return info, 1, unhashableError(c.typeName())
		}
		return k.visit(v.(standIn).comparesAs(), level)
	case pyList:
		return info, 1, unhashableError("list")
	case pyDict, pyDeque, pyArray:
		if c, ok := v.(container); ok {
			return info, 1, unhashableError(c.typeName())
		}
		return info, 1, unhashableError("dict")
	case pySet:
		return info, 1, unhashableError("set")
	case pyByteArray:
		return info, 1, unhashableError("bytearray")
	case pyObject:
		return keyInfo{hash: maphash.Comparable(keySeed, v.(*Object))}, 1, nil
	}
	return visitGo(v)
}

// mostInterfaces bounds the interfaces that are looked into where Go compares
// or hashes a value. Structs in interfaces of structs have no identity: Go
// would walk through what is shared time and again.
const mostInterfaces = 1000

// canCompare reports whether Go can compare and hash v, in no more than a
// moment.
func canCompare(v reflect.Value) bool {
	left := mostInterfaces
	return comparesWithin(v, &left)
}

func comparesWithin(v reflect.Value, left *int) bool {
	switch v.Kind() {
	case reflect.Interface:
		*left--
		return *left >= 0 && comparesWithin(v.Elem(), left)
	case reflect.Invalid:
		return true
	case reflect.Array:
		switch v.Type().Elem().Kind() {
		case reflect.Interface, reflect.Array, reflect.Struct:
			for i := range v.Len() {
				if !comparesWithin(v.Index(i), left) {
					return false
				}
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !comparesWithin(v.Field(i), left) {
				return false
			}
		}
	}
	return v.Type().Comparable()
}

// visitGo hashes what is no value of Python.
func visitGo(v any) (keyInfo, int, error) {
	switch rv := reflect.ValueOf(v); {
	case canCompare(rv):
		return keyInfo{hash: mixHash(maphash.Comparable(keySeed, v), maphash.Comparable(keySeed, rv.Type()))}, 1, nil
	case rv.Kind() == reflect.Slice:
		return keyInfo{}, 1, unhashableError("list")
	case rv.Kind() == reflect.Map:
		return keyInfo{}, 1, unhashableError("dict")
	}
	return keyInfo{}, 1, unhashableError(reflect.TypeOf(v).String())
}

func (k *keyer) visitText(s string) (keyInfo, int, error) {
	if len(s) < longKey {
		return keyInfo{hash: maphash.String(keySeed, s)}, 1, nil
	}
	id, _ := identOf(s)
	return k.visitLong(id, func() uint64 { return maphash.String(keySeed, s) })
}

// visitByteText hashes a ByteString, which equals a string if it is ASCII.
func (k *keyer) visitByteText(s string) (keyInfo, int, error) {
	hash := func() uint64 {
		if isASCII(s) {
			return maphash.String(keySeed, s)
		}
		return mixHash(maphash.String(keySeed, s), saltBytes)
	}
	if len(s) < longKey {
		return keyInfo{hash: hash()}, 1, nil
	}
	id, _ := identOf(s)
	id.k = pyByteText
	return k.visitLong(id, hash)
}

func (k *keyer) visitBytes(b []byte) (keyInfo, int, error) {
	hash := func() uint64 { return mixHash(maphash.Bytes(keySeed, b), saltBytes) }
	if len(b) < longKey {
		return keyInfo{hash: hash()}, 1, nil
	}
	id, _ := identOf(b)
	return k.visitLong(id, hash)
}

// visitNumber hashes a number such that equal numbers have equal hashes.
func (k *keyer) visitNumber(v any) (keyInfo, int, error) {
	n := numberOf(v)
	if n.long() {
		id, _ := identOf(v)
		return k.visitLong(id, n.hash)
	}
	return keyInfo{hash: n.hash(), nan: n.kind == aNaN}, 1, nil
}

// visitLong remembers the hash of what takes long to hash.
func (k *keyer) visitLong(id ident, hash func() uint64) (keyInfo, int, error) {
	info, ok := k.hashes[id]
	if !ok {
		info.hash = hash()
		k.remember(id, info)
	}
	return info, 1, nil
}

func (k *keyer) remember(id ident, info keyInfo) {
	if k.hashes == nil {
		k.hashes = make(map[ident]keyInfo)
	}
	k.hashes[id] = info
}

// visitParts hashes what consists of parts in order. If v has an identity, and
// the work was more than cheapKey, the hash is remembered: then visiting all
// tuples that share parts takes time in proportion to the parts there are.
func (k *keyer) visitParts(v any, salt uint64, parts []any, level int) (info keyInfo, work int, err error) {
	if level >= maxKeyDepth {
		return info, 1, errKeyDepth
	}
	var id ident
	var known bool
	if k.hashes != nil {
		if id, known = identOf(v); known {
			if info, ok := k.hashes[id]; ok {
				return info, 1, nil
			}
		}
	}
	info.hash, work = mixHash(uint64(len(parts)), salt), 1
	for _, p := range parts {
		part, n, err := k.visit(p, level+1)
		if err != nil {
			return info, 1, err
		}
		info.hash = mixHash(info.hash, part.hash)
		info.depth = max(info.depth, part.depth)
		info.nan = info.nan || part.nan
		work += n
	}
	return k.visited(v, info, work)
}

// visitSet hashes a FrozenSet, in any order.
func (k *keyer) visitSet(s FrozenSet, level int) (info keyInfo, work int, err error) {
	if level >= maxKeyDepth {
		return info, 1, errKeyDepth
	}
	if id, ok := identOf(s); ok && k.hashes != nil {
		if info, ok := k.hashes[id]; ok {
			return info, 1, nil
		}
	}
	info.hash, work = mixHash(uint64(s.Len()), saltSet), 1
	for e := range s.All() {
		part, n, err := k.visit(e, level+1)
		if err != nil {
			return info, 1, err
		}
		info.hash += mixHash(part.hash, saltSet)
		info.depth = max(info.depth, part.depth)
		info.nan = info.nan || part.nan
		work += n
	}
	return k.visited(s, info, work)
}

// visited finishes the visit of a container.
func (k *keyer) visited(v any, info keyInfo, work int) (keyInfo, int, error) {
	if info.depth++; info.depth > maxKeyDepth {
		return info, 1, errKeyDepth
	}
	if work > cheapKey {
		if id, ok := identOf(v); ok {
			k.remember(id, info)
			work = 1
		}
	}
	return info, work, nil
}

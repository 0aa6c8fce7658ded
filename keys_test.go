package pickle

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

type (
	myInt    int32
	myString string
	myBool   bool
	myBytes  []byte
	myStruct struct{ X any }
)

var (
	inf = math.Inf(1)
	nan = math.NaN()
	cet = time.FixedZone("CET", 3600)
)

// hashOf returns the hash of a key.
func hashOf(k *keyer, v any) (uint64, error) {
	info, err := k.info(v)
	return info.hash, err
}

// equalKeys are keys of which those in one row are equal in Python, and those
// in different rows are not.
var equalKeys = [][]any{
	{nil, (*big.Int)(nil), (*Object)(nil), (*int)(nil), (*Dict)(nil), (*Set)(nil)},
	{int64(0), false, 0.0, math.Copysign(0, -1), 0i, complex(math.Copysign(0, -1), math.Copysign(0, -1)), uint8(0), new(big.Int), new(big.Rat)},
	{int64(1), true, myBool(true), 1.0, complex(1, 0), int(1), int8(1), int16(1), int32(1), uint(1), uint8(1), uint16(1), uint32(1), uint64(1), uintptr(1),
		float32(1), complex64(1), myInt(1), big.NewInt(1), big.NewRat(1, 1)},
	{int64(-1), -1.0, big.NewInt(-1)},
	{0.5, float32(0.5), big.NewRat(1, 2), complex(0.5, 0)},
	{0.1},
	{big.NewRat(1, 10)},
	{big.NewRat(1, 3), big.NewRat(2, 6)},
	{float32(0.1), float64(float32(0.1))},
	{int64(1 << 53), float64(1 << 53), big.NewInt(1 << 53)},
	{int64(1<<53 + 1)},
	{int64(math.MaxInt64), uint64(math.MaxInt64)},
	{uint64(1 << 63), math.Ldexp(1, 63), bigInt("0x8000000000000000"), complex(math.Ldexp(1, 63), 0)},
	{int64(math.MinInt64), -math.Ldexp(1, 63)},
	{uint64(math.MaxUint64), bigInt("0xffffffffffffffff")},
	{math.Ldexp(1, 64), bigInt("0x10000000000000000"), new(big.Rat).SetInt(bigInt("0x10000000000000000"))},
	{bigInt("0x10000000000000001"), bigInt("0x10000000000000001")},
	{bigInt("-0x10000000000000001")},
	{1e300, bigInt("1000000000000000052504760255204420248704468581108159154915854115511802457988908195786371375080447864043704443832883878176942523235360430575644792184786706982848387200926575803737830233794788090059368953234970799945081119038967640880074652742780142494579258788820056842838115669472196386865459400540160")},
	{new(big.Int).Lsh(big.NewInt(1), 20000), new(big.Int).Lsh(big.NewInt(1), 20000)},
	{new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 20000), big.NewInt(1))},
	{inf, float32(inf), complex(inf, 0)},
	{-inf},
	{1i, complex(0, 1), complex(math.Copysign(0, -1), 1), complex64(1i)},
	{-1i},
	{1 + 1i},

	{"", ByteString(""), myString("")},
	{"a", ByteString("a"), myString("a")},
	{"é", myString("é")},
	{ByteString("é"), ByteString("é")},
	{strings.Repeat("x", 5000), strings.Repeat("x", 5000), ByteString(strings.Repeat("x", 5000))},
	{strings.Repeat("x", 4999) + "y"},
	{[]byte{}, []byte(nil), myBytes{}},
	{[]byte("a"), myBytes("a")},
	{[]byte(strings.Repeat("x", 5000)), []byte(strings.Repeat("x", 5000))},

	{Tuple{}, Tuple(nil)},
	{Tuple{int64(1)}, Tuple{true}, Tuple{1.0}},
	{Tuple{int64(1), "a"}, Tuple{1.0, ByteString("a")}},
	{Tuple{Tuple{int64(1), "a"}}, Tuple{Tuple{int64(1), "a"}}},
	{Tuple{"a"}},
	{FrozenSet{}, NewFrozenSet()},
	{NewFrozenSet(int64(1), "a"), NewFrozenSet("a", 1.0)},
	{NewFrozenSet(int64(1), "b")},
	{NewFrozenSet(NewFrozenSet(int64(1), Tuple{int64(2)})), NewFrozenSet(NewFrozenSet(Tuple{int64(2)}, true))},
	{Slice{int64(1), int64(2), nil}, Slice{1.0, int64(2), nil}},
	{Slice{Slice{}, nil, nil}, Slice{Slice{}, nil, nil}},
	{Range{0, 0, 1}, Range{5, 5, 2}, Range{1, 0, 1}, Range{0, 1, -1}},
	{Range{0, 1, 1}, Range{0, 2, 5}, Range{0, -1, -3}},
	{Range{0, 3, 2}, Range{0, 4, 2}},
	{Range{0, 5, 2}, Range{0, 6, 2}},
	{Range{5, 0, -2}, Range{5, -0, -2}},
	{Range{math.MinInt64, math.MaxInt64, 1}},
	{Range{math.MaxInt64, math.MinInt64, math.MinInt64}},

	{Global{"a", "b"}, Global{"a", "b"}},
	{Global{"a", "c"}},
	{PersistentRef{"1"}, PersistentRef{ByteString("1")}},
	{PersistentRef{Tuple{"s", int64(1)}}, PersistentRef{Tuple{"s", 1.0}}},
	{Extension(1), Extension(1)},
	{Ellipsis{}, Ellipsis{}},
	{NotImplemented{}},
	{time.Duration(1), time.Duration(1)},
	{time.Date(2024, 1, 2, 3, 4, 5, 6, time.UTC), time.Date(2024, 1, 2, 4, 4, 5, 6, cet)},
	{time.Date(2024, 1, 2, 3, 4, 5, 6, Naive)},
	{time.Date(2024, 1, 2, 3, 4, 5, 7, time.UTC)},
	{[2]int{1, 2}, [2]int{1, 2}},
	{[2]int{1, 3}},
	{myStruct{int64(1)}, myStruct{int64(1)}},
	{myStruct{int64(2)}},
	{new(Object)},
	{new(Object)},
	{new(myStruct)},
}

func TestKeys(t *testing.T) {
	d := new(Dict)
	for i, row := range equalKeys {
		for _, key := range row {
			if v, ok := d.Get(key); ok && v != i {
				t.Errorf("%s is there: %v", Repr(key), v)
			}
			d.Set(key, i)
		}
	}
	if d.Len() != len(equalKeys) {
		t.Errorf("%d keys, want %d", d.Len(), len(equalKeys))
	}
	for i, row := range equalKeys {
		for _, a := range row {
			if v, ok := d.Get(a); !ok || v != i {
				t.Errorf("%s (%T): Get is %v, %v, want %d", Repr(a), a, v, ok, i)
			}
			for j, other := range equalKeys {
				for _, b := range other {
					testKeyPair(t, a, b, i == j)
				}
			}
		}
	}
}

func testKeyPair(t *testing.T, a, b any, want bool) {
	t.Helper()
	var k keyer
	if k.equal(a, b) != want || k.match(a, b) != want {
		t.Errorf("%.50s (%T) equals %.50s (%T): %v", Repr(a), a, Repr(b), b, !want)
	}
	x, err1 := hashOf(&k, a)
	y, err2 := hashOf(&k, b)
	if err1 != nil || err2 != nil || want && x != y || !want && x == y {
		t.Errorf("%.50s (%T) has the hash %x (%v), %.50s (%T) has %x (%v)", Repr(a), a, x, err1, Repr(b), b, y, err2)
	}
	small := NewDict(a, 1) // searched without an index
	if _, ok := small.Get(b); ok != want {
		t.Errorf("%.50s is found as %.50s: %v", Repr(a), Repr(b), ok)
	}
	if want && !Equal(a, b) {
		t.Errorf("%.50s and %.50s are not Equal", Repr(a), Repr(b))
	}
}

func TestUnhashable(t *testing.T) {
	deep := Tuple{}
	for range maxKeyDepth {
		deep = Tuple{deep}
	}
	deepSet := NewSet()
	for range maxKeyDepth {
		outer := new(Set)
		outer.add(FrozenSet{deepSet}, struct{}{})
		deepSet = outer
	}
	loop := make(Tuple, 2)
	loop[0], loop[1] = loop, loop
	slice := Slice{}
	for range 60 {
		slice = Slice{slice, slice, slice}
	}
	for _, test := range []struct {
		key  any
		want string
	}{
		{[]any{}, "unhashable type: 'list'"},
		{NewDict(), "unhashable type: 'dict'"},
		{NewSet(), "unhashable type: 'set'"},
		{ByteArray{}, "unhashable type: 'bytearray'"},
		{slice, "unhashable type: 'slice'"},
		{Tuple{int64(1), Tuple{[]any{}}}, "unhashable type: 'list'"},
		{PersistentRef{[]any{}}, "unhashable type: 'list'"},
		{Slice{[]any{}, nil, nil}, "unhashable type: 'list'"},
		{Buffer{}, "unhashable type: 'pickle.Buffer'"},
		{[]int{}, "unhashable type: 'list'"},
		{map[string]int{}, "unhashable type: 'dict'"},
		{func() {}, "unhashable type: 'func()'"},
		{myStruct{[]any{}}, "unhashable type: 'pickle.myStruct'"},
		{deep, errKeyDepth.Error()},
		{FrozenSet{deepSet}, errKeyDepth.Error()},
		{loop, errKeyDepth.Error()},
	} {
		for _, d := range []*Dict{new(Dict), NewDict(int64(1), 2, "a", 3), numbered(100)} {
			var k keyer
			n := d.Len()
			err := d.insert(&k, test.key, nil)
			if err == nil || err.Error() != test.want {
				t.Errorf("%T: insert: %v, want %s", test.key, err, test.want)
			}
			if _, ok := d.Get(test.key); ok || d.Delete(test.key) || d.Len() != n {
				t.Errorf("%T is there", test.key)
			}
			d.add(test.key, nil)
			if i, err := d.unique(&k); err == nil || err.Error() != test.want || i != n {
				t.Errorf("%T: unique: entry %d, %v, want %d, %s", test.key, i, err, n, test.want)
			}
		}
	}
	if err := new(Dict).insert(new(keyer), deep[0], nil); err != nil {
		t.Errorf("%d levels: %v", maxKeyDepth, err)
	}
	var unhashable unhashableError
	if err := new(Set).insert(new(keyer), []any{}); !errors.As(err, &unhashable) {
		t.Errorf("%T", err)
	}
}

// numbered is a Dict with the keys 0 to n-1.
func numbered(n int) *Dict {
	d := new(Dict)
	for i := range n {
		d.Set(int64(i), i)
	}
	return d
}

// The depth of a key does not depend on what was hashed before.
func TestKeyDepth(t *testing.T) {
	var k keyer
	tuple, set := Tuple{}, FrozenSet{}
	for depth := 1; depth <= maxKeyDepth+1; depth++ {
		for _, v := range []any{tuple, set} {
			if _, err := hashOf(&k, v); (err == nil) != (depth <= maxKeyDepth) {
				t.Fatalf("depth %d: %v", depth, err)
			}
		}
		outer := new(Set)
		outer.add(set, struct{}{})
		tuple, set = Tuple{tuple}, FrozenSet{outer}
	}
}

// Comparing nested frozensets is a recursion.
func TestDeepSets(t *testing.T) {
	var k keyer
	nested := func(leaf string) FrozenSet {
		f := NewFrozenSet(leaf)
		for range maxKeyDepth - 1 {
			outer := new(Set)
			if err := outer.insert(&k, f); err != nil {
				t.Fatal(err)
			}
			f = FrozenSet{outer}
		}
		return f
	}
	a, b, c := nested("a"), nested("a"), nested("c")
	if !k.match(a, b) || !k.equal(a, b) || k.match(a, c) || k.equal(a, c) {
		t.Error("equal")
	}
	var k2 keyer
	if !k2.equal(a, b) || k2.equal(a, c) || !Equal(a, b) || Equal(a, c) {
		t.Error("equal")
	}
}

func TestNaNKeys(t *testing.T) {
	for _, key := range []any{nan, float32(nan), complex(nan, 0), complex(0, nan), Tuple{nan}, Tuple{"a", Tuple{nan}}, NewFrozenSet(nan), myStruct{nan}, PersistentRef{nan}} {
		for _, n := range []int{0, 5, 50} {
			d := numbered(n)
			for range 3 {
				d.Set(key, nil)
			}
			d.add(key, nil)
			if _, err := d.unique(new(keyer)); err != nil || d.Len() != n+4 {
				t.Errorf("%v: %d entries, want %d", key, d.Len(), n+4)
			}
			if _, ok := d.Get(key); ok || d.Delete(key) {
				t.Errorf("%v is found", key)
			}
			if Equal(d, d) || Equal(key, key) {
				t.Errorf("%v equals itself", key)
			}
		}
	}
	// Many of them: each has a place of its own.
	many, bulk := new(Dict), new(Dict)
	for range 200000 {
		many.Set(nan, nil)
		bulk.add(Tuple{nan}, nil)
	}
	if _, err := bulk.unique(new(keyer)); err != nil || many.Len() != 200000 || bulk.Len() != 200000 {
		t.Error(many.Len(), bulk.Len(), err)
	}
}

// pairsOf is a tuple of a tuple twice, of a tuple twice …: 2^levels leaves.
func pairsOf(levels int, leaf any) Tuple {
	t := Tuple{leaf, leaf}
	for range levels - 1 {
		t = Tuple{t, t}
	}
	return t
}

func TestKeyBombs(t *testing.T) {
	slices := Tuple{}
	for range 60 {
		slices = Tuple{Slice{slices, slices, slices}, PersistentRef{slices}}
	}
	sets := NewFrozenSet("x")
	sets2 := NewFrozenSet("x")
	for range 60 {
		sets, sets2 = NewFrozenSet(Tuple{sets, sets}, sets), NewFrozenSet(sets2, Tuple{sets2, sets2})
	}
	for _, pair := range [][2]any{{pairsOf(60, "x"), pairsOf(60, "x")}, {pairsOf(60, sets), pairsOf(60, sets2)}, {slices, append(Tuple{}, slices...)}} {
		for _, n := range []int{0, 50} {
			d := numbered(n)
			d.Set(pair[0], "old")
			d.Set(pair[1], "new")
			d.add(pair[0], "newest")
			if _, err := d.unique(new(keyer)); err != nil {
				t.Fatal(err)
			}
			if v, ok := d.Get(pair[1]); !ok || v != "newest" || d.Len() != n+1 {
				t.Errorf("Get: %v, %v", v, ok)
			}
		}
	}
	if _, ok := NewDict(pairsOf(60, "x"), nil).Get(pairsOf(60, "y")); ok {
		t.Error("found")
	}
}

// What is big and shared must not be walked for each key that has it.
func TestKeysShareParts(t *testing.T) {
	const n = 20000
	bigTuple := func(last any) Tuple {
		t := Tuple{}
		for i := range n {
			t = append(t, Tuple{int64(i), "x"})
		}
		return Tuple{append(t, last)}
	}
	long := func() string { return strings.Repeat("x", n*50) }
	number := func() *big.Int { return new(big.Int).Lsh(big.NewInt(1), n*400) }
	plusOne := func() *big.Int { return new(big.Int).Add(number(), big.NewInt(1)) }
	for _, parts := range [][]any{
		{bigTuple(1), bigTuple(1), bigTuple(2)},
		{long(), long(), long() + "y"},
		{[]byte(long()), []byte(long()), []byte(long() + "y")},
		{Global{long(), "a"}, Global{long(), "a"}, Global{long(), "b"}},
		{plusOne(), plusOne(), number()},
		{new(big.Rat).SetFrac(plusOne(), big.NewInt(3)), new(big.Rat).SetFrac(plusOne(), big.NewInt(3)), new(big.Rat).SetFrac(plusOne(), big.NewInt(2))},
		{ByteString(long() + "é"), long() + "é", ByteString(long())},
		{bigTuple(nan), bigTuple(nan), bigTuple(nan)},
	} {
		var k keyer
		start := time.Now()
		for i := range n {
			for _, d := range []*Dict{new(Dict), numbered(4)} {
				for j, p := range parts {
					if err := d.insert(&k, p, j); err != nil {
						t.Fatal(err)
					}
					d.add(Tuple{p, int64(i % 2)}, nil)
				}
				if _, err := d.unique(&k); err != nil {
					t.Fatal(err)
				}
			}
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%.30s: %v", Repr(parts[0]), took)
		}
	}
}

// Hashes must be the same from call to call, and differ between neighbours.
func TestHashQuality(t *testing.T) {
	seen := make(map[uint64]any)
	seenLow := make(map[uint32]int)
	var k keyer
	for i := range int64(50000) {
		for _, v := range []any{i, -i - 1, float64(i) + 0.5, fmt.Sprint(i), Tuple{i, i}, Tuple{i, int64(-1)}} {
			h, err := hashOf(&k, v)
			if again, _ := hashOf(new(keyer), v); err != nil || again != h {
				t.Fatal(err)
			}
			if other, ok := seen[h]; ok {
				t.Errorf("%v and %v have the same hash", v, other)
			}
			seen[h] = v
			seenLow[uint32(h)]++
		}
	}
	// 10 are to be expected of 300,000; an unlucky seed has some hundred.
	if collisions := len(seen) - len(seenLow); collisions > 3000 {
		t.Errorf("%d collisions of 32 bits", collisions)
	}
}

// A model of a dict that is too simple to be wrong.
type modelDict []Pair

func (m *modelDict) set(key int64, value any) {
	for i, p := range *m {
		if p.Key == key {
			(*m)[i].Value = value
			return
		}
	}
	*m = append(*m, Pair{key, value})
}

func (m *modelDict) delete(key int64) {
	for i, p := range *m {
		if p.Key == key {
			*m = append((*m)[:i:i], (*m)[i+1:]...)
			return
		}
	}
}

func TestDictModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	forms := []func(int64) any{
		func(i int64) any { return i },
		func(i int64) any { return float64(i) },
		func(i int64) any { return big.NewInt(i) },
		func(i int64) any { return int(i) },
	}
	tuples := []func(int64) any{
		func(i int64) any { return Tuple{i, "x"} },
		func(i int64) any { return Tuple{float64(i), "x"} },
	}
	for round := range 200 {
		forms := forms
		if round%2 == 1 {
			forms = tuples
		}
		keys := int64(1 + r.IntN(60))
		d, m := new(Dict), modelDict{}
		for range 300 {
			n := r.Int64N(keys)
			key := forms[r.IntN(len(forms))](n)
			if r.IntN(5) < 2 {
				d.Delete(key)
				m.delete(n)
			} else {
				v := r.Int()
				d.Set(key, v)
				m.set(n, v)
			}
			got, ok := d.Get(key)
			if d.Len() != len(m) || ok && len(m) == 0 {
				t.Fatalf("%d keys, want %d", d.Len(), len(m))
			}
			_ = got
		}
		i := 0
		for k, v := range d.All() {
			if !new(keyer).equal(k, forms[0](m[i].Key.(int64))) || v != m[i].Value {
				t.Fatalf("entry %d: %v: %v, want %v", i, k, v, m[i])
			}
			if got, ok := d.Get(k); !ok || got != v {
				t.Fatalf("Get(%v) is %v, want %v", k, got, v)
			}
			i++
		}
		if i != len(m) {
			t.Fatalf("%d entries, want %d", i, len(m))
		}
	}
}

package pickle

import (
	"hash/maphash"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"time"
)

// valueKind says what a Go value is in Python, as far as comparing goes.
type valueKind uint8

const (
	pyNone valueKind = iota
	pyNumber
	pyText      // any type made of string
	pyByteText  // ByteString
	pyBytes     // any type made of []byte
	pyByteArray // ByteArray
	pyTuple
	pyList // []any
	pyDict
	pySet
	pyFrozenSet
	pySlice
	pyGlobal
	pyRef // PersistentRef
	pyBuffer
	pyObject
	pyDeque // *Deque
	pyArray // *Array
	pyTime
	pyStandIn
	notPy // whatever else: Go's rules apply
)

// standIn is a type of this package that Python compares in another way than
// Go. comparesAs returns a value that is compared as the receiver should be.
type standIn interface{ comparesAs() any }

func kindOf(v any) valueKind {
	switch v := v.(type) {
	case nil:
		return pyNone
	case string:
		return pyText
	case bool, int64, float64, int, complex128, Decimal:
		return pyNumber
	case *big.Rat:
		return orNone(v != nil, pyNumber)
	case *big.Int:
		return orNone(v != nil, pyNumber)
	case ByteString:
		return pyByteText
	case []byte:
		return pyBytes
	case ByteArray:
		return pyByteArray
	case Tuple:
		return pyTuple
	case []any:
		return pyList
	case *Dict:
		return orNone(v != nil, pyDict)
	case *Set:
		return orNone(v != nil, pySet)
	case FrozenSet:
		return pyFrozenSet
	case *Object:
		return orNone(v != nil, pyObject)
	case Global:
		return pyGlobal
	case Slice:
		return pySlice
	case PersistentRef:
		return pyRef
	case Buffer:
		return pyBuffer
	case time.Time:
		return pyTime
	case time.Duration, Extension:
		return notPy
	case container:
		return v.kind()
	case standIn:
		return pyStandIn
	}
	return goKind(reflect.ValueOf(v))
}

func orNone(ok bool, k valueKind) valueKind {
	if ok {
		return k
	}
	return pyNone
}

// goKind is kindOf for types that it does not name.
func goKind(v reflect.Value) valueKind {
	switch k := v.Kind(); {
	case k >= reflect.Bool && k <= reflect.Complex128:
		return pyNumber
	case k == reflect.String:
		return pyText
	case k == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		return pyBytes
	case k == reflect.Pointer && v.IsNil():
		return pyNone
	}
	return notPy
}

// textOf returns the bytes of an pyText or pyByteText.
func textOf(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return reflect.ValueOf(v).String()
}

// bytesOf returns the bytes of an pyBytes or pyByteArray.
func bytesOf(v any) []byte {
	if b, ok := v.([]byte); ok {
		return b
	}
	return reflect.ValueOf(v).Bytes()
}

// ident is the identity of an object: where its contents are. What is empty
// has none.
type ident struct {
	at any // a pointer, which keeps the memory from being used for another object
	n  int // length of a slice or string
	k  valueKind
}

// identOf returns the identity of v, and whether it has one that this package
// gives a meaning.
func identOf(v any) (ident, bool) {
	switch v := v.(type) {
	case Tuple:
		if len(v) > 0 {
			return ident{&v[0], len(v), pyTuple}, true
		}
	case []any:
		if len(v) > 0 {
			return ident{&v[0], len(v), pyList}, true
		}
	case Decimal:
		return ident{reflect.ValueOf(v.text).UnsafePointer(), len(v.text), pyNumber}, len(v.text) > 0
	case *Dict, *Set, *Object, *big.Int, *big.Rat:
		return ident{at: v}, true
	case FrozenSet:
		return ident{at: v.s}, v.s != nil
	case string:
		return ident{reflect.ValueOf(v).UnsafePointer(), len(v), pyText}, len(v) > 0
	case []byte:
		if len(v) > 0 {
			return ident{&v[0], len(v), pyBytes}, true
		}
	case container:
		return ident{at: v}, true
	}
	return ident{}, false
}

// number is a number in the one form that all numbers of its value have.
type number struct {
	kind numberKind
	int  int64
	re   float64
	im   float64
	big  *big.Int
	rat  *big.Rat
	dec  Decimal
}

type numberKind uint8

const (
	anInt    numberKind = iota // int: every integer that fits
	aFloat                     // re: every other number that a float64 is exactly
	aBig                       // big
	aRatio                     // rat
	aComplex                   // re and im, which is not 0
	aDecimal                   // dec: what would take too many digits to be one of the above
	aNaN                       // also a complex number with a NaN in it
)

// numberOf returns the value of an pyNumber.
func numberOf(v any) number {
	switch v := v.(type) {
	case int64:
		return number{int: v}
	case float64:
		return floatNumber(v)
	case bool:
		if v {
			return number{int: 1}
		}
		return number{}
	case *big.Int:
		return bigNumber(v)
	case *big.Rat:
		return ratNumber(v)
	case Decimal:
		return v.number()
	}
	rv := reflect.ValueOf(v)
	switch {
	case rv.CanInt():
		return number{int: rv.Int()}
	case rv.CanUint():
		if u := rv.Uint(); u > math.MaxInt64 {
			return bigNumber(new(big.Int).SetUint64(u))
		}
		return number{int: int64(rv.Uint())}
	case rv.CanFloat():
		return floatNumber(rv.Float())
	case rv.CanComplex():
		return complexNumber(rv.Complex())
	}
	return numberOf(rv.Bool())
}

func floatNumber(f float64) number {
	switch {
	case math.IsNaN(f):
		return number{kind: aNaN}
	case f == math.Trunc(f) && f >= math.MinInt64 && f < -math.MinInt64:
		return number{int: int64(f)}
	}
	return number{kind: aFloat, re: f}
}

func bigNumber(i *big.Int) number {
	if i.IsInt64() {
		return number{int: i.Int64()}
	}
	if i.BitLen() <= 1024 { // the float64 are below 2**1024
		if f, accuracy := i.Float64(); accuracy == big.Exact {
			return number{kind: aFloat, re: f}
		}
	}
	return number{kind: aBig, big: i}
}

func ratNumber(r *big.Rat) number {
	if r.IsInt() {
		return bigNumber(r.Num())
	}
	if r.Num().BitLen() <= 1024 && r.Denom().BitLen() <= 1075 {
		if f, exact := r.Float64(); exact {
			return number{kind: aFloat, re: f}
		}
	}
	return number{kind: aRatio, rat: r}
}

func complexNumber(c complex128) number {
	switch {
	case math.IsNaN(real(c)) || math.IsNaN(imag(c)):
		return number{kind: aNaN}
	case imag(c) == 0:
		return floatNumber(real(c))
	}
	return number{kind: aComplex, re: real(c) + 0, im: imag(c)} // -0 + 0 is 0
}

func (n number) hash() uint64 {
	switch n.kind {
	case anInt:
		return hashInt(n.int)
	case aFloat:
		return mixHash(math.Float64bits(n.re), saltFloat)
	case aBig:
		return hashBig(n.big)
	case aRatio:
		return mixHash(hashBig(n.rat.Num()), hashBig(n.rat.Denom())+saltRatio)
	case aComplex:
		return mixHash(mixHash(math.Float64bits(n.re), saltComplex), math.Float64bits(n.im))
	}
	if n.kind == aDecimal {
		return n.dec.hash()
	}
	return rand.Uint64()
}

// long reports whether n takes long to hash.
func (n number) long() bool {
	switch n.kind {
	case aBig:
		return n.big.BitLen() >= longKey*8
	case aRatio:
		return n.rat.Num().BitLen()+n.rat.Denom().BitLen() >= longKey*8
	case aDecimal:
		return len(n.dec.text) >= longKey
	}
	return false
}

func hashInt(i int64) uint64 { return mixHash(uint64(i), saltInt) }

func hashBig(i *big.Int) uint64 {
	return mixHash(maphash.Bytes(keySeed, i.Bytes())+uint64(i.Sign()), saltBig)
}

func (n number) equal(m number) bool {
	if n.kind != m.kind {
		return false
	}
	switch n.kind {
	case aBig:
		return n.big.Cmp(m.big) == 0
	case aRatio:
		return n.rat.Num().Cmp(m.rat.Num()) == 0 && n.rat.Denom().Cmp(m.rat.Denom()) == 0
	case aDecimal:
		return n.dec.same(m.dec)
	case aNaN:
		return false
	}
	return n.int == m.int && n.re == m.re && n.im == m.im
}

// comparesAs makes equal what has the same numbers in it, as Python does.
func (r Range) comparesAs() any {
	type numbers struct {
		n           uint64
		start, step int64
	}
	switch n := r.len(); n {
	case 0:
		return numbers{}
	case 1:
		return numbers{1, r.Start, 0}
	default:
		return numbers{n, r.Start, r.Step}
	}
}

// len returns how many numbers are in r.
func (r Range) len() uint64 {
	switch {
	case r.Step > 0 && r.Start < r.Stop:
		return (uint64(r.Stop)-uint64(r.Start)-1)/uint64(r.Step) + 1
	case r.Step < 0 && r.Start > r.Stop:
		return (uint64(r.Start)-uint64(r.Stop)-1)/-uint64(r.Step) + 1
	}
	return 0
}

// mostSlices is how many Slices may be directly in each other to be compared.
// They have no identity, and what is shared would be compared time and again.
const mostSlices = 4

// nested reports whether more than n Slices are directly in each other.
func (s Slice) nested(n int) bool {
	for _, part := range [...]any{s.Start, s.Stop, s.Step} {
		if part, ok := part.(Slice); ok && (n == 0 || part.nested(n-1)) {
			return true
		}
	}
	return false
}

package pickle_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/cmplx"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
)

// compare are the options with which values are compared. Identity is asserted
// by hand.
var compare = cmp.Options{
	cmp.Comparer(func(a, b *big.Int) bool { return (a == nil) == (b == nil) && (a == nil || a.Cmp(b) == 0) }),
	cmp.Comparer(func(a, b big.Int) bool { return a.Cmp(&b) == 0 }),
	cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b pickle.Value) bool { return a.String() == b.String() }),
}

type (
	decPoint  struct{ X, Y int }
	decInt8   int8
	decText   string
	decOctet  byte
	decOctets []decOctet
	decPair   struct {
		_ struct{} `pickle:",tuple"`
		A int
		B string
	}
)

// twoTo64 is LONG1 of 2**64, which fits no integer of Go.
const twoTo64 = "\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01"

// targets are values that a pickle must be decoded to, each by its type, and
// types that it must not fit.
var targets = []struct {
	name   string
	pickle string
	any    any
	into   []any
	wrong  []any // nil pointers to the types
}{
	{"None", "N.", nil,
		[]any{false, 0, uint8(0), 0.0, "", []byte(nil), []int(nil), map[string]int(nil), (*int)(nil), (*decPoint)(nil), decPoint{}, [2]int{},
			complex64(0), pickle.Tuple(nil), (*pickle.Dict)(nil), (*pickle.Object)(nil), big.Int{}, (*big.Int)(nil), (**int)(nil), netip.Addr{}},
		[]any{(*chan int)(nil), (*func())(nil)}},
	{"Bool/True", "\x88.", true, []any{true, ref(true)}, []any{(*int)(nil), (*string)(nil), (*float64)(nil), (*decPoint)(nil)}},
	{"Bool/False", "I00\n.", false, []any{false}, []any{(*uint)(nil)}},
	{"Int/Small", "K\x07.", int64(7),
		[]any{7, int8(7), int16(7), int32(7), int64(7), uint(7), uint8(7), uint16(7), uint32(7), uint64(7), uintptr(7), float32(7), 7.0, complex64(7), complex128(7),
			decInt8(7), *big.NewInt(7), big.NewInt(7)},
		[]any{(*bool)(nil), (*string)(nil), (*[]byte)(nil), (*[]int)(nil), (*map[int]int)(nil), (*decPoint)(nil), (*[1]int)(nil), (*pickle.Dict)(nil), (*fmt.Stringer)(nil)}},
	{"Int/Negative", "J\xff\xff\xff\xff.", int64(-1), []any{-1, int8(-1), -1.0, big.NewInt(-1)}, []any{(*uint)(nil), (*uint8)(nil), (*uint64)(nil), (*uintptr)(nil)}},
	{"Int/128", "K\x80.", int64(128), []any{uint8(128), int16(128)}, []any{(*int8)(nil), (*decInt8)(nil)}},
	{"Int/256", "M\x00\x01.", int64(256), []any{int16(256), uint16(256)}, []any{(*int8)(nil), (*uint8)(nil)}},
	{"Int/MaxInt64", "I9223372036854775807\n.", int64(math.MaxInt64), []any{int64(math.MaxInt64), uint64(math.MaxInt64)},
		[]any{(*float64)(nil), (*float32)(nil), (*int32)(nil), (*complex128)(nil)}},
	{"Int/MinInt64", "I-9223372036854775808\n.", int64(math.MinInt64), []any{int64(math.MinInt64), -0x1p63, float32(-0x1p63)}, []any{(*uint64)(nil)}},
	{"Int/2pow53plus1", "I9007199254740993\n.", int64(1<<53 + 1), []any{int64(1<<53 + 1)}, []any{(*float64)(nil), (*complex128)(nil), (*float32)(nil)}},
	{"Int/2pow24plus1", "I16777217\n.", int64(1<<24 + 1), []any{float64(1<<24 + 1)}, []any{(*float32)(nil), (*complex64)(nil)}},
	{"Int/MaxUint64", "L18446744073709551615L\n.", new(big.Int).SetUint64(math.MaxUint64), []any{uint64(math.MaxUint64), *new(big.Int).SetUint64(math.MaxUint64)},
		[]any{(*int64)(nil), (*float64)(nil), (*uint32)(nil), (*complex64)(nil)}},
	{"Int/2pow63", "L9223372036854775808L\n.", new(big.Int).SetUint64(1 << 63), []any{uint64(1 << 63), 0x1p63, complex128(0x1p63)}, []any{(*int64)(nil)}},
	{"Int/2pow64", twoTo64 + ".", new(big.Int).Lsh(big.NewInt(1), 64), []any{0x1p64, float32(0x1p64), complex64(0x1p64), new(big.Int).Lsh(big.NewInt(1), 64)},
		[]any{(*uint64)(nil), (*int64)(nil), (*string)(nil)}},
	{"Int/Huge", "\x8b\xc8\x00\x00\x00" + strings.Repeat("\x00", 199) + "\x01.", new(big.Int).Lsh(big.NewInt(1), 199*8), nil, []any{(*float64)(nil), (*int)(nil), (*complex128)(nil)}},
	{"Float", "G?\xf8\x00\x00\x00\x00\x00\x00.", 1.5, []any{1.5, float32(1.5), complex64(1.5), complex128(1.5)},
		[]any{(*int)(nil), (*uint)(nil), (*big.Int)(nil), (*string)(nil), (*bool)(nil)}},
	{"Float/Integral", "F3\n.", 3.0, []any{3, uint8(3), *big.NewInt(3)}, []any{(*bool)(nil)}},
	{"Float/Tenth", "F0.1\n.", 0.1, []any{0.1}, []any{(*float32)(nil), (*complex64)(nil), (*int)(nil)}},
	{"Float/NegativeZero", "F-0.0\n.", math.Copysign(0, -1), []any{float32(math.Copysign(0, -1))}, []any{(*int)(nil), (*uint)(nil), (*big.Int)(nil)}},
	{"Float/Inf", "Finf\n.", math.Inf(1), []any{float32(math.Inf(1))}, []any{(*int)(nil), (*uint64)(nil), (*big.Int)(nil)}},
	{"Float/2pow63", "F9223372036854775808\n.", 0x1p63, []any{uint64(1 << 63), *new(big.Int).SetUint64(1 << 63)}, []any{(*int64)(nil), (*uint32)(nil)}},
	{"Float/1e300", "F1e300\n.", 1e300, nil, []any{(*float32)(nil), (*int64)(nil), (*uint64)(nil)}},
	{"Complex", "c__builtin__\ncomplex\n(F1\nF-0.5\ntR.", 1 - 0.5i, []any{1 - 0.5i, complex64(1 - 0.5i)}, []any{(*float64)(nil), (*int)(nil), (*string)(nil)}},
	{"Complex/Real", "c__builtin__\ncomplex\n(F2\nI0\ntR.", 2 + 0i, []any{2, 2.0, uint8(2)}, []any{(*bool)(nil)}},
	{"Complex/Tenth", "c__builtin__\ncomplex\n(F0.1\nF0.1\ntR.", 0.1 + 0.1i, []any{0.1 + 0.1i}, []any{(*complex64)(nil)}},
	{"Str", "X\x03\x00\x00\x00abc.", "abc", []any{"abc", []byte("abc"), decText("abc"), decOctets{'a', 'b', 'c'}, pickle.ByteString("abc"), pickle.ByteArray("abc")},
		[]any{(*int)(nil), (*bool)(nil), (*decPoint)(nil), (*[]string)(nil), (*[3]byte)(nil), (*map[string]int)(nil), (*netip.Addr)(nil)}},
	{"Str/Surrogate", "X\x03\x00\x00\x00\xed\xa0\x80.", "\xed\xa0\x80", []any{[]byte("\xed\xa0\x80")}, nil},
	{"Str/TextUnmarshaler", "X\x09\x00\x00\x00127.0.0.1.", "127.0.0.1", []any{netip.MustParseAddr("127.0.0.1"), ref(netip.MustParseAddr("127.0.0.1"))}, nil},
	{"Bytes", "C\x02\xff\x00.", []byte{255, 0}, []any{[]byte{255, 0}, "\xff\x00", [2]byte{255, 0}, decOctets{255, 0}, [2]decOctet{255, 0}, pickle.ByteArray{255, 0}},
		[]any{(*[3]byte)(nil), (*[1]byte)(nil), (*int)(nil), (*[]int)(nil), (*netip.Addr)(nil)}},
	{"Bytes/Empty", "C\x00.", []byte{}, []any{[]byte{}, "", [0]byte{}}, nil},
	{"Bytes/Codecs", "c_codecs\nencode\n(X\x02\x00\x00\x00\xc3\xbfX\x06\x00\x00\x00latin1tR.", []byte{255}, []any{"\xff", [1]byte{255}}, []any{(*int)(nil), (*pickle.Object)(nil)}},
	{"ByteArray", "\x96\x02\x00\x00\x00\x00\x00\x00\x00ab.", pickle.ByteArray("ab"), []any{[]byte("ab"), "ab", [2]byte{'a', 'b'}, decOctets{'a', 'b'}}, []any{(*[3]byte)(nil), (*[]int)(nil)}},
	{"ByteArray/Appended", "\x96\x01\x00\x00\x00\x00\x00\x00\x00aK\x62a.", pickle.ByteArray("ab"), []any{[]byte("ab"), "ab", [2]byte{'a', 'b'}}, nil},
	{"Python2Str", "U\x02a\xff.", "a\xff", []any{"a\xff", []byte("a\xff"), pickle.ByteString("a\xff"), [2]byte{'a', 255}, decText("a\xff")}, []any{(*[1]byte)(nil)}},
	{"List", "]K\x01aK\x02a.", []any{int64(1), int64(2)},
		[]any{[]int{1, 2}, []any{int64(1), int64(2)}, pickle.Tuple{int64(1), int64(2)}, [2]float64{1, 2}, []uint8{1, 2}, decOctets{1, 2}, map[int]struct{}{1: {}, 2: {}},
			map[int]bool{1: true, 2: true}, []*int{ref(1), ref(2)}},
		[]any{(*[]string)(nil), (*[3]int)(nil), (*decPoint)(nil), (*map[int]int)(nil), (*string)(nil), (*int)(nil), (*pickle.Dict)(nil), (*map[string]bool)(nil)}},
	{"List/Octets", "]M\x00\x01a.", []any{int64(256)}, []any{[]uint16{256}}, []any{(*[]byte)(nil), (*decOctets)(nil)}},
	{"List/Empty", "].", []any{}, []any{[]int{}, [0]int{}, []byte{}, map[string]bool{}}, nil},
	{"Tuple", "K\x01X\x01\x00\x00\x00b\x86.", pickle.Tuple{int64(1), "b"},
		[]any{[]any{int64(1), "b"}, [2]any{int64(1), "b"}, decPair{A: 1, B: "b"}, &decPair{A: 1, B: "b"}, pickle.Tuple{int64(1), "b"}},
		[]any{(*[]int)(nil), (*decPoint)(nil), (*[1]any)(nil), (*struct {
			_ struct{} `pickle:",list"`
			A int
		})(nil)}},
	{"Tuple/Empty", ").", pickle.Tuple{}, []any{[]int{}, pickle.Tuple{}}, []any{(*decPair)(nil)}},
	{"Dict", "}X\x01\x00\x00\x00XK\x01sX\x01\x00\x00\x00YK\x02s.", pickle.NewDict("X", int64(1), "Y", int64(2)),
		[]any{map[string]int{"X": 1, "Y": 2}, map[any]any{"X": int64(1), "Y": int64(2)}, decPoint{1, 2}, &decPoint{1, 2}, map[decText]uint8{"X": 1, "Y": 2},
			map[string]*float64{"X": ref(1.0), "Y": ref(2.0)}, struct{ X any }{int64(1)}, pickle.NewDict("X", int64(1), "Y", int64(2))},
		[]any{(*map[int]int)(nil), (*map[string]string)(nil), (*[]int)(nil), (*[2]int)(nil), (*string)(nil), (*struct{ X string })(nil), (*pickle.Set)(nil)}},
	{"Dict/TupleKeys", "}(K\x01K\x02tX\x01\x00\x00\x00as.", pickle.NewDict(pickle.Tuple{int64(1), int64(2)}, "a"),
		[]any{map[[2]int]string{{1, 2}: "a"}, map[decXY]string{{X: 1, Y: 2}: "a"}},
		[]any{(*map[any]string)(nil), (*map[[3]int]string)(nil), (*map[string]string)(nil)}},
	{"Dict/IntKeys", "}K\x01\x88s.", pickle.NewDict(int64(1), true), []any{map[int8]bool{1: true}, map[float64]bool{1: true}, map[any]bool{int64(1): true}},
		[]any{(*map[string]bool)(nil)}},
	{"Dict/BigKeys", "}" + twoTo64 + "\x88s.", pickle.NewDict(new(big.Int).Lsh(big.NewInt(1), 64), true), []any{map[float64]bool{0x1p64: true}}, []any{(*map[any]bool)(nil), (*map[int]bool)(nil)}},
	{"Dict/TextKeys", "}X\x09\x00\x00\x00127.0.0.1K\x01s.", pickle.NewDict("127.0.0.1", int64(1)), []any{map[netip.Addr]int{netip.MustParseAddr("127.0.0.1"): 1}}, nil},
	{"Dict/DuplicateKeys", "}(K\x01X\x01\x00\x00\x00aK\x02NK\x01X\x01\x00\x00\x00bu.", pickle.NewDict(int64(1), "b", int64(2), nil), []any{map[int]string{1: "b", 2: ""}}, nil},
	{"Dict/Empty", "}.", pickle.NewDict(), []any{map[string]int{}, decPoint{}, pickle.NewDict()}, []any{(*[]int)(nil)}},
	{"Set", "\x8f(K\x01K\x02\x90.", pickle.NewSet(int64(1), int64(2)),
		[]any{map[int]struct{}{1: {}, 2: {}}, map[int]bool{1: true, 2: true}, []int{1, 2}, [2]int{1, 2}, map[any]struct{}{int64(1): {}, int64(2): {}},
			pickle.NewSet(int64(1), int64(2)), pickle.NewFrozenSet(int64(1), int64(2))},
		[]any{(*map[int]int)(nil), (*map[string]bool)(nil), (*decPoint)(nil), (*decPair)(nil)}},
	{"Set/Protocol2", "c__builtin__\nset\n]K\x01a\x85R.", pickle.NewSet(int64(1)), []any{map[int]bool{1: true}, []int{1}, pickle.NewSet(int64(1))}, []any{(*pickle.Object)(nil)}},
	{"FrozenSet", "(K\x01\x91.", pickle.NewFrozenSet(int64(1)), []any{map[int]struct{}{1: {}}, []int8{1}, pickle.NewSet(int64(1)), pickle.NewFrozenSet(int64(1))}, []any{(*string)(nil)}},
	{"Global", "ccollections\nOrderedDict\n.", pickle.Global{Module: "collections", Name: "OrderedDict"},
		[]any{pickle.Global{Module: "collections", Name: "OrderedDict"}, &pickle.Global{Module: "collections", Name: "OrderedDict"}},
		[]any{(*string)(nil), (*int)(nil), (*pickle.Object)(nil), (*decPoint)(nil)}},
	{"Ellipsis", "c__builtin__\nEllipsis\n.", pickle.Ellipsis{}, []any{pickle.Ellipsis{}}, []any{(*pickle.Global)(nil), (*string)(nil)}},
	{"Range", "c__builtin__\nxrange\n(I0\nI5\nI2\ntR.", pickle.Range{Start: 0, Stop: 5, Step: 2}, []any{pickle.Range{Start: 0, Stop: 5, Step: 2}, &pickle.Range{Start: 0, Stop: 5, Step: 2}}, []any{(*[]int)(nil)}},
	{"Slice", "c__builtin__\nslice\n(NI5\nNtR.", pickle.Slice{Stop: int64(5)}, []any{pickle.Slice{Stop: int64(5)}}, []any{(*pickle.Range)(nil)}},
	{"PersistentRef", "Pabc\n.", pickle.PersistentRef{ID: "abc"}, []any{pickle.PersistentRef{ID: "abc"}, &pickle.PersistentRef{ID: "abc"}}, []any{(*string)(nil), (*decPoint)(nil), (*[]int)(nil)}},
	{"Extension", "\x82\x05.", pickle.Extension(5), []any{pickle.Extension(5)}, []any{(*int)(nil), (*pickle.Global)(nil)}},
}

type decXY struct {
	_    struct{} `pickle:",tuple"`
	X, Y int
}

func ref[T any](v T) *T { return &v }

func TestUnmarshalTargets(t *testing.T) {
	for _, tt := range targets {
		t.Run(tt.name, func(t *testing.T) {
			var v any
			if err := pickle.Unmarshal([]byte(tt.pickle), &v); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.any, v, compare); diff != "" {
				t.Errorf("any (-want +got):\n%s", diff)
			}
			if !pickle.Equal(tt.any, v) {
				t.Errorf("not equal: %v, %v", tt.any, v)
			}
			for _, want := range tt.into {
				t.Run("Into/"+reflect.TypeOf(want).String(), func(t *testing.T) { decodesTo(t, tt.pickle, want) })
			}
			for _, wrong := range tt.wrong {
				typ := reflect.TypeOf(wrong).Elem()
				t.Run("Wrong/"+typ.String(), func(t *testing.T) { mismatches(t, tt.pickle, typ) })
			}
		})
	}
}

// decodesTo checks that a pickle is decoded to want, from a zero value and
// from one that is not; and that what is decoded is not part of the input.
func decodesTo(t *testing.T, p string, want any) {
	t.Helper()
	got := reflect.New(reflect.TypeOf(want))
	data := []byte(p)
	if err := pickle.Unmarshal(data, got.Interface()); err != nil {
		t.Fatal(err)
	}
	for i := range data {
		data[i] ^= 0xff
	}
	if diff := cmp.Diff(want, got.Elem().Interface(), compare, cmp.AllowUnexported(decPair{}, decXY{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// mismatches checks that a pickle is no typ, and leaves the target alone.
func mismatches(t *testing.T, p string, typ reflect.Type) {
	t.Helper()
	got := reflect.New(typ)
	fill(got.Elem())
	want := reflect.New(typ)
	want.Elem().Set(got.Elem())
	err := pickle.Unmarshal([]byte(p), got.Interface())
	var typeErr *pickle.UnmarshalTypeError
	if !errors.As(err, &typeErr) {
		t.Fatalf("%v: got %v, want an UnmarshalTypeError", typ, err)
	}
	if typeErr.Value == "" || typeErr.Op == "" || typeErr.Offset < 0 || typeErr.Offset >= int64(len(p)) {
		t.Errorf("the error lacks something: %+v", typeErr)
	}
	if typ.Kind() != reflect.Func && typ.Kind() != reflect.Chan && !reflect.DeepEqual(got.Interface(), want.Interface()) {
		t.Errorf("the target has changed: %v", got.Elem())
	}
}

// fill gives v some value that is not zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(99)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(99)
	case reflect.String:
		v.SetString("before")
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		fill(v.Index(1))
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	}
}

func TestUnmarshalNumericBounds(t *testing.T) {
	for _, typ := range []reflect.Type{
		reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
		reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](),
	} {
		bits := uint(typ.Bits())
		low, high := new(big.Int), new(big.Int).Lsh(big.NewInt(1), bits)
		if typ.Kind() <= reflect.Int64 {
			low = new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), bits-1))
			high = new(big.Int).Neg(low)
		}
		for delta := int64(-2); delta <= 2; delta++ {
			for _, bound := range []*big.Int{low, high} {
				n := new(big.Int).Add(bound, big.NewInt(delta))
				p := fmt.Sprintf("L%vL\n.", n)
				v := reflect.New(typ)
				err := pickle.Unmarshal([]byte(p), v.Interface())
				fits := n.Cmp(low) >= 0 && n.Cmp(high) < 0
				if fits != (err == nil) {
					t.Errorf("%v into %v: %v", n, typ, err)
				}
				if got := fmt.Sprint(v.Elem()); fits && got != n.String() {
					t.Errorf("%v into %v: got %v", n, typ, got)
				}
			}
		}
	}
}

func TestUnmarshalNaN(t *testing.T) {
	var f float64
	var g float32
	var c complex64
	for _, v := range []any{&f, &g, &c} {
		if err := pickle.Unmarshal([]byte("Fnan\n."), v); err != nil {
			t.Error(err)
		}
	}
	if !math.IsNaN(f) || !math.IsNaN(float64(g)) || !cmplx.IsNaN(complex128(c)) {
		t.Error(f, g, c)
	}
	var i int
	if err := pickle.Unmarshal([]byte("Fnan\n."), &i); err == nil {
		t.Error("NaN is an int")
	}
}

func TestPython2Strings(t *testing.T) {
	const latin, valid = "U\x02a\xff.", "U\x03a\xc3\xbf."
	type object struct {
		S string
		B []byte
		Y pickle.ByteString
		A [2]byte
	}
	tests := []struct {
		mode      pickle.Python2Mode
		any       any
		s         string
		key       any
		utf8error bool
	}{
		{pickle.Python2Raw, "a\xff", "a\xff", "a\xff", false},
		{pickle.Python2ByteString, pickle.ByteString("a\xff"), "a\xff", pickle.ByteString("a\xff"), false},
		{pickle.Python2Latin1, "aÿ", "aÿ", "aÿ", false},
		{pickle.Python2UTF8, nil, "", nil, true},
		{pickle.Python2Bytes, []byte("a\xff"), "a\xff", []byte("a\xff"), false},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.mode), func(t *testing.T) {
			mode := pickle.Python2Strings(tt.mode)
			var v any
			err := pickle.Unmarshal([]byte(latin), &v, mode)
			if tt.utf8error {
				var typeErr *pickle.UnmarshalTypeError
				if !errors.As(err, &typeErr) || typeErr.Value != "Python 2 str" {
					t.Fatal(err)
				}
				var s string
				if err := pickle.Unmarshal([]byte(valid), &s, mode); err != nil || s != "aÿ" {
					t.Fatalf("%q, %v", s, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.any, v); diff != "" {
				t.Error(diff)
			}
			var s string
			if err := pickle.Unmarshal([]byte(latin), &s, mode); err != nil || s != tt.s {
				t.Errorf("%q, %v", s, err)
			}
			var d *pickle.Dict
			if err := pickle.Unmarshal([]byte("}U\x02a\xffK\x01s."), &d, mode); err != nil {
				t.Fatal(err)
			}
			if _, ok := d.Get(tt.key); !ok {
				t.Errorf("%v has no %v", d, tt.key)
			}
			// Shared ones are one in every mode, and all types of field take them.
			var o [2]object
			p := "(}(U\x01SU\x02a\xffq\x00U\x01Bh\x00U\x01Yh\x00U\x01Ah\x00u}(U\x01Sh\x00U\x01Bh\x00ul."
			if err := pickle.Unmarshal([]byte(p), &o, mode); err != nil {
				t.Fatal(err)
			}
			if o[0].S != tt.s || o[1].S != tt.s || string(o[0].Y) != "a\xff" || o[0].A != [2]byte{'a', 255} || &o[0].B[0] != &o[1].B[0] {
				t.Errorf("%+v", o)
			}
		})
	}
}

func TestUnmarshalBadTarget(t *testing.T) {
	var nilPointer *int
	for _, v := range []any{nil, 5, nilPointer, "x", []int{}, map[string]int{}} {
		var typeErr *pickle.UnmarshalTypeError
		if err := pickle.Unmarshal([]byte("N."), v); !errors.As(err, &typeErr) {
			t.Errorf("%T: %v", v, err)
		} else if typeErr.Type != reflect.TypeOf(v) {
			t.Errorf("%T: %v", v, typeErr.Type)
		}
	}
}

func TestUnmarshalTrailingData(t *testing.T) {
	var v any = "before"
	err := pickle.Unmarshal([]byte("K\x01.K\x02."), &v)
	var syntaxErr *pickle.SyntaxError
	if !errors.Is(err, pickle.ErrTrailingData) || !errors.As(err, &syntaxErr) || syntaxErr.Offset != 3 || v != "before" {
		t.Error(err, v)
	}
}

func TestUnmarshalTruncated(t *testing.T) {
	p := "\x80\x04\x95\x12\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94K\x01\x8c\x01b\x94]\x94u."
	for n := range len(p) {
		var v any = "before"
		if err := pickle.Unmarshal([]byte(p[:n]), &v); !errors.Is(err, io.ErrUnexpectedEOF) || v != "before" {
			t.Errorf("%d bytes: %v, %v", n, err, v)
		}
	}
}

type decRecord struct {
	Name   string         `pickle:"name"`
	Metric map[string]int `pickle:"metric"`
	Next   *decRecord     `pickle:"next"`
	Any    any            `pickle:"any"`
	Tuple  [2]int8        `pickle:"tuple"`
}

// TestErrorPlaces: an error says where in the value and in the input it is.
func TestErrorPlaces(t *testing.T) {
	tests := []struct {
		name, pickle string
		into         any
		path         string
		value, op    string
		offset       int64
	}{
		{"Top", "K\x01.", new(string), "", "int 1", "BININT1", 0},
		{"ListOfDicts", "(NNN}Vmetric\n}Va\nVb\nssl.", new([]*decRecord), `[3].metric["a"]`, "str", "UNICODE", 17},
		{"Field", "}Vname\nK\x01s.", new(decRecord), "name", "int 1", "BININT1", 7},
		{"Nested", "}Vnext\n}Vname\n]ss.", new(decRecord), "next.name", "list", "EMPTY_LIST", 14},
		{"Array", "}Vtuple\n(K\x01M\x00\x01ts.", new(decRecord), "tuple[1]", "int 256", "BININT2", 11},
		{"MapKey", "}K\x01K\x01s.", new(map[string]int), "keys()", "int 1", "BININT1", 1},
		{"IntKeyValue", "}K\x07Vx\ns.", new(map[int]int), "[7]", "str", "UNICODE", 3},
		{"OddName", "}Va b\nVx\ns.", new(struct {
			A int `pickle:"a b"`
		}), `["a b"]`, "str", "UNICODE", 6},
		{"UnhashableInAny", "}Vany\n(}]Nsls.", new(decRecord), "any[0].keys()", "list", "EMPTY_LIST", 8},
		{"Set", "(\x8f(]\x90l.", new(any), "[0][0]", "list", "EMPTY_LIST", 3},
		{"Instance", "(capp\nUser\n)\x81l.", new([]int), "[0]", "instance of app.User", "NEWOBJ", 12},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := pickle.Unmarshal([]byte(tt.pickle), tt.into)
			var e *pickle.UnmarshalTypeError
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			got := fmt.Sprintf("%s|%s|%s|%d", e.Path, e.Value, e.Op, e.Offset)
			if want := fmt.Sprintf("%s|%s|%s|%d", tt.path, tt.value, tt.op, tt.offset); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestErrorPathIsCut: a path does not get longer than a screen.
func TestErrorPathIsCut(t *testing.T) {
	type L []L
	var l L
	err := pickle.Unmarshal([]byte(strings.Repeat("]", 200)+"K\x01a"+strings.Repeat("a", 199)+"."), &l)
	var e *pickle.UnmarshalTypeError
	if !errors.As(err, &e) || !strings.Contains(e.Path, "[0]…[0]") || len(e.Path) > 200 {
		t.Errorf("%v", err)
	}
}

package pickle_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

func array(code byte, data any) *pickle.Array { return &pickle.Array{Typecode: code, Data: data} }

// byRepr compares values by their repr: a NaN equals no NaN.
var byRepr = cmp.FilterValues(func(_, _ any) bool { return true }, cmp.Comparer(func(a, b any) bool {
	return pickle.Repr(a) == pickle.Repr(b)
}))

// arrayBytes is python36, and the reason why the module, the class and the
// function, which from protocol 4 on are strings that are equal and not one, are
// written otherwise where strings have no address.
func arrayBytes(c pickletest.Case) string {
	if !hasAddresses && c.Protocol >= 4 {
		return "equal strings are one object"
	}
	return python36(c)
}

// arrayBytesOfNoInts is arrayBytes for what Python 3.6 writes like others.
func arrayBytesOfNoInts(c pickletest.Case) string {
	if python36(c) != "" {
		return ""
	}
	return arrayBytes(c)
}

func TestStandardArray(t *testing.T) {
	inf := math.Inf(1)
	negative := math.Copysign(0, -1)
	two := func(v any) []any { return []any{v, v} }
	shared := array('B', []uint8{1})
	testStandard(t, []standard{
		{name: "std_array", want: []any{array('i', []int32{1, -2}), array('d', []float64{0.5})}, otherBytes: arrayBytes},
		{name: "std_array_empty", want: []any{array('b', []int8{}), array('i', []int32{}), array('d', []float64{})}, otherBytes: arrayBytesOfNoInts},
		{name: "std_array_int8", want: []any{array('B', []uint8{0, 1, 255}), array('b', []int8{0, 1, -1, 127, -128})}, otherBytes: arrayBytes},
		{name: "std_array_int16", want: []any{array('H', []uint16{1, 65535}), array('h', []int16{1, -2, math.MaxInt16, math.MinInt16})}, otherBytes: arrayBytes},
		{name: "std_array_int32", want: []any{array('I', []uint32{1, math.MaxUint32}), array('i', []int32{1, -2, math.MaxInt32, math.MinInt32})}, otherBytes: arrayBytes},
		{name: "std_array_long", want: []any{array('L', []uint64{1, math.MaxUint64}), array('l', []int64{1, -2, math.MaxInt64, math.MinInt64})}, otherBytes: arrayBytes},
		{name: "std_array_int64", want: []any{array('Q', []uint64{1, math.MaxUint64}), array('q', []int64{1, -2, math.MaxInt64, math.MinInt64})}, otherBytes: arrayBytes},
		{name: "std_array_float32", want: []any{array('f', []float32{0, float32(negative), 1.5, 0.1, float32(inf), float32(-inf), float32(math.NaN())})}, otherBytes: arrayBytesOfNoInts},
		{name: "std_array_float64", want: []any{array('d', []float64{0, negative, 1.5, 0.1, inf, -inf, math.NaN()})}, otherBytes: arrayBytesOfNoInts},
		{name: "std_array_unicode", want: []any{array('u', ""), array('u', "hé€😀")}, otherBytes: arrayBytesOfNoInts},
		{name: "std_array_ucs4", want: []any{array('w', ""), array('w', "hé€😀")}, otherBytes: arrayBytesOfNoInts},
		{name: "std_array_char", want: array('c', []byte("a\xff"))},
		{name: "std_array_shared", want: two(shared), otherBytes: arrayBytes},
	}, byRepr)
}

func TestArrayTargets(t *testing.T) {
	into(t, "std_array_int16", [][]int{{1, 65535}, {1, -2, math.MaxInt16, math.MinInt16}})
	into(t, "std_array_int16", [][]float64{{1, 65535}, {1, -2, math.MaxInt16, math.MinInt16}})
	into(t, "std_array_int16", [][]any{{int64(1), int64(65535)}, {int64(1), int64(-2), int64(math.MaxInt16), int64(math.MinInt16)}})
	notInto(t, "std_array_int16", [][]uint16(nil))
	notInto(t, "std_array_int16", [][]string(nil))
	notInto(t, "std_array_int16", []string(nil))
	into(t, "std_array_unicode", []string{"", "hé€😀"})
	notInto(t, "std_array_unicode", [][]int32(nil))
	into(t, "std_array_char", "a\xff")
	into(t, "std_array_char", []byte("a\xff"))
	into(t, "std_array_shared", [2][1]int8{{1}, {1}})
	notInto(t, "std_array_shared", [][2]int8(nil))
}

// TestArrayFormats reads all machine formats, among them those that only other
// machines write, and writes them again.
func TestArrayFormats(t *testing.T) {
	python := pickletest.StartPython(t, reference)
	for _, tt := range []struct {
		code   byte
		format int
		bytes  string
		want   any
	}{
		{'B', 0, "\x01\xff", []uint8{1, 255}}, {'b', 1, "\x01\xff", []int8{1, -1}},
		{'H', 2, "\x01\x02", []uint16{0x201}}, {'H', 3, "\x01\x02", []uint16{0x102}},
		{'h', 4, "\xfe\xff", []int16{-2}}, {'h', 5, "\xff\xfe", []int16{-2}},
		{'I', 6, "\x01\x02\x03\x04", []uint32{0x4030201}}, {'I', 7, "\x01\x02\x03\x04", []uint32{0x1020304}},
		{'i', 8, "\xfe\xff\xff\xff", []int32{-2}}, {'i', 9, "\xff\xff\xff\xfe", []int32{-2}},
		{'Q', 10, "\x01\x00\x00\x00\x00\x00\x00\x80", []uint64{1<<63 + 1}}, {'Q', 11, "\x80\x00\x00\x00\x00\x00\x00\x01", []uint64{1<<63 + 1}},
		{'q', 12, "\xfe\xff\xff\xff\xff\xff\xff\xff", []int64{-2}}, {'q', 13, "\xff\xff\xff\xff\xff\xff\xff\xfe", []int64{-2}},
		{'f', 14, "\x00\x00\xc0\x3f", []float32{1.5}}, {'f', 15, "\x3f\xc0\x00\x00", []float32{1.5}},
		{'d', 16, "\x00\x00\x00\x00\x00\x00\xf8\x3f", []float64{1.5}}, {'d', 17, "\x3f\xf8\x00\x00\x00\x00\x00\x00", []float64{1.5}},
		{'u', 18, "h\x00\x3d\xd8\x00\xde", "h😀"}, {'u', 19, "\x00h\xd8\x3d\xde\x00", "h😀"},
		{'u', 20, "h\x00\x00\x00\x00\xf6\x01\x00", "h😀"}, {'u', 21, "\x00\x00\x00h\x00\x01\xf6\x00", "h😀"},
		{'l', 8, "\xfe\xff\xff\xff", []int64{-2}}, {'L', 7, "\xff\xff\xff\xfe", []uint64{0xfffffffe}}, // of a machine whose long has 32 bits
		{'i', 12, "\xfe\xff\xff\xff\xff\xff\xff\xff", []int32{-2}},
	} {
		p, err := pickle.Marshal(&pickle.Object{
			Class: pickle.Global{Module: "array", Name: "_array_reconstructor"},
			Args:  pickle.Tuple{pickle.Global{Module: "array", Name: "array"}, string(rune(tt.code)), tt.format, []byte(tt.bytes)},
		}, pickle.Protocol(5))
		if err != nil {
			t.Fatal(err)
		}
		var a *pickle.Array
		if err := pickle.Unmarshal(p, &a); err != nil {
			t.Errorf("format %d: %v", tt.format, err)
			continue
		}
		if a.Typecode != tt.code || !cmp.Equal(a.Data, tt.want) {
			t.Errorf("format %d: %c %v, want %v", tt.format, a.Typecode, a.Data, tt.want)
		}
		if again, err := pickle.Marshal(a, pickle.Protocol(5)); err != nil || string(again) != string(p) {
			t.Errorf("format %d, again: %v\n got  %q\n want %q", tt.format, err, again, p)
		}
		if tt.format == 18 || tt.format == 19 || strings.IndexByte("lLi", tt.code) >= 0 && tt.format != 8 && tt.format != 9 || tt.code == 'l' {
			continue // Python makes of it what is natural to the machine, or fails
		}
		if want, err := python.Repr(p); err != nil || a.String() != want {
			t.Errorf("format %d: %s, in Python %s (%v)", tt.format, a, want, err)
		}
	}
}

// TestArrayRefused has calls that Python refuses as well. In an any they stay
// what they are.
func TestArrayRefused(t *testing.T) {
	class := pickle.Global{Module: "array", Name: "array"}
	function := pickle.Global{Module: "array", Name: "_array_reconstructor"}
	for _, o := range []*pickle.Object{
		{Class: class},
		{Class: class, Args: pickle.Tuple{"i", 5}},
		{Class: class, Args: pickle.Tuple{"x", []any{}}},
		{Class: class, Args: pickle.Tuple{"ii", []any{}}},
		{Class: class, Args: pickle.Tuple{"b", []any{128}}},
		{Class: class, Args: pickle.Tuple{"i", []any{0.5}}},
		{Class: class, Args: pickle.Tuple{"i", []any{"a"}}},
		{Class: class, Args: pickle.Tuple{"u", []any{"ab"}}},
		{Class: class, Args: pickle.Tuple{"u", []any{""}}},
		{Class: class, Args: pickle.Tuple{"i", []byte("abc")}},
		{Class: function, Args: pickle.Tuple{class, "i", 8, []byte("abc")}},
		{Class: function, Args: pickle.Tuple{class, "i", 22, []byte("abcd")}},
		{Class: function, Args: pickle.Tuple{class, "i", -1, []byte("abcd")}},
		{Class: function, Args: pickle.Tuple{class, "u", 8, []byte("abcd")}},
		{Class: function, Args: pickle.Tuple{class, "i", 20, []byte("abcd")}},
		{Class: function, Args: pickle.Tuple{class, "u", 20, []byte("\xff\xff\xff\xff")}},
		{Class: function, Args: pickle.Tuple{class, "b", 4, []byte("\xff\x7f")}},
		{Class: function, Args: pickle.Tuple{class, "i", 16, []byte("12345678")}},
		{Class: function, Args: pickle.Tuple{builtin("list"), "i", 8, []byte("abcd")}},
		{Class: function, Args: pickle.Tuple{class, "i", 8, "abcd"}},
		{Class: function, Args: pickle.Tuple{class, "i", 8}},
		{Class: class, Args: pickle.Tuple{"i", []any{}}, State: pickle.NewDict("a", 1)},
	} {
		p, err := pickle.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := pickle.Unmarshal(p, &v); err != nil {
			t.Errorf("%v: %v", o, err)
		} else if _, ok := v.(*pickle.Object); !ok {
			t.Errorf("%v is a %T", o, v)
		} else if again, err := pickle.Marshal(v); err != nil || string(again) != string(p) {
			t.Errorf("%v: written again as %q, %v", o, again, err)
		}
		for _, target := range []any{new(*pickle.Array), new([]int), new(string)} {
			if err := pickle.Unmarshal(p, target); err == nil || !strings.Contains(err.Error(), "array") {
				t.Errorf("%v into %T: %v", o, target, err)
			}
		}
	}
	for _, a := range []*pickle.Array{{}, {Typecode: 'i', Data: []int{1}}, {Typecode: 'u', Data: "\xff"}, {Typecode: 'x'}, {Typecode: 'd', Data: "a"}} {
		if p, err := pickle.Marshal(a); err == nil {
			t.Errorf("%c %v: %q", a.Typecode, a.Data, p)
		}
	}
}

func TestArrayOf(t *testing.T) {
	for _, a := range []*pickle.Array{
		pickle.ArrayOf([]int8{1}), pickle.ArrayOf([]uint8{1}), pickle.ArrayOf([]int16{1}), pickle.ArrayOf([]uint16{1}), pickle.ArrayOf([]int32{1}),
		pickle.ArrayOf([]uint32{1}), pickle.ArrayOf([]int64{1}), pickle.ArrayOf([]uint64{1}), pickle.ArrayOf([]float32{1}), pickle.ArrayOf([]float64{1}),
	} {
		var again any
		p, err := pickle.Marshal(a)
		if err == nil {
			err = pickle.Unmarshal(p, &again)
		}
		if err != nil || !a.Equal(again.(*pickle.Array)) || !a.Equal(pickle.ArrayOf([]float64{1})) || a.Equal(pickle.ArrayOf([]float64{2})) {
			t.Errorf("%v: %v, %v", a, again, err)
		}
	}
}

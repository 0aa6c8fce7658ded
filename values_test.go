package pickle

import (
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestAttr(t *testing.T) {
	for _, test := range []struct {
		name   string
		object *Object
		want   any
		ok     bool
	}{
		{"Nil", nil, nil, false},
		{"NoState", &Object{}, nil, false},
		{"Dict", &Object{State: NewDict("x", 1)}, 1, true},
		{"DictWithout", &Object{State: NewDict("y", 1)}, nil, false},
		{"None", &Object{State: NewDict("x", nil)}, nil, true},
		{"Slots", &Object{State: Tuple{nil, NewDict("x", 1)}}, 1, true},
		{"DictAndSlots", &Object{State: Tuple{NewDict("x", 1), NewDict("y", 2)}}, 1, true},
		{"Both", &Object{State: Tuple{NewDict("x", 1), NewDict("x", 2)}}, 2, true},
		{"Plain", &Object{State: map[string]any{"x": 1}}, 1, true},
		{"PlainAny", &Object{State: map[any]any{"x": 1}}, 1, true},
		{"PlainSlots", &Object{State: []any{map[string]any{"x": 1}, map[string]any{}}}, 1, true},
		{"Earlier", &Object{Earlier: []any{NewDict("x", 1), NewDict("x", 2)}, State: NewDict("y", 1)}, 2, true},
		{"Other", &Object{State: "x"}, nil, false},
		{"OtherTuple", &Object{State: Tuple{NewDict("x", 1)}}, nil, false},
		{"NestedTuple", &Object{State: Tuple{Tuple{nil, NewDict("x", 1)}, nil}}, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, ok := test.object.Attr("x"); got != test.want || ok != test.ok {
				t.Errorf("%v, %v, want %v, %v", got, ok, test.want, test.ok)
			}
		})
	}
}

// Every type of the package prints as Python's repr, also with package fmt.
func TestStrings(t *testing.T) {
	for want, v := range map[string]fmt.Stringer{
		`('a', 1)`:                  Tuple{"a", int64(1)},
		`bytearray(b'a')`:           ByteArray("a"),
		`'a'`:                       ByteString("a"),
		`a.B`:                       Global{"a", "B"},
		`persistent_id('x')`:        PersistentRef{"x"},
		`extension(5)`:              Extension(5),
		`Ellipsis`:                  Ellipsis{},
		`NotImplemented`:            NotImplemented{},
		`range(0, 3)`:               Range{0, 3, 1},
		`slice(None, 1, None)`:      Slice{nil, int64(1), nil},
		`pickle.PickleBuffer(b'a')`: Buffer{[]byte("a"), true},
		`a.B('x')`:                  &Object{Class: Global{"a", "B"}, Args: Tuple{"x"}},
		`{'a': None}`:               NewDict("a", nil),
		`{'a'}`:                     NewSet("a"),
		`frozenset({'a'})`:          NewFrozenSet("a"),
	} {
		if got := v.String(); got != want || fmt.Sprint(v) != want {
			t.Errorf("%T: %s, want %s", v, got, want)
		}
	}
}

type (
	inner struct{ A, b int }
	outer struct {
		Inner *inner
		Any   any
		inner
	}
	linked struct {
		Name string
		Next *linked
	}
	secret  struct{ s string }
	intPtr  *intPtr
	mySlice []any
	myMap   map[string]any
)

// String would never end, if Repr called it.
func (s secret) String() string { return Repr(s) }

func TestReprGo(t *testing.T) {
	seven := 7
	pointer := &seven
	loop := &linked{Name: "a"}
	loop.Next = &linked{"b", loop}
	var endless intPtr
	endless = &endless
	list := make(mySlice, 1)
	list[0] = list
	dict := myMap{}
	dict["self"] = dict
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	long := &linked{}
	for range 2 * maxReprDepth {
		long = &linked{Next: long}
	}
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"Ints", []any{1, myBool(true), int8(2), uint8(3), uint64(1 << 63), uintptr(5), myInt(6), time.March}, "[1, True, 2, 3, 9223372036854775808, 5, 6, 3]"},
		{"Floats", []any{float32(0.5), float32(0.1), complex64(1i)}, "[0.5, 0.10000000149011612, 1j]"},
		{"Named", []any{myString("a"), myBytes("b"), mySlice{nil}, [2]byte{1, 2}, [2]bool{true}}, `['a', b'b', [None], b'\x01\x02', [True, False]]`},
		{"Slices", []any{[]string{"a"}, []int(nil), [][]float64{{1}}}, "[['a'], None, [[1.0]]]"},
		{"Maps", []any{map[string]int{"b": 1, "a": 2}, map[int]bool(nil), map[any]any{"x": 1, 2: nil, 1: nil, nil: 1, true: 1, 0.5: 1, 0.25: 1}},
			"[{'a': 2, 'b': 1}, None, {None: 1, True: 1, 0.25: 1, 0.5: 1, 1: None, 2: None, 'x': 1}]"},
		{"MapKeys", []any{map[uint]int{3: 1, 2: 1}, map[[1]int]int{{2}: 1, {1}: 1}}, "[{2: 1, 3: 1}, {[1]: 1, [2]: 1}]"},
		{"SetMaps", []any{map[string]struct{}{"b": {}, "a": {}}, map[int]struct{}{}}, "[{'a', 'b'}, set()]"},
		{"Pointers", []any{&seven, &pointer, (*int)(nil), (*inner)(nil), &[]any{1}, &[2]byte{}}, `[7, 7, None, None, [1], b'\x00\x00']`},
		{"Structs", []any{inner{1, 2}, &inner{1, 2}, struct{ X any }{"x"}, outer{Any: &inner{}}},
			"[pickle.inner(A=1), pickle.inner(A=1), struct(X='x'), pickle.outer(Inner=None, Any=pickle.inner(A=0))]"},
		{"Stringer", []any{secret{"x"}, netip.MustParseAddrPort("[::1]:80"), big.NewFloat(0.5), (*big.Float)(nil)}, "[pickle.secret(), [::1]:80, 0.5, None]"},
		{"BigInt", []any{*big.NewInt(5), big.NewRat(1, 3), (*big.Int)(nil)}, "[5, Fraction(1, 3), None]"},
		{"Functions", []any{func(int) {}, make(chan int)}, "[<func(int)>, <chan int>]"},
		{"Duration", []any{time.Duration(0), -time.Microsecond, 25*time.Hour + 3*time.Second + 4*time.Microsecond},
			"[datetime.timedelta(0), datetime.timedelta(days=-1, seconds=86399, microseconds=999999), datetime.timedelta(days=1, seconds=3603, microseconds=4)]"},
		{"Naive", time.Date(2024, 1, 2, 3, 0, 0, 0, Naive), "datetime.datetime(2024, 1, 2, 3, 0)"},
		{"UTC", time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), "datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)"},
		{"Offset", time.Date(2024, 1, 2, 3, 4, 0, 6000, cet), "datetime.datetime(2024, 1, 2, 3, 4, 0, 6, tzinfo=datetime.timezone(datetime.timedelta(seconds=3600), 'CET'))"},
		{"Zone", time.Date(2024, 1, 2, 3, 4, 5, 0, berlin), "datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=zoneinfo.ZoneInfo(key='Europe/Berlin'))"},

		{"LoopStruct", loop, "pickle.linked(Name='a', Next=pickle.linked(Name='b', Next=pickle.linked(...)))"},
		{"LoopPointer", endless, "<pickle.intPtr>"},
		{"LoopSlice", list, "[[...]]"},
		{"LoopMap", dict, "{'self': {...}}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Repr(test.value); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
	if got := Repr(long); strings.Count(got, "(") != maxReprDepth || !strings.Contains(got, "Next=...)") {
		t.Errorf("a long chain: %d bytes", len(got))
	}
}

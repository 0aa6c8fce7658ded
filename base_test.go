package pickle_test

import (
	"bytes"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// Classes derived from Python's own, with an attribute.
type (
	baseList struct {
		Items []int `pickle:",base"`
		Note  []any `pickle:"note,omitempty"`
	}
	baseDict struct {
		Note  []any       `pickle:"note,omitempty"`
		Items map[int]int `pickle:",base"`
	}
	baseOrdered struct {
		*pickle.Dict `pickle:",base"`
		Note         []any `pickle:"note,omitempty"`
	}
	baseSet struct {
		Items map[int]struct{} `pickle:",base"`
		Note  []any            `pickle:"note,omitempty"`
	}
	baseAnySet struct {
		Items *pickle.Set `pickle:",base"`
		Note  []any       `pickle:"note,omitempty"`
	}
	baseTuple struct {
		Items []int `pickle:",base,tuple"`
		Note  []any `pickle:"note,omitempty"`
	}
	baseAnyTuple struct {
		Items pickle.Tuple `pickle:",base"`
		Note  []any        `pickle:"note,omitempty"`
	}
	baseStr struct {
		Text string `pickle:",base"`
		Note []any  `pickle:"note,omitempty"`
	}
	baseBytes struct {
		Data []byte `pickle:",base"`
		Note []any  `pickle:"note,omitempty"`
	}
	baseByteArray struct {
		Data []byte `pickle:",base,bytearray"`
		Note []any  `pickle:"note,omitempty"`
	}
	baseInt struct {
		Value int   `pickle:",base"`
		Note  []any `pickle:"note,omitempty"`
	}
	baseBig struct {
		Value *big.Int `pickle:",base"`
		Note  []any    `pickle:"note,omitempty"`
	}
	baseFloat struct {
		Value float64 `pickle:",base"`
		Note  []any   `pickle:"note,omitempty"`
	}
	baseComplex struct {
		Value complex128 `pickle:",base"`
		Note  []any      `pickle:"note,omitempty"`
	}
	baseRing struct {
		Items []*baseRing `pickle:",base"`
		Owner *baseRing   `pickle:"owner,omitempty"`
	}
)

// baseCases are the goldens of each class, with and without the attribute: what
// the base class of the one has in Go.
var baseCases = []struct {
	class, golden string
	value         any // with the attribute
}{
	{"MyList", "subclass_list", baseList{Items: []int{1, 2}}},
	{"MyDict", "subclass_dict", baseDict{Items: map[int]int{1: 2}}},
	{"MyDict", "subclass_dict", baseOrdered{Dict: pickle.NewDict(1, 2)}},
	{"MySet", "subclass_set", baseSet{Items: map[int]struct{}{1: {}, 2: {}}}},
	{"MySet", "subclass_set", baseAnySet{Items: pickle.NewSet(1, 2)}},
	{"MyFrozenSet", "subclass_frozenset", baseSet{Items: map[int]struct{}{1: {}}}},
	{"MyTuple", "subclass_tuple", baseTuple{Items: []int{1, 2}}},
	{"MyTuple", "subclass_tuple", baseAnyTuple{Items: pickle.Tuple{1, 2}}},
	{"MyStr", "subclass_str", baseStr{Text: "text"}},
	{"MyBytes", "subclass_bytes", baseBytes{Data: []byte("\xffraw")}},
	{"MyByteArray", "subclass_bytearray", baseByteArray{Data: []byte("\xffraw")}},
	{"MyInt", "subclass_int", baseInt{Value: 7}},
	{"MyInt", "subclass_int", baseBig{Value: big.NewInt(7)}},
	{"MyFloat", "subclass_float", baseFloat{Value: 0.5}},
	{"MyComplex", "subclass_complex", baseComplex{Value: 1i}},
}

var baseOptions = cmp.Options{cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 }), cmp.Comparer(func(a, b pickle.Tuple) bool { return pickle.Equal(a, b) })}

// TestBase reads and writes the goldens of instances of classes derived from
// Python's own, with and without an attribute.
func TestBase(t *testing.T) {
	for _, bc := range baseCases {
		for _, suffix := range []string{"", "_attr"} {
			want := reflect.New(reflect.TypeOf(bc.value))
			want.Elem().Set(reflect.ValueOf(bc.value))
			if suffix != "" {
				want.Elem().FieldByName("Note").Set(reflect.ValueOf([]any{"x"}))
			}
			registry := pickle.NewRegistry()
			if err := registry.Register("shapes."+bc.class, bc.value); err != nil {
				t.Fatal(err)
			}
			for _, c := range standardGoldens(t, bc.golden+suffix) {
				t.Run(fmt.Sprintf("%T/%s", bc.value, c.ID()), func(t *testing.T) { testBase(t, c, registry, want.Interface()) })
			}
		}
	}
}

func testBase(t *testing.T, c pickletest.Case, registry *pickle.Registry, want any) {
	options := pickle.WithRegistry(registry)
	var v any
	if err := pickle.Unmarshal(c.Data, &v, options); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, v, baseOptions); diff != "" {
		t.Errorf("decoded, -want +got:\n%s", diff)
	}
	if python36(c) != "" || c.Pure() || c.Impl == "cpython2.7" || emptyState(c) {
		return
	}
	for _, v := range []any{v, want} {
		again, err := pickle.Marshal(v, pickle.Protocol(c.Protocol), options)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again, c.Data) {
			t.Errorf("encoded again:\n got  %q\n want %q", again, c.Data)
		}
	}
}

// emptyState reports whether the golden has a state that is an empty dict, which
// Python up to 3.10 gives to what is no list, tuple, dict or number. We do not.
func emptyState(c pickletest.Case) bool {
	switch c.Name {
	case "subclass_set", "subclass_frozenset", "subclass_bytearray":
		return c.Impl == "cpython3.6" || c.Impl == "cpython3.8"
	}
	return false
}

// TestBaseCycle has a list that is in itself, and in its own attribute.
func TestBaseCycle(t *testing.T) {
	registry := pickle.NewRegistry()
	if err := registry.Register("shapes.MyList", baseRing{}); err != nil {
		t.Fatal(err)
	}
	r := &baseRing{}
	r.Items, r.Owner = []*baseRing{r, r}, r
	for protocol := 2; protocol <= pickle.HighestProtocol; protocol++ {
		p, err := pickle.Marshal(r, pickle.WithRegistry(registry), pickle.Protocol(protocol))
		if err != nil {
			t.Fatal(err)
		}
		var got *baseRing
		if err := pickle.Unmarshal(p, &got, pickle.WithRegistry(registry)); err != nil {
			t.Fatal(err)
		}
		if got.Owner != got || len(got.Items) != 2 || got.Items[0] != got || got.Items[1] != got {
			t.Errorf("protocol %d: not itself: %v", protocol, got)
		}
	}
	if _, err := pickle.Marshal(r, pickle.WithRegistry(registry), pickle.Protocol(1)); err == nil {
		t.Error("protocol 1: no error; Python cannot do it either")
	}
	r.Items = []*baseRing{{Owner: r}}
	for protocol := range pickle.HighestProtocol + 1 {
		p, err := pickle.Marshal(r, pickle.WithRegistry(registry), pickle.Protocol(protocol))
		var got *baseRing
		if err == nil {
			err = pickle.Unmarshal(p, &got, pickle.WithRegistry(registry))
		}
		if err != nil || got.Items[0].Owner != got || got.Owner != got {
			t.Errorf("protocol %d: %v, %v", protocol, got, err)
		}
	}
}

func TestBaseErrors(t *testing.T) {
	type (
		two struct {
			A []int `pickle:",base"`
			B []int `pickle:",base"`
		}
		unexported struct {
			a []int `pickle:",base"`
		}
		ofBool struct {
			A bool `pickle:",base"`
		}
		ofPointer struct {
			A *[]int `pickle:",base"`
		}
		ofStruct struct {
			A baseList `pickle:",base"`
		}
		withName struct {
			A []int `pickle:"a,base"`
		}
		optional struct {
			A []int `pickle:",base,omitempty"`
		}
		byPosition struct {
			_ struct{} `pickle:",tuple"`
			A []int    `pickle:",base"`
		}
	)
	for _, tt := range []struct {
		value any
		opts  []pickle.ClassOption
		want  string
	}{
		{value: two{}, want: "another field has ,base"},
		{value: unexported{a: nil}, want: "must be exported"},
		{value: ofBool{}, want: "a bool is not what a class"},
		{value: ofPointer{}, want: "a *[]int is not what a class"},
		{value: ofStruct{}, want: "is not what a class"},
		{value: withName{}, want: "it has no name"},
		{value: optional{}, want: "always written"},
		{value: byPosition{}, want: "no place for a field with ,base"},
		{value: baseList{}, opts: []pickle.ClassOption{pickle.NamedTuple()}, want: "does not go with NamedTuple"},
		{value: baseList{}, opts: []pickle.ClassOption{pickle.Arguments("note")}, want: "does not go with"},
	} {
		err := pickle.NewRegistry().Register("m.C", tt.value, tt.opts...)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Register %T: %v, want %q", tt.value, err, tt.want)
		}
	}
	if _, err := pickle.Marshal(baseList{}); err == nil || !strings.Contains(err.Error(), "registered for no class") {
		t.Errorf("Marshal of a type that is not registered: %v", err)
	}
	registry := pickle.NewRegistry()
	if err := registry.Register("shapes.MyList", baseList{}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{
		"cshapes\nMyList\n)\x81X\x01\x00\x00\x00aa.",   // an item of another type
		"cshapes\nMyList\n)\x81K\x01K\x02s.",           // dict items
		"cshapes\nMyList\nX\x01\x00\x00\x00a\x85\x81.", // an argument
	} {
		kept := baseList{Items: []int{5}}
		got := kept
		err := pickle.Unmarshal([]byte("\x80\x02"+p), &got, pickle.WithRegistry(registry))
		if _, ok := err.(*pickle.UnmarshalTypeError); !ok || !cmp.Equal(kept, got) {
			t.Errorf("%q: %v, %v", p, got, err)
		}
	}
}

// TestLiveBase has Python load what Go writes, and compares the bytes.
func TestLiveBase(t *testing.T) {
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		for _, c := range []struct {
			class, python string
			value         any
			two           string
		}{
			{"MyList", "value = shapes.MyList([1, 2]); value.note = [u'x']", baseList{[]int{1, 2}, []any{"x"}}, ""},
			{"MyList", "shapes.MyList()", baseList{}, ""},
			{"MyDict", "value = shapes.MyDict({3: 4}); value.note = [u'x']", baseDict{[]any{"x"}, map[int]int{3: 4}}, ""},
			{"MyDict", "shapes.MyDict()", baseOrdered{}, ""},
			{"MySet", "value = shapes.MySet([1]); value.note = [u'x']", baseSet{map[int]struct{}{1: {}}, []any{"x"}}, ""},
			{"MyFrozenSet", "value = shapes.MyFrozenSet(); value.note = [u'x']", baseAnySet{nil, []any{"x"}}, ""},
			{"MyTuple", "value = shapes.MyTuple((1, 2)); value.note = [u'x']", baseTuple{[]int{1, 2}, []any{"x"}}, ""},
			{"MyTuple", "shapes.MyTuple()", baseAnyTuple{}, ""},
			{"MyStr", "value = shapes.MyStr(u'text'); value.note = [u'x']", baseStr{"text", []any{"x"}}, ""},
			{"MyStr", "shapes.MyStr()", baseStr{}, ""},
			{"MyBytes", "value = shapes.MyBytes(b'ab'); value.note = [u'x']", baseBytes{[]byte("ab"), []any{"x"}}, "it is a str"},
			{"MyByteArray", "value = shapes.MyByteArray(b'ab'); value.note = [u'x']", baseByteArray{[]byte("ab"), []any{"x"}}, ""},
			{"MyByteArray", "value = shapes.MyByteArray(); value.note = [u'x']", baseByteArray{nil, []any{"x"}}, ""},
			{"MyInt", "value = shapes.MyInt(-5); value.note = [u'x']", baseInt{-5, []any{"x"}}, ""},
			{"MyInt", "value = shapes.MyInt(2**70); value.note = [u'x']", baseBig{new(big.Int).Lsh(big.NewInt(1), 70), []any{"x"}}, "it is a long"},
			{"MyFloat", "value = shapes.MyFloat(0.5); value.note = [u'x']", baseFloat{0.5, []any{"x"}}, ""},
			{"MyComplex", "value = shapes.MyComplex(1, -2); value.note = [u'x']", baseComplex{complex(1, -2), []any{"x"}}, ""},
		} {
			if version == "2.7" {
				if c.two != "" || strings.Contains(c.python, "note") {
					continue // its attributes have names of another type
				}
			}
			registry := pickle.NewRegistry()
			if err := registry.Register("shapes."+c.class, c.value); err != nil {
				t.Fatal(err)
			}
			compareLive(t, python, version, protocol, liveValue{name: c.python, value: same(c.value), python: c.python}, registry)
		}
	})
}

// TestSetSubclasses registers maps for classes derived from set and frozenset.
func TestSetSubclasses(t *testing.T) {
	type elements map[int]struct{}
	for class, want := range map[string]elements{"set": {1: {}, 2: {}}, "frozenset": {1: {}}} {
		registry := pickle.NewRegistry()
		if err := registry.Register("shapes.My"+map[string]string{"set": "Set", "frozenset": "FrozenSet"}[class], elements{}); err != nil {
			t.Fatal(err)
		}
		for _, c := range standardGoldens(t, "subclass_"+class) {
			var v any
			if err := pickle.Unmarshal(c.Data, &v, pickle.WithRegistry(registry)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&want, v); diff != "" {
				t.Errorf("%s: -want +got:\n%s", c.ID(), diff)
			}
			again, err := pickle.Marshal(v, pickle.WithRegistry(registry), pickle.Protocol(c.Protocol))
			if err != nil || c.Impl == "cpython3.13" && !c.Pure() && !bytes.Equal(again, c.Data) {
				t.Errorf("%s: written again: %v\n got  %q\n want %q", c.ID(), err, again, c.Data)
			}
		}
	}
}

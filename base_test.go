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
		"cshapes\nMyList\n)\x81X\x01\x00\x00\x00aa.",  // an item of another type
		"cshapes\nMyList\n)\x81K\x01K\x02s.",          // dict items
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

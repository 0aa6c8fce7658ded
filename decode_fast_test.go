package pickle_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
)

// Types that are bound in the same way as those for which there is a short way, but
// by the functions for their kinds.
type (
	slowString string
	slowInt    int
	slowInt64  int64
	slowFloat  float64

	fastRecord struct {
		A string
		B int
		C float64
		D bool
		E int8
		F uint16
		G []string
		H []int64
		I fastInner
		J fastPair
		K []int
		L []float64
		M *string
		N *int
		O *int64
		P *float64
		Z map[string]any `pickle:",unknown"`
	}
	fastInner struct {
		X int
		Y []string
	}
	fastPair struct {
		_ struct{} `pickle:",tuple"`
		X int
		Y string
	}
	slowRecord struct {
		*SlowFields
		Z map[string]any `pickle:",unknown"`
	}
	SlowFields struct {
		A slowString
		B slowInt
		C slowFloat
		D bool
		E int8
		F uint16
		G []slowString
		H []slowInt64
		I slowInner
		J slowPair
		K []slowInt
		L []slowFloat
		M *slowString
		N *slowInt
		O *slowInt64
		P *slowFloat
	}
	slowInner struct {
		X slowInt
		Y []slowString
	}
	slowPair struct {
		_ struct{} `pickle:",tuple"`
		X slowInt
		Y slowString
	}
)

// TestFast decodes the same pickles by the short ways and by the functions for the
// kinds: the same comes of it, and the same error.
func TestFast(t *testing.T) {
	scalars := []any{nil, true, 0, 1, -1, 127, 128, 255, 256, 65535, 65536, int64(1) << 40, uint64(1) << 63, 0.0, 1.0, 1.5, "", "text", "a longer text, which is no piece of another one, as it is longer than sixty-four", []byte("b"), []any{}, pickle.Tuple{1}}
	var values []any
	for i, x := range scalars {
		for _, y := range scalars[:i+1] {
			values = append(values, []any{x, y}, []any{y, y, x}, pickle.Tuple{x, x, x, x, x, x, x, x, x, x, y})
		}
		for _, name := range []string{"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Y"} {
			inner := pickle.NewDict("X", x, "Y", []any{"a", x})
			values = append(values, []any{pickle.NewDict(name, inner), pickle.NewDict(name, inner, "I", inner)}, []any{pickle.NewDict(name, pickle.Tuple{1, x}, "J", pickle.Tuple{x, "y"})},
				[]any{pickle.NewDict("A", "a", name, x), pickle.NewDict(name, x, "A", "b"), pickle.NewDict("B", 1, name, []any{x, x}, name+name, 2), pickle.NewDict()})
		}
	}
	for _, targets := range [][2]any{
		{new([]string), new([]slowString)}, {new([]int), new([]slowInt)}, {new([]int64), new([]slowInt64)}, {new([]float64), new([]slowFloat)},
		{new([]fastRecord), new([]slowRecord)},
	} {
		same := 0
		for _, v := range values {
			data, err := pickle.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			var got [2]string
			for i, target := range targets {
				p := reflect.New(reflect.TypeOf(target).Elem())
				if err := pickle.Unmarshal(data, p.Interface()); err != nil {
					e, ok := err.(*pickle.UnmarshalTypeError)
					if !ok {
						t.Fatalf("%q: %v", data, err)
					}
					got[i] = fmt.Sprint(e.Path, e.Offset, e.Value)
					continue
				}
				same++
				if records, ok := p.Interface().(*[]slowRecord); ok {
					for i := range *records {
						if r := &(*records)[i]; r.SlowFields == nil {
							r.SlowFields = new(SlowFields)
						}
					}
				}
				again, err := pickle.Marshal(p.Interface())
				if err != nil {
					t.Fatal(err)
				}
				got[i] = string(again)
			}
			if diff := cmp.Diff(got[1], got[0]); diff != "" {
				t.Errorf("%v into %T and %T:\n%s", pickle.Repr(v), targets[1], targets[0], diff)
			}
		}
		if same < 20 {
			t.Errorf("%T: only %d values", targets[0], same)
		}
	}
}

// TestNone: None makes a field the zero value, whatever it was.
func TestNone(t *testing.T) {
	type fields struct {
		P *string
		S []int
		T string
		N int
		F fastInner
	}
	text := "before"
	got := fields{&text, []int{1}, text, 1, fastInner{X: 1}}
	none := pickle.NewDict("P", nil, "S", nil, "T", nil, "N", nil, "F", nil)
	data, err := pickle.Marshal(none)
	if err != nil {
		t.Fatal(err)
	}
	if err := pickle.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fields{}, got); diff != "" {
		t.Error(diff)
	}
}

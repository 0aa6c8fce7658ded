package pickle_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
)

// Types with one way to what they consist of, and with several.
type (
	loneInner struct {
		_ struct{} `pickle:",tuple"`
		N int
		S string
	}
	loneOuter struct {
		Name  string
		Inner loneInner
		Tags  []string
	}
	loneList struct {
		A []loneOuter
		N []int
	}
	twoLists  struct{ A, B []loneInner }
	listOrOne struct {
		A []loneOuter
		P *loneInner
	}
	loneNode struct {
		N        int
		Next     *loneNode
		Children []loneNode
		Inner    loneInner
		More     [][]loneInner
	}
	LoneFields struct {
		Inner loneInner
		Ints  []int
	}
	embeds struct {
		*LoneFields
		A []LoneFields
		M map[string][]loneInner
		F [2]LoneFields
		G [2]loneInner
	}
)

// sharer fills values in which pointers and slices lead to what others lead to.
type sharer struct {
	*rand.Rand
	places map[reflect.Type][]reflect.Value // what there is of each type
	slices map[reflect.Type][]reflect.Value
	depth  int
}

func (s *sharer) fill(v reflect.Value) {
	s.depth++
	defer func() { s.depth-- }()
	t := v.Type()
	switch v.Kind() {
	case reflect.Int:
		v.SetInt(int64(s.IntN(3)))
	case reflect.String:
		v.SetString([]string{"", "a", "text", "N", "Inner"}[s.IntN(5)])
	case reflect.Struct:
		for i := range v.NumField() {
			if t.Field(i).IsExported() {
				s.fill(v.Field(i))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			s.fill(v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		for i := range s.IntN(3) {
			x := reflect.New(t.Elem()).Elem()
			s.fill(x)
			v.SetMapIndex(reflect.ValueOf(fmt.Sprint("key", i)), x)
		}
	case reflect.Pointer:
		if known := s.places[t.Elem()]; len(known) > 0 && s.IntN(3) > 0 {
			v.Set(known[s.IntN(len(known))].Addr())
		} else if s.depth < 6 {
			v.Set(reflect.New(t.Elem()))
			s.fill(v.Elem())
		}
	case reflect.Slice:
		s.slice(v)
	}
	if v.CanAddr() {
		s.places[t] = append(s.places[t], v)
	}
}

func (s *sharer) slice(v reflect.Value) {
	if known := s.slices[v.Type()]; len(known) > 0 && s.IntN(3) > 0 {
		of := known[s.IntN(len(known))]
		from := s.IntN(of.Len() + 1)
		v.Set(of.Slice(from, from+s.IntN(of.Len()+1-from)))
	} else if s.depth < 6 {
		n := s.IntN(4)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			s.fill(v.Index(i))
		}
	}
	s.slices[v.Type()] = append(s.slices[v.Type()], v)
}

// neverPersistent makes Marshal look for everything, one value after the other.
var neverPersistent = pickle.PersistentID(func(any) (any, bool, error) { return nil, false, nil })

// TestLone: what Marshal does not look for in the memo, since there is one way to it,
// is not there.
func TestLone(t *testing.T) {
	for _, typ := range []reflect.Type{
		reflect.TypeFor[[]loneInner](), reflect.TypeFor[loneList](), reflect.TypeFor[twoLists](), reflect.TypeFor[listOrOne](),
		reflect.TypeFor[loneNode](), reflect.TypeFor[embeds](), reflect.TypeFor[[][]loneOuter](), reflect.TypeFor[[]*loneList](),
		reflect.TypeFor[[2][]int](), reflect.TypeFor[map[string]loneList](), reflect.TypeFor[[]map[string]loneInner](),
	} {
		t.Run(typ.String(), func(t *testing.T) {
			for seed := range uint64(500) {
				s := &sharer{rand.New(rand.NewPCG(seed, 1)), map[reflect.Type][]reflect.Value{}, map[reflect.Type][]reflect.Value{}, 0}
				v := reflect.New(typ)
				s.fill(v.Elem())
				for _, x := range []any{v.Interface(), v.Elem().Interface()} {
					want, wantErr := pickle.Marshal(x, neverPersistent)
					got, err := pickle.Marshal(x)
					if diff := cmp.Diff(fmt.Sprintf("%q %v", want, wantErr), fmt.Sprintf("%q %v", got, err)); diff != "" {
						t.Fatalf("seed %d: %+v\n%s", seed, x, diff)
					}
				}
			}
		})
	}
}

// TestLoneRegistered: what is written in place of a registered type can lead to
// anything.
func TestLoneRegistered(t *testing.T) {
	type end struct{ N int }
	type list struct {
		A   []loneInner
		End end
	}
	v := &list{A: []loneInner{{N: 1, S: "x"}}}
	r := pickle.NewRegistry()
	err := r.RegisterFunc("m.end", func(*loneInner) end { return end{} }, pickle.Reduces(func(end) (pickle.Reduction, error) {
		return pickle.Reduction{Callable: pickle.Global{Module: "m", Name: "end"}, Args: pickle.Tuple{&v.A[0]}}, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []pickle.Options{pickle.JoinOptions(), pickle.WithRegistry(r)} { // first where it is not registered
		want, err := pickle.Marshal(v, o, neverPersistent)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pickle.Marshal(v, o)
		if diff := cmp.Diff(string(want), string(got)); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
}

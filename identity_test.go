package pickle_test

import (
	"fmt"
	"iter"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/go-pickle/pickle"
)

// sharing returns, for each element of a list, the first one that is the same
// object.
func sharing(t *testing.T, v any) []int {
	t.Helper()
	out := roundTrip(t, v).([]any)
	var groups []int
	for i, x := range out {
		group := i
		for j, y := range out[:i] {
			if reflect.ValueOf(x).Pointer() == reflect.ValueOf(y).Pointer() && reflect.ValueOf(x).Kind() == reflect.ValueOf(y).Kind() && fmt.Sprint(x) == fmt.Sprint(y) {
				group = j
				break
			}
		}
		groups = append(groups, group)
	}
	return groups
}

// TestIdentity: what is one object in Go is one in Python, and nothing else is.
func TestIdentity(t *testing.T) {
	type item struct{ A, B *int }
	type empty struct{}
	s := []int{1, 2, 3}
	m := map[string]int{"a": 1}
	p, q := &item{}, &item{}
	array := &[2]item{}
	list := make([]int, 0, 4)
	for name, c := range map[string]struct {
		v    []any
		want []int
	}{
		"pointers":           {[]any{p, q, p}, []int{0, 1, 0}},
		"values":             {[]any{*p, *p}, []int{0, 1}},
		"interior":           {[]any{&array[0], &array[1], &array[0]}, []int{0, 1, 0}},
		"array":              {[]any{array, array}, []int{0, 0}},
		"slices":             {[]any{s, s[:2], s[1:], s, slices.Clone(s)}, []int{0, 1, 2, 0, 4}},
		"maps":               {[]any{m, maps.Clone(m), m}, []int{0, 1, 0}},
		"empty slices":       {[]any{[]int{}, []int{}}, []int{0, 1}},
		"empty with room":    {[]any{list, list, make([]int, 0, 4)}, []int{0, 0, 2}},
		"zero-size elements": {[]any{make([]empty, 3), make([]empty, 3)}, []int{0, 1}},
		"zero-size structs":  {[]any{&empty{}, &empty{}}, []int{0, 1}},
		"types":              {[]any{s, selfNamed(s), pickle.Tuple{1}}, []int{0, 1, 2}},
		"pointer to pointer": {[]any{p, &p, &q}, []int{0, 0, 2}},
	} {
		if got := sharing(t, c.v); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

type selfNamed []int

// fresh makes values that live no longer than it takes to write them.
type fresh struct{ n int }

func (f fresh) MarshalPickle() (any, error) {
	runtime.GC()
	return []any{fmt.Sprint("text", f.n), []byte(fmt.Sprint("bytes", f.n)), map[string]int{"n": f.n}, &struct{ N int }{f.n}, [2]int{f.n, f.n}, freshText(f.n)}, nil
}

type freshText int

func (f freshText) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "text of %d", int(f)), nil }

func (f *freshState) GetState() (any, error) { return pickle.NewDict("n", []any{fmt.Sprint(f.N)}), nil }

type freshState struct{ N int }

func (f freshReduce) Reduce() (pickle.Reduction, error) {
	return pickle.Reduction{Callable: pickle.Global{Module: "m", Name: fmt.Sprint("f", int(f)%3)}, Args: pickle.Tuple{fmt.Sprint("arg", int(f))}}, nil
}

type freshReduce int

// temporaries returns values most of which exist only while they are written.
func temporaries(n int) []any {
	var all []any
	for i := range n {
		all = append(all, fresh{i}, freshReduce(i), freshState{i})
	}
	seq := iter.Seq[any](func(yield func(any) bool) {
		for i := range n {
			runtime.GC()
			if !yield([]any{fmt.Sprint("seq", i)}) {
				return
			}
		}
	})
	seq2 := iter.Seq2[string, any](func(yield func(string, any) bool) {
		for i := range n {
			runtime.GC()
			if !yield(fmt.Sprint("key", i), []string{fmt.Sprint("value", i)}) {
				return
			}
		}
	})
	return []any{all, seq, seq2}
}

// TestTemporaries: values that exist only while they are written never pass for
// one another because the one has got the memory of the other.
func TestTemporaries(t *testing.T) {
	r := pickle.NewRegistry()
	if err := r.Register("m.State", freshState{}); err != nil {
		t.Fatal(err)
	}
	const n = 60
	data, err := pickle.Marshal(temporaries(n), pickle.WithRegistry(r), pickle.PersistentID(func(v any) (any, bool, error) {
		if f, ok := v.(freshReduce); ok && f%2 == 0 {
			runtime.GC()
			return fmt.Sprint("pid", int(f)), true, nil
		}
		return nil, false, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	var out [3]any
	if err := pickle.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	check := func(x any, want string) {
		t.Helper()
		if got := pickle.Repr(x); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	all, seq := out[0].([]any), out[1].([]any)
	for i := range n {
		check(all[3*i], fmt.Sprintf("['text%[1]d', b'bytes%[1]d', {'n': %[1]d}, {'N': %[1]d}, [%[1]d, %[1]d], 'text of %[1]d']", i))
		if i%2 == 0 {
			check(all[3*i+1], fmt.Sprintf("persistent_id('pid%d')", i))
		} else {
			check(all[3*i+1], fmt.Sprintf("m.f%d('arg%d')", i%3, i))
		}
		state, _ := all[3*i+2].(*pickle.Object).Attr("n")
		check(state, fmt.Sprintf("['%d']", i))
		check(seq[i], fmt.Sprintf("['seq%d']", i))
		x, _ := out[2].(*pickle.Dict).Get(fmt.Sprint("key", i))
		check(x, fmt.Sprintf("['value%d']", i))
	}
}

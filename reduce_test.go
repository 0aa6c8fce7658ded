package pickle_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// reducedList and reducedDict are the two halves of a class with __reduce__: what
// its function is called with, the items that come then, and the state.
type (
	reducedList struct {
		Args  []any `pickle:"-"`
		Items []any `pickle:",base"`
		State any   `pickle:"-"`
	}
	reducedDict struct {
		Args  []any        `pickle:"-"`
		Items *pickle.Dict `pickle:",base"`
		State any          `pickle:"-"`
	}
)

var reduceClass = pickle.Global{Module: "shapes", Name: "Reduce"}

func (r *reducedList) Reduce() (pickle.Reduction, error) {
	return pickle.Reduction{Callable: reduceClass, Args: r.Args, Items: r.Items, State: r.State}, nil
}

func (r *reducedList) SetState(state pickle.Value) error { return state.Decode(&r.State) }

func (r *reducedDict) Reduce() (pickle.Reduction, error) {
	var pairs []pickle.Pair
	for k, v := range r.Items.All() {
		pairs = append(pairs, pickle.Pair{Key: k, Value: v})
	}
	return pickle.Reduction{Callable: reduceClass, Args: r.Args, Pairs: pairs, State: r.State}, nil
}

func (r *reducedDict) SetState(state pickle.Value) error { return state.Decode(&r.State) }

// TestLiveReduce exchanges objects whose class has __reduce__ with items and
// state with Python: Python's are decoded by a registered function, and Go's are
// written by the method Reduce.
func TestLiveReduce(t *testing.T) {
	lists, dicts := pickle.NewRegistry(), pickle.NewRegistry()
	if err := lists.RegisterFunc("shapes.Reduce", func(args ...any) *reducedList { return &reducedList{Args: args} }); err != nil {
		t.Fatal(err)
	}
	if err := dicts.RegisterFunc("shapes.Reduce", func(args ...any) *reducedDict {
		return &reducedDict{Args: args, Items: pickle.NewDict()}
	}); err != nil {
		t.Fatal(err)
	}
	self := &reducedList{Args: []any{int64(1)}}
	self.Items, self.State = []any{int64(2), self}, self
	selfDict := &reducedDict{Args: []any{}, Items: pickle.NewDict()}
	selfDict.Items.Set("self", selfDict)
	cases := []struct {
		name     string
		registry *pickle.Registry
		value    any
		python   string
	}{
		{"items", lists, &reducedList{Args: []any{int64(1)}, Items: []any{int64(2), "x"}}, "value = shapes.Reduce(1); value.list = [2, u'x']"},
		{"items and state", lists, &reducedList{Args: []any{}, Items: []any{int64(2)}, State: pickle.Tuple{int64(3)}}, "value = shapes.Reduce(); value.list, value.state = [2], (3,)"},
		{"state", lists, &reducedList{Args: []any{}, State: "s"}, "value = shapes.Reduce(); value.state = u's'"},
		{"nothing", lists, &reducedList{Args: []any{}}, "shapes.Reduce()"},
		{"pairs", dicts, &reducedDict{Args: []any{}, Items: pickle.NewDict("k", int64(1), int64(2), nil)}, "value = shapes.Reduce(); value.map = [(u'k', 1), (2, None)]"},
		{"pairs and state", dicts, &reducedDict{Args: []any{int64(5)}, Items: pickle.NewDict("k", int64(1)), State: []any{}}, "value = shapes.Reduce(5); value.map, value.state = [(u'k', 1)], []"},
		{"in its own items", lists, self, "value = shapes.Reduce(1); value.list, value.state = [2, value], value"},
		{"in its own pairs", dicts, selfDict, "value = shapes.Reduce(); value.map = [(u'self', value)]"},
	}
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		for _, c := range cases {
			compareLive(t, python, version, protocol, liveValue{name: c.name, value: same(c.value), python: c.python}, c.registry)
			want, err := python.Dumps(c.python, protocol)
			if err != nil {
				t.Fatal(err)
			}
			var v any
			if err := pickle.Unmarshal(want, &v, pickle.WithRegistry(c.registry)); err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			again, err := pickle.Marshal(v, pickle.Protocol(protocol))
			if err != nil {
				t.Fatal(err)
			}
			if version == reference && !bytes.Equal(again, want) {
				t.Errorf("%s: written again\n got  %q\n want %q", c.name, again, want)
			}
			if l, ok := v.(*reducedList); ok && c.value == any(self) {
				if l.Items[1] != v || l.State != v {
					t.Errorf("%s: %v", c.name, l)
				}
			} else if d, ok := v.(*reducedDict); ok && c.value == any(selfDict) {
				if x, _ := d.Items.Get("self"); x != v {
					t.Errorf("%s: %v", c.name, d)
				}
			} else if diff := cmp.Diff(c.value, v, byPlainState); diff != "" {
				t.Errorf("%s: -want +got:\n%s", c.name, diff)
			}
		}
	})
}

// byPlainState does not tell a list without items from none.
var byPlainState = cmp.Comparer(func(a, b []any) bool { return pickle.Equal(append([]any{}, a...), append([]any{}, b...)) })

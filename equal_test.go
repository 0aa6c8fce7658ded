package pickle

import (
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/go-pickle/pickle/vm"
)

// hidden keeps to itself what Equal must look at.
type hidden struct {
	n    int
	list []any
	dict *Dict
	set  Set
	when time.Time
	next *hidden
	m    map[string]*int
	arr  [2]big.Int
}

func newHidden(n int, list ...any) *hidden {
	one := 1
	h := &hidden{n: n, list: list, dict: NewDict("a", list, "b", 2), when: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).In(cet), m: map[string]*int{"x": &one}}
	h.set.Add("e")
	h.set.Has("e")
	h.arr[1].SetInt64(int64(n))
	return h
}

func instance(state any) *Object {
	return &Object{Class: Global{"a", "B"}, Form: vm.FormNewObj, State: state}
}

// equalValues are values of which those in one row are equal, and those in
// different rows are not.
var equalValues = [][]any{
	{nil, (*int)(nil), (*Object)(nil), (*Dict)(nil), (*Set)(nil)},
	{int64(1), 1.0, true, big.NewInt(1)},
	{"a", ByteString("a")},
	{[]byte("a"), ByteArray("a")},
	{[]any{}, []any(nil)},
	{[]any{int64(1), "a", nil}, []any{1.0, "a", nil}},
	{[]any{[]any{int64(1)}, []any{int64(2)}}, []any{[]any{int64(1)}, []any{int64(2)}}},
	{[]any{[]any{int64(2)}, []any{int64(1)}}},
	{Tuple{}},
	{Tuple{[]any{}}, Tuple{[]any{}}},
	{new(Dict), NewDict()},
	{NewDict("a", int64(1), "b", []any{}), NewDict("b", []any{}, "a", 1.0)},
	{NewDict("a", int64(1), "b", int64(2))},
	{NewDict("a", int64(1), "c", []any{})},
	{NewDict(Tuple{"k"}, []any{int64(1)}, 1.5, 2), NewDict(1.5, 2, Tuple{"k"}, []any{int64(1)})},
	{new(Set), NewSet(), FrozenSet{}},
	{NewSet("a", int64(1)), NewSet(1.0, "a"), NewFrozenSet("a", int64(1))},
	{NewSet("a", int64(2))},
	{NewSet(NewFrozenSet("x"), NewFrozenSet("y")), NewSet(NewFrozenSet("y"), NewFrozenSet("x"))},
	{Slice{int64(1), []any{}, nil}, Slice{1.0, []any{}, nil}},
	{Slice{Slice{Slice{int64(1), nil, nil}, nil, nil}, nil, nil}, Slice{Slice{Slice{1.0, nil, nil}, nil, nil}, nil, nil}},
	{Range{0, 3, 2}, Range{0, 4, 2}},
	{PersistentRef{[]any{int64(1)}}, PersistentRef{[]any{1.0}}},
	{Buffer{[]byte("a"), true}, Buffer{[]byte("a"), true}},
	{Buffer{[]byte("a"), false}},
	{Global{"a", "B"}, Global{"a", "B"}},
	{Extension(3)},
	{time.Duration(3)},
	{time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2024, 1, 2, 4, 4, 5, 0, cet)},
	{time.Date(2024, 1, 2, 3, 4, 5, 0, Naive)},

	{instance(NewDict("x", int64(1))), instance(NewDict("x", 1.0)),
		&Object{Class: Global{"a", "B"}, Form: vm.FormReconstructor, Base: Global{"builtins", "object"}, Args: Tuple{nil}, State: NewDict("x", int64(1))}},
	{instance(NewDict("x", int64(2)))},
	{instance(nil)},
	{&Object{Class: Global{"a", "C"}}},
	{&Object{Class: Global{"a", "B"}, Args: Tuple{nil}}},
	{&Object{Class: Global{"a", "B"}, Kwargs: NewDict("a", nil)}, &Object{Class: Global{"a", "B"}, Kwargs: NewDict("a", nil)}},
	{&Object{Class: Global{"a", "B"}, Items: []any{int64(1)}}, &Object{Class: Global{"a", "B"}, Items: []any{int64(1)}}},
	{&Object{Class: Global{"a", "B"}, Items: []any{int64(1)}, Adds: true}},
	{&Object{Class: Global{"a", "B"}, Pairs: []Pair{{"a", int64(1)}}}, &Object{Class: Global{"a", "B"}, Pairs: []Pair{{"a", true}}}},
	{&Object{Class: Global{"a", "B"}, Pairs: []Pair{{"a", int64(2)}}}},
	{&Object{Class: Global{"a", "B"}, Earlier: []any{int64(1)}, State: int64(2)}},
	{&Object{Class: Global{"a", "B"}, Setter: Global{"a", "f"}, State: int64(2)}},
	{&Object{Callable: &Object{Class: Global{"a", "f"}}}, &Object{Callable: &Object{Class: Global{"a", "f"}}}},
	// Keys that are pointers: in their order.
	{NewDict(instance("red"), int64(1), instance("green"), []any{}), NewDict(instance("red"), int64(1), instance("green"), []any{})},
	{NewDict(instance("red"), int64(1), instance("blue"), []any{})},
	{NewDict(Tuple{instance("red")}, int64(1), "x", nil), NewDict(Tuple{instance("red")}, int64(1), "x", nil)},
	{NewSet(instance("red"), instance("green")), NewFrozenSet(instance("red"), instance("green"))},
	{NewDict(int64(1), NewDict(NewFrozenSet(Tuple{instance("x")}), 1))},

	{newHidden(1, Tuple{"a"}), newHidden(1, Tuple{"a"})},
	{newHidden(1, Tuple{"b"})},
	{newHidden(2, Tuple{"a"})},
	{*newHidden(3), *newHidden(3)},
	{struct{ F func() }{}, struct{ F func() }{}},
	{[]string{"a"}, []string{"a"}},
	{[]string{"a", "b"}},
	{[2]any{"a", int64(1)}, [2]any{"a", 1.0}},
	{map[string]any{"a": int64(1)}, map[string]any{"a": 1.0}},
	{map[string]any{"b": int64(1)}},
	{map[string]any{}},
	{map[int]any{1: nil}},
	{[]*int{nil, new(int)}, []*int{nil, new(int)}},
	{myStruct{[]any{int64(1)}}, myStruct{[]any{1.0}}},
}

func TestEqual(t *testing.T) {
	for i, row := range equalValues {
		for n, a := range row {
			for j, other := range equalValues {
				for m, b := range other {
					want := i == j
					if got := Equal(a, b); got != want {
						t.Errorf("row %d, %d: %s (%T)\nrow %d, %d: %s (%T)\nEqual is %v", i, n, Repr(a), a, j, m, Repr(b), b, got)
					}
					if got := Equal([]any{1, a}, []any{1, b}); got != want {
						t.Errorf("row %d, %d and row %d, %d, in lists: Equal is %v", i, n, j, m, got)
					}
				}
			}
		}
	}
}

func TestEqualDeleted(t *testing.T) {
	for _, n := range []int{5, 50} {
		a, b := numbered(n), numbered(n-1)
		a.Delete(int64(0))
		b.Delete(int64(0))
		b.Set(int64(n-1), n-1)
		if !Equal(a, b) || !Equal(b, a) {
			t.Errorf("%v and %v differ", a, b)
		}
		a.Set(instance("x"), 1)
		b.Set(instance("x"), 1)
		if !Equal(a, b) {
			t.Errorf("%v and %v differ", a, b)
		}
		// A copy, which is wrong about its length: no panic.
		c := &Dict{hashTable[any]{entries: a.entries}}
		d := &Dict{hashTable[any]{entries: slices.Clone(a.entries)}}
		c.Delete(int64(2))
		c.Delete(int64(3))
		d.Delete(int64(1))
		d.Delete(int64(2))
		a.dead = 0
		if Equal(a, numbered(a.Len())) || Equal(c, d) {
			t.Error("different dicts are equal")
		}
	}
}

func TestEqualMethods(t *testing.T) {
	if !NewDict("a", 1, "b", 2).Equal(NewDict("b", 2, "a", 1)) || NewDict("a", 1).Equal(nil) || !(*Dict)(nil).Equal(new(Dict)) {
		t.Error("Dict.Equal")
	}
	if !NewSet("a", "b").Equal(NewSet("b", "a")) || NewSet("a").Equal(nil) || !(*Set)(nil).Equal(new(Set)) {
		t.Error("Set.Equal")
	}
	if !NewFrozenSet("a", "b").Equal(NewFrozenSet("b", "a")) || NewFrozenSet("a").Equal(FrozenSet{}) {
		t.Error("FrozenSet.Equal")
	}
}

// ring is a cycle of n lists.
func ring(n int, last any) []any {
	first := []any{nil, "x"}
	l := first
	for range n - 1 {
		l = []any{l, "x"}
	}
	first[0], first[1] = l, last
	return l
}

func TestEqualCycles(t *testing.T) {
	if !Equal(ring(1, "x"), ring(1, "x")) || !Equal(ring(3, "x"), ring(4, "x")) || Equal(ring(3, "x"), ring(3, "y")) {
		t.Error("rings")
	}
	// All lists of one are compared with all of the other, unless what follows
	// from other comparisons is left out.
	if !Equal(ring(99991, "x"), ring(100003, "x")) {
		t.Error("large rings")
	}
	if Equal(ring(99991, "x"), ring(99991, "y")) {
		t.Error("large rings that differ")
	}
	node := func(name string) *Object {
		o := instance(nil)
		o.State = NewDict("name", name, "self", o, "all", NewSet(o), "by", NewDict(o, o))
		return o
	}
	if !Equal(node("a"), node("a")) || Equal(node("a"), node("b")) {
		t.Error("objects")
	}
	h1, h2, h3 := newHidden(1), newHidden(1), newHidden(1)
	h1.next, h2.next, h3.next = h1, h2, newHidden(1)
	if !Equal(h1, h2) || Equal(h1, h3) {
		t.Error("Go structs")
	}
	type loop []loop
	l1, l2 := make(loop, 1), make(loop, 1)
	l1[0], l2[0] = l1, l2
	type maps map[int]maps
	m1, m2 := maps{}, maps{}
	m1[0], m2[0] = m1, m2
	if !Equal(l1, l2) || !Equal(m1, m2) {
		t.Error("Go slices and maps")
	}
}

func TestEqualBombs(t *testing.T) {
	lists := func(leaf any) []any {
		l := []any{leaf}
		for range 60 {
			l = []any{l, l}
		}
		return l
	}
	dicts := func(leaf any) *Dict {
		d := NewDict("x", leaf)
		for range 60 {
			d = NewDict("a", d, Tuple{"b"}, d, "c", NewDict("b", d))
		}
		return d
	}
	slices := func(leaf any) Slice {
		s := Slice{leaf, nil, nil}
		for range 60 {
			s = Slice{s, s, s}
		}
		return s
	}
	objects := func(leaf any) *Object {
		o := instance(leaf)
		for range 60 {
			o = &Object{Args: Tuple{o}, Items: []any{o}, Pairs: []Pair{{o, o}}, Kwargs: NewDict("a", o), State: NewDict(o, o), Setter: o}
		}
		return o
	}
	type pair struct{ a, b any }
	structs := func(leaf any) any {
		for range 60 {
			leaf = &pair{leaf, leaf}
		}
		return leaf
	}
	for name, v := range map[string]func(any) any{
		"lists":   func(leaf any) any { return lists(leaf) },
		"tuples":  func(leaf any) any { return pairsOf(60, leaf) },
		"dicts":   func(leaf any) any { return dicts(leaf) },
		"objects": func(leaf any) any { return objects(leaf) },
		"structs": structs,
	} {
		if !Equal(v("x"), v("x")) || Equal(v("x"), v("y")) || Equal(v(nan), v(nan)) {
			t.Error(name)
		}
		same := v("x")
		if !Equal(same, same) {
			t.Errorf("%s: does not equal itself", name)
		}
		if same := v(nan); Equal(same, same) {
			t.Errorf("%s: equals itself in spite of a NaN", name)
		}
	}
	if Equal(slices("x"), slices("x")) { // more than mostSlices
		t.Error("slices")
	}
	deep := func(leaf any) any {
		for i := range 100000 {
			if i%2 == 0 {
				leaf = []any{leaf}
			} else {
				leaf = NewDict("x", leaf)
			}
		}
		return leaf
	}
	if !Equal(deep("x"), deep("x")) || Equal(deep("x"), deep("y")) {
		t.Error("deep")
	}
}

// Sharing does not matter, only what is there.
func TestEqualSharing(t *testing.T) {
	shared := []any{"x"}
	a, b := []any{}, []any{}
	for i := range 5000 {
		a = append(a, []any{shared, shared, Tuple{shared, int64(i)}})
		b = append(b, []any{[]any{"x"}, []any{"x"}, Tuple{[]any{"x"}, int64(i)}})
	}
	if !Equal(a, b) || !Equal(b, a) {
		t.Error("equal values are not")
	}
	b[4999].([]any)[1].([]any)[0] = "y"
	if Equal(a, b) || Equal(b, a) {
		t.Error("values that differ are equal")
	}
}

func ExampleEqual() {
	a := NewDict("a", int64(1), "b", Tuple{int64(2)})
	b := NewDict("b", Tuple{2.0}, "a", true)
	fmt.Println(Equal(a, b))
	fmt.Println(Equal(Tuple{int64(1)}, []any{int64(1)}))
	// Output:
	// true
	// false
}

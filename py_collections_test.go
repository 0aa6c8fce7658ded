package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/vm"
)

func builtin(name string) pickle.Global { return pickle.Global{Module: "builtins", Name: name} }

func intPointer(i int) *int { return &i }

// python36 says that the bytes are those of Python 3.6, which writes small ints
// otherwise at protocol 0.
func python36(c pickletest.Case) string {
	if c.Impl == "cpython3.6" && c.Protocol == 0 {
		return "Python 3.6 writes ints as LONG at protocol 0"
	}
	return ""
}

// sameValues reports whether a and b are equal, in Python, and print the same.
func sameValues(a, b any) bool { return pickle.Equal(a, b) && pickle.Repr(a) == pickle.Repr(b) }

var byPython = cmp.FilterValues(func(_, _ any) bool { return true }, cmp.Comparer(sameValues))

func TestStandardCollections(t *testing.T) {
	list := func(items ...any) []any { return items }
	od := func(pairs ...any) *pickle.OrderedDict { return pickle.NewOrderedDict(pairs...) }
	n := func(i int64) any { return i }
	attr := od("a", n(1))
	attr.Attributes = pickle.NewDict("note", list("x"))
	testStandard(t, []standard{
		{name: "std_ordereddict", want: od("b", n(1), "a", n(2)), otherBytes: python36},
		{name: "std_ordereddict_empty", want: od()},
		{name: "std_ordereddict_nested", want: od(n(1), od(n(2), list(n(3))), n(0), od()), otherBytes: python36},
		{name: "std_ordereddict_attr", want: attr, otherBytes: python36},
		{name: "std_defaultdict", want: pickle.NewDefaultDict(builtin("list"), "a", list(n(1))), otherBytes: python36},
		{name: "std_defaultdict_int", want: pickle.NewDefaultDict(builtin("int"), n(1), n(2), n(3), n(4)), otherBytes: python36},
		{name: "std_counter", want: pickle.NewCounter(n(1), n(2), n(2), n(1)), otherBytes: python36},
		{name: "std_counter_empty", want: pickle.NewCounter()},
		{name: "std_counter_str", want: pickle.NewCounter("a", n(2), "b", n(-1)), otherBytes: python36},
		{name: "std_deque", want: list(pickle.NewDeque(n(1), n(2)), &pickle.Deque{Items: list(n(1)), MaxLen: intPointer(5)}), otherBytes: python36},
		{name: "std_deque_empty", want: list(pickle.NewDeque(), &pickle.Deque{MaxLen: intPointer(0)}, &pickle.Deque{MaxLen: intPointer(3)}), otherBytes: python36},
		{name: "std_deque_full", want: &pickle.Deque{Items: list(n(1), n(2), "three"), MaxLen: intPointer(3)}, otherBytes: python36},
		{name: "std_chainmap", want: pickle.NewChainMap(pickle.NewDict(n(1), n(2)), pickle.NewDict()), otherBytes: python36},
		{name: "std_chainmap_empty", want: pickle.NewChainMap(pickle.NewDict())},
		{name: "std_userdict", want: &pickle.UserDict{Data: pickle.NewDict("a", list(n(1)))}, otherBytes: python36},
		{name: "std_userlist", want: &pickle.UserList{Data: list(n(1), "two")}, otherBytes: python36},
		{name: "std_userstring", want: &pickle.UserString{Data: "text"}},
		{name: "std_iterableuserdict", want: &pickle.UserDict{Data: pickle.NewDict(n(1), n(2))}},
	}, byPython)
}

func TestCollectionCycles(t *testing.T) {
	for _, tt := range []struct {
		name   string
		itself func(v any) any
	}{
		{"std_ordereddict_cycle", func(v any) any { x, _ := v.(*pickle.OrderedDict).Get("self"); return x }},
		{"std_deque_cycle", func(v any) any { q := v.(*pickle.Deque).Items; return q[len(q)-1] }},
		{"std_defaultdict_cycle", func(v any) any { x, _ := v.(*pickle.DefaultDict).Get("self"); return x }},
		{"std_userlist_cycle", func(v any) any { l := v.(*pickle.UserList).Data; return l[len(l)-1] }},
	} {
		for _, c := range standardGoldens(t, tt.name) {
			for _, plain := range []bool{false, true} {
				var v any
				if err := pickle.Unmarshal(c.Data, &v, pickle.PlainValues(plain)); err != nil {
					t.Fatalf("%s, plain %v: %v", c.ID(), plain, err)
				}
				if _, ok := v.(interface{ String() string }); ok == plain {
					t.Errorf("%s, plain %v: a %T", c.ID(), plain, v)
				}
				if plain {
					continue
				}
				if tt.itself(v) != v {
					t.Errorf("%s: not in itself: %v", c.ID(), v)
				}
				again, err := pickle.Marshal(v, pickle.Protocol(c.Protocol))
				if python36(c) == "" && !c.Pure() && c.Impl != "cpython2.7" && (err != nil || !bytes.Equal(again, c.Data)) {
					t.Errorf("%s: written again: %v\n got  %q\n want %q", c.ID(), err, again, c.Data)
				}
			}
		}
	}
	for _, name := range []string{"std_ordereddict_shared", "std_deque_shared"} {
		for _, c := range standardGoldens(t, name) {
			var v []any
			if err := pickle.Unmarshal(c.Data, &v); err != nil || v[0] != v[1] {
				t.Errorf("%s: two objects: %v, %v", c.ID(), v, err)
			}
			var m []map[int]any
			if name == "std_ordereddict_shared" {
				if err := pickle.Unmarshal(c.Data, &m); err != nil {
					t.Fatal(err)
				}
				if m[0][5] = true; m[1][5] != true {
					t.Errorf("%s: two maps", c.ID())
				}
			}
		}
	}
	type tree map[string]tree
	v := pickle.NewOrderedDict()
	v.Set("self", v)
	for protocol := range pickle.HighestProtocol + 1 {
		p, err := pickle.Marshal(v, pickle.Protocol(protocol))
		if err != nil {
			t.Fatal(err)
		}
		var m tree
		if err := pickle.Unmarshal(p, &m); err != nil || len(m["self"]["self"]["self"]) != 1 {
			t.Errorf("a map that is in itself: %v", err)
		}
	}
}

func TestCollectionTargets(t *testing.T) {
	type letters struct {
		A int `pickle:"a"`
		B int `pickle:"b"`
	}
	into(t, "std_ordereddict", map[string]int{"a": 2, "b": 1})
	into(t, "std_ordereddict", letters{2, 1})
	into(t, "std_ordereddict", pickle.NewDict("b", 1, "a", 2), byPython)
	into(t, "std_ordereddict", pickle.NewCounter("b", 1, "a", 2), byPython)
	notInto(t, "std_ordereddict", []int(nil))
	notInto(t, "std_ordereddict", new(pickle.Deque))
	into(t, "std_defaultdict_int", map[int8]float64{1: 2, 3: 4})
	into(t, "std_counter", map[any]int{int64(1): 2, int64(2): 1})
	into(t, "std_counter_str", letters{2, -1})
	into(t, "std_deque", [][]int{{1, 2}, {1}})
	into(t, "std_deque_full", [3]any{int64(1), int64(2), "three"})
	notInto(t, "std_deque_full", map[string]int(nil))
	into(t, "std_chainmap", map[int]int{1: 2})
	into(t, "std_userdict", map[string][]int{"a": {1}})
	into(t, "std_userlist", []any{int64(1), "two"})
	into(t, "std_userstring", "text")
	into(t, "std_userstring", []byte("text"))
	into(t, "std_iterableuserdict", map[int]int{1: 2})
	notInto(t, "std_userstring", 0)
}

// TestChainMapMerges: the first value of a key counts, and Parse does not let
// goroutines write to what others read.
func TestChainMapMerges(t *testing.T) {
	c := pickle.NewChainMap(pickle.NewDict("a", 1), pickle.NewOrderedDict("b", 2, "a", 3), pickle.NewCounter("c", 4, "b", 5))
	want := map[string]int{"a": 1, "b": 2, "c": 4}
	p, err := pickle.Marshal([]any{c, c, pickle.NewDeque(1, 2)})
	if err != nil {
		t.Fatal(err)
	}
	v, err := pickle.Parse(p)
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			var m map[string]int
			if err := v.Index(1).Decode(&m); err != nil || !cmp.Equal(m, want) {
				t.Errorf("%v, %v", m, err)
			}
			var list []int
			if err := v.Index(2).Decode(&list); err != nil || !cmp.Equal(list, []int{1, 2}) {
				t.Errorf("%v, %v", list, err)
			}
		})
	}
	wait.Wait()
	if !pickle.Equal(c, pickle.NewDict("a", 1, "b", 2, "c", 4)) {
		t.Error("not equal to the dict that it stands for")
	}
}

// TestCollectionsRefused has calls that Python refuses, or that no Python has
// written. In an any they stay what they are.
func TestCollectionsRefused(t *testing.T) {
	class := func(name string) pickle.Global { return pickle.Global{Module: "collections", Name: name} }
	for _, o := range []*pickle.Object{
		{Class: class("OrderedDict"), Args: pickle.Tuple{1}},
		{Class: class("OrderedDict"), Args: pickle.Tuple{[]any{[]any{1, 2, 3}}}},
		{Class: class("OrderedDict"), Items: []any{1}},
		{Class: class("OrderedDict"), State: "text"},
		{Class: class("OrderedDict"), State: pickle.NewDict(), Earlier: []any{pickle.NewDict()}},
		{Class: class("defaultdict"), Args: pickle.Tuple{1}},
		{Class: class("defaultdict"), Args: pickle.Tuple{nil, 1}},
		{Class: class("defaultdict"), State: pickle.NewDict("a", 1)},
		{Class: class("Counter"), Args: pickle.Tuple{[]any{1}}},
		{Class: class("Counter"), Args: pickle.Tuple{pickle.NewDict()}, Pairs: []pickle.Pair{{Key: 1, Value: 2}}},
		{Class: class("deque"), Args: pickle.Tuple{1}},
		{Class: class("deque"), Args: pickle.Tuple{pickle.Tuple{}, -1}},
		{Class: class("deque"), Args: pickle.Tuple{pickle.Tuple{}, "1"}},
		{Class: class("deque"), Args: pickle.Tuple{pickle.Tuple{}, 1, 1}},
		{Class: class("deque"), Pairs: []pickle.Pair{{Key: 1, Value: 2}}},
		{Class: class("ChainMap"), Form: vm.FormNewObj},
		{Class: class("ChainMap"), Form: vm.FormNewObj, State: pickle.NewDict("maps", 1)},
		{Class: class("UserDict"), Form: vm.FormNewObj, State: pickle.NewDict("data", 1)},
		{Class: class("UserDict"), Form: vm.FormNewObj, State: pickle.NewDict("note", 1, "data", pickle.NewDict())},
		{Class: class("UserList"), Form: vm.FormNewObj, State: pickle.NewDict("data", "text")},
		{Class: class("UserString"), Form: vm.FormNewObj, Args: pickle.Tuple{"a"}, State: pickle.NewDict("data", "b")},
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
		} else if again, err := pickle.Marshal(v); err != nil || !bytes.Equal(again, p) {
			t.Errorf("%v: written again: %v\n got  %q\n want %q", o, err, again, p)
		}
		for _, target := range []any{
			new(*pickle.OrderedDict), new(*pickle.DefaultDict), new(*pickle.Counter), new(*pickle.Deque), new(*pickle.ChainMap),
			new(*pickle.UserDict), new(*pickle.UserList), new(*pickle.UserString), new(map[string]float32), new([2]string),
		} {
			var e *pickle.UnmarshalTypeError
			if err := pickle.Unmarshal(p, target); !errors.As(err, &e) {
				t.Errorf("%v into %T: %v", o, target, err)
			}
		}
	}
}

// TestDequeDrops: more items than fit are no error in Python.
func TestDequeDrops(t *testing.T) {
	p, err := pickle.Marshal(&pickle.Deque{Items: []any{1, 2, 3}, MaxLen: intPointer(2)})
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := pickle.Unmarshal(p, &v); err != nil || pickle.Repr(v) != "deque([2, 3], maxlen=2)" {
		t.Errorf("%v, %v", v, err)
	}
}

// collectionValues are values as programs make them.
func collectionValues() []liveValue {
	attr := pickle.NewOrderedDict("k", 1)
	attr.Attributes = pickle.NewDict("note", "x")
	cyclic := pickle.NewDeque(1)
	cyclic.Items = append(cyclic.Items, cyclic)
	return []liveValue{
		{name: "OrderedDict", value: same(pickle.NewOrderedDict("b", 1, "a", 2)), python: "collections.OrderedDict([(u'b', 1), (u'a', 2)])"},
		{name: "OrderedDict with an attribute", value: same(attr), python: "value = collections.OrderedDict([(u'k', 1)]); value.note = u'x'", two: "the name of the attribute is a str"},
		{name: "defaultdict", value: same(pickle.NewDefaultDict(builtin("list"), "k", []int{1})), python: "collections.defaultdict(list, {u'k': [1]})"},
		{name: "defaultdict without a factory", value: same(&pickle.DefaultDict{}), python: "collections.defaultdict()"},
		{name: "Counter", value: same(pickle.NewCounter("a", 2, "b", 1)), python: "collections.Counter({u'a': 2, u'b': 1})"},
		{name: "deque", value: same([]any{pickle.NewDeque(1, "x"), &pickle.Deque{MaxLen: intPointer(7)}}), python: "[collections.deque([1, u'x']), collections.deque((), 7)]"},
		{name: "deque in itself", value: same(cyclic), python: "value = collections.deque([1]); value.append(value)", two: "it cannot"},
		{name: "modules", namesake: true, value: same([]any{pickle.NewOrderedDict(), pickle.NewDeque(), pickle.NewDefaultDict(nil), pickle.NewCounter(), pickle.NewDeque()}),
			python: "[collections.OrderedDict(), collections.deque(), collections.defaultdict(), collections.Counter(), collections.deque()]"},
		{name: "the other way round", namesake: true, value: same([]any{pickle.NewDeque(), pickle.NewDefaultDict(nil), pickle.NewCounter(), pickle.NewOrderedDict()}),
			python: "[collections.deque(), collections.defaultdict(), collections.Counter(), collections.OrderedDict()]"},
		{name: "ChainMap", value: same(pickle.NewChainMap(map[string]int{"a": 1}, pickle.NewDict())), python: "collections.ChainMap({u'a': 1}, {})", two: "it has none"},
		{name: "UserDict", value: same(&pickle.UserDict{Data: pickle.NewDict("a", 1), Attributes: pickle.NewDict("n", 2)}),
			python: "value = collections.UserDict({u'a': 1}); value.n = 2", two: "an old-style class"},
		{name: "UserList", value: same([]any{&pickle.UserList{Data: []any{1}}, &pickle.UserList{}}), python: "[collections.UserList([1]), collections.UserList()]", two: "elsewhere"},
		{name: "UserString", value: same(&pickle.UserString{Data: "text"}), python: "collections.UserString(u'text')", two: "elsewhere"},
		{name: "array", namesake: true, value: same([]any{pickle.ArrayOf([]int16{1, -2}), pickle.ArrayOf([]float64{0.5}), array('u', "hé€"), array('b', nil)}),
			python: "__import__('warnings').simplefilter('ignore') or [__import__('array').array(c, v) for c, v in [('h', [1, -2]), ('d', [0.5]), ('u', u'h\\xe9\\u20ac'), ('b', [])]]"},
	}
}

func TestLiveCollections(t *testing.T) {
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		for _, c := range collectionValues() {
			if version == "2.7" && c.two != "" {
				continue
			}
			compareLive(t, python, version, protocol, c, nil)
			if version != reference {
				continue
			}
			p, err := pickle.Marshal(c.value(), pickle.Protocol(protocol))
			if err != nil {
				t.Fatal(err)
			}
			want, err := python.Repr(p)
			if got := pickle.Repr(c.value()); err != nil || got != want {
				t.Errorf("%s: repr %s, want %s (%v)", c.name, got, want, err)
			}
		}
	})
}

// TestCollectionsEqual has what Python says of ==.
func TestCollectionsEqual(t *testing.T) {
	od, dict, counter := pickle.NewOrderedDict, pickle.NewDict, pickle.NewCounter
	ul := &pickle.UserList{Data: []any{1}}
	for _, tt := range []struct {
		a, b any
		want bool
	}{
		{od("a", 1, "b", 2), od("a", 1.0, "b", 2), true},
		{od("a", 1, "b", 2), od("b", 2, "a", 1), false},
		{od("a", 1, "b", 2), dict("b", 2, "a", 1), true},
		{od("a", 1, "b", 2), pickle.NewDefaultDict(nil, "b", 2, "a", 1), true},
		{od("a", 1), od("a", 2), false},
		{od(), (*pickle.OrderedDict)(nil), false},
		{nil, (*pickle.Deque)(nil), true},
		{"None", pickle.Repr((*pickle.OrderedDict)(nil)), true},
		{"None", pickle.Repr((*pickle.UserList)(nil)), true},
		{counter("a", 1), counter("a", 1, "b", 0), true},
		{counter("a", 1), counter("a", 1, "b", 1), false},
		{counter("a", 1), dict("a", 1, "b", 0), false},
		{counter("a", 1), dict("a", 1), true},
		{pickle.NewDeque(1), &pickle.Deque{Items: []any{1.0}, MaxLen: intPointer(3)}, true},
		{pickle.NewDeque(1), []any{1}, false},
		{ul, []any{1}, true},
		{[]any{1}, ul, true},
		{ul, &pickle.UserList{Data: []any{1}}, true},
		{&pickle.UserDict{}, dict(), true},
		{&pickle.UserDict{Data: dict("a", 1)}, pickle.NewChainMap(dict(), dict("a", 1)), true},
		{pickle.NewChainMap(dict("a", 1)), pickle.NewChainMap(dict("a", 1), dict("a", 2)), true},
		{pickle.NewChainMap(dict("a", 1)), pickle.NewChainMap(dict("a", 2), dict("a", 1)), false},
		{&pickle.UserString{Data: "a"}, "a", true},
		{array('i', []int32{1}), array('d', []float64{1}), true},
		{array('i', []int32{1}), array('d', []float64{1.5}), false},
		{array('b', []int8{97}), array('u', "a"), false},
		{array('u', "a"), array('w', "a"), true},
		{array('b', []int8{1}), []any{1}, false},
	} {
		if got := pickle.Equal(tt.a, tt.b); got != tt.want {
			t.Errorf("%v == %v: %v", tt.a, tt.b, got)
		}
		if got := pickle.Equal(tt.b, tt.a); got != tt.want {
			t.Errorf("%v == %v: %v", tt.b, tt.a, got)
		}
	}
	d := pickle.NewDict(&pickle.UserString{Data: "key"}, 1)
	if v, ok := d.Get("key"); !ok || v != 1 {
		t.Error("a UserString is not the key that the string is")
	}
	for _, v := range []any{od(), counter(), pickle.NewDeque(), pickle.NewDefaultDict(nil), pickle.NewChainMap(), &pickle.UserDict{}, ul, array('i', nil)} {
		if pickle.NewDict("a", 1).Delete(v) || !panics(func() { pickle.NewSet(v) }) {
			t.Errorf("%T is a key", v)
		}
		if _, err := pickle.Marshal(map[any]int{v: 1}); err == nil {
			t.Errorf("%T is written as a key", v)
		}
	}
	// What is shared in each of many levels is compared once.
	a, b := pickle.NewChainMap(), pickle.NewChainMap()
	for range 60 {
		a, b = pickle.NewChainMap(dict(1, a, 2, a)), pickle.NewChainMap(dict(1, b, 2, b))
	}
	if !pickle.Equal(a, b) {
		t.Error("deep ones are not equal")
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

// TestLiveCollectionsRandom has Python pickle nested mixtures of these types, with
// sharing and cycles. They must be what Python says, and be written again byte
// for byte.
func TestLiveCollectionsRandom(t *testing.T) {
	python := pickletest.StartPython(t, reference)
	for seed := range 25 {
		for protocol := range pickle.HighestProtocol + 1 {
			want, err := python.Dumps(fmt.Sprintf(randomCollections, seed), protocol)
			if err != nil {
				t.Fatal(err)
			}
			var v any
			if err := pickle.Unmarshal(want, &v); err != nil {
				t.Fatalf("seed %d, protocol %d: %v", seed, protocol, err)
			}
			if got, err := pickle.Marshal(v, pickle.Protocol(protocol)); err != nil || hasAddresses && !bytes.Equal(got, want) {
				t.Errorf("seed %d, protocol %d: %v\n got  %q\n want %q", seed, protocol, err, got, want)
			}
			if repr, err := python.Repr(want); err != nil || repr != pickle.Repr(v) {
				t.Errorf("seed %d, protocol %d: repr\n got  %s\n want %s (%v)", seed, protocol, pickle.Repr(v), repr, err)
			}
		}
	}
}

const randomCollections = `
import array, random
from collections import *
R = random.Random(%d)
words = ['data', 'maps', 'Counter', 'collections', 'deque', 'array', 'key', 'a long one']
def fill(new, depth, pool, add, most=4):
    pool.append(new)
    for i in range(R.randrange(most)): add(new, make(depth - 1, pool))
    return new
def key(): return R.choice([1, 2.5, None, (1, 'x')] + words)
def item(d, x): d[key()] = x
def make(depth, pool):
    c = R.randrange(14)
    if pool and R.random() < .2: return R.choice(pool)
    if depth == 0 or c == 0: return R.choice([None, True, 7, 2**70, .5, '', 'x', b'', b'b', b'bytes', 'é'] + words)
    if c == 1: return fill(OrderedDict(), depth, pool, item)
    if c == 2: return fill(defaultdict(R.choice([None, list, dict, int])), depth, pool, item)
    if c == 3:
        new = Counter({R.choice(words): R.randrange(-3, 3) for _ in range(4)})
        pool.append(new); return new
    if c == 4: return fill(deque((), R.choice([None, 0, 5])), depth, pool, deque.append)
    if c == 5:
        new = ChainMap(); pool.append(new)
        new.maps = [fill(R.choice([dict, OrderedDict])(), depth - 1, pool, item) for _ in range(2)]
        return new
    if c == 6: return fill(UserDict(), depth, pool, item)
    if c == 7: return fill(UserList(), depth, pool, UserList.append)
    if c == 8: return UserString(R.choice(words))
    if c == 9:
        new = array.array(R.choice('bBhHiIlLqQfd'), [R.randrange(100) for _ in range(R.randrange(4))])
        pool.append(new); return new
    if c == 10: return fill({}, depth, pool, item)
    if c == 11:
        new = fill(OrderedDict(), depth, pool, item); new.note = make(depth - 1, pool); return new
    return fill([], depth, pool, list.append)
value = make(5, [])
while not isinstance(value, (list, dict, deque)): value = [value, make(5, [])]
`

// TestOrderedDictEmptyState: Python writes no state that is empty, so that none is
// read either.
func TestOrderedDictEmptyState(t *testing.T) {
	var v any
	data := []byte("ccollections\nOrderedDict\n(tR(db.")
	if err := pickle.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if o, ok := v.(*pickle.OrderedDict); !ok || o.Attributes != nil {
		t.Errorf("%#v", v)
	}
}

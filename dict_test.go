package pickle

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

func wantPanic(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		if got := recover(); got != want {
			t.Errorf("panic(%v), want %q", got, want)
		}
	}()
	f()
}

func TestDict(t *testing.T) {
	d := NewDict("a", 1, int64(1), "one", true, "yes")
	if got := d.String(); got != `{'a': 1, 1: 'yes'}` {
		t.Errorf("NewDict: %s", got)
	}
	d.Set("b", 2)
	d.Set(1.0, "float")
	if got := d.String(); got != `{'a': 1, 1: 'float', 'b': 2}` || d.Len() != 3 {
		t.Errorf("Set: %s", got)
	}
	if v, ok := d.Get("b"); !ok || v != 2 {
		t.Errorf("Get: %v, %v", v, ok)
	}
	if v, ok := d.Get("c"); ok || v != nil {
		t.Errorf("Get: %v, %v", v, ok)
	}
	if !d.Delete(int64(1)) || d.Delete(int64(1)) {
		t.Error("Delete")
	}
	d.Set(int64(1), "again")
	if got := d.String(); got != `{'a': 1, 'b': 2, 1: 'again'}` {
		t.Errorf("Set: %s", got)
	}
	if got := slices.Collect(d.Keys()); !slices.Equal(got, []any{"a", "b", int64(1)}) {
		t.Errorf("Keys: %v", got)
	}
	wantPanic(t, "pickle: NewDict: a key has no value", func() { NewDict(slices.Repeat([]any{"a"}, 3)...) })
	wantPanic(t, "pickle: NewDict: unhashable type: 'list'", func() { NewDict([]any{}, 1) })
	wantPanic(t, "pickle: Dict.Set: unhashable type: 'dict'", func() { d.Set(NewDict(), 1) })
}

func TestDictNil(t *testing.T) {
	var d *Dict
	if _, ok := d.Get("a"); ok || d.Len() != 0 || d.Delete("a") || d.String() != "None" {
		t.Error("a nil Dict is not empty")
	}
	for range d.All() {
		t.Error("All")
	}
	for range d.Keys() {
		t.Error("Keys")
	}
	var s *Set
	if s.Has("a") || s.Len() != 0 || s.Delete("a") || s.String() != "None" {
		t.Error("a nil Set is not empty")
	}
	for range s.All() {
		t.Error("All")
	}
	var f FrozenSet
	if f.Has("a") || f.Len() != 0 || f.String() != "frozenset()" {
		t.Error("the zero FrozenSet is not empty")
	}
	for range f.All() {
		t.Error("All")
	}
}

func TestSet(t *testing.T) {
	s := NewSet("a", int64(1), true, "a")
	s.Add("b")
	s.Add(1.0)
	if got := s.String(); got != `{'a', 1, 'b'}` || s.Len() != 3 || !s.Has(true) || s.Has("c") {
		t.Errorf("Add: %s", got)
	}
	if !s.Delete(int64(1)) || s.Delete(int64(1)) || s.Len() != 2 {
		t.Errorf("Delete: %v", s)
	}
	if got := slices.Collect(s.All()); !slices.Equal(got, []any{"a", "b"}) {
		t.Errorf("All: %v", got)
	}
	f := NewFrozenSet("a", "b", "a")
	if got := f.String(); got != `frozenset({'a', 'b'})` || f.Len() != 2 || !f.Has("b") || f.Has(nil) {
		t.Errorf("NewFrozenSet: %s", got)
	}
	if got := slices.Collect(f.All()); !slices.Equal(got, []any{"a", "b"}) {
		t.Errorf("All: %v", got)
	}
	wantPanic(t, "pickle: NewSet: unhashable type: 'set'", func() { NewSet("a", NewSet()) })
	wantPanic(t, "pickle: NewSet: unhashable type: 'list'", func() { NewFrozenSet([]any{}) })
	wantPanic(t, "pickle: Set.Add: unhashable type: 'bytearray'", func() { s.Add(ByteArray{}) })
}

// Loops may modify what they loop over.
func TestDictLoops(t *testing.T) {
	for _, n := range []int64{1, 5, 40} {
		// Set values, delete what has been visited and what has not.
		d, visited := numbered(int(n)), []int64{}
		for k := range d.All() {
			i := k.(int64)
			visited = append(visited, i)
			d.Set(k, -1)
			if i%2 == 0 {
				d.Delete(i + 1)
				d.Delete(i)
			}
		}
		if want := (n + 1) / 2; int64(len(visited)) != want || d.Len() != 0 {
			t.Errorf("%d keys: visited %v, left %v", n, visited, d)
		}
		// Add keys: they are not visited.
		d, count := numbered(int(n)), 0
		for k := range d.Keys() {
			d.Set(k.(int64)+1000, nil)
			count++
		}
		if count != int(n) || d.Len() != 2*int(n) {
			t.Errorf("%d keys: visited %d, now %d", n, count, d.Len())
		}
		// Delete and add, so that entries move.
		d, visited = numbered(int(n)), nil
		for k := range d.Keys() {
			visited = append(visited, k.(int64))
			d.Delete(k)
			if last := n - 1; len(visited) == int(n)/2 {
				d.Delete(last)
			}
			for i := range n {
				d.Set(fmt.Sprint(k, i), nil)
			}
		}
		want := []int64{}
		for i := range n {
			if i != n-1 || n < 2 {
				want = append(want, i)
			}
		}
		if !slices.Equal(visited, want) {
			t.Errorf("%d keys: visited %v, want %v", n, visited, want)
		}
		// The same with few additions.
		d, count = numbered(int(n)), 0
		for k, v := range d.All() {
			count++
			if d.Delete(k); v.(int) < int(n) {
				d.Set(fmt.Sprint(k), int(n))
			}
		}
		if count != int(n) || d.Len() != int(n) || d.epoch == 0 && n > 1 {
			t.Errorf("%d keys: visited %d, now %d", n, count, d.Len())
		}
		// Leave the loop.
		for range d.All() {
			break
		}
	}
}

// A queue: what is deleted must not take room for ever.
func TestDictQueue(t *testing.T) {
	d := new(Dict)
	for i := range int64(100000) {
		d.Set(i, i)
		if i >= 20 {
			if !d.Delete(i - 20) {
				t.Fatal(i)
			}
		}
	}
	if d.Len() != 20 || cap(d.entries) > 200 {
		t.Errorf("%d entries, room for %d", d.Len(), cap(d.entries))
	}
	for i := range int64(20) {
		d.Delete(100000 - 20 + i)
	}
	if d.Len() != 0 || len(d.entries) != 0 || d.String() != "{}" {
		t.Errorf("%v", d)
	}
	d.reset(3)
	if cap(d.entries) != 3 {
		t.Errorf("reset: room for %d", cap(d.entries))
	}
}

// Like a Go map, a Dict can be read by many. The first to look something up
// makes the index.
func TestDictConcurrent(t *testing.T) {
	d := newDictSize(100)
	for i := range int64(100) {
		d.add(Tuple{i}, i)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range int64(100) {
				if v, ok := d.Get(Tuple{float64(i)}); !ok || v != i {
					t.Errorf("Get(%d): %v, %v", i, v, ok)
				}
			}
			for range d.All() {
			}
			if !Equal(d, d) {
				t.Error("Equal")
			}
		})
	}
	wg.Wait()
}

// What somebody has modified is lost, and does no harm.
func TestDictModifiedKeys(t *testing.T) {
	d := new(Dict)
	keys := []Tuple{}
	for i := range int64(50) {
		keys = append(keys, Tuple{i})
		d.add(keys[i], i)
	}
	keys[3][0] = []any{}
	keys[4][0] = int64(5)
	if _, ok := d.Get(Tuple{int64(3)}); ok {
		t.Error("found")
	}
	if v, ok := d.Get(Tuple{int64(49)}); !ok || v != int64(49) {
		t.Error("not found")
	}
	if d.Delete(keys[3]) || d.Len() != 50 {
		t.Error("deleted")
	}
}

func TestUnique(t *testing.T) {
	tests := []struct {
		name string
		in   []any // keys and values
		want string
	}{
		{"Empty", nil, "{}"},
		{"One", []any{"a", 1}, "{'a': 1}"},
		{"Twice", []any{"a", 1, "a", 2}, "{'a': 2}"},
		{"Mixed", []any{int64(1), "a", "x", "b", true, "c", 1.0, "d"}, "{1: 'd', 'x': 'b'}"},
		{"Tuples", []any{Tuple{"a"}, 1, Tuple{"b"}, 2, Tuple{"a"}, 3}, "{('a',): 3, ('b',): 2}"},
	}
	var k keyer // one for all, as in decoding
	for range 2 {
		for _, test := range tests {
			for _, more := range []int{0, 20, 100, 50000} {
				d := numbered(0)
				for i := 0; i < len(test.in); i += 2 {
					d.add(test.in[i], test.in[i+1])
				}
				for i := range more * 2 {
					d.add(int64(1000+i%max(more, 1)), i)
				}
				if _, err := d.unique(&k); err != nil {
					t.Fatal(err)
				}
				if got := reprAtMost(d, len(test.want)-1); d.Len() != strings.Count(test.want, ":")+more || !strings.HasPrefix(got, strings.TrimSuffix(test.want, "}")) {
					t.Errorf("%s, %d more: %d keys, %s", test.name, more, d.Len(), got)
				}
				if v, ok := d.Get(int64(1000)); more > 0 && (!ok || v != more) {
					t.Errorf("%s, %d more: %v, %v", test.name, more, v, ok)
				}
			}
		}
	}
}

// Decoding a dict of the keys that the dict before had costs one slice.
func TestUniqueAllocs(t *testing.T) {
	var k keyer
	keys := []any{}
	for i := range 12 {
		keys = append(keys, fmt.Sprint("field", i))
	}
	other := []any{}
	for i := range 30 {
		other = append(other, Tuple{int64(i)})
	}
	bind := func(keys []any) *Dict {
		d := newDictSize(len(keys))
		for _, key := range keys {
			d.add(key, nil)
		}
		if _, err := d.unique(&k); err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, keys := range [][]any{keys, other} {
		var d *Dict
		if n := testing.AllocsPerRun(100, func() { d = bind(keys) }); n > 2 || len(keys) <= 12 && n > 1 {
			t.Errorf("%d keys: %v allocations", len(keys), n)
		}
		key := keys[len(keys)-1]
		d.Get(key)
		if n := testing.AllocsPerRun(100, func() { d.Get(key) }); n != 0 {
			t.Errorf("Get: %v allocations", n)
		}
	}
}

func TestNotedKeys(t *testing.T) {
	k := keyer{noted: new(notedKeys)}
	unique := func(keys ...any) int {
		d := new(Dict)
		for _, key := range keys {
			d.add(key, nil)
		}
		if _, err := d.unique(&k); err != nil {
			t.Fatal(err)
		}
		return d.Len()
	}
	long := strings.Repeat("x", longKey)
	many := []any{}
	for i := range mostNoted + 1 {
		many = append(many, fmt.Sprint(i))
	}
	for _, test := range []struct {
		keys        []any
		want, noted int
	}{
		{[]any{"a", "b"}, 2, 2},
		{[]any{"a", "b"}, 2, 2},
		{[]any{"a", "c"}, 2, 2},
		{[]any{"a", "a"}, 1, 1},
		{[]any{"a", "a"}, 1, 1},
		{[]any{"a"}, 1, 1},
		{[]any{"a", int64(1)}, 2, 0},
		{[]any{"a", long}, 2, 0},
		{many, mostNoted + 1, 1}, // those of {"a"} have the place
		{nil, 0, 0},
	} {
		if got := unique(test.keys...); got != test.want || len(*k.noted.of(test.want)) != test.noted {
			t.Errorf("%.40v: %d keys, %d noted", test.keys, got, len(*k.noted.of(test.want)))
		}
	}
}

func ExampleDict() {
	d := NewDict("name", "widget", int64(1), "one")
	d.Set(Tuple{int64(2), int64(3)}, 2.5)
	v, ok := d.Get(1.0) // 1 == 1.0 in Python
	fmt.Println(v, ok)
	for key, value := range d.All() {
		fmt.Println(key, value)
	}
	fmt.Println(d)
	// Output:
	// one true
	// name widget
	// 1 one
	// (2, 3) 2.5
	// {'name': 'widget', 1: 'one', (2, 3): 2.5}
}

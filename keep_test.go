package pickle_test

import (
	"fmt"
	"reflect"
	"runtime"
	"testing"

	"github.com/go-pickle/pickle"
)

// keepPoint and keepRecord have what is cut from longer pieces: short strings,
// tuples, slices.
type (
	keepPoint struct {
		_    struct{} `pickle:",tuple"`
		Path string
		At   pickle.Tuple
		Tags []string
	}
	keepRecord struct {
		Name   string         `pickle:"name"`
		Tags   []string       `pickle:"tags"`
		Sizes  []int64        `pickle:"sizes"`
		Big    []byte         `pickle:"big"`
		Nested map[string]any `pickle:"nested"`
		Next   *keepRecord    `pickle:"next"`
	}
)

// keepCase is a value whose parts are about the same size; part returns one of them.
type keepCase struct {
	name   string
	value  any
	target func() any
	part   func(v any, i int) any
}

// keepItems is how many parts the values have.
const keepItems = 20_000

func keepCases() []keepCase {
	var metrics, nested, lists, points []any
	var records []keepRecord
	for i := range keepItems {
		path, tag := fmt.Sprint("servers.web.", i), fmt.Sprint("tag ", i)
		metrics = append(metrics, pickle.Tuple{path, pickle.Tuple{1_700_000_000 + i, float64(i) / 7}})
		nested = append(nested, pickle.Tuple{path, pickle.Tuple{1_700_000_000 + i, float64(i) / 7, pickle.Tuple{i, tag}}})
		lists = append(lists, []any{[]any{path}, []any{[]any{i, tag}, []any{}}, pickle.NewDict(tag, []any{path, i}), pickle.NewSet(path)})
		points = append(points, pickle.Tuple{path, pickle.Tuple{i, pickle.Tuple{path, i}}, []any{tag, path}})
		records = append(records, keepRecord{path, []string{tag}, []int64{int64(i)}, make([]byte, 50), map[string]any{tag: []any{path}}, &keepRecord{Name: tag}})
	}
	toAny := func() any { return new(any) }
	anyPart := func(v any, i int) any { return (*v.(*any)).([]any)[i] }
	return []keepCase{
		{"metrics", metrics, toAny, anyPart},
		{"nested tuples", nested, toAny, anyPart},
		{"nested lists", lists, toAny, anyPart},
		{"records in an any", records, toAny, anyPart},
		{"points", points, func() any { return new([]keepPoint) }, func(v any, i int) any {
			p := (*v.(*[]keepPoint))[i] // the slice of structs is one piece of memory, but this is a copy
			return &p
		}},
		{"records", records, func() any { return new([]*keepRecord) }, func(v any, i int) any { return (*v.(*[]*keepRecord))[i] }},
	}
}

// TestKeepPart: what is kept of a large value does not keep the rest alive.
func TestKeepPart(t *testing.T) {
	const most = 256 << 10 // of several MB
	for _, c := range keepCases() {
		for _, plain := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/PlainValues=%v", c.name, plain), func(t *testing.T) {
				data, err := pickle.Marshal(c.value)
				if err != nil {
					t.Fatal(err)
				}
				var part any
				used := alive(func() {
					target := c.target()
					if err := pickle.Unmarshal(data, target, pickle.PlainValues(plain)); err != nil {
						t.Fatal(err)
					}
					part = c.part(target, keepItems/2)
				})
				if used > most {
					t.Errorf("one of %d parts keeps %d KiB alive", keepItems, used>>10)
				}
				runtime.KeepAlive(part)
			})
		}
	}
}

// TestKeepLast: the result of a call does not keep alive those of the calls before.
func TestKeepLast(t *testing.T) {
	const most = 256 << 10
	for _, c := range keepCases() {
		t.Run(c.name, func(t *testing.T) {
			one := reflect.ValueOf(c.value).Slice(7, 8).Interface()
			data, err := pickle.Marshal(one)
			if err != nil {
				t.Fatal(err)
			}
			var last any
			used := alive(func() {
				for range keepItems {
					last = c.target()
					if err := pickle.Unmarshal(data, last); err != nil {
						t.Fatal(err)
					}
				}
			})
			if used > most {
				t.Errorf("the last result keeps %d KiB alive", used>>10)
			}
			runtime.KeepAlive(last)
		})
	}
}

// alive returns how many bytes more there are on the heap after f.
func alive(f func()) int64 {
	measure := func() int64 {
		for range 3 { // pools are empty after two
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := measure()
	f()
	return measure() - before
}

package pickle_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/go-pickle/pickle"
)

// Types of the values whose decoding and encoding is held to a number of
// allocations. They are the main workloads of bench, a tenth as long.
type (
	allocRecord struct {
		ID      int64    `pickle:"id"`
		Name    string   `pickle:"name"`
		Email   string   `pickle:"email"`
		Age     int      `pickle:"age"`
		Score   float64  `pickle:"score"`
		Active  bool     `pickle:"active"`
		Tags    []string `pickle:"tags"`
		Balance int64    `pickle:"balance"`
		City    string   `pickle:"city"`
		Zip     string   `pickle:"zip"`
		Created float64  `pickle:"created"`
		Note    *string  `pickle:"note"`
	}
	allocMetric struct {
		_     struct{} `pickle:",tuple"`
		Path  string
		Point allocPoint
	}
	allocPoint struct {
		_     struct{} `pickle:",tuple"`
		Time  int64
		Value float64
	}
	allocSession struct {
		ID       string   `pickle:"id"`
		User     int64    `pickle:"user"`
		Name     string   `pickle:"name"`
		Staff    bool     `pickle:"staff"`
		LastSeen float64  `pickle:"last_seen"`
		Cart     []int64  `pickle:"cart"`
		Roles    []string `pickle:"roles"`
	}
)

// allocValues returns the values. What is one string in Python is one here.
func allocValues() (records []allocRecord, metrics []allocMetric, session allocSession, ints []int64, floats []float64, strs, shared []string) {
	records, metrics = make([]allocRecord, 1000), make([]allocMetric, 1000)
	ints, floats = make([]int64, 10_000), make([]float64, 10_000)
	strs, shared = make([]string, 10_000), make([]string, 10_000)
	cities := []string{"Lisbon", "Oslo", "Quito", "Hanoi"}
	for i := range records {
		records[i] = allocRecord{
			ID: int64(100_000 + i), Name: fmt.Sprint("name ", i), Email: fmt.Sprint("user", i, "@example.org"), Age: i % 90,
			Score: float64(i) / 7, Active: i%3 > 0, Tags: []string{fmt.Sprint("tag ", i%40), "common"}, Balance: int64(i) << 20,
			City: cities[i%4], Zip: fmt.Sprint(10_000 + i), Created: 1.7e9 + float64(i),
		}
		metrics[i] = allocMetric{Path: fmt.Sprint("servers.web.", i), Point: allocPoint{Time: 1_700_000_000 + int64(i), Value: float64(i) / 3}}
	}
	for i := range ints {
		ints[i], floats[i], strs[i] = int64(i*7919)%100_000, float64(i)/7, fmt.Sprint("string number ", i)
		shared[i] = strs[i%2000]
	}
	session = allocSession{"8f14e45fceea167a5a36dedd4bea2543", 48_213, "maria.lopez", false, 1700000000.25, []int64{1021, 1088, 70_345}, []string{"customer", "reviewer"}}
	return
}

// TestAllocations holds the main workloads to a number of allocations per
// operation. The bounds are what was measured and a little more; they are to be
// lowered with what is measured, and to be raised only for a reason.
func TestAllocations(t *testing.T) {
	if underRace {
		t.Skip("under the race detector sync.Pool drops some of what it is given")
	}
	if !hasAddresses {
		t.Skip("without package unsafe equal strings are one object, so that other pickles are decoded")
	}
	records, metrics, session, ints, floats, strs, shared := allocValues()
	testAllocations(t, "records", records, allocBounds{typed: 48, stream: 54, any: 1220, plain: 4220, marshal: 2, append: 1})
	testAllocations(t, "carbon", metrics, allocBounds{typed: 7, stream: 13, any: 190, plain: 190, marshal: 2, append: 1})
	testAllocations(t, "tiny", session, allocBounds{typed: 2, stream: 8, any: 4, plain: 6, marshal: 2, append: 1})
	testAllocations(t, "ints", ints, allocBounds{typed: 3, stream: 9, any: 26, plain: 26, marshal: 2, append: 1})
	testAllocations(t, "floats", floats, allocBounds{typed: 3, stream: 9, any: 26, plain: 26, marshal: 2, append: 1})
	testAllocations(t, "strings", strs, allocBounds{typed: 50, stream: 56, any: 210, plain: 210, marshal: 2, append: 1})
	testAllocations(t, "shared strings", shared, allocBounds{typed: 14, stream: 20, any: 46, plain: 46, marshal: 2, append: 1})
}

// allocBounds are the most allocations that each way may take.
type allocBounds struct {
	typed, stream, any, plain, marshal, append float64
}

func testAllocations[T any](t *testing.T, name string, value T, bounds allocBounds) {
	t.Run(name, func(t *testing.T) {
		data, err := pickle.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		atMost := func(way string, bound float64, f func() error) {
			t.Helper()
			got := testing.AllocsPerRun(10, func() {
				if err := f(); err != nil {
					t.Fatal(err)
				}
			})
			if got > bound {
				t.Errorf("%s takes %v allocations, more than %v", way, got, bound)
			}
		}
		atMost("Unmarshal", bounds.typed, func() error { return pickle.Unmarshal(data, new(T)) })
		atMost("Decoder", bounds.stream, func() error { return pickle.NewDecoder(bytes.NewReader(data)).Decode(new(T)) })
		atMost("Unmarshal into an any", bounds.any, func() error { return pickle.Unmarshal(data, new(any)) })
		atMost("Unmarshal with PlainValues", bounds.plain, func() error { return pickle.Unmarshal(data, new(any), pickle.PlainValues(true)) })
		atMost("Marshal", bounds.marshal, func() error { _, err := pickle.Marshal(&value); return err })
		buffer := make([]byte, 0, len(data))
		atMost("Append", bounds.append, func() error { _, err := pickle.Append(buffer, &value); return err })
	})
}

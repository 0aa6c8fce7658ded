package pickle_test

import (
	"fmt"
	"testing"

	"github.com/go-pickle/pickle"
)

type decBenchRow struct {
	ID     int64    `pickle:"id"`
	Name   string   `pickle:"name"`
	Email  string   `pickle:"email"`
	Age    int      `pickle:"age"`
	Score  float64  `pickle:"score"`
	Active bool     `pickle:"active"`
	Tags   []string `pickle:"tags"`
	City   string   `pickle:"city"`
	Zip    string   `pickle:"zip"`
	Lat    float64  `pickle:"lat"`
	Lon    float64  `pickle:"lon"`
	Note   any      `pickle:"note"`
}

// BenchmarkUnmarshalRecords decodes a list of dicts of 12 items.
func BenchmarkUnmarshalRecords(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		rows := make([]decBenchRow, n)
		for i := range rows {
			rows[i] = decBenchRow{int64(i), fmt.Sprint("name ", i), fmt.Sprint(i, "@example.org"), i % 100, float64(i) / 3, i%2 == 0, []string{"a", "b"}, "City", fmt.Sprint(10000 + i), 1.5, 2.5, nil}
		}
		p, err := pickle.Marshal(rows)
		if err != nil {
			b.Fatal(err)
		}
		run := func(name string, decode func() error) {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.SetBytes(int64(len(p)))
				b.ReportAllocs()
				for b.Loop() {
					if err := decode(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("Struct", func() error { var v []decBenchRow; return pickle.Unmarshal(p, &v) })
		run("Any", func() error { var v any; return pickle.Unmarshal(p, &v) })
		run("Maps", func() error { var v []map[string]any; return pickle.Unmarshal(p, &v) })
	}
}

// BenchmarkUnmarshalSlices decodes lists of numbers and of strings.
func BenchmarkUnmarshalSlices(b *testing.B) {
	const n = 100_000
	ints, floats, strs := make([]int64, n), make([]float64, n), make([]string, n)
	for i := range n {
		ints[i], floats[i], strs[i] = int64(i), float64(i)/7, fmt.Sprint("value ", i)
	}
	for _, tt := range []struct{ v, into any }{{ints, new([]int64)}, {floats, new([]float64)}, {strs, new([]string)}, {ints, new(any)}} {
		p, err := pickle.Marshal(tt.v)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%T", tt.into), func(b *testing.B) {
			b.SetBytes(int64(len(p)))
			b.ReportAllocs()
			for b.Loop() {
				if err := pickle.Unmarshal(p, tt.into); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

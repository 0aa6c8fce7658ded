package pickle_test

import (
	"fmt"
	"testing"

	"github.com/go-pickle/pickle"
)

type benchRecord struct {
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

// BenchmarkMarshal writes values of the shapes that programs write.
func BenchmarkMarshal(b *testing.B) {
	const records, elements = 10_000, 100_000
	structs := make([]benchRecord, records)
	maps := make([]map[string]any, records)
	for i := range structs {
		name := fmt.Sprint("name", i)
		structs[i] = benchRecord{ID: int64(i), Name: name, Email: name + "@example.org", Age: i % 90, Score: float64(i) / 7, Active: i%2 == 0,
			Tags: []string{"a", "b"}, Balance: int64(i) << 20, City: "Paris", Zip: "75001", Created: 1.7e9}
		r := &structs[i]
		maps[i] = map[string]any{"id": r.ID, "name": r.Name, "email": r.Email, "age": r.Age, "score": r.Score, "active": r.Active,
			"tags": r.Tags, "balance": r.Balance, "city": r.City, "zip": r.Zip, "created": r.Created, "note": nil}
	}
	ints, texts := make([]int64, elements), make([]string, elements)
	for i := range ints {
		ints[i], texts[i] = int64(i)*7919, fmt.Sprint("text ", i)
	}
	for _, c := range []struct {
		name string
		v    any
	}{{"Structs", structs}, {"Maps", maps}, {"Ints", ints}, {"Strings", texts}, {"Small", structs[0]}} {
		b.Run(c.name, func(b *testing.B) {
			data, err := pickle.Marshal(c.v)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := pickle.Marshal(c.v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

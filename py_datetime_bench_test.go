package pickle_test

import (
	"testing"
	"time"

	"github.com/go-pickle/pickle"
)

// Lists of 1000 datetimes: naive, in UTC, and in a zone with transitions.
func benchTimes(b *testing.B) map[string][]any {
	b.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	all := map[string][]any{}
	for name, loc := range map[string]*time.Location{"Naive": pickle.Naive, "UTC": time.UTC, "ZoneInfo": berlin} {
		list := make([]any, 1000)
		for i := range list {
			list[i] = time.Date(2024, 1, 1+i/3, i%24, i%60, 0, i*1000, loc)
		}
		all[name] = list
	}
	return all
}

func BenchmarkMarshalTimes(b *testing.B) {
	for name, list := range benchTimes(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := pickle.Marshal(list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkUnmarshalTimes(b *testing.B) {
	for name, list := range benchTimes(b) {
		data, err := pickle.Marshal(list)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/Any", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var v any
				if err := pickle.Unmarshal(data, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/Slice", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var v []time.Time
				if err := pickle.Unmarshal(data, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package vm

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
)

// TestWriterRuns: ints and floats that are written at once come out as one by one,
// with the frames and batches that these have.
func TestWriterRuns(t *testing.T) {
	var ints []int64
	var floats []float64
	for i := range 64 {
		for _, x := range []int64{1<<i - 1, 1 << i, -1 << i, -1<<i - 1} {
			ints = append(ints, x)
			floats = append(floats, float64(x), math.Float64frombits(uint64(x)))
		}
	}
	for len(ints) < 30_000 {
		ints, floats = append(ints, ints...), append(floats, floats...)
	}
	for proto := range 6 {
		for _, n := range []int{1, 2, 999, 1000, 1001, 7500, len(ints)} {
			if !sameRuns(proto, ints[:n], (*Writer).Int, (*Writer).Ints) {
				t.Errorf("protocol %d: %d ints differ", proto, n)
			}
			if !sameRuns(proto, floats[:n], (*Writer).Float, (*Writer).Floats) {
				t.Errorf("protocol %d: %d floats differ", proto, n)
			}
		}
	}
}

// sameRuns reports whether two lists of the items come out the same, be they written
// one by one or many at once.
func sameRuns[T any](proto int, items []T, one func(*Writer, T), many func(*Writer, []T)) bool {
	write := func(save func(w *Writer, b *Batch)) []byte {
		w := new(Writer)
		w.Reset(nil, proto)
		w.Start()
		for range 2 {
			w.EmptyList()
			b := w.Batch(BatchList, len(items))
			save(w, &b)
			b.End()
		}
		w.Finish()
		return w.Output()
	}
	return bytes.Equal(write(func(w *Writer, b *Batch) {
		for _, x := range items {
			b.Next()
			w.Boundary()
			one(w, x)
		}
	}), write(func(w *Writer, b *Batch) {
		for s := items; len(s) > 0; {
			n := b.Run(len(s))
			many(w, s[:n])
			s = s[n:]
		}
	}))
}

// TestWriterNewString: it comes out as String and Memoize do.
func TestWriterNewString(t *testing.T) {
	long := strings.Repeat("x", 255)
	for proto := range 6 {
		for _, off := range []bool{false, true} {
			for _, s := range []string{"", "a", "text", "é", "€", long, long + "x", strings.Repeat("x", 70_000), "\xff"} {
				one, both := new(Writer), new(Writer)
				for _, w := range []*Writer{one, both} {
					w.Reset(nil, proto)
					w.NoMemo(off)
				}
				for range 2 {
					want := uint32(0)
					wantErr := one.String(s)
					if wantErr == nil {
						want = one.Memoize()
					}
					got, err := both.NewString(s)
					if got != want || err != wantErr || !bytes.Equal(slices.Clone(one.Output()), slices.Clone(both.Output())) || one.MemoLen() != both.MemoLen() {
						t.Errorf("protocol %d: %.10q: %d, %v", proto, s, got, err)
					}
				}
			}
		}
	}
}

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
			write := func(save func(w *Writer, b *Batch)) []byte {
				w := new(Writer)
				w.Reset(nil, proto)
				w.Start()
				for range 2 {
					w.EmptyList()
					b := w.Batch(BatchList, n)
					save(w, &b)
					b.End()
				}
				w.Finish()
				return w.Output()
			}
			one := write(func(w *Writer, b *Batch) {
				for _, i := range ints[:n] {
					b.Next()
					w.Boundary()
					w.Int(i)
				}
			})
			many := write(func(w *Writer, b *Batch) {
				for s := ints[:n]; len(s) > 0; {
					k := b.Run(len(s))
					w.Ints(s[:k])
					s = s[k:]
				}
			})
			if !bytes.Equal(one, many) {
				t.Errorf("protocol %d: %d ints differ", proto, n)
			}
			one = write(func(w *Writer, b *Batch) {
				for _, f := range floats[:n] {
					b.Next()
					w.Boundary()
					w.Float(f)
				}
			})
			many = write(func(w *Writer, b *Batch) {
				for s := floats[:n]; len(s) > 0; {
					k := b.Run(len(s))
					w.Floats(s[:k])
					s = s[k:]
				}
			})
			if !bytes.Equal(one, many) {
				t.Errorf("protocol %d: %d floats differ", proto, n)
			}
		}
	}
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

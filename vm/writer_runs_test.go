package vm

import (
	"bytes"
	"math"
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

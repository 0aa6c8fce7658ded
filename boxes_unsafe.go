//go:build !purego

package pickle

import "unsafe"

// boxes puts values into interfaces. Go allocates a box for each; here they are
// pieces of an array of up to 1 KB, which lives as long as one of them. Strings are
// short ones, so that the array does not keep more than a few KB alive.
type boxes struct {
	strings  []string
	int64s   []int64
	float64s []float64
	slices   [][]any
	sizes    [4]int // of the arrays that were made last
}

const (
	leastBoxes = 4
	mostBoxes  = 64
)

// box is an interface in memory: a type, and where the value is.
type box struct{ typ, value unsafe.Pointer }

func typeOfBox(x any) unsafe.Pointer { return (*box)(unsafe.Pointer(&x)).typ }

var (
	stringBox  = typeOfBox("")
	int64Box   = typeOfBox(int64(0))
	float64Box = typeOfBox(float64(0))
	listBox    = typeOfBox([]any(nil))
	tupleBox   = typeOfBox(Tuple(nil))
)

func inBox(typ, value unsafe.Pointer) (x any) {
	*(*box)(unsafe.Pointer(&x)) = box{typ, value}
	return x
}

// next returns the number of boxes to be made next.
func (b *boxes) next(kind int) int {
	b.sizes[kind] = min(max(2*b.sizes[kind], leastBoxes), mostBoxes)
	return b.sizes[kind]
}

func (b *boxes) string(s string) any {
	if len(s) > mostPiece || s == "" {
		return s
	}
	if len(b.strings) == 0 {
		b.strings = make([]string, b.next(0))
	}
	p := &b.strings[0]
	b.strings = b.strings[1:]
	*p = s
	return inBox(stringBox, unsafe.Pointer(p))
}

func (b *boxes) int64(i int64) any {
	if uint64(i) < 256 {
		return i // Go has boxes for these
	}
	if len(b.int64s) == 0 {
		b.int64s = make([]int64, b.next(1))
	}
	p := &b.int64s[0]
	b.int64s = b.int64s[1:]
	*p = i
	return inBox(int64Box, unsafe.Pointer(p))
}

func (b *boxes) float64(f float64) any {
	if len(b.float64s) == 0 {
		b.float64s = make([]float64, b.next(2))
	}
	p := &b.float64s[0]
	b.float64s = b.float64s[1:]
	*p = f
	return inBox(float64Box, unsafe.Pointer(p))
}

// list and tuple are for small slices: see newItems.
func (b *boxes) list(s []any) any  { return inBox(listBox, b.slice(s)) }
func (b *boxes) tuple(s []any) any { return inBox(tupleBox, b.slice(s)) }

func (b *boxes) slice(s []any) unsafe.Pointer {
	if len(b.slices) == 0 {
		b.slices = make([][]any, min(b.next(3), mostBoxes/2))
	}
	p := &b.slices[0]
	b.slices = b.slices[1:]
	*p = s
	return unsafe.Pointer(p)
}

// textIn returns the text in b, which is never modified again.
func textIn(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

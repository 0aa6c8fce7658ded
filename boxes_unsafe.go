//go:build !purego

package pickle

import "unsafe"

// boxes puts values into interfaces. Go allocates a box for each; here they are
// pieces of an array of up to 1 KB, which lives as long as one of them. Strings are
// short ones, so that the array does not keep more than a few KB alive.
type boxes struct {
	strings  boxArray[string]
	int64s   boxArray[int64]
	float64s boxArray[float64]
	slices   boxArray[[]any]
}

// boxArray is what is left of the array that was made last, and how long that was.
type boxArray[T any] struct {
	left []T
	size int
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

// put stores x in a new box and returns where that is. There are so many boxes in an
// array at most.
func (a *boxArray[T]) put(x T, most int) unsafe.Pointer {
	if len(a.left) == 0 {
		a.size = min(max(2*a.size, leastBoxes), most)
		a.left = make([]T, a.size)
	}
	p := &a.left[0]
	a.left = a.left[1:]
	*p = x
	return unsafe.Pointer(p)
}

func (b *boxes) string(s string) any {
	if len(s) > mostPiece || s == "" {
		return s
	}
	return inBox(stringBox, b.strings.put(s, mostBoxes))
}

func (b *boxes) int64(i int64) any {
	if uint64(i) < 256 {
		return i // Go has boxes for these
	}
	return inBox(int64Box, b.int64s.put(i, mostBoxes))
}

func (b *boxes) float64(f float64) any { return inBox(float64Box, b.float64s.put(f, mostBoxes)) }

// list and tuple are for small slices: see newItems.
func (b *boxes) list(s []any) any  { return inBox(listBox, b.slices.put(s, mostBoxes/2)) }
func (b *boxes) tuple(s []any) any { return inBox(tupleBox, b.slices.put(s, mostBoxes/2)) }

// textIn returns the text in b, which is never modified again.
func textIn(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

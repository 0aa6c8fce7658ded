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
	flat     sliceBoxes
	nested   sliceBoxes
}

// sliceBoxes are for slices of up to so many items.
type sliceBoxes struct {
	ones   boxArray[sliceBox[[1]any]]
	twos   boxArray[sliceBox[[2]any]]
	threes boxArray[sliceBox[[3]any]]
	fours  boxArray[sliceBox[[4]any]]
	sixes  boxArray[sliceBox[[6]any]]
	eights boxArray[sliceBox[[8]any]]
}

// sliceBox is a short slice together with its items, an array.
type sliceBox[A any] struct {
	slice []any
	items A
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

// next returns a new box. There are so many in an array at most.
func (a *boxArray[T]) next(most int) *T {
	if len(a.left) == 0 {
		a.size = min(max(2*a.size, leastBoxes), most)
		a.left = make([]T, a.size)
	}
	p := &a.left[0]
	a.left = a.left[1:]
	return p
}

// put stores x in a new box and returns where that is.
func (a *boxArray[T]) put(x T) unsafe.Pointer {
	p := a.next(mostBoxes)
	*p = x
	return unsafe.Pointer(p)
}

func (b *boxes) string(s string) any {
	if len(s) > mostPiece || s == "" {
		return s
	}
	return inBox(stringBox, b.strings.put(s))
}

func (b *boxes) int64(i int64) any {
	if uint64(i) < 256 {
		return i // Go has boxes for these
	}
	return inBox(int64Box, b.int64s.put(i))
}

func (b *boxes) float64(f float64) any { return inBox(float64Box, b.float64s.put(f)) }

// list and tuple return a new slice of n items, and the same in an interface. Short
// ones that are flat or nested are pieces of arrays. Those of nested slices lead to
// those of flat ones, and these to strings: chains of arrays, each with some of what
// the next one has, would keep everything alive.
func (b *boxes) list(n int, k smallness) (s []any, v any) { return b.slice(listBox, n, k) }

func (b *boxes) tuple(n int, k smallness) (s []any, v any) { return b.slice(tupleBox, n, k) }

func (b *boxes) slice(typ unsafe.Pointer, n int, k smallness) (s []any, v any) {
	from := &b.flat
	if k == nested {
		from = &b.nested
	}
	var p *[]any
	switch {
	case n <= 1: // also an empty one has room for one item, and so an address, and an identity
		x := from.ones.slice(k)
		x.slice, p = x.items[:n], &x.slice
	case n == 2:
		x := from.twos.slice(k)
		x.slice, p = x.items[:], &x.slice
	case n == 3:
		x := from.threes.slice(k)
		x.slice, p = x.items[:], &x.slice
	case n == 4:
		x := from.fours.slice(k)
		x.slice, p = x.items[:], &x.slice
	case n <= 6:
		x := from.sixes.slice(k)
		x.slice, p = x.items[:n:n], &x.slice
	case n <= 8:
		x := from.eights.slice(k)
		x.slice, p = x.items[:n:n], &x.slice
	default:
		p = new([]any)
		*p = make([]any, n)
	}
	return *p, inBox(typ, unsafe.Pointer(p))
}

func (a *boxArray[T]) slice(k smallness) *T {
	const most = 16
	if k == large {
		return new(T)
	}
	return a.next(most)
}

// textIn returns the text in b, which is never modified again.
func textIn(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

//go:build !purego

package pickle

import (
	"unsafe"

	"github.com/go-pickle/pickle/vm"
)

// boxes puts values into interfaces. Go allocates a box for each; here they are
// pieces of an array of up to 4 KB, which lives as long as one of them. Strings are
// short ones, so that the array does not keep more than a few KB alive.
type boxes struct {
	strings  boxArray[string]
	int64s   boxArray[int64]
	float64s boxArray[float64]
	flat     sliceBoxes
	nested   sliceBoxes
}

// sliceBoxes are for slices of up to as many items as their names say.
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
	leastBoxes  = 4
	mostBoxes   = 64
	mostNumbers = 512 // where there are many in a row
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

// expect makes a longer array, if there is to be one now, for so many numbers.
func (a *boxArray[T]) expect(numbers int) {
	if len(a.left) == 0 && numbers > mostBoxes {
		a.left = make([]T, min(numbers, mostNumbers))
	}
}

func (b *boxes) string(s string) any {
	if len(s) > mostPiece || s == "" {
		return s
	}
	return inBox(stringBox, b.strings.put(s))
}

// smallInts are the ints that have boxes once and for all. Most ints are that small.
var smallInts [1024]int64

func init() {
	for i := range smallInts {
		smallInts[i] = int64(i)
	}
}

func (b *boxes) int64(i int64) any {
	if uint64(i) < uint64(len(smallInts)) {
		return inBox(int64Box, unsafe.Pointer(&smallInts[i]))
	}
	return inBox(int64Box, b.int64s.put(i))
}

// manyInts puts the ints that nodes begins with into items, and returns how many there
// are. Many share longer arrays, of up to 4 KB.
func (b *boxes) manyInts(items []any, nodes []vm.Node) int {
	for i, n := range nodes {
		if n.Kind() != vm.KindInt {
			return i
		}
		b.int64s.expect(len(nodes) - i)
		items[i] = b.int64(n.Int())
	}
	return len(nodes)
}

// manyFloats is manyInts for floats.
func (b *boxes) manyFloats(items []any, nodes []vm.Node) int {
	for i, n := range nodes {
		if n.Kind() != vm.KindFloat {
			return i
		}
		b.float64s.expect(len(nodes) - i)
		items[i] = b.float64(n.Float())
	}
	return len(nodes)
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

// texts is what is left of the piece of memory that short strings are cut from: one
// that is kept keeps no more than mostText bytes alive.
type texts struct {
	left []byte
	size int
}

const leastText, mostText = 128, 4 << 10

// cut returns a string of the bytes in data.
func (t *texts) cut(data []byte) string {
	n := len(data)
	if n == 0 {
		return ""
	}
	if len(t.left) < n {
		t.size = min(max(2*t.size, leastText), mostText)
		t.left = make([]byte, t.size)
	}
	piece := t.left[:n]
	t.left = t.left[n:]
	copy(piece, data)
	return textIn(piece)
}

// textIn returns the text in b, which is never modified again.
func textIn(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

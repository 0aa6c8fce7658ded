package fuzz

import (
	"fmt"
	"math"
	"math/big"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/vm"
)

// builder makes a graph of values from a program of bytes: a small stack
// machine, so that a program can be shrunk by leaving bytes out and is always
// a graph. Containers are kept, to be shared and to be put into each other.
type builder struct {
	stack      []any
	containers []any
	bytes      []byte
	protocol   int
	scalars    []any                     // the leaves of the graph
	classes    map[int]pickle.Global     // by the form of their instances, if these are of any
	library    []func(*builder, int) any // makers of containers that are no built-in types
	tree       bool                      // nothing is shared
	room       int                       // items that wide containers, and levels that deep ones, may still have
}

func build(program []byte, protocol int) any {
	return newBuilder(program, protocol).build()
}

// newBuilder returns a builder of graphs of all that there is.
func newBuilder(program []byte, protocol int) *builder {
	return &builder{bytes: program, protocol: protocol, scalars: leavesOf(protocol), library: libraryContainers, room: 3000}
}

func (b *builder) build() any {
	for len(b.bytes) > 0 {
		b.step(b.next())
	}
	return b.take(len(b.stack))
}

func (b *builder) next() byte {
	if len(b.bytes) == 0 {
		return 0
	}
	c := b.bytes[0]
	b.bytes = b.bytes[1:]
	return c
}

// take removes up to n values from the stack.
func (b *builder) take(n int) []any {
	at := max(len(b.stack)-n, 0)
	s := append(make([]any, 0, n+1), b.stack[at:]...)
	b.stack = b.stack[:at]
	return s
}

func (b *builder) push(v any) { b.stack = append(b.stack, v) }

// keep pushes a container that can be shared.
func (b *builder) keep(v any) {
	b.containers = append(b.containers, v)
	b.push(v)
}

// scalars are the leaves of the graphs.
var scalars = []any{
	nil, true, false, int64(0), int64(-1), int64(255), int64(256), int64(65536), int64(math.MinInt64), int64(math.MaxInt64),
	new(big.Int).Lsh(big.NewInt(1), 64), new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 2040)),
	0.0, math.Copysign(0, -1), 1.5, math.Inf(-1), 1e300, complex(1, -2),
	"", "a", "é", "text", "line\nbreak\\", "\U0001f600", "\xed\xa0\x80", []byte{}, []byte("b"), []byte("bytes\x00\xff"), pickle.ByteString("py2"),
	pickle.Global{Module: "m", Name: "f"}, pickle.Ellipsis{}, pickle.NotImplemented{}, pickle.Range{Stop: 3, Step: 1},
	pickle.Slice{Stop: int64(2)}, pickle.PersistentRef{ID: "id"},
}

func (b *builder) step(op byte) {
	n := int(op) >> 4 // of values for a container
	switch op & 15 {
	case 0, 1, 2, 3:
		b.push(b.scalars[int(b.next())%len(b.scalars)])
	case 4:
		b.keep(b.take(n))
	case 5:
		if t := b.take(n); len(t) > 0 {
			b.keep(pickle.Tuple(t))
		} else if b.library != nil {
			b.push(pickle.Tuple{})
		}
	case 6:
		d := pickle.NewDict()
		for i, v := range b.take(n) {
			d.Set(key(i, v), v)
		}
		b.keep(d)
	case 7:
		b.set(n)
	case 8:
		b.keep(pickle.ByteArray(fmt.Append(make([]byte, 0, 8), "ba", n)))
	case 9:
		b.object(n)
	case 10:
		if len(b.library) == 0 {
			b.object(n)
		} else {
			b.keep(b.library[int(b.next())%len(b.library)](b, n))
		}
	case 11, 12: // share
		if len(b.containers) > 0 && !b.tree {
			b.push(b.containers[int(b.next())%len(b.containers)])
		}
	case 13, 14: // tie a knot
		if i, j := int(b.next()), int(b.next()); j == 255 || b.tree {
			b.large(i, n)
		} else {
			b.tie(i, j)
		}
	case 15:
		if len(b.stack) > 0 && !b.tree {
			b.push(b.stack[len(b.stack)-1])
		}
	}
}

func (b *builder) set(n int) {
	s := pickle.NewSet()
	for i, v := range b.take(n) {
		s.Add(key(i, v))
	}
	if b.library != nil && n%2 == 1 {
		b.keep(pickle.NewFrozenSet(flatSet(s)...))
		return
	}
	b.keep(s)
}

// key makes a hashable value of v.
func key(i int, v any) any {
	switch v := v.(type) {
	case string, []byte, int64, bool, nil, pickle.Global:
		return v
	}
	if isLeafKey(v) {
		return v
	}
	return pickle.Tuple{int64(i), "key"}
}

// object makes an instance of one of the forms that a protocol has: before
// protocol 4, NEWOBJ_EX is the call of a functools.partial, and before 2 the
// items of a subclass of list are an argument.
func (b *builder) object(n int) {
	o := &pickle.Object{Class: pickle.Global{Module: "m", Name: "C"}, Form: vm.FormNewObj, Args: pickle.Tuple{}}
	forms := [...]int{2, 2, 4, 4, 5, 5}[b.protocol]
	if b.classes != nil {
		forms = min(forms, len(b.classes))
		o.Class = b.classes[n%forms]
	}
	switch n % forms {
	case 0:
		o.State = pickle.NewDict("a", b.take(1))
	case 1:
		o.Form, o.Args = vm.FormReduce, b.take(2)
	case 2:
		o.Items = b.take(3)
	case 3:
		o.Pairs = []pickle.Pair{{Key: "k", Value: b.take(1)}}
	case 4:
		o.Form, o.Kwargs = vm.FormNewObjEx, pickle.NewDict("x", b.take(1))
	}
	b.keep(o)
}

// large makes something deep of the top of the stack, or something wide of
// numbers that are around the sizes of batches.
func (b *builder) large(kind, n int) {
	size := []int{17, 999, 1000, 1001, 1002, 2000, 2001}[n%7]
	if kind%2 == 0 {
		size = 30 * n
	}
	if b.room -= size; b.room < 0 || b.library == nil {
		return
	}
	if kind%2 == 0 {
		b.deep(kind/2, size)
	} else {
		b.wide(kind/2, size)
	}
}

func (b *builder) deep(kind, levels int) {
	for i := range levels {
		switch (kind + i*(kind%3)) % 5 { // of one type, or of several in turn
		case 0:
			b.push(b.take(1))
		case 1:
			b.push(pickle.Tuple(b.take(1)))
		case 2:
			b.push(pickle.NewDict("k", b.take(1)))
		case 3:
			b.push(pickle.NewDeque(b.take(1)...))
		case 4:
			b.push(&node{Name: "deep", Rest: b.take(1)})
		}
	}
	if len(b.stack) > 0 {
		b.containers = append(b.containers, b.stack[len(b.stack)-1])
	}
}

func (b *builder) wide(kind, size int) {
	items := make([]any, size)
	for i := range items {
		items[i] = int64(i)
	}
	dict := pickle.NewDict()
	for _, x := range items {
		dict.Set(x, x)
	}
	switch kind % 8 {
	case 0:
		b.keep(items)
	case 1:
		b.keep(pickle.Tuple(items))
	case 2:
		b.keep(dict)
	case 3:
		b.keep(pickle.NewSet(items...))
	case 4:
		b.keep(pickle.NewFrozenSet(items...))
	case 5:
		b.keep(pickle.NewDeque(items...))
	case 6:
		b.keep(&pickle.UserDict{Data: dict})
	case 7:
		b.keep(&subclassOfList{Items: items})
	}
}

// tie puts one container into another, which may contain it already.
func (b *builder) tie(i, j int) {
	if len(b.containers) == 0 {
		return
	}
	inner := b.containers[j%len(b.containers)]
	switch outer := b.containers[i%len(b.containers)].(type) {
	case []any:
		if len(outer) > 0 {
			outer[j%len(outer)] = inner
		}
	case *pickle.Dict:
		outer.Set("knot", inner)
	case *pickle.Object:
		outer.State = pickle.NewDict("knot", inner)
	default:
		b.tieLibrary(outer, inner)
	}
}

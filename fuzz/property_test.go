package fuzz

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"

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
	scalars    []any                 // the leaves of the graph
	classes    map[int]pickle.Global // by the form of their instances, if these are of any
}

func build(program []byte, protocol int) any {
	b := &builder{bytes: program, protocol: protocol, scalars: scalars}
	return b.build()
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
		}
	case 6:
		d := pickle.NewDict()
		for i, v := range b.take(n) {
			d.Set(key(i, v), v)
		}
		b.keep(d)
	case 7:
		s := pickle.NewSet()
		for i, v := range b.take(n) {
			s.Add(key(i, v))
		}
		b.keep(s)
	case 8:
		b.keep(pickle.ByteArray(fmt.Append(make([]byte, 0, 8), "ba", n)))
	case 9, 10:
		b.object(n)
	case 11, 12: // share
		if len(b.containers) > 0 {
			b.push(b.containers[int(b.next())%len(b.containers)])
		}
	case 13, 14: // tie a knot
		b.tie(int(b.next()), int(b.next()))
	case 15:
		if len(b.stack) > 0 {
			b.push(b.stack[len(b.stack)-1])
		}
	}
}

// key makes a hashable value of v.
func key(i int, v any) any {
	switch v := v.(type) {
	case string, []byte, int64, bool, nil, pickle.Global:
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
	}
}

// roundTrip is the property: a graph that is written and read is the same
// graph.
func roundTrip(program []byte, protocol int) error {
	v := build(program, protocol)
	data, err := pickle.Marshal(v, pickle.Protocol(protocol))
	if err != nil {
		return err
	}
	var w any
	if err := pickle.Unmarshal(data, &w, lossless); err != nil {
		return fmt.Errorf("%w: %q", err, data)
	}
	if err := new(isomorphism).differs(v, w); err != nil {
		return fmt.Errorf("%w: %q", err, data)
	}
	return nil
}

func TestRoundTrip(t *testing.T) {
	parameters := gopter.DefaultTestParametersWithSeed(1)
	parameters.MinSuccessfulTests = 2000
	parameters.MaxSize = 200
	properties := gopter.NewProperties(parameters)
	for protocol := range pickle.HighestProtocol + 1 {
		properties.Property(fmt.Sprintf("decode(encode(graph)) is the graph at protocol %d", protocol),
			prop.ForAll(func(program []byte) (bool, error) {
				err := roundTrip(program, protocol)
				return err == nil, err
			}, gen.SliceOf(gen.UInt8())))
	}
	properties.TestingRun(t)
}

// FuzzGraph lets the fuzzer write the programs.
func FuzzGraph(f *testing.F) {
	f.Add([]byte{0, 3, 0x14, 0x1b, 0, 0x2d, 0, 0})
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) > 300 { // far from the limit of the depth
			return
		}
		for protocol := range pickle.HighestProtocol + 1 {
			if err := roundTrip(program, protocol); err != nil {
				t.Fatalf("protocol %d: %v", protocol, err)
			}
		}
	})
}

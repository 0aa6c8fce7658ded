package fuzz

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"

	"github.com/go-pickle/pickle"
)

// Types of Go that between them have all kinds and all tags.
type (
	numbers struct {
		I   int
		I8  int8
		I16 int16
		I32 int32
		I64 int64
		U   uint
		U8  uint8
		U16 uint16
		U32 uint32
		U64 uint64
		F32 float32
		F64 float64
		C64 complex64
		C   complex128
		Big *big.Int
		B   bool
	}
	texts struct {
		S     string
		Bytes []byte
		Array [3]byte
		BA    []byte `pickle:",bytearray"`
		Named named
		ByteS pickle.ByteString
	}
	named      string
	Containers struct {
		Ints    []int
		Strings []string
		Floats  []float64
		Arrays  [2][]bool
		Tuple   []int16          `pickle:",tuple"`
		Set     map[string]bool  `pickle:"set,set"`
		Frozen  map[int]struct{} `pickle:",frozenset"`
		Map     map[string]int
		ByInt   map[int8][]string
		ByArray map[[2]uint8]string
		Any     any
		List    []any
	}
	instance struct {
		Name  string `pickle:"name"`
		Count uint16 `pickle:"count,omitempty"`
		Next  *instance
	}
	slotted  struct{ X, Y float64 }
	pair     struct{ First, Second any }
	color    int
	subclass []string
	whole    struct {
		Numbers numbers
		Texts   texts
		*Containers
		Instance  instance
		Instances []*instance
		Slotted   *slotted
		Pair      pair
		Color     color
		Subclass  subclass
		Point     point
		Pointer   **int32
		Rest      map[string]any `pickle:",unknown"`
	}
)

// classes is a registry that knows some of them.
var classes = func() *pickle.Registry {
	r := pickle.NewRegistry()
	for name, c := range map[string]struct {
		value any
		opts  []pickle.ClassOption
	}{
		"m.Instance": {instance{}, nil},
		"m.Slotted":  {slotted{}, []pickle.ClassOption{pickle.Slots()}},
		"m.Pair":     {pair{}, []pickle.ClassOption{pickle.NamedTuple()}},
		"m.Color":    {color(0), []pickle.ClassOption{pickle.Enum()}},
		"m.Subclass": {subclass{}, nil},
	} {
		if err := r.Register(name, c.value, c.opts...); err != nil {
			panic(err)
		}
	}
	return r
}()

// filler fills a value of any type by a program of bytes.
type filler struct {
	program []byte
	depth   int
}

func (f *filler) next() int {
	if len(f.program) == 0 {
		return 0
	}
	c := f.program[0]
	f.program = f.program[1:]
	return int(c)
}

var (
	fillInts   = []int64{0, 1, -1, 9, 10, 127, -128, 255, 256, 65535, 65536, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64}
	fillFloats = []float64{0, math.Copysign(0, -1), 1, -1.5, math.Inf(1), math.Inf(-1), math.NaN(), 5e-324, 1e300, 0.1}
	fillTexts  = []string{"", "a", "é", "text", "line\nbreak\\", "€😀", "a longer text, of more than one word"}
)

func (f *filler) fill(v reflect.Value) {
	f.depth++
	defer func() { f.depth-- }()
	switch {
	case v.Type() == reflect.TypeFor[*big.Int]():
		v.Set(reflect.ValueOf(new(big.Int).Lsh(big.NewInt(int64(f.next()-100)), uint(f.next()))))
	case v.Kind() == reflect.Interface:
		f.any(v)
	case v.CanInt():
		v.SetInt(fillInts[f.next()%len(fillInts)])
	case v.CanUint():
		v.SetUint(uint64(fillInts[f.next()%len(fillInts)]))
	case v.CanFloat():
		v.SetFloat(float64(float32(fillFloats[f.next()%len(fillFloats)])))
	case v.CanComplex():
		v.SetComplex(complex(float64(float32(fillFloats[f.next()%len(fillFloats)])), 1))
	case v.Kind() == reflect.Bool:
		v.SetBool(f.next()%2 == 1)
	case v.Kind() == reflect.String:
		v.SetString(fillTexts[f.next()%len(fillTexts)])
	default:
		f.container(v)
	}
}

// any puts something into an interface that comes back as the same type.
func (f *filler) any(v reflect.Value) {
	choices := []any{nil, true, int64(0), 0.0, "", []byte{}, []any(nil), pickle.Tuple(nil), &instance{}, &slotted{}, color(0)}
	x := choices[f.next()%len(choices)]
	if x == nil || f.depth > 6 {
		return
	}
	p := reflect.New(reflect.TypeOf(x))
	f.fill(p.Elem())
	if k := p.Elem().Kind(); (k == reflect.Slice || k == reflect.Pointer) && p.Elem().IsNil() {
		return // would come back as nil
	}
	v.Set(p.Elem())
}

func (f *filler) container(v reflect.Value) {
	n := f.next() % 5
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				f.fill(v.Field(i))
			}
		}
		if w, ok := v.Addr().Interface().(*whole); ok && len(w.Rest) == 0 {
			w.Rest = nil // it is no attribute itself
		}
	case reflect.Pointer:
		if n > 0 && f.depth < 8 {
			v.Set(reflect.New(v.Type().Elem()))
			if f.fill(v.Elem()); v.Elem().Kind() == reflect.Pointer && v.Elem().IsNil() {
				v.SetZero() // a pointer to a nil pointer is None as well
			}
		}
	case reflect.Slice:
		if n == 0 || f.depth > 8 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), n-1, n))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Map:
		f.mapping(v, n)
	}
}

func (f *filler) mapping(v reflect.Value, n int) {
	if n == 0 {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for range n - 1 {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key)
		if f.fill(value); value.Kind() == reflect.Bool {
			value.SetBool(true) // a map[T]bool that is a set has what is true
		}
		v.SetMapIndex(key, value)
	}
}

// exactly compares values as they are: -0.0 is not 0.0, and a NaN is the same NaN.
var exactly = cmp.Options{
	cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }),
	cmp.Comparer(func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }),
	cmp.Comparer(func(a, b complex128) bool {
		return math.Float64bits(real(a)) == math.Float64bits(real(b)) && math.Float64bits(imag(a)) == math.Float64bits(imag(b))
	}),
	cmp.Comparer(func(a, b complex64) bool {
		return math.Float32bits(real(a)) == math.Float32bits(real(b)) && math.Float32bits(imag(a)) == math.Float32bits(imag(b))
	}),
	cmp.Comparer(func(a, b *big.Int) bool { return a == b || a != nil && b != nil && a.Cmp(b) == 0 }),
	cmp.Exporter(func(reflect.Type) bool { return true }),
}

// typedTargets are the types that values are made of.
var typedTargets = []reflect.Type{
	reflect.TypeFor[whole](), reflect.TypeFor[numbers](), reflect.TypeFor[Containers](), reflect.TypeFor[[]*instance](),
	reflect.TypeFor[map[string]pair](), reflect.TypeFor[[][]float64](), reflect.TypeFor[map[[2]uint8]texts](), reflect.TypeFor[any](),
}

// valueRoundTrip is the property: what is encoded and decoded is the same value.
// And it is written the same way by the functions for special types and by those
// for all.
func valueRoundTrip(program []byte, protocol int) error {
	f := &filler{program: program}
	v := reflect.New(typedTargets[f.next()%len(typedTargets)])
	f.fill(v.Elem())
	opts := pickle.JoinOptions(pickle.Protocol(protocol), pickle.WithRegistry(classes), pickle.Python2Strings(pickle.Python2ByteString))
	data, err := pickle.Marshal(v.Interface(), opts)
	if err != nil {
		return err
	}
	w := reflect.New(v.Type().Elem())
	if err := pickle.Unmarshal(data, w.Interface(), opts); err != nil {
		return fmt.Errorf("%w: %q", err, data)
	}
	if diff := cmp.Diff(v.Elem().Interface(), w.Elem().Interface(), exactly); diff != "" {
		return fmt.Errorf("-encoded +decoded:\n%s\n%q", diff, data)
	}
	never := pickle.PersistentID(func(any) (any, bool, error) { return nil, false, nil })
	slow, err := pickle.Marshal(v.Interface(), opts, never)
	if err != nil {
		return err
	}
	if !bytes.Equal(slow, data) {
		return fmt.Errorf("by way of the option PersistentID:\n%q\nwithout:\n%q", slow, data)
	}
	return nil
}

func TestValues(t *testing.T) {
	parameters := gopter.DefaultTestParametersWithSeed(1)
	parameters.MinSuccessfulTests = 1000
	parameters.MaxSize = 400
	properties := gopter.NewProperties(parameters)
	for protocol := range pickle.HighestProtocol + 1 {
		properties.Property(fmt.Sprintf("decode(encode(value)) is the value at protocol %d", protocol),
			prop.ForAll(func(program []byte) (bool, error) {
				err := valueRoundTrip(program, protocol)
				return err == nil, err
			}, gen.SliceOf(gen.UInt8())))
	}
	properties.TestingRun(t)
}

// FuzzValues lets the fuzzer write the programs.
func FuzzValues(f *testing.F) {
	for i := range typedTargets {
		f.Add(append([]byte{byte(i)}, bytes.Repeat([]byte{3, 1, 4, 1, 5, 9, 2, 6}, 20)...))
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) > 2000 {
			return
		}
		for protocol := range pickle.HighestProtocol + 1 {
			if err := valueRoundTrip(program, protocol); err != nil {
				t.Fatalf("protocol %d: %v", protocol, err)
			}
		}
	})
}

package pickle_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// The tests of this file hold what Go writes against what living Pythons read
// and write.

// livePythons are the versions to compare with, and the highest protocol of each.
var livePythons = []struct {
	version  string
	protocol int
}{{"2.7", 2}, {"3.6", 4}, {"3.7", 4}, {"3.8", 5}, {"3.9", 5}, {"3.10", 5}, {"3.11", 5}, {"3.12", 5}, {"3.13", 5}}

// reference is the Python whose bytes are ours.
const reference = "3.13"

// atLeast compares versions such as "3.9" and "3.10".
func atLeast(version, least string) bool {
	major, minor, _ := strings.Cut(version, ".")
	leastMajor, leastMinor, _ := strings.Cut(least, ".")
	a, _ := strconv.Atoi(minor)
	b, _ := strconv.Atoi(leastMinor)
	return major > leastMajor || major == leastMajor && a >= b
}

// eachPython runs test for every Python there is and each protocol of it.
func eachPython(t *testing.T, test func(t *testing.T, python *pickletest.Python, version string, protocol int)) {
	for _, p := range livePythons {
		t.Run(p.version, func(t *testing.T) {
			t.Parallel()
			python := pickletest.StartPython(t, p.version)
			for protocol := range p.protocol + 1 {
				t.Run(fmt.Sprint("p", protocol), func(t *testing.T) { test(t, python, p.version, protocol) })
			}
		})
	}
}

// liveValue is a Go value, and the same thing in Python: an expression, or
// statements that assign to value. In Python 2 u” is the str of Python 3.
type liveValue struct {
	name     string
	value    func() any
	python   string
	since    string // the first Python that has it
	least    int    // the first protocol that Python writes it at
	two      string // why Python 2.7 does not have it
	namesake bool   // the bytes show that equal strings are two objects
	oneWay   bool   // it is not the same Go value that Python's pickle is decoded to
}

func same(v any) func() any { return func() any { return v } }

type (
	namedInt    int16
	namedString string
	namedBytes  []byte
	namedMap    map[string]int
	namedSlice  []int
	namedBool   bool
	namedFloat  float32
	plainStruct struct {
		A int    `pickle:"a"`
		B string `pickle:"b,omitempty"`
		C []int  `pickle:"c,tuple"`
	}
	positional struct {
		_    struct{} `pickle:",tuple"`
		X, Y int
		Z    string `pickle:",omitempty"`
	}
	ring struct {
		Name string `pickle:"name"`
		Next *ring  `pickle:"next"`
	}
	styled struct {
		Tuple     []int           `pickle:"tuple,tuple"`
		List      [2]int          `pickle:"list,list"`
		Set       []int           `pickle:"set,set"`
		Frozen    map[string]bool `pickle:"frozen,frozenset"`
		ByteArray string          `pickle:"bytearray,bytearray"`
		Ints      []byte          `pickle:"ints,list"`
		Nested    [][]int         `pickle:"nested,set"`
		Array     *[2]byte        `pickle:"array,bytearray"`
	}
)

func scalarValues() []liveValue {
	text, number := "pointed to", 7
	return []liveValue{
		{name: "nil", value: same(nil), python: "None"},
		{name: "nil pointer", value: same((*int)(nil)), python: "None"},
		{name: "nil slice and map", value: same([]any{[]int(nil), map[string]int(nil), (*pickle.Dict)(nil), []byte(nil), []any(nil)}), python: "[None] * 5"},
		{name: "empty ones", value: same([]any{[]int{}, map[string]int{}, []any{}}), python: "[[], {}, []]"},
		{name: "empty bytes", value: same([]byte{}), python: "b''", two: "it is a str"},
		{name: "bools", value: same([]bool{true, false}), python: "[True, False]"},
		{name: "named bool", value: same(namedBool(true)), python: "True"},
		{name: "int kinds", value: same([]any{int(1), int8(-2), int16(300), int32(-70000), int64(1 << 31), int64(math.MinInt64)}),
			python: "[1, -2, 300, -70000, 2**31, -2**63]", two: "its int is longer"},
		{name: "uint kinds", value: same([]any{uint(1), uint8(255), uint16(65535), uint32(1 << 31), uint64(math.MaxUint64), uintptr(9)}),
			python: "[1, 255, 65535, 2**31, 2**64-1, 9]", two: "its int is longer"},
		{name: "big ints", value: same([]*big.Int{big.NewInt(5), new(big.Int).Lsh(big.NewInt(1), 2039), new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 127))}),
			python: "[5, 2**2039, -2**127]"},
		{name: "floats", value: same([]any{0.5, float32(0.25), math.Copysign(0, -1), math.Inf(1), math.NaN(), 1e100}),
			python: "[0.5, 0.25, -0.0, float('inf'), float('nan'), 1e100]"},
		{name: "complex", value: same([]any{complex(1, -2), complex64(3i)}), python: "[complex(1, -2), complex(0, 3)]"},
		{name: "strings", value: same([]string{"", "a", "é", "héllo", "€😀", "a\x00b\nc\\d", strings.Repeat("x", 300)}),
			python: `[u'', u'a', u'\xe9', u'h\xe9llo', u'\u20ac\U0001f600', u'a\0b\nc\\d', u'x'*300]`},
		{name: "lone surrogate", value: same("a\xed\xa0\x80"), python: `u'a\ud800'`},
		{name: "named kinds", value: same([]any{namedInt(3), namedString("s"), namedSlice{1}, namedMap{"a": 1}, namedFloat(1.5)}),
			python: "[3, u's', [1], {u'a': 1}, 1.5]"},
		{name: "bytes", value: same([]any{[]byte("ab"), [3]byte{1, 2, 3}, namedBytes("xy"), &[2]byte{4, 5}}),
			python: `[b'ab', b'\1\2\3', b'xy', b'\4\5']`, two: "it is a str"},
		{name: "bytearray", value: same([]any{pickle.ByteArray("abc"), pickle.ByteArray{}}), python: "[bytearray(b'abc'), bytearray()]", since: "3.8", two: "another form"},
		{name: "pointers", value: same([]any{&text, &number}), python: "[u'pointed to', 7]"},
		{name: "short ones are one object", value: func() any {
			return []any{"a", string([]byte("a")), "é", string([]byte("é")), "", string([]byte{})}
		}, python: `[u'a', u'a', u'\xe9', u'\xe9', u'', u'']`, two: "it memoizes nothing twice"},
		{name: "singletons", value: same([]any{pickle.Ellipsis{}, pickle.NotImplemented{}}), python: "[Ellipsis, NotImplemented]", two: "it refuses"},
		{name: "range and slice", value: same([]any{pickle.Range{0, 10, 3}, pickle.Slice{1, nil, "x"}}), python: "[range(0, 10, 3), slice(1, None, u'x')]", two: "it has a list and refuses"},
		{name: "global", value: same([]any{pickle.Global{Module: "collections", Name: "OrderedDict"}, pickle.Global{Module: "shapes", Name: "function"}}),
			python: "[collections.OrderedDict, shapes.function]"},
	}
}

func containerValues() []liveValue {
	return []liveValue{
		{name: "slice", value: same([]any{1, "two", nil}), python: "[1, u'two', None]"},
		{name: "array", value: same([3]int{1, 2, 3}), python: "[1, 2, 3]"},
		{name: "tuples", value: same([]any{pickle.Tuple{}, pickle.Tuple{1}, pickle.Tuple{1, 2}, pickle.Tuple{1, 2, 3}, pickle.Tuple{1, 2, 3, 4}}),
			python: "[(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)]"},
		{name: "map", value: same(map[string]any{"b": 1, "a": []any{}, "c": map[string]any{"d": nil}}), python: "collections.OrderedDict and dict(a=[], b=1, c=dict(d=None))", since: "3.6", two: "its dict has no order"},
		{name: "map of ints", value: same(map[int]string{3: "c", -1: "z", 2: "b"}), python: "{-1: u'z', 2: u'b', 3: u'c'}", since: "3.6", two: "its dict has no order"},
		{name: "map of arrays", value: same(map[[2]int]bool{{1, 2}: true, {1, 1}: false}), python: "{(1, 1): False, (1, 2): True}", since: "3.6", two: "its dict has no order"},
		{name: "map of structs", value: same(map[positional]int{{X: 1, Y: 2}: 3}), python: "{(1, 2): 3}"},
		{name: "map of anything", value: same(map[any]int{"s": 1, 2: 2, 2.5: 3, [1]string{"t"}: 4}), python: "{2: 2, 2.5: 3, (u't',): 4, u's': 1}", since: "3.6", two: "its dict has no order"},
		{name: "dict", value: same(pickle.NewDict("z", 1, pickle.Tuple{1, "x"}, 2, 3, nil, pickle.NewFrozenSet(1), 4)), python: "{u'z': 1, (1, u'x'): 2, 3: None, frozenset([1]): 4}", since: "3.6", two: "its dict has no order"},
		{name: "sets", value: same([]any{pickle.NewSet(), pickle.NewSet(1), pickle.NewFrozenSet(), pickle.NewFrozenSet(pickle.NewFrozenSet(1)), pickle.FrozenSet{}}),
			python: "[set(), {1}, frozenset(), frozenset([frozenset([1])]), frozenset()]", since: "3.6", two: "other forms"},
		{name: "set of structs", value: same(map[int]struct{}{3: {}, 1: {}, 2: {}}), python: "{1, 2, 3}"},
		{name: "struct", value: same(plainStruct{A: 1, C: []int{1}}), python: "dict([(u'a', 1), (u'c', (1,))])", since: "3.6", two: "its dict has no order"},
		{name: "styles", value: same(styled{[]int{1, 2}, [2]int{3, 4}, []int{5}, map[string]bool{"six": true, "no": false}, "seven", []byte{8, 9}, [][]int{{10, 11}}, &[2]byte{12, 13}}),
			python: `dict([(u'tuple', (1, 2)), (u'list', [3, 4]), (u'set', {5}), (u'frozen', frozenset([u'six'])), (u'bytearray', bytearray(b'seven')), (u'ints', [8, 9]),
			 (u'nested', {(10, 11)}), (u'array', bytearray(b'\14\15'))])`, since: "3.8", two: "other forms"},
		{name: "positional", value: same([]positional{{X: 1, Y: 2, Z: "z"}, {X: 3, Y: 4}}), python: "[(1, 2, u'z'), (3, 4)]"},
		{name: "iterators", value: same([]any{slices.Values([]int{1, 2}), iter.Seq2[string, int](maps.All(map[string]int{"k": 1}))}), python: "[[1, 2], {u'k': 1}]"},
	}
}

func sharedValues() []liveValue {
	return []liveValue{
		{name: "pointer", value: func() any { p := &plainStruct{A: 1}; return []any{p, p} }, python: "x = dict([(u'a', 1), (u'c', None)]); value = [x, x]", since: "3.6", two: "its dict has no order"},
		{name: "interior pointer", value: func() any {
			r := &[]ring{{Name: "first"}, {Name: "second"}}
			(*r)[0].Next = &(*r)[1]
			return *r
		}, python: "b = {u'name': u'second', u'next': None}; n, m = list(b); a = {n: u'first', m: b}; value = [a, b]", since: "3.6", two: "its dict has no order"},
		{name: "map", value: func() any { m := map[string]int{"a": 1}; return []any{m, m} }, python: "x = {u'a': 1}; value = [x, x]"},
		{name: "slice", value: func() any { s := []int{1, 2}; return [][]int{s, s, s[:1]} }, python: "x = [1, 2]; value = [x, x, [1]]"},
		{name: "string", value: func() any { s := strings.Repeat("ab", 3); return []string{s, s, s[:4]} }, python: "x = u'ababab'; value = [x, x, x[:4]]"},
		{name: "bytes", value: func() any { b := []byte("ab"); return [][]byte{b, b, b[:1]} }, python: "x = b'ab'; value = [x, x, x[:1]]", two: "it is a str"},
		{name: "text of a pointer", value: func() any { p := new(textual); return []*textual{p, p} }, python: "x = u'textual'; value = [x, x]"},
		{name: "array of bytes", value: func() any { p := &[2]byte{1, 2}; return []any{p, p} }, python: `x = b'\1\2'; value = [x, x]`, two: "it is a str"},
		{name: "cyclic list", value: func() any { l := make([]any, 2); l[0], l[1] = 1, l; return l }, python: "value = [1]; value.append(value)"},
		{name: "cyclic map", value: func() any { m := map[string]any{}; m["self"] = m; return m }, python: "value = {}; value[u'self'] = value"},
		{name: "cyclic struct", value: func() any {
			r := &ring{Name: "r"}
			r.Next = r
			return r
		}, python: "value = {u'name': u'r'}; value[u'next'] = value", since: "3.6", two: "its dict has no order"},
		{name: "cyclic tuple", value: func() any {
			l := []any{nil}
			tuple := pickle.Tuple{1, l}
			l[0] = tuple
			return tuple
		}, python: "l = [None]; value = (1, l); l[0] = value"},
		{name: "cyclic long tuple", value: func() any {
			l := []any{nil}
			tuple := pickle.Tuple{1, 2, 3, l}
			l[0] = tuple
			return tuple
		}, python: "l = [None]; value = (1, 2, 3, l); l[0] = value"},
		{name: "batches", value: func() any {
			var all []any
			for _, n := range []int{999, 1000, 1001, 2000} {
				all = append(all, make([]int, n))
			}
			return all
		}, python: "[[0] * n for n in (999, 1000, 1001, 2000)]"},
		{name: "batches of maps", value: func() any {
			var all []map[int]int
			for _, n := range []int{1, 999, 1000, 1001} {
				m := make(map[int]int)
				for i := range n {
					m[i] = i
				}
				all = append(all, m)
			}
			return all
		}, python: "[dict((i, i) for i in range(n)) for n in (1, 999, 1000, 1001)]"},
		{name: "frames", value: func() any {
			var all []string
			for n := 65520; n < 65550; n += 3 {
				all = append(all, strings.Repeat("x", n))
			}
			return append(all, strings.Repeat("y", 30000), strings.Repeat("z", 30000), "end")
		}, python: "[u'x' * n for n in range(65520, 65550, 3)] + [u'y' * 30000, u'z' * 30000, u'end']"},
	}
}

// textual has a text, which is made anew each time.
type textual struct{ _ int }

func (*textual) MarshalText() ([]byte, error) { return []byte("textual"), nil }

// TestLiveValues: what Go writes is in every Python what the expression is, and
// to the byte what CPython 3.13 writes for it.
func TestLiveValues(t *testing.T) {
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		for _, c := range slices.Concat(scalarValues(), containerValues(), sharedValues()) {
			if version == "2.7" && c.two != "" || version != reference && c.since != "" && !atLeast(version, c.since) {
				continue
			}
			compareLive(t, python, version, protocol, c, nil)
		}
	})
}

func compareLive(t *testing.T, python *pickletest.Python, version string, protocol int, c liveValue, registry *pickle.Registry) {
	t.Helper()
	got, err := pickle.Marshal(c.value(), pickle.Protocol(protocol), pickle.WithRegistry(registry))
	if err != nil {
		t.Errorf("%s: %v", c.name, err)
		return
	}
	want, err := python.Dumps(c.python, protocol)
	if err != nil {
		t.Errorf("%s: Python: %v", c.name, err)
		return
	}
	if ok, err := python.Same(got, want, protocol); err != nil || !ok {
		t.Errorf("%s: not the same in Python: %v\n got  %.300q\n want %.300q", c.name, err, got, want)
	}
	// has a str that equals the name of a class or module
	name := c.name == "styles" || c.namesake || strings.Contains(c.python, "datetime.datetime(")
	if version == reference && (hasAddresses || !name) && !bytes.Equal(got, want) {
		t.Errorf("%s: other bytes\n got  %.400q\n want %.400q", c.name, got, want)
	}
}

// liveBuilder makes random values, with what is shared and cyclic.
type liveBuilder struct {
	rand *rand.Rand
	made []any
}

func (b *liveBuilder) any(depth int) any {
	if len(b.made) > 0 && b.rand.IntN(6) == 0 {
		return b.made[b.rand.IntN(len(b.made))]
	}
	n := b.rand.IntN(5)
	switch k := b.rand.IntN(14); {
	case depth <= 0 || k < 6:
		return b.scalar()
	case k < 8:
		l := make([]any, n, n+1)
		b.made = append(b.made, l)
		for i := range l {
			l[i] = b.any(depth - 1)
		}
		return l
	case k < 10:
		d := pickle.NewDict()
		b.made = append(b.made, d)
		for range n {
			d.Set(b.key(2), b.any(depth-1))
		}
		return d
	case k < 12:
		tuple := make(pickle.Tuple, n)
		for i := range tuple {
			tuple[i] = b.any(depth - 1)
		}
		b.made = append(b.made, tuple)
		return tuple
	case k < 13:
		return pickle.NewSet(int64(b.rand.IntN(9)))
	}
	return pickle.NewFrozenSet(b.rand.Float64())
}

func (b *liveBuilder) key(depth int) any {
	if depth > 0 && b.rand.IntN(4) == 0 {
		return pickle.Tuple{b.key(depth - 1), b.key(depth - 1)}
	}
	return [...]any{nil, true, int64(b.rand.IntN(300)), b.rand.Float64(), b.text(), []byte(b.text())}[b.rand.IntN(6)]
}

func (b *liveBuilder) text() string {
	alphabet := []rune("abcdeé€😀\n\\\x00")
	s := make([]rune, b.rand.IntN(9))
	for i := range s {
		s[i] = alphabet[b.rand.IntN(len(alphabet))]
	}
	return string(s)
}

func (b *liveBuilder) scalar() any {
	switch b.rand.IntN(10) {
	case 0:
		return nil
	case 1:
		return b.rand.IntN(2) == 0
	case 2:
		return b.rand.Int64() >> b.rand.IntN(64) * int64(1-2*b.rand.IntN(2))
	case 3:
		return new(big.Int).Lsh(big.NewInt(b.rand.Int64()), uint(64+b.rand.IntN(200)))
	case 4:
		return b.rand.NormFloat64()
	case 5:
		return []byte(b.text())
	case 6:
		return pickle.ByteArray(b.text())
	case 7:
		return complex(b.rand.Float64(), -1)
	}
	return b.text()
}

// TestLiveRandom: random values are in Python what they are in Go, and Python
// writes them back to the same bytes.
func TestLiveRandom(t *testing.T) {
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		if version == "2.7" {
			t.Skip("Python 2 has other types")
		}
		seeds := uint64(60)
		if version != reference {
			seeds = 15
		}
		for seed := range seeds {
			b := liveBuilder{rand: rand.New(rand.NewPCG(seed, 1))}
			v := b.any(5)
			data, err := pickle.Marshal(v, pickle.Protocol(protocol))
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			description, err := python.Loads(data, protocol)
			if err != nil {
				t.Errorf("seed %d: %v: %q", seed, err, data)
				continue
			}
			if diff := pickletest.Diff(describe(v, protocol), description); diff != "" {
				t.Errorf("seed %d: %s\n%q", seed, diff, data)
			}
			if version != reference {
				continue
			}
			again, err := python.Redumps(data, protocol)
			if err != nil || !bytes.Equal(again, data) {
				t.Errorf("seed %d: Python writes again %v\n got  %.400q\n want %.400q", seed, err, again, data)
			}
		}
	})
}

// The classes of testdata/shapes.py.
type (
	shapePlain struct {
		A any `pickle:"a,omitempty"`
		B any `pickle:"b,omitempty"`
	}
	shapeData struct {
		A int `pickle:"a"`
		B any `pickle:"b"`
	}
	shapeFrozenData struct {
		A int `pickle:"a"`
		B any `pickle:"b"`
	}
	shapeSlots struct {
		X any `pickle:"x"`
		Y any `pickle:"y"`
	}
	shapeSlotsData struct {
		A int `pickle:"a"`
		B any `pickle:"b"`
	}
	shapePoint struct {
		X any `pickle:"x"`
		Y any `pickle:"y"`
	}
	shapeTyped struct {
		Name string `pickle:"name"`
		Size int    `pickle:"size"`
	}
	shapeNode struct {
		Value any        `pickle:"value"`
		Next  *shapeNode `pickle:"next"`
		Prev  *shapeNode `pickle:"prev"`
	}
	shapeError struct {
		Message string `pickle:"message"`
		Code    int    `pickle:"code,omitzero"`
	}
	shapeInner struct {
		A int `pickle:"a"`
	}
	shapeMyList    []any
	shapeMyDict    map[string]any
	shapeMySet     map[int]struct{}
	shapeMyFrozen  map[int]struct{}
	shapeMyStr     string
	shapeMyInt     int
	shapeMyFloat   float64
	shapeMyComplex complex128
	shapeMyBytes   []byte
	shapeLevel     int
	shapeColor     string
	shapeState     struct{ State any }
	shapeReduce    struct{ Args, List []any }
)

func (s *shapeState) GetState() (any, error) { return s.State, nil }
func (s *shapeState) SetState(v pickle.Value) (err error) {
	s.State, err = v.Any()
	return err
}

func (r *shapeReduce) Reduce() (pickle.Reduction, error) {
	return pickle.Reduction{Callable: pickle.Global{Module: "shapes", Name: "Reduce"}, Args: pickle.Tuple(r.Args), Items: r.List,
		Pairs: []pickle.Pair{{Key: "k", Value: 1}}, State: pickle.NewDict("s", 2)}, nil
}

func shapesRegistry(tb testing.TB) *pickle.Registry {
	tb.Helper()
	r := pickle.NewRegistry()
	for _, c := range []struct {
		name  string
		value any
		opts  []pickle.ClassOption
	}{
		{"shapes.Plain", shapePlain{}, nil},
		{"shapes.Data", shapeData{}, nil},
		{"shapes.FrozenData", shapeFrozenData{}, nil},
		{"shapes.Slots", shapeSlots{}, []pickle.ClassOption{pickle.Slots()}},
		{"shapes.SlotsData", shapeSlotsData{}, []pickle.ClassOption{pickle.Slots()}},
		{"shapes.Point", shapePoint{}, []pickle.ClassOption{pickle.NamedTuple()}},
		{"shapes.Typed", shapeTyped{}, []pickle.ClassOption{pickle.NamedTuple()}},
		{"shapes.Node", shapeNode{}, nil},
		{"shapes.MyError", shapeError{}, []pickle.ClassOption{pickle.Arguments("message")}},
		{"shapes:Outer.Inner", shapeInner{}, nil},
		{"shapes.MyList", shapeMyList{}, nil},
		{"shapes.MyDict", shapeMyDict{}, nil},
		{"shapes.MySet", shapeMySet{}, nil},
		{"shapes.MyFrozenSet", shapeMyFrozen{}, nil},
		{"shapes.MyStr", shapeMyStr(""), nil},
		{"shapes.MyInt", shapeMyInt(0), nil},
		{"shapes.MyFloat", shapeMyFloat(0), nil},
		{"shapes.MyComplex", shapeMyComplex(0), nil},
		{"shapes.MyBytes", shapeMyBytes{}, nil},
		{"shapes.Level", shapeLevel(0), []pickle.ClassOption{pickle.Enum()}},
		{"shapes.Color", shapeColor(""), []pickle.ClassOption{pickle.Enum()}},
		{"shapes.State", shapeState{}, nil},
	} {
		if err := r.Register(c.name, c.value, c.opts...); err != nil {
			tb.Fatal(err)
		}
	}
	return r
}

func instanceValues() []liveValue {
	return []liveValue{
		{name: "plain", value: same(&shapePlain{A: 1, B: "b"}), python: "shapes.Plain(a=1, b=u'b')", two: "its attribute names are of another type"},
		{name: "plain by value", value: same([]shapePlain{{A: 1}, {A: 2}}), python: "[shapes.Plain(a=1), shapes.Plain(a=2)]", two: "its attribute names are of another type"},
		{name: "without attributes", value: same(&shapePlain{}), python: "shapes.Plain()"},
		{name: "dataclass", value: same(&shapeData{1, []any{2}}), python: "shapes.Data(1, [2])", since: "3.7"},
		{name: "frozen dataclass", value: same(&shapeFrozenData{1, nil}), python: "shapes.FrozenData(1)", since: "3.7"},
		{name: "slots", value: same(&shapeSlots{1, "y"}), python: "shapes.Slots(1, u'y')", least: 2},
		{name: "slots dataclass", value: same(&shapeSlotsData{1, "y"}), python: "shapes.SlotsData(1, u'y')", least: 2, since: "3.10"},
		{name: "namedtuples", value: same([]any{shapePoint{1, "y"}, &shapeTyped{"n", 3}}), python: "[shapes.Point(1, u'y'), shapes.Typed(u'n', 3)]", since: "3.6", two: "it has no NamedTuple"},
		{name: "shared namedtuple", value: func() any { p := &shapePoint{1, nil}; return []any{p, p} }, python: "p = shapes.Point(1, None); value = [p, p]"},
		{name: "cyclic namedtuple", value: func() any {
			l := []any{nil}
			p := &shapePoint{1, l}
			l[0] = p
			return p
		}, python: "l = [None]; value = shapes.Point(1, l); l[0] = value", least: 2},
		{name: "doubly linked", value: func() any {
			a, b := &shapeNode{Value: 1}, &shapeNode{Value: 2}
			a.Next, b.Prev = b, a
			return a
		}, python: "value = shapes.Node(1); b = shapes.Node(2); value.next, b.prev = b, value", two: "its attribute names are of another type"},
		{name: "cyclic", value: func() any { n := &shapeNode{Value: 1}; n.Next, n.Prev = n, n; return n }, python: "value = shapes.Node(1); value.next = value.prev = value", two: "its attribute names are of another type"},
		{name: "exception", value: same([]any{&shapeError{Message: "m"}, shapeError{"n", 3}}),
			python: "x = shapes.MyError(u'n'); x.code = 3; value = [shapes.MyError(u'm'), x]"},
		{name: "nested class", value: same([]any{&shapeInner{1}, &shapeInner{2}}), python: "[shapes.Outer.Inner(1), shapes.Outer.Inner(2)]", since: "3.13", two: "it refuses"},
		{name: "subclasses", value: same([]any{shapeMyList{1, 2}, shapeMyDict{"a": 1}, shapeMyStr("str"), shapeMyInt(5), shapeMyFloat(1.5), shapeMyBytes("by")}),
			python: "[shapes.MyList([1, 2]), shapes.MyDict({u'a': 1}), shapes.MyStr(u'str'), shapes.MyInt(5), shapes.MyFloat(1.5), shapes.MyBytes(b'by')]", two: "str are other types"},
		{name: "empty subclasses", value: same([]any{shapeMyList{}, shapeMyDict{}, shapeMyStr(""), shapeMyBytes{}, "", []byte{}, shapeMyStr("")}),
			python: "[shapes.MyList(), shapes.MyDict(), shapes.MyStr(), shapes.MyBytes(), u'', b'', shapes.MyStr()]", two: "str are other types"},
		{name: "short subclasses", value: same([]any{shapeMyStr("a"), "a", shapeMyStr("a"), shapeMyBytes{1}, []byte{1}, shapeMyBytes{1}}),
			python: `[shapes.MyStr(u'a'), u'a', shapes.MyStr(u'a'), shapes.MyBytes(b'\1'), b'\1', shapes.MyBytes(b'\1')]`, two: "str are other types"},
		{name: "complex subclass", value: same(shapeMyComplex(1 + 2i)), python: "shapes.MyComplex(1, 2)"},
		{name: "set subclasses", value: same([]any{shapeMySet{1: {}, 2: {}}, shapeMyFrozen{3: {}}}), python: "[shapes.MySet([1, 2]), shapes.MyFrozenSet([3])]"},
		{name: "shared subclass", value: func() any { l := shapeMyList{1}; d := shapeMyDict{"a": 1}; return []any{l, l, d, d} },
			python: "l = shapes.MyList([1]); d = shapes.MyDict({u'a': 1}); value = [l, l, d, d]"},
		{name: "cyclic subclass", value: func() any { d := shapeMyDict{}; d["self"] = d; return d }, python: "value = shapes.MyDict(); value[u'self'] = value", least: 2},
		{name: "enums", value: same([]any{shapeLevel(1), shapeLevel(2), shapeLevel(1), shapeColor("g")}), python: "[shapes.Level.LOW, shapes.Level.HIGH, shapes.Level.LOW, shapes.Color.GREEN]", since: "3.6", two: "it has no enums"},
		{name: "state", value: same([]any{&shapeState{pickle.Tuple{1, 2}}, &shapeState{nil}, shapeState{[]any{}}}), python: "[shapes.State((1, 2)), shapes.State(None), shapes.State([])]", since: "3.6", two: "another form"},
		{name: "reducer", value: same(&shapeReduce{Args: []any{1}, List: []any{2, 3}}),
			python: "value = shapes.Reduce(1); value.list, value.map, value.state = [2, 3], [(u'k', 1)], {u's': 2}", oneWay: true},
	}
}

// TestLiveInstances: a Go type that is registered goes to Python as an instance
// of the class, and Python's own pickle of it comes back as the Go type.
func TestLiveInstances(t *testing.T) {
	registry := shapesRegistry(t)
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		for _, c := range instanceValues() {
			if version == "2.7" && c.two != "" || version != reference && c.since != "" && !atLeast(version, c.since) || protocol < c.least {
				continue
			}
			compareLive(t, python, version, protocol, c, registry)
			if version != reference || c.oneWay {
				continue
			}
			want, err := python.Dumps(c.python, protocol)
			if err != nil {
				t.Fatal(err)
			}
			var v any
			opts := []pickle.Options{pickle.Protocol(protocol), pickle.WithRegistry(registry), pickle.DisallowUnknownClasses(true)}
			if err := pickle.Unmarshal(want, &v, opts...); err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if got, err := pickle.Marshal(v, opts...); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: written again: %v\n got  %.400q\n want %.400q", c.name, err, got, want)
			}
		}
	})
}

// TestLiveNoMemo: NoMemo writes what Pickler.fast writes.
func TestLiveNoMemo(t *testing.T) {
	python := pickletest.StartPython(t, reference)
	const fast = `
import io, pickle
class F(pickle.Pickler): pass
out = io.BytesIO(); p = pickle.Pickler(out, %d); p.fast = True
l = [1, u'text']; p.dump([l, l, (1, 2), {u'k': (l,)}, b'bytes', collections.OrderedDict, collections.OrderedDict, {3}])
value = out.getvalue()`
	for protocol := range 6 {
		data, err := python.Dumps(fmt.Sprintf(fast, protocol), 3)
		if err != nil {
			t.Fatal(err)
		}
		var want []byte
		if err := pickle.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		l, class := []any{1, "text"}, pickle.Global{Module: "collections", Name: "OrderedDict"}
		v := []any{l, l, pickle.Tuple{1, 2}, map[string]any{"k": pickle.Tuple{l}}, []byte("bytes"), class, class, pickle.NewSet(3)}
		got, err := pickle.Marshal(v, pickle.Protocol(protocol), pickle.NoMemo(true))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("protocol %d: %v\n got  %q\n want %q", protocol, err, got, want)
		}
	}
}

// TestLiveKeepMemo: pickles of one Encoder, some of which failed, are read by
// one Unpickler, which finds the same objects.
func TestLiveKeepMemo(t *testing.T) {
	for _, p := range livePythons {
		t.Run(p.version, func(t *testing.T) {
			python := pickletest.StartPython(t, p.version)
			for protocol := range p.protocol + 1 {
				shared := []any{int64(1), strings.Repeat("s", 3)}
				var out bytes.Buffer
				enc := pickle.NewEncoder(&out, pickle.Protocol(protocol), pickle.KeepMemo(true))
				var pickles []string
				for i, v := range []any{
					shared, []any{shared, "new", func() {}}, []any{"new", shared}, []any{shared, shared[1], pickle.Global{Module: "shapes", Name: "Plain"}},
					[]any{pickle.Global{Module: "shapes", Name: "Slots"}, make(chan int)}, []any{pickle.Global{Module: "shapes", Name: "Slots"}, shared},
				} {
					out.Reset()
					if err := enc.Encode(v); err != nil {
						if i != 1 && i != 4 {
							t.Fatal(err)
						}
						continue
					}
					pickles = append(pickles, fmt.Sprintf("%q", pythonBytes(out.Bytes())))
				}
				source := fmt.Sprintf(`
import io, pickle
try:
    from cPickle import Unpickler
except ImportError:
    from pickle import Unpickler
data = b''.join([%s])
u = Unpickler(io.BytesIO(data))
a, b, c, d = u.load(), u.load(), u.load(), u.load()
value = [b[0] == u'new', b[1] is a, c[0] is a, c[1] is a[1], c[2] is shapes.Plain, d[0] is shapes.Slots, d[1] is a]`, strings.ReplaceAll(strings.Join(pickles, ", b"), `"`, `'`))
				source = strings.Replace(source, "join([", "join([b", 1)
				data, err := python.Dumps(source, 2)
				if err != nil {
					t.Fatalf("protocol %d: %v\n%s", protocol, err, source)
				}
				var got []bool
				if err := pickle.Unmarshal(data, &got); err != nil || slices.Contains(got, false) {
					t.Errorf("protocol %d: %v, %v", protocol, got, err)
				}
			}
		})
	}
}

// pythonBytes makes of bytes what %q shows in the way of a Python literal.
type pythonBytes []byte

func (b pythonBytes) Format(f fmt.State, _ rune) {
	fmt.Fprint(f, `"`)
	for _, c := range b {
		fmt.Fprintf(f, `\x%02x`, c)
	}
	fmt.Fprint(f, `"`)
}

// TestLivePersistent: references by persistent ID go both ways, and Go asks
// about what Python asks about.
func TestLivePersistent(t *testing.T) {
	type external struct{ id string }
	a := &external{"a"}
	opts := func(protocol int) []pickle.Options {
		return []pickle.Options{pickle.Protocol(protocol), pickle.PersistentID(func(v any) (any, bool, error) {
			if x, ok := v.(*external); ok {
				return x.id, true, nil
			}
			return nil, false, nil
		})}
	}
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		list := []any{int64(1), a}
		v := []any{a, list, pickle.Tuple{a, "x"}, pickle.NewDict("k", a), list}
		got, err := pickle.Marshal(v, opts(protocol)...)
		if err != nil {
			t.Fatal(err)
		}
		const source = "r = shapes.Ref(%s); l = [1, r]; value = [r, l, (r, u'x'), {u'k': r}, l]"
		id := "u'a'"
		if version == "2.7" && protocol == 0 {
			id = "'a'"
		}
		want, err := python.Dumps(fmt.Sprintf(source, id), protocol)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := python.Same(got, want, protocol); !ok || err != nil {
			t.Errorf("not the same: %v\n got  %q\n want %q", err, got, want)
		}
		if version == reference && !bytes.Equal(got, want) {
			t.Errorf("other bytes\n got  %q\n want %q", got, want)
		}
	})
}

// TestLiveExtensions: extension codes go both ways.
func TestLiveExtensions(t *testing.T) {
	r := pickle.NewRegistry()
	for code, class := range map[int]string{1: "shapes.Ext1", 300: "shapes.Ext2", 70000: "shapes.Ext4"} {
		if err := r.RegisterExtension(code, class); err != nil {
			t.Fatal(err)
		}
	}
	v := []any{pickle.Global{Module: "shapes", Name: "Ext1"}, pickle.Global{Module: "shapes", Name: "Ext2"}, pickle.Global{Module: "shapes", Name: "Ext4"}, pickle.Global{Module: "shapes", Name: "Ext1"}}
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		compareLive(t, python, version, protocol, liveValue{name: "ext", value: same(v), python: "[shapes.Ext1, shapes.Ext2, shapes.Ext4, shapes.Ext1]"}, r)
	})
}

// TestLiveBuffers: buffers go out of band and in band.
func TestLiveBuffers(t *testing.T) {
	for _, version := range []string{"3.8", "3.13"} {
		python := pickletest.StartPython(t, version)
		var kept [][]byte
		v := []any{pickle.Buffer{Data: []byte("out")}, pickle.Buffer{Data: []byte("in"), ReadOnly: true}, pickle.Buffer{Data: []byte("ro"), ReadOnly: true}, pickle.Buffer{Data: []byte("in")}}
		data, err := pickle.Marshal(v, pickle.BufferCallback(func(b pickle.Buffer) (bool, error) {
			if string(b.Data) == "in" {
				return true, nil
			}
			kept = append(kept, b.Data)
			return false, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		got, err := python.Loads(data, 5, kept...)
		if err != nil {
			t.Fatal(err)
		}
		const want = `{"list":[{"buffer":"6f7574","readonly":false},{"bytes":"696e"},{"buffer":"726f","readonly":true},{"bytearray":"696e"}]}`
		if diff := pickletest.Diff(json.RawMessage(got), json.RawMessage(want)); diff != "" {
			t.Error(version, diff)
		}
	}
}

// TestLiveRefused: what Go refuses to write as a key, Python could not load.
func TestLiveRefused(t *testing.T) {
	python := pickletest.StartPython(t, reference)
	for _, source := range []string{"{[]: 1}", "{{}}", "{bytearray(): 1}", "{set()}"} {
		var e *pickletest.PythonError
		if _, err := python.Dumps(source, 4); !errors.As(err, &e) || e.Class != "TypeError" {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// TestLiveTranscode: what Python wrote at one protocol is the same in Python
// when Go has written it at another.
func TestLiveTranscode(t *testing.T) {
	python := pickletest.StartPython(t, reference)
	for _, c := range pickletest.Load(t, pickletest.Dir(t), "cpython3.13", "cpython2.7") {
		n, _ := c.Pickles()
		if n > 1 || len(c.Buffers) > 0 || strings.HasPrefix(c.Name, "batch_") || strings.HasPrefix(c.Name, "frame_") {
			continue
		}
		var v any
		if err := pickle.Unmarshal(c.Data, &v, pickle.Python2Strings(pickle.Python2Latin1)); err != nil {
			t.Fatal(err)
		}
		if _, err := python.Loads(c.Data, c.Protocol); err != nil {
			continue // a class that Python 3 does not have
		}
		for protocol := range pickle.HighestProtocol + 1 {
			text := protocol == 0 && strings.HasPrefix(c.Name, "pid_")          // there is nothing but text for an ID
			renamed := protocol < 3 && strings.HasPrefix(c.Name, "exception_i") // Python 2 has one class for two
			folded := protocol < 4 && strings.HasSuffix(c.Name, "_fold")        // as in Python
			unboxed := !hasAddresses && strings.HasSuffix(c.Name, "_shared")    // a value in a box is none of its own
			if protocol == c.Protocol || text || renamed || folded || unboxed {
				continue
			}
			data, err := pickle.Marshal(v, pickle.Protocol(protocol))
			if err != nil {
				t.Errorf("%s at protocol %d: %v", c.ID(), protocol, err)
				continue
			}
			if ok, err := python.Same(data, c.Data, 4); err != nil || !ok {
				t.Errorf("%s at protocol %d: %v\n %.300q", c.ID(), protocol, err, data)
			}
		}
	}
}

package pickle

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
)

func bigInt(s string) *big.Int {
	i, ok := new(big.Int).SetString(s, 0)
	if !ok {
		panic(s)
	}
	return i
}

// reprTests has what CPython 3.13 prints for the value of each expression.
var reprTests = []struct {
	python string
	value  any
	want   string
}{
	{`None`, nil, `None`},
	{`True`, true, `True`},
	{`False`, false, `False`},
	{`Ellipsis`, Ellipsis{}, `Ellipsis`},
	{`NotImplemented`, NotImplemented{}, `NotImplemented`},

	{`0`, int64(0), `0`},
	{`-9223372036854775808`, int64(math.MinInt64), `-9223372036854775808`},
	{`2**64`, bigInt("0x10000000000000000"), `18446744073709551616`},
	{`-10**20`, bigInt("-100000000000000000000"), `-100000000000000000000`},

	{`0.0`, 0.0, `0.0`},
	{`-0.0`, math.Copysign(0, -1), `-0.0`},
	{`1.0`, 1.0, `1.0`},
	{`0.1`, 0.1, `0.1`},
	{`100.0`, 100.0, `100.0`},
	{`1e15`, 1e15, `1000000000000000.0`},
	{`1e16`, 1e16, `1e+16`},
	{`9999999999999998.0`, 9999999999999998.0, `9999999999999998.0`},
	{`123456789012345680.0`, 123456789012345680.0, `1.2345678901234568e+17`},
	{`0.0001`, 0.0001, `0.0001`},
	{`0.00001`, 0.00001, `1e-05`},
	{`0.00012345`, 0.00012345, `0.00012345`},
	{`-1.5e-7`, -1.5e-7, `-1.5e-07`},
	{`5e-324`, 5e-324, `5e-324`},
	{`1.7976931348623157e308`, math.MaxFloat64, `1.7976931348623157e+308`},
	{`float('inf')`, math.Inf(1), `inf`},
	{`float('-inf')`, math.Inf(-1), `-inf`},
	{`float('nan')`, math.NaN(), `nan`},

	{`1j`, 1i, `1j`},
	{`complex(1, 2)`, 1 + 2i, `(1+2j)`},
	{`complex(1.5, -2.5)`, 1.5 - 2.5i, `(1.5-2.5j)`},
	{`complex(-0.0, -1)`, complex(math.Copysign(0, -1), -1), `(-0-1j)`},
	{`complex(0, -0.0)`, complex(0, math.Copysign(0, -1)), `-0j`},
	{`complex(1, 0)`, complex(1, 0), `(1+0j)`},
	{`complex(0, float('nan'))`, complex(0, math.NaN()), `nanj`},
	{`complex(float('nan'), float('nan'))`, complex(math.NaN(), math.NaN()), `(nan+nanj)`},
	{`complex(float('-inf'), float('inf'))`, complex(math.Inf(-1), math.Inf(1)), `(-inf+infj)`},
	{`complex(1e16, 1e-5)`, complex(1e16, 1e-5), `(1e+16+1e-05j)`},

	{`''`, "", `''`},
	{`'abc'`, "abc", `'abc'`},
	{`"it's"`, "it's", `"it's"`},
	{`'say "hi"'`, `say "hi"`, `'say "hi"'`},
	{`'it\'s "x"'`, `it's "x"`, `'it\'s "x"'`},
	{`'a\\b'`, `a\b`, `'a\\b'`},
	{`'\t\n\r\0\x1f\x7f'`, "\t\n\r\x00\x1f\x7f", `'\t\n\r\x00\x1f\x7f'`},
	{`'\x80\xa0\xad\xff'`, "\u0080\u00a0\u00ad\u00ff", `'\x80\xa0\xadÿ'`},
	{`'h\xe9llo \u20ac'`, "héllo €", `'héllo €'`},
	{`'\u200b\u2028\ufeff\ufffe'`, "\u200b\u2028\ufeff\ufffe", `'\u200b\u2028\ufeff\ufffe'`},
	{`'\ufffd'`, "\ufffd", `'�'`},
	{`'\U0001f600\U000e0001\U0010ffff'`, "\U0001f600\U000e0001\U0010ffff", `'😀\U000e0001\U0010ffff'`},
	{`'\ud800x\udfff'`, "\xed\xa0\x80x\xed\xbf\xbf", `'\ud800x\udfff'`},
	{`'\u2ffc\u31ef\U0002ebf0\U0002ee5d\U0002ee5e'`, "\u2ffc\u31ef\U0002ebf0\U0002ee5d\U0002ee5e", "'\u2ffc\u31ef\U0002ebf0\U0002ee5d" + `\U0002ee5e'`},

	{`b''`, []byte{}, `b''`},
	{`b'abc'`, []byte("abc"), `b'abc'`},
	{`b"it's"`, []byte("it's"), `b"it's"`},
	{`b'it\'s "x"'`, []byte(`it's "x"`), `b'it\'s "x"'`},
	{`b'\t\n\r\\\0\x7f\x80\xff'`, []byte("\t\n\r\\\x00\x7f\x80\xff"), `b'\t\n\r\\\x00\x7f\x80\xff'`},
	{`bytearray(b'')`, ByteArray{}, `bytearray(b'')`},
	{`bytearray(b'a\0')`, ByteArray("a\x00"), `bytearray(b'a\x00')`},
	{`bytearray(b"it's")`, ByteArray("it's"), `bytearray(b"it\'s")`},
	{`bytearray(b'"')`, ByteArray(`"`), `bytearray(b'"')`},

	{`[]`, []any{}, `[]`},
	{`[1, [2], 'x']`, []any{int64(1), []any{int64(2)}, "x"}, `[1, [2], 'x']`},
	{`()`, Tuple{}, `()`},
	{`(1,)`, Tuple{int64(1)}, `(1,)`},
	{`(1, 2)`, Tuple{int64(1), int64(2)}, `(1, 2)`},
	{`((),)`, Tuple{Tuple{}}, `((),)`},
	{`{}`, NewDict(), `{}`},
	{`{'a': 1, 2: [None]}`, NewDict("a", int64(1), int64(2), []any{nil}), `{'a': 1, 2: [None]}`},
	{`set()`, NewSet(), `set()`},
	{`{1}`, NewSet(int64(1)), `{1}`},
	{`frozenset()`, FrozenSet{}, `frozenset()`},
	{`frozenset({1})`, NewFrozenSet(int64(1)), `frozenset({1})`},
	{`range(0, 3)`, Range{0, 3, 1}, `range(0, 3)`},
	{`range(0, 3, 2)`, Range{0, 3, 2}, `range(0, 3, 2)`},
	{`slice(1, 2)`, Slice{int64(1), int64(2), nil}, `slice(1, 2, None)`},
	{`slice('a', [], ())`, Slice{"a", []any{}, Tuple{}}, `slice('a', [], ())`},
}

func TestRepr(t *testing.T) {
	for _, test := range reprTests {
		if got := Repr(test.value); got != test.want {
			t.Errorf("%s: Repr is %s, want %s", test.python, got, test.want)
		}
		if got := ReprIndent(test.value, "  "); got != test.want {
			t.Errorf("%s: ReprIndent is %s, want %s", test.python, got, test.want)
		}
	}
}

// What Python has no repr for, or another one.
func TestReprOwn(t *testing.T) {
	point := &Object{Class: Global{"shapes", "Point"}, Form: 1, State: NewDict("x", int64(1), "y", 2.5)}
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"ByteString", ByteString("caf\xe9'"), `"caf\xe9'"`},
		{"InvalidUTF8", "a\xff\xc0\x80\xed\xa0", `'a\xff\xc0\x80\xed\xa0'`},
		{"Global", Global{"builtins", "list"}, `builtins.list`},
		{"GlobalNested", Global{"a.b", "f.<locals>.C"}, `a.b.f.<locals>.C`},
		{"GlobalWithoutModule", Global{"", "f"}, `f`},
		{"GlobalNotAName", Global{"a", "b\x1b[2Jc"}, `'a.b\x1b[2Jc'`},
		{"GlobalLikeACall", Global{"a", "b('x')"}, `"a.b('x')"`},
		{"GlobalInvalid", Global{"a", "\xff"}, `'a.\xff'`},
		{"PersistentRef", PersistentRef{Tuple{"storage", int64(1)}}, `persistent_id(('storage', 1))`},
		{"Extension", Extension(7), `extension(7)`},
		{"Buffer", Buffer{Data: []byte("ab")}, `pickle.PickleBuffer(bytearray(b'ab'))`},
		{"BufferReadOnly", Buffer{[]byte("ab"), true}, `pickle.PickleBuffer(b'ab')`},
		{"ManyDigits", new(big.Int).Exp(big.NewInt(10), big.NewInt(4299), nil), "1" + strings.Repeat("0", 4299)},
		{"TooManyDigits", new(big.Int).Exp(big.NewInt(10), big.NewInt(4300), nil), "0x" + new(big.Int).Exp(big.NewInt(10), big.NewInt(4300), nil).Text(16)},
		{"TooManyDigitsNegative", new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 20000)), "-0x1" + strings.Repeat("0", 5000)},

		{"Object", point, `shapes.Point(x=1, y=2.5)`},
		{"ObjectBare", &Object{Class: Global{"a", "B"}}, `a.B()`},
		{"ObjectNil", (*Object)(nil), `None`},
		{"ObjectArgs", &Object{Class: Global{"decimal", "Decimal"}, Args: Tuple{"1.5"}}, `decimal.Decimal('1.5')`},
		{"ObjectKwargs", &Object{Class: Global{"a", "B"}, Args: Tuple{int64(1)}, Kwargs: NewDict("k", int64(2))}, `a.B(1, k=2)`},
		{"ObjectOddKwargs", &Object{Class: Global{"a", "B"}, Kwargs: NewDict("no name", int64(2))}, `a.B(**{'no name': 2})`},
		{"ObjectItems", &Object{Class: Global{"a", "L"}, Items: []any{int64(1), int64(2)}, State: NewDict("name", "x")}, `a.L([1, 2], name='x')`},
		{"ObjectAdds", &Object{Class: Global{"a", "S"}, Items: []any{int64(1)}, Adds: true}, `a.S({1})`},
		{"ObjectPairs", &Object{Class: Global{"collections", "OrderedDict"}, Pairs: []Pair{{"a", int64(1)}, {"a", nil}}}, `collections.OrderedDict({'a': 1, 'a': None})`},
		{"ObjectReconstructed", &Object{Class: Global{"a", "P"}, Form: 3, Base: Global{"builtins", "object"}, Args: Tuple{nil}, State: NewDict("x", nil)}, `a.P(x=None)`},
		{"ObjectReconstructedTuple", &Object{Class: Global{"a", "T"}, Form: 3, Base: Global{"builtins", "tuple"}, Args: Tuple{Tuple{int64(1)}}}, `a.T((1,))`},
		{"ObjectSlots", &Object{Class: Global{"a", "S"}, State: Tuple{nil, NewDict("x", int64(1))}}, `a.S(x=1)`},
		{"ObjectDictAndSlots", &Object{Class: Global{"a", "S"}, State: Tuple{NewDict("d", int64(1)), NewDict("s", int64(2))}}, `a.S(d=1, s=2)`},
		{"ObjectPlainState", &Object{Class: Global{"a", "S"}, State: map[string]any{"b": int64(1), "a": int64(2)}}, `a.S(a=2, b=1)`},
		{"ObjectTupleState", &Object{Class: Global{"a", "S"}, State: Tuple{int64(1), int64(2)}}, `a.S(state=(1, 2))`},
		{"ObjectNoneState", &Object{Class: Global{"a", "S"}, State: Tuple{nil, nil}}, `a.S(state=(None, None))`},
		{"ObjectListState", &Object{Class: Global{"a", "S"}, State: []any{}}, `a.S(state=[])`},
		{"ObjectOddState", &Object{Class: Global{"a", "S"}, State: NewDict(int64(1), int64(2))}, `a.S(state={1: 2})`},
		{"ObjectOddPlainState", &Object{Class: Global{"a", "S"}, State: map[string]any{"": int64(2)}}, `a.S(state={'': 2})`},
		{"ObjectStates", &Object{Class: Global{"a", "S"}, Earlier: []any{NewDict("a", int64(1)), "z"}, State: NewDict("größe", int64(2))}, `a.S(a=1, state='z', größe=2)`},
		{"ObjectSetter", &Object{Class: Global{"a", "S"}, Setter: Global{"a", "set"}, State: NewDict("a", int64(1))}, `a.S(setter=a.set, state={'a': 1})`},
		{"ObjectCallable", &Object{Callable: &Object{Class: Global{"builtins", "getattr"}, Args: Tuple{Global{"a", "B"}, "C"}}, Args: Tuple{int64(1)}}, `builtins.getattr(a.B, 'C')(1)`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Repr(test.value); got != test.want {
				t.Errorf("got  %.300s\nwant %.300s", got, test.want)
			}
		})
	}
}

func TestReprCycles(t *testing.T) {
	list := make([]any, 1)
	list[0] = list
	dict := NewDict()
	dict.Set("self", dict)
	inTuple := make([]any, 1)
	tuple := Tuple{inTuple}
	inTuple[0] = tuple
	object := &Object{Class: Global{"a", "Node"}}
	object.State = NewDict("next", object)
	inSet := &Object{Class: Global{"a", "N"}}
	set := NewSet(inSet)
	inSet.State = NewDict("s", set)
	inFrozen := &Object{Class: Global{"a", "N"}}
	frozen := NewFrozenSet(inFrozen)
	inFrozen.State = NewDict("s", frozen)
	called := new(Object)
	called.Callable = called
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"List", list, `[[...]]`},
		{"Dict", dict, `{'self': {...}}`},
		{"Tuple", tuple, `([(...)],)`},
		{"TupleInList", inTuple, `[([...],)]`},
		{"Object", object, `a.Node(next=a.Node(...))`},
		{"Set", set, `{a.N(s=set(...))}`},
		{"FrozenSet", frozen, `frozenset({a.N(s=frozenset(...))})`},
		{"Callable", called, `(...)()`},
		{"Twice", []any{tuple, tuple}, `[([(...)],), ([(...)],)]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Repr(test.value); got != test.want {
				t.Errorf("Repr is %s, want %s", got, test.want)
			}
			if got := ReprIndent(test.value, "\t"); got != test.want {
				t.Errorf("ReprIndent is %s, want %s", got, test.want)
			}
		})
	}
}

// nestedLists is a list in a list in a list ….
func nestedLists(depth int) []any {
	l := []any{}
	for range depth - 1 {
		l = []any{l}
	}
	return l
}

func TestReprDepth(t *testing.T) {
	for depth, want := range map[int]string{
		20:               strings.Repeat("[", 20) + strings.Repeat("]", 20),
		maxReprDepth:     strings.Repeat("[", maxReprDepth) + strings.Repeat("]", maxReprDepth),
		1000000:          strings.Repeat("[", maxReprDepth) + "..." + strings.Repeat("]", maxReprDepth),
		maxReprDepth + 1: strings.Repeat("[", maxReprDepth) + "..." + strings.Repeat("]", maxReprDepth),
	} {
		if got := Repr(nestedLists(depth)); got != want {
			t.Errorf("depth %d: %d bytes, want %d", depth, len(got), len(want))
		}
	}
	// In itself, far from the outermost: the path is long then.
	loop := make([]any, 1)
	var v any = loop
	for range 100 {
		v = []any{v}
	}
	loop[0] = v
	if got, want := Repr(v), strings.Repeat("[", 102)+"..."+strings.Repeat("]", 102); got != want {
		t.Errorf("loop: %s", got)
	}
	if got := ReprIndent(nestedLists(5000), ""); !strings.HasPrefix(got, "[\n[\n") || len(got) > 30000 {
		t.Errorf("ReprIndent of 5000 lists has %d bytes", len(got))
	}
}

// A list of a list twice, of a list twice …: 60 levels are 2^60 lists.
func TestReprBomb(t *testing.T) {
	l := []any{"x"}
	for range 60 {
		l = []any{l, l}
	}
	var s Slice // no identity
	for range 60 {
		s = Slice{s, s, s}
	}
	for name, v := range map[string]any{"List": l, "Slice": s, "Object": &Object{Items: []any{l}}} {
		const most = 1 << 20
		if got := reprAtMost(v, most); len(got) != most+3 || !strings.HasSuffix(got, "...") {
			t.Errorf("%s: %d bytes", name, len(got))
		}
		p := printer{most: most, indent: " "}
		p.pretty(v)
		if got := p.String(); len(got) != most+3 || !strings.HasSuffix(got, "...") {
			t.Errorf("%s: %d bytes indented", name, len(got))
		}
	}
	long := strings.Repeat("x", 1<<20)
	for _, v := range []any{slices.Repeat([]any{long}, 1000), strings.Repeat(long, 100)} {
		if got := Repr(v); len(got) != maxRepr+3 {
			t.Errorf("%d bytes", len(got))
		}
	}
}

func TestReprCut(t *testing.T) {
	long := strings.Repeat("é", 100)
	for most, want := range map[int]string{0: "...", 1: "'...", 2: "'...", 3: "'é...", 4: "'é...", 5: "'éé...", 300: "'" + long + "'"} {
		if got := reprAtMost(long, most); got != want {
			t.Errorf("at most %d: %s, want %s", most, got, want)
		}
	}
	huge := new(big.Int).Lsh(big.NewInt(1), 1<<20)
	for _, v := range []any{long, []byte(long), ByteArray(long), huge, []any{long, long}, NewDict(long, long), Tuple{long},
		NewSet(long), &Object{Class: Global{long, long}, State: NewDict("a", huge)}, Global{long, long}, []string{long, long},
		map[string]string{"a": long, "b": long}, map[string]struct{}{"a": {}, "b": {}}, struct{ X, Y []int }{[]int{1}, []int{2}}, time.Now(),
		instance(map[string]any{"a": "b", "c": "d"}), instance(NewDict("a", "b", "c", "d")),
		&Object{Class: Global{long, "x"}, Kwargs: NewDict("a", "b", "c", "d"), Items: []any{nil}, Pairs: []Pair{{1, 2}}, Earlier: []any{"a", "b"}, State: Tuple{nil, NewDict("x", "y", "z", "zz")}}} {
		full := Repr(v)
		for most := range 400 {
			got := reprAtMost(v, most)
			if cut, ok := strings.CutSuffix(got, "..."); len(got) > most+3 || ok && !strings.HasPrefix(full, cut) || !ok && got != full {
				t.Fatalf("%.30s: at most %d: %s", full, most, got)
			}
		}
	}
}

func TestReprIndent(t *testing.T) {
	record := func(n int64) *Dict {
		return NewDict("id", n, "name", "bolt", "price", 1.5, "tags", []any{"a"}, "parent", nil)
	}
	long := strings.Repeat("x", 70)
	v := NewDict("records", []any{record(1), record(2)},
		"tuple", Tuple{long},
		"set", NewSet(long, "y"), "frozen", NewFrozenSet(long),
		"object", &Object{Class: Global{"shapes", "Polygon"}, Args: Tuple{int64(1)}, State: NewDict("points", []any{long}, "closed", true)},
		Tuple{"key", long}, "text", "empty", []any{})
	const want = `{
    'records': [
        {'id': 1, 'name': 'bolt', 'price': 1.5, 'tags': ['a'], 'parent': None},
        {'id': 2, 'name': 'bolt', 'price': 1.5, 'tags': ['a'], 'parent': None},
    ],
    'tuple': (
        'LONG',
    ),
    'set': {
        'LONG',
        'y',
    },
    'frozen': frozenset({
        'LONG',
    }),
    'object': shapes.Polygon(
        1,
        points=[
            'LONG',
        ],
        closed=True,
    ),
    ('key', 'LONG'): 'text',
    'empty': [],
}`
	if got := strings.ReplaceAll(ReprIndent(v, "    "), long, "LONG"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// A line has room for 80 characters, whatever their bytes are.
	fits := []any{[]any{strings.Repeat("é", 73)}, strings.Repeat("é", 30)}
	if got, want := ReprIndent(fits, "  "), "[\n  ['"+strings.Repeat("é", 73)+"'],\n  '"+strings.Repeat("é", 30)+"',\n]"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := ReprIndent([]any{[]any{strings.Repeat("é", 74)}}, "  "); strings.Count(got, "\n") != 4 {
		t.Errorf("got\n%s", got)
	}
}

// Deep values must not be printed once for each level.
func TestReprIndentLinear(t *testing.T) {
	deep := func(v any) any {
		for range 2000 {
			v = []any{v}
		}
		return v
	}
	big1, long := new(big.Int).Lsh(big.NewInt(1), 1<<22), strings.Repeat("x", 1<<20)
	many := make(map[int]int)
	for i := range 20000 {
		many[i] = i
	}
	for _, v := range []any{big1, long, []byte(long), Global{long, long}, &Object{Class: Global{long, long}}, many} {
		if got := ReprIndent(deep(v), ""); len(got) < 6000 {
			t.Errorf("%d bytes", len(got))
		}
	}
}

func ExampleReprIndent() {
	v := []any{
		NewDict("name", "bolt", "price", 0.25, "sizes", Tuple{int64(3), int64(4), int64(5)}),
		&Object{Class: Global{"shop", "Customer"}, State: NewDict("name", "Ada", "orders", NewSet(int64(17)))},
	}
	fmt.Println(Repr(v[1]))
	fmt.Println(ReprIndent(v, "    "))
	// Output:
	// shop.Customer(name='Ada', orders={17})
	// [
	//     {'name': 'bolt', 'price': 0.25, 'sizes': (3, 4, 5)},
	//     shop.Customer(name='Ada', orders={17}),
	// ]
}

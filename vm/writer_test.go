package vm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// saver saves the values that testdata/writer.py describes, in the order in
// which CPython's pickler saves the objects.
type saver struct {
	w      *Writer
	shared map[string]uint32 // memo entries of the objects that Python has only once
}

func newSaver(w *Writer) *saver {
	w.ResetMemo()
	return &saver{w, map[string]uint32{}}
}

// once reports whether the object with this key was saved before, and refers
// to it if so.
func (s *saver) once(key string) bool {
	i, ok := s.shared[key]
	if ok {
		s.w.Get(i)
	}
	return ok
}

func (s *saver) save(v any) error {
	w := s.w
	w.Boundary()
	switch v := v.(type) {
	case nil:
		w.None()
	case bool:
		w.Bool(v)
	case int64:
		w.Int(v)
	case json.Number:
		n, err := v.Int64()
		w.Int(n)
		return err
	case string:
		return s.str(v)
	case []any:
		return s.list(v)
	case map[string]any:
		for kind, v := range v {
			return s.described(kind, v)
		}
	}
	return nil
}

func (s *saver) described(kind string, v any) error {
	w := s.w
	switch kind {
	case "int":
		x, _ := new(big.Int).SetString(v.(string), 0)
		return w.BigInt(x)
	case "pow":
		x := new(big.Int).Exp(bigArg(v, 1), bigArg(v, 2), nil)
		return w.BigInt(x.Add(x.Mul(x, bigArg(v, 0)), bigArg(v, 3)))
	case "float":
		f, err := strconv.ParseFloat(v.(string), 64)
		if math.IsNaN(f) {
			f = math.Float64frombits(0x7ff8 << 48) // Python's, where Go's differs in the last bit
		}
		w.Float(f)
		return err
	case "str", "strs":
		return s.str(string(hexArg(v)))
	case "bytes", "bytess":
		return s.bytes(hexArg(v))
	case "bytearray", "bytearrays":
		return s.byteArray(hexArg(v))
	case "tuple":
		return s.tuple(expand(v))
	case "dict":
		w.EmptyDict()
		w.Memoize()
		return s.pairs(BatchDict, expand(v))
	case "set", "frozenset":
		return s.set(kind, expand(v))
	case "deque":
		if err := s.reduce("collections", "deque"); err != nil {
			return err
		}
		return s.items(BatchListItems, expand(v))
	case "OrderedDict":
		if err := s.reduce("collections", "OrderedDict"); err != nil {
			return err
		}
		return s.pairs(BatchDictItems, expand(v))
	}
	return errors.New("no such kind: " + kind)
}

// str also makes the empty str and those of one Latin-1 character one object each.
func (s *saver) str(v string) error {
	if r := []rune(v); len(r) == 0 || len(r) == 1 && r[0] <= 0xff {
		key := "str " + v
		if s.once(key) {
			return nil
		}
		err := s.w.String(v)
		s.shared[key] = s.w.Memoize()
		return err
	}
	err := s.w.String(v)
	s.w.Memoize()
	return err
}

// bytes also makes the empty bytes and those of one byte one object each.
func (s *saver) bytes(b []byte) error {
	if len(b) > 1 {
		return s.newBytes(b)
	}
	key := "bytes " + string(b)
	if s.once(key) {
		return nil
	}
	err := s.newBytes(b)
	s.shared[key] = uint32(s.w.MemoLen() - 1)
	return err
}

func (s *saver) newBytes(b []byte) error {
	var err error
	if s.w.Protocol() >= 3 {
		err = s.w.Bytes(b)
	} else if len(b) == 0 {
		err = s.call("builtins", "bytes")
	} else {
		latin1 := make([]rune, len(b))
		for i, c := range b {
			latin1[i] = rune(c)
		}
		err = s.call("_codecs", "encode", string(latin1), "latin1")
	}
	s.w.Memoize()
	return err
}

func (s *saver) byteArray(b []byte) error {
	switch {
	case s.w.Protocol() >= 5:
		s.w.ByteArray(b)
	case len(b) == 0:
		return s.reduce("builtins", "bytearray")
	default:
		return s.reduce("builtins", "bytearray", b)
	}
	s.w.Memoize()
	return nil
}

// reduce saves what calling a global makes.
func (s *saver) reduce(module, name string, args ...any) error {
	err := s.call(module, name, args...)
	s.w.Memoize()
	return err
}

func (s *saver) call(module, name string, args ...any) error {
	if err := s.global(module, name); err != nil {
		return err
	}
	s.w.Boundary()
	if err := s.tuple(args); err != nil {
		return err
	}
	s.w.Op(OpReduce)
	return nil
}

func (s *saver) global(module, name string) (err error) {
	s.w.Boundary()
	key := "global " + module + "." + name
	if s.once(key) {
		return nil
	}
	if s.w.Protocol() >= 4 {
		for _, v := range []string{module, name} {
			s.w.Boundary()
			err = errors.Join(err, s.w.String(v))
			s.w.Memoize()
		}
		s.w.Op(OpStackGlobal)
	} else {
		if s.w.Protocol() < 3 && module == "builtins" {
			module = "__builtin__"
		}
		err = s.w.GlobalText(module, name)
	}
	s.shared[key] = s.w.Memoize()
	return err
}

func (s *saver) tuple(items []any) error {
	n := len(items)
	if n == 0 {
		s.w.EmptyTuple()
		return nil
	}
	s.w.BeginTuple(n)
	for _, v := range items {
		if err := s.any(v); err != nil {
			return err
		}
	}
	s.w.EndTuple(n)
	s.w.Memoize()
	return nil
}

// any saves a described value, or one of the arguments of reduce.
func (s *saver) any(v any) error {
	switch v := v.(type) {
	case []byte:
		s.w.Boundary()
		return s.newBytes(v)
	case string:
		s.w.Boundary()
		if v == "latin1" { // a constant of the interpreter
			if s.once(v) {
				return nil
			}
			err := s.w.String(v)
			s.shared[v] = s.w.Memoize()
			return err
		}
		return s.str(v)
	}
	return s.save(v)
}

func (s *saver) list(v []any) error {
	s.w.EmptyList()
	s.w.Memoize()
	return s.items(BatchList, expand(v))
}

func (s *saver) set(kind string, items []any) error {
	w := s.w
	if w.Protocol() < 4 {
		return s.reduce("builtins", kind, items)
	}
	if kind == "set" {
		w.Op(OpEmptySet)
		w.Memoize()
		return s.items(BatchSet, items)
	}
	w.Op(OpMark)
	for _, v := range items {
		if err := s.save(v); err != nil {
			return err
		}
	}
	w.Op(OpFrozenSet)
	w.Memoize()
	return nil
}

func (s *saver) items(kind BatchKind, items []any) error {
	b := s.w.Batch(kind, len(items))
	for _, v := range items {
		b.Next()
		if err := s.save(v); err != nil {
			return err
		}
	}
	b.End()
	return nil
}

func (s *saver) pairs(kind BatchKind, flat []any) error {
	b := s.w.Batch(kind, len(flat)/2)
	for i := 0; i < len(flat); i += 2 {
		b.Next()
		if err := errors.Join(s.save(flat[i]), s.save(flat[i+1])); err != nil {
			return err
		}
	}
	b.End()
	return nil
}

func intArg(v any, i int) int {
	n, _ := v.([]any)[i].(json.Number).Int64()
	return int(n)
}

func bigArg(v any, i int) *big.Int { return big.NewInt(int64(intArg(v, i))) }

// hexArg is the payload of a description: hexadecimal, or a count and that.
func hexArg(v any) []byte {
	if text, ok := v.(string); ok {
		b, _ := hex.DecodeString(text)
		return b
	}
	return bytes.Repeat(hexArg(v.([]any)[1]), intArg(v, 0))
}

// expand returns the items of a container, with what stands for several of them
// replaced by those.
func expand(v any) []any {
	var items []any
	for _, item := range v.([]any) {
		described, _ := item.(map[string]any)
		if arg, ok := described["repeat"]; ok {
			items = append(items, slices.Repeat([]any{arg.([]any)[1]}, intArg(arg, 0))...)
		} else if arg, ok := described["range"]; ok {
			for i := intArg(arg, 0); i < intArg(arg, 1); i++ {
				items = append(items, int64(i))
			}
		} else if arg, ok := described["lengths"]; ok {
			seed := int64(intArg(arg, 1))
			for range intArg(arg, 2) {
				seed = (seed*1103515245 + 12345) % (1 << 31)
				n := json.Number(strconv.FormatInt((seed>>8)%int64(intArg(arg, 3)), 10))
				items = append(items, map[string]any{arg.([]any)[0].(string): []any{n, "61"}})
			}
		} else {
			items = append(items, item)
		}
	}
	return items
}

// summary is how writer.json gives a pickle.
func summary(p []byte) string {
	if len(p) <= 12 {
		return hex.EncodeToString(p)
	}
	sum := sha256.Sum256(p)
	return fmt.Sprintf("%d:%x", len(p), sum[:4])
}

// TestWriter compares the Writer with CPython 3.13, for which see
// testdata/writer.py.
func TestWriter(t *testing.T) {
	data, err := os.ReadFile("testdata/writer.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases [][2]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	var w Writer
	for i, c := range cases {
		for proto, want := range c[1].([]any) {
			if want == "" {
				continue // an int of too many digits for CPython
			}
			w.Reset(w.Release()[:0], proto)
			w.Start()
			if err := newSaver(&w).save(c[0]); err != nil {
				t.Errorf("testdata/writer.json:%d: protocol %d: %v", i+2, proto, err)
				continue
			}
			w.Finish()
			if got := summary(w.AppendTo(nil)); got != want {
				t.Errorf("testdata/writer.json:%d: protocol %d: %.80v: got %s, want %s", i+2, proto, c[0], got, want)
			}
		}
	}
}

// written returns the pickle that f writes. The memo is empty to begin with.
func written(proto int, f func(w *Writer)) string {
	var w Writer
	w.Reset(nil, proto)
	w.Start()
	f(&w)
	w.Finish()
	return string(w.Output())
}

// TestWriterPython2 has what Python 2.7's cPickle writes, but for the memo.
func TestWriterPython2(t *testing.T) {
	tests := []struct{ s, text, binary string }{
		{"", "S''\n.", "U\x00."},
		{"a'b", "S\"a'b\"\n.", "U\x03a'b."},
		{`a"b`, "S'a\"b'\n.", "U\x03a\"b."},
		{`a'"b`, "S'a\\'\"b'\n.", "U\x04a'\"b."},
		{"\\\t\n\r\x00\x1f ~\x7f\x80\xff", `S'\\\t\n\r\x00\x1f ~\x7f\x80\xff'` + "\n.", "U\x0b\\\t\n\r\x00\x1f ~\x7f\x80\xff."},
		{strings.Repeat("a", 255), "S'" + strings.Repeat("a", 255) + "'\n.", "U\xff" + strings.Repeat("a", 255) + "."},
		{strings.Repeat("a", 256), "S'" + strings.Repeat("a", 256) + "'\n.", "T\x00\x01\x00\x00" + strings.Repeat("a", 256) + "."},
		{strings.Repeat("a", 65536), "S'" + strings.Repeat("a", 65536) + "'\n.", "T\x00\x00\x01\x00" + strings.Repeat("a", 65536) + "."},
	}
	for _, test := range tests {
		for proto, want := range []string{test.text, test.binary, "\x80\x02" + test.binary} {
			got := written(proto, func(w *Writer) {
				if err := w.ByteString(test.s); err != nil {
					t.Error(err)
				}
			})
			if got != want {
				t.Errorf("protocol %d: %.20q: got %.40q, want %.40q", proto, test.s, got, want)
			}
		}
	}
}

// TestWriterRecursiveTuple saves t = ([t], 0, 1, …), of n items.
func TestWriterRecursiveTuple(t *testing.T) {
	tests := []struct {
		n, proto int
		want     string
	}{
		{1, 0, "((lp0\n(g0\ntp1\na00g1\n."},
		{1, 1, "(]q\x00(h\x00tq\x01a1h\x01."},
		{1, 2, "\x80\x02]q\x00h\x00\x85q\x01a0h\x01."},
		{1, 4, "\x80\x04\x95\v\x00\x00\x00\x00\x00\x00\x00]\x94h\x00\x85\x94a0h\x01."},
		{3, 0, "((lp0\n(g0\nI0\nI1\ntp1\naI0\nI1\n0000g1\n."},
		{3, 1, "(]q\x00(h\x00K\x00K\x01tq\x01aK\x00K\x011h\x01."},
		{3, 2, "\x80\x02]q\x00h\x00K\x00K\x01\x87q\x01aK\x00K\x01000h\x01."},
		{4, 0, "((lp0\n(g0\nI0\nI1\nI2\ntp1\naI0\nI1\nI2\n00000g1\n."},
		{4, 2, "\x80\x02(]q\x00(h\x00K\x00K\x01K\x02tq\x01aK\x00K\x01K\x021h\x01."},
		{4, 4, "\x80\x04\x95\x19\x00\x00\x00\x00\x00\x00\x00(]\x94(h\x00K\x00K\x01K\x02t\x94aK\x00K\x01K\x021h\x01."},
	}
	for _, test := range tests {
		got := written(test.proto, func(w *Writer) {
			ints := func() {
				for i := range test.n - 1 {
					w.Int(int64(i))
				}
			}
			w.BeginTuple(test.n)
			w.EmptyList()
			list := w.Memoize()
			b := w.Batch(BatchList, 1)
			b.Next()
			w.BeginTuple(test.n)
			w.Get(list)
			ints()
			w.EndTuple(test.n)
			tuple := w.Memoize()
			b.End()
			ints()
			w.DropTuple(test.n)
			w.Get(tuple)
		})
		if got != test.want {
			t.Errorf("%d items, protocol %d: got %q, want %q", test.n, test.proto, got, test.want)
		}
	}
}

// TestWriterMemo pickles ['xx'] and ['xx', 'yy'] with one memo.
func TestWriterMemo(t *testing.T) {
	for proto, want := range map[int]string{
		0: "(lp0\nVxx\np1\na.(lp2\ng1\naVyy\np3\na.",
		1: "]q\x00X\x02\x00\x00\x00xxq\x01a.]q\x02(h\x01X\x02\x00\x00\x00yyq\x03e.",
		4: "\x80\x04\x95\t\x00\x00\x00\x00\x00\x00\x00]\x94\x8c\x02xx\x94a.\x80\x04\x95\f\x00\x00\x00\x00\x00\x00\x00]\x94(h\x01\x8c\x02yy\x94e.",
	} {
		var w Writer
		w.Reset(nil, proto)
		list := func(n int) Batch {
			w.Start()
			w.EmptyList()
			w.Memoize()
			return w.Batch(BatchList, n)
		}
		b := list(1)
		b.Next()
		err := w.String("xx")
		x := w.Memoize()
		b.End()
		w.Finish()
		first := w.AppendTo(nil)

		w.Reset(w.Release()[:0], proto)
		b = list(2)
		b.Next()
		w.Get(x)
		b.Next()
		err = errors.Join(err, w.String("yy"))
		w.Memoize()
		b.End()
		w.Finish()
		if got := string(w.AppendTo(first)); got != want || err != nil {
			t.Errorf("protocol %d: got %q, %v, want %q", proto, got, err, want)
		}
		if n := w.MemoLen(); n != 4 {
			t.Errorf("protocol %d: %d entries in the memo, want 4", proto, n)
		}
		w.ResetMemo()
		if i := w.Memoize(); i != 0 {
			t.Errorf("protocol %d: first index %d after ResetMemo", proto, i)
		}
	}
}

// TestWriterNoMemo pickles [('aa', 1)].
func TestWriterNoMemo(t *testing.T) {
	for proto, want := range map[int]string{
		2: "\x80\x02]X\x02\x00\x00\x00aaK\x01\x86a.",
		5: "\x80\x05\x95\n\x00\x00\x00\x00\x00\x00\x00]\x8c\x02aaK\x01\x86a.",
	} {
		got := written(proto, func(w *Writer) {
			w.NoMemo(true)
			if err := newSaver(w).save([]any{map[string]any{"tuple": []any{"aa", int64(1)}}}); err != nil {
				t.Error(err)
			}
			if w.MemoLen() != 0 {
				t.Error("the memo is not empty")
			}
		})
		if got != want {
			t.Errorf("protocol %d: got %q, want %q", proto, got, want)
		}
	}
}

func TestWriterLines(t *testing.T) {
	tests := []struct {
		name  string
		proto int
		write func(w *Writer) error
		want  string
		err   error
	}{
		{"Global", 0, func(w *Writer) error { return w.GlobalText("a.b", "C d\r") }, "ca.b\nC d\r\n.", nil},
		{"Global/NotASCII", 2, func(w *Writer) error { return w.GlobalText("m", "É") }, "", errNotASCII},
		{"Global/UTF8", 3, func(w *Writer) error { return w.GlobalText("m", "É") }, "\x80\x03cm\n\xc3\x89\n.", nil},
		{"Global/Surrogate", 3, func(w *Writer) error { return w.GlobalText("m", "\xed\xa0\x80") }, "", errNotText},
		{"Global/NoModule", 3, func(w *Writer) error { return w.GlobalText("", "C") }, "", errEmptyName},
		{"Global/NoName", 0, func(w *Writer) error { return w.GlobalText("m", "") }, "", errEmptyName},
		{"Global/Newline", 0, func(w *Writer) error { return w.GlobalText("m", "C\n") }, "", errNewline},
		{"PersID", 0, func(w *Writer) error { return w.PersID("a b\r") }, "Pa b\r\n.", nil},
		{"PersID/Empty", 0, func(w *Writer) error { return w.PersID("") }, "P\n.", nil},
		{"PersID/NotASCII", 0, func(w *Writer) error { return w.PersID("é") }, "", errNotASCII},
		{"PersID/Newline", 0, func(w *Writer) error { return w.PersID("a\nb") }, "", errNewline},
		{"String/Invalid", 4, func(w *Writer) error { return w.String("a\xff") }, "", errNotText},
		{"String/InvalidText", 0, func(w *Writer) error { return w.String("\xed\xa0") }, "", errNotText},
		{"String/Overlong", 2, func(w *Writer) error { return w.String("\xc0\x80") }, "", errNotText},
		{"Ext/1", 2, func(w *Writer) error { return w.Ext(255) }, "\x80\x02\x82\xff.", nil},
		{"Ext/2", 2, func(w *Writer) error { return w.Ext(256) }, "\x80\x02\x83\x00\x01.", nil},
		{"Ext/2Max", 2, func(w *Writer) error { return w.Ext(65535) }, "\x80\x02\x83\xff\xff.", nil},
		{"Ext/4", 2, func(w *Writer) error { return w.Ext(math.MaxInt32) }, "\x80\x02\x84\xff\xff\xff\x7f.", nil},
		{"Ext/Zero", 2, func(w *Writer) error { return w.Ext(0) }, "", errExtension},
		{"Ext/Negative", 2, func(w *Writer) error { return w.Ext(-1) }, "", errExtension},
		{"Buffer", 5, func(w *Writer) error { w.NextBuffer(false); w.NextBuffer(true); return nil },
			"\x80\x05\x95\x04\x00\x00\x00\x00\x00\x00\x00\x97\x97\x98.", nil},
		{"Raw", 4, func(w *Writer) error { w.Raw([]byte("\x8c\x01a")); w.Memoize(); return nil },
			"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94.", nil},
		{"Uint", 1, func(w *Writer) error { w.Uint(math.MaxUint64); return nil }, "L18446744073709551615L\n.", nil},
		{"Uint/Bin", 2, func(w *Writer) error { w.Uint(math.MaxUint64); w.Uint(1); return nil },
			"\x80\x02\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x00K\x01.", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var err error
			got := written(test.proto, func(w *Writer) { err = test.write(w) })
			if err != test.err || err == nil && got != test.want {
				t.Errorf("got %q, %v, want %q, %v", got, err, test.want, test.err)
			}
		})
	}
}

// TestWriterLongText checks the ints that CPython can read as text only in
// hexadecimal.
func TestWriterLongText(t *testing.T) {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(4300), nil)
	for _, x := range []*big.Int{limit, new(big.Int).Neg(limit), new(big.Int).Lsh(limit, 20000)} {
		for proto := range 2 {
			got := written(proto, func(w *Writer) {
				if err := w.BigInt(x); err != nil {
					t.Error(err)
				}
			})
			text := strings.TrimSuffix(strings.TrimPrefix(got, "L"), "L\n.")
			if y, ok := new(big.Int).SetString(text, 0); !ok || y.Cmp(x) != 0 || !strings.Contains(text, "0x") {
				t.Errorf("protocol %d: got %.20q", proto, got)
			}
		}
	}
}

// TestWriterOutput takes one pickle in every way.
func TestWriterOutput(t *testing.T) {
	data := bytes.Repeat([]byte("b"), 70000)
	text := strings.Repeat("é", 40000)
	write := func(w *Writer, dst []byte) {
		w.Reset(dst, 5)
		w.ResetMemo()
		w.Start()
		w.BeginTuple(3)
		err := errors.Join(w.Bytes(data), w.String(text))
		w.ByteArray(data)
		w.EndTuple(3)
		w.Finish()
		if err != nil {
			t.Fatal(err)
		}
	}
	want := "\x80\x05B\x70\x11\x01\x00" + string(data) + "X\x80\x38\x01\x00" + text +
		"\x96\x70\x11\x01\x00\x00\x00\x00\x00" + string(data) + "\x87."
	var w Writer
	write(&w, nil)
	if n := w.Len(); n != len(want) {
		t.Errorf("Len() = %d, want %d", n, len(want))
	}
	check := func(name, got, want string) {
		if got != want {
			t.Errorf("%s: got %d bytes %.20q, want %d bytes %.20q", name, len(got), got, len(want), want)
		}
	}
	joined := w.AppendTo(nil)
	check("AppendTo(nil)", string(joined), want)
	if cap(joined) != len(joined) {
		t.Errorf("AppendTo(nil): capacity %d for %d bytes", cap(joined), len(joined))
	}
	check("AppendTo", string(w.AppendTo([]byte("before"))), "before"+want)
	var buf bytes.Buffer
	n, err := w.WriteTo(&buf)
	check("WriteTo", buf.String(), want)
	if n != int64(len(want)) || err != nil {
		t.Errorf("WriteTo: %d, %v", n, err)
	}
	check("Output", string(w.Output()), want)
	check("Output again", string(w.Output()), want)

	for _, capacity := range []int{6, 100, 300000} {
		write(&w, append(make([]byte, 0, capacity), "before"...))
		check("WriteTo after other bytes", func() string { buf.Reset(); w.WriteTo(&buf); return buf.String() }(), want)
		check("Output after other bytes", string(w.Output()), "before"+want)
		check("AppendTo after Output", string(w.AppendTo(nil)), want)
	}
}

// TestWriterBroken writes to a writer that fails after some bytes.
func TestWriterBroken(t *testing.T) {
	var w Writer
	w.Reset(nil, 5)
	w.Start()
	if err := errors.Join(w.Bytes(make([]byte, 70000)), w.String(strings.Repeat("a", 70000))); err != nil {
		t.Fatal(err)
	}
	w.Finish()
	for limit := range 7 {
		n, err := w.WriteTo(&brokenWriter{limit})
		if limit < 5 && err != io.ErrClosedPipe || limit >= 5 && err != nil {
			t.Errorf("%d writes: %d, %v", limit, n, err)
		}
	}
}

type brokenWriter struct{ writes int }

func (b *brokenWriter) Write(p []byte) (int, error) {
	if b.writes--; b.writes < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

// TestBatchMiscounted adds more or fewer items than announced: the bytes differ
// from CPython's, but every mark has its end.
func TestBatchMiscounted(t *testing.T) {
	for _, kind := range []BatchKind{BatchList, BatchDict, BatchSet, BatchListItems, BatchDictItems} {
		for _, announced := range []int{0, 1, 2, 1000, 1001} {
			for _, added := range []int{0, 1, 2, 999, 1000, 1001, 2001} {
				got := written(2, func(w *Writer) {
					b := w.Batch(kind, announced)
					for range added {
						b.Next()
						w.None()
					}
					b.End()
				})
				items, marks, single, open := 0, 0, 0, false
				for _, c := range []byte(got[2 : len(got)-1]) {
					switch Opcode(c) {
					case OpNone:
						items++
					case OpMark:
						marks++
						open = true
					case OpAppends, OpSetItems, OpAddItems:
						marks--
						open = false
					case OpAppend, OpSetItem:
						single++
						if open {
							t.Errorf("kind %d: %s inside a batch", kind, Opcode(c))
						}
					}
				}
				if items != added || marks != 0 || open || single > 1 {
					t.Errorf("kind %d, %d announced, %d added: %d items, %d marks left, %d single", kind, announced, added, items, marks, single)
				}
			}
		}
	}
}

func TestWriterAllocs(t *testing.T) {
	var w Writer
	big := new(big.Int).Lsh(big.NewInt(-3), 100)
	large := make([]byte, 70000)
	for proto := range 6 {
		allocs := testing.AllocsPerRun(10, func() {
			w.Reset(w.Release()[:0], proto)
			w.ResetMemo()
			w.Start()
			w.EmptyDict()
			w.Memoize()
			b := w.Batch(BatchDict, 10)
			for i := range 10 {
				b.Next()
				w.Boundary()
				_ = w.String("temperature\ud7ff\\")
				w.Memoize()
				w.Boundary()
				w.Int(int64(i) << (7 * i))
				w.Float(1.5)
				_ = w.Bytes(large)
				_ = w.String("\xed\xa0\x80")
			}
			b.End()
			_ = w.GlobalText("module", "name")
			if proto >= 2 {
				_ = w.BigInt(big)
			}
			w.Finish()
		})
		if allocs != 0 {
			t.Errorf("protocol %d: %v allocations", proto, allocs)
		}
	}
}

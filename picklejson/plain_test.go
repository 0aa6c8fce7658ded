package picklejson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/picklejson"
)

// TestPlain has the rules of the package documentation.
func TestPlain(t *testing.T) {
	object := func(o pickle.Object) *pickle.Object {
		o.Class = pickle.Global{Module: "m", Name: "C"}
		return &o
	}
	long := strings.Repeat("x", 100)
	cet := time.FixedZone("", 2*60*60)
	for _, tt := range []struct {
		v    any
		want string
		opts []picklejson.Option
	}{
		{v: []any{nil, true, false, int64(-1), 1.0, 1e300, math.Copysign(0, -1), "é\n\"\u007f"}, want: `[null,true,false,-1,1.0,1e+300,-0.0,"é\n\"\u007f"]`},
		{v: new(big.Int).Lsh(big.NewInt(1), 64), want: `18446744073709551616`},
		{v: []any{math.NaN(), math.Inf(1), math.Inf(-1)}, want: `[null,null,null]`},
		{v: []any{math.NaN(), math.Inf(1), math.Inf(-1)}, want: `["nan","inf","-inf"]`, opts: []picklejson.Option{picklejson.NonFinite(picklejson.NonFiniteString)}},
		{v: []any{[]byte("ab\xff"), pickle.ByteArray("ab"), pickle.Buffer{}}, want: `["YWL/","YWI=",""]`},
		{v: []any{[]byte("ab\xff"), pickle.ByteArray("ab"), pickle.Buffer{}}, want: `["YWL/","ab",""]`, opts: []picklejson.Option{picklejson.Bytes(picklejson.BytesText)}},
		{v: []any{pickle.ByteString("caf\xe9"), pickle.ByteString("café"), "\xff", "\xed\xa0\x80"}, want: `["café","café","ÿ","\ud800"]`},
		{v: pickle.Tuple{pickle.NewSet(int64(1)), pickle.NewFrozenSet("a"), []any{}, pickle.NewDict()}, want: `[[1],["a"],[],{}]`},
		{v: pickle.NewDict("b", int64(1), "a", int64(2)), want: `{"b":1,"a":2}`},
		{v: pickle.NewDict(int64(1), 1.5, 2.5, nil, nil, "n", false, "f", pickle.Tuple{int64(1), "a"}, "t", pickle.ByteString("s"), "s", math.Inf(1), "i"),
			want: `{"1":1.5,"2.5":null,"null":"n","false":"f","(1, 'a')":"t","s":"s","inf":"i"}`},
		{v: pickle.NewDict(pickle.Date{Year: 2024, Month: 5, Day: 1}, int64(1)), want: `{"2024-05-01":1}`},
		{v: []any{time.Date(2024, 5, 1, 9, 30, 0, 0, pickle.Naive), time.Date(2024, 5, 1, 9, 30, 0, 1000, time.UTC), cet}, want: `["2024-05-01T09:30:00","2024-05-01T09:30:00.000001+00:00","UTC+02:00"]`},
		{v: []any{-time.Microsecond, 49 * time.Hour}, want: `["-1 day, 23:59:59.999999","2 days, 1:00:00"]`},
		{v: []any{big.NewRat(1, 3), 2 + 1i, pickle.Range{Stop: 3, Step: 1}, pickle.Global{Module: "m", Name: "f"}, pickle.Extension(1)}, want: `["1/3","(2+1j)","range(0, 3)","m.f","extension(1)"]`},
		{v: pickle.PersistentRef{ID: pickle.Tuple{"a", int64(1)}}, want: `["a",1]`},
		{v: pickle.NewOrderedDict("b", int64(1)), want: `{"b":1}`},
		{v: pickle.ArrayOf([]float64{0, math.Inf(1)}), want: `[0.0,null]`},
		{v: object(pickle.Object{State: pickle.NewDict("a", int64(1))}), want: `{"a":1}`},
		{v: object(pickle.Object{State: pickle.NewDict("a", int64(1))}), want: `{"class":"m.C","a":1}`, opts: []picklejson.Option{picklejson.ClassKey("class")}},
		{v: object(pickle.Object{State: pickle.Tuple{nil, pickle.NewDict("a", int64(1))}}), want: `{"a":1}`},
		{v: object(pickle.Object{Earlier: []any{pickle.NewDict("a", int64(1), "b", int64(2))}, State: pickle.NewDict("a", int64(3))}), want: `{"a":3,"b":2}`},
		{v: object(pickle.Object{Args: pickle.Tuple{int64(5)}}), want: `5`},
		{v: object(pickle.Object{Args: pickle.Tuple{int64(5), "x"}}), want: `[5,"x"]`},
		{v: object(pickle.Object{Items: []any{int64(5)}}), want: `[5]`},
		{v: object(pickle.Object{Pairs: []pickle.Pair{{Key: "a", Value: int64(1)}, {Key: "b"}, {Key: "a", Value: int64(2)}}}), want: `{"a":2,"b":null}`},
		{v: object(pickle.Object{Args: pickle.Tuple{int64(5)}, Items: []any{true}, State: int64(7)}), want: `{"__args__":[5],"__items__":[true],"__state__":7}`},
		{v: object(pickle.Object{}), want: `{}`},
		{v: []any{long, long}, want: `["` + long + `","` + long + `"]`},
		{v: []any{[]any{int64(1)}, pickle.NewDict("a", []any{})}, want: "[\n [\n  1\n ],\n {\n  \"a\": []\n }\n]", opts: []picklejson.Option{picklejson.Indent(" ")}},
	} {
		got, err := picklejson.AppendPlain(nil, tt.v, tt.opts...)
		if err != nil || string(got) != tt.want {
			t.Errorf("%v:\n got  %s, %v\n want %s", pickle.Repr(tt.v), got, err, tt.want)
		}
	}
}

// TestPlainErrors: what plain JSON has no form for, and what would be too much.
func TestPlainErrors(t *testing.T) {
	cycle := []any{nil}
	cycle[0] = pickle.NewDict("a", cycle)
	bomb := any("x")
	for range 64 {
		bomb = []any{bomb, bomb}
	}
	long := strings.Repeat("x", 1000)
	longs := make([]any, 200)
	for i := range longs {
		longs[i] = long
	}
	deep := any(nil)
	for range 100_001 {
		deep = []any{deep}
	}
	key := pickle.NewDict(pickle.Tuple{long}, nil)
	for name, tt := range map[string]struct {
		v    any
		opts []picklejson.Option
		is   error
		want string
	}{
		"cycle":     {v: cycle, is: pickle.ErrCycle, want: `pickle: cannot encode []interface {} at [0]["a"]: the value contains itself`},
		"bomb":      {v: bomb, opts: []picklejson.Option{picklejson.MaxExpansion(1 << 20)}, want: "expansion of shared values exceeds the limit of 1048576"},
		"strings":   {v: longs, opts: []picklejson.Option{picklejson.MaxExpansion(100_000)}, want: "at [100]: pickle: expansion of shared values exceeds the limit of 100000"},
		"keys":      {v: []any{key, key}, opts: []picklejson.Option{picklejson.MaxExpansion(1500)}, want: "expansion of shared values"},
		"depth":     {v: deep, want: "depth exceeds the limit of 100000"},
		"names":     {v: pickle.NewDict(int64(1), nil, "1", nil), want: `at ["1"]: two keys are one name in JSON`},
		"class key": {v: &pickle.Object{State: pickle.NewDict("c", nil)}, opts: []picklejson.Option{picklejson.ClassKey("c")}, want: "two keys are one name"},
		"type":      {v: []any{make(chan int)}, want: "cannot encode chan int at [0]: plain JSON has no form for the type"},
	} {
		dst := []byte("before")
		got, err := picklejson.AppendPlain(dst, tt.v, tt.opts...)
		var e *pickle.MarshalError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) || string(got) != "before" {
			t.Errorf("%s: %.20q, %v; want %s", name, got, err, tt.want)
		}
	}
	if _, err := picklejson.AppendPlain(nil, longs, picklejson.MaxExpansion(199*1003)); err != nil {
		t.Error("just so much:", err)
	}
}

type failing struct{ after int }

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

// TestWriters: the output comes in pieces, and their errors come back.
func TestWriters(t *testing.T) {
	big := make([]any, 100_000)
	for i := range big {
		big[i] = int64(i)
	}
	big[7] = bytes.Repeat([]byte{1}, 1<<20)
	for name, write := range map[string]func(w io.Writer) error{
		"plain":    func(w io.Writer) error { return picklejson.Plain(w, big) },
		"lossless": func(w io.Writer) error { return picklejson.Write(w, big) },
	} {
		if err := write(&failing{after: 100_000}); err != io.ErrClosedPipe {
			t.Errorf("%s: %v", name, err)
		}
		most := 0
		var all bytes.Buffer
		err := write(writerFunc(func(p []byte) (int, error) {
			most = max(most, len(p))
			return all.Write(p)
		}))
		if err != nil || most > 100_000 || !json.Valid(all.Bytes()) {
			t.Errorf("%s: %v, pieces of up to %d bytes", name, err, most)
		}
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestPlainGoldens: each golden but those with cycles has a plain form that is
// JSON, the same each time.
func TestPlainGoldens(t *testing.T) {
	for _, c := range pickletest.Load(t, pickletest.Dir(t)) {
		if n, _ := c.Pickles(); n > 1 || len(c.Buffers) > 0 {
			continue
		}
		var text [2][]byte
		for i := range text {
			var v any
			err := pickle.Unmarshal(c.Data, &v, pickle.Python2Strings(pickle.Python2ByteString))
			if err != nil {
				t.Fatal(c.ID(), err)
			}
			text[i], err = picklejson.AppendPlain(nil, v)
			cyclic := strings.Contains(c.Name, "cycle") || c.Name == "std_configparser" || c.Impl == "pypy3" && c.Name == "std_attrgetter"
			switch {
			case err != nil && !(cyclic && errors.Is(err, pickle.ErrCycle)):
				t.Errorf("%s: %v", c.ID(), err)
			case err == nil && !json.Valid(text[i]):
				t.Errorf("%s: %.300s", c.ID(), text[i])
			}
		}
		if !bytes.Equal(text[0], text[1]) {
			t.Errorf("%s:\n%.300s\n%.300s", c.ID(), text[0], text[1])
		}
	}
}

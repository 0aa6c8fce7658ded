package pickle_test

import (
	"errors"
	"io"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/vm"
)

func parse(t *testing.T, p string, opts ...pickle.Options) pickle.Value {
	t.Helper()
	v, err := pickle.Parse([]byte(p), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestValue(t *testing.T) {
	const object = "capp\nUser\n)\x81(K\x01K\x02eVk\nVitem\ns}(Vname\nVann\nVage\nK\x21ub"
	tests := []struct {
		name, pickle string
		kind         vm.Kind
		len          int
		class        string
		str          string
	}{
		{"None", "N.", vm.KindNone, 0, "", "None"},
		{"Int", "K\x01.", vm.KindInt, 0, "", "1"},
		{"Long", twoTo64 + ".", vm.KindLong, 0, "", "18446744073709551616"},
		{"Str", "X\x02\x00\x00\x00\xc3\xa9.", vm.KindStr, 2, "", "'é'"},
		{"Python2Str", "U\x02ab.", vm.KindByteString, 2, "", "'ab'"},
		{"Bytes", "C\x02ab.", vm.KindBytes, 2, "", "b'ab'"},
		{"Bytes/Codecs", "c_codecs\nencode\n(Vab\nVlatin1\ntR.", vm.KindBytes, 2, "", "b'ab'"},
		{"ByteArray", "\x96\x01\x00\x00\x00\x00\x00\x00\x00aK\x62a.", vm.KindByteArray, 2, "", "bytearray(b'ab')"},
		{"List", "(K\x01K\x02l.", vm.KindList, 2, "", "[1, 2]"},
		{"Tuple", "K\x01\x85.", vm.KindTuple, 1, "", "(1,)"},
		{"Dict", "}K\x01K\x02s.", vm.KindDict, 1, "", "{1: 2}"},
		{"Set", "\x8f(K\x01\x90.", vm.KindSet, 1, "", "{1}"},
		{"Set/Protocol2", "c__builtin__\nset\n(K\x01l\x85R.", vm.KindSet, 1, "", "{1}"},
		{"FrozenSet", "(K\x01\x91.", vm.KindFrozenSet, 1, "", "frozenset({1})"},
		{"Global", "c__builtin__\nxrange\n.", vm.KindGlobal, 0, "builtins.range", ""},
		{"Instance", object + ".", vm.KindInstance, 3, "app.User", ""},
		{"Persistent", "Pa\n.", vm.KindPersistent, 0, "", ""},
		{"Extension", "\x82\x01.", vm.KindExtension, 0, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := parse(t, tt.pickle)
			c, ok := v.Class()
			if v.Kind() != tt.kind || v.Len() != tt.len || ok != (tt.class != "") || ok && c.Module+"."+c.Name != tt.class || v.Err() != nil {
				t.Errorf("%v, %d, %v", v.Kind(), v.Len(), c)
			}
			if s := v.String(); tt.str != "" && s != tt.str {
				t.Error(s)
			}
			if v.IsNone() != (tt.name == "None") {
				t.Error(v.IsNone())
			}
			x, err := v.Any()
			if y := decode[any](t, tt.pickle); err != nil || !pickle.Equal(x, y) {
				t.Error(x, y, err)
			}
		})
	}
	v := parse(t, object+".")
	for want, got := range map[string]pickle.Value{"1": v.Index(0), "2": v.Index(-1), "'item'": v.Get("k"), "'ann'": v.Get("name"), "33": v.Get("age")} {
		if got.String() != want {
			t.Errorf("%s: %v", want, got)
		}
	}
	var keys []any
	var values []string
	for k, x := range v.All() {
		keys, values = append(keys, k), append(values, x.String())
	}
	if diff := cmp.Diff([]any{0, 1, "k", "name", "age"}, keys); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1", "2", "'item'", "'ann'", "33"}, values); diff != "" {
		t.Error(diff)
	}
	for range v.All() { // may be left
		break
	}
	for k := range parse(t, "}(K\x01NK\x02Nu.").All() {
		if k == int64(1) {
			break
		}
		t.Error(k)
	}
}

func TestValueGet(t *testing.T) {
	v := parse(t, "}(K\x01Vint\n"+twoTo64+"Vbig\n(K\x01K\x02tVtuple\nF1.5\nVfloat\nVdup\nVfirst\nVdup\nVlast\nNVnone\nC\x01aVbytes\nU\x01sVpy2\nu.")
	for _, tt := range []struct {
		key  any
		want string
	}{
		{1, "'int'"}, {int64(1), "'int'"}, {1.0, "'int'"}, {true, "'int'"}, {uint8(1), "'int'"}, {big.NewInt(1), "'int'"},
		{new(big.Int).Lsh(big.NewInt(1), 64), "'big'"}, {pickle.Tuple{int64(1), int64(2)}, "'tuple'"}, {1.5, "'float'"}, {"dup", "'last'"}, {nil, "'none'"},
		{[]byte("a"), "'bytes'"}, {"s", "'py2'"},
	} {
		if got := v.Get(tt.key).String(); got != tt.want {
			t.Errorf("%v: %s", tt.key, got)
		}
	}
	for _, key := range []any{2, "x", []int{1}, []any{int64(1)}, map[string]int{}, func() {}, struct{ f func() }{}, pickle.NewDict(), &v} {
		if err := v.Get(key).Err(); err == nil {
			t.Errorf("%v: no error", key)
		}
	}
}

// TestValueChains: the first thing that is missing is what the error is about.
func TestValueChains(t *testing.T) {
	v := parse(t, "}Vusers\n(}Vname\nVann\nsls.")
	var name string
	if err := v.Get("users").Index(0).Get("name").Decode(&name); err != nil || name != "ann" {
		t.Error(name, err)
	}
	for _, tt := range []struct {
		v            pickle.Value
		path, reason string
	}{
		{v.Get("user").Index(0).Get("name"), `["user"]`, "no such key"},
		{v.Get("users").Index(1).Get("name"), `["users"][1]`, "1 items"},
		{v.Get("users").Index(-2), `["users"][-2]`, "1 items"},
		{v.Get("users").Get("name"), `["users"]["name"]`, "no keys"},
		{v.Index(0), `[0]`, "no items"},
		{v.Get("users").Index(0).Get("name").Get(5).Index(5), `["users"][0]["name"][5]`, "no keys"},
	} {
		var e *pickle.UnmarshalTypeError
		if !errors.As(tt.v.Err(), &e) || e.Path != tt.path || !strings.Contains(e.Error(), tt.reason) {
			t.Errorf("%v", tt.v.Err())
		}
		if err := tt.v.Decode(&name); err != tt.v.Err() {
			t.Error(err)
		}
		if _, err := tt.v.Any(); err != tt.v.Err() {
			t.Error(err)
		}
		if tt.v.Kind() != vm.KindNothing || tt.v.Len() != 0 || tt.v.Offset() != 0 || tt.v.IsNone() || !strings.HasPrefix(tt.v.String(), "<pickle: ") {
			t.Error(tt.v)
		}
		for range tt.v.All() {
			t.Error("items")
		}
		if _, ok := tt.v.Class(); ok {
			t.Error("a class")
		}
	}
	// An error of Decode has the path of the Value before its own.
	var wrong map[string]int
	var e *pickle.UnmarshalTypeError
	if err := v.Get("users").Index(0).Decode(&wrong); !errors.As(err, &e) || e.Path != `["users"][0]["name"]` {
		t.Error(err)
	}
	var fields struct {
		Name int `pickle:"name"`
	}
	if err := v.Get("users").Index(0).Decode(&fields); !errors.As(err, &e) || e.Path != `["users"][0].name` {
		t.Error(err)
	}
	if err := v.Decode(fields); !errors.As(err, &e) {
		t.Error(err)
	}
	var zero pickle.Value
	if err := zero.Get(1).Index(2).Decode(&name); !errors.As(err, &e) {
		t.Error(err)
	}
}

func TestValueUnhashable(t *testing.T) {
	v := parse(t, "(}(]K\x01K\x02K\x03ul.").Index(0)
	n := 0
	for k, x := range v.All() {
		if n++; n == 1 {
			var e *pickle.UnmarshalTypeError
			if err := x.Err(); err != nil {
				t.Errorf("%v: %v", k, err) // a list is a value, if no key
			}
			if _, err := v.Any(); !errors.As(err, &e) || e.Path != "[0].keys()" {
				t.Error(err)
			}
		}
	}
	if n != 2 || v.Get(2).String() != "3" {
		t.Error(n, v.Get(2))
	}
	w := parse(t, "(}(U\x01\xffK\x01ul.", pickle.Python2Strings(pickle.Python2UTF8)).Index(0)
	for k, x := range w.All() {
		var e *pickle.UnmarshalTypeError
		if k != nil || !errors.As(x.Err(), &e) || e.Path != "[0].keys()" {
			t.Error(k, x.Err())
		}
	}
	if w.Get("x").Err() == nil {
		t.Error("no error")
	}
}

func TestValueAttributes(t *testing.T) {
	for _, p := range []string{"capp\nT\n)\x81}Va\nK\x01sb}Vb\nK\x02sb.", "capp\nT\n)\x81}Va\nK\x01s}Vb\nK\x02s\x86b.", "capp\nT\n)\x81N}(Va\nK\x01Vb\nK\x02u\x86b."} {
		v := parse(t, p)
		if v.Get("a").String() != "1" || v.Get("b").String() != "2" || v.Get("c").Err() == nil {
			t.Error(v)
		}
	}
	nested := parse(t, "\x80\x02c__builtin__\ngetattr\n(capp\nOuter\nVInner\ntR)\x81.")
	if c, ok := nested.Class(); !ok || c.Name != "Outer.Inner" {
		t.Error(c)
	}
}

func TestParseErrors(t *testing.T) {
	var e *pickle.SyntaxError
	for _, p := range []string{"", "K", "K\x01.x", "\xff"} {
		v, err := pickle.Parse([]byte(p))
		if !errors.As(err, &e) || v.Err() != err {
			t.Errorf("%q: %v", p, err)
		}
	}
	if _, err := pickle.Parse([]byte("]")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	var limit *pickle.LimitError
	if _, err := pickle.Parse([]byte("]."), pickle.MaxSize(1)); !errors.As(err, &limit) {
		t.Error(err)
	}
}

// TestParseConcurrently is for the race detector.
func TestParseConcurrently(t *testing.T) {
	registry := pickle.WithRegistry(classes(t))
	v := parse(t, "}(Vlist\n]q\x01(K\x01h\x01eVuser\ncapp\nUser\n)\x81"+attributes+"bVset\nc__builtin__\nset\n(K\x01l\x85RVhook\ncapp\nHooked\n)\x81}Vname\nVx\nsbVb\n\x97u.",
		registry, pickle.Buffers(slices.Values([][]byte{{7}})))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				var all struct {
					List []any            `pickle:"list"`
					User *DecUser         `pickle:"user"`
					Set  map[int]struct{} `pickle:"set"`
					Hook *decHooked       `pickle:"hook"`
					B    []byte           `pickle:"b"`
				}
				if err := v.Decode(&all); err != nil || all.User.Name != "ann" || all.Hook.Name != "x" || len(all.Set) != 1 || all.B[0] != 7 {
					t.Error(all, err)
					return
				}
				if v.Get("user").Get("name").String() != "'ann'" || v.Get("list").Len() != 2 || v.Get("set").Index(0).String() != "1" {
					t.Error(v)
				}
				for range v.All() {
				}
			}
		})
	}
	wg.Wait()
}

// TestValueFields: a Value keeps a part of a pickle for later.
func TestValueFields(t *testing.T) {
	var v struct {
		A, B pickle.Value
		C    *pickle.Value
		D    map[string]pickle.Value
		E    pickle.Value
	}
	if err := pickle.Unmarshal([]byte("}(VA\n]q\x01K\x01aVB\nh\x01VC\nVx\nVD\n}Vk\nNsu."), &v); err != nil {
		t.Fatal(err)
	}
	var a, b []int
	if err := errors.Join(v.A.Decode(&a), v.B.Decode(&b)); err != nil || &a[0] != &b[0] {
		t.Error(a, b, err)
	}
	if v.C.String() != "'x'" || !v.D["k"].IsNone() || v.E.Kind() != vm.KindNothing {
		t.Error(v)
	}
}

// TestDeepValues: a path costs nothing as long as nobody asks for it.
func TestDeepValues(t *testing.T) {
	const depth = 100_000
	v := parse(t, strings.Repeat("]", depth)+strings.Repeat("a", depth-1)+".")
	for range depth - 1 {
		v = v.Index(0)
	}
	if v.Err() != nil || v.Len() != 0 {
		t.Error(v.Err())
	}
	if err := v.Index(0).Err(); err == nil || len(err.Error()) > 400 {
		t.Error(err)
	}
}

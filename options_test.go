package pickle_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
)

// registryOf returns a registry of classes by their names.
func registryOf(t *testing.T, classes map[string]any) *pickle.Registry {
	t.Helper()
	r := pickle.NewRegistry()
	for name, v := range classes {
		if err := r.Register(name, v); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func newOf(v any) any { return reflect.New(reflect.TypeOf(v)).Interface() }

func elemOf(p any) any { return reflect.ValueOf(p).Elem().Interface() }

func elemIsZero(p any) bool { return reflect.ValueOf(p).Elem().IsZero() }

func TestPersistentLoad(t *testing.T) {
	users := map[any]any{"ann": &DecUser{"ann", 33}, "list": []int{1}, "number": 7, "text": "abc", "none": nil, "bytes": []byte("b"), "float": 1.5, "value": DecUser{"bob", 1}}
	load := pickle.PersistentLoad(func(id any) (any, error) {
		if v, ok := users[id]; ok {
			return v, nil
		}
		return nil, fs.ErrNotExist
	})
	v := decode[struct {
		A, B *DecUser
		C    DecUser
		D    any
		E    []int
		F    int8
		G    decText
		H    *int
		I    []byte
		J    float32
		K    *DecUser
		L    interface{ isUser() }
		M    decOctets
		N    pickle.Value
	}](t, "}(VA\nPann\nq\x01VB\nh\x01VC\nh\x01VD\nh\x01VE\nPlist\nVF\nPnumber\nVG\nPtext\nVH\nPnone\nVI\nPbytes\nVJ\nPfloat\nVK\nPvalue\nVL\nPann\nVN\nPtext\nu.", load)
	ann := users["ann"]
	if v.A != ann || v.B != ann || v.C.Name != "ann" || v.D != ann || v.E[0] != 1 || v.F != 7 || v.G != "abc" || v.H != nil || v.I[0] != 'b' || v.J != 1.5 || v.K.Name != "bob" || v.L != ann || v.N.String() != "'abc'" {
		t.Errorf("%+v", v)
	}
	var e *pickle.UnmarshalTypeError
	for _, into := range []any{new([]any), new([]int), new([]DecUser), new([]*DecUser)} {
		if err := pickle.Unmarshal([]byte("(Pnobody\nl."), into, load); !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &e) || e.Path != "[0]" {
			t.Errorf("%T: %v", into, err)
		}
	}
	for _, into := range []any{new(int), new([]string), new(map[string]int), new(bool), new(DecUser), new([1]int)} {
		if err := pickle.Unmarshal([]byte("Plist\n."), into, load); !errors.As(err, &e) {
			t.Errorf("%T: %v", into, err)
		}
	}
	if r := decode[any](t, "(K\x01K\x02tQ."); !pickle.Equal(r, pickle.PersistentRef{ID: pickle.Tuple{int64(1), int64(2)}}) {
		t.Error(r)
	}
	if err := pickle.Unmarshal([]byte("U\x01\xffQ."), new(any), pickle.Python2Strings(pickle.Python2UTF8)); !errors.As(err, &e) || e.Path != "persistent_id" {
		t.Error(err)
	}
	// The ID may have the object in it.
	decode[any](t, "]q\x00h\x00Qa.")
}

func TestBuffers(t *testing.T) {
	data := []byte("abc")
	buffers := pickle.Buffers(slices.Values([][]byte{data, {1, 2}}))
	v := decode[struct {
		A pickle.Buffer
		B []byte
		C string
		D any
		E *pickle.Buffer
	}](t, "\x80\x05}(VA\n\x97q\x00VB\nh\x00VC\nh\x00VD\n\x97\x98VE\nh\x00u.", buffers)
	if &v.A.Data[0] != &data[0] || &v.B[0] != &data[0] || v.C != "abc" || !v.D.(pickle.Buffer).ReadOnly || v.A.ReadOnly || v.E == nil {
		t.Errorf("%+v", v)
	}
	var e *pickle.UnmarshalTypeError
	for _, opt := range []pickle.Options{nil, buffers} {
		for _, into := range []any{new(any), new([]pickle.Buffer), new([][]byte), new([]string)} {
			if err := pickle.Unmarshal([]byte("\x80\x05(\x97\x97\x97l."), into, opt); !errors.As(err, &e) || !strings.Contains(err.Error(), "Buffers") {
				t.Errorf("%T: %v", into, err)
			}
		}
	}
	if err := pickle.Unmarshal([]byte("\x80\x05\x97."), new(int), buffers); !errors.As(err, &e) {
		t.Error(err)
	}
	// An endless sequence is not taken to its end.
	endless := pickle.Buffers(func(yield func([]byte) bool) {
		for yield(data) {
		}
	})
	decode[[]pickle.Buffer](t, "\x80\x05(\x97\x97l.", endless)
	if s := parse(t, "\x80\x05(\x97\x97l.", endless).String(); s == "" {
		t.Error(s)
	}
}

func TestExtensions(t *testing.T) {
	r := classes(t)
	if err := errors.Join(r.RegisterExtension(1, "app.User"), r.RegisterExtension(300, "app.func"), r.RegisterExtension(70000, "other.Class")); err != nil {
		t.Fatal(err)
	}
	registry := pickle.WithRegistry(r)
	if u := decode[any](t, "\x82\x01)\x81"+attributes+"b.", registry); u.(*DecUser).Name != "ann" {
		t.Error(u)
	}
	if g := decode[any](t, "\x83\x2c\x01.", registry); g != (pickle.Global{Module: "app", Name: "func"}) {
		t.Error(g)
	}
	if o := decode[*pickle.Object](t, "\x84\x70\x11\x01\x00)R.", registry); o.Class.Name != "Class" || o.Callable != nil {
		t.Error(o)
	}
	if o := decode[*pickle.Object](t, "\x82\x09)R."); o.Callable != pickle.Extension(9) {
		t.Error(o)
	}
}

func TestFixImports(t *testing.T) {
	for _, tt := range []struct {
		pickle string
		fix    bool
		want   string
	}{
		{"c__builtin__\nxrange\n.", true, "builtins.range"}, {"c__builtin__\nxrange\n.", false, "__builtin__.xrange"},
		{"\x80\x02cConfigParser\nConfigParser\n.", true, "configparser.ConfigParser"}, {"\x80\x03cConfigParser\nConfigParser\n.", true, "ConfigParser.ConfigParser"},
	} {
		g := decode[pickle.Global](t, tt.pickle, pickle.FixImports(tt.fix))
		if g.Module+"."+g.Name != tt.want {
			t.Errorf("%q, %v: %v", tt.pickle, tt.fix, g)
		}
	}
}

func TestPlainValues(t *testing.T) {
	plain := pickle.PlainValues(true)
	for _, tt := range []struct {
		name, pickle string
		want         any
	}{
		{"Dict", "}Va\n}Vb\nK\x01ss.", map[string]any{"a": map[string]any{"b": int64(1)}}},
		{"Dict/Empty", "}.", map[string]any{}},
		{"Dict/Python2", "}U\x01aNs.", map[string]any{"a": nil}},
		{"Dict/OtherKeys", "}(Va\nK\x01K\x02(NtF1.5\nNNVn\nu.", map[any]any{"a": int64(1), int64(2): []any{nil}, 1.5: nil, nil: "n"}},
		{"Tuple", "(K\x01]t.", []any{int64(1), []any{}}},
		{"Set", "\x8f(K\x01\x90.", []any{int64(1)}},
		{"FrozenSet", "(K\x01\x91.", []any{int64(1)}},
		{"Duplicates", "}(Va\nK\x01Va\nK\x02u.", map[string]any{"a": int64(2)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, decode[any](t, tt.pickle, plain)); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, p := range []string{"(}(K\x01tNsl.", "(}" + twoTo64 + "Nsl.", "(}C\x01aNsl.", "(}(K\x01\x91Nsl."} {
		var e *pickle.UnmarshalTypeError
		if err := pickle.Unmarshal([]byte(p), new(any), plain); !errors.As(err, &e) || e.Path != "[0].keys()" || !strings.Contains(err.Error(), "key of a Go map") {
			t.Errorf("%q: %v", p, err)
		}
	}
	v := decode[[]any](t, "(]q\x01K\x01ah\x01(Vx\ntq\x02h\x02l.", plain)
	if &v[0].([]any)[0] != &v[1].([]any)[0] || &v[2].([]any)[0] != &v[3].([]any)[0] {
		t.Error("not shared")
	}
	if o := decode[any](t, "cx\nT\n(K\x01tR}Va\nNsb.", plain).(*pickle.Object); len(o.Args) != 1 || !pickle.Equal(o.State, map[string]any{"a": nil}) {
		t.Errorf("%#v", o)
	}
	if o := decode[any](t, "cx\nT\n)}Va\nK\x01s\x92.", plain).(*pickle.Object); o.Kwargs.Len() != 1 {
		t.Errorf("%#v", o)
	}
	for _, p := range []string{"(U\x01\xffNd.", "(U\x01\xffNK\x01Nd."} {
		if err := pickle.Unmarshal([]byte(p), new(any), plain, pickle.Python2Strings(pickle.Python2UTF8)); err == nil {
			t.Error("no error")
		}
	}
}

func TestMaxDepth(t *testing.T) {
	type node struct {
		Next *node
		List []*node
	}
	type list []list
	type dict map[string]dict
	registry := registryOf(t, map[string]any{"app.Node": decNode{}})
	const n = 50
	nested := func(open, close string) string { return strings.Repeat(open, n) + "N" + strings.Repeat(close, n) + "." }
	for _, tt := range []struct {
		name, pickle string
		into         []any
		depth        int
	}{
		{"Lists", nested("(", "l"), []any{new(any), new(list), new([]any)}, n},
		{"Tuples", nested("", "\x85"), []any{new(any), new(list)}, n},
		{"Dicts", nested("(Va\n", "d"), []any{new(any), new(dict)}, n},
		{"Structs", nested("(VNext\n", "d"), []any{new(node), new(*node)}, n},
		{"Instances", nested("capp\nNode\n)\x81(VNext\n", "db"), []any{new(any), new(decNode), new(*decNode)}, n},
		{"Objects", nested("capp\nOther\n)\x81", "b"), []any{new(any), new(pickle.Object)}, n},
		{"Slices", nested("c__builtin__\nslice\n(", "NNtR"), []any{new(any)}, n},
		{"Persistent", nested("", "Q"), []any{new(any)}, n},
		{"Hooks", nested("(", "l"), []any{new(recursiveHook)}, n},
	} {
		for _, into := range tt.into {
			opts := pickle.JoinOptions(pickle.WithRegistry(registry), pickle.MaxDepth(tt.depth+1))
			if err := pickle.Unmarshal([]byte(tt.pickle), into, opts, pickle.MaxDepth(tt.depth+1)); err != nil {
				t.Errorf("%s into %T: %v", tt.name, into, err)
			}
			var e *pickle.LimitError
			if err := pickle.Unmarshal([]byte(tt.pickle), into, opts, pickle.MaxDepth(tt.depth-1)); !errors.As(err, &e) || e.Limit != "depth" || e.Max != int64(tt.depth-1) || e.Op == "" {
				t.Errorf("%s into %T: %v", tt.name, into, err)
			}
		}
	}
}

type decNode struct{ Next *decNode }

// TestGreatestDepth: the greatest depth that can be had fits Go's stack.
func TestGreatestDepth(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a gigabyte")
	}
	const n = 110_000
	type list []list
	type dict map[string]dict
	registry := registryOf(t, map[string]any{"app.Node": decNode{}})
	for _, tt := range []struct {
		open, close string
		into        []any
	}{
		{"(", "l", []any{new(any), new(list)}}, {"(Va\n", "d", []any{new(any), new(dict)}}, {"(VNext\n", "d", []any{new(decNode)}},
		{"capp\nNode\n)\x81(VNext\n", "db", []any{new(any), new(*decNode)}}, {"capp\nOther\n)\x81", "b", []any{new(any)}}, {"(", "l", []any{new(recursiveHook)}},
		{"c__builtin__\nslice\n(", "NNtR", []any{new(any)}}, {"cx\nf\n(", "tR", []any{new(any)}}, {"", "Q", []any{new(any)}},
	} {
		p := []byte(strings.Repeat(tt.open, n) + "N" + strings.Repeat(tt.close, n) + ".")
		for _, into := range tt.into {
			var e *pickle.LimitError
			if err := pickle.Unmarshal(p, into, pickle.MaxDepth(n), pickle.WithRegistry(registry)); !errors.As(err, &e) {
				t.Errorf("%.20q into %T: %.200v", p, into, err)
			}
		}
	}
}

func TestMaxSize(t *testing.T) {
	var e *pickle.LimitError
	if err := pickle.Unmarshal([]byte("]."), new(any), pickle.MaxSize(1)); !errors.As(err, &e) || e.Limit != "size" || e.Max != 1 {
		t.Error(err)
	}
	for _, limit := range []int64{2, 0, -1} {
		decode[any](t, "].", pickle.MaxSize(limit))
	}
}

func TestOptions(t *testing.T) {
	p := []byte("U\x01\xff.")
	if v := decode[any](t, string(p), pickle.JoinOptions(pickle.Python2Strings(pickle.Python2Bytes), nil, pickle.JoinOptions()), nil, pickle.Python2Strings(pickle.Python2Latin1)); v != "ÿ" {
		t.Error("the later option wins", v)
	}
	decode[any](t, "N.", pickle.Protocol(-1), pickle.Deterministic(false), pickle.NoMemo(true), pickle.WithRegistry(nil), pickle.PersistentLoad(nil), pickle.Buffers(nil))
}

// TestFields: what the tags of a struct ask for.
func TestFields(t *testing.T) {
	type inner struct{ A, B int }
	type outer struct {
		Inner inner `pickle:",inline"`
		*DecUser
		C       int          `pickle:"c,required"`
		Ignored int          `pickle:"-"`
		Empty   int          `pickle:"e,omitempty"`
		Rest    *pickle.Dict `pickle:",unknown"`
		private int
	}
	old := &DecUser{Name: "old", Age: 5}
	v := outer{DecUser: old, Ignored: 1, private: 2, Rest: pickle.NewDict("old", nil), Empty: 3, Inner: inner{B: 9}}
	if err := pickle.Unmarshal([]byte("}(VA\nK\x01Vname\nVnew\nVc\nNVIgnored\nK\x09K\x01K\x02Vprivate\nNu."), &v); err != nil {
		t.Fatal(err)
	}
	if v.Inner != (inner{1, 9}) || v.DecUser == old || *v.DecUser != (DecUser{"new", 5}) || old.Name != "old" || v.Ignored != 1 || v.private != 2 || v.Empty != 3 {
		t.Errorf("%+v", v)
	}
	if want := pickle.NewDict("Ignored", int64(9), int64(1), int64(2), "private", nil); !v.Rest.Equal(want) {
		t.Error(v.Rest)
	}
	for _, p := range []string{"}(VA\nK\x01u.", "}.", "}(Vname\nVx\nVA\nVbad\nVc\nNu.", "}(Vname\nVx\nVc\nN]Nu.", "}(Vname\nVx\nVc\nVbad\nu."} {
		kept := outer{DecUser: old, Rest: pickle.NewDict()}
		var e *pickle.UnmarshalTypeError
		if err := pickle.Unmarshal([]byte(p), &kept); !errors.As(err, &e) {
			t.Errorf("%q: %v", p, err)
		}
		if kept.DecUser != old || old.Name != "old" || kept.Rest.Len() != 0 {
			t.Errorf("%q: %+v", p, kept)
		}
	}
	type unknown struct {
		A    int
		Rest map[string]int `pickle:",unknown"`
	}
	u := unknown{Rest: map[string]int{"old": 1}}
	before := u.Rest
	if err := pickle.Unmarshal([]byte("}(VA\nK\x01Vx\nK\x02Vy\nK\x03u."), &u); err != nil || len(u.Rest) != 2 || u.Rest["y"] != 3 || len(before) != 1 {
		t.Error(u, err)
	}
	if err := pickle.Unmarshal([]byte("}Vx\nVtext\ns."), &u); err == nil || u.Rest["x"] != 2 {
		t.Error(u, err)
	}
	type bad struct {
		Rest []int `pickle:",unknown"`
	}
	if err := pickle.Unmarshal([]byte("}Vx\nNs."), new(bad)); err == nil {
		t.Error("no error")
	}
	type worse struct {
		A int `pickle:"a,nonsense"`
	}
	for _, p := range []string{"}Vx\nNs.", "cx\nT\n)\x81."} {
		if err := pickle.Unmarshal([]byte(p), new(worse)); err == nil {
			t.Error("no error")
		}
	}
	type tail struct {
		_ struct{} `pickle:",tuple"`
		A int
		B int `pickle:",omitempty"`
	}
	if v := decode[tail](t, "(K\x01t."); v.A != 1 {
		t.Error(v)
	}
}

func TestAliasInput(t *testing.T) {
	type pair struct {
		Text string `pickle:"text"`
		Data []byte `pickle:"data"`
	}
	want := pair{strings.Repeat("text ", 40), bytes.Repeat([]byte("data "), 40)}
	data, err := pickle.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got, copied pair
	var v any
	for _, target := range []any{&got, &v} {
		if err := pickle.Unmarshal(data, target, pickle.AliasInput(true)); err != nil {
			t.Fatal(err)
		}
	}
	if err := pickle.Unmarshal(data, &copied); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if cap(got.Data) != len(got.Data) {
		t.Errorf("there is room for %d bytes of the input", cap(got.Data)-len(got.Data))
	}
	inAny, _ := v.(*pickle.Dict).Get("data")
	clear(data)
	if zero := make([]byte, len(want.Data)); !bytes.Equal(got.Data, zero) || !bytes.Equal(inAny.([]byte), zero) {
		t.Error("the bytes are a copy")
	}
	if aliased := got.Text != want.Text; aliased != hasAddresses {
		t.Errorf("the text is the input's: %v", aliased)
	}
	if diff := cmp.Diff(want, copied); diff != "" {
		t.Errorf("without the option:\n%s", diff)
	}
}

// TestAliasInputDecoder: a Decoder does not overwrite what it has given away.
func TestAliasInputDecoder(t *testing.T) {
	var stream bytes.Buffer
	enc := pickle.NewEncoder(&stream)
	var want [][]string
	for i := range 300 {
		want = append(want, []string{fmt.Sprint("number ", i), strings.Repeat(fmt.Sprint(i), 1+i*7%900)})
		if err := enc.Encode(want[i]); err != nil {
			t.Fatal(err)
		}
	}
	for name, r := range map[string]io.Reader{
		"reader": bytes.NewReader(stream.Bytes()),
		"bufio":  bufio.NewReader(bytes.NewReader(stream.Bytes())),
		"short":  iotest.OneByteReader(bytes.NewReader(stream.Bytes())),
	} {
		dec := pickle.NewDecoder(r, pickle.AliasInput(true))
		got := make([][]string, len(want))
		for i := range got {
			if err := dec.Decode(&got[i]); err != nil {
				t.Fatal(name, err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

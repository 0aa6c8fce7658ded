package pickle_test

import (
	"errors"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/go-pickle/pickle"
)

// decode decodes p to a new T.
func decode[T any](t *testing.T, p string, opts ...pickle.Options) T {
	t.Helper()
	var v T
	if err := pickle.Unmarshal([]byte(p), &v, opts...); err != nil {
		t.Fatalf("%.100q: %v", p, err)
	}
	return v
}

// Pickles that refer to something twice. twice(x) is [x, x].
func twice(x string) string { return "]q\xf0(" + x + "q\xf1h\xf1e." }

const (
	listOfOne = "]q\x01K\x01a"
	dictOfX   = "}q\x02(X\x01\x00\x00\x00XK\x07X\x01\x00\x00\x00YK\x08u"
)

func TestShared(t *testing.T) {
	registry := registryOf(t, map[string]any{"app.Point": decPoint{}})
	t.Run("Slice", func(t *testing.T) {
		v := decode[[][]int](t, twice(listOfOne))
		if v[0][0] = 5; v[1][0] != 5 {
			t.Error(v)
		}
	})
	t.Run("Slice/Empty", func(t *testing.T) {
		v := decode[[][]int](t, twice("]"))
		if unsafe.SliceData(v[0]) != unsafe.SliceData(v[1]) || cap(v[0]) != 1 {
			t.Error(v)
		}
	})
	t.Run("Slice/InArrays", func(t *testing.T) {
		v := decode[[2][]any](t, twice(listOfOne))
		if &v[0][0] != &v[1][0] {
			t.Error(v)
		}
	})
	t.Run("Slice/Pointers", func(t *testing.T) {
		v := decode[[]*[]int](t, twice(listOfOne))
		if v[0] != v[1] || len(*v[0]) != 1 {
			t.Error(v)
		}
	})
	t.Run("Slice/ValueAndPointer", func(t *testing.T) {
		for _, p := range []string{"}(VA\n]q\x01K\x01aVB\nh\x01u.", "}(VB\n]q\x01K\x01aVA\nh\x01u."} {
			v := decode[struct {
				A []int
				B *[]int
			}](t, p)
			if &v.A[0] != &(*v.B)[0] {
				t.Error(v)
			}
		}
	})
	t.Run("Map", func(t *testing.T) {
		v := decode[[]map[string]int](t, twice(dictOfX))
		if v[0]["new"] = 1; v[1]["new"] != 1 {
			t.Error(v)
		}
	})
	t.Run("Map/Pointers", func(t *testing.T) {
		v := decode[[]*map[string]int](t, twice(dictOfX))
		if v[0] != v[1] || (*v[0])["X"] != 7 {
			t.Error(v)
		}
	})
	t.Run("Struct/Pointers", func(t *testing.T) {
		v := decode[[]*decPoint](t, twice(dictOfX))
		if v[0] != v[1] || *v[0] != (decPoint{7, 8}) {
			t.Error(v)
		}
	})
	t.Run("Struct/Values", func(t *testing.T) {
		if v := decode[[]decPoint](t, twice(dictOfX)); v[0] != v[1] || v[1] != (decPoint{7, 8}) {
			t.Error(v)
		}
	})
	t.Run("Struct/PointerToField", func(t *testing.T) {
		var v struct {
			A decPoint
			B *decPoint
			C **decPoint
		}
		if err := pickle.Unmarshal([]byte("}(VA\n"+dictOfX+"VB\nh\x02VC\nh\x02u."), &v); err != nil {
			t.Fatal(err)
		}
		if v.B != &v.A || *v.C != &v.A {
			t.Error(v)
		}
	})
	t.Run("Pointers/ToPointers", func(t *testing.T) {
		v := decode[[]**decPoint](t, twice(dictOfX))
		if v[0] != v[1] || (*v[0]).X != 7 {
			t.Error(v)
		}
	})
	t.Run("TwoTypes", func(t *testing.T) {
		var v struct {
			A, D map[string]int
			B, E *decPoint
			C, F *pickle.Dict
			G, H any
		}
		if err := pickle.Unmarshal([]byte("}(VA\n"+dictOfX+"VB\nh\x02VC\nh\x02VD\nh\x02VE\nh\x02VF\nh\x02VG\nh\x02VH\nh\x02u."), &v); err != nil {
			t.Fatal(err)
		}
		if reflect.ValueOf(v.A).Pointer() != reflect.ValueOf(v.D).Pointer() || v.B != v.E || v.C != v.F || v.G != v.C || v.H != v.C {
			t.Errorf("%+v", v)
		}
	})
	t.Run("AnyAndTyped", func(t *testing.T) {
		const instance = "capp\nPoint\n)\x81" + dictOfX + "bq\x05"
		type both struct {
			A any
			P *decPoint
			V decPoint
			O *pickle.Object
		}
		for _, p := range []string{"}(VA\n" + instance + "VP\nh\x05u.", "}(VP\n" + instance + "VA\nh\x05u."} {
			v := decode[both](t, p, pickle.WithRegistry(registry))
			if v.A != v.P || v.P.X != 7 {
				t.Errorf("%+v", v)
			}
		}
		for _, p := range []string{"}(VA\n" + instance + "VO\nh\x05u.", "}(VO\n" + instance + "VA\nh\x05u."} {
			v := decode[both](t, p)
			if v.A != v.O || v.O.Class.Name != "Point" {
				t.Errorf("%+v", v)
			}
		}
	})
	t.Run("AnyAndTyped/Containers", func(t *testing.T) {
		for _, x := range []string{listOfOne, "\x8f(K\x01\x90", "C\x01a", "\x96\x01\x00\x00\x00\x00\x00\x00\x00a", "K\x01\x85", dictOfX, twoTo64} {
			for _, typ := range []reflect.Type{reflect.TypeFor[[]any](), reflect.TypeFor[*pickle.Set](), reflect.TypeFor[[]byte](), reflect.TypeFor[pickle.ByteArray](),
				reflect.TypeFor[pickle.Tuple](), reflect.TypeFor[*pickle.Dict](), reflect.TypeFor[*big.Int]()} {
				for _, order := range [][2]string{{"A", "B"}, {"B", "A"}} {
					st := reflect.StructOf([]reflect.StructField{{Name: "A", Type: reflect.TypeFor[any]()}, {Name: "B", Type: typ}})
					v := reflect.New(st)
					if err := pickle.Unmarshal([]byte("}(V"+order[0]+"\n"+x+"q\x05V"+order[1]+"\nh\x05u."), v.Interface()); err != nil {
						continue // another type
					}
					a, b := v.Elem().Field(0).Elem(), v.Elem().Field(1)
					if a.Type() != b.Type() && !(a.Kind() == reflect.Slice && b.Kind() == reflect.Slice) {
						continue
					}
					if a.Kind() == reflect.Slice && a.Type().Elem() != b.Type().Elem() {
						continue // a list as bytes
					}
					if a.Pointer() != b.Pointer() {
						t.Errorf("%q as %v and %v: two objects", x, a.Type(), b.Type())
					}
				}
			}
		}
	})
	t.Run("Plain", func(t *testing.T) {
		for _, p := range []string{"}(VA\n" + dictOfX + "VB\nh\x02u.", "}(VB\n" + dictOfX + "VA\nh\x02u."} {
			v := decode[struct {
				A any
				B map[string]any
			}](t, p, pickle.PlainValues(true))
			if v.B["new"] = 1; v.A.(map[string]any)["new"] != 1 {
				t.Errorf("%+v", v)
			}
		}
	})
	t.Run("String", func(t *testing.T) {
		v := decode[[]string](t, twice("X\x03\x00\x00\x00abc"))
		if unsafe.StringData(v[0]) != unsafe.StringData(v[1]) {
			t.Error("two strings")
		}
	})
	t.Run("BytesAsString", func(t *testing.T) {
		v := decode[[]string](t, twice("C\x03abc"))
		if v[0] != "abc" || unsafe.StringData(v[0]) != unsafe.StringData(v[1]) {
			t.Error("two strings")
		}
	})
	t.Run("ListAsBytes", func(t *testing.T) {
		if v := decode[[][]byte](t, twice(listOfOne)); v[0][0] != 1 || &v[0][0] != &v[1][0] {
			t.Error(v)
		}
	})
	t.Run("FrozenSetOfList", func(t *testing.T) {
		if v := decode[[]pickle.FrozenSet](t, twice(listOfOne)); v[0] != v[1] || v[0].Len() != 1 {
			t.Error(v)
		}
	})
	t.Run("BigInts", func(t *testing.T) {
		v := decode[[]*big.Int](t, twice(twoTo64))
		if v[0] != v[1] {
			t.Error("two integers")
		}
		w := decode[[]big.Int](t, twice(twoTo64))
		if w[0].Add(&w[0], big.NewInt(1)); w[0].Cmp(&w[1]) == 0 {
			t.Error("two values share memory")
		}
	})
}

// TestSharedInMaps: the values of a map have no addresses, and what is shared
// must not depend on where the map kept it for a while.
func TestSharedInMaps(t *testing.T) {
	const strs = "(Va\ncapp\nS\n(Vone\nt\x81q\x01Vb\ncapp\nS\n(Vtwo\nt\x81q\x02Vc\nh\x01Vd\nh\x02d."
	if v := decode[map[string]string](t, strs); v["a"] != "one" || v["b"] != "two" || v["c"] != "one" || v["d"] != "two" {
		t.Error(v)
	}
	if v := decode[map[string]decText](t, strs); v["c"] != "one" {
		t.Error(v)
	}
	const lists = "(Va\ncapp\nL\n)\x81K\x01aq\x01Vb\ncapp\nL\n)\x81K\x02aq\x02Vc\nh\x01Vd\nh\x02d."
	if v := decode[map[string][]int](t, lists); v["c"][0] != 1 || v["d"][0] != 2 || &v["a"][0] != &v["c"][0] {
		t.Error(v)
	}
	const dicts = "(Va\n}VX\nK\x01sq\x01Vb\n}VX\nK\x02sq\x02Vc\nh\x01Vd\nh\x02d."
	if v := decode[map[string]decPoint](t, dicts); v["c"].X != 1 || v["d"].X != 2 {
		t.Error(v)
	}
	if v := decode[map[string]*decPoint](t, dicts); v["c"] != v["a"] || v["d"].X != 2 {
		t.Error(v)
	}
	if v := decode[map[string][1]decPoint](t, "(Va\n(}VX\nK\x01stq\x01Vb\n(}VX\nK\x02stVc\nh\x01d."); v["c"][0].X != 1 {
		t.Error(v)
	}
}

func TestCycles(t *testing.T) {
	t.Run("List/Any", func(t *testing.T) {
		v := decode[[]any](t, "]q\x00h\x00a.")
		if inner := v[0].([]any); &inner[0] != &v[0] {
			t.Error("not itself")
		}
	})
	t.Run("List/L", func(t *testing.T) {
		type L []L
		v := decode[L](t, "]q\x00(h\x00h\x00e.")
		if &v[0][0] != &v[0] || &v[1][1] != &v[1] {
			t.Error("not itself")
		}
	})
	t.Run("List/InAny", func(t *testing.T) {
		v := decode[any](t, "]q\x00h\x00a.").([]any)
		if inner := v[0].([]any); &inner[0] != &v[0] {
			t.Error("not itself")
		}
	})
	t.Run("Map", func(t *testing.T) {
		type M map[string]M
		v := decode[M](t, "}q\x00Va\nh\x00s.")
		if v["b"] = nil; len(v["a"]["a"]) != 2 {
			t.Error("not itself")
		}
		d := decode[*pickle.Dict](t, "}q\x00Va\nh\x00s.")
		if inner, _ := d.Get("a"); inner != d {
			t.Error("not itself")
		}
		p := decode[map[string]any](t, "}q\x00Va\nh\x00s.", pickle.PlainValues(true))
		if inner := p["a"].(map[string]any); reflect.ValueOf(inner).Pointer() != reflect.ValueOf(p).Pointer() {
			t.Error("not itself")
		}
	})
	t.Run("Tuple", func(t *testing.T) {
		const p = "(]q\x00(h\x00tq\x01a0h\x01." // t = ([t],)
		v := decode[any](t, p).(pickle.Tuple)
		if inner := v[0].([]any)[0].(pickle.Tuple); &inner[0] != &v[0] {
			t.Error("not itself")
		}
		type T []T
		w := decode[T](t, p)
		if &w[0][0][0] != &w[0] {
			t.Error("not itself")
		}
	})
	t.Run("Root", func(t *testing.T) {
		type node struct {
			Value int
			Self  *node
			All   []*node
			Any   any
		}
		var n node
		if err := pickle.Unmarshal([]byte("}q\x00(VSelf\nh\x00VAll\n(h\x00h\x00lVValue\nK\x07u."), &n); err != nil {
			t.Fatal(err)
		}
		if n.Self != &n || n.All[0] != &n || n.All[1] != &n || n.Value != 7 {
			t.Errorf("%+v", n)
		}
		registry := registryOf(t, map[string]any{"app.Node": node{}})
		n = node{}
		if err := pickle.Unmarshal([]byte("capp\nNode\n)\x81q\x00}(VSelf\nh\x00VAny\nh\x00ub."), &n, pickle.WithRegistry(registry)); err != nil {
			t.Fatal(err)
		}
		if n.Self != &n || n.Any != &n {
			t.Errorf("%p: %+v", &n, n)
		}
	})
	t.Run("Root/Array", func(t *testing.T) {
		type A [1]*A
		var a A
		if err := pickle.Unmarshal([]byte("]q\x00h\x00a."), &a); err != nil || a[0] != &a {
			t.Error(a, err)
		}
	})
	t.Run("ByValue", func(t *testing.T) {
		type S struct{ Self []S }
		type A [1][]A
		for _, v := range []any{new(S), new(A), new(*S), new([]S)} {
			p := "}q\x00VSelf\n(h\x00ls."
			switch v.(type) {
			case *A:
				p = "]q\x00]h\x00aa."
			case *[]S:
				p = "(" + p[:len(p)-1] + "l."
			}
			var e *pickle.UnmarshalTypeError
			if err := pickle.Unmarshal([]byte(p), v); !errors.Is(err, pickle.ErrCycle) || !errors.As(err, &e) {
				t.Errorf("%T: %v", v, err)
			}
			if !reflect.ValueOf(v).Elem().IsZero() {
				t.Errorf("%T: the target has changed", v)
			}
		}
	})
	t.Run("PointerType", func(t *testing.T) {
		type P *P
		var p P
		var e *pickle.LimitError
		if err := pickle.Unmarshal([]byte("K\x01."), &p); !errors.As(err, &e) {
			t.Error(err)
		}
		if err := pickle.Unmarshal([]byte("N."), &p); err != nil {
			t.Error(err)
		}
	})
	t.Run("DoublyLinked", func(t *testing.T) {
		type node struct{ Next, Prev *node }
		v := decode[*node](t, "}q\x00VNext\n}q\x01VPrev\nh\x00ss.")
		if v.Next.Prev != v {
			t.Error("not itself")
		}
	})
	t.Run("ListSubclass", func(t *testing.T) {
		type L []L
		v := decode[L](t, "capp\nL\n)\x81q\x00h\x00a.")
		if &v[0][0] != &v[0] {
			t.Error("not itself")
		}
		type M map[string]M
		m := decode[M](t, "capp\nM\n)\x81q\x00Va\nh\x00s.")
		if m["b"] = nil; len(m["a"]["a"]) != 2 {
			t.Error("not itself")
		}
	})
}

// TestLaughs: a few bytes describe a tree of 2**60 leaves, which stays small.
func TestLaughs(t *testing.T) {
	lists := "]" + strings.Repeat("q\x00](h\x00h\x00e", 60) + "."
	tuples := ")" + strings.Repeat("q\x00h\x00\x86", 60) + "."
	dicts := "}" + strings.Repeat("q\x00}(Va\nh\x00Vb\nh\x00u", 60) + "."
	type L []L
	type M map[string]M
	type N struct {
		A *N `pickle:"a"`
		B *N `pickle:"b"`
	}
	type H struct{ decHook }
	for _, tt := range []struct {
		p    string
		into any
	}{
		{lists, new(any)}, {lists, new(L)}, {lists, new([]any)}, {tuples, new(any)}, {tuples, new(L)}, {dicts, new(any)}, {dicts, new(M)}, {dicts, new(N)},
		{lists, new([]H)}, {tuples, new(H)}, {lists, new(recursiveHook)},
	} {
		if err := pickle.Unmarshal([]byte(tt.p), tt.into); err != nil {
			t.Errorf("%T: %v", tt.into, err)
		}
	}
	var v any
	if err := pickle.Unmarshal([]byte(dicts), &v, pickle.PlainValues(true)); err != nil {
		t.Error(err)
	}
}

type decHook struct{ v any }

func (h *decHook) UnmarshalPickle(v pickle.Value) (err error) {
	h.v, err = v.Any()
	return err
}

// recursiveHook decodes every item by itself, into a variable.
type recursiveHook struct{ kids []recursiveHook }

func (h *recursiveHook) UnmarshalPickle(v pickle.Value) error {
	for _, item := range v.All() {
		var kid recursiveHook
		if err := item.Decode(&kid); err != nil {
			return err
		}
		h.kids = append(h.kids, kid)
	}
	return nil
}

// TestExpansion: where something shared becomes many values, their size is
// limited.
func TestExpansion(t *testing.T) {
	big := "]q\x01(" + strings.Repeat("K\x01", 20000) + "e"
	str := "X\x20\xa1\x07\x00" + strings.Repeat("x", 500000) + "q\x01"
	instances := func(state, one string) string {
		return "]q\x00(" + state + "0" + strings.Repeat(one, 20000) + "e."
	}
	tests := []struct {
		name, pickle string
		into         any
	}{
		// The state, which is not shared itself, is that of 20,000 instances.
		{"State", instances("}VA\n"+strings.ReplaceAll(big, "q\x01", "")+"sq\x02", "capp\nT\n)\x81h\x02b"), new([]decTarget)},
		{"Args", instances("("+strings.ReplaceAll(big, "q\x01", "")+"tq\x02", "capp\nT\nh\x02R"), new([][]int)},
		{"Codecs", instances(str+"c_codecs\nencode\nq\x020Vlatin1\nq\x03", "h\x02(h\x01h\x03tR"), new(any)},
		{"Bytes", instances(big+"c__builtin__\nbytearray\nq\x020", "h\x02(h\x01tR"), new(any)},
		{"Sets", instances(big+"c__builtin__\nset\nq\x020", "h\x02(h\x01tR"), new(any)},
		{"Text", instances("X\xe0\x93\x04\x00"+strings.Repeat("x", 300000)+"q\x01", "h\x01"), new([]upper)},
		{"BigInts", instances("\x8b\x40\x0d\x03\x00"+strings.Repeat("\x01", 200000)+"q\x01", "h\x01"), new([]bigs)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var e *pickle.LimitError
			if err := pickle.Unmarshal([]byte(tt.pickle), tt.into); !errors.As(err, &e) {
				t.Errorf("%v", err)
			}
		})
	}
}

type bigs = big.Int

type decTarget struct{ A []int }

type upper struct{ n int }

func (u *upper) UnmarshalText(text []byte) error {
	u.n = len(text)
	return nil
}

// TestSharedArguments: what is in the arguments of copyreg._reconstructor is one
// object with what is in them where they are fetched again.
func TestSharedArguments(t *testing.T) {
	var v pickle.Tuple
	data := []byte("(ccopyreg\n_reconstructor\n(capp\nC\nc__builtin__\nlist\n](K\x01etq\x00Rh\x00t.")
	if err := pickle.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	o, args := v[0].(*pickle.Object), v[1].(pickle.Tuple)
	if a, b := o.Args[0].([]any), args[2].([]any); &a[0] != &b[0] {
		t.Errorf("%v and %v are two lists", a, b)
	}
}

package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// What comes from Python 2 and what goes there.

func asError[E error](err error, target *E) bool { return errors.As(err, target) }

var python2Modes = []pickle.Python2Mode{pickle.Python2Raw, pickle.Python2ByteString, pickle.Python2Latin1, pickle.Python2UTF8, pickle.Python2Bytes}

// python2Strs are the opcodes for a str of Python 2; each %s is a text without
// quotes that is shorter than 10 bytes.
var python2Strs = []func(string) string{
	func(s string) string { return "S'" + s + "'\n" },
	func(s string) string { return "T" + string(rune(len(s))) + "\x00\x00\x00" + s },
	func(s string) string { return "U" + string(rune(len(s))) + s },
}

type python2Text string

func (t *python2Text) UnmarshalText(b []byte) error {
	*t = python2Text("text " + string(b))
	return nil
}

// TestPython2Modes: what a str of Python 2 becomes by mode in an any, as the key
// of a dict, and in maps; and in types that leave no choice in any mode.
func TestPython2Modes(t *testing.T) {
	const latin, valid = "caf\xe9", "caf\xc3\xa9"
	for _, tt := range []struct {
		mode         pickle.Python2Mode
		latin, valid any    // what they are in an any; nil: an error
		text         string // valid as a string
	}{
		{pickle.Python2Raw, latin, valid, valid},
		{pickle.Python2ByteString, pickle.ByteString(latin), pickle.ByteString(valid), valid},
		{pickle.Python2Latin1, "café", "cafÃ©", "cafÃ©"},
		{pickle.Python2UTF8, nil, "café", "café"},
		{pickle.Python2Bytes, []byte(latin), []byte(valid), valid},
	} {
		mode := pickle.Python2Strings(tt.mode)
		for _, str := range python2Strs {
			for s, want := range map[string]any{latin: tt.latin, valid: tt.valid} {
				var v any
				err := pickle.Unmarshal([]byte(str(s)+"."), &v, mode)
				if (err != nil) != (want == nil) || !reflect.DeepEqual(v, want) {
					t.Errorf("%v: %q is %#v, %v", tt.mode, str(s), v, err)
				}
				if want == nil {
					for _, into := range []any{new(string), new(namedString), new(*string), new(python2Text), new(any)} {
						var e *pickle.UnmarshalTypeError
						if err := pickle.Unmarshal([]byte("("+str(s)+"l."), reflect.New(reflect.SliceOf(reflect.TypeOf(into).Elem())).Interface(), mode); !asError(err, &e) || e.Path != "[0]" || e.Value != "Python 2 str" {
							t.Errorf("%v into %T: %v", tt.mode, into, err)
						}
					}
					for _, into := range []any{new(map[string]int), new(*pickle.Dict), new(map[any]int)} {
						var e *pickle.UnmarshalTypeError
						if err := pickle.Unmarshal([]byte("("+str(s)+"I1\nd."), into, mode); !asError(err, &e) || e.Path != "keys()" {
							t.Errorf("%v into %T: %v", tt.mode, into, err)
						}
					}
				}
				// Types that leave no choice: the bytes as they are.
				type bytesTypes struct {
					B  []byte
					S  pickle.ByteString
					A  pickle.ByteArray
					N  namedBytes
					P  *[]byte
					M  map[pickle.ByteString]int
					D5 []byte
				}
				p := str("B") + str(s) + "p1\n" + str("S") + "g1\n" + str("A") + str(s) + str("N") + "g1\n" + str("P") + str(s) + str("M") + "(g1\nI1\nd" + str("D5") + "g1\n"
				b := decode[bytesTypes](t, "("+p+"d.", mode)
				if string(b.B) != s || string(b.S) != s || string(b.A) != s || string(b.N) != s || string(*b.P) != s || b.M[pickle.ByteString(s)] != 1 || &b.B[0] != &b.D5[0] {
					t.Errorf("%v: %q: %#v", tt.mode, str(s), b)
				}
			}
			type texts struct {
				S string
				N namedString
				P *string
				T python2Text
				M map[string]int
				I map[any]int
			}
			p := str("S") + str(valid) + "p1\n" + str("N") + "g1\n" + str("P") + "g1\n" + str("T") + "g1\n" + str("M") + "(g1\nI1\nd"
			x := decode[texts](t, "("+p+"d.", mode)
			if x.S != tt.text || string(x.N) != tt.text || *x.P != tt.text || x.T != python2Text("text "+tt.text) || x.M[tt.text] != 1 {
				t.Errorf("%v: %#v", tt.mode, x)
			}
		}
	}
}

// TestPython2Names: attributes and keys are found by their names in every mode.
func TestPython2Names(t *testing.T) {
	type person struct {
		Name any            `pickle:"name"`
		Cafe int            `pickle:"café"`
		Age  int            `pickle:"age,required"`
		Rest map[string]any `pickle:",unknown"`
	}
	registry := registryOf(t, map[string]any{"app.Person": person{}})
	for _, mode := range python2Modes {
		cafe := "caf\xc3\xa9"
		if mode == pickle.Python2Latin1 {
			cafe = "caf\xe9"
		}
		opts := []pickle.Options{pickle.Python2Strings(mode), pickle.WithRegistry(registry)}
		for _, str := range python2Strs {
			state := "(" + str("name") + "I1\n" + str(cafe) + "I2\nVage\nI3\n" + str("more") + "I4\nd"
			for _, p := range []string{state, "(iapp\nPerson\n" + state + "b", "(iother\nPerson\n" + state + "b"} {
				v := decode[person](t, p+".", opts...)
				if want := (person{int64(1), 2, 3, map[string]any{"more": int64(4)}}); !reflect.DeepEqual(v, want) {
					t.Errorf("%v: %q: %v", mode, p, v)
				}
				value := parse(t, p+".", opts...)
				for i, name := range []string{"name", "café", "age", "more"} {
					if mode == pickle.Python2ByteString && name == "café" {
						continue // no str that is not ASCII equals a unicode
					}
					var n int
					if err := value.Get(name).Decode(&n); err != nil || n != i+1 {
						t.Errorf("%v: %q: %s is %d, %v", mode, p, name, n, err)
					}
				}
			}
			if v := decode[any](t, "(iapp\nPerson\n"+state+"b.", opts...); v.(*person).Name != int64(1) {
				t.Errorf("%v: %v", mode, v)
			}
			var e *pickle.UnmarshalTypeError
			if err := pickle.Unmarshal([]byte("("+str("agf")+"I1\nd."), new(person), opts...); !asError(err, &e) {
				t.Errorf("%v: %v", mode, err)
			}
			if err := pickle.Unmarshal([]byte("("+str("x")+"I1\nd."), new(struct{}), append(opts, pickle.DisallowUnknownFields(true))...); !asError(err, &e) {
				t.Errorf("%v: %v", mode, err)
			}
		}
	}
}

// TestPython2Keys: str and unicode keys in one dict, by Python 2's rules where
// the mode keeps them apart.
func TestPython2Keys(t *testing.T) {
	// 'a' and u'a' are one key, '\xc3\xa9' and u'é' are two.
	const p = "(S'a'\nI1\nVa\nI2\nS'\\xc3\\xa9'\nI3\nV\\u00e9\nI4\nd."
	for mode, want := range map[pickle.Python2Mode]*pickle.Dict{
		pickle.Python2Raw:        pickle.NewDict("a", int64(2), "é", int64(4)),
		pickle.Python2ByteString: pickle.NewDict(pickle.ByteString("a"), int64(2), pickle.ByteString("é"), int64(3), "é", int64(4)),
		pickle.Python2Latin1:     pickle.NewDict("a", int64(2), "Ã©", int64(3), "é", int64(4)),
		pickle.Python2UTF8:       pickle.NewDict("a", int64(2), "é", int64(4)),
		pickle.Python2Bytes:      pickle.NewDict([]byte("a"), int64(1), "a", int64(2), []byte("é"), int64(3), "é", int64(4)),
	} {
		d := decode[*pickle.Dict](t, p, pickle.Python2Strings(mode))
		var got, keys []any
		for k := range d.All() {
			got = append(got, k)
		}
		for k := range want.All() {
			keys = append(keys, k)
		}
		if !d.Equal(want) || !reflect.DeepEqual(got, keys) {
			t.Errorf("%v: %#v, want %#v", mode, got, keys)
		}
	}
	plain := pickle.PlainValues(true)
	for _, mode := range python2Modes[:4] {
		if diff := cmp.Diff(any(map[string]any{"a": int64(1), "b": []any{}}), decode[any](t, "(S'a'\nI1\nVb\n(ld.", plain, pickle.Python2Strings(mode))); diff != "" {
			t.Errorf("%v: %s", mode, diff)
		}
	}
	var e *pickle.UnmarshalTypeError
	if err := pickle.Unmarshal([]byte("(S'a'\nI1\nd."), new(any), plain, pickle.Python2Strings(pickle.Python2Bytes)); !asError(err, &e) {
		t.Error(err)
	}
}

// TestPython2Shared: a str that is one object stays one in every mode, and
// lossless is lossless: what Python 2 wrote is written again to the byte.
func TestPython2Shared(t *testing.T) {
	const p = "(lp0\nS'caf\\xe9'\np1\nag1\na(iapp\nOld\np2\n(dp3\nS'name'\np4\ng1\nsba(dp5\ng4\ng1\nsV\xe9\np6\ng6\nsa."
	v := decode[any](t, p, pickle.Python2Strings(pickle.Python2ByteString))
	if data, err := pickle.Marshal(v, pickle.Protocol(0)); err != nil || string(data) != p {
		t.Errorf("%v\n got  %q\n want %q", err, data, p)
	}
	for _, mode := range python2Modes {
		l := decode[[]any](t, "(S'caf\\xc3\\xa9'\np1\ng1\n(g1\nl(S'k'\ng1\ndl.", pickle.Python2Strings(mode))
		data, err := pickle.Marshal(l, pickle.Protocol(2))
		if err != nil || bytes.Count(data, []byte("caf")) != 1 {
			t.Errorf("%v: %v, %q", mode, err, data)
		}
	}
}

// TestLivePython2: what a Python 2 program receives, by type() of every value.
func TestLivePython2(t *testing.T) {
	type plain struct {
		A any `pickle:"a"`
	}
	r := pickle.NewRegistry()
	if err := r.Register("shapes.Plain", plain{}); err != nil {
		t.Fatal(err)
	}
	python := pickletest.StartPython(t, "2.7")
	for _, tt := range []struct {
		name  string
		value any
		list  string // what to ask for the types of, of value
		want  string
	}{
		{"text", []any{"text", "", "é", strings.Repeat("x", 300), pickle.ByteString("s"), pickle.ByteString("\xff\n\\'\""), pickle.ByteString(strings.Repeat("x", 300)), []byte("b"), []byte{}, [2]byte{1, 255}},
			"value", "unicode unicode unicode unicode str str str str str str"},
		{"numbers", []any{1, -1, 1<<31 - 1, -1 << 31, uint8(255), int64(1) << 31, int64(1) << 62, uint64(1 << 63), big.NewInt(5), new(big.Int).Lsh(big.NewInt(1), 100)}, "value",
			"int int int int int long long long int long"},
		{"others", []any{true, nil, 1.5, 2i, pickle.ByteArray("a"), pickle.ByteArray{}, pickle.NewSet(1), pickle.NewSet(), pickle.NewFrozenSet("x"), map[string]struct{}{"x": {}}}, "value",
			"bool NoneType float complex bytearray bytearray set set frozenset set"},
		{"containers", []any{[]int{1}, pickle.Tuple{1}, pickle.Tuple{}, map[string]int{}, pickle.Range{0, 5, 1}, pickle.Slice{1, 2, nil}}, "value", "list tuple tuple dict xrange slice"},
		{"keys", []any{pickle.NewDict(pickle.ByteString("s"), 1, "u", 2), map[pickle.ByteString]int{"s": 1}, struct{ A int }{1}}, "sorted(value[0], key=str) + value[1].keys() + value[2].keys()",
			"str unicode str unicode"},
		{"keywords", map[string]any{"a": 1, "b": "x"}, "(lambda a, b: [a, b])(**value)", "int unicode"},
		{"instance", &plain{pickle.ByteString("s")}, "[value, value.a] + value.__dict__.keys()", "Plain str unicode"},
		{"names", []any{pickle.Global{Module: "builtins", Name: "str"}, pickle.Global{Module: "builtins", Name: "int"}, pickle.Global{Module: "builtins", Name: "range"}, pickle.Global{Module: "builtins", Name: "bytes"}},
			"[x(0) for x in value]", "unicode long xrange str"},
	} {
		for protocol := range 3 {
			data, err := pickle.Marshal(tt.value, pickle.Protocol(protocol), pickle.WithRegistry(r))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(python2Types(t, python, "", data, tt.list), " "); got != tt.want {
				t.Errorf("%s at protocol %d\n got  %s\n want %s\n%q", tt.name, protocol, got, tt.want, data)
			}
		}
	}
}

// python2Types has a Python 2 load data with cPickle as value, and returns the
// types of the items of the list that an expression makes of it. prelude are
// statements that go before.
func python2Types(t *testing.T, python *pickletest.Python, prelude string, data []byte, list string) []string {
	t.Helper()
	source := fmt.Sprintf(`%s
import cPickle
value = cPickle.loads(b%v)
value = [type(x).__name__ + (' ' + x.__class__.__name__ if type(x).__name__ == 'instance' else '') for x in %s]`, prelude, pythonBytes(data), list)
	answer, err := python.Dumps(source, 2)
	if err != nil {
		t.Fatalf("%v: %q", err, data)
	}
	var types []string
	if err := pickle.Unmarshal(answer, &types); err != nil {
		t.Fatal(err)
	}
	return types
}

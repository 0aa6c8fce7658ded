package pickle_test

import (
	"errors"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
)

// TestBuiltinCalls: what is known of Python's own functions, and what stays a
// call because it is not.
func TestBuiltinCalls(t *testing.T) {
	for _, tt := range []struct {
		pickle string
		want   any // nil: an *Object
	}{
		{"c_codecs\nencode\n(Vabc\nVascii\ntR.", []byte("abc")},
		{"c_codecs\nencode\n(X\x02\x00\x00\x00\xc3\xa9Vutf-8\ntR.", []byte("é")},
		{"c_codecs\nencode\n(X\x02\x00\x00\x00\xc3\xa9Vascii\ntR.", nil},
		{"c_codecs\nencode\n(X\x03\x00\x00\x00\xe2\x82\xacVlatin1\ntR.", nil},
		{"c_codecs\nencode\n(Vabc\nVrot13\ntR.", nil},
		{"c_codecs\nencode\n(Vabc\nNtR.", nil},
		{"c_codecs\nencode\n(Vabc\ntR.", nil},
		{"c__builtin__\nbytes\n)R.", []byte{}},
		{"c__builtin__\nbytes\n((K\x01K\x02ltR.", []byte{1, 2}},
		{"c__builtin__\nbytes\n((K\x01M\x00\x01ltR.", nil},
		{"c__builtin__\nbytearray\n(C\x02abtR.", pickle.ByteArray("ab")},
		{"c__builtin__\nbytearray\n(Vab\nVlatin1\ntR.", pickle.ByteArray("ab")},
		{"c__builtin__\nbytearray\n(K\x05tR.", nil},
		{"c__builtin__\nbytearray\n(NNNtR.", nil},
		{"c__builtin__\nset\n)R.", pickle.NewSet()},
		{"c__builtin__\nfrozenset\n(NNtR.", nil},
		{"c__builtin__\nfrozenset\n(K\x01tR.", nil},
		{"c__builtin__\nlist\n((K\x01ttR.", []any{int64(1)}},
		{"c__builtin__\ntuple\n(]tR.", pickle.Tuple{}},
		{"c__builtin__\ncomplex\n)R.", nil},
		{"c__builtin__\ncomplex\n(NtR.", nil},
		{"c__builtin__\nxrange\n(K\x01tR.", nil},
		{"c__builtin__\nxrange\n(NNNtR.", nil},
		{"c__builtin__\nxrange\n(K\x01K\x02K\x00tR.", nil},
		{"c__builtin__\nslice\n(K\x01tR.", nil},
		{"c__builtin__\nset\n)R}Va\nNsb.", nil},
		{"c__builtin__\ncomplex\n(F1\nF1\ntR}Va\nNsb.", nil},
		{"c__builtin__\ngetattr\n(NVa\ntR.", nil},
		{"c__builtin__\ngetattr\n(NNtR.", nil},
		{"c__builtin__\ngetattr\n(NtR)R.", nil},
		{"c__builtin__\ngetattr\n(cx\nC\nNtR)R.", nil},
		{"ccopy_reg\n_reconstructor\n(NNtR.", nil},
		{"ccopy_reg\n_reconstructor\n(NNNtR.", nil},
		{"ccopy_reg\n_reconstructor\n(Nc__builtin__\nobject\nNtR.", nil},
		{"cfunctools\npartial\n(cx\nf\ntR(cx\nf\n)}Ntb)R.", nil},
		{"cfunctools\npartial\n(cx\nf\ntR(cx\nf\n(Nt}Ntb)R.", nil},
		{"cfunctools\npartial\n(cx\nf\ntR(cx\nf\n(cx\nC\nt}Ntb)R.", nil},
		{"cfunctools\npartial\n(cx\nf\ntR(Ntb)R.", nil},
	} {
		v := decode[any](t, tt.pickle)
		if _, ok := v.(*pickle.Object); tt.want == nil && !ok {
			t.Errorf("%q: %T", tt.pickle, v)
		}
		if tt.want != nil {
			if diff := cmp.Diff(tt.want, v); diff != "" {
				t.Errorf("%q: %s", tt.pickle, diff)
			}
		}
	}
}

// TestErrorsInside: an error deep inside is an error of the whole, wherever it
// is.
func TestErrorsInside(t *testing.T) {
	registry := pickle.WithRegistry(classes(t))
	const bad = "}]Ns" // a list as a key
	for _, tt := range []struct {
		pickle string
		into   any
	}{
		{"cx\nf\n(" + bad + "tR.", new(any)},
		{"cx\nf\n(" + bad + "tR)R.", new(any)},
		{"cx\nf\n)R(" + bad + "e.", new(any)},
		{"cx\nf\n)R(N" + bad + "u.", new(any)},
		{"cx\nf\n)R(" + bad + "Nu.", new(any)},
		{"cx\nf\n)R" + bad + "bNb.", new(any)},
		{"cx\nf\n)R" + bad + "b.", new(any)},
		{"cx\nC\n)}Va\n" + bad + "s\x92.", new(any)},
		{"cx\nC\n)\x81q\x00cx\nf\n" + bad + "\x85R0h\x00(cx\nf\n)R(" + bad + "tRh\x00N\x86R0.", new(any)},
		{"c__builtin__\nslice\n(" + bad + "NNtR.", new(any)}, {"c__builtin__\nslice\n(" + bad + "NNtR.", new(pickle.Slice)}, {"c__builtin__\nslice\n(" + bad + "NNtR.", new(int)},
		{bad + "Q.", new(any)}, {bad + "Q.", new(int)}, {bad + "Q.", new(pickle.PersistentRef)},
		{"}" + bad + "Ns.", new(any)}, {"\x8f(" + bad + "\x90.", new(any)}, {"(" + bad + "\x91.", new(pickle.FrozenSet)}, {"\x8f(" + bad + "\x90.", new(pickle.Set)},
		{bad + ".", new(error)}, {"K\x01.", new(error)}, {bad + ".", new(pickle.Dict)}, {"(" + bad + "l.", new(pickle.Tuple)},
		{"capp\nColor\n(K\x01tR.", new(any)}, {"capp\nUserErr\n(VbadVx\ntR.", new(any)}, {"capp\nUser\n)\x81(Vx\nVy\ntb.", new(any)},
		{"capp\nUser\n)\x81}Vage\nVx\nsbNb.", new(any)}, {"capp\nUser\n)\x81}Vage\nVx\nsN\x86b.", new(any)}, {"capp\nUser\n)}Vage\nVx\ns\x92.", new(any)},
		{"capp\nStateful\n)\x81Vbad\nbNb.", new(any)}, {"capp\nInts\n)\x81(Vx\ne.", new(any)}, {"cx\nT\n)\x81Vage\nVx\ns.", new(DecUser)},
		{"cx\nT\n(Vx\nt\x81.", new(decXY)}, {"cx\nT\n)\x81(Vx\nVy\ne.", new(decXY)}, {"Vnot a number\n.", new(big.Float)},
		{"}Vx\n" + bad + "s.", new(map[string]any)}, {"(K\x01Vx\nl.", new([]byte)}, {"}q\x00VA\n(h\x00ts.", new(struct{ A [1]pickle.Object })},
	} {
		if err := pickle.Unmarshal([]byte(tt.pickle), tt.into, registry); err == nil {
			t.Errorf("%q into %T: no error", tt.pickle, tt.into)
		}
		if err := pickle.Unmarshal([]byte(tt.pickle), tt.into, registry, pickle.PlainValues(true)); err == nil && tt.pickle[0] != '(' && tt.pickle[0] != '\x8f' {
			t.Errorf("%q into %T, plain: no error", tt.pickle, tt.into)
		}
	}
	var e *pickle.UnmarshalTypeError
	type dictOfItself struct{ A pickle.Dict }
	if err := pickle.Unmarshal([]byte("}q\x00VA\nh\x00s."), new([]dictOfItself)); !errors.As(err, &e) {
		t.Error(err)
	}
}

func TestTextOfBigNumbers(t *testing.T) {
	old := new(big.Float).SetInt64(7)
	v := *old
	if err := pickle.Unmarshal([]byte("V1.5\n."), &v); err != nil || v.String() != "1.5" || old.String() != "7" {
		t.Error(&v, old, err)
	}
	oldInt := new(big.Int).Lsh(big.NewInt(1), 100)
	i := *oldInt
	if err := pickle.Unmarshal([]byte("K\x05."), &i); err != nil || i.Int64() != 5 || oldInt.BitLen() != 101 {
		t.Error(&i, oldInt, err)
	}
}

func TestSharedSets(t *testing.T) {
	v := decode[[]pickle.FrozenSet](t, twice("(K\x01\x91"))
	if v[0] != v[1] {
		t.Error("two sets")
	}
	w := decode[[]*pickle.Set](t, twice("\x8f(K\x01\x90"))
	if w[0] != w[1] {
		t.Error("two sets")
	}
	x := decode[[]pickle.Dict](t, twice("}K\x01K\x02s"))
	if x[1].Len() != 1 {
		t.Error(x[1].Len())
	}
	y := decode[[]pickle.Object](t, twice("cx\nT\n)\x81"))
	if y[1].Class.Name != "T" {
		t.Error(y)
	}
	type embedded struct {
		*DecUser
	}
	if z := decode[embedded](t, "}(Vname\nVx\nVage\nK\x05u."); z.Name != "x" || z.Age != 5 {
		t.Error(z)
	}
}

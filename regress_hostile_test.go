package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
)

// endless is a reader that never ends.
type endless struct{ n int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.n += int64(len(p))
	return len(p), nil
}

// TestMaxSizeHoldsForAnyClaim: a payload that claims more than an int64 can
// count on from there is not read.
func TestMaxSizeHoldsForAnyClaim(t *testing.T) {
	var limit *pickle.LimitError
	for _, claim := range []string{"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f", "\x8d\xff\xff\xff\xff\xff\xff\xff\x7f", "\x96\xff\xff\xff\xff\xff\xff\xff\x7f", "\x95\xff\xff\xff\xff\xff\xff\xff\x7f"} {
		r := new(endless)
		d := pickle.NewDecoder(io.MultiReader(strings.NewReader("N0"+claim), r), pickle.MaxSize(1<<20))
		if err := d.Decode(new(any)); !errors.As(err, &limit) || limit.Limit != "size" || r.n > 4<<20 {
			t.Errorf("%q: %v, after %d bytes", claim, err, r.n)
		}
	}
}

// TestPartialOfItself: the callable of functools.partial is looked for in no
// other partial.
func TestPartialOfItself(t *testing.T) {
	o := decode[*pickle.Object](t, "cfunctools\npartial\n)Rq\x00(h\x00(cx\nC\ntNNtb)R.")
	p, ok := o.Callable.(*pickle.Object)
	if !ok || p.State.(pickle.Tuple)[0] != any(p) {
		t.Errorf("%v", o)
	}
}

// selfInterface is a value that contains itself by way of a pointer to an
// interface.
func selfInterface() any {
	var x any
	x = &x
	return x
}

// TestPrintCycles: what contains itself has a text that ends, whatever the verb.
func TestPrintCycles(t *testing.T) {
	values := map[string]any{
		"List":      decode[any](t, "]q\x00(h\x00h\x00e."),
		"Dict":      decode[any](t, "}q\x00K\x01]q\x01h\x00ah\x01as."),
		"Tuple":     decode[any](t, "]q\x00h\x00\x85q\x010h\x00h\x01a0h\x01."),
		"Set":       decode[any](t, "\x80\x04]q\x00\x8fq\x01(cm\nC\n)Rq\x02h\x01b\x90a."),
		"Object":    decode[any](t, "cm\nC\n)Rq\x00]h\x00a\x85b."),
		"Reference": decode[any](t, "]q\x00h\x00Qa."),
		"Slice":     decode[any](t, "c__builtin__\nslice\n(]q\x00NNtRq\x010h\x00h\x01a0h\x01."),
		"Interface": selfInterface(),
	}
	type node struct {
		Next any
		All  []*node
		M    map[string]any
	}
	n := &node{M: map[string]any{}}
	n.Next, n.All, n.M["n"] = n, []*node{n}, n
	values["Struct"] = n
	for name, v := range values {
		t.Run(name, func(t *testing.T) {
			if s := pickle.Repr(v); len(s) > 1000 || !strings.Contains(s, "...") && name != "Interface" {
				t.Errorf("%.200s", s)
			}
			if s := pickle.ReprIndent(v, "\t"); len(s) > 10000 {
				t.Errorf("%.200s", s)
			}
			if !pickle.Equal(v, v) {
				t.Error("it does not equal itself")
			}
			switch v.(type) {
			case []any, *node, *any: // their text is that of package fmt
				return
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				if s := fmt.Sprintf(verb, v); len(s) > 1000 {
					t.Errorf("%s: %.200s", verb, s)
				}
			}
		})
	}
}

// TestPrintDeep: no depth overflows the stack.
func TestPrintDeep(t *testing.T) {
	type link struct{ Next *link }
	var list, tuple, ref, object any
	var chain *link
	var pointers any = 1
	for range 200_000 {
		list, tuple, ref, object = []any{list}, pickle.Tuple{tuple}, pickle.PersistentRef{ID: ref}, &pickle.Object{State: object}
		chain = &link{chain}
		p := pointers
		pointers = &p
	}
	for _, v := range []any{list, tuple, ref, object, chain, pointers} {
		if s := pickle.Repr(v); len(s) > 1<<27 {
			t.Errorf("%T: %d bytes", v, len(s))
		}
		if !pickle.Equal(v, v) {
			t.Errorf("%T does not equal itself", v)
		}
		var e *pickle.MarshalError
		if _, err := pickle.Marshal(v); !errors.As(err, &e) {
			t.Errorf("%T: %v", v, err)
		}
		d := pickle.NewDict()
		func() {
			defer func() { _ = recover() }() // Set panics at what is no key
			d.Set(v, 1)
		}()
		d.Get(v)
	}
}

// TestLongTextOfNumbers: big.Rat and big.Float read decimal digits in time that
// grows with their square.
func TestLongTextOfNumbers(t *testing.T) {
	for _, digits := range []int{4300, 4301} {
		p := []byte("V" + strings.Repeat("9", digits) + "\n.")
		for _, target := range []any{new(big.Rat), new(big.Float)} {
			if err := pickle.Unmarshal(p, target); (err == nil) != (digits == 4300) {
				t.Errorf("%d digits into %T: %v", digits, target, err)
			}
		}
	}
}

// boxedPair is a value without an identity.
type boxedPair struct{ A, B any }

// TestBoxedLaughs: values that a function of the program returns are compared by
// Go's rules, which know no identity.
func TestBoxedLaughs(t *testing.T) {
	r := pickle.NewRegistry()
	if err := r.RegisterFunc("m.pair", func(a, b any) boxedPair { return boxedPair{a, b} }); err != nil {
		t.Fatal(err)
	}
	p := "cm\npair\nq\x000}N" + strings.Repeat("q\x010h\x00h\x01h\x01\x86R", 60) + "Ns."
	for _, target := range []any{new(any), new(map[any]any)} {
		var e *pickle.UnmarshalTypeError
		if err := pickle.Unmarshal([]byte(p), target, pickle.WithRegistry(r)); !errors.As(err, &e) {
			t.Errorf("%T: %v", target, err)
		}
	}
	small := "cm\npair\nq\x000}N" + strings.Repeat("q\x010h\x00h\x01h\x01\x86R", 3) + "Ns."
	m := decode[map[any]any](t, small, pickle.WithRegistry(r))
	if len(m) != 1 {
		t.Error(m)
	}
}

// chainHook is a hook in a hook, with what it has read and where it failed.
type chainHook struct {
	Next *chainHook
	Rest []any
}

func (h *chainHook) UnmarshalPickle(v pickle.Value) error {
	if v.Len() == 0 {
		return errors.New("the end")
	}
	return v.Get("next").Decode(&h.Next)
}

// TestHookErrorPaths: the path of an error that has come through many hooks is
// cut.
func TestHookErrorPaths(t *testing.T) {
	p := strings.Repeat("}Vnext\n", 9000) + "N" + strings.Repeat("s", 9000) + "."
	p = strings.Replace(p, "Ns", "]s", 1)
	err := pickle.Unmarshal([]byte(p), new(chainHook))
	var e *pickle.UnmarshalTypeError
	if !errors.As(err, &e) || len(e.Path) > 5000 || !strings.HasPrefix(e.Path, `["next"]["next"]`) || !strings.Contains(e.Path, "…") {
		t.Errorf("%.300v", err)
	}
}

// TestSessionsSeeWhatTheyNeed: Values of Parse are decoded each by itself, and
// find the same as Unmarshal, however many of the shared objects they look at.
func TestSessionsSeeWhatTheyNeed(t *testing.T) {
	var p bytes.Buffer
	p.WriteString("(")
	for i := range 400 {
		fmt.Fprintf(&p, "(V%d\np%d\nI%d\nl", i, i, i)
		fmt.Fprintf(&p, "p%d\n", 1000+i)
	}
	for i := range 400 {
		fmt.Fprintf(&p, "(g%d\ng%d\nl", i, 1000+i)
	}
	p.WriteString("l.")
	want := decode[[]any](t, p.String())
	v, err := pickle.Parse(p.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Any(); err != nil || !reflect.DeepEqual(got, any(want)) {
		t.Error("the whole differs", err)
	}
	for i, x := range v.All() {
		if got, err := x.Any(); err != nil || !reflect.DeepEqual(got, want[i.(int)]) {
			t.Errorf("%v: %v, %v", i, got, err)
		}
		if got := x.Index(0).String(); got != pickle.Repr(want[i.(int)].([]any)[0]) {
			t.Errorf("%v: %s", i, got)
		}
	}
}

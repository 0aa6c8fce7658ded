package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/go-pickle/pickle"
)

// What Python 2.2 wrote in listing 1.
const (
	article1Text   = "(S'this is a string'\nI42\n(lp1\nI1\naI2\naI3\naNtp2\n."
	article1Binary = "(U\x10this is a stringK*]q\x01(K\x01K\x02K\x03eNtq\x02."
)

// dumpsAndLoads is listing 1. Marshal is dumps, Unmarshal is loads; Unmarshal
// sees for itself whether a pickle is text or binary.
func dumpsAndLoads(s *session) error {
	t1 := pickle.Tuple{"this is a string", 42, []any{1, 2, 3}, nil}
	s.show("t1", t1)

	for _, format := range []struct {
		name     string
		protocol pickle.Options
		article  string
	}{{"text", text, article1Text}, {"binary", binary, article1Binary}} {
		p, err := pickle.Marshal(t1, format.protocol)
		if err != nil {
			return err
		}
		s.printf("%s: %q", format.name, p)
		if err := s.dump("01-"+format.name+".pkl", t1, format.protocol); err != nil {
			return err
		}
		var t2, old any
		if err := s.load("01-"+format.name+".pkl", &t2); err != nil {
			return err
		}
		s.show("t2", t2)
		if err := pickle.Unmarshal([]byte(format.article), &old); err != nil {
			return err
		}
		s.show("the article's", old)
	}

	// Go knows the types, so t2 can be a struct as well.
	var t3 struct {
		_       struct{} `pickle:",tuple"`
		Text    string
		Number  int
		List    []int
		Nothing *string
	}
	if err := s.load("01-binary.pkl", &t3); err != nil {
		return err
	}
	s.printf("a struct: %q, %d, %d, %v", t3.Text, t3.Number, t3.List, t3.Nothing)
	return nil
}

// dumpAndLoad is listing 2. An Encoder is dump, a Decoder is load.
func dumpAndLoad(s *session) error {
	f1, err := os.Create("02.pkl")
	if err != nil {
		return err
	}
	defer f1.Close()
	enc := pickle.NewEncoder(f1, binary)
	for _, v := range []any{
		"apple",
		map[int]string{1: "One", 2: "Two", 3: "Three"},
		[]string{"fee", "fie", "foe", "fum"},
	} {
		if err := enc.Encode(v); err != nil {
			return err
		}
	}
	if err := f1.Close(); err != nil {
		return err
	}

	f2, err := os.Open(filepath.Join(s.from, "02.pkl"))
	if err != nil {
		return err
	}
	defer f2.Close()
	dec := pickle.NewDecoder(f2)
	var a2 string
	var b2 map[int]string
	var c2 []string
	if err := errors.Join(dec.Decode(&a2), dec.Decode(&b2), dec.Decode(&c2)); err != nil {
		return err
	}
	s.show("a2", a2)
	s.show("b2", b2)
	s.show("c2", c2)
	s.printf("at the end: %v", dec.Decode(new(any)))
	return nil
}

// formats is listing 3.
func formats(s *session) error {
	s.show("pickle.FormatVersion", pickle.FormatVersion)
	s.show("pickle.CompatibleFormats()", pickle.CompatibleFormats())
	return nil
}

// references is listing 4. A variable of Python is a pointer: where two of them
// point to one list, they still do when they are restored.
func references(s *session) error {
	type pair struct {
		_    struct{} `pickle:",tuple"`
		A, B *[]int
	}
	a := &[]int{1, 2, 3}
	b := a
	*a = append(*a, 4)
	s.show("a", a)
	s.show("b", b)
	if err := s.dump("04.pkl", pair{A: a, B: b}, text); err != nil {
		return err
	}

	var p pair
	if err := s.load("04.pkl", &p); err != nil {
		return err
	}
	d, e := p.A, p.B
	*d = append(*d, 5)
	s.show("d", d)
	s.show("e", e)
	return nil
}

// recursive is listing 5: a list that is one of its own items. The items of a
// slice are shared, its length is not; so there has to be room for the last item
// before the slice is put there.
func recursive(s *session) error {
	l := []any{1, 2, 3, nil}
	l[3] = l
	s.show("l", l)
	if err := s.dump("05.pkl", l, text); err != nil {
		return err
	}

	var l2 []any
	if err := s.load("05.pkl", &l2); err != nil {
		return err
	}
	inner, _ := l2[3].([]any)
	s.show("l2", l2)
	s.show("l2[3]", inner)
	s.show("l2[3][3]", inner[3])
	s.printf("l2[3] is l2: %v", is(inner, l2))
	return nil
}

// is reports whether two lists are one object, like Python's operator.
func is(a, b any) bool {
	x, _ := a.([]any)
	y, _ := b.([]any)
	return len(x) > 0 && len(x) == len(y) && &x[0] == &y[0]
}

// twoLists returns two lists, each of which has the other one as its last item.
func twoLists() (a, b []any) {
	a = []any{1, 2, nil}
	b = []any{3, 4, a}
	a[2] = b
	return a, b
}

// lists is a tuple of two lists.
type lists struct {
	_    struct{} `pickle:",tuple"`
	A, B []any
}

// circular is listing 6.
func circular(s *session) error {
	a, b := twoLists()
	s.show("a", a)
	s.show("b", b)
	if err := s.dump("06.pkl", lists{A: a, B: b}, text); err != nil {
		return err
	}

	var p lists
	if err := s.load("06.pkl", &p); err != nil {
		return err
	}
	s.compare(p.A, p.B)
	return nil
}

// compare shows two lists that should have each other as an item.
func (s *session) compare(c, d []any) {
	s.show("c", c)
	s.show("d", d)
	s.show("c[2]", c[2])
	s.show("d[2]", d[2])
	s.printf("c[2] is d: %v", is(c[2], d))
	s.printf("d[2] is c: %v", is(d[2], c))
}

// apart is listing 7: each pickle has a copy of both lists.
func apart(s *session) error {
	return s.twoPickles("07.pkl")
}

// oneMemo is listing 9: with one memo for all pickles of a file, what was in an
// earlier one is only referred to.
func oneMemo(s *session) error {
	return s.twoPickles("09.pkl", pickle.KeepMemo(true))
}

// twoPickles writes each of two lists as a pickle of its own to one file.
func (s *session) twoPickles(name string, opts ...pickle.Options) error {
	a, b := twoLists()
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	enc := pickle.NewEncoder(f, append(opts, text)...)
	if err := errors.Join(enc.Encode(a), enc.Encode(b), f.Close()); err != nil {
		return err
	}

	f, err = os.Open(filepath.Join(s.from, name))
	if err != nil {
		return err
	}
	defer f.Close()
	var c, d []any
	dec := pickle.NewDecoder(f, opts...)
	if err := errors.Join(dec.Decode(&c), dec.Decode(&d)); err != nil {
		return err
	}
	if err := dec.Decode(new(any)); err != io.EOF {
		return errors.New("there are more than two pickles")
	}
	s.compare(c, d)
	return nil
}

// copies is listing 8: equal, but not the same.
func copies(s *session) error {
	j := []any{1, 2, 3}
	k := j
	s.printf("k is j: %v", is(k, j))
	if err := s.dump("08.pkl", k, text); err != nil {
		return err
	}

	var y []any
	if err := s.load("08.pkl", &y); err != nil {
		return err
	}
	s.show("y", y)
	s.printf("y == k: %v", pickle.Equal(y, k))
	s.printf("y is k: %v", is(y, k))
	s.printf("y is j: %v", is(y, j))
	s.printf("k is j: %v", is(k, j))
	return nil
}

// unpicklable is listing 10. What has a meaning for the running program alone is
// an error, and so are functions: Python pickles those by their name.
func unpicklable(s *session) error {
	f, err := os.Create("10.txt")
	if err != nil {
		return err
	}
	defer f.Close()
	for _, v := range []any{
		f,
		make(chan int),
		map[string]any{"log": func(string) {}},
	} {
		_, err := pickle.Marshal(v)
		var marshalErr *pickle.MarshalError
		if !errors.As(err, &marshalErr) {
			return errors.New("that was not refused")
		}
		s.printf("%v", err)
	}
	return nil
}

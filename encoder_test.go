package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
)

// failingWriter fails after n bytes.
type failingWriter struct {
	n   int
	out bytes.Buffer
}

func (w *failingWriter) Write(p []byte) (int, error) {
	if len(p) > w.n {
		n, _ := w.out.Write(p[:w.n])
		w.n = 0
		return n, io.ErrShortWrite
	}
	w.n -= len(p)
	return w.out.Write(p)
}

// TestEncoder: pickles that follow one another, with and without one memo, and
// writers that fail.
func TestEncoder(t *testing.T) {
	large := strings.Repeat("x", 1<<17)
	shared := []any{int64(1), large}
	for _, keep := range []bool{false, true} {
		var w failingWriter
		enc := pickle.NewEncoder(&w, pickle.KeepMemo(keep))
		var want []any
		for i := range 20 {
			w.n = 1 << 20
			v := []any{fmt.Sprint("text ", i), shared}
			switch i % 4 {
			case 1:
				v = append(v, &marshalsOnce{}, make(chan int))
				if err := enc.Encode(v); err == nil {
					t.Fatal("no error")
				}
				continue
			case 2:
				w.n = i
				out := w.out.Len()
				if err := enc.Encode(v); !errors.Is(err, io.ErrShortWrite) {
					t.Fatal(err)
				}
				w.out.Truncate(out)
				continue
			}
			if err := enc.Encode(v); err != nil {
				t.Fatal(err)
			}
			want = append(want, v)
		}
		dec := pickle.NewDecoder(&w.out, pickle.KeepMemo(keep))
		var first any
		for i := range want {
			var v []any
			if err := dec.Decode(&v); err != nil {
				t.Fatal(err)
			}
			if pickle.Repr(v) != pickle.Repr(want[i]) {
				t.Errorf("pickle %d differs", i)
			}
			if i == 0 {
				first = v[1]
			} else if one := &first.([]any)[0] == &v[1].([]any)[0]; one != keep {
				t.Errorf("KeepMemo(%v): one object is %v", keep, one)
			}
		}
	}
}

// marshalsOnce is another value each time it is asked.
type marshalsOnce struct{ n int }

func (m *marshalsOnce) MarshalPickle() (any, error) {
	m.n++
	return []any{int64(m.n)}, nil
}

// TestForgetHooks: what a hook returned for a pickle that failed is forgotten.
func TestForgetHooks(t *testing.T) {
	var out bytes.Buffer
	m := &marshalsOnce{}
	enc := pickle.NewEncoder(&out, pickle.KeepMemo(true))
	if err := enc.Encode([]any{m, m, make(chan int)}); err == nil || out.Len() > 0 {
		t.Fatalf("%v, %d bytes", err, out.Len())
	}
	for range 2 {
		if err := enc.Encode([]any{m, m}); err != nil {
			t.Fatal(err)
		}
	}
	dec := pickle.NewDecoder(&out, pickle.KeepMemo(true))
	for range 2 {
		var v any
		if err := dec.Decode(&v); err != nil || pickle.Repr(v) != "[[2], [2]]" {
			t.Errorf("%v, %v", v, err)
		}
	}
}

// TestAppend: what is in dst stays, also where it fails.
func TestAppend(t *testing.T) {
	dst := []byte("before")
	out, err := pickle.Append(dst, 1)
	if err != nil || string(out) != "before\x80\x05K\x01." {
		t.Errorf("%q, %v", out, err)
	}
	out, err = pickle.Append(dst, []any{1, make(chan int)})
	if err == nil || string(out) != "before" {
		t.Errorf("%q, %v", out, err)
	}
	large := strings.Repeat("x", 1<<18)
	out, err = pickle.Append(dst, []string{large, large})
	want, _ := pickle.Marshal([]string{large, large})
	if err != nil || string(out) != "before"+string(want) {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

// TestOptionsOfMarshal: the options that concern encoding.
func TestOptionsOfMarshal(t *testing.T) {
	class := pickle.Global{Module: "builtins", Name: "range"}
	for name, c := range map[string]struct {
		v    any
		opts []pickle.Options
		want string
	}{
		"default":      {1, nil, "\x80\x05K\x01."},
		"negative":     {1, []pickle.Options{pickle.Protocol(-1)}, "\x80\x05K\x01."},
		"later wins":   {1, []pickle.Options{pickle.Protocol(0), pickle.JoinOptions(pickle.Protocol(4), pickle.Protocol(2)), nil}, "\x80\x02K\x01."},
		"FixImports":   {class, []pickle.Options{pickle.Protocol(2)}, "\x80\x02c__builtin__\nxrange\nq\x00."},
		"NoFixImports": {class, []pickle.Options{pickle.Protocol(2), pickle.FixImports(false)}, "\x80\x02cbuiltins\nrange\nq\x00."},
		"NoMemo":       {[]any{"ab", "ab"}, []pickle.Options{pickle.Protocol(1), pickle.NoMemo(true)}, "](X\x02\x00\x00\x00abX\x02\x00\x00\x00abe."},
		"ID number":    {5, []pickle.Options{pickle.Protocol(0), pickle.PersistentID(func(any) (any, bool, error) { return uint8(7), true, nil })}, "P7\n."},
		"nested ID": {5, []pickle.Options{pickle.Protocol(1), pickle.PersistentID(func(v any) (any, bool, error) {
			switch v {
			case 5:
				return pickle.Tuple{6, "x"}, true, nil
			case 6:
				return 7, true, nil
			}
			return nil, false, nil
		})}, "(K\x07QX\x01\x00\x00\x00xq\x00tq\x01Q."},
	} {
		got, err := pickle.Marshal(c.v, c.opts...)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}

package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
)

// TestDiff changes one thing at a time.
func TestDiff(t *testing.T) {
	dir := t.TempDir()
	object := func(o pickle.Object) any {
		o.Class = pickle.Global{Module: "m", Name: "C"}
		return []any{&o}
	}
	cycle := func(end any) any {
		l := []any{nil, end}
		l[0] = l
		return l
	}
	for _, tt := range []struct {
		a, b any
		want string
	}{
		{int64(1), true, "- 1\n+ True\n"},
		{"a", "b", "- 'a'\n+ 'b'\n"},
		{math.NaN(), math.NaN(), ""},
		{0.0, math.Copysign(0, -1), "- 0.0\n+ -0.0\n"},
		{[]byte("a"), pickle.ByteArray("a"), "- b'a'\n+ bytearray(b'a')\n"},
		{[]any{}, pickle.Tuple{}, "- []\n+ ()\n"},
		{[]any{"a", "b", "c"}, []any{"b", "c"}, "- [0] = 'a'\n"},
		{[]any{"a", "c"}, []any{"a", "b", "c"}, "+ [1] = 'b'\n"},
		{[]any{"a", int64(1), "x"}, []any{"a", true}, "- [1] = 1\n+ [1] = True\n- [2] = 'x'\n"},
		{[]any{int64(1), "x"}, []any{true}, "- [0] = 1\n+ [0] = True\n- [1] = 'x'\n"},
		{pickle.NewDict("a", int64(1), "b", int64(2)), pickle.NewDict("b", int64(2), "a", int64(1)), ""},
		{pickle.NewOrderedDict("a", int64(1)), pickle.NewOrderedDict("a", int64(2)), "- [\"a\"] = 1\n+ [\"a\"] = 2\n"},
		{pickle.NewFrozenSet("a"), pickle.NewFrozenSet("b"), "- {'a'} = 'a'\n+ {'b'} = 'b'\n"},
		{cycle("x"), cycle("y"), "- [1] = 'x'\n+ [1] = 'y'\n"},
		{object(pickle.Object{Args: pickle.Tuple{int64(1)}}), object(pickle.Object{Args: pickle.Tuple{int64(2)}}), "- [0].__args__[0] = 1\n+ [0].__args__[0] = 2\n"},
		{object(pickle.Object{State: int64(1)}), object(pickle.Object{}), "- [0].__state__ = 1\n"},
		{object(pickle.Object{Pairs: []pickle.Pair{{Key: "k", Value: int64(1)}}}), object(pickle.Object{}), "- [0][\"k\"] = 1\n"},
		{object(pickle.Object{Items: []any{"i"}}), object(pickle.Object{}), "- [0][0] = 'i'\n"},
		{object(pickle.Object{State: pickle.Tuple{nil, pickle.NewDict("slot", "s")}}), object(pickle.Object{State: pickle.NewDict("slot", "s")}), ""},
		{object(pickle.Object{Callable: pickle.PersistentRef{ID: "f"}}), object(pickle.Object{Callable: pickle.PersistentRef{ID: "g"}}), "- [0].__class__ = persistent_id('f')\n+ [0].__class__ = persistent_id('g')\n"},
		{[]any{[]any{[]any{}}}, strings.Repeat("é", 100), "- <list, 1 item>\n+ '" + strings.Repeat("é", 49) + "…\n"},
	} {
		names := []string{"diff", filepath.Join(dir, "a"), filepath.Join(dir, "b")}
		for i, v := range []any{tt.a, tt.b} {
			data, err := pickle.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(names[i+1], data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want := exitOK
		if tt.want != "" {
			want = exitFailed
		}
		var stdout, stderr bytes.Buffer
		if code := run(names, nil, &stdout, &stderr); code != want || stdout.String() != tt.want || stderr.Len() > 0 {
			t.Errorf("%v and %v: exit code %d, %s\n got\n%s want\n%s", pickle.Repr(tt.a), pickle.Repr(tt.b), code, &stderr, &stdout, tt.want)
		}
	}
}

package pickle

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

type namesFirst struct {
	A int `pickle:"attribute_name"`
}

type namesSecond struct {
	A int `pickle:"another_attribute"`
}

// TestNames: the name of a field is one object with the interned string of its
// contents, but with no part of that and with no other string.
func TestNames(t *testing.T) {
	name := interned("attribute_name")
	if _, err := Marshal(&namesFirst{}); err != nil {
		t.Fatal(err)
	}
	for i, texts := range [][]string{
		{name}, {name, name}, {name[:9], name[:9], name}, {name[8:], name, name[8:]}, {strings.Clone(name), name, strings.Clone(name)},
		{name[:9], name[8:], name[:8], name[:0], name[:1]},
	} {
		for first := range len(texts) + 1 {
			var list []any
			seen := map[identity]bool{stringIdentity(name): true}
			for _, s := range texts {
				list = append(list, s)
				seen[stringIdentity(s)] = true
			}
			all := append(append(append([]any{}, list[:first]...), &namesFirst{}, &namesFirst{}), list[first:]...)
			for _, o := range []Options{Protocol(2), Protocol(4), JoinOptions(), PersistentID(func(any) (any, bool, error) { return nil, false, nil })} {
				data, err := Marshal(all, o)
				if err != nil {
					t.Fatal(err)
				}
				if got := bytes.Count(data, []byte{'X'}) + bytes.Count(data, []byte{'\x8c'}); got != len(seen) {
					t.Errorf("%d, at %d: %d strings, want %d: %q", i, first, got, len(seen), data)
				}
			}
		}
	}
}

// TestNamesKeepMemo: an error takes back just the names that came with it.
func TestNamesKeepMemo(t *testing.T) {
	var out bytes.Buffer
	enc := NewEncoder(&out, KeepMemo(true))
	for _, x := range []struct {
		v     any
		fails bool
		names []string
	}{
		{&namesFirst{1}, false, []string{"attribute_name"}},
		{[]any{&namesSecond{2}, make(chan int)}, true, nil},
		{[]any{&namesFirst{3}, &namesSecond{4}}, false, []string{"another_attribute"}},
		{[]any{&namesFirst{5}, &namesSecond{6}}, false, nil},
	} {
		out.Reset()
		if err := enc.Encode(x.v); (err != nil) != x.fails {
			t.Fatal(err)
		}
		for _, name := range []string{"attribute_name", "another_attribute"} {
			if got, want := strings.Contains(out.String(), name), strings.Contains(fmt.Sprint(x.names), name); got != want {
				t.Errorf("%T: %s is there: %v: %q", x.v, name, got, out.Bytes())
			}
		}
	}
}

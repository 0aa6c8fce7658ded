//go:build !purego

package pickle

import (
	"bytes"
	"testing"
)

// TestNamesRoom: when there is no room for more, names are strings like others.
func TestNamesRoom(t *testing.T) {
	m := &nameMemory
	used := m.used
	m.used = len(m.bytes)
	defer func() { m.used = used }()
	type late struct {
		A int `pickle:"a_name_without_room"`
	}
	name := interned("a_name_without_room")
	if n := nameNumber(name); n >= 0 {
		t.Fatalf("there is room for number %d", n)
	}
	data, err := Marshal([]any{&late{}, name, &late{}})
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(data, []byte(name)); n != 1 {
		t.Errorf("the name is there %d times: %q", n, data)
	}
}

func TestNameNumbers(t *testing.T) {
	for _, text := range []string{"is_there_1", "is_there_12345678", "is_ther"} {
		name := interned(text)
		n := nameNumber(name)
		if n < 0 || interned(text) != text || nameNumber(interned(text)) != n {
			t.Errorf("%q has the number %d", text, n)
		}
		if n := nameNumber(text); n >= 0 {
			t.Errorf("another %q has the number %d", text, n)
		}
		for i := range len(name) {
			if n := nameNumber(name[:i]); n >= 0 {
				t.Errorf("%q has the number %d", name[:i], n)
			}
			if n := nameNumber(name[i:]); n >= 0 && i > 0 {
				t.Errorf("%q has the number %d", name[i:], n)
			}
		}
	}
}

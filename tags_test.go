package pickle_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-pickle/pickle"
)

type (
	tagInner struct {
		A int
		B int `pickle:"b"`
	}
	TagInner tagInner
	tagBase  struct {
		A    int
		Deep string `pickle:"deep,omitempty"`
	}
	tagOther struct {
		A    int
		Deep string `pickle:"deep,omitempty"`
	}
	tagDiamondLeft  struct{ tagInner }
	tagDiamondRight struct{ tagInner }
	tagLoop         struct {
		*tagLoop
		X int
	}
	tagUnknown struct {
		A     int            `pickle:"a"`
		Extra map[string]any `pickle:",unknown"`
	}
	TagUnknown     tagUnknown
	tagUnknownDict struct {
		A     int          `pickle:"a,omitempty"`
		Extra *pickle.Dict `pickle:",unknown"`
	}
	tagUnknownInside struct {
		tagExtra
		B int `pickle:"b"`
	}
	tagExtra struct {
		Extra map[any]int `pickle:",unknown"`
	}
	unexportedName int
	Exported       int
)

type tagZero struct{ N int }

func (z tagZero) IsZero() bool { return z.N == 5 }

type tagPointerZero struct{ N int }

func (z *tagPointerZero) IsZero() bool { return z.N == 6 }

type isZeroer interface{ IsZero() bool }

// TestTags: what the tags of a struct say is how it is written.
func TestTags(t *testing.T) {
	type named struct {
		Plain    int
		Renamed  int `pickle:"other name"`
		Dash     int `pickle:"-"`
		DashName int `pickle:"-,"`
		hidden   int
		Required int `json:"x" pickle:",required"`
	}
	type omit struct {
		Int    int            `pickle:",omitempty"`
		String string         `pickle:",omitempty"`
		Slice  []int          `pickle:",omitempty"`
		Map    map[string]int `pickle:",omitempty"`
		Array  [0]int         `pickle:",omitempty"`
		Any    any            `pickle:",omitempty"`
		Ptr    *int           `pickle:",omitempty"`
		Struct struct{}       `pickle:",omitempty"`
	}
	type zero struct {
		Int     int             `pickle:",omitzero"`
		Slice   []int           `pickle:",omitzero"`
		Time    time.Time       `pickle:"-"`
		Zero    tagZero         `pickle:",omitzero"`
		Pointer tagPointerZero  `pickle:",omitzero"`
		PtrZero *tagPointerZero `pickle:",omitzero"`
		Ptr     *int            `pickle:",omitzero"`
		Iface   isZeroer        `pickle:",omitzero"`
	}
	one := 1
	for name, c := range map[string]struct {
		v    any
		want string
	}{
		"names":             {named{1, 2, 3, 4, 5, 6}, "{'Plain': 1, 'other name': 2, '-': 4, 'Required': 6}"},
		"omitempty":         {omit{}, "{'Struct': {}}"},
		"omitempty not":     {omit{1, "a", []int{1}, map[string]int{"a": 1}, [0]int{}, 0, &one, struct{}{}}, "{'Int': 1, 'String': 'a', 'Slice': [1], 'Map': {'a': 1}, 'Any': 0, 'Ptr': 1, 'Struct': {}}"},
		"omitzero":          {zero{Zero: tagZero{5}, Pointer: tagPointerZero{6}, PtrZero: &tagPointerZero{6}, Iface: (*tagPointerZero)(nil)}, "{}"},
		"omitzero by value": {&zero{Zero: tagZero{5}, Pointer: tagPointerZero{6}, Iface: tagZero{5}}, "{}"},
		"omitzero not":      {zero{Slice: []int{}, Ptr: &one, Iface: tagZero{1}, PtrZero: &tagPointerZero{}}, "{'Slice': [], 'Zero': {'N': 0}, 'Pointer': {'N': 0}, 'PtrZero': {'N': 0}, 'Ptr': 1, 'Iface': {'N': 1}}"},
		"embedded":          {struct{ tagInner }{tagInner{1, 2}}, "{'A': 1, 'b': 2}"},
		"embedded pointer":  {struct{ *tagLoop }{}, "{}"},
		"embedded by name": {struct {
			Inner tagInner `pickle:"i"`
		}{tagInner{1, 2}}, "{'i': {'A': 1, 'b': 2}}"},
		"inline": {struct {
			Inner tagInner `pickle:",inline"`
		}{tagInner{1, 2}}, "{'A': 1, 'b': 2}"},
		"shadowed": {struct {
			tagInner
			A string
		}{tagInner{1, 2}, "outer"}, "{'b': 2, 'A': 'outer'}"},
		"ambiguous": {struct {
			tagBase
			tagOther
		}{tagBase{1, "l"}, tagOther{2, "r"}}, "{}"},
		"ambiguous, tagged": {struct {
			tagInner
			Other struct {
				X int `pickle:"A"`
			} `pickle:",inline"`
		}{}, "{'b': 0, 'A': 0}"},
		"diamond": {struct {
			tagDiamondLeft
			tagDiamondRight
		}{}, "{}"},
		"recursive": {tagLoop{&tagLoop{nil, 1}, 2}, "{'X': 2}"},
		"embedded unexported": {struct {
			unexportedName
			Exported
		}{1, 2}, "{'Exported': 2}"},
		"opaque":           {struct{ pickle.Range }{pickle.Range{0, 1, 1}}, "{'Range': range(0, 1)}"},
		"unknown":          {tagUnknown{1, map[string]any{"z": 1, "y": 2}}, "{'a': 1, 'y': 2, 'z': 1}"},
		"unknown, nil":     {tagUnknown{A: 1}, "{'a': 1}"},
		"unknown dict":     {tagUnknownDict{0, pickle.NewDict("z", 1, pickle.Tuple{1}, 2)}, "{'z': 1, (1,): 2}"},
		"unknown dict nil": {tagUnknownDict{}, "{}"},
		"unknown inside":   {tagUnknownInside{tagExtra{map[any]int{"c": 1, 2: 3}}, 4}, "{'b': 4, 2: 3, 'c': 1}"},
	} {
		t.Run(name, func(t *testing.T) { checkRepr(t, c.v, c.want) })
	}
	type trailing struct {
		_ struct{} `pickle:",list"`
		A int
		B *int `pickle:",omitzero"`
		C int  `pickle:",omitempty"`
	}
	checkRepr(t, []trailing{{A: 1}, {A: 1, C: 3}, {B: &one}}, "[[1], [1, None, 3], [0, 1]]")
	type through struct {
		_ struct{} `pickle:",tuple"`
		*TagInner
		C int
	}
	checkRepr(t, []through{{C: 1}, {TagInner: &TagInner{2, 3}, C: 4}}, "[(None, None, 1), (2, 3, 4)]")
	type key struct {
		_ struct{} `pickle:",list"`
		*TagInner
		C []int `pickle:",tuple"`
		D any
	}
	checkRepr(t, map[*key]int{{C: []int{1}, D: [1]int{2}}: 3}, "{(None, None, (1,), (2,)): 3}")
}

// TestTagErrors: tags that make no sense are errors, when encoding and when
// decoding.
func TestTagErrors(t *testing.T) {
	for want, v := range map[string]any{
		"A: no such option": struct {
			A int `pickle:",string"`
		}{},
		"a: a field with a pickle tag must": struct {
			a int `pickle:"a"`
		}{},
		"_: no such option": struct {
			_ int `pickle:",set"`
		}{},
		"a comma goes before": struct {
			_ int `pickle:"tuple"`
		}{},
		"A: only a struct": struct {
			A int `pickle:",inline"`
		}{},
		"A: what is inline has no name": struct {
			A tagInner `pickle:"a,inline"`
		}{},
		"a pickle_test.tagInner cannot be written as a bytearray": struct {
			tagInner `pickle:",inline,bytearray"`
		}{},
		"b: a field with ,unknown must be exported": struct {
			A int
			b map[string]int `pickle:",unknown"`
		}{},
		"B: a field with ,unknown must be a map": struct {
			B []int `pickle:",unknown"`
		}{},
		"C: another field has": struct {
			B map[string]int `pickle:",unknown"`
			C map[string]int `pickle:",unknown"`
		}{},
		"embedded by pointer": struct{ *TagUnknown }{},
		"no place for a field with ,unknown": struct {
			_ int            `pickle:",tuple"`
			B map[string]int `pickle:",unknown"`
		}{},
		"A: more than one way": struct {
			A []int `pickle:",tuple,set"`
		}{},
		"A: a int cannot be written as a tuple": struct {
			A int `pickle:",tuple"`
		}{},
		"A: a string cannot be written as a list": struct {
			A string `pickle:",list"`
		}{},
		"A: a map[string]int cannot be written as a set": struct {
			A map[string]int `pickle:",set"`
		}{},
		"A: a interface {} cannot be written as a set": struct {
			A any `pickle:",set"`
		}{},
		"A: a []int cannot be written as a bytearray": struct {
			A []int `pickle:",bytearray"`
		}{},
		"A: a *bool cannot be written as a frozenset": struct {
			A *bool `pickle:",frozenset"`
		}{},
		"A: a pickle_test.fresh cannot be written": struct {
			A fresh `pickle:",list"`
		}{},
		"A: a pickle_test.tagInner cannot be written": struct {
			A tagInner `pickle:",tuple"`
		}{},
		"A: a map[int]struct {} cannot be written as a li": struct {
			A map[int]struct{} `pickle:",list"`
		}{},
	} {
		_, err := pickle.Marshal(v)
		var e *pickle.MarshalError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("Marshal: %v, want %q", err, want)
		}
		target := reflect.New(reflect.TypeOf(v)).Interface()
		if err := pickle.Unmarshal([]byte("}."), target); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Unmarshal: %v, want %q", err, want)
		}
	}
	for _, v := range []any{tagUnknown{1, map[string]any{"a": 2}}, tagUnknownDict{0, pickle.NewDict("a", 1)}} {
		if _, err := pickle.Marshal(v); err == nil || !strings.Contains(err.Error(), `the key "a"`) {
			t.Errorf("%v", err)
		}
	}
	for path, v := range map[string]any{
		"keys()": []any{tagUnknownInside{tagExtra{map[any]int{make(chan int): 1}}, 4}}, `["x"]`: []any{tagUnknown{1, map[string]any{"x": func() {}}}},
	} {
		var e *pickle.MarshalError
		if _, err := pickle.Marshal(v); !errors.As(err, &e) || !strings.HasSuffix(e.Path, path) {
			t.Errorf("%v", err)
		}
	}
}

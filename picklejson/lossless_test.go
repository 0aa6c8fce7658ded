package picklejson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/picklejson"
	"github.com/go-pickle/pickle/vm"
)

// TestForms has each row of the table of the package documentation. Text in JSON
// must be written from the value, and again from what is read from it.
func TestForms(t *testing.T) {
	shared := []any{int64(1)}
	name := strings.Clone("name")
	tuple := pickle.Tuple{nil}
	tuple[0] = []any{tuple}
	object := &pickle.Object{
		Class: pickle.Global{Module: "mod", Name: "Cls"}, Form: vm.FormNewObjEx, Args: pickle.Tuple{int64(1)}, Kwargs: pickle.NewDict(name, nil),
		State: pickle.NewDict(name, true), Setter: pickle.Global{Module: "mod", Name: "set"}, Earlier: []any{int64(3)}, Items: []any{int64(4)}, Adds: true,
		Pairs: []pickle.Pair{{Key: "kk", Value: int64(5)}},
	}
	called := &pickle.Object{Callable: pickle.PersistentRef{ID: "id"}, Form: vm.FormReduce, Args: pickle.Tuple{}}
	based := &pickle.Object{Class: pickle.Global{Module: "mod", Name: "Cls"}, Base: pickle.Global{Module: "builtins", Name: "list"}, Form: vm.FormReconstructor, Args: pickle.Tuple{[]any{}}}
	huge := new(big.Int).Lsh(big.NewInt(-1), 20000)
	for _, tt := range []struct {
		v    any
		want string
	}{
		{[]any{nil, true, false}, `[null,true,false]`},
		{[]any{int64(1<<53 - 1), int64(-1 << 53), int64(math.MinInt64)}, `[9007199254740991,{"int":"-9007199254740992"},{"int":"-9223372036854775808"}]`},
		{[]any{new(big.Int).Lsh(big.NewInt(1), 64), huge}, `[{"int":"18446744073709551616"},{"int":"-0x1` + strings.Repeat("0", 5000) + `"}]`},
		{[]any{1.0, -0.5, math.Copysign(0, -1), 1e300}, `[1.0,-0.5,-0.0,1e+300]`},
		{[]any{math.Inf(1), math.Inf(-1), math.Float64frombits(0x7ff8000000000000), math.NaN()}, `[{"float":"inf"},{"float":"-inf"},{"float":"nan"},{"float":"0x7ff8000000000001"}]`},
		{complex(1, math.Inf(-1)), `{"complex":[1.0,{"float":"-inf"}]}`},
		{[]any{"", "é\x00\n\"\\", "\xed\xa0\x80x"}, `["","é\u0000\n\"\\","\ud800x"]`},
		{[]any{"a\xed\xa0\xbd\xed\xb8\x80b", "😀"}, `[{"str":["a\ud83d","\ude00b"]},"😀"]`},
		{[]any{[]byte("ab"), pickle.ByteArray{0xff}, pickle.ByteString("caf\xe9")}, `[{"bytes":"YWI="},{"bytearray":"/w=="},{"bytestring":"café"}]`},
		{[]any{pickle.Buffer{Data: []byte("a"), ReadOnly: true}, pickle.Buffer{Data: []byte("b")}}, `[{"buffer":"YQ==","readonly":true},{"buffer":"Yg=="}]`},
		{pickle.Tuple{pickle.NewSet("a"), pickle.NewFrozenSet("b"), pickle.Tuple{}}, `{"tuple":[{"set":["a"]},{"frozenset":["b"]},{"tuple":[]}]}`},
		{pickle.NewDict("ref", int64(1), "", nil), `{"dict":{"ref":1,"":null}}`},
		{pickle.NewDict(pickle.Tuple{"a"}, int64(1), "bb", int64(2)), `{"dict":[[{"tuple":["a"]},1],["bb",2]]}`},
		{[]any{pickle.Range{Stop: 3, Step: 1}, pickle.Slice{Stop: int64(2)}, pickle.Ellipsis{}, pickle.NotImplemented{}}, `[{"range":[0,3,1]},{"slice":[null,2,null]},{"singleton":"Ellipsis"},{"singleton":"NotImplemented"}]`},
		{[]any{pickle.Global{Module: "mm", Name: "A.b"}, pickle.Extension(7), pickle.PersistentRef{ID: pickle.Tuple{"a"}}}, `[{"global":["mm","A.b"]},{"extension":7},{"persistent":{"tuple":["a"]}}]`},
		{[]any{shared, shared}, `[{"id":1,"list":[1]},{"ref":1}]`},
		{tuple, `{"id":1,"tuple":[[{"ref":1}]]}`},
		{object, `{"object":"newobj_ex","class":["mod","Cls"],"args":[1],"kwargs":{"dict":{"name":null}},"items":[4],"adds":true,"pairs":[["kk",5]],"earlier":[3],` +
			`"setter":{"global":["mod","set"]},"state":{"dict":{"name":true}}}`},
		{called, `{"object":"reduce","callable":{"persistent":"id"},"args":[]}`},
		{based, `{"object":"reconstructor","class":["mod","Cls"],"base":["builtins","list"],"args":[[]]}`},
		{[]any{name, name, pickle.NewDict(name, nil)}, `[{"name":"name"},{"name":"name"},{"dict":{"name":null}}]`},
		{[]any{name, name, strings.Clone("other")}, `[{"id":1,"str":"name"},{"ref":1},"other"]`},
		{[]any{pickle.NewDict(name, nil), pickle.NewDict(strings.Clone(name), nil), strings.Clone(name)}, `[{"dict":{"name":null}},{"dict":[["name",null]]},"name"]`},
		{[]any{pickle.NewDict(name, nil), pickle.Global{Module: strings.Clone(name), Name: "xx"}, pickle.Global{Module: name, Name: "xx"}},
			`[{"dict":{"name":null}},{"global":[{"str":"name"},"xx"]},{"global":["name","xx"]}]`},
		{map[string]any{"a": []int{1}}, `{"dict":{"a":[1]}}`},
	} {
		got, err := picklejson.Append(nil, tt.v)
		if err != nil || hasAddresses && string(got) != tt.want || !json.Valid(got) {
			t.Errorf("%.100s\n got  %.300s, %v\n want %.300s", pickle.Repr(tt.v), got, err, tt.want)
			continue
		}
		v, err := picklejson.Decode([]byte(" " + tt.want + "\n"))
		if err != nil {
			t.Errorf("%.300s: %v", tt.want, err)
			continue
		}
		if again, err := picklejson.Append(nil, v); err != nil || hasAddresses && string(again) != tt.want {
			t.Errorf("%.300s comes back as\n%.300s, %v", tt.want, again, err)
		}
	}
}

// hasAddresses is false with the build tag purego, where equal strings are one
// object.
var hasAddresses = func() bool {
	text, err := picklejson.Append(nil, []any{strings.Clone("ab"), strings.Clone("ab")})
	return err == nil && string(text) == `["ab","ab"]`
}()

// TestOrder: members come in any order, references also before what they refer
// to, and equal keys count once, like in Python.
func TestOrder(t *testing.T) {
	for text, want := range map[string]string{
		`[{"ref":1},{"list":[{"ref":1}],"id":1}]`: `[[[...]], [[...]]]`,
		`{"dict":[[1,"a"],[true,"b"]]}`:           `{1: 'b'}`,
		`{"dict":{"a":1,"a":2}}`:                  `{'a': 2}`,
		`{"id":7,"frozenset":[{"object":"reduce","class":["m","C"],"args":[],"state":{"dict":{"x":{"ref":7}}}}]}`: `frozenset({m.C(x=frozenset(...))})`,
		`{"state":{"dict":{"a":1}},"class":["m","C"],"object":"newobj"}`:                                          `m.C(a=1)`,
		`"😀\uD83D\uDE00\/\b\f\t"`: `'😀😀/\x08\x0c\t'`,
		`{"int":"0xFf"}`:          `255`,
	} {
		v, err := picklejson.Decode([]byte(text))
		if err != nil || pickle.Repr(v) != want {
			t.Errorf("%s is %s, %v; want %s", text, pickle.Repr(v), err, want)
		}
	}
}

// TestDecodeErrors: everything else is an error that says where.
func TestDecodeErrors(t *testing.T) {
	key := `{"tuple":["x"]}`
	for i := range 64 {
		key = fmt.Sprintf(`{"tuple":[{"id":%d,"tuple":[%s,1]},{"ref":%[1]d}]}`, i, key)
	}
	for _, tt := range []struct {
		text, want string
		offset     int64
	}{
		{``, "EOF", -1},
		{`[1`, "unexpected EOF", 2}, {`{"a"`, "unexpected EOF", 4}, {`"a`, "unexpected EOF", 2}, {`"\`, "unexpected EOF", 2}, {`{`, "unexpected EOF", 1}, {`{"a":1`, "unexpected EOF", 6},
		{`[1,]`, "there is no value", 3}, {`[1 2]`, "a comma or ']' is missing", 3}, {`{1:2}`, "the name of a member is missing", 1}, {`{"a" 1}`, "a colon is missing", 5},
		{`1 2`, "there is more behind the value", 2}, {`nul`, "there is no value", 0}, {`+1`, "there is no value", 0}, {`01`, "there is no value", 0}, {`1.`, "no digit behind the point", 2},
		{`1e`, "no digit in the exponent", 2}, {`1e999`, "the float is too large", 0}, {strings.Repeat("1", 4301), "more than 4300 digits", 0},
		{"\"\n\"", "control character", 1}, {`"\x"`, "no such escape", 1}, {`"\ud80"`, "no such escape", 1}, {"\"\xff\"", "the text is not UTF-8", 1}, {"\"\xed\xa0\x80\"", "the text is not UTF-8", 1},
		{`{}`, "one member", 0}, {`{"list":[],"tuple":[]}`, "one member", 0}, {`{"what":1}`, `there is no type "what"`, 0}, {`{"list":1}`, "there must be an array", 8},
		{`{"id":1}`, "one member", 0}, {`{"id":-1,"list":[]}`, "an ID is a number", 6}, {`{"id":"1","list":[]}`, "an ID is a number", 6}, {`{"ref":1.5}`, "an ID is a number", 7},
		{`{"ref":1}`, "there is no object with the ID 1", 7}, {`[{"id":1,"list":[]},{"id":1,"list":[]}]`, "the ID 1 is there twice", 21}, {`{"ref":1,"id":1}`, "no other members", 0},
		{`{"list":[],"list":[]}`, `the member "list" is there twice`, 11},
		{`{"id":1,"tuple":[{"ref":1}]}`, "directly in itself", 0}, {`{"id":1,"frozenset":[{"tuple":[{"ref":1}]}]}`, "directly in itself", 0},
		{`{"id":1,"persistent":{"ref":1}}`, "directly in itself", 0},
		{`{"int":"1_0"}`, "there is no int", 7}, {`{"int":"--1"}`, "there is no int", 7}, {`{"int":"0x"}`, "there is no int", 7}, {`{"int":"0xg"}`, "there is no int", 7}, {`{"int":1}`, "there must be a string", 7},
		{`{"float":"x"}`, "there is no float", 9}, {`{"float":1}`, "there is no float", 9}, {`{"complex":[1.0]}`, "there must be 2 elements", 11}, {`{"complex":[1,2]}`, "there must be a float", 12},
		{`{"bytes":"a"}`, "there is no base64", 9}, {`{"bytes":"YR=="}`, "there is no base64", 9}, {`{"bytes":1}`, "there must be a string", 9}, {`{"buffer":"","readonly":1}`, "readonly is true or false", 24},
		{`{"bytestring":"€"}`, "up to U+00FF", 14}, {`{"str":["a",1]}`, "there must be a string", 12}, {`{"name":1}`, "there must be a string", 8}, {`{"name":"a","id":1}`, "a name has no ID", 0},
		{`{"set":[[]]}`, "unhashable type: 'list'", 7}, {`{"frozenset":[{"set":[]}]}`, "unhashable type: 'set'", 13}, {`{"dict":[[{"dict":{}},1]]}`, "unhashable type: 'dict'", 8},
		{`{"dict":[[1]]}`, "there must be 2 elements", 9}, {`{"dict":1}`, "a dict is an object or an array", 8},
		{`{"range":[0,1,0]}`, "the last of which is not 0", 14}, {`{"range":[0,1.0,1]}`, "three ints", 12}, {`{"slice":[1,2]}`, "there must be 3 elements", 9},
		{`{"singleton":"x"}`, "no such singleton", 13}, {`{"extension":0}`, "an extension code is a number", 13}, {`{"extension":2147483648}`, "an extension code is a number", 13},
		{`{"global":["m"]}`, "a module and a name", 10}, {`{"global":["m",1]}`, "there must be a string", 15}, {`{"global":"m"}`, "there must be an array", 10},
		{`{"object":"x"}`, "no such form", 10}, {`{"object":"reduce","what":1}`, `an object has no member "what"`, 26}, {`{"object":"reduce","args":1}`, "arguments are a tuple", 26},
		{`{"object":"reduce","kwargs":1}`, "keyword arguments are a dict", 28}, {`{"object":"reduce","items":1}`, "there must be an array", 27}, {`{"object":"reduce","pairs":[1]}`, "there must be an array", 28},
		{`{"object":"reduce","adds":1}`, "adds is true or false", 26},
	} {
		v, err := picklejson.Decode([]byte(tt.text))
		var e *picklejson.SyntaxError
		if v != nil || err == nil || !strings.Contains(err.Error(), tt.want) || errors.As(err, &e) && e.Offset != tt.offset || e == nil && err != io.EOF {
			t.Errorf("%.60s: %v, %v; want %s at %d", tt.text, v, err, tt.want, tt.offset)
		}
	}
	for _, text := range []string{`{"set":[` + key + `]}`, strings.Repeat(`{"tuple":[`, 200_000) + strings.Repeat(`]}`, 200_000)} {
		_, err := picklejson.Decode([]byte(text))
		var e *pickle.LimitError
		if !errors.As(err, &e) || e.Offset == 0 {
			t.Errorf("%.60s: %v", text, err)
		}
	}
}

// TestAppendErrors: values that have no lossless form leave the buffer as it was.
func TestAppendErrors(t *testing.T) {
	deep := any(nil)
	for range 100_001 {
		deep = []any{deep}
	}
	for name, v := range map[string]any{
		"deep": deep, "no UTF-8": []any{"\xff"}, "no UTF-8 in a key": pickle.NewDict("a\xff", nil), "no UTF-8 in a name": pickle.Global{Module: "m\xff", Name: "n"},
		"a channel": make(chan int), "form": &pickle.Object{Form: 99},
	} {
		got, err := picklejson.Append([]byte("before"), v)
		var e *pickle.MarshalError
		if !errors.As(err, &e) || string(got) != "before" {
			t.Errorf("%s: %.20q, %v", name, got, err)
		}
	}
}

// TestDeep: lists have no limit but that of encoding; both directions.
func TestDeep(t *testing.T) {
	text := strings.Repeat("[", 90_000) + strings.Repeat("]", 90_000)
	v, err := picklejson.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := picklejson.Append(nil, v); err != nil || string(got) != text {
		t.Error(len(got), err)
	}
}

// TestPickles goes from pickle to JSON and back, and through several values.
func TestPickles(t *testing.T) {
	data := []byte("\x80\x02cshop\nItem\nq\x00)\x81q\x01}q\x02X\x03\x00\x00\x00skuq\x03X\x01\x00\x00\x00aq\x04sb.")
	text, err := picklejson.AppendPickle([]byte(">"), data)
	if want := `>{"object":"newobj","class":["shop","Item"],"args":[],"state":{"dict":{"sku":"a"}}}`; err != nil || string(text) != want {
		t.Fatalf("%s, %v", text, err)
	}
	if got, err := picklejson.ToPickle(text[1:], pickle.Protocol(2)); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := picklejson.AppendPickle([]byte(">"), data[1:]); err == nil || string(got) != ">" {
		t.Errorf("%q, %v", got, err)
	}
	for text, want := range map[string]string{"1 [2]\n\"3\"\n": "[1, [2], '3']", "": "[]", "1{}2": "[1]"} {
		all := []any{}
		var last error
		for v, err := range picklejson.All([]byte(text)) {
			if last = err; err == nil {
				all = append(all, v)
			}
		}
		var e *picklejson.SyntaxError
		if pickle.Repr(all) != want || strings.Contains(text, "{}") != (errors.As(last, &e) && e.Offset == 1) {
			t.Errorf("%q: %v, %v; want %s", text, pickle.Repr(all), last, want)
		}
	}
	for range picklejson.All([]byte("1 2")) { // which may stop
		break
	}
}

package pickle_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/go-pickle/pickle"
)

// conformanceCase is an input and what CPython's C unpickler makes of it, from
// vm/testdata/conformance.json: conformance.py there says what is what.
type conformanceCase struct {
	Name    string
	Input   []json.RawMessage
	Plain   bool
	Value   *string
	Error   string
	Differs string
	Want    string
	Note    string
}

func (c *conformanceCase) data(t *testing.T) []byte {
	t.Helper()
	var b []byte
	for _, raw := range c.Input {
		piece, count := "", 1
		var err error
		if raw[0] == '[' {
			err = json.Unmarshal(raw, &[]any{&piece, &count})
		} else {
			err = json.Unmarshal(raw, &piece)
		}
		if err != nil {
			t.Fatal(err)
		}
		one := make([]byte, 0, len(piece))
		for _, r := range piece {
			one = append(one, byte(r))
		}
		b = append(b, bytes.Repeat(one, count)...)
	}
	return b
}

func conformanceCases(t *testing.T) []conformanceCase {
	t.Helper()
	b, err := os.ReadFile("vm/testdata/conformance.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []conformanceCase
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// manyBuffers gives as many buffers as anyone asks for: the bytes of a number.
func manyBuffers() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := 0; yield([]byte(strconv.Itoa(i))); i++ {
		}
	}
}

// expect returns whether the input decodes into an any, and to which value
// where that is certain: classes are not recorded here as the reference
// records them.
func (c *conformanceCase) expect() (accept bool, value string) {
	accept = c.Error == ""
	switch {
	case c.Note == "root":
	case c.Want == "accept":
		return true, ""
	case c.Want == "reject":
		return false, ""
	case c.Differs != "":
		accept, value = true, c.Want
	}
	if c.Value != nil && value == "" {
		value = *c.Value
	}
	if hasClasses(value) {
		return accept, ""
	}
	return accept, value
}

// hasClasses reports whether a value, as conformance.py writes it, has something
// in it that it records and Unmarshal makes something of.
func hasClasses(value string) bool {
	for _, made := range []string{"global(", "extension(", "persistent(", "buffer(", "memoryview"} {
		if strings.Contains(value, made) {
			return true
		}
	}
	return false
}

func TestConformance(t *testing.T) {
	for _, tt := range conformanceCases(t) {
		t.Run(tt.Name, func(t *testing.T) {
			data := tt.data(t)
			if testing.Short() && len(data) > 100_000 {
				t.Skip("large")
			}
			var v any
			start := time.Now()
			err := pickle.Unmarshal(data, &v, pickle.Python2Strings(pickle.Python2ByteString), pickle.Buffers(manyBuffers()))
			if d := time.Since(start); d > 10*time.Second {
				t.Errorf("took %v", d)
			}
			if strings.HasPrefix(tt.Name, "Hostile/") {
				if _, limited := errors.AsType[*pickle.LimitError](err); limited {
					return // CPython has no limits but memory
				}
			}
			if strings.HasPrefix(tt.Error, "none") {
				return // CPython does not return, we did
			}
			accept, value := tt.expect()
			if accept && errors.Is(err, pickle.ErrTrailingData) {
				return // the Unpickler does not look beyond STOP
			}
			switch {
			case accept && err != nil:
				t.Errorf("%v, want %.500s", err, value)
			case !accept && err == nil:
				t.Errorf("accepted as %.500s, CPython says %s", pickle.Repr(v), tt.Error)
			case accept && value != "":
				if got := renderValue(v); got != value {
					t.Errorf("got  %.1000s\nwant %.1000s", got, value)
				}
			}
		})
	}
}

// What CPython wrote is decoded and written again with the same bytes.
func TestConformanceRoundTrip(t *testing.T) {
	for _, tt := range conformanceCases(t) {
		name, protocol, ok := strings.Cut(strings.TrimPrefix(tt.Name, "Valid/"), "/")
		if !ok || !strings.HasPrefix(tt.Name, "Valid/") {
			continue
		}
		n, err := strconv.Atoi(protocol)
		if err != nil {
			t.Fatal(err)
		}
		data := tt.data(t)
		var v any
		if err := pickle.Unmarshal(data, &v); err != nil {
			t.Errorf("%s: %v", tt.Name, err)
			continue
		}
		got, err := pickle.Marshal(v, pickle.Protocol(n))
		if err == nil && !hasAddresses && !bytes.Equal(got, data) { // equal strings have become one
			var w any
			if err = pickle.Unmarshal(got, &w); err == nil && pickle.Equal(v, w) {
				continue
			}
		}
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s at protocol %d: %v\ngot  %.500q\nwant %.500q", name, n, err, got, data)
		}
	}
}

// encodeValues are the Go values that must become what the cases named
// Encode/… have.
var encodeValues = map[string]any{
	"Text":           "héllo",
	"Bytes3":         [3]byte{1, 2, 3},
	"Long255Bytes":   new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 2039), big.NewInt(1)),
	"Long256Bytes":   new(big.Int).Lsh(big.NewInt(1), 2039),
	"Long5000Digits": new(big.Int).Exp(big.NewInt(10), big.NewInt(5000), nil),
	"Dict": struct {
		A int    `pickle:"a"`
		B int    `pickle:"-"`
		C string `pickle:"c"`
		D string `pickle:"d,omitempty"`
		e int
	}{A: 1, B: 2, e: 3},
	"Tagged": struct {
		X int `pickle:"x"`
		Y int
	}{1, 2},
	"Nested": []any{[]any{nil, true, 1.5}, []any{}},
}

func TestConformanceEncode(t *testing.T) {
	seen := map[string]bool{}
	for _, tt := range conformanceCases(t) {
		rest, ok := strings.CutPrefix(tt.Name, "Encode/")
		if !ok {
			continue
		}
		name, protocol, _ := strings.Cut(rest, "/")
		n, err := strconv.Atoi(protocol)
		if err != nil {
			t.Fatal(err)
		}
		v, ok := encodeValues[name]
		if !ok {
			t.Fatalf("no value for %s", tt.Name)
		}
		seen[name] = true
		got, err := pickle.Marshal(v, pickle.Protocol(n))
		if want := tt.data(t); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v\ngot  %.300q\nwant %.300q", tt.Name, err, got, want)
		}
	}
	if len(seen) != len(encodeValues) {
		t.Errorf("%d of %d values have cases", len(seen), len(encodeValues))
	}
}

type conformanceNode struct {
	Next *conformanceNode
	M    map[string]any
}

// Values without an end, or too deep, are an error or a pickle that has the
// cycle; the process survives.
func TestConformanceEncodeEndless(t *testing.T) {
	m := map[string]any{}
	m["m"] = m
	n := &conformanceNode{M: m}
	n.Next = n
	s := []any{nil}
	s[0] = s
	for name, v := range map[string]any{"map": m, "pointer": n, "slice": s} {
		b, err := pickle.Marshal(v)
		if err != nil {
			if _, ok := errors.AsType[*pickle.LimitError](err); !ok {
				if _, ok := errors.AsType[*pickle.MarshalError](err); !ok {
					t.Errorf("%s: %T: %v", name, err, err)
				}
			}
			continue
		}
		var back any
		if err := pickle.Unmarshal(b, &back); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var deep any
	for range 2_000_000 {
		deep = []any{deep}
	}
	if _, err := pickle.Marshal(deep); err == nil {
		t.Error("a list in 2 million others has no limit")
	} else if _, ok := errors.AsType[*pickle.LimitError](err); !ok {
		t.Errorf("%T: %v", err, err)
	}
}

// 60 levels of a tuple of itself twice are 60 objects and not 2**60.
func TestConformanceEncodeShared(t *testing.T) {
	data := []byte("]" + strings.Repeat("2\x86", 60) + ".")
	var v any
	if err := pickle.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	b, err := pickle.Marshal(v)
	if err != nil || len(b) > 1000 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

func TestConformanceEncodeErrors(t *testing.T) {
	huge := new(big.Int).Exp(big.NewInt(10), big.NewInt(5000), nil)
	for name, v := range map[string]any{"chan": []any{1, make(chan int), 2}, "func": map[string]any{"f": func() {}}, "channel alone": make(chan int)} {
		if b, err := pickle.Marshal(v); err == nil {
			t.Errorf("%s: %q", name, b)
		} else if _, ok := errors.AsType[*pickle.MarshalError](err); !ok {
			t.Errorf("%s: %T: %v", name, err, err)
		}
	}
	if b, err := pickle.Marshal(struct {
		x int `pickle:"x"`
	}{1}); err == nil {
		t.Errorf("a tag on a field that is not exported: %q", b)
	}
	// Python refuses to read so many decimal digits, and to write them.
	for p := range 2 {
		b, err := pickle.Marshal(huge, pickle.Protocol(p))
		if err != nil {
			continue
		}
		var back any
		if err := pickle.Unmarshal(b, &back); err != nil || huge.Cmp(back.(*big.Int)) != 0 {
			t.Errorf("protocol %d: %.50q: %v", p, b, err)
		}
	}
	if b, err := pickle.Marshal(pickle.PersistentRef{ID: "a\nb"}, pickle.Protocol(0)); err == nil {
		t.Errorf("a persistent ID with a newline: %q", b)
	}
}

// renderValue writes v in the notation of vm/testdata/conformance.py.
func renderValue(v any) string {
	r := valueRenderer{seen: map[any]bool{}, names: map[any]int{}}
	r.count(v)
	return r.text(v)
}

type valueRenderer struct {
	seen  map[any]bool
	names map[any]int
}

type renderIdentity struct {
	kind string
	at   unsafe.Pointer
	n    int
}

// identity returns what the same for one object of Python; nil for a value
// that has no identity.
func (r *valueRenderer) identity(v any) any {
	switch v := v.(type) {
	case *pickle.Dict, *pickle.Set:
		return v
	case pickle.FrozenSet:
		if v.Len() > 0 {
			return v
		}
	case pickle.Tuple:
		if len(v) > 0 {
			return renderIdentity{"tuple", unsafe.Pointer(unsafe.SliceData(v)), len(v)}
		}
	case []any:
		if cap(v) > 0 {
			return renderIdentity{"list", unsafe.Pointer(unsafe.SliceData(v)), len(v)}
		}
	case pickle.ByteArray:
		if cap(v) > 0 {
			return renderIdentity{"bytearray", unsafe.Pointer(unsafe.SliceData(v)), len(v)}
		}
	}
	return nil
}

func (r *valueRenderer) kids(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case pickle.Tuple:
		return v
	case *pickle.Dict:
		var kids []any
		for k, x := range v.All() {
			kids = append(kids, k, x)
		}
		return kids
	case *pickle.Set:
		return sortedValues(v.All())
	case pickle.FrozenSet:
		return sortedValues(v.All())
	}
	return nil
}

func sortedValues(seq iter.Seq[any]) []any {
	return slices.SortedStableFunc(seq, func(a, b any) int { return strings.Compare(renderValue(a), renderValue(b)) })
}

func (r *valueRenderer) count(v any) {
	todo := []any{v}
	for len(todo) > 0 {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if id := r.identity(v); id != nil {
			if _, ok := r.seen[id]; ok {
				r.seen[id] = true
				continue
			}
			r.seen[id] = false
		}
		todo = append(todo, r.kids(v)...)
	}
}

func (r *valueRenderer) text(v any) string {
	label := ""
	if id := r.identity(v); id != nil && r.seen[id] {
		if name := r.names[id]; name != 0 {
			return fmt.Sprintf("#%d", name)
		}
		r.names[id] = len(r.names) + 1
		label = fmt.Sprintf("#%d=", r.names[id])
	}
	return label + r.object(v)
}

func (r *valueRenderer) object(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return map[bool]string{false: "False", true: "True"}[v]
	case int64:
		return strconv.FormatInt(v, 10)
	case *big.Int:
		if v.BitLen() <= 64 {
			return v.String()
		}
		return strings.Replace("0x"+v.Text(16), "0x-", "-0x", 1)
	case float64:
		return pythonFloat(v)
	case string:
		return quoteText(v)
	case pickle.ByteString:
		if v == "" {
			return `""`
		}
		return "s" + quoteBytes([]byte(v))
	case []byte:
		return "b" + quoteBytes(v)
	case pickle.ByteArray:
		return "bytearray(" + quoteBytes(v) + ")"
	case []any:
		return "[" + r.seq(v) + "]"
	case pickle.Tuple:
		if len(v) == 1 {
			return "(" + r.text(v[0]) + ",)"
		}
		return "(" + r.seq(v) + ")"
	case *pickle.Dict:
		var s []string
		for k, x := range v.All() {
			key := r.text(k)
			s = append(s, key+": "+r.text(x))
		}
		return "{" + strings.Join(s, ", ") + "}"
	case *pickle.Set:
		return "set{" + r.seq(r.kids(v)) + "}"
	case pickle.FrozenSet:
		return "frozenset{" + r.seq(r.kids(v)) + "}"
	}
	return fmt.Sprintf("%T", v)
}

func (r *valueRenderer) seq(vs []any) string {
	s := make([]string, len(vs))
	for i, v := range vs {
		s[i] = r.text(v)
	}
	return strings.Join(s, ", ")
}

// pythonFloat is Python's repr of a float.
func pythonFloat(f float64) string {
	switch abs := math.Abs(f); {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(f, 'g', -1, 64)), "+")
	case abs != 0 && (abs < 1e-4 || abs >= 1e16):
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// quoteText quotes UTF-8 in which there may be surrogates.
func quoteText(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		c, size := utf8.DecodeRuneInString(s)
		if c == utf8.RuneError && size == 1 && len(s) >= 3 {
			c, size = rune(s[0]&0xf)<<12|rune(s[1]&0x3f)<<6|rune(s[2]&0x3f), 3
		}
		quoteRune(&out, c)
		s = s[size:]
	}
	return `"` + out.String() + `"`
}

func quoteBytes(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		quoteRune(&out, rune(c))
	}
	return `"` + out.String() + `"`
}

func quoteRune(out *strings.Builder, c rune) {
	if 0x20 <= c && c < 0x7f && c != '"' && c != '\\' {
		out.WriteRune(c)
		return
	}
	fmt.Fprintf(out, `\{%x}`, c)
}

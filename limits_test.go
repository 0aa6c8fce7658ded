package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
)

// limited reports whether err is a LimitError of that limit, alone or in a
// MarshalError.
func limited(err error, limit string, most int64) bool {
	var e *pickle.LimitError
	return errors.As(err, &e) && e.Limit == limit && e.Max == most
}

// nestedLists is the pickle of k lists in each other, and the value.
func nestedLists(k int) (p []byte, v any) {
	v = []any{}
	for range k - 1 {
		v = []any{v}
	}
	return []byte(strings.Repeat("]", k) + strings.Repeat("a", k-1) + "."), v
}

type (
	limitList []limitList
	limitMap  map[string]limitMap
	limitLink struct {
		Next *limitLink `pickle:"next"`
	}
	limitHook struct{ Next *limitHook }
	limitPtr  *limitPtr
)

func (h *limitHook) UnmarshalPickle(v pickle.Value) error {
	if v.Len() == 0 {
		return nil
	}
	return v.Index(0).Decode(&h.Next)
}

// TestMaxDepthIsExact: as many levels as MaxDepth says are right, one more is
// a LimitError.
func TestMaxDepthIsExact(t *testing.T) {
	for _, most := range []int{1, 7, 10_000} {
		opts := []pickle.Options{pickle.MaxDepth(most)}
		if most == 10_000 {
			opts = nil // the default
		}
		for k, ok := range map[int]bool{most: true, most + 1: false} {
			check := func(what string, err error) {
				t.Helper()
				if ok && err != nil || !ok && !limited(err, "depth", int64(most)) {
					t.Errorf("%s of %d levels: %.200v", what, k, err)
				}
			}
			p, v := nestedLists(k)
			for _, target := range []any{new(any), new([]any), new(limitList), new(pickle.Tuple), new(limitHook)} {
				check(fmt.Sprintf("Unmarshal into %T", target), pickle.Unmarshal(p, target, opts...))
				check(fmt.Sprintf("Decode into %T", target), pickle.NewDecoder(bytes.NewReader(p), opts...).Decode(target))
			}
			dicts := strings.Repeat("}Vnext\n", k-1) + "}" + strings.Repeat("s", k-1) + "."
			for _, target := range []any{new(any), new(limitMap), new(limitLink), new(pickle.Dict)} {
				check(fmt.Sprintf("Unmarshal of dicts into %T", target), pickle.Unmarshal([]byte(dicts), target, opts...))
			}
			tuples := ")" + strings.Repeat("\x85", k-1) + "."
			for _, target := range []any{new(any), new(pickle.Tuple), new(limitList)} {
				check(fmt.Sprintf("Unmarshal of tuples into %T", target), pickle.Unmarshal([]byte(tuples), target, opts...))
			}
			parsed, err := pickle.Parse(p, opts...)
			if err != nil { // the machine itself has no depth
				t.Error(err)
			}
			_, err = parsed.Any()
			check("Value", err)
			_, err = pickle.Marshal(v, opts...)
			check("Marshal", err)
			_, err = pickle.Append(nil, v, opts...)
			check("Append", err)
			check("Encode", pickle.NewEncoder(new(bytes.Buffer), opts...).Encode(v))
			link := &limitLink{}
			for range k - 2 {
				link = &limitLink{link}
			}
			if k > 1 {
				_, err = pickle.Marshal(link, opts...)
				if ok && err != nil { // the last level is None
					t.Errorf("Marshal of %d links: %v", k, err)
				}
			}
		}
	}
	// MaxDepth has limits itself: Go's stack.
	p, _ := nestedLists(100_001)
	if err := pickle.Unmarshal(p, new(any), pickle.MaxDepth(1<<30)); !limited(err, "depth", 100_000) && !limited(err, "depth", 50_000) {
		t.Error(err)
	}
	if err := pickle.Unmarshal(p, new(limitPtr), pickle.MaxDepth(100)); !limited(err, "depth", 100) {
		t.Error(err)
	}
}

// TestMaxSizeIsExact: a pickle of as many bytes as MaxSize says is right, one
// of one more is a LimitError.
func TestMaxSizeIsExact(t *testing.T) {
	for _, v := range []any{strings.Repeat("a", 300), bytes.Repeat([]byte("b"), 300_000), []any{1, 2, 3, "text", 1.5}} {
		p, err := pickle.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		size := int64(len(p))
		for most, ok := range map[int64]bool{size + 1: true, size: true, size - 1: false} {
			check := func(what string, err error) {
				t.Helper()
				if ok && err != nil || !ok && !limited(err, "size", most) {
					t.Errorf("%s of %d bytes with MaxSize(%d): %v", what, size, most, err)
				}
			}
			opt := pickle.MaxSize(most)
			check("Unmarshal", pickle.Unmarshal(p, new(any), opt))
			_, err := pickle.Parse(p, opt)
			check("Parse", err)
			check("Decode", pickle.NewDecoder(bytes.NewReader(p), opt).Decode(new(any)))
			_, err = pickle.Marshal(v, opt)
			check("Marshal", err)
			_, err = pickle.Append([]byte("before"), v, opt)
			check("Append", err)
			var out bytes.Buffer
			check("Encode", pickle.NewEncoder(&out, opt).Encode(v))
			if !ok && out.Len() > 0 {
				t.Errorf("Encode has written %d bytes", out.Len())
			}
		}
		// The limit is that of each pickle, not of the stream.
		d := pickle.NewDecoder(bytes.NewReader(bytes.Repeat(p, 3)), pickle.MaxSize(size))
		for range 3 {
			if err := d.Decode(new(any)); err != nil {
				t.Error(err)
			}
		}
	}
	// An iterator that has no end.
	endless := func(yield func(int) bool) {
		for yield(1) {
		}
	}
	if _, err := pickle.Marshal(endless, pickle.MaxSize(1000)); !limited(err, "size", 1000) {
		t.Error(err)
	}
	endless2 := func(yield func(int, any) bool) {
		for yield(1, nil) {
		}
	}
	if _, err := pickle.Marshal([]any{endless2}, pickle.MaxSize(1000)); !limited(err, "size", 1000) {
		t.Error(err)
	}
	// Laughs without a memo.
	laugh := []any{}
	for range 60 {
		laugh = []any{laugh, laugh}
	}
	if _, err := pickle.Marshal(laugh, pickle.NoMemo(true), pickle.MaxSize(1<<20)); !limited(err, "size", 1<<20) {
		t.Error(err)
	}
}

// TestExpansionLimit: what is shared in the pickle, and copied in Go, may be 32
// times as much as was read, and 4 Mi items.
func TestExpansionLimit(t *testing.T) {
	const floor, factor = 1 << 22, 32
	// Each array of bytes is a copy, which counts its bytes and one more.
	type block [4095]byte
	p := func(k int) []byte {
		return []byte("(" + "B\xff\x0f\x00\x00" + strings.Repeat("x", 4095) + "q\x00" + strings.Repeat("h\x00", k-1) + "l.")
	}
	k := 0
	for size := 0; ; k++ { // a list counts its items and one more
		if size = len(p(k + 2)); 4096*(k+2)+k+2+1 > floor+factor*size {
			break
		}
	}
	k++ // as many copies as there may be
	for n, ok := range map[int]bool{k: true, k + 1: false} {
		data := p(n)
		most := int64(floor + factor*len(data))
		check := func(what string, err error) {
			t.Helper()
			if ok && err != nil || !ok && !limited(err, "the expansion of shared objects", most) {
				t.Errorf("%s of %d copies: %v", what, n, err)
			}
		}
		check("Unmarshal", pickle.Unmarshal(data, new([]block)))
		check("Decode", pickle.NewDecoder(bytes.NewReader(data)).Decode(new([]block)))
		v, err := pickle.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		check("Value", v.Decode(new([]block)))
		if err := pickle.Unmarshal(data, new([][]byte)); err != nil { // there it is shared
			t.Error(err)
		}
	}
}

// TestDigitsLimit: Python's limit for decimal digits, which holds for the opcodes
// that have them.
func TestDigitsLimit(t *testing.T) {
	for _, op := range []string{"I", "L"} {
		for digits, ok := range map[int]bool{4300: true, 4301: false} {
			p := []byte(op + strings.Repeat("9", digits) + "\n.")
			var e *pickle.SyntaxError
			err := pickle.Unmarshal(p, new(any))
			if ok && err != nil || !ok && !errors.As(err, &e) {
				t.Errorf("%s of %d digits: %v", op, digits, err)
			}
			if streamed := pickle.NewDecoder(bytes.NewReader(p)).Decode(new(any)); (streamed == nil) != ok {
				t.Errorf("%s of %d digits from a stream: %v", op, digits, streamed)
			}
		}
	}
	hex := decode[any](t, "L0x"+strings.Repeat("f", 100_000)+"\n.")
	if s := pickle.Repr(hex); len(s) != 100_002 {
		t.Errorf("%.100s, %d bytes", s, len(s))
	}
}

// TestKeyDepthLimit: keys are hashed to a depth of 10,000.
func TestKeyDepthLimit(t *testing.T) {
	for k, ok := range map[int]bool{9_998: true, 10_001: false} {
		p := "}N" + strings.Repeat("\x85", k) + "Ns."
		err := pickle.Unmarshal([]byte(p), new(any), pickle.MaxDepth(100_000))
		var e *pickle.UnmarshalTypeError
		if ok && err != nil || !ok && !errors.As(err, &e) {
			t.Errorf("a key of %d tuples: %v", k, err)
		}
	}
}

// TestReprLimits: Repr has limits of its own, with marks in their place.
func TestReprLimits(t *testing.T) {
	for k, ok := range map[int]bool{10_000: true, 10_001: false} {
		_, v := nestedLists(k)
		s := pickle.Repr(v)
		if strings.Contains(s, "...") == ok || ok && len(s) != 2*k {
			t.Errorf("%d levels: %d bytes", k, len(s))
		}
	}
	if testing.Short() {
		return
	}
	for n, ok := range map[int]bool{64<<20 - 2: true, 64<<20 - 1: false} { // and two quotes
		s := pickle.Repr(strings.Repeat("a", n))
		if strings.HasSuffix(s, "...") == ok {
			t.Errorf("a text of %d bytes is printed in %d", n, len(s))
		}
	}
}

package fuzz

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/picklejson"
)

// goldenValue decodes a golden. Several pickles are a list of their values: with
// a memo in common they share objects.
func goldenValue(t *testing.T, c pickletest.Case, opts ...pickle.Options) any {
	t.Helper()
	if len(c.Buffers) > 0 {
		opts = append(opts, pickle.Buffers(slices.Values(c.Buffers)))
	}
	n, sharedMemo := c.Pickles()
	dec := pickle.NewDecoder(bytes.NewReader(c.Data), append(opts, pickle.KeepMemo(sharedMemo))...)
	all := make([]any, n)
	for i := range all {
		if err := dec.Decode(&all[i]); err != nil {
			t.Fatal(err)
		}
	}
	if n == 1 {
		return all[0]
	}
	return all
}

// outOfBand makes Marshal leave all buffers out.
var outOfBand = pickle.BufferCallback(func(pickle.Buffer) (bool, error) { return false, nil })

// TestJSONGoldens: what is in a golden comes back from lossless JSON as the
// same graph, which encodes to the same bytes.
func TestJSONGoldens(t *testing.T) {
	for _, c := range pickletest.Load(t, pickletest.Dir(t)) {
		t.Run(c.ID(), func(t *testing.T) {
			v := goldenValue(t, c, picklejson.DecodeOptions())
			text, err := picklejson.Append(nil, v)
			if err != nil {
				t.Fatal(err)
			}
			again, err := picklejson.Decode(text)
			if err != nil {
				t.Fatalf("%v: %.500s", err, text)
			}
			if err := (&isomorphism{forms: true}).differs(v, again); err != nil {
				t.Fatalf("%v: %.500s", err, text)
			}
			want, err := pickle.Marshal(v, pickle.Protocol(c.Protocol), outOfBand)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := pickle.Marshal(again, pickle.Protocol(c.Protocol), outOfBand); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%v\n got  %.300q\n want %.300q\n%.500s", err, got, want, text)
			}
			if second, err := picklejson.Append(nil, again); err != nil || !bytes.Equal(second, text) {
				t.Errorf("%v\n second %.300s\n first  %.300s", err, second, text)
			}
			var indented strings.Builder
			if err := picklejson.Write(&indented, v, picklejson.Indent(" ")); err != nil {
				t.Fatal(err)
			}
			again, err = picklejson.Decode([]byte(indented.String()))
			if err != nil {
				t.Fatal(err)
			}
			if err := (&isomorphism{forms: true}).differs(v, again); err != nil {
				t.Errorf("indented: %v", err)
			}
		})
	}
}

// checkJSONError fails unless err is one of those that Decode promises.
func checkJSONError(t *testing.T, err error, size int) {
	t.Helper()
	var syntaxError *picklejson.SyntaxError
	var limitError *pickle.LimitError
	offset := int64(0)
	switch {
	case errors.As(err, &syntaxError):
		offset = syntaxError.Offset
	case errors.As(err, &limitError):
		offset = limitError.Offset
	case err != io.EOF:
		t.Fatalf("%T: %v", err, err)
	}
	if offset < 0 || offset > int64(size) {
		t.Fatalf("offset %d of %d bytes: %v", offset, size, err)
	}
}

// FuzzJSON: lossless JSON has an error, or is a value that has lossless JSON,
// which means the same.
func FuzzJSON(f *testing.F) {
	seen := map[string]bool{}
	for _, c := range pickletest.Load(f, pickletest.Dir(f), "cpython3.13", "cpython2.7") {
		text, err := picklejson.AppendPickle(nil, c.Data)
		if err == nil && len(text) <= 2000 && !seen[string(text)] {
			seen[string(text)] = true
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := picklejson.Decode(data)
		if err != nil {
			checkJSONError(t, err, len(data))
			return
		}
		text, again := throughJSON(t, data, v)
		if second, err := picklejson.Append(nil, again); err != nil || !bytes.Equal(second, text) {
			t.Fatalf("%q becomes %s and then %s, %v", data, text, second, err)
		}
		if plain, err := picklejson.AppendPlain(nil, v, picklejson.MaxExpansion(1<<20)); err == nil && !json.Valid(plain) {
			t.Fatalf("%q: plain %s", data, plain)
		} else if e := new(pickle.MarshalError); err != nil && !errors.As(err, &e) {
			t.Fatalf("%q: %T: %v", data, err, err)
		}
	})
}

// throughJSON writes v, which data stands for, as lossless JSON and reads it again.
func throughJSON(t *testing.T, data []byte, v any) (text []byte, again any) {
	t.Helper()
	text, err := picklejson.Append(nil, v)
	if err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	if again, err = picklejson.Decode(text); err != nil {
		t.Fatalf("%q becomes %s: %v", data, text, err)
	}
	return text, again
}

// FuzzPickleJSON: every pickle that decodes has lossless JSON, which is the same
// graph.
func FuzzPickleJSON(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var v any
		if pickle.Unmarshal(data, &v, picklejson.DecodeOptions(), pickle.MaxDepth(1000)) != nil {
			return
		}
		text, again := throughJSON(t, data, v)
		if err := (&isomorphism{forms: true}).differs(v, again); err != nil {
			t.Fatalf("%q: %s: %v", data, text, err)
		}
	})
}

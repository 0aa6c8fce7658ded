package fuzz

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"os"
	"testing"
	"testing/iotest"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/hostile"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// seed adds the goldens to the corpus, the inputs that conformance is tested with,
// and the hostile ones with few repetitions: those that are small enough to be
// changed with effect.
func seed(f *testing.F) {
	const large = 2000
	seen := map[string]bool{}
	add := func(data []byte) {
		if len(data) <= large && !seen[string(data)] {
			seen[string(data)] = true
			f.Add(data)
		}
	}
	for _, c := range pickletest.Load(f, pickletest.Dir(f)) {
		if c.Impl == "cpython3.13" || c.Impl == "cpython2.7" {
			add(c.Data)
		}
	}
	for _, c := range hostile.Small(20) {
		add(c.Input())
	}
	for _, data := range conformanceInputs(f) {
		add(data)
	}
}

// conformanceInputs returns the inputs of package vm's conformance.json: each is
// a list of texts, whose characters are bytes, and of texts with how often they
// are repeated.
func conformanceInputs(f *testing.F) (inputs [][]byte) {
	f.Helper()
	file, err := os.ReadFile("../vm/testdata/conformance.json")
	if err != nil {
		f.Fatal(err)
	}
	var cases []struct{ Input []any }
	if err := json.Unmarshal(file, &cases); err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		var data []byte
		for _, piece := range c.Input {
			count := 1
			if repeated, ok := piece.([]any); ok {
				piece, count = repeated[0], min(int(repeated[1].(float64)), 20)
			}
			one := make([]byte, 0, len(piece.(string)))
			for _, r := range piece.(string) {
				one = append(one, byte(r))
			}
			data = append(data, bytes.Repeat(one, count)...)
		}
		inputs = append(inputs, data)
	}
	return inputs
}

// lossless is how a pickle is decoded such that it can be written again.
var lossless = pickle.JoinOptions(pickle.Python2Strings(pickle.Python2ByteString), pickle.MaxDepth(1000))

// checkError fails unless err is one of the errors that decoding promises, with
// an offset inside the input.
func checkError(t *testing.T, err error, data []byte) {
	t.Helper()
	offset := int64(-1)
	var syntaxError *pickle.SyntaxError
	var typeError *pickle.UnmarshalTypeError
	var globalError *pickle.GlobalError
	var limitError *pickle.LimitError
	switch {
	case errors.As(err, &syntaxError):
		offset = syntaxError.Offset
	case errors.As(err, &typeError):
		offset = typeError.Offset
	case errors.As(err, &globalError):
		offset = globalError.Offset
	case errors.As(err, &limitError):
		offset = limitError.Offset
	default:
		t.Fatalf("%T: %v", err, err)
	}
	if offset < 0 || offset > int64(len(data)) {
		t.Fatalf("offset %d of %d bytes: %v", offset, len(data), err)
	}
}

// A zoo of targets.
type (
	point struct {
		_    struct{} `pickle:",tuple"`
		X, Y float64
	}
	record struct {
		ID      int64          `pickle:"id"`
		Name    string         `pickle:"name"`
		Tags    []string       `pickle:"tags"`
		Points  []point        `pickle:"points"`
		Next    *record        `pickle:"next"`
		Rest    map[string]any `pickle:",unknown"`
		ByTuple map[[2]int]any `pickle:"by_tuple"`
	}
	loop []loop
)

var zoo = []func() any{
	func() any { return new(record) },
	func() any { return new([]record) },
	func() any { return new(*record) },
	func() any { return new([]int64) },
	func() any { return new([]float64) },
	func() any { return new([]string) },
	func() any { return new([][]byte) },
	func() any { return new([2]any) },
	func() any { return new(map[string]any) },
	func() any { return new(map[any]any) },
	func() any { return new(map[int]string) },
	func() any { return new(map[point]struct{}) },
	func() any { return new(loop) },
	func() any { return new(string) },
	func() any { return new([]byte) },
	func() any { return new(int8) },
	func() any { return new(big.Int) },
	func() any { return new(float32) },
	func() any { return new(complex128) },
	func() any { return new(*pickle.Dict) },
	func() any { return new(pickle.Set) },
	func() any { return new(pickle.FrozenSet) },
	func() any { return new(pickle.Tuple) },
	func() any { return new(*pickle.Object) },
	func() any { return new(pickle.Value) },
	func() any { return new(interface{ String() string }) },
}

// FuzzUnmarshal decodes any bytes into any and into the zoo: it may fail, with
// the right kind of error; it may not do worse.
func FuzzUnmarshal(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var v any
		if err := pickle.Unmarshal(data, &v); err != nil {
			checkError(t, err, data)
		} else {
			_ = pickle.Repr(v)
		}
		if err := pickle.Unmarshal(data, &v, pickle.PlainValues(true)); err != nil {
			checkError(t, err, data)
		}
		for _, target := range zoo {
			if err := pickle.Unmarshal(data, target()); err != nil {
				checkError(t, err, data)
			}
		}
	})
}

// FuzzRoundTrip decodes, encodes and decodes again: the values must be the same
// graph, and encode to the same bytes.
func FuzzRoundTrip(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var v any
		if pickle.Unmarshal(data, &v, lossless) != nil {
			return
		}
		first, err := pickle.Marshal(v)
		if err != nil {
			var marshalError *pickle.MarshalError
			if !errors.As(err, &marshalError) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		var w any
		if err := pickle.Unmarshal(first, &w, lossless, pickle.MaxDepth(10000)); err != nil {
			t.Fatalf("%q: %v", first, err)
		}
		if err := new(isomorphism).differs(v, w); err != nil {
			t.Fatalf("%q: %v", first, err)
		}
		second, err := pickle.Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Fatalf("written again:\n%q\n%q", first, second)
		}
	})
}

// FuzzDecoder reads from a stream, in three ways, and compares with Unmarshal.
func FuzzDecoder(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var want any
		err := pickle.Unmarshal(data, &want, lossless)
		trailing := errors.Is(err, pickle.ErrTrailingData)
		readers := map[string]io.Reader{
			"whole":    bytes.NewReader(data),
			"one byte": iotest.OneByteReader(bytes.NewReader(data)),
			"bufio":    bufio.NewReaderSize(iotest.HalfReader(bytes.NewReader(data)), 16),
			"data+EOF": iotest.DataErrReader(bytes.NewReader(data)),
		}
		for name, r := range readers {
			var got any
			d := pickle.NewDecoder(r, lossless)
			switch streamErr := d.Decode(&got); {
			case trailing:
			case (err == nil) != (streamErr == nil) && (len(data) > 0 || streamErr != io.EOF):
				t.Fatalf("%s: %v, but Unmarshal: %v", name, streamErr, err)
			case err == nil:
				if diff := (&isomorphism{forms: true}).differs(want, got); diff != nil {
					t.Fatalf("%s: %v", name, diff)
				}
				if d.InputOffset() != int64(len(data)) {
					t.Fatalf("%s: InputOffset is %d of %d", name, d.InputOffset(), len(data))
				}
			}
		}
	})
}

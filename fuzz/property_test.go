package fuzz

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"

	"github.com/go-pickle/pickle"
)

// properties are what holds for every graph, each tested at every protocol.
var properties = map[string]func(program []byte, protocol int) error{
	"decode(encode(graph)) is the graph":                     roundTrip,
	"all ways of encoding are the same":                      encodings,
	"all ways of decoding are the same":                      decodings,
	"what pickles of one memo share stays shared":            oneMemo,
	"a tree comes back from what was written without a memo": treeWithoutMemo,
}

// graphOptions are how graphs are written and read such that all of them survives.
func graphOptions(protocol int) pickle.Options {
	return pickle.JoinOptions(pickle.Protocol(protocol), pickle.WithRegistry(graphClasses), pickle.Python2Strings(pickle.Python2ByteString))
}

func roundTrip(program []byte, protocol int) error {
	v, opts := build(program, protocol), graphOptions(protocol)
	data, err := pickle.Marshal(v, opts)
	if err != nil {
		return err
	}
	var w any
	if err := pickle.Unmarshal(data, &w, opts); err != nil {
		return fmt.Errorf("%w: %q", err, data)
	}
	if err := new(isomorphism).differs(v, w); err != nil {
		return fmt.Errorf("%w: %q", err, data)
	}
	return sameAgain(w, opts)
}

// sameAgain reports an error unless what was decoded comes back as the same bytes.
// (What a program has made need not: its strings are other objects.)
func sameAgain(v any, opts pickle.Options) error {
	first, err := pickle.Marshal(v, opts)
	if err != nil {
		return err
	}
	var w any
	if err := pickle.Unmarshal(first, &w, opts); err != nil {
		return err
	}
	second, err := pickle.Marshal(w, opts)
	if err == nil && !bytes.Equal(first, second) {
		err = fmt.Errorf("encoded again:\n%s", difference(second, first))
	}
	return err
}

func encodings(program []byte, protocol int) error {
	v, opts := build(program, protocol), graphOptions(protocol)
	data, err := pickle.Marshal(v, opts)
	if err != nil {
		return err
	}
	again, err := pickle.Marshal(v, opts)
	if err != nil || !bytes.Equal(again, data) {
		return fmt.Errorf("a second time: %w\n%s", err, difference(again, data))
	}
	appended, err := pickle.Append([]byte("before"), v, opts)
	if err != nil || string(appended) != "before"+string(data) {
		return fmt.Errorf("Append: %w\n%s", err, difference(bytes.TrimPrefix(appended, []byte("before")), data))
	}
	var stream bytes.Buffer
	e := pickle.NewEncoder(&stream, opts)
	for range 2 { // the memo of the first has nothing for the second
		stream.Reset()
		if err := e.Encode(v); err != nil || !bytes.Equal(stream.Bytes(), data) {
			return fmt.Errorf("Encoder: %w\n%s", err, difference(stream.Bytes(), data))
		}
	}
	return nil
}

func decodings(program []byte, protocol int) error {
	opts := graphOptions(protocol)
	data, err := pickle.Marshal(build(program, protocol), opts)
	if err != nil {
		return err
	}
	var want any
	if err := pickle.Unmarshal(data, &want, opts); err != nil {
		return err
	}
	parsed, err := pickle.Parse(data, opts)
	if err != nil {
		return err
	}
	ways := map[string]func() (any, error){
		"Value.Decode": func() (v any, err error) { return v, parsed.Decode(&v) },
		"Value.Any":    parsed.Any,
		"Decoder": func() (v any, err error) {
			return v, pickle.NewDecoder(iotest.HalfReader(bytes.NewReader(data)), opts).Decode(&v)
		},
		"[]any": func() (any, error) {
			var s []any
			err := pickle.Unmarshal(data, &s, opts)
			return s, err
		},
	}
	for name, decode := range ways {
		got, err := decode()
		if err == nil {
			err = (&isomorphism{forms: true}).differs(want, got)
		}
		if err != nil {
			return fmt.Errorf("%s: %w: %q", name, err, data)
		}
	}
	return nil
}

// oneMemo writes the values of a graph one by one. What cannot be written in
// between leaves nothing behind.
func oneMemo(program []byte, protocol int) error {
	values, opts := build(program, protocol).([]any), graphOptions(protocol)
	var stream bytes.Buffer
	e := pickle.NewEncoder(&stream, opts, pickle.KeepMemo(true))
	for i, v := range values {
		if err := e.Encode([]any{v, i, func() {}}); err == nil {
			return errors.New("a function was encoded")
		}
		if err := e.Encode(v); err != nil {
			return err
		}
	}
	data := bytes.Clone(stream.Bytes())
	d := pickle.NewDecoder(&stream, opts, pickle.KeepMemo(true))
	decoded := make([]any, 0, len(values)+1)
	for range values {
		var v any
		if err := d.Decode(&v); err != nil {
			return fmt.Errorf("%w: %q", err, data)
		}
		decoded = append(decoded, v)
	}
	if err := new(isomorphism).differs(any(values), any(decoded)); err != nil {
		return fmt.Errorf("%w: %q", err, data)
	}
	return nil
}

func treeWithoutMemo(program []byte, protocol int) error {
	b := newBuilder(program, protocol)
	b.tree = true
	v, opts := b.build(), graphOptions(protocol)
	data, err := pickle.Marshal(v, opts, pickle.NoMemo(true))
	if err != nil {
		return err
	}
	var w any
	if err := pickle.Unmarshal(data, &w, opts); err != nil {
		return fmt.Errorf("%w: %q", err, data)
	}
	if err := (&isomorphism{tree: true}).differs(v, w); err != nil {
		return fmt.Errorf("%w: %q", err, data)
	}
	return nil
}

func TestProperties(t *testing.T) {
	for name, property := range properties {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parameters := gopter.DefaultTestParametersWithSeed(1)
			parameters.MinSuccessfulTests = 1000
			if testing.Short() {
				parameters.MinSuccessfulTests = 300
			}
			parameters.MaxSize = 200
			all := gopter.NewProperties(parameters)
			for protocol := range pickle.HighestProtocol + 1 {
				all.Property(fmt.Sprintf("%s at protocol %d", name, protocol),
					prop.ForAll(func(program []byte) (bool, error) {
						err := property(program, protocol)
						return err == nil, err
					}, gen.SliceOf(gen.UInt8())))
			}
			all.TestingRun(t)
		})
	}
}

// FuzzGraph lets the fuzzer write the programs.
func FuzzGraph(f *testing.F) {
	f.Add([]byte{0, 3, 0x14, 0x1b, 0, 0x2d, 0, 0})
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 30 {
		program := make([]byte, 10*n)
		for i := range program {
			program[i] = byte(random.Uint32())
		}
		f.Add(program)
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) > 300 { // far from the limit of the depth
			return
		}
		for name, property := range properties {
			for protocol := range pickle.HighestProtocol + 1 {
				if err := property(program, protocol); err != nil {
					t.Fatalf("%s: protocol %d: %v", name, protocol, err)
				}
			}
		}
	})
}

package fuzz

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// sameBytes are the Pythons whose pickles are encoded to the same bytes.
var sameBytes = map[string]bool{"3.8": true, "3.9": true, "3.10": true, "3.11": true, "3.12": true, "3.13": true}

// TestPythonGraphs: what Python pickles, decoded and encoded again, is the same
// bytes, or, where a Python writes others, what it loads as the same graph. There are
// PICKLE_GRAPHS graphs for each Python, from PICKLE_SEED on.
func TestPythonGraphs(t *testing.T) {
	if !hasAddresses {
		t.Skip("without package unsafe equal strings are one object, and values in interfaces have no identity")
	}
	n, seed := pickletest.Number(t, "PICKLE_GRAPHS", 300), pickletest.Number(t, "PICKLE_SEED", 1)
	for _, version := range []string{"3.13", "3.11", "3.8", "3.6", "2.7"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			python := pickletest.StartPython(t, version)
			for i := range n {
				protocol := i % (pickle.HighestProtocol + 1)
				if version == "2.7" {
					protocol = i % 3
				}
				if version < "3.8" {
					protocol = min(protocol, 4)
				}
				source := fmt.Sprintf("__import__('graphs').value(%d)", seed+i)
				if err := thereAndBack(python, source, protocol, sameBytes[version]); err != nil {
					t.Errorf("%s at protocol %d: %v", source, protocol, err)
				}
				if t.Failed() && i > 20 {
					t.FailNow()
				}
			}
		})
	}
}

// thereAndBack sends what Python makes of an expression to Go and back.
func thereAndBack(python *pickletest.Python, source string, protocol int, sameBytes bool) error {
	data, err := python.Dumps(source, protocol)
	var exception *pickletest.PythonError
	if errors.As(err, &exception) && (exception.Class == "RecursionError" || exception.Class == "RuntimeError") {
		return nil // Python cannot pickle it: an instance that is an argument of its own call
	}
	if err != nil {
		return err
	}
	var v any
	if err := pickle.Unmarshal(data, &v, lossless); err != nil {
		return fmt.Errorf("%w: %q", err, data)
	}
	again, err := pickle.Marshal(v, pickle.Protocol(protocol))
	if err != nil {
		return fmt.Errorf("%w: %q", err, data)
	}
	if bytes.Equal(again, data) {
		return nil
	}
	if sameBytes {
		return fmt.Errorf("encoded again:\n%s", difference(again, data))
	}
	same, err := python.Same(data, again, protocol)
	if err == nil && !same {
		err = fmt.Errorf("is another value:\n%s", difference(again, data))
	}
	return err
}

// difference shows where two pickles begin to differ.
func difference(got, want []byte) string {
	at := 0
	if bytes.HasPrefix(got, []byte{0x80, 4, 0x95}) || bytes.HasPrefix(got, []byte{0x80, 5, 0x95}) {
		at = min(11, len(got), len(want)) // the length of the frame says nothing
	}
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	part := func(p []byte) []byte { return p[max(at-100, 0):min(at+100, len(p))] }
	return fmt.Sprintf(" got  …%q…\n want …%q…, which differ at %d of %d bytes", part(got), part(want), at, len(want))
}

// TestGoGraphs: what Go pickles, and Python loads and pickles again, is decoded to
// the same graph.
func TestGoGraphs(t *testing.T) {
	n, seed := pickletest.Number(t, "PICKLE_GRAPHS", 300), pickletest.Number(t, "PICKLE_SEED", 1)
	for _, version := range []string{"3.13", "3.11", "3.8", "3.6", "2.7"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			python := pickletest.StartPython(t, version)
			random := rand.New(rand.NewPCG(uint64(seed), 7))
			for i := range n {
				protocol := i % (pickle.HighestProtocol + 1)
				if version == "2.7" {
					protocol = i % 3
				}
				if version < "3.8" {
					protocol = min(protocol, 4)
				}
				program := make([]byte, random.IntN(120))
				for k := range program {
					program[k] = byte(random.Uint32())
				}
				if err := backAndThere(python, program, protocol, version == "2.7", (version == "3.13" || version == "3.11") && i%12 >= 6); err != nil {
					t.Errorf("%q at protocol %d: %v", program, protocol, err)
				}
				if t.Failed() && i > 20 {
					t.FailNow()
				}
			}
		})
	}
}

// loadable returns the scalars that survive the way through a Python. Python 2
// has one type for str and bytes, Python 3 has no str of Python 2.
func loadable(python2 bool) (all []any) {
	for _, v := range scalars {
		switch v := v.(type) {
		case pickle.ByteString:
			if !python2 {
				continue
			}
		case []byte, pickle.Ellipsis, pickle.NotImplemented:
			if python2 {
				continue
			}
		case pickle.Global:
			all = append(all, pickle.Global{Module: "shapes", Name: "function"})
			continue
		case float64:
			if v != v {
				continue
			}
		}
		all = append(all, v)
	}
	return all
}

// loadableLibrary returns the leaves from the library that survive. A path does
// not, whose form changes with every version; nor does what needs Python's time
// zones.
func loadableLibrary() (all []any) {
	for _, v := range libraryScalars {
		switch v := v.(type) {
		case pickle.Path, level:
			continue
		case time.Time:
			if v.Location() == berlin {
				continue
			}
		}
		all = append(all, v)
	}
	return all
}

// shapesOf are the classes that have the forms of instances, from testdata.
var shapesOf = map[int]pickle.Global{
	0: {Module: "shapes", Name: "Plain"}, 1: {Module: "shapes", Name: "Reduce"},
	2: {Module: "shapes", Name: "MyList"}, 3: {Module: "shapes", Name: "MyDict"},
}

func backAndThere(python *pickletest.Python, program []byte, protocol int, python2, library bool) error {
	b := &builder{bytes: program, protocol: protocol, scalars: loadable(python2), classes: shapesOf}
	if library {
		b.scalars, b.library = slices.Concat(b.scalars, loadableLibrary()), standardContainers
	}
	v := b.build()
	data, err := pickle.Marshal(v, pickle.Protocol(protocol))
	if err != nil {
		return err
	}
	again, err := python.Redumps(data, protocol)
	if err != nil {
		return fmt.Errorf("%w: %q", err, data)
	}
	var w any
	if err := pickle.Unmarshal(again, &w, lossless); err != nil {
		return fmt.Errorf("%w: %q", err, again)
	}
	if err := (&isomorphism{anyOrder: true, python2: python2}).differs(v, w); err != nil {
		return fmt.Errorf("%w:\n%s", err, difference(again, data))
	}
	return nil
}

package pickle_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

var explained = []pickletest.Difference{
	{Reason: "an extension code that nobody has registered is an Extension", Accepts: true, Error: "unregistered extension code"},
	{Reason: "the memo is sparse: an index that is far away takes no memory", Accepts: true, Error: "MemoryError"},
	{Reason: "a key that is dropped again is not looked at", Accepts: true, Error: "unhashable type"},
	{Reason: "a persistent object is known by its ID, which must be hashable where the object is a key", Error: "unhashable type"},
	{Reason: "an instance may well be a buffer: array.array is", Accepts: true, Error: "a bytes-like object is required, not 'Rec'"},
	{Reason: "an instance of a class that is not known may have any keyword arguments", Accepts: true, Error: "keywords must be strings"},
	{Reason: "below protocol 4 the name of a class has no dots: CPython would look for one attribute of that name", Error: "a dotted name needs protocol 4"},
}

// TestPrograms decodes random programs that need not be what a pickler writes.
// Unmarshal and CPython's C unpickler must agree on which can be loaded, and on
// the values where no class is involved; package vm compares those as well.
func TestPrograms(t *testing.T) {
	registry := new(pickle.Registry)
	for _, code := range []int{1, 7, 200, 256, 65535, 65536, 1<<31 - 1} {
		if err := registry.RegisterExtension(code, fmt.Sprintf("extension.E%d", code)); err != nil {
			t.Fatal(err)
		}
	}
	opts := pickle.JoinOptions(pickle.WithRegistry(registry), pickle.Python2Strings(pickle.Python2ByteString), pickle.Buffers(manyBuffers()))
	programs := pickletest.Programs(t)
	compared, failed := 0, 0
	for i, answer := range pickletest.Answers(t, programs) {
		var v any
		err := pickle.Unmarshal(programs[i], &v, opts)
		if errors.Is(err, pickle.ErrTrailingData) {
			continue // CPython does not look beyond STOP
		}
		refused := strings.HasPrefix(answer, "!")
		switch {
		case err == nil && !refused:
			if !hasClasses(answer) && !strings.HasPrefix(answer, "?") {
				compared++
				if got := renderValue(v); got != answer {
					t.Errorf("%q:\n got  %.1000s\n want %.1000s", programs[i], got, answer)
					failed++
				}
			}
		case (err == nil) == refused && !pickletest.Explain(explained, answer, err):
			t.Errorf("%q:\n Unmarshal: %v\n CPython: %.300s", programs[i], err, answer)
			failed++
		}
		if failed > 10 {
			t.Fatal("and so on")
		}
	}
	pickletest.CheckExplained(t, explained)
	t.Logf("%d programs, %d values compared", len(programs), compared)
	if compared < len(programs)/10 {
		t.Errorf("only %d values of %d programs have been compared", compared, len(programs))
	}
}

// TestOneNaN: a NaN is equal to nothing, but one NaN object is one key, in a set
// as in a dict.
func TestOneNaN(t *testing.T) {
	const nan = "G\x7f\xf8\x00\x00\x00\x00\x00\x00"
	for data, want := range map[string]string{
		"\x8f(" + nan + "2\x90.":                 "{nan}",
		"\x8f(" + nan + nan + "\x90.":            "{nan, nan}",
		"(" + nan + "2\x91.":                     "frozenset({nan})",
		"}(" + nan + "q\x00K\x01h\x00K\x02u.":    "{nan: 2}",
		"}(" + nan + "K\x01" + nan + "K\x02u.":   "{nan: 1, nan: 2}",
		"(" + nan + "q\x00" + nan + "h\x00\x91.": "frozenset({nan, nan})",
	} {
		var v any
		if err := pickle.Unmarshal([]byte(data), &v); err != nil {
			t.Errorf("%q: %v", data, err)
		} else if got := pickle.Repr(v); got != want {
			t.Errorf("%q: %s, want %s", data, got, want)
		}
	}
}

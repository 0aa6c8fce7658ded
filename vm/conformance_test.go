package vm

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
)

// conformanceCase is an input and what CPython's C unpickler makes of it:
// see testdata/conformance.py, which writes them.
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

// data returns the input. In a short test what is repeated in the large ones
// is repeated less often.
func (c *conformanceCase) data(t testing.TB) []byte {
	t.Helper()
	var b []byte
	for _, raw := range c.Input {
		piece, count := "", 1
		if raw[0] == '[' {
			if err := json.Unmarshal(raw, &[]any{&piece, &count}); err != nil {
				t.Fatal(err)
			}
			if testing.Short() && strings.HasPrefix(c.Name, "Hostile/") && count >= 1000 {
				count /= 50
			}
		} else if err := json.Unmarshal(raw, &piece); err != nil {
			t.Fatal(err)
		}
		one := make([]byte, 0, len(piece))
		for _, r := range piece {
			one = append(one, byte(r))
		}
		for range count {
			b = append(b, one...)
		}
	}
	return b
}

func conformanceCases(t testing.TB) []conformanceCase {
	t.Helper()
	b, err := os.ReadFile("testdata/conformance.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []conformanceCase
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 900 {
		t.Fatalf("only %d cases", len(cases))
	}
	return cases
}

// expect returns what the machine should do: refuse the input, or accept it,
// and then with which value unless that is "".
func (c *conformanceCase) expect() (accept bool, value string) {
	switch {
	case c.Differs != "":
		if c.Want == "accept" || c.Want == "reject" {
			return c.Want == "accept", ""
		}
		return true, c.Want
	case c.Note == "root":
		return true, ""
	case c.Value != nil:
		return true, *c.Value
	}
	return c.Error == "", ""
}

// The memory that a machine may allocate for an input: so many bytes for each
// byte of it, and so many more. What it keeps is at most a third of that: its
// arenas double, so that there is as much garbage and as much room again. The
// worst are EMPTY_TUPLE, REDUCE: an object and an instance for two bytes.
const (
	memoryFactor   = 192
	memoryConstant = 64 << 10
)

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestConformance(t *testing.T) {
	for _, tt := range conformanceCases(t) {
		t.Run(tt.Name, func(t *testing.T) {
			data := tt.data(t)
			var m Machine
			var status Status
			var err error
			if n, most := allocated(func() { status, err = m.Run(data, true) }), uint64(len(data)*memoryFactor+memoryConstant); n > most {
				t.Errorf("%d bytes of input took %d bytes of memory, %d for each; more than %d", len(data), n, n/uint64(len(data)), most)
			}
			accept, value := tt.expect()
			switch {
			case !accept && err == nil:
				t.Errorf("accepted as %.500s, want an error; CPython says %s", render(m.Graph(), m.Graph().Root()), tt.Error)
			case accept && err != nil:
				t.Errorf("%v, want %.500s", err, value)
			case err == nil && status != Done:
				t.Errorf("status %d", status)
			case accept && value != "":
				if got := render(m.Graph(), m.Graph().Root()); got != value {
					t.Errorf("got  %.1000s\nwant %.1000s", got, value)
				}
			}
			if err != nil {
				checkError(t, err, len(data))
				// What C calls truncated is an empty line, too.
				cut := strings.HasSuffix(tt.Error, "data was truncated") && !errors.Is(err, errEmptyLine) && !errors.Is(err, errEmptyName)
				if cut && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%v, CPython says %s", err, tt.Error)
				}
			}
		})
	}
}

func checkError(t *testing.T, err error, n int) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%T, want *Error", err)
	}
	if e.Offset < 0 || e.Offset > int64(n) {
		t.Errorf("%v: offset beyond the %d bytes of the input", err, n)
	}
	if e.Offset == int64(n) && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v: an error behind the input that is no unexpected EOF", err)
	}
}

// Whatever is cut off from a pickle, what remains is an unexpected end.
func TestConformanceTruncated(t *testing.T) {
	for _, tt := range conformanceCases(t) {
		data := tt.data(t)
		var m Machine
		if _, err := m.Run(data, true); err != nil || len(data) > 5000 {
			continue
		}
		data = data[:m.Consumed()]
		for i := range data {
			m.Reset()
			if _, err := m.Run(data[:i], true); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s: the first %d of %d bytes: %v", tt.Name, i, len(data), err)
				break
			}
		}
	}
}

// Where the machine does not do what CPython does there must be a reason, and
// the difference must still be there.
func TestConformanceDiffers(t *testing.T) {
	for _, tt := range conformanceCases(t) {
		if tt.Differs == "" {
			continue
		}
		if len(strings.Fields(tt.Differs)) < 4 || tt.Want == "" {
			t.Errorf("%s: no reason, or no result wanted", tt.Name)
		}
		accept, value := tt.expect()
		same := accept == (tt.Error == "") && (!accept || tt.Value == nil || value == "" || value == *tt.Value)
		if same && tt.Note != "root" {
			t.Errorf("%s: CPython does the same now", tt.Name)
		}
	}
}

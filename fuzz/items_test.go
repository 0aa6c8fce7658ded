package fuzz

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/window"
	"github.com/go-pickle/pickle/vm"
)

// FuzzItems decodes the items of any list one by one, with windows of several sizes:
// they are what Unmarshal decodes, or the error says that Items has let go of something.
func FuzzItems(f *testing.F) {
	seed(f)
	for _, p := range []string{
		"](K\x01]\x94e(h\x00}\x94h\x00K\x01se(h\x00h\x01e.", "\x80\x02]q\x00(capp\nC\nq\x01)\x81q\x02}q\x03X\x01\x00\x00\x00aq\x04K\x01sbe(h\x01)\x81}h\x04h\x02sbh\x02e(h\x02h\x01h\x03e.",
		"(lp0\nI1\na(lp1\nag1\naS'a'\np2\nag2\na.", "\x80\x04]\x94(\x8c\x03app\x94\x8c\x01C\x94\x93\x94K\x01\x85\x94R\x94e(h\x05h\x04h\x01h\x02h\x03e(h\x05h\x03\x8f\x94(h\x05\x90e.",
		"](C\x02ab\x94e(h\x00e(h\x00h\x00e.", "](e2(K\x01e.", "]\x94(K\x01e(h\x00e.", "](K\x01e\x85.", "](K\x01eK\x00K\x02s.",
	} {
		f.Add([]byte(p))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		defer func(size, keep, most int) { window.Size, window.Keep, window.Copy = size, keep, most }(window.Size, window.Keep, window.Copy)
		for _, sizes := range [][3]int{{1, 1 << 20, 1 << 20}, {1, 0, 1 << 20}, {300, 100, 1000}, {1 << 20, 1 << 20, 1 << 20}} {
			window.Size, window.Keep, window.Copy = sizes[0], sizes[1], sizes[2]
			for _, r := range []io.Reader{bytes.NewReader(data), bufio.NewReaderSize(iotest.OneByteReader(bytes.NewReader(data)), 16)} {
				checkItems(t, data, r)
			}
		}
	})
}

func checkItems(t *testing.T, data []byte, r io.Reader) {
	var want []any
	wantErr := pickle.Unmarshal(data, &want, lossless)
	var got []any
	var err error
	d := pickle.NewDecoder(r, lossless)
	for item, e := range pickle.Items[any](d) {
		if e != nil {
			err = e
			break
		}
		got = append(got, item)
	}
	if err != nil && err != io.EOF {
		checkError(t, err, data)
	}
	switch {
	case errors.Is(wantErr, pickle.ErrTrailingData):
		return
	case errors.Is(err, pickle.ErrLetGo):
		if !strings.Contains(err.Error(), "modified") { // an item can be, after it was yielded
			isPrefix(t, want, got, data)
		}
		return
	case (err == nil) != (wantErr == nil):
		t.Fatalf("window %d: %q: %v, but Unmarshal: %v", window.Size, data, err, wantErr)
	case err != nil:
		return
	case len(got) != len(want):
		t.Fatalf("window %d: %q: %d items, not %d", window.Size, data, len(got), len(want))
	case d.InputOffset() != int64(len(data)):
		t.Fatalf("window %d: %q: offset %d", window.Size, data, d.InputOffset())
	}
	if rootKind(data) != vm.KindList { // it is decoded by the same function, and may contain itself
		return
	}
	if diff := (&isomorphism{forms: true, bytes: true}).lists(want, got); diff != nil {
		t.Fatalf("window %d: %q: %v", window.Size, data, diff)
	}
}

// isPrefix fails unless the items before the error are those of the list, if the pickle
// is a list.
func isPrefix(t *testing.T, want, got []any, data []byte) {
	if len(want) == 0 || rootKind(data) != vm.KindList {
		return
	}
	if len(got) > len(want) {
		t.Fatalf("window %d: %q: %d items of %d, and an error", window.Size, data, len(got), len(want))
	}
	for i, item := range got {
		if a, b := pickle.Repr(item), pickle.Repr(want[i]); a != b {
			t.Fatalf("window %d: %q: item %d is %s, want %s", window.Size, data, i, a, b)
		}
	}
}

func rootKind(data []byte) vm.Kind {
	var m vm.Machine
	if _, err := m.Run(data, true); err != nil {
		return vm.KindNothing
	}
	return m.Graph().Root().Kind()
}

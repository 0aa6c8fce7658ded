package main

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/vm"
)

// TestStatGoldens: the values of each golden are all of it, by class as by path.
func TestStatGoldens(t *testing.T) {
	for _, c := range pickletest.Load(t, "../../testdata", "cpython3.13", "cpython2.7") {
		if n, _ := c.Pickles(); n > 1 {
			continue
		}
		if err := stat(io.Discard, c.Name, c.Data, 10, 3); err != nil {
			t.Fatalf("%s: %v", c.ID(), err)
		}
		var m vm.Machine
		if _, err := m.Run(c.Data, true); err != nil {
			t.Fatal(c.ID(), err)
		}
		s := newStatistics(m.Graph(), 3, 0)
		s.walk()
		s.measure(int64(len(c.Data)))
		sum := int64(0)
		for _, u := range s.classes {
			sum += u.bytes
		}
		if whole := s.paths()["(everything)"]; sum != int64(len(c.Data)) || whole.bytes != sum || whole.n != int64(len(s.visits)) {
			t.Errorf("%s: %d bytes, %d by class, %d by path", c.ID(), len(c.Data), sum, whole.bytes)
		}
	}
}

// TestDiffGoldens: each golden decoded twice is the same.
func TestDiffGoldens(t *testing.T) {
	for _, c := range pickletest.Load(t, "../../testdata", "cpython3.13", "cpython2.7") {
		if n, _ := c.Pickles(); n > 1 || len(c.Buffers) > 0 {
			continue
		}
		var values [2]any
		for i := range values {
			if err := pickle.Unmarshal(c.Data, &values[i]); err != nil {
				t.Fatal(c.ID(), err)
			}
		}
		var out strings.Builder
		d := differ{console: &console{stdout: io.Discard, out: bufio.NewWriter(&out)}, seen: map[[2]place]bool{}}
		if d.compare("", values[0], values[1]); d.differs {
			d.out.Flush()
			t.Errorf("%s: %.300s", c.ID(), out.String())
		}
	}
}

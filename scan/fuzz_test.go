package scan_test

import (
	"testing"
	"time"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/scan"
)

// FuzzBytes scans anything: it never panics, and what is clean names nothing
// that is not allowed.
func FuzzBytes(f *testing.F) {
	for _, a := range attacks(f, "os", "system") {
		f.Add(a.data)
	}
	f.Add([]byte("\x80\x04]\x94."))
	f.Add([]byte("\x80\x02" + joblibMade + joblibUsual() + joblibTwo + joblibEnd))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return // slow, and nothing that shorter inputs do not have
		}
		begun := time.Now()
		r := scan.Bytes("x", data, &scan.Options{MaxExpanded: 1 << 20, MaxFiles: 200})
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%d bytes take %v", len(data), took)
		}
		if r.Verdict != scan.Clean {
			return
		}
		if len(r.Pickles) == 0 && len(r.Files) < 2 {
			t.Error("clean, and there is nothing")
		}
		for _, g := range r.Globals {
			if g.Status != scan.Allowed && g.Status != scan.Seen {
				t.Errorf("clean, with %v %+v", g.Status, g)
			}
		}
		var v any
		if err := pickle.Unmarshal(data, &v); err != nil {
			return
		}
		// What the decoder makes a class of, the scan has seen.
		if o, ok := v.(*pickle.Object); ok {
			for _, g := range r.Globals {
				if o.Class.Name == g.Name || len(g.Via) > 0 {
					return
				}
			}
			t.Errorf("the decoder sees %v, the scan %+v", o.Class, r.Globals)
		}
	})
}

package scan_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/scan"
)

// TestGoldens scans what real picklers wrote: nothing of it is malicious, and
// nothing is ambiguous that no golden was made to be.
func TestGoldens(t *testing.T) {
	verdicts := make(map[scan.Verdict]int)
	for _, c := range pickletest.Load(t, pickletest.Dir(t)) {
		r := scan.Bytes(c.ID(), c.Data, nil)
		verdicts[r.Verdict]++
		if len(r.Pickles) == 0 {
			t.Errorf("%s: no pickle", c.ID())
		}
		for _, f := range r.Findings {
			switch {
			case f.Severity < scan.Medium:
			case f.Rule == "extension-code" || f.Rule == "memo-kept":
			default:
				t.Errorf("%s: %v %s at %d: %s (%s)", c.ID(), f.Severity, f.Rule, f.Offset, f.Message, f.Reason)
			}
		}
	}
	t.Log(verdicts)
}

func TestRealFiles(t *testing.T) {
	dir := filepath.Join(pickletest.Dir(t), "real")
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		most := scan.Unknown // those of a network, with a length before the pickle
		switch filepath.Ext(f.Name()) {
		case ".djcache", ".pkl":
			most = scan.Clean
		}
		policy := scan.Join(scan.DefaultPolicy(), &scan.Policy{Allow: []scan.Entry{{Pattern: "django.utils.safestring.SafeString"}}})
		if r := scan.Bytes(f.Name(), data, &scan.Options{Policy: policy}); r.Verdict > most {
			t.Errorf("%s: %v", f.Name(), r.Findings)
		}
	}
}

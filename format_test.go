package pickle_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

func TestFormatVersion(t *testing.T) {
	if want := fmt.Sprintf("%d.0", pickle.DefaultProtocol); pickle.FormatVersion != want {
		t.Errorf("FormatVersion is %s, and the default protocol has %s", pickle.FormatVersion, want)
	}
	formats := pickle.CompatibleFormats()
	if last := formats[len(formats)-1]; last != fmt.Sprintf("%d.0", pickle.HighestProtocol) {
		t.Errorf("the newest compatible format is %s, the highest protocol %d", last, pickle.HighestProtocol)
	}
	formats[0] = "changed"
	if pickle.CompatibleFormats()[0] != "1.0" {
		t.Error("what a caller does with the slice changes the next one")
	}
}

// TestLiveFormats: each Python has our formats up to those of its own highest
// protocol, and its format_version is among them.
func TestLiveFormats(t *testing.T) {
	for _, p := range livePythons {
		t.Run(p.version, func(t *testing.T) {
			python := pickletest.StartPython(t, p.version)
			data, err := python.Dumps("(__import__('pickle').compatible_formats, __import__('pickle').format_version)", 2)
			if err != nil {
				t.Fatal(err)
			}
			var got struct {
				_       struct{} `pickle:",tuple"`
				Formats []string
				Version string
			}
			if err := pickle.Unmarshal(data, &got); err != nil {
				t.Fatal(err)
			}
			want := pickle.CompatibleFormats()
			end := slices.Index(want, fmt.Sprintf("%d.0", p.protocol)) + 1
			if !slices.Equal(got.Formats, want[:end]) {
				t.Errorf("Python has the formats %q, not %q", got.Formats, want[:end])
			}
			if !slices.Contains(want, got.Version) {
				t.Errorf("Python's format_version %q is none of ours", got.Version)
			}
		})
	}
}

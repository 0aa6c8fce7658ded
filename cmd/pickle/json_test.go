package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestJSONAndBack: json --lossless and from-json make of a file that file, at
// its protocol.
func TestJSONAndBack(t *testing.T) {
	for name, protocol := range map[string]string{"classes.pkl": "4", "python2.pkl": "2"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		var text, again, stderr bytes.Buffer
		if code := run([]string{"json", "--lossless", "--indent", "1"}, bytes.NewReader(data), &text, &stderr); code != exitOK {
			t.Fatalf("%s: exit code %d, %s", name, code, &stderr)
		}
		if code := run([]string{"from-json", "--protocol", protocol}, &text, &again, &stderr); code != exitOK {
			t.Fatalf("%s: exit code %d, %s", name, code, &stderr)
		}
		if !bytes.Equal(again.Bytes(), data) {
			t.Errorf("%s:\n got  %q\n want %q", name, &again, data)
		}
	}
}

// TestFromJSONFile: a file is written if all was right, and else stays.
func TestFromJSONFile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.pkl")
	for _, tt := range []struct {
		in, want string
		code     int
	}{
		{"1 2", "I1\n.I2\n.", exitOK},
		{"3 {}", "I1\n.I2\n.", exitFailed},
	} {
		var stdout, stderr bytes.Buffer
		if code := run([]string{"from-json", "--protocol", "0", "-o", out}, strings.NewReader(tt.in), &stdout, &stderr); code != tt.code || stdout.Len() > 0 {
			t.Errorf("%s: exit code %d, %q, %s", tt.in, code, &stdout, &stderr)
		}
		if got, err := os.ReadFile(out); err != nil || string(got) != tt.want {
			t.Errorf("%s: %q, %v", tt.in, got, err)
		}
	}
}

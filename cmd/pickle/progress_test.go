package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestProgressLine(t *testing.T) {
	for _, tt := range []struct {
		title      string
		width      int
		size, done int64
		want       string
	}{
		{"a.pkl", 80, 10_000_000, 0, "a.pkl: [                    ]   0% of 10.0 MB read, 7 s"},
		{"a.pkl", 80, 10_000_000, 4_999_999, "a.pkl: [#########           ]  49% of 10.0 MB read, 7 s"},
		{"a.pkl", 80, 10_000_000, 10_000_000, "a.pkl: working, 7 s"},
		{"a.pkl", 80, 10_000_000, 11_000_000, "a.pkl: working, 7 s"}, // it has grown
		{"fifo", 80, 0, 1_500_000, "fifo: 1.5 MB read, 7 s"},
		{"a/long/äöü/name/of/a.pkl", 30, 10, 10, "…/name/of/a.pkl: working, 7 s"},
		{"a.pkl", 10, 10, 10, ""},
	} {
		var b bytes.Buffer
		p := &progress{w: &b, width: tt.width, title: tt.title, size: tt.size, begun: time.Now().Add(-7 * time.Second)}
		p.read(int(tt.done))
		if !p.show() {
			t.Error("it is over")
		}
		got := strings.TrimSuffix(strings.TrimPrefix(b.String(), "\r"), "\x1b[K")
		if tt.want != "" && got != tt.want || len([]rune(got)) >= tt.width {
			t.Errorf("%s: %q, want %q", tt.title, got, tt.want)
		}
		b.Reset()
		p.clear()
		p.clear()
		if b.String() != "\r\x1b[K" {
			t.Errorf("%q", &b)
		}
		p.show()
		b.Reset()
		p.end()
		if b.String() != "\r\x1b[K" || p.show() || b.String() != "\r\x1b[K" {
			t.Errorf("at the end: %q", &b)
		}
	}
}

// TestProgressTimes: a file that is soon done shows nothing.
func TestProgressTimes(t *testing.T) {
	var b bytes.Buffer
	short := &progress{w: &b, width: 80, title: "short", size: 1, begun: time.Now()}
	short.end()
	short.start(0, time.Millisecond)
	time.Sleep(20 * time.Millisecond)
	if b.Len() > 0 {
		t.Errorf("%q", &b)
	}
	var w bytes.Buffer
	long := &progress{w: &w, width: 80, title: "long", size: 1, begun: time.Now()}
	long.start(0, time.Millisecond)
	for n := 0; n < 2; {
		time.Sleep(time.Millisecond)
		long.mu.Lock()
		n = strings.Count(w.String(), "long: ")
		long.mu.Unlock()
	}
	long.end()
	if text := w.String(); !strings.HasSuffix(text, "\x1b[K\r\x1b[K") {
		t.Errorf("%q", text)
	}
}

// TestProgressNoTerminal: what is no terminal gets no progress.
func TestProgressNoTerminal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, c := range []*console{{stderr: f}, {stderr: new(bytes.Buffer)}} {
		if p := c.newProgress("x", 1); p != nil {
			t.Error("progress on a file")
		}
	}
}

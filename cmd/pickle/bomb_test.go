package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// TestMaxExpanded: what a file expands to may be as large as --max-expanded
// says, in all its layers and parts together, and no larger.
func TestMaxExpanded(t *testing.T) {
	plain := "\x80\x04\x8c\xf0" + strings.Repeat("a", 0xf0) + "0N." // 247 bytes
	n := len(plain)
	once := gzipped(plain)
	for _, tt := range []struct {
		name, data string
		size       int // of all that its encodings yield
	}{
		{"gzip", once, n},
		{"zlib", zlibbed(plain), n},
		{"gzip, two members", gzipped(plain) + gzipped("N."), n + 2},
		{"gzip of gzip", gzipped(once), len(once) + n},
		{"zlib of gzip of gzip", zlibbed(gzipped(once)), len(gzipped(once)) + len(once) + n},
		{"base64 of gzip", base64.StdEncoding.EncodeToString([]byte(once)), len(once) + n},
		{"behind a pickle", "N." + zlibbed(plain), n},
		{"behind pickles", "N." + zlibbed("N."+zlibbed(plain)), len("N."+zlibbed(plain)) + n},
	} {
		for _, command := range []string{"show", "show --select __x__", "json", "dis --keep-going", "optimize", "convert", "diff -", "stat", "gen", "graph", "rename a=b"} {
			for _, over := range []bool{false, true} {
				most := tt.size
				if over {
					most--
				}
				args := append(strings.Fields(command), "--max-expanded", fmt.Sprint(most))
				if command == "diff -" {
					args = append(args, "testdata/several.pkl")
				}
				var stderr bytes.Buffer
				code := run(args, strings.NewReader(tt.data), io.Discard, &stderr)
				want := fmt.Sprintf("pickle: standard input: it expands to more than %d bytes, which --max-expanded allows\n", most)
				if got := strings.Contains(stderr.String(), want); got != over || over && code != exitFailed && code != int(exitTrouble) {
					t.Errorf("%s of %s, %d of %d bytes: exit code %d, %s", command, tt.name, most, tt.size, code, &stderr)
				}
			}
		}
	}
}

// TestBomb: what is small and would expand to 64 MiB is refused after as much
// as is allowed, and so is one in another.
func TestBomb(t *testing.T) {
	bomb := gzipped("\x80\x04B\x00\x00\x00\x04" + strings.Repeat("\x00", 1<<26) + ".")
	for name, data := range map[string]string{"once": bomb, "twice": gzipped(bomb), "behind a pickle": "N." + bomb} {
		begun := time.Now()
		for _, command := range []string{"show", "dis", "stat"} {
			var stderr bytes.Buffer
			if code := run([]string{command, "--max-expanded", "1M"}, strings.NewReader(data), io.Discard, &stderr); code != exitFailed || !strings.Contains(stderr.String(), "1048576 bytes") {
				t.Errorf("%s, %s: exit code %d, %s", name, command, code, &stderr)
			}
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s: it took %v", name, took)
		}
	}
}

// TestExpandsToItself: a zlib stream behind a pickle can yield that pickle and
// the stream again, and so on without end.
func TestExpandsToItself(t *testing.T) {
	data := "N."
	for range 200 { // not without end, but far enough
		data = "N." + zlibbed(data)
	}
	var stderr bytes.Buffer
	if code := run([]string{"dis", "--max-expanded", "10K"}, strings.NewReader(data), io.Discard, &stderr); code != exitFailed || !strings.Contains(stderr.String(), "10240 bytes") {
		t.Errorf("exit code %d, %s", code, &stderr)
	}
}

func TestByteCount(t *testing.T) {
	for text, want := range map[string]byteCount{"1": 1, "1000": 1000, "64K": 64 << 10, "100M": 100 << 20, "4G": 4 << 30, "7T": 7 << 40, "9223372036854775807": 1<<63 - 1} {
		var n, again byteCount
		if err := n.Set(text); err != nil || n != want {
			t.Errorf("%s: %d, %v", text, n, err)
		}
		if err := again.Set(n.String()); err != nil || again != want {
			t.Errorf("%s: printed as %s", text, &n)
		}
	}
	for _, text := range []string{"", "0", "-1", "K", "1KK", "1k", "1.5G", "9000000T", "9223372036854775808"} {
		n := byteCount(5)
		if err := n.Set(text); err == nil || n != 5 {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	}
}

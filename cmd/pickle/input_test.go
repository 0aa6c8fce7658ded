package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// two is two pickles, at protocols 0 and 4.
const two = "(lp0\nI1\na.\x80\x04K\x02."

func gzipped(data string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, data)
	w.Close()
	return b.String()
}

func zlibbed(data string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, data)
	w.Close()
	return b.String()
}

// wrapped breaks text into lines.
func wrapped(text string) string {
	var b strings.Builder
	for i, c := range text {
		if b.WriteRune(c); i%10 == 9 {
			b.WriteString("\r\n")
		}
	}
	return b.String()
}

func TestUndo(t *testing.T) {
	bz2, err := os.ReadFile("testdata/numbers.pkl.bz2")
	if err != nil {
		t.Fatal(err)
	}
	long := "\x80\x02X\x00\x00\x03\x00" + strings.Repeat("a", 3<<16) + "."
	std := base64.StdEncoding.EncodeToString
	for _, tt := range []struct{ name, data, layer, plain string }{
		{"plain", two, "", two},
		{"empty", "", "", ""},
		{"gzip", gzipped(two), "gzip", two},
		{"gzip, two members", gzipped(two) + gzipped("N."), "gzip", two + "N."},
		{"zlib", zlibbed(two), "zlib", two},
		{"bzip2", string(bz2), "bzip2", "I1\n.K\x02."},
		{"base64", std([]byte(two)) + "\n", "base64", two},
		{"base64 in lines", wrapped(std([]byte(two))), "base64", two},
		{"base64 without padding", base64.RawStdEncoding.EncodeToString([]byte(two)), "base64", two},
		{"base64 of URLs", base64.URLEncoding.EncodeToString([]byte("U\x03\xfb\xff\xfe.")), "base64", "U\x03\xfb\xff\xfe."},
		{"base64, two texts", std([]byte("K\x01.N.")) + "\n" + std([]byte("N.")), "base64", "K\x01.N.N."},
		{"base64, long", std([]byte(long)), "base64", long},
		{"base64 of gzip", std([]byte(gzipped(two))), "base64, gzip", two},
		// What looks like base64, zlib or bzip2, and is none.
		{"a pickle of base64", "Vabcd\n.", "", "Vabcd\n."},
		{"a long text", "V" + strings.Repeat("a", 2*readSize) + "\n.", "", "V" + strings.Repeat("a", 2*readSize) + "\n."},
		{"a word", "hello\n", "", "hello\n"},
		{"BINBYTES", "B\x03\x00\x00\x00Zh9.", "", "B\x03\x00\x00\x00Zh9."},
		{"x", "xyz.", "", "xyz."},
	} {
		for _, how := range []struct {
			name string
			r    io.Reader
		}{
			{"whole", strings.NewReader(tt.data)},
			{"bytewise", iotest.OneByteReader(strings.NewReader(tt.data))},
		} {
			t.Run(tt.name+"/"+how.name, func(t *testing.T) {
				r, layer, err := undo(bufio.NewReaderSize(how.r, readSize), &expansion{most: maxExpanded})
				if err != nil {
					t.Fatal(err)
				}
				plain, err := io.ReadAll(r)
				if err != nil || string(plain) != tt.plain || layer != tt.layer {
					t.Errorf("%.100q, %q, %v; want %.100q, %q", plain, layer, err, tt.plain, tt.layer)
				}
			})
		}
	}
}

func TestUndoDamaged(t *testing.T) {
	whole := gzipped(two)
	long := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("\x80\x02N."), readSize))
	for _, tt := range []struct{ name, data, want string }{
		{"gzip cut off", whole[:len(whole)-9], "gzip: unexpected EOF"},
		{"gzip header cut off", whole[:5], "gzip: unexpected EOF"},
		{"gzip sum", whole[:len(whole)-8] + "12345678", "gzip: invalid checksum"},
		{"base64", long + "!", errBase64.Error()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := testSource(t, tt.data).read()
			if err == nil || err.Error() != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

// testSource returns a source that has data.
func testSource(t *testing.T, data string) *source {
	name := filepath.Join(t.TempDir(), "x.pkl")
	writeTestFile(t, name, data)
	return (&console{stdout: io.Discard, stderr: io.Discard, maxExpanded: maxExpanded}).source(name)
}

func writeTestFile(t *testing.T, name, data string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestSections(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		want       []string
		offsets    []int
		fails      bool
	}{
		{"two", two, []string{"(lp0\nI1\na.", "\x80\x04K\x02."}, []int{0, 10}, false},
		{"damaged", "N.(l", []string{"N.", "(l"}, []int{0, 2}, true},
		{"compressed behind", "N." + zlibbed(two), []string{"N.", "(lp0\nI1\na.", "\x80\x04K\x02."}, []int{0, 2, 12}, false},
		{"damaged behind", "N.x\x9c.", []string{"N.", "x\x9c."}, []int{0, 2}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in, err := testSource(t, tt.data).read()
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			var last error
			for s, err := range in.sections() {
				if n == len(tt.want) || string(s.data) != tt.want[n] || s.offset != tt.offsets[n] {
					t.Fatalf("%d: %q at %d", n, s.data, s.offset)
				}
				n++
				last = err
			}
			if n != len(tt.want) || (last != nil) != tt.fails {
				t.Errorf("%d, %v", n, last)
			}
		})
	}
}

// TestShowEncoded: a header that is a pickle, and behind it the compressed rest,
// is how Django's file cache has it.
func TestShowEncoded(t *testing.T) {
	for name, data := range map[string]string{
		"behind": "(lp0\nI1\na." + zlibbed("\x80\x04K\x02."),
		"all":    gzipped(two),
		"text":   base64.StdEncoding.EncodeToString([]byte(two)),
	} {
		for how, r := range map[string]io.Reader{"whole": strings.NewReader(data), "bytewise": iotest.OneByteReader(strings.NewReader(data))} {
			var stdout, stderr bytes.Buffer
			if code := run([]string{"show"}, r, &stdout, &stderr); code != exitOK || stdout.String() != "[1]\n2\n" {
				t.Errorf("%s, %s: exit code %d, %q, %q", name, how, code, &stdout, &stderr)
			}
		}
	}
}

func TestGlob(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a1.pkl", "a2.pkl", "b[1].pkl"} {
		writeTestFile(t, name, "N.")
	}
	for arg, want := range map[string]string{
		"a?.pkl":   "a1.pkl a2.pkl",
		"*.pkl":    "a1.pkl a2.pkl b[1].pkl",
		"b[1].pkl": "b[1].pkl", // a file's name first
		"c*":       "c*",
		"[":        "[",
	} {
		if got := strings.Join(expand([]string{arg}), " "); got != want {
			t.Errorf("%s: %s, want %s", arg, got, want)
		}
	}
	if got := expand(nil); len(got) != 1 || got[0] != "-" {
		t.Errorf("%q", got)
	}
}

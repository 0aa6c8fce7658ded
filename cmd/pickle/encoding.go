package main

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-pickle/pickle/vm"
)

// readSize is how much is read from a file at once, and how far base64 is
// looked at before it is believed.
const readSize = 64 << 10

// maxLayers is how many encodings are undone, one inside the other.
const maxLayers = 4

// undo undoes gzip, zlib, bzip2 and base64, which it recognizes by their
// content. layer says what was undone, outermost first.
//
// It waits for no more input than it takes to know, so that a pickle which
// comes through a pipe is seen at once.
func undo(r *bufio.Reader, budget *expansion) (plain *bufio.Reader, layer string, err error) {
	var layers []string
	for range maxLayers {
		name, next, err := undoOne(r)
		if err != nil {
			return nil, "", encodingError(name, err)
		}
		if next == nil {
			break
		}
		layers = append(layers, name)
		r = bufio.NewReaderSize(&expandingReader{next, budget}, readSize)
	}
	return r, strings.Join(layers, ", "), nil
}

// expansion is how much undoing the encodings of a file may yield: all layers,
// and all parts of the file, together. A few kilobytes can expand without end.
type expansion struct {
	most, done int64
}

// expandingReader reads what expands.
type expandingReader struct {
	r      io.Reader
	budget *expansion
}

func (e *expandingReader) Read(p []byte) (n int, err error) {
	left := e.budget.most - e.budget.done
	if int64(len(p)) > left {
		p = p[:left+1] // to see whether there is more
	}
	n, err = e.r.Read(p)
	if int64(n) > left {
		e.budget.done = e.budget.most
		return int(left), fmt.Errorf("it expands to more than %d bytes, which --max-expanded allows", e.budget.most)
	}
	e.budget.done += int64(n)
	return n, err
}

// undoOne undoes one encoding. It returns a nil Reader where there is none.
func undoOne(r *bufio.Reader) (name string, next io.Reader, err error) {
	head, _ := r.Peek(1) // an error comes again when the rest is read
	if len(head) == 0 {
		return "", nil, nil
	}
	switch {
	case isGzip(r, head):
		next, err = gzip.NewReader(r)
		return "gzip", next, err
	case isZlib(r, head):
		next, err = zlib.NewReader(r)
		return "zlib", next, err
	case isBzip2(r, head):
		return "bzip2", bzip2.NewReader(r), nil
	case isBase64(r):
		return "base64", &base64Reader{r: r}, nil
	}
	return "", nil, nil
}

// looksCompressed reports whether the first byte of b begins compressed data
// and no pickle. (That of bzip2, B, does begin pickles.)
func looksCompressed(b []byte) bool { return len(b) > 0 && (b[0] == 0x1f || b[0] == 'x') }

func isGzip(r *bufio.Reader, head []byte) bool {
	if head[0] != 0x1f {
		return false
	}
	head, _ = r.Peek(3)
	return bytes.Equal(head, []byte{0x1f, 0x8b, 8})
}

// isZlib knows zlib's largest window, which everyone uses. Its first byte, like
// that of gzip, is no opcode; those of smaller windows are.
func isZlib(r *bufio.Reader, head []byte) bool {
	if head[0] != 'x' {
		return false
	}
	head, _ = r.Peek(2)
	return len(head) == 2 && (int(head[0])<<8|int(head[1]))%31 == 0
}

// isBzip2 looks at ten bytes, since BINBYTES is a B as well: as a pickle they
// would be one of more than 800 MB.
func isBzip2(r *bufio.Reader, head []byte) bool {
	if head[0] != 'B' || r.Buffered() >= 3 && !hasPrefix(r, "BZh") {
		return false
	}
	head, _ = r.Peek(10)
	return bytes.HasPrefix(head, []byte("BZh")) && bytes.HasSuffix(head, []byte("1AY&SY"))
}

func hasPrefix(r *bufio.Reader, prefix string) bool {
	head, _ := r.Peek(len(prefix))
	return string(head) == prefix
}

// isBase64 reports whether what comes is text in base64. No complete pickle
// is: it ends in a full stop, which is no character of base64. The beginning of
// a long text at protocol 0 may look like it; so where there is more than can be
// looked at, it must begin as base64 of a pickle or of something compressed
// does.
func isBase64(r *bufio.Reader) bool {
	n, seen := 1, 0
	for {
		head, err := r.Peek(n)
		if !base64Text(head[seen:]) {
			return false
		}
		seen = len(head)
		if err != nil { // the end, or the buffer is full
			return base64Begins(head, err != bufio.ErrBufferFull)
		}
		if n = max(n+1, r.Buffered()); n > r.Size() {
			return base64Begins(head, false)
		}
	}
}

func base64Begins(text []byte, whole bool) bool {
	b, err := io.ReadAll(&base64Reader{r: bytes.NewReader(text)})
	switch {
	case len(b) < 2 || whole && err != nil:
		return false
	case b[0] == 0x80 && b[1] <= vm.HighestProtocol, looksCompressed(b), bytes.HasPrefix(b, []byte("BZh")):
		return true
	}
	return whole && b[len(b)-1] == byte(vm.OpStop)
}

func base64Text(b []byte) bool {
	for _, c := range b {
		if !isBase64Digit(c) && !strings.ContainsRune("=\r\n \t", rune(c)) {
			return false
		}
	}
	return true
}

func isBase64Digit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("+/-_", c) >= 0
}

// base64Reader decodes base64 of either alphabet, with and without padding, in
// lines of any length. Several texts may follow each other if each but the
// last is padded, or needs no padding.
type base64Reader struct {
	r       io.Reader
	pending []byte // digits that are not yet decoded
	plain   []byte // decoded, not yet read
	buf     [4096]byte
	err     error
}

var errBase64 = errors.New("not base64 throughout")

func (d *base64Reader) Read(p []byte) (int, error) {
	for len(d.plain) == 0 && d.err == nil {
		n, err := d.r.Read(d.buf[:])
		d.err = err
		d.plain = d.plain[:0]
		for _, c := range d.buf[:n] {
			d.digit(c)
		}
		if err != nil {
			d.decode(len(d.pending))
		} else {
			d.decode(len(d.pending) / 4 * 4)
		}
	}
	if len(d.plain) == 0 {
		return 0, d.err
	}
	n := copy(p, d.plain)
	d.plain = d.plain[n:]
	return n, nil
}

func (d *base64Reader) digit(c byte) {
	switch {
	case c == '-':
		c = '+'
	case c == '_':
		c = '/'
	case c == '=': // the end of a text
		d.decode(len(d.pending))
		return
	case c == '\r' || c == '\n' || c == ' ' || c == '\t':
		return
	case !isBase64Digit(c):
		d.err = errBase64
		return
	}
	d.pending = append(d.pending, c)
}

// decode decodes the first n pending digits.
func (d *base64Reader) decode(n int) {
	plain, err := base64.RawStdEncoding.AppendDecode(d.plain, d.pending[:n])
	if err != nil && (d.err == nil || d.err == io.EOF) {
		d.err = errBase64
	}
	d.plain = plain
	d.pending = append(d.pending[:0], d.pending[n:]...)
}

// encodingError says what was cut off where that is an encoding. Other errors
// of the encodings say themselves where they are from.
func encodingError(layer string, err error) error {
	if err != io.ErrUnexpectedEOF || layer == "" {
		return err
	}
	return fmt.Errorf("%s: %w", layer, err)
}

package picklejson

import (
	"encoding/base64"
	"io"
	"math"
	"strconv"
	"unicode/utf8"
)

// output puts JSON together: commas, line breaks and escapes. It appends to buf,
// and, if there is a writer, hands over what is in buf from time to time.
type output struct {
	buf    []byte
	w      io.Writer
	n      int64 // bytes handed over
	err    error // of the writer; nothing is written from then on
	indent string
	level  int
	empty  bool // nothing was written since the last open
	member bool // a name was written last
}

const flushSize = 32 << 10

// next is due before each value and each name.
func (o *output) next() {
	if o.member {
		o.member = false
		return
	}
	if o.level == 0 {
		return
	}
	if !o.empty {
		o.buf = append(o.buf, ',')
	}
	o.empty = false
	o.line()
	if o.w != nil && len(o.buf) > flushSize {
		o.flush()
	}
}

func (o *output) line() {
	if o.indent == "" {
		return
	}
	o.buf = append(o.buf, '\n')
	for range o.level {
		o.buf = append(o.buf, o.indent...)
	}
}

func (o *output) flush() {
	if o.err == nil {
		_, o.err = o.w.Write(o.buf)
	}
	o.n += int64(len(o.buf))
	o.buf = o.buf[:0]
}

// written returns how many bytes there have been.
func (o *output) written() int64 { return o.n + int64(len(o.buf)) }

// open begins an array or object.
func (o *output) open(c byte) {
	o.next()
	o.buf = append(o.buf, c)
	o.level++
	o.empty = true
}

func (o *output) close(c byte) {
	o.level--
	if !o.empty {
		o.line()
	}
	o.empty = false
	o.buf = append(o.buf, c)
}

// name begins a member. It must be valid text.
func (o *output) name(s string) {
	o.next()
	o.buf = appendString(o.buf, s)
	o.buf = append(o.buf, ':')
	if o.indent != "" {
		o.buf = append(o.buf, ' ')
	}
	o.member = true
}

// raw writes a value that is JSON already.
func (o *output) raw(s string) {
	o.next()
	o.buf = append(o.buf, s...)
}

func (o *output) string(s string) {
	o.next()
	o.buf = appendString(o.buf, s)
}

func (o *output) int(i int64) {
	o.next()
	o.buf = strconv.AppendInt(o.buf, i, 10)
}

// finite writes a float such that it is no int.
func (o *output) finite(f float64) {
	o.next()
	at := len(o.buf)
	o.buf = strconv.AppendFloat(o.buf, f, 'g', -1, 64)
	for _, c := range o.buf[at:] {
		if c == '.' || c == 'e' {
			return
		}
	}
	o.buf = append(o.buf, ".0"...)
}

func (o *output) base64(b []byte) {
	o.next()
	o.buf = append(o.buf, '"')
	for len(b) > 0 { // in pieces, so that no second copy of much is made
		n := min(len(b), 3*flushSize/4/3*3)
		o.buf = base64.StdEncoding.AppendEncode(o.buf, b[:n])
		b = b[n:]
		if o.w != nil && len(o.buf) > flushSize {
			o.flush()
		}
	}
	o.buf = append(o.buf, '"')
}

// appendString appends s as a JSON string. It must be what isText accepts.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c != 0xed && c != 0x7f {
			continue
		}
		escape := []byte{'\\', 'u', '0', '0', hex[c>>4], hex[c&15]}
		width := 1
		switch {
		case c == '"', c == '\\':
			escape = []byte{'\\', c}
		case c == '\n':
			escape = []byte(`\n`)
		case c == '\r':
			escape = []byte(`\r`)
		case c == '\t':
			escape = []byte(`\t`)
		case c == 0xed && isSurrogate(s[i:]):
			r := surrogate(s[i:])
			escape = []byte{'\\', 'u', 'd', hex[r>>8&15], hex[r>>4&15], hex[r&15]}
			width = 3
		case c == 0xed:
			continue
		}
		dst = append(append(dst, s[from:i]...), escape...)
		i += width - 1
		from = i + 1
	}
	return append(append(dst, s[from:]...), '"')
}

// isSurrogate reports whether s begins with a surrogate, in the UTF-8 that other
// text does not have.
func isSurrogate(s string) bool {
	return len(s) >= 3 && s[0] == 0xed && s[1] >= 0xa0 && s[1] <= 0xbf && s[2]&0xc0 == 0x80
}

// surrogate returns the surrogate that s begins with.
func surrogate(s string) rune { return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f) }

// isText reports whether s is UTF-8 in which lone surrogates are allowed, and
// where it has a pair of surrogates that JSON would take for one character: the
// index of the second, or 0.
func isText(s string) (ok bool, pair int) {
	if utf8.ValidString(s) {
		return true, 0
	}
	high := false
	for i := 0; i < len(s); {
		if isSurrogate(s[i:]) {
			isLow := s[i+1] >= 0xb0
			if high && isLow && pair == 0 {
				pair = i
			}
			high = !isLow
			i += 3
			continue
		}
		r, width := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && width == 1 {
			return false, 0
		}
		high = false
		i += width
	}
	return true, pair
}

// isFinite reports whether JSON has a number for f.
func isFinite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// Package pyrepr has what the texts of Python's repr consist of: numbers, quotes
// and escapes.
package pyrepr

import (
	"bytes"
	"math"
	"strconv"
	"unicode"
)

// AppendFloat appends the shortest decimal that f is, as float.__repr__ does:
// exponents from 1e16 and below 1e-4. Without point, as in a complex, a whole
// number has no ".0".
func AppendFloat(b []byte, f float64, point bool) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, "nan"...)
	case math.IsInf(f, 1):
		return append(b, "inf"...)
	case math.IsInf(f, -1):
		return append(b, "-inf"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	if point && bytes.IndexByte(b[start:], '.') < 0 {
		b = append(b, ".0"...)
	}
	return b
}

// QuoteFor returns the quotes that Python chooses for a literal.
func QuoteFor[S string | []byte](s S) byte {
	single := false
	for i := range len(s) {
		switch s[i] {
		case '"':
			return '\''
		case '\'':
			single = true
		}
	}
	if single {
		return '"'
	}
	return '\''
}

// AppendEscape appends the escape sequence of a character.
func AppendEscape(b []byte, c rune) []byte {
	switch {
	case c == '\'' || c == '"' || c == '\\':
		return append(b, '\\', byte(c))
	case c == '\t':
		return append(b, `\t`...)
	case c == '\n':
		return append(b, `\n`...)
	case c == '\r':
		return append(b, `\r`...)
	case c <= 0xff:
		return appendHex(append(b, `\x`...), c, 2)
	case c <= 0xffff:
		return appendHex(append(b, `\u`...), c, 4)
	}
	return appendHex(append(b, `\U`...), c, 8)
}

func appendHex(b []byte, c rune, digits int) []byte {
	for digits--; digits >= 0; digits-- {
		b = append(b, "0123456789abcdef"[c>>(4*digits)&15])
	}
	return b
}

// Printable is str.isprintable of CPython 3.13, which has Unicode 15.1. Go's
// tables, of Unicode 15.0, lack a few ideographs.
func Printable(r rune) bool {
	return unicode.IsPrint(r) ||
		r >= 0x2ebf0 && r <= 0x2ee5d || r >= 0x2ffc && r <= 0x2fff || r == 0x31ef
}

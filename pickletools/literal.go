package pickletools

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-pickle/pickle/vm"
)

// appendArg appends repr(arg). It fails where Python does: at an int of too many
// digits.
func appendArg(b []byte, op vm.Opcode, arg any) ([]byte, error) {
	switch v := arg.(type) {
	case bool:
		if v {
			return append(b, "True"...), nil
		}
		return append(b, "False"...), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case *big.Int:
		const bits = 14285 // of 10**4300
		if v.BitLen() <= bits {
			if s := v.String(); len(strings.TrimPrefix(s, "-")) <= maxDigits {
				return append(b, s...), nil
			}
		}
		return b, errIntToText
	case float64:
		return appendFloat(b, v), nil
	case string:
		return appendText(b, v), nil
	}
	data := arg.([]byte)
	if op == vm.OpByteArray8 {
		return append(appendBytes(append(b, "bytearray(b"...), data, true), ')'), nil
	}
	return appendBytes(append(b, 'b'), data, false), nil
}

// appendHex appends an int that appendArg does not.
func appendHex(b []byte, v *big.Int) []byte {
	if v.Sign() < 0 {
		b = append(b, '-')
	}
	return append(append(b, "0x"...), new(big.Int).Abs(v).Text(16)...)
}

// appendFloat appends the shortest decimal that f is, as float.__repr__ does:
// exponents from 1e16 and below 1e-4.
func appendFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, "nan"...)
	case math.IsInf(f, 0):
		return append(b, strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+"))...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return append(b, s...)
}

// quoteFor returns the quotes that Python chooses.
func quoteFor(single, double bool) byte {
	if single && !double {
		return '"'
	}
	return '\''
}

// appendBytes appends a bytes literal without the b. That of a bytearray has a
// backslash before every single quote, needed or not.
func appendBytes(b, data []byte, bytearray bool) []byte {
	quote := bytesQuote(data)
	return append(appendInnerBytes(append(b, quote), data, quote, bytearray), quote)
}

func bytesQuote(data []byte) byte {
	return quoteFor(bytes.IndexByte(data, '\'') >= 0, bytes.IndexByte(data, '"') >= 0)
}

// appendInnerBytes appends what is between the quotes.
func appendInnerBytes(b, data []byte, quote byte, bytearray bool) []byte {
	for _, c := range data {
		if c < ' ' || c >= 0x7f || c == quote || c == '\\' || c == '\'' && bytearray {
			b = appendEscape(b, rune(c))
		} else {
			b = append(b, c)
		}
	}
	return b
}

// appendText appends a str literal.
func appendText(b []byte, s string) []byte {
	quote := textQuote(s)
	return append(appendInnerText(append(b, quote), s, quote), quote)
}

func textQuote(s string) byte { return quoteFor(strings.Contains(s, "'"), strings.Contains(s, `"`)) }

// appendInnerText appends what is between the quotes.
func appendInnerText(b []byte, s string, quote byte) []byte {
	for i := 0; i < len(s); {
		c, size := rune(s[i]), 1
		if c >= utf8.RuneSelf {
			if c, size = utf8.DecodeRuneInString(s[i:]); size == 1 { // a surrogate
				c, size = 0xd000|rune(s[i+1]&0x3f)<<6|rune(s[i+2]&0x3f), 3
			}
		}
		if c == rune(quote) || c == '\\' || !printable(c) {
			b = appendEscape(b, c)
		} else {
			b = append(b, s[i:i+size]...)
		}
		i += size
	}
	return b
}

func appendEscape(b []byte, c rune) []byte {
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
		return appendDigits(append(b, `\x`...), c, 2)
	case c <= 0xffff:
		return appendDigits(append(b, `\u`...), c, 4)
	}
	return appendDigits(append(b, `\U`...), c, 8)
}

func appendDigits(b []byte, c rune, digits int) []byte {
	for digits--; digits >= 0; digits-- {
		b = append(b, "0123456789abcdef"[c>>(4*digits)&15])
	}
	return b
}

// printable is str.isprintable of CPython 3.13, which has Unicode 15.1. Go's
// tables, of Unicode 15.0, lack a few ideographs.
func printable(r rune) bool {
	return unicode.IsPrint(r) ||
		r >= 0x2ebf0 && r <= 0x2ee5d || r >= 0x2ffc && r <= 0x2fff || r == 0x31ef
}

package pickletools

import (
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-pickle/pickle/internal/pyrepr"
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
		return pyrepr.AppendFloat(b, v, true), nil
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

// appendBytes appends a bytes literal without the b. That of a bytearray has a
// backslash before every single quote, needed or not.
func appendBytes(b, data []byte, bytearray bool) []byte {
	quote := pyrepr.QuoteFor(data)
	return append(appendInnerBytes(append(b, quote), data, quote, bytearray), quote)
}

// appendInnerBytes appends what is between the quotes.
func appendInnerBytes(b, data []byte, quote byte, bytearray bool) []byte {
	for _, c := range data {
		if c < ' ' || c >= 0x7f || c == quote || c == '\\' || c == '\'' && bytearray {
			b = pyrepr.AppendEscape(b, rune(c))
		} else {
			b = append(b, c)
		}
	}
	return b
}

// appendText appends a str literal.
func appendText(b []byte, s string) []byte {
	quote := pyrepr.QuoteFor(s)
	return append(appendInnerText(append(b, quote), s, quote), quote)
}

// appendInnerText appends what is between the quotes.
func appendInnerText(b []byte, s string, quote byte) []byte {
	for i := 0; i < len(s); {
		c, size := rune(s[i]), 1
		if c >= utf8.RuneSelf {
			if c, size = utf8.DecodeRuneInString(s[i:]); size == 1 { // a surrogate
				c, size = 0xd000|rune(s[i+1]&0x3f)<<6|rune(s[i+2]&0x3f), 3
			}
		}
		if c == rune(quote) || c == '\\' || !pyrepr.Printable(c) {
			b = pyrepr.AppendEscape(b, c)
		} else {
			b = append(b, s[i:i+size]...)
		}
		i += size
	}
	return b
}

package pickle

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-pickle/pickle/internal/pyrepr"
)

// leaf prints v if nothing is in it, and reports whether it did.
func (p *printer) leaf(v any) bool {
	switch v := v.(type) {
	case nil:
		p.write("None")
	case bool:
		p.bool(v)
	case int64:
		p.write(strconv.FormatInt(v, 10))
	case float64:
		p.write(string(pyrepr.AppendFloat(nil, v, true)))
	case complex128:
		p.complex(v)
	case *big.Int:
		p.bigInt(v)
	case string:
		p.text(v)
	case ByteString:
		literal(p, string(v), false)
	case []byte:
		p.write("b")
		literal(p, v, false)
	case ByteArray:
		p.write("bytearray(b")
		literal(p, []byte(v), true)
		p.write(")")
	case Global:
		p.global(v)
	case verbatim:
		p.write(string(v))
	case Ellipsis:
		p.write("Ellipsis")
	case NotImplemented:
		p.write("NotImplemented")
	default:
		return p.goLeaf(v)
	}
	return true
}

func (p *printer) bool(b bool) {
	if b {
		p.write("True")
	} else {
		p.write("False")
	}
}

// bigInt prints an int: in decimal as long as Python does, that is up to 4300
// digits, which limits what a conversion costs, else in hexadecimal.
func (p *printer) bigInt(i *big.Int) {
	const digits, bits = 4300, 14285 // 10**4300 has 14285 bits
	if i == nil {
		p.write("None")
		return
	}
	if p.hopeless(i.BitLen() / 4) {
		return
	}
	if i.BitLen() <= bits {
		s := i.String()
		if len(strings.TrimPrefix(s, "-")) <= digits {
			p.write(s)
			return
		}
	}
	if i.Sign() < 0 {
		p.write("-")
	}
	p.write("0x")
	p.write(strings.TrimPrefix(i.Text(16), "-"))
}

// complex prints c as complex.__repr__ does.
func (p *printer) complex(c complex128) {
	var b []byte
	if re := real(c); re == 0 && !math.Signbit(re) {
		p.write(string(append(pyrepr.AppendFloat(b, imag(c), false), 'j')))
		return
	}
	b = pyrepr.AppendFloat(append(b, '('), real(c), false)
	if im := imag(c); math.IsNaN(im) || !math.Signbit(im) {
		b = append(b, '+')
	}
	p.write(string(append(pyrepr.AppendFloat(b, imag(c), false), "j)"...)))
}

// global prints the name of a class or function. One that could be taken for
// something else, or harm a terminal, is quoted.
func (p *printer) global(g Global) {
	if p.hopeless(len(g.Module) + len(g.Name)) {
		return
	}
	name := g.Name
	if g.Module != "" {
		name = g.Module + "." + g.Name
	}
	for _, r := range name {
		if r == utf8.RuneError || strings.ContainsRune(" '\"\\()[]{},=", r) || !pyrepr.Printable(r) {
			p.text(name)
			return
		}
	}
	p.write(name)
}

// literal prints a bytes literal without the b. A bytearray's has a backslash
// before every single quote, needed or not.
func literal[S string | []byte](p *printer, s S, bytearray bool) {
	if p.hopeless(len(s) + 2) {
		return
	}
	quote := pyrepr.QuoteFor(s)
	p.write(string(quote))
	plain := 0 // s[plain:i] is to be printed as it is
	for i := 0; i < len(s) && !p.full; i++ {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == quote || c == '\\' || c == '\'' && bytearray {
			p.write(string(s[plain:i]))
			p.escape(rune(c))
			plain = i + 1
		}
	}
	if rest := s[plain:]; !p.full { // of which no more is copied than there is room for
		p.write(string(rest[:min(len(rest), p.most-len(p.buf)+1)]))
	}
	p.write(string(quote))
}

// text prints a str literal.
func (p *printer) text(s string) {
	if p.hopeless(len(s)/utf8.UTFMax + 2) {
		return
	}
	quote := pyrepr.QuoteFor(s)
	p.write(string(quote))
	plain := 0
	for i := 0; i < len(s) && !p.full; {
		c, size := rune(s[i]), 1
		if c >= utf8.RuneSelf {
			c, size = decodeWTF8(s[i:])
		}
		if c == rune(quote) || c == '\\' || !pyrepr.Printable(c) || size == 1 && c >= utf8.RuneSelf {
			p.write(s[plain:i])
			p.escape(c)
			plain = i + size
		}
		i += size
	}
	p.write(s[plain:])
	p.write(string(quote))
}

// decodeWTF8 is utf8.DecodeRuneInString for strings that may have surrogates.
// A byte that is no UTF-8 is a rune of size 1.
func decodeWTF8(s string) (rune, int) {
	r, size := utf8.DecodeRuneInString(s)
	if size > 1 || s[0] < utf8.RuneSelf {
		return r, size
	}
	if len(s) >= 3 && s[0] == 0xed && s[1] >= 0xa0 && s[1] <= 0xbf && s[2] >= 0x80 && s[2] <= 0xbf {
		return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
	}
	return rune(s[0]), 1
}

// escape prints an escape sequence.
func (p *printer) escape(c rune) {
	var b [10]byte // \U and eight digits
	p.write(string(pyrepr.AppendEscape(b[:0], c)))
}

// isName reports whether s is an identifier of Python, or nearly so.
func isName(s string) bool {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) || r == utf8.RuneError {
			return false
		}
	}
	return s != ""
}

package pickle

import (
	"fmt"
	"hash/maphash"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-pickle/pickle/vm"
)

// Decimal is a Python decimal.Decimal: a decimal number with the digits that
// it has, so that 1.5 and 1.50 are two, or an infinity or NaN. It does no
// arithmetic; use Rat, or a package for it: the types of such packages that
// read text can be targets themselves. The zero Decimal is 0.
//
// Decimals that == finds equal have the same digits and exponent. Equal, and
// the keys of a Dict, go by the number, as in Python.
//
// A Decimal goes into numbers of other types if they can hold it exactly:
// 0.50 into a float64, but not 0.10.
type Decimal struct {
	text string // as Python's str prints it; "" is 0
}

var globalDecimal = extensionGlobal("decimal", "Decimal")

func registerDecimal() {
	standardCall[Decimal]("decimal.Decimal", makeDecimal, writes[Decimal](writeDecimal))
}

// NewDecimal returns coefficient × 10^exponent: NewDecimal(4990, -2) is 49.90.
func NewDecimal(coefficient int64, exponent int) Decimal {
	p := decimalParts{digits: strconv.FormatInt(coefficient, 10), exponent: int64(exponent)}
	if p.negative = coefficient < 0; p.negative {
		p.digits = p.digits[1:]
	}
	return Decimal{p.text()}
}

// ParseDecimal reads a number as Python's Decimal does, in ASCII: "49.90",
// "1E+5", ".5", "-Infinity", "NaN". The exponent has at most 18 digits.
func ParseDecimal(s string) (Decimal, error) {
	p, ok := parseDecimal(s)
	if !ok {
		return Decimal{}, fmt.Errorf("pickle: %.60q is no decimal number", s)
	}
	if text := p.text(); text != s {
		return Decimal{text}, nil
	}
	return Decimal{s}, nil
}

// String returns d as Python's str does: "49.90", "1E+5", "-Infinity".
func (d Decimal) String() string {
	if d.text == "" {
		return "0"
	}
	return d.text
}

// MarshalText returns the same as String.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDecimal does.
func (d *Decimal) UnmarshalText(text []byte) error {
	parsed, err := ParseDecimal(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}

// IsNaN reports whether d is a NaN, quiet or signaling.
func (d Decimal) IsNaN() bool { return strings.Contains(d.text, "N") }

// IsInf reports whether d is an infinity: positive if sign is greater than 0,
// negative if it is less, either if it is 0.
func (d Decimal) IsInf(sign int) bool {
	return sign >= 0 && d.text == "Infinity" || sign <= 0 && d.text == "-Infinity"
}

// mostDecimal bounds the digits of a Decimal that is made another number:
// Python's may have an exponent of 18 digits, and numbers as long as that.
const mostDecimal = 10_000

// Rat returns d as a fraction. It returns false for infinities, for NaN, and
// for numbers of more than 10,000 digits when written without an exponent.
func (d Decimal) Rat() (*big.Rat, bool) {
	p, ok := parseDecimal(d.String())
	if !ok || p.special != "" {
		return nil, false
	}
	return p.rat(mostDecimal)
}

// Float64 returns the float64 that is nearest to d, and whether it is d
// exactly. A NaN with a payload, or a signaling one, is never exact.
func (d Decimal) Float64() (f float64, exact bool) {
	p, _ := parseDecimal(d.String())
	switch {
	case p.special == "Infinity" && p.negative:
		return math.Inf(-1), true
	case p.special == "Infinity":
		return math.Inf(1), true
	case p.special != "":
		return math.NaN(), d.text == "NaN"
	case p.digits == "0" && p.negative:
		return math.Copysign(0, -1), true
	}
	f, _ = strconv.ParseFloat(d.String(), 64) // the error is an overflow, for which f is right
	if math.IsInf(f, 0) || f == 0 && p.digits != "0" {
		return f, false
	}
	r, ok := p.rat(mostFloatDigits)
	return f, ok && r.Cmp(new(big.Rat).SetFloat64(f)) == 0
}

// mostFloatDigits is more than the digits that a float64 has without an
// exponent.
const mostFloatDigits = 1200

// decimalParts are what a Decimal consists of.
type decimalParts struct {
	negative bool
	special  string // "Infinity", "NaN" or "sNaN"
	digits   string // without leading zeros; of a NaN the payload, if any
	exponent int64
}

// Limits of Python's C implementation.
const (
	mostExponent  = 999_999_999_999_999_999
	leastExponent = -1_999_999_999_999_999_997
)

func parseDecimal(s string) (p decimalParts, ok bool) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		p.negative, s = s[0] == '-', s[1:]
	}
	if s == "" {
		return p, false
	}
	if c := s[0] | 0x20; c == 'i' || c == 'n' || c == 's' {
		return p, p.parseSpecial(s)
	}
	number, exponent := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		number, exponent = s[:i], s[i+1:]
		if len(exponent) > 20 {
			return p, false
		}
		e, err := strconv.ParseInt(exponent, 10, 64)
		if err != nil {
			return p, false
		}
		p.exponent = e
	}
	whole, part, _ := strings.Cut(number, ".")
	if !areDigits(whole) || !areDigits(part) || whole == "" && part == "" {
		return p, false
	}
	p.exponent -= int64(len(part))
	if whole += part; whole[0] == '0' {
		if whole = strings.TrimLeft(whole, "0"); whole == "" {
			whole = "0"
		}
	}
	p.digits = whole
	return p, p.exponent >= leastExponent && p.exponent <= mostExponent && p.adjusted() <= mostExponent && (whole == "0" || p.adjusted() >= -mostExponent)
}

// adjusted is the exponent of the first digit.
func (p *decimalParts) adjusted() int64 { return p.exponent + int64(len(p.digits)) - 1 }

func (p *decimalParts) parseSpecial(s string) bool {
	if strings.EqualFold(s, "inf") || strings.EqualFold(s, "infinity") {
		p.special = "Infinity"
		return true
	}
	p.special = "NaN"
	if s[0]|0x20 == 's' {
		p.special, s = "sNaN", s[1:]
	}
	if len(s) < 3 || !strings.EqualFold(s[:3], "nan") {
		return false
	}
	p.digits = strings.TrimLeft(s[3:], "0")
	return areDigits(p.digits)
}

func areDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// text is the form that Python's str has: the to-scientific-string of the
// General Decimal Arithmetic Specification.
func (p *decimalParts) text() string {
	var b strings.Builder
	if p.negative {
		b.WriteByte('-')
	}
	if p.special != "" {
		b.WriteString(p.special)
		b.WriteString(p.digits)
		return b.String()
	}
	point := p.exponent + int64(len(p.digits)) // digits before the point
	scientific := p.exponent > 0 || point <= -6
	left := point
	if scientific {
		left = 1
	}
	switch n := int64(len(p.digits)); {
	case left <= 0:
		b.WriteString("0.")
		b.WriteString(strings.Repeat("0", int(-left)))
		b.WriteString(p.digits)
	case left >= n:
		b.WriteString(p.digits)
	default:
		b.WriteString(p.digits[:left])
		b.WriteByte('.')
		b.WriteString(p.digits[left:])
	}
	if point != left {
		fmt.Fprintf(&b, "E%+d", point-left)
	}
	return b.String()
}

// rat returns the number as a fraction, unless that has more than most digits.
func (p *decimalParts) rat(most int64) (*big.Rat, bool) {
	if p.digits == "0" {
		return new(big.Rat), true
	}
	if int64(len(p.digits)) > most || p.exponent > most || p.exponent < -most || p.exponent+int64(len(p.digits)) > most {
		return nil, false
	}
	n, _ := new(big.Int).SetString(p.digits, 10)
	if p.negative {
		n.Neg(n)
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(p.exponent, -p.exponent)), nil)
	if p.exponent >= 0 {
		return new(big.Rat).SetInt(n.Mul(n, power)), true
	}
	return new(big.Rat).SetFrac(n, power), true
}

// assignTo stores d in a number that can hold it exactly. Minus zero is no
// integer, and fits no fraction.
func (d Decimal) assignTo(v reflect.Value) bool {
	t := v.Type()
	if !isNumber(t.Kind()) && t.PkgPath() != "math/big" {
		return false
	}
	p, _ := parseDecimal(d.String())
	if f, exact := d.Float64(); exact && (math.IsInf(f, 0) || math.IsNaN(f) || f == 0 && p.negative) {
		switch big, isBig := v.Addr().Interface().(*big.Float); {
		case isBig && f == f:
			big.SetFloat64(f)
		case v.CanFloat():
			v.SetFloat(f)
		case v.CanComplex():
			v.SetComplex(complex(f, 0))
		default:
			return false
		}
		return true
	}
	if p.special != "" {
		return false
	}
	r, ok := p.rat(mostDecimal)
	return ok && assignRat(r, v)
}

func (d Decimal) call() call { return call{name: "Decimal", args: []any{d.String()}} }

// number returns the form in which numbers are compared.
func (d Decimal) number() number {
	if len(d.text) > mostFloatDigits && !d.IsNaN() {
		return number{kind: aDecimal, dec: d}
	}
	p, _ := parseDecimal(d.String())
	switch {
	case p.special == "Infinity" && p.negative:
		return number{kind: aFloat, re: math.Inf(-1)}
	case p.special == "Infinity":
		return number{kind: aFloat, re: math.Inf(1)}
	case p.special != "":
		return number{kind: aNaN}
	}
	if r, ok := p.rat(mostFloatDigits); ok {
		return ratNumber(r)
	}
	return number{kind: aDecimal, dec: d}
}

// normal returns the digits of a finite d without trailing zeros, and the
// exponent that goes with them.
func (d Decimal) normal() decimalParts {
	p, _ := parseDecimal(d.String())
	if p.digits == "0" {
		return decimalParts{digits: "0"}
	}
	digits := strings.TrimRight(p.digits, "0")
	p.exponent += int64(len(p.digits) - len(digits))
	p.digits = digits
	return p
}

// hash and same are for numbers of the kind aDecimal.
func (d Decimal) hash() uint64 {
	p := d.normal()
	h := mixHash(maphash.String(keySeed, p.digits), uint64(p.exponent))
	return mixHash(h, uint64(boolInt(p.negative))+saltDecimal)
}

func (d Decimal) same(o Decimal) bool { return d.text == o.text || d.normal() == o.normal() }

// makeDecimal makes Decimal('1.50').
func makeDecimal(d *decoder, in *vm.Instance, args []vm.Node) (any, bool, error) {
	if !d.bare(in) || len(args) != 1 || args[0].Kind() != vm.KindStr && args[0].Kind() != vm.KindByteString {
		return nil, false, errArguments
	}
	text := d.str(args[0])
	dec, err := ParseDecimal(text)
	return dec, dec.text == text, err
}

func writeDecimal(e *encoder, v reflect.Value, id identity) error {
	if err := e.ownGlobal(globalDecimal); err != nil {
		return err
	}
	e.w.Boundary()
	e.w.BeginTuple(1)
	if err := e.temporary(asType[Decimal](v).String()); err != nil {
		return err
	}
	e.endCall(1)
	e.finishCall(id)
	return nil
}

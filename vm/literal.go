package vm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"math/bits"
	"slices"
	"strconv"
	"unicode/utf8"
)

// This file reads the arguments that are more than fixed-width numbers: the
// text lines of INT, LONG, FLOAT, STRING, UNICODE, GET and PUT, the two's
// complement bytes of LONG1 and LONG4, and the text of the BINUNICODE family.
//
// All of it follows CPython's C unpickler, which hands a line to strtol,
// PyLong_FromString or PyOS_string_to_double. A line reaches those as a C
// string, so it ends at its first NUL byte, whatever comes after. The functions
// take a line without its newline and do not change it.

// What can be wrong with an argument. Callers add the offset and the opcode.
var (
	errEmptyLine     = errors.New("the line is empty")
	errBadInt        = errors.New("not an integer")
	errIntTooLong    = errors.New("decimal integer of more than 4300 digits")
	errIndexRange    = errors.New("memo index is negative or too large")
	errBadFloat      = errors.New("not a floating-point number")
	errFloatRange    = errors.New("floating-point number is too large for 64 bits")
	errNotQuoted     = errors.New("string is not in quotes")
	errEndsInEscape  = errors.New("string ends in a single backslash")
	errBadHexEscape  = errors.New(`\x escape without two hexadecimal digits`)
	errBadTextEscape = errors.New(`\u escape without four, or \U without eight, hexadecimal digits`)
	errEscapeRange   = errors.New(`\U escape beyond U+10FFFF`)
)

// maxDecimalDigits is how many digits CPython converts before it refuses,
// leading zeros included (sys.int_info.default_max_str_digits): the work grows
// with the square of their number. Bases that are a power of two are linear and
// have no limit.
const maxDecimalDigits = 4300

// parseInt reads the line of an INT. A number beyond 64 bits comes back in
// long, as the shortest two's complement that holds it, least significant byte
// first.
//
// C takes a line of two bytes for a bool if it is worth 0 or 1, so that not
// only 00 and 01 but also -0 and +1 are. It reads C literals first (010 is 8,
// 0x10 is 16) and Python literals when that fails (1_0, 0o10, numbers of any
// size). Only the first reading makes bools, so "1 " is the int 1.
func parseInt(line []byte) (v int64, long []byte, isBool, b bool, err error) {
	if v, ok := plainDecimal(line); ok {
		return v, nil, false, false, nil
	}
	if len(line) == 0 {
		return 0, nil, false, false, errEmptyLine
	}
	s := cutNUL(line)
	if v, ok := strtol(s); ok {
		if len(line) == 2 && (v == 0 || v == 1) {
			return 0, nil, true, v == 1, nil
		}
		return v, nil, false, false, nil
	}
	v, long, err = parsePyInt(s, 0)
	return v, long, false, false, err
}

// parseLong reads the line of a LONG: a Python literal, whose trailing L may be
// missing. Its results are those of [parseInt].
func parseLong(line []byte) (v int64, long []byte, err error) {
	if len(line) == 0 {
		return 0, nil, errEmptyLine
	}
	if n := len(line) - 1; line[n] == 'L' {
		line = line[:n]
	}
	if v, ok := plainDecimal(line); ok {
		return v, nil, nil
	}
	return parsePyInt(cutNUL(line), 0)
}

// parseIndex reads the line of a GET or PUT: a decimal number in Python's
// spelling, so that 01 and 1_0 are legal. It is never more than MaxInt64.
func parseIndex(line []byte) (uint64, error) {
	if v, ok := plainDecimal(line); ok && v >= 0 {
		return uint64(v), nil
	}
	if len(line) == 0 {
		return 0, errEmptyLine
	}
	v, long, err := parsePyInt(cutNUL(line), 10)
	if err != nil {
		return 0, err
	}
	if v < 0 || long != nil {
		return 0, errIndexRange
	}
	return uint64(v), nil
}

// plainDecimal reads the one spelling that picklers write and that means the
// same everywhere: up to 18 digits that do not start with a zero, perhaps with
// a minus sign.
func plainDecimal(s []byte) (int64, bool) {
	neg := len(s) > 0 && s[0] == '-'
	if neg {
		s = s[1:]
	}
	if len(s) == 0 || len(s) > 18 || s[0] == '0' {
		return 0, false
	}
	var v int64
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	if neg {
		v = -v
	}
	return v, true
}

// strtol reads s as C's strtol does with base 0 and a 64-bit long. It reports
// false where strtol would stop before the end of s or overflow.
func strtol(s []byte) (int64, bool) {
	if len(s) == 0 {
		// A line that starts with a NUL: nothing to convert, and nothing left
		// over, which the caller in C cannot tell from 0.
		return 0, true
	}
	s, neg := cutSign(trimLeftSpace(s))
	base := uint64(10)
	switch {
	case len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' && digit(s[2]) < 16:
		base, s = 16, s[2:]
	case len(s) > 0 && s[0] == '0':
		base = 8
	}
	if len(s) == 0 {
		return 0, false
	}
	n, ok := parseUint(s, base)
	if !ok {
		return 0, false
	}
	return signed(n, neg)
}

// parsePyInt reads s as PyLong_FromString does with base 10, or with base 0:
// as a literal of Python source. Blanks around it are skipped.
func parsePyInt(s []byte, base uint64) (v int64, long []byte, err error) {
	s, neg := cutSign(trimLeftSpace(s))
	onlyZero := false
	if base == 0 {
		s, base, onlyZero = cutBase(s)
	}
	end, digits, ok := scanDigits(s, base)
	if !ok {
		return 0, nil, errBadInt
	}
	if base == 10 && digits > maxDecimalDigits {
		return 0, nil, errIntTooLong
	}
	s, rest := s[:end], s[end:]
	if len(trimLeftSpace(rest)) > 0 {
		return 0, nil, errBadInt
	}
	if digits < len(s) {
		s = bytes.ReplaceAll(s, []byte{'_'}, nil)
	}
	s = bytes.TrimLeft(s, "0")
	if onlyZero && len(s) > 0 {
		return 0, nil, errBadInt
	}
	if n, ok := parseUint(s, base); ok {
		if v, ok := signed(n, neg); ok {
			return v, nil, nil
		}
	}
	return 0, twosComplement(magnitude(s, base), neg), nil
}

// cutBase cuts the prefix 0x, 0o or 0b, and an underscore after it, from s and
// returns the base. Without a prefix the base is 10, and a leading zero then
// means that the whole number must be zero: 010 meant 8 in Python 2, and Python
// 3 will not guess.
func cutBase(s []byte) (rest []byte, base uint64, onlyZero bool) {
	if len(s) < 2 || s[0] != '0' {
		return s, 10, false
	}
	switch s[1] {
	case 'x', 'X':
		base = 16
	case 'o', 'O':
		base = 8
	case 'b', 'B':
		base = 2
	default:
		return s, 10, true
	}
	s = s[2:]
	if len(s) > 0 && s[0] == '_' {
		s = s[1:]
	}
	return s, base, false
}

// scanDigits returns where the run of digits at the start of s ends and how
// many digits it has. There must be one at least, and an underscore may only
// stand between two of them.
func scanDigits(s []byte, base uint64) (end, digits int, ok bool) {
	prev := byte('_')
	for _, c := range s {
		if c == '_' {
			if prev == '_' {
				return 0, 0, false
			}
		} else if digit(c) < base {
			digits++
		} else {
			break
		}
		prev = c
		end++
	}
	return end, digits, prev != '_'
}

// parseUint returns the value of the digits in s. It reports false if s holds
// anything else or the value is well beyond 1<<63. No digits are 0.
func parseUint(s []byte, base uint64) (n uint64, ok bool) {
	limit := (1 << 63) / base
	for _, c := range s {
		d := digit(c)
		if d >= base || n > limit {
			return 0, false
		}
		n = n*base + d
	}
	return n, true
}

// signed returns n or -n if it fits.
func signed(n uint64, neg bool) (int64, bool) {
	if neg {
		return -int64(n), n <= 1<<63
	}
	return int64(n), n <= math.MaxInt64
}

// magnitude returns the value of the digits in s, least significant byte first.
// It is quadratic for base 10 alone, which maxDecimalDigits bounds: math/big
// would be for base 8 too.
func magnitude(s []byte, base uint64) []byte {
	if base == 10 {
		x, _ := new(big.Int).SetString(string(s), 10)
		b := x.Bytes()
		slices.Reverse(b)
		return b
	}
	width := bits.TrailingZeros64(base)
	b := make([]byte, 0, (len(s)/8+1)*width+1)
	var acc uint
	n := 0
	for _, c := range slices.Backward(s) {
		acc |= uint(digit(c)) << n
		for n += width; n >= 8; n -= 8 {
			b = append(b, byte(acc))
			acc >>= 8
		}
	}
	return append(b, byte(acc))
}

// twosComplement turns a magnitude, least significant byte first, into the
// shortest two's complement, in place where it can.
func twosComplement(b []byte, neg bool) []byte {
	b = append(b, 0)
	if neg {
		carry := uint(1)
		for i, c := range b {
			carry += uint(^c)
			b[i] = byte(carry)
			carry >>= 8
		}
	}
	return trimLong(b)
}

// longFits returns the value of b, the two's complement bytes of a LONG1 or
// LONG4, least significant first, if it fits 64 bits. CPython writes the
// shortest form, but any number of bytes, even none, is legal.
func longFits(b []byte) (int64, bool) {
	if len(b) > 8 {
		if b = trimLong(b); len(b) > 8 {
			return 0, false
		}
	}
	if len(b) == 0 {
		return 0, true
	}
	var word [8]byte
	copy(word[8-len(b):], b)
	// The bytes are at the top now, so that an arithmetic shift brings them down
	// with their sign.
	return int64(binary.LittleEndian.Uint64(word[:])) >> (64 - 8*len(b)), true
}

// trimLong cuts the bytes at the end of a two's complement that only repeat its
// sign. Zero has no bytes at all.
func trimLong(b []byte) []byte {
	n := len(b)
	for n > 1 && (b[n-1] == 0 && b[n-2] < 0x80 || b[n-1] == 0xff && b[n-2] >= 0x80) {
		n--
	}
	if n == 1 && b[0] == 0 {
		n = 0
	}
	return b[:n]
}

// cutNUL returns line up to its first NUL byte.
func cutNUL(line []byte) []byte {
	if i := bytes.IndexByte(line, 0); i >= 0 {
		return line[:i]
	}
	return line
}

// trimLeftSpace cuts what C calls space in its own locale: Unicode's blanks
// beyond ASCII, which package bytes would cut too, are none.
func trimLeftSpace(s []byte) []byte {
	for len(s) > 0 && (s[0] == ' ' || '\t' <= s[0] && s[0] <= '\r') {
		s = s[1:]
	}
	return s
}

func cutSign(s []byte) (rest []byte, neg bool) {
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		return s[1:], s[0] == '-'
	}
	return s, false
}

// digit returns the value of a digit in any base up to 16, or 16 if c is none.
func digit(c byte) uint64 {
	switch lower := c | 0x20; {
	case '0' <= c && c <= '9':
		return uint64(c - '0')
	case 'a' <= lower && lower <= 'f':
		return uint64(lower - 'a' + 10)
	}
	return 16
}

// parseFloat reads the line of a FLOAT. Python's grammar is narrower than that
// of strconv: no underscores, no hexadecimal. Nothing may stand around the
// number, not even a carriage return. A number too large is an error, not an
// infinity.
func parseFloat(line []byte) (float64, error) {
	if len(line) == 0 {
		return 0, errEmptyLine
	}
	s := cutNUL(line)
	mantissa, exponent, ok := splitFloat(s)
	if !ok {
		return parseInfOrNaN(s)
	}
	if len(s) > longFloat {
		s = shiftPoint(mantissa, exponent)
	}
	f, err := strconv.ParseFloat(string(s), 64)
	if err != nil {
		return 0, errFloatRange
	}
	return f, nil
}

// splitFloat splits a decimal number into a mantissa (sign, digits and at most
// one point) and an exponent (sign and digits, or nothing).
func splitFloat(s []byte) (mantissa, exponent []byte, ok bool) {
	unsigned, _ := cutSign(s)
	rest := trimLeftDigits(unsigned)
	digits := len(unsigned) - len(rest)
	if len(rest) > 0 && rest[0] == '.' {
		rest = rest[1:]
		n := len(rest)
		rest = trimLeftDigits(rest)
		digits += n - len(rest)
	}
	if digits == 0 {
		return nil, nil, false
	}
	mantissa = s[:len(s)-len(rest)]
	if len(rest) == 0 {
		return mantissa, nil, true
	}
	if rest[0]|0x20 != 'e' {
		return nil, nil, false
	}
	exponent = rest[1:]
	unsigned, _ = cutSign(exponent)
	return mantissa, exponent, len(unsigned) > 0 && len(trimLeftDigits(unsigned)) == 0
}

func trimLeftDigits(s []byte) []byte {
	for len(s) > 0 && '0' <= s[0] && s[0] <= '9' {
		s = s[1:]
	}
	return s
}

// longFloat is the length beyond which a float needs shiftPoint. Beyond it,
// strconv may misread two things: it takes a whole part of more than 800 digits
// for one of 800, and an exponent of 10000 or more for some number from 10000
// to 99999, which a long mantissa can bring back into range.
const longFloat = 800

// shiftPoint writes a number without the zeros its mantissa begins with and
// with the point before the first other digit. It has no whole part then, and
// its exponent alone says how large it is.
func shiftPoint(mantissa, exponent []byte) []byte {
	digits, neg := cutSign(mantissa)
	whole, fraction, _ := bytes.Cut(digits, []byte{'.'})
	whole = bytes.TrimLeft(whole, "0")
	point := len(whole)
	if point == 0 {
		n := len(fraction)
		fraction = bytes.TrimLeft(fraction, "0")
		point = len(fraction) - n
	}
	s := make([]byte, 0, len(mantissa)+16)
	if neg {
		s = append(s, '-')
	}
	s = append(s, "0."...)
	s = append(s, whole...)
	s = append(s, fraction...)
	s = append(s, 'e')
	return strconv.AppendInt(s, clampedExponent(exponent)+int64(point), 10)
}

// clampedExponent returns the value of an exponent, or 1<<62 with its sign if
// it is larger: no line is long enough to bring that back into range.
func clampedExponent(s []byte) int64 {
	s, neg := cutSign(s)
	n, ok := parseUint(s, 10)
	if !ok || n > 1<<62 {
		n = 1 << 62
	}
	v, _ := signed(n, neg)
	return v
}

// parseInfOrNaN reads inf, infinity or nan in any case, with or without a sign.
// The NaN is Python's, whose payload differs from that of math.NaN, since it
// shows in the bytes when it is written again.
func parseInfOrNaN(s []byte) (float64, error) {
	s, neg := cutSign(s)
	sign := 1.0
	if neg {
		sign = -1
	}
	// EqualFold also folds letters beyond ASCII, but none to i, n, f, t, y or a.
	switch {
	case bytes.EqualFold(s, []byte("inf")), bytes.EqualFold(s, []byte("infinity")):
		return math.Copysign(math.Inf(1), sign), nil
	case bytes.EqualFold(s, []byte("nan")):
		return math.Copysign(math.Float64frombits(0x7ff8<<48), sign), nil
	}
	return 0, errBadFloat
}

// unquoteString returns the text of a STRING: what repr of a Python 2 str
// wrote. The quotes need only be the first and the last byte of the line. Where
// there is nothing to unescape, the result is a sub-slice of line; else it is
// appended to dst, which must be empty and lends its room.
func unquoteString(dst, line []byte) ([]byte, error) {
	n := len(line)
	if n < 2 || line[0] != line[n-1] || line[0] != '\'' && line[0] != '"' {
		return nil, errNotQuoted
	}
	s := line[1 : n-1]
	i := bytes.IndexByte(s, '\\')
	if i < 0 {
		return s, nil
	}
	dst = slices.Grow(dst, len(s))
	for ; i >= 0; i = bytes.IndexByte(s, '\\') {
		dst = append(dst, s[:i]...)
		s = s[i+1:]
		if len(s) == 0 {
			return nil, errEndsInEscape
		}
		var err error
		if dst, s, err = appendEscape(dst, s); err != nil {
			return nil, err
		}
	}
	return append(dst, s...), nil
}

// appendEscape appends what the escape at the start of s stands for, whose
// backslash is gone already, and returns what follows it. An escape that Python
// does not know stays as it is.
func appendEscape(dst, s []byte) (_, rest []byte, err error) {
	c := s[0]
	switch c {
	case '\\', '\'', '"':
		return append(dst, c), s[1:], nil
	case 'a':
		return append(dst, '\a'), s[1:], nil
	case 'b':
		return append(dst, '\b'), s[1:], nil
	case 'f':
		return append(dst, '\f'), s[1:], nil
	case 'n':
		return append(dst, '\n'), s[1:], nil
	case 'r':
		return append(dst, '\r'), s[1:], nil
	case 't':
		return append(dst, '\t'), s[1:], nil
	case 'v':
		return append(dst, '\v'), s[1:], nil
	case 'x':
		if len(s) < 3 || digit(s[1]) > 15 || digit(s[2]) > 15 {
			return nil, nil, errBadHexEscape
		}
		return append(dst, byte(digit(s[1])<<4|digit(s[2]))), s[3:], nil
	}
	if digit(c) > 7 {
		return append(dst, '\\', c), s[1:], nil
	}
	// Up to three octal digits, of which a byte keeps the low eight bits.
	var octal byte
	n := 0
	for n < 3 && n < len(s) && digit(s[n]) < 8 {
		octal = octal<<3 | byte(digit(s[n]))
		n++
	}
	return append(dst, octal), s[n:], nil
}

// unescapeUnicode returns the text of a UNICODE in UTF-8. The line is in
// Python's raw-unicode-escape: Latin-1 in which \u and \U stand for a code
// point unless their backslash follows another one. Surrogates become three
// bytes each, also when two of them are a pair, since a Python str keeps them
// apart. Where line is ASCII without a backslash, the result is line itself;
// else it is appended to dst, which must be empty and lends its room.
func unescapeUnicode(dst, line []byte) ([]byte, error) {
	i := indexNonPlain(line)
	if i < 0 {
		return line, nil
	}
	dst = slices.Grow(dst, len(line))
	s := line
	for ; i >= 0; i = indexNonPlain(s) {
		dst = append(dst, s[:i]...)
		c := s[i]
		s = s[i+1:]
		switch {
		case c != '\\':
			dst = utf8.AppendRune(dst, rune(c))
		case len(s) == 0:
			dst = append(dst, '\\')
		case s[0] == 'u' || s[0] == 'U':
			r, n, err := parseTextEscape(s)
			if err != nil {
				return nil, err
			}
			dst = appendCodePoint(dst, r)
			s = s[n:]
		case s[0] == '\\':
			dst = append(dst, `\\`...)
			s = s[1:]
		default:
			dst = append(dst, '\\')
		}
	}
	return append(dst, s...), nil
}

// indexNonPlain returns the index of the first byte that unescapeUnicode cannot
// copy, or -1.
func indexNonPlain(s []byte) int {
	for i, c := range s {
		if c == '\\' || c >= utf8.RuneSelf {
			return i
		}
	}
	return -1
}

// parseTextEscape returns the code point of the escape at the start of s, u and
// four or U and eight hexadecimal digits, and its length.
func parseTextEscape(s []byte) (r rune, n int, err error) {
	n = 5
	if s[0] == 'U' {
		n = 9
	}
	if len(s) < n {
		return 0, 0, errBadTextEscape
	}
	var v uint64
	for _, c := range s[1:n] {
		d := digit(c)
		if d > 15 {
			return 0, 0, errBadTextEscape
		}
		v = v<<4 | d
	}
	if v > utf8.MaxRune {
		return 0, 0, errEscapeRange
	}
	return rune(v), n, nil
}

// appendCodePoint appends r in UTF-8, in which it writes a surrogate like any
// other code point, as Python's error handler surrogatepass does.
func appendCodePoint(dst []byte, r rune) []byte {
	if 0xd800 <= r && r <= 0xdfff {
		return append(dst, 0xed, 0x80|byte(r>>6&0x3f), 0x80|byte(r&0x3f))
	}
	return utf8.AppendRune(dst, r)
}

// validText reports whether b is UTF-8 in which surrogates, even pairs of them,
// are legal, as BINUNICODE writes and wants it.
func validText(b []byte) bool {
	if isASCII(b) || utf8.Valid(b) {
		return true
	}
	// All surrogates begin with the byte 0xed, which never continues a
	// character, so what lies between two of it can be checked by itself.
	for {
		i := bytes.IndexByte(b, 0xed)
		if i < 0 {
			return utf8.Valid(b)
		}
		if !utf8.Valid(b[:i]) || len(b) < i+3 || !isContinuation(b[i+1]) || !isContinuation(b[i+2]) {
			return false
		}
		b = b[i+3:]
	}
}

func isContinuation(c byte) bool { return c&0xc0 == 0x80 }

package pickletools

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-pickle/pickle/vm"
)

// decodeArg decodes an argument as the reader does that Python's pickletools has
// for its form.
func decodeArg(data []byte, e extent) (any, error) {
	info, _ := e.op.Info()
	arg := data[e.payload:e.end:e.end]
	switch info.Arg {
	case vm.ArgNone:
		return nil, nil
	case vm.ArgUint1, vm.ArgUint2, vm.ArgUint4, vm.ArgUint8:
		return unsigned(littleEndian(arg)), nil
	case vm.ArgInt4:
		return int64(int32(littleEndian(arg))), nil
	case vm.ArgFloat8:
		return math.Float64frombits(binary.BigEndian.Uint64(arg)), nil
	case vm.ArgLong1, vm.ArgLong4:
		return long(arg), nil
	case vm.ArgString4:
		if n := len(arg); n > math.MaxInt32 {
			return nil, fmt.Errorf("string4 byte count < 0: %d", int32(uint32(n)))
		}
		return latin1(arg), nil
	case vm.ArgString1:
		return latin1(arg), nil
	case vm.ArgBytes1, vm.ArgBytes4, vm.ArgBytes8, vm.ArgByteArray8:
		return arg, nil
	case vm.ArgUnicode1, vm.ArgUnicode4, vm.ArgUnicode8:
		if !validText(arg) {
			return nil, errUTF8
		}
		return string(arg), nil
	}
	return decodeLine(info.Arg, arg[:len(arg)-1]) // without the newline
}

// decodeLine decodes an argument that is a line, or two.
func decodeLine(form vm.Arg, line []byte) (any, error) {
	switch form {
	case vm.ArgDecimalShort:
		if string(line) == "00" || string(line) == "01" {
			return line[1] == '1', nil
		}
		return pyInt(line)
	case vm.ArgDecimalLong:
		return pyInt(bytes.TrimSuffix(line, []byte("L")))
	case vm.ArgFloatLine:
		return pyFloat(line)
	case vm.ArgUnicodeLine:
		return rawUnicode(line)
	case vm.ArgStringLine:
		inner, err := stripQuotes(line)
		if err != nil {
			return nil, err
		}
		return escapedASCII(inner)
	case vm.ArgLinePair:
		first, second, _ := bytes.Cut(line, []byte{'\n'})
		module, err := escapedASCII(first)
		if err != nil {
			return nil, err
		}
		name, err := escapedASCII(second)
		if err != nil {
			return nil, err
		}
		return module + " " + name, nil
	}
	return asAny(escapedASCII(line))
}

// asAny makes a nil of the empty string that comes with an error.
func asAny(s string, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

func unsigned(n uint64) any {
	if n > math.MaxInt64 {
		return new(big.Int).SetUint64(n)
	}
	return int64(n)
}

// long decodes two's complement, least significant byte first.
func long(b []byte) any {
	if len(b) <= 8 {
		var v uint64
		for i, c := range b {
			v |= uint64(c) << (8 * i)
		}
		shift := 64 - 8*len(b)
		return int64(v<<shift) >> shift // no bytes are 0
	}
	magnitude := slices.Clone(b)
	slices.Reverse(magnitude)
	x := new(big.Int).SetBytes(magnitude)
	if magnitude[0] >= 0x80 {
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	if x.IsInt64() {
		return x.Int64()
	}
	return x
}

func latin1(b []byte) string {
	var s strings.Builder
	s.Grow(len(b))
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

// What Python's codecs and numbers complain about. Only where the message is
// one line of Python and tells something, it is copied.
var (
	errUTF8          = errors.New("'utf-8' codec can't decode the argument")
	errTrailingSlash = errors.New(`Trailing \ in string`)
	errTextEscape    = errors.New("'rawunicodeescape' codec can't decode the argument: truncated escape")
	errTextRange     = errors.New(`'rawunicodeescape' codec can't decode the argument: \Uxxxxxxxx out of range`)
	errIntToText     = errors.New("Exceeds the limit (4300 digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit")
)

// maxDigits is how many decimal digits Python converts.
const maxDigits = 4300

const space = " \t\n\v\f\r"

// pyInt is int(b) of Python for bytes.
func pyInt(line []byte) (any, error) {
	bad := func() (any, error) {
		return nil, fmt.Errorf("invalid literal for int() with base 10: %s", appendBytes([]byte{'b'}, line, false))
	}
	s := strings.Trim(string(line), space)
	digits := strings.TrimPrefix(s, "-")
	if digits == s {
		digits = strings.TrimPrefix(s, "+")
	}
	if !isDigits(digits) {
		return bad()
	}
	digits = strings.ReplaceAll(digits, "_", "")
	if len(digits) > maxDigits {
		return nil, fmt.Errorf("Exceeds the limit (%d digits) for integer string conversion: value has %d digits; "+
			"use sys.set_int_max_str_digits() to increase the limit", maxDigits, len(digits))
	}
	if s[0] == '-' {
		digits = "-" + digits
	}
	if v, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return v, nil
	}
	x, _ := new(big.Int).SetString(digits, 10)
	return x, nil
}

// isDigits reports whether s is digits with single underscores between them.
func isDigits(s string) bool {
	digit := false // the last one was
	for _, c := range []byte(s) {
		switch {
		case '0' <= c && c <= '9':
			digit = true
		case c == '_' && digit:
			digit = false
		default:
			return false
		}
	}
	return digit
}

// pyFloat is float(b) of Python for bytes.
func pyFloat(line []byte) (any, error) {
	s := strings.Trim(string(line), space)
	unsigned := strings.TrimPrefix(s, "-")
	if unsigned == s {
		unsigned = strings.TrimPrefix(s, "+")
	}
	switch strings.ToLower(unsigned) {
	case "inf", "infinity":
		return math.Inf(1 - 2*strings.Count(s[:1], "-")), nil
	case "nan":
		return math.NaN(), nil
	}
	if !isDecimal(unsigned) {
		return nil, fmt.Errorf("could not convert string to float: %s", appendBytes([]byte{'b'}, line, false))
	}
	f, _ := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64) // what is too large is an infinity
	return f, nil
}

// isDecimal reports whether s is a floating-point literal of Python, without a
// sign.
func isDecimal(s string) bool {
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		exponent := s[i+1:]
		if exponent != "" && (exponent[0] == '-' || exponent[0] == '+') {
			exponent = exponent[1:]
		}
		if !isDigits(exponent) {
			return false
		}
		s = s[:i]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	return (whole == "" || isDigits(whole)) && (fraction == "" || isDigits(fraction)) && whole+fraction != ""
}

// stripQuotes takes the quotes from the line of a STRING.
func stripQuotes(line []byte) ([]byte, error) {
	quoted := appendBytes([]byte{'b'}, line, false)
	for _, q := range []string{`"`, `'`} {
		switch {
		case !bytes.HasPrefix(line, []byte(q)):
		case !bytes.HasSuffix(line, []byte(q)):
			return nil, fmt.Errorf("strinq quote %s not found at both ends of %s", appendBytes([]byte{'b'}, []byte(q), false), quoted)
		default:
			return line[1:max(1, len(line)-1)], nil
		}
	}
	return nil, fmt.Errorf("no string quotes around %s", quoted)
}

// escapedASCII is codecs.escape_decode(line)[0].decode("ascii").
func escapedASCII(line []byte) (string, error) {
	s := line
	if bytes.IndexByte(line, '\\') >= 0 {
		var err error
		if s, err = unescape(line); err != nil {
			return "", err
		}
	}
	for i, c := range s {
		if c >= utf8.RuneSelf {
			return "", fmt.Errorf("'ascii' codec can't decode byte 0x%x in position %d: ordinal not in range(128)", c, i)
		}
	}
	return string(s), nil
}

var escapes = [256]byte{'\\': '\\', '\'': '\'', '"': '"', 'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

func unescape(line []byte) ([]byte, error) {
	b := make([]byte, 0, len(line))
	for i := 0; i < len(line); i++ {
		if line[i] != '\\' {
			b = append(b, line[i])
			continue
		}
		start := i
		if i++; i == len(line) {
			return nil, errTrailingSlash
		}
		c := line[i]
		switch {
		case escapes[c] != 0:
			b = append(b, escapes[c])
		case c == 'x':
			v, err := strconv.ParseUint(string(line[i+1:min(i+3, len(line))]), 16, 8)
			if err != nil || i+3 > len(line) {
				return nil, fmt.Errorf(`invalid \x escape at position %d`, start)
			}
			b = append(b, byte(v))
			i += 2
		case '0' <= c && c <= '7':
			octal := byte(0)
			end := min(i+3, len(line))
			for ; i < end && '0' <= line[i] && line[i] <= '7'; i++ {
				octal = octal<<3 | (line[i] - '0')
			}
			i--
			b = append(b, octal)
		default:
			b = append(b, '\\', c)
		}
	}
	return b, nil
}

// rawUnicode decodes raw-unicode-escape: Latin-1 in which \u and \U stand for a
// code point where an odd number of backslashes is in front of the letter.
func rawUnicode(line []byte) (any, error) {
	b := make([]byte, 0, len(line))
	for i := 0; i < len(line); {
		c := line[i]
		if c != '\\' || i+1 == len(line) {
			b = utf8.AppendRune(b, rune(c))
			i++
			continue
		}
		digits := 0
		switch line[i+1] {
		case 'u':
			digits = 4
		case 'U':
			digits = 8
		case '\\':
			b = append(b, `\\`...)
			i += 2
			continue
		default:
			b = append(b, '\\')
			i++
			continue
		}
		i += 2
		if len(line)-i < digits {
			return nil, errTextEscape
		}
		v, err := strconv.ParseUint(string(line[i:i+digits]), 16, 32)
		switch {
		case err != nil:
			return nil, errTextEscape
		case v > utf8.MaxRune:
			return nil, errTextRange
		case 0xd800 <= v && v <= 0xdfff:
			b = append(b, 0xed, 0x80|byte(v>>6&0x3f), 0x80|byte(v&0x3f))
		default:
			b = utf8.AppendRune(b, rune(v))
		}
		i += digits
	}
	return string(b), nil
}

// validText reports whether b is UTF-8 in which lone surrogates are allowed.
func validText(b []byte) bool {
	for !utf8.Valid(b) {
		i := bytes.IndexByte(b, 0xed) // which begins surrogates, and continues nothing
		if i < 0 || !utf8.Valid(b[:i]) || len(b) < i+3 || b[i+1]&0xc0 != 0x80 || b[i+2]&0xc0 != 0x80 {
			return false
		}
		b = b[i+3:]
	}
	return true
}

// machineArg decodes an argument that Python's pickletools does not, as err says,
// in the way of the machine that executes pickles.
func machineArg(data []byte, e extent, err error) (arg any, note, failure error) {
	line := data[e.payload : e.end-1]
	switch e.op {
	case vm.OpGet, vm.OpBinGet, vm.OpLongBinGet, vm.OpPut, vm.OpBinPut, vm.OpLongBinPut:
		if i := bytes.IndexByte(line, 0); i >= 0 { // where it ends in C
			if arg, again := pyInt(line[:i]); again == nil {
				return arg, err, nil
			}
		}
		return nil, nil, err
	case vm.OpGlobal, vm.OpInst, vm.OpPersID:
		if !utf8.Valid(line) {
			return nil, nil, err
		}
		return strings.ReplaceAll(string(line), "\n", " "), err, nil
	}
	var m vm.Machine
	if status, again := m.Run(append(data[e.at:e.end:e.end], byte(vm.OpStop)), true); again != nil || status != vm.Done {
		return nil, nil, err
	}
	g := m.Graph()
	switch root := g.Root(); root.Kind() {
	case vm.KindInt:
		return root.Int(), err, nil
	case vm.KindBool:
		return root.Int() == 1, err, nil
	case vm.KindLong:
		return long(g.Data(root)), err, nil
	case vm.KindFloat:
		return root.Float(), err, nil
	case vm.KindByteString:
		return latin1(g.Data(root)), err, nil
	case vm.KindStr:
		return string(g.Data(root)), err, nil
	}
	return nil, nil, err
}

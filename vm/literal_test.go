package vm

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The values in these tables are what CPython 3.13 makes of the same argument.

// intRepr spells an integer, however it was returned, as Python does.
func intRepr(v int64, long []byte) string {
	if long == nil {
		return strconv.FormatInt(v, 10)
	}
	return longValue(long).String()
}

// longValue returns the value of little-endian two's complement.
func longValue(b []byte) *big.Int {
	b = slices.Clone(b)
	slices.Reverse(b)
	x := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return x
}

// checkLong reports a number that came back as bytes though it should not have,
// or in more bytes than it needs.
func checkLong(t *testing.T, long []byte) {
	t.Helper()
	if long == nil {
		return
	}
	if _, ok := longFits(long); ok {
		t.Errorf("% x fits 64 bits", long)
	}
	if n := len(trimLong(long)); n != len(long) {
		t.Errorf("% x needs no more than %d bytes", long, n)
	}
}

func TestParseInt(t *testing.T) {
	for _, tt := range []struct {
		name, line, want string
		err              error
	}{
		{"Decimal", "42", "42", nil},
		{"Negative", "-17", "-17", nil},
		{"Zero", "0", "0", nil},
		{"One", "1", "1", nil},
		{"BoolFalse", "00", "False", nil},
		{"BoolTrue", "01", "True", nil},
		{"BoolBySign", "-0", "False", nil},
		{"BoolByPlus", "+1", "True", nil},
		{"BoolByBlank", " 1", "True", nil},
		{"BoolByNUL", "1\x00", "True", nil},
		{"BoolNothingBeforeNUL", "\x00x", "False", nil},
		{"NotBoolThreeBytes", "001", "1", nil},
		{"NotBoolTrailingBlank", "1 ", "1", nil},
		{"NotBoolCarriageReturn", "1\r", "1", nil},
		{"NotBoolOneByte", "\x00", "0", nil},
		{"OctalOfC", "010", "8", nil},
		{"OctalOfCNegative", "-017", "-15", nil},
		{"OctalOfCBadDigit", "08", "", errBadInt},
		{"OctalOfCTooLong", "01000000000000000000000", "", errBadInt},
		{"OctalOfCMin", "-01000000000000000000000", "-9223372036854775808", nil},
		{"OctalOfCTrailingBlank", "010 ", "", errBadInt},
		{"OctalOfCUnderscore", "01_0", "", errBadInt},
		{"ZeroUnderscore", "0_0", "0", nil},
		{"Zeros", "0000", "0", nil},
		{"ZerosBlank", "000 ", "0", nil},
		{"Hex", "0x10", "16", nil},
		{"HexUpper", "0XfF", "255", nil},
		{"HexNoDigits", "0x", "", errBadInt},
		{"HexUnderscore", "0x_1f", "31", nil},
		{"HexTwoUnderscores", "0x__1", "", errBadInt},
		{"HexMax", "0x7fffffffffffffff", "9223372036854775807", nil},
		{"HexBeyond64", "0x8000000000000000", "9223372036854775808", nil},
		{"HexMin", "-0x8000000000000000", "-9223372036854775808", nil},
		{"HexBelow64", "-0x8000000000000001", "-9223372036854775809", nil},
		{"OctalOfPython", "0o17", "15", nil},
		{"Binary", "0b101", "5", nil},
		{"BinaryBadDigit", "0b12", "", errBadInt},
		{"Underscore", "1_0", "10", nil},
		{"UnderscoreAtEnd", "1_", "", errBadInt},
		{"UnderscoreAtStart", "_1", "", errBadInt},
		{"UnderscoreTwice", "1__0", "", errBadInt},
		{"LeadingBlanks", " \t\r5", "5", nil},
		{"TrailingCarriageReturn", "5\r", "5", nil},
		{"TrailingBlanks", "5 \t", "5", nil},
		{"BlankInside", "5 6", "", errBadInt},
		{"BlankAfterSign", "- 5", "", errBadInt},
		{"TwoSigns", "--5", "", errBadInt},
		{"OnlyBlank", " ", "", errBadInt},
		{"OnlySign", "-", "", errBadInt},
		{"Empty", "", "", errEmptyLine},
		{"NextLineIsNoBlank", "\x855", "", errBadInt},
		{"FileSeparatorIsNoBlank", "\x1c5", "", errBadInt},
		{"EndsAtNUL", "5\x00junk", "5", nil},
		{"LetterL", "5L", "", errBadInt},
		{"Letters", "abc", "", errBadInt},
		{"Float", "1.0", "", errBadInt},
		{"Max64", "9223372036854775807", "9223372036854775807", nil},
		{"Min64", "-9223372036854775808", "-9223372036854775808", nil},
		{"Beyond64", "9223372036854775808", "9223372036854775808", nil},
		{"Below64", "-9223372036854775809", "-9223372036854775809", nil},
		{"EighteenDigits", "-999999999999999999", "-999999999999999999", nil},
		{"NineteenDigits", "1000000000000000000", "1000000000000000000", nil},
		{"TwoTo64", "18446744073709551616", "18446744073709551616", nil},
		{"Digits4300", strings.Repeat("7", 4300), strings.Repeat("7", 4300), nil},
		{"Digits4301", strings.Repeat("7", 4301), "", errIntTooLong},
		{"Zeros5000", strings.Repeat("0", 5000), "0", nil},
		{"Zeros5000Blank", strings.Repeat("0", 5000) + " ", "", errIntTooLong},
		{"HexDigits5000", "0x" + strings.Repeat("0", 4999) + "f", "15", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, long, isBool, b, err := parseInt([]byte(tt.line))
			if !errors.Is(err, tt.err) {
				t.Fatalf("parseInt(%q): error %v, want %v", tt.line, err, tt.err)
			}
			if err != nil {
				return
			}
			got := intRepr(v, long)
			switch {
			case isBool && b:
				got = "True"
			case isBool:
				got = "False"
			}
			if got != tt.want {
				t.Errorf("parseInt(%q) = %s, want %s", tt.line, got, tt.want)
			}
			checkLong(t, long)
		})
	}
}

func TestParseLong(t *testing.T) {
	for _, tt := range []struct {
		name, line, want string
		err              error
	}{
		{"Decimal", "42L", "42", nil},
		{"NoL", "5", "5", nil},
		{"Negative", "-17L", "-17", nil},
		{"Zero", "0L", "0", nil},
		{"NegativeZero", "-0L", "0", nil},
		{"OneIsNoBool", "01L", "", errBadInt},
		{"ZerosAreNoBool", "00L", "0", nil},
		{"OctalOfC", "010L", "", errBadInt},
		{"Hex", "0x10L", "16", nil},
		{"Octal", "-0o17L", "-15", nil},
		{"Binary", "0b101", "5", nil},
		{"Underscore", "1_0L", "10", nil},
		{"UnderscoreBeforeL", "1_L", "", errBadInt},
		{"TwoLs", "5LL", "", errBadInt},
		{"OnlyL", "L", "", errBadInt},
		{"LowerL", "5l", "", errBadInt},
		{"BlankBeforeL", "5 L", "5", nil},
		{"BlankAfterL", "5L ", "", errBadInt},
		{"CarriageReturn", "5L\r", "", errBadInt},
		{"CarriageReturnNoL", "5\r", "5", nil},
		{"LeadingBlanks", "  5L", "5", nil},
		{"EndsAtNUL", "5\x00junkL", "5", nil},
		{"OnlyNUL", "\x00", "", errBadInt},
		{"Empty", "", "", errEmptyLine},
		{"NoNumber", "x", "", errBadInt},
		{"Max64", "9223372036854775807L", "9223372036854775807", nil},
		{"Beyond64", "9223372036854775808L", "9223372036854775808", nil},
		{"Min64", "-9223372036854775808L", "-9223372036854775808", nil},
		{"Below64", "-9223372036854775809L", "-9223372036854775809", nil},
		{"Big", "123456789012345678901234567890L", "123456789012345678901234567890", nil},
		{"BigNegative", "-123456789012345678901234567890L", "-123456789012345678901234567890", nil},
		{"BigUnderscores", "-123_456_789_012_345_678_901_234_567_890", "-123456789012345678901234567890", nil},
		{"BigLeadingZeros", "0000123456789012345678901234567890", "", errBadInt},
		{"BigHex", "-0x1_0000_0000_0000_0000_0000L", "-1208925819614629174706176", nil},
		{"BigOctal", "0o7777777777777777777777777L", "37778931862957161709567", nil},
		{"Power2To127", "170141183460469231731687303715884105728L", "170141183460469231731687303715884105728", nil},
		{"MinusPower2To127", "-170141183460469231731687303715884105728L", "-170141183460469231731687303715884105728", nil},
		{"Digits4300", strings.Repeat("7", 4300) + "L", strings.Repeat("7", 4300), nil},
		{"Digits4301", strings.Repeat("7", 4301) + "L", "", errIntTooLong},
		{"Digits4301Underscores", strings.Repeat("7_", 4300) + "7L", "", errIntTooLong},
		{"Zeros5000", strings.Repeat("0", 5000) + "L", "", errIntTooLong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, long, err := parseLong([]byte(tt.line))
			if !errors.Is(err, tt.err) {
				t.Fatalf("parseLong(%q): error %v, want %v", tt.line, err, tt.err)
			}
			if err != nil {
				return
			}
			if got := intRepr(v, long); got != tt.want {
				t.Errorf("parseLong(%q) = %s, want %s", tt.line, got, tt.want)
			}
			checkLong(t, long)
		})
	}
}

// TestParseLongBases holds the literals of all bases, which are converted in
// different ways, against math/big around every byte and word boundary.
func TestParseLongBases(t *testing.T) {
	one := big.NewInt(1)
	for n := range uint(200) {
		power := new(big.Int).Lsh(one, n)
		for _, x := range []*big.Int{new(big.Int).Sub(power, one), power, new(big.Int).Add(power, one)} {
			for _, sign := range []string{"", "-"} {
				want, _ := new(big.Int).SetString(sign+x.String(), 10)
				for base, prefix := range map[int]string{2: "0b", 8: "0O", 10: "", 16: "0X_"} {
					line := sign + prefix + x.Text(base)
					v, long, err := parseLong([]byte(line))
					if err != nil {
						t.Fatalf("parseLong(%q): %v", line, err)
					}
					if got := intRepr(v, long); got != want.String() {
						t.Fatalf("parseLong(%q) = %s, want %s", line, got, want)
					}
					checkLong(t, long)
				}
			}
		}
	}
}

func TestParseIndex(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		want       uint64
		err        error
	}{
		{"Zero", "0", 0, nil},
		{"LeadingZero", "01", 1, nil},
		{"OctalIsDecimal", "010", 10, nil},
		{"ManyDigits", "1234567890", 1234567890, nil},
		{"Underscore", "1_0", 10, nil},
		{"Plus", "+5", 5, nil},
		{"MinusZero", "-0", 0, nil},
		{"Negative", "-1", 0, errIndexRange},
		{"Blanks", " 7 ", 7, nil},
		{"CarriageReturn", "7\r", 7, nil},
		{"EndsAtNUL", "7\x00x", 7, nil},
		{"Hex", "0x1", 0, errBadInt},
		{"UnderscoreAtStart", "_1", 0, errBadInt},
		{"LetterL", "1L", 0, errBadInt},
		{"NoNumber", "a", 0, errBadInt},
		{"OnlyBlank", " ", 0, errBadInt},
		{"Empty", "", 0, errEmptyLine},
		{"BinPutMax", "4294967295", 4294967295, nil},
		{"Max64", "9223372036854775807", 9223372036854775807, nil},
		{"Beyond64", "9223372036854775808", 0, errIndexRange},
		{"Huge", "99999999999999999999999999", 0, errIndexRange},
		{"Zeros4301", strings.Repeat("0", 4301), 0, errIntTooLong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseIndex([]byte(tt.line))
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("parseIndex(%q) = %d, %v, want %d, %v", tt.line, got, err, tt.want, tt.err)
			}
		})
	}
}

func TestParseFloat(t *testing.T) {
	zeros := strings.Repeat("0", 20000)
	for _, tt := range []struct {
		name, line string
		want       uint64 // its bits
		err        error
	}{
		{"Plain", "1.5", 0x3ff8000000000000, nil},
		{"Int", "3", 0x4008000000000000, nil},
		{"Negative", "-2.25", 0xc002000000000000, nil},
		{"Plus", "+1.0", 0x3ff0000000000000, nil},
		{"NoWhole", ".5", 0x3fe0000000000000, nil},
		{"NoFraction", "5.", 0x4014000000000000, nil},
		{"Exponent", "1e5", 0x40f86a0000000000, nil},
		{"ExponentSigns", "-1E-05", 0xbee4f8b588e368f1, nil},
		{"NegativeZero", "-0.0", 0x8000000000000000, nil},
		{"Repr17", "0.10000000000000001", 0x3fb999999999999a, nil},
		{"Max", "1.7976931348623157e308", 0x7fefffffffffffff, nil},
		{"Smallest", "5e-324", 0x0000000000000001, nil},
		{"RoundsToZero", "-1e-400", 0x8000000000000000, nil},
		{"HalfOfSmallest", "2.4703282292062327e-324", 0x0000000000000000, nil},
		{"MoreThanHalfOfSmallest", "2.4703282292062328e-324", 0x0000000000000001, nil},
		{"Overflow", "1e400", 0, errFloatRange},
		{"OverflowNegative", "-1e999", 0, errFloatRange},
		{"OverflowByRounding", "1.7976931348623159e308", 0, errFloatRange},
		{"HugeExponent", "1e99999999999999999999", 0, errFloatRange},
		{"HugeExponentOfZero", "0e99999999999999999999", 0x0000000000000000, nil},
		{"HugeNegativeExponent", "1e-99999999999999999999", 0x0000000000000000, nil},
		{"Inf", "inf", 0x7ff0000000000000, nil},
		{"InfNegative", "-inf", 0xfff0000000000000, nil},
		{"Infinity", "Infinity", 0x7ff0000000000000, nil},
		{"InfUpper", "+INF", 0x7ff0000000000000, nil},
		{"InfPart", "infin", 0, errBadFloat},
		{"NaN", "nan", 0x7ff8000000000000, nil},
		{"NaNNegative", "-NaN", 0xfff8000000000000, nil},
		{"NaNPayload", "nan(1)", 0, errBadFloat},
		{"Underscore", "1_0", 0, errBadFloat},
		{"Hex", "0x1p3", 0, errBadFloat},
		{"HexInt", "0x10", 0, errBadFloat},
		{"LeadingBlank", " 1.5", 0, errBadFloat},
		{"TrailingBlank", "1.5 ", 0, errBadFloat},
		{"CarriageReturn", "1.5\r", 0, errBadFloat},
		{"EndsAtNUL", "1.5\x00junk", 0x3ff8000000000000, nil},
		{"OnlyNUL", "\x00", 0, errBadFloat},
		{"NoExponent", "1e", 0, errBadFloat},
		{"NoExponentDigits", "1e+", 0, errBadFloat},
		{"ExponentOnly", "e5", 0, errBadFloat},
		{"PointOnly", ".", 0, errBadFloat},
		{"PointExponent", ".e5", 0, errBadFloat},
		{"TwoPoints", "1.2.3", 0, errBadFloat},
		{"SignOnly", "-", 0, errBadFloat},
		{"TwoSigns", "--1", 0, errBadFloat},
		{"Letters", "abc", 0, errBadFloat},
		{"Empty", "", 0, errEmptyLine},
		{"Suffix", "1.5f", 0, errBadFloat},
		{"NoneASCIIDigit", "\xb2", 0, errBadFloat},
		{"LongWhole", "1" + zeros[:800] + "e-800", 0x3ff0000000000000, nil},
		{"LongWholeWithPoint", "-25" + zeros[:900] + ".0e-901", 0xc004000000000000, nil},
		{"LongWholeOverflow", "1" + zeros[:800], 0, errFloatRange},
		{"LongFraction", "0." + zeros + "25e20001", 0x4004000000000000, nil},
		{"LongFractionOverflow", "." + zeros + "1e99999999999999999999", 0, errFloatRange},
		{"LongFractionToZero", "-." + zeros + "1", 0x8000000000000000, nil},
		{"LongZero", zeros + "." + zeros + "e99999999999999999999", 0, nil},
		{"LongLeadingZeros", zeros + "1.5", 0x3ff8000000000000, nil},
		{"LongJustAboveHalf", "1.00000000000000011102230246251565404236316680908203125" + zeros + "1", 0x3ff0000000000001, nil},
		{"LongHalf", "1.00000000000000011102230246251565404236316680908203125" + zeros, 0x3ff0000000000000, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseFloat([]byte(tt.line))
			if !errors.Is(err, tt.err) {
				t.Fatalf("parseFloat(%.80q): error %v, want %v", tt.line, err, tt.err)
			}
			if math.Float64bits(got) != tt.want {
				t.Errorf("parseFloat(%.80q) = %#x (%v), want %#x", tt.line, math.Float64bits(got), got, tt.want)
			}
		})
	}
}

// TestParseFloatRoundTrip checks that floats as Python 2 and 3 write them come
// back the same, and that a long way round does not change them.
func TestParseFloatRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		want := math.Float64frombits(r.Uint64())
		if math.IsNaN(want) || math.IsInf(want, 0) {
			continue
		}
		short := strconv.FormatFloat(want, 'g', -1, 64)
		python2 := strconv.FormatFloat(want, 'g', 17, 64)
		long := strconv.FormatFloat(want, 'f', 1100, 64)
		for _, line := range []string{short, python2, long} {
			got, err := parseFloat([]byte(line))
			if err != nil || math.Float64bits(got) != math.Float64bits(want) {
				t.Fatalf("parseFloat(%q) = %v, %v", line, got, err)
			}
		}
	}
}

func TestUnquoteString(t *testing.T) {
	for _, tt := range []struct {
		name, line, want string
		err              error
	}{
		{"Single", "'abc'", "abc", nil},
		{"Double", "\"abc\"", "abc", nil},
		{"Empty", "''", "", nil},
		{"QuoteInside", "'a'b'", "a'b", nil},
		{"HighBytes", "'\xe9\xff'", "\xe9\xff", nil},
		{"NUL", "'a\x00b'", "a\x00b", nil},
		{"CarriageReturnInside", "'a\r'", "a\r", nil},
		{"Hex", `'a\x41b\xFf'`, "aAb\xff", nil},
		{"HexOneDigit", `'\x4'`, "", errBadHexEscape},
		{"HexNoDigits", `'\x'`, "", errBadHexEscape},
		{"HexBadDigit", `'\x4g'`, "", errBadHexEscape},
		{"Octal", `'\101'`, "A", nil},
		{"OctalOneDigit", `'\0'`, "\x00", nil},
		{"OctalTwoDigits", `'\12x'`, "\x0ax", nil},
		{"OctalFourDigits", `'\1234'`, "S4", nil},
		{"OctalStopsAt8", `'\18'`, "\x018", nil},
		{"OctalWraps", `'\400'`, "\x00", nil},
		{"OctalWrapsToFF", `'\777'`, "\xff", nil},
		{"Letters", `'\a\b\f\n\r\t\v'`, "\x07\x08\x0c\x0a\r\t\x0b", nil},
		{"Quotes", `'\'\"'`, "'\"", nil},
		{"Backslash", `'\\'`, `\`, nil},
		{"BackslashThenX", `'\\x41'`, `\x41`, nil},
		{"Unknown", `'\q\8\ '`, `\q\8\ `, nil},
		{"UnicodeIsUnknown", `'\u1234\N{DASH}'`, `\u1234\N{DASH}`, nil},
		{"UnknownHighByte", "'\\\xe9'", "\\\xe9", nil},
		{"EndsInBackslash", `'abc\'`, "", errEndsInEscape},
		{"EndsInThreeBackslashes", `'\\\'`, "", errEndsInEscape},
		{"NoQuotes", "abc", "", errNotQuoted},
		{"NoClosingQuote", "'abc", "", errNotQuoted},
		{"OneQuote", "'", "", errNotQuoted},
		{"OtherQuote", "'abc\"", "", errNotQuoted},
		{"BlankBefore", " 'abc'", "", errNotQuoted},
		{"BlankAfter", "'abc' ", "", errNotQuoted},
		{"CarriageReturnAfter", "'abc'\r", "", errNotQuoted},
		{"NoLine", "", "", errNotQuoted},
		{"Backquotes", "`abc`", "", errNotQuoted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			testUnescape(t, unquoteString, tt.line, tt.want, tt.err)
		})
	}
}

func TestUnescapeUnicode(t *testing.T) {
	for _, tt := range []struct {
		name, line, want string
		err              error
	}{
		{"ASCII", "abc", "abc", nil},
		{"Empty", "", "", nil},
		{"Latin1", "caf\xe9\xff\x80", "caf\xc3\xa9\xc3\xbf\xc2\x80", nil},
		{"NUL", "a\x00b", "a\x00b", nil},
		{"CarriageReturn", "a\r", "a\r", nil},
		{"Short", `\u20ac`, "\xe2\x82\xac", nil},
		{"ShortUpperDigits", `\u00E9x`, "\xc3\xa9x", nil},
		{"Newline", `a\u000ab`, "a\x0ab", nil},
		{"Long", `\U0001f600`, "\xf0\x9f\x98\x80", nil},
		{"Max", `\U0010ffff`, "\xf4\x8f\xbf\xbf", nil},
		{"BeyondMax", `\U00110000`, "", errEscapeRange},
		{"FarBeyondMax", `\Uffffffff`, "", errEscapeRange},
		{"OtherEscapes", `\n\x41\101\'`, `\n\x41\101\'`, nil},
		{"EvenBackslashes", `\\u20ac`, `\\u20ac`, nil},
		{"OddBackslashes", `\\\u20ac`, "\\\\\xe2\x82\xac", nil},
		{"FourBackslashes", `\\\\u20ac`, `\\\\u20ac`, nil},
		{"OneBackslash", `\`, `\`, nil},
		{"EndsInBackslash", `a\`, `a\`, nil},
		{"BackslashHighByte", "\\\xe9", "\\\xc3\xa9", nil},
		{"LoneSurrogate", `\ud800x`, "\xed\xa0\x80x", nil},
		{"SurrogatePair", `\ud83d\ude00`, "\xed\xa0\xbd\xed\xb8\x80", nil},
		{"LongSurrogate", `\U0000dfff`, "\xed\xbf\xbf", nil},
		{"ShortTruncated", `\u20a`, "", errBadTextEscape},
		{"ShortNoDigits", `\u`, "", errBadTextEscape},
		{"ShortBadDigit", `\u20ag`, "", errBadTextEscape},
		{"LongTruncated", `\U0001f60`, "", errBadTextEscape},
		{"LongBadDigit", `\U0001f60x`, "", errBadTextEscape},
		{"HighByteInEscape", "\\u20a\xe9", "", errBadTextEscape},
	} {
		t.Run(tt.name, func(t *testing.T) {
			testUnescape(t, unescapeUnicode, tt.line, tt.want, tt.err)
		})
	}
}

// testUnescape calls f with and without room to write to, and checks that it
// leaves the line alone and returns a part of it where it says so.
func testUnescape(t *testing.T, f func(dst, line []byte) ([]byte, error), line, want string, wantErr error) {
	t.Helper()
	room := make([]byte, 0, 64)
	for _, dst := range [][]byte{nil, room} {
		in := []byte(line)
		got, err := f(dst, in)
		if string(got) != want || !errors.Is(err, wantErr) {
			t.Fatalf("%q: got %q, %v, want %q, %v", line, got, err, want, wantErr)
		}
		if string(in) != line {
			t.Fatalf("%q: changed to %q", line, in)
		}
		if err != nil || len(got) == 0 {
			continue
		}
		inLine := &in[len(in)-1] == &got[len(got)-1] || len(in) > 1 && &in[len(in)-2] == &got[len(got)-1]
		if plain := !strings.ContainsFunc(line, func(r rune) bool { return r == '\\' || r >= 0x80 }); plain && !inLine {
			t.Errorf("%q: plain, but was copied", line)
		}
		if !inLine && dst != nil && &got[0] != &room[:1][0] {
			t.Errorf("%q: the room was not used", line)
		}
	}
}

func TestValidText(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       bool
	}{
		{"ASCII", "abc", true},
		{"Empty", "", true},
		{"TwoBytes", "\xc3\xa9", true},
		{"ThreeBytes", "\xe2\x82\xac", true},
		{"FourBytes", "\xf0\x9f\x98\x80", true},
		{"Max", "\xf4\x8f\xbf\xbf", true},
		{"NUL", "a\x00", true},
		{"LowestSurrogate", "\xed\xa0\x80", true},
		{"HighestSurrogate", "\xed\xbf\xbf", true},
		{"SurrogatePair", "\xed\xa0\xbd\xed\xb8\x80", true},
		{"SurrogateInText", "a\xed\xa0\x80\xc3\xa9", true},
		{"BelowSurrogates", "\xed\x9f\xbf", true},
		{"AboveSurrogates", "\xee\x80\x80", true},
		{"BelowSurrogatesAndOne", "\xed\x9f\xbf\xed\xa0\x80", true},
		{"SurrogateTruncated", "\xed\xa0", false},
		{"SurrogateFirstByte", "\xed", false},
		{"SurrogateBadThird", "\xed\xa0A", false},
		{"SurrogateTwoLeads", "\xed\xed\xa0\x80", false},
		{"SurrogateThenBad", "\xed\xa0\x80\xff", false},
		{"BadThenSurrogate", "\xff\xed\xa0\x80", false},
		{"OverlongNUL", "\xc0\x80", false},
		{"OverlongTwo", "\xc1\xbf", false},
		{"OverlongThree", "\xe0\x9f\xbf", false},
		{"OverlongFour", "\xf0\x8f\xbf\xbf", false},
		{"OverlongAfterSurrogate", "\xed\xa0\x80\xc0\x80", false},
		{"BeyondMax", "\xf4\x90\x80\x80", false},
		{"FiveBytes", "\xf8\x88\x80\x80\x80", false},
		{"ContinuationAlone", "\x80", false},
		{"Truncated", "\xe2\x82", false},
		{"LeadTwice", "\xc3\xc3\xa9", false},
		{"NoByteOfUTF8", "\xfe\xff", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := validText([]byte(tt.text)); got != tt.want {
				t.Errorf("validText(%q) = %v, want %v", tt.text, got, tt.want)
			}
		})
	}
}

func TestLong(t *testing.T) {
	for _, tt := range []struct {
		name, bytes string
		trimmed     int // how many bytes the shortest form has
		want        string
	}{
		{"Empty", "", 0, "0"},
		{"Zero", "\x00", 0, "0"},
		{"ZeroPadded", "\x00\x00\x00", 0, "0"},
		{"One", "\x01", 1, "1"},
		{"MinusOne", "\xff", 1, "-1"},
		{"MinusOnePadded", "\xff\xff\xff\xff", 1, "-1"},
		{"Padded", "\x01\x00\x00\x00", 1, "1"},
		{"Positive255", "\xff\x00", 2, "255"},
		{"Minus128", "\x80", 1, "-128"},
		{"Minus256", "\x00\xff", 2, "-256"},
		{"Minus32768", "\x00\x80", 2, "-32768"},
		{"Max64", "\xff\xff\xff\xff\xff\xff\xff\x7f", 8, "9223372036854775807"},
		{"Min64", "\x00\x00\x00\x00\x00\x00\x00\x80", 8, "-9223372036854775808"},
		{"MinusTwoTo63Padded", "\x00\x00\x00\x00\x00\x00\x00\x80\xff\xff", 8, "-9223372036854775808"},
		{"Max64Padded", "\xff\xff\xff\xff\xff\xff\xff\x7f\x00\x00", 8, "9223372036854775807"},
		{"TwoTo63", "\x00\x00\x00\x00\x00\x00\x00\x80\x00", 9, "9223372036854775808"},
		{"Below64", "\xff\xff\xff\xff\xff\xff\xff\x7f\xff", 9, "-9223372036854775809"},
		{"TwoTo64", "\x00\x00\x00\x00\x00\x00\x00\x00\x01", 9, "18446744073709551616"},
		{"TwoTo64Padded", "\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00", 9, "18446744073709551616"},
		{"OnePaddedTo300", "\x01" + strings.Repeat("\x00", 299), 1, "1"},
		{"TwelveBytes", "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", 12, "3727165692135864801209549313"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := []byte(tt.bytes)
			if got := trimLong(b); string(got) != tt.bytes[:tt.trimmed] {
				t.Errorf("trimLong(% x) = % x, want %d bytes", b, got, tt.trimmed)
			}
			if got := longValue(trimLong(b)).String(); got != tt.want {
				t.Errorf("trimLong(% x) is %s, want %s", b, got, tt.want)
			}
			v, ok := longFits(b)
			want, err := strconv.ParseInt(tt.want, 10, 64)
			if ok != (err == nil) || ok && v != want {
				t.Errorf("longFits(% x) = %d, %v, want %s", b, v, ok, tt.want)
			}
		})
	}
}

// TestLiteralLinear reads arguments of megabytes. Quadratic work would show: it
// would take minutes.
func TestLiteralLinear(t *testing.T) {
	const n = 4 << 20
	line := func(prefix, s, suffix string) []byte {
		return []byte(prefix + strings.Repeat(s, n/len(s)) + suffix)
	}
	for _, prefix := range []string{"0x", "0o", "0b"} {
		if _, long, err := parseLong(line(prefix, "1_0", "L")); err != nil || len(long) == 0 {
			t.Errorf("parseLong(%s10_10...): %d bytes, %v", prefix, len(long), err)
		}
	}
	if _, _, err := parseLong(line("", "9", "L")); !errors.Is(err, errIntTooLong) {
		t.Errorf("parseLong(999...): %v, want %v", err, errIntTooLong)
	}
	if f, err := parseFloat(line("1", "0", "e-4194304")); f != 1 || err != nil {
		t.Errorf("parseFloat(1000...e-4194304) = %v, %v", f, err)
	}
	if s, err := unquoteString(nil, line("'", `\x41`, "'")); err != nil || len(bytes.Trim(s, "A")) > 0 {
		t.Errorf("unquoteString: %v", err)
	}
	if s, err := unescapeUnicode(nil, line("", `\ud800`, "")); err != nil || !validText(s) {
		t.Errorf("unescapeUnicode: %v", err)
	}
	if validText(line("", "\xed\xa0\x80", "\xed")) {
		t.Error("validText took a truncated surrogate")
	}
}

// TestLiteralAllocs pins what the machine counts on: ordinary arguments cost no
// memory.
func TestLiteralAllocs(t *testing.T) {
	intLine, longLine, indexLine := []byte("-12345"), []byte("12345678901L"), []byte("17")
	floatLine, stringLine := []byte("0.10000000000000001"), []byte(`'it\'s'`)
	unicodeLine, text := []byte(`caf\u00e9`), []byte("caf\xc3\xa9")
	room := make([]byte, 0, 64)
	for name, f := range map[string]func(){
		"parseInt":        func() { parseInt(intLine) },
		"parseLong":       func() { parseLong(longLine) },
		"parseIndex":      func() { parseIndex(indexLine) },
		"parseFloat":      func() { parseFloat(floatLine) },
		"unquoteString":   func() { unquoteString(room, stringLine) },
		"unescapeUnicode": func() { unescapeUnicode(room, unicodeLine) },
		"validText":       func() { validText(text) },
		"longFits":        func() { longFits(indexLine) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

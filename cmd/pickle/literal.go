package main

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-pickle/pickle"
)

// literals parses the Python literals, with commas between them, that text has
// up to the character end. It returns the value, a Tuple if there is a comma or
// nothing at all, and what is behind end.
func literals(text string, end byte) (v any, rest string, err error) {
	var all pickle.Tuple
	comma := false
	for {
		text = trimBlanks(text)
		if text == "" {
			return nil, "", fmt.Errorf("no %c at the end", end)
		}
		if text[0] == end {
			break
		}
		if len(all) > 0 && !comma {
			return nil, "", fmt.Errorf("%q where there should be a comma or %c", text[:1], end)
		}
		if v, text, err = literal(text); err != nil {
			return nil, "", err
		}
		all = append(all, v)
		text = trimBlanks(text)
		if comma = strings.HasPrefix(text, ","); comma {
			text = text[1:]
		}
	}
	if len(all) == 1 && !comma {
		return all[0], text[1:], nil
	}
	return all, text[1:], nil
}

func trimBlanks(text string) string { return strings.TrimLeft(text, " \t") }

// literal parses the literal that text begins with: a number, a str, bytes, a
// tuple, None, True or False.
func literal(text string) (v any, rest string, err error) {
	if text[0] == '(' {
		return literals(text[1:], ')')
	}
	if i := strings.IndexAny(text, `'"`); i >= 0 && i <= 2 {
		switch prefix := strings.ToLower(text[:i]); prefix {
		case "", "u", "r", "b", "br", "rb":
			return stringLiteral(text[i:], strings.Contains(prefix, "b"), strings.Contains(prefix, "r"))
		}
	}
	word := text
	if i := strings.IndexAny(text, ",)] \t"); i >= 0 {
		word = text[:i]
	}
	rest = text[len(word):]
	switch word {
	case "None":
		return nil, rest, nil
	case "True", "False":
		return word == "True", rest, nil
	}
	if v, ok := numberLiteral(word); ok {
		return v, rest, nil
	}
	return nil, "", fmt.Errorf("%q is no literal of Python: text is in quotes", word)
}

// numberLiteral parses an int or a float. Go writes them as Python does, but for octal
// numbers that begin with a mere 0, and hexadecimal floats.
func numberLiteral(word string) (any, bool) {
	digits := strings.TrimLeft(word, "+-")
	if len(word)-len(digits) > 1 || digits == "" || strings.IndexByte(".0123456789", digits[0]) < 0 {
		return nil, false
	}
	if i, err := strconv.ParseInt(word, 0, 64); err == nil {
		return i, digits[0] != '0' || i == 0 || strings.ContainsAny(digits[1:2], "xXoObB")
	}
	if i, ok := new(big.Int).SetString(word, 0); ok {
		return i, true
	}
	f, err := strconv.ParseFloat(word, 64)
	return f, (err == nil || errors.Is(err, strconv.ErrRange)) && !strings.ContainsAny(word, "xX")
}

// stringLiteral parses what is in quotes, as a str or as bytes.
func stringLiteral(text string, isBytes, raw bool) (v any, rest string, err error) {
	var b []byte
	for i := 1; i < len(text); {
		switch c := text[i]; {
		case c == text[0]:
			if isBytes {
				return append([]byte{}, b...), text[i+1:], nil
			}
			return string(b), text[i+1:], nil
		case c == '\\' && i+1 < len(text):
			if raw {
				b = append(b, text[i:i+2]...)
				i += 2
				continue
			}
			n := 0
			if b, n, err = appendEscape(b, text[i+1:], isBytes); err != nil {
				return nil, "", err
			}
			i += 1 + n
		case isBytes && c >= utf8.RuneSelf:
			return nil, "", errors.New("bytes literals are ASCII: write \\xe9")
		default:
			b = append(b, c)
			i++
		}
	}
	return nil, "", fmt.Errorf("no %c at the end", text[0])
}

// appendEscape appends what the escape sequence s stands for, which is behind a
// backslash, and returns how long it is. One that Python does not know stays as it
// is.
func appendEscape(b []byte, s string, isBytes bool) ([]byte, int, error) {
	if i := strings.IndexByte(`abfnrtv\'"`, s[0]); i >= 0 {
		return append(b, "\a\b\f\n\r\t\v\\'\""[i]), 1, nil
	}
	digits, base, from := 0, 16, 1
	switch {
	case s[0] == 'x':
		digits = 2
	case s[0] == 'u' && !isBytes:
		digits = 4
	case s[0] == 'U' && !isBytes:
		digits = 8
	case '0' <= s[0] && s[0] <= '7':
		for digits = 1; digits < min(3, len(s)) && '0' <= s[digits] && s[digits] <= '7'; digits++ {
		}
		base, from = 8, 0
	case s[0] == 'N' && !isBytes:
		return nil, 0, errors.New(`characters by name, \N, are not supported: use \u`)
	default:
		return append(b, '\\'), 0, nil
	}
	n, err := strconv.ParseUint(s[from:min(from+digits, len(s))], base, 32)
	switch {
	case err != nil || from+digits > len(s) || n > utf8.MaxRune || isBytes && n > 0xff:
		return nil, 0, fmt.Errorf(`\%s is no character`, s[:min(from+digits, len(s))])
	case isBytes:
		b = append(b, byte(n))
	case 0xd800 <= n && n < 0xe000: // a lone surrogate, as the library has it
		b = append(b, 0xed, byte(0x80|n>>6&0x3f), byte(0x80|n&0x3f))
	default:
		b = utf8.AppendRune(b, rune(n))
	}
	return b, from + digits, nil
}

package picklejson

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// SyntaxError says that the input is no JSON, or not of the lossless form.
type SyntaxError struct {
	Offset int64 // where in the input, in bytes
	Err    error // what is wrong
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("picklejson: offset %d: %v", e.Offset, e.Err)
}

// Unwrap returns e.Err.
func (e *SyntaxError) Unwrap() error { return e.Err }

func syntaxError(at int, format string, args ...any) error {
	return &SyntaxError{int64(at), fmt.Errorf(format, args...)}
}

// element is a value of JSON, or the name of a member. It holds no pointers, so that
// millions of them cost the garbage collector nothing.
type element struct {
	at   int    // the offset in the input
	end  int    // of a string or number: the offset behind it
	from uint32 // an array or object: where in kids its own begin
	n    uint32 // how many these are; of a string: 1 if it has escapes
	kind byte   // 'n', 't', 'f', '0' (a number), '"', '[', '{'
}

// parser reads JSON into elements, in the order of the input. It does not
// recurse, so that nesting has no limit here.
type parser struct {
	in       string
	pos      int
	elements []element
	all      []uint32       // the kids of arrays and objects, of each in a row
	escaped  map[int]string // the texts of strings with escapes
	open     []int          // indexes of the arrays and objects that are not closed
	pending  []uint32       // their kids so far, one behind the other
	from     []int          // where in pending the kids of each begin
}

// kids returns the indexes of the elements of an array, or of the names and values
// of an object in turn.
func (p *parser) kids(i int) []uint32 {
	e := &p.elements[i]
	return p.all[e.from : e.from+e.n]
}

// text returns the text of a string or number, and nothing for other elements. It
// is part of the input, mostly.
func (p *parser) text(i int) string {
	switch e := &p.elements[i]; {
	case e.kind == '0':
		return p.in[e.at:e.end]
	case e.kind != '"':
		return ""
	case e.n > 0:
		return p.escaped[i]
	default:
		return p.in[e.at+1 : e.end-1]
	}
}

// parse reads the first value of the input. The index of its root is 0.
func (p *parser) parse() error {
	for {
		if uint64(len(p.elements)) >= math.MaxUint32-2 { // a step adds no more than two
			return &SyntaxError{int64(p.pos), errElements}
		}
		done, err := p.value()
		for err == nil && done && len(p.open) > 0 {
			done, err = p.after()
		}
		if err != nil || done {
			return err
		}
	}
}

// value reads a value, or the beginning of one that is not empty; done tells
// which.
func (p *parser) value() (done bool, err error) {
	p.space()
	if p.pos == len(p.in) {
		return false, p.cut()
	}
	at, c := p.pos, p.in[p.pos]
	switch c {
	case '[', '{':
		p.pos++
		p.add(element{kind: c, at: at})
		p.open = append(p.open, len(p.elements)-1)
		p.from = append(p.from, len(p.pending))
		if p.space(); p.pos < len(p.in) && p.in[p.pos] == c+2 {
			return p.close()
		}
		if c == '{' {
			return false, p.memberName()
		}
		return false, nil
	case '"':
		return true, p.string()
	case 'n', 't', 'f':
		word := map[byte]string{'n': "null", 't': "true", 'f': "false"}[c]
		if !strings.HasPrefix(p.in[at:], word) {
			return false, syntaxError(at, "there is no value")
		}
		p.pos += len(word)
		p.add(element{kind: c, at: at})
		return true, nil
	}
	return true, p.number()
}

// after reads what follows a value in an array or object. It returns true where
// that ends, and so is a value itself.
func (p *parser) after() (done bool, err error) {
	c := p.elements[p.open[len(p.open)-1]].kind
	p.space()
	switch {
	case p.pos == len(p.in):
		return false, p.cut()
	case p.in[p.pos] == c+2:
		return p.close()
	case p.in[p.pos] != ',':
		return false, syntaxError(p.pos, "a comma or %q is missing", c+2)
	}
	p.pos++
	if c == '{' {
		return false, p.memberName()
	}
	return false, nil
}

func (p *parser) memberName() error {
	p.space()
	if p.pos == len(p.in) {
		return p.cut()
	}
	if p.in[p.pos] != '"' {
		return syntaxError(p.pos, "the name of a member is missing")
	}
	if err := p.string(); err != nil {
		return err
	}
	p.space()
	if p.pos == len(p.in) {
		return p.cut()
	}
	if p.in[p.pos] != ':' {
		return syntaxError(p.pos, "a colon is missing")
	}
	p.pos++
	return nil
}

func (p *parser) close() (bool, error) {
	p.pos++
	last := len(p.open) - 1
	e := &p.elements[p.open[last]]
	from := p.from[last]
	e.from, e.n = uint32(len(p.all)), uint32(len(p.pending)-from)
	p.all = append(p.all, p.pending[from:]...)
	p.pending, p.from, p.open = p.pending[:from], p.from[:last], p.open[:last]
	return true, nil
}

func (p *parser) add(e element) {
	if len(p.open) > 0 {
		p.pending = append(p.pending, uint32(len(p.elements)))
	}
	p.elements = append(p.elements, e)
}

func (p *parser) cut() error { return &SyntaxError{int64(len(p.in)), io.ErrUnexpectedEOF} }

func (p *parser) space() {
	for p.pos < len(p.in) {
		switch p.in[p.pos] {
		case ' ', '\t', '\r', '\n':
			p.pos++
		default:
			return
		}
	}
}

func (p *parser) digits() (n int) {
	for p.pos < len(p.in) && p.in[p.pos] >= '0' && p.in[p.pos] <= '9' {
		p.pos++
		n++
	}
	return n
}

func (p *parser) skip(chars string) bool {
	if p.pos < len(p.in) && strings.IndexByte(chars, p.in[p.pos]) >= 0 {
		p.pos++
		return true
	}
	return false
}

func (p *parser) number() error {
	at := p.pos
	p.skip("-")
	first := p.pos
	if n := p.digits(); n == 0 || n > 1 && p.in[first] == '0' {
		return syntaxError(at, "there is no value")
	}
	if p.skip(".") && p.digits() == 0 {
		return syntaxError(p.pos, "there is no digit behind the point")
	}
	if p.skip("eE") {
		p.skip("+-")
		if p.digits() == 0 {
			return syntaxError(p.pos, "there is no digit in the exponent")
		}
	}
	p.add(element{kind: '0', at: at, end: p.pos})
	return nil
}

var (
	errText     = errors.New("the text is not UTF-8")
	errElements = errors.New("there are too many values")
)

// string reads a string. Lone surrogates become the UTF-8 that other text does
// not have.
func (p *parser) string() error {
	at := p.pos
	p.pos++
	from, buf := p.pos, []byte(nil)
	for p.pos < len(p.in) {
		switch c := p.in[p.pos]; {
		case c == '"':
			e := element{kind: '"', at: at, end: p.pos + 1}
			if buf != nil {
				if p.escaped == nil {
					p.escaped = map[int]string{}
				}
				p.escaped[len(p.elements)] = string(append(buf, p.in[from:p.pos]...))
				e.n = 1
			}
			p.pos++
			p.add(e)
			return nil
		case c == '\\':
			buf = append(buf, p.in[from:p.pos]...)
			r, err := p.escape()
			if err != nil {
				return err
			}
			buf = appendRune(buf, r)
			from = p.pos
		case c < ' ':
			return syntaxError(p.pos, "a control character in a string is not escaped")
		case c < utf8.RuneSelf:
			p.pos++
		default:
			r, width := utf8.DecodeRuneInString(p.in[p.pos:])
			if r == utf8.RuneError && width == 1 {
				return &SyntaxError{int64(p.pos), errText}
			}
			p.pos += width
		}
	}
	return p.cut()
}

// escape reads an escape, or two that are one character.
func (p *parser) escape() (rune, error) {
	if p.pos+1 >= len(p.in) {
		return 0, p.cut()
	}
	c := p.in[p.pos+1]
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		p.pos += 2
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	r, ok := p.unit(p.pos)
	if !ok {
		return 0, syntaxError(p.pos, "there is no such escape")
	}
	p.pos += 6
	if r >= 0xd800 && r < 0xdc00 {
		if low, ok := p.unit(p.pos); ok && low >= 0xdc00 && low < 0xe000 {
			p.pos += 6
			return 0x10000 + (r-0xd800)<<10 + (low - 0xdc00), nil
		}
	}
	return r, nil
}

// unit returns the code unit of the escape \uXXXX at an offset.
func (p *parser) unit(at int) (r rune, ok bool) {
	if len(p.in)-at < 6 || p.in[at] != '\\' || p.in[at+1] != 'u' {
		return 0, false
	}
	for _, c := range []byte(p.in[at+2 : at+6]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = (c | 0x20) - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// appendRune is utf8.AppendRune, surrogates included.
func appendRune(b []byte, r rune) []byte {
	if r >= 0xd800 && r < 0xe000 {
		return append(b, 0xed, 0x80|byte(r>>6&0x3f), 0x80|byte(r&0x3f))
	}
	return utf8.AppendRune(b, r)
}

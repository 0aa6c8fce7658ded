package pickle

import (
	"iter"
	"unicode/utf8"
)

// How printing is organised: repr.go has the printer, repr_text.go how it
// writes numbers and strings, repr_layout.go what is in each kind of container,
// and repr_go.go what is printed for Go values that decoding does not make by
// itself.

// Repr returns v as Python's repr does. For the values that decoding makes of
// Python's built-in types it is what CPython 3.13 prints, to the letter:
// floats, complex numbers, which quotes and escapes a string has, (1,), set(),
// [...] for a list in itself. Where Python has more to say, or less:
//
//   - Sets are in the order of their elements here.
//   - A ByteString prints as in Python 2, 'abc'.
//   - A byte of a string that is no UTF-8 is \xNN, like the letter of that code.
//   - An int of more than 4300 digits, which Python refuses to print, is
//     hexadecimal: printing it takes no time then.
//   - A class or function is its module and name: builtins.list.
//   - A persistent object is persistent_id(…), a class that has but a code of
//     the extension registry extension(…).
//   - An *Object has the form of a call, whatever Python's __repr__ may do:
//     its class with its arguments, the items of a list, set or dict, and its
//     attributes by name, like shapes.Point(x=1, y=2), shapes.Stack([1, 2],
//     name='s') or collections.OrderedDict({'a': 1}). A state that is not a
//     dict of attributes is state=…. The class's own name stands before
//     "(...)" where an object is in itself.
//   - Go values of other types are like what they are written as: slices like
//     lists, maps like dicts, with sorted keys. Structs are like objects:
//     shapes.Point(X=1, Y=2).
//
// The result is never longer than 64 MiB and "...", where it is cut, and what
// is nested deeper than 10,000 levels is "...": a few bytes of a pickle can
// describe values that would fill all memory.
func Repr(v any) string { return reprAtMost(v, maxRepr) }

// ReprIndent is like Repr, but a container that does not fit a line of 80
// characters has each of its elements on a line of its own, which begins with
// one indent for each level of nesting.
func ReprIndent(v any, indent string) string {
	p := printer{most: maxRepr, indent: indent}
	p.pretty(v)
	return p.String()
}

// reprAtMost is Repr with a limit of most bytes and "...".
func reprAtMost(v any, most int) string {
	p := printer{most: most}
	p.value(v)
	return p.String()
}

const (
	maxRepr      = 64 << 20
	maxReprDepth = 10000
	reprWidth    = 80
	shortPath    = 16
)

// printer collects the text of a value. Every loop that writes to it ends when
// it is full.
type printer struct {
	buf    []byte
	most   int  // length of buf to stop at
	full   bool // it has been reached
	trial  bool // the text is dropped if it does not fit
	depth  int
	indent string
	line   int                // where in buf the line begins
	path   []ident            // what is being printed, outermost first
	deep   map[ident]struct{} // the rest of path, if that is long
}

// String returns the text.
func (p *printer) String() string {
	if !p.full {
		return string(p.buf)
	}
	b := p.buf
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ { // cut no character in two
		if c := b[len(b)-i:]; utf8.RuneStart(c[0]) {
			if !utf8.FullRune(c) {
				b = b[:len(b)-i]
			}
			break
		}
	}
	return string(append(b, "..."...))
}

func (p *printer) write(s string) {
	if p.trial && len(s) <= utf8.UTFMax*(p.most-len(p.buf)) {
		p.most += len(s) - utf8.RuneCountInString(s) // a line has room for characters
	}
	if room := p.most - len(p.buf); len(s) > room {
		s, p.full = s[:max(room, 0)], true
	}
	if n := cap(p.buf); len(p.buf)+len(s) > n { // append would grow it by less, and so more often
		p.buf = append(make([]byte, 0, max(2*n, len(p.buf)+len(s), 64)), p.buf...)
	}
	p.buf = append(p.buf, s...)
}

// hopeless reports whether n bytes will surely not fit, where all or nothing
// is wanted. It saves work that would be in vain.
func (p *printer) hopeless(n int) bool {
	if p.trial && n > p.most-len(p.buf) {
		p.full = true
	}
	return p.full
}

// layout is how a container is printed: open, the items, close.
type layout struct {
	callee      any // if not nil: printed before all else
	open, close string
	again       string // what is printed for the container inside itself, behind the name of a class
	id          ident  // zero: it cannot be in itself
	size        int    // number of items
	comma       bool   // behind a single item
	list        []any  // the items, if they are plain ones
	items       iter.Seq[item]
}

// item is an element of a container: value, key: value or name=value.
type item struct {
	kind  itemKind
	name  string
	key   any
	value any
}

type itemKind uint8

const (
	plainItem itemKind = iota
	keyedItem
	namedItem
	starredItem // **value
)

// value prints v on the current line.
func (p *printer) value(v any) {
	v = printedAs(v)
	if p.full || p.leaf(v) {
		return
	}
	l := p.layout(v)
	p.compact(&l)
}

func (p *printer) compact(l *layout) {
	if p.hopeless(len(l.open)+len(l.close)+2*l.size) || !p.enter(l) {
		return
	}
	p.begin(l)
	for i, v := range l.list {
		if i > 0 {
			p.write(", ")
		}
		if p.value(v); p.full {
			break
		}
	}
	if l.items != nil {
		p.compactItems(l)
	}
	if l.comma && len(l.list) == 1 {
		p.write(",")
	}
	p.write(l.close)
	p.leave(l)
}

func (p *printer) compactItems(l *layout) {
	first := true
	for it := range l.items {
		if !first {
			p.write(", ")
		}
		first = false
		p.label(it)
		if p.value(it.value); p.full {
			break
		}
	}
}

func (p *printer) begin(l *layout) {
	if l.callee != nil {
		p.value(l.callee)
	}
	p.write(l.open)
}

func (p *printer) label(it item) {
	switch it.kind {
	case keyedItem:
		p.value(it.key)
		p.write(": ")
	case namedItem:
		p.write(it.name)
		p.write("=")
	case starredItem:
		p.write("**")
	}
}

// pretty prints v on the current line if it fits, else on several.
func (p *printer) pretty(v any) {
	v = printedAs(v)
	if p.full || p.leaf(v) {
		return
	}
	l := p.layout(v)
	if l.size == 0 {
		p.compact(&l)
		return
	}
	if p.fits(&l) || !p.enter(&l) {
		return
	}
	p.begin(&l)
	for _, v := range l.list {
		if p.prettyItem(item{value: v}); p.full {
			break
		}
	}
	if l.items != nil {
		for it := range l.items {
			if p.prettyItem(it); p.full {
				break
			}
		}
	}
	p.depth--
	p.newline()
	p.depth++
	p.write(l.close)
	p.leave(&l)
}

func (p *printer) prettyItem(it item) {
	p.newline()
	p.label(it)
	p.pretty(it.value)
	p.write(",")
}

func (p *printer) newline() {
	p.write("\n")
	p.line = len(p.buf)
	for i := 0; i < p.depth && !p.full; i++ {
		p.write(p.indent)
	}
}

// fits prints a container if it fits the current line, with a comma behind it,
// and reports whether it did. What a trial costs has a limit, so the whole
// takes time in proportion to its length.
func (p *printer) fits(l *layout) bool {
	start, most := len(p.buf), p.most
	room := reprWidth - 1 - utf8.RuneCount(p.buf[p.line:])
	p.most, p.trial = start+max(room, 0), true
	p.compact(l)
	ok := !p.full && len(p.buf) <= most
	p.most, p.trial, p.full = most, false, false
	if !ok {
		p.buf = p.buf[:start]
	}
	return ok
}

// enter begins a container, unless it is too deep or in itself.
func (p *printer) enter(l *layout) bool {
	switch {
	case p.depth >= maxReprDepth:
		p.write("...")
		return false
	case l.id != ident{} && p.within(l.id):
		if g, ok := l.callee.(Global); ok {
			p.global(g)
		}
		p.write(l.again)
		return false
	}
	p.depth++
	switch {
	case l.id == ident{}:
	case len(p.path) < shortPath:
		p.path = append(p.path, l.id)
	default:
		if p.deep == nil {
			p.deep = make(map[ident]struct{})
		}
		p.deep[l.id] = struct{}{}
	}
	return true
}

func (p *printer) within(id ident) bool {
	for i := range p.path {
		if p.path[i] == id {
			return true
		}
	}
	_, ok := p.deep[id]
	return ok
}

// leave ends the container that was entered last.
func (p *printer) leave(l *layout) {
	p.depth--
	switch {
	case l.id == ident{}:
	case len(p.deep) > 0:
		delete(p.deep, l.id)
	default:
		p.path = p.path[:len(p.path)-1]
	}
}

package pickle

import (
	"fmt"
	"reflect"
	"strings"
)

// Pattern is a compiled regular expression of Python's module re, an
// re.Pattern. Python pickles the text and compiles it again when it loads that.
// It goes into a string or a []byte as well where it has no flags. The syntax
// is Python's: package regexp knows most of it, but not all, and some of it
// means another thing there (\d, \w, \s and \b are ASCII only, $ does not match
// before a newline at the end), so nothing here compiles it.
type Pattern struct {
	Pattern any   // a string or a []byte
	Flags   int64 // those of the module re: I 2, L 4, M 8, S 16, U 32 (of every string without A), X 64, DEBUG 128, A 256
}

const (
	regexLocale  = 4
	regexUnicode = 32
	regexASCII   = 256
)

// regexFlags are the names of the flags, from the lowest on.
var regexFlags = [...]string{"TEMPLATE", "IGNORECASE", "LOCALE", "MULTILINE", "DOTALL", "UNICODE", "VERBOSE", "DEBUG", "ASCII"}

func registerRe() {
	standardFunc("re._compile", newPattern, Reduces(func(p Pattern) (Reduction, error) {
		if err := p.check(); err != nil {
			return Reduction{}, err
		}
		return Reduction{Callable: globalCompile, Args: Tuple{p.Pattern, p.Flags}}, nil
	}))
}

var globalCompile = Global{interned("re"), interned("_compile")}

// newPattern stands for re._compile.
func newPattern(pattern any, flags int64) (Pattern, error) {
	p := Pattern{pattern, flags}
	return p, p.check()
}

func (p Pattern) check() error {
	switch p.Pattern.(type) {
	case string, []byte, ByteString:
		return nil
	}
	return fmt.Errorf("a pattern is a string or a []byte, not a %T", p.Pattern)
}

// String returns Python's repr of p, which has no more than the first 200
// characters of the pattern.
func (p Pattern) String() string { return Repr(p) }

func (p Pattern) call() call {
	const most = 200
	text := []rune(reprAtMost(p.Pattern, 4*most))
	if len(text) > most {
		text = text[:most]
	}
	c := call{name: "re.compile", args: []any{verbatim(text)}}
	flags := p.Flags
	if _, isText := p.Pattern.(string); isText && flags&(regexLocale|regexUnicode|regexASCII) == regexUnicode {
		flags &^= regexUnicode
	}
	var names []string
	for i, name := range regexFlags {
		if flags&(1<<i) != 0 {
			names = append(names, "re."+name)
			flags &^= 1 << i
		}
	}
	if flags != 0 {
		names = append(names, fmt.Sprintf("0x%x", uint64(flags)))
	}
	if len(names) > 0 {
		c.args = append(c.args, verbatim(strings.Join(names, "|")))
	}
	return c
}

// comparesAs makes a key of p.
func (p Pattern) comparesAs() any { return Tuple{isPattern{}, p.Pattern, p.Flags} }

type isPattern struct{}

// assignTo implements assigner.
func (p Pattern) assignTo(v reflect.Value) bool {
	switch x := p.Pattern.(type) {
	case string:
		if v.Kind() == reflect.String && p.Flags&^regexUnicode == 0 {
			v.SetString(x)
			return true
		}
	case []byte:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 && p.Flags == 0 {
			v.SetBytes(x)
			return true
		}
	}
	return false
}

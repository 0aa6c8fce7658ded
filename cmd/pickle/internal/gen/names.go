package gen

import (
	"go/token"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms are the words that Go spells in capitals.
var initialisms = func() map[string]bool {
	all := make(map[string]bool)
	for w := range strings.FieldsSeq("acl api ascii cpu css db dns eof guid html http https id io ip json os pid qps ram rpc " +
		"sku sla smtp sql ssh tcp tls ttl udp ui uid uri url utc utf8 uuid vm xml") {
		all[w] = true
	}
	return all
}()

// exported returns a name as an exported identifier of Go: first_name is
// FirstName, and user_id is UserID.
func exported(name string) string {
	var b strings.Builder
	words := strings.FieldsFunc(name, func(r rune) bool { return r != utf8.RuneError && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, w := range words {
		switch r, size := utf8.DecodeRuneInString(w); {
		case initialisms[strings.ToLower(w)] && (len(words) > 1 || w == strings.ToLower(w)):
			b.WriteString(strings.ToUpper(w))
		default:
			if b.Len() > 0 && unicode.IsDigit(r) {
				b.WriteByte('_')
			}
			b.WriteRune(unicode.ToUpper(r))
			b.WriteString(w[size:])
		}
	}
	if s := b.String(); token.IsIdentifier(s) && token.IsExported(s) {
		return s
	}
	if s := "X" + b.String(); token.IsIdentifier(s) {
		return s
	}
	return "X"
}

// names gives each thing a name of its own.
type names map[string]bool

// unique returns name, or what comes nearest to it.
func (n names) unique(name string) string {
	for i := 1; ; i++ {
		s := name
		if i > 1 {
			if r, _ := utf8.DecodeLastRuneInString(name); unicode.IsDigit(r) {
				s += "_"
			}
			s += strconv.Itoa(i)
		}
		if !n[s] {
			n[s] = true
			return s
		}
	}
}

// nameClasses gives the classes the names of their types: that of the class,
// with those of the classes around it, or of its module, where another class has
// it too.
func nameClasses(classes []*class, taken names) {
	short := func(c *class) string { return exported(c.global.Name[strings.LastIndexByte(c.global.Name, '.')+1:]) }
	nested := func(c *class) string {
		s := ""
		for part := range strings.SplitSeq(c.global.Name, ".") {
			s += exported(part)
		}
		return s
	}
	long := func(c *class) string {
		return exported(c.global.Module[strings.LastIndexByte(c.global.Module, '.')+1:]) + nested(c)
	}
	uses := func(name func(*class) string) map[string]int {
		m := make(map[string]int)
		for _, c := range classes {
			m[name(c)]++
		}
		return m
	}
	shorts, nesteds := uses(short), uses(nested)
	for _, c := range classes {
		name := long(c)
		switch {
		case shorts[short(c)] == 1 && !taken[short(c)]:
			name = short(c)
		case nesteds[nested(c)] == 1 && !taken[nested(c)]:
			name = nested(c)
		}
		c.goName = taken.unique(name)
	}
}

// singular is the name of one of the things that a plural names, as far as
// English is regular.
func singular(name string) string {
	switch {
	case strings.HasSuffix(name, "ies") && len(name) > 4:
		return strings.TrimSuffix(name, "ies") + "y"
	case strings.HasSuffix(name, "s") && !strings.HasSuffix(name, "ss") && !strings.HasSuffix(name, "us") && len(name) > 2:
		return strings.TrimSuffix(name, "s")
	}
	return name + "Item"
}

// isIdentifier reports whether a name can be that of an attribute in Python.
func isIdentifier(name string) bool { return token.IsIdentifier(name) || token.IsKeyword(name) }

// isTaggable reports whether a struct tag can have the name.
func isTaggable(name string) bool {
	return name != "" && name != "-" && !strings.ContainsRune(name, ',') && utf8.ValidString(name)
}

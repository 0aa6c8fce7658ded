package gen

import (
	"reflect"
	"slices"
)

// kind is what a value is in Python, as far as its Go type depends on it.
type kind uint8

const (
	kindNone kind = iota // nothing but None
	kindBool
	kindInt    // fits 32 bits
	kindInt64  // fits 64 bits
	kindBigInt // any int
	kindFloat
	kindComplex
	kindString
	kindByteString // a str of Python 2 that is not ASCII
	kindBytes
	kindByteArray
	kindList
	kindTuple
	kindSet
	kindFrozenSet
	kindDict
	kindExact // has a Go type of its own
	kindClass // an instance of a class
	kindAny   // values of several kinds
)

// pythonNames are the names of the kinds, for comments.
var pythonNames = [...]string{
	kindNone: "None", kindBool: "bool", kindInt: "int", kindInt64: "int", kindBigInt: "int", kindFloat: "float",
	kindComplex: "complex", kindString: "str", kindByteString: "str of Python 2", kindBytes: "bytes",
	kindByteArray: "bytearray", kindList: "list", kindTuple: "tuple", kindSet: "set", kindFrozenSet: "frozenset",
	kindDict: "dict",
}

// shape is what is known of the values in one place: of an attribute, say, in all
// instances of a class. A nil shape is that of a place where no value has been
// seen. Shapes are not modified, they may be part of several others.
type shape struct {
	kind  kind
	none  bool         // None has been seen as well
	exact reflect.Type // kindExact
	class *class       // kindClass
	elem  *shape       // the items of a list, tuple or set, or the values of a dict
	key   *shape       // kindDict
	items []*shape     // kindTuple: the items by position; nil if the lengths differ
	dict  *record      // kindDict, if all keys are names
	mixed []string     // kindAny: the names of what has been seen
}

// record is a dict, or several, whose keys are names.
type record struct {
	fields []attribute // in the order in which they were seen first
	dicts  int
}

// attribute is a name and what has been seen under it.
type attribute struct {
	name  string
	shape *shape
	count int // how many instances or dicts have it
}

// mostFields bounds how many keys a dict can have and still be a struct.
const mostFields = 100

var (
	shapeNone = &shape{kind: kindNone, none: true}
	atoms     = func() (all [kindAny + 1]*shape) {
		for k := range all {
			all[k] = &shape{kind: kind(k)}
		}
		all[kindNone] = shapeNone
		return all
	}()
)

// merge returns what covers both a and b.
func merge(a, b *shape) *shape {
	switch {
	case a == b || b == nil:
		return a
	case a == nil:
		return b
	case a.kind == kindNone:
		return optional(b)
	case b.kind == kindNone:
		return optional(a)
	}
	m := mergeKinds(a, b)
	if (a.none || b.none) && !m.none {
		return optional(m)
	}
	return m
}

// optional returns s where None may be as well.
func optional(s *shape) *shape {
	if s.none {
		return s
	}
	c := *s
	c.none = true
	return &c
}

func mergeKinds(a, b *shape) *shape {
	if a.kind > b.kind {
		a, b = b, a
	}
	switch {
	case a.kind == b.kind:
		return mergeSame(a, b)
	case a.kind >= kindInt && b.kind <= kindBigInt:
		return b
	case a.kind == kindInt && b.kind == kindFloat:
		return b
	}
	return mix(a, b)
}

// mix returns the shape of a place that has values of different kinds.
func mix(a, b *shape) *shape {
	names := slices.Clone(a.names())
	for _, name := range b.names() {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return &shape{kind: kindAny, none: a.none || b.none, mixed: names}
}

// names returns what s is called in Python.
func (s *shape) names() []string {
	switch s.kind {
	case kindAny:
		return s.mixed
	case kindClass:
		return []string{s.class.global.Name}
	case kindExact:
		return []string{s.exact.String()}
	}
	return []string{pythonNames[s.kind]}
}

func mergeSame(a, b *shape) *shape {
	switch a.kind {
	case kindExact:
		if a.exact != b.exact {
			return mix(a, b)
		}
		return a
	case kindClass:
		if a.class != b.class {
			return mix(a, b)
		}
		return a
	case kindAny:
		return mix(a, b)
	case kindList, kindSet, kindFrozenSet:
		return &shape{kind: a.kind, none: a.none, elem: merge(a.elem, b.elem)}
	case kindTuple:
		return &shape{kind: a.kind, none: a.none, elem: merge(a.elem, b.elem), items: mergeItems(a.items, b.items)}
	case kindDict:
		return &shape{
			kind: a.kind, none: a.none, elem: merge(a.elem, b.elem), key: merge(a.key, b.key),
			dict: mergeRecords(a, b),
		}
	}
	return a
}

// mergeItems merges tuples of one length by position; nil if it is not one.
func mergeItems(a, b []*shape) []*shape {
	if a == nil || b == nil || len(a) != len(b) {
		return nil
	}
	all := make([]*shape, len(a))
	for i := range a {
		all[i] = merge(a[i], b[i])
	}
	return all
}

// mergeRecords merges dicts by their keys. Those that are empty say nothing
// against the keys being names.
func mergeRecords(a, b *shape) *record {
	if a.dict == nil || b.dict == nil {
		return nil
	}
	m := &record{fields: slices.Clone(a.dict.fields), dicts: a.dict.dicts + b.dict.dicts}
	for i, f := range b.dict.fields {
		m.fields = addAttribute(m.fields, f, i)
	}
	if len(m.fields) > mostFields {
		return nil
	}
	return m
}

// addAttribute adds f to all. at is where it is likely to be.
func addAttribute(all []attribute, f attribute, at int) []attribute {
	if at >= len(all) || all[at].name != f.name {
		at = slices.IndexFunc(all, func(a attribute) bool { return a.name == f.name })
	}
	if at < 0 {
		return append(all, f)
	}
	all[at].shape = merge(all[at].shape, f.shape)
	all[at].count += f.count
	return all
}

// isRecord reports whether dicts of this shape look like structs rather than
// maps: their values are of different kinds, or several have the very same keys.
func (s *shape) isRecord() bool {
	if s.dict == nil || len(s.dict.fields) == 0 {
		return false
	}
	total, always := 0, true
	for _, f := range s.dict.fields {
		if !isIdentifier(f.name) {
			return false
		}
		total += f.count
		always = always && f.count == s.dict.dicts
	}
	if s.elem.kind == kindAny {
		return 2*total >= s.dict.dicts*len(s.dict.fields)
	}
	return always && s.dict.dicts > 1 && len(s.dict.fields) > 1
}

// hashable reports whether a value of this shape can be in a set, as far as it
// is known.
func (s *shape) hashable() bool {
	switch s.kind {
	case kindList, kindSet, kindDict, kindByteArray, kindAny:
		return false
	}
	return true
}

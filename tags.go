package pickle

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// style says how a value is written where its Go type leaves a choice.
type style uint8

const (
	styleDefault style = iota
	styleTuple
	styleList
	styleSet
	styleFrozenSet
	styleByteArray
)

var styles = map[string]style{
	"tuple": styleTuple, "list": styleList, "set": styleSet, "frozenset": styleFrozenSet, "bytearray": styleByteArray,
}

// field is one attribute of a struct.
type field struct {
	name      string
	index     []int // as for reflect.Value.FieldByIndex
	typ       reflect.Type
	style     style
	omitEmpty bool
	omitZero  bool
	required  bool
	tagged    bool
}

// plan is what the tags of a struct type say.
type plan struct {
	fields  []field
	byName  map[string]int
	unknown []int // index of the field that keeps what no other field names, or nil
	style   style // of the whole: styleTuple or styleList for a positional struct
	err     error // a tag that makes no sense
}

var plans sync.Map // reflect.Type → *plan

// planOf returns the plan of struct type t.
func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p, _ := plans.LoadOrStore(t, makePlan(t))
	return p.(*plan)
}

// makePlan collects the fields of t and of the structs embedded in it, breadth
// first. As in Go, the shallowest field of a name wins; of several at the same
// depth the one whose name is in its tag, and none where that is not one.
func makePlan(t reflect.Type) *plan {
	p := &plan{byName: make(map[string]int)}
	type level struct {
		typ   reflect.Type
		index []int
	}
	next := []level{{typ: t}}
	visited := map[reflect.Type]bool{}
	var all []field
	for len(next) > 0 {
		current := next
		next = nil
		for _, l := range current {
			if visited[l.typ] {
				continue
			}
			visited[l.typ] = true
			for i := range l.typ.NumField() {
				sf := l.typ.Field(i)
				index := append(slices.Clone(l.index), i)
				embedded, ok := p.add(sf, index, l.index == nil, &all)
				if ok && embedded != nil {
					next = append(next, level{embedded, index})
				}
			}
		}
	}
	p.fields = dominant(all)
	for i, f := range p.fields {
		p.byName[f.name] = i
	}
	return p
}

// add takes one field of a struct into the plan; it returns the struct type
// whose fields are to be inlined, if any.
func (p *plan) add(sf reflect.StructField, index []int, outermost bool, all *[]field) (embedded reflect.Type, ok bool) {
	name, opts, tagged := parseTag(sf.Tag)
	if name == "-" && opts == "" {
		return nil, false
	}
	if sf.Name == "_" {
		if outermost {
			p.setStyle(opts)
		}
		return nil, false
	}
	f := field{name: name, index: index, typ: sf.Type, tagged: name != ""}
	inline, unknown := p.options(&f, sf, opts)
	base := sf.Type
	if base.Kind() == reflect.Pointer {
		base = base.Elem()
	}
	switch {
	case unknown:
		if !sf.IsExported() {
			p.fail("%s: a field with ,unknown must be exported", sf.Name)
			return nil, false
		}
		if outermost {
			p.unknown = index
		}
		return nil, false
	case inline || sf.Anonymous && name == "" && base.Kind() == reflect.Struct && !opaqueStruct(base):
		if base.Kind() != reflect.Struct {
			p.fail("%s: only a struct can be inline", sf.Name)
			return nil, false
		}
		if !sf.IsExported() && (sf.Type.Kind() == reflect.Pointer || !sf.Anonymous) {
			return nil, false // cannot be set
		}
		return base, true
	case !sf.IsExported():
		if tagged && !sf.Anonymous {
			p.fail("%s: a field with a pickle tag must be exported", sf.Name)
		}
		return nil, false
	}
	if f.name == "" {
		f.name = sf.Name
	}
	f.name = interned(f.name)
	*all = append(*all, f)
	return nil, true
}

// options reads the words behind the name in a tag.
func (p *plan) options(f *field, sf reflect.StructField, opts string) (inline, unknown bool) {
	for opts != "" {
		var word string
		word, opts, _ = strings.Cut(opts, ",")
		switch word {
		case "":
		case "omitempty":
			f.omitEmpty = true
		case "omitzero":
			f.omitZero = true
		case "required":
			f.required = true
		case "inline":
			inline = true
		case "unknown":
			unknown = true
		default:
			st, ok := styles[word]
			if !ok {
				p.fail("%s: no such option %q in its pickle tag", sf.Name, word)
			}
			f.style = st
		}
	}
	return inline, unknown
}

// setStyle reads the tag of a blank field, which concerns the struct itself.
func (p *plan) setStyle(opts string) {
	for word := range strings.SplitSeq(opts, ",") {
		switch word {
		case "":
		case "tuple":
			p.style = styleTuple
		case "list":
			p.style = styleList
		default:
			p.fail("_: no such option %q for a whole struct: tuple and list are", word)
		}
	}
}

func (p *plan) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("field "+format, args...)
	}
}

func parseTag(tag reflect.StructTag) (name, opts string, ok bool) {
	text, ok := tag.Lookup("pickle")
	name, opts, _ = strings.Cut(text, ",")
	return name, opts, ok
}

// dominant keeps of the fields that share a name the one that Go's rules of
// embedding choose, and sorts what remains into the order of declaration.
func dominant(all []field) []field {
	groups := make(map[string][]field)
	for _, f := range all {
		groups[f.name] = append(groups[f.name], f)
	}
	var kept []field
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b field) int {
			if c := cmp.Compare(len(a.index), len(b.index)); c != 0 {
				return c
			}
			if a.tagged != b.tagged {
				if a.tagged {
					return -1
				}
				return 1
			}
			return 0
		})
		if len(g) > 1 && len(g[0].index) == len(g[1].index) && g[0].tagged == g[1].tagged {
			continue // ambiguous
		}
		kept = append(kept, g[0])
	}
	slices.SortFunc(kept, func(a, b field) int { return slices.Compare(a.index, b.index) })
	return kept
}

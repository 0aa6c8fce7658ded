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
	styleBuffer
	styleKey // not in tags: as a key of a dict or an element of a set
	numStyles
)

var styles = map[string]style{
	"tuple": styleTuple, "list": styleList, "set": styleSet, "frozenset": styleFrozenSet, "bytearray": styleByteArray,
	"buffer": styleBuffer,
}

// ofElements returns the style of the elements of what is written in style st.
func (st style) ofElements() style {
	switch st {
	case styleSet, styleFrozenSet, styleKey:
		return styleKey
	}
	return styleDefault
}

// fits reports whether values of type t, or what they point to, can be written
// in style st, which a tag asks for.
func (st style) fits(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if p := reflect.PointerTo(t); p.Implements(marshalerType) || p.Implements(reducerType) {
		return false // these decide for themselves
	}
	k := t.Kind()
	sequence := k == reflect.Slice || k == reflect.Array || k == reflect.Func && t.CanSeq()
	switch st {
	case styleTuple, styleList:
		return sequence
	case styleSet, styleFrozenSet:
		return sequence || k == reflect.Map && (t.Elem() == emptyStructType || t.Elem().Kind() == reflect.Bool)
	case styleByteArray:
		return k == reflect.String || (k == reflect.Slice || k == reflect.Array) && t.Elem().Kind() == reflect.Uint8
	case styleBuffer:
		return k == reflect.Slice && t.Elem().Kind() == reflect.Uint8
	}
	return true
}

// field is one attribute of a struct.
type field struct {
	name      string
	number    int     // the nameNumber of the name
	index     []int   // as for reflect.Value.FieldByIndex
	flat      bool    // there is no pointer on the way to it
	offset    uintptr // in the struct, if it is flat
	typ       reflect.Type
	style     style
	omitEmpty bool
	omitZero  bool
	required  bool
	tagged    bool
	base      bool
	zero      func(reflect.Value) bool // for omitZero
}

// plan is what the tags of a struct type say.
type plan struct {
	fields  []field
	byName  map[string]int
	unknown []int // index of the field that keeps what no other field names, or nil
	base    *baseField
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

// embedded is a struct whose fields are among those of another one.
type embedded struct {
	typ     reflect.Type
	index   []int
	pointer bool    // there is a pointer on the way to it
	offset  uintptr // in the outermost struct, if there is no pointer on the way
}

// makePlan collects the fields of t and of the structs embedded in it, breadth
// first. As in Go, the shallowest field of a name wins; of several at the same
// depth the one whose name is in its tag, and none where that is not one.
func makePlan(t reflect.Type) *plan {
	p := &plan{byName: make(map[string]int)}
	next := []embedded{{typ: t}}
	seen := map[reflect.Type]bool{} // at a lesser depth, where their fields win
	var all []field
	for len(next) > 0 {
		current := next
		next = nil
		for _, in := range current {
			if seen[in.typ] {
				continue
			}
			for i := range in.typ.NumField() {
				if inner, ok := p.add(in, i, &all); ok {
					next = append(next, inner)
				}
			}
		}
		for _, in := range current {
			seen[in.typ] = true
		}
		if len(all) > maxFields || len(next) > maxFields {
			p.fail("%s: too many fields", t)
			break
		}
	}
	p.fields = dominant(all)
	for i, f := range p.fields {
		p.byName[f.name] = i
		p.fields[i].number = nameNumber(f.name)
	}
	if p.style != styleDefault && p.base != nil {
		p.fail("_: a struct that goes by position has no place for a field with ,base")
	}
	if p.style != styleDefault && p.unknown != nil {
		p.fail("_: a struct that goes by position has no place for a field with ,unknown")
	}
	return p
}

// maxFields bounds what structs that are embedded several times in one another
// can come to.
const maxFields = 1 << 16

// add takes field i of a struct into the plan, or returns it as a struct whose
// own fields are to be taken.
func (p *plan) add(in embedded, i int, all *[]field) (inner embedded, ok bool) {
	sf := in.typ.Field(i)
	index := append(slices.Clone(in.index), i)
	name, opts, tagged := parseTag(sf.Tag)
	if sf.Tag.Get("pickle") == "-" {
		return inner, false
	}
	if sf.Name == "_" {
		if tagged && in.index == nil {
			p.setStyle(name, opts)
		}
		return inner, false
	}
	f := field{name: name, index: index, typ: sf.Type, tagged: name != "", flat: !in.pointer, offset: in.offset + sf.Offset}
	inline, unknown := p.options(&f, sf, opts)
	base := sf.Type
	if base.Kind() == reflect.Pointer {
		base = base.Elem()
	}
	switch {
	case unknown:
		p.setUnknown(in, sf, index)
		return inner, false
	case f.base:
		p.setBase(in, sf, &f)
		return inner, false
	case inline || sf.Anonymous && name == "" && base.Kind() == reflect.Struct && !opaqueStruct(base):
		p.checkInline(sf, base, name, f.style)
		if base.Kind() != reflect.Struct || !sf.IsExported() && (sf.Type.Kind() == reflect.Pointer || !sf.Anonymous) {
			return inner, false // an error, or cannot be set
		}
		return embedded{base, index, in.pointer || sf.Type.Kind() == reflect.Pointer, in.offset + sf.Offset}, true
	case !sf.IsExported():
		if tagged && !sf.Anonymous {
			p.fail("%s: a field with a pickle tag must be exported", sf.Name)
		}
		return inner, false
	}
	if f.name == "" {
		f.name = sf.Name
	}
	f.name = interned(f.name)
	if f.omitZero {
		f.zero = zeroFunc(f.typ)
	}
	*all = append(*all, f)
	return inner, false
}

// setUnknown notes the field that keeps what no other field names.
func (p *plan) setUnknown(in embedded, sf reflect.StructField, index []int) {
	switch {
	case !sf.IsExported():
		p.fail("%s: a field with ,unknown must be exported", sf.Name)
	case sf.Type.Kind() != reflect.Map && sf.Type != reflect.TypeFor[*Dict]():
		p.fail("%s: a field with ,unknown must be a map or a *Dict", sf.Name)
	case p.unknown != nil:
		p.fail("%s: another field has ,unknown already", sf.Name)
	case in.pointer:
		p.fail("%s: a field with ,unknown cannot be in a struct that is embedded by pointer", sf.Name)
	default:
		p.unknown = index
	}
}

func (p *plan) checkInline(sf reflect.StructField, base reflect.Type, name string, st style) {
	switch {
	case base.Kind() != reflect.Struct:
		p.fail("%s: only a struct can be inline", sf.Name)
	case name != "":
		p.fail("%s: what is inline has no name of its own", sf.Name)
	case st != styleDefault:
		p.fail("%s: what is inline cannot be written in another way", sf.Name)
	}
}

// zeroFunc returns what tells whether a value of type t is zero: its method
// IsZero or, if it has none, reflection.
func zeroFunc(t reflect.Type) func(reflect.Value) bool {
	type isZeroer interface{ IsZero() bool }
	isZeroerType := reflect.TypeFor[isZeroer]()
	switch {
	case t.Kind() == reflect.Interface || t.Kind() == reflect.Pointer:
		if !t.Implements(isZeroerType) {
			return reflect.Value.IsZero
		}
		return func(v reflect.Value) bool {
			if v.IsNil() || v.Elem().Kind() == reflect.Pointer && v.Elem().IsNil() {
				return true
			}
			return v.Interface().(isZeroer).IsZero()
		}
	case t.Implements(isZeroerType):
		return func(v reflect.Value) bool { return v.Interface().(isZeroer).IsZero() }
	case reflect.PointerTo(t).Implements(isZeroerType):
		return func(v reflect.Value) bool {
			if !v.CanAddr() {
				p := reflect.New(t).Elem()
				p.Set(v)
				v = p
			}
			return v.Addr().Interface().(isZeroer).IsZero()
		}
	}
	return reflect.Value.IsZero
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
		case "base":
			f.base = true
		default:
			st, ok := styles[word]
			switch {
			case !ok:
				p.fail("%s: no such option %q in its pickle tag", sf.Name, word)
			case f.style != styleDefault && f.style != st:
				p.fail("%s: more than one way to be written in its pickle tag", sf.Name)
			case !st.fits(sf.Type):
				p.fail("%s: a %v cannot be written as a %s", sf.Name, sf.Type, word)
			}
			f.style = st
		}
	}
	return inline, unknown
}

// setStyle reads the tag of a blank field, which concerns the struct itself.
func (p *plan) setStyle(name, opts string) {
	if name != "" {
		p.fail("_: it has no name, but its tag has %q: a comma goes before an option", name)
	}
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

package gen

import (
	"fmt"
	"go/format"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"net/netip"

	"github.com/go-pickle/pickle"
)

const library = "github.com/go-pickle/pickle"

// renderer writes the Go file.
type renderer struct {
	taken   names
	imports map[string]bool
	types   strings.Builder // the declarations
	queue   []func()        // declarations of types that those before need
}

// goType is how a shape looks in a place.
type goType struct {
	expr string
	tag  string // what the tag of a field says about it, with the comma
	null bool   // nil stands for None
	why  string // a comment
}

// typeOf returns the Go type of s. name is what a type that it needs is called,
// and field says that it is that of a field, which can have a tag.
func (r *renderer) typeOf(s *shape, name string, field bool) goType {
	if s == nil || s.kind == kindNone {
		return goType{expr: "any", null: true}
	}
	t := r.plainType(s, name, field)
	if s.none && !t.null {
		t.expr, t.null = "*"+t.expr, true
	}
	return t
}

var atomTypes = [...]string{
	kindBool: "bool", kindInt: "int", kindInt64: "int64", kindFloat: "float64", kindComplex: "complex128", kindString: "string",
	kindBytes: "[]byte", kindByteArray: "pickle.ByteArray", kindByteString: "pickle.ByteString", kindBigInt: "*big.Int",
}

func (r *renderer) plainType(s *shape, name string, field bool) goType {
	switch s.kind {
	case kindList:
		return goType{expr: "[]" + r.typeOf(s.elem, singular(name), false).expr, null: true}
	case kindTuple:
		return r.tuple(s, name, field)
	case kindSet, kindFrozenSet:
		return r.set(s, name, field)
	case kindDict:
		return r.dict(s, name)
	case kindExact:
		return r.exact(s.exact)
	case kindClass:
		return r.instance(s.class)
	case kindAny:
		return goType{expr: "any", null: true, why: strings.Join(s.mixed, " or ")}
	case kindBigInt:
		r.imports["math/big"] = true
		return goType{expr: atomTypes[s.kind], null: true}
	case kindByteArray, kindByteString:
		r.imports[library] = true
	}
	return goType{expr: atomTypes[s.kind], null: s.kind == kindBytes || s.kind == kindByteArray}
}

// pickled returns a type of the library.
func (r *renderer) pickled(name string, null bool) goType {
	r.imports[library] = true
	return goType{expr: strings.Replace(name, "_", "pickle.", 1), null: null}
}

// mostPositions bounds how long a tuple can be and still be a struct.
const mostPositions = 12

func (r *renderer) tuple(s *shape, name string, field bool) goType {
	same := s.elem != nil && s.elem.kind != kindAny && !s.elem.none
	switch {
	case len(s.items) > 0 && same && field && len(s.items) <= 2*mostPositions:
		return goType{expr: fmt.Sprintf("[%d]%s", len(s.items), r.typeOf(s.elem, singular(name), false).expr), tag: ",tuple"}
	case len(s.items) > 0 && len(s.items) <= mostPositions:
		return goType{expr: r.positional(s, name)}
	case s.elem == nil || s.elem.kind == kindAny || !field:
		return r.pickled("_Tuple", true)
	}
	return goType{expr: "[]" + r.typeOf(s.elem, singular(name), false).expr, tag: ",tuple", null: true}
}

// positional declares a struct that stands for tuples, and returns its name.
func (r *renderer) positional(s *shape, name string) string {
	name = r.taken.unique(name)
	r.queue = append(r.queue, func() {
		fields := make([]attribute, len(s.items))
		for i, item := range s.items {
			fields[i] = attribute{strconv.Itoa(i), item, 1}
		}
		fmt.Fprintf(&r.types, "// %s is a tuple, whose items have no names in the pickle.\ntype %s struct {\n", name, name)
		fmt.Fprintf(&r.types, "_ struct{} `pickle:\",tuple\"`\n")
		r.fields(name, fields, "Item", 1, names{})
		r.types.WriteString("}\n\n")
	})
	return name
}

func (r *renderer) set(s *shape, name string, field bool) goType {
	switch {
	case comparable(s.elem) && (s.kind == kindSet || field):
		t := goType{expr: "map[" + r.typeOf(s.elem, singular(name), false).expr + "]struct{}", null: true}
		if s.kind == kindFrozenSet {
			t.tag = ",frozenset"
		}
		return t
	case s.kind == kindSet:
		return r.pickled("*_Set", true)
	}
	return r.pickled("_FrozenSet", false)
}

func (r *renderer) dict(s *shape, name string) goType {
	switch {
	case s.isRecord():
		return goType{expr: r.record(s, name)}
	case !comparable(s.key):
		return r.pickled("*_Dict", true)
	}
	key := r.typeOf(s.key, name+"Key", false)
	return goType{expr: "map[" + key.expr + "]" + r.typeOf(s.elem, singular(name), false).expr, null: true}
}

// record declares a struct that stands for dicts, and returns its name.
func (r *renderer) record(s *shape, name string) string {
	name = r.taken.unique(name)
	r.queue = append(r.queue, func() {
		fmt.Fprintf(&r.types, "// %s is a dict.\ntype %s struct {\n", name, name)
		r.fields(name, s.dict.fields, "", s.dict.dicts, names{})
		r.types.WriteString("}\n\n")
	})
	return name
}

// comparable reports whether the Go type of s can be the key of a map, and the
// keys of a map are then what those of a dict are.
func comparable(s *shape) bool {
	if s == nil || s.none {
		return false
	}
	switch s.kind {
	case kindBool, kindInt, kindInt64, kindFloat, kindString:
		return true
	case kindTuple:
		for _, item := range s.items {
			if !comparable(item) {
				return false
			}
		}
		return len(s.items) > 0 && len(s.items) <= mostPositions
	case kindClass:
		return s.class.how == asEnum
	case kindExact:
		switch s.exact {
		case reflect.TypeFor[pickle.UUID](), reflect.TypeFor[pickle.Date](), reflect.TypeFor[netip.Addr](), reflect.TypeFor[time.Duration]():
			return true
		}
	}
	return false
}

func (r *renderer) exact(t reflect.Type) goType {
	named := t
	if t.Kind() == reflect.Pointer {
		named = t.Elem()
	}
	r.imports[named.PkgPath()] = true
	return goType{expr: t.String(), null: t.Kind() == reflect.Pointer}
}

func (r *renderer) instance(c *class) goType {
	switch c.how {
	case asObject:
		t := r.pickled("*_Object", true)
		t.why = c.global.Name
		return t
	case asEnum:
		return goType{expr: c.goName}
	case asBase:
		if !c.isStruct() {
			return goType{expr: c.goName, null: c.base.kind == kindList || c.base.kind == kindDict || c.base.kind == kindBytes}
		}
	}
	return goType{expr: "*" + c.goName, null: true}
}

// fields writes the fields of a struct. prefix stands before names that are
// numbers, and of says how many there are of what has the fields.
func (r *renderer) fields(owner string, all []attribute, prefix string, of int, taken names) {
	for _, a := range all {
		field := exported(a.name)
		if prefix != "" {
			field = prefix + a.name
		}
		field = taken.unique(field)
		t := r.typeOf(a.shape, owner+field, true)
		tag := a.name
		if prefix != "" {
			tag = ""
		}
		tag += t.tag
		if a.count < of {
			switch {
			case !t.null:
				t.expr = "*" + t.expr
				tag += ",omitzero"
			case a.shape != nil && a.shape.none:
				t.why = strings.TrimPrefix(t.why+"; None or absent", "; ")
			default:
				tag += ",omitzero"
			}
		}
		fmt.Fprintf(&r.types, "%s %s", field, t.expr)
		if tag != "" {
			fmt.Fprintf(&r.types, " %s", quoteTag(tag))
		}
		if t.why != "" {
			fmt.Fprintf(&r.types, " // %s", comment(t.why))
		}
		r.types.WriteByte('\n')
	}
}

// quoteTag returns the struct tag for what the key pickle has.
func quoteTag(s string) string {
	s = "pickle:" + strconv.Quote(s)
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

// comment makes a text of the pickle one line.
func comment(s string) string {
	const most = 100
	q := strconv.Quote(s)
	q = strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
	if len(q) > most {
		q = q[:most] + "…"
	}
	return strings.ToValidUTF8(q, "")
}

// flush writes the declarations that are waiting.
func (r *renderer) flush() {
	for len(r.queue) > 0 {
		next := r.queue[0]
		r.queue = r.queue[1:]
		next()
	}
}

// file returns the whole file.
func (r *renderer) file(c Config, header, registration string) ([]byte, error) {
	var b strings.Builder
	b.WriteString(header)
	fmt.Fprintf(&b, "package %s\n\n", c.Package)
	if len(r.imports) > 0 {
		b.WriteString("import (\n")
		for _, path := range slices.Sorted(maps.Keys(r.imports)) {
			if path == library {
				continue
			}
			fmt.Fprintf(&b, "%q\n", path)
		}
		if r.imports[library] {
			fmt.Fprintf(&b, "\n%q\n", library)
		}
		b.WriteString(")\n\n")
	}
	b.WriteString(registration)
	b.WriteString(r.types.String())
	return format.Source([]byte(b.String()))
}

package gen

import (
	"math"
	"math/big"
	"reflect"
	"unicode/utf8"
	"unsafe"

	"github.com/go-pickle/pickle"
)

// mostNesting bounds how deeply containers are nested in one type.
const mostNesting = 8

// place is the identity of a container.
type place struct {
	at  unsafe.Pointer
	len int
	typ reflect.Type
}

// inspector finds the shapes of values, and the classes of the instances in them.
type inspector struct {
	classes []*class // in the order in which they were found
	byName  map[pickle.Global]*class
	objects map[*pickle.Object]bool
	shapes  map[place]*shape // nil: is being inspected
	cyclic  map[place]bool   // contain themselves
	seen    int              // values that have been looked at
	cycles  int              // references to what contains them
}

func newInspector() *inspector { return &inspector{byName: make(map[pickle.Global]*class)} }

// forget forgets the values, but not what is known of them: a sample need not
// stay in memory.
func (in *inspector) forget() {
	in.objects = make(map[*pickle.Object]bool)
	in.shapes = make(map[place]*shape)
	in.cyclic = make(map[place]bool)
}

// shape returns the shape of v. depth is that of the containers around it, up to
// the next instance.
func (in *inspector) shape(v any, depth int) *shape {
	in.seen++
	switch v := v.(type) {
	case nil:
		return shapeNone
	case bool:
		return atoms[kindBool]
	case int64:
		if int64(int32(v)) == v {
			return atoms[kindInt]
		}
		return atoms[kindInt64]
	case *big.Int:
		return atoms[kindBigInt]
	case float64:
		return atoms[kindFloat]
	case complex128:
		return atoms[kindComplex]
	case string:
		return atoms[kindString]
	case pickle.ByteString:
		if isASCII(string(v)) {
			return atoms[kindString]
		}
		return atoms[kindByteString]
	case []byte:
		return atoms[kindBytes]
	case pickle.ByteArray:
		return atoms[kindByteArray]
	case *pickle.Object:
		return in.object(v)
	}
	return in.container(v, depth)
}

// shapeCyclic is that of a list, or other container, that contains itself.
var shapeCyclic = &shape{kind: kindAny, mixed: []string{"what contains itself"}}

// container returns the shape of what has parts. One that contains itself, or
// is nested deeply, is any there.
func (in *inspector) container(v any, depth int) *shape {
	id, ok := identify(v)
	if ok {
		if s, known := in.shapes[id]; known {
			if s == nil {
				in.cycles++
				in.cyclic[id] = true
				return shapeCyclic
			}
			return s
		}
		in.shapes[id] = nil
	}
	seen, cycles := in.seen, in.cycles
	s := in.parts(v, depth+1)
	switch {
	case in.cyclic[id] && s.kind != kindExact: // the same type in all places: it is one object
		s = shapeCyclic
	case depth >= mostNesting && s.kind != kindExact:
		s = &shape{kind: kindAny, mixed: s.names()}
	}
	switch {
	case ok && in.seen-seen <= fewValues && in.cycles == cycles:
		delete(in.shapes, id)
	case ok:
		in.shapes[id] = s
	}
	return s
}

// fewValues is how many values a container may have, with all that is in it, to
// be inspected anew wherever it is shared. There can be millions of these, whose
// shapes would take more memory than they do.
const fewValues = 32

func identify(v any) (place, bool) {
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.Pointer:
		return place{rv.UnsafePointer(), 0, rv.Type()}, true
	case reflect.Slice:
		return place{rv.UnsafePointer(), rv.Len(), rv.Type()}, rv.Len() > 0
	}
	return place{}, false
}

func (in *inspector) parts(v any, depth int) *shape {
	switch v := v.(type) {
	case []any:
		return &shape{kind: kindList, elem: in.all(v, depth)}
	case pickle.Tuple:
		s := &shape{kind: kindTuple, items: make([]*shape, len(v))}
		for i, x := range v {
			s.items[i] = in.shape(x, depth)
			s.elem = merge(s.elem, s.items[i])
		}
		return s
	case *pickle.Set:
		s := &shape{kind: kindSet}
		for x := range v.All() {
			s.elem = merge(s.elem, in.shape(x, depth))
		}
		return s
	case pickle.FrozenSet:
		s := &shape{kind: kindFrozenSet}
		for x := range v.All() {
			s.elem = merge(s.elem, in.shape(x, depth))
		}
		return s
	case *pickle.Dict:
		return in.dict(v, depth)
	}
	in.library(v)
	return &shape{kind: kindExact, exact: reflect.TypeOf(v)}
}

func (in *inspector) all(list []any, depth int) (s *shape) {
	for _, x := range list {
		s = merge(s, in.shape(x, depth))
	}
	return s
}

func (in *inspector) dict(d *pickle.Dict, depth int) *shape {
	s := &shape{kind: kindDict, dict: &record{}}
	if d.Len() > 0 {
		s.dict.dicts = 1
	}
	for k, x := range d.All() {
		value := in.shape(x, depth)
		s.key, s.elem = merge(s.key, in.shape(k, depth)), merge(s.elem, value)
		if name, ok := nameOf(k); !ok || d.Len() > mostFields {
			s.dict = nil
		} else if s.dict != nil {
			s.dict.fields = append(s.dict.fields, attribute{name, value, 1})
		}
	}
	return s
}

// library looks for instances in the containers of Python's library, whose Go
// types hold values of any type.
func (in *inspector) library(v any) {
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer {
		rv = rv.Elem()
	}
	if rv.Kind() != reflect.Struct || rv.Type().PkgPath() != reflect.TypeFor[pickle.Object]().PkgPath() {
		return
	}
	for i := range rv.NumField() {
		f := rv.Field(i)
		if !rv.Type().Field(i).IsExported() {
			continue
		}
		if f.CanAddr() && f.Kind() == reflect.Struct { // that which an OrderedDict embeds
			f = f.Addr()
		}
		switch x := f.Interface().(type) {
		case *pickle.Dict:
			if x != nil {
				in.shape(x, mostNesting)
			}
		case []any, pickle.Tuple:
			in.shape(x, mostNesting)
		default:
			if f.Kind() == reflect.Interface && !f.IsNil() {
				in.shape(x, mostNesting)
			}
		}
	}
}

// nameOf returns the name that a key is.
func nameOf(key any) (string, bool) {
	switch k := key.(type) {
	case string:
		return k, utf8.ValidString(k)
	case pickle.ByteString:
		return string(k), isASCII(string(k))
	}
	return "", false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] > math.MaxInt8 {
			return false
		}
	}
	return true
}

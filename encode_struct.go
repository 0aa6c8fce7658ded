package pickle

import (
	"reflect"
	"slices"
	"sync"

	"github.com/go-pickle/pickle/vm"
)

// structEncoder writes the values of one struct type.
type structEncoder struct {
	typ    reflect.Type
	tag    uintptr // of its identities
	sized  bool    // it has a size, without which there is no address of its own
	plan   *plan
	direct []reflect.Kind // of the fields that are written directly
	whole  bool           // every field is always written, and is in the struct itself

	once   sync.Once
	funcs  []marshalFunc // of the fields; see elems
	places []placeFunc   // of those that are in the struct itself; see elems
}

func structEncoderOf(t reflect.Type) *structEncoder {
	s := &structEncoder{typ: t, tag: typeTag(t), sized: t.Size() > 0, plan: planOf(t), whole: true}
	for i := range s.plan.fields {
		f := &s.plan.fields[i]
		s.direct = append(s.direct, f.directly())
		s.whole = s.whole && !f.mayOmit() && len(f.index) == 1
	}
	return s
}

// elems returns the functions of the fields. They are made at the first use:
// the type of a field may have a field of this type.
func (s *structEncoder) elems() []marshalFunc {
	s.once.Do(func() {
		for _, f := range s.plan.fields {
			s.funcs = append(s.funcs, encoderOf(f.typ, f.style))
			var place placeFunc
			if f.flat && f.style == styleDefault {
				place = placeEncoderOf(f.typ)
			}
			s.places = append(s.places, place)
		}
	})
	return s.funcs
}

// hides reports whether all that a struct type has is out of reach, as of an
// os.File or a sync.Mutex: the dict of its attributes would be empty, and what
// the value is be lost.
func hides(t reflect.Type) bool {
	p := planOf(t)
	return len(p.fields) == 0 && p.unknown == nil && p.style == styleDefault && hidesAny(t, make(map[reflect.Type]bool))
}

// hidesAny is hides for a struct without attributes; seen has the types around
// it, which can be embedded in one another.
func hidesAny(t reflect.Type, seen map[reflect.Type]bool) bool {
	hidden := false
	seen[t] = true
	for i := range t.NumField() {
		f := t.Field(i)
		base := f.Type
		if base.Kind() == reflect.Pointer {
			base = base.Elem()
		}
		switch {
		case f.Anonymous && base.Kind() == reflect.Struct && f.Tag.Get("pickle") == "":
			hidden = hidden || !seen[base] && hidesAny(base, seen)
		case f.IsExported():
			return false // it is left out on purpose
		default:
			hidden = hidden || f.Name != "_" && f.Type.Size() > 0
		}
	}
	return hidden
}

// makeStructEncoder: a struct is a dict, or goes by position.
func makeStructEncoder(t reflect.Type, st style) marshalFunc {
	s := structEncoderOf(t)
	hidden := hides(t)
	return func(e *encoder, v reflect.Value) error {
		switch {
		case s.plan.err != nil:
			return fail(t, s.plan.err)
		case hidden:
			return failf(t, "%v has no exported fields", t)
		}
		if s.plan.base != nil {
			return fail(t, errBaseUnregistered)
		}
		id := identity{}
		if v.CanAddr() && s.sized {
			id = identity{v.UnsafeAddr(), 0, s.tag} // as identityOf
		}
		switch {
		case s.plan.style != styleDefault && st == styleKey:
			return s.positional(e, v, id, styleKey)
		case s.plan.style != styleDefault:
			return s.positional(e, v, id, s.plan.style)
		case st == styleKey:
			return failf(t, "a dict cannot be a key of a dict or an element of a set; with a field _ struct{} tagged `pickle:\",tuple\"` the struct is a tuple")
		}
		if done, err := e.beginDict(id, t); done || err != nil {
			return err
		}
		if err := s.attributes(e, v, nil, false); err != nil {
			return err
		}
		e.leave(id)
		return nil
	}
}

// positional writes v as a tuple or list of its fields.
func (s *structEncoder) positional(e *encoder, v reflect.Value, id identity, st style) error {
	n := len(s.plan.fields)
	for n > 0 && s.plan.fields[n-1].mayOmit() && !s.written(v, n-1) {
		n--
	}
	if st == styleTuple {
		return s.tuple(e, v, id, n)
	}
	all := s.items(v, n)
	if st == styleKey {
		all.each = func(e *encoder, i int) error { return s.saveKey(e, v, i) }
	}
	return writeItems(st)(all, e, id)
}

// tuple is items.tuple for the first n fields of v.
func (s *structEncoder) tuple(e *encoder, v reflect.Value, id identity, n int) error {
	objects := e.objects
	if done, err := e.beginTuple(id, n, s.typ); done || err != nil {
		return err
	}
	place := e.place(v)
	for i := range n {
		if err := s.saveAt(e, v, i, place); err != nil {
			return err
		}
	}
	e.endTuple(id, n, objects)
	return nil
}

// place is where a struct is.
type place struct {
	spot   spot
	direct bool // fields that are scalars may be written by that
	own    bool // and so may others, since it is the struct's own address
}

func (e *encoder) place(v reflect.Value) place {
	if e.o.persistentID != nil { // which is asked about each value
		return place{}
	}
	s, ok := placeOf(v)
	return place{s, ok, v.CanAddr()}
}

// saveAt writes field i of v, which is at p.
func (s *structEncoder) saveAt(e *encoder, v reflect.Value, i int, p place) error {
	f := &s.plan.fields[i]
	var err error
	switch k := s.direct[i]; {
	case p.direct && k != reflect.Invalid:
		e.w.Boundary()
		err = e.scalar(k, p.spot.field(f))
	case p.own && f.flat && f.style == styleDefault:
		s.elems()
		e.w.Boundary()
		err = s.places[i](e, p.spot.field(f))
	default:
		return s.save(e, v, i)
	}
	if err != nil {
		return atField(err, f.name)
	}
	return nil
}

// items returns the first n fields of v as a sequence.
func (s *structEncoder) items(v reflect.Value, n int) items {
	return items{n: n, each: func(e *encoder, i int) error { return s.save(e, v, i) }}
}

// saveKey writes field i of a struct that is a key.
func (s *structEncoder) saveKey(e *encoder, v reflect.Value, i int) error {
	f := &s.plan.fields[i]
	x, ok := s.value(v, i)
	if !ok || f.style != styleDefault {
		return s.save(e, v, i)
	}
	if err := e.value(x, encoderOf(f.typ, styleKey)); err != nil {
		return atField(err, f.name)
	}
	return nil
}

func (f *field) mayOmit() bool { return f.omitEmpty || f.omitZero }

// value returns field i of v; false if it is in an embedded struct that is nil.
func (s *structEncoder) value(v reflect.Value, i int) (reflect.Value, bool) {
	index := s.plan.fields[i].index
	if len(index) == 1 {
		return v.Field(index[0]), true
	}
	v, err := v.FieldByIndexErr(index)
	return v, err == nil
}

// written reports whether field i of v is written.
func (s *structEncoder) written(v reflect.Value, i int) bool {
	f := &s.plan.fields[i]
	x, ok := s.value(v, i)
	switch {
	case !ok:
		return false
	case f.omitZero && f.zero(x), f.omitEmpty && isEmpty(x):
		return false
	}
	return true
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// save writes field i of v.
func (s *structEncoder) save(e *encoder, v reflect.Value, i int) error {
	x, ok := s.value(v, i)
	if !ok {
		e.w.Boundary()
		e.w.None()
		return nil
	}
	if err := e.value(x, s.elems()[i]); err != nil {
		return atField(err, s.plan.fields[i].name)
	}
	return nil
}

// count returns how many attributes v has, those to skip apart.
func (s *structEncoder) count(v reflect.Value, skip []string) int {
	n := 0
	if s.whole && skip == nil {
		n = len(s.plan.fields)
	} else {
		for i := range s.plan.fields {
			if s.included(v, i, skip) {
				n++
			}
		}
	}
	if s.plan.unknown == nil {
		return n
	}
	m := v.FieldByIndex(s.plan.unknown)
	if d, ok := m.Interface().(*Dict); ok {
		return n + d.Len()
	}
	return n + m.Len()
}

func (s *structEncoder) included(v reflect.Value, i int, skip []string) bool {
	if s.whole && skip == nil {
		return true
	}
	return !slices.Contains(skip, s.plan.fields[i].name) && s.written(v, i)
}

// attributes writes the items of the dict of v's fields, and of those names
// that are kept for no field. With old the names are strs of Python 2.
func (s *structEncoder) attributes(e *encoder, v reflect.Value, skip []string, old bool) error {
	b := e.w.Batch(vm.BatchDict, s.count(v, skip))
	place := e.place(v)
	for i := range s.plan.fields {
		if !s.included(v, i, skip) {
			continue
		}
		b.Next()
		if err := e.attributeName(&s.plan.fields[i], old); err != nil {
			return err
		}
		if err := s.saveAt(e, v, i, place); err != nil {
			return err
		}
	}
	if s.plan.unknown != nil {
		if err := s.unknown(e, &b, v.FieldByIndex(s.plan.unknown), old); err != nil {
			return err
		}
	}
	b.End()
	return nil
}

// attributeName writes the name of an attribute, as a str of Python 2 if old.
func (e *encoder) attributeName(f *field, old bool) error {
	if !old {
		return e.fieldName(f)
	}
	e.w.Boundary()
	return e.saveByteString(f.name)
}

// unknown writes what the field tagged ,unknown has kept.
func (s *structEncoder) unknown(e *encoder, b *vm.Batch, m reflect.Value, old bool) error {
	if d, ok := m.Interface().(*Dict); ok {
		for k, x := range d.All() {
			name, isName := k.(string)
			if isName && s.named(name) {
				return failTwice(m.Type(), name)
			}
			if old && isName {
				k = ByteString(name)
			}
			b.Next()
			if err := e.key(k); err != nil {
				return at(err, ".keys()")
			}
			if err := e.any(x); err != nil {
				return atKey(err, k)
			}
		}
		return nil
	}
	key, value := encoderOf(m.Type().Key(), styleKey), encoderOf(m.Type().Elem(), styleDefault)
	for _, it := range e.mapItems(m) {
		k := indirect(it.key)
		isName := k.Kind() == reflect.String
		if isName && s.named(k.String()) {
			return failTwice(m.Type(), k.String())
		}
		b.Next()
		save := key
		if old && isName {
			k, save = reflect.ValueOf(ByteString(k.String())), encodeByteString
		} else {
			k = it.key
		}
		if err := e.value(k, save); err != nil {
			return at(err, ".keys()")
		}
		if err := e.value(it.value, value); err != nil {
			return atMapKey(err, it.key)
		}
	}
	return nil
}

func (s *structEncoder) named(name string) bool {
	_, ok := s.plan.byName[name]
	return ok
}

func failTwice(t reflect.Type, name string) error {
	return failf(t, "the field tagged ,unknown has the key %q, which is the name of another field", name)
}

// indirect returns what is in an interface.
func indirect(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Interface {
		return v.Elem()
	}
	return v
}

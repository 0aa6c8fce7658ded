package pickle

import (
	"reflect"
	"sync"

	"github.com/go-pickle/pickle/vm"
)

// placeFunc writes the value at s. It is marshalFunc for what has an address, which
// is most of what there is in structs and slices: no reflect.Value is made for each.
// What it writes is the same. It is not for calls with the option PersistentID, which
// is asked about each value.
type placeFunc func(e *encoder, s spot) error

// placer makes placeFuncs.
type placer struct {
	made map[reflect.Type]*placeFunc
	lone map[reflect.Type]bool // see ways.lone; nil where it is not known what else there is
}

// placeFuncs has the functions that know nothing of what else there is, by
// reflect.Type.
var placeFuncs sync.Map

// placeEncoderOf returns the placeFunc for type t.
func placeEncoderOf(t reflect.Type) placeFunc {
	p := placer{made: make(map[reflect.Type]*placeFunc)}
	f := p.of(t)
	for t, f := range p.made { // not before all of them are there, which call one another
		placeFuncs.LoadOrStore(t, *f)
	}
	return f
}

// of returns the function for type t. The one for a type that has itself among its
// parts is called by way of where it is going to be.
func (p *placer) of(t reflect.Type) placeFunc {
	if p.lone == nil {
		if f, ok := placeFuncs.Load(t); ok {
			return f.(placeFunc)
		}
	}
	if made := p.made[t]; made != nil {
		if f := *made; f != nil {
			return f
		}
		return func(e *encoder, s spot) error { return (*made)(e, s) }
	}
	made := new(placeFunc)
	p.made[t] = made
	*made = p.byType(t)
	return *made
}

// byType has the layers of makeEncoder.
func (p *placer) byType(t reflect.Type) placeFunc {
	_, exact := exactEncoders[t]
	pointer := reflect.PointerTo(t)
	if exact || pointer.Implements(marshalerType) || pointer.Implements(reducerType) || pointer.Implements(textMarshalerType) {
		return byValue(t)
	}
	f := p.byKind(t)
	if f == nil {
		return byValue(t)
	}
	if t.PkgPath() == "" {
		return f
	}
	class, registered := &instanceEncoder{typ: t}, byValue(t)
	return func(e *encoder, s spot) error {
		if class.class(e) != nil {
			return registered(e, s)
		}
		return f(e, s)
	}
}

// byValue is for the types that have no function of their own here.
func byValue(t reflect.Type) placeFunc {
	f := encoderOf(t, styleDefault)
	return func(e *encoder, s spot) error {
		e.box = identity{}
		return f(e, s.value(t))
	}
}

// byKind returns nil for what is written by value.
func (p *placer) byKind(t reflect.Type) placeFunc {
	switch k := t.Kind(); {
	case isScalar(t):
		return func(e *encoder, s spot) error { return e.scalar(k, s) }
	case t == anyType:
		return func(e *encoder, s spot) error { return e.plain(s.any()) }
	case t == bytesType:
		return func(e *encoder, s spot) error { return e.saveBytes(load[[]byte](s)) }
	case k == reflect.Pointer:
		return p.pointer(t)
	case k == reflect.Slice && !ownBytes(t.Elem()):
		return p.slice(t)
	case k == reflect.Struct:
		return p.structure(t)
	}
	return nil
}

func (p *placer) pointer(t reflect.Type) placeFunc {
	if k := t.Elem().Kind(); k == reflect.Pointer || k == reflect.Interface {
		return nil
	}
	f := p.of(t.Elem())
	return func(e *encoder, s spot) error {
		to, ok := s.pointee()
		if !ok {
			e.w.None()
			return nil
		}
		return f(e, to)
	}
}

// slice is for slices that are lists.
func (p *placer) slice(t reflect.Type) placeFunc {
	tag, known, size := typeTag(t), !p.lone[t], t.Elem().Size()
	save := itemsOf(t.Elem(), p.of)
	return func(e *encoder, s spot) error {
		all, n, room := s.elements()
		if all.isNil() {
			e.w.None()
			return nil
		}
		id := identity{}
		if room > 0 && size > 0 && known { // as sliceIdentity
			id = identity{all.address(), n, tag}
		}
		if i, ok := e.ids.again(id); ok {
			e.w.Get(i)
			return nil
		}
		return e.saveElements(id, t, save, all, n)
	}
}

// itemsFunc writes the n elements of a slice as the items of a list.
type itemsFunc func(e *encoder, all elements, n int) error

// itemsOf returns the function for elements of type t, each of which is written by
// what of returns for that.
func itemsOf(t reflect.Type, of func(reflect.Type) placeFunc) itemsFunc {
	if fast, ok := fastItems[t]; ok {
		return fast
	}
	f, size := of(t), t.Size()
	return func(e *encoder, all elements, n int) error {
		b := e.w.Batch(vm.BatchList, n)
		for i := range n {
			b.Next()
			e.w.Boundary()
			if err := f(e, all.index(i, size)); err != nil {
				return atIndex(err, i)
			}
		}
		b.End()
		return nil
	}
}

// saveElements writes a slice of type t as a list, the object id.
func (e *encoder) saveElements(id identity, t reflect.Type, save itemsFunc, all elements, n int) error {
	if done, err := e.beginList(id, t); done || err != nil {
		return err
	}
	if err := save(e, all, n); err != nil {
		return err
	}
	e.leave(id)
	return nil
}

// structure returns nil for structs of which it depends on the value what is
// written.
func (p *placer) structure(t reflect.Type) placeFunc {
	s := structEncoderOf(t)
	if !s.whole || s.plan.err != nil || s.plan.base != nil || s.plan.unknown != nil || s.plan.style == styleList || hides(t) {
		return nil
	}
	all := &placedStruct{structEncoder: s, lone: p.lone[t] || !s.sized}
	for i := range s.plan.fields {
		f := &s.plan.fields[i]
		all.fields = append(all.fields, placedField{f, f.directly(), p.field(f)})
	}
	if s.plan.style == styleTuple {
		return all.tuple
	}
	return all.dict
}

func (p *placer) field(f *field) placeFunc {
	switch {
	case f.directly() != reflect.Invalid:
		return nil // by scalar
	case f.style == styleDefault:
		return p.of(f.typ)
	}
	save := encoderOf(f.typ, f.style)
	return func(e *encoder, s spot) error {
		e.box = identity{}
		return save(e, s.value(f.typ))
	}
}

// placedStruct writes structs that have all their fields, in themselves.
type placedStruct struct {
	*structEncoder
	fields []placedField
	lone   bool
}

type placedField struct {
	*field
	kind reflect.Kind // as scalar wants it, else reflect.Invalid
	save placeFunc    // where kind is reflect.Invalid
}

func (s *placedStruct) identity(p spot) identity {
	if s.lone {
		return identity{}
	}
	return identity{p.address(), 0, s.tag} // as identityOf
}

func (s *placedStruct) dict(e *encoder, p spot) error {
	id := s.identity(p)
	if done, err := e.beginDict(id, s.typ); done || err != nil {
		return err
	}
	b := e.w.Batch(vm.BatchDict, len(s.fields))
	for i := range s.fields {
		f := &s.fields[i]
		b.Next()
		if err := e.fieldName(f.field); err != nil {
			return err
		}
		if err := f.saveOf(e, p); err != nil {
			return err
		}
	}
	b.End()
	e.leave(id)
	return nil
}

func (s *placedStruct) tuple(e *encoder, p spot) error {
	id, objects, n := s.identity(p), e.objects, len(s.fields)
	if done, err := e.beginTuple(id, n, s.typ); done || err != nil {
		return err
	}
	for i := range s.fields {
		if err := s.fields[i].saveOf(e, p); err != nil {
			return err
		}
	}
	e.endTuple(id, n, objects)
	return nil
}

// saveOf writes the field of the struct at p.
func (f *placedField) saveOf(e *encoder, p spot) error {
	e.w.Boundary()
	var err error
	if f.kind != reflect.Invalid {
		err = e.scalar(f.kind, p.field(f.field))
	} else {
		err = f.save(e, p.field(f.field))
	}
	if err != nil {
		return atField(err, f.name)
	}
	return nil
}

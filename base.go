package pickle

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"

	"github.com/go-pickle/pickle/vm"
)

// A registered struct with a field tagged ,base stands for a class that is
// derived from one of Python's own, list or str, say, and whose instances have
// attributes: that field has what the list or str has, the others are the
// attributes.

// baseField is such a field.
type baseField struct {
	name  string // in Go
	index []int
	typ   reflect.Type
	style style
}

// setBase notes the field that has what the base class holds.
func (p *plan) setBase(in embedded, sf reflect.StructField, f *field) {
	base := sf.Type
	if base.Kind() == reflect.Pointer {
		base = base.Elem()
	}
	switch exact := isBaseType(base); {
	case !sf.IsExported():
		p.fail("%s: a field with ,base must be exported", sf.Name)
	case f.name != "":
		p.fail("%s: a field with ,base is no attribute, it has no name", sf.Name)
	case f.omitEmpty || f.omitZero || f.required:
		p.fail("%s: a field with ,base is always written, and need not be there", sf.Name)
	case p.base != nil:
		p.fail("%s: another field has ,base already", sf.Name)
	case in.pointer:
		p.fail("%s: a field with ,base cannot be in a struct that is embedded by pointer", sf.Name)
	case !exact && (sf.Type.Kind() == reflect.Pointer || !isBaseKind(base)):
		p.fail("%s: a %v is not what a class of Python holds that others can be derived from", sf.Name, sf.Type)
	default:
		p.base = &baseField{sf.Name, f.index, sf.Type, f.style}
	}
}

// isBaseType reports whether t, or a pointer to it, can have what a base class
// holds although it is a struct.
func isBaseType(t reflect.Type) bool { return t == dictType || t == setType || t == bigIntType }

// isBaseKind is isBaseType for all other types.
func isBaseKind(t reflect.Type) bool {
	switch k := t.Kind(); k {
	case reflect.Slice, reflect.Array, reflect.Map, reflect.String:
		return true
	default:
		return isNumber(k) && !reflect.PointerTo(t).Implements(reducerType) && !reflect.PointerTo(t).Implements(marshalerType)
	}
}

// checkBase reports why the options of a class do not go with a base field.
func (c *class) checkBase(b *baseField) error {
	if c.shape != shapeState && c.shape != shapeSlots {
		return fmt.Errorf("%s is tagged ,base, which does not go with NamedTuple, Enum or Arguments", b.name)
	}
	return nil
}

// baseEncoder writes what the base class of an instance holds.
type baseEncoder struct {
	*baseField
	value *instanceEncoder // as if the field's type were the class
}

func newBaseEncoder(b *baseField) *baseEncoder {
	if b == nil {
		return nil
	}
	t := b.typ
	i := &instanceEncoder{typ: t, kind: makeKindEncoder(t, styleDefault)}
	if f, ok := exactEncoders[t]; ok {
		i.kind = f
	}
	i.isBytes = (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) && ownBytes(t.Elem())
	return &baseEncoder{b, i}
}

// noKey reports whether the class surely has no hash in Python.
func (b *baseEncoder) noKey() bool {
	switch {
	case b.style == styleTuple || b.typ == reflect.TypeFor[Tuple]():
		return false
	case b.style == styleByteArray || b.typ == reflect.TypeFor[ByteArray](), b.typ.Kind() == reflect.Slice && !b.value.isBytes:
		return true
	}
	t := b.typ
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t == dictType || t.Kind() == reflect.Map && t.Elem() != emptyStructType && b.style == styleDefault
}

// save writes the instance, whose struct is v, but for its attributes. If it was
// found to contain itself it is whole.
func (b *baseEncoder) save(e *encoder, v reflect.Value, c *class, id identity) (whole bool, err error) {
	x := v.FieldByIndex(b.index)
	switch t := b.typ; {
	case b.style == styleByteArray || t == reflect.TypeFor[ByteArray]():
		err = b.byteArray(e, x, c)
	case b.style == styleTuple || t == reflect.TypeFor[Tuple]():
		items := reflectItems(x, encoderOf(t.Elem(), styleDefault))
		err = b.call(e, c, globalTuple, func(e *encoder) error { return items.tuple(e, identity{}) })
	case t == setType || t == reflect.PointerTo(setType):
		err = e.call(c.Global, temporaryList{setItems(exactly[Set](e, x))})
	case b.style == styleSet || b.style == styleFrozenSet:
		err = e.call(c.Global, temporaryList{b.elements(e, x)})
	case t == bigIntType || t == reflect.PointerTo(bigIntType):
		i := exactly[big.Int](e, x)
		err = b.call(e, c, globalInt, func(e *encoder) error { return e.bigInt(i) })
	case t == dictType || t == reflect.PointerTo(dictType):
		d := exactly[Dict](e, x)
		return b.value.container(e, c, id, globalDict, func(kind vm.BatchKind) error { return e.dictItems(kind, d) })
	default:
		return b.value.subclass(e, x, c, id)
	}
	if err != nil {
		return false, err
	}
	return e.finishCall(id), nil
}

// exactly returns the T that is in v, a T or a pointer to one, which is not nil.
func exactly[T any](e *encoder, v reflect.Value) *T {
	if v.Kind() != reflect.Pointer {
		return e.addressable(v).Addr().Interface().(*T)
	}
	if v.IsNil() {
		return new(T)
	}
	return v.Interface().(*T)
}

// setItems returns the elements of s.
func setItems(s *Set) items {
	elems := make([]any, 0, s.Len())
	for x := range s.All() {
		elems = append(elems, x)
	}
	return items{any: elems, n: len(elems), keys: true}
}

// elements returns the elements of a set: the keys of a map, or the items of a
// slice or array.
func (b *baseEncoder) elements(e *encoder, x reflect.Value) items {
	if x.Kind() == reflect.Map {
		return e.setItems(x, encoderOf(b.typ.Key(), styleKey))
	}
	return reflectItems(x, encoderOf(b.typ.Elem(), styleKey))
}

// call writes how an instance is made of one value of the base class.
func (b *baseEncoder) call(e *encoder, c *class, base Global, value temporaryItems) error {
	if e.o.protocol < 2 {
		return e.call(globalReconstructor, c.Global, base, value)
	}
	return b.value.newObject(e, c, value)
}

// byteArray writes a call of a subclass of bytearray.
func (b *baseEncoder) byteArray(e *encoder, x reflect.Value, c *class) error {
	var data []byte
	if x.Kind() == reflect.String {
		data = []byte(x.String())
	} else if x.Len() > 0 {
		data = e.addressable(x).Bytes()
	}
	switch {
	case len(data) == 0:
		return e.call(c.Global)
	case e.o.protocol < 3:
		return e.call(c.Global, temporaryText(latin1(data)), "latin-1")
	}
	return e.call(c.Global, temporaryBytes(data))
}

var errBaseUnregistered = errors.New("it has a field tagged ,base, and is registered for no class")

// fillBaseField binds what the base class of an instance holds to the field of
// v, a struct, that is for that.
func (d *decoder) fillBaseField(n vm.Node, in *vm.Instance, c *class, v reflect.Value, b *baseField) error {
	x := v.FieldByIndex(b.index)
	if isBaseType(b.typ) {
		x.SetZero() // not to write into memory that a copy of the old value has
	}
	if b.typ.Kind() == reflect.Pointer {
		p := reflect.New(b.typ.Elem())
		x.Set(p)
		x = p.Elem()
	}
	if done, err := d.fillByteArray(in, x); done || err != nil {
		return err
	}
	if b.typ.Kind() == reflect.Array && len(d.g.Kids(n)) == 0 && in.Form != vm.FormReconstructor && len(d.g.Kids(in.Args)) == 0 {
		if b.typ.Len() > 0 {
			return d.mismatchf(n, b.typ, "it has no items")
		}
		return nil
	}
	_, err := d.fillBase(n, in, c, x, true)
	if err != nil {
		return at(err, "."+b.name)
	}
	return nil
}

// fillByteArray binds MyByteArray(text, "latin-1"), as Python has it below
// protocol 3.
func (d *decoder) fillByteArray(in *vm.Instance, x reflect.Value) (bool, error) {
	args := d.g.Kids(in.Args)
	if in.Form != vm.FormReduce || len(args) != 2 || x.Kind() != reflect.Slice && x.Kind() != reflect.String {
		return false, nil
	}
	data, ok := d.encoded(args[0], args[1])
	switch {
	case !ok:
		return false, nil
	case x.Kind() == reflect.String:
		x.SetString(string(data))
	case x.Type().Elem().Kind() != reflect.Uint8:
		return false, nil
	default:
		x.SetBytes(append([]byte{}, data...)) // not nil
	}
	return true, nil
}

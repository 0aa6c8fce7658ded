package pickle

import (
	"math/big"
	"reflect"
	"sync/atomic"

	"github.com/go-pickle/pickle/vm"
)

// encodeRegistered writes values of t as instances where t is registered, and
// by f where it is not.
func encodeRegistered(t reflect.Type, f marshalFunc, st style) marshalFunc {
	i := &instanceEncoder{typ: t, kind: makeKindEncoder(t, styleDefault)}
	if t.Kind() == reflect.Struct {
		i.fields = structEncoderOf(t)
		i.base = newBaseEncoder(i.fields.plan.base)
	}
	i.getter = reflect.PointerTo(t).Implements(stateGetterType)
	i.isBytes = (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) && t.Elem().Kind() == reflect.Uint8
	noKey := t.Kind() == reflect.Map && t.Elem() != emptyStructType || t.Kind() == reflect.Slice && !i.isBytes || i.base != nil && i.base.noKey()
	return func(e *encoder, v reflect.Value) error {
		c := i.class(e)
		switch {
		case c == nil:
			return f(e, v)
		case c.reduce != nil:
			return i.reduce(e, v, c)
		case c.write != nil:
			return i.write(e, v, c)
		case st == styleKey && noKey:
			return failUnhashable(t)
		}
		return i.save(e, v, c)
	}
}

// instanceEncoder writes instances of a class.
type instanceEncoder struct {
	typ     reflect.Type
	fields  *structEncoder // nil if the type is no struct
	base    *baseEncoder   // of a struct that has a field for it, else nil
	kind    marshalFunc    // writes what the type is if it is no class
	getter  bool
	isBytes bool
	last    atomic.Pointer[lastClass]
}

// lastClass is the class of a type in the registry that was asked last, which
// nearly always is the one and only.
type lastClass struct {
	registry *Registry
	changes  uint64 // the number of registrations then
	class    *class
}

func (i *instanceEncoder) class(e *encoder) *class {
	if last := i.last.Load(); last != nil && last.registry == e.o.registry && last.changes == e.changes {
		return last.class
	}
	c := e.tables.written(i.typ)
	i.last.Store(&lastClass{e.o.registry, e.changes, c})
	return c
}

// reduce writes v by what the function of the option Reduces returns.
func (i *instanceEncoder) reduce(e *encoder, v reflect.Value, c *class) error {
	id := e.valueIdentity(v)
	if e.recall(id) {
		return nil
	}
	r, err := c.reduce(e, v)
	if err != nil {
		return fail(i.typ, err)
	}
	e.keep = append(e.keep, r)
	return e.reduce(r, i.typ, id)
}

// writeFunc writes v, which is the object id, and puts it into the memo.
type writeFunc func(e *encoder, v reflect.Value, id identity) error

// write writes v by a function of the standard library.
func (i *instanceEncoder) write(e *encoder, v reflect.Value, c *class) error {
	id := e.valueIdentity(v)
	if e.recall(id) {
		return nil
	}
	if err := e.enter(identity{}, i.typ); err != nil {
		return err
	}
	if err := c.write(e, v, id); err != nil {
		return err
	}
	e.leave(identity{})
	return nil
}

func (i *instanceEncoder) save(e *encoder, v reflect.Value, c *class) error {
	switch {
	case i.fields != nil && i.fields.plan.err != nil:
		return fail(i.typ, i.fields.plan.err)
	case c.shape == shapeEnum:
		return i.enum(e, v, c)
	case (v.Kind() == reflect.Map || v.Kind() == reflect.Slice) && v.IsNil():
		e.w.None()
		return nil
	}
	id := e.identityOf(v)
	switch {
	case v.Kind() == reflect.Map:
		id = identity{v.Pointer(), 0, typeTag(i.typ)}
	case v.Kind() == reflect.Slice && !(i.isBytes && v.CanAddr()):
		id = sliceIdentity(v, typeTag(i.typ))
	}
	if e.recall(id) {
		return nil
	}
	if err := e.enter(id, i.typ); err != nil {
		return err
	}
	var err error
	switch {
	case i.fields == nil:
		var whole bool
		if whole, err = i.subclass(e, v, c, id); err == nil && i.getter && !whole {
			err = i.state(e, v, c)
		}
	case i.base != nil:
		var whole bool
		if whole, err = i.base.save(e, v, c, id); err == nil && !whole {
			err = i.state(e, v, c)
		}
	case c.shape == shapeNamedTuple:
		err = i.namedTuple(e, v, c, id)
	case c.shape == shapeArguments:
		err = i.reduced(e, v, c, id)
	case c.isOld(e.o.protocol):
		err = i.oldInstance(e, v, c, id)
	default:
		err = i.instance(e, v, c, id)
	}
	if err == nil {
		e.leave(id)
	}
	return err
}

// enum writes a member of an enum, of which there is one for each value.
func (i *instanceEncoder) enum(e *encoder, v reflect.Value, c *class) error {
	var member any
	if v.Comparable() {
		member = v.Interface()
		if at, ok := e.members[member]; ok {
			e.w.Get(at)
			return nil
		}
	}
	if err := e.enter(identity{}, i.typ); err != nil {
		return err
	}
	if err := e.call(c.Global, temporaryItems(func(e *encoder) error { return i.plain(e, v) })); err != nil {
		return err
	}
	at := e.w.Memoize()
	if member != nil && !e.o.noMemo {
		if e.members == nil {
			e.members = make(map[any]uint32)
		}
		e.members[member] = at
	}
	e.leave(identity{})
	return nil
}

// plain writes v as if its type were no class: a new object each time, as what
// the __getnewargs__ of Python's own classes return is.
func (i *instanceEncoder) plain(e *encoder, v reflect.Value) error {
	switch {
	case v.Kind() == reflect.String && v.Len() > 0:
		return e.newString(v.String(), identity{})
	case v.CanComplex():
		z := v.Complex()
		return e.constant(identity{}, globalComplex, real(z), imag(z))
	case i.isBytes && v.Kind() == reflect.Slice:
		return e.bytesObject(v.Bytes(), contentIdentity(v.Bytes()))
	case i.isBytes && v.Len() > 0:
		b := e.addressable(v).Bytes()
		return e.bytesObject(b, contentIdentity(b))
	}
	return i.kind(e, v)
}

// namedTuple writes an instance whose arguments are the fields by position.
func (i *instanceEncoder) namedTuple(e *encoder, v reflect.Value, c *class, id identity) error {
	all := i.fields.items(v, len(i.fields.plan.fields))
	if e.o.protocol < 2 {
		values := temporaryItems(func(e *encoder) error { return all.tuple(e, identity{}) })
		if err := e.call(globalReconstructor, c.Global, globalTuple, values); err != nil {
			return err
		}
		e.finishCall(id)
		return nil
	}
	if err := e.ownGlobal(c.Global); err != nil {
		return err
	}
	if err := e.made(all); err != nil {
		return err
	}
	e.w.Op(vm.OpNewObj)
	e.finishCall(id)
	return nil
}

// reduced writes an instance as a call of the class with some of its
// attributes; the others are its state.
func (i *instanceEncoder) reduced(e *encoder, v reflect.Value, c *class, id identity) error {
	if err := e.ownGlobal(c.Global); err != nil {
		return err
	}
	args := items{n: len(c.arguments), each: func(e *encoder, j int) error {
		return i.fields.save(e, v, i.fields.plan.byName[c.arguments[j]])
	}}
	if err := e.made(args); err != nil {
		return err
	}
	e.w.Op(vm.OpReduce)
	if e.finishCall(id) {
		return nil
	}
	return i.state(e, v, c)
}

// instance writes an instance without arguments, and its state.
func (i *instanceEncoder) instance(e *encoder, v reflect.Value, c *class, id identity) error {
	var err error
	if e.o.protocol < 2 {
		err = e.call(globalReconstructor, c.Global, globalObject, nil)
	} else {
		err = i.newObject(e, c)
	}
	if err != nil {
		return err
	}
	e.memoize(id)
	return i.state(e, v, c)
}

// isOld reports whether instances are written as those of an old-style class.
func (c *class) isOld(protocol int) bool { return c.shape == shapeOld && protocol < 3 }

// oldInstance writes an instance as Python 2 does where the class is an
// old-style one.
func (i *instanceEncoder) oldInstance(e *encoder, v reflect.Value, c *class, id identity) error {
	e.w.Op(vm.OpMark)
	if e.o.protocol == 0 {
		if err := e.instName(c.Global); err != nil {
			return err
		}
	} else {
		if err := e.ownGlobal(c.Global); err != nil {
			return err
		}
		e.w.Op(vm.OpObj)
	}
	e.memoize(id)
	return i.state(e, v, c)
}

// newObject writes cls.__new__(cls, *args).
func (i *instanceEncoder) newObject(e *encoder, c *class, args ...any) error {
	if err := e.ownGlobal(c.Global); err != nil {
		return err
	}
	if err := e.arguments(args); err != nil {
		return err
	}
	e.w.Op(vm.OpNewObj)
	return nil
}

// state writes the state of the instance written before, unless it is empty.
// That of an old-style class is always written.
func (i *instanceEncoder) state(e *encoder, v reflect.Value, c *class) error {
	old := c.isOld(e.o.protocol)
	if i.getter {
		state, err := hook[StateGetter](e, v).GetState()
		if err != nil {
			return fail(i.typ, err)
		}
		if !old && (state == nil || e.o.protocol < 2 && c.shape != shapeArguments && isFalse(state)) {
			return nil
		}
		e.keep = append(e.keep, state)
		return e.build(state)
	}
	skip := c.arguments
	if i.fields == nil || !old && i.fields.count(v, skip) == 0 {
		return nil
	}
	e.w.Boundary()
	var err error
	if c.shape == shapeSlots {
		err = e.arguments([]any{nil, temporaryItems(func(e *encoder) error { return i.attributes(e, v, skip, old) })})
	} else {
		err = i.attributes(e, v, skip, old)
	}
	if err != nil {
		return err
	}
	e.w.Op(vm.OpBuild)
	return nil
}

// attributes writes the dict of v's attributes.
func (i *instanceEncoder) attributes(e *encoder, v reflect.Value, skip []string, old bool) error {
	e.w.EmptyDict()
	e.w.Memoize()
	return i.fields.attributes(e, v, skip, old)
}

// subclass writes an instance of a class that is derived from one of Python's
// own: a slice of a list, a map of a dict or set, a string of a str. If it was
// found to contain itself it is whole.
func (i *instanceEncoder) subclass(e *encoder, v reflect.Value, c *class, id identity) (whole bool, err error) {
	switch k := v.Kind(); {
	case k == reflect.Map && i.typ.Elem() == emptyStructType:
		key := encoderOf(i.typ.Key(), styleKey)
		err = e.call(c.Global, temporaryList{e.setItems(v, key)})
	case k == reflect.Map:
		key, value := encoderOf(i.typ.Key(), styleKey), encoderOf(i.typ.Elem(), styleDefault)
		return i.container(e, c, id, globalDict, func(kind vm.BatchKind) error {
			return e.mapContents(kind, v, key, value)
		})
	case (k == reflect.Slice || k == reflect.Array) && !i.isBytes:
		list := reflectItems(v, encoderOf(i.typ.Elem(), styleDefault))
		return i.container(e, c, id, globalList, func(kind vm.BatchKind) error { return list.contents(e, kind) })
	case v.CanComplex() && e.o.protocol >= 2:
		z := v.Complex()
		err = i.newObject(e, c, real(z), imag(z))
	default:
		err = i.scalar(e, v, c)
	}
	if err != nil {
		return false, err
	}
	return e.finishCall(id), nil
}

// scalar writes an instance of a subclass of str, int and the like.
func (i *instanceEncoder) scalar(e *encoder, v reflect.Value, c *class) error {
	value := temporaryItems(func(e *encoder) error { return i.plain(e, v) })
	if e.o.protocol < 2 {
		return e.call(globalReconstructor, c.Global, scalarBases[v.Kind()], value)
	}
	return i.newObject(e, c, value)
}

// container writes an instance of a subclass of list or dict. fill writes the
// items, which before protocol 2 are in a list or dict that exists only for the
// call.
func (i *instanceEncoder) container(e *encoder, c *class, id identity, base Global, fill func(vm.BatchKind) error) (whole bool, err error) {
	exact, empty, own := vm.BatchDict, e.w.EmptyDict, vm.BatchDictItems
	if base == globalList {
		exact, empty, own = vm.BatchList, e.w.EmptyList, vm.BatchListItems
	}
	if e.o.protocol < 2 {
		contents := temporaryItems(func(e *encoder) error {
			empty()
			e.w.Memoize()
			return fill(exact)
		})
		if err := e.call(globalReconstructor, c.Global, base, contents); err != nil {
			return false, err
		}
		return e.finishCall(id), nil
	}
	if err := i.newObject(e, c); err != nil {
		return false, err
	}
	e.memoize(id)
	return false, fill(own)
}

// scalarBases are the Python classes that Go kinds stand for.
var scalarBases = map[reflect.Kind]Global{
	reflect.String: globalStr, reflect.Float32: globalFloat, reflect.Float64: globalFloat,
	reflect.Complex64: globalComplex, reflect.Complex128: globalComplex,
	reflect.Slice: globalBytes, reflect.Array: globalBytes,
	reflect.Int: globalInt, reflect.Int8: globalInt, reflect.Int16: globalInt, reflect.Int32: globalInt, reflect.Int64: globalInt,
	reflect.Uint: globalInt, reflect.Uint8: globalInt, reflect.Uint16: globalInt, reflect.Uint32: globalInt, reflect.Uint64: globalInt, reflect.Uintptr: globalInt,
}

// isFalse reports whether v is false in Python. Before protocol 2 such states
// are not written.
func isFalse(v any) bool {
	switch v := v.(type) {
	case interface{ Len() int }: // *Dict and the like
		return v.Len() == 0
	case *big.Int:
		return v == nil || v.Sign() == 0
	}
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.Slice, reflect.Map, reflect.String, reflect.Array:
		return rv.Len() == 0
	case reflect.Struct:
		return false
	}
	return rv.IsZero()
}

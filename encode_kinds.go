package pickle

import (
	"encoding"
	"fmt"
	"math/big"
	"reflect"
	"sync"

	"github.com/go-pickle/pickle/vm"
)

// marshalFunc writes v, whose type is the one the function was made for.
type marshalFunc func(e *encoder, v reflect.Value) error

var (
	marshalerType     = reflect.TypeFor[Marshaler]()
	stateGetterType   = reflect.TypeFor[StateGetter]()
	reducerType       = reflect.TypeFor[Reducer]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
)

type encoderKey struct {
	typ   reflect.Type
	style style
}

var encoderFuncs sync.Map // encoderKey → marshalFunc

// encoderOf returns the function for type t, written in style st.
func encoderOf(t reflect.Type, st style) marshalFunc {
	key := encoderKey{t, st}
	if f, ok := encoderFuncs.Load(key); ok {
		return f.(marshalFunc)
	}
	f, _ := encoderFuncs.LoadOrStore(key, makeEncoder(t, st))
	return f.(marshalFunc)
}

// lazyEncoder defers encoderOf to the first use, which is what makes recursive
// types possible.
func lazyEncoder(t reflect.Type, st style) func() marshalFunc {
	return sync.OnceValue(func() marshalFunc { return encoderOf(t, st) })
}

// makeEncoder builds the function in layers: what the type stands for in this
// package, hooks, the registry, text, and at last its kind.
func makeEncoder(t reflect.Type, st style) marshalFunc {
	if f, ok := exactEncoders[t]; ok && st == styleDefault {
		return f
	}
	f := makeKindEncoder(t, st)
	if t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface {
		pointer := reflect.PointerTo(t)
		if pointer.Implements(textMarshalerType) {
			f = encodeText
		}
		if t.PkgPath() != "" {
			f = encodeRegistered(t, f)
		}
		switch {
		case pointer.Implements(marshalerType):
			f = encodeMarshaler
		case pointer.Implements(reducerType):
			f = encodeReducer
		}
	}
	return f
}

func makeKindEncoder(t reflect.Type, st style) marshalFunc {
	switch t.Kind() {
	case reflect.Bool:
		return func(e *encoder, v reflect.Value) error { e.w.Bool(v.Bool()); return nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(e *encoder, v reflect.Value) error { e.w.Int(v.Int()); return nil }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return func(e *encoder, v reflect.Value) error { e.w.Uint(v.Uint()); return nil }
	case reflect.Float32, reflect.Float64:
		return func(e *encoder, v reflect.Value) error { e.float(v.Float()); return nil }
	case reflect.Complex64, reflect.Complex128:
		return encodeComplex
	case reflect.String:
		return makeStringEncoder(st)
	case reflect.Pointer:
		return makePointerEncoder(t, st)
	case reflect.Interface:
		return encodeInterface
	case reflect.Slice:
		return makeSliceEncoder(t, st)
	case reflect.Array:
		return makeArrayEncoder(t, st)
	case reflect.Map:
		return makeMapEncoder(t, st)
	case reflect.Struct:
		return makeStructEncoder(t)
	case reflect.Func:
		if f := makeSeqEncoder(t, st); f != nil {
			return f
		}
	}
	return func(_ *encoder, v reflect.Value) error {
		return failf(v.Type(), "a %v cannot be pickled", v.Kind())
	}
}

// exactEncoders are the types of this package, and others that stand for one
// Python type. Filled by init: the functions refer to encoderOf.
var exactEncoders map[reflect.Type]marshalFunc

func init() {
	exactEncoders = map[reflect.Type]marshalFunc{
		reflect.TypeFor[ByteString]():     encodeByteString,
		reflect.TypeFor[Tuple]():          func(e *encoder, v reflect.Value) error { return e.saveTuple(v.Interface().(Tuple)) },
		reflect.TypeFor[Global]():         func(e *encoder, v reflect.Value) error { return e.saveGlobal(v.Interface().(Global)) },
		reflect.TypeFor[Ellipsis]():       func(e *encoder, _ reflect.Value) error { return e.ownGlobal(globalEllipsis) },
		reflect.TypeFor[NotImplemented](): func(e *encoder, _ reflect.Value) error { return e.ownGlobal(globalNotImpl) },
		reflect.TypeFor[Extension]():      encodeExtension,
		reflect.TypeFor[PersistentRef](): func(e *encoder, v reflect.Value) error {
			return e.savePersistent(v.Interface().(PersistentRef).ID, v.Type())
		},
		reflect.TypeFor[Range](): encodeRange,
		reflect.TypeFor[Slice](): func(e *encoder, v reflect.Value) error {
			s := v.Interface().(Slice)
			return e.constant(identity{}, globalSlice, s.Start, s.Stop, s.Step)
		},
		bufferType: encodeBuffer,
		bigIntType: func(e *encoder, v reflect.Value) error {
			i := v.Interface().(big.Int)
			return e.bigInt(&i)
		},
		reflect.TypeFor[Dict]():   encodeOwn(func(e *encoder, p any) error { return e.saveDict(p.(*Dict)) }),
		reflect.TypeFor[Object](): encodeOwn(func(e *encoder, p any) error { return e.saveObject(p.(*Object)) }),
		reflect.TypeFor[Set](): encodeOwn(func(e *encoder, p any) error {
			return e.saveSet(p.(*Set), pointerIdentity(reflect.ValueOf(p), tagSet), false)
		}),
		reflect.TypeFor[FrozenSet](): func(e *encoder, v reflect.Value) error {
			f := v.Interface().(FrozenSet)
			id := identity{}
			if f.s != nil {
				id = identity{reflect.ValueOf(f.s).Pointer(), 1, tagSet}
			}
			return e.saveSet(f.s, id, true)
		},
		reflect.TypeFor[Value](): func(e *encoder, v reflect.Value) error {
			x, err := v.Interface().(Value).Any()
			if err != nil {
				return fail(v.Type(), err)
			}
			e.keep = append(e.keep, x)
			return e.any(x)
		},
	}
}

// encodeOwn is for types of this package that are used by pointer. A value
// that has no address is copied.
func encodeOwn(save func(e *encoder, p any) error) marshalFunc {
	return func(e *encoder, v reflect.Value) error { return save(e, e.addressable(v).Addr().Interface()) }
}

// addressable returns v, or a copy of it that has an address, which is kept
// from being collected as long as the address may be in the memo.
func (e *encoder) addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	e.keep = append(e.keep, p.Interface())
	return p.Elem()
}

// constant writes a value that is the result of a call, the object id.
func (e *encoder) constant(id identity, callable Global, args ...any) error {
	if e.recall(id) {
		return nil
	}
	if err := e.call(callable, args...); err != nil {
		return err
	}
	e.memoize(id)
	return nil
}

func encodeComplex(e *encoder, v reflect.Value) error {
	c := v.Complex()
	return e.constant(identity{}, globalComplex, real(c), imag(c))
}

func encodeRange(e *encoder, v reflect.Value) error {
	r := v.Interface().(Range)
	return e.constant(identity{}, globalRange, r.Start, r.Stop, r.Step)
}

func encodeByteString(e *encoder, v reflect.Value) error {
	id := stringIdentity(v.String())
	id.length = -1 - id.length // not the same object as a str of the same memory
	if e.recall(id) {
		return nil
	}
	if err := e.w.ByteString(v.String()); err != nil {
		return fail(v.Type(), err)
	}
	e.memoize(id)
	return nil
}

func encodeExtension(e *encoder, v reflect.Value) error {
	if err := e.w.Ext(int(v.Int())); err != nil {
		return fail(v.Type(), err)
	}
	return nil
}

// encodeBuffer writes a buffer out of band if the option BufferCallback wants
// it so, else as bytes or, if it can be written to, bytearray.
func encodeBuffer(e *encoder, v reflect.Value) error {
	b := v.Interface().(Buffer)
	if e.o.protocol >= 5 && e.o.bufferCallback != nil {
		inBand, err := e.o.bufferCallback(b)
		if err != nil {
			return fail(bufferType, err)
		}
		if !inBand {
			e.w.NextBuffer(b.ReadOnly)
			return nil
		}
	}
	data := b.Data
	if data == nil {
		data = []byte{}
	}
	if b.ReadOnly {
		return e.bytesObject(data, bytesIdentity(data))
	}
	return e.saveByteArray(data, byteArrayIdentity(data))
}

var tagByteArray = typeTag(reflect.TypeFor[ByteArray]())

func byteArrayIdentity(b []byte) identity { return sliceIdentity(reflect.ValueOf(b), tagByteArray) }

func makeStringEncoder(st style) marshalFunc {
	if st == styleByteArray {
		return func(e *encoder, v reflect.Value) error { return e.saveByteArray([]byte(v.String()), identity{}) }
	}
	return func(e *encoder, v reflect.Value) error { return e.saveString(v.String()) }
}

func encodeInterface(e *encoder, v reflect.Value) error {
	if v.IsNil() {
		e.w.None()
		return nil
	}
	elem := v.Elem()
	return encoderOf(elem.Type(), styleDefault)(e, elem)
}

// makePointerEncoder: a pointer is what it points to. The identity is that of
// what it points to, for types that have one in Python.
func makePointerEncoder(t reflect.Type, st style) marshalFunc {
	elem := lazyEncoder(t.Elem(), st)
	chain := t.Elem().Kind() == reflect.Pointer || t.Elem().Kind() == reflect.Interface
	return func(e *encoder, v reflect.Value) error {
		if v.IsNil() {
			e.w.None()
			return nil
		}
		if !chain {
			return elem()(e, v.Elem())
		}
		id := pointerIdentity(v, typeTag(t))
		if err := e.enter(id, t); err != nil {
			return err
		}
		err := elem()(e, v.Elem())
		e.leave(id)
		return err
	}
}

// encodeText writes values that have MarshalText as their text.
func encodeText(e *encoder, v reflect.Value) error {
	text, err := hook[encoding.TextMarshaler](e, v).MarshalText()
	if err != nil {
		return fail(v.Type(), err)
	}
	return e.temporary(string(text))
}

// hook returns v, or its address if it is that which has the methods.
func hook[T any](e *encoder, v reflect.Value) T {
	if h, ok := v.Interface().(T); ok {
		return h
	}
	return e.addressable(v).Addr().Interface().(T)
}

// encodeMarshaler writes what MarshalPickle returns. A value that is one object
// is asked once.
func encodeMarshaler(e *encoder, v reflect.Value) error {
	id := e.identityOf(v)
	x, ok := e.hooked[id]
	if !ok || id == (identity{}) {
		var err error
		if x, err = hook[Marshaler](e, v).MarshalPickle(); err != nil {
			return fail(v.Type(), err)
		}
		e.keep = append(e.keep, x)
		if id != (identity{}) {
			if e.hooked == nil {
				e.hooked = make(map[identity]any)
			}
			e.hooked[id] = x
		}
	}
	if err := e.enter(identity{}, v.Type()); err != nil {
		return err
	}
	err := e.any(x)
	e.leave(identity{})
	return err
}

func encodeReducer(e *encoder, v reflect.Value) error {
	id := e.identityOf(v)
	if e.recall(id) {
		return nil
	}
	r, err := hook[Reducer](e, v).Reduce()
	if err != nil {
		return fail(v.Type(), err)
	}
	e.keep = append(e.keep, r)
	return e.reduce(r, v.Type(), id)
}

// identityOf returns what makes v one object: its address, if it has one that
// is its own.
func (e *encoder) identityOf(v reflect.Value) identity {
	if !v.CanAddr() || v.Type().Size() == 0 {
		return identity{}
	}
	return pointerIdentity(v.Addr(), typeTag(v.Type()))
}

func makeSliceEncoder(t reflect.Type, st style) marshalFunc {
	if t.Elem().Kind() == reflect.Uint8 && (st == styleDefault || st == styleByteArray) {
		return makeBytesEncoder(t, st)
	}
	elem := lazyEncoder(t.Elem(), styleDefault)
	write := writeItems(st)
	tag := typeTag(t)
	return func(e *encoder, v reflect.Value) error {
		if v.IsNil() {
			e.w.None()
			return nil
		}
		return write(reflectItems(v, elem()), e, sliceIdentity(v, tag))
	}
}

// writeItems returns how a sequence is written.
func writeItems(st style) func(items, *encoder, identity) error {
	switch st {
	case styleTuple:
		return items.tuple
	case styleSet:
		return items.setOf
	case styleFrozenSet:
		return items.frozenSet
	}
	return items.list
}

func makeBytesEncoder(t reflect.Type, st style) marshalFunc {
	array := st == styleByteArray || t == reflect.TypeFor[ByteArray]()
	return func(e *encoder, v reflect.Value) error {
		switch {
		case v.IsNil():
			e.w.None()
			return nil
		case array:
			return e.saveByteArray(v.Bytes(), byteArrayIdentity(v.Bytes()))
		}
		return e.saveBytes(v.Bytes())
	}
}

func makeArrayEncoder(t reflect.Type, st style) marshalFunc {
	if t.Elem().Kind() == reflect.Uint8 && (st == styleDefault || st == styleByteArray) {
		return func(e *encoder, v reflect.Value) error {
			b := make([]byte, v.Len())
			reflect.Copy(reflect.ValueOf(b), e.addressable(v).Slice(0, v.Len()).Convert(bytesType))
			if st == styleByteArray {
				return e.saveByteArray(b, identity{})
			}
			return e.bytesObject(b, identity{})
		}
	}
	elem := lazyEncoder(t.Elem(), styleDefault)
	write := writeItems(st)
	return func(e *encoder, v reflect.Value) error {
		return write(reflectItems(v, elem()), e, e.identityOf(v))
	}
}

func makeMapEncoder(t reflect.Type, st style) marshalFunc {
	key, value := lazyEncoder(t.Key(), styleDefault), lazyEncoder(t.Elem(), styleDefault)
	tag := typeTag(t)
	if st == styleDefault && t.Elem() == emptyStructType {
		st = styleSet
	}
	return func(e *encoder, v reflect.Value) error {
		if v.IsNil() {
			e.w.None()
			return nil
		}
		id := identity{v.Pointer(), 0, tag}
		if st == styleDefault {
			return e.saveMap(v, id, key(), value())
		}
		if e.recall(id) {
			return nil
		}
		return writeItems(st)(e.setItems(v, key()), e, id)
	}
}

// makeSeqEncoder is for iterators: an iter.Seq is a list, an iter.Seq2 a dict.
// They are run to their end before anything is written of them.
func makeSeqEncoder(t reflect.Type, st style) marshalFunc {
	switch {
	case t.CanSeq():
		elem := t.In(0).In(0)
		f := lazyEncoder(elem, styleDefault)
		return func(e *encoder, v reflect.Value) error {
			if v.IsNil() {
				e.w.None()
				return nil
			}
			all := reflect.MakeSlice(reflect.SliceOf(elem), 0, 0)
			for x := range v.Seq() {
				all = reflect.Append(all, x)
			}
			e.keep = append(e.keep, all.Interface())
			return writeItems(st)(reflectItems(all, f()), e, identity{})
		}
	case t.CanSeq2():
		in := t.In(0)
		key, value := lazyEncoder(in.In(0), styleDefault), lazyEncoder(in.In(1), styleDefault)
		return func(e *encoder, v reflect.Value) error {
			if v.IsNil() {
				e.w.None()
				return nil
			}
			var all []mapItem
			for k, x := range v.Seq2() {
				all = append(all, mapItem{k, x})
				e.keep = append(e.keep, k.Interface(), x.Interface())
			}
			return e.savePairs(all, key(), value(), t)
		}
	}
	return nil
}

// savePairs writes a dict of keys and values in their order.
func (e *encoder) savePairs(all []mapItem, key, value marshalFunc, t reflect.Type) error {
	if err := e.enter(identity{}, t); err != nil {
		return err
	}
	e.w.EmptyDict()
	e.memoize(identity{})
	if err := e.pairItems(vm.BatchDict, all, key, value); err != nil {
		return err
	}
	e.leave(identity{})
	return nil
}

func (e *encoder) pairItems(kind vm.BatchKind, all []mapItem, key, value marshalFunc) error {
	b := e.w.Batch(kind, len(all))
	for _, it := range all {
		b.Next()
		if err := e.value(it.key, key); err != nil {
			return at(err, ".keys()")
		}
		if err := e.value(it.value, value); err != nil {
			return atMapKey(err, it.key)
		}
	}
	b.End()
	return nil
}

func atMapKey(err error, k reflect.Value) error {
	if k.Kind() == reflect.String {
		return atKey(err, k.String())
	}
	return at(err, fmt.Sprintf("[%v]", k))
}

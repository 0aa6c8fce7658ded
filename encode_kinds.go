package pickle

import (
	"encoding"
	"errors"
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

// encoderFuncs has the functions made so far, by style and reflect.Type.
var encoderFuncs [numStyles]sync.Map

// encoderOf returns the function for type t, written in style st.
func encoderOf(t reflect.Type, st style) marshalFunc {
	if f, ok := encoderFuncs[st].Load(t); ok {
		return f.(marshalFunc)
	}
	f, _ := encoderFuncs[st].LoadOrStore(t, makeEncoder(t, st))
	return f.(marshalFunc)
}

// lazyEncoder defers encoderOf to the first use, which is what makes recursive
// types possible.
func lazyEncoder(t reflect.Type, st style) func() marshalFunc {
	return sync.OnceValue(func() marshalFunc { return encoderOf(t, st) })
}

// makeEncoder builds the function in layers: what the type stands for in this
// package, hooks, the registry, text unless a tag says otherwise, and at last
// its kind.
func makeEncoder(t reflect.Type, st style) marshalFunc {
	natural := st == styleDefault || st == styleKey
	if f, ok := exactEncoders[t]; ok && natural {
		if st == styleKey && unhashable[t] {
			return encodeUnhashable
		}
		return f
	}
	kind := makeKindEncoder(t, st)
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface {
		return kind
	}
	f, pointer := kind, reflect.PointerTo(t)
	if pointer.Implements(textMarshalerType) && natural {
		f = encodeText
	}
	if t.PkgPath() != "" {
		f = encodeRegistered(t, f, st)
	}
	switch {
	case pointer.Implements(marshalerType):
		f = makeMarshalerEncoder(st)
	case pointer.Implements(reducerType):
		f = encodeReducer
	}
	return f
}

// ownBytes reports whether slices and arrays of elem are bytes, rather than
// lists of what elem has a say in.
func ownBytes(elem reflect.Type) bool {
	if elem.Kind() != reflect.Uint8 {
		return false
	}
	p := reflect.PointerTo(elem)
	return !p.Implements(marshalerType) && !p.Implements(reducerType) && !p.Implements(textMarshalerType)
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
		return makeInterfaceEncoder(st)
	case reflect.Slice:
		return makeSliceEncoder(t, st)
	case reflect.Array:
		return makeArrayEncoder(t, st)
	case reflect.Map:
		return makeMapEncoder(t, st)
	case reflect.Struct:
		return makeStructEncoder(t, st)
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
		reflect.TypeFor[Slice](): encodeSlice,
		bufferType:               encodeBuffer,
		urlType:                  encodeURL,
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
	return e.constant(e.identityOf(v), globalComplex, real(c), imag(c))
}

func encodeRange(e *encoder, v reflect.Value) error {
	return e.saveRange(v.Interface().(Range), e.identityOf(v))
}

var errStep = errors.New("the step of a range cannot be 0")

func (e *encoder) saveRange(r Range, id identity) error {
	if r.Step == 0 { // no Python could load it
		return fail(reflect.TypeFor[Range](), errStep)
	}
	return e.constant(id, globalRange, r.Start, r.Stop, r.Step)
}

func encodeSlice(e *encoder, v reflect.Value) error {
	s := v.Interface().(Slice)
	return e.constant(e.identityOf(v), globalSlice, s.Start, s.Stop, s.Step)
}

func encodeByteString(e *encoder, v reflect.Value) error { return e.saveByteString(v.String()) }

// saveByteString writes a str of Python 2.
func (e *encoder) saveByteString(s string) error {
	id := stringIdentity(s)
	id.length = -1 - id.length // not the same object as a str of the same memory
	if e.recall(id) {
		return nil
	}
	if err := e.w.ByteString(s); err != nil {
		return fail(reflect.TypeFor[ByteString](), err)
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
	return e.saveBuffer(v.Interface().(Buffer))
}

// makeBufferEncoder is for slices of bytes with the tag buffer. A ByteArray is
// what can be written to, anything else is not.
func makeBufferEncoder(t reflect.Type) marshalFunc {
	readOnly := t != reflect.TypeFor[ByteArray]()
	return func(e *encoder, v reflect.Value) error {
		if v.IsNil() {
			e.w.None()
			return nil
		}
		return e.saveBuffer(Buffer{v.Bytes(), readOnly})
	}
}

func (e *encoder) saveBuffer(b Buffer) error {
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

func makeInterfaceEncoder(st style) marshalFunc {
	if st == styleKey {
		return func(e *encoder, v reflect.Value) error { return e.plainKey(v.Interface()) }
	}
	return func(e *encoder, v reflect.Value) error { return e.plain(v.Interface()) }
}

// makePointerEncoder: a pointer is what it points to. The identity is that of
// what it points to, for types that have one in Python.
func makePointerEncoder(t reflect.Type, st style) marshalFunc {
	elem := lazyEncoder(t.Elem(), st)
	if k := t.Elem().Kind(); k == reflect.Pointer || k == reflect.Interface {
		return func(e *encoder, v reflect.Value) error { return e.pointerChain(v, st) }
	}
	byPlace := sync.OnceValue(func() placeFunc { return placeEncoderOf(t.Elem()) })
	return func(e *encoder, v reflect.Value) error {
		if v.IsNil() {
			e.w.None()
			return nil
		}
		if st == styleDefault && e.o.persistentID == nil {
			return byPlace()(e, spotOf(v.Elem()))
		}
		return elem()(e, v.Elem())
	}
}

// pointerChain writes what is at the end of a chain of pointers and interfaces,
// which are nothing in Python. A chain may be long, and may have no end.
func (e *encoder) pointerChain(v reflect.Value, st style) error {
	slow := v
	for steps := 1; v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface; steps++ {
		if v.IsNil() {
			e.w.None()
			return nil
		}
		if v.Kind() == reflect.Interface && st != styleKey {
			st = styleDefault
		}
		v = v.Elem()
		switch {
		case steps+e.depth > e.o.maxDepth:
			return fail(v.Type(), &LimitError{Limit: "depth", Max: int64(e.o.maxDepth)})
		case steps%2 == 0:
			slow = slow.Elem()
			if v.Kind() == reflect.Pointer && slow.Kind() == reflect.Pointer && v.Type() == slow.Type() && v.Pointer() == slow.Pointer() {
				return fail(v.Type(), ErrCycle)
			}
		}
	}
	return encoderOf(v.Type(), st)(e, v)
}

// identityOf returns what makes v one object: its address, if it has one that
// is its own.
func (e *encoder) identityOf(v reflect.Value) identity {
	if !v.CanAddr() || v.Type().Size() == 0 {
		return identity{}
	}
	return identity{v.UnsafeAddr(), 0, typeTag(v.Type())}
}

// valueIdentity is identityOf for values that Python cannot modify, or that are
// made by a call: those in one box of an interface are one object too.
func (e *encoder) valueIdentity(v reflect.Value) identity {
	box := e.box
	e.box = identity{}
	if !v.CanAddr() && box.tag == typeTag(v.Type()) {
		return box
	}
	return e.identityOf(v)
}

func makeSliceEncoder(t reflect.Type, st style) marshalFunc {
	if st == styleBuffer {
		return makeBufferEncoder(t)
	}
	if st == styleByteArray || ownBytes(t.Elem()) && (st == styleDefault || st == styleKey) {
		return makeBytesEncoder(t, st)
	}
	elem := lazyEncoder(t.Elem(), st.ofElements())
	write := writeItems(st)
	tag := typeTag(t)
	byPlace := sync.OnceValue(func() itemsFunc { return itemsOf(t.Elem(), placeEncoderOf) })
	return func(e *encoder, v reflect.Value) error {
		if v.IsNil() {
			e.w.None()
			return nil
		}
		id := sliceIdentity(v, tag)
		if st == styleDefault && e.o.persistentID == nil {
			return e.saveElements(id, t, byPlace(), elementsOf(v), v.Len())
		}
		return write(reflectItems(v, elem()), e, id)
	}
}

// writeItems returns how a sequence is written.
func writeItems(st style) func(items, *encoder, identity) error {
	switch st {
	case styleTuple, styleKey:
		return items.tuple
	case styleSet:
		return items.setOf
	case styleFrozenSet:
		return items.frozenSet
	}
	return items.list
}

// makeBytesEncoder is for slices of bytes. If the registry says otherwise of
// the element type, they are lists after all.
func makeBytesEncoder(t reflect.Type, st style) marshalFunc {
	array := st == styleByteArray || t == reflect.TypeFor[ByteArray]()
	if array && st == styleKey {
		return encodeUnhashable
	}
	elem := t.Elem()
	list := reflect.SliceOf(elem)
	return func(e *encoder, v reflect.Value) error {
		switch {
		case v.IsNil():
			e.w.None()
			return nil
		case array:
			return e.saveByteArray(v.Bytes(), byteArrayIdentity(v.Bytes()))
		case elem.PkgPath() != "" && e.tables.written(elem) != nil:
			return reflectItems(v, encoderOf(elem, st.ofElements())).list(e, sliceIdentity(v, typeTag(list)))
		}
		return e.saveBytes(v.Bytes())
	}
}

func makeArrayEncoder(t reflect.Type, st style) marshalFunc {
	elem := lazyEncoder(t.Elem(), st.ofElements())
	write := writeItems(st)
	isBytes := st == styleByteArray || ownBytes(t.Elem()) && (st == styleDefault || st == styleKey)
	return func(e *encoder, v reflect.Value) error {
		id := e.identityOf(v)
		if !isBytes || t.Elem().PkgPath() != "" && st != styleByteArray && e.tables.written(t.Elem()) != nil {
			return write(reflectItems(v, elem()), e, id)
		}
		if t.Len() == 0 {
			v = reflect.ValueOf([]byte{})
		} else {
			v = e.addressable(v)
		}
		if st == styleByteArray {
			return e.saveByteArray(v.Bytes(), id)
		}
		if t.Len() <= 1 {
			id = contentIdentity(v.Bytes())
		}
		return e.bytesObject(v.Bytes(), id)
	}
}

func makeMapEncoder(t reflect.Type, st style) marshalFunc {
	if t.Elem() == emptyStructType {
		switch st {
		case styleDefault:
			st = styleSet
		case styleKey:
			st = styleFrozenSet
		}
	}
	if st == styleKey {
		return encodeUnhashable
	}
	key, value := lazyEncoder(t.Key(), styleKey), lazyEncoder(t.Elem(), styleDefault)
	tag := typeTag(t)
	fast := fastMaps[t]
	return func(e *encoder, v reflect.Value) error {
		if v.IsNil() {
			e.w.None()
			return nil
		}
		id := identity{v.Pointer(), 0, tag}
		switch {
		case st != styleDefault:
			if e.recall(id) {
				return nil
			}
			return writeItems(st)(e.setItems(v, key()), e, id)
		case fast != nil && e.o.persistentID == nil && !e.o.unordered:
			return fast(e, v, id)
		}
		return e.saveMap(v, id, key(), value())
	}
}

// makeSeqEncoder is for iterators: an iter.Seq is a list, an iter.Seq2 a dict.
// They are run to their end before anything is written of them.
func makeSeqEncoder(t reflect.Type, st style) marshalFunc {
	switch {
	case t.CanSeq():
		elem := t.In(0).In(0)
		f := lazyEncoder(elem, st.ofElements())
		return func(e *encoder, v reflect.Value) error {
			if v.IsNil() {
				e.w.None()
				return nil
			}
			all := reflect.MakeSlice(reflect.SliceOf(elem), 0, 0)
			for x := range v.Seq() {
				if err := e.checkItems(all.Len(), t); err != nil {
					return err
				}
				all = reflect.Append(all, x)
			}
			e.keep = append(e.keep, all.Interface())
			return writeItems(st)(reflectItems(all, f()), e, identity{})
		}
	case t.CanSeq2():
		in := t.In(0)
		key, value := lazyEncoder(in.In(0), styleKey), lazyEncoder(in.In(1), styleDefault)
		return func(e *encoder, v reflect.Value) error {
			if v.IsNil() {
				e.w.None()
				return nil
			}
			var all []mapItem
			for k, x := range v.Seq2() {
				if err := e.checkItems(len(all), t); err != nil {
					return err
				}
				all = append(all, mapItem{k, x})
			}
			e.keep = append(e.keep, all)
			return e.savePairs(all, key(), value(), t)
		}
	}
	return nil
}

// checkItems ends an iterator, which may have no end, where its items cannot fit
// the limit: each takes a byte at least.
func (e *encoder) checkItems(n int, t reflect.Type) error {
	if most := e.o.maxSize; most > 0 && int64(e.w.Len())+int64(n) >= most {
		return fail(t, &LimitError{Limit: "size", Max: most})
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

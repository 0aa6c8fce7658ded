package pickle

import (
	"encoding"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"sync"

	"github.com/go-pickle/pickle/vm"
)

// unmarshalFunc binds a node to v, which can be set and has an address.
type unmarshalFunc func(d *decoder, n vm.Node, v reflect.Value) error

var (
	anyType             = reflect.TypeFor[any]()
	stringType          = reflect.TypeFor[string]()
	bytesType           = reflect.TypeFor[[]byte]()
	bufferType          = reflect.TypeFor[Buffer]()
	bigIntType          = reflect.TypeFor[big.Int]()
	emptyStructType     = reflect.TypeFor[struct{}]()
	unmarshalerType     = reflect.TypeFor[Unmarshaler]()
	stateSetterType     = reflect.TypeFor[StateSetter]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

var decoders sync.Map // reflect.Type → unmarshalFunc

// decoderOf returns the function for type t. It depends on nothing but t:
// options and registry are looked at when it runs.
func decoderOf(t reflect.Type) unmarshalFunc {
	if f, ok := decoders.Load(t); ok {
		return f.(unmarshalFunc)
	}
	f, _ := decoders.LoadOrStore(t, makeDecoder(t))
	return f.(unmarshalFunc)
}

// lazy defers decoderOf to the first use, which is what makes recursive types
// possible.
func lazy(t reflect.Type) func() unmarshalFunc {
	return sync.OnceValue(func() unmarshalFunc { return decoderOf(t) })
}

func makeDecoder(t reflect.Type) unmarshalFunc {
	if f, ok := exactDecoders[t]; ok {
		return f
	}
	pointer := reflect.PointerTo(t)
	switch {
	case pointer.Implements(unmarshalerType) && t.Kind() != reflect.Pointer:
		return decodeUnmarshaler
	case t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface && pointer.Implements(textUnmarshalerType):
		return decodeText(makeKindDecoder(t))
	}
	return makeKindDecoder(t)
}

func makeKindDecoder(t reflect.Type) unmarshalFunc {
	switch t.Kind() {
	case reflect.Bool:
		return decodeBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return decodeNumber
	case reflect.String:
		return decodeString
	case reflect.Pointer:
		return makePointerDecoder(t)
	case reflect.Slice:
		return makeSliceDecoder(t)
	case reflect.Array:
		return makeArrayDecoder(t)
	case reflect.Map:
		return makeMapDecoder(t)
	case reflect.Struct:
		return makeStructDecoder(t)
	case reflect.Interface:
		return decodeInterface
	}
	return func(d *decoder, n vm.Node, v reflect.Value) error {
		return d.mismatchf(n, t, "no pickle holds a %v", t.Kind())
	}
}

// exactDecoders are the types of this package, and others that stand for one
// Python type. Filled by init: the functions refer to decoderOf.
var exactDecoders map[reflect.Type]unmarshalFunc

func init() {
	exactDecoders = map[reflect.Type]unmarshalFunc{
		anyType:                       decodeAny,
		bigIntType:                    decodeBigInt,
		reflect.PointerTo(bigIntType): decodeBigIntPointer,
		reflect.TypeFor[Value](): func(d *decoder, n vm.Node, v reflect.Value) error {
			v.Set(reflect.ValueOf(d.valueOf(n)))
			return nil
		},
		reflect.TypeFor[Dict]():           decodeDict,
		reflect.TypeFor[Set]():            decodeSet,
		reflect.TypeFor[FrozenSet]():      decodeFrozenSet,
		reflect.TypeFor[Object]():         decodeObject,
		reflect.TypeFor[ByteString]():     decodeString,
		reflect.TypeFor[[]any]():          decodeAnySlice,
		reflect.TypeFor[Tuple]():          decodeAnySlice,
		reflect.TypeFor[PersistentRef]():  decodeSame,
		reflect.TypeFor[Global]():         decodeSame,
		reflect.TypeFor[Extension]():      decodeSame,
		reflect.TypeFor[Ellipsis]():       decodeSame,
		reflect.TypeFor[NotImplemented](): decodeSame,
		reflect.TypeFor[Range]():          decodeSame,
		reflect.TypeFor[Slice]():          decodeSame,
		bufferType:                        decodeSame,
		urlType:                           decodeURL,
	}
}

// decodeSame is for types that only the very same value in an any can become.
func decodeSame(d *decoder, n vm.Node, v reflect.Value) error {
	x, err := d.any(n)
	if err != nil {
		return err
	}
	if x == nil {
		v.SetZero()
		return nil
	}
	if rv := reflect.ValueOf(x); rv.Type() == v.Type() {
		v.Set(rv)
		return nil
	}
	return d.mismatch(n, v.Type(), nil)
}

func decodeAny(d *decoder, n vm.Node, v reflect.Value) error {
	x, err := d.any(n)
	if err != nil {
		return err
	}
	*(v.Addr().Interface().(*any)) = x
	return nil
}

// other binds what a decoder for a kind of Go value does not know itself: the
// instances that stand for such a value, and what PersistentLoad returns.
func (d *decoder) other(n vm.Node, v reflect.Value, again unmarshalFunc) error {
	switch n.Kind() {
	case vm.KindNone:
		v.SetZero()
		return nil
	case vm.KindInstance:
		return d.instance(n, v, again)
	case vm.KindPersistent:
		x, err := d.any(n)
		if err != nil {
			return err
		}
		return d.assign(n, x, v)
	}
	return d.mismatch(n, v.Type(), nil)
}

func decodeBool(d *decoder, n vm.Node, v reflect.Value) error {
	if n.Kind() != vm.KindBool {
		return d.other(n, v, decodeBool)
	}
	v.SetBool(n.Int() != 0)
	return nil
}

func isNumber(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Complex128 }

func decodeNumber(d *decoder, n vm.Node, v reflect.Value) error {
	switch n.Kind() {
	case vm.KindInt:
		return d.setInt(n, v, n.Int())
	case vm.KindFloat:
		return d.setFloat(n, v, n.Float())
	case vm.KindLong:
		b := d.big(n)
		if b.IsUint64() {
			return d.setUint(n, v, b.Uint64())
		}
		if b.BitLen() <= 1024 { // else it would take time, and not fit
			if f, acc := b.Float64(); acc == big.Exact {
				return d.setFloat(n, v, f)
			}
		}
		return d.inexact(n, v)
	}
	return d.other(n, v, decodeNumber)
}

func (d *decoder) setNumber(n vm.Node, v, from reflect.Value) error {
	switch {
	case from.CanInt():
		return d.setInt(n, v, from.Int())
	case from.CanUint():
		return d.setUint(n, v, from.Uint())
	case from.CanFloat():
		return d.setFloat(n, v, from.Float())
	}
	c := from.Complex()
	if v.CanComplex() {
		if v.Kind() == reflect.Complex64 && !(fitsFloat32(real(c)) && fitsFloat32(imag(c))) {
			return d.inexact(n, v)
		}
		v.SetComplex(c)
		return nil
	}
	if imag(c) != 0 {
		return d.inexact(n, v)
	}
	return d.setFloat(n, v, real(c))
}

func (d *decoder) inexact(n vm.Node, v reflect.Value) error {
	return d.mismatchf(n, v.Type(), "the number does not fit")
}

// setInt, setUint and setFloat store a number in a number of any kind that can
// hold just that number.
func (d *decoder) setInt(n vm.Node, v reflect.Value, i int64) error {
	switch {
	case v.CanInt():
		if v.OverflowInt(i) {
			return d.inexact(n, v)
		}
		v.SetInt(i)
	case v.CanUint():
		if i < 0 || v.OverflowUint(uint64(i)) {
			return d.inexact(n, v)
		}
		v.SetUint(uint64(i))
	default:
		f := float64(i)
		if f >= 1<<63 || int64(f) != i {
			return d.inexact(n, v)
		}
		return d.setFloat(n, v, f)
	}
	return nil
}

func (d *decoder) setUint(n vm.Node, v reflect.Value, u uint64) error {
	switch {
	case u <= math.MaxInt64:
		return d.setInt(n, v, int64(u))
	case v.CanUint():
		if v.OverflowUint(u) {
			return d.inexact(n, v)
		}
		v.SetUint(u)
		return nil
	case v.CanFloat() || v.CanComplex():
		f := float64(u)
		if f >= 1<<64 || uint64(f) != u {
			return d.inexact(n, v)
		}
		return d.setFloat(n, v, f)
	}
	return d.inexact(n, v)
}

func (d *decoder) setFloat(n vm.Node, v reflect.Value, f float64) error {
	switch {
	case v.CanFloat():
		if v.Kind() == reflect.Float32 && !fitsFloat32(f) {
			return d.inexact(n, v)
		}
		v.SetFloat(f)
		return nil
	case v.CanComplex():
		if v.Kind() == reflect.Complex64 && !fitsFloat32(f) {
			return d.inexact(n, v)
		}
		v.SetComplex(complex(f, 0))
		return nil
	case f != math.Trunc(f) || f == 0 && math.Signbit(f):
		return d.inexact(n, v)
	case f >= -1<<63 && f < 1<<63:
		return d.setInt(n, v, int64(f))
	case f >= 0 && f < 1<<64:
		return d.setUint(n, v, uint64(f))
	}
	return d.inexact(n, v)
}

func fitsFloat32(f float64) bool { return float64(float32(f)) == f || f != f }

func decodeBigInt(d *decoder, n vm.Node, v reflect.Value) error {
	i := v.Addr().Interface().(*big.Int)
	switch n.Kind() {
	case vm.KindInt, vm.KindLong, vm.KindFloat:
		*i = big.Int{} // not to write into memory that a copy of the old value has
	}
	switch n.Kind() {
	case vm.KindInt:
		i.SetInt64(n.Int())
	case vm.KindLong:
		b := d.big(n)
		if err := d.spend(n, len(b.Bits())*8); err != nil {
			return err
		}
		i.Set(b)
	case vm.KindFloat:
		f := n.Float()
		if f != math.Trunc(f) || math.IsInf(f, 0) || f == 0 && math.Signbit(f) {
			return d.inexact(n, v)
		}
		new(big.Float).SetFloat64(f).Int(i)
	default:
		return d.other(n, v, decodeBigInt)
	}
	return nil
}

// decodeBigIntPointer shares an integer that does not fit int64 with what it is
// in an any.
func decodeBigIntPointer(d *decoder, n vm.Node, v reflect.Value) error {
	switch n.Kind() {
	case vm.KindLong:
		v.Set(reflect.ValueOf(d.big(n)))
		return nil
	case vm.KindNone:
		v.SetZero()
		return nil
	case vm.KindPersistent:
		return d.other(n, v, nil)
	}
	p := reflect.New(bigIntType)
	v.Set(p)
	return decodeBigInt(d, n, p.Elem())
}

func decodeString(d *decoder, n vm.Node, v reflect.Value) error {
	switch n.Kind() {
	case vm.KindStr, vm.KindByteString:
		if n.Kind() == vm.KindByteString && v.Type() == reflect.TypeFor[ByteString]() {
			v.SetString(d.str(n))
			return nil
		}
		s, err := d.text(n)
		if err != nil {
			return err
		}
		v.SetString(s)
	case vm.KindBytes, vm.KindByteArray, vm.KindBuffer:
		return d.stringOfBytes(n, v)
	default:
		return d.other(n, v, decodeString)
	}
	return nil
}

// stringOfBytes stores the bytes n in v, a string.
func (d *decoder) stringOfBytes(n vm.Node, v reflect.Value) error {
	id := d.g.Shared(n)
	if id != 0 {
		if b, ok := d.lookup(id, v.Type()); ok {
			v.Set(b.v)
			return nil
		}
	}
	var data []byte
	switch n.Kind() {
	case vm.KindBytes:
		data = d.g.Data(n)
	case vm.KindByteArray:
		data = d.byteArray(n)
	case vm.KindBuffer:
		b, err := d.buffer(n)
		if err != nil {
			return err
		}
		data = b.Data
	}
	v.SetString(string(data))
	if id != 0 {
		d.bind(id, binding{typ: v.Type(), v: copyOf(v)})
	}
	return d.spend(n, len(data))
}

// copyOf returns a copy of v that does not change with v.
func copyOf(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}

// maxDigits is how many decimal digits Python converts, too.
const maxDigits = 4300

// decodeText lets a type that reads text read a str; kind is for the rest.
func decodeText(kind unmarshalFunc) unmarshalFunc {
	return func(d *decoder, n vm.Node, v reflect.Value) error {
		if k := n.Kind(); k != vm.KindStr && k != vm.KindByteString {
			return kind(d, n, v)
		}
		s, err := d.text(n)
		if err == nil {
			err = d.spend(n, len(s))
		}
		if err != nil {
			return err
		}
		if v.Type().PkgPath() == "math/big" {
			if len(s) > maxDigits { // it takes time in proportion to the square
				return d.mismatchf(n, v.Type(), "the text has more than %d bytes", maxDigits)
			}
			v.SetZero() // as in decodeBigInt
		}
		return d.hookError(n, v.Type(), v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)))
	}
}

// decodeUnmarshaler is for types that have the hook. For an object that is
// referred to more than once it is called once.
func decodeUnmarshaler(d *decoder, n vm.Node, v reflect.Value) error {
	if done, err := d.aliased(n, v); done || err != nil {
		return err
	}
	if err := d.enter(n, 0); err != nil {
		return err
	}
	err := v.Addr().Interface().(Unmarshaler).UnmarshalPickle(d.valueOf(n))
	d.leave()
	d.filled(n, v)
	return d.hookError(n, v.Type(), err)
}

// hookError says where a hook failed. The error of a Value, which the hook
// returns as it is, only gets the path to the Value.
func (d *decoder) hookError(n vm.Node, t reflect.Type, err error) error {
	switch err.(type) {
	case nil, *UnmarshalTypeError, *GlobalError, *LimitError:
		return err
	}
	return d.mismatch(n, t, err)
}

// makePointerDecoder: what a pointer points to is made once for an object
// that several pointers share, and is known before it is filled, so that it can
// refer to itself.
func makePointerDecoder(t reflect.Type) unmarshalFunc {
	et := t.Elem()
	elem := lazy(et)
	takes := !reflect.PointerTo(et).Implements(unmarshalerType) // what a function returns
	known := t                                                  // the type of the binding
	if hasPlace(et) {
		known = et
	}
	return func(d *decoder, n vm.Node, v reflect.Value) error {
		if n.Kind() == vm.KindNone {
			v.SetZero()
			return nil
		}
		if n.Kind() == vm.KindPersistent {
			return d.other(n, v, nil)
		}
		if n.Kind() == vm.KindInstance && takes {
			if done, err := d.pointerResult(n, v); done || err != nil {
				return err
			}
		}
		id := d.g.Shared(n)
		if id != 0 && d.isKnown(id, known, v) {
			return nil
		}
		p := reflect.New(et)
		v.Set(p.Convert(t))
		if id != 0 {
			b := binding{typ: known, v: p.Elem(), filling: true}
			if known == t {
				b = binding{typ: known, v: p.Convert(t)}
			}
			d.bind(id, b)
		}
		if et.Kind() != reflect.Pointer {
			return elem()(d, n, p.Elem())
		}
		if err := d.enter(n, 0); err != nil { // type P *P
			return err
		}
		err := elem()(d, n, p.Elem())
		d.leave()
		return err
	}
}

// pointerResult makes v, a pointer, what a registered function returns for n, if
// there is one: itself where that is such a pointer.
func (d *decoder) pointerResult(n vm.Node, v reflect.Value) (bool, error) {
	in := d.g.Instance(n)
	if d.g.Native(in).Kind() != vm.KindNothing {
		return false, nil
	}
	c := d.class(in.Callable)
	if c.function == nil || v.Type().Elem() == objectType {
		return false, nil
	}
	d.lossy = true
	x, _, err := d.construct(c, n, in)
	if err != nil {
		return false, err
	}
	switch rv := reflect.ValueOf(x); {
	case rv.IsValid() && rv.Type().AssignableTo(v.Type()):
		v.Set(rv)
		return true, nil
	case !rv.IsValid() || rv.Kind() == reflect.Pointer && rv.IsNil():
		v.SetZero() // as for None
		return true, nil
	}
	p := reflect.New(v.Type().Elem())
	v.Set(p.Convert(v.Type()))
	return true, d.assign(n, x, p.Elem())
}

// isKnown makes v, a pointer, point to shared object id if that was bound
// before. known is the type of the binding: that of v, or what v points to.
func (d *decoder) isKnown(id uint32, known reflect.Type, v reflect.Value) bool {
	t := v.Type()
	if b, ok := d.lookup(id, known); ok {
		if known == t {
			v.Set(b.v)
		} else {
			v.Set(b.v.Addr().Convert(t))
		}
		return true
	}
	if x := reflect.ValueOf(d.anys.get(int(id))); x.IsValid() && x.Type() == t {
		v.Set(x)
		return true
	}
	return false
}

// aliased deals with a node that is referred to more than once and goes into a
// value, not a pointer: the second place gets a copy of the first. It returns
// true when v has been set. Not so for the place that is to be filled now.
func (d *decoder) aliased(n vm.Node, v reflect.Value) (bool, error) {
	id := d.g.Shared(n)
	if id == 0 {
		return false, nil
	}
	t := v.Type()
	b, ok := d.lookup(id, t)
	switch {
	case !ok && hasPlace(t):
		d.bind(id, binding{typ: t, v: v, filling: true})
		return false, nil
	case !ok:
		d.bind(id, binding{typ: t, filling: true})
		return false, nil
	case hasPlace(t) && b.v.Addr().UnsafePointer() == v.Addr().UnsafePointer():
		return false, nil
	case b.filling:
		return false, d.mismatch(n, t, fmt.Errorf("%w; a pointer could hold it", ErrCycle))
	}
	v.Set(b.v)
	return true, nil
}

// filled ends what aliased began.
func (d *decoder) filled(n vm.Node, v reflect.Value) {
	id := d.g.Shared(n)
	if id == 0 {
		return
	}
	if b, ok := d.lookup(id, v.Type()); ok && b.filling {
		if b.filling = false; !b.v.IsValid() {
			b.v = copyOf(v)
		}
		d.rebind(id, b)
	}
}

func decodeInterface(d *decoder, n vm.Node, v reflect.Value) error {
	x, err := d.any(n)
	if err != nil {
		return err
	}
	rv := reflect.ValueOf(x)
	switch {
	case x == nil:
		v.SetZero()
	case rv.Type().Implements(v.Type()):
		v.Set(rv)
	case rv.Kind() == reflect.Pointer && rv.Type().Elem().Implements(v.Type()):
		v.Set(rv.Elem())
	case rv.Type() == reflect.PointerTo(objectType):
		return d.mismatchf(n, v.Type(), "no type that implements it is registered for the class")
	default:
		return d.mismatchf(n, v.Type(), "%v does not implement it", rv.Type())
	}
	return nil
}

func decodeDict(d *decoder, n vm.Node, v reflect.Value) error {
	if n.Kind() != vm.KindDict {
		return d.other(n, v, decodeDict)
	}
	if done, err := d.aliased(n, v); done || err != nil {
		return err
	}
	kids := d.g.Kids(n)
	if err := d.enter(n, len(kids)); err != nil {
		return err
	}
	dict := v.Addr().Interface().(*Dict)
	dict.reset(len(kids) / 2)
	d.shareFirst(n, dict)
	err := d.fillDict(dict, kids)
	d.leave()
	d.filled(n, v)
	return err
}

// shareFirst makes a value of one of the package's own types what the object
// is in an any too, unless it is something there already.
func (d *decoder) shareFirst(n vm.Node, v any) {
	if d.shared(n) == nil {
		d.share(n, v)
	}
}

// items returns the nodes of what can be read as a sequence, and whether n is
// one.
func (d *decoder) items(n vm.Node) ([]vm.Node, bool) {
	switch n.Kind() {
	case vm.KindList, vm.KindTuple, vm.KindSet, vm.KindFrozenSet:
		return d.g.Kids(n), true
	}
	return nil, false
}

func decodeSet(d *decoder, n vm.Node, v reflect.Value) error {
	items, ok := d.items(n)
	if !ok {
		return d.other(n, v, decodeSet)
	}
	if done, err := d.aliased(n, v); done || err != nil {
		return err
	}
	if err := d.enter(n, len(items)); err != nil {
		return err
	}
	s := v.Addr().Interface().(*Set)
	s.reset(len(items))
	if n.Kind() == vm.KindSet {
		d.shareFirst(n, s)
	}
	err := d.fillSet(s, n)
	d.leave()
	d.filled(n, v)
	return err
}

func decodeFrozenSet(d *decoder, n vm.Node, v reflect.Value) error {
	items, ok := d.items(n)
	if !ok {
		return d.other(n, v, decodeFrozenSet)
	}
	if f, ok := d.shared(n).(FrozenSet); ok {
		v.Set(reflect.ValueOf(f))
		return nil
	}
	if done, err := d.aliased(n, v); done || err != nil {
		return err
	}
	if err := d.enter(n, len(items)); err != nil {
		return err
	}
	s := newSetSize(len(items))
	if n.Kind() == vm.KindFrozenSet {
		d.share(n, FrozenSet{s})
	}
	v.Set(reflect.ValueOf(FrozenSet{s}))
	err := d.fillSet(s, n)
	d.leave()
	d.filled(n, v)
	return err
}

// decodeObject is for targets of type Object: any instance, registered or not.
func decodeObject(d *decoder, n vm.Node, v reflect.Value) error {
	if n.Kind() != vm.KindInstance {
		return d.other(n, v, decodeObject)
	}
	in := d.g.Instance(n)
	if native := d.g.Native(in); native.Kind() != vm.KindNothing {
		return d.mismatch(native, v.Type(), nil)
	}
	c := d.class(in.Callable)
	if d.o.unknownClasses && !c.known() {
		return d.unknown(in.Callable, c)
	}
	if done, err := d.aliased(n, v); done || err != nil {
		return err
	}
	o := v.Addr().Interface().(*Object)
	if c.class == nil && c.make == nil && c.function == nil {
		d.shareFirst(n, o)
	}
	err := d.fillObject(o, n)
	d.filled(n, v)
	return err
}

package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-pickle/pickle/vm"
)

// Array is an array.array. Its items are a slice of Go, whose type the typecode
// says:
//
//	b []int8    h []int16    i []int32    l, q []int64     f []float32
//	B []uint8   H []uint16   I []uint32   L, Q []uint64    d []float64
//
// u and w, characters, are a string; c, the bytes of Python 2, are a []byte.
// In typed targets an Array is a slice or array of any numbers that all its
// items fit, or, for u, w and c, a string.
type Array struct {
	Typecode byte
	Data     any
	function Global // what the pickle calls to make it
	format   int    // the machine format code of the pickle, plus 1
	named
}

// ArrayOf returns an Array of the given items, which it does not copy, with the
// typecode for their type: q and Q for 64 bits.
func ArrayOf[T int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64 | float32 | float64](items []T) *Array {
	t := reflect.TypeFor[T]().Kind()
	for _, code := range "bBhHiIqQfd" {
		if typecodes[byte(code)].Kind() == t {
			return &Array{Typecode: byte(code), Data: items}
		}
	}
	return nil
}

// Len returns the number of items.
func (a *Array) Len() int {
	if s, ok := a.Data.(string); ok {
		return utf8.RuneCountInString(s)
	}
	if a.Data == nil {
		return 0
	}
	return reflect.ValueOf(a.Data).Len()
}

// Equal reports whether a and other have equal items, whatever their typecodes.
func (a *Array) Equal(other *Array) bool { return Equal(a, other) }

// String returns Python's repr of a.
func (a *Array) String() string { return Repr(a) }

// typecodes has the types of the items of numbers.
var typecodes = map[byte]reflect.Type{
	'b': reflect.TypeFor[int8](), 'B': reflect.TypeFor[uint8](), 'h': reflect.TypeFor[int16](), 'H': reflect.TypeFor[uint16](),
	'i': reflect.TypeFor[int32](), 'I': reflect.TypeFor[uint32](), 'l': reflect.TypeFor[int64](), 'L': reflect.TypeFor[uint64](),
	'q': reflect.TypeFor[int64](), 'Q': reflect.TypeFor[uint64](), 'f': reflect.TypeFor[float32](), 'd': reflect.TypeFor[float64](),
	'c': reflect.TypeFor[uint8](),
}

// The machine format codes: how the items are laid out in the bytes of a
// pickle. From 2 on the even ones are little-endian.
var arrayFormats = [...]struct {
	size int
	kind byte // i, u, f or t: text in UTF-16 or UTF-32
}{
	{1, 'u'}, {1, 'i'}, {2, 'u'}, {2, 'u'}, {2, 'i'}, {2, 'i'}, {4, 'u'}, {4, 'u'}, {4, 'i'}, {4, 'i'}, {8, 'u'}, {8, 'u'},
	{8, 'i'}, {8, 'i'}, {4, 'f'}, {4, 'f'}, {8, 'f'}, {8, 'f'}, {2, 't'}, {2, 't'}, {4, 't'}, {4, 't'},
}

// naturalFormats are those of a 64-bit little-endian machine.
var naturalFormats = map[byte]int{
	'B': 0, 'c': 0, 'b': 1, 'H': 2, 'h': 4, 'I': 6, 'i': 8, 'L': 10, 'Q': 10, 'l': 12, 'q': 12, 'f': 14, 'd': 16, 'u': 20, 'w': 20,
}

// The class and the function have a module string each, in CPython.
var (
	globalArray            = Global{strings.Clone("array"), strings.Clone("array")}
	globalArrayConstructor = Global{strings.Clone("array"), interned("_array_reconstructor")}
)

func registerArray() {
	standardContainer(globalArray, new(Array), nil, false, globalArrayConstructor)
}

var (
	errArrayItems  = errors.New("the items of the array are not what its typecode says")
	errArrayFormat = errors.New("the bytes are not of the machine format")
)

func (a *Array) hold(d *decoder, n vm.Node) error {
	if n.Kind() != vm.KindNothing { // not by complete, but a value in its place
		return d.mismatch(n, reflect.TypeOf(a).Elem(), nil)
	}
	return nil
}

func (a *Array) complete(d *decoder, in *vm.Instance) error {
	args, ok := d.containerArgs(in)
	if !ok || !d.stateless(in) {
		return d.mismatch(in.Self, reflect.TypeOf(a).Elem(), errForm)
	}
	called := d.class(in.Callable).Global
	args = slices.Clone(args)
	for i := range args {
		args[i] = d.nativeOf(args[i])
	}
	var err error
	switch {
	case called != globalArrayConstructor && len(args) == 2:
		err = a.construct(d, args[0], args[1])
	case called == globalArrayConstructor && len(args) == 4:
		a.function = called
		err = a.reconstruct(d, args)
	default:
		err = errForm
	}
	if err != nil {
		return d.hookError(in.Self, reflect.TypeOf(a).Elem(), err)
	}
	return nil
}

// typecode takes the typecode.
func (a *Array) typecode(d *decoder, n vm.Node) error {
	if k := n.Kind(); (k == vm.KindStr || k == vm.KindByteString) && len(d.g.Data(n)) == 1 {
		a.Typecode = d.g.Data(n)[0]
	}
	if _, ok := naturalFormats[a.Typecode]; !ok {
		return errors.New("there is no such typecode")
	}
	return nil
}

// construct is array(typecode, items): the form below protocol 3.
func (a *Array) construct(d *decoder, code, items vm.Node) error {
	if err := a.typecode(d, code); err != nil {
		return err
	}
	switch k := items.Kind(); {
	case k == vm.KindBytes || k == vm.KindByteString: // Python 2.6
		return a.decode(d, items, naturalFormats[a.Typecode])
	case k == vm.KindStr && a.isText():
		return decodeIntoAny[string](d, items, &a.Data)
	case k != vm.KindList:
		return errForm
	case a.isText() || a.Typecode == 'c':
		return a.join(d, items)
	}
	s := reflect.New(reflect.SliceOf(typecodes[a.Typecode])).Elem()
	kids := d.g.Kids(items)
	if err := d.spend(items, len(kids)); err != nil {
		return err
	}
	s.Set(reflect.MakeSlice(s.Type(), len(kids), len(kids)))
	for i, n := range kids {
		if k := n.Kind(); k != vm.KindInt && k != vm.KindLong && (k != vm.KindFloat || a.Typecode != 'f' && a.Typecode != 'd') {
			return errArrayItems
		}
		if n.Kind() == vm.KindFloat && a.Typecode == 'f' {
			s.Index(i).SetFloat(n.Float()) // rounds, as Python does
		} else if err := decodeNumber(d, n, s.Index(i)); err != nil {
			return atIndex(err, i)
		}
	}
	a.Data = s.Interface()
	return nil
}

func decodeIntoAny[T any](d *decoder, n vm.Node, p *any) error {
	var x T
	err := decodeInto(d, n, &x)
	*p = x
	return err
}

// isText reports whether the items are characters.
func (a *Array) isText() bool { return a.Typecode == 'u' || a.Typecode == 'w' }

// join takes a list of characters, or of the bytes of Python 2.
func (a *Array) join(d *decoder, items vm.Node) error {
	var b []byte
	if err := d.spend(items, len(d.g.Kids(items))); err != nil {
		return err
	}
	for _, n := range d.g.Kids(items) {
		k := n.Kind()
		if k != vm.KindStr && (k != vm.KindByteString || a.Typecode != 'c') {
			return errArrayItems
		}
		data := d.g.Data(n)
		if len(data) == 0 || a.Typecode == 'c' && len(data) != 1 || a.isText() && len(data) != characterLen(string(data)) {
			return errArrayItems
		}
		b = append(b, data...)
	}
	if a.Data = b; a.isText() {
		a.Data = string(b)
	} else if b == nil {
		a.Data = []byte{}
	}
	return nil
}

// characterLen returns the length of the first character, which may be half of a
// surrogate pair.
func characterLen(s string) int {
	_, size := decodeWTF8(s)
	return size
}

// appendWTF8 appends a character, which may be a surrogate.
func appendWTF8(b []byte, r rune) []byte {
	if r >= 0xd800 && r < 0xe000 {
		return append(b, 0xed, 0x80|byte(r>>6&0x3f), 0x80|byte(r&0x3f))
	}
	return utf8.AppendRune(b, r)
}

// reconstruct is _array_reconstructor(class, typecode, format, bytes).
func (a *Array) reconstruct(d *decoder, args []vm.Node) error {
	class := d.class(args[0])
	if args[0].Kind() != vm.KindGlobal || class.Global != globalArray {
		return errForm
	}
	a.class = class.Global
	if err := a.typecode(d, args[1]); err != nil {
		return err
	}
	format := args[2]
	if format.Kind() != vm.KindInt || format.Int() < 0 || format.Int() >= int64(len(arrayFormats)) || args[3].Kind() != vm.KindBytes {
		return errForm
	}
	a.format = int(format.Int()) + 1
	return a.decode(d, args[3], int(format.Int()))
}

// decode takes the bytes of the items in a machine format.
func (a *Array) decode(d *decoder, n vm.Node, format int) error {
	f, b := arrayFormats[format], d.g.Data(n)
	if err := d.spend(n, len(b)); err != nil {
		return err
	}
	if len(b)%f.size != 0 || a.isText() != (f.kind == 't') {
		return errArrayFormat
	}
	var order binary.ByteOrder = binary.LittleEndian
	if format >= 2 && format%2 == 1 {
		order = binary.BigEndian
	}
	if f.kind == 't' {
		text, ok := decodeUTF(b, f.size, order)
		if !ok {
			return errArrayFormat
		}
		a.Data = text
		return nil
	}
	s, err := decodeNumbers(b, format, order, typecodes[a.Typecode])
	a.Data = s
	return err
}

// decodeNumbers returns the numbers that are in b as a slice of elements of type
// t.
func decodeNumbers(b []byte, format int, order binary.ByteOrder, t reflect.Type) (any, error) {
	f := arrayFormats[format]
	s := reflect.MakeSlice(reflect.SliceOf(t), len(b)/f.size, len(b)/f.size)
	if natural := s.Interface(); f.size == int(t.Size()) && kindByte(t.Kind()) == f.kind {
		_, err := binary.Decode(b, order, natural) // the usual case, and a fast one
		return natural, err
	}
	for i := range s.Len() {
		v := s.Index(i)
		item := number{}
		switch u := readUint(b[i*f.size:], f.size, order); f.kind {
		case 'u':
			if u > math.MaxInt64 {
				if v.CanUint() {
					v.SetUint(u)
					continue
				}
				return nil, errArrayFormat
			}
			item.int = int64(u)
		case 'i':
			item.int = int64(u<<(64-8*f.size)) >> (64 - 8*f.size)
		case 'f':
			item = number{kind: aFloat, re: math.Float64frombits(u)}
			if f.size == 4 {
				item.re = float64(math.Float32frombits(uint32(u)))
			}
		}
		if !item.store(v) {
			return nil, errArrayFormat
		}
	}
	return s.Interface(), nil
}

func kindByte(k reflect.Kind) byte {
	switch {
	case k == reflect.Float32 || k == reflect.Float64:
		return 'f'
	case k >= reflect.Uint && k <= reflect.Uintptr:
		return 'u'
	}
	return 'i'
}

func readUint(b []byte, size int, order binary.ByteOrder) uint64 {
	switch size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(order.Uint16(b))
	case 4:
		return uint64(order.Uint32(b))
	}
	return order.Uint64(b)
}

// store stores a number, an integer or a float as it was read, in v, as Python
// would in an array; false if it does not fit.
func (n number) store(v reflect.Value) bool {
	switch {
	case n.kind == aFloat && v.CanFloat():
		v.SetFloat(n.re)
	case n.kind == aFloat:
		return false
	case v.CanFloat():
		v.SetFloat(float64(n.int))
	case v.CanInt() && !v.OverflowInt(n.int):
		v.SetInt(n.int)
	case v.CanUint() && n.int >= 0 && !v.OverflowUint(uint64(n.int)):
		v.SetUint(uint64(n.int))
	default:
		return false
	}
	return true
}

// decodeUTF returns text in UTF-16 or UTF-32, in which there may be surrogates.
func decodeUTF(b []byte, size int, order binary.ByteOrder) (string, bool) {
	text := make([]byte, 0, len(b))
	for i := 0; i < len(b); i += size {
		r := readUint(b[i:], size, order)
		if size == 2 && r>>10 == 0xd800>>10 && i+size < len(b) {
			if low := readUint(b[i+size:], size, order); low>>10 == 0xdc00>>10 {
				r = 0x10000 + r&0x3ff<<10 + low&0x3ff
				i += size
			}
		}
		if r > utf8.MaxRune {
			return "", false
		}
		text = appendWTF8(text, rune(r))
	}
	return string(text), true
}

// object returns a call of array with a list below protocol 3, and of
// _array_reconstructor with bytes from there on.
func (a *Array) object(protocol int) *Object {
	class, code := a.classOr(globalArray), string(rune(a.Typecode))
	if protocol < 3 {
		return &Object{Class: class, Args: Tuple{code, a.list()}}
	}
	function := globalArrayConstructor
	if a.function.Name != "" {
		function = a.function
	}
	format := a.format - 1
	b, ok := []byte{}, false
	if format >= 0 {
		b, ok = a.bytes(format)
	}
	if !ok {
		format = naturalFormats[a.Typecode]
		b, _ = a.bytes(format)
	}
	return &Object{Class: function, Args: Tuple{class, code, format, b}}
}

// list returns the items as Python's list of them has them.
func (a *Array) list() []any {
	list := []any{}
	if text, ok := a.Data.(string); ok {
		for len(text) > 0 {
			size := characterLen(text)
			list = append(list, text[:size])
			text = text[size:]
		}
		return list
	}
	for i := range a.Len() {
		list = append(list, a.item(i))
	}
	return list
}

// item returns item i, which is no character.
func (a *Array) item(i int) any {
	v := reflect.ValueOf(a.Data).Index(i)
	switch {
	case a.Typecode == 'c':
		return ByteString([]byte{byte(v.Uint())})
	case v.CanInt():
		return v.Int()
	case v.CanUint() && v.Uint() <= math.MaxInt64:
		return int64(v.Uint())
	case v.CanFloat():
		return v.Float()
	}
	return v.Interface()
}

// bytes returns the items in a machine format; false where they do not fit it.
func (a *Array) bytes(format int) ([]byte, bool) {
	f := arrayFormats[format]
	var order binary.AppendByteOrder = binary.LittleEndian
	if format >= 2 && format%2 == 1 {
		order = binary.BigEndian
	}
	if text, ok := a.Data.(string); ok || f.kind == 't' {
		return appendUTF(text, f.size, order), ok && f.kind == 't'
	}
	b := make([]byte, 0, a.Len()*f.size)
	if a.Len() == 0 {
		return []byte{}, true
	}
	s := reflect.ValueOf(a.Data)
	if t := s.Type().Elem(); f.size == int(t.Size()) && kindByte(t.Kind()) == f.kind {
		b, err := binary.Append(b, order.(binary.ByteOrder), a.Data)
		return b, err == nil
	}
	for i := range s.Len() {
		u, ok := bitsOf(s.Index(i), f.size, f.kind)
		if !ok {
			return nil, false
		}
		b = appendUint(b, u, f.size, order)
	}
	return b, true
}

// bitsOf returns the lowest bits of a number in a format; false where it does
// not fit.
func bitsOf(v reflect.Value, size int, kind byte) (uint64, bool) {
	bits := 8 * size
	switch {
	case kind == 'f' && v.CanFloat() && size == 8:
		return math.Float64bits(v.Float()), true
	case kind == 'f' && v.CanFloat():
		return uint64(math.Float32bits(float32(v.Float()))), fitsFloat32(v.Float())
	case kind == 'i' && v.CanInt():
		return uint64(v.Int()), v.Int()>>(bits-1) == 0 || v.Int()>>(bits-1) == -1
	case kind == 'u' && v.CanUint():
		return v.Uint(), bits == 64 || v.Uint()>>bits == 0
	}
	return 0, false
}

func appendUint(b []byte, u uint64, size int, order binary.AppendByteOrder) []byte {
	switch size {
	case 1:
		return append(b, byte(u))
	case 2:
		return order.AppendUint16(b, uint16(u))
	case 4:
		return order.AppendUint32(b, uint32(u))
	}
	return order.AppendUint64(b, u)
}

// appendUTF returns text in UTF-16 or UTF-32.
func appendUTF(text string, size int, order binary.AppendByteOrder) []byte {
	out := []byte{}
	for len(text) > 0 {
		r, n := decodeWTF8(text)
		text = text[n:]
		if size == 2 && r >= 0x10000 {
			r -= 0x10000
			out = order.AppendUint16(out, uint16(0xd800|r>>10))
			r = 0xdc00 | r&0x3ff
		}
		out = appendUint(out, uint64(r), size, order)
	}
	return out
}

// check reports what is wrong with a, which a program may have made.
func (a *Array) check() error {
	t := typecodes[a.Typecode]
	switch s, isString := a.Data.(string); {
	case a.Data == nil && (t != nil || a.isText()):
		return nil
	case a.isText() && isString:
		if !validWTF8(s) {
			return errors.New("the text is not UTF-8")
		}
		return nil
	case t != nil && reflect.TypeOf(a.Data) == reflect.SliceOf(t):
		return nil
	}
	return fmt.Errorf("an array with the typecode %q does not have a %T", a.Typecode, a.Data)
}

func validWTF8(s string) bool {
	for len(s) > 0 {
		r, size := decodeWTF8(s)
		if r >= utf8.RuneSelf && size == 1 {
			return false
		}
		s = s[size:]
	}
	return true
}

// assignTo stores the items in a slice, an array or a string.
func (a *Array) assignTo(v reflect.Value) bool {
	t := v.Type()
	text, isText := a.Data.(string)
	if isText || a.Typecode == 'c' && t.Kind() == reflect.String {
		if t.Kind() != reflect.String {
			return false
		}
		if !isText {
			text = string(a.Data.([]byte))
		}
		v.SetString(text)
		return true
	}
	from := reflect.ValueOf(a.Data)
	switch {
	case t.Kind() == reflect.Slice:
		s := reflect.MakeSlice(t, from.Len(), max(from.Len(), 1))
		if t.Elem().Kind() == from.Type().Elem().Kind() {
			if from.CanConvert(t) {
				reflect.Copy(s, from.Convert(t))
				v.Set(s)
				return true
			}
		}
		v.Set(s)
	case t.Kind() != reflect.Array || v.Len() != from.Len():
		return false
	}
	for i := range from.Len() {
		switch to := v.Index(i); {
		case t.Elem() == anyType:
			to.Set(reflect.ValueOf(a.item(i)))
		case !isNumber(t.Elem().Kind()) || !fitNumber(to, from.Index(i)):
			return false
		}
	}
	return true
}

// fitNumber stores a number in another kind of number if that can hold it.
func fitNumber(to, from reflect.Value) bool {
	if from.CanUint() && from.Uint() > math.MaxInt64 {
		if to.CanUint() && !to.OverflowUint(from.Uint()) {
			to.SetUint(from.Uint())
			return true
		}
		return false
	}
	n := numberOf(from.Interface())
	if f := float64(n.int); n.kind == anInt && to.CanFloat() {
		if from.CanFloat() { // -0 is no int
			n.re = from.Float()
		} else if n.re = f; f >= 1<<63 || int64(f) != n.int {
			return false
		}
		n.kind = aFloat
	}
	switch {
	case to.CanFloat():
		if n.kind == aNaN {
			n.re = math.NaN()
		}
		if to.Kind() == reflect.Float32 && !fitsFloat32(n.re) {
			return false
		}
		to.SetFloat(n.re)
		return true
	case n.kind != anInt || from.CanFloat() && n.int == 0 && math.Signbit(from.Float()):
		return false
	}
	return n.store(to)
}

// plain returns the items.
func (a *Array) plain() any { return a.Data }

func (a *Array) kind() valueKind { return orNone(a != nil, pyArray) }

func (a *Array) typeName() string { return "array.array" }

func (a *Array) layout(ident) layout {
	args := []any{string(rune(a.Typecode))}
	if a.Len() > 0 {
		if a.isText() {
			args = append(args, a.Data)
		} else {
			args = append(args, a.list())
		}
	}
	return callLayout(call{name: "array", args: args})
}

// arrays compares the items, whatever their types.
func (e *equality) arrays(k *keyer, a, b *Array) bool {
	n := a.Len()
	if n != b.Len() {
		return false
	}
	x, isText := a.Data.(string)
	y, other := b.Data.(string)
	if n == 0 || isText && other {
		return x == y
	}
	if isText || other {
		return false
	}
	for i := range n {
		if !e.step(k, a.item(i), b.item(i)) {
			return false
		}
	}
	return true
}

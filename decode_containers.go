package pickle

import (
	"reflect"

	"github.com/go-pickle/pickle/vm"
)

// decodeAnySlice is for []any and Tuple, which share memory with what the
// object is in an any.
func decodeAnySlice(d *decoder, n vm.Node, v reflect.Value) error {
	kids, ok := d.items(n)
	if !ok {
		return d.other(n, v, decodeAnySlice)
	}
	switch x := d.shared(n).(type) {
	case []any:
		v.Set(reflect.ValueOf(x).Convert(v.Type()))
		return nil
	case Tuple:
		v.Set(reflect.ValueOf(x).Convert(v.Type()))
		return nil
	}
	if err := d.enter(n, len(kids)); err != nil {
		return err
	}
	s := make([]any, len(kids), max(len(kids), 1))
	switch {
	case n.Kind() == vm.KindList || n.Kind() == vm.KindTuple && d.o.plain:
		d.share(n, s)
	case n.Kind() == vm.KindTuple:
		d.share(n, Tuple(s))
	}
	v.Set(reflect.ValueOf(s).Convert(v.Type()))
	err := d.fill(s, kids)
	d.leave()
	return err
}

// makeSliceDecoder: a shared list is one array in memory. Its length is known,
// and the slice in place, before the first item is bound, so that a list in
// itself is just that.
func makeSliceDecoder(t reflect.Type) unmarshalFunc {
	if t.Elem().Kind() == reflect.Uint8 {
		return makeBytesDecoder(t)
	}
	elem, place := lazy(t.Elem()), placeDecoderOf(t.Elem())
	fast := sliceBinders[t]
	k := t.Elem().Kind() // two references to one object are the same value
	alike := k == reflect.Slice || k == reflect.Map || k == reflect.Pointer || k == reflect.String
	var decode unmarshalFunc
	decode = func(d *decoder, n vm.Node, v reflect.Value) error {
		kids, ok := d.items(n)
		if !ok {
			return d.other(n, v, decode)
		}
		id := d.g.Shared(n)
		if id != 0 {
			if b, ok := d.lookup(id, t); ok {
				v.Set(b.v)
				return nil
			}
		}
		if err := d.enter(n, len(kids)); err != nil {
			return err
		}
		if fast != nil && fast(d, kids, spotOf(v)) {
			if id != 0 {
				d.bind(id, binding{typ: t, v: copyOf(v)})
			}
			d.leave()
			return nil
		}
		room := max(len(kids), 1) // also an empty list has an address, and so an identity
		if id != 0 {
			s := reflect.MakeSlice(t, len(kids), room)
			d.bind(id, binding{typ: t, v: s})
			v.Set(s)
		} else { // the same with one allocation less
			v.SetZero()
			v.Grow(room)
			v.SetLen(len(kids))
			v.SetCap(room)
		}
		var err error
		if place != nil {
			err = d.fillPlaces(v, kids, alike, place())
		} else {
			err = d.fillSlice(v, kids, alike, elem())
		}
		d.leave()
		return err
	}
	return decode
}

// fillSlice binds kids to the items of s. alike says that two references to one
// object are the same value.
func (d *decoder) fillSlice(s reflect.Value, kids []vm.Node, alike bool, f unmarshalFunc) error {
	for i := 0; i < len(kids); i++ {
		if alike && i > 0 && kids[i] == kids[i-1] && d.g.Shared(kids[i]) != 0 {
			i = repeat(s, kids, i) - 1
			continue
		}
		if err := f(d, kids[i], s.Index(i)); err != nil {
			return atIndex(err, i)
		}
	}
	return nil
}

// fillPlaces is fillSlice past reflect.
func (d *decoder) fillPlaces(s reflect.Value, kids []vm.Node, alike bool, f placeDecoder) error {
	items, size := elementsOf(s), s.Type().Elem().Size()
	for i := 0; i < len(kids); i++ {
		if alike && i > 0 && kids[i] == kids[i-1] && d.g.Shared(kids[i]) != 0 {
			i = repeat(s, kids, i) - 1
			continue
		}
		if err := f.decodeAt(d, kids[i], items.index(i, size)); err != nil {
			return atIndex(err, i)
		}
	}
	return nil
}

// repeat copies the item of s before i to i, and to those after it that are the same
// in kids. It returns where these end.
func repeat(s reflect.Value, kids []vm.Node, i int) int {
	end := i + 1
	for end < len(kids) && kids[end] == kids[i] {
		end++
	}
	from := i - 1
	for have := 1; have < end-from; have *= 2 {
		reflect.Copy(s.Slice(from+have, end), s.Slice(from, from+have))
	}
	return end
}

// makeBytesDecoder is for slices of bytes, which take bytes, bytearray, str,
// and lists of small ints.
func makeBytesDecoder(t reflect.Type) unmarshalFunc {
	var decode unmarshalFunc
	decode = func(d *decoder, n vm.Node, v reflect.Value) error {
		switch n.Kind() {
		case vm.KindBytes:
			v.SetBytes(d.bytes(n))
		case vm.KindByteArray:
			v.SetBytes(d.byteArray(n))
		case vm.KindBuffer:
			b, err := d.buffer(n)
			if err != nil {
				return err
			}
			v.SetBytes(b.Data)
		case vm.KindByteString:
			if b, ok := d.shared(n).([]byte); ok { // Python2Bytes
				v.SetBytes(b)
				return nil
			}
			return d.bytesOf(n, v)
		case vm.KindStr, vm.KindList, vm.KindTuple, vm.KindSet, vm.KindFrozenSet:
			return d.bytesOf(n, v)
		default:
			return d.other(n, v, decode)
		}
		return nil
	}
	return decode
}

// bytesOf stores the text n, or the items of n, in v, a slice of bytes.
func (d *decoder) bytesOf(n vm.Node, v reflect.Value) error {
	id := d.g.Shared(n)
	if id != 0 {
		if b, ok := d.lookup(id, v.Type()); ok {
			v.Set(b.v)
			return nil
		}
	}
	kids, ok := d.items(n)
	if !ok { // a str of either Python: the bytes as they are, whatever they mean as text
		data := d.g.Data(n)
		if !d.o.alias || len(data) == 0 {
			data = append([]byte{}, data...)
		}
		v.SetBytes(data[:len(data):len(data)])
	} else {
		s := reflect.MakeSlice(v.Type(), len(kids), max(len(kids), 1))
		f := decoderOf(v.Type().Elem())
		for i, k := range kids {
			if err := f(d, k, s.Index(i)); err != nil {
				return atIndex(err, i)
			}
		}
		v.Set(s)
	}
	if id != 0 {
		d.bind(id, binding{typ: v.Type(), v: copyOf(v)})
	}
	return d.spend(n, v.Len())
}

func makeArrayDecoder(t reflect.Type) unmarshalFunc {
	elem := lazy(t.Elem())
	isBytes := t.Elem().Kind() == reflect.Uint8
	var decode unmarshalFunc
	decode = func(d *decoder, n vm.Node, v reflect.Value) error {
		if isBytes {
			if k := n.Kind(); k == vm.KindBytes || k == vm.KindByteArray || k == vm.KindByteString {
				return d.byteArrayInto(n, v)
			}
		}
		kids, ok := d.items(n)
		if !ok {
			return d.other(n, v, decode)
		}
		if len(kids) != t.Len() {
			return d.mismatchf(n, t, "it has %d items", len(kids))
		}
		if done, err := d.aliased(n, v); done || err != nil {
			return err
		}
		if err := d.enter(n, len(kids)); err != nil {
			return err
		}
		f := elem()
		for i, k := range kids {
			if err := f(d, k, v.Index(i)); err != nil {
				return atIndex(err, i)
			}
		}
		d.leave()
		d.filled(n, v)
		return nil
	}
	return decode
}

func (d *decoder) byteArrayInto(n vm.Node, v reflect.Value) error {
	var b []byte
	if n.Kind() == vm.KindByteArray {
		b = d.byteArray(n)
	} else {
		b = d.g.Data(n)
	}
	if len(b) != v.Len() {
		return d.mismatchf(n, v.Type(), "it has %d bytes", len(b))
	}
	copy(v.Bytes(), b)
	return d.spend(n, len(b))
}

// mapTarget is a map that is being filled. Keys and values are bound in slots
// of their own, not in one slot used again and again: a shared object may keep
// the address of where it was bound first.
type mapTarget struct {
	m            reflect.Value
	keys, values reflect.Value // slices
}

func newMapTarget(m reflect.Value, n int) mapTarget {
	t := m.Type()
	return mapTarget{m, slots(t.Key(), n), slots(t.Elem(), n)}
}

// slots returns room for n values of type t. Types that can have no address
// taken are given one slot, for all.
func slots(t reflect.Type, n int) reflect.Value {
	switch t.Kind() {
	case reflect.Struct, reflect.Array:
	default:
		n = min(n, 1)
	}
	return reflect.MakeSlice(reflect.SliceOf(t), n, n)
}

func slot(s reflect.Value, i int) reflect.Value {
	if i >= s.Len() {
		i = 0
	}
	v := s.Index(i)
	v.SetZero()
	return v
}

func makeMapDecoder(t reflect.Type) unmarshalFunc {
	key, value := lazy(t.Key()), lazy(t.Elem())
	asSet := t.Elem() == emptyStructType || t.Elem().Kind() == reflect.Bool
	var decode unmarshalFunc
	decode = func(d *decoder, n vm.Node, v reflect.Value) error {
		if n.Kind() != vm.KindDict {
			if _, ok := d.items(n); !ok || !asSet {
				return d.other(n, v, decode)
			}
		}
		id := d.g.Shared(n)
		if id != 0 && d.sameMap(id, v) {
			return nil
		}
		kids := d.g.Kids(n)
		if err := d.enter(n, len(kids)); err != nil {
			return err
		}
		var err error
		if n.Kind() == vm.KindDict {
			err = d.fillMap(d.newMap(n, v, len(kids)/2), kids, key(), value())
		} else {
			err = d.fillMapSet(d.newMap(n, v, len(kids)), kids, key())
		}
		d.leave()
		return err
	}
	return decode
}

// sameMap makes v, a map, the one that shared object id was bound to before.
func (d *decoder) sameMap(id uint32, v reflect.Value) bool {
	if b, ok := d.lookup(id, v.Type()); ok {
		v.Set(b.v)
		return true
	}
	if x := d.anys.get(int(id)); d.o.plain && x != nil {
		if x := reflect.ValueOf(x); x.Type() == v.Type() {
			v.Set(x)
			return true
		}
	}
	return false
}

// newMap makes v a new map, and says that it is what n is.
func (d *decoder) newMap(n vm.Node, v reflect.Value, size int) reflect.Value {
	t := v.Type()
	m := reflect.MakeMapWithSize(t, size)
	v.Set(m)
	if id := d.g.Shared(n); id != 0 {
		d.bind(id, binding{typ: t, v: m})
		if d.o.plain && n.Kind() == vm.KindDict && t == d.plainMapType(d.g.Kids(n)) {
			d.shareFirst(n, m.Interface())
		}
	}
	return m
}

// fillMap puts the keys and values that kids has in turn into map m.
func (d *decoder) fillMap(m reflect.Value, kids []vm.Node, key, value unmarshalFunc) error {
	target := newMapTarget(m, len(kids)/2)
	for i := 0; i+1 < len(kids); i += 2 {
		k, err := d.mapKey(kids[i], slot(target.keys, i/2), key)
		if err != nil {
			return err
		}
		e := slot(target.values, i/2)
		if err := value(d, kids[i+1], e); err != nil {
			return atMapKey(err, k)
		}
		m.SetMapIndex(k, e)
	}
	return nil
}

// fillMapSet puts kids into map m, which stands for a set: its values are
// struct{} or true.
func (d *decoder) fillMapSet(m reflect.Value, kids []vm.Node, key unmarshalFunc) error {
	target := newMapTarget(m, len(kids))
	member := reflect.New(m.Type().Elem()).Elem()
	if member.Kind() == reflect.Bool {
		member.SetBool(true)
	}
	for i, n := range kids {
		k, err := d.mapKey(n, slot(target.keys, i), key)
		if err != nil {
			return err
		}
		m.SetMapIndex(k, member)
	}
	return nil
}

// mapKey binds n to k, the key of a Go map, which must be hashable.
func (d *decoder) mapKey(n vm.Node, k reflect.Value, key unmarshalFunc) (reflect.Value, error) {
	if err := key(d, n, k); err != nil {
		return k, at(err, ".keys()")
	}
	if !hashable(k) {
		return k, at(d.noMapKey(n, k.Type()), ".keys()")
	}
	if err := d.spendKey(n); err != nil {
		return k, at(err, ".keys()")
	}
	return k, nil
}

// spendKey counts the time that hashing n, the key of a Go map, takes. It is
// hashed again wherever it is one, however often that is.
func (d *decoder) spendKey(n vm.Node) error {
	const bytesPerItem = 16
	switch n.Kind() {
	case vm.KindStr, vm.KindByteString, vm.KindBytes:
		if k := len(d.g.Data(n)); k >= longKey {
			return d.spend(n, k/bytesPerItem)
		}
	}
	return nil
}

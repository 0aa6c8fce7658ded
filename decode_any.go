package pickle

import (
	"math/big"
	"reflect"
	"slices"

	"github.com/go-pickle/pickle/vm"
)

// any returns n as the Go value that the package documentation names for it.
func (d *decoder) any(n vm.Node) (any, error) {
	switch n.Kind() {
	case vm.KindNone, vm.KindNothing:
		return nil, nil
	case vm.KindBool:
		return n.Int() != 0, nil
	case vm.KindInt:
		return d.boxes.int64(n.Int()), nil
	case vm.KindFloat:
		return d.boxes.float64(n.Float()), nil
	case vm.KindStr:
		return d.anyString(n), nil
	case vm.KindByteString:
		return d.anyByteString(n)
	case vm.KindLong:
		return d.big(n), nil
	case vm.KindGlobal:
		return d.anyGlobal(n)
	case vm.KindExtension:
		return d.anyExtension(n)
	case vm.KindBuffer:
		return d.buffer(n)
	}
	if v := d.shared(n); v != nil {
		return v, nil
	}
	switch n.Kind() {
	case vm.KindBytes:
		return d.bytes(n), nil
	case vm.KindByteArray:
		return d.byteArray(n), nil
	case vm.KindInstance:
		return d.anyInstance(n)
	}
	if err := d.enter(n, len(d.g.Kids(n))); err != nil {
		return nil, err
	}
	v, err := d.anyContainer(n)
	d.leave()
	return v, err
}

// anyContainer is any for what has kids.
func (d *decoder) anyContainer(n vm.Node) (any, error) {
	switch n.Kind() {
	case vm.KindTuple:
		return d.tuple(n)
	case vm.KindDict:
		if d.o.plain {
			return d.plainDict(n)
		}
		return d.dict(n)
	case vm.KindSet:
		if d.o.plain {
			return d.list(n)
		}
		s := newSetSize(len(d.g.Kids(n)))
		d.share(n, s)
		return s, d.fillSet(s, n)
	case vm.KindFrozenSet:
		if d.o.plain {
			return d.list(n)
		}
		s := newSetSize(len(d.g.Kids(n)))
		d.share(n, FrozenSet{s})
		return FrozenSet{s}, d.fillSet(s, n)
	case vm.KindPersistent:
		return d.persistent(n)
	}
	return d.list(n)
}

func (d *decoder) anyByteString(n vm.Node) (any, error) {
	switch d.o.python2Strings {
	case Python2ByteString:
		return ByteString(d.str(n)), nil
	case Python2Bytes:
		return d.bytes(n), nil
	}
	return d.text(n)
}

// bytes returns a copy of the bytes of n. Empty ones are not nil.
func (d *decoder) bytes(n vm.Node) []byte {
	if b, ok := d.shared(n).([]byte); ok {
		return b
	}
	data := d.g.Data(n)
	d.work += int64(len(data))
	if len(data) == 0 {
		return d.emptyBytes(n)
	}
	if d.o.alias {
		b := data[:len(data):len(data)]
		d.share(n, b)
		return b
	}
	b := make([]byte, len(data)) // and copy: in this form the compiler leaves out the zeros
	copy(b, data)
	d.share(n, b)
	return b
}

// emptyBytes is bytes for no bytes. In Python there is usually one empty bytes object;
// others have an address of their own here.
func (d *decoder) emptyBytes(n vm.Node) []byte {
	b := []byte{}
	if d.noBytes {
		b = make([]byte, 0, 1)
	}
	d.noBytes = true
	d.share(n, b)
	return b
}

func (d *decoder) byteArray(n vm.Node) ByteArray {
	if b, ok := d.shared(n).(ByteArray); ok {
		return b
	}
	data, appended := d.g.ByteArray(n)
	d.work += int64(len(data) + len(appended))
	b := make(ByteArray, len(data)) // like bytes
	copy(b, data)
	if b = slices.Grow(b, len(appended)); cap(b) == 0 {
		b = make(ByteArray, 0, 1) // each is an object of its own
	}
	for _, k := range appended {
		b = append(b, byte(k.Int()))
	}
	d.share(n, b)
	return b
}

// list returns n as a []any. It is known before it is filled, so that a list
// in itself is just that. An empty list has room for one item, which gives it
// an address, and so an identity.
func (d *decoder) list(n vm.Node) (any, error) {
	kids := d.g.Kids(n)
	s, v := d.boxes.list(len(kids), d.smallness(kids))
	d.share(n, v)
	return v, d.fill(s, kids)
}

// emptyTuple needs no interface of its own: it is one object in Python, too.
var emptyTuple any = Tuple{}

func (d *decoder) tuple(n vm.Node) (any, error) {
	kids := d.g.Kids(n)
	switch {
	case d.o.plain:
		return d.list(n)
	case len(kids) == 0:
		return emptyTuple, nil
	}
	s, v := d.boxes.tuple(len(kids), d.smallness(kids))
	d.share(n, v)
	return v, d.fill(s, kids)
}

// smallness is how little is in a list or tuple.
type smallness uint8

const (
	large  smallness = iota // there may be anything in it
	flat                    // a few numbers and short strings
	nested                  // and tuples of these
)

func (d *decoder) smallness(nodes []vm.Node) smallness {
	if len(nodes) > mostSlabPiece {
		return large
	}
	k := flat
	for i, n := range nodes {
		if n.Kind() == vm.KindTuple {
			if !d.areFlat(d.g.Kids(n)) {
				return large
			}
			k = nested
		} else if !d.areFlat(nodes[i : i+1]) {
			return large
		}
	}
	return k
}

// areFlat reports whether nodes are a few numbers and short strings.
func (d *decoder) areFlat(nodes []vm.Node) bool {
	if len(nodes) > mostSlabPiece {
		return false
	}
	for _, n := range nodes {
		switch n.Kind() {
		case vm.KindNone, vm.KindBool, vm.KindInt, vm.KindFloat:
		case vm.KindStr:
			if len(d.g.Data(n)) > mostPiece {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// fill binds kids to the items of s.
func (d *decoder) fill(s []any, kids []vm.Node) error {
	for i := 0; i < len(kids); i++ {
		k := kids[i]
		switch k.Kind() {
		case vm.KindInt:
			i += d.boxes.manyInts(s[i:], kids[i:]) - 1
			continue
		case vm.KindFloat:
			i += d.boxes.manyFloats(s[i:], kids[i:]) - 1
			continue
		case vm.KindStr:
			if v := d.boxedText(k); v != nil {
				s[i] = v
				continue
			}
		default:
			if i > 0 && k == kids[i-1] && d.g.Shared(k) != 0 {
				for ; i < len(kids) && kids[i] == k; i++ {
					s[i] = s[i-1]
				}
				i--
				continue
			}
		}
		v, err := d.any(k)
		if err != nil {
			return atIndex(err, i)
		}
		s[i] = v
	}
	return nil
}

func (d *decoder) dict(n vm.Node) (*Dict, error) {
	kids := d.g.Kids(n)
	dict := newDictSize(len(kids) / 2)
	d.share(n, dict)
	return dict, d.fillDict(dict, kids)
}

// fillDict gives dict, which is empty, the keys and values that are in kids in
// turn.
func (d *decoder) fillDict(dict *Dict, kids []vm.Node) error {
	var nans nans
	for i := 0; i+1 < len(kids); i += 2 {
		var key any
		var err error
		if kids[i].Kind() == vm.KindStr {
			key = d.boxedText(kids[i])
		}
		if key == nil {
			if key, err = d.any(kids[i]); err != nil {
				return at(err, ".keys()")
			}
		}
		v, err := d.any(kids[i+1])
		if err != nil {
			return atKey(err, key)
		}
		if f, ok := key.(float64); ok && f != f {
			if entry, known := nans.find(d.offset(kids[i]), len(dict.entries)); known {
				dict.entries[entry].Value = v
				continue
			}
		}
		dict.add(key, v)
	}
	if i, err := dict.unique(&d.keys); err != nil {
		return at(d.mismatch(kids[2*i], nil, err), ".keys()")
	}
	return nil
}

// nans are the entries of NaNs in a dict or set, by their offset: a NaN is
// equal to nothing, but one NaN object is one key.
type nans map[int64]int

// find returns the entry of the NaN at an offset, and whether it was known
// before; if not, its entry is next.
func (m *nans) find(offset int64, next int) (entry int, known bool) {
	if entry, known = (*m)[offset]; known {
		return entry, true
	}
	if *m == nil {
		*m = make(nans)
	}
	(*m)[offset] = next
	return next, false
}

func (d *decoder) fillSet(s *Set, n vm.Node) error {
	var nans nans
	for i, k := range d.g.Kids(n) {
		v, err := d.any(k)
		if err != nil {
			return atIndex(err, i)
		}
		if f, ok := v.(float64); ok && f != f {
			if _, known := nans.find(d.offset(k), 0); known {
				continue
			}
		}
		s.add(v, struct{}{})
	}
	if i, err := s.unique(&d.keys); err != nil {
		return atIndex(d.mismatch(d.g.Kids(n)[i], nil, err), i)
	}
	return nil
}

var (
	plainDictType = reflect.TypeFor[map[string]any]()
	plainMapType  = reflect.TypeFor[map[any]any]()
)

// plainMapType returns the type of map that a dict with such keys and values
// becomes with the option PlainValues.
func (d *decoder) plainMapType(kids []vm.Node) reflect.Type {
	for i := 0; i < len(kids); i += 2 {
		if k := kids[i].Kind(); k != vm.KindStr && (k != vm.KindByteString || d.o.python2Strings == Python2Bytes) {
			return plainMapType
		}
	}
	return plainDictType
}

// plainDict returns n as a map[string]any, or as a map[any]any if not all keys
// are strings.
func (d *decoder) plainDict(n vm.Node) (any, error) {
	kids := d.g.Kids(n)
	if d.plainMapType(kids) == plainMapType {
		return d.plainMap(n)
	}
	m := make(map[string]any, len(kids)/2)
	d.share(n, m)
	for i := 0; i+1 < len(kids); i += 2 {
		key, err := d.text(kids[i])
		if err == nil {
			err = d.spendKey(kids[i])
		}
		if err != nil {
			return nil, at(err, ".keys()")
		}
		if m[key], err = d.any(kids[i+1]); err != nil {
			return nil, atKey(err, key)
		}
	}
	return m, nil
}

func (d *decoder) plainMap(n vm.Node) (any, error) {
	kids := d.g.Kids(n)
	m := make(map[any]any, len(kids)/2)
	d.share(n, m)
	for i := 0; i+1 < len(kids); i += 2 {
		key, err := d.any(kids[i])
		if err != nil {
			return nil, at(err, ".keys()")
		}
		if !hashable(reflect.ValueOf(key)) {
			return nil, at(d.noMapKey(kids[i], plainMapType), ".keys()")
		}
		if err := d.spendKey(kids[i]); err != nil {
			return nil, at(err, ".keys()")
		}
		if m[key], err = d.any(kids[i+1]); err != nil {
			return nil, atKey(err, key)
		}
	}
	return m, nil
}

func (d *decoder) noMapKey(n vm.Node, t reflect.Type) error {
	return d.mismatchf(n, t, "it cannot be the key of a Go map; a *Dict can have it")
}

// hashable reports whether v can be the key of a Go map, and be found there
// again: a big integer could not.
func hashable(v reflect.Value) bool {
	if !v.IsValid() {
		return true
	}
	if v.Kind() == reflect.Interface {
		return hashable(v.Elem())
	}
	if v.Type() == reflect.TypeFor[*big.Int]() {
		return false
	}
	return canCompare(v)
}

func (d *decoder) anyGlobal(n vm.Node) (any, error) {
	c := d.class(n)
	if c.value != nil {
		return c.value, nil
	}
	if d.o.unknownClasses && !c.known() {
		return nil, d.unknown(n, c)
	}
	return c.Global, nil
}

func (d *decoder) anyExtension(n vm.Node) (any, error) {
	if c := d.class(n); c.Name != "" {
		return c.Global, nil
	}
	if d.o.unknownClasses {
		return nil, d.unknown(n, d.class(n))
	}
	return Extension(n.Int()), nil
}

// persistent returns what PersistentLoad makes of the ID.
func (d *decoder) persistent(n vm.Node) (any, error) {
	id, err := d.any(d.g.Kids(n)[0])
	if err != nil {
		return nil, at(err, ".persistent_id")
	}
	var v any = PersistentRef{id}
	if d.o.persistentLoad != nil {
		if v, err = d.o.persistentLoad(id); err != nil {
			return nil, d.hookError(n, nil, err)
		}
	}
	d.share(n, v)
	return v, nil
}

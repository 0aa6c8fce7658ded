package pickle

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/go-pickle/pickle/vm"
)

// structDecoder binds dicts, tuples and instances to one struct type.
type structDecoder struct {
	typ      reflect.Type
	plan     *plan
	direct   []reflect.Kind        // of the fields that can be bound directly
	slices   []sliceBinder         // for those that are slices
	pointers []pointerBinder       // for those that are pointers
	inner    []func() placeDecoder // of the fields that have one, else nil
	most     int                   // the length of the longest name
	least    int                   // how many fields a tuple must have
	wants    bool                  // there are fields that are required
	exact    bool                  // the type has a function of its own in exactDecoders
	setter   bool                  // the type is a StateSetter

	once  sync.Once
	funcs []unmarshalFunc // of the fields; see elems
}

// elems returns the functions of the fields. They are made at the first use: the
// type of a field may have a field of this type. A tag that says how a field is
// written asks nothing of what is read.
func (s *structDecoder) elems() []unmarshalFunc {
	s.once.Do(func() {
		for _, f := range s.plan.fields {
			s.funcs = append(s.funcs, decoderOf(f.typ))
		}
	})
	return s.funcs
}

var structDecoders sync.Map // reflect.Type → *structDecoder

func structDecoderOf(t reflect.Type) *structDecoder {
	if s, ok := structDecoders.Load(t); ok {
		return s.(*structDecoder)
	}
	made := &structDecoder{typ: t, plan: planOf(t), setter: reflect.PointerTo(t).Implements(stateSetterType)}
	_, made.exact = exactDecoders[t]
	for i, f := range made.plan.fields {
		k := directOf(f.typ)
		if !f.flat {
			k = reflect.Invalid
		}
		made.direct = append(made.direct, k)
		made.slices = append(made.slices, sliceBinders[f.typ])
		made.pointers = append(made.pointers, pointerBinders[f.typ])
		var inner func() placeDecoder
		if f.flat {
			inner = placeDecoderOf(f.typ)
		}
		made.inner = append(made.inner, inner)
		made.most = max(made.most, len(f.name))
		made.wants = made.wants || f.required
		if !f.omitEmpty && !f.omitZero {
			made.least = i + 1
		}
	}
	s, _ := structDecoders.LoadOrStore(t, made)
	return s.(*structDecoder)
}

func makeStructDecoder(t reflect.Type) unmarshalFunc { return structDecoderOf(t).decode }

func (s *structDecoder) decode(d *decoder, n vm.Node, v reflect.Value) error {
	return s.decodeAt(d, n, spotOf(v))
}

// decodeAt binds n to the struct at a place.
func (s *structDecoder) decodeAt(d *decoder, n vm.Node, at spot) error {
	if s.plan.err != nil {
		return d.mismatch(n, s.typ, s.plan.err)
	}
	switch n.Kind() {
	case vm.KindDict:
	case vm.KindList, vm.KindTuple:
		if s.plan.style == styleDefault {
			return d.mismatchf(n, s.typ, "a field _ struct{} tagged `pickle:\",tuple\"` would make the struct go by position")
		}
	default:
		return d.other(n, at.value(s.typ), s.decode)
	}
	shared := d.g.Shared(n) != 0
	if shared {
		if done, err := d.aliased(n, at.value(s.typ)); done || err != nil {
			return err
		}
	}
	kids := d.g.Kids(n)
	if err := d.enter(n, len(kids)); err != nil {
		return err
	}
	var fill structFill
	fill.begin(s, d, n, at)
	var err error
	if n.Kind() == vm.KindDict {
		err = fill.pairs(kids)
	} else {
		err = fill.positions(n, kids)
	}
	if err == nil {
		err = fill.finish()
	}
	d.leave()
	if shared {
		d.filled(n, at.value(s.typ))
	}
	return err
}

// structFill is one struct being filled, in one go or, for an instance, from
// its arguments and its states.
type structFill struct {
	*structDecoder
	d     *decoder
	n     vm.Node
	at    spot            // where the struct is
	next  int             // the field that is likely to come next
	seen  []bool          // by field; nil if no field is required
	fresh bool            // the map for unknown names is of this call
	own   []reflect.Value // the embedded pointers that are of this call
}

// begin is due first.
func (f *structFill) begin(s *structDecoder, d *decoder, n vm.Node, at spot) {
	f.structDecoder, f.d, f.n, f.at = s, d, n, at
	if s.wants {
		f.seen = make([]bool, len(s.plan.fields))
	}
}

// pairs takes the names and values that kids has in turn.
func (f *structFill) pairs(kids []vm.Node) error {
	if err := f.d.spend(f.n, len(kids)); err != nil {
		return err
	}
	known := f.d.keysOf(f.structDecoder)
	for i := 0; i+1 < len(kids); i += 2 {
		name, value := kids[i], kids[i+1]
		index := 0
		if at := i / 2; known.of == f.structDecoder && at < len(known.keys) && known.keys[at].name == name {
			index = known.keys[at].field
		} else {
			index = f.find(name)
			f.remember(known, at, keyNode{name, index})
		}
		if index >= 0 && f.setDirectly(index, value) {
			continue
		}
		var err error
		if index >= 0 {
			err = f.set(index, value)
		} else {
			err = f.unknown(name, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// remember notes the key at a position, if it is an object that can come again.
func (f *structFill) remember(known *keyNodes, at int, k keyNode) {
	switch {
	case known.of != f.structDecoder || f.d.g.Shared(k.name) == 0:
	case at < len(known.keys):
		known.keys[at] = k
	case at == len(known.keys) && at < 2*len(f.plan.fields)+8:
		known.keys = append(known.keys, k)
	}
}

// name returns the name that n is, as fields have it: what is in Latin-1 by
// the option Python2Strings is the same name in UTF-8.
func (d *decoder) name(n vm.Node) []byte {
	data := d.g.Data(n)
	if n.Kind() == vm.KindByteString && d.o.python2Strings == Python2Latin1 && !isASCII(string(data)) {
		d.work += int64(len(data))
		return []byte(latin1(data))
	}
	return data
}

// find returns the field that a key names, or -1. Most names come in the order of
// the fields.
func (f *structFill) find(key vm.Node) int {
	if k := key.Kind(); k != vm.KindStr && k != vm.KindByteString {
		return -1
	}
	fields, name := f.plan.fields, f.d.name(key)
	if f.next < len(fields) && string(name) == fields[f.next].name {
		f.next++
		return f.next - 1
	}
	if len(name) > f.most { // looking it up would take long
		return -1
	}
	i, ok := f.plan.byName[string(name)]
	if !ok {
		return -1
	}
	f.next = i + 1
	return i
}

// value returns the struct.
func (f *structFill) value() reflect.Value { return f.at.value(f.typ) }

// set binds n to field i, which could not be done directly.
func (f *structFill) set(i int, n vm.Node) error {
	fd := &f.plan.fields[i]
	if inner := f.inner[i]; inner != nil {
		if f.seen != nil {
			f.seen[i] = true
		}
		if err := inner().decodeAt(f.d, n, f.at.field(fd)); err != nil {
			return atField(err, fd.name)
		}
		return nil
	}
	target := f.value()
	if len(fd.index) == 1 {
		target = target.Field(fd.index[0])
	} else {
		for depth, x := range fd.index {
			if depth > 0 && target.Kind() == reflect.Pointer {
				target = f.embedded(target)
			}
			target = target.Field(x)
		}
	}
	if f.seen != nil {
		f.seen[i] = true
	}
	if err := f.elems()[i](f.d, n, target); err != nil {
		return atField(err, fd.name)
	}
	return nil
}

// embedded returns the struct that p, an embedded pointer, points to: a new
// one, or a copy of the one that was there.
func (f *structFill) embedded(p reflect.Value) reflect.Value {
	for _, own := range f.own {
		if own.Pointer() == p.Pointer() {
			return own.Elem()
		}
	}
	own := reflect.New(p.Type().Elem())
	if !p.IsNil() {
		own.Elem().Set(p.Elem())
	}
	p.Set(own)
	f.own = append(f.own, own)
	return own.Elem()
}

// unknown deals with a name that no field has.
func (f *structFill) unknown(name, value vm.Node) error {
	if f.plan.unknown == nil {
		if f.d.o.unknownFields {
			key, err := f.d.any(name)
			if err != nil {
				return err
			}
			return f.d.mismatchf(name, f.typ, "it has no field %s", shortRepr(key))
		}
		return nil
	}
	m := f.value().FieldByIndex(f.plan.unknown)
	t := m.Type()
	if t != reflect.TypeFor[*Dict]() && t.Kind() != reflect.Map {
		return f.d.mismatchf(name, t, "a field tagged ,unknown must be a map or a *Dict")
	}
	if !f.fresh {
		f.fresh = true
		if t.Kind() == reflect.Map {
			m.Set(reflect.MakeMap(t))
		} else {
			m.Set(reflect.ValueOf(NewDict()))
		}
	}
	if t.Kind() != reflect.Map {
		return f.unknownDict(m.Interface().(*Dict), name, value)
	}
	return f.d.fillMap(m, []vm.Node{name, value}, decoderOf(t.Key()), decoderOf(t.Elem()))
}

func (f *structFill) unknownDict(dict *Dict, name, value vm.Node) error {
	key, err := f.d.any(name)
	if err != nil {
		return at(err, ".keys()")
	}
	x, err := f.d.any(value)
	if err != nil {
		return atKey(err, key)
	}
	if err := dict.insert(&f.d.keys, key, x); err != nil {
		return at(f.d.mismatch(name, nil, err), ".keys()")
	}
	return nil
}

// positions takes the values of the fields in the order of the fields. Those
// that may be left out when written may be missing at the end.
func (f *structFill) positions(at vm.Node, kids []vm.Node) error {
	if n := len(f.plan.fields); len(kids) > n || len(kids) < f.least {
		return f.d.mismatchf(at, f.typ, "it has %d items, the struct %d fields", len(kids), n)
	}
	for i, k := range kids {
		if f.setDirectly(i, k) {
			continue
		}
		if err := f.set(i, k); err != nil {
			return err
		}
	}
	return f.d.spend(at, len(kids))
}

// state takes the argument of BUILD: the attributes as a dict, a pair of
// dicts (attributes, slots), or the values of all slots as a frozen dataclass
// has them.
func (f *structFill) state(n vm.Node) error {
	switch n = f.d.nativeOf(n); n.Kind() {
	case vm.KindNothing, vm.KindNone:
		return nil
	case vm.KindDict:
		return f.pairs(f.d.g.Kids(n))
	case vm.KindTuple:
		kids := f.d.g.Kids(n)
		if len(kids) == 2 && isState(kids[0]) && isState(kids[1]) {
			if err := f.state(kids[0]); err != nil {
				return err
			}
			return f.state(kids[1])
		}
		return f.positions(n, kids)
	case vm.KindList:
		return f.positions(n, f.d.g.Kids(n))
	}
	return f.d.mismatchf(n, f.typ, "the state of an instance; SetState could take it")
}

func isState(n vm.Node) bool { return n.Kind() == vm.KindNone || n.Kind() == vm.KindDict }

// finish checks that every required field was there.
func (f *structFill) finish() error {
	if f.seen == nil {
		return nil
	}
	for i, fd := range f.plan.fields {
		if fd.required && !f.seen[i] {
			return f.d.mismatch(f.n, f.typ, fmt.Errorf("%s is missing", fd.name))
		}
	}
	return nil
}

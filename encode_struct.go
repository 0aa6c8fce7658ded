package pickle

import (
	"reflect"

	"github.com/go-pickle/pickle/vm"
)

// structEncoder writes the values of one struct type.
type structEncoder struct {
	typ   reflect.Type
	plan  *plan
	elems []func() marshalFunc // of the fields
}

func structEncoderOf(t reflect.Type) *structEncoder {
	s := &structEncoder{typ: t, plan: planOf(t)}
	for _, f := range s.plan.fields {
		s.elems = append(s.elems, lazyEncoder(f.typ, f.style))
	}
	return s
}

// makeStructEncoder: a struct is a dict, or goes by position.
func makeStructEncoder(t reflect.Type) marshalFunc {
	s := structEncoderOf(t)
	return func(e *encoder, v reflect.Value) error {
		if s.plan.err != nil {
			return fail(t, s.plan.err)
		}
		id := e.identityOf(v)
		if s.plan.style != styleDefault {
			return s.positional(e, v, id)
		}
		if e.recall(id) {
			return nil
		}
		if err := e.enter(id, t); err != nil {
			return err
		}
		e.w.EmptyDict()
		e.memoize(id)
		if err := s.attributes(e, v, nil); err != nil {
			return err
		}
		e.leave(id)
		return nil
	}
}

// positional writes v as a tuple or list of its fields.
func (s *structEncoder) positional(e *encoder, v reflect.Value, id identity) error {
	n := len(s.plan.fields)
	for n > 0 && s.plan.fields[n-1].mayOmit() && !s.written(v, n-1) {
		n--
	}
	return writeItems(s.plan.style)(s.items(v, n), e, id)
}

// items returns the first n fields of v as a sequence.
func (s *structEncoder) items(v reflect.Value, n int) items {
	return items{n: n, each: func(e *encoder, i int) error { return s.save(e, v, i) }}
}

func (f *field) mayOmit() bool { return f.omitEmpty || f.omitZero }

// value returns field i of v; false if it is in an embedded struct that is nil.
func (s *structEncoder) value(v reflect.Value, i int) (reflect.Value, bool) {
	index := s.plan.fields[i].index
	if len(index) == 1 {
		return v.Field(index[0]), true
	}
	v, err := v.FieldByIndexErr(index)
	return v, err == nil
}

// written reports whether field i of v is written.
func (s *structEncoder) written(v reflect.Value, i int) bool {
	f := &s.plan.fields[i]
	x, ok := s.value(v, i)
	switch {
	case !ok:
		return false
	case f.omitZero && isZero(x), f.omitEmpty && isEmpty(x):
		return false
	}
	return true
}

// isZero is reflect.Value.IsZero, or the method IsZero of the type.
func isZero(v reflect.Value) bool {
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok && (v.Kind() != reflect.Pointer || !v.IsNil()) {
		return z.IsZero()
	}
	return v.IsZero()
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// save writes field i of v.
func (s *structEncoder) save(e *encoder, v reflect.Value, i int) error {
	x, ok := s.value(v, i)
	if !ok {
		e.w.Boundary()
		e.w.None()
		return nil
	}
	if err := e.value(x, s.elems[i]()); err != nil {
		return atField(err, s.plan.fields[i].name)
	}
	return nil
}

// count returns how many attributes v has, those to skip apart.
func (s *structEncoder) count(v reflect.Value, skip []string) int {
	n := 0
	for i := range s.plan.fields {
		if s.included(v, i, skip) {
			n++
		}
	}
	if s.plan.unknown != nil {
		switch m := v.FieldByIndex(s.plan.unknown); m.Kind() {
		case reflect.Map:
			n += m.Len()
		case reflect.Pointer:
			if d, ok := m.Interface().(*Dict); ok {
				n += d.Len()
			}
		}
	}
	return n
}

func (s *structEncoder) included(v reflect.Value, i int, skip []string) bool {
	for _, name := range skip {
		if name == s.plan.fields[i].name {
			return false
		}
	}
	return s.written(v, i)
}

// attributes writes the items of the dict of v's fields, and of those names
// that are kept for no field.
func (s *structEncoder) attributes(e *encoder, v reflect.Value, skip []string) error {
	b := e.w.Batch(vm.BatchDict, s.count(v, skip))
	for i := range s.plan.fields {
		if !s.included(v, i, skip) {
			continue
		}
		b.Next()
		if err := e.name(s.plan.fields[i].name); err != nil {
			return err
		}
		if err := s.save(e, v, i); err != nil {
			return err
		}
	}
	if s.plan.unknown != nil {
		if err := s.unknown(e, &b, v.FieldByIndex(s.plan.unknown)); err != nil {
			return err
		}
	}
	b.End()
	return nil
}

// unknown writes what the field tagged ,unknown has kept.
func (s *structEncoder) unknown(e *encoder, b *vm.Batch, m reflect.Value) error {
	if d, ok := m.Interface().(*Dict); ok {
		for k, x := range d.All() {
			b.Next()
			if err := e.any(k); err != nil {
				return at(err, ".keys()")
			}
			if err := e.any(x); err != nil {
				return atKey(err, k)
			}
		}
		return nil
	}
	if m.Kind() != reflect.Map {
		return failf(m.Type(), "a field tagged ,unknown must be a map or a *Dict")
	}
	key, value := encoderOf(m.Type().Key(), styleDefault), encoderOf(m.Type().Elem(), styleDefault)
	for _, it := range e.mapItems(m) {
		b.Next()
		if err := e.value(it.key, key); err != nil {
			return at(err, ".keys()")
		}
		if err := e.value(it.value, value); err != nil {
			return atMapKey(err, it.key)
		}
	}
	return nil
}

// encodeRegistered writes values of t as instances where t is registered, and
// by f where it is not.
func encodeRegistered(t reflect.Type, f marshalFunc) marshalFunc {
	i := &instanceEncoder{typ: t, value: f}
	if t.Kind() == reflect.Struct {
		i.fields = structEncoderOf(t)
	}
	i.getter = reflect.PointerTo(t).Implements(stateGetterType)
	return func(e *encoder, v reflect.Value) error {
		c := e.tables.byType[t]
		if c == nil {
			return f(e, v)
		}
		return i.save(e, v, c)
	}
}

// instanceEncoder writes instances of a class.
type instanceEncoder struct {
	typ    reflect.Type
	fields *structEncoder // nil if the type is no struct
	value  marshalFunc    // writes what the type is if it is no class
	getter bool
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
	switch v.Kind() {
	case reflect.Map:
		id = identity{v.Pointer(), 0, typeTag(i.typ)}
	case reflect.Slice:
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
		err = i.subclass(e, v, c, id)
	case c.shape == shapeNamedTuple:
		err = i.namedTuple(e, v, c, id)
	case c.shape == shapeArguments:
		err = i.reduced(e, v, c, id)
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

// plain writes v as if its type were no class.
func (i *instanceEncoder) plain(e *encoder, v reflect.Value) error {
	return makeKindEncoder(i.typ, styleDefault)(e, v)
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
	if err := i.newObject(e, c, globalObject, nil); err != nil {
		return err
	}
	e.memoize(id)
	return i.state(e, v, c)
}

// newObject writes cls.__new__(cls, *args): NEWOBJ, or before protocol 2
// copyreg._reconstructor(cls, base, value).
func (i *instanceEncoder) newObject(e *encoder, c *class, base Global, value any) error {
	if e.o.protocol < 2 {
		return e.call(globalReconstructor, c.Global, base, value)
	}
	if err := e.ownGlobal(c.Global); err != nil {
		return err
	}
	var args []any
	if value != nil {
		args = []any{value}
	}
	if err := e.arguments(args); err != nil {
		return err
	}
	e.w.Op(vm.OpNewObj)
	return nil
}

// state writes the state of the instance written before, unless it is empty.
func (i *instanceEncoder) state(e *encoder, v reflect.Value, c *class) error {
	if i.getter {
		state, err := hook[StateGetter](e, v).GetState()
		if err != nil {
			return fail(i.typ, err)
		}
		if state == nil {
			return nil
		}
		e.keep = append(e.keep, state)
		return e.build(state)
	}
	skip := c.arguments
	if i.fields == nil || i.fields.count(v, skip) == 0 {
		return nil
	}
	e.w.Boundary()
	attributes := func(e *encoder) error {
		e.w.EmptyDict()
		e.w.Memoize()
		return i.fields.attributes(e, v, skip)
	}
	var err error
	if c.shape == shapeSlots {
		err = e.arguments([]any{nil, temporaryItems(attributes)})
	} else {
		err = attributes(e)
	}
	if err != nil {
		return err
	}
	e.w.Op(vm.OpBuild)
	return nil
}

// subclass writes an instance of a class that is derived from one of Python's
// own: a slice of a list, a map of a dict or set, a string of a str.
func (i *instanceEncoder) subclass(e *encoder, v reflect.Value, c *class, id identity) error {
	plain := temporaryItems(func(e *encoder) error { return i.plain(e, v) })
	var err error
	switch k := v.Kind(); {
	case k == reflect.Map && i.typ.Elem() == emptyStructType:
		key := encoderOf(i.typ.Key(), styleDefault)
		if err = e.call(c.Global, temporaryList{e.setItems(v, key)}); err == nil {
			e.finishCall(id)
		}
	case k == reflect.Map:
		err = i.container(e, c, id, globalDict, plain, func() error {
			return e.mapContents(vm.BatchDictItems, v, encoderOf(i.typ.Key(), styleDefault), encoderOf(i.typ.Elem(), styleDefault))
		})
	case (k == reflect.Slice || k == reflect.Array) && i.typ.Elem().Kind() != reflect.Uint8:
		list := reflectItems(v, encoderOf(i.typ.Elem(), styleDefault))
		plain = func(e *encoder) error { return list.list(e, identity{}) }
		err = i.container(e, c, id, globalList, plain, func() error { return list.append(e) })
	default:
		base, ok := scalarBases[k]
		if !ok {
			return failf(i.typ, "no Python class is derived from a %v", k)
		}
		if err = i.newObject(e, c, base, plain); err == nil {
			e.finishCall(id)
		}
	}
	if err == nil && i.getter {
		err = i.state(e, v, c)
	}
	return err
}

// container writes an instance of a subclass of list or dict; fill writes the
// items, which before protocol 2 are in plain.
func (i *instanceEncoder) container(e *encoder, c *class, id identity, base Global, plain temporaryItems, fill func() error) error {
	if e.o.protocol < 2 {
		if err := e.call(globalReconstructor, c.Global, base, plain); err != nil {
			return err
		}
		e.finishCall(id)
		return nil
	}
	if err := i.newObject(e, c, base, nil); err != nil {
		return err
	}
	e.memoize(id)
	return fill()
}

// append writes the items for an instance of a list subclass.
func (s items) append(e *encoder) error {
	b := e.w.Batch(vm.BatchListItems, s.n)
	for i := range s.n {
		b.Next()
		if err := s.save(e, i); err != nil {
			return err
		}
	}
	b.End()
	return nil
}

// scalarBases are the Python classes that Go kinds stand for.
var scalarBases = map[reflect.Kind]Global{
	reflect.String: globalStr, reflect.Float32: globalFloat, reflect.Float64: globalFloat,
	reflect.Complex64: globalComplex, reflect.Complex128: globalComplex,
	reflect.Slice: globalBytes, reflect.Array: globalBytes,
	reflect.Int: globalInt, reflect.Int8: globalInt, reflect.Int16: globalInt, reflect.Int32: globalInt, reflect.Int64: globalInt,
	reflect.Uint: globalInt, reflect.Uint8: globalInt, reflect.Uint16: globalInt, reflect.Uint32: globalInt, reflect.Uint64: globalInt,
}

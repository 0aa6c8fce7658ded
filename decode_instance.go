package pickle

import (
	"errors"
	"reflect"

	"github.com/go-pickle/pickle/vm"
)

// classRef is what a class or function that a pickle names is to this
// decoder.
type classRef struct {
	Global              // its Python 3 name
	class    *class     // what is registered for it
	value    any        // the constant of that name: Ellipsis
	native   nativeFunc // how its calls are written off as other nodes
	make     makeFunc   // how its calls become Go values
	builtin  bool       // one of Python's own, which needs no registration
	resolved bool
}

func (c *classRef) known() bool { return c.class != nil || c.builtin }

// class resolves n, a KindGlobal or KindExtension node, or the callable of an
// instance, which may be anything: then the result has no name.
func (d *decoder) class(n vm.Node) *classRef {
	switch n.Kind() {
	case vm.KindGlobal:
	case vm.KindExtension:
		c := new(classRef)
		if g, ok := d.tables.extensions[int(n.Int())]; ok {
			d.resolve(c, g)
		}
		return c
	case vm.KindInstance:
		c := new(classRef)
		if g, ok := d.attribute(d.g.Instance(n)); ok {
			d.resolve(c, g)
		} else if new, ok := d.partial(n); ok {
			return d.class(new.class)
		}
		return c
	default:
		return new(classRef)
	}
	i := n.GlobalIndex()
	if i >= len(d.classes) {
		d.classes = append(d.classes, make([]classRef, d.g.GlobalLen()-len(d.classes))...)
	}
	c := &d.classes[i]
	if !c.resolved {
		module, name, legacy := d.g.Global(i)
		first := !d.isMade(module)
		g := Global{d.str(module), d.str(name)}
		if legacy && d.o.fixImports {
			g.Module, g.Name = fromPython2(g.Module, g.Name)
		}
		if d.resolve(c, g); first && (c.value != nil || c.native != nil || c.make != nil) {
			d.rename(module, interned(g.Module))
		}
	}
	return c
}

// attribute returns the class or function that getattr(class, "name") is.
// Honest pickles have such calls, for nested classes below protocol 4 and for
// class methods; nothing is looked up.
func (d *decoder) attribute(in *vm.Instance) (Global, bool) {
	if !d.isCall(in, "builtins", "getattr") {
		return Global{}, false
	}
	args := d.g.Kids(in.Args)
	if len(args) != 2 {
		return Global{}, false
	}
	name, ok := d.isText(args[1])
	if !ok {
		return Global{}, false
	}
	of := d.class(args[0])
	return Global{of.Module, of.Name + "." + name}, of.Name != ""
}

func (d *decoder) resolve(c *classRef, g Global) {
	b, ok := builtins[g]
	*c = classRef{Global: g, class: d.tables.byName[g], value: b.value, native: b.native, make: b.make, builtin: ok, resolved: true}
	if c.class != nil { // what a program registers comes first
		c.value, c.native, c.make = nil, nil, nil
	}
}

func (d *decoder) unknown(n vm.Node, c *classRef) error {
	return &GlobalError{Module: c.Module, Name: c.Name, Offset: d.g.Offset(n), Op: d.g.Opcode(n).String(), Err: errNotRegistered}
}

var (
	errNotRegistered = errors.New("the class or function is not registered")
	errOtherType     = errors.New("the class is registered for another type")
)

// anyInstance returns an instance as what the class is registered for: a new
// Go value, or an *Object.
func (d *decoder) anyInstance(n vm.Node) (any, error) {
	in := d.g.Instance(n)
	if native := d.g.Native(in); native.Kind() != vm.KindNothing {
		return d.any(native)
	}
	c := d.class(in.Callable)
	if v, ok, err := d.construct(c, in); ok || err != nil {
		d.share(n, v)
		return v, err
	}
	if c.class != nil {
		return d.registered(n, c.class)
	}
	if d.o.unknownClasses && !c.known() {
		return nil, d.unknown(in.Callable, c)
	}
	o := new(Object)
	d.share(n, o)
	return o, d.fillObject(o, n)
}

// construct makes the Go value that a call of one of Python's own functions
// stands for.
func (d *decoder) construct(c *classRef, in *vm.Instance) (any, bool, error) {
	if c.make == nil || in.Form == vm.FormItself || in.State.Kind() != vm.KindNothing || len(d.g.Kids(in.Self)) > 0 || len(d.g.Pairs(in)) > 0 {
		return nil, false, nil
	}
	return c.make(d, in)
}

// registered returns a new value of a registered class: a pointer to it, or,
// for an enum, whose members are values, the value.
func (d *decoder) registered(n vm.Node, c *class) (any, error) {
	if c.shape == shapeEnum {
		v := reflect.New(c.typ).Elem()
		if err := decoderOf(c.typ)(d, n, v); err != nil {
			return nil, err
		}
		return v.Interface(), nil
	}
	pt := reflect.PointerTo(c.typ)
	v := reflect.New(pt).Elem()
	if err := decoderOf(pt)(d, n, v); err != nil {
		return nil, err
	}
	return v.Interface(), nil
}

// instance binds instance n to v; again binds what stands in its place.
func (d *decoder) instance(n vm.Node, v reflect.Value, again unmarshalFunc) error {
	in := d.g.Instance(n)
	if native := d.g.Native(in); native.Kind() != vm.KindNothing {
		return again(d, native, v)
	}
	c := d.class(in.Callable)
	if x, ok, err := d.construct(c, in); ok || err != nil {
		if err != nil {
			return err
		}
		return d.assign(n, x, v)
	}
	t := v.Type()
	switch {
	case c.class != nil && c.class.typ != t:
		return d.mismatch(n, t, errOtherType)
	case c.class == nil && d.o.unknownClasses && !c.known():
		return d.unknown(in.Callable, c)
	}
	if done, err := d.aliased(n, v); done || err != nil {
		return err
	}
	if err := d.enter(n); err != nil {
		return err
	}
	err := d.fillInstance(n, in, c.class, v)
	d.leave()
	d.filled(n, t)
	return err
}

// fillInstance binds the parts of an instance: its arguments, its items and
// its state. c is nil where the class is not registered.
func (d *decoder) fillInstance(n vm.Node, in *vm.Instance, c *class, v reflect.Value) error {
	setter, hasSetter := v.Addr().Interface().(StateSetter)
	if _, exact := exactDecoders[v.Type()]; v.Kind() == reflect.Struct && !exact {
		return d.fillStruct(n, in, c, v, setter)
	}
	if err := d.fillBase(n, in, c, v); err != nil {
		return err
	}
	if in.State.Kind() == vm.KindNothing {
		return nil
	}
	if hasSetter {
		return d.hookError(n, v, setter.SetState(d.valueOf(in.State)))
	}
	if d.o.unknownFields {
		return d.mismatchf(n, v.Type(), "the attributes of the instance have no place in it")
	}
	return nil
}

func (d *decoder) fillStruct(n vm.Node, in *vm.Instance, c *class, v reflect.Value, setter StateSetter) error {
	s := structDecoderOf(v.Type())
	if s.plan.err != nil {
		return d.mismatch(n, s.typ, s.plan.err)
	}
	fill := s.fill(d, n, v)
	if err := fill.arguments(in, c); err != nil {
		return err
	}
	if pairs := d.g.Pairs(in); len(pairs) > 0 {
		if err := fill.pairs(pairs); err != nil {
			return err
		}
	}
	if items := d.g.Kids(n); len(items) > 0 {
		if s.plan.style == styleDefault {
			return d.mismatchf(n, s.typ, "the instance has list items")
		}
		if err := fill.positions(n, items); err != nil {
			return err
		}
	}
	if setter != nil {
		if in.State.Kind() == vm.KindNothing {
			return fill.finish()
		}
		return d.hookError(n, v, setter.SetState(d.valueOf(in.State)))
	}
	for _, earlier := range d.g.Earlier(in) {
		if err := fill.state(earlier); err != nil {
			return err
		}
	}
	if err := fill.state(in.State); err != nil {
		return err
	}
	return fill.finish()
}

// arguments takes what the instance was made with.
func (f *structFill) arguments(in *vm.Instance, c *class) error {
	d := f.d
	kwargs := d.g.Kwargs(in)
	var args []vm.Node
	if in.Args.Kind() == vm.KindTuple {
		args = d.g.Kids(in.Args)
	}
	if new, ok := d.partial(in.Callable); ok && len(args) == 0 {
		args, kwargs = new.args, new.kwargs
	}
	if kwargs.Kind() == vm.KindDict {
		if err := f.pairs(d.g.Kids(kwargs)); err != nil {
			return err
		}
	}
	if in.Form == vm.FormReconstructor {
		if args[0].Kind() == vm.KindNone {
			return nil
		}
		return f.base(args[0])
	}
	switch {
	case len(args) == 0:
		return nil
	case c != nil && c.shape == shapeArguments:
		if len(args) > len(c.arguments) {
			return d.mismatchf(f.n, f.typ, "the class is called with %d arguments, it is registered with %d", len(args), len(c.arguments))
		}
		for i, a := range args {
			if err := f.set(f.plan.byName[c.arguments[i]], a); err != nil {
				return err
			}
		}
		return nil
	case c != nil && c.shape == shapeNamedTuple, f.plan.style != styleDefault:
		return f.positions(f.n, args)
	case in.State.Kind() != vm.KindNothing:
		return nil // what __getnewargs__ repeats of the state
	}
	return d.mismatchf(f.n, f.typ, "the class is called with arguments; register it with Arguments or NamedTuple")
}

// base takes the value of the built-in base class that copyreg._reconstructor
// was given.
func (f *structFill) base(n vm.Node) error {
	switch n.Kind() {
	case vm.KindDict:
		return f.pairs(f.d.g.Kids(n))
	case vm.KindList, vm.KindTuple:
		return f.positions(n, f.d.g.Kids(n))
	}
	return f.d.mismatchf(n, f.typ, "the value of the instance's base class has no place in it")
}

// fillBase binds an instance of a class derived from a built-in one, or an
// enum, to v, which is no struct with fields: a list subclass to a slice, a
// dict subclass to a map, a str subclass to a string.
func (d *decoder) fillBase(n vm.Node, in *vm.Instance, c *class, v reflect.Value) error {
	var args []vm.Node
	if in.Args.Kind() == vm.KindTuple {
		args = d.g.Kids(in.Args)
	}
	items, pairs := d.g.Kids(n), d.g.Pairs(in)
	decode := decoderOf(v.Type())
	switch {
	case len(pairs) > 0:
		return d.fillPairs(n, pairs, v)
	case len(items) > 0:
		return d.fillItems(n, items, v)
	case len(args) == 1 && (c == nil || c.shape != shapeNamedTuple) && args[0].Kind() != vm.KindNone:
		return decode(d, args[0], v)
	case in.State.Kind() == vm.KindDict && c == nil && len(args) == 0:
		return decode(d, in.State, v)
	case len(args) > 1 && (v.Kind() == reflect.Slice || v.Kind() == reflect.Array):
		return decode(d, in.Args, v)
	case in.Form != vm.FormItself:
		return d.empty(n, v, c)
	}
	return d.mismatch(n, v.Type(), nil)
}

// fillPairs binds the dict items of an instance.
func (d *decoder) fillPairs(n vm.Node, pairs []vm.Node, v reflect.Value) error {
	if dict, ok := v.Addr().Interface().(*Dict); ok {
		dict.reset(len(pairs) / 2)
		return d.fillDict(dict, pairs)
	}
	if v.Kind() != reflect.Map {
		return d.mismatchf(n, v.Type(), "the instance has dict items")
	}
	m := reflect.MakeMapWithSize(v.Type(), len(pairs)/2)
	v.Set(m)
	return d.fillMap(m, pairs, decoderOf(v.Type().Key()), decoderOf(v.Type().Elem()))
}

// fillItems binds the list or set items of an instance.
func (d *decoder) fillItems(n vm.Node, items []vm.Node, v reflect.Value) error {
	t := v.Type()
	switch {
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(t, len(items), len(items)))
	case v.Kind() == reflect.Array && v.Len() == len(items):
	case v.Kind() == reflect.Map && (t.Elem() == emptyStructType || t.Elem().Kind() == reflect.Bool):
		m := reflect.MakeMapWithSize(t, len(items))
		v.Set(m)
		return d.fillMapSet(m, items, decoderOf(t.Key()))
	case t == reflect.TypeFor[Set]():
		s := v.Addr().Interface().(*Set)
		s.reset(len(items))
		return d.fillSet(s, n)
	default:
		return d.mismatchf(n, t, "the instance has %d items", len(items))
	}
	elem := decoderOf(t.Elem())
	for i, k := range items {
		if err := elem(d, k, v.Index(i)); err != nil {
			return atIndex(err, i)
		}
	}
	return nil
}

// empty makes v what an instance without any contents is: the zero value of
// what the class is registered for, or an empty container.
func (d *decoder) empty(n vm.Node, v reflect.Value, c *class) error {
	switch k := v.Kind(); {
	case k == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
	case k == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 0, 1))
	case c != nil, v.Type() == reflect.TypeFor[Dict](), v.Type() == reflect.TypeFor[Set]():
		v.SetZero()
	default:
		return d.mismatch(n, v.Type(), nil)
	}
	return nil
}

// fillObject fills o with all that the pickle says of instance n.
func (d *decoder) fillObject(o *Object, n vm.Node) error {
	in := d.g.Instance(n)
	if native := d.g.Native(in); native.Kind() != vm.KindNothing {
		return d.mismatch(n, reflect.TypeFor[Object](), nil)
	}
	*o = Object{Form: in.Form, Adds: in.Adds}
	o.Class = d.class(in.Callable).Global
	if in.Callable.Kind() != vm.KindGlobal && (in.Callable.Kind() != vm.KindExtension || o.Class.Name == "") {
		callable, err := d.any(in.Callable)
		if err != nil {
			return at(err, ".callable")
		}
		o.Callable = callable
	}
	if in.Args.Kind() == vm.KindTuple {
		args, err := d.any(in.Args)
		if err != nil {
			return at(err, ".args")
		}
		o.Args = tupleOf(args)
	}
	if base := d.g.Base(in); base.Kind() == vm.KindGlobal {
		o.Base = d.class(base).Global
	}
	if kwargs := d.g.Kwargs(in); kwargs.Kind() == vm.KindDict {
		dict, ok := d.shared(kwargs).(*Dict)
		if !ok {
			var err error
			if dict, err = d.dict(kwargs); err != nil {
				return at(err, ".kwargs")
			}
		}
		o.Kwargs = dict
	}
	return d.fillContents(o, n, in)
}

// fillContents is the part of fillObject that can refer to the object itself.
func (d *decoder) fillContents(o *Object, n vm.Node, in *vm.Instance) (err error) {
	if items := d.g.Kids(n); len(items) > 0 {
		o.Items = make([]any, len(items))
		if err := d.fill(o.Items, items); err != nil {
			return err
		}
	}
	if pairs := d.g.Pairs(in); len(pairs) > 0 {
		o.Pairs = make([]Pair, len(pairs)/2)
		for i := range o.Pairs {
			if o.Pairs[i].Key, err = d.any(pairs[2*i]); err != nil {
				return at(err, ".keys()")
			}
			if o.Pairs[i].Value, err = d.any(pairs[2*i+1]); err != nil {
				return atKey(err, o.Pairs[i].Key)
			}
		}
	}
	if earlier := d.g.Earlier(in); len(earlier) > 0 {
		o.Earlier = make([]any, len(earlier))
		if err := d.fill(o.Earlier, earlier); err != nil {
			return err
		}
	}
	if setter := d.g.Setter(in); setter.Kind() != vm.KindNothing {
		if o.Setter, err = d.any(setter); err != nil {
			return at(err, ".setter")
		}
	}
	if in.State.Kind() != vm.KindNothing {
		if o.State, err = d.any(in.State); err != nil {
			return at(err, ".state")
		}
	}
	return nil
}

func tupleOf(v any) Tuple {
	switch t := v.(type) {
	case Tuple:
		return t
	case []any:
		return t
	}
	return nil
}

package pickle

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-pickle/pickle/vm"
)

// classRef is what a class or function that a pickle names is to this
// decoder.
type classRef struct {
	Global              // its Python 3 name
	class    *class     // what is registered for it
	function *function  // the same
	value    any        // the constant of that name: Ellipsis
	native   nativeFunc // how its calls are written off as other nodes
	make     makeFunc   // how its calls become Go values
	builtin  bool       // one of Python's own, which needs no registration
}

func (c *classRef) known() bool { return c.class != nil || c.function != nil || c.builtin }

// class resolves n, a KindGlobal or KindExtension node, or the callable of an
// instance, which may be anything: then the result has no name.
func (d *decoder) class(n vm.Node) *classRef {
	switch n.Kind() {
	case vm.KindGlobal:
	case vm.KindExtension:
		c := new(classRef)
		if g, ok := d.tables.extension(int(n.Int())); ok {
			d.resolve(c, g)
		}
		return c
	case vm.KindInstance:
		return d.called(n)
	default:
		return new(classRef)
	}
	i := n.GlobalIndex()
	c := d.classes.get(i)
	if c == nil {
		c = new(classRef)
		d.classes.set(i, d.g.GlobalLen(), d.parsed, c)
		module, name, legacy := d.g.Global(i)
		first := !d.isMade(module)
		g := Global{d.str(module), d.str(name)}
		if legacy && d.o.fixImports {
			g.Module, g.Name = fromPython2(g.Module, g.Name)
		}
		if d.resolve(c, g); first && (c.value != nil || c.native != nil || c.make != nil || c.class != nil && g.Module == globalObject.Module) {
			c.Module = interned(g.Module)
			d.rename(module, c.Module)
		}
	}
	return c
}

// called is class for the result of a call.
func (d *decoder) called(n vm.Node) *classRef {
	in := d.g.Instance(n)
	if c, ok := d.calls[in]; ok {
		return c
	}
	c := new(classRef)
	if g, ok := d.attribute(in); ok {
		d.resolve(c, g)
	} else if new, ok := d.partial(n); ok {
		if class := d.class(new.class); class.native == nil && class.make == nil { // which see no partial
			c = class
		}
	}
	if d.calls == nil {
		d.calls = make(map[*vm.Instance]*classRef)
	}
	d.calls[in] = c
	return c
}

// mostAttributes bounds the names in getattr(getattr(class, "a"), "b"): they
// are put together anew for each call.
const mostAttributes = 32

// attribute returns the class or function that getattr(class, "name") is.
// Honest pickles have such calls, for nested classes below protocol 4 and for
// class methods; nothing is looked up.
func (d *decoder) attribute(in *vm.Instance) (Global, bool) {
	var names []string
	for len(names) < mostAttributes && d.isCall(in, "builtins", "getattr") {
		args := d.g.Kids(in.Args)
		if len(args) != 2 {
			break
		}
		name, ok := d.isText(args[1])
		if !ok || !d.affords(len(name)) {
			break
		}
		names = append(names, name)
		if of := d.nativeOf(args[0]); of.Kind() == vm.KindInstance {
			in = d.g.Instance(of)
			continue
		} else if c := d.class(of); c.Name != "" && len(c.Name) <= mostName {
			slices.Reverse(names)
			return Global{c.Module, c.Name + "." + strings.Join(names, ".")}, true
		}
		break
	}
	return Global{}, false
}

func (d *decoder) resolve(c *classRef, g Global) {
	if g.isLong() {
		*c = classRef{Global: g}
		return
	}
	b, ok := builtins[g]
	found := d.tables.lookup(g)
	*c = classRef{Global: g, class: found.class, function: found.function, value: b.value, native: b.native, make: b.make, builtin: ok}
	if found != (callable{}) { // what a program registers comes first
		c.value, c.native, c.make = nil, nil, nil
	}
}

func (d *decoder) unknown(n vm.Node, c *classRef) error {
	err := errNotRegistered
	switch {
	case n.Kind() == vm.KindExtension:
		err = fmt.Errorf("the extension code %d is not registered", n.Int())
	case c.Name == "":
		err = fmt.Errorf("what is called has no name: %s", d.describe(n))
	}
	return &GlobalError{Module: c.Module, Name: c.Name, Offset: d.offset(n), Op: d.g.Opcode(n).String(), Err: err}
}

var (
	errNotRegistered = errors.New("the class or function is not registered")
	errNotCallable   = errors.New("it cannot be called")
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
	v, ok, err := d.known(n, in, c)
	if ok || err != nil {
		return v, err
	}
	if d.o.unknownClasses && !c.known() {
		return nil, d.unknown(in.Callable, c)
	}
	o := new(Object)
	d.share(n, o)
	return o, d.fillObject(o, n)
}

// known returns an instance as what the class is registered for; false if that
// is nothing. Where a type of the standard library does not understand what the
// pickle has, it is nothing, too.
func (d *decoder) known(n vm.Node, in *vm.Instance, c *classRef) (v any, ok bool, err error) {
	lenient := c.class != nil && c.class.lenient || c.function != nil && c.function.lenient
	switch {
	case !lenient:
		return d.make(n, in, c)
	case d.failed[in]: // its arguments, which may be such calls, would be decoded once more at each level
		return nil, false, nil
	}
	depth, logs, mark := d.depth, d.logs, d.marked()
	d.logs = true
	v, ok, err = d.make(n, in, c)
	if isMismatch(err) {
		d.forget(mark)
		d.depth = depth
		if d.failed == nil {
			d.failed = make(map[*vm.Instance]bool)
		}
		d.failed[in] = true
		v, ok, err = nil, false, nil
	}
	if d.logs = logs; !logs {
		d.unlog(mark)
	}
	return v, ok, err
}

// isMismatch reports whether a value did not fit its target, and nothing else
// is wrong.
func isMismatch(err error) bool {
	if p, ok := err.(*placed); ok {
		err = p.err
	}
	_, ok := err.(*UnmarshalTypeError)
	return ok
}

// make is known without its second sentence.
func (d *decoder) make(n vm.Node, in *vm.Instance, c *classRef) (any, bool, error) {
	if v, ok, err := d.construct(c, n, in); ok || err != nil {
		return v, ok, err
	}
	if c.class == nil {
		return nil, false, nil
	}
	if d.o.plain && c.class.contents != nil {
		if contents := d.view(in, c.class); contents.Kind() != vm.KindNothing {
			v, err := d.contained(contents)
			return v, true, err
		}
	}
	v, err := d.registered(n, c.class)
	if p, ok := v.(plainer); ok && d.o.plain && err == nil {
		v = p.plain()
	}
	return v, true, err
}

// contained returns the contents of an instance, in whose place they are.
func (d *decoder) contained(n vm.Node) (any, error) {
	if err := d.enter(n, 0); err != nil {
		return nil, err
	}
	v, err := d.any(n)
	d.leave()
	return v, err
}

// construct makes the Go value that a call stands for: of a registered function,
// or of one of Python's own. An object that is referred to twice is made once.
func (d *decoder) construct(c *classRef, n vm.Node, in *vm.Instance) (v any, ok bool, err error) {
	lossy := d.lossy
	d.lossy = false
	switch {
	case c.function != nil:
		v := d.shared(n)
		if _, kept := v.(*Object); (v != nil || d.nones[in]) && !(kept && lossy && c.function.direct != nil) {
			return v, true, nil
		}
	case c.make == nil || in.Form == vm.FormItself || in.State.Kind() != vm.KindNothing || len(d.g.Kids(in.Self)) > 0 || len(d.g.Pairs(in)) > 0:
		return nil, false, nil
	}
	items := 0
	if in.Args.Kind() == vm.KindTuple {
		items = len(d.g.Kids(in.Args))
	}
	if err := d.enter(in.Self, items); err != nil {
		return nil, false, err
	}
	if c.function != nil {
		v, err = c.function.call(d, n, in, lossy)
		ok = err == nil
	} else if v, ok, err = c.make(d, in); ok {
		d.share(n, v)
	}
	d.leave()
	return v, ok, err
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
	d.lossy = true
	if x, ok, err := d.construct(c, n, in); ok || err != nil {
		if err != nil {
			return err
		}
		return d.assign(n, x, v)
	}
	t := v.Type()
	switch {
	case c.class != nil && c.class.typ != t:
		return d.otherType(n, in, c.class, v, again)
	case c.class == nil && d.o.unknownClasses && !c.known():
		return d.unknown(in.Callable, c)
	}
	if err := d.checkCallable(in); err != nil {
		return err
	}
	if k := t.Kind(); k != reflect.Slice && k != reflect.Map {
		if done, err := d.aliased(n, v); done || err != nil {
			return err
		}
	} else if id := d.g.Shared(n); id != 0 {
		if b, ok := d.lookup(id, t); ok {
			v.Set(b.v)
			return nil
		}
	}
	if err := d.enter(n, len(d.g.Kids(n))+len(d.g.Pairs(in))); err != nil {
		return err
	}
	err := d.fillInstance(n, in, c.class, v)
	d.leave()
	d.filled(n, v)
	return err
}

// otherType binds an instance of a class that is registered for another type
// than that of v, which can hold its text, if it has one, or else no more than
// what the instance holds.
func (d *decoder) otherType(n vm.Node, in *vm.Instance, c *class, v reflect.Value, again unmarshalFunc) error {
	if pt := reflect.PointerTo(c.typ); pt.Implements(textMarshalerType) && (v.Kind() == reflect.String || v.Addr().Type().Implements(textUnmarshalerType)) {
		x, err := d.registered(n, c)
		if err != nil {
			return err
		}
		return d.assign(n, x, v)
	}
	if c.contents != nil {
		if contents := d.view(in, c); contents.Kind() != vm.KindNothing {
			if err := d.enter(n, 0); err != nil {
				return err
			}
			err := again(d, contents, v)
			d.leave()
			return err
		}
	}
	if reflect.PointerTo(c.typ).Implements(assignerType) {
		x, err := d.registered(n, c)
		if err != nil {
			return err
		}
		return d.assign(n, x, v)
	}
	return d.mismatch(n, v.Type(), errOtherType)
}

// fillInstance binds the parts of an instance: its arguments, its items and
// its state. c is nil where the class is not registered.
func (d *decoder) fillInstance(n vm.Node, in *vm.Instance, c *class, v reflect.Value) error {
	if v.Kind() == reflect.Struct && (c == nil || c.shape != shapeEnum) {
		if s := structDecoderOf(v.Type()); !s.exact {
			return d.fillStruct(n, in, c, v, s)
		}
	}
	setter, hasSetter := v.Addr().Interface().(StateSetter)
	used, err := d.fillBase(n, in, c, v, hasSetter)
	if err != nil {
		return err
	}
	if id := d.g.Shared(n); id != 0 {
		if _, ok := d.lookup(id, v.Type()); !ok {
			d.bind(id, binding{typ: v.Type(), v: copyOf(v)})
		}
	}
	switch {
	case in.State.Kind() == vm.KindNothing || used:
		return nil
	case hasSetter:
		return d.setState(in, v, setter)
	case d.o.unknownFields:
		if pairs, ok := d.attributes(in); !ok || len(pairs) > 0 { // Python 2 writes a state that is empty
			return d.mismatchf(n, v.Type(), "the attributes of the instance have no place in it")
		}
	}
	return nil
}

// setState calls the hook for every state that the instance is given.
func (d *decoder) setState(in *vm.Instance, v reflect.Value, setter StateSetter) error {
	for _, earlier := range d.g.Earlier(in) {
		if err := setter.SetState(d.valueOf(earlier)); err != nil {
			return d.hookError(earlier, v.Type(), err)
		}
	}
	return d.hookError(in.State, v.Type(), setter.SetState(d.valueOf(in.State)))
}

func (d *decoder) fillStruct(n vm.Node, in *vm.Instance, c *class, v reflect.Value, s *structDecoder) error {
	if s.plan.err != nil {
		return d.mismatch(n, s.typ, s.plan.err)
	}
	var fill structFill
	fill.begin(s, d, n, spotOf(v))
	if s.plan.base != nil {
		if err := d.fillBaseField(n, in, c, v, s.plan.base); err != nil {
			return err
		}
		return fill.finishWith(in)
	}
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
	return fill.finishWith(in)
}

// finishWith takes the attributes of an instance, or gives them to the hook for them
// if there is one.
func (f *structFill) finishWith(in *vm.Instance) error {
	switch {
	case !f.setter:
		return f.states(in)
	case in.State.Kind() == vm.KindNothing:
		return f.finish()
	}
	v := f.value()
	return f.d.setState(in, v, v.Addr().Interface().(StateSetter))
}

// states takes the attributes of an instance, which are its last.
func (f *structFill) states(in *vm.Instance) error {
	for _, earlier := range f.d.g.Earlier(in) {
		if err := f.state(earlier); err != nil {
			return err
		}
	}
	if err := f.state(in.State); err != nil {
		return err
	}
	return f.finish()
}

// arguments takes what the instance was made with.
func (f *structFill) arguments(in *vm.Instance, c *class) error {
	d := f.d
	kwargs := d.g.Kwargs(in)
	var args []vm.Node
	if in.Args.Kind() == vm.KindTuple {
		args = d.g.Kids(in.Args)
	}
	if new, ok := d.partial(in.Callable); ok {
		args, kwargs = slices.Concat(new.args, args), new.kwargs
	}
	if kwargs.Kind() == vm.KindDict {
		if err := f.pairs(d.g.Kids(kwargs)); err != nil {
			return err
		}
	}
	if in.Form == vm.FormReconstructor {
		return f.base(d.nativeOf(args[0]))
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
	case vm.KindNone:
		return nil
	case vm.KindDict:
		return f.pairs(f.d.g.Kids(n))
	case vm.KindList, vm.KindTuple:
		return f.positions(n, f.d.g.Kids(n))
	}
	return f.d.mismatchf(n, f.typ, "the value of the instance's base class has no place in it")
}

// fillBase binds an instance of a class derived from a built-in one, or an
// enum, to v, which is no struct with fields: a list subclass to a slice, a
// dict subclass to a map, a str subclass to a string. An instance that has
// nothing but attributes goes into a map as a dict of these, and used is true.
func (d *decoder) fillBase(n vm.Node, in *vm.Instance, c *class, v reflect.Value, hasSetter bool) (used bool, err error) {
	var args []vm.Node
	if in.Args.Kind() == vm.KindTuple {
		args = d.g.Kids(in.Args)
	}
	if in.Form == vm.FormReconstructor && args[0].Kind() == vm.KindNone {
		args = nil
	}
	items, pairs := d.g.Kids(n), d.g.Pairs(in)
	switch {
	case c != nil && c.shape == shapeEnum && len(args) == 1:
		return false, decoderOf(v.Type())(d, args[0], v)
	case len(pairs) > 0:
		return false, d.fillPairs(n, pairs, v)
	case len(items) > 0:
		return false, d.fillItems(n, items, v)
	case len(args) == 1:
		return false, decoderOf(v.Type())(d, args[0], v)
	case len(args) == 2 && v.CanComplex():
		z, ok, err := makeComplex(d, in)
		if !ok || err != nil {
			return false, d.mismatch(n, v.Type(), err)
		}
		return false, d.assign(n, z, v)
	case len(args) == 0 && c == nil && !hasSetter && in.State.Kind() != vm.KindNothing:
		if pairs, ok := d.attributes(in); ok && (v.Kind() == reflect.Map || v.Type() == dictType) {
			return true, d.fillPairs(n, pairs, v)
		}
	case len(args) > 1 && (v.Kind() == reflect.Slice || v.Kind() == reflect.Array):
		return false, decoderOf(v.Type())(d, in.Args, v)
	}
	if in.Form != vm.FormItself && len(args) == 0 {
		return false, d.empty(n, v, c)
	}
	return false, d.mismatch(n, v.Type(), nil)
}

var (
	dictType   = reflect.TypeFor[Dict]()
	setType    = reflect.TypeFor[Set]()
	objectType = reflect.TypeFor[Object]()
)

// attributes returns the names and values in the states of an instance, in
// turn; false if a state is something else than dicts.
func (d *decoder) attributes(in *vm.Instance) (pairs []vm.Node, ok bool) {
	states := slices.Concat(d.g.Earlier(in), []vm.Node{in.State})
	for _, state := range states {
		parts := []vm.Node{state}
		if state.Kind() == vm.KindTuple && len(d.g.Kids(state)) == 2 {
			parts = d.g.Kids(state)
		}
		for _, p := range parts {
			switch {
			case p.Kind() == vm.KindDict && len(states)+len(parts) == 2:
				return d.g.Kids(p), true
			case p.Kind() == vm.KindDict:
				pairs = append(pairs, d.g.Kids(p)...)
			case p.Kind() != vm.KindNone:
				return nil, false
			}
		}
	}
	return pairs, true
}

// fillPairs binds the dict items of an instance.
func (d *decoder) fillPairs(n vm.Node, pairs []vm.Node, v reflect.Value) error {
	if err := d.spend(n, len(pairs)); err != nil {
		return err
	}
	if dict, ok := v.Addr().Interface().(*Dict); ok {
		dict.reset(len(pairs) / 2)
		return d.fillDict(dict, pairs)
	}
	if v.Kind() != reflect.Map {
		return d.mismatchf(n, v.Type(), "the instance has dict items")
	}
	m := d.newMap(n, v, len(pairs)/2)
	return d.fillMap(m, pairs, decoderOf(v.Type().Key()), decoderOf(v.Type().Elem()))
}

// fillItems binds the list or set items of an instance.
func (d *decoder) fillItems(n vm.Node, items []vm.Node, v reflect.Value) error {
	t := v.Type()
	switch {
	case v.Kind() == reflect.Slice:
		s := reflect.MakeSlice(t, len(items), len(items))
		v.Set(s)
		if id := d.g.Shared(n); id != 0 {
			d.bind(id, binding{typ: t, v: s})
		}
	case v.Kind() == reflect.Array && v.Len() == len(items):
	case v.Kind() == reflect.Map && (t.Elem() == emptyStructType || t.Elem().Kind() == reflect.Bool):
		return d.fillMapSet(d.newMap(n, v, len(items)), items, decoderOf(t.Key()))
	case t == setType:
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
	case c != nil, v.Type() == dictType, v.Type() == setType:
		v.SetZero()
	default:
		return d.mismatch(n, v.Type(), nil)
	}
	return nil
}

// checkCallable refuses what calls the result of a call that is no object: the
// bytes that _codecs.encode has made, say.
func (d *decoder) checkCallable(in *vm.Instance) error {
	switch n := d.nativeOf(in.Callable); n.Kind() {
	case vm.KindGlobal, vm.KindExtension, vm.KindInstance, vm.KindPersistent:
		return nil
	default:
		return d.mismatch(n, nil, errNotCallable)
	}
}

// fillObject fills o with all that the pickle says of instance n.
func (d *decoder) fillObject(o *Object, n vm.Node) error {
	in := d.g.Instance(n)
	if err := d.enter(n, len(d.g.Kids(n))+len(d.g.Pairs(in))); err != nil {
		return err
	}
	if err := d.checkCallable(in); err != nil {
		return err
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
	err := d.fillContents(o, n, in)
	d.leave()
	return err
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

package pickle

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/go-pickle/pickle/vm"
)

// function is what a Registry has for a Python function, or for a class that
// is called like one: a function of Go.
type function struct {
	Global
	fn       reflect.Value
	in       []reflect.Type
	least    int  // how many arguments there must be
	variadic bool // the last parameter takes all further arguments
	keywords bool // the last parameter can take the keyword arguments
	fails    bool // the second result is an error
	out      reflect.Type
	lenient  bool       // of the standard library: calls that it does not understand stay an *Object
	direct   directFunc // of the standard library: called in place of fn
}

// directFunc makes the result of a call from the nodes of its arguments, and
// from what else is in the instance, without the cost of reflection. A result
// that has not all that the pickle says of the object is not exact: it is for a
// target of its type only, not for an any.
type directFunc func(d *decoder, in *vm.Instance, args []vm.Node) (v any, exact bool, err error)

// FuncOption is an option of RegisterFunc.
type FuncOption interface {
	applyFunc(*tables, *function) error
}

type funcOption func(*tables, *function) error

func (f funcOption) applyFunc(t *tables, fn *function) error { return f(t, fn) }

// reduceFunc returns how v, a value of the type that it was made for, is
// written.
type reduceFunc func(e *encoder, v reflect.Value) (Reduction, error)

// Reduces says how values of type T, which may be a type of another package
// and has no method Reduce, are written: as what f returns, which usually is a
// call of the function that is being registered. T may be a pointer type; f is
// not called for nil, which is None.
func Reduces[T any](f func(T) (Reduction, error)) FuncOption {
	return funcOption(func(t *tables, fn *function) error {
		typ := reflect.TypeFor[T]()
		pointer := typ.Kind() == reflect.Pointer
		if pointer {
			typ = typ.Elem()
		}
		if err := checkType(typ); err != nil {
			return err
		}
		if old := t.byType[typ]; old != nil {
			return fmt.Errorf("%v is written as %v already", typ, old.Global)
		}
		reduce := func(e *encoder, v reflect.Value) (Reduction, error) {
			if pointer {
				v = e.addressable(v).Addr()
			}
			return f(v.Interface().(T))
		}
		t.byType[typ] = &class{Global: fn.Global, typ: typ, reduce: reduce}
		return nil
	})
}

// RegisterFunc makes the default registry map a Python function, or a class
// that is called like one, to a function of Go: where a pickle has a call of
// it, fn is called, and what it returns is decoded in its place. name is
// "module.name"; what is nested is "module:Outer.name". RegisterFunc panics
// where Registry.RegisterFunc fails.
func RegisterFunc(name string, fn any, opts ...FuncOption) {
	if err := defaultRegistry.RegisterFunc(name, fn, opts...); err != nil {
		panic(err)
	}
}

// RegisterFunc maps a Python function to a function of Go, like the function
// of the same name. fn returns one value, and possibly an error, which becomes
// an *UnmarshalTypeError of that call.
//
// The arguments are decoded into the parameters, each by its type; a parameter
// of type any or Value takes everything. Parameters at the end whose type is a
// pointer, interface, slice, map or Value may be missing in a call: they are
// nil then. If fn is variadic, it takes any further arguments. Keyword
// arguments (NEWOBJ_EX, or a functools.partial of the class that is called) go
// into the last parameter, if there is one left that is a struct, by its fields,
// or a map; without keyword arguments such a parameter may be missing as well. A
// variadic fn takes no keyword arguments.
//
// An object that gets items or a state after the call must be one that can take
// them: the state goes to SetState if the result, or a pointer to it, has that
// method, and into the fields if it is a struct; list items are appended to a
// slice, dict items set in a map, a *Dict or the fields of a struct; a struct that
// has a field tagged ,base takes them there. A result that is a
// pointer is known before that, so that the items and the state can refer to
// it.
//
// The functions of a pickle are called one by one, the arguments before the
// call, and an object that is referred to twice is made once. It is an error
// if the name is registered already, or if fn is no such function.
func (r *Registry) RegisterFunc(name string, fn any, opts ...FuncOption) error {
	f, err := newFunction(name, fn)
	if err != nil {
		return fmt.Errorf("pickle: RegisterFunc %s: %w", name, err)
	}
	return r.update("RegisterFunc "+name, func(t *tables) error {
		if old, ok := t.byName[f.Global]; ok {
			return fmt.Errorf("it is registered for %v, it cannot be registered for %v", old, f.fn.Type())
		}
		for _, o := range opts {
			if err := o.applyFunc(t, f); err != nil {
				return err
			}
		}
		t.byName[f.Global] = callable{function: f}
		return nil
	})
}

var (
	errorType = reflect.TypeFor[error]()
	valueType = reflect.TypeFor[Value]()
)

func newFunction(name string, fn any) (*function, error) {
	g, err := parseClassName(name)
	if err != nil {
		return nil, err
	}
	v := reflect.ValueOf(fn)
	if v.Kind() != reflect.Func || v.IsNil() {
		return nil, fmt.Errorf("%T is no function", fn)
	}
	t := v.Type()
	f := &function{Global: g, fn: v, variadic: t.IsVariadic(), fails: t.NumOut() == 2}
	if n := t.NumOut(); n == 0 || n > 2 || n == 2 && t.Out(1) != errorType {
		return nil, fmt.Errorf("%v does not return one value, or one and an error", t)
	}
	if f.out = t.Out(0); f.out == errorType && !f.fails || !writable(f.out.Kind()) {
		return nil, fmt.Errorf("a %v cannot be what Python's function returns", f.out)
	}
	for i := range t.NumIn() {
		f.in = append(f.in, t.In(i))
	}
	n := len(f.in)
	if f.variadic {
		n--
	}
	f.least = n
	if n > 0 && !f.variadic && takesKeywords(f.in[n-1]) {
		f.keywords = true
		f.least--
	}
	for f.least > 0 && mayMiss(f.in[f.least-1]) {
		f.least--
	}
	return f, nil
}

// takesKeywords reports whether keyword arguments fit a parameter of type t.
func takesKeywords(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != valueType && !opaqueStruct(t) && planOf(t).style == styleDefault && len(planOf(t).fields) > 0 ||
		t.Kind() == reflect.Map && t.Key().Kind() == reflect.String || t == reflect.PointerTo(dictType)
}

// mayMiss reports whether a parameter of type t has a value that stands for
// none.
func mayMiss(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		return true
	}
	return t == valueType
}

var (
	errCallCycle = errors.New("what the call is given contains its result, which is no pointer that is known by then")
	errItself    = errors.New("it is given a state or items, but never called")
	errNoResult  = errors.New("the function returned nil, which can have neither items nor a state")
)

// call calls the function as instance n, in the graph, says. The result may be
// lossy if it need not be exact.
func (f *function) call(d *decoder, n vm.Node, in *vm.Instance, lossy bool) (any, error) {
	if in.Form == vm.FormItself {
		return nil, d.mismatch(n, f.out, errItself)
	}
	id := d.g.Shared(n)
	if id != 0 {
		if d.active[in] {
			return nil, d.mismatch(n, f.out, fmt.Errorf("%w: %w", ErrCycle, errCallCycle))
		}
		if d.active == nil {
			d.active = make(map[*vm.Instance]bool)
		}
		d.active[in] = true
		defer delete(d.active, in)
	}
	args, kwargs := d.callArguments(in)
	if f.direct != nil {
		return f.callDirect(d, n, in, args, kwargs, lossy)
	}
	params, err := f.bind(d, n, args, kwargs)
	if err != nil {
		return nil, err
	}
	out := f.apply(params)
	if f.fails && !out[1].IsNil() {
		return nil, d.hookError(n, f.out, out[1].Interface().(error))
	}
	return f.complete(d, n, in, out[0])
}

var errInexact = errors.New("the Go type does not hold all of it")

// callDirect is the rest of call for a directFunc.
func (f *function) callDirect(d *decoder, n vm.Node, in *vm.Instance, args []vm.Node, kwargs vm.Node, lossy bool) (any, error) {
	if kwargs.Kind() == vm.KindDict && len(d.g.Kids(kwargs)) > 0 || len(d.g.Kids(in.Self)) > 0 || len(d.g.Pairs(in)) > 0 {
		return nil, d.mismatchf(n, f.out, "it has items or keyword arguments")
	}
	v, exact, err := f.direct(d, in, args)
	if err == nil && !exact && !lossy {
		err = errInexact
	}
	if err != nil {
		if _, ok := err.(*placed); ok {
			return nil, err
		}
		return nil, d.hookError(n, f.out, err)
	}
	if exact {
		d.share(n, v)
	}
	return v, nil
}

// noteNone notes that instance n, to which there is more than one reference, is
// None.
func (d *decoder) noteNone(n vm.Node, in *vm.Instance) {
	if d.g.Shared(n) == 0 {
		return
	}
	if d.nones == nil {
		d.nones = make(map[*vm.Instance]bool)
	}
	d.nones[in] = true
}

// apply calls the Go function.
func (f *function) apply(params []reflect.Value) []reflect.Value {
	if f.variadic {
		return f.fn.CallSlice(params)
	}
	return f.fn.Call(params)
}

// callArguments returns what the callable of an instance is called with.
func (d *decoder) callArguments(in *vm.Instance) (args []vm.Node, kwargs vm.Node) {
	kwargs = d.g.Kwargs(in)
	if in.Args.Kind() == vm.KindTuple {
		args = d.g.Kids(in.Args)
	}
	if in.Form == vm.FormReconstructor && d.nativeOf(args[0]).Kind() == vm.KindNone {
		return nil, kwargs
	}
	if new, ok := d.partial(in.Callable); ok {
		return slices.Concat(new.args, args), new.kwargs
	}
	return args, kwargs
}

// bind decodes the arguments into values for the parameters.
func (f *function) bind(d *decoder, n vm.Node, args []vm.Node, kwargs vm.Node) ([]reflect.Value, error) {
	most := len(f.in)
	if f.variadic {
		most--
	}
	if kwargs.Kind() != vm.KindDict || len(d.g.Kids(kwargs)) == 0 {
		kwargs = vm.Node{}
	} else if !f.keywords || len(args) >= most {
		return nil, d.mismatchf(n, f.out, "%v has no parameter for keyword arguments", f.fn.Type())
	}
	if len(args) < f.least || len(args) > most && !f.variadic {
		return nil, d.mismatchf(n, f.out, "%s is called with %d arguments, %v is registered for it", f.Name, len(args), f.fn.Type())
	}
	params := make([]reflect.Value, len(f.in))
	for i, t := range f.in {
		params[i] = reflect.New(t).Elem()
		var err error
		switch {
		case f.variadic && i == most:
			err = f.bindRest(d, args[min(most, len(args)):], most, params[i])
		case i < len(args):
			err = f.argument(d, args[i], i, params[i])
		case i == most-1 && kwargs.Kind() == vm.KindDict:
			if err = decoderOf(t)(d, kwargs, params[i]); err != nil {
				err = at(err, ".kwargs")
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return params, nil
}

func (f *function) argument(d *decoder, n vm.Node, i int, v reflect.Value) error {
	if err := decoderOf(v.Type())(d, d.nativeOf(n), v); err != nil {
		return at(err, fmt.Sprintf(".args[%d]", i))
	}
	return nil
}

// bindRest decodes the arguments of a variadic parameter, from argument first
// on.
func (f *function) bindRest(d *decoder, args []vm.Node, first int, v reflect.Value) error {
	rest := reflect.MakeSlice(v.Type(), len(args), len(args))
	for i, a := range args {
		if err := f.argument(d, a, first+i, rest.Index(i)); err != nil {
			return err
		}
	}
	v.Set(rest)
	return nil
}

// complete gives the result of a call what came after it: items and states.
func (f *function) complete(d *decoder, n vm.Node, in *vm.Instance, out reflect.Value) (any, error) {
	if out.Kind() == reflect.Interface {
		out = out.Elem()
	}
	items, pairs := d.g.Kids(in.Self), d.g.Pairs(in)
	finished := in.State.Kind() == vm.KindNothing && len(items) == 0 && len(pairs) == 0
	if !out.IsValid() {
		if !finished {
			return nil, d.mismatch(n, f.out, errNoResult)
		}
		d.noteNone(n, in)
		return nil, nil
	}
	if finished {
		x := out.Interface()
		d.share(n, x)
		return x, nil
	}
	pointer := out.Kind() == reflect.Pointer && !out.IsNil()
	target := out
	if pointer {
		target = out.Elem()
		d.share(n, out.Interface())
	} else {
		target = copyOf(out)
	}
	if err := d.enter(n, len(items)+len(pairs)); err != nil {
		return nil, err
	}
	err := d.completed(n, in, target)
	d.leave()
	if err != nil {
		return nil, err
	}
	if pointer {
		return out.Interface(), nil
	}
	x := target.Interface()
	d.share(n, x)
	return x, nil
}

// completed is complete for v, which can be set.
func (d *decoder) completed(n vm.Node, in *vm.Instance, v reflect.Value) error {
	items, pairs := d.g.Kids(in.Self), d.g.Pairs(in)
	setter, _ := v.Addr().Interface().(StateSetter)
	if v.Kind() == reflect.Struct && !opaqueStruct(v.Type()) && (setter == nil || len(pairs) > 0 || planOf(v.Type()).base != nil) {
		s := structDecoderOf(v.Type())
		if s.plan.err != nil {
			return d.mismatch(n, s.typ, s.plan.err)
		}
		var fill structFill
		fill.begin(s, d, n, spotOf(v))
		if b := s.plan.base; b != nil {
			if err := d.extend(n, items, pairs, v.FieldByIndex(b.index)); err != nil {
				return err
			}
		} else if err := fill.pairs(pairs); err != nil {
			return err
		} else if len(items) > 0 {
			return d.mismatchf(n, v.Type(), "the object has list items")
		}
		if setter == nil {
			return fill.states(in)
		}
		if in.State.Kind() == vm.KindNothing {
			return fill.finish()
		}
		return d.setState(in, v, setter)
	}
	if err := d.extend(n, items, pairs, v); err != nil {
		return err
	}
	switch {
	case in.State.Kind() == vm.KindNothing:
		return nil
	case setter != nil:
		return d.setState(in, v, setter)
	}
	return d.mismatchf(n, v.Type(), "the object has a state; SetState could take it")
}

// extend appends list items to a slice, and sets dict items in a map or Dict.
func (d *decoder) extend(n vm.Node, items, pairs []vm.Node, v reflect.Value) error {
	if v.Kind() == reflect.Pointer && isBaseType(v.Type().Elem()) && !v.IsNil() {
		v = v.Elem()
	}
	dict, isDict := v.Addr().Interface().(*Dict)
	switch {
	case len(items) > 0 && v.Kind() == reflect.Slice:
		more := reflect.New(v.Type()).Elem()
		if err := d.fillItems(vm.Node{}, items, more); err != nil {
			return err
		}
		v.Set(reflect.AppendSlice(v, more))
	case len(items) > 0:
		return d.mismatchf(n, v.Type(), "the object has list items")
	}
	switch {
	case len(pairs) == 0:
	case isDict:
		more := NewDict()
		if err := d.fillDict(more, pairs); err != nil {
			return err
		}
		for k, x := range more.All() {
			dict.Set(k, x)
		}
	case v.Kind() == reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		return d.fillMap(v, pairs, decoderOf(v.Type().Key()), decoderOf(v.Type().Elem()))
	default:
		return d.mismatchf(n, v.Type(), "the object has dict items")
	}
	return nil
}

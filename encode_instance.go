package pickle

import (
	"errors"
	"reflect"
	"strings"

	"github.com/go-pickle/pickle/vm"
)

// saveGlobal writes a class or function.
func (e *encoder) saveGlobal(g Global) error {
	if g.isLong() {
		return e.saveLongGlobal(g)
	}
	if code, ok := e.tables.code(g); ok && e.o.protocol >= 2 {
		if err := e.w.Ext(code); err != nil {
			return fail(reflect.TypeOf(g), err)
		}
		return nil
	}
	if g.Module == "" || g.Name == "" {
		return failf(reflect.TypeOf(g), "a class or function has a module and a name")
	}
	if i, ok := e.globals[g]; ok {
		e.w.Get(i)
		return nil
	}
	if err := e.globalName(g); err != nil {
		return err
	}
	i := e.w.Memoize()
	if !e.o.noMemo {
		if e.globals == nil {
			e.globals = make(map[Global]uint32)
		}
		e.globals[g] = i
	}
	return nil
}

// saveLongGlobal is saveGlobal for a name that takes long to look up: it is told
// by where it is, like a string.
func (e *encoder) saveLongGlobal(g Global) error {
	module, _ := stringPlace(g.Module)
	name, length := stringPlace(g.Name)
	id := identity{name, length, module}
	if e.recall(id) {
		return nil
	}
	if g.Module == "" || g.Name == "" {
		return failf(reflect.TypeOf(g), "a class or function has a module and a name")
	}
	if err := e.globalName(g); err != nil {
		return err
	}
	e.memoize(id)
	return nil
}

// global writes a class or function that is part of another object.
func (e *encoder) global(g Global) error {
	e.w.Boundary()
	return e.saveGlobal(g)
}

// ownGlobal writes a class or function that the program names, not a pickle that
// it has read. In CPython the modules of such classes are one string for each
// name; those of what was read are what they were.
func (e *encoder) ownGlobal(g Global) error {
	if e.o.protocol >= 4 && !e.o.noMemo && !g.isLong() && !hasOwnModule(g) {
		if _, ok := e.textIndex(g.Module); !ok {
			if i, ok := e.modules[g.Module]; ok {
				e.setTextIndex(g.Module, i)
			}
		}
	}
	return e.global(g)
}

// builtinFunctions are the functions of the module builtins.
var builtinFunctions = make(map[string]bool)

func init() {
	for name := range strings.FieldsSeq(`abs aiter all anext any ascii bin breakpoint callable chr compile delattr dir divmod
		eval exec format getattr globals hasattr hash hex id input isinstance issubclass iter len locals max min next oct
		open ord pow print repr round setattr sorted sum vars __build_class__ __import__`) {
		builtinFunctions[name] = true
	}
}

// hasOwnModule reports whether the name of the module of g is another string in
// CPython than that of the classes of this module.
func hasOwnModule(g Global) bool {
	return g.Module == globalGetattr.Module && builtinFunctions[g.Name] || ownModules[g]
}

// ownModules has the classes that the C code of CPython 3.13 makes when it
// starts, each with a string of its own for its module.
var ownModules = make(map[Global]bool)

// ownModule returns the name of a class that belongs into ownModules.
func ownModule(module, name string) Global {
	g := Global{strings.Clone(module), strings.Clone(name)}
	ownModules[g] = true
	return g
}

// moduleName writes the name of the module of g.
func (e *encoder) moduleName(g Global) error {
	s := g.Module
	if err := e.name(s); err != nil {
		return err
	}
	if g.isLong() || hasOwnModule(g) {
		return nil
	}
	if i, ok := e.textIndex(s); ok {
		if _, ok := e.modules[s]; !ok {
			if e.modules == nil {
				e.modules = make(map[string]uint32)
			}
			e.modules[s] = i
		}
	}
	return nil
}

// globalName writes the name of a class or function: from protocol 4 on two
// strs for STACK_GLOBAL, before that text, which cannot have dots: a nested
// class is written as getattr(outer, name) then.
func (e *encoder) globalName(g Global) error {
	if e.o.protocol >= 4 {
		if err := e.moduleName(g); err != nil {
			return err
		}
		if err := e.name(g.Name); err != nil {
			return err
		}
		e.w.Op(vm.OpStackGlobal)
		return nil
	}
	name, attributes, nested := strings.Cut(g.Name, ".")
	var path []string
	if nested {
		path = strings.Split(attributes, ".")
	}
	for range path {
		if err := e.global(globalGetattr); err != nil {
			return err
		}
		e.w.BeginTuple(2)
	}
	module := g.Module
	if e.o.protocol < 3 && e.o.fixImports {
		module, name = toPython2(module, name)
	}
	if err := e.w.GlobalText(module, name); err != nil {
		return fail(reflect.TypeOf(g), err)
	}
	for _, attribute := range path {
		if err := e.temporary(attribute); err != nil {
			return err
		}
		e.w.EndTuple(2)
		e.w.Op(vm.OpReduce)
	}
	return nil
}

// reduce writes what a Reducer returned, the object id.
func (e *encoder) reduce(r Reduction, t reflect.Type, id identity) error {
	if r.Callable == nil {
		e.w.None()
		return nil
	}
	if err := e.enter(id, t); err != nil {
		return err
	}
	if err := e.reduction(r); err != nil {
		return err
	}
	if e.finishCall(id) {
		e.leave(id)
		return nil
	}
	if err := e.contents(r.Items, r.Pairs, e.key); err != nil {
		return err
	}
	if r.State != nil {
		if err := e.build(r.State); err != nil {
			return err
		}
	}
	e.leave(id)
	return nil
}

// reduction writes the call of a Reduction. A call of copyreg.__newobj__ is that
// opcode, as in Python.
func (e *encoder) reduction(r Reduction) error {
	args, id, op := r.Args, itemsIdentity(r.Args, tagTuple), vm.OpReduce
	if r.Callable == any(globalNewObj) && len(args) > 0 && e.o.protocol >= 2 {
		r.Callable, args, id, op = args[0], args[1:], identity{}, vm.OpNewObj
	}
	var err error
	if g, ok := r.Callable.(Global); ok {
		err = e.ownGlobal(g)
	} else {
		err = e.any(r.Callable)
	}
	if err != nil {
		return at(err, ".Callable")
	}
	e.w.Boundary()
	tuple := items{n: len(args), each: func(e *encoder, i int) error { return e.argument(args[i]) }}
	if err := tuple.tuple(e, id); err != nil {
		return at(err, ".Args")
	}
	e.w.Op(op)
	return nil
}

// contents writes the list and dict items of the object written before; key
// writes the keys.
func (e *encoder) contents(list []any, pairs []Pair, key func(any) error) error {
	b := e.w.Batch(vm.BatchListItems, len(list))
	for i, x := range list {
		b.Next()
		if err := e.any(x); err != nil {
			return atIndex(err, i)
		}
	}
	b.End()
	b = e.w.Batch(vm.BatchDictItems, len(pairs))
	for _, p := range pairs {
		b.Next()
		if err := key(p.Key); err != nil {
			return at(err, ".keys()")
		}
		if err := e.any(p.Value); err != nil {
			return atKey(err, p.Key)
		}
	}
	b.End()
	return nil
}

// build gives the object written before its state.
func (e *encoder) build(state any) error {
	if err := e.any(state); err != nil {
		return err
	}
	e.w.Op(vm.OpBuild)
	return nil
}

// saveObject writes an instance of a class that no Go type stands for, in the
// form in which it was read, or the one that comes nearest at the protocol.
func (e *encoder) saveObject(o *Object) error {
	if o == nil {
		e.w.None()
		return nil
	}
	id := pointerIdentity(reflect.ValueOf(o), tagObject)
	if e.recall(id) {
		return nil
	}
	t := reflect.TypeOf(o)
	if err := e.enter(id, t); err != nil {
		return err
	}
	if err := e.born(o); err != nil {
		return err
	}
	if o.Form != vm.FormItself && e.finishCall(id) {
		e.leave(id)
		return nil
	}
	if err := e.objectItems(o); err != nil {
		return err
	}
	if err := e.objectState(o, id); err != nil {
		return at(err, ".state")
	}
	if o.Form == vm.FormItself { // the memo has what it was before
		e.finishCall(id)
	}
	e.leave(id)
	return nil
}

// objectState writes the states of o, whose identity is id.
func (e *encoder) objectState(o *Object, id identity) error {
	for _, s := range o.Earlier {
		if err := e.build(s); err != nil {
			return err
		}
	}
	switch {
	case o.Setter != nil:
		return e.setState(o, id)
	case o.State != nil || len(o.Earlier) > 0: // which are before the last one
		return e.build(o.State)
	}
	return nil
}

// objectItems writes the items of o, which came by APPENDS or by ADDITEMS. Keys
// and elements are what they were: only the class knows what can be one.
func (e *encoder) objectItems(o *Object) error {
	if !o.Adds {
		return e.contents(o.Items, o.Pairs, e.any)
	}
	all := anyItems(o.Items)
	if err := all.contents(e, vm.BatchSet); err != nil {
		return err
	}
	return e.contents(nil, o.Pairs, e.any)
}

// setState writes setter(object, state) for the object written before, which
// stays where it is.
func (e *encoder) setState(o *Object, id identity) error {
	if err := e.any(o.Setter); err != nil {
		return err
	}
	e.w.Boundary()
	if !e.recall(id) {
		return fail(reflect.TypeOf(o), errSetterMemo)
	}
	if err := e.any(o.State); err != nil {
		return err
	}
	e.w.Op(vm.OpTuple2) // at every protocol, as CPython does
	e.w.Op(vm.OpReduce)
	e.w.Op(vm.OpPop)
	return nil
}

// born writes how o is made, up to the opcode that makes it. Before protocol 2
// there is no NEWOBJ. CPython then writes a call of copyreg._reconstructor with
// the built-in base of the class, which an Object does not tell; a call of
// copyreg.__newobj__ is right for every class.
func (e *encoder) born(o *Object) error {
	p := e.o.protocol
	switch {
	case o.Form == vm.FormItself:
		return e.class(o)
	case o.Form == vm.FormNewObj && p < 2:
		return e.classCall(globalNewObj, o, o.Args)
	case o.Form == vm.FormReconstructor && (p < 2 || o.Base != globalObject || len(o.Args) > 0 && o.Args[0] != nil):
		return e.classCall(globalReconstructor, o, []any{o.Base, baseValue(o.Args)})
	case o.Form == vm.FormReconstructor:
		return e.newObj(o, nil)
	case o.Form == vm.FormNewObj:
		return e.newObj(o, o.Args)
	case o.Form == vm.FormNewObjEx:
		return e.newObjEx(o)
	case o.Form == vm.FormInst || o.Form == vm.FormObj:
		return e.oldInstance(o)
	}
	if err := e.class(o); err != nil {
		return err
	}
	if err := e.tupleArgument(o.Args); err != nil {
		return err
	}
	e.w.Op(vm.OpReduce)
	return nil
}

// baseValue is the third argument of copyreg._reconstructor. CPython makes it
// for the call: list(self) and the like.
func baseValue(args Tuple) any {
	if len(args) == 0 {
		return nil
	}
	switch v := args[0].(type) {
	case Tuple:
		return temporaryItems(func(e *encoder) error { return anyItems(v).tuple(e, identity{}) })
	case []any:
		return temporaryList{anyItems(v)}
	case *Dict:
		return temporaryItems(func(e *encoder) error {
			e.w.EmptyDict()
			e.w.Memoize()
			return e.dictItems(vm.BatchDict, v)
		})
	}
	return args[0]
}

// class writes the callable of o.
func (e *encoder) class(o *Object) error {
	if o.Callable != nil {
		return e.any(o.Callable)
	}
	return e.global(o.Class)
}

// tupleArgument writes arguments that are a tuple with an identity.
func (e *encoder) tupleArgument(args Tuple) error {
	e.w.Boundary()
	return e.saveTuple(args)
}

func (e *encoder) newObj(o *Object, args Tuple) error {
	if err := e.class(o); err != nil {
		return err
	}
	if err := e.made(anyItems(args)); err != nil { // cls.__new__ has got a tuple of its own
		return err
	}
	e.w.Op(vm.OpNewObj)
	return nil
}

// classCall writes function(class of o, *args), a call that exists only for
// its result.
func (e *encoder) classCall(function Global, o *Object, args []any) error {
	var class any = o.Class
	if o.Callable != nil {
		class = o.Callable
	}
	return e.call(function, append([]any{class}, args...)...)
}

var errSetterMemo = errors.New("a state setter needs the memo")

// newObjEx writes NEWOBJ_EX, or what CPython writes in its place before
// protocol 4: partial(cls.__new__, cls, *args, **kwargs)().
func (e *encoder) newObjEx(o *Object) error {
	if e.o.protocol >= 4 {
		if err := e.class(o); err != nil {
			return err
		}
		if err := e.tupleArgument(o.Args); err != nil {
			return err
		}
		e.w.Boundary()
		if err := e.saveDict(kwargsOf(o)); err != nil {
			return err
		}
		e.w.Op(vm.OpNewObjEx)
		return nil
	}
	if err := e.global(globalPartial); err != nil {
		return err
	}
	constructor := &Object{Class: globalGetattr, Args: Tuple{o.Class, "__new__"}}
	if o.Callable != nil {
		constructor.Args[0] = o.Callable
	}
	state := Tuple{constructor, append(Tuple{constructor.Args[0]}, o.Args...), kwargsOf(o), nil}
	e.keep = append(e.keep, constructor, state)
	if err := e.arguments([]any{constructor}); err != nil {
		return err
	}
	e.w.Op(vm.OpReduce)
	e.w.Memoize()
	if err := e.build(state); err != nil {
		return err
	}
	e.w.EmptyTuple()
	e.w.Op(vm.OpReduce)
	return nil
}

func kwargsOf(o *Object) *Dict {
	if o.Kwargs == nil {
		return NewDict()
	}
	return o.Kwargs
}

// oldInstance writes an instance of an old-style class of Python 2: INST at
// protocol 0, OBJ above.
func (e *encoder) oldInstance(o *Object) error {
	e.w.Op(vm.OpMark)
	if e.o.protocol > 0 || o.Callable != nil {
		if err := e.class(o); err != nil {
			return err
		}
	}
	for i, a := range o.Args {
		if err := e.any(a); err != nil {
			return atIndex(err, i)
		}
	}
	if e.o.protocol > 0 || o.Callable != nil {
		e.w.Op(vm.OpObj)
		return nil
	}
	return e.instName(o.Class)
}

// instName writes INST with the name of a class.
func (e *encoder) instName(g Global) error {
	module, name := g.Module, g.Name
	if e.o.fixImports {
		module, name = toPython2(module, name)
	}
	if err := e.w.InstText(module, name); err != nil {
		return fail(reflect.TypeOf(g), err)
	}
	return nil
}

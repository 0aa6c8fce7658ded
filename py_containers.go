package pickle

import (
	"errors"
	"maps"
	"reflect"

	"github.com/go-pickle/pickle/vm"
)

// The containers of Python's standard library are types of this package, like
// Dict: a deque is a *Deque wherever it is. In a typed target an instance also
// is what it holds: its contents are a node of the graph, of the kind dict,
// list or str, that can go wherever such a value can go.

// container is implemented by pointers to these types. Nil pointers know their
// kind and typeName.
type container interface {
	// hold takes what the instance holds, or a value of Python's own that
	// holds the same.
	hold(d *decoder, n vm.Node) error
	// complete takes what there is of an instance beside its contents.
	complete(d *decoder, in *vm.Instance) error
	// object returns the form of the value at a protocol.
	object(protocol int) *Object
	// keep notes the class as the pickle names it.
	keep(class Global)

	kind() valueKind
	typeName() string // as Python's errors have it
}

// named is how the pickle that a container was read from spells the class, and
// the attribute that has the contents. CPython's strings are objects: another
// value of the pickle may have the same.
type named struct {
	class Global
	name  string
}

func (n *named) keep(class Global) { n.class = class }

// classOr returns the class, which is g.
func (n *named) classOr(g Global) Global {
	if n.class.Name != "" {
		return n.class
	}
	return g
}

// nameOr returns the name of the attribute.
func (n *named) nameOr(name string) string {
	if n.name != "" {
		return n.name
	}
	return name
}

// standardContainer makes the type of value, a pointer, what a class is. What
// aliases name is the same class.
func standardContainer(g Global, value container, contents contentsFunc, costly bool, aliases ...Global) {
	t := reflect.TypeOf(value).Elem()
	exactDecoders[t] = decodeContainer
	exactEncoders[t] = encodeContainer
	c := &class{Global: g, typ: t, contents: contents, lenient: true, costly: costly}
	err := standard.update("Register "+g.String(), func(tables *tables) error {
		for _, name := range append(aliases, g) {
			tables.byName[name] = callable{class: c}
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	if !costly {
		containerContents[t] = contents
	}
}

// containerContents has the contentsFuncs by type; none for the types whose
// method hold needs no contents.
var containerContents = make(map[reflect.Type]contentsFunc)

var errForm = errors.New("the class is not called like that")

// decodeContainer is for the types that are containers. They take instances of
// their class, of classes that nobody registered and that look the same, and what
// an instance of theirs holds.
func decodeContainer(d *decoder, n vm.Node, v reflect.Value) error {
	if n.Kind() == vm.KindInstance {
		return d.containerInstance(n, v)
	}
	if k := n.Kind(); k == vm.KindNone || k >= vm.KindGlobal {
		return d.other(n, v, decodeContainer)
	}
	return d.fillContainer(n, v, func(c container) error { return c.hold(d, n) })
}

func (d *decoder) containerInstance(n vm.Node, v reflect.Value) error {
	in := d.g.Instance(n)
	if native := d.g.Native(in); native.Kind() != vm.KindNothing {
		return decodeContainer(d, native, v)
	}
	class := d.class(in.Callable)
	own := class.class != nil && class.class.typ == v.Type()
	if !own && (class.known() || d.o.unknownClasses) {
		return d.other(n, v, decodeContainer)
	}
	contents, ok := d.views[in]
	if !ok || !own {
		d.own()
		contents = vm.Node{}
		if f := containerContents[v.Type()]; f != nil {
			contents = f(d, in)
		}
	}
	if contents.Kind() == vm.KindNothing && containerContents[v.Type()] != nil {
		return d.mismatch(n, v.Type(), errForm)
	}
	return d.fillContainer(n, v, func(c container) error {
		if own && class.Global == class.class.Global {
			c.keep(class.Global)
		}
		if err := c.hold(d, contents); err != nil {
			return err
		}
		return c.complete(d, in)
	})
}

// fillContainer fills v, which stands for n.
func (d *decoder) fillContainer(n vm.Node, v reflect.Value, fill func(container) error) error {
	if done, err := d.aliased(n, v); done || err != nil {
		return err
	}
	if err := d.enter(n, 0); err != nil {
		return err
	}
	v.SetZero()
	err := fill(v.Addr().Interface().(container))
	d.leave()
	d.filled(n, v)
	return err
}

// view returns the node of what an instance holds, in whose place it can go into
// a target. It is one object, like the instance.
func (d *decoder) view(in *vm.Instance, c *class) vm.Node {
	n, ok := d.views[in]
	if !ok {
		d.own()
		if d.views == nil {
			d.views = make(map[*vm.Instance]vm.Node)
		}
		n = c.contents(d, in)
		if k := n.Kind(); (k == vm.KindDict || k == vm.KindList) && d.g.Shared(n) == 0 && d.g.Shared(in.Self) != 0 {
			n = d.g.NewContentsView(in, n)
		}
		d.views[in] = n
	}
	return n
}

// own makes the graph one in which nodes can be made.
func (d *decoder) own() {
	if d.forks {
		d.g, d.views, d.forks = d.g.Fork(), maps.Clone(d.views), false
	}
}

// viewAll makes the views of all instances, so that nothing has to be made when
// several goroutines read the graph.
func (d *decoder) viewAll() {
	for i := range d.g.Instances() {
		in := d.g.InstanceAt(i)
		if in.Callable.Kind() != vm.KindGlobal {
			continue
		}
		if c := d.class(in.Callable).class; c != nil && c.contents != nil && !c.costly {
			d.view(in, c)
		}
	}
}

// encodeContainer writes a container in the form that CPython 3.13 has for it.
func encodeContainer(e *encoder, v reflect.Value) error {
	v = e.addressable(v)
	id := e.identityOf(v)
	if e.recall(id) {
		return nil
	}
	if err := e.enter(id, v.Type()); err != nil {
		return err
	}
	c := v.Addr().Interface().(container)
	if checks, ok := c.(interface{ check() error }); ok {
		if err := checks.check(); err != nil {
			return fail(v.Type(), err)
		}
	}
	o := c.object(e.o.protocol)
	e.keep = append(e.keep, o)
	if err := e.born(o); err != nil {
		return err
	}
	if e.finishCall(id) {
		e.leave(id)
		return nil
	}
	if err := e.contents(o.Items, o.Pairs, e.key); err != nil {
		return err
	}
	if o.State != nil {
		if err := e.build(o.State); err != nil {
			return at(err, ".state")
		}
	}
	e.leave(id)
	return nil
}

// containerArgs returns what a class is called with; false where it is made in
// a way that Python does not use for containers, or where more happens to the
// instance than that it gets items and one state.
func (d *decoder) containerArgs(in *vm.Instance) ([]vm.Node, bool) {
	if in.Form == vm.FormItself || in.Form == vm.FormNewObjEx || in.Adds || in.Args.Kind() != vm.KindTuple ||
		d.g.Setter(in).Kind() != vm.KindNothing || len(d.g.Earlier(in)) > 0 {
		return nil, false
	}
	args := d.g.Kids(in.Args)
	if in.Form == vm.FormReconstructor && len(args) == 1 && args[0].Kind() == vm.KindNone {
		args = nil
	}
	return args, true
}

// stateless reports whether an instance is given neither items nor a state.
func (d *decoder) stateless(in *vm.Instance) bool {
	return len(d.g.Kids(in.Self)) == 0 && len(d.g.Pairs(in)) == 0 && in.State.Kind() == vm.KindNothing
}

// inside is at for what may be no error.
func inside(err error, element string) error {
	if err == nil {
		return nil
	}
	return at(err, element)
}

// printedAs returns what has the repr of v.
func printedAs(v any) any {
	switch v := v.(type) {
	case *UserDict:
		if v != nil && v.Data == nil {
			return NewDict()
		} else if v != nil {
			return v.Data
		}
	case *UserList:
		if v != nil {
			return v.items()
		}
	case *UserString:
		if v != nil {
			return v.Data
		}
	}
	return v
}

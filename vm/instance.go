package vm

import "bytes"

// The part of the machine that records instances: what classes and functions
// would have made, had they been called.

// asInstance returns the object at stack index i. A class, or the object of a
// persistent ID, which is given items or a state, becomes an instance that
// records them: nobody can know here what it is.
func (m *Machine) asInstance(i int) Node {
	n := m.stack[i]
	switch n.Kind() {
	case KindGlobal, KindPersistent, KindExtension:
	default:
		return n
	}
	g := &m.g
	self := node(KindInstance, n.position(), uint64(len(g.objects)))
	g.instances = append(g.instances, Instance{Self: self, Callable: n, Form: FormItself})
	g.objects = append(g.objects, object{extra: uint32(len(g.instances) - 1)})
	m.stack[i] = self
	return self
}

// instance pushes what callable makes of args.
func (m *Machine) instance(form Form, callable, args Node) error {
	switch callable.Kind() {
	case KindGlobal, KindInstance, KindPersistent, KindExtension:
	default:
		if form == FormReduce || form == FormObj {
			return m.fail(errNotCallable)
		}
		return m.fail(errNotClass)
	}
	if args.Kind() != KindTuple {
		return m.fail(errArgsKind)
	}
	m.g.instances = append(reserve(m.g.instances, 1), Instance{Callable: callable, Args: args, Form: form})
	return m.newObjectAt(KindInstance, nil, len(m.g.instances)-1)
}

func (m *Machine) callable(form Form) error {
	if err := m.has(2); err != nil {
		return err
	}
	args, _ := m.pop()
	callable, _ := m.pop()
	return m.instance(form, callable, args)
}

func (m *Machine) newObjEx() error {
	if err := m.has(3); err != nil {
		return err
	}
	kwargs, _ := m.pop()
	if kwargs.Kind() != KindDict {
		return m.fail(errKwargsKind)
	}
	if err := m.callable(FormNewObjEx); err != nil {
		return err
	}
	in := m.g.Instance(m.stack[len(m.stack)-1])
	m.g.moreOf(in).kwargs = kwargs
	return nil
}

// inst is INST and OBJ: the arguments are what is above the mark.
func (m *Machine) inst(form Form, class Node) error {
	if err := m.fromMark(KindTuple); err != nil {
		return err
	}
	args, _ := m.pop()
	return m.instance(form, class, args)
}

func (m *Machine) obj() error {
	if len(m.marks) == 0 {
		return m.fail(errNoMark)
	}
	at := m.marks[len(m.marks)-1]
	if len(m.stack) == at {
		return m.fail(errUnderflow)
	}
	class := m.stack[at]
	m.stack = append(m.stack[:at], m.stack[at+1:]...)
	return m.inst(FormObj, class)
}

// build is BUILD: state is recorded where the object is an instance. The
// language's own types have no attributes, as CPython would find out.
func (m *Machine) build() error {
	if err := m.has(2); err != nil {
		return err
	}
	state, _ := m.pop()
	at := len(m.stack) - 1
	switch k := m.stack[at].Kind(); {
	case k < KindGlobal || k > KindExtension:
		return m.buildNative(state)
	case k != KindInstance && state.Kind() == KindNone:
		return nil // it stays what it is
	}
	to := m.asInstance(at)
	if m.items != nil && m.isTaken(to) {
		return m.fail(errTaken)
	}
	in := m.g.Instance(to)
	if in.State.Kind() != KindNothing {
		if err := m.extend(&m.g.moreOf(in).earlier, []Node{in.State}); err != nil {
			return err
		}
	}
	in.State = state
	return nil
}

func (m *Machine) buildNative(state Node) error {
	slots := Node{}
	if state.Kind() == KindTuple {
		if kids := m.g.Kids(state); len(kids) == 2 {
			state, slots = kids[0], kids[1]
		}
	}
	switch state.Kind() {
	case KindNone:
	case KindDict:
		return m.fail(errNoAttributes)
	default:
		return m.fail(errBuildState)
	}
	if slots.Kind() == KindNothing {
		return nil
	}
	if slots.Kind() != KindDict {
		return m.fail(errBuildState)
	}
	if len(m.g.Kids(slots)) > 0 {
		return m.fail(errNoAttributes)
	}
	return nil
}

func (m *Machine) persistent(id Node) error { return m.newObject(KindPersistent, id) }

func (m *Machine) extension(code int64) error {
	if code <= 0 {
		return m.fail(errExtension)
	}
	m.push(node(KindExtension, m.op, uint64(code)))
	return nil
}

func (m *Machine) stackGlobal() error {
	if err := m.has(2); err != nil {
		return err
	}
	name, _ := m.pop()
	module, _ := m.pop()
	for _, n := range [2]Node{module, name} {
		if k := n.Kind(); k != KindStr && k != KindByteString {
			return m.fail(errNameKind)
		}
	}
	return m.global(module, name)
}

func (m *Machine) global(module, name Node) error {
	g := &m.g
	if m.proto < 4 && m.dotted(name) {
		return m.fail(errDotted)
	}
	g.globals = append(g.globals, global{module, name, m.proto < 3})
	m.push(node(KindGlobal, m.op, uint64(len(g.globals)-1)))
	return nil
}

// dotted reports whether there is a dot in a name. A long one, which a pickle can
// name again with a few bytes, is searched once.
func (m *Machine) dotted(name Node) bool {
	const long = 1000
	data := m.g.Data(name)
	if len(data) > long && m.undotted[name] {
		return false
	}
	if bytes.IndexByte(data, '.') >= 0 {
		return true
	}
	if len(data) > long {
		if m.undotted == nil {
			m.undotted = make(map[Node]bool)
		}
		m.undotted[name] = true
	}
	return false
}

// names makes the nodes of the two lines that GLOBAL and INST have.
func (m *Machine) names(from int, module, name []byte) (Node, Node, error) {
	if len(module) == 0 || len(name) == 0 {
		return Node{}, Node{}, m.fail(errEmptyName)
	}
	text := func(at, n int) Node {
		return Node{uint64(KindStr)<<kindShift | uint64(at), uint64(n)}
	}
	return text(from, len(module)), text(from+len(module)+1, len(name)), nil
}

// noteSetter looks at an instance that is dropped: a pickler writes the call
// setter(object, state) so, behind the object, in place of a BUILD where
// __reduce__ has named a function that sets the state. It makes up the tuple of
// arguments, which is in no memo; the arguments of an object that is dropped
// because it was found to contain itself are.
func (m *Machine) noteSetter(call Node) error {
	in := m.g.Instance(call)
	if in.Form != FormReduce || call.position() != m.op-1 || m.g.Memoized(in.Args) || len(m.stack) == m.fence {
		return nil
	}
	args, object := m.g.Kids(in.Args), m.stack[len(m.stack)-1]
	if len(args) != 2 || object.Kind() != KindInstance || args[0].Kind() != KindInstance || args[0].body != object.body {
		return nil
	}
	of := m.g.Instance(object)
	if of.State.Kind() != KindNothing { // it has got one, which no pickler does twice
		return nil
	}
	if m.items != nil && m.isTaken(object) {
		return m.fail(errTaken)
	}
	m.g.moreOf(of).setter = in.Callable
	of.State = args[1]
	return nil
}

package pickle

import (
	"reflect"
	"slices"

	"github.com/go-pickle/pickle/vm"
)

// UserDict is a collections.UserDict, in Python 2 a UserDict.UserDict: a class
// for programs to derive theirs from, which has a dict. Attributes are those
// beside it, nil if there are none.
type UserDict struct {
	Data       *Dict
	Attributes *Dict
	named
}

// UserList is a collections.UserList, in Python 2 a UserList.UserList: a class
// that has a list, and Attributes beside it.
type UserList struct {
	Data       []any
	Attributes *Dict
	named
}

// UserString is a collections.UserString, in Python 2 a UserString.UserString:
// a class that has a str, and Attributes beside it. As a key of a Dict it equals
// the string.
type UserString struct {
	Data       string
	Attributes *Dict
	named
}

// Equal reports whether u and other have equal dicts. Attributes do not matter.
func (u *UserDict) Equal(other *UserDict) bool { return Equal(u, other) }

// Equal reports whether u and other have equal lists. Attributes do not matter.
func (u *UserList) Equal(other *UserList) bool { return Equal(u, other) }

// Equal reports whether u and other have equal strings. Attributes do not
// matter.
func (u *UserString) Equal(other *UserString) bool { return Equal(u, other) }

// String returns Python's repr of u, which is that of the dict.
func (u *UserDict) String() string { return Repr(u) }

// String returns Python's repr of u, which is that of the list.
func (u *UserList) String() string { return Repr(u) }

// String returns Python's repr of u, which is that of the str.
func (u *UserString) String() string { return Repr(u) }

var (
	globalUserDict   = collectionsGlobal("UserDict")
	globalUserList   = collectionsGlobal("UserList")
	globalUserString = collectionsGlobal("UserString")
)

// registerUserTypes also registers the names that Python 2 has, for those who
// switch FixImports off.
func registerUserTypes() {
	standardContainer(globalUserDict, new(UserDict), userContents(vm.KindDict), false,
		Global{"UserDict", "UserDict"}, Global{"UserDict", "IterableUserDict"}, collectionsGlobal("IterableUserDict"))
	standardContainer(globalUserList, new(UserList), userContents(vm.KindList), false, Global{"UserList", "UserList"})
	standardContainer(globalUserString, new(UserString), userContents(vm.KindStr), false, Global{"UserString", "UserString"})
}

// attribute1 returns the first attribute of an instance, which must be that of
// the given name, and the names and values of the others in turn. A state that
// is one object with another value is not looked into, for it could not be
// written again.
func (d *decoder) attribute1(in *vm.Instance, name string) (first vm.Node, others []vm.Node, ok bool) {
	if _, ok := d.containerArgs(in); !ok || in.State.Kind() != vm.KindDict || d.g.Shared(in.State) != 0 ||
		len(d.g.Kids(in.Self)) > 0 || len(d.g.Pairs(in)) > 0 {
		return first, nil, false
	}
	kids := d.g.Kids(in.State)
	if len(kids) < 2 || kids[0].Kind() != vm.KindStr && kids[0].Kind() != vm.KindByteString || string(d.g.Data(kids[0])) != name {
		return first, nil, false
	}
	return d.nativeOf(kids[1]), kids[2:], true
}

// otherAttributes decodes names and values that are in kids in turn.
func (d *decoder) otherAttributes(kids []vm.Node, attributes **Dict) error {
	if len(kids) == 0 {
		return nil
	}
	*attributes = newDictSize(len(kids) / 2)
	return d.fillDict(*attributes, kids)
}

// attributes returns the state of an instance.
func attributes(name string, value any, others *Dict) *Dict {
	state := newDictSize(1 + others.Len())
	state.add(name, value)
	for k, v := range others.All() {
		state.add(k, v)
	}
	return state
}

// userContents: the state has an attribute data.
func userContents(kind vm.Kind) contentsFunc {
	return func(d *decoder, in *vm.Instance) vm.Node {
		data, _, ok := d.attribute1(in, "data")
		k := data.Kind()
		if k == vm.KindByteString {
			k = vm.KindStr
		}
		args, _ := d.containerArgs(in)
		if !ok || k != kind || len(args) > 0 && (len(args) > 1 || kind != vm.KindStr || !d.sameText(args[0], data)) {
			return vm.Node{}
		}
		return data
	}
}

// sameText reports whether two nodes are equal text.
func (d *decoder) sameText(a, b vm.Node) bool {
	return a.Kind() == b.Kind() && d.affords(len(d.g.Data(b))) && slices.Equal(d.g.Data(a), d.g.Data(b))
}

// completeUser takes the attributes beside data.
func (d *decoder) completeUser(in *vm.Instance, n *named, others **Dict) error {
	_, kids, _ := d.attribute1(in, "data")
	n.name = d.str(d.g.Kids(in.State)[0])
	return inside(d.otherAttributes(kids, others), ".__dict__")
}

// userObject is the form of an instance whose arguments, from protocol 2 on, are
// args.
func userObject(protocol int, class Global, state *Dict, args Tuple) *Object {
	o := &Object{Class: class, Form: vm.FormReconstructor, Base: globalObject, Args: Tuple{nil}, State: state}
	if protocol >= 2 {
		o.Form, o.Args = vm.FormNewObj, args
	}
	return o
}

func (u *UserDict) hold(d *decoder, n vm.Node) error {
	if n.Kind() != vm.KindDict {
		return d.mismatch(n, reflect.TypeOf(u).Elem(), nil)
	}
	return inside(decodeInto(d, n, &u.Data), ".data")
}

func (u *UserDict) complete(d *decoder, in *vm.Instance) error {
	return d.completeUser(in, &u.named, &u.Attributes)
}

func (u *UserDict) object(protocol int) *Object {
	data := u.Data
	if data == nil {
		data = NewDict()
	}
	return userObject(protocol, u.classOr(globalUserDict), attributes(u.nameOr(interned("data")), data, u.Attributes), nil)
}

func (u *UserDict) kind() valueKind { return orNone(u != nil, pyStandIn) }

func (u *UserDict) typeName() string { return "UserDict" }

// items returns the list, which is not nil.
func (u *UserList) items() []any {
	if u.Data == nil {
		return []any{}
	}
	return u.Data
}

func (u *UserList) hold(d *decoder, n vm.Node) error {
	if _, ok := d.items(n); !ok {
		return d.mismatch(n, reflect.TypeOf(u).Elem(), nil)
	}
	return inside(decodeInto(d, n, &u.Data), ".data")
}

func (u *UserList) complete(d *decoder, in *vm.Instance) error {
	return d.completeUser(in, &u.named, &u.Attributes)
}

func (u *UserList) object(protocol int) *Object {
	return userObject(protocol, u.classOr(globalUserList), attributes(u.nameOr(interned("data")), u.items(), u.Attributes), nil)
}

func (u *UserList) kind() valueKind { return orNone(u != nil, pyStandIn) }

func (u *UserList) typeName() string { return "UserList" }

func (u *UserString) hold(d *decoder, n vm.Node) error {
	if k := n.Kind(); k != vm.KindStr && k != vm.KindByteString {
		return d.mismatch(n, reflect.TypeOf(u).Elem(), nil)
	}
	return inside(decodeInto(d, n, &u.Data), ".data")
}

func (u *UserString) complete(d *decoder, in *vm.Instance) error {
	return d.completeUser(in, &u.named, &u.Attributes)
}

func (u *UserString) object(protocol int) *Object {
	return userObject(protocol, u.classOr(globalUserString), attributes(u.nameOr(interned("data")), u.Data, u.Attributes), Tuple{u.Data})
}

func (u *UserString) kind() valueKind { return orNone(u != nil, pyStandIn) }

func (u *UserString) typeName() string { return "UserString" }

// The class of Python 2 is not that of Python 3; both equal what they have.

func (u *UserDict) comparesAs() any {
	if u.Data == nil {
		return NewDict()
	}
	return u.Data
}

func (u *UserList) comparesAs() any { return u.items() }

func (u *UserString) comparesAs() any { return u.Data }

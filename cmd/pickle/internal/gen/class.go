package gen

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/vm"
)

// class is what the samples say of a class of Python.
type class struct {
	global pickle.Global
	attrs  []attribute
	n      int // instances
	forms  map[vm.Form]bool
	odd    string // why no Go type stands for it; empty if one can

	argsMin, argsMax int
	args             []*shape // what it is called with, by position
	value            *shape   // of protocols 0 and 1: the value for the built-in base class
	items            *shape
	keys, values     *shape // of dict items
	hasItems         bool
	hasPairs         bool
	slots            bool   // the state is a pair
	dicts            bool   // there is a state that is a dict or a pair of them
	state            *shape // of states that are neither
	members          []any  // the sole arguments, which are the values if it is an enum
	strange          bool   // there are attributes whose names no tag can have

	how    how
	goName string
	base   *shape // what the base class holds, if the type is for a derived class
	tag    string // of the field for that
}

// how says how the instances of a class are mapped to Go.
type how uint8

const (
	asObject how = iota // no Go type; see class.odd
	asStruct
	asOldStyle
	asNamedTuple
	asEnum
	asArguments
	asException
	asBase // of a built-in type, see class.base
)

// object notes what o says about its class, and returns its shape.
func (in *inspector) object(o *pickle.Object) *shape {
	c := in.byName[o.Class]
	if c == nil {
		c = &class{global: o.Class, forms: make(map[vm.Form]bool)}
		in.byName[o.Class] = c
		in.classes = append(in.classes, c)
	}
	s := &shape{kind: kindClass, class: c}
	if in.objects[o] {
		return s
	}
	in.objects[o] = true
	c.n++
	c.forms[o.Form] = true
	c.refuse(o)
	in.arguments(c, o)
	for _, x := range o.Items {
		c.hasItems = true
		c.items = merge(c.items, in.shape(x, 0))
	}
	for _, p := range o.Pairs {
		c.hasPairs = true
		c.keys, c.values = merge(c.keys, in.shape(p.Key, 0)), merge(c.values, in.shape(p.Value, 0))
	}
	for _, x := range []any{o.Callable, o.Kwargs, o.Setter} { // for the instances in them
		if d, ok := x.(*pickle.Dict); !ok || d != nil {
			in.shape(x, 0)
		}
	}
	for _, x := range o.Earlier {
		in.shape(x, 0)
	}
	in.state(c, o.State)
	return s
}

// mostName is how long the name of a class can be for Register.
const mostName = 1000

// refuse notes why there can be no Go type for the class of o.
func (c *class) refuse(o *pickle.Object) {
	why := ""
	switch last := c.global.Name[strings.LastIndexByte(c.global.Name, '.')+1:]; {
	case o.Callable != nil:
		why = "it has no name"
	case c.global.Module == "builtins":
		why = "it is built into Python"
	case o.Form == vm.FormItself:
		why = "it is a class that was given a state"
	case o.Form == vm.FormReduce && !isUpper(last):
		why = "it is a function, by the look of its name: see RegisterFunc"
	case o.Kwargs != nil && o.Kwargs.Len() > 0:
		why = "it is called with keyword arguments"
	case o.Setter != nil:
		why = "a function of its own restores its state"
	case len(o.Earlier) > 0:
		why = "it is given its state several times"
	case len(o.Items) > 0 && len(o.Pairs) > 0:
		why = "it has items of a list and of a dict"
	case o.Adds:
		why = "it has elements added"
	case len(c.global.Module)+len(c.global.Name) > mostName:
		why = "its name is too long"
	case strings.ContainsAny(c.global.Module+c.global.Name, "\n\r :"), c.global.Module == "", c.global.Name == "":
		why = "its name is none of Python"
	}
	if c.odd == "" {
		c.odd = why
	}
}

func isUpper(name string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(name, "_"))
	return !unicode.IsLower(r)
}

func (in *inspector) arguments(c *class, o *pickle.Object) {
	if o.Form == vm.FormReconstructor {
		in.reconstructed(c, o)
		return
	}
	if c.args == nil {
		c.args = []*shape{}
		c.argsMin = len(o.Args)
	}
	c.argsMin, c.argsMax = min(c.argsMin, len(o.Args)), max(c.argsMax, len(o.Args))
	if len(o.Args) == 1 && len(c.members) <= mostMembers {
		c.addMember(o.Args[0])
	}
	for i, x := range o.Args {
		if i >= len(c.args) {
			c.args = append(c.args, nil)
		}
		c.args[i] = merge(c.args[i], in.shape(x, 0))
	}
}

// mostMembers bounds how many members of an enum become constants.
const mostMembers = 64

func (c *class) addMember(v any) {
	switch v.(type) {
	case int64, string:
		if !slices.Contains(c.members, v) {
			c.members = append(c.members, v)
		}
	}
}

// reconstructed takes what protocols 0 and 1 have of the base class.
func (in *inspector) reconstructed(c *class, o *pickle.Object) {
	if o.Args == nil || o.Base == (pickle.Global{Module: "builtins", Name: "object"}) {
		return
	}
	var value any
	if len(o.Args) > 0 {
		value = o.Args[0]
	}
	switch v := value.(type) {
	case nil:
	case []any:
		c.hasItems = true
		for _, x := range v {
			c.items = merge(c.items, in.shape(x, 0))
		}
	case *pickle.Dict:
		c.hasPairs = true
		for k, x := range v.All() {
			c.keys, c.values = merge(c.keys, in.shape(k, 0)), merge(c.values, in.shape(x, 0))
		}
	default:
		c.value = merge(c.value, in.shape(v, 0))
	}
}

// state takes the argument of BUILD: the attributes as a dict, or as a pair of
// those that are in the dict of the instance and those in slots, or anything
// else.
func (in *inspector) state(c *class, state any) {
	parts := []any{state}
	if t, ok := state.(pickle.Tuple); ok && len(t) == 2 && isState(t[0]) && isState(t[1]) {
		parts = t
		c.slots = true
	}
	if state == nil {
		return
	}
	if !isState(state) && len(parts) == 1 {
		c.state = merge(c.state, in.shape(state, 0))
		return
	}
	c.dicts = true
	for _, p := range parts {
		d, _ := p.(*pickle.Dict)
		if d == nil {
			continue
		}
		at := 0
		for k, x := range d.All() {
			value := in.shape(x, 0)
			if name, ok := nameOf(k); ok && isTaggable(name) {
				c.attrs = addAttribute(c.attrs, attribute{name, value, 1}, at)
			} else {
				c.strange = true
			}
			at++
		}
	}
}

func isState(v any) bool {
	_, ok := v.(*pickle.Dict)
	return ok || v == nil
}

// decide chooses how the instances of c are mapped.
func (c *class) decide() {
	old := c.forms[vm.FormInst] || c.forms[vm.FormObj]
	if len(c.attrs) > mostFields*10 {
		c.odd = "it has too many attributes"
	}
	switch {
	case c.odd != "":
	case c.forms[vm.FormReduce]:
		c.decideCall(len(c.forms) > 1)
	case old && (c.argsMax > 0 || c.hasItems || c.hasPairs):
		c.odd = "it is an old-style class that is called with arguments"
	case old:
		c.how = asOldStyle
	default:
		c.decideNew()
	}
	if c.odd == "" && c.state != nil && c.how != asStruct && c.how != asOldStyle && c.how != asArguments {
		c.odd = "it has a state that is no dict"
	}
	if c.odd != "" {
		c.how = asObject
	}
}

// decideCall is decide for what is made by REDUCE.
func (c *class) decideCall(others bool) {
	stateless := c.state == nil && !c.dicts
	switch {
	case others:
		c.odd = "it is made in several ways"
	case c.hasItems || c.hasPairs:
		c.odd = "it is called, and has items"
	case isExceptionName(c.global.Name):
		c.how = asException
	case c.argsMin != c.argsMax:
		c.odd = "it is called with different numbers of arguments"
	case c.argsMax == 1 && c.args[0] != nil && stateless && isMemberKind(c.args[0]):
		c.how, c.base = asEnum, c.args[0]
	case c.argsMax == 1 && c.args[0].kind == kindList && !c.args[0].none && (c.args[0].elem == nil || c.args[0].elem.hashable()):
		c.how, c.base, c.tag = asBase, c.args[0], ",base,set"
	default:
		c.how = asArguments
	}
}

// isMemberKind reports whether s is what members of an enum usually are.
func isMemberKind(s *shape) bool {
	return !s.none && (s.kind == kindInt || s.kind == kindInt64 || s.kind == kindString)
}

func isExceptionName(name string) bool {
	for _, end := range []string{"Error", "Exception", "Warning", "Exit", "Interrupt"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// decideNew is decide for what is made by NEWOBJ or copyreg._reconstructor.
func (c *class) decideNew() {
	kinds := 0
	for _, has := range []bool{c.argsMax > 0 || c.value != nil, c.hasItems, c.hasPairs} {
		if has {
			kinds++
		}
	}
	switch {
	case kinds > 1:
		c.odd = "it is made in several ways"
	case c.hasItems:
		c.how, c.base, c.tag = asBase, &shape{kind: kindList, elem: c.items}, ",base"
	case c.hasPairs:
		c.how, c.base, c.tag = asBase, &shape{kind: kindDict, key: c.keys, elem: c.values}, ",base"
	case kinds == 1:
		c.decideArguments()
	default:
		c.how = asStruct
	}
}

// decideArguments is decide for what holds a value of a base class, or is a
// named tuple.
func (c *class) decideArguments() {
	args, attributes := c.args, c.dicts || c.state != nil
	if c.argsMax == 0 {
		if c.value.kind == kindTuple && !attributes {
			args = c.value.items
			c.argsMin, c.argsMax = len(args), len(args)
		} else {
			args, c.argsMin, c.argsMax = []*shape{c.value}, 1, 1
		}
	}
	switch {
	case args == nil || c.argsMin != c.argsMax:
		c.odd = "it is made of different numbers of values"
	case c.argsMax == 1 && args[0].kind == kindByteString:
		c.odd = "it is derived from the str of Python 2, and not ASCII"
	case c.argsMax == 1 && isBaseKind(args[0]):
		c.how, c.base, c.tag = asBase, args[0], ",base"
		if args[0].kind == kindTuple {
			c.tag = ",base,tuple"
		}
	case c.argsMax == 2 && attributes && args[0].kind == kindFloat && args[1].kind == kindFloat:
		c.how, c.base, c.tag = asBase, atoms[kindComplex], ",base"
	case attributes:
		c.odd = "it is made of values beside its state"
	default:
		c.how, c.args = asNamedTuple, args
	}
}

// isBaseKind reports whether a class can be derived from that of s, and a Go
// type stand for it.
func isBaseKind(s *shape) bool {
	if s == nil || s.none {
		return false
	}
	switch s.kind {
	case kindInt, kindInt64, kindBigInt, kindFloat, kindComplex, kindString, kindBytes, kindTuple:
		return true
	}
	return false
}

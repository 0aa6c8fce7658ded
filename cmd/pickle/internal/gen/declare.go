package gen

import (
	"fmt"
	"strconv"
	"strings"
)

// isStruct reports whether the type of c is a struct.
func (c *class) isStruct() bool {
	if c.how == asEnum {
		return false
	}
	return c.how != asBase || len(c.attrs) > 0 || c.strange || c.tag != ",base" ||
		c.base.kind == kindBigInt || c.base.kind == kindDict && !comparable(c.base.key)
}

// register returns the arguments of Register.
func (c *class) register() string {
	value := c.goName + "{}"
	if !c.isStruct() {
		value = c.zero()
	}
	options := ""
	switch c.how {
	case asEnum:
		options = ", pickle.Enum()"
	case asNamedTuple:
		options = ", pickle.NamedTuple()"
	case asOldStyle:
		options = ", pickle.OldStyle()"
	case asArguments:
		var args []string
		for i := range c.args {
			args = append(args, strconv.Quote(c.argument(i)))
		}
		options = ", pickle.Arguments(" + strings.Join(args, ", ") + ")"
	}
	if c.slots && (c.how == asStruct || c.how == asBase) {
		options = ", pickle.Slots()"
	}
	return strconv.Quote(className(c.global)) + ", " + value + options
}

// zero returns a value of the type of c, which is no struct.
func (c *class) zero() string {
	switch c.base.kind {
	case kindInt, kindInt64, kindFloat, kindComplex:
		return c.goName + "(0)"
	case kindString:
		return c.goName + `("")`
	}
	return c.goName + "{}"
}

// argument returns what argument i of the class is called, which has no name
// in the pickle.
func (c *class) argument(i int) string {
	name := "arg" + strconv.Itoa(i)
	for _, a := range c.attrs {
		if a.name == name {
			return "argument_" + strconv.Itoa(i)
		}
	}
	return name
}

// class declares the type of c.
func (r *renderer) class(c *class) {
	fmt.Fprintf(&r.types, "// %s is %s in Python.", c.goName, comment(c.global.String()))
	switch c.how {
	case asNamedTuple:
		r.types.WriteString("\n// The pickle does not have the names of its fields.")
	case asArguments:
		r.types.WriteString("\n// It is called with arguments whose names the pickle does not have.")
	}
	r.types.WriteByte('\n')
	switch {
	case c.state != nil:
		r.stateful(c)
	case c.isStruct():
		r.structOf(c)
	default:
		t := r.typeOf(c.base, c.goName, false)
		fmt.Fprintf(&r.types, "type %s %s\n\n", c.goName, t.expr)
		if c.how == asEnum {
			r.members(c)
		}
	}
}

// members declares the members of an enum that the samples have. Their names are
// not in a pickle: what is text is a name often enough, a number is none.
func (r *renderer) members(c *class) {
	if len(c.members) > mostMembers || c.base.kind != kindString {
		return
	}
	r.types.WriteString("// The members that the samples have, named by their values.\nconst (\n")
	for _, m := range c.members {
		fmt.Fprintf(&r.types, "%s %s = %q\n", r.taken.unique(c.goName+exported(m.(string))), c.goName, m)
	}
	r.types.WriteString(")\n\n")
}

// structOf declares a struct with the attributes of c, and what else it has.
func (r *renderer) structOf(c *class) {
	taken := names{}
	fmt.Fprintf(&r.types, "type %s struct {\n", c.goName)
	switch c.how {
	case asException:
		r.imports[library] = true
		r.types.WriteString("pickle.Exception\n}\n\n")
		return
	case asNamedTuple:
		r.positions(c, "Field", taken, func(i int) string { return "field" + strconv.Itoa(i) })
	case asArguments:
		r.positions(c, "Arg", taken, c.argument)
	case asBase:
		r.baseField(c, taken)
	}
	r.fields(c.goName, c.attrs, "", c.n, taken)
	if c.strange {
		fmt.Fprintf(&r.types, "%s map[any]any `pickle:\",unknown\"` // names that no tag can have\n", taken.unique("Unknown"))
	}
	r.types.WriteString("}\n\n")
}

func (r *renderer) positions(c *class, prefix string, taken names, name func(i int) string) {
	for i, s := range c.args {
		field := taken.unique(prefix + strconv.Itoa(i))
		t := r.typeOf(s, c.goName+field, true)
		fmt.Fprintf(&r.types, "%s %s %s", field, t.expr, quoteTag(name(i)+t.tag))
		if t.why != "" {
			fmt.Fprintf(&r.types, " // %s", comment(t.why))
		}
		r.types.WriteByte('\n')
	}
}

// baseField writes the field for what the base class of c holds.
func (r *renderer) baseField(c *class, taken names) {
	field, expr := "Value", ""
	switch c.base.kind {
	case kindList, kindTuple:
		field = "Items"
		expr = "[]" + r.typeOf(c.base.elem, c.goName+"Item", false).expr
	case kindDict:
		field = "Items"
		t := goType{}
		if record := *c.base; comparable(record.key) {
			record.dict = nil
			t = r.dict(&record, c.goName+"Item")
		} else {
			t = r.pickled("*_Dict", true)
		}
		expr = t.expr
	default:
		expr = r.typeOf(c.base, c.goName+"Value", false).expr
	}
	fmt.Fprintf(&r.types, "%s %s %s\n", taken.unique(field), expr, quoteTag(c.tag))
}

// stateful declares a struct that keeps a state that is no dict.
func (r *renderer) stateful(c *class) {
	r.imports[library] = true
	state := c.state
	if c.dicts {
		state = nil
	}
	taken := names{"State": true, "GetState": true, "SetState": true}
	fmt.Fprintf(&r.types, "type %s struct {\n", c.goName)
	if c.how == asArguments {
		r.positions(c, "Arg", taken, c.argument)
	}
	t := r.typeOf(state, c.goName+"State", false)
	fmt.Fprintf(&r.types, "State %s `pickle:\"-\"`\n}\n\n", t.expr)
	fmt.Fprintf(&r.types, "// GetState implements [pickle.StateGetter].\nfunc (x *%s) GetState() (any, error) { return x.State, nil }\n\n", c.goName)
	fmt.Fprintf(&r.types, "// SetState implements [pickle.StateSetter].\nfunc (x *%s) SetState(state pickle.Value) error { return state.Decode(&x.State) }\n\n", c.goName)
}

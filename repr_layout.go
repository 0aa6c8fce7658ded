package pickle

import (
	"iter"
	"maps"
	"slices"
)

// layout returns how to print v, which is no leaf.
func (p *printer) layout(v any) layout {
	id, _ := identOf(v)
	switch v := v.(type) {
	case []any:
		return layout{open: "[", close: "]", again: "[...]", id: id, size: len(v), list: v}
	case Tuple:
		return layout{open: "(", close: ")", again: "(...)", id: id, size: len(v), list: v, comma: true}
	case *Dict:
		return dictLayout(id, v.Len(), v.All())
	case *Set:
		return setLayout("set", id, v)
	case FrozenSet:
		return setLayout("frozenset", id, v.s)
	case *Object:
		return objectLayout(id, v)
	case bracedItems:
		return layout{open: "{", close: "}", size: len(v), list: v}
	case dictItems:
		return dictLayout(id, len(v), v.all)
	case caller:
		l := callLayout(v.call())
		if l.again != "" {
			l.id = ident{at: v}
		}
		return l
	case layouter:
		return v.layout(id)
	}
	return p.goLayout(v)
}

// layouter is a type of this package that has a layout of its own.
type layouter interface{ layout(id ident) layout }

func dictLayout(id ident, size int, all iter.Seq2[any, any]) layout {
	return layout{open: "{", close: "}", again: "{...}", id: id, size: size, items: func(yield func(item) bool) {
		for k, v := range all {
			if !yield(item{kind: keyedItem, key: k, value: v}) {
				return
			}
		}
	}}
}

func setLayout(name string, id ident, s *Set) layout {
	l := layout{open: "{", close: "}", again: name + "(...)", id: id, size: s.Len(), items: func(yield func(item) bool) {
		for e := range s.All() {
			if !yield(item{value: e}) {
				return
			}
		}
	}}
	if l.size == 0 {
		l.open, l.close = name+"(", ")"
	} else if name == "frozenset" {
		l.open, l.close = "frozenset({", "})"
	}
	return l
}

// bracedItems and dictItems are the items of an Object, printed like a set and
// a dict.
type (
	bracedItems []any
	dictItems   []Pair
)

func (d dictItems) all(yield func(any, any) bool) {
	for _, p := range d {
		if !yield(p.Key, p.Value) {
			return
		}
	}
}

// call is the form name(args, name=value).
type call struct {
	name  string
	args  []any
	named []namedValue
	again string // of a pointer: what is printed for it inside itself
}

// verbatim is printed as it is.
type verbatim string

type namedValue struct {
	name  string
	value any
}

// caller is a type of this package that prints as a call, as most types of
// Python's library do.
type caller interface{ call() call }

func (c *call) items(yield func(item) bool) {
	for _, a := range c.args {
		if !yield(item{value: a}) {
			return
		}
	}
	for _, n := range c.named {
		if !yield(item{kind: namedItem, name: n.name, value: n.value}) {
			return
		}
	}
}

func callLayout(c call) layout {
	return layout{open: c.name + "(", close: ")", again: c.again, size: len(c.args) + len(c.named), items: c.items}
}

func (r Range) call() call {
	if r.Step == 1 {
		return call{name: "range", args: []any{r.Start, r.Stop}}
	}
	return call{name: "range", args: []any{r.Start, r.Stop, r.Step}}
}

func (s Slice) call() call { return call{name: "slice", args: []any{s.Start, s.Stop, s.Step}} }

func (p PersistentRef) call() call { return call{name: "persistent_id", args: []any{p.ID}} }

func (e Extension) call() call { return call{name: "extension", args: []any{int64(e)}} }

func (b Buffer) call() call {
	if b.ReadOnly {
		return call{name: "pickle.PickleBuffer", args: []any{b.Data}}
	}
	return call{name: "pickle.PickleBuffer", args: []any{ByteArray(b.Data)}}
}

// objectLayout prints an Object as a call with all that it was given.
func objectLayout(id ident, o *Object) layout {
	l := layout{callee: o.Class, open: "(", close: ")", again: "(...)", id: id, items: o.items}
	if o.Callable != nil {
		l.callee = o.Callable
	}
	for range l.items {
		l.size++
	}
	return l
}

// items are the arguments of the call that prints o.
func (o *Object) items(yield func(item) bool) {
	for _, a := range o.arguments() {
		if !yield(item{value: a}) {
			return
		}
	}
	if o.Kwargs.Len() > 0 && !o.printKwargs(yield) {
		return
	}
	if len(o.Items) > 0 {
		var items any = o.Items
		if o.Adds {
			items = bracedItems(o.Items)
		}
		if !yield(item{value: items}) {
			return
		}
	}
	if len(o.Pairs) > 0 && !yield(item{value: dictItems(o.Pairs)}) {
		return
	}
	for _, s := range o.Earlier {
		if !printState(s, yield) {
			return
		}
	}
	if o.Setter != nil {
		_ = yield(item{kind: namedItem, name: "setter", value: o.Setter}) &&
			yield(item{kind: namedItem, name: "state", value: o.State})
		return
	}
	printState(o.State, yield)
}

func (o *Object) printKwargs(yield func(item) bool) bool {
	if !hasNames(o.Kwargs) {
		return yield(item{kind: starredItem, value: o.Kwargs})
	}
	return printNames(o.Kwargs, yield)
}

// printState yields the attributes in the state of an Object, or the state.
func printState(state any, yield func(item) bool) bool {
	parts := []any{state}
	if t, ok := state.(Tuple); ok && len(t) == 2 { // the second has the slots
		parts = t
	}
	for i, part := range parts {
		if !hasNames(part) && (part != nil || i == len(parts)-1) {
			return state == nil || yield(item{kind: namedItem, name: "state", value: state})
		}
	}
	for _, part := range parts {
		if !printNames(part, yield) {
			return false
		}
	}
	return true
}

// hasNames reports whether v is a dict whose keys can be printed as names.
func hasNames(v any) bool {
	switch v := v.(type) {
	case *Dict:
		for key := range v.Keys() {
			if s, ok := nameOf(key); !ok || !isName(s) {
				return false
			}
		}
		return true
	case map[string]any:
		for s := range v {
			if !isName(s) {
				return false
			}
		}
		return true
	}
	return false
}

// nameOf returns the name that a key is: a str, of Python 2 or 3.
func nameOf(key any) (string, bool) {
	switch key := key.(type) {
	case string:
		return key, true
	case ByteString:
		return string(key), true
	}
	return "", false
}

// printNames yields the items of a dict for which hasNames holds, or of None.
func printNames(v any, yield func(item) bool) bool {
	switch v := v.(type) {
	case *Dict:
		for key, value := range v.All() {
			name, _ := nameOf(key)
			if !yield(item{kind: namedItem, name: name, value: value}) {
				return false
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if !yield(item{kind: namedItem, name: key, value: v[key]}) {
				return false
			}
		}
	}
	return true
}

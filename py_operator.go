package pickle

import (
	"errors"
	"slices"
)

// The callables of Python's module operator. They are data; nothing is called.
type (
	// ItemGetter is an operator.itemgetter.
	ItemGetter struct{ Items Tuple }

	// AttrGetter is an operator.attrgetter. A name with dots is a path.
	AttrGetter struct{ Names []string }

	// MethodCaller is an operator.methodcaller.
	MethodCaller struct {
		Name   string
		Args   Tuple
		Kwargs *Dict // nil if there are none
	}
)

func registerOperator() {
	standardFunc("operator.itemgetter", func(items ...any) (*ItemGetter, error) {
		if len(items) == 0 {
			return nil, errNoItems
		}
		return &ItemGetter{items}, nil
	}, Reduces(func(g *ItemGetter) (Reduction, error) {
		if len(g.Items) == 0 {
			return Reduction{}, errNoItems
		}
		return Reduction{Callable: globalItemGetter, Args: g.Items}, nil
	}))
	standardFunc("operator.attrgetter", func(name string, more ...string) *AttrGetter {
		return &AttrGetter{append([]string{name}, more...)}
	}, Reduces(func(g *AttrGetter) (Reduction, error) {
		if len(g.Names) == 0 {
			return Reduction{}, errNoItems
		}
		return Reduction{Callable: globalAttrGetter, Args: anys(g.Names)}, nil
	}))
	standardClass("operator.methodcaller", MethodCaller{}, nil)
}

var (
	globalItemGetter   = ownModule("operator", "itemgetter")
	globalAttrGetter   = ownModule("operator", "attrgetter")
	globalMethodCaller = ownModule("operator", "methodcaller")
	errNoItems         = errors.New("it gets nothing, which Python does not allow")
)

// UnmarshalPickle implements Unmarshaler.
func (m *MethodCaller) UnmarshalPickle(v Value) error {
	o, err := decodeReduced(v)
	if err != nil {
		return err
	}
	args, kwargs := o.Args, (*Dict)(nil)
	if p, ok := o.Callable.(*Partial); ok && p.Func == any(globalMethodCaller) && p.Attrs == nil {
		args, kwargs = slices.Concat(p.Args, args), p.Kwargs
	} else if o.Callable != nil {
		return errNoCall
	}
	if o.State != nil || len(args) == 0 {
		return errArguments
	}
	name, ok := args[0].(string)
	if !ok {
		return errArguments
	}
	*m = MethodCaller{Name: name, Args: args[1:], Kwargs: kwargs}
	return nil
}

// Reduce implements Reducer. With keyword arguments it is a call of
// partial(methodcaller, name, **kwargs), as in Python.
func (m *MethodCaller) Reduce() (Reduction, error) {
	if m.Kwargs.Len() == 0 {
		return Reduction{Callable: globalMethodCaller, Args: append(Tuple{m.Name}, m.Args...)}, nil
	}
	return Reduction{Callable: &Partial{Func: globalMethodCaller, Args: Tuple{m.Name}, Kwargs: m.Kwargs}, Args: m.Args}, nil
}

func anys[T any](all []T) Tuple {
	t := make(Tuple, len(all))
	for i, x := range all {
		t[i] = x
	}
	return t
}

// String returns Python's repr of g.
func (g *ItemGetter) String() string { return Repr(g) }

// String returns Python's repr of g.
func (g *AttrGetter) String() string { return Repr(g) }

// String returns Python's repr of m.
func (m *MethodCaller) String() string { return Repr(m) }

func (g *ItemGetter) call() call {
	return call{name: "operator.itemgetter", args: g.Items, again: "operator.itemgetter(...)"}
}

func (g *AttrGetter) call() call { return call{name: "operator.attrgetter", args: anys(g.Names)} }

func (m *MethodCaller) call() call {
	return call{name: "operator.methodcaller", args: append([]any{m.Name}, m.Args...), named: namedValues(m.Kwargs), again: "operator.methodcaller(...)"}
}

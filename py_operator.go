package pickle

import (
	"errors"
	"strings"
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
	standardFunc("operator.itemgetter", func(item any, more ...any) *ItemGetter {
		return &ItemGetter{append(Tuple{item}, more...)}
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
	standardFunc("operator.methodcaller", newMethodCaller, Reduces((*MethodCaller).reduce))
}

var (
	globalItemGetter   = Global{interned("operator"), interned("itemgetter")}
	globalAttrGetter   = Global{interned("operator"), interned("attrgetter")}
	globalMethodCaller = Global{interned("operator"), interned("methodcaller")}
	errNoItems         = errors.New("it gets nothing, which Python does not allow")
)

// newMethodCaller stands for operator.methodcaller.
func newMethodCaller(name string, args ...any) *MethodCaller {
	return &MethodCaller{Name: name, Args: args}
}

// reduce writes methodcaller(name, *args), or partial(methodcaller, name,
// **kwargs)(*args).
func (m *MethodCaller) reduce() (Reduction, error) {
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
	return call{name: "operator.methodcaller", args: append([]any{strings.Clone(m.Name)}, m.Args...), named: namedValues(m.Kwargs), again: "operator.methodcaller(...)"}
}

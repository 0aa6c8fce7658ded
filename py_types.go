package pickle

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/go-pickle/pickle/vm"
)

// SimpleNamespace is a types.SimpleNamespace: an object that has just
// attributes. It can be decoded into structs and maps, too.
type SimpleNamespace struct {
	Attrs *Dict // the attributes, by their names and in their order; nil if there are none
}

func registerTypes() {
	standardClass("types.SimpleNamespace", SimpleNamespace{}, attributeContents)
}

// attributeContents is the contentsFunc of a class whose instances are made
// by a call without arguments and have a dict of attributes.
func attributeContents(d *decoder, in *vm.Instance) vm.Node {
	switch {
	case in.Form != vm.FormReduce || len(d.g.Kids(in.Args)) > 0 || len(d.g.Earlier(in)) > 0:
		return vm.Node{}
	case in.State.Kind() == vm.KindNothing:
		return d.g.NewContainer(in.Self, vm.KindDict)
	case in.State.Kind() == vm.KindDict:
		return in.State
	}
	return vm.Node{}
}

// Get returns the attribute of that name, and whether there is one.
func (s *SimpleNamespace) Get(name string) (any, bool) { return s.Attrs.Get(name) }

// String returns Python's repr of s.
func (s *SimpleNamespace) String() string { return Repr(s) }

func (s *SimpleNamespace) call() call {
	return call{name: "namespace", named: namedValues(s.Attrs), again: "namespace(...)"}
}

// namedValues returns the items of d whose keys are strings.
func namedValues(d *Dict) []namedValue {
	var all []namedValue
	for key, value := range d.All() {
		if name, ok := nameOf(key); ok {
			all = append(all, namedValue{name, value})
		}
	}
	return all
}

// UnmarshalPickle implements Unmarshaler.
func (s *SimpleNamespace) UnmarshalPickle(v Value) error {
	o, attrs, err := decodeCall(v)
	switch {
	case err != nil:
		return err
	case len(o.Args) > 0:
		return errArguments
	case attrs == nil:
		attrs = NewDict()
	}
	s.Attrs = attrs
	return nil
}

// Reduce implements Reducer.
func (s *SimpleNamespace) Reduce() (Reduction, error) {
	attrs := s.Attrs
	if attrs == nil {
		attrs = NewDict()
	}
	return Reduction{Callable: globalSimpleNamespace, State: attrs}, nil
}

var globalSimpleNamespace = Global{interned("types"), interned("SimpleNamespace")}

var (
	errNoCall = errors.New("it is made in another way than Python does")
	errState  = errors.New("its state is another one than Python has")
)

// decodeCall decodes an object that is made by a call with positional arguments
// and may have a dict of attributes, and nothing else.
func decodeCall(v Value) (o Object, attrs *Dict, err error) {
	switch o, err = decodeReduced(v); {
	case err != nil || o.Callable != nil:
		return o, nil, cmp.Or(err, errNoCall)
	case o.State == nil:
		return o, nil, nil
	}
	attrs, ok := attributesOf(o.State)
	if !ok {
		return o, nil, errState
	}
	return o, attrs, nil
}

// decodeReduced decodes an object that is made by a call and may have a state.
func decodeReduced(v Value) (o Object, err error) {
	if v.Kind() != vm.KindInstance {
		return o, errNoCall
	}
	if err := v.Decode(&o); err != nil {
		return o, err
	}
	if o.Form != vm.FormReduce || o.Setter != nil || len(o.Earlier) > 0 || len(o.Items) > 0 || len(o.Pairs) > 0 {
		return o, errNoCall
	}
	return o, nil
}

// attributesOf returns a dict that was decoded into an any.
func attributesOf(v any) (*Dict, bool) {
	switch v := v.(type) {
	case *Dict:
		return v, v != nil
	case map[string]any: // with PlainValues
		d := NewDict()
		for _, key := range slices.Sorted(maps.Keys(v)) {
			d.Set(key, v[key])
		}
		return d, true
	}
	return nil, false
}

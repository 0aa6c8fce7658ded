package pickle

// Partial is a functools.partial: a function and some of its arguments. It is
// data; nothing is called.
type Partial struct {
	Func   any // usually a Global
	Args   Tuple
	Kwargs *Dict
	Attrs  *Dict // its attributes; nil if there are none
}

func registerFunctools() {
	standardClass("functools.partial", Partial{}, nil)
}

// String returns Python's repr of p, with the function as Repr prints it.
func (p *Partial) String() string { return Repr(p) }

func (p *Partial) call() call {
	return call{name: "functools.partial", args: append([]any{classAsPrinted(p.Func)}, p.Args...), named: namedValues(p.Kwargs), again: "..."}
}

// UnmarshalPickle implements Unmarshaler.
func (p *Partial) UnmarshalPickle(v Value) error {
	o, err := decodeReduced(v)
	if err != nil {
		return err
	}
	state := tupleOf(o.State) // (function, args, kwargs, attributes)
	if o.Callable != nil || len(o.Args) != 1 || len(state) != 4 {
		return errState
	}
	made := Partial{Func: state[0], Args: tupleOf(state[1])}
	if made.Args == nil && state[1] != nil {
		return errState
	}
	for i, d := range []**Dict{&made.Kwargs, &made.Attrs} {
		if x := state[2+i]; x != nil {
			var ok bool
			if *d, ok = attributesOf(x); !ok {
				return errState
			}
		}
	}
	*p = made
	return nil
}

// Reduce implements Reducer.
func (p *Partial) Reduce() (Reduction, error) {
	args, kwargs := p.Args, p.Kwargs
	if args == nil {
		args = Tuple{}
	}
	if kwargs == nil {
		kwargs = NewDict()
	}
	state := Tuple{p.Func, args, kwargs, nil}
	if p.Attrs != nil {
		state[3] = p.Attrs
	}
	return Reduction{Callable: globalPartial, Args: Tuple{p.Func}, State: state}, nil
}

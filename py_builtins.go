package pickle

import (
	"strings"
	"unicode/utf8"

	"github.com/go-pickle/pickle/vm"
)

// What the pickles of the language's own types call. Below protocol 4 there is
// no opcode for sets, below 3 none for bytes, and none at all for complex,
// range and slice: they are calls of functions, which are recognised here,
// not made.

// nativeFunc looks at a call of a function and returns the node of what it
// results in, as if there had been an opcode for it; KindNothing where it
// cannot know.
type nativeFunc func(d *decoder, in *vm.Instance, args []vm.Node) vm.Node

// makeFunc returns the Go value that a call of a function results in; false
// where it cannot know: then the call stays an *Object.
type makeFunc func(d *decoder, in *vm.Instance) (any, bool, error)

// builtin is one of Python's own names.
type builtin struct {
	value  any // a constant
	native nativeFunc
	make   makeFunc
}

// builtins has the names that need no registration. Filled by init: the
// functions refer to the decoder.
var builtins map[Global]builtin

func init() {
	builtins = map[Global]builtin{
		{"builtins", "Ellipsis"}:       {value: Ellipsis{}},
		{"builtins", "NotImplemented"}: {value: NotImplemented{}},
		{"_codecs", "encode"}:          {native: nativeEncode},
		{"builtins", "bytes"}:          {native: nativeBytes(vm.KindBytes)},
		{"builtins", "bytearray"}:      {native: nativeBytes(vm.KindByteArray)},
		{"builtins", "set"}:            {native: nativeSequence(vm.KindSet)},
		{"builtins", "frozenset"}:      {native: nativeSequence(vm.KindFrozenSet)},
		{"builtins", "list"}:           {native: nativeSequence(vm.KindList)},
		{"builtins", "tuple"}:          {native: nativeSequence(vm.KindTuple)},
		{"builtins", "complex"}:        {make: makeComplex},
		{"builtins", "range"}:          {make: makeRange},
		{"builtins", "slice"}:          {make: makeSlice},
	}
	for _, name := range []string{"object", "type", "bool", "int", "float", "str", "dict", "getattr"} {
		builtins[Global{"builtins", name}] = builtin{}
	}
	for _, name := range []string{"_reconstructor", "__newobj__", "__newobj_ex__"} {
		builtins[Global{"copyreg", name}] = builtin{}
	}
}

// nativize looks at the calls that were recorded since it was called last, in
// the order in which they were made, so that the arguments of a call come
// before the call.
func (d *decoder) nativize() {
	for ; d.native < d.g.Instances(); d.native++ {
		in := d.g.InstanceAt(d.native)
		if in.Callable.Kind() == vm.KindInstance {
			in.Callable = d.nativeOf(in.Callable)
		}
		if in.Callable.Kind() != vm.KindGlobal || in.Form != vm.FormReduce && in.Form != vm.FormNewObj {
			continue
		}
		c := d.class(in.Callable)
		args := d.g.Kids(in.Args)
		switch {
		case c.Global == globalReconstructor:
			d.reinterpret(in, args)
		case c.Global == globalNewObj && len(args) > 0 && in.Form == vm.FormReduce:
			d.reinterpretNew(in, args)
		case c.Global == globalGetattr && !d.g.Memoized(in.Args):
			d.dotted(in, args)
		case c.native != nil && in.State.Kind() == vm.KindNothing && len(d.g.Pairs(in)) == 0:
			if n := c.native(d, in, args); n.Kind() != vm.KindNothing {
				d.g.SetNative(in, n)
			}
		}
	}
}

// dotted makes a class of getattr(outer, "Inner"), as which CPython 3.13 writes
// a nested class below protocol 4. The arguments are in no memo then, unlike
// those of a getattr that is the __reduce__ of a method.
func (d *decoder) dotted(in *vm.Instance, args []vm.Node) {
	if len(args) == 2 && in.Form == vm.FormReduce {
		args[0] = d.nativeOf(args[0])
		if g, ok := d.attribute(in); ok && args[0].Kind() == vm.KindGlobal {
			text := func(s string) vm.Node { return d.g.NewData(vm.Node{}, vm.KindStr, []byte(s)) }
			d.g.SetNative(in, d.g.NewGlobal(in.Self, text(g.Module), text(g.Name)))
		}
	}
}

// reinterpret makes an instance of the first argument of
// copyreg._reconstructor(cls, base, value).
func (d *decoder) reinterpret(in *vm.Instance, args []vm.Node) {
	if len(args) != 3 || args[1].Kind() != vm.KindGlobal {
		return
	}
	if args[0] = d.nativeOf(args[0]); d.class(args[0]).Name == "" {
		return
	}
	d.g.Reinterpret(in, vm.FormReconstructor, args[0], d.g.NewSlice(in.Args, 2), args[1], vm.Node{})
}

// reinterpretNew makes a NEWOBJ of copyreg.__newobj__(cls, *args), which has the
// same effect at protocols 0 and 1.
func (d *decoder) reinterpretNew(in *vm.Instance, args []vm.Node) {
	if args[0] = d.nativeOf(args[0]); d.class(args[0]).Name != "" {
		d.g.Reinterpret(in, vm.FormNewObj, args[0], d.g.NewSlice(in.Args, 1), vm.Node{}, vm.Node{})
	}
}

// partial is functools.partial(cls.__new__, cls, *args, **kwargs), which
// protocols 2 and 3 call in place of a NEWOBJ_EX, or functools.partial(cls,
// *args, **kwargs), with which a __reduce__ gives a class keyword arguments.
type partial struct {
	class, kwargs vm.Node
	args          []vm.Node
}

// partial reports whether n is one of these calls.
func (d *decoder) partial(n vm.Node) (partial, bool) {
	if n.Kind() != vm.KindInstance {
		return partial{}, false
	}
	p := d.g.Instance(n)
	if !d.isCall(p, "functools", "partial") || p.State.Kind() != vm.KindTuple {
		return partial{}, false
	}
	state := d.g.Kids(p.State) // (function, args, kwargs, dict)
	if len(state) != 4 || state[1].Kind() != vm.KindTuple || state[2].Kind() != vm.KindDict && state[2].Kind() != vm.KindNone {
		return partial{}, false
	}
	args := d.g.Kids(state[1])
	if f := d.nativeOf(state[0]); f.Kind() == vm.KindGlobal && !strings.HasSuffix(d.class(f).Name, ".__new__") {
		return partial{f, state[2], args}, true
	}
	if len(args) == 0 || d.nativeOf(args[0]).Kind() != vm.KindGlobal {
		return partial{}, false
	}
	c := d.class(d.nativeOf(args[0])).Global
	if c.Name == "" || len(c.Name) > mostName || d.named(state[0]) != (Global{c.Module, c.Name + ".__new__"}) {
		return partial{}, false
	}
	return partial{d.nativeOf(args[0]), state[2], args[1:]}, true
}

// named returns the class or function that n is, by its name or as an attribute
// of a class. It does not look into partial: a partial of a partial, and one of
// itself, could go on for ever.
func (d *decoder) named(n vm.Node) Global {
	if n.Kind() == vm.KindInstance {
		g, _ := d.attribute(d.g.Instance(n))
		return g
	}
	return d.class(n).Global
}

// isCall reports whether the instance is the result of calling that function.
func (d *decoder) isCall(in *vm.Instance, module, name string) bool {
	return in.Form == vm.FormReduce && in.Callable.Kind() == vm.KindGlobal && d.class(in.Callable).Global == Global{module, name}
}

// mostName bounds the names that others are put together of, and those that
// something can be registered for.
const mostName = 1000

// isLong reports whether g has a name that nothing is registered for, and that
// takes long to look up. A few bytes of a pickle can name it again.
func (g Global) isLong() bool { return len(g.Module) > mostName || len(g.Name) > mostName }

// isText returns the string that n is, and whether it is one that can be a
// name.
func (d *decoder) isText(n vm.Node) (string, bool) {
	if k := n.Kind(); k != vm.KindStr && k != vm.KindByteString || len(d.g.Data(n)) > mostName {
		return "", false
	}
	return string(d.g.Data(n)), true
}

// nativeEncode is _codecs.encode(text, "latin1"): how bytes are written below
// protocol 3.
func nativeEncode(d *decoder, in *vm.Instance, args []vm.Node) vm.Node {
	if len(args) != 2 || len(d.g.Kids(in.Self)) > 0 {
		return vm.Node{}
	}
	b, ok := d.encoded(args[0], args[1])
	if !ok {
		return vm.Node{}
	}
	return d.g.NewData(in.Self, vm.KindBytes, b)
}

// affords counts the bytes that a call makes: they must not be many times
// what was read. If they are, the call stays a call.
func (d *decoder) affords(n int) bool {
	if d.work += int64(n); d.work > d.most {
		d.work = d.most + 1 // nothing is made; all that follows is a LimitError
		return false
	}
	return true
}

// encoded returns text.encode(encoding), for the encodings that Python's own
// pickles use.
func (d *decoder) encoded(text, encoding vm.Node) ([]byte, bool) {
	name, ok := d.isText(encoding)
	if !ok || text.Kind() != vm.KindStr {
		return nil, false
	}
	data := d.g.Data(text)
	if !d.affords(len(data)) {
		return nil, false
	}
	switch name {
	case "latin1", "latin-1", "iso-8859-1", "ascii":
	case "utf-8", "utf8":
		return data, utf8.Valid(data)
	default:
		return nil, false
	}
	top := rune(0xff)
	if name == "ascii" {
		top = 0x7f
	}
	b := make([]byte, 0, len(data))
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r > top || r == utf8.RuneError && size == 1 {
			return nil, false
		}
		b = append(b, byte(r))
		i += size
	}
	return b, true
}

// nativeBytes is bytes(…) and bytearray(…) of nothing, of bytes, of text with
// an encoding, of small ints.
func nativeBytes(kind vm.Kind) nativeFunc {
	return func(d *decoder, in *vm.Instance, args []vm.Node) vm.Node {
		var data []byte
		ok := false
		switch len(args) {
		case 0:
			ok = true
		case 1:
			data, ok = d.contents(args[0])
		case 2:
			data, ok = d.encoded(args[0], args[1])
		}
		if !ok || len(d.g.Kids(in.Self)) > 0 {
			return vm.Node{}
		}
		if kind == vm.KindBytes {
			return d.g.NewData(in.Self, kind, data)
		}
		plain := d.g.NewData(vm.Node{}, vm.KindBytes, data)
		return d.g.NewContainer(in.Self, kind, plain)
	}
}

// contents returns the bytes that bytes(n) has.
func (d *decoder) contents(n vm.Node) ([]byte, bool) {
	n = d.nativeOf(n)
	switch n.Kind() {
	case vm.KindBytes:
		return d.g.Data(n), true
	case vm.KindList, vm.KindTuple:
		kids := d.g.Kids(n)
		if !d.affords(len(kids)) {
			return nil, false
		}
		b := make([]byte, len(kids))
		for i, k := range kids {
			if k.Kind() != vm.KindInt || k.Int() < 0 || k.Int() > 255 {
				return nil, false
			}
			b[i] = byte(k.Int())
		}
		return b, true
	}
	return nil, false
}

// nativeOf returns what stands in the place of n.
func (d *decoder) nativeOf(n vm.Node) vm.Node {
	if n.Kind() == vm.KindInstance {
		if native := d.g.Native(d.g.Instance(n)); native.Kind() != vm.KindNothing {
			return native
		}
	}
	return n
}

// nativeSequence is set(items) and the like. Items that came behind the call,
// by ADDITEMS or APPENDS, leave it what it is.
func nativeSequence(kind vm.Kind) nativeFunc {
	return func(d *decoder, in *vm.Instance, args []vm.Node) vm.Node {
		if len(args) > 1 || len(d.g.Kids(in.Self)) > 0 {
			return vm.Node{}
		}
		if len(args) == 0 {
			return d.g.NewContainer(in.Self, kind)
		}
		of := d.nativeOf(args[0])
		if _, ok := d.items(of); !ok {
			return vm.Node{}
		}
		return d.g.NewView(in.Self, kind, of)
	}
}

func makeComplex(d *decoder, in *vm.Instance) (any, bool, error) {
	args := d.g.Kids(in.Args)
	if len(args) == 0 || len(args) > 2 {
		return nil, false, nil
	}
	var parts [2]float64
	for i, a := range args {
		switch a.Kind() {
		case vm.KindFloat:
			parts[i] = a.Float()
		case vm.KindInt:
			parts[i] = float64(a.Int())
		default:
			return nil, false, nil
		}
	}
	return complex(parts[0], parts[1]), true, nil
}

func makeRange(d *decoder, in *vm.Instance) (any, bool, error) {
	args := d.g.Kids(in.Args)
	if len(args) != 3 {
		return nil, false, nil
	}
	for _, a := range args {
		if a.Kind() != vm.KindInt {
			return nil, false, nil
		}
	}
	r := Range{args[0].Int(), args[1].Int(), args[2].Int()}
	return r, r.Step != 0, nil
}

func makeSlice(d *decoder, in *vm.Instance) (any, bool, error) {
	args := d.g.Kids(in.Args)
	if len(args) != 3 {
		return nil, false, nil
	}
	var parts [3]any
	for i, a := range args {
		v, err := d.any(a)
		if err != nil {
			return nil, false, err
		}
		parts[i] = v
	}
	return Slice{parts[0], parts[1], parts[2]}, true, nil
}

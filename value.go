package pickle

import (
	"fmt"
	"iter"
	"reflect"
	"slices"

	"github.com/go-pickle/pickle/vm"
)

// Value is a part of a pickle that has been executed but not decoded: what
// Parse returns, and what the hooks Unmarshaler and StateSetter are given.
// Reading one field of a large pickle costs nothing for the rest of it.
//
// Index and Get of what is not there result in a Value that has an error,
// which further calls pass on, so that a chain needs one check, at its end:
//
//	err := v.Get("users").Index(0).Get("name").Decode(&name)
//
// The Values of one Parse may be used by several goroutines at once; those
// that a hook is given may not.
type Value struct {
	d      *decoder
	n      vm.Node
	path   *step
	err    error
	parsed bool // by Parse: every Decode stands alone
}

// step is one step of the path to a Value. Paths are put together where they
// are needed: in errors.
type step struct {
	before *step
	key    any
}

func (s *step) then(key any) *step { return &step{s, key} }

func (s *step) String() string {
	var elements []string
	for ; s != nil; s = s.before {
		elements = append(elements, element(s.key))
	}
	slices.Reverse(elements)
	return cutPath(elements)
}

// Parse executes the pickle in data, which must be exactly one, and returns
// its root, of which nothing is decoded yet. The data must not be modified
// as long as the Value is in use.
func Parse(data []byte, opts ...Options) (Value, error) {
	o := newOptions(opts)
	m := new(vm.Machine)
	if err := execute(m, data, &o); err != nil {
		return Value{err: err}, err
	}
	d := newDecoder(&o, m.Graph(), int64(len(data)))
	d.nativize()
	d.viewAll()
	d.takeBuffers()
	return Value{d: d, n: d.nativeOf(d.g.Root()), parsed: true}, nil
}

// valueOf returns n as a Value for a hook. The graph must then outlive the
// call, for the hook may keep the Value.
func (d *decoder) valueOf(n vm.Node) Value {
	d.escaped = true
	return Value{d: d, n: d.nativeOf(n)}
}

// Err returns the error of the chain of calls that led to v.
func (v Value) Err() error { return v.err }

// Kind returns what v is in Python. An invalid Value has KindNothing.
func (v Value) Kind() vm.Kind {
	if v.err != nil {
		return vm.KindNothing
	}
	return v.n.Kind()
}

// IsNone reports whether v is None.
func (v Value) IsNone() bool { return v.Kind() == vm.KindNone }

// Offset returns where the instruction that made v is, in bytes from the
// beginning of the input.
func (v Value) Offset() int64 {
	if v.Kind() == vm.KindNothing {
		return 0
	}
	return v.d.offset(v.n)
}

// Class returns the class of an instance, or the class or function that v
// itself is; ok is false for everything else.
func (v Value) Class() (class Global, ok bool) {
	switch v.Kind() {
	case vm.KindGlobal:
		class = v.session().class(v.n).Global
	case vm.KindInstance:
		class = v.session().class(v.d.g.Instance(v.n).Callable).Global
	}
	return class, class.Name != ""
}

// Len returns the number of items of a list, tuple, set or dict, of bytes of a
// bytes or bytearray, of bytes in UTF-8 of a str, of list or dict items of an
// instance; else 0.
func (v Value) Len() int {
	switch k := v.Kind(); k {
	case vm.KindStr, vm.KindByteString, vm.KindBytes:
		return len(v.d.g.Data(v.n))
	case vm.KindByteArray:
		data, appended := v.d.g.ByteArray(v.n)
		return len(data) + len(appended)
	case vm.KindDict:
		return len(v.d.g.Kids(v.n)) / 2
	case vm.KindList, vm.KindTuple, vm.KindSet, vm.KindFrozenSet:
		return len(v.d.g.Kids(v.n))
	case vm.KindInstance:
		return len(v.d.g.Kids(v.n)) + len(v.d.g.Pairs(v.d.g.Instance(v.n)))/2
	}
	return 0
}

// Index returns item i of a list, tuple, set or instance with list items. A
// negative i counts from the end, as in Python.
func (v Value) Index(i int) Value {
	var kids []vm.Node
	switch k := v.Kind(); k {
	case vm.KindNothing:
		return v
	case vm.KindList, vm.KindTuple, vm.KindSet, vm.KindFrozenSet, vm.KindInstance:
		kids = v.d.g.Kids(v.n)
	default:
		return v.missing(i, "%v has no items", k)
	}
	at := i
	if at < 0 {
		at += len(kids)
	}
	if at < 0 || at >= len(kids) {
		return v.missing(i, "there are %d items", len(kids))
	}
	return v.child(kids[at], i)
}

// Get returns the value of a dict's key, or an attribute or dict item of an
// instance. It looks through all keys; to read many of a large dict, Decode it
// or range over All.
func (v Value) Get(key any) Value {
	switch k := v.Kind(); k {
	case vm.KindNothing:
		return v
	case vm.KindDict, vm.KindInstance:
	default:
		return v.missing(key, "%v has no keys or attributes", k)
	}
	var session *decoder
	found, ok := vm.Node{}, false
	for _, pairs := range v.pairs() {
		for i := 0; i+1 < len(pairs); i += 2 {
			if s, isString := key.(string); isString && v.d.isName(pairs[i]) {
				if string(v.d.g.Data(pairs[i])) == s {
					found, ok = pairs[i+1], true
				}
				continue
			}
			if session == nil {
				session = v.session()
			}
			if session.isKey(pairs[i], key) {
				found, ok = pairs[i+1], true
			}
		}
	}
	if !ok {
		return v.missing(key, "there is no such key")
	}
	return v.child(found, key)
}

// pairs returns the keys and values of a dict, or of an instance's dict items
// and attributes.
func (v Value) pairs() [][]vm.Node {
	g := v.d.g
	if v.n.Kind() == vm.KindDict {
		return [][]vm.Node{g.Kids(v.n)}
	}
	in := g.Instance(v.n)
	all := [][]vm.Node{g.Pairs(in)}
	for _, state := range append(append([]vm.Node(nil), g.Earlier(in)...), in.State) {
		states := []vm.Node{state}
		if state.Kind() == vm.KindTuple && len(g.Kids(state)) == 2 {
			states = g.Kids(state)
		}
		for _, s := range states {
			if s.Kind() == vm.KindDict {
				all = append(all, g.Kids(s))
			}
		}
	}
	return all
}

// isName reports whether n is a string whose text is its bytes: it can be
// compared as it is. As bytes a str of Python 2 would equal no string, but is
// the name of an attribute nevertheless.
func (d *decoder) isName(n vm.Node) bool {
	return n.Kind() == vm.KindStr || n.Kind() == vm.KindByteString && d.o.python2Strings == Python2Bytes
}

// isKey reports whether n equals the key by Python's rules.
func (d *decoder) isKey(n vm.Node, key any) bool {
	x, err := d.any(n)
	if err != nil {
		d.depth = 0
		return false
	}
	return d.keys.equal(x, key)
}

// All ranges over the items of a list, tuple or set, with their index as an
// int, over the items of a dict, with their keys, or over the list items, dict
// items and attributes of an instance. A key that cannot be decoded is nil,
// and its Value has the error.
func (v Value) All() iter.Seq2[any, Value] {
	return func(yield func(any, Value) bool) {
		switch v.Kind() {
		case vm.KindList, vm.KindTuple, vm.KindSet, vm.KindFrozenSet, vm.KindInstance:
			for i, k := range v.d.g.Kids(v.n) {
				if !yield(i, v.child(k, i)) {
					return
				}
			}
		}
		switch v.Kind() {
		case vm.KindDict, vm.KindInstance:
			v.allPairs(yield)
		}
	}
}

func (v Value) allPairs(yield func(any, Value) bool) {
	for _, pairs := range v.pairs() {
		for i := 0; i+1 < len(pairs); i += 2 {
			var key any
			err := Value{d: v.d, n: v.d.nativeOf(pairs[i]), parsed: v.parsed}.Decode(&key)
			child := v.child(pairs[i+1], key)
			if err != nil {
				child = Value{err: prefixed(err, joinPath(v.path.String(), ".keys()"))}
			}
			if !yield(key, child) {
				return
			}
		}
	}
}

// Decode stores v in the value that target points to, as Unmarshal does. In a
// hook, what v shares with the rest of the pickle is shared in Go too.
func (v Value) Decode(target any) error {
	if v.err != nil {
		return v.err
	}
	if v.d == nil {
		return &UnmarshalTypeError{Value: "nothing", Type: reflect.TypeOf(target), Err: errNoValue}
	}
	rv, err := targetOf(target)
	if err != nil {
		return err
	}
	if err := v.session().decode(v.n, rv); err != nil {
		return prefixed(err, v.path.String())
	}
	return nil
}

var errNoValue = fmt.Errorf("the Value is the zero Value")

// prefixed puts the path of a Value before that of an error.
func prefixed(err error, path string) error {
	if path == "" {
		return err
	}
	return located(&placed{err: err, path: []string{path}})
}

// Any returns v as what Unmarshal stores in an any.
func (v Value) Any() (any, error) {
	var x any
	err := v.Decode(&x)
	return x, err
}

// String returns v as Python's repr would print it, or the error.
func (v Value) String() string {
	x, err := v.Any()
	if err != nil {
		return "<" + err.Error() + ">"
	}
	return Repr(x)
}

// session returns the decoder that v is decoded by: the one of the call that
// a hook is part of, or, for Parse, one of its own.
func (v Value) session() *decoder {
	if !v.parsed {
		return v.d
	}
	return &decoder{graphState: graphState{o: v.d.o, tables: v.d.tables, g: v.d.g, native: v.d.native, most: v.d.most, buffers: v.d.buffers, views: v.d.views, forks: true, parsed: true}}
}

func (v Value) child(n vm.Node, key any) Value {
	return Value{d: v.d, n: v.d.nativeOf(n), path: v.path.then(key), parsed: v.parsed}
}

func (v Value) missing(key any, format string, args ...any) Value {
	e := &UnmarshalTypeError{
		Offset: v.Offset(), Op: v.d.g.Opcode(v.n).String(), Path: v.path.then(key).String(),
		Value: v.session().describe(v.n), Err: fmt.Errorf(format, args...),
	}
	return Value{err: e}
}

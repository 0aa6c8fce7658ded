package pickle

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-pickle/pickle/vm"
)

// OrderedDict is a collections.OrderedDict: a Dict that equals another
// OrderedDict only if the order is the same, too. Attributes are those that a
// program has set, nil if there are none.
type OrderedDict struct {
	Dict
	Attributes *Dict
	named
}

// DefaultDict is a collections.defaultdict: a Dict, and what Python calls for a
// key that is missing, which is nil for None, and mostly a Global:
//
//	&pickle.DefaultDict{Factory: pickle.Global{"builtins", "list"}}
//
// Get of a missing key finds nothing; it calls nothing.
type DefaultDict struct {
	Dict
	Factory any
	named
}

// Counter is a collections.Counter: a Dict whose values are numbers, mostly. A
// key that is missing in one of two Counters equals one whose value is 0 in the
// other.
type Counter struct {
	Dict
	named
}

// Deque is a collections.deque. Where MaxLen is not nil, Python drops items
// from the left as others are appended to so many.
type Deque struct {
	Items  []any
	MaxLen *int
	named
}

// ChainMap is a collections.ChainMap: mappings, mostly *Dict, in which a key is
// looked for in turn. Attributes are others that a program has set, nil if there
// are none. In typed targets a ChainMap is one dict, with the first value of
// each key.
type ChainMap struct {
	Maps       []any
	Attributes *Dict
	named
}

// NewOrderedDict returns an OrderedDict of keys and values given in turn, like
// NewDict.
func NewOrderedDict(pairs ...any) *OrderedDict {
	o := new(OrderedDict)
	o.set(pairs)
	return o
}

// NewDefaultDict returns a DefaultDict of keys and values given in turn, like
// NewDict.
func NewDefaultDict(factory any, pairs ...any) *DefaultDict {
	d := &DefaultDict{Factory: factory}
	d.set(pairs)
	return d
}

// NewCounter returns a Counter of keys and their counts given in turn, like
// NewDict.
func NewCounter(pairs ...any) *Counter {
	c := new(Counter)
	c.set(pairs)
	return c
}

// NewDeque returns a Deque of the given items that may become any number.
func NewDeque(items ...any) *Deque { return &Deque{Items: items} }

// NewChainMap returns a ChainMap of the given mappings.
func NewChainMap(maps ...any) *ChainMap { return &ChainMap{Maps: maps} }

// set sets keys and values given in turn.
func (d *Dict) set(pairs []any) {
	d.entries = NewDict(pairs...).entries
}

// Equal reports whether o and other have equal keys with equal values in the
// same order.
func (o *OrderedDict) Equal(other *OrderedDict) bool { return Equal(o, other) }

// Equal reports whether d and other have equal keys with equal values. The
// factories do not matter.
func (d *DefaultDict) Equal(other *DefaultDict) bool { return Equal(d, other) }

// Equal reports whether c and other have equal counts.
func (c *Counter) Equal(other *Counter) bool { return Equal(c, other) }

// Equal reports whether q and other have equal items. MaxLen does not matter.
func (q *Deque) Equal(other *Deque) bool { return Equal(q, other) }

// Equal reports whether c and other have equal values for the same keys.
func (c *ChainMap) Equal(other *ChainMap) bool { return Equal(c, other) }

// String returns Python's repr of o.
func (o *OrderedDict) String() string { return Repr(o) }

// String returns Python's repr of d.
func (d *DefaultDict) String() string { return Repr(d) }

// String returns Python's repr of c.
func (c *Counter) String() string { return Repr(c) }

// String returns Python's repr of q.
func (q *Deque) String() string { return Repr(q) }

// String returns Python's repr of c.
func (c *ChainMap) String() string { return Repr(c) }

// The classes. From Python 3.12 on the module of deque and of defaultdict is a
// string of its own.
var (
	globalOrderedDict = collectionsGlobal("OrderedDict")
	globalCounter     = collectionsGlobal("Counter")
	globalChainMap    = collectionsGlobal("ChainMap")
	globalDefaultDict = Global{strings.Clone("collections"), interned("defaultdict")}
	globalDeque       = Global{strings.Clone("collections"), interned("deque")}
)

func collectionsGlobal(name string) Global { return Global{interned("collections"), interned(name)} }

func registerCollections() {
	standardContainer(globalOrderedDict, new(OrderedDict), orderedDictContents, false)
	standardContainer(globalDefaultDict, new(DefaultDict), defaultDictContents, false)
	standardContainer(globalCounter, new(Counter), counterContents, false)
	standardContainer(globalDeque, new(Deque), dequeContents, false)
	standardContainer(globalChainMap, new(ChainMap), chainMapContents, true)
	registerUserTypes()
	for _, t := range []reflect.Type{
		reflect.TypeFor[OrderedDict](), reflect.TypeFor[DefaultDict](), reflect.TypeFor[Counter](), reflect.TypeFor[Deque](),
		reflect.TypeFor[ChainMap](), reflect.TypeFor[UserDict](), reflect.TypeFor[UserList](), reflect.TypeFor[Array](),
	} {
		unhashable[t] = true
	}
}

// holdPairs is hold for what is made of a Dict.
func (d *Dict) holdPairs(dec *decoder, n vm.Node, t reflect.Type) error {
	if n.Kind() != vm.KindDict {
		return dec.mismatch(n, t, nil)
	}
	kids := dec.g.Kids(n)
	if err := dec.spend(n, len(kids)); err != nil {
		return err
	}
	d.reset(len(kids) / 2)
	return dec.fillDict(d, kids)
}

// pairs returns the items as those that an Object is given.
func (d *Dict) pairs() []Pair {
	all := make([]Pair, 0, d.len())
	for k, v := range d.All() {
		all = append(all, Pair{k, v})
	}
	return all
}

// orderedDictContents: Python 3 calls the class without arguments and sets the
// items; Python 2 calls it with a list of pairs.
func orderedDictContents(d *decoder, in *vm.Instance) vm.Node {
	args, ok := d.containerArgs(in)
	switch {
	case !ok || len(args) > 1 || len(d.g.Kids(in.Self)) > 0 || in.State.Kind() != vm.KindNothing && in.State.Kind() != vm.KindDict:
	case len(args) == 0:
		return d.g.NewContents(in, vm.KindDict)
	case len(d.g.Pairs(in)) == 0:
		if kids, ok := d.pairsIn(d.nativeOf(args[0])); ok {
			return d.g.NewContentsOf(in, vm.KindDict, kids)
		}
	}
	return vm.Node{}
}

// pairsIn returns the keys and values, in turn, of a dict or a list of pairs.
func (d *decoder) pairsIn(n vm.Node) ([]vm.Node, bool) {
	if n.Kind() == vm.KindDict {
		return d.g.Kids(n), d.affords(len(d.g.Kids(n)))
	}
	items, ok := d.items(n)
	if !ok || !d.affords(2*len(items)) {
		return nil, false
	}
	kids := make([]vm.Node, 0, 2*len(items))
	for _, item := range items {
		pair, ok := d.items(d.nativeOf(item))
		if !ok || len(pair) != 2 {
			return nil, false
		}
		kids = append(kids, pair...)
	}
	return kids, true
}

func (o *OrderedDict) hold(d *decoder, n vm.Node) error {
	return o.holdPairs(d, n, reflect.TypeOf(o).Elem())
}

func (o *OrderedDict) complete(d *decoder, in *vm.Instance) error {
	if in.State.Kind() == vm.KindNothing || len(d.g.Kids(in.State)) == 0 { // Python writes none that is empty
		return nil
	}
	return inside(decodeInto(d, in.State, &o.Attributes), ".__dict__")
}

// decodeInto binds n to what p points to.
func decodeInto[T any](d *decoder, n vm.Node, p *T) error {
	return decoderOf(reflect.TypeFor[T]())(d, d.nativeOf(n), reflect.ValueOf(p).Elem())
}

func (o *OrderedDict) object(int) *Object {
	obj := &Object{Class: o.classOr(globalOrderedDict), Pairs: o.pairs()}
	if o.Attributes.Len() > 0 {
		obj.State = o.Attributes
	}
	return obj
}

func (o *OrderedDict) kind() valueKind { return orNone(o != nil, pyDict) }

func (o *OrderedDict) typeName() string { return "collections.OrderedDict" }

func (o *OrderedDict) layout(id ident) layout {
	l := dictLayout(id, o.Len(), o.All())
	l.open, l.close, l.again = "OrderedDict({", "})", "..."
	if l.size == 0 {
		l.open, l.close = "OrderedDict(", ")"
	}
	return l
}

// defaultDictContents: the class is called with the factory, if there is one.
func defaultDictContents(d *decoder, in *vm.Instance) vm.Node {
	args, ok := d.containerArgs(in)
	if !ok || len(args) > 1 || len(d.g.Kids(in.Self)) > 0 || in.State.Kind() != vm.KindNothing {
		return vm.Node{}
	}
	if len(args) == 1 {
		switch d.nativeOf(args[0]).Kind() {
		case vm.KindNone, vm.KindGlobal, vm.KindExtension, vm.KindInstance, vm.KindPersistent:
		default: // not callable
			return vm.Node{}
		}
	}
	return d.g.NewContents(in, vm.KindDict)
}

func (x *DefaultDict) hold(d *decoder, n vm.Node) error {
	return x.holdPairs(d, n, reflect.TypeOf(x).Elem())
}

func (x *DefaultDict) complete(d *decoder, in *vm.Instance) (err error) {
	if args, _ := d.containerArgs(in); len(args) == 1 {
		if x.Factory, err = d.any(args[0]); err != nil {
			return at(err, ".default_factory")
		}
	}
	return nil
}

func (x *DefaultDict) object(int) *Object {
	o := &Object{Class: x.classOr(globalDefaultDict), Pairs: x.pairs()}
	if x.Factory != nil {
		o.Args = Tuple{x.Factory}
	}
	return o
}

func (x *DefaultDict) kind() valueKind { return orNone(x != nil, pyDict) }

func (x *DefaultDict) typeName() string { return "collections.defaultdict" }

func (x *DefaultDict) layout(ident) layout {
	return callLayout(call{name: "defaultdict", args: []any{classAsPrinted(x.Factory), &x.Dict}})
}

// classAsPrinted returns what prints as Python prints v where that is one of its
// own classes, and v where it is not.
func classAsPrinted(v any) any {
	if g, ok := v.(Global); ok && g.Module == "builtins" && !builtinFunctions[g.Name] {
		return verbatim("<class '" + g.Name + "'>")
	}
	return v
}

// counterContents: the class is called with a dict.
func counterContents(d *decoder, in *vm.Instance) vm.Node {
	args, ok := d.containerArgs(in)
	switch {
	case !ok || len(args) > 1 || !d.stateless(in):
	case len(args) == 0:
		return d.g.NewContents(in, vm.KindDict)
	case args[0].Kind() == vm.KindDict:
		return args[0]
	}
	return vm.Node{}
}

func (c *Counter) hold(d *decoder, n vm.Node) error {
	return c.holdPairs(d, n, reflect.TypeOf(c).Elem())
}

func (c *Counter) complete(*decoder, *vm.Instance) error { return nil }

func (c *Counter) object(int) *Object {
	return &Object{Class: c.classOr(globalCounter), Args: Tuple{&c.Dict}}
}

func (c *Counter) kind() valueKind { return orNone(c != nil, pyDict) }

func (c *Counter) typeName() string { return "Counter" }

// layout has the most common first. Python, too, leaves the order as it is where
// counts cannot be compared.
func (c *Counter) layout(id ident) layout {
	if c.Len() == 0 {
		return callLayout(call{name: "Counter"})
	}
	pairs := c.pairs()
	numbers := true
	for _, p := range pairs {
		if kindOf(p.Value) != pyNumber || numberOf(p.Value).kind >= aRatio {
			numbers = false
		}
	}
	if numbers {
		slices.SortStableFunc(pairs, func(a, b Pair) int { return compareNumbers(numberOf(b.Value), numberOf(a.Value)) })
	}
	l := dictLayout(id, len(pairs), dictItems(pairs).all)
	l.open, l.close, l.again = "Counter({", "})", "Counter(...)"
	return l
}

// dequeContents: Python 3 calls the class with an empty tuple and the greatest
// length, if there is one, and appends the items; Python 2 calls it with a list
// of them.
func dequeContents(d *decoder, in *vm.Instance) vm.Node {
	args, ok := d.containerArgs(in)
	most, valid := d.maxLen(args)
	if !ok || !valid || len(d.g.Pairs(in)) > 0 || in.State.Kind() != vm.KindNothing {
		return vm.Node{}
	}
	appended := d.g.Kids(in.Self)
	var first []vm.Node
	if len(args) > 0 {
		if first, ok = d.items(d.nativeOf(args[0])); !ok || !d.affords(len(first)) {
			return vm.Node{}
		}
	}
	if len(first) == 0 && len(appended) <= most {
		return d.g.NewContents(in, vm.KindList)
	}
	all := slices.Concat(first, appended)
	return d.g.NewContentsOf(in, vm.KindList, all[max(len(all)-most, 0):])
}

// unbounded is the greatest length of a deque that has none.
const unbounded = int(^uint(0) >> 1)

// maxLen returns the greatest length of a deque made with the arguments.
func (d *decoder) maxLen(args []vm.Node) (n int, ok bool) {
	switch {
	case len(args) < 2 || len(args) == 2 && args[1].Kind() == vm.KindNone:
		return unbounded, true
	case len(args) == 2 && args[1].Kind() == vm.KindInt && args[1].Int() >= 0 && args[1].Int() <= int64(unbounded):
		return int(args[1].Int()), true
	}
	return 0, false
}

func (q *Deque) hold(d *decoder, n vm.Node) error {
	return d.holdItems(n, &q.Items, reflect.TypeOf(q).Elem())
}

// holdItems is hold for what has a list of items.
func (d *decoder) holdItems(n vm.Node, s *[]any, t reflect.Type) error {
	kids, ok := d.items(n)
	if !ok {
		return d.mismatch(n, t, nil)
	}
	if err := d.spend(n, len(kids)); err != nil {
		return err
	}
	*s = make([]any, len(kids))
	return d.fill(*s, kids)
}

func (q *Deque) complete(d *decoder, in *vm.Instance) error {
	args, _ := d.containerArgs(in)
	if most, _ := d.maxLen(args); len(args) == 2 && args[1].Kind() == vm.KindInt {
		q.MaxLen = &most
	}
	return nil
}

func (q *Deque) object(int) *Object {
	o := &Object{Class: q.classOr(globalDeque), Items: q.Items}
	if q.MaxLen != nil {
		o.Args = Tuple{Tuple{}, *q.MaxLen}
	}
	return o
}

func (q *Deque) kind() valueKind { return orNone(q != nil, pyDeque) }

func (q *Deque) typeName() string { return "collections.deque" }

func (q *Deque) layout(id ident) layout {
	l := layout{open: "deque([", close: "])", again: "[...]", id: id, size: len(q.Items), list: q.Items}
	if q.MaxLen != nil {
		l.close = fmt.Sprintf("], maxlen=%d)", *q.MaxLen)
	}
	return l
}

// chainMapContents merges the mappings, the last one first, so that the first
// value of a key comes last.
func chainMapContents(d *decoder, in *vm.Instance) vm.Node {
	maps, _, ok := d.attribute1(in, "maps")
	if !ok || maps.Kind() != vm.KindList {
		return vm.Node{}
	}
	var all []vm.Node
	list := d.g.Kids(maps)
	for i := range list {
		m := d.nativeOf(list[len(list)-1-i])
		if m.Kind() == vm.KindInstance {
			of := d.g.Instance(m)
			if c := d.class(of.Callable).class; c != nil && c.contents != nil && !c.costly {
				m = d.view(of, c)
			}
		}
		if m.Kind() != vm.KindDict || !d.affords(len(d.g.Kids(m))) {
			return vm.Node{}
		}
		all = append(all, d.g.Kids(m)...)
	}
	return d.g.NewContentsOf(in, vm.KindDict, all)
}

func (c *ChainMap) hold(d *decoder, n vm.Node) error {
	if n.Kind() != vm.KindNothing { // not by complete, but a value in its place
		return d.mismatch(n, reflect.TypeOf(c).Elem(), nil)
	}
	return nil
}

func (c *ChainMap) complete(d *decoder, in *vm.Instance) error {
	maps, others, ok := d.attribute1(in, "maps")
	if !ok || maps.Kind() != vm.KindList {
		return d.mismatch(in.Self, reflect.TypeOf(c).Elem(), errForm)
	}
	c.name = d.str(d.g.Kids(in.State)[0])
	if err := decodeInto(d, maps, &c.Maps); err != nil {
		return at(err, ".maps")
	}
	return d.otherAttributes(others, &c.Attributes)
}

func (c *ChainMap) object(int) *Object {
	maps := c.Maps
	if maps == nil {
		maps = []any{}
	}
	return &Object{
		Class: c.classOr(globalChainMap), Form: vm.FormReconstructor, Base: globalObject, Args: Tuple{nil},
		State: attributes(c.nameOr(interned("maps")), maps, c.Attributes),
	}
}

func (c *ChainMap) kind() valueKind { return orNone(c != nil, pyStandIn) }

func (c *ChainMap) typeName() string { return "ChainMap" }

func (c *ChainMap) layout(id ident) layout {
	return layout{open: "ChainMap(", close: ")", again: "...", id: id, size: len(c.Maps), list: c.Maps}
}

// comparesAs returns the mappings as one Dict. What is no mapping, or another
// ChainMap, is in the way of that: then only the same mappings are equal.
func (c *ChainMap) comparesAs() any {
	all := NewDict()
	for _, m := range slices.Backward(c.Maps) {
		d := dictOf(m)
		if d == nil {
			return Tuple{globalChainMap, c.Maps}
		}
		for k, v := range d.All() {
			all.Set(k, v)
		}
	}
	return all
}

// dictOf returns the Dict that a value is made of; nil if it is not made of one.
func dictOf(v any) *Dict {
	switch v := v.(type) {
	case *Dict:
		return v
	case *OrderedDict:
		return &v.Dict
	case *DefaultDict:
		return &v.Dict
	case *Counter:
		return &v.Dict
	case *UserDict:
		return v.Data
	}
	return nil
}

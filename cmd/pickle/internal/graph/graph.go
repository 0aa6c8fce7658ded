// Package graph draws the objects of pickles and the references between them.
package graph

import (
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/go-pickle/pickle"
)

// Options limit a picture.
type Options struct {
	MaxNodes int // how many objects there are at most; 0: 200
	MaxRows  int // how many of the items or attributes of one object are shown; 0: 20
}

// Graph is what a picture shows.
type Graph struct {
	Roots   []Root
	Nodes   []Node
	Omitted int // references to objects that would be more than MaxNodes
}

// Root is a pickle.
type Root struct {
	Name string // of the file
	Row         // its value
}

// Node is an object that has parts.
type Node struct {
	Title  string
	Rows   []Row
	More   int  // rows that are not shown
	Shared bool // is referred to more than once
	Kind   Kind
	open   string // how its repr begins and ends
	close  string
	folded bool // is shown as text, where it is referred to
	in     int  // references to it
}

// Kind is what a node is, for its colour.
type Kind string

// The kinds of nodes.
const (
	KindSequence Kind = "sequence"
	KindMapping  Kind = "mapping"
	KindSet      Kind = "set"
	KindInstance Kind = "instance"
)

// Row is an item, or an attribute.
type Row struct {
	Label string // the name or index; empty for elements of a set
	Text  string // the value, if it has no node
	To    int    // the index of its node, or NoNode
	Back  bool   // the reference closes a circle
}

// NoNode is To of a Row whose value is text.
const NoNode = -1

// place is the identity of an object.
type place struct {
	at  unsafe.Pointer
	len int
	typ reflect.Type
}

// builder makes a Graph, breadth first: what is near the roots is what remains
// where there is too much.
type builder struct {
	Graph
	o     Options
	known map[place]int
	queue []any // the values of the nodes
	done  int   // how many of them have their rows
}

// New returns the graph of values. Each has a name, that of its file for
// example.
func New(names []string, values []any, o Options) *Graph {
	if o.MaxNodes <= 0 {
		o.MaxNodes = 200
	}
	if o.MaxRows <= 0 {
		o.MaxRows = 20
	}
	b := &builder{o: o, known: make(map[place]int)}
	for i, v := range values {
		b.Roots = append(b.Roots, Root{names[i], b.row("", v)})
	}
	for ; b.done < len(b.queue); b.done++ {
		b.fill(b.done, b.queue[b.done])
		b.queue[b.done] = nil
	}
	b.fold()
	b.compact()
	b.findCircles()
	return &b.Graph
}

// row returns a row for v, with a node if it has parts.
func (b *builder) row(label string, v any) Row {
	title, kind, ok := describe(v)
	if !ok {
		return Row{label, text(v), NoNode, false}
	}
	id, identified := identify(v)
	if identified {
		if i, ok := b.known[id]; ok {
			b.Nodes[i].in++
			return Row{label, "", i, false}
		}
	}
	if len(b.Nodes) >= b.o.MaxNodes {
		b.Omitted++
		return Row{label, title + " …", NoNode, false}
	}
	i := len(b.Nodes)
	if identified {
		b.known[id] = i
	}
	b.Nodes = append(b.Nodes, Node{Title: title, Kind: kind, in: 1})
	b.queue = append(b.queue, v)
	return Row{label, "", i, false}
}

func identify(v any) (place, bool) {
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Pointer:
		return place{rv.UnsafePointer(), 0, rv.Type()}, true
	case reflect.Slice:
		return place{rv.UnsafePointer(), rv.Len(), rv.Type()}, rv.Len() > 0
	}
	return place{}, false
}

// describe says what v is if it has parts.
func describe(v any) (title string, kind Kind, ok bool) {
	switch v := v.(type) {
	case []any:
		return "list", KindSequence, true
	case pickle.Tuple:
		return "tuple", KindSequence, true
	case *pickle.Set:
		return "set", KindSet, true
	case pickle.FrozenSet:
		return "frozenset", KindSet, true
	case *pickle.Dict:
		return "dict", KindMapping, true
	case *pickle.Object:
		if v.Class.Name == "" {
			return "instance", KindInstance, true
		}
		return cut(v.Class.String()), KindInstance, true
	case *pickle.Exception:
		return cut(v.Class.String()), KindInstance, true
	case *pickle.OrderedDict, *pickle.DefaultDict, *pickle.Counter, *pickle.UserDict, *pickle.ChainMap:
		return reflect.TypeOf(v).Elem().Name(), KindMapping, true
	case *pickle.Deque, *pickle.UserList:
		return strings.ToLower(reflect.TypeOf(v).Elem().Name()), KindSequence, true
	case *pickle.SimpleNamespace, *pickle.Partial:
		return reflect.TypeOf(v).Elem().Name(), KindInstance, true
	}
	return "", "", false
}

// rows collects the rows of one node.
type rows struct {
	b    *builder
	all  []Row
	more int
}

func (r *rows) add(label string, v any) {
	if len(r.all) >= r.b.o.MaxRows {
		r.more++
		return
	}
	r.all = append(r.all, r.b.row(label, v))
}

func (r *rows) list(all []any) {
	for i, v := range all {
		if len(r.all) >= r.b.o.MaxRows {
			r.more += len(all) - i
			return
		}
		r.add(strconv.Itoa(i), v)
	}
}

// pair adds a key and its value. A key that has a node of its own is a row, too.
func (r *rows) pair(k, v any) {
	if o, ok := k.(*pickle.Object); ok {
		r.add("key", o)
		r.add("value", v)
		return
	}
	r.add(text(k), v)
}

func (r *rows) dict(d *pickle.Dict) {
	if d == nil {
		return
	}
	for k, v := range d.All() {
		r.pair(k, v)
	}
}

// attributes adds what is in a dict whose keys are names.
func (r *rows) attributes(d *pickle.Dict) {
	if d == nil {
		return
	}
	for k, v := range d.All() {
		if name, ok := k.(string); ok {
			r.add(cut(name), v)
			continue
		}
		r.pair(k, v)
	}
}

func (b *builder) fill(i int, v any) {
	r := &rows{b: b}
	opening, closing := "(", ")"
	switch v := v.(type) {
	case []any:
		opening, closing = "[", "]"
		r.list(v)
	case pickle.Tuple:
		r.list(v)
		if len(v) == 1 {
			closing = ",)"
		}
	case *pickle.Set:
		opening, closing = "{", "}"
		for x := range v.All() {
			r.add("", x)
		}
		if v.Len() == 0 {
			opening, closing = "set(", ")"
		}
	case pickle.FrozenSet:
		opening, closing = "frozenset({", "})"
		for x := range v.All() {
			r.add("", x)
		}
	case *pickle.Dict:
		opening, closing = "{", "}"
		r.dict(v)
	default:
		opening = b.Nodes[i].Title + "("
		r.instance(v)
	}
	n := &b.Nodes[i]
	n.Rows, n.More, n.open, n.close = r.all, r.more, opening, closing
}

func (r *rows) instance(v any) {
	switch v := v.(type) {
	case *pickle.Object:
		r.object(v)
	case *pickle.Exception:
		r.list(v.Args)
		r.attributes(v.Attrs)
	case *pickle.OrderedDict:
		r.dict(&v.Dict)
		r.attributes(v.Attributes)
	case *pickle.DefaultDict:
		r.add("default_factory", v.Factory)
		r.dict(&v.Dict)
	case *pickle.Counter:
		r.dict(&v.Dict)
	case *pickle.UserDict:
		r.dict(v.Data)
		r.attributes(v.Attributes)
	case *pickle.ChainMap:
		r.list(v.Maps)
		r.attributes(v.Attributes)
	case *pickle.Deque:
		r.list(v.Items)
	case *pickle.UserList:
		r.list(v.Data)
		r.attributes(v.Attributes)
	case *pickle.SimpleNamespace:
		r.attributes(v.Attrs)
	case *pickle.Partial:
		r.add("func", v.Func)
		r.list(v.Args)
		r.attributes(v.Kwargs)
		r.attributes(v.Attrs)
	}
}

func (r *rows) object(o *pickle.Object) {
	if o.Callable != nil {
		r.add("callable", o.Callable)
	}
	for i, v := range o.Args {
		r.add("argument "+strconv.Itoa(i), v)
	}
	r.attributes(o.Kwargs)
	for _, state := range append(slices.Clone(o.Earlier), o.State) {
		r.state(state)
	}
	r.list(o.Items)
	for _, p := range o.Pairs {
		r.pair(p.Key, p.Value)
	}
	if o.Setter != nil {
		r.add("state setter", o.Setter)
	}
}

// state adds the attributes, or the state as it is if it is no dict, nor the
// pair of dicts of a class with __slots__.
func (r *rows) state(state any) {
	switch s := state.(type) {
	case nil:
	case *pickle.Dict:
		r.attributes(s)
	case pickle.Tuple:
		if len(s) == 2 && isState(s[0]) && isState(s[1]) {
			r.state(s[0])
			r.state(s[1])
			return
		}
		r.add("state", s)
	default:
		r.add("state", s)
	}
}

func isState(v any) bool {
	_, ok := v.(*pickle.Dict)
	return ok || v == nil
}

// mostText is how many characters of a value are shown.
const mostText = 60

// text returns the repr of v, or its beginning.
func text(v any) string {
	const most = 4 * mostText // of what is not looked at further
	switch x := v.(type) {
	case string:
		if len(x) > most {
			v = strings.ToValidUTF8(x[:most], "")
		}
	case pickle.ByteString:
		v = x[:min(len(x), most)]
	case []byte:
		v = x[:min(len(x), most)]
	case pickle.ByteArray:
		v = x[:min(len(x), most)]
	case *big.Int:
		if x.BitLen() > 16*most {
			return "int of " + strconv.Itoa(x.BitLen()) + " bits"
		}
	case *pickle.Array:
		if items := reflect.ValueOf(x.Data); items.IsValid() && items.Len() > mostText {
			return "array of " + strconv.Itoa(items.Len()) + " items"
		}
	case pickle.Tuple, []any, pickle.FrozenSet: // as a key
		return cut(pickle.Repr(x))
	case *pickle.Random:
		return "Random"
	}
	return cut(pickle.Repr(v))
}

// cut returns the beginning of s.
func cut(s string) string {
	s = strings.ToValidUTF8(strings.Map(printable, s), "\ufffd")
	if utf8.RuneCountInString(s) <= mostText {
		return s
	}
	return string([]rune(s)[:mostText-1]) + "…"
}

// printable replaces what XML cannot have.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r == 0xfffe || r == 0xffff {
		return ' '
	}
	return r
}

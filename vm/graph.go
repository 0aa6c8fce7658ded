package vm

import (
	"math"
	"slices"
	"sort"
)

// Kind says what a Node is.
type Kind uint8

// The kinds of nodes. The zero Kind is that of the zero Node, which stands for
// nothing at all (an instance without a state, say).
const (
	KindNothing    Kind = iota
	KindNone            // None
	KindBool            // True or False: Int is 1 or 0
	KindInt             // an int that fits int64: Int
	KindLong            // any other int: Data, two's complement, little-endian
	KindFloat           // Float
	KindStr             // str: Data, UTF-8 in which lone surrogates are allowed
	KindByteString      // a Python 2 str: Data
	KindBytes           // bytes: Data
	KindByteArray       // bytearray: ByteArray
	KindList            // Kids
	KindTuple           // Kids
	KindDict            // Kids: key, value, key, value, …
	KindSet             // Kids
	KindFrozenSet       // Kids
	KindGlobal          // a class or function: Global
	KindInstance        // what a callable made: Instance
	KindPersistent      // the object of a persistent ID: Kids has the ID
	KindExtension       // the class of an extension code: Int
	KindBuffer          // an out-of-band buffer: Buffer
)

var kindNames = [...]string{"nothing", "None", "bool", "int", "int", "float", "str", "Python 2 str", "bytes", "bytearray", "list",
	"tuple", "dict", "set", "frozenset", "global", "instance", "persistent ID", "extension code", "buffer"}

// String returns Python's name for the kind of value.
func (k Kind) String() string { return kindNames[k] }

// Form says how an instance was made.
type Form uint8

// The ways in which pickles make instances.
const (
	FormReduce        Form = iota // REDUCE: callable(*args)
	FormNewObj                    // NEWOBJ: cls.__new__(cls, *args)
	FormNewObjEx                  // NEWOBJ_EX: cls.__new__(cls, *args, **kwargs)
	FormReconstructor             // copyreg._reconstructor(cls, base, state), protocols 0 and 1
	FormInst                      // INST: an old-style class of Python 2, protocol 0
	FormObj                       // OBJ: the same, protocol 1
	FormItself                    // nothing made it: a class or persistent object that was given items or a state
)

// Node is one value of a Graph: an immediate value, or a reference to one of
// the graph's tables. It holds no pointer, so that graphs of millions of nodes
// cost the garbage collector nothing.
//
//	head: kind (8 bits) | length of the opcode and its length field (4) | blob flag (1) | 0 (1; see memo) | offset (50; see StreamItems)
//	body: int64 or float64 bits, or the index of an object, or length | string id << 32
type Node struct{ head, body uint64 }

const (
	kindShift   = 56
	headerShift = 52
	blobFlag    = 1 << 51
	offsetMask  = knownFlag - 1
)

func node(k Kind, offset int, body uint64) Node {
	return Node{uint64(k)<<kindShift | uint64(offset), body}
}

// Kind returns what n is.
func (n Node) Kind() Kind { return Kind(n.head >> kindShift) }

// Int returns the value of a KindInt, KindBool or KindExtension node.
func (n Node) Int() int64 { return int64(n.body) }

// Float returns the value of a KindFloat node.
func (n Node) Float() float64 { return math.Float64frombits(n.body) }

// Buffer returns the number of the out-of-band buffer that a KindBuffer node
// stands for, counted from 0, and whether READONLY_BUFFER was applied to it.
func (n Node) Buffer() (index int, readOnly bool) { return int(n.body >> 1), n.body&1 != 0 }

// position is the place of the opcode in the buffer the machine reads.
func (n Node) position() int {
	p := n.head & offsetMask
	if p > math.MaxInt { // an older node, on a 32-bit machine
		p = 0
	}
	return int(p) - int(n.head>>headerShift&15)
}

// stringlike reports whether n is one of the kinds that have Data.
func (n Node) stringlike() bool {
	k := n.Kind()
	return k >= KindLong && k <= KindBytes && k != KindFloat
}

// object is the record of a container: where its kids are.
type object struct {
	start, n, cap uint32 // range in Graph.kids
	id            uint32 // 1, 2, … where the object is referred to more than once; else 0
	extra         uint32 // KindInstance: index in Graph.instances; KindTuple: 1 if it is in the memo
}

// global is the record of a class or function. legacy says that the name was
// read below protocol 3, where it is spelled as Python 2 spells it.
type global struct {
	module, name Node
	legacy       bool
}

// Instance is what the machine recorded of an object that a callable makes.
// Nothing was called.
type Instance struct {
	Self     Node // the node of the instance itself
	Callable Node // KindGlobal, KindExtension, KindPersistent or another instance
	Args     Node // KindTuple
	State    Node // the argument of the last BUILD; KindNothing where there was none
	Form     Form
	Adds     bool   // the items came by ADDITEMS
	more     uint32 // index in Graph.more, 0 for none
}

// more holds what few instances have.
type more struct {
	kwargs, base, native Node
	setter               Node
	pairs, earlier       object
}

// Graph is what a pickle builds: nodes with identity. Two nodes with the same
// object are one object; cycles are just edges. A Graph refers to the input:
// it is valid while the input is unchanged and the machine that made it has
// not been reset.
type Graph struct {
	input     []byte
	blobs     [][]byte
	kids      []Node
	objects   []object
	instances []Instance
	more      []more
	globals   []global
	strings   []uint32 // by string id: the shared id, or 0
	shared    uint32   // number of shared ids given
	fetched   []bool   // with ShareAll, by shared id: fetched from the memo, or doubled by DUP; else nil
	buffers   int
	gaps      []gap
	origin    int64 // what came before the input; see StreamItems
	root      Node
}

// gap says that blobs of skipped bytes altogether, which are not in the input
// buffer, came before its byte at.
type gap struct{ at, skipped int }

// Size returns how many values and references the graph has.
func (g *Graph) Size() int { return len(g.kids) + len(g.objects) + len(g.strings) + len(g.globals) }

// Root returns the object that the pickle describes.
func (g *Graph) Root() Node { return g.root }

// Offset returns where the opcode that made n is, in bytes from the beginning
// of the input.
func (g *Graph) Offset(n Node) int64 {
	if n.head&olderFlag != 0 {
		return n.olderOffset() - g.origin
	}
	return g.offset(n.position())
}

func (g *Graph) offset(position int) int64 {
	i := sort.Search(len(g.gaps), func(i int) bool { return g.gaps[i].at > position })
	if i == 0 {
		return int64(position)
	}
	return int64(position + g.gaps[i-1].skipped)
}

// Opcode returns the opcode that made n.
func (g *Graph) Opcode(n Node) Opcode {
	if n.head&olderFlag != 0 {
		return Opcode(n.head)
	}
	if p := n.position(); p < len(g.input) {
		return Opcode(g.input[p])
	}
	return 0
}

// Data returns the bytes of a KindStr, KindByteString, KindBytes or KindLong
// node. They must not be modified.
func (g *Graph) Data(n Node) []byte {
	if n.head&blobFlag != 0 {
		return g.blobs[uint32(n.body)]
	}
	off := n.head & offsetMask
	return g.input[off : off+uint64(uint32(n.body))]
}

// Kids returns what a container holds: the items of a list, tuple, set,
// frozenset or instance, the keys and values of a dict in turn, the ID of a
// persistent object.
func (g *Graph) Kids(n Node) []Node {
	o := &g.objects[uint32(n.body)]
	return g.kids[o.start : o.start+o.n]
}

// Shared returns the number, from 1 to SharedLen, of an object that is
// referred to more than once, and 0 for every other node.
func (g *Graph) Shared(n Node) uint32 {
	switch k := n.Kind(); {
	case n.stringlike():
		if id := n.body >> 32; id != 0 {
			return g.strings[id-1]
		}
	case k >= KindByteArray && k <= KindFrozenSet, k == KindInstance, k == KindPersistent:
		return g.objects[uint32(n.body)].id
	}
	return 0
}

// SharedText is Shared for a node that has Data.
func (g *Graph) SharedText(n Node) uint32 {
	if id := n.body >> 32; id != 0 {
		return g.strings[id-1]
	}
	return 0
}

// Fetched reports whether the object of n is shared because the pickles up to now
// have referred to it more than once, and not by ShareAll alone.
func (g *Graph) Fetched(n Node) bool {
	id := g.Shared(n)
	if g.fetched == nil {
		return id != 0
	}
	return int(id) < len(g.fetched) && g.fetched[id]
}

// Memoized reports whether tuple n went into the memo. Picklers put every
// tuple there that is an object of Python, and not those which they make up.
func (g *Graph) Memoized(n Node) bool { return g.objects[uint32(n.body)].extra != 0 }

// StringID returns a number, from 1 to StringLen, that a str or bytes object
// in the memo has to itself, and 0 for one that is not in the memo.
func (n Node) StringID() uint32 {
	if n.stringlike() {
		return uint32(n.body >> 32)
	}
	return 0
}

// SharedLen returns how many objects are referred to more than once.
func (g *Graph) SharedLen() int { return int(g.shared) }

// StringLen returns how many str and bytes objects went into the memo.
func (g *Graph) StringLen() int { return len(g.strings) }

// BufferLen returns how many out-of-band buffers the pickle asks for.
func (g *Graph) BufferLen() int { return g.buffers }

// GlobalIndex returns the number of a KindGlobal node, from 0 to GlobalLen-1.
func (n Node) GlobalIndex() int { return int(n.body) }

// GlobalLen returns how many times a class or function is named.
func (g *Graph) GlobalLen() int { return len(g.globals) }

// Global returns the module and name of global i, as the pickle spells them.
// legacy says that it was named below protocol 3, where the names are those
// of Python 2.
func (g *Graph) Global(i int) (module, name Node, legacy bool) {
	r := &g.globals[i]
	return r.module, r.name, r.legacy
}

// ByteArray returns the contents of a KindByteArray node: data, and the ints
// that APPEND and APPENDS added to it, which are few or none.
func (g *Graph) ByteArray(n Node) (data []byte, appended []Node) {
	kids := g.Kids(n)
	return g.Data(kids[0]), kids[1:]
}

// Instance returns the record of a KindInstance node.
func (g *Graph) Instance(n Node) *Instance {
	return &g.instances[g.objects[uint32(n.body)].extra]
}

// Instances returns how many instances there are; InstanceAt returns one of
// them, in the order in which they were made.
func (g *Graph) Instances() int { return len(g.instances) }

// InstanceAt returns instance i.
func (g *Graph) InstanceAt(i int) *Instance { return &g.instances[i] }

func (g *Graph) moreOf(in *Instance) *more {
	if in.more == 0 {
		if len(g.more) == 0 {
			g.more = append(g.more, more{}) // 0 means none
		}
		in.more = uint32(len(g.more))
		g.more = append(g.more, more{})
	}
	return &g.more[in.more]
}

// Kwargs returns the keyword arguments of NEWOBJ_EX: KindDict.
func (g *Graph) Kwargs(in *Instance) Node { return g.more1(in).kwargs }

// Base returns the base class of a FormReconstructor instance.
func (g *Graph) Base(in *Instance) Node { return g.more1(in).base }

// Setter returns the callable that was called with the instance and its state
// in place of a BUILD.
func (g *Graph) Setter(in *Instance) Node { return g.more1(in).setter }

// Native returns the node that SetNative gave the instance.
func (g *Graph) Native(in *Instance) Node { return g.more1(in).native }

// Pairs returns the keys and values, in turn, that SETITEM and SETITEMS gave
// the instance.
func (g *Graph) Pairs(in *Instance) []Node { return g.rangeOf(g.more1(in).pairs) }

// Earlier returns the states of the BUILDs before the last one.
func (g *Graph) Earlier(in *Instance) []Node { return g.rangeOf(g.more1(in).earlier) }

func (g *Graph) rangeOf(o object) []Node { return g.kids[o.start : o.start+o.n] }

var noMore more

func (g *Graph) more1(in *Instance) *more {
	if in.more == 0 {
		return &noMore
	}
	return &g.more[in.more]
}

// Reinterpret makes the instance one of form, of callable class with args:
// for the callables whose arguments name the real class
// (copyreg._reconstructor). base and kwargs may be KindNothing.
func (g *Graph) Reinterpret(in *Instance, form Form, class, args, base, kwargs Node) {
	in.Form, in.Callable, in.Args = form, class, args
	if base.Kind() != KindNothing || kwargs.Kind() != KindNothing {
		m := g.moreOf(in)
		m.base, m.kwargs = base, kwargs
	}
}

// SetNative declares that the instance is what native is: the bytes that a
// call of _codecs.encode stands for, say.
func (g *Graph) SetNative(in *Instance, native Node) { g.moreOf(in).native = native }

// NewData returns a new node of kind KindStr, KindBytes or KindLong that holds
// data, with the identity and offset of the node it replaces.
func (g *Graph) NewData(replaces Node, kind Kind, data []byte) Node {
	id := uint64(0)
	if s := g.Shared(replaces); s != 0 {
		g.strings = append(g.strings, s)
		id = uint64(len(g.strings))
	}
	g.blobs = append(g.blobs, data)
	return Node{uint64(kind)<<kindShift | blobFlag | uint64(replaces.position()), id<<32 | uint64(len(g.blobs)-1)}
}

// NewContainer returns a new container that holds the given nodes, with the
// identity and offset of the node it replaces.
func (g *Graph) NewContainer(replaces Node, kind Kind, kids ...Node) Node {
	start := len(g.kids)
	g.kids = append(g.kids, kids...)
	return g.rangeNode(replaces, kind, start, len(kids))
}

// NewView returns a new container of the given kind that holds what the
// container of holds, with the identity and offset of the node it replaces.
func (g *Graph) NewView(replaces Node, kind Kind, of Node) Node {
	o := g.objects[uint32(of.body)]
	return g.rangeNode(replaces, kind, int(o.start), int(o.n))
}

// share notes that the object of n is referred to more than once.
func (g *Graph) share(n Node) {
	var id *uint32
	switch k := n.Kind(); {
	case n.stringlike():
		id = &g.strings[n.body>>32-1]
	case k >= KindByteArray && k <= KindFrozenSet, k == KindInstance, k == KindPersistent:
		id = &g.objects[uint32(n.body)].id
	default:
		return
	}
	if *id == 0 {
		g.shared++
		*id = g.shared
	}
}

// NewSlice returns a new tuple of the kids of tuple t from index from on. Where t
// itself is shared, its kids are so from now on.
func (g *Graph) NewSlice(t Node, from int) Node {
	o := g.objects[uint32(t.body)]
	if o.id != 0 {
		for _, k := range g.kids[o.start+uint32(from) : o.start+o.n] {
			if !k.stringlike() || k.StringID() != 0 { // or it is in no memo
				g.share(k)
			}
		}
	}
	n := node(KindTuple, t.position(), uint64(len(g.objects)))
	g.objects = append(g.objects, object{start: o.start + uint32(from), n: o.n - uint32(from)})
	return n
}

func (g *Graph) rangeNode(replaces Node, kind Kind, start, n int) Node {
	g.objects = append(g.objects, object{start: uint32(start), n: uint32(n), id: g.Shared(replaces)})
	return node(kind, replaces.position(), uint64(len(g.objects)-1))
}

// NewGlobal returns a new node for a class or function, at the place of at, by
// its Python 3 name: two nodes of KindStr.
func (g *Graph) NewGlobal(at, module, name Node) Node {
	g.globals = append(g.globals, global{module: module, name: name})
	return node(KindGlobal, at.position(), uint64(len(g.globals)-1))
}

// NewContents returns a new container, at the place of an instance, for what
// the instance holds: for KindDict the keys and values that it was given, for
// any other kind its items. It is an object of its own, which is shared where
// the instance is.
func (g *Graph) NewContents(in *Instance, kind Kind) Node {
	o := g.objects[uint32(in.Self.body)]
	if kind == KindDict {
		o = g.more1(in).pairs
	}
	n := g.rangeNode(Node{}, kind, int(o.start), int(o.n))
	return g.placed(n, in.Self)
}

// NewContentsOf is NewContents for an instance that holds the given nodes.
func (g *Graph) NewContentsOf(in *Instance, kind Kind, kids []Node) Node {
	return g.placed(g.NewContainer(Node{}, kind, kids...), in.Self)
}

// NewContentsView is NewContents for an instance that holds what the container
// of holds.
func (g *Graph) NewContentsView(in *Instance, of Node) Node {
	return g.placed(g.NewView(Node{}, of.Kind(), of), in.Self)
}

// placed gives n, which is new, the place of another object, and makes it one
// that is referred to more than once if that is.
func (g *Graph) placed(n, at Node) Node {
	if g.Shared(at) != 0 {
		g.shared++
		g.objects[uint32(n.body)].id = g.shared
	}
	return node(n.Kind(), at.position(), n.body)
}

// Fork returns a copy of g in which new nodes can be made while others read g.
func (g *Graph) Fork() *Graph {
	f := *g
	f.blobs, f.kids, f.objects = slices.Clip(g.blobs), slices.Clip(g.kids), slices.Clip(g.objects)
	f.strings, f.globals = slices.Clip(g.strings), slices.Clip(g.globals)
	return &f
}

package vm

import "bytes"

// importer copies nodes of the older graph to the graph. It does not recurse: what
// is to be copied waits in a queue.
type importer struct {
	copied  int // bytes of the nodes that were copied, by estimate
	data    int // bytes of their data
	objects map[uint32]uint32
	texts   map[uint32]Node // by string id
	globals map[uint64]uint64
	shared  map[uint32]uint32
	queue   []copyOf
	added   []addition
}

// copyOf is an object that is still to be filled.
type copyOf struct {
	from, to uint32
	kind     Kind
}

// addition says what to delete to undo a copy.
type addition struct {
	of  byte // 'o'bject, 't'ext, 'g'lobal, 's'hared
	key uint64
}

// fromOlder copies n, and all that it refers to, unless the copies have more bytes
// than limit then: the graph must not be used any more, unless they are undone.
func (m *Machine) fromOlder(n Node, limit int) (Node, bool) {
	im := &m.items.importer
	if im.objects == nil {
		*im = importer{objects: map[uint32]uint32{}, texts: map[uint32]Node{}, globals: map[uint64]uint64{}, shared: map[uint32]uint32{}}
	}
	n = m.copyNode(n)
	for len(im.queue) > 0 && im.copied+im.data <= limit {
		last := len(im.queue) - 1
		c := im.queue[last]
		im.queue = im.queue[:last]
		m.fillCopy(c)
	}
	return n, im.copied+im.data <= limit
}

// copyNode copies a node. Objects are made empty, and are queued.
func (m *Machine) copyNode(n Node) Node {
	im, old := &m.items.importer, m.items.old
	head := old.place(n)
	switch k := n.Kind(); {
	case n.stringlike():
		return m.copyText(n, head)
	case k == KindGlobal:
		to, ok := im.globals[n.body]
		if !ok {
			r := old.g.globals[n.body]
			r.module, r.name = m.copyNode(r.module), m.copyNode(r.name)
			to = uint64(len(m.g.globals))
			m.g.globals = append(m.g.globals, r)
			im.globals[n.body] = to
			im.added = append(im.added, addition{'g', n.body})
			im.copied += 40
		}
		return Node{head, to}
	case k >= KindByteArray && k <= KindFrozenSet, k == KindInstance, k == KindPersistent:
		from := uint32(n.body)
		to, ok := im.objects[from]
		if !ok {
			to = uint32(len(m.g.objects))
			o := old.g.objects[from]
			m.g.objects = append(reserve(m.g.objects, 1), object{id: m.copyShared(o.id), extra: o.extra})
			im.objects[from] = to
			im.added = append(im.added, addition{'o', uint64(from)})
			im.queue = append(im.queue, copyOf{from, to, k})
			im.copied += 24
		}
		return Node{head, uint64(to)}
	}
	return Node{head, n.body}
}

func (m *Machine) copyText(n Node, head uint64) Node {
	im, old := &m.items.importer, m.items.old
	id := uint32(n.body >> 32)
	if id != 0 {
		if to, ok := im.texts[id]; ok {
			to.head = head | blobFlag
			return to
		}
	}
	data := old.g.Data(n)
	if n.head&blobFlag == 0 { // it is in the input
		data = bytes.Clone(data)
	}
	m.g.blobs = append(m.g.blobs, data)
	im.copied += 48
	im.data += len(data)
	to := Node{head | blobFlag, uint64(len(m.g.blobs) - 1)}
	if id != 0 {
		m.g.strings = append(m.g.strings, m.copyShared(old.g.strings[id-1]))
		to.body |= uint64(len(m.g.strings)) << 32
		im.texts[id] = to
		im.added = append(im.added, addition{'t', uint64(id)})
	}
	return to
}

// copyShared returns the shared id in the graph for that in the older graph.
func (m *Machine) copyShared(id uint32) uint32 {
	if id == 0 {
		return 0
	}
	im := &m.items.importer
	to, ok := im.shared[id]
	if !ok {
		m.g.shared++
		to = m.g.shared
		im.shared[id] = to
		im.added = append(im.added, addition{'s', uint64(id)})
		m.items.moves = append(m.items.moves, Move{id, to})
		m.g.fetched = append(m.g.fetched, make([]bool, int(to)+1-min(len(m.g.fetched), int(to)+1))...)
		m.g.fetched[to] = int(id) < len(m.items.old.g.fetched) && m.items.old.g.fetched[id]
	}
	return to
}

// fillCopy copies what an object holds.
func (m *Machine) fillCopy(c copyOf) {
	old := &m.items.old.g
	o := old.objects[c.from]
	r := m.copyRange(o)
	to := &m.g.objects[c.to]
	to.start, to.n, to.cap = r.start, r.n, r.cap
	if c.kind != KindInstance {
		return
	}
	in := old.instances[o.extra]
	self := m.copyNode(in.Self)
	made := Instance{Self: self, Callable: m.copyNode(in.Callable), Args: m.copyNode(in.Args), State: m.copyNode(in.State), Form: in.Form, Adds: in.Adds}
	if in.more != 0 {
		x := old.more[in.more]
		pairs, earlier := m.copyRange(x.pairs), m.copyRange(x.earlier)
		*m.g.moreOf(&made) = more{
			kwargs: m.copyNode(x.kwargs), base: m.copyNode(x.base), native: m.copyNode(x.native), setter: m.copyNode(x.setter),
			pairs: pairs, earlier: earlier,
		}
		m.items.copied += 160
	}
	m.g.objects[c.to].extra = uint32(len(m.g.instances))
	m.g.instances = append(reserve(m.g.instances, 1), made)
	m.items.copied += 104
}

// copyRange copies the kids of o to the end of the arena.
func (m *Machine) copyRange(o object) object {
	start := len(m.g.kids)
	m.g.kids = reserve(m.g.kids, int(o.n))
	for _, k := range m.items.old.g.rangeOf(o) {
		m.g.kids = append(m.g.kids, m.copyNode(k))
	}
	m.items.copied += 16 * int(o.n)
	return object{start: uint32(start), n: o.n, cap: o.n}
}

// copies is how large the graph was before something was copied.
type copies struct {
	blobs, kids, objects, instances, more, globals, strings, moves int
	shared                                                         uint32
	copied, data                                                   int
}

func (m *Machine) markCopies() copies {
	g := &m.g
	m.items.added = m.items.added[:0]
	return copies{
		len(g.blobs), len(g.kids), len(g.objects), len(g.instances), len(g.more), len(g.globals), len(g.strings), len(m.items.moves),
		g.shared, m.items.copied, m.items.data,
	}
}

// undoCopies makes the graph what it was.
func (m *Machine) undoCopies(c copies) {
	g, s := &m.g, m.items
	for _, a := range s.added {
		switch a.of {
		case 'o':
			delete(s.objects, uint32(a.key))
		case 't':
			delete(s.texts, uint32(a.key))
		case 'g':
			delete(s.globals, a.key)
		case 's':
			delete(s.shared, uint32(a.key))
		}
	}
	clear(g.blobs[c.blobs:])
	g.blobs, g.kids, g.objects, g.instances = g.blobs[:c.blobs], g.kids[:c.kids], g.objects[:c.objects], g.instances[:c.instances]
	g.more, g.globals, g.strings, s.moves = g.more[:c.more], g.globals[:c.globals], g.strings[:c.strings], s.moves[:c.moves]
	g.shared, s.copied, s.data, s.queue = c.shared, c.copied, c.data, s.queue[:0]
}

package vm

// memo maps indexes to nodes: a slice while the indexes are dense, as pickles
// written by picklers are, a map for the rest.
type memo struct {
	dense  []Node // from index base on; KindNothing: no entry
	sparse map[uint64]Node
	n      int    // number of entries, with those below base
	base   uint64 // 0, but where StreamItems lets go of what is older
	hole   bool   // there is no entry 0: the pickler of Python 2 counts from 1
}

func (mm *memo) put(index uint64, n Node) {
	if index-mm.base == uint64(len(mm.dense)) && len(mm.dense) < cap(mm.dense) && mm.sparse == nil {
		mm.dense = append(mm.dense, n)
		mm.n++
		return
	}
	mm.putAnywhere(index, n)
}

// add is put for the index that MEMOIZE means: the number of entries.
func (mm *memo) add(n Node) {
	if mm.n == len(mm.dense) && mm.n < cap(mm.dense) { // so there are none elsewhere
		mm.dense = append(mm.dense, n)
		mm.n++
		return
	}
	mm.putAnywhere(uint64(mm.n), n)
}

func (mm *memo) putAnywhere(index uint64, n Node) {
	at := index - mm.base // huge for an index below
	switch {
	case at < uint64(len(mm.dense)):
		if mm.dense[at].Kind() == KindNothing {
			mm.n++
		}
		mm.dense[at] = n
	case at == uint64(len(mm.dense)) && len(mm.sparse) == 0:
		mm.dense = append(reserve(mm.dense, 1), n)
		mm.n++
	case at < 2*(uint64(mm.n)-mm.base)+16 && len(mm.sparse) == 0:
		for uint64(len(mm.dense)) < at {
			mm.dense = append(mm.dense, Node{})
		}
		mm.dense = append(mm.dense, n)
		mm.n++
	default:
		if mm.sparse == nil {
			mm.sparse = make(map[uint64]Node)
		}
		if _, ok := mm.sparse[index]; !ok && (index >= mm.base || index == 0 && mm.hole) {
			mm.n++
		}
		mm.sparse[index] = n
	}
}

// knownFlag marks the entries of which it has been noted that they are shared, in
// their heads.
const knownFlag = 1 << 50

// know marks entry index.
func (mm *memo) know(index uint64) {
	if at := index - mm.base; at < uint64(len(mm.dense)) {
		mm.dense[at].head |= knownFlag
	}
}

// known returns entry index if it is marked. Most entries that are fetched are
// fetched often: then nothing else needs to be looked at.
func (mm *memo) known(index uint64) (n Node, ok bool) {
	if at := index - mm.base; at < uint64(len(mm.dense)) {
		n = mm.dense[at]
		ok = n.head&knownFlag != 0
		n.head &^= knownFlag
	}
	return n, ok
}

func (mm *memo) get(index uint64) (Node, bool) {
	if at := index - mm.base; at < uint64(len(mm.dense)) {
		n := mm.dense[at]
		n.head &^= knownFlag
		return n, n.Kind() != KindNothing
	}
	n, ok := mm.sparse[index]
	return n, ok
}

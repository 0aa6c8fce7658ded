package vm

// memo maps indexes to nodes: a slice while the indexes are dense, as pickles
// written by picklers are, a map for the rest.
type memo struct {
	dense  []Node // KindNothing: no entry
	sparse map[uint64]Node
	n      int // number of entries
}

func (mm *memo) put(index uint64, n Node) {
	if index == uint64(len(mm.dense)) && len(mm.dense) < cap(mm.dense) && len(mm.sparse) == 0 {
		mm.dense = append(mm.dense, n)
		mm.n++
		return
	}
	mm.putAnywhere(index, n)
}

func (mm *memo) putAnywhere(index uint64, n Node) {
	switch {
	case index < uint64(len(mm.dense)):
		if mm.dense[index].Kind() == KindNothing {
			mm.n++
		}
		mm.dense[index] = n
	case index == uint64(len(mm.dense)) && len(mm.sparse) == 0:
		mm.dense = append(reserve(mm.dense, 1), n)
		mm.n++
	case index < 2*uint64(mm.n)+16 && len(mm.sparse) == 0:
		for uint64(len(mm.dense)) < index {
			mm.dense = append(mm.dense, Node{})
		}
		mm.dense = append(mm.dense, n)
		mm.n++
	default:
		if mm.sparse == nil {
			mm.sparse = make(map[uint64]Node)
		}
		if _, ok := mm.sparse[index]; !ok {
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
	if index < uint64(len(mm.dense)) {
		mm.dense[index].head |= knownFlag
	}
}

// known returns entry index if it is marked. Most entries that are fetched are
// fetched often: then nothing else needs to be looked at.
func (mm *memo) known(index uint64) (n Node, ok bool) {
	if index < uint64(len(mm.dense)) {
		n = mm.dense[index]
		ok = n.head&knownFlag != 0
		n.head &^= knownFlag
	}
	return n, ok
}

func (mm *memo) get(index uint64) (Node, bool) {
	if index < uint64(len(mm.dense)) {
		n := mm.dense[index]
		n.head &^= knownFlag
		return n, n.Kind() != KindNothing
	}
	n, ok := mm.sparse[index]
	return n, ok
}

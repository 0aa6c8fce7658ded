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

func (mm *memo) get(index uint64) (Node, bool) {
	if index < uint64(len(mm.dense)) {
		n := mm.dense[index]
		return n, n.Kind() != KindNothing
	}
	n, ok := mm.sparse[index]
	return n, ok
}

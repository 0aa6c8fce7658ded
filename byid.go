package pickle

// byID has something for each of many things that are numbered: for the shared
// objects of a graph, say. It is a slice. But a Value of Parse is decoded by a
// decoder of its own, which may look at few of them, and there may be many such
// Values: there it is a map until it has become worth a slice.
type byID[T any] struct {
	dense []T
	few   map[int]T
}

// fewPart is the part of all things up to which they are few.
const fewPart = 16

// get returns what is there for id; the zero T if there is nothing.
func (t *byID[T]) get(id int) (v T) {
	if id < len(t.dense) {
		return t.dense[id]
	}
	if t.few != nil {
		v = t.few[id]
	}
	return v
}

// empty removes everything from t, and keeps its memory, unless that is much and
// little of it was used.
func (t *byID[T]) empty() {
	const small, most = 1 << 10, 1 << 17 // things
	t.few = nil
	if n := cap(t.dense); n > most || n > small && len(t.dense) < n/8 {
		t.dense = nil
	}
	clear(t.dense)
	t.dense = t.dense[:0]
}

// cleared returns t with nothing in it, and with all its memory.
func (t *byID[T]) cleared() byID[T] {
	clear(t.dense)
	return byID[T]{dense: t.dense[:0]}
}

// set sets what is there for id, of which all exist.
func (t *byID[T]) set(id, all int, few bool, v T) {
	if id >= len(t.dense) {
		if few && len(t.dense) == 0 && (len(t.few)+1)*fewPart <= all {
			if t.few == nil {
				t.few = make(map[int]T)
			}
			t.few[id] = v
			return
		}
		t.dense = append(t.dense, make([]T, all-len(t.dense))...)
		for i, x := range t.few {
			t.dense[i] = x
		}
		t.few = nil
	}
	t.dense[id] = v
}

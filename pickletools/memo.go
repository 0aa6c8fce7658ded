package pickletools

import (
	"math/big"
)

// memoKey is an index of the memo: a number of any size or sign.
type memoKey struct {
	n   int64
	big string
}

func keyOf(arg any) memoKey {
	switch v := arg.(type) {
	case int64:
		return memoKey{n: v}
	case bool: // GET 00 and GET 01
		if v {
			return memoKey{n: 1}
		}
	case *big.Int:
		return memoKey{big: v.String()}
	}
	return memoKey{}
}

// memoTable has something for each entry of a memo. Picklers number the entries
// one after the other, and there can be hundreds of millions: those are in a
// list, which takes a fraction of the memory of a map, and other indexes in a map.
type memoTable[T any] struct {
	list   []memoEntry[T]
	others map[memoKey]T
	len    int
}

type memoEntry[T any] struct {
	value T
	ok    bool
}

func (m *memoTable[T]) get(key memoKey) (v T, ok bool) {
	if key.isWithin(len(m.list)) && m.list[key.n].ok {
		return m.list[key.n].value, true
	}
	v, ok = m.others[key]
	return v, ok
}

func (m *memoTable[T]) set(key memoKey, v T) {
	if _, exists := m.get(key); !exists {
		m.len++
	}
	const gap = 16 // some picklers begin at 1
	if !key.isWithin(len(m.list) + gap) {
		if m.others == nil {
			m.others = make(map[memoKey]T)
		}
		m.others[key] = v
		return
	}
	for int64(len(m.list)) <= key.n {
		m.list = append(m.list, memoEntry[T]{})
	}
	m.list[key.n] = memoEntry[T]{v, true}
	delete(m.others, key)
}

// isWithin reports whether a list of n entries has the key.
func (k memoKey) isWithin(n int) bool { return k.big == "" && k.n >= 0 && k.n < int64(n) }

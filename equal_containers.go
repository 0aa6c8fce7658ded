package pickle

import (
	"cmp"
	"math/big"
)

// standIn returns what v compares as. What had to be made for that is made once.
func (e *equality) standIn(v any) any {
	c, ok := v.(*ChainMap)
	if !ok {
		return v.(standIn).comparesAs()
	}
	if m, ok := e.merged[c]; ok {
		return m
	}
	if e.merged == nil {
		e.merged = make(map[*ChainMap]any)
	}
	m := c.comparesAs()
	e.merged[c] = m
	return m
}

// mappings compares what is made of a Dict.
func (e *equality) mappings(k *keyer, a, b any) bool {
	x, y := dictOf(a), dictOf(b)
	switch a.(type) {
	case *OrderedDict:
		if _, ok := b.(*OrderedDict); ok {
			if x.Len() != y.Len() {
				return false
			}
			return x.Len() == 0 || e.same(x, y, x.Len()) || inOrder(e, &x.hashTable, &y.hashTable, e.push)
		}
	case *Counter:
		if _, ok := b.(*Counter); ok {
			return x.Len() == 0 && y.Len() == 0 || e.same(x, y, x.Len()) || e.counts(k, x, y) && e.counts(k, y, x)
		}
	}
	return e.dicts(k, x, y)
}

// counts compares the values in a with those in b, of which those that are
// missing are 0.
func (e *equality) counts(k *keyer, a, b *Dict) bool {
	for key, x := range a.All() {
		y := any(int64(0))
		if b.Len() > 0 {
			if i, _, err := b.find(k, key); err == nil && i >= 0 {
				y = b.entries[i].Value
			}
		}
		e.push(x, y)
	}
	return true
}

// compareNumbers compares numbers that are neither complex nor NaN nor a ratio.
func compareNumbers(a, b number) int {
	if a.kind == anInt && b.kind == anInt {
		return cmp.Compare(a.int, b.int)
	}
	return a.float().Cmp(b.float())
}

// float returns the exact value of such a number.
func (n number) float() *big.Float {
	switch n.kind {
	case anInt:
		return new(big.Float).SetInt64(n.int)
	case aBig:
		return new(big.Float).SetInt(n.big)
	}
	return new(big.Float).SetFloat64(n.re)
}

//go:build purego

package pickle

import "github.com/go-pickle/pickle/vm"

// boxes puts values into interfaces: see boxes_unsafe.go.
type boxes struct{}

func (boxes) string(s string) any   { return s }
func (boxes) int64(i int64) any     { return i }
func (boxes) float64(f float64) any { return f }

func (boxes) manyInts(items []any, nodes []vm.Node) int {
	for i, n := range nodes {
		if n.Kind() != vm.KindInt {
			return i
		}
		items[i] = n.Int()
	}
	return len(nodes)
}

func (boxes) manyFloats(items []any, nodes []vm.Node) int {
	for i, n := range nodes {
		if n.Kind() != vm.KindFloat {
			return i
		}
		items[i] = n.Float()
	}
	return len(nodes)
}

func (boxes) list(n int, _ smallness) (s []any, v any) {
	s = make([]any, n, max(n, 1))
	return s, s
}

func (boxes) tuple(n int, _ smallness) (s []any, v any) {
	s = make([]any, n)
	return s, Tuple(s)
}

// texts makes short strings.
type texts struct{}

func (texts) cut(data []byte) string { return string(data) }

// textIn returns the text in b.
func textIn(b []byte) string { return string(b) }

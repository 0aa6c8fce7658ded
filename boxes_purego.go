//go:build purego

package pickle

// boxes puts values into interfaces: see boxes_unsafe.go.
type boxes struct{}

func (boxes) string(s string) any   { return s }
func (boxes) int64(i int64) any     { return i }
func (boxes) float64(f float64) any { return f }

func (boxes) list(n int, _ smallness) (s []any, v any) {
	s = make([]any, n, max(n, 1))
	return s, s
}

func (boxes) tuple(n int, _ smallness) (s []any, v any) {
	s = make([]any, n)
	return s, Tuple(s)
}

// textIn returns the text in b.
func textIn(b []byte) string { return string(b) }

package vm

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// render writes the graph of n in the notation of testdata/conformance.py, in
// which it is compared with what CPython makes of the same pickle.
func render(g *Graph, n Node) string {
	r := renderer{g: g, seen: map[Node]bool{}, names: map[Node]int{}}
	r.count(n)
	return r.text(n)
}

type renderer struct {
	g     *Graph
	seen  map[Node]bool // objects; true: more than once
	names map[Node]int
}

// identity returns what is the same for all nodes of one object, and whether n
// has an identity that Python keeps.
func (r *renderer) identity(n Node) (Node, bool) {
	switch n.Kind() {
	case KindList, KindDict, KindSet, KindByteArray, KindInstance, KindPersistent:
	case KindTuple, KindFrozenSet:
		if len(r.kids(n)) == 0 {
			return Node{}, false
		}
	default:
		return Node{}, false
	}
	return Node{uint64(n.Kind()), uint64(uint32(n.body))}, true
}

// kids returns what n holds, in the order in which text writes it.
func (r *renderer) kids(n Node) []Node {
	switch n.Kind() {
	case KindList, KindTuple, KindPersistent:
		return r.g.Kids(n)
	case KindDict:
		return r.dict(r.g.Kids(n))
	case KindSet, KindFrozenSet:
		return r.set(r.g.Kids(n))
	case KindInstance:
		in := r.g.Instance(n)
		kids := []Node{in.Callable}
		if in.Form == FormItself { // one object, and not two
			kids = slices.Clone(r.kids(in.Callable))
		}
		if in.Args.Kind() == KindTuple {
			kids = append(kids, r.g.Kids(in.Args)...)
		}
		kids = append(kids, r.kwargs(in)...)
		kids = append(append(kids, r.g.Kids(n)...), r.g.Pairs(in)...)
		return append(kids, r.states(in)...)
	}
	return nil
}

func (r *renderer) kwargs(in *Instance) []Node {
	if k := r.g.Kwargs(in); k.Kind() == KindDict {
		return r.dict(r.g.Kids(k))
	}
	return nil
}

func (r *renderer) states(in *Instance) []Node {
	s := slices.Clone(r.g.Earlier(in))
	if in.State.Kind() != KindNothing {
		s = append(s, in.State)
	}
	return s
}

// dict drops the pairs whose key came before, as Python does: the first key
// and the last value stay.
func (r *renderer) dict(pairs []Node) []Node {
	var out []Node
	at := map[string]int{}
	for i := 0; i < len(pairs); i += 2 {
		k := r.key(pairs[i])
		if j, ok := at[k]; ok {
			out[j+1] = pairs[i+1]
			continue
		}
		at[k] = len(out)
		out = append(out, pairs[i], pairs[i+1])
	}
	return out
}

// set drops duplicates and sorts.
func (r *renderer) set(elems []Node) []Node {
	var out []Node
	have := map[string]bool{}
	for _, e := range elems {
		if k := r.key(e); !have[k] {
			have[k] = true
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b Node) int { return strings.Compare(render(r.g, a), render(r.g, b)) })
	return out
}

// key returns a string that is the same for what Python takes for equal. A NaN
// is equal to nothing but itself.
func (r *renderer) key(n Node) string {
	switch n.Kind() {
	case KindBool, KindInt:
		return strconv.FormatInt(n.Int(), 10)
	case KindFloat:
		switch f := n.Float(); {
		case math.IsNaN(f):
			return fmt.Sprint("NaN", n.position())
		case f == math.Trunc(f) && !math.IsInf(f, 0):
			v, _ := big.NewFloat(f).Int(nil)
			return v.String()
		}
		return floatText(n.Float())
	case KindLong:
		return longValue(r.g.Data(n)).String()
	case KindTuple:
		var b strings.Builder
		for _, kid := range r.g.Kids(n) {
			b.WriteString(r.key(kid) + ",")
		}
		return "(" + b.String() + ")"
	case KindFrozenSet:
		var keys []string
		for _, kid := range r.g.Kids(n) {
			keys = append(keys, r.key(kid))
		}
		slices.Sort(keys)
		return "frozenset" + strings.Join(slices.Compact(keys), ",")
	case KindGlobal, KindExtension, KindInstance, KindPersistent, KindBuffer:
		return fmt.Sprint(n.Kind(), uint32(n.body))
	}
	return r.text(n)
}

func (r *renderer) count(n Node) {
	todo := []Node{n}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if id, ok := r.identity(n); ok {
			if _, seen := r.seen[id]; seen {
				r.seen[id] = true
				continue
			}
			r.seen[id] = false
		}
		todo = append(todo, r.kids(n)...)
	}
}

func (r *renderer) text(n Node) string {
	label := ""
	if id, ok := r.identity(n); ok && r.seen[id] {
		if name := r.names[id]; name != 0 {
			return fmt.Sprintf("#%d", name)
		}
		r.names[id] = len(r.names) + 1
		label = fmt.Sprintf("#%d=", r.names[id])
	}
	return label + r.object(n)
}

func (r *renderer) object(n Node) string {
	switch n.Kind() {
	case KindNone:
		return "None"
	case KindBool:
		return map[int64]string{0: "False", 1: "True"}[n.Int()]
	case KindInt:
		return strconv.FormatInt(n.Int(), 10)
	case KindLong:
		v := longValue(r.g.Data(n))
		if v.BitLen() <= 64 {
			return v.String()
		}
		return strings.Replace("0x"+v.Text(16), "0x-", "-0x", 1)
	case KindFloat:
		return floatText(n.Float())
	case KindStr:
		return quoteText(r.g.Data(n))
	case KindByteString:
		if len(r.g.Data(n)) == 0 {
			return `""` // the mark of a Python 2 str is lost where there is nothing to decode
		}
		return "s" + quoteBytes(r.g.Data(n))
	case KindBytes:
		return "b" + quoteBytes(r.g.Data(n))
	case KindByteArray:
		data, appended := r.g.ByteArray(n)
		data = slices.Clone(data)
		for _, b := range appended {
			data = append(data, byte(b.Int()))
		}
		return "bytearray(" + quoteBytes(data) + ")"
	case KindList:
		return "[" + r.seq(r.kids(n)) + "]"
	case KindTuple:
		if k := r.kids(n); len(k) == 1 {
			return "(" + r.text(k[0]) + ",)"
		}
		return "(" + r.seq(r.kids(n)) + ")"
	case KindDict:
		return "{" + r.pairs(r.kids(n)) + "}"
	case KindSet:
		return "set{" + r.seq(r.kids(n)) + "}"
	case KindFrozenSet:
		return "frozenset{" + r.seq(r.kids(n)) + "}"
	case KindGlobal:
		module, name, _ := r.g.Global(n.GlobalIndex())
		return "global(" + r.name(module) + ", " + r.name(name) + ")"
	case KindExtension:
		return fmt.Sprintf("extension(%d)", n.Int())
	case KindPersistent:
		return "persistent(" + r.text(r.g.Kids(n)[0]) + ")"
	case KindBuffer:
		i, readOnly := n.Buffer()
		return fmt.Sprintf("buffer(%d%s)", i, map[bool]string{true: ", readonly"}[readOnly])
	case KindInstance:
		return r.instance(n)
	}
	return "?" + n.Kind().String()
}

// instance does not tell REDUCE from INST and OBJ: in Python all of them are
// calls, and a call of __new__ where there are no arguments to INST and OBJ.
func (r *renderer) instance(n Node) string {
	in := r.g.Instance(n)
	var b strings.Builder
	args := r.g.Kids
	switch {
	case in.Form == FormItself:
		b.WriteString(r.object(in.Callable))
	case in.Form == FormNewObj, in.Form == FormNewObjEx, in.Form != FormReduce && len(args(in.Args)) == 0:
		fmt.Fprintf(&b, "new(%s, (%s)", r.text(in.Callable), r.seq(args(in.Args)))
		if kwargs := r.kwargs(in); len(kwargs) > 0 {
			b.WriteString(", {" + r.pairs(kwargs) + "}")
		}
		b.WriteString(")")
	default:
		fmt.Fprintf(&b, "call(%s, (%s))", r.text(in.Callable), r.seq(args(in.Args)))
	}
	if items := r.g.Kids(n); len(items) > 0 {
		b.WriteString(map[bool]string{true: " adds[", false: " items["}[in.Adds] + r.seq(items) + "]")
	}
	if pairs := r.g.Pairs(in); len(pairs) > 0 {
		b.WriteString(" pairs{" + r.pairs(pairs) + "}")
	}
	for _, s := range r.states(in) {
		b.WriteString(" state(" + r.text(s) + ")")
	}
	return b.String()
}

func (r *renderer) name(n Node) string {
	if n.Kind() == KindByteString {
		return quoteBytes(r.g.Data(n))
	}
	return r.text(n)
}

func (r *renderer) seq(nodes []Node) string {
	s := make([]string, len(nodes))
	for i, n := range nodes {
		s[i] = r.text(n)
	}
	return strings.Join(s, ", ")
}

func (r *renderer) pairs(nodes []Node) string {
	var s []string
	for i := 0; i < len(nodes); i += 2 {
		k := r.text(nodes[i])
		s = append(s, k+": "+r.text(nodes[i+1]))
	}
	return strings.Join(s, ", ")
}

// floatText is Python's repr of a float.
func floatText(f float64) string {
	switch abs := math.Abs(f); {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(f, 'g', -1, 64)), "+")
	case abs != 0 && (abs < 1e-4 || abs >= 1e16):
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// quoteText quotes UTF-8 in which there may be surrogates.
func quoteText(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		c, size := utf8.DecodeRune(b)
		if c == utf8.RuneError && size == 1 { // three bytes of a surrogate
			c, size = rune(b[0]&0xf)<<12|rune(b[1]&0x3f)<<6|rune(b[2]&0x3f), 3
		}
		quoteRune(&out, c)
		b = b[size:]
	}
	return `"` + out.String() + `"`
}

func quoteBytes(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		quoteRune(&out, rune(c))
	}
	return `"` + out.String() + `"`
}

func quoteRune(out *strings.Builder, c rune) {
	if 0x20 <= c && c < 0x7f && c != '"' && c != '\\' {
		out.WriteRune(c)
		return
	}
	fmt.Fprintf(out, `\{%x}`, c)
}

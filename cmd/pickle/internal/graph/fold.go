package graph

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold makes text of small nodes that nothing else refers to and that refer to
// nothing: a pair of numbers needs no box. What they are part of can become one
// of them, so the last nodes come first.
func (g *Graph) fold() {
	const mostFolded = 40
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := &g.Nodes[i]
		n.Shared = n.in > 1
		small := !n.Shared && n.More == 0
		for j := range n.Rows {
			r := &n.Rows[j]
			if r.To != NoNode && r.To > i && g.Nodes[r.To].folded {
				r.Text, r.To = g.Nodes[r.To].repr(), NoNode
			}
			small = small && r.To == NoNode
		}
		n.folded = small && len(n.repr()) <= mostFolded
	}
	for i := range g.Roots { // which are always shown
		if to := g.Roots[i].To; to != NoNode {
			g.Nodes[to].folded = false
		}
	}
}

// repr returns a node whose rows are text as Python would print it, more or
// less.
func (n *Node) repr() string {
	parts := make([]string, len(n.Rows))
	for i, r := range n.Rows {
		switch first, _ := utf8.DecodeRuneInString(r.Label); {
		case n.Kind == KindMapping:
			parts[i] = r.Label + ": " + r.Text
		case n.Kind != KindInstance || unicode.IsDigit(first) || strings.HasPrefix(r.Label, "argument "):
			parts[i] = r.Text
		case !unicode.IsLetter(first) && first != '_': // the key of a dict item
			parts[i] = r.Label + ": " + r.Text
		default:
			parts[i] = r.Label + "=" + r.Text
		}
	}
	return n.open + strings.Join(parts, ", ") + n.close
}

// compact takes the nodes out that are folded.
func (g *Graph) compact() {
	index := make([]int, len(g.Nodes))
	kept := g.Nodes[:0]
	for i, n := range g.Nodes {
		index[i] = len(kept)
		if !n.folded {
			kept = append(kept, n)
		}
	}
	g.Nodes = kept
	for i := range g.Roots {
		g.Roots[i].move(index)
	}
	for _, n := range g.Nodes {
		for j := range n.Rows {
			n.Rows[j].move(index)
		}
	}
}

func (r *Row) move(index []int) {
	if r.To != NoNode {
		r.To = index[r.To]
	}
}

// findCircles marks the references that lead back to where they come from.
func (g *Graph) findCircles() {
	const unseen, active, done = 0, 1, 2
	state := make([]int, len(g.Nodes))
	type frame struct{ node, row int }
	for _, root := range g.Roots {
		if root.To == NoNode || state[root.To] != unseen {
			continue
		}
		stack := []frame{{root.To, 0}}
		state[root.To] = active
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.row == len(g.Nodes[top.node].Rows) {
				state[top.node] = done
				stack = stack[:len(stack)-1]
				continue
			}
			r := &g.Nodes[top.node].Rows[top.row]
			top.row++
			if r.To == NoNode {
				continue
			}
			switch state[r.To] {
			case unseen:
				state[r.To] = active
				stack = append(stack, frame{r.To, 0})
			case active:
				r.Back = true
			}
		}
	}
}

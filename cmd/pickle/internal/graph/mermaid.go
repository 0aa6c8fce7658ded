package graph

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Mermaid writes the graph as a flowchart of Mermaid.
func (g *Graph) Mermaid(w io.Writer) error {
	b := bufio.NewWriter(w)
	b.WriteString("flowchart LR\n")
	for i, r := range g.Roots {
		label := cut(r.Name)
		if r.To == NoNode {
			label += ": " + r.Text
		}
		fmt.Fprintf(b, "  r%d([\"%s\"])\n", i, escapeMermaid(label))
		if r.To != NoNode {
			fmt.Fprintf(b, "  r%d --> n%d\n", i, r.To)
		}
	}
	for i, n := range g.Nodes {
		fmt.Fprintf(b, "  n%d[\"%s\"]:::%s\n", i, n.mermaid(), n.Kind)
		for _, r := range n.Rows {
			g.mermaidEdge(b, i, r)
		}
		if n.Shared {
			fmt.Fprintf(b, "  style n%d stroke:%s,stroke-width:2px\n", i, colorShared)
		}
	}
	if note := g.note(); note != "" {
		fmt.Fprintf(b, "  note[\"%s\"]\n", note)
	}
	for _, k := range []Kind{KindSequence, KindMapping, KindSet, KindInstance} {
		fmt.Fprintf(b, "  classDef %s fill:%s,stroke:%s,text-align:left\n", k, colors[k], colorLine)
	}
	return b.Flush()
}

func (g *Graph) mermaidEdge(w io.Writer, from int, r Row) {
	if r.To == NoNode {
		return
	}
	arrow := "-->"
	if r.Back {
		arrow = "-.->"
	}
	if r.Label != "" {
		arrow += "|\"" + escapeMermaid(r.Label) + "\"|"
	}
	fmt.Fprintf(w, "  n%d %s n%d\n", from, arrow, r.To)
}

func (n *Node) mermaid() string {
	lines := []string{"<b>" + escapeMermaid(n.Title) + "</b>"}
	for _, r := range n.Rows {
		switch {
		case r.To != NoNode:
		case r.Label == "":
			lines = append(lines, escapeMermaid(r.Text))
		default:
			lines = append(lines, escapeMermaid(r.Label+": "+r.Text))
		}
	}
	if n.More > 0 {
		lines = append(lines, fmt.Sprintf("<i>… and %d more</i>", n.More))
	}
	return strings.Join(lines, "<br/>")
}

// escapeMermaid writes what has a meaning in Mermaid, or in its HTML, by number.
func escapeMermaid(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\"#<>&`;|{}[]()\\*_~", r) {
			fmt.Fprintf(&b, "#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

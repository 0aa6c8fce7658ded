package graph

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"
)

// colors are the backgrounds of the titles of nodes.
var colors = map[Kind]string{
	KindSequence: "#dbeafe", KindMapping: "#dcfce7", KindSet: "#fef3c7", KindInstance: "#ede9fe",
}

const (
	colorShared = "#ea580c" // of the border of what is referred to more than once
	colorCircle = "#dc2626" // of references that close a circle
	colorLine   = "#64748b"
)

// dotHeader has a font whose characters are of one width: what draws the page
// knows no fonts, and those of browsers differ.
const dotHeader = `digraph pickle {
rankdir=LR;
node [shape=plain fontname="Courier" fontsize=10];
edge [color="` + colorLine + `" arrowsize=0.7];
`

// DOT writes the graph in the language of Graphviz.
func (g *Graph) DOT(w io.Writer) error {
	b := bufio.NewWriter(w)
	b.WriteString(dotHeader)
	for i, r := range g.Roots {
		fmt.Fprintln(b, rootDOT(i, r))
		if r.To != NoNode {
			fmt.Fprintf(b, "r%d -> n%d:t;\n", i, r.To)
		}
	}
	for i, n := range g.Nodes {
		fmt.Fprintf(b, "n%[1]d [id=n%[1]d label=<%[2]s>];\n", i, n.table())
		for j, r := range n.Rows {
			if r.To != NoNode {
				fmt.Fprintln(b, edgeDOT(i, j, r))
			}
		}
	}
	if note := g.note(); note != "" {
		fmt.Fprintf(b, "note [shape=note fontcolor=%q label=%q];\n", colorCircle, note)
	}
	b.WriteString("}\n")
	return b.Flush()
}

func nodeID(prefix string, i int) string { return prefix + strconv.Itoa(i) }

func rootDOT(i int, r Root) string {
	label := cut(r.Name)
	if r.To == NoNode {
		label += ": " + r.Text
	}
	return fmt.Sprintf("r%[1]d [id=r%[1]d shape=oval label=<<B>%[2]s</B>>];", i, html.EscapeString(label))
}

func edgeDOT(i, j int, r Row) string {
	attributes := ""
	if r.Back {
		attributes = fmt.Sprintf(" [color=%q style=dashed penwidth=1.5]", colorCircle)
	}
	return fmt.Sprintf("n%d:p%d:e -> n%d:t%s;", i, j, r.To, attributes)
}

// note says what is missing.
func (g *Graph) note() string {
	if g.Omitted == 0 {
		return ""
	}
	return fmt.Sprintf("%d references to further objects are not shown", g.Omitted)
}

// table returns the label of a node: its title, and its rows with a port each.
func (n *Node) table() string {
	var b strings.Builder
	border := colorLine
	width := 1
	title := "<B>" + html.EscapeString(n.Title) + "</B>"
	if n.Shared {
		border, width = colorShared, 2
		title += fmt.Sprintf("  <I>%d references</I>", n.in)
	}
	fmt.Fprintf(&b, `<TABLE BORDER="%d" COLOR="%s" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3">`, width, border)
	fmt.Fprintf(&b, `<TR><TD PORT="t" COLSPAN="2" BGCOLOR="%s" ALIGN="LEFT">%s</TD></TR>`, colors[n.Kind], title)
	for j, r := range n.Rows {
		value := html.EscapeString(r.Text)
		if r.To != NoNode {
			value = "●"
		}
		if r.Label == "" {
			fmt.Fprintf(&b, `<TR><TD PORT="p%d" COLSPAN="2" ALIGN="LEFT">%s</TD></TR>`, j, value)
			continue
		}
		align := "LEFT"
		if r.To != NoNode {
			align = "RIGHT"
		}
		fmt.Fprintf(&b, `<TR><TD ALIGN="LEFT"><FONT COLOR="#475569">%s</FONT></TD><TD PORT="p%d" ALIGN="%s">%s</TD></TR>`,
			html.EscapeString(r.Label), j, align, value)
	}
	if n.More > 0 {
		fmt.Fprintf(&b, `<TR><TD COLSPAN="2" ALIGN="LEFT"><I>… and %d more</I></TD></TR>`, n.More)
	}
	b.WriteString("</TABLE>")
	return b.String()
}

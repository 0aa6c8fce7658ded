package graph

import (
	_ "embed" // the page and what draws it
	"encoding/json"
	"html"
	"io"
	"strings"
)

//go:embed viz/viz-global.js
var viz string

//go:embed page.html
var page string

//go:embed page.js
var pageScript string

// pageNode is a node for the page: text that the script puts together.
type pageNode struct {
	ID    string     `json:"id"`
	DOT   string     `json:"dot"`   // the statement of the node
	Text  string     `json:"text"`  // what is searched
	Edges []pageEdge `json:"edges"` // from it
	Root  bool       `json:"root,omitempty"`
}

type pageEdge struct {
	To  string `json:"to"`
	DOT string `json:"dot"`
}

// HTML writes a page that shows the graph, needs nothing else and loads nothing.
func (g *Graph) HTML(w io.Writer, title string) error {
	data, err := json.Marshal(map[string]any{"header": dotHeader, "nodes": g.pageNodes(), "note": g.note()})
	if err != nil {
		return err
	}
	// Marshal has escaped what could end a script. The texts are put in at once,
	// so that none is looked at for the places of the others.
	_, err = strings.NewReplacer(
		"{{title}}", html.EscapeString(title),
		"{{viz}}", viz,
		"{{data}}", string(data),
		"{{script}}", pageScript,
	).WriteString(w, page)
	return err
}

func (g *Graph) pageNodes() []pageNode {
	var all []pageNode
	for i, r := range g.Roots {
		n := pageNode{ID: nodeID("r", i), DOT: rootDOT(i, r), Text: r.Name + " " + r.Text, Root: true, Edges: []pageEdge{}}
		if r.To != NoNode {
			to := nodeID("n", r.To)
			n.Edges = append(n.Edges, pageEdge{to, n.ID + " -> " + to + ":t;"})
		}
		all = append(all, n)
	}
	for i, n := range g.Nodes {
		p := pageNode{ID: nodeID("n", i), Text: n.Title, Edges: []pageEdge{}}
		p.DOT = p.ID + " [id=" + p.ID + " label=<" + n.table() + ">];"
		for j, r := range n.Rows {
			p.Text += "\n" + r.Label + " " + r.Text
			if r.To != NoNode {
				p.Edges = append(p.Edges, pageEdge{nodeID("n", r.To), edgeDOT(i, j, r)})
			}
		}
		all = append(all, p)
	}
	return all
}

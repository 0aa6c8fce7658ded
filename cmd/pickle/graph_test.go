package main

import (
	"bytes"
	"encoding/xml"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// TestGraph compares pictures, as text, with files in testdata.
func TestGraph(t *testing.T) {
	testGoldens(t, []commandLine{
		{name: "graph_dot", args: "graph gen_classes.pkl"},
		{name: "graph_mermaid", args: "graph --format mermaid gen_classes.pkl python2.pkl"},
		{name: "graph_limits", args: "graph --max-nodes 2 --max-rows 3 gen_classes.pkl"},
		{name: "graph_cut", args: "graph several.pkl cut.pkl", code: exitFailed},
		{name: "graph_format", args: "graph --format jpeg several.pkl", code: exitUsage},
		{name: "graph_zero", args: "graph --max-nodes 0 several.pkl", code: exitUsage},
		{name: "graph_help", args: "graph --help"},
	})
}

// awkward has the characters that the formats give a meaning to.
var awkward = []any{
	pickle.NewDict(`"<b>&amp;</b>"\n{|}#`, []any{strings.Repeat("]]>-->\"`;", 20)}, "\x00\x1b\u2028\ufffe", []any{pickle.ByteString("\xff"), "\ufffd", strings.Repeat("\U0001f600", 99)}),
	&pickle.Object{Class: pickle.Global{Module: "<m>&", Name: `"C"`}, State: []any{[]any{}}},
}

// TestGraphGraphviz draws by Graphviz. The pictures are sound, whatever is in
// the pickle.
func TestGraphGraphviz(t *testing.T) {
	pickletest.FindProgram(t, "to draw the formats svg and png with (the Debian package is graphviz)", "dot")
	data, err := pickle.Marshal(awkward)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "picture.svg")
	var stdout, stderr bytes.Buffer
	if code := run([]string{"graph", "-o", file}, bytes.NewReader(data), &stdout, &stderr); code != exitOK || stdout.Len()+stderr.Len() > 0 {
		t.Fatalf("exit code %d, %q, %q", code, &stdout, &stderr)
	}
	svg, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
	}
	if !bytes.Contains(svg, []byte("standard input")) {
		t.Errorf("no title in\n%s", svg)
	}
	if code := run([]string{"graph", "--format", "png"}, bytes.NewReader(data), &stdout, &stderr); code != exitOK || stderr.Len() > 0 {
		t.Fatalf("exit code %d, %q", code, &stderr)
	}
	if _, err := png.Decode(&stdout); err != nil {
		t.Error(err)
	}
}

// TestGraphNoGraphviz sees said what is missing, and what helps.
func TestGraphNoGraphviz(t *testing.T) {
	t.Setenv("PATH", "")
	var stdout, stderr bytes.Buffer
	code := run([]string{"graph", "--format", "svg"}, strings.NewReader("N."), &stdout, &stderr)
	want := "pickle: for the format svg the program dot is needed, of Graphviz (https://graphviz.org), which is not installed; the format html needs nothing\n"
	if code != exitFailed || stdout.Len() > 0 || stderr.String() != want {
		t.Errorf("exit code %d, %q, %q", code, &stdout, &stderr)
	}
}

// TestGraphPage sees that the page is whole and loads nothing. What it does is
// tested in package graph.
func TestGraphPage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	var stdout, stderr bytes.Buffer
	if code := run([]string{"graph", "-o", file, "testdata/gen_classes.pkl"}, nil, &stdout, &stderr); code != exitOK || stdout.Len()+stderr.Len() > 0 {
		t.Fatalf("exit code %d, %q, %q", code, &stdout, &stderr)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"<title>testdata/gen_classes.pkl</title>", "Viz.js 3.31.0", "shop.Node", "default-src 'none'"} {
		if !bytes.Contains(page, []byte(part)) {
			t.Errorf("no %q in the page", part)
		}
	}
	for _, part := range []string{"{{title}}", "{{data}}", "{{script}}", "{{viz}}", "<script src", "<link"} {
		if bytes.Contains(page, []byte(part)) {
			t.Errorf("%q in the page", part)
		}
	}
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/cmd/pickle/internal/graph"
	"github.com/spf13/cobra"
)

const graphLong = `Graph draws the objects of pickles and the references between them. An object
that is referred to more than once has an orange border and the number of
references to it; a reference that closes a circle is red and dashed. Small
objects that only one other refers to are text in that one.

The formats are
  dot      the language of Graphviz
  svg, png drawn by the program dot of Graphviz, which must be installed
  mermaid  a flowchart, for Markdown
  html     a page to zoom, fold and search, which needs nothing else
By default the format is what the name of the file of -o says, or dot.

A picture has a limit of objects, those next to the beginning, and says how many
references lead to others.`

const graphExamples = `  pickle graph -o session.html session.pkl
  pickle graph --format svg --max-nodes 50 session.pkl > session.svg`

var graphFormats = []string{"dot", "svg", "png", "mermaid", "html"}

func newGraph() *cobra.Command {
	var d drawing
	cmd := &cobra.Command{
		Use:                   "graph [--format FORMAT] [--max-nodes N] [--max-rows N] [-o FILE] [FILE]...",
		Short:                 "Draw the objects of pickles and the references between them",
		Long:                  graphLong,
		Example:               graphExamples,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := d.check(); err != nil {
				return err
			}
			d.console = newConsole(cmd)
			return d.draw(args)
		},
	}
	cmd.Flags().StringVar(&d.format, "format", "", "the `format`: "+strings.Join(graphFormats, ", "))
	cmd.Flags().IntVar(&d.limits.MaxNodes, "max-nodes", 200, "how many objects are drawn at most")
	cmd.Flags().IntVar(&d.limits.MaxRows, "max-rows", 20, "how many items or attributes of an object are drawn at most")
	d.out.addFlags(cmd, false)
	d.buffers.addFlag(cmd)
	return cmd
}

// drawing is one call of the command graph.
type drawing struct {
	*console
	format  string
	limits  graph.Options
	out     output
	buffers bufferFiles
}

// check completes the format from the name of the file of -o.
func (d *drawing) check() error {
	if d.format == "" {
		switch ext := strings.TrimPrefix(filepath.Ext(d.out.file), "."); {
		case ext == "mmd":
			d.format = "mermaid"
		case ext == "gv":
			d.format = "dot"
		case ext == "htm":
			d.format = "html"
		case slices.Contains(graphFormats, ext):
			d.format = ext
		default:
			d.format = "dot"
		}
	}
	switch {
	case !slices.Contains(graphFormats, d.format):
		return fmt.Errorf("there is no format %q: it is one of %s", d.format, strings.Join(graphFormats, ", "))
	case d.limits.MaxNodes < 1 || d.limits.MaxRows < 1:
		return errors.New("a limit must be 1 or more")
	}
	return nil
}

func (d *drawing) draw(args []string) error {
	if err := d.buffers.read(d.console); err != nil {
		return err
	}
	var names []string
	var values []any
	err := d.each(args, func(s *source) error {
		return s.values(func(v any) { names, values = append(names, s.title()), append(values, v) }, pickle.Python2Strings(pickle.Python2ByteString), d.buffers.option())
	})
	// What could be read is drawn.
	if len(values) == 0 {
		return err
	}
	picture, failed := d.picture(graph.New(names, values, d.limits), names)
	if failed == nil && d.format == "png" && d.out.file == "" && isTerminal(d.stdout) {
		failed = errors.New("a PNG is not for a terminal: use -o FILE")
	}
	if failed != nil {
		d.complain(failed)
		return errReported
	}
	if failed := d.out.write(d.console, picture); failed != nil {
		return failed
	}
	return err
}

func (d *drawing) picture(g *graph.Graph, names []string) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch d.format {
	case "mermaid":
		err = g.Mermaid(&b)
	case "html":
		err = g.HTML(&b, strings.Join(slices.Compact(names), ", "))
	default:
		err = g.DOT(&b)
	}
	if err != nil || d.format != "svg" && d.format != "png" {
		return b.Bytes(), err
	}
	return graphviz(b.Bytes(), d.format)
}

// graphviz draws text, in the language of Graphviz.
func graphviz(text []byte, format string) ([]byte, error) {
	dot, err := exec.LookPath("dot")
	if err != nil {
		return nil, fmt.Errorf("for the format %s the program dot is needed, of Graphviz (https://graphviz.org), which is not installed; the format html needs nothing", format)
	}
	var out, stderr bytes.Buffer
	cmd := exec.Command(dot, "-T"+format)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), &out, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("dot: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out.Bytes(), nil
}

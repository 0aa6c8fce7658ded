package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// steps uses the page as its reader would, and leaves what was seen in it.
const steps = `<script>
(async () => {
  const seen = {};
  const pause = () => new Promise(done => setTimeout(done, 20));
  const width = () => document.querySelector("#picture svg").viewBox.baseVal.width;
  const nodes = () => document.querySelectorAll("g.node").length;
  const click = q => document.querySelector(q).dispatchEvent(new MouseEvent("click", { bubbles: true }));
  while (!document.body.dataset.state) await pause();
  seen.state = document.body.dataset.state;
  seen.first = nodes();
  click("#unfold");
  seen.all = nodes();
  click("g#n0");
  seen.folded = nodes();
  click("g#n0");
  seen.unfolded = nodes();
  const before = width();
  click("#in");
  seen.zoomed = width() < before;
  click("#fit");
  seen.fitted = width() === before;
  click("#fold");
  seen.allFolded = nodes();
  const search = document.querySelector("#search");
  search.value = "needle";
  search.dispatchEvent(new Event("input"));
  seen.found = document.querySelector("g.current")?.id ?? "";
  seen.status = document.querySelector("#status").textContent;
  search.value = "no such thing";
  search.dispatchEvent(new Event("input"));
  seen.lost = document.querySelector("#status").textContent;
  const pre = document.createElement("pre");
  pre.id = "seen";
  pre.textContent = JSON.stringify(seen);
  document.body.append(pre);
})();
</script>`

var seenElement = regexp.MustCompile(`<pre id="seen">([^<]*)</pre>`)

// TestPage looks at the page in a headless browser: it is drawn, and can be
// zoomed, folded and searched.
func TestPage(t *testing.T) {
	chromium := pickletest.FindProgram(t, "to look at the page with (the Debian package is chromium)", "chromium", "chromium-browser", "google-chrome", "chrome")
	deep := []any{"needle", strings.Repeat("x", 50)}
	var list []any
	for i := range 100 { // more than are shown unfolded
		deep = []any{int64(i), deep, strings.Repeat("y", 50)}
	}
	list = append(list, deep, "</script><b>&", "\x00\x1b\ufffe")
	g := New([]string{"a <b>.pkl"}, []any{list}, Options{})
	file := filepath.Join(t.TempDir(), "page.html")
	var b bytes.Buffer
	if err := g.HTML(&b, `a <b> & {{data}}.pkl`); err != nil {
		t.Fatal(err)
	}
	b.WriteString(steps)
	if err := os.WriteFile(file, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(),
		"--virtual-time-budget=30000", "--dump-dom", "file://"+file)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	m := seenElement.FindSubmatch(out)
	if m == nil {
		t.Fatalf("the page was not drawn:\n%s", &stderr)
	}
	var seen map[string]any
	if err := json.Unmarshal([]byte(html.UnescapeString(string(m[1]))), &seen); err != nil {
		t.Fatal(err)
	}
	nodes := float64(len(g.Nodes) + 1)
	for name, want := range map[string]any{
		"state": "drawn", "first": 4.0, "all": nodes, "folded": 2.0, "unfolded": nodes, "zoomed": true, "fitted": true,
		"allFolded": 2.0, "found": fmt.Sprintf("n%d", len(g.Nodes)-1), "status": "1 of 1", "lost": "not found",
	} {
		if seen[name] != want {
			t.Errorf("%s is %v, want %v", name, seen[name], want)
		}
	}
}

// TestGraph describes graphs by their nodes and references.
func TestGraph(t *testing.T) {
	shared := []any{strings.Repeat("s", 50)}
	circle := []any{int64(1), nil}
	circle[1] = circle
	object := &pickle.Object{Class: pickle.Global{Module: "m", Name: "C"}, State: pickle.NewDict("x", shared, "n", int64(1))}
	big := make([]any, 1000)
	for i := range big {
		big[i] = []any{int64(i), strings.Repeat("b", 50)}
	}
	for name, tt := range map[string]struct {
		value any
		o     Options
		want  string
	}{
		"text":    {value: int64(5), want: "root 5"},
		"folded":  {value: []any{pickle.Tuple{int64(1), "a"}, pickle.NewDict("k", nil)}, want: "root n0; list 0=(1, 'a') 1={'k': None}"},
		"shared":  {value: []any{shared, shared}, want: "root n0; list 0→1 1→1; list shared 0='" + strings.Repeat("s", 50) + "'"},
		"circle":  {value: circle, want: "root n0; list shared 0=1 1⇢0"},
		"object":  {value: []any{object, object}, want: "root n0; list 0→1 1→1; m.C shared x→2 n=1; list 0='" + strings.Repeat("s", 50) + "'"},
		"rows":    {value: big, o: Options{MaxRows: 1}, want: "root n0; list 0→1 +999; list 0=0 +1"},
		"nodes":   {value: big, o: Options{MaxNodes: 1, MaxRows: 2}, want: "root n0; list 0=list … 1=list … +998; omitted 2"},
		"nothing": {value: []any{}, want: "root n0; list"},
	} {
		if got := outline(New([]string{"root"}, []any{tt.value}, tt.o)); got != tt.want {
			t.Errorf("%s:\n got  %s\n want %s", name, got, tt.want)
		}
	}
}

func outline(g *Graph) string {
	var b strings.Builder
	for _, r := range g.Roots {
		b.WriteString(r.Name + " " + r.Text)
		if r.To != NoNode {
			fmt.Fprintf(&b, "n%d", r.To)
		}
	}
	for _, n := range g.Nodes {
		b.WriteString("; " + n.Title)
		if n.Shared {
			b.WriteString(" shared")
		}
		for _, r := range n.Rows {
			switch {
			case r.To == NoNode:
				fmt.Fprintf(&b, " %s=%s", r.Label, r.Text)
			case r.Back:
				fmt.Fprintf(&b, " %s⇢%d", r.Label, r.To)
			default:
				fmt.Fprintf(&b, " %s→%d", r.Label, r.To)
			}
		}
		if n.More > 0 {
			fmt.Fprintf(&b, " +%d", n.More)
		}
	}
	if g.Omitted > 0 {
		fmt.Fprintf(&b, "; omitted %d", g.Omitted)
	}
	return b.String()
}

// TestGoldens draws all goldens, in all the formats that are text.
func TestGoldens(t *testing.T) {
	testdata := filepath.Join("..", "..", "..", "..", "testdata")
	if _, err := os.Stat(testdata); err != nil {
		t.Skip("the library is not beside the command")
	}
	for _, c := range pickletest.Load(t, testdata, "cpython3.13", "cpython2.7") {
		if n, _ := c.Pickles(); n > 1 || len(c.Buffers) > 0 {
			continue
		}
		var v any
		if err := pickle.Unmarshal(c.Data, &v, pickle.Python2Strings(pickle.Python2ByteString)); err != nil {
			t.Fatal(c.ID(), err)
		}
		g := New([]string{c.Name}, []any{v}, Options{})
		var dot, mermaid bytes.Buffer
		if err := errors.Join(g.DOT(&dot), g.Mermaid(&mermaid)); err != nil {
			t.Error(c.ID(), err)
		}
		if !utf8.Valid(dot.Bytes()) || !utf8.Valid(mermaid.Bytes()) {
			t.Errorf("%s: no UTF-8: %q", c.ID(), &dot)
		}
		circle := false
		for _, n := range g.Nodes {
			for _, r := range n.Rows {
				circle = circle || r.Back
			}
		}
		if strings.HasPrefix(c.Name, "cycle_") && !circle {
			t.Errorf("%s: no circle in\n%s", c.ID(), &dot)
		}
	}
}

package gen

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// testdata is that of the library.
var testdata = filepath.Join("..", "..", "..", "..", "testdata")

// generated is the package that was generated for a golden.
type generated struct {
	name     string
	data     []byte
	protocol int
	source   []byte
	root     string
	pkg      string // the name of the package; the same for the same source
}

// TestGoldens generates types for each golden that has instances, compiles all of
// them, decodes the goldens into them, and encodes what this gives.
func TestGoldens(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles hundreds of packages")
	}
	goTool := pickletest.FindProgram(t, "to compile what is generated with", "go")
	cases := goldenCases(t)
	dir := t.TempDir()
	writeProgram(t, dir, cases)
	program := filepath.Join(dir, "program")
	build := exec.Command(goTool, "build", "-o", program, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOWORK="+filepath.Join(dir, "go.work"), "GOFLAGS=", "GOPROXY=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("what is generated does not compile: %v\n%.8000s", err, out)
	}
	out, err := exec.Command(program, dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	results := make(map[string]result)
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatalf("%v: %.200s", err, out)
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.check(t, results[fmt.Sprint(i)]) })
	}
}

// result is what the program says of a case.
type result struct {
	Err  string
	Data []byte
}

func (c generated) check(t *testing.T, r result) {
	if r.Err != "" {
		t.Fatalf("into a %s: %s\n%s", c.root, r.Err, c.source)
	}
	want, err := decode(c.data)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(r.Data)
	if err != nil {
		t.Fatal(err)
	}
	// An int may have become a float only where another sample has one.
	merged := strings.HasPrefix(c.name, "merged/")
	if w, g := describe(want, merged), describe(got, merged); g != w {
		t.Errorf("a %s encoded again is another value:\n got  %.2000s\n want %.2000s\n%s", c.root, g, w, c.source)
	}
}

func decode(data []byte) (v any, err error) {
	err = pickle.Unmarshal(data, &v, pickle.WithRegistry(pickle.NewRegistry()), pickle.Python2Strings(pickle.Python2ByteString))
	return v, err
}

// goldenCases generates the types for the goldens.
func goldenCases(t *testing.T) []generated {
	t.Helper()
	if _, err := os.Stat(testdata); err != nil {
		t.Skip("the library is not beside the command")
	}
	var all []generated
	add := func(name string, protocol int, samples ...[]byte) {
		var g Generator
		for _, data := range samples {
			v, err := decode(data)
			if err != nil {
				t.Fatal(name, err)
			}
			g.Add("golden.pkl", v)
		}
		if len(g.in.classes) == 0 {
			return
		}
		source, roots, err := g.Generate(Config{Package: "golden", Func: "Register", Type: "Root"})
		if err != nil {
			t.Fatal(name, err)
		}
		if roots[0].Type != "Root" {
			source = fmt.Appendf(source, "\ntype Root = %s\n", roots[0].Type)
		}
		sum := sha256.Sum256(source)
		for _, data := range samples {
			all = append(all, generated{name, data, protocol, source, roots[0].Type, fmt.Sprintf("p%x", sum[:8])})
		}
	}
	for _, c := range pickletest.Load(t, testdata, "cpython3.13", "cpython2.7") {
		n, _ := c.Pickles()
		if n > 1 || len(c.Buffers) > 0 || c.Protocol%2 == 1 && c.Protocol != 1 {
			continue
		}
		add(c.ID(), c.Protocol, c.Data)
	}
	for _, names := range [][]string{{"gen_order1.pkl", "gen_order2.pkl"}, {"gen_classes.pkl"}} {
		var samples [][]byte
		for _, name := range names {
			data, err := os.ReadFile(filepath.Join("..", "..", "testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			samples = append(samples, data)
		}
		add("merged/"+names[0], 4, samples...)
	}
	for _, c := range pickletest.LoadReal(t, testdata) {
		for i, p := range c.Pickles {
			add(fmt.Sprintf("real/%s/%d", c.File, i), 2, p.Data)
		}
	}
	return all
}

// writeProgram writes a module with all that was generated, and a program that
// decodes and encodes the goldens with it.
func writeProgram(t *testing.T, dir string, cases []generated) {
	t.Helper()
	root, err := filepath.Abs(filepath.Dir(testdata))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", []byte("module golden\n\ngo 1.26\n"))
	write("go.work", []byte("go 1.26\n\nuse (\n\t.\n\t"+root+"\n)\n"))
	var imports, calls strings.Builder
	seen := make(map[string]bool)
	for i, c := range cases {
		write(fmt.Sprintf("%d.pkl", i), c.data)
		if !seen[c.pkg] {
			seen[c.pkg] = true
			write(filepath.Join(c.pkg, "golden.go"), c.source)
			fmt.Fprintf(&imports, "%s \"golden/%s\"\n", c.pkg, c.pkg)
		}
		fmt.Fprintf(&calls, "try[%s.Root](%d, %d, %s.Register)\n", c.pkg, i, c.protocol, c.pkg)
	}
	t.Logf("%d cases, %d packages", len(cases), len(seen))
	write("main.go", []byte(fmt.Sprintf(program, imports.String(), calls.String())))
}

const program = `package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-pickle/pickle"
%s)

type result struct {
	Err  string
	Data []byte
}

var results = make(map[string]result)

func try[T any](i, protocol int, register func(*pickle.Registry) error) {
	r := result{}
	if data, err := again[T](i, protocol, register); err != nil {
		r.Err = err.Error()
	} else {
		r.Data = data
	}
	results[fmt.Sprint(i)] = r
}

func again[T any](i, protocol int, register func(*pickle.Registry) error) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(os.Args[1], fmt.Sprintf("%%d.pkl", i)))
	if err != nil {
		return nil, err
	}
	registry := pickle.NewRegistry()
	if err := register(registry); err != nil {
		return nil, err
	}
	var v T
	opts := []pickle.Options{pickle.WithRegistry(registry), pickle.Python2Strings(pickle.Python2ByteString)}
	if err := pickle.Unmarshal(data, &v, opts...); err != nil {
		return nil, err
	}
	return pickle.Marshal(v, pickle.WithRegistry(registry), pickle.Protocol(protocol))
}

func main() {
%s
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		panic(err)
	}
}
`

// describe returns a text that is the same for values that are the same for a
// program in Python: the order of dicts and sets does not matter, nor which of
// the equal ways an instance has been given its attributes in.
// With numbers, an int is the same as a float that equals it.
func describe(v any, numbers bool) string {
	d := describer{numbers: numbers, active: make(map[place]int)}
	return d.any(v)
}

type describer struct {
	numbers bool
	active  map[place]int
}

func (d *describer) any(v any) string {
	if id, ok := identify(v); ok {
		if at := d.active[id]; at > 0 {
			return fmt.Sprintf("<up %d>", len(d.active)-at)
		}
		d.active[id] = len(d.active) + 1
		defer delete(d.active, id)
	}
	switch v := v.(type) {
	case int64:
		if d.numbers {
			return d.any(float64(v))
		}
	case pickle.ByteString:
		return fmt.Sprintf("str %q", string(v))
	case string:
		return fmt.Sprintf("str %q", v)
	case *big.Int:
		return "int " + v.String()
	case []any:
		return "list" + d.list(v)
	case pickle.Tuple:
		return "tuple" + d.list(v)
	case *pickle.Set:
		return "set" + d.sorted(slices.Collect(v.All()))
	case pickle.FrozenSet:
		return "frozenset" + d.sorted(slices.Collect(v.All()))
	case *pickle.Dict:
		return "dict" + d.dict(v)
	case *pickle.Object:
		return d.object(v)
	}
	return fmt.Sprintf("%T %s", v, pickle.Repr(v))
}

func (d *describer) list(all []any) string {
	var b strings.Builder
	for _, x := range all {
		b.WriteString(" " + d.any(x))
	}
	return "(" + b.String() + ")"
}

func (d *describer) sorted(all []any) string {
	texts := make([]string, len(all))
	for i, x := range all {
		texts[i] = d.any(x)
	}
	sort.Strings(texts)
	return fmt.Sprint(texts)
}

func (d *describer) dict(v *pickle.Dict) string {
	if v == nil {
		return ""
	}
	var texts []string
	for k, x := range v.All() {
		texts = append(texts, d.any(k)+": "+d.any(x))
	}
	sort.Strings(texts)
	return fmt.Sprint(texts)
}

func (d *describer) object(o *pickle.Object) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "object %v %v base %v args%s %s items%s", o.Class, o.Form, o.Base, d.list(o.Args), d.dict(o.Kwargs), d.list(o.Items))
	pairs := pickle.NewDict()
	for _, p := range o.Pairs {
		pairs.Set(p.Key, p.Value)
	}
	b.WriteString(" pairs" + d.dict(pairs))
	io.WriteString(&b, " state "+d.state(o.State))
	if o.Callable != nil || o.Setter != nil || len(o.Earlier) > 0 {
		b.WriteString(" " + d.any(o.Callable) + d.any(o.Setter) + d.list(o.Earlier))
	}
	return b.String()
}

// state describes the attributes, whether they are in slots or not.
func (d *describer) state(state any) string {
	if t, ok := state.(pickle.Tuple); ok && len(t) == 2 && isState(t[0]) && isState(t[1]) {
		all := pickle.NewDict()
		for _, part := range t {
			if part != nil {
				for k, x := range part.(*pickle.Dict).All() {
					all.Set(k, x)
				}
			}
		}
		return d.any(all)
	}
	if dict, ok := state.(*pickle.Dict); ok && dict.Len() == 0 {
		state = nil // no attributes
	}
	return d.any(state)
}

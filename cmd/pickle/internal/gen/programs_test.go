package gen

import (
	"bytes"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// TestPrograms generates types for what random programs make, and for awkward
// names. Whatever is in a pickle, the types compile.
func TestPrograms(t *testing.T) {
	fset := token.NewFileSet()
	imported := cached{importer.ForCompiler(fset, "source", nil), make(map[string]*types.Package)}
	pickletest.FindProgram(t, "to find the library with, which the types are compiled against", "go")
	if _, err := imported.Import(library); err != nil {
		t.Fatalf("the library cannot be compiled: %v", err)
	}
	checked, classes := 0, 0
	check := func(what any, values ...any) {
		t.Helper()
		for _, c := range []Config{{}, {Package: "p", Func: "Register", Type: "Root"}} {
			var g Generator
			for _, v := range values {
				g.Add("a\nb.pkl", v)
			}
			source, _, err := g.Generate(c)
			if err != nil {
				t.Fatalf("%.300q: %v", what, err)
			}
			f, err := parser.ParseFile(fset, "p.go", source, 0)
			if err != nil {
				t.Fatalf("%.300q: %v", what, err)
			}
			config := types.Config{Importer: imported}
			if _, err := config.Check("p", fset, []*ast.File{f}, nil); err != nil && !strings.Contains(err.Error(), "function main is undeclared") {
				t.Fatalf("%.300q: %v\n%s", what, err, source)
			}
			checked++
			classes += len(g.in.classes)
		}
	}
	for _, data := range programs(t) {
		dec := pickle.NewDecoder(bytes.NewReader(data), pickle.WithRegistry(pickle.NewRegistry()), pickle.Python2Strings(pickle.Python2ByteString))
		var values []any
		for {
			var v any
			if dec.Decode(&v) != nil { // the end, or what is no value
				break
			}
			values = append(values, v)
		}
		if len(values) > 0 {
			check(data, values...)
		}
	}
	for _, v := range awkward() {
		check(v, v)
	}
	t.Logf("%d files, with %d classes", checked, classes)
	if classes == 0 {
		t.Error("no program has made an instance")
	}
}

// cached is an importer that asks another one only once for each package.
type cached struct {
	types.Importer
	packages map[string]*types.Package
}

func (c cached) Import(path string) (*types.Package, error) {
	if p := c.packages[path]; p != nil {
		return p, nil
	}
	p, err := c.Importer.Import(path)
	c.packages[path] = p
	return p, err
}

// programs returns some of the random programs: the types of each are checked,
// which takes long.
func programs(t *testing.T) [][]byte {
	all := pickletest.Programs(t)
	return all[:min(len(all), 5000)]
}

// awkward returns values whose names are no names of Go, or taken.
func awkward() []any {
	object := func(module, name string, attrs ...any) *pickle.Object {
		return &pickle.Object{Class: pickle.Global{Module: module, Name: name}, Form: 1, State: pickle.NewDict(attrs...)}
	}
	names := []any{"", int64(1), "-", int64(1), "a,b", int64(1), "a`b", int64(1), "type", "x", "Type", "x", "日本", int64(1), "_", int64(1), "__x", int64(1),
		"a\"b", int64(1), "a\nb", []any{}, "State", int64(1), "1", int64(1), int64(5), "a number", "\U0001f600", nil, "*/", int64(1)}
	return []any{
		object("m", "C", names...),
		pickle.NewDict(names...),
		[]any{object("a.m", "X"), object("b.m", "X"), object("m", "a.X"), object("m", "X_"), object("m", "Root"), object("m", "Register"), object("m", "string"), object("m", "日本")},
		[]any{object("m", "a`\"b"), object("m\r", "C"), object("m:n", "C"), object(strings.Repeat("m", 2000), "C"), object("", ""), object("builtins", "C")},
		[]any{[]any{[]any{[]any{[]any{[]any{[]any{[]any{[]any{[]any{[]any{pickle.Tuple{int64(1), "x"}}}}}}}}}}}},
	}
}

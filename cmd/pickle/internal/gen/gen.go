// Package gen writes Go types for what is in pickles: a struct with tags for
// each class, and the calls that register them.
package gen

import (
	"errors"
	"fmt"
	"go/token"
	"maps"
	"path/filepath"
	"strings"

	"github.com/go-pickle/pickle"
)

// Config says what the Go file looks like.
type Config struct {
	Package string // its package; "main" if empty
	// Func is the name of the function that registers the types, with the
	// parameter r *pickle.Registry. If it is empty, a function init registers them
	// in the default registry.
	Func string
	// Type is the name of the type for a sample as a whole, if that is no instance
	// of a class. If it is empty it is made of the name of the first sample.
	Type string
}

// Check reports which of the names is none of Go.
func (c Config) Check() error {
	switch {
	case c.Package != "" && (!token.IsIdentifier(c.Package) || c.Package == "_"):
		return fmt.Errorf("%q is no name of a package", c.Package)
	case c.Func != "" && (!token.IsIdentifier(c.Func) || c.Func == "init" || c.Func == "main"):
		return fmt.Errorf("%q is no name of a function", c.Func)
	case c.Type != "" && !token.IsIdentifier(c.Type):
		return fmt.Errorf("%q is no name of a type", c.Type)
	}
	return nil
}

// Generator collects what samples have in common. The zero Generator has none.
type Generator struct {
	in      *inspector
	samples []sample
	used    bool
}

type sample struct {
	name  string
	shape *shape
}

// Add takes a sample: a value that was decoded into an any, with a registry
// that has no types but those of the library, and with the option
// Python2Strings(Python2ByteString). The name is that of a file, or the like,
// for comments; several samples may have the same.
func (g *Generator) Add(name string, v any) {
	if g.in == nil {
		g.in = newInspector()
		g.in.forget()
	}
	s := g.in.shape(v, 0)
	g.in.forget()
	g.samples = append(g.samples, sample{name, s})
}

// Root is what a sample as a whole is decoded into.
type Root struct {
	Name string // of the sample
	Type string // in Go
}

// Generate returns the Go file for all samples, and the type for each of them,
// once where successive samples have the same name and type.
// It can be called once.
func (g *Generator) Generate(c Config) (source []byte, roots []Root, err error) {
	if err := c.Check(); err != nil {
		return nil, nil, err
	}
	if c.Package == "" {
		c.Package = "main"
	}
	if g.in == nil || g.used {
		return nil, nil, errors.New("there are no samples")
	}
	g.used = true
	r := &renderer{taken: names{c.Func: true}, imports: make(map[string]bool)}
	if c.Type != "" {
		r.taken[c.Type] = true
	}
	var typed []*class
	for _, k := range g.in.classes {
		if k.decide(); k.how != asObject {
			typed = append(typed, k)
		}
	}
	nameClasses(typed, r.taken)
	roots = g.roots(r, c)
	r.flush()
	for _, k := range typed {
		r.class(k)
		r.flush()
	}
	source, err = r.file(c, g.header(roots), g.registration(r, c, typed))
	return source, roots, err
}

// roots declares the types of the samples as a whole. Samples of the same kind
// have one.
func (g *Generator) roots(r *renderer, c Config) []Root {
	name := c.Type
	if name == "" {
		base := filepath.Base(g.samples[0].name)
		name = exported(strings.TrimSuffix(base, filepath.Ext(base)))
	}
	common := g.samples[0].shape
	for _, s := range g.samples[1:] {
		common = merge(common, s.shape)
	}
	var roots []Root
	one := r.root(c, common, name, common.kind != kindAny)
	for i, s := range g.samples {
		t := one
		if common.kind == kindAny {
			t = r.root(Config{}, s.shape, name, false)
		} else if i > 0 && s.name == g.samples[i-1].name {
			continue
		}
		roots = append(roots, Root{s.name, t})
	}
	return roots
}

func (r *renderer) root(c Config, s *shape, name string, named bool) string {
	if c.Type != "" {
		delete(r.taken, name) // which was kept for this
	}
	imports := maps.Clone(r.imports)
	t := r.typeOf(s, name, false)
	if !named || c.Type == "" || r.taken[name] || s.kind == kindClass {
		r.imports = imports // it is only in a comment
		return t.expr
	}
	r.taken[name] = true
	fmt.Fprintf(&r.types, "// %s is what the samples are.\ntype %s = %s\n\n", name, name, t.expr)
	return name
}

// header says where the file comes from and what the samples are.
func (g *Generator) header(roots []Root) string {
	const most = 20
	var b strings.Builder
	b.WriteString("// Types for the pickles\n//\n")
	for i, root := range roots {
		if i == most {
			fmt.Fprintf(&b, "//\t… and %d more\n", len(roots)-most)
			break
		}
		fmt.Fprintf(&b, "//\t%s: %s\n", comment(filepath.Base(root.Name)), root.Type)
	}
	b.WriteString("//\n// as \"pickle gen\" has inferred them. They are a beginning, to be edited.\n\n")
	return b.String()
}

// registration is the function that registers the classes.
func (g *Generator) registration(r *renderer, c Config, typed []*class) string {
	var b strings.Builder
	for _, k := range g.in.classes {
		if k.how == asObject && k.global.Name != "" {
			fmt.Fprintf(&b, "// %s is a *pickle.Object: %s.\n", comment(k.global.String()), k.odd)
		}
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	if len(typed) == 0 && c.Func == "" {
		return b.String()
	}
	r.imports[library] = true
	if c.Func == "" {
		b.WriteString("func init() {\n")
		for _, k := range typed {
			fmt.Fprintf(&b, "pickle.Register(%s)\n", k.register())
		}
		b.WriteString("}\n\n")
		return b.String()
	}
	fmt.Fprintf(&b, "// %s registers the types of this file.\nfunc %s(r *pickle.Registry) error {\n", c.Func, c.Func)
	for _, k := range typed {
		fmt.Fprintf(&b, "if err := r.Register(%s); err != nil {\nreturn err\n}\n", k.register())
	}
	b.WriteString("return nil\n}\n\n")
	return b.String()
}

// className is the name of a class for Register.
func className(g pickle.Global) string {
	if strings.Contains(g.Name, ".") {
		return g.Module + ":" + g.Name
	}
	return g.Module + "." + g.Name
}

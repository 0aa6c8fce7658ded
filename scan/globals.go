package scan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-pickle/pickle/vm"
)

// analysis finds out what the graph of a pickle, complete or not, imports and
// calls.
type analysis struct {
	graph   *vm.Graph
	file    string
	index   int
	base    int64 // of the pickle in its file
	named   []*Global
	found   map[globalKey]*Global
	order   []*Global
	symbols map[*vm.Instance]symbol
	notes   []Finding
	loads   []payload // what the pickle has loaded as a pickle, or a file of torch
}

type globalKey struct{ module, name, via string }

// symbol is what an object of the graph is, as far as calls are concerned.
type symbol struct {
	kind  symbolKind
	about *Global  // the global, or the attribute of one that it is; of a wrapper: what it calls
	class string   // of symInstance: module.name of what made it
	names []string // of symGetter and symMethod: which attributes it fetches
	items bool     // of symGetter: it fetches items
}

type symbolKind uint8

const (
	symUnknown  symbolKind = iota
	symGlobal              // a class, function or module
	symInstance            // what a class or function made
	symGetter              // operator.attrgetter and itemgetter: fetches attributes or items of its argument
	symMethod              // operator.methodcaller: calls a method of its argument
	symPartial             // functools.partial: calls what it was made of
)

// maxChain bounds how many calls are followed to find out what is called.
const maxChain = 20

// analyze returns what a graph has that the program in data made. at says where
// each global is named.
func analyze(g *vm.Graph, data []byte, at []int, file string, index int, base int64) *analysis {
	a := &analysis{graph: g, file: file, index: index, base: base,
		found: make(map[globalKey]*Global), symbols: make(map[*vm.Instance]symbol)}
	a.named = make([]*Global, g.GlobalLen())
	for i := range a.named {
		module, name, _ := g.Global(i)
		offset := at[min(i, len(at)-1)] // both went through the same instructions
		a.named[i] = a.global(string(g.Data(module)), string(g.Data(name)), "", int64(offset), vm.Opcode(data[offset]).String())
	}
	for i := range g.Instances() {
		a.instance(g.InstanceAt(i))
	}
	a.values()
	return a
}

// global returns the record of a global and counts that it is named once more.
func (a *analysis) global(module, name, via string, offset int64, opcode string) *Global {
	key := globalKey{module, name, via}
	if g, ok := a.found[key]; ok {
		g.Count++
		return g
	}
	m, n := canonical(module, name)
	g := &Global{File: a.file, Pickle: a.index, Offset: a.base + offset, Opcode: opcode, Module: module, Name: name,
		Python: join(m, n), Via: via, Count: 1}
	_, wraps := wrappers[g.Python]
	g.special = wraps || seen[g.Python] || fetchers[g.Python] || g.Python == torchLoad
	a.found[key] = g
	a.order = append(a.order, g)
	return g
}

func (a *analysis) note(rule string, at vm.Node, format string, args ...any) {
	if len(a.notes) < maxNotes {
		a.notes = append(a.notes, Finding{Rule: rule, Offset: a.graph.Offset(at), Message: fmt.Sprintf(format, args...)})
	}
}

// instance notes what one instance does with its callable.
func (a *analysis) instance(in *vm.Instance) {
	use := Called
	switch in.Form {
	case vm.FormNewObj, vm.FormNewObjEx:
		use = Created
	case vm.FormItself:
		use = 0
	}
	if in.State.Kind() != vm.KindNothing {
		use |= State
	}
	if len(a.graph.Kids(in.Self)) > 0 || len(a.graph.Pairs(in)) > 0 {
		use |= Items
	}
	switch in.Callable.Kind() {
	case vm.KindExtension, vm.KindPersistent: // which have a finding of their own
		return
	case vm.KindGlobal:
		g := a.named[in.Callable.GlobalIndex()]
		g.Uses |= use
		if use&Called != 0 && g.Call == "" {
			g.Call = a.arguments(in)
		}
		a.memory(in, g, use)
		if in.Form == vm.FormItself {
			a.note("class-state", in.Self, "%s itself is given %s", g.Python, use)
		}
		if use&(State|Items) != 0 && (g.Python == "builtins.type" || g.Python == "numpy.core._DType_reconstruct") {
			a.note("class-state", in.Self, "the class that %s returns is given %s", g.Python, use)
		}
	}
	if setter := a.graph.Setter(in); setter.Kind() == vm.KindGlobal {
		a.named[setter.GlobalIndex()].Uses |= Called
	}
	a.symbol(in.Self, 0)
}

// plain returns what made an instance if that is a global of which nothing more
// is to be known.
func (a *analysis) plain(in *vm.Instance) *Global {
	if in.Form == vm.FormItself || in.Callable.Kind() != vm.KindGlobal {
		return nil
	}
	if g := a.named[in.Callable.GlobalIndex()]; !g.special {
		return g
	}
	return nil
}

// symbol finds out what a node is.
func (a *analysis) symbol(n vm.Node, depth int) symbol {
	switch n.Kind() {
	case vm.KindGlobal:
		return symbol{kind: symGlobal, about: a.named[n.GlobalIndex()]}
	case vm.KindInstance:
	case vm.KindNothing, vm.KindPersistent, vm.KindExtension, vm.KindBuffer:
		return symbol{}
	default:
		return symbol{kind: symInstance, class: "builtins." + strings.ReplaceAll(n.Kind().String(), "Python 2 ", "")}
	}
	in := a.graph.Instance(n)
	if g := a.plain(in); g != nil {
		return symbol{kind: symInstance, class: g.Python}
	}
	if s, ok := a.symbols[in]; ok {
		return s
	}
	if depth > maxChain {
		return symbol{}
	}
	a.symbols[in] = symbol{} // should it be made of itself
	s := a.result(in, depth)
	a.symbols[in] = s
	return s
}

// result says what a call returns.
func (a *analysis) result(in *vm.Instance, depth int) symbol {
	if in.Form == vm.FormItself {
		return a.symbol(in.Callable, depth+1)
	}
	callee := a.symbol(in.Callable, depth+1)
	args := a.graph.Kids(in.Args)
	switch callee.kind {
	case symGlobal:
		callee.about.Uses |= calls(in.Form)
		return a.call(in, callee.about, args, depth)
	case symPartial:
		if callee.about == nil {
			break
		}
		callee.about.Uses |= Called
		return a.call(in, callee.about, args, depth)
	case symGetter, symMethod:
		if len(args) == 0 {
			return symbol{}
		}
		return a.fetch(in, callee, a.symbol(args[0], depth+1))
	case symInstance:
		return a.attribute(in, callee, "__call__", callee.class)
	}
	if k := in.Callable.Kind(); k != vm.KindExtension && k != vm.KindPersistent {
		a.note("unlisted-call", in.Self, "the result of a call is called, and it cannot be told what it is")
	}
	return symbol{}
}

func calls(form vm.Form) Use {
	if form == vm.FormNewObj || form == vm.FormNewObjEx {
		return Created
	}
	return Called
}

// call says what a call of a global returns: most make an instance, and some
// hand out something else, or call what they are given.
func (a *analysis) call(in *vm.Instance, f *Global, args []vm.Node, depth int) symbol {
	switch f.Python {
	case "builtins.getattr", "operator.getitem":
		return a.getattr(in, f, args, depth)
	case "numpy.core._ufunc_reconstruct": // imports what it is given the name of
		if names := a.texts(args); len(names) == 2 && len(args) == 2 {
			return symbol{kind: symGlobal, about: a.reach(in, names[0], names[1], f.Python)}
		}
		a.note("unresolved-getattr", in.Self, "%s with names that are no text", f.Python)
		return symbol{}
	case "builtins.__import__", "importlib.import_module", "importlib.__import__":
		if len(args) > 0 {
			if name, ok := a.text(args[0]); ok {
				return symbol{kind: symGlobal, about: a.reach(in, name, "", f.Python)}
			}
		}
		return symbol{}
	case torchLoad:
		if data, ok := a.bytes(args); ok && in.Form == vm.FormReduce {
			a.loads = append(a.loads, payload{int(a.graph.Offset(in.Self)), "load", data})
		} else {
			f.opaque = true
		}
	case "operator.attrgetter", "operator.itemgetter":
		a.escapes(in, args)
		return symbol{kind: symGetter, about: f, names: a.texts(args), items: f.Python == "operator.itemgetter"}
	case "operator.methodcaller":
		a.escapes(in, args)
		names := a.texts(args)
		if len(names) > 1 {
			names = names[:1]
		}
		return symbol{kind: symMethod, about: f, names: names}
	case "builtins.type":
		if len(args) != 1 {
			a.note("unlisted-call", in.Self, "builtins.type makes a class")
		}
	}
	handed, wraps := wrappers[f.Python]
	if !wraps || handed >= len(args) {
		return symbol{kind: symInstance, class: f.Python}
	}
	target := a.symbol(args[handed], depth+1)
	if target.kind == symUnknown && seen[f.Python] {
		a.note("unlisted-call", in.Self, "%s is given something to call, and it cannot be told what it is", f.Python)
	}
	if target.kind == symGlobal {
		target.about.Uses |= Argument
		a.memory(in, target.about, Called)
	}
	switch f.Python {
	case "functools.partial", "functools.partialmethod":
		return a.partial(in, target, args[handed+1:], depth)
	case "operator.call", "builtins.apply":
		return symbol{}
	case "copyreg._reconstructor", "copyreg.__newobj__", "copyreg.__newobj_ex__":
		if target.kind == symGlobal {
			return symbol{kind: symInstance, class: target.about.Python}
		}
	}
	if len(args) > handed+1 && (target.kind == symGetter || target.kind == symMethod) { // map(getter, [x])
		a.each(in, target, args[handed+1], depth)
	}
	return symbol{kind: symInstance, class: f.Python}
}

// partial is what a call of functools.partial returns. It can be given another
// function, and other arguments, as its state.
func (a *analysis) partial(in *vm.Instance, target symbol, args []vm.Node, depth int) symbol {
	bound := a.bind(in, target, args, depth)
	states := a.graph.Earlier(in)
	if in.State.Kind() != vm.KindNothing {
		states = append(slices.Clip(states), in.State)
	}
	for _, state := range states {
		parts := []vm.Node(nil)
		if state.Kind() == vm.KindTuple {
			parts = a.graph.Kids(state)
		}
		if len(parts) < 2 || parts[1].Kind() != vm.KindTuple {
			a.note("unlisted-call", in.Self, "the state of functools.partial is none, and it cannot be told what it calls")
			return symbol{}
		}
		target = a.symbol(parts[0], depth+1)
		if target.kind == symUnknown {
			a.note("unlisted-call", in.Self, "functools.partial is given something to call, and it cannot be told what it is")
		}
		bound = a.bind(in, target, a.graph.Kids(parts[1]), depth)
	}
	return bound
}

// bind is a partial of target.
func (a *analysis) bind(in *vm.Instance, target symbol, args []vm.Node, depth int) symbol {
	switch {
	case target.kind == symGlobal:
		target.about.Uses |= Argument
		return symbol{kind: symPartial, about: target.about}
	case len(args) > 0 && (target.kind == symGetter || target.kind == symMethod):
		a.fetch(in, target, a.symbol(args[0], depth+1)) // what it will be applied to
		return symbol{}
	}
	return target
}

// values looks at what is handed on, or kept: whoever has a function, or a method
// to be called, can call it with anything. For those that are judged by what they
// are applied to, that is not known then.
func (a *analysis) values() {
	judged := func(g *Global) bool { return seen[g.Python] || g.Python == torchLoad }
	if !slices.ContainsFunc(a.order, judged) {
		return
	}
	visited := make(map[vm.Node]bool)
	var pending []vm.Node
	for i := range a.graph.Instances() {
		in := a.graph.InstanceAt(i)
		pending = append(pending, in.Args, in.State, a.graph.Kwargs(in))
		for _, more := range [][]vm.Node{a.graph.Kids(in.Self), a.graph.Pairs(in), a.graph.Earlier(in)} {
			pending = append(pending, more...)
		}
		for len(pending) > 0 {
			n := pending[len(pending)-1]
			pending = pending[:len(pending)-1]
			switch n.Kind() {
			case vm.KindGlobal:
				if g := a.named[n.GlobalIndex()]; judged(g) {
					g.Uses |= Argument
				}
			case vm.KindInstance:
				if in := a.graph.Instance(n); !visited[n] && a.symbols[in].kind == symMethod {
					visited[n] = true
					a.note("unresolved-getattr", n, "%s is kept, or handed on, and it cannot be told what it is applied to", a.symbols[in].about.Python)
				}
			case vm.KindList, vm.KindTuple, vm.KindDict, vm.KindSet, vm.KindFrozenSet:
				if !visited[n] {
					visited[n] = true
					pending = append(pending, a.graph.Kids(n)...)
				}
			}
		}
	}
}

// escapes looks for names that lead into the interpreter, whatever they will be
// applied to.
func (a *analysis) escapes(in *vm.Instance, args []vm.Node) {
	for _, name := range a.texts(args) {
		if escape := escapesIn(name); escape != "" {
			a.note("interpreter-name", in.Self, "%s of whatever it is applied to", escape)
		}
	}
}

// wrappers are functions that call an argument, which is which.
var wrappers = map[string]int{
	"functools.partial": 0, "functools.partialmethod": 0, "functools.reduce": 0, "functools.lru_cache": 0, "operator.call": 0, "builtins.apply": 0,
	"builtins.map": 0, "builtins.filter": 0, "itertools.starmap": 0, "itertools.takewhile": 0, "itertools.dropwhile": 0,
	"itertools.filterfalse": 0, "itertools.accumulate": 1, "itertools.groupby": 1, "builtins.iter": 0, "collections.defaultdict": 0,
	"copyreg._reconstructor": 0, "copyreg.__newobj__": 0, "copyreg.__newobj_ex__": 0, "weakref.finalize": 1, "threading.Timer": 1,
	"pandas.core.indexes.base._new_Index": 0, "pandas.core.indexes.interval._new_IntervalIndex": 0, "numpy.random._pickle.__generator_ctor": 1,
	"numpy.random._pickle.__randomstate_ctor": 1,
	"types.MethodType":                        0, "builtins.classmethod": 0, "builtins.staticmethod": 0, "builtins.property": 0, "torch._tensor._rebuild_from_type_v2": 0,
}

// seen are the functions that are judged by what they are applied to.
var seen = map[string]bool{
	"builtins.getattr": true, "operator.attrgetter": true, "operator.methodcaller": true, "functools.partial": true, "builtins.map": true,
	"builtins.type": true, "torch._tensor._rebuild_from_type_v2": true, "numpy.core._ufunc_reconstruct": true,
}

// torchLoad is how torch's tensors are pickled by other means than torch: it reads
// the bytes that it is given. The scan reads them as well.
const torchLoad = "torch.storage._load_from_bytes"

// fetchers are further ones that hand out something else than an instance.
var fetchers = map[string]bool{
	"builtins.__import__": true, "importlib.import_module": true, "importlib.__import__": true, "operator.getitem": true, "operator.itemgetter": true,
}

// each applies a getter to each item of a list or tuple.
func (a *analysis) each(in *vm.Instance, getter symbol, over vm.Node, depth int) {
	if k := over.Kind(); k != vm.KindList && k != vm.KindTuple {
		a.note("unresolved-getattr", in.Self, "%s is applied to each item of something that is no list", getter.about.Python)
		return
	}
	items := a.graph.Kids(over)
	if len(items) > maxChain {
		a.note("unresolved-getattr", in.Self, "%s is applied to %d items", getter.about.Python, len(items))
	}
	for _, item := range items[:min(len(items), maxChain)] {
		a.fetch(in, getter, a.symbol(item, depth+1))
	}
}

// getattr is a call of getattr(object, name) or getitem(namespace, name).
func (a *analysis) getattr(in *vm.Instance, f *Global, args []vm.Node, depth int) symbol {
	if len(args) < 2 {
		a.note("unresolved-getattr", in.Self, "%s without a name", f.Python)
		return symbol{}
	}
	object := a.symbol(args[0], depth+1)
	if name, ok := a.text(args[1]); ok {
		if f.Python == "operator.getitem" {
			return a.item(in, object, name, f.Python)
		}
		return a.attribute(in, object, name, f.Python)
	}
	if f.Python == "builtins.getattr" {
		a.note("unresolved-getattr", in.Self, "getattr with a name that is no text")
	}
	return symbol{}
}

// fetch applies a getter, or calls a method, of an object.
func (a *analysis) fetch(in *vm.Instance, getter, object symbol) symbol {
	var last symbol
	if len(getter.names) == 0 && !getter.items {
		a.note("unresolved-getattr", in.Self, "%s with a name that is no text", getter.about.Python)
	}
	for _, name := range getter.names {
		if getter.items {
			last = a.item(in, object, name, getter.about.Python)
		} else {
			last = a.attribute(in, object, name, getter.about.Python)
		}
		if getter.kind == symMethod && last.about != nil {
			last.about.Uses |= Called
		}
	}
	if getter.kind == symMethod || len(getter.names) != 1 {
		return symbol{}
	}
	return last
}

// attribute is the attribute of an object.
func (a *analysis) attribute(in *vm.Instance, object symbol, name, via string) symbol {
	switch object.kind {
	case symGlobal, symGetter, symMethod, symPartial:
		return symbol{kind: symGlobal, about: a.reachFrom(in, object.about, name, via)}
	case symInstance:
		module, class := splitLast(object.class)
		return symbol{kind: symGlobal, about: a.reach(in, module, class+"."+name, via)}
	}
	if escape := escapesIn(name); escape != "" {
		a.note("interpreter-name", in.Self, "%s of an object that cannot be told", escape)
	} else {
		a.note("unresolved-getattr", in.Self, "the attribute %q of an object that cannot be told", shorten([]byte(name), 40))
	}
	return symbol{}
}

// item is what a namespace has under a name: a module of sys.modules, or what
// __dict__ and __builtins__ hold.
func (a *analysis) item(in *vm.Instance, object symbol, name, via string) symbol {
	if object.kind != symGlobal {
		return symbol{}
	}
	from := object.about
	if strings.HasSuffix(from.Python, "sys.modules") {
		return symbol{kind: symGlobal, about: a.reach(in, name, "", via)}
	}
	for _, namespace := range []string{"__dict__", "__globals__", "__builtins__"} {
		if owner, ok := strings.CutSuffix(from.Name, namespace); ok {
			return symbol{kind: symGlobal, about: a.reach(in, from.Module, owner+name, via)}
		}
	}
	return symbol{kind: symGlobal, about: a.reachFrom(in, from, name, via)}
}

func (a *analysis) reachFrom(in *vm.Instance, from *Global, name, via string) *Global {
	if from.Name == "" {
		return a.reach(in, from.Module, name, via)
	}
	return a.reach(in, from.Module, from.Name+"."+name, via)
}

// reach records a global that is reached by a call. A long name is cut off: it
// is none, but chains of attributes could make ever longer ones.
func (a *analysis) reach(in *vm.Instance, module, name, via string) *Global {
	const long = 500
	if len(name) > long || strings.Count(name, ".") > maxChain {
		a.note("unresolved-getattr", in.Self, "a chain of attributes that is too long to be followed")
		name = name[:min(len(name), long)]
		name = strings.Join(strings.SplitN(name, ".", maxChain+1)[:min(maxChain, strings.Count(name, ".")+1)], ".")
	}
	return a.global(module, name, via, a.graph.Offset(in.Self), a.graph.Opcode(in.Self).String())
}

func splitLast(full string) (module, name string) {
	i := strings.LastIndexByte(full, '.')
	if i < 0 {
		return full, ""
	}
	return full[:i], full[i+1:]
}

// text returns a str; a lone surrogate stays as it is.
func (a *analysis) text(n vm.Node) (string, bool) {
	if k := n.Kind(); k != vm.KindStr && k != vm.KindByteString && k != vm.KindBytes {
		return "", false
	}
	return string(a.graph.Data(n)), true
}

// bytes returns the one argument of a call if it is bytes, as protocol 3 has them,
// or as those below it write them.
func (a *analysis) bytes(args []vm.Node) ([]byte, bool) {
	if len(args) != 1 {
		return nil, false
	}
	if args[0].Kind() == vm.KindBytes {
		return a.graph.Data(args[0]), true
	}
	if args[0].Kind() != vm.KindInstance {
		return nil, false
	}
	in := a.graph.Instance(args[0])
	if in.Form != vm.FormReduce || globalName(a.graph, in.Callable) != "codecs.encode" {
		return nil, false
	}
	text := a.graph.Kids(in.Args)
	if len(text) != 2 || text[0].Kind() != vm.KindStr || text[1].Kind() != vm.KindStr || string(a.graph.Data(text[1])) != "latin1" {
		return nil, false
	}
	data := latin1(a.graph.Data(text[0]))
	return data, data != nil
}

func (a *analysis) texts(nodes []vm.Node) []string {
	var texts []string
	for _, n := range nodes[:min(len(nodes), maxChain)] {
		if s, ok := a.text(n); ok {
			texts = append(texts, s)
		}
	}
	return texts
}

// arguments returns the arguments of a call in short, as Python would write them.
func (a *analysis) arguments(in *vm.Instance) string {
	var b strings.Builder
	a.list(&b, a.graph.Kids(in.Args), "(", ")", 2)
	return b.String()
}

func (a *analysis) list(b *strings.Builder, nodes []vm.Node, open, closing string, depth int) {
	const long = 100
	b.WriteString(open)
	for i, n := range nodes {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len() > long {
			b.WriteString("…")
			break
		}
		a.short(b, n, depth)
	}
	b.WriteString(closing)
}

func (a *analysis) short(b *strings.Builder, n vm.Node, depth int) {
	switch n.Kind() {
	case vm.KindNone:
		b.WriteString("None")
	case vm.KindBool, vm.KindInt:
		fmt.Fprint(b, n.Int())
	case vm.KindFloat:
		fmt.Fprint(b, n.Float())
	case vm.KindStr, vm.KindByteString:
		fmt.Fprintf(b, "%q", shorten(a.graph.Data(n), 60))
	case vm.KindBytes:
		fmt.Fprintf(b, "b%q", shorten(a.graph.Data(n), 60))
	case vm.KindGlobal:
		b.WriteString(a.named[n.GlobalIndex()].String())
	case vm.KindTuple, vm.KindList:
		if depth > 0 {
			a.list(b, a.graph.Kids(n), "[", "]", depth-1)
			return
		}
		b.WriteString("…")
	default:
		fmt.Fprintf(b, "<%v>", n.Kind())
	}
}

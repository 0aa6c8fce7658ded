package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/go-pickle/pickle/pickletools"
	"github.com/go-pickle/pickle/vm"
	"github.com/spf13/cobra"
)

const statLong = `Stat prints what takes up space in each pickle: the number of values and their
bytes in the pickle, by class and by path, how much is shared, and how often each
opcode occurs.

The bytes of a value are those from the instruction that makes it to the next
that makes a value, so that all values together are the whole pickle. What is
shared counts once, at the path where it comes first. [*] are the items of a list, tuple
or set, or of a dict with many keys.`

func newStat() *cobra.Command {
	var rows, depth int
	cmd := &cobra.Command{
		Use:                   "stat [FLAGS] [FILE]...",
		Short:                 "Print what takes up space in pickles",
		Long:                  statLong,
		Example:               "  pickle stat --top 10 model.pkl",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if rows < 1 || depth < 0 {
				return fmt.Errorf("--top is at least 1, and --depth not negative")
			}
			c := newConsole(cmd)
			begun := false
			return c.each(args, func(src *source) error {
				in, err := src.read()
				if err != nil {
					return err
				}
				n := 0
				for s, err := range in.sections() {
					if err != nil {
						return atOffset(err, s.offset)
					}
					title := src.title()
					if n++; n > 1 {
						title += fmt.Sprintf(", pickle %d", n)
					}
					if begun {
						fmt.Fprintln(c.out)
					}
					begun = true
					if err := stat(c.out, title, s.data, rows, depth); err != nil {
						return atOffset(err, s.offset)
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().IntVar(&rows, "top", 20, "print at most `N` rows of each table")
	cmd.Flags().IntVar(&depth, "depth", 3, "print paths of up to `N` steps")
	return cmd
}

// atOffset makes the offset of an error in a pickle that in the file.
func atOffset(err error, offset int) error {
	var e *vm.Error
	if errors.As(err, &e) {
		e.Offset += int64(offset)
	}
	return err
}

// stat prints the statistics of one pickle.
func stat(w io.Writer, title string, data []byte, rows, depth int) error {
	var m vm.Machine
	if _, err := m.Run(data, true); err != nil {
		return err
	}
	opcodes := map[string]*usage{}
	instructions := 0
	for in, err := range pickletools.Instructions(data, pickletools.KeepGoing()) {
		if err != nil {
			return err
		}
		count(opcodes, in.Op.String(), int64(in.End-in.Offset))
		instructions++
	}
	s := newStatistics(m.Graph(), depth, instructions)
	s.walk()
	s.measure(int64(len(data)))
	classes := map[string]*usage{}
	for i := range s.classes {
		classes[s.classes[i].name] = &s.classes[i]
	}
	fmt.Fprintf(w, "%s: %d bytes, protocol %d; values: %d, shared: %d, references to these: %d\n", title, len(data), m.Protocol(), len(s.visits), s.shared, s.references)
	table(w, "class", classes, rows)
	table(w, "path", s.paths(), rows)
	table(w, "opcode", opcodes, rows)
	return nil
}

// usage is a row of a table.
type usage struct {
	name     string
	n, bytes int64
}

func count(all map[string]*usage, name string, bytes int64) {
	u := all[name]
	if u == nil {
		u = &usage{name: name}
		all[name] = u
	}
	u.n++
	u.bytes += bytes
}

// table prints the largest rows.
func table(w io.Writer, title string, all map[string]*usage, most int) {
	var rows []*usage
	for _, u := range all {
		rows = append(rows, u)
	}
	slices.SortFunc(rows, func(a, b *usage) int {
		return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(b.n, a.n), cmp.Compare(a.name, b.name))
	})
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\nbytes\tcount\t  %s\n", title)
	for i, u := range rows {
		if i == most {
			fmt.Fprintf(t, "\t\t  … and %d more\n", len(rows)-most)
			break
		}
		fmt.Fprintf(t, "%d\t%d\t  %s\n", u.bytes, u.n, u.name)
	}
	t.Flush() // an error stays in w
}

// statistics are what is in one graph.
type statistics struct {
	g                  *vm.Graph
	depth              int
	visits             []visit // hardly more than there are instructions
	classes            []usage
	indexes            map[string]int32 // of classes
	globals            map[int]int32    // the same, by the index of a class in the graph
	steps              []step
	shared, references int
}

func newStatistics(g *vm.Graph, depth, instructions int) *statistics {
	return &statistics{g: g, depth: depth, visits: make([]visit, 0, instructions), indexes: map[string]int32{}, globals: map[int]int32{}}
}

// visit is a value, where it comes first. There can be hundreds of millions.
type visit struct {
	offset int64
	class  int32 // index of classes
	path   int32 // index of steps
}

// pending is a value that is still to be visited.
type pending struct {
	n    vm.Node
	path int // index of steps
}

// step is a path: another one and a step.
type step struct {
	parent   int
	level    int
	name     string
	children map[string]int
	n, bytes int64 // of the values there
}

// then returns the path that a step leads to. Below the depth it is the path itself.
func (s *statistics) then(path int, name string) int {
	p := &s.steps[path]
	if p.level == s.depth {
		return path
	}
	if i, ok := p.children[name]; ok {
		return i
	}
	if p.children == nil {
		p.children = map[string]int{}
	}
	i := len(s.steps)
	p.children[name] = i
	s.steps = append(s.steps, step{parent: path, level: p.level + 1, name: name})
	return i
}

// walk visits all values of the graph. It does not recurse, since values can be
// nested to any depth.
func (s *statistics) walk() {
	s.steps = []step{{}}
	seen := make([]bool, s.g.SharedLen()+1)
	stack := []pending{{n: s.g.Root()}}
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if v.n.Kind() == vm.KindNothing {
			continue
		}
		if id := s.g.Shared(v.n); id != 0 {
			s.references++
			if seen[id] {
				continue
			}
			seen[id] = true
			s.shared++
		}
		s.visit(v)
		at := len(stack)
		stack = s.push(stack, v)
		slices.Reverse(stack[at:]) // so that the first is visited first
	}
}

func (s *statistics) visit(v pending) {
	s.visits = append(s.visits, visit{s.g.Offset(v.n), s.class(v.n), int32(v.path)})
}

// push adds what a value consists of to the stack.
func (s *statistics) push(stack []pending, v pending) []pending {
	switch v.n.Kind() {
	case vm.KindList, vm.KindTuple, vm.KindSet, vm.KindFrozenSet:
		return s.pushAll(stack, s.then(v.path, "[*]"), s.g.Kids(v.n))
	case vm.KindPersistent:
		return s.pushAll(stack, v.path, s.g.Kids(v.n))
	case vm.KindByteArray:
		_, appended := s.g.ByteArray(v.n)
		return s.pushAll(stack, v.path, appended)
	case vm.KindDict:
		return s.pushPairs(stack, v.path, s.g.Kids(v.n), false)
	case vm.KindInstance:
		in := s.g.Instance(v.n)
		stack = append(stack, pending{n: in.Callable, path: v.path})
		stack = s.pushPart(stack, v.path, ".__args__", in.Args)
		stack = s.pushPart(stack, v.path, ".__args__", s.g.Base(in))
		stack = s.pushPart(stack, v.path, ".__kwargs__", s.g.Kwargs(in))
		stack = s.pushAll(stack, s.then(v.path, "[*]"), s.g.Kids(v.n))
		stack = s.pushPairs(stack, v.path, s.g.Pairs(in), false)
		stack = append(stack, pending{n: s.g.Setter(in), path: v.path})
		for _, state := range append(slices.Clone(s.g.Earlier(in)), in.State) {
			if state.Kind() == vm.KindDict && s.g.Shared(state) == 0 {
				s.visit(pending{n: state, path: v.path})
				stack = s.pushPairs(stack, v.path, s.g.Kids(state), true)
				continue
			}
			stack = s.pushPart(stack, v.path, ".__state__", state)
		}
	}
	return stack
}

func (s *statistics) pushPart(stack []pending, path int, name string, n vm.Node) []pending {
	if n.Kind() == vm.KindNothing || n.Kind() == vm.KindTuple && len(s.g.Kids(n)) == 0 {
		return append(stack, pending{n: n, path: path})
	}
	return append(stack, pending{n: n, path: s.then(path, name)})
}

func (s *statistics) pushAll(stack []pending, path int, kids []vm.Node) []pending {
	for _, k := range kids {
		stack = append(stack, pending{n: k, path: path})
	}
	return stack
}

// manyKeys is how many keys a dict may have for each to be a step of its own.
const manyKeys = 50

// pushPairs adds keys and values. The keys belong to the path of the dict.
func (s *statistics) pushPairs(stack []pending, path int, pairs []vm.Node, attributes bool) []pending {
	for i := 0; i+1 < len(pairs); i += 2 {
		name := "[*]"
		switch key := pairs[i]; {
		case key.Kind() != vm.KindStr && key.Kind() != vm.KindByteString || len(pairs) > 2*manyKeys || len(s.g.Data(key)) > 100:
		case attributes:
			name = "." + string(s.g.Data(key))
		default:
			name = "[" + strconv.Quote(string(s.g.Data(key))) + "]"
		}
		stack = append(stack, pending{n: pairs[i], path: path}, pending{n: pairs[i+1], path: s.then(path, name)})
	}
	return stack
}

// measure counts the bytes of each value: up to the next one.
func (s *statistics) measure(size int64) {
	slices.SortStableFunc(s.visits, func(a, b visit) int { return cmp.Compare(a.offset, b.offset) })
	for i, v := range s.visits {
		end := size
		if i+1 < len(s.visits) {
			end = s.visits[i+1].offset
		}
		begin := v.offset
		if i == 0 {
			begin = 0 // PROTO and FRAME
		}
		s.classes[v.class].n++
		s.classes[v.class].bytes += end - begin
		s.steps[v.path].n++
		s.steps[v.path].bytes += end - begin
	}
}

// class returns the index of what a value is.
func (s *statistics) class(n vm.Node) int32 {
	switch n.Kind() {
	case vm.KindLong:
		return s.classIndex(vm.KindInt.String())
	case vm.KindInstance:
		n = s.g.Instance(n).Callable
		if n.Kind() != vm.KindGlobal {
			return s.classIndex("instance of " + n.Kind().String())
		}
		i, ok := s.globals[n.GlobalIndex()]
		if !ok {
			module, name, _ := s.g.Global(n.GlobalIndex())
			i = s.classIndex(fmt.Sprintf("%s.%s", s.g.Data(module), s.g.Data(name)))
			s.globals[n.GlobalIndex()] = i
		}
		return i
	}
	return s.classIndex(n.Kind().String())
}

func (s *statistics) classIndex(name string) int32 {
	i, ok := s.indexes[name]
	if !ok {
		i = int32(len(s.classes))
		s.classes = append(s.classes, usage{name: name})
		s.indexes[name] = i
	}
	return i
}

// paths returns the rows of the paths: what is there and below.
func (s *statistics) paths() map[string]*usage {
	for i := len(s.steps) - 1; i > 0; i-- {
		p, parent := s.steps[i], &s.steps[s.steps[i].parent]
		parent.n += p.n
		parent.bytes += p.bytes
	}
	names := make([]string, len(s.steps))
	all := map[string]*usage{}
	for i, p := range s.steps {
		if i > 0 {
			names[i] = names[p.parent] + p.name
		}
		name := names[i]
		if i == 0 {
			name = "(everything)"
		}
		if p.n > 0 { // several steps may have one name: an attribute and a dict's key
			u := all[name]
			if u == nil {
				u = &usage{name: name}
				all[name] = u
			}
			u.n += p.n
			u.bytes += p.bytes
		}
	}
	return all
}

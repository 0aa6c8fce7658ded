package vm

import (
	"fmt"
	"strings"
	"testing"
)

func TestKindString(t *testing.T) {
	for k := range KindBuffer + 1 {
		if k.String() == "" {
			t.Errorf("kind %d has no name", k)
		}
	}
	if len(kindNames) != int(KindBuffer)+1 {
		t.Errorf("%d names for %d kinds", len(kindNames), KindBuffer+1)
	}
}

func TestInstance(t *testing.T) {
	for _, tt := range []struct {
		name, pickle string
		form         Form
		want         string // callable, arguments, keyword arguments, items, pairs, earlier states, state
	}{
		{"Reduce", "cm\nn\nK\x01\x85R.", FormReduce, "global (1,) - [] [] [] nothing"},
		{"NewObj", "cm\nn\n)\x81]b.", FormNewObj, "global () - [] [] [] list"},
		{"NewObjEx", "cm\nn\n)}\x8c\x01aK\x01s\x92.", FormNewObjEx, `global () {"a": 1} [] [] [] nothing`},
		{"NewObjExEmpty", "cm\nn\n)}\x92.", FormNewObjEx, "global () {} [] [] [] nothing"},
		{"Inst", "(K\x01im\nn\n.", FormInst, "global (1,) - [] [] [] nothing"},
		{"Obj", "(cm\nn\nK\x01o.", FormObj, "global (1,) - [] [] [] nothing"},
		{"Extension", "\x82\x07)R.", FormReduce, "extension code () - [] [] [] nothing"},
		{"Persistent", "Pid\n)R.", FormReduce, "persistent ID () - [] [] [] nothing"},
		{"OfInstance", "cm\nn\n)R)R.", FormReduce, "instance () - [] [] [] nothing"},
		{"Items", "cm\nn\n)R(K\x01K\x02eK\x03a.", FormReduce, "global () - [1 2 3] [] [] nothing"},
		{"Pairs", "cm\nn\n)R(K\x01K\x02K\x03K\x04uK\x05K\x06s.", FormReduce, "global () - [] [1 2 3 4 5 6] [] nothing"},
		{"States", "cm\nn\n)\x81K\x01bK\x02bK\x03bK\x04b.", FormNewObj, "global () - [] [] [1 2 3] int"},
		{"All", "cm\nn\n)R(K\x01eK\x02K\x03sK\x04bK\x05b.", FormReduce, "global () - [1] [2 3] [4] int"},
		{"ClassWithState", "cm\nn\nK\x01b.", FormItself, "global nothing - [] [] [] int"},
		{"ClassWithItems", "cm\nn\nK\x01aK\x02a.", FormItself, "global nothing - [1 2] [] [] nothing"},
		{"PersistentWithPairs", "Pid\nK\x01K\x02s.", FormItself, "persistent ID nothing - [] [1 2] [] nothing"},
		{"ExtensionWithState", "\x82\x07]b.", FormItself, "extension code nothing - [] [] [] list"},
	} {
		g := run(t, tt.pickle)
		in := g.Instance(g.Root())
		args, kwargs := in.Args.Kind().String(), "-"
		if in.Args.Kind() == KindTuple {
			args = render(g, in.Args)
		}
		if k := g.Kwargs(in); k.Kind() == KindDict {
			kwargs = render(g, k)
		}
		got := strings.Join([]string{in.Callable.Kind().String(), args, kwargs, list(g, g.Kids(g.Root())), list(g, g.Pairs(in)),
			list(g, g.Earlier(in)), in.State.Kind().String()}, " ")
		if got != tt.want || in.Form != tt.form {
			t.Errorf("%s: form %d: %s, want form %d: %s", tt.name, in.Form, got, tt.form, tt.want)
		}
		if in.Self != g.Root() || g.InstanceAt(g.Instances()-1) != in {
			t.Errorf("%s: the instance is not the last one", tt.name)
		}
		if g.Base(in).Kind() != KindNothing || g.Native(in).Kind() != KindNothing || in.Adds {
			t.Errorf("%s: it has what nobody gave it", tt.name)
		}
	}
	g := run(t, "cm\nn\n)R(K\x01\x90.")
	if in := g.Instance(g.Root()); !in.Adds || list(g, g.Kids(g.Root())) != "[1]" {
		t.Error("ADDITEMS was not noted")
	}
}

func list(g *Graph, nodes []Node) string {
	var s []string
	for _, n := range nodes {
		s = append(s, render(g, n))
	}
	return fmt.Sprint(s)
}

func TestByteArray(t *testing.T) {
	g := run(t, "\x96\x02\x00\x00\x00\x00\x00\x00\x00abK\x63a(K\x64\x88e.")
	data, appended := g.ByteArray(g.Root())
	if string(data) != "ab" || list(g, appended) != "[99 100 True]" {
		t.Errorf("%q and %s", data, list(g, appended))
	}
}

func TestBuffers(t *testing.T) {
	g := run(t, "(\x97q\x00\x97\x98h\x00\x98h\x00t.")
	var got []string
	for _, n := range g.Kids(g.Root()) {
		i, readOnly := n.Buffer()
		got = append(got, fmt.Sprint(i, readOnly))
	}
	if s := strings.Join(got, ", "); s != "0 false, 1 true, 0 true, 0 false" || g.BufferLen() != 2 {
		t.Errorf("%s; %d buffers", s, g.BufferLen())
	}
}

func TestGlobals(t *testing.T) {
	g := run(t, "(cm\nn\n\x8c\x02os\x8c\x04path\x93\x80\x03cm\nn\n\x80\x04ca\nb.c\n(im\nk\nt.")
	var got []string
	for i := range g.GlobalLen() {
		module, name, legacy := g.Global(i)
		got = append(got, fmt.Sprintf("%s.%s %v", g.Data(module), g.Data(name), legacy))
	}
	if s := strings.Join(got, ", "); s != "m.n true, os.path true, m.n false, a.b.c false, m.k false" {
		t.Error(s)
	}
	if i := g.Kids(g.Root())[1].GlobalIndex(); i != 1 {
		t.Errorf("the second global has index %d", i)
	}
}

// The nodes that the layer above makes take the place of others: the identity
// and the offset stay.
func TestNewNodes(t *testing.T) {
	g := run(t, "(c_codecs\nencode\n(\x8c\x01a\x8c\x06latin1tR\x94h\x00(K\x01K\x02K\x03lt.")
	kids := g.Kids(g.Root())
	made, again, ints := kids[0], kids[1], kids[2]
	shared, offset := g.Shared(made), g.Offset(made)
	if shared == 0 || g.Shared(again) != shared {
		t.Fatal("the instance is not shared")
	}
	for name, n := range map[string]Node{
		"NewData":      g.NewData(made, KindBytes, []byte("a")),
		"NewContainer": g.NewContainer(made, KindSet, ints, ints),
		"NewView":      g.NewView(made, KindFrozenSet, ints),
	} {
		if g.Shared(n) != shared || g.Offset(n) != offset || g.Opcode(n) != OpReduce {
			t.Errorf("%s: shared id %d at %d, want %d at %d", name, g.Shared(n), g.Offset(n), shared, offset)
		}
	}
	if n := g.NewData(made, KindStr, []byte("text")); string(g.Data(n)) != "text" || n.Kind() != KindStr {
		t.Errorf("NewData: %v %q", n.Kind(), g.Data(n))
	}
	if n := g.NewData(ints, KindStr, []byte("text")); g.Shared(n) != 0 || n.StringID() != 0 {
		t.Error("NewData: shared where nothing was")
	}
	if n := g.NewContainer(made, KindTuple); n.Kind() != KindTuple || len(g.Kids(n)) != 0 {
		t.Error("NewContainer: not empty")
	}
	if got := list(g, g.Kids(g.NewContainer(made, KindList, kids[2], kids[2]))); got != "[[1, 2, 3] [1, 2, 3]]" {
		t.Errorf("NewContainer: %s", got)
	}
	if got := render(g, g.NewView(made, KindTuple, ints)); got != "(1, 2, 3)" {
		t.Errorf("NewView: %s", got)
	}
	if n := g.NewSlice(g.NewView(made, KindTuple, ints), 1); render(g, n) != "(2, 3)" || g.Shared(n) != 0 {
		t.Errorf("NewSlice: %s", render(g, n))
	}
	text := func(s string) Node { return g.NewData(made, KindStr, []byte(s)) }
	n := g.NewGlobal(made, text("builtins"), text("bytes"))
	module, name, legacy := g.Global(n.GlobalIndex())
	if string(g.Data(module)) != "builtins" || string(g.Data(name)) != "bytes" || legacy || g.Offset(n) != offset {
		t.Errorf("NewGlobal: %s.%s at %d", g.Data(module), g.Data(name), g.Offset(n))
	}
}

func TestReinterpret(t *testing.T) {
	g := run(t, "ccopy_reg\n_reconstructor\n(cm\nn\nc__builtin__\nobject\nNtR.")
	in := g.Instance(g.Root())
	args := g.Kids(in.Args)
	g.Reinterpret(in, FormReconstructor, args[0], g.NewSlice(in.Args, 2), args[1], Node{})
	if in.Form != FormReconstructor || in.Callable != args[0] || g.Base(in) != args[1] || render(g, in.Args) != "(None,)" {
		t.Errorf("form %d of %v", in.Form, in.Callable.Kind())
	}
	g.SetNative(in, args[2])
	if g.Native(in) != args[2] || g.Base(in) != args[1] {
		t.Error("SetNative")
	}
	g = run(t, "cm\nn\n)R.")
	in = g.Instance(g.Root())
	g.Reinterpret(in, FormNewObj, in.Callable, in.Args, Node{}, Node{})
	if in.Form != FormNewObj || in.more != 0 {
		t.Error("a base from nowhere")
	}
}

// A call that is dropped right behind the instance which is its first argument
// is how picklers write a function that sets the state.
func TestSetter(t *testing.T) {
	const object, call = "cm\nn\n)Rq\x00", "cm\nset\nh\x00K\x01\x86R0"
	g := run(t, object+call+".")
	in := g.Instance(g.Root())
	if s := g.Setter(in); render(g, s) != `global("m", "set")` || render(g, in.State) != "1" {
		t.Errorf("setter %v, state %v", s.Kind(), in.State.Kind())
	}
	for name, pickle := range map[string]string{
		"OtherObject": object + "cm\nm\n)R" + call + "0.",
		"OneArgument": object + "cm\nset\nh\x00\x85R0.",
		"NotReduced":  object + "cm\nset\nh\x00K\x01\x86\x810.",
		"OfList":      "]cm\nset\n]K\x01\x86R0.",
		"BehindMark":  object + "(" + call + "t" + "0.",
	} {
		g := run(t, pickle)
		for i := range g.Instances() {
			if s := g.Setter(g.InstanceAt(i)); s.Kind() != KindNothing {
				t.Errorf("%s: setter %v", name, s.Kind())
			}
		}
	}
}

func TestMemoized(t *testing.T) {
	g := run(t, "(K\x01\x85K\x01\x85q\x00)t.")
	for i, n := range g.Kids(g.Root()) {
		if g.Memoized(n) != (i == 1) {
			t.Errorf("tuple %d: Memoized reports %v", i, g.Memoized(n))
		}
	}
}

package pickletools_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/pickletools"
	"github.com/go-pickle/pickle/vm"
)

func renaming(pairs ...string) func(module, name string) (string, string) {
	return func(module, name string) (string, string) {
		for i := 0; i < len(pairs); i += 2 {
			if module+" "+name == pairs[i] {
				module, name, _ = strings.Cut(pairs[i+1], " ")
				break
			}
		}
		return module, name
	}
}

func TestRename(t *testing.T) {
	long := strings.Repeat("n", 300)
	for _, tt := range []struct {
		name, data string
		pairs      []string
		want       string
	}{
		{"GLOBAL", "ca.b\nC\np0\n.", []string{"a.b C", "x Y"}, "cx\nY\np0\n."},
		{"GLOBAL, another", "ca\nC\n.", []string{"a D", "x Y"}, "ca\nC\n."},
		{"INST", "(I1\nia\nC\np0\n.", []string{"a C", "x Y"}, "(I1\nix\nY\np0\n."},
		{"STACK_GLOBAL", "\x80\x04\x8c\x01a\x94\x8c\x01C\x94\x93.", []string{"a C", "xx Y"}, "\x80\x04\x8c\x02xx\x94\x8c\x01Y\x94\x93."},
		{"long", "\x80\x04\x8c\x01a\x8c\x01C\x93.", []string{"a C", "a " + long}, "\x80\x04\x8c\x01aX\x2c\x01\x00\x00" + long + "\x93."},
		{"other forms of strings", "\x80\x04Va\nX\x01\x00\x00\x00C\x93.", []string{"a C", "x Y"}, "\x80\x04\x8c\x01x\x8c\x01Y\x93."},
		// Of two classes in one module, one moves.
		{"first of two", "\x80\x04\x8c\x01a\x94\x8c\x01C\x94\x93h\x00\x8c\x01D\x93\x86.", []string{"a C", "x C"},
			"\x80\x04\x8c\x01a\x94\x8c\x01C\x9400\x8c\x01x\x8c\x01C\x93h\x00\x8c\x01D\x93\x86."},
		{"second of two", "\x80\x04\x8c\x01a\x94\x8c\x01C\x94\x93h\x00\x8c\x01D\x93\x86.", []string{"a D", "x E"},
			"\x80\x04\x8c\x01a\x94\x8c\x01C\x94\x93\x8c\x01x\x8c\x01E\x93\x86."},
		{"both", "\x80\x04\x8c\x01a\x94\x8c\x01C\x93h\x00\x8c\x01D\x93\x86.", []string{"a C", "x C", "a D", "x D"},
			"\x80\x04\x8c\x01x\x94\x8c\x01C\x93h\x00\x8c\x01D\x93\x86."},
		// The name is also data.
		{"data", "\x80\x04\x8c\x01a\x94h\x00\x8c\x01C\x93\x86.", []string{"a C", "x C"}, "\x80\x04\x8c\x01a\x94\x8c\x01x\x8c\x01C\x93\x86."},
		{"data later", "\x80\x04\x8c\x01a\x94\x8c\x01C\x93h\x00\x86.", []string{"a C", "x C"}, "\x80\x04\x8c\x01a\x94\x8c\x01C00\x8c\x01x\x8c\x01C\x93h\x00\x86."},
		{"data, dropped", "\x80\x04\x8c\x01a\x94\x8c\x01C\x93h\x000.", []string{"a C", "x C"}, "\x80\x04\x8c\x01x\x94\x8c\x01C\x93h\x000."},
		{"data, through DUP", "\x80\x04\x8c\x01a2\x8c\x01C\x93\x86.", []string{"a C", "x C"}, "\x80\x04\x8c\x01a2\x8c\x01C00\x8c\x01x\x8c\x01C\x93\x86."},
		{"data, above a mark", "\x80\x04\x8c\x01a\x94\x8c\x01C\x930(h\x00l.", []string{"a C", "x C"}, "\x80\x04\x8c\x01a\x94\x8c\x01C00\x8c\x01x\x8c\x01C\x930(h\x00l."},
		{"the pickled object", "\x80\x04\x8c\x01a\x94\x8c\x01C\x930h\x00.", []string{"a C", "x C"}, "\x80\x04\x8c\x01a\x94\x8c\x01C00\x8c\x01x\x8c\x01C\x930h\x00."},
		{"module and name", "\x80\x04\x8c\x01a2\x93.", []string{"a a", "x x"}, "\x80\x04\x8c\x01x2\x93."},
		{"module and name, apart", "\x80\x04\x8c\x01a2\x93.", []string{"a a", "x y"}, "\x80\x04\x8c\x01a200\x8c\x01x\x8c\x01y\x93."},
		{"rebound memo", "\x80\x04\x8c\x01aq\x00\x8c\x01Cq\x00\x93h\x00\x86.", []string{"a C", "x C"}, "\x80\x04\x8c\x01xq\x00\x8c\x01Cq\x00\x93h\x00\x86."},
		// Text that looks like a name.
		{"text", "\x80\x04\x8c\x06ca\nC\n.ca\nC\n\x86.", []string{"a C", "x Y"}, "\x80\x04\x8c\x06ca\nC\n.cx\nY\n\x86."},
		{"frame", "\x80\x04\x95\x06\x00\x00\x00\x00\x00\x00\x00ca\nC\n.", []string{"a C", "xyz C"}, "\x80\x04\x95\x08\x00\x00\x00\x00\x00\x00\x00cxyz\nC\n."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := pickletools.Rename([]byte(tt.data), renaming(tt.pairs...))
			if err != nil || string(got) != tt.want {
				t.Errorf("%q, %v\nwant\n%q", got, err, tt.want)
			}
		})
	}
}

func TestRenameError(t *testing.T) {
	for _, tt := range []struct {
		data, to, want string
		offset         int64
	}{
		{"ca\nC\n.", "x\ny C", "the new name cannot be written", 0},
		{"ca\nC\n.", "x \xff", "the new name cannot be written", 0},
		{"ca\nC\n.", "x", "the new name is empty", 0},
		{"ca\nC\n.", "x Y.Z", "a new name with a dot needs protocol 4", 0},
		{"N0(ia\nC\n.", "x é", "the new name cannot be written", 3},
		{"ca\nC\n.N.", "x Y", "data after the end of the pickle", 6},
		{"ca\nC\nR.", "x Y", "the stack is empty", 5},
		{"\x80\x04\x8c\x01a\x8c\x01C\x93.", "x \xff", "the new name cannot be written", 8},
	} {
		got, err := pickletools.Rename([]byte(tt.data), renaming("a C", tt.to))
		var failure *vm.Error
		if got != nil || !errors.As(err, &failure) || failure.Err.Error() != tt.want || failure.Offset != tt.offset {
			t.Errorf("%q: %q, %v; want %s at %d", tt.data, got, err, tt.want, tt.offset)
		}
	}
}

// globalsOf returns all that a pickle names.
func globalsOf(t *testing.T, data []byte) (names []string) {
	t.Helper()
	var m vm.Machine
	if _, err := m.Run(data, true); err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	g := m.Graph()
	for i := range g.GlobalLen() {
		module, name, _ := g.Global(i)
		names = append(names, string(g.Data(module))+" "+string(g.Data(name)))
	}
	return names
}

// elsewhere moves some classes to another module and gives some another name;
// back undoes that.
func elsewhere(module, name string) (string, string) {
	if len(name)%3 > 0 {
		module = "a.package.elsewhere_" + module
	}
	if len(name)%2 > 0 {
		name = "x" + name + "x"
	}
	return module, name
}

func back(module, name string) (string, string) {
	if n := len(name); name[0] == 'x' && name[n-1] == 'x' && n > 1 {
		name = name[1 : n-1]
	}
	return strings.TrimPrefix(module, "a.package.elsewhere_"), name
}

// renamedTwice is a golden whose classes were moved and moved back.
type renamedTwice struct {
	golden pickletest.Case
	again  []byte
}

// TestRenameGoldens moves what the goldens name elsewhere and back. Then Python
// must see what was there before.
func TestRenameGoldens(t *testing.T) {
	renamed := 0
	var others []renamedTwice // that are the same pickle in other bytes
	for _, c := range pickletest.Load(t, pickletest.Dir(t), "cpython3.13", "cpython2.7") {
		if n, _ := c.Pickles(); n > 1 || len(c.Buffers) > 0 {
			continue
		}
		there, err := pickletools.Rename(c.Data, elsewhere)
		if err != nil {
			t.Errorf("%s: %v", c.ID(), err)
			continue
		}
		names := globalsOf(t, there)
		for i, old := range globalsOf(t, c.Data) {
			module, name, _ := strings.Cut(old, " ")
			if module, name = elsewhere(module, name); names[i] != module+" "+name {
				t.Errorf("%s: %s is %s now", c.ID(), old, names[i])
			}
		}
		checkFrames(t, c.ID(), there)
		if bytes.Equal(there, c.Data) {
			continue
		}
		renamed++
		again, err := pickletools.Rename(there, back)
		if err != nil {
			t.Errorf("%s: %v", c.ID(), err)
		}
		if !bytes.Equal(again, c.Data) {
			others = append(others, renamedTwice{c, again})
		}
	}
	if renamed < 500 {
		t.Errorf("only %d renamed", renamed)
	}
	t.Run("Python", func(t *testing.T) {
		py := pickletest.StartPython(t, "3.13")
		if len(others) == 0 {
			t.Error("nothing to ask")
		}
		for _, r := range others {
			if same, err := py.Same(r.golden.Data, r.again, r.golden.Protocol); err != nil || !same {
				t.Errorf("%s: Python loads another value, %v: %q", r.golden.ID(), err, r.again)
			}
		}
	})
}

// TestRenameLive: Python loads the class that has the new name, and the strings
// that have the old one stay.
func TestRenameLive(t *testing.T) {
	py := pickletest.StartPython(t, "3.13")
	const source = "[shapes.Plain, 'shapes', 'Plain', shapes.Slots, shapes.__name__, shapes.Plain.__name__, shapes.Plain.__module__]"
	const want = "[<class 'collections.OrderedDict'>, 'shapes', 'Plain', <class 'shapes.Slots'>, 'shapes', 'Plain', 'shapes']"
	for protocol := range vm.HighestProtocol + 1 {
		data, err := py.Dumps(source, protocol)
		if err != nil {
			t.Fatal(err)
		}
		renamed, err := pickletools.Rename(data, renaming("shapes Plain", "collections OrderedDict"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := py.Repr(renamed); err != nil || got != want {
			t.Errorf("protocol %d: %s, %v", protocol, got, err)
		}
	}
}

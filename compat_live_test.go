package pickle_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// Names of classes and functions below protocol 3, held against the Pythons
// that look them up.

// publicNames are statements that find in the modules of a table what pickles
// can name: names is a list of (module, name, object).
const publicNames = `
import inspect
names = {}
def add(module, name):
    try:
        __import__(module)
        obj = getattr(sys.modules[module], name)
        if inspect.isclass(obj) or inspect.isroutine(obj):
            names[module, name] = obj
    except Exception:
        pass
def add_all(module):
    try:
        __import__(module)
    except Exception:
        return
    for name in dir(sys.modules[module]):
        obj = getattr(sys.modules[module], name, None)
        if getattr(obj, '__module__', None) == module and getattr(obj, '__name__', None) == name:
            add(module, name)
`

// ask has Python run statements, and decodes the value that they assign.
func ask(t *testing.T, python *pickletest.Python, source string, into any) {
	t.Helper()
	data, err := python.Dumps(source, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := pickle.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

// literal returns v as a Python expression for both Pythons.
func literal(t *testing.T, v any) string {
	t.Helper()
	data, err := pickle.Marshal(v, pickle.Protocol(2))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("pickle.loads(b%v)", pythonBytes(data))
}

// TestLiveNamesWritten: the name of everything that moved between Python 2 and
// 3 is written as CPython 3 writes it, with and without FixImports; and Python
// 2.7 finds what it has of that.
func TestLiveNamesWritten(t *testing.T) {
	type row struct {
		_            struct{} `pickle:",tuple"`
		Module, Name string
		Fixed, As    [3][]byte // by protocol: with FixImports, and without
	}
	var rows []row
	ask(t, pickletest.StartPython(t, reference), `import pickle, sys, _compat_pickle as c`+publicNames+`
for module, name in c.REVERSE_NAME_MAPPING: add(module, name)
for module in c.REVERSE_IMPORT_MAPPING: add_all(module)
value = []
for (module, name), obj in sorted(names.items(), key=lambda x: x[0]):
    if (obj.__module__, obj.__qualname__) == (module, name):
        try:
            value.append((module, name) + tuple([pickle.dumps(obj, n, fix_imports=fix) for n in range(3)] for fix in (True, False)))
        except pickle.PicklingError:
            pass
`, &rows)
	if len(rows) < 400 {
		t.Fatalf("Python found %d names", len(rows))
	}
	var written [][]byte
	for _, r := range rows {
		g := pickle.Global{Module: r.Module, Name: r.Name}
		for protocol := range 3 {
			for fix, want := range map[bool][]byte{true: r.Fixed[protocol], false: r.As[protocol]} {
				got, err := pickle.Marshal(g, pickle.Protocol(protocol), pickle.FixImports(fix))
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%v at protocol %d, FixImports(%v): %v\n got  %q\n want %q", g, protocol, fix, err, got, want)
				}
				if fix {
					written = append(written, got)
				}
			}
		}
	}
	var found []string
	ask(t, pickletest.StartPython(t, "2.7"), `import cPickle, pickle, sys, warnings
warnings.simplefilter('ignore')
value = []
for data in `+literal(t, written)+`:
    module, name = data[data.index('c') + 1:].split('\n')[:2]
    try:
        __import__(module)
        want = getattr(sys.modules[module], name)
    except Exception:
        value.append('missing')
        continue
    value.append('same' if cPickle.loads(data) is want else 'other')
`, &found)
	same := 0
	for i, f := range found {
		switch f {
		case "same":
			same++
		case "other":
			t.Errorf("Python 2.7 finds something else: %q", written[i])
		}
	}
	if len(found) != len(written) || same < 3*200 {
		t.Errorf("Python 2.7 found %d of %d names", same, len(found))
	}
}

// TestLiveNamesRead: a name that Python 2.7 writes is in Go the name by which
// CPython 3 finds the same that it makes of the pickle itself.
func TestLiveNamesRead(t *testing.T) {
	python3 := pickletest.StartPython(t, reference)
	var table struct {
		Names   [][2]string
		Modules []string
	}
	ask(t, python3, "import _compat_pickle as c; value = {'Names': list(c.NAME_MAPPING), 'Modules': list(c.IMPORT_MAPPING)}", &table)
	var pickles [][]byte
	ask(t, pickletest.StartPython(t, "2.7"), `import cPickle, pickle, sys, warnings
warnings.simplefilter('ignore')`+publicNames+`
for module, name in `+literal(t, table.Names)+`: add(module, name)
for module in `+literal(t, table.Modules)+`: add_all(str(module))
value = [('\x80\x02' if n == 2 else '') + str('c%s\n%s\n.' % name) for name in sorted(names) for n in range(3)]`, &pickles)
	if len(pickles) < 3*200 {
		t.Fatalf("Python 2.7 found %d names", len(pickles))
	}
	type row struct {
		_            struct{} `pickle:",tuple"`
		Data         []byte
		Module, Name string
		Fix          bool
	}
	var rows []row
	for _, p := range pickles {
		for _, fix := range []bool{true, false} {
			g := decode[pickle.Value](t, string(p), pickle.FixImports(fix))
			class, ok := g.Class()
			if !ok {
				t.Fatalf("%q: %v", p, g)
			}
			rows = append(rows, row{Data: p, Module: class.Module, Name: class.Name, Fix: fix})
		}
	}
	var found []string
	ask(t, python3, `import pickle, sys, warnings
warnings.simplefilter('ignore')
value = []
for data, module, name, fix in `+literal(t, rows)+`:
    try:
        want = pickle.loads(data, fix_imports=fix)
    except Exception:
        value.append('missing')
        continue
    __import__(module)
    value.append('same' if getattr(sys.modules[module], name) is want else 'other')
`, &found)
	same := map[bool]int{}
	for i, f := range found {
		switch f {
		case "same":
			same[rows[i].Fix]++
		case "other":
			t.Errorf("%q, FixImports(%v): not %s.%s", rows[i].Data, rows[i].Fix, rows[i].Module, rows[i].Name)
		}
	}
	if len(found) != len(rows) || same[true] < 3*200 || same[false] == 0 || same[false] >= same[true] {
		t.Errorf("Python 3 found %v of %d names", same, len(found))
	}
}

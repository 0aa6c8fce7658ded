package scan

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/go-pickle/pickle/vm"
)

// dtype is what a numpy.dtype says of the elements of an array.
type dtype struct {
	size    int64 // of one, in bytes
	objects bool  // they are, or have, Python objects
}

// dtypeCode is the first argument of numpy.dtype in a pickle.
var dtypeCode = regexp.MustCompile(`^([biufcmMOSUV])([0-9]{1,9})$`)

// recordClasses stand in place of a code for structures whose fields are attributes.
var recordClasses = map[string]bool{"numpy.record": true, "numpy.rec.record": true, "numpy.core.records.record": true}

// dtypeObjects is the flag of a dtype that says that there are objects.
const dtypeObjects = 1

// rawArrays are classes that take their items out of a buffer when they are
// called, objects too, which are addresses then. Picklers never call them.
var rawArrays = map[string]bool{"numpy.ndarray": true, "numpy.recarray": true, "numpy.rec.recarray": true, "numpy.core.records.recarray": true}

// memory looks for what makes numpy take arbitrary bytes for addresses.
func (a *analysis) memory(in *vm.Instance, g *Global, use Use) {
	switch {
	case rawArrays[g.Python] && use&(Called|Created) != 0:
		a.note("raw-memory", in.Self, "%s is called", g.Python)
	case g.Python == "numpy.dtype" && use&State != 0:
		if args := a.graph.Kids(in.Args); len(args) > 0 && args[0].Kind() == vm.KindGlobal && !strings.HasPrefix(globalName(a.graph, args[0]), "numpy.") {
			return // a type of another library, which is judged itself
		}
		if _, ok := readDtype(a.graph, in.Self, 0); !ok {
			a.note("raw-memory", in.Self, "the state of a numpy.dtype is none that numpy writes")
		}
	}
}

// readDtype reads a numpy.dtype as numpy pickles it. ok is false if it is another:
// its state says how numpy takes bytes apart, and numpy believes it.
func readDtype(g *vm.Graph, n vm.Node, depth int) (d dtype, ok bool) {
	const deep = 32
	if n.Kind() != vm.KindInstance || depth > deep {
		return d, false
	}
	in := g.Instance(n)
	args := g.Kids(in.Args)
	if in.Form != vm.FormReduce || globalName(g, in.Callable) != "numpy.dtype" || len(args) == 0 || len(g.Earlier(in)) > 0 || in.State.Kind() != vm.KindTuple {
		return d, false
	}
	code := dtypeCode.FindStringSubmatch(dtypeText(g, args[0]))
	if recordClasses[globalName(g, args[0])] {
		code = []string{"", "V", ""}
	}
	state := g.Kids(in.State)
	if code == nil || len(state) < 8 || state[5].Kind() != vm.KindInt || state[7].Kind() != vm.KindInt {
		return d, false
	}
	plain := state[2].Kind() == vm.KindNone && state[4].Kind() == vm.KindNone
	size, flags := state[5].Int(), state[7].Int()
	switch code[1] {
	case "S", "U", "V":
		d.size = size
		if !plain && (code[1] != "V" || !d.parts(g, state, depth)) {
			return d, false
		}
	default:
		d.size, _ = strconv.ParseInt(code[2], 10, 64)
		if d.objects = code[1] == "O"; !plain || size != -1 {
			return d, false
		}
	}
	return d, d.size >= 0 && d.objects == (flags&dtypeObjects != 0)
}

func dtypeText(g *vm.Graph, n vm.Node) string {
	if k := n.Kind(); k != vm.KindStr && k != vm.KindByteString {
		return ""
	}
	return string(g.Data(n))
}

// parts reads the types that a structured type, or one of small arrays, is made
// of, and reports whether all of them fit.
func (d *dtype) parts(g *vm.Graph, state []vm.Node, depth int) bool {
	if base := state[2]; base.Kind() != vm.KindNone {
		if base.Kind() != vm.KindTuple || len(g.Kids(base)) != 2 {
			return false
		}
		part, ok := readDtype(g, g.Kids(base)[0], depth+1)
		d.objects = part.objects
		return ok && state[4].Kind() == vm.KindNone && part.size <= d.size
	}
	if state[4].Kind() != vm.KindDict {
		return false
	}
	fields := g.Kids(state[4])
	for i := 1; i < len(fields); i += 2 {
		if fields[i].Kind() != vm.KindTuple {
			return false
		}
		field := g.Kids(fields[i])
		if len(field) < 2 || field[1].Kind() != vm.KindInt {
			return false
		}
		part, ok := readDtype(g, field[0], depth+1)
		offset := field[1].Int()
		if !ok || offset < 0 || offset > d.size-part.size {
			return false
		}
		d.objects = d.objects || part.objects
	}
	return true
}

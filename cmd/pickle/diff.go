package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-pickle/pickle"
	"github.com/spf13/cobra"
)

const diffLong = `Diff compares what is in two files of pickles, value by value, whatever protocol
and opcodes they use. It prints the path of each difference, with what the first
file has there (-) and what the second has (+). Long values are cut short.

Dicts and attributes are compared by name, whatever their order; sets by their
elements; lists of different lengths after what they have in common at both ends.
What is shared is compared once. Several pickles in a file are compared one by one.

The exit code is 0 if there is no difference, 1 if there is one, and 2 if a file
could not be read.`

// exitTrouble is the exit code of diff if it does not know, like that of diff(1).
const exitTrouble exitCode = 2

func newDiff() *cobra.Command {
	return &cobra.Command{
		Use:                   "diff FILE1 FILE2",
		Short:                 "Print where two pickles differ",
		Long:                  diffLong,
		Example:               "  pickle diff yesterday.pkl today.pkl",
		Args:                  cobra.ExactArgs(2),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			d := differ{console: newConsole(cmd)}
			if args[0] == "-" && args[1] == "-" {
				return errors.New("standard input can be one of the files only")
			}
			return d.files(args)
		},
	}
}

// differ compares two files.
type differ struct {
	*console
	differs bool
	seen    map[[2]place]bool // what has been compared
}

// place is the identity of a value of Go: where it is, and how long.
type place struct {
	address uintptr
	length  int
}

func placeOf(v any) place {
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Pointer:
		return place{rv.Pointer(), 0}
	case reflect.Slice:
		return place{rv.Pointer(), rv.Len()}
	}
	return place{}
}

func (d *differ) files(names []string) error {
	var sources [2]*source
	var decoders [2]*decoder
	for i, name := range names {
		sources[i] = d.source(name)
		dec, err := sources[i].decoder(pickle.Python2Strings(pickle.Python2ByteString))
		if err != nil {
			d.report(sources[i], err)
			return exitTrouble
		}
		defer dec.Close()
		defer sources[i].done()
		decoders[i] = dec
	}
	for n := 1; ; n++ {
		var values [2]any
		var ends [2]bool
		for i, dec := range decoders {
			err := dec.decode(&values[i])
			if ends[i] = err == io.EOF; err != nil && !ends[i] {
				d.report(sources[i], err)
				return exitTrouble
			}
		}
		path := ""
		if n > 1 {
			path = fmt.Sprintf("pickle %d: ", n)
		}
		switch {
		case ends[0] && ends[1]:
			return d.finish()
		case ends[0]:
			d.line('+', path, values[1])
			return d.finish()
		case ends[1]:
			d.line('-', path, values[0])
			return d.finish()
		}
		d.seen = map[[2]place]bool{}
		d.compare(path, values[0], values[1])
	}
}

func (d *differ) finish() error {
	if err := d.out.Flush(); err != nil {
		d.complain(err)
		return exitTrouble
	}
	if d.differs {
		return exitCode(exitFailed)
	}
	return nil
}

// line prints what one of the files has at a path.
func (d *differ) line(sign byte, path string, v any) {
	d.differs = true
	if path != "" && !strings.HasSuffix(path, ": ") {
		path += " = "
	}
	style := "31" // red
	if sign == '+' {
		style = "32" // green
	}
	fmt.Fprintln(d.out, paint(d.stdout, style, string(sign)+" "+path+brief(v)))
}

// compare prints where a and b, which are at a path, differ.
func (d *differ) compare(path string, a, b any) {
	pa, pb := partsOf(a), partsOf(b)
	switch {
	case pa.kind == "" && pb.kind == "":
		if reflect.TypeOf(a) != reflect.TypeOf(b) || !sameLeaf(a, b) {
			d.line('-', path, a)
			d.line('+', path, b)
		}
		return
	case pa.kind != pb.kind:
		d.line('-', path, a)
		d.line('+', path, b)
		return
	}
	key := [2]place{placeOf(a), placeOf(b)}
	if key[0].address != 0 && key[1].address != 0 {
		if d.seen[key] {
			return
		}
		d.seen[key] = true
	}
	d.lists(path, pa.list, pb.list)
	d.named(path, pa.named, pb.named)
}

// lists compares items by their position.
func (d *differ) lists(path string, a, b []any) {
	from, dropA, dropB := 0, len(a), len(b)
	if len(a) != len(b) {
		for from < min(len(a), len(b)) && pickle.Equal(a[from], b[from]) {
			from++
		}
		for dropA > from && dropB > from && pickle.Equal(a[dropA-1], b[dropB-1]) {
			dropA--
			dropB--
		}
	}
	at := func(i int) string { return path + "[" + strconv.Itoa(i) + "]" }
	for i := range max(len(a), len(b)) {
		switch {
		case i < from && i < len(a): // Equal finds 1 and True equal
			d.compare(at(i), a[i], b[i])
		case i < dropA && i < dropB:
			d.compare(at(i), a[i], b[i])
		case i >= from && i < dropA:
			d.line('-', at(i), a[i])
		case i >= from && i < dropB:
			d.line('+', at(i), b[i])
		}
	}
	for i := dropA; i < len(a); i++ {
		d.compare(at(i), a[i], b[dropB+i-dropA])
	}
}

// named compares what has a name: first what the first file has, in its order,
// then what is new.
func (d *differ) named(path string, a, b []part) {
	other := make(map[string]any, len(b))
	for _, p := range b {
		other[p.step] = p.value
	}
	common := make(map[string]bool, len(a))
	for _, p := range a {
		v, ok := other[p.step]
		if !ok {
			d.line('-', path+p.step, p.value)
			continue
		}
		common[p.step] = true
		d.compare(path+p.step, p.value, v)
	}
	for _, p := range b {
		if !common[p.step] {
			d.line('+', path+p.step, p.value)
		}
	}
}

// sameLeaf reports whether two values of one type that have no parts are the same.
func sameLeaf(a, b any) bool {
	switch a := a.(type) {
	case string:
		return a == b.(string)
	case []byte:
		return bytes.Equal(a, b.([]byte))
	case pickle.ByteArray:
		return bytes.Equal(a, b.(pickle.ByteArray))
	case pickle.ByteString:
		return a == b.(pickle.ByteString)
	}
	return pickle.Repr(a) == pickle.Repr(b)
}

// parts are what a value consists of.
type parts struct {
	kind  string // what values must have in common to be compared part by part; "" for leaves
	list  []any
	named []part
}

type part struct {
	step  string // of the path
	value any
}

func partsOf(v any) parts {
	switch v := v.(type) {
	case []any:
		return parts{"list", v, nil}
	case pickle.Tuple:
		return parts{"tuple", v, nil}
	case *pickle.Deque:
		return parts{"deque", v.Items, nil}
	case *pickle.Dict:
		return parts{"dict", nil, items(v)}
	case *pickle.OrderedDict:
		return parts{"OrderedDict", nil, items(&v.Dict)}
	case *pickle.DefaultDict:
		return parts{"defaultdict", nil, items(&v.Dict)}
	case *pickle.Counter:
		return parts{"Counter", nil, items(&v.Dict)}
	case *pickle.Set:
		return parts{"set", nil, elements(v.All())}
	case pickle.FrozenSet:
		return parts{"frozenset", nil, elements(v.All())}
	case *pickle.Object:
		return objectParts(v)
	}
	return parts{}
}

func items(d *pickle.Dict) (all []part) {
	for k, v := range d.All() {
		all = append(all, part{keyStep(k), v})
	}
	return all
}

// keyStep is the step of a path to the value of a key, as in errors of the library.
func keyStep(k any) string {
	if s, ok := k.(string); ok {
		return "[" + strconv.Quote(s) + "]"
	}
	return "[" + pickle.Repr(k) + "]"
}

func elements(s func(func(any) bool)) (all []part) {
	for x := range s {
		all = append(all, part{"{" + pickle.Repr(x) + "}", x})
	}
	return all
}

// objectParts has attributes by their names. What is set several times is what it
// was set to last.
func objectParts(o *pickle.Object) parts {
	p := parts{kind: "instance of " + pickle.Repr(o.Class), list: o.Items}
	index := map[string]int{}
	add := func(step string, v any) {
		if i, ok := index[step]; ok {
			p.named[i].value = v
			return
		}
		index[step] = len(p.named)
		p.named = append(p.named, part{step, v})
	}
	if o.Callable != nil {
		p.kind = "instance of what was called"
		add(".__class__", o.Callable)
	}
	for i, arg := range o.Args {
		add(fmt.Sprintf(".__args__[%d]", i), arg)
	}
	if o.Kwargs != nil {
		add(".__kwargs__", o.Kwargs)
	}
	for _, pair := range o.Pairs {
		add(keyStep(pair.Key), pair.Value)
	}
	for _, state := range append(o.Earlier[:len(o.Earlier):len(o.Earlier)], o.State) {
		dicts, ok := attributeDicts(state)
		if !ok {
			add(".__state__", state)
		}
		for _, dict := range dicts {
			for k, v := range dict.All() {
				add("."+attributeName(k), v)
			}
		}
	}
	return p
}

// attributeDicts returns the dicts of a state that consists of attributes: one of
// them, or a tuple of that and the slots.
func attributeDicts(state any) ([]*pickle.Dict, bool) {
	both := []any{state}
	if t, ok := state.(pickle.Tuple); ok && len(t) == 2 {
		both = t
	}
	var dicts []*pickle.Dict
	for _, s := range both {
		switch s := s.(type) {
		case nil:
		case *pickle.Dict:
			dicts = append(dicts, s)
		default:
			return nil, false
		}
	}
	return dicts, true
}

func attributeName(k any) string {
	switch k := k.(type) {
	case string:
		return k
	case pickle.ByteString:
		return string(k)
	}
	return pickle.Repr(k)
}

// brief returns the repr of v if it is short, else what it is.
func brief(v any) string {
	const most = 100
	p := partsOf(v)
	n := len(p.list) + len(p.named)
	short := n <= 5
	for _, x := range p.list {
		short = short && partsOf(x).kind == ""
	}
	for _, x := range p.named {
		short = short && partsOf(x.value).kind == ""
	}
	if !short {
		if n == 1 {
			return fmt.Sprintf("<%s, 1 item>", p.kind)
		}
		return fmt.Sprintf("<%s, %d items>", p.kind, n)
	}
	text := pickle.Repr(v)
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

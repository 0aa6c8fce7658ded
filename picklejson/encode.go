package picklejson

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"reflect"
	"strconv"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/vm"
)

// Append appends v to dst as lossless JSON, and returns the extended buffer.
// Where it fails it returns dst as it was.
//
// A v that pickle.Unmarshal made with DecodeOptions is written as it is. One with
// other types of Go in it becomes what Marshal and Unmarshal make of it. The
// error is a *pickle.MarshalError: for what Marshal fails with, for text that is
// not UTF-8, and for values nested more than 100,000 deep.
func Append(dst []byte, v any, opts ...Option) ([]byte, error) {
	out := output{buf: dst, indent: newOptions(opts).indent}
	if err := encode(&out, v); err != nil {
		return dst, err
	}
	return out.buf, nil
}

// AppendPickle is Append for the value of a pickle. The options are those of
// pickle.Unmarshal, to which DecodeOptions are added.
func AppendPickle(dst, data []byte, opts ...pickle.Options) ([]byte, error) {
	v, err := load(data, opts...)
	if err != nil {
		return dst, err
	}
	return Append(dst, v)
}

// Write writes v to w as Append does, without holding all of the JSON. Where it
// fails with a *pickle.MarshalError, nothing has been written; any other error is
// that of w.
func Write(w io.Writer, v any, opts ...Option) error {
	out := output{w: w, indent: newOptions(opts).indent}
	if err := encode(&out, v); err != nil {
		return err
	}
	out.flush()
	return out.err
}

func load(data []byte, opts ...pickle.Options) (v any, err error) {
	err = pickle.Unmarshal(data, &v, append(opts, DecodeOptions())...)
	return v, err
}

func encode(out *output, v any) error {
	s := scanner{seen: map[ident]uint32{}, names: map[string]ident{}, globals: map[pickle.Global]bool{}}
	err := s.value(v)
	if err == errForeign {
		var data []byte
		if data, err = pickle.Marshal(v); err != nil {
			return err
		}
		if v, err = load(data); err != nil {
			return &pickle.MarshalError{Type: reflect.TypeOf(v), Err: err}
		}
		return encode(out, v)
	}
	if err != nil {
		return err
	}
	e := encoder{output: out, seen: s.seen, names: s.names, globals: map[pickle.Global]bool{}}
	e.value(v)
	return nil
}

// maxDepth bounds the recursion; half as many levels where the stack is.
const maxDepth = 100_000 >> (1 - ^uint(0)>>63)

// errForeign says that a value has types of Go that the decoder makes of no
// class with DecodeOptions.
var errForeign = errors.New("a type of Go that has no JSON form")

// once and twice are what seen has for objects; higher numbers are IDs.
const (
	once  = 1
	twice = 2
)

// scanner visits all that is to be written, in the order in which it will be,
// and finds what needs an ID and which string goes by each name.
type scanner struct {
	seen    map[ident]uint32
	names   map[string]ident
	globals map[pickle.Global]bool
	depth   int
}

// visit counts the object v and reports whether it is the first time.
func (s *scanner) visit(v any) bool {
	id := identOf(v)
	if id == (ident{}) {
		return true
	}
	if s.seen[id] != 0 {
		s.seen[id] = twice
		return false
	}
	s.seen[id] = once
	return true
}

func (s *scanner) value(v any) error {
	switch v := v.(type) {
	case nil, bool, int64, float64, *big.Int, pickle.Extension, pickle.Ellipsis, pickle.NotImplemented:
		return nil
	case string:
		return s.text(v)
	case pickle.Global:
		return s.global(v)
	case []byte, pickle.ByteArray, pickle.ByteString, pickle.Buffer, complex128, pickle.Range:
		s.visit(v)
		return nil
	}
	if !s.visit(v) {
		return nil
	}
	s.depth++
	defer func() { s.depth-- }()
	if s.depth > maxDepth {
		return &pickle.MarshalError{Type: reflect.TypeOf(v), Err: &pickle.LimitError{Limit: "depth", Max: maxDepth}}
	}
	switch v := v.(type) {
	case []any:
		return s.list(v)
	case pickle.Tuple:
		return s.list(v)
	case *pickle.Dict:
		return s.dict(v)
	case *pickle.Set:
		for x := range v.All() {
			if err := s.value(x); err != nil {
				return err
			}
		}
	case pickle.FrozenSet:
		for x := range v.All() {
			if err := s.value(x); err != nil {
				return err
			}
		}
	case pickle.Slice:
		return s.list([]any{v.Start, v.Stop, v.Step})
	case pickle.PersistentRef:
		return s.value(v.ID)
	case *pickle.Object:
		return s.object(v)
	default:
		return errForeign
	}
	return nil
}

func (s *scanner) list(all []any) error {
	for _, x := range all {
		if err := s.value(x); err != nil {
			return err
		}
	}
	return nil
}

func (s *scanner) text(v string) error {
	if ok, _ := isText(v); !ok {
		return &pickle.MarshalError{Type: reflect.TypeOf(v), Err: errUTF8}
	}
	s.visit(v)
	return nil
}

var errUTF8 = errors.New("the text is not UTF-8")

// named notes a string where names are, and reports whether it is the one that
// goes by its text there.
func named(names map[string]ident, v string) bool {
	id := stringIdent(v)
	if id == (ident{}) {
		return true
	}
	first, ok := names[v]
	if !ok {
		if good, pair := isText(v); !good || pair > 0 {
			return false
		}
		names[v] = id
		return true
	}
	return first == id
}

// byName reports whether all keys of d are names.
func byName(names map[string]ident, d *pickle.Dict) bool {
	for k := range d.Keys() {
		if text, ok := k.(string); !ok || !named(names, text) {
			return false
		}
		// One that goes by its text because it is short may be no text.
		if ok, _ := isText(k.(string)); !ok {
			return false
		}
	}
	return true
}

func (s *scanner) dict(d *pickle.Dict) error {
	keys := !byName(s.names, d)
	for k, v := range d.All() {
		if keys {
			if err := s.value(k); err != nil {
				return err
			}
		}
		if err := s.value(v); err != nil {
			return err
		}
	}
	return nil
}

func (s *scanner) global(g pickle.Global) error {
	if s.globals[g] {
		return nil
	}
	s.globals[g] = true
	for _, part := range []string{g.Module, g.Name} {
		if ok, _ := isText(part); !ok || !named(s.names, part) {
			if err := s.text(part); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *scanner) object(o *pickle.Object) error {
	if o == nil {
		return nil
	}
	if _, ok := formNames[o.Form]; !ok {
		return &pickle.MarshalError{Type: reflect.TypeOf(o), Err: fmt.Errorf("there is no form %d", o.Form)}
	}
	for _, g := range []pickle.Global{o.Class, o.Base} {
		if g != (pickle.Global{}) {
			if err := s.global(g); err != nil {
				return err
			}
		}
	}
	parts := []any{o.Callable, o.Args, nil}
	if o.Kwargs != nil {
		parts[2] = o.Kwargs
	}
	for _, all := range [][]any{parts, o.Items, pairItems(o.Pairs), o.Earlier, {o.Setter, o.State}} {
		if err := s.list(all); err != nil {
			return err
		}
	}
	return nil
}

func pairItems(pairs []pickle.Pair) []any {
	all := make([]any, 0, 2*len(pairs))
	for _, p := range pairs {
		all = append(all, p.Key, p.Value)
	}
	return all
}

// formNames are the forms of objects.
var formNames = map[vm.Form]string{
	vm.FormReduce: "reduce", vm.FormNewObj: "newobj", vm.FormNewObjEx: "newobj_ex", vm.FormReconstructor: "reconstructor",
	vm.FormInst: "inst", vm.FormObj: "obj", vm.FormItself: "itself",
}

// encoder writes what a scanner has visited.
type encoder struct {
	*output
	seen    map[ident]uint32
	last    uint32 // the last ID
	names   map[string]ident
	globals map[pickle.Global]bool // those that have been written
}

// begin writes a reference to the object v if it has an ID, and returns true;
// else it opens the JSON object for it, with an ID if it needs one.
func (e *encoder) begin(v any) (done bool) {
	id := identOf(v)
	n := e.seen[id]
	switch {
	case id == (ident{}) || n == once:
		e.open('{')
	case n > twice:
		e.open('{')
		e.name("ref")
		e.int(int64(n - twice))
		e.close('}')
		return true
	default:
		e.last++
		e.seen[id] = e.last + twice
		e.open('{')
		e.name("id")
		e.int(int64(e.last))
	}
	return false
}

// tagged writes an object of one member, besides its ID.
func (e *encoder) tagged(v any, tag string, write func()) {
	if e.begin(v) {
		return
	}
	e.name(tag)
	write()
	e.close('}')
}

// single is tagged for what has no identity.
func (e *encoder) single(tag, text string) {
	e.open('{')
	e.name(tag)
	e.string(text)
	e.close('}')
}

func (e *encoder) value(v any) {
	switch v := v.(type) {
	case nil:
		e.raw("null")
	case bool:
		e.raw(strconv.FormatBool(v))
	case int64:
		e.integer(v)
	case *big.Int:
		e.big(v)
	case float64:
		e.float(v)
	case string:
		e.text(v)
	case pickle.Global:
		e.open('{')
		e.name("global")
		e.global(v)
		e.close('}')
	case pickle.Extension:
		e.open('{')
		e.name("extension")
		e.int(int64(v))
		e.close('}')
	case pickle.Ellipsis:
		e.single("singleton", "Ellipsis")
	case pickle.NotImplemented:
		e.single("singleton", "NotImplemented")
	case []any:
		if v == nil {
			e.raw("null") // as Marshal writes it
		} else if n := e.seen[identOf(v)]; n <= once {
			e.list(v)
		} else {
			e.tagged(v, "list", func() { e.list(v) })
		}
	case *pickle.Object:
		e.object(v)
	default:
		e.other(v)
	}
}

// other is value for the types whose form is an object of one member. It passes x
// on, for v is another box.
func (e *encoder) other(x any) {
	switch v := x.(type) {
	case complex128:
		e.tagged(x, "complex", func() { e.list([]any{real(v), imag(v)}) })
	case pickle.ByteString:
		e.tagged(x, "bytestring", func() { e.string(latin1(string(v))) })
	case []byte:
		if v == nil {
			e.raw("null")
			return
		}
		e.tagged(x, "bytes", func() { e.base64(v) })
	case pickle.ByteArray:
		if v == nil {
			e.raw("null")
			return
		}
		e.tagged(x, "bytearray", func() { e.base64(v) })
	case pickle.Buffer:
		e.tagged(x, "buffer", func() {
			e.base64(v.Data)
			if v.ReadOnly {
				e.name("readonly")
				e.raw("true")
			}
		})
	case pickle.Tuple:
		e.tagged(x, "tuple", func() { e.list(v) })
	case *pickle.Set:
		if v == nil {
			e.raw("null")
			return
		}
		e.tagged(x, "set", func() { e.sequence(v.All()) })
	case pickle.FrozenSet:
		e.tagged(x, "frozenset", func() { e.sequence(v.All()) })
	case *pickle.Dict:
		if v == nil {
			e.raw("null")
			return
		}
		e.tagged(x, "dict", func() { e.dict(v) })
	case pickle.Range:
		e.tagged(x, "range", func() { e.list([]any{v.Start, v.Stop, v.Step}) })
	case pickle.Slice:
		e.tagged(x, "slice", func() { e.list([]any{v.Start, v.Stop, v.Step}) })
	case pickle.PersistentRef:
		e.tagged(x, "persistent", func() { e.value(v.ID) })
	}
}

// mostExact is the largest int that every program reads exactly.
const mostExact = 1<<53 - 1

func (e *encoder) integer(i int64) {
	if i >= -mostExact && i <= mostExact {
		e.int(i)
		return
	}
	e.single("int", strconv.FormatInt(i, 10))
}

// mostDigits is how many decimal digits an int may have, as in Python: to
// convert more takes long.
const mostDigits = 4300

func (e *encoder) big(i *big.Int) {
	switch {
	case i == nil:
		e.raw("null")
	case i.BitLen() > mostDigits*3: // less than it could be, and simple
		text := i.Text(16)
		if i.Sign() < 0 {
			e.single("int", "-0x"+text[1:])
			return
		}
		e.single("int", "0x"+text)
	case i.IsInt64():
		e.integer(i.Int64())
	default:
		e.single("int", i.String())
	}
}

// pythonNaN has the bits of float("nan"), which those of math.NaN are not.
const pythonNaN = 0x7ff8000000000000

func (e *encoder) float(f float64) {
	switch {
	case isFinite(f):
		e.finite(f)
	case math.IsInf(f, 1):
		e.single("float", "inf")
	case math.IsInf(f, -1):
		e.single("float", "-inf")
	case math.Float64bits(f) == pythonNaN:
		e.single("float", "nan")
	default:
		e.single("float", fmt.Sprintf("%#016x", math.Float64bits(f)))
	}
}

// text writes a string that is a value.
func (e *encoder) text(s string) {
	id := stringIdent(s)
	if id != (ident{}) && e.names[s] == id {
		e.single("name", s)
		return
	}
	if _, pair := isText(s); pair == 0 && e.seen[id] <= once {
		e.string(s)
		return
	}
	e.newText(s)
}

// newText writes a string as an object.
func (e *encoder) newText(s string) {
	e.tagged(s, "str", func() {
		_, pair := isText(s)
		if pair == 0 {
			e.string(s)
			return
		}
		e.open('[')
		for ; pair > 0; _, pair = isText(s) {
			e.string(s[:pair])
			s = s[pair:]
		}
		e.string(s)
		e.close(']')
	})
}

func latin1(s string) string {
	text := make([]rune, len(s))
	for i := range len(s) {
		text[i] = rune(s[i])
	}
	return string(text)
}

func (e *encoder) list(all []any) {
	e.open('[')
	for _, x := range all {
		e.value(x)
	}
	e.close(']')
}

func (e *encoder) sequence(all func(func(any) bool)) {
	e.open('[')
	for x := range all {
		e.value(x)
	}
	e.close(']')
}

func (e *encoder) dict(d *pickle.Dict) {
	if byName(e.names, d) {
		e.open('{')
		for k, v := range d.All() {
			e.name(k.(string))
			e.value(v)
		}
		e.close('}')
		return
	}
	e.open('[')
	for k, v := range d.All() {
		e.pair(k, v)
	}
	e.close(']')
}

func (e *encoder) pair(k, v any) {
	e.open('[')
	e.value(k)
	e.value(v)
	e.close(']')
}

// global writes the module and name of g.
func (e *encoder) global(g pickle.Global) {
	known := e.globals[g]
	e.globals[g] = true
	e.open('[')
	for _, part := range []string{g.Module, g.Name} {
		if id := stringIdent(part); known && e.names[part] != (ident{}) || id == (ident{}) || e.names[part] == id {
			e.string(part)
		} else {
			e.newText(part)
		}
	}
	e.close(']')
}

func (e *encoder) object(o *pickle.Object) {
	if o == nil {
		e.raw("null")
		return
	}
	if e.begin(o) {
		return
	}
	e.name("object")
	e.string(formNames[o.Form])
	for _, g := range []struct {
		name string
		pickle.Global
	}{{"class", o.Class}, {"base", o.Base}} {
		if g.Global != (pickle.Global{}) {
			e.name(g.name)
			e.global(g.Global)
		}
	}
	if o.Callable != nil {
		e.name("callable")
		e.value(o.Callable)
	}
	e.arguments(o)
	e.contents(o)
	for _, part := range []struct {
		name  string
		value any
	}{{"setter", o.Setter}, {"state", o.State}} {
		if part.value != nil {
			e.name(part.name)
			e.value(part.value)
		}
	}
	e.close('}')
}

func (e *encoder) arguments(o *pickle.Object) {
	if o.Args != nil {
		e.name("args")
		if e.seen[identOf(o.Args)] <= once {
			e.list(o.Args)
		} else {
			e.value(o.Args)
		}
	}
	if o.Kwargs != nil {
		e.name("kwargs")
		e.value(o.Kwargs)
	}
}

// contents writes what o was given by opcodes other than that which made it.
func (e *encoder) contents(o *pickle.Object) {
	if len(o.Items) > 0 {
		e.name("items")
		e.list(o.Items)
	}
	if o.Adds {
		e.name("adds")
		e.raw("true")
	}
	if len(o.Pairs) > 0 {
		e.name("pairs")
		e.open('[')
		for _, p := range o.Pairs {
			e.pair(p.Key, p.Value)
		}
		e.close(']')
	}
	if len(o.Earlier) > 0 {
		e.name("earlier")
		e.list(o.Earlier)
	}
}

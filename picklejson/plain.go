package picklejson

import (
	"errors"
	"io"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"unicode/utf8"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/vm"
)

// Plain writes v to w as plain JSON, which the package documentation describes:
// v is what pickle.Unmarshal or a Decoder stores in an any. It holds no more
// than some 32 KiB of what it writes, and writes the same for the same pickle.
//
// What is wrong with v is a *pickle.MarshalError: pickle.ErrCycle for a value that
// contains itself, which this form cannot describe; a *pickle.LimitError for what
// is referred to so often that writing it each time exceeds MaxExpansion, or is
// nested more than 100,000 deep; two keys of a dict that become one name; other
// types of Go. All other errors are those of w. What was written by then is no
// JSON.
func Plain(w io.Writer, v any, opts ...Option) error {
	o := newOptions(opts)
	p := plain{output: output{w: w, indent: o.indent}, o: o, seen: map[ident]bool{}, active: map[ident]bool{}}
	if err := p.value(v); err != nil {
		return err
	}
	p.flush()
	return p.err
}

// AppendPlain appends what Plain writes to dst. Where it fails it returns dst as
// it was.
func AppendPlain(dst []byte, v any, opts ...Option) ([]byte, error) {
	o := newOptions(opts)
	p := plain{output: output{buf: dst, indent: o.indent}, o: o, seen: map[ident]bool{}, active: map[ident]bool{}}
	if err := p.value(v); err != nil {
		return dst, err
	}
	return p.buf, nil
}

// plain writes plain JSON.
type plain struct {
	output
	o        options
	seen     map[ident]bool // what was written, apart from what is short
	active   map[ident]bool // what is being written
	depth    int
	repeated int   // how many of the values that are being written were written before
	from     int64 // where the outermost of these begins
	spent    int64 // bytes of those before it
}

var (
	errType  = errors.New("plain JSON has no form for the type")
	errNames = errors.New("two keys are one name in JSON")
)

// fail is the error for v.
func fail(v any, err error) error {
	return &pickle.MarshalError{Type: reflect.TypeOf(v), Err: err}
}

// at puts a step of the path before that of an error.
func at(err error, step string) error {
	const most = 1000 // deeper ones would take long to put together
	var e *pickle.MarshalError
	if errors.As(err, &e) && len(e.Path) < most {
		e.Path = step + e.Path
	}
	return err
}

// shortLeaf is the length up to which strings and bytes are not counted as
// repeated: what refers to them takes up space, too.
const shortLeaf = 64

// enter is due before what may be shared or contain others; leave behind it.
func (p *plain) enter(v any) (ident, error) {
	id := identOf(v)
	switch {
	case id == ident{}:
	case p.active[id]:
		return id, fail(v, pickle.ErrCycle)
	case p.seen[id]:
		if p.repeated++; p.repeated == 1 {
			p.from = p.written()
		}
	}
	if p.depth++; p.depth > maxDepth {
		return id, fail(v, &pickle.LimitError{Limit: "depth", Max: maxDepth})
	}
	if id != (ident{}) {
		p.active[id] = true
	}
	return id, nil
}

func (p *plain) leave(v any, id ident) error {
	p.depth--
	if id == (ident{}) {
		return nil
	}
	delete(p.active, id)
	if !p.seen[id] {
		p.seen[id] = true
		return nil
	}
	err := p.check(v)
	if p.repeated--; p.repeated == 0 {
		p.spent += p.written() - p.from
	}
	return err
}

// check fails if too much is repeated.
func (p *plain) check(v any) error {
	if p.repeated > 0 && p.spent+p.written()-p.from > p.o.maxExpansion {
		return fail(v, &pickle.LimitError{Limit: "expansion of shared values", Max: p.o.maxExpansion})
	}
	return nil
}

// leaf writes text of any length by a function.
func (p *plain) leaf(v any, n int, write func()) error {
	if n <= shortLeaf {
		write()
		return p.check(v)
	}
	id, err := p.enter(v)
	if err != nil {
		return err
	}
	if !p.seen[id] {
		write()
		return p.leave(v, id)
	}
	if p.spent+p.written()-p.from+int64(n) > p.o.maxExpansion { // before it is written
		return fail(v, &pickle.LimitError{Limit: "expansion of shared values", Max: p.o.maxExpansion})
	}
	write()
	return p.leave(v, id)
}

func (p *plain) value(v any) error {
	if p.err != nil {
		return p.err
	}
	switch v := v.(type) {
	case nil:
		p.raw("null")
	case bool:
		p.raw(strconv.FormatBool(v))
	case int64:
		p.int(v)
	case int:
		p.int(int64(v))
	case float64:
		p.number(v)
	case *big.Int:
		return p.big(v)
	case string:
		return p.leaf(v, len(v), func() { p.string(textOf(v)) })
	case pickle.ByteString:
		return p.leaf(v, len(v), func() { p.string(textOf(string(v))) })
	case []byte:
		return p.leaf(v, len(v), func() { p.bytes(v) })
	case pickle.ByteArray:
		return p.leaf(v, len(v), func() { p.bytes(v) })
	case pickle.Buffer:
		return p.leaf(v, len(v.Data), func() { p.bytes(v.Data) })
	default:
		if rv := reflect.ValueOf(v); rv.Kind() == reflect.Pointer && rv.IsNil() {
			p.raw("null")
			return nil
		}
		return p.shared(v)
	}
	return p.check(v)
}

// shared is value for what may be shared.
func (p *plain) shared(v any) error {
	id, err := p.enter(v)
	if err != nil {
		return err
	}
	done, err := p.container(v)
	if err == nil && !done {
		err = p.library(v)
	}
	if err != nil {
		return err
	}
	return p.leave(v, id)
}

// big writes an int of any length. One that takes long to convert is a string, in
// hexadecimal.
func (p *plain) big(i *big.Int) error {
	switch {
	case i == nil:
		p.raw("null")
	case i.BitLen() > mostDigits*3:
		p.string(pickle.Repr(i))
	default:
		p.raw(i.String())
	}
	return p.check(i)
}

func (p *plain) number(f float64) {
	switch {
	case isFinite(f):
		p.finite(f)
	case p.o.nonFinite == NonFiniteNull:
		p.raw("null")
	default:
		p.string(nonFinite(f))
	}
}

func nonFinite(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case f > 0:
		return "inf"
	}
	return "-inf"
}

// textOf returns s, or what it is in Latin-1 if it is no text.
func textOf(s string) string {
	if ok, _ := isText(s); ok {
		return s
	}
	return latin1(s)
}

func (p *plain) bytes(b []byte) {
	if p.o.bytes == BytesText && utf8.Valid(b) {
		p.string(string(b))
		return
	}
	p.base64(b)
}

// container writes the containers that Python has built in, and instances.
func (p *plain) container(v any) (done bool, err error) {
	switch v := v.(type) {
	case []any:
		return true, p.list(v)
	case pickle.Tuple:
		return true, p.list(v)
	case *pickle.Set:
		return true, p.sequence(v.All())
	case pickle.FrozenSet:
		return true, p.sequence(v.All())
	case *pickle.Dict:
		return true, p.dict(v)
	case pickle.PersistentRef:
		return true, p.value(v.ID)
	case *pickle.Object:
		return true, p.object(v)
	}
	return false, nil
}

func (p *plain) list(all []any) error {
	p.open('[')
	for i, x := range all {
		if err := p.value(x); err != nil {
			return at(err, "["+strconv.Itoa(i)+"]")
		}
	}
	p.close(']')
	return nil
}

func (p *plain) sequence(all func(func(any) bool)) error {
	p.open('[')
	for x := range all {
		if err := p.value(x); err != nil {
			return at(err, ".elements()")
		}
	}
	p.close(']')
	return nil
}

func (p *plain) dict(d *pickle.Dict) error {
	p.open('{')
	if err := p.items(d.All(), nil); err != nil {
		return err
	}
	p.close('}')
	return nil
}

// items writes keys and values as members. used, if it is not nil, has the names
// that there are.
func (p *plain) items(all func(func(k, v any) bool), used map[string]bool) error {
	if used == nil && !onlyStrings(all) {
		used = map[string]bool{}
	}
	for k, v := range all {
		name, err := p.key(k)
		if err != nil {
			return at(err, ".keys()")
		}
		if used != nil {
			if used[name] {
				return at(fail(k, errNames), "["+strconv.Quote(name)+"]")
			}
			used[name] = true
		}
		if err := p.leaf(k, len(name), func() { p.name(name) }); err != nil {
			return at(err, ".keys()")
		}
		if err := p.value(v); err != nil {
			return at(err, "["+strconv.Quote(name)+"]")
		}
	}
	return nil
}

// onlyStrings reports whether no two keys can be one name.
func onlyStrings(all func(func(k, v any) bool)) bool {
	for k := range all {
		if _, ok := k.(string); !ok {
			return false
		}
	}
	return true
}

// key returns the name of a key.
func (p *plain) key(k any) (string, error) {
	switch k := k.(type) {
	case string:
		return textOf(k), nil
	case pickle.ByteString:
		return textOf(string(k)), nil
	case nil:
		return "null", nil
	case float64:
		if !isFinite(k) {
			return nonFinite(k), nil
		}
		return pickle.Repr(k), nil
	case bool:
		return strconv.FormatBool(k), nil
	}
	if text, ok := libraryText(k); ok {
		return text, nil
	}
	text := pickle.Repr(k)
	p.spent += int64(len(text))
	if p.spent > p.o.maxExpansion {
		return "", fail(k, &pickle.LimitError{Limit: "expansion of shared values", Max: p.o.maxExpansion})
	}
	return textOf(text), nil
}

// attributes returns the attributes of o: those in dicts, and whether that is all
// of the state.
func attributes(o *pickle.Object) (attrs *pickle.Dict, all bool) {
	var dicts []*pickle.Dict
	for _, state := range append(o.Earlier[:len(o.Earlier):len(o.Earlier)], o.State) {
		parts := []any{state}
		if t, ok := state.(pickle.Tuple); ok && len(t) == 2 { // the dict and the slots
			parts = t
		}
		for _, part := range parts {
			switch part := part.(type) {
			case nil:
			case *pickle.Dict:
				dicts = append(dicts, part)
			default:
				return nil, false
			}
		}
	}
	if len(dicts) == 1 {
		return dicts[0], true
	}
	attrs = pickle.NewDict()
	for _, d := range dicts {
		for k, v := range d.All() {
			attrs.Set(k, v)
		}
	}
	return attrs, true
}

// object writes an instance of a class that no type of Go is registered for.
func (p *plain) object(o *pickle.Object) error {
	attrs, all := attributes(o)
	args := o.Args
	if o.Form == vm.FormReconstructor && len(args) == 1 && args[0] == nil {
		args = nil
	}
	if p.o.classKey == "" && all && attrs.Len() == 0 {
		switch {
		case len(o.Pairs) > 0 && len(o.Items) == 0:
			return p.pairs(o.Pairs)
		case len(o.Items) > 0 && len(o.Pairs) == 0:
			return p.list(o.Items)
		case len(o.Items) > 0:
		case len(args) == 1 && o.Kwargs.Len() == 0:
			return at(p.value(args[0]), ".Args[0]")
		case len(args) > 0 && o.Kwargs.Len() == 0:
			return at(p.list(args), ".Args")
		}
	}
	p.open('{')
	used := map[string]bool{}
	if p.o.classKey != "" {
		used[p.o.classKey] = true
		p.name(p.o.classKey)
		class := any(o.Class)
		if o.Callable != nil {
			class = o.Callable
		}
		p.string(textOf(pickle.Repr(class)))
	}
	if err := p.items(attrs.All(), used); err != nil {
		return err
	}
	if err := p.rest(o, args, all); err != nil {
		return err
	}
	p.close('}')
	return nil
}

// rest writes the members for what an instance has besides attributes.
func (p *plain) rest(o *pickle.Object, args pickle.Tuple, all bool) error {
	if len(args) > 0 {
		p.name("__args__")
		if err := p.list(args); err != nil {
			return at(err, ".Args")
		}
	}
	if o.Kwargs.Len() > 0 {
		p.name("__kwargs__")
		if err := p.value(o.Kwargs); err != nil {
			return at(err, ".Kwargs")
		}
	}
	if len(o.Items) > 0 {
		p.name("__items__")
		if err := p.list(o.Items); err != nil {
			return err
		}
	}
	if len(o.Pairs) > 0 {
		p.name("__pairs__")
		if err := p.pairs(o.Pairs); err != nil {
			return err
		}
	}
	if all {
		return nil
	}
	p.name("__state__")
	return at(p.value(o.State), ".State")
}

// pairs writes the items of a dict's subclass; of equal keys the last one counts.
func (p *plain) pairs(pairs []pickle.Pair) error {
	last := make(map[string]any, len(pairs))
	order := make([]any, 0, len(pairs))
	for _, pair := range pairs {
		name, err := p.key(pair.Key)
		if err != nil {
			return err
		}
		if _, ok := last[name]; !ok {
			order = append(order, name)
		}
		last[name] = pair.Value
	}
	p.open('{')
	err := p.items(func(yield func(k, v any) bool) {
		for _, name := range order {
			if !yield(name, last[name.(string)]) {
				return
			}
		}
	}, nil)
	p.close('}')
	return err
}

package pickle

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/go-pickle/pickle/vm"
)

// How decoding is organised: a vm.Machine executes the pickle into a graph;
// then the decoder of this file binds the graph's root to the target. What a
// node becomes is decided top-down by the type of its target: decode_any.go
// for any, decode_kinds.go and decode_struct.go for all others,
// decode_instance.go for what a class or function made. There is no other
// path from bytes to values: Decoder, Parse and hooks use the same one.

// Unmarshal decodes the pickle in data, which must be exactly one, and stores
// the result in the value that v points to.
//
// The package documentation has the table of what becomes what. Existing
// maps, slices and pointers in the target are replaced, never modified;
// attributes that the pickle does not have keep their values. If Unmarshal
// fails, the target is as it was.
//
// The error is a *SyntaxError if data is no pickle (with ErrTrailingData if
// something follows it), an *UnmarshalTypeError if the value does not fit the
// target, a *GlobalError if a class is missing, or a *LimitError.
func Unmarshal(data []byte, v any, opts ...Options) error {
	o := newOptions(opts)
	target, err := targetOf(v)
	if err != nil {
		return err
	}
	m := machines.Get().(*vm.Machine)
	d := decoder{o: &o, tables: o.registry.tables.Load(), g: m.Graph()}
	err = execute(m, data, &o)
	if err == nil {
		err = d.decode(d.g.Root(), target)
	}
	if !d.escaped {
		m.Reset()
		machines.Put(m)
	}
	return err
}

var machines = sync.Pool{New: func() any { return new(vm.Machine) }}

// execute runs m over data, which must be exactly one pickle.
func execute(m *vm.Machine, data []byte, o *options) error {
	if o.maxSize > 0 && int64(len(data)) > o.maxSize {
		return &LimitError{Limit: "size", Max: o.maxSize, Offset: o.maxSize}
	}
	if _, err := m.Run(data, true); err != nil {
		return syntaxError(err, data[:min(len(data), 64)])
	}
	if m.Consumed() < len(data) {
		return &SyntaxError{Offset: int64(m.Consumed()), Op: vm.OpStop.String(), Err: ErrTrailingData}
	}
	return nil
}

// targetOf returns what v points to.
func targetOf(v any) (reflect.Value, error) {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return reflect.Value{}, &UnmarshalTypeError{Value: "anything", Type: reflect.TypeOf(v), Err: errors.New("the target must be a pointer that is not nil")}
	}
	return rv.Elem(), nil
}

// decoder binds one graph. It lives for one call, or for all calls of a
// Decoder with KeepMemo.
type decoder struct {
	g       *vm.Graph
	o       *options
	tables  *tables
	depth   int
	escaped bool // a Value refers to the graph, which must not be used again

	classes []classRef // by global index; see resolve
	native  int        // instances up to here have been looked at by nativize
	anys    []any      // by shared id: what the object is in an any; nil: not yet
	strings []string   // by shared id, for str and the str of Python 2
	done    []bool     // by shared id, for strings: has been made
	bound   []binding  // by shared id: what the object is in its first type
	others  map[bindKey]binding
	keys    keyer
	buffers [][]byte // what the option Buffers has given
}

// binding is a shared object in a Go type. v can be set and, unless it is a
// slice or map, has an address.
type binding struct {
	typ     reflect.Type
	v       reflect.Value
	filling bool // its contents are being bound now
}

type bindKey struct {
	id  uint32
	typ reflect.Type
}

// decode binds n to target, or leaves target as it is.
func (d *decoder) decode(n vm.Node, target reflect.Value) error {
	d.nativize()
	before := reflect.New(target.Type()).Elem()
	before.Set(target)
	var err error
	if t := target.Type(); t.Kind() == reflect.Struct {
		if id := d.g.Shared(n); id != 0 {
			d.bind(id, binding{typ: t, v: target, filling: true})
		}
		err = decoderOf(t)(d, n, target)
	} else {
		err = decoderOf(t)(d, n, target)
	}
	if err != nil {
		target.Set(before)
		return located(err)
	}
	return nil
}

// lookup returns what shared object id is in type t.
func (d *decoder) lookup(id uint32, t reflect.Type) (binding, bool) {
	if int(id) < len(d.bound) {
		if b := d.bound[id]; b.typ == t {
			return b, true
		}
	}
	b, ok := d.others[bindKey{id, t}]
	return b, ok
}

// bind notes what shared object id is in a type.
func (d *decoder) bind(id uint32, b binding) {
	if int(id) >= len(d.bound) {
		d.bound = append(d.bound, make([]binding, d.g.SharedLen()+1-len(d.bound))...)
	}
	if t := d.bound[id].typ; t == nil || t == b.typ {
		d.bound[id] = b
		return
	}
	if d.others == nil {
		d.others = make(map[bindKey]binding)
	}
	d.others[bindKey{id, b.typ}] = b
}

// enter and leave bound the recursion: Go's stack overflow cannot be
// recovered from.
func (d *decoder) enter(n vm.Node) error {
	if d.depth++; d.depth > d.o.maxDepth {
		return d.limit(n, "depth", int64(d.o.maxDepth))
	}
	return nil
}

func (d *decoder) leave() { d.depth-- }

func (d *decoder) limit(n vm.Node, what string, limit int64) error {
	return &LimitError{Limit: what, Max: limit, Offset: d.g.Offset(n), Op: d.g.Opcode(n).String()}
}

// mismatch is the error for a node that cannot become a t; why may be nil.
func (d *decoder) mismatch(n vm.Node, t reflect.Type, why error) error {
	return &UnmarshalTypeError{Offset: d.g.Offset(n), Op: d.g.Opcode(n).String(), Value: d.describe(n), Type: t, Err: why}
}

func (d *decoder) mismatchf(n vm.Node, t reflect.Type, format string, args ...any) error {
	return d.mismatch(n, t, fmt.Errorf(format, args...))
}

// describe says what n is, for errors.
func (d *decoder) describe(n vm.Node) string {
	switch n.Kind() {
	case vm.KindInt:
		return fmt.Sprintf("int %d", n.Int())
	case vm.KindFloat:
		return "float " + Repr(n.Float())
	case vm.KindInstance:
		if in := d.g.Instance(n); in.Callable.Kind() == vm.KindGlobal {
			g := d.class(in.Callable).Global
			return "instance of " + g.Module + "." + g.Name
		}
	case vm.KindGlobal:
		g := d.class(n).Global
		return g.Module + "." + g.Name
	}
	return n.Kind().String()
}

// str returns the text of n, which the kinds KindStr and KindByteString have.
// A string that is one object in Python is one in Go: the same bytes in memory.
func (d *decoder) str(n vm.Node) string {
	id := d.g.Shared(n)
	if id == 0 {
		return string(d.g.Data(n))
	}
	if int(id) >= len(d.done) {
		more := d.g.SharedLen() + 1 - len(d.done)
		d.strings = append(d.strings, make([]string, more)...)
		d.done = append(d.done, make([]bool, more)...)
	}
	if !d.done[id] {
		d.strings[id], d.done[id] = string(d.g.Data(n)), true
	}
	return d.strings[id]
}

// isMade reports whether str has returned the string n before.
func (d *decoder) isMade(n vm.Node) bool {
	id := d.g.Shared(n)
	return int(id) < len(d.done) && d.done[id]
}

// rename makes s the string that n is. The module of a class that becomes a Go
// value is forgotten otherwise; it can be one object with the modules of other
// classes.
func (d *decoder) rename(n vm.Node, s string) {
	if id := d.g.Shared(n); id != 0 && d.str(n) == s {
		d.strings[id] = s
	}
}

// text returns what n, a str of Python 2 or 3, is as a string by the option
// Python2Strings.
func (d *decoder) text(n vm.Node) (string, error) {
	if n.Kind() == vm.KindByteString {
		switch d.o.python2Strings {
		case Python2Latin1:
			return latin1(d.g.Data(n)), nil
		case Python2UTF8:
			if !validUTF8(d.g.Data(n)) {
				return "", d.mismatchf(n, stringType, "the str of Python 2 is not UTF-8 (see Python2Strings)")
			}
		}
	}
	return d.str(n), nil
}

// latin1 decodes ISO 8859-1.
func latin1(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

// big returns a KindLong node as a *big.Int.
func (d *decoder) big(n vm.Node) *big.Int {
	if b, ok := d.shared(n).(*big.Int); ok {
		return b
	}
	i := bigFromTwosComplement(d.g.Data(n))
	d.share(n, i)
	return i
}

// bigFromTwosComplement reads the little-endian form of LONG1 and LONG4.
func bigFromTwosComplement(b []byte) *big.Int {
	be := slices.Clone(b)
	slices.Reverse(be)
	i := new(big.Int)
	if len(be) == 0 || be[0]&0x80 == 0 {
		return i.SetBytes(be)
	}
	for j := range be { // -x == ^(x - 1)
		be[j] = ^be[j]
	}
	return i.Not(i.SetBytes(be))
}

// shared returns what n, which is referred to more than once, was bound to in
// an any before; nil if it was not.
func (d *decoder) shared(n vm.Node) any {
	if id := d.g.Shared(n); int(id) < len(d.anys) {
		return d.anys[id]
	}
	return nil
}

// share notes what n is in an any.
func (d *decoder) share(n vm.Node, v any) {
	id := d.g.Shared(n)
	if id == 0 {
		return
	}
	if int(id) >= len(d.anys) {
		d.anys = append(d.anys, make([]any, d.g.SharedLen()+1-len(d.anys))...)
	}
	d.anys[id] = v
}

// buffer returns the out-of-band buffer that n stands for.
func (d *decoder) buffer(n vm.Node) (Buffer, error) {
	i, readOnly := n.Buffer()
	if len(d.buffers) == 0 && d.o.buffers != nil {
		for b := range d.o.buffers {
			if d.buffers = append(d.buffers, b); len(d.buffers) == d.g.BufferLen() {
				break
			}
		}
	}
	if len(d.buffers) <= i {
		return Buffer{}, d.mismatchf(n, bufferType, "it is out of band, and the option Buffers has given only %d buffers", len(d.buffers))
	}
	return Buffer{d.buffers[i], readOnly}, nil
}

// An error gets its path on the way back up, from the inside out, so that
// success costs nothing.
type placed struct {
	err  error
	path []string // innermost first
}

func (p *placed) Error() string { return p.err.Error() }

func at(err error, element string) error {
	p, ok := err.(*placed)
	if !ok {
		p = &placed{err: err}
	}
	p.path = append(p.path, element)
	return p
}

func atIndex(err error, i int) error { return at(err, fmt.Sprintf("[%d]", i)) }

func atField(err error, name string) error {
	if !isIdentifier(name) {
		return atKey(err, name)
	}
	return at(err, "."+name)
}

func atKey(err error, key any) error {
	switch k := key.(type) {
	case string:
		return at(err, fmt.Sprintf("[%q]", k))
	default:
		return at(err, "["+shortRepr(key)+"]")
	}
}

// shortRepr is a Repr that fits a message.
func shortRepr(v any) string {
	const most = 60
	switch v.(type) {
	case Tuple, nil, bool, int64, float64, *big.Int, ByteString, []byte, Global:
		if s := Repr(v); len(s) <= most {
			return s
		}
	}
	return fmt.Sprintf("%T", v)
}

func isIdentifier(s string) bool {
	for i, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// located gives the error its path. What is deep inside has a path that is
// cut in the middle.
func located(err error) error {
	p, ok := err.(*placed)
	if !ok {
		return err
	}
	const most = 40
	slices.Reverse(p.path)
	path := p.path
	if len(path) > most {
		path = slices.Concat(path[:most/2], []string{"…"}, path[len(path)-most/2:])
	}
	s := strings.Join(path, "")
	s = strings.TrimPrefix(s, ".")
	switch e := p.err.(type) {
	case *UnmarshalTypeError:
		e.Path = s + e.Path
	case *GlobalError:
		e.Path = s + e.Path
	case *LimitError:
		e.Path = s + e.Path
	case *MarshalError:
		e.Path = s + e.Path
	}
	return p.err
}

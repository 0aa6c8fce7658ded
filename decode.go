package pickle

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

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
	target, err := targetOf(v)
	if err != nil {
		return err
	}
	w := workspaces.Get().(*workspace)
	w.o.set(opts)
	if err = execute(&w.m, data, &w.o); err == nil {
		w.d.start(&w.o, w.m.Graph(), int64(len(data)))
		err = w.d.decode(w.d.g.Root(), target)
	}
	w.release()
	return err
}

// workspace is what a call of Unmarshal works with: memory that the next one can use.
type workspace struct {
	m vm.Machine
	d decoder
	o options
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// release gives w to the next call, unless a hook may still use it.
func (w *workspace) release() {
	if w.d.escaped {
		return
	}
	w.m.Reset()
	w.d.reset()
	w.o = options{}
	workspaces.Put(w)
}

// execute runs m over data, which must be exactly one pickle.
func execute(m *vm.Machine, data []byte, o *options) error {
	if o.maxSize > 0 && int64(len(data)) > o.maxSize {
		return &LimitError{Limit: "size", Max: o.maxSize, Offset: o.maxSize}
	}
	if _, err := m.Run(data, true); err != nil {
		return syntaxError(err, data)
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
	graphState
	reused
}

// graphState is what a decoder knows of its graph.
type graphState struct {
	g       *vm.Graph
	o       *options
	tables  *tables
	origin  int64 // where in the stream the graph's input begins
	depth   int
	work    int64 // items and bytes that were bound: see spend
	most    int64 // the limit of work
	escaped bool  // a Value refers to the graph, which must not be used again
	logs    bool  // what is bound is noted in log
	noBytes bool  // there has been an empty bytes object
	lossy   bool  // the next result of construct need not be exact; see directFunc

	parsed  bool                       // for a Value of Parse, of which there may be many
	forks   bool                       // others read g, and views, which must be copied to be modified
	calls   map[*vm.Instance]*classRef // what is called and is the result of a call
	failed  map[*vm.Instance]bool      // calls that a function of the standard library did not understand
	nones   map[*vm.Instance]bool      // shared instances for which a registered function has returned nil
	views   map[*vm.Instance]vm.Node   // what containers hold; see view
	active  map[*vm.Instance]bool      // shared instances for which a registered function is being called
	native  int                        // instances up to here have been looked at by nativize
	others  map[bindKey]binding        // like bound, for further types
	log     []bindKey                  // what was put into anys (typ is nil), bound and others
	places  []bindKey                  // the part of log that detach has not seen
	looked  int                        // how many of places detach has seen, for tests
	span    zoneSpan                   // where the last time.Time was
	buffers [][]byte                   // what the option Buffers has given
	pull    func() ([]byte, bool)      // gives more, in a Decoder; nil otherwise
}

// reused is memory that the next graph can use: that of tables, and what is left of
// the pieces that strings, boxes and short slices are cut from. So are the keys that
// are known to differ, since the next dict may well have the same.
type reused struct {
	classes byID[*classRef] // by global index; see resolve
	anys    byID[any]       // by shared id: what the object is in an any; nil: not yet
	strings byID[string]    // by shared id, for str and the str of Python 2; empty: not yet
	boxed   byID[any]       // by shared id: the same in an interface
	bound   byID[binding]   // by shared id: what the object is in its first type
	texts   texts           // for short strings
	boxes   boxes           // for numbers, short strings and short slices in interfaces
	slabs                   // see sliceBinders
	records [4]keyNodes     // see keysOf
	record  int             // the one to be replaced next
	keys    keyer
	noted   notedKeys     // for keys
	before  reflect.Value // see copied

	target     reflect.Type // of the last call of decode
	bindTarget unmarshalFunc
}

// newDecoder returns a decoder for a graph that input bytes were read for.
func newDecoder(o *options, g *vm.Graph, input int64) *decoder {
	d := new(decoder)
	d.start(o, g, input)
	return d
}

// start prepares a new or reset decoder for a graph that input bytes were read for.
func (d *decoder) start(o *options, g *vm.Graph, input int64) {
	d.o, d.tables, d.g = o, o.registry.load(), g
	d.keys.noted = &d.noted
	d.allow(input)
}

// reset makes d forget everything.
func (d *decoder) reset() {
	d.graphState = graphState{}
	d.classes.empty()
	d.anys.empty()
	d.strings.empty()
	d.boxed.empty()
	d.bound.empty()
	for i := range d.records {
		d.records[i].of, d.records[i].keys = nil, d.records[i].keys[:0]
	}
	d.keys = keyer{scratch: d.keys.scratch}
}

// allow sets the limit for expanding what input bytes have described so far.
func (d *decoder) allow(input int64) { d.most = expansionFactor*input + expansionFloor }

// A pickle of a few bytes can describe a value that is huge where it is not
// shared: a list of lists of lists, each twice in the next. What is shared
// stays shared, mostly, but not the state that many instances have in common,
// or an int that many values of type big.Int are. So what is bound is counted,
// each item and each byte as 1, and must not be many times what was read.
const (
	expansionFactor = 32
	expansionFloor  = 1 << 22
)

// binding is a shared object in a Go type. For a struct or an array v is the
// place of the first one, so that pointers can point there; for any other type
// v is a copy, which is not valid as long as its contents are being bound,
// unless it is a slice, map or pointer, which can be used before.
type binding struct {
	typ     reflect.Type
	v       reflect.Value
	filling bool // its contents are being bound now
}

// hasPlace reports whether bindings of type t are places.
func hasPlace(t reflect.Type) bool {
	k := t.Kind()
	return k == reflect.Struct || k == reflect.Array
}

type bindKey struct {
	id  uint32
	typ reflect.Type
}

// decode binds n to target, or leaves target as it is. It is called once for a
// pickle, and by hooks, within that call or later.
//
// A hook may panic, and the program recover: then the target is as it was, too.
func (d *decoder) decode(n vm.Node, target reflect.Value) (err error) {
	d.nativize()
	depth, logs, mark := d.depth, d.logs, d.marked()
	d.logs = d.escaped || d.o.keepMemo
	before := d.copied(target)
	done := false
	defer func() {
		if done && err == nil {
			d.detach(mark, target)
		} else {
			d.forget(mark)
			target.Set(before)
			err = located(err)
		}
		before.SetZero()
		d.before = before
		if d.depth, d.logs = depth, logs; !logs {
			d.unlog(logMark{})
		}
	}()
	t := target.Type()
	if t != d.target {
		d.target, d.bindTarget = t, decoderOf(t)
	}
	err = d.bindTarget(d, n, target)
	done = true
	return err
}

// copied returns a copy of target, in memory that is used again for a target of the
// same type.
func (d *decoder) copied(target reflect.Value) reflect.Value {
	c := d.before
	if d.before = (reflect.Value{}); !c.IsValid() || c.Type() != target.Type() { // or it is in use, around this call
		c = reflect.New(target.Type()).Elem()
	}
	c.Set(target)
	return c
}

// logMark is a place in the log.
type logMark struct{ log, places int }

func (d *decoder) marked() logMark { return logMark{len(d.log), len(d.places)} }

// note notes what was bound in the log. place says that it may be in the target.
func (d *decoder) note(key bindKey, place bool) {
	d.log = append(d.log, key)
	if place {
		d.places = append(d.places, key)
	}
}

// unlog cuts the log.
func (d *decoder) unlog(mark logMark) {
	d.log, d.places = d.log[:mark.log], d.places[:min(mark.places, len(d.places))]
}

// forget undoes what was bound since mark: it may be incomplete.
func (d *decoder) forget(mark logMark) {
	for _, key := range d.log[mark.log:] {
		switch {
		case key.typ == nil:
			d.setAny(key.id, nil)
		case d.bound.get(int(key.id)).typ == key.typ:
			d.setBound(key.id, binding{})
		default:
			delete(d.others, key)
		}
	}
	d.unlog(mark)
}

func (d *decoder) setAny(id uint32, v any) { d.anys.set(int(id), d.g.SharedLen()+1, d.parsed, v) }

func (d *decoder) setBound(id uint32, b binding) {
	d.bound.set(int(id), d.g.SharedLen()+1, d.parsed, b)
}

// detach copies what was bound to places in target since mark. The caller may
// use target for something else then, while later calls still refer to what was
// in it. What is not in target now is in memory of its own: the hooks around
// this call need not look at it again.
func (d *decoder) detach(mark logMark, target reflect.Value) {
	if len(d.places) == mark.places {
		return
	}
	from := target.Addr().Pointer()
	within := func(at uintptr) bool { return at >= from && at < from+target.Type().Size() }
	d.looked += len(d.places) - mark.places
	for _, key := range d.places[mark.places:] {
		if key.typ == nil {
			if v := reflect.ValueOf(d.anys.get(int(key.id))); v.Kind() == reflect.Pointer && within(v.Pointer()) {
				d.setAny(key.id, nil)
			}
			continue
		}
		if b, ok := d.lookup(key.id, key.typ); ok && hasPlace(key.typ) && within(b.v.Addr().Pointer()) {
			b.v = copyOf(b.v)
			d.rebind(key.id, b)
		}
	}
	d.places = d.places[:mark.places]
}

// lookup returns what shared object id is in type t.
func (d *decoder) lookup(id uint32, t reflect.Type) (binding, bool) {
	if b := d.bound.get(int(id)); b.typ == t {
		return b, true
	}
	b, ok := d.others[bindKey{id, t}]
	return b, ok
}

// bind notes what shared object id is in a type.
func (d *decoder) bind(id uint32, b binding) {
	if d.logs {
		d.note(bindKey{id, b.typ}, hasPlace(b.typ))
	}
	d.rebind(id, b)
}

func (d *decoder) rebind(id uint32, b binding) {
	if t := d.bound.get(int(id)).typ; t == nil || t == b.typ {
		d.setBound(id, b)
		return
	}
	if d.others == nil {
		d.others = make(map[bindKey]binding)
	}
	d.others[bindKey{id, b.typ}] = b
}

// enter and leave bound the recursion: Go's stack overflow cannot be
// recovered from. n has so many items.
func (d *decoder) enter(n vm.Node, items int) error {
	d.depth++
	d.work += int64(items) + 1
	if d.depth > d.o.maxDepth || d.work > d.most {
		return d.exceeded(n)
	}
	return nil
}

// exceeded is the error of enter: apart, so that enter is compiled in line.
func (d *decoder) exceeded(n vm.Node) error {
	if d.depth > d.o.maxDepth {
		return d.limit(n, "depth", int64(d.o.maxDepth))
	}
	return d.spend(n, 0)
}

func (d *decoder) leave() { d.depth-- }

// spend counts so many items or bytes of n, and one more for n itself.
func (d *decoder) spend(n vm.Node, amount int) error {
	if d.work += int64(amount) + 1; d.work > d.most {
		return d.limit(n, "the expansion of shared objects", d.most)
	}
	return nil
}

func (d *decoder) offset(n vm.Node) int64 { return d.origin + d.g.Offset(n) }

func (d *decoder) limit(n vm.Node, what string, limit int64) error {
	return &LimitError{Limit: what, Max: limit, Offset: d.offset(n), Op: d.g.Opcode(n).String()}
}

// mismatch is the error for a node that cannot become a t; why may be nil.
func (d *decoder) mismatch(n vm.Node, t reflect.Type, why error) error {
	return &UnmarshalTypeError{Offset: d.offset(n), Op: d.g.Opcode(n).String(), Value: d.describe(n), Type: t, Err: why}
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
	id := int(d.g.SharedText(n))
	if s := d.strings.get(id); len(s) > 0 { // there is none for 0
		return s
	}
	return d.makeString(n, id)
}

func (d *decoder) makeString(n vm.Node, id int) string {
	data := d.g.Data(n)
	s := d.newString(data)
	if id == 0 {
		d.work += int64(len(data))
	} else {
		d.setString(id, s)
	}
	return s
}

// anyString is str for an interface. There is one box for all that refer to a
// shared string.
func (d *decoder) anyString(n vm.Node) any {
	id := int(d.g.SharedText(n))
	if id == 0 {
		return d.boxes.string(d.makeString(n, 0))
	}
	box := d.boxed.get(id)
	if box == nil {
		box = d.boxes.string(d.str(n))
		d.boxed.set(id, d.g.SharedLen()+1, d.parsed, box)
	}
	return box
}

// boxedText returns str n in the interface that it has been in before, or nil. It is
// compiled in line where there are many strings.
func (d *decoder) boxedText(n vm.Node) any { return d.boxed.get(int(d.g.SharedText(n))) }

func (d *decoder) setString(id int, s string) {
	d.strings.set(id, d.g.SharedLen()+1, d.parsed, s)
}

// mostPiece is how long a string can be that is a piece of a longer one.
const mostPiece = 64

// newString returns data as a string. Short ones are pieces of a longer one.
func (d *decoder) newString(data []byte) string {
	switch {
	case d.o.alias:
		return textIn(data)
	case len(data) > mostPiece:
		return string(data)
	}
	return d.texts.cut(data)
}

// isMade reports whether str has returned the string n before.
func (d *decoder) isMade(n vm.Node) bool {
	return d.strings.get(int(d.g.Shared(n))) != ""
}

// rename makes s the string that n is. The module of a class that becomes a Go
// value is forgotten otherwise; it can be one object with the modules of other
// classes.
func (d *decoder) rename(n vm.Node, s string) {
	if id := d.g.Shared(n); id != 0 && d.str(n) == s {
		d.setString(int(id), s)
	}
}

// text returns what n, a str of Python 2 or 3, is as a string by the option
// Python2Strings.
func (d *decoder) text(n vm.Node) (string, error) {
	if n.Kind() == vm.KindByteString && (d.o.python2Strings == Python2Latin1 || d.o.python2Strings == Python2UTF8) {
		return d.decodedText(n)
	}
	return d.str(n), nil
}

// decodedText is text for a str of Python 2 that is in some encoding.
func (d *decoder) decodedText(n vm.Node) (s string, err error) {
	if s, ok := d.shared(n).(string); ok {
		return s, nil
	}
	data := d.g.Data(n)
	d.work += int64(len(data))
	if d.o.python2Strings == Python2Latin1 {
		s = latin1(data)
	} else if s = d.str(n); !utf8.Valid(data) {
		return "", d.mismatchf(n, stringType, "the str of Python 2 is not UTF-8 (see Python2Strings)")
	}
	d.share(n, s)
	return s, nil
}

// latin1 decodes ISO 8859-1.
func latin1(b []byte) string {
	var s strings.Builder
	s.Grow(len(b))
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
	data := d.g.Data(n)
	d.work += int64(len(data))
	i := bigFromTwosComplement(data)
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
	return d.anys.get(int(d.g.Shared(n)))
}

// share notes what n is in an any.
func (d *decoder) share(n vm.Node, v any) {
	id := d.g.Shared(n)
	if id == 0 {
		return
	}
	if d.logs {
		d.note(bindKey{id: id}, reflect.ValueOf(v).Kind() == reflect.Pointer)
	}
	d.setAny(id, v)
}

// buffer returns the out-of-band buffer that n stands for.
func (d *decoder) buffer(n vm.Node) (Buffer, error) {
	i, readOnly := n.Buffer()
	d.takeBuffers()
	if len(d.buffers) <= i {
		return Buffer{}, d.mismatchf(n, bufferType, "it is out of band, and the option Buffers has given only %d buffers", len(d.buffers))
	}
	return Buffer{d.buffers[i], readOnly}, nil
}

// takeBuffers takes as many buffers from the option Buffers as the pickle asks
// for, all at once.
func (d *decoder) takeBuffers() {
	want := d.g.BufferLen()
	switch {
	case len(d.buffers) >= want || d.o.buffers == nil:
	case d.pull != nil:
		for len(d.buffers) < want {
			b, ok := d.pull()
			if !ok {
				return
			}
			d.buffers = append(d.buffers, b)
		}
	default:
		d.buffers = d.buffers[:0]
		for b := range d.o.buffers {
			if d.buffers = append(d.buffers, b); len(d.buffers) == want {
				return
			}
		}
	}
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

func atKey(err error, key any) error { return at(err, element(key)) }

// element is the element of a path for a key or index.
func element(key any) string {
	switch k := key.(type) {
	case string:
		if len(k) > mostRepr {
			k = k[:mostRepr] + "…"
		}
		return fmt.Sprintf("[%q]", k)
	case int:
		return fmt.Sprintf("[%d]", k)
	}
	return "[" + shortRepr(key) + "]"
}

// mostRepr bounds what errors show of a value.
const mostRepr = 60

// shortRepr is a Repr that fits a message; the type of what has a long one.
func shortRepr(v any) string {
	if isShort(v, 2) {
		if s := Repr(v); len(s) <= mostRepr {
			return s
		}
	}
	return fmt.Sprintf("%T", v)
}

// isShort reports whether the Repr of v, with tuples in tuples up to a level,
// takes no time.
func isShort(v any, level int) bool {
	switch v := v.(type) {
	case nil, bool, int64, float64, complex128, Global:
		return true
	case string:
		return len(v) <= mostRepr
	case ByteString:
		return len(v) <= mostRepr
	case []byte:
		return len(v) <= mostRepr
	case *big.Int:
		return v.BitLen() <= 4*mostRepr
	case Tuple:
		for _, x := range v {
			if level == 0 || len(v) > mostRepr || !isShort(x, level-1) {
				return false
			}
		}
		return true
	}
	return false
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
	slices.Reverse(p.path)
	s := cutPath(p.path)
	switch e := p.err.(type) {
	case *UnmarshalTypeError:
		e.Path = joinPath(s, e.Path)
	case *GlobalError:
		e.Path = joinPath(s, e.Path)
	case *LimitError:
		e.Path = joinPath(s, e.Path)
	case *MarshalError:
		e.Path = joinPath(s, e.Path)
	}
	return p.err
}

// cutPath joins the elements of a path, without its middle if there are many.
func cutPath(path []string) string {
	const most = 40
	if len(path) > most {
		path = slices.Concat(path[:most/2], []string{"…"}, path[len(path)-most/2:])
	}
	return strings.TrimPrefix(strings.Join(path, ""), ".")
}

// joinPath returns the path to what is at path b from the end of path a.
func joinPath(a, b string) string {
	if a == "" || b == "" || b[0] == '[' || b[0] == '.' || strings.HasPrefix(b, "…") {
		return a + shortPathText(b)
	}
	return a + "." + shortPathText(b)
}

// shortPathText cuts a path in the middle if it is long: hooks in hooks in hooks
// each put something before it.
func shortPathText(s string) string {
	const most = 4000
	if len(s) <= most {
		return s
	}
	head, tail := most/4, len(s)-most/4
	for !utf8.RuneStart(s[head]) {
		head--
	}
	for !utf8.RuneStart(s[tail]) {
		tail++
	}
	return s[:head] + "…" + s[tail:]
}

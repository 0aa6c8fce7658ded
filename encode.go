package pickle

import (
	"fmt"
	"io"
	"math"
	"math/big"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/go-pickle/pickle/vm"
)

// How encoding is organised: for each Go type there is a function that writes
// its values (encode_kinds.go), made once and kept; it knows nothing of
// options and registry, which are looked at when it runs. The functions
// compose the parts that CPython's pickler consists of: save_list, save_dict
// and save_tuple are in encode_containers.go, save_reduce and save_global in
// encode_instance.go. The vm.Writer decides all that concerns bytes.

// Marshal returns v as a pickle.
//
// The package documentation has the table of what is written for what. A
// value that is referred to more than once, by pointers, maps, slices or
// strings, is written once, and becomes one object in Python; so do cycles.
// For the same objects Marshal writes the same bytes as CPython's C pickler at
// the same protocol.
//
// The error is a *MarshalError: for channels, functions and unsafe pointers,
// for text that is not UTF-8, for values nested too deeply, for cycles that no
// pickle can describe, and for hooks that fail.
func Marshal(v any, opts ...Options) ([]byte, error) {
	e := newEncoder(opts)
	err := e.pickle(v)
	var out []byte
	if err == nil {
		out = e.w.AppendTo(nil)
		e.takeBuffer()
	}
	e.release()
	return out, err
}

// Append appends v as a pickle to dst, and returns the extended buffer. Where
// it fails it returns dst as it was.
func Append(dst []byte, v any, opts ...Options) ([]byte, error) {
	e := newEncoder(opts)
	err := e.pickle(v)
	if err == nil {
		dst = e.w.AppendTo(dst)
		e.takeBuffer()
	}
	e.release()
	return dst, err
}

// Encoder writes pickles to a stream, one after the other.
type Encoder struct {
	w io.Writer
	e *encoder
}

// NewEncoder returns an Encoder that writes to w.
func NewEncoder(w io.Writer, opts ...Options) *Encoder {
	e := newEncoder(opts)
	e.reset()
	return &Encoder{w, e}
}

// Encode writes v as a pickle. Where it fails with a MarshalError nothing has
// been written. With KeepMemo, an error leaves the memo as it was before, and
// so does a panic of a hook or of the writer.
func (enc *Encoder) Encode(v any) error {
	e := enc.e
	if !e.o.keepMemo {
		e.reset()
	}
	memo, keep, done := e.w.MemoLen(), len(e.keep), false
	defer func() {
		if !done && e.o.keepMemo {
			e.forget(uint32(memo), keep)
		}
	}()
	err := e.pickle(v)
	if err == nil {
		_, err = e.w.WriteTo(enc.w)
		e.takeBuffer()
	}
	done = err == nil
	return err
}

// encoder writes one pickle, or, with KeepMemo, several that share a memo.
type encoder struct {
	w       vm.Writer
	o       options
	tables  *tables
	changes uint64 // registryChanges when tables was loaded
	buf     []byte
	ids     identities
	names   nameIndexes
	objects uint              // how many objects that are no strings went into the memo; see endTuple
	globals map[Global]uint32 // memo indexes, by Python 3 name
	modules map[string]uint32 // memo indexes of the names of modules
	members map[any]uint32    // memo indexes of the members of enums
	depth   int
	box     identity                  // of the value that is to be written now, in an interface; see valueIdentity
	active  map[identity]int          // what is being written deep inside; see enter
	hooked  map[identity]hooked       // what MarshalPickle returned
	span    zoneSpan                  // where the last time.Time was
	zones   map[string]*time.Location // the first location of each name that was written as a zoneinfo.ZoneInfo
	keep    []any                     // what must not be collected while its identity is in ids
}

// hooked is a result of MarshalPickle.
type hooked struct {
	value any
	kept  int // its place in keep
}

var encoders = sync.Pool{New: func() any {
	e := new(encoder)
	e.names.forgetAll() // the zero turn is that of the zero index
	return e
}}

func newEncoder(opts []Options) *encoder {
	e := encoders.Get().(*encoder)
	e.o.set(opts)
	e.o.maxDepth = min(e.o.maxDepth, maxEncodeDepth)
	return e
}

// maxEncodeDepth is as deep as encoding goes whatever MaxDepth says. A level
// takes up to 2.7 KB of stack, and a stack that doubles beyond half a gigabyte
// exceeds Go's limit, which ends the program. With 32 bits all of that is half.
const maxEncodeDepth = 50_000 << (^uint(0) >> 63)

// reset makes e ready for a pickle with a memo of its own.
func (e *encoder) reset() {
	e.ids.reset()
	e.names.forgetAll()
	empty(e.globals)
	empty(e.modules)
	empty(e.members)
	empty(e.hooked)
	empty(e.zones)
	e.span = zoneSpan{}
	clear(e.keep)
	e.keep = e.keep[:0]
	e.w.ResetMemo()
}

// empty empties m, which is empty most of the time.
func empty[K comparable, V any](m map[K]V) {
	if len(m) > 0 {
		clear(m)
	}
}

// takeBuffer takes the buffer back from the writer, for the next pickle. A large
// one is kept only as long as it is made use of.
func (e *encoder) takeBuffer() {
	const small, most = 64 << 10, 64 << 20
	b := e.w.Release()
	if cap(b) > most || cap(b) > small && len(b) < cap(b)/4 {
		b = nil
	}
	e.buf = b
}

// release gives e back to the pool, without what belongs to the caller.
func (e *encoder) release() {
	const most = 1000 // entries: a map that was large once takes long to clear
	if len(e.globals) > most || len(e.modules) > most || len(e.members) > most {
		e.globals, e.modules, e.members = nil, nil, nil
	}
	if len(e.hooked) > most {
		e.hooked = nil
	}
	if cap(e.keep) > most {
		e.keep = nil
	}
	e.reset()
	e.o = options{}
	e.tables = nil
	encoders.Put(e)
}

// forget removes from the memo what was put there from index n on, and what was
// kept for that, from index kept on.
func (e *encoder) forget(n uint32, kept int) {
	e.ids.forget(n)
	e.names.forget(n)
	for g, i := range e.globals {
		if i >= n {
			delete(e.globals, g)
		}
	}
	for m, i := range e.modules {
		if i >= n {
			delete(e.modules, m)
		}
	}
	for m, i := range e.members {
		if i >= n {
			delete(e.members, m)
		}
	}
	for id, h := range e.hooked {
		if h.kept >= kept {
			delete(e.hooked, id)
		}
	}
	clear(e.keep[kept:])
	e.keep = e.keep[:kept]
	e.w.TruncateMemo(n)
}

// pickle writes the pickle of v to e.w.
func (e *encoder) pickle(v any) error {
	if p := e.o.protocol; p > HighestProtocol {
		return &MarshalError{Type: reflect.TypeOf(v), Err: fmt.Errorf("there is no protocol %d, the highest is %d", p, HighestProtocol)}
	}
	e.changes = registryChanges.Load() // before: what changes now is looked up again next time
	e.tables = e.o.registry.load()
	e.depth = 0
	clear(e.active)
	e.w.Reset(e.buf[:0], e.o.protocol)
	e.w.NoMemo(e.o.noMemo)
	e.w.Start()
	if e.o.keepMemo {
		e.keep = append(e.keep, v)
	}
	err := e.root(v)
	runtime.KeepAlive(v) // what is in the memo by its address must not be collected before the end
	if err == nil {
		e.w.Finish()
		err = e.checkSize(reflect.TypeOf(v))
	}
	if err != nil {
		e.takeBuffer()
		return located(err)
	}
	return nil
}

func (e *encoder) checkSize(t reflect.Type) error {
	if most := e.o.maxSize; most > 0 && int64(e.w.Len()) > most {
		return fail(t, &LimitError{Limit: "size", Max: most})
	}
	return nil
}

// fail is the error for a value of type t that cannot be written.
func fail(t reflect.Type, err error) error { return &MarshalError{Type: t, Err: err} }

func failf(t reflect.Type, format string, args ...any) error {
	return fail(t, fmt.Errorf(format, args...))
}

// cycleDepth is the nesting from which on cycles are looked for. Most cycles
// end at the memo; the others go through values that are in the memo only when
// they are complete.
const cycleDepth = 200

// enter and leave bound the recursion; id is the identity of what is entered.
func (e *encoder) enter(id identity, t reflect.Type) error {
	e.depth++
	if e.depth > e.o.maxDepth {
		return fail(t, &LimitError{Limit: "depth", Max: int64(e.o.maxDepth)})
	}
	if e.depth > cycleDepth && id != (identity{}) {
		return e.enterDeep(id, t)
	}
	return e.checkSize(t)
}

// enterDeep looks for cycles. That something is entered while it is being
// written is right as long as there is progress: the objects that it contains
// enter the memo, and one day the way back to it ends at one of them.
func (e *encoder) enterDeep(id identity, t reflect.Type) error {
	progress := len(e.ids.entries)
	if last, ok := e.active[id]; ok && last == progress {
		return fail(t, ErrCycle)
	}
	if e.active == nil {
		e.active = make(map[identity]int)
	}
	e.active[id] = progress
	return e.checkSize(t)
}

func (e *encoder) leave(id identity) {
	if e.depth > cycleDepth {
		delete(e.active, id)
	}
	e.depth--
}

// recall writes a reference to the object id if it is in the memo.
func (e *encoder) recall(id identity) bool {
	if id == (identity{}) {
		return false
	}
	i, ok := e.ids.get(id)
	if ok {
		e.w.Get(i)
	}
	return ok
}

// memoize puts what was written last into the memo, as the object id.
func (e *encoder) memoize(id identity) {
	e.objects++
	i := e.w.Memoize()
	if !e.o.noMemo {
		e.ids.put(id, i)
	}
}

// memoizeNew is memoize for an object that is not in the memo: nothing was written
// since recall has looked there.
func (e *encoder) memoizeNew(id identity) {
	e.objects++
	i := e.w.Memoize()
	if !e.o.noMemo && id != (identity{}) {
		e.ids.addMissing(id, id.hash(), i)
	}
}

// value writes v by function f, unless it is to be written as a persistent ID.
func (e *encoder) value(v reflect.Value, f marshalFunc) error {
	e.w.Boundary()
	e.box = identity{}
	if e.o.persistentID != nil {
		if done, err := e.persistent(v.Interface(), v.Type()); done || err != nil {
			return err
		}
	}
	return f(e, v)
}

// any writes a value of any type.
func (e *encoder) any(x any) error {
	e.w.Boundary()
	if e.o.persistentID != nil {
		if done, err := e.persistent(x, reflect.TypeOf(x)); done || err != nil {
			return err
		}
	}
	switch v := x.(type) { // before the many of plain
	case string:
		return e.saveString(v)
	case int64:
		e.w.Int(v)
		return nil
	case float64:
		e.float(v)
		return nil
	}
	return e.plain(x)
}

// plain is any for what is not to be asked about.
func (e *encoder) plain(x any) error {
	switch v := x.(type) {
	case nil:
		e.w.None()
	case bool:
		e.w.Bool(v)
	case int64:
		e.w.Int(v)
	case int:
		e.w.Int(int64(v))
	case float64:
		e.float(v)
	case string:
		return e.saveString(v)
	case []byte:
		return e.saveBytes(v)
	case *big.Int:
		if v == nil {
			e.w.None()
			return nil
		}
		return e.bigInt(v)
	case []any:
		return e.saveList(v)
	case Tuple:
		return e.saveTuple(v)
	case *Dict:
		return e.saveDict(v)
	case Global:
		return e.saveGlobal(v)
	case *Object:
		return e.saveObject(v)
	case complex128:
		return e.constant(boxIdentity(x, 1), globalComplex, real(v), imag(v))
	case Range:
		return e.saveRange(v, boxIdentity(x, 2))
	case Slice:
		return e.constant(boxIdentity(x, 3), globalSlice, v.Start, v.Stop, v.Step)
	default:
		return e.boxed(x, styleDefault)
	}
	return nil
}

// boxed writes the value in an interface. One that is decoded into several
// interfaces is in one box, which makes it one object.
func (e *encoder) boxed(x any, st style) error {
	v := reflect.ValueOf(x)
	t := v.Type()
	e.box = identity{}
	switch k := t.Kind(); {
	case t.PkgPath() == "" || k == reflect.String || k == reflect.Slice:
	case k == reflect.Struct && t.Size() <= 8: // Go has one box for all equal ones, if they are small numbers
	case k <= reflect.Complex128 || k == reflect.Array || k == reflect.Struct:
		if e.box = boxIdentity(x, 1); e.box != (identity{}) {
			e.box.tag = typeTag(t)
		}
	}
	return encoderOf(t, st)(e, v)
}

// float writes a float. The NaN of package math becomes the NaN of Python.
func (e *encoder) float(f float64) {
	if math.Float64bits(f) == math.Float64bits(math.NaN()) {
		f = math.Float64frombits(0x7ff8000000000000)
	}
	e.w.Float(f)
}

func (e *encoder) bigInt(i *big.Int) error {
	if err := e.w.BigInt(i); err != nil {
		return fail(bigIntType, err)
	}
	return nil
}

// persistent asks the option PersistentID whether x is to be written as a
// reference, and writes it.
func (e *encoder) persistent(x any, t reflect.Type) (bool, error) {
	id, ok, err := e.o.persistentID(x)
	if err != nil {
		return false, fail(t, err)
	}
	if !ok {
		return false, nil
	}
	e.keep = append(e.keep, id)
	return true, e.savePersistent(id, t)
}

// savePersistent writes a reference by persistent ID. The ID itself has none,
// but what it contains may, as in Python.
func (e *encoder) savePersistent(id any, t reflect.Type) error {
	if e.o.protocol == 0 {
		text, ok := id.(string)
		if !ok {
			v := reflect.ValueOf(id)
			if !v.IsValid() || !v.CanInt() && !v.CanUint() && v.Kind() != reflect.String {
				return failf(t, "at protocol 0 a persistent ID must be a string or an integer, not %T", id)
			}
			text = fmt.Sprint(id)
		}
		if err := e.w.PersID(text); err != nil {
			return fail(t, err)
		}
		return nil
	}
	if err := e.enter(identity{}, t); err != nil {
		return err
	}
	e.w.Boundary()
	if err := e.plain(id); err != nil {
		return at(err, ".persistent_id")
	}
	e.leave(identity{})
	e.w.Op(vm.OpBinPersID)
	return nil
}

// saveString writes a str.
func (e *encoder) saveString(s string) error {
	if n := nameNumber(s); n >= 0 {
		return e.saveName(s, n)
	}
	return e.newString(s, stringIdentity(s))
}

// name writes a str that is part of another object.
func (e *encoder) name(s string) error {
	e.w.Boundary()
	return e.saveString(s)
}

// temporary writes a str that exists only now: nothing else can refer to it,
// unless it is one of those that are one object by their contents.
func (e *encoder) temporary(s string) error {
	e.w.Boundary()
	return e.newString(s, shortIdentity(s))
}

// newString writes a str, the object id.
func (e *encoder) newString(s string, id identity) error {
	hash := id.hash()
	if known := e.ids.find(id, hash); known != nil {
		e.w.Get(known.memo)
		return nil
	}
	i, err := e.w.NewString(s)
	if err != nil {
		return fail(stringType, err)
	}
	if !e.o.noMemo && id != (identity{}) {
		e.ids.addMissing(id, hash, i)
	}
	return nil
}

// saveBytes writes a bytes object.
func (e *encoder) saveBytes(b []byte) error {
	if b == nil {
		e.w.None()
		return nil
	}
	return e.bytesObject(b, bytesIdentity(b))
}

// bytesObject writes bytes; below protocol 3 as the call that makes them.
func (e *encoder) bytesObject(b []byte, id identity) error {
	if e.recall(id) {
		return nil
	}
	switch {
	case e.o.protocol >= 3:
		if err := e.w.Bytes(b); err != nil {
			return fail(bytesType, err)
		}
	case len(b) == 0:
		if err := e.call(globalBytes); err != nil {
			return err
		}
	default:
		if err := e.call(globalEncode, temporaryText(latin1(b)), "latin1"); err != nil {
			return err
		}
	}
	e.memoize(id)
	return nil
}

// saveByteArray writes a bytearray.
func (e *encoder) saveByteArray(b []byte, id identity) error {
	if e.recall(id) {
		return nil
	}
	var err error
	switch {
	case e.o.protocol >= 5:
		e.w.ByteArray(b)
	case len(b) == 0:
		err = e.call(globalByteArray)
	default:
		err = e.call(globalByteArray, temporaryBytes(b))
	}
	if err != nil {
		return err
	}
	e.memoize(id)
	return nil
}

// The callables of what has no opcode of its own.
var (
	globalBytes         = builtinGlobal("bytes")
	globalByteArray     = builtinGlobal("bytearray")
	globalSet           = builtinGlobal("set")
	globalFrozenSet     = builtinGlobal("frozenset")
	globalList          = builtinGlobal("list")
	globalDict          = builtinGlobal("dict")
	globalTuple         = builtinGlobal("tuple")
	globalStr           = builtinGlobal("str")
	globalInt           = builtinGlobal("int")
	globalFloat         = builtinGlobal("float")
	globalComplex       = builtinGlobal("complex")
	globalRange         = builtinGlobal("range")
	globalSlice         = builtinGlobal("slice")
	globalObject        = builtinGlobal("object")
	globalGetattr       = ownModule("builtins", "getattr")
	globalEllipsis      = builtinGlobal("Ellipsis")
	globalNotImpl       = builtinGlobal("NotImplemented")
	globalEncode        = Global{interned("_codecs"), interned("encode")}
	globalReconstructor = Global{interned("copyreg"), interned("_reconstructor")}
	globalNewObj        = Global{interned("copyreg"), interned("__newobj__")}
	globalPartial       = ownModule("functools", "partial")
)

// builtinGlobal returns a class of Python's own. In CPython its name is not the
// object that attributes of that name have.
func builtinGlobal(name string) Global { return extensionGlobal("builtins", name) }

// extensionGlobal is builtinGlobal for the classes of a module that is written in
// C.
func extensionGlobal(module, name string) Global {
	return Global{interned(module), strings.Clone(name)}
}

// Arguments that exist only for a call. A temporaryItems writes itself.
type (
	temporaryText  string
	temporaryBytes []byte
	temporaryItems func(*encoder) error
)

// call writes a call of a function with arguments: everything but the memo
// entry of the result.
func (e *encoder) call(callable Global, args ...any) error {
	if err := e.ownGlobal(callable); err != nil {
		return err
	}
	if err := e.arguments(args); err != nil {
		return err
	}
	e.w.Op(vm.OpReduce)
	return nil
}

// arguments writes a tuple that exists only for a call.
func (e *encoder) arguments(args []any) error {
	if len(args) == 0 { // as for most instances
		e.w.Boundary()
		e.w.EmptyTuple()
		return nil
	}
	return e.made(items{n: len(args), each: func(e *encoder, i int) error { return e.argument(args[i]) }})
}

// made writes a tuple that is no object of the program.
func (e *encoder) made(args items) error {
	e.w.Boundary()
	return args.tuple(e, identity{})
}

func (e *encoder) argument(a any) error {
	switch a := a.(type) {
	case temporaryText:
		return e.temporary(string(a))
	case temporaryBytes:
		e.w.Boundary()
		return e.bytesObject(a, identity{})
	case temporaryList:
		e.w.Boundary()
		return a.items.list(e, identity{})
	case temporaryItems:
		e.w.Boundary()
		return a(e)
	}
	return e.any(a)
}

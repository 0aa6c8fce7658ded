package pickle

import (
	"iter"

	"github.com/go-pickle/pickle/vm"
)

// The protocols of the pickle format: see Python's pickle documentation.
const (
	// HighestProtocol is the newest protocol there is.
	HighestProtocol = vm.HighestProtocol
	// DefaultProtocol is what Marshal writes: protocol 5, which Python 3.8
	// and later read, and which Python 3.14 writes by default.
	DefaultProtocol = 5
)

// Limits that hold unless an option says otherwise.
const (
	defaultMaxDepth = 10_000
	// maxMaxDepth is the depth that Go's stack has room for. It can grow to
	// 512 MiB, and 128 MiB on 32-bit machines, where frames are half as large;
	// a level takes up to 2.5 KiB, and what a hook needs itself.
	maxMaxDepth = 100_000 >> (1 - ^uint(0)>>63)
	// defaultStreamSize bounds a pickle read from a stream, where nobody
	// else does.
	defaultStreamSize = 4 << 30
)

// Options configure one call, an Encoder or a Decoder. Where two options
// contradict each other, the later one wins. An option that does not concern
// what is being done (Protocol for Unmarshal, say) has no effect.
type Options interface {
	apply(*options)
}

// options is what all Options come to.
type options struct {
	protocol       int
	registry       *Registry
	persistentID   func(any) (any, bool, error)
	persistentLoad func(any) (any, error)
	bufferCallback func(Buffer) (bool, error)
	buffers        iter.Seq[[]byte]
	keepMemo       bool
	python2Strings Python2Mode
	plain          bool
	alias          bool
	fixImports     bool
	unknownFields  bool // an error
	unknownClasses bool // an error
	unordered      bool
	noMemo         bool
	maxDepth       int
	maxSize        int64
}

func newOptions(opts []Options) (o options) {
	o.set(opts)
	return o
}

// set makes o the defaults and what opts say.
func (o *options) set(opts []Options) {
	*o = options{protocol: DefaultProtocol, fixImports: true, maxDepth: defaultMaxDepth}
	for _, opt := range opts {
		if opt != nil {
			opt.apply(o)
		}
	}
	if o.registry == nil {
		o.registry = defaultRegistry
	}
}

type option func(*options)

func (f option) apply(o *options) { f(o) }

// JoinOptions makes one option of several.
func JoinOptions(opts ...Options) Options {
	return option(func(o *options) {
		for _, opt := range opts {
			if opt != nil {
				opt.apply(o)
			}
		}
	})
}

// Protocol chooses the protocol to write, from 0 to HighestProtocol. Python 2
// reads protocols up to 2, Python 3.0 up to 3, 3.4 up to 4, 3.8 up to 5. A
// negative number means HighestProtocol, as in Python; a larger one is an
// error when something is written.
func Protocol(n int) Options {
	if n < 0 {
		n = HighestProtocol
	}
	return option(func(o *options) { o.protocol = n })
}

// WithRegistry makes classes and functions known by r, rather than by the
// default registry, which nil stands for.
func WithRegistry(r *Registry) Options {
	return option(func(o *options) { o.registry = r })
}

// PersistentID has f called for every value that is about to be written,
// except attribute names, like Pickler.persistent_id. Where f returns true the
// value is written as a reference by persistent ID. A pointer is presented as
// such, not followed by what it points to. At protocol 0 the ID must be a
// string or an integer, and one line of ASCII.
func PersistentID(f func(v any) (pid any, ok bool, err error)) Options {
	return option(func(o *options) { o.persistentID = f })
}

// PersistentLoad has f called for every reference by persistent ID, like
// Unpickler.persistent_load; the reference becomes what f returns. Without
// this option it becomes a PersistentRef.
func PersistentLoad(f func(pid any) (any, error)) Options {
	return option(func(o *options) { o.persistentLoad = f })
}

// BufferCallback has f called for every Buffer that is written at protocol 5,
// and for every field with the tag buffer. The Data of b is the program's own
// memory, not a copy.
// Where f returns false the buffer stays out of the pickle, and f has kept it
// to be sent apart (PEP 574). Note that Python's buffer_callback is the same:
// a false result means out of band.
func BufferCallback(f func(b Buffer) (inBand bool, err error)) Options {
	return option(func(o *options) { o.bufferCallback = f })
}

// Buffers supplies the out-of-band buffers that a pickle refers to, in the
// order in which BufferCallback was given them. They are not copied.
func Buffers(seq iter.Seq[[]byte]) Options {
	return option(func(o *options) { o.buffers = seq })
}

// KeepMemo makes the calls of one Encoder, or of one Decoder, share a memo,
// as the dumps of one Pickler and the loads of one Unpickler do: an object
// that was in an earlier pickle is only referred to. What an Encoder has
// written must not change in between. The Decoder keeps all it has read.
func KeepMemo(keep bool) Options {
	return option(func(o *options) { o.keepMemo = keep })
}

// Python2Mode says what the opcodes for the str of Python 2 (STRING,
// BINSTRING, SHORT_BINSTRING) are decoded to in an any.
type Python2Mode uint8

// The modes of Python2Strings.
const (
	// Python2Raw: a string of the very bytes, which are UTF-8 or not.
	Python2Raw Python2Mode = iota
	// Python2ByteString: a ByteString, which is written as a Python 2 str again.
	Python2ByteString
	// Python2Latin1: a string; each byte is a character of ISO 8859-1.
	Python2Latin1
	// Python2UTF8: a string; other bytes than UTF-8 are an error.
	Python2UTF8
	// Python2Bytes: a []byte.
	Python2Bytes
)

// Python2Strings chooses what the str of Python 2 is decoded to in an any, and
// as which text in a string. Types that leave no choice, []byte, ByteString and
// the like, take the bytes as they are in every mode, and attributes and keys
// are found by their names in every mode.
func Python2Strings(mode Python2Mode) Options {
	return option(func(o *options) { o.python2Strings = mode })
}

// AliasInput lets what is decoded refer to the memory of the input, rather than have
// copies of its parts: every bytes object, and every str that is in the input as it
// is. The program promises that it does not modify the input, nor those slices, as
// long as it uses anything decoded from it, of which each part keeps the whole input
// from being collected. Byte slices have no room to append. That pays for large
// payloads. A Decoder then does not use its buffers again. With the build tag purego
// text is copied anyway. The default is false.
func AliasInput(on bool) Options {
	return option(func(o *options) { o.alias = on })
}

// PlainValues makes an any hold only Go's own types where it can: a dict
// becomes a map[string]any, or a map[any]any where a key is no string, and a
// tuple, set or frozenset a []any. A key that no Go map can hold (a tuple) is
// an error. What is decoded so does not encode to the same pickle again.
func PlainValues(plain bool) Options {
	return option(func(o *options) { o.plain = plain })
}

// FixImports says whether the Python 2 names of modules and classes stand for
// their Python 3 names below protocol 3, in both directions. The default is
// true, as in Python.
func FixImports(fix bool) Options {
	return option(func(o *options) { o.fixImports = fix })
}

// DisallowUnknownFields makes an attribute or key that no field of the target
// struct takes an UnmarshalTypeError.
func DisallowUnknownFields(disallow bool) Options {
	return option(func(o *options) { o.unknownFields = disallow })
}

// DisallowUnknownClasses makes a class or function that is not registered a
// GlobalError, rather than an *Object or a Global.
func DisallowUnknownClasses(disallow bool) Options {
	return option(func(o *options) { o.unknownClasses = disallow })
}

// Deterministic says whether Go maps are written in the order of their keys.
// The default is true; false is faster.
func Deterministic(sorted bool) Options {
	return option(func(o *options) { o.unordered = !sorted })
}

// NoMemo writes every object anew instead of referring to the one written
// before, like Pickler.fast. Shared objects become several; a cycle is an
// error.
func NoMemo(none bool) Options {
	return option(func(o *options) { o.noMemo = none })
}

// MaxDepth bounds how deeply values may be nested, for decoding and encoding.
// The default is 10,000; values beyond 100,000 (on 32-bit machines, 50,000)
// count as that, since Go's own stack is limited. Deeper values are a
// LimitError.
func MaxDepth(n int) Options {
	return option(func(o *options) { o.maxDepth = min(max(n, 1), maxMaxDepth) })
}

// MaxSize bounds the size of a pickle in bytes, read or written; a larger one
// is a LimitError. 0 means the default: 4 GiB for a pickle from a reader, no
// limit for one that is in memory already or is written.
func MaxSize(n int64) Options {
	return option(func(o *options) { o.maxSize = max(n, 0) })
}

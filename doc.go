// Package pickle reads and writes Python pickles as package encoding/json
// reads and writes JSON: into structs and out of them, with Python's classes,
// all six protocols, shared objects and cycles. Nothing in a pickle is ever run.
//
//	type Order struct {
//		Number int      `pickle:"number"`
//		Tags   []string `pickle:"tags,set"`
//	}
//
//	var o Order
//	err := pickle.Unmarshal(data, &o)         // from a dict, or an instance of any class
//	data, err = pickle.Marshal(o)             // a dict
//	data, err = pickle.Marshal(o, pickle.Protocol(2)) // for Python 2
//
// # Safety
//
// A pickle is a program, and Python's own loader runs it: it imports what the
// pickle names and calls what the pickle wants called. This package does
// neither. It records which class or function is called with which arguments,
// and what becomes of that is decided here: a Go type that the program has
// registered, one of the built-in types in the table below, or an *Object,
// which is data. No input makes it panic, and what it uses of memory and time
// is in proportion to the size of the input. What it cannot know is whether
// the data are true: a pickle from a stranger is as trustworthy as any other
// message from a stranger, and so are the arguments of hooks such as
// UnmarshalPickle and PersistentLoad.
//
// # Python and Go
//
// What a value of Python becomes in an any, and what else it can be decoded
// into:
//
//	Python             into an any        also into
//	None               nil                the zero value of every type
//	bool               bool               bool kinds
//	int                int64, *big.Int    int, uint, float and complex kinds
//	                   if too large       that hold just that number
//	float              float64            the same
//	complex            complex128         the same
//	str                string             string kinds, []byte,
//	                                      encoding.TextUnmarshaler
//	bytes              []byte             string kinds, [N]byte
//	bytearray          ByteArray          []byte, string kinds, [N]byte
//	str of Python 2    string             as str and bytes; see Python2Strings
//	list               []any              slices, [N]T, *Set, FrozenSet,
//	                                      map[T]struct{}, map[T]bool,
//	                                      structs that go by position
//	tuple              Tuple              the same
//	set, frozenset     *Set, FrozenSet    the same
//	dict               *Dict              map[K]V, structs
//	class, function    Global
//	range, slice       Range, Slice
//	Ellipsis,          Ellipsis{},
//	NotImplemented     NotImplemented{}
//	instance of a      *T; T if it is     T, *T, interfaces that they
//	class registered   an Enum            implement
//	for T
//	any other          *Object            structs, from the attributes; slices,
//	instance                              maps and other kinds, from what a
//	                                      subclass of list, dict, str, …
//	                                      inherits
//	persistent ID      PersistentRef      what PersistentLoad returns
//	out-of-band        Buffer             []byte, string kinds
//	buffer
//	extension code     Extension          what RegisterExtension names
//
// A struct takes the attributes of any instance, unless its class is registered
// for another type. A number never loses anything: 0.1 does not fit a float32,
// and 300 no int8. The names of attributes match exactly, upper and lower case
// included; what no field names is skipped, unless a field tagged ",unknown"
// keeps it or DisallowUnknownFields forbids it. A field that the pickle does
// not name keeps its value. If decoding fails, the target is as it was.
//
// The option PlainValues makes an any hold maps and slices of Go in place of
// *Dict, Tuple, *Set and FrozenSet. Python2Strings chooses what the str of
// Python 2 becomes. DisallowUnknownClasses makes a class or function an error
// that is neither registered nor one of those built into Python that the table
// is about.
//
// What is written for a value of Go:
//
//	Go                                          Python
//	nil, nil pointers, maps and slices          None
//	bool, int, uint, float, complex kinds       bool, int, float, complex
//	*big.Int                                    int
//	string kinds                                str
//	ByteString                                  str of Python 2
//	[]byte, [N]byte                             bytes
//	ByteArray, the tag bytearray                bytearray
//	slices, arrays, iter.Seq                    list; tuple for a key of a dict or an
//	                                            element of a set
//	Tuple, the tag tuple                        tuple
//	*Set, map[T]struct{}, the tag set           set
//	FrozenSet, the tag frozenset                frozenset
//	maps (by sorted keys), iter.Seq2, *Dict     dict
//	structs                                     dict of their exported fields
//	structs that go by position                 tuple or list
//	registered types                            instances of their class
//	pointers, interfaces                        what they point to or hold
//	encoding.TextMarshaler                      str
//	Global, Range, Slice, Ellipsis, …, *Object  what they were
//	channels, functions, unsafe pointers        an error
//
// Types of Python's library, such as datetime.datetime, decimal.Decimal or
// collections.OrderedDict, are instances of classes like any other: an
// *Object in an any, and whatever is registered for them.
//
// # Struct tags
//
// A field may have a tag `pickle:"name,option,option"`. Without a name the
// attribute or key is called like the field; the name "-" leaves the field out.
// The options are
//
//	omitempty   do not write false, 0, a nil pointer, an empty string, slice or map
//	omitzero    do not write the zero value, or one whose IsZero is true
//	required    it is an error if a pickle lacks it
//	inline      the fields of this struct belong to the outer one; the default
//	            for embedded structs
//	unknown     this map or *Dict keeps what no other field names
//	tuple, list, set, frozenset, bytearray
//	            what the field is written as
//
// A struct with a field
//
//	_ struct{} `pickle:",tuple"`
//
// goes by position: it is written as a tuple of its fields in their order (or,
// with ",list", as a list), and read from tuples and lists of that length.
// Fields at the end that may be omitted may be missing.
//
// # Classes
//
// Register maps a class of Python to a Go type, for both directions:
//
//	pickle.Register("shop.models.Order", Order{})
//	pickle.Register("shop.models:Order.Line", Line{})   // class Line inside class Order
//	pickle.Register("shop.models.Size", Size{}, pickle.NamedTuple())
//	pickle.Register("shop.models.State", State(0), pickle.Enum())
//
// A struct stands for a class whose instances have attributes, by the names of
// its fields; the options Slots, NamedTuple and Arguments are for classes that
// are made in other ways. Any other type stands for a class derived from one
// of Python's own: a slice for a subclass of list, a map of dict, a string of
// str, an int of int. Alias gives a class the names that it had before. A
// Registry of its own, and the option WithRegistry, keep apart what the
// default registry would mix.
//
// A type can do more for itself. Marshaler and Unmarshaler replace a value by
// another one; StateGetter and StateSetter are __getstate__ and __setstate__;
// Reducer is __reduce__.
//
// # Identity
//
// What is one object in Python is one in Go, and the other way round, cycles
// included. An object is a pointer, a map, or the memory of a slice, string,
// Tuple, []byte or ByteArray together with its length. So what CPython's C
// pickler wrote is decoded and encoded to the same bytes, at the same protocol.
// A shared object that is decoded into a struct or array, not a pointer to it,
// is copied to each place. Numbers, and times as text, have no identity to
// keep. Strings of Go may share memory where those of Python would not: two
// literals of the same text, a substring and the beginning of its string are
// told apart by length only. That changes the bytes, never the value.
//
// # Errors
//
// Errors are pointers to one of five types, for errors.As: SyntaxError, the
// input is no valid pickle; UnmarshalTypeError, it does not fit the target;
// GlobalError, it wants a class that is not there; LimitError; and
// MarshalError. All but the last have the offset in the input and the opcode
// there, and all that concern a part of a value the path to it, such as
// [3].metric["a"]. A SyntaxError has a hint where the input looks like something
// else: compressed data, HTML, a Git-LFS pointer. The texts of errors may change
// in any version.
//
// # Limits
//
//	MaxDepth   how deeply values may be nested, 10,000 by default and 100,000
//	           at most; for decoding and encoding
//	MaxSize    of one pickle in bytes: 4 GiB from a reader, no limit for what
//	           is in memory already
//
// Memory for a large object grows with what arrives of it, whatever length
// the pickle claims. Repr stops at 64 MiB. See the options for the rest.
//
// # Concurrency
//
// Functions of this package, Registry, and the Values of Parse may be used by
// several goroutines at once. An Encoder, a Decoder, and a Value that a hook
// was given may not. Dict and Set are like the maps of Go: many may read, or
// one may write.
package pickle

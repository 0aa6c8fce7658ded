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
//	datetime.datetime  time.Time          *time.Time, string (RFC 3339)
//	  date, time       Date, TimeOfDay    string; a Date also time.Time
//	  timedelta        time.Duration
//	  timezone         *time.Location
//	zoneinfo.ZoneInfo  *time.Location
//	decimal.Decimal    Decimal            numbers that hold just that, *big.Float,
//	                                      *big.Rat, string, TextUnmarshaler
//	fractions.Fraction *big.Rat           numbers that hold just that, string
//	uuid.UUID          UUID               [16]byte, string, TextUnmarshaler
//	ipaddress.IPv4-,   netip.Addr, netip.Prefix, string, TextUnmarshaler;
//	IPv6Address, …     IPInterface        an interface also netip.Prefix
//	pathlib.PosixPath, Path               string, TextUnmarshaler
//	PureWindowsPath, …
//	urllib.parse.      *SplitResult,      url.URL, string, what a tuple goes into
//	Split-, ParseResult *ParseResult
//	OrderedDict,       *OrderedDict,      what a dict goes into
//	defaultdict,       *DefaultDict,
//	Counter, UserDict  *Counter, *UserDict
//	deque, UserList    *Deque, *UserList  what a list goes into
//	ChainMap           *ChainMap
//	UserString         *UserString        string
//	array.array        *Array             slices of numbers, string
//	exceptions         *Exception         error and other interfaces
//	SimpleNamespace    *SimpleNamespace   structs, maps
//	re.Pattern         Pattern            string, []byte, if it has no flags
//	functools.partial, *Partial, *ItemGetter, *AttrGetter, *MethodCaller,
//	operator.*getter…  which are data and call nothing
//	random.Random      *Random, which continues Python's sequence
//
// A struct takes the attributes of any instance, unless its class is registered
// for another type. A number never loses anything: 0.1 does not fit a float32,
// and 300 no int8. The names of attributes match exactly, upper and lower case
// included; what no field names is skipped, unless a field tagged ",unknown"
// keeps it or DisallowUnknownFields forbids it. A field that the pickle does
// not name keeps its value. If decoding fails, the target is as it was.
//
// The option PlainValues makes an any hold maps and slices of Go in place of
// *Dict, Tuple, *Set and FrozenSet, and of the containers of Python's library.
// Python2Strings chooses what the str of
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
//	Buffer, the tag buffer                      bytes or bytearray, or out of band
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
//	time.Time, time.Duration, *time.Location    datetime, timedelta, timezone or ZoneInfo
//	*big.Rat, netip.Addr, netip.Prefix          Fraction, IPv4Address, IPv4Network, …
//	encoding.TextMarshaler, url.URL             str
//	Global, Range, Slice, Ellipsis, …, *Object  what they were
//	channels, functions, unsafe pointers        an error
//
// The types of Python's library in the table are registered in the same way as a
// program's own, below all others: what a program registers goes before them.
// What a Go type cannot hold in full, and any form that is not Python's own,
// is an *Object in an any, so that nothing is lost.
//
// # Time
//
// A time.Time without a time zone, which Python calls naive, is in the location
// Naive. One whose location is
//
//   - Naive (or NaiveFold, the second of two equal times when clocks are put
//     back) is written as a naive datetime;
//   - time.UTC, as one in datetime.timezone.utc;
//   - made by time.FixedZone, in datetime.timezone(offset, name);
//   - loaded by time.LoadLocation, in zoneinfo.ZoneInfo(name), for which Python 3.9
//     is needed;
//   - time.Local, in a datetime.timezone with the offset and abbreviation of that
//     time.
//
// The zones of Python are looked up by time.LoadLocation; import time/tzdata to be
// independent of the files of the machine. Nanoseconds are cut off toward the
// past. The years are 1 to 9999.
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
//	base        of a class derived from list, dict, str, int, …: what the base class
//	            holds; the other fields are the attributes
//	tuple, list, set, frozenset, bytearray
//	            what the field is written as
//	buffer      these bytes go out of band, at protocol 5, if BufferCallback wants
//	            them; those of a ByteArray as memory that can be written to
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
// its fields; the options Slots, NamedTuple, Arguments and OldStyle are for classes
// that are made in other ways. Any other type stands for a class derived from one
// of Python's own: a slice for a subclass of list, a map of dict, a string of
// str, an int of int. Alias gives a class the names that it had before. A
// Registry of its own, and the option WithRegistry, keep apart what the
// default registry would mix; Layer puts one Registry on another, and Freeze
// ends all registering.
//
// RegisterFunc maps a function of Python to a function of Go, which gets the
// arguments of the call, by their types, and with the option Reduces also writes
// types of other packages. An exception class of a program is registered for a
// struct that embeds Exception.
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
// What is referred to often and must be copied for the target, or hashed, has a
// budget: 32 items or bytes for each byte of input, and 4 Mi more. Beyond it is a
// LimitError. SECURITY.md has the details.
//
// Memory for a large object grows with what arrives of it, whatever length
// the pickle claims. Repr stops at 64 MiB. See the options for the rest.
//
// # Large data
//
// Items decodes a list that is larger than memory item by item. AliasInput lets
// bytes and text refer to the input, and Buffers and BufferCallback leave large
// buffers out of the pickle (PEP 574). Parse executes a pickle and decodes only what
// is asked for. Append takes the memory of the result from the caller; an Encoder
// writes large bytes and text from where they are.
//
// # Concurrency
//
// Functions of this package, Registry, and the Values of Parse may be used by
// several goroutines at once. An Encoder, a Decoder, and a Value that a hook
// was given may not. If a hook panics, the panic reaches the caller; the target is
// as it was, and the Encoder or Decoder can be used on. Dict and Set are like the maps of Go: many may read, or
// one may write.
package pickle

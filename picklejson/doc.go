// Package picklejson writes pickles as JSON, in two forms.
//
// The lossless form (Append, Write, Decode) has all that a pickle says: decoded
// again it is the same graph of values, with what is shared and what is cyclic,
// and where Marshal writes the same bytes for the decoded pickle, it still does.
// The plain form (Plain) is for those who want the data only.
//
// # Lossless form
//
// A value is what JSON has for it, or an object of one member whose name is its
// type. What comes out of a pickle is what pickle.Unmarshal makes of it with
// DecodeOptions:
//
//	Python             Go                JSON
//	None               nil               null
//	bool               bool              true, false
//	int                int64, *big.Int   a number without fraction and exponent;
//	                                     {"int": "…"}, in decimal or, with 0x before it,
//	                                     in hexadecimal, from 2**53 on
//	float              float64           a number with a fraction or an exponent;
//	                                     {"float": "inf"}, "-inf", "nan", or for any other
//	                                     NaN its bits, {"float": "0x7ff8000000000001"}
//	complex            complex128        {"complex": [real, imag]}, each like a float
//	str                string            a string; {"str": ["…", "…"]}, to be joined, if
//	                                     it has surrogates next to each other that are not
//	                                     one character; {"name": "…"}, see below
//	str of Python 2    ByteString        {"bytestring": "…"}, a character U+0000 to U+00FF
//	                                     for each byte
//	bytes              []byte            {"bytes": "…"}, in base64
//	bytearray          ByteArray         {"bytearray": "…"}
//	out-of-band buffer Buffer            {"buffer": "…", "readonly": true}
//	list               []any             an array
//	tuple              Tuple             {"tuple": […]}
//	set, frozenset     *Set, FrozenSet   {"set": […]}, {"frozenset": […]}
//	dict               *Dict             {"dict": {"key": value, …}} if all keys are names,
//	                                     else {"dict": [[key, value], …]}
//	range              Range             {"range": [start, stop, step]}
//	slice              Slice             {"slice": [start, stop, step]}
//	Ellipsis,          Ellipsis{},       {"singleton": "Ellipsis"},
//	NotImplemented     NotImplemented{}  {"singleton": "NotImplemented"}
//	class, function    Global            {"global": ["module", "name"]}
//	extension code     Extension         {"extension": code}
//	persistent ID      PersistentRef     {"persistent": value}
//	any other instance *Object           {"object": "form", …}
//
// An object has, besides its form, those of these members that are not empty:
// "class", ["module", "name"], or "callable", any value; "base", for the form
// reconstructor, like class; "args", an array that stands for a tuple, or a tuple;
// "kwargs", a dict; "items", an array, and "adds", true if they were added rather
// than appended; "pairs", an array of arrays of a key and a value; "earlier", an array
// of states; "setter" and "state". They mean what the fields of a pickle.Object
// mean. The forms are reduce, newobj, newobj_ex, reconstructor, inst, obj and itself.
//
// Objects that are referred to more than once have a number where they occur for
// the first time, {"id": 1, "dict": {…}}, a list as {"id": 1, "list": […]} and a str as
// {"id": 1, "str": "…"}. All other references are {"ref": 1}. A reference may be within
// the object itself, if that is, or goes through, a list, dict, set or object.
//
// The strings that name things are mostly one object for each text, so that they
// are told by it: all keys of dicts in the form {"key": value}, and all modules
// and names of globals, that are equal are one str. As a value, that str is
// {"name": "…"}; any other string is an object of its own. Instead of a module or name,
// a value may stand there: {"str": "…"} for a string of its own, or {"ref": 1}. Equal
// globals are one object, whose strings are those of the first.
//
// Members may come in any order, but for those of a dict, whose order is that of
// the dict. The format only grows: what can be read now will be readable.
//
// Surrogates without their other half are written as escapes (\ud800), as Python's
// own json does. Some programs of others reject or replace them.
//
// # Plain form
//
// Plain writes what pickle.Unmarshal makes of a pickle with the types of Python's
// library. Nobody can tell afterwards what was a tuple and what a list:
//
//	None, bool, int, str        null, true, false, a number of any length, a string
//	float                       a number with a fraction or an exponent; see NonFinite
//	bytes, bytearray, buffer    a string; see Bytes
//	str of Python 2             a string: the text, if it is UTF-8, else that of Latin-1
//	list, tuple, set,           an array
//	frozenset, deque, array
//	dict, OrderedDict,          an object. Keys that are no str are what the key is as a
//	defaultdict, Counter        value: "1", "1.5", "true", "null", "2024-05-01"; others
//	                            their repr
//	datetime, date, time        a string, ISO 8601
//	timedelta, Decimal, UUID,   a string: their str in Python
//	Fraction, complex, Path,
//	IPv4Address, SplitResult, …
//	UserDict, UserList,         like what they hold; a ChainMap is an array of its
//	UserString, ChainMap        mappings
//	exception                   a string: "ValueError: no such item"
//	class, function, range,     a string: their repr
//	slice, re.Pattern, partial
//	other instance              an object of its attributes. If it has none: an object of
//	                            its dict items, an array of its list items, or what it
//	                            is made of: the argument of a call or an array of those
//	                            (an Enum is its value, a namedtuple an array). If it has
//	                            several of these, the members "__args__", "__items__",
//	                            "__pairs__" and "__state__" are beside the attributes
//	persistent ID               the ID
//
// What is shared is written each time, up to a limit; see MaxExpansion.
package picklejson

package vm

// Opcode is one instruction of the pickle machine. Its String is the name
// that Python's pickletools gives it.
type Opcode byte

// The 68 opcodes, in the order of pickletools.opcodes. The comment says what
// an opcode pushes or does.
const (
	OpInt             Opcode = 0x49 // a decimal line: an int, or a bool where it says 00 or 01
	OpBinInt          Opcode = 0x4a // a signed 32-bit int
	OpBinInt1         Opcode = 0x4b // an int from one byte
	OpBinInt2         Opcode = 0x4d // an int from two bytes
	OpLong            Opcode = 0x4c // a decimal line ending in L: an int
	OpLong1           Opcode = 0x8a // an int of up to 255 bytes, two's complement
	OpLong4           Opcode = 0x8b // an int with a 4-byte length, two's complement
	OpString          Opcode = 0x53 // a quoted line: a Python 2 str
	OpBinString       Opcode = 0x54 // a Python 2 str with a 4-byte length
	OpShortBinString  Opcode = 0x55 // a Python 2 str with a 1-byte length
	OpBinBytes        Opcode = 0x42 // bytes with a 4-byte length
	OpShortBinBytes   Opcode = 0x43 // bytes with a 1-byte length
	OpBinBytes8       Opcode = 0x8e // bytes with an 8-byte length
	OpByteArray8      Opcode = 0x96 // a bytearray with an 8-byte length
	OpNextBuffer      Opcode = 0x97 // the next out-of-band buffer
	OpReadonlyBuffer  Opcode = 0x98 // make the buffer on top read-only
	OpNone            Opcode = 0x4e // None
	OpNewTrue         Opcode = 0x88 // True
	OpNewFalse        Opcode = 0x89 // False
	OpUnicode         Opcode = 0x56 // a raw-unicode-escaped line: a str
	OpShortBinUnicode Opcode = 0x8c // a str with a 1-byte length
	OpBinUnicode      Opcode = 0x58 // a str with a 4-byte length
	OpBinUnicode8     Opcode = 0x8d // a str with an 8-byte length
	OpFloat           Opcode = 0x46 // a decimal line: a float
	OpBinFloat        Opcode = 0x47 // a float from 8 big-endian bytes
	OpEmptyList       Opcode = 0x5d // an empty list
	OpAppend          Opcode = 0x61 // append the top to the list below it
	OpAppends         Opcode = 0x65 // append everything above the mark to the list below it
	OpList            Opcode = 0x6c // a list of everything above the mark
	OpEmptyTuple      Opcode = 0x29 // the empty tuple
	OpTuple           Opcode = 0x74 // a tuple of everything above the mark
	OpTuple1          Opcode = 0x85 // a tuple of the top
	OpTuple2          Opcode = 0x86 // a tuple of the top two
	OpTuple3          Opcode = 0x87 // a tuple of the top three
	OpEmptyDict       Opcode = 0x7d // an empty dict
	OpDict            Opcode = 0x64 // a dict of the keys and values above the mark
	OpSetItem         Opcode = 0x73 // put one key and value into the dict below
	OpSetItems        Opcode = 0x75 // put the keys and values above the mark into the dict below it
	OpEmptySet        Opcode = 0x8f // an empty set
	OpAddItems        Opcode = 0x90 // add everything above the mark to the set below it
	OpFrozenSet       Opcode = 0x91 // a frozenset of everything above the mark
	OpPop             Opcode = 0x30 // drop the top, or the mark if it is on top
	OpDup             Opcode = 0x32 // push the top once more
	OpMark            Opcode = 0x28 // push a mark
	OpPopMark         Opcode = 0x31 // drop the topmost mark and all above it
	OpGet             Opcode = 0x67 // push the memo entry named by a decimal line
	OpBinGet          Opcode = 0x68 // push the memo entry of a 1-byte index
	OpLongBinGet      Opcode = 0x6a // push the memo entry of a 4-byte index
	OpPut             Opcode = 0x70 // store the top in the memo under a decimal line
	OpBinPut          Opcode = 0x71 // store the top in the memo under a 1-byte index
	OpLongBinPut      Opcode = 0x72 // store the top in the memo under a 4-byte index
	OpMemoize         Opcode = 0x94 // store the top in the memo under the number of its entries
	OpExt1            Opcode = 0x82 // the class of a 1-byte extension code
	OpExt2            Opcode = 0x83 // the class of a 2-byte extension code
	OpExt4            Opcode = 0x84 // the class of a 4-byte extension code
	OpGlobal          Opcode = 0x63 // the class or function named by two lines, module and name
	OpStackGlobal     Opcode = 0x93 // the class or function named by two strs, module and name
	OpReduce          Opcode = 0x52 // the result of calling a callable with a tuple of arguments
	OpBuild           Opcode = 0x62 // give the object below its state
	OpInst            Opcode = 0x69 // an instance of the class named by two lines, arguments above the mark
	OpObj             Opcode = 0x6f // an instance of the class that follows the mark, arguments above it
	OpNewObj          Opcode = 0x81 // cls.__new__(cls, *args)
	OpNewObjEx        Opcode = 0x92 // cls.__new__(cls, *args, **kwargs)
	OpProto           Opcode = 0x80 // the protocol of what follows
	OpStop            Opcode = 0x2e // the end: the top is the result
	OpFrame           Opcode = 0x95 // the length of the frame that follows
	OpPersID          Opcode = 0x50 // the object of the persistent ID on this line
	OpBinPersID       Opcode = 0x51 // the object of the persistent ID on the stack
)

// Arg says what follows an opcode in the input. Its String is the name of the
// ArgumentDescriptor in pickletools.
type Arg uint8

// The argument forms. Lengths and integers are little-endian.
const (
	ArgNone         Arg = iota // nothing
	ArgDecimalShort            // decimal digits and a newline
	ArgInt4                    // 4-byte little-endian signed
	ArgUint1                   // 1 byte
	ArgUint2                   // 2-byte little-endian
	ArgDecimalLong             // decimal digits, an L and a newline
	ArgLong1                   // 1-byte length, then two's complement
	ArgLong4                   // 4-byte signed length, then two's complement
	ArgStringLine              // a quoted, escaped string and a newline
	ArgString4                 // 4-byte signed length, then bytes
	ArgString1                 // 1-byte length, then bytes
	ArgBytes4                  // 4-byte length, then bytes
	ArgBytes1                  // 1-byte length, then bytes
	ArgBytes8                  // 8-byte length, then bytes
	ArgByteArray8              // 8-byte length, then bytes
	ArgUnicodeLine             // raw-unicode-escaped text and a newline
	ArgUnicode1                // 1-byte length, then UTF-8
	ArgUnicode4                // 4-byte length, then UTF-8
	ArgUnicode8                // 8-byte length, then UTF-8
	ArgFloatLine               // a decimal float and a newline
	ArgFloat8                  // 8-byte big-endian IEEE 754
	ArgUint4                   // 4-byte little-endian
	ArgLinePair                // two texts, each with a newline
	ArgUint8                   // 8-byte little-endian
	ArgLine                    // text and a newline
)

var argNames = [...]string{
	ArgDecimalShort: "decimalnl_short",
	ArgInt4:         "int4",
	ArgUint1:        "uint1",
	ArgUint2:        "uint2",
	ArgDecimalLong:  "decimalnl_long",
	ArgLong1:        "long1",
	ArgLong4:        "long4",
	ArgStringLine:   "stringnl",
	ArgString4:      "string4",
	ArgString1:      "string1",
	ArgBytes4:       "bytes4",
	ArgBytes1:       "bytes1",
	ArgBytes8:       "bytes8",
	ArgByteArray8:   "bytearray8",
	ArgUnicodeLine:  "unicodestringnl",
	ArgUnicode1:     "unicodestring1",
	ArgUnicode4:     "unicodestring4",
	ArgUnicode8:     "unicodestring8",
	ArgFloatLine:    "floatnl",
	ArgFloat8:       "float8",
	ArgUint4:        "uint4",
	ArgLinePair:     "stringnl_noescape_pair",
	ArgUint8:        "uint8",
	ArgLine:         "stringnl_noescape",
}

func (a Arg) String() string { return argNames[a] }

// Info describes an opcode as pickletools does.
type Info struct {
	Name   string
	Arg    Arg
	Before string // the names of what it takes from the stack, bottom first
	After  string // the names of what it leaves
	Proto  int    // the protocol that introduced it
	Doc    string
}

// infos is the one table of opcodes: the machine, the writer and whatever
// prints programs read it. A test holds it against CPython's own.
var infos = [256]Info{
	OpInt:             {"INT", ArgDecimalShort, "", "int_or_bool", 0, "a decimal line: an int, or a bool where it says 00 or 01"},
	OpBinInt:          {"BININT", ArgInt4, "", "int", 1, "a signed 32-bit int"},
	OpBinInt1:         {"BININT1", ArgUint1, "", "int", 1, "an int from one byte"},
	OpBinInt2:         {"BININT2", ArgUint2, "", "int", 1, "an int from two bytes"},
	OpLong:            {"LONG", ArgDecimalLong, "", "int", 0, "a decimal line ending in L: an int"},
	OpLong1:           {"LONG1", ArgLong1, "", "int", 2, "an int of up to 255 bytes, two's complement"},
	OpLong4:           {"LONG4", ArgLong4, "", "int", 2, "an int with a 4-byte length, two's complement"},
	OpString:          {"STRING", ArgStringLine, "", "bytes_or_str", 0, "a quoted line: a Python 2 str"},
	OpBinString:       {"BINSTRING", ArgString4, "", "bytes_or_str", 1, "a Python 2 str with a 4-byte length"},
	OpShortBinString:  {"SHORT_BINSTRING", ArgString1, "", "bytes_or_str", 1, "a Python 2 str with a 1-byte length"},
	OpBinBytes:        {"BINBYTES", ArgBytes4, "", "bytes", 3, "bytes with a 4-byte length"},
	OpShortBinBytes:   {"SHORT_BINBYTES", ArgBytes1, "", "bytes", 3, "bytes with a 1-byte length"},
	OpBinBytes8:       {"BINBYTES8", ArgBytes8, "", "bytes", 4, "bytes with an 8-byte length"},
	OpByteArray8:      {"BYTEARRAY8", ArgByteArray8, "", "bytearray", 5, "a bytearray with an 8-byte length"},
	OpNextBuffer:      {"NEXT_BUFFER", ArgNone, "", "buffer", 5, "the next out-of-band buffer"},
	OpReadonlyBuffer:  {"READONLY_BUFFER", ArgNone, "buffer", "buffer", 5, "make the buffer on top read-only"},
	OpNone:            {"NONE", ArgNone, "", "None", 0, "None"},
	OpNewTrue:         {"NEWTRUE", ArgNone, "", "bool", 2, "True"},
	OpNewFalse:        {"NEWFALSE", ArgNone, "", "bool", 2, "False"},
	OpUnicode:         {"UNICODE", ArgUnicodeLine, "", "str", 0, "a raw-unicode-escaped line: a str"},
	OpShortBinUnicode: {"SHORT_BINUNICODE", ArgUnicode1, "", "str", 4, "a str with a 1-byte length"},
	OpBinUnicode:      {"BINUNICODE", ArgUnicode4, "", "str", 1, "a str with a 4-byte length"},
	OpBinUnicode8:     {"BINUNICODE8", ArgUnicode8, "", "str", 4, "a str with an 8-byte length"},
	OpFloat:           {"FLOAT", ArgFloatLine, "", "float", 0, "a decimal line: a float"},
	OpBinFloat:        {"BINFLOAT", ArgFloat8, "", "float", 1, "a float from 8 big-endian bytes"},
	OpEmptyList:       {"EMPTY_LIST", ArgNone, "", "list", 1, "an empty list"},
	OpAppend:          {"APPEND", ArgNone, "list any", "list", 0, "append the top to the list below it"},
	OpAppends:         {"APPENDS", ArgNone, "list mark stackslice", "list", 1, "append everything above the mark to the list below it"},
	OpList:            {"LIST", ArgNone, "mark stackslice", "list", 0, "a list of everything above the mark"},
	OpEmptyTuple:      {"EMPTY_TUPLE", ArgNone, "", "tuple", 1, "the empty tuple"},
	OpTuple:           {"TUPLE", ArgNone, "mark stackslice", "tuple", 0, "a tuple of everything above the mark"},
	OpTuple1:          {"TUPLE1", ArgNone, "any", "tuple", 2, "a tuple of the top"},
	OpTuple2:          {"TUPLE2", ArgNone, "any any", "tuple", 2, "a tuple of the top two"},
	OpTuple3:          {"TUPLE3", ArgNone, "any any any", "tuple", 2, "a tuple of the top three"},
	OpEmptyDict:       {"EMPTY_DICT", ArgNone, "", "dict", 1, "an empty dict"},
	OpDict:            {"DICT", ArgNone, "mark stackslice", "dict", 0, "a dict of the keys and values above the mark"},
	OpSetItem:         {"SETITEM", ArgNone, "dict any any", "dict", 0, "put one key and value into the dict below"},
	OpSetItems:        {"SETITEMS", ArgNone, "dict mark stackslice", "dict", 1, "put the keys and values above the mark into the dict below it"},
	OpEmptySet:        {"EMPTY_SET", ArgNone, "", "set", 4, "an empty set"},
	OpAddItems:        {"ADDITEMS", ArgNone, "set mark stackslice", "set", 4, "add everything above the mark to the set below it"},
	OpFrozenSet:       {"FROZENSET", ArgNone, "mark stackslice", "frozenset", 4, "a frozenset of everything above the mark"},
	OpPop:             {"POP", ArgNone, "any", "", 0, "drop the top, or the mark if it is on top"},
	OpDup:             {"DUP", ArgNone, "any", "any any", 0, "push the top once more"},
	OpMark:            {"MARK", ArgNone, "", "mark", 0, "push a mark"},
	OpPopMark:         {"POP_MARK", ArgNone, "mark stackslice", "", 1, "drop the topmost mark and all above it"},
	OpGet:             {"GET", ArgDecimalShort, "", "any", 0, "push the memo entry named by a decimal line"},
	OpBinGet:          {"BINGET", ArgUint1, "", "any", 1, "push the memo entry of a 1-byte index"},
	OpLongBinGet:      {"LONG_BINGET", ArgUint4, "", "any", 1, "push the memo entry of a 4-byte index"},
	OpPut:             {"PUT", ArgDecimalShort, "", "", 0, "store the top in the memo under a decimal line"},
	OpBinPut:          {"BINPUT", ArgUint1, "", "", 1, "store the top in the memo under a 1-byte index"},
	OpLongBinPut:      {"LONG_BINPUT", ArgUint4, "", "", 1, "store the top in the memo under a 4-byte index"},
	OpMemoize:         {"MEMOIZE", ArgNone, "any", "any", 4, "store the top in the memo under the number of its entries"},
	OpExt1:            {"EXT1", ArgUint1, "", "any", 2, "the class of a 1-byte extension code"},
	OpExt2:            {"EXT2", ArgUint2, "", "any", 2, "the class of a 2-byte extension code"},
	OpExt4:            {"EXT4", ArgInt4, "", "any", 2, "the class of a 4-byte extension code"},
	OpGlobal:          {"GLOBAL", ArgLinePair, "", "any", 0, "the class or function named by two lines, module and name"},
	OpStackGlobal:     {"STACK_GLOBAL", ArgNone, "str str", "any", 4, "the class or function named by two strs, module and name"},
	OpReduce:          {"REDUCE", ArgNone, "any any", "any", 0, "the result of calling a callable with a tuple of arguments"},
	OpBuild:           {"BUILD", ArgNone, "any any", "any", 0, "give the object below its state"},
	OpInst:            {"INST", ArgLinePair, "mark stackslice", "any", 0, "an instance of the class named by two lines, arguments above the mark"},
	OpObj:             {"OBJ", ArgNone, "mark any stackslice", "any", 1, "an instance of the class that follows the mark, arguments above it"},
	OpNewObj:          {"NEWOBJ", ArgNone, "any any", "any", 2, "cls.__new__(cls, *args)"},
	OpNewObjEx:        {"NEWOBJ_EX", ArgNone, "any any any", "any", 4, "cls.__new__(cls, *args, **kwargs)"},
	OpProto:           {"PROTO", ArgUint1, "", "", 2, "the protocol of what follows"},
	OpStop:            {"STOP", ArgNone, "any", "", 0, "the end: the top is the result"},
	OpFrame:           {"FRAME", ArgUint8, "", "", 4, "the length of the frame that follows"},
	OpPersID:          {"PERSID", ArgLine, "", "any", 0, "the object of the persistent ID on this line"},
	OpBinPersID:       {"BINPERSID", ArgNone, "any", "any", 1, "the object of the persistent ID on the stack"},
}

// Info returns the description of op; ok is false for a byte that is no opcode.
func (op Opcode) Info() (info Info, ok bool) {
	info = infos[op]
	return info, info.Name != ""
}

// String returns the name of op in pickletools, or its byte in hexadecimal
// where there is no such opcode.
func (op Opcode) String() string {
	if name := infos[op].Name; name != "" {
		return name
	}
	const digits = "0123456789abcdef"
	return "0x" + string(digits[op>>4]) + string(digits[op&15])
}

"""The inputs of conformance.py, in the order of its suite: name, pieces of the
pickle, and what there is to say about it. deep: the value is not printed.
hangs: CPython does not come to an end with it."""
import _pickle
import collections
import dataclasses
import datetime
import struct
import zoneinfo


def pack4(n):
    return struct.pack("<I", n & 0xffffffff)


def pack8(n):
    return struct.pack("<Q", n & (1 << 64) - 1)


def frame(b):
    return b"\x95" + pack8(len(b)) + b


class P:
    def __init__(self, **kw):
        self.__dict__.update(kw)


@dataclasses.dataclass
class Data:
    x: int
    y: str = "s"


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    x: int


class Slots:
    __slots__ = "a", "b"


class ListSub(list):
    pass


class DictSub(dict):
    pass


class SetSub(set):
    pass


class WithState:
    def __getstate__(self):
        return (1, 2)

    def __setstate__(self, state):
        pass


class Kw:
    def __getnewargs_ex__(self):
        return (1,), {"b": 2}

    def __new__(cls, *args, **kwargs):
        return super().__new__(cls)


class Outer:
    class Inner:
        pass


def values():
    """The values that other unpicklers get wrong, made anew for each protocol."""
    a = [1, 2]
    yield "SharedList", [a, a]
    c = [1]
    c.append(c)
    yield "ListInItself", c
    a = []
    t = (1, 2, 3, 4, a)
    a.append(t)
    yield "TupleInItself", [7, t]
    for n in (1, 2, 3):
        a = []
        t = (a,) * n
        a.append(t)
        yield f"TupleInItself{n}", t
    d = {}
    d["self"] = d
    yield "DictInItself", d
    yield "Object", P(a=1)
    p = P()
    p.me = p
    yield "ObjectInItself", p
    yield "Dataclass", Data(1)
    yield "FrozenSlots", Frozen(3)
    s = Slots()
    s.a, s.b = 1, [2]
    yield "Slots", s
    ls = ListSub([1, 2])
    ls.x = 3
    yield "ListSubclass", ls
    ds = DictSub(a=1)
    ds.x = 3
    yield "DictSubclass", ds
    yield "SetSubclass", SetSub([1])
    yield "StateIsTuple", WithState()
    yield "KeywordArguments", Kw()
    yield "NestedClass", Outer.Inner()
    yield "Set", {1, 2, 3}
    yield "FrozenSet", frozenset({1, 2, 3})
    yield "SetOfTuple", {(1, 2)}
    yield "SetOfBytes", {b"a"}
    yield "Bytes", [b"", b"a", b"\x00\xff"]
    yield "ByteArray", bytearray(b"a\x00")
    yield "Ints", [0, 1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, -1, -(2**31), -(2**31) - 1, 2**63 - 1, 2**63, -(2**63),
                   -(2**63) - 1, 2**64 - 1, 2**64]
    yield "BigInts", [2**1016, 2**1100, -(2**1100), 2**2031, 2**2032, 2**2039, 2**2040, 2**5000]
    yield "Text", ["a\nb\u1234", "\\u0041", "\r\x00\x1a", "\xff", "\U0001f600", "\ud800", "h\xe9llo", ""]
    yield "TupleKey", {(1, 2): 3}
    yield "BigKey", {2**40: "a", 2**70: "b"}
    yield "NumberKeys", {1: "a", 2.5: "b", None: "c", (): "d"}
    yield "OrderedDict", collections.OrderedDict([("b", 1), ("a", 2)])
    yield "DefaultDict", collections.defaultdict(list, a=[1])
    yield "Counter", collections.Counter("aab")
    yield "Deque", collections.deque([1, 2], 5)
    yield "DateNaive", datetime.datetime(2024, 2, 29, 12, 30, 1, 999999)
    yield "DateUTC", datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc)
    yield "DateZone", datetime.datetime(2024, 2, 29, tzinfo=zoneinfo.ZoneInfo("Europe/Paris"))
    yield "Floats", [0.0, -0.0, 1.5, 1e300, 5e-324, float("inf"), float("-inf"), float("nan"), 1e16, 1e15, 1e-4, 1e-5]
    yield "Singletons", [True, False, None, ..., NotImplemented]
    yield "Complex", 1 - 2j
    x = "shared"
    yield "SharedString", [x, x, {x: x}]
    yield "Class", [P, len, P]


CASES = []


def case(name, *parts, **more):
    CASES.append((name, parts, more))


# Numbers. The first column of what is known about INT: C's strtol with base 0.
for line in (b"010", b"001", b"00", b"01", b"+1", b" 1", b"-0", b"+0", b"0", b"1", b"-1", b"0x10", b"1_0", b"1_000", b"0o17", b"0b11",
             b"08", b"012345678", b"1 ", b"1\r", b"01\r", b"", b"x", b"1x", b"1.0", b"1L", b"-", b"--1", b"0_0", b"_1", b"1__0",
             b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"-9223372036854775809",
             b"0x7fffffffffffffff", b"0xffffffffffffffff", b"0" * 30 + b"1", b"1\x00x", b"\xb2"):
    case("INT/" + line.decode("latin1"), b"I" + line + b"\n.")
for line in (b"0x10L", b"1_0L", b"5", b"5L", b"-5L", b"5LL", b"L", b"", b"0L", b"00L", b"010L", b" 7 L", b"7 L ", b"7\r", b"7L\r", b"0b1L", b"5l"):
    case("LONG/" + line.decode("latin1"), b"L" + line + b"\n.")
for n in (4300, 4301):
    case(f"INT/{n}Digits", b"I", [b"7", n], b"\n.")
    case(f"LONG/{n}Digits", b"L", [b"7", n], b"L\n.")
case("LONG/4301Zeros", b"L", [b"0", 4301], b"L\n.")
case("LONG/HexLong", b"L0x", [b"f", 5000], b"L\n.")
case("LONG/2MDigits", b"L", [b"7", 2_000_000], b"L\n.")
for line in (b"1_0", b" 1.5 ", b"1.5 ", b" 1.5", b"1.5\r", b"1e999", b"-1e999", b"1e400", b"1e-999", b"inf", b"nan", b"infinity", b"-inf",
             b"+inf", b"-nan", b"INF", b"Infinity", b"infi", b"0x1p3", b"1.5", b"1", b"-0", b".5", b"5.", b".", b"1e5", b"1E5", b"1e", b"", b"x",
             b"1d5", b"0x10", b"1.7976931348623157e308", b"1.7976931348623159e308", b"4.9e-324", b"1\x00x"):
    case("FLOAT/" + line.decode("latin1"), b"F" + line + b"\n.")
case("BINFLOAT/NaN", b"G\x7f\xf8\x00\x00\x00\x00\x00\x00.")
case("BINFLOAT/NegativeZero", b"G\x80\x00\x00\x00\x00\x00\x00\x00.")
case("BININT/Sign", b"(J\xff\xff\xff\xffJ\xff\xff\xff\x7fM\xff\xffK\xfft.")
for name, b in (("Padded", b"\x04\x01\x00\x00\x00"), ("Empty", b"\x00"), ("Zero", b"\x01\x00"), ("MinusOne", b"\x01\xff"),
                ("PaddedMinusOne", b"\x03\xff\xff\xff"), ("Minus128", b"\x01\x80"), ("255", b"\x02\xff\x00"),
                ("Int64", b"\x08" + b"\xff" * 7 + b"\x7f"), ("NineBytes", b"\x09" + b"\x00" * 7 + b"\x80\x00"),
                ("NegativeNine", b"\x09" + b"\x00" * 8 + b"\x80"), ("200Bytes", b"\xc8" + b"N." * 100), ("Cut", b"\x05abcd")):
    case("LONG1/" + name, b"\x8a" + b + b".")
case("LONG1/Python2Zero", b"\x80\x02\x8a\x00.")
case("LONG4/Empty", b"\x8b" + pack4(0) + b".")
case("LONG4/Padded", b"\x8b" + pack4(300) + b"\x01" + bytes(299) + b".")
case("LONG4/Large", b"\x8b" + pack4(300) + b"\x01" * 300 + b".")
case("LONG4/Negative", b"\x8b" + pack4(-1) + b".")
case("LONG4/Claims2^31", b"\x8b" + pack4(2**31) + b".")
case("LONG4/Claims2^31-1", b"\x8b" + pack4(2**31 - 1) + b".")

# Frames.
case("FRAME/Nested", b"\x80\x04" + frame(b"]" + frame(b"K\x01a") + b"."))
case("FRAME/NestedBeyondOuter", b"\x80\x04\x95" + pack8(9) + b"\x95" + pack8(3) + b"K\x01.")
case("FRAME/ArgumentCrossesEnd", b"\x80\x04\x95" + pack8(2) + b"\x8c\x05hello.")
case("FRAME/OpcodeCrossesEnd", b"\x80\x04\x95" + pack8(1) + b"J\x01\x00\x00\x00.")
case("FRAME/LineCrossesEnd", b"\x80\x04\x95" + pack8(2) + b"I12\n.")
case("FRAME/PastEnd", b"\x80\x04\x95" + pack8(100) + b"K\x01.")
case("FRAME/PastEndByOne", b"\x80\x04\x95" + pack8(4) + b"K\x01.")
case("FRAME/Exact", b"\x80\x04\x95" + pack8(3) + b"K\x01.")
case("FRAME/Empty", b"\x80\x04\x95" + pack8(0) + b"K\x01.")
case("FRAME/EndsEarly", b"\x80\x04\x95" + pack8(1) + b"NK\x02\x86.")
case("FRAME/Protocol0", frame(b"N") + b".")
case("FRAME/Claims2^40", b"\x80\x04\x95" + pack8(2**40) + b"N.")
case("FRAME/Claims2^63", b"\x80\x04\x95" + pack8(2**63) + b"N.")
case("FRAME/StopInside", b"\x80\x04" + frame(b"N.N.N."))

# PROTO, and what is left at STOP.
for p in (0, 1, 2, 3, 4, 5, 6, 255):
    case(f"PROTO/{p}", b"\x80" + bytes([p]) + b"N.")
case("PROTO/MidStream", b"\x80\x02]\x80\x04\x94\x80\x00K\x01a.")
case("PROTO/OpcodesOfLaterOnes", b"(\x88\x8c\x01a\x94\x8f\x96" + pack8(1) + b"xt.")
case("STOP/ExtraStack", b"NNK\x01.")
case("STOP/ExtraMark", b"N(K\x01.")
case("STOP/MarkOnTop", b"N(.")
case("STOP/EmptyStack", b".")
case("STOP/TrailingBytes", b"N.garbage", note="root", differs="trailing data is the caller's to judge; Unmarshal refuses it", want="accept")
case("EOF/Empty", b"")
case("EOF/ProtoOnly", b"\x80\x04")
case("EOF/NoStop", b"\x80\x04]")
case("Opcode/ff", b"\xff")
case("Opcode/00", b"\x00.")
case("Opcode/NoneAfter", b"N\xffN.")

# Marks and underflow.
MARKED = {"TUPLE1": b"\x85", "TUPLE2": b"\x86", "TUPLE3": b"\x87", "DUP": b"2", "APPEND": b"a", "SETITEM": b"s", "MEMOIZE": b"\x94",
          "BINPUT": b"q\x00", "LONG_BINPUT": b"r\x00\x00\x00\x00", "PUT": b"p0\n", "REDUCE": b"R", "BUILD": b"b", "NEWOBJ": b"\x81",
          "NEWOBJ_EX": b"\x92", "STACK_GLOBAL": b"\x93", "BINPERSID": b"Q", "READONLY_BUFFER": b"\x98", "STOP": b"."}
for name, op in MARKED.items():
    case("Mark/" + name, b"]N(" + op + b".")
    case("Mark/OneBelow" + name, b"]N(N" + op + b".")
    case("Underflow/" + name, op + b".")
    case("Underflow/One" + name, b"N" + op + b".")
for name, op in {"TUPLE": b"t", "LIST": b"l", "DICT": b"d", "FROZENSET": b"\x91", "APPENDS": b"e", "SETITEMS": b"u", "ADDITEMS": b"\x90",
                 "OBJ": b"o", "INST": b"im\nn\n", "POP_MARK": b"1", "POP": b"0"}.items():
    case("NoMark/" + name, b"N" + op + b"N.")
    case("OnlyMark/" + name, b"(" + op + b".")
    case("TwoMarks/" + name, b"N((" + op + b".")
case("POP/Mark", b"N(0.")
case("POP/MarkTwice", b"N((00.")
case("POP/Value", b"NK\x010.")
case("POP/ValueAboveMark", b"N(K\x0100.")
case("POP/Empty", b"0N.")
case("POP_MARK/Simple", b"N(NN1.")
case("POP_MARK/Inner", b"(N(NN1t.")
case("Tuples/All", b"()K\x01\x85K\x01K\x02\x86K\x01K\x02K\x03\x87(K\x01K\x02K\x03K\x04tt.")

# The memo.
case("Memo/IndexUsedAgain", b"]q\x00]q\x00h\x00\x87.")
case("Memo/Rebound", b"]q\x00K\x07q\x00\x86h\x00\x86.")
case("Memo/ReboundOlderReference", b"]q\x00]q\x00\x86.")
case("Memo/TextIndex01", b"Np01\n0h\x01.")
case("Memo/TextIndexGet", b"]q\x010g001\n.")
for i in (b" 1", b"+1", b"1_0", b"1 ", b"1\r", b"-1", b"-0", b"", b"x", b"0x1", b"1L", b"99999999999999999999", b"9223372036854775807"):
    name = i.decode()
    if i == b"9223372036854775807":
        case("Memo/PutHuge", b"]p" + i + b"\n0g" + i + b"\n.", differs="the memo is sparse: it takes no memory for an index", want="[]")
        continue
    case("Memo/Put" + name, b"]p" + i + b"\nN.")
    case("Memo/Get" + name, b"]q\x010g" + i + b"\n.")
case("Memo/Sparse", b"]r\xa0\x86\x01\x00]q\x03]q\x05000h\x03h\x05j\xa0\x86\x01\x00\x87.")
case("Memo/SparseThenMemoize", b"]q\x05\x94]\x940h\x01.")
case("Memo/MemoizeCountsEntries", b"]q\x050K\x01\x940K\x02\x940h\x02h\x01\x86.")
case("Memo/MemoizeOverwrites", b"]q\x010N\x940h\x01.")
case("Memo/LongBinPut2^30", b"Nr" + pack4(2**30) + b"j" + pack4(2**30) + b".", differs="the memo is sparse: it takes no memory for an index", want="None")
case("Memo/LongBinPut2^32-1", b"Nr" + pack4(2**32 - 1) + b"j" + pack4(2**32 - 1) + b".", differs="the memo is sparse: it takes no memory for an index", want="None")
case("Memo/GetUnknown", b"h\x05.")
case("Memo/GetUnknownLong", b"j\x05\x00\x00\x00.")
case("Memo/GetUnknownText", b"g5\n.")
case("Memo/GetGap", b"Nq\x05h\x04.")
case("Memo/PutMarkless", b"(q\x00.")

# Text.
for name, b in (("LoneSurrogate", b"\xed\xa0\x80"), ("LoneLow", b"\xed\xbf\xbf"), ("SurrogatePair", b"\xed\xa0\xbd\xed\xb8\x80"),
                ("Overlong", b"\xc0\x80"), ("Overlong3", b"\xe0\x80\x80"), ("Latin1", b"\xe9"), ("Cut", b"\xe2\x82"), ("Continuation", b"\x80"),
                ("Beyond", b"\xf4\x90\x80\x80"), ("ff", b"\xff"), ("SurrogateCut", b"\xed\xa0"), ("SurrogateBad", b"\xed\xa0A"),
                ("Last", b"\xf4\x8f\xbf\xbf"), ("NUL", b"a\x00b"), ("Astral", b"\xf0\x9f\x98\x80"), ("Empty", b"")):
    case("BINUNICODE/" + name, b"X" + pack4(len(b)) + b + b".")
    case("SHORT_BINUNICODE/" + name, b"\x8c" + bytes([len(b)]) + b + b".")
    case("BINUNICODE8/" + name, b"\x8d" + pack8(len(b)) + b + b".")
for line in (b"", b"a", b"a\r", b"\xff", b"\\u0041", b"\\\\u0041", b"\\\\\\u0041", b"\\\\\\\\u0041", b"\\u004", b"\\U0001f600", b"\\U00110000",
             b"\\U0001f60", b"\\ud83d\\ude00", b"\\ud800", b"\\", b"a\\", b"\\n", b"\\x41", b"\\u000a", b"a\x00b", b"\\N{DIGIT ONE}", b"\\U0000d800"):
    case("UNICODE/" + line.decode("latin1"), b"V" + line + b"\n.")
for line in (b"'a'", b'"a"', b"''", b"'a\"", b"a", b"'", b"", b"'a'b'", b"'a' ", b"'a'\r", b" 'a'", b"'\\400'", b"'\\777'", b"'\\0'", b"'\\08'", b"'\\1234'",
             b"'\\q'", b"'\\x41'", b"'\\x4'", b"'\\xg0'", b"'\\'", b"'\\\\'", b"'\\''", b"'\\n\\t\\r\\a\\b\\f\\v'", b"'\\u0041'", b"'\xff'", b"'a\\xff'", b"'\\", b"'a\x00b'",
             b"u'a'", b"'\\N'", b"'\"'", b"\"'\""):
    case("STRING/" + line.decode("latin1"), b"S" + line + b"\n.")
case("STRING/Python2Protocol0", b"S'a\\xff'\np1\n.")
case("BINSTRING/Simple", b"T" + pack4(3) + b"a\xff\x00.")
case("BINSTRING/Claims2^31", b"T" + pack4(2**31) + b"abc.")
case("BINSTRING/Negative", b"T" + pack4(-1) + b"abc.")
case("BINSTRING/Cut", b"T" + pack4(9) + b"abc.")
case("SHORT_BINSTRING/Simple", b"U\x03a\xff\x00.")
case("SHORT_BINSTRING/Empty", b"U\x00.")
case("SHORT_BINSTRING/High", b"U\x80" + bytes(range(128)) + b".")
case("BINBYTES/All", b"(C\x01aB" + pack4(1) + b"b\x8e" + pack8(1) + b"c\x96" + pack8(1) + b"dC\x00t.")

# Globals and instances.
case("GLOBAL/Dotted0", b"cos\npath.join\n.", plain=True)
case("GLOBAL/Dotted3", b"\x80\x03cos\npath.join\n.", plain=True)
case("GLOBAL/Dotted4", b"\x80\x04cos\npath.join\n.", plain=True)
case("GLOBAL/Dotted5", b"\x80\x05cos\npath.join\n.", plain=True)
case("GLOBAL/DottedProtoMidStream", b"\x80\x04N\x80\x02cos\npath.join\n.", plain=True)
case("STACK_GLOBAL/Dotted0", b"\x8c\x02os\x8c\x09path.join\x93.", plain=True)
case("STACK_GLOBAL/Dotted4", b"\x80\x04\x8c\x02os\x8c\x09path.join\x93.", plain=True)
case("GLOBAL/Unknown", b"cno_such_module\nname\n.", plain=True, differs="classes are recorded, not imported", want='global("no_such_module", "name")')
case("INST/Unknown", b"(ino_such_module\nname\n.", plain=True, differs="classes are recorded, not imported", want='new(global("no_such_module", "name"), ())')
case("GLOBAL/Simple", b"cm\nn\n.")
case("GLOBAL/UTF8", b"c\xc3\xa9\n\xc3\xa8\n.")
case("GLOBAL/Latin1", b"c\xe9\nn\n.")
case("GLOBAL/Surrogate", b"c\xed\xa0\x80\nn\n.")
case("GLOBAL/EmptyModule", b"c\nn\n.")
case("GLOBAL/EmptyName", b"cm\n\n.")
case("GLOBAL/CarriageReturn", b"cm\r\nn\r\n.")
case("GLOBAL/OneLine", b"cm\n")
case("GLOBAL/Blank", b"c m\n n\n.")
case("INST/UTF8", b"(i\xc3\xa9\nn\n.")
case("INST/NameUTF8", b"(im\n\xc3\xa9\n.")
case("INST/EmptyModule", b"(i\nn\n.")
case("INST/EmptyName", b"(im\n\n.")
case("INST/NoArguments", b"(im\nn\n.")
case("INST/Arguments", b"(K\x01]im\nn\n.")
case("OBJ/NoArguments", b"(cm\nn\no.")
case("OBJ/Arguments", b"N(cm\nn\nK\x01]o\x86.")
case("OBJ/NotCallable", b"(K\x01K\x02o.")
case("OBJ/NotCallableNoArguments", b"(K\x01o.")
case("OBJ/NoClass", b"N(o.")
case("STACK_GLOBAL/Simple", b"\x8c\x01m\x8c\x01n\x93.")
case("STACK_GLOBAL/Python2Strings", b"U\x01mU\x01n\x93.")
case("STACK_GLOBAL/Bytes", b"C\x01mC\x01n\x93.")
case("STACK_GLOBAL/Int", b"\x8c\x01mK\x01\x93.")
case("STACK_GLOBAL/IntModule", b"K\x01\x8c\x01n\x93.")
case("STACK_GLOBAL/Surrogate", b"\x8c\x01m\x8c\x03\xed\xa0\x80\x93.")
case("STACK_GLOBAL/Empty", b"\x8c\x00\x8c\x00\x93.")
case("REDUCE/Simple", b"cm\nn\n)R.")
case("REDUCE/ListArguments", b"cm\nn\n]R.")
case("REDUCE/NoneArguments", b"cm\nn\nNR.")
case("REDUCE/NotCallable", b"K\x01)R.")
case("REDUCE/NotCallableString", b"\x8c\x01a)R.")
case("REDUCE/OfReduce", b"cm\nn\n)R)R.")
case("NEWOBJ/Simple", b"cm\nn\n(K\x01t\x81.")
case("NEWOBJ/ListArguments", b"cm\nn\n]\x81.")
case("NEWOBJ/OfReduce", b"cbuiltins\ngetattr\n(cm\nOuter\n\x8c\x05Innert\x52)\x81.")
case("NEWOBJ/NoClass", b"K\x01)\x81.")
case("NEWOBJ_EX/Simple", b"cm\nn\n(K\x01t}\x8c\x01aK\x02s\x92.")
case("NEWOBJ_EX/NoKeywords", b"cm\nn\n)}\x92.")
case("NEWOBJ_EX/ListArguments", b"cm\nn\n]}\x92.")
case("NEWOBJ_EX/ListKeywords", b"cm\nn\n)]\x92.")
case("NEWOBJ_EX/NoneKeywords", b"cm\nn\n)N\x92.")
case("NEWOBJ_EX/NoClass", b"N)}\x92.")
case("NEWOBJ_EX/PartialOfProtocol2", b"\x80\x02cfunctools\npartial\nq\x00ccopyreg\n__newobj__\n\x85R(h\x00cm\nn\nK\x01\x86}\x87b)R.")

# BUILD.
case("BUILD/EmptyList", b"}]b.")
case("BUILD/DictWithDict", b"}}b.")
case("BUILD/ListWithNone", b"]Nb.")
case("BUILD/ListWithDict", b"]}b.")
case("BUILD/IntWithString", b"K\x01\x8c\x01ab.")
case("BUILD/ListWithNoneNone", b"]NN\x86b.")
case("BUILD/ListWithNoneDict", b"]N}\x86b.")
case("BUILD/ListWithNoneFullDict", b"]N}\x8c\x01aK\x01s\x86b.")
case("BUILD/ListWithDictDict", b"]}}\x86b.")
case("BUILD/ListWithTuple1", b"]N\x85b.")
case("BUILD/ListWithTuple3", b"]NNN\x87b.")
case("BUILD/ListWithFalse", b"]\x89b.")
case("BUILD/PlainDictAndNone", b"ctypes\nSimpleNamespace\n)R}N\x86b.", plain=True, differs="an instance's state is judged by whoever binds it", want="accept")
case("BUILD/PlainNoneAndDict", b"ctypes\nSimpleNamespace\n)RN}\x8c\x01aK\x01s\x86b0N.", plain=True)
case("BUILD/PlainList", b"ctypes\nSimpleNamespace\n)R]b.", plain=True, differs="an instance's state is judged by whoever binds it", want="accept")
for name, state in (("Dict", b"}\x8c\x01aK\x01s"), ("List", b"]K\x01a"), ("EmptyList", b"]"), ("None", b"N"), ("Tuple", b"K\x01K\x02\x86"),
                    ("Slots", b"N}\x8c\x01aK\x01s\x86"), ("Int", b"K\x01"), ("False", b"\x89")):
    case("BUILD/Instance" + name, b"cm\nn\n)\x81" + state + b"b.")
case("BUILD/Twice", b"cm\nn\n)\x81K\x01bK\x02bK\x03b.")
case("BUILD/Class", b"cm\nn\n}b.")
case("BUILD/Persistent", b"Pid\n}b.")
SHARED = "a class or persistent object with a state or items becomes an instance from there on: other references keep what it was"
case("BUILD/SharedClass", b"cm\nn\nq\x00K\x01bh\x00\x86.", differs=SHARED, want='(global("m", "n") state(1), global("m", "n"))')
case("BUILD/SharedPersistent", b"Pid\nq\x00K\x01bh\x00\x86.", differs=SHARED, want='(persistent("id") state(1), persistent("id"))')
case("BUILD/Itself", b"cm\nn\n)\x81q\x00}\x8c\x01ah\x00sb.")
case("BUILD/Joblib", b"cm\nn\n)\x81}b.raw bytes", differs="trailing data is the caller's to judge; Unmarshal refuses it", want="accept", note="root")

# Containers.
case("APPEND/None", b"NNa.")
case("APPEND/Tuple", b")K\x01a.")
case("APPEND/Dict", b"}K\x01a.")
case("APPEND/Set", b"\x8fK\x01a.")
case("APPEND/ByteArray", b"\x96" + pack8(1) + b"aK\x62aK\x63a.")
case("APPEND/ByteArrayBool", b"\x96" + pack8(0) + b"\x88a.")
case("APPEND/ByteArray256", b"\x96" + pack8(0) + b"M\x00\x01a.")
case("APPEND/ByteArrayNegative", b"\x96" + pack8(0) + b"J\xff\xff\xff\xffa.")
case("APPEND/ByteArrayString", b"\x96" + pack8(0) + b"\x8c\x01aa.")
case("APPEND/ByteArrayLong", b"\x96" + pack8(0) + b"\x8a\x09" + b"\x01" * 9 + b"a.")
case("APPEND/Bytes", b"C\x01aK\x62a.")
case("APPEND/Instance", b"cm\nn\n)R(K\x01K\x02eK\x03a.")
case("APPEND/Class", b"cm\nn\nK\x03a.")
case("APPEND/Dup", b"]K\x01a2K\x02a0K\x03a.")
case("APPEND/Interleaved", b"]q\x00]q\x01" + b"".join(b"h\x00K%ca0h\x01K%ca0" % (i, 100 + i) for i in range(40)) + b"\x86.")
case("APPENDS/ByteArray", b"\x96" + pack8(1) + b"a(K\x62K\x63e.")
case("APPENDS/NothingOnInt", b"K\x01(e.")
case("APPENDS/NothingOnTuple", b")(e.")
case("APPENDS/Int", b"K\x01(Ne.")
case("APPENDS/Twice", b"](K\x01K\x02e(K\x03e.")
case("APPENDS/Empty", b"](e.")
case("ADDITEMS/NothingOnInt", b"K\x01(\x90.")
case("ADDITEMS/Int", b"K\x01(N\x90.")
case("ADDITEMS/FrozenSet", b"(\x91(K\x01\x90.")
case("ADDITEMS/List", b"](K\x01\x90.")
case("ADDITEMS/Simple", b"\x8f(K\x01K\x02\x90(K\x02K\x03\x90.")
case("ADDITEMS/Instance", b"cm\nn\n)R(K\x01K\x02\x90.")
case("SETITEMS/NothingOnInt", b"K\x01(u.")
case("SETITEMS/Odd", b"}(K\x01u.")
case("SETITEMS/Odd3", b"}(K\x01K\x02K\x03u.")
case("SETITEMS/Int", b"K\x01(NNu.")
case("SETITEMS/Tuple", b"K\x01\x85(K\x00Nu.")
case("SETITEMS/List", b"](NNNe(K\x00K\x07K\x01K\x08u.")
case("SETITEMS/Instance", b"cm\nn\n)R(K\x01K\x02u.")
case("SETITEM/List", b"](K\x01K\x02eK\x00K\x07s.")
case("SETITEM/ListNegative", b"](K\x01K\x02eJ\xff\xff\xff\xffK\x07s.")
case("SETITEM/ListBool", b"](K\x01K\x02e\x88K\x07s.")
case("SETITEM/ListRange", b"](K\x01eK\x01K\x07s.")
case("SETITEM/ListBelow", b"](K\x01eJ\xfe\xff\xff\xffK\x07s.")
case("SETITEM/ListKey", b"](K\x01e\x8c\x01aK\x07s.")
case("SETITEM/ListLong", b"](K\x01e\x8a\x09" + b"\x01" * 9 + b"K\x07s.")
case("SETITEM/ByteArray", b"\x96" + pack8(2) + b"abK\x00K\x62s.", differs="nobody writes it, and it would change a part of the input", want="reject")
case("DICT/Odd", b"(K\x01d.")
case("DICT/Simple", b"(K\x01K\x02K\x03K\x04d.")
case("LIST/Simple", b"(K\x01K\x02l.")
case("FROZENSET/Simple", b"(K\x01K\x02K\x01\x91.")
case("DUP/List", b"]2a.")
case("DUP/Tuple", b"K\x01\x852\x86.")
case("DUP/String", b"\x8c\x01a2\x86.")

# Keys. What is equal and what is not is for the package above the machine.
case("Keys/DuplicateKeepsFirstPosition", b"}(K\x01\x8c\x01aK\x02\x8c\x01bK\x01\x8c\x01cu.")
case("Keys/OneTrueFloat", b"}(K\x01\x8c\x01a\x88\x8c\x01bG\x3f\xf0\x00\x00\x00\x00\x00\x00\x8c\x01cu.")
case("Keys/TrueFirst", b"}(\x88\x8c\x01aK\x01\x8c\x01bu.")
case("Keys/ZeroNegativeZero", b"}(G\x80\x00\x00\x00\x00\x00\x00\x00NK\x00K\x01u.")
case("Keys/Exact2^53", b"}(\x8a\x07\x01\x00\x00\x00\x00\x00\x20K\x01G\x43\x40\x00\x00\x00\x00\x00\x00K\x02\x8a\x07\x00\x00\x00\x00\x00\x00\x20K\x03u.")
case("Keys/BigFloat", b"}(\x8a\x0a" + bytes(9) + b"\x01K\x01G\x44\x70\x00\x00\x00\x00\x00\x00K\x02u.")
case("Keys/NaNs", b"}(G\x7f\xf8\x00\x00\x00\x00\x00\x00K\x01G\x7f\xf8\x00\x00\x00\x00\x00\x00K\x02u.")
case("Keys/Tuples", b"}(K\x01K\x02\x86NK\x01G\x40\x00\x00\x00\x00\x00\x00\x00\x86K\x01u.")
case("Keys/Bytes", b"}(C\x01aNC\x01aK\x01\x8c\x01aK\x02u.")
case("Keys/FrozenSets", b"}((K\x01K\x02\x91N(K\x02K\x01\x91K\x01u.")
case("Keys/BigInts", b"}(\x8a\x09" + b"\x01" * 9 + b"N\x8a\x09" + b"\x01" * 9 + b"K\x01u.")
case("Keys/None", b"}(NK\x01NK\x02u.")
case("Keys/Classes", b"}cm\nn\nNs.")
case("Keys/SetDuplicates", b"\x8f(K\x01\x88G\x3f\xf0\x00\x00\x00\x00\x00\x00K\x02\x90.")
for name, key in (("List", b"]"), ("Dict", b"}"), ("Set", b"\x8f"), ("ByteArray", b"\x96" + pack8(0)), ("TupleOfList", b"]\x85")):
    case("Keys/Unhashable" + name, b"}" + key + b"Ns.", note="root")
    case("Keys/UnhashableIn" + name, b"\x8f(" + key + b"\x90.", note="root")
    case("Keys/UnhashableFrozen" + name, b"(" + key + b"\x91.", note="root")
    case("Keys/UnhashableDict" + name, b"(" + key + b"Nd.", note="root")

# Persistent IDs, extension codes, buffers.
case("PERSID/Simple", b"Pabc\n.")
case("PERSID/Empty", b"P\n.")
case("PERSID/CarriageReturn", b"Pa\r\n.")
case("PERSID/Latin1", b"P\xe9\n.")
case("PERSID/UTF8", b"P\xc3\xa9\n.")
case("PERSID/Long", b"P", [b"x", 100_000], b"\n.", deep=True)
case("PERSID/NoLoader", b"Pabc\n.", plain=True, differs="the machine records the ID", want='persistent("abc")')
case("BINPERSID/NoLoader", b"K\x01Q.", plain=True, differs="the machine records the ID", want="persistent(1)")
case("BINPERSID/Any", b"(\x8c\x07storagecm\nn\nK\x01tQ.")
case("BINPERSID/TwiceIsTwo", b"K\x01QK\x01Q\x86.")
case("BINPERSID/Memo", b"K\x01Qq\x00h\x00\x86.")
case("BINPERSID/Class", b"K\x01Q)\x81.")
case("BINPERSID/Callable", b"K\x01Q)R.")
case("EXT/Registered", b"(\x82\x07\x83\x00\x01\x84" + pack4(65536) + b"t.")
case("EXT/Class", b"\x82\x07)\x81.")
case("EXT/Max", b"\x84" + pack4(2**31 - 1) + b".")
case("EXT/Unregistered", b"\x82\x08.", differs="the machine knows no registry", want="extension(8)")
case("EXT1/Zero", b"\x82\x00.")
case("EXT2/Zero", b"\x83\x00\x00.")
case("EXT4/Zero", b"\x84\x00\x00\x00\x00.")
case("EXT4/Negative", b"\x84\xff\xff\xff\xff.")
case("Buffer/Next", b"\x97\x97\x86.")
case("Buffer/ReadOnly", b"\x97\x98.")
case("Buffer/ReadOnlyNotInMemo", b"\x97q\x00\x98h\x00\x86.")
case("Buffer/ReadOnlyBytes", b"C\x01a\x98.")
case("Buffer/ReadOnlyByteArray", b"\x96" + pack8(1) + b"a\x98.", differs="a bytearray stays one: a copy of it may be written to", want='bytearray("a")')
case("Buffer/ReadOnlyInt", b"K\x01\x98.")
case("Buffer/ReadOnlyString", b"\x8c\x01a\x98.")
case("Buffer/ReadOnlyInstance", b"cm\nn\n)R\x98.", differs="an instance may well be a buffer: array.array is", want='call(global("m", "n"), ())')
case("Buffer/NoneGiven", b"\x97.", plain=True, differs="buffers are counted; whoever binds the graph has them", want="buffer(0)")

# Valid pickles, as CPython writes them.
for p in range(6):
    for name, v in values():
        try:
            case(f"Valid/{name}/{p}", _pickle.dumps(v, p))
        except TypeError:  # __slots__ want protocol 2
            pass

# What the package above the machine must write for Go values of these names.
for p in range(6):
    for name, v in (("Text", "h\xe9llo"), ("Bytes3", b"\x01\x02\x03"), ("Long255Bytes", 2**2039 - 1), ("Long256Bytes", 2**2039),
                    ("Long5000Digits", 10**5000), ("Dict", {"a": 1, "c": ""}), ("Tagged", {"x": 1, "Y": 2}), ("Nested", [[None, True, 1.5], []])):
        try:
            case(f"Encode/{name}/{p}", _pickle.dumps(v, p))
        except ValueError:  # more than 4300 digits in decimal
            pass

# Written by CPython 2.7.18's cPickle.
for name, b in (("Long0/2", b"\x80\x02\x8a\x00."),
                ("Long0/0", b"L0L\n."),
                ("Str/0", b"S'a\\xff\\n\\''\np1\n."),
                ("Str/1", b"U\x04a\xff\n'q\x01."),
                ("Str/2", b"\x80\x02U\x04a\xff\n'q\x01."),
                ("UnicodeCarriageReturn/0", b"Va\r\np1\n."),
                ("Unicode/0", b"Va\\u000ab\\u1234\\\\u0041\xff\np1\n."),
                ("Unicode/2", b"\x80\x02X\x0c\x00\x00\x00a\nb\xe1\x88\xb4\\A\xc3\xbf\xf0\x9fq\x01."),
                ("OldStyle/0", b"(i__main__\nOld\np1\n(dp2\nS'a'\nI1\nsb."),
                ("OldStyle/1", b"(c__main__\nOld\noq\x01}q\x02U\x01aK\x01sb."),
                ("NewStyle/0", b"ccopy_reg\n_reconstructor\np1\n(c__main__\nNew\np2\nc__builtin__\nobject\np3\nNtRp4\n(dp5\nS'a'\nI1\nsb."),
                ("NewStyle/2", b"\x80\x02c__main__\nNew\nq\x01)\x81q\x02}q\x03U\x01aK\x01sb."),
                ("Bools/0", b"(lp1\nI01\naI00\na."),
                ("Bools/1", b"]q\x01(I01\nI00\ne."),
                ("Int64/0", b"(lp1\nI9223372036854775807\naI-9223372036854775808\na."),
                ("Inf/0", b"(lp1\nFinf\naF-inf\naFnan\na."),
                ("SharedList/0", b"(lp1\n(lp2\nI1\naI2\nag2\na."),
                ("Set/2", b"\x80\x02c__builtin__\nset\nq\x01]q\x02K\x01a\x85q\x03Rq\x04."),
                ("Exception/0", b"cexceptions\nValueError\np1\n(S'x'\np2\ntp3\nRp4\n.")):
    case("Python2/" + name, b)

# Inputs that mean harm.
case("Hostile/BINUNICODE8Claims2^40", b"\x80\x04\x8d" + pack8(2**40) + b"abc")
case("Hostile/BINBYTES8Claims2^62", b"\x80\x04\x8e" + pack8(2**62) + b"abc")
case("Hostile/BINBYTES8Claims2^64-1", b"\x80\x04\x8e" + pack8(2**64 - 1) + b"abc")
case("Hostile/BINUNICODE8Claims2^63", b"\x80\x04\x8d" + pack8(2**63) + b"abc")
case("Hostile/BYTEARRAY8Claims2^32", b"\x80\x05\x96" + pack8(2**32) + b"abc")
case("Hostile/BYTEARRAY8Claims2^63", b"\x80\x05\x96" + pack8(2**63) + b"abc")
case("Hostile/BINUNICODEClaims4G", b"X" + pack4(2**32 - 1) + b"abc.")
case("Hostile/BINBYTESClaims1500M", b"B" + pack4(1500 << 20) + b"abc.")
case("Hostile/LONG4Claims2G", b"\x8b" + pack4(2**31 - 1) + b"abc.")
case("Hostile/2MTuple1", b"N", [b"\x85", 2_000_000], b".", deep=True)
case("Hostile/2MNestedLists", [b"]", 2_000_000], [b"a", 1_999_999], b".", deep=True)
case("Hostile/2MNestedDicts", [b"}N", 1_000_000], b"N", [b"s", 1_000_000], b".", deep=True)
case("Hostile/100kReduces", b"cm\nn\n", [b")R", 100_000], b".", deep=True)
case("Hostile/5MMarks", [b"(", 5_000_000], b"N.")
case("Hostile/5MMarksAndTuples", [b"(", 1_000_000], [b"t", 1_000_000], b".", deep=True)
case("Hostile/10MDup", b"N", [b"2", 10_000_000], b".")
case("Hostile/1MDupOfString", b"\x8c\x01a", [b"2", 1_000_000], b".")
case("Hostile/1MMemoize", b"N", [b"\x94", 1_000_000], b".")
case("Hostile/1MEmptyLists", [b"]", 1_000_000], b".")
case("Hostile/1MEmptyTuples", [b")", 1_000_000], b".")
case("Hostile/1MPop", [b"N0", 500_000], b"N.")
case("Hostile/300kAppends", b"]", [b"(Ne", 300_000], b".", deep=True)
case("Hostile/300kAppendEmpty", b"]", [b"(e", 300_000], b".")
case("Hostile/200kNaNKeys", b"}(", [b"G\x7f\xf8\x00\x00\x00\x00\x00\x00N", 200_000], b"u.", deep=True)
case("Hostile/300kBuild", b"cm\nn\n)\x81", [b"Nb", 300_000], b".", deep=True)
case("Hostile/TwoListsInTurn", b"]q\x00]q\x01", [b"h\x00Na0h\x01Na0", 50_000], b"\x86.", deep=True)
case("Hostile/100ListsInTurn", *[b"]r" + pack4(i) + b"0" for i in range(100)],
     [b"".join(b"j" + pack4(i) + b"Na0" for i in range(100)), 200], b"N.")
case("Hostile/LaughsOfLists", b"]q\x00", *[b"]q%c(h%ch%ce" % (i + 1, i, i) for i in range(40)], b".")
case("Hostile/LaughsOfTuples", b"]", [b"2\x86", 60], b".")
case("Hostile/LaughsOfDup", b"]", [b"2a", 40], b".")
case("Hostile/LaughsTupleAsKey", b"}K\x01\x85", [b"2\x86", 39], b"Ns.", note="root", hangs=True)
case("Hostile/DeepTupleAsKey", b"}N", [b"\x85", 1_000_000], b"Ns.", note="root", hangs=True)
case("Hostile/FramesInFrames", *[b"\x95" + pack8(9 * i + 2) for i in range(300, -1, -1)], b"N.")
case("Hostile/LongLineNoNewline", b"I", [b"1", 1_000_000])
case("Hostile/StringNoNewline", b"S'", [b"a", 1_000_000])
case("Hostile/GlobalLong", b"c", [b"a", 500_000], b"\n", [b"b", 500_000], b"\n.", deep=True)
case("Hostile/EscapedString", b"S'", [b"\\x41", 250_000], b"'\n.", deep=True)
case("Hostile/EscapedUnicode", b"V", [b"\\u1234", 150_000], b"\n.", deep=True)
case("Hostile/OctalLong", b"I0", [b"7", 1_000_000], b"\n.")
case("Hostile/HexLong", b"I0x", [b"f", 1_000_000], b"\n.", deep=True)
case("Hostile/ManyEscapedLines", [b"V\xff\n0", 100_000], b"N.")
case("Hostile/ManyPersistentIDs", [b"Pa\n0", 100_000], b"N.")
case("Hostile/ManyGlobals", [b"ca\nb\n0", 100_000], b"N.")
case("Hostile/ManyBuffers", [b"\x970", 200_000], b"N.")
case("Hostile/ManyStrings", [b"\x8c\x00\x94", 200_000], b".")
case("Hostile/SparseMemo", b"N", *[b"r" + pack4(i * 1_000) for i in range(500)], b".")

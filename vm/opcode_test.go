package vm

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

// pythonOpcode is an entry of pickletools.opcodes in CPython 3.13.
type pythonOpcode struct {
	Name        string
	Code        Opcode
	Arg         *string
	ArgN        int      `json:"arg_n"`
	StackBefore []string `json:"stack_before"`
	StackAfter  []string `json:"stack_after"`
	Proto       int
}

func pythonOpcodes(t *testing.T) []pythonOpcode {
	t.Helper()
	b, err := os.ReadFile("testdata/opcodes.json")
	if err != nil {
		t.Fatal(err)
	}
	var ops []pythonOpcode
	if err := json.Unmarshal(b, &ops); err != nil {
		t.Fatal(err)
	}
	if len(ops) != 68 {
		t.Fatalf("%d opcodes, want 68", len(ops))
	}
	return ops
}

func TestOpcodeTable(t *testing.T) {
	defined := map[Opcode]bool{}
	for _, op := range pythonOpcodes(t) {
		defined[op.Code] = true
		want := Info{Name: op.Name, Proto: op.Proto, Before: strings.Join(op.StackBefore, " "), After: strings.Join(op.StackAfter, " ")}
		got, ok := op.Code.Info()
		if !ok {
			t.Errorf("%s: no entry for %#x", op.Name, byte(op.Code))
			continue
		}
		if got.Doc == "" || strings.TrimSpace(got.Doc) != got.Doc || strings.HasSuffix(got.Doc, ".") {
			t.Errorf("%s: bad doc %q", op.Name, got.Doc)
		}
		wantArg := ""
		if op.Arg != nil {
			wantArg = *op.Arg
		}
		if got.Arg.String() != wantArg {
			t.Errorf("%s: argument %q, want %q", op.Name, got.Arg, wantArg)
		}
		if (got.Arg == ArgNone) != (op.ArgN == 0) {
			t.Errorf("%s: argument %q, but pickletools says %d bytes", op.Name, got.Arg, op.ArgN)
		}
		got.Doc, got.Arg = "", ArgNone
		if got != want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", op.Name, got, want)
		}
		if op.Code.String() != op.Name {
			t.Errorf("%#x is called %q, want %q", byte(op.Code), op.Code, op.Name)
		}
	}
	for i := range 256 {
		op := Opcode(i)
		if _, ok := op.Info(); ok != defined[op] {
			t.Errorf("%#x: Info reports %v", i, ok)
		}
	}
	if got := Opcode(0xff).String(); got != "0xff" {
		t.Errorf("an undefined opcode is called %q", got)
	}
}

// dispatched reports whether the machine knows op, by what it makes of op and
// nothing else: an opcode it does not know is an error of its own.
func dispatched(t *testing.T, op Opcode) bool {
	t.Helper()
	var m Machine
	_, err := m.Run([]byte{byte(op)}, true)
	if err == nil {
		t.Errorf("%v alone is a pickle", op)
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%v: %T, want *Error", op, err)
	}
	known := !errors.Is(err, errOpcode)
	if e.Offset > 1 || !known && (e.Offset != 0 || e.Op != op) {
		t.Errorf("%v: wrong place: %+v", op, e)
	}
	return known
}

// Every byte is known to the machine if and only if it is in the table.
func TestOpcodeDispatch(t *testing.T) {
	for i := range 256 {
		op := Opcode(i)
		_, defined := op.Info()
		if got := dispatched(t, op); got != defined {
			t.Errorf("%v: dispatched %v, in the table %v", op, got, defined)
		}
	}
}

// opcodePrograms has for each opcode a pickle that depends on what it does.
var opcodePrograms = map[Opcode]struct{ pickle, want string }{
	OpInt:             {"I12\n.", "12"},
	OpBinInt:          {"J\xfe\xff\xff\xff.", "-2"},
	OpBinInt1:         {"K\xff.", "255"},
	OpBinInt2:         {"M\xff\xfe.", "65279"},
	OpLong:            {"L12L\n.", "12"},
	OpLong1:           {"\x8a\x01\xfe.", "-2"},
	OpLong4:           {"\x8b\x01\x00\x00\x00\xfe.", "-2"},
	OpString:          {"S'a'\n.", `s"a"`},
	OpBinString:       {"T\x01\x00\x00\x00a.", `s"a"`},
	OpShortBinString:  {"U\x01a.", `s"a"`},
	OpBinBytes:        {"B\x01\x00\x00\x00a.", `b"a"`},
	OpShortBinBytes:   {"C\x01a.", `b"a"`},
	OpBinBytes8:       {"\x8e\x01\x00\x00\x00\x00\x00\x00\x00a.", `b"a"`},
	OpByteArray8:      {"\x96\x01\x00\x00\x00\x00\x00\x00\x00a.", `bytearray("a")`},
	OpNextBuffer:      {"\x97.", "buffer(0)"},
	OpReadonlyBuffer:  {"\x97\x98.", "buffer(0, readonly)"},
	OpNone:            {"N.", "None"},
	OpNewTrue:         {"\x88.", "True"},
	OpNewFalse:        {"\x89.", "False"},
	OpUnicode:         {"V\xe9\n.", `"\{e9}"`},
	OpShortBinUnicode: {"\x8c\x01a.", `"a"`},
	OpBinUnicode:      {"X\x01\x00\x00\x00a.", `"a"`},
	OpBinUnicode8:     {"\x8d\x01\x00\x00\x00\x00\x00\x00\x00a.", `"a"`},
	OpFloat:           {"F1.5\n.", "1.5"},
	OpBinFloat:        {"G\x3f\xf8\x00\x00\x00\x00\x00\x00.", "1.5"},
	OpEmptyList:       {"].", "[]"},
	OpAppend:          {"]Na.", "[None]"},
	OpAppends:         {"](NNe.", "[None, None]"},
	OpList:            {"(NNl.", "[None, None]"},
	OpEmptyTuple:      {").", "()"},
	OpTuple:           {"(NNNNt.", "(None, None, None, None)"},
	OpTuple1:          {"N\x85.", "(None,)"},
	OpTuple2:          {"NN\x86.", "(None, None)"},
	OpTuple3:          {"NNN\x87.", "(None, None, None)"},
	OpEmptyDict:       {"}.", "{}"},
	OpDict:            {"(NNd.", "{None: None}"},
	OpSetItem:         {"}NNs.", "{None: None}"},
	OpSetItems:        {"}(NNu.", "{None: None}"},
	OpEmptySet:        {"\x8f.", "set{}"},
	OpAddItems:        {"\x8f(N\x90.", "set{None}"},
	OpFrozenSet:       {"(N\x91.", "frozenset{None}"},
	OpPop:             {"K\x01N0.", "1"},
	OpDup:             {"]2\x86.", "(#1=[], #1)"},
	OpMark:            {"(t.", "()"},
	OpPopMark:         {"K\x01(NN1.", "1"},
	OpGet:             {"]q\x010g1\n.", "[]"},
	OpBinGet:          {"]q\x010h\x01.", "[]"},
	OpLongBinGet:      {"]q\x010j\x01\x00\x00\x00.", "[]"},
	OpPut:             {"]p1\n0h\x01.", "[]"},
	OpBinPut:          {"]q\x010h\x01.", "[]"},
	OpLongBinPut:      {"]r\x01\x00\x00\x000h\x01.", "[]"},
	OpMemoize:         {"]\x940h\x00.", "[]"},
	OpExt1:            {"\x82\x07.", "extension(7)"},
	OpExt2:            {"\x83\x07\x01.", "extension(263)"},
	OpExt4:            {"\x84\x07\x00\x01\x00.", "extension(65543)"},
	OpGlobal:          {"cm\nn\n.", `global("m", "n")`},
	OpStackGlobal:     {"\x8c\x01m\x8c\x01n\x93.", `global("m", "n")`},
	OpReduce:          {"cm\nn\nN\x85R.", `call(global("m", "n"), (None))`},
	OpBuild:           {"cm\nn\n)RNb.", `call(global("m", "n"), ()) state(None)`},
	OpInst:            {"(Nim\nn\n.", `call(global("m", "n"), (None))`},
	OpObj:             {"(cm\nn\nNo.", `call(global("m", "n"), (None))`},
	OpNewObj:          {"cm\nn\nN\x85\x81.", `new(global("m", "n"), (None))`},
	OpNewObjEx:        {"cm\nn\n)}\x8c\x01aNs\x92.", `new(global("m", "n"), (), {"a": None})`},
	OpProto:           {"\x80\x02N.", "None"},
	OpStop:            {"N.", "None"},
	OpFrame:           {"\x95\x01\x00\x00\x00\x00\x00\x00\x00N.", "None"},
	OpPersID:          {"Pa\n.", `persistent("a")`},
	OpBinPersID:       {"NQ.", "persistent(None)"},
}

func TestOpcodePrograms(t *testing.T) {
	for _, op := range pythonOpcodes(t) {
		program, ok := opcodePrograms[op.Code]
		if !ok {
			t.Errorf("no program for %s", op.Name)
			continue
		}
		if strings.IndexByte(program.pickle, byte(op.Code)) < 0 {
			t.Errorf("%s: not in its program %q", op.Name, program.pickle)
		}
		var m Machine
		if _, err := m.Run([]byte(program.pickle), true); err != nil {
			t.Errorf("%s: %v", op.Name, err)
			continue
		}
		if got := render(m.Graph(), m.Graph().Root()); got != program.want {
			t.Errorf("%s: %s, want %s", op.Name, got, program.want)
		}
	}
}

// What a mutilated argument makes of the end of the input is an error, never a
// panic: each opcode with each number of bytes behind it, of each kind.
func TestOpcodeArguments(t *testing.T) {
	for i := range 256 {
		for _, fill := range []byte{0, 1, '\n', 0x7f, 0x80, 0xff} {
			for n := range 14 {
				input := append([]byte("(]]N"), byte(i))
				for range n {
					input = append(input, fill)
				}
				var m Machine
				if _, err := m.Run(input, true); err == nil {
					if Opcode(i) != OpStop {
						t.Errorf("%v with %d bytes %#x is a pickle", Opcode(i), n, fill)
					}
				} else if _, ok := errors.AsType[*Error](err); !ok {
					t.Errorf("%v: %T", Opcode(i), err)
				}
			}
		}
	}
}

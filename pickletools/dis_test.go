package pickletools_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/pickletools"
	"github.com/go-pickle/pickle/vm"
)

func dis(data string, opts ...pickletools.Option) (string, error) {
	var b strings.Builder
	err := pickletools.Dis(&b, []byte(data), opts...)
	return b.String(), err
}

// TestDisOptions has what Python printed for the same options.
func TestDisOptions(t *testing.T) {
	const data = "\x80\x03(]q\x00h\x00t."
	for _, tt := range []struct {
		name string
		opts []pickletools.Option
		want string
	}{
		{"annotate", []pickletools.Option{pickletools.Annotate(30)}, `    0: \x80 PROTO      3              Protocol version indicator.
    2: (    MARK                      Push markobject onto the stack.
    3: ]        EMPTY_LIST            Push an empty list.
    4: q        BINPUT     0          Store the stack top into the memo.  The stack is not popped.
    6: h        BINGET     0          Read an object from the memo and push it on the stack.
    8: t        TUPLE      (MARK at 2) Build a tuple out of the topmost stack slice, after markobject.
    9: .    STOP                       Stop the unpickling machine.
highest protocol among opcodes = 2
`},
		{"indent", []pickletools.Option{pickletools.Indent(1)}, `    0: \x80 PROTO      3
    2: (    MARK
    3: ]     EMPTY_LIST
    4: q     BINPUT     0
    6: h     BINGET     0
    8: t     TUPLE      (MARK at 2)
    9: .    STOP
highest protocol among opcodes = 2
`},
		{"base", []pickletools.Option{pickletools.Base(100)}, `  100: \x80 PROTO      3
  102: (    MARK
  103: ]        EMPTY_LIST
  104: q        BINPUT     0
  106: h        BINGET     0
  108: t        TUPLE      (MARK at 102)
  109: .    STOP
highest protocol among opcodes = 2
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := dis(data, tt.opts...); err != nil || got != tt.want {
				t.Errorf("%v\n%s\nwant\n%s", err, got, tt.want)
			}
		})
	}
}

func TestDisMemo(t *testing.T) {
	var memo pickletools.Memo
	if _, err := dis("]q\x00.", pickletools.WithMemo(&memo)); err != nil {
		t.Fatal(err)
	}
	if _, err := dis("h\x00.", pickletools.WithMemo(&memo)); err != nil {
		t.Error(err)
	}
	if _, err := dis("h\x00."); err == nil {
		t.Error("no error without the memo")
	}
}

// TestDisRefuses has pickles that Python's pickletools refuses, with its words,
// and how the listing ends, which KeepGoing continues.
func TestDisRefuses(t *testing.T) {
	for _, tt := range []struct {
		data   string
		offset int64
		want   string
		last   string // line of the listing
		goesOn string // with KeepGoing: the line, or "" where it does not go on
	}{
		{"NNN.", 3, "stack not empty after STOP: [None, None]", "highest protocol among opcodes = 0", "    3: .    STOP"},
		{"N]a0.", 4, "tries to pop 1 items from stack with only 0 items", "    4: .    STOP", "    4: .    STOP  # tries to pop 1 items from stack with only 0 items"},
		{"Nt.", 1, "no MARK exists on stack", "    1: t    TUPLE      no MARK exists on stack", "    1: t    TUPLE      no MARK exists on stack"},
		{"g0\n.", 0, "memo key 0 has never been stored into", "    0: g    GET        0", "    0: g    GET        0  # memo key 0 has never been stored into"},
		{"Nq\x00q\x00.", 3, "memo key 0 already defined", "    3: q    BINPUT     0", "    3: q    BINPUT     0  # memo key 0 already defined"},
		{"p0\nN.", 0, "stack is empty -- can't store into memo", "    0: p    PUT        0", "    0: p    PUT        0  # stack is empty -- can't store into memo"},
		{"(\x94N.", 1, "can't store markobject in the memo", "    1: \\x94     MEMOIZE    (as 0)", "    1: \\x94     MEMOIZE    (as 0)  # can't store markobject in the memo"},
		{"I0x10\n.", 0, `invalid literal for int() with base 10: b'0x10'`, "", "    0: I    INT        16  # invalid literal for int() with base 10: b'0x10'"},
		{"S'\xe9'\n.", 0, "'ascii' codec can't decode byte 0xe9 in position 0: ordinal not in range(128)", "", `    0: S    STRING     'é'  # 'ascii' codec can't decode byte 0xe9 in position 0: ordinal not in range(128)`},
		{"cm\n\xc3\xa9\n.", 0, "'ascii' codec can't decode byte 0xc3 in position 0: ordinal not in range(128)", "", `    0: c    GLOBAL     'm é'  # 'ascii' codec can't decode byte 0xc3 in position 0: ordinal not in range(128)`},
		{"Nx", 1, `at position 1, opcode b'x' unknown`, "    0: N    NONE", ""},
		{"N", 0, "pickle exhausted before seeing STOP", "    0: N    NONE", ""},
		{"\x8c\x05abc.", 0, "expected 5 bytes in a unicodestring1, but only 4 remain", "", ""},
		{"\x8b\xff\xff\xff\xff.", 0, "long4 byte count < 0: -1", "", ""},
		{"Fone\n.", 0, "could not convert string to float: b'one'", "", ""},
	} {
		t.Run(tt.data, func(t *testing.T) {
			got, err := dis(tt.data)
			var failure *vm.Error
			if !errors.As(err, &failure) || failure.Err.Error() != tt.want {
				t.Fatalf("%v, want %s", err, tt.want)
			}
			if failure.Offset != tt.offset && failure.Err.Error() != "pickle exhausted before seeing STOP" {
				t.Errorf("at %d, want %d", failure.Offset, tt.offset)
			}
			lines := strings.Split("\n"+strings.TrimSuffix(got, "\n"), "\n")
			if last := lines[len(lines)-1]; last != tt.last {
				t.Errorf("the last line is %q, want %q", last, tt.last)
			}
			got, err = dis(tt.data, pickletools.KeepGoing())
			if (err == nil) != (tt.goesOn != "") || !strings.Contains(got, tt.goesOn) {
				t.Errorf("to keep going: %v\n%s\nwant %s", err, got, tt.goesOn)
			}
		})
	}
}

func TestDisTooManyDigits(t *testing.T) {
	data := "\x8b\x00\x08\x00\x00" + strings.Repeat("\x11", 2048) + "."
	got, err := dis(data)
	if err == nil || !strings.Contains(err.Error(), "4300 digits") || got != "    0: " {
		t.Errorf("%q, %v", got, err)
	}
	if got, err = dis(data, pickletools.KeepGoing()); err != nil || !strings.Contains(got, "0x1111") {
		t.Errorf("%q, %v", got, err)
	}
}

func TestTruncated(t *testing.T) {
	const data = "\x80\x04\x95\x09\x00\x00\x00\x00\x00\x00\x00]\x94(K\x01K\x02e."
	for n := range len(data) {
		_, err := pickletools.End([]byte(data[:n]))
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d: %v", n, err)
		}
	}
	if n, err := pickletools.End([]byte(data + "rest")); err != nil || n != len(data) {
		t.Errorf("%d, %v", n, err)
	}
}

type failing struct{}

var errFull = errors.New("the disk is full")

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestDisWriteError(t *testing.T) {
	if err := pickletools.Dis(failing{}, []byte("N.")); err != errFull {
		t.Error(err)
	}
}

// TestArguments: what Python's readers return.
func TestArguments(t *testing.T) {
	long, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	for data, want := range map[string]any{
		"I12\n":                              int64(12),
		"I 1_0 \n":                           int64(10),
		"I01\n":                              true,
		"L123456789012345678901234567890L\n": long,
		"M\xff\xff":                          int64(65535),
		"J\xff\xff\xff\xff":                  int64(-1),
		"\x8a\x00":                           int64(0),
		"\x8a\x02\x00\x80":                   int64(-32768),
		"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\xff": new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 64)),
		"F1e400\n":                             math.Inf(1),
		"F-inf\n":                              math.Inf(-1),
		"F 1_0.5 \n":                           10.5,
		"G\x3f\xf8\x00\x00\x00\x00\x00\x00":    1.5,
		"S'a\\n\\x41\\101\\q'\n":               "a\nAA\\q",
		"U\x02\xff\x00":                        "ÿ\x00",
		"C\x02\xff\x00":                        []byte("\xff\x00"),
		"Va\\u00e9\xe9\\\\u0041\n":             "aéé\\\\u0041",
		"V\\ud800\n":                           "\xed\xa0\x80",
		"cos\npath\n":                          "os path",
		"Pid\n":                                "id",
		"\x95\xff\xff\xff\xff\xff\xff\xff\xff": new(big.Int).SetUint64(math.MaxUint64),
		"N":                                    nil,
	} {
		for in, err := range pickletools.Instructions([]byte(data + ".")) {
			if err != nil || !reflect.DeepEqual(in.Arg, want) || in.Offset != 0 || in.End != len(data) {
				t.Errorf("%q: %#v, %v; want %#v", data, in, err, want)
			}
			break
		}
	}
}

// TestKeepGoing: what the machine accepts is disassembled, whatever Python's
// pickletools thinks of it.
func TestKeepGoing(t *testing.T) {
	accepted, refused := 0, 0
	for _, data := range odd(t) {
		if status, err := new(vm.Machine).Run(data, true); err != nil || status != vm.Done {
			continue
		}
		accepted++
		if pickletools.Dis(io.Discard, data) != nil {
			refused++
		}
		if err := pickletools.Dis(io.Discard, data, pickletools.KeepGoing()); err != nil {
			t.Errorf("%q: %v", data, err)
		}
	}
	if accepted < 500 || refused < 100 {
		t.Errorf("only %d accepted, of which %d need to keep going", accepted, refused)
	}
}

// TestOptimized: an optimized pickle builds what it did, in sound frames.
func TestOptimized(t *testing.T) {
	for _, c := range pickletest.Load(t, pickletest.Dir(t), "cpython3.13") {
		if n, _ := c.Pickles(); n > 1 {
			continue
		}
		got, err := pickletools.Optimize(c.Data)
		if err != nil {
			t.Errorf("%s: %v", c.ID(), err)
			continue
		}
		checkFrames(t, c.ID(), got)
		if again, err := pickletools.Optimize(got); err != nil || !bytes.Equal(got, again) {
			t.Errorf("%s: optimized again: %q, %v", c.ID(), again, err)
		}
	}
}

func TestOptimizeError(t *testing.T) {
	for _, data := range []string{"", "h\x00.", "\x80\x06N.", "gx\n.", "N"} {
		got, err := pickletools.Optimize([]byte(data))
		var failure *vm.Error
		if got != nil || !errors.As(err, &failure) {
			t.Errorf("%q: %q, %v", data, got, err)
		}
	}
}

// checkFrames checks that frames end with an instruction, do not overlap, and
// have all that comes after the first, as the unpickler in pickle.py demands.
func checkFrames(t *testing.T, name string, data []byte) {
	t.Helper()
	end := 0
	for in, err := range pickletools.Instructions(data, pickletools.KeepGoing()) {
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case end > 0 && in.Offset < end && in.End > end:
			t.Errorf("%s: an instruction at %d is in two frames", name, in.Offset)
		case in.Op == vm.OpFrame && in.Offset < end:
			t.Errorf("%s: the frame at %d is in another", name, in.Offset)
		case in.Op == vm.OpFrame:
			end = in.End + int(in.Arg.(int64))
		}
	}
	if end > len(data) {
		t.Errorf("%s: a frame ends at %d of %d", name, end, len(data))
	}
}

// TestDisLong: a long argument is printed as a short one is.
func TestDisLong(t *testing.T) {
	length := func(n int) string { return string(binary.LittleEndian.AppendUint64(nil, uint64(n))) }
	for _, tt := range []struct{ name, opcode, unit, begin, printed, end string }{
		{"bytes", "\x8e", "a\x00'\xff", "BINBYTES8  b\"", `a\x00'\xff`, `"`},
		{"bytes with both quotes", "\x8e", "'\"", "BINBYTES8  b'", `\'"`, `'`},
		{"bytearray", "\x96", "a\\'", "BYTEARRAY8 bytearray(b\"", `a\\\'`, `")`},
		{"str", "\x8d", "é\xed\xa0\x80😀\n'", "BINUNICODE8 \"", `é\ud800😀\n'`, `"`},
	} {
		for _, n := range []int{1, 30_000, 100_000} {
			text := strings.Repeat(tt.unit, n)
			want := "    0: " + map[bool]string{true: tt.opcode, false: fmt.Sprintf(`\x%02x`, tt.opcode[0])}[tt.opcode[0] < 0x80] + " " +
				tt.begin + strings.Repeat(tt.printed, n) + tt.end
			got, err := dis(tt.opcode+length(len(text))+text+".", pickletools.Annotate(30))
			line, _, _ := strings.Cut(got, "\n")
			if line, _, _ = strings.Cut(line, " Push a Python"); err != nil || strings.TrimRight(line, " ") != want {
				t.Errorf("%s: %v, %.200s, want %.200s", tt.name, err, line, want)
			}
			// The annotation of STOP is below that of a line that is not too wide.
			if column := strings.Index(got[strings.LastIndex(got, ".    STOP"):], "Stop the"); n > 1 && column != 31 {
				t.Errorf("%s: the annotation is in column %d", tt.name, column)
			}
		}
	}
}

// TestDisMemoOrder: indexes may be in any order, and of any size.
func TestDisMemoOrder(t *testing.T) {
	for _, tt := range []struct{ data, want string }{
		{"]p100\n0Np5\n0}p17\n0g100\ng5\ng17\n\x94g3\n0000N.", "<nil>"},
		{"]p2\n0Np1\n0Np2\n.", "memo key 2 already defined"},
		{"]p20\n0Np19\n0Np20\n.", "memo key 20 already defined"},
		{"]p-1\n0g1\n.", "memo key 1 has never been stored into"},
		{"]p3\n0g2\n.", "memo key 2 has never been stored into"},
		{"]p1000000000000000000000\n0g1000000000000000000000\np4\np1000000000000000000000\n.", "memo key 1000000000000000000000 already defined"},
	} {
		if _, err := dis(tt.data); !strings.HasSuffix(fmt.Sprint(err), tt.want) {
			t.Errorf("%q: %v, want %s", tt.data, err, tt.want)
		}
	}
}

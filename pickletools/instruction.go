package pickletools

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"

	"github.com/go-pickle/pickle/vm"
)

// Instruction is one opcode of a pickle and its argument.
type Instruction struct {
	Offset int // of the opcode
	End    int // behind the argument
	Op     vm.Opcode

	// Arg is nil where the opcode has no argument, and else what the readers of
	// Python's pickletools make of it:
	//
	//	int                 int64, *big.Int where it does not fit
	//	INT 00, INT 01      bool, also where GET and PUT have it so
	//	float               float64
	//	str                 string; lone surrogates as three bytes (WTF-8)
	//	str of Python 2     string, each byte a character (Latin-1)
	//	bytes, bytearray    []byte, which is a part of the input
	//	GLOBAL, INST        string: module and name with a space between them
	Arg any
}

// Option changes what Dis and Instructions do.
type Option func(*options)

type options struct {
	keepGoing bool
	annotate  int
	indent    int
	base      int64
	memo      *Memo
}

func newOptions(opts []Option) options {
	o := options{indent: 4}
	for _, opt := range opts {
		opt(&o)
	}
	if o.memo == nil {
		o.memo = new(Memo)
	}
	return o
}

// KeepGoing makes Dis and Instructions accept what unpicklers accept and
// Python's pickletools does not. Arguments are then what the unpickler reads,
// and Dis prints its complaint behind the instruction, in place of an error.
func KeepGoing() Option { return func(o *options) { o.keepGoing = true } }

// Annotate makes Dis describe each opcode. The descriptions begin in that
// column, or further on where an instruction is long; 30 is what python -m
// pickletools -a uses. 0 is for none.
func Annotate(column int) Option { return func(o *options) { o.annotate = max(column, 0) } }

// Indent sets by how many blanks Dis indents what follows a MARK: 4 if it is
// not set.
func Indent(blanks int) Option { return func(o *options) { o.indent = max(blanks, 0) } }

// Base is added to all positions that Dis prints: where the pickle begins in a
// larger file. Errors and Instructions count from the beginning of the data.
func Base(offset int64) Option { return func(o *options) { o.base = offset } }

// Instructions returns the instructions of the pickle that data begins with,
// STOP being the last. An error is the last pair; with it, the Instruction has
// Offset and Op only.
func Instructions(data []byte, opts ...Option) iter.Seq2[Instruction, error] {
	o := newOptions(opts)
	return func(yield func(Instruction, error) bool) {
		for in, err := range instructions(data, o.keepGoing) {
			if !yield(in.Instruction, err) {
				return
			}
		}
	}
}

// noted is an Instruction, and what Python would have to say about its argument.
type noted struct {
	Instruction
	note error
}

func instructions(data []byte, keepGoing bool) iter.Seq2[noted, error] {
	return func(yield func(noted, error) bool) {
		for at := 0; ; {
			e, err := extentAt(data, at)
			in := noted{Instruction: Instruction{Offset: at, Op: e.op}}
			if err == nil {
				in.End = e.end
				in.Arg, err = decodeArg(data, e)
				if err != nil && keepGoing {
					in.Arg, in.note, err = machineArg(data, e, err)
				}
			}
			if err != nil {
				in.Arg = nil
				yield(in, &vm.Error{Offset: int64(at), Op: e.op, Err: err})
				return
			}
			if !yield(in, nil) || e.op == vm.OpStop {
				return
			}
			at = e.end
		}
	}
}

// End returns where the pickle that data begins with ends: behind its STOP. It
// skips arguments without looking at them, and is fast.
func End(data []byte) (int, error) {
	for e, err := range extents(data) {
		if err != nil {
			return 0, err
		}
		if e.op == vm.OpStop {
			return e.end, nil
		}
	}
	panic("unreachable") // extents end with STOP or an error
}

// extent is where an instruction is in the input.
type extent struct {
	op      vm.Opcode
	at      int // the opcode
	payload int // the argument, without a count in front of it
	end     int
}

// extents returns the extents of the instructions up to STOP.
func extents(data []byte) iter.Seq2[extent, error] {
	return func(yield func(extent, error) bool) {
		for at := 0; ; {
			e, err := extentAt(data, at)
			if err != nil {
				yield(e, &vm.Error{Offset: int64(at), Op: e.op, Err: err})
				return
			}
			if !yield(e, nil) || e.op == vm.OpStop {
				return
			}
			at = e.end
		}
	}
}

// truncated is the error of a pickle that is cut off, in Python's words.
type truncated string

func (t truncated) Error() string { return string(t) }
func (truncated) Unwrap() error   { return io.ErrUnexpectedEOF }

// An argument is some bytes, or a count of some bytes and so many more, or
// lines. width is the size in bytes, or that of the count; reader is the name
// that Python's messages have for it.
type form struct {
	width   int
	counted bool
	lines   int
	reader  string
	count   string // the reader of the count
}

var forms = [...]form{
	vm.ArgNone:         {},
	vm.ArgUint1:        {width: 1, reader: "uint1"},
	vm.ArgUint2:        {width: 2, reader: "uint2"},
	vm.ArgInt4:         {width: 4, reader: "int4"},
	vm.ArgUint4:        {width: 4, reader: "uint4"},
	vm.ArgUint8:        {width: 8, reader: "uint8"},
	vm.ArgFloat8:       {width: 8, reader: "float8"},
	vm.ArgLong1:        {1, true, 0, "long1", "uint1"},
	vm.ArgLong4:        {4, true, 0, "long4", "int4"},
	vm.ArgString1:      {1, true, 0, "string1", "uint1"},
	vm.ArgString4:      {4, true, 0, "string4", "int4"},
	vm.ArgBytes1:       {1, true, 0, "bytes1", "uint1"},
	vm.ArgBytes4:       {4, true, 0, "bytes4", "uint4"},
	vm.ArgBytes8:       {8, true, 0, "bytes8", "uint8"},
	vm.ArgByteArray8:   {8, true, 0, "bytearray8", "uint8"},
	vm.ArgUnicode1:     {1, true, 0, "unicodestring1", "uint1"},
	vm.ArgUnicode4:     {4, true, 0, "unicodestring4", "uint4"},
	vm.ArgUnicode8:     {8, true, 0, "unicodestring8", "uint8"},
	vm.ArgDecimalShort: {lines: 1, reader: "stringnl"},
	vm.ArgDecimalLong:  {lines: 1, reader: "stringnl"},
	vm.ArgStringLine:   {lines: 1, reader: "stringnl"},
	vm.ArgFloatLine:    {lines: 1, reader: "stringnl"},
	vm.ArgLine:         {lines: 1, reader: "stringnl"},
	vm.ArgLinePair:     {lines: 2, reader: "stringnl"},
	vm.ArgUnicodeLine:  {lines: 1, reader: "unicodestringnl"},
}

var (
	errExhausted = truncated("pickle exhausted before seeing STOP")
	errNegative  = errors.New("long4 byte count < 0")
)

// extentAt finds the extent of the instruction at at.
func extentAt(data []byte, at int) (extent, error) {
	if at >= len(data) {
		return extent{}, errExhausted
	}
	e := extent{op: vm.Opcode(data[at]), at: at, payload: at + 1}
	info, ok := e.op.Info()
	if !ok {
		return e, fmt.Errorf("at position %d, opcode %s unknown", at, appendBytes([]byte{'b'}, data[at:at+1], false))
	}
	f := &forms[info.Arg]
	e.end = e.payload
	for range f.lines {
		i := bytes.IndexByte(data[e.end:], '\n')
		if i < 0 {
			return e, truncated("no newline found when trying to read " + f.reader)
		}
		e.end += i + 1
	}
	if f.width == 0 {
		return e, nil
	}
	if len(data)-e.end < f.width {
		reader := f.reader
		if f.counted {
			reader = f.count
		}
		return e, truncated("not enough data in stream to read " + reader)
	}
	e.end += f.width
	if !f.counted {
		return e, nil
	}
	return e, e.skip(data, f)
}

// skip moves the end of e behind the bytes that are counted.
func (e *extent) skip(data []byte, f *form) error {
	n := littleEndian(data[e.payload:e.end])
	e.payload = e.end
	left := len(data) - e.end
	switch {
	case e.op == vm.OpLong4 && int32(n) < 0:
		return fmt.Errorf("%w: %d", errNegative, int32(n))
	case n > math.MaxInt64:
		return fmt.Errorf("%s byte count > sys.maxsize: %d", f.reader, n)
	case n <= uint64(left):
		e.end += int(n)
		return nil
	case e.op == vm.OpBinString && int32(n) < 0: // but not to unpicklers
		return truncated(fmt.Sprintf("string4 byte count < 0: %d", int32(n)))
	case f.reader == "long1" || f.reader == "long4":
		return truncated("not enough data in stream to read " + f.reader)
	}
	return truncated(fmt.Sprintf("expected %d bytes in a %s, but only %d remain", n, f.reader, left))
}

// littleEndian reads a number of 1, 2, 4 or 8 bytes.
func littleEndian(b []byte) uint64 {
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

package scan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/go-pickle/pickle/vm"
)

// program is one pickle: what its instructions are, and what the machine made of
// them. Offsets count from the beginning of data.
type program struct {
	data    []byte // from the pickle's first byte to the end of the input
	end     int    // behind STOP, or the instruction at which reading ended
	stopped bool   // there is a STOP
	names   []int  // where GLOBAL, INST and STACK_GLOBAL are
	notes   []Finding

	nested []payload // what may be a pickle or a compressed file itself

	frameEnd int // of the frame that STOP is in, where that goes on after it
	cut      cut

	machine *vm.Machine
	failed  *vm.Error // why CPython's unpickler would fail, nil if it would not
	refused []int     // the instructions of names that the machine did not take
}

// cut is what CPython's C unpickler leaves out where it reads a pickle from a
// file: of an argument that crosses the end of a frame it forgets the part before
// that, and reads all of it behind. From memory it reads on.
type cut struct {
	from, to int // the part; none where to is 0
	frame    int // where the length of the frame is
}

// apply returns the program without the part, and without the frame.
func (c cut) apply(data []byte) []byte {
	out := append(bytes.Clone(data[:c.from]), data[c.to:]...)
	clear(out[c.frame : c.frame+8])
	return out
}

// maxNotes bounds what one pickle is noted for.
const maxNotes = 200

// readProgram reads the instructions of the pickle at the beginning of data and
// runs it.
func readProgram(data []byte, m *vm.Machine) *program {
	p := &program{data: data, machine: m}
	w := walker{program: p, frame: -1}
	w.walk()
	p.run()
	return p
}

// instruction returns where the argument of the instruction at begins, and
// where the instruction ends; ok is false where there is none, or not all of it.
func instruction(data []byte, at int) (arg, end int, ok bool) {
	info, ok := vm.Opcode(data[at]).Info()
	if !ok {
		return 0, 0, false
	}
	arg = at + 1
	rest := data[arg:]
	size, ok := argSize(info.Arg, rest)
	if !ok || size > uint64(len(rest)) {
		return 0, 0, false
	}
	return arg, arg + int(size), true
}

// argSize returns how long an argument is that rest begins with.
func argSize(kind vm.Arg, rest []byte) (uint64, bool) {
	switch kind {
	case vm.ArgNone:
		return 0, true
	case vm.ArgUint1:
		return 1, true
	case vm.ArgUint2:
		return 2, true
	case vm.ArgInt4, vm.ArgUint4:
		return 4, true
	case vm.ArgFloat8, vm.ArgUint8:
		return 8, true
	case vm.ArgLinePair:
		i := bytes.IndexByte(rest, '\n')
		j := bytes.IndexByte(rest[i+1:], '\n')
		return uint64(i + j + 2), i >= 0 && j >= 0
	case vm.ArgLine, vm.ArgDecimalShort, vm.ArgDecimalLong, vm.ArgFloatLine, vm.ArgStringLine, vm.ArgUnicodeLine:
		i := bytes.IndexByte(rest, '\n')
		return uint64(i + 1), i >= 0
	}
	width := lengthWidth(kind)
	if len(rest) < width {
		return 0, false
	}
	var length [8]byte
	copy(length[:], rest[:width])
	n := binary.LittleEndian.Uint64(length[:])
	if kind == vm.ArgLong4 && n > math.MaxInt32 || n > math.MaxInt64-8 {
		return 0, false
	}
	return uint64(width) + n, true
}

// lengthWidth returns how many bytes say how long an argument is, 0 where none do.
func lengthWidth(kind vm.Arg) int {
	switch kind {
	case vm.ArgLong1, vm.ArgString1, vm.ArgBytes1, vm.ArgUnicode1:
		return 1
	case vm.ArgLong4, vm.ArgString4, vm.ArgBytes4, vm.ArgUnicode4:
		return 4
	case vm.ArgBytes8, vm.ArgByteArray8, vm.ArgUnicode8:
		return 8
	}
	return 0
}

// maxRepairs is how often a pickle is made to go on after an error.
const maxRepairs = 1000

// run runs the pickle as the decoder would. After an error it goes on as a more
// lenient unpickler might, with the instruction replaced by one that is as long
// and pushes something: what comes then is not what CPython would run, but
// there are others, and a program that fails for show is not to hide anything.
func (p *program) run() {
	input := p.data
	if p.stopped {
		input = p.data[:p.end] // for what the machine makes room
	}
	p.machine.Reset()
	for range maxRepairs {
		_, err := p.machine.Run(input, true)
		if err == nil {
			return
		}
		var failure *vm.Error
		if !errors.As(err, &failure) {
			return
		}
		at := p.machine.Consumed()
		if p.failed == nil {
			p.failed = failure
			input = bytes.Clone(p.data[:p.end]) // of a stream, the rest may be long
		}
		if at >= p.end { // it is cut off, or no instruction
			return
		}
		if arg, end, ok := instruction(input, at); !ok || !p.replace(input, at, arg, end) {
			return
		}
	}
}

// replace puts another instruction in place of the one that failed.
func (p *program) replace(input []byte, at, arg, end int) bool {
	op := vm.Opcode(input[at])
	info, _ := op.Info()
	if op == vm.OpGlobal || op == vm.OpInst || op == vm.OpStackGlobal {
		p.refused = append(p.refused, at)
	}
	switch info.Arg {
	case vm.ArgNone:
		if op == vm.OpStop {
			return false
		}
		input[at] = byte(vm.OpNone)
	case vm.ArgUint1:
		input[at] = byte(vm.OpBinInt1)
		if op == vm.OpProto { // stays one, so that the stack does
			input[at], input[arg] = byte(vm.OpProto), vm.HighestProtocol
		}
	case vm.ArgUint2:
		input[at] = byte(vm.OpBinInt2)
	case vm.ArgInt4, vm.ArgUint4:
		input[at] = byte(vm.OpBinInt)
	case vm.ArgUint8: // FRAME
		clear(input[arg:end])
	case vm.ArgUnicode1:
		input[at] = byte(vm.OpShortBinBytes)
	case vm.ArgUnicode4:
		input[at] = byte(vm.OpBinBytes)
	case vm.ArgUnicode8:
		input[at] = byte(vm.OpBinBytes8)
	case vm.ArgLinePair, vm.ArgLine, vm.ArgDecimalShort, vm.ArgDecimalLong, vm.ArgFloatLine, vm.ArgStringLine, vm.ArgUnicodeLine:
		input[at] = byte(vm.OpUnicode)
		for i := arg; i < end-1; i++ {
			input[i] = 'x'
		}
	default:
		return false
	}
	return true
}

// breaks reports whether CPython's unpickler would fail before it has executed
// the instruction at that offset.
func (p *program) breaks(at int) bool { return p.failed != nil && int64(at) >= p.failed.Offset }

// complete reports whether CPython would load it.
func (p *program) complete() bool { return p.stopped && p.failed == nil }

// explain says why the pickle is broken, or returns "".
func (p *program) explain() string {
	switch {
	case p.failed == nil:
		return ""
	case int(p.failed.Offset) >= len(p.data):
		return "there is no STOP"
	case errors.Is(p.failed.Err, io.ErrUnexpectedEOF):
		return fmt.Sprintf("%v is cut off", p.failed.Op)
	}
	return fmt.Sprintf("%v: %v", p.failed.Op, p.failed.Err)
}

// walker goes through the instructions of a program without executing them, for
// what the machine, which knows one way to read a pickle, does not tell.
type walker struct {
	*program
	frame  int     // where the frame at hand ends, or -1
	framed int     // where its length is
	origin [2]byte // what pushed the top two of the stack: below it, on top
	memo   memo

	persistent bool
}

// What pushed an object, as far as STACK_GLOBAL is concerned.
const (
	fromElsewhere = iota
	fromStr
	fromByteString
	fromMemo
	fromDup
)

func (w *walker) walk() {
	at := 0
	for at < len(w.data) {
		arg, end, ok := instruction(w.data, at)
		if !ok {
			break
		}
		op := vm.Opcode(w.data[at])
		w.frames(op, at, arg, end)
		w.visit(op, at, arg, end)
		w.payload(op, at, arg, end)
		at = end
		if op == vm.OpStop {
			w.stopped = true
			break
		}
	}
	w.end = at
	if w.stopped && w.frame > at && w.frame <= len(w.data) {
		w.frameEnd = w.frame
		w.note("frame-after-stop", at, fmt.Sprintf("the frame goes on for %d bytes after STOP", w.frame-at))
	}
}

func (w *walker) note(rule string, at int, message string) {
	if len(w.notes) < maxNotes {
		w.notes = append(w.notes, Finding{Rule: rule, Offset: int64(at), Message: message})
	}
}

// frames follows where frames begin and end.
func (w *walker) frames(op vm.Opcode, at, arg, end int) {
	if w.frame >= 0 && at >= w.frame {
		w.frame = -1
	}
	switch {
	case w.frame >= 0 && op == vm.OpFrame:
		w.note("frame-crossed", at, "FRAME within a frame")
	case w.frame >= 0 && end > w.frame:
		w.note("frame-crossed", at, fmt.Sprintf("%v crosses the end of its frame", op))
		w.crossed(op, arg)
		w.frame = -1
	}
	if op != vm.OpFrame {
		return
	}
	n := binary.LittleEndian.Uint64(w.data[arg:])
	if n > uint64(len(w.data)-end) {
		w.note("frame-past-end", at, fmt.Sprintf("a frame of %d bytes, of which %d are there", n, len(w.data)-end))
		w.frame = -1
		return
	}
	w.frame, w.framed = end+int(n), arg
}

// crossed notes the first argument that crosses the end of a frame.
func (w *walker) crossed(op vm.Opcode, arg int) {
	if w.cut.to > 0 {
		return
	}
	info, _ := op.Info()
	if width := lengthWidth(info.Arg); arg+width <= w.frame {
		arg += width
	}
	w.cut = cut{from: min(arg, w.frame), to: w.frame, frame: w.framed}
}

// visit looks at one instruction.
func (w *walker) visit(op vm.Opcode, at, arg, end int) {
	switch op {
	case vm.OpProto:
		if at > 0 {
			w.note("proto-repeated", at, fmt.Sprintf("PROTO %d", w.data[arg]))
		}
		return
	case vm.OpFrame:
		return
	case vm.OpPut, vm.OpBinPut, vm.OpLongBinPut, vm.OpMemoize:
		w.put(op, at, w.data[arg:end])
		return
	case vm.OpUnicode, vm.OpShortBinUnicode, vm.OpBinUnicode, vm.OpBinUnicode8:
		w.push(fromStr)
		return
	case vm.OpString, vm.OpShortBinString, vm.OpBinString:
		w.push(fromByteString)
		return
	case vm.OpGet:
		w.number(op, at, w.data[arg:end])
		w.push(fromMemo)
		return
	case vm.OpBinGet, vm.OpLongBinGet:
		w.push(fromMemo)
		return
	case vm.OpDup:
		w.push(fromDup)
		return
	case vm.OpInt, vm.OpLong, vm.OpFloat:
		w.number(op, at, w.data[arg:end])
	case vm.OpExt1, vm.OpExt2, vm.OpExt4:
		w.note("extension-code", at, op.String())
	case vm.OpPersID, vm.OpBinPersID:
		if !w.persistent { // once is enough
			w.persistent = true
			w.note("persistent-id", at, op.String())
		}
	case vm.OpStackGlobal:
		w.names = append(w.names, at)
		w.operands(at)
	case vm.OpGlobal, vm.OpInst:
		w.names = append(w.names, at)
	}
	w.origin = [2]byte{}
}

func (w *walker) push(from byte) { w.origin = [2]byte{w.origin[1], from} }

func (w *walker) operands(at int) {
	for _, from := range w.origin {
		switch from {
		case fromElsewhere, fromDup:
			w.note("name-from-stack", at, "STACK_GLOBAL takes a name that was not pushed right before it")
			return
		case fromByteString:
			w.note("name-kind", at, "STACK_GLOBAL takes a str of Python 2")
			return
		}
	}
}

// put follows how the memo is numbered.
func (w *walker) put(op vm.Opcode, at int, arg []byte) {
	var index uint64
	switch op {
	case vm.OpBinPut:
		index = uint64(arg[0])
	case vm.OpLongBinPut:
		index = uint64(binary.LittleEndian.Uint32(arg))
	case vm.OpPut:
		w.number(op, at, arg)
		var ok bool
		if index, ok = decimal(arg[:len(arg)-1]); !ok {
			return
		}
	default:
		if index = w.memo.n; index != w.memo.next {
			w.note("memo-gap", at, fmt.Sprintf("MEMOIZE with %d entries in the memo, of which the last is %d", index, w.memo.next-1))
		}
	}
	if w.memo.put(index) {
		w.note("memo-rebound", at, fmt.Sprintf("entry %d of the memo is replaced", index))
	}
}

// memo knows which entries there are: all below dense, and others.
type memo struct {
	dense, n, next uint64
	others         map[uint64]bool
}

// put reports whether the entry was there already.
func (m *memo) put(index uint64) bool {
	if index < m.dense || m.others[index] {
		return true
	}
	m.n++
	m.next = max(m.next, index+1)
	if index != m.dense {
		if m.others == nil {
			m.others = make(map[uint64]bool)
		}
		m.others[index] = true
		return false
	}
	for m.dense++; m.others[m.dense]; m.dense++ {
		delete(m.others, m.dense)
	}
	return false
}

// number looks at the text of a number, with its newline.
func (w *walker) number(op vm.Opcode, at int, line []byte) {
	if text := line[:len(line)-1]; !usualNumber(op, text) {
		w.note("number-text", at, fmt.Sprintf("%v %q", op, shorten(text, 40)))
	}
}

// usualNumber reports whether a number is spelled as picklers do.
func usualNumber(op vm.Opcode, s []byte) bool {
	switch op {
	case vm.OpInt:
		return string(s) == "00" || string(s) == "01" || usualInt(s)
	case vm.OpLong:
		return len(s) > 0 && s[len(s)-1] == 'L' && usualInt(s[:len(s)-1])
	case vm.OpFloat:
		return usualFloat(s)
	}
	_, ok := decimal(s)
	return ok
}

func usualInt(s []byte) bool {
	if len(s) > 1 && s[0] == '-' {
		s = s[1:]
		if s[0] == '0' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 4300 && len(bytes.Trim(s, "0123456789")) == 0 && (s[0] != '0' || len(s) == 1)
}

// usualFloat reports whether s is a finite number as repr writes it, or inf or nan.
func usualFloat(s []byte) bool {
	s = bytes.TrimPrefix(s, []byte("-"))
	if string(s) == "inf" || string(s) == "nan" {
		return true
	}
	mantissa, exponent, scientific := bytes.Cut(s, []byte("e"))
	whole, fraction, point := bytes.Cut(mantissa, []byte("."))
	if point && !digits(fraction) || !digits(whole) {
		return false
	}
	if !scientific {
		return true
	}
	if len(exponent) > 0 && (exponent[0] == '-' || exponent[0] == '+') {
		exponent = exponent[1:]
	}
	return digits(exponent) && len(exponent) <= 3
}

func digits(s []byte) bool { return len(s) > 0 && len(bytes.Trim(s, "0123456789")) == 0 }

// decimal reads the index of a memo entry as picklers write it.
func decimal(s []byte) (uint64, bool) {
	if !digits(s) || len(s) > 18 || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	var n uint64
	for _, c := range s {
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

// shorten returns the text of s, cut off after n bytes.
func shorten(s []byte, n int) string {
	if len(s) > n {
		return string(s[:n]) + "…"
	}
	return string(s)
}

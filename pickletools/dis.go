package pickletools

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-pickle/pickle/internal/pyrepr"
	"github.com/go-pickle/pickle/vm"
)

// Dis prints the instructions of the pickle that data begins with, as
// pickletools.dis of CPython 3.13 does: with the positions of the opcodes, what
// follows a MARK indented, and the highest protocol that an opcode needs in
// the last line. What comes after STOP is not looked at.
//
// Like Python it checks that the pickle makes sense: arguments, what is on the
// stack, the entries of the memo. An error is returned after what comes before
// it, often the offending instruction included, has been printed. An error of w
// is returned as it is.
func Dis(w io.Writer, data []byte, opts ...Option) error {
	d := disassembler{options: newOptions(opts), w: bufio.NewWriter(w), maxProto: -1}
	d.column = d.annotate
	err := d.run(data)
	if werr := d.w.Flush(); werr != nil {
		return werr
	}
	return err
}

// Memo is what Dis remembers from one pickle to the next where one Pickler wrote
// both. The zero Memo is empty.
type Memo struct {
	names memoTable[uint8] // what the entries are, as indexes of stackNames
}

// stackNames are the names of what opcodes leave on the stack.
var stackNames = func() (names []string) {
	for _, e := range effects {
		for _, name := range e.after {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}()

// WithMemo makes Dis use that memo, and add to it.
func WithMemo(m *Memo) Option { return func(o *options) { o.memo = m } }

// effects are the stack effects of the opcodes: Info's Before and After.
var effects = func() (e [256]struct{ before, after []string }) {
	for op := range e {
		if info, ok := vm.Opcode(op).Info(); ok {
			e[op].before, e[op].after = strings.Fields(info.Before), strings.Fields(info.After)
		}
	}
	return e
}()

const mark = "mark" // on the stack, where the machine has none

type disassembler struct {
	options
	w        *bufio.Writer
	line     []byte   // what is not yet written of the line at hand
	written  int      // characters of the line that are
	stack    []string // the names of what is on it
	marks    []int64  // the positions of MARKs
	maxProto int
	column   int // where annotations begin
}

func (d *disassembler) run(data []byte) error {
	for in, err := range instructions(data, d.keepGoing) {
		if err == nil {
			err = d.instruction(in)
		}
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(d.w, "highest protocol among opcodes = %d\n", d.maxProto)
	if len(d.stack) > 0 && !d.keepGoing {
		err := fmt.Errorf("stack not empty after STOP: [%s]", strings.Join(d.stack, ", "))
		end, _ := End(data)
		return &vm.Error{Offset: int64(end - 1), Op: vm.OpStop, Err: err}
	}
	return nil
}

// instruction prints one line and follows what it does to the stack.
func (d *disassembler) instruction(in noted) error {
	info, _ := in.Op.Info()
	d.maxProto = max(d.maxProto, info.Proto)
	indent := len(d.marks)
	effect := effects[in.Op]
	pops, message, complaint := d.popMark(in.Op, effect.before)
	after := effect.after
	if note, wrong := d.checkMemo(in, &after); wrong != nil || note != "" {
		if note != "" {
			message = note
		}
		if wrong != nil {
			complaint = wrong
		}
	}
	if complaint == nil && len(d.stack) < pops {
		complaint = fmt.Errorf("tries to pop %d items from stack with only %d items", pops, len(d.stack))
	}
	if in.note != nil {
		complaint = in.note
	}
	if err := d.print(in, indent, message, complaint); err != nil {
		complaint = err
	}
	if complaint != nil && !d.keepGoing {
		return &vm.Error{Offset: int64(in.Offset), Op: in.Op, Err: complaint}
	}
	d.stack = d.stack[:max(0, len(d.stack)-pops)]
	if in.Op == vm.OpMark {
		d.marks = append(d.marks, d.base+int64(in.Offset))
	}
	d.stack = append(d.stack, after...)
	return nil
}

var (
	errNoMark      = errors.New("no MARK exists on stack")
	errMarkGone    = errors.New("the MARK has been taken from the stack")
	errEmptyStack  = errors.New("stack is empty -- can't store into memo")
	errMarkToStore = errors.New("can't store markobject in the memo")
)

// popMark takes what is above the topmost mark from the stack, and the mark, if
// op does so. It returns how many more items op takes, and what is to be printed.
func (d *disassembler) popMark(op vm.Opcode, before []string) (pops int, message string, err error) {
	pops = len(before)
	at := -1
	for i, name := range before {
		if name == mark {
			at = i
		}
	}
	top := len(d.stack) - 1
	if at < 0 {
		if op != vm.OpPop || top < 0 || d.stack[top] != mark {
			return pops, "", nil
		}
		at = 0
	}
	n := len(d.marks)
	if n == 0 {
		return pops, errNoMark.Error(), errNoMark
	}
	message = "(MARK at " + strconv.FormatInt(d.marks[n-1], 10) + ")"
	d.marks = d.marks[:n-1]
	for top >= 0 && d.stack[top] != mark {
		top--
	}
	if top < 0 { // Python does not expect that: IndexError
		return at, message, errMarkGone
	}
	d.stack = d.stack[:top]
	return at, message, nil
}

// checkMemo checks the use of the memo. What a GET pushes it puts into after.
func (d *disassembler) checkMemo(in noted, after *[]string) (message string, err error) {
	index := keyOf(in.Arg)
	switch in.Op {
	case vm.OpMemoize:
		index = memoKey{n: int64(d.memo.names.len)}
		message = "(as " + strconv.FormatInt(index.n, 10) + ")"
	case vm.OpPut, vm.OpBinPut, vm.OpLongBinPut:
	case vm.OpGet, vm.OpBinGet, vm.OpLongBinGet:
		name, ok := d.memo.names.get(index)
		if !ok {
			return "", fmt.Errorf("memo key %s has never been stored into", keyText(in.Arg))
		}
		*after = stackNames[name : name+1 : name+1]
		return "", nil
	default:
		return "", nil
	}
	top := len(d.stack) - 1
	_, exists := d.memo.names.get(index)
	switch {
	case exists:
		err = fmt.Errorf("memo key %s already defined", keyText(in.Arg))
	case top < 0:
		err = errEmptyStack
	case d.stack[top] == mark:
		err = errMarkToStore
	}
	if top >= 0 && d.stack[top] != mark {
		d.memo.names.set(index, uint8(slices.Index(stackNames, d.stack[top])))
	}
	return message, err
}

func keyText(arg any) string {
	if arg == nil { // that of MEMOIZE
		return "None"
	}
	text, err := appendArg(nil, 0, arg)
	if err != nil {
		return "of too many digits"
	}
	return string(text)
}

// print prints the line of an instruction. Where an int has too many digits for
// Python it fails, having printed the position.
func (d *disassembler) print(in noted, indent int, message string, complaint error) error {
	fmt.Fprintf(d.w, "%5d: ", d.base+int64(in.Offset))
	b := d.line[:0]
	d.written = 0
	if in.Op < 0x80 {
		b = append(b, byte(in.Op), ' ', ' ', ' ')
	} else {
		b = pyrepr.AppendEscape(b, rune(in.Op))
	}
	b = append(b, ' ')
	for range indent * d.indent {
		b = append(b, ' ')
	}
	name := in.Op.String()
	b = append(b, name...)
	if in.Arg != nil || message != "" {
		for n := len(name); n < 10; n++ {
			b = append(b, ' ')
		}
	}
	if in.Arg != nil {
		var err error
		if b, err = d.appendArg(append(b, ' '), in.Op, in.Arg); err != nil {
			if !d.keepGoing {
				return err
			}
			b = appendHex(b, in.Arg.(*big.Int))
			complaint = err
		}
	}
	if message != "" {
		b = append(append(b, ' '), message...)
	}
	if d.annotate > 0 {
		b = d.describe(b, in.Op)
	}
	if complaint != nil && d.keepGoing && complaint.Error() != message {
		b = append(append(b, "  # "...), complaint.Error()...)
	}
	d.w.Write(append(b, '\n'))
	d.line = b
	return nil
}

// appendArg is appendArg, but of a long argument it appends the end only, having
// written the rest: the literal can be four times as long.
func (d *disassembler) appendArg(b []byte, op vm.Opcode, arg any) ([]byte, error) {
	const piece = 64 << 10
	switch v := arg.(type) {
	case []byte:
		if len(v) <= piece {
			break
		}
		isByteArray := op == vm.OpByteArray8
		if isByteArray {
			b = append(b, "bytearray("...)
		}
		quote := pyrepr.QuoteFor(v)
		b = append(b, 'b', quote)
		for part := range slices.Chunk(v, piece) {
			b = d.flush(appendInnerBytes(b, part, quote, isByteArray))
		}
		if b = append(b, quote); isByteArray {
			b = append(b, ')')
		}
		return b, nil
	case string:
		if len(v) <= piece {
			break
		}
		quote := pyrepr.QuoteFor(v)
		b = append(b, quote)
		for len(v) > 0 {
			n := min(piece, len(v))
			for n < len(v) && !utf8.RuneStart(v[n]) {
				n++
			}
			b = d.flush(appendInnerText(b, v[:n], quote))
			v = v[n:]
		}
		return append(b, quote), nil
	}
	return appendArg(b, op, arg)
}

// flush writes a part of the line.
func (d *disassembler) flush(b []byte) []byte {
	d.written += utf8.RuneCount(b)
	d.w.Write(b)
	return b[:0]
}

// describe appends the description of an opcode, below that of the line before
// if there is room.
func (d *disassembler) describe(b []byte, op vm.Opcode) []byte {
	const widest = 50
	n := d.written + utf8.RuneCount(b)
	for ; n < d.column; n++ {
		b = append(b, ' ')
	}
	if d.column = n; n > widest {
		d.column = d.annotate
	}
	return append(append(b, ' '), descriptions[op]...)
}

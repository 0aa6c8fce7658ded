package pickletest

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
)

// The opcodes that programs are made of, by pickletools' names. Package vm has the
// table of all of them; it is tested with this package, which cannot import it.
const (
	opInt             = 0x49
	opBinInt          = 0x4a
	opBinInt1         = 0x4b
	opLong            = 0x4c
	opLong1           = 0x8a
	opString          = 0x53
	opBinString       = 0x54
	opShortBinString  = 0x55
	opBinBytes        = 0x42
	opShortBinBytes   = 0x43
	opBinBytes8       = 0x8e
	opByteArray8      = 0x96
	opNextBuffer      = 0x97
	opReadonlyBuffer  = 0x98
	opNone            = 0x4e
	opNewTrue         = 0x88
	opNewFalse        = 0x89
	opUnicode         = 0x56
	opShortBinUnicode = 0x8c
	opBinUnicode      = 0x58
	opBinUnicode8     = 0x8d
	opFloat           = 0x46
	opBinFloat        = 0x47
	opEmptyList       = 0x5d
	opAppend          = 0x61
	opAppends         = 0x65
	opList            = 0x6c
	opEmptyTuple      = 0x29
	opTuple           = 0x74
	opTuple1          = 0x85
	opTuple2          = 0x86
	opTuple3          = 0x87
	opEmptyDict       = 0x7d
	opDict            = 0x64
	opSetItem         = 0x73
	opSetItems        = 0x75
	opEmptySet        = 0x8f
	opAddItems        = 0x90
	opFrozenSet       = 0x91
	opPop             = 0x30
	opDup             = 0x32
	opMark            = 0x28
	opPopMark         = 0x31
	opGet             = 0x67
	opBinGet          = 0x68
	opLongBinGet      = 0x6a
	opPut             = 0x70
	opBinPut          = 0x71
	opLongBinPut      = 0x72
	opMemoize         = 0x94
	opExt1            = 0x82
	opGlobal          = 0x63
	opStackGlobal     = 0x93
	opReduce          = 0x52
	opBuild           = 0x62
	opInst            = 0x69
	opObj             = 0x6f
	opNewObj          = 0x81
	opNewObjEx        = 0x92
	opProto           = 0x80
	opStop            = 0x2e
	opFrame           = 0x95
	opPersID          = 0x50
	opBinPersID       = 0x51
)

// kind is what a value is, as far as a program must know.
type kind uint8

const (
	kindNothing kind = iota
	kindNone
	kindBool
	kindInt
	kindFloat
	kindStr
	kindByteString
	kindBytes
	kindByteArray
	kindList
	kindTuple
	kindDict
	kindSet
	kindFrozenSet
	kindGlobal
	kindInstance
	kindPersistent
	kindExtension
	kindBuffer
)

// program writes a random pickle. It knows the kinds of what is on the stack, so
// that opcodes find what they need.
type program struct {
	random *rand.Rand
	out    []byte
	stack  []kind
	marks  []int
	memo   []memoized
}

// memoized is an entry of the memo.
type memoized struct {
	index uint32
	kind  kind
}

// NewProgram returns a random program of so many steps, by opcodes that no
// pickler would put into that order; mostly every unpickler accepts it. One step
// in wild, if that is not 0, is an opcode that need not have what it wants.
func NewProgram(random *rand.Rand, steps, wild int) []byte {
	p := &program{random: random}
	if random.IntN(4) > 0 {
		p.emit(opProto, byte(random.IntN(6)))
	}
	for range steps {
		p.step(wild > 0 && random.IntN(wild) == 0)
	}
	for len(p.marks) > 0 {
		p.emit([]byte{opTuple, opList, opPopMark, opFrozenSet}[random.IntN(4)])
		p.close(kindTuple)
	}
	switch {
	case len(p.stack) == 0:
		p.emit(opNone)
	case len(p.stack) > 1 && random.IntN(4) > 0:
		for range min(len(p.stack)-1, 3) {
			p.emit(opTuple2)
		}
	}
	p.emit(opStop)
	return p.out
}

func (p *program) emit(op byte, args ...byte) { p.out = append(append(p.out, op), args...) }

func (p *program) push(k kind) { p.stack = append(p.stack, k) }

// floor is where the mark on top is: below that nothing may be popped.
func (p *program) floor() int {
	if len(p.marks) == 0 {
		return 0
	}
	return p.marks[len(p.marks)-1]
}

// has reports whether there are n values above the mark, the lowest of which is
// of one of the kinds, if any is given.
func (p *program) has(n int, kinds ...kind) bool {
	return len(p.stack)-p.floor() >= n && (len(kinds) == 0 || is(p.stack[len(p.stack)-n], kinds))
}

func is(k kind, kinds []kind) bool {
	for _, other := range kinds {
		if k == other {
			return true
		}
	}
	return false
}

// under reports whether the value below the mark is of one of the kinds.
func (p *program) under(kinds ...kind) bool {
	if len(p.marks) == 0 {
		return false
	}
	at, floor := p.floor(), 0
	if len(p.marks) > 1 {
		floor = p.marks[len(p.marks)-2]
	}
	return at > floor && is(p.stack[at-1], kinds)
}

func (p *program) pop(n int) { p.stack = p.stack[:max(len(p.stack)-n, 0)] }

// close pops all down to the mark and pushes a k.
func (p *program) close(k kind) {
	if len(p.marks) > 0 {
		p.stack = p.stack[:min(p.floor(), len(p.stack))]
		p.marks = p.marks[:len(p.marks)-1]
	}
	if k != kindNothing {
		p.push(k)
	}
}

// The kinds that opcodes want.
var (
	callables = []kind{kindGlobal, kindInstance, kindPersistent, kindExtension}
	lists     = []kind{kindList, kindInstance}
	dicts     = []kind{kindDict, kindInstance}
	keys      = []kind{kindNone, kindBool, kindInt, kindFloat, kindStr, kindBytes, kindGlobal, kindInstance}
)

// step writes one opcode.
func (p *program) step(wild bool) {
	if wild {
		p.emit(byte(p.random.IntN(256)), p.junk()...)
		return
	}
	for range 20 {
		if p.random.IntN(3) == 0 {
			break
		}
		if p.structure(p.random.IntN(36)) {
			return
		}
	}
	p.scalar()
}

// junk returns what a wild opcode may take for its argument.
func (p *program) junk() []byte {
	b := make([]byte, p.random.IntN(6))
	for i := range b {
		b[i] = byte(p.random.IntN([]int{2, 256}[p.random.IntN(2)]))
	}
	if p.random.IntN(2) == 0 {
		b = append(b, '\n')
	}
	return b
}

func pick[T any](p *program, from []T) T { return from[p.random.IntN(len(from))] }

// literal returns one of the texts, nearly always one of the first good ones.
func literal(p *program, good int, from []string) string {
	if p.random.IntN(100) > 0 {
		from = from[:good]
	}
	return pick(p, from)
}

// What follows opcodes, what is right first.
var (
	textInts   = []string{"0", "1", "00", "01", "-5", "010", "123456789012345678901", "-9223372036854775808", " 7", "0x1f", "+3", "1_000", "", "x", "1L"}
	textLongs  = []string{"0L", "1L", "-12345678901234567890L", "5", "0x10L", "1_0L", "L", ""}
	textFloats = []string{"1.5", "-0.0", "1e300", "nan", "inf", "-inf", "1.", ".5e-3", "1_0", "0x1p3", " 2.5", "", "infinity", "1e400"}
	textStrs   = []string{"abc", "", `a\u00e9`, `\\`, `\n`, `\U0001f600`, `\ud83d\ude00`, "caf\xe9", `\x41`, `\`, `\u12`}
	byteStrs   = []string{`'abc'`, `"x"`, `''`, `'a\'b'`, `'\x41\n'`, `'é'`, ` 'pad' `, `'`, `abc`, `'a"`}
	names      = []string{"m\nC", "m\nf", "builtins\nlist", "__builtin__\nset", "a.b\nC", "copy_reg\n_reconstructor", "m\nA.B"}
	texts      = []string{"", "a", "text", "m", "été", "\xed\xa0\x80", "longer than the others, by some", "\x00\xff"}
	datas      = []string{"", "a", "bytes", "\x00\xff", "longer than the others, by some"}
	floats     = []float64{0, math.Copysign(0, -1), 1, 2.5, math.Inf(1), math.NaN()}
	indexes    = []uint32{0, 1, 2, 3, 10, 255, 256, 300}
)

// scalar writes an opcode that pushes a value out of nothing.
func (p *program) scalar() {
	switch p.random.IntN(22) {
	case 0:
		p.emit(opNone)
		p.push(kindNone)
	case 1:
		p.emit(pick(p, []byte{opNewTrue, opNewFalse}))
		p.push(kindBool)
	case 2:
		p.line(opInt, literal(p, 11, textInts), kindInt)
	case 3:
		p.line(opLong, literal(p, 4, textLongs), kindInt)
	case 4:
		p.line(opFloat, literal(p, 8, textFloats), kindFloat)
	case 5:
		p.line(opUnicode, literal(p, 8, textStrs), kindStr)
	case 6:
		p.line(opString, literal(p, 6, byteStrs), kindByteString)
	case 7:
		p.line(opGlobal, literal(p, 6, names), kindGlobal)
	case 8:
		p.line(opPersID, pick(p, []string{"id", "", "1"}), kindPersistent)
	case 9:
		p.emit(opBinInt1, byte(p.random.IntN(256)))
		p.push(kindInt)
	case 10:
		p.emit(opBinInt, binary.LittleEndian.AppendUint32(nil, p.random.Uint32())...)
		p.push(kindInt)
	case 11:
		p.emit(opBinFloat, binary.BigEndian.AppendUint64(nil, math.Float64bits(pick(p, floats)))...)
		p.push(kindFloat)
	case 12:
		n := p.random.IntN(10)
		p.emit(opLong1, byte(n))
		for range n {
			p.out = append(p.out, byte(p.random.IntN(256)))
		}
		p.push(kindInt)
	case 13, 14:
		p.data(pick(p, []byte{opShortBinUnicode, opBinUnicode, opBinUnicode8}), literal(p, 7, texts), kindStr)
	case 15:
		p.data(pick(p, []byte{opShortBinBytes, opBinBytes, opBinBytes8}), pick(p, datas), kindBytes)
	case 16:
		p.data(pick(p, []byte{opShortBinString, opBinString}), pick(p, datas), kindByteString)
	case 17:
		p.data(opByteArray8, pick(p, datas), kindByteArray)
	case 18:
		p.empty()
	case 19:
		p.emit(opMark)
		p.marks = append(p.marks, len(p.stack))
	case 20:
		p.emit(opExt1, []byte{1, 7, 200, 0, 9}[p.random.IntN(100)/49*2%5])
		p.push(kindExtension)
	case 21:
		p.emit(opNextBuffer)
		p.push(kindBuffer)
	}
}

func (p *program) empty() {
	switch p.random.IntN(5) {
	case 0, 1:
		p.emit(opEmptyList)
		p.push(kindList)
	case 2:
		p.emit(opEmptyDict)
		p.push(kindDict)
	case 3:
		p.emit(opEmptySet)
		p.push(kindSet)
	case 4:
		p.emit(opEmptyTuple)
		p.push(kindTuple)
	}
}

func (p *program) line(op byte, text string, k kind) {
	p.emit(op)
	p.out = append(append(p.out, text...), '\n')
	p.push(k)
}

// data writes an opcode with a length, in as many bytes as it has.
func (p *program) data(op byte, data string, k kind) {
	n := uint64(len(data))
	if p.random.IntN(300) == 0 {
		n += uint64(p.random.IntN(3))
	}
	switch length := binary.LittleEndian.AppendUint64(nil, n); op {
	case opShortBinUnicode, opShortBinBytes, opShortBinString:
		p.emit(op, length[:1]...)
	case opBinUnicode, opBinBytes, opBinString:
		p.emit(op, length[:4]...)
	default:
		p.emit(op, length...)
	}
	p.out = append(p.out, data...)
	p.push(k)
}

// structure writes one of the opcodes that need something, if it is there.
func (p *program) structure(i int) bool {
	switch i {
	case 0, 1:
		return p.do(p.has(2, lists...), opAppend, 1, kindNothing)
	case 2:
		return p.shut(p.under(lists...), opAppends, kindNothing)
	case 3:
		return p.do(p.has(3, dicts...) && is(p.stack[len(p.stack)-2], keys), opSetItem, 2, kindNothing)
	case 4:
		return p.shut(p.under(dicts...) && p.even(), opSetItems, kindNothing)
	case 5:
		return p.shut(p.under(kindSet, kindInstance) && p.hashable(), opAddItems, kindNothing)
	case 6:
		return p.shut(len(p.marks) > 0, opList, kindList)
	case 7, 8:
		return p.shut(len(p.marks) > 0, opTuple, kindTuple)
	case 9:
		return p.shut(p.even(), opDict, kindDict)
	case 10:
		return p.shut(p.hashable(), opFrozenSet, kindFrozenSet)
	case 11, 12, 13:
		n := i - 10
		return p.do(p.has(n), []byte{opTuple1, opTuple2, opTuple3}[n-1], n, kindTuple)
	case 14:
		return p.do(p.has(1), opPop, 1, kindNothing)
	case 15:
		return p.shut(len(p.marks) > 0, opPopMark, kindNothing)
	case 16, 17:
		return p.do(p.has(1), opDup, 0, p.top())
	case 25:
		ok := p.shut(len(p.marks) > 0, opInst, kindInstance)
		if ok {
			p.out = append(p.out, literal(p, 6, names)+"\n"...)
		}
		return ok
	case 26:
		return p.shut(len(p.marks) > 0 && len(p.stack) > p.floor() && p.stack[p.floor()] == kindGlobal, opObj, kindInstance)
	case 28:
		return p.do(p.has(1), opBinPersID, 1, kindPersistent)
	case 29:
		return p.do(p.has(1, kindBuffer, kindBytes), opReadonlyBuffer, 1, p.top())
	case 30, 31, 32:
		return p.put()
	case 33, 34:
		return p.get()
	case 35:
		if p.random.IntN(10) > 0 {
			return false
		}
		p.emit(opFrame, binary.LittleEndian.AppendUint64(nil, uint64(p.random.IntN(3)))...)
		return true
	}
	return p.instance(i)
}

// instance is the part of structure that makes and fills instances.
func (p *program) instance(i int) bool {
	switch i {
	case 18, 19:
		return p.do(p.has(2, callables...) && p.top() == kindTuple, opReduce, 2, kindInstance)
	case 20, 21:
		return p.do(p.has(2, kindGlobal) && p.top() == kindTuple, opNewObj, 2, kindInstance)
	case 22:
		ok := p.has(3, kindGlobal) && p.top() == kindDict && p.stack[len(p.stack)-2] == kindTuple
		return p.do(ok, opNewObjEx, 3, kindInstance)
	case 23, 24:
		return p.do(p.has(2, kindInstance), opBuild, 1, kindNothing)
	case 27:
		return p.do(p.has(2, kindStr) && p.top() == kindStr, opStackGlobal, 2, kindGlobal)
	}
	return false
}

// do writes an opcode that takes n values and leaves one of kind k, if it can.
func (p *program) do(can bool, op byte, n int, k kind) bool {
	if !can {
		return false
	}
	p.emit(op)
	p.pop(n)
	if k != kindNothing {
		p.push(k)
	}
	return true
}

// shut is do for an opcode that takes all above the mark.
func (p *program) shut(can bool, op byte, k kind) bool {
	if !can {
		return false
	}
	p.emit(op)
	p.close(k)
	return true
}

// top returns the kind of the value on top.
func (p *program) top() kind {
	if len(p.stack) == 0 {
		return kindNothing
	}
	return p.stack[len(p.stack)-1]
}

// even reports whether what is above the mark are keys and values.
func (p *program) even() bool {
	if len(p.marks) == 0 || (len(p.stack)-p.floor())%2 != 0 {
		return false
	}
	for i := p.floor(); i < len(p.stack); i += 2 {
		if !is(p.stack[i], keys) {
			return false
		}
	}
	return true
}

// hashable reports whether all above the mark can be elements of a set.
func (p *program) hashable() bool {
	if len(p.marks) == 0 {
		return false
	}
	for _, k := range p.stack[p.floor():] {
		if !is(k, keys) {
			return false
		}
	}
	return true
}

func (p *program) put() bool {
	if !p.has(1) {
		return false
	}
	index := pick(p, indexes)
	switch p.random.IntN(4) {
	case 0:
		distinct := map[uint32]bool{}
		for _, m := range p.memo {
			distinct[m.index] = true
		}
		index = uint32(len(distinct))
		p.emit(opMemoize)
	case 1:
		p.emit(opPut)
		p.out = fmt.Appendf(p.out, pick(p, []string{"%d\n", "0%d\n"}), index)
	case 2:
		index &= 255
		p.emit(opBinPut, byte(index))
	case 3:
		p.emit(opLongBinPut, binary.LittleEndian.AppendUint32(nil, index)...)
	}
	p.memo = append(p.memo, memoized{index, p.top()})
	return true
}

func (p *program) get() bool {
	if len(p.memo) == 0 {
		return false
	}
	index := pick(p, p.memo).index
	switch op := p.random.IntN(3); {
	case op == 0 && index < 256:
		p.emit(opBinGet, byte(index))
	case op == 1:
		p.emit(opLongBinGet, binary.LittleEndian.AppendUint32(nil, index)...)
	default:
		p.emit(opGet)
		p.out = fmt.Appendf(p.out, "%d\n", index)
	}
	for i := len(p.memo) - 1; i >= 0; i-- {
		if p.memo[i].index == index {
			p.push(p.memo[i].kind)
			break
		}
	}
	return true
}

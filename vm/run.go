package vm

import (
	"bytes"
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// run is the machine's loop. The arms of the switch are short: what an opcode
// does is in machine.go, what its argument says in literal.go. An instruction
// that is not complete leaves the machine as it was, so that it can be tried
// again when more of the input is there.
func (m *Machine) run(in []byte, eof bool) (Status, error) {
	var err error
	p := m.pos
	for err == nil {
		m.op = p
		if p >= len(in) {
			return More, nil
		}
		op := Opcode(in[p])
		p++
		switch op {
		case OpMark:
			m.mark()
		case OpBinInt1, OpBinInt2, OpBinInt:
			if len(in)-p < 4 { // the slow way, near the end
				size := int(intSizes[op])
				if len(in)-p < size {
					return More, nil
				}
				var b [4]byte
				copy(b[:], in[p:p+size])
				m.push(node(KindInt, m.op, uint64(int64(int32(binary.LittleEndian.Uint32(b[:]))))))
				p += size
				break
			}
			p = m.ints(in, p-1)
		case OpBinFloat:
			if len(in)-p < 8 {
				return More, nil
			}
			p = m.floats(in, p-1)
		case OpNone:
			m.push(node(KindNone, m.op, 0))
		case OpNewTrue:
			m.push(node(KindBool, m.op, 1))
		case OpNewFalse:
			m.push(node(KindBool, m.op, 0))

		case OpShortBinUnicode: // by far the most frequent of those below
			if p >= len(in) {
				return More, nil
			}
			n := int(in[p])
			p++
			if len(in)-p < n {
				return More, nil
			}
			if !validText(in[p : p+n]) {
				err = m.fail(errNotText)
				break
			}
			text := Node{uint64(KindStr)<<kindShift | 2<<headerShift | uint64(p), uint64(n)}
			if p += n; p < len(in) && Opcode(in[p]) == OpMemoize && !m.shareAll { // as nearly always
				p++
				m.identify(&text)
				m.memo.add(text)
			}
			m.push(text)
		case OpBinUnicode, OpBinUnicode8, OpShortBinBytes, OpBinBytes, OpBinBytes8, OpByteArray8,
			OpShortBinString, OpBinString, OpLong1, OpLong4:
			n, size := length(op, in[p:])
			if size == 0 {
				return More, nil
			}
			if n < 0 {
				err = m.fail(lengthError(op))
				break
			}
			p += size
			if int64(len(in)-p) < n {
				return m.incomplete(op, p, n, eof), nil
			}
			err = m.pushSlice(payloadKinds[op], p, int(n))
			p += int(n)

		case OpMemoize:
			err = m.put(uint64(m.memo.n))
		case OpBinGet:
			if p >= len(in) {
				return More, nil
			}
			if n, ok := m.memo.known(uint64(in[p])); ok {
				m.push(n)
			} else {
				err = m.get(uint64(in[p]))
			}
			p++
		case OpBinPut:
			if p >= len(in) {
				return More, nil
			}
			err = m.put(uint64(in[p]))
			p++
		case OpLongBinGet:
			if len(in)-p < 4 {
				return More, nil
			}
			index := uint64(binary.LittleEndian.Uint32(in[p:]))
			if n, ok := m.memo.known(index); ok {
				m.push(n)
			} else {
				err = m.get(index)
			}
			p += 4
		case OpLongBinPut:
			if len(in)-p < 4 {
				return More, nil
			}
			err = m.put(uint64(binary.LittleEndian.Uint32(in[p:])))
			p += 4

		case OpEmptyTuple:
			err = m.empty(KindTuple)
		case OpTuple1:
			if err = m.tuple(1); err == nil {
				p = m.memoizeNext(in, p)
			}
		case OpTuple2:
			if err = m.tuple(2); err == nil {
				p = m.memoizeNext(in, p)
			}
		case OpTuple3:
			if err = m.tuple(3); err == nil {
				p = m.memoizeNext(in, p)
			}
		case OpTuple:
			err = m.fromMark(KindTuple)
		case OpEmptyList:
			if err = m.empty(KindList); err == nil {
				p = m.memoizeNext(in, p)
			}
		case OpList:
			err = m.fromMark(KindList)
		case OpEmptyDict:
			if err = m.empty(KindDict); err == nil {
				p = m.memoizeNext(in, p)
			}
		case OpDict:
			err = m.fromMark(KindDict)
		case OpEmptySet:
			err = m.empty(KindSet)
		case OpFrozenSet:
			err = m.fromMark(KindFrozenSet)

		case OpAppend:
			if err = m.has(2); err == nil {
				err = m.appendItems(len(m.stack) - 1)
			}
			if m.items != nil && err == nil && m.hasItems(p, true) {
				m.pos = p
				return Items, nil
			}
		case OpSetItem:
			if err = m.has(3); err == nil {
				err = m.setItems(len(m.stack) - 2)
			}
		case OpAppends, OpSetItems, OpAddItems:
			err = m.addMany(op)
			if m.items != nil && err == nil && m.hasItems(p, false) {
				m.pos = p
				return Items, nil
			}

		case OpGlobal, OpInst:
			end := m.lines(in, p, 2)
			if end < 0 {
				return More, nil
			}
			err = m.lineGlobal(op, in, p, end)
			p = end + 1
		case OpStackGlobal:
			err = m.stackGlobal()
		case OpReduce:
			err = m.callable(FormReduce)
		case OpNewObj:
			err = m.callable(FormNewObj)
		case OpNewObjEx:
			err = m.newObjEx()
		case OpObj:
			err = m.obj()
		case OpBuild:
			err = m.build()

		case OpInt, OpLong, OpFloat, OpString, OpUnicode, OpGet, OpPut, OpPersID:
			end := m.lines(in, p, 1)
			if end < 0 {
				return More, nil
			}
			err = m.lineOp(op, in[p:end:end], p)
			p = end + 1

		case OpPop:
			err = m.doPop()
		case OpPopMark:
			err = m.doPopMark()
		case OpDup:
			err = m.doDup()
		case OpBinPersID:
			var id Node
			if id, err = m.pop(); err == nil {
				err = m.persistent(id)
			}
		case OpExt1:
			if p >= len(in) {
				return More, nil
			}
			err = m.extension(int64(in[p]))
			p++
		case OpExt2:
			if len(in)-p < 2 {
				return More, nil
			}
			err = m.extension(int64(binary.LittleEndian.Uint16(in[p:])))
			p += 2
		case OpExt4:
			if len(in)-p < 4 {
				return More, nil
			}
			err = m.extension(int64(int32(binary.LittleEndian.Uint32(in[p:]))))
			p += 4
		case OpNextBuffer:
			m.nextBuffer()
		case OpReadonlyBuffer:
			err = m.readonlyBuffer()

		case OpProto:
			if p >= len(in) {
				return More, nil
			}
			if m.proto = int(in[p]); m.proto > HighestProtocol {
				err = m.failf("protocol %d: %w", m.proto, errProtocolValue)
			}
			p++
		case OpFrame:
			if len(in)-p < 8 {
				return More, nil
			}
			n := binary.LittleEndian.Uint64(in[p:])
			if n > math.MaxInt64 {
				err = m.fail(errBufferLength)
				break
			}
			p += 8
			if !m.hasFrame(p, n) { // CPython wants the whole frame to be there
				return More, nil
			}
		case OpStop:
			if m.items != nil && int64(len(in)) < m.items.frame {
				return More, nil
			}
			if m.g.root, err = m.pop(); err == nil {
				m.pos = p
				return Done, nil
			}
		default:
			err = m.fail(errOpcode)
		}
	}
	return Done, err
}

// memoizeNext executes the instruction at p, behind one that has pushed a new list,
// dict or tuple, if that is MEMOIZE, as nearly always. It returns where to go on.
func (m *Machine) memoizeNext(in []byte, p int) int {
	if p >= len(in) || Opcode(in[p]) != OpMemoize || m.shareAll {
		return p
	}
	top := m.stack[len(m.stack)-1]
	if top.Kind() == KindTuple {
		m.g.objects[uint32(top.body)].extra = 1
	}
	m.memo.add(top)
	return p + 1
}

// intSizes are the sizes of the arguments of the opcodes for ints; intShifts by
// how much 4 bytes must be shifted to be rid of what follows them.
var (
	intSizes  = [256]uint8{OpBinInt1: 1, OpBinInt2: 2, OpBinInt: 4}
	intShifts = [256]uint8{OpBinInt1: 24, OpBinInt2: 16, OpBinInt: 0}
)

// ints pushes the ints from p on, as long as there are some. Lists of numbers are
// frequent, and the widths of their opcodes hard to predict: so there is no branch
// for them.
func (m *Machine) ints(in []byte, p int) int {
	stack := m.stack
	for len(in)-p >= 5 {
		if len(in)-p >= 16 && areBinInt1(in[p:p+16]) { // eight of the smallest
			for q := p; q < p+16; q += 2 {
				stack = append(stack, node(KindInt, q, uint64(in[q+1])))
			}
			p += 16
			continue
		}
		op := in[p]
		size := intSizes[op]
		if size == 0 {
			break
		}
		shift := intShifts[op] & 31
		v := binary.LittleEndian.Uint32(in[p+1:]) << shift >> shift
		stack = append(stack, node(KindInt, p, uint64(int64(int32(v)))))
		p += 1 + int(size)
	}
	m.stack = stack
	return p
}

// areBinInt1 reports whether the 16 bytes are eight BININT1 instructions.
func areBinInt1(b []byte) bool {
	const odd, ops = 0x00ff00ff00ff00ff, uint64(OpBinInt1) * 0x0001000100010001
	return binary.LittleEndian.Uint64(b)&odd == ops && binary.LittleEndian.Uint64(b[8:])&odd == ops
}

// floats is ints for BINFLOAT.
func (m *Machine) floats(in []byte, p int) int {
	stack := m.stack
	for len(in)-p >= 9 && Opcode(in[p]) == OpBinFloat {
		stack = append(stack, node(KindFloat, p, float8(in[p+1:])))
		p += 9
	}
	m.stack = stack
	return p
}

// payloadKinds says what the opcodes with a length and a payload push.
var payloadKinds = [256]Kind{
	OpShortBinUnicode: KindStr, OpBinUnicode: KindStr, OpBinUnicode8: KindStr,
	OpShortBinBytes: KindBytes, OpBinBytes: KindBytes, OpBinBytes8: KindBytes, OpByteArray8: KindByteArray,
	OpShortBinString: KindByteString, OpBinString: KindByteString,
	OpLong1: KindLong, OpLong4: KindLong,
}

// length reads the length of a payload; size is how long the length itself
// is, 0 when it is not all there. A length that no input can have is negative.
func length(op Opcode, b []byte) (n int64, size int) {
	switch op {
	case OpShortBinUnicode, OpShortBinBytes, OpShortBinString, OpLong1:
		if len(b) > 0 {
			return int64(b[0]), 1
		}
	case OpBinUnicode, OpBinBytes, OpBinString: // pickle.py takes that of BINSTRING for signed
		if len(b) >= 4 {
			return int64(binary.LittleEndian.Uint32(b)), 4
		}
	case OpLong4: // signed
		if len(b) >= 4 {
			return int64(int32(binary.LittleEndian.Uint32(b))), 4
		}
	default:
		if len(b) >= 8 {
			return int64(binary.LittleEndian.Uint64(b)), 8
		}
	}
	return 0, 0
}

func lengthError(op Opcode) error {
	if op == OpLong4 {
		return errNegative
	}
	return errBufferLength
}

// incomplete is the answer to a payload of n bytes at p that is not all
// there: a large one is read apart from the input.
func (m *Machine) incomplete(op Opcode, p int, n int64, eof bool) Status {
	if eof || n < payloadMin {
		return More
	}
	m.pos, m.want, m.wantKind = p, n, payloadKinds[op]
	return Payload
}

// addMany is APPENDS, SETITEMS and ADDITEMS.
func (m *Machine) addMany(op Opcode) error {
	at, err := m.itemsAbove()
	if err != nil {
		return err
	}
	switch op {
	case OpAppends:
		return m.appendItems(at)
	case OpSetItems:
		return m.setItems(at)
	}
	return m.addItems(at)
}

// lines returns where the newline of the k-th line from p on is, or -1. Where
// the input arrives in small pieces nothing is searched twice.
func (m *Machine) lines(in []byte, p, k int) int {
	from, found := p, 0
	if m.line == m.op && m.searched > p {
		from, found = m.searched, m.found
	}
	for {
		i := bytes.IndexByte(in[from:], '\n')
		if i < 0 {
			m.line, m.searched, m.found = m.op, len(in), found
			return -1
		}
		if found++; found == k {
			return from + i
		}
		from += i + 1
	}
}

// lineGlobal is GLOBAL and INST: end is the newline of the second line.
func (m *Machine) lineGlobal(op Opcode, in []byte, p, end int) error {
	i := p + bytes.IndexByte(in[p:], '\n')
	moduleLine, nameLine := in[p:i], in[i+1:end]
	valid, bad := strictText, errNotText
	if op == OpInst {
		valid, bad = isASCII, errNotASCII
	}
	if !valid(moduleLine) || !valid(nameLine) {
		return m.fail(bad)
	}
	module, name, err := m.names(p, moduleLine, nameLine)
	if err != nil {
		return err
	}
	if op == OpGlobal {
		return m.global(module, name)
	}
	if len(m.marks) == 0 {
		return m.fail(errNoMark)
	}
	if err := m.global(module, name); err != nil {
		return err
	}
	class, _ := m.pop()
	return m.inst(FormInst, class)
}

// lineOp is the opcodes whose argument is one line, which begins at at.
func (m *Machine) lineOp(op Opcode, line []byte, at int) error {
	switch op {
	case OpInt:
		v, big, isBool, b, err := parseInt(line)
		if err != nil {
			return m.fail(err)
		}
		if isBool {
			v = 0
			if b {
				v = 1
			}
			m.push(node(KindBool, m.op, uint64(v)))
			return nil
		}
		return m.pushInt(v, big)
	case OpLong:
		v, big, err := parseLong(line)
		if err != nil {
			return m.fail(err)
		}
		return m.pushInt(v, big)
	case OpFloat:
		f, err := parseFloat(line)
		if err != nil {
			return m.fail(err)
		}
		m.push(node(KindFloat, m.op, math.Float64bits(f)))
		return nil
	case OpString:
		text, err := unquoteString(nil, line)
		if err != nil {
			return m.fail(err)
		}
		return m.pushText(KindByteString, line, text, at)
	case OpUnicode:
		text, err := unescapeUnicode(nil, line)
		if err != nil {
			return m.fail(err)
		}
		return m.pushText(KindStr, line, text, at)
	case OpPersID:
		if !isASCII(line) {
			return m.fail(errNotASCII)
		}
		if err := m.pushSlice(KindStr, at, len(line)); err != nil {
			return err
		}
		id, _ := m.pop()
		return m.persistent(id)
	}
	index, err := parseIndex(line)
	if err != nil {
		return m.fail(err)
	}
	if op == OpPut {
		return m.put(index)
	}
	return m.get(index)
}

func (m *Machine) pushInt(v int64, big []byte) error {
	if big != nil {
		return m.pushData(KindLong, big)
	}
	m.push(node(KindInt, m.op, uint64(v)))
	return nil
}

func strictText(b []byte) bool { return utf8.Valid(b) }

package vm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/big"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	frameHeader  = 9        // FRAME and its 8-byte length
	frameMinimum = 4        // a shorter frame is not worth its header
	frameTarget  = 64 << 10 // a frame that has reached this size ends, a payload of this size has none
	batchSize    = 1000     // items between a MARK and its APPENDS, SETITEMS or ADDITEMS

	maxDecimalBits = 14285 // the bits of 10**maxDecimalDigits
)

var (
	errNewline = errors.New("the text has a newline")
	errTooLong = errors.New("too long for this protocol")
)

// Writer writes pickles, opcode by opcode. Its methods decide what CPython's
// C pickler decides below the level of objects: which opcode is the short form
// of a value, how the memo is numbered, where frames and batches end. For the
// same sequence of saves it writes the same bytes as CPython 3.8 and later.
//
// A Writer knows nothing of the objects it writes: which object is in the memo,
// what is a class, when to recurse is up to its user. Nor does it hold its user
// to the opcodes of the protocol: where an older protocol has another way to say
// the same that takes more than one object, choosing it is the user's part.
//
// [Writer.Reset] comes before any other method. It also makes a Writer ready for
// another use, which then does not allocate.
type Writer struct {
	buf   []byte
	limit int // length of buf at which the frame has reached its target; MaxInt outside frames
	proto int
	memo  uint32
	fast  bool // the memo is off: Pickler.fast

	framing bool
	frame   int // offset of the header of the open frame; -1 if there is none

	start    int       // where the output begins in buf
	refs     []payload // payloads that are not in buf, by their place
	refBytes int
}

// payload is the contents of one large bytes or str, which belongs before
// offset at of the buffer. The contents are text or, if that is empty, data.
type payload struct {
	at   int
	data []byte
	text string
}

// Reset makes w write at protocol proto, from 0 to 5, and append to dst, which
// belongs to w until Release. The memo and NoMemo are left as they are, since
// one memo may serve several pickles.
func (w *Writer) Reset(dst []byte, proto int) {
	w.Release()
	w.buf, w.start = dst, len(dst)
	w.proto = proto
	w.frame, w.framing, w.limit = -1, false, math.MaxInt
}

// Release drops the output and every reference to the payloads, and returns
// the buffer, to be handed to Reset again.
func (w *Writer) Release() []byte {
	buf := w.buf
	clear(w.refs)
	w.buf, w.start = nil, 0
	w.refs, w.refBytes = w.refs[:0], 0
	return buf
}

// Protocol returns the protocol that w writes.
func (w *Writer) Protocol() int { return w.proto }

// Len returns the number of bytes written since Reset.
func (w *Writer) Len() int { return len(w.buf) - w.start + w.refBytes }

// parts yields the output piece by piece, each as data or as text.
func (w *Writer) parts(yield func(data []byte, text string) bool) {
	from := w.start
	for _, r := range w.refs {
		if !yield(w.buf[from:r.at], "") || !yield(r.data, r.text) {
			return
		}
		from = r.at
	}
	yield(w.buf[from:], "")
}

// AppendTo appends what was written since Reset to dst. Up to this moment large
// payloads exist only where the caller has them, and they are copied once.
func (w *Writer) AppendTo(dst []byte) []byte {
	switch {
	case len(w.refs) == 0:
		return append(dst, w.buf[w.start:]...)
	case cap(dst) == 0:
		return w.join()
	}
	dst = slices.Grow(dst, w.Len())
	for data, text := range w.parts {
		dst = append(append(dst, data...), text...)
	}
	return dst
}

// join returns the output in a slice of its own. bytes.Join does not clear the
// memory that it is about to fill, which for large outputs is worth more than
// the second copy of the rare large text.
func (w *Writer) join() []byte {
	parts := make([][]byte, 0, 2*len(w.refs)+1)
	for data, text := range w.parts {
		if text != "" {
			data = []byte(text)
		}
		parts = append(parts, data)
	}
	return bytes.Join(parts, nil)
}

// Output returns the slice given to Reset with the output appended to it. As for
// all ways to take the output, pickles must be finished by then.
func (w *Writer) Output() []byte {
	end := len(w.buf)
	out := slices.Grow(w.buf, w.refBytes)[:end+w.refBytes]
	// From the end, so that what moves up never overwrites what is yet to move.
	to := len(out)
	for _, r := range slices.Backward(w.refs) {
		to -= copy(out[to-(end-r.at):], out[r.at:end])
		to -= len(r.data) + len(r.text)
		copy(out[to:], r.data)
		copy(out[to:], r.text)
		end = r.at
	}
	clear(w.refs)
	w.buf, w.refs, w.refBytes = out, w.refs[:0], 0
	return out
}

// WriteTo writes what was written since Reset to dst, large payloads from
// where they are.
func (w *Writer) WriteTo(dst io.Writer) (n int64, err error) {
	for data, text := range w.parts {
		k := 0
		switch {
		case len(data) > 0:
			k, err = dst.Write(data)
		case text != "":
			k, err = io.WriteString(dst, text)
		}
		n += int64(k)
		if err != nil {
			break
		}
	}
	return n, err
}

// Start begins a pickle: PROTO from protocol 2 on, frames from protocol 4 on.
func (w *Writer) Start() {
	if w.proto >= 2 {
		w.buf = append(w.buf, byte(OpProto), byte(w.proto))
	}
	if w.proto >= 4 {
		w.framing = true
		w.openFrame()
	}
}

// Finish ends the pickle.
func (w *Writer) Finish() {
	w.Op(OpStop)
	w.closeFrame()
	w.framing = false
}

// Boundary allows a frame to end. It is due before each object that is saved,
// also before a GET of one that was, and nowhere else.
func (w *Writer) Boundary() {
	if len(w.buf) >= w.limit {
		w.nextFrame()
	}
}

func (w *Writer) nextFrame() {
	w.closeFrame()
	w.openFrame()
}

// openFrame reserves the header of a frame. CPython does that when it has a byte
// for the frame; the bytes come out the same, since an empty frame is dropped
// when it is closed, and no write needs to look whether a frame is open.
func (w *Writer) openFrame() {
	w.frame = len(w.buf)
	w.limit = len(w.buf) + frameHeader + frameTarget
	w.buf = append(w.buf, byte(OpFrame), 0, 0, 0, 0, 0, 0, 0, 0)
}

// closeFrame fills in the length of the open frame. No payload outside the
// buffer is ever part of a frame.
func (w *Writer) closeFrame() {
	if w.frame < 0 {
		return
	}
	header, contents := w.buf[w.frame:], w.buf[w.frame+frameHeader:]
	if len(contents) >= frameMinimum {
		binary.LittleEndian.PutUint64(header[1:], uint64(len(contents)))
	} else {
		w.buf = w.buf[:w.frame+copy(header, contents)]
	}
	w.frame, w.limit = -1, math.MaxInt
}

// Op writes an opcode that has no argument.
func (w *Writer) Op(op Opcode) { w.buf = append(w.buf, byte(op)) }

// Raw writes opcodes as they are: the name of an attribute, say, which is the
// same in every pickle of one protocol. What numbers the memo must not be among
// them, for that is left to Memoize.
func (w *Writer) Raw(opcodes []byte) { w.buf = append(w.buf, opcodes...) }

// None writes None.
func (w *Writer) None() { w.buf = append(w.buf, byte(OpNone)) }

// Bool writes True or False, below protocol 2 as the ints that stand for them.
func (w *Writer) Bool(b bool) {
	switch {
	case w.proto < 2 && b:
		w.buf = append(w.buf, "I01\n"...)
	case w.proto < 2:
		w.buf = append(w.buf, "I00\n"...)
	case b:
		w.Op(OpNewTrue)
	default:
		w.Op(OpNewFalse)
	}
}

// shortInts has the opcode of an int of 32 bits, and how long that is with its
// argument, by the bits of the magnitude and, plus 64, of negative ones.
var shortInts = func() (t [128]struct{ op, size uint8 }) {
	for n := range 32 {
		switch {
		case n <= 8:
			t[n].op, t[n].size = uint8(OpBinInt1), 2
		case n <= 16:
			t[n].op, t[n].size = uint8(OpBinInt2), 3
		default:
			t[n].op, t[n].size = uint8(OpBinInt), 5
		}
		t[64+n].op, t[64+n].size = uint8(OpBinInt), 5
	}
	return t
}()

// Int writes an int in its shortest form.
func (w *Writer) Int(i int64) {
	sign := i >> 63
	short := shortInts[(bits.Len64(uint64(i^sign))-int(sign)<<6)&127]
	if short.size == 0 || w.proto == 0 {
		w.wideInt(i)
		return
	}
	// Some of the bytes are taken back: with a branch for each size, ints of
	// mixed sizes take more than twice as long.
	end := len(w.buf) + int(short.size)
	w.buf = append(w.buf, short.op, byte(i), byte(i>>8), byte(i>>16), byte(i>>24))[:end]
}

// Ints writes ints that follow one another: for each the same as Boundary and Int.
func (w *Writer) Ints(s []int64) {
	if w.proto < 2 {
		for _, i := range s {
			w.Boundary()
			w.Int(i)
		}
		return
	}
	const most = 2 + 8 // bytes that one can take
	for len(s) > 0 {
		n := w.fitting(len(s), most)
		at := len(w.buf)
		b := slices.Grow(w.buf, n*most)[:at+n*most]
		for _, i := range s[:n] {
			sign := i >> 63
			short := shortInts[(bits.Len64(uint64(i^sign))-int(sign)<<6)&127]
			if to := b[at : at+most]; short.size != 0 { // without a branch for each size: see Int
				binary.LittleEndian.PutUint64(to, uint64(short.op)|uint64(uint32(i))<<8)
				at += int(short.size)
			} else {
				size := bits.Len64(uint64(i^sign))/8 + 1
				to[0], to[1] = byte(OpLong1), byte(size)
				binary.LittleEndian.PutUint64(to[2:], uint64(i))
				at += 2 + size
			}
		}
		w.buf, s = b[:at], s[n:]
	}
}

// Floats writes floats that follow one another: for each the same as Boundary and
// Float.
func (w *Writer) Floats(s []float64) {
	if w.proto == 0 {
		for _, f := range s {
			w.textFloat(f)
		}
		return
	}
	const size = 1 + 8
	for len(s) > 0 {
		n := w.fitting(len(s), size)
		at := len(w.buf)
		w.buf = slices.Grow(w.buf, n*size)[:at+n*size]
		to := w.buf[at:]
		for _, f := range s[:n] {
			to[0] = byte(OpBinFloat)
			binary.BigEndian.PutUint64(to[1:size], math.Float64bits(f))
			to = to[size:]
		}
		s = s[n:]
	}
}

// fitting is Boundary for the first of n objects of at most size bytes each. It returns
// how many of them can be written until it is due again.
func (w *Writer) fitting(n, size int) int {
	w.Boundary()
	return min(n, (w.limit-len(w.buf)-1)/size+1)
}

// wideInt is Int for more than 32 bits, and for protocol 0.
func (w *Writer) wideInt(i int64) {
	switch {
	case w.proto == 0 && i == int64(int32(i)):
		w.buf = append(w.buf, byte(OpInt))
		w.buf = strconv.AppendInt(w.buf, i, 10)
		w.buf = append(w.buf, '\n')
	case w.proto < 2:
		w.buf = append(w.buf, byte(OpLong))
		w.buf = strconv.AppendInt(w.buf, i, 10)
		w.buf = append(w.buf, "L\n"...)
	default:
		n := bits.Len64(uint64(i^i>>63))/8 + 1 // one bit more for the sign
		w.buf = append(w.buf, byte(OpLong1), byte(n))
		w.buf = binary.LittleEndian.AppendUint64(w.buf, uint64(i))
		w.buf = w.buf[:len(w.buf)-8+n]
	}
}

// Uint writes an int in its shortest form.
func (w *Writer) Uint(u uint64) {
	switch {
	case u <= math.MaxInt64:
		w.Int(int64(u))
	case w.proto < 2:
		w.buf = append(w.buf, byte(OpLong))
		w.buf = strconv.AppendUint(w.buf, u, 10)
		w.buf = append(w.buf, "L\n"...)
	default:
		w.buf = append(w.buf, byte(OpLong1), 9)
		w.buf = binary.LittleEndian.AppendUint64(w.buf, u)
		w.buf = append(w.buf, 0)
	}
}

// BigInt writes an int in its shortest form. Python refuses to read decimal
// text of more than 4300 digits, and to write it; such an int is written in
// hexadecimal below protocol 2, which every Python reads at any length.
func (w *Writer) BigInt(x *big.Int) error {
	switch {
	case x.IsInt64():
		w.Int(x.Int64())
	case x.IsUint64():
		w.Uint(x.Uint64())
	case w.proto < 2:
		w.buf = append(w.buf, byte(OpLong))
		w.buf = appendLongText(w.buf, x)
		w.buf = append(w.buf, "L\n"...)
	default:
		return w.long(x)
	}
	return nil
}

func appendLongText(dst []byte, x *big.Int) []byte {
	if x.BitLen() <= maxDecimalBits {
		text := x.Append(dst, 10)
		if digits := text[len(dst):]; len(bytes.TrimPrefix(digits, []byte("-"))) <= maxDecimalDigits {
			return text
		}
	}
	if x.Sign() < 0 {
		dst = append(dst, '-')
	}
	return new(big.Int).Abs(x).Append(append(dst, "0x"...), 16)
}

// long writes LONG1 or LONG4. The bytes are the fewest that hold the int in
// two's complement; however many they are, CPython leaves them in the frame.
func (w *Writer) long(x *big.Int) error {
	n := x.BitLen()/8 + 1
	if x.Sign() < 0 && x.BitLen()%8 == 0 && int(x.TrailingZeroBits()) == x.BitLen()-1 {
		n-- // -2**(8*k-1) is the one that needs no further bit for its sign
	}
	switch {
	case n <= math.MaxUint8:
		w.buf = append(w.buf, byte(OpLong1), byte(n))
	case n <= math.MaxInt32:
		w.buf = append(w.buf, byte(OpLong4))
		w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(n))
	default:
		return errTooLong
	}
	end := len(w.buf) + n
	w.buf = slices.Grow(w.buf, n)[:end]
	p := w.buf[end-n:]
	x.FillBytes(p)
	slices.Reverse(p)
	if x.Sign() < 0 {
		carry := uint16(1)
		for i, b := range p {
			carry += uint16(^b)
			p[i] = byte(carry)
			carry >>= 8
		}
	}
	return nil
}

// Float writes a float, from protocol 1 on with all its bits, also those of a NaN.
// Python's own NaN is 0x7ff8000000000000, which is not Go's [math.NaN].
func (w *Writer) Float(f float64) {
	if w.proto == 0 {
		w.textFloat(f)
		return
	}
	w.buf = append(w.buf, byte(OpBinFloat))
	w.buf = binary.BigEndian.AppendUint64(w.buf, math.Float64bits(f))
}

// textFloat writes FLOAT, the shortest digits that read back as f in the way
// of Python's repr.
func (w *Writer) textFloat(f float64) {
	w.buf = append(w.buf, byte(OpFloat))
	switch a := math.Abs(f); {
	case math.IsNaN(f):
		w.buf = append(w.buf, "nan"...)
	case math.IsInf(f, 1):
		w.buf = append(w.buf, "inf"...)
	case math.IsInf(f, -1):
		w.buf = append(w.buf, "-inf"...)
	case a >= 1e16 || a < 1e-4 && a != 0:
		w.buf = strconv.AppendFloat(w.buf, f, 'e', -1, 64)
	default:
		from := len(w.buf)
		w.buf = strconv.AppendFloat(w.buf, f, 'f', -1, 64)
		if bytes.IndexByte(w.buf[from:], '.') < 0 {
			w.buf = append(w.buf, ".0"...)
		}
	}
	w.buf = append(w.buf, '\n')
}

// String writes a str. Lone surrogates are allowed in the UTF-8 of s, other
// faults are an error. As with Bytes, a text of 64 KiB or more is not copied.
func (w *Writer) String(s string) error {
	short := len(s) <= math.MaxUint8
	if !(short && isASCII([]byte(s))) && !utf8.ValidString(s) && !validText([]byte(s)) {
		return errNotText
	}
	switch {
	case short && w.proto >= 4:
		w.buf = append(w.buf, byte(OpShortBinUnicode), byte(len(s)))
		w.buf = append(w.buf, s...)
	case w.proto == 0:
		w.buf = append(w.buf, byte(OpUnicode))
		w.buf = appendRawUnicodeEscape(w.buf, s)
		w.buf = append(w.buf, '\n')
	default:
		return w.sized(OpBinUnicode, OpBinUnicode8, payload{text: s})
	}
	return nil
}

// NewString is String and Memoize.
func (w *Writer) NewString(s string) (index uint32, err error) {
	n := len(s)
	if n > math.MaxUint8 || w.proto < 4 || w.fast || !isASCII([]byte(s)) {
		if err := w.String(s); err != nil {
			return 0, err
		}
		return w.Memoize(), nil
	}
	at := len(w.buf)
	b := slices.Grow(w.buf, n+3)[:at+n+3]
	b[at], b[at+1], b[at+n+2] = byte(OpShortBinUnicode), byte(n), byte(OpMemoize)
	copy(b[at+2:], s)
	w.buf = b
	index = w.memo
	w.memo++
	return index, nil
}

// isASCII takes half the time of utf8.ValidString for the short strings that
// most are, since the words it looks at may overlap.
func isASCII(b []byte) bool {
	var or uint64
	switch n := len(b); {
	case n >= 8:
		for i := 0; i < n-8; i += 8 {
			or |= binary.LittleEndian.Uint64(b[i:])
		}
		or |= binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		or = uint64(binary.LittleEndian.Uint32(b) | binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		or = uint64(b[0] | b[n/2] | b[n-1])
	}
	return or&0x8080808080808080 == 0
}

// appendRawUnicodeEscape appends s as Latin-1 with \u and \U for what that
// does not have, for the backslash, and for what could be taken for the end of
// the line or of the file.
func appendRawUnicodeEscape(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if n == 1 && r == utf8.RuneError {
			r, n = rune(s[i]&0xf)<<12|rune(s[i+1]&0x3f)<<6|rune(s[i+2]&0x3f), 3 // a lone surrogate
		}
		i += n
		switch {
		case r > 0xffff:
			dst = append(dst, '\\', 'U')
			dst = appendHex(dst, uint32(r), 8)
		case r > 0xff, r == '\\', r == 0, r == '\n', r == '\r', r == 0x1a:
			dst = append(dst, '\\', 'u')
			dst = appendHex(dst, uint32(r), 4)
		default:
			dst = append(dst, byte(r))
		}
	}
	return dst
}

func appendHex(dst []byte, v uint32, digits int) []byte {
	for ; digits > 0; digits-- {
		dst = append(dst, "0123456789abcdef"[v>>(4*(digits-1))&0xf])
	}
	return dst
}

// Bytes writes a bytes object. Below protocol 3 pickle has no opcode for it. A
// payload of 64 KiB or more is not copied, and must not change before the
// output is taken.
func (w *Writer) Bytes(b []byte) error {
	if len(b) <= math.MaxUint8 {
		w.buf = append(w.buf, byte(OpShortBinBytes), byte(len(b)))
		w.buf = append(w.buf, b...)
		return nil
	}
	return w.sized(OpBinBytes, OpBinBytes8, payload{data: b})
}

// ByteArray writes a bytearray, protocol 5 only. The same holds for large ones as
// for Bytes.
func (w *Writer) ByteArray(b []byte) {
	w.payload(OpByteArray8, 8, payload{data: b})
}

// ByteString writes a str of Python 2.
func (w *Writer) ByteString(s string) error {
	switch {
	case w.proto == 0:
		w.buf = append(w.buf, byte(OpString))
		w.buf = appendByteStringRepr(w.buf, s)
		w.buf = append(w.buf, '\n')
	case len(s) <= math.MaxUint8:
		w.buf = append(w.buf, byte(OpShortBinString), byte(len(s)))
		w.buf = append(w.buf, s...)
	case len(s) <= math.MaxInt32: // the length is signed
		w.payload(OpBinString, 4, payload{text: s})
	default:
		return errTooLong
	}
	return nil
}

// appendByteStringRepr appends the repr of a Python 2 str.
func appendByteStringRepr(dst []byte, s string) []byte {
	quote := byte('\'')
	if strings.IndexByte(s, '\'') >= 0 && strings.IndexByte(s, '"') < 0 {
		quote = '"'
	}
	dst = append(dst, quote)
	for i := range len(s) {
		switch c := s[i]; {
		case c == quote, c == '\\':
			dst = append(dst, '\\', c)
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c < ' ' || c >= 0x7f:
			dst = append(dst, '\\', 'x')
			dst = appendHex(dst, uint32(c), 2)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, quote)
}

// sized writes a payload with the shorter of the two lengths that holds its own.
func (w *Writer) sized(op4, op8 Opcode, p payload) error {
	switch {
	case uint64(len(p.data)+len(p.text)) <= math.MaxUint32:
		w.payload(op4, 4, p)
	case w.proto >= 4:
		w.payload(op8, 8, p)
	default:
		return errTooLong
	}
	return nil
}

// payload writes an opcode with a length of so many bytes and a payload. A large
// one is outside any frame, so that readers need not copy it once more.
func (w *Writer) payload(op Opcode, width int, p payload) {
	n := len(p.data) + len(p.text)
	if n >= frameTarget {
		w.closeFrame()
	}
	w.buf = append(w.buf, byte(op))
	w.buf = binary.LittleEndian.AppendUint64(w.buf, uint64(n))
	w.buf = w.buf[:len(w.buf)-8+width]
	if n < frameTarget {
		w.buf = append(append(w.buf, p.data...), p.text...)
		return
	}
	p.at = len(w.buf)
	w.refs = append(w.refs, p)
	w.refBytes += n
	if w.framing {
		w.openFrame()
	}
}

// NextBuffer writes a reference to the next out-of-band buffer.
func (w *Writer) NextBuffer(readonly bool) {
	w.Op(OpNextBuffer)
	if readonly {
		w.Op(OpReadonlyBuffer)
	}
}

// GlobalText writes a class or function by its name in the way of protocols 0 to
// 3, ASCII before protocol 3. From protocol 4 on the names are strs on
// the stack, for STACK_GLOBAL.
func (w *Writer) GlobalText(module, name string) error {
	return w.lines(OpGlobal, module, name, w.proto < 3)
}

// InstText writes INST: an instance of an old-style class of Python 2, whose
// arguments are what was written since the last MARK.
func (w *Writer) InstText(module, name string) error {
	return w.lines(OpInst, module, name, true)
}

func (w *Writer) lines(op Opcode, module, name string, onlyASCII bool) error {
	for _, s := range [...]string{module, name} {
		switch {
		case s == "":
			return errEmptyName
		case strings.IndexByte(s, '\n') >= 0:
			return errNewline
		case onlyASCII && !isASCII([]byte(s)):
			return errNotASCII
		case !utf8.ValidString(s):
			return errNotText
		}
	}
	w.buf = append(w.buf, byte(op))
	w.buf = append(append(w.buf, module...), '\n')
	w.buf = append(append(w.buf, name...), '\n')
	return nil
}

// Ext writes a class or function by its extension code.
func (w *Writer) Ext(code int) error {
	switch {
	case code <= 0 || code > math.MaxInt32:
		return errExtension
	case code <= math.MaxUint8:
		w.buf = append(w.buf, byte(OpExt1), byte(code))
	case code <= math.MaxUint16:
		w.buf = append(w.buf, byte(OpExt2), byte(code), byte(code>>8))
	default:
		w.buf = append(w.buf, byte(OpExt4))
		w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(code))
	}
	return nil
}

// PersID writes a persistent ID in the way of protocol 0. From protocol 1 on it
// is an object on the stack, for BINPERSID. CPython also writes IDs of several
// lines, which nothing can read.
func (w *Writer) PersID(id string) error {
	switch {
	case strings.IndexByte(id, '\n') >= 0:
		return errNewline
	case !isASCII([]byte(id)):
		return errNotASCII
	}
	w.buf = append(w.buf, byte(OpPersID))
	w.buf = append(append(w.buf, id...), '\n')
	return nil
}

// Memoize puts what was written last into the memo and returns its index there,
// which means nothing if the memo is switched off.
func (w *Writer) Memoize() uint32 {
	i := w.memo
	if w.proto < 4 || w.fast {
		w.put()
		return i
	}
	w.buf = append(w.buf, byte(OpMemoize))
	w.memo++
	return i
}

// put is Memoize where it is not just the one opcode.
func (w *Writer) put() {
	if !w.fast {
		w.indexed(OpPut, OpBinPut, OpLongBinPut, w.memo)
		w.memo++
	}
}

// Get writes a reference to an entry of the memo.
func (w *Writer) Get(i uint32) { w.indexed(OpGet, OpBinGet, OpLongBinGet, i) }

func (w *Writer) indexed(text, short, long Opcode, i uint32) {
	switch {
	case w.proto == 0:
		w.buf = append(w.buf, byte(text))
		w.buf = strconv.AppendUint(w.buf, uint64(i), 10)
		w.buf = append(w.buf, '\n')
	case i <= math.MaxUint8:
		w.buf = append(w.buf, byte(short), byte(i))
	default:
		w.buf = append(w.buf, byte(long), byte(i), byte(i>>8), byte(i>>16), byte(i>>24))
	}
}

// MemoLen returns the number of entries in the memo.
func (w *Writer) MemoLen() int { return int(w.memo) }

// ResetMemo empties the memo.
func (w *Writer) ResetMemo() { w.memo = 0 }

// TruncateMemo removes all entries from index n on, which nothing has got yet.
func (w *Writer) TruncateMemo(n uint32) { w.memo = min(w.memo, n) }

// NoMemo switches the memo off, or on again: Memoize then does nothing.
func (w *Writer) NoMemo(off bool) { w.fast = off }

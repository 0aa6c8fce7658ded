package scan

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"unicode/utf8"

	"github.com/go-pickle/pickle/vm"
)

// payload is a string of a pickle that may be a pickle, or a compressed file.
type payload struct {
	at   int // the instruction
	how  string
	data []byte
}

// maxNested bounds how many strings of one pickle are looked into.
const maxNested = 1000

// payload looks whether the argument of an instruction may be a pickle.
func (w *walker) payload(op vm.Opcode, at, arg, end int) {
	var data []byte
	text := false
	switch op {
	case vm.OpShortBinBytes, vm.OpShortBinString:
		data = w.data[arg+1 : end]
	case vm.OpBinBytes, vm.OpBinString:
		data = w.data[arg+4 : end]
	case vm.OpBinBytes8, vm.OpByteArray8:
		data = w.data[arg+8 : end]
	case vm.OpShortBinUnicode:
		data, text = w.data[arg+1:end], true
	case vm.OpBinUnicode:
		data, text = w.data[arg+4:end], true
	case vm.OpBinUnicode8:
		data, text = w.data[arg+8:end], true
	case vm.OpUnicode:
		data = unescape(w.data[arg : end-1])
		text = !utf8.Valid(data)
	case vm.OpString:
		if data = w.data[arg : end-1]; len(data) >= 2 {
			data = unescape(data[1 : len(data)-1])
		}
	}
	if len(data) < 6 { // no shorter pickle has a global
		return
	}
	switch {
	case candidate(data):
		w.keep(payload{at, "bytes", data})
	case text:
		if data = latin1(data); data != nil && candidate(data) {
			w.keep(payload{at, "bytes", data})
		}
	}
	if data = fromBase64(data); data != nil && candidate(data) {
		w.keep(payload{at, "base64", data})
	}
}

func (w *walker) keep(p payload) {
	switch {
	case len(w.nested) < maxNested:
		w.nested = append(w.nested, p)
	case len(w.nested) == maxNested:
		w.note("limit", p.at, "too many strings that may be pickles; the rest was not looked into")
		w.nested = append(w.nested, payload{})
	}
}

// candidate reports whether data may be a pickle with a global, or one in a
// compressed form.
func candidate(data []byte) bool {
	if compressed(data) {
		return true
	}
	if bytes.IndexByte(data, byte(vm.OpStackGlobal)) < 0 && bytes.IndexByte(data, '\n') < 0 {
		return false // there is none
	}
	for at := 0; at < len(data); {
		arg, end, ok := instruction(data, at)
		if !ok {
			return false
		}
		switch vm.Opcode(data[at]) {
		case vm.OpGlobal, vm.OpInst:
			lines := bytes.SplitN(data[arg:end], []byte{'\n'}, 3)
			return plausible(string(lines[0]), string(lines[1]))
		case vm.OpStackGlobal:
			return true
		case vm.OpStop:
			return false
		}
		at = end
	}
	return false
}

// latin1 returns the bytes that a text of characters up to U+00FF stands for,
// nil where it has others: in this way pickles below protocol 3 write bytes.
func latin1(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r > 0xff {
			return nil
		}
		out = append(out, byte(r))
		text = text[size:]
	}
	return out
}

// fromBase64 decodes base64, or returns nil.
func fromBase64(text []byte) []byte {
	text = bytes.TrimSpace(text)
	if len(text) < 12 || len(text)%4 != 0 || bytes.IndexByte(text, 0) >= 0 {
		return nil
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		out := make([]byte, encoding.DecodedLen(len(text)))
		if n, err := encoding.Decode(out, text); err == nil {
			return out[:n]
		}
	}
	return nil
}

// unescape resolves the escapes that STRING and UNICODE have in common or not:
// what comes out is only searched for pickles. Characters up to U+00FF become a
// byte.
func unescape(s []byte) []byte {
	if bytes.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		if s[0] != '\\' || len(s) == 1 {
			out, s = append(out, s[0]), s[1:]
			continue
		}
		r, _, rest, err := strconv.UnquoteChar(string(s[:min(len(s), 12)]), 0)
		if err != nil { // \' and \" among others
			out, s = append(out, s[1]), s[2:]
			continue
		}
		s = s[min(len(s), 12)-len(rest):]
		if r <= 0xff {
			out = append(out, byte(r))
		} else {
			out = binary.BigEndian.AppendUint16(out, uint16(r))
		}
	}
	return out
}

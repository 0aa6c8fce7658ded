package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-pickle/pickle/vm"
)

// SyntaxError says that the input is no valid pickle. Where it ends too early,
// errors.Is(err, io.ErrUnexpectedEOF) holds.
type SyntaxError struct {
	Offset int64  // of the instruction at fault, in bytes from the beginning of the input
	Op     string // the name of its opcode
	Hint   string // what the input looks like instead ("looks like gzip"), or ""
	Err    error  // what is wrong
}

func (e *SyntaxError) Error() string {
	s := fmt.Sprintf("pickle: offset %d: %s: %v", e.Offset, e.Op, e.Err)
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Unwrap returns e.Err.
func (e *SyntaxError) Unwrap() error { return e.Err }

// UnmarshalTypeError says that a part of a valid pickle does not fit its
// target. The target is as it was before the call.
type UnmarshalTypeError struct {
	Offset int64        // of the instruction that made the value, in bytes from the beginning of the input
	Op     string       // the name of its opcode
	Path   string       // where in the value, such as [3].metric["a"]; "" for the whole
	Value  string       // what the pickle has: "int", "list", "instance of app.User", …
	Type   reflect.Type // what it was to become
	Err    error        // why it cannot, or nil where Value and Type say it all
}

func (e *UnmarshalTypeError) Error() string {
	var b strings.Builder
	b.WriteString("pickle: cannot decode ")
	b.WriteString(e.Value)
	if e.Type != nil {
		b.WriteString(" into Go value of type " + e.Type.String())
	}
	writePlace(&b, e.Path, e.Offset, e.Op)
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns e.Err.
func (e *UnmarshalTypeError) Unwrap() error { return e.Err }

// GlobalError says that a class or function is not registered, or not allowed,
// where it had to be, or that it was called with arguments it does not take.
type GlobalError struct {
	Module, Name string
	Offset       int64  // of the instruction that named it, in bytes from the beginning of the input
	Op           string // the name of its opcode
	Path         string // where in the value; "" for the whole
	Err          error  // what is wrong
}

func (e *GlobalError) Error() string {
	var b strings.Builder
	b.WriteString("pickle: ")
	if e.Name == "" {
		b.WriteString("class or function")
	} else {
		b.WriteString(e.Module + "." + e.Name)
	}
	writePlace(&b, e.Path, e.Offset, e.Op)
	b.WriteString(": " + e.Err.Error())
	return b.String()
}

// Unwrap returns e.Err.
func (e *GlobalError) Unwrap() error { return e.Err }

// LimitError says that a limit was exceeded: MaxDepth, MaxSize, or one that
// is built in.
type LimitError struct {
	Limit  string // what is limited: "depth", "size", …
	Max    int64  // the limit
	Offset int64  // where in the input, in bytes; 0 when encoding
	Op     string // the name of the opcode there; "" when encoding
	Path   string // where in the value; "" for the whole
}

func (e *LimitError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "pickle: %s exceeds the limit of %d", e.Limit, e.Max)
	writePlace(&b, e.Path, e.Offset, e.Op)
	return b.String()
}

// MarshalError says that a Go value cannot be written.
type MarshalError struct {
	Type reflect.Type // of the value at fault, nil for a nil interface
	Path string       // where it is, such as [3].metric["a"]; "" for the whole
	Err  error        // why
}

func (e *MarshalError) Error() string {
	var b strings.Builder
	b.WriteString("pickle: cannot encode ")
	if e.Type == nil {
		b.WriteString("nil")
	} else {
		b.WriteString(e.Type.String())
	}
	if e.Path != "" {
		b.WriteString(" at " + e.Path)
	}
	b.WriteString(": " + e.Err.Error())
	return b.String()
}

// Unwrap returns e.Err.
func (e *MarshalError) Unwrap() error { return e.Err }

func writePlace(b *strings.Builder, path string, offset int64, op string) {
	if path != "" {
		b.WriteString(" at " + path)
	}
	if op != "" {
		fmt.Fprintf(b, " (offset %d, %s)", offset, op)
	}
}

// Errors that the error types wrap.
var (
	// ErrTrailingData says that a pickle is followed by more data, where
	// Unmarshal and Parse want exactly one pickle. A Decoder reads several.
	ErrTrailingData = errors.New("there is more data behind the pickle")
	// ErrCycle says that a value contains itself in a way that no pickle can
	// describe, or that the target type cannot hold.
	ErrCycle = errors.New("the value contains itself")
)

// syntaxError makes a SyntaxError of what the machine reports. input is for the
// hint: what is no pickle fails within its first two instructions.
func syntaxError(err error, input []byte) error {
	var e *vm.Error
	if !errors.As(err, &e) {
		return err
	}
	s := &SyntaxError{Offset: e.Offset, Op: e.Op.String(), Err: e.Err}
	switch {
	case len(input) == 0 && errors.Is(e.Err, io.ErrUnexpectedEOF):
		s.Op, s.Hint = vm.OpStop.String(), "the input is empty"
	case len(input) > 0 && e.Offset < 2:
		if looks := lookalike(input[:min(len(input), 64)], errors.Is(e.Err, io.ErrUnexpectedEOF)); looks != "" {
			s.Hint = "looks like " + looks
		}
	}
	return s
}

// lookalikes are the beginnings of what people mistake for pickles.
var lookalikes = []struct{ prefix, name string }{
	{"\x1f\x8b", "gzip"},
	{"PK\x03\x04", "zip (a PyTorch file?)"},
	{"PK\x05\x06", "zip (a PyTorch file?)"},
	{"version https://git-lfs", "a Git-LFS pointer"},
	{"BZh", "bzip2"},
	{"\xfd7zXZ\x00", "xz"},
	{"\x28\xb5\x2f\xfd", "zstd"},
	{"\x04\x22\x4d\x18", "lz4"},
	{"\x93NUMPY", "a NumPy .npy file"},
	{"\x89HDF", "HDF5"},
	{"SQLite format 3\x00", "an SQLite database"},
	{"7z\xbc\xaf\x27\x1c", "7-Zip"},
	{"Rar!", "RAR"},
	{"\xef\xbb\xbf", "text with a byte order mark"},
}

// textLookalikes are the same for text, which may have blanks before it, in
// any case.
var textLookalikes = []struct{ prefix, name string }{
	{"<!DOCTYPE", "HTML"},
	{"<html", "HTML"},
	{"<?xml", "XML"},
	{"{\"", "JSON"},
	{"[{", "JSON"},
	{"[\"", "JSON"},
}

// lookalike says what the input, which is no pickle, is likely to be. head is
// its beginning, short says that it ended too early to be a pickle.
func lookalike(head []byte, short bool) string {
	for _, l := range lookalikes {
		if bytes.HasPrefix(head, []byte(l.prefix)) {
			return l.name
		}
	}
	text := bytes.TrimLeft(head, " \t\r\n")
	for _, l := range textLookalikes {
		if len(text) >= len(l.prefix) && strings.EqualFold(string(text[:len(l.prefix)]), l.prefix) {
			return l.name
		}
	}
	switch {
	case len(head) >= 2 && head[0] == 'x' && (int(head[0])<<8|int(head[1]))%31 == 0:
		return "zlib"
	case behindPrefix(head, 4), behindPrefix(head, 8):
		return "a pickle behind a length prefix"
	case isBase64(head):
		return "a pickle in base64"
	case !short && isPlainText(head):
		return "text"
	}
	return ""
}

// behindPrefix reports whether a pickle seems to follow n bytes that are its
// length: a pickle of protocol 2 and up, or, behind a big-endian length, a
// list, tuple or dict.
func behindPrefix(head []byte, n int) bool {
	if len(head) < n+2 {
		return false
	}
	b := head[n:]
	if b[0] == byte(vm.OpProto) {
		return b[1] >= 2 && b[1] <= HighestProtocol
	}
	return head[0] == 0 && (b[0] == ']' || b[0] == '}' || b[0] == '(')
}

// isBase64 reports whether head is how base64 of PROTO 2 to 5 begins.
func isBase64(head []byte) bool {
	for _, prefix := range []string{"gAI", "gAJ", "gAK", "gAL", "gAM", "gAN", "gAO", "gAP", "gAQ", "gAR", "gAS", "gAT", "gAU", "gAV", "gAW", "gAX"} {
		if bytes.HasPrefix(head, []byte(prefix)) {
			return true
		}
	}
	return false
}

// isPlainText reports whether head is printable, but for a character that may be
// cut off at its end.
func isPlainText(head []byte) bool {
	for i := 0; i < len(head); {
		r, size := utf8.DecodeRune(head[i:])
		if r == utf8.RuneError && size == 1 {
			return len(head)-i < utf8.UTFMax && len(head) == 64
		}
		if !unicode.IsPrint(r) && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
		i += size
	}
	return len(head) >= 4
}

package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

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
	fmt.Fprintf(&b, "pickle: %s.%s", e.Module, e.Name)
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

// syntaxError makes a SyntaxError of what the machine reports. head is the
// beginning of the input, for the hint.
func syntaxError(err error, head []byte) error {
	var e *vm.Error
	if !errors.As(err, &e) {
		return err
	}
	s := &SyntaxError{Offset: e.Offset, Op: e.Op.String(), Err: e.Err}
	if len(head) == 0 && errors.Is(e.Err, io.ErrUnexpectedEOF) {
		s.Op, s.Hint = "STOP", "the input is empty"
	} else if looks := lookalike(head); looks != "" {
		s.Hint = "looks like " + looks
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
	{"<!DOCTYPE", "HTML"},
	{"<html", "HTML"},
	{"<?xml", "XML"},
	{"{\"", "JSON"},
	{"7z\xbc\xaf\x27\x1c", "7-Zip"},
	{"Rar!", "RAR"},
}

// lookalike says what the input is likely to be, given that it is no pickle.
func lookalike(head []byte) string {
	text := bytes.TrimLeft(head, " \t\r\n")
	for _, l := range lookalikes {
		if bytes.HasPrefix(head, []byte(l.prefix)) || len(text) >= len(l.prefix) && strings.EqualFold(string(text[:len(l.prefix)]), l.prefix) {
			return l.name
		}
	}
	switch {
	case len(head) >= 2 && head[0]&0x0f == 8 && head[0]>>4 <= 7 && (int(head[0])<<8|int(head[1]))%31 == 0:
		return "zlib"
	case len(head) >= 6 && head[0] == 0 && framedPickle(head[4:]), len(head) >= 10 && head[0] == 0 && framedPickle(head[8:]):
		return "a pickle behind a length prefix"
	case bytes.HasPrefix(head, []byte("gAJ")), bytes.HasPrefix(head, []byte("gAN")), bytes.HasPrefix(head, []byte("gAS")), bytes.HasPrefix(head, []byte("gAW")):
		return "a pickle in base64"
	}
	return ""
}

// framedPickle reports whether b begins like a pickle of protocol 2 and up, or
// like a list or dict of protocol 0 and 1.
func framedPickle(b []byte) bool {
	if b[0] == byte(vm.OpProto) {
		return b[1] <= HighestProtocol
	}
	return b[0] == ']' || b[0] == '}' || b[0] == '('
}

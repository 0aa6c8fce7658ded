package pickle_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
)

func compressed(t *testing.T, w io.WriteCloser, out *bytes.Buffer) []byte {
	t.Helper()
	if _, err := w.Write([]byte("(lp0\n.")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestHints: an error says what a thing looks like that is no pickle.
func TestHints(t *testing.T) {
	var gz, zl bytes.Buffer
	p := decodeHint(t, pickle.NewDict("key", []any{int64(1), "text"}))
	tests := []struct {
		name  string
		input []byte
		hint  string
	}{
		{"Empty", nil, "the input is empty"},
		{"Gzip", compressed(t, gzip.NewWriter(&gz), &gz), "looks like gzip"},
		{"Zlib", compressed(t, zlib.NewWriter(&zl), &zl), "looks like zlib"},
		{"Zip", []byte("PK\x03\x04\x00\x00\x08\x08archive/data.pkl"), "looks like zip (a PyTorch file?)"},
		{"GitLFS", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "looks like a Git-LFS pointer"},
		{"HTML", []byte("\n<!doctype html><html></html>"), "looks like HTML"},
		{"HTML/Tag", []byte("<HTML lang=en>"), "looks like HTML"},
		{"XML", []byte("<?xml version='1.0'?>"), "looks like XML"},
		{"JSON", []byte(`{"a": 1}`), "looks like JSON"},
		{"NumPy", []byte("\x93NUMPY\x01\x00v\x00{'descr': '<f8'"), "looks like a NumPy .npy file"},
		{"HDF5", []byte("\x89HDF\r\n\x1a\n"), "looks like HDF5"},
		{"Zstd", []byte("\x28\xb5\x2f\xfd\x04\x00"), "looks like zstd"},
		{"SQLite", []byte("SQLite format 3\x00\x10\x00\n"), "looks like an SQLite database"},
		{"Base64/2", []byte(base64.StdEncoding.EncodeToString([]byte("\x80\x02]q\x00."))), "looks like a pickle in base64"},
		{"Base64/5", []byte(base64.StdEncoding.EncodeToString(p)), "looks like a pickle in base64"},
		{"Prefix/Big4", append(binary.BigEndian.AppendUint32(nil, uint32(len(p))), p...), "looks like a pickle behind a length prefix"},
		{"Prefix/Little4", append(binary.LittleEndian.AppendUint32(nil, uint32(len(p))), p...), "looks like a pickle behind a length prefix"},
		{"Prefix/Big8", append(binary.BigEndian.AppendUint64(nil, uint64(len(p))), p...), "looks like a pickle behind a length prefix"},
		{"Prefix/Protocol0", []byte("\x00\x00\x00\x06(lp0\n."), "looks like a pickle behind a length prefix"},
		{"Text", []byte("hello, world\n"), "looks like text"},
		{"Text/Unicode", []byte("Ünïcode text that is longer than what is looked at, and ends within ä"), "looks like text"},
		{"Binary", []byte("\x00\x01\x02\x03\x04\x05"), ""},
		{"Truncated", p[:len(p)-1], ""},
		{"Truncated/Protocol0", []byte("(lp0\nI1\na"), ""},
		{"Truncated/Unicode", []byte("X\x14\x00\x00\x00abc"), ""},
		{"Deep", []byte("]]]]hello"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var e *pickle.SyntaxError
			if err := pickle.Unmarshal(tt.input, new(any)); !errors.As(err, &e) || e.Hint != tt.hint || !strings.Contains(err.Error(), tt.hint) {
				t.Errorf("got %v", err)
			}
			if tt.input == nil {
				return
			}
			if err := pickle.NewDecoder(bytes.NewReader(tt.input), pickle.KeepMemo(true)).Decode(new(any)); !errors.As(err, &e) || e.Hint != tt.hint {
				t.Errorf("from a stream: %v", err)
			}
		})
	}
}

func decodeHint(t *testing.T, v any) []byte {
	t.Helper()
	p, err := pickle.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestErrorTexts(t *testing.T) {
	registry := pickle.WithRegistry(classes(t))
	for _, tt := range []struct {
		pickle string
		into   any
		opts   pickle.Options
		want   string
	}{
		{"K\x01.", new(string), nil, "pickle: cannot decode int 1 into Go value of type string (offset 0, BININT1)"},
		{"(Vx\nl.", new([]int), nil, "pickle: cannot decode str into Go value of type int at [0] (offset 1, UNICODE)"},
		{"Vx\n.", 5, nil, "pickle: cannot decode anything into Go value of type int: the target must be a pointer that is not nil"},
		{"Vx\n.", nil, nil, "pickle: cannot decode anything: the target must be a pointer that is not nil"},
		{"M\x00\x01.", new(int8), nil, "pickle: cannot decode int 256 into Go value of type int8 (offset 0, BININT2): the number does not fit"},
		{"F1.5\n.", new(int8), nil, "pickle: cannot decode float 1.5 into Go value of type int8 (offset 0, FLOAT): the number does not fit"},
		{"}]Ns.", new(any), nil, "pickle: cannot decode list at keys() (offset 1, EMPTY_LIST): unhashable type: 'list'"},
		{"(capp\nUser\n)\x81l.", new([]decXY), registry, "pickle: cannot decode instance of app.User into Go value of type pickle_test.decXY at [0] (offset 12, NEWOBJ): the class is registered for another type"},
		{"(capp\nNo\n)\x81l.", new(any), pickle.DisallowUnknownClasses(true), "pickle: app.No at [0] (offset 1, GLOBAL): the class or function is not registered"},
		{"(\x82\x05l.", new(any), pickle.DisallowUnknownClasses(true), "pickle: class or function at [0] (offset 1, EXT1): the extension code 5 is not registered"},
		{"Pa\n)R.", new(any), pickle.DisallowUnknownClasses(true), "pickle: class or function (offset 0, PERSID): what is called has no name: persistent ID"},
		{"]]]aa.", new(any), pickle.MaxDepth(2), "pickle: depth exceeds the limit of 2 at [0][0] (offset 2, EMPTY_LIST)"},
		{"].", new(any), pickle.MaxSize(1), "pickle: size exceeds the limit of 1"},
		{"N.N.", new(any), nil, "pickle: offset 2: STOP: there is more data behind the pickle"},
		{"", new(any), nil, "pickle: offset 0: STOP: unexpected EOF (the input is empty)"},
	} {
		err := pickle.Unmarshal([]byte(tt.pickle), tt.into, tt.opts)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q\n got  %v\n want %s", tt.pickle, err, tt.want)
		}
	}
}

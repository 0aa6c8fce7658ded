package scan

import (
	"archive/tar"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// unsupported are the beginnings of formats that may hold pickles and that are
// not read.
var unsupported = []struct{ magic, format string }{
	{"\xfd7zXZ\x00", "xz"}, {"\x28\xb5\x2f\xfd", "zstd"}, {"\x04\x22\x4d\x18", "lz4"}, {"7z\xbc\xaf\x27\x1c", "7z"},
	{"Rar!\x1a\x07", "rar"}, {"\x89HDF\r\n\x1a\n", "HDF5"}, {"\x5d\x00\x00\x80\x00", "lzma"}, {"ZF", "joblib's old compressed"},
}

// compressed reports whether data begin like a compressed file.
func compressed(data []byte) bool {
	return isGzip(data) || isBzip2(data) || isZlib(data) || bytes.HasPrefix(data, []byte("PK\x03\x04"))
}

func isGzip(b []byte) bool { return bytes.HasPrefix(b, []byte("\x1f\x8b\x08")) }

func isBzip2(b []byte) bool {
	return len(b) > 10 && string(b[:3]) == "BZh" && b[3] >= '1' && b[3] <= '9' && (string(b[4:10]) == "1AY&SY" || string(b[4:10]) == "\x17rE8P\x90")
}

// isZlib looks for a header of deflate with a window of 32 KiB, as Python's zlib
// writes it: its check bits leave four.
func isZlib(b []byte) bool {
	return len(b) > 6 && b[0] == 0x78 && binary.BigEndian.Uint16(b)%31 == 0 && b[1]&0x20 == 0
}

// container looks into data if it is an archive, or a compressed file, and
// returns its format, "" if it is none.
func (s *scanner) container(name string, data []byte, depth int, where place) string {
	switch {
	case isGzip(data):
		return s.gzip(name, data, depth, where)
	case isBzip2(data):
		return s.compressed("bzip2", name, bzip2.NewReader(bytes.NewReader(data)), depth, where)
	case isZlib(data):
		return s.zlib(name, data, depth, where)
	case bytes.HasPrefix(data, []byte("\x93NUMPY")):
		return s.npy(name, data, depth)
	case isTar(data):
		return s.tar(name, data, depth)
	}
	if where != inside || bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		if s.zip(name, data, depth) {
			return "zip"
		}
	}
	for _, u := range unsupported {
		if where != inside && len(data) >= 8 && strings.HasPrefix(string(data[:8]), u.magic) {
			s.add(Finding{Rule: "unsupported", File: name, Message: "the format " + u.format + " is not read"})
			return u.format
		}
	}
	return ""
}

func (s *scanner) gzip(name string, data []byte, depth int, where place) string {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return s.damaged("gzip", name, err, where)
	}
	return s.compressed("gzip", name, r, depth, where)
}

// zlib is a stream that may be followed by something else.
func (s *scanner) zlib(name string, data []byte, depth int, where place) string {
	in := bytes.NewReader(data)
	r, err := zlib.NewReader(in)
	if err != nil {
		return s.damaged("zlib", name, err, where)
	}
	format := s.compressed("zlib", name, r, depth, where)
	if rest := data[len(data)-in.Len():]; format != "" && len(bytes.Trim(rest, "\x00\r\n")) > 0 {
		s.add(Finding{Rule: "archive-prefix", File: name, Offset: int64(len(data) - len(rest)), Message: fmt.Sprintf("%d bytes follow the compressed data", len(rest))})
		s.blob(fmt.Sprintf("%s!data@%d", name, len(data)-len(rest)), rest, depth+1, inside)
	}
	return format
}

// compressed scans what r expands, also if that ends in an error.
func (s *scanner) compressed(format, name string, r io.Reader, depth int, where place) string {
	data, err := s.expand(name, r)
	if err != nil && len(data) == 0 {
		if format == "zlib" && where == member {
			where = inside // see below
		}
		return s.damaged(format, name, err, where)
	}
	if format == "zlib" && err != nil && where != top {
		// Numbers can begin like zlib by chance: two bytes are all there is to see.
		before := len(s.report.Pickles)
		s.blob(name+"!zlib", data, depth+1, inside)
		if len(s.report.Pickles) == before {
			return ""
		}
		s.damaged(format, name, err, top)
		return format
	}
	if err != nil {
		s.damaged(format, name, err, top)
	}
	s.blob(name+"!"+format, data, depth+1, where)
	return format
}

// damaged reports an archive that cannot be read, unless it is probably none.
func (s *scanner) damaged(format, name string, err error, where place) string {
	if where == inside {
		return ""
	}
	rule := "damaged-archive"
	if errors.Is(err, gzip.ErrChecksum) || errors.Is(err, zlib.ErrChecksum) {
		rule = "archive-checksum"
	}
	s.add(Finding{Rule: rule, File: name, Message: fmt.Sprintf("%s: %v", format, err)})
	return format
}

// expand reads r, up to the limit on expanded bytes.
func (s *scanner) expand(name string, r io.Reader) ([]byte, error) {
	var buf bytes.Buffer
	left := s.opts.MaxExpanded - s.expanded
	n, err := io.Copy(&buf, io.LimitReader(r, left+1))
	s.expanded += n
	if n > left {
		buf.Truncate(int(left))
		s.expanded = s.opts.MaxExpanded
		s.add(Finding{Rule: "limit", File: name, Message: fmt.Sprintf("it expands to more than the %d bytes that are allowed altogether", s.opts.MaxExpanded)})
	}
	return buf.Bytes(), err
}

const tarBlock = 512

// isTar reports whether data begin with the header of a tar archive.
func isTar(data []byte) bool {
	if len(data) < tarBlock {
		return false
	}
	if string(data[257:262]) == "ustar" {
		return true
	}
	_, err := tar.NewReader(bytes.NewReader(data[:tarBlock])).Next()
	return err == nil && data[0] != 0
}

func (s *scanner) tar(name string, data []byte, depth int) string {
	in := bytes.NewReader(data)
	r := tar.NewReader(in)
	names := make(map[string]bool)
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			s.add(Finding{Rule: "damaged-archive", File: name, Offset: in.Size() - int64(in.Len()), Message: fmt.Sprintf("tar: %v", err)})
			return "tar"
		}
		if names[h.Name] {
			s.add(Finding{Rule: "archive-twice", File: name, Message: fmt.Sprintf("two entries %q", h.Name)})
		}
		names[h.Name] = true
		if h.Size == 0 {
			continue
		}
		if s.opts.MaxFiles <= s.files {
			s.blob(name, nil, depth, member) // reports the limit
			return "tar"
		}
		part, err := s.expand(name, r) // sparse files expand
		if err != nil {
			s.add(Finding{Rule: "damaged-archive", File: name, Message: fmt.Sprintf("tar: %q: %v", h.Name, err)})
		}
		s.blob(name+"!"+h.Name, part, depth+1, member)
	}
	if rest := data[len(data)-in.Len():]; len(bytes.Trim(rest, "\x00")) > 0 {
		s.add(Finding{Rule: "archive-prefix", File: name, Offset: int64(len(data) - len(rest)), Message: "there is data after the archive"})
		s.blob(fmt.Sprintf("%s!data@%d", name, len(data)-len(rest)), bytes.TrimLeft(rest, "\x00"), depth+1, inside)
	}
	return "tar"
}

// npyNumbers is the type of arrays of numbers, texts and dates, as numpy writes
// it. Every other spelling may be one of objects: '\x4f' is, and so is 'ob' 'ject'.
var npyNumbers = regexp.MustCompile(`^\{'descr': '[<>|=][biufcSUVmM?][0-9]+(\[[A-Za-z0-9]+\])?', 'fortran_order': (True|False), 'shape': \([0-9, ]*\), \} *\n$`)

// npy is a file of numpy.save: a header that is the text of a dict, and then the
// numbers, or a pickle where they are objects.
func (s *scanner) npy(name string, data []byte, depth int) string {
	at, length := 10, 0
	switch {
	case len(data) >= 10 && data[6] == 1:
		length = int(binary.LittleEndian.Uint16(data[8:]))
	case len(data) >= 12 && (data[6] == 2 || data[6] == 3):
		at, length = 12, int(binary.LittleEndian.Uint32(data[8:]))
	default:
		s.add(Finding{Rule: "unsupported", File: name, Message: "npy: this version of the format is not known"})
		return "npy"
	}
	if length > len(data)-at {
		s.add(Finding{Rule: "damaged-archive", File: name, Message: "npy: the header is cut off"})
		return "npy"
	}
	header, body := data[at:at+length], data[at+length:]
	if npyNumbers.Match(header) {
		return "npy" // whatever they are, no pickle is read
	}
	where := member
	if bytes.IndexByte(header, 'O') >= 0 {
		where = top // there must be one
	}
	s.blob(fmt.Sprintf("%s!objects@%d", name, at+length), body, depth+1, where)
	return "npy"
}

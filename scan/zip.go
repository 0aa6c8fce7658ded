package scan

import (
	"bytes"
	"cmp"
	"compress/bzip2"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"path"
	"slices"
)

// This file reads zip archives itself. Package archive/zip is one reader of
// many, and what matters here is where they differ: an entry that one of them
// finds must be found.

const (
	zipLocal     = "PK\x03\x04"
	zipCentral   = "PK\x01\x02"
	zipEnd       = "PK\x05\x06"
	zip64End     = "PK\x06\x06"
	zip64Locator = "PK\x06\x07"

	zipEndSize = 22 // of the end record, without its comment
)

// entry is one entry of an archive, by its header in the directory or by that
// which stands before its data.
type entry struct {
	name          string
	flags, method uint16
	crc           uint32
	packed, size  uint64
	header        int // offset of the local header
}

// span is a part of the file that is accounted for.
type span struct{ from, to int }

// zip scans data if it is a zip archive.
func (s *scanner) zip(name string, data []byte, depth int) bool {
	end, exact := findEnd(data)
	// A pickle can hold an archive among its bytes; one that ends with the file is
	// to be read.
	if !exact && !bytes.HasPrefix(data, []byte(zipLocal)) {
		return false
	}
	if end < 0 {
		s.add(Finding{Rule: "damaged-archive", File: name, Message: "zip: there is no directory"})
		s.hidden(name, data, depth, nil)
		return true
	}
	if other := bytes.LastIndex(data, []byte(zipEnd)); other != end && len(data)-other >= zipEndSize {
		s.add(Finding{Rule: "archive-headers", File: name, Offset: int64(other), Message: "zip: there is another end record in the comment of the archive"})
		entries, _, _, _ := directory(data, other) // as readers that take the last one
		for _, e := range entries {
			s.entry(name, data, e, depth)
		}
	}
	entries, spans, shift, err := directory(data, end)
	if err != nil {
		s.add(Finding{Rule: "damaged-archive", File: name, Offset: int64(end), Message: fmt.Sprintf("zip: %v", err)})
	}
	if len(entries) == 0 && err == nil {
		s.add(Finding{Rule: "no-pickle", File: name, Message: "zip: there are no entries"})
	}
	if shift != 0 {
		s.add(Finding{Rule: "archive-prefix", File: name, Message: fmt.Sprintf("zip: offsets are wrong by %d bytes, as if data had been put before the archive", shift)})
	}
	seen := make(map[string]bool, len(entries))
	total := uint64(0)
	for _, e := range entries {
		if total += min(e.packed, uint64(len(data))); total > uint64(len(data)) {
			s.add(Finding{Rule: "limit", File: name, Message: "zip: the entries are larger together than the file"})
			break
		}
		if seen[e.name] {
			s.add(Finding{Rule: "archive-twice", File: name, Offset: int64(e.header), Message: fmt.Sprintf("zip: two entries %q", e.name)})
		}
		seen[e.name] = true
		spans = append(spans, s.entry(name, data, e, depth))
	}
	s.hidden(name, data, depth, spans)
	return true
}

// findEnd returns where the end record of the directory is: the last one whose
// comment reaches to the end, which is exact, or else the last one; -1 where there
// is none.
func findEnd(data []byte) (at int, exact bool) {
	const size, longest = zipEndSize, zipEndSize + math.MaxUint16
	from := max(0, len(data)-longest)
	last := -1
	for tail := data[from:]; ; {
		i := bytes.LastIndex(tail, []byte(zipEnd))
		if i < 0 {
			return last, false
		}
		at := from + i
		if len(data)-at >= size {
			if at+size+int(binary.LittleEndian.Uint16(data[at+20:])) == len(data) {
				return at, true
			}
			last = max(last, at)
		}
		tail = tail[:i]
	}
}

// directory reads the central directory. shift is how much the offsets in it
// are short of where things are.
func directory(data []byte, end int) (entries []entry, spans []span, shift int, err error) {
	record := data[end:]
	count := uint64(binary.LittleEndian.Uint16(record[10:]))
	size := uint64(binary.LittleEndian.Uint32(record[12:]))
	offset := uint64(binary.LittleEndian.Uint32(record[16:]))
	spans = []span{{end, len(data)}}
	behind := end // of the directory
	var contradiction error
	if end >= 20 && string(data[end-20:end-16]) == zip64Locator {
		at := end - 20 - 56
		if at < 0 || string(data[at:at+4]) != zip64End {
			return nil, spans, 0, fmt.Errorf("the 64-bit directory is not where it should be")
		}
		small := [3]uint64{count, size, offset}
		count = binary.LittleEndian.Uint64(data[at+32:])
		size = binary.LittleEndian.Uint64(data[at+40:])
		offset = binary.LittleEndian.Uint64(data[at+48:])
		behind = at
		// Some readers go by the offset in the locator, and some by the small fields.
		for i, full := range [3]uint64{math.MaxUint16, math.MaxUint32, math.MaxUint32} {
			if small[i] != full && small[i] != [3]uint64{count, size, offset}[i] {
				contradiction = fmt.Errorf("the two end records contradict each other")
			}
		}
		if located := binary.LittleEndian.Uint64(data[end-12:]); located != uint64(at) {
			contradiction = fmt.Errorf("the 64-bit end record is not where its locator has it")
		}
		spans = append(spans, span{at, end})
	}
	if size > uint64(behind) || offset > uint64(behind) {
		return nil, spans, 0, fmt.Errorf("the directory is larger than the file")
	}
	begin := behind - int(size)
	shift = begin - int(offset)
	spans = append(spans, span{begin, behind})
	at := begin
	for at < behind {
		e, next, err := centralEntry(data[:behind], at)
		if err != nil {
			return entries, spans, shift, err
		}
		e.header += shift
		entries = append(entries, e)
		at = next
	}
	if uint64(len(entries)) != count {
		err = fmt.Errorf("the directory has %d entries and says it has %d", len(entries), count)
	}
	return entries, spans, shift, cmp.Or(err, contradiction)
}

func centralEntry(data []byte, at int) (e entry, next int, err error) {
	const size = 46
	h := data[at:]
	if len(h) < size || string(h[:4]) != zipCentral {
		return e, 0, fmt.Errorf("a broken entry in the directory at offset %d", at)
	}
	e = entry{flags: u16(h, 8), method: u16(h, 10), crc: u32(h, 16), packed: uint64(u32(h, 20)), size: uint64(u32(h, 24))}
	nameLen, extraLen, commentLen := int(u16(h, 28)), int(u16(h, 30)), int(u16(h, 32))
	if len(h) < size+nameLen+extraLen+commentLen {
		return e, 0, fmt.Errorf("an entry of the directory is cut off at offset %d", at)
	}
	e.name = string(h[size : size+nameLen])
	header := uint64(u32(h, 42))
	wide(h[size+nameLen:size+nameLen+extraLen], &e.size, &e.packed, &header)
	if header > uint64(len(data)) {
		return e, 0, fmt.Errorf("entry %q is beyond the end", e.name)
	}
	e.header = int(header)
	return e, at + size + nameLen + extraLen + commentLen, nil
}

// wide takes the 64-bit values of those fields that have no room for them.
func wide(extra []byte, fields ...*uint64) {
	for len(extra) >= 4 {
		id, n := u16(extra, 0), int(u16(extra, 2))
		if n > len(extra)-4 {
			return
		}
		body := extra[4 : 4+n]
		extra = extra[4+n:]
		if id != 1 {
			continue
		}
		for _, f := range fields {
			if *f == math.MaxUint32 && len(body) >= 8 {
				*f, body = binary.LittleEndian.Uint64(body), body[8:]
			}
		}
	}
}

func u16(b []byte, at int) uint16 { return binary.LittleEndian.Uint16(b[at:]) }
func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }

// localEntry reads the header before the data of an entry, which begin at body.
func localEntry(data []byte, at int) (e entry, body int, ok bool) {
	const size = 30
	if at < 0 || at > len(data) || len(data)-at < size || string(data[at:at+4]) != zipLocal {
		return e, 0, false
	}
	h := data[at:]
	e = entry{flags: u16(h, 6), method: u16(h, 8), crc: u32(h, 14), packed: uint64(u32(h, 18)), size: uint64(u32(h, 22)), header: at}
	nameLen, extraLen := int(u16(h, 26)), int(u16(h, 28))
	if len(h) < size+nameLen+extraLen {
		return e, 0, false
	}
	e.name = string(h[size : size+nameLen])
	wide(h[size+nameLen:size+nameLen+extraLen], &e.size, &e.packed)
	return e, at + size + nameLen + extraLen, true
}

const (
	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3 // the sizes are behind the data
)

// entry scans one entry of the directory and returns where it is.
func (s *scanner) entry(name string, data []byte, e entry, depth int) span {
	local, body, ok := localEntry(data, e.header)
	if !ok {
		s.add(Finding{Rule: "archive-headers", File: name, Offset: int64(e.header), Message: fmt.Sprintf("zip: no entry is where the directory has %q", e.name)})
		return span{}
	}
	if difference := e.differs(local); difference != "" {
		s.add(Finding{Rule: "archive-headers", File: name, Offset: int64(e.header), Message: fmt.Sprintf("zip: %q and its entry in the directory differ in %s", e.name, difference)})
	}
	if path.Base(e.name) == "constants.pkl" {
		s.add(Finding{Rule: "unsupported", File: name, Offset: int64(e.header), Message: fmt.Sprintf("zip: %q makes it an archive of TorchScript, whose code torch.load runs", e.name)})
	}
	if e.flags&flagEncrypted != 0 {
		s.add(Finding{Rule: "archive-headers", File: name, Offset: int64(e.header), Message: fmt.Sprintf("zip: %q says that it is encrypted", e.name)})
	}
	if e.packed > uint64(len(data)-body) {
		s.add(Finding{Rule: "damaged-archive", File: name, Offset: int64(e.header), Message: fmt.Sprintf("zip: %q is cut off", e.name)})
		e.packed = uint64(len(data) - body)
	}
	to := body + int(e.packed)
	s.unpack(name, data[body:to], e, depth)
	if local.method != e.method { // as a reader that trusts the other header would
		e.method = local.method
		s.unpack(name, data[body:to], e, depth)
	}
	if local.flags&flagDescriptor != 0 {
		to += e.descriptor(data[to:])
	}
	return span{e.header, to}
}

// descriptor returns how long the record of checksum and sizes is that follows
// the data of an entry: with a signature or without, the sizes of 4 or 8 bytes.
// It is 0 where none agrees with the directory.
func (e entry) descriptor(rest []byte) int {
	for _, signature := range []string{"PK\x07\x08", ""} {
		for _, width := range []int{8, 4} {
			record := binary.LittleEndian.AppendUint32([]byte(signature), e.crc)
			for _, n := range []uint64{e.packed, e.size} {
				record = append(record, binary.LittleEndian.AppendUint64(nil, n)[:width]...)
			}
			if bytes.HasPrefix(rest, record) {
				return len(record)
			}
		}
	}
	return 0
}

// differs says in what two headers of one entry contradict each other.
func (e entry) differs(local entry) string {
	switch {
	case e.name != local.name:
		return fmt.Sprintf("the name, which is %q there", local.name)
	case e.method != local.method:
		return "the method"
	case local.flags&flagDescriptor != 0 && local.packed|local.size|uint64(local.crc) == 0:
		return "" // they are behind the data
	case e.packed != local.packed || e.size != local.size:
		return "the size"
	case e.crc != local.crc:
		return "the checksum"
	}
	return ""
}

// unpack scans the contents of an entry.
func (s *scanner) unpack(name string, packed []byte, e entry, depth int) {
	if len(packed) == 0 {
		return
	}
	part := name + "!" + e.name
	var data []byte
	var err error
	switch e.method {
	case 0:
		data = packed
	case 8:
		data, err = s.expand(part, flate.NewReader(bytes.NewReader(packed)))
	case 12:
		data, err = s.expand(part, bzip2.NewReader(bytes.NewReader(packed)))
	default:
		s.add(Finding{Rule: "unsupported", File: part, Message: fmt.Sprintf("zip: method %d is not read", e.method)})
		return
	}
	if err != nil && err != io.EOF {
		s.add(Finding{Rule: "damaged-archive", File: part, Message: fmt.Sprintf("zip: %v", err)})
	}
	if crc := crc32.ChecksumIEEE(data); crc != e.crc {
		s.add(Finding{Rule: "archive-checksum", File: part, Message: fmt.Sprintf("zip: the checksum is %08x and should be %08x", crc, e.crc)})
	}
	s.blob(part, data, depth+1, member)
}

// hidden looks at what no entry of the directory accounts for.
func (s *scanner) hidden(name string, data []byte, depth int, spans []span) {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	at := 0
	for _, sp := range append(spans, span{len(data), len(data)}) {
		if sp.from > at {
			s.gap(name, data, at, sp.from, depth)
		} else if sp.from < at && sp.to > sp.from && sp.from < len(data) {
			s.add(Finding{Rule: "archive-headers", File: name, Offset: int64(sp.from), Message: "zip: entries overlap"})
		}
		at = max(at, sp.to)
	}
}

func (s *scanner) gap(name string, data []byte, from, to, depth int) {
	if _, _, ok := localEntry(data, from); from == 0 && !ok {
		s.add(Finding{Rule: "archive-prefix", File: name, Message: fmt.Sprintf("zip: %d bytes are before the archive", to)})
		s.search(name, data[:to], 0, depth)
	}
	for from < to {
		i := bytes.Index(data[from:to], []byte(zipLocal))
		if i < 0 {
			return
		}
		from += i
		e, body, ok := localEntry(data, from)
		if !ok {
			from++
			continue
		}
		s.add(Finding{Rule: "archive-hidden", File: name, Offset: int64(from), Message: fmt.Sprintf("zip: %q is not in the directory", e.name)})
		packed := data[body:max(body, to)]
		if e.packed <= uint64(len(packed)) && e.packed > 0 {
			packed = packed[:e.packed]
		}
		e.name += fmt.Sprintf("@%d", from)
		if s.expanded += int64(len(packed)); s.expanded > s.opts.MaxExpanded {
			s.add(Finding{Rule: "limit", File: name, Offset: int64(from), Message: "zip: too many entries that are not in the directory"})
			return
		}
		s.unpack(name, packed, e, depth)
		from = body + max(1, len(packed))
		if e.flags&flagDescriptor != 0 && e.packed == 0 {
			from = body + 1
		}
	}
}

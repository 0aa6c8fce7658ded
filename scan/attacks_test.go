package scan_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
)

// attack is a pickle that calls a function in a way that has deceived a scanner,
// or an unpickler, or could.
type attack struct {
	name string
	data []byte
	// rules are the findings that there must be, apart from those of the function
	// itself.
	rules []string
	// calls is how often CPython calls the function when it loads all pickles that
	// follow each other in data; -1 where it would not get that far by itself: the
	// payload is in an archive or in a string, say.
	calls int
	// memory says that it is loaded from memory, where CPython reads it otherwise
	// than from a file.
	memory bool
}

// attacks builds the corpus with a function that takes one str. Every one of
// these calls it when it is loaded as it is meant to be.
func attacks(tb testing.TB, module, name string) []attack {
	arg := "V" + argument + "\n"
	global := "c" + module + "\n" + name + "\n"
	call := global + "(" + arg + "tR" // what everything else hides
	pickle0 := call + "."
	short := func(s string) string { return "\x8c" + string(rune(len(s))) + s }
	stack := short(module) + short(name) + "\x93"
	call4 := stack + short(argument) + "\x85R"
	p4 := "\x80\x04"
	frame := func(s string) string { return "\x95" + le64(len(s)) + s }
	inBytes := func(s string) string { return "B" + le32(len(s)) + s }
	all := []attack{
		{name: "reduce", data: []byte(pickle0), calls: 1},
		{name: "reduce_protocol_4", data: []byte(p4 + frame(call4+".")), calls: 1},
		{name: "inst", data: []byte("(" + arg + "i" + module + "\n" + name + "\n."), calls: 1},
		{name: "inst_pop", data: []byte("N(" + arg + "i" + module + "\n" + name + "\n0."), calls: 1},
		{name: "obj", data: []byte("(" + global + arg + "o."), calls: 1},
		{name: "obj_pop", data: []byte("N(" + global + arg + "o0."), calls: 1},
		{name: "reduce_pop", data: []byte("N" + call + "0."), calls: 1},
		{name: "pop_mark", data: []byte("N(" + call + "1."), calls: 1},
		{name: "in_a_list", data: []byte("]" + call + "a."), calls: 1},
		{name: "as_a_key", data: []byte("}" + "c__builtin__\nstr\n(" + call + "tRNs."), calls: 1},
		{name: "as_an_argument", data: []byte("c__builtin__\nstr\n(" + call + "tR."), calls: 1},
		{name: "as_a_state", data: []byte("ccollections\nOrderedDict\n)R}V__x\n" + call + "sb."), calls: 1},

		{name: "names_by_dup", data: []byte(p4 + short(name) + "2\x940" + "0" + short(module) + "h\x00\x93" + short(argument) + "\x85R."),
			rules: []string{}, calls: 1},
		{name: "name_pushed_by_dup", data: []byte(p4 + short(name) + "2\x940" + short(module) + "2\x94" + "00" + "h\x01h\x00\x93" + short(argument) + "\x85R."), calls: 1},
		{name: "names_from_afar", data: []byte(p4 + short(module) + short(name) + "N0\x93" + short(argument) + "\x85R."), rules: []string{"name-from-stack"}, calls: 1},
		{name: "names_dropped_between", data: []byte(p4 + short(module) + short(name) + short("collections") + short("OrderedDict") + "00\x93" + short(argument) + "\x85R."),
			rules: []string{"name-from-stack"}, calls: 1},
		{name: "memo_rebound", data: []byte(p4 + short("collections") + "q\x000" + short(module) + "q\x000" + "h\x00" + short(name) + "\x93" + short(argument) + "\x85R."),
			rules: []string{"memo-rebound"}, calls: 1},
		{name: "memo_gap", data: []byte(p4 + short(name) + "q\x010" + short(module) + "\x940" + "h\x01h\x01" + "00" + "h\x01" + "0" + short(module) + "h\x01" + "00N0" + call4 + "."),
			rules: []string{"memo-gap", "memo-rebound"}, calls: 1},
		{name: "memo_of_the_function", data: []byte(global + "p0\n0g0\n(" + arg + "tR."), calls: 1},
		{name: "memo_index_text", data: []byte(global + "p01\n0g1\n(" + arg + "tR."), rules: []string{"number-text"}, calls: 1},

		{name: "dotted", data: []byte(p4 + short(module) + short(name+".__call__") + "\x93" + short(argument) + "\x85R."), calls: 1},
		{name: "getattr", data: []byte("c__builtin__\ngetattr\n(c__builtin__\n__import__\n(V" + module + "\ntRV" + name + "\ntR(" + arg + "tR."), calls: 1},
		{name: "import_module", data: []byte("c__builtin__\ngetattr\n(cimportlib\nimport_module\n(V" + module + "\ntRV" + name + "\ntR(" + arg + "tR."), calls: 1},
		{name: "sys_modules", data: []byte("c__builtin__\ngetattr\n(coperator\ngetitem\n(csys\nmodules\nV" + module + "\ntRV" + name + "\ntR(" + arg + "tR."), calls: 1},
		{name: "namespace", data: []byte("coperator\ngetitem\n(c" + module + "\n__dict__\nV" + name + "\ntR(" + arg + "tR."), rules: []string{"interpreter-name"}, calls: 1},
		{name: "attrgetter", data: []byte("coperator\nattrgetter\n(V" + name + "\ntR(cimportlib\nimport_module\n(V" + module + "\ntRtR(" + arg + "tR."), calls: 1},
		{name: "methodcaller", data: []byte("coperator\nmethodcaller\n(V" + name + "\n" + arg + "tR(cimportlib\nimport_module\n(V" + module + "\ntRtR."), calls: 1},
		{name: "partial", data: []byte("cfunctools\npartial\n(" + global + arg + "tR)R."), calls: 1},
		{name: "partial_of_partial", data: []byte("cfunctools\npartial\n(cfunctools\npartial\n(" + global + "tR" + arg + "tR)R."), calls: 1},
		{name: "map", data: []byte("c__builtin__\nlist\n(c__builtin__\nmap\n(" + global + "](" + arg + "etRtR."), calls: 1},
		{name: "reduce_function", data: []byte("c_functools\nreduce\n(cfunctools\npartial\n(c" + module + "\n" + name + "\ntR](" + arg + arg + "etR."), calls: 1},
		{name: "defaultdict", data: []byte("coperator\ngetitem\n(ccollections\ndefaultdict\n(cfunctools\npartial\n(" + global + arg + "tRtRNtR."), calls: 1},

		{name: "proto_twice", data: []byte("\x80\x02\x80\x04" + call4 + "."), rules: []string{"proto-repeated"}, calls: 1},
		{name: "proto_late", data: []byte("N0\x80\x04" + call4 + "."), rules: []string{"proto-repeated"}, calls: 1},
		{name: "frame_straddled", data: []byte(p4 + "\x95" + le64(5) + call4 + "."), rules: []string{"frame-crossed"}, calls: 1, memory: true},
		// From memory it is two strings; from a file the first one ends within the second.
		{name: "frame_straddled_in_a_file", data: []byte(p4 + "\x95" + le64(7) + "\x8c\x0axxxxx" + "aaaaaB" + le32(len(call4)+1) + call4 + ".."),
			rules: []string{"frame-crossed"}, calls: 1},
		{name: "frame_nested", data: []byte(p4 + "\x95" + le64(len(call4)+10) + "\x95" + le64(len(call4)+1) + call4 + "."), rules: []string{"frame-crossed"}, calls: 1},
		{name: "frame_past_the_end", data: []byte(p4 + "\x95" + le64(1000) + call4 + "."), rules: []string{"frame-past-end", "broken"}, calls: 0},
		{name: "frame_after_stop", data: []byte(p4 + "\x95" + le64(5) + "N.abc" + pickle0), rules: []string{"frame-after-stop"}, calls: 1},
		{name: "number_text", data: []byte("I1_0\n0" + pickle0), rules: []string{"number-text"}, calls: 1},
		{name: "float_text", data: []byte("F1_0\n0" + pickle0), rules: []string{"number-text", "broken"}, calls: 0},
		{name: "build_refused", data: []byte("}]b0" + pickle0), rules: []string{"broken"}, calls: 0},

		{name: "second_pickle", data: []byte("N." + pickle0), calls: 1},
		{name: "fourth_pickle", data: []byte("N.]." + p4 + "}." + pickle0), calls: 1},
		{name: "after_trailing_data", data: []byte("N.\xff\xff\xff" + p4 + call4 + "."), rules: []string{"trailing-data"}, calls: 0},
		{name: "memo_of_the_first", data: []byte(p4 + short(module) + "\x940" + short(name) + "\x94." + p4 + "h\x00h\x01\x93" + short(argument) + "\x85R."),
			rules: []string{"memo-kept"}, calls: 0},
		{name: "cut_off", data: []byte(call), rules: []string{"broken-after"}, calls: 1},
		{name: "broken_by_an_opcode", data: []byte(call + "\xff\xff."), rules: []string{"broken-after"}, calls: 1},
		{name: "broken_by_underflow", data: []byte(call + "00000."), rules: []string{"broken-after"}, calls: 1},
		{name: "broken_by_a_length", data: []byte(call + "B\xff\xff\xff\x7f"), rules: []string{"broken-after"}, calls: 1},
		{name: "broken_by_the_memo", data: []byte(call + "h\x70."), rules: []string{"broken-after"}, calls: 1},
		{name: "broken_by_text", data: []byte(call + "X\x01\x00\x00\x00\xff."), rules: []string{"broken-after"}, calls: 1},

		{name: "nested_in_bytes", data: []byte("\x80\x03" + inBytes(pickle0) + "."), rules: []string{"nested-pickle"}, calls: -1},
		{name: "nested_in_bytearray", data: []byte("\x80\x05\x96" + le64(len(pickle0)) + pickle0 + "."), rules: []string{"nested-pickle"}, calls: -1},
		{name: "nested_in_text", data: []byte("X" + le32(len(pickle0)) + pickle0 + "."), rules: []string{"nested-pickle"}, calls: -1},
		{name: "nested_in_escapes", data: []byte("V" + strings.ReplaceAll(pickle0, "\n", `\u000a`) + "\n."), rules: []string{"nested-pickle"}, calls: -1},
		{name: "nested_in_python2_text", data: []byte("S'" + strings.ReplaceAll(pickle0, "\n", `\n`) + "'\n."), rules: []string{"nested-pickle"}, calls: -1},
		{name: "nested_in_base64", data: []byte(p4 + short(base64.StdEncoding.EncodeToString([]byte(pickle0))) + "."), rules: []string{"nested-pickle"}, calls: -1},
		{name: "nested_in_zlib", data: []byte("\x80\x03" + inBytes(deflated(tb, pickle0)) + "."), rules: []string{"nested-pickle"}, calls: -1},
		{name: "nested_twice", data: []byte("\x80\x03" + inBytes("\x80\x03"+inBytes(pickle0)+"cx\ny\n.") + "."), rules: []string{"nested-pickle"}, calls: -1},
		{name: "nested_and_loaded", data: []byte("cpickle\nloads\n(" + inBytes(pickle0) + "tR."), rules: []string{"nested-pickle"}, calls: 1},
	}
	return append(all, archives(tb, []byte(pickle0))...)
}

// archives hides a pickle in archives.
func archives(tb testing.TB, pickle []byte) []attack {
	plain := zipped(tb, "archive/data.pkl", pickle)
	hidden := bytes.Clone(plain)
	copy(hidden[bytes.Index(hidden, []byte("PK\x05\x06"))+8:], make([]byte, 12)) // a directory without entries
	binary.LittleEndian.PutUint32(hidden[len(hidden)-6:], uint32(len(hidden)-22))
	wrongCRC := bytes.Clone(plain)
	wrongCRC[bytes.Index(wrongCRC, []byte("PK\x01\x02"))+16] ^= 1
	encrypted := bytes.Clone(plain)
	encrypted[bytes.Index(encrypted, []byte("PK\x01\x02"))+8] |= 1
	renamed := bytes.Clone(plain)
	renamed[bytes.Index(renamed, []byte("PK\x01\x02"))+46] = 'X'
	noDirectory := plain[:bytes.Index(plain, []byte("PK\x01\x02"))]
	return []attack{
		{name: "zip", data: plain, calls: -1},
		{name: "zip_of_any_extension", data: zipped(tb, "archive/picture.png", pickle), calls: -1},
		{name: "zip_with_data_before", data: append([]byte("MZ this is no archive"), plain...), rules: []string{"archive-prefix"}, calls: -1},
		{name: "zip_behind_a_pickle", data: append([]byte("N."), plain...), rules: []string{"archive-prefix", "trailing-data"}, calls: -1},
		{name: "zip_before_a_zip", data: append(bytes.Clone(plain), zipped(tb, "data.pkl", []byte("N."))...), rules: []string{"archive-prefix", "archive-hidden"}, calls: -1},
		{name: "zip_entry_twice", data: zipped(tb, "data.pkl", []byte("N."), "data.pkl", pickle), rules: []string{"archive-twice"}, calls: -1},
		{name: "zip_wrong_checksum", data: wrongCRC, rules: []string{"archive-checksum"}, calls: -1},
		{name: "zip_encrypted_flag", data: encrypted, rules: []string{"archive-headers"}, calls: -1},
		{name: "zip_two_names", data: renamed, rules: []string{"archive-headers"}, calls: -1},
		{name: "zip_hidden_entry", data: hidden, rules: []string{"archive-hidden"}, calls: -1},
		{name: "zip_without_directory", data: noDirectory, rules: []string{"damaged-archive", "archive-hidden"}, calls: -1},
		{name: "zip_end_in_the_comment", data: endInComment(pickle), rules: []string{"archive-headers"}, calls: -1},
		{name: "zip_in_zip", data: zipped(tb, "inner.zip", plain), calls: -1},
		{name: "gzip", data: gzipped(tb, pickle), calls: -1},
		{name: "gzip_cut_off", data: gzipped(tb, pickle)[:len(gzipped(tb, pickle))-8], rules: []string{"damaged-archive"}, calls: -1},
		{name: "gzip_twice", data: gzipped(tb, gzipped(tb, pickle)), calls: -1},
		{name: "zlib", data: []byte(deflated(tb, string(pickle))), calls: -1},
		{name: "zlib_behind_a_pickle", data: []byte("F1.5\n." + deflated(tb, string(pickle))), calls: -1},
		{name: "zlib_behind_a_pickle_and_more", data: []byte("F1.5\n." + deflated(tb, string(pickle)) + "more"), rules: []string{"archive-prefix"}, calls: -1},
		{name: "tar", data: tarred(tb, "model/data", pickle), calls: -1},
		{name: "tar_gz", data: gzipped(tb, tarred(tb, "model/data", pickle)), calls: -1},
		{name: "tar_with_a_pickle_for_a_name", data: tarred(tb, string(pickle), []byte("x")), calls: 1, rules: []string{"trailing-data"}},
		{name: "npy", data: npy("|O", pickle), calls: -1},
		{name: "npy_escaped", data: npy(`\x4f`, pickle), calls: -1},
		{name: "npz", data: zipped(tb, "array.npy", npy("|O", pickle)), calls: -1},
	}
}

// endInComment is an archive whose comment has a directory and an end record of
// its own. Python takes the last end record, also if its comment does not reach
// to the end of the file. The pickle that they lead to is in other data.
func endInComment(pickle []byte) []byte {
	const name = "data.pkl"
	header := func(signature, versions string, data []byte) string {
		return signature + versions + "\x00\x00\x00\x00\x00\x00\x00\x00" + le32(int(crc32.ChecksumIEEE(data))) + le32(len(data)) + le32(len(data)) +
			"\x08\x00\x00\x00"
	}
	local := func(data []byte) string { return header("PK\x03\x04", "\x14\x00", data) + name + string(data) }
	central := func(data []byte, at int) string {
		return header("PK\x01\x02", "\x14\x00\x14\x00", data) + strings.Repeat("\x00", 10) + le32(at) + name
	}
	end := func(directory string, at, comment int) string {
		return "PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00" + le32(len(directory)) + le32(at) + string(binary.LittleEndian.AppendUint16(nil, uint16(comment)))
	}
	harmless := []byte("N.")
	cover := []byte("no pickle " + local(pickle))
	first, second := local(harmless), local(cover)
	directory := central(harmless, 0) + strings.Replace(central(cover, len(first)), name, "data.txt", 1)
	second = strings.Replace(second, name, "data.txt", 1)
	body := first + second
	hidden := central(pickle, len(first)+30+len(name)+len("no pickle "))
	outer := strings.Replace(end(directory, len(body), len(hidden)+22+4), "\x01\x00\x01\x00", "\x02\x00\x02\x00", 1)
	return []byte(body + directory + outer + hidden + end(hidden, len(body)+len(directory)+22, 77) + "tail")
}

// argument is what the function is called with.
const argument = "harmless"

func le32(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }
func le64(n int) string { return string(binary.LittleEndian.AppendUint64(nil, uint64(n))) }

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func gzipped(tb testing.TB, data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	check(tb, err)
	check(tb, w.Close())
	return b.Bytes()
}

func deflated(tb testing.TB, data string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, err := w.Write([]byte(data))
	check(tb, err)
	check(tb, w.Close())
	return b.String()
}

// zipped stores entries, each a name and its data, as torch does.
func zipped(tb testing.TB, entries ...any) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		data := entries[i+1].([]byte)
		f, err := w.CreateRaw(&zip.FileHeader{Name: entries[i].(string), CRC32: crc32.ChecksumIEEE(data),
			CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data))})
		check(tb, err)
		_, err = f.Write(data)
		check(tb, err)
	}
	check(tb, w.Close())
	return b.Bytes()
}

func tarred(tb testing.TB, name string, data []byte) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	check(tb, w.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o644, Format: tar.FormatUSTAR}))
	_, err := w.Write(data)
	check(tb, err)
	check(tb, w.Close())
	return b.Bytes()
}

func npy(descr string, pickle []byte) []byte {
	header := "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (1,), }"
	header += strings.Repeat(" ", 64-(10+len(header)+1)%64) + "\n"
	return fmt.Appendf(nil, "\x93NUMPY\x01\x00%s%s%s", binary.LittleEndian.AppendUint16(nil, uint16(len(header))), header, pickle)
}

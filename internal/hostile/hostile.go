// Package hostile makes the pickles that have brought down unpicklers, or that
// were made up to bring down this one. They are for its tests, and for the table
// in SECURITY.md.
package hostile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
)

// Case is one way to attack.
type Case struct {
	Name   string        // what is in it; also the row of the table
	Target Target        // what it is decoded into
	Input  func() []byte // makes the pickle
}

// Target says what is done with an input.
type Target uint8

// The targets.
const (
	Any      Target = iota // decoded into an any
	Plain                  // the same, with PlainValues
	Maps                   // decoded into a []map[string]any
	AnyMap                 // decoded into a map[any]any
	Structs                // decoded into a []struct
	Nested                 // decoded into a type of slices of itself
	Hook                   // decoded into a type that decodes the item it has by a hook
	Stream                 // read by a Decoder
	Walk                   // parsed, and every item's class, key and value looked at alone
	Again                  // decoded into an any, and encoded
	Printed                // decoded into an any, and printed
	Compared               // decoded into two anys, which are compared
)

var targetNames = [...]string{"", "into Go maps, by PlainValues", "into `[]map[string]any`", "into `map[any]any`", "into structs",
	"into a type of slices of itself", "into a hook in a hook", "read from a stream", "each item parsed alone", "and encoded again", "and printed",
	"and compared with itself"}

// String returns what stands behind the name in the table.
func (t Target) String() string { return targetNames[t] }

func text(s string) func() []byte { return func() []byte { return []byte(s) } }

// repeat makes before, k times part, after.
func repeat(before string, k int, part, after string) func() []byte {
	return func() []byte {
		return slices.Concat([]byte(before), bytes.Repeat([]byte(part), k), []byte(after))
	}
}

// numbered makes before, the parts for 0 to k-1, after.
func numbered(before string, k int, part func(i uint32) string, after string) func() []byte {
	return func() []byte {
		b := []byte(before)
		for i := range uint32(k) {
			b = append(b, part(i)...)
		}
		return append(b, after...)
	}
}

// put and get are LONG_BINPUT and LONG_BINGET.
func put(i uint32) string { return "r" + string(binary.LittleEndian.AppendUint32(nil, i)) }
func get(i uint32) string { return "j" + string(binary.LittleEndian.AppendUint32(nil, i)) }

// long writes an int as LONG1.
func long(i *big.Int) string {
	b := i.Bytes()
	slices.Reverse(b)
	b = append(b, 0)
	return "\x8a" + string(rune(len(b))) + string(b)
}

// binfloat writes a float as BINFLOAT.
func binfloat(f float64) string {
	return "G" + string(binary.BigEndian.AppendUint64(nil, math.Float64bits(f)))
}

// Claims are the opcodes that carry a length, with the largest there is.
var Claims = map[string]string{
	"SHORT_BINSTRING":  "U\xff",
	"SHORT_BINBYTES":   "C\xff",
	"SHORT_BINUNICODE": "\x8c\xff",
	"LONG1":            "\x8a\xff",
	"BINSTRING":        "T\xff\xff\xff\xff",
	"BINUNICODE":       "X\xff\xff\xff\xff",
	"BINBYTES":         "B\xff\xff\xff\xff",
	"LONG4":            "\x8b\xff\xff\xff\x7f",
	"BINUNICODE8":      "\x8d\xff\xff\xff\xff\xff\xff\xff\x7f",
	"BINBYTES8":        "\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
	"BYTEARRAY8":       "\x96\xff\xff\xff\xff\xff\xff\xff\x7f",
	"FRAME":            "\x95\xff\xff\xff\xff\xff\xff\xff\x7f",
}

// collisions are keys that have one hash in CPython, in which an int is its
// remainder by 2**61-1.
func collisions(k int) func() []byte {
	prime := big.NewInt(1<<61 - 1)
	return numbered("}(", k, func(i uint32) string { return long(new(big.Int).Mul(prime, big.NewInt(int64(i+1)))) + "N" }, "u.")
}

// Names that the cases have in common.
const (
	slice   = "c__builtin__\nslice\nq\x010"
	getattr = "c__builtin__\ngetattr\nq\x000"
	partial = "cfunctools\npartial\nq\x000(cm\nC\ntq\x010"
)

// Cases returns all cases. Each makes its input anew.
func Cases() []Case {
	return slices.Concat(claims(), floods(), laughs(), keys(), calls(), again())
}

func claims() []Case {
	var all []Case
	for name, claim := range Claims {
		for _, t := range []Target{Any, Stream} {
			all = append(all, Case{name + " of as many bytes as it can claim", t, text(claim + "abc")})
		}
	}
	slices.SortFunc(all, func(a, b Case) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return int(a.Target) - int(b.Target)
	})
	return append(all, Case{"100,000 FRAMEs, each around all that follows", Any, frames})
}

func frames() []byte {
	const k = 100_000
	var b []byte
	for i := range k {
		b = append(b, 0x95)
		b = binary.LittleEndian.AppendUint64(b, uint64(9*(k-1-i)+2))
	}
	return append(b, "N."...)
}

func floods() []Case {
	sparse := numbered("N", 100_000, func(i uint32) string { return put(1<<31 + 40503*i) }, ".")
	return []Case{
		{"one memo entry, number 4,294,967,295", Any, text("N" + put(math.MaxUint32) + ".")},
		{"100,000 memo entries far from each other", Any, sparse},
		{"100,000 memo entries of 18 digits", Any, numbered("N", 100_000, func(i uint32) string { return fmt.Sprintf("p9%017d\n", i) }, ".")},
		{"a million MARKs", Any, repeat("", 1_000_000, "(", "N.")},
		{"a million DUPs", Any, repeat("]", 1_000_000, "2", ".")},
		{"a million empty lists", Any, repeat("(", 1_000_000, "]", "l.")},
		{"a million empty dicts", Any, repeat("(", 1_000_000, "}", "l.")},
		{"a million empty sets", Any, repeat("\x80\x04(", 1_000_000, "\x8f", "l.")},
		{"a million Nones", Structs, repeat("(", 1_000_000, "N", "l.")},
		{"a million nested lists", Any, func() []byte {
			return slices.Concat(bytes.Repeat([]byte("]"), 1_000_000), bytes.Repeat([]byte("a"), 999_999), []byte("."))
		}},
		{"a million nested lists", Nested, func() []byte {
			return slices.Concat(bytes.Repeat([]byte("]"), 1_000_000), bytes.Repeat([]byte("a"), 999_999), []byte("."))
		}},
		{"a million nested tuples", Any, repeat("N", 1_000_000, "\x85", ".")},
		{"a million nested tuples", Stream, repeat("N", 1_000_000, "\x85", ".")},
		{"5,000 nested lists", Hook, func() []byte {
			return slices.Concat(bytes.Repeat([]byte("]"), 5_000), bytes.Repeat([]byte("a"), 4_999), []byte("."))
		}},
		{"5,000 nested lists, each referred to twice", Hook, func() []byte {
			const k = 5_000
			lists := numbered("", k, func(i uint32) string { return "]" + put(i) }, strings.Repeat("a", k-1))()
			return slices.Concat(lists, numbered("", k, func(i uint32) string { return get(i) + "0" }, ".")())
		}},
		{"two million digits in an INT", Any, repeat("I", 2_000_000, "9", "\n.")},
		{"two million digits in a LONG", Any, repeat("L", 2_000_000, "9", "L\n.")},
		{"two million hexadecimal digits in a LONG", Any, repeat("L0x", 2_000_000, "f", "L\n.")},
		{"200 LONGs of 4,300 digits", Any, repeat("(", 200, "L"+strings.Repeat("9", 4300)+"L\n", "l.")},
		{"an int of two megabytes in a LONG4", Any, repeat("\x8b\x80\x84\x1e\x00", 2_000_000, "\x7f", ".")},
		{"100,000 persistent IDs", Any, repeat("N", 100_000, "Q", ".")},
		{"100,000 persistent objects", Any, repeat("(", 100_000, "NQ", "l.")},
		{"a million out-of-band buffers", Any, repeat("\x80\x05(", 1_000_000, "\x97", "l.")},
		{"500,000 extension codes", Any, repeat("(", 500_000, "\x82\x01", "l.")},
		{"a million APPENDs to two lists in turn", Any, repeat("]q\x000]q\x010", 500_000, "h\x00Na0h\x01Na0", "h\x00h\x01\x86.")},
	}
}

func laughs() []Case {
	lists := repeat("]", 40, "q\x00](h\x00h\x00e", ".")
	tuples := repeat(")", 40, "q\x00h\x00\x86", ".")
	states := numbered("}"+put(0)+"0", 40, func(i uint32) string { return "cm\nC\n)R}(Va\n" + get(i) + "Vb\n" + get(i) + "ub" + put(i+1) + "0" }, get(40)+".")
	ranges := repeat(slice+"N", 40, "q\x00h\x01h\x00h\x00N\x87R0h\x01h\x00h\x00N\x87R", ".")
	return []Case{
		{"laughs of lists", Any, lists},
		{"laughs of lists", Nested, lists},
		{"laughs of lists", Printed, lists},
		{"laughs of lists", Compared, lists},
		{"laughs of lists", Again, lists},
		{"laughs of tuples", Any, tuples},
		{"laughs of tuples", Printed, tuples},
		{"laughs of tuples", Compared, tuples},
		{"laughs of tuples", Again, tuples},
		{"laughs of objects", Any, states},
		{"laughs of objects", Compared, states},
		{"laughs of slices", Any, ranges},
		{"laughs of slices", Again, ranges},
		{"one list of 1,000 items as the state of 10,000 objects", Any, repeat("("+"(", 1000, "N", "lq\x000"+strings.Repeat("cm\nC\n)Rh\x00b", 10_000)+"l.")},
		{"one dict of 1,000 items as the state of 10,000 structs", Structs, func() []byte {
			state := numbered("(}(", 1000, func(i uint32) string { return fmt.Sprintf("V%d\nN", i) }, "uq\x000")()
			return slices.Concat(state, bytes.Repeat([]byte("cm\nC\n)Rh\x00b"), 10_000), []byte("l."))
		}},
		{"10,000 sets of one list of 10,000", Any, repeat("(("+strings.Repeat("N", 10_000)+"lq\x000c__builtin__\nset\nq\x010", 10_000, "h\x01h\x00\x85R", "l.")},
		{"one list of 10,000 bytes made bytes 10,000 times", Any, repeat("(("+strings.Repeat("K\x07", 10_000)+"lq\x000c__builtin__\nbytearray\nq\x010", 10_000, "h\x01h\x00\x85R", "l.")},
		{"_codecs.encode of one text of 10,000 characters, 10,000 times", Any, repeat("(X\x10\x27\x00\x00"+strings.Repeat("a", 10_000)+"q\x00c_codecs\nencode\nq\x010Vlatin1\nq\x0200", 10_000, "h\x01h\x00h\x02\x86R", "l.")},
	}
}

func keys() []Case {
	bomb := repeat("})", 60, "q\x00h\x00\x86", "Ns.")
	longText := "V" + strings.Repeat("k", 500_000) + "\nq\x000"
	return []Case{
		{"a key of tuples in tuples, shared", Any, bomb},
		{"a key of tuples in tuples, shared", AnyMap, bomb},
		{"an element of frozensets in frozensets, shared", Any, repeat("\x80\x04\x8f((\x91", 3000, "q\x00(h\x00K\x01\x91", "\x90.")},
		{"a key of slices in slices, shared", AnyMap, repeat(slice+"}N", 30, "q\x00\x30h\x01h\x00h\x00N\x87R", "Ns.")},
		{"a key of slices in slices, shared", Any, repeat(slice+"}N", 30, "q\x00\x30h\x01h\x00h\x00N\x87R", "Ns.")},
		{"a key of 50,000 nested tuples", Any, repeat("}N", 50_000, "\x85", "Ns.")},
		{"100,000 keys that are NaN", Any, repeat("}(", 100_000, binfloat(math.NaN())+"N", "u.")},
		{"100,000 keys that are NaN", AnyMap, repeat("}(", 100_000, binfloat(math.NaN())+"N", "u.")},
		{"100,000 keys that are tuples of NaN", Any, repeat("}(", 100_000, binfloat(math.NaN())+"\x85N", "u.")},
		{"500,000 times one key", Any, repeat("}(", 500_000, "K\x01N", "u.")},
		{"50,000 ints of one hash in CPython", Any, collisions(50_000)},
		{"50,000 ints of one hash in CPython", AnyMap, numbered("}(", 50_000, func(i uint32) string { return fmt.Sprintf("I%d\nN", uint64(i)<<40) }, "u.")},
		{"a text of 500,000 bytes as a key of 20,000 dicts", Any, repeat(longText+"(", 20_000, "}h\x00Ns", "l.")},
		{"a text of 500,000 bytes as a key of 20,000 dicts", Plain, repeat(longText+"(", 20_000, "}h\x00Ns", "l.")},
		{"a text of 500,000 bytes as a key of 20,000 dicts", Maps, repeat(longText+"(", 20_000, "}h\x00Ns", "l.")},
		{"a text of 500,000 bytes as a key of 20,000 dicts", Structs, repeat(longText+"(", 20_000, "}h\x00Ns", "l.")},
	}
}

func calls() []Case {
	longText := "V" + strings.Repeat("k", 500_000) + "\nq\x000"
	attributes := "V" + strings.Repeat("a", 1000) + "\nq\x010" + getattr + "cm\nC\nq\x020" + strings.Repeat("h\x00h\x02h\x01\x86q\x03Rq\x020", 31) + "("
	return []Case{
		{"a call that its arguments contain", Any, text("cm\nf\n]q\x00\x85Rq\x010h\x00h\x01a0h\x01.")},
		{"a registered function that its arguments contain", Any, text("cregistered\nf\n]q\x00\x85Rq\x010h\x00h\x01a0h\x01.")},
		{"an object that is its own state", Any, text("cm\nC\n)Rq\x00h\x00b.")},
		{"a set of a list of it", Any, text("c__builtin__\nset\n]q\x00\x85Rq\x010h\x00h\x01a0h\x01.")},
		{"functools.partial of itself", Any, text("cfunctools\npartial\n)Rq\x00(h\x00(cx\nC\ntNNtb)R.")},
		{"100,000 times functools.partial of the last one", Any, repeat(partial+"N", 100_000, "q\x050h\x00)R(h\x05h\x01NNtb", ")R.")},
		{"100,000 calls of what the last call returned", Any, repeat("cm\nf\n", 100_000, ")R", ".")},
		{"20,000 times getattr of what the last one returned", Any, repeat(getattr+"cm\nC\n", 20_000, "q\x020h\x00h\x02Va\n\x86q\x03R", ")R.")},
		{"100,000 calls of a class with a name of 31 kB in 1 kB", Any, repeat(attributes, 100_000, "h\x00h\x02h\x01\x86q\x03R)R", "l.")},
		{"a class with a name of 500,000 bytes, named 20,000 times", Any, repeat(longText+"(", 20_000, "h\x00h\x00\x93", "l.")},
		{"a class with a name of 500,000 bytes, with 20,000 instances", Any, repeat(longText+"h\x00h\x00\x93q\x010(", 20_000, "h\x01)R", "l.")},
		{"100,000 classes", Any, repeat("(", 100_000, "cm\nC\n", "l.")},
		{"100,000 objects", Any, repeat("cm\nC\nq\x000(", 100_000, "h\x00)R", "l.")},
		{"20,000 objects, each of a class that is named again", Walk, repeat("(", 20_000, "cm\nC\n)R", "l.")},
		{"100,000 BUILDs of one object", Any, repeat("cm\nC\n)R", 100_000, "}b", ".")},
	}
}

// again are values whose trouble begins when they have been decoded.
func again() []Case {
	longText := "V" + strings.Repeat("k", 500_000) + "\nq\x000"
	set := func() []byte {
		return slices.Concat(numbered("\x80\x04(\x8f(", 20_000, func(i uint32) string { return fmt.Sprintf("I%d\n", i+1000) }, "\x90q\x00")(),
			bytes.Repeat([]byte("h\x00"), 20_000), []byte("l."))
	}
	walk := func() []byte {
		b := numbered("(}(", 20_000, func(i uint32) string { return fmt.Sprintf("X\x05\x00\x00\x00%05d", i) + put(i) + "N" }, "u")()
		return append(numbered(string(b), 20_000, get, "l.")(), nil...)
	}
	return []Case{
		{"one set of 20,000, in a list 20,000 times", Again, set},
		{"one set of 20,000, in a list 20,000 times", Compared, set},
		{"a dict of 20,000 keys, each in a list, too", Walk, walk},
		{"a class with a name of 500,000 bytes, with 20,000 instances", Again, repeat(longText+"h\x00h\x00\x93q\x010(", 20_000, "h\x01)R", "l.")},
		{"a list in itself", Printed, text("]q\x00h\x00a.")},
		{"a list in itself", Compared, text("]q\x00h\x00a.")},
		{"a list in itself", Again, text("]q\x00h\x00a.")},
		{"a list in itself", Nested, text("]q\x00h\x00a.")},
		{"9,999 nested lists", Printed, func() []byte {
			return slices.Concat(bytes.Repeat([]byte("]"), 9_999), bytes.Repeat([]byte("a"), 9_998), []byte("."))
		}},
		{"9,999 nested lists", Compared, func() []byte {
			return slices.Concat(bytes.Repeat([]byte("]"), 9_999), bytes.Repeat([]byte("a"), 9_998), []byte("."))
		}},
		{"9,999 nested lists", Again, func() []byte {
			return slices.Concat(bytes.Repeat([]byte("]"), 9_999), bytes.Repeat([]byte("a"), 9_998), []byte("."))
		}},
	}
}

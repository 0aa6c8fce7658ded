package pickle_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/vm"
)

// decodeAll decodes the pickles of a golden, and describes them.
func decodeAll(t *testing.T, c pickletest.Case, opts ...pickle.Options) (values []any, description any, err error) {
	t.Helper()
	n, sharedMemo := c.Pickles()
	if n == 1 {
		var v any
		if err := pickle.Unmarshal(c.Data, &v, opts...); err != nil {
			return nil, nil, err
		}
		return []any{v}, describe(v, c.Protocol), nil
	}
	dec := pickle.NewDecoder(bytes.NewReader(c.Data), append(opts, pickle.KeepMemo(sharedMemo))...)
	d := describer{protocol: c.Protocol}
	var all []any
	for range n {
		var v any
		if err := dec.Decode(&v); err != nil {
			return nil, nil, err
		}
		values = append(values, v)
		if !sharedMemo {
			all = append(all, describe(v, c.Protocol))
		} else {
			all = append(all, d.any(v))
		}
	}
	d.ids.Number()
	if sharedMemo {
		return values, node{"memo": all}, nil
	}
	return values, node{"stream": all}, nil
}

// goldenOptions decode instances of all classes as Objects, which is what the
// descriptions are of.
func goldenOptions(c pickletest.Case) []pickle.Options {
	opts := []pickle.Options{pickle.Python2Strings(pickle.Python2ByteString), pickle.WithRegistry(new(pickle.Registry))}
	if len(c.Buffers) > 0 {
		opts = append(opts, pickle.Buffers(slices.Values(c.Buffers)))
	}
	return opts
}

// TestGoldens decodes what real Pythons wrote to the values that they say it
// is, and writes it again: to the same bytes where CPython's C pickler of
// version 3 wrote it.
func TestGoldens(t *testing.T) {
	for _, c := range pickletest.Load(t, pickletest.Dir(t)) {
		t.Run(c.ID(), func(t *testing.T) {
			values, description, err := decodeAll(t, c, goldenOptions(c)...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := pickletest.Diff(description, c.Expect); diff != "" {
				t.Fatal(diff)
			}
			if c.Pure() || c.Impl == "cpython2.7" {
				return
			}
			var out bytes.Buffer
			enc := pickle.NewEncoder(&out, pickle.Protocol(c.Protocol), pickle.KeepMemo(strings.Contains(string(c.Expect), `"memo"`)),
				pickle.BufferCallback(func(pickle.Buffer) (bool, error) { return false, nil }))
			for _, v := range values {
				if err := enc.Encode(v); err != nil {
					t.Fatal(err)
				}
			}
			got, want := out.Bytes(), c.Data
			if d, reason := difference(c); reason != "" {
				if bytes.Equal(got, want) {
					t.Fatalf("the bytes are the same, in spite of this: %s", reason)
				}
				got, want = d(got), d(want)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("encoded again:\n got  %.300q\n want %.300q", got, want)
			}
		})
	}
}

// TestModuleStrings encodes what CPython 3.13 wrote of classes and functions of
// the module builtins, whose names of the module are two strings there, and of
// empty bytes that are not one object.
func TestModuleStrings(t *testing.T) {
	for name, data := range map[string]string{
		"[len, 2+1j]": "\x80\x04]\x94(\x8c\bbuiltins\x94\x8c\x03len\x94\x93\x94" +
			"\x8c\bbuiltins\x94\x8c\acomplex\x94\x93\x94G@\x00\x00\x00\x00\x00\x00\x00G?\xf0\x00\x00\x00\x00\x00\x00\x86\x94R\x94e.",
		"[type, Ellipsis]": "\x80\x04]\x94(\x8c\bbuiltins\x94\x8c\x04type\x94\x93\x94h\x01\x8c\bEllipsis\x94\x93\x94e.",
		"[defaultdict(list), ZoneInfo('UTC')]": "\x80\x04]\x94(\x8c\vcollections\x94\x8c\vdefaultdict\x94\x93\x94\x8c\bbuiltins\x94\x8c\x04list\x94\x93\x94\x85\x94R\x94" +
			"\x8c\bbuiltins\x94\x8c\agetattr\x94\x93\x94\x8c\bzoneinfo\x94\x8c\bZoneInfo\x94\x93\x94\x8c\t_unpickle\x94\x86\x94R\x94\x8c\x03UTC\x94K\x01\x86\x94R\x94e.",
		"[(Ellipsis,), {dict}, ValueError('x')]": "\x80\x04\x95G\x00\x00\x00\x00\x00\x00\x00]\x94(\x8c\x08builtins\x94\x8c\x08Ellipsis\x94\x93\x94\x85\x94\x8f\x94(h\x01\x8c\x04dict\x94\x93\x94\x90h\x01\x8c\x0aValueError\x94\x93\x94\x8c\x01x\x94\x85\x94R\x94e.",
		"two empty bytes":                        "\x80\x04]\x94(C\x00\x94C\x00\x94e.",
		"one empty bytes":                        "\x80\x04]\x94(C\x00\x94h\x01e.",
	} {
		var v any
		if err := pickle.Unmarshal([]byte(data), &v); err != nil {
			t.Fatal(name, err)
		}
		again, err := pickle.Marshal(v, pickle.Protocol(4))
		if err != nil {
			t.Fatal(name, err)
		}
		if got, want := withoutFrames(again), withoutFrames([]byte(data)); hasAddresses && !bytes.Equal(got, want) {
			t.Errorf("%s: encoded again:\n got  %q\n want %q", name, got, want)
		}
	}
}

// difference returns why the bytes of a golden are not those that CPython 3.13
// writes for the value, and what makes them equal.
func difference(c pickletest.Case) (normal func([]byte) []byte, reason string) {
	nothing := func([]byte) []byte { return nil }
	switch {
	case !hasAddresses && (boxed.MatchString(c.Name) || c.Protocol >= 4 && namesakes.MatchString(c.Name)):
		return nothing, "without package unsafe equal strings are one object, and a complex, range or slice is none of its own"
	case oneName.MatchString(c.Name) && c.Protocol < 3:
		return nothing, "two classes of Python 3 have one name in Python 2, by which they are one Global"
	case c.Name == "subclass_str_char":
		return nothing, "strings of one character are one object, even that which a subclass of str makes for its arguments"
	case c.Impl != "cpython3.6":
		return nil, ""
	case c.Protocol < 3 && strings.Contains(c.Name, "bytearray") && !strings.HasPrefix(c.Name, "subclass"):
		return nothing, "CPython 3.6 makes a bytearray of a str and an encoding"
	case c.Protocol < 5 && c.Name == "bytearray_list":
		return nothing, "CPython 3.6 writes the empty bytearray with an argument"
	case c.Protocol == 0 && (longs.Match(c.Data) || fewEscapes.MatchString(c.Name)):
		return func(p []byte) []byte { return ints.ReplaceAll(escapes.Replace(p), []byte("L${1}L\n")) },
			"CPython 3.6 writes LONG at protocol 0, and escapes only the backslash and the newline"
	case c.Protocol == 4 && slices.Contains([]string{"stream", "memo_objects", "memo_tuple"}, c.Name), c.Protocol == 4 && len(c.Data) < 15:
		return withoutFrames, "CPython 3.6 also frames what is shorter than 4 bytes"
	case c.Protocol == 4 && largeFrames.MatchString(c.Name):
		return withoutFrames, "CPython 3.6 has large payloads in frames"
	}
	return nil, ""
}

var (
	fewEscapes = regexp.MustCompile(`^(bytes_all|bytes_escapes|str_escapes|std_(date|time|datetime.*))$`)

	longs = regexp.MustCompile(`L-?[0-9]{1,9}L\n`)
	ints  = regexp.MustCompile(`I(-?[1-9][0-9]*|0)\n`)
)

// The cases of values without an address under the build tag purego, and those
// that have a string and, from protocol 4 on, a name equal to it.
var (
	boxed     = regexp.MustCompile(`^(shared_(complex|range|slice|equal_not_same)|std_element|std_zoneinfo_two)$`)
	namesakes = regexp.MustCompile(`^((std_)?exception_group|globals|method_class|std_array.*|std_configparser|std_datetime.*)$`)
)

// The cases of two exceptions that are OSError by the names of Python 2.
var oneName = regexp.MustCompile(`^(exception_os|std_exception_os(error|_subclasses))$`)

var largeFrames = regexp.MustCompile(`^frame_(bytes|str)_(exact|plus1)$`)

// escapes undoes escapes that are not needed.
var escapes = replacer{strings.NewReplacer(`\u0000`, "\x00", `\u000d`, "\r", `\u001a`, "\x1a")}

type replacer struct{ *strings.Replacer }

func (r replacer) Replace(p []byte) []byte { return []byte(r.Replacer.Replace(string(p))) }

// withoutFrames removes FRAME and its argument from a pickle.
func withoutFrames(p []byte) []byte {
	out := []byte{}
	for i := 0; i < len(p); i++ {
		if p[i] == byte(vm.OpFrame) && i+9 <= len(p) && bytes.HasSuffix(p[i+4:i+9], []byte{0, 0, 0, 0, 0}) {
			i += 8
			continue
		}
		out = append(out, p[i])
	}
	return out
}

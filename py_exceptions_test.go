package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// exception returns an exception of a built-in class.
func exception(class string, args ...any) *pickle.Exception {
	return &pickle.Exception{Class: builtinClass(class), Args: append(pickle.Tuple{}, args...)}
}

func builtinClass(name string) pickle.Global { return pickle.Global{Module: "builtins", Name: name} }

func withAttrs(e *pickle.Exception, pairs ...any) *pickle.Exception {
	e.Attrs = pickle.NewDict(pairs...)
	return e
}

// exceptionOptions compare dicts as Python does. None of PyPy is an empty one.
var exceptionOptions = cmp.Options{cmpopts.EquateEmpty(), cmp.Comparer(func(a, b *pickle.Dict) bool {
	return a.Len() == 0 && b.Len() == 0 || pickle.Equal(a, b)
})}

func textProtocol36(c pickletest.Case) string {
	if c.Impl == "cpython3.6" && c.Protocol == 0 && longs.Match(c.Data) {
		return "CPython 3.6 writes LONG at protocol 0"
	}
	return ""
}

func TestExceptionGoldens(t *testing.T) {
	testStandard(t, []standard{
		{name: "std_exception_value", want: []any{exception("ValueError", "x"), exception("ValueError"), exception("ValueError", "x", nil)}, otherBytes: textProtocol36},
		{name: "std_exception_key", want: []any{exception("KeyError", int64(1)), exception("IndexError", "list index out of range"), exception("ZeroDivisionError", "division by zero")}, otherBytes: textProtocol36},
		{name: "std_exception_exit", want: []any{exception("StopIteration", int64(3)), exception("SystemExit", int64(2)), exception("SystemExit"), exception("KeyboardInterrupt"), exception("GeneratorExit")}, otherBytes: textProtocol36},
		{name: "std_exception_oserror", want: []any{exception("FileNotFoundError", int64(2), "No such file", "f"), exception("FileNotFoundError", int64(2), "No such file"), exception("OSError", "x"), exception("OSError")}, otherBytes: textProtocol36},
		{name: "std_exception_os_two_files", want: exception("FileNotFoundError", int64(2), "No such file", "f", nil, "g"), otherBytes: textProtocol36},
		{name: "std_exception_os_subclasses", want: []any{exception("PermissionError", int64(13), "no"), exception("FileExistsError", int64(17), "there"), exception("BrokenPipeError", int64(32), "pipe"), exception("BlockingIOError", int64(11), "again")}, otherBytes: textProtocol36},
		{name: "std_exception_unicode_encode", want: exception("UnicodeEncodeError", "ascii", "aÿ", int64(1), int64(2), "ordinal not in range(128)"), otherBytes: textProtocol36},
		{name: "std_exception_import", want: []any{withAttrs(exception("ImportError", "no"), "name", "m"), withAttrs(exception("ImportError", "no"), "name", "m", "path", "/p"), exception("ImportError", "no")}},
		{name: "std_exception_syntax", want: exception("SyntaxError", "invalid syntax", pickle.Tuple{"f.py", int64(1), int64(5), "a b\n"}), otherBytes: textProtocol36},
		{name: "std_exception_nested", want: exception("ValueError", "x", []any{exception("KeyError", int64(1))}, pickle.Tuple{exception("ValueError", exception("ValueError"))}), otherBytes: textProtocol36},
		{name: "std_exception_notes", want: []any{withAttrs(exception("ValueError", "x"), "__notes__", []any{"one"}), withAttrs(exception("KeyError", int64(1)), "__notes__", []any{"one", "two"})}},
		{name: "std_exception_group", want: exception("ExceptionGroup", "many", []any{exception("ValueError", int64(1)), exception("ExceptionGroup", "g", []any{exception("KeyError", int64(2))})}), otherBytes: func(c pickletest.Case) string {
			if !hasAddresses && c.Protocol >= 4 {
				return "without package unsafe the module of an ExceptionGroup is no string of its own"
			}
			return ""
		}},
		{name: "std_exception_base_group", want: exception("BaseExceptionGroup", "many", []any{exception("KeyboardInterrupt")})},
	}, exceptionOptions)
}

// TestExceptionIdentity: an exception that contains itself, and the dict and
// arguments that belong to more than one object.
func TestExceptionIdentity(t *testing.T) {
	for _, c := range standardGoldens(t, "std_exception_cycle") {
		var e *pickle.Exception
		if err := pickle.Unmarshal(c.Data, &e); err != nil {
			t.Fatal(c.ID(), err)
		}
		if self, _ := e.Attrs.Get("e"); self != any(e) {
			t.Errorf("%s: its attribute is not itself: %v", c.ID(), e)
		}
	}
	e := withAttrs(exception("ValueError", "x"), "k", int64(1))
	data, err := pickle.Marshal([]any{e, e.Args, e.Attrs, e})
	if err != nil {
		t.Fatal(err)
	}
	var got []any
	if err := pickle.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	x := got[0].(*pickle.Exception)
	if &x.Args[0] != &got[1].(pickle.Tuple)[0] || got[2] != any(x.Attrs) || got[3] != any(x) {
		t.Errorf("not the same objects: %v", got)
	}
}

// outOfStock is a user's exception as a Go type of its own.
type outOfStock struct{ pickle.Exception }

type soldOut struct {
	Message string `pickle:"message"`
	Code    int    `pickle:"code,omitempty"`
}

func (s *soldOut) Error() string { return s.Message }

func TestExceptionTargets(t *testing.T) {
	data, err := pickle.Marshal(exception("KeyError", "k"))
	if err != nil {
		t.Fatal(err)
	}
	var asError error
	var asValue pickle.Exception
	var asPointer *pickle.Exception
	var asStringer fmt.Stringer
	for _, target := range []any{&asError, &asValue, &asPointer, &asStringer} {
		if err := pickle.Unmarshal(data, target); err != nil {
			t.Errorf("into %T: %v", target, err)
		}
	}
	if asError.Error() != "KeyError: 'k'" || asValue.Message() != "'k'" || asPointer.Args[0] != "k" || asStringer.String() != "KeyError('k')" {
		t.Error(asError, asValue, asPointer, asStringer)
	}
	for _, target := range []any{new(int), new(string), new([]any), new(map[string]any), new(struct{ A int }), new(fs.FileInfo)} {
		var e *pickle.UnmarshalTypeError
		if err := pickle.Unmarshal(data, target); !errors.As(err, &e) {
			t.Errorf("into %T: %v", target, err)
		}
	}
	for _, other := range []any{"text", nil, pickle.NewDict("a", 1), 1.5, builtinClass("ValueError")} {
		data, err := pickle.Marshal([]any{other})
		if err != nil {
			t.Fatal(err)
		}
		var es []pickle.Exception
		err = pickle.Unmarshal(data, &es)
		var e *pickle.UnmarshalTypeError
		if !errors.As(err, &e) || e.Path != "[0]" {
			t.Errorf("%v into an Exception: %v", other, err)
		}
	}
}

// TestExceptionUser: the exceptions of a program.
func TestExceptionUser(t *testing.T) {
	r := pickle.NewRegistry()
	for _, err := range []error{
		r.Register("shapes.MyError", outOfStock{}),
		r.Register("shapes.MyValueError", soldOut{}, pickle.Arguments("message")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range standardGoldens(t, "std_exception_user") {
		var errs []error
		if err := pickle.Unmarshal(c.Data, &errs, pickle.WithRegistry(r)); err != nil {
			t.Fatal(c.ID(), err)
		}
		var mine *outOfStock
		var sold *soldOut
		if !errors.As(errs[1], &mine) || mine.Error() != "shapes.MyError: ('bad', 2)" || !errors.As(errs[2], &sold) || sold.Message != "v" {
			t.Errorf("%s: %v", c.ID(), errs)
		}
		got, err := pickle.Marshal(errs, pickle.WithRegistry(r), pickle.Protocol(c.Protocol))
		if err != nil || !c.Pure() && c.Impl != "cpython2.7" && textProtocol36(c) == "" && !bytes.Equal(got, c.Data) {
			t.Errorf("%s: written again: %v\n got  %q\n want %q", c.ID(), err, got, c.Data)
		}
		// Nothing is registered: an *Object in an any, an Exception where that is asked for.
		var objects []any
		var exceptions []*pickle.Exception
		if err := pickle.Unmarshal(c.Data, &objects); err != nil {
			t.Fatal(err)
		}
		if err := pickle.Unmarshal(c.Data, &exceptions); err != nil {
			t.Fatal(err)
		}
		if _, ok := objects[0].(*pickle.Object); !ok || exceptions[2].Error() != "shapes.MyValueError: v" {
			t.Errorf("%s: %v, %v", c.ID(), objects, exceptions)
		}
	}
}

func TestExceptionIs(t *testing.T) {
	for _, tt := range []struct {
		err    *pickle.Exception
		target error
		want   bool
	}{
		{exception("KeyError", 1), &pickle.Exception{Class: builtinClass("KeyError")}, true},
		{exception("KeyError", 1), &pickle.Exception{Class: builtinClass("LookupError")}, true},
		{exception("KeyError", 1), &pickle.Exception{Class: builtinClass("BaseException")}, true},
		{exception("KeyError", 1), &pickle.Exception{Class: builtinClass("IndexError")}, false},
		{exception("LookupError", 1), &pickle.Exception{Class: builtinClass("KeyError")}, false},
		{exception("ExceptionGroup", "g", []any{}), &pickle.Exception{Class: builtinClass("BaseExceptionGroup")}, true},
		{exception("ExceptionGroup", "g", []any{}), &pickle.Exception{Class: builtinClass("Exception")}, true},
		{exception("KeyError", 1), exception("KeyError", 1), false},
		{exception("KeyError", 1), (*pickle.Exception)(nil), false},
		{exception("KeyError", 1), fs.ErrNotExist, false},
		{exception("ValueError", 2, "x"), fs.ErrNotExist, false},
		{exception("OSError", 2, "x"), fs.ErrNotExist, true},
		{exception("IOError", int64(17), "x"), fs.ErrExist, true},
		{exception("FileNotFoundError", "x"), fs.ErrNotExist, true},
		{exception("PermissionError", 1, "x"), fs.ErrPermission, true},
		{exception("OSError", 13, "x"), fs.ErrPermission, true},
		{exception("OSError", 5, "x"), fs.ErrPermission, false},
		{&pickle.Exception{Class: pickle.Global{Module: "shop", Name: "KeyError"}}, &pickle.Exception{Class: builtinClass("LookupError")}, false},
		{&pickle.Exception{Class: pickle.Global{Module: "shop", Name: "X"}, Args: pickle.Tuple{1}}, &pickle.Exception{Class: pickle.Global{Module: "shop", Name: "X"}}, true},
	} {
		if got := errors.Is(fmt.Errorf("wrapped: %w", tt.err), tt.target); got != tt.want {
			t.Errorf("errors.Is(%v, %v) = %v", tt.err, tt.target, got)
		}
	}
}

// TestExceptionHostile: arguments that no Python writes, and calls that are no
// exceptions. None of them panics; what is none stays an *Object.
func TestExceptionHostile(t *testing.T) {
	args := []any{nil, -1, int64(1) << 40, "x", []byte{1}, []any{}, pickle.Tuple{}, pickle.Tuple{nil, nil, nil, nil}, pickle.NewDict(), true, 1.5, exception("KeyError")}
	for _, class := range []string{"KeyError", "OSError", "BlockingIOError", "SyntaxError", "ExceptionGroup", "UnicodeDecodeError", "UnicodeEncodeError", "UnicodeTranslateError", "ValueError"} {
		for n := range 7 {
			for shift := range args {
				e := exception(class)
				for i := range n {
					e.Args = append(e.Args, args[(i*5+shift)%len(args)])
				}
				data, err := pickle.Marshal(e)
				if err != nil {
					t.Fatal(err)
				}
				var got error
				if err := pickle.Unmarshal(data, &got); err != nil {
					t.Fatal(err)
				}
				if !strings.HasPrefix(got.Error(), got.(*pickle.Exception).Class.Name) {
					t.Errorf("%v: %s", e, got.Error())
				}
			}
		}
	}
	for name, data := range map[string]string{
		"a state that is no dict": "cexceptions\nValueError\n(tR(I1\ntb.",
		"items":                   "cexceptions\nValueError\n(tR(I1\ne.",
		"NEWOBJ":                  "\x80\x02cexceptions\nValueError\n)\x81.",
		"the class, built":        "\x80\x02cexceptions\nValueError\n}b.",
	} {
		var v any
		if err := pickle.Unmarshal([]byte(data), &v); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if _, ok := v.(*pickle.Object); !ok {
			t.Errorf("%s: %T", name, v)
		}
		var e error
		var mismatch *pickle.UnmarshalTypeError
		if err := pickle.Unmarshal([]byte(data), &e); !errors.As(err, &mismatch) {
			t.Errorf("%s into an error: %v", name, err)
		}
	}
	e := exception("ValueError")
	e.Args = pickle.Tuple{e}
	if s := e.Error(); s != "ValueError: ..." {
		t.Errorf("an exception that is its own argument: %.100q", s)
	}
	if s := e.String(); s != "ValueError(...)" {
		t.Errorf("an exception that is its own argument: %.100q", s)
	}
	if _, err := pickle.Marshal(&pickle.Exception{}); err == nil {
		t.Error("an Exception without a class was written")
	}
}

// randomExceptions makes a list of exceptions with what Python says of each.
const randomExceptions = `
import random, traceback, builtins, warnings
r = random.Random(%d)
classes = [c for n, c in sorted(vars(builtins).items()) if isinstance(c, type) and issubclass(c, BaseException) and not n.startswith('_')]
values = [None, True, -3, 2, 13, 0, 1, 104, 2**70, 1.5, u'', u'x', u"it's", u'two words', u'\u20ac', u'a\nb', u'/tmp/f', b'', b'a\xff', (), (1,), [1, u'l'], {u'k': 1},
    frozenset(), (u'f.py', 3, 1, u'code'), (u'/a/f.py', None, 1, u'code'), (None, 7, 1, u'code'), u'\U0001f600abc', u'\ud800']
value = []
while len(value) < %d:
    c = r.choice(classes)
    args = [r.choice(values) for _ in range(r.choice([0, 1, 1, 1, 2, 2, 3, 4, 5]))]
    if r.random() < .2 and value: args.append(r.choice(value)[0])
    if c.__name__ == 'UnicodeDecodeError': args = [u'utf-8', b'ab\xff', r.choice([0, 1, 2]), r.choice([1, 2, 3]), u'why']
    if c.__name__ == 'UnicodeEncodeError': args = [u'ascii', r.choice([u'a\xe9z', u'a\u20acz', u'a\U0001f600z', u'a\ud800z']), r.choice([0, 1, 2]), r.choice([1, 2, 3]), u'why']
    if c.__name__ == 'UnicodeTranslateError': args = [u'a\xe9z', r.choice([0, 1, 2]), r.choice([1, 2, 3]), u'why']
    if c.__name__.endswith('ExceptionGroup'): args = [u'group', [ValueError(1)] * r.choice([1, 2])]
    try:
        e = c(*args)
        if r.random() < .2: e.code = 3
        text = str(e)
        line = traceback.format_exception_only(type(e), e)[-1][:-1]
        if isinstance(e, SyntaxError): line = c.__name__ + (text and ': ' + text)
        value.append([e, u'=' + text, repr(e), line]) # a text of one letter is an object of its own in Python
    except Exception: pass
`

// compareExceptions compares the texts and bytes of random exceptions with
// those of a Python, and returns how many there were.
func compareExceptions(t *testing.T, version string, protocol, seed, count int) {
	t.Helper()
	python := pickletest.StartPython(t, version)
	data, err := python.Dumps(fmt.Sprintf(randomExceptions, seed, count), protocol)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]any
	if err := pickle.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		e, ok := x[0].(*pickle.Exception)
		if !ok {
			t.Fatalf("%v is a %T", x[0], x[0])
		}
		if protocol < 3 {
			continue // several classes have one name then
		}
		if "="+e.Message() != x[1] || e.String() != x[2] || e.Error() != x[3] {
			t.Errorf("%v:\n got  %q, %q, %q\n want %q", e, e.Message(), e.String(), e.Error(), x[1:])
		}
	}
	again, err := pickle.Marshal(all, pickle.Protocol(protocol))
	if err != nil {
		t.Fatal(err)
	}
	if hasAddresses && version == reference && protocol >= 3 && !bytes.Equal(again, data) {
		i := 0
		for i < min(len(again), len(data)) && (again[i] == data[i] || i < 11) {
			i++
		}
		t.Errorf("written again, from %d on:\n got  %.300q\n want %.300q", i, again[max(i-200, 0):], data[max(i-200, 0):])
	}
	if ok, err := python.Same(again, data, protocol); err != nil || !ok {
		t.Errorf("Python finds another value: %v", err)
	}
}

func TestLiveExceptionTexts(t *testing.T) {
	for _, version := range []string{"3.8", "3.11", "3.13"} {
		for protocol := range 5 {
			compareExceptions(t, version, protocol, protocol+1, 200)
		}
	}
}

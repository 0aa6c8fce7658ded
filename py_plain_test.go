package pickle_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// Tests of what has no Go type of its own: enums, and what programs keep.

func functionValues() []liveValue {
	note := func(e *pickle.Exception, notes ...any) *pickle.Exception { return withAttrs(e, "__notes__", notes) }
	shared := exception("ValueError", "shared")
	return []liveValue{
		{name: "exceptions", value: same([]any{exception("ValueError", "x"), exception("KeyError", 1), exception("ValueError"), exception("StopIteration", 5), exception("SystemExit", 2)}),
			python: "[ValueError(u'x'), KeyError(1), ValueError(), StopIteration(5), SystemExit(2)]", since: "3.6"},
		{name: "named like its argument", value: same(exception("ValueError", "ValueError", "builtins")), python: "ValueError(u'ValueError', u'builtins')", namesake: true},
		{name: "attributes", value: same(withAttrs(exception("ValueError", "x"), "code", 3)), python: "value = ValueError(u'x'); value.code = 3", two: "its attribute names are of another type"},
		{name: "notes", value: same(note(exception("ValueError", "x"), "one", "two")), python: "value = ValueError(u'x'); value.add_note(u'one'); value.add_note(u'two')", since: "3.11"},
		{name: "import error", value: same(withAttrs(exception("ModuleNotFoundError", "no"), "name", "m")), python: "ModuleNotFoundError(u'no', name=u'm')", since: "3.6", least: 3, two: "it has none"},
		{name: "os errors", value: same([]any{exception("FileNotFoundError", 2, "no", "f"), exception("OSError", "x"), exception("BlockingIOError", 11, "again"), exception("TimeoutError", 110, "late")}),
			python: "[OSError(2, u'no', u'f'), OSError(u'x'), OSError(11, u'again'), TimeoutError(110, u'late')]", since: "3.6", two: "it has one class"},
		{name: "unicode error", value: same(exception("UnicodeEncodeError", "ascii", "é", 0, 1, "why")), python: `UnicodeEncodeError('ascii', u'\xe9', 0, 1, 'why')`, two: "its arguments are of other types"},
		{name: "groups", value: same([]any{exception("ValueError", 0), exception("ExceptionGroup", "g", []any{exception("ValueError", 1), exception("ExceptionGroup", "h", []any{exception("KeyError", "k")})})}),
			python: "[ValueError(0), ExceptionGroup(u'g', [ValueError(1), ExceptionGroup(u'h', [KeyError(u'k')])])]", since: "3.11", namesake: true},
		{name: "base group", value: same(exception("BaseExceptionGroup", "g", []any{exception("KeyboardInterrupt")})), python: "BaseExceptionGroup(u'g', [KeyboardInterrupt()])", since: "3.11"},
		{name: "shared exception", value: same([]any{shared, shared}), python: "x = ValueError(u'shared'); value = [x, x]"},
		{name: "namespaces", value: same([]any{namespace("b", 1, "a", []any{}), namespace(), &pickle.SimpleNamespace{}}), python: "import types; value = [types.SimpleNamespace(b=1, a=[]), types.SimpleNamespace(), types.SimpleNamespace()]", since: "3.6"},
		{name: "patterns", value: same([]any{pickle.Pattern{Pattern: "a+", Flags: 34}, pickle.Pattern{Pattern: []byte("b\xff"), Flags: 0}}), python: `[re.compile(u'a+', re.I | re.U), re.compile(b'b\xff')]`, two: "bytes are a str"},
		{name: "partials", value: same([]any{&pickle.Partial{Func: pyFunction("function")}, &pickle.Partial{Func: builtinClass("len"), Args: pickle.Tuple{"x"}, Kwargs: pickle.NewDict("k", 2)}}),
			python: "import functools; value = [functools.partial(shapes.function), functools.partial(len, u'x', k=2)]", two: "its attribute names are of another type"},
		{name: "partial with attributes", value: same(&pickle.Partial{Func: pyFunction("function"), Attrs: pickle.NewDict("note", 1)}), python: "import functools; value = functools.partial(shapes.function); value.note = 1", two: "its attribute names are of another type"},
		{name: "operator", value: same([]any{&pickle.ItemGetter{Items: pickle.Tuple{1}}, &pickle.ItemGetter{Items: pickle.Tuple{1, "a"}}, &pickle.AttrGetter{Names: []string{"a.b", "c"}}, &pickle.MethodCaller{Name: "f", Args: pickle.Tuple{1}}}),
			python: "import operator; value = [operator.itemgetter(1), operator.itemgetter(1, u'a'), operator.attrgetter(u'a.b', u'c'), operator.methodcaller(u'f', 1)]", since: "3.6", namesake: true},
		{name: "method caller with keywords", value: same(&pickle.MethodCaller{Name: "f", Args: pickle.Tuple{1}, Kwargs: pickle.NewDict("x", 2)}), python: "import operator; value = operator.methodcaller(u'f', 1, x=2)", since: "3.6"},
	}
}

// TestLiveFunctionValues: natural values of Go are the same in every Python, and
// the same bytes and repr in 3.13; what Python writes comes back as it was.
func TestLiveFunctionValues(t *testing.T) {
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		for _, c := range functionValues() {
			if version == "2.7" && (c.two != "" || c.since != "") || c.since != "" && !atLeast(version, c.since) || protocol < c.least {
				continue
			}
			compareLive(t, python, version, protocol, c, nil)
			data, err := python.Dumps(c.python, protocol)
			if err != nil {
				t.Fatal(err)
			}
			var v any
			if err := pickle.Unmarshal(data, &v, pickle.DisallowUnknownClasses(!strings.Contains(c.name, "partial"))); err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if again := marshalled(t, v, pickle.Protocol(protocol)); version == reference && (hasAddresses || !c.namesake) && !bytes.Equal(again, data) {
				t.Errorf("%s: written again:\n got  %q\n want %q", c.name, again, data)
			}
			if version != reference || strings.HasPrefix(c.name, "partial") { // which shows functions with their addresses
				continue
			}
			if repr, err := python.Repr(data); err != nil || repr != pickle.Repr(v) {
				t.Errorf("%s: %v\n got  %s\n want %s", c.name, err, pickle.Repr(v), repr)
			}
		}
	})
}

// TestPatternRepr: flags and long patterns.
func TestPatternRepr(t *testing.T) {
	python := pickletest.StartPython(t, reference)
	for _, source := range []string{
		"''", "'a', re.A", "'a', re.I|re.M|re.S|re.X", "b'a', re.L|re.I", "b'a'", "'a', re.DEBUG", "'x' * 198", "'x' * 199", "'x' * 500", `'\xe9\u20ac\n' * 100`, `"it's"`, `b'\xff\'' * 100`,
	} {
		data, err := python.Dumps("import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()): value = re.compile("+source+")", 4)
		if err != nil {
			t.Fatal(err)
		}
		var p pickle.Pattern
		if err := pickle.Unmarshal(data, &p); err != nil {
			t.Fatal(err)
		}
		want, err := python.Dumps("import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()): value = repr(re.compile("+source+"))", 4)
		if err != nil {
			t.Fatal(err)
		}
		var repr string
		if err := pickle.Unmarshal(want, &repr); err != nil || p.String() != repr {
			t.Errorf("%s: %v\n got  %s\n want %s", source, err, p, repr)
		}
	}
}

// TestEnums: a member is its value where that is asked for, and of the type
// that its class is registered for; else it is an *Object.
func TestEnums(t *testing.T) {
	into(t, "std_enum_int_all", []int{1, 2})
	into(t, "std_enum_text", []string{"r", "g", "r"})
	into(t, "std_enum_combined", []int{7, 5, 6, 0, 8})
	into(t, "std_enum_regexflags", 10)
	into(t, "std_enum_httpstatus", []uint16{200, 404})
	into(t, "std_enum_safeuuid", []int{0, -1, 0}) // SafeUUID.unknown has the value None
	notInto(t, "std_enum_text", []int{})
	for _, c := range standardGoldens(t, "std_enum_httpstatus") {
		var v []any
		if err := pickle.Unmarshal(c.Data, &v); err != nil {
			t.Fatal(err)
		}
		if o, ok := v[0].(*pickle.Object); !ok || o.Class != (pickle.Global{Module: "http", Name: "HTTPStatus"}) {
			t.Errorf("%s: %v", c.ID(), v)
		}
	}
	r := pickle.NewRegistry()
	type perm uint8
	type status int
	for _, err := range []error{
		r.Register("shapes.Perm", perm(0), pickle.Enum()), r.Register("http.HTTPStatus", status(0), pickle.Enum()),
		r.Register("enums.Pair", enumPair{}, pickle.Enum()), r.Register("enums:Outer.Inner", namedInt(0), pickle.Enum()),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range standardGoldens(t, "std_enum_httpstatus") {
		var v []any
		if err := pickle.Unmarshal(c.Data, &v, pickle.WithRegistry(r)); err != nil || v[1] != any(status(404)) {
			t.Errorf("%s: %v, %v", c.ID(), v, err)
		}
	}
	python := pickletest.StartPython(t, reference)
	for protocol := range pickle.HighestProtocol + 1 {
		data, err := python.Dumps(enumModule+"value = [Pair.A, Outer.Inner.X, Pair.B, Pair.A]", protocol)
		if err != nil {
			t.Fatal(err)
		}
		want := []any{enumPair{X: 1, Y: 2}, namedInt(1), enumPair{X: 3, Y: 4}, enumPair{X: 1, Y: 2}}
		var v []any
		if err := pickle.Unmarshal(data, &v, pickle.WithRegistry(r)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, v); diff != "" {
			t.Error(diff)
		}
		again := marshalled(t, v, pickle.WithRegistry(r), pickle.Protocol(protocol))
		if !bytes.Equal(again, data) {
			t.Errorf("protocol %d: written again:\n got  %q\n want %q", protocol, again, data)
		}
		// A member by its name, as enum.pickle_by_enum_name has it, is no value.
		if data, err = python.Dumps(enumModule+"value = [Named.X, Named.X]", protocol); err != nil {
			t.Fatal(err)
		}
		if err := pickle.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		if o, ok := v[0].(*pickle.Object); !ok || len(o.Args) != 2 || o.Args[1] != "X" || v[0] != v[1] {
			t.Errorf("by name: %v", v)
		}
		if again := marshalled(t, v, pickle.Protocol(protocol)); !bytes.Equal(again, data) {
			t.Errorf("by name, protocol %d: written again:\n got  %q\n want %q", protocol, again, data)
		}
		var e *pickle.UnmarshalTypeError
		if err := pickle.Unmarshal(data, new([]int)); !errors.As(err, &e) {
			t.Errorf("by name, into ints: %v", err)
		}
	}
}

type enumPair struct {
	_    struct{} `pickle:",tuple"`
	X, Y int
}

const enumModule = `
import enum, sys, types
m = sys.modules.setdefault('enums', types.ModuleType('enums'))
exec('''
import enum
class Pair(enum.Enum):
    A = (1, 2)
    B = (3, 4)
class Outer:
    class Inner(enum.IntEnum):
        X = 1
class Named(enum.Enum):
    X = 1
    __reduce_ex__ = enum.pickle_by_enum_name
''', m.__dict__)
Pair, Outer, Named = m.Pair, m.Outer, m.Named
`

// TestPlainObjects: objects of Python's library that are plain attributes and items
// go into structs and maps.
func TestPlainObjects(t *testing.T) {
	type morsel struct {
		Key     string         `pickle:"key"`
		Value   string         `pickle:"value"`
		Coded   string         `pickle:"coded_value"`
		Path    string         `pickle:"path"`
		Unknown map[string]any `pickle:",unknown"`
	}
	for _, c := range standardGoldens(t, "std_cookie") {
		var cookies map[string]morsel
		if err := pickle.Unmarshal(c.Data, &cookies); err != nil {
			t.Errorf("%s: %v", c.ID(), err)
		} else if m := cookies["id"]; m.Value != "a b" || m.Coded != `"a b"` || m.Key != "id" || m.Unknown["domain"] != "" {
			t.Errorf("%s: %+v", c.ID(), cookies)
		}
	}
	into(t, "std_cookiejar_cookie", struct {
		Name    string `pickle:"name"`
		Domain  string `pickle:"domain"`
		Expires int64  `pickle:"expires"`
		Secure  bool   `pickle:"secure"`
	}{"n", "example.com", 1700000000, true})
	into(t, "std_email_message", struct {
		Headers [][2]string `pickle:"_headers"`
		Payload string      `pickle:"_payload"`
	}{[][2]string{{"Subject", "late order"}}, "text\n"})
	into(t, "std_logrecord", logRecord{Name: "shop", Level: 30, LevelName: "WARNING", Message: "order %d", Created: 1700000000.25, File: "/srv/orders.py", Line: 42, Function: "check", Process: 4711})
	into(t, "std_argparse_namespace", struct {
		Verbose bool `pickle:"verbose"`
	}{true})
	into(t, "std_argparse_namespace", map[string]bool{"verbose": true})
}

// TestLogRecords reads what logging.handlers.SocketHandler sends: a pickle of
// the attributes of a record behind its length.
func TestLogRecords(t *testing.T) {
	for _, p := range livePythons {
		t.Run(p.version, func(t *testing.T) {
			python := pickletest.StartPython(t, p.version)
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			source := fmt.Sprintf(`
import logging, logging.handlers
h = logging.handlers.SocketHandler('127.0.0.1', %d)
log = logging.Logger('shop')
log.addHandler(h)
log.warning('order %%d', 1001)
try:
    1 // 0
except ZeroDivisionError:
    log.exception('failed')
h.close()
value = None`, listener.Addr().(*net.TCPAddr).Port)
			done := make(chan error, 1)
			go func() {
				_, err := python.Dumps(source, 2)
				listener.Close()
				done <- err
			}()
			records, err := receiveRecords(listener)
			if err := errors.Join(err, <-done); err != nil {
				t.Fatal(err)
			}
			if len(records) != 2 || records[0].Name != "shop" || records[0].Message != "order 1001" || records[0].Level != 30 || records[0].Created < 1e9 ||
				records[1].LevelName != "ERROR" || !strings.Contains(records[1].Exception, "ZeroDivisionError") {
				t.Errorf("%+v", records)
			}
		})
	}
}

// receiveRecords reads the records of one connection.
func receiveRecords(listener net.Listener) (records []logRecord, err error) {
	conn, err := listener.Accept()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	for {
		r, err := readLogRecord(conn)
		if err == io.EOF {
			return records, nil
		} else if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
}

// readLogRecord reads one record: a length of 4 bytes and a pickle.
func readLogRecord(conn io.Reader) (r logRecord, err error) {
	const most = 1 << 20
	var size uint32
	if err := binary.Read(conn, binary.BigEndian, &size); err != nil {
		return r, err
	}
	if size > most {
		return r, fmt.Errorf("a record of %d bytes", size)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(conn, data); err != nil {
		return r, err
	}
	err = pickle.Unmarshal(data, &r)
	return r, err
}

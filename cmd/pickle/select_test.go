package main

import (
	"bytes"
	"math/big"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// selectLive are Python expressions, and paths into their values.
var selectLive = []struct {
	from   int // the protocol that can have it
	source string
	paths  []string
}{
	{0, "[1, (2, [3, {'a': 4}])]", []string{"[0]", "[-1]", "[1][1][1]['a']", "[+1][0x1][ -1 ]['a' ]", "[1][1][0b0]", "[0_0]"}},
	{0, `{'a': 1, 'a b': 2, "it's": 3, 'tab\t\x00\xe9\u20ac\U0001f600\ud800': 4, '\\': 5, '\\q': 6, '': 7}`, []string{
		`['a']`, `["a b"]`, `["it's"]`, `['it\'s']`, `['tab\t\x00\xe9\u20ac\U0001f600\ud800']`, `['tab\011\0\351€😀\ud800']`, `['\\']`, `[r'\q']`, `[R"\q"]`, `[u'']`,
	}},
	{0, `{1: 'int', 1 << 70: 'large', -5: 'negative', 1.5: 'float', 10.0**20: 'another', None: 'none', b'a\xff': 'bytes', b'\\': 'slash'}`, []string{
		"[1]", "[True]", "[1.0]", "[1180591620717411303424]", "[-5]", "[-0x5]", "[1.5]", "[15e-1]", "[1e20]", "[None]", `[b'a\xff']`, `[B"a\377"]`, `[b'\\']`, `[b"\x5c"]`,
	}},
	{0, "{(): 'none', (1,): 'one', ('x', (2, b'')): 'two', frozenset([1]): 'set'}", []string{"[()]", "[(1,)]", "[1,]", "[ ( 1 , ) ]", "['x', (2, b'')]", "[('x', (2, b''),)]"}},
	{0, "[shapes.Plain(x=1, y=[2])]", []string{"[0].x", "[0].y[0]"}},
	{2, "[shapes.Slots(3, 4), shapes.SlotsDict(5, z=6)]", []string{"[0].x", "[0].y", "[1].x", "[1].z"}},
	{0, "[shapes.MyList([1, [2]]), shapes.MyDict({0: 'a', 'b': ['c']})]", []string{"[0][-1][0]", "[1][0]", "[1]['b'][0]"}},
	{0, "collections.OrderedDict([('a', 1), (2, 'b')])", []string{"['a']", "[2]"}},
	{0, "collections.Counter('abca')", []string{"['a']", "['c']"}},
	{0, "collections.defaultdict(list, {0: [1], 'k': [2]})", []string{"[0]", "['k'][0]"}},
	{0, "collections.deque([1, [2, 3]])", []string{"[0]", "[-1][1]"}},
	{0, "__import__('types').SimpleNamespace(a=1, b=[2])", []string{".a", ".b[0]"}},
}

// TestSelectLive: what a path leads to is what it leads to in Python.
func TestSelectLive(t *testing.T) {
	py := pickletest.StartPython(t, "3.13")
	for _, tt := range selectLive {
		for protocol := tt.from; protocol <= pickle.HighestProtocol; protocol++ {
			data, err := py.Dumps(tt.source, protocol)
			if err != nil {
				t.Fatalf("%s: %v", tt.source, err)
			}
			for _, path := range tt.paths {
				part, err := py.Dumps("("+tt.source+")"+path, protocol)
				if err != nil {
					t.Fatalf("%s%s: %v", tt.source, path, err)
				}
				want, err := py.Repr(part)
				if err != nil {
					t.Fatal(err)
				}
				var stdout, stderr bytes.Buffer
				code := run([]string{"show", "--select", path}, bytes.NewReader(data), &stdout, &stderr)
				if got := strings.TrimSuffix(stdout.String(), "\n"); code != exitOK || got != want {
					t.Errorf("%s%s at protocol %d: %s %s, want %s", tt.source, path, protocol, got, &stderr, want)
				}
			}
		}
	}
}

// selectFrom has what the paths of TestSelect lead into.
func selectFrom(t *testing.T) []byte {
	t.Helper()
	item := &pickle.Object{
		Class: pickle.Global{Module: "shop", Name: "Item"}, Args: pickle.Tuple{int64(7)}, State: pickle.NewDict("name", "attribute", "only", int64(5)),
		Pairs: []pickle.Pair{{Key: "name", Value: "item"}, {Key: "other", Value: int64(6)}},
	}
	data, err := pickle.Marshal(pickle.NewDict(
		"list", []any{int64(1), pickle.NewDict("name", "deep")}, "item", item, "text", "abc",
		"counter", pickle.Counter{}, "many", strings.Split(strings.Repeat("x", 30), ""), "set", pickle.NewSet(int64(1)),
	), pickle.WithRegistry(pickle.NewRegistry()))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSelect(t *testing.T) {
	data := selectFrom(t)
	for _, tt := range []struct{ path, want string }{
		{"list[1].name", "'deep'"},
		{".list[1].name", "'deep'"},
		{"['list'][-1]['name']", "'deep'"},
		{"item.name", "'attribute'"},
		{"item['name']", "'item'"},
		{"item.only", "5"},
		{"item.other", "6"},
		{"item.__args__[0]", "7"},
		{"item.__args__[-1]", "7"},
		{"item.__state__.only", "5"},
		{"item.__state__['only']", "5"},
		{"set[0]", "1"},
		// What is not there.
		{"lists", "no lists: the value is a dict with [\"list\"], [\"item\"], [\"text\"], [\"counter\"], [\"many\"], [\"set\"]"},
		{"list[2].name", "no list[2]: list is a list with 2 items"},
		{"list[-3]", "no list[-3]: list is a list with 2 items"},
		{"list.name", "no list.name: list is a list with 2 items"},
		{"list[1].name.x", "no list[1].name.x: list[1].name is 'deep'"},
		{"text[0]", "no text[0]: text is 'abc'"},
		{"item.size", "no item.size: item is an instance of shop.Item with [\"name\"], [\"other\"], .name, .only, .__args__"},
		{"item[0]", "no item[0]: item is an instance of shop.Item with [\"name\"], [\"other\"], .name, .only, .__args__"},
		{"item.__kwargs__", "no item.__kwargs__: item is an instance of shop.Item with [\"name\"], [\"other\"], .name, .only, .__args__"},
		{"item.__args__[1]", "no item.__args__[1]: item.__args__ is a tuple with 1 item"},
		{"item.__args__[0].x", "no item.__args__[0].x: item.__args__[0] is 7"},
		{"['many'][30]", "no ['many'][30]: ['many'] is a list with 30 items"},
	} {
		var stdout, stderr bytes.Buffer
		want, code := tt.want+"\n", exitOK
		if strings.HasPrefix(tt.want, "no ") {
			want, code = "pickle: standard input: "+want, exitFailed
		}
		if got := run([]string{"show", "--select", tt.path}, bytes.NewReader(data), &stdout, &stderr); got != code || stdout.String()+stderr.String() != want {
			t.Errorf("%s: exit code %d\n got  %s%s want %s", tt.path, got, &stdout, &stderr, want)
		}
	}
}

// TestSelectHostile: what a message has from a pickle is short, and nothing that
// a terminal would act upon.
func TestSelectHostile(t *testing.T) {
	for data, want := range map[string]string{
		"(dV" + strings.Repeat("k", 10_000) + "\nNs.":        `no [0]: the value is a dict with ["` + strings.Repeat("k", 58) + "…",
		"(i\x1b[2J\nC\n(dV\x1b[3J\nNsb.":                     `no [0]: the value is an instance of '\\x1b[2J.C' with .\x1b[3J`,
		"(d" + strings.Repeat("I1\nNsI2\nNsI3\nNs", 9) + ".": "no [0]: the value is a dict with [1], [2], [3]",
	} {
		var stderr bytes.Buffer
		run([]string{"show", "--select", "[0]"}, strings.NewReader(data), new(bytes.Buffer), &stderr)
		if stderr.String() != "pickle: standard input: "+want+"\n" {
			t.Errorf("%.50q: %s, want %s", data, &stderr, want)
		}
	}
}

// TestSelectOnly: what is beside the part is not decoded; here it could not be.
func TestSelectOnly(t *testing.T) {
	const data = "](}]I1\nsI5\ne." // the key of the dict is a list
	for path, want := range map[string]string{"[1]": "5\n", "[0]": ""} {
		var stdout, stderr bytes.Buffer
		run([]string{"show", "--select", path}, strings.NewReader(data), &stdout, &stderr)
		if stdout.String() != want || (want == "") != strings.Contains(stderr.String(), "unhashable") {
			t.Errorf("%s: %q, %q", path, &stdout, &stderr)
		}
	}
}

func TestSelectSyntax(t *testing.T) {
	for _, tt := range []struct{ path, want string }{
		{"", "the path is empty"},
		{".", "a point without a name"},
		{"a..b", "a point without a name"},
		{"a.b.", "a point without a name"},
		{"[0]a", `"a" where there should be a point or [`},
		{"0", `"0" is no name: items are [0], other keys ['in quotes']`},
		{"user-id", `"user-id" is no name: items are [0], other keys ['in quotes']`},
		{"[]", "nothing in []"},
		{"[ ]", "nothing in []"},
		{"[1", "no ] at the end"},
		{"['a", "no ' at the end"},
		{`['\`, "no ' at the end"},
		{`["a']`, `no " at the end`},
		{"[(1]", `"]" where there should be a comma or )`},
		{"[1 2]", `"2" where there should be a comma or ]`},
		{"[a]", `"a" is no literal of Python: text is in quotes`},
		{"[,]", `"" is no literal of Python: text is in quotes`},
		{"[0_1]", `"0_1" is no literal of Python: text is in quotes`},
		{"[01]", `"01" is no literal of Python: text is in quotes`},
		{"[--1]", `"--1" is no literal of Python: text is in quotes`},
		{"[0x1p3]", `"0x1p3" is no literal of Python: text is in quotes`},
		{"[inf]", `"inf" is no literal of Python: text is in quotes`},
		{"[1:2]", `"1:2" is no literal of Python: text is in quotes`},
		{`['\xg1']`, `\xg1 is no character`},
		{`['\u12']`, `\u12'] is no character`},
		{`['\U00110000']`, `\U00110000 is no character`},
		{`[b'\400']`, `\400 is no character`},
		{`['\N{DASH}']`, `characters by name, \N, are not supported: use \u`},
		{"[b'é']", `bytes literals are ASCII: write \xe9`},
	} {
		var s selection
		if err := s.Set(tt.path); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.path, err, tt.want)
		}
	}
}

// TestLiteral has what TestSelectLive cannot see: the types.
func TestLiteral(t *testing.T) {
	for text, want := range map[string]any{
		"1": int64(1), "-0x10": int64(-16), "0": int64(0), "00": int64(0), "9223372036854775808": new(big.Int).Lsh(big.NewInt(1), 63),
		"1.": 1.0, ".5": .5, "1e3": 1e3, "True": true, "b''": []byte{}, "''": "", "'a' ": "a",
	} {
		if got, _, err := literals(text+"]", ']'); err != nil || !sameLeaf(got, want) {
			t.Errorf("%s: %#v, %v", text, got, err)
		}
	}
}

package pickle_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

var (
	split  = pickle.SplitResult{Scheme: "http", Netloc: "user@example.com:80", Path: "/a/b", Query: "c=d", Fragment: "e"}
	parsed = pickle.ParseResult{Scheme: "http", Netloc: "example.com", Path: "/a", Params: "p", Query: "c=d", Fragment: "e"}
)

var sameURL = cmp.Comparer(func(a, b url.URL) bool { return a.String() == b.String() })

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

func TestURLResults(t *testing.T) {
	testStandard(t, []standard{
		{name: "std_url_split", want: &split},
		{name: "std_url_parse", want: &parsed},
	})
	const text = "http://user@example.com:80/a/b?c=d#e"
	into(t, "std_url_split", split)
	into(t, "std_url_split", text)
	into(t, "std_url_split", *mustURL(text), sameURL)
	into(t, "std_url_split", mustURL(text), sameURL)
	into(t, "std_url_split", [5]string{"http", "user@example.com:80", "/a/b", "c=d", "e"})
	into(t, "std_url_split", pickle.Tuple{"http", "user@example.com:80", "/a/b", "c=d", "e"})
	into(t, "std_url_split", fmt.Stringer(&split))
	into(t, "std_url_parse", parsed)
	into(t, "std_url_parse", "http://example.com/a;p?c=d#e")
	into(t, "std_url_parse", mustURL("http://example.com/a;p?c=d#e"), sameURL)
	for _, target := range []any{0, map[string]string(nil), []int(nil), struct{ A, B, C, D, E string }{}, pickle.ParseResult{}} {
		notInto(t, "std_url_split", target)
	}
}

// TestURLBytes: the variants of bytes are objects, and fit the same targets.
func TestURLBytes(t *testing.T) {
	for _, c := range standardGoldens(t, "std_url_split_bytes") {
		var v []any
		if err := pickle.Unmarshal(c.Data, &v); err != nil {
			t.Fatal(err)
		}
		if o, ok := v[0].(*pickle.Object); !ok || o.Class.Name != "SplitResultBytes" {
			t.Errorf("%s: %T", c.ID(), v[0])
		}
		root, err := pickle.Parse(c.Data)
		if err != nil {
			t.Fatal(err)
		}
		var s pickle.SplitResult
		var p pickle.ParseResult
		if err := root.Index(0).Decode(&s); err != nil || s.GetURL() != "http://example.com/a?b#c" {
			t.Errorf("%s: %v, %v", c.ID(), s, err)
		}
		if err := root.Index(1).Decode(&p); err != nil || p.GetURL() != "/a;p" {
			t.Errorf("%s: %v, %v", c.ID(), p, err)
		}
		if err := root.Index(1).Decode(&s); err == nil {
			t.Errorf("%s: six parts in a SplitResult: %v", c.ID(), s)
		}
	}
}

// TestURL: a URL is text.
func TestURL(t *testing.T) {
	u := mustURL("https://user:secret@example.com/a%2Fb?q=1#f")
	in := struct {
		P, Nil *url.URL
		V      url.URL
		M      map[url.URL]int
	}{u, nil, *mustURL("/x"), map[url.URL]int{*mustURL("k"): 1}}
	data, err := pickle.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := pickle.Unmarshal(data, &v); err != nil || pickle.Repr(v) != "{'P': 'https://user:secret@example.com/a%2Fb?q=1#f', 'Nil': None, 'V': '/x', 'M': {'k': 1}}" {
		t.Errorf("%v, %v", v, err)
	}
	out := in
	out.P, out.V, out.M = nil, url.URL{}, nil
	if err := pickle.Unmarshal(data, &out); err != nil || out.P.String() != u.String() || out.P.RawPath != u.RawPath || out.V.Path != "/x" || out.Nil != nil || len(out.M) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	if s := pickle.Repr([]any{u, *u}); strings.Count(s, "'https://user:secret@example.com/a%2Fb?q=1#f'") != 2 {
		t.Error(s)
	}
	for _, bad := range []any{1, []string{"http", "h"}, "http://[::1", "%zz", map[string]string{"Host": "h"}} {
		data, err := pickle.Marshal(bad)
		if err != nil {
			t.Fatal(err)
		}
		var target url.URL
		err = pickle.Unmarshal(data, &target)
		if e, ok := err.(*pickle.UnmarshalTypeError); !ok || target != (url.URL{}) || e.Type.String() != "url.URL" {
			t.Errorf("%v: %v, %v", bad, target, err)
		}
	}
}

func TestLiveURL(t *testing.T) {
	const python2 = "try:\n from urllib.parse import *\nexcept ImportError: from urlparse import *\nvalue = "
	shared := &pickle.SplitResult{Scheme: strings.Clone("http"), Netloc: "h", Path: "/p", Query: "q=1", Fragment: "frag"}
	u := mustURL("http://h/p")
	testLiveValues(t, []liveValue{
		{name: "split", value: same([]any{&split, *shared}), python: python2 + "[urlsplit(u'http://user@example.com:80/a/b?c=d#e'), urlsplit(u'http://h/p?q=1#frag')]"},
		{name: "parse", value: same(parsed), python: python2 + "urlparse(u'http://example.com/a;p?c=d#e')"},
		{name: "key", value: same(map[pickle.SplitResult]int{*shared: 1}), python: python2 + "{urlsplit(u'http://h/p?q=1#frag'): 1}"},
		{name: "shared", value: same([]any{shared, shared}), python: python2 + "[urlsplit(u'http://h/p?q=1#frag')] * 2"},
		{name: "URL", value: same([]*url.URL{u, u}), python: "x = u'http://h/p'; value = [x, x]"},
	})
}

// TestLiveURLRandom: the URL of random parts is the one that Python makes.
func TestLiveURLRandom(t *testing.T) {
	compareURLs(t, pickletest.StartPython(t, reference), 1, 1000)
}

func compareURLs(t *testing.T, python *pickletest.Python, seed uint64, n int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 5))
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	var list []any
	for range n {
		scheme, netloc := pick("", "", "http", "mailto", "file", "ftp", "svn", "x"), pick("", "", "h", "u@h:1")
		path, params := pick("", "/", "//", "///", "a", "/a", "//a/b", "a;b"), pick("", "", "p", ";")
		query, fragment := pick("", "q", "?"), pick("", "f", "#")
		if r.IntN(2) == 0 {
			list = append(list, &pickle.SplitResult{Scheme: scheme, Netloc: netloc, Path: path, Query: query, Fragment: fragment})
		} else {
			list = append(list, &pickle.ParseResult{Scheme: scheme, Netloc: netloc, Path: path, Params: params, Query: query, Fragment: fragment})
		}
	}
	data, err := pickle.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	source := fmt.Sprintf("import pickle; value = [u.geturl() for u in pickle.loads(bytes([%s]))]", strings.Trim(strings.ReplaceAll(fmt.Sprint(data), " ", ","), "[]"))
	answer, err := python.Dumps(source, 4)
	var want, got []string
	if err == nil {
		err = pickle.Unmarshal(answer, &want)
	}
	if err == nil {
		err = pickle.Unmarshal(data, &got)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if got[i] != want[i] {
			t.Errorf("%v: %q, Python has %q", list[i], got[i], want[i])
		}
	}
	if text, err := python.Repr(data); err != nil || text != pickle.Repr(list) {
		t.Errorf("Repr: %v\n got  %.500s\n want %.500s", err, pickle.Repr(list), text)
	}
}

func TestURLEqual(t *testing.T) {
	a, b := split, split
	if !pickle.Equal(&a, &b) || !pickle.Equal(&a, pickle.Tuple{"http", "user@example.com:80", "/a/b", "c=d", "e"}) || pickle.NewSet(&a, &b).Len() != 1 {
		t.Error("a SplitResult is not the tuple that it is in Python")
	}
	if b.Path = "/"; pickle.Equal(&a, &b) || pickle.Equal(&a, (*pickle.SplitResult)(nil)) || !pickle.Equal((*pickle.ParseResult)(nil), nil) {
		t.Error("other parts are equal")
	}
	if p := parsed; !pickle.Equal(&p, &parsed) || pickle.Equal(&p, &a) {
		t.Error("ParseResult")
	}
}

func TestURLHostile(t *testing.T) {
	s := func(n int) (args pickle.Tuple) {
		for range n {
			args = append(args, "x")
		}
		return args
	}
	for _, args := range []pickle.Tuple{nil, s(4), s(6), {nil, "", "", "", ""}, {"", "", "", "", 1}, {[]byte("x"), "", "", "", ""}} {
		stays(t, pickle.Global{Module: "urllib.parse", Name: "SplitResult"}, args, new(pickle.SplitResult), new(pickle.ParseResult), new(string), new(url.URL))
	}
}

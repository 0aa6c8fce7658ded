package pickle

import (
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/go-pickle/pickle/vm"
)

// Python's module urllib.parse, which is urlparse in Python 2. A url.URL is a
// str, for which most of Python's libraries ask.

func registerURLLib() {
	standardClass("urllib.parse.SplitResult", SplitResult{}, tupleContents, NamedTuple())
	standardClass("urllib.parse.ParseResult", ParseResult{}, tupleContents, NamedTuple())
}

// SplitResult is what Python's urllib.parse.urlsplit returns: the parts of a
// URL, as they are in it. It also decodes into url.URL and string types, as the
// URL, and into what a tuple goes into. The variant of bytes goes into a
// SplitResult as well, though in an any it is an *Object.
type SplitResult struct {
	Scheme   string `pickle:"scheme"`
	Netloc   string `pickle:"netloc"`
	Path     string `pickle:"path"`
	Query    string `pickle:"query"`
	Fragment string `pickle:"fragment"`
}

// ParseResult is what Python's urllib.parse.urlparse returns: like
// SplitResult, with the parameters of the last element of the path apart.
type ParseResult struct {
	Scheme   string `pickle:"scheme"`
	Netloc   string `pickle:"netloc"`
	Path     string `pickle:"path"`
	Params   string `pickle:"params"`
	Query    string `pickle:"query"`
	Fragment string `pickle:"fragment"`
}

// GetURL returns the URL that the parts make, like Python's geturl.
func (s SplitResult) GetURL() string {
	return unsplitURL(s.Scheme, s.Netloc, s.Path, s.Query, s.Fragment)
}

// GetURL returns the URL that the parts make, like Python's geturl.
func (p ParseResult) GetURL() string {
	path := p.Path
	if p.Params != "" {
		path += ";" + p.Params
	}
	return unsplitURL(p.Scheme, p.Netloc, path, p.Query, p.Fragment)
}

// MarshalText returns what GetURL does.
func (s SplitResult) MarshalText() ([]byte, error) { return []byte(s.GetURL()), nil }

// MarshalText returns what GetURL does.
func (p ParseResult) MarshalText() ([]byte, error) { return []byte(p.GetURL()), nil }

// String returns s as Python's str and repr do: SplitResult(scheme=…).
func (s SplitResult) String() string { return Repr(s) }

// String returns p as Python's str and repr do: ParseResult(scheme=…).
func (p ParseResult) String() string { return Repr(p) }

// UnmarshalPickle reads the parts from an instance or a tuple of them.
func (s *SplitResult) UnmarshalPickle(v Value) error {
	return v.urlParts(reflect.TypeOf(*s), &s.Scheme, &s.Netloc, &s.Path, &s.Query, &s.Fragment)
}

// UnmarshalPickle reads the parts from an instance or a tuple of them.
func (p *ParseResult) UnmarshalPickle(v Value) error {
	return v.urlParts(reflect.TypeOf(*p), &p.Scheme, &p.Netloc, &p.Path, &p.Params, &p.Query, &p.Fragment)
}

func (s *SplitResult) comparesAs() any {
	if s == nil {
		return nil
	}
	return Tuple{s.Scheme, s.Netloc, s.Path, s.Query, s.Fragment}
}

func (p *ParseResult) comparesAs() any {
	if p == nil {
		return nil
	}
	return Tuple{p.Scheme, p.Netloc, p.Path, p.Params, p.Query, p.Fragment}
}

func (s SplitResult) call() call {
	return call{name: "SplitResult", named: []namedValue{
		{"scheme", s.Scheme}, {"netloc", s.Netloc}, {"path", s.Path}, {"query", s.Query}, {"fragment", s.Fragment}}}
}

func (p ParseResult) call() call {
	return call{name: "ParseResult", named: []namedValue{
		{"scheme", p.Scheme}, {"netloc", p.Netloc}, {"path", p.Path}, {"params", p.Params}, {"query", p.Query}, {"fragment", p.Fragment}}}
}

var errURLParts = errors.New("it does not have the parts of a URL")

// tupleContents is the contentsFunc of named tuples.
func tupleContents(d *decoder, in *vm.Instance) vm.Node {
	n := in.Args
	if in.Form == vm.FormReconstructor && n.Kind() == vm.KindTuple && len(d.g.Kids(n)) == 1 {
		n = d.nativeOf(d.g.Kids(n)[0])
	}
	if n.Kind() != vm.KindTuple || in.State.Kind() != vm.KindNothing || len(d.g.Kids(in.Self)) > 0 || len(d.g.Pairs(in)) > 0 {
		return vm.Node{}
	}
	return n
}

// urlParts stores the parts of a URL, which are a tuple or an instance of a
// class that is not registered for another type than t. Those of the class for
// t are text; None, which has no place in a string, is an error.
func (v Value) urlParts(t reflect.Type, parts ...*string) error {
	n, text := v.n, false
	if v.Kind() == vm.KindInstance {
		in := v.d.g.Instance(n)
		c := v.d.class(in.Callable)
		if text = c.class != nil; text && c.class.typ != t {
			return errOtherType
		}
		n = tupleContents(v.d, in)
	}
	items, ok := v.d.items(n)
	if !ok || len(items) != len(parts) {
		return errURLParts
	}
	for i, item := range items {
		switch k := v.d.nativeOf(item).Kind(); {
		case k == vm.KindStr || k == vm.KindByteString:
		case k == vm.KindBytes && !text:
		default:
			return errURLParts
		}
		if err := v.child(item, i).Decode(parts[i]); err != nil {
			return err
		}
	}
	return nil
}

// relativeNetlocs are the schemes that urllib.parse writes // after though there
// is nothing between that and the path: uses_netloc.
var relativeNetlocs = []string{"", "ftp", "http", "gopher", "nntp", "telnet", "imap", "wais", "file", "mms", "https", "shttp", "snews",
	"prospero", "rtsp", "rtsps", "rtspu", "rsync", "svn", "svn+ssh", "sftp", "nfs", "git", "git+ssh", "ws", "wss", "itms-services"}

// unsplitURL is urllib.parse.urlunsplit.
func unsplitURL(scheme, netloc, path, query, fragment string) string {
	switch {
	case netloc != "" && path != "" && path[0] != '/':
		path = "//" + netloc + "/" + path
	case netloc != "":
		path = "//" + netloc + path
	case strings.HasPrefix(path, "//"),
		scheme != "" && slices.Contains(relativeNetlocs, scheme) && (path == "" || path[0] == '/'):
		path = "//" + path
	}
	if scheme != "" {
		path = scheme + ":" + path
	}
	if query != "" {
		path += "?" + query
	}
	if fragment != "" {
		path += "#" + fragment
	}
	return path
}

var urlType = reflect.TypeFor[url.URL]()

// encodeURL writes a URL as a str.
func encodeURL(e *encoder, v reflect.Value) error {
	id := e.valueIdentity(v)
	if e.recall(id) {
		return nil
	}
	u := v.Interface().(url.URL)
	text := u.String()
	if short := shortIdentity(text); short != (identity{}) {
		id = short
	}
	return e.newString(text, id)
}

// decodeURL parses what fits a string: a str, or the result of urlsplit.
func decodeURL(d *decoder, n vm.Node, v reflect.Value) error {
	if k := n.Kind(); k == vm.KindNone || k == vm.KindPersistent {
		return d.other(n, v, decodeURL)
	}
	text := reflect.New(stringType).Elem()
	if err := decodeString(d, n, text); isMismatch(err) {
		return d.mismatch(n, v.Type(), nil)
	} else if err != nil {
		return err
	}
	u, err := url.Parse(text.String())
	if err != nil {
		return d.hookError(n, v.Type(), err)
	}
	v.Set(reflect.ValueOf(*u))
	return nil
}

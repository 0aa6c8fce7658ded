package pickle

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// Python's module pathlib.

func registerPathlib() {
	for _, module := range []string{"pathlib", "pathlib._local"} {
		for class, name := range pathClasses {
			var opts []FuncOption
			if module == "pathlib" && class == 0 {
				opts = []FuncOption{Reduces(reducePath)}
			}
			standardFunc(module+"."+name, pathFunc(PathClass(class), module != "pathlib"), opts...)
		}
	}
}

// PathClass is a class of Python's pathlib.
type PathClass uint8

// The classes of paths. The pure ones load anywhere, a PosixPath only where
// Python runs on a POSIX system, a WindowsPath only on Windows.
const (
	PurePosixPath PathClass = iota
	PosixPath
	PureWindowsPath
	WindowsPath
)

var pathClasses = [...]string{"PurePosixPath", "PosixPath", "PureWindowsPath", "WindowsPath"}

// String returns the name of the class.
func (c PathClass) String() string {
	if int(c) < len(pathClasses) {
		return pathClasses[c]
	}
	return "PathClass?"
}

func (c PathClass) windows() bool { return c == PureWindowsPath || c == WindowsPath }

// Path is a path of Python's pathlib: the class, and what it is called with,
// one or more parts of a path that are to be joined. The zero Path is
// PurePosixPath('.').
//
// A Path is written as a call of pathlib.PosixPath (or another class) with the
// segments as they are, which all versions of Python load. One that was read
// from a pickle of Python 3.13, where the module is called pathlib._local, is
// written that way again, which other versions do not load; a new Path with the
// same Class and Segments is the portable one.
//
// A path also decodes into string types and into types with UnmarshalText, and
// a str into a Path.
type Path struct {
	Class    PathClass
	Segments []string
	local    bool // its module is pathlib._local
}

// mostPath is the length of the longest path that becomes a Path: as segments
// can be shared, a short pickle could have one that fills all memory.
const mostPath = 1 << 20

var errNoPath = errors.New("it is not a path as Python writes it")

func pathFunc(class PathClass, local bool) func(...any) (Path, error) {
	return func(segments ...any) (Path, error) {
		p := Path{Class: class, local: local}
		n := 0
		for _, x := range segments {
			s, ok := x.(string)
			if n += len(s) + 1; !ok || n > mostPath {
				return p, errNoPath
			}
			p.Segments = append(p.Segments, s)
		}
		return p, nil
	}
}

func reducePath(p Path) (Reduction, error) {
	if int(p.Class) >= len(pathClasses) {
		return Reduction{}, errors.New("there is no such class of paths")
	}
	module := "pathlib"
	if p.local {
		module = "pathlib._local"
	}
	args := make(Tuple, len(p.Segments))
	for i, s := range p.Segments {
		args[i] = s
	}
	return Reduction{Callable: Global{interned(module), interned(p.Class.String())}, Args: args}, nil
}

// String returns the path as Python's str does, with the separators of the
// class, and without what means nothing: "a//b/." is "a/b".
func (p Path) String() string {
	drive, root, tail := p.parse()
	sep := p.separator()
	text := strings.Join(tail, sep)
	switch {
	case drive != "" || root != "":
		return drive + root + text
	case len(tail) == 0:
		return "."
	case p.Class.windows():
		if d, _, _ := splitWindows(tail[0]); d != "" { // else it would be a drive
			return "." + sep + text
		}
	}
	return text
}

// Parts returns what Python's attribute parts has: the components of the path,
// of which the first is drive and root, if there are any.
func (p Path) Parts() []string {
	drive, root, tail := p.parse()
	if drive+root == "" {
		return tail
	}
	return append([]string{drive + root}, tail...)
}

// MarshalText returns what String does.
func (p Path) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText makes p a PurePosixPath of the text.
func (p *Path) UnmarshalText(text []byte) error {
	*p = Path{Segments: []string{string(text)}}
	return nil
}

// comparesAs makes paths equal that are equal in Python: PosixPath('a/b')
// equals PurePosixPath('a', 'b'), and Windows does not tell 'A' from 'a'.
func (p Path) comparesAs() any {
	if p.Class.windows() {
		return comparedPath{true, strings.ToLower(p.String())}
	}
	return comparedPath{false, p.String()}
}

type comparedPath struct {
	windows bool
	text    string
}

func (p Path) call() call {
	text := p.String()
	if p.Class.windows() {
		text = strings.ReplaceAll(text, `\`, "/")
	}
	return call{name: p.Class.String(), args: []any{text}}
}

func (p Path) separator() string {
	if p.Class.windows() {
		return `\`
	}
	return "/"
}

// parse joins the segments and splits the path: PurePath._parse_path.
func (p Path) parse() (drive, root string, tail []string) {
	var rel string
	if p.Class.windows() {
		drive, root, rel = splitWindows(strings.ReplaceAll(joinWindows(p.Segments), "/", `\`))
		if root == "" && strings.HasPrefix(drive, `\`) && !strings.HasSuffix(drive, `\`) {
			parts := strings.Split(drive, `\`)
			if len(parts) == 4 && !strings.Contains("?.", parts[2]) || len(parts) == 6 { // \\server\share, \\?\UNC\server\share
				root = `\`
			}
		}
	} else {
		root, rel = splitPosix(joinPosix(p.Segments))
	}
	for _, part := range strings.Split(rel, p.separator()) {
		if part != "" && part != "." {
			tail = append(tail, part)
		}
	}
	return drive, root, tail
}

// joinPosix is posixpath.join.
func joinPosix(segments []string) string {
	var path []byte
	for _, s := range segments {
		switch {
		case strings.HasPrefix(s, "/"):
			path = path[:0]
		case len(path) > 0 && path[len(path)-1] != '/':
			path = append(path, '/')
		}
		path = append(path, s...)
	}
	return string(path)
}

// splitPosix is posixpath.splitroot: exactly two slashes are a root of their
// own.
func splitPosix(path string) (root, rel string) {
	switch {
	case !strings.HasPrefix(path, "/"):
		return "", path
	case strings.HasPrefix(path, "//") && !strings.HasPrefix(path, "///"):
		return path[:2], path[2:]
	}
	return path[:1], path[1:]
}

// joinWindows is ntpath.join.
func joinWindows(segments []string) string {
	var drive, root string
	var path []byte
	for _, s := range segments {
		d, r, rel := splitWindows(s)
		switch {
		case r != "":
			if d != "" || drive == "" {
				drive = d
			}
			root, path = r, path[:0]
		case d != "" && d != drive:
			if old := strings.ToLower(drive); old != strings.ToLower(d) {
				root, path = r, path[:0]
			}
			drive = d
		}
		if n := len(path); n > 0 && path[n-1] != '\\' && path[n-1] != '/' {
			path = append(path, '\\')
		}
		path = append(path, rel...)
	}
	if len(path) > 0 && root == "" && drive != "" && !strings.ContainsAny(drive[len(drive)-1:], `:\/`) {
		return drive + `\` + string(path)
	}
	return drive + root + string(path)
}

// splitWindows is ntpath.splitroot.
func splitWindows(path string) (drive, root, rel string) {
	norm := strings.ReplaceAll(path, "/", `\`)
	if strings.HasPrefix(norm, `\\`) { // \\server\share, \\?\UNC\server\share, \\.\device
		start := 2
		if len(norm) >= 8 && strings.ToUpper(norm[:8]) == `\\?\UNC\` {
			start = 8
		}
		server := strings.IndexByte(norm[start:], '\\')
		if server < 0 {
			return path, "", ""
		}
		server += start + 1
		share := strings.IndexByte(norm[server:], '\\')
		if share < 0 {
			return path, "", ""
		}
		share += server
		return path[:share], path[share : share+1], path[share+1:]
	}
	if strings.HasPrefix(norm, `\`) {
		return "", path[:1], path[1:]
	}
	_, first := utf8.DecodeRuneInString(norm)
	if !strings.HasPrefix(norm[first:], ":") {
		return "", "", path
	}
	n := first + 1
	if strings.HasPrefix(norm[n:], `\`) {
		return path[:n], path[n : n+1], path[n+1:]
	}
	return path[:n], "", path[n:]
}

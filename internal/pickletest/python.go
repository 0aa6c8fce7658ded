package pickletest

import (
	"bufio"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

//go:embed oracle.py
var oracle string

// answerTime is what Python gets for one answer; then it is killed.
const answerTime = 30 * time.Second

// FindPython returns the path of a Python of that version, such as "3.13",
// "2.7" or "pypy3": from PATH, or else from pyenv. Where there is none, the test is
// skipped, or fails if PICKLE_REQUIRE_PYTHON is set.
func FindPython(tb testing.TB, version string) string {
	tb.Helper()
	if path := LookPython(version); path != "" {
		return path
	}
	const message = "no Python %s: neither on PATH nor below ~/.pyenv/versions"
	if os.Getenv("PICKLE_REQUIRE_PYTHON") != "" {
		tb.Fatalf(message+", and PICKLE_REQUIRE_PYTHON is set", version)
	}
	tb.Skipf(message, version)
	return ""
}

// FindProgram returns the path of the first of several programs that is on PATH.
// Where there is none, the test is skipped, or fails if PICKLE_REQUIRE_PROGRAMS is
// set. purpose says what for: "to draw with".
func FindProgram(tb testing.TB, purpose string, names ...string) string {
	tb.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	message := fmt.Sprintf("no %s on PATH %s", strings.Join(names, " or "), purpose)
	if os.Getenv("PICKLE_REQUIRE_PROGRAMS") != "" {
		tb.Fatal(message + ", and PICKLE_REQUIRE_PROGRAMS is set")
	}
	tb.Skip(message)
	return ""
}

var (
	foundMu sync.Mutex
	found   = make(map[string]string) // version → path, "" where there is none
)

// LookPython is FindPython outside of tests: it returns "" where there is none.
func LookPython(version string) string {
	foundMu.Lock()
	defer foundMu.Unlock()
	if path, ok := found[version]; ok {
		return path
	}
	for _, path := range candidates(version) {
		if runs(path, version) {
			found[version] = path
			return path
		}
	}
	found[version] = ""
	return ""
}

func candidates(version string) []string {
	names := []string{"python" + version, "python3", "python"}
	if strings.HasPrefix(version, "pypy") {
		names = []string{version}
	}
	var paths []string
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			paths = append(paths, path)
		}
	}
	if home, err := os.UserHomeDir(); err == nil {
		pyenv, err := filepath.Glob(filepath.Join(home, ".pyenv", "versions", version+"*", "bin", "python"))
		if err == nil {
			paths = append(paths, pyenv...)
		}
	}
	return paths
}

// runs reports whether the program is that Python: pyenv puts commands on PATH
// that do not start, and version 3.1 is not 3.13.
func runs(path, version string) bool {
	const code = "import platform as p; print(p.python_implementation() + ' ' + p.python_version())"
	out, err := exec.Command(path, "-c", code).Output()
	if err != nil {
		return false
	}
	if major, ok := strings.CutPrefix(version, "pypy"); ok {
		return strings.HasPrefix(string(out), "PyPy "+major)
	}
	rest, ok := strings.CutPrefix(string(out), "CPython "+version)
	return ok && (rest == "" || strings.ContainsAny(rest[:1], ".\r\n"))
}

// Python is a running interpreter that answers questions about pickles. It is
// safe for concurrent use, one question at a time.
type Python struct {
	path, testdata string

	mu  sync.Mutex
	cmd *exec.Cmd // nil until the first question, and after it died
	in  io.WriteCloser
	out *bufio.Reader
}

// PythonError is an exception that answered a question.
type PythonError struct {
	Class   string // such as "UnpicklingError"
	Message string
}

func (e *PythonError) Error() string { return e.Class + ": " + e.Message }

// errDied is the answer of an interpreter that crashed or took too long.
var errDied = errors.New("pickletest: Python died or did not answer in time")

// StartPython finds that version (see FindPython) and runs it until the test
// ends. It has testdata on its path, so that the classes of shapes.py load.
func StartPython(tb testing.TB, version string) *Python {
	tb.Helper()
	p := &Python{path: FindPython(tb, version), testdata: Dir(tb)}
	tb.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.stop()
	})
	return p
}

// Loads unpickles data and describes the value as a pickle of that protocol
// would have it. A shapes.Ref stands for a persistent ID. The interpreter imports
// what a test may want and refuses the rest.
func (p *Python) Loads(data []byte, protocol int, buffers ...[]byte) (json.RawMessage, error) {
	args := append([][]byte{data, number(protocol)}, buffers...)
	return p.ask("loads", args...)
}

// Dumps pickles a Python expression with the C pickler. In place of an
// expression, statements may assign to value.
func (p *Python) Dumps(source string, protocol int) ([]byte, error) {
	return p.ask("dumps", []byte(source), number(protocol))
}

// Redumps unpickles data and pickles the value with the C pickler.
func (p *Python) Redumps(data []byte, protocol int) ([]byte, error) {
	return p.ask("redumps", data, number(protocol))
}

// Same reports whether two pickles are one value, identity included.
func (p *Python) Same(a, b []byte, protocol int) (bool, error) {
	answer, err := p.ask("same", a, b, number(protocol))
	return string(answer) == "true", err
}

// Repr unpickles data and returns the repr of the value.
func (p *Python) Repr(data []byte) (string, error) {
	answer, err := p.ask("repr", data)
	return string(answer), err
}

// Dis returns what pickletools.dis prints.
func (p *Python) Dis(data []byte) (string, error) {
	answer, err := p.ask("dis", data)
	return string(answer), err
}

// Optimize returns what pickletools.optimize makes of a pickle.
func (p *Python) Optimize(data []byte) ([]byte, error) { return p.ask("optimize", data) }

func number(n int) []byte { return strconv.AppendInt(nil, int64(n), 10) }

// ask sends a question to the interpreter, which it starts if need be.
func (p *Python) ask(op string, args ...[]byte) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		if err := p.start(); err != nil {
			return nil, err
		}
	}
	process := p.cmd.Process
	timer := time.AfterFunc(answerTime, func() { process.Kill() })
	defer timer.Stop()
	answer, err := p.exchange(append([][]byte{[]byte(op)}, args...))
	switch {
	case err != nil:
		p.stop()
		return nil, fmt.Errorf("%w: %v", errDied, err)
	case len(answer) == 2 && string(answer[0]) == "ok":
		return answer[1], nil
	case len(answer) == 3 && string(answer[0]) == "error":
		return nil, &PythonError{Class: string(answer[1]), Message: string(answer[2])}
	}
	return nil, fmt.Errorf("pickletest: Python answered %q", answer)
}

func (p *Python) start() error {
	cmd := exec.Command(p.path, "-c", oracle, p.testdata)
	cmd.Env = append(os.Environ(), "PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.cmd, p.in, p.out = cmd, in, bufio.NewReader(out)
	return nil
}

// stop ends the interpreter, if it runs; the next question starts another.
func (p *Python) stop() {
	if p.cmd == nil {
		return
	}
	p.in.Close()
	p.cmd.Process.Kill()
	p.cmd.Wait() // reaps it; that it was killed is no news
	p.cmd = nil
}

// exchange writes a list of strings and reads one: a count, and each string
// with its length, as 4-byte numbers.
func (p *Python) exchange(request [][]byte) ([][]byte, error) {
	message := binary.BigEndian.AppendUint32(nil, uint32(len(request)))
	for _, s := range request {
		message = binary.BigEndian.AppendUint32(message, uint32(len(s)))
		message = append(message, s...)
	}
	if _, err := p.in.Write(message); err != nil {
		return nil, err
	}
	count, err := p.readUint32()
	if err != nil {
		return nil, err
	}
	answer := make([][]byte, count)
	for i := range answer {
		n, err := p.readUint32()
		if err != nil {
			return nil, err
		}
		answer[i] = make([]byte, n)
		if _, err := io.ReadFull(p.out, answer[i]); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

func (p *Python) readUint32() (uint32, error) {
	var b [4]byte
	_, err := io.ReadFull(p.out, b[:])
	return binary.BigEndian.Uint32(b[:]), err
}

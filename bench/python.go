package bench

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Python is a CPython that runs timing.py.
type Python struct {
	Version string // such as 3.13.0

	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

type question struct {
	Do       string `json:"do"`
	Path     string `json:"path,omitempty"`
	N        int    `json:"n,omitempty"`
	Protocol int    `json:"protocol"`
}

type answer struct {
	Version string `json:"version"`
	NS      int64  `json:"ns"`
	Same    bool   `json:"same"`
	Peak    int64  `json:"peak"`
}

// StartPython runs dir/timing.py with that interpreter.
func StartPython(path, dir string) (*Python, error) {
	cmd := exec.Command(path, filepath.Join(dir, "timing.py"))
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONHASHSEED=0")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Python{cmd: cmd, in: in, out: bufio.NewReader(out)}
	hello, err := p.read()
	p.Version = hello.Version
	return p, err
}

// Close ends the interpreter.
func (p *Python) Close() error { return errors.Join(p.in.Close(), p.cmd.Wait()) }

// Load makes the interpreter take the value of a pickle, which the next
// questions are about.
func (p *Python) Load(path string) error {
	_, err := p.ask(question{Do: "load", Path: path})
	return err
}

// Loads returns how long it takes to load the pickle n times.
func (p *Python) Loads(n int) (time.Duration, error) {
	a, err := p.ask(question{Do: "loads", N: n})
	return time.Duration(a.NS), err
}

// Dumps returns how long it takes to pickle the value n times.
func (p *Python) Dumps(n, protocol int) (time.Duration, error) {
	a, err := p.ask(question{Do: "dumps", N: n, Protocol: protocol})
	return time.Duration(a.NS), err
}

// PeakOfLoads returns by how many bytes the memory of the interpreter grows at most
// while it loads the pickle once; -1 if it cannot tell.
func (p *Python) PeakOfLoads() float64 { return p.peak(question{Do: "peak of loads"}) }

// PeakOfDumps is PeakOfLoads for pickling the value.
func (p *Python) PeakOfDumps(protocol int) float64 {
	return p.peak(question{Do: "peak of dumps", Protocol: protocol})
}

func (p *Python) peak(q question) float64 {
	a, err := p.ask(q)
	if err != nil {
		return -1
	}
	return float64(a.Peak)
}

// Same returns an error if the pickle is another value than the one that was
// loaded.
func (p *Python) Same(data []byte) error {
	f, err := os.CreateTemp("", "pickle")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	a, err := p.ask(question{Do: "same", Path: f.Name()})
	if err == nil && !a.Same {
		err = fmt.Errorf("CPython %s loads another value", p.Version)
	}
	return err
}

func (p *Python) ask(q question) (answer, error) {
	line, err := json.Marshal(q)
	if err != nil {
		return answer{}, err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return answer{}, err
	}
	return p.read()
}

func (p *Python) read() (a answer, err error) {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return a, fmt.Errorf("timing.py: %w", err)
	}
	err = json.Unmarshal(line, &a)
	return a, err
}

// Generate has generate.py of dir write the files to time into data, unless
// they are there already. python is the path of a CPython 3.13.
func Generate(python, dir, data string) error {
	script, err := os.ReadFile(filepath.Join(dir, "generate.py"))
	if err != nil {
		return err
	}
	written, err := os.ReadFile(filepath.Join(data, "script.sha256"))
	if err == nil && string(written) == fmt.Sprintf("%x", sha256.Sum256(script)) {
		return nil
	}
	cmd := exec.Command(python, filepath.Join(dir, "generate.py"), data)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

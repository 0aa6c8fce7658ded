package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// console is where a command reads and writes.
type console struct {
	stdin  io.Reader
	stdout io.Writer
	out    *bufio.Writer // on stdout
	stderr io.Writer

	maxExpanded int64     // the flag --max-expanded
	progress    *progress // of the file at hand
}

func newConsole(cmd *cobra.Command) *console {
	stdout := cmd.OutOrStdout()
	most := cmd.Flag("max-expanded").Value.(*byteCount) // which every command has
	c := &console{stdin: cmd.InOrStdin(), stdout: stdout, stderr: cmd.ErrOrStderr(), maxExpanded: int64(*most)}
	c.out = bufio.NewWriterSize(resultWriter{c}, readSize)
	return c
}

// Defaults of --max-expanded. A command that scans what others send, or whole
// directories, has less patience.
const (
	maxExpanded  = 4 << 30
	scanExpanded = 512 << 20
)

// addMaxExpanded gives cmd the flag --max-expanded.
func addMaxExpanded(cmd *cobra.Command, most byteCount) {
	cmd.Flags().Var(&most, "max-expanded", "expand at most `SIZE` of compressed data in each file, as in 100M")
}

// byteCount is a flag for a number of bytes.
type byteCount int64

// units are what a byteCount may end in.
const units = "KMGT"

func (n *byteCount) String() string {
	size, unit := int64(*n), 0
	for size > 0 && size%1024 == 0 && unit < len(units) {
		size, unit = size/1024, unit+1
	}
	return strconv.FormatInt(size, 10) + units[:unit][max(unit-1, 0):]
}

func (n *byteCount) Set(text string) error {
	digits := strings.TrimRight(text, units)
	shift := 0
	if len(text)-len(digits) == 1 {
		shift = 10 * (strings.IndexByte(units, text[len(digits)]) + 1)
		text = digits
	}
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil || size < 1 || size > math.MaxInt64>>shift {
		return errors.New("want a number of bytes, as in 1000, 64K, 100M, 4G")
	}
	*n = byteCount(size << shift)
	return nil
}

func (n *byteCount) Type() string { return "SIZE" }

// complain prints an error on standard error.
func (c *console) complain(err error) {
	c.progress.clear()
	complain(c.stderr, err)
}

// isTerminal reports whether a reader or writer is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Styles of terminals: parameters of the control sequence SGR.
const (
	styleError = "1;31" // bold red
	styleDim   = "2"
)

// paint returns text in a style if w is a terminal whose user wants that: see
// https://no-color.org.
func paint(w io.Writer, style, text string) string {
	if os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" || !isTerminal(w) {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// headers tells several files apart by lines that are comments in Python.
type headers struct {
	c     *console
	on    bool // there are several files
	begun bool // one has been printed
}

func newHeaders(c *console, args []string) *headers {
	return &headers{c: c, on: len(expand(args)) > 1}
}

// print prints the header of a file.
func (h *headers) print(w io.Writer, s *source) {
	if !h.on {
		return
	}
	if h.begun {
		fmt.Fprintln(w)
	}
	h.begun = true
	header := "# " + s.title()
	if w == io.Writer(h.c.out) {
		header = paint(h.c.stdout, styleDim, header)
	}
	fmt.Fprintln(w, header)
}

// output is where the results of a command go: the flags -o and -w.
type output struct {
	file    string
	inPlace bool
}

// addFlags gives cmd the flag -o, and -w if its results are of the kind of its
// input.
func (o *output) addFlags(cmd *cobra.Command, inPlace bool) {
	cmd.Flags().StringVarP(&o.file, "output", "o", "", "write to `FILE` and not to standard output")
	if inPlace {
		cmd.Flags().BoolVarP(&o.inPlace, "write", "w", false, "write each result to the file that it was made from")
		cmd.MarkFlagsMutuallyExclusive("output", "write")
	}
}

// transform writes what f makes of each file that the arguments name. With -w a
// file is replaced once its result is complete; with -o or neither, the results
// follow each other. A file of -o is written only if all went well.
func (o *output) transform(c *console, args []string, binary bool, f func(w io.Writer, s *source, in content) error) error {
	one := func(w io.Writer, s *source) error {
		in, err := s.read()
		if err != nil {
			return err
		}
		if o.inPlace && in.layer != "" {
			return fmt.Errorf("the file is in %s, which -w does not write", in.layer)
		}
		return f(w, s, in)
	}
	switch {
	case o.inPlace:
		return c.each(args, func(s *source) error {
			if s.name == "-" {
				return errors.New("-w needs a file")
			}
			return writeFile(s.name, func(w io.Writer) error { return one(w, s) })
		})
	case o.file != "" && o.file != "-":
		err := writeFile(o.file, func(w io.Writer) error {
			return c.each(args, func(s *source) error { return one(w, s) })
		})
		if err != nil && err != errReported {
			c.complain(err)
		}
		if err != nil {
			return errReported
		}
		return nil
	}
	if binary && o.file == "" && isTerminal(c.stdout) {
		c.complain(errors.New("a pickle is not for a terminal: use -o FILE, or -o - if it is"))
		return errReported
	}
	return c.each(args, func(s *source) error { return one(c.out, s) })
}

// rewrite is transform for commands that make another pickle of each one.
func (o *output) rewrite(c *console, args []string, f func(program []byte) ([]byte, error)) error {
	return o.transform(c, args, true, func(w io.Writer, _ *source, in content) error {
		for s, err := range in.sections() {
			if err != nil {
				return err
			}
			result, err := f(s.data)
			if err != nil {
				return moved(err, s.offset)
			}
			if _, err := w.Write(result); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeFile writes a file whole or not at all: what f writes replaces it when
// it is complete and on the disk, and until then, or when f fails, the file is
// what it was. It keeps its permissions. A symbolic link stays one; what it
// points to is written. What is no regular file is written directly.
func writeFile(name string, f func(io.Writer) error) (err error) {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	info, err := os.Stat(name)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err == nil && !info.Mode().IsRegular():
		return writeDevice(name, f)
	}
	var temp *os.File
	if info == nil {
		// CreateTemp would keep others from reading what is new.
		temp, err = os.OpenFile(fmt.Sprintf("%s.%d.tmp", name, os.Getpid()), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
	} else {
		temp, err = os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.tmp")
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			temp.Close()
			os.Remove(temp.Name())
		}
	}()
	if info != nil {
		if err := temp.Chmod(info.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := buffered(temp, f); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), name); err != nil {
		return err
	}
	if dir, err := os.Open(filepath.Dir(name)); err == nil {
		dir.Sync() // so that the new name survives a crash; not every system can
		dir.Close()
	}
	return nil
}

func writeDevice(name string, f func(io.Writer) error) error {
	w, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := buffered(w, f); err != nil {
		w.Close()
		return err
	}
	return w.Close()
}

func buffered(w io.Writer, f func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, readSize)
	if err := f(b); err != nil {
		return err
	}
	return b.Flush()
}

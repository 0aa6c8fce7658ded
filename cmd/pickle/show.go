package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/go-pickle/pickle"
	"github.com/spf13/cobra"
)

const showLong = `Show prints every pickle of each file as Python's repr would print it, or of
standard input where no file is given or the file is "-".

Nothing is imported and nothing is called. Instances of classes have the form
of a call, with their attributes by name: shop.Item(sku='lamp-3', size=12).
A str of Python 2 is 'abc', as a str of Python 3 is.

A file may have several pickles, one behind the other. Where a file is damaged,
what could be read of it is printed; other files follow. The exit code is then 1.`

const showExamples = `  pickle show session.pkl
  redis-cli --raw get ':1:cart' | head -c -1 | pickle show`

func newShow() *cobra.Command {
	return &cobra.Command{
		Use:                   "show [FILE]...",
		Short:                 "Print pickles as Python's repr would",
		Long:                  showLong,
		Example:               showExamples,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, names []string) error {
			s := shower{stdin: cmd.InOrStdin(), out: bufio.NewWriter(cmd.OutOrStdout()), stderr: cmd.ErrOrStderr()}
			return s.show(names)
		},
	}
}

// shower is one call of the command show.
type shower struct {
	stdin   io.Reader
	out     *bufio.Writer
	stderr  io.Writer
	headers bool // there are several files
	begun   bool // something has been printed
	failed  bool
}

func (s *shower) show(names []string) error {
	if len(names) == 0 {
		names = []string{"-"}
	}
	s.headers = len(names) > 1
	for _, name := range names {
		if err := s.file(name); err != nil {
			s.report(name, err)
		}
		if s.out.Flush() != nil {
			break
		}
	}
	if err := s.out.Flush(); err != nil { // that of the loop, once more
		complain(s.stderr, err)
		s.failed = true
	}
	if s.failed {
		return errReported
	}
	return nil
}

// file prints the pickles of one file, up to the first that is damaged.
func (s *shower) file(name string) error {
	r := s.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		r = f
	}
	s.header(name)
	dec := pickle.NewDecoder(r, pickle.Python2Strings(pickle.Python2ByteString))
	for n := 0; ; n++ {
		var v any
		err := dec.Decode(&v)
		var mismatch *pickle.UnmarshalTypeError
		switch {
		case err == io.EOF && n == 0:
			return errors.New("the file is empty")
		case err == io.EOF:
			return nil
		case errors.As(err, &mismatch): // a sound pickle that no value stands for
			s.report(name, err)
			continue
		case err != nil:
			return err
		}
		fmt.Fprintln(s.out, pickle.ReprIndent(v, "    "))
		// What a pipe has sent is to be seen before it sends more.
		if s.out.Flush() != nil {
			return nil // which show reports
		}
	}
}

// header tells several files apart. It is a comment in Python, like the values
// are expressions.
func (s *shower) header(name string) {
	if !s.headers {
		return
	}
	if s.begun {
		fmt.Fprintln(s.out)
	}
	s.begun = true
	fmt.Fprintf(s.out, "# %s\n", title(name))
}

func title(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name
}

// report says on standard error what is wrong with a file, behind what has
// been printed of it.
func (s *shower) report(name string, err error) {
	s.failed = true
	s.out.Flush() // an error stays in the Writer, for show
	var path *fs.PathError
	if !errors.As(err, &path) { // which has the name
		err = fmt.Errorf("%s: %s", title(name), strings.TrimPrefix(err.Error(), "pickle: "))
	}
	complain(s.stderr, err)
}

package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-pickle/pickle"
	"github.com/spf13/cobra"
)

const showLong = `Show prints every pickle of each file as Python's repr would print it, or of
standard input where no file is given or the file is "-".

Nothing is imported and nothing is called. Instances of classes have the form
of a call, with their attributes by name: shop.Item(sku='lamp-3', size=12).
A str of Python 2 is 'abc', as a str of Python 3 is.

A file may have several pickles, one behind the other. gzip, zlib, bzip2 and
base64 are recognized and undone. Where a file is damaged, what could be read of
it is printed; other files follow. The exit code is then 1.

` + selectLong + "\n\n" + buffersLong

const showExamples = `  pickle show session.pkl
  pickle show --select 'users[-1].email' session.pkl
  pickle show --buffer frame.0 --buffer frame.1 frame.pkl
  redis-cli --raw get ':1:cart' | head -c -1 | pickle show`

func newShow() *cobra.Command {
	var s shower
	cmd := &cobra.Command{
		Use:                   "show [FLAGS] [FILE]...",
		Short:                 "Print pickles as Python's repr would",
		Long:                  showLong,
		Example:               showExamples,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			s.console = newConsole(cmd)
			s.headers = newHeaders(s.console, args)
			if err := s.buffers.read(s.console); err != nil {
				return err
			}
			err := s.each(args, s.file)
			if s.failed {
				return errReported
			}
			return err
		},
	}
	s.selection.addFlag(cmd)
	s.buffers.addFlag(cmd)
	return cmd
}

// shower is one call of the command show.
type shower struct {
	*console
	selection selection
	buffers   bufferFiles
	headers   *headers
	failed    bool
}

// file prints the pickles of one file, up to the first that is damaged.
func (s *shower) file(src *source) error {
	dec, err := src.decoder(pickle.Python2Strings(pickle.Python2ByteString), s.buffers.option())
	if err != nil {
		return err
	}
	defer dec.Close()
	s.headers.print(s.out, src)
	for {
		v, err := s.selection.decode(dec)
		var mismatch *pickle.UnmarshalTypeError
		var missing *lackError
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &mismatch), errors.As(err, &missing): // a sound pickle that no value stands for, or that lacks the part
			s.report(src, err)
			s.failed = true
			continue
		case err != nil:
			return err
		}
		fmt.Fprintln(s.out, pickle.ReprIndent(v, "    "))
		// What a pipe has sent is to be seen before it sends more.
		if s.out.Flush() != nil {
			return nil // which each reports
		}
	}
}

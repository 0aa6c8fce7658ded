package main

import (
	"errors"
	"io"

	"github.com/go-pickle/pickle/pickletools"
	"github.com/go-pickle/pickle/vm"
	"github.com/spf13/cobra"
)

const disLong = `Dis prints the instructions of every pickle of each file, just as pickletools.dis
of Python 3.13 prints them, with the same checks. Behind a pickle that does not
pass them nothing more is printed of that file, and the exit code is 1; with
--keep-going the complaints are printed behind the instructions.

Files may be in gzip, zlib, bzip2 or base64; positions are those in what they
have.`

const disExamples = `  pickle dis session.pkl
  pickle dis --annotate session.pkl | less
  pickle dis --memo stream.pkl        # by one Pickler, with one memo`

// annotateColumn is where python -m pickletools -a begins its annotations.
const annotateColumn = 30

func newDis() *cobra.Command {
	var o output
	var annotate, keepGoing, keepMemo bool
	indent := 4
	cmd := &cobra.Command{
		Use:                   "dis [FILE]...",
		Short:                 "Print the instructions of pickles as pickletools.dis does",
		Long:                  disLong,
		Example:               disExamples,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if indent < 0 {
				return errors.New("--indent must not be negative")
			}
			d := disassembly{opts: []pickletools.Option{pickletools.Indent(indent)}, keepMemo: keepMemo}
			if annotate {
				d.opts = append(d.opts, pickletools.Annotate(annotateColumn))
			}
			if keepGoing {
				d.opts = append(d.opts, pickletools.KeepGoing())
			}
			c := newConsole(cmd)
			h := newHeaders(c, args)
			return o.transform(c, args, false, func(w io.Writer, src *source, in content) error {
				h.print(w, src)
				return d.print(w, in)
			})
		},
	}
	o.addFlags(cmd, false)
	cmd.Flags().BoolVarP(&annotate, "annotate", "a", false, "say what each opcode does")
	cmd.Flags().BoolVar(&keepGoing, "keep-going", false, "print what Python's pickletools refuses and unpicklers accept")
	cmd.Flags().BoolVarP(&keepMemo, "memo", "m", false, "keep the memo from one pickle of a file to the next")
	cmd.Flags().IntVarP(&indent, "indent", "l", indent, "indent what follows a MARK by `N` blanks")
	return cmd
}

// disassembly is how pickles are disassembled.
type disassembly struct {
	opts     []pickletools.Option
	keepMemo bool
}

func (d *disassembly) print(w io.Writer, in content) error {
	var memo pickletools.Memo
	for s, err := range in.sections() {
		var damaged *vm.Error
		if err != nil && !errors.As(err, &damaged) {
			return err // what is behind the pickles could not be decompressed
		}
		if !d.keepMemo {
			memo = pickletools.Memo{}
		}
		opts := append(d.opts[:len(d.opts):len(d.opts)], pickletools.Base(int64(s.offset)), pickletools.WithMemo(&memo))
		// What is damaged is printed as far as it goes.
		if disErr := pickletools.Dis(w, s.data, opts...); disErr != nil {
			err = moved(disErr, s.offset)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

package main

import (
	"fmt"
	"strings"

	"github.com/go-pickle/pickle/scan"
	"github.com/spf13/cobra"
)

const globalsLong = `Globals prints each class and function that the pickles of the files name, or
reach through getattr and the like: the offset of the instruction that names it
first, its module and name, and what is done with it. Each is
  called    called, as a function or a class is
  created   made an instance of, without a call of __init__
  state     given a state, or an instance of it was
  items     given items, or an instance of it was
  argument  handed to a function that calls it
  named     or nothing of that

Files are read as by the command scan. The exit code is 1 if a file cannot be
read, or has no pickle.`

func newGlobals() *cobra.Command {
	cmd := &cobra.Command{
		Use:                   "globals [FILE]...",
		Short:                 "List the classes and functions that pickles name",
		Long:                  globalsLong,
		Example:               "  pickle globals model.pt\n  pickle globals *.pkl | sort -k2 -u",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			c := newConsole(cmd)
			s := scanner{console: c, opts: &scan.Options{MaxExpanded: c.maxExpanded}}
			names := expand(args)
			err := s.scan(args, func(r *scan.Report) { s.globals(r, len(names) > 1) })
			if err != nil || s.failed {
				return errReported
			}
			return nil
		},
	}
	addMaxExpanded(cmd, scanExpanded)
	return cmd
}

// globals prints the globals of a file.
func (s *scanner) globals(r *scan.Report, headers bool) {
	if headers {
		fmt.Fprintf(s.out, "# %s\n", printable(r.Name))
	}
	if len(r.Pickles) == 0 {
		s.failed = true
		s.out.Flush() // an error stays in the Writer
		s.complain(fmt.Errorf("%s: %w", r.Name, errNoPickle))
	}
	for _, g := range r.Globals {
		uses := g.Uses.String()
		if g.Python != g.String() {
			uses += "; in Python 3 " + g.Python
		}
		if g.Via != "" {
			uses += "; by " + g.Via
		}
		if part, ok := strings.CutPrefix(g.File, r.Name+"!"); ok {
			uses += "; in " + part
		}
		fmt.Fprintf(s.out, "%8d  %s  %s\n", g.Offset, printable(g.String()), printable(uses))
	}
}

package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/cmd/pickle/internal/gen"
	"github.com/spf13/cobra"
)

const genLong = `Gen writes Go types for what is in the sample pickles: a struct with tags for
each class, and the calls of pickle.Register that map the class to it.

The more samples there are, the better the types: an attribute that only some
instances have becomes a pointer with omitzero, one that is None in some a
pointer, one that is an int here and a float there a float64. Dicts with the same
keys become structs, others maps. What has no type in common is an any, with a
comment that says why, and so is what a pickle does not tell: it has no names for
the fields of a named tuple, and none for the members of an enum.

The file that is written compiles, and the samples can be decoded into its types,
which the comment at its beginning names. It is a beginning, to be edited.`

const genExamples = `  pickle gen --package shop orders/*.pkl > shop/types.go
  pickle gen --type Session -o session.go session.pkl`

func newGen() *cobra.Command {
	var config gen.Config
	var out output
	var buffers bufferFiles
	cmd := &cobra.Command{
		Use:                   "gen [--package NAME] [--type NAME] [--func NAME] [-o FILE] [FILE]...",
		Short:                 "Write Go types for what is in sample pickles",
		Long:                  genLong,
		Example:               genExamples,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := config.Check(); err != nil {
				return err
			}
			return generate(newConsole(cmd), args, config, &out, &buffers)
		},
	}
	cmd.Flags().StringVar(&config.Package, "package", "main", "the `name` of the package")
	cmd.Flags().StringVar(&config.Type, "type", "", "the `name` of the type for a sample as a whole")
	cmd.Flags().StringVar(&config.Func, "func", "", "register the types in a function of this `name`, and not in init")
	out.addFlags(cmd, false)
	buffers.addFlag(cmd)
	return cmd
}

// generate writes nothing if one of the samples cannot be read: types that lack
// what was in it would look complete.
func generate(c *console, args []string, config gen.Config, out *output, buffers *bufferFiles) error {
	if err := buffers.read(c); err != nil {
		return err
	}
	var g gen.Generator
	err := c.each(args, func(s *source) error {
		return s.values(func(v any) { g.Add(s.title(), v) }, pickle.Python2Strings(pickle.Python2ByteString), pickle.WithRegistry(pickle.NewRegistry()), buffers.option())
	})
	if err != nil {
		return err
	}
	text, _, err := g.Generate(config)
	if err != nil {
		c.complain(fmt.Errorf("the types could not be written: %w", err))
		return errReported
	}
	return out.write(c, text)
}

// write writes data to the file of -o, or to standard output.
func (o *output) write(c *console, data []byte) error {
	var err error
	if o.file == "" || o.file == "-" {
		if _, err = c.out.Write(data); err == nil {
			err = c.out.Flush()
		}
	} else {
		err = writeFile(o.file, func(w io.Writer) error {
			_, err := w.Write(data)
			return err
		})
	}
	if err != nil {
		if !errors.Is(err, errReported) {
			c.complain(err)
		}
		return errReported
	}
	return nil
}

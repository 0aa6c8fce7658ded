package main

import (
	"fmt"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/pickletools"
	"github.com/spf13/cobra"
)

const optimizeLong = `Optimize writes pickles without the memo entries that nothing refers to, as
pickletools.optimize of Python does: the same objects, in fewer bytes, and read
faster.

Pickles that share a memo, as one Pickler writes them to one file, cannot be
optimized one by one; they are refused.`

func newOptimize() *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:                   "optimize [-o FILE | -w] [FILE]...",
		Short:                 "Shorten pickles as pickletools.optimize does",
		Long:                  optimizeLong,
		Example:               "  pickle optimize -w cache/*.pkl",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.rewrite(newConsole(cmd), args, pickletools.Optimize)
		},
	}
	o.addFlags(cmd, true)
	return cmd
}

const convertLong = `Convert writes pickles in the opcodes of another protocol: 2 or below for Python
2, up to 4 for Python 3.4 to 3.7. Nothing is lost: objects and how they are made,
what is shared, strings of Python 2. The names of classes are those of Python 2
below protocol 3, and those of Python 3 from there on, as Python's pickler has it.

What a protocol cannot express is an error: at protocol 0 persistent IDs that are
no text. So are pickles with out-of-band buffers, whose contents are elsewhere.`

func newConvert() *cobra.Command {
	var o output
	protocol := pickle.DefaultProtocol
	cmd := &cobra.Command{
		Use:                   "convert --protocol N [-o FILE | -w] [FILE]...",
		Short:                 "Write pickles at another protocol",
		Long:                  convertLong,
		Example:               "  pickle convert --protocol 2 -o for-python2.pkl session.pkl",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if protocol < 0 || protocol > pickle.HighestProtocol {
				return fmt.Errorf("there is no protocol %d: they are 0 to %d", protocol, pickle.HighestProtocol)
			}
			return o.rewrite(newConsole(cmd), args, func(program []byte) ([]byte, error) { return atProtocol(program, protocol) })
		},
	}
	o.addFlags(cmd, true)
	cmd.Flags().IntVarP(&protocol, "protocol", "p", protocol, "the protocol `N`, 0 to 5")
	return cmd
}

// atProtocol returns a pickle at another protocol. With a registry that knows
// nothing every object stays what the pickle says of it.
func atProtocol(data []byte, protocol int) ([]byte, error) {
	opts := pickle.JoinOptions(pickle.WithRegistry(new(pickle.Registry)), pickle.Python2Strings(pickle.Python2ByteString),
		pickle.MaxDepth(100_000), pickle.Protocol(protocol))
	var v any
	if err := pickle.Unmarshal(data, &v, opts); err != nil {
		return nil, bufferError(err)
	}
	return pickle.Marshal(v, opts)
}

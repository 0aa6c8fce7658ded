package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"

	"github.com/go-pickle/pickle"
	"github.com/spf13/cobra"
)

// buffersLong is what the help of commands with --buffer says of it.
const buffersLong = `Of out-of-band buffers (protocol 5) a pickle has no more than their places.
--buffer FILE is the file with the bytes of one; where there are several, the flag
is repeated, in the order in which the pickles refer to them.`

// bufferFiles are the files of --buffer.
type bufferFiles struct {
	names []string
	data  [][]byte // that no pickle has referred to yet
}

func (b *bufferFiles) addFlag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&b.names, "buffer", nil, "read the bytes of an out-of-band buffer from `FILE`")
}

// read reads the files. An error has been reported.
func (b *bufferFiles) read(c *console) error {
	for _, name := range b.names {
		data, err := os.ReadFile(name)
		if err != nil {
			c.complain(err)
			return errReported
		}
		b.data = append(b.data, data)
	}
	return nil
}

// option gives the buffers to the pickles of one file, and to those of the next
// what is left.
func (b *bufferFiles) option() pickle.Options {
	return pickle.Buffers(func(yield func([]byte) bool) {
		for len(b.data) > 0 {
			next := b.data[0]
			b.data = b.data[1:]
			if !yield(next) {
				return
			}
		}
	})
}

// bufferError says what to do where err is that a buffer is missing.
func bufferError(err error) error {
	var missing *pickle.UnmarshalTypeError
	if !errors.As(err, &missing) || missing.Value != "buffer" || missing.Type != reflect.TypeFor[pickle.Buffer]() {
		return err
	}
	place := ""
	if missing.Path != "" {
		place = " at " + missing.Path
	}
	return &lackError{fmt.Sprintf("the buffer%s (offset %d, %s) is out of band, and not among the files given: show, json, gen and graph take one with --buffer FILE, or several, in order",
		place, missing.Offset, missing.Op)}
}

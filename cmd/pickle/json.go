package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/picklejson"
	"github.com/spf13/cobra"
)

const jsonLong = `Json prints every pickle of each file as JSON, one on each line (NDJSON), or of
standard input where no file is given or the file is "-".

The plain form has the data only. Tuples and sets are arrays, keys are strings,
bytes are base64, an instance of a class is an object of its attributes; dates,
decimals and the like are their text. What is shared is printed each time; what
contains itself is an error, as is what grows by more than --max-expansion.

The lossless form has all that the pickle says, so that from-json makes the same
pickle of it: each type is marked, such as {"tuple": [1, 2]}, and what is shared
is {"ref": 1} to the first occurrence, {"id": 1, …}. The documentation of package
picklejson describes it.

Nothing is imported and nothing is called. A pickle that fails is not printed at
all; others follow. The exit code is then 1.

` + selectLong + "\n\n" + buffersLong

const jsonExamples = `  pickle json users.pkl | jq '.[].name'
  pickle json --lossless model.pkl | sed 's/"shop.old"/"shop.new"/g' | pickle from-json -o new.pkl`

// jsonFlags are the flags of the command json.
type jsonFlags struct {
	lossless      bool
	indent        int
	bytes, nan    string
	classKey      string
	maxExpansion  int64
	selection     selection
	buffers       bufferFiles
	*console      // of the call
	failed        bool
	options       []picklejson.Option
	decodeOptions pickle.Options
}

func newJSON() *cobra.Command {
	var j jsonFlags
	cmd := &cobra.Command{
		Use:                   "json [FLAGS] [FILE]...",
		Short:                 "Print pickles as JSON",
		Long:                  jsonLong,
		Example:               jsonExamples,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := j.parse(); err != nil {
				return err
			}
			j.console = newConsole(cmd)
			if err := j.buffers.read(j.console); err != nil {
				return err
			}
			err := j.each(args, j.file)
			if j.failed {
				return errReported
			}
			return err
		},
	}
	f := cmd.Flags()
	f.BoolVar(&j.lossless, "lossless", false, "print all that the pickle says, for from-json")
	f.IntVar(&j.indent, "indent", 0, "print on several lines, indented by `N` spaces for each level")
	f.StringVar(&j.bytes, "bytes", "base64", "print bytes as base64, or as text where they are UTF-8: `MODE` base64 or text")
	f.StringVar(&j.nan, "nan", "null", "print NaN and infinities as null, or as \"nan\", \"inf\" and \"-inf\": `MODE` null or string")
	f.StringVar(&j.classKey, "class-key", "", "print the class of each instance as its member `NAME`")
	f.Int64Var(&j.maxExpansion, "max-expansion", 64<<20, "print at most `BYTES` of what was printed before")
	for _, name := range []string{"bytes", "nan", "class-key", "max-expansion"} {
		cmd.MarkFlagsMutuallyExclusive("lossless", name)
	}
	j.selection.addFlag(cmd)
	j.buffers.addFlag(cmd)
	return cmd
}

// parse makes options of the flags.
func (j *jsonFlags) parse() error {
	bytes, ok := map[string]picklejson.BytesMode{"base64": picklejson.BytesBase64, "text": picklejson.BytesText}[j.bytes]
	if !ok {
		return fmt.Errorf("--bytes is base64 or text, not %q", j.bytes)
	}
	nan, ok := map[string]picklejson.NonFiniteMode{"null": picklejson.NonFiniteNull, "string": picklejson.NonFiniteString}[j.nan]
	if !ok {
		return fmt.Errorf("--nan is null or string, not %q", j.nan)
	}
	if j.indent < 0 || j.maxExpansion < 0 {
		return errors.New("--indent and --max-expansion are not negative")
	}
	j.options = []picklejson.Option{
		picklejson.Bytes(bytes), picklejson.NonFinite(nan), picklejson.ClassKey(j.classKey),
		picklejson.MaxExpansion(j.maxExpansion), picklejson.Indent(strings.Repeat(" ", j.indent)),
	}
	j.decodeOptions = pickle.Python2Strings(pickle.Python2ByteString)
	if j.lossless {
		j.decodeOptions = picklejson.DecodeOptions()
	}
	return nil
}

// file prints the pickles of one file, up to the first that is damaged.
func (j *jsonFlags) file(src *source) error {
	dec, err := src.decoder(j.decodeOptions, j.buffers.option())
	if err != nil {
		return err
	}
	defer dec.Close()
	for {
		v, err := j.selection.decode(dec)
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = j.write(v)
		}
		var noTarget *pickle.UnmarshalTypeError
		var noJSON *pickle.MarshalError
		var missing *lackError
		switch {
		case errors.As(err, &noTarget), errors.As(err, &noJSON), errors.As(err, &missing): // a sound pickle; see show
			j.report(src, err)
			j.failed = true
			continue
		case err != nil:
			return err
		}
		// What a pipe has sent is to be seen before it sends more.
		if j.out.Flush() != nil {
			return nil // which each reports
		}
	}
}

// write prints v. What has no plain form is found out first, by a trial: nobody
// could do anything with the beginning of it.
func (j *jsonFlags) write(v any) error {
	if j.lossless {
		if err := picklejson.Write(j.out, v, j.options...); err != nil {
			return err
		}
	} else {
		if err := picklejson.Plain(io.Discard, v, j.options...); err != nil {
			return err
		}
		if err := picklejson.Plain(j.out, v, j.options...); err != nil {
			return err
		}
	}
	return j.out.WriteByte('\n')
}

const fromJSONLong = `From-json makes pickles of lossless JSON, which pickle json --lossless prints. Of
several values, one behind the other, it makes as many pickles. Nothing is
written where a file is wrong.`

const fromJSONExamples = `  pickle json --lossless old.pkl | pickle from-json --protocol 2 -o new.pkl`

func newFromJSON() *cobra.Command {
	var out output
	protocol := pickle.DefaultProtocol
	cmd := &cobra.Command{
		Use:                   "from-json [FLAGS] [FILE]...",
		Short:                 "Make pickles of lossless JSON",
		Long:                  fromJSONLong,
		Example:               fromJSONExamples,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if protocol < 0 || protocol > pickle.HighestProtocol {
				return fmt.Errorf("--protocol is 0 to %d, not %d", pickle.HighestProtocol, protocol)
			}
			return out.transform(newConsole(cmd), args, true, func(w io.Writer, _ *source, in content) error {
				return fromJSON(w, in.data, protocol)
			})
		},
	}
	cmd.Flags().IntVar(&protocol, "protocol", protocol, "write pickles of protocol `N`, 0 to 5")
	out.addFlags(cmd, false)
	return cmd
}

// fromJSON writes the pickles of all values of data, or nothing.
func fromJSON(w io.Writer, data []byte, protocol int) error {
	var all []byte
	for v, err := range picklejson.All(data) {
		if err == nil {
			all, err = pickle.Append(all, v, pickle.Protocol(protocol))
		}
		if err != nil {
			return err
		}
	}
	_, err := w.Write(all)
	return err
}

// Command pickle looks into Python pickles without running them.
//
//	pickle show FILE…
//
// prints what is in them, as Python's repr would print it. Other commands print
// their data as JSON (json, from-json), their instructions (dis), what Python would
// import and call (scan, globals), and more: pickle help has the list.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// Exit codes. exitUsage is EX_USAGE of sysexits.h, so that a script can tell a
// bad command line from a bad file.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 64
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // memory is what a large file lacks first, and most of it has no pointers to follow
	}
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// exitCode is the error of a command that has already said all there is to
// say, and wants the program to end with that code.
type exitCode int

func (code exitCode) Error() string { return fmt.Sprintf("exit code %d", int(code)) }

// errReported is the error of a command that has already said on standard
// error what went wrong.
const errReported exitCode = exitFailed

// run runs the command line and returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteC()
	var code exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	}
	// Everything a command reports itself; the rest is about its arguments.
	complain(stderr, err)
	fmt.Fprintf(stderr, "Run '%s --help' for usage.\n", cmd.CommandPath())
	return exitUsage
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "pickle",
		Short:         "Look into Python pickles without running them",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("no command given")
		},
	}
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	commands := []*cobra.Command{newShow(), newDis(), newOptimize(), newRename(), newConvert(), newJSON(), newFromJSON(), newDiff(), newStat(), newGen(), newGraph(), newScan(), newGlobals()}
	for _, cmd := range commands {
		if cmd.Flags().Lookup("max-expanded") == nil {
			addMaxExpanded(cmd, maxExpanded)
		}
	}
	root.AddCommand(commands...)
	return root
}

// complain prints an error. Those of the library begin with the name of this
// program already.
func complain(stderr io.Writer, err error) {
	fmt.Fprintf(stderr, "%s %s\n", paint(stderr, styleError, "pickle:"), strings.TrimPrefix(err.Error(), "pickle: "))
}

// version says which version this is, as far as the build knows.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	return v + " " + info.GoVersion
}

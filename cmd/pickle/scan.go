package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-pickle/pickle/scan"
	"github.com/spf13/cobra"
)

const scanLong = `Scan says what Python would import and call if it loaded the pickles in each
file, in each file of a directory, or in standard input, and whether that is
harmless. Nothing is run.

Pickles are found wherever they are: one behind the other, in zip (PyTorch),
gzip, bzip2, zlib, tar, npy, npz and joblib, and in the bytes and text of other
pickles. What a file is called does not matter.

The verdict of a file is one of
  clean       everything was read, and all that it imports is allowed
  unknown     something could not be read, or is on no list
  suspicious  it has what no pickler writes, and unpicklers disagree on
  malicious   it imports or calls what runs code, or reaches outside

What is allowed is a policy: the presets builtins, stdlib, numpy, pandas,
scikit-learn and torch, unless --preset or --policy name others. A policy file
has lines of the form

  preset NAME
  allow MODULE.NAME REASON
  deny MODULE.NAME REASON

in which * stands for any part of a name without a dot, and ** for any with
dots. --learn prints the policy that known-good files need: all of it, or the
presets that were named, and what is missing in them. What is known to be
dangerous is denied by every policy.

The exit code is 0 if all files are clean, 1 if one is suspicious or malicious, 2
if neither, and it could not be decided, 64 if the command line is wrong.`

const scanExamples = `  pickle scan model.pt
  pickle scan --format sarif models/ > scan.sarif
  pickle scan --learn --preset builtins good/*.pkl > policy.txt && pickle scan --policy policy.txt new.pkl`

// Exit codes of scan.
const (
	exitFindings  = 1
	exitUndecided = 2
)

type scanFlags struct {
	format   string
	presets  []string
	policies []string
	allow    []string
	learn    bool
}

func newScan() *cobra.Command {
	var flags scanFlags
	cmd := &cobra.Command{
		Use:                   "scan [FLAG]... [FILE]...",
		Short:                 "Say whether it is safe to load pickles",
		Long:                  scanLong,
		Example:               scanExamples,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			policy, err := flags.policy()
			if err != nil {
				return err
			}
			if !slices.Contains([]string{"text", "json", "sarif"}, flags.format) {
				return fmt.Errorf("--format is %q, and can be text, json or sarif", flags.format)
			}
			c := newConsole(cmd)
			s := scanner{console: c, opts: &scan.Options{Policy: policy, MaxExpanded: c.maxExpanded}}
			return s.run(args, flags)
		},
	}
	cmd.Flags().StringVar(&flags.format, "format", "text", "write the report as `text`, json or sarif")
	cmd.Flags().StringArrayVar(&flags.presets, "preset", nil, "allow what this `preset` does; without one and without a policy all do")
	cmd.Flags().StringArrayVar(&flags.policies, "policy", nil, "read a policy from `FILE`")
	cmd.Flags().StringArrayVar(&flags.allow, "allow", nil, "allow `MODULE.NAME`, besides the policy")
	cmd.Flags().BoolVar(&flags.learn, "learn", false, "print the policy that the files need, in place of a report")
	addMaxExpanded(cmd, scanExpanded)
	return cmd
}

// policy makes the policy that the flags describe.
func (f *scanFlags) policy() (*scan.Policy, error) {
	var parts []*scan.Policy
	for _, name := range f.presets {
		p, err := scan.Preset(name)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	for _, name := range f.policies {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		p, err := scan.ParsePolicy(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		parts = append(parts, p)
	}
	if len(parts) == 0 && !f.learn { // what is learned without a policy is one by itself
		parts = append(parts, scan.DefaultPolicy())
	}
	for _, pattern := range f.allow {
		p, err := scan.ParsePolicy([]byte("allow " + pattern + " by --allow"))
		if err != nil {
			return nil, fmt.Errorf("--allow: %w", err)
		}
		parts = append(parts, p)
	}
	return scan.Join(parts...), nil
}

// scanner is one call of the command scan, or globals.
type scanner struct {
	*console
	opts    *scan.Options
	reports []*scan.Report
	failed  bool
}

func (s *scanner) run(args []string, flags scanFlags) error {
	err := s.scan(args, func(r *scan.Report) {
		if flags.format == "text" && !flags.learn {
			s.print(r)
		}
	})
	switch {
	case err != nil:
		return err
	case flags.learn:
		err = s.learn(flags.presets)
	case flags.format == "json":
		err = s.json()
	case flags.format == "sarif":
		err = s.sarif()
	}
	if err == nil {
		err = s.out.Flush()
	}
	if err != nil {
		s.complain(err)
		return exitCode(exitUndecided)
	}
	return s.verdict(flags.learn)
}

// learn writes the policy that the files need, with the presets that it builds on.
func (s *scanner) learn(presets []string) error {
	text, err := scan.Learn(s.reports...).MarshalText()
	if err != nil {
		return err
	}
	for _, name := range presets {
		fmt.Fprintln(s.out, "preset", name)
	}
	s.out.Write(text)
	for _, r := range s.reports {
		if r.Verdict >= scan.Suspicious {
			s.complain(fmt.Errorf("%s is %v, and is not clean with this policy: %s", printable(r.Name), r.Verdict, printable(r.Findings[0].Message)))
		}
	}
	return nil
}

// verdict returns the error for the exit code.
func (s *scanner) verdict(learn bool) error {
	worst := scan.Clean
	for _, r := range s.reports {
		worst = max(worst, r.Verdict)
	}
	switch {
	case worst >= scan.Suspicious:
		return exitCode(exitFindings)
	case learn && !s.failed:
		return nil
	case worst == scan.Unknown || s.failed:
		return exitCode(exitUndecided)
	}
	return nil
}

// scan scans all files that the arguments name.
func (s *scanner) scan(args []string, then func(*scan.Report)) error {
	for _, arg := range expand(args) {
		err := filepath.WalkDir(arg, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case name == arg && (err != nil || !entry.IsDir()): // standard input, a pipe, or nothing
				return s.one(name, then)
			case err != nil:
				s.failed = true
				s.complain(err)
				return nil
			case entry.IsDir() || !entry.Type().IsRegular():
				return nil
			}
			return s.one(name, then)
		})
		if err != nil {
			s.complain(err)
			return exitCode(exitUndecided)
		}
	}
	return nil
}

// one scans one file. It returns an error of the output only.
func (s *scanner) one(name string, then func(*scan.Report)) error {
	src := s.source(name)
	f, err := src.open()
	if err == nil {
		var r *scan.Report
		r, err = scan.Reader(src.title(), f, s.opts)
		f.Close()
		src.done()
		if err == nil {
			s.reports = append(s.reports, r)
			then(r)
		}
	}
	if err != nil {
		s.failed = true
		s.report(src, err)
	}
	return s.out.Flush()
}

var styles = map[string]string{"malicious": styleError, "high": styleError, "suspicious": "1;33", "medium": "1;33", "clean": "1;32"}

func (s *scanner) paint(word string, width int) string {
	padded := fmt.Sprintf("%-*s", width, word)
	if style := styles[word]; style != "" {
		return paint(s.stdout, style, padded)
	}
	return padded
}

// print prints a report for people.
func (s *scanner) print(r *scan.Report) {
	fmt.Fprintf(s.out, "%s: %s\n", printable(r.Name), s.paint(r.Verdict.String(), 0))
	for _, f := range r.Findings {
		if f.Severity == scan.Info {
			continue
		}
		where := strconv.FormatInt(f.Offset, 10)
		if part, ok := strings.CutPrefix(f.File, r.Name+"!"); ok {
			where = printable(part) + ", " + where
		}
		fmt.Fprintf(s.out, "  %s %s: %s\n", s.paint(f.Severity.String(), 6), where, printable(f.Message))
		fmt.Fprintf(s.out, "         %s (%s)\n", printable(f.Reason), f.Rule)
	}
}

// printable returns s as it is, or quoted if a terminal would not show all of it.
func printable(s string) string {
	for _, r := range s {
		if r == '\ufffd' || !strconv.IsGraphic(r) {
			quoted := strconv.QuoteToGraphic(s)
			return quoted[1 : len(quoted)-1]
		}
	}
	return s
}

// jsonReport is what --format json writes. Its form is documented, and versions
// of it only add fields.
type jsonReport struct {
	Version int            `json:"version"`
	Verdict scan.Verdict   `json:"verdict"`
	Reports []*scan.Report `json:"reports"`
}

func (s *scanner) json() error {
	all := jsonReport{Version: 1, Reports: s.reports}
	if all.Reports == nil {
		all.Reports = []*scan.Report{}
	}
	for _, r := range s.reports {
		all.Verdict = max(all.Verdict, r.Verdict)
	}
	if s.failed {
		all.Verdict = max(all.Verdict, scan.Unknown)
	}
	enc := json.NewEncoder(s.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(all)
}

var errNoPickle = errors.New("there is no pickle")

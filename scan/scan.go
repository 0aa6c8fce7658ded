// Package scan says what a pickle would import and call if Python loaded it,
// without running anything.
//
//	report := scan.Bytes("model.pkl", data, nil)
//	if report.Verdict != scan.Clean {
//		…
//	}
//
// The program is executed by the very machine that package pickle decodes with
// (package vm), so that a scan sees what a decoder sees: names that come out of
// the memo, or from strings far away, are found where they are used. What
// unpicklers do not agree on is a finding of its own.
//
// A scan reads every pickle of a file, also behind the first, and those in zip
// archives (PyTorch), gzip, bzip2 and zlib streams, tar archives, npy and npz
// files, files of joblib, between whose instructions are arrays, and in bytes and
// text of other pickles. What a file is called does not matter. A pickle that breaks is reported as far as it was run, since Python
// runs it as far; behind that, the scan goes on as a more lenient unpickler
// would.
//
// # Verdict
//
// A file is [Clean] only if everything in it was read and every global is on the
// allow list of the [Policy]. It is [Malicious] if a global is on the list of
// what runs code, or reaches outside. It is [Suspicious] if it has what no pickler
// writes, and [Unknown] if nothing of that is true, but something could not be
// read, or is on no list.
//
// Clean means that loading the pickle runs nothing beyond what the policy
// allows. It does not mean that the values are true, nor that loading needs
// little memory, nor that libraries whose classes are allowed, and which are
// written in C, bear every state of them: what is known to make numpy use bytes as
// addresses is a finding, but nobody has such a list of all libraries.
package scan

import (
	"bytes"
	"io"
	"io/fs"
	"sync"
)

// Options are what a scan can be told. The zero Options are the defaults.
type Options struct {
	// Policy is what may be imported. nil means DefaultPolicy.
	Policy *Policy
	// MaxExpanded is how many bytes of compressed data are expanded altogether;
	// 0 means 512 MiB. Beyond it the verdict is Unknown at best.
	MaxExpanded int64
	// MaxFiles is how many parts of archives, and pickles within pickles, are
	// looked into; 0 means 100,000.
	MaxFiles int
	// MaxDepth is how deep archives and pickles may be within each other; 0 means 8.
	MaxDepth int
	// MaxSize is how many bytes Reader reads; 0 means 16 GiB.
	MaxSize int64
}

// Bytes scans a file that is in memory. name is what the report calls it. There is
// always a report; data is neither kept nor modified.
func Bytes(name string, data []byte, opts *Options) *Report {
	s := newScanner(name, opts)
	s.file(name, data)
	return s.finish()
}

// Reader scans what r has until its end, which is read into memory. It returns
// an error only if r does, and then no report.
func Reader(name string, r io.Reader, opts *Options) (*Report, error) {
	s := newScanner(name, opts)
	var buf bytes.Buffer
	if f, ok := r.(fs.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() < s.opts.MaxSize {
			buf.Grow(int(info.Size()) + bytes.MinRead)
		}
	}
	n, err := io.Copy(&buf, io.LimitReader(r, s.opts.MaxSize+1))
	if err != nil {
		return nil, err
	}
	buf.Truncate(int(min(n, s.opts.MaxSize)))
	s.file(name, buf.Bytes())
	if n > s.opts.MaxSize {
		s.add(Finding{Rule: "limit", File: name, Offset: s.opts.MaxSize, Message: "the file is larger than MaxSize"})
	}
	return s.finish(), nil
}

// defaultMatcher is the default policy, which is made ready once.
var defaultMatcher = sync.OnceValue(func() *matcher { return DefaultPolicy().compile() })

// scanner is one scan. What it holds grows with the input, and the limits.
type scanner struct {
	opts     Options
	policy   *matcher
	report   *Report
	counts   map[ruleInFile]int
	expanded int64 // bytes of compressed data that were expanded
	size     int64 // of the file
	reread   int64 // bytes that were read in more than one way
	files    int   // parts that were looked into
	reached  bool  // a limit on files has been reported
}

func (s *scanner) file(name string, data []byte) {
	s.size = int64(len(data))
	s.blob(name, data, 0, top)
}

type ruleInFile struct{ rule, file string }

func newScanner(name string, opts *Options) *scanner {
	s := &scanner{counts: make(map[ruleInFile]int)}
	if opts != nil {
		s.opts = *opts
	}
	setDefault(&s.opts.MaxExpanded, 512<<20)
	setDefault(&s.opts.MaxFiles, 100_000)
	setDefault(&s.opts.MaxDepth, 8)
	setDefault(&s.opts.MaxSize, 16<<30)
	if s.opts.Policy == nil {
		s.policy = defaultMatcher()
	} else {
		s.policy = s.opts.Policy.compile()
	}
	s.report = &Report{Name: name, Files: []File{}, Pickles: []Pickle{}, Globals: []Global{}, Findings: []Finding{}}
	return s
}

func setDefault[T int | int64](v *T, value T) {
	if *v <= 0 {
		*v = value
	}
}

// add records a finding; the rule fills in what it leaves open.
func (s *scanner) add(f Finding) {
	r := ruleTexts[f.Rule]
	if f.Severity == Info {
		f.Severity = r.severity
	}
	if f.Reason == "" {
		f.Reason = r.text
	}
	f.Category = r.category
	s.report.Verdict = max(s.report.Verdict, f.Severity.Verdict())
	key := ruleInFile{f.Rule, f.File}
	s.counts[key]++
	if n := s.counts[key]; n > maxFindings {
		return
	} else if n == maxFindings {
		f.Message += " (further findings of this rule in this file are left out)"
	}
	s.report.Findings = append(s.report.Findings, f)
}

package scan

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/go-pickle/pickle/vm"
)

// place is where bytes come from, which says what is expected of them.
type place uint8

const (
	top    place = iota // the file itself: there should be a pickle
	member              // a part of an archive: there may be one
	inside              // a string of a pickle, or what is between pickles: there should be none

	arraysTaken // a file of joblib from which the arrays have been taken out
)

// blob looks into bytes that may be anything.
func (s *scanner) blob(name string, data []byte, depth int, where place) {
	if s.files >= s.opts.MaxFiles || depth > s.opts.MaxDepth {
		if !s.reached {
			s.reached = true
			s.add(Finding{Rule: "limit", File: name, Message: "archives within archives, or too many parts: this one, and what comes then, was not looked into"})
		}
		return
	}
	s.files++
	s.report.Files = append(s.report.Files, File{Name: name, Format: "data", Size: int64(len(data))})
	at := len(s.report.Files) - 1
	n, joblib := s.stream(name, data, depth, where)
	format := s.container(name, data, depth, where)
	switch {
	case format != "":
		s.report.Files[at].Format = format
	case joblib:
		s.report.Files[at].Format = "joblib"
	case n > 0:
		s.report.Files[at].Format = "pickle"
	case where == top && s.base64(name, data, depth):
		s.report.Files[at].Format = "base64"
	case where == top:
		s.add(Finding{Rule: "no-pickle", File: name, Message: "neither a pickle nor an archive"})
	case where == inside:
		s.report.Files = slices.Delete(s.report.Files, at, at+1)
		return
	}
	s.report.Files[at].Pickles = n
}

// base64 scans what data is in base64.
func (s *scanner) base64(name string, data []byte, depth int) bool {
	decoded := fromBase64(bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("\r"), nil), []byte("\n"), nil))
	if decoded == nil {
		return false
	}
	s.blob(name+"!base64", decoded, depth+1, top)
	return true
}

// stream scans the pickles that follow each other from the beginning of data on
// and returns how many there are, or that it is a file of joblib and was scanned as
// one.
func (s *scanner) stream(name string, data []byte, depth int, where place) (n int, joblib bool) {
	var (
		machine vm.Machine
		nested  []payload
		loads   []payload
		off     int
		index   int
		cut     cut // the first one, in the pickle at cutAt
		cutAt   int
		seam    int // where the first frame ends that goes on behind a STOP
		all     []*analysis
	)
	kept := new(keptMemo)
	broken := false
	for off < len(data) && !broken {
		p := readProgram(data[off:], &machine)
		a := p.analyze(name, index, int64(off))
		if index > 0 {
			kept.advance(data[:off+p.end])
			if kept.sound && !p.complete() { // it needs the memo of those before
				p.needMemo()
			}
		}
		if !accepted(p, a, where, s) {
			break
		}
		if a.names(joblibWrapper) && (where != arraysTaken || index > 0) {
			if where == inside || index > 0 {
				s.add(Finding{Rule: "joblib-arrays", File: name, Offset: int64(off), Message: "only the first pickle of a file is read as one of joblib"})
			} else if s.joblib(name, data, p, depth) {
				return 0, true
			}
		}
		s.record(p, a)
		all = append(all, a)
		for _, n := range p.nested {
			n.at += off
			nested = append(nested, n)
		}
		for _, l := range a.loads {
			l.at, l.data = l.at+off, bytes.Clone(l.data) // the machine is used again
			loads = append(loads, l)
		}
		if p.cut.to > 0 && cut.to == 0 {
			cut, cutAt = p.cut, off
		}
		if p.frameEnd > 0 && seam == 0 {
			seam = off + p.frameEnd
		}
		off += p.end
		index++
		broken = !p.stopped
	}
	if index == 0 {
		return 0, false
	}
	if index > 1 {
		s.compareMemo(name, data, kept, all)
	}
	for _, n := range nested {
		if n.data != nil {
			s.nested(name, n, depth)
		}
	}
	for _, l := range loads {
		s.blob(fmt.Sprintf("%s!%s@%d", name, l.how, l.at), l.data, depth+1, top)
	}
	if cut.to > 0 {
		if part := fmt.Sprintf("%s!file@%d", name, cutAt); s.again(part, len(data)-cutAt) {
			s.blob(part, cut.apply(data[cutAt:]), depth+1, inside)
		}
	}
	if seam < len(data) && seam > 0 {
		if part := fmt.Sprintf("%s!frame@%d", name, seam); s.again(part, len(data)-seam) {
			s.blob(part, data[seam:], depth+1, inside)
		}
	}
	s.trailing(name, data, off, depth, broken)
	return index, false
}

// nested looks into a string of a pickle.
func (s *scanner) nested(name string, n payload, depth int) {
	before := len(s.report.Files)
	part := fmt.Sprintf("%s!%s@%d", name, n.how, n.at)
	s.blob(part, n.data, depth+1, inside)
	if len(s.report.Files) > before {
		s.add(Finding{Rule: "nested-pickle", File: name, Offset: int64(n.at), Message: fmt.Sprintf("a %s is in the pickle", s.report.Files[before].Format)})
	}
}

// torchMagic is the first pickle of a file that torch wrote before it used
// archives. Four pickles and the raw numbers of tensors follow.
var torchMagic = []byte("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")

// maxSearch bounds at how many places a pickle is looked for in other data.
const maxSearch = 64

// trailing looks at what follows the last pickle.
func (s *scanner) trailing(name string, data []byte, off, depth int, broken bool) {
	rest := data[off:]
	if len(bytes.Trim(rest, "\x00\r\n")) == 0 {
		return
	}
	if !broken && (isZlib(rest) || isGzip(rest) || isBzip2(rest)) { // so Django's cache has them
		before := len(s.report.Pickles)
		s.blob(fmt.Sprintf("%s!data@%d", name, off), rest, depth+1, top)
		if len(s.report.Pickles) > before {
			return
		}
	}
	if !broken {
		f := Finding{Rule: "trailing-data", File: name, Offset: int64(off), Message: fmt.Sprintf("%d bytes that are no pickle follow the last one", len(rest))}
		if !bytes.HasPrefix(data, torchMagic) {
			s.add(f)
		}
	}
	s.search(name, data, off, depth)
}

// again reports whether n bytes may be read in one more way. It bounds the work
// where each way to read something has several others in it.
func (s *scanner) again(name string, n int) bool {
	const ways = 16
	if s.reread += int64(n); s.reread <= ways*(s.size+s.expanded)+1<<20 {
		return true
	}
	if !s.reached {
		s.reached = true
		s.add(Finding{Rule: "limit", File: name, Message: "there are too many ways to read this; it was not looked into any more"})
	}
	return false
}

// search looks for pickles at any place behind from: one that is sought out by
// an offset, or loaded by a reader that skips what it does not know.
func (s *scanner) search(name string, data []byte, from, depth int) {
	for tries := 0; tries < maxSearch; tries++ {
		i := bytes.IndexByte(data[from:], byte(vm.OpProto))
		if i < 0 || from+i+1 >= len(data) {
			return
		}
		from += i
		if v := data[from+1]; v < 2 || v > vm.HighestProtocol {
			tries-- // costs nothing
			from++
			continue
		}
		if part := fmt.Sprintf("%s!data@%d", name, from); candidate(data[from:]) && s.again(part, len(data)-from) {
			before := len(s.report.Files)
			s.blob(part, data[from:], depth+1, inside)
			if len(s.report.Files) > before {
				return // what follows it has been searched, too
			}
		}
		from++
	}
}

// analyze says what the machine made of the program.
func (p *program) analyze(file string, index int, base int64) *analysis {
	names := make([]int, 0, len(p.names))
	refused := make(map[int]bool, len(p.refused))
	for _, at := range p.refused {
		refused[at] = true
	}
	for _, at := range p.names {
		if !refused[at] {
			names = append(names, at)
		}
	}
	g := p.machine.Graph()
	reached := min(g.GlobalLen(), len(names))
	a := analyze(g, p.data, names[:reached], file, index, base)
	rest := names[reached:]
	for _, at := range slices.Concat(p.refused, rest) {
		if op := vm.Opcode(p.data[at]); op != vm.OpStackGlobal {
			lines := bytes.SplitN(p.data[at+1:], []byte{'\n'}, 3)
			a.global(string(lines[0]), string(lines[1]), "", int64(at), op.String())
		}
	}
	for _, g := range a.order {
		g.After = p.breaks(int(g.Offset - base))
	}
	return a
}

// accepted reports whether the bytes are a pickle: all of one, or as much as a
// program that has imported something by the time it breaks. What is neither
// does nothing when it is loaded, whatever it is.
func accepted(p *program, a *analysis, where place, s *scanner) bool {
	if p.failed != nil && p.failed.Offset == 0 && bytes.HasPrefix(p.data, []byte(zipLocal)) {
		return false // the P of an archive, which is read as one
	}
	sure := p.complete() || len(p.data) > 1 && p.data[0] == byte(vm.OpProto) && p.data[1] <= vm.HighestProtocol && p.end > 2
	for _, g := range a.order {
		known, _ := s.policy.judge(canonical(g.Module, g.Name))
		if known != Unlisted || plausible(g.Module, g.Name) && (sure || where != inside && (!g.After || where == top && p.stopped)) {
			return true
		}
	}
	return sure && where != inside
}

// record puts what is known of a pickle into the report.
func (s *scanner) record(p *program, a *analysis) {
	r := Pickle{File: a.file, Index: a.index, Offset: a.base, Size: int64(p.end), Protocol: 0, Error: p.explain()}
	if len(p.data) > 1 && p.data[0] == byte(vm.OpProto) {
		r.Protocol = int(p.data[1])
	}
	s.report.Pickles = append(s.report.Pickles, r)
	for _, g := range a.order {
		s.judge(g)
	}
	for _, notes := range [][]Finding{p.notes, a.notes} {
		for _, f := range notes {
			f.File = a.file
			f.Offset += a.base
			s.add(f)
		}
	}
	if p.failed == nil && p.stopped {
		return
	}
	f := Finding{Rule: "broken", File: a.file, Offset: a.base + int64(p.end), Message: "the pickle has no end"}
	if p.failed != nil {
		f.Offset, f.Message = a.base+p.failed.Offset, r.Error
	}
	for _, g := range a.order {
		if !g.After {
			f.Rule = "broken-after"
		}
	}
	s.add(f)
}

// judge gives a global its status, and the report a finding if it needs one.
func (s *scanner) judge(g *Global) {
	module, name := canonical(g.Module, g.Name)
	var entry Entry
	g.Status, entry = s.policy.judge(module, name)
	g.Reason = entry.Reason
	f := Finding{File: g.File, Offset: g.Offset, Global: g.String(), Message: g.describe()}
	switch escape := escapesIn(name); {
	case escape != "" && g.Status != Allowed:
		f.Rule, g.Status = "interpreter-name", Denied
		f.Message += " (" + escape + ")"
	case g.Python == torchLoad && g.Uses == Called && !g.opaque:
		g.Status = Seen
	case g.Status == Denied:
		f.Rule, f.Severity, f.Reason = "denied-global", entry.severity, entry.Reason
		if f.Severity == Info {
			f.Severity = High
		}
	case g.Status == Allowed:
	case !plausible(g.Module, g.Name) && (g.Name != "" || !plausible(g.Module, "x")):
		f.Rule = "name-text"
	case seen[g.Python] && g.Uses&(Called|Created) != 0 && g.Uses&Argument == 0: // what else calls it is not followed
		g.Status = Seen
	default:
		f.Rule = "unlisted-global"
	}
	s.report.Globals = append(s.report.Globals, *g)
	if f.Rule != "" {
		s.add(f)
	}
}

// describe says in a few words what happens to a global.
func (g *Global) describe() string {
	what := "imports "
	if g.Uses&Called != 0 {
		what = "calls "
	} else if g.Uses&Created != 0 {
		what = "makes an instance of "
	}
	what += g.String()
	if g.Uses&Called != 0 {
		what += g.Call
	}
	if g.Python != g.String() {
		what += ", which is " + g.Python
	}
	if g.Via != "" {
		what += ", by way of " + g.Via
	}
	return what
}

// keptMemo runs the pickles of a stream with one memo, as an Unpickler does that
// is used again: the numbers of its entries can then mean something else.
type keptMemo struct {
	machine vm.Machine
	done    int   // bytes
	at      []int // where globals are named
	sound   bool  // the last pickle was executed to its STOP
}

// advance runs the pickles up to the end of data.
func (k *keptMemo) advance(data []byte) {
	k.sound = k.done == 0 || k.sound
	for k.done < len(data) && k.sound {
		w := walker{program: &program{data: data[k.done:]}, frame: -1}
		w.walk()
		for _, n := range w.names {
			k.at = append(k.at, k.done+n)
		}
		end := k.done + w.end
		_, err := k.machine.Run(data, true)
		k.sound = err == nil && w.stopped && k.machine.Consumed() == end
		k.machine.Next()
		k.done = end
	}
}

// needMemo makes p, which is broken by itself, the pickle that it is with the memo of
// those before it.
func (p *program) needMemo() {
	p.failed = nil
	p.notes = append(p.notes, Finding{Rule: "memo-kept", Offset: int64(p.end - 1), Message: "the pickle refers to the memo of those before it"})
}

// compareMemo adds what a stream imports only where the memo is kept.
func (s *scanner) compareMemo(name string, data []byte, kept *keptMemo, apart []*analysis) {
	known := make(map[globalKey]bool)
	for _, a := range apart {
		for key := range a.found {
			known[key] = true
		}
	}
	g := kept.machine.Graph()
	a := analyze(g, data, kept.at, name, 0, 0)
	for _, g := range a.order {
		if !known[globalKey{g.Module, g.Name, g.Via}] {
			s.add(Finding{Rule: "memo-kept", File: name, Offset: g.Offset, Global: g.String(), Message: g.describe() + " where the memo is kept"})
			s.judge(g)
		}
	}
}

// finish completes the report.
func (s *scanner) finish() *Report {
	slices.SortStableFunc(s.report.Findings, func(a, b Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	return s.report
}

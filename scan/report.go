package scan

import (
	"fmt"
	"strings"
)

// Verdict is what a scan concludes.
type Verdict uint8

// The verdicts, from the best to the worst. They are ordered: the verdict of
// several files is the largest of theirs.
const (
	Clean      Verdict = iota // everything was parsed, and every global is on the allow list
	Unknown                   // something could not be read, or is on no list
	Suspicious                // something that no pickler writes, or that needs a reason
	Malicious                 // loading it would, or could, run code of the pickle's choice
)

var verdictNames = [...]string{"clean", "unknown", "suspicious", "malicious"}

// String returns the verdict in lower case: "clean", "unknown", "suspicious" or
// "malicious".
func (v Verdict) String() string { return nameOf(verdictNames[:], int(v)) }

// MarshalText returns String.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (v *Verdict) UnmarshalText(text []byte) error {
	i, err := indexOf(verdictNames[:], text, "verdict")
	*v = Verdict(i)
	return err
}

// Severity says how much a finding weighs. Each severity has the verdict it
// leads to.
type Severity uint8

// The severities.
const (
	Info   Severity = iota // worth knowing; no influence on the verdict
	Low                    // the verdict is at least Unknown
	Medium                 // at least Suspicious
	High                   // Malicious
)

var severityNames = [...]string{"info", "low", "medium", "high"}

// String returns the severity in lower case: "info", "low", "medium" or "high".
func (s Severity) String() string { return nameOf(severityNames[:], int(s)) }

// MarshalText returns String.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Severity) UnmarshalText(text []byte) error {
	i, err := indexOf(severityNames[:], text, "severity")
	*s = Severity(i)
	return err
}

// Verdict returns the verdict that a finding of this severity leads to.
func (s Severity) Verdict() Verdict { return Verdict(s) }

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("(%d)", i)
}

func indexOf(names []string, text []byte, what string) (int, error) {
	for i, name := range names {
		if name == string(text) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("scan: %q is no %s", text, what)
}

// The categories of findings.
const (
	CategoryGlobal    = "global"    // what a pickle imports and calls
	CategoryAmbiguous = "ambiguous" // unpicklers, or readers of archives, disagree on what it means
	CategoryBroken    = "broken"    // it cannot be read to its end
	CategoryLimit     = "limit"     // it was not read to its end
)

// Finding is something that a reader of the report should know.
type Finding struct {
	Rule     string   `json:"rule"`     // a stable identifier, see Rules
	Category string   `json:"category"` // one of the categories above
	Severity Severity `json:"severity"`
	File     string   `json:"file"`             // as File.Name
	Offset   int64    `json:"offset"`           // in bytes from the beginning of File
	Global   string   `json:"global,omitempty"` // module.name, where it is about one
	Message  string   `json:"message"`          // what was found
	Reason   string   `json:"reason,omitempty"` // why that matters
}

// Use says what a pickle does with a global.
type Use uint8

// The uses. They are bits: a global can have several.
const (
	Called   Use = 1 << iota // called, as function or class
	Created                  // an instance was made with __new__, without __init__
	State                    // given a state by BUILD, or an instance of it was
	Items                    // given items by APPENDS, SETITEMS or ADDITEMS, or an instance of it was
	Argument                 // handed to a function that calls its argument
)

var useNames = [...]string{"called", "created", "state", "items", "argument"}

// Names returns the names of the uses: "called", "created", "state", "items",
// "argument", or "named" alone where there is none of them.
func (u Use) Names() []string {
	var names []string
	for i, name := range useNames {
		if u&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if names == nil {
		return []string{"named"}
	}
	return names
}

// String returns the names of the uses with commas between them.
func (u Use) String() string { return strings.Join(u.Names(), ", ") }

// MarshalText returns String.
func (u Use) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (u *Use) UnmarshalText(text []byte) error {
	*u = 0
	if string(text) == "named" {
		return nil
	}
	for _, name := range strings.Split(string(text), ", ") {
		i, err := indexOf(useNames[:], []byte(name), "use")
		if err != nil {
			return err
		}
		*u |= 1 << i
	}
	return nil
}

// Status says what the policy has on a global.
type Status string

// The statuses of a global.
const (
	Allowed  Status = "allowed"
	Denied   Status = "denied"
	Unlisted Status = "unlisted" // on no list
	Seen     Status = "seen"     // a getattr or the like, judged by what it was applied to
)

// Global is a class, function or module that a pickle names, or reaches from one
// that it names. One that a pickle names several times is there once.
type Global struct {
	File   string `json:"file"`
	Pickle int    `json:"pickle"` // the number of the pickle in its file, from 0 on
	Offset int64  `json:"offset"` // of the first instruction that names it, in bytes from the beginning of File
	Opcode string `json:"opcode"` // GLOBAL, INST, STACK_GLOBAL; REDUCE and others where it is reached by a call
	Module string `json:"module"` // as the pickle spells it
	Name   string `json:"name"`
	Python string `json:"python"`        // module.name in Python 3, under the name by which it is documented
	Via    string `json:"via,omitempty"` // how it is reached: "builtins.getattr", say
	Uses   Use    `json:"uses"`
	Count  int    `json:"count"` // how often it is named
	Status Status `json:"status"`
	Reason string `json:"reason,omitempty"` // of the entry of the policy
	// After says that an unpickler like CPython's would have failed before it.
	After bool `json:"after_error,omitempty"`
	// Call has the arguments of the first call in short, "(\"id\")", for people.
	Call string `json:"call,omitempty"`

	special bool // the analysis follows what it returns
	opaque  bool // of torchLoad: it is called with something that cannot be told
}

// String returns module.name as the pickle spells it.
func (g *Global) String() string { return join(g.Module, g.Name) }

func join(module, name string) string {
	if name == "" {
		return module
	}
	return module + "." + name
}

// File is the file itself, or a part of it that was looked into.
type File struct {
	// Name is the name given to the scan and the way into it, with an exclamation
	// mark before each part: "model.pt!archive/data.pkl!bytes@120". A file of
	// joblib has the part "joblib": itself, without the arrays.
	Name    string `json:"name"`
	Format  string `json:"format"` // "pickle", "zip", "gzip", "bzip2", "zlib", "tar", "npy", "joblib", "data"
	Size    int64  `json:"size"`   // in bytes
	Pickles int    `json:"pickles"`
}

// Pickle is one program, up to its STOP or to where it ends without.
type Pickle struct {
	File     string `json:"file"`
	Index    int    `json:"index"`
	Offset   int64  `json:"offset"`
	Size     int64  `json:"size"`
	Protocol int    `json:"protocol"`
	Error    string `json:"error,omitempty"` // where it is broken
}

// Report is what a scan found. Its JSON form is stable: fields may be added, and
// none is renamed.
type Report struct {
	Name     string    `json:"name"`
	Verdict  Verdict   `json:"verdict"`
	Files    []File    `json:"files"`
	Pickles  []Pickle  `json:"pickles"`
	Globals  []Global  `json:"globals"`
	Findings []Finding `json:"findings"` // the worst first
}

// maxFindings bounds the findings of one rule in one file, so that a report
// cannot be larger than what can be read.
const maxFindings = 100

// Rules returns the identifiers of all rules with what each is about.
func Rules() map[string]string {
	rules := make(map[string]string, len(ruleTexts))
	for id, r := range ruleTexts {
		rules[id] = r.text
	}
	return rules
}

type rule struct {
	category string
	severity Severity
	text     string
}

// ruleTexts has the rules. A finding may have another severity than its rule
// where a policy says so.
var ruleTexts = map[string]rule{
	"denied-global":    {CategoryGlobal, High, "Loading imports or calls something that runs code, or reaches outside of the pickle."},
	"unlisted-global":  {CategoryGlobal, Low, "Loading imports or calls something that is on no list."},
	"interpreter-name": {CategoryGlobal, High, "A name leads into the interpreter's own structures, from where everything can be reached."},
	"unresolved-getattr": {CategoryGlobal, Medium,
		"An attribute is fetched by a call, and it cannot be told of what, or which."},
	"class-state":      {CategoryGlobal, Medium, "A class or function itself is given a state or items, which changes it for the whole process."},
	"unlisted-call":    {CategoryGlobal, Medium, "Something is called that is not a global, and it cannot be told what it is."},
	"raw-memory":       {CategoryGlobal, Medium, "Numpy is told how to take bytes apart, and believes it: objects among them are addresses, which are then used."},
	"extension-code":   {CategoryAmbiguous, Medium, "Which class an extension code stands for depends on the process that loads it."},
	"persistent-id":    {CategoryGlobal, Info, "What a persistent ID stands for is decided by the program that loads the pickle."},
	"nested-pickle":    {CategoryGlobal, Info, "Bytes or text in the pickle are a pickle, or a compressed file, themselves."},
	"memo-rebound":     {CategoryAmbiguous, Medium, "An entry of the memo is replaced, which no pickler does; some unpicklers resolve earlier references to the new entry."},
	"memo-gap":         {CategoryAmbiguous, Medium, "MEMOIZE follows a PUT that left a gap; unpicklers differ on the number it takes."},
	"memo-kept":        {CategoryAmbiguous, Medium, "A later pickle of the stream means something else where the memo of the earlier ones is kept."},
	"proto-repeated":   {CategoryAmbiguous, Medium, "PROTO is not at the beginning, or there twice, which changes how names are read."},
	"name-from-stack":  {CategoryAmbiguous, Medium, "The operands of STACK_GLOBAL do not come from the two strings before it, which scanners of programs rely on."},
	"name-kind":        {CategoryAmbiguous, Medium, "An operand of STACK_GLOBAL is a str of Python 2, whose text depends on how the unpickler decodes it."},
	"frame-crossed":    {CategoryAmbiguous, Medium, "An instruction crosses the end of a frame, or frames nest: the C and the Python unpickler of CPython differ."},
	"frame-past-end":   {CategoryAmbiguous, Medium, "A frame is longer than the input: CPython's C unpickler fails, its Python unpickler goes on."},
	"frame-after-stop": {CategoryAmbiguous, Medium, "A frame goes on after STOP: unpicklers differ on where the next pickle begins."},
	"number-text":      {CategoryAmbiguous, Medium, "A number is spelled in a way that unpicklers read differently."},
	"name-text":        {CategoryAmbiguous, Medium, "A name has characters that no Python name has."},
	"trailing-data":    {CategoryAmbiguous, Medium, "There is something after the last pickle that is none."},
	"broken":           {CategoryBroken, Low, "The pickle cannot be read to its end. What comes before has been run by then."},
	"broken-after":     {CategoryBroken, Medium, "The pickle breaks after it has imported or called something, which has been run by then."},
	"no-pickle":        {CategoryBroken, Low, "There is no pickle."},
	"damaged-archive":  {CategoryBroken, Low, "An archive, or a part of one, cannot be read."},
	"unsupported":      {CategoryLimit, Low, "A format that this scan does not read."},
	"limit":            {CategoryLimit, Low, "A limit of the scan was reached; the rest was not read."},
	"joblib-arrays":    {CategoryLimit, Low, "The file has arrays of joblib between its instructions, and it cannot be told where they end: joblib.load and pickle.load execute different parts of it."},
	"archive-prefix":   {CategoryAmbiguous, Medium, "There is data before or after the archive, which other readers may take for the file."},
	"archive-twice":    {CategoryAmbiguous, Medium, "An archive has two entries of one name; readers differ on which they take."},
	"archive-headers":  {CategoryAmbiguous, Medium, "The headers of an archive contradict each other; readers differ on which they believe."},
	"archive-checksum": {CategoryAmbiguous, Medium, "A checksum is wrong; some readers do not look at it."},
	"archive-hidden":   {CategoryAmbiguous, Medium, "An entry is not in the archive's directory; readers that go through the file see it, others do not."},
}

// Package bench compares the library with CPython's C pickler and with other
// Go libraries, for pickles and for other formats. The command in cmd/compare times
// all of them side by side; README.md has what it found.
//
// Each workload is a value in the file that generate.py has written for it.
// The contestants for other formats are given the same value in theirs. What
// is timed is also what the tests run: a Case has one operation, and a check of
// what it results in.
package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Op is what is timed.
type Op int

// The operations. An encoder's values are what the decoder of the same kind makes.
const (
	DecodeTyped Op = iota
	DecodeAny
	EncodeTyped
	EncodeAny
)

// Ops are all operations.
var Ops = []Op{DecodeTyped, DecodeAny, EncodeTyped, EncodeAny}

func (op Op) String() string {
	return [...]string{"DecodeTyped", "DecodeAny", "EncodeTyped", "EncodeAny"}[op]
}

// Protocols are those that the workloads exist in.
var Protocols = []int{2, 4, 5}

// Contestants of this library. Those of others are called like the package.
const (
	Unmarshal   = "Unmarshal"
	PlainValues = "PlainValues" // Unmarshal or Marshal of plain maps and slices
	FromReader  = "Decoder"     // of a bytes.Reader
	Parse       = "Parse"       // and then decode one field
	Marshal     = "Marshal"
	Append      = "Append" // to a slice that is large enough
)

// Case is one contestant's way of one operation on one workload.
type Case struct {
	Name  string
	Size  int          // of the encoded form, in bytes
	Run   func() error // does it once
	Check func() error // does it once and looks at the result
	Wrong string       // why the contestant cannot; Check fails then

	Encode func() ([]byte, error) // what Run does, if it is to encode
}

// Group is what is compared with each other: all ways of one operation on one
// workload. The first case is this library's usual way.
type Group struct {
	Workload string
	Op       Op
	Protocol int
	Pickle   []byte // as CPython has written it
	Cases    []Case
}

// Workload is a value that is encoded and decoded.
type Workload struct {
	Name  string
	group func(files *files, op Op, protocol int, peers bool) ([]Case, error)
}

// Group returns the cases of one operation on the files of that directory.
// Without peers it has only those of this library.
func (w Workload) Group(dir string, op Op, protocol int, peers bool) (*Group, error) {
	data, err := os.ReadFile(filepath.Join(dir, PickleFile(w.Name, protocol)))
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, w.Name+".json"))
	if err != nil {
		return nil, err
	}
	cases, err := w.group(&files{data, text}, op, protocol, peers)
	if err != nil {
		return nil, fmt.Errorf("%s of %s: %w", op, w.Name, err)
	}
	for i, c := range cases {
		cases[i].Wrong = cannot[c.Name][w.Name]
		if c.Size == 0 {
			cases[i].Size = len(data)
		}
	}
	return &Group{w.Name, op, protocol, data, cases}, nil
}

// PickleFile is the name of a workload's file.
func PickleFile(workload string, protocol int) string {
	return fmt.Sprintf("%s.p%d.pkl", workload, protocol)
}

// Find returns the workloads of these names, and all without names.
func Find(names ...string) ([]Workload, error) {
	if len(names) == 0 {
		return workloads, nil
	}
	var found []Workload
	for _, name := range names {
		i := slices.IndexFunc(workloads, func(w Workload) bool { return w.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("no workload %q", name)
		}
		found = append(found, workloads[i])
	}
	return found, nil
}

// files are those of one workload at one protocol.
type files struct{ pickle, json []byte }

// decodeCase is a Case that decodes into a new T.
func decodeCase[T any](name string, size int, decode func(*T) error, check func(T) error) Case {
	return Case{
		Name: name,
		Size: size,
		Run:  func() error { return decode(new(T)) },
		Check: func() error {
			v := new(T)
			if err := decode(v); err != nil {
				return err
			}
			return check(*v)
		},
	}
}

// encodeCase is a Case that encodes a value.
func encodeCase(name string, encode func() ([]byte, error), check func([]byte) error) (Case, error) {
	data, err := encode()
	return Case{
		Name:   name,
		Size:   len(data),
		Encode: encode,
		Run:    func() error { _, err := encode(); return err },
		Check: func() error {
			data, err := encode()
			if err != nil {
				return err
			}
			return check(data)
		},
	}, err
}

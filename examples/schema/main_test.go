package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/google/go-cmp/cmp"
)

func Example() {
	main()
	// Output:
	// contacts-python3.6-p0.pkl: contacts.Contact becomes directory.people.Person
	//   1 Ann Smith, en, manager Ann Smith
	//   2 Zoë, fr, manager Ann Smith, {'badge': ('blue', 7)}
	// contacts-python3.6-p1.pkl: contacts.Contact becomes directory.people.Person
	//   1 Ann Smith, en, manager Ann Smith
	//   2 Zoë, fr, manager Ann Smith, {'badge': ('blue', 7)}
	// contacts-python3.6-p2.pkl: contacts.Contact becomes directory.people.Person
	//   1 Ann Smith, en, manager Ann Smith
	//   2 Zoë, fr, manager Ann Smith, {'badge': ('blue', 7)}
	// contacts-python3.6-p3.pkl: contacts.Contact becomes directory.people.Person
	//   1 Ann Smith, en, manager Ann Smith
	//   2 Zoë, fr, manager Ann Smith, {'badge': ('blue', 7)}
	// contacts-python3.6-p4.pkl: contacts.Contact becomes directory.people.Person
	//   1 Ann Smith, en, manager Ann Smith
	//   2 Zoë, fr, manager Ann Smith, {'badge': ('blue', 7)}
	// newstyle-python2.7-p0.pkl: addressbook.Person becomes directory.people.Person
	//   1 Ann Smith, en
	//   2 Zoë, en
	// newstyle-python2.7-p1.pkl: addressbook.Person becomes directory.people.Person
	//   1 Ann Smith, en
	//   2 Zoë, en
	// newstyle-python2.7-p2.pkl: addressbook.Person becomes directory.people.Person
	//   1 Ann Smith, en
	//   2 Zoë, en
	// now-python3.13-p5.pkl: directory.people.Person becomes directory.people.Person
	//   1 Ann Smith, en, manager Ann Smith
	//   2 Zoë, fr, manager Ann Smith, {'badge': ('blue', 7)}
	// oldstyle-python2.7-p0.pkl: addressbook.Person becomes directory.people.Person
	//   1 Ann Smith, en
	//   2 Zoë, en
	// oldstyle-python2.7-p1.pkl: addressbook.Person becomes directory.people.Person
	//   1 Ann Smith, en
	//   2 Zoë, en
	// oldstyle-python2.7-p2.pkl: addressbook.Person becomes directory.people.Person
	//   1 Ann Smith, en
	//   2 Zoë, en
}

// pythons are the versions that write and read pickles here, with the newest
// protocol and the versions of the class that each knows.
var pythons = []struct {
	version  string
	protocol int
	classes  []string
}{
	{"2.7", 2, []string{"oldstyle", "newstyle", "contacts", "now"}},
	{"3.6", 4, []string{"newstyle", "contacts", "now"}},
	{"3.8", 5, []string{"newstyle", "contacts", "now"}},
	{"3.11", 5, []string{"newstyle", "contacts", "now"}},
	{"3.13", 5, []string{"newstyle", "contacts", "now"}},
}

// expected returns the people that a version of the class pickled.
func expected(class string) []*Person {
	ann := &Person{Number: 1, FullName: "Ann Smith", Language: "en"}
	zoe := &Person{Number: 2, FullName: "Zoë", Language: "en"}
	if class == "contacts" || class == "now" {
		ann.Manager, zoe.Manager = ann, ann
		zoe.Language = "fr"
		zoe.Rest = map[string]any{"badge": pickle.Tuple{"blue", int64(7)}}
	}
	return []*Person{ann, zoe}
}

// inPython is what people.py prints of expected.
func inPython(class string) any {
	var people []any
	for _, p := range expected(class) {
		attributes := map[string]any{
			"number": float64(p.Number), "fullname": p.FullName, "language": p.Language, "managed": p.Manager != nil,
		}
		if p.Rest != nil {
			attributes["badge"] = []any{"blue", float64(7)}
		}
		people = append(people, attributes)
	}
	return people
}

// python runs people.py and returns what it prints.
func python(t *testing.T, version string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(pickletest.FindPython(t, version), append([]string{"-B", filepath.Join("testdata", "people.py")}, args...)...)
	cmd.Env = append(os.Environ(), "PYTHONHASHSEED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	return out
}

// write has Python pickle people of a version of the class, and returns the
// pickles by protocol.
func write(t *testing.T, version, class string, protocols ...int) map[int][]byte {
	t.Helper()
	dir := t.TempDir()
	path := func(protocol int) string { return filepath.Join(dir, fmt.Sprint(protocol)) }
	args := []string{"write", class}
	for _, protocol := range protocols {
		args = append(args, fmt.Sprint(protocol), path(protocol))
	}
	python(t, version, args...)
	pickles := make(map[int][]byte)
	for _, protocol := range protocols {
		data, err := os.ReadFile(path(protocol))
		if err != nil {
			t.Fatal(err)
		}
		pickles[protocol] = data
	}
	return pickles
}

// checkPeople compares people with those expected, and who is who among them.
func checkPeople(t *testing.T, class string, got []*Person) {
	t.Helper()
	if diff := cmp.Diff(expected(class), got); diff != "" {
		t.Fatalf("want (-), got (+):\n%s", diff)
	}
	for _, p := range got {
		if p.Manager != nil && p.Manager != got[0] {
			t.Errorf("the manager of %v is another object than the first of the list", p)
		}
	}
}

// TestStored reads the pickles of testdata, and has Python write them anew.
func TestStored(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "*.pkl"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d pickles, error %v", len(paths), err)
	}
	for _, path := range paths {
		var class, version string
		var protocol int
		name := strings.TrimSuffix(filepath.Base(path), ".pkl")
		if _, err := fmt.Sscanf(strings.ReplaceAll(name, "-", " "), "%s python%s p%d", &class, &version, &protocol); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			people, _, err := migrate(data)
			if err != nil {
				t.Fatal(err)
			}
			checkPeople(t, class, people)
			if diff := cmp.Diff(string(data), string(write(t, version, class, protocol)[protocol])); diff != "" {
				t.Errorf("stored (-), written now (+):\n%s", diff)
			}
		})
	}
}

// TestLive has each Python pickle each version of the class at each of its
// protocols, and load what Go makes of that by the class of today.
func TestLive(t *testing.T) {
	for _, p := range pythons {
		protocols := []int{0, 1, 2, 3, 4, 5}[:p.protocol+1]
		for _, class := range p.classes {
			t.Run(p.version+"/"+class, func(t *testing.T) {
				pickles := write(t, p.version, class, protocols...)
				dir, args := t.TempDir(), []string{"read"}
				for _, protocol := range protocols {
					people, now, err := migrate(pickles[protocol], pickle.Protocol(protocol))
					if err != nil {
						t.Fatalf("protocol %d: %v", protocol, err)
					}
					checkPeople(t, class, people)
					path := filepath.Join(dir, fmt.Sprint(protocol))
					if err := os.WriteFile(path, now, 0o666); err != nil {
						t.Fatal(err)
					}
					args = append(args, path)
				}

				dec := json.NewDecoder(bytes.NewReader(python(t, p.version, args...)))
				for _, protocol := range protocols {
					var got any
					if err := dec.Decode(&got); err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(inPython(class), got); diff != "" {
						t.Errorf("protocol %d: Python loads: want (-), got (+):\n%s", protocol, diff)
					}
				}
			})
		}
	}
}

// TestStranger: what only looks like a person is an error.
func TestStranger(t *testing.T) {
	data, err := pickle.Marshal([]any{&pickle.Object{
		Class: pickle.Global{Module: "zoo", Name: "Animal"},
		State: pickle.NewDict("number", 1, "fullname", "Ann"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = migrate(data)
	var globalErr *pickle.GlobalError
	if !errors.As(err, &globalErr) || globalErr.Module != "zoo" {
		t.Errorf("error %v, want a GlobalError for zoo.Animal", err)
	}
}

// TestRequired: who has no number is not accepted, by whatever name the class
// went, and the target stays as it was.
func TestRequired(t *testing.T) {
	for _, class := range []pickle.Global{
		{Module: "addressbook", Name: "Person"},
		{Module: "contacts", Name: "Contact"},
		{Module: "directory.people", Name: "Person"},
	} {
		t.Run(class.String(), func(t *testing.T) {
			complete := &pickle.Object{Class: class, State: pickle.NewDict("number", 1, "fullname", "Ann")}
			without := &pickle.Object{Class: class, State: pickle.NewDict("fullname", "Zoë")}
			data, err := pickle.Marshal([]any{complete, without})
			if err != nil {
				t.Fatal(err)
			}
			people := []*Person{{Number: 7}}
			err = pickle.Unmarshal(data, &people)
			var typeErr *pickle.UnmarshalTypeError
			if !errors.As(err, &typeErr) || !strings.Contains(err.Error(), "number") || !strings.Contains(typeErr.Path, "[1]") {
				t.Errorf("error %v, want an UnmarshalTypeError for number at [1]", err)
			}
			if diff := cmp.Diff([]*Person{{Number: 7}}, people); diff != "" {
				t.Errorf("the target has changed:\n%s", diff)
			}
		})
	}
}

package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/go-pickle/pickle"
)

// The names that the article's classes have in Python.
const (
	persistFoo    = "Orbtech.examples.persist.Foo"
	persistPerson = "Orbtech.examples.persist.Person"
)

// What Python 2.2 wrote in listing 12.
const article12 = "ccopy_reg\n_reconstructor\np1\n(cOrbtech.examples.persist\nFoo\np2\nc__builtin__\nobject\np3\nNtRp4\n" +
	"(dp5\nS'value'\np6\nS'What is a Foo?'\nsb."

// classes makes an option of a registry with one class. A program that has no
// two classes of one name, as these listings do, calls pickle.Register instead.
func classes(name string, value any, opts ...pickle.ClassOption) (pickle.Options, error) {
	r := pickle.NewRegistry()
	err := r.Register(name, value, opts...)
	return pickle.WithRegistry(r), err
}

// Foo is listing 11: Python's class of that name, whose attributes are the fields.
type Foo struct {
	Value string `pickle:"value"`
}

// define is listing 11: a pickle has the name of the class and the attributes,
// never the code.
func define(s *session) error {
	if _, err := classes(persistFoo, Foo{}); err != nil {
		return err
	}
	s.printf("%T is %s", Foo{}, persistFoo)
	return nil
}

// instance is listing 12.
func instance(s *session) error {
	persist, err := classes(persistFoo, Foo{})
	if err != nil {
		return err
	}
	foo := &Foo{"What is a Foo?"}
	p, err := pickle.Marshal(foo, text, persist)
	if err != nil {
		return err
	}
	s.printf("%s", p)
	if err := s.dump("12.pkl", foo, text, persist); err != nil {
		return err
	}

	var same, old any
	if err := s.load("12.pkl", &same, persist); err != nil {
		return err
	}
	s.printf("%T%+v", same, same)
	if err := pickle.Unmarshal([]byte(article12), &old, persist); err != nil {
		return err
	}
	s.printf("the article's: %T%+v", old, old)
	return nil
}

// dumpFoo pickles an instance of Foo as programs did when it had that name.
func (s *session) dumpFoo(name string) error {
	persist, err := classes(persistFoo, Foo{})
	if err != nil {
		return err
	}
	return s.dump(name, &Foo{"What is a Foo?"}, text, persist)
}

// NewFoo is Foo under a new name.
type NewFoo struct {
	Value string `pickle:"value"`
}

// renamedClass is listing 13.
func renamedClass(s *session) error {
	return s.loadRenamed("13.pkl", "Orbtech.examples.persist.NewFoo", NewFoo{})
}

// renamedModule is listing 14.
func renamedModule(s *session) error {
	return s.loadRenamed("14.pkl", "Orbtech.examples.storage.Foo", Foo{})
}

// loadRenamed loads an instance of Foo where only another class is registered.
// What is lost is the type: the class is data, not code, so that nothing else
// can be missing.
func (s *session) loadRenamed(name, class string, value any) error {
	if err := s.dumpFoo(name); err != nil {
		return err
	}
	now, err := classes(class, value)
	if err != nil {
		return err
	}
	var foo any
	if err := s.load(name, &foo, now); err != nil {
		return err
	}
	s.printf("%T: %v", foo, foo)

	// A program that wants Python's error has it.
	err = s.load(name, &foo, now, pickle.DisallowUnknownClasses(true))
	var globalErr *pickle.GlobalError
	if !errors.As(err, &globalErr) {
		return errors.New("the class was found")
	}
	s.printf("%v", err)
	return nil
}

// LoggingFoo is the Foo of listing 15: one of its attributes is a file. The
// state of an instance is the tuple of its value, the file's name and the
// position in it.
type LoggingFoo struct {
	Value   string
	LogFile *os.File
}

// NewLoggingFoo returns a LoggingFoo with a new file.
func NewLoggingFoo(value, filename string) (*LoggingFoo, error) {
	f, err := os.Create(filename)
	return &LoggingFoo{value, f}, err
}

// logState is the state of a LoggingFoo.
type logState struct {
	_        struct{} `pickle:",tuple"`
	Value    string
	Name     string
	Position int64
}

// GetState returns state values to be pickled, like __getstate__.
func (foo *LoggingFoo) GetState() (any, error) {
	position, err := foo.LogFile.Seek(0, io.SeekCurrent)
	return logState{Value: foo.Value, Name: foo.LogFile.Name(), Position: position}, err
}

// SetState restores state from the unpickled state values, like __setstate__.
// The article opens the file with mode 'w', which empties it. Note that a pickle
// from a stranger would choose which file of yours is opened.
func (foo *LoggingFoo) SetState(state pickle.Value) error {
	var st logState
	if err := state.Decode(&st); err != nil {
		return err
	}
	f, err := os.OpenFile(st.Name, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	if _, err := f.Seek(st.Position, io.SeekStart); err != nil {
		f.Close()
		return err
	}
	foo.Value, foo.LogFile = st.Value, f
	return nil
}

// logFile is listing 15.
func logFile(s *session) error {
	persist, err := classes(persistFoo, LoggingFoo{})
	if err != nil {
		return err
	}
	foo, err := NewLoggingFoo("What is a Foo?", "15.log")
	if err != nil {
		return err
	}
	defer foo.LogFile.Close()
	if _, err := foo.LogFile.WriteString("before\n"); err != nil {
		return err
	}
	if err := s.dump("15.pkl", foo, text, persist); err != nil {
		return err
	}

	var again *LoggingFoo
	if err := s.load("15.pkl", &again, persist); err != nil {
		return err
	}
	defer again.LogFile.Close()
	if _, err := again.LogFile.WriteString("after\n"); err != nil {
		return err
	}
	s.show("value", again.Value)
	log, err := os.ReadFile(again.LogFile.Name())
	s.show("the log file", string(log))
	return err
}

// newName is listing 16. Python keeps the old class, with a __setstate__ that
// changes the class of the instance, and has no way at all to rename a module
// but to search and replace in the pickles. Alias does both.
func newName(s *session) error {
	if err := s.dumpFoo("16-old.pkl"); err != nil {
		return err
	}
	storage, err := classes("Orbtech.examples.storage.NewFoo", NewFoo{}, pickle.Alias(persistFoo))
	if err != nil {
		return err
	}
	var foo any
	if err := s.load("16-old.pkl", &foo, storage); err != nil {
		return err
	}
	s.printf("%T%+v", foo, foo)

	// It is written under its new name.
	if err := s.dump("16-new.pkl", foo, text, storage); err != nil {
		return err
	}
	var now any
	if err := s.load("16-new.pkl", &now); err != nil {
		return err
	}
	s.printf("%v", now)
	return nil
}

// OldPerson is Person as it was in the beginning.
type OldPerson struct {
	FirstName string `pickle:"firstname"`
	LastName  string `pickle:"lastname"`
}

// Person is listing 17: it has one name now, where OldPerson has two.
type Person struct {
	FullName string         `pickle:"fullname"`
	Rest     map[string]any `pickle:",unknown"` // Python's __dict__ keeps everything
}

// SetState makes a Person of the state of either.
func (p *Person) SetState(state pickle.Value) error {
	var st struct {
		FullName *string        `pickle:"fullname"`
		First    string         `pickle:"firstname"`
		Last     string         `pickle:"lastname"`
		Rest     map[string]any `pickle:",unknown"`
	}
	if err := state.Decode(&st); err != nil {
		return err
	}
	if st.FullName == nil {
		name := strings.TrimSpace(st.First + " " + st.Last)
		st.FullName = &name
	}
	p.FullName, p.Rest = *st.FullName, st.Rest
	return nil
}

// newAttributes is listing 17.
func newAttributes(s *session) error {
	before, err := classes(persistPerson, OldPerson{})
	if err != nil {
		return err
	}
	if err := s.dump("17-old.pkl", &OldPerson{"Patrick", "O'Brien"}, text, before); err != nil {
		return err
	}

	now, err := classes(persistPerson, Person{})
	if err != nil {
		return err
	}
	var p *Person
	if err := s.load("17-old.pkl", &p, now); err != nil {
		return err
	}
	s.show("fullname", p.FullName)

	// Once all are written again, SetState can go.
	if err := s.dump("17-new.pkl", p, text, now); err != nil {
		return err
	}
	var again any
	if err := s.load("17-new.pkl", &again); err != nil {
		return err
	}
	s.printf("%v", again)
	return nil
}

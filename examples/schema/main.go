// Command schema reads what Python pickled over many years, while its class
// changed, into the Go type of today, and writes it for the Python class of today.
//
//	2001  module addressbook  class Person       number, firstname, lastname, fax
//	2004  module addressbook  the same, derived from object
//	2017  module contacts     class Contact      number, firstname, lastname, language
//	now   directory.people    class Person       number, fullname, language, manager
//
// In the later ones each has a manager, too, and some have attributes that only
// other programs know.
package main

import (
	"embed"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/go-pickle/pickle"
)

// Person is the class of today. Those that were pickled without a number cannot be
// told apart, and are not accepted.
type Person struct {
	Number   int            `pickle:"number,required"`
	FullName string         `pickle:"fullname"`
	Language string         `pickle:"language"`
	Manager  *Person        `pickle:"manager"`
	Rest     map[string]any `pickle:",unknown"` // what other programs have added is kept
}

func init() {
	// It is read by all names that it ever had, and written by the first one.
	pickle.Register("directory.people.Person", Person{}, pickle.Alias("addressbook.Person", "contacts.Contact"))
}

// SetState makes a Person from the attributes of any version of the class.
func (p *Person) SetState(state pickle.Value) error {
	type attributes Person // without this method, which would be called again
	all := struct {
		attributes
		First string `pickle:"firstname"`
		Last  string `pickle:"lastname"`
		Fax   any    `pickle:"fax"` // nobody wants it any more; this keeps it out of Rest
	}{
		attributes: attributes{Language: "en"}, // which all spoke until there was the attribute
	}
	if err := state.Decode(&all); err != nil {
		return err
	}
	*p = Person(all.attributes)
	if p.FullName == "" {
		p.FullName = strings.TrimSpace(all.First + " " + all.Last)
	}
	return nil
}

// String returns what a phone list would have.
func (p *Person) String() string {
	s := fmt.Sprintf("%d %s, %s", p.Number, p.FullName, p.Language)
	if p.Manager != nil {
		s += ", manager " + p.Manager.FullName
	}
	if len(p.Rest) > 0 {
		s += ", " + pickle.Repr(p.Rest)
	}
	return s
}

//go:embed testdata/*.pkl
var testdata embed.FS

// migrate reads people in any version, and returns them and their pickle of
// today. A *Person would take the attributes of any instance; here it must be one
// of the classes that are registered.
func migrate(data []byte, opts ...pickle.Options) (people []*Person, now []byte, err error) {
	if err := pickle.Unmarshal(data, &people, pickle.DisallowUnknownClasses(true)); err != nil {
		return nil, nil, err
	}
	now, err = pickle.Marshal(people, opts...)
	return people, now, err
}

// run migrates the pickles of testdata.
func run(w io.Writer) error {
	files, err := testdata.ReadDir("testdata")
	if err != nil {
		return err
	}
	for _, file := range files {
		data, err := testdata.ReadFile("testdata/" + file.Name())
		if err != nil {
			return err
		}
		people, now, err := migrate(data)
		if err != nil {
			return fmt.Errorf("%s: %w", file.Name(), err)
		}
		fmt.Fprintf(w, "%s: %s becomes %s\n", file.Name(), classOf(data), classOf(now))
		for _, p := range people {
			fmt.Fprintf(w, "  %v\n", p)
		}
	}
	return nil
}

// classOf returns the class of the first object in a pickled list.
func classOf(data []byte) string {
	v, err := pickle.Parse(data)
	if err != nil {
		return err.Error()
	}
	class, _ := v.Index(0).Class()
	return class.String()
}

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// Command persistence has the 17 listings of the article "Python persistence
// management" by Patrick O'Brien (IBM developerWorks, 2002) in Go, in the same
// order. Without arguments it runs all of them, otherwise those whose numbers it
// is given.
//
// The pickles go to files of a directory that is removed at the end, unless it
// is chosen: with -dir, to have a look at them, or load them in Python, versions
// 2 and 3.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strconv"

	"github.com/go-pickle/pickle"
)

// listings are the listings of the article, number 1 first.
var listings = []struct {
	title string
	run   func(*session) error
}{
	{"dumps and loads", dumpsAndLoads},
	{"dump and load: several objects in one file", dumpAndLoad},
	{"the formats that are supported", formats},
	{"references are kept", references},
	{"recursive references", recursive},
	{"circular references", circular},
	{"pickled apart, rather than together in a tuple", apart},
	{"what is restored is a copy", copies},
	{"references between objects that are pickled apart", oneMemo},
	{"what cannot be pickled", unpicklable},
	{"a class", define},
	{"an instance of Foo", instance},
	{"an instance of a class that was renamed", renamedClass},
	{"an instance of a class whose module was renamed", renamedModule},
	{"attributes that cannot be pickled", logFile},
	{"changing the name of a class", newName},
	{"adding and removing attributes", newAttributes},
}

// The article writes text unless it asks for the binary format. These are the
// protocols 0 and 1 of today, and Python 2 reads them as well.
var (
	text   = pickle.Protocol(0)
	binary = pickle.Protocol(1)
)

// session is what a listing has to do with the world around it. Files are in the
// current directory.
type session struct {
	w    io.Writer
	from string // where pickles are read, if not where they are written
}

// show prints a variable as the Python shell does.
func (s *session) show(name string, v any) {
	fmt.Fprintf(s.w, "%s = %s\n", name, pickle.Repr(v))
}

func (s *session) printf(format string, args ...any) {
	fmt.Fprintf(s.w, format+"\n", args...)
}

// load reads a pickle that is alone in its file.
func (s *session) load(name string, target any, opts ...pickle.Options) error {
	data, err := os.ReadFile(filepath.Join(s.from, name))
	if err != nil {
		return err
	}
	return pickle.Unmarshal(data, target, opts...)
}

// dump writes a pickle to a file of its own.
func (s *session) dump(name string, v any, opts ...pickle.Options) error {
	data, err := pickle.Marshal(v, opts...)
	if err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o666)
}

// run runs a listing, or says that there is none of that number.
func (s *session) run(number int) error {
	if number < 1 || number > len(listings) {
		return fmt.Errorf("there is no listing %d; they are 1 to %d", number, len(listings))
	}
	l := listings[number-1]
	s.printf("Listing %d: %s", number, l.title)
	if err := l.run(s); err != nil {
		return fmt.Errorf("listing %d: %w", number, err)
	}
	s.printf("")
	return nil
}

// runAll runs the listings with the given numbers in dir, all if there are none.
func runAll(w io.Writer, dir string, numbers []string) error {
	if dir == "" {
		temp, err := os.MkdirTemp("", "persistence")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temp)
		dir = temp
	}
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := os.Chdir(dir); err != nil {
		return err
	}
	defer os.Chdir(here) // before the directory is removed
	s := &session{w: w}
	if len(numbers) == 0 {
		for i := range listings {
			if err := s.run(i + 1); err != nil {
				return err
			}
		}
	}
	for _, arg := range numbers {
		number, err := strconv.Atoi(arg)
		if err != nil {
			return fmt.Errorf("%q is not the number of a listing", arg)
		}
		if err := s.run(number); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	log.SetFlags(0)
	dir := flag.String("dir", "", "leave the pickles in this `directory`")
	flag.Parse()
	if err := runAll(os.Stdout, *dir, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

package pickle

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// compatDump is testdata/compat.json: the tables as CPython 3.13 has them. In
// the names, a blank stands between the module and the rest.
type compatDump struct {
	Names          map[string]string `json:"NAME_MAPPING"`
	Imports        map[string]string `json:"IMPORT_MAPPING"`
	ReverseNames   map[string]string `json:"REVERSE_NAME_MAPPING"`
	ReverseImports map[string]string `json:"REVERSE_IMPORT_MAPPING"`
}

func readCompatDump(t *testing.T) compatDump {
	t.Helper()
	data, err := os.ReadFile("testdata/compat.json")
	if err != nil {
		t.Fatal(err)
	}
	var dump compatDump
	if err := json.Unmarshal(data, &dump); err != nil {
		t.Fatal(err)
	}
	return dump
}

// TestCompatTables asks for every module with every name that is in any of the
// tables, and for some that are in none, and compares with what Python's two
// steps make of them: the table of names first, then that of modules.
func TestCompatTables(t *testing.T) {
	dump := readCompatDump(t)
	modules, names := map[string]bool{"": true, "shop": true}, map[string]bool{"": true, "Order": true, "Outer.Inner": true}
	for _, table := range []map[string]string{dump.Names, dump.ReverseNames} {
		for from, to := range table {
			for _, both := range []string{from, to} {
				module, name, _ := strings.Cut(both, " ")
				modules[module], names[name] = true, true
			}
		}
	}
	for _, table := range []map[string]string{dump.Imports, dump.ReverseImports} {
		for from, to := range table {
			modules[from], modules[to] = true, true
		}
	}
	for _, tt := range []struct {
		name           string
		rename         func(module, name string) (string, string)
		names, imports map[string]string
	}{
		{"fromPython2", fromPython2, dump.Names, dump.Imports},
		{"toPython2", toPython2, dump.ReverseNames, dump.ReverseImports},
	} {
		for module := range modules {
			for name := range names {
				want := module + " " + name
				if to, ok := tt.names[want]; ok {
					want = to
				} else if to, ok := tt.imports[module]; ok {
					want = to + " " + name
				}
				gotModule, gotName := tt.rename(module, name)
				if got := gotModule + " " + gotName; got != want {
					t.Errorf("%s(%q, %q) = %q, want %q", tt.name, module, name, got, want)
				}
			}
		}
	}
}

// TestCompatComplete checks that the tables have the rows of the dump and no
// others, in the order that the search needs.
func TestCompatComplete(t *testing.T) {
	dump := readCompatDump(t)
	for _, tt := range []struct {
		name           string
		table          compatTable
		names, imports map[string]string
	}{
		{"python2To3", python2To3, dump.Names, dump.Imports},
		{"python3To2", python3To2, dump.ReverseNames, dump.ReverseImports},
	} {
		if !slices.IsSortedFunc(tt.table, compareRows) {
			t.Errorf("%s is not sorted", tt.name)
		}
		names, imports := map[string]string{}, map[string]string{}
		for _, row := range tt.table {
			if row.fromName == "" {
				imports[row.fromModule] = row.toModule
			} else {
				names[row.fromModule+" "+row.fromName] = row.toModule + " " + row.toName
			}
		}
		if !maps.Equal(names, tt.names) || !maps.Equal(imports, tt.imports) {
			t.Errorf("%s is not what testdata/compat.json says: run testdata/compat.py", tt.name)
		}
		if n := len(names) + len(imports); n != len(tt.table) {
			t.Errorf("%s has %d rows for %d names", tt.name, len(tt.table), n)
		}
	}
}

func TestCompatExamples(t *testing.T) {
	for _, tt := range []struct {
		python2, python3 string
		back             string // what python3 is mapped back to
	}{
		{"__builtin__ set", "builtins set", "__builtin__ set"},
		{"__builtin__ xrange", "builtins range", "__builtin__ xrange"},
		{"__builtin__ unicode", "builtins str", "__builtin__ unicode"},
		{"__builtin__ basestring", "builtins str", "__builtin__ unicode"},
		{"__builtin__ long", "builtins int", "__builtin__ long"},
		{"copy_reg _reconstructor", "copyreg _reconstructor", "copy_reg _reconstructor"},
		{"exceptions ValueError", "builtins ValueError", "exceptions ValueError"},
		{"exceptions StandardError", "builtins Exception", "exceptions Exception"},
		{"exceptions WindowsError", "builtins WindowsError", "exceptions WindowsError"},
		{"exceptions Unheard", "exceptions Unheard", "exceptions Unheard"},
		{"UserDict UserDict", "collections UserDict", "UserDict IterableUserDict"},
		{"cPickle loads", "pickle loads", "pickle loads"},
		{"cStringIO StringIO", "io StringIO", "io StringIO"},
		{"urllib quote", "urllib.parse quote", "urllib quote"},
		{"urllib Unheard", "urllib Unheard", "urllib Unheard"},
		{"urlparse urlparse", "urllib.parse urlparse", "urlparse urlparse"},
		{"multiprocessing TimeoutError", "multiprocessing.context TimeoutError", "multiprocessing TimeoutError"},
		{"collections OrderedDict", "collections OrderedDict", "collections OrderedDict"},
		{"shop Order", "shop Order", "shop Order"},
	} {
		t.Run(tt.python2, func(t *testing.T) {
			module, name, _ := strings.Cut(tt.python2, " ")
			module, name = fromPython2(module, name)
			if got := module + " " + name; got != tt.python3 {
				t.Fatalf("fromPython2(%s) = %s, want %s", tt.python2, got, tt.python3)
			}
			module, name = toPython2(module, name)
			if got := module + " " + name; got != tt.back {
				t.Errorf("toPython2(%s) = %s, want %s", tt.python3, got, tt.back)
			}
		})
	}
	// The exceptions of Python 3 that Python 2 has no name for.
	for _, tt := range [][2]string{{"FileNotFoundError", "OSError"}, {"TimeoutError", "OSError"}, {"ModuleNotFoundError", "ImportError"}} {
		if module, name := toPython2("builtins", tt[0]); module != "exceptions" || name != tt[1] {
			t.Errorf("toPython2(builtins, %s) = %s, %s", tt[0], module, name)
		}
	}
}

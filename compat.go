package pickle

import (
	"cmp"
	"slices"
)

// A pickle below protocol 3 may be read by Python 2 and may come from it, so
// that it names modules, classes and functions as Python 2 does: __builtin__
// for builtins, copy_reg for copyreg. Python's module _compat_pickle says what
// was renamed, in two pairs of tables that are no inverse of each other: several
// Python 2 names became one (str and unicode), and some Python 3 classes go back
// to what is nearest (FileNotFoundError to OSError). compat_tables.go has them.

// compatRow says that a name moved. A row with empty names is for a module: for
// all of its names that have no row.
type compatRow struct {
	fromModule, fromName string
	toModule, toName     string
}

// compatTable is sorted by fromModule and fromName. It is no map because it
// costs nothing to set up this way, and few programs ever need it.
type compatTable []compatRow

func (t compatTable) rename(module, name string) (string, string) {
	if row, ok := t.find(module, name); ok {
		return row.toModule, row.toName
	}
	if row, ok := t.find(module, ""); ok {
		return row.toModule, name
	}
	return module, name
}

func (t compatTable) find(module, name string) (row compatRow, ok bool) {
	i, ok := slices.BinarySearchFunc(t, compatRow{fromModule: module, fromName: name}, compareRows)
	if ok {
		row = t[i]
	}
	return row, ok
}

func compareRows(a, b compatRow) int {
	return cmp.Or(cmp.Compare(a.fromModule, b.fromModule), cmp.Compare(a.fromName, b.fromName))
}

// fromPython2 returns what Python 3 calls the class or function that Python 2
// calls module.name, as Unpickler.find_class does below protocol 3.
func fromPython2(module, name string) (string, string) {
	return python2To3.rename(module, name)
}

// toPython2 returns what Python 2 calls the class or function module.name of
// Python 3, as the pickler's save_global does below protocol 3.
func toPython2(module, name string) (string, string) {
	return python3To2.rename(module, name)
}

package pickle_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

func builtin(name string) pickle.Global { return pickle.Global{Module: "builtins", Name: name} }

func intPointer(i int) *int { return &i }

// python36 says that the bytes are those of Python 3.6, which writes small ints
// otherwise at protocol 0.
func python36(c pickletest.Case) string {
	if c.Impl == "cpython3.6" && c.Protocol == 0 {
		return "Python 3.6 writes ints as LONG at protocol 0"
	}
	return ""
}

// sameValues reports whether a and b are equal, in Python, and print the same.
func sameValues(a, b any) bool { return pickle.Equal(a, b) && pickle.Repr(a) == pickle.Repr(b) }

var byPython = cmp.FilterValues(func(_, _ any) bool { return true }, cmp.Comparer(sameValues))

func TestStandardCollections(t *testing.T) {
	list := func(items ...any) []any { return items }
	od := func(pairs ...any) *pickle.OrderedDict { return pickle.NewOrderedDict(pairs...) }
	n := func(i int64) any { return i }
	attr := od("a", n(1))
	attr.Attributes = pickle.NewDict("note", list("x"))
	testStandard(t, []standard{
		{name: "std_ordereddict", want: od("b", n(1), "a", n(2)), otherBytes: python36},
		{name: "std_ordereddict_empty", want: od()},
		{name: "std_ordereddict_nested", want: od(n(1), od(n(2), list(n(3))), n(0), od()), otherBytes: python36},
		{name: "std_ordereddict_attr", want: attr, otherBytes: python36},
		{name: "std_defaultdict", want: pickle.NewDefaultDict(builtin("list"), "a", list(n(1))), otherBytes: python36},
		{name: "std_defaultdict_int", want: pickle.NewDefaultDict(builtin("int"), n(1), n(2), n(3), n(4)), otherBytes: python36},
		{name: "std_counter", want: pickle.NewCounter(n(1), n(2), n(2), n(1)), otherBytes: python36},
		{name: "std_counter_empty", want: pickle.NewCounter()},
		{name: "std_counter_str", want: pickle.NewCounter("a", n(2), "b", n(-1)), otherBytes: python36},
		{name: "std_deque", want: list(pickle.NewDeque(n(1), n(2)), &pickle.Deque{Items: list(n(1)), MaxLen: intPointer(5)}), otherBytes: python36},
		{name: "std_deque_empty", want: list(pickle.NewDeque(), &pickle.Deque{MaxLen: intPointer(0)}, &pickle.Deque{MaxLen: intPointer(3)}), otherBytes: python36},
		{name: "std_deque_full", want: &pickle.Deque{Items: list(n(1), n(2), "three"), MaxLen: intPointer(3)}, otherBytes: python36},
		{name: "std_chainmap", want: pickle.NewChainMap(pickle.NewDict(n(1), n(2)), pickle.NewDict()), otherBytes: python36},
		{name: "std_chainmap_empty", want: pickle.NewChainMap(pickle.NewDict())},
		{name: "std_userdict", want: &pickle.UserDict{Data: pickle.NewDict("a", list(n(1)))}, otherBytes: python36},
		{name: "std_userlist", want: &pickle.UserList{Data: list(n(1), "two")}, otherBytes: python36},
		{name: "std_userstring", want: &pickle.UserString{Data: "text"}},
		{name: "std_iterableuserdict", want: &pickle.UserDict{Data: pickle.NewDict(n(1), n(2))}},
	}, byPython)
}

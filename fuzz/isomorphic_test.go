package fuzz

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/vm"
)

// isomorphism compares two values as graphs: the same values in the same
// places, and one object on one side wherever there is one on the other. A
// comparison of values alone cannot see that a list that was shared has become
// two, or that -0.0 has lost its sign.
type isomorphism struct {
	there    map[any]any // identity of an object of the left side → of the right side
	back     map[any]any
	forms    bool // the forms of instances must agree
	anyOrder bool // of sets
	tree     bool // what is shared does not matter
	bytes    bool // bytes that are one object may become several
	python2  bool // dicts have no order either, and an empty state is none
}

// differs returns where a and b differ, or nil.
func (i *isomorphism) differs(a, b any) error {
	if reflect.TypeOf(a) != reflect.TypeOf(b) {
		return fmt.Errorf("%T is %T", a, b)
	}
	if _, isBytes := a.([]byte); isBytes && i.bytes {
		return same(bytes.Equal(a.([]byte), b.([]byte)), a, b)
	}
	if key := identity(a); key != nil && !i.tree {
		known, err := i.pair(key, identity(b))
		if known || err != nil {
			return err
		}
	}
	switch a := a.(type) {
	case float64:
		return same(floatBits(a) == floatBits(b.(float64)), a, b)
	case complex128:
		c := b.(complex128)
		return same(floatBits(real(a)) == floatBits(real(c)) && floatBits(imag(a)) == floatBits(imag(c)), a, b)
	case *big.Int:
		return same(a.Cmp(b.(*big.Int)) == 0, a, b)
	case *big.Rat:
		return same(a.Cmp(b.(*big.Rat)) == 0, a, b)
	case time.Time:
		return same(a.Equal(b.(time.Time)) && sameZone(a.Location(), b.(time.Time).Location(), a), a, b)
	case *time.Location:
		return same(sameZone(a, b.(*time.Location), time.Time{}), a, b)
	case pickle.TimeOfDay:
		c := b.(pickle.TimeOfDay)
		ok := (a.Location == nil) == (c.Location == nil) && (a.Location == nil || sameZone(a.Location, c.Location, time.Time{}))
		a.Location, c.Location = nil, nil
		return same(ok && a == c, a, b)
	case []byte:
		return same(bytes.Equal(a, b.([]byte)), a, b)
	case pickle.ByteArray:
		return same(bytes.Equal(a, b.(pickle.ByteArray)), a, b)
	case pickle.Buffer:
		return same(bytes.Equal(a.Data, b.(pickle.Buffer).Data) && a.ReadOnly == b.(pickle.Buffer).ReadOnly, a, b)
	case []any:
		return i.lists(a, b.([]any))
	case pickle.Tuple:
		return i.lists(a, b.(pickle.Tuple))
	case pickle.PersistentRef:
		return i.differs(a.ID, b.(pickle.PersistentRef).ID)
	case pickle.Slice:
		c := b.(pickle.Slice)
		return i.lists([]any{a.Start, a.Stop, a.Step}, []any{c.Start, c.Stop, c.Step})
	case *pickle.Dict:
		return i.lists(i.flatDict(a), i.flatDict(b.(*pickle.Dict)))
	case *pickle.Set:
		return i.lists(i.ordered(flatSet(a)), i.ordered(flatSet(b.(*pickle.Set))))
	case pickle.FrozenSet:
		return i.lists(i.ordered(flatFrozenSet(a)), i.ordered(flatFrozenSet(b.(pickle.FrozenSet))))
	case *pickle.Object:
		return i.objects(a, b.(*pickle.Object))
	}
	return i.reflected(reflect.ValueOf(a), reflect.ValueOf(b))
}

// floatBits returns the bits of f. The NaN of package math is that of Python, as
// which it is written.
func floatBits(f float64) uint64 {
	if math.Float64bits(f) == math.Float64bits(math.NaN()) {
		return 0x7ff8000000000000
	}
	return math.Float64bits(f)
}

// sameZone reports whether two locations are one time zone of Python: the naive
// ones are told by where they are, and both are like UTC.
func sameZone(a, b *time.Location, t time.Time) bool {
	for _, only := range []*time.Location{pickle.Naive, pickle.NaiveFold, time.UTC} {
		if (a == only) != (b == only) {
			return false
		}
	}
	aName, aOffset := t.In(a).Zone()
	bName, bOffset := t.In(b).Zone()
	return a.String() == b.String() && aName == bName && aOffset == bOffset
}

// reflected is differs for the types of Python's library, by their exported
// fields.
func (i *isomorphism) reflected(a, b reflect.Value) error {
	switch {
	case !a.IsValid() || !b.IsValid():
		return same(a.IsValid() == b.IsValid(), a, b)
	case a.Type() != b.Type():
		return fmt.Errorf("%v is %v", a.Type(), b.Type())
	case a.Kind() == reflect.Interface && !a.IsNil() && !b.IsNil():
		return i.differs(a.Elem().Interface(), b.Elem().Interface())
	case a.Kind() == reflect.Pointer && !a.IsNil() && !b.IsNil() && isObject(a.Type().Elem()):
		if a.Elem().Kind() == reflect.Struct {
			return i.fields(a.Elem(), b.Elem())
		}
		return i.reflected(a.Elem(), b.Elem())
	case a.Kind() == reflect.Map && a.Len() == b.Len() && a.IsNil() == b.IsNil():
		return i.maps(a, b)
	case a.Kind() == reflect.Slice && a.Len() == b.Len() && a.IsNil() == b.IsNil():
		for k := range a.Len() {
			if err := i.reflected(a.Index(k), b.Index(k)); err != nil {
				return fmt.Errorf("[%d]: %w", k, err)
			}
		}
		return nil
	case a.CanFloat():
		return same(math.Float64bits(a.Float()) == math.Float64bits(b.Float()), a, b)
	}
	return same(reflect.DeepEqual(a.Interface(), b.Interface()), a, b)
}

// maps compares two maps of Go that have equally many keys.
func (i *isomorphism) maps(a, b reflect.Value) error {
	for _, key := range a.MapKeys() {
		if !b.MapIndex(key).IsValid() {
			return fmt.Errorf("[%v] is missing", key)
		}
		if err := i.reflected(a.MapIndex(key), b.MapIndex(key)); err != nil {
			return fmt.Errorf("[%v]: %w", key, err)
		}
	}
	return nil
}

// isObject reports whether t is one of the structs that stand for a mutable type
// of Python's library, or registered for a class.
func isObject(t reflect.Type) bool {
	if t.PkgPath() == reflect.TypeFor[node]().PkgPath() {
		return true
	}
	if t.Kind() != reflect.Struct || t.PkgPath() != reflect.TypeFor[pickle.Dict]().PkgPath() {
		return false
	}
	for k := range t.NumField() {
		if t.Field(k).IsExported() {
			return true
		}
	}
	return false
}

func (i *isomorphism) fields(a, b reflect.Value) error {
	for k := range a.NumField() {
		f := a.Type().Field(k)
		if !f.IsExported() {
			continue
		}
		x, y := a.Field(k), b.Field(k)
		var err error
		if d, ok := x.Addr().Interface().(*pickle.Dict); ok {
			err = i.lists(i.flatDict(d), i.flatDict(y.Addr().Interface().(*pickle.Dict)))
		} else if x.Kind() == reflect.Pointer && !x.IsNil() && !y.IsNil() || isList(f) && x.Len() > 0 {
			err = i.differs(x.Interface(), y.Interface())
		} else {
			err = i.reflected(x, y)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

// isList reports whether a field is a list of its own, rather than the items of
// the object.
func isList(f reflect.StructField) bool {
	return f.Type == reflect.TypeFor[[]any]() && f.Name != "Items"
}

func same(ok bool, a, b any) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%v is %v", a, b)
}

// pair notes that two objects are each other's counterpart. It returns true if
// they were known to be.
func (i *isomorphism) pair(a, b any) (bool, error) {
	if i.there == nil {
		i.there, i.back = map[any]any{}, map[any]any{}
	}
	x, ok := i.there[a]
	y, back := i.back[b]
	switch {
	case !ok && !back:
		i.there[a], i.back[b] = b, a
		return false, nil
	case ok && back && x == b && y == a:
		return true, nil
	case ok:
		return false, fmt.Errorf("an object that is shared on the left is not on the right")
	}
	return false, fmt.Errorf("an object that is shared on the right is not on the left")
}

// place is the identity of a slice.
type place struct {
	address uintptr
	length  int
	typ     reflect.Type
}

// identity returns what makes v one object, or nil if nothing does.
func identity(v any) any {
	switch v := v.(type) {
	case []any, pickle.ByteArray:
		rv := reflect.ValueOf(v)
		return place{rv.Pointer(), rv.Len(), rv.Type()}
	case []byte: // CPython has one object of each bytes that short
		if len(v) > 1 {
			return place{reflect.ValueOf(v).Pointer(), len(v), reflect.TypeOf(v)}
		}
	case pickle.Tuple:
		if len(v) > 0 {
			return place{reflect.ValueOf(v).Pointer(), len(v), reflect.TypeOf(v)}
		}
	case *pickle.Dict, *pickle.Set, *pickle.Object:
		return v
	case pickle.FrozenSet:
		if v.Len() > 0 {
			return v
		}
	default:
		if t := reflect.TypeOf(v); t != nil && t.Kind() == reflect.Pointer && isObject(t.Elem()) {
			return v
		}
	}
	return nil
}

func (i *isomorphism) lists(a, b []any) error {
	if len(a) != len(b) {
		return fmt.Errorf("length %d is %d", len(a), len(b))
	}
	for k := range a {
		if err := i.differs(a[k], b[k]); err != nil {
			return fmt.Errorf("[%d]: %w", k, err)
		}
	}
	return nil
}

// ordered sorts the elements of a set, which have no cycles.
func (i *isomorphism) ordered(elements []any) []any {
	if i.anyOrder {
		slices.SortFunc(elements, func(a, b any) int { return strings.Compare(pickle.Repr(a), pickle.Repr(b)) })
	}
	return elements
}

func (i *isomorphism) flatDict(d *pickle.Dict) (all []any) {
	var items []pickle.Pair
	for k, v := range d.All() {
		items = append(items, pickle.Pair{Key: k, Value: v})
	}
	if i.python2 {
		slices.SortFunc(items, func(a, b pickle.Pair) int { return strings.Compare(pickle.Repr(a.Key), pickle.Repr(b.Key)) })
	}
	for _, p := range items {
		all = append(all, p.Key, p.Value)
	}
	return all
}

func flatSet(s *pickle.Set) (all []any) {
	for x := range s.All() {
		all = append(all, x)
	}
	return all
}

func flatFrozenSet(s pickle.FrozenSet) (all []any) {
	for x := range s.All() {
		all = append(all, x)
	}
	return all
}

func (i *isomorphism) objects(a, b *pickle.Object) error {
	if a.Class != b.Class || i.forms && (a.Form != b.Form || a.Base != b.Base) || a.Adds != b.Adds {
		return fmt.Errorf("instance of %v by %v is one of %v by %v", a.Class, a.Form, b.Class, b.Form)
	}
	if (a.Kwargs == nil) != (b.Kwargs == nil) {
		return fmt.Errorf("keyword arguments %v are %v", a.Kwargs, b.Kwargs)
	}
	if a.Kwargs != nil {
		if err := i.differs(a.Kwargs, b.Kwargs); err != nil {
			return fmt.Errorf("keyword arguments: %w", err)
		}
	}
	for _, part := range [][2][]any{{i.parts(a), i.parts(b)}, {a.Items, b.Items}, {a.Earlier, b.Earlier}, {pairs(a), pairs(b)}} {
		if err := i.lists(part[0], part[1]); err != nil {
			return fmt.Errorf("%v: %w", a.Class, err)
		}
	}
	return nil
}

// parts returns the parts of o that are single values. The arguments count by
// their elements: what a constructor is given is a tuple of its own. That of an
// instance of object, None, is none in another form.
func (i *isomorphism) parts(o *pickle.Object) []any {
	args, state := o.Args, o.State
	if d, ok := state.(*pickle.Dict); ok && i.python2 && d.Len() == 0 {
		state = nil
	}
	if o.Form == vm.FormReconstructor && len(args) == 1 && args[0] == nil {
		args = nil
	}
	return append([]any{o.Callable, o.Setter, state}, args...)
}

func pairs(o *pickle.Object) (all []any) {
	for _, p := range o.Pairs {
		all = append(all, p.Key, p.Value)
	}
	return all
}

// TestIsomorphic changes one thing at a time; the check must see it.
func TestIsomorphic(t *testing.T) {
	build := func() []any {
		shared := []any{int64(1)}
		tuple := pickle.Tuple{int64(1), shared}
		cyclic := []any{nil}
		cyclic[0] = cyclic
		object := &pickle.Object{Class: pickle.Global{Module: "m", Name: "C"}, State: pickle.NewDict("a", shared)}
		deque := pickle.NewDeque(shared)
		first := &node{Name: "first"}
		first.Rest = first
		return []any{shared, shared, tuple, tuple, cyclic, object, object, 0.0, pickle.NewSet(int64(1), int64(2)), []byte("ab"), "s",
			deque, deque, pickle.NewOrderedDict("a", shared, "b", math.NaN()), pickle.ArrayOf([]float64{0, math.NaN()}),
			first, &node{Next: first, Rest: shared, List: shared}, &subclassOfList{Items: []any{shared}}, &subclassOfDict{"a": shared},
			time.Date(2024, 2, 29, 0, 0, 0, 0, pickle.Naive), pickle.TimeOfDay{Location: time.UTC}, big.NewRat(1, 3), pickle.NewDecimal(10, -1),
			pickle.NewFrozenSet(pickle.Tuple{int64(1)}), &pickle.UserList{Data: shared}}
	}
	if err := new(isomorphism).differs(build(), build()); err != nil {
		t.Fatal("equal graphs differ:", err)
	}
	mutations := map[string]func(g []any){
		"a shared list is two":            func(g []any) { g[1] = []any{int64(1)} },
		"two lists are one":               func(g []any) { g[4] = g[0] },
		"a shared tuple is two":           func(g []any) { g[3] = pickle.Tuple{int64(1), g[0]} },
		"a list in a tuple is new":        func(g []any) { g[2].(pickle.Tuple)[1] = []any{int64(1)} },
		"a cycle ends":                    func(g []any) { g[4].([]any)[0] = []any{nil} },
		"a shared object is two":          func(g []any) { o := *g[5].(*pickle.Object); g[6] = &o },
		"a state shares nothing":          func(g []any) { g[5].(*pickle.Object).State = pickle.NewDict("a", []any{int64(1)}) },
		"the sign of zero is lost":        func(g []any) { g[7] = math.Copysign(0, -1) },
		"an int is a float":               func(g []any) { g[7] = int64(0) },
		"a set has another order":         func(g []any) { g[8] = pickle.NewSet(int64(2), int64(1)) },
		"a tuple is a list":               func(g []any) { g[2] = []any(g[2].(pickle.Tuple)) },
		"bytes are a bytearray":           func(g []any) { g[9] = pickle.ByteArray("ab") },
		"a string is a byte string":       func(g []any) { g[10] = pickle.ByteString("s") },
		"a shared deque is two":           func(g []any) { g[12] = pickle.NewDeque(g[0]) },
		"a deque shares nothing":          func(g []any) { g[11].(*pickle.Deque).Items[0] = []any{int64(1)} },
		"a dict has another order":        func(g []any) { g[13] = pickle.NewOrderedDict("b", math.NaN(), "a", g[0]) },
		"a dict shares nothing":           func(g []any) { g[13].(*pickle.OrderedDict).Set("a", []any{int64(1)}) },
		"a registered one is another":     func(g []any) { g[15] = &node{Name: "first", Rest: g[15]} },
		"a registered one is two":         func(g []any) { n := &node{Name: "first"}; n.Rest = n; g[16].(*node).Next = n },
		"an attribute shares nothing":     func(g []any) { g[16].(*node).Rest = []any{int64(1)} },
		"a list attribute shares nothing": func(g []any) { g[16].(*node).List = []any{int64(1)} },
		"a list attribute is nil":         func(g []any) { g[16].(*node).List = nil },
		"an item of a subclass is new":    func(g []any) { g[17].(*subclassOfList).Items[0] = []any{int64(1)} },
		"an attribute of it is another":   func(g []any) { g[17].(*subclassOfList).Label = "x" },
		"a value of a map is new":         func(g []any) { (*g[18].(*subclassOfDict))["a"] = []any{int64(1)} },
		"a key of a map is another":       func(g []any) { g[18] = &subclassOfDict{"b": g[0]} },
		"a naive time is one in UTC":      func(g []any) { g[19] = g[19].(time.Time).UTC() },
		"the fold is lost":                func(g []any) { g[19] = g[19].(time.Time).In(pickle.NaiveFold) },
		"a time of day has no zone":       func(g []any) { g[20] = pickle.TimeOfDay{} },
		"a time of day is naive":          func(g []any) { g[20] = pickle.TimeOfDay{Location: pickle.Naive} },
		"a fraction is another":           func(g []any) { g[21] = big.NewRat(2, 3) },
		"a decimal has another exponent":  func(g []any) { g[22] = pickle.NewDecimal(100, -2) },
		"a frozenset has another element": func(g []any) { g[23] = pickle.NewFrozenSet(pickle.Tuple{int64(2)}) },
		"the data of a UserList are new":  func(g []any) { g[24] = &pickle.UserList{Data: []any{int64(1)}} },
		"an array has another zero":       func(g []any) { g[14].(*pickle.Array).Data.([]float64)[0] = math.Copysign(0, -1) },
	}
	for name, mutate := range mutations {
		g := build()
		mutate(g)
		if new(isomorphism).differs(build(), g) == nil {
			t.Errorf("%s: not seen", name)
		}
		if new(isomorphism).differs(g, build()) == nil {
			t.Errorf("%s: not seen from the other side", name)
		}
	}
}

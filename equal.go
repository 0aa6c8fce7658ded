package pickle

import (
	"bytes"
	"reflect"
	"time"

	"github.com/go-pickle/pickle/vm"
)

// Equal reports whether a and b are equal by the rules of Python's ==, for
// values as decoding makes them:
//
//   - Numbers are equal if their values are, whatever their types; True is 1.
//   - A string equals a string, bytes equal bytes and bytearrays. A ByteString
//     equals a string of the same bytes if they are ASCII.
//   - A list equals a list with equal items, a Tuple a Tuple. They do not equal
//     each other.
//   - Dicts are equal if they have the same keys with equal values, sets and
//     frozensets if they have the same elements, in any order.
//   - An *Object equals another one that has an equal class, arguments, state
//     and items: Equal looks at what the pickle says, where Python would ask
//     the class. It does not matter which opcodes made the object.
//   - Other Go values are equal if they are of one type and their elements and
//     fields, unexported ones too, are equal by these rules. Nil pointers equal
//     nil, nil slices and maps equal empty ones.
//
// NaN equals nothing, itself included. So nothing that holds a NaN equals
// itself, not even where it is the same object, which Python looks at first.
//
// Values that contain themselves are equal if no difference can be found.
// The time that Equal takes is in proportion to the memory that the values
// take, however much of it is shared.
//
// Dict keys and set elements that are pointers are found by identity in
// another dict or set. If that fails, Equal compares the keys or elements by
// these rules, in their order.
func Equal(a, b any) bool {
	var k keyer
	e := equality{deep: true}
	return e.compare(&k, a, b)
}

// equality compares values. It keeps a list of pairs that are still to be
// compared, rather than calling itself, so that no depth of nesting is too
// much; all pairs must be equal, so their order does not matter. Sets of
// objects that were found equal, or that are equal unless a pair on the list
// is not, are classes: each pair of objects that is compared joins two
// classes, so there are never more such pairs than objects. That also ends the
// walk through what contains itself.
type equality struct {
	deep    bool // compare pointers by what they point to
	steps   int
	todo    []pairToCompare
	objects map[ident]int32   // indexes in classes
	merged  map[*ChainMap]any // what they compare as
	classes []int32           // of an object: another object of its class, or itself
}

type pairToCompare struct{ a, b any }

// memoryless is the number of items up to which comparing them needs no
// memory, which costs more than most comparisons.
const memoryless = 1000

// compare reports whether a and b are equal.
func (e *equality) compare(k *keyer, a, b any) bool {
	base := len(e.todo) // compare may be called by itself, by way of k
	for {
		if !e.step(k, a, b) {
			clear(e.todo[base:])
			e.todo = e.todo[:base]
			e.objects, e.classes = nil, nil // what was assumed may be wrong
			return false
		}
		last := len(e.todo) - 1
		if last < base {
			return true
		}
		a, b = e.todo[last].a, e.todo[last].b
		e.todo[last] = pairToCompare{}
		e.todo = e.todo[:last]
	}
}

// step compares a with b except for what is in them, which it puts on the
// list.
func (e *equality) step(k *keyer, a, b any) bool {
	switch x := a.(type) { // the most frequent ones
	case string:
		if y, ok := b.(string); ok {
			return e.text(x, y)
		}
	case int64:
		if y, ok := b.(int64); ok {
			return x == y
		}
	}
	ka, kb := kindOf(a), kindOf(b)
	for ; ka == pyStandIn; ka = kindOf(a) {
		a = e.standIn(a)
	}
	for ; kb == pyStandIn; kb = kindOf(b) {
		b = e.standIn(b)
	}
	switch ka {
	case pyNone:
		return kb == pyNone
	case pyNumber:
		return kb == pyNumber && e.number(a, b)
	case pyText, pyByteText:
		return (ka == kb || (kb == pyText || kb == pyByteText) && isASCII(textOf(a))) && e.text(textOf(a), textOf(b))
	case pyBytes, pyByteArray:
		return (kb == pyBytes || kb == pyByteArray) && e.bytes(bytesOf(a), bytesOf(b))
	case pySet, pyFrozenSet:
		return (kb == pySet || kb == pyFrozenSet) && e.sets(k, a, b)
	}
	return ka == kb && e.container(k, ka, a, b)
}

// container is step for values of the same kind.
func (e *equality) container(k *keyer, kind valueKind, a, b any) bool {
	switch kind {
	case pyTuple:
		return e.lists(k, a, b, a.(Tuple), b.(Tuple))
	case pyList:
		return e.lists(k, a, b, a.([]any), b.([]any))
	case pyDict:
		return e.mappings(k, a, b)
	case pyDeque:
		return e.lists(k, a, b, a.(*Deque).Items, b.(*Deque).Items)
	case pyArray:
		return e.arrays(k, a.(*Array), b.(*Array))
	case pySlice:
		x, y := a.(Slice), b.(Slice)
		if x.nested(mostSlices) || y.nested(mostSlices) {
			return false
		}
		e.push(x.Start, y.Start)
		e.push(x.Stop, y.Stop)
		e.push(x.Step, y.Step)
		return true
	case pyGlobal:
		x, y := a.(Global), b.(Global)
		return e.text(x.Module, y.Module) && e.text(x.Name, y.Name)
	case pyRef:
		e.push(a.(PersistentRef).ID, b.(PersistentRef).ID)
		return true
	case pyBuffer:
		x, y := a.(Buffer), b.(Buffer)
		return x.ReadOnly == y.ReadOnly && e.bytes(x.Data, y.Data)
	case pyTime:
		x, y := a.(time.Time), b.(time.Time)
		return x.Equal(y) && IsNaive(x) == IsNaive(y)
	case pyObject:
		if !e.deep {
			return a == b
		}
		return e.objectsEqual(a.(*Object), b.(*Object))
	}
	if rv := reflect.ValueOf(a); !e.deep {
		return rv.Comparable() && reflect.ValueOf(b).Comparable() && a == b
	}
	return e.goValues(reflect.ValueOf(a), reflect.ValueOf(b))
}

func (e *equality) push(a, b any) { e.todo = append(e.todo, pairToCompare{a, b}) }

// same reports whether a and b, of so many items, are in one class, and joins
// their classes.
func (e *equality) same(a, b any, items int) bool {
	if e.steps++; e.steps >= memoryless {
		x, ok1 := identOf(a)
		y, ok2 := identOf(b)
		if ok1 && ok2 && e.join(x, y) {
			return true
		}
	}
	e.steps += items
	return false
}

// join joins the classes of a and b, and reports whether they were one. An
// object that is compared with itself must be compared too: it might hold a
// NaN. If it does not, it is in a class from then on.
func (e *equality) join(a, b ident) bool {
	if a == b {
		_, known := e.objects[a]
		e.class(a)
		return known
	}
	x, y := e.class(a), e.class(b)
	e.classes[y] = x
	return x == y
}

// class returns the first object of the class that an object is in.
func (e *equality) class(id ident) int32 {
	i, ok := e.objects[id]
	if !ok {
		if e.objects == nil {
			e.objects = make(map[ident]int32)
		}
		i = int32(len(e.classes))
		e.objects[id] = i
		e.classes = append(e.classes, i)
	}
	for e.classes[i] != i {
		e.classes[i] = e.classes[e.classes[i]] // halve the path
		i = e.classes[i]
	}
	return i
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// text compares strings. What is long is compared once: the todo list is empty
// between two keys, but not the classes.
func (e *equality) text(a, b string) bool {
	if len(a) != len(b) || len(a) < longKey {
		return a == b
	}
	x, _ := identOf(a)
	y, _ := identOf(b)
	return x == y || e.join(x, y) || a == b
}

func (e *equality) bytes(a, b []byte) bool {
	if len(a) != len(b) || len(a) < longKey {
		return bytes.Equal(a, b)
	}
	x, _ := identOf(a)
	y, _ := identOf(b)
	return x == y || e.join(x, y) || bytes.Equal(a, b)
}

func (e *equality) number(a, b any) bool {
	x, y := numberOf(a), numberOf(b)
	if x.long() && y.long() {
		i, _ := identOf(a)
		j, _ := identOf(b)
		return i == j || e.join(i, j) || x.equal(y)
	}
	return x.equal(y)
}

func (e *equality) lists(k *keyer, a, b any, x, y []any) bool {
	if len(x) != len(y) {
		return false
	}
	if e.same(a, b, len(x)) {
		return true
	}
	for i := range x {
		if leaf(x[i]) || leaf(y[i]) {
			if !e.step(k, x[i], y[i]) {
				return false
			}
		} else {
			e.push(x[i], y[i])
		}
	}
	return true
}

// leaf reports whether v surely has nothing in it, and so needs no place on
// the list.
func leaf(v any) bool {
	switch v.(type) {
	case string, nil, bool, int64, float64:
		return true
	}
	return false
}

func (e *equality) objectsEqual(a, b *Object) bool {
	if e.same(a, b, len(a.Args)+len(a.Items)+len(a.Pairs)) {
		return true
	}
	x, y := a.arguments(), b.arguments()
	if len(x) != len(y) || a.Kwargs.Len() != b.Kwargs.Len() || len(a.Earlier) != len(b.Earlier) ||
		len(a.Items) != len(b.Items) || len(a.Items) > 0 && a.Adds != b.Adds || len(a.Pairs) != len(b.Pairs) {
		return false
	}
	e.push(a.Class, b.Class)
	e.push(a.Callable, b.Callable)
	e.push(a.Kwargs, b.Kwargs)
	e.push(a.Setter, b.Setter)
	e.push(a.State, b.State)
	for _, s := range [][2][]any{{x, y}, {a.Earlier, b.Earlier}, {a.Items, b.Items}} {
		for i := range s[0] {
			e.push(s[0][i], s[1][i])
		}
	}
	for i := range a.Pairs {
		e.push(a.Pairs[i].Key, b.Pairs[i].Key)
		e.push(a.Pairs[i].Value, b.Pairs[i].Value)
	}
	return true
}

// sets compares Sets and FrozenSets.
func (e *equality) sets(k *keyer, a, b any) bool {
	x, y := setOf(a), setOf(b)
	if x.Len() != y.Len() {
		return false
	}
	if x.Len() == 0 || e.same(x, y, x.Len()) {
		return true
	}
	return matchTables(e, k, &x.hashTable, &y.hashTable, func(_, _ struct{}) {})
}

func setOf(v any) *Set {
	if s, ok := v.(*Set); ok {
		return s
	}
	return v.(FrozenSet).s
}

func (e *equality) dicts(k *keyer, a, b *Dict) bool {
	if a.Len() != b.Len() {
		return false
	}
	if a.Len() == 0 || e.same(a, b, a.Len()) {
		return true
	}
	return matchTables(e, k, &a.hashTable, &b.hashTable, e.push)
}

// matchTables compares two tables of the same size. The keys of one must be in
// the other; if they are not, because they are pointers, they must be equal in
// their order.
func matchTables[V any](e *equality, k *keyer, a, b *hashTable[V], push func(x, y V)) bool {
	base := len(e.todo)
	j := 0 // tables mostly have the same order
	for i := range a.entries {
		x := &a.entries[i]
		if x.deleted() {
			continue
		}
		y := b.live(&j)
		if !k.match(x.Key, y.Key) {
			if i, _, err := b.find(k, x.Key); err == nil && i >= 0 {
				y = &b.entries[i]
			} else if e.todo = e.todo[:base]; !e.deep || leaf(x.Key) {
				return false
			} else {
				return inOrder(e, a, b, push)
			}
		}
		push(x.Value, y.Value)
	}
	return true
}

func inOrder[V any](e *equality, a, b *hashTable[V], push func(x, y V)) bool {
	j := 0
	for i := range a.entries {
		if x := &a.entries[i]; !x.deleted() {
			y := b.live(&j)
			e.push(x.Key, y.Key)
			push(x.Value, y.Value)
		}
	}
	return true
}

// live returns the entry at *i or the first after it that is not deleted, and
// sets *i to the next one. After the last one it returns a deleted entry: two
// Dicts that are copies of each other may disagree about their lengths.
func (t *hashTable[V]) live(i *int) *entry[V] {
	for *i < len(t.entries) {
		*i++
		if e := &t.entries[*i-1]; !e.deleted() {
			return e
		}
	}
	return &entry[V]{Key: tombstone{}}
}

// goValues compares what Python does not know by its elements and fields.
func (e *equality) goValues(a, b reflect.Value) bool {
	if a.Type() != b.Type() {
		return false
	}
	switch a.Kind() {
	case reflect.Pointer:
		if e.sameGo(ident{at: a.Interface()}, ident{at: b.Interface()}, 1) {
			return true
		}
		if a, b = a.Elem(), b.Elem(); a.Kind() == reflect.Struct {
			e.structs(a, b)
		} else {
			e.pushGo(a, b)
		}
	case reflect.Struct:
		e.structs(addressable(a), addressable(b))
	case reflect.Array, reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		if a.Kind() == reflect.Slice && e.sameGo(ident{a.UnsafePointer(), a.Len(), notPy}, ident{b.UnsafePointer(), b.Len(), notPy}, a.Len()) {
			return true
		}
		for i := range a.Len() {
			e.pushGo(a.Index(i), b.Index(i))
		}
	case reflect.Map:
		return e.goMaps(a, b)
	case reflect.Func:
		return a.IsNil() && b.IsNil()
	default:
		return a.Comparable() && a.Equal(b)
	}
	return true
}

func (e *equality) structs(a, b reflect.Value) {
	for i := range a.NumField() {
		e.pushGo(a.Field(i), b.Field(i))
	}
}

func (e *equality) goMaps(a, b reflect.Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	if e.sameGo(ident{at: a.UnsafePointer()}, ident{at: b.UnsafePointer()}, a.Len()) {
		return true
	}
	for m := a.MapRange(); m.Next(); {
		v := b.MapIndex(m.Key())
		if !v.IsValid() {
			return false
		}
		e.pushGo(m.Value(), v)
	}
	return true
}

// sameGo is same for what has no ident otherwise.
func (e *equality) sameGo(a, b ident, items int) bool {
	if e.steps++; e.steps >= memoryless && e.join(a, b) {
		return true
	}
	e.steps += items
	return false
}

// pushGo puts elements or fields on the list. Structs go there by their
// address: they are compared like pointers to them, and what this package
// knows (Dict, big.Int) it knows as pointers.
func (e *equality) pushGo(a, b reflect.Value) {
	if a.Kind() == reflect.Struct && a.CanAddr() && b.CanAddr() {
		a, b = a.Addr(), b.Addr()
	}
	e.push(readable(a).Interface(), readable(b).Interface())
}

// addressable returns a copy of v that has an address.
func addressable(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}

// readable returns v, which is an unexported field, as one that Interface
// works for. Fields of what is addressable are addressable or addresses.
func readable(v reflect.Value) reflect.Value {
	switch {
	case v.CanInterface():
		return v
	case v.CanAddr():
		return reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
	}
	return reflect.NewAt(v.Type().Elem(), v.UnsafePointer())
}

// arguments returns what the class is called with, but for copyreg's way of
// saying that it is called with nothing.
func (o *Object) arguments() Tuple {
	if o.Form == vm.FormReconstructor && len(o.Args) == 1 && o.Args[0] == nil {
		return nil
	}
	return o.Args
}

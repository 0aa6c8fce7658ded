package pickle

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
)

// shape says how the instances of a class are written, and how they are born.
type shape uint8

const (
	shapeState      shape = iota // NEWOBJ without arguments, state is a dict of the attributes
	shapeSlots                   // the same, state is (None, dict): a class with __slots__
	shapeNamedTuple              // NEWOBJ with the attributes as arguments
	shapeEnum                    // REDUCE with the member's value
	shapeArguments               // REDUCE with some attributes as arguments
	shapeOld                     // INST or OBJ, state is a dict of the attributes; below protocol 3
)

// class is what a Registry knows of a Go type.
type class struct {
	Global
	typ       reflect.Type // never a pointer
	shape     shape
	aliases   []Global
	arguments []string     // shapeArguments: the fields, by their names in Python
	contents  contentsFunc // of the standard library's containers: what they hold; else nil
	costly    bool         // contents takes memory of its own
	lenient   bool         // of the standard library: instances that it does not understand stay an *Object
	reduce    reduceFunc   // of a type that Reduces is for; then nothing of the above
	write     writeFunc    // of a type of the standard library: the same without a Reduction
}

// callable is what a Registry has for the name of a class or function: a class
// or a function.
type callable struct {
	class    *class
	function *function
}

// String says what a name is registered for.
func (c callable) String() string {
	if c.class != nil {
		return c.class.typ.String()
	}
	if c.function.direct != nil {
		return c.function.out.String()
	}
	return c.function.fn.Type().String()
}

// ClassOption says how the instances of a registered class look in Python.
type ClassOption interface {
	applyClass(*class) error
}

type classOption func(*class) error

func (f classOption) applyClass(c *class) error { return f(c) }

// Alias names the class as older pickles do: a class that was renamed or
// moved is read under its old names too, and written under the new one.
func Alias(old ...string) ClassOption {
	return classOption(func(c *class) error {
		for _, name := range old {
			g, err := parseClassName(name)
			if err != nil {
				return err
			}
			c.aliases = append(c.aliases, g)
		}
		return nil
	})
}

// NamedTuple says that the class is a collections.namedtuple or
// typing.NamedTuple: its fields go by position.
func NamedTuple() ClassOption { return shapeOption(shapeNamedTuple, reflect.Struct) }

// Enum says that the class is an enum.Enum whose members' values are the
// values of the Go type.
func Enum() ClassOption { return shapeOption(shapeEnum, reflect.Invalid) }

// Slots says that the class has __slots__ and no __dict__, as a dataclass
// with slots=True.
func Slots() ClassOption { return shapeOption(shapeSlots, reflect.Struct) }

// Arguments says that instances are made by a call of the class with the
// given attributes as arguments, as exceptions are; the other attributes are
// the state.
func Arguments(fields ...string) ClassOption {
	return classOption(func(c *class) error {
		c.arguments = fields
		return shapeOption(shapeArguments, reflect.Struct).applyClass(c)
	})
}

// OldStyle says that the class is an old-style class of Python 2, one without
// the base object. Below protocol 3 its instances are written as Python 2
// writes them, the attribute names as its str; from protocol 3 on, which no
// Python 2 reads, as those of any other class. When reading, every form is
// taken, with and without this option.
func OldStyle() ClassOption {
	return classOption(func(c *class) error {
		if strings.Contains(c.Name, ".") {
			return errors.New("an old-style class cannot be nested, for Python 2 finds it by its name in the module")
		}
		return shapeOption(shapeOld, reflect.Struct).applyClass(c)
	})
}

func shapeOption(s shape, kind reflect.Kind) ClassOption {
	return classOption(func(c *class) error {
		if c.shape != shapeState {
			return errors.New("NamedTuple, Enum, Slots, Arguments and OldStyle exclude each other")
		}
		if kind != reflect.Invalid && c.typ.Kind() != kind {
			return fmt.Errorf("%v is no %v", c.typ, kind)
		}
		c.shape = s
		return nil
	})
}

// Registry maps Go types to Python classes and back, and Python's functions to
// functions of Go. It may be used by several goroutines at once. The zero
// Registry knows nothing, not even the types of Python's standard library.
type Registry struct {
	below  *Registry  // is asked for what this one does not know; may be nil
	mu     sync.Mutex // held by writers
	frozen bool
	single bool // only one goroutine can see it yet, so that its tables can be modified
	tables atomic.Pointer[tables]
}

// tables is one state of a Registry; others are made of it, it is not modified.
type tables struct {
	below      *Registry
	byName     map[Global]callable
	byType     map[reflect.Type]*class
	extensions map[int]Global
	codes      map[Global]int
}

// registryChanges counts all registrations: what was looked up in some tables,
// and those below, is as it was while the number is the same.
var registryChanges atomic.Uint64

// standard knows the types of Python's standard library; see py.go.
var standard = new(Registry)

var defaultRegistry = NewRegistry()

// NewRegistry returns a Registry that knows what the package knows by itself,
// the types of Python's standard library, and nothing that was given to
// Register.
func NewRegistry() *Registry { return standard.Layer() }

// Layer returns a new Registry on top of r: it knows what r knows, now and
// later, unless something else is registered in the new one for the same name,
// type or code. What is registered in the new one does not concern r.
func (r *Registry) Layer() *Registry { return &Registry{below: r} }

// Freeze makes every further registration in r an error.
func (r *Registry) Freeze() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frozen = true
}

// load returns the state of r.
func (r *Registry) load() *tables {
	if t := r.tables.Load(); t != nil {
		return t
	}
	r.tables.CompareAndSwap(nil, &tables{below: r.below})
	return r.tables.Load()
}

// lookup returns what is registered for the name g.
func (t *tables) lookup(g Global) callable {
	for {
		if c, ok := t.byName[g]; ok || t.below == nil {
			return c
		}
		t = t.below.load()
	}
}

// written returns the class as whose instances values of type typ, which is no
// pointer, are written; nil if there is none.
func (t *tables) written(typ reflect.Type) *class {
	for {
		if c, ok := t.byType[typ]; ok || t.below == nil {
			return c
		}
		t = t.below.load()
	}
}

// extension returns what an extension code stands for.
func (t *tables) extension(code int) (Global, bool) {
	for {
		if g, ok := t.extensions[code]; ok || t.below == nil {
			return g, ok
		}
		t = t.below.load()
	}
}

// code returns the extension code of g. A layer in which the code stands for
// something else hides it.
func (t *tables) code(g Global) (int, bool) {
	for top := t; ; t = t.below.load() {
		if code, ok := t.codes[g]; ok {
			now, _ := top.extension(code)
			return code, now == g
		}
		if t.below == nil {
			return 0, false
		}
	}
}

// Register makes the default registry map a Python class to the type of value,
// or to the type that value points to: an instance of the class is decoded
// to a pointer to the type, and both the type and pointers to it are written as
// instances. class is "module.Class"; a nested class is
// "module:Outer.Inner". Register panics where Registry.Register fails.
func Register(class string, value any, opts ...ClassOption) {
	if err := defaultRegistry.Register(class, value, opts...); err != nil {
		panic(err)
	}
}

// RegisterExtension makes the default registry map a code of Python's
// extension registry (copyreg.add_extension) to the class or function it
// stands for. From protocol 2 on the code is written in place of the name.
// RegisterExtension panics where Registry.RegisterExtension fails.
func RegisterExtension(code int, class string) {
	if err := defaultRegistry.RegisterExtension(code, class); err != nil {
		panic(err)
	}
}

// Register maps a Python class to the type of value, like the function of the
// same name. It is an error if the class or the type is registered otherwise
// already, or if the options do not fit the type. To register the same once more
// changes nothing.
func (r *Registry) Register(name string, value any, opts ...ClassOption) error {
	c, err := newClass(name, value, opts)
	if err != nil {
		return fmt.Errorf("pickle: Register %s: %w", name, err)
	}
	return r.update("Register "+name, func(t *tables) error {
		if old := t.byType[c.typ]; old != nil {
			switch {
			case old.reduce != nil:
				return fmt.Errorf("%v is written by the function that is registered for %v", c.typ, old.Global)
			case old.Global != c.Global:
				return fmt.Errorf("%v is registered as %v", c.typ, old.Global)
			case !reflect.DeepEqual(old, c):
				return fmt.Errorf("%v is registered with other options", c.typ)
			}
			return nil
		}
		for _, g := range append([]Global{c.Global}, c.aliases...) {
			if old, ok := t.byName[g]; ok {
				return fmt.Errorf("%v is registered for %v, it cannot be registered for %v", g, old, c.typ)
			}
			t.byName[g] = callable{class: c}
		}
		t.byType[c.typ] = c
		return nil
	})
}

// RegisterExtension maps a code of Python's extension registry to a class or
// function, like the function of the same name. Codes are positive and fit 31
// bits.
func (r *Registry) RegisterExtension(code int, name string) error {
	g, err := parseClassName(name)
	if err == nil && (code <= 0 || code > 1<<31-1) {
		err = errors.New("an extension code is from 1 to 2147483647")
	}
	if err != nil {
		return fmt.Errorf("pickle: RegisterExtension %d, %s: %w", code, name, err)
	}
	return r.update(fmt.Sprintf("RegisterExtension %d, %s", code, name), func(t *tables) error {
		if old, ok := t.extensions[code]; ok && old != g {
			return fmt.Errorf("the code stands for %v", old)
		}
		if old, ok := t.codes[g]; ok && old != code {
			return fmt.Errorf("the code of that is %d", old)
		}
		t.extensions[code], t.codes[g] = g, code
		return nil
	})
}

// update replaces the tables by a copy that change was applied to, so that
// readers need no lock. Errors begin with what is being done.
func (r *Registry) update(what string, change func(*tables) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.frozen {
		return fmt.Errorf("pickle: %s: %w", what, errFrozen)
	}
	old := r.load()
	t := old
	if !r.single || old.byName == nil {
		t = &tables{r.below, cloned(old.byName), cloned(old.byType), cloned(old.extensions), cloned(old.codes)}
	}
	if err := change(t); err != nil {
		return fmt.Errorf("pickle: %s: %w", what, err)
	}
	r.tables.Store(t)
	registryChanges.Add(1)
	return nil
}

var errFrozen = errors.New("the registry is frozen")

func cloned[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return make(map[K]V)
	}
	return maps.Clone(m)
}

func newClass(name string, value any, opts []ClassOption) (*class, error) {
	g, err := parseClassName(name)
	if err != nil {
		return nil, err
	}
	t := reflect.TypeOf(value)
	if t == nil {
		return nil, errors.New("the value is nil")
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if err := checkType(t); err != nil {
		return nil, err
	}
	c := &class{Global: g, typ: t}
	for _, o := range opts {
		if err := o.applyClass(c); err != nil {
			return nil, err
		}
	}
	if t.Kind() == reflect.Bool && c.shape != shapeEnum {
		return nil, errors.New("no Python class is derived from bool")
	}
	return c, c.checkFields()
}

// checkType reports why instances of a class cannot be values of type t.
func checkType(t reflect.Type) error {
	switch {
	case t.Name() == "" || t.PkgPath() == "":
		return fmt.Errorf("%v is not a type of a program's own", t)
	case t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface || !writable(t.Kind()):
		return fmt.Errorf("a %v cannot be an instance", t.Kind())
	case exactEncoders[t] != nil || t == reflect.TypeFor[ByteArray]():
		return fmt.Errorf("%v is what it is in Python already", t)
	}
	return nil
}

// checkFields reports what is wrong with the fields of the struct type of c, if
// it is one.
func (c *class) checkFields() error {
	if c.typ.Kind() != reflect.Struct {
		return nil
	}
	p := planOf(c.typ)
	if p.err != nil {
		return p.err
	}
	for _, f := range c.arguments {
		if _, ok := p.byName[f]; !ok {
			return fmt.Errorf("%v has no field for the argument %s", c.typ, f)
		}
	}
	if p.base != nil {
		if err := c.checkBase(p.base); err != nil {
			return err
		}
	}
	if c.shape == shapeNamedTuple && p.unknown != nil {
		return errors.New("a named tuple has no place for a field with ,unknown")
	}
	return nil
}

// writable reports whether values of the kind can be written at all.
func writable(k reflect.Kind) bool {
	return k != reflect.Chan && k != reflect.Func && k != reflect.UnsafePointer
}

// parseClassName splits "module.Class" at the last dot, and
// "module:Outer.Inner" at the colon.
func parseClassName(s string) (Global, error) {
	module, name, ok := strings.Cut(s, ":")
	if !ok {
		i := strings.LastIndexByte(s, '.')
		if i < 0 {
			return Global{}, fmt.Errorf("%q is not module.Class", s)
		}
		module, name = s[:i], s[i+1:]
	}
	if module == "" || name == "" || strings.ContainsAny(s, "\n\r ") {
		return Global{}, fmt.Errorf("%q is not module.Class", s)
	}
	if (Global{module, name}).isLong() {
		return Global{}, fmt.Errorf("the name of the class or its module has more than %d bytes", mostName)
	}
	return Global{interned(module), interned(name)}, nil
}

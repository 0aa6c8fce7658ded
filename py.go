package pickle

import (
	"errors"
	"reflect"

	"github.com/go-pickle/pickle/vm"
)

// The types of Python's standard library, one file for each module: py_*.go.
// They are registered as those of a program are, in the registry below all
// others; what a program registers goes before them.

// standardModules register the types of a module each.
var standardModules = []func(){
	registerArray,
	registerCollections,
	registerDatetime,
	registerDecimal,
	registerExceptions,
	registerFractions,
	registerFunctools,
	registerIPAddress,
	registerOperator,
	registerPathlib,
	registerRandom,
	registerRe,
	registerTypes,
	registerURLLib,
	registerUUID,
	registerZoneinfo,
}

func init() {
	standard.single = true
	for _, register := range standardModules {
		register()
	}
	standard.single = false
	standard.Freeze()
}

// contentsFunc returns what an instance holds: a node of the kind dict, list,
// tuple or str in its place, which can go into any type that such a value can
// go into; KindNothing where it cannot know.
type contentsFunc func(d *decoder, in *vm.Instance) vm.Node

var errArguments = errors.New("it is called with other arguments than Python's own")

// standardFunc registers a function of Python's standard library. A call that
// fn has no parameters for, or returns an error for, stays an *Object in an any.
func standardFunc(name string, fn any, opts ...FuncOption) {
	lenient := funcOption(func(_ *tables, f *function) error {
		f.lenient = true
		return nil
	})
	if err := standard.RegisterFunc(name, fn, append(opts, lenient)...); err != nil {
		panic(err)
	}
}

// standardCall is standardFunc for a directFunc whose results are of type T.
func standardCall[T any](name string, f directFunc, opts ...FuncOption) {
	g, err := parseClassName(name)
	if err != nil {
		panic(err)
	}
	fn := &function{Global: g, direct: f, out: reflect.TypeFor[T](), lenient: true}
	err = standard.update("RegisterFunc "+name, func(t *tables) error {
		for _, o := range opts {
			if err := o.applyFunc(t, fn); err != nil {
				return err
			}
		}
		t.byName[g] = callable{function: fn}
		return nil
	})
	if err != nil {
		panic(err)
	}
}

// writes is Reduces for a writeFunc of type T.
func writes[T any](write writeFunc) FuncOption {
	return funcOption(func(t *tables, fn *function) error {
		typ := reflect.TypeFor[T]()
		t.byType[typ] = &class{Global: fn.Global, typ: typ, write: write}
		return nil
	})
}

// asType returns the T that v has.
func asType[T any](v reflect.Value) T {
	if v.CanAddr() {
		return *v.Addr().Interface().(*T)
	}
	return v.Interface().(T)
}

// standardClass registers a class of Python's standard library. contents may be
// nil.
func standardClass(name string, value any, contents contentsFunc, opts ...ClassOption) {
	own := classOption(func(c *class) error {
		c.contents, c.lenient = contents, true
		return nil
	})
	if err := standard.Register(name, value, append(opts, own)...); err != nil {
		panic(err)
	}
}

package pickle

import "github.com/go-pickle/pickle/vm"

// The types of Python's standard library, one file for each module: py_*.go.
// They are registered as those of a program are, in the registry below all
// others; what a program registers goes before them.

// standardModules register the types of a module each.
var standardModules = []func(){
	registerArray,
	registerCollections,
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

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-pickle/pickle/pickletools"
	"github.com/spf13/cobra"
)

const renameLong = `Rename writes pickles in which modules, classes and functions have other names.
OLD and NEW are a module, or a class with its module: shop.Item, or shop:Outer.Inner
where the class is nested. A module stands for all that is in it and in its
submodules; the first OLD=NEW that fits is taken.

Only names of classes and functions change, not text that looks like them. Below
protocol 3 a pickle has the names of Python 2: __builtin__ for builtins.

Arguments with = come first; ./a=b.pkl is a file.`

const renameExamples = `  pickle rename shop.Item=store.models.Product -o new.pkl old.pkl
  pickle rename addressbook=directory.people -w contacts/*.pkl`

func newRename() *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:                   "rename OLD=NEW... [-o FILE | -w] [FILE]...",
		Short:                 "Change the names of modules and classes in pickles",
		Long:                  renameLong,
		Example:               renameExamples,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			var rules renameRules
			for len(args) > 0 && isRule(args[0]) {
				rule, err := parseRule(args[0])
				if err != nil {
					return err
				}
				rules = append(rules, rule)
				args = args[1:]
			}
			if len(rules) == 0 {
				return errors.New("no OLD=NEW given")
			}
			c := newConsole(cmd)
			err := o.rewrite(c, args, rules.apply)
			for _, r := range rules {
				if err == nil && !r.used {
					c.complain(fmt.Errorf("nothing is named %s", r.old))
					err = errReported
				}
			}
			return err
		},
	}
	o.addFlags(cmd, true)
	return cmd
}

func isRule(arg string) bool {
	i := strings.IndexByte(arg, '=')
	return i >= 0 && !strings.ContainsAny(arg[:i], `/\`)
}

// renameRule is OLD=NEW.
type renameRule struct {
	old, new string
	used     bool
}

type renameRules []*renameRule

func parseRule(arg string) (*renameRule, error) {
	before, after, _ := strings.Cut(arg, "=")
	for _, name := range []string{before, after} {
		if name == "" || strings.HasPrefix(name, ":") || strings.HasSuffix(name, ":") || strings.Count(name, ":") > 1 || strings.ContainsAny(name, "= \n") {
			return nil, fmt.Errorf("%s: want OLD=NEW, as in shop.Item=store.Product", arg)
		}
	}
	return &renameRule{old: before, new: after}, nil
}

// apply renames in one pickle.
func (rules renameRules) apply(program []byte) ([]byte, error) {
	var failure error
	result, err := pickletools.Rename(program, func(module, name string) (string, string) {
		for _, r := range rules {
			newModule, newName, ok := r.rename(module, name)
			if !ok {
				continue
			}
			r.used = true
			if newModule == "" {
				failure = fmt.Errorf("%s has to have a module: %s", r.new, r.old)
				break
			}
			return newModule, newName
		}
		return module, name
	})
	if failure != nil {
		return nil, failure
	}
	return result, err
}

// rename returns the new names, if the rule is about the old ones.
func (r *renameRule) rename(module, name string) (newModule, newName string, ok bool) {
	if class, ok := cutModule(r.old, module); ok {
		if inner, ok := cutPrefix(name, class); ok {
			newModule, newName = splitClass(r.new)
			return newModule, newName + inner, true
		}
	}
	if submodule, ok := cutPrefix(module, r.old); ok {
		return r.new + submodule, name, true
	}
	return "", "", false
}

// cutModule returns the class in a name of one that is in that module.
func cutModule(name, module string) (class string, ok bool) {
	if class, ok = strings.CutPrefix(name, module+":"); ok {
		return class, true
	}
	return strings.CutPrefix(name, module+".")
}

// cutPrefix returns the rest of a dotted name, with its dot, that is the prefix
// or begins with it.
func cutPrefix(name, prefix string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(name, prefix)
	return rest, ok && (rest == "" || rest[0] == '.')
}

// splitClass splits the name of a class into module and qualified name.
func splitClass(name string) (module, class string) {
	if module, class, ok := strings.Cut(name, ":"); ok {
		return module, class
	}
	i := strings.LastIndexByte(name, '.')
	return name[:max(i, 0)], name[i+1:]
}

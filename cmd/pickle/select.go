package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/vm"
	"github.com/spf13/cobra"
)

// selectLong is what the help of commands with --select says of it.
const selectLong = `--select PATH takes one part of each pickle, and decodes nothing else. PATH is as
in Python: [3] or [-1] are items, ['key'] and [1, 'x'] keys of a dict, .name an
attribute, or the key 'name' of a dict; the first point may be left out. Of what
Python would get by a call, .__args__, .__kwargs__ and .__state__ are what the
pickle has.`

// selection is the path of --select, and is its flag. Without steps it is the
// whole pickle.
type selection struct {
	text  string
	steps []selectStep
}

// selectStep is .name, or [key] if the name is "".
type selectStep struct {
	name string
	key  any
	end  int // of the step in the text
}

func (s *selection) addFlag(cmd *cobra.Command) {
	cmd.Flags().Var(s, "select", "take only the part at `PATH`, as in [0].items['a']")
}

// String, Set and Type make it a flag.
func (s *selection) String() string { return s.text }
func (s *selection) Type() string   { return "PATH" }

// Set parses a path.
func (s *selection) Set(text string) error {
	if text == "" {
		return errors.New("the path is empty")
	}
	s.text, s.steps = text, nil
	for rest := text; rest != ""; {
		var step selectStep
		var err error
		if rest[0] == '[' {
			if trimBlanks(rest[1:]) != "" && trimBlanks(rest[1:])[0] == ']' {
				return errors.New("nothing in []")
			}
			step.key, rest, err = literals(rest[1:], ']')
		} else {
			step.name, rest, err = nameStep(rest, len(s.steps) == 0)
		}
		if err != nil {
			return err
		}
		step.end = len(text) - len(rest)
		s.steps = append(s.steps, step)
	}
	return nil
}

// nameStep parses .name, or the name alone at the beginning of a path.
func nameStep(text string, first bool) (name, rest string, err error) {
	if text[0] == '.' {
		text = text[1:]
	} else if !first {
		return "", "", fmt.Errorf("%q where there should be a point or [", text)
	}
	end := len(text)
	if i := strings.IndexAny(text, ".["); i >= 0 {
		end = i
	}
	name = text[:end]
	for i, c := range name {
		if c != '_' && !unicode.IsLetter(c) && (i == 0 || !unicode.IsDigit(c) && !unicode.IsMark(c)) {
			return "", "", fmt.Errorf("%q is no name: items are [0], other keys ['in quotes']", name)
		}
	}
	if name == "" {
		return "", "", errors.New("a point without a name")
	}
	return name, text[end:], nil
}

// decode decodes the next pickle, or the part of it.
func (s *selection) decode(dec *decoder) (v any, err error) {
	if len(s.steps) == 0 {
		err = dec.decode(&v)
		return v, err
	}
	var root pickle.Value
	if err := dec.decode(&root); err != nil {
		return nil, err
	}
	at := selected{value: root}
	for i, step := range s.steps {
		next, ok, err := at.then(step)
		if err != nil {
			return nil, err
		}
		if !ok {
			before := "the value"
			if i > 0 {
				before = s.text[:s.steps[i-1].end]
			}
			text := fmt.Sprintf("no %s: %s is %s", s.text[:step.end], before, printable(at.describe()))
			if dec.count > 1 {
				text = fmt.Sprintf("pickle %d: %s", dec.count, text)
			}
			return nil, &lackError{text}
		}
		at = next
	}
	if at.decoded {
		return at.plain, nil
	}
	v, err = at.value.Any()
	return v, bufferError(err)
}

// selected is a part of a pickle: not decoded, or, where what was asked for is
// something that only decoding tells, decoded.
type selected struct {
	value   pickle.Value
	plain   any
	decoded bool
}

// then returns the part that a step leads to; ok is false if there is none.
func (p selected) then(step selectStep) (next selected, ok bool, err error) {
	if p.decoded {
		next.plain, ok = partAt(p.plain, step)
		next.decoded = true
		return next, ok, nil
	}
	isInstance := p.value.Kind() == vm.KindInstance
	switch i, isInt := step.key.(int64); {
	case step.name != "":
		next.value = p.value.Get(step.name)
	case isInt && int64(int(i)) == i && p.value.Kind() != vm.KindDict:
		if next.value = p.value.Index(int(i)); next.value.Err() != nil && isInstance {
			next.value = itemOf(p.value, step.key)
		}
	case isInstance:
		next.value = itemOf(p.value, step.key)
	default:
		next.value = p.value.Get(step.key)
	}
	if next.value.Err() == nil && next.value.Kind() != vm.KindNothing || !isInstance {
		return next, next.value.Err() == nil, nil
	}
	// What it was made by, or what the constructor was given that this is.
	var o *pickle.Object
	if strings.HasPrefix(step.name, "__") {
		if err := p.value.Decode(&o); err != nil {
			return next, false, err
		}
		next.plain, ok = madeBy(o, step.name)
	} else {
		v, err := p.value.Any()
		if err != nil {
			return next, false, err
		}
		next.plain, ok = partAt(v, step)
	}
	next.decoded = true
	return next, ok, nil
}

// itemOf returns the dict item of an instance, which goes before an attribute
// of that name.
func itemOf(v pickle.Value, key any) (found pickle.Value) {
	n := v.Len()
	for k, x := range v.All() {
		if n--; n < 0 {
			break
		}
		if pickle.Equal(k, key) {
			found = x
		}
	}
	return found
}

// madeBy returns what an instance was made by.
func madeBy(o *pickle.Object, name string) (v any, ok bool) {
	switch {
	case name == "__args__":
		return o.Args, true
	case name == "__kwargs__" && o.Kwargs != nil:
		return o.Kwargs, true
	case name == "__state__" && o.State != nil:
		return o.State, true
	}
	return nil, false
}

// partAt returns a part of a value that has been decoded.
func partAt(v any, step selectStep) (part any, ok bool) {
	o, isObject := v.(*pickle.Object)
	if isObject && strings.HasPrefix(step.name, "__") {
		return madeBy(o, step.name)
	}
	parts := partsOf(v)
	if i, isInt := step.key.(int64); isInt {
		if i < 0 {
			i += int64(len(parts.list))
		}
		if i >= 0 && i < int64(len(parts.list)) {
			return parts.list[i], true
		}
	}
	want := []string{keyStep(step.key)}
	if step.name != "" {
		want = []string{"." + step.name, keyStep(step.name)}
	}
	for _, w := range want {
		for _, p := range parts.named {
			if p.step == w {
				return p.value, true
			}
		}
	}
	if isObject && o.Form == vm.FormReconstructor && len(o.Args) == 1 { // the list or dict that its class is derived from
		return partAt(o.Args[0], step)
	}
	return nil, false
}

// describe says what a part is, and what can be selected of it.
func (p selected) describe() string {
	var kind string
	var items int
	var names []string
	if p.decoded {
		parts := partsOf(p.plain)
		kind, items = parts.kind, len(parts.list)
		for _, x := range parts.named {
			names = append(names, x.step)
		}
	} else {
		kind, items, names = describeValue(p.value)
	}
	if kind == "" {
		return p.brief()
	}
	text := kind
	if strings.IndexByte("aeiou", kind[0]) >= 0 {
		text = "an " + text
	} else {
		text = "a " + text
	}
	var has []string
	if items > 0 || len(names) == 0 {
		has = append(has, plural(items, "item"))
	}
	return text + " with " + strings.Join(append(has, listed(names)...), ", ")
}

// brief returns what has no parts, cut short.
func (p selected) brief() string {
	if p.decoded {
		return brief(p.plain)
	}
	v, err := p.value.Any()
	if err != nil {
		return p.value.Kind().String()
	}
	return brief(v)
}

// describeValue returns what a part is that is not decoded, "" if it has no
// parts, how many items it has, and the steps to its other parts.
func describeValue(v pickle.Value) (kind string, items int, names []string) {
	switch v.Kind() {
	case vm.KindList, vm.KindTuple, vm.KindSet, vm.KindFrozenSet, vm.KindDict:
		kind = v.Kind().String()
	case vm.KindInstance:
		kind = v.Kind().String()
		if class, ok := v.Class(); ok {
			kind += " of " + class.String()
		}
	default:
		return "", 0, nil
	}
	n := v.Len()
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] { // a pickle can set one key many times
			names = append(names, name)
		}
		seen[name] = true
	}
	for k := range v.All() {
		n--
		name, isText := k.(string)
		switch _, isItem := k.(int); {
		case isItem:
			items++
		case isText && n < 0:
			add("." + name)
		default:
			add(keyStep(k))
		}
	}
	var o *pickle.Object
	if v.Kind() == vm.KindInstance && v.Decode(&o) == nil && len(o.Args) > 0 {
		names = append(names, ".__args__")
	}
	return kind, items, names
}

// listed cuts a list of names short.
func listed(names []string) []string {
	const most, widest = 20, 60
	for i, name := range names[:min(most, len(names))] {
		if len(name) > widest {
			names[i] = strings.ToValidUTF8(name[:widest], "") + "…"
		}
	}
	if len(names) > most {
		return append(names[:most:most], fmt.Sprintf("and %d more", len(names)-most))
	}
	return names
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

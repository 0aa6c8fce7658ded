package picklejson

import (
	"errors"
	"math"
	"strings"

	"github.com/go-pickle/pickle"
)

// makers make the values of the types; i is the element that is the value of the
// member.
var makers map[string]func(d *decoder, i int) (any, error)

func init() { // the makers refer to each other
	makers = map[string]func(d *decoder, i int) (any, error){
		"int": (*decoder).makeInt, "float": (*decoder).makeFloat, "complex": (*decoder).makeComplex,
		"str": (*decoder).makeStr, "name": (*decoder).makeName, "list": (*decoder).makeList, "bytestring": (*decoder).makeByteString,
		"bytes": (*decoder).makeBytes, "bytearray": (*decoder).makeByteArray,
		"tuple": (*decoder).makeTuple, "set": (*decoder).makeSet, "frozenset": (*decoder).makeFrozenSet,
		"dict": (*decoder).makeDict, "range": (*decoder).makeRange, "slice": (*decoder).makeSlice,
		"singleton": (*decoder).makeSingleton, "global": (*decoder).makeGlobal,
		"extension": (*decoder).makeExtension, "persistent": (*decoder).makePersistent,
	}
}

func (d *decoder) makeInt(i int) (any, error) {
	if err := d.want(i, '"'); err != nil {
		return nil, err
	}
	return parseInt(d.elements[i])
}

func (d *decoder) makeFloat(i int) (any, error) { return d.parseFloat(i) }

func (d *decoder) makeComplex(i int) (any, error) {
	kids, err := d.array(i, 2)
	if err != nil {
		return nil, err
	}
	var parts [2]float64
	for k, kid := range kids {
		v, err := d.value(kid)
		if err != nil {
			return nil, err
		}
		f, ok := v.(float64)
		if !ok {
			return nil, syntaxError(d.elements[kid].at, "there must be a float")
		}
		parts[k] = f
	}
	return complex(parts[0], parts[1]), nil
}

// array returns the n elements of an array.
func (d *decoder) array(i, n int) ([]int, error) {
	if err := d.want(i, '['); err != nil {
		return nil, err
	}
	kids := d.elements[i].kids
	if len(kids) != n {
		return nil, syntaxError(d.elements[i].at, "there must be %d elements", n)
	}
	return kids, nil
}

func (d *decoder) makeStr(i int) (any, error) {
	if d.elements[i].kind != '[' {
		err := d.want(i, '"')
		return strings.Clone(d.elements[i].text), err
	}
	var s strings.Builder
	for _, kid := range d.elements[i].kids {
		if err := d.want(kid, '"'); err != nil {
			return nil, err
		}
		s.WriteString(d.elements[kid].text)
	}
	return s.String(), nil
}

func (d *decoder) makeName(i int) (any, error) {
	if err := d.want(i, '"'); err != nil {
		return nil, err
	}
	return d.name(d.elements[i].text), nil
}

func (d *decoder) makeList(i int) (any, error) {
	if err := d.want(i, '['); err != nil {
		return nil, err
	}
	return d.list(i)
}

func (d *decoder) makeByteString(i int) (any, error) {
	if err := d.want(i, '"'); err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, r := range d.elements[i].text {
		if r > 0xff {
			return nil, syntaxError(d.elements[i].at, "a bytestring has characters up to U+00FF")
		}
		b.WriteByte(byte(r))
	}
	return pickle.ByteString(b.String()), nil
}

func (d *decoder) makeBytes(i int) (any, error) {
	b, err := d.base64(i)
	if len(b) == 0 && !d.noBytes { // the first is the one that there usually is
		d.noBytes = true
		b = []byte{}
	}
	return b, err
}

func (d *decoder) makeByteArray(i int) (any, error) {
	b, err := d.base64(i)
	return pickle.ByteArray(b), err
}

func (d *decoder) makeTuple(i int) (any, error) {
	if err := d.want(i, '['); err != nil {
		return nil, err
	}
	kids := d.elements[i].kids
	t := make(pickle.Tuple, len(kids))
	return t, d.items(t, kids)
}

func (d *decoder) makeSlice(i int) (any, error) {
	kids, err := d.array(i, 3)
	if err != nil {
		return nil, err
	}
	var parts [3]any
	err = d.items(parts[:], kids)
	return pickle.Slice{Start: parts[0], Stop: parts[1], Step: parts[2]}, err
}

func (d *decoder) makeRange(i int) (any, error) {
	kids, err := d.array(i, 3)
	if err != nil {
		return nil, err
	}
	var parts [3]int64
	for k, kid := range kids {
		v, err := d.value(kid)
		if err != nil {
			return nil, err
		}
		n, ok := v.(int64)
		if !ok || k == 2 && n == 0 {
			return nil, syntaxError(d.elements[kid].at, "a range is made of three ints, the last of which is not 0")
		}
		parts[k] = n
	}
	return pickle.Range{Start: parts[0], Stop: parts[1], Step: parts[2]}, nil
}

func (d *decoder) makeSingleton(i int) (any, error) {
	switch e := d.elements[i]; {
	case e.kind == '"' && e.text == "Ellipsis":
		return pickle.Ellipsis{}, nil
	case e.kind == '"' && e.text == "NotImplemented":
		return pickle.NotImplemented{}, nil
	}
	return nil, syntaxError(d.elements[i].at, "there is no such singleton")
}

func (d *decoder) makeGlobal(i int) (any, error) { return d.global(i) }

func (d *decoder) makeExtension(i int) (any, error) {
	e := d.elements[i]
	if err := d.want(i, '0'); err != nil {
		return nil, err
	}
	v, err := d.numeral(e)
	if err != nil {
		return nil, err
	}
	code, ok := v.(int64)
	if !ok || code < 1 || code > math.MaxInt32 {
		return nil, syntaxError(e.at, "an extension code is a number from 1 to %d", math.MaxInt32)
	}
	return pickle.Extension(code), nil
}

func (d *decoder) makePersistent(i int) (any, error) {
	id, err := d.value(i)
	return pickle.PersistentRef{ID: id}, err
}

func (d *decoder) makeSet(i int) (any, error) {
	if err := d.want(i, '['); err != nil {
		return nil, err
	}
	s := pickle.NewSet()
	d.later(func() error {
		elems, err := d.keys(d.elements[i].kids)
		if err != nil {
			return err
		}
		return d.hashed(i, func() { *s = *pickle.NewSet(elems...) })
	})
	return s, nil
}

func (d *decoder) makeFrozenSet(i int) (v any, err error) {
	if err := d.want(i, '['); err != nil {
		return nil, err
	}
	elems, err := d.keys(d.elements[i].kids)
	if err != nil {
		return nil, err
	}
	err = d.hashed(i, func() { v = pickle.NewFrozenSet(elems...) })
	return v, err
}

// keys makes the elements of a set.
func (d *decoder) keys(kids []int) ([]any, error) {
	all := make([]any, len(kids))
	if err := d.items(all, kids); err != nil {
		return nil, err
	}
	for k, kid := range kids {
		if err := d.spend(all[k], d.elements[kid].at); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (d *decoder) makeDict(i int) (any, error) {
	e := d.elements[i]
	if e.kind != '{' && e.kind != '[' {
		return nil, syntaxError(e.at, "a dict is an object or an array")
	}
	dict := pickle.NewDict()
	d.later(func() error {
		pairs := make([]any, 0, len(e.kids))
		for k := 0; k < len(e.kids) && e.kind == '{'; k += 2 {
			v, err := d.value(e.kids[k+1])
			if err != nil {
				return err
			}
			pairs = append(pairs, d.name(d.elements[e.kids[k]].text), v)
		}
		for k := 0; k < len(e.kids) && e.kind == '['; k++ {
			key, v, err := d.pair(e.kids[k])
			if err == nil {
				err = d.spend(key, d.elements[e.kids[k]].at)
			}
			if err != nil {
				return err
			}
			pairs = append(pairs, key, v)
		}
		return d.hashed(i, func() { *dict = *pickle.NewDict(pairs...) })
	})
	return dict, nil
}

// pair makes a key and a value of an array.
func (d *decoder) pair(i int) (key, v any, err error) {
	kids, err := d.array(i, 2)
	if err != nil {
		return nil, nil, err
	}
	var pair [2]any
	err = d.items(pair[:], kids)
	return pair[0], pair[1], err
}

// hashed calls f, which panics with a message where a key has no hash.
func (d *decoder) hashed(i int, f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case string:
			_, reason, _ := strings.Cut(strings.TrimPrefix(r, "pickle: "), ": ")
			err = syntaxError(d.elements[i].at, "%s", reason)
		default:
			panic(r)
		}
	}()
	f()
	return nil
}

// spend counts what it takes to hash a key. Sharing makes a short text stand
// for a key of any size.
func (d *decoder) spend(key any, at int) error {
	if d.budget = weigh(key, d.budget); d.budget < 0 {
		return &pickle.LimitError{Limit: "size of keys", Max: d.most, Offset: int64(at)}
	}
	return nil
}

// weigh returns what is left of a budget after key was hashed.
func weigh(key any, left int64) int64 {
	left--
	switch key := key.(type) {
	case string:
		left -= int64(len(key))
	case []byte:
		left -= int64(len(key))
	case pickle.ByteString:
		left -= int64(len(key))
	case pickle.Tuple:
		for k := 0; k < len(key) && left >= 0; k++ {
			left = weigh(key[k], left)
		}
	case pickle.Slice:
		left = weigh(key.Step, weigh(key.Stop, weigh(key.Start, left)))
	case pickle.PersistentRef:
		left = weigh(key.ID, left)
	case pickle.FrozenSet:
		for x := range key.All() {
			if left = weigh(x, left); left < 0 {
				break
			}
		}
	}
	return left
}

var errForm = errors.New("there is no such form of objects")

// instance makes an *Object.
func (d *decoder) instance(m members) (any, error) {
	form := d.elements[m.values["object"]]
	o := &pickle.Object{Form: forms[form.text]}
	if _, ok := forms[form.text]; form.kind != '"' || !ok {
		return nil, &SyntaxError{int64(form.at), errForm}
	}
	delete(m.values, "object")
	var err error
	if o.Adds, err = d.flag(m, "adds"); err != nil {
		return nil, err
	}
	for name, i := range m.values {
		if objectMembers[name] == nil {
			return nil, syntaxError(d.elements[i].at, "an object has no member %q", name)
		}
	}
	d.later(func() error {
		for _, name := range objectOrder { // for the same error each time
			if i, ok := m.values[name]; ok {
				if err := objectMembers[name](d, o, i); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return o, nil
}

var objectOrder = []string{"class", "base", "callable", "args", "kwargs", "items", "pairs", "earlier", "setter", "state"}

// objectMembers set the parts of an object, by the names of the members.
var objectMembers map[string]func(d *decoder, o *pickle.Object, i int) error

func init() {
	type object = pickle.Object
	part := func(field func(o *object) *any) func(d *decoder, o *object, i int) error {
		return func(d *decoder, o *object, i int) (err error) {
			*field(o), err = d.value(i)
			return err
		}
	}
	list := func(field func(o *object) *[]any) func(d *decoder, o *object, i int) error {
		return func(d *decoder, o *object, i int) error {
			if err := d.want(i, '['); err != nil {
				return err
			}
			all := make([]any, len(d.elements[i].kids))
			*field(o) = all
			return d.items(all, d.elements[i].kids)
		}
	}
	objectMembers = map[string]func(d *decoder, o *object, i int) error{
		"class":    func(d *decoder, o *object, i int) (err error) { o.Class, err = d.global(i); return err },
		"base":     func(d *decoder, o *object, i int) (err error) { o.Base, err = d.global(i); return err },
		"callable": part(func(o *object) *any { return &o.Callable }),
		"setter":   part(func(o *object) *any { return &o.Setter }),
		"state":    part(func(o *object) *any { return &o.State }),
		"items":    list(func(o *object) *[]any { return &o.Items }),
		"earlier":  list(func(o *object) *[]any { return &o.Earlier }),
		"args":     (*decoder).setArgs,
		"kwargs":   (*decoder).setKwargs,
		"pairs":    (*decoder).setPairs,
	}
}

func (d *decoder) setArgs(o *pickle.Object, i int) error {
	var v any
	var err error
	if d.elements[i].kind == '[' {
		v, err = d.makeTuple(i)
	} else {
		v, err = d.value(i)
	}
	args, ok := v.(pickle.Tuple)
	if err == nil && !ok {
		err = syntaxError(d.elements[i].at, "arguments are a tuple")
	}
	o.Args = args
	return err
}

func (d *decoder) setKwargs(o *pickle.Object, i int) error {
	v, err := d.value(i)
	kwargs, ok := v.(*pickle.Dict)
	if err == nil && !ok {
		err = syntaxError(d.elements[i].at, "keyword arguments are a dict")
	}
	o.Kwargs = kwargs
	return err
}

func (d *decoder) setPairs(o *pickle.Object, i int) error {
	if err := d.want(i, '['); err != nil {
		return err
	}
	for _, kid := range d.elements[i].kids {
		key, v, err := d.pair(kid)
		if err != nil {
			return err
		}
		o.Pairs = append(o.Pairs, pickle.Pair{Key: key, Value: v})
	}
	return nil
}

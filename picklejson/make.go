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
	return parseInt(d.text(i), d.elements[i].at)
}

func (d *decoder) makeFloat(i int) (any, error) { return d.parseFloat(i) }

func (d *decoder) makeComplex(i int) (any, error) {
	kids, err := d.array(i, 2)
	if err != nil {
		return nil, err
	}
	var parts [2]float64
	for k, kid := range kids {
		v, err := d.value(int(kid))
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
func (d *decoder) array(i, n int) ([]uint32, error) {
	if err := d.want(i, '['); err != nil {
		return nil, err
	}
	kids := d.kids(i)
	if len(kids) != n {
		return nil, syntaxError(d.elements[i].at, "there must be %d elements", n)
	}
	return kids, nil
}

func (d *decoder) makeStr(i int) (any, error) {
	if d.elements[i].kind != '[' {
		err := d.want(i, '"')
		return strings.Clone(d.text(i)), err
	}
	var s strings.Builder
	for _, kid := range d.kids(i) {
		if err := d.want(int(kid), '"'); err != nil {
			return nil, err
		}
		s.WriteString(d.text(int(kid)))
	}
	return s.String(), nil
}

func (d *decoder) makeName(i int) (any, error) {
	if err := d.want(i, '"'); err != nil {
		return nil, err
	}
	return d.name(d.text(i)), nil
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
	for _, r := range d.text(i) {
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
	kids := d.kids(i)
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
		v, err := d.value(int(kid))
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
	if err := d.want(i, '"'); err != nil {
		return nil, err
	}
	switch d.text(i) {
	case "Ellipsis":
		return pickle.Ellipsis{}, nil
	case "NotImplemented":
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
	v, err := d.numeral(i)
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
		elems, err := d.keys(d.kids(i))
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
	elems, err := d.keys(d.kids(i))
	if err != nil {
		return nil, err
	}
	err = d.hashed(i, func() { v = pickle.NewFrozenSet(elems...) })
	return v, err
}

// keys makes the elements of a set.
func (d *decoder) keys(kids []uint32) ([]any, error) {
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
	kind := d.elements[i].kind
	if kind != 'd' && kind != '[' {
		return nil, syntaxError(d.elements[i].at, "a dict is an object or an array")
	}
	dict := pickle.NewDict()
	if len(d.kids(i)) == 0 {
		return dict, nil
	}
	d.later(func() error {
		pairs, err := d.pairs(i)
		if err != nil {
			return err
		}
		return d.hashed(i, func() { *dict = *pickle.NewDict(pairs...) })
	})
	return dict, nil
}

// pairs makes the keys and values of a dict, in turn.
func (d *decoder) pairs(i int) ([]any, error) {
	kids := d.kids(i)
	if d.elements[i].kind == 'd' {
		all := make([]any, len(kids))
		for k := 0; k < len(kids); k += 2 {
			v, err := d.value(int(kids[k+1]))
			if err != nil {
				return nil, err
			}
			all[k], all[k+1] = d.name(d.text(int(kids[k]))), v
		}
		return all, nil
	}
	all := make([]any, 0, 2*len(kids))
	for _, kid := range kids {
		key, v, err := d.pair(int(kid))
		if err == nil {
			err = d.spend(key, d.elements[kid].at)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, key, v)
	}
	return all, nil
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

// instance makes an *Object of the members that are left.
func (d *decoder) instance(form int, m *members) (any, error) {
	f, ok := forms[d.text(form)]
	if d.elements[form].kind != '"' || !ok {
		return nil, &SyntaxError{int64(d.elements[form].at), errForm}
	}
	o := &pickle.Object{Form: f}
	var err error
	if o.Adds, err = d.flag(m, "adds"); err != nil {
		return nil, err
	}
	for _, member := range m.all[:m.n] {
		if objectMembers[member.name] == nil {
			return nil, syntaxError(d.elements[member.value].at, "an object has no member %q", member.name)
		}
	}
	left := *m
	d.later(func() error {
		for _, member := range left.all[:left.n] {
			if err := objectMembers[member.name](d, o, member.value); err != nil {
				return err
			}
		}
		return nil
	})
	return o, nil
}

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
			all := make([]any, len(d.kids(i)))
			*field(o) = all
			return d.items(all, d.kids(i))
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
	for _, kid := range d.kids(i) {
		key, v, err := d.pair(int(kid))
		if err != nil {
			return err
		}
		o.Pairs = append(o.Pairs, pickle.Pair{Key: key, Value: v})
	}
	return nil
}

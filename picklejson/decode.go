package picklejson

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/vm"
)

// Decode returns the value of data, which is one value of lossless JSON and
// nothing but white space around it. Equal data gives equal values, which share
// no memory with it.
//
// The error is a *SyntaxError, also for references to nothing, for a tuple or
// frozenset that is directly in itself and for keys that have no hash; io.EOF where
// there is nothing but white space; or a
// *pickle.LimitError, for tuples nested more than 100,000 deep and for keys that
// are shared so often that hashing them takes too long.
func Decode(data []byte) (any, error) {
	in := string(data)
	v, pos, err := decodeAt(in, 0)
	if err != nil {
		return nil, err
	}
	if rest := strings.TrimLeft(in[pos:], " \t\r\n"); rest != "" {
		return nil, syntaxError(len(in)-len(rest), "there is more behind the value")
	}
	return v, nil
}

// All ranges over the values of data, which is any number of values of lossless
// JSON one behind the other, such as one on each line (NDJSON). They share
// nothing. An error, as of Decode, is the last of the sequence.
func All(data []byte) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		in := string(data)
		for pos := 0; ; {
			v, next, err := decodeAt(in, pos)
			if err == io.EOF || !yield(v, err) || err != nil {
				return
			}
			pos = next
		}
	}
}

// decodeAt decodes the value at an offset, and returns where it ends. Where there is
// nothing but white space, the error is io.EOF.
func decodeAt(in string, pos int) (v any, end int, err error) {
	d := decoder{parser: parser{in: in, pos: pos}, names: map[string]string{}, ids: map[string]int{}, globals: map[pickle.Global]pickle.Global{}}
	if d.space(); d.pos == len(in) {
		return nil, d.pos, io.EOF
	}
	if err := d.parse(); err != nil {
		return nil, d.pos, err
	}
	d.most = keyBudget(d.pos - pos)
	d.budget = d.most
	if err := d.prepare(); err != nil {
		return nil, d.pos, err
	}
	if v, err = d.value(0); err == nil {
		err = d.fill()
	}
	if err != nil {
		return nil, d.pos, err
	}
	return v, d.pos, nil
}

// ToPickle returns the pickle of a value of lossless JSON. The options are those
// of pickle.Marshal.
func ToPickle(data []byte, opts ...pickle.Options) ([]byte, error) {
	v, err := Decode(data)
	if err != nil {
		return nil, err
	}
	return pickle.Marshal(v, opts...)
}

// decoder makes values of the elements of a parser. What can contain itself is
// made empty, and filled when all else is there; the rest is made whole.
type decoder struct {
	parser
	names   map[string]string
	globals map[pickle.Global]pickle.Global
	ids     map[string]int // elements, by their IDs
	made    map[int]made   // what has an ID
	queue   []func() error // fill what is empty
	depth   int
	most    int64 // that keys may take to hash; see spend
	budget  int64 // what is left of it
	noBytes bool  // there was an empty bytes object
}

type made struct {
	value any
	done  bool // else it is being made
}

func keyBudget(size int) int64 { return 4<<20 + 32*int64(size) }

// prepare finds IDs and globals, in the order of the input. The members of dicts,
// which are no objects of the format, get the kind 'd'.
func (d *decoder) prepare() error {
	d.made = map[int]made{}
	for i := range d.elements {
		if d.elements[i].kind != '{' {
			continue
		}
		kids := d.kids(i)
		for k := 0; k < len(kids); k += 2 {
			name, value := int(kids[k]), int(kids[k+1])
			switch d.text(name) {
			case "dict":
				if d.elements[value].kind == '{' {
					d.elements[value].kind = 'd'
				}
			case "id":
				id, err := d.number(value)
				if err != nil {
					return err
				}
				if _, ok := d.ids[id]; ok {
					return syntaxError(d.elements[name].at, "the ID %s is there twice", id)
				}
				d.ids[id] = i
			}
		}
	}
	for i := range d.elements {
		if d.elements[i].kind != '{' {
			continue
		}
		kids := d.kids(i)
		for k := 0; k < len(kids); k += 2 {
			switch d.text(int(kids[k])) {
			case "global", "class", "base":
				if _, err := d.global(int(kids[k+1])); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// number returns the text of an ID.
func (d *decoder) number(i int) (string, error) {
	e := d.elements[i]
	if e.kind != '0' || strings.Trim(d.text(i), "0123456789") != "" {
		return "", syntaxError(e.at, "an ID is a number from 0 on")
	}
	return d.text(i), nil
}

// fill fills all that was made empty, and what is made by that.
func (d *decoder) fill() error {
	for len(d.queue) > 0 {
		last := len(d.queue) - 1
		f := d.queue[last]
		d.queue = d.queue[:last]
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) later(f func() error) { d.queue = append(d.queue, f) }

func (d *decoder) value(i int) (any, error) {
	switch d.elements[i].kind {
	case 'n':
		return nil, nil
	case 't':
		return true, nil
	case 'f':
		return false, nil
	case '0':
		return d.numeral(i)
	case '"':
		return strings.Clone(d.text(i)), nil
	case '[':
		return d.list(i)
	}
	return d.object(i)
}

func (d *decoder) numeral(i int) (any, error) {
	text, at := d.text(i), d.elements[i].at
	if strings.ContainsAny(text, ".eE") {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, syntaxError(at, "the float is too large")
		}
		return f, nil
	}
	return parseInt(text, at)
}

// parseInt reads an int. One in hexadecimal can be of any length.
func parseInt(text string, at int) (any, error) {
	const short = 18 // digits of an int64, and some that are not
	if len(text) <= short && !strings.ContainsAny(text, "x+_") {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			return i, nil
		}
	}
	digits, negative := strings.CutPrefix(text, "-")
	hex, isHex := strings.CutPrefix(digits, "0x")
	base := 10
	if isHex {
		digits, base = hex, 16
	}
	if digits == "" || strings.ContainsAny(digits, "_+-") {
		return nil, syntaxError(at, "there is no int")
	}
	if base == 10 && len(digits) > mostDigits {
		return nil, &SyntaxError{int64(at), errDigits}
	}
	i, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return nil, syntaxError(at, "there is no int")
	}
	if negative {
		i.Neg(i)
	}
	if i.IsInt64() {
		return i.Int64(), nil
	}
	return i, nil
}

var errDigits = fmt.Errorf("an int of more than %d digits must be in hexadecimal", mostDigits)

// list makes a list of an array. An empty one has room, and so an address.
func (d *decoder) list(i int) ([]any, error) {
	kids := d.kids(i)
	s := make([]any, len(kids), max(len(kids), 1))
	if len(kids) > 0 {
		d.later(func() error { return d.items(s, kids) })
	}
	return s, nil
}

// items makes the values of elements.
func (d *decoder) items(s []any, kids []uint32) (err error) {
	for k, kid := range kids {
		if s[k], err = d.value(int(kid)); err != nil {
			return err
		}
	}
	return nil
}

// members are those of an object of the format, which has but a few.
type members struct {
	at  int // the offset of the object
	n   int
	all [16]struct {
		name  string
		value int // the element
	}
}

// members returns the members of element i.
func (d *decoder) members(i int) (m members, err error) {
	m.at = d.elements[i].at
	kids := d.kids(i)
	for k := 0; k < len(kids); k += 2 {
		name := int(kids[k])
		if _, ok := m.get(d.text(name)); ok {
			return m, syntaxError(d.elements[name].at, "the member %q is there twice", d.text(name))
		}
		if m.n == len(m.all) {
			return m, syntaxError(d.elements[name].at, "there are too many members")
		}
		m.all[m.n].name, m.all[m.n].value = d.text(name), int(kids[k+1])
		m.n++
	}
	return m, nil
}

func (m *members) get(name string) (value int, ok bool) {
	for k := range m.n {
		if m.all[k].name == name {
			return m.all[k].value, true
		}
	}
	return 0, false
}

// take is get for a member that must be looked at once only.
func (m *members) take(name string) (value int, ok bool) {
	for k := range m.n {
		if m.all[k].name == name {
			value = m.all[k].value
			m.n--
			m.all[k] = m.all[m.n]
			return value, true
		}
	}
	return 0, false
}

// object returns the value of an object of the format.
func (d *decoder) object(i int) (any, error) {
	m, err := d.members(i)
	if err != nil {
		return nil, err
	}
	if ref, ok := m.get("ref"); ok {
		if m.n > 1 {
			return nil, syntaxError(m.at, "a reference has no other members")
		}
		return d.ref(ref)
	}
	if _, ok := m.get("id"); !ok {
		return d.tagged(&m)
	}
	switch known, ok := d.made[i]; {
	case ok && known.done:
		return known.value, nil
	case ok:
		return nil, &SyntaxError{int64(m.at), errDirect}
	}
	d.made[i] = made{}
	v, err := d.tagged(&m)
	d.made[i] = made{v, true}
	return v, err
}

var errDirect = errors.New("an object that cannot be modified is directly in itself")

func (d *decoder) ref(i int) (any, error) {
	id, err := d.number(i)
	if err != nil {
		return nil, err
	}
	target, ok := d.ids[id]
	if !ok {
		return nil, syntaxError(d.elements[i].at, "there is no object with the ID %s", id)
	}
	return d.object(target)
}

// tagged makes the value of an object with one member, besides its ID.
func (d *decoder) tagged(m *members) (any, error) {
	d.depth++
	defer func() { d.depth-- }()
	if d.depth > maxDepth {
		return nil, &pickle.LimitError{Limit: "depth", Max: maxDepth, Offset: int64(m.at)}
	}
	_, hasID := m.take("id")
	if form, ok := m.take("object"); ok {
		return d.instance(form, m)
	}
	if data, ok := m.get("buffer"); ok {
		return d.buffer(data, m)
	}
	if m.n != 1 {
		return nil, syntaxError(m.at, "an object has one member, its type")
	}
	tag := m.all[0].name
	switch {
	case makers[tag] == nil:
		return nil, syntaxError(m.at, "there is no type %q", tag)
	case tag == "name" && hasID:
		return nil, syntaxError(m.at, "a name has no ID")
	}
	return makers[tag](d, m.all[0].value)
}

func (d *decoder) buffer(i int, m *members) (any, error) {
	readOnly, err := d.flag(m, "readonly")
	if err != nil {
		return nil, err
	}
	if m.n != 1 {
		return nil, syntaxError(m.at, "an object has one member, its type")
	}
	data, err := d.base64(i)
	return pickle.Buffer{Data: data, ReadOnly: readOnly}, err
}

// flag takes a member that is true or false, and returns it.
func (d *decoder) flag(m *members, name string) (bool, error) {
	i, ok := m.take(name)
	if !ok {
		return false, nil
	}
	switch e := d.elements[i]; e.kind {
	case 't', 'f':
		return e.kind == 't', nil
	default:
		return false, syntaxError(e.at, "%s is true or false", name)
	}
}

// want fails unless element i is of a kind.
func (d *decoder) want(i int, kind byte) error {
	e := d.elements[i]
	if e.kind == kind {
		return nil
	}
	return syntaxError(e.at, "there must be %s", map[byte]string{'"': "a string", '[': "an array", '{': "an object", '0': "a number"}[kind])
}

// name returns the one string that goes by its text.
func (d *decoder) name(text string) string {
	if s, ok := d.names[text]; ok {
		return s
	}
	s := strings.Clone(text)
	d.names[s] = s
	return s
}

// global makes a class or function of [module, name].
func (d *decoder) global(i int) (g pickle.Global, err error) {
	if err := d.want(i, '['); err != nil {
		return g, err
	}
	kids := d.kids(i)
	if len(kids) != 2 {
		return g, syntaxError(d.elements[i].at, "a class or function has a module and a name")
	}
	for k, part := range []*string{&g.Module, &g.Name} {
		kid := int(kids[k])
		if d.elements[kid].kind == '"' {
			*part = d.name(d.text(kid))
			continue
		}
		v, err := d.value(kid)
		if err != nil {
			return g, err
		}
		text, ok := v.(string)
		if !ok {
			return g, syntaxError(d.elements[kid].at, "there must be a string")
		}
		*part = text
	}
	if first, ok := d.globals[g]; ok {
		return first, nil
	}
	d.globals[g] = g
	return g, nil
}

func (d *decoder) base64(i int) ([]byte, error) {
	if err := d.want(i, '"'); err != nil {
		return nil, err
	}
	data, err := base64.StdEncoding.Strict().DecodeString(d.text(i))
	if err != nil {
		return nil, syntaxError(d.elements[i].at, "there is no base64")
	}
	if len(data) == 0 {
		return make([]byte, 0, 1), nil
	}
	return data, nil
}

var forms = func() map[string]vm.Form {
	all := map[string]vm.Form{}
	for form, name := range formNames {
		all[name] = form
	}
	return all
}()

func (d *decoder) parseFloat(i int) (float64, error) {
	e, text := d.elements[i], d.text(i)
	if e.kind == '0' {
		v, err := d.numeral(i)
		if f, ok := v.(float64); ok || err != nil {
			return f, err
		}
	}
	switch {
	case e.kind != '"':
	case text == "inf":
		return math.Inf(1), nil
	case text == "-inf":
		return math.Inf(-1), nil
	case text == "nan":
		return math.Float64frombits(pythonNaN), nil
	case strings.HasPrefix(text, "0x"):
		if bits, err := strconv.ParseUint(text[2:], 16, 64); err == nil {
			return math.Float64frombits(bits), nil
		}
	}
	return 0, syntaxError(e.at, "there is no float")
}

package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/go-pickle/pickle"
)

// workloads in the order of the tables: see generate.py for what they are.
var workloads = []Workload{
	shape[[]Record]{
		name:  "records",
		field: func(v pickle.Value) pickle.Value { return v.Index(-1).Get("email") },
		msgp:  func(v *[]Record) msgpValue { return (*Records)(v) },
	}.workload(),
	shape[[]Particle]{
		name:     "insts",
		registry: particles(),
		field:    func(v pickle.Value) pickle.Value { return v.Index(-1).Get("position").Get("z") },
		msgp:     func(v *[]Particle) msgpValue { return (*Particles)(v) },
	}.workload(),
	shape[[]Metric]{
		name:  "carbon",
		field: func(v pickle.Value) pickle.Value { return v.Index(-1).Index(0) },
		msgp:  func(v *[]Metric) msgpValue { return (*Metrics)(v) },
	}.workload(),
	shape[[]int64]{name: "ints", field: last, msgp: func(v *[]int64) msgpValue { return (*Ints)(v) }}.workload(),
	shape[[]float64]{name: "floats", field: last, msgp: func(v *[]float64) msgpValue { return (*Floats)(v) }}.workload(),
	shape[[]string]{name: "strs", field: last, msgp: func(v *[]string) msgpValue { return (*Strings)(v) }}.workload(),
	shape[Graph]{
		name:  "graph",
		field: func(v pickle.Value) pickle.Value { return v.Get("links").Index(-1).Get("key") },
		msgp:  func(v *Graph) msgpValue { return v },
	}.workload(),
	shape[[]byte]{
		name:  "big",
		field: func(v pickle.Value) pickle.Value { return v },
		msgp:  func(v *[]byte) msgpValue { return (*Blob)(v) },
	}.workload(),
	shape[map[string][]byte]{
		name:  "numpyl",
		field: func(v pickle.Value) pickle.Value { return v.Get("array15") },
		msgp:  func(v *map[string][]byte) msgpValue { return (*Blobs)(v) },
	}.workload(),
	shape[Session]{
		name:  "tiny",
		field: func(v pickle.Value) pickle.Value { return v.Get("csrf_token") },
		msgp:  func(v *Session) msgpValue { return v },
	}.workload(),
	shape[[]int64]{name: "biglist", field: last, msgp: func(v *[]int64) msgpValue { return (*Ints)(v) }}.workload(),
	shape[[][]int64]{
		name:  "manyrefs",
		field: func(v pickle.Value) pickle.Value { return v.Index(-1).Index(0) },
		msgp:  func(v *[][]int64) msgpValue { return (*Lists)(v) },
	}.workload(),
	shape[[]string]{name: "manystrings", field: last, msgp: func(v *[]string) msgpValue { return (*Strings)(v) }}.workload(),
	shape[DjangoSession]{
		name:  "django",
		field: func(v pickle.Value) pickle.Value { return v.Get("_auth_user_id") },
		msgp:  func(v *DjangoSession) msgpValue { return v },
	}.workload(),
	shape[Task]{
		name:  "celery",
		field: func(v pickle.Value) pickle.Value { return v.Index(1).Get("attempt") },
		msgp:  func(v *Task) msgpValue { return v },
	}.workload(),
	shape[LogRecord]{
		name:  "logging",
		field: func(v pickle.Value) pickle.Value { return v.Get("msg") },
		msgp:  func(v *LogRecord) msgpValue { return v },
	}.workload(),
}

// last is the field of a list that Parse decodes.
func last(v pickle.Value) pickle.Value { return v.Index(-1) }

// particles is a registry for the workload insts, by which its instances are
// written as such.
func particles() pickle.Options {
	r := pickle.NewRegistry()
	if err := errors.Join(r.Register("generate.Particle", Particle{}), r.Register("generate.Position", Position{})); err != nil {
		panic(err)
	}
	return pickle.WithRegistry(r)
}

// shape is a workload whose Go type is T.
type shape[T any] struct {
	name     string
	registry pickle.Options                  // for T; nil for the default
	field    func(pickle.Value) pickle.Value // one field, near the end
	msgp     func(*T) msgpValue              // the same memory as a type that code was generated for
}

func (s shape[T]) workload() Workload {
	return Workload{s.name, func(f *files, op Op, protocol int, peers bool) ([]Case, error) {
		var want T
		if err := json.Unmarshal(f.json, &want); err != nil {
			return nil, err
		}
		options := pickle.Protocol(protocol)
		if s.registry != nil {
			options = pickle.JoinOptions(options, s.registry)
		}
		switch op {
		case DecodeTyped:
			return s.decodeTyped(f.pickle, want, options, peers)
		case DecodeAny:
			return s.decodeAny(f.pickle, want, protocol, peers)
		case EncodeTyped:
			return s.encodeTyped(f.pickle, want, options, peers)
		default:
			return s.encodeAny(f.pickle, want, protocol, peers)
		}
	}}
}

func (s shape[T]) decodeTyped(data []byte, want T, options pickle.Options, peers bool) ([]Case, error) {
	check := func(got T) error { return same(got, want) }
	cases := []Case{
		decodeCase(Unmarshal, len(data), func(v *T) error { return pickle.Unmarshal(data, v, options) }, check),
		decodeCase(FromReader, len(data), func(v *T) error {
			return pickle.NewDecoder(bytes.NewReader(data), options).Decode(v)
		}, check),
		s.parse(data, options),
	}
	if !peers {
		return cases, nil
	}
	for _, c := range s.codecs() {
		encoded, err := c.marshal(&want)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		cases = append(cases, decodeCase(c.name, len(encoded), func(v *T) error { return c.unmarshal(encoded, v) }, check))
	}
	return cases, nil
}

// parse decodes one field of what Parse returns, and checks it against the same
// field of the whole value.
func (s shape[T]) parse(data []byte, options pickle.Options) Case {
	field := func(v *any) error {
		root, err := pickle.Parse(data, options)
		if err != nil {
			return err
		}
		return s.field(root).Decode(v)
	}
	return decodeCase(Parse, len(data), field, func(got any) error {
		var all any
		if err := pickle.Unmarshal(data, &all); err != nil {
			return err
		}
		copied, err := pickle.Marshal(all)
		if err != nil {
			return err
		}
		root, err := pickle.Parse(copied)
		if err != nil {
			return err
		}
		want, err := s.field(root).Any()
		if err != nil {
			return err
		}
		return same(got, want)
	})
}

func (s shape[T]) decodeAny(data []byte, want T, protocol int, peers bool) ([]Case, error) {
	plain, err := plainForm(&want)
	if err != nil {
		return nil, err
	}
	check := func(got any) error { return samePlain(got, plain) }
	cases := []Case{
		decodeCase(Unmarshal, len(data), func(v *any) error { return pickle.Unmarshal(data, v) }, func(got any) error {
			// Nothing is lost if the very same bytes come back.
			again, err := pickle.Marshal(got, pickle.Protocol(protocol))
			if err != nil {
				return err
			}
			return same(again, data)
		}),
		decodeCase(PlainValues, len(data), func(v *any) error { return pickle.Unmarshal(data, v, pickle.PlainValues(true)) }, check),
	}
	if !peers {
		return cases, nil
	}
	cases = append(cases,
		decodeCase(ogrek, len(data), func(v *any) error { return ogrekDecode(data, v) }, check),
		decodeCase(gopickle, len(data), func(v *any) error { return gopickleDecode(data, v) }, check))
	for _, c := range genericCodecs {
		encoded, err := c.marshal(&want)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		check := check
		if c.objects {
			objects, err := jsonForm(&want)
			if err != nil {
				return nil, err
			}
			check = func(got any) error { return samePlain(got, objects) }
		}
		cases = append(cases, decodeCase(c.name, len(encoded), func(v *any) error { return c.unmarshal(encoded, v) }, check))
	}
	return cases, nil
}

func (s shape[T]) encodeTyped(data []byte, want T, options pickle.Options, peers bool) ([]Case, error) {
	// From the pickle rather than from the JSON: what is one object in Python is
	// one here.
	value := new(T)
	if err := pickle.Unmarshal(data, value, options); err != nil {
		return nil, err
	}
	check := func(data []byte) error {
		var got T
		if err := pickle.Unmarshal(data, &got, options); err != nil {
			return err
		}
		return same(got, want)
	}
	var list caseList
	list.encode(Marshal, func() ([]byte, error) { return pickle.Marshal(value, options) }, check)
	var buffer []byte
	list.encode(Append, func() (data []byte, err error) {
		data, err = pickle.Append(buffer[:0], value, options)
		buffer = data
		return data, err
	}, check)
	if !peers {
		return list.cases, list.err
	}
	for _, c := range s.codecs() {
		list.encode(c.name, func() ([]byte, error) { return c.marshal(value) }, func(data []byte) error {
			var got T
			if err := c.unmarshal(data, &got); err != nil {
				return err
			}
			return same(got, want)
		})
	}
	return list.cases, list.err
}

func (s shape[T]) encodeAny(data []byte, want T, protocol int, peers bool) ([]Case, error) {
	var dicts, maps any
	err := errors.Join(pickle.Unmarshal(data, &dicts), pickle.Unmarshal(data, &maps, pickle.PlainValues(true)))
	if err != nil {
		return nil, err
	}
	plain, err := plainForm(&want)
	if err != nil {
		return nil, err
	}
	checkPickle := func(got []byte) error {
		var v any
		if err := pickle.Unmarshal(got, &v, pickle.PlainValues(true)); err != nil {
			return err
		}
		return samePlain(v, plain)
	}
	options := pickle.Protocol(protocol)
	var list caseList
	list.encode(Marshal, func() ([]byte, error) { return pickle.Marshal(dicts, options) }, func(got []byte) error { return same(got, data) })
	list.encode(PlainValues, func() ([]byte, error) { return pickle.Marshal(maps, options) }, checkPickle)
	if !peers {
		return list.cases, list.err
	}
	var theirs any
	if err := ogrekDecode(data, &theirs); err == nil {
		list.encode(ogrek, func() ([]byte, error) { return ogrekEncode(theirs, protocol) }, checkPickle)
	}
	if s.registry != nil { // an *Object is nothing to others
		maps, err = cborForm(&want)
		if err != nil {
			return nil, err
		}
	}
	for _, c := range genericCodecs {
		list.encode(c.name, func() ([]byte, error) { return c.marshal(maps) }, func(data []byte) error {
			var got any
			if err := c.unmarshal(data, &got); err != nil {
				return err
			}
			return samePlain(got, plain)
		})
	}
	return list.cases, list.err
}

// caseList collects cases that encode, and the first error.
type caseList struct {
	cases []Case
	err   error
}

func (l *caseList) encode(name string, encode func() ([]byte, error), check func([]byte) error) {
	c, err := encodeCase(name, encode, check)
	if err != nil && l.err == nil {
		l.err = fmt.Errorf("%s: %w", name, err)
	}
	l.cases = append(l.cases, c)
}

// same reports where two values differ at all.
func same(got, want any) error {
	if g, ok := got.([]byte); ok {
		if w, ok := want.([]byte); ok && bytes.Equal(g, w) {
			return nil
		}
	} else if reflect.DeepEqual(got, want) {
		return nil
	}
	return fmt.Errorf("got %s, want %s", clip(got), clip(want))
}

// clip formats v for an error, which shall fit on a screen.
func clip(v any) string {
	const most = 200
	if text := fmt.Sprint(v); len(text) > most {
		return text[:most] + "…"
	} else {
		return text
	}
}

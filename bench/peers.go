package bench

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"reflect"

	"github.com/fxamacker/cbor/v2"
	jsonv2 "github.com/go-json-experiment/json"
	gojson "github.com/goccy/go-json"
	ogorek "github.com/kisielk/og-rek"
	gopicklepickle "github.com/nlpodyssey/gopickle/pickle"
	"github.com/tinylib/msgp/msgp"
	"github.com/vmihailenco/msgpack/v5"
)

// Contestants for pickles, besides CPython.
const (
	ogrek    = "og-rek"
	gopickle = "gopickle"
)

// Peers are the names of the other libraries, in the order of the tables.
var Peers = []string{ogrek, gopickle, "encoding/json", "json/v2", "goccy/go-json", "encoding/gob", "vmihailenco/msgpack", "fxamacker/cbor", "tinylib/msgp"}

// cannot says which contestants do not get the value right, by workload, and
// why. They are not timed. The tests fail where one can.
var cannot = map[string]map[string]string{
	ogrek: {
		"insts":    "has no NEWOBJ",
		"manyrefs": "loses the items of a list that is referred to again",
	},
}

// codec is a library for another format.
type codec struct {
	name      string
	objects   bool // it writes positional structs as objects by name
	marshal   func(v any) ([]byte, error)
	unmarshal func(data []byte, v any) error
}

var (
	jsonCodec   = codec{"encoding/json", true, json.Marshal, json.Unmarshal}
	jsonv2Codec = codec{
		"json/v2", true,
		func(v any) ([]byte, error) { return jsonv2.Marshal(v, jsonv2.FormatNilSliceAsNull(true)) },
		func(data []byte, v any) error { return jsonv2.Unmarshal(data, v) },
	}
	goccyCodec   = codec{"goccy/go-json", true, gojson.Marshal, gojson.Unmarshal}
	gobCodec     = codec{"encoding/gob", false, gobMarshal, gobUnmarshal}
	msgpackCodec = codec{"vmihailenco/msgpack", false, msgpackMarshal, msgpackUnmarshal}
	cborCodec    = codec{"fxamacker/cbor", false, cbor.Marshal, cborMode.Unmarshal}
)

// cborMode reads maps as JSON does, and values as long and deep as the workloads.
var cborMode = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DefaultMapType:   reflect.TypeFor[map[string]any](),
		MaxArrayElements: 1 << 24,
		MaxNestedLevels:  100,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

func gobMarshal(v any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(v)
	return b.Bytes(), err
}

func gobUnmarshal(data []byte, v any) error {
	return gob.NewDecoder(bytes.NewReader(data)).Decode(v)
}

// msgpackMarshal is msgpack.Marshal, but for the names of the fields.
func msgpackMarshal(v any) ([]byte, error) {
	enc := msgpack.GetEncoder()
	defer msgpack.PutEncoder(enc)
	var b bytes.Buffer
	enc.Reset(&b)
	enc.SetCustomStructTag("json")
	err := enc.Encode(v)
	return b.Bytes(), err
}

// msgpackUnmarshal is msgpack.Unmarshal, but for the names of the fields.
func msgpackUnmarshal(data []byte, v any) error {
	dec := msgpack.GetDecoder()
	defer msgpack.PutDecoder(dec)
	dec.Reset(bytes.NewReader(data))
	dec.SetCustomStructTag("json")
	return dec.Decode(v)
}

// msgpValue is implemented by generated code.
type msgpValue interface {
	msgp.Marshaler
	msgp.Unmarshaler
}

// msgpCodec is a codec by the generated code for *T.
func (s shape[T]) msgpCodec() codec {
	return codec{
		"tinylib/msgp", false,
		func(v any) ([]byte, error) { return s.msgp(v.(*T)).MarshalMsg(nil) },
		func(data []byte, v any) error { _, err := s.msgp(v.(*T)).UnmarshalMsg(data); return err },
	}
}

// codecs are those for Go types.
func (s shape[T]) codecs() []codec {
	return []codec{jsonCodec, jsonv2Codec, goccyCodec, gobCodec, msgpackCodec, cborCodec, s.msgpCodec()}
}

// genericCodecs are those that know values of any type. gob does not: it must be
// told every type that an interface holds.
var genericCodecs = []codec{
	jsonCodec, jsonv2Codec, goccyCodec, msgpackCodec, cborCodec,
}

func ogrekDecode(data []byte, v *any) (err error) {
	*v, err = ogorek.NewDecoder(bytes.NewReader(data)).Decode()
	return err
}

func ogrekEncode(v any, protocol int) ([]byte, error) {
	var b bytes.Buffer
	err := ogorek.NewEncoderWithConfig(&b, &ogorek.EncoderConfig{Protocol: protocol}).Encode(v)
	return b.Bytes(), err
}

func gopickleDecode(data []byte, v *any) (err error) {
	u := gopicklepickle.NewUnpickler(bytes.NewReader(data))
	u.FindClass = func(module, name string) (any, error) {
		if module == "_codecs" && name == "encode" {
			return latin1Encode{}, nil
		}
		return gopickleClass{}, nil
	}
	*v, err = u.Load()
	return err
}

// gopickleClass is a class for gopickle, which leaves classes to the program.
type gopickleClass struct{}

func (gopickleClass) PyNew(...any) (any, error) { return new(gopickleInstance), nil }

// gopickleInstance is an instance, by its attributes.
type gopickleInstance struct{ state any }

func (i *gopickleInstance) PySetState(state any) error {
	i.state = state
	return nil
}

// latin1Encode is _codecs.encode, which bytes are a call of before protocol 3.
type latin1Encode struct{}

func (latin1Encode) Call(args ...any) (any, error) {
	if len(args) == 0 {
		return nil, errors.New("encode of nothing")
	}
	text, ok := args[0].(string)
	if !ok {
		return nil, errors.New("encode of no text")
	}
	b := make([]byte, 0, len(text))
	for _, r := range text {
		b = append(b, byte(r))
	}
	return b, nil
}

package bench

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"

	"github.com/go-pickle/pickle"
	ogorek "github.com/kisielk/og-rek"
	"github.com/nlpodyssey/gopickle/types"
)

// Values that decoders make in an any are compared in a plain form, the one that
// encoding/json would give them: numbers are float64, bytes are Base64, lists and
// tuples []any, dicts and the attributes of instances map[string]any.

// plainForm returns the plain form of a workload. Positional structs are lists.
func plainForm(v any) (any, error) {
	form, err := cborForm(v)
	if err != nil {
		return nil, err
	}
	return plain(form)
}

// cborForm returns v as cbor decodes it in an any.
func cborForm(v any) (form any, err error) {
	data, err := cborCodec.marshal(v)
	if err != nil {
		return nil, err
	}
	err = cborCodec.unmarshal(data, &form)
	return form, err
}

// jsonForm returns v as encoding/json decodes it in an any: positional structs are
// objects.
func jsonForm(v any) (form any, err error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(data, &form)
	return form, err
}

// samePlain reports whether the plain form of got is want.
func samePlain(got, want any) error {
	form, err := plain(got)
	if err != nil {
		return err
	}
	return same(form, want)
}

func plain(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, string, float64:
		return v, nil
	case ogorek.None:
		return nil, nil
	case *big.Int: // og-rek's of what Python wrote as LONG1, an int64 to others
		return plain(v.Int64())
	case []byte:
		return base64.StdEncoding.EncodeToString(v), nil
	case ogorek.Bytes:
		return plain([]byte(v))
	case []any:
		return plainList(v)
	case ogorek.Tuple:
		return plainList(v)
	case *types.List:
		return plainList(*v)
	case *types.Tuple:
		return plainList(*v)
	case map[string]any:
		return plainMap(reflect.ValueOf(v))
	case map[any]any:
		return plainMap(reflect.ValueOf(v))
	case *types.Dict:
		return plainDict(*v)
	case *gopickleInstance:
		return plain(v.state)
	case *pickle.Object:
		return plain(v.State)
	}
	r := reflect.ValueOf(v)
	switch {
	case r.CanInt():
		return float64(r.Int()), nil
	case r.CanUint():
		return float64(r.Uint()), nil
	}
	return nil, fmt.Errorf("a value of type %T", v)
}

func plainList(list []any) (any, error) {
	result := make([]any, len(list))
	var err error
	for i, v := range list {
		if result[i], err = plain(v); err != nil {
			return nil, err
		}
	}
	return result, nil
}

func plainMap(m reflect.Value) (any, error) {
	result := make(map[string]any, m.Len())
	for key, value := range m.Seq2() {
		v, err := plain(value.Interface())
		if err != nil {
			return nil, err
		}
		result[fmt.Sprint(key)] = v
	}
	return result, nil
}

func plainDict(d types.Dict) (any, error) {
	result := make(map[string]any, len(d))
	for _, entry := range d {
		v, err := plain(entry.Value)
		if err != nil {
			return nil, err
		}
		result[fmt.Sprint(entry.Key)] = v
	}
	return result, nil
}

package pickle

import (
	"reflect"
	"sync"

	"github.com/go-pickle/pickle/vm"
)

// placeDecoder binds nodes to variables of one type, where these are in memory: for
// what structs consist of, and where package reflect would ask the same of each.
type placeDecoder interface {
	decodeAt(d *decoder, n vm.Node, at spot) error
}

// placeDecoderOf returns what decodes a struct, a pointer to one, or a slice of
// these, if nothing else has a say in it, else nil: at the first use, as a type may
// have a field of its own type.
func placeDecoderOf(t reflect.Type) func() placeDecoder {
	p := reflect.PointerTo(t)
	if exactDecoders[t] != nil || p.Implements(unmarshalerType) || p.Implements(textUnmarshalerType) {
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return sync.OnceValue(func() placeDecoder { return structDecoderOf(t) })
	case reflect.Pointer:
		if elem := t.Elem(); t.Name() == "" && elem.Kind() == reflect.Struct && placeDecoderOf(elem) != nil {
			return sync.OnceValue(func() placeDecoder { return &pointerDecoder{t, elem, structDecoderOf(elem), decoderOf(t)} })
		}
	case reflect.Slice:
		if k := t.Elem().Kind(); (k == reflect.Struct || k == reflect.Pointer) && placeDecoderOf(t.Elem()) != nil {
			return sync.OnceValue(func() placeDecoder { return &sliceDecoder{t, decoderOf(t)} })
		}
	}
	return nil
}

// pointerDecoder is for a pointer to a struct.
type pointerDecoder struct {
	typ, elem reflect.Type
	of        *structDecoder
	general   unmarshalFunc
}

func (p *pointerDecoder) decodeAt(d *decoder, n vm.Node, at spot) error {
	switch n.Kind() {
	case vm.KindDict, vm.KindTuple:
	default:
		return p.general(d, n, at.value(p.typ))
	}
	id := d.g.Shared(n)
	if id == 0 {
		x := reflect.New(p.elem)
		at.setPointer(x)
		return p.of.decodeAt(d, n, spotOf(x.Elem()))
	}
	if b := d.bound.get(int(id)); b.typ == p.elem {
		at.setPointer(b.v.Addr())
		return nil
	}
	return p.general(d, n, at.value(p.typ))
}

// sliceDecoder is for a slice.
type sliceDecoder struct {
	typ     reflect.Type
	general unmarshalFunc
}

func (s *sliceDecoder) decodeAt(d *decoder, n vm.Node, at spot) error {
	return s.general(d, n, at.value(s.typ))
}

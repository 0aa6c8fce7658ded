package pickle

import (
	"encoding"
	"reflect"
)

// hook returns v, or its address if it is that which has the methods.
func hook[T any](e *encoder, v reflect.Value) T {
	if h, ok := v.Interface().(T); ok {
		return h
	}
	return e.addressable(v).Addr().Interface().(T)
}

// encodeText writes values that have MarshalText as their text.
func encodeText(e *encoder, v reflect.Value) error {
	id := e.valueIdentity(v)
	if e.recall(id) {
		return nil
	}
	b, err := hook[encoding.TextMarshaler](e, v).MarshalText()
	if err != nil {
		return fail(v.Type(), err)
	}
	text := string(b)
	if short := shortIdentity(text); short != (identity{}) {
		id = short
	}
	return e.newString(text, id)
}

// makeMarshalerEncoder is for types that have MarshalPickle, and writes what that
// returns. A value that is one object is asked once.
func makeMarshalerEncoder(st style) marshalFunc {
	return func(e *encoder, v reflect.Value) error {
		id := e.identityOf(v)
		h, ok := e.hooked[id]
		if !ok {
			x, err := hook[Marshaler](e, v).MarshalPickle()
			if err != nil {
				return fail(v.Type(), err)
			}
			h = hooked{x, len(e.keep)}
			e.keep = append(e.keep, x)
			e.rememberHook(id, h)
		}
		if err := e.enter(identity{}, v.Type()); err != nil {
			return err
		}
		var err error
		if st == styleKey {
			err = e.key(h.value)
		} else {
			err = e.any(h.value)
		}
		e.leave(identity{})
		return err
	}
}

func (e *encoder) rememberHook(id identity, h hooked) {
	if id == (identity{}) {
		return
	}
	if e.hooked == nil {
		e.hooked = make(map[identity]hooked)
	}
	e.hooked[id] = h
}

// encodeReducer writes values that have Reduce by what that returns.
func encodeReducer(e *encoder, v reflect.Value) error {
	id := e.valueIdentity(v)
	if e.recall(id) {
		return nil
	}
	r, err := hook[Reducer](e, v).Reduce()
	if err != nil {
		return fail(v.Type(), err)
	}
	e.keep = append(e.keep, r)
	return e.reduce(r, v.Type(), id)
}

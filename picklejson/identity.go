package picklejson

import (
	"reflect"

	"github.com/go-pickle/pickle"
)

// ident is what makes a value one object, by the rules of package pickle. The
// zero ident is that of values that are just equal or not.
type ident struct {
	address uintptr
	length  int
	kind    kind
}

// kind tells apart what has the same address.
type kind uint8

const (
	kindNone kind = iota
	kindString
	kindByteString
	kindBytes
	kindByteArray
	kindBuffer
	kindConstBuffer
	kindList
	kindTuple
	kindDict
	kindSet
	kindFrozenSet
	kindObject
	kindBox
)

// identOf returns the ident of v.
func identOf(v any) ident {
	switch v := v.(type) {
	case string:
		return stringIdent(v)
	case pickle.ByteString:
		if len(v) > 0 {
			address, length := stringPlace(string(v))
			return ident{address, length, kindByteString}
		}
	case []byte:
		return bytesIdent(v)
	case pickle.ByteArray:
		return sliceIdent(v, kindByteArray)
	case pickle.Buffer:
		if v.ReadOnly {
			return sliceIdent(v.Data, kindConstBuffer)
		}
		return sliceIdent(v.Data, kindBuffer)
	case []any:
		return sliceIdent(v, kindList)
	case pickle.Tuple:
		return sliceIdent(v, kindTuple)
	case *pickle.Dict:
		return pointerIdent(v, kindDict)
	case *pickle.Set:
		return pointerIdent(v, kindSet)
	case pickle.FrozenSet:
		return ident{reflect.ValueOf(v).Field(0).Pointer(), 0, kindFrozenSet}.orNone()
	case *pickle.Object:
		return pointerIdent(v, kindObject)
	case complex128, pickle.Range, pickle.Slice, pickle.PersistentRef:
		return ident{boxAddress(v), 0, kindBox}.orNone()
	}
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer { // to a container of Python's library
		return ident{p.Pointer(), 0, kindObject}.orNone()
	}
	return ident{}
}

// orNone returns id, or the zero ident where there is no address.
func (id ident) orNone() ident {
	if id.address == 0 {
		return ident{}
	}
	return id
}

func pointerIdent[T any](p *T, k kind) ident {
	return ident{reflect.ValueOf(p).Pointer(), 0, k}.orNone()
}

// sliceIdent returns the ident of a slice. One without memory has none.
func sliceIdent[S ~[]E, E any](s S, k kind) ident {
	if cap(s) == 0 {
		return ident{}
	}
	return ident{reflect.ValueOf(s).Pointer(), len(s), k}
}

// bytesIdent is sliceIdent for bytes. There is one object of each bytes of one
// byte. Several empty ones are told apart by having room.
func bytesIdent(b []byte) ident {
	switch {
	case len(b) == 1:
		return ident{}
	case cap(b) == 0:
		return ident{1, 0, kindBytes}
	}
	return sliceIdent(b, kindBytes)
}

// stringIdent returns the ident of a string. There is one object of each of at
// most one Latin-1 character.
func stringIdent(s string) ident {
	if len(s) < 2 || len(s) == 2 && s[0] >= 0xc2 && s[0] <= 0xc3 {
		return ident{}
	}
	address, length := stringPlace(s)
	return ident{address, length, kindString}
}

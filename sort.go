package pickle

import (
	"cmp"
	"reflect"
	"slices"
)

// sortItems sorts the contents of a map by key: numbers, strings and the like
// by value, structs and arrays by their elements, values of different types by
// their types.
func sortItems(all []mapItem) {
	slices.SortFunc(all, func(a, b mapItem) int { return keyOrder(a.key, b.key) })
}

func keyOrder(a, b reflect.Value) int {
	if !a.IsValid() || !b.IsValid() {
		return cmp.Compare(boolInt(a.IsValid()), boolInt(b.IsValid()))
	}
	if a.Type() != b.Type() {
		if isNumber(a.Kind()) && isNumber(b.Kind()) && !a.CanComplex() && !b.CanComplex() {
			if c := cmp.Compare(asFloat(a), asFloat(b)); c != 0 {
				return c
			}
		}
		x, y := a.Type(), b.Type()
		return cmp.Or(cmp.Compare(x.Kind(), y.Kind()), cmp.Compare(x.String(), y.String()), cmp.Compare(x.PkgPath(), y.PkgPath()))
	}
	switch {
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	case a.CanFloat():
		return cmp.Compare(a.Float(), b.Float())
	case a.CanComplex():
		x, y := a.Complex(), b.Complex()
		return cmp.Or(cmp.Compare(real(x), real(y)), cmp.Compare(imag(x), imag(y)))
	}
	switch a.Kind() {
	case reflect.String:
		return cmp.Compare(a.String(), b.String())
	case reflect.Bool:
		return cmp.Compare(boolInt(a.Bool()), boolInt(b.Bool()))
	case reflect.Pointer, reflect.Chan, reflect.UnsafePointer:
		return cmp.Compare(a.Pointer(), b.Pointer())
	case reflect.Interface:
		return keyOrder(a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if c := keyOrder(a.Field(i), b.Field(i)); c != 0 {
				return c
			}
		}
	case reflect.Array:
		for i := range a.Len() {
			if c := keyOrder(a.Index(i), b.Index(i)); c != 0 {
				return c
			}
		}
	}
	return 0
}

func asFloat(v reflect.Value) float64 {
	switch {
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	}
	return v.Float()
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

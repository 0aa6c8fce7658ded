package pickle

import (
	"encoding"
	"math/big"
	"reflect"
	"time"

	"github.com/go-pickle/pickle/vm"
)

// assigner is implemented by types of this package that stand for a Python
// value which types of Go can hold as well: a Decimal for a float64, say.
type assigner interface {
	// assignTo stores the value in v, which can be set. It returns false if v
	// cannot hold it.
	assignTo(v reflect.Value) bool
}

var durationType = reflect.TypeFor[time.Duration]()

var assignerType = reflect.TypeFor[assigner]()

// plainer is implemented by types of this package in whose place there is
// something else in an any with the option PlainValues.
type plainer interface{ plain() any }

// assign stores x, which a function made for n, in v: as it is, or converted
// to the type of v where nothing is lost.
func (d *decoder) assign(n vm.Node, x any, v reflect.Value) error {
	rv := reflect.ValueOf(x)
	if !rv.IsValid() || rv.Kind() == reflect.Pointer && rv.IsNil() && !rv.Type().AssignableTo(v.Type()) {
		v.SetZero() // as for None
		return nil
	}
	t := v.Type()
	own, isAssigner := x.(assigner)
	if r, ok := x.(*big.Rat); ok {
		own, isAssigner = fraction{r}, true
	}
	switch {
	case rv.Type().AssignableTo(t):
		v.Set(rv)
	case rv.Kind() == reflect.Pointer && !rv.IsNil() && rv.Type().Elem().AssignableTo(t):
		v.Set(rv.Elem())
	case t.Kind() == reflect.Pointer && rv.Type().AssignableTo(t.Elem()):
		p := reflect.New(t.Elem())
		p.Elem().Set(rv)
		v.Set(p)
	case isAssigner && own.assignTo(v):
	case isAssigner && (isNumber(t.Kind()) || t.PkgPath() == "math/big"):
		return d.inexact(n, v)
	case rv.Type() == durationType:
		return d.mismatch(n, t, errTimedelta)
	case isNumber(rv.Kind()) && isNumber(t.Kind()):
		return d.setNumber(n, v, rv)
	case rv.Kind() == t.Kind() && rv.CanConvert(t) && rv.Kind() != reflect.Struct && rv.Kind() != reflect.Interface:
		v.Set(rv.Convert(t))
	default:
		return d.assignText(n, x, v)
	}
	return nil
}

// assignText is assign for what has text in common with the target: a value
// that can be written as text for a string, or a type that reads such text.
func (d *decoder) assignText(n vm.Node, x any, v reflect.Value) error {
	m, ok := x.(encoding.TextMarshaler)
	u, reads := v.Addr().Interface().(encoding.TextUnmarshaler)
	if !ok || !reads && v.Kind() != reflect.String {
		return d.mismatchf(n, v.Type(), "it is a %T", x)
	}
	var text []byte
	var err error
	if t, ok := x.(time.Time); ok {
		text, err = timeText(t)
	} else {
		text, err = m.MarshalText()
	}
	if err == nil {
		err = d.spend(n, len(text))
	}
	if err != nil {
		return d.hookError(n, v.Type(), err)
	}
	if !reads {
		v.SetString(string(text))
		return nil
	}
	if v.Type().PkgPath() == "math/big" {
		v.SetZero() // as in decodeBigInt
	}
	return d.hookError(n, v.Type(), u.UnmarshalText(text))
}

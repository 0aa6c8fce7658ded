package pickle

import (
	"errors"
	"math/big"
	"reflect"
	"strings"

	"github.com/go-pickle/pickle/vm"
)

// The module fractions: a Fraction is a *big.Rat.

var globalFraction = Global{interned("fractions"), interned("Fraction")}

func registerFractions() {
	standardCall[*big.Rat]("fractions.Fraction", makeFraction, writes[big.Rat](writeFraction))
}

var errFraction = errors.New("it is no fraction of two ints")

// makeFraction makes Fraction(numerator, denominator), and Fraction('3/4'),
// which is what Python wrote up to version 3.9.
func makeFraction(d *decoder, in *vm.Instance, args []vm.Node) (any, bool, error) {
	if !d.bare(in) || len(args) == 0 || len(args) > 2 {
		return nil, false, errArguments
	}
	var parts [2]*big.Int
	for i, a := range args {
		switch a.Kind() {
		case vm.KindInt:
			parts[i] = big.NewInt(a.Int())
		case vm.KindLong:
			parts[i] = d.big(a)
		}
	}
	if len(args) == 1 {
		if k := args[0].Kind(); k != vm.KindStr && k != vm.KindByteString || len(d.g.Data(args[0])) > mostFraction {
			return nil, false, errFraction
		}
		text := string(d.g.Data(args[0]))
		num, den, ok := strings.Cut(text, "/")
		if !ok {
			den = "1"
		}
		parts = [2]*big.Int{decimalInt(num), decimalInt(den)}
	}
	if parts[0] == nil || parts[1] == nil || parts[1].Sign() <= 0 {
		return nil, false, errFraction
	}
	cost := int64(len(parts[0].Bits())) * int64(len(parts[1].Bits())) / 16 // of the greatest common divisor
	if d.work+cost > d.most {
		return nil, false, errFraction
	}
	d.work += cost
	return new(big.Rat).SetFrac(parts[0], parts[1]), true, nil
}

// mostFraction is how long the text of a fraction may be: the limit that
// Python has for decimal ints, twice.
const mostFraction = 2*4300 + 3

// decimalInt reads an int of decimal digits, with a minus sign if need be; nil
// if s is none.
func decimalInt(s string) *big.Int {
	if digits := strings.TrimPrefix(s, "-"); digits == "" || strings.Trim(digits, "0123456789") != "" {
		return nil
	}
	i, _ := new(big.Int).SetString(s, 10)
	return i
}

func writeFraction(e *encoder, v reflect.Value, id identity) error {
	r := e.addressable(v).Addr().Interface().(*big.Rat)
	if err := e.call(globalFraction, r.Num(), r.Denom()); err != nil {
		return err
	}
	e.finishCall(id)
	return nil
}

// fraction is a *big.Rat that goes into other types.
type fraction struct{ r *big.Rat }

func (f fraction) assignTo(v reflect.Value) bool { return assignRat(f.r, v) }

// assignRat stores r in a number of any type that can hold it exactly.
func assignRat(r *big.Rat, v reflect.Value) bool {
	switch p := v.Addr().Interface().(type) {
	case *big.Rat:
		*p = *new(big.Rat).Set(r)
		return true
	case *big.Int:
		if r.IsInt() {
			*p = *new(big.Int).Set(r.Num())
		}
		return r.IsInt()
	case *big.Float:
		return assignBigFloat(r, p)
	}
	n := r.Num()
	switch {
	case v.CanInt() && r.IsInt() && n.IsInt64() && !v.OverflowInt(n.Int64()):
		v.SetInt(n.Int64())
	case v.CanUint() && r.IsInt() && n.IsUint64() && !v.OverflowUint(n.Uint64()):
		v.SetUint(n.Uint64())
	case v.CanFloat() || v.CanComplex():
		f, exact := r.Float64()
		if k := v.Kind(); !exact || (k == reflect.Float32 || k == reflect.Complex64) && !fitsFloat32(f) {
			return false
		}
		if v.CanFloat() {
			v.SetFloat(f)
		} else {
			v.SetComplex(complex(f, 0))
		}
	default:
		return false
	}
	return true
}

// assignBigFloat stores r in p with as many bits as it takes.
func assignBigFloat(r *big.Rat, p *big.Float) bool {
	den := r.Denom()
	if den.TrailingZeroBits() != uint(den.BitLen()-1) { // no power of 2
		return false
	}
	*p = *new(big.Float).SetPrec(uint(max(r.Num().BitLen(), 64))).SetRat(r)
	return true
}

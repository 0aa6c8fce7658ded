package pickle_test

import (
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/go-pickle/pickle"
)

// TestLibraryKeys: what is equal is one key, by Python's rules.
func TestLibraryKeys(t *testing.T) {
	at := time.Date(2024, 5, 17, 12, 0, 0, 0, time.UTC)
	u := pickle.UUID{1, 15: 2}
	berlin := zoneNamed(t, "Europe/Berlin")
	groups := [][]any{ // equal within a group, different between two
		{1, mustDecimal("1"), mustDecimal("1.00"), big.NewRat(1, 1), 1.0, true, mustDecimal("10E-1")},
		{0, mustDecimal("-0"), mustDecimal("0E+50"), pickle.Decimal{}, new(big.Rat)},
		{0.5, mustDecimal("0.5"), big.NewRat(1, 2)},
		{mustDecimal("0.1"), big.NewRat(1, 10)},
		{0.1},
		{math.Inf(1), mustDecimal("Infinity")},
		{math.Inf(-1), mustDecimal("-Infinity")},
		{new(big.Int).Exp(big.NewInt(10), big.NewInt(40), nil), mustDecimal("1E+40"), rat("10000000000000000000000000000000000000000")},
		{mustDecimal("1E+999999999"), mustDecimal("10E+999999998"), mustDecimal("1.00E+999999999")},
		{mustDecimal("-1E+999999999")},
		{mustDecimal("1E-999999999")},
		{"1"},
		{at, at.In(time.FixedZone("", 3600)), at.In(berlin)},
		{naive(2024, 5, 17, 12, 0, 0, 0), naive(2024, 5, 17, 12, 0, 0, 0).In(pickle.NaiveFold)},
		{naive(2024, 5, 17, 0, 0, 0, 0)},
		{pickle.Date{2024, 5, 17}, pickle.DateOf(at)},
		{pickle.TimeOfDay{Hour: 12}, pickle.TimeOfDay{Hour: 12, Fold: true}, pickle.TimeOfDay{Hour: 12, Location: berlin}},
		{pickle.TimeOfDay{Hour: 12, Location: time.UTC}, pickle.TimeOfDay{Hour: 13, Location: time.FixedZone("x", 3600)}},
		{time.Hour, 60 * time.Minute},
		{time.Duration(1)},
		{u, pickle.UUID(u)},
		{u.String()},
	}
	for i, group := range groups {
		for j, other := range groups {
			for _, a := range group {
				for _, b := range other {
					d := pickle.NewDict(a, true)
					if _, found := d.Get(b); found != (i == j) {
						t.Errorf("%v as a key finds %v: %v", pickle.Repr(b), pickle.Repr(a), found)
					}
					if pickle.Equal(a, b) != (i == j) {
						t.Errorf("Equal(%v, %v) = %v", pickle.Repr(a), pickle.Repr(b), i != j)
					}
				}
			}
		}
	}
	set := pickle.NewSet()
	for range 3 {
		for _, group := range groups {
			for _, x := range group {
				set.Add(x)
			}
		}
	}
	if set.Len() != len(groups) {
		t.Errorf("a set of all has %d elements, want %d", set.Len(), len(groups))
	}
	if nan := mustDecimal("NaN"); pickle.Equal(nan, nan) {
		t.Error("NaN equals itself")
	}
}

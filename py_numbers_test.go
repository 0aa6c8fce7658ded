package pickle_test

import (
	"math"
	"math/big"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

var sameNumber = cmp.Options{
	cmp.Comparer(func(a, b *big.Rat) bool { return a.Cmp(b) == 0 }),
	cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 }),
	cmp.Comparer(func(a, b *big.Float) bool { return a.Cmp(b) == 0 && a.Signbit() == b.Signbit() }),
	cmp.Comparer(func(a, b pickle.Decimal) bool { return a == b }),
}

func decimals(t *testing.T, texts ...string) []any {
	t.Helper()
	var all []any
	for _, s := range texts {
		d, err := pickle.ParseDecimal(s)
		if err != nil {
			t.Fatal(err)
		}
		if d.String() != s {
			t.Fatalf("%s is printed as %s", s, d)
		}
		all = append(all, d)
	}
	return all
}

func rat(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic(s)
	}
	return r
}

// oldFraction is for Pythons that write the text of a Fraction.
func oldFraction(c pickletest.Case) string {
	if c.Impl == "cpython3.6" || c.Impl == "cpython3.8" {
		return "Python 3.9 and older write Fraction('3/4')"
	}
	return ""
}

func oldInts(c pickletest.Case) string {
	if c.Impl == "cpython3.6" && c.Protocol == 0 {
		return "Python 3.6 writes LONG at protocol 0"
	}
	return ""
}

func TestNumberGoldens(t *testing.T) {
	sixty := "-12345678901234567890123456789012345678901234567890.0123456789"
	testStandard(t, []standard{
		{name: "std_decimal", want: decimals(t, "1.50", "-0", "NaN", "Infinity", "1E+5")},
		{name: "std_decimal_finite", want: decimals(t, "0", "1", "-1.50", "0.00", "1E-7", "-1E+5", "123456.789", "0E+3", "1E-10")},
		{name: "std_decimal_special", want: decimals(t, "NaN", "-NaN", "sNaN", "NaN123", "-sNaN45", "Infinity", "-Infinity", "-0.00")},
		{name: "std_decimal_60_digits", want: decimals(t, sixty)[0]},
		{name: "std_decimal_exponents", want: decimals(t, "1E+999999", "1E-999999", "9.99E+6144")},
		{name: "std_decimal_shared", want: decimals(t, "1.50", "1.50")},
		{name: "std_fraction", want: rat("3/4"), otherBytes: oldFraction},
		{name: "std_fractions", want: []any{rat("-1/3"), rat("0"), rat("1"), rat("1000000000000000000000000000000/3"), new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), 70))},
			otherBytes: oldFraction},
	}, sameNumber)
}

func TestUUIDGoldens(t *testing.T) {
	u := pickle.UUID{0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78}
	u1, err := pickle.ParseUUID("7f4b1c00-1403-11ef-9262-0242ac120002")
	if err != nil {
		t.Fatal(err)
	}
	var all pickle.UUID
	for i := range all {
		all[i] = 0xff
	}
	testStandard(t, []standard{
		{name: "std_uuid", want: u, otherBytes: nil},
		{name: "std_uuid1", want: u1},
		{name: "std_uuid_limits", want: []any{pickle.UUID{}, all}, otherBytes: oldInts},
		{name: "std_uuid_shared", want: []any{pickle.UUID{15: 5}, pickle.UUID{15: 5}}, otherBytes: oldInts},
	})
	into(t, "std_uuid", [16]byte(u))
	into(t, "std_uuid", u.String())
	into(t, "std_uuid", otherUUID(u))
	into(t, "std_uuid", &u)
	into(t, "std_uuid_safe", []pickle.UUID{{15: 1}, {15: 2}})
	notInto(t, "std_uuid", [15]byte{})
	notInto(t, "std_uuid", 0)
	for _, c := range standardGoldens(t, "std_uuid_safe") {
		var v []*pickle.Object
		if err := pickle.Unmarshal(c.Data, &v); err != nil || len(v) != 2 {
			t.Fatalf("%s: UUIDs with is_safe are %v, %v; want Objects", c.ID(), v, err)
		}
		var x any
		if err := pickle.Unmarshal(c.Data, &x); err != nil {
			t.Fatal(err)
		}
		if _, ok := x.([]any)[0].(*pickle.Object); !ok {
			t.Errorf("%s: a UUID with is_safe is a %T in an any", c.ID(), x.([]any)[0])
		}
		if again, err := pickle.Marshal(x, pickle.Protocol(c.Protocol)); err != nil || string(again) != string(c.Data) {
			t.Errorf("%s: encoded again: %q, %v; want %q", c.ID(), again, err, c.Data)
		}
	}
}

// otherUUID is like the type of github.com/google/uuid.
type otherUUID [16]byte

func TestNumbersInto(t *testing.T) {
	inf := math.Inf(1)
	into(t, "std_decimal_shared", []float64{1.5, 1.5})
	into(t, "std_decimal_shared", []float32{1.5, 1.5})
	into(t, "std_decimal_shared", []complex128{1.5, 1.5})
	into(t, "std_decimal_shared", []string{"1.50", "1.50"})
	into(t, "std_decimal_shared", []*big.Rat{rat("3/2"), rat("3/2")}, sameNumber)
	into(t, "std_decimal_shared", []*big.Float{big.NewFloat(1.5), big.NewFloat(1.5)}, sameNumber)
	into(t, "std_decimal_shared", []textual3{{"1.50"}, {"1.50"}}, cmp.AllowUnexported(textual3{}))
	notInto(t, "std_decimal_shared", []int{})
	notInto(t, "std_decimal_shared", []*big.Int{})
	notInto(t, "std_decimal_finite", []float64{}) // 1E-7
	notInto(t, "std_decimal_finite", []*big.Float{})
	notInto(t, "std_decimal_special", []float64{}) // -NaN
	notInto(t, "std_decimal_exponents", []*big.Rat{})
	notInto(t, "std_decimal_60_digits", 0.0)
	notInto(t, "std_decimal_60_digits", int64(0))

	into(t, "std_fraction", 0.75)
	into(t, "std_fraction", float32(0.75))
	into(t, "std_fraction", *big.NewFloat(0.75), cmp.Comparer(func(a, b big.Float) bool { return a.Cmp(&b) == 0 }))
	into(t, "std_fraction", "3/4")
	notInto(t, "std_fraction", 1)
	notInto(t, "std_fraction", *big.NewInt(1))
	notInto(t, "std_fractions", []float64{})

	for _, test := range []struct {
		text string
		want any
	}{
		{"2.0", 2}, {"-1E+2", int8(-100)}, {"255", uint8(255)}, {"1E+20", new(big.Int).Exp(big.NewInt(10), big.NewInt(20), nil)},
		{"Infinity", inf}, {"-Infinity", -inf}, {"0.00", 0}, {"1E+300", rat("1e300")}, {"5E-1", 0.5},
	} {
		data := "cdecimal\nDecimal\n(V" + test.text + "\ntR."
		got := newOf(test.want)
		if err := pickle.Unmarshal([]byte(data), got); err != nil {
			t.Errorf("%s into %T: %v", test.text, test.want, err)
		} else if diff := cmp.Diff(test.want, reflect.ValueOf(got).Elem().Interface(), sameNumber); diff != "" {
			t.Errorf("%s into %T: -want +got:\n%s", test.text, test.want, diff)
		}
	}
	for _, test := range []struct {
		text   string
		target any
	}{{"256", uint8(0)}, {"-1", uint(0)}, {"-0", 0}, {"-0", new(big.Int)}, {"0.1", 0.0}, {"1E+400", 0.0}, {"sNaN", 0.0}, {"NaN1", 0.0}, {"NaN", 0},
		{"Infinity", 0}, {"1E+999999999999999999", new(big.Int)}, {"1E-999999999999999999", 0.0}, {"16777217", float32(0)}, {"9223372036854775808", int64(0)}} {
		data := "cdecimal\nDecimal\n(V" + test.text + "\ntR."
		if err := pickle.Unmarshal([]byte(data), newOf(test.target)); err == nil {
			t.Errorf("%s fits a %T", test.text, test.target)
		}
	}
	var zero float64
	if err := pickle.Unmarshal([]byte("cdecimal\nDecimal\n(V-0\ntR."), &zero); err != nil || !math.Signbit(zero) {
		t.Errorf("Decimal('-0') into a float64: %v, %v", zero, err)
	}
}

// textual3 is like the types of decimal packages: it reads text.
type textual3 struct{ text string }

func (t *textual3) UnmarshalText(b []byte) error { t.text = string(b); return nil }

func TestParseDecimal(t *testing.T) {
	for in, want := range map[string]string{
		"1": "1", "+1": "1", "-1.50": "-1.50", ".5": "0.5", "5.": "5", "00.10": "0.10", "1e3": "1E+3", "1.5E3": "1.5E+3", "15e2": "1.5E+3", "1e-6": "0.000001", "1e-7": "1E-7",
		"0e-7": "0E-7", "0.000001": "0.000001", "123e-10": "1.23E-8", "inf": "Infinity", "-INFINITY": "-Infinity", "nan": "NaN", "-sNaN007": "-sNaN7", "NaN0": "NaN",
		"1E+999999999999999999": "1E+999999999999999999", "-0.00": "-0.00",
	} {
		if d, err := pickle.ParseDecimal(in); err != nil || d.String() != want {
			t.Errorf("%s: %v, %v, want %s", in, d, err, want)
		}
	}
	for _, bad := range []string{"", "-", ".", "e5", "1e", "1e+", "1_0", " 1", "1 ", "0x10", "1.2.3", "--1", "infinit", "na", "s", "sn", "nan1x", "1E+1000000000000000000",
		"1e99999999999999999999", "1e--5", "١", "1E-9999999999999999999"} {
		if d, err := pickle.ParseDecimal(bad); err == nil {
			t.Errorf("%q is %v", bad, d)
		}
	}
	if got := pickle.NewDecimal(-4990, -2).String(); got != "-49.90" {
		t.Errorf("NewDecimal(-4990, -2) = %s", got)
	}
	if got := pickle.NewDecimal(math.MinInt64, 3).String(); got != "-9.223372036854775808E+21" {
		t.Errorf("NewDecimal(MinInt64, 3) = %s", got)
	}
	var zero pickle.Decimal
	if zero.String() != "0" || pickle.Repr(zero) != "Decimal('0')" || !pickle.Equal(zero, 0) {
		t.Errorf("the zero Decimal is %v", zero)
	}
}

package pickle_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/go-pickle/pickle"
)

// TestHostileLibrary: calls with what Python never writes are Objects in an
// any, and typed errors in a target.
func TestHostileLibrary(t *testing.T) {
	types := map[string]func() any{
		"datetime.datetime":  func() any { return new(time.Time) },
		"datetime.date":      func() any { return new(pickle.Date) },
		"datetime.time":      func() any { return new(pickle.TimeOfDay) },
		"datetime.timedelta": func() any { return new(time.Duration) },
		"datetime.timezone":  func() any { return new(*time.Location) },
		"decimal.Decimal":    func() any { return new(pickle.Decimal) },
		"fractions.Fraction": func() any { return new(*big.Rat) },
		"uuid.UUID":          func() any { return new(pickle.UUID) },
	}
	zero := "K\x00"
	for _, args := range []string{
		"", "N", zero, "K\xff", zero + zero, zero + zero + zero + zero, "]", "}", "C\x00", "C\x01\x00", "C\x0a\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00", "C\x0a\x07\xe8\x0d\x01\x00\x00\x00\x00\x00\x00",
		"C\x0a\x07\xe7\x02\x1d\x00\x00\x00\x00\x00\x00", "C\x0a\x07\xe8\x02\x1d\x18\x00\x00\x00\x00\x00", "C\x0a\x07\xe8\x02\x1d\x00\x3c\x00\x00\x00\x00", "C\x0a\x07\xe8\x02\x1d\x00\x00\x3c\x00\x00\x00",
		"C\x0a\x07\xe8\x02\x1d\x00\x00\x00\x0f\x42\x40", "C\x0a\x27\x10\x01\x01\x00\x00\x00\x00\x00\x00", "C\x0b\x07\xe8\x02\x1d\x00\x00\x00\x00\x00\x00\x00",
		"C\x04\x07\xe7\x02\x1d", "C\x04\x07\xe8\x82\x1d", "C\x04\x00\x00\x01\x01", "C\x05\x07\xe8\x01\x01\x01", "C\x06\x18\x00\x00\x00\x00\x00", "C\x06\x00\x00\x00\x0f\x42\x40",
		"C\x0a\x07\xe8\x02\x1c\x00\x00\x00\x00\x00\x00" + zero, "C\x0a\x07\xe8\x02\x1c\x00\x00\x00\x00\x00\x00cdatetime\ntimezone\n", "C\x0a\x07\xe8\x02\x1c\x00\x00\x00\x00\x00\x00]" + zero,
		"C\x06\x01\x00\x00\x00\x00\x00X\x03\x00\x00\x00UTC",
		"J\xff\xff\xff\xff" + zero, zero + "J\xff\xff\xff\xff" + zero, "\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01" + zero + zero, "I106752\n" + zero + zero, "I-106753\n" + zero + zero,
		"X\x01\x00\x00\x00x", "X\x03\x00\x00\x00" + "1/0", "X\x04\x00\x00\x00" + "1/-1", "X\x01\x00\x00\x00/", "X\x00\x00\x00\x00", "X\x03\x00\x00\x001e9x", "X\x0e\x00\x00\x001e999999999999",
		"K\x01" + zero, "K\x01G?\xf0\x00\x00\x00\x00\x00\x00", "cdatetime\ntimedelta\n(K\x02" + zero + zero + "tR", "cdatetime\ntimedelta\n(" + zero + "K\x01" + zero + "tRK\x01",
	} {
		for name, target := range types {
			module, class, _ := strings.Cut(name, ".")
			data := []byte("\x80\x04c" + module + "\n" + class + "\n(" + args + "tR.")
			checkHostile(t, data, target())
			checkHostile(t, []byte("\x80\x04c"+module+"\n"+class+"\n("+args+"tR}b."), target())
			checkHostile(t, []byte("\x80\x04c"+module+"\n"+class+"\n("+args+"tR](K\x01eb."), target())
			checkHostile(t, []byte("\x80\x04c"+module+"\n"+class+"\n("+args+"tRK\x01a."), target())
			checkHostile(t, []byte("\x80\x04c"+module+"\n"+class+"\n("+args+"t\x81."), target())
		}
	}
}

// checkHostile decodes a pickle of an instance: into an any, where it is an Object
// that is written as it was or a value, and into a target, where it may be an
// error.
func checkHostile(t *testing.T, data []byte, target any) {
	t.Helper()
	var v any
	if err := pickle.Unmarshal(data, &v); err != nil {
		var syntax *pickle.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: %v", data, err)
		}
		return
	}
	_, kept := v.(*pickle.Object)
	err := pickle.Unmarshal(data, target)
	var mismatch *pickle.UnmarshalTypeError
	if err != nil && !errors.As(err, &mismatch) {
		t.Errorf("%q into %T: %v", data, target, err)
	}
	if !kept && err != nil {
		t.Errorf("%q is %v, but not in a %T: %v", data, v, target, err)
	}
	if _, err := pickle.Marshal(v); err != nil {
		t.Errorf("%q: %v cannot be written: %v", data, v, err)
	}
	_ = pickle.Repr(v)
}

// TestHostileState: the state of a UUID.
func TestHostileState(t *testing.T) {
	for _, state := range []string{"}", "N", "]", "K\x01", "}X\x03\x00\x00\x00intNs", "}X\x03\x00\x00\x00intJ\xff\xff\xff\xffs", "}X\x03\x00\x00\x00int\x8a\x00s", "}X\x03\x00\x00\x00int\x8a\x11\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01s",
		"}X\x03\x00\x00\x00int\x8a\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80s", "}X\x03\x00\x00\x00intK\x01sX\x01\x00\x00\x00xK\x01s", "}X\x07\x00\x00\x00is_safeK\x00s", "N}\x86", "}K\x01K\x02s"} {
		data := []byte("\x80\x04cuuid\nUUID\n)\x81" + state + "b.")
		var v any
		if err := pickle.Unmarshal(data, &v); err != nil {
			t.Errorf("%q: %v", state, err)
			continue
		}
		if u, ok := v.(pickle.UUID); ok && u != (pickle.UUID{}) {
			t.Errorf("%q is %v", state, v)
		}
		checkHostile(t, data, new(pickle.UUID))
	}
}

// TestHostileCycles: objects whose time zone or state leads back to them.
func TestHostileCycles(t *testing.T) {
	for _, data := range []string{
		"\x80\x04cdatetime\ndatetime\n(C\x0a\x07\xe8\x02\x1c\x00\x00\x00\x00\x00\x00cdatetime\ntimezone\n(cdatetime\ntimedelta\n(K\x00K\x00K\x00tRtR\x94tR\x94h\x00}K\x01h\x01sb.",
		"\x80\x04cdatetime\ntimezone\n(cdatetime\ntimedelta\n(K\x00K\x00K\x00tR\x94tR\x94h\x00h\x01b0h\x01.",
		"\x80\x04cuuid\nUUID\n)\x81\x94}X\x03\x00\x00\x00inth\x00sb.",
	} {
		var v any
		if err := pickle.Unmarshal([]byte(data), &v); err != nil {
			t.Errorf("%q: %v", data, err)
		}
		for _, target := range []any{new(time.Time), new(*time.Location), new(pickle.UUID), new([]time.Time)} {
			var mismatch *pickle.UnmarshalTypeError
			if err := pickle.Unmarshal([]byte(data), target); err != nil && !errors.As(err, &mismatch) {
				t.Errorf("%q into %T: %v", data, target, err)
			}
		}
	}
}

// TestHostileNumbers: numbers that are long, or stand for longer ones, take no
// time.
func TestHostileNumbers(t *testing.T) {
	digits := strings.Repeat("9", 1<<20)
	start := time.Now()
	for _, data := range []string{
		"cdecimal\nDecimal\n(V" + digits + "\ntR.",
		"cdecimal\nDecimal\n(V1E+999999999999999999\ntR.",
		"(dcdecimal\nDecimal\n(V1E+999999999999999999\ntRI1\ns.",
		"(dcdecimal\nDecimal\n(V" + digits + "\ntRI1\nscdecimal\nDecimal\n(V" + digits + "\ntRI1\ns.",
		"cfractions\nFraction\n(V" + digits + "/" + digits + "\ntR.",
		"cfractions\nFraction\n(V1e999999999\ntR.",
		"\x80\x02cfractions\nFraction\n\x8b\x00\x00\x10\x00" + strings.Repeat("\x55", 1<<20) + "\x8b\x00\x00\x10\x00" + strings.Repeat("\x33", 1<<20) + "\x86R.",
	} {
		var v any
		if err := pickle.Unmarshal([]byte(data), &v); err != nil {
			t.Errorf("%.40q: %v", data, err)
		}
		for _, target := range []any{new(float64), new(*big.Int), new(*big.Rat), new(int), new(string)} {
			var mismatch *pickle.UnmarshalTypeError
			if err := pickle.Unmarshal([]byte(data), target); err != nil && !errors.As(err, &mismatch) {
				t.Errorf("%.40q into %T: %v", data, target, err)
			}
		}
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestMarshalOutOfRange: what Python does not have is an error.
func TestMarshalOutOfRange(t *testing.T) {
	for _, v := range []any{
		time.Time{}.AddDate(-1, 0, 0), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC).In(time.FixedZone("", 7200)),
		time.Unix(0, 0).In(time.FixedZone("", 86400)), time.FixedZone("", -86400), time.Local, pickle.Date{}, pickle.Date{2023, 2, 29}, pickle.Date{2024, 13, 1},
		pickle.TimeOfDay{Hour: 24}, pickle.TimeOfDay{Microsecond: 1e6}, pickle.TimeOfDay{Second: -1}, pickle.TimeOfDay{Location: time.Local},
	} {
		var e *pickle.MarshalError
		if data, err := pickle.Marshal(v); !errors.As(err, &e) {
			t.Errorf("%v is written as %q, %v", v, data, err)
		}
	}
	for _, v := range []any{time.Time{}, (*time.Location)(nil), (*big.Rat)(nil), (*pickle.UUID)(nil), time.Date(9999, 12, 31, 23, 0, 0, 0, time.Local)} {
		if _, err := pickle.Marshal(v); err != nil {
			t.Errorf("%v: %v", v, err)
		}
	}
}

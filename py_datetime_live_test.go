package pickle_test

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// mustDecimal reads a Decimal of a test.
func mustDecimal(s string) pickle.Decimal {
	d, err := pickle.ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

func libraryValues(t *testing.T) []liveValue {
	t.Helper()
	berlin, tokyo := zoneNamed(t, "Europe/Berlin"), zoneNamed(t, "Asia/Tokyo")
	u := pickle.UUID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xf0}
	two, names := "it has no time zones", "its names of attributes are str; see TestLivePython2UUID"
	return []liveValue{
		{name: "naive", value: same([]any{naive(2024, 2, 29, 13, 14, 15, 123456), naive(1, 1, 1, 0, 0, 0, 0)}), python: "[datetime.datetime(2024, 2, 29, 13, 14, 15, 123456), datetime.datetime(1, 1, 1)]"},
		{name: "nanoseconds", value: same(naive(1969, 12, 31, 23, 59, 59, 999999).Add(999)), python: "datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)"},
		{name: "naive fold", value: same(naive(2024, 10, 27, 2, 30, 0, 0).In(pickle.NaiveFold)), python: "datetime.datetime(2024, 10, 27, 2, 30, fold=1)", since: "3.6", two: two},
		{name: "utc", value: same([]time.Time{time.Unix(0, 5000).UTC(), time.Unix(1e9, 0).UTC()}),
			python: "utc = datetime.timezone.utc; value = [datetime.datetime(1970, 1, 1, 0, 0, 0, 5, tzinfo=utc), datetime.datetime(2001, 9, 9, 1, 46, 40, tzinfo=utc)]", since: "3.6", two: two},
		{name: "offset", value: same([]any{time.Date(2024, 1, 2, 3, 4, 5, 0, time.FixedZone("", -3600)), time.Date(2024, 1, 2, 3, 4, 5, 0, time.FixedZone("X", 3600))}),
			python: "h = datetime.timedelta(hours=1); value = [datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone(-h)), datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone(h, 'X'))]", since: "3.6", two: two},
		{name: "shared offset", value: func() any {
			z := time.FixedZone("", 5400)
			return []any{time.Date(2024, 1, 2, 3, 4, 5, 0, z), pickle.TimeOfDay{Hour: 7, Location: z}, z}
		}, python: "z = datetime.timezone(datetime.timedelta(minutes=90)); value = [datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=z), datetime.time(7, tzinfo=z), z]", since: "3.6", two: two},
		{name: "ZoneInfo", value: same([]any{time.Date(2024, 7, 1, 12, 0, 0, 0, berlin), time.Date(2024, 1, 1, 12, 0, 0, 0, zoneNamed(t, "Europe/Berlin")), time.Date(2024, 1, 1, 12, 0, 0, 0, tokyo), tokyo}),
			python: `import zoneinfo; b = zoneinfo.ZoneInfo('Europe/Berlin'); t = zoneinfo.ZoneInfo('Asia/Tokyo')
value = [datetime.datetime(2024, 7, 1, 12, tzinfo=b), datetime.datetime(2024, 1, 1, 12, tzinfo=b), datetime.datetime(2024, 1, 1, 12, tzinfo=t), t]`, since: "3.9", two: two},
		{name: "ZoneInfo fold", value: same([]any{time.Unix(1729990800+1800, 0).In(berlin), time.Unix(1729990800-1800, 0).In(berlin)}),
			python: `import zoneinfo; b = zoneinfo.ZoneInfo('Europe/Berlin')
value = [datetime.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=b), datetime.datetime(2024, 10, 27, 2, 30, tzinfo=b)]`, since: "3.9", two: two},
		{name: "dates", value: same([]any{pickle.Date{2024, 2, 29}, &pickle.Date{9999, 12, 31}}), python: "[datetime.date(2024, 2, 29), datetime.date(9999, 12, 31)]"},
		{name: "times", value: same([]pickle.TimeOfDay{{}, {23, 59, 59, 999999, false, nil}, {Hour: 1, Location: pickle.Naive}}), python: "[datetime.time(), datetime.time(23, 59, 59, 999999), datetime.time(1)]"},
		{name: "aware times", value: same([]pickle.TimeOfDay{{Hour: 1, Fold: true}, {Hour: 2, Location: time.UTC}}), python: "[datetime.time(1, fold=1), datetime.time(2, tzinfo=datetime.timezone.utc)]", since: "3.6", two: two},
		{name: "timedeltas", value: same([]time.Duration{time.Second, -1, -25 * time.Hour, 1<<63 - 1, -1 << 63}),
			python: "d = datetime.timedelta; value = [d(0, 1), d(0, 0, -1), d(-2, 82800), d(106751, 85636, 854775), d(-106752, 763, 145224-1+1)]"},
		{name: "zero timedeltas", value: same([]any{time.Duration(0), []time.Duration{0, 999}}), python: "d = datetime.timedelta; value = [d(0), [d(0), d(0)]]", since: "3.13", two: "each is an object"},
		{name: "keys", value: same(pickle.NewDict(pickle.Date{2024, 1, 1}, 1, naive(2024, 1, 1, 0, 0, 0, 0), 2, time.Hour, 3, u, 4, mustDecimal("0.5"), 5)),
			python: "{datetime.date(2024, 1, 1): 1, datetime.datetime(2024, 1, 1): 2, datetime.timedelta(0, 3600): 3, uuid.UUID('01020304-0506-0708-090a-0b0c0d0e0ff0'): 4, decimal.Decimal('0.5'): 5}", since: "3.6", two: "its dict has no order"},
		{name: "maps", value: same(map[pickle.UUID]map[time.Duration]pickle.Decimal{u: {time.Second: mustDecimal("-1.50")}}),
			python: "{uuid.UUID('01020304-0506-0708-090a-0b0c0d0e0ff0'): {datetime.timedelta(0, 1): decimal.Decimal('-1.50')}}", two: names},
		{name: "decimals", value: same([]any{pickle.Decimal{}, mustDecimal("-0.00"), mustDecimal("1E+999999"), mustDecimal("Infinity"), pickle.NewDecimal(4990, -2)}),
			python: "[decimal.Decimal(s) for s in (u'0', u'-0.00', u'1E+999999', u'Infinity', u'49.90')]"},
		{name: "fractions", value: same([]any{big.NewRat(-3, 4), *big.NewRat(5, 1), rat("1/123456789012345678901234567890")}),
			python: "[fractions.Fraction(-3, 4), fractions.Fraction(5), fractions.Fraction(1, 123456789012345678901234567890)]"},
		{name: "uuids", value: same([]any{u, pickle.UUID{}, &u}), python: "u = uuid.UUID('01020304-0506-0708-090a-0b0c0d0e0ff0'); value = [u, uuid.UUID(int=0), uuid.UUID(u.hex)]", two: names},
		{name: "shared", value: func() any {
			var x, y, z, d any = naive(2024, 1, 1, 0, 0, 0, 0), u, mustDecimal("1.5"), time.Hour
			return []any{x, x, y, y, z, z, d, d}
		}, python: "x, y, z, d = datetime.datetime(2024, 1, 1), uuid.UUID('01020304-0506-0708-090a-0b0c0d0e0ff0'), decimal.Decimal('1.5'), datetime.timedelta(0, 3600); value = [x, x, y, y, z, z, d, d]", two: names},
	}
}

// TestLiveLibrary: what Go writes of the types of Python's library is in every
// Python what the expression is, and to the byte what CPython 3.13 writes.
func TestLiveLibrary(t *testing.T) {
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		for _, c := range libraryValues(t) {
			if version == "2.7" && c.two != "" || c.since != "" && !atLeast(version, c.since) {
				continue
			}
			if c.name == "shared" && !hasAddresses {
				continue // without addresses what is in one box is several objects
			}
			compareLive(t, python, version, protocol, c, nil)
		}
	})
}

// TestLivePython2UUID: Python 2 finds the attribute of a UUID by a name that is
// unicode.
func TestLivePython2UUID(t *testing.T) {
	python := pickletest.StartPython(t, "2.7")
	u := pickle.UUID{1, 2, 3, 4, 15: 0xf0}
	for protocol := range 3 {
		data, err := pickle.Marshal([]any{u, u}, pickle.Protocol(protocol))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := python.Repr(data); err != nil || got != pickle.Repr([]any{u, u}) {
			t.Errorf("protocol %d: %s, %v", protocol, got, err)
		}
	}
}

// TestLiveReprs: values are printed as Python prints them.
func TestLiveReprs(t *testing.T) {
	python := pickletest.StartPython(t, reference)
	berlin := zoneNamed(t, "Europe/Berlin")
	for _, v := range []any{
		naive(2024, 2, 29, 13, 14, 0, 0), naive(2024, 2, 29, 13, 14, 15, 0), naive(2024, 2, 29, 0, 0, 0, 1), naive(2024, 2, 29, 0, 0, 0, 0).In(pickle.NaiveFold),
		time.Unix(0, 0).UTC(), time.Unix(0, 0).In(time.FixedZone("", -5400)), time.Unix(0, 0).In(time.FixedZone("it's", 1)), time.Unix(1729992600, 0).In(berlin),
		pickle.Date{2024, 2, 29}, pickle.TimeOfDay{}, pickle.TimeOfDay{1, 2, 3, 0, true, time.UTC}, pickle.TimeOfDay{1, 2, 0, 4, false, berlin}, time.UTC, berlin,
		time.Duration(0), -time.Second, 49*time.Hour + time.Microsecond, mustDecimal("1.50"), mustDecimal("-sNaN12"), big.NewRat(-3, 4), big.NewRat(2, 1), pickle.UUID{1, 15: 2},
	} {
		data, err := pickle.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if want, err := python.Repr(data); err != nil || pickle.Repr(v) != want {
			t.Errorf("the repr is %s, in Python %s (%v)", pickle.Repr(v), want, err)
		}
	}
}

// randomTimes are Python's datetimes in many zones, mostly around the times
// when their clocks are put back or forward, each with its Unix time in
// microseconds.
const randomTimes = `
import datetime, random, zoneinfo
from zoneinfo import _zoneinfo
r = random.Random(%d)
keys = sorted(k for k in zoneinfo.available_timezones() if '/' in k and not k.startswith(('SystemV', 'right', 'posix')))
D, T, utc = datetime.datetime, datetime.timedelta, datetime.timezone.utc
epoch = D(1970, 1, 1, tzinfo=utc)
def one():
    key = r.choice(keys)
    zone = zoneinfo.ZoneInfo(key)
    changes = _zoneinfo.ZoneInfo(key)._trans_utc
    if changes and r.random() < .6:
        at = epoch + T(seconds=r.choice(changes))
        if not D(2, 1, 1, tzinfo=utc) < at < D(9998, 1, 1, tzinfo=utc): return one()
        naive = at.astimezone(zone).replace(tzinfo=None) + T(seconds=r.choice((0, -1, 1, 3599, 3600, 3601, -3600, -3601, r.randrange(-90000, 90000))))
    else:
        at = D(r.randrange(1850, 2150), r.choice((1, 3, 4, 5, 9, 10, 11)), r.randrange(1, 29), r.randrange(24), r.randrange(60), r.randrange(60), tzinfo=utc)
        naive = at.astimezone(zone).replace(tzinfo=None)
    d = naive.replace(microsecond=r.randrange(10**6), fold=r.randrange(2), tzinfo=zone)
    return d, (d - epoch) // T(microseconds=1), d.astimezone(utc).astimezone(zone).replace(tzinfo=None, fold=0) == d.replace(tzinfo=None, fold=0), d.utcoffset() != d.replace(fold=1 - d.fold).utcoffset()
value = [one() for _ in range(%d)]
`

// TestLiveTransitions: a datetime around a transition is the instant in Go that
// it is in Python, and is written as it was; in an any it keeps what an
// instant does not tell.
func TestLiveTransitions(t *testing.T) {
	python := pickletest.StartPython(t, reference)
	data, err := python.Dumps(fmt.Sprintf(randomTimes, rand.IntN(1e9), 3000), 5)
	if err != nil {
		t.Fatal(err)
	}
	var values []pickle.Value
	if err := pickle.Unmarshal(data, &values); err != nil {
		t.Fatal(err)
	}
	folds, kept, skipped := 0, 0, 0
	for _, v := range values {
		var at time.Time
		var micros int64
		var exists, folded bool
		for i, p := range []any{&at, &micros, &exists, &folded} {
			if err := v.Index(i).Decode(p); err != nil {
				t.Fatalf("%v: %v", v, err)
			}
		}
		if at.UnixMicro() != micros {
			t.Errorf("%v is %d microseconds off", v.Index(0), at.UnixMicro()-micros)
			continue
		}
		x, err := v.Index(0).Any()
		if err != nil {
			t.Fatal(err)
		}
		fold := fmt.Sprint(v.Index(0))
		switch x := x.(type) {
		case time.Time:
			if !x.Equal(at) || !exists {
				t.Errorf("%v is %v, and %v in an any", fold, at, x)
			}
			if folded {
				folds++
			}
		case *pickle.Object:
			if exists && folded {
				t.Errorf("%v, which the zone has, is an Object", fold)
			}
			if kept++; !exists {
				skipped++
			}
		}
	}
	if folds == 0 || kept == 0 || skipped == 0 {
		t.Errorf("of %d datetimes, %d are in a fold, %d are kept as Objects, %d of these do not exist", len(values), folds, kept, skipped)
	}
	var v any
	if err := pickle.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	again, err := pickle.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if hasAddresses && !bytes.Equal(again, data) {
		i := 0
		for i < min(len(again), len(data)) && again[i] == data[i] {
			i++
		}
		t.Errorf("encoded again, byte %d differs: %q, want %q", i, around(again, i), around(data, i))
	}
}

func around(b []byte, i int) []byte { return slices.Clone(b[max(0, i-60):min(len(b), i+20)]) }

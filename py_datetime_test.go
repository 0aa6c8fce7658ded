package pickle_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// sameTime compares times as Python and this package tell them apart: by the
// instant, and by the zone that they are written with.
var sameTime = cmp.Options{
	cmp.Comparer(func(a, b time.Time) bool {
		return a.Equal(b) && pickle.Repr(a) == pickle.Repr(b) && pickle.IsNaive(a) == pickle.IsNaive(b)
	}),
	cmp.Comparer(func(a, b *time.Location) bool { return pickle.Repr(a) == pickle.Repr(b) }),
}

func naive(year int, month time.Month, day, hour, minute, second, micro int) time.Time {
	return time.Date(year, month, day, hour, minute, second, micro*1000, pickle.Naive)
}

func zoneNamed(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// object is the Object of a call that no Go type stands for.
func object(module, name string, args ...any) *pickle.Object {
	return &pickle.Object{Class: pickle.Global{Module: module, Name: name}, Args: args}
}

func delta(days, seconds, micros int) *pickle.Object {
	return object("datetime", "timedelta", int64(days), int64(seconds), int64(micros))
}

// textZeros are Pythons for which timedelta(0) is not one object.
func oldDeltas(c pickletest.Case) string {
	if c.Impl != "cpython3.13" && c.Impl != "cpython2.7" && !c.Pure() {
		return "before Python 3.13 timedelta(0) is not one object"
	}
	return ""
}

func oldText(c pickletest.Case) string {
	if c.Impl == "cpython3.6" && c.Protocol == 0 {
		return "Python 3.6 escapes less and has other ints at protocol 0"
	}
	return ""
}

func TestDatetimeGoldens(t *testing.T) {
	plus2, berlin := time.FixedZone("", 7200), zoneNamed(t, "Europe/Berlin")
	testStandard(t, []standard{
		{name: "std_datetime", want: []any{naive(2024, 2, 29, 13, 14, 15, 123456), pickle.Date{1, 1, 1}, pickle.TimeOfDay{Hour: 23, Minute: 59},
			-24*time.Hour + 5*time.Second + 7*time.Microsecond}, otherBytes: oldText},
		{name: "std_datetime_limits", want: []any{naive(1, 1, 1, 0, 0, 0, 0), naive(9999, 12, 31, 23, 59, 59, 999999)}, otherBytes: oldText},
		{name: "std_datetime_micro", want: []any{naive(1970, 1, 1, 0, 0, 0, 1), naive(2024, 5, 17, 9, 30, 0, 0)}, otherBytes: oldText},
		{name: "std_datetime_shared", want: []any{naive(2024, 5, 17, 9, 30, 0, 0), naive(2024, 5, 17, 9, 30, 0, 0)}, otherBytes: oldText},
		{name: "std_datetime_utc", want: []any{time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), pickle.TimeOfDay{Hour: 1, Location: time.UTC}}, otherBytes: oldText},
		{name: "std_datetime_aware", want: []any{time.Date(2024, 5, 17, 9, 30, 0, 0, plus2), time.Date(2024, 5, 17, 9, 30, 0, 5000, time.FixedZone("CEST", 7200))}, otherBytes: oldText},
		{name: "std_datetime_tz_shared", want: []any{time.Date(2024, 5, 17, 0, 0, 0, 0, plus2), pickle.TimeOfDay{Hour: 1, Location: plus2}, plus2}, otherBytes: oldText},
		{name: "std_datetime_fold_aware", want: object("datetime", "datetime", []byte("\x07\xe8\x8a\x1b\x02\x1e\x00\x00\x00\x00"), time.FixedZone("", 3600)), otherBytes: oldText,
			otherValue: func(c pickletest.Case) string {
				if c.Protocol < 4 {
					return "the fold is lost below protocol 4, in Python"
				}
				return ""
			}},
		{name: "std_datetime_zoneinfo", want: time.Date(2024, 5, 17, 9, 30, 0, 0, berlin)},
		{name: "std_time_zoneinfo", want: pickle.TimeOfDay{Hour: 9, Minute: 30, Location: berlin}},
		{name: "std_date", want: []any{pickle.Date{1, 1, 1}, pickle.Date{1969, 12, 31}, pickle.Date{2024, 2, 29}, pickle.Date{9999, 12, 31}}, otherBytes: oldText},
		{name: "std_time", want: []any{pickle.TimeOfDay{}, pickle.TimeOfDay{Hour: 1, Minute: 2, Second: 3, Microsecond: 4},
			pickle.TimeOfDay{Hour: 23, Minute: 59, Second: 59, Microsecond: 999999}}, otherBytes: oldText},
		{name: "std_time_aware", want: []any{pickle.TimeOfDay{Hour: 9, Minute: 30, Location: time.FixedZone("", -5*3600)}, pickle.TimeOfDay{Location: time.FixedZone("X", 5400)}}, otherBytes: oldText},
		{name: "std_timedelta", want: []any{time.Duration(0), 72 * time.Hour, time.Hour, time.Microsecond}, otherBytes: oldText},
		{name: "std_timedelta_negative", want: []any{-24 * time.Hour, -time.Second, -time.Microsecond}, otherBytes: oldText},
		{name: "std_timedelta_limits", want: []any{delta(-999999999, 0, 0), delta(999999999, 86399, 999999)}, otherBytes: oldText},
		{name: "std_timezone", want: []any{time.UTC, time.FixedZone("X", 7200)}, otherBytes: oldText},
		{name: "std_timezone_fixed", want: []any{time.FixedZone("", 19800), time.FixedZone("", -12600), time.FixedZone("", 86340), time.FixedZone("", -86340)}, otherBytes: oldText},
		{name: "std_timezone_named", want: []any{time.FixedZone("UTC", 0), object("datetime", "timezone", time.Hour, ""), time.FixedZone("hé", -3600)}, otherBytes: oldText},
		{name: "std_timezone_seconds", want: []any{time.FixedZone("", 3601), object("datetime", "timezone", -time.Microsecond), time.FixedZone("LMT", 3208)}},
		{name: "std_zoneinfo", want: berlin},
		{name: "std_zoneinfo_shared", want: []any{berlin, berlin, loadedUTC(t)}},
		{name: "std_zoneinfo_no_cache", want: &pickle.Object{
			Callable: object("builtins", "getattr", pickle.Global{Module: "zoneinfo", Name: "ZoneInfo"}, "_unpickle"),
			Class:    pickle.Global{Module: "zoneinfo", Name: "ZoneInfo._unpickle"}, Args: pickle.Tuple{"Europe/Berlin", int64(0)}}},
	}, sameTime, cmp.Comparer(func(a, b *pickle.Object) bool { return pickle.Equal(a, b) }))
}

// loadedUTC is zoneinfo.ZoneInfo('UTC'), which is another object than
// datetime.timezone.utc.
func loadedUTC(t *testing.T) *time.Location {
	t.Helper()
	var loc *time.Location
	if err := pickle.Unmarshal([]byte("c__builtin__\ngetattr\np0\n(czoneinfo\nZoneInfo\np1\nV_unpickle\np2\ntp3\nRp4\n(VUTC\np5\nI1\ntp6\nRp7\n."), &loc); err != nil {
		t.Fatal(err)
	}
	return loc
}

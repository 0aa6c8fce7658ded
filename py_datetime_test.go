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

// sameObjects compares what this package compares by itself.
var sameObjects = cmp.Options{
	cmp.Comparer(func(a, b *pickle.Object) bool { return pickle.Equal(a, b) }),
	cmp.Comparer(func(a, b *pickle.Dict) bool { return pickle.Equal(a, b) }),
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

// oldText is for goldens whose bytes have escapes or ints that are written
// otherwise by Python 3.6.
func oldText(c pickletest.Case) string {
	if c.Impl == "cpython3.6" && c.Protocol == 0 {
		return "Python 3.6 escapes less and has other ints at protocol 0"
	}
	return ""
}

// noFold is for goldens with a fold.
func noFold(c pickletest.Case) string {
	if c.Protocol < 4 {
		return "Python loses the fold below protocol 4"
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
			otherValue: noFold},
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
		{name: "std_datetime_fold", want: naive(2024, 10, 27, 2, 30, 0, 0).In(pickle.NaiveFold), otherBytes: oldText, otherValue: noFold},
		{name: "std_time_fold", want: []any{pickle.TimeOfDay{Hour: 2, Minute: 30, Fold: true}, pickle.TimeOfDay{Hour: 2, Minute: 30, Fold: true, Location: time.UTC}},
			otherBytes: oldText, otherValue: noFold},
		{name: "std_datetime_zoneinfo_fold", want: []any{time.Date(2024, 10, 27, 0, 30, 0, 0, time.UTC).In(berlin), time.Date(2024, 10, 27, 1, 30, 0, 0, time.UTC).In(berlin)},
			otherValue: noFold},
		{name: "std_datetime_keys", want: pickle.NewDict(pickle.Date{2024, 5, 17}, naive(2024, 5, 17, 0, 0, 0, 0)), otherBytes: oldText},
		{name: "std_zoneinfo", want: berlin},
		{name: "std_zoneinfo_shared", want: []any{berlin, berlin}},
		{name: "std_zoneinfo_no_cache", want: &pickle.Object{
			Callable: object("builtins", "getattr", pickle.Global{Module: "zoneinfo", Name: "ZoneInfo"}, "_unpickle"),
			Class:    pickle.Global{Module: "zoneinfo", Name: "ZoneInfo._unpickle"}, Args: pickle.Tuple{"Europe/Berlin", int64(0)}}},
	}, sameTime, sameObjects)
}

func TestDatetimeInto(t *testing.T) {
	at := naive(2024, 5, 17, 9, 30, 0, 0)
	into(t, "std_datetime_micro", []time.Time{naive(1970, 1, 1, 0, 0, 0, 1), at}, sameTime)
	into(t, "std_datetime_micro", []*time.Time{ptr(naive(1970, 1, 1, 0, 0, 0, 1)), &at}, sameTime)
	into(t, "std_datetime_micro", []string{"1970-01-01T00:00:00.000001", "2024-05-17T09:30:00"})
	into(t, "std_datetime_aware", []string{"2024-05-17T09:30:00+02:00", "2024-05-17T09:30:00.000005+02:00"})
	into(t, "std_datetime_keys", map[pickle.Date]time.Time{{2024, 5, 17}: naive(2024, 5, 17, 0, 0, 0, 0)}, sameTime)
	into(t, "std_datetime_fold_aware", time.Date(2024, 10, 27, 1, 30, 0, 0, time.UTC), cmp.Comparer(time.Time.Equal)) // a fixed zone needs no fold
	into(t, "std_date", []time.Time{naive(1, 1, 1, 0, 0, 0, 0), naive(1969, 12, 31, 0, 0, 0, 0), naive(2024, 2, 29, 0, 0, 0, 0), naive(9999, 12, 31, 0, 0, 0, 0)}, sameTime)
	into(t, "std_date", []string{"0001-01-01", "1969-12-31", "2024-02-29", "9999-12-31"})
	into(t, "std_time", []string{"00:00:00", "01:02:03.000004", "23:59:59.999999"})
	into(t, "std_time_aware", []string{"09:30:00-05:00", "00:00:00+01:30"})
	into(t, "std_timedelta", []time.Duration{0, 72 * time.Hour, time.Hour, time.Microsecond})
	into(t, "std_timedelta", []*time.Duration{ptr(time.Duration(0)), ptr(72 * time.Hour), ptr(time.Hour), ptr(time.Microsecond)})
	into(t, "std_timezone", []*time.Location{time.UTC, time.FixedZone("X", 7200)}, sameTime)
	into(t, "std_zoneinfo_no_cache", zoneNamed(t, "Europe/Berlin"), sameTime)
	into(t, "std_timezone_named", []*time.Location{time.FixedZone("UTC", 0), time.FixedZone("", 3600), time.FixedZone("hé", -3600)}, sameTime)

	notInto(t, "std_datetime_micro", []pickle.Date{})
	notInto(t, "std_datetime_micro", []int64{})
	notInto(t, "std_timedelta", []int64{})
	notInto(t, "std_timedelta", []float64{})
	notInto(t, "std_timedelta", []string{})
	notInto(t, "std_timedelta_limits", []time.Duration{})
	notInto(t, "std_time_zoneinfo", "")
	notInto(t, "std_timezone", []time.Time{})
	notInto(t, "std_timezone_seconds", []*time.Location{})
}

func ptr[T any](v T) *T { return &v }

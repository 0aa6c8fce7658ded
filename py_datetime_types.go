package pickle

import (
	"fmt"
	"reflect"
	"time"
)

// NaiveFold is the location of a naive time.Time whose fold is 1: the second
// of two times that a clock shows alike when it is put back (PEP 495).
// datetime.now() makes one in the hour after that. IsNaive tells whether a time
// is in one of both locations.
var NaiveFold = time.FixedZone("naive", 0)

// IsNaive reports whether t is what Python calls naive: date and time of day as
// a clock shows them, in no time zone. Its location is Naive or NaiveFold.
func IsNaive(t time.Time) bool { return isNaive(t.Location()) }

func isNaive(loc *time.Location) bool { return loc == Naive || loc == NaiveFold }

// Date is a Python datetime.date: a day, without a time zone. Years go from 1 to
// 9999.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the day that t is on, in its location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

// In returns the time at which d begins in loc, like time.Date. With the
// location Naive that is what Python's datetime(year, month, day) is.
func (d Date) In(loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
}

// String returns d as Python's str does: "2024-02-29".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// MarshalText returns the same as String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a date such as "2024-02-29".
func (d *Date) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return err
	}
	if t.Year() < 1 {
		return errOutOfRange
	}
	*d = DateOf(t)
	return nil
}

func (d Date) call() call {
	return call{name: "datetime.date", args: []any{int64(d.Year), int64(d.Month), int64(d.Day)}}
}

// assignTo stores d in a time.Time: the time at which it begins, naive.
func (d Date) assignTo(v reflect.Value) bool {
	t, ok := v.Addr().Interface().(*time.Time)
	if ok {
		*t = d.In(Naive)
	}
	return ok
}

// TimeOfDay is a Python datetime.time: what a clock shows.
type TimeOfDay struct {
	Hour, Minute, Second, Microsecond int

	// Fold is the fold of PEP 495. It is lost below protocol 4, as in Python.
	Fold bool

	// Location is the time zone, nil if there is none. It cannot be time.Local.
	Location *time.Location
}

// TimeOfDayOf returns what a clock shows at t, in its location, without the
// time zone. What is less than a microsecond is cut off.
func TimeOfDayOf(t time.Time) TimeOfDay {
	hour, minute, second := t.Clock()
	return TimeOfDay{Hour: hour, Minute: minute, Second: second, Microsecond: t.Nanosecond() / 1000}
}

// On returns the time at which a clock shows t on that day, in its location, or
// in Naive if it has none.
func (t TimeOfDay) On(d Date) time.Time {
	loc := t.Location
	if loc == nil {
		loc = Naive
	}
	return time.Date(d.Year, d.Month, d.Day, t.Hour, t.Minute, t.Second, t.Microsecond*1000, loc)
}

// String returns t as Python's str does: "13:14:15.000016", with the offset if
// there is a fixed one.
func (t TimeOfDay) String() string {
	s := fmt.Sprintf("%02d:%02d:%02d", t.Hour, t.Minute, t.Second)
	if t.Microsecond != 0 {
		s += fmt.Sprintf(".%06d", t.Microsecond)
	}
	if offset, ok := t.offset(); ok {
		s += offsetText(offset)
	}
	return s
}

// offset returns the offset of the time zone from UTC in seconds, if there is
// a time zone that has the same one every day.
func (t TimeOfDay) offset() (int, bool) {
	if t.Location == nil || isNaive(t.Location) || t.Location == time.Local {
		return 0, false
	}
	at := time.Unix(0, 0).In(t.Location)
	_, offset := at.Zone()
	if start, end := at.ZoneBounds(); !start.IsZero() || !end.IsZero() {
		return 0, false
	}
	return offset, true
}

// offsetText returns an offset as Python prints it: +05:30.
func offsetText(offset int) string {
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	s := fmt.Sprintf("%c%02d:%02d", sign, offset/3600, offset/60%60)
	if offset%60 != 0 {
		s += fmt.Sprintf(":%02d", offset%60)
	}
	return s
}

// MarshalText returns the same as String. It is an error for times in a zone
// that has no fixed offset, for which text has no place.
func (t TimeOfDay) MarshalText() ([]byte, error) {
	if _, ok := t.offset(); !ok && t.Location != nil && !isNaive(t.Location) {
		return nil, fmt.Errorf("text has no place for the time zone %v", t.Location)
	}
	return []byte(t.String()), nil
}

// UnmarshalText reads a time such as "13:14", "13:14:15.000016" or
// "13:14:15+02:00".
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	for _, layout := range []string{"15:04:05", "15:04"} {
		for _, zone := range []string{"", "Z07:00", "Z07:00:00"} {
			at, err := time.Parse(layout+zone, string(text))
			if err != nil {
				continue
			}
			*t = TimeOfDayOf(at)
			if _, offset := at.Zone(); zone == "" {
			} else if offset == 0 {
				t.Location = time.UTC
			} else {
				t.Location = time.FixedZone("", offset)
			}
			return nil
		}
	}
	return fmt.Errorf("%.40q is no time of day", text)
}

func (t TimeOfDay) call() call {
	c := call{name: "datetime.time", args: []any{int64(t.Hour), int64(t.Minute)}}
	if t.Second != 0 || t.Microsecond != 0 {
		c.args = append(c.args, int64(t.Second))
	}
	if t.Microsecond != 0 {
		c.args = append(c.args, int64(t.Microsecond))
	}
	if t.Location != nil && !isNaive(t.Location) {
		c.named = append(c.named, namedValue{"tzinfo", zoneRepr(t.Location, time.Now())})
	}
	if t.Fold {
		c.named = append(c.named, namedValue{"fold", int64(1)})
	}
	return c
}

// comparesAs makes equal what Python finds equal: without a fixed offset what
// the clocks show, with one what they would in UTC.
func (t TimeOfDay) comparesAs() any {
	type clock struct {
		aware  bool
		micros int64
	}
	offset, aware := t.offset()
	seconds := int64(t.Hour)*3600 + int64(t.Minute)*60 + int64(t.Second) - int64(offset)
	return clock{aware, seconds*microsPerSecond + int64(t.Microsecond)}
}

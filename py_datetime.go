package pickle

import (
	"encoding/binary"
	"errors"
	"math"
	"reflect"
	"time"

	"github.com/go-pickle/pickle/vm"
)

// The module datetime. In a pickle, a datetime is 10 bytes: year (2), month,
// day, hour, minute, second, microsecond (3); a date the first 4, a time the
// last 6. Bit 7 of the first byte that has room for it, the month or the hour,
// is the fold. A time zone follows as a second argument.
//
// Datetimes are what pickles of databases and task queues are full of. So this
// file reads and writes nodes and opcodes, rather than Go values in between.

func registerDatetime() {
	standardCall[time.Time]("datetime.datetime", makeDatetime, writes[time.Time](writeDatetime))
	standardCall[Date]("datetime.date", makeDate, writes[Date](writeDate))
	standardCall[TimeOfDay]("datetime.time", makeTimeOfDay, writes[TimeOfDay](writeTimeOfDay))
	standardCall[time.Duration]("datetime.timedelta", makeTimedelta, writes[time.Duration](writeTimedelta))
	standardCall[*time.Location]("datetime.timezone", makeTimezone, writes[time.Location](writeLocation))
}

var (
	globalDatetime  = extensionGlobal("datetime", "datetime")
	globalDate      = extensionGlobal("datetime", "date")
	globalTime      = extensionGlobal("datetime", "time")
	globalTimedelta = extensionGlobal("datetime", "timedelta")
	globalTimezone  = extensionGlobal("datetime", "timezone")
)

var (
	errOutOfRange = errors.New("the date or time is out of range")
	errDuration   = errors.New("a time.Duration holds at most 292 years")
	errOffset     = errors.New("a time.Location has offsets of whole seconds, of less than a day")
)

// bare reports whether an instance has nothing but its arguments.
func (d *decoder) bare(in *vm.Instance) bool {
	return in.State.Kind() == vm.KindNothing && in.Form == vm.FormReduce
}

// packed returns the n bytes in which Python packs a date or time: bytes, the
// str of Python 2, or that as it is read as Latin-1.
func (d *decoder) packed(args []vm.Node, n int, into *[10]byte) bool {
	if len(args) == 0 {
		return false
	}
	arg := d.nativeOf(args[0])
	switch arg.Kind() {
	case vm.KindBytes, vm.KindByteString:
		return len(d.g.Data(arg)) == n && copy(into[:], d.g.Data(arg)) == n
	case vm.KindStr:
		i := 0
		for _, r := range string(d.g.Data(arg)[:min(len(d.g.Data(arg)), 2*n+1)]) {
			if i == n || r > 0xff {
				return false
			}
			into[i] = byte(r)
			i++
		}
		return i == n
	}
	return false
}

// numbers returns arguments that are all ints, as other programs than Python
// write them.
func numbers(args []vm.Node, into []int) bool {
	for i, a := range args {
		if a.Kind() != vm.KindInt || i == len(into) || a.Int() < 0 || a.Int() > math.MaxInt32 {
			return false
		}
		into[i] = int(a.Int())
	}
	return true
}

// location returns the time zone that n is, nil for none.
func (d *decoder) location(n vm.Node) (loc *time.Location, exact bool, err error) {
	n = d.nativeOf(n)
	if n.Kind() == vm.KindNone {
		return nil, true, nil
	}
	if n.Kind() != vm.KindInstance {
		return nil, false, errNotZone
	}
	x, err := d.any(n)
	if err != nil {
		return nil, false, err
	}
	if _, kept := x.(*Object); kept {
		in := d.g.Instance(n)
		if c := d.class(in.Callable); c.function != nil && c.function.direct != nil {
			d.lossy = true
			if x, _, err = d.construct(c, n, in); err != nil {
				return nil, false, err
			}
			loc, _ = x.(*time.Location)
			return loc, false, nil
		}
	}
	if loc, ok := x.(*time.Location); ok {
		return loc, true, nil
	}
	return nil, false, errNotZone
}

// moment is a date and a time as a clock shows them.
type moment struct {
	year, month, day, hour, minute, second, micro int
	fold                                          bool
}

func (m *moment) valid() bool {
	return m.validDate() && m.validTime()
}

func (m *moment) validDate() bool {
	return m.year >= 1 && m.year <= 9999 && m.month >= 1 && m.month <= 12 && m.day >= 1 && (m.day <= 28 || m.day <= daysIn(m.year, m.month))
}

func (m *moment) validTime() bool {
	return m.hour >= 0 && m.hour < 24 && m.minute >= 0 && m.minute < 60 && m.second >= 0 && m.second < 60 && m.micro >= 0 && m.micro < 1e6
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// setDate and setTime read the packed form.
func (m *moment) setDate(b []byte) {
	m.year, m.month, m.day = int(binary.BigEndian.Uint16(b)), int(b[2]&0x7f), int(b[3])
	m.fold = b[2]&0x80 != 0
}

func (m *moment) setTime(b []byte) {
	m.hour, m.minute, m.second = int(b[0]), int(b[1]), int(b[2])
	m.micro = int(b[3])<<16 | int(b[4])<<8 | int(b[5])
}

// pack writes the packed form.
func (m *moment) pack(b *[10]byte) {
	binary.BigEndian.PutUint16(b[:], uint16(m.year))
	b[2], b[3], b[4], b[5], b[6] = byte(m.month), byte(m.day), byte(m.hour), byte(m.minute), byte(m.second)
	b[7], b[8], b[9] = byte(m.micro>>16), byte(m.micro>>8), byte(m.micro)
}

// makeDatetime makes datetime(packed[, tz]), and datetime(year, month, day, …).
func makeDatetime(d *decoder, in *vm.Instance, args []vm.Node) (any, bool, error) {
	var m moment
	var b [10]byte
	var zone []vm.Node
	switch {
	case !d.bare(in) || len(args) == 0:
		return nil, false, errArguments
	case len(args) <= 2 && d.packed(args, 10, &b):
		m.setDate(b[:])
		m.setTime(b[4:])
		zone = args[1:]
	case len(args) >= 3 && len(args) <= 8:
		var n [7]int
		if !numbers(args[:min(len(args), 7)], n[:]) {
			return nil, false, errArguments
		}
		m = moment{n[0], n[1], n[2], n[3], n[4], n[5], n[6], false}
		zone = args[min(len(args), 7):]
	default:
		return nil, false, errArguments
	}
	if !m.valid() {
		return nil, false, errOutOfRange
	}
	var loc *time.Location
	exact := true
	if len(zone) > 0 {
		var err error
		if loc, exact, err = d.location(zone[0]); err != nil {
			return nil, false, err
		}
	}
	t, same := d.moment(&m, loc)
	return t, exact && same, nil
}

// moment returns m in loc as a time.Time, and whether that has all of it.
func (d *decoder) moment(m *moment, loc *time.Location) (time.Time, bool) {
	t := time.Date(m.year, time.Month(m.month), m.day, m.hour, m.minute, m.second, m.micro*1000, time.UTC)
	switch {
	case loc == nil && m.fold:
		return t.In(NaiveFold), true
	case loc == nil:
		return t.In(Naive), true
	case loc == time.UTC:
		return t, !m.fold
	}
	d.span.enter(loc)
	u, exact := d.span.instant(t.Unix(), m.fold)
	return time.Unix(u, int64(t.Nanosecond())).In(loc), exact
}

// writeDatetime writes a time.Time as a datetime.
func writeDatetime(e *encoder, v reflect.Value, id identity) error {
	t := asType[time.Time](v)
	loc := t.Location()
	var z zone
	var m moment
	if loc != time.UTC {
		e.span.enter(loc)
		z = e.span.zone
		switch z.kind {
		case zoneLocal:
			z.name, z.offset = t.Zone()
			t = t.In(Naive).Add(time.Duration(z.offset) * time.Second)
		case zoneFixed, zoneKeyed:
			local, fold := e.span.clock(t.Unix())
			t, m.fold = time.Unix(local, int64(t.Nanosecond())).UTC(), fold
		default:
			m.fold = loc == NaiveFold
		}
	}
	year, month, day := t.Date()
	if year < 1 || year > 9999 {
		return failf(v.Type(), "the year %d is not one of Python's, 1 to 9999", year)
	}
	m.year, m.month, m.day = year, int(month), day
	m.hour, m.minute, m.second = t.Clock()
	m.micro = t.Nanosecond() / 1000
	var b [10]byte
	m.pack(&b)
	if m.fold && e.o.protocol >= 4 {
		b[2] |= 0x80
	}
	if err := e.packed(globalDatetime, b[:], loc, z); err != nil {
		return placedError(v.Type(), err)
	}
	e.finishCall(id)
	return nil
}

// packed writes a call with the packed form of a date or time, and its zone.
func (e *encoder) packed(class Global, b []byte, loc *time.Location, z zone) error {
	if err := e.ownGlobal(class); err != nil {
		return err
	}
	n := 2
	if loc == nil || loc != time.UTC && z.kind == zoneNaive {
		n = 1
	}
	e.w.Boundary()
	e.w.BeginTuple(n)
	e.w.Boundary()
	if err := e.bytesObject(b, identity{}); err != nil {
		return err
	}
	var err error
	switch e.w.Boundary(); {
	case n == 1:
	case z.kind == zoneLocal: // as datetime.astimezone() makes it: one for each time
		z.kind = zoneFixed
		err = e.newZone(z, identity{})
	default:
		err = e.saveZone(loc)
	}
	if err == nil {
		e.endCall(n)
	}
	return err
}

func makeDate(d *decoder, in *vm.Instance, args []vm.Node) (any, bool, error) {
	var m moment
	var b [10]byte
	var n [3]int
	switch {
	case !d.bare(in):
		return nil, false, errArguments
	case len(args) == 1 && d.packed(args, 4, &b):
		m.setDate(b[:])
	case len(args) == 3 && numbers(args, n[:]):
		m.year, m.month, m.day = n[0], n[1], n[2]
	default:
		return nil, false, errArguments
	}
	if !m.validDate() || m.fold {
		return nil, false, errOutOfRange
	}
	return Date{m.year, time.Month(m.month), m.day}, true, nil
}

func writeDate(e *encoder, v reflect.Value, id identity) error {
	date := asType[Date](v)
	m := moment{year: date.Year, month: int(date.Month), day: date.Day}
	if !m.validDate() {
		return failf(v.Type(), "there is no date %v in Python", date)
	}
	var b [10]byte
	m.pack(&b)
	if err := e.packed(globalDate, b[:4], nil, zone{}); err != nil {
		return err
	}
	e.finishCall(id)
	return nil
}

// makeTimeOfDay makes time(packed[, tz]).
func makeTimeOfDay(d *decoder, in *vm.Instance, args []vm.Node) (any, bool, error) {
	var m moment
	var b [10]byte
	if !d.bare(in) || len(args) > 2 || !d.packed(args, 6, &b) {
		return nil, false, errArguments
	}
	m.setTime(b[:])
	m.fold, m.hour = m.hour&0x80 != 0, m.hour&0x7f
	if !m.validTime() {
		return nil, false, errOutOfRange
	}
	t := TimeOfDay{Hour: m.hour, Minute: m.minute, Second: m.second, Microsecond: m.micro, Fold: m.fold}
	exact := true
	if len(args) == 2 {
		var err error
		if t.Location, exact, err = d.location(args[1]); err != nil {
			return nil, false, err
		}
	}
	return t, exact, nil
}

func writeTimeOfDay(e *encoder, v reflect.Value, id identity) error {
	t := asType[TimeOfDay](v)
	m := moment{hour: t.Hour, minute: t.Minute, second: t.Second, micro: t.Microsecond}
	if !m.validTime() {
		return failf(v.Type(), "there is no time of day %v in Python", t)
	}
	var z zone
	if t.Location != nil && t.Location != time.UTC {
		if z = e.zoneOf(t.Location); z.kind == zoneLocal {
			return fail(v.Type(), errLocalZone)
		}
	}
	var b [10]byte
	m.pack(&b)
	if t.Fold && e.o.protocol >= 4 {
		b[4] |= 0x80
	}
	if err := e.packed(globalTime, b[4:], t.Location, z); err != nil {
		return placedError(v.Type(), err)
	}
	e.finishCall(id)
	return nil
}

const (
	microsPerSecond = 1_000_000
	microsPerDay    = 86400 * microsPerSecond
)

// makeTimedelta makes timedelta(days, seconds, microseconds).
func makeTimedelta(d *decoder, in *vm.Instance, args []vm.Node) (any, bool, error) {
	if !d.bare(in) || len(args) != 3 {
		return nil, false, errArguments
	}
	for _, a := range args {
		if a.Kind() != vm.KindInt {
			return nil, false, errArguments
		}
	}
	days, seconds, micros := args[0].Int(), args[1].Int(), args[2].Int()
	if seconds < 0 || seconds >= 86400 || micros < 0 || micros >= microsPerSecond {
		return nil, false, errOutOfRange // Python writes no such thing
	}
	const most = math.MaxInt64 / 1000
	if days < -most/microsPerDay-1 || days > most/microsPerDay {
		return nil, false, errDuration
	}
	us := days*microsPerDay + seconds*microsPerSecond + micros
	if us < -most || us > most {
		return nil, false, errDuration
	}
	if us == 0 && d.g.Shared(in.Self) == 0 {
		return newBox(time.Duration(0)), true, nil
	}
	return time.Duration(us) * time.Microsecond, true, nil
}

// newBox returns v in an interface whose memory it has for itself. Go has one
// place for all small numbers otherwise.
func newBox[T any](v T) any { return reflect.ValueOf(&v).Elem().Interface() }

// splitDuration returns the parts of a timedelta. What is less than a
// microsecond is cut off toward the past.
func splitDuration(d time.Duration) (days, seconds, micros int64) {
	us := int64(d) / 1000
	if int64(d)%1000 < 0 {
		us--
	}
	days, us = us/microsPerDay, us%microsPerDay
	if us < 0 {
		days, us = days-1, us+microsPerDay
	}
	return days, us / microsPerSecond, us % microsPerSecond
}

// zeroIdentity is that of timedelta(0), which is one object since Python 3.13.
var zeroIdentity = identity{1, 2, tagEmpty}

func writeTimedelta(e *encoder, v reflect.Value, id identity) error {
	d := time.Duration(v.Int())
	if days, seconds, micros := splitDuration(d); days == 0 && seconds == 0 && micros == 0 && (id.tag == 0 || v.CanAddr() || id.address == boxAddress(time.Duration(0))) {
		id = zeroIdentity
	}
	return e.timedelta(d, id)
}

// timedelta writes a timedelta, the object id.
func (e *encoder) timedelta(d time.Duration, id identity) error {
	days, seconds, micros := splitDuration(d)
	if id == (identity{}) && days == 0 && seconds == 0 && micros == 0 {
		id = zeroIdentity
	}
	if e.recall(id) {
		return nil
	}
	if err := e.ownGlobal(globalTimedelta); err != nil {
		return err
	}
	e.w.Boundary()
	e.w.BeginTuple(3)
	for _, n := range [...]int64{days, seconds, micros} {
		e.w.Boundary()
		e.w.Int(n)
	}
	e.endCall(3)
	e.memoize(id)
	return nil
}

// makeTimezone makes timezone(offset[, name]).
func makeTimezone(d *decoder, in *vm.Instance, args []vm.Node) (any, bool, error) {
	if !d.bare(in) || len(args) == 0 || len(args) > 2 || args[0].Kind() != vm.KindInstance {
		return nil, false, errArguments
	}
	x, err := d.any(args[0])
	if err != nil {
		return nil, false, err
	}
	delta, ok := x.(time.Duration)
	if !ok || delta%time.Second != 0 || delta <= -24*time.Hour || delta >= 24*time.Hour {
		return nil, false, errOffset
	}
	offset := int(delta / time.Second)
	switch {
	case len(args) == 1 && offset == 0:
		return time.UTC, true, nil
	case len(args) == 1:
		return fixedZone("", offset), true, nil
	case args[1].Kind() != vm.KindStr:
		return nil, false, errArguments
	}
	name := d.str(args[1])
	return fixedZone(name, offset), name != "", nil
}

// fixedZone is time.FixedZone, whose locations without a name are one for each
// offset: those of Python are objects of their own.
func fixedZone(name string, offset int) *time.Location {
	loc := *time.FixedZone(name, offset)
	return &loc
}

// timeText returns the text of a time.Time: RFC 3339, without a zone if it is
// naive.
func timeText(t time.Time) ([]byte, error) {
	if IsNaive(t) {
		return t.AppendFormat(nil, "2006-01-02T15:04:05.999999999"), nil
	}
	return t.MarshalText()
}

// errTimedelta is why a timedelta is no number.
var errTimedelta = errors.New("a timedelta fits a time.Duration, but no other number: it has no unit")

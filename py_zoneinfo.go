package pickle

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-pickle/pickle/vm"
)

// The module zoneinfo, and what time zones are otherwise.
//
// A zoneinfo.ZoneInfo is a *time.Location that time.LoadLocation returns for
// its key, one for each key, as in Python. A datetime in such a zone has a
// fold, by which Python knows the second of two times that a clock shows when
// it is put back. Go's time.Time is an instant and needs none: fold is where
// decoding looks which instant is meant, and what encoding computes.

var globalZoneInfo = extensionGlobal("zoneinfo", "ZoneInfo")

var (
	errNoZone    = errors.New("the time zone is not known here")
	errNotZone   = errors.New("what it has for a time zone is neither a datetime.timezone nor a zoneinfo.ZoneInfo")
	errZoneName  = errors.New("the location has no name by which zoneinfo.ZoneInfo could find it")
	errLocalZone = errors.New("time.Local has no name that other machines understand")
)

func registerZoneinfo() {
	standardCall[*time.Location]("zoneinfo:ZoneInfo._unpickle", makeZoneInfo)
}

// makeZoneInfo makes ZoneInfo._unpickle(key, from_cache). A zone that was not
// to be cached is another object each time; a Go location would not tell.
func makeZoneInfo(d *decoder, in *vm.Instance, args []vm.Node) (any, bool, error) {
	if !d.bare(in) || len(args) != 2 || args[1].Kind() != vm.KindInt && args[1].Kind() != vm.KindBool {
		return nil, false, errArguments
	}
	key, ok := d.isText(args[0])
	if !ok {
		return nil, false, errArguments
	}
	loc := loadZone(key)
	if loc == nil {
		return nil, false, errNoZone
	}
	return loc, args[1].Int() == 1, nil
}

// Loaded zones, by key, and the keys of those. Pickles decide which ones there
// are, and one zone can have many names where it is the name of a file.
var (
	zones    sync.Map // string → *time.Location
	zoneKeys sync.Map // *time.Location → string
	zoneLen  atomic.Int32
)

const (
	mostZones   = 2000
	mostZoneKey = 100 // bytes
)

// loadZone returns the zone that Python finds by a key; nil if Go does not
// find it.
func loadZone(key string) *time.Location {
	if loc, ok := zones.Load(key); ok {
		return loc.(*time.Location)
	}
	if key == "" || key == "Local" || len(key) > mostZoneKey || zoneLen.Load() >= mostZones {
		return nil
	}
	loc, err := time.LoadLocation(key)
	if err != nil {
		return nil
	}
	if loc == time.UTC {
		loc = time.FixedZone(key, 0) // time.UTC is datetime.timezone.utc
	}
	key = strings.Clone(key)
	if old, ok := zones.LoadOrStore(key, loc); ok {
		return old.(*time.Location)
	}
	zoneLen.Add(1)
	zoneKeys.Store(loc, key)
	return loc
}

// zone is what a location is in Python.
type zone struct {
	kind   zoneKind
	name   string // the key, or the name of a fixed zone
	offset int    // of a fixed zone, in seconds
}

type zoneKind uint8

const (
	zoneNaive zoneKind = iota
	zoneFixed          // datetime.timezone
	zoneKeyed          // zoneinfo.ZoneInfo
	zoneLocal
)

// zoneOf returns what loc is in Python. Go does not tell a location that was
// loaded from one that time.FixedZone made; but the latter has one offset for
// all times, whose abbreviation is its name.
func zoneOf(loc *time.Location) zone {
	switch loc {
	case Naive, NaiveFold:
		return zone{kind: zoneNaive}
	case time.UTC:
		return zone{kind: zoneFixed}
	case time.Local:
		return zone{kind: zoneLocal}
	}
	if key, ok := zoneKeys.Load(loc); ok {
		return zone{kind: zoneKeyed, name: key.(string)}
	}
	t := time.Unix(0, 0).In(loc)
	name, offset := t.Zone()
	if start, end := t.ZoneBounds(); start.IsZero() && end.IsZero() && name == loc.String() {
		return zone{zoneFixed, name, offset}
	}
	if loc.String() == "Local" {
		return zone{kind: zoneLocal}
	}
	return zone{kind: zoneKeyed, name: loc.String()}
}

// zoneSpan is a stretch of time in which a zone has one offset, and in which no
// time that a clock shows comes twice. The times of one pickle are mostly in
// one.
type zoneSpan struct {
	loc         *time.Location
	zone        zone
	from, until int64 // Unix time
	offset      int64 // seconds
}

// foldMargin is more than any two offsets of a zone differ, in seconds.
const foldMargin = 27 * 3600

// enter makes s be about loc.
func (s *zoneSpan) enter(loc *time.Location) {
	if s.loc != loc {
		*s = zoneSpan{loc: loc, zone: zoneOf(loc)}
		if s.zone.kind == zoneFixed {
			s.from, s.until, s.offset = math.MinInt64, math.MaxInt64, int64(s.zone.offset)
		}
	}
}

// in is enter for a span that is used once.
func (s *zoneSpan) in(loc *time.Location) *zoneSpan {
	s.enter(loc)
	return s
}

// has reports whether the Unix time u is in the span.
func (s *zoneSpan) has(u int64) bool { return s.from <= u && u < s.until }

// move makes s the span around u, which may be near its ends.
func (s *zoneSpan) move(u int64) (start, end time.Time) {
	t := time.Unix(u, 0).In(s.loc)
	start, end = t.ZoneBounds()
	s.offset = offsetAt(s.loc, u)
	s.from, s.until = math.MinInt64, math.MaxInt64
	if !start.IsZero() {
		s.from = start.Unix() + foldMargin
	}
	if !end.IsZero() {
		s.until = end.Unix() - foldMargin
	}
	return start, end
}

func offsetAt(loc *time.Location, u int64) int64 {
	_, offset := time.Unix(u, 0).In(loc).Zone()
	return int64(offset)
}

// clock returns what a clock in the zone shows at the Unix time u, as the Unix
// time at which one in UTC shows that, and whether it shows it for the second
// time.
func (s *zoneSpan) clock(u int64) (local int64, fold bool) {
	if !s.has(u) {
		if start, _ := s.move(u); !start.IsZero() {
			from := start.Unix()
			back := offsetAt(s.loc, from-1) - s.offset // the clock was put back so far
			fold = u-from < back
		}
	}
	return u + s.offset, fold
}

// instant returns the Unix time at which a clock in the zone shows local, the
// second one if fold is true. It is not exact where there is none, and then
// what Python computes, and where fold has no meaning.
func (s *zoneSpan) instant(local int64, fold bool) (u int64, exact bool) {
	if u = local - s.offset; s.has(u) {
		return u, !fold
	}
	start, end := s.move(local - offsetAt(s.loc, local))
	before, at, after := s.offset, s.offset, s.offset
	if !start.IsZero() {
		before = offsetAt(s.loc, start.Unix()-1)
	}
	if !end.IsZero() {
		after = offsetAt(s.loc, end.Unix())
	}
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, offset := range [...]int64{before, at, after} {
		if u := local - offset; offsetAt(s.loc, u) == offset {
			first, last = min(first, u), max(last, u)
		}
	}
	switch {
	case first > last:
	case fold:
		return last, first < last
	default:
		return first, true
	}
	return s.skipped(local, fold, start, end, before, at, after), false
}

// skipped is instant for what no clock shows, because it is put forward: Python
// reckons with the offset before that, or after that if fold is true.
func (s *zoneSpan) skipped(local int64, fold bool, start, end time.Time, before, at, after int64) int64 {
	low, high := before, at
	if !end.IsZero() && local >= end.Unix()+at && local < end.Unix()+after || start.IsZero() {
		low, high = at, after
	}
	if fold {
		return local - high
	}
	return local - low
}

// saveZone writes a time zone as an object of its own. The locations that have
// one name are one zoneinfo.ZoneInfo, as in Python.
func (e *encoder) saveZone(loc *time.Location) error {
	if e.o.persistentID != nil {
		if done, err := e.persistent(loc, reflect.TypeFor[*time.Location]()); done || err != nil {
			return err
		}
	}
	z := e.zoneOf(loc)
	if z.kind == zoneKeyed {
		if first, ok := e.zones[z.name]; ok {
			loc = first
		} else if e.zones == nil {
			e.zones = map[string]*time.Location{z.name: loc}
		} else {
			e.zones[z.name] = loc
		}
	}
	id := pointerIdentity(reflect.ValueOf(loc), tagZone)
	if e.recall(id) {
		return nil
	}
	e.keep = append(e.keep, loc)
	return e.newZone(z, id)
}

var tagZone = typeTag(reflect.TypeFor[time.Location]())

func (e *encoder) zoneOf(loc *time.Location) zone {
	e.span.enter(loc)
	return e.span.zone
}

// newZone writes a zone that is not in the memo.
func (e *encoder) newZone(z zone, id identity) error {
	var err error
	switch z.kind {
	case zoneNaive:
		e.w.None()
		return nil
	case zoneLocal:
		return errLocalZone
	case zoneFixed:
		err = e.timezone(z)
	case zoneKeyed:
		err = e.zoneInfo(z)
	}
	if err == nil {
		e.memoize(id)
	}
	return err
}

// zoneInfo writes getattr(ZoneInfo, '_unpickle')(key, 1).
func (e *encoder) zoneInfo(z zone) error {
	if z.name == "" {
		return errZoneName
	}
	if err := e.ownGlobal(globalGetattr); err != nil {
		return err
	}
	e.w.Boundary()
	e.w.BeginTuple(2)
	if err := e.ownGlobal(globalZoneInfo); err != nil {
		return err
	}
	if err := e.temporary("_unpickle"); err != nil {
		return err
	}
	e.endCall(2)
	e.memoize(identity{})
	e.w.Boundary()
	e.w.BeginTuple(2)
	if err := e.name(z.name); err != nil {
		return err
	}
	e.w.Boundary()
	e.w.Int(1)
	e.endCall(2)
	return nil
}

// endCall writes the end of a tuple of n arguments, and the call.
func (e *encoder) endCall(n int) {
	e.w.EndTuple(n)
	e.memoize(identity{})
	e.w.Op(vm.OpReduce)
}

// timezone writes datetime.timezone(offset[, name]).
func (e *encoder) timezone(z zone) error {
	if z.offset <= -24*3600 || z.offset >= 24*3600 {
		return fmt.Errorf("the offset of the time zone is %d seconds; in Python it is less than a day", z.offset)
	}
	if err := e.ownGlobal(globalTimezone); err != nil {
		return err
	}
	n := 1
	if z.name != "" {
		n = 2
	}
	e.w.Boundary()
	e.w.BeginTuple(n)
	e.w.Boundary()
	if err := e.timedelta(time.Duration(z.offset)*time.Second, identity{}); err != nil {
		return err
	}
	if n == 2 {
		if err := e.name(z.name); err != nil {
			return err
		}
	}
	e.endCall(n)
	return nil
}

// writeLocation writes a *time.Location.
func writeLocation(e *encoder, v reflect.Value, _ identity) error {
	loc := e.addressable(v).Addr().Interface().(*time.Location)
	if err := e.saveZone(loc); err != nil {
		return placedError(v.Type(), err)
	}
	return nil
}

// placedError is fail, unless err says already what could not be written.
func placedError(t reflect.Type, err error) error {
	switch err.(type) {
	case *placed, *MarshalError:
		return err
	}
	return fail(t, err)
}

// zoneRepr is the repr of the time zone of t, or of None.
func zoneRepr(loc *time.Location, t time.Time) any {
	z := zoneOf(loc)
	switch {
	case loc == time.UTC:
		return Global{"datetime", "timezone.utc"}
	case z.kind == zoneNaive:
		return nil
	case z.kind == zoneKeyed:
		return zoneCall{call{name: "zoneinfo.ZoneInfo", named: []namedValue{{"key", z.name}}}}
	case z.kind == zoneLocal:
		z.name, z.offset = t.Zone()
	}
	c := call{name: "datetime.timezone", args: []any{time.Duration(z.offset) * time.Second}}
	if z.name != "" {
		c.args = append(c.args, z.name)
	}
	return zoneCall{c}
}

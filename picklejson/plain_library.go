package picklejson

import (
	"fmt"
	"math/big"
	"net/netip"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-pickle/pickle"
)

// library writes the types of Python's library.
func (p *plain) library(v any) error {
	switch v := v.(type) {
	case *pickle.OrderedDict:
		return p.dict(&v.Dict)
	case *pickle.DefaultDict:
		return p.dict(&v.Dict)
	case *pickle.Counter:
		return p.dict(&v.Dict)
	case *pickle.UserDict:
		return p.dict(v.Data)
	case *pickle.SimpleNamespace:
		return p.dict(v.Attrs)
	case *pickle.Deque:
		return p.list(v.Items)
	case *pickle.UserList:
		return p.list(v.Data)
	case *pickle.ChainMap:
		return p.list(v.Maps)
	case *pickle.UserString:
		p.string(textOf(v.Data))
		return p.check(v)
	case *pickle.Array:
		return p.array(v)
	}
	if text, ok := libraryText(v); ok {
		p.string(textOf(text))
		return p.check(v)
	}
	switch v.(type) {
	case pickle.Global, pickle.Extension, pickle.Ellipsis, pickle.NotImplemented, pickle.Range, pickle.Slice, pickle.Pattern,
		*pickle.Partial, *pickle.ItemGetter, *pickle.AttrGetter, *pickle.MethodCaller, *pickle.Random:
		text := pickle.Repr(v)
		p.spent += int64(len(text)) // it may repeat what it contains
		p.string(textOf(text))
		if p.spent > p.o.maxExpansion {
			return fail(v, &pickle.LimitError{Limit: "expansion of shared values", Max: p.o.maxExpansion})
		}
		return p.check(v)
	}
	return fail(v, errType)
}

// array writes the numbers or the text of an array.array.
func (p *plain) array(a *pickle.Array) error {
	switch data := a.Data.(type) {
	case string:
		p.string(textOf(data))
		return p.check(a)
	case []byte:
		if a.Typecode == 'c' {
			p.string(textOf(string(data)))
			return p.check(a)
		}
	}
	v := reflect.ValueOf(a.Data)
	p.open('[')
	for i := range v.Len() {
		switch x := v.Index(i); {
		case x.CanInt():
			p.int(x.Int())
		case x.CanUint():
			p.raw(strconv.FormatUint(x.Uint(), 10))
		default:
			p.number(x.Float())
		}
		if err := p.check(a); err != nil {
			return err
		}
	}
	p.close(']')
	return nil
}

// libraryText returns the text of what is a string in plain JSON.
func libraryText(v any) (string, bool) {
	switch v := v.(type) {
	case time.Time:
		return isoTime(v), true
	case time.Duration:
		return durationText(v), true
	case *time.Location:
		return zoneText(v), true
	case pickle.Date, pickle.TimeOfDay, pickle.Decimal, pickle.UUID, pickle.Path, pickle.IPInterface, netip.Addr, netip.Prefix:
		return v.(fmt.Stringer).String(), true
	case *big.Rat:
		return v.RatString(), true
	case complex128:
		return pickle.Repr(v), true
	case *pickle.SplitResult:
		return v.GetURL(), true
	case *pickle.ParseResult:
		return v.GetURL(), true
	case *url.URL:
		return v.String(), true
	case *pickle.Exception:
		return v.Error(), true
	}
	return "", false
}

// zoneText is str() of a time zone: its name, or "UTC+02:00".
func zoneText(l *time.Location) string {
	if name := l.String(); name != "" {
		return name
	}
	layout := "UTC-07:00"
	t := time.Unix(0, 0).In(l)
	if _, offset := t.Zone(); offset%60 != 0 {
		layout = "UTC-07:00:00"
	}
	return t.Format(layout)
}

// isoTime is isoformat() of a datetime.
func isoTime(t time.Time) string {
	layout := "2006-01-02T15:04:05"
	if t.Nanosecond() != 0 {
		layout += ".000000"
	}
	if !pickle.IsNaive(t) {
		if _, offset := t.Zone(); offset%60 != 0 {
			layout += "-07:00:00"
		} else {
			layout += "-07:00"
		}
	}
	return t.Format(layout)
}

// durationText is str() of a timedelta: "1 day, 2:03:04.000005".
func durationText(d time.Duration) string {
	const day = 24 * time.Hour
	days := d / day
	if d %= day; d < 0 {
		d += day
		days--
	}
	var b strings.Builder
	if days != 0 {
		fmt.Fprintf(&b, "%d day", days)
		if days != 1 && days != -1 {
			b.WriteByte('s')
		}
		b.WriteString(", ")
	}
	fmt.Fprintf(&b, "%d:%02d:%02d", d/time.Hour, d/time.Minute%60, d/time.Second%60)
	if micro := d % time.Second / time.Microsecond; micro != 0 {
		fmt.Fprintf(&b, ".%06d", micro)
	}
	return b.String()
}

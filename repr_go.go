package pickle

import (
	"fmt"
	"iter"
	"math/big"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/go-pickle/pickle/internal/pyrepr"
)

// goLeaf is leaf for Go values that decoding does not make by itself.
func (p *printer) goLeaf(v any) bool {
	switch v := v.(type) {
	case netip.Addr, netip.Prefix, IPInterface:
		if reflect.ValueOf(v).IsZero() {
			p.write("None")
			return true
		}
		return false
	case *url.URL:
		if v == nil {
			p.write("None")
			return true
		}
		return p.goLeaf(*v)
	case url.URL:
		p.text(v.String())
		return true
	case caller, time.Time, time.Duration, *big.Rat:
		return false
	case verbatim:
		p.write(string(v))
		return true
	case big.Int:
		p.bigInt(&v)
		return true
	case *time.Location:
		p.location(v)
		return true
	}
	rv := reflect.ValueOf(v)
	switch k := rv.Kind(); {
	case k == reflect.Bool:
		p.bool(rv.Bool())
	case rv.CanInt():
		p.write(strconv.FormatInt(rv.Int(), 10))
	case rv.CanUint():
		p.write(strconv.FormatUint(rv.Uint(), 10))
	case rv.CanFloat():
		p.write(string(pyrepr.AppendFloat(nil, rv.Float(), true)))
	case rv.CanComplex():
		p.complex(rv.Complex())
	case k == reflect.String:
		p.text(rv.String())
	case (k == reflect.Pointer || k == reflect.Slice || k == reflect.Map) && rv.IsNil():
		p.write("None")
	case k == reflect.Pointer && !isStruct(rv.Elem()):
		return p.leaf(pointee(rv))
	case (k == reflect.Slice || k == reflect.Array) && rv.Type().Elem().Kind() == reflect.Uint8:
		if k == reflect.Array {
			rv = addressable(rv)
		}
		p.write("b")
		literal(p, rv.Bytes(), false)
	case k == reflect.Chan || k == reflect.Func || k == reflect.UnsafePointer:
		p.write("<" + rv.Type().String() + ">")
	default:
		return p.stringer(v, rv.Type())
	}
	return true
}

func isStruct(v reflect.Value) bool { return v.Kind() == reflect.Struct }

// pointee follows a pointer, and interfaces, to what is neither a pointer nor a
// struct, or is too far away.
func pointee(v reflect.Value) any {
	for range 10 {
		for v.Kind() == reflect.Interface && !v.IsNil() {
			v = v.Elem()
		}
		if v.Kind() != reflect.Pointer || isStruct(v.Elem()) || v.IsNil() {
			return v.Interface()
		}
		v = v.Elem()
	}
	return Global{Name: "<" + v.Type().String() + ">"}
}

// location prints a time zone.
func (p *printer) location(loc *time.Location) {
	if loc == nil || isNaive(loc) {
		p.write("None")
		return
	}
	p.value(zoneRepr(loc, time.Now()))
}

// stringer prints a struct that keeps its fields to itself, but has a String
// method.
func (p *printer) stringer(v any, t reflect.Type) bool {
	s, ok := v.(fmt.Stringer)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if !ok || t.Kind() != reflect.Struct || t.PkgPath() == thisPackage || len(exportedFields(t)) > 0 {
		return false
	}
	p.write(fmt.Sprint(s)) // which recovers panics
	return true
}

// thisPackage is the package whose String methods call Repr.
var thisPackage = reflect.TypeFor[Dict]().PkgPath()

func exportedFields(t reflect.Type) []reflect.StructField {
	return slices.DeleteFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool {
		return !f.IsExported() || len(f.Index) > 1
	})
}

// goLayout is layout for the same values.
func (p *printer) goLayout(v any) layout {
	switch v := v.(type) {
	case *big.Rat:
		return callLayout(call{name: "Fraction", args: []any{v.Num(), v.Denom()}})
	case netip.Addr:
		return callLayout(ipCall(v, "Address", v))
	case netip.Prefix:
		return callLayout(prefixCall(v))
	case time.Duration:
		return callLayout(timedelta(v))
	case time.Time:
		return callLayout(datetime(v))
	}
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.Pointer:
		if isStruct(rv.Elem()) {
			l := structLayout(rv.Elem())
			l.id = ident{at: v}
			return l
		}
		return p.layout(pointee(rv))
	case reflect.Struct:
		return structLayout(rv)
	case reflect.Map:
		return mapLayout(rv)
	}
	l := layout{open: "[", close: "]", again: "[...]", size: rv.Len(), items: func(yield func(item) bool) {
		for i := range rv.Len() {
			if !yield(item{value: rv.Index(i).Interface()}) {
				return
			}
		}
	}}
	if rv.Kind() == reflect.Slice && l.size > 0 {
		l.id = ident{rv.UnsafePointer(), l.size, notPy}
	}
	return l
}

func structLayout(v reflect.Value) layout {
	name, fields := "struct", exportedFields(v.Type())
	if v.Type().Name() != "" {
		name = v.Type().String()
	}
	return layout{open: name + "(", close: ")", again: name + "(...)", size: len(fields), items: func(yield func(item) bool) {
		for _, f := range fields {
			if !yield(item{kind: namedItem, name: f.Name, value: v.FieldByIndex(f.Index).Interface()}) {
				return
			}
		}
	}}
}

// mapLayout prints a map[T]struct{} like a set, and other maps like dicts.
func mapLayout(v reflect.Value) layout {
	id := ident{at: v.UnsafePointer(), k: notPy}
	if e := v.Type().Elem(); e.Kind() == reflect.Struct && e.NumField() == 0 {
		l := setLayout("set", id, nil)
		if l.size = v.Len(); l.size > 0 {
			l.open, l.close = "{", "}"
		}
		l.items = func(yield func(item) bool) {
			for key := range sortedMap(v) {
				if !yield(item{value: key}) {
					return
				}
			}
		}
		return l
	}
	return dictLayout(id, v.Len(), sortedMap(v))
}

// sortedMap yields the keys and values of a map in the order in which they are
// written.
func sortedMap(m reflect.Value) iter.Seq2[any, any] {
	return func(yield func(any, any) bool) {
		items := make([]mapItem, 0, m.Len())
		for it := m.MapRange(); it.Next(); {
			items = append(items, mapItem{it.Key(), it.Value()})
		}
		sortItems(items)
		for _, it := range items {
			if !yield(it.key.Interface(), it.value.Interface()) {
				return
			}
		}
	}
}

// timedelta is the repr of a datetime.timedelta.
func timedelta(d time.Duration) call {
	c := call{name: "datetime.timedelta"}
	days, seconds, micros := splitDuration(d)
	for _, part := range []namedValue{{"days", days}, {"seconds", seconds}, {"microseconds", micros}} {
		if part.value != int64(0) {
			c.named = append(c.named, part)
		}
	}
	if c.named == nil {
		c.args = []any{int64(0)}
	}
	return c
}

// datetime is the repr of a datetime.datetime.
func datetime(t time.Time) call {
	c := call{name: "datetime.datetime"}
	parts := []int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond() / 1000}
	if parts[6] == 0 {
		parts = parts[:6]
		if parts[5] == 0 {
			parts = parts[:5]
		}
	}
	for _, n := range parts {
		c.args = append(c.args, int64(n))
	}
	loc := t.Location()
	_, fold := new(zoneSpan).in(loc).clock(t.Unix())
	if fold || loc == NaiveFold {
		c.named = append(c.named, namedValue{"fold", int64(1)})
	}
	if !isNaive(loc) {
		c.named = append(c.named, namedValue{"tzinfo", zoneRepr(loc, t)})
	}
	return c
}

// zoneCall is a call that is part of another one.
type zoneCall struct{ c call }

func (z zoneCall) call() call { return z.c }

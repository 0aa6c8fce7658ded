package fuzz

import (
	"math/big"
	"net/netip"
	"slices"
	"time"

	"github.com/go-pickle/pickle"
)

// The part of the graphs that is no built-in type: values and containers of
// Python's library, and instances of registered classes.

// The registered classes.
type (
	node struct {
		Name string
		Next *node
		Rest any
		List []any
	}
	slots          struct{ X, Y any }
	couple         struct{ First, Second any }
	subclassOfList struct {
		Items []any `pickle:",base"`
		Label string
	}
	subclassOfDict map[string]any
	subclassOfText string
	level          int
)

// graphClasses is the registry that knows them.
var graphClasses = func() *pickle.Registry {
	r := pickle.NewRegistry()
	for _, c := range []struct {
		name  string
		value any
		opts  []pickle.ClassOption
	}{
		{"g.Node", node{}, nil},
		{"g.Slots", slots{}, []pickle.ClassOption{pickle.Slots()}},
		{"g.Couple", couple{}, []pickle.ClassOption{pickle.NamedTuple()}},
		{"g.List", subclassOfList{}, nil},
		{"g:Outer.Dict", subclassOfDict{}, nil},
		{"g.Text", subclassOfText(""), nil},
		{"g.Level", level(0), []pickle.ClassOption{pickle.Enum()}},
	} {
		if err := r.Register(c.name, c.value, c.opts...); err != nil {
			panic(err)
		}
	}
	return r
}()

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// berlin has a day with an hour that comes twice.
var berlin = must(time.LoadLocation("Europe/Berlin"))

// libraryScalars are leaves of types of Python's library, and of registered classes.
var libraryScalars = []any{
	time.Date(2024, 2, 29, 13, 14, 15, 16000, pickle.Naive),
	time.Date(1, 1, 1, 0, 0, 0, 0, pickle.Naive),
	time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
	time.Date(2024, 2, 29, 13, 14, 15, 0, time.FixedZone("", 5*3600+1800)),
	time.Date(2024, 2, 29, 13, 14, 15, 0, time.FixedZone("EST", -5*3600)),
	time.Date(2024, 7, 1, 12, 0, 0, 0, berlin),
	time.Duration(0), -time.Microsecond, 36*time.Hour + 5*time.Microsecond,
	time.UTC, time.FixedZone("CET", 3600),
	pickle.Date{Year: 1, Month: 1, Day: 1}, pickle.Date{Year: 2024, Month: 2, Day: 29},
	pickle.TimeOfDay{}, pickle.TimeOfDay{Hour: 23, Minute: 59, Second: 59, Microsecond: 999999, Location: time.UTC},
	must(pickle.ParseDecimal("-0.00")), must(pickle.ParseDecimal("1E+5")), must(pickle.ParseDecimal("49.90")),
	must(pickle.ParseDecimal("NaN")), must(pickle.ParseDecimal("-Infinity")), must(pickle.ParseDecimal("1E-7")),
	big.NewRat(-22, 7), new(big.Rat),
	pickle.UUID{}, must(pickle.ParseUUID("12345678-1234-5678-1234-567812345678")),
	netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("fe80::1"), netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32"),
	must(pickle.ParseIPInterface("192.0.2.1/24")),
	pickle.Path{Class: pickle.PosixPath, Segments: []string{"/", "a", "b.txt"}}, pickle.Path{Class: pickle.PureWindowsPath, Segments: []string{`c:\x`}},
	pickle.Pattern{Pattern: "a.*b", Flags: 32}, pickle.Pattern{Pattern: []byte("[0-9]+")},
	pickle.ArrayOf([]float64{0, 1.5}), pickle.ArrayOf([]int32{}), pickle.ArrayOf([]uint8{1, 255}),
	&pickle.ItemGetter{Items: pickle.Tuple{int64(1)}},
	level(0), level(-3),
}

// foldScalars are times whose fold is 1, which protocols before 4 lose.
var foldScalars = []any{
	time.Date(2024, 10, 27, 2, 30, 0, 0, pickle.NaiveFold),
	time.Date(2024, 10, 27, 1, 30, 0, 0, time.UTC).In(berlin), // the second 2:30
	pickle.TimeOfDay{Hour: 2, Minute: 30, Fold: true},
}

var allScalars = slices.Concat(scalars, libraryScalars)

// leavesOf returns all leaves that a protocol can write.
func leavesOf(protocol int) []any {
	if protocol >= 4 {
		return slices.Concat(allScalars, foldScalars)
	}
	return allScalars
}

// isLeafKey reports whether v is a leaf from the library that can be a key.
func isLeafKey(v any) bool {
	switch v := v.(type) {
	case time.Time, time.Duration, pickle.Date, pickle.UUID, netip.Addr, netip.Prefix, *big.Rat, pickle.Path, level:
		return true
	case pickle.Decimal:
		return v.String() != "NaN"
	}
	return false
}

// standardContainers make containers of Python's library, of n values. Each has a
// form that is empty.
var standardContainers = []func(b *builder, n int) any{
	func(b *builder, n int) any {
		d := pickle.NewOrderedDict()
		for i, v := range b.take(n) {
			d.Set(key(i, v), v)
		}
		return d
	},
	func(b *builder, n int) any {
		d := pickle.NewDefaultDict([]any{nil, pickle.Global{Module: "builtins", Name: "list"}}[n%2])
		for i, v := range b.take(n) {
			d.Set(key(i, v), v)
		}
		return d
	},
	func(b *builder, n int) any {
		c := pickle.NewCounter()
		for i, v := range b.take(n) {
			c.Set(key(i, v), int64(i))
		}
		return c
	},
	func(b *builder, n int) any {
		d := pickle.NewDeque(b.take(n)...)
		if n%2 == 1 {
			most := 20
			d.MaxLen = &most
		}
		return d
	},
	func(b *builder, n int) any {
		c := pickle.NewChainMap(make([]any, 0, n+1)...)
		for _, v := range b.take(n) {
			c.Maps = append(c.Maps, pickle.NewDict("k", v))
		}
		return c
	},
	func(b *builder, n int) any {
		u := &pickle.UserDict{Data: pickle.NewDict()}
		for i, v := range b.take(n) {
			u.Data.Set(key(i, v), v)
		}
		return u
	},
	func(b *builder, n int) any { return &pickle.UserList{Data: b.take(n)} },
	func(b *builder, n int) any { return &pickle.UserString{Data: "text"} },
	func(b *builder, n int) any {
		s := &pickle.SimpleNamespace{Attrs: pickle.NewDict()}
		for i, v := range b.take(n) {
			s.Attrs.Set(string(rune('a'+i)), v)
		}
		return s
	},
	func(b *builder, n int) any {
		return &pickle.Exception{Class: pickle.Global{Module: "builtins", Name: "ValueError"}, Args: b.take(n)}
	},
	func(b *builder, n int) any {
		p := &pickle.Partial{Func: pickle.Global{Module: "shapes", Name: "function"}, Args: b.take(n / 2), Kwargs: pickle.NewDict()}
		if v := b.take(n % 2); len(v) > 0 {
			p.Kwargs.Set("x", v[0])
		}
		return p
	},
}

// registeredContainers make instances of registered classes.
var registeredContainers = []func(b *builder, n int) any{
	func(b *builder, n int) any { return &node{Name: "node", Rest: b.top(), List: b.take(n)} },
	func(b *builder, n int) any { return &node{} },
	func(b *builder, n int) any { return &slots{X: b.top(), Y: b.take(n)} },
	func(b *builder, n int) any { return &couple{First: b.top(), Second: b.take(n)} },
	func(b *builder, n int) any { return &subclassOfList{Items: b.take(n), Label: "list"} },
	func(b *builder, n int) any {
		d := subclassOfDict{}
		for i, v := range b.take(n) {
			d[string(rune('a'+i))] = v
		}
		return &d
	},
	func(b *builder, n int) any {
		t := subclassOfText("text")
		return &t
	},
}

var libraryContainers = slices.Concat(standardContainers, registeredContainers)

// top removes the top of the stack, nil if there is none.
func (b *builder) top() any {
	if v := b.take(1); len(v) > 0 {
		return v[0]
	}
	return nil
}

// tieLibrary is tie for the containers that are no built-in types. Before protocol
// 2 the items of a subclass are an argument, which cannot have the instance in it.
func (b *builder) tieLibrary(outer, inner any) {
	switch outer := outer.(type) {
	case *pickle.OrderedDict:
		outer.Set("knot", inner)
	case *pickle.DefaultDict:
		outer.Set("knot", inner)
	case *pickle.Deque:
		if outer.MaxLen == nil {
			outer.Items = append(outer.Items, inner)
		}
	case *pickle.ChainMap:
		outer.Maps = append(outer.Maps, inner)
	case *pickle.UserDict:
		outer.Data.Set("knot", inner)
	case *pickle.UserList:
		if len(outer.Data) > 0 {
			outer.Data[0] = inner
		}
	case *pickle.SimpleNamespace:
		outer.Attrs = pickle.NewDict("knot", inner)
	case *pickle.Exception:
		outer.Attrs = pickle.NewDict("knot", inner)
	case *pickle.Partial:
		outer.Attrs = pickle.NewDict("knot", inner)
	case *node:
		if n, ok := inner.(*node); ok {
			outer.Next = n
		} else {
			outer.Rest = inner
		}
	case *slots:
		outer.X = inner
	case *subclassOfList:
		if b.protocol >= 2 {
			outer.Items = append(outer.Items, inner)
		}
	case *subclassOfDict:
		if b.protocol >= 2 {
			(*outer)["knot"] = inner
		}
	}
}

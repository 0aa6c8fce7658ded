package pickle_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
)

type (
	animal interface{ Sound() string }
	dog    struct { // with a pointer receiver
		Name string `pickle:"name"`
	}
	cat struct { // with a value receiver
		Lives int `pickle:"lives"`
	}
	pack  []dog  // a list in Python
	robot string // a member of an enum
	stone struct{}
	zoo   struct {
		Star animal            `pickle:"star"`
		All  []animal          `pickle:"all"`
		By   map[string]animal `pickle:"by"`
		None animal            `pickle:"none"`
		Two  [2]animal         `pickle:"two"`
	}
)

func (d *dog) Sound() string  { return d.Name + " barks" }
func (c cat) Sound() string   { return fmt.Sprint(c.Lives, " lives meow") }
func (p pack) Sound() string  { return fmt.Sprint(len(p), " bark") }
func (r robot) Sound() string { return string(r) + " beeps" }

func animals(t *testing.T) *pickle.Registry {
	t.Helper()
	r := pickle.NewRegistry()
	register(t, r.Register("zoo.Dog", dog{}))
	register(t, r.Register("zoo.Cat", cat{}))
	register(t, r.Register("zoo.Pack", pack{}))
	register(t, r.Register("zoo.Robot", robot(""), pickle.Enum()))
	register(t, r.Register("zoo.Stone", stone{}))
	register(t, r.RegisterFunc("zoo.adopt", func(name string) (animal, error) {
		if name == "" {
			return nil, errors.New("it has no name")
		}
		return &dog{name}, nil
	}))
	register(t, r.RegisterFunc("zoo.spare", func() cat { return cat{9} }))
	register(t, r.RegisterFunc("zoo.nobody", func() animal { return nil }))
	return r
}

func call(module, name string, args ...any) *pickle.Object {
	return &pickle.Object{Class: pickle.Global{Module: module, Name: name}, Args: args}
}

// sounds lists the types of animals and what they say.
func sounds(all []animal) string {
	var list []string
	for _, a := range all {
		if a == nil {
			list = append(list, "nothing")
			continue
		}
		list = append(list, fmt.Sprintf("%T %s", a, a.Sound()))
	}
	return strings.Join(list, ", ")
}

// TestInterfaces: an element of an interface takes the type that the class
// names, wherever the interface is.
func TestInterfaces(t *testing.T) {
	r := pickle.WithRegistry(animals(t))
	rex := &dog{"Rex"}
	data, err := pickle.Marshal(map[string]any{
		"star": rex,
		"all":  []any{rex, cat{7}, &cat{8}, pack{{"a"}, {"b"}}, robot("R2"), call("zoo", "adopt", "Fido"), call("zoo", "spare"), nil, call("zoo", "nobody")},
		"by":   map[string]any{"x": cat{1}, "y": rex, "z": nil},
		"none": nil,
		"two":  pickle.Tuple{rex, robot("C3")},
	}, r)
	if err != nil {
		t.Fatal(err)
	}
	var z zoo
	if err := pickle.Unmarshal(data, &z, r); err != nil {
		t.Fatal(err)
	}
	want := "*pickle_test.dog Rex barks, *pickle_test.cat 7 lives meow, *pickle_test.cat 8 lives meow, *pickle_test.pack 2 bark, pickle_test.robot R2 beeps, " +
		"*pickle_test.dog Fido barks, pickle_test.cat 9 lives meow, nothing, nothing"
	if got := sounds(z.All); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if z.Star != z.All[0] || z.By["y"] != z.Star || z.Two[0] != z.Star {
		t.Error("one dog has become several")
	}
	if _, ok := z.By["z"]; !ok || z.By["z"] != nil || z.None != nil || z.By["x"].Sound() != "1 lives meow" || z.Two[1] != animal(robot("C3")) {
		t.Errorf("%+v", z)
	}
	again, err := pickle.Marshal(&z, r)
	if err != nil {
		t.Fatal(err)
	}
	var second zoo
	want = strings.Replace(want, "pickle_test.cat 9", "*pickle_test.cat 9", 1) // an instance now, no longer a call
	if err := pickle.Unmarshal(again, &second, r); err != nil || sounds(second.All) != want || second.Star != second.Two[0] {
		t.Errorf("%+v, %v: %s", second, err, sounds(second.All))
	}
}

// TestInterfacesThatDoNotFit: the error names the class, what it is registered
// for, and the interface; the target is as it was.
func TestInterfacesThatDoNotFit(t *testing.T) {
	r := pickle.WithRegistry(animals(t))
	for _, c := range []struct {
		value any
		want  []string
	}{
		{stone{}, []string{"zoo.Stone", "pickle_test.animal", "*pickle_test.stone does not implement it", "[1]"}},
		{call("zoo", "Unicorn"), []string{"zoo.Unicorn", "pickle_test.animal", "no type that implements it is registered", "[1]"}},
		{call("zoo", "adopt", ""), []string{"zoo.adopt", "it has no name", "[1]"}},
		{1, []string{"int", "pickle_test.animal", "int64 does not implement it"}},
		{"Rex", []string{"str", "string does not implement it"}},
		{[]any{}, []string{"list", "pickle_test.animal"}},
		{netip.MustParseAddr("::1"), []string{"ipaddress.IPv6Address", "netip.Addr does not implement it"}},
	} {
		data, err := pickle.Marshal([]any{&dog{"Rex"}, c.value}, r)
		if err != nil {
			t.Fatal(err)
		}
		target := []animal{cat{3}}
		err = pickle.Unmarshal(data, &target, r)
		if _, ok := err.(*pickle.UnmarshalTypeError); !ok || len(target) != 1 || target[0] != (cat{3}) {
			t.Errorf("%T: %v, %v", c.value, target, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%T: %v, want %q", c.value, err, want)
			}
		}
	}
}

// TestStandardInterfaces: types of the standard library go into the interfaces
// that they implement.
func TestStandardInterfaces(t *testing.T) {
	data, err := pickle.Marshal([]any{netip.MustParseAddr("::1"), netip.MustParsePrefix("10.0.0.0/8"), pickle.Path{Segments: []string{"a"}}, &pickle.SplitResult{Path: "p"}, pickle.Tuple{1}})
	if err != nil {
		t.Fatal(err)
	}
	var list []fmt.Stringer
	if err := pickle.Unmarshal(data, &list); err != nil || fmt.Sprint(list) != "[::1 10.0.0.0/8 a SplitResult(scheme='', netloc='', path='p', query='', fragment='') (1,)]" {
		t.Errorf("%v, %v", list, err)
	}
}

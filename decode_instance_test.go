package pickle_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/vm"
)

// DecUser is registered as app.User in these tests, decUserNT as a namedtuple, …
type (
	DecUser struct {
		Name string `pickle:"name"`
		Age  int    `pickle:"age"`
	}
	decUserNT   DecUser
	decUserSlot DecUser
	decUserErr  struct {
		Code int    `pickle:"code"`
		Text string `pickle:"text"`
		Note any    `pickle:"note"`
	}
	decColor     string
	decLevel     int
	decInts      []int
	decCounts    map[string]int
	decNames     map[string]struct{}
	decPairEnum  decXY
	decEmbedding struct {
		*DecUser
		decPoint
		Rest map[string]any `pickle:",unknown"`
	}
)

func classes(t *testing.T) *pickle.Registry {
	t.Helper()
	r := pickle.NewRegistry()
	for _, c := range []struct {
		name string
		v    any
		opts []pickle.ClassOption
	}{
		{"app.User", DecUser{}, []pickle.ClassOption{pickle.Alias("old.Person", "old:Outer.Person")}},
		{"app.UserNT", decUserNT{}, []pickle.ClassOption{pickle.NamedTuple()}},
		{"app.UserSlot", decUserSlot{}, []pickle.ClassOption{pickle.Slots()}},
		{"app.UserErr", decUserErr{}, []pickle.ClassOption{pickle.Arguments("code", "text")}},
		{"app.Color", decColor(""), []pickle.ClassOption{pickle.Enum()}},
		{"app.Level", decLevel(0), []pickle.ClassOption{pickle.Enum()}},
		{"app.PairEnum", decPairEnum{}, []pickle.ClassOption{pickle.Enum()}},
		{"app.Ints", decInts{}, nil}, {"app.Counts", decCounts{}, nil}, {"app.Names", decNames{}, nil},
		{"app.Hooked", decHooked{}, nil}, {"app.Stateful", decStateful{}, nil},
	} {
		if err := r.Register(c.name, c.v, c.opts...); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

const attributes = "}(Vname\nVann\nVage\nK\x21u"

// births are the shapes in which instances are born, for a class %s.
var births = []struct {
	name, pickle string
	form         vm.Form
}{
	{"NewObj", "capp\n%s\n)\x81" + attributes + "b.", vm.FormNewObj},
	{"NewObjEx", "capp\n%s\n)}\x92" + attributes + "b.", vm.FormNewObjEx},
	{"NewObjEx/Kwargs", "capp\n%s\n)" + attributes + "\x92.", vm.FormNewObjEx},
	{"Partial/Kwargs", "cfunctools\npartial\n(c__builtin__\ngetattr\n(capp\n%[1]s\nV__new__\ntRtR(c__builtin__\ngetattr\n(capp\n%[1]s\nV__new__\ntR(capp\n%[1]s\nt" +
		attributes + "Ntb)R.", vm.FormReduce},
	{"Reduce", "capp\n%s\n)R" + attributes + "b.", vm.FormReduce},
	{"Reconstructor", "ccopy_reg\n_reconstructor\n(capp\n%s\nc__builtin__\nobject\nNtR" + attributes + "b.", vm.FormReconstructor},
	{"Inst", "(iapp\n%s\n" + attributes + "b.", vm.FormInst},
	{"Obj", "(capp\n%s\no" + attributes + "b.", vm.FormObj},
	{"StackGlobal", "\x8c\x03app\x8c\x04%s\x93)\x81" + attributes + "b.", vm.FormNewObj},
	{"TwoStates", "capp\n%s\n)\x81}Vname\nVbob\nsb" + attributes + "b.", vm.FormNewObj},
	{"Slots", "capp\n%s\n)\x81N" + attributes + "\x86b.", vm.FormNewObj},
	{"DictAndSlots", "capp\n%s\n)\x81}Vname\nVann\ns}Vage\nK\x21s\x86b.", vm.FormNewObj},
	{"Setter", "capp\n%s\n)\x81q\x00capp\nset\n(h\x00" + attributes + "tR0.", vm.FormNewObj},
}

// birth is how an instance of a class, of four letters, is born.
func birth(p, class string) []byte { return fmt.Appendf(nil, p, class) }

func TestBirths(t *testing.T) {
	registry := pickle.WithRegistry(classes(t))
	want := DecUser{"ann", 33}
	for _, tt := range births {
		t.Run(tt.name, func(t *testing.T) {
			p := birth(tt.pickle, "User")
			var v any
			if err := pickle.Unmarshal(p, &v, registry); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(any(&want), v); diff != "" {
				t.Error(diff)
			}
			var u DecUser
			if err := pickle.Unmarshal(p, &u, registry); err != nil || u != want {
				t.Error(u, err)
			}
			var n interface{ isUser() }
			if err := pickle.Unmarshal(p, &n, registry); err != nil || *n.(*DecUser) != want {
				t.Error(n, err)
			}
			var mapped map[string]any
			var typeErr *pickle.UnmarshalTypeError
			if err := pickle.Unmarshal(p, &mapped, registry); !errors.As(err, &typeErr) || typeErr.Value != "instance of app.User" && tt.name != "Partial/Kwargs" {
				t.Error(mapped, err)
			}
			// Nobody has registered the class.
			var w struct {
				Name *string `pickle:"name"`
				Age  uint8   `pickle:"age"`
			}
			if err := pickle.Unmarshal(p, &w); err != nil || *w.Name != "ann" || w.Age != 33 {
				t.Error(w, err)
			}
			o := decode[*pickle.Object](t, string(p))
			if o.Form != tt.form {
				t.Error(o.Form)
			}
			again, err := pickle.Marshal(o, pickle.Protocol(4))
			if err != nil {
				t.Fatal(err)
			}
			if o2 := decode[*pickle.Object](t, string(again)); !pickle.Equal(o, o2) {
				t.Errorf("%v, %v", o, o2)
			}
			var e *pickle.GlobalError
			for _, into := range []any{new(any), new(DecUser), new(*pickle.Object), new(map[string]any)} {
				if err := pickle.Unmarshal(p, into, pickle.DisallowUnknownClasses(true)); !errors.As(err, &e) || e.Name != "User" {
					t.Errorf("%T: %v", into, err)
				}
			}
		})
	}
}

// TestLastStateIsNone: the last of several states is not lost where it is None.
func TestLastStateIsNone(t *testing.T) {
	o := decode[*pickle.Object](t, "cm\nC\n)\x81}bNb.")
	data, err := pickle.Marshal(o, pickle.Protocol(2))
	if err != nil {
		t.Fatal(err)
	}
	if again := decode[*pickle.Object](t, string(data)); len(again.Earlier) != 1 || !pickle.Equal(o, again) {
		t.Errorf("%v became %v: %q", o, again, data)
	}
}

func (u *DecUser) isUser() {}

// TestBirthIntoMap: an instance that has nothing but attributes is a dict of
// these, in whatever state they come.
func TestBirthIntoMap(t *testing.T) {
	for _, tt := range births {
		if tt.form == vm.FormNewObjEx && tt.name != "NewObjEx" || tt.name == "Partial/Kwargs" {
			continue
		}
		for _, opt := range []pickle.Options{nil, pickle.DisallowUnknownFields(true)} {
			m := decode[map[string]any](t, string(birth(tt.pickle, "User")), opt)
			if m["name"] != "ann" || m["age"] != int64(33) {
				t.Errorf("%s: %v", tt.name, m)
			}
			d := decode[*pickle.Dict](t, string(birth(tt.pickle, "User")), opt)
			if v, _ := d.Get("age"); v != int64(33) {
				t.Errorf("%s: %v", tt.name, d)
			}
		}
	}
}

func TestInstances(t *testing.T) {
	registry := pickle.WithRegistry(classes(t))
	tests := []struct {
		name, pickle string
		want         any // also its type
	}{
		{"Alias", "cold\nPerson\n)\x81" + attributes + "b.", &DecUser{"ann", 33}},
		{"Alias/Nested", "\x80\x04\x8c\x03old\x8c\x0cOuter.Person\x93)\x81" + attributes + "b.", &DecUser{"ann", 33}},
		{"Alias/GetAttr", "\x80\x02c__builtin__\ngetattr\n(cold\nOuter\nVPerson\ntR)\x81" + attributes + "b.", &DecUser{"ann", 33}},
		{"NamedTuple", "capp\nUserNT\n(Vann\nK\x21t\x81.", &decUserNT{"ann", 33}},
		{"NamedTuple/Value", "capp\nUserNT\n(Vann\nK\x21t\x81.", decUserNT{"ann", 33}},
		{"Slots", "capp\nUserSlot\n)\x81N" + attributes + "\x86b.", &decUserSlot{"ann", 33}},
		{"FrozenSlots", "capp\nUserSlot\n)\x81(Vann\nK\x21lb.", &decUserSlot{"ann", 33}},
		{"TupleState", "capp\nUser\n)\x81(Vann\nK\x21tb.", &DecUser{"ann", 33}},
		{"NoState", "capp\nUser\n)\x81.", &DecUser{}},
		{"NoneState", "capp\nUser\n)\x81Nb.", &DecUser{}},
		{"NewArgsRepeated", "capp\nUser\n(Vbob\nt\x81" + attributes + "b.", &DecUser{"ann", 33}},
		{"Arguments", "capp\nUserErr\n(K\x05Vbad\ntR.", &decUserErr{Code: 5, Text: "bad"}},
		{"Arguments/State", "capp\nUserErr\n(K\x05tR}Vnote\nK\x07sb.", &decUserErr{Code: 5, Note: int64(7)}},
		{"Enum", "capp\nColor\n(Vred\ntR.", decColor("red")},
		{"Enum/Pointer", "capp\nColor\n(Vred\ntR.", ref(decColor("red"))},
		{"Enum/Int", "capp\nLevel\n(K\x02tR.", decLevel(2)},
		{"Enum/Struct", "capp\nPairEnum\n((K\x02K\x03ttR.", decPairEnum{X: 2, Y: 3}},
		{"List", "capp\nInts\n)\x81(K\x01K\x02e.", &decInts{1, 2}},
		{"List/Empty", "capp\nInts\n)\x81.", decInts{}},
		{"List/Reconstructor", "ccopy_reg\n_reconstructor\n(capp\nInts\nc__builtin__\nlist\n(K\x01K\x02ltR.", &decInts{1, 2}},
		{"Dict", "capp\nCounts\n)\x81Va\nK\x01s.", &decCounts{"a": 1}},
		{"Dict/Attributes", "capp\nCounts\n)\x81Va\nK\x01s}Vx\nNsb.", decCounts{"a": 1}},
		{"Dict/Empty", "capp\nCounts\n)\x81.", decCounts{}},
		{"Set/Reduce", "capp\nNames\n((Va\nltR.", &decNames{"a": {}}},
		{"Set/AddItems", "\x80\x04capp\nNames\n)\x81(Va\n\x90.", decNames{"a": {}}},
		{"Unregistered/Tuple", "cx\nT\n(K\x01K\x02tR.", []int{1, 2}},
		{"Unregistered/TuplePositional", "cx\nT\n(K\x01K\x02t\x81.", decXY{X: 1, Y: 2}},
		{"Unregistered/TupleArray", "cx\nT\n(K\x01K\x02t\x81.", [2]int{1, 2}},
		{"Unregistered/TupleSubclass", "cx\nT\n((K\x01K\x02tt\x81.", []int{1, 2}},
		{"Unregistered/Str", "cx\nT\n(Vabc\nt\x81.", "abc"},
		{"Unregistered/StrPointer", "cx\nT\n(Vabc\nt\x81.", ref("abc")},
		{"Unregistered/Int", "cx\nT\n(K\x07t\x81.", 7},
		{"Unregistered/Float", "cx\nT\n(F0.5\ntR.", 0.5},
		{"Unregistered/Bytes", "cx\nT\n(C\x01at\x81.", []byte("a")},
		{"Unregistered/List", "cx\nT\n)\x81(K\x01K\x02e.", []int{1, 2}},
		{"Unregistered/Array", "cx\nT\n)\x81(K\x01K\x02e.", [2]int{1, 2}},
		{"Unregistered/Set", "cx\nT\n)\x81(K\x01K\x02\x90.", map[int]bool{1: true, 2: true}},
		{"Unregistered/SetOfList", "cx\nT\n((K\x01K\x02ltR.", pickle.NewSet(int64(1), int64(2))},
		{"Unregistered/SetItems", "cx\nT\n)\x81(K\x01\x90.", pickle.NewSet(int64(1))},
		{"Unregistered/Dict", "cx\nT\n)\x81K\x01K\x02s.", map[int]int{1: 2}},
		{"Unregistered/DictIntoStruct", "cx\nT\n)\x81Vname\nVann\ns}Vage\nK\x21sb.", DecUser{"ann", 33}},
		{"Unregistered/DictIntoDict", "cx\nT\n)\x81K\x01K\x02s.", pickle.NewDict(int64(1), int64(2))},
		{"Unregistered/BaseDict", "ccopy_reg\n_reconstructor\n(cx\nT\nc__builtin__\ndict\n" + attributes + "tR.", DecUser{"ann", 33}},
		{"Unregistered/BaseTuple", "ccopy_reg\n_reconstructor\n(cx\nT\nc__builtin__\ntuple\n(K\x01K\x02ttR.", decXY{X: 1, Y: 2}},
		{"Unregistered/ItemsIntoPositional", "cx\nT\n)\x81(K\x01K\x02e.", decXY{X: 1, Y: 2}},
		{"Unregistered/NothingAtAll", "cx\nT\n)\x81.", DecUser{}},
		{"Unregistered/EmptyMap", "cx\nT\n)\x81.", map[string]int{}},
		{"Unregistered/EmptySlice", "cx\nT\n)\x81.", []int{}},
		{"Embedded", "cx\nT\n)\x81}(Vname\nVann\nVX\nK\x05Vmore\nNub.", decEmbedding{DecUser: &DecUser{Name: "ann"}, decPoint: decPoint{X: 5}, Rest: map[string]any{"more": nil}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := newOf(tt.want)
			if err := pickle.Unmarshal([]byte(tt.pickle), got, registry); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, elemOf(got), compare, cmp.AllowUnexported(decXY{}, decPairEnum{}, decEmbedding{}, decPoint{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestInstancesThatDoNotFit(t *testing.T) {
	registry := pickle.WithRegistry(classes(t))
	for _, tt := range []struct {
		name, pickle string
		into         any
		opts         pickle.Options
	}{
		{"OtherType", "capp\nUser\n)\x81.", new(decUserNT), nil},
		{"OtherType/Slice", "capp\nInts\n)\x81.", new([]int), nil},
		{"OtherType/String", "capp\nColor\n(Vred\ntR.", new(string), nil},
		{"OtherType/InAnInterface", "capp\nInts\n)\x81.", new(interface{ isUser() }), nil},
		{"NoPlaceForArguments", "cx\nT\n(K\x01K\x02tR.", new(DecUser), nil},
		{"NoPlaceForItems", "cx\nT\n)\x81K\x01a.", new(DecUser), nil},
		{"NoPlaceForItems/Map", "cx\nT\n)\x81K\x01a.", new(map[string]int), nil},
		{"NoPlaceForPairs", "cx\nT\n)\x81K\x01K\x01s.", new([]int), nil},
		{"NoPlaceForState", "cx\nT\n)\x81K\x05b.", new(DecUser), nil},
		{"NoPlaceForState/Map", "cx\nT\n)\x81K\x05b.", new(map[string]any), pickle.DisallowUnknownFields(true)},
		{"NoPlaceForBase", "ccopy_reg\n_reconstructor\n(cx\nT\nc__builtin__\nint\nK\x05tR.", new(DecUser), nil},
		{"TooManyArguments", "capp\nUserErr\n(K\x05Vbad\nNNtR.", new(decUserErr), nil},
		{"WrongNumberOfItems", "cx\nT\n)\x81K\x01a.", new([2]int), nil},
		{"WrongNumberOfItems/NamedTuple", "capp\nUserNT\n(Vann\nt\x81.", new(any), nil},
		{"WrongKind", "cx\nT\n(Vabc\nt\x81.", new(int), nil},
		{"NothingForAnInt", "cx\nT\n)\x81.", new(int), nil},
		{"Itself", "cx\nT\n}Va\nNsb.", new(int), nil},
		{"UnknownField", "capp\nUser\n)\x81}Vnope\nNsb.", new(DecUser), pickle.DisallowUnknownFields(true)},
		{"UnknownField/Dict", "}Vnope\nNs.", new(DecUser), pickle.DisallowUnknownFields(true)},
		{"UnknownField/IntKey", "}K\x01Ns.", new(DecUser), pickle.DisallowUnknownFields(true)},
		{"UnknownField/ListSubclass", "cx\nT\n)\x81K\x01a}Vnope\nNsb.", new([]int), pickle.DisallowUnknownFields(true)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var e *pickle.UnmarshalTypeError
			if err := pickle.Unmarshal([]byte(tt.pickle), tt.into, registry, tt.opts); !errors.As(err, &e) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestUnknownClassInTheMiddle: what is unknown does not make the rest
// unreadable.
func TestUnknownClassInTheMiddle(t *testing.T) {
	v := decode[struct {
		Before int
		Object any
		After  string
	}](t, "}(VBefore\nK\x01VObject\ncx\nT\n(K\x01tR(K\x02e}Va\nNsbVAfter\nVend\nu.")
	o, ok := v.Object.(*pickle.Object)
	if !ok || v.Before != 1 || v.After != "end" || o.Class.Name != "T" || len(o.Args) != 1 || len(o.Items) != 1 {
		t.Errorf("%+v", v)
	}
	if a, ok := o.Attr("a"); a != nil || !ok {
		t.Error(o)
	}
}

func TestObjectCallable(t *testing.T) {
	// The result of a call is called; a persistent object is.
	o := decode[*pickle.Object](t, "cx\nf\n)R)R.")
	if inner, ok := o.Callable.(*pickle.Object); !ok || inner.Class.Name != "f" || o.Class != (pickle.Global{}) {
		t.Error(o)
	}
	o = decode[*pickle.Object](t, "Ppid\n)R.")
	if o.Callable != (pickle.PersistentRef{ID: "pid"}) {
		t.Error(o)
	}
	var e *pickle.GlobalError
	for _, p := range []string{"cx\nf\n)R)R.", "Ppid\n)R.", "\x82\x05)R.", "\x82\x05.", "cx\nf\n."} {
		if err := pickle.Unmarshal([]byte(p), new(any), pickle.DisallowUnknownClasses(true)); !errors.As(err, &e) || e.Op == "" || e.Error() == "" {
			t.Errorf("%q: %v", p, err)
		}
	}
	for _, p := range []string{"c__builtin__\nobject\n.", "c__builtin__\nset\n)R.", "c__builtin__\ncomplex\n(F1\nF1\ntR."} {
		if err := pickle.Unmarshal([]byte(p), new(any), pickle.DisallowUnknownClasses(true)); err != nil {
			t.Errorf("%q: %v", p, err)
		}
	}
}

// TestGetAttrBomb: names that are put together stay short.
func TestGetAttrBomb(t *testing.T) {
	for _, args := range []string{"Va\nt", "Va\ntq\x01"} { // CPython's own tuple, one of a method
		for _, depth := range []int{10, 100, 2000} {
			p := strings.Repeat("c__builtin__\ngetattr\n(", depth) + "cx\nC\n" + strings.Repeat(args+"R", depth) + ")R."
			var v any
			if err := pickle.Unmarshal([]byte(p), &v); err != nil {
				t.Fatal(err)
			}
			if o := v.(*pickle.Object); len(o.Class.Name) > 2000 || depth == 10 && o.Class.Name != "C"+strings.Repeat(".a", 10) {
				t.Errorf("%d: %d, %v", depth, len(o.Class.Name), o.Class)
			}
		}
	}
}

// decHooked decodes itself.
type decHooked struct {
	Kind   vm.Kind
	Class  string
	Name   string
	Friend *decHooked
	kept   pickle.Value
	calls  int
}

var errHook = errors.New("the hook does not like it")

func (h *decHooked) UnmarshalPickle(v pickle.Value) error {
	h.Kind, h.kept = v.Kind(), v
	h.calls++
	if c, ok := v.Class(); ok {
		h.Class = c.Module + "." + c.Name
	}
	switch v.Kind() {
	case vm.KindStr:
		if err := v.Decode(&h.Name); err != nil {
			return err
		}
		if h.Name == "bad" {
			return errHook
		}
		return nil
	case vm.KindInstance, vm.KindDict:
		if err := v.Get("name").Decode(&h.Name); err != nil {
			return err
		}
		if friend := v.Get("friend"); friend.Err() == nil {
			return friend.Decode(&h.Friend)
		}
	}
	return nil
}

// decStateful takes its state over.
type decStateful struct {
	State any
	calls int
}

func (s *decStateful) SetState(v pickle.Value) (err error) {
	s.calls++
	s.State, err = v.Any()
	if s.State == "bad" {
		return errHook
	}
	return err
}

func TestUnmarshaler(t *testing.T) {
	registry := pickle.WithRegistry(classes(t))
	var all []*decHooked
	p := "(capp\nHooked\n)\x81q\x00}(Vname\nVann\nVfriend\nh\x00ubVtext\nN}Vname\nVd\nsh\x00l."
	if err := pickle.Unmarshal([]byte(p), &all, registry); err != nil {
		t.Fatal(err)
	}
	ann := all[0]
	if ann.Friend != ann || all[4] != ann || ann.calls != 1 || ann.Class != "app.Hooked" {
		t.Errorf("%+v", ann)
	}
	if all[1].Name != "text" || all[2] != nil || all[3].Name != "d" {
		t.Errorf("%+v", all)
	}
	var name string
	if err := ann.kept.Get("name").Decode(&name); err != nil || name != "ann" { // long after
		t.Error(name, err)
	}
	var values []decHooked
	if err := pickle.Unmarshal([]byte("(Va\nq\x00Nh\x00l."), &values); err != nil || values[1].Kind != vm.KindNone || values[2].Name != "a" {
		t.Errorf("%+v, %v", values, err)
	}
	v := decode[any](t, "capp\nHooked\n)\x81}Vname\nVann\nsb.", registry)
	if v.(*decHooked).Name != "ann" {
		t.Error(v)
	}
}

func TestStateSetter(t *testing.T) {
	registry := pickle.WithRegistry(classes(t))
	for _, tt := range []struct {
		state string
		want  any
		calls int
	}{
		{"", nil, 0}, {"Nb", nil, 1}, {"K\x05b", int64(5), 1}, {"(K\x05tb", pickle.Tuple{int64(5)}, 1}, {"]b", []any{}, 1},
		{"}Va\nNsb", pickle.NewDict("a", nil), 1}, {"K\x01bK\x02b", int64(2), 2},
	} {
		s := decode[*decStateful](t, "capp\nStateful\n)\x81"+tt.state+".", registry)
		if !pickle.Equal(s.State, tt.want) || s.calls != tt.calls {
			t.Errorf("%q: %+v", tt.state, s)
		}
	}
	// It shares what is in it with the rest.
	v := decode[struct {
		S *decStateful
		L []any
		A any
	}](t, "}(VS\ncapp\nStateful\n)\x81]K\x01aq\x01bq\x02VL\nh\x01VA\nh\x02u.", registry)
	if &v.S.State.([]any)[0] != &v.L[0] || v.A != v.S {
		t.Errorf("%+v", v)
	}
	// A dict is no instance: it is bound to the fields.
	if s := decode[decStateful](t, "}VState\nK\x05s."); s.calls != 0 || s.State != int64(5) {
		t.Errorf("%+v", s)
	}
}

// TestHookErrors: an error of a hook says where it came from, and an error of a
// Value that a hook returns has the whole path.
func TestHookErrors(t *testing.T) {
	registry := pickle.WithRegistry(classes(t))
	for _, tt := range []struct {
		name, pickle string
		into         any
		path         string
		own          bool // errHook
	}{
		{"Own", "}Va\n(Vok\nVbad\nls.", new(map[string][]decHooked), `["a"][1]`, true},
		{"Decode", "}Va\n(Vok\n}Vname\nK\x05sls.", new(map[string][]*decHooked), `["a"][1]["name"]`, false},
		{"Missing", "(}l.", new([]decHooked), `[0]["name"]`, false},
		{"Nested", "}(Vname\nVx\nVfriend\n}Vname\nK\x05su.", new(decHooked), `["friend"]["name"]`, false},
		{"SetState", "(capp\nStateful\n)\x81Vbad\nbl.", new([]any), `[0]`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := pickle.Unmarshal([]byte(tt.pickle), tt.into, registry)
			var e *pickle.UnmarshalTypeError
			if !errors.As(err, &e) || e.Path != tt.path || errors.Is(err, errHook) != tt.own {
				t.Errorf("%v (path %q)", err, e.Path)
			}
			if !elemIsZero(tt.into) {
				t.Errorf("the target has changed: %v", tt.into)
			}
		})
	}
}

// TestHookRetries: a hook may try another type, and what failed leaves nothing
// behind.
func TestHookRetries(t *testing.T) {
	v := decode[[]either](t, "(]q\x00(K\x01Vx\neq\x01h\x00l.")
	if l, ok := v[0].v.([]any); !ok || l[1] != "x" {
		t.Errorf("%+v", v)
	}
	if l, ok := v[1].v.([]any); !ok || l[1] != "x" || &l[0] != &v[0].v.([]any)[0] {
		t.Errorf("%+v", v)
	}
}

type either struct{ v any }

func (e *either) UnmarshalPickle(v pickle.Value) error {
	var ints []int
	if err := v.Decode(&ints); err == nil {
		e.v = ints
		return nil
	}
	var l []any
	err := v.Decode(&l)
	e.v = l
	return err
}

// reusing decodes all items into one variable.
type reusing struct{ all []decPoint }

func (r *reusing) UnmarshalPickle(v pickle.Value) error {
	var p decPoint
	for _, item := range v.Get("list").All() {
		if err := item.Decode(&p); err != nil {
			return err
		}
		r.all = append(r.all, p)
	}
	p = decPoint{-1, -1}
	return nil
}

// TestHookVariables: the variables of a hook are its own.
func TestHookVariables(t *testing.T) {
	v := decode[struct {
		R reusing
		P []*decPoint
	}](t, "}(VR\n}Vlist\n(}VX\nK\x01sq\x01}VX\nK\x02sq\x02h\x01lsVP\n(h\x01h\x02lu.")
	want := []decPoint{{X: 1}, {X: 2}, {X: 1}}
	if diff := cmp.Diff(want, v.R.all); diff != "" {
		t.Error(diff)
	}
	if v.P[0].X != 1 || v.P[1].X != 2 {
		t.Error(*v.P[0], *v.P[1])
	}
}

// TestEmptyState: Python 2 gives an instance of a class derived from list a state,
// though it has no attributes.
func TestEmptyState(t *testing.T) {
	var v []int
	data := []byte("\x80\x02cm\nL\n)\x81(K\x01K\x02e}b.")
	if err := pickle.Unmarshal(data, &v, pickle.DisallowUnknownFields(true)); err != nil || len(v) != 2 {
		t.Error(v, err)
	}
	data = []byte("\x80\x02cm\nL\n)\x81(K\x01K\x02e}U\x01aK\x01sb.")
	if err := pickle.Unmarshal(data, &v, pickle.DisallowUnknownFields(true)); err == nil {
		t.Error("an attribute has been dropped")
	}
}

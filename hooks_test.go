package pickle_test

import (
	"encoding"
	"errors"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
)

var errMarshalHook = errors.New("the hook fails")

type (
	hookValue   struct{ V any }
	hookPointer struct{ V any }
	hookMap     map[string]int
	hookText    struct{ V string }
	hookTextPtr struct{ V string }
	hookReduce  struct{ R pickle.Reduction }
	hookFails   struct{}
	hookState   struct{ State any }
	hookBoth    struct{ N int }
)

func (h hookValue) MarshalPickle() (any, error)     { return h.V, nil }
func (h *hookPointer) MarshalPickle() (any, error)  { return h.V, nil }
func (h hookMap) MarshalPickle() (any, error)       { return len(h), nil }
func (h hookText) MarshalText() ([]byte, error)     { return []byte(h.V), nil }
func (h *hookTextPtr) MarshalText() ([]byte, error) { return []byte(h.V), nil }
func (h hookReduce) Reduce() (pickle.Reduction, error) {
	return h.R, nil
}
func (h hookFails) MarshalText() ([]byte, error) { return nil, errMarshalHook }
func (h hookState) GetState() (any, error) {
	if h.State == "fails" {
		return nil, errMarshalHook
	}
	return h.State, nil
}
func (h hookBoth) MarshalPickle() (any, error) { return pickle.Tuple{h.N}, nil }
func (h hookBoth) MarshalText() ([]byte, error) {
	return nil, errors.New("MarshalPickle goes first")
}

type hookFailing struct{}

func (h hookFailing) MarshalPickle() (any, error) { return nil, errMarshalHook }

type hookReduceFails struct{ N int }

func (h *hookReduceFails) Reduce() (pickle.Reduction, error) {
	return pickle.Reduction{}, errMarshalHook
}

// TestHooks: types that say what is written in their place.
func TestHooks(t *testing.T) {
	class := pickle.Global{Module: "m", Name: "C"}
	shared := &hookPointer{V: []any{1}}
	text := &hookTextPtr{"shared text"}
	var nilText encoding.TextMarshaler = (*hookTextPtr)(nil)
	for name, c := range map[string]struct {
		v    any
		want string
	}{
		"value":               {hookValue{1}, "1"},
		"pointer to value":    {&hookValue{1}, "1"},
		"pointer":             {&hookPointer{1}, "1"},
		"not addressable":     {hookPointer{1}, "1"},
		"in a map":            {map[string]hookPointer{"k": {1}}, "{'k': 1}"},
		"in an interface":     {[]any{hookPointer{2}, &hookTextPtr{"t"}, hookTextPtr{"u"}}, "[2, 't', 'u']"},
		"nil":                 {hookValue{}, "None"},
		"nil pointers":        {[]any{(*hookValue)(nil), (*hookPointer)(nil), (*hookTextPtr)(nil), (*hookReduceFails)(nil), nilText}, "[None, None, None, None, None]"},
		"nil map":             {hookMap(nil), "0"},
		"nested":              {hookValue{&hookPointer{hookText{"x"}}}, "'x'"},
		"shared":              {[]any{shared, shared}, "[[1], [1]]"},
		"shared text":         {[]any{text, text}, "['shared text', 'shared text']"},
		"through pointers":    {&shared, "[1]"},
		"key":                 {map[hookText]int{{"b"}: 1, {"a"}: 2}, "{'a': 2, 'b': 1}"},
		"key by Marshaler":    {map[hookBoth]int{{1}: 1}, "{(1,): 1}"},
		"MarshalPickle first": {hookBoth{7}, "(7,)"},
		"field":               {struct{ F hookPointer }{hookPointer{3}}, "{'F': 3}"},
		"reduce":              {hookReduce{pickle.Reduction{Callable: class}}, "m.C()"},
		"reduce with all": {hookReduce{pickle.Reduction{Callable: class, Args: pickle.Tuple{1}, State: "s", Items: []any{2}, Pairs: []pickle.Pair{{Key: "k", Value: 3}}}},
			"m.C(1, [2], {'k': 3}, state='s')"},
		"newobj":          {hookReduce{pickle.Reduction{Callable: pickle.Global{Module: "copyreg", Name: "__newobj__"}, Args: pickle.Tuple{class, 1}}}, "m.C(1)"},
		"newobj, no args": {hookReduce{pickle.Reduction{Callable: pickle.Global{Module: "copyreg", Name: "__newobj__"}}}, "copyreg.__newobj__()"},
		"callable":        {hookReduce{pickle.Reduction{Callable: &pickle.Object{Class: class, Args: pickle.Tuple{1}}, Args: pickle.Tuple{2}}}, "m.C(1)(2)"},
	} {
		t.Run(name, func(t *testing.T) {
			marshalAll(t, c.v)
			if got := pickle.Repr(roundTrip(t, c.v)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	data, err := pickle.Marshal(hookReduce{pickle.Reduction{Callable: pickle.Global{Module: "copyreg", Name: "__newobj__"}, Args: pickle.Tuple{class}}}, pickle.Protocol(2))
	if want := "\x80\x02cm\nC\nq\x00)\x81q\x01."; err != nil || string(data) != want {
		t.Errorf("%q, %v; want %q", data, err, want)
	}
	if out := roundTrip(t, []any{shared, shared}).([]any); &out[0].([]any)[0] != &out[1].([]any)[0] {
		t.Error("what one pointer stands for is not one object")
	}
}

// TestHooksFail: errors of hooks, and of what they return, say where they are.
func TestHooksFail(t *testing.T) {
	r := pickle.NewRegistry()
	if err := r.Register("m.State", hookState{}); err != nil {
		t.Fatal(err)
	}
	class := pickle.Global{Module: "m", Name: "C"}
	bad := make(chan int)
	for name, c := range map[string]struct {
		v    any
		path string
		hook bool
	}{
		"MarshalPickle":        {hookFailing{}, "[0]", true},
		"MarshalText":          {hookFails{}, "[0]", true},
		"Reduce":               {&hookReduceFails{}, "[0]", true},
		"GetState":             {hookState{"fails"}, "[0]", true},
		"result":               {hookValue{[]any{bad}}, "[0][0]", false},
		"state":                {hookState{bad}, "[0]", false},
		"text":                 {hookText{"\xff"}, "[0]", false},
		"callable":             {hookReduce{pickle.Reduction{Callable: bad}}, "[0].Callable", false},
		"no callable":          {hookReduce{pickle.Reduction{Callable: pickle.Global{}}}, "[0].Callable", false},
		"args":                 {hookReduce{pickle.Reduction{Callable: class, Args: pickle.Tuple{bad}}}, "[0].Args", false},
		"items":                {hookReduce{pickle.Reduction{Callable: class, Items: []any{bad}}}, "[0][0]", false},
		"pairs":                {hookReduce{pickle.Reduction{Callable: class, Pairs: []pickle.Pair{{Key: "k", Value: bad}}}}, `[0]["k"]`, false},
		"keys of pairs":        {hookReduce{pickle.Reduction{Callable: class, Pairs: []pickle.Pair{{Key: bad}}}}, `[0].keys()`, false},
		"unhashable pair key":  {hookReduce{pickle.Reduction{Callable: class, Pairs: []pickle.Pair{{Key: pickle.NewSet()}}}}, `[0].keys()`, false},
		"state of a reduction": {hookReduce{pickle.Reduction{Callable: class, State: bad}}, "[0]", false},
	} {
		for p := range pickle.HighestProtocol + 1 {
			_, err := pickle.Marshal([]any{c.v}, pickle.WithRegistry(r), pickle.Protocol(p))
			var e *pickle.MarshalError
			if !errors.As(err, &e) || e.Path != c.path || errors.Is(err, errMarshalHook) != c.hook {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestGetState: a state that is false in Python is not written before protocol
// 2, as CPython does, and nil never.
func TestGetState(t *testing.T) {
	r := pickle.NewRegistry()
	if err := r.Register("m.State", hookState{}); err != nil {
		t.Fatal(err)
	}
	for _, state := range []any{nil, 0, false, "", 0.0, []any{}, map[string]int{}, pickle.NewDict(), pickle.NewSet(), pickle.Tuple{}, [0]int{}, (*int)(nil)} {
		without, err := pickle.Marshal(hookState{nil}, pickle.WithRegistry(r), pickle.Protocol(1))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := pickle.Marshal(hookState{state}, pickle.WithRegistry(r), pickle.Protocol(1)); err != nil || string(got) != string(without) {
			t.Errorf("%#v: %q, %v", state, got, err)
		}
		if got, err := pickle.Marshal(hookState{state}, pickle.WithRegistry(r), pickle.Protocol(2)); err != nil || strings.HasSuffix(string(got), "b.") != (state != nil) {
			t.Errorf("%#v: %q, %v", state, got, err)
		}
	}
	for _, state := range []any{1, "x", []any{0}, tagInner{}, pickle.NewDict(1, 2)} {
		if got, err := pickle.Marshal(hookState{state}, pickle.WithRegistry(r), pickle.Protocol(0)); err != nil || !strings.HasSuffix(string(got), "b.") {
			t.Errorf("%#v: %q, %v", state, got, err)
		}
	}
}

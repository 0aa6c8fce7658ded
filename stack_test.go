package pickle

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
)

type (
	stackHook  struct{ Next *stackHook }
	stackState struct{ Next any }
	stackNode  struct {
		Next *stackNode `pickle:"next"`
	}
	stackIface interface{ stack() }
	stackWrap  struct {
		Next stackIface `pickle:"next"`
	}
	stackMap   map[string]stackMap
	stackArray [1]any
)

func (*stackWrap) stack() {}

func (h *stackHook) UnmarshalPickle(v Value) error {
	if v.Len() == 0 {
		return nil
	}
	return v.Index(0).Decode(&h.Next)
}

func (s *stackState) SetState(v Value) error { return v.Decode(&s.Next) }

// TestStackHoldsAtAnyDepth: at the largest MaxDepth there is, no way to nest
// overflows Go's stack, which would end the program.
func TestStackHoldsAtAnyDepth(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a gigabyte of stack")
	}
	const k = maxMaxDepth + 10
	r := NewRegistry()
	for _, err := range []error{
		r.RegisterFunc("m.f", func(x any) *stackState { return &stackState{x} }), r.RegisterFunc("m.v", func(x ...any) any { return x }),
		r.Register("m.S", stackState{}), r.Register("m.W", stackWrap{}), r.Register("m.N", stackNode{}), r.Register("m.A", stackArray{}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		before, after string
		targets       []any
	}{
		"Lists":     {"](", "e", []any{new(any), new([]any), new(stackHook), new([]stackArray)}},
		"Dicts":     {"}Vnext\n", "s", []any{new(any), new(stackNode), new(stackMap), new(Dict)}},
		"Functions": {"cm\nf\n(", "tR", []any{new(any), new(*stackState)}},
		"Variadic":  {"cm\nv\n(", "tR", []any{new(any)}},
		"SetState":  {"cm\nS\n)\x81", "b", []any{new(any), new(stackState)}},
		"Instances": {"cm\nW\n)\x81}Vnext\n", "sb", []any{new(any), new(stackWrap), new(stackIface)}},
		"Nodes":     {"cm\nN\n)\x81}Vnext\n", "sb", []any{new(any), new(stackNode)}},
		"Objects":   {"cm\nO\n)\x81", "b", []any{new(any), new(Object)}},
		"Args":      {"cm\nO\n(", "tR", []any{new(any), new(Object)}},
		"IDs":       {"(", "tQ", []any{new(any)}},
		"Slices":    {"c__builtin__\nslice\n(NN", "tR", []any{new(any), new(Slice)}},
		"Arrays":    {"cm\nA\n)\x81(", "e", []any{new(any)}},
		"Keys":      {"}(", "tNs", []any{new(any)}},
	} {
		p := []byte(strings.Repeat(c.before, k) + "N" + strings.Repeat(c.after, k) + ".")
		for _, target := range c.targets {
			t.Run(fmt.Sprintf("%s/%T", name, target), func(t *testing.T) {
				if err := Unmarshal(p, target, WithRegistry(r), MaxDepth(math.MaxInt)); err == nil {
					t.Error("no error")
				}
			})
		}
	}
}

// TestKeysDoNotCollide: no family of keys that is easy to make, such as those
// that collide in CPython, makes the search for keys long.
func TestKeysDoNotCollide(t *testing.T) {
	const n = 20_000
	prime := new(big.Int).SetUint64(1<<61 - 1)
	text := strings.Repeat("x", 100)
	for name, key := range map[string]func(i int) any{
		"Multiples of 2**61-1": func(i int) any { return new(big.Int).Mul(prime, big.NewInt(int64(i))) },
		"Small ints":           func(i int) any { return int64(i) },
		"Multiples of 2**32":   func(i int) any { return int64(i) << 32 },
		"Multiples of 2**48":   func(i int) any { return int64(i) << 48 },
		"Powers of two":        func(i int) any { return new(big.Int).Lsh(big.NewInt(1), uint(i)) },
		"Floats":               func(i int) any { return math.Float64frombits(0x3ff0<<48 + uint64(i)) },
		"Exponents":            func(i int) any { return math.Ldexp(1.5, i/10-1000) + float64(i%10)*1e300 },
		"Complex":              func(i int) any { return complex(float64(i), float64(i)) },
		"Strings":              func(i int) any { return text[:i%100] + fmt.Sprint(i) },
		"Zeros":                func(i int) any { return strings.Repeat("\x00", i%1000) + fmt.Sprint(i/1000) },
		"Tuples":               func(i int) any { return Tuple{int64(i), int64(n - i)} },
		"Tuples of pairs":      func(i int) any { return Tuple{int64(i % 141), int64(i / 141)} },
		"Nested tuples":        func(i int) any { return Tuple{Tuple{int64(0), int64(i)}, Tuple{int64(i), int64(0)}} },
		"FrozenSets":           func(i int) any { return NewFrozenSet(int64(i), int64(-i)) },
		"Globals":              func(i int) any { return Global{"m", fmt.Sprint(i)} },
		"References":           func(i int) any { return PersistentRef{int64(i)} },
		"Slices":               func(i int) any { return Slice{int64(i), int64(-i), nil} },
	} {
		var k keyer
		d := NewDict()
		seen := 0
		for i := range n {
			if err := d.insert(&k, key(i), nil); err != nil {
				t.Fatal(name, err)
			}
			seen++
		}
		if most := 12 * seen; k.steps > most {
			t.Errorf("%s: %d steps for %d keys", name, k.steps, seen)
		}
	}
}

// TestStandardCallsNested: no function or class of Python's library that is
// registered makes more of calls in calls than there is.
func TestStandardCallsNested(t *testing.T) {
	names := []Global{{"m", "fails"}} // and one that understands nothing
	for name := range standard.load().byName {
		names = append(names, name)
	}
	r := standard.Layer()
	lenient := funcOption(func(_ *tables, f *function) error {
		f.lenient = true
		return nil
	})
	if err := r.RegisterFunc("m.fails", func(...any) (any, error) { return nil, errStep }, lenient); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		for _, shape := range []struct{ before, after string }{
			{"", "\x85R"}, {"", "\x85\x81"}, {"(", "K\x01K\x02tR"}, {"(", "h\x00tR"}, {"", "0)R"}, {"", "b"},
			{"](", "e\x85R"}, {"}(K\x01", "u\x85R"}, {"((", "ttR"}, {"(](", "etl\x85R"},
		} {
			const deep = 60
			class := "c" + name.Module + "\n" + name.Name + "\n"
			if strings.Contains(name.Name, ".") {
				continue // protocols below 4 have no opcode for it
			}
			make := class
			if shape.after == "b" {
				make += ")\x81"
			}
			end := strings.ReplaceAll(shape.after, "h\x00", "Ng1\n")
			p := "Nq\x010" + strings.Repeat(make+shape.before, deep) + "N" + strings.Repeat(strings.ReplaceAll(end, "Ng1", "g1"), deep) + "."
			var v any
			work, err := countDecode([]byte(p), &v, WithRegistry(r))
			if most := int64(200 * len(p)); work > most {
				t.Errorf("%s %q: %d steps for %d bytes, %v", name, shape, work, len(p), err)
			}
		}
	}
}

package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// everything is a target that has something of each kind.
type everything struct {
	A int            `pickle:"a"`
	B []string       `pickle:"b"`
	C map[string]any `pickle:"c"`
	X *everything    `pickle:"x"`
	Y any            `pickle:"y"`
	*DecUser
	Value [2]int `pickle:"value"`
}

// TestTargetsStayUntouched: whatever is wrong with a pickle, a target is what
// it was, in all it refers to.
func TestTargetsStayUntouched(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	make := []func() any{
		func() any {
			x := &everything{A: 1, B: []string{"b"}, C: map[string]any{"c": 1}, X: &everything{A: 2}, Y: []int{1}, DecUser: &DecUser{"u", 1}}
			x.X.X = x
			return x
		},
		func() any { return &[]int{1, 2, 3} },
		func() any { return &map[string]int{"a": 1} },
		func() any { v := any([]any{int64(1)}); return &v },
		func() any { p := &everything{B: []string{"b"}}; return &p },
		func() any { return &[2][]int{{1}, {2}} },
		func() any { return &map[any]any{"k": []int{1}} },
		func() any { return &[]*everything{{A: 1}, nil} },
	}
	failed, worked := 0, 0
	for i, c := range pickletest.Load(t, pickletest.Dir(t), "cpython3.13") {
		if len(c.Data) > 5000 {
			continue
		}
		for k := range 12 {
			p := bytes.Clone(c.Data)
			switch k % 4 {
			case 1:
				p = p[:random.IntN(len(p))]
			case 2:
				p[random.IntN(len(p))] = byte(random.Uint32())
			case 3:
				at := random.IntN(len(p))
				p = append(p[:at:at], p[min(len(p), at+1+random.IntN(4)):]...)
			}
			f := make[(i+k)%len(make)]
			got, want := f(), f()
			if err := pickle.Unmarshal(p, got); err == nil {
				worked++
				continue
			}
			if failed++; !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %q has changed the target to %v", c.ID(), p, got)
			}
		}
	}
	if failed < 1000 || worked < 100 {
		t.Error(failed, worked)
	}
}

// TestHalfWay: what was read before a mismatch leaves nothing.
func TestHalfWay(t *testing.T) {
	inner := &everything{A: 5}
	list, m, user := []string{"old"}, map[string]any{"k": 1}, &DecUser{"old", 1}
	v := everything{A: 1, B: list, C: m, X: inner, DecUser: user, Value: [2]int{1, 2}}
	want := v
	for _, wrong := range []string{"Vx\nVnot it\n", "Vvalue\n(K\x01l", "Va\nVtext\n", "Vname\nN]", "Vy\n}]Ns"} {
		p := "}(Va\nK\x09Vb\n(Vnew\nlVc\n}Vk\nK\x02sVx\n}Va\nK\x07sVname\nVnew\nVvalue\n(K\x05K\x06t" + wrong + "u."
		if err := pickle.Unmarshal([]byte(p), &v); err == nil {
			t.Fatalf("%q: no error", wrong)
		}
		if !reflect.DeepEqual(v, want) || v.X != inner || inner.A != 5 || list[0] != "old" || m["k"] != 1 || v.DecUser != user || user.Name != "old" {
			t.Errorf("%q: %+v", wrong, v)
		}
	}
	p := "}(Vb\n(Vnew\nlVname\nVnew\nu."
	if err := pickle.Unmarshal([]byte(p), &v); err != nil {
		t.Fatal(err)
	}
	if v.A != 1 || v.B[0] != "new" || v.C["k"] != 1 || v.X != inner || v.Name != "new" || v.Age != 1 || list[0] != "old" || user.Name != "old" {
		t.Errorf("%+v", v)
	}
}

// hostile are inputs that have brought down other implementations.
var hostile = map[string]string{
	"Opcode255":      "\xff",
	"Unicode8":       "\x8d\x00\x00\x00\x00\x00\x01\x00\x00",
	"Bytes8":         "\x8e\x00\x00\x00\x00\x00\x00\x00\x40",
	"ByteArray8":     "\x96\x00\x00\x00\x00\x01\x00\x00\x00",
	"Unicode":        "X\xff\xff\xff\xff",
	"Bytes":          "B\x00\x00\x00\x60",
	"Frame":          "\x95\x00\x00\x00\x00\x00\x01\x00\x00",
	"Memo":           "]r\x00\x00\x00\x40.",
	"Long4":          "\x8b\x00\x00\x00\x80",
	"Tuples":         "N" + strings.Repeat("\x85", 500_000) + ".",
	"Lists":          strings.Repeat("]", 500_000) + strings.Repeat("a", 499_999) + ".",
	"Marks":          strings.Repeat("(", 1_000_000) + "N.",
	"Dups":           "]" + strings.Repeat("2", 1_000_000) + ".",
	"DupLists":       "]" + strings.Repeat("2a2", 20) + ".",
	"LaughsLists":    "]" + strings.Repeat("q\x00](h\x00h\x00e", 40) + ".",
	"LaughsTuples":   ")" + strings.Repeat("q\x00h\x00\x86", 40) + ".",
	"TupleKeyBomb":   "})" + strings.Repeat("q\x00h\x00\x86", 60) + "Ns.",
	"TupleSetBomb":   "\x8f()" + strings.Repeat("q\x00h\x00\x86", 60) + "\x90.",
	"FrozenBomb":     "\x8f((\x91" + strings.Repeat("q\x00(h\x00K\x01\x91", 3000) + "\x90.",
	"NaNKeys":        "}(" + strings.Repeat("Fnan\nN", 50_000) + "u.",
	"SameKeys":       "}(" + strings.Repeat("K\x01N", 100_000) + "u.",
	"LongDigits":     "L" + strings.Repeat("9", 2_000_000) + "L\n.",
	"Appends":        "]" + strings.Repeat("(Ne", 100_000) + ".",
	"UnknownMemo":    "h\x05.",
	"OddSetItems":    "}(Nu.",
	"OddDict":        "(Nd.",
	"ListKey":        "}]Ns.",
	"BytesInSet":     "\x8f(C\x01a\x90.",
	"AppendToNone":   "NNa.",
	"LongOf200":      "\x8a\xc8N.",
	"MemoText":       "Np01\n0h\x01.",
	"DeepKey":        "}N" + strings.Repeat("\x85", 50_000) + "Ns.",
	"DeepFrozen":     "}N" + strings.Repeat("\x85", 50_000) + "(\x91Nsr.",
	"SetOfItself":    "c__builtin__\nfrozenset\n]q\x00\x85Rq\x010h\x00h\x01a0h\x01.",
	"Partials":       strings.Repeat("cfunctools\npartial\n(c__builtin__\ngetattr\n(cx\nC\nV__new__\ntRtR(c__builtin__\ngetattr\n(cx\nC\nV__new__\ntR(", 40) + "cx\nC\n" + strings.Repeat("t}Ntb)R", 40) + ".",
	"GetAttrs":       strings.Repeat("c__builtin__\ngetattr\n(", 20_000) + "cx\nC\n" + strings.Repeat("Va\ntR", 20_000) + ")R.",
	"GetAttrsMemo":   strings.Repeat("c__builtin__\ngetattr\n(", 20_000) + "cx\nC\n" + strings.Repeat("Va\ntq\x01R", 20_000) + ")R.",
	"Reconstructor":  strings.Repeat("ccopy_reg\n_reconstructor\n(", 20_000) + "cx\nC\n" + strings.Repeat("c__builtin__\nobject\nNtR", 20_000) + ".",
	"ReduceNothing":  "cx\nf\nNR.",
	"Bytes/Memo":     "c_codecs\nencode\nq\x010C\x00q\x020(h\x01(X\x00\x00\x00\x00Vlatin1\ntR2h\x02l.",
	"PersistentLoop": "]q\x00h\x00Qa.",
	"Slices":         "c__builtin__\nslice\nq\x010N" + strings.Repeat("q\x00h\x01h\x00h\x00N\x87R", 0) + ".",
}

func TestDecodeHostile(t *testing.T) {
	type list []list
	type dict map[string]dict
	type self struct {
		Next *self `pickle:"next"`
		All  []self
	}
	targets := []func() any{
		func() any { return new(any) }, func() any { return new([]any) }, func() any { return new(list) }, func() any { return new(dict) },
		func() any { return new(*self) }, func() any { return new(map[any]any) }, func() any { return new([]int) }, func() any { return new(string) },
		func() any { return new(pickle.Object) }, func() any { return new(recursiveHook) }, func() any { return new([][2]any) }, func() any { return new(map[decXY]string) },
	}
	for name, p := range hostile {
		t.Run(name, func(t *testing.T) {
			for _, target := range targets {
				for _, opts := range []pickle.Options{nil, pickle.PlainValues(true)} {
					start := time.Now()
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					into := target()
					err := pickle.Unmarshal([]byte(p), into, opts)
					runtime.ReadMemStats(&after)
					if took := time.Since(start); took > 5*time.Second {
						t.Errorf("%T: %v", into, took)
					}
					if n := after.TotalAlloc - before.TotalAlloc; n > 32<<20+uint64(len(p))*500 {
						t.Errorf("%T: %d bytes for %d", into, n, len(p))
					}
					if err == nil {
						continue
					}
					if _, ok := into.(*any); ok {
						_ = fmt.Sprint(err)
					}
					streamErr := pickle.NewDecoder(strings.NewReader(p)).Decode(target())
					if streamErr == nil && !errors.Is(err, pickle.ErrTrailingData) && opts == nil {
						t.Errorf("%T: %v, but a stream decodes", into, err)
					}
				}
			}
		})
	}
}

// TestConcurrently is for the race detector, and for what a pool could mix up.
func TestUnmarshalConcurrently(t *testing.T) {
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				want := fmt.Sprintf("%d-%d", g, i)
				p := fmt.Sprintf("}(Va\nI%d\nVb\n(V%s\nq\x01h\x01lVy\n]q\x02(h\x01h\x02eVx\n}Vc\n}V%s\nVend\nssu.", i, want, want)
				var v everything
				if err := pickle.Unmarshal([]byte(p), &v); err != nil {
					t.Error(err)
					return
				}
				if v.A != i || v.B[0] != want || v.B[1] != want || v.Y.([]any)[0] != want || v.X.C[want] != "end" || len(v.X.C) != 1 {
					t.Errorf("%+v", v)
				}
				if i%10 == 0 { // one that keeps its memory
					var kept pickle.Value
					if err := pickle.Unmarshal([]byte(p), &kept); err != nil || kept.Get("b").Index(0).String() != "'"+want+"'" {
						t.Error(kept, err)
					}
				}
			}
		})
	}
	wg.Wait()
}

// TestDecodePool: what a large or broken pickle leaves in the pool shows
// up nowhere.
func TestDecodePool(t *testing.T) {
	for i := range 200 {
		_ = pickle.Unmarshal([]byte("}q\x00(Vsecret\n]q\x01(K\x01K\x02K\x03eVx\nh\x05u."), new(any))
		_ = pickle.Unmarshal([]byte("(Vsecret\nVsecret\nVsecret\n"), new(any))
		if err := pickle.Unmarshal([]byte("h\x00."), new(any)); err == nil || errors.Is(err, io.EOF) {
			t.Fatal("the memo of another call")
		}
		if v := decode[any](t, fmt.Sprintf("(V%d\n]}l.", i)).([]any); v[0] != fmt.Sprint(i) || len(v[1].([]any)) != 0 {
			t.Fatal(v)
		}
	}
}

package pickle_test

import (
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
)

type (
	placedText   string
	placedNumber int16
	placedHook   struct{ N int }
	placedScalar struct {
		B   bool
		I   int
		I8  int8
		I16 int16
		I32 int32
		I64 int64
		U   uint
		U8  uint8
		U16 uint16
		U32 uint32
		U64 uint64
		P   uintptr
		F32 float32
		F64 float64
		C   complex128
		S   string
	}
	placedOther struct {
		Text   placedText
		Number placedNumber
		Bytes  []byte
		Array  [2]placedNumber
		Map    map[string]*placedNumber
		Any    any
		Error  error
		Twice  **int
		Time   time.Time
		Addr   netip.Addr
		Big    *big.Int
		Hook   placedHook
		Hooks  []placedHook
		Tuple  []int    `pickle:",tuple"`
		Set    []string `pickle:",set"`
		List   []any
		Dict   *pickle.Dict
		Own    pickle.Tuple
		Empty  struct{}
		Nested []struct {
			_ struct{} `pickle:",list"`
			X []placedText
		}
		Omitted []struct {
			A int `pickle:",omitempty"`
			B *placedHook
		}
	}
	placedBad struct {
		Name string
		Deep []struct{ C map[string][]chan int }
	}
)

func (h *placedHook) MarshalPickle() (any, error) { return pickle.Tuple{"hook", h.N}, nil }

// TestPlaces: what is written by its place is written as what PersistentID is asked
// about, which goes value by value, at all protocols and with the same errors.
func TestPlaces(t *testing.T) {
	n, number := 7, placedNumber(8)
	p := &n
	scalars := placedScalar{true, -1, -8, -16, -32, -64, 1, 8, 16, 32, math.MaxUint64, 9, 1.5, math.NaN(), 2i, "text"}
	other := placedOther{Text: "named", Number: 3, Bytes: []byte("bytes"), Map: map[string]*placedNumber{"a": &number, "b": nil}, Any: &scalars,
		Twice: &p, Time: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), Addr: netip.MustParseAddr("::1"), Big: big.NewInt(1 << 40), Hooks: []placedHook{{1}, {2}},
		Tuple: []int{1, 2}, Set: []string{"x"}, List: []any{nil, 1.5, &number}, Dict: pickle.NewDict("k", &number), Own: pickle.Tuple{1}}
	other.Nested = append(other.Nested, struct {
		_ struct{} `pickle:",list"`
		X []placedText
	}{X: []placedText{"y"}})
	other.Omitted = append(other.Omitted, struct {
		A int `pickle:",omitempty"`
		B *placedHook
	}{B: &other.Hooks[0]})
	bad := placedBad{Name: "n"}
	bad.Deep = append(bad.Deep, struct{ C map[string][]chan int }{}, struct{ C map[string][]chan int }{map[string][]chan int{"k": {nil}}})
	r := pickle.NewRegistry()
	if err := r.Register("m.Text", placedText("")); err != nil {
		t.Fatal(err)
	}
	if err := r.Register("m.Scalar", placedScalar{}); err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{
		&scalars, scalars, []placedScalar{scalars, scalars}, &[]*placedScalar{&scalars, nil, &scalars}, &other, other, []placedOther{other, {}}, [][]placedOther{{other}, nil, {}},
		&bad, []*placedBad{nil, &bad}, map[string]*placedOther{"k": &other}, []any{&other, other, &scalars}, (*placedScalar)(nil), []placedText(nil),
		[]string{"N", "A", "text"}, []int{1, -1}, []int32{1 << 20}, []bool{true}, []float64{math.NaN(), math.Float64frombits(0x7ff8000000000002), math.Inf(1)},
	} {
		for proto := range pickle.HighestProtocol + 1 {
			for i, o := range []pickle.Options{pickle.JoinOptions(), pickle.WithRegistry(r), pickle.NoMemo(true), pickle.MaxDepth(3)} {
				o = pickle.JoinOptions(pickle.Protocol(proto), o)
				want, wantErr := pickle.Marshal(v, o, neverPersistent)
				got, err := pickle.Marshal(v, o)
				if diff := cmp.Diff(fmt.Sprintf("%q %v", want, wantErr), fmt.Sprintf("%q %v", got, err)); diff != "" {
					t.Errorf("%T, protocol %d, options %d:\n%s", v, proto, i, diff)
				}
			}
		}
	}
}

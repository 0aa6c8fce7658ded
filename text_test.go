package pickle_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// Types of other packages know nothing of pickles, but most have text. These
// are made like two that everybody uses, shopspring's Decimal and google's
// UUID.
type (
	otherDecimal struct {
		value *big.Int
		exp   int32
	}
	textUUID [16]byte
)

func (d otherDecimal) String() string {
	s := new(big.Int).Abs(d.value).String()
	if n := int(-d.exp); n > 0 {
		if len(s) <= n {
			s = strings.Repeat("0", n-len(s)+1) + s
		}
		s = s[:len(s)-n] + "." + s[len(s)-n:]
	}
	if d.value.Sign() < 0 {
		s = "-" + s
	}
	return s
}

func (d otherDecimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d *otherDecimal) UnmarshalText(text []byte) error {
	whole, fraction, _ := strings.Cut(string(text), ".")
	i, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok {
		return fmt.Errorf("%q is no decimal", text)
	}
	d.value, d.exp = i, -int32(len(fraction))
	return nil
}

func decimalOf(s string) (d otherDecimal) {
	if err := d.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return d
}

func (u textUUID) String() string {
	s := hex.EncodeToString(u[:])
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

func (u textUUID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

func (u *textUUID) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(strings.ReplaceAll(string(text), "-", ""))
	if err != nil || len(b) != 16 {
		return errors.New("it is no UUID")
	}
	copy(u[:], b)
	return nil
}

var someUUID = textUUID{0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0}

type invoice struct {
	ID     textUUID                 `pickle:"id"`
	Amount otherDecimal             `pickle:"amount"`
	Tax    *otherDecimal            `pickle:"tax"`
	Seen   map[textUUID]int         `pickle:"seen"`
	Rates  map[string]otherDecimal  `pickle:"rates"`
	Parts  []otherDecimal           `pickle:"parts,tuple"`
	None   *otherDecimal            `pickle:"none"`
	Set    map[textUUID]struct{}    `pickle:"set"`
	ByRate map[[1]textUUID]textUUID `pickle:"by"`
}

func someInvoice() invoice {
	tax := decimalOf("0.25")
	return invoice{someUUID, decimalOf("-12.50"), &tax, map[textUUID]int{someUUID: 1}, map[string]otherDecimal{"a": tax},
		[]otherDecimal{tax, decimalOf("1")}, nil, map[textUUID]struct{}{someUUID: {}}, map[[1]textUUID]textUUID{{someUUID}: someUUID}}
}

// TestLiveText: types with text are str, keys too, and read it again.
func TestLiveText(t *testing.T) {
	const source = `u = u'12345678-9abc-def0-1234-56789abcdef0'; tax = u'0.25'
value = dict([(u'id', u), (u'amount', u'-12.50'), (u'tax', tax), (u'seen', {u: 1}), (u'rates', {u'a': tax}), (u'parts', (tax, u'1')), (u'none', None),
 (u'set', {u}), (u'by', {(u,): u})])`
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		data, err := pickle.Marshal(someInvoice(), pickle.Protocol(protocol))
		if err != nil {
			t.Fatal(err)
		}
		want, err := python.Dumps(source, protocol)
		if err != nil {
			t.Fatal(err)
		}
		a, errA := pickle.Parse(data)
		b, errB := pickle.Parse(want)
		x, errX := a.Any()
		y, errY := b.Any()
		if err := errors.Join(errA, errB, errX, errY); err != nil || !pickle.Equal(x, y) {
			t.Errorf("%v\n got  %v\n want %v", err, x, y)
		}
		again, err := python.Redumps(data, protocol)
		if err != nil {
			t.Fatal(err)
		}
		checkInvoice(t, again, nil)
	})
}

func checkInvoice(t *testing.T, data []byte, r *pickle.Registry) {
	t.Helper()
	var got invoice
	if err := pickle.Unmarshal(data, &got, pickle.WithRegistry(r)); err != nil {
		t.Error(err)
	} else if a, b := fmt.Sprint(got), fmt.Sprint(someInvoice()); !strings.HasPrefix(b, a[:20]) || got.Tax.String() != "0.25" || !pickle.Equal(got, someInvoice()) {
		t.Errorf("got  %s\nwant %s", a, b)
	}
}

// decimalClasses returns a registry in which these types are Python's Decimal and UUID.
func decimalClasses(t *testing.T) *pickle.Registry {
	t.Helper()
	r := pickle.NewRegistry()
	parse := func(s string) (d otherDecimal, err error) { err = d.UnmarshalText([]byte(s)); return d, err }
	register(t, r.RegisterFunc("decimal.Decimal", parse, pickle.Reduces(func(d otherDecimal) (pickle.Reduction, error) {
		return pickle.Reduction{Callable: pickle.Global{Module: "decimal", Name: "Decimal"}, Args: pickle.Tuple{d.String()}}, nil
	})))
	uuid := func(s string) (u textUUID, err error) { err = u.UnmarshalText([]byte(s)); return u, err }
	register(t, r.RegisterFunc("uuid.UUID", uuid, pickle.Reduces(func(u textUUID) (pickle.Reduction, error) {
		return pickle.Reduction{Callable: pickle.Global{Module: "uuid", Name: "UUID"}, Args: pickle.Tuple{u.String()}}, nil
	})))
	return r
}

// TestLiveReduces: a type of another package is written as the class that it
// stands for, and read from it.
func TestLiveReduces(t *testing.T) {
	const source = `u = uuid.UUID('12345678-9abc-def0-1234-56789abcdef0'); tax = decimal.Decimal('0.25')
value = dict([(u'id', u), (u'amount', decimal.Decimal('-12.50')), (u'tax', tax), (u'seen', {u: 1}), (u'rates', {u'a': tax}), (u'parts', (tax, decimal.Decimal(1))), (u'none', None),
 (u'set', {u}), (u'by', {(u,): u})])`
	r := decimalClasses(t)
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		data, err := pickle.Marshal(someInvoice(), pickle.Protocol(protocol), pickle.WithRegistry(r))
		if err != nil {
			t.Fatal(err)
		}
		checkInvoice(t, data, r)
		// Python compares, and says which types it has got.
		answer, err := python.Dumps(fmt.Sprintf("import pickle; %s; got = pickle.loads(bytes(bytearray([%s])))\n"+
			"value = [got == value, repr([type(got[k]).__name__ for k in (u'id', u'amount', u'tax')])]",
			source, strings.Trim(strings.ReplaceAll(fmt.Sprint(data), " ", ","), "[]")), protocol)
		if err != nil {
			t.Fatal(err)
		}
		var got []any
		if err := pickle.Unmarshal(answer, &got); err != nil || got[0] != true || got[1] != "['UUID', 'Decimal', 'Decimal']" {
			t.Errorf("%v, %v", got, err)
		}
		if want, err := python.Dumps(source+"; value = [decimal.Decimal('-12.50'), tax]", protocol); err != nil {
			t.Error(err)
		} else {
			var list []otherDecimal
			if err := pickle.Unmarshal(want, &list, pickle.WithRegistry(r)); err != nil || fmt.Sprint(list) != "[-12.50 0.25]" {
				t.Errorf("%v, %v", list, err)
			}
		}
	})
}

// TestTextOfResult: what a function returns goes by its text into types that
// read text, if nothing else fits, and its errors are those of the text.
func TestTextOfResult(t *testing.T) {
	r := decimalClasses(t)
	type ours struct{ textUUID }
	data, err := pickle.Marshal([]otherDecimal{decimalOf("1.5")}, pickle.WithRegistry(r))
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	if err := pickle.Unmarshal(data, &text, pickle.WithRegistry(r)); err != nil || text[0] != "1.5" {
		t.Errorf("%q, %v", text, err)
	}
	var floats []big.Float
	if err := pickle.Unmarshal(data, &floats, pickle.WithRegistry(r)); err != nil || floats[0].String() != "1.5" {
		t.Errorf("%v, %v", floats, err)
	}
	for _, target := range []any{new([]ours), new([]int), new([][]byte), new([]bool)} {
		err := pickle.Unmarshal(data, target, pickle.WithRegistry(r))
		if _, ok := err.(*pickle.UnmarshalTypeError); !ok || !strings.Contains(err.Error(), "[0]") {
			t.Errorf("%T: %v", target, err)
		}
	}
}

package pickle_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/internal/window"
)

type itemRecord struct {
	ID     int         `pickle:"id"`
	Name   string      `pickle:"name"`
	Config *itemConfig `pickle:"config"`
	Before *itemRecord `pickle:"before"`
}

type itemConfig struct {
	Name string `pickle:"name"`
}

// TestItemsTyped: pointers to what items share are one pointer, also to a struct that
// was an item.
func TestItemsTyped(t *testing.T) {
	data, err := pickle.Marshal(sharingRecords(5000))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1 << 20, 16 << 20} {
		setWindow(t, size)
		got, err := collect[*itemRecord](pickle.NewDecoder(bytes.NewReader(data)))
		if err != nil || len(got) != 5000 {
			t.Fatal(len(got), err)
		}
		for i, r := range got {
			if r.ID != i || r.Name != fmt.Sprint("record ", i) || r.Config != got[0].Config || i > 0 && r.Before != got[(i-1)/3*3] {
				t.Fatalf("window %d, item %d: %+v", size, i, r)
			}
		}
		values, err := collect[itemRecord](pickle.NewDecoder(bytes.NewReader(data)))
		if err != nil || len(values) != 5000 {
			t.Fatal(len(values), err)
		}
		for i, r := range values {
			if r.ID != i || r.Config != values[0].Config || i > 0 && r.Before.ID != (i-1)/3*3 {
				t.Fatalf("window %d, item %d: %+v", size, i, r)
			}
		}
	}
}

func sharingRecords(n int) []*itemRecord {
	list := make([]*itemRecord, n)
	config := &itemConfig{"config"}
	var before *itemRecord
	for i := range list {
		list[i] = &itemRecord{i, fmt.Sprint("record ", i), config, before}
		if i%3 == 0 {
			before = list[i]
		}
	}
	return list
}

func marshalInts(t *testing.T, n int, protocol int) []byte {
	t.Helper()
	ints := make([]int, n)
	for i := range ints {
		ints[i] = i
	}
	data, err := pickle.Marshal(ints, pickle.Protocol(protocol))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestItemsTypes: what is kept keeps what it is in each of its types.
func TestItemsTypes(t *testing.T) {
	type record struct {
		A *itemConfig    `pickle:"a"`
		B any            `pickle:"b"`
		C map[string]any `pickle:"c"`
		D *pickle.Dict   `pickle:"d"`
		E string         `pickle:"e"`
		F itemConfig     `pickle:"f"`
	}
	const first = "]\x94(}\x94(\x8c\x01a\x94}\x94\x8c\x04name\x94\x8c\x04same\x94s\x8c\x01b\x94h\x03\x8c\x01c\x94h\x03\x8c\x01d\x94h\x03\x8c\x01e\x94h\x05\x8c\x01f\x94h\x03u"
	const later = "e(}\x94(h\x02h\x03h\x06h\x03h\x07h\x03h\x08h\x03h\x09h\x05h\x0ah\x03u"
	p := first + strings.Repeat(later, 300) + "e."
	setWindow(t, 1<<10)
	got, err := collect[record](pickle.NewDecoder(strings.NewReader(p)))
	if err != nil || len(got) != 301 {
		t.Fatal(len(got), err)
	}
	for i, r := range got {
		same := r.A == got[0].A && r.B == got[0].B && r.D == got[0].D && any(r.D) == r.B && reflect.ValueOf(r.C).Pointer() == reflect.ValueOf(got[0].C).Pointer()
		if !same || r.A.Name != "same" || r.E != "same" || r.F != *r.A || r.C["name"] != "same" || r.D.Len() != 1 {
			t.Fatalf("item %d: %+v", i, r)
		}
	}
}

// TestItemsPlaces: errors say where in the pickle an object is that was kept.
func TestItemsPlaces(t *testing.T) {
	type record struct {
		X int `pickle:"x"`
	}
	shared := map[string]any{"key": 1}
	var list []map[string]any
	for i := range 20000 {
		list = append(list, map[string]any{"x": i, "y": &shared})
	}
	list[19999]["x"] = &shared
	for protocol := range 6 {
		data, err := pickle.Marshal(list, pickle.Protocol(protocol))
		if err != nil {
			t.Fatal(err)
		}
		var want, got *pickle.UnmarshalTypeError
		if err := pickle.Unmarshal(data, &[]record{}); !errors.As(err, &want) {
			t.Fatal(err)
		}
		setWindow(t, 10<<10)
		if _, err := collect[record](pickle.NewDecoder(bytes.NewReader(data))); !errors.As(err, &got) || *got != *want || got.Offset > 100 {
			t.Errorf("protocol %d: %v, want %v", protocol, err, want)
		}
	}
}

// TestItemsBreak: a loop that ends early leaves the next pickle where it is.
func TestItemsBreak(t *testing.T) {
	setWindow(t, 10<<10)
	for _, protocol := range []int{0, 4} {
		data := marshalInts(t, 12345, protocol)
		for _, at := range []int{0, 1, 999, 1000, 5500, 12344} {
			for _, r := range readers {
				if strings.Contains(r.name, "OneByte") && at != 5500 {
					continue
				}
				d := pickle.NewDecoder(r.make(bytes.NewReader(slices.Concat(data, []byte("K\x2a."), data, data))))
				for i, err := range pickle.Items[int](d) {
					if err != nil {
						t.Fatal(err)
					}
					if i == at {
						break
					}
				}
				var x int
				if err := d.Decode(&x); err != nil || x != 42 {
					t.Fatalf("%s, protocol %d, at %d: %v, %v", r.name, protocol, at, x, err)
				}
				for i, err := range pickle.Items[int](d) {
					if err != nil {
						t.Fatal(err)
					}
					if i == at {
						break
					}
				}
				if got, err := collect[int](d); err != nil || len(got) != 12345 || got[777] != 777 {
					t.Fatalf("%s, protocol %d, at %d: %d, %v", r.name, protocol, at, len(got), err)
				}
				if err := d.Decode(&x); err != io.EOF || d.InputOffset() != int64(3*len(data)+3) {
					t.Fatal(err, d.InputOffset())
				}
			}
		}
	}
}

// TestItemsErrors: an item that does not fit ends the loop, with its place; then the
// next pickle can be read.
func TestItemsErrors(t *testing.T) {
	setWindow(t, 100<<10)
	list := make([]map[string]any, 3000)
	for i := range list {
		list[i] = map[string]any{"id": i, "text": strings.Repeat("x", 100)}
	}
	list[2345]["id"] = "no number"
	data, err := pickle.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var whole []itemRecordID
	var want, got *pickle.UnmarshalTypeError
	if err := pickle.Unmarshal(data, &whole); !errors.As(err, &want) {
		t.Fatal(err)
	}
	d := pickle.NewDecoder(bytes.NewReader(append([]byte("N."), append(data, "K\x07."...)...)))
	if err := d.Decode(new(any)); err != nil {
		t.Fatal(err)
	}
	items, err := collect[itemRecordID](d)
	if !errors.As(err, &got) {
		t.Fatal(err)
	}
	if want.Offset += 2; *got != *want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if !strings.HasPrefix(got.Path, fmt.Sprintf("[%d]", len(items))) {
		t.Errorf("%d items, then %v", len(items), err)
	}
	var x int
	if err := d.Decode(&x); err != nil || x != 7 {
		t.Error(x, err)
	}
}

type itemRecordID struct {
	ID int `pickle:"id"`
}

func TestItemsTruncated(t *testing.T) {
	setWindow(t, 3<<10)
	data := marshalInts(t, 3500, 2)
	for _, n := range []int{0, 1, 5, 1000, 5000, len(data) - 1} {
		d := pickle.NewDecoder(bytes.NewReader(data[:n]))
		got, err := collect[int](d)
		var syntaxError *pickle.SyntaxError
		if n == 0 && err == io.EOF {
			continue
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &syntaxError) || syntaxError.Offset > int64(n) || syntaxError.Offset < int64(n-10) {
			t.Errorf("%d: %d items, %v", n, len(got), err)
		}
	}
}

// TestFrameBeyond: a frame that goes on behind its pickle takes nothing away from what
// follows.
func TestFrameBeyond(t *testing.T) {
	for _, r := range readers {
		d := pickle.NewDecoder(r.make(strings.NewReader("\x80\x04\x95\x08\x00\x00\x00\x00\x00\x00\x00K\x01.K\x02.](K\x03e.K\x04.")))
		var got []any
		for range 2 {
			var v any
			if err := d.Decode(&v); err != nil {
				t.Fatal(r.name, err)
			}
			got = append(got, v)
		}
		three, err := collect[any](d)
		if err != nil {
			t.Fatal(r.name, err)
		}
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatal(r.name, err)
		}
		if got = append(append(got, three...), v); pickle.Repr(got) != "[1, 2, 3, 4]" {
			t.Error(r.name, pickle.Repr(got))
		}
	}
}

// TestItemsReaderFails: Items goes on where the reader has failed.
func TestItemsReaderFails(t *testing.T) {
	setWindow(t, 3<<10)
	data := marshalInts(t, 5500, 2)
	fail := errors.New("try again")
	broken := func() *pickle.Decoder {
		return pickle.NewDecoder(io.MultiReader(bytes.NewReader(data[:9000]), &failOnce{err: fail}, bytes.NewReader(data[9000:]), strings.NewReader("K\x07.")))
	}
	d := broken()
	first, err := collect[int](d)
	if err != fail {
		t.Fatal(err)
	}
	rest, err := collect[int](d)
	if all := append(first, rest...); err != nil || len(all) != 5500 || all[5499] != 5499 || all[3333] != 3333 {
		t.Fatal(len(first), len(rest), err)
	}
	d = broken()
	if _, err := collect[int](d); err != fail {
		t.Fatal(err)
	}
	var x int
	if err := d.Decode(&x); err != nil || x != 7 { // which skips the rest
		t.Error(x, err)
	}
	d = broken()
	if err := d.Decode(new(any)); err != fail {
		t.Fatal(err)
	}
	if all, err := collect[int](d); err != nil || len(all) != 5500 {
		t.Fatal(len(all), err)
	}
}

type failOnce struct{ err error }

func (f *failOnce) Read([]byte) (int, error) {
	err := f.err
	f.err = io.EOF
	return 0, err
}

func TestItemsMisused(t *testing.T) {
	data := marshalInts(t, 2500, 2)
	if _, err := collect[int](pickle.NewDecoder(bytes.NewReader(data), pickle.KeepMemo(true))); err == nil || err == io.EOF {
		t.Error(err)
	}
	d := pickle.NewDecoder(bytes.NewReader(slices.Concat(data, data, data)))
	for i, err := range pickle.Items[int](d) {
		if i == 0 && err == nil {
			if err := d.Decode(new(any)); err != nil {
				t.Error(err)
			}
			continue
		}
		if err == nil || i != 0 {
			t.Fatal("the loop goes on")
		}
	}
	if got, err := collect[int](d); err != nil || len(got) != 2500 {
		t.Error(len(got), err)
	}
}

// TestItemsLimits: MaxSize and MaxDepth are those of Decode.
func TestItemsLimits(t *testing.T) {
	setWindow(t, 3<<10)
	data := marshalInts(t, 5500, 2)
	for _, size := range []int64{1, 100, 5000, 14000, int64(len(data) - 1), int64(len(data))} {
		var limit *pickle.LimitError
		_, err := collect[int](pickle.NewDecoder(iotestHalf(data), pickle.MaxSize(size)))
		if size == int64(len(data)) && err != nil || size < int64(len(data)) && !errors.As(err, &limit) {
			t.Errorf("%d of %d: %v", size, len(data), err)
		}
	}
	for depth := 1; depth < 5; depth++ {
		p := []byte("](]]]aae.")
		var want, got *pickle.LimitError
		err := pickle.Unmarshal(p, new([]any), pickle.MaxDepth(depth))
		_, err2 := collect[any](pickle.NewDecoder(bytes.NewReader(p), pickle.MaxDepth(depth)))
		if (err == nil) != (err2 == nil) || err != nil && (!errors.As(err, &want) || !errors.As(err2, &got) || *want != *got) {
			t.Errorf("%d: %v, want %v", depth, err2, err)
		}
	}
}

func iotestHalf(p []byte) io.Reader { return readers[2].make(bytes.NewReader(p)) }

// keptValue keeps the Value it was decoded from.
type keptValue struct {
	v pickle.Value
}

func (k *keptValue) UnmarshalPickle(v pickle.Value) error {
	k.v = v
	return nil
}

// TestItemsValuesStay: a Value that a hook has kept stays what it is.
func TestItemsValuesStay(t *testing.T) {
	setWindow(t, 30<<10)
	list := sharingList(10000)
	for i, v := range list {
		v, ok := v.(*pickle.Dict)
		if !ok {
			list[i] = int64(i)
			continue
		}
		v.Delete("before")
	}
	data, err := pickle.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	d := pickle.NewDecoder(bytes.NewReader(slices.Concat(data, data)), lossless)
	got, err := collect[keptValue](d)
	if err != nil || len(got) != len(list) {
		t.Fatal(len(got), err)
	}
	if got, err := collect[any](d); err != nil || len(got) != len(list) {
		t.Fatal(len(got), err)
	}
	for i, k := range got {
		if v, err := k.v.Any(); err != nil || pickle.Repr(v) != pickle.Repr(list[i]) {
			t.Fatalf("item %d: %v, want %v (%v)", i, pickle.Repr(v), pickle.Repr(list[i]), err)
		}
	}
}

// TestItemsOptions: persistent IDs, out-of-band buffers and PlainValues.
func TestItemsOptions(t *testing.T) {
	setWindow(t, 30<<10)
	var list []any
	var buffers [][]byte
	for i := range 5000 {
		list = append(list, []any{pickle.PersistentRef{ID: int64(i)}, pickle.Buffer{Data: []byte{byte(i)}}, pickle.Tuple{"a", int64(i)}})
	}
	keep := func(b pickle.Buffer) (bool, error) { buffers = append(buffers, b.Data); return false, nil }
	data, err := pickle.Marshal(list, pickle.BufferCallback(keep))
	if err != nil {
		t.Fatal(err)
	}
	load := pickle.PersistentLoad(func(id any) (any, error) { return fmt.Sprint("object ", id), nil })
	d := pickle.NewDecoder(bytes.NewReader(slices.Concat(data, data)), load, pickle.Buffers(slices.Values(append(buffers, buffers...))), pickle.PlainValues(true))
	for range 2 {
		got, err := collect[any](d)
		if err != nil || len(got) != 5000 {
			t.Fatal(len(got), err)
		}
		for i, item := range got {
			want := []any{fmt.Sprint("object ", i), pickle.Buffer{Data: []byte{byte(i)}}, []any{"a", int64(i)}}
			if !reflect.DeepEqual(item, want) {
				t.Fatalf("item %d: %v", i, item)
			}
		}
	}
}

// recordReader writes a list of records while it is read.
type recordReader struct {
	left    int // bytes
	n       int
	started bool
	buf     []byte
}

func (r *recordReader) Read(p []byte) (int, error) {
	for len(r.buf) < len(p) && r.left > 0 {
		from := len(r.buf)
		if !r.started {
			r.buf = append(r.buf, "\x80\x04]\x94}\x94\x8c\x02id\x94\x8c\x04name\x94\x8c\x06config\x940000"...) // the dict and the names stay in the memo
			r.started = true
		}
		r.buf = append(r.buf, '(')
		for range 1000 {
			r.n++
			r.buf = append(r.buf, "}\x94(h\x02J"...)
			r.buf = binary.LittleEndian.AppendUint32(r.buf, uint32(r.n))
			r.buf = append(r.buf, fmt.Sprintf("h\x03\x8c\x0fname %010d\x94h\x04h\x01u", r.n)...)
		}
		r.buf = append(r.buf, 'e')
		if r.left -= len(r.buf) - from; r.left <= 0 {
			r.buf = append(r.buf, '.')
		}
	}
	if len(r.buf) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.buf)
	r.buf = r.buf[:copy(r.buf, r.buf[n:])]
	return n, nil
}

// TestItemsMemory: what is alive does not grow with the list.
func TestItemsMemory(t *testing.T) {
	size := 300 << 20
	if testing.Short() {
		size = 30 << 20
	}
	type record struct {
		ID     int            `pickle:"id"`
		Name   string         `pickle:"name"`
		Config map[string]any `pickle:"config"`
	}
	for _, c := range []struct{ size, window, most int }{{size, window.Size, 40<<20 + 4*window.Size}, {size / 10, 1 << 20, 16 << 20}} {
		setWindow(t, c.window)
		var most uint64
		n := 0
		var before runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		r := &recordReader{left: c.size}
		for v, err := range pickle.Items[record](pickle.NewDecoder(r)) {
			if err != nil {
				t.Fatal(n, err)
			}
			if n++; v.ID != n || v.Config == nil {
				t.Fatalf("record %d is %v", n, v)
			}
			if n%(c.size/500) == 0 {
				runtime.GC()
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
			}
		}
		if n != r.n || most == 0 || most > uint64(c.most) {
			t.Errorf("window %d: %d of %d records, %d bytes alive", c.window, n, r.n, most)
		}
		t.Logf("window %d: %d records, %d KiB alive", c.window, n, most>>10)
	}
}

// TestItemsLive decodes what CPython writes: 100,000 instances and dicts.
func TestItemsLive(t *testing.T) {
	python := pickletest.StartPython(t, "3.13")
	const program = `
import enum, sys, types
module = types.ModuleType("shapes_items"); sys.modules["shapes_items"] = module
exec('''
import dataclasses, enum, datetime
class Color(enum.Enum):
    RED = 1
    BLUE = 2
@dataclasses.dataclass
class Record:
    id: int
    name: str
    tags: list
    color: Color
    when: datetime.date
''', module.__dict__)
import datetime
value = []
for i in range(50000):
    color = module.Color.BLUE if i % 40000 == 7 else module.Color.RED
    value.append(module.Record(i, "record %d" % i, ["a", "b%d" % (i % 10)], color, datetime.date(2020, 1, 1 + i % 28)))
    value.append({"id": i, "name": value[-1].name, "tags": value[-1].tags, "color": color, "when": value[-1].when})
`
	type record struct {
		ID    int      `pickle:"id"`
		Name  string   `pickle:"name"`
		Tags  []string `pickle:"tags"`
		Color any      `pickle:"color"`
		When  any      `pickle:"when"`
	}
	for _, protocol := range []int{2, 5} {
		data, err := python.Dumps(program, protocol)
		if err != nil {
			t.Fatal(err)
		}
		var want []record
		if err := pickle.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1 << 20, window.Size} {
			setWindow(t, size)
			i := 0
			for got, err := range pickle.Items[record](pickle.NewDecoder(bytes.NewReader(data))) {
				if err != nil {
					t.Fatalf("protocol %d, window %d, item %d: %v", protocol, size, i, err)
				}
				if w := want[i]; got.ID != w.ID || got.Name != w.Name || !slices.Equal(got.Tags, w.Tags) || got.When != w.When || pickle.Repr(got.Color) != pickle.Repr(w.Color) {
					t.Fatalf("protocol %d, item %d: %v, want %v", protocol, i, got, w)
				}
				i++
			}
			if i != 100000 {
				t.Errorf("protocol %d: %d items", protocol, i)
			}
		}
	}
}

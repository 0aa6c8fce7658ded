package pickle_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/internal/window"
)

// setWindow makes Items keep no more than so many bytes until the test ends.
func setWindow(t testing.TB, size int) {
	oldSize, oldKeep, oldCopy := window.Size, window.Keep, window.Copy
	window.Size, window.Keep, window.Copy = size, size/4, 4*size
	t.Cleanup(func() { window.Size, window.Keep, window.Copy = oldSize, oldKeep, oldCopy })
}

// collect returns what Items yields.
func collect[T any](d *pickle.Decoder) (items []T, err error) {
	for item, err := range pickle.Items[T](d) {
		if err != nil {
			if !reflect.ValueOf(&item).Elem().IsZero() {
				return items, errors.New("there is an item beside the error")
			}
			return items, err
		}
		items = append(items, item)
	}
	return items, nil
}

// itemReaders are the ways in which a pickle can arrive.
var itemReaders = map[string]func([]byte) io.Reader{
	"bytes":   func(p []byte) io.Reader { return bytes.NewReader(p) },
	"single":  func(p []byte) io.Reader { return iotest.OneByteReader(bytes.NewReader(p)) },
	"peeker":  func(p []byte) io.Reader { return bufio.NewReaderSize(bytes.NewReader(p), 1000) },
	"dataErr": func(p []byte) io.Reader { return iotest.DataErrReader(bytes.NewReader(p)) },
}

// checkItems fails unless Items yields what Unmarshal decodes, objects that are shared
// included. (A string or bytes may be two where the second reference to it comes in a later batch.)
func checkItems(t *testing.T, data []byte, opts ...pickle.Options) {
	t.Helper()
	var want []any
	if err := pickle.Unmarshal(data, &want, opts...); err != nil {
		t.Fatal(err)
	}
	wantNode := describe(&pickle.Object{Items: want}, 5)
	for name, reader := range itemReaders {
		if name != "bytes" && len(data) > 1<<16 {
			continue
		}
		r := reader(data)
		d := pickle.NewDecoder(r, opts...)
		got, err := collect[any](d)
		if err != nil {
			t.Errorf("%s, window %d: %v", name, window.Size, err)
			continue
		}
		if len(got) != len(want) || !reflect.DeepEqual(describe(&pickle.Object{Items: got}, 5), wantNode) {
			t.Errorf("%s, window %d: %d items, not %d; or they are not the same", name, window.Size, len(got), len(want))
		}
		if d.InputOffset() != int64(len(data)) {
			t.Errorf("%s: offset %d of %d", name, d.InputOffset(), len(data))
		}
		if _, err := collect[any](d); err != io.EOF {
			t.Errorf("%s: at the end: %v", name, err)
		}
	}
}

var lossless = pickle.JoinOptions(pickle.Python2Strings(pickle.Python2ByteString), pickle.WithRegistry(new(pickle.Registry)))

func TestItemsGoldens(t *testing.T) {
	for _, c := range pickletest.Load(t, pickletest.Dir(t)) {
		if n, _ := c.Pickles(); n != 1 {
			continue
		}
		opts := goldenOptions(c)
		var want []any
		if err := pickle.Unmarshal(c.Data, &want, opts...); err != nil || want == nil {
			_, err := collect[any](pickle.NewDecoder(bytes.NewReader(c.Data), opts...))
			if want == nil != (err == nil) && err == nil {
				t.Errorf("%s: no error", c.ID())
			}
			continue
		}
		for _, reader := range []string{"bytes", "single"} {
			got, err := collect[any](pickle.NewDecoder(itemReaders[reader](c.Data), opts...))
			if errors.Is(err, pickle.ErrLetGo) {
				continue // it begins with a list, or is in itself
			}
			if err != nil {
				t.Errorf("%s: %v", c.ID(), err)
				continue
			}
			if len(got) == 0 && len(want) == 0 {
				continue
			}
			a, b := describe(&pickle.Object{Items: got}, 5), describe(&pickle.Object{Items: want}, 5) // the root itself can be in them
			if !reflect.DeepEqual(a, b) && c.Name != "cycle_set" {                                    // which becomes a []any and a *Set: Unmarshal makes its items twice
				t.Errorf("%s: %v\nwant %v", c.ID(), a, b)
			}
		}
	}
}

// TestItemsGoldenLists: the values of all goldens in one list, again and again, so
// that items refer to earlier ones.
func TestItemsGoldenLists(t *testing.T) {
	for _, impl := range []string{"cpython3.13", "cpython2.7"} {
		var values []any
		for _, c := range pickletest.Load(t, pickletest.Dir(t), impl) {
			var v any
			if n, _ := c.Pickles(); n == 1 && len(c.Buffers) == 0 && len(c.Data) < 3000 && pickle.Unmarshal(c.Data, &v, lossless) == nil {
				values = append(values, v)
			}
		}
		var list []any
		for part := range slices.Chunk(values, 700) {
			list = slices.Concat(list, part, part, part[:len(part)/3])
		}
		for _, protocol := range []int{1, 4} {
			data, err := pickle.Marshal(list, pickle.Protocol(protocol))
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range []int{700 << 10, 16 << 20} {
				t.Run(fmt.Sprint(impl, protocol, size), func(t *testing.T) {
					setWindow(t, size)
					checkItems(t, data, lossless)
				})
			}
		}
	}
}

// sharingList returns a list of n records that share some of what is in them.
func sharingList(n int) []any {
	config := pickle.NewDict()
	config.Set("name", "config")
	list := make([]any, n)
	var before any
	for i := range list {
		r := pickle.NewDict()
		r.Set("id", int64(i))
		r.Set("name", fmt.Sprint("record ", i))
		r.Set("config", config)
		r.Set("before", before)
		r.Set("tuple", pickle.Tuple{float64(i), fmt.Sprint("text ", i/10)})
		r.Set("nan", math.NaN())
		list[i] = r
		if i%3 == 0 {
			before = r
		}
		if i%5 == 0 {
			list[i] = &pickle.Object{Class: pickle.Global{Module: "app", Name: "Record"}, Form: 1, State: r}
		}
		if i%7 == 0 {
			list[i] = []any{r, config, int64(i)}
		}
	}
	return list
}

func TestItemsSizes(t *testing.T) {
	for _, n := range []int{0, 1, 2, 999, 1000, 1001, 2500} {
		ints := make([]int64, n)
		for i := range ints {
			ints[i] = int64(i * i)
		}
		for protocol := range 6 {
			for _, v := range []any{ints, sharingList(n)} {
				data, err := pickle.Marshal(v, pickle.Protocol(protocol))
				if err != nil {
					t.Fatal(err)
				}
				for _, size := range []int{100 << 10, 16 << 20} {
					setWindow(t, size)
					checkItems(t, data, lossless)
				}
			}
		}
	}
}

// batches returns a pickle of protocol 4 that appends these items, each a program,
// one batch each.
func batches(items ...string) string {
	return "\x80\x04]\x94(" + strings.Join(items, "e(") + "e."
}

func TestItemsAnyRoot(t *testing.T) {
	for _, p := range []string{
		"(K\x01K\x02K\x03t.", "\x8f(K\x01K\x02\x90.", "K\x01K\x02K\x03\x87.", "N.", "](K\x01(K\x02e", "](K\x01K\x02K\x03eN0.", "(K\x01l.", "((K\x01e.",
		"]q\x000h\x00(K\x01e.", "]q\x00(K\x01h\x00e.", "(lp0\ng0\na.", "]2(K\x01e\x86.", "](K\x01eNb(K\x02e.", "\x96\x02\x00\x00\x00\x00\x00\x00\x00ab.",
		"](e(K\x01ee.", "]K\x01a(K\x00K\x02u(K\x03e.",
	} {
		var want []any
		wantErr := pickle.Unmarshal([]byte(p), &want)
		got, err := collect[any](pickle.NewDecoder(strings.NewReader(p)))
		if (err == nil) != (wantErr == nil) || wantErr == nil && !reflect.DeepEqual(describe(&pickle.Object{Items: got}, 5), describe(&pickle.Object{Items: want}, 5)) {
			t.Errorf("%q: %v, %v, want %v, %v", p, pickle.Repr(got), err, pickle.Repr(want), wantErr)
		}
	}
	var typeError *pickle.UnmarshalTypeError
	if _, err := collect[any](pickle.NewDecoder(strings.NewReader("K\x01."))); !errors.As(err, &typeError) {
		t.Error(err)
	}
}

// chain returns a list of n lists that each have the one before in them: all of them
// are in the last.
func chain(n int) string {
	var items []string
	for i := range n {
		before := ""
		if i > 0 {
			before = "j" + string(binary.LittleEndian.AppendUint32(nil, uint32(i)))
		}
		items = append(items, "("+before+strings.Repeat("K\x07", 500)+"l\x94")
	}
	return batches(items...)
}

// TestItemsLetGo: what refers to an item that has been let go of, or modifies one, is
// an error, wherever that is in time.
func TestItemsLetGo(t *testing.T) {
	filler := "(" + strings.Repeat("K\x07", 1000) + "t\x94"
	many := make([]string, 50)
	for i := range many {
		many[i] = filler
	}
	old := strings.Join(many, "e(")
	for name, p := range map[string]string{
		"GetList":       batches("]\x94", old, "h\x01"),
		"GetString":     batches("\x8c\x01a\x94", old, "h\x01"),
		"GetRoot":       batches("K\x01", "h\x00"),
		"GetRootLater":  batches("K\x01", old, "h\x00"),
		"DupRoot":       "](K\x01e2e.",
		"DupRootLater":  "](K\x01e(" + old + "e2.",
		"PutRoot":       "](K\x01eq\x01(h\x01e.",
		"Tuple":         "](K\x01e\x85.",
		"TupleOfTwo":    "](K\x01eK\x02\x86.",
		"Popped":        "](K\x01e0](K\x02e.",
		"PoppedAndGot":  "]q\x00(K\x01e0h\x00.",
		"OtherOnTop":    "](K\x01eK\x02.",
		"SetItemRoot":   "](K\x01eK\x00K\x02s.",
		"AppendOlder":   batches("]\x94", "h\x01K\x01a"),
		"AppendsOlder":  batches("]\x94", "h\x01(K\x01e"),
		"SetItemOlder":  batches("}\x94", "h\x01K\x01K\x02s"),
		"AddItemsOlder": batches("\x8f\x94", "h\x01(K\x01\x90"),
		"BuildOlder":    batches("\x8c\x03app\x94\x8c\x01C\x94\x93\x94)\x81\x94", "h\x04}b"),
		"SetterOlder":   batches("\x8c\x03app\x94\x8c\x01C\x94\x93\x94)\x81\x94", "h\x04h\x03h\x04K\x01\x86R0"),
		"CopiedOlder":   batches("]\x94", "h\x01", filler, old, "h\x01K\x01a"),
		"MemoGaps":      "](K\x01r\x07\x00\x00\x00e(" + old + "e.",
		"Chain":         chain(200),
		"OldIndex":      batches("K\x01", old, "K\x02q\x03", old, "K\x03"),
	} {
		setWindow(t, 100<<10)
		d := pickle.NewDecoder(strings.NewReader(p))
		_, err := collect[any](d)
		var syntaxError *pickle.SyntaxError
		if !errors.Is(err, pickle.ErrLetGo) || !errors.As(err, &syntaxError) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if syntaxError.Offset >= int64(len(p)) || p[syntaxError.Offset] == '.' != strings.Contains("Tuple TupleOfTwo OtherOnTop Popped", name) && name != "MemoGaps" && name != "OldIndex" {
			t.Errorf("%s: offset %d of %d: %v", name, syntaxError.Offset, len(p), err)
		}
		if err2 := d.Decode(new(any)); err2 != err {
			t.Errorf("%s: then %v", name, err2)
		}
	}
}

// TestItemsKept: what has been fetched once, classes, and what may be members of an
// enum, can be referred to after any time.
func TestItemsKept(t *testing.T) {
	filler := "(" + strings.Repeat("K\x07", 1000) + "t\x94"
	old := strings.Repeat(filler+"e(", 100) + filler
	python2 := "]q\x01(]q\x02K\x05ae(h\x02" // whose memo begins with index 1
	for i := range 200 {
		python2 += "e(" + strings.TrimSuffix(filler, "\x94") + "r" + string(binary.LittleEndian.AppendUint32(nil, uint32(i+3)))
	}
	for name, c := range map[string]struct{ p, want string }{
		"Python2": {python2 + "e(h\x02e.", "[5]"},
		"List":    {batches("]\x94K\x05a", "h\x01", old, "h\x01", old, "h\x01"), "[5]"},
		"String":  {batches("\x8c\x01a\x94", "h\x01", old, "h\x01", old, "h\x01"), "'a'"},
		"Class":   {batches("capp\nC\n\x94", old, "h\x01", old, "h\x01"), "app.C"},
		"Enum":    {batches("capp\nC\n\x94K\x01\x85\x94R\x94", old, "h\x03", old, "h\x03"), "app.C(1)"},
		"Tree":    {batches("]\x94(\x8c\x01b\x94h\x02}\x94h\x02\x8f\x94(h\x02\x90sh\x02NC\x01x\x94h\x05K\x01\x85\x94h\x06e", "h\x01", old, "h\x01", old, "h\x01"), "['b', 'b', {'b': {'b'}}, 'b', None, b'x', b'x', (1,), (1,)]"},
	} {
		setWindow(t, 100<<10)
		got, err := collect[any](pickle.NewDecoder(strings.NewReader(c.p)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(got) < 103 {
			t.Errorf("%s: %d items", name, len(got))
		}
		got = slices.DeleteFunc(got, func(v any) bool { t, ok := v.(pickle.Tuple); return ok && len(t) == 1000 })
		for i, v := range got {
			if pickle.Repr(v) != c.want {
				t.Errorf("%s: item %d is %s", name, i, pickle.Repr(v))
			}
			got[i] = got[0]
			if one := describe(got, 5); len(got) < 3 || !reflect.DeepEqual(one, describe(append(got[:i:i], append([]any{v}, got[i+1:]...)...), 5)) {
				t.Errorf("%s: item %d is another object", name, i)
			}
		}
	}
}

// TestItemsAlias: what was yielded stays as it is, though it refers to the input.
func TestItemsAlias(t *testing.T) {
	setWindow(t, 4000)
	var want []string
	for i := range 5000 {
		want = append(want, fmt.Sprint("string number ", i, strings.Repeat(".", i%100)))
	}
	data, err := pickle.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	for name, reader := range itemReaders {
		got, err := collect[string](pickle.NewDecoder(reader(data), pickle.AliasInput(true)))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %d strings, not the same", name, err, len(got))
		}
	}
}

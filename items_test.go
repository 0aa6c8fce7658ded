package pickle_test

import (
	"bufio"
	"bytes"
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
	old := window.Size
	window.Size = size
	t.Cleanup(func() { window.Size = old })
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
		for _, reader := range itemReaders {
			got, err := collect[any](pickle.NewDecoder(reader(c.Data), opts...))
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
			if !reflect.DeepEqual(a, b) && c.Name != "cycle_set" { // which becomes a []any and a *Set: Unmarshal makes its items twice
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
			for _, size := range []int{700 << 10, 32 << 20} {
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
				for _, size := range []int{100 << 10, 32 << 20} {
					setWindow(t, size)
					checkItems(t, data, lossless)
				}
			}
		}
	}
}

func TestItemsAnyRoot(t *testing.T) {
	for _, p := range []string{"(K\x01K\x02K\x03t.", "\x8f(K\x01K\x02\x90.", "K\x01K\x02K\x03\x87.", "N.", "](K\x01(K\x02e", "]q\x00(K\x01h\x00e.", "(lp0\ng0\na."} {
		var want []any
		wantErr := pickle.Unmarshal([]byte(p), &want)
		got, err := collect[any](pickle.NewDecoder(strings.NewReader(p)))
		if (err == nil) != (wantErr == nil) || wantErr == nil && pickle.Repr(got) != pickle.Repr(want) {
			t.Errorf("%q: %v, %v, want %v, %v", p, pickle.Repr(got), err, pickle.Repr(want), wantErr)
		}
	}
	var typeError *pickle.UnmarshalTypeError
	if _, err := collect[any](pickle.NewDecoder(strings.NewReader("K\x01."))); !errors.As(err, &typeError) {
		t.Error(err)
	}
}

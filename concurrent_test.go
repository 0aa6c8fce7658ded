package pickle_test

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"sync"
	"testing"

	"github.com/go-pickle/pickle"
)

// together runs f in n goroutines, which begin at the same time.
func together(n int, f func(g int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for g := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			f(g)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

// newType makes a struct type that nobody has seen before, with what needs a
// function of its own to be decoded and encoded.
func newType(i int) reflect.Type {
	inner := reflect.StructOf([]reflect.StructField{
		{Name: "N", Type: reflect.TypeFor[int](), Tag: reflect.StructTag(fmt.Sprintf(`pickle:"n%d"`, i))},
		{Name: "M", Type: reflect.MapOf(reflect.ArrayOf(i+1, reflect.TypeFor[uint16]()), reflect.TypeFor[string]()), Tag: `pickle:"m"`},
	})
	return reflect.StructOf([]reflect.StructField{
		{Name: "A", Type: reflect.SliceOf(inner), Tag: reflect.StructTag(fmt.Sprintf(`pickle:"a%d"`, i))},
		{Name: "P", Type: reflect.PointerTo(inner), Tag: `pickle:"p"`},
		{Name: "T", Type: reflect.SliceOf(reflect.TypeFor[string]()), Tag: `pickle:"t,tuple"`},
	})
}

// TestNewTypesConcurrently: types that several goroutines see for the first time
// at once.
func TestNewTypesConcurrently(t *testing.T) {
	for i := range 40 {
		typ := newType(i)
		v := reflect.New(typ)
		v.Elem().Field(0).Set(reflect.MakeSlice(typ.Field(0).Type, 2, 2))
		v.Elem().Field(1).Set(v.Elem().Field(0).Index(1).Addr())
		v.Elem().Field(2).Set(reflect.ValueOf([]string{"a", "b"}))
		together(4, func(int) {
			data, err := pickle.Marshal(v.Interface())
			if err != nil {
				t.Error(err)
				return
			}
			got := reflect.New(typ)
			if err := pickle.Unmarshal(data, got.Interface()); err != nil || !reflect.DeepEqual(got.Interface(), v.Interface()) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

type (
	raceClass struct {
		N    int64 `pickle:"n"`
		Next any   `pickle:"next"`
	}
	racePoint struct{ X, Y int64 }
	raceEnum  int
)

// TestRegistryConcurrently: one registry, which is read by some and written by
// others.
func TestRegistryConcurrently(t *testing.T) {
	r := registryOf(t, map[string]any{"m.C": raceClass{}})
	layer := r.Layer()
	opt := pickle.WithRegistry(layer)
	together(6, func(g int) {
		for i := range 50 {
			if g == 0 {
				name := fmt.Sprintf("m.f%d", i)
				if err := r.RegisterFunc(name, func() int64 { return int64(i) }); err != nil {
					t.Error(err)
				}
				if err := layer.RegisterExtension(i+1, "m.C"); err != nil && i == 0 {
					t.Error(err)
				}
				continue
			}
			v := &raceClass{N: int64(i), Next: []any{&raceClass{N: int64(g)}, racePoint{1, 2}}}
			data, err := pickle.Marshal(v, opt)
			if err != nil {
				t.Error(err)
				return
			}
			var got any
			if err := pickle.Unmarshal(data, &got, opt); err != nil || got.(*raceClass).Next.([]any)[0].(*raceClass).N != int64(g) {
				t.Error(got, err)
			}
			if i == 25 && g == 1 {
				if err := layer.Register("m.Point", racePoint{}, pickle.NamedTuple()); err != nil {
					t.Error(err)
				}
				if err := layer.Register("m.Enum", raceEnum(0), pickle.Enum()); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

// TestValuesConcurrently: the Values of one Parse.
func TestValuesConcurrently(t *testing.T) {
	var p bytes.Buffer
	p.WriteString("}(")
	for i := range 200 {
		fmt.Fprintf(&p, "V%d\np%d\n(cm\nC\n)\x81p%d\n}Vn\nI%dsbg%d\nc__builtin__\nset\n((I1\nI2\nltRl", i, i, 1000+i, i, i)
	}
	p.WriteString("u.")
	data := bytes.ReplaceAll(p.Bytes(), []byte("sbg"), []byte("\nsbg"))
	v, err := pickle.Parse(data, pickle.WithRegistry(registryOf(t, map[string]any{"m.C": raceClass{}})))
	if err != nil {
		t.Fatal(err)
	}
	together(4, func(g int) {
		n := 0
		for key, x := range v.All() {
			var list []any
			if err := x.Decode(&list); err != nil {
				t.Error(err)
				return
			}
			class, ok := x.Index(0).Class()
			if c := list[0].(*raceClass); c.N != int64(n) || list[1] != key || !ok || class.Name != "C" || list[2].(*pickle.Set).Len() != 2 {
				t.Errorf("%v: %v", key, list)
			}
			if g%2 == 0 && v.Get(key).Index(1).String() != pickle.Repr(key) {
				t.Error(key)
			}
			n++
		}
		if n != 200 {
			t.Error(n)
		}
		if _, err := v.Any(); err != nil {
			t.Error(err)
		}
	})
}

// confidential is a value with a mark in everything there is memory for: text,
// bytes, keys, names of classes, attributes, long and short.
func confidential(mark string) any {
	long := mark + string(bytes.Repeat([]byte(mark), 500))
	d := pickle.NewDict()
	d.Set(mark, long)
	d.Set(pickle.Tuple{mark, int64(1)}, []byte(long))
	return []any{
		d, []byte(mark), pickle.ByteArray(long), pickle.NewSet(mark, long), long,
		&pickle.Object{Class: pickle.Global{Module: mark, Name: mark + "C"}, Args: pickle.Tuple{mark}, State: d},
		pickle.Global{Module: mark, Name: mark}, pickle.PersistentRef{ID: []any{mark}},
	}
}

// TestPoolsLeakNothing: what one call was given, or has returned, shows in no
// other, also where the caller goes on to write into it.
func TestPoolsLeakNothing(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	together(4, func(g int) {
		mine := fmt.Sprintf("goroutine %d/", g)
		for i := range rounds {
			mark := fmt.Sprintf("%s%d;", mine, i)
			want := confidential(mark)
			data, err := pickle.Marshal(want)
			if err != nil {
				t.Error(err)
				return
			}
			checkOnly(t, data, mine)
			kept := bytes.Clone(data)
			var got any
			if err := pickle.Unmarshal(data, &got); err != nil {
				t.Error(err)
				return
			}
			var value struct {
				V any
				H keepsValue
			}
			if err := pickle.Unmarshal(append([]byte("}(VV\nNVH\n"), append(data[11:len(data)-1:len(data)-1], "u."...)...), &value); err != nil {
				t.Error(err)
				return
			}
			poison(data) // the input and what was encoded belong to the caller
			if !pickle.Equal(got, want) {
				t.Errorf("what was decoded has changed with the input: %s", pickle.Repr(got))
			}
			again, err := pickle.Marshal(got)
			if err != nil || !bytes.Equal(again, kept) {
				t.Errorf("%q, %v", again, err)
			}
			poison(again)
			for _, x := range got.([]any) { // and so does what was decoded
				switch x := x.(type) {
				case []byte:
					poison(x)
				case pickle.ByteArray:
					poison(x)
				}
			}
			var out bytes.Buffer
			enc := pickle.NewEncoder(&out)
			for range 2 {
				if err := enc.Encode(want); err != nil || !bytes.Equal(out.Bytes(), kept) {
					t.Errorf("%q, %v", out.Bytes(), err)
				}
				poison(out.Bytes())
				out.Reset()
			}
			dec := pickle.NewDecoder(io.MultiReader(bytes.NewReader(kept[:len(kept)/2]), bytes.NewReader(kept[len(kept)/2:]), bytes.NewReader(kept)))
			var first, second any
			if err := dec.Decode(&first); err != nil {
				t.Error(err)
			}
			if err := dec.Decode(&second); err != nil || !pickle.Equal(first, want) || !pickle.Equal(second, want) {
				t.Error("from a stream:", first, second, err)
			}
			_ = pickle.Unmarshal(kept[:len(kept)-i%len(kept)-1], new(any)) // which fails, with much on the stack
			_ = pickle.Unmarshal(kept, new([]string))
			_, _ = pickle.Marshal([]any{mark, want, func() {}})
		}
	})
}

// keepsValue is a hook that keeps the Value it is given.
type keepsValue struct{ v pickle.Value }

func (k *keepsValue) UnmarshalPickle(v pickle.Value) error {
	k.v = v
	_, err := v.Any()
	return err
}

// checkOnly checks that no other mark than that of this goroutine is in data.
func checkOnly(t *testing.T, data []byte, mine string) {
	const mark = "goroutine "
	for rest := data; ; rest = rest[1:] {
		i := bytes.Index(rest, []byte(mark))
		if i < 0 {
			return
		}
		if rest = rest[i:]; !bytes.HasPrefix(rest, []byte(mine)) {
			t.Errorf("%.40q in what belongs to %q", rest, mine)
			return
		}
	}
}

func poison(b []byte) {
	for i := range b {
		b[i] = 0xdb
	}
}

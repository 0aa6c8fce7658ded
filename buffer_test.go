package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// Out-of-band buffers (PEP 574): what is large goes beside the pickle, and is
// the same memory on its way out and on its way in.

type (
	bufferName  []byte
	bufferImage struct {
		Name   string           `pickle:"name"`
		Pixels []byte           `pickle:"pixels,buffer"`
		Mask   pickle.ByteArray `pickle:"mask,buffer"`
		Raw    *bufferName      `pickle:"raw,buffer,omitempty"`
	}
)

func sameMemory(a, b []byte) bool {
	return len(a) == len(b) && unsafe.SliceData(a) == unsafe.SliceData(b)
}

// apart returns an option that keeps all buffers, and where.
func apart() (pickle.Options, *[]pickle.Buffer) {
	kept := new([]pickle.Buffer)
	return pickle.BufferCallback(func(b pickle.Buffer) (bool, error) {
		*kept = append(*kept, b)
		return false, nil
	}), kept
}

func dataOf(buffers []pickle.Buffer) pickle.Options {
	return pickle.Buffers(func(yield func([]byte) bool) {
		for _, b := range buffers {
			if !yield(b.Data) {
				return
			}
		}
	})
}

// A field tagged buffer goes out of band where the caller asks for buffers, and
// is bytes like any other where not.
func ExampleBufferCallback_tag() {
	type Image struct {
		Name   string `pickle:"name"`
		Pixels []byte `pickle:"pixels,buffer"`
	}
	image := Image{"sky", make([]byte, 1<<20)}
	var beside [][]byte
	data, err := pickle.Marshal(image, pickle.BufferCallback(func(b pickle.Buffer) (bool, error) {
		beside = append(beside, b.Data) // not a copy
		return false, nil
	}))
	if err != nil {
		log.Fatal(err)
	}
	var back Image
	if err := pickle.Unmarshal(data, &back, pickle.Buffers(slices.Values(beside))); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(data) < 100, len(beside), &back.Pixels[0] == &image.Pixels[0])
	// Output:
	// true 1 true
}

// TestBufferTag: a field tagged buffer is a buffer when there is a way out of
// band, else bytes; a ByteArray can be written to.
func TestBufferTag(t *testing.T) {
	raw := bufferName("raw")
	v := bufferImage{"n", []byte("pix"), pickle.ByteArray("mask"), &raw}
	out, kept := apart()
	data, err := pickle.Marshal(&v, out)
	if err != nil {
		t.Fatal(err)
	}
	want := "\x80\x05\x95\x2b\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x04name\x94\x8c\x01n\x94\x8c\x06pixels\x94\x97\x98\x8c\x04mask\x94\x97\x8c\x03raw\x94\x97\x98u."
	if string(data) != want {
		t.Errorf("got  %q\nwant %q", data, want)
	}
	if len(*kept) != 3 {
		t.Fatal(kept)
	}
	for i, b := range [][]byte{v.Pixels, v.Mask, raw} {
		if k := (*kept)[i]; !sameMemory(k.Data, b) || k.ReadOnly != (i != 1) {
			t.Errorf("buffer %d: %v", i, k)
		}
	}
	back := bufferImage{Name: "old"}
	if err := pickle.Unmarshal(data, &back, dataOf(*kept)); err != nil || !reflect.DeepEqual(back, v) {
		t.Fatal(back, err)
	}
	if !sameMemory(back.Pixels, v.Pixels) || !sameMemory(back.Mask, v.Mask) || !sameMemory(*back.Raw, raw) {
		t.Error("copied")
	}
	// In band: what the same fields are with the default way, or the tag bytearray.
	type plain struct {
		Name   string           `pickle:"name"`
		Pixels []byte           `pickle:"pixels"`
		Mask   pickle.ByteArray `pickle:"mask"`
		Raw    bufferName       `pickle:"raw"`
	}
	same := plain{v.Name, v.Pixels, v.Mask, raw}
	inBand := pickle.BufferCallback(func(pickle.Buffer) (bool, error) { return true, nil })
	for protocol := range 6 {
		opts := [][]pickle.Options{{pickle.Protocol(protocol)}, {pickle.Protocol(protocol), inBand}}
		if protocol < 5 {
			opts = append(opts, []pickle.Options{pickle.Protocol(protocol), out})
		}
		for _, o := range opts {
			got, err1 := pickle.Marshal(&v, o...)
			want, err2 := pickle.Marshal(&same, o...)
			if err1 != nil || err2 != nil || !bytes.Equal(got, want) {
				t.Errorf("protocol %d: %v, %v\n got  %q\n want %q", protocol, err1, err2, got, want)
			}
			back := bufferImage{}
			if err := pickle.Unmarshal(got, &back); err != nil || !reflect.DeepEqual(back, v) {
				t.Errorf("protocol %d: %v, %v", protocol, back, err)
			}
		}
	}
	if len(*kept) != 3 {
		t.Error("below protocol 5 there is no out of band")
	}
	if data, err := pickle.Marshal(bufferImage{}, out, pickle.NoMemo(true)); err != nil || !strings.HasSuffix(string(data), "\x8c\x06pixelsN\x8c\x04maskNu.") || len(*kept) != 3 {
		t.Errorf("%q, %v", data, err)
	}
	full := errors.New("no room")
	var e *pickle.MarshalError
	_, err = pickle.Marshal([]any{v}, pickle.BufferCallback(func(pickle.Buffer) (bool, error) { return false, full }))
	if !asError(err, &e) || !errors.Is(err, full) || e.Path != "[0].pixels" {
		t.Error(err)
	}
}

func TestBufferTagMisplaced(t *testing.T) {
	for _, v := range []any{
		struct {
			A string `pickle:",buffer"`
		}{}, struct {
			A [4]byte `pickle:",buffer"`
		}{}, struct {
			A []int `pickle:",buffer"`
		}{}, struct {
			A any `pickle:",buffer"`
		}{}, struct {
			A pickle.Buffer `pickle:",buffer"`
		}{}, struct {
			A []byte `pickle:",buffer,bytearray"`
		}{},
	} {
		var e *pickle.MarshalError
		if _, err := pickle.Marshal(v); !asError(err, &e) || !strings.Contains(err.Error(), "field A") {
			t.Errorf("%T: %v", v, err)
		}
	}
}

// TestBuffersAlias: whatever a buffer is decoded into, it is the memory that
// was given, and what a callback is given is the memory of the program.
func TestBuffersAlias(t *testing.T) {
	given := []byte("given")
	buffers := pickle.Buffers(slices.Values([][]byte{given}))
	type field struct{ A []byte }
	for _, op := range []string{"\x97", "\x97\x98"} {
		p := "\x80\x05" + op
		readOnly := len(op) == 2
		for _, got := range []any{
			decode[[]byte](t, p+".", buffers), decode[*[]byte](t, p+".", buffers), decode[any](t, p+".", buffers), decode[pickle.Buffer](t, p+".", buffers),
			decode[*pickle.Buffer](t, p+".", buffers), decode[pickle.ByteArray](t, p+".", buffers), decode[namedBytes](t, p+".", buffers),
			decode[[]any](t, p+"\x85.", buffers)[0], decode[map[string][]byte](t, "\x80\x05}Va\n"+op+"s.", buffers)["a"], decode[field](t, "\x80\x05}VA\n"+op+"s.", buffers).A,
			decode[any](t, "\x80\x05cx\nT\n("+op+"tR.", buffers).(*pickle.Object).Args[0], decode[any](t, p+".", buffers, pickle.PlainValues(true)),
		} {
			v := reflect.Indirect(reflect.ValueOf(got))
			if b, ok := v.Interface().(pickle.Buffer); ok {
				if b.ReadOnly != readOnly {
					t.Errorf("%q: %+v", p, b)
				}
				v = reflect.ValueOf(b.Data)
			}
			if !sameMemory(v.Bytes(), given) {
				t.Errorf("%q: a %T is a copy", p, got)
			}
		}
		// A string cannot share memory that somebody may write to.
		if s := decode[string](t, p+".", buffers); s != "given" {
			t.Errorf("%q: %q", p, s)
		}
		value, err := pickle.Parse([]byte(p+"."), buffers)
		var b []byte
		if err != nil || value.Decode(&b) != nil || !sameMemory(b, given) {
			t.Errorf("%q: Parse: %v", p, err)
		}
		var wrong struct{ A [5]byte }
		var e *pickle.UnmarshalTypeError
		if err := pickle.Unmarshal([]byte("\x80\x05}VA\n"+op+"s."), &wrong, buffers); !asError(err, &e) || e.Path != "A" {
			t.Errorf("%q: %v", p, err)
		}
	}
	out, kept := apart()
	owned := pickle.Buffer{Data: given}
	if _, err := pickle.Marshal([]any{owned, &owned, map[string]pickle.Buffer{"a": {Data: given, ReadOnly: true}}}, out); err != nil || len(*kept) != 3 {
		t.Fatal(kept, err)
	}
	for i, b := range *kept {
		if !sameMemory(b.Data, given) || b.ReadOnly != (i == 2) {
			t.Errorf("%d: %v", i, b)
		}
	}
}

// TestBufferStreams: an Encoder and a Decoder go through several pickles and
// their buffers in step; where these run out, that is an error of the pickle.
func TestBufferStreams(t *testing.T) {
	for _, memo := range []bool{false, true} {
		var stream bytes.Buffer
		out, kept := apart()
		enc := pickle.NewEncoder(&stream, out, pickle.KeepMemo(memo))
		var want []bufferImage
		for i := range 3 {
			v := bufferImage{Name: fmt.Sprint(i), Pixels: bytes.Repeat([]byte{byte(i)}, 10*i), Mask: pickle.ByteArray{byte(i)}}
			want = append(want, v)
			if err := enc.Encode(v); err != nil {
				t.Fatal(err)
			}
		}
		sent := stream.Bytes()
		dec := pickle.NewDecoder(bytes.NewReader(sent), dataOf(*kept), pickle.KeepMemo(memo))
		for i := range want {
			var v bufferImage
			if err := dec.Decode(&v); err != nil || !reflect.DeepEqual(v, want[i]) || !sameMemory(v.Pixels, want[i].Pixels) {
				t.Errorf("pickle %d: %v, %v", i, v, err)
			}
		}
		if err := dec.Decode(new(any)); err != io.EOF {
			t.Error(err)
		}
		for have := range 6 {
			dec := pickle.NewDecoder(bytes.NewReader(sent), dataOf((*kept)[:have]), pickle.KeepMemo(memo))
			for i := range want {
				v := bufferImage{Name: "kept"}
				err := dec.Decode(&v)
				var e *pickle.UnmarshalTypeError
				switch missing := have < 2*i+2; {
				case !missing && (err != nil || v.Name != want[i].Name):
					t.Errorf("%d buffers, pickle %d: %v", have, i, err)
				case missing && (!asError(err, &e) || e.Type != reflect.TypeFor[pickle.Buffer]() || v.Name != "kept"):
					t.Errorf("%d buffers, pickle %d: %v, %v", have, i, v, err)
				}
			}
		}
	}
}

// TestLiveBuffersExchange: pickles and buffers go from Python to Go and from Go
// to Python; in Python too, what is given is what is found.
func TestLiveBuffersExchange(t *testing.T) {
	for _, version := range []string{"3.8", "3.13"} {
		python := pickletest.StartPython(t, version)
		var sent struct {
			_       struct{} `pickle:",tuple"`
			Data    []byte
			Buffers [][]byte
		}
		ask(t, python, `import pickle
class ZeroCopy(bytearray):
    def __reduce_ex__(self, protocol):
        return ZeroCopy, (pickle.PickleBuffer(self),)
ZeroCopy.__module__, ZeroCopy.__qualname__ = 'shapes', 'ZeroCopy'
shapes.ZeroCopy = ZeroCopy
z = ZeroCopy(b'zero')
buffers = []
data = pickle.dumps({'z': [z, z], 'w': pickle.PickleBuffer(bytearray(b'writable')), 'r': pickle.PickleBuffer(b'read-only'), 'e': pickle.PickleBuffer(b'')}, 5, buffer_callback=buffers.append)
value = data, [bytes(b.raw()) for b in buffers]`, &sent)
		var v struct {
			Z []*pickle.Object `pickle:"z"`
			W pickle.Buffer    `pickle:"w"`
			R any              `pickle:"r"`
			E []byte           `pickle:"e"`
		}
		opts := pickle.JoinOptions(pickle.Buffers(slices.Values(sent.Buffers)), pickle.DisallowUnknownFields(true))
		if err := pickle.Unmarshal(sent.Data, &v, opts); err != nil {
			t.Fatal(err)
		}
		if v.Z[0] != v.Z[1] || v.Z[0].Class.Name != "ZeroCopy" || !sameMemory(v.Z[0].Args[0].(pickle.Buffer).Data, sent.Buffers[0]) || string(v.W.Data) != "writable" || v.W.ReadOnly ||
			!pickle.Equal(v.R, pickle.Buffer{Data: []byte("read-only"), ReadOnly: true}) || v.E == nil || len(v.E) != 0 {
			t.Errorf("%+v", v)
		}
		// Back again: the same bytes, the same memory.
		var whole any
		if err := pickle.Unmarshal(sent.Data, &whole, opts); err != nil {
			t.Fatal(err)
		}
		out, kept := apart()
		again, err := pickle.Marshal(whole, out)
		if err != nil || !bytes.Equal(again, sent.Data) {
			t.Errorf("%v\n got  %q\n want %q", err, again, sent.Data)
		}
		for i, b := range *kept {
			if !sameMemory(b.Data, sent.Buffers[i]) {
				t.Errorf("buffer %d is a copy", i)
			}
		}
		// From Go: fields with the tag, and Buffers.
		raw := bufferName("raw")
		out, kept = apart()
		data, err := pickle.Marshal([]any{&bufferImage{"n", []byte("pix"), pickle.ByteArray("mask"), &raw}, pickle.Buffer{Data: []byte("w")}}, out)
		if err != nil {
			t.Fatal(err)
		}
		var parts []any
		for _, b := range *kept {
			parts = append(parts, b.Data)
		}
		var found []string
		ask(t, python, fmt.Sprintf(`import pickle
buffers = [bytearray(b) for b in %s]
image, w = pickle.loads(b%v, buffers=buffers)
def say(b, i):
    return '%%s %%s %%s %%s' %% (type(b).__name__, bytes(b).decode(), b is buffers[i] or b.obj is buffers[i], getattr(b, 'readonly', False))
value = [say(image['pixels'], 0), say(image['mask'], 1), say(image['raw'], 2), say(w, 3)]
try:
    pickle.loads(b%[2]v, buffers=buffers[:2])
except pickle.UnpicklingError as e:
    value.append('too few')
`, literal(t, parts), pythonBytes(data)), &found)
		if want := []string{"memoryview pix True True", "bytearray mask True False", "memoryview raw True True", "bytearray w True False", "too few"}; !slices.Equal(found, want) {
			t.Errorf("%s: %q", version, found)
		}
	}
}

// TestBuffersNumPy: arrays as NumPy 1.24 pickles them, out of band and in band,
// writable and not. The bytes are there without a copy, and go out again as they
// came.
func TestBuffersNumPy(t *testing.T) {
	data := []byte("\x00\x00\x01\x00\x02\x00")
	const head, tail = "}\x94\x8c\x01a\x94\x8c\x12numpy.core.numeric\x94\x8c\x0b_frombuffer\x94\x93\x94(",
		"\x8c\x05numpy\x94\x8c\x05dtype\x94\x93\x94\x8c\x02i2\x94\x89\x88\x87\x94R\x94(K\x03\x8c\x01<\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94bK\x03\x85\x94\x8c\x01C\x94t\x94R\x94s."
	for _, tt := range []struct {
		header, data string
		outOfBand    bool
		want         any
	}{
		{"\x80\x05\x95q\x00\x00\x00\x00\x00\x00\x00", "\x97", true, pickle.Buffer{Data: data}},
		{"\x80\x05\x95r\x00\x00\x00\x00\x00\x00\x00", "\x97\x98", true, pickle.Buffer{Data: data, ReadOnly: true}},
		{"\x80\x05\x95\x80\x00\x00\x00\x00\x00\x00\x00", "\x96\x06\x00\x00\x00\x00\x00\x00\x00" + string(data) + "\x94", false, pickle.ByteArray(data)},
		{"\x80\x05\x95y\x00\x00\x00\x00\x00\x00\x00", "C\x06" + string(data) + "\x94", false, data},
	} {
		p := tt.header + head + tt.data + tail
		var v any
		if err := pickle.Unmarshal([]byte(p), &v, pickle.Buffers(slices.Values([][]byte{data}))); err != nil {
			t.Fatal(err)
		}
		array, _ := v.(*pickle.Dict).Get("a")
		if got := array.(*pickle.Object).Args[0]; !pickle.Equal(got, tt.want) {
			t.Errorf("%q: %v", tt.data, got)
		}
		out, kept := apart()
		again, err := pickle.Marshal(v, out)
		if err != nil || string(again) != p {
			t.Errorf("%v\n got  %q\n want %q", err, again, p)
		}
		if tt.outOfBand != (len(*kept) == 1) || tt.outOfBand && !sameMemory((*kept)[0].Data, data) {
			t.Errorf("%q: %v", tt.data, *kept)
		}
	}
}

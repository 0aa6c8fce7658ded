package pickle_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// readers are the ways in which a stream arrives.
var readers = []struct {
	name string
	make func(io.Reader) io.Reader
}{
	{"Whole", func(r io.Reader) io.Reader { return r }},
	{"OneByte", iotest.OneByteReader},
	{"Half", iotest.HalfReader},
	{"DataErr", iotest.DataErrReader},
	{"OneByteDataErr", func(r io.Reader) io.Reader { return iotest.DataErrReader(iotest.OneByteReader(r)) }},
	{"Bufio", func(r io.Reader) io.Reader { return bufio.NewReader(r) }},
	{"BufioSmall", func(r io.Reader) io.Reader { return bufio.NewReaderSize(r, 16) }},
	{"BufioOneByte", func(r io.Reader) io.Reader { return bufio.NewReader(iotest.OneByteReader(r)) }},
	{"Peeker", func(r io.Reader) io.Reader { return bare{bufio.NewReader(r)} }},
}

// bare is a *bufio.Reader without Buffered and Discard.
type bare struct{ r *bufio.Reader }

func (b bare) Read(p []byte) (int, error) { return b.r.Read(p) }
func (b bare) ReadByte() (byte, error)    { return b.r.ReadByte() }
func (b bare) UnreadByte() error          { return b.r.UnreadByte() }
func (b bare) Peek(n int) ([]byte, error) { return b.r.Peek(n) }

func TestDecoder(t *testing.T) {
	const stream = "K\x01.]K\x02a.\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94.Vtext\n.N."
	want := []any{int64(1), []any{int64(2)}, "a", "text", nil}
	offsets := []int64{3, 8, 24, 31, 33}
	for _, r := range readers {
		for _, memo := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/KeepMemo=%v", r.name, memo), func(t *testing.T) {
				dec := pickle.NewDecoder(r.make(strings.NewReader(stream)), pickle.KeepMemo(memo))
				for i, w := range want {
					var v any
					if err := dec.Decode(&v); err != nil {
						t.Fatal(i, err)
					}
					if diff := cmp.Diff(w, v); diff != "" {
						t.Error(diff)
					}
					if dec.InputOffset() != offsets[i] {
						t.Errorf("%d: offset %d", i, dec.InputOffset())
					}
				}
				for range 2 {
					if err := dec.Decode(new(any)); err != io.EOF {
						t.Errorf("at the end: %v", err)
					}
				}
				if rest, err := io.ReadAll(dec.Buffered()); len(rest) != 0 || err != nil {
					t.Errorf("%q, %v", rest, err)
				}
			})
		}
	}
}

func TestDecoderEmpty(t *testing.T) {
	for _, r := range readers {
		if err := pickle.NewDecoder(r.make(strings.NewReader(""))).Decode(new(any)); err != io.EOF {
			t.Errorf("%s: %v", r.name, err)
		}
	}
}

func TestDecoderTruncated(t *testing.T) {
	large := "B\x00\x00\x02\x00" + strings.Repeat("x", 1<<17)
	for _, p := range []string{"K\x01.K", "K\x01.]", "K\x01.Vabc", "K\x01.X\x05\x00\x00\x00a", "K\x01.\x80\x04\x95\xff\x00\x00\x00\x00\x00\x00\x00]", "K\x01." + large[:70000], "K\x01." + large[:5], "K\x01." + large} {
		for _, r := range readers {
			for _, memo := range []bool{false, true} {
				dec := pickle.NewDecoder(r.make(strings.NewReader(p)), pickle.KeepMemo(memo))
				v := any("before")
				if err := dec.Decode(&v); err != nil {
					t.Fatal(err)
				}
				var e *pickle.SyntaxError
				err := dec.Decode(&v)
				if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &e) || e.Offset < 3 || e.Hint != "" {
					t.Errorf("%s, %.10q: %v", r.name, p, err)
				}
				if v != int64(1) {
					t.Error(v)
				}
				if again := dec.Decode(&v); again != err {
					t.Errorf("again: %v", again)
				}
			}
		}
	}
}

func TestDecoderGarbage(t *testing.T) {
	dec := pickle.NewDecoder(strings.NewReader("K\x01.!!!!"))
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(dec.Buffered())
	if string(rest) != "!!!!" {
		t.Errorf("%q", rest)
	}
	var e *pickle.SyntaxError
	if err := dec.Decode(&v); !errors.As(err, &e) || e.Offset != 3 {
		t.Error(err)
	}
	if err := dec.Decode(&v); !errors.As(err, &e) || e.Offset != 3 {
		t.Error(err)
	}
}

// TestDecoderReadsNoFurther: what follows a pickle is still there.
func TestDecoderReadsNoFurther(t *testing.T) {
	const behind = "\x00\xff not a pickle"
	values := []any{nil, "text", bytes.Repeat([]byte("x"), 100), strings.Repeat("y", 1<<16), bytes.Repeat([]byte("z"), 200_000), pickle.ByteArray(strings.Repeat("b", 100_000)),
		[]any{strings.Repeat("s", 70_000), int64(1), bytes.Repeat([]byte("t"), 70_000), "end"}, make([]any, 3000)}
	for protocol := range 6 {
		for i, value := range values {
			p, err := pickle.Marshal(value, pickle.Protocol(protocol))
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range []int{16, 4096, 1 << 20} {
				r := bufio.NewReaderSize(strings.NewReader(string(p)+behind+string(p)+behind), size)
				for _, peeker := range []io.Reader{r, bare{r}} {
					if _, ok := peeker.(bare); ok && i != 2 {
						continue
					}
					dec := pickle.NewDecoder(peeker)
					var v any
					if err := dec.Decode(&v); err != nil {
						t.Fatal(protocol, i, err)
					}
					if !pickle.Equal(v, value) {
						t.Errorf("protocol %d, value %d: another value", protocol, i)
					}
					rest := make([]byte, len(behind))
					if _, err := io.ReadFull(r, rest); err != nil || string(rest) != behind {
						t.Errorf("protocol %d, value %d, buffer %d: %q behind it, %v", protocol, i, size, rest, err)
					}
					if n, _ := io.Copy(io.Discard, dec.Buffered()); n != 0 {
						t.Errorf("%d bytes in Buffered", n)
					}
				}
			}
		}
	}
}

// TestDecoderBuffered: what was read ahead is in Buffered.
func TestDecoderBuffered(t *testing.T) {
	const behind = "\x00\xff not a pickle"
	for _, value := range []any{"text", bytes.Repeat([]byte("z"), 200_000), []any{bytes.Repeat([]byte("t"), 70_000), "end"}} {
		for protocol := range 6 {
			p, _ := pickle.Marshal(value, pickle.Protocol(protocol))
			for _, wrap := range []func(io.Reader) io.Reader{readers[0].make, readers[1].make, readers[2].make} {
				r := wrap(strings.NewReader(string(p) + behind))
				dec := pickle.NewDecoder(r)
				var v any
				if err := dec.Decode(&v); err != nil {
					t.Fatal(err)
				}
				rest, _ := io.ReadAll(io.MultiReader(dec.Buffered(), r))
				if string(rest) != behind {
					t.Errorf("%d: %.40q", protocol, rest)
				}
			}
		}
	}
}

// flakyReader returns an error before every read, and reads at most n bytes.
type flakyReader struct {
	r    io.Reader
	n    int
	fail bool
}

var errFlaky = errors.New("try again")

func (f *flakyReader) Read(p []byte) (int, error) {
	if f.fail = !f.fail; f.fail {
		return 0, errFlaky
	}
	return f.r.Read(p[:min(len(p), f.n)])
}

// TestDecoderResumes: an error of the reader loses nothing.
func TestDecoderResumes(t *testing.T) {
	value := pickle.NewDict("a", []any{int64(1), int64(1 << 40), "text"}, "b", bytes.Repeat([]byte("p"), 150_000), "c", strings.Repeat("s", 70_000))
	for protocol := range 6 {
		p, _ := pickle.Marshal(value, pickle.Protocol(protocol))
		for _, n := range []int{1, 3, 5000, 1 << 20} {
			if n < 5 && protocol > 0 && protocol < 5 {
				continue // slow
			}
			for _, buffered := range []bool{false, true} {
				var r io.Reader = &flakyReader{r: bytes.NewReader(append(p, p...)), n: n}
				if buffered {
					r = bufio.NewReaderSize(r, 64)
				}
				dec := pickle.NewDecoder(r, pickle.MaxSize(int64(len(p))))
				count, failures := 0, 0
				for count < 3 && failures < 1_000_000 {
					var v any
					switch err := dec.Decode(&v); {
					case err == nil:
						if count++; !pickle.Equal(v, value) || dec.InputOffset() != int64(len(p)*count) {
							t.Fatalf("protocol %d, %d bytes: another value", protocol, n)
						}
					case err == errFlaky:
						failures++
					case err == io.EOF:
						if count != 2 {
							t.Fatal(count)
						}
						count++
					default:
						t.Fatal(err)
					}
				}
			}
		}
	}
	t.Run("Timeout", func(t *testing.T) {
		dec := pickle.NewDecoder(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("K\x05."))))
		var v any
		if err := dec.Decode(&v); err != iotest.ErrTimeout {
			t.Fatal(err)
		}
		if err := dec.Decode(&v); err != nil || v != int64(5) {
			t.Error(v, err)
		}
	})
	t.Run("Always", func(t *testing.T) {
		if err := pickle.NewDecoder(iotest.ErrReader(errFlaky)).Decode(new(any)); err != errFlaky {
			t.Error(err)
		}
		if err := pickle.NewDecoder(bufio.NewReader(iotest.ErrReader(errFlaky))).Decode(new(any)); err != errFlaky {
			t.Error(err)
		}
	})
	t.Run("NoProgress", func(t *testing.T) {
		for _, p := range []string{"", "]", "B\x00\x00\x02\x00xx"} {
			dec := pickle.NewDecoder(io.MultiReader(strings.NewReader(p), nothingReader{}))
			if err := dec.Decode(new(any)); err != io.ErrNoProgress {
				t.Errorf("%q: %v", p, err)
			}
		}
	})
}

type nothingReader struct{}

func (nothingReader) Read([]byte) (int, error) { return 0, nil }

// TestDecoderLies: a length that lies costs nothing.
func TestDecoderLies(t *testing.T) {
	for _, p := range []string{
		"\x8d\x00\x00\x00\x00\x00\x01\x00\x00", "\x8e\x00\x00\x00\x00\x00\x00\x00\x40", "\x96\x00\x00\x00\x00\x01\x00\x00\x00", "X\xff\xff\xff\xff", "B\x00\x00\x00\x60",
		"\x95\x00\x00\x00\x00\x00\x01\x00\x00", "\x8b\xff\xff\xff\x7f", "]r\x00\x00\x00\x40", "\x8d\xff\xff\xff\xff\xff\xff\xff\xff",
	} {
		for _, r := range readers {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := pickle.NewDecoder(r.make(strings.NewReader(p + "abcd"))).Decode(new(any))
			if err == nil {
				t.Errorf("%q: no error", p)
			}
			if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 1<<20 {
				t.Errorf("%q, %s: %d bytes", p, r.name, after.TotalAlloc-before.TotalAlloc)
			}
		}
	}
}

func TestDecoderMaxSize(t *testing.T) {
	pickles := map[string]string{
		"Line":    "V" + strings.Repeat("x", 10_000) + "\n.",
		"Small":   "(" + strings.Repeat("K\x01", 5000) + "l.",
		"Payload": "B\x00\x00\x02\x00" + strings.Repeat("x", 1<<17) + ".",
		"Frame":   "\x80\x04\x95\x10\x27\x00\x00\x00\x00\x00\x00" + strings.Repeat("N0", 5000) + "N.",
	}
	for name, p := range pickles {
		for _, r := range readers {
			size := int64(len(p))
			dec := pickle.NewDecoder(r.make(strings.NewReader(p+p)), pickle.MaxSize(size))
			for range 2 {
				if err := dec.Decode(new(any)); err != nil {
					t.Errorf("%s, %s: %v", name, r.name, err)
				}
			}
			for _, limit := range []int64{size - 1, size / 2, 3} {
				dec := pickle.NewDecoder(r.make(io.MultiReader(strings.NewReader(p+p), endlessReader{})), pickle.MaxSize(limit))
				var e *pickle.LimitError
				if err := dec.Decode(new(any)); !errors.As(err, &e) || e.Limit != "size" || e.Max != limit {
					t.Errorf("%s, %s, %d: %v", name, r.name, limit, err)
				}
				if err := dec.Decode(new(any)); !errors.As(err, &e) {
					t.Errorf("again: %v", err)
				}
			}
		}
	}
	dec := pickle.NewDecoder(io.MultiReader(strings.NewReader("V"), endlessReader{}), pickle.MaxSize(1<<20))
	var e *pickle.LimitError
	if err := dec.Decode(new(any)); !errors.As(err, &e) {
		t.Error(err)
	}
}

type endlessReader struct{}

func (endlessReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestDecoderGoesOn: a value that does not fit does not stop the stream, and
// offsets count from its beginning.
func TestDecoderGoesOn(t *testing.T) {
	for _, memo := range []bool{false, true} {
		dec := pickle.NewDecoder(strings.NewReader("K\x01.Vx\n.}K\x01Ns.(NVx\nl.K\x02."), pickle.KeepMemo(memo))
		var n int
		var e *pickle.UnmarshalTypeError
		for i, offset := range []int64{-1, 3, -2, 15, -1} {
			var err error
			switch {
			case offset == -2:
				err = dec.Decode(new(struct{}))
			case i == 3:
				err = dec.Decode(new([]int))
			default:
				err = dec.Decode(&n)
			}
			if offset < 0 && err != nil || offset >= 0 && (!errors.As(err, &e) || e.Offset != offset) {
				t.Errorf("%d: %v", i, err)
			}
		}
		if n != 2 {
			t.Error(n)
		}
		if err := dec.Decode(5); !errors.As(err, &e) {
			t.Error(err)
		}
	}
}

// TestDecoderMany: many small pickles in one read take time in proportion.
func TestDecoderMany(t *testing.T) {
	const n = 100_000
	p := strings.Repeat("}VX\nK\x01s.", n)
	for _, hooks := range []bool{false, true} {
		dec := pickle.NewDecoder(&sometimes{strings.NewReader(p)})
		for i := range n {
			var err error
			if hooks && i%10 == 0 {
				var v pickle.Value
				err = dec.Decode(&v)
			} else {
				var v decPoint
				err = dec.Decode(&v)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := dec.Decode(new(any)); err != io.EOF {
			t.Error(err)
		}
	}
}

// sometimes hides the other methods of a reader.
type sometimes struct{ io.Reader }

// TestDecoderValuesStay: what a hook keeps stays as it was, whatever the
// Decoder does then.
func TestDecoderValuesStay(t *testing.T) {
	var all strings.Builder
	const n = 2000
	for i := range n {
		fmt.Fprintf(&all, "}Vname\nVnumber %d\ns.", i)
	}
	for _, r := range readers[:3] {
		for _, memo := range []bool{false, true} {
			dec := pickle.NewDecoder(r.make(strings.NewReader(all.String())), pickle.KeepMemo(memo))
			var kept []pickle.Value
			for i := range n {
				var v pickle.Value
				var s struct {
					Name string `pickle:"name"`
				}
				var err error
				if i%3 == 0 {
					err = dec.Decode(&v)
					kept = append(kept, v)
				} else if err = dec.Decode(&s); s.Name != fmt.Sprintf("number %d", i) {
					t.Fatal(i, s)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			for i, v := range kept {
				var name string
				if err := v.Get("name").Decode(&name); err != nil || name != fmt.Sprintf("number %d", i*3) {
					t.Fatal(i, name, err)
				}
			}
		}
	}
}

// TestDecoderGoldens: a stream and a buffer decode to the same.
func TestDecoderGoldens(t *testing.T) {
	for _, c := range pickletest.Load(t, pickletest.Dir(t), "cpython3.13", "cpython2.7") {
		n, memo := c.Pickles()
		for _, r := range readers[:6] {
			dec := pickle.NewDecoder(r.make(bytes.NewReader(c.Data)), append(goldenOptions(c), pickle.KeepMemo(memo))...)
			d := describer{protocol: c.Protocol}
			var all []any
			for range n {
				var v any
				if err := dec.Decode(&v); err != nil {
					t.Fatalf("%s, %s: %v", c.ID(), r.name, err)
				}
				if n > 1 && !memo {
					all = append(all, describe(v, c.Protocol))
				} else {
					all = append(all, d.any(v))
				}
			}
			d.ids.Number()
			var got any = all[0]
			if memo {
				got = node{"memo": all}
			} else if n > 1 {
				got = node{"stream": all}
			}
			if diff := pickletest.Diff(got, c.Expect); diff != "" {
				t.Errorf("%s, %s: %s", c.ID(), r.name, diff)
			}
			if err := dec.Decode(new(any)); err != io.EOF {
				t.Errorf("%s, %s: at the end: %v", c.ID(), r.name, err)
			}
		}
	}
}

func TestKeepMemo(t *testing.T) {
	t.Run("Any", func(t *testing.T) {
		// The list is seen once in the first pickle.
		dec := pickle.NewDecoder(strings.NewReader("]q\x01K\x01a.(h\x01h\x01l.h\x01."), pickle.KeepMemo(true))
		var a, b []any
		var c []int
		for _, v := range []any{&a, &b, &c} {
			if err := dec.Decode(v); err != nil {
				t.Fatal(err)
			}
		}
		if in := b[0].([]any); &in[0] != &a[0] || c[0] != 1 {
			t.Error(a, b, c)
		}
	})
	t.Run("Pointers", func(t *testing.T) {
		dec := pickle.NewDecoder(strings.NewReader("}q\x01VX\nK\x01s.h\x01.(h\x01l."), pickle.KeepMemo(true))
		var a, b *decPoint
		var c []*decPoint
		for _, v := range []any{&a, &b, &c} {
			if err := dec.Decode(v); err != nil {
				t.Fatal(err)
			}
		}
		if a != b || c[0] != a {
			t.Error(a, b, c)
		}
	})
	t.Run("Attributes", func(t *testing.T) { // whose dict is in the memo, and only there; or is one object with an item
		const userDict = "ccollections\nUserDict\nq\x00)R}q\x01(Vdata\n}ub."
		dec := pickle.NewDecoder(strings.NewReader(userDict+strings.Replace(userDict, "ub.", "Va\nh\x01ub.", 1)), pickle.KeepMemo(true))
		var a, b any
		if err := errors.Join(dec.Decode(&a), dec.Decode(&b)); err != nil {
			t.Fatal(err)
		}
		if _, ok := a.(*pickle.UserDict); !ok {
			t.Errorf("%T %v", a, a)
		}
		if _, ok := b.(*pickle.Object); !ok {
			t.Errorf("%T %v", b, b)
		}
	})
	t.Run("OneVariable", func(t *testing.T) { // which is overwritten
		dec := pickle.NewDecoder(strings.NewReader("}q\x01VX\nK\x01s.}q\x02VX\nK\x02s.(h\x01h\x02l.(h\x01h\x02l."), pickle.KeepMemo(true))
		var v decPoint
		for range 2 {
			if err := dec.Decode(&v); err != nil {
				t.Fatal(err)
			}
		}
		v.X = 99
		var pointers []*decPoint
		var values []decPoint
		if err := errors.Join(dec.Decode(&pointers), dec.Decode(&values)); err != nil {
			t.Fatal(err)
		}
		if pointers[0].X != 1 || pointers[1].X != 2 || values[0].X != 1 || values[1].X != 2 {
			t.Error(pointers[0], pointers[1], values)
		}
	})
	t.Run("Failure", func(t *testing.T) { // leaves nothing half done
		dec := pickle.NewDecoder(strings.NewReader("]q\x01(K\x01Vx\ne.h\x01.}q\x02(VX\nK\x01VY\nVb\nu.h\x02.h\x02."), pickle.KeepMemo(true))
		var ints []int
		var p *decPoint
		if dec.Decode(&ints) == nil {
			t.Error("no error")
		}
		if dec.Decode(&ints) == nil {
			t.Error("no error", ints)
		}
		if dec.Decode(&p) == nil {
			t.Error("no error")
		}
		if dec.Decode(&p) == nil {
			t.Error("no error", p)
		}
		var m map[string]any
		if err := dec.Decode(&m); err != nil || m["Y"] != "b" {
			t.Error(m, err)
		}
	})
	t.Run("Unknown", func(t *testing.T) {
		dec := pickle.NewDecoder(strings.NewReader("]q\x01.h\x01."))
		if err := dec.Decode(new(any)); err != nil {
			t.Fatal(err)
		}
		var e *pickle.SyntaxError
		if err := dec.Decode(new(any)); !errors.As(err, &e) || e.Offset != 4 {
			t.Error(err)
		}
	})
}

// TestDecoderBuffers: each pickle of a stream takes its own buffers.
func TestDecoderBuffers(t *testing.T) {
	for _, memo := range []bool{false, true} {
		p := "\x80\x05\x97."
		dec := pickle.NewDecoder(strings.NewReader(p+"\x80\x05\x97\x97\x98\x86."+p), pickle.KeepMemo(memo), pickle.Buffers(slices.Values([][]byte{{1}, {2}, {3}})))
		var a pickle.Buffer
		var b [2]pickle.Buffer
		if err := errors.Join(dec.Decode(&a), dec.Decode(&b)); err != nil {
			t.Fatal(err)
		}
		if a.Data[0] != 1 || b[0].Data[0] != 2 || b[1].Data[0] != 3 || b[0].ReadOnly || !b[1].ReadOnly {
			t.Error(a, b)
		}
		var e *pickle.UnmarshalTypeError
		if err := dec.Decode(&a); !errors.As(err, &e) {
			t.Error(err)
		}
	}
}

// TestDecoderBuffersSkipped: buffers that a target has no place for are those
// of their pickle nevertheless.
func TestDecoderBuffersSkipped(t *testing.T) {
	const p = "\x80\x05}(VWidth\nK\x01VPixels\n\x97u."
	dec := pickle.NewDecoder(strings.NewReader(p+p+p), pickle.Buffers(slices.Values([][]byte{{1}, {2}, {3}})))
	var fields struct{ Width int }
	var wrong string
	var frame struct{ Pixels []byte }
	if err := dec.Decode(&fields); err != nil {
		t.Fatal(err)
	}
	if err := dec.Decode(&wrong); err == nil {
		t.Error("a dict is no string")
	}
	if err := dec.Decode(&frame); err != nil || len(frame.Pixels) != 1 || frame.Pixels[0] != 3 {
		t.Errorf("%v, %v, want the third buffer", frame, err)
	}
}

// TestDecoderKnownSize: where the reader knows that a large payload is there, its
// memory is allocated at once; where it is not there, it is not.
func TestDecoderKnownSize(t *testing.T) {
	const size = 8 << 20
	data := append(append([]byte("\x80\x04B\x00\x00\x80\x00"), make([]byte, size)...), '.')
	for _, tt := range []struct {
		name string
		r    func() io.Reader
		most int64
	}{
		{"known", func() io.Reader { return bytes.NewReader(data) }, 2*size + 1<<20}, // and the value that is decoded
		{"cut", func() io.Reader { return bytes.NewReader(data[:1<<20]) }, 4 << 20},
	} {
		var before, after runtime.MemStats
		var v []byte
		runtime.ReadMemStats(&before)
		err := pickle.NewDecoder(tt.r()).Decode(&v)
		runtime.ReadMemStats(&after)
		if (err == nil) != (len(v) == size) {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if n := int64(after.TotalAlloc - before.TotalAlloc); n > tt.most {
			t.Errorf("%s: %d bytes are allocated, want at most %d", tt.name, n, tt.most)
		}
	}
}

// valueKeeper keeps the Value that it is decoded from.
type valueKeeper struct{ value pickle.Value }

func (k *valueKeeper) UnmarshalPickle(v pickle.Value) error {
	k.value = v
	return nil
}

// TestDecodersInTurn: what one Decoder has decoded, and a Value that a hook keeps, is
// not affected by others, which may work in the same memory.
func TestDecodersInTurn(t *testing.T) {
	var stream []byte
	for i := range 20 {
		var err error
		if stream, err = pickle.Append(stream, []any{i, fmt.Sprint("text ", i), []any{i, []byte{byte(i)}}}); err != nil {
			t.Fatal(err)
		}
	}
	var decoders []*pickle.Decoder
	for range 4 {
		decoders = append(decoders, pickle.NewDecoder(iotest.OneByteReader(bytes.NewReader(stream))))
	}
	check := func(i int, v any) {
		t.Helper()
		want := []any{int64(i), fmt.Sprint("text ", i), []any{int64(i), []byte{byte(i)}}}
		if diff := cmp.Diff(want, v); diff != "" {
			t.Errorf("pickle %d: %s", i, diff)
		}
	}
	values := make([]any, 20)
	keepers := make([]valueKeeper, 20)
	for i := range 20 {
		for j, d := range decoders {
			var err error
			switch j {
			case 0:
				err = d.Decode(&values[i])
			case 1:
				err = d.Decode(&keepers[i])
			case 2:
				var wrong int
				if err := d.Decode(&wrong); err == nil {
					t.Error("a list has become an int")
				}
				continue
			default:
				for v, e := range pickle.Items[any](d) {
					if err = e; v == nil {
						t.Error("an item is nil")
					}
				}
			}
			if err != nil {
				t.Fatal(i, j, err)
			}
			if got, want := d.InputOffset(), decoders[0].InputOffset(); got != want {
				t.Errorf("decoder %d has come to %d, not %d", j, got, want)
			}
		}
	}
	for i := range 20 {
		check(i, values[i])
		v, err := keepers[i].value.Any()
		if err != nil {
			t.Fatal(err)
		}
		check(i, v)
	}
}

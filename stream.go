package pickle

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-pickle/pickle/vm"
)

// Decoder reads pickles from a stream, one after the other.
type Decoder struct {
	r       io.Reader
	peeker  peeker // r, if it can be read without reading too far
	o       options
	m       *vm.Machine
	d       *decoder
	buf     []byte // what has been read and not been left behind
	base    int    // in buf: where the machine's input begins
	offset  int64  // in the stream: of buf[base]
	peeked  int    // how many bytes at the end of buf have only been peeked at
	payload []byte // the part that has arrived of what the machine wants apart
	within  bool   // a pickle has begun
	eof     bool
	err     error // of the stream, which cannot be read on
}

// peeker is what a *bufio.Reader can do.
type peeker interface {
	io.ByteScanner
	io.Reader
	Peek(n int) ([]byte, error)
	Buffered() int
	Discard(n int) (int, error)
}

// NewDecoder returns a Decoder that reads from r. It may read more from r than
// the pickles it is asked for: see Buffered. It does not if r is a
// *bufio.Reader, or has its methods ReadByte, UnreadByte, Peek, Buffered and
// Discard.
func NewDecoder(r io.Reader, opts ...Options) *Decoder {
	d := &Decoder{r: r, o: newOptions(opts), m: new(vm.Machine)}
	d.peeker, _ = r.(peeker)
	if d.o.maxSize == 0 {
		d.o.maxSize = defaultStreamSize
	}
	if d.o.keepMemo {
		d.m.ShareAll()
	}
	return d
}

// Decode reads the next pickle and stores it in the value that v points to, as
// Unmarshal does. At the end of the stream it returns io.EOF. When a pickle
// does not fit its target, the next call reads the next pickle; after a
// SyntaxError nothing more can be read. An error of the reader is returned as
// it is, and Decode may be called again to go on where it failed.
func (d *Decoder) Decode(v any) error {
	if d.err != nil {
		return d.err
	}
	target, err := targetOf(v)
	if err != nil {
		return err
	}
	if err := d.execute(); err != nil {
		return err
	}
	d.within = false
	err = shifted(d.d.decode(d.m.Graph().Root(), target), d.offset)
	if !d.o.keepMemo {
		d.leaveBehind()
	}
	return err
}

// Buffered returns what has been read from the reader and is not part of the
// pickles that were decoded. It is valid until the next call of Decode.
func (d *Decoder) Buffered() io.Reader {
	return bytes.NewReader(d.buf[d.base+d.m.Consumed() : len(d.buf)-d.peeked])
}

// InputOffset returns how many bytes of the stream the pickles had that were
// decoded.
func (d *Decoder) InputOffset() int64 { return d.offset + d.m.InputOffset() }

// execute runs the machine over the next pickle.
func (d *Decoder) execute() error {
	if !d.within {
		if d.d == nil || !d.o.keepMemo {
			d.d = &decoder{o: &d.o, tables: d.o.registry.tables.Load(), g: d.m.Graph()}
		} else {
			d.m.Next()
			d.d.tables = d.o.registry.tables.Load()
		}
	}
	start := d.m.InputOffset()
	for {
		if d.payload == nil {
			status, err := d.m.Run(d.buf[d.base:], d.eof)
			switch {
			case d.eof && err != nil && !d.within && d.m.Consumed() == len(d.buf)-d.base:
				d.err = io.EOF
				return d.err
			case err != nil:
				d.err = shifted(syntaxError(err, d.head()), d.offset)
				return d.err
			case status == vm.Done:
				return d.done()
			case status == vm.Payload:
				if err := d.startPayload(start); err != nil {
					return err
				}
				continue
			}
			err = d.more()
			if err == nil && d.offset+int64(len(d.buf)-d.base)-start > d.o.maxSize && d.m.InputOffset()-start > d.o.maxSize {
				err = d.tooLarge()
			}
			if err != nil {
				return err
			}
			continue
		}
		if err := d.readPayload(); err != nil {
			return err
		}
	}
}

func (d *Decoder) head() []byte {
	b := d.buf[d.base:]
	return b[:min(len(b), 64)]
}

func (d *Decoder) tooLarge() error {
	d.err = &LimitError{Limit: "size", Max: d.o.maxSize, Offset: d.offset + d.m.InputOffset()}
	return d.err
}

// done gives back to a peeker what is behind the pickle.
func (d *Decoder) done() error {
	if d.peeked == 0 {
		return nil
	}
	behind := len(d.buf) - d.base - d.m.Consumed()
	used := d.peeked - behind
	d.buf = d.buf[:len(d.buf)-behind]
	d.peeked = 0
	return d.discard(used)
}

func (d *Decoder) discard(n int) error {
	if n == 0 {
		return nil
	}
	_, err := d.peeker.Discard(n)
	return err
}

// leaveBehind forgets the pickle that was decoded. What a hook may have kept
// is left to it.
func (d *Decoder) leaveBehind() {
	consumed := d.m.Consumed()
	d.offset += d.m.InputOffset()
	d.base += consumed
	if d.d.escaped {
		d.m = new(vm.Machine)
		d.buf = append([]byte(nil), d.buf[d.base:]...)
		d.base = 0
	} else {
		d.m.Reset()
	}
	if d.base == len(d.buf) {
		d.buf, d.base = small(d.buf), 0
	}
}

// small returns b emptied, unless it has become large.
func small(b []byte) []byte {
	if cap(b) > 1<<20 {
		return nil
	}
	return b[:0]
}

// more reads more input.
func (d *Decoder) more() error {
	const least = 4 << 10
	if len(d.buf) > d.base {
		d.within = true
	}
	if d.peeker != nil {
		return d.peekMore()
	}
	if cap(d.buf)-len(d.buf) < least/2 {
		if d.base > 0 && !d.o.keepMemo && d.base >= len(d.buf)/2 {
			d.buf, d.base = append(d.buf[:0], d.buf[d.base:]...), 0
		}
		if cap(d.buf)-len(d.buf) < least/2 {
			d.buf = append(make([]byte, 0, max(2*cap(d.buf), least)), d.buf...)
		}
	}
	for range 100 {
		n, err := d.r.Read(d.buf[len(d.buf):cap(d.buf)])
		d.buf = d.buf[:len(d.buf)+n]
		switch {
		case n > 0 && err != nil && !errors.Is(err, io.EOF):
			return err // the bytes are kept, the next call goes on with them
		case err != nil && n == 0:
			return d.readError(err)
		case n > 0:
			return nil
		}
	}
	return io.ErrNoProgress
}

func (d *Decoder) readError(err error) error {
	if err == io.EOF {
		d.eof = true
		return nil
	}
	return err
}

// peekMore takes over what was peeked at last, all of which the pickle needs,
// and peeks at what comes next.
func (d *Decoder) peekMore() error {
	n := d.peeked
	d.peeked = 0
	if err := d.discard(n); err != nil {
		return err
	}
	if _, err := d.peeker.Peek(1); err != nil {
		return d.readError(err)
	}
	b, err := d.peeker.Peek(d.peeker.Buffered())
	if err != nil {
		return d.readError(err)
	}
	d.buf = append(d.buf, b...)
	d.peeked = len(b)
	return nil
}

// startPayload prepares for a large payload, whose beginning is in the input.
// A peeked part of it is read anew.
func (d *Decoder) startPayload(start int64) error {
	d.within = true
	n, at := d.m.Wanted()
	if d.m.InputOffset()-start+n > d.o.maxSize {
		return d.tooLarge()
	}
	have := d.buf[d.base+at:]
	d.payload = append(make([]byte, 0, min(n, int64(2*len(have)+payloadChunk))), have...)
	d.buf = d.buf[:d.base+at]
	peeked := d.peeked
	d.peeked = 0
	if peeked > 0 {
		return d.discard(peeked)
	}
	return nil
}

const payloadChunk = 256 << 10

// readPayload reads what the payload lacks, into memory that grows with what
// arrives.
func (d *Decoder) readPayload() error {
	n, _ := d.m.Wanted()
	for int64(len(d.payload)) < n {
		if len(d.payload) == cap(d.payload) {
			size := min(n, int64(2*cap(d.payload)))
			d.payload = append(make([]byte, 0, size), d.payload...)
		}
		free := d.payload[len(d.payload):cap(d.payload)]
		if left := n - int64(len(d.payload)); int64(len(free)) > left {
			free = free[:left]
		}
		k, err := io.ReadAtLeast(d.r, free, 1)
		d.payload = d.payload[:len(d.payload)+k]
		if err == io.EOF {
			d.err = shifted(syntaxError(d.m.TakePayload(d.payload), nil), d.offset)
			return d.err
		}
		if err != nil {
			return err
		}
	}
	data := d.payload
	d.payload = nil
	if err := d.m.TakePayload(data); err != nil {
		d.err = shifted(syntaxError(err, d.head()), d.offset)
		return d.err
	}
	return nil
}

// shifted moves the offset of an error by what came before in the stream.
func shifted(err error, by int64) error {
	switch e := err.(type) {
	case *SyntaxError:
		e.Offset += by
	case *UnmarshalTypeError:
		e.Offset += by
	case *GlobalError:
		e.Offset += by
	case *LimitError:
		e.Offset += by
	}
	return err
}

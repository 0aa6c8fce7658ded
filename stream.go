package pickle

import (
	"bytes"
	"io"
	"iter"
	"runtime"

	"github.com/go-pickle/pickle/vm"
)

// Decoder reads pickles from a stream, one after the other.
type Decoder struct {
	r         io.Reader
	peeker    peeker // r, if it can be read without reading too far
	o         options
	w         *workspace  // of the pickle at hand; nil between two, and where d is not of one
	m         *vm.Machine // nil between two pickles, unless they share a memo; and so is d
	d         *decoder
	next      func() ([]byte, bool) // out-of-band buffers
	buf       []byte                // what has been read and not been left behind
	base      int                   // in buf: where the machine's input begins
	offset    int64                 // in the stream: of buf[base]
	start     int64                 // of the pickle at hand, from offset on
	peeked    int                   // how many bytes at the end of buf have only been peeked at
	payload   []byte                // the part that has arrived of what the machine wants apart
	within    bool                  // a pickle has begun
	pinned    bool                  // a Value may refer to buf, or an alias, which must not be overwritten
	eof       bool
	noMaxSize bool        // the limit is the default
	items     *itemStream // the list of which Items has not read all, or nil
	err       error       // of the stream, which cannot be read on
}

// peeker is what a *bufio.Reader can do.
type peeker interface {
	io.ByteScanner
	io.Reader
	Peek(n int) ([]byte, error)
}

// NewDecoder returns a Decoder that reads from r. It may read more from r than
// the pickles it is asked for: see Buffered. It does not if r is a
// *bufio.Reader, or has its methods ReadByte, UnreadByte and Peek. (Without
// its methods Buffered and Discard that is slow.)
func NewDecoder(r io.Reader, opts ...Options) *Decoder {
	d := &Decoder{r: r, o: newOptions(opts)}
	d.peeker, _ = r.(peeker)
	if d.o.maxSize == 0 {
		d.o.maxSize, d.noMaxSize = defaultStreamSize, true
	}
	if d.o.buffers != nil { // each pickle takes those that the last one has left
		next, stop := iter.Pull(d.o.buffers)
		runtime.AddCleanup(d, func(stop func()) { stop() }, stop)
		d.next = next
	}
	return d
}

// Decode reads the next pickle and stores it in the value that v points to, as
// Unmarshal does. At the end of the stream it returns io.EOF. When a pickle
// does not fit its target, the next call reads the next pickle; after a
// SyntaxError nothing more can be read. An error of the reader is returned as
// it is, and Decode may be called again to go on where it failed. For a list
// that is larger than memory see Items.
func (d *Decoder) Decode(v any) error {
	if d.err != nil {
		return d.err
	}
	target, err := targetOf(v)
	if err != nil {
		return err
	}
	if err := d.skipItems(); err != nil {
		return err
	}
	if err := d.execute(); err != nil {
		return err
	}
	d.within = false
	d.d.allow(d.m.InputOffset())
	if d.next != nil {
		d.d.takeBuffers() // also those that the target has no place for: the next pickle has others
	}
	if !d.o.keepMemo {
		defer d.leaveBehind() // also where a hook panics
	}
	return d.d.decode(d.m.Graph().Root(), target)
}

// Buffered returns what has been read from the reader and is not part of the
// pickles that were decoded. It is valid until the next call of Decode.
func (d *Decoder) Buffered() io.Reader {
	from := d.base
	if d.m != nil {
		from += d.m.Consumed()
	}
	return bytes.NewReader(d.buf[from : len(d.buf)-d.peeked])
}

// InputOffset returns how many bytes of the stream the pickles had that were
// decoded.
func (d *Decoder) InputOffset() int64 {
	if d.m == nil {
		return d.offset
	}
	return d.offset + d.m.InputOffset()
}

// execute runs the machine over the next pickle.
func (d *Decoder) execute() error {
	if !d.within {
		d.begin()
	}
	_, err := d.run()
	return err
}

// run runs the machine to the end of the pickle, or, for Items, of a batch.
func (d *Decoder) run() (vm.Status, error) {
	for {
		if d.payload != nil {
			if err := d.readPayload(); err != nil {
				return vm.More, err
			}
		}
		status, err := d.m.Run(d.buf[d.base:], d.eof)
		switch {
		case err != nil && d.eof && !d.begun():
			d.err = io.EOF
			return status, d.err
		case err != nil:
			return status, d.broken(err)
		case status == vm.Items:
			return status, nil
		case status == vm.Done:
			return status, d.done()
		case status == vm.Payload:
			err = d.startPayload()
		default: // what is there belongs to the pickle
			err = d.more()
		}
		if err != nil {
			return status, err
		}
	}
}

// begin prepares for the next pickle.
func (d *Decoder) begin() {
	switch {
	case d.o.keepMemo && d.m != nil:
		d.m.Next()
		d.d.tables = d.o.registry.load()
		d.start = d.m.InputOffset()
		return
	case d.o.keepMemo:
		d.m, d.d = new(vm.Machine), new(decoder)
		d.m.ShareAll()
	case d.m == nil:
		d.w = workspaces.Get().(*workspace)
		d.m, d.d = &d.w.m, &d.w.d
	}
	d.d.start(&d.o, d.m.Graph(), 0)
	d.d.origin, d.d.pull = d.offset, d.next
	d.start = d.m.InputOffset()
}

// begun reports whether anything of the pickle at hand has been read.
func (d *Decoder) begun() bool { return d.size() > 0 }

// size is how much of the pickle at hand has been read, as long as it is not
// complete.
func (d *Decoder) size() int64 {
	return d.m.InputOffset() - d.start + int64(len(d.buf)-d.base-d.m.Consumed())
}

// broken ends the stream with what the machine reports.
func (d *Decoder) broken(err error) error {
	from := d.base
	if d.o.keepMemo { // which has what came before in buf
		from = max(d.base, len(d.buf)-int(min(d.size(), int64(len(d.buf)))))
	}
	d.err = shifted(syntaxError(err, d.buf[from:]), d.offset)
	return d.err
}

func (d *Decoder) tooLarge() error {
	d.err = &LimitError{Limit: "size", Max: d.o.maxSize, Offset: d.offset + d.m.InputOffset()}
	return d.err
}

// done gives back to a peeker what is behind the pickle.
func (d *Decoder) done() error {
	if d.m.InputOffset()-d.start > d.o.maxSize {
		return d.tooLarge()
	}
	if d.peeked == 0 {
		return nil
	}
	behind := min(len(d.buf)-d.base-d.m.Consumed(), d.peeked) // a frame can go on behind the pickle, and be taken already
	used := d.peeked - behind
	d.buf = d.buf[:len(d.buf)-behind]
	d.peeked = 0
	return d.discard(used)
}

// discard reads n bytes that have been peeked at.
func (d *Decoder) discard(n int) (err error) {
	switch r := d.peeker.(type) {
	case interface{ Discard(n int) (int, error) }:
		_, err = r.Discard(n)
	default:
		_, err = io.CopyN(io.Discard, onlyReader{d.peeker}, int64(n))
	}
	return err
}

type onlyReader struct{ io.Reader }

// leaveBehind forgets the pickle that was decoded. What a hook may have kept
// is left to it.
func (d *Decoder) leaveBehind() {
	consumed := d.m.Consumed()
	d.offset += d.m.InputOffset()
	d.base += consumed
	d.pinned = d.pinned || d.d.escaped || d.o.alias
	if d.w != nil && d.d == &d.w.d { // Items makes further ones
		d.w.release()
	}
	d.w, d.m, d.d = nil, nil, nil
	switch {
	case d.base < len(d.buf):
	case d.pinned:
		d.buf, d.base, d.pinned = nil, 0, false
	default:
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

// more reads more input: what there is belongs to the pickle at hand.
func (d *Decoder) more() error {
	d.within = d.begun()
	if d.size() > d.o.maxSize {
		return d.tooLarge()
	}
	if d.peeker != nil {
		return d.peekMore()
	}
	least := 4 << 10
	if r, ok := d.r.(interface{ Len() int }); ok { // it is in memory: as much as there is, and room to see the end
		least = min(max(64, r.Len()+1), payloadChunk)
	}
	if cap(d.buf)-len(d.buf) < least/2 {
		d.makeRoom(least)
	}
	n, err := d.read(d.buf[len(d.buf):cap(d.buf)])
	d.buf = d.buf[:len(d.buf)+n]
	if err == io.EOF && n > 0 { // which comes again
		return nil
	}
	return d.readError(err) // with what was read kept for the next call
}

// makeRoom makes room in buf. What is before base is not needed any more.
func (d *Decoder) makeRoom(least int) {
	rest := d.buf[d.base:]
	if d.pinned || len(rest) > cap(d.buf)/2 {
		d.buf = append(make([]byte, 0, max(2*len(rest), least)), rest...)
		d.pinned = false
	} else {
		d.buf = append(d.buf[:0], rest...)
	}
	d.base = 0
	if cap(d.buf)-len(d.buf) < least/2 {
		d.buf = append(make([]byte, 0, max(2*cap(d.buf), least)), d.buf...)
	}
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
	if n := d.peeked; n > 0 {
		d.peeked = 0
		if err := d.discard(n); err != nil {
			return err
		}
	}
	b, err := d.peeker.Peek(1)
	if err != nil {
		return d.readError(err)
	}
	if r, ok := d.peeker.(interface{ Buffered() int }); ok {
		if b, err = d.peeker.Peek(r.Buffered()); err != nil {
			return d.readError(err)
		}
	}
	d.buf = append(d.buf, b...)
	d.peeked = len(b)
	return nil
}

// startPayload prepares for a large payload, whose beginning is in the input.
// A peeked part of it is read anew.
func (d *Decoder) startPayload() error {
	d.within = true
	n, at := d.m.Wanted()
	if n > d.o.maxSize-(d.m.InputOffset()-d.start) { // n can be the largest int64
		return d.tooLarge()
	}
	have := d.buf[d.base+at:]
	size := min(n, int64(2*len(have)+payloadChunk))
	if r, ok := d.r.(interface{ Len() int }); ok && int64(len(have)) <= n && n-int64(len(have)) <= int64(r.Len()) {
		size = n // which is there, as with a bytes.Reader
	}
	d.payload = append(make([]byte, 0, size), have...)
	d.buf = d.buf[:d.base+at]
	if peeked := d.peeked; peeked > 0 {
		d.peeked = 0
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
		k, err := d.read(free)
		d.payload = d.payload[:len(d.payload)+k]
		switch {
		case k > 0 && err == io.EOF: // which comes again
		case err == io.EOF:
			return d.broken(d.m.TakePayload(d.payload))
		case err != nil:
			return err
		}
	}
	data := d.payload
	d.payload = nil
	if err := d.m.TakePayload(data); err != nil {
		return d.broken(err)
	}
	return nil
}

// read reads something, or returns an error.
func (d *Decoder) read(p []byte) (n int, err error) {
	for range 100 {
		if n, err = d.r.Read(p); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// shifted moves the offset of a SyntaxError by what came before in the stream.
func shifted(err error, by int64) error {
	if e, ok := err.(*SyntaxError); ok {
		e.Offset += by
	}
	return err
}

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/pickletools"
	"github.com/go-pickle/pickle/vm"
)

// source is a file that pickles are read from, or standard input.
type source struct {
	name   string // "-" is standard input
	c      *console
	budget expansion
}

func (c *console) source(name string) *source {
	return &source{name, c, expansion{most: c.maxExpanded}}
}

// title is what messages call the source.
func (s *source) title() string {
	if s.name == "-" {
		return "standard input"
	}
	return s.name
}

// expand returns the files that the arguments name. Shells that leave patterns
// to the program, as those of Windows do, get them expanded here. A pattern
// without matches stays as it is: that there is no such file is then said where it
// is opened.
func expand(args []string) []string {
	if len(args) == 0 {
		return []string{"-"}
	}
	var names []string
	for _, arg := range args {
		matches := []string{arg}
		if _, err := os.Lstat(arg); err != nil && strings.ContainsAny(arg, "*?[") {
			if found, err := filepath.Glob(arg); err == nil && len(found) > 0 {
				matches = found
			}
		}
		names = append(names, matches...)
	}
	return names
}

// each calls f for each file that the arguments name. An error of f is
// reported, and the next file follows. An error of standard output ends it.
// What each returns is errReported, or nil.
func (c *console) each(args []string, f func(*source) error) error {
	failed := false
	for _, name := range expand(args) {
		s := c.source(name)
		err := f(s)
		s.done()
		if err != nil {
			failed = true
			if c.out.Flush() != nil {
				break
			}
			c.report(s, err)
		}
		if c.out.Flush() != nil {
			break
		}
	}
	if err := c.out.Flush(); err != nil { // that of the loop, once more
		c.complain(err)
		failed = true
	}
	if failed {
		return errReported
	}
	return nil
}

// report says on standard error what is wrong with a source.
func (c *console) report(s *source, err error) {
	c.out.Flush() // an error stays in the Writer, for each
	var path *fs.PathError
	if !errors.As(err, &path) { // which has the name
		err = fmt.Errorf("%s: %s", s.title(), strings.TrimPrefix(err.Error(), "pickle: "))
	}
	c.complain(err)
}

// open opens the source as it is, without undoing any encoding. On a terminal
// its progress is shown, until done.
func (s *source) open() (io.ReadCloser, error) {
	if s.name == "-" {
		return io.NopCloser(&stickyReader{r: s.c.stdin}), nil
	}
	f, err := os.Open(s.name)
	if err != nil {
		return nil, err
	}
	s.c.progress.end() // of another file that is open at the same time
	s.c.progress = s.c.newProgress(s.title(), s.size())
	return &progressReader{f, s.c.progress}, nil
}

// done says that there is no more work to do with a source.
func (s *source) done() { s.c.progress.end() }

// stickyReader repeats the error of a reader, which need not do that itself:
// looking ahead must not lose it.
type stickyReader struct {
	r   io.Reader
	err error
}

func (s *stickyReader) Read(p []byte) (n int, err error) {
	if s.err != nil {
		return 0, s.err
	}
	n, s.err = s.r.Read(p)
	return n, s.err
}

// size returns the size of a file, or 0 if it is not known before it is read.
func (s *source) size() int64 {
	if info, err := os.Stat(s.name); err == nil && s.name != "-" && info.Mode().IsRegular() {
		return info.Size()
	}
	return 0
}

// sizedReader knows how much is left to be read, as a bytes.Reader does, so that
// a Decoder reads a large payload into memory of its size.
type sizedReader struct {
	r    io.Reader
	left int64
}

func (s *sizedReader) Read(p []byte) (n int, err error) {
	n, err = s.r.Read(p)
	s.left -= int64(n)
	return n, err
}

func (s *sizedReader) Len() int { return int(max(0, min(s.left, math.MaxInt))) }

// content is all that is in a source.
type content struct {
	data   []byte
	layer  string // how the file has it: "", or such as "base64, gzip"
	budget *expansion
}

// read reads the whole source and undoes its encoding. A file that is not
// encoded is read into memory of just its size.
func (s *source) read() (content, error) {
	f, err := s.open()
	if err != nil {
		return content{}, err
	}
	defer f.Close()
	size := s.size()
	r, layer, err := undo(bufio.NewReaderSize(f, readSize), &s.budget)
	if err != nil {
		return content{}, err
	}
	var b bytes.Buffer
	if layer == "" && size > 0 && int64(int(size)) == size {
		b.Grow(int(size) + bytes.MinRead) // for the Read that finds the end
	}
	if _, err := b.ReadFrom(r); err != nil {
		return content{}, encodingError(layer, err)
	}
	if b.Len() == 0 {
		return content{}, errEmpty
	}
	return content{b.Bytes(), layer, &s.budget}, nil
}

var errEmpty = errors.New("the file is empty")

// section is one of the pickles of a source.
type section struct {
	data   []byte
	offset int // of the pickle in what the source has, its encoding undone
}

// sections returns the pickles of a file one after the other, which it does not
// look into. Of one whose end cannot be found, the rest is the last section, and
// the error comes with it. A compressed part behind a pickle, as caches have it,
// is undone, and counts as if it were there in full.
func (in content) sections() iter.Seq2[section, error] {
	return func(yield func(section, error) bool) {
		data := in.data
		for at := 0; at < len(data); {
			rest := data[at:]
			if at > 0 && looksCompressed(rest) {
				var err error
				if data, err = undoRest(data, at, in.budget); err != nil {
					yield(section{rest, at}, err)
					return
				}
				rest = data[at:]
			}
			n, err := pickletools.End(rest)
			if err != nil {
				yield(section{rest, at}, moved(err, at))
				return
			}
			if !yield(section{rest[:n:n], at}, nil) {
				return
			}
			at += n
		}
	}
}

// moved is the error of a pickle that is behind others: errors count from the
// beginning of the file.
func moved(err error, by int) error {
	var failure *vm.Error
	if by > 0 && errors.As(err, &failure) {
		return &vm.Error{Offset: failure.Offset + int64(by), Op: failure.Op, Err: failure.Err}
	}
	return err
}

// undoRest returns data with what is behind at decompressed.
func undoRest(data []byte, at int, budget *expansion) ([]byte, error) {
	r, layer, err := undo(bufio.NewReader(bytes.NewReader(data[at:])), budget)
	if err != nil {
		return nil, err
	}
	rest, err := io.ReadAll(r)
	if err != nil {
		return nil, encodingError(layer, err)
	}
	return append(data[:at:at], rest...), nil
}

// decoder decodes the pickles of a source as they arrive.
type decoder struct {
	f      io.Closer
	in     *bufio.Reader
	layer  string
	dec    *pickle.Decoder
	opts   []pickle.Options
	budget *expansion
	count  int // of the pickles that were decoded, or failed to
}

// decoder opens the source for decoding. The caller closes it.
func (s *source) decoder(opts ...pickle.Options) (*decoder, error) {
	f, err := s.open()
	if err != nil {
		return nil, err
	}
	// A file has the size that it has; what an encoding hides has a limit.
	d := &decoder{f: f, opts: append(opts[:len(opts):len(opts)], pickle.MaxSize(math.MaxInt64)), budget: &s.budget}
	if err := d.start(f, s.size()); err != nil {
		f.Close()
		return nil, err
	}
	return d, nil
}

func (d *decoder) Close() error { return d.f.Close() }

// start makes r what is decoded, its encoding undone. Its size is 0 if it is not
// known.
func (d *decoder) start(r io.Reader, size int64) (err error) {
	if d.in, d.layer, err = undo(bufio.NewReaderSize(r, readSize), d.budget); err != nil {
		return err
	}
	// The Decoder must not see that it could peek: it would do so for each
	// pickle anew.
	if d.layer != "" {
		size = 0
	}
	d.dec = pickle.NewDecoder(&sizedReader{d.in, size}, d.opts...)
	return nil
}

// decode decodes the next pickle, as a pickle.Decoder does. At the end it returns
// io.EOF, but for a source that has nothing at all.
func (d *decoder) decode(v any) error {
	if d.count > 0 {
		if err := d.next(); err != nil {
			return err
		}
	}
	err := d.dec.Decode(v)
	if err == io.EOF && d.count == 0 {
		return errEmpty
	}
	d.count++
	return bufferError(encodingError(d.layer, err))
}

// lackError says that a pickle, which is sound, does not have what was asked
// for, or that something it needs was not given.
type lackError struct{ text string }

func (e *lackError) Error() string { return e.text }

// values decodes all pickles of the source, for f, up to the first that fails.
func (s *source) values(f func(v any), opts ...pickle.Options) error {
	dec, err := s.decoder(opts...)
	if err != nil {
		return err
	}
	defer dec.Close()
	for {
		var v any
		switch err := dec.decode(&v); err {
		case nil:
			f(v)
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

// next looks whether what is behind a pickle is compressed: caches put a header
// in front of their compressed data that is a pickle of its own.
func (d *decoder) next() error {
	ahead, isReader := d.dec.Buffered().(*bytes.Reader)
	var b byte
	if isReader && ahead.Len() > 0 {
		b, _ = ahead.ReadByte()
		ahead.UnreadByte()
	} else if first, err := d.in.Peek(1); err == nil {
		b = first[0]
	}
	if !looksCompressed([]byte{b}) {
		return nil
	}
	return d.start(io.MultiReader(ahead, d.in), 0)
}

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// When the progress of a file is shown first, and how often.
const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

// progress shows on a terminal how much of a file has been read, and, behind
// that, that there is still work to be done. It is a line that is written over and
// over, and in the end removed. A nil progress shows nothing.
type progress struct {
	w     io.Writer
	width int // of the terminal
	title string
	begun time.Time

	mu         sync.Mutex
	size, done int64 // bytes; the size is 0 if it is not known
	shown      bool  // there is a line
	over       bool
}

// newProgress returns the progress of a file, if standard error is a terminal.
func (c *console) newProgress(title string, size int64) *progress {
	if !isTerminal(c.stderr) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	width, _, err := term.GetSize(int(c.stderr.(*os.File).Fd()))
	if err != nil || width < 1 {
		width = 80
	}
	p := &progress{w: c.stderr, width: width, title: title, size: size, begun: time.Now()}
	p.start(progressAfter, progressEvery)
	return p
}

// start shows the progress from time to time until the end.
func (p *progress) start(after, every time.Duration) {
	time.AfterFunc(after, func() {
		for p.show() {
			time.Sleep(every)
		}
	})
}

// show writes the line, unless the end has come.
func (p *progress) show() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return false
	}
	seconds := int(time.Since(p.begun).Seconds())
	state := fmt.Sprintf("working, %d s", seconds)
	switch {
	case p.size == 0:
		state = fmt.Sprintf("%s read, %d s", megabytes(p.done), seconds)
	case p.done < p.size:
		const width = 20
		full := int(p.done * width / p.size)
		state = fmt.Sprintf("[%s%s] %3d%% of %s read, %d s", strings.Repeat("#", full), strings.Repeat(" ", width-full), p.done*100/p.size, megabytes(p.size), seconds)
	}
	// The last column stays empty, since some terminals go on to the next line there.
	title := p.title
	if room := p.width - 1 - len(state) - 2; utf8.RuneCountInString(title) > room {
		r := []rune(title)
		title = "…" + string(r[min(len(r), len(r)-max(0, room)+1):])
	}
	line := title + ": " + state
	if utf8.RuneCountInString(line) >= p.width {
		line = string([]rune(line)[:p.width-1])
	}
	fmt.Fprintf(p.w, "\r%s\x1b[K", line) // an error is no reason to stop
	p.shown = true
	return true
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// read adds n bytes that have been read.
func (p *progress) read(n int) {
	if p != nil {
		p.mu.Lock()
		p.done += int64(n)
		p.mu.Unlock()
	}
}

// clear removes the line, to be shown again.
func (p *progress) clear() { p.remove(false) }

// end removes the line for good.
func (p *progress) end() { p.remove(true) }

func (p *progress) remove(forGood bool) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		io.WriteString(p.w, "\r\x1b[K")
	}
	p.shown, p.over = false, p.over || forGood
}

// progressReader is a file whose reading is shown.
type progressReader struct {
	*os.File
	progress *progress
}

func (r *progressReader) Read(p []byte) (int, error) {
	n, err := r.File.Read(p)
	r.progress.read(n)
	return n, err
}

// WriteTo keeps io.Copy from going to the file directly.
func (r *progressReader) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{r})
}

// resultWriter is standard output. On a terminal results take the place of the
// progress, and are all that it takes to show it.
type resultWriter struct{ c *console }

func (w resultWriter) Write(p []byte) (int, error) {
	if isTerminal(w.c.stdout) {
		w.c.progress.end()
	}
	return w.c.stdout.Write(p)
}

// Command outcome reads pickles from standard input, each behind its length in 4
// bytes, and writes what becomes of each: the error, or the value and what it is
// after it has been written and read again. The test of package fuzz builds it
// with and without package unsafe, and compares.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/go-pickle/pickle"
)

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	for {
		var length [4]byte
		if _, err := io.ReadFull(in, length[:]); err == io.EOF {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		data := make([]byte, binary.LittleEndian.Uint32(length[:]))
		if _, err := io.ReadFull(in, data); err != nil {
			log.Fatal(err)
		}
		fmt.Fprintln(out, outcome(data))
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

func outcome(data []byte) string {
	opts := pickle.JoinOptions(pickle.Python2Strings(pickle.Python2ByteString), pickle.MaxDepth(1000))
	var v any
	if err := pickle.Unmarshal(data, &v, opts); err != nil {
		return err.Error()
	}
	text := pickle.Repr(v)
	for _, protocol := range []int{0, 2, 5} {
		again, err := pickle.Marshal(v, pickle.Protocol(protocol))
		if err != nil {
			// The path is that by which the writer came to the value first; which that
			// is of several depends on which strings are one.
			var e *pickle.MarshalError
			if errors.As(err, &e) {
				err = e.Err
			}
			text += fmt.Sprintf("; protocol %d: %v", protocol, err)
			continue
		}
		var w any
		if err := pickle.Unmarshal(again, &w, opts); err != nil {
			text += fmt.Sprintf("; protocol %d again: %v", protocol, err)
		} else if r := pickle.Repr(w); r != text {
			text += fmt.Sprintf("; protocol %d: %s", protocol, r)
		}
	}
	return text
}

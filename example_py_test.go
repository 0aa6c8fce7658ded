package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log"

	"github.com/go-pickle/pickle"
)

// An exception of Python is an error of Go.
func ExampleException() {
	data := []byte("\x80\x04\x95=\x00\x00\x00\x00\x00\x00\x00\x8c\bbuiltins\x94\x8c\x11FileNotFoundError\x94\x93\x94K\x02\x8c\x0cNo such file\x94\x8c\x05a.txt\x94\x87\x94R\x94.")
	var failure error
	if err := pickle.Unmarshal(data, &failure); err != nil {
		log.Fatal(err)
	}
	fmt.Println(failure)
	fmt.Println(errors.Is(failure, fs.ErrNotExist))
	fmt.Println(errors.Is(failure, &pickle.Exception{Class: pickle.Global{Module: "builtins", Name: "OSError"}}))
	// Output:
	// FileNotFoundError: [Errno 2] No such file: 'a.txt'
	// true
	// true
}

// OutOfStock is an exception of a program: class OutOfStock(Exception) in the
// Python module shop.
type OutOfStock struct{ pickle.Exception }

// The exceptions of a program have Go types of their own.
func ExampleException_class() {
	r := pickle.NewRegistry()
	if err := r.Register("shop.OutOfStock", OutOfStock{}); err != nil {
		log.Fatal(err)
	}
	var failure error
	err := pickle.Unmarshal([]byte("cshop\nOutOfStock\n(Vsku 7\ntR."), &failure, pickle.WithRegistry(r))
	if err != nil {
		log.Fatal(err)
	}
	var out *OutOfStock
	fmt.Println(errors.As(failure, &out), out)
	// Output: true shop.OutOfStock: sku 7
}

// The attributes of a types.SimpleNamespace go into structs and maps as well.
func ExampleSimpleNamespace() {
	data, err := pickle.Marshal(&pickle.SimpleNamespace{Attrs: pickle.NewDict("host", "localhost", "port", 8080)})
	if err != nil {
		log.Fatal(err)
	}
	var v any
	var settings struct {
		Host string `pickle:"host"`
		Port int    `pickle:"port"`
	}
	if err := errors.Join(pickle.Unmarshal(data, &v), pickle.Unmarshal(data, &settings)); err != nil {
		log.Fatal(err)
	}
	fmt.Println(v)
	fmt.Println(settings)
	// Output:
	// namespace(host='localhost', port=8080)
	// {localhost 8080}
}

// A compiled pattern is its text and its flags.
func ExamplePattern() {
	var v any
	if err := pickle.Unmarshal([]byte("cre\n_compile\n(V^a+$\nI42\ntR."), &v); err != nil {
		log.Fatal(err)
	}
	fmt.Println(v)
	fmt.Println(v.(pickle.Pattern).Flags)
	// Output:
	// re.compile('^a+$', re.IGNORECASE|re.MULTILINE)
	// 42
}

// The sequence of a generator goes on in Go where it was left in Python.
func ExampleRandom() {
	r := new(pickle.Random)
	for i := range r.State {
		r.State[i] = uint32(i + 1)
	}
	r.Index = len(r.State)
	data, err := pickle.Marshal(r)
	if err != nil {
		log.Fatal(err)
	}
	var copied pickle.Random
	if err := pickle.Unmarshal(data, &copied); err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Float64() == copied.Float64())
	// Output: true
}

// logRecord has what a collector wants of a logging.LogRecord. The message is
// complete in what a SocketHandler sends.
type logRecord struct {
	Name      string  `pickle:"name"`
	Level     int     `pickle:"levelno"`
	LevelName string  `pickle:"levelname"`
	Message   string  `pickle:"msg"`
	Created   float64 `pickle:"created"` // seconds since 1970
	File      string  `pickle:"pathname"`
	Line      int     `pickle:"lineno"`
	Function  string  `pickle:"funcName"`
	Exception string  `pickle:"exc_text"`
	Process   int     `pickle:"process"`
}

// Python's logging.handlers.SocketHandler sends each record as a dict of its
// attributes, behind the length of the pickle in 4 bytes. readLogRecord reads
// the length, checks it, and calls Unmarshal for what follows.
func Example_logRecords() {
	record, err := pickle.Marshal(map[string]any{"name": "shop", "levelno": 30, "levelname": "WARNING", "msg": "order 1001", "args": nil}, pickle.Protocol(1))
	if err != nil {
		log.Fatal(err)
	}
	conn := bytes.NewReader(append([]byte{0, 0, 0, byte(len(record))}, record...)) // a net.Conn

	r, err := readLogRecord(conn)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.LevelName, r.Name, r.Message)
	// Output: WARNING shop order 1001
}

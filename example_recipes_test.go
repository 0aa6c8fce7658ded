package pickle_test

import (
	"bufio"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/go-pickle/pickle"
)

// Metric is what carbon, the daemon of Graphite, sends and receives:
// (path, (timestamp, value)).
type Metric struct {
	_     struct{} `pickle:",tuple"`
	Path  string
	Point struct {
		_     struct{} `pickle:",tuple"`
		Time  int64
		Value float64
	}
}

// A message of Graphite's carbon: a length in four bytes, and a list of tuples.
func Example_carbon() {
	f, err := os.Open("testdata/real/carbon.bin")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()

	var length uint32
	if err := binary.Read(f, binary.BigEndian, &length); err != nil {
		log.Fatal(err)
	}
	var metrics []Metric
	message := io.LimitReader(f, int64(length))
	if err := pickle.NewDecoder(message, pickle.MaxSize(1<<20)).Decode(&metrics); err != nil {
		log.Fatal(err)
	}
	for _, m := range metrics {
		fmt.Println(m.Path, m.Point.Time, m.Point.Value)
	}

	reply, err := pickle.Append(make([]byte, 4), metrics, pickle.Protocol(2))
	if err != nil {
		log.Fatal(err)
	}
	binary.BigEndian.PutUint32(reply, uint32(len(reply)-4))
	fmt.Println(len(reply), inPython(reply[4:]))
	// Output:
	// servers.web1.load 1700000000 0.75
	// servers.web1.users 1700000060 12
	// 101 [('servers.web1.load', (1700000000, 0.75)), ('servers.web1.users', (1700000060, 12.0))]
}

// A file of Django's file-based cache: when the entry expires, and behind it
// the value, compressed.
func Example_django() {
	f, err := os.Open("testdata/real/django.djcache")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()

	r := bufio.NewReader(f) // of which a Decoder leaves what is behind the pickle
	var expires float64
	if err := pickle.NewDecoder(r).Decode(&expires); err != nil {
		log.Fatal(err)
	}
	z, err := zlib.NewReader(r)
	if err != nil {
		log.Fatal(err)
	}
	var cart struct {
		User  int `pickle:"user_id"`
		Items []struct {
			_     struct{} `pickle:",tuple"`
			SKU   string
			Count int
			Price string // a decimal.Decimal
		} `pickle:"items"`
		HTML string `pickle:"html"` // a SafeString, which is a str
	}
	if err := pickle.NewDecoder(z).Decode(&cart); err != nil {
		log.Fatal(err)
	}
	fmt.Println(time.Unix(int64(expires), 0).UTC())
	fmt.Println(cart.User, cart.Items[0].SKU, cart.Items[0].Price, cart.HTML)
	// Output:
	// 2023-11-14 22:23:20 +0000 UTC
	// 17 lamp-3 49.90 <b>2</b> lamps
}

// A record of Python's logging.handlers.SocketHandler: a length in four bytes,
// and the attributes of the LogRecord as a dict.
func Example_logging() {
	for _, name := range []string{"testdata/real/logging-3.13.bin", "testdata/real/logging-2.7.bin"} {
		data, err := os.ReadFile(name)
		if err != nil {
			log.Fatal(err)
		}
		data = data[4:][:binary.BigEndian.Uint32(data)]
		var record struct {
			Logger  string         `pickle:"name,required"`
			Level   string         `pickle:"levelname"`
			Message string         `pickle:"msg"`
			Created float64        `pickle:"created"`
			Args    any            `pickle:"args"`
			Extra   map[string]any `pickle:",unknown"`
		}
		if err := pickle.Unmarshal(data, &record); err != nil {
			log.Fatal(err)
		}
		fmt.Println(record.Level, record.Logger, record.Message, record.Extra["order"])
	}
	// Output:
	// WARNING shop.orders order 1001 of Ann is late 1001
	// WARNING shop.orders order 1001 of Ann is late 1001
}

// A message of Celery: (args, kwargs, embed).
func Example_celery() {
	data, err := os.ReadFile("testdata/real/kombu.pkl")
	if err != nil {
		log.Fatal(err)
	}
	var task struct {
		_     struct{} `pickle:",tuple"`
		Args  []any
		Named map[string]any
		Embed map[string]any
	}
	if err := pickle.Unmarshal(data, &task); err != nil {
		log.Fatal(err)
	}
	fmt.Println(task.Args, task.Named)
	// Output:
	// [1001 Ann] map[express:true]
}

// What a Python 2 program reads: protocol 2, and str rather than unicode where
// it wants bytes.
func Example_python2() {
	type Job struct {
		Command pickle.ByteString `pickle:"command"`
		Title   string            `pickle:"title"`
	}
	data, err := pickle.Marshal(Job{"ls", "List"}, pickle.Protocol(2))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", data)
	// Output:
	// "\x80\x02}q\x00(X\a\x00\x00\x00commandq\x01U\x02lsq\x02X\x05\x00\x00\x00titleq\x03X\x04\x00\x00\x00Listq\x04u."
}

// An object that was decoded into an any can be changed, and written again as
// an instance of its class.
func Example_edit() {
	var v any
	if err := pickle.Unmarshal(sample(), &v); err != nil {
		log.Fatal(err)
	}
	for _, o := range v.([]any) {
		o.(*pickle.Object).State.(*pickle.Dict).Set("tags", pickle.NewSet("checked"))
	}
	data, err := pickle.Marshal(v)
	if err != nil {
		log.Fatal(err)
	}
	p, err := pickle.Parse(data)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Index(1).Get("number"), p.Index(1).Get("tags"))
	// Output:
	// 1002 {'checked'}
}

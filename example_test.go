package pickle_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/go-pickle/pickle"
)

// inPython returns how Python would print the pickle in data: what it says,
// with classes by their names, whatever is registered for them here.
func inPython(data []byte) string {
	var v any
	if err := pickle.Unmarshal(data, &v, pickle.WithRegistry(pickle.NewRegistry())); err != nil {
		log.Fatal(err)
	}
	return pickle.Repr(v)
}

// A list of instances of Python's class shop.Order becomes a slice of structs.
func Example() {
	type Order struct { // testdata/sample.pkl is a list of dataclass instances, written by Python
		Number   int `pickle:"number"`
		Customer struct {
			Name string `pickle:"name"`
		} `pickle:"customer"`
		Tags []string `pickle:"tags"`
	}
	data, err := os.ReadFile("testdata/sample.pkl")
	var orders []Order
	if err = errors.Join(err, pickle.Unmarshal(data, &orders)); err != nil {
		log.Fatal(err)
	}
	fmt.Println(orders) // [{1001 {Ann} [gift]} {1002 {Ann} []}]
	// Output:
	// [{1001 {Ann} [gift]} {1002 {Ann} []}]
}

func ExampleMarshal() {
	type Task struct {
		Name  string   `pickle:"name"`
		Tags  []string `pickle:"tags,set"`
		Retry *int     `pickle:"retry"`
	}
	data, err := pickle.Marshal(Task{Name: "mail", Tags: []string{"slow", "daily"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(inPython(data))
	// Output:
	// {'name': 'mail', 'tags': {'slow', 'daily'}, 'retry': None}
}

// A value that two pointers point to is one object in Python.
func ExampleMarshal_shared() {
	type Node struct {
		Name string `pickle:"name"`
		Next *Node  `pickle:"next"`
	}
	a, b := &Node{Name: "a"}, &Node{Name: "b"}
	a.Next, b.Next = b, a
	data, err := pickle.Marshal([]*Node{a, b})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(inPython(data))

	var nodes []*Node
	if err := pickle.Unmarshal(data, &nodes); err != nil {
		log.Fatal(err)
	}
	fmt.Println(nodes[0].Next == nodes[1], nodes[1].Next == nodes[0])
	// Output:
	// [{'name': 'a', 'next': {'name': 'b', 'next': {...}}}, {'name': 'b', 'next': {'name': 'a', 'next': {...}}}]
	// true true
}

func ExampleAppend() {
	packet := []byte("data:")
	packet, err := pickle.Append(packet, []int{1, 2}, pickle.Protocol(2))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", packet)
	// Output:
	// "data:\x80\x02]q\x00(K\x01K\x02e."
}

func ExampleUnmarshal() {
	type User struct {
		Name string `pickle:"name"`
		Age  int    `pickle:"age"`
	}
	// pickle.dumps(app.User('Ann', 31), protocol=2)
	data := []byte("\x80\x02capp\nUser\nq\x00)\x81q\x01}q\x02(X\x04\x00\x00\x00nameq\x03X\x03\x00\x00\x00Annq\x04X\x03\x00\x00\x00ageq\x05K\x1fub.")

	var u User
	if err := pickle.Unmarshal(data, &u); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", u)
	// Output:
	// {Name:Ann Age:31}
}

// Into an any everything fits, and nothing is lost.
func ExampleUnmarshal_any() {
	data := []byte("\x80\x02capp\nUser\nq\x00)\x81q\x01}q\x02(X\x04\x00\x00\x00nameq\x03X\x03\x00\x00\x00Annq\x04X\x03\x00\x00\x00ageq\x05K\x1fub.")

	var v any
	if err := pickle.Unmarshal(data, &v); err != nil {
		log.Fatal(err)
	}
	user := v.(*pickle.Object)
	age, _ := user.Attr("age")
	fmt.Println(user.Class, age)
	fmt.Println(user)
	// Output:
	// app.User 31
	// app.User(name='Ann', age=31)
}

func ExampleNewEncoder() {
	var out bytes.Buffer
	enc := pickle.NewEncoder(&out, pickle.Protocol(1))
	for _, v := range []any{"one", 2} {
		if err := enc.Encode(v); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("%q\n", out.String())
	// Output:
	// "X\x03\x00\x00\x00oneq\x00.K\x02."
}

func ExampleNewDecoder() {
	dec := pickle.NewDecoder(strings.NewReader("I1\n.I2\n.I3\n."))
	for {
		var n int
		err := dec.Decode(&n)
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n, dec.InputOffset())
	}
	// Output:
	// 1 4
	// 2 8
	// 3 12
}

// What is behind a pickle is still there. Of a *bufio.Reader nothing is read
// that is not part of a pickle.
func ExampleDecoder_Buffered() {
	dec := pickle.NewDecoder(strings.NewReader("I1\n.raw data"))
	var n int
	if err := dec.Decode(&n); err != nil {
		log.Fatal(err)
	}
	rest, err := io.ReadAll(dec.Buffered())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", rest)

	r := bufio.NewReader(strings.NewReader("I1\n.raw data"))
	if err := pickle.NewDecoder(r).Decode(&n); err != nil {
		log.Fatal(err)
	}
	rest, err = io.ReadAll(r)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", rest)
	// Output:
	// "raw data"
	// "raw data"
}

// sample is testdata/sample.pkl, a list of instances of shop.Order.
func sample() []byte {
	data, err := os.ReadFile("testdata/sample.pkl")
	if err != nil {
		log.Fatal(err)
	}
	return data
}

// Nothing but the name is decoded.
func ExampleParse() {
	v, err := pickle.Parse(sample())
	if err != nil {
		log.Fatal(err)
	}
	var name string
	if err := v.Index(-1).Get("customer").Get("name").Decode(&name); err != nil {
		log.Fatal(err)
	}
	fmt.Println(v.Kind(), v.Len(), name)
	// Output:
	// list 2 Ann
}

func ExampleValue_Get() {
	v, err := pickle.Parse(sample())
	if err != nil {
		log.Fatal(err)
	}
	order := v.Index(0)
	class, _ := order.Class()
	fmt.Println(class, order.Get("number"), order.Get("customer"))

	fmt.Println(order.Get("discount").Get("percent").Err())
	// Output:
	// shop.Order 1001 shop.Customer(name='Ann', email='ann@example.com')
	// pickle: cannot decode instance of shop.Order at [0]["discount"] (offset 32, NEWOBJ): there is no such key
}

func ExampleValue_Index() {
	v, err := pickle.Parse([]byte("(I1\nI2\nI3\nl."))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(v.Index(0), v.Index(-1))
	// Output:
	// 1 3
}

func ExampleValue_All() {
	data, err := pickle.Marshal(pickle.NewDict("a", 1, "b", []any{2, 3}))
	if err != nil {
		log.Fatal(err)
	}
	v, err := pickle.Parse(data)
	if err != nil {
		log.Fatal(err)
	}
	for key, item := range v.All() {
		fmt.Println(key, item.Kind(), item)
	}
	// Output:
	// a int 1
	// b list [2, 3]
}

func ExampleValue_Decode() {
	v, err := pickle.Parse(sample())
	if err != nil {
		log.Fatal(err)
	}
	for _, order := range v.All() {
		var tags []string
		if err := order.Get("tags").Decode(&tags); err != nil {
			log.Fatal(err)
		}
		fmt.Println(order.Get("number"), tags)
	}
	// Output:
	// 1001 [gift]
	// 1002 []
}

// Point is Python's class shapes.Point, a dataclass.
type Point struct {
	X int `pickle:"x"`
	Y int `pickle:"y"`
}

func ExampleRegister() {
	pickle.Register("shapes.Point", Point{})

	// pickle.dumps([shapes.Point(3, 4)], protocol=2)
	data := []byte("\x80\x02]q\x00cshapes\nPoint\nq\x01)\x81q\x02}q\x03(X\x01\x00\x00\x00xq\x04K\x03X\x01\x00\x00\x00yq\x05K\x04uba.")
	var v any
	if err := pickle.Unmarshal(data, &v); err != nil {
		log.Fatal(err)
	}
	p := v.([]any)[0].(*Point)
	fmt.Println(p.X, p.Y)

	again, err := pickle.Marshal([]*Point{p}, pickle.Protocol(2))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Equal(again, data))
	// Output:
	// 3 4
	// true
}

// Size is shapes.Size = namedtuple('Size', 'width height').
type Size struct {
	Width, Height int
}

func ExampleNamedTuple() {
	pickle.Register("shapes.Size", Size{}, pickle.NamedTuple())

	// pickle.dumps(shapes.Size(640, 480))
	data := []byte("\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x06shapes\x94\x8c\x04Size\x94\x93\x94M\x80\x02M\xe0\x01\x86\x94\x81\x94.")
	var s Size
	if err := pickle.Unmarshal(data, &s); err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Width, s.Height)
	// Output:
	// 640 480
}

// Color is shapes.Color, an enum.Enum whose members have ints for values.
type Color int

const (
	Red Color = iota + 1
	Green
)

func ExampleEnum() {
	pickle.Register("shapes.Color", Color(0), pickle.Enum())

	// pickle.dumps([shapes.Color.GREEN, shapes.Color.RED], protocol=2)
	data := []byte("\x80\x02]q\x00(cshapes\nColor\nq\x01K\x02\x85q\x02Rq\x03h\x01K\x01\x85q\x04Rq\x05e.")
	var v any
	if err := pickle.Unmarshal(data, &v); err != nil {
		log.Fatal(err)
	}
	colors := v.([]any)
	fmt.Println(colors[0] == Green, colors[1] == Red)

	again, err := pickle.Marshal([]Color{Green, Red}, pickle.Protocol(2))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Equal(again, data))
	// Output:
	// true true
	// true
}

// Pixel is shapes.Pixel, a dataclass with slots=True.
type Pixel struct {
	X int `pickle:"x"`
	Y int `pickle:"y"`
}

func ExampleSlots() {
	r := pickle.NewRegistry()
	if err := r.Register("shapes.Pixel", Pixel{}, pickle.Slots()); err != nil {
		log.Fatal(err)
	}
	data, err := pickle.Marshal(Pixel{3, 4}, pickle.WithRegistry(r), pickle.Protocol(2))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", data[len("\x80\x02cshapes\nPixel\nq\x00)\x81q\x01"):]) // the state: None, and a dict
	// Output:
	// "N}q\x02(X\x01\x00\x00\x00xq\x03K\x03X\x01\x00\x00\x00yq\x04K\x04u\x86q\x05b."
}

// PaymentError is shop.PaymentError, an exception that is made with a message
// and a code, and given a hint afterwards.
type PaymentError struct {
	Message string `pickle:"message"`
	Code    int    `pickle:"code"`
	Hint    string `pickle:"hint,omitempty"`
}

func (e *PaymentError) Error() string { return e.Message + " (" + strconv.Itoa(e.Code) + ")" }

func ExampleArguments() {
	pickle.Register("shop.PaymentError", PaymentError{}, pickle.Arguments("message", "code"))

	data, err := pickle.Marshal(&PaymentError{Message: "declined", Code: 51, Hint: "ask the bank"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(inPython(data))

	var failure error // an interface that *PaymentError implements
	if err := pickle.Unmarshal(data, &failure); err != nil {
		log.Fatal(err)
	}
	fmt.Println(failure)
	// Output:
	// shop.PaymentError('declined', 51, hint='ask the bank')
	// declined (51)
}

// Track is music.library.Track, which was media.Song once.
type Track struct {
	Title string `pickle:"title"`
}

func ExampleAlias() {
	pickle.Register("music.library.Track", Track{}, pickle.Alias("media.Song"))

	old := []byte("\x80\x02cmedia\nSong\nq\x00)\x81q\x01}q\x02X\x05\x00\x00\x00titleq\x03X\x04\x00\x00\x00Blueq\x04sb.")
	var v any
	if err := pickle.Unmarshal(old, &v); err != nil {
		log.Fatal(err)
	}
	data, err := pickle.Marshal(v)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(inPython(data))
	// Output:
	// music.library.Track(title='Blue')
}

// A Registry of its own keeps the classes of one program, or of one test, apart
// from those of others.
func ExampleRegistry() {
	r := pickle.NewRegistry()
	if err := r.Register("geo:Map.Pin", Point{}); err != nil { // class Pin inside class Map
		log.Fatal(err)
	}
	data, err := pickle.Marshal(&Point{1, 2}, pickle.WithRegistry(r))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(inPython(data))

	fmt.Println(r.Register("geo.Other", Point{}))
	// Output:
	// geo.Map.Pin(x=1, y=2)
	// pickle: Register geo.Other: pickle_test.Point is registered as geo.Map.Pin
}

// copyreg.add_extension('shapes', 'Point', 240) in Python.
func ExampleRegisterExtension() {
	pickle.RegisterExtension(240, "shapes.Circle")

	data, err := pickle.Marshal(pickle.Global{Module: "shapes", Name: "Circle"}, pickle.Protocol(2))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", data)
	fmt.Println(inPython(data), "where the code is not registered")
	// Output:
	// "\x80\x02\x82\xf0."
	// extension(240) where the code is not registered
}

// Level is an int in Go and its name in Python.
type Level int

func (l Level) MarshalPickle() (any, error) {
	return []string{"debug", "info", "error"}[l], nil
}

func (l *Level) UnmarshalPickle(v pickle.Value) error {
	var name string
	if err := v.Decode(&name); err != nil {
		return err
	}
	i := slices.Index([]string{"debug", "info", "error"}, name)
	if i < 0 {
		return fmt.Errorf("no level %q", name)
	}
	*l = Level(i)
	return nil
}

func ExampleMarshaler() {
	data, err := pickle.Marshal(map[string]Level{"disk": 2, "net": 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(inPython(data))
	// Output:
	// {'disk': 'error', 'net': 'info'}
}

func ExampleUnmarshaler() {
	data, err := pickle.Marshal(pickle.NewDict("disk", "error", "net", "loud"))
	if err != nil {
		log.Fatal(err)
	}
	var levels map[string]Level
	fmt.Println(pickle.Unmarshal(data, &levels))
	// Output:
	// pickle: cannot decode str into Go value of type pickle_test.Level at ["net"] (offset 35, SHORT_BINUNICODE): no level "loud"
}

// Clock is bench.Clock, whose __getstate__ returns minutes and seconds as a
// tuple, which its __setstate__ takes.
type Clock struct{ seconds int }

func (c Clock) GetState() (any, error) {
	return pickle.Tuple{c.seconds / 60, c.seconds % 60}, nil
}

func (c *Clock) SetState(state pickle.Value) error {
	var parts [2]int
	err := state.Decode(&parts)
	c.seconds = parts[0]*60 + parts[1]
	return err
}

func ExampleStateGetter() {
	r := pickle.NewRegistry()
	if err := r.Register("bench.Clock", Clock{}); err != nil {
		log.Fatal(err)
	}
	data, err := pickle.Marshal(&Clock{150}, pickle.WithRegistry(r))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(inPython(data))
	// Output:
	// bench.Clock(state=(2, 30))
}

func ExampleStateSetter() {
	data := []byte("\x80\x02cbench\nClock\n)\x81K\x02K\x1e\x86b.")
	var c Clock
	if err := pickle.Unmarshal(data, &c); err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.seconds)
	// Output:
	// 150
}

// Money is written as a call of decimal.Decimal.
type Money int // cents

func (m Money) Reduce() (pickle.Reduction, error) {
	return pickle.Reduction{
		Callable: pickle.Global{Module: "decimal", Name: "Decimal"},
		Args:     pickle.Tuple{fmt.Sprintf("%d.%02d", m/100, m%100)},
	}, nil
}

func ExampleReducer() {
	data, err := pickle.Marshal([]Money{4990, 5})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(inPython(data))
	// Output:
	// [Decimal('49.90'), Decimal('0.05')]
}

func ExampleDict() {
	d := pickle.NewDict("b", 1, "a", 2)
	d.Set(1, "int")
	d.Set(1.0, "the same key as 1")
	d.Set(pickle.Tuple{"x", 1}, nil)
	d.Delete("a")
	for key, value := range d.All() {
		fmt.Printf("%v: %v\n", key, value)
	}
	_, ok := d.Get(pickle.Tuple{"x", 1})
	fmt.Println(d, d.Len(), ok)
	// Output:
	// b: 1
	// 1: the same key as 1
	// ('x', 1): <nil>
	// {'b': 1, 1: 'the same key as 1', ('x', 1): None} 3 true
}

func ExampleSet() {
	s := pickle.NewSet(1, "a")
	s.Add(true) // equals 1, which stays
	s.Add(pickle.NewFrozenSet("x"))
	fmt.Println(s, s.Len(), s.Has("a"), slices.Collect(s.All())[0])
	// Output:
	// {1, 'a', frozenset({'x'})} 3 true 1
}

func ExampleRepr() {
	fmt.Println(pickle.Repr([]any{nil, true, 1e16, "it's", []byte("\x00"), pickle.Tuple{1}, pickle.NewSet()}))
	// Output:
	// [None, True, 1e+16, "it's", b'\x00', (1,), set()]
}

func ExampleReprIndent() {
	var v any
	if err := pickle.Unmarshal(sample(), &v); err != nil {
		log.Fatal(err)
	}
	order := v.([]any)[0].(*pickle.Object)
	customer, _ := order.Attr("customer")
	fmt.Println(pickle.ReprIndent([]any{customer, "and", customer, "are one object"}, "  "))
	// Output:
	// [
	//   shop.Customer(name='Ann', email='ann@example.com'),
	//   'and',
	//   shop.Customer(name='Ann', email='ann@example.com'),
	//   'are one object',
	// ]
}

func ExampleEqual() {
	a := pickle.NewDict(1, pickle.Tuple{1, 2}, "b", nil)
	b := pickle.NewDict("b", nil, 1.0, pickle.Tuple{true, 2.0})
	fmt.Println(pickle.Equal(a, b), pickle.Equal(pickle.Tuple{1}, []any{1}))
	// Output:
	// true false
}

// Every attribute and every part of an instance is there, and it is written as
// it was read.
func ExampleObject() {
	var v any
	// a class jobs.Queue that is like collections.deque([1, 2], maxlen=9)
	data := []byte("\x80\x02cjobs\nQueue\nq\x00)K\t\x86q\x01Rq\x02(K\x01K\x02e.")
	if err := pickle.Unmarshal(data, &v, pickle.WithRegistry(pickle.NewRegistry())); err != nil {
		log.Fatal(err)
	}
	fmt.Println(pickle.Repr(v))
	again, err := pickle.Marshal(v, pickle.Protocol(2))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Equal(again, data))
	// Output:
	// jobs.Queue((), 9, [1, 2])
	// true
}

func ExampleSyntaxError() {
	err := pickle.Unmarshal([]byte("version https://git-lfs.github.com/spec/v1\n"), new(any))
	var syntax *pickle.SyntaxError
	fmt.Println(errors.As(err, &syntax), syntax.Offset, syntax.Hint)

	err = pickle.Unmarshal([]byte("\x80\x02]q\x00X\x09\x00\x00\x00cut"), new(any))
	fmt.Println(errors.Is(err, io.ErrUnexpectedEOF), err)
	// Output:
	// true 0 looks like a Git-LFS pointer
	// true pickle: offset 5: BINUNICODE: unexpected EOF
}

func ExampleUnmarshalTypeError() {
	data, err := pickle.Marshal([]any{pickle.NewDict("metric", []any{1, "2"})})
	if err != nil {
		log.Fatal(err)
	}
	var target []map[string][]int
	err = pickle.Unmarshal(data, &target)
	var mismatch *pickle.UnmarshalTypeError
	fmt.Println(errors.As(err, &mismatch), mismatch.Path, mismatch.Value, mismatch.Type)
	// Output:
	// true [0]["metric"][1] str int
}

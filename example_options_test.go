package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"slices"
	"strings"

	"github.com/go-pickle/pickle"
)

// Python 2 reads protocols up to 2. Modules have their Python 2 names there, a
// string is a unicode, a []byte is made by a call, a ByteString is a str.
func ExampleProtocol() {
	v := []any{"text", pickle.ByteString("str"), pickle.Global{Module: "builtins", Name: "range"}}
	for _, n := range []int{0, 2} {
		data, err := pickle.Marshal(v, pickle.Protocol(n))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%q\n", data)
	}
	// Output:
	// "(lp0\nVtext\np1\naS'str'\np2\nac__builtin__\nxrange\np3\na."
	// "\x80\x02]q\x00(X\x04\x00\x00\x00textq\x01U\x03strq\x02c__builtin__\nxrange\nq\x03e."
}

func ExampleFixImports() {
	length := pickle.Global{Module: "builtins", Name: "len"}
	for _, fix := range []bool{true, false} {
		data, err := pickle.Marshal(length, pickle.Protocol(2), pickle.FixImports(fix))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%q\n", data)
	}
	// Output:
	// "\x80\x02c__builtin__\nlen\nq\x00."
	// "\x80\x02cbuiltins\nlen\nq\x00."
}

func ExampleWithRegistry() {
	r := pickle.NewRegistry()
	if err := r.Register("geo.Position", Point{}); err != nil {
		log.Fatal(err)
	}
	data, err := pickle.Marshal(Point{1, 2}, pickle.WithRegistry(r))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(inPython(data))
	// Output:
	// geo.Position(x=1, y=2)
}

// Options that belong together are one value.
func ExampleJoinOptions() {
	forPython2 := pickle.JoinOptions(pickle.Protocol(2), pickle.Deterministic(true))
	data, err := pickle.Marshal(1, forPython2)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", data)
	// Output:
	// "\x80\x02K\x01."
}

// Account is a row of a database. A pickle refers to it by its number.
type Account struct{ Number int }

func ExamplePersistentID() {
	ann := &Account{17}
	data, err := pickle.Marshal(map[string]any{"from": ann, "sum": 20},
		pickle.PersistentID(func(v any) (any, bool, error) {
			if a, ok := v.(*Account); ok {
				return pickle.Tuple{"account", a.Number}, true, nil
			}
			return nil, false, nil
		}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(inPython(data))
	// Output:
	// {'from': persistent_id(('account', 17)), 'sum': 20}
}

func ExamplePersistentLoad() {
	accounts := map[int64]*Account{17: {17}}
	data, err := pickle.Marshal(pickle.NewDict("from", pickle.PersistentRef{ID: 17}, "sum", 20))
	if err != nil {
		log.Fatal(err)
	}
	var transfer struct {
		From *Account `pickle:"from"`
		Sum  int      `pickle:"sum"`
	}
	err = pickle.Unmarshal(data, &transfer, pickle.PersistentLoad(func(id any) (any, error) {
		n, _ := id.(int64)
		if a, ok := accounts[n]; ok {
			return a, nil
		}
		return nil, fmt.Errorf("there is no account %v", id)
	}))
	fmt.Println(transfer.From == accounts[17], transfer.Sum, err)
	// Output:
	// true 20 <nil>
}

// Large memory travels beside the pickle, and is not copied.
func ExampleBufferCallback() {
	image := pickle.Buffer{Data: []byte("many pixels")}
	var beside [][]byte
	data, err := pickle.Marshal([]any{"image", image}, pickle.BufferCallback(func(b pickle.Buffer) (bool, error) {
		beside = append(beside, b.Data)
		return false, nil // not in the pickle
	}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Contains(data, image.Data))

	var v []any
	if err := pickle.Unmarshal(data, &v, pickle.Buffers(slices.Values(beside))); err != nil {
		log.Fatal(err)
	}
	got := v[1].(pickle.Buffer)
	fmt.Println(string(got.Data), &got.Data[0] == &image.Data[0])
	// Output:
	// false
	// many pixels true
}

func ExampleBuffers() {
	data := []byte("\x80\x05]\x94(\x97\x97\x98e.") // two buffers, the second is read-only
	var parts []string
	err := pickle.Unmarshal(data, &parts, pickle.Buffers(slices.Values([][]byte{[]byte("one"), []byte("two")})))
	fmt.Println(parts, err)
	// Output:
	// [one two] <nil>
}

// What one Encoder has written before is only referred to.
func ExampleKeepMemo() {
	type Host struct {
		Name string `pickle:"name"`
	}
	web := &Host{"web1.example.com"}
	var stream bytes.Buffer
	enc := pickle.NewEncoder(&stream, pickle.KeepMemo(true))
	for range 2 {
		before := stream.Len()
		if err := enc.Encode(web); err != nil {
			log.Fatal(err)
		}
		fmt.Println(stream.Len()-before, "bytes")
	}

	dec := pickle.NewDecoder(&stream, pickle.KeepMemo(true))
	var first, second *Host
	fmt.Println(dec.Decode(&first), dec.Decode(&second), first.Name, first == second)
	// Output:
	// 41 bytes
	// 5 bytes
	// <nil> <nil> web1.example.com true
}

func ExamplePython2Strings() {
	data := []byte("U\x05caf\xc3\xa9.") // pickle.dumps('café', 1) by Python 2, in UTF-8
	for _, mode := range []pickle.Python2Mode{
		pickle.Python2Raw, pickle.Python2ByteString, pickle.Python2Latin1, pickle.Python2UTF8, pickle.Python2Bytes,
	} {
		var v any
		if err := pickle.Unmarshal(data, &v, pickle.Python2Strings(mode)); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%T %s\n", v, pickle.Repr(v))
	}
	// Output:
	// string 'café'
	// pickle.ByteString 'caf\xc3\xa9'
	// string 'cafÃ©'
	// string 'café'
	// []uint8 b'caf\xc3\xa9'
}

func ExamplePlainValues() {
	data, err := pickle.Marshal(pickle.NewDict("a", pickle.Tuple{1, 2}, "b", pickle.NewDict(1, "one")))
	if err != nil {
		log.Fatal(err)
	}
	var v any
	if err := pickle.Unmarshal(data, &v, pickle.PlainValues(true)); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%#v\n", v)
	// Output:
	// map[string]interface {}{"a":[]interface {}{1, 2}, "b":map[interface {}]interface {}{1:"one"}}
}

func ExampleDisallowUnknownFields() {
	data, err := pickle.Marshal(pickle.NewDict("x", 1, "z", 2))
	if err != nil {
		log.Fatal(err)
	}
	var p Point
	fmt.Println(pickle.Unmarshal(data, &p), p)

	err = pickle.Unmarshal(data, &p, pickle.DisallowUnknownFields(true))
	var mismatch *pickle.UnmarshalTypeError
	fmt.Println(errors.As(err, &mismatch), mismatch.Type)
	// Output:
	// <nil> {1 0}
	// true pickle_test.Point
}

func ExampleDisallowUnknownClasses() {
	data := []byte("cos\nsystem\n(S'echo unsafe'\ntR.")
	var v any
	fmt.Println(pickle.Unmarshal(data, &v), v)

	err := pickle.Unmarshal(data, &v, pickle.DisallowUnknownClasses(true))
	var unknown *pickle.GlobalError
	fmt.Println(errors.As(err, &unknown), unknown.Module, unknown.Name)
	// Output:
	// <nil> os.system('echo unsafe')
	// true os system
}

func ExampleDeterministic() {
	m := map[string]int{"c": 3, "a": 1, "b": 2}
	data, err := pickle.Marshal(m) // the default is true
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(inPython(data))
	// Output:
	// {'a': 1, 'b': 2, 'c': 3}
}

func ExampleNoMemo() {
	s := []int{1}
	for _, none := range []bool{false, true} {
		data, err := pickle.Marshal([][]int{s, s}, pickle.Protocol(2), pickle.NoMemo(none))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%q\n", data)
	}
	// Output:
	// "\x80\x02]q\x00(]q\x01K\x01ah\x01e."
	// "\x80\x02](]K\x01a]K\x01ae."
}

func ExampleMaxSize() {
	data := []byte("]" + strings.Repeat("Na", 1000) + ".")
	err := pickle.Unmarshal(data, new(any), pickle.MaxSize(100))
	var limit *pickle.LimitError
	fmt.Println(errors.As(err, &limit), limit.Limit, limit.Max)
	// Output:
	// true size 100
}

func ExampleMaxDepth() {
	data := []byte(strings.Repeat("(", 100) + strings.Repeat("l", 100) + ".")
	err := pickle.Unmarshal(data, new(any), pickle.MaxDepth(50))
	var limit *pickle.LimitError
	fmt.Println(errors.As(err, &limit), limit.Limit, limit.Max)
	// Output:
	// true depth 50
}

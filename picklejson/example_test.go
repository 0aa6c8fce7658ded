package picklejson_test

import (
	"fmt"
	"os"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/picklejson"
)

// lamp is what Python writes for an instance of shop.Item, twice in a list.
var lamp = []byte("\x80\x02]q\x00(cshop\nItem\nq\x01)\x81q\x02}q\x03(X\x03\x00\x00\x00skuq\x04X\x06\x00\x00\x00lamp-3q\x05" +
	"X\x04\x00\x00\x00sizeq\x06K\x0cK(\x86q\x07ubh\x02e.")

func ExampleAppendPickle() {
	text, err := picklejson.AppendPickle(nil, lamp)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
	// Output:
	// [{"id":1,"object":"newobj","class":["shop","Item"],"args":[],"state":{"dict":{"sku":"lamp-3","size":{"tuple":[12,40]}}}},{"ref":1}]
}

func ExampleAppend() {
	text, err := picklejson.Append(nil, pickle.Tuple{int64(1), 1.0, []byte("abc"), pickle.NewSet("a")})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
	// Output:
	// {"tuple":[1,1.0,{"bytes":"YWJj"},{"set":["a"]}]}
}

func ExampleWrite() {
	if err := picklejson.Write(os.Stdout, pickle.NewDict("a", pickle.Tuple{}), picklejson.Indent("  ")); err != nil {
		panic(err)
	}
	// Output:
	// {
	//   "dict": {
	//     "a": {
	//       "tuple": []
	//     }
	//   }
	// }
}

func ExampleDecode() {
	v, err := picklejson.Decode([]byte(`{"id": 1, "list": [{"tuple": ["a", 1]}, {"ref": 1}]}`))
	if err != nil {
		panic(err)
	}
	fmt.Println(pickle.Repr(v))
	// Output:
	// [('a', 1), [...]]
}

func ExampleAll() {
	for v, err := range picklejson.All([]byte("{\"set\": [1, 2]}\n{\"int\": \"9007199254740993\"}\n")) {
		if err != nil {
			panic(err)
		}
		fmt.Println(pickle.Repr(v))
	}
	// Output:
	// {1, 2}
	// 9007199254740993
}

func ExampleToPickle() {
	data, err := picklejson.ToPickle([]byte(`{"tuple": [1, "two"]}`), pickle.Protocol(0))
	if err != nil {
		panic(err)
	}
	fmt.Printf("%q\n", data)
	// Output:
	// "(I1\nVtwo\np0\ntp1\n."
}

func ExamplePlain() {
	var v any
	if err := pickle.Unmarshal(lamp, &v); err != nil {
		panic(err)
	}
	if err := picklejson.Plain(os.Stdout, v, picklejson.ClassKey("class")); err != nil {
		panic(err)
	}
	// Output:
	// [{"class":"shop.Item","sku":"lamp-3","size":[12,40]},{"class":"shop.Item","sku":"lamp-3","size":[12,40]}]
}

func ExampleAppendPlain() {
	text, err := picklejson.AppendPlain(nil, pickle.NewDict(pickle.Date{Year: 2024, Month: 5, Day: 1}, pickle.Tuple{[]byte("abc")}), picklejson.Bytes(picklejson.BytesText))
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
	// Output:
	// {"2024-05-01":["abc"]}
}

package pickletools_test

import (
	"fmt"
	"log"
	"os"

	"github.com/go-pickle/pickle/pickletools"
)

func ExampleDis() {
	if err := pickletools.Dis(os.Stdout, []byte("\x80\x04]\x94(K\x01h\x00e.")); err != nil {
		log.Fatal(err)
	}
	// Output:
	//     0: \x80 PROTO      4
	//     2: ]    EMPTY_LIST
	//     3: \x94 MEMOIZE    (as 0)
	//     4: (    MARK
	//     5: K        BININT1    1
	//     7: h        BINGET     0
	//     9: e        APPENDS    (MARK at 4)
	//    10: .    STOP
	// highest protocol among opcodes = 4
}

func ExampleInstructions() {
	for in, err := range pickletools.Instructions([]byte("(lp0\nI42\na.")) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(in.Offset, in.Op, in.Arg)
	}
	// Output:
	// 0 MARK <nil>
	// 1 LIST <nil>
	// 2 PUT 0
	// 5 INT 42
	// 9 APPEND <nil>
	// 10 STOP <nil>
}

func ExampleOptimize() {
	data, err := pickletools.Optimize([]byte("(lp0\nI42\na."))
	fmt.Printf("%q %v\n", data, err)
	// Output: "(lI42\na." <nil>
}

func ExampleRename() {
	data, err := pickletools.Rename([]byte("caddressbook\nPerson\n."), func(module, name string) (string, string) {
		if module == "addressbook" {
			module = "directory.people"
		}
		return module, name
	})
	fmt.Printf("%q %v\n", data, err)
	// Output: "cdirectory.people\nPerson\n." <nil>
}

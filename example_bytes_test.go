//go:build !purego

package pickle_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/go-pickle/pickle"
)

// What CPython's C pickler wrote is written again byte for byte.
func Example_roundTrip() {
	var v any
	if err := pickle.Unmarshal(sample(), &v); err != nil {
		log.Fatal(err)
	}
	data, err := pickle.Marshal(v)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Equal(data, sample()))
	// Output:
	// true
}

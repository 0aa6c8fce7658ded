package pickle_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/go-pickle/pickle"
)

// The sum of a list, of which only a part is in memory at a time. The loop may end
// early; the Decoder then goes on with the next pickle.
func ExampleItems() {
	type Row struct {
		ID    int     `pickle:"id"`
		Price float64 `pickle:"price"`
	}
	// pickle.dumps([{"id": 1, "price": 2.5}, {"id": 2, "price": 4.0}], 0)
	list := "(lp0\n(dp1\nVid\np2\nI1\nsVprice\np3\nF2.5\nsa(dp4\ng2\nI2\nsg3\nF4.0\nsa."
	d := pickle.NewDecoder(strings.NewReader(list + "Vthe next pickle\np0\n."))

	sum := 0.0
	for row, err := range pickle.Items[Row](d) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row.ID, row.Price)
		sum += row.Price
	}
	var next string
	if err := d.Decode(&next); err != nil {
		log.Fatal(err)
	}
	fmt.Println(sum, next)
	// Output:
	// 1 2.5
	// 2 4
	// 6.5 the next pickle
}

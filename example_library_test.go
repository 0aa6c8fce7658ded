package pickle_test

import (
	"fmt"
	"log"
	"time"

	"github.com/go-pickle/pickle"
)

// A row as Django or SQLAlchemy have it: a dict of a UUID, a Decimal, a date, a
// datetime and a timedelta.
func Example_library() {
	data, err := pickle.Marshal(map[string]any{
		"id":     pickle.UUID{0x12, 0x34, 15: 0x01},
		"price":  pickle.NewDecimal(4990, -2),
		"day":    pickle.Date{Year: 2024, Month: time.May, Day: 17},
		"placed": time.Date(2024, 5, 17, 9, 30, 0, 0, time.UTC),
		"took":   90 * time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	var row struct {
		ID     string         `pickle:"id"` // or [16]byte, or the UUID type of another package
		Price  pickle.Decimal `pickle:"price"`
		Day    pickle.Date    `pickle:"day"`
		Placed time.Time      `pickle:"placed"`
		Took   time.Duration  `pickle:"took"`
	}
	if err := pickle.Unmarshal(data, &row); err != nil {
		log.Fatal(err)
	}
	fmt.Println(row.ID, row.Price)
	fmt.Println(row.Day, row.Placed, row.Took)
	// Output:
	// 12340000-0000-0000-0000-000000000001 49.90
	// 2024-05-17 2024-05-17 09:30:00 +0000 UTC 1m30s
}

// Python's datetime has no time zone unless it is given one. Such a time is in
// the location Naive, and is written without a time zone.
func ExampleIsNaive() {
	data := []byte("cdatetime\ndatetime\n(I2024\nI5\nI17\nI9\nI30\ntR.")
	var t time.Time
	if err := pickle.Unmarshal(data, &t); err != nil {
		log.Fatal(err)
	}
	fmt.Println(pickle.IsNaive(t), pickle.Repr(t))
	here := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	fmt.Println(pickle.IsNaive(here), pickle.Repr(here))
	// Output:
	// true datetime.datetime(2024, 5, 17, 9, 30)
	// false datetime.datetime(2024, 5, 17, 9, 30, tzinfo=datetime.timezone.utc)
}

func ExampleDecimal() {
	d, err := pickle.ParseDecimal("0.10")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d, pickle.Repr(d))
	f, exact := d.Float64()
	fmt.Println(f, exact)
	r, _ := d.Rat()
	fmt.Println(r, pickle.Equal(d, r))
	// Output:
	// 0.10 Decimal('0.10')
	// 0.1 false
	// 1/10 true
}

func ExampleDate_In() {
	d := pickle.Date{Year: 2024, Month: time.February, Day: 29}
	fmt.Println(d, d.In(time.UTC).AddDate(0, 0, 1).Format(time.DateOnly))
	// Output: 2024-02-29 2024-03-01
}

func ExampleTimeOfDay_On() {
	t := pickle.TimeOfDay{Hour: 9, Minute: 30}
	fmt.Println(t, pickle.Repr(t.On(pickle.Date{Year: 2024, Month: time.May, Day: 17})))
	// Output: 09:30:00 datetime.datetime(2024, 5, 17, 9, 30)
}

func ExampleUUID() {
	u, err := pickle.ParseUUID("{12345678123456781234567812345678}")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(u)
	fmt.Println(pickle.Repr(u))
	// Output:
	// 12345678-1234-5678-1234-567812345678
	// UUID('12345678-1234-5678-1234-567812345678')
}

package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// table is a table of Markdown, whose first column has text and the others
// numbers.
type table struct {
	header []string
	rows   [][]string
}

func (t table) String() string {
	var b strings.Builder
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(t.header)
	b.WriteString("|---|" + strings.Repeat("---:|", len(t.header)-1) + "\n")
	for _, row := range t.rows {
		line(row)
	}
	return b.String()
}

// duration formats nanoseconds with three digits.
func duration(ns float64) string {
	unit, name := time.Nanosecond, "ns"
	switch d := time.Duration(ns); {
	case d >= time.Second:
		unit, name = time.Second, "s"
	case d >= time.Millisecond:
		unit, name = time.Millisecond, "ms"
	case d >= time.Microsecond:
		unit, name = time.Microsecond, "µs"
	}
	return digits(ns/float64(unit)) + " " + name
}

// digits formats x with three significant digits at least.
func digits(x float64) string {
	switch {
	case x < 10:
		return strconv.FormatFloat(x, 'f', 2, 64)
	case x < 100:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}

func ratio(x float64) string { return digits(x) }

// count formats a number of allocations.
func count(n float64) string {
	if n < 10_000 {
		return strconv.FormatFloat(n, 'f', 0, 64)
	}
	return strconv.FormatFloat(n/1000, 'f', 0, 64) + "k"
}

// size formats a number of bytes.
func size(bytes float64) string {
	switch {
	case bytes < 1000:
		return fmt.Sprintf("%.0f B", bytes)
	case bytes < 1e6:
		return digits(bytes/1e3) + " kB"
	}
	return digits(bytes/1e6) + " MB"
}

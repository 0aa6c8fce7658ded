package pickle_test

import (
	"fmt"
	"github.com/go-pickle/pickle"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

type tInner struct {
	X float64 `pickle:"x"`
	Y float64 `pickle:"y"`
}

func TestTmpMin(t *testing.T) {
	py := map[string][2]float64{}
	out, err := exec.Command("/root/.pyenv/versions/3.13.0/bin/python", "/tmp/k/pymin.py").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		f := strings.Fields(l)
		a, _ := strconv.ParseFloat(f[1], 64)
		b, _ := strconv.ParseFloat(f[2], 64)
		py[f[0]] = [2]float64{a, b}
	}
	for _, n := range strings.Fields("records insts carbon ints floats strs graph tiny biglist manyrefs manystrings django celery") {
		data, err := os.ReadFile("/tmp/wt/bench/bench/data/" + n + ".p4.pkl")
		if err != nil {
			t.Fatal(err)
		}
		run := func(name string, side int, f func() error) {
			best := time.Hour
			reps := 1
			if len(data) < 5000 {
				reps = 1000
			} else if len(data) < 200000 {
				reps = 20
			}
			for range 25 {
				if reps == 1 {
					runtime.GC()
				}
				s := time.Now()
				for range reps {
					if err := f(); err != nil {
						t.Fatal(n, name, err)
					}
				}
				if e := time.Since(s) / time.Duration(reps); e < best {
					best = e
				}
			}
			fmt.Printf("%-12s %-8s %10.3f ms  python %10.3f ms  ratio %.2f\n", n, name, best.Seconds()*1e3, py[n][side]*1e3, py[n][side]/best.Seconds())
		}
		run("any", 0, func() error { var v any; return pickle.Unmarshal(data, &v) })
		switch n {
		case "strs", "manystrings":
			run("typed", 0, func() error { var v []string; return pickle.Unmarshal(data, &v) })
		case "ints", "biglist":
			run("typed", 0, func() error { var v []int64; return pickle.Unmarshal(data, &v) })
		case "floats":
			run("typed", 0, func() error { var v []float64; return pickle.Unmarshal(data, &v) })
		case "manyrefs":
			run("typed", 0, func() error { var v [][]int64; return pickle.Unmarshal(data, &v) })
		case "records":
			run("typed", 0, func() error {
				var v []struct {
					ID     int64          `pickle:"id"`
					Name   string         `pickle:"name"`
					Email  string         `pickle:"email"`
					Age    int            `pickle:"age"`
					Score  float64        `pickle:"score"`
					Active bool           `pickle:"active"`
					Tags   []string       `pickle:"tags"`
					City   string         `pickle:"city"`
					Rest   map[string]any `pickle:",unknown"`
				}
				return pickle.Unmarshal(data, &v)
			})
		}
		var v any
		pickle.Unmarshal(data, &v)
		run("encany", 1, func() error { _, err := pickle.Marshal(v, pickle.Protocol(4)); return err })
	}
}

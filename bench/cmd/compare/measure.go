package main

import (
	"fmt"
	"log"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/go-pickle/pickle/bench"
)

// group is what the contestants of one operation on one workload did.
type group struct {
	workload string
	op       bench.Op
	protocol int
	results  []result // this library's usual way first
}

// result is what one contestant did.
type result struct {
	name          string
	ns            float64 // the median of the turns, per operation; 0 if it cannot do it
	wrong         string  // why it cannot
	allocs, bytes float64 // per operation; unknown (-1) for CPython
	peak          float64 // bytes; unknown (-1) where the system does not tell
}

// contestant is one of a group while it is timed.
type contestant struct {
	name  string
	time  func(n int) (time.Duration, error) // for n operations
	once  func() error                       // nil for CPython
	peak  func() float64                     // see peak
	n     int                                // operations in a turn
	turns []float64                          // ns per operation
}

func measureAll(c config, workloads []bench.Workload, interpreters []*bench.Python) ([]group, error) {
	protocols := bench.Protocols
	if c.quick {
		protocols = []int{mainProtocol}
	}
	var groups []group
	for i, w := range workloads {
		start := time.Now()
		for _, protocol := range protocols {
			for _, p := range interpreters {
				if err := p.Load(filepath.Join(c.data, bench.PickleFile(w.Name, protocol))); err != nil {
					return nil, err
				}
			}
			for _, op := range bench.Ops {
				g, err := measure(c, w, op, protocol, interpreters)
				if err != nil {
					return nil, fmt.Errorf("%s of %s, protocol %d: %w", op, w.Name, protocol, err)
				}
				groups = append(groups, *g)
			}
		}
		log.Printf("%d/%d %s (%v)", i+1, len(workloads), w.Name, time.Since(start).Round(time.Second/10))
	}
	return groups, nil
}

func measure(c config, w bench.Workload, op bench.Op, protocol int, interpreters []*bench.Python) (*group, error) {
	cases, err := w.Group(c.data, op, protocol, protocol == mainProtocol)
	if err != nil {
		return nil, err
	}
	g := &group{workload: w.Name, op: op, protocol: protocol}
	var running []*contestant
	var failed []result
	for _, one := range cases.Cases {
		if one.Wrong != "" {
			failed = append(failed, result{name: one.Name, wrong: one.Wrong})
			continue
		}
		if err := check(one, interpreters); err != nil {
			return nil, fmt.Errorf("%s: %w", one.Name, err)
		}
		it := &contestant{name: one.Name, time: repeat(one.Run), once: one.Run}
		it.peak = func() float64 { return peak(it) }
		running = append(running, it)
	}
	for _, p := range interpreters {
		timing := p.Loads
		if op == bench.EncodeTyped || op == bench.EncodeAny {
			timing = func(n int) (time.Duration, error) { return p.Dumps(n, protocol) }
		}
		memory := func() float64 { return pythonPeak(p, op, protocol) }
		running = append(running, &contestant{name: pythonName(p), time: timing, peak: memory})
	}
	if err := takeTurns(c, running); err != nil {
		return nil, err
	}
	for _, one := range running {
		r := result{name: one.name, ns: median(one.turns), allocs: -1, bytes: -1}
		if protocol == mainProtocol {
			r.peak = one.peak()
			if one.once != nil {
				r.allocs, r.bytes = allocations(one)
			}
		}
		g.results = append(g.results, r)
	}
	g.results = append(g.results, failed...)
	return g, nil
}

func pythonName(p *bench.Python) string { return "CPython " + p.Version }

// check does an operation once and looks at the result. That Python loads what was
// encoded is for Python to say; but not of plain values, which have lists for
// tuples.
func check(c bench.Case, interpreters []*bench.Python) error {
	if err := c.Check(); err != nil {
		return err
	}
	if c.Name != bench.Marshal && c.Name != bench.Append {
		return nil
	}
	data, err := c.Encode()
	if err != nil {
		return err
	}
	for _, p := range interpreters {
		if err := p.Same(data); err != nil {
			return err
		}
	}
	return nil
}

// repeat returns a function that times n calls of f.
func repeat(f func() error) func(n int) (time.Duration, error) {
	return func(n int) (time.Duration, error) {
		start := time.Now()
		for range n {
			if err := f(); err != nil {
				return 0, err
			}
		}
		return time.Since(start), nil
	}
}

// takeTurns times all contestants, one after the other, again and again.
func takeTurns(c config, contestants []*contestant) error {
	for _, one := range contestants {
		if err := one.fit(c.slice); err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
	}
	for range c.rounds {
		for _, one := range contestants {
			runtime.GC()              // the garbage of the one before is none of this one's business
			_, err := one.time(one.n) // which is not counted: the first 50 ms after others can take half as long again
			var took time.Duration
			if err == nil {
				took, err = one.time(one.n)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", one.name, err)
			}
			one.turns = append(one.turns, float64(took.Nanoseconds())/float64(one.n))
		}
	}
	return nil
}

// fit finds out how many operations make a turn.
func (c *contestant) fit(slice time.Duration) error {
	const most = 1_000_000
	for c.n = 1; ; {
		took, err := c.time(c.n)
		if err != nil {
			return err
		}
		each := max(float64(took)/float64(c.n), 1)
		fitting := min(max(int(float64(slice)/each), 1), most)
		if took >= slice/10 || c.n == most || fitting <= c.n {
			c.n = fitting
			return nil
		}
		c.n = min(fitting, 10*c.n)
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

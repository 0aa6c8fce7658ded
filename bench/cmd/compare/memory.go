package main

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/go-pickle/pickle/bench"
)

// allocations returns how often and how much a contestant allocates for one
// operation.
func allocations(c *contestant) (count, size float64) {
	n := min(max(c.n, 10), 50)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // or another processor's pool may be empty
	var before, after runtime.MemStats
	runtime.GC()
	if err := c.once(); err != nil { // pools are empty after a garbage collection
		return -1, -1
	}
	runtime.ReadMemStats(&before)
	for range n {
		if err := c.once(); err != nil {
			return -1, -1
		}
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n), float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
}

// peak returns by how many bytes the memory of this process grows at most while a
// contestant does one operation, with empty pools; -1 where the system does not tell.
func peak(c *contestant) float64 {
	debug.FreeOSMemory()
	debug.FreeOSMemory() // pools keep what they have for one collection
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return -1
	}
	before := highWater()
	if err := c.once(); err != nil || before < 0 {
		return -1
	}
	return highWater() - before
}

// highWater returns the most memory that this process has had since clear_refs was
// written, in bytes.
func highWater() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return -1
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	value, _, _ := bytes.Cut(rest, []byte("kB"))
	n, err := strconv.ParseFloat(string(bytes.TrimSpace(value)), 64)
	if err != nil {
		return -1
	}
	return n * 1024
}

// pythonPeak is peak for CPython, whose pools are emptied, too.
func pythonPeak(p *bench.Python, op bench.Op, protocol int) float64 {
	if op == bench.EncodeTyped || op == bench.EncodeAny {
		return p.PeakOfDumps(protocol)
	}
	return p.PeakOfLoads()
}

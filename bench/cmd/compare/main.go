// Compare times this library, CPython and other Go libraries on the workloads of
// package bench, and prints tables of the ratios.
//
// The contestants of one operation on one workload take turns, so that what
// disturbs the machine disturbs all of them, and the median of each one's turns
// counts. Nothing is timed that gave a wrong result before.
//
//	go run ./bench/cmd/compare -quick                  three short turns, protocol 4 only
//	go run ./bench/cmd/compare -workloads records,tiny
//	go run ./bench/cmd/compare -write                  everything, into README.md and speed.svg
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-pickle/pickle/bench"
	"github.com/go-pickle/pickle/internal/pickletest"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("compare: ")
	var c config
	names := flag.String("workloads", "", "only these workloads, separated by commas")
	quick := flag.Bool("quick", false, "fewer and shorter turns, protocol 4 only")
	flag.IntVar(&c.rounds, "rounds", 5, "turns of each contestant")
	flag.DurationVar(&c.slice, "slice", 50*time.Millisecond, "length of a turn; at least one operation")
	flag.StringVar(&c.dir, "dir", benchDir(), "the directory bench of the repository")
	flag.StringVar(&c.data, "data", "", "where the files to time are, or are generated (default data, in -dir)")
	flag.BoolVar(&c.write, "write", false, "put the tables into README.md, here and above, and the picture into speed.svg")
	flag.Parse()
	if *quick {
		c.rounds, c.slice, c.quick = 3, 10*time.Millisecond, true
	}
	if c.data == "" {
		c.data = filepath.Join(c.dir, "data")
	}
	if *names != "" {
		c.names = strings.Split(*names, ",")
	}
	if err := run(c); err != nil {
		log.Fatal(err)
	}
}

type config struct {
	rounds    int
	slice     time.Duration
	names     []string
	dir, data string
	quick     bool
	write     bool
}

// mainProtocol is that of the tables with all contestants.
const mainProtocol = 4

// pythons are the versions of CPython to compare with.
var pythons = []string{"3.11", "3.13"}

// benchDir returns the directory bench, from the top of the repository or from
// within.
func benchDir() string {
	if _, err := os.Stat("bench/generate.py"); err == nil {
		return "bench"
	}
	return "."
}

func run(c config) error {
	if c.write && (c.quick || len(c.names) > 0) {
		return errors.New("-write is for a whole run")
	}
	workloads, err := bench.Find(c.names...)
	if err != nil {
		return err
	}
	python := pickletest.LookPython("3.13")
	if python == "" {
		return errors.New("no Python 3.13: neither on PATH nor below ~/.pyenv/versions")
	}
	if err := bench.Generate(python, c.dir, c.data); err != nil {
		return fmt.Errorf("generate.py: %w", err)
	}
	interpreters, err := startPythons(c.dir)
	if err != nil {
		return err
	}
	start := time.Now()
	results, err := measureAll(c, workloads, interpreters)
	if err != nil {
		return err
	}
	report := &report{config: c, results: results, pythons: interpreters, date: start.Format(time.DateOnly), took: time.Since(start)}
	for _, p := range interpreters {
		if err := p.Close(); err != nil {
			return err
		}
	}
	if !c.write {
		_, err := os.Stdout.WriteString(report.markdown())
		return err
	}
	return errors.Join(
		updateReadme(filepath.Join(c.dir, "README.md"), picture+report.markdown()),
		updateReadme(filepath.Join(c.dir, "..", "README.md"), report.short()),
		report.draw(filepath.Join(c.dir, "speed.svg")),
	)
}

func startPythons(dir string) ([]*bench.Python, error) {
	var started []*bench.Python
	for _, version := range pythons {
		path := pickletest.LookPython(version)
		if path == "" {
			log.Printf("no CPython %s to compare with", version)
			continue
		}
		p, err := bench.StartPython(path, dir)
		if err != nil {
			return nil, err
		}
		started = append(started, p)
	}
	return started, nil
}

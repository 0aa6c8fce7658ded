package pickletest

import (
	"bufio"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// rare are programs with what random ones seldom have.
var rare = []string{
	"\x96\x01\x00\x00\x00\x00\x00\x00\x00a\x98.", // a read-only buffer of a bytearray
	"cm\nC\n)\x81\x98.",                          // a read-only buffer of an instance
	"\x80\x05\x97Q2}Ns\x86.",                     // a persistent object, known before it is given items
	"cm\nC\n)}K\x01Ns\x92.",                      // a keyword that is no string
	"]r\x00\x00\x00\xf0.",                        // an index that is far away
}

// Programs returns random programs, the same in each run, and a few rare ones. There
// are 20,000, or as many as PICKLE_PROGRAMS says, from the seed 1, or PICKLE_SEED.
func Programs(tb testing.TB) [][]byte {
	tb.Helper()
	programs := make([][]byte, Number(tb, "PICKLE_PROGRAMS", 20_000))
	random := rand.New(rand.NewPCG(uint64(Number(tb, "PICKLE_SEED", 1)), 13))
	for i := range programs {
		steps, wild := 3+random.IntN(40), []int{0, 0, 0, 30}[i%4]
		programs[i] = NewProgram(random, steps, wild)
		if i%16 == 15 {
			programs[i][random.IntN(len(programs[i]))] = byte(random.Uint32())
		}
	}
	for _, p := range rare {
		programs = append(programs, []byte(p))
	}
	return programs
}

// Number returns the number that an environment variable holds, or another if it
// is not set.
func Number(tb testing.TB, name string, otherwise int) int {
	tb.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return n
}

// Answers returns what CPython 3.13's C unpickler makes of each program: the value
// in the notation of vm/testdata/conformance.py, or "!" and the exception, or "?"
// where the value is too deep to be printed.
func Answers(tb testing.TB, programs [][]byte) []string {
	tb.Helper()
	cmd := exec.Command(FindPython(tb, "3.13"), filepath.Join(Dir(tb), "..", "vm", "testdata", "differential.py"))
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() { // an error here is one of the reader, too
		w := bufio.NewWriter(in)
		for _, p := range programs {
			w.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(p))))
			w.Write(p)
		}
		w.Flush()
		in.Close()
	}()
	all := make([]string, len(programs))
	r := bufio.NewReader(out)
	for i := range all {
		if all[i], err = readAnswer(r); err != nil {
			tb.Fatalf("%q: CPython gave no answer: %v", programs[i], err)
		}
	}
	if err := cmd.Wait(); err != nil {
		tb.Fatal(err)
	}
	return all
}

func readAnswer(r io.Reader) (string, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return "", err
	}
	text := make([]byte, binary.LittleEndian.Uint32(length[:]))
	_, err := io.ReadFull(r, text)
	return string(text), err
}

// Difference is why this library and CPython differ on some programs on purpose.
type Difference struct {
	Reason  string
	Accepts bool   // this library accepts the program, and CPython does not; or the other way round
	Error   string // in the error of the other one
	seen    int
}

// Explain counts the first of the differences that explains why the answer of
// CPython and the error of this library, nil if it accepts the program, differ,
// and reports whether there is one.
func Explain(differences []Difference, answer string, err error) bool {
	for i := range differences {
		d := &differences[i]
		if d.Accepts != (err == nil) {
			continue
		}
		if err == nil && strings.Contains(answer, d.Error) || err != nil && strings.Contains(err.Error(), d.Error) {
			d.seen++
			return true
		}
	}
	return false
}

// CheckExplained fails for each difference that has explained nothing.
func CheckExplained(tb testing.TB, differences []Difference) {
	tb.Helper()
	for _, d := range differences {
		if d.seen == 0 {
			tb.Errorf("this difference has not come up: %s", d.Reason)
		}
		tb.Logf("%7d times: %s", d.seen, d.Reason)
	}
}

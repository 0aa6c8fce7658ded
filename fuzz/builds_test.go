package fuzz

import (
	"bytes"
	"encoding/binary"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/go-pickle/pickle/internal/pickletest"
)

// TestBuilds: with and without package unsafe the same becomes of pickles, the
// goldens and random programs.
func TestBuilds(t *testing.T) {
	pickletest.FindProgram(t, "to build with", "go")
	var input bytes.Buffer
	add := func(data []byte) {
		input.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(data))))
		input.Write(data)
	}
	programs := pickletest.Programs(t)
	for _, p := range programs {
		add(p)
	}
	goldens := pickletest.Load(t, pickletest.Dir(t))
	for _, c := range goldens {
		add(c.Data)
	}
	var results [2][][]byte
	for i, tags := range []string{"", "purego"} {
		program := filepath.Join(t.TempDir(), "outcome")
		if out, err := exec.Command("go", "build", "-tags", tags, "-o", program, "./internal/outcome").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		run := exec.Command(program)
		run.Stdin = bytes.NewReader(input.Bytes())
		out, err := run.Output()
		if err != nil {
			t.Fatal(err)
		}
		results[i] = bytes.Split(out, []byte("\n"))
	}
	if len(results[0]) != len(programs)+len(goldens)+1 {
		t.Fatalf("%d results for %d pickles", len(results[0]), len(programs)+len(goldens))
	}
	failed := 0
	for i, got := range results[1] {
		if want := results[0][i]; !bytes.Equal(got, want) && failed < 10 {
			failed++
			t.Errorf("%d: with purego %.300s\nwithout %.300s", i, got, want)
		}
	}
}

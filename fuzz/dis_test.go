package fuzz

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/go-pickle/pickle/pickletools"
	"github.com/go-pickle/pickle/vm"
)

// FuzzDis disassembles, optimizes and renames any bytes: what the machine
// executes can be disassembled, errors are of the right kind, and what comes out
// can be executed.
func FuzzDis(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var m vm.Machine
		_, machineErr := m.Run(data, true)
		checkProgramError(t, pickletools.Dis(io.Discard, data, pickletools.Annotate(30)), data)
		err := pickletools.Dis(io.Discard, data, pickletools.KeepGoing())
		if checkProgramError(t, err, data); err != nil && machineErr == nil {
			t.Fatalf("%v, where the machine succeeds", err)
		}
		end, err := pickletools.End(data)
		if checkProgramError(t, err, data); machineErr == nil && end != m.Consumed() {
			t.Fatalf("it ends at %d, %v; for the machine at %d", end, err, m.Consumed())
		}
		optimized, err := pickletools.Optimize(data)
		checkProgramError(t, err, data)
		if err == nil && machineErr == nil {
			checkExecutes(t, optimized, m.Graph())
		}
		checkRename(t, data, &m, machineErr)
	})
}

func checkProgramError(t *testing.T, err error, data []byte) {
	t.Helper()
	var failure *vm.Error
	if err != nil && (!errors.As(err, &failure) || failure.Offset < 0 || failure.Offset > int64(len(data))) {
		t.Fatalf("%T: %v", err, err)
	}
}

// checkExecutes fails unless a pickle names the same things as the graph does.
func checkExecutes(t *testing.T, data []byte, want *vm.Graph) {
	t.Helper()
	var m vm.Machine
	if _, err := m.Run(data, true); err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	if m.Graph().GlobalLen() != want.GlobalLen() || m.Graph().Root().Kind() != want.Root().Kind() {
		t.Fatalf("%q builds something else", data)
	}
}

// checkRename renames everything that a pickle names, some of it alike.
func checkRename(t *testing.T, data []byte, m *vm.Machine, machineErr error) {
	t.Helper()
	same, err := pickletools.Rename(data, func(module, name string) (string, string) { return module, name })
	checkProgramError(t, err, data)
	if machineErr != nil {
		if err == nil {
			t.Fatal("renamed, where the machine fails")
		}
		return
	}
	if err == nil && !bytes.Equal(same, data) {
		t.Fatalf("nothing renamed, and yet it is %q", same)
	}
	var names []string
	renamed, err := pickletools.Rename(data, func(module, name string) (string, string) {
		if n := len(names); n%3 > 0 {
			module += "_longer"
		}
		if len(name)%2 == 0 {
			name = "x"
		}
		names = append(names, module, name)
		return module, name
	})
	checkProgramError(t, err, data)
	if err != nil {
		return
	}
	var again vm.Machine
	if _, err := again.Run(renamed, true); err != nil {
		t.Fatalf("%q: %v", renamed, err)
	}
	g := again.Graph()
	if g.GlobalLen() != len(names)/2 || g.Size() < m.Graph().Size() {
		t.Fatalf("%q builds something else", renamed)
	}
	for i := range g.GlobalLen() {
		module, name, _ := g.Global(i)
		if string(g.Data(module)) != names[2*i] || string(g.Data(name)) != names[2*i+1] {
			t.Fatalf("%q names %s %s, not %s %s", renamed, g.Data(module), g.Data(name), names[2*i], names[2*i+1])
		}
	}
}

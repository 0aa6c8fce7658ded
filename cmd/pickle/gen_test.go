package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestGen compares the Go files, and what is wrong with a command line, with
// files in testdata. That they compile is tested in package gen.
func TestGen(t *testing.T) {
	testGoldens(t, []commandLine{
		{name: "gen_merged", args: "gen --package shop gen_order1.pkl gen_order2.pkl"},
		{name: "gen_classes", args: "gen gen_classes.pkl"},
		{name: "gen_stream", args: "gen --type Record --func Register gen_stream.pkl"},
		{name: "gen_list", args: "gen --type List several.pkl"},
		{name: "gen_python2", args: "gen python2.pkl"},
		{name: "gen_cut", args: "gen gen_order1.pkl cut.pkl", code: exitFailed},
		{name: "gen_package", args: "gen --package go-pickle gen_order1.pkl", code: exitUsage},
		{name: "gen_help", args: "gen --help"},
	})
}

// TestGenOutput sees the file of -o written whole, or left as it was.
func TestGenOutput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "types.go")
	var stdout, stderr bytes.Buffer
	if code := run([]string{"gen", "-o", file, "testdata/gen_order1.pkl"}, nil, &stdout, &stderr); code != exitOK || stdout.Len() > 0 {
		t.Fatalf("exit code %d, %q, %q", code, &stdout, &stderr)
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(want, []byte("type Order struct {")) {
		t.Fatalf("%q, %v", want, err)
	}
	if code := run([]string{"gen", "-o", file, "testdata/cut.pkl"}, nil, &stdout, &stderr); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

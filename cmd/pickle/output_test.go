package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func readTestFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func writeText(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func TestWriteFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := writeFile("new", writeText("one")); err != nil || readTestFile(t, "new") != "one" {
		t.Fatalf("%v", err)
	}
	if err := os.Chmod("new", 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("new", "link"); err != nil {
		t.Skipf("what is behind a symbolic link was not written, for there are none here: %v", err)
	}
	if err := writeFile("link", writeText("two")); err != nil || readTestFile(t, "new") != "two" {
		t.Fatalf("%v", err)
	}
	if info, err := os.Lstat("link"); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v, %v: no link any more", info, err)
	}
	if info, err := os.Stat("new"); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v: the permissions were 0640", info, err)
	}
	onlyFiles(t, "link", "new")
}

// TestWriteFileFails: the old content stays, and nothing else.
func TestWriteFileFails(t *testing.T) {
	t.Chdir(t.TempDir())
	writeTestFile(t, "old", "one")
	failure := errors.New("in the middle")
	for _, name := range []string{"old", "new"} {
		err := writeFile(name, func(w io.Writer) error {
			io.WriteString(w, strings.Repeat("two", readSize))
			return failure
		})
		if err != failure {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := readTestFile(t, "old"); got != "one" {
		t.Errorf("%q", got)
	}
	onlyFiles(t, "old")
	if err := writeFile(filepath.Join("old", "x"), writeText("")); err == nil {
		t.Error("a file in a file")
	}
}

func onlyFiles(t *testing.T, want ...string) {
	t.Helper()
	found, err := filepath.Glob("*")
	if got := strings.Join(found, " "); err != nil || got != strings.Join(want, " ") {
		t.Errorf("the files are %s, %v", got, err)
	}
}

func TestWriteDevice(t *testing.T) {
	if _, err := os.Stat(os.DevNull); err != nil || runtime.GOOS == "windows" {
		t.Skip("no device to write to")
	}
	if err := writeFile(os.DevNull, writeText("x")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%v, %v: replaced", info, err)
	}
}

func TestPaint(t *testing.T) {
	if got := paint(new(bytes.Buffer), styleDim, "x"); got != "x" {
		t.Errorf("%q for what is no terminal", got)
	}
}

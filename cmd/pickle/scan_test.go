package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// TestSARIF holds the log against the schema of the format.
func TestSARIF(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run([]string{"scan", "--format", "sarif", filepath.Join("testdata", "attack.pkl")}, nil, &stdout, &stderr)
	if code != exitFindings || stderr.Len() > 0 {
		t.Fatalf("exit code %d, standard error %q", code, &stderr)
	}
	log, err := sarif.FromBytes(stdout.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Validate(); err != nil {
		t.Error(err)
	}
	results := log.Runs[0].Results
	if len(results) == 0 || results[0].Level != "error" || *results[0].RuleID != "denied-global" {
		t.Errorf("%s", &stdout)
	}
	location := results[0].Locations[0].PhysicalLocation
	if *location.ArtifactLocation.URI != "testdata/attack.pkl" || location.Region.ByteOffset != 17 {
		t.Errorf("%s", &stdout)
	}
}

// TestScanDirectory scans all files of a directory and below it.
func TestScanDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"a.pkl": "N.", "sub/picture.png": "cos\nsystem\n(Vid\ntR."} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	code := run([]string{"scan", "--format", "json", dir}, nil, &stdout, &stderr)
	var all jsonReport
	if err := json.Unmarshal(stdout.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	if code != exitFindings || stderr.Len() > 0 || len(all.Reports) != 2 || all.Verdict.String() != "malicious" || all.Version != 1 {
		t.Errorf("exit code %d, standard error %q\n%s", code, &stderr, &stdout)
	}
}

func TestScanWriteError(t *testing.T) {
	for _, args := range [][]string{{"scan"}, {"scan", "--format", "json"}, {"scan", "--format", "sarif"}} {
		var stderr bytes.Buffer
		code := run(args, bytes.NewReader([]byte("N.")), fullDisk{}, &stderr)
		if code != exitUndecided || stderr.String() != "pickle: the disk is full\n" {
			t.Errorf("%v: exit code %d, %q", args, code, &stderr)
		}
	}
}

// TestScanLearn learns a policy, with which the files are clean, and no others.
func TestScanLearn(t *testing.T) {
	good, attack := filepath.Join("testdata", "classes.pkl"), filepath.Join("testdata", "attack.pkl")
	learned := filepath.Join(t.TempDir(), "policy.txt")
	for _, flags := range [][]string{nil, {"--preset", "builtins", "--preset", "stdlib"}} {
		var stdout, stderr bytes.Buffer
		if code := run(slices.Concat([]string{"scan", "--learn", good}, flags), nil, &stdout, &stderr); code != 0 || stderr.Len() > 0 {
			t.Fatalf("%v: exit code %d, %q", flags, code, &stderr)
		}
		if err := os.WriteFile(learned, stdout.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		for file, want := range map[string]int{good: 0, attack: exitFindings} {
			if code := run([]string{"scan", "--policy", learned, file}, nil, &bytes.Buffer{}, &stderr); code != want {
				t.Errorf("%v: %s: exit code %d with\n%s", flags, file, code, &stdout)
			}
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{"scan", "--learn", attack}, nil, &stdout, &stderr); code != exitFindings || !strings.Contains(stderr.String(), "is malicious") {
		t.Errorf("an attack: exit code %d, %q", code, &stderr)
	}
}

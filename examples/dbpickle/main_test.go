package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/google/go-cmp/cmp"
)

func Example() {
	main()
	// Output:
	// Pickled records:
	//   {Key:1 Task:give food to fish}
	//   {Key:2 Task:prepare group meeting}
	//   {Key:3 Task:fight with a zebra}
	// Unpickled records:
	//   {Key:1 Task:learn italian}
	//   {Key:2 Task:prepare group meeting}
	//   {Key:3 Task:fight with a zebra}
}

// pythons are the versions to exchange files with, and their highest protocols.
// The original does not run on Python 2.
var pythons = []struct {
	version  string
	protocol int
}{{"3.6", 4}, {"3.8", 5}, {"3.11", 5}, {"3.13", 5}}

// python runs a script of testdata and returns what it prints.
func python(t *testing.T, version, script string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(pickletest.FindPython(t, version), append([]string{"-B", filepath.Join("testdata", script)}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	return out
}

// TestOriginalPrints: the original prints the same records in Python's way.
func TestOriginalPrints(t *testing.T) {
	printed := string(python(t, "3.13", "dbpickle.py"))
	record := regexp.MustCompile(`[\[ ]MemoRecord\(key=(\d+), task='([^']*)'\)[,\]]`)
	want := record.ReplaceAllString(printed, "  {Key:$1 Task:$2}")
	var got strings.Builder
	if err := run(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("Python (-) and Go (+) print different records:\n%s", diff)
	}
}

// openMemos opens a database file.
func openMemos(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// learnItalian is the change of the example, and changed what there is then.
func learnItalian(t *testing.T, db *sql.DB) {
	t.Helper()
	if _, err := db.Exec("UPDATE memos SET task = 'learn italian' WHERE key = 1"); err != nil {
		t.Fatal(err)
	}
}

var changed = []*MemoRecord{{1, "learn italian"}, {2, "prepare group meeting"}, {3, "fight with a zebra"}}

// eachExchange runs test for every Python and those of its protocols that can
// have a tuple as persistent ID: see TestProtocol0.
func eachExchange(t *testing.T, test func(t *testing.T, version string, protocol int)) {
	for _, p := range pythons {
		for protocol := 1; protocol <= p.protocol; protocol++ {
			t.Run(fmt.Sprintf("%s/p%d", p.version, protocol), func(t *testing.T) { test(t, p.version, protocol) })
		}
	}
}

// TestFromPython reads what the original wrote, pickle and database, and writes
// the same pickle.
func TestFromPython(t *testing.T) {
	eachExchange(t, func(t *testing.T, version string, protocol int) {
		database, path := filepath.Join(t.TempDir(), "memos.db"), filepath.Join(t.TempDir(), "memos.pkl")
		python(t, version, "exchange.py", "write", fmt.Sprint(protocol), database, path)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		db := openMemos(t, database)
		memos, err := allMemos(db)
		if err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		if err := NewDBEncoder(&again, pickle.Protocol(protocol)).Encode(memos); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(data), again.String()); diff != "" {
			t.Errorf("Python (-) and Go (+) write different bytes:\n%s", diff)
		}

		learnItalian(t, db)
		var got []*MemoRecord
		if err := NewDBDecoder(bytes.NewReader(data), db).Decode(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(changed, got); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
	})
}

// TestToPython has the original read what Go wrote, pickle and database.
func TestToPython(t *testing.T) {
	eachExchange(t, func(t *testing.T, version string, protocol int) {
		database, path := filepath.Join(t.TempDir(), "memos.db"), filepath.Join(t.TempDir(), "memos.pkl")
		db := openMemos(t, database)
		if err := createMemos(db); err != nil {
			t.Fatal(err)
		}
		writeMemos(t, db, path, protocol)
		learnItalian(t, db)

		var got []*MemoRecord
		if err := json.Unmarshal(python(t, version, "exchange.py", "read", database, path), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(changed, got); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
	})
}

func writeMemos(t *testing.T, db *sql.DB, path string, protocol int) {
	t.Helper()
	memos, err := allMemos(db)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := NewDBEncoder(&file, pickle.Protocol(protocol)).Encode(memos); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestProtocol0: a persistent ID is a line of text there. Python writes the
// str of the tuple, and fails when it loads that; Go does not write it.
func TestProtocol0(t *testing.T) {
	var marshalErr *pickle.MarshalError
	if err := NewDBEncoder(new(bytes.Buffer), pickle.Protocol(0)).Encode(changed); !errors.As(err, &marshalErr) {
		t.Errorf("Encode: %v, want a MarshalError", err)
	}
	for _, p := range pythons {
		t.Run(p.version, func(t *testing.T) {
			database, path := filepath.Join(t.TempDir(), "memos.db"), filepath.Join(t.TempDir(), "memos.pkl")
			python(t, p.version, "exchange.py", "write", "0", database, path)
			if got := strings.TrimSpace(string(python(t, p.version, "exchange.py", "read", database, path))); got != `"ValueError"` {
				t.Errorf("Python reads %s, want a ValueError", got)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			checkRefused(t, openMemos(t, database), data, `"('MemoRecord', 1)"`)
		})
	}
}

// TestRefused: what the database does not have, and what is no reference to a
// memo, are errors, and the target stays as it was.
func TestRefused(t *testing.T) {
	db := openMemos(t, filepath.Join(t.TempDir(), "memos.db"))
	if err := createMemos(db); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		pid  any
		want string
	}{
		{"tag", pickle.Tuple{"Person", 1}, "('Person', 1)"},
		{"row", pickle.Tuple{memoTag, 99}, "no memo has the key 99"},
		{"key of another type", pickle.Tuple{memoTag, []any{}}, "no memo has the key []"},
		{"no SQL", pickle.Tuple{memoTag, "1 OR 1=1"}, "no memo has the key"},
		{"tag that is a list", pickle.Tuple{[]any{}, 1}, "([], 1)"},
		{"short tuple", pickle.Tuple{memoTag}, "('MemoRecord',)"},
		{"number", 7, "object 7"},
		{"None", nil, "object None"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data, err := pickle.Marshal([]any{pickle.PersistentRef{ID: pickle.Tuple{memoTag, 1}}, pickle.PersistentRef{ID: tt.pid}})
			if err != nil {
				t.Fatal(err)
			}
			checkRefused(t, db, data, tt.want)
		})
	}
	t.Run("no table", func(t *testing.T) {
		data, err := pickle.Marshal([]any{pickle.PersistentRef{ID: pickle.Tuple{memoTag, 1}}})
		if err != nil {
			t.Fatal(err)
		}
		checkRefused(t, openMemos(t, filepath.Join(t.TempDir(), "empty.db")), data, "no such table")
	})
}

func checkRefused(t *testing.T, db *sql.DB, data []byte, want string) {
	t.Helper()
	before := []*MemoRecord{{7, "as it was"}}
	got := []*MemoRecord{before[0]}
	err := NewDBDecoder(bytes.NewReader(data), db).Decode(&got)
	var typeErr *pickle.UnmarshalTypeError
	if !errors.As(err, &typeErr) || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want an UnmarshalTypeError with %s", err, want)
	}
	if diff := cmp.Diff(before, got); diff != "" {
		t.Errorf("the target has changed:\n%s", diff)
	}
}

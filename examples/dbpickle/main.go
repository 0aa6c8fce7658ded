// Command dbpickle is the example DBPickler and DBUnpickler of Python's
// documentation: records of a database are pickled by reference, so that
// loading finds what the database has by then.
//
// https://docs.python.org/3/library/pickle.html#persistence-of-external-objects
package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/go-pickle/pickle"
	_ "modernc.org/sqlite"
)

// MemoRecord is a row of the table memos.
type MemoRecord struct {
	Key  int64
	Task string
}

// memoTag is what a persistent ID of a MemoRecord begins with.
const memoTag = "MemoRecord"

// NewDBEncoder returns an Encoder that writes the key of each MemoRecord instead
// of the record. It is Python's DBPickler.
func NewDBEncoder(w io.Writer, opts ...pickle.Options) *pickle.Encoder {
	reference := pickle.PersistentID(func(v any) (pid any, ok bool, err error) {
		memo, ok := v.(*MemoRecord)
		if !ok || memo == nil {
			return nil, false, nil // to be written as usual
		}
		return pickle.Tuple{memoTag, memo.Key}, true, nil
	})
	return pickle.NewEncoder(w, append(opts, reference)...)
}

// NewDBDecoder returns a Decoder that reads the records from db to which a
// pickle refers. It is Python's DBUnpickler.
func NewDBDecoder(r io.Reader, db *sql.DB) *pickle.Decoder {
	return pickle.NewDecoder(r, pickle.PersistentLoad(func(pid any) (any, error) {
		// The pickle can be anybody's, and so can the persistent ID.
		id, ok := pid.(pickle.Tuple)
		if !ok || len(id) != 2 || id[0] != memoTag {
			return nil, fmt.Errorf("unsupported persistent object %s", pickle.Repr(pid))
		}
		memo := new(MemoRecord)
		err := db.QueryRow("SELECT key, task FROM memos WHERE key = ?", fmt.Sprint(id[1])).Scan(&memo.Key, &memo.Task)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("no memo has the key %s", pickle.Repr(id[1]))
		}
		return memo, err
	}))
}

// createMemos creates the table and fills it.
func createMemos(db *sql.DB) error {
	if _, err := db.Exec("CREATE TABLE memos(key INTEGER PRIMARY KEY, task TEXT)"); err != nil {
		return err
	}
	for _, task := range []string{"give food to fish", "prepare group meeting", "fight with a zebra"} {
		if _, err := db.Exec("INSERT INTO memos VALUES(NULL, ?)", task); err != nil {
			return err
		}
	}
	return nil
}

// allMemos reads all records, in the order of their keys.
func allMemos(db *sql.DB) (memos []*MemoRecord, err error) {
	rows, err := db.Query("SELECT key, task FROM memos ORDER BY key")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		memo := new(MemoRecord)
		if err := rows.Scan(&memo.Key, &memo.Task); err != nil {
			return nil, err
		}
		memos = append(memos, memo)
	}
	return memos, rows.Err()
}

func printMemos(w io.Writer, title string, memos []*MemoRecord) {
	fmt.Fprintln(w, title)
	for _, memo := range memos {
		fmt.Fprintf(w, "  %+v\n", *memo)
	}
}

// run is main of the original, step by step.
func run(w io.Writer) error {
	// Initialize and populate our database.
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // each connection to :memory: would be a database of its own
	if err := createMemos(db); err != nil {
		return err
	}

	// Fetch the records to be pickled.
	memos, err := allMemos(db)
	if err != nil {
		return err
	}

	// Save the records.
	var file bytes.Buffer
	if err := NewDBEncoder(&file).Encode(memos); err != nil {
		return err
	}
	printMemos(w, "Pickled records:", memos)

	// Update a record, just for good measure.
	if _, err := db.Exec("UPDATE memos SET task = 'learn italian' WHERE key = 1"); err != nil {
		return err
	}

	// Load the records from the pickle.
	var loaded []*MemoRecord
	if err := NewDBDecoder(&file, db).Decode(&loaded); err != nil {
		return err
	}
	printMemos(w, "Unpickled records:", loaded)
	return nil
}

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

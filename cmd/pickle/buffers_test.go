package main

import (
	"os"
	"testing"
)

// outOfBand is a pickle that refers to two buffers; the first is read-only.
const outOfBand = "\x80\x05}(Va\n\x97\x98Vb\n\x97Vc\nNu."

func TestBuffers(t *testing.T) {
	files := map[string]string{"a.pkl": outOfBand, "two.pkl": outOfBand + outOfBand, "0": "zero", "1": "one", "2": "two", "3": "three"}
	const missing = " is out of band, and not among the files given: show, json, gen and graph take one with --buffer FILE, or several, in order\n"
	for _, tt := range []struct {
		args, stdout, stderr string
		code                 int
	}{
		{args: "json --buffer 0 --buffer 1 a.pkl", stdout: `{"a":"emVybw==","b":"b25l","c":null}` + "\n"},
		{args: "json --bytes text --buffer 1 --buffer 0 a.pkl", stdout: `{"a":"one","b":"zero","c":null}` + "\n"},
		{args: "json --bytes text --buffer 0 --buffer 1 --buffer 2 a.pkl", stdout: `{"a":"zero","b":"one","c":null}` + "\n"},
		{args: "json --bytes text --buffer 0 --buffer 1 --buffer 2 --buffer 3 two.pkl", stdout: `{"a":"zero","b":"one","c":null}` + "\n" + `{"a":"two","b":"three","c":null}` + "\n"},
		{args: "json --bytes text --buffer 0 --buffer 1 --buffer 2 --buffer 3 a.pkl a.pkl", stdout: `{"a":"zero","b":"one","c":null}` + "\n" + `{"a":"two","b":"three","c":null}` + "\n"},
		{args: "json --lossless --buffer 0 --buffer 1 a.pkl", stdout: `{"dict":{"a":{"buffer":"emVybw==","readonly":true},"b":{"buffer":"b25l"},"c":null}}` + "\n"},
		{args: "show --select b --buffer 0 --buffer 1 --buffer 2 --buffer 3 two.pkl", stdout: "pickle.PickleBuffer(bytearray(b'one'))\npickle.PickleBuffer(bytearray(b'three'))\n"},
		{args: "show --select c --buffer 0 two.pkl", stdout: "None\nNone\n"}, // which needs none
		{args: "json --bytes text --buffer 0 --buffer 1 --buffer 2 two.pkl", stdout: `{"a":"zero","b":"one","c":null}` + "\n",
			stderr: `pickle: two.pkl: the buffer at ["b"] (offset 31, NEXT_BUFFER)` + missing, code: exitFailed},
		{args: "show --select a a.pkl", stderr: `pickle: a.pkl: the buffer at ["a"] (offset 7, NEXT_BUFFER)` + missing, code: exitFailed},
		{args: "show a.pkl", stderr: `pickle: a.pkl: the buffer at ["a"] (offset 7, NEXT_BUFFER)` + missing, code: exitFailed},
		{args: "gen a.pkl", stderr: `pickle: a.pkl: the buffer at ["a"] (offset 7, NEXT_BUFFER)` + missing, code: exitFailed},
		{args: "graph a.pkl", stderr: `pickle: a.pkl: the buffer at ["a"] (offset 7, NEXT_BUFFER)` + missing, code: exitFailed},
		{args: "convert a.pkl", stderr: `pickle: a.pkl: the buffer at ["a"] (offset 7, NEXT_BUFFER)` + missing, code: exitFailed},
		{args: "diff a.pkl a.pkl", stderr: `pickle: a.pkl: the buffer at ["a"] (offset 7, NEXT_BUFFER)` + missing, code: int(exitTrouble)},
	} {
		t.Run(tt.args, func(t *testing.T) {
			stdout, stderr := runOn(t, files, tt.args, tt.code)
			if stdout != tt.stdout || stderr != tt.stderr {
				t.Errorf("got\n%s%s\nwant\n%s%s", stdout, stderr, tt.stdout, tt.stderr)
			}
		})
	}
	for _, command := range []string{"show", "json", "gen", "graph"} {
		stdout, stderr := runOn(t, files, command+" --buffer missing a.pkl", exitFailed)
		if _, err := os.Open("missing"); stdout != "" || stderr != "pickle: "+err.Error()+"\n" {
			t.Errorf("%s: %q, %q", command, stdout, stderr)
		}
	}
	// Types and pictures of what has buffers.
	for _, command := range []string{"gen", "graph"} {
		if stdout, stderr := runOn(t, files, command+" --buffer 0 --buffer 1 a.pkl", exitOK); stdout == "" || stderr != "" {
			t.Errorf("%s: %q, %q", command, stdout, stderr)
		}
	}
}

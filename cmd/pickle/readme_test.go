package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// commandSection returns what README.md says of the command, its lines.
func commandSection(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Skip("README.md is not tested: the library is not beside the command")
	}
	_, section, ok := strings.Cut(string(text), "\n## The command\n")
	if !ok {
		t.Fatal("README.md has no section on the command")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return strings.Split(section, "\n")
}

// words splits a command line as a shell does. Quotes end before the next word.
func words(line string) (all []string) {
	var word strings.Builder
	quote, begun := rune(0), false
	for _, c := range line + " " {
		switch {
		case c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, begun = c, true
		case quote == 0 && c == ' ':
			if begun || word.Len() > 0 {
				all = append(all, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(c)
		}
	}
	return all
}

// TestReadmeTranscripts runs what README.md shows of the command, in testdata.
func TestReadmeTranscripts(t *testing.T) {
	lines := commandSection(t)
	t.Chdir("testdata")
	var got, want strings.Builder
	inside, commands := false, 0
	for _, line := range lines {
		switch command, isCommand := strings.CutPrefix(line, "$ pickle "); {
		case strings.HasPrefix(line, "```"):
			inside = !inside
		case isCommand && inside:
			commands++
			want.WriteString(line + "\n")
			var both bytes.Buffer
			run(words(command), strings.NewReader(""), &both, &both)
			got.WriteString(line + "\n" + both.String())
		case inside:
			want.WriteString(line + "\n")
		}
	}
	if got.String() != want.String() || commands < 3 {
		t.Errorf("%d commands print\n%s\nand README.md has\n%s", commands, &got, &want)
	}
}

// TestReadmeCommands: every command that README.md lists exists, with its flags,
// and every command that exists is listed.
func TestReadmeCommands(t *testing.T) {
	listed := map[string]bool{}
	for _, line := range commandSection(t) {
		line, isCommand := strings.CutPrefix(line, "    pickle ")
		if !isCommand {
			continue
		}
		line, _, _ = strings.Cut(line, " # ")
		cmd, args, err := newRoot().Find(words(line))
		if err == nil {
			err = cmd.ParseFlags(args)
		}
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		listed[cmd.Name()] = true
	}
	for _, cmd := range newRoot().Commands() {
		if !listed[cmd.Name()] {
			t.Errorf("%s is not in README.md", cmd.Name())
		}
	}
}

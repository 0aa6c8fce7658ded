package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
)

var update = flag.Bool("update", false, "write the golden files")

// commandLine is one that is run in testdata; the file there that is called name
// has all that it prints.
type commandLine struct {
	name  string
	args  string
	stdin string
	code  int
}

// testGoldens compares what the command lines print.
func testGoldens(t *testing.T, lines []commandLine) {
	t.Chdir("testdata")
	for _, tt := range lines {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(strings.Fields(tt.args), strings.NewReader(tt.stdin), &stdout, &stderr)
			if code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			got := fmt.Sprintf("$ %s\n%s-- standard error, exit code %d --\n%s", strings.TrimSpace("pickle "+tt.args), &stdout, code, &stderr)
			golden(t, tt.name+".txt", strings.ReplaceAll(got, "no such file or directory", "file not found"))
		})
	}
}

func TestGoldens(t *testing.T) {
	testGoldens(t, []commandLine{
		{name: "show", args: "show classes.pkl"},
		{name: "show_several", args: "show several.pkl"},
		{name: "show_files", args: "show several.pkl python2.pkl"},
		{name: "show_stdin", args: "show", stdin: "(lp0\nI1\na.I2\n."},
		{name: "show_dash", args: "show several.pkl -", stdin: "N."},
		{name: "show_cut", args: "show cut.pkl classes.pkl", code: exitFailed},
		{name: "show_key", args: "show key.pkl", code: exitFailed},
		{name: "show_no_pickle", args: "show empty.pkl page.html several.pkl", code: exitFailed},
		{name: "show_missing", args: "show missing.pkl several.pkl", code: exitFailed},
		{name: "show_select", args: "show --select [3]['a'].size[-1] classes.pkl"},
		{name: "show_select_missing", args: "show --select ['a'] several.pkl classes.pkl", code: exitFailed},
		{name: "show_select_usage", args: "show --select [0]name classes.pkl", code: exitUsage},
		{name: "show_help", args: "show --help"},
		{name: "dis", args: "dis several.pkl"},
		{name: "dis_annotate", args: "dis -a numbers.pkl.bz2"},
		{name: "dis_files", args: "dis numbers.pkl.bz2 python2.pkl"},
		{name: "dis_cut", args: "dis cut.pkl numbers.pkl.bz2", code: exitFailed},
		{name: "dis_behind", args: "dis", stdin: "N.x\x9c.", code: exitFailed},
		{name: "dis_refused", args: "dis", stdin: "N.I0x10\nq\x00q\x00.", code: exitFailed},
		{name: "dis_keep_going", args: "dis --keep-going", stdin: "N.I0x10\nq\x00q\x00."},
		{name: "dis_memo", args: "dis --memo --indent 1", stdin: "(]q\x00t.h\x00."},
		{name: "dis_help", args: "dis --help"},
		{name: "optimize", args: "optimize", stdin: "(lp0\nI1\np1\nag0\na.N."},
		{name: "optimize_memo", args: "optimize", stdin: "]q\x00.h\x00.", code: exitFailed},
		{name: "optimize_help", args: "optimize --help"},
		{name: "rename", args: "rename shop.Item=store:Outer.Thing collections=c.d", stdin: "(cshop\nItem\nccollections.abc\nSet\ncshops\nItem\nt.", code: exitFailed},
		{name: "rename_class", args: "rename shop.Item=store.models.Thing collections=c.d", stdin: "(cshop\nItem\nccollections.abc\nSet\ncshops\nItem\nt."},
		{name: "rename_unknown", args: "rename shop.Itm=store.Thing", stdin: "cshop\nItem\n.", code: exitFailed},
		{name: "rename_no_module", args: "rename shop.Item=Thing", stdin: "cshop\nItem\n.", code: exitFailed},
		{name: "rename_help", args: "rename --help"},
		{name: "rename_usage", args: "rename classes.pkl", code: exitUsage},
		{name: "rename_usage_rule", args: "rename shop= classes.pkl", code: exitUsage},
		{name: "convert", args: "convert --protocol 0", stdin: "\x80\x04\x95\x0c\x00\x00\x00\x00\x00\x00\x00]\x94(K\x01h\x00G?\xf8\x00\x00\x00\x00\x00\x00e."},
		{name: "convert_buffer", args: "convert -p 4", stdin: "\x80\x05\x97.", code: exitFailed},
		{name: "convert_help", args: "convert --help"},
		{name: "convert_usage", args: "convert -p 6", code: exitUsage},
		{name: "write_stdin", args: "optimize -w", code: exitFailed},
		{name: "write_encoded", args: "optimize -w numbers.pkl.bz2", code: exitFailed},
		{name: "write_usage", args: "optimize -w -o x.pkl classes.pkl", code: exitUsage},
		{name: "json", args: "json classes.pkl"},
		{name: "json_lossless", args: "json --lossless classes.pkl several.pkl python2.pkl"},
		{name: "json_indent", args: "json --indent 2 --class-key class classes.pkl"},
		{name: "json_several", args: "json several.pkl python2.pkl cut.pkl", code: exitFailed},
		{name: "json_floats", args: "json --nan string --bytes text", stdin: "(lp0\nFnan\naC\x02aba."},
		{name: "json_cycle", args: "json - several.pkl", stdin: "(lp0\ng0\na.I2\n.", code: exitFailed},
		{name: "json_expansion", args: "json --max-expansion 100", stdin: "((lp0\nI12345678\naI12345678\naI12345678\na" + strings.Repeat("g0\n", 5) + "l.", code: exitFailed},
		{name: "json_select", args: "json --lossless --select [3] classes.pkl"},
		{name: "json_select_missing", args: "json --select [0] several.pkl", code: exitFailed},
		{name: "json_usage", args: "json --nan zero several.pkl", code: exitUsage},
		{name: "json_help", args: "json --help"},
		{name: "from_json", args: "from-json --protocol 0", stdin: "{\"id\":1,\"list\":[{\"ref\":1},\"text\"]}\n12345678\n"},
		{name: "from_json_error", args: "from-json --protocol 0", stdin: "1\n{\"ref\":2}\n", code: exitFailed},
		{name: "from_json_protocol", args: "from-json --protocol 6", stdin: "1", code: exitUsage},
		{name: "from_json_help", args: "from-json --help"},
		{name: "diff", args: "diff - changed.pkl", stdin: changedBefore, code: exitFailed},
		{name: "diff_same", args: "diff classes.pkl classes.pkl"},
		{name: "diff_several", args: "diff several.pkl cut.pkl", code: int(exitTrouble)},
		{name: "diff_longer", args: "diff several.pkl -", stdin: "N.", code: exitFailed},
		{name: "diff_missing", args: "diff several.pkl missing.pkl", code: int(exitTrouble)},
		{name: "diff_usage", args: "diff several.pkl", code: exitUsage},
		{name: "diff_help", args: "diff --help"},
		{name: "stat", args: "stat classes.pkl"},
		{name: "stat_several", args: "stat --top 3 --depth 1 several.pkl python2.pkl cut.pkl", code: exitFailed},
		{name: "stat_usage", args: "stat --top 0 several.pkl", code: exitUsage},
		{name: "stat_help", args: "stat --help"},
		{name: "scan", args: "scan attack.pkl classes.pkl several.pkl", code: exitFindings},
		{name: "scan_clean", args: "scan several.pkl -", stdin: "N."},
		{name: "scan_unknown", args: "scan classes.pkl page.html", code: exitUndecided},
		{name: "scan_allow", args: "scan --allow shop.* classes.pkl"},
		{name: "scan_preset", args: "scan --preset builtins classes.pkl", code: exitUndecided},
		{name: "scan_policy", args: "scan --policy policy.txt classes.pkl"},
		{name: "scan_learn", args: "scan --learn classes.pkl"},
		{name: "scan_json", args: "scan --format json attack.pkl", code: exitFindings},
		{name: "scan_missing", args: "scan missing.pkl several.pkl", code: exitUndecided},
		{name: "scan_names", args: "scan -", stdin: "c\x1b[2J\nx\n.", code: exitFindings},
		{name: "scan_format", args: "scan --format xml several.pkl", code: exitUsage},
		{name: "scan_no_preset", args: "scan --preset fortran several.pkl", code: exitUsage},
		{name: "scan_no_policy", args: "scan --policy page.html several.pkl", code: exitUsage},
		{name: "globals", args: "globals attack.pkl classes.pkl"},
		{name: "globals_no_pickle", args: "globals page.html", code: exitFailed},
		{name: "usage_command", args: "sow", code: exitUsage},
		{name: "usage_flag", args: "show --fast classes.pkl", code: exitUsage},
		{name: "usage_none", code: exitUsage},
	})
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant (see -update)\n%s", got, want)
	}
}

func TestHelp(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run([]string{"--help"}, nil, &stdout, &stderr); code != exitOK || stderr.Len() > 0 {
		t.Errorf("exit code %d, standard error %q", code, &stderr)
	}
	if !strings.Contains(stdout.String(), "show ") {
		t.Errorf("no word of show:\n%s", &stdout)
	}
}

func TestVersion(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run([]string{"--version"}, nil, &stdout, &stderr)
	if ok, _ := regexp.MatchString(`^pickle \S+ go1\S*\n$`, stdout.String()); !ok || code != exitOK {
		t.Errorf("exit code %d, %q", code, &stdout)
	}
}

// TestSample runs what the README shows first.
func TestSample(t *testing.T) {
	sample := filepath.Join("..", "..", "testdata", "sample.pkl")
	if _, err := os.Stat(sample); err != nil {
		t.Skip("the library is not beside the command")
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{"show", sample}, nil, &stdout, &stderr); code != exitOK || stderr.Len() > 0 {
		t.Errorf("exit code %d, standard error %q", code, &stderr)
	}
	for _, part := range []string{"    shop.Order(\n        number=1001,\n", "customer=shop.Customer(name='Ann', email='ann@example.com'),"} {
		if !strings.Contains(stdout.String(), part) {
			t.Errorf("no %q in\n%s", part, &stdout)
		}
	}
}

func TestReadError(t *testing.T) {
	stdin := io.MultiReader(strings.NewReader("I1\n.I"), iotest.ErrReader(errors.New("the line is dead")))
	var stdout, stderr bytes.Buffer
	code := run([]string{"show"}, stdin, &stdout, &stderr)
	if code != exitFailed || stdout.String() != "1\n" || stderr.String() != "pickle: standard input: the line is dead\n" {
		t.Errorf("exit code %d, %q, %q", code, &stdout, &stderr)
	}
}

func TestWriteError(t *testing.T) {
	var stderr bytes.Buffer
	code := run([]string{"show"}, strings.NewReader("I1\n.I2\n."), fullDisk{}, &stderr)
	if code != exitFailed || stderr.String() != "pickle: the disk is full\n" {
		t.Errorf("exit code %d, %q", code, &stderr)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

// TestShowAtOnce sees a pickle printed before the next one has been sent.
func TestShowAtOnce(t *testing.T) {
	stdin, send := io.Pipe()
	receive, stdout := io.Pipe()
	go func() {
		run([]string{"show"}, stdin, stdout, io.Discard)
		stdout.Close()
	}()
	for _, want := range []string{"1\n", "2\n"} {
		fmt.Fprintf(send, "I%s.", want)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(receive, got); err != nil || string(got) != want {
			t.Fatalf("%q, %v; want %q", got, err, want)
		}
	}
	send.Close()
	if rest, err := io.ReadAll(receive); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
}

// changedBefore is what testdata/changed.pkl was made of by changing one thing of each
// kind: {"items": [1, 2, 3, (1, 2)], "price": 1, "same": …, "old": "x", "set": {1, 2}, "item": shop.Item(size=12, sku="a")}.
const changedBefore = "(dVitems\n(lI1\naI2\naI3\na(I1\nI2\ntasVprice\nI1\nsVsame\nF1.5\nsVold\nVx\nsVset\nc__builtin__\nset\n((lI1\naI2\natRs" +
	"Vitem\n(ishop\nItem\n(dVsize\nI12\nsVsku\nVa\nsbs."

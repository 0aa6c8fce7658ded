package scan_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/scan"
)

// TestAttacks finds what each attack calls, and what is strange about it.
func TestAttacks(t *testing.T) {
	for _, a := range attacks(t, "posix", "system") {
		t.Run(a.name, func(t *testing.T) {
			r := scan.Bytes("attack", a.data, nil)
			if r.Verdict != scan.Malicious {
				t.Errorf("the verdict is %v", r.Verdict)
			}
			if !slices.ContainsFunc(r.Globals, func(g scan.Global) bool {
				return (g.Python == "os.system" || g.Python == "os.system.__call__") && g.Status == scan.Denied && g.Uses != 0
			}) {
				t.Errorf("os.system is not called: %+v", r.Globals)
			}
			for _, rule := range a.rules {
				if !slices.ContainsFunc(r.Findings, func(f scan.Finding) bool { return f.Rule == rule }) {
					t.Errorf("no finding %q in %+v", rule, r.Findings)
				}
			}
		})
	}
}

// harmless makes CPython load pickles and count the calls of marker.hit.
const harmless = `
import base64, io, json, pickle, sys, types
calls = 0
def hit(*args):
    global calls
    calls += 1
    return 0
marker = types.ModuleType('marker')
marker.hit = hit
sys.modules['marker'] = marker
answers = []
for memory, data in json.load(sys.stdin):
    calls = 0
    data = base64.b64decode(data)
    file = io.BytesIO(data)
    try:
        if memory:
            pickle.loads(data)
        while not memory:
            pickle.load(file)
    except Exception:
        pass
    answers.append(calls)
json.dump(answers, sys.stdout)
`

// TestAttacksLive holds the corpus, and what is said of it, against CPython: a
// function that the scan says is called is.
func TestAttacksLive(t *testing.T) {
	for _, version := range []string{"3.8", "3.13"} {
		t.Run(version, func(t *testing.T) {
			python := pickletest.FindPython(t, version)
			corpus := attacks(t, "marker", "hit")
			var input [][2]any
			for _, a := range corpus {
				input = append(input, [2]any{a.memory, base64.StdEncoding.EncodeToString(a.data)})
			}
			question, err := json.Marshal(input)
			check(t, err)
			cmd := exec.Command(python, "-c", harmless)
			cmd.Stdin = strings.NewReader(string(question))
			out, err := cmd.Output()
			check(t, err)
			var counts []int
			check(t, json.Unmarshal(out, &counts))
			for i, a := range corpus {
				if want := max(a.calls, 0); counts[i] != want {
					t.Errorf("%s: CPython calls marker.hit %d times, and should %d times", a.name, counts[i], want)
				}
				r := scan.Bytes(a.name, a.data, nil)
				if !slices.ContainsFunc(r.Globals, func(g scan.Global) bool { return strings.HasPrefix(g.Python, "marker.hit") && g.Uses != 0 }) {
					t.Errorf("%s: the scan does not say that marker.hit is called: %+v", a.name, r.Globals)
				}
				if r.Verdict == scan.Clean {
					t.Errorf("%s: clean", a.name)
				}
			}
		})
	}
}

func Example() {
	r := scan.Bytes("mail.pkl", []byte("cos\nsystem\n(Vrm -r x\ntR."), nil)
	fmt.Println(r.Verdict)
	for _, f := range r.Findings {
		fmt.Printf("%d: %s (%s)\n", f.Offset, f.Message, f.Reason)
	}
	// Output:
	// malicious
	// 0: calls os.system("rm -r x") (starts programs, or reaches files and the process, by way of the operating system)
}

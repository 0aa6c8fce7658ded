package scan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-pickle/pickle/scan"
)

// named is a pickle that names a global without calling it.
func named(module, name string) []byte {
	b := []byte("\x80\x04")
	for _, s := range []string{module, name} {
		b = append(append(b, 'X'), le32(len(s))...)
		b = append(b, s...)
	}
	return append(b, "\x93."...)
}

func TestPolicy(t *testing.T) {
	policy, err := scan.ParsePolicy([]byte(`
# a comment
preset builtins
allow shop.models.[A-Z]*   the classes of our shop
allow lab.**
allow subprocess.Popen     an entry of its own
deny  lab.danger.*         not that
allow lab.danger.Harmless
`))
	check(t, err)
	for _, tt := range []struct {
		module, name string
		want         scan.Status
	}{
		{"builtins", "set", scan.Allowed},
		{"__builtin__", "set", scan.Allowed},
		{"collections", "OrderedDict", scan.Unlisted}, // not in that preset
		{"shop.models", "Order", scan.Allowed},
		{"shop.models", "order", scan.Unlisted},
		{"shop.models", "Order.delete", scan.Unlisted},
		{"shop.models", "Order.os.system", scan.Denied},
		{"shop.models.x", "Order", scan.Unlisted},
		{"lab", "x", scan.Allowed},
		{"lab.a.b", "x", scan.Allowed},
		{"lab.a.b", "__x", scan.Unlisted},
		{"lab.danger", "x", scan.Denied},
		{"lab.danger", "Harmless", scan.Allowed},
		{"laboratory", "x", scan.Unlisted},
		{"subprocess", "Popen", scan.Allowed},
		{"subprocess", "run", scan.Denied},
		{"builtins", "eval", scan.Denied},
		{"__builtin__", "eval", scan.Denied},
		{"posix", "system", scan.Denied},
		{"nt", "system", scan.Denied},
		{"os", "path", scan.Denied},
		{"random", "_os.system", scan.Denied},
		{"collections", "abc._sys.modules", scan.Denied},
		{"shop.models", "Order.__init__.__globals__", scan.Denied},
		{"lab", "__class__", scan.Denied},
	} {
		r := scan.Bytes("x", named(tt.module, tt.name), &scan.Options{Policy: policy})
		if len(r.Globals) != 1 || r.Globals[0].Status != tt.want {
			t.Errorf("%s %s: %+v, want %v", tt.module, tt.name, r.Globals, tt.want)
			continue
		}
		want := map[scan.Status]scan.Verdict{scan.Allowed: scan.Clean, scan.Unlisted: scan.Unknown, scan.Denied: scan.Malicious}[tt.want]
		if r.Verdict != want {
			t.Errorf("%s %s: %v, want %v", tt.module, tt.name, r.Verdict, want)
		}
	}
}

func TestPolicyErrors(t *testing.T) {
	for _, text := range []string{"permit x.y", "allow", "allow a..b", "allow x.[", "preset none", "preset"} {
		if _, err := scan.ParsePolicy([]byte("\n" + text)); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: error %v", text, err)
		}
	}
	if _, err := (&scan.Policy{Allow: []scan.Entry{{Pattern: "a b"}}}).MarshalText(); err == nil {
		t.Error("a pattern with a blank was written")
	}
}

// TestPresets checks that each preset allows what it is for, that no entry of a
// preset is denied at once, and that every entry has a reason.
func TestPresets(t *testing.T) {
	for _, name := range scan.PresetNames() {
		p, err := scan.Preset(name)
		check(t, err)
		if len(p.Allow) == 0 {
			t.Errorf("%s is empty", name)
		}
		for _, e := range p.Allow {
			if e.Reason == "" {
				t.Errorf("%s: %s has no reason", name, e.Pattern)
			}
			if strings.ContainsAny(e.Pattern, "*[") {
				continue
			}
			i := strings.LastIndexByte(e.Pattern, '.')
			r := scan.Bytes("x", named(e.Pattern[:i], e.Pattern[i+1:]), &scan.Options{Policy: p})
			if len(r.Globals) != 1 || r.Globals[0].Status != scan.Allowed {
				t.Errorf("%s: %s: %v", name, e.Pattern, r.Findings)
			}
		}
	}
	if _, err := scan.Preset("fortran"); err == nil {
		t.Error("there is a preset that there is not")
	}
}

func TestPresetPatterns(t *testing.T) {
	for _, tt := range []struct {
		module, name string
		want         scan.Verdict
	}{
		{"sklearn.linear_model._logistic", "LogisticRegression", scan.Clean},
		{"sklearn.linear_model._base", "sparse", scan.Unknown},
		{"sklearn.datasets._base", "load_files", scan.Malicious},
		{"pandas.core.indexes.range", "RangeIndex", scan.Clean},
		{"pandas.core.arrays.categorical", "CategoricalDtype", scan.Clean},
		{"pandas.io.parsers", "read_csv", scan.Malicious},
		{"torch", "FloatStorage", scan.Clean},
		{"torch", "load", scan.Malicious},
		{"numpy._core.multiarray", "_reconstruct", scan.Clean},
		{"numpy.core.multiarray", "_reconstruct", scan.Clean},
		{"numpy", "load", scan.Malicious},
		{"numpy", "float64", scan.Clean},
		{"builtins", "KeyError", scan.Clean},
		{"functools", "reduce", scan.Suspicious},
	} {
		if r := scan.Bytes("x", named(tt.module, tt.name), nil); r.Verdict != tt.want {
			t.Errorf("%s.%s: %v, want %v", tt.module, tt.name, r.Verdict, tt.want)
		}
	}
}

func TestLearn(t *testing.T) {
	data := append(named("shop", "Order"), named("shop", "Item")...)
	data = append(data, named("os", "system")...)
	data = append(data, named("builtins", "set")...)
	learned := scan.Learn(scan.Bytes("a.pkl", data, nil), scan.Bytes("b.pkl", named("shop", "Item"), nil))
	text, err := learned.MarshalText()
	check(t, err)
	if want := "allow shop.Item in a.pkl and 1 more\nallow shop.Order in a.pkl\n"; string(text) != want {
		t.Errorf("got\n%swant\n%s", text, want)
	}
	again, err := scan.ParsePolicy(text)
	check(t, err)
	policy := scan.Join(scan.DefaultPolicy(), again)
	if r := scan.Bytes("b.pkl", named("shop", "Item"), &scan.Options{Policy: policy}); r.Verdict != scan.Clean {
		t.Errorf("with what was learned: %v", r.Verdict)
	}
	if r := scan.Bytes("a.pkl", data, &scan.Options{Policy: policy}); r.Verdict != scan.Malicious {
		t.Errorf("what is denied was learned: %v", r.Verdict)
	}
}

// TestJSON pins the form of a report.
func TestJSON(t *testing.T) {
	r := scan.Bytes("x.pkl", []byte("cos\nsystem\n(Vid\ntR."), nil)
	got, err := json.MarshalIndent(r, "", " ")
	check(t, err)
	const want = `{
 "name": "x.pkl",
 "verdict": "malicious",
 "files": [
  {
   "name": "x.pkl",
   "format": "pickle",
   "size": 19,
   "pickles": 1
  }
 ],
 "pickles": [
  {
   "file": "x.pkl",
   "index": 0,
   "offset": 0,
   "size": 19,
   "protocol": 0
  }
 ],
 "globals": [
  {
   "file": "x.pkl",
   "pickle": 0,
   "offset": 0,
   "opcode": "GLOBAL",
   "module": "os",
   "name": "system",
   "python": "os.system",
   "uses": "called",
   "count": 1,
   "status": "denied",
   "reason": "starts programs, or reaches files and the process, by way of the operating system",
   "call": "(\"id\")"
  }
 ],
 "findings": [
  {
   "rule": "denied-global",
   "category": "global",
   "severity": "high",
   "file": "x.pkl",
   "offset": 0,
   "global": "os.system",
   "message": "calls os.system(\"id\")",
   "reason": "starts programs, or reaches files and the process, by way of the operating system"
  }
 ]
}`
	if string(got) != want {
		t.Errorf("got\n%s", got)
	}
	var back scan.Report
	check(t, json.Unmarshal(got, &back))
	if again, _ := json.MarshalIndent(back, "", " "); string(again) != want {
		t.Errorf("read back and written again\n%s", again)
	}
}

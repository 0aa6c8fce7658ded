package scan_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/go-pickle/pickle/scan"
)

func hasRule(r *scan.Report, rule string) bool {
	return slices.ContainsFunc(r.Findings, func(f scan.Finding) bool { return f.Rule == rule })
}

// TestLimits checks that what is not read is never clean.
func TestLimits(t *testing.T) {
	bomb := gzipped(t, append(bytes.Repeat([]byte("N0"), 1<<20), "N."...))
	deep := []byte("N.")
	for range 20 {
		deep = gzipped(t, deep)
	}
	var many []any
	for i := range 50 {
		many = append(many, fmt.Sprint(i), []byte("N."))
	}
	for _, tt := range []struct {
		name string
		data []byte
		opts scan.Options
		rule string
	}{
		{"bomb", bomb, scan.Options{MaxExpanded: 1 << 20}, "limit"},
		{"depth", deep, scan.Options{}, "limit"},
		{"files", zipped(t, many...), scan.Options{MaxFiles: 20}, "limit"},
		{"empty", nil, scan.Options{}, "no-pickle"},
		{"text", []byte("This is a text, and no pickle."), scan.Options{}, "no-pickle"},
		{"xz", []byte("\xfd7zXZ\x00\x00\x00\x00\x00"), scan.Options{}, "unsupported"},
		{"xz_in_zip", zipped(t, "x", []byte("\xfd7zXZ\x00\x00\x00\x00\x00")), scan.Options{}, "unsupported"},
		{"zip_without_entries", []byte("PK\x05\x06" + strings.Repeat("\x00", 18)), scan.Options{}, "no-pickle"},
		{"cut_off", []byte("\x80\x04]"), scan.Options{}, "broken"},
	} {
		r := scan.Bytes(tt.name, tt.data, &tt.opts)
		if r.Verdict != scan.Unknown || !hasRule(r, tt.rule) {
			t.Errorf("%s: %v, %+v", tt.name, r.Verdict, r.Findings)
		}
	}
	for _, data := range [][]byte{bomb, zipped(t, many...)} {
		if r := scan.Bytes("x", data, nil); r.Verdict != scan.Clean {
			t.Errorf("without limits: %v, %+v", r.Verdict, r.Findings)
		}
	}
}

func TestReader(t *testing.T) {
	r, err := scan.Reader("x", strings.NewReader("N."), nil)
	if err != nil || r.Verdict != scan.Clean || len(r.Pickles) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err = scan.Reader("x", strings.NewReader("N.N."), &scan.Options{MaxSize: 2}); err != nil || r.Verdict != scan.Unknown || !hasRule(r, "limit") {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err = scan.Reader("x", strings.NewReader("N."), &scan.Options{MaxSize: 2}); err != nil || r.Verdict != scan.Clean {
		t.Errorf("a file of just that size: %+v, %v", r, err)
	}
	broken := errors.New("the line is dead")
	if _, err = scan.Reader("x", io.MultiReader(strings.NewReader("N."), iotest.ErrReader(broken)), nil); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// TestTime scans what was made to take long.
func TestTime(t *testing.T) {
	const n = 1 << 17
	getattrs := "cbuiltins\nobject\n" + strings.Repeat("p0\n0cbuiltins\ngetattr\n(g0\nVx\ntR", n/32) + "."
	for name, data := range map[string]string{
		"stops":           strings.Repeat("N.", n),
		"proto":           "N.\xff" + strings.Repeat("\x80\x04]", n),
		"frames":          strings.Repeat("\x80\x04\x95"+le64(3)+"N.N", n/8),
		"crossed frames":  strings.Repeat("\x80\x04\x95"+le64(1)+"K\x01.", n/8),
		"errors":          strings.Repeat("h\x09", n),
		"zip signatures":  strings.Repeat("PK\x03\x04"+strings.Repeat("\x00", 28), n/8),
		"nested":          strings.Repeat("C\x08cx\ny\n)R.", n/8) + ".",
		"getattr chain":   getattrs,
		"globals":         strings.Repeat("cx\ny\n", n/4) + ".",
		"refused globals": strings.Repeat("cx\n\xff\n", n/4) + ".",
		"zlib headers":    strings.Repeat("C\x08x\x9c123456", n/8) + ".",
		"memo":            "N" + strings.Repeat("p0\np9\n", n/4) + ".",
		"kept memo":       strings.Repeat("h\x00.", n),
		"needs memo":      "N\x94." + strings.Repeat("h\x00.", n/2),
	} {
		begun := time.Now()
		r := scan.Bytes(name, []byte(data), nil)
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s: %v", name, took)
		} else if testing.Verbose() {
			t.Log(name, took, r.Verdict, len(r.Findings), len(r.Globals))
		}
	}
}

// TestTorch scans an archive as torch.save writes it: beside the pickle there are
// raw numbers and texts.
func TestTorch(t *testing.T) {
	pickle := "\x80\x02}q\x00X\x06\x00\x00\x00weightq\x01ctorch._utils\n_rebuild_tensor_v2\nq\x02((X\x07\x00\x00\x00storageq\x03" +
		"ctorch\nFloatStorage\nq\x04X\x01\x00\x00\x000q\x05X\x03\x00\x00\x00cpuq\x06K\x04tq\x07QK\x00K\x02K\x02\x86q\x08K\x02K\x01\x86q\t\x89" +
		"ccollections\nOrderedDict\nq\n)Rq\x0btq\x0cRq\rs."
	data := zipped(t, "m/data.pkl", []byte(pickle), "m/.format_version", []byte("1"), "m/byteorder", []byte("little"),
		"m/data/0", []byte("\x00\x00\x80?\x00\x00\x00@\x00\x00@@\x00\x00\x80@"), "m/version", []byte("3\n"))
	torch, err := scan.Preset("torch")
	check(t, err)
	stdlib, err := scan.Preset("stdlib")
	check(t, err)
	r := scan.Bytes("m.pt", data, &scan.Options{Policy: scan.Join(torch, stdlib)})
	if r.Verdict != scan.Clean || len(r.Pickles) != 1 || len(r.Globals) != 3 {
		t.Errorf("%v, %+v, %+v", r.Verdict, r.Pickles, r.Findings)
	}
	if r := scan.Bytes("m.pt", data, &scan.Options{Policy: stdlib}); r.Verdict != scan.Unknown {
		t.Errorf("without the preset: %v", r.Verdict)
	}
}

// TestUses pins what is said of the ways to use a global.
func TestUses(t *testing.T) {
	for _, tt := range []struct{ data, want string }{
		{"cx\ny\n.", "named"},
		{"cx\ny\n)R.", "called"},
		{"\x80\x02cx\ny\n)\x81.", "created"},
		{"\x80\x02cx\ny\n)\x81}b.", "created, state"},
		{"cx\ny\n)R(K\x01K\x02e.", "called, items"},
		{"cx\ny\n)RK\x01K\x02s.", "called, items"},
		{"(ix\ny\n.", "called"},
		{"(cx\ny\no.", "called"},
		{"cx\ny\n}b.", "state"},
		{"c__builtin__\nmap\n(cx\ny\n]tR.", "argument"},
	} {
		r := scan.Bytes("x", []byte(tt.data), nil)
		i := slices.IndexFunc(r.Globals, func(g scan.Global) bool { return g.Module == "x" })
		if i < 0 || r.Globals[i].Uses.String() != tt.want {
			t.Errorf("%q: %+v, want %s", tt.data, r.Globals, tt.want)
		}
	}
	if r := scan.Bytes("x", []byte("cx\ny\n}b."), nil); !hasRule(r, "class-state") {
		t.Error("no word of the state of a class")
	}
}

// TestUnresolved scans calls of which it cannot be told what they call.
func TestUnresolved(t *testing.T) {
	for data, rule := range map[string]string{
		"cbuiltins\ngetattr\n(P1\nVx\ntR.":                                           "unresolved-getattr",
		"cbuiltins\ngetattr\n(P1\nV__class__\ntR.":                                   "interpreter-name",
		"coperator\nattrgetter\n(Va.__globals__\ntR.":                                "interpreter-name",
		"cbuiltins\nmap\n(P1\n]tR.":                                                  "unlisted-call",
		"cfunctools\npartial\n(P1\ntR.":                                              "unlisted-call",
		"cbuiltins\nmap\n(coperator\nmethodcaller\n(Vx\ntRP1\ntR.":                   "unresolved-getattr",
		"cbuiltins\ngetattr\n(cbuiltins\nlist\nN\x85RV__class__.__subclasses__\ntR.": "interpreter-name",
		"\x80\x02\x82\x07.":                                                          "extension-code",
	} {
		if r := scan.Bytes("x", []byte(data), nil); r.Verdict < scan.Suspicious || !hasRule(r, rule) {
			t.Errorf("%q: %v, %+v", data, r.Verdict, r.Findings)
		}
	}
}

// TestNumbers scans numbers that look like something else.
func TestNumbers(t *testing.T) {
	for name, data := range map[string][]byte{
		"npy":  npy("<f8", []byte("cos\nsystem\n(Vid\ntR.")), // numpy takes it for numbers
		"zlib": zipped(t, "data/0", []byte("x\x9c\xff\xff\xff\xff\xff\xff"), "data/1", []byte("x\x01\x00\x04\x00\x00\x00\x00")),
	} {
		if r := scan.Bytes(name, data, nil); r.Verdict != scan.Clean {
			t.Errorf("%s: %v, %+v", name, r.Verdict, r.Findings)
		}
	}
}

func TestBase64(t *testing.T) {
	for data, want := range map[string]scan.Verdict{"Y29zCnN5c3RlbQooVmlkCnRSLg==\n": scan.Malicious, "gASVBgAAAAAA\nAABdlChLAWUu\n": scan.Clean} {
		if r := scan.Bytes("x", []byte(data), nil); r.Verdict != want || len(r.Pickles) != 1 {
			t.Errorf("%s: %v, %+v", data, r.Verdict, r.Findings)
		}
	}
}

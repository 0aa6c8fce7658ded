package pickletest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Node is the description of an object, as testdata/README.md defines it. Its
// values are nil, bool, string, int, json.Number, []any and Node.
type Node = map[string]any

// Identities numbers the objects that occur more than once in a description.
// The zero value is ready to use.
type Identities struct {
	nodes []Node
	seen  map[any]Node
	refs  []Node
	means map[int]Node // index in refs → the object
}

// Visit describes an object: by fill, which gets the empty node, where key
// occurs for the first time, and by a reference from then on. Keys are what the
// object is known by, such as its pointer.
func (d *Identities) Visit(key any, fill func(Node)) Node {
	if node, ok := d.seen[key]; ok {
		ref := Node{}
		if d.means == nil {
			d.means = make(map[int]Node)
		}
		d.means[len(d.refs)] = node
		d.refs = append(d.refs, ref)
		return ref
	}
	if d.seen == nil {
		d.seen = make(map[any]Node)
	}
	node := Node{}
	d.seen[key] = node
	d.nodes = append(d.nodes, node)
	fill(node)
	return node
}

// Number gives the objects their ids, once the whole value has been visited.
func (d *Identities) Number() {
	shared := make(map[uintptr]bool)
	for _, node := range d.means {
		shared[reflect.ValueOf(node).Pointer()] = true
	}
	id := 0
	for _, node := range d.nodes {
		if shared[reflect.ValueOf(node).Pointer()] {
			id++
			node["id"] = id
		}
	}
	for i, ref := range d.refs {
		ref["ref"] = d.means[i]["id"]
	}
}

// Text describes a str.
func Text(s string) Node {
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		return Node{"str": s}
	}
	return Node{"strx": hex.EncodeToString([]byte(s))}
}

// Float describes a float.
func Float(f float64) Node { return Node{"float": FloatRepr(f)} }

// FloatRepr returns Python's repr of a float.
func FloatRepr(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+"))
	}
	text := strconv.FormatFloat(f, 'e', -1, 64)
	exponent, err := strconv.Atoi(text[strings.IndexByte(text, 'e')+1:])
	if err != nil {
		return text
	}
	if exponent < -4 || exponent >= 16 {
		return text
	}
	text = strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// Canonical returns the one JSON text of a description: compact, keys sorted.
func Canonical(description any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(description); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Diff says where a description differs from the expected one, or nothing
// where they are equal.
func Diff(got any, want json.RawMessage) string {
	text, err := Canonical(got)
	if err != nil {
		return err.Error()
	}
	var digest struct{ SHA256 string }
	if json.Unmarshal(want, &digest) == nil && digest.SHA256 != "" {
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != digest.SHA256 {
			return fmt.Sprintf("got %.300s… (%d bytes), which has not the digest %s", text, len(text), digest.SHA256)
		}
		return ""
	}
	g, err := parse(text)
	if err != nil {
		return err.Error()
	}
	w, err := parse(want)
	if err != nil {
		return err.Error()
	}
	return diff("", g, w)
}

func parse(text []byte) (any, error) {
	var v any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	err := dec.Decode(&v)
	return v, err
}

// diff returns the first difference, with the way to it.
func diff(path string, got, want any) string {
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			return diffNodes(path, got, want)
		}
	case []any:
		if got, ok := got.([]any); ok && len(got) == len(want) {
			for i := range want {
				if d := diff(fmt.Sprintf("%s[%d]", path, i), got[i], want[i]); d != "" {
					return d
				}
			}
			return ""
		}
	}
	if reflect.DeepEqual(got, want) {
		return ""
	}
	return fmt.Sprintf("at %q:\n got  %s\n want %s", path, show(got), show(want))
}

func diffNodes(path string, got, want Node) string {
	for _, key := range slices.Sorted(maps.Keys(want)) {
		value, ok := got[key]
		if !ok {
			return fmt.Sprintf("at %q: no %q in\n got  %s\n want %s", path, key, show(got), show(want))
		}
		if d := diff(path+"."+key, value, want[key]); d != "" {
			return d
		}
	}
	if len(got) != len(want) {
		return fmt.Sprintf("at %q: too much in\n got  %s\n want %s", path, show(got), show(want))
	}
	return ""
}

func show(v any) string {
	text, err := Canonical(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

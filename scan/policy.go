package scan

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Entry is one line of a policy.
type Entry struct {
	// Pattern is what the entry is about: module.name, in which * and [A-Z] stand
	// for characters as in [path.Match], but never for a dot, and ** for any
	// number of names with dots between them. The names are those of Python 3:
	// "collections.OrderedDict", "shop.*", "shop.**", "shop.models.[A-Z]*".
	Pattern string
	// Reason is shown with what the entry says.
	Reason string

	severity Severity // Info stands for High
}

// Policy says which globals may be imported and which may not. The zero Policy
// allows nothing. The list of what is dangerous is part of every policy.
//
// The most particular entry decides: one of Deny without any of the characters
// *, ? and [, then one of Allow without, then one of Deny with them, then one of
// Allow. So an entry of its own can allow one harmless class of a module of
// which everything else is denied. Patterns of Allow with such characters match
// neither names that go through attributes ("Outer.Inner") nor names that begin
// with two underscores.
type Policy struct {
	Allow []Entry
	Deny  []Entry
}

// Join returns a policy of all entries of several.
func Join(policies ...*Policy) *Policy {
	joined := new(Policy)
	for _, p := range policies {
		joined.Allow = append(joined.Allow, p.Allow...)
		joined.Deny = append(joined.Deny, p.Deny...)
	}
	return joined
}

// DefaultPolicy returns the policy of all presets.
func DefaultPolicy() *Policy {
	joined := new(Policy)
	for _, p := range presets {
		joined.Allow = append(joined.Allow, p.allow...)
	}
	return joined
}

// Preset returns the policy of that name: "builtins", "stdlib" (the data types of
// Python's library), "numpy", "pandas", "scikit-learn" or "torch" (weights).
func Preset(name string) (*Policy, error) {
	for _, p := range presets {
		if p.name == name {
			return &Policy{Allow: slices.Clone(p.allow)}, nil
		}
	}
	return nil, fmt.Errorf("scan: no preset %q; there are %s", name, strings.Join(PresetNames(), ", "))
}

// PresetNames returns the names of the presets.
func PresetNames() []string {
	names := make([]string, len(presets))
	for i, p := range presets {
		names[i] = p.name
	}
	return names
}

// Learn proposes the smallest policy under which files that are known to be good
// are clean, as far as globals can make them so: an entry for each global that
// the reports have as unlisted. It has no entry for what is denied: that must be
// added by hand.
func Learn(reports ...*Report) *Policy {
	files := make(map[string][]string)
	for _, r := range reports {
		for _, g := range r.Globals {
			if g.Status == Unlisted && !slices.Contains(files[g.Python], r.Name) {
				files[g.Python] = append(files[g.Python], r.Name)
			}
		}
	}
	p := new(Policy)
	for global, names := range files {
		reason := "in " + strings.NewReplacer("\r", " ", "\n", " ").Replace(names[0])
		if len(names) > 1 {
			reason += fmt.Sprintf(" and %d more", len(names)-1)
		}
		p.Allow = append(p.Allow, Entry{Pattern: global, Reason: reason})
	}
	slices.SortFunc(p.Allow, func(a, b Entry) int { return cmp.Compare(a.Pattern, b.Pattern) })
	return p
}

// ParsePolicy reads the text of a policy file. A line is empty, a comment that
// begins with #, or one of
//
//	preset NAME
//	allow PATTERN [REASON]
//	deny PATTERN [REASON]
func ParsePolicy(text []byte) (*Policy, error) {
	p := new(Policy)
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if err := p.parseLine(line); err != nil {
			return nil, fmt.Errorf("scan: policy, line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("scan: policy: %w", err)
	}
	return p, nil
}

func (p *Policy) parseLine(line string) error {
	word, rest := cutField(line)
	pattern, reason := cutField(rest)
	switch word {
	case "preset":
		preset, err := Preset(rest)
		if err != nil {
			return err
		}
		p.Allow = append(p.Allow, preset.Allow...)
		return nil
	case "allow", "deny":
	default:
		return fmt.Errorf("%q is none of preset, allow and deny", word)
	}
	if err := checkPattern(pattern); err != nil {
		return err
	}
	if word == "allow" {
		p.Allow = append(p.Allow, Entry{Pattern: pattern, Reason: reason})
	} else {
		p.Deny = append(p.Deny, Entry{Pattern: pattern, Reason: reason})
	}
	return nil
}

func cutField(s string) (field, rest string) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimSpace(s[i:])
}

func checkPattern(pattern string) error {
	for part := range strings.SplitSeq(pattern, ".") {
		if part == "" {
			return fmt.Errorf("%q is no module.name", pattern)
		}
		if _, err := path.Match(part, ""); err != nil {
			return fmt.Errorf("%q: %w", pattern, err)
		}
	}
	return nil
}

// MarshalText returns the policy as ParsePolicy reads it.
func (p *Policy) MarshalText() ([]byte, error) {
	var b bytes.Buffer
	for i, e := range slices.Concat(p.Allow, p.Deny) {
		word := "allow"
		if i >= len(p.Allow) {
			word = "deny"
		}
		if strings.ContainsAny(e.Pattern, " \t\r\n") || strings.ContainsAny(e.Reason, "\r\n") {
			return nil, fmt.Errorf("scan: policy: %q does not fit on a line", e.Pattern)
		}
		if err := checkPattern(e.Pattern); err != nil {
			return nil, fmt.Errorf("scan: policy: %w", err)
		}
		fmt.Fprintln(&b, strings.TrimSpace(word+" "+e.Pattern+" "+e.Reason))
	}
	return b.Bytes(), nil
}

// matcher is a policy made ready to be asked.
type matcher struct {
	denyExact, allowExact map[string]Entry
	deny, allow           globs
}

// globs are patterns by their first name; those in which that is a pattern
// itself are under "".
type globs map[string][]glob

func (g globs) add(e Entry) {
	parts := strings.Split(e.Pattern, ".")
	first := parts[0]
	if isPattern(first) {
		first = ""
	}
	g[first] = append(g[first], glob{parts, e})
}

func (g globs) match(full string) (Entry, bool) {
	if len(g) == 0 {
		return Entry{}, false
	}
	parts := strings.Split(full, ".")
	for _, first := range []string{parts[0], ""} {
		for _, pattern := range g[first] {
			if matchParts(pattern.parts, parts) {
				return pattern.entry, true
			}
		}
	}
	return Entry{}, false
}

func isPattern(s string) bool { return strings.ContainsAny(s, "*?[\\") }

type glob struct {
	parts []string
	entry Entry
}

func (p *Policy) compile() *matcher {
	m := &matcher{make(map[string]Entry), make(map[string]Entry), make(globs), make(globs)}
	split := func(entries []Entry, exact map[string]Entry, patterns globs) {
		for _, e := range entries {
			if !isPattern(e.Pattern) {
				exact[e.Pattern] = e
			} else if checkPattern(e.Pattern) == nil {
				patterns.add(e)
			}
		}
	}
	split(dangers, m.denyExact, m.deny)
	split(p.Deny, m.denyExact, m.deny)
	split(exceptions, m.allowExact, m.allow)
	split(p.Allow, m.allowExact, m.allow)
	// What is merely suspect gives way to an entry that allows it.
	for _, e := range suspects {
		e.severity = Medium
		m.deny.add(e)
	}
	return m
}

// judge says what the policy has on a global under its Python 3 name.
func (m *matcher) judge(module, name string) (Status, Entry) {
	full := join(module, name)
	if e, ok := m.denyExact[full]; ok {
		return Denied, e
	}
	if e, ok := m.deniedInside(name); ok {
		return Denied, e
	}
	if e, ok := m.allowExact[full]; ok {
		return Allowed, e
	}
	if e, ok := m.deny.match(full); ok {
		return Denied, e
	}
	if strings.Contains(name, ".") || strings.HasPrefix(name, "__") {
		return Unlisted, Entry{}
	}
	if e, ok := m.allow.match(full); ok {
		return Allowed, e
	}
	return Unlisted, Entry{}
}

// deniedInside looks for what is reached through attributes, which is denied
// wherever the way begins: random._os.system is os.system.
func (m *matcher) deniedInside(name string) (Entry, bool) {
	for range maxChain {
		part, rest, more := strings.Cut(name, ".")
		if !more {
			break
		}
		inner := canonicalPath(strings.TrimLeft(part, "_"), rest)
		if e, ok := m.denyExact[inner]; ok {
			return e, true
		}
		if e, ok := m.deny.match(inner); ok {
			return e, true
		}
		name = rest
	}
	return Entry{}, false
}

// matchParts reports whether parts are what the pattern says. Two stars stand
// for at least one name; since few patterns have more than one pair, trying is
// cheap.
func matchParts(pattern, parts []string) bool {
	for i, p := range pattern {
		if p == "**" {
			for k := i + 1; k <= len(parts); k++ {
				if matchParts(pattern[i+1:], parts[k:]) {
					return true
				}
			}
			return false
		}
		if i >= len(parts) {
			return false
		}
		if ok, err := path.Match(p, parts[i]); !ok || err != nil {
			return false
		}
	}
	return len(pattern) == len(parts)
}

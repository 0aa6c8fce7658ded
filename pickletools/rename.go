package pickletools

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-pickle/pickle/vm"
)

// Rename returns a pickle in which classes and functions have the names that
// rename returns for them. Everything else stays as it is, to the byte, but for
// the lengths of frames. It finds the names by executing the pickle, so that
// no text that happens to look like one is changed; a string that is both a name
// and data, or names of which only some are to be changed, is written anew
// where the new name is needed.
//
// rename is called for each place that names something, with the names that the
// pickle has there: below protocol 3 those are of Python 2 (__builtin__,
// copy_reg), and the class of an instance of a nested class may be named by its outer
// class and a call of getattr. The name is qualified (Outer.Inner), which needs
// protocol 4.
//
// An error is a [*vm.Error] where data is no pickle, has something behind it,
// or a new name cannot be written: those of GLOBAL and INST cannot contain
// newlines, and those of INST are ASCII. Then nothing is returned.
func Rename(data []byte, rename func(module, name string) (newModule, newName string)) ([]byte, error) {
	r := renamer{data: data, rename: rename}
	if err := r.findNames(); err != nil {
		return nil, err
	}
	for e, err := range extents(data) {
		if err == nil {
			err = r.instruction(e)
		}
		if err != nil {
			return nil, err
		}
	}
	r.edit()
	return r.apply(), nil
}

// findNames executes the pickle and keeps of it what its instructions name, in
// their order: the rest can take many times the memory of the pickle.
func (r *renamer) findNames() error {
	var m vm.Machine
	if _, err := m.Run(r.data, true); err != nil {
		return err
	}
	if end := m.Consumed(); end < len(r.data) {
		return &vm.Error{Offset: int64(end), Op: vm.Opcode(r.data[end]), Err: errTrailing}
	}
	g := m.Graph()
	r.isName = make(map[string]string)
	intern := func(n vm.Node) string {
		name, ok := r.isName[string(g.Data(n))]
		if !ok {
			name = string(g.Data(n))
			r.isName[name] = name
		}
		return name
	}
	for i := range g.GlobalLen() {
		module, name, _ := g.Global(i)
		r.names = append(r.names, [2]string{intern(module), intern(name)})
	}
	return nil
}

var (
	errTrailing = errors.New("data after the end of the pickle")
	errNewName  = errors.New("the new name cannot be written")
	errNoName   = errors.New("the new name is empty")
	errNewDot   = errors.New("a new name with a dot needs protocol 4")
)

// renamer follows the strings of a pickle from where they are pushed to where
// they are used. Programs of pickles have no jumps, and the machine has
// accepted this one: the stack needs no checks.
type renamer struct {
	data   []byte
	names  [][2]string       // modules and names, as the instructions name them
	isName map[string]string // all of these
	rename func(module, name string) (string, string)
	proto  int

	stack   []value
	marks   []int
	memo    memoTable[value]
	globals int // how many have been named so far

	strings     []stringUse
	occurrences []occurrence
	stackNames  []stackName
	frames      []extent
	edits       []edit
}

// value is something on the stack: the string and the occurrence, from 1 on, or
// zeros for what is no string.
type value struct{ str, occurrence int }

// stringUse is a string object, and what it is used for.
type stringUse struct {
	pushed extent // what makes it
	data   bool   // it is a part of the object that the pickle describes
	mixed  bool   // not all that it names get the same name
	wanted string // by all that it names
	named  bool   // wanted is set
}

// occurrence is one push of a string.
type occurrence struct {
	pushed extent
	kept   bool // it is more than what its use takes from the stack
}

// stackName is a STACK_GLOBAL whose names change.
type stackName struct {
	e              extent
	operands       [2]value // module and name
	names          [2]string
	changesOperand [2]bool
}

// edit replaces the bytes of an instruction.
type edit struct {
	at, end int
	with    []byte
}

func (r *renamer) instruction(e extent) error {
	switch e.op {
	case vm.OpProto:
		r.proto = int(r.data[e.payload])
	case vm.OpFrame:
		r.frames = append(r.frames, e)
	case vm.OpMark:
		r.marks = append(r.marks, len(r.stack))
	case vm.OpPut, vm.OpBinPut, vm.OpLongBinPut, vm.OpMemoize:
		return r.put(e)
	case vm.OpGet, vm.OpBinGet, vm.OpLongBinGet:
		key, err := memoIndex(r.data, e)
		if err != nil {
			return err
		}
		stored, _ := r.memo.get(key)
		r.push(stored.str, e)
	case vm.OpDup:
		top := r.stack[len(r.stack)-1]
		r.keep(top)
		r.stack = append(r.stack, top)
	case vm.OpPop:
		if n := len(r.marks); n > 0 && r.marks[n-1] == len(r.stack) {
			r.marks = r.marks[:n-1]
		} else {
			r.stack = r.stack[:len(r.stack)-1]
		}
	case vm.OpPopMark:
		r.popMark(false)
	case vm.OpBinUnicode, vm.OpShortBinUnicode, vm.OpBinUnicode8:
		if _, ok := r.isName[string(r.data[e.payload:e.end])]; !ok { // nothing is ever named so
			r.push(0, e)
			return nil
		}
		r.strings = append(r.strings, stringUse{pushed: e})
		r.push(len(r.strings), e)
	case vm.OpString, vm.OpBinString, vm.OpShortBinString, vm.OpUnicode:
		r.strings = append(r.strings, stringUse{pushed: e})
		r.push(len(r.strings), e)
	case vm.OpStackGlobal:
		return r.stackGlobal(e)
	case vm.OpGlobal, vm.OpInst:
		if err := r.lineGlobal(e); err != nil {
			return err
		}
		if e.op == vm.OpInst {
			r.popMark(true)
		}
		r.push(0, e)
	default:
		r.other(e)
	}
	return nil
}

// other follows the opcodes that know nothing of strings: by the table.
func (r *renamer) other(e extent) {
	effect := effects[e.op]
	pops := len(effect.before)
	if i := slices.Index(effect.before, mark); i >= 0 {
		r.popMark(true)
		pops = i
	}
	at := len(r.stack) - pops
	for _, v := range r.stack[at:] {
		r.use(v)
	}
	r.stack = r.stack[:at]
	for range effect.after {
		r.push(0, e)
	}
}

// push pushes a string, or something else where str is 0.
func (r *renamer) push(str int, e extent) {
	v := value{str: str}
	if str > 0 {
		r.occurrences = append(r.occurrences, occurrence{pushed: e})
		v.occurrence = len(r.occurrences)
	}
	r.stack = append(r.stack, v)
}

// popMark takes what is above the topmost mark from the stack, as data or not.
func (r *renamer) popMark(used bool) {
	at := r.marks[len(r.marks)-1]
	r.marks = r.marks[:len(r.marks)-1]
	for _, v := range r.stack[at:] {
		if used {
			r.use(v)
		}
	}
	r.stack = r.stack[:at]
}

// use notes that a string is data.
func (r *renamer) use(v value) {
	if v.str > 0 {
		r.strings[v.str-1].data = true
	}
}

// keep notes that an occurrence cannot be replaced for the sake of its use.
func (r *renamer) keep(v value) {
	if v.occurrence > 0 {
		r.occurrences[v.occurrence-1].kept = true
	}
}

func (r *renamer) put(e extent) error {
	key := memoKey{n: int64(r.memo.len)}
	if e.op != vm.OpMemoize {
		var err error
		if key, err = memoIndex(r.data, e); err != nil {
			return err
		}
	}
	top := r.stack[len(r.stack)-1]
	r.keep(top)
	r.memo.set(key, top)
	return nil
}

// newNames returns the old and the new names of what the instruction names.
func (r *renamer) newNames(e extent) (old, names [2]string, err error) {
	old = r.names[r.globals]
	r.globals++
	names[0], names[1] = r.rename(old[0], old[1])
	if names == old {
		return old, names, nil
	}
	switch {
	case names[0] == "" || names[1] == "":
		err = errNoName
	case strings.Contains(names[1], ".") && r.proto < 4:
		err = errNewDot
	case !writable(e.op, names[0]) || !writable(e.op, names[1]):
		err = errNewName
	}
	if err != nil {
		return old, names, &vm.Error{Offset: int64(e.at), Op: e.op, Err: err}
	}
	return old, names, nil
}

func writable(op vm.Opcode, name string) bool {
	switch op {
	case vm.OpStackGlobal:
		return utf8.ValidString(name) && uint64(len(name)) <= math.MaxUint32
	case vm.OpInst:
		if strings.IndexFunc(name, func(c rune) bool { return c >= utf8.RuneSelf }) >= 0 {
			return false
		}
	}
	return utf8.ValidString(name) && !strings.Contains(name, "\n")
}

func (r *renamer) lineGlobal(e extent) error {
	old, names, err := r.newNames(e)
	if err != nil || old == names {
		return err
	}
	with := append([]byte{byte(e.op)}, names[0]...)
	with = append(append(with, '\n'), names[1]...)
	r.edits = append(r.edits, edit{e.at, e.end, append(with, '\n')})
	return nil
}

func (r *renamer) stackGlobal(e extent) error {
	old, names, err := r.newNames(e)
	if err != nil {
		return err
	}
	at := len(r.stack) - 2
	s := stackName{e: e, operands: [2]value(r.stack[at:]), names: names}
	r.stack = r.stack[:at]
	for i, v := range s.operands {
		use := &r.strings[v.str-1]
		use.mixed = use.mixed || use.named && use.wanted != names[i]
		use.wanted, use.named = names[i], true
		s.changesOperand[i] = old[i] != names[i]
	}
	if old != names {
		r.stackNames = append(r.stackNames, s)
	}
	r.push(0, e)
	return nil
}

// edit decides, once all uses of all strings are known, where new names are
// written: where the string is made, if it is nothing but that name; else
// where it is fetched from the memo, if that is for this one use; else behind
// both, which are dropped.
func (r *renamer) edit() {
	for _, s := range r.stackNames {
		var edits []edit
		for i, v := range s.operands {
			if !s.changesOperand[i] {
				continue
			}
			use, occurrence := &r.strings[v.str-1], &r.occurrences[v.occurrence-1]
			switch {
			case !use.data && !use.mixed:
				edits = append(edits, edit{use.pushed.at, use.pushed.end, stringOp(s.names[i])})
			case !occurrence.kept:
				edits = append(edits, edit{occurrence.pushed.at, occurrence.pushed.end, stringOp(s.names[i])})
			default:
				edits = nil
			}
			if edits == nil {
				with := append([]byte{byte(vm.OpPop), byte(vm.OpPop)}, stringOp(s.names[0])...)
				with = append(with, stringOp(s.names[1])...)
				edits = []edit{{s.e.at, s.e.end, append(with, byte(vm.OpStackGlobal))}}
				break
			}
		}
		r.edits = append(r.edits, edits...)
	}
	slices.SortFunc(r.edits, func(a, b edit) int { return a.at - b.at })
	r.edits = slices.CompactFunc(r.edits, func(a, b edit) bool { return a.at == b.at })
}

// stringOp returns the instruction that pushes a str, at protocol 4.
func stringOp(s string) []byte {
	if len(s) <= math.MaxUint8 {
		return append([]byte{byte(vm.OpShortBinUnicode), byte(len(s))}, s...)
	}
	return append(binary.LittleEndian.AppendUint32([]byte{byte(vm.OpBinUnicode)}, uint32(len(s))), s...)
}

// apply returns the data with the edits made, and the frames as long as they
// have become.
func (r *renamer) apply() []byte {
	out := make([]byte, 0, len(r.data)+len(r.data)/64)
	from := 0
	frames, grown := r.frames, r.grown()
	for _, e := range append(r.edits, edit{at: len(r.data), end: len(r.data)}) {
		for len(frames) > 0 && frames[0].at < e.at {
			f := frames[0]
			frames = frames[1:]
			out = append(out, r.data[from:f.payload]...)
			from = f.end
			size := int(littleEndian(r.data[f.payload:f.end])) // the machine has checked it
			size += grown[r.editsBefore(f.end+size)] - grown[r.editsBefore(f.end)]
			out = binary.LittleEndian.AppendUint64(out, uint64(size))
		}
		out = append(out, r.data[from:e.at]...)
		out = append(out, e.with...)
		from = e.end
	}
	return out
}

// grown returns by how much the first n edits make the pickle grow, for all n.
func (r *renamer) grown() []int {
	sums := make([]int, 1, len(r.edits)+1)
	for i, e := range r.edits {
		sums = append(sums, sums[i]+len(e.with)-(e.end-e.at))
	}
	return sums
}

// editsBefore returns how many edits are before a position.
func (r *renamer) editsBefore(at int) int {
	n, _ := slices.BinarySearchFunc(r.edits, at, func(e edit, at int) int { return e.at - at })
	return n
}

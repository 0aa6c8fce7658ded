package scan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/go-pickle/pickle/vm"
)

// A file of joblib is a pickle with numbers between its instructions: behind each
// BUILD that gives a NumpyArrayWrapper its state come a byte that says how
// much padding there is, the padding, and the numbers of the array; or a pickle
// of its own, where the array is one of objects. This file finds out where they
// are, and takes them out.
//
// It must not be mistaken in that: what one reader skips as numbers, another
// would execute. So it follows class and wrapper through every instruction, and
// whatever joblib would not have written is an error.

// joblibWrapper is the class, under the name that policies know it by.
const joblibWrapper = "joblib.numpy_pickle.NumpyArrayWrapper"

// joblib scans data, which is a file, as joblib loads it. It reports whether it
// could; p is the first pickle as pickle.load would read it.
func (s *scanner) joblib(name string, data []byte, p *program, depth int) bool {
	r := joblibReader{data: data, frame: -1, memo: make(map[uint64]slot)}
	err := r.run()
	if err == nil {
		err = r.plain(p)
	}
	if err != nil {
		s.add(Finding{Rule: "joblib-arrays", File: name, Offset: int64(r.at), Message: err.Error()})
		return false
	}
	s.blob(name+"!joblib", r.out, depth+1, arraysTaken)
	for _, o := range r.objects {
		s.blob(fmt.Sprintf("%s!objects@%d", name, o.from), data[o.from:o.to], depth+1, top)
	}
	return true
}

// names reports whether the pickle names a class.
func (a *analysis) names(class string) bool {
	return slices.ContainsFunc(a.order, func(g *Global) bool { return g.Python == class })
}

// joblibReader goes through a file. The stack has of every object only what
// matters here.
type joblibReader struct {
	data []byte
	at   int // the instruction at hand
	end  int // behind it

	out     []byte     // data without the arrays
	copied  int        // up to here
	machine vm.Machine // executes out
	inner   vm.Machine
	made    int // the instances that have been looked at

	frame   int // where it ends, or -1
	stack   []slot
	memo    map[uint64]slot
	first   int    // where the first array is, 0 before it
	objects []span // the pickles of arrays of objects
}

// slot is an object on the stack.
type slot struct {
	kind slotKind
	text string // of slotText
}

type slotKind uint8

const (
	slotOther   slotKind = iota
	slotMark             // no object
	slotText             // a str
	slotClass            // the class of the wrappers
	slotWrapper          // a wrapper without a state
)

var (
	errJoblibUse    = errors.New("the class of joblib's arrays is used otherwise than joblib does")
	errJoblibOpcode = errors.New("an instruction that joblib does not write")
	errJoblibBroken = errors.New("the instructions end, or are broken, before STOP")
	errJoblibFrame  = errors.New("an array begins within a frame, or an instruction crosses the end of one")
	errJoblibState  = errors.New("the state of an array is none that joblib writes")
	errJoblibSize   = errors.New("an array is larger than the file")
	errJoblibPad    = errors.New("the padding before an array is none that joblib writes")
	errJoblibNested = errors.New("the pickle of an array of objects is broken, or ambiguous")
	errJoblibPlain  = errors.New("pickle.load would execute instructions that are among the numbers of an array")
)

// run reads the file up to its STOP.
func (r *joblibReader) run() error {
	for r.at < len(r.data) {
		arg, end, ok := instruction(r.data, r.at)
		if !ok {
			return errJoblibBroken
		}
		r.end = end
		op := vm.Opcode(r.data[r.at])
		if err := r.frames(op, arg); err != nil {
			return err
		}
		if err := r.step(op, r.data[arg:end]); err != nil {
			return err
		}
		if op == vm.OpStop {
			r.out = append(r.out, r.data[r.copied:]...)
			return nil
		}
		r.at = r.end
	}
	return errJoblibBroken
}

func (r *joblibReader) frames(op vm.Opcode, arg int) error {
	if r.frame >= 0 && r.at >= r.frame {
		r.frame = -1
	}
	if r.frame >= 0 && (r.end > r.frame || op == vm.OpFrame) {
		return errJoblibFrame
	}
	if op == vm.OpFrame {
		n := binary.LittleEndian.Uint64(r.data[arg:])
		if n > uint64(len(r.data)-r.end) {
			return errJoblibFrame
		}
		r.frame = r.end + int(n)
	}
	return nil
}

// step does to the stack what the instruction does.
func (r *joblibReader) step(op vm.Opcode, arg []byte) error {
	switch op {
	case vm.OpProto, vm.OpFrame:
		return nil
	case vm.OpMark:
		return r.push(slot{kind: slotMark})
	case vm.OpShortBinUnicode:
		return r.push(slot{slotText, string(arg[1:])})
	case vm.OpBinUnicode:
		return r.push(slot{slotText, string(arg[4:])})
	case vm.OpGet, vm.OpBinGet, vm.OpLongBinGet, vm.OpPut, vm.OpBinPut, vm.OpLongBinPut, vm.OpMemoize:
		return r.remember(op, arg)
	case vm.OpGlobal:
		names := bytes.SplitN(arg, []byte{'\n'}, 3)
		return r.global(string(names[0]), string(names[1]))
	case vm.OpStackGlobal:
		if n := len(r.stack); n < 2 || r.stack[n-1].kind != slotText || r.stack[n-2].kind != slotText {
			return errJoblibUse
		}
		n := len(r.stack) - 2
		module, name := r.stack[n], r.stack[n+1]
		r.stack = r.stack[:n]
		return r.global(module.text, name.text)
	case vm.OpNewObj:
		if n := len(r.stack); n >= 2 && r.stack[n-2].kind == slotClass && r.stack[n-1].kind == slotOther {
			r.stack[n-2].kind, r.stack = slotWrapper, r.stack[:n-1]
			return nil
		}
	case vm.OpBuild:
		if n := len(r.stack); n >= 2 && r.stack[n-2].kind == slotWrapper && r.stack[n-1].kind == slotOther {
			r.stack[n-2].kind, r.stack = slotOther, r.stack[:n-1]
			return r.array()
		}
	case vm.OpPop:
		return r.replace(1, false)
	case vm.OpAppends, vm.OpSetItems, vm.OpAddItems:
		if err := r.replace(toMark, false); err != nil {
			return err
		}
		return r.replace(1, true)
	case vm.OpNone, vm.OpNewTrue, vm.OpNewFalse, vm.OpInt, vm.OpBinInt, vm.OpBinInt1, vm.OpBinInt2, vm.OpLong, vm.OpLong1, vm.OpLong4,
		vm.OpFloat, vm.OpBinFloat, vm.OpBinBytes, vm.OpShortBinBytes, vm.OpBinBytes8, vm.OpByteArray8, vm.OpString, vm.OpBinString,
		vm.OpShortBinString, vm.OpUnicode, vm.OpBinUnicode8, vm.OpEmptyTuple, vm.OpEmptyList, vm.OpEmptyDict, vm.OpEmptySet:
		return r.push(slot{})
	}
	if effect, ok := joblibEffects[op]; ok {
		return r.replace(effect.takes, effect.gives)
	}
	return errJoblibOpcode
}

// toMark is the number of objects that an instruction takes up to the mark.
const toMark = -1

// joblibEffects are the instructions that take objects from the top of the stack,
// and leave one there or not. Of those that change an object, it is the one
// that is taken and left.
var joblibEffects = map[vm.Opcode]struct {
	takes int
	gives bool
}{
	vm.OpTuple1: {1, true}, vm.OpTuple2: {2, true}, vm.OpTuple3: {3, true}, vm.OpReduce: {2, true}, vm.OpNewObj: {2, true}, vm.OpNewObjEx: {3, true},
	vm.OpBuild: {2, true}, vm.OpAppend: {2, true}, vm.OpSetItem: {3, true}, vm.OpStop: {1, false},
	vm.OpTuple: {toMark, true}, vm.OpList: {toMark, true}, vm.OpDict: {toMark, true}, vm.OpFrozenSet: {toMark, true},
	vm.OpPopMark: {toMark, false},
}

func (r *joblibReader) push(s slot) error {
	r.stack = append(r.stack, s)
	return nil
}

// replace takes n objects, none of which may be class or wrapper, and pushes
// another.
func (r *joblibReader) replace(n int, push bool) error {
	for ; n != 0; n-- {
		if len(r.stack) == 0 {
			return errJoblibBroken
		}
		s := r.stack[len(r.stack)-1]
		r.stack = r.stack[:len(r.stack)-1]
		switch {
		case s.kind == slotClass || s.kind == slotWrapper:
			return errJoblibUse
		case s.kind == slotMark && n > 0:
			return errJoblibBroken
		case s.kind == slotMark:
			n = 1 // the last one
		}
	}
	if push {
		return r.push(slot{})
	}
	return nil
}

// remember is PUT, GET and the like. The name of a class can come from the memo,
// and so can the class, but no wrapper.
func (r *joblibReader) remember(op vm.Opcode, arg []byte) error {
	var index uint64
	switch op {
	case vm.OpPut, vm.OpGet:
		var ok bool
		if index, ok = decimal(arg[:len(arg)-1]); !ok {
			return errJoblibOpcode
		}
	case vm.OpBinPut, vm.OpBinGet:
		index = uint64(arg[0])
	case vm.OpLongBinPut, vm.OpLongBinGet:
		index = uint64(binary.LittleEndian.Uint32(arg))
	default:
		index = uint64(len(r.memo))
	}
	s, known := r.memo[index]
	if op == vm.OpGet || op == vm.OpBinGet || op == vm.OpLongBinGet {
		if !known || s.kind == slotWrapper {
			return errJoblibUse
		}
		return r.push(s)
	}
	if known || len(r.stack) == 0 || r.stack[len(r.stack)-1].kind == slotMark {
		return errJoblibOpcode
	}
	r.memo[index] = r.stack[len(r.stack)-1]
	return nil
}

func (r *joblibReader) global(module, name string) error {
	if canonicalPath(module, name) == joblibWrapper {
		return r.push(slot{kind: slotClass})
	}
	return r.push(slot{})
}

// array takes out the array behind the BUILD at hand.
func (r *joblibReader) array() error {
	if r.frame >= 0 && r.end != r.frame {
		return errJoblibFrame
	}
	r.out = append(r.out, r.data[r.copied:r.end]...)
	if status, err := r.machine.Run(r.out, false); err != nil || status != vm.More {
		return errJoblibBroken
	}
	wrapper, err := r.wrapper()
	if err != nil {
		return err
	}
	g := r.machine.Graph()
	state, err := joblibState(g, wrapper)
	if err != nil {
		return err
	}
	from := r.end
	if r.first == 0 {
		r.first = from
	}
	if state.dtype.objects {
		err = r.nested()
	} else {
		err = r.numbers(state)
	}
	r.copied = r.end
	return err
}

// wrapper returns the instance that has been given its state: the only one of
// its class since the last array.
func (r *joblibReader) wrapper() (*vm.Instance, error) {
	g := r.machine.Graph()
	var found *vm.Instance
	for ; r.made < g.Instances(); r.made++ {
		in := g.InstanceAt(r.made)
		if globalName(g, in.Callable) != joblibWrapper {
			continue
		}
		if found != nil {
			return nil, errJoblibUse
		}
		found = in
	}
	if found == nil || found.Form != vm.FormNewObj || len(g.Kids(found.Args)) > 0 || len(g.Earlier(found)) > 0 {
		return nil, errJoblibUse
	}
	return found, nil
}

// globalName returns the Python 3 name of a class or function, "" of what is none.
func globalName(g *vm.Graph, n vm.Node) string {
	if n.Kind() != vm.KindGlobal {
		return ""
	}
	module, name, _ := g.Global(n.GlobalIndex())
	return canonicalPath(string(g.Data(module)), string(g.Data(name)))
}

// nested skips the pickle of an array of objects. It must be one that all
// unpicklers read alike, since the instructions go on where it ends.
func (r *joblibReader) nested() error {
	p := readProgram(r.data[r.end:], &r.inner)
	if !p.complete() {
		return errJoblibNested
	}
	for _, note := range p.notes {
		if ruleTexts[note.Rule].category == CategoryAmbiguous {
			return errJoblibNested
		}
	}
	r.objects = append(r.objects, span{r.end, r.end + p.end})
	r.end += p.end
	return nil
}

// numbers skips padding and numbers.
func (r *joblibReader) numbers(a joblibArray) error {
	rest := r.data[r.end:]
	if a.alignment > 0 {
		if len(rest) == 0 || int(rest[0]) > a.alignment || int(rest[0]) >= len(rest) {
			return errJoblibPad
		}
		n := 1 + int(rest[0])
		if bytes.Count(rest[1:n], []byte{0xff}) != n-1 {
			return errJoblibPad
		}
		r.end += n
		rest = rest[n:]
	}
	size := uint64(a.dtype.size)
	if slices.Contains(a.shape, 0) {
		size = 0
	}
	for _, n := range a.shape {
		if size > 0 && n > uint64(len(rest))/size {
			return errJoblibSize
		}
		size *= n
	}
	if size > uint64(len(rest)) {
		return errJoblibSize
	}
	r.end += int(size)
	return nil
}

// plain looks at what pickle.load makes of the bytes of the first array, which it
// takes for instructions: it must come to grief before it imports or calls
// anything. An array of objects is a pickle, and is read as one.
func (r *joblibReader) plain(p *program) error {
	if r.first == 0 || len(r.objects) > 0 && r.objects[0].from == r.first {
		return nil
	}
	for at := r.first; at < len(p.data) && !p.breaks(at); {
		_, end, ok := instruction(p.data, at)
		if !ok {
			break
		}
		switch vm.Opcode(p.data[at]) {
		case vm.OpStop, vm.OpGlobal, vm.OpInst, vm.OpStackGlobal, vm.OpExt1, vm.OpExt2, vm.OpExt4, vm.OpPersID, vm.OpBinPersID,
			vm.OpReduce, vm.OpObj, vm.OpNewObj, vm.OpNewObjEx, vm.OpBuild, vm.OpAppend, vm.OpAppends, vm.OpSetItem, vm.OpSetItems, vm.OpAddItems:
			return errJoblibPlain
		}
		at = end
	}
	return nil
}

// joblibArray is what a wrapper says of the array behind it.
type joblibArray struct {
	dtype     dtype
	shape     []uint64
	alignment int // 0 where there is no padding
}

// joblibState reads the state of a wrapper.
func joblibState(g *vm.Graph, wrapper *vm.Instance) (a joblibArray, err error) {
	if wrapper.State.Kind() != vm.KindDict {
		return a, errJoblibState
	}
	pairs := g.Kids(wrapper.State)
	seen := make(map[string]bool)
	for i := 0; i+1 < len(pairs); i += 2 {
		key, value := pairs[i], pairs[i+1]
		if k := key.Kind(); k != vm.KindStr && k != vm.KindByteString {
			return a, errJoblibState
		}
		name := string(g.Data(key))
		if seen[name] {
			return a, errJoblibState
		}
		seen[name] = true
		ok := false
		switch name {
		case "subclass":
			class := globalName(g, value)
			ok = class == "numpy.ndarray" || class == "numpy.matrix" || class == "numpy.matrixlib.defmatrix.matrix"
		case "shape":
			a.shape, ok = joblibShape(g, value)
		case "order":
			order := dtypeText(g, value)
			ok = order == "C" || order == "F"
		case "dtype":
			a.dtype, ok = readDtype(g, value, 0)
			ok = ok && a.dtype.size > 0
		case "allow_mmap":
			ok = value.Kind() == vm.KindBool
		case "numpy_array_alignment_bytes":
			ok = value.Kind() == vm.KindNone || value.Kind() == vm.KindInt && value.Int() > 0 && value.Int() < 256
			if value.Kind() == vm.KindInt {
				a.alignment = int(value.Int())
			}
		}
		if !ok {
			return a, errJoblibState
		}
	}
	if !seen["dtype"] || !seen["shape"] || !seen["order"] || !seen["subclass"] {
		return a, errJoblibState
	}
	return a, nil
}

func joblibShape(g *vm.Graph, n vm.Node) (shape []uint64, ok bool) {
	if n.Kind() != vm.KindTuple || len(g.Kids(n)) > 64 {
		return nil, false
	}
	for _, d := range g.Kids(n) {
		if d.Kind() != vm.KindInt || d.Int() < 0 {
			return nil, false
		}
		shape = append(shape, uint64(d.Int()))
	}
	return shape, true
}

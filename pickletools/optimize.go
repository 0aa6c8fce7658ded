package pickletools

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/go-pickle/pickle/vm"
)

var errProtocol = errors.New("pickle protocol must be <= 5")

// Optimize returns the pickle that data begins with without the memo entries
// that nothing refers to: just what pickletools.optimize of CPython returns.
// The pickle is the same object to an unpickler, shorter, and read faster. What
// comes after STOP is left out.
//
// It reads the arguments of the memo's opcodes only, so that it also takes
// pickles with other arguments that Python's pickletools does not decode.
func Optimize(data []byte) ([]byte, error) {
	var o optimizer
	if err := o.survey(data); err != nil {
		return nil, err
	}
	if o.proto > vm.HighestProtocol {
		return nil, &vm.Error{Offset: o.protoAt, Op: vm.OpProto, Err: errProtocol}
	}
	return o.write(data)
}

// unnumbered is an entry that a GET refers to and no PUT has stored yet.
const unnumbered = -1

type optimizer struct {
	proto   int              // of the result
	protoAt int64            // the opcode that wants it
	ids     memoTable[int64] // of the entries that are referred to
	frames  framer
}

// survey finds the memo entries that are referred to, and the protocol.
func (o *optimizer) survey(data []byte) error {
	for e, err := range extents(data) {
		if err != nil {
			return err
		}
		proto := 0
		switch e.op {
		case vm.OpGet, vm.OpBinGet, vm.OpLongBinGet:
			key, err := memoIndex(data, e)
			if err != nil {
				return err
			}
			o.ids.set(key, unnumbered)
			if e.op != vm.OpGet {
				proto = 1
			}
		case vm.OpProto:
			proto = int(data[e.payload])
		}
		if proto > o.proto {
			o.proto, o.protoAt = proto, int64(e.at)
		}
	}
	return nil
}

// memoIndex returns the argument of a GET or PUT.
func memoIndex(data []byte, e extent) (memoKey, error) {
	arg, err := decodeArg(data, e)
	if err != nil {
		if arg, _, err = machineArg(data, e, err); err != nil {
			return memoKey{}, &vm.Error{Offset: int64(e.at), Op: e.op, Err: err}
		}
	}
	return keyOf(arg), nil
}

// write copies the instructions, with the memo numbered anew.
func (o *optimizer) write(data []byte) ([]byte, error) {
	o.frames.out = make([]byte, 0, len(data)) // hardly ever too little, and what is not written to is no memory yet
	var stored memoTable[struct{}]            // all PUTs so far, by which MEMOIZE numbers
	next := int64(0)
	for e, err := range extents(data) {
		if err != nil {
			return nil, err
		}
		instruction := data[e.at:e.end]
		key := memoKey{n: int64(stored.len)}
		switch e.op {
		case vm.OpProto:
			if e.at == 0 {
				o.frames.out = append(o.frames.out, instruction...)
				continue
			}
		case vm.OpFrame:
			continue
		case vm.OpPut, vm.OpBinPut, vm.OpLongBinPut, vm.OpMemoize:
			if e.op != vm.OpMemoize {
				if key, err = memoIndex(data, e); err != nil {
					return nil, err
				}
			}
			stored.set(key, struct{}{})
			if _, used := o.ids.get(key); !used {
				continue
			}
			o.ids.set(key, next)
			instruction = o.put(next)
			next++
		case vm.OpGet, vm.OpBinGet, vm.OpLongBinGet:
			if key, err = memoIndex(data, e); err != nil {
				return nil, err
			}
			id, _ := o.ids.get(key)
			if id == unnumbered {
				arg, _ := decodeArg(data, e)
				return nil, &vm.Error{Offset: int64(e.at), Op: e.op, Err: fmt.Errorf("memo key %s has never been stored into", keyText(arg))}
			}
			instruction = memoOp(o.proto, vm.OpGet, vm.OpBinGet, vm.OpLongBinGet, id)
		}
		if o.proto >= 4 {
			o.frames.write(instruction)
		} else {
			o.frames.out = append(o.frames.out, instruction...)
		}
	}
	o.frames.close()
	return o.frames.out, nil
}

func (o *optimizer) put(index int64) []byte {
	if o.proto >= 4 {
		return []byte{byte(vm.OpMemoize)}
	}
	return memoOp(o.proto, vm.OpPut, vm.OpBinPut, vm.OpLongBinPut, index)
}

// memoOp returns a GET or PUT in one of its three forms.
func memoOp(proto int, text, short, long vm.Opcode, index int64) []byte {
	switch {
	case proto < 1:
		return fmt.Appendf([]byte{byte(text)}, "%d\n", index)
	case index <= math.MaxUint8:
		return []byte{byte(short), byte(index)}
	}
	return binary.LittleEndian.AppendUint32([]byte{byte(long)}, uint32(index))
}

// framer puts instructions into frames as the framer of pickle.py does, which
// Python's optimize uses.
type framer struct {
	out   []byte
	frame []byte // the contents of the open frame
}

const (
	frameTarget  = 64 << 10
	frameMinimum = 4 // a shorter one is written without its header
)

// write writes an instruction, outside of frames if it is large.
func (f *framer) write(instruction []byte) {
	large := len(instruction) > frameTarget
	if large || len(f.frame) >= frameTarget {
		f.close()
	}
	if large {
		f.out = append(f.out, instruction...)
	} else {
		f.frame = append(f.frame, instruction...)
	}
}

func (f *framer) close() {
	if len(f.frame) >= frameMinimum {
		f.out = binary.LittleEndian.AppendUint64(append(f.out, byte(vm.OpFrame)), uint64(len(f.frame)))
	}
	f.out = append(f.out, f.frame...)
	f.frame = f.frame[:0]
}

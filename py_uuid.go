package pickle

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"

	"github.com/go-pickle/pickle/vm"
)

// UUID is a Python uuid.UUID: its 16 bytes in the order in which they are
// printed. It goes into the UUID types of other packages too, which are arrays
// of 16 bytes or read text, and into a string.
//
// Python's UUIDs also know whether the operating system guarantees that
// concurrent processes do not make the same one (is_safe; uuid1 sets it). A
// UUID that says so stays an *Object in an any, and loses it in other targets.
type UUID [16]byte

var globalUUID = Global{interned("uuid"), interned("UUID")}

func registerUUID() {
	standardCall[UUID]("uuid.UUID", makeUUID, writes[UUID](writeUUID))
}

// ParseUUID reads a UUID as Python does: 32 hexadecimal digits, with hyphens
// where they belong or without, in braces or behind "urn:uuid:" if need be.
func ParseUUID(s string) (UUID, error) {
	var u UUID
	digits := strings.TrimPrefix(s, "urn:uuid:")
	if strings.HasPrefix(digits, "{") && strings.HasSuffix(digits, "}") {
		digits = digits[1 : len(digits)-1]
	}
	if len(digits) == 36 && digits[8] == '-' && digits[13] == '-' && digits[18] == '-' && digits[23] == '-' {
		digits = strings.ReplaceAll(digits, "-", "")
	}
	if len(digits) == 32 {
		if _, err := hex.Decode(u[:], []byte(digits)); err == nil {
			return u, nil
		}
	}
	return UUID{}, fmt.Errorf("pickle: %.60q is no UUID", s)
}

// String returns the canonical form of u:
// "12345678-1234-5678-1234-567812345678".
func (u UUID) String() string {
	s := hex.EncodeToString(u[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// MarshalText returns the same as String.
func (u UUID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads what ParseUUID does.
func (u *UUID) UnmarshalText(text []byte) error {
	parsed, err := ParseUUID(string(text))
	if err == nil {
		*u = parsed
	}
	return err
}

func (u UUID) call() call { return call{name: "UUID", args: []any{u.String()}} }

var errUUID = errors.New("it is not what Python writes for a UUID")

// makeUUID makes a UUID of the state of an instance: {'int': …}, and 'is_safe'
// since Python 3.7.
func makeUUID(d *decoder, in *vm.Instance, args []vm.Node) (any, bool, error) {
	state := in.State
	if len(args) > 0 || state.Kind() != vm.KindDict || len(d.g.Earlier(in)) > 0 || d.g.Setter(in).Kind() != vm.KindNothing {
		return nil, false, errUUID
	}
	var u UUID
	exact, found := true, false
	items := d.g.Kids(state)
	for i := 0; i+1 < len(items); i += 2 {
		switch name, _ := d.isText(items[i]); {
		case name == "int" && !found:
			if found = d.uuidBytes(items[i+1], &u); !found {
				return nil, false, errUUID
			}
		case name == "is_safe":
			exact = false
		default:
			return nil, false, errUUID
		}
	}
	if !found {
		return nil, false, errUUID
	}
	return u, exact, nil
}

// uuidBytes stores an int of at most 128 bits.
func (d *decoder) uuidBytes(n vm.Node, u *UUID) bool {
	switch n.Kind() {
	case vm.KindInt:
		if n.Int() < 0 {
			return false
		}
		big.NewInt(n.Int()).FillBytes(u[:])
		return true
	case vm.KindLong:
		b := d.g.Data(n) // little-endian, in two's complement
		if len(b) > 17 || len(b) == 17 && b[16] != 0 || b[len(b)-1]&0x80 != 0 {
			return false
		}
		for i := range min(len(b), 16) {
			u[15-i] = b[i]
		}
		return true
	}
	return false
}

func writeUUID(e *encoder, v reflect.Value, id identity) error {
	u := asType[UUID](v)
	if e.o.protocol < 2 {
		if err := e.call(globalReconstructor, globalUUID, globalObject, nil); err != nil {
			return err
		}
	} else {
		if err := e.ownGlobal(globalUUID); err != nil {
			return err
		}
		e.w.Boundary()
		e.w.EmptyTuple()
		e.w.Op(vm.OpNewObj)
	}
	e.memoize(id)
	e.w.Boundary()
	e.w.EmptyDict()
	e.memoize(identity{})
	b := e.w.Batch(vm.BatchDict, 1)
	b.Next()
	if err := e.name(attributeInt); err != nil {
		return err
	}
	e.w.Boundary()
	if err := e.bigInt(new(big.Int).SetBytes(u[:])); err != nil {
		return err
	}
	b.End()
	e.w.Op(vm.OpBuild)
	return nil
}

var attributeInt = interned("int")

//go:build !purego

package pickle

import (
	"math"
	"sync"
	"unsafe"
)

// stringPlace returns where the bytes of s are, and how many. Strings that share
// memory are one object; the address is never dereferenced.
func stringPlace(s string) (address uintptr, length int) {
	return uintptr(unsafe.Pointer(unsafe.StringData(s))), len(s)
}

// addressOf returns the address of p, which is not kept.
func addressOf[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

// boxAddress returns where the value in an interface is. An interface that is
// copied still refers to the same value, which makes it one object.
func boxAddress(x any) uintptr { return (*[2]uintptr)(unsafe.Pointer(&x))[1] }

// nameMemory has the bytes of interned names, so that an address tells them from all
// other strings, and one from another. A name begins where its number times nameAlign
// is. Those for which there is no room are strings like others.
var nameMemory struct {
	sync.Mutex
	used    int
	bytes   [1 << 16]byte
	lengths [1 << 16 / nameAlign]uint8 // by number, 0 where no name begins
}

const nameAlign = 8

// withNumber returns s with the memory of a name, if there is room.
func withNumber(s string) string {
	m := &nameMemory
	m.Lock()
	defer m.Unlock()
	if len(s) > math.MaxUint8 || len(s) > len(m.bytes)-m.used || shortIdentity(s) != (identity{}) {
		return s
	}
	to := m.bytes[m.used:][:len(s)]
	copy(to, s)
	m.lengths[m.used/nameAlign] = uint8(len(s))
	m.used = min(len(m.bytes), m.used+(len(s)+nameAlign-1)&^(nameAlign-1))
	return unsafe.String(&to[0], len(s))
}

// nameNumber returns the number of a name that interned has returned, and -1 for all
// other strings. A part of a name is no name, even if it begins with it.
func nameNumber(s string) int {
	at := uintptr(unsafe.Pointer(unsafe.StringData(s))) - uintptr(unsafe.Pointer(&nameMemory.bytes))
	if at >= uintptr(len(nameMemory.bytes)) || at%nameAlign != 0 || len(s) == 0 || int(nameMemory.lengths[at/nameAlign]) != len(s) {
		return -1
	}
	return int(at / nameAlign)
}

//go:build !purego

package pickle

import "unsafe"

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

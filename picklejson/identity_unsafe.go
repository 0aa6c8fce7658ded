//go:build !purego

package picklejson

import "unsafe"

// stringPlace returns where the bytes of s are, and how many.
func stringPlace(s string) (address uintptr, length int) {
	return uintptr(unsafe.Pointer(unsafe.StringData(s))), len(s)
}

// boxAddress returns where the value in an interface is.
func boxAddress(x any) uintptr { return (*[2]uintptr)(unsafe.Pointer(&x))[1] }

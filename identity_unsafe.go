//go:build !purego

package pickle

import "unsafe"

// stringAddress returns where the bytes of s are. Strings that share memory
// are one object; the address is never dereferenced.
func stringAddress(s string) uintptr { return uintptr(unsafe.Pointer(unsafe.StringData(s))) }

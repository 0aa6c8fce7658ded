//go:build purego

package pickle

import "hash/maphash"

var stringSeed = maphash.MakeSeed()

// stringAddress stands in for the address of the bytes of s, which nothing but
// package unsafe tells: a hash of its contents, of 64 bits, so that equal
// strings become one object.
func stringAddress(s string) uintptr { return uintptr(maphash.String(stringSeed, s)) }

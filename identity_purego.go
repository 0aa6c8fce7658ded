//go:build purego

package pickle

import "hash/maphash"

var stringSeed = maphash.MakeSeed()

// stringAddress stands in for the address of the bytes of s, which nothing but
// package unsafe tells: a hash of its contents, of 64 bits, so that equal
// strings become one object.
func stringAddress(s string) uintptr { return uintptr(maphash.String(stringSeed, s)) }

// boxAddress would return where the value in an interface is, which package
// reflect does not tell: such values are written each time.
func boxAddress(any) uintptr { return 0 }

//go:build purego

package picklejson

import "hash/maphash"

var stringSeed = maphash.MakeSeed()

// stringPlace stands in for where the bytes of s are, which nothing but package
// unsafe tells: equal strings become one object, as in package pickle.
func stringPlace(s string) (address uintptr, length int) {
	h := maphash.String(stringSeed, s)
	return uintptr(h), len(s) ^ int(h>>32)
}

// boxAddress would return where the value in an interface is.
func boxAddress(any) uintptr { return 0 }

//go:build purego

package pickle

import (
	"hash/maphash"
	"reflect"
)

var stringSeed = maphash.MakeSeed()

// stringPlace stands in for where the bytes of s are, which nothing but package
// unsafe tells: a hash of the contents, so that equal strings become one
// object. Both halves of the hash are in the result where a uintptr is short.
func stringPlace(s string) (address uintptr, length int) {
	h := maphash.String(stringSeed, s)
	return uintptr(h), len(s) ^ int(h>>32)
}

// addressOf returns the address of p, which is not kept.
func addressOf[T any](p *T) uintptr { return reflect.ValueOf(p).Pointer() }

// boxAddress would return where the value in an interface is, which package
// reflect does not tell: such values are written each time.
func boxAddress(any) uintptr { return 0 }

// Without an address names are strings like others.

func withNumber(s string) string { return s }

func nameNumber(string) int { return -1 }

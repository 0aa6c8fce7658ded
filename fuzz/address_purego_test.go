//go:build purego

package fuzz

// hasAddresses says that strings and the values in interfaces are known by
// where they are. Without package unsafe, equal strings are one object, and
// a complex, a range or a slice in an interface is no object of its own.
const hasAddresses = false

//go:build !purego

package fuzz

// hasAddresses says that strings and the values in interfaces are known by
// where they are.
const hasAddresses = true

// Package window has the sizes of what is kept of a list that is decoded item by
// item, in bytes. They are variables so that tests need no large lists.
package window

var (
	// Size is how much input and graph there is at least before some is let go of.
	Size = 16 << 20
	// Keep bounds what of it stays without being referred to.
	Keep = 4 << 20
	// Copy bounds what of it stays at all.
	Copy = 64 << 20
)

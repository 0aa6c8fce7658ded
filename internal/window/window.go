// Package window has the size of what is kept of a list that is decoded item by
// item. It is a variable so that tests need no large lists.
package window

// Size is how many bytes of input and graph are kept at least.
var Size = 16 << 20

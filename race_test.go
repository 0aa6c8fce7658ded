//go:build race

package pickle_test

// underRace says that the race detector watches.
const underRace = true

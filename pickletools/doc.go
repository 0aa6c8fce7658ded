// Package pickletools reads and changes pickles as programs: what Python's
// module of that name does, and what one would want beside it. Nothing in a
// pickle is run.
//
// [Dis] prints what pickletools.dis of CPython 3.13 prints, and [Instructions]
// is its genops. [Optimize] returns what pickletools.optimize returns, to the
// byte. [Rename] gives classes and functions other names without touching
// anything else, and [End] tells where a pickle ends.
//
// All of them look at one pickle, up to its STOP. Their errors are of type
// [*vm.Error], which says at which instruction: where Python raises an exception
// there is one, with the same text as far as it says something about the
// pickle. A pickle that is cut off satisfies errors.Is(err,
// io.ErrUnexpectedEOF).
//
// Python's pickletools is stricter than its unpickler: it refuses hexadecimal
// numbers, strings of Python 2 beyond ASCII at protocol 0, memo entries that
// are stored anew, and values left on the stack. Dis and Instructions refuse
// them as well, unless they are told to [KeepGoing]. The others do not care.
package pickletools

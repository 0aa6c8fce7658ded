package pickle

import (
	"encoding"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
)

// Exception is an instance of one of Python's exception classes. In an any, or
// an error, every built-in class is decoded to an *Exception; that of another
// class goes into an *Exception where that is the target. It is written as a
// call of Class with Args, as CPython does. What Python does not pickle is lost:
// the traceback, __cause__ and __context__.
//
// A class of a program is an Exception too if it is registered for a type that
// embeds one:
//
//	type OutOfStock struct{ pickle.Exception }
//
//	pickle.Register("shop.OutOfStock", OutOfStock{})
//
// errors.As finds an *OutOfStock then. Or with Arguments for a struct of other
// fields.
type Exception struct {
	Class Global // such as builtins.ValueError. An OSError with a number is a FileNotFoundError and so on, as in Python
	Args  Tuple  // what the class is called with: of an OSError the error number, text and file names

	// Attrs are the other attributes; nil if there are none. An ImportError has its
	// name and path there, every exception the list __notes__, and an
	// AttributeError of Python 3.12 and later its args once more.
	Attrs *Dict
}

// exceptionClasses are the built-in exception classes, each with those that
// are derived from it directly.
var exceptionClasses = map[string]string{
	"BaseException":      "BaseExceptionGroup Exception GeneratorExit KeyboardInterrupt SystemExit",
	"BaseExceptionGroup": "ExceptionGroup",
	"Exception": "ArithmeticError AssertionError AttributeError BufferError EOFError ExceptionGroup ImportError LookupError MemoryError NameError " +
		"OSError ReferenceError RuntimeError StopAsyncIteration StopIteration SyntaxError SystemError TypeError ValueError Warning",
	"ArithmeticError": "FloatingPointError OverflowError ZeroDivisionError",
	"ImportError":     "ModuleNotFoundError",
	"LookupError":     "IndexError KeyError",
	"NameError":       "UnboundLocalError",
	"OSError": "BlockingIOError ChildProcessError ConnectionError FileExistsError FileNotFoundError InterruptedError IsADirectoryError " +
		"NotADirectoryError PermissionError ProcessLookupError TimeoutError " +
		"IOError EnvironmentError WindowsError", // classes of their own in Python 2
	"ConnectionError":  "BrokenPipeError ConnectionAbortedError ConnectionRefusedError ConnectionResetError",
	"RuntimeError":     "NotImplementedError PythonFinalizationError RecursionError",
	"SyntaxError":      "IndentationError",
	"IndentationError": "TabError",
	"ValueError":       "UnicodeError",
	"UnicodeError":     "UnicodeDecodeError UnicodeEncodeError UnicodeTranslateError",
	"Warning": "BytesWarning DeprecationWarning EncodingWarning FutureWarning ImportWarning PendingDeprecationWarning ResourceWarning " +
		"RuntimeWarning SyntaxWarning UnicodeWarning UserWarning",
}

// exceptionBases has the classes that a built-in exception class is derived
// from directly.
var exceptionBases = map[string][]string{"BaseException": nil}

func registerExceptions() {
	for base, derived := range exceptionClasses {
		for class := range strings.FieldsSeq(derived) {
			exceptionBases[class] = append(exceptionBases[class], base)
		}
	}
	var names []string
	for class := range exceptionBases {
		if class != "BaseException" {
			names = append(names, "builtins."+class)
		}
	}
	standardClass("builtins.BaseException", Exception{}, nil, Alias(names...))
}

// Error returns the last line that Python prints for the exception: its class,
// with its module if that is not builtins, and its message, if there is one.
func (e *Exception) Error() string {
	name := e.Class.Name
	if m := e.Class.Module; m != "builtins" && m != "__main__" && m != "" {
		name = m + "." + name
	}
	if message := e.Message(); message != "" {
		return name + ": " + message
	}
	return name
}

// Is makes errors.Is find what Python's isinstance finds: target is an
// *Exception without arguments and attributes, and the class of e is its class
// or, as far as Python's own classes go, derived from it. An exception for a
// file that does not exist, one that does, and for a permission that is missing,
// is fs.ErrNotExist, fs.ErrExist or fs.ErrPermission too.
func (e *Exception) Is(target error) bool {
	switch target {
	case fs.ErrNotExist:
		return e.isOSError("FileNotFoundError", 2)
	case fs.ErrExist:
		return e.isOSError("FileExistsError", 17)
	case fs.ErrPermission:
		return e.isOSError("PermissionError", 1, 13)
	}
	t, ok := target.(*Exception)
	return ok && t != nil && len(t.Args) == 0 && t.Attrs.Len() == 0 && e.derives(t.Class)
}

// isOSError reports whether e is of that class, or an OSError that has one of
// the numbers, for which Python makes it one of that class.
func (e *Exception) isOSError(class string, numbers ...int64) bool {
	if e.derives(Global{"builtins", class}) {
		return true
	}
	n, ok := e.errno()
	return ok && e.derives(globalOSError) && slices.Contains(numbers, n)
}

// errno returns the error number of an OSError.
func (e *Exception) errno() (int64, bool) {
	if len(e.Args) < 2 || len(e.Args) > 5 || kindOf(e.Args[0]) != pyNumber {
		return 0, false
	}
	n := numberOf(e.Args[0])
	return n.int, n.kind == anInt
}

// osErrors are the classes that OSError(number, …) makes in Python, as on
// Linux; but not BlockingIOError, which is the one that has a name of its own
// before protocol 3.
var osErrors = map[int64]string{
	1: "PermissionError", 2: "FileNotFoundError", 3: "ProcessLookupError", 4: "InterruptedError", 10: "ChildProcessError",
	13: "PermissionError", 17: "FileExistsError", 20: "NotADirectoryError", 21: "IsADirectoryError", 32: "BrokenPipeError",
	103: "ConnectionAbortedError", 104: "ConnectionResetError", 108: "BrokenPipeError", 110: "TimeoutError", 111: "ConnectionRefusedError",
}

var (
	globalOSError        = Global{"builtins", "OSError"}
	globalExceptionGroup = ownModule("builtins", "ExceptionGroup")
)

// derives reports whether the class of e is class, or derived from it.
func (e *Exception) derives(class Global) bool {
	if e.Class == class {
		return true
	}
	return e.Class.Module == "builtins" && class.Module == "builtins" && isDerived(e.Class.Name, class.Name)
}

func isDerived(class, from string) bool {
	return class == from || slices.ContainsFunc(exceptionBases[class], func(base string) bool { return isDerived(base, from) })
}

// Message returns the text of the exception, str(e) in Python: as
// BaseException makes it of the arguments, or the class if that is a built-in
// one. Arguments of other types than str are as Repr prints them, unless they
// have a text of their own, like a Decimal or UUID.
func (e *Exception) Message() string { return e.message(0) }

// mostMessages is how many exceptions may be the one argument of another one to
// be part of a message.
const mostMessages = 100

func (e *Exception) message(level int) string {
	if level > mostMessages {
		return "..."
	}
	str := func(v any) string { return textOfArgument(v, level) }
	if f := exceptionMessages[e.Class.Name]; f != nil && e.Class.Module == "builtins" {
		if s, ok := f(e.Args, str); ok {
			return s
		}
	} else if e.derives(globalOSError) {
		if s, ok := e.osMessage(str); ok {
			return s
		}
	}
	switch len(e.Args) {
	case 0:
		return ""
	case 1:
		return str(e.Args[0])
	}
	return Repr(e.Args)
}

// textOfArgument is Python's str(v).
func textOfArgument(v any, level int) string {
	switch v := v.(type) {
	case string:
		return v
	case ByteString:
		return string(v)
	case *Exception:
		if v != nil {
			return v.message(level + 1)
		}
	case encoding.TextMarshaler:
		if t := reflect.TypeOf(v); t.PkgPath() == thisPackage {
			if text, err := v.MarshalText(); err == nil {
				return string(text)
			}
		}
	}
	return Repr(v)
}

// exceptionMessages are the messages of the classes that do not have just their
// arguments there; false where a message has nothing to say of these arguments.
var exceptionMessages = map[string]func(args Tuple, str func(any) string) (string, bool){
	"KeyError":              keyMessage,
	"SyntaxError":           syntaxMessage,
	"IndentationError":      syntaxMessage,
	"TabError":              syntaxMessage,
	"ExceptionGroup":        groupMessage,
	"BaseExceptionGroup":    groupMessage,
	"UnicodeDecodeError":    decodeMessage,
	"UnicodeEncodeError":    encodeMessage,
	"UnicodeTranslateError": translateMessage,
}

func keyMessage(args Tuple, _ func(any) string) (string, bool) {
	if len(args) != 1 {
		return "", false
	}
	return Repr(args[0]), true
}

// osMessage is [Errno 2] No such file: 'name' -> 'other'.
func (e *Exception) osMessage(str func(any) string) (string, bool) {
	if len(e.Args) < 2 || len(e.Args) > 5 {
		return "", false
	}
	s := "[Errno " + str(e.Args[0]) + "] " + str(e.Args[1])
	if name := e.fileName(); name != nil {
		s += ": " + Repr(name)
		if len(e.Args) == 5 && e.Args[4] != nil {
			s += " -> " + Repr(e.Args[4])
		}
	}
	return s, true
}

// fileName returns the file that an OSError is about.
func (e *Exception) fileName() any {
	if len(e.Args) < 3 || len(e.Args) > 5 || e.Class.Name == "BlockingIOError" && kindOf(e.Args[2]) == pyNumber { // characters_written
		return nil
	}
	return e.Args[2]
}

// syntaxMessage is invalid syntax (file.py, line 1).
func syntaxMessage(args Tuple, str func(any) string) (string, bool) {
	if len(args) == 0 {
		return "None", true
	}
	s := str(args[0])
	if len(args) != 2 {
		return s, true
	}
	place, _ := args[1].(Tuple)
	if len(place) < 4 {
		return s, true
	}
	file, isText := place[0].(string)
	file = file[strings.LastIndexByte(file, '/')+1:]
	line, isInt := place[1].(int64)
	switch {
	case isText && isInt:
		s += fmt.Sprintf(" (%s, line %d)", file, line)
	case isText:
		s += " (" + file + ")"
	case isInt:
		s += fmt.Sprintf(" (line %d)", line)
	}
	return s, true
}

func groupMessage(args Tuple, str func(any) string) (string, bool) {
	if len(args) != 2 {
		return "", false
	}
	n := reflect.ValueOf(args[1])
	if n.Kind() != reflect.Slice {
		return "", false
	}
	s := fmt.Sprintf("%s (%d sub-exception", str(args[0]), n.Len())
	if n.Len() > 1 {
		s += "s"
	}
	return s + ")", true
}

func decodeMessage(args Tuple, str func(any) string) (string, bool) {
	if len(args) != 5 {
		return "", false
	}
	var object []byte
	switch b := args[1].(type) {
	case []byte:
		object = b
	case ByteArray:
		object = b
	case string: // of Python 2
		object = []byte(b)
	default:
		return "", false
	}
	what := func(i int64) (string, bool) {
		if i < 0 || i >= int64(len(object)) {
			return "", false
		}
		return fmt.Sprintf("byte 0x%02x", object[i]), true
	}
	return unicodeMessage("'"+str(args[0])+"' codec can't decode ", "bytes", what, args[2:], str)
}

func encodeMessage(args Tuple, str func(any) string) (string, bool) {
	if len(args) != 5 {
		return "", false
	}
	return characterMessage("'"+str(args[0])+"' codec can't encode ", args[1:], str)
}

func translateMessage(args Tuple, str func(any) string) (string, bool) {
	if len(args) != 4 {
		return "", false
	}
	return characterMessage("can't translate ", args, str)
}

// characterMessage is unicodeMessage for (text, start, end, reason).
func characterMessage(prefix string, args Tuple, str func(any) string) (string, bool) {
	object, ok := args[0].(string)
	if !ok {
		return "", false
	}
	what := func(i int64) (string, bool) {
		for i < int64(len(object)) && object != "" {
			r, size := decodeWTF8(object)
			if i == 0 {
				return "character '" + escaped(r) + "'", true
			}
			i, object = i-1, object[size:]
		}
		return "", false
	}
	return unicodeMessage(prefix, "characters", what, args[1:], str)
}

// escaped is how the message of a UnicodeError has a character.
func escaped(r rune) string {
	switch {
	case r <= 0xff:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// unicodeMessage is byte 0xff in position 1: reason, of (start, end, reason).
func unicodeMessage(prefix, plural string, what func(int64) (string, bool), args Tuple, str func(any) string) (string, bool) {
	start, ok1 := args[0].(int64)
	end, ok2 := args[1].(int64)
	if !ok1 || !ok2 {
		return "", false
	}
	if start >= 0 && end == start+1 {
		if one, ok := what(start); ok {
			return fmt.Sprintf("%s%s in position %d: %s", prefix, one, start, str(args[2])), true
		}
	}
	return fmt.Sprintf("%s%s in position %d-%d: %s", prefix, plural, start, end-1, str(args[2])), true
}

// String returns Python's repr of e.
func (e *Exception) String() string { return Repr(e) }

func (e *Exception) call() call {
	c := call{name: e.Class.Name[strings.LastIndexByte(e.Class.Name, '.')+1:], args: e.Args, again: "..."}
	if e.derives(globalOSError) && e.fileName() != nil {
		c.args = c.args[:2]
	}
	return c
}

var errNoException = errors.New("it is no call of an exception class")

// UnmarshalPickle implements Unmarshaler.
func (e *Exception) UnmarshalPickle(v Value) error {
	o, attrs, err := decodeCall(v)
	if err != nil {
		return err
	}
	if o.Class.Name == "" {
		return errNoException
	}
	made := Exception{Class: o.Class, Args: o.Args, Attrs: attrs}
	if n, ok := made.errno(); ok && made.Class == globalOSError && osErrors[n] != "" {
		made.Class.Name = osErrors[n]
	}
	*e = made
	return nil
}

// Reduce implements Reducer.
func (e *Exception) Reduce() (Reduction, error) {
	if e.Class.Name == "" {
		return Reduction{}, errors.New("the Exception has no Class")
	}
	r := Reduction{Callable: e.Class, Args: e.Args}
	if e.Class == globalExceptionGroup {
		r.Callable = globalExceptionGroup
	} else if e.Class.Module == "builtins" { // its name is no object that anything else has
		r.Callable = Global{e.Class.Module, strings.Clone(e.Class.Name)}
	}
	if e.Attrs != nil {
		r.State = e.Attrs
	}
	return r, nil
}

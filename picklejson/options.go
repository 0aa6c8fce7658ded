package picklejson

import "github.com/go-pickle/pickle"

// Option configures one call.
type Option func(*options)

type options struct {
	indent       string
	nonFinite    NonFiniteMode
	bytes        BytesMode
	classKey     string
	maxExpansion int64
}

// defaultExpansion is how much of plain JSON may be repetition.
const defaultExpansion = 64 << 20

func newOptions(opts []Option) options {
	o := options{maxExpansion: defaultExpansion}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// Indent writes each element and member on a line of its own, indented by one
// more s for each level.
func Indent(s string) Option { return func(o *options) { o.indent = s } }

// NonFiniteMode says what Plain writes for floats that JSON has no numbers for.
type NonFiniteMode uint8

// The modes of NonFinite.
const (
	// NonFiniteNull: null.
	NonFiniteNull NonFiniteMode = iota
	// NonFiniteString: the strings "nan", "inf" and "-inf".
	NonFiniteString
)

// NonFinite chooses what Plain writes for infinities and NaN.
func NonFinite(mode NonFiniteMode) Option { return func(o *options) { o.nonFinite = mode } }

// BytesMode says what Plain writes for bytes, bytearrays and buffers.
type BytesMode uint8

// The modes of Bytes.
const (
	// BytesBase64: standard base64, with padding.
	BytesBase64 BytesMode = iota
	// BytesText: text, where the bytes are UTF-8, else base64. The two cannot be
	// told apart.
	BytesText
)

// Bytes chooses what Plain writes for bytes.
func Bytes(mode BytesMode) Option { return func(o *options) { o.bytes = mode } }

// ClassKey has Plain give each object of attributes a first member of that name
// with the class of the instance, "module.Class".
func ClassKey(name string) Option { return func(o *options) { o.classKey = name } }

// MaxExpansion bounds how many bytes Plain may write of values that it has
// written before, since the pickle refers to them more than once. The default
// is 64 MiB. What exceeds it is a *pickle.LimitError.
func MaxExpansion(n int64) Option { return func(o *options) { o.maxExpansion = max(n, 0) } }

// DecodeOptions are the options to decode pickles with that are to be written as
// lossless JSON: instances of all classes are *pickle.Object, and a str of
// Python 2 is a pickle.ByteString.
func DecodeOptions() pickle.Options {
	return pickle.JoinOptions(
		pickle.WithRegistry(new(pickle.Registry)),
		pickle.Python2Strings(pickle.Python2ByteString),
	)
}

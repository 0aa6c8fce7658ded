package pickle

// FormatVersion is the version of the pickle format that belongs to
// DefaultProtocol, like pickle.format_version in Python 3.14. Nothing depends on
// it, here or there; Python 3.4 to 3.13 say "4.0".
const FormatVersion = "5.0"

// CompatibleFormats returns the versions of the format that can be read, the
// oldest first, like pickle.compatible_formats in Python 3.8 and later.
func CompatibleFormats() []string {
	return []string{
		"1.0", // the original protocol 0
		"1.1", // protocol 0 with INST
		"1.2", // the original protocol 1
		"1.3", // protocol 1 with BINFLOAT
		"2.0", // protocol 2 (PEP 307)
		"3.0", // protocol 3
		"4.0", // protocol 4 (PEP 3154)
		"5.0", // protocol 5 (PEP 574)
	}
}

package pyrepr

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"unicode"
)

// TestPrintable compares with str.isprintable of CPython 3.13 for all code
// points: the digest is of a byte 0 or 1 for each.
func TestPrintable(t *testing.T) {
	if unicode.Version != "15.0.0" {
		t.Skipf("Go's tables are of Unicode %s; the digest is of those of 15.0", unicode.Version)
	}
	h := sha256.New()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if Printable(r) {
			h.Write([]byte{1})
		} else {
			h.Write([]byte{0})
		}
	}
	const want = "bf0b550942f03d97e5623f688d8398cc2222ecfa58bfdef567d72d4bb994e4d9"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}

package pickle_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// standardGoldens returns the goldens of a case, by all Pythons that have it, at
// all protocols.
func standardGoldens(t *testing.T, name string) []pickletest.Case {
	t.Helper()
	var found []pickletest.Case
	for _, c := range allGoldens(t) {
		if c.Name == name {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		t.Fatalf("there is no golden %s", name)
	}
	return found
}

var goldensOnce []pickletest.Case

func allGoldens(t *testing.T) []pickletest.Case {
	t.Helper()
	if goldensOnce == nil {
		goldensOnce = pickletest.Load(t, pickletest.Dir(t))
	}
	return goldensOnce
}

// standard is what the goldens of a case are in Go.
type standard struct {
	name string
	want any // in an any

	// Goldens whose value or bytes are others; they must really be.
	otherValue, otherBytes reason
}

// testStandard decodes the goldens of each case into an any, compares the
// values, and encodes them again, to the same bytes where CPython 3 wrote them.
func testStandard(t *testing.T, cases []standard, opts ...cmp.Option) {
	t.Helper()
	for _, s := range cases {
		for _, c := range standardGoldens(t, s.name) {
			t.Run(c.ID(), func(t *testing.T) {
				var v any
				if err := pickle.Unmarshal(c.Data, &v); err != nil {
					t.Fatal(err)
				}
				diff, why := cmp.Diff(s.want, v, opts...), s.otherValue.of(c)
				if (diff != "") != (why != "") {
					t.Errorf("in an any (other value: %q), -want +got:\n%s", why, diff)
				}
				if c.Pure() || c.Impl == "cpython2.7" || !hasAddresses { // without them, what is in one box has no identity, and equal strings are one object
					return
				}
				again, err := pickle.Marshal(v, pickle.Protocol(c.Protocol))
				if err != nil {
					t.Fatal(err)
				}
				if why := s.otherBytes.of(c); bytes.Equal(again, c.Data) == (why != "") {
					t.Errorf("encoded again (other bytes: %q):\n got  %q\n want %q", why, again, c.Data)
				}
			})
		}
	}
}

// reason returns why a golden is an exception, "" if it is none.
type reason func(pickletest.Case) string

func (r reason) of(c pickletest.Case) string {
	if r == nil {
		return ""
	}
	return r(c)
}

// into decodes the goldens of a case into a target of the type of want.
func into(t *testing.T, name string, want any, opts ...cmp.Option) {
	t.Helper()
	for _, c := range standardGoldens(t, name) {
		p := reflect.New(reflect.TypeOf(want))
		if err := pickle.Unmarshal(c.Data, p.Interface()); err != nil {
			t.Errorf("%s into %T: %v", c.ID(), want, err)
			continue
		}
		if diff := cmp.Diff(want, p.Elem().Interface(), opts...); diff != "" {
			t.Errorf("%s into %T, -want +got:\n%s", c.ID(), want, diff)
		}
	}
}

// notInto checks that the goldens of a case do not fit the type of target.
func notInto(t *testing.T, name string, target any) {
	t.Helper()
	for _, c := range standardGoldens(t, name) {
		p := reflect.New(reflect.TypeOf(target))
		err := pickle.Unmarshal(c.Data, p.Interface())
		if _, ok := err.(*pickle.UnmarshalTypeError); !ok {
			t.Errorf("%s into %T: %v, want an *UnmarshalTypeError", c.ID(), target, err)
		}
	}
}

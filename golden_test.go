package pickle_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// decodeAll decodes the pickles of a golden, and describes them.
func decodeAll(t *testing.T, c pickletest.Case, opts ...pickle.Options) (values []any, description any, err error) {
	t.Helper()
	n, sharedMemo := c.Pickles()
	if n == 1 {
		var v any
		if err := pickle.Unmarshal(c.Data, &v, opts...); err != nil {
			return nil, nil, err
		}
		return []any{v}, describe(v, c.Protocol), nil
	}
	dec := pickle.NewDecoder(bytes.NewReader(c.Data), append(opts, pickle.KeepMemo(sharedMemo))...)
	d := describer{protocol: c.Protocol}
	var all []any
	for range n {
		var v any
		if err := dec.Decode(&v); err != nil {
			return nil, nil, err
		}
		values = append(values, v)
		if !sharedMemo {
			all = append(all, describe(v, c.Protocol))
		} else {
			all = append(all, d.any(v))
		}
	}
	d.ids.Number()
	if sharedMemo {
		return values, node{"memo": all}, nil
	}
	return values, node{"stream": all}, nil
}

func goldenOptions(c pickletest.Case) []pickle.Options {
	opts := []pickle.Options{pickle.Python2Strings(pickle.Python2ByteString)}
	if len(c.Buffers) > 0 {
		opts = append(opts, pickle.Buffers(slices.Values(c.Buffers)))
	}
	return opts
}

// TestGoldens decodes what real Pythons wrote to the values that they say it
// is, and writes it again: to the same bytes where CPython's C pickler of
// version 3 wrote it.
func TestGoldens(t *testing.T) {
	for _, c := range pickletest.Load(t, pickletest.Dir(t)) {
		t.Run(c.ID(), func(t *testing.T) {
			values, description, err := decodeAll(t, c, goldenOptions(c)...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := pickletest.Diff(description, c.Expect); diff != "" {
				t.Fatal(diff)
			}
			if c.Pure() || c.Impl == "cpython2.7" {
				return
			}
			var out bytes.Buffer
			enc := pickle.NewEncoder(&out, pickle.Protocol(c.Protocol), pickle.KeepMemo(strings.Contains(string(c.Expect), `"memo"`)),
				pickle.BufferCallback(func(pickle.Buffer) (bool, error) { return false, nil }))
			for _, v := range values {
				if err := enc.Encode(v); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(out.Bytes(), c.Data) {
				t.Errorf("encoded again:\n got  %.300q\n want %.300q", out.Bytes(), c.Data)
			}
		})
	}
}

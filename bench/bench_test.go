package bench

import (
	"fmt"
	"testing"
)

// TestCases checks every case on small files of the same shapes.
func TestCases(t *testing.T) {
	for _, w := range workloads {
		for _, op := range Ops {
			for _, protocol := range Protocols {
				t.Run(fmt.Sprintf("%s/%s/p%d", w.Name, op, protocol), func(t *testing.T) {
					group, err := w.Group("testdata", op, protocol, true)
					if err != nil {
						t.Fatal(err)
					}
					for _, c := range group.Cases {
						testCase(t, c)
					}
				})
			}
		}
	}
}

func testCase(t *testing.T, c Case) {
	t.Helper()
	// Twice: what the first call leaves in pools must not harm the second.
	for range 2 {
		err := c.Check()
		if c.Wrong == "" && err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		if c.Wrong != "" && err == nil {
			t.Errorf("%s can do this by now, though it %s", c.Name, c.Wrong)
		}
	}
	if c.Wrong == "" {
		if err := c.Run(); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

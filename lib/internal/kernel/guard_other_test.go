//go:build !linux

package kernel

import "testing"

// guarded returns n entries amid canaries, which must stand when the test ends.
func guarded[T Float](t testing.TB, n int, _ bool) []T {
	s, intact := fenced[T](n, 0)
	t.Cleanup(func() {
		if !intact() {
			t.Errorf("something was written outside %d entries", n)
		}
	})
	return s
}

package num

import "math"

// Sum is a running sum with Neumaier's compensation: its error does not grow
// with the number of terms. The zero value is an empty sum.
type Sum struct{ s, c float64 }

// Add adds x.
func (s *Sum) Add(x float64) {
	t := s.s + x
	if math.Abs(s.s) >= math.Abs(x) {
		s.c += (s.s - t) + x
	} else {
		s.c += (x - t) + s.s
	}
	s.s = t
}

// Value returns the sum so far.
func (s *Sum) Value() float64 {
	if math.IsInf(s.s, 0) || math.IsNaN(s.s) {
		return s.s
	}
	return s.s + s.c
}

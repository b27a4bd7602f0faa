package reftest

import (
	"math"
	"testing"
)

// A helper that accepts anything would make every table test vacuous.
func TestNearRefusesWrongAnswers(t *testing.T) {
	for _, tc := range []struct{ got, want, rtol, atol float64 }{
		{1.1, 1, 1e-3, 1e-3},
		{math.NaN(), 1, 1, 1},
		{1, math.NaN(), 1, 1},
		{math.Inf(1), 1, 1e-3, 1},
	} {
		probe := &recorder{TB: t}
		Near(probe, "x", tc.got, tc.want, tc.rtol, tc.atol)
		if !probe.failed {
			t.Errorf("Near accepted %+v", tc)
		}
	}
	probe := &recorder{TB: t}
	Near(probe, "x", 1.0005, 1, 1e-3, 0)
	if probe.failed {
		t.Error("Near refused a value within tolerance")
	}
}

type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

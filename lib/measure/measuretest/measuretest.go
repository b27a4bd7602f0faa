// Package measuretest helps the tests of packages that use measures.
package measuretest

import (
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// LineSpec is a mixture on the line as the tables of reference values write it.
type LineSpec struct {
	W  []float64 // weights
	Mu []float64 // means
	SD []float64 // standard deviations
}

// Mixture returns the mixture; the test fails if there is none.
func (s LineSpec) Mixture(t testing.TB) *measure.Mixture {
	t.Helper()
	var parts []*measure.Gaussian
	for k := range s.Mu {
		parts = append(parts, measure.Normal(s.Mu[k], s.SD[k]))
	}
	m, err := measure.NewMixture(s.W, parts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

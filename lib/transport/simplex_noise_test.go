package transport

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"
)

// Potentials that are small beside those on their way to the root must not keep
// the search going on rounding errors.
func TestExactEndsOnNoise(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r := rand.New(rand.NewPCG(9, 10))
	for range 2000 {
		n, m := 1+r.IntN(60), 1+r.IntN(60)
		a, b, x, y := msProblem(r, "clusters", n, m, 1)
		p, err := Exact(ctx, a, b, Euclidean{x, y}, ExactOptions{})
		if err != nil {
			t.Fatalf("%d × %d: %v", n, m, err)
		}
		if gap := p.DualityGap(); gap > 1e-12 || gap < -1e-12 {
			t.Errorf("%d × %d: gap %v", n, m, gap)
		}
	}
}

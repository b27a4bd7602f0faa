package bounds

import (
	"context"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// swissRoll is the experiment of the paper's figures 5 and 7: points of the roll, which
// is scaled to about unit variance, under a force that turns. Its scale and duration are
// ours: the paper's are not known.
func swissRoll(t testing.TB, n int, turn float64) *Report {
	t.Helper()
	x := mat.NewDense(n, 2, nil)
	measure.SwissRoll{Scale: .15, Noise: .02}.Sample(x, rng.New(1))
	data, err := measure.NewDiscrete(x, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := swiss(t, data, 1.1, turn, .5, 5)
	start := gaussian(t, []float64{0, 0}, .81, 0, 0, .81)
	r, err := SpeedAccuracySampled(context.Background(), p.Flow, start, n, rng.New(2), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSwissRoll(t *testing.T) {
	for _, turn := range []float64{0, 3} {
		r := swissRoll(t, 150, turn)
		t.Logf("g = %v: η %v, c₁ %v, w_D %v, D₀ %v, W₁ %v to %v", turn, r.Eta, r.C1, r.WD, r.D0, r.W1Noise(), r.W1Data())
		for _, q := range r.Relations() {
			if q.Check(3) == relation.Violated {
				t.Errorf("g = %v: %v", turn, q)
			}
		}
		if r.Conservative() != (turn == 0) {
			t.Errorf("g = %v: conservative is %v", turn, r.Conservative())
		}
	}
}

func BenchmarkSwissRoll(b *testing.B) {
	for b.Loop() {
		swissRoll(b, 1000, 3)
	}
}

package transport

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// msProblem makes weighted points; kind says what is awkward about them.
func msProblem(r *rand.Rand, kind string, n, m, d int) (a, b []float64, x, y *mat.Dense) {
	points := func(n int) *mat.Dense {
		p := mat.NewDense(n, d, nil)
		for i := range n {
			for k := range d {
				v := r.Float64()
				switch kind {
				case "integer":
					v = float64(r.IntN(4))
				case "line":
					if k > 0 {
						v = p.At(i, 0)
					}
				case "one place":
					v = 0.25
				case "clusters":
					v = float64(r.IntN(3)) + 1e-3*v
				case "huge":
					v *= 1e9
				case "tiny":
					v *= 1e-9
				case "far":
					v += 1e6
				}
				p.Set(i, k, v)
			}
		}
		return p
	}
	weights := func(n int) []float64 {
		w := make([]float64, n)
		sum := 0.0
		for i := range w {
			switch kind {
			case "uniform", "clusters":
				w[i] = 1
			case "integer":
				w[i] = float64(r.IntN(3))
			default:
				w[i] = r.Float64()
			}
			sum += w[i]
		}
		if sum == 0 {
			w[0], sum = 1, 1
		}
		for i := range w {
			w[i] /= sum
		}
		return w
	}
	return weights(n), weights(m), points(n), points(m)
}

var msKinds = []string{"uniform", "weights", "integer", "line", "one place", "clusters", "huge", "tiny", "far"}

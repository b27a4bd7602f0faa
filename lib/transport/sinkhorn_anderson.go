package transport

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// An anderson accelerates a fixed-point iteration x ← x + r(x) by looking back
// on the last steps: it goes to where their residuals r, were they linear, would
// be least, in the mean square under the weights, and adds what is left of
// them there (Anderson 1965). For Sinkhorn's scaling, which to first order is
// symmetric and positive under the weights b, that does what conjugate
// gradients do.
//
// A step that makes the error grow is taken back, and the past forgotten: the
// next one is plain, and lowers it.
type anderson struct {
	weight       []float64
	x, r         []float64   // of the last pass, nil at the beginning
	dx, dr       [][]float64 // differences, the oldest first
	gram         [][]float64 // dot products of dr
	best         float64     // the error at
	bestX, bestR []float64   // this, from where a plain step goes by this
	plain        bool        // the last step was
}

// andersonDepth is the number of steps looked back on.
const andersonDepth = 32

// next turns the residual r at x, with this error, into the step to take.
func (h *anderson) next(x, r []float64, off float64) {
	n := len(x)
	if h.bestX != nil && off > 1.5*h.best && !h.plain {
		for j := range r {
			r[j] = h.bestX[j] + h.bestR[j] - x[j]
		}
		h.x, h.dx, h.dr, h.gram, h.plain = nil, nil, nil, nil, true
		return
	}
	if h.bestX == nil {
		h.bestX, h.bestR = make([]float64, n), make([]float64, n)
	}
	copy(h.bestX, x)
	copy(h.bestR, r)
	h.best = off
	if h.x == nil {
		h.x, h.r = make([]float64, n), make([]float64, n)
	} else {
		h.remember(x, r)
	}
	copy(h.x, x)
	copy(h.r, r)
	gamma := h.project(r)
	h.plain = gamma == nil
	for k, c := range gamma {
		dx, dr := h.dx[k], h.dr[k]
		for j := range r {
			r[j] -= c * (dx[j] + dr[j])
		}
	}
}

// remember appends the differences from the last pass.
func (h *anderson) remember(x, r []float64) {
	dx, dr, row := make([]float64, len(x)), make([]float64, len(x)), make([]float64, 0, andersonDepth)
	for j := range dx {
		dx[j], dr[j] = x[j]-h.x[j], r[j]-h.r[j]
	}
	if len(h.dx) == min(andersonDepth, len(x)) {
		h.dx, h.dr, h.gram = h.dx[1:], h.dr[1:], h.gram[1:]
		for i, g := range h.gram {
			h.gram[i] = g[1:]
		}
	}
	h.dx, h.dr = append(h.dx, dx), append(h.dr, dr)
	for _, d := range h.dr {
		row = append(row, h.dot(d, dr))
	}
	h.gram = append(h.gram, row)
}

func (h *anderson) dot(x, y []float64) float64 {
	sum := 0.0
	for j, w := range h.weight {
		sum += float64(w * x[j] * y[j])
	}
	return sum
}

// project returns the coefficients of the differences that come nearest to r,
// or nil if there are none.
func (h *anderson) project(r []float64) []float64 {
	k := len(h.dr)
	if k == 0 {
		return nil
	}
	gram, right := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	size := make([]float64, k)
	for i := range size {
		size[i] = math.Sqrt(h.gram[i][i])
		if !(size[i] > 0) || math.IsInf(size[i], 1) {
			return nil
		}
	}
	for i, row := range h.gram {
		for j, v := range row {
			gram.SetSym(i, j, v/(size[i]*size[j]))
		}
		gram.SetSym(i, i, 1+1e-13) // they may depend on each other
		right.SetVec(i, h.dot(h.dr[i], r)/size[i])
	}
	var chol mat.Cholesky
	if !chol.Factorize(gram) {
		return nil
	}
	var x mat.VecDense
	if err := chol.SolveVecTo(&x, right); x.IsEmpty() {
		return nil
	} else if _, poor := err.(mat.Condition); err != nil && !poor {
		return nil
	}
	gamma := x.RawVector().Data
	for i := range gamma {
		gamma[i] /= size[i]
	}
	return gamma
}

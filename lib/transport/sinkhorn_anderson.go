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
// A step that lowers the dual value, or makes the error grow without raising it,
// is taken back, and the past forgotten: the next one is plain. So what holds for
// plain steps, that they come to the end from anywhere, holds for all.
type anderson struct {
	weight       []float64
	x, r         []float64   // of the last pass, nil at the beginning
	dx, dr       [][]float64 // differences, the oldest first
	gram         [][]float64 // dot products of dr
	off, value   float64     // the error and the dual value at
	bestX, bestR []float64   // this, from where a plain step goes by this
	plain        bool        // the last step was
	reach        float64     // the longest step
}

// andersonDepth is the number of steps looked back on.
const andersonDepth = 32

// andersonReach is how far the first step may go that isn't plain; it is a few
// temperatures that potentials may change by without changing everything.
const andersonReach = 8

// next turns the residual r at x into the step to take. The value is known up to
// the slack.
func (h *anderson) next(x, r []float64, off, value, slack float64) {
	n := len(x)
	if h.bestX != nil && !h.plain && !(value > h.value+slack) && (value < h.value-slack || off > 1.5*h.off) {
		for j := range r {
			r[j] = h.bestX[j] + h.bestR[j] - x[j]
		}
		h.x, h.dx, h.dr, h.gram, h.plain = nil, nil, nil, nil, true
		h.reach = max(h.reach/4, andersonReach/16)
		return
	}
	if h.bestX == nil {
		h.reach = andersonReach
		h.bestX, h.bestR = make([]float64, n), make([]float64, n)
	}
	copy(h.bestX, x)
	copy(h.bestR, r)
	h.off, h.value = off, value
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
	if h.plain {
		return
	}
	long := 0.0
	for _, d := range r {
		long = max(long, math.Abs(d))
	}
	if long > h.reach {
		for j := range r {
			r[j] *= h.reach / long
		}
		h.reach *= 2
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

package transport

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
)

// An entNewton takes Newton's steps on the dual value as a function of g, for
// small problems that scaling is slow on: where ε is so small that parts of the
// plan hang together by next to nothing.
//
// In units of ε, with W the plan divided by the sums of its rows, the gradient
// is β − c, c = Wᵀα, and the Hessian is the negative of the Laplacian of the graph with
// the weights Wᵀ diag(α) W, of which the diagonal is computed from the others, so
// that nothing cancels. One sink is held, as a constant changes nothing.
type entNewton struct {
	off, value float64
	x, step    []float64 // of the best so far, and from there
	mu, reach  float64   // damping, and the longest step
}

// entPatience is the number of passes at one ε after which Newton's method
// takes over if the problem is small.
const entPatience = 40

// entSmall says whether a problem is small.
func (s *entSolver) small() bool {
	return s.k != nil && s.c.m <= 512 && s.c.n <= 1<<28/(s.c.m*s.c.m)
}

// next sets s.step to the step from x.
func (h *entNewton) next(s *entSolver, x []float64, off, value, slack float64) {
	if h.x != nil && !(value > h.value+slack) && (value < h.value-slack || off > 1.5*h.off) {
		for j := range x {
			h.step[j] /= 4
			s.step[j] = h.x[j] + h.step[j] - x[j]
		}
		h.mu, h.reach = max(4*h.mu, 1e-12), h.reach/2
		return
	}
	if h.x == nil {
		h.x, h.step = make([]float64, len(x)), make([]float64, len(x))
		h.mu, h.reach = 1e-2, andersonReach
	}
	h.off, h.value = off, value
	copy(h.x, x)
	h.mu /= 10
	for !h.solve(s) {
		h.mu = max(100*h.mu, 1e-16)
	}
	long := 0.0
	for _, d := range h.step {
		long = max(long, math.Abs(d))
	}
	if long > h.reach {
		for j := range h.step {
			h.step[j] *= h.reach / long
		}
		h.reach *= 2
	}
	copy(s.step, h.step)
}

// solve computes the step. It returns false if the damped Hessian is singular.
func (h *entNewton) solve(s *entSolver) bool {
	n, m := s.c.n, s.c.m
	if m == 1 {
		h.step[0] = 0
		return true
	}
	held := 0
	root := make([]float64, m)
	for j, b := range s.beta {
		root[j] = math.Sqrt(b)
		if b > s.beta[held] {
			held = j
		}
	}
	w := make([]float64, n*m)
	for i, a := range s.alpha {
		u := math.Sqrt(a) * math.Exp(s.df[i])
		row := w[i*m:][:m]
		for j, k := range s.k[i*m:][:m] {
			row[j] = u * k * s.v[j] / root[j]
		}
	}
	graph := make([]float64, m*m)
	kernel.Gemm(true, false, m, m, n, 1, w, m, w, m, 0, graph, m)
	free := make([]int, 0, m-1)
	for j := range m {
		if j != held {
			free = append(free, j)
		}
	}
	hessian, gradient := mat.NewSymDense(m-1, nil), mat.NewVecDense(m-1, nil)
	for p, j := range free {
		degree := h.mu
		for l := range m {
			if l != j {
				degree += graph[j*m+l] * root[l] / root[j]
			}
		}
		hessian.SetSym(p, p, degree)
		for q, l := range free[:p] {
			hessian.SetSym(q, p, -graph[j*m+l])
		}
		gradient.SetVec(p, root[j]-s.sums[j]*s.v[j]/root[j])
	}
	var chol mat.Cholesky
	if !chol.Factorize(hessian) {
		return false
	}
	var y mat.VecDense
	if chol.SolveVecTo(&y, gradient); y.IsEmpty() {
		return false
	}
	h.step[held] = 0
	for p, j := range free {
		h.step[j] = y.AtVec(p) / root[j]
		if math.IsNaN(h.step[j]) || math.IsInf(h.step[j], 0) {
			return false
		}
	}
	return true
}

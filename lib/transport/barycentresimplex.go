package transport

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// barySimplex is the linear program of the barycentre on fixed support: masses
// q(i) ≥ 0 and plans P(k,i,l) ≥ 0 of least Σ wₖ C(i,l) P(k,i,l) with
//
//	Σ_l P(k,i,l) − q(i) = 0,  Σ_i P(k,i,l) = hₖ(l),
//
// of which the last column's equation follows from the others for all k but the
// first. It keeps the inverse of the basis, whose entries are small numbers.
type barySimplex struct {
	n    int
	c    *mat.Dense
	w    []float64   // positive
	bins [][]int     // columns with mass
	h    [][]float64 // and their masses, which sum to 1
	row  [][]int     // of the equation of each such column; −1 for none

	basis []baryVar
	inv   []float64 // rows of the inverse, one for each basic variable
	x     []float64 // their values
	y     []float64 // prices of the equations
	d     []float64 // what entering changes
}

// baryVar is q(i) if k < 0 and else P(k,i,l).
type baryVar struct{ k, i, l int }

func (a baryVar) less(b baryVar) bool {
	if a.k != b.k {
		return a.k < b.k
	}
	if a.i != b.i {
		return a.i < b.i
	}
	return a.l < b.l
}

func newBarySimplex(hists [][]float64, w []float64, c *mat.Dense, total float64) *barySimplex {
	s := &barySimplex{c: c}
	s.n, _ = c.Dims()
	for k, v := range w {
		if v == 0 {
			continue
		}
		var bins []int
		var h []float64
		for j, m := range hists[k] {
			if m > 0 {
				bins, h = append(bins, j), append(h, m/total)
			}
		}
		floats.Scale(1/floats.Sum(h), h)
		s.w, s.bins, s.h = append(s.w, v), append(s.bins, bins), append(s.h, h)
	}
	rows := len(s.w) * s.n
	for k, bins := range s.bins {
		at := make([]int, len(bins))
		for l := range at {
			if k > 0 && l == len(at)-1 {
				at[l] = -1
				break
			}
			at[l] = rows
			rows++
		}
		s.row = append(s.row, at)
	}
	s.inv = make([]float64, rows*rows)
	s.x, s.y, s.d = make([]float64, rows), make([]float64, rows), make([]float64, rows)
	s.start()
	return s
}

// start puts all mass on the point where it costs least. Every plan's basis is a
// tree: that point to all columns, and every other point to its nearest column.
func (s *barySimplex) start() {
	m := len(s.x)
	best, at := math.Inf(1), 0
	for i := range s.n {
		var v float64
		for k, h := range s.h {
			for l, mass := range h {
				v += s.w[k] * mass * s.c.At(i, s.bins[k][l])
			}
		}
		if v < best {
			best, at = v, i
		}
	}
	// A basic variable is the sum of right-hand sides with the entries of its row.
	row := func(v baryVar) []float64 {
		s.basis = append(s.basis, v)
		return s.inv[(len(s.basis)-1)*m:][:m]
	}
	var q []float64
	for k, bins := range s.bins {
		hub := make([][]float64, len(bins))
		for l := range hub {
			hub[l] = row(baryVar{k, at, l})
			if r := s.row[k][l]; r >= 0 {
				hub[l][r]++
			}
		}
		for i := range s.n {
			if i == at {
				continue
			}
			near := 0
			for l, j := range bins {
				if s.c.At(i, j) < s.c.At(i, bins[near]) {
					near = l
				}
			}
			row(baryVar{k, i, near})[k*s.n+i]++
			hub[near][k*s.n+i]--
		}
		if k == 0 {
			q = row(baryVar{-1, at, 0})
			for _, h := range hub {
				floats.Add(q, h)
			}
			q[at]--
			continue
		}
		// The last column takes what the point's equation leaves. What else was
		// put there for other points counts in the sum too.
		last := hub[len(hub)-1]
		clear(last)
		floats.Add(last, q)
		last[k*s.n+at]++
		for _, h := range hub[:len(hub)-1] {
			floats.Sub(last, h)
		}
	}
	s.refresh()
}

// refresh computes the values and prices from the inverse.
func (s *barySimplex) refresh() {
	m := len(s.x)
	clear(s.y)
	for r, v := range s.basis {
		row := s.inv[r*m:][:m]
		s.x[r] = 0
		for k, h := range s.h {
			for l, mass := range h {
				if e := s.row[k][l]; e >= 0 {
					s.x[r] += row[e] * mass
				}
			}
		}
		s.x[r] = max(s.x[r], 0)
		if v.k >= 0 {
			floats.AddScaled(s.y, s.w[v.k]*s.c.At(v.i, s.bins[v.k][v.l]), row)
		}
	}
}

// reduced returns the reduced cost of a variable and the size of its terms.
func (s *barySimplex) reduced(v baryVar) (cost, size float64) {
	if v.k < 0 {
		for k := range s.w {
			y := s.y[k*s.n+v.i]
			cost += y
			size += math.Abs(y)
		}
		return cost, size
	}
	price := s.w[v.k] * s.c.At(v.i, s.bins[v.k][v.l])
	a, b := s.y[v.k*s.n+v.i], 0.0
	if e := s.row[v.k][v.l]; e >= 0 {
		b = s.y[e]
	}
	return price - a - b, math.Abs(price) + math.Abs(a) + math.Abs(b)
}

// enter returns the variable of least reduced cost or, if first is set, the first
// one whose reduced cost is negative.
func (s *barySimplex) enter(first bool) (best baryVar, least float64) {
	const tolerance = 1e-13
	look := func(v baryVar) bool {
		cost, size := s.reduced(v)
		if cost < -tolerance*size && cost < least {
			best, least = v, cost
		}
		return first && least < 0
	}
	for i := range s.n {
		if look(baryVar{-1, i, 0}) {
			return best, least
		}
	}
	for k, bins := range s.bins {
		for i := range s.n {
			for l := range bins {
				if look(baryVar{k, i, l}) {
					return best, least
				}
			}
		}
	}
	return best, least
}

// column stores the inverse times the column of v into d.
func (s *barySimplex) column(v baryVar) {
	m := len(s.x)
	for r := range s.d {
		row := s.inv[r*m:][:m]
		s.d[r] = 0
		if v.k < 0 {
			for k := range s.w {
				s.d[r] -= row[k*s.n+v.i]
			}
			continue
		}
		s.d[r] = row[v.k*s.n+v.i]
		if e := s.row[v.k][v.l]; e >= 0 {
			s.d[r] += row[e]
		}
	}
}

// leave returns the basic variable that first falls to 0: of several the one that
// changes most or, if first is set, the first. It returns −1 if there is none.
func (s *barySimplex) leave(first bool) int {
	const tiny = 1e-9 // beside entries of about 1
	out := -1
	for r, d := range s.d {
		if d <= tiny {
			continue
		}
		if out < 0 {
			out = r
			continue
		}
		switch a, b := s.x[r]*s.d[out], s.x[out]*d; {
		case a < b, a == b && first && s.basis[r].less(s.basis[out]), a == b && !first && d > s.d[out]:
			out = r
		}
	}
	return out
}

// run pivots to the optimum. It returns the context's error, or ErrLimit.
func (s *barySimplex) run(ctx context.Context, limit int) (pivots int, err error) {
	m := len(s.x)
	idle := 0 // pivots since the cost last fell
	for ; ; pivots++ {
		if err := ctx.Err(); err != nil {
			return pivots, err
		}
		// Bland's rule ends a cycle.
		bland := idle > 2*m
		in, cost := s.enter(bland)
		if cost == 0 {
			return pivots, nil
		}
		if limit > 0 && pivots == limit {
			return pivots, ErrLimit
		}
		s.column(in)
		out := s.leave(bland)
		if out < 0 { // rounding: the program is bounded
			return pivots, nil
		}
		step := s.x[out] / s.d[out]
		if idle++; step > 0 {
			idle = 0
		}
		pivot := s.inv[out*m:][:m]
		floats.Scale(1/s.d[out], pivot)
		for r, d := range s.d {
			if r != out && d != 0 {
				floats.AddScaled(s.inv[r*m:][:m], -d, pivot)
				s.x[r] = max(s.x[r]-step*d, 0)
			}
		}
		s.x[out] = step
		s.basis[out] = in
		floats.AddScaled(s.y, cost, pivot)
		if pivots%256 == 255 {
			s.refresh()
		}
	}
}

// masses returns q.
func (s *barySimplex) masses() []float64 {
	q := make([]float64, s.n)
	for r, v := range s.basis {
		if v.k < 0 {
			q[v.i] = s.x[r]
		}
	}
	return q
}

// potentials returns the prices of the points, for each k.
func (s *barySimplex) potentials() [][]float64 {
	s.refresh()
	out := make([][]float64, len(s.w))
	for k := range out {
		out[k] = s.y[k*s.n:][:s.n]
	}
	return out
}

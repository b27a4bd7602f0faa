package transport

import (
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
)

// Eps returns the temperature ε that an entropic plan is for, and 0 for an exact
// or rounded one.
func (p *Plan) Eps() float64 {
	if p.ent == nil || p.ent.x != nil {
		return 0
	}
	return p.ent.eps
}

// Iterations returns the number of passes over all pairs that an entropic plan
// took.
func (p *Plan) Iterations() int {
	if p.ent == nil {
		return 0
	}
	return p.ent.iterations
}

// SinkhornOptions returns the options that an entropic plan was found with,
// defaults filled in.
func (p *Plan) SinkhornOptions() SinkhornOptions {
	if p.ent == nil {
		return SinkhornOptions{}
	}
	return p.ent.opt
}

// Mass returns Σ P[i,j].
func (p *Plan) Mass() float64 {
	var s num.Sum
	rows, _ := p.Marginals()
	for _, v := range rows {
		s.Add(v)
	}
	return s.Value()
}

// Marginals returns the sums of the rows and columns of P.
func (p *Plan) Marginals() (rows, columns []float64) {
	rows, columns = make([]float64, len(p.a)), make([]float64, len(p.b))
	if e := p.ent; e != nil {
		e.sum()
		for k, i := range e.sources {
			rows[i] = e.rows[k]
		}
		for l, j := range e.sinks {
			columns[j] = e.cols[l]
		}
		return rows, columns
	}
	r, c := make([]num.Sum, len(p.a)), make([]num.Sum, len(p.b))
	for ij, mass := range p.All() {
		r[ij.I].Add(mass)
		c[ij.J].Add(mass)
	}
	for i := range r {
		rows[i] = r[i].Value()
	}
	for j := range c {
		columns[j] = c[j].Value()
	}
	return rows, columns
}

// MarginalError returns Σᵢ |Σⱼ P[i,j] − a[i]| + Σⱼ |Σᵢ P[i,j] − b[j]|. Of a plan of
// [Partial] it returns by how much the marginals exceed a and b in all, and the
// mass differs from what it should be.
func (p *Plan) MarginalError() float64 {
	var s num.Sum
	rows, columns := p.Marginals()
	if p.part != nil {
		for i, v := range rows {
			s.Add(max(0, v-p.a[i]))
		}
		for j, v := range columns {
			s.Add(max(0, v-p.b[j]))
		}
		s.Add(math.Abs(p.Mass() - p.part.mass))
		return s.Value()
	}
	for i, v := range rows {
		s.Add(math.Abs(v - p.a[i]))
	}
	for j, v := range columns {
		s.Add(math.Abs(v - p.b[j]))
	}
	return s.Value()
}

// KL returns the divergence of the plan from the product of the masses,
//
//	KL(P|a⊗b) = Σ P[i,j] ln(P[i,j]/(a[i] b[j])) − Σ P[i,j] + Σ a[i] Σ b[j].
//
// With masses that sum to 1 it is the mutual information of source and sink.
func (p *Plan) KL() float64 {
	var s num.Sum
	p.addLogDensity(&s)
	s.Add(-p.Mass())
	ma, mb := totalOf(p.a), totalOf(p.b)
	addProduct(&s, ma, mb)
	return s.Value()
}

// addLogDensity adds Σ P ln(P/(a⊗b)).
func (p *Plan) addLogDensity(s *num.Sum) {
	if p.ent != nil && p.ent.x == nil {
		s.Add(p.ent.logDensity())
		return
	}
	for ij, v := range p.All() {
		s.Add(v * (math.Log(v) - math.Log(p.a[ij.I]) - math.Log(p.b[ij.J])))
	}
}

// Entropy returns −Σ P[i,j] ln P[i,j], over the pairs with P[i,j] > 0.
func (p *Plan) Entropy() float64 {
	var s num.Sum
	p.addLogDensity(&s)
	rows, columns := p.Marginals()
	for i, v := range rows {
		if v > 0 {
			s.Add(v * math.Log(p.a[i]))
		}
	}
	for j, v := range columns {
		if v > 0 {
			s.Add(v * math.Log(p.b[j]))
		}
	}
	return -s.Value()
}

// Value returns what the plan minimises: ⟨P, C⟩ + ε KL(P|a⊗b) for that of
// [Sinkhorn], ⟨P, C⟩ for an exact or rounded one, and what [Unbalanced] says for
// its own. Where P is a probability,
//
//	⟨P, C⟩ − ε H(P),
//
// the value in another convention, is Cost() − Eps()·Entropy().
func (p *Plan) Value() float64 {
	v := p.Cost()
	if eps := p.Eps(); eps > 0 {
		v += eps * p.KL()
	}
	if e := p.ent; e != nil && e.rho[0] > 0 {
		rows, columns := p.Marginals()
		v += e.rho[0]*klMeasures(rows, p.a) + e.rho[1]*klMeasures(columns, p.b)
	}
	return v
}

// DualValue returns the lower bound on the value of every plan that the
// potentials prove: ⟨f, a⟩ + ⟨g, b⟩ for an exact or rounded plan,
//
//	⟨f, a⟩ + ⟨g, b⟩ − ε (Σ P[i,j] − Σ a[i] Σ b[j])
//
// for one of [Sinkhorn], and what [Unbalanced] and [Partial] say for theirs.
func (p *Plan) DualValue() float64 {
	f, g := p.Potentials()
	var s num.Sum
	if e := p.ent; e != nil && e.rho[0] > 0 {
		for _, i := range e.sources {
			s.Add(-e.rho[0] * p.a[i] * math.Expm1(-f[i]/e.rho[0]))
		}
		for _, j := range e.sinks {
			s.Add(-e.rho[1] * p.b[j] * math.Expm1(-g[j]/e.rho[1]))
		}
	} else {
		for i, v := range f {
			addProduct(&s, v, p.a[i])
		}
		for j, v := range g {
			addProduct(&s, v, p.b[j])
		}
		if p.part != nil {
			addProduct(&s, p.part.price, p.part.mass)
		}
	}
	if eps := p.Eps(); eps > 0 {
		s.Add(-eps * p.Mass())
		s.Add(eps * totalOf(p.a) * totalOf(p.b))
	}
	return s.Value()
}

func totalOf(w []float64) float64 {
	var s num.Sum
	for _, v := range w {
		s.Add(v)
	}
	return s.Value()
}

// klMeasures returns Σ p ln(p/q) − p + q, each term without cancellation.
func klMeasures(p, q []float64) float64 {
	var s num.Sum
	for i := range p {
		s.Add(klTerm(p[i], q[i]))
	}
	return s.Value()
}

// klTerm returns p ln(p/q) − p + q ≥ 0.
func klTerm(p, q float64) float64 {
	switch {
	case p == 0:
		return q
	case q == 0:
		return math.Inf(1)
	}
	return q * klRatio((p-q)/q)
}

// klRatio returns (1+d) ln(1+d) − d, for d ≥ −1.
func klRatio(d float64) float64 {
	switch {
	case math.Abs(d) < 1e-2:
		// Σ (−d)ᵏ/(k(k−1)), k ≥ 2
		return d * d * (1./2 - d*(1./6-d*(1./12-d*(1./20-d*(1./30-d*(1./42-d*(1./56-d/72)))))))
	case d <= -1:
		return 1
	}
	return (1+d)*math.Log1p(d) - d
}

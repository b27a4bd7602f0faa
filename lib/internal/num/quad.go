package num

import "math"

// The 21-point Kronrod extension of the 10-point Gauss-Legendre rule on
// [−1, 1]: nodes ≥ 0 in decreasing order, their weights, and the weights of the
// Gauss rule, whose nodes are the odd-numbered ones. Source: R. Piessens et
// al., QUADPACK (Springer, 1983).
var (
	kronrodX = [11]float64{
		0.995657163025808080735527280689003, 0.973906528517171720077964012084452,
		0.930157491355708226001207180059508, 0.865063366688984510732096688423493,
		0.780817726586416897063717578345042, 0.679409568299024406234327365114874,
		0.562757134668604683339000099272694, 0.433395394129247190799265943165784,
		0.294392862701460198131126603103866, 0.148874338981631210884826001129720, 0,
	}
	kronrodW = [11]float64{
		0.011694638867371874278064396062192, 0.032558162307964727478818972459390,
		0.054755896574351996031381300244580, 0.075039674810919952767043140916190,
		0.093125454583697605535065465083366, 0.109387158802297641899210590325805,
		0.123491976262065851077958109585166, 0.134709217311473325928054001771707,
		0.142775938577060080797094273138717, 0.147739104901338491374841515972068,
		0.149445554002916905664936468389821,
	}
	gaussW = [5]float64{
		0.066671344308688137593568809893332, 0.149451349150580593145863396957658,
		0.219086362515982043995534934228163, 0.269266719309996355091226921569469,
		0.295524224714752870173815619188769,
	}
)

// Quad integrates a vector-valued function of one variable by globally adaptive
// Gauss-Kronrod quadrature: the panel with the worst error is halved until
// every component meets its tolerance; an error bound includes rounding. The zero value is ready to use with the
// default tolerances; it keeps its scratch between calls and so is not safe
// for concurrent use.
type Quad struct {
	Rel       float64 // relative tolerance of each component; default 1e-12
	Abs       float64 // absolute tolerance of each component; default 0
	MaxPanels int     // give up beyond this many panels; default 2000

	// Noisy means that the last component bounds the rounding error of the
	// others at each point. Its integral adds to their tolerances and error
	// bounds, so that no panel is halved to resolve noise.
	Noisy bool

	panels []panel
	store  []float64 // value, error and absolute value of each panel's components
	y      []float64
	value  []float64
	err    []float64
}

type panel struct{ a, b float64 }

// Integrate returns the integrals over [knots[0], knots[last]] of the dim
// components that f writes to y, and a bound on the error of each. The panels
// start between the knots, which must increase; put them where f or a
// derivative jumps, and where narrow features lie. ok is false if the
// tolerance was not met, with the best values found, or if f returned a NaN.
//
// The slices are overwritten by the next call.
func (q *Quad) Integrate(dim int, f func(x float64, y []float64), knots []float64) (value, err []float64, ok bool) {
	rel, most := q.Rel, q.MaxPanels
	if rel == 0 {
		rel = 1e-12
	}
	if most == 0 {
		most = 2000
	}
	q.panels, q.store = q.panels[:0], q.store[:0]
	q.y = resize(q.y, 21*dim)
	q.value, q.err = resize(q.value, dim), resize(q.err, dim)
	for i := 0; i+1 < len(knots); i++ {
		q.push(dim, f, knots[i], knots[i+1])
	}
	for {
		worst, ratio := q.worst(dim, rel)
		if !(ratio > 1) { // NaN can't improve either
			return q.value, q.err, !math.IsNaN(ratio)
		}
		p := q.panels[worst]
		m := p.a + 0.5*(p.b-p.a)
		if len(q.panels) >= most || m <= p.a || m >= p.b {
			return q.value, q.err, false
		}
		q.panels[worst] = panel{p.a, m}
		q.evaluate(dim, f, worst)
		q.push(dim, f, m, p.b)
	}
}

// Integrate1 is Integrate for a scalar function.
func (q *Quad) Integrate1(f func(x float64) float64, knots []float64) (value, err float64, ok bool) {
	v, e, ok := q.Integrate(1, func(x float64, y []float64) { y[0] = f(x) }, knots)
	return v[0], e[0], ok
}

func (q *Quad) push(dim int, f func(float64, []float64), a, b float64) {
	q.panels = append(q.panels, panel{a, b})
	q.store = append(q.store, make([]float64, 3*dim)...)
	q.evaluate(dim, f, len(q.panels)-1)
}

// worst totals the panels into q.value and q.err and returns the panel whose
// error, relative to the tolerance, is largest, and the largest ratio of total
// error to tolerance. Errors below rounding count as none.
func (q *Quad) worst(dim int, rel float64) (index int, ratio float64) {
	var most, noise float64
	if q.Noisy {
		dim-- // the noise itself needn't be accurate
		noise, _, _ = q.total(dim+1, dim)
		q.value[dim], q.err[dim] = noise, noise
	}
	stride := 3 * len(q.value)
	for j := range dim {
		v, e, abs := q.total(len(q.value), j)
		q.value[j], q.err[j] = v, e+noise+0x1p-52*abs
		tol := max(q.Abs, rel*math.Abs(v), 1e-15*abs, noise, math.SmallestNonzeroFloat64)
		if r := e / tol; math.IsNaN(r) || r > ratio {
			ratio = r
		}
		for i := range q.panels {
			if e := q.store[stride*i+len(q.value)+j] / tol; e > most {
				most, index = e, i
			}
		}
	}
	return index, ratio
}

// total adds up component j of the panels: value, error and absolute value.
func (q *Quad) total(dim, j int) (value, err, abs float64) {
	var v, e, a Sum
	for i := range q.panels {
		s := q.store[3*dim*i:]
		v.Add(s[j])
		e.Add(s[dim+j])
		a.Add(s[2*dim+j])
	}
	return v.Value(), e.Value(), a.Value()
}

// evaluate applies the rule to panel i: its value, an error estimate after
// QUADPACK's, and the integral of |f|.
func (q *Quad) evaluate(dim int, f func(float64, []float64), i int) {
	p := q.panels[i]
	c, h := 0.5*(p.a+p.b), 0.5*(p.b-p.a)
	at := func(k int) []float64 { return q.y[k*dim : (k+1)*dim] }
	for k, x := range kronrodX[:10] {
		f(c-h*x, at(k))
		f(c+h*x, at(20-k))
	}
	f(c, at(10))
	s := q.store[3*dim*i : 3*dim*(i+1)]
	for j := range dim {
		mid := q.y[10*dim+j]
		kronrod, gauss := kronrodW[10]*mid, 0.0
		abs := kronrodW[10] * math.Abs(mid)
		for k := range 10 {
			lo, hi := q.y[k*dim+j], q.y[(20-k)*dim+j]
			kronrod += kronrodW[k] * (lo + hi)
			abs += kronrodW[k] * (math.Abs(lo) + math.Abs(hi))
			if k%2 == 1 {
				gauss += gaussW[k/2] * (lo + hi)
			}
		}
		mean := 0.5 * kronrod
		asc := kronrodW[10] * math.Abs(mid-mean)
		for k := range 10 {
			asc += kronrodW[k] * (math.Abs(q.y[k*dim+j]-mean) + math.Abs(q.y[(20-k)*dim+j]-mean))
		}
		e := math.Abs(kronrod - gauss)
		if asc > 0 && e > 0 {
			r := 200 * e / asc
			e = asc * min(1, r*math.Sqrt(r))
		}
		if floor := 1e-15 * abs; e < floor {
			e = 0
		}
		s[j], s[dim+j], s[2*dim+j] = h*kronrod, h*e, h*abs
	}
}

func resize(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	return s[:n]
}

package measure

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Noise returns the law Σ wᵢ N(m yᵢ, var I) of m x₀ + √var ε.
//
// At var = 0 that law is discrete again, and the fields are their limits as var
// falls to 0. Denoise gives the atom nearest to x/m, and the mean of those that
// are equally near. Velocity gives ṁ times that, which is E[ẋ | x] where there
// is mass; what pulls other points to the atoms, ½(v̇ar/var)(x − m y), has no
// limit and is left out. LogProb is +Inf at atoms and −Inf elsewhere, and the
// entries of Score are 0, +Inf and −Inf accordingly. On the line it is a Line
// all the same. Noise panics if both m and var are 0.
func (d *Discrete) Noise(c Coeffs) Noised {
	const fn = "measure.Discrete.Noise"
	c.check(fn)
	if c.Var > 0 && (c.M == 0 || d.Dim() == 1 || d.Len() == 1) {
		return newNoised(fn, d.normals(), c)
	}
	if c.M == 0 {
		panic((&ValueError{fn, "the noised variance", c.Var, "positive (m and var can't both be 0)"}).Error())
	}
	n := newNoisedAtoms(d, c)
	if c.Var > 0 {
		return n
	}
	at := new(mat.Dense)
	at.Scale(c.M, d.points)
	law, err := NewDiscrete(at, d.weights)
	if err != nil {
		panic(err.Error())
	}
	return &frozen{law, n}
}

// mixture returns the atoms as normals of variance 0: no mixture by itself, but
// one when noised.
func (d *Discrete) mixture() *Mixture {
	m, none := newMixture(nil, nil), make([]float64, d.Dim())
	parts := make([]Gaussian, d.Len())
	for i, w := range d.weights {
		if w > 0 {
			parts[i] = Gaussian{mean: d.points.RawRowView(i), vars: none}
			m.weights = append(m.weights, w)
			m.parts = append(m.parts, &parts[i])
		}
	}
	return m
}

// noisedAtoms is the mixture of N(m yᵢ, var I), whose fields all follow from the
// posterior mean D(x) = E[y | x] = Σ rᵢ yᵢ.
type noisedAtoms struct {
	of      *Discrete
	c       Coeffs
	logw    []float64
	centres kernel.Points[float64] // m yᵢ

	small func() smallAtoms
}

var (
	_ CurvedNoised = (*noisedAtoms)(nil)
	_ Moments      = (*noisedAtoms)(nil)
)

func newNoisedAtoms(d *Discrete, c Coeffs) *noisedAtoms {
	n := &noisedAtoms{of: d, c: c, logw: make([]float64, d.Len())}
	for i, w := range d.weights {
		n.logw[i] = math.Log(w)
	}
	rows := append([]float64(nil), d.points.RawMatrix().Data...)
	floats.Scale(c.M, rows)
	n.centres = kernel.NewPoints(rows, d.Dim())
	n.small = sync.OnceValue(n.inFewDimensions)
	return n
}

// smallAtoms is the law in the form of the loops of mixtures, with D(x). These
// are faster in few dimensions, and slower than products of matrices in many.
type smallAtoms struct {
	mix  *kernel.Mixture[float64] // nil where distances are better
	mean *kernel.Blend[float64]
}

func (n *noisedAtoms) inFewDimensions() (s smallAtoms) {
	const few, sharp = 8, 1e6
	d := n.Dim()
	if d > few {
		return s
	}
	rows := append([]float64(nil), n.of.points.RawMatrix().Data...)
	largest := max(floats.Max(rows), -floats.Min(rows))
	// With logits beyond sharp, weights count less than rounding errors where
	// atoms are equally near; distances are taken relative to the least.
	if size := n.c.M * largest; !(size*size < sharp*n.c.Var) || !finite(4/n.c.Var) || !finite(4*n.c.Var) {
		return s
	}
	vars := make([]float64, n.of.Len())
	for i := range vars {
		vars[i] = n.c.Var
	}
	means := make([]float64, len(rows))
	floats.ScaleTo(means, n.c.M, rows)
	s.mix = kernel.NewIsotropicMixture[float64](n.of.weights, means, vars)
	s.mean = s.mix.NewBlend(rows, make([]float64, len(vars)))
	return s
}

// batch is how many points share a pass over the atoms: fewer if their distances
// would take much memory. A point's values don't depend on the others that it is
// computed with.
func batch(atoms int) int { return min(64, max(16, 1<<19/atoms)) }

// dimensions is how many coordinates one call of kernel.SqDist takes.
const dimensions = 64

// each calls visit for the rows of x: with the responsibilities r of the atoms,
// the posterior mean and the log density.
func (n *noisedAtoms) each(x *mat.Dense, visit func(i int, r, mean []float64, logp float64)) {
	rows, d := x.Dims()
	atoms := n.of.Len()
	batch := min(rows, batch(atoms))
	r := mat.NewDense(batch, atoms, nil)
	means := mat.NewDense(batch, d, nil)
	var part []float64
	if d > dimensions {
		part = make([]float64, batch*atoms)
	}
	logp := make([]float64, batch)
	for lo := 0; lo < rows; lo += batch {
		hi := min(lo+batch, rows)
		block := r.Slice(0, hi-lo, 0, atoms).(*mat.Dense)
		n.distances(block.RawMatrix().Data, part, mat.DenseCopyOf(x.Slice(lo, hi, 0, d)))
		for i := range hi - lo {
			logp[i] = n.posterior(block.RawRowView(i))
		}
		m := means.Slice(0, hi-lo, 0, d).(*mat.Dense)
		m.Mul(block, n.of.points)
		for i := range hi - lo {
			visit(lo+i, block.RawRowView(i), m.RawRowView(i), logp[i])
		}
	}
}

// distances stores |x − m yᵢ|² of each row of x into a row of dst.
func (n *noisedAtoms) distances(dst, part []float64, x *mat.Dense) {
	rows, d := x.Dims()
	atoms := n.of.Len()
	at := kernel.NewPoints(x.RawMatrix().Data, d)
	for k := 0; k < d; k += dimensions {
		to := min(k+dimensions, d)
		if k == 0 {
			kernel.SqDist(dst, atoms, coordinates(at, k, to), coordinates(n.centres, k, to))
			continue
		}
		kernel.SqDist(part, atoms, coordinates(at, k, to), coordinates(n.centres, k, to))
		floats.Add(dst[:rows*atoms], part[:rows*atoms])
	}
}

func coordinates(p kernel.Points[float64], from, to int) kernel.Points[float64] {
	p.D, p.Coord = to-from, p.Coord[from*p.Stride:to*p.Stride]
	return p
}

// posterior turns the squared distances r of a point into responsibilities and
// returns the log density.
func (n *noisedAtoms) posterior(r []float64) (logp float64) {
	least := math.Inf(1)
	for i, sq := range r {
		if n.of.weights[i] > 0 {
			least = min(least, sq) // NaN stays
		}
	}
	switch {
	case math.IsInf(least, 1):
		// Where squares overflow, no atom is seen to be nearer than another.
		copy(r, n.of.weights)
		return math.Inf(-1)
	case n.c.Var == 0:
		n.nearest(r, least)
		if least == 0 {
			return math.Inf(1)
		}
		return math.Inf(-1)
	}
	// Relative to the least distance, so that no variance is too small.
	most := math.Inf(-1)
	for i, sq := range r {
		r[i] = n.logw[i]
		if sq > least {
			r[i] -= 0.5 * (sq - least) / n.c.Var
		}
		most = max(most, r[i])
	}
	floats.AddConst(-most, r)
	kernel.Exp(r, r)
	sum := floats.Sum(r)
	for i := range r {
		r[i] /= sum
	}
	d := float64(n.of.Dim())
	return most + math.Log(sum) - 0.5*least/n.c.Var - d*(num.LogSqrt2Pi+0.5*math.Log(n.c.Var))
}

// nearest gives the atoms at the least squared distance their weights, and the
// others none: the posterior in the limit of no noise.
func (n *noisedAtoms) nearest(r []float64, least float64) {
	var sum float64
	for i, sq := range r {
		r[i] = 0
		if !(sq > least) {
			r[i] = n.of.weights[i]
			sum += r[i]
		}
	}
	for i := range r {
		r[i] /= sum
	}
}

// Dim returns the number of dimensions.
func (n *noisedAtoms) Dim() int { return n.of.Dim() }

// Sample fills the rows of dst with independent draws.
func (n *noisedAtoms) Sample(dst *mat.Dense, key rng.Key) {
	n.of.Sample(dst, key.Named("atom"))
	rows, d := dst.Dims()
	eps := make([]float64, rows*d)
	key.Named("noise").Normal(eps)
	sigma := n.c.Sigma()
	for i := range rows {
		row := dst.RawRowView(i)
		for k, y := range row {
			row[k] = n.c.M*y + sigma*eps[i*d+k]
		}
	}
}

// LogProb stores the log density at the rows of x into dst.
func (n *noisedAtoms) LogProb(dst []float64, x *mat.Dense) {
	rows := checkRows("measure.Noised.LogProb", nil, x, n.Dim())
	checkLen("measure.Noised.LogProb", dst, rows)
	if s := n.small(); s.mix != nil {
		w := workspaces.Get().(*workspace)
		for lo := 0; lo < rows; lo += block {
			hi := min(lo+block, rows)
			s.mix.LogDensity(dst[lo:hi], load(&w.points, x, lo, hi))
		}
		workspaces.Put(w)
		return
	}
	n.each(x, func(i int, _, _ []float64, logp float64) { dst[i] = logp })
}

// Score stores (m D(x) − x)/var at the rows of x into the rows of dst.
func (n *noisedAtoms) Score(dst, x *mat.Dense) {
	n.field("measure.Noised.Score", dst, x, func(x, mean float64) float64 {
		off := n.c.M*mean - x
		if off == 0 {
			return 0
		}
		return off / n.c.Var
	})
}

// Velocity implements Noised: ṁ D(x) + ½(v̇ar/var)(x − m D(x)).
func (n *noisedAtoms) Velocity(dst, x *mat.Dense) {
	gain := 0.0
	if n.c.Var > 0 {
		gain = 0.5 * n.c.DVar / n.c.Var
	}
	n.field("measure.Noised.Velocity", dst, x, func(x, mean float64) float64 {
		return n.c.DM*mean + gain*(x-n.c.M*mean)
	})
}

// Denoise implements Noised.
func (n *noisedAtoms) Denoise(dst, x *mat.Dense) {
	n.field("measure.Noised.Denoise", dst, x, func(_, mean float64) float64 { return mean })
}

// field stores f of each coordinate of x and of D(x).
func (n *noisedAtoms) field(fn string, dst, x *mat.Dense, f func(x, mean float64) float64) {
	rows := checkRows(fn, dst, x, n.Dim())
	if s := n.small(); s.mix != nil {
		w := workspaces.Get().(*workspace)
		for lo := 0; lo < rows; lo += block {
			p := load(&w.points, x, lo, min(lo+block, rows))
			means := p
			means.Coord = room(&w.more, len(p.Coord))
			s.mix.Blend(means, nil, s.mean, p)
			for i, v := range p.Coord {
				means.Coord[i] = f(v, means.Coord[i])
			}
			store(dst, lo, means)
		}
		workspaces.Put(w)
		return
	}
	n.each(x, func(i int, _, mean []float64, _ float64) {
		from, to := x.RawRowView(i), dst.RawRowView(i)
		for k, v := range from {
			to[k] = f(v, mean[k])
		}
	})
}

// VelocityDivergence implements CurvedNoised. The posterior mean has the
// derivative (m/var) E(y−D)(y−D)ᵀ.
func (n *noisedAtoms) VelocityDivergence(dst []float64, x *mat.Dense) {
	gain := 0.5 * n.c.DVar / n.c.Var
	n.divergence("measure.Noised.VelocityDivergence", dst, x, gain, n.c.DM-gain*n.c.M)
}

// ScoreDivergence implements Curved.
func (n *noisedAtoms) ScoreDivergence(dst []float64, x *mat.Dense) {
	n.divergence("measure.Noised.ScoreDivergence", dst, x, -1/n.c.Var, n.c.M/n.c.Var)
}

// VelocityJacobian implements CurvedNoised.
func (n *noisedAtoms) VelocityJacobian(dst, x *mat.Dense) {
	gain := 0.5 * n.c.DVar / n.c.Var
	n.jacobian("measure.Noised.VelocityJacobian", dst, x, gain, n.c.DM-gain*n.c.M)
}

// ScoreJacobian implements Curved.
func (n *noisedAtoms) ScoreJacobian(dst, x *mat.Dense) {
	n.jacobian("measure.Noised.ScoreJacobian", dst, x, -1/n.c.Var, n.c.M/n.c.Var)
}

// DenoiseJacobian implements CurvedNoised.
func (n *noisedAtoms) DenoiseJacobian(dst, x *mat.Dense) {
	n.jacobian("measure.Noised.DenoiseJacobian", dst, x, 0, 1)
}

// divergence stores that of a·x + b·D(x).
func (n *noisedAtoms) divergence(fn string, dst []float64, x *mat.Dense, a, b float64) {
	checkLen(fn, dst, checkRows(fn, nil, x, n.Dim()))
	n.each(x, func(i int, r, mean []float64, _ float64) {
		var spread float64
		for at, w := range r {
			if w == 0 {
				continue
			}
			for k, y := range n.of.points.RawRowView(at) {
				spread += w * (y - mean[k]) * (y - mean[k])
			}
		}
		dst[i] = float64(n.Dim())*a + b*n.c.M/n.c.Var*spread
	})
}

// jacobian stores that of a·x + b·D(x).
func (n *noisedAtoms) jacobian(fn string, dst, x *mat.Dense, a, b float64) {
	d := n.Dim()
	checkSquare(fn, dst, x, d)
	off := make([]float64, d)
	n.each(x, func(i int, r, mean []float64, _ float64) {
		to := dst.RawRowView(i)
		clear(to)
		for at, w := range r {
			if w == 0 {
				continue
			}
			floats.SubTo(off, n.of.points.RawRowView(at), mean)
			for p, v := range off {
				floats.AddScaled(to[p*d:][:d], w*v, off)
			}
		}
		floats.Scale(b*n.c.M/n.c.Var, to)
		for p := range d {
			to[p*d+p] += a
		}
	})
}

// Mean stores m E x₀ into dst, which is allocated if nil, and returns it.
func (n *noisedAtoms) Mean(dst []float64) []float64 {
	dst = n.of.Mean(dst)
	floats.Scale(n.c.M, dst)
	return dst
}

// Cov stores m² Cov x₀ + var I into dst, which must be empty or d×d.
func (n *noisedAtoms) Cov(dst *mat.SymDense) {
	n.of.Cov(dst)
	dst.ScaleSym(n.c.M*n.c.M, dst)
	for k := range n.Dim() {
		dst.SetSym(k, k, dst.At(k, k)+n.c.Var)
	}
}

// frozen is the law of m x₀ with the limits of the fields.
type frozen struct {
	*Discrete
	limit *noisedAtoms
}

var _ Noised = (*frozen)(nil)

func (f *frozen) LogProb(dst []float64, x *mat.Dense) { f.limit.LogProb(dst, x) }
func (f *frozen) Score(dst, x *mat.Dense)             { f.limit.Score(dst, x) }
func (f *frozen) Velocity(dst, x *mat.Dense)          { f.limit.Velocity(dst, x) }
func (f *frozen) Denoise(dst, x *mat.Dense)           { f.limit.Denoise(dst, x) }

// AsDiscrete returns m as a Discrete if it is one in law by construction: a
// *Discrete, or one noised by no noise.
func AsDiscrete(m Measure) (*Discrete, bool) {
	switch m := m.(type) {
	case *Discrete:
		return m, m != nil
	case *frozen:
		return m.Discrete, true
	}
	return nil, false
}

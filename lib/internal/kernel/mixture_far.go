package kernel

import (
	"math"
	"slices"
)

// mixtureChunk is the number of components at a time, of which the logits are
// kept.
const mixtureChunk = 32

// far sets w to the responsibilities at the point with the coordinates x[c·ld],
// and returns its log density. It is for the few points where the logits, or the
// values that a blend is made of, overflow.
func (m *Mixture[T]) far(w []float64, x []T, ld int) float64 {
	finite := true
	for c := range m.d {
		v := float64(x[c*ld])
		if v != v {
			return m.undefined(w, v)
		}
		finite = finite && !math.IsInf(v, 0)
	}
	if !finite {
		return m.undefined(w, math.Inf(-1))
	}
	base := m.relative(w, x, ld, 1)
	if !(base > math.Inf(-1)) {
		// Distances in this unit neither overflow nor become subnormal.
		base = m.relative(w, x, ld, 0x1p-530)
	}
	top, sum := slices.Max(w), 0.0
	for k, l := range w {
		w[k] = math.Exp(l - top)
		sum += w[k]
	}
	for k := range w {
		w[k] /= sum
	}
	return base + top + math.Log(sum)
}

// undefined sets w to NaN and returns logp.
func (m *Mixture[T]) undefined(w []float64, logp float64) float64 {
	for k := range w {
		w[k] = math.NaN()
	}
	return logp
}

// relative sets w to the logits less that of the component whose mean is the
// nearest, which it returns. The distances are computed in the unit.
func (m *Mixture[T]) relative(w []float64, x []T, ld int, unit float64) float64 {
	least, peak := math.Inf(1), math.Inf(-1)
	for k, p := range m.peak {
		n := m.distance(k, x, ld, unit)
		if n != n || math.IsInf(p, -1) {
			n = math.Inf(1)
		}
		if w[k] = n; n < least || n == least && p > peak {
			least, peak = n, p
		}
	}
	for k, n := range w {
		switch w[k] = m.peak[k] - peak; {
		case math.IsInf(n, 1):
			w[k] = math.Inf(-1)
		case n > least:
			w[k] -= float64(0.5 * ((n - least) / unit / unit) * ((n + least) / unit / unit))
		}
	}
	least /= unit * unit
	return peak - float64(0.5*least*least)
}

// distance is |W(x − mean)| of component k, times the square of unit.
func (m *Mixture[T]) distance(k int, x []T, ld int, unit float64) float64 {
	d, mean := m.d, m.mean[k*m.d:]
	n := 0.0
	if m.half != nil {
		for c := range d {
			n = math.Hypot(n, float64(x[c*ld])*unit-mean[c]*unit)
		}
		return n * (math.Sqrt2 * math.Sqrt(m.half[k]) * unit)
	}
	for r := range d {
		y := 0.0
		for c, v := range m.white[(k*d+r)*d:][:d] {
			if v != 0 {
				y = math.FMA(v*unit, float64(x[c*ld])*unit-mean[c]*unit, y)
			}
		}
		n = math.Hypot(n, y)
	}
	return n
}

// far is entry r of the field at a point with these responsibilities.
func (b *Blend[T]) far(w []float64, x []T, ld, r int) float64 {
	d, sum := b.of.d, 0.0
	for k, w := range w {
		if w == 0 {
			continue
		}
		mean, y := b.of.mean[k*d:], b.offset[k*d+r]
		if b.full {
			for c, g := range b.gain[(k*d+r)*d:][:d] {
				if g != 0 {
					y = math.FMA(g, float64(x[c*ld])-mean[c], y)
				}
			}
		} else {
			y = math.FMA(b.gain[k], float64(x[r*ld])-mean[r], y)
		}
		sum = math.FMA(w, y, sum)
	}
	return sum
}

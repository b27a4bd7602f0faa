package kernel

import (
	"math"
	"sync"
)

const (
	mixtureTile64 = 8 * lanes64             // points at a time
	mixtureLd64   = mixtureTile64 + lanes64 // so that rows don't share cache sets
)

func isotropicLogits64Go(l []float64, ld int, top, x []float64, stride int, parts []float64, k, d int) {
	for i := range k {
		mean, half, peak := parts[:d], parts[d], parts[d+1]
		parts = parts[d+2:]
		for j := range top {
			q := float64(0)
			for c, m := range mean {
				z := m - x[c*stride+j]
				q = math.FMA(z, z, q)
			}
			setLogit64(l[i*ld:], top, j, math.FMA(-half, q, peak))
		}
	}
}

func setLogit64(l, top []float64, j int, v float64) {
	l[j] = v
	if v > top[j] {
		top[j] = v
	}
}

func fullLogits64Go(l []float64, ld int, top, x []float64, stride int, parts []float64, k, d, lower int) {
	for i := range k {
		var rest []float64
		for j := range top {
			v := parts[0]
			rest = parts[1:]
			for r := 0; r < d; r += 2 {
				rows, columns := min(2, d-r), d
				if lower != 0 {
					columns = r + rows
				}
				var y [2]float64
				rest = project64Go(&y, rows, columns, x[j:], stride, rest)
				for _, y := range y[:rows] {
					v = math.FMA(-y, y, v)
				}
			}
			setLogit64(l[i*ld:], top, j, v)
		}
		parts = rest
	}
}

// project64Go subtracts from y the products of one or two rows with mean − x, and
// returns the parts that follow theirs.
func project64Go(y *[2]float64, rows, columns int, x []float64, stride int, parts []float64) []float64 {
	for c := range columns {
		z := parts[0] - x[c*stride]
		y[0] = math.FMA(-z, parts[1], y[0])
		if rows == 2 {
			y[1] = math.FMA(-z, parts[2], y[1])
		}
		parts = parts[1+rows:]
	}
	return parts
}

func mixtureExp64Go(e []float64, ld, k int, top, sum []float64) {
	for i := range k {
		row := e[i*ld:]
		for j, t := range top {
			row[j] = exp2Zero64(row[j] - t)
			sum[j] += row[j]
		}
	}
}

func mixtureLog64Go(dst, top, sum []float64) {
	for j, t := range top {
		dst[j] = logSum64(t, sum[j])
	}
}

func isotropicField64Go(dst []float64, ldd int, e []float64, ld int, x []float64, stride int, parts []float64, k, d, n int) {
	for r := range d {
		row, coord := dst[r*ldd:][:n], x[r*stride:]
		for i := range k {
			mean, gain, offset := parts[0], parts[1], parts[2]
			parts = parts[3:]
			weight := e[i*ld:]
			for j := range row {
				y := math.FMA(-gain, mean-coord[j], offset)
				row[j] = math.FMA(weight[j], y, row[j])
			}
		}
	}
}

func fullField64Go(dst []float64, ldd int, e []float64, ld int, x []float64, stride int, parts []float64, k, d, n int) {
	for i := range k {
		var rest []float64
		for j := range n {
			rest = parts
			for r := 0; r < d; r += 2 {
				rows := min(2, d-r)
				var y [2]float64
				copy(y[:rows], rest)
				rest = project64Go(&y, rows, d, x[j:], stride, rest[rows:])
				for s, y := range y[:rows] {
					at := (r+s)*ldd + j
					dst[at] = math.FMA(y, e[i*ld+j], dst[at])
				}
			}
		}
		parts = rest
	}
}

func mixtureDivide64Go(dst []float64, ldd int, src []float64, ld, k int, den, check []float64) {
	for i := range k {
		for j, by := range den {
			v := src[i*ld+j] / by
			dst[i*ldd+j] = v
			check[j%lanes64] = math.FMA(v, 0, check[j%lanes64])
		}
	}
}

// A mixtureSpace64 holds a tile of points and what is known of them.
type mixtureSpace64 struct {
	points, width int // in the tile, and with those that fill its last group
	dim           int
	x             []float64 // coordinates
	field         []float64 // sums
	e             []float64 // logits of some components, then 2^(logit − top)

	top, last, sum, part [mixtureTile64]float64
	check                [lanes64]float64
	far                  []double
}

var (
	mixtureSpaces64 = sync.Pool{New: func() any {
		return &mixtureSpace64{e: make([]float64, mixtureChunk*mixtureLd64)}
	}}
	noLogits64 [mixtureTile64]float64
)

func init() {
	for p := range noLogits64 {
		noLogits64[p] = -inf64
	}
}

// start takes the points of x from j on, as many as there is room for.
func (s *mixtureSpace64) start(x Points[float64], j int) {
	s.points, s.dim = min(mixtureTile64, x.N-j), x.D
	s.width = whole64(s.points + lanes64 - 1)
	if len(s.x) < x.D*mixtureLd64 {
		s.x = make([]float64, x.D*mixtureLd64)
		s.field = make([]float64, x.D*mixtureLd64)
	}
	for c := range x.D {
		row := s.x[c*mixtureLd64:]
		clear(row[copy(row, x.Coord[c*x.Stride+j:][:s.points]):s.width])
	}
	s.top = noLogits64
	clear(s.sum[:])
	clear(s.check[:])
}

// logits sets the rows of e to the logits of components i to i+k−1.
func (s *mixtureSpace64) logits(m *Mixture[float64], e []float64, i, k int) {
	parts := m.parts[i*m.size:]
	if m.half != nil {
		isotropicLogits64(e, mixtureLd64, s.top[:s.width], s.x, mixtureLd64, parts, k, s.dim)
		return
	}
	lower := 0
	if m.lower {
		lower = 1
	}
	fullLogits64(e, mixtureLd64, s.top[:s.width], s.x, mixtureLd64, parts, k, s.dim, lower)
}

// exp replaces the k rows of e by their exponentials and adds these to sum.
func (s *mixtureSpace64) exp(e []float64, k int, first bool) {
	if first {
		mixtureExp64(e, mixtureLd64, k, s.top[:s.width], s.sum[:])
		return
	}
	// A sum for each chunk of components errs less.
	clear(s.part[:])
	mixtureExp64(e, mixtureLd64, k, s.top[:s.width], s.part[:])
	for p, v := range s.part[:s.width] {
		s.sum[p] += v
	}
}

// rescale divides what was summed by 2^(top − last).
func (s *mixtureSpace64) rescale(field bool) {
	by := s.last[:s.width]
	changed := false
	for p, last := range by {
		by[p] = 0
		if top := s.top[p]; top != last {
			by[p] = (top - last) * math.Ln2
			changed = true
		}
	}
	if !changed {
		return
	}
	exp64(by, by)
	for p, v := range by {
		s.sum[p] /= v
	}
	if field {
		mixtureDivide64(s.field, mixtureLd64, s.field, mixtureLd64, s.dim, by, s.part[:])
	}
}

// add adds to the field its values by components i to i+k−1, times e.
func (s *mixtureSpace64) add(b *Blend[float64], i, k int) {
	if b.full {
		parts := b.parts[i*(len(b.parts)/b.of.k):]
		fullField64(s.field, mixtureLd64, s.e, mixtureLd64, s.x, mixtureLd64, parts, k, s.dim, s.width)
	} else {
		parts := b.parts[3*i*s.dim:]
		isotropicField64(s.field, mixtureLd64, s.e, mixtureLd64, s.x, mixtureLd64, parts, k, s.dim, s.width)
	}
}

// quotients stores k rows of src over the sums into dst from j on.
func (s *mixtureSpace64) quotients(dst Points[float64], j int, src []float64, k int) {
	if s.points == s.width {
		mixtureDivide64(dst.Coord[j:], dst.Stride, src, mixtureLd64, k, s.sum[:s.width], s.check[:])
		return
	}
	mixtureDivide64(src, mixtureLd64, src, mixtureLd64, k, s.sum[:s.width], s.check[:])
	for i := range k {
		copy(dst.Coord[i*dst.Stride+j:], src[i*mixtureLd64:][:s.points])
	}
}

// logDensity stores the log densities into dst from j on.
func (s *mixtureSpace64) logDensity(dst []float64, j int) {
	if s.points == s.width {
		mixtureLog64(dst[j:], s.top[:s.width], s.sum[:])
		return
	}
	mixtureLog64(s.part[:], s.top[:s.width], s.sum[:])
	copy(dst[j:], s.part[:s.points])
}

// finish computes anew, and with care, what overflowed in rows of dst and in
// logp. The rows are the values of b, or responsibilities if that is nil.
func (s *mixtureSpace64) finish(m *Mixture[float64], dst Points[float64], logp []float64, b *Blend[float64], j int) {
	lost := dst.Coord == nil
	for _, v := range s.check {
		lost = lost || v != v
	}
	if !lost {
		return
	}
	if len(s.far) < m.k {
		s.far = make([]double, m.k)
	}
	r := s.far[:m.k]
	for p := range s.points {
		good := s.sum[p] != 0
		for i := 0; good && i < dst.D; i++ {
			v := dst.Coord[i*dst.Stride+j+p]
			good = v-v == 0
		}
		if good {
			continue
		}
		l := m.far(r, s.x[p:], mixtureLd64)
		if logp != nil {
			logp[j+p] = float64(l)
		}
		for i := range dst.D {
			v := &dst.Coord[i*dst.Stride+j+p]
			if b == nil {
				*v = float64(r[i])
			} else {
				*v = float64(b.far(r, s.x[p:], mixtureLd64, i))
			}
		}
	}
}

// blend64 leaves out logp if it is nil, and dst if b is.
func blend64(m *Mixture[float64], dst Points[float64], logp []float64, b *Blend[float64], x Points[float64]) {
	s := mixtureSpaces64.Get().(*mixtureSpace64)
	for j := 0; j < x.N; j += mixtureTile64 {
		s.start(x, j)
		if b != nil {
			clear(s.field[:s.dim*mixtureLd64])
		}
		for i := 0; i < m.k; i += mixtureChunk {
			k := min(mixtureChunk, m.k-i)
			if i > 0 {
				s.last = s.top
			}
			s.logits(m, s.e, i, k)
			if i > 0 {
				s.rescale(b != nil)
			}
			s.exp(s.e, k, i == 0)
			if b != nil {
				s.add(b, i, k)
			}
		}
		if logp != nil {
			s.logDensity(logp, j)
		}
		if b != nil {
			s.quotients(dst, j, s.field, s.dim)
		}
		s.finish(m, dst, logp, b, j)
	}
	mixtureSpaces64.Put(s)
}

func responsibilities64(m *Mixture[float64], dst Points[float64], logp []float64, x Points[float64]) {
	s := mixtureSpaces64.Get().(*mixtureSpace64)
	if len(s.e) < m.k*mixtureLd64 {
		s.e = make([]float64, m.k*mixtureLd64)
	}
	for j := 0; j < x.N; j += mixtureTile64 {
		s.start(x, j)
		s.logits(m, s.e, 0, m.k)
		for i := 0; i < m.k; i += mixtureChunk {
			s.exp(s.e[i*mixtureLd64:], min(mixtureChunk, m.k-i), i == 0)
		}
		if logp != nil {
			s.logDensity(logp, j)
		}
		s.quotients(dst, j, s.e, m.k)
		s.finish(m, dst, logp, nil, j)
	}
	mixtureSpaces64.Put(s)
}

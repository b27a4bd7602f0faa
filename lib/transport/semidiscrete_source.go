package transport

import (
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Polygon is the uniform distribution on a convex polygon.
type Polygon struct {
	corners [][2]float64 // counterclockwise
	area    float64
}

var _ measure.LogDensity = (*Polygon)(nil)

// NewPolygon returns the uniform distribution on the convex polygon with the given
// corners, in order, either way around.
//
// It returns an error if there are fewer than three corners, if a coordinate isn't
// finite, if the polygon isn't convex, or if its area is 0 or overflows.
func NewPolygon(corners ...[2]float64) (*Polygon, error) {
	const fn = "transport.NewPolygon"
	n := len(corners)
	if n < 3 {
		return nil, fmt.Errorf("%s: there are %d corners, want at least 3", fn, n)
	}
	for i, c := range corners {
		for _, v := range c {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%s: corner %d is %v, want finite coordinates", fn, i, c)
			}
		}
	}
	p := &Polygon{corners: append([][2]float64(nil), corners...)}
	for k := 2; k < n; k++ {
		p.area += 0.5 * cross(corners[0], corners[k-1], corners[k])
	}
	if p.area < 0 {
		p.area = -p.area
		for i, j := 0, n-1; i < j; i, j = i+1, j-1 {
			p.corners[i], p.corners[j] = p.corners[j], p.corners[i]
		}
	}
	if !(p.area > 0) || math.IsInf(p.area, 1) {
		return nil, fmt.Errorf("%s: the area is %v, want a positive finite one", fn, p.area)
	}
	// All corners must be to the left of each edge, once around.
	var turn float64
	for i, c := range p.corners {
		next, then := p.corners[(i+1)%n], p.corners[(i+2)%n]
		turn += math.Atan2(cross(c, next, then), (next[0]-c[0])*(then[0]-next[0])+(next[1]-c[1])*(then[1]-next[1]))
		for k, d := range p.corners {
			if t := cross(c, next, d); t < -1e-12*p.area {
				return nil, fmt.Errorf("%s: the polygon isn't convex: corner %d = %v lies outside the edge from %v to %v", fn, k, d, c, next)
			}
		}
	}
	if turn > 3*math.Pi {
		return nil, fmt.Errorf("%s: the corners go around more than once", fn)
	}
	return p, nil
}

// cross returns twice the area of a triangle, positive counterclockwise.
func cross(a, b, c [2]float64) float64 {
	return (b[0]-a[0])*(c[1]-a[1]) - (b[1]-a[1])*(c[0]-a[0])
}

// Dim returns 2, and 0 for a nil or zero Polygon.
func (p *Polygon) Dim() int {
	if p == nil || len(p.corners) == 0 {
		return 0
	}
	return 2
}

// Corners returns a copy of the corners, counterclockwise.
func (p *Polygon) Corners() [][2]float64 { return append([][2]float64(nil), p.corners...) }

// Sample fills the rows of dst with independent draws.
func (p *Polygon) Sample(dst *mat.Dense, key rng.Key) {
	n, d := dst.Dims()
	if d != 2 {
		panic((&measure.DimError{Func: "transport.Polygon.Sample", Arg: "dst", Got: d, Want: 2}).Error())
	}
	upto := make([]float64, len(p.corners)-2) // of the triangles at corner 0
	var sum float64
	for k := range upto {
		sum += cross(p.corners[0], p.corners[k+1], p.corners[k+2])
		upto[k] = sum
	}
	u := make([]float64, 3*n)
	key.Uniform(u)
	for i := range n {
		k := min(sort.SearchFloat64s(upto, u[3*i]*sum), len(upto)-1)
		s, t := u[3*i+1], u[3*i+2]
		if s+t > 1 {
			s, t = 1-s, 1-t
		}
		a, b, c := p.corners[0], p.corners[k+1], p.corners[k+2]
		for l := range 2 {
			dst.Set(i, l, a[l]+s*(b[l]-a[l])+t*(c[l]-a[l]))
		}
	}
}

// LogProb stores −ln(area) inside the polygon and −Inf outside.
func (p *Polygon) LogProb(dst []float64, x *mat.Dense) {
	n, d := x.Dims()
	if d != 2 || len(dst) != n {
		panic(fmt.Sprintf("transport.Polygon.LogProb: x is %d×%d and dst has length %d, want n×2 and n", n, d, len(dst)))
	}
	for i := range dst {
		at := [2]float64{x.At(i, 0), x.At(i, 1)}
		dst[i] = -math.Log(p.area)
		for k, c := range p.corners {
			if t := cross(c, p.corners[(k+1)%len(p.corners)], at); t < 0 {
				dst[i] = math.Inf(-1)
			} else if math.IsNaN(t) {
				dst[i] = t
				break
			}
		}
	}
}

// planeDensity is a density of mass 1 in the plane, in coordinates in which it
// lies within [−1, 1]².
type planeDensity interface {
	domain() []corner // convex
	// pieces calls visit for parts of a polygon where the density is constant.
	pieces(poly []corner, visit func(poly []corner, density float64))
	along(a, b corner) float64 // integral along a segment
}

// newPlaneDensity returns the density at u = (x − centre)/half.
func newPlaneDensity(fn string, source measure.Measure) (p planeDensity, centre [2]float64, half float64, err error) {
	switch s := source.(type) {
	case *Polygon:
		if s.Dim() == 2 {
			lo, hi := s.corners[0], s.corners[0]
			for _, c := range s.corners {
				for k, v := range c {
					lo[k], hi[k] = min(lo[k], v), max(hi[k], v)
				}
			}
			centre, half = middle(lo, hi)
			f := &flatDensity{density: half / s.area * half}
			for _, c := range s.corners {
				f.border = append(f.border, corner{(c[0] - centre[0]) / half, (c[1] - centre[1]) / half, -1, false})
			}
			return f, centre, half, nil
		}
	case *measure.Grid:
		if s.Dim() == 2 {
			axes := s.Axes()
			centre, half = middle([2]float64{axes[0].Lo, axes[1].Lo}, [2]float64{axes[0].Hi, axes[1].Hi})
			for k := range axes {
				axes[k].Lo, axes[k].Hi = (axes[k].Lo-centre[k])/half, (axes[k].Hi-centre[k])/half
			}
			return &gridDensity{axes[0], axes[1], s.Masses(), axes[0].Width() * axes[1].Width()}, centre, half, nil
		}
	}
	return nil, centre, 0, fmt.Errorf("%s: source is %T, want a *transport.Polygon or a *measure.Grid in two dimensions", fn, source)
}

func middle(lo, hi [2]float64) (centre [2]float64, half float64) {
	for k := range centre {
		centre[k] = 0.5*lo[k] + 0.5*hi[k]
		half = max(half, 0.5*hi[k]-0.5*lo[k])
	}
	return centre, half
}

// flatDensity is constant on a polygon.
type flatDensity struct {
	border  []corner
	density float64
}

func (f *flatDensity) domain() []corner { return f.border }

func (f *flatDensity) pieces(poly []corner, visit func([]corner, float64)) { visit(poly, f.density) }

func (f *flatDensity) along(a, b corner) float64 { return f.density * math.Hypot(b.x-a.x, b.y-a.y) }

// gridDensity is constant in each cell of a grid.
type gridDensity struct {
	x, y measure.Axis
	mass []float64 // y fastest
	area float64   // of a cell
}

func (g *gridDensity) domain() []corner {
	return []corner{{g.x.Lo, g.y.Lo, -1, false}, {g.x.Hi, g.y.Lo, -1, false}, {g.x.Hi, g.y.Hi, -1, false}, {g.x.Lo, g.y.Hi, -1, false}}
}

// clampCell returns the cell of an axis at or next to v.
func clampCell(a measure.Axis, v float64) int {
	i, _ := a.Cell(min(max(v, a.Lo), a.Hi))
	return i
}

func (g *gridDensity) pieces(poly []corner, visit func([]corner, float64)) {
	x0, x1, _, _ := extent(poly)
	var half, strip, other []corner
	for i := clampCell(g.x, x0); i <= clampCell(g.x, x1); i++ {
		half = clip(half[:0], poly, -1, 0, -g.x.Edge(i), -1)
		strip = clip(strip[:0], half, 1, 0, g.x.Edge(i+1), -1)
		if len(strip) < 3 {
			continue
		}
		_, _, y0, y1 := extent(strip)
		for j := clampCell(g.y, y0); j <= clampCell(g.y, y1); j++ {
			if m := g.mass[i*g.y.N+j]; m > 0 {
				half = clip(half[:0], strip, 0, -1, -g.y.Edge(j), -1)
				other = clip(other[:0], half, 0, 1, g.y.Edge(j+1), -1)
				visit(other, m/g.area)
			}
		}
	}
}

func extent(poly []corner) (x0, x1, y0, y1 float64) {
	x0, x1, y0, y1 = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, c := range poly {
		x0, x1, y0, y1 = min(x0, c.x), max(x1, c.x), min(y0, c.y), max(y1, c.y)
	}
	return x0, x1, y0, y1
}

func (g *gridDensity) along(a, b corner) float64 {
	length := math.Hypot(b.x-a.x, b.y-a.y)
	if length == 0 {
		return 0
	}
	// Where it crosses lines of the grid, as shares of its length.
	at := []float64{0, 1}
	for _, axis := range [...]struct {
		measure.Axis
		from, to float64
	}{{g.x, a.x, b.x}, {g.y, a.y, b.y}} {
		lo, hi := min(axis.from, axis.to), max(axis.from, axis.to)
		for i := clampCell(axis.Axis, lo) + 1; i <= clampCell(axis.Axis, hi); i++ {
			if t := (axis.Edge(i) - axis.from) / (axis.to - axis.from); t > 0 && t < 1 {
				at = append(at, t)
			}
		}
	}
	sort.Float64s(at)
	var sum float64
	for k := 1; k < len(at); k++ {
		mid := 0.5 * (at[k-1] + at[k])
		i, j := clampCell(g.x, a.x+mid*(b.x-a.x)), clampCell(g.y, a.y+mid*(b.y-a.y))
		sum += (at[k] - at[k-1]) * g.mass[i*g.y.N+j]
	}
	return sum * length / g.area
}

// blend returns the density of which the share t is spread evenly.
func (g *gridDensity) blend(t float64) *gridDensity {
	b := *g
	b.mass = make([]float64, len(g.mass))
	for i, m := range g.mass {
		b.mass[i] = (1-t)*m + t/float64(len(g.mass))
	}
	return &b
}

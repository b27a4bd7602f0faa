package figure

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
)

// Paths draws curves in the plane, path i through (X[i][k], Y[i][k]), in one
// colour. With Arrows each has a head in its middle.
type Paths struct {
	Name   string
	X, Y   [][]float64
	Arrows bool
	Color  Color   // Auto is grey
	Width  float64 // in points; 0 is 1
}

func (s Paths) check(*Figure) error {
	if err := same("X and Y", len(s.X), len(s.Y)); err != nil {
		return err
	}
	for i := range s.X {
		if err := same("X and Y of a path", len(s.X[i]), len(s.Y[i])); err != nil {
			return err
		}
	}
	return checkStyle(s.Name, s.Color, 0)
}

func (p *panel) paths(s Paths, l look) {
	width := s.Width
	if width == 0 {
		width = 1
	}
	var lines, heads vg.Path
	for i := range s.X {
		for _, r := range p.runs(len(s.X[i]), func(k int) bool { return p.x.shows(s.X[i][k]) && p.y.shows(s.Y[i][k]) }) {
			pts := make([]point, 0, r[1]-r[0])
			for k := r[0]; k < r[1]; k++ {
				pts = append(pts, point{p.x.at(s.X[i][k]), p.y.at(s.Y[i][k])})
			}
			for _, part := range p.frame.clipLine(pts) {
				lines = append(lines, polyline(simplify(part, 0.04))...)
			}
			if k := len(pts) / 2; s.Arrows && k > 0 && p.frame.contains(pts[k]) && pts[k] != pts[k-1] {
				heads = append(heads, head(pts[k-1], pts[k], headSize(width))...)
			}
		}
	}
	p.s.stroke(lines, l.color, width, nil)
	p.s.fill(heads, l.color, 1)
}

// at evaluates a vector field in the plane at one point.
func at(v flow.Map, x, y float64) (u, w float64) {
	p, dst := mat.NewDense(1, 2, []float64{x, y}), mat.NewDense(1, 2, nil)
	v.Apply(dst, p)
	return dst.At(0, 0), dst.At(0, 1)
}

// Quiver returns arrows of a vector field in the plane at n by n points over a
// rectangle, the longest as long as the points are apart; Auto is grey.
func Quiver(v flow.Map, x, y [2]float64, n int, c Color) Segments {
	pts := mat.NewDense(n*n, 2, nil)
	dx, dy := (x[1]-x[0])/float64(n), (y[1]-y[0])/float64(n)
	for i := range n {
		for j := range n {
			pts.SetRow(i*n+j, []float64{x[0] + (float64(i)+0.5)*dx, y[0] + (float64(j)+0.5)*dy})
		}
	}
	var u mat.Dense
	u.ReuseAs(n*n, 2)
	v.Apply(&u, pts)
	longest := 0.0
	for k := range n * n {
		if r := math.Hypot(u.At(k, 0)/dx, u.At(k, 1)/dy); finite(r) {
			longest = math.Max(longest, r)
		}
	}
	s := Segments{Arrows: true, Color: c, Width: 1.2}
	for k := range n * n {
		a, b := u.At(k, 0)/longest, u.At(k, 1)/longest
		if longest == 0 || !finite(a) || !finite(b) {
			continue
		}
		s.X0, s.X1 = append(s.X0, pts.At(k, 0)-a/2), append(s.X1, pts.At(k, 0)+a/2)
		s.Y0, s.Y1 = append(s.Y0, pts.At(k, 1)-b/2), append(s.Y1, pts.At(k, 1)+b/2)
	}
	return s
}

// Streamlines returns lines that a vector field in the plane is tangent to, over
// a rectangle and about evenly spaced: no two come nearer than an n-th of its
// sides. They are followed by the midpoint rule in steps of a fifth of that.
func Streamlines(v flow.Map, x, y [2]float64, n int, c Color) Paths {
	g := tracer{v: v, x: x, y: y, n: n, taken: make([]bool, n*n)}
	s := Paths{Arrows: true, Color: c}
	// Seeds from the rim inwards: lines that begin there reach far.
	for ring := range (n + 1) / 2 {
		for k := range n * n {
			i, j := k/n, k%n
			if min(i, j, n-1-i, n-1-j) != ring || g.taken[k] {
				continue
			}
			if px, py := g.line(i, j); len(px) > 0 {
				s.X, s.Y = append(s.X, px), append(s.Y, py)
			}
		}
	}
	return s
}

// A tracer follows streamlines in coordinates from 0 to n along both sides.
type tracer struct {
	v     flow.Map
	x, y  [2]float64
	n     int
	taken []bool
}

// slope is the field's direction at a place.
func (g *tracer) slope(p point) (point, bool) {
	n := float64(g.n)
	u, w := at(g.v, g.x[0]+p.x/n*(g.x[1]-g.x[0]), g.y[0]+p.y/n*(g.y[1]-g.y[0]))
	d := point{u / (g.x[1] - g.x[0]), w / (g.y[1] - g.y[0])}
	r := math.Hypot(d.x, d.y)
	return point{d.x / r, d.y / r}, r > 0 && finite(r)
}

// line follows the streamline through the middle of a cell both ways, and takes
// its cells if it is long enough.
func (g *tracer) line(i, j int) (xs, ys []float64) {
	const step = 0.2
	start := point{float64(i) + 0.5, float64(j) + 0.5}
	own := make(map[int]bool)
	var ends [2][]point
	for way := range ends {
		p, last := start, -1
		sign := 1 - 2*float64(way)
		var heading point
		for range 40 * g.n {
			k := g.cellOf(p)
			if k < 0 || g.taken[k] || own[k] && k != last && len(ends[way]) > 0 {
				break
			}
			d, ok := g.slope(p)
			// A step that turns the line round went over a ridge, or past a sink.
			if ok && len(ends[way]) > 0 && d.x*heading.x+d.y*heading.y < 0.3 {
				break
			}
			own[k], last = true, k
			ends[way] = append(ends[way], p)
			if !ok {
				break
			}
			d, ok = g.slope(point{p.x + sign*step/2*d.x, p.y + sign*step/2*d.y})
			if !ok {
				break
			}
			p, heading = point{p.x + sign*step*d.x, p.y + sign*step*d.y}, d
		}
	}
	if len(ends[0])+len(ends[1]) < 2*int(1/step) {
		return nil, nil
	}
	for k := range own {
		g.taken[k] = true
	}
	n := float64(g.n)
	put := func(p point) {
		xs = append(xs, g.x[0]+p.x/n*(g.x[1]-g.x[0]))
		ys = append(ys, g.y[0]+p.y/n*(g.y[1]-g.y[0]))
	}
	for k := len(ends[1]) - 1; k > 0; k-- {
		put(ends[1][k])
	}
	for _, p := range ends[0] {
		put(p)
	}
	return xs, ys
}

func (g *tracer) cellOf(p point) int {
	if !(p.x >= 0 && p.y >= 0 && p.x < float64(g.n) && p.y < float64(g.n)) {
		return -1
	}
	return int(p.x)*g.n + int(p.y)
}

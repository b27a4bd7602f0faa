package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// Plan draws what a transport plan moves between two clouds of points, the rows
// of x and y: sources as discs, sinks as squares, as large as their masses, and
// a line for each pair that mass moves between, as thick as its mass. Of points
// with more than two coordinates it shows the first two, and says so; those on
// the line stand at the heights 0 and 1. A plan of very many pairs is drawn by
// its heaviest, and says so.
//
// Like its siblings [Geodesic] and [Potentials], it panics if an argument is nil
// or doesn't have the plan's number of points, and if x and y have different
// dimensions or none.
func Plan(plan *transport.Plan, x, y mat.Matrix) *Figure {
	c := newClouds("Plan", plan, x, y)
	pairs, note := heaviest(plan, mostPairs)
	lines := Segments{Width: thin(len(pairs), 1.8, 0.35)}
	for _, p := range pairs {
		x0, y0 := c.source(p.I)
		x1, y1 := c.sink(p.J)
		lines.X0, lines.Y0 = append(lines.X0, x0), append(lines.Y0, y0)
		lines.X1, lines.Y1 = append(lines.X1, x1), append(lines.Y1, y1)
		lines.Weights = append(lines.Weights, p.mass)
	}
	a, b := plan.Masses()
	from, to := c.points()
	from.Name, from.Color, from.Radii = "sources $x_i$", Blue, radii(a, c.radius())
	to.Name, to.Color, to.Radii = "sinks $y_j$", Vermilion, radii(b, c.radius())
	cost := formula(relation.Term{Value: plan.Cost()})
	f := c.figure(`Plan of cost $\langle P, C\rangle = `+cost+`$`, note)
	f.Series = []Series{lines, from, to}
	if c.d == 1 {
		f.YLabel, f.YRange = "$s$", [2]float64{-0.08, 1.08}
	}
	return f
}

// Geodesic draws where the mass of a plan is on its way: at each of the times
// s, from 0 to 1, the points (1−s) xᵢ + s yⱼ, as large as P[i,j], in a panel of
// its own. This is the W₂ geodesic between the clouds if the plan is optimal for
// squared distances. Without times they are 0, 0.2, …, 1. Points on the line
// stand in one pair of axes, at the height s. It panics as [Plan] does, and if a
// time isn't in [0, 1].
func Geodesic(plan *transport.Plan, x, y mat.Matrix, times ...float64) *Figure {
	c := newClouds("Geodesic", plan, x, y)
	if len(times) == 0 {
		times = []float64{0, 0.2, 0.4, 0.6, 0.8, 1}
	}
	for _, s := range times {
		if !(s >= 0 && s <= 1) {
			panic(fmt.Sprintf("figure: Geodesic: time %v: want one in [0, 1]", s))
		}
	}
	pairs, note := heaviest(plan, mostPairs)
	masses := make([]float64, len(pairs))
	for k, p := range pairs {
		masses[k] = p.mass
	}
	small := 0.6 * c.radius() // panels are
	at := func(s float64) Points {
		pts := Points{X: make([]float64, len(pairs)), Y: make([]float64, len(pairs)), Radius: small, Radii: radii(masses, small), Color: Purple}
		switch s {
		case 0:
			pts.Color = Blue
		case 1:
			pts.Color = Vermilion
		}
		for k, p := range pairs {
			x0, y0 := c.source(p.I)
			x1, y1 := c.sink(p.J)
			pts.X[k], pts.Y[k] = (1-s)*x0+s*x1, (1-s)*y0+s*y1
		}
		return pts
	}
	const title = "On the way: $(1-s)\\,x_i + s\\,y_j$"
	f := c.figure(title, note)
	if c.d == 1 {
		f.YLabel, f.YRange = "$s$", [2]float64{-0.08, 1.08}
		for _, s := range times {
			f.Series = append(f.Series, at(s))
		}
		return f
	}
	f = &Figure{Title: title, Caption: f.Caption, Columns: min(3, len(times))}
	xr, yr := c.ranges()
	for _, s := range times {
		f.Panels = append(f.Panels, &Figure{
			Title: fmt.Sprintf("$s = %.3g$", s), Series: []Series{at(s)}, Equal: true, XRange: xr, YRange: yr,
		})
	}
	aspect := 1.0
	if w, h := xr[1]-xr[0], yr[1]-yr[0]; w > 0 && h > 0 {
		aspect = math.Max(0.7, math.Min(1.5, h/w))
	}
	each := 14.5/float64(f.Columns) - 1.3 // centimetres that axes are wide
	f.Height = 1.4 + float64(f.rows())*(1.9+each*aspect)
	return f
}

// Potentials draws the potentials of a plan: f at the sources, discs, and g at
// the sinks, squares, in colours that are symmetric about 0. On the line they
// are drawn as heights. It panics as [Plan] does.
func Potentials(plan *transport.Plan, x, y mat.Matrix) *Figure {
	c := newClouds("Potentials", plan, x, y)
	u, v := plan.Potentials()
	from, to := c.points()
	from.Name, to.Name = "$f(x_i)$", "$g(y_j)$"
	from.Color, to.Color = Blue, Vermilion
	f := c.figure("Potentials $f$ of the sources, $g$ of the sinks", "")
	if c.d == 1 {
		from.Y, to.Y = u, v
		f.YLabel = "potential"
	} else {
		from.Values, to.Values = u, v
		f.ColorMap, f.ColorLabel = Diverging, "$f$, $g$"
	}
	f.Series = []Series{from, to}
	return f
}

// clouds are two sets of points of which d coordinates are known and two shown.
type clouds struct {
	x, y mat.Matrix
	n, m int
	d    int
}

func newClouds(fn string, plan *transport.Plan, x, y mat.Matrix) *clouds {
	if plan == nil || x == nil || y == nil {
		panic("figure: " + fn + ": nil argument")
	}
	c := &clouds{x: x, y: y}
	c.n, c.m = plan.Dims()
	rows, d := x.Dims()
	cols, e := y.Dims()
	switch {
	case rows != c.n || cols != c.m:
		panic(fmt.Sprintf("figure: %s: x and y have %d and %d points, the plan %d and %d", fn, rows, cols, c.n, c.m))
	case d != e || d < 1:
		panic(fmt.Sprintf("figure: %s: the points of x and y have %d and %d coordinates", fn, d, e))
	}
	c.d = d
	return c
}

// source and sink return where points are drawn.
func (c *clouds) source(i int) (float64, float64) {
	if c.d == 1 {
		return c.x.At(i, 0), 0
	}
	return c.x.At(i, 0), c.x.At(i, 1)
}

func (c *clouds) sink(j int) (float64, float64) {
	if c.d == 1 {
		return c.y.At(j, 0), 1
	}
	return c.y.At(j, 0), c.y.At(j, 1)
}

// points returns both clouds.
func (c *clouds) points() (from, to Points) {
	from.Radius, to.Radius, to.Mark = c.radius(), c.radius(), Square
	for i := range c.n {
		x, y := c.source(i)
		from.X, from.Y = append(from.X, x), append(from.Y, y)
	}
	for j := range c.m {
		x, y := c.sink(j)
		to.X, to.Y = append(to.X, x), append(to.Y, y)
	}
	return from, to
}

// ranges returns what holds both clouds, with a margin, and nothing for an axis
// along which they don't reach.
func (c *clouds) ranges() (x, y [2]float64) {
	from, to := c.points()
	span := func(a, b []float64) [2]float64 {
		lo, hi, _ := span2(slices.Concat(a, b))
		if pad := 0.06 * (hi - lo); lo < hi && !math.IsInf(hi-lo+2*pad, 0) {
			return [2]float64{lo - pad, hi + pad}
		}
		return [2]float64{}
	}
	return span(from.X, to.X), span(from.Y, to.Y)
}

func (c *clouds) figure(title, note string) *Figure {
	f := &Figure{Title: title, XLabel: "$x_1$", YLabel: "$x_2$", Equal: true, Height: 11, Caption: note}
	switch {
	case c.d == 1:
		f.XLabel, f.Equal, f.Height = "$x$", false, 0
	case c.d > 2:
		f.Caption = fmt.Sprintf("Shown are the first two of %d coordinates.", c.d)
		if note != "" {
			f.Caption += " " + note
		}
	}
	return f
}

// thin goes from one size to the other with the number of what is drawn.
func thin(n int, few, many float64) float64 {
	return math.Max(many, math.Min(few, few*math.Sqrt(60/float64(max(n, 1)))))
}

func (c *clouds) radius() float64 { return thin(max(c.n, c.m), 4.2, 1.2) }

// radii returns radii that make areas as masses, of about the usual size, and
// nil if the masses are equal.
func radii(masses []float64, usual float64) []float64 {
	least, most := slices.Min(masses), slices.Max(masses)
	if most-least <= 1e-9*most {
		return nil
	}
	r := make([]float64, len(masses))
	for i, m := range masses {
		if m > 0 { // too small a point can't be seen
			r[i] = math.Max(0.7, 1.4*usual*math.Sqrt(m/most))
		}
	}
	return r
}

type massPair struct {
	transport.Pair
	mass float64
}

// mostPairs is how many pairs of a plan are drawn.
const mostPairs = 4000

// heaviest returns the pairs of a plan, or of too many the heaviest with a note
// that says so.
func heaviest(plan *transport.Plan, most int) (pairs []massPair, note string) {
	var total, kept float64
	for ij, mass := range plan.All() {
		pairs = append(pairs, massPair{ij, mass})
		total += mass
	}
	n := len(pairs)
	if n <= most {
		return pairs, ""
	}
	slices.SortStableFunc(pairs, func(p, q massPair) int { return cmp.Compare(q.mass, p.mass) })
	pairs = pairs[:most]
	for _, p := range pairs {
		kept += p.mass
	}
	return pairs, fmt.Sprintf("Drawn are the heaviest %d of %d pairs, with %.3g %% of the mass.", most, n, 100*kept/total)
}

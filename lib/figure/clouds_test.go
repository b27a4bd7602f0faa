package figure

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// cloud returns n points on a spiral.
func spiral(n, d int, turn, shift float64) *mat.Dense {
	x := mat.NewDense(n, d, nil)
	for i := range n {
		r, a := 0.2+float64(i)/float64(n), turn*float64(i)
		for k := range d {
			x.Set(i, k, shift+r*math.Cos(a+float64(k)*1.7))
		}
	}
	return x
}

func ramp(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = float64(1 + i)
	}
	floats.Scale(1/floats.Sum(w), w)
	return w
}

func equalMasses(n int) []float64 {
	w := make([]float64, n)
	floats.AddConst(1/float64(n), w)
	return w
}

func planned(t *testing.T, a, b []float64, x, y *mat.Dense) *transport.Plan {
	t.Helper()
	p, err := transport.Exact(t.Context(), a, b, transport.SquaredEuclidean{X: x, Y: y}, transport.ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPlanDrawsEveryPair(t *testing.T) {
	x, y := spiral(9, 2, 1, 0), spiral(14, 2, 2, 3)
	p := planned(t, ramp(9), equalMasses(14), x, y)
	f := Plan(p, x, y)
	s := f.Series[0].(Segments)
	k := 0
	for ij, mass := range p.All() {
		if s.X0[k] != x.At(ij.I, 0) || s.Y0[k] != x.At(ij.I, 1) || s.X1[k] != y.At(ij.J, 0) || s.Y1[k] != y.At(ij.J, 1) || s.Weights[k] != mass {
			t.Errorf("line %d isn't that of the pair %v of mass %v", k, ij, mass)
		}
		k++
	}
	if k != len(s.X0) || k < 14 {
		t.Errorf("%d lines for %d pairs", len(s.X0), k)
	}
	from, to := f.Series[1].(Points), f.Series[2].(Points)
	if len(from.X) != 9 || len(to.X) != 14 || to.Mark != Square {
		t.Errorf("%d sources and %d sinks", len(from.X), len(to.X))
	}
	// Areas are as masses; equal masses need no sizes.
	if r := from.Radii; math.Abs(r[8]*r[8]/(r[2]*r[2])-3) > 1e-12 || to.Radii != nil {
		t.Errorf("radii %v and %v", from.Radii, to.Radii)
	}
	if !f.Equal {
		t.Error("units differ")
	}
	if alt, err := f.AltText(); err != nil || !strings.Contains(alt, "Plan of cost ⟨P, C⟩ = ") {
		t.Errorf("description %q, %v", alt, err)
	}
}

// What a figure calls the geodesic keeps the masses and has the speed that it
// should: the mean squared way from s = 0 is s² times the cost.
func TestGeodesicMovesStraight(t *testing.T) {
	x, y := spiral(9, 2, 1, 0), spiral(14, 2, 2, 3)
	p := planned(t, ramp(9), equalMasses(14), x, y)
	times := []float64{0, 0.25, 0.7, 1}
	f := Geodesic(p, x, y, times...)
	if len(f.Panels) != len(times) {
		t.Fatalf("%d panels", len(f.Panels))
	}
	start := f.Panels[0].Series[0].(Points)
	for k, s := range times {
		at := f.Panels[k].Series[0].(Points)
		var moved float64
		i := 0
		for _, mass := range p.All() {
			dx, dy := at.X[i]-start.X[i], at.Y[i]-start.Y[i]
			moved += mass * (dx*dx + dy*dy)
			i++
		}
		if want := s * s * p.Cost(); math.Abs(moved-want) > 1e-12*p.Cost() {
			t.Errorf("at s = %v the mean squared way is %v, want %v", s, moved, want)
		}
		if f.Panels[k].XRange != f.Panels[0].XRange || f.Panels[k].YRange != f.Panels[0].YRange {
			t.Errorf("panel %d has other axes", k)
		}
	}
	end := f.Panels[3].Series[0].(Points)
	i := 0
	for ij := range p.All() {
		if end.X[i] != y.At(ij.J, 0) || start.Y[i] != x.At(ij.I, 1) {
			t.Errorf("pair %v goes from %v to %v", ij, start.Y[i], end.X[i])
		}
		i++
	}
	if n := len(Geodesic(p, x, y).Panels); n != 6 {
		t.Errorf("%d panels where no times are given", n)
	}
}

func TestPotentialsAreColors(t *testing.T) {
	x, y := spiral(9, 2, 1, 0), spiral(14, 2, 2, 3)
	p := planned(t, ramp(9), equalMasses(14), x, y)
	u, v := p.Potentials()
	f := Potentials(p, x, y)
	if from, to := f.Series[0].(Points), f.Series[1].(Points); !floats.Equal(from.Values, u) || !floats.Equal(to.Values, v) {
		t.Error("the colours aren't those of the potentials")
	}
	panel := colored(t, f)
	if f.ColorMap != Diverging || panel.shade(0) != shades/2 || panel.z.hi != math.Max(floats.Norm(u, math.Inf(1)), floats.Norm(v, math.Inf(1))) {
		t.Errorf("colours from %v to %v", panel.z.lo, panel.z.hi)
	}
}

// On the line points stand at the heights 0 and 1 and potentials are heights; of
// more coordinates than two the figure says which it shows.
func TestCloudsOfOtherDimensions(t *testing.T) {
	x, y := spiral(9, 1, 1, 0), spiral(14, 1, 2, 3)
	p := planned(t, ramp(9), equalMasses(14), x, y)
	lines := Plan(p, x, y).Series[0].(Segments)
	for k := range lines.X0 {
		if lines.Y0[k] != 0 || lines.Y1[k] != 1 {
			t.Errorf("line %d from height %v to %v", k, lines.Y0[k], lines.Y1[k])
		}
	}
	if f := Geodesic(p, x, y, 0.5); len(f.Panels) != 0 || f.Series[0].(Points).Y[3] != 0.5 {
		t.Error("the geodesic on the line isn't drawn by heights")
	}
	u, _ := p.Potentials()
	if f := Potentials(p, x, y); !floats.Equal(f.Series[0].(Points).Y, u) || f.Series[0].(Points).Values != nil {
		t.Error("potentials on the line aren't heights")
	}
	x, y = spiral(9, 5, 1, 0), spiral(14, 5, 2, 3)
	p = planned(t, ramp(9), equalMasses(14), x, y)
	for name, f := range map[string]*Figure{"plan": Plan(p, x, y), "geodesic": Geodesic(p, x, y), "potentials": Potentials(p, x, y)} {
		if alt, err := f.AltText(); err != nil || !strings.Contains(alt, "Shown are the first two of 5 coordinates.") {
			t.Errorf("%s: description %q, %v", name, alt, err)
		}
	}
}

// Coordinates that can't be drawn are counted, points that all coincide and
// single ones have a figure.
func TestHostileClouds(t *testing.T) {
	any := func(i, j int) float64 { return float64((i*7+j*3)%5) - 2 }
	for name, c := range map[string]struct{ x, y *mat.Dense }{
		"NaN":       {mat.NewDense(3, 2, []float64{0, math.NaN(), 1, 1, math.Inf(1), 2}), mat.NewDense(2, 2, []float64{0, 0, 1, math.Inf(-1)})},
		"only NaN":  {mat.NewDense(1, 2, []float64{math.NaN(), 0}), mat.NewDense(1, 2, []float64{math.NaN(), 0})},
		"same":      {mat.NewDense(3, 2, []float64{1, 1, 1, 1, 1, 1}), mat.NewDense(2, 2, []float64{1, 1, 1, 1})},
		"one":       {mat.NewDense(1, 2, []float64{0, 0}), mat.NewDense(1, 2, []float64{0, 0})},
		"huge":      {mat.NewDense(2, 2, []float64{1e307, 0, -1e307, 3}), mat.NewDense(1, 2, []float64{0, 1e307})},
		"vertical":  {mat.NewDense(2, 2, []float64{0, 1, 0, 2}), mat.NewDense(1, 2, []float64{0, 9})},
		"line, NaN": {mat.NewDense(2, 1, []float64{0, math.NaN()}), mat.NewDense(1, 1, []float64{3})},
	} {
		n, _ := c.x.Dims()
		m, _ := c.y.Dims()
		p, err := transport.Exact(t.Context(), equalMasses(n), equalMasses(m), transport.CostFunc(any), transport.ExactOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for kind, f := range map[string]*Figure{
			"plan": Plan(p, c.x, c.y), "geodesic": Geodesic(p, c.x, c.y), "potentials": Potentials(p, c.x, c.y), "matrix": PlanMatrix(p),
		} {
			s, err := f.scene()
			if err != nil {
				t.Errorf("%s of %s: %v", kind, name, err)
				continue
			}
			insideCard(t, kind+" of "+name, s)
			alt, err := f.AltText()
			if bad := strings.Contains(name, "NaN") && kind != "matrix"; err != nil || bad != strings.Contains(alt, "Not drawn: ") {
				t.Errorf("%s of %s: description %q, %v", kind, name, alt, err)
			}
		}
	}
}

// A plan of too many pairs is drawn by the heaviest, and says which share of the
// mass they have.
func TestHeaviest(t *testing.T) {
	x, y := spiral(20, 2, 1, 0), spiral(21, 2, 2, 0)
	p := planned(t, ramp(20), equalMasses(21), x, y)
	if pairs, note := heaviest(p, p.Len()); len(pairs) != p.Len() || note != "" {
		t.Errorf("%d pairs: %q", len(pairs), note)
	}
	pairs, note := heaviest(p, 12)
	least, kept := math.Inf(1), 0.0
	for _, p := range pairs {
		least, kept = min(least, p.mass), kept+p.mass
	}
	heavier := 0
	for _, mass := range p.All() {
		if mass > least {
			heavier++
		}
	}
	if len(pairs) != 12 || heavier >= 12 {
		t.Errorf("%d pairs, and %d are heavier than the least of them", len(pairs), heavier)
	}
	if want := fmt.Sprintf("Drawn are the heaviest 12 of %d pairs, with %.3g %% of the mass.", p.Len(), 100*kept); note != want {
		t.Errorf("got %q, want %q", note, want)
	}
}

func TestPlanMatrix(t *testing.T) {
	for _, n := range []int{9, 128, 300} {
		x, y := spiral(n, 2, 1, 0), spiral(14, 2, 2, 3)
		p := planned(t, ramp(n), equalMasses(14), x, y)
		f := PlanMatrix(p)
		c := f.Series[0].(Cells)
		if total := floats.Sum(c.Values); math.Abs(total-1) > 1e-12 {
			t.Errorf("%d sources: the cells hold %v", n, total)
		}
		if (n > 128) != (f.Caption != "") || len(c.X) > 129 || c.X[0] != -0.5 || c.X[len(c.X)-1] != float64(n)-0.5 {
			t.Errorf("%d sources: %d edges from %v to %v: %q", n, len(c.X), c.X[0], c.X[len(c.X)-1], f.Caption)
		}
		if n == 9 {
			for ij, mass := range p.All() {
				if c.Values[ij.I*14+ij.J] != mass {
					t.Errorf("cell %v holds %v, want %v", ij, c.Values[ij.I*14+ij.J], mass)
				}
			}
		}
	}
}

func TestDensity(t *testing.T) {
	for _, n := range []int{4, 600} {
		axes := []measure.Axis{{Lo: -1, Hi: 2, N: n}, {Lo: 0, Hi: 1, N: 3}}
		mass := make([]float64, 3*n)
		for c := range mass {
			mass[c] = float64(c%7 + 1)
		}
		g, err := measure.NewGrid(mass, axes...)
		if err != nil {
			t.Fatal(err)
		}
		f := Density(g)
		c := f.Series[0].(Cells)
		var total float64
		for k, v := range c.Values {
			i, j := k/3, k%3
			total += v * (c.X[i+1] - c.X[i]) * (c.Y[j+1] - c.Y[j])
		}
		if math.Abs(total-1) > 1e-12 || f.ColorRange[0] != 0 || (n > 256) != strings.Contains(f.Caption, "means over blocks of 3 by 1 cells") {
			t.Errorf("%d cells: integral %v: %q", n, total, f.Caption)
		}
		if n == 4 && math.Abs(c.Values[2*3+1]-math.Exp(logProb(g, 0.6, 0.5))) > 1e-14 {
			t.Errorf("density %v", c.Values[2*3+1])
		}
		line := Density(g.Marginal(1)).Series[1].(Curve)
		if len(line.X) != 6 || line.X[5] != 1 || math.Abs(line.Y[1]-math.Exp(g.Marginal(1).LogProb1(0.2))) > 1e-14 {
			t.Errorf("steps %v, %v", line.X, line.Y)
		}
	}
}

func logProb(g *measure.Grid, x, y float64) float64 {
	dst := make([]float64, 1)
	g.LogProb(dst, mat.NewDense(1, 2, []float64{x, y}))
	return dst[0]
}

func TestGrowth(t *testing.T) {
	n := []float64{10, 100, 1000, 1e4}
	f := Growth("Time", n, []string{"square", "gaps", "lone"},
		[]float64{3e-6, 3e-4, 3e-2, 3}, []float64{math.NaN(), 1e-3, 0, math.Sqrt(10) / 10}, []float64{1, math.Inf(1), -1, 0}, []float64{1, 1, 1})
	var names []string
	for _, s := range f.Series {
		switch s := s.(type) {
		case Points:
			names = append(names, mustPlain(s.Name))
		case Curve:
			if s.Y[0] == 0 || len(names) == 0 && math.Abs(s.Y[1]/3-1) > 1e-12 {
				t.Errorf("line from %v to %v", s.Y[0], s.Y[1])
			}
		}
	}
	if got, want := strings.Join(names, "; "), "square, n^(2.00); gaps, n^(1.25); lone; n^(0.00)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := f.SVG(); err != nil {
		t.Error(err)
	}
	if _, err := Growth("", nil, nil, []float64{}).SVG(); err != nil {
		t.Error(err)
	}
}

func TestMisuseOfClouds(t *testing.T) {
	x := spiral(2, 2, 1, 0)
	p := planned(t, equalMasses(2), equalMasses(2), x, x)
	for name, f := range map[string]func(){
		"Plan: nil argument": func() { Plan(nil, x, x) },
		"Geodesic: x and y have 2 and 3 points, the plan 2 and 2":    func() { Geodesic(p, x, spiral(3, 2, 1, 0)) },
		"Potentials: the points of x and y have 2 and 1 coordinates": func() { Potentials(p, x, spiral(2, 1, 1, 0)) },
		"Geodesic: time 1.5":          func() { Geodesic(p, x, x, 0.5, 1.5) },
		"Geodesic: time NaN":          func() { Geodesic(p, x, x, math.NaN()) },
		"PlanMatrix: nil":             func() { PlanMatrix(nil) },
		"Density: a nil":              func() { Density(nil) },
		"Density: a nil or zero":      func() { Density(new(measure.Grid)) },
		"Growth: 1 names for 0 lists": func() { Growth("", nil, []string{"a"}) },
	} {
		func() {
			defer func() {
				if got, ok := recover().(string); !ok || !strings.Contains(got, name) {
					t.Errorf("panic %q, want one with %q", got, name)
				}
			}()
			f()
		}()
	}
}

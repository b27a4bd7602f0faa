package diffusion

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// toy returns the mixtures that the tables of reference values name.
func toy(t testing.TB, name string) *measure.Mixture {
	t.Helper()
	var weights []float64
	var parts []*measure.Gaussian
	add := func(w float64, mean []float64, cov ...float64) {
		g, err := measure.NewGaussian(mean, mat.NewSymDense(len(mean), cov))
		if err != nil {
			t.Fatal(err)
		}
		weights, parts = append(weights, w), append(parts, g)
	}
	switch name {
	case "ring8":
		for k := range 8 {
			s, c := math.Sincos(2 * math.Pi * float64(k) / 8)
			add(1, []float64{2 * c, 2 * s}, .04, 0, 0, .04)
		}
	case "full3":
		add(.5, []float64{-1, 0}, .3, .1, .1, .2)
		add(.3, []float64{1.5, .5}, .1, -.05, -.05, .4)
		add(.2, []float64{0, -2}, .05, 0, 0, .6)
	case "grid25":
		for k := range 25 {
			add(1, []float64{float64(k%5 - 2), float64(k/5 - 2)}, .04, 0, 0, .04)
		}
	case "full25":
		for k := range 25 {
			a := .03 * math.Sin(float64(k))
			add(1+float64(k%3), []float64{float64(k%5 - 2), float64(k/5 - 2)}, .04+a/3, a, a, .05)
		}
	default:
		t.Fatalf("no toy %q", name)
	}
	m, err := measure.NewMixture(weights, parts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// timeIsSigma is the schedule m = 1, σ = t of Karras et al.
type timeIsSigma struct{ max float64 }

func (s timeIsSigma) Tau() float64 { return s.max }

func (s timeIsSigma) At(t float64) measure.Coeffs {
	return measure.Coeffs{M: 1, Var: t * t, DVar: 2 * t}
}

// squaredVP is m = e^{−B/2}, σ = 1 − e^{−B} with the B of VPLinear.
type squaredVP struct{}

func (squaredVP) Tau() float64 { return 1 }

func (squaredVP) At(t float64) measure.Coeffs {
	c := VPLinear{}.At(t)
	sigma, slope := c.Var, c.DVar
	c.Var, c.DVar = sigma*sigma, 2*sigma*slope
	return c
}

// songVE is σ = 0.01 · 5000^t, which doesn't start from the data.
type songVE struct{}

func (songVE) Tau() float64 { return 1 }

func (songVE) At(t float64) measure.Coeffs {
	r := math.Log(5000)
	v := 1e-4 * math.Exp(2*r*t)
	return measure.Coeffs{M: 1, Var: v, DVar: 2 * r * v}
}

func toySchedule(t testing.TB, name string) Schedule {
	t.Helper()
	s, ok := map[string]Schedule{
		"vp-linear": VPLinear{}, "cosine": Cosine{}, "condot": CondOT{}, "sub-vp": squaredVP{},
		"edm": timeIsSigma{100}, "ve": songVE{},
	}[name]
	if !ok {
		t.Fatalf("no schedule %q", name)
	}
	return s
}

func dense(rows [][]float64) *mat.Dense {
	m := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, r := range rows {
		m.SetRow(i, r)
	}
	return m
}

// supplied is noise from a table: normals of a step, of a particle.
type supplied [][][]float64

func (s supplied) Normal(dst []float64, particle, step int) {
	if copy(dst, s[step][particle]) != len(dst) {
		panic(fmt.Sprintf("%d normals of particle %d in step %d, want %d", len(s[step][particle]), particle, step, len(dst)))
	}
}

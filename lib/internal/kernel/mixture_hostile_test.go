package kernel

import (
	"math"
	"strings"
	"testing"
)

func TestMixtureNoWeight(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		testMixtureNoWeight[float64](t)
		testMixtureNoWeight[float32](t)
	})
}

func testMixtureNoWeight[T Float](t *testing.T) {
	// The component without weight is where the points are, and comes first or
	// last, also of many.
	for _, k := range []int{2, 40, 100} {
		for _, dead := range []int{0, k - 1} {
			weights, means, variances := make([]float64, k), make([]float64, k), make([]float64, k)
			for i := range k {
				variances[i] = 1
				if i != dead {
					weights[i], means[i] = 0.5, 300
				}
			}
			m := NewIsotropicMixture[T](weights, means, variances)
			x := pointsOf[T]([]float64{0, 1, -4}, 1)
			r, y, logp := newPoints[T](3, k), newPoints[T](3, 1), make([]T, 3)
			m.Responsibilities(r, nil, x)
			m.Blend(y, logp, m.Score(), x)
			for j, v := range x.Coord {
				if p := r.Coord[dead*r.Stride+j]; p != 0 {
					t.Errorf("%T: responsibility %v of a component without weight", v, p)
				}
				if got, want := float64(y.Coord[j]), 300-float64(v); math.Abs(got-want) > 1e-4 {
					t.Errorf("%T: score %v, want %v", v, got, want)
				}
				want := math.Log(float64(k-1)/2) - 0.5*math.Log(2*math.Pi) - 0.5*(300-float64(v))*(300-float64(v))
				if math.Abs(float64(logp[j])/want-1) > 1e-6 {
					t.Errorf("%T: log density %v, want %v", v, logp[j], want)
				}
			}
		}
	}
}

// TestMixtureFar has points where all logits overflow, and others where the
// value of a component without influence does.
func TestMixtureFar(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		testMixtureFar[float64](t, 1e150, 1e-10)
		testMixtureFar[float32](t, 1e25, 0.1)
	})
}

func testMixtureFar[T Float](t *testing.T, far, sd float64) {
	v := sd * sd
	iso := NewIsotropicMixture[T]([]float64{1, 2, 3}, []float64{0, 0, 5 * sd, 0, 0, 5 * sd}, []float64{v, 4 * v, v})
	full := NewFullMixture[T]([]float64{1, 2, 3}, []float64{0, 0, 5 * sd, 0, 0, 5 * sd},
		[]float64{sd, 0, 0, sd, 2 * sd, 0, 0, 2 * sd, sd, 0, 0, sd})
	for _, m := range []*Mixture[T]{iso, full} {
		x := pointsOf[T]([]float64{far, -far, 0, far}, 2)
		r, y, logp := newPoints[T](2, 3), newPoints[T](2, 2), make([]T, 2)
		m.Responsibilities(r, nil, x)
		m.Blend(y, logp, m.NewBlend([]float64{1, 2, 3, 4, 5, 6}, []float64{0, 0, 0}), x)
		for j := range 2 {
			// The wide component takes all.
			for k, want := range []T{0, 1, 0} {
				if got := r.Coord[2*k+j]; got != want {
					t.Errorf("%T: responsibility %d is %v, want %v", got, k, got, want)
				}
			}
			for i, want := range []T{3, 4} {
				if got := y.Coord[2*i+j]; got != want {
					t.Errorf("%T: blend %v, want %v", got, got, want)
				}
			}
			if l := logp[j]; j == 1 && T(1e-300) != 0 && !math.IsInf(float64(l), -1) {
				t.Errorf("%T: log density %v, want -Inf", l, l)
			}
		}
		m.Blend(y, nil, m.Score(), x)
		if got, want := float64(y.Coord[0]), -far/(4*v); math.Abs(got/want-1) > 1e-6 {
			t.Errorf("%T: score %v, want %v", far, got, want)
		}
	}

	// Of two alike the weights decide.
	m := NewIsotropicMixture[T]([]float64{1, 3}, []float64{0, 0}, []float64{v, v})
	r := newPoints[T](1, 2)
	m.Responsibilities(r, nil, pointsOf[T]([]float64{far}, 1))
	if a, b := float64(r.Coord[0]), float64(r.Coord[1]); math.Abs(a-0.25) > 1e-6 || math.Abs(b-0.75) > 1e-6 {
		t.Errorf("responsibilities %v and %v, want 1/4 and 3/4", a, b)
	}

	// 0·∞ is not NaN here: a narrow component whose own score overflows.
	big := math.Sqrt(float64(T(math.MaxFloat32)))
	if T(1e-300) != 0 {
		big = 1e150
	}
	m = NewIsotropicMixture[T]([]float64{1, 1}, []float64{0, 0}, []float64{1e-6, 1})
	b := m.NewBlend([]float64{0, 7}, []float64{-big, 0})
	y := newPoints[T](1, 1)
	m.Blend(y, nil, b, pointsOf[T]([]float64{big * 1e3 * big / big}, 1))
	m.Blend(y, nil, m.NewBlend([]float64{0, 7}, []float64{-big * 1e5, 0}), pointsOf[T]([]float64{big * 1e15}, 1))
	if y.Coord[0] != 7 {
		t.Errorf("%T: blend %v, want 7", big, y.Coord[0])
	}
}

func TestMixtureUndefined(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		testMixtureUndefined[float64](t)
		testMixtureUndefined[float32](t)
	})
}

func testMixtureUndefined[T Float](t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	one := []float64{1}
	for _, m := range []*Mixture[T]{
		NewIsotropicMixture[T](one, []float64{0, 0}, one),
		NewFullMixture[T](one, []float64{0, 0}, []float64{1, 0, 1, 1}),
	} {
		x := pointsOf[T]([]float64{0, 0, nan, 0, 0, inf, inf, -inf, inf, nan}, 2)
		r, y, logp := newPoints[T](5, 1), newPoints[T](5, 2), make([]T, 5)
		m.Responsibilities(r, logp, x)
		m.Blend(y, nil, m.Score(), x)
		for j, want := range []float64{-math.Log(2 * math.Pi), nan, -inf, -inf, nan} {
			if got := float64(logp[j]); math.Abs(got-want) > 1e-6 || math.IsNaN(got) != math.IsNaN(want) {
				t.Errorf("%T: log density %v, want %v", logp[j], got, want)
			}
			if p := r.Coord[j]; (j == 0) != (p == 1) || (j > 0) != (p != p) {
				t.Errorf("%T: responsibility %v of point %d", p, p, j)
			}
			if s := y.Coord[j]; (j == 0) != (s == 0) || (j > 0) != (s != s) {
				t.Errorf("%T: score %v of point %d", s, s, j)
			}
		}
	}
}

func TestMixturePanics(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	one, two := []float64{1}, []float64{1, 2}
	m := NewIsotropicMixture[float64](one, two, one)
	x := newPoints[float64](4, 2)
	for _, c := range []struct {
		want string
		f    func()
	}{
		{"NewIsotropicMixture: 0 numbers", func() { NewIsotropicMixture[float64](nil, nil, nil) }},
		{"NewIsotropicMixture: 1 numbers", func() { NewIsotropicMixture[float64](two, one, two) }},
		{"NewIsotropicMixture: len(variances)", func() { NewIsotropicMixture[float64](one, one, two) }},
		{"weight -1", func() { NewIsotropicMixture[float64]([]float64{-1}, one, one) }},
		{"weight NaN", func() { NewIsotropicMixture[float64]([]float64{nan}, one, one) }},
		{"weight +Inf", func() { NewIsotropicMixture[float64]([]float64{inf}, one, one) }},
		{"no component has a weight", func() { NewIsotropicMixture[float64]([]float64{0}, one, one) }},
		{"variance is 0", func() { NewIsotropicMixture[float64](one, one, []float64{0}) }},
		{"variance is NaN", func() { NewIsotropicMixture[float64](one, one, []float64{nan}) }},
		{"inverse of a variance is +Inf", func() { NewIsotropicMixture[float64](one, one, []float64{1e-310}) }},
		{"variance is 1e-50", func() { NewIsotropicMixture[float32](one, one, []float64{1e-50}) }},
		{"means is +Inf", func() { NewIsotropicMixture[float64](one, []float64{inf}, one) }},
		{"means is 1e+40", func() { NewIsotropicMixture[float32](one, []float64{1e40}, one) }},
		{"len(factors)", func() { NewFullMixture[float64](one, two, one) }},
		{"diagonal of a factor is -1", func() { NewFullMixture[float64](one, one, []float64{-1}) }},
		{"whitening is NaN", func() { NewFullMixture[float64](one, two, []float64{1, 0, nan, 1}) }},
		{"len(whitening)", func() { NewWhitenedMixture[float64](one, two, one) }},
		{"peaks is +Inf", func() { NewWhitenedMixture[float64]([]float64{inf}, one, one) }},
		{"Mixture.NewBlend: len(offsets)", func() { m.NewBlend(one, one) }},
		{"Mixture.NewBlend: len(gains)", func() { m.NewBlend(two, two) }},
		{"offsets is NaN", func() { m.NewBlend([]float64{1, nan}, one) }},
		{"Mixture.LogDensity: x has dimension 3", func() { m.LogDensity(make([]float64, 4), newPoints[float64](4, 3)) }},
		{"Mixture.LogDensity: len(dst)", func() { m.LogDensity(make([]float64, 3), x) }},
		{"Mixture.Blend: dst has dimension 3", func() { m.Blend(newPoints[float64](4, 3), nil, m.Score(), x) }},
		{"Mixture.Blend: len(dst)", func() { m.Blend(newPoints[float64](5, 2), nil, m.Score(), x) }},
		{"Mixture.Blend: len(logp)", func() { m.Blend(x, make([]float64, 3), m.Score(), x) }},
		{"another mixture", func() { m.Blend(x, nil, NewIsotropicMixture[float64](one, two, one).Score(), x) }},
		{"Mixture.Responsibilities: dst has dimension 2", func() { m.Responsibilities(x, nil, x) }},
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, c.want) {
					t.Errorf("panic %q, want %q", text, c.want)
				}
			}()
			c.f()
		}()
	}
}

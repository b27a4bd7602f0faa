package flow

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

func constant(a []float64, b ...float64) Field {
	return FieldFunc(func(float64) Map { return Linear(mat.NewDense(len(b), len(b), a), b) })
}

// An Ornstein-Uhlenbeck process, and a turn, have closed forms.
func TestPropagator(t *testing.T) {
	ctx := context.Background()
	p, err := NewPropagator(ctx, constant([]float64{-2}, 3), func(float64) float64 { return .7 }, .5, 2.5)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []float64{.5, .51, 1, 1.7, 2.5} {
		phi, r, cov := p.At(at)
		e := math.Exp(-2 * (at - .5))
		reftest.Near(t, "Φ", phi.At(0, 0), e, 1e-12, 0)
		reftest.Near(t, "r", r[0], 1.5*(1-e), 1e-12, 1e-15)
		reftest.Near(t, "Σ", cov.At(0, 0), .35*(1-e*e), 1e-11, 1e-15)
	}
	for _, to := range []float64{3, -3} { // forwards and backwards
		turn, err := NewPropagator(ctx, constant([]float64{0, -2, 2, 0}, 0, 0), nil, 0, to)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []float64{0, to / 3, to} {
			phi, _, cov := turn.At(at)
			sin, cos := math.Sincos(2 * at)
			if cov != nil || !mat.EqualApprox(phi, mat.NewDense(2, 2, []float64{cos, -sin, sin, cos}), 1e-11) {
				t.Errorf("at %v: %v, %v", at, mat.Formatted(phi), cov)
			}
		}
	}
}

// Noise that isn't isotropic in the force's axes: Σ solves its own equation, here by
// finite differences, and composes: Σ(t) = Φ Σ(s) Φᵀ + Σ(s → t).
func TestPropagatorComposes(t *testing.T) {
	ctx := context.Background()
	v := FieldFunc(func(t float64) Map {
		return Linear(mat.NewDense(2, 2, []float64{-1, t, -2 * t, -.5}), []float64{1, -t})
	})
	temp := func(t float64) float64 { return 1 + t*t }
	whole, err := NewPropagator(ctx, v, temp, 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	later, err := NewPropagator(ctx, v, temp, .8, 2)
	if err != nil {
		t.Fatal(err)
	}
	phi1, r1, cov1 := whole.At(.8)
	phi2, r2, cov2 := later.At(1.9)
	phi, r, cov := whole.At(1.9)
	var want, moved mat.Dense
	want.Mul(phi2, phi1)
	if !mat.EqualApprox(phi, &want, 1e-11) {
		t.Errorf("Φ = %v, want %v", phi, want)
	}
	var rest mat.VecDense
	rest.MulVec(phi2, mat.NewVecDense(2, r1))
	for i := range r {
		reftest.Near(t, "r", r[i], rest.AtVec(i)+r2[i], 0, 1e-11)
	}
	moved.Mul(phi2, cov1)
	moved.Mul(&moved, phi2.T())
	moved.Add(&moved, cov2)
	if !mat.EqualApprox(cov, &moved, 1e-11) {
		t.Errorf("Σ = %v, want %v", mat.Formatted(cov), mat.Formatted(&moved))
	}
	const h = 1e-4
	_, _, up := whole.At(1.9 + h)
	_, _, down := whole.At(1.9 - h)
	a, _ := v.At(1.9).(Affine).Affine()
	var ac mat.Dense
	ac.Mul(a, cov)
	for i := range 2 {
		for j := range 2 {
			want := ac.At(i, j) + ac.At(j, i)
			if i == j {
				want += 2 * temp(1.9)
			}
			reftest.Near(t, "dΣ/dt", (up.At(i, j)-down.At(i, j))/(2*h), want, 1e-6, 1e-6)
		}
	}
}

func TestPropagatorJumps(t *testing.T) {
	v := FieldFunc(func(t float64) Map {
		a := -1.
		if t > .3 {
			a = 2
		}
		return Linear(mat.NewDense(1, 1, []float64{a}), []float64{0})
	})
	p, err := NewPropagator(context.Background(), v, nil, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	phi, _, _ := p.At(1)
	reftest.Near(t, "Φ across a jump", phi.At(0, 0), math.Exp(-.3+2*.7), 1e-11, 0)
}

func TestPropagatorRefuses(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := NewPropagator(ctx, constant([]float64{1}, 0), nil, 0, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	ctx = context.Background()
	hot := func(float64) float64 { return 1 }
	var value *measure.ValueError
	var finite *NonFiniteError
	var dim *measure.DimError
	if _, err := NewPropagator(ctx, constant([]float64{1}, 0), hot, 1, 0); !errors.As(err, &value) {
		t.Errorf("noise backwards: %v", err)
	}
	if _, err := NewPropagator(ctx, constant([]float64{1}, 0), func(float64) float64 { return -1 }, 0, 1); !errors.As(err, &value) {
		t.Errorf("negative temperature: %v", err)
	}
	if _, err := NewPropagator(ctx, constant([]float64{1}, 0), nil, 0, math.NaN()); !errors.As(err, &value) {
		t.Errorf("NaN for a time: %v", err)
	}
	if _, err := NewPropagator(ctx, constant([]float64{math.NaN()}, 0), nil, 0, 1); !errors.As(err, &finite) {
		t.Errorf("NaN in the matrix: %v", err)
	}
	if _, err := NewPropagator(ctx, constant([]float64{1e300}, 0), nil, 0, 1e10); err == nil {
		t.Error("overflow: no error")
	}
	if _, err := NewPropagator(ctx, FieldFunc(func(float64) Map { return LineMap(math.Sin) }), nil, 0, 1); err == nil {
		t.Error("a field that isn't affine: no error")
	}
	grows := FieldFunc(func(t float64) Map {
		if t > .5 {
			return Linear(mat.NewDense(2, 2, nil), []float64{0, 0})
		}
		return Linear(mat.NewDense(1, 1, nil), []float64{0})
	})
	if _, err := NewPropagator(ctx, grows, nil, 0, 1); !errors.As(err, &dim) {
		t.Errorf("a field that changes its dimension: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a time outside: no panic")
		}
	}()
	p, err := NewPropagator(ctx, constant([]float64{1}, 0), nil, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	p.At(1.5)
}

package diffusion

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// parametrisations returns a model and those that predict one of its quantities.
func parametrisations(e Model) map[string]Model {
	s := e.Schedule()
	return map[string]Model{
		"exact": e, "denoiser": FromDenoiser(e.Denoiser(), s), "noise": FromNoise(e.Noise(), s),
		"score": FromScore(e.Score(), s), "velocity": FromVelocity(e.Velocity(), s), "v": FromV(e.V(), s),
	}
}

func apply(f flow.Map, x *mat.Dense) *mat.Dense {
	dst := mat.NewDense(x.RawMatrix().Rows, x.RawMatrix().Cols, nil)
	f.Apply(dst, x)
	return dst
}

// Every quantity from every parametrisation is that of the table.
func TestReferenceFields(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/fields.json", "gmm/") {
		var in struct {
			GMM, Schedule string
			T             float64
			X             [][]float64
		}
		var want struct {
			Score, X0Hat, EpsHat, VPred, Velocity [][]float64
			Div                                   []float64 `json:"div_velocity"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Want, &want)
		x := dense(in.X)
		e := Exact(toy(t, in.GMM), toySchedule(t, in.Schedule))
		for name, m := range parametrisations(e) {
			rtol := 1e-12
			if name != "exact" {
				rtol = 1e-9 // a conversion divides by σ or m
			}
			for _, q := range []struct {
				name string
				f    flow.Field
				want [][]float64
			}{
				{"score", m.Score(), want.Score},
				{"denoiser", m.Denoiser(), want.X0Hat},
				{"noise", m.Noise(), want.EpsHat},
				{"v", m.V(), want.VPred},
				{"velocity", m.Velocity(), want.Velocity},
			} {
				got := apply(q.f.At(in.T), x)
				scale := mat.Norm(dense(q.want), math.Inf(1))
				inPlace := mat.DenseCopyOf(x)
				q.f.At(in.T).Apply(inPlace, inPlace)
				for i, row := range q.want {
					for j, v := range row {
						reftest.Near(t, fmt.Sprintf("%s: %s from %s", c.ID, q.name, name), got.At(i, j), v, rtol, rtol*scale)
						reftest.Near(t, "in place", inPlace.At(i, j), got.At(i, j), 0, 0)
					}
				}
			}
			div := make([]float64, len(in.X))
			d, ok := m.Velocity().At(in.T).(flow.Divergencer)
			if known := name == "exact" || name == "velocity"; ok != known {
				t.Errorf("%s: the velocity of %s has a divergence: %v", c.ID, name, ok)
			} else if ok {
				d.Divergence(div, x)
				for i, v := range want.Div {
					reftest.Near(t, c.ID+" divergence", div[i], v, 1e-9, 1e-9)
				}
			}
		}
		// A prediction with a divergence gives those of the others.
		m := FromVelocity(e.Velocity(), e.Schedule())
		div := make([]float64, len(in.X))
		m.Score().At(in.T).(flow.Divergencer).Divergence(div, x)
		for i := range in.X {
			var trace float64
			for j := range in.X[i] {
				trace += fd.Derivative(func(v float64) float64 {
					y := dense(in.X[i : i+1])
					y.Set(0, j, v)
					return apply(m.Score().At(in.T), y).At(0, j)
				}, in.X[i][j], &fd.Settings{Formula: fd.Central})
			}
			reftest.Near(t, c.ID+" Laplacian of ln p", div[i], trace, 1e-6, 1e-6)
		}
	}
}

// An exact model has all fields at both ends of every schedule: finite, and the
// limits of those inside.
func TestExactFieldsAtTheEnds(t *testing.T) {
	x := dense([][]float64{{.3, -.7}, {2, .1}, {-1.2, 1.4}})
	for _, s := range []Schedule{CondOT{}, Cosine{}, VPLinear{}, VE{}} {
		m := Exact(toy(t, "full3"), s)
		for _, pair := range [][2]float64{{0, 1e-12}, {1, 1 - 1e-12}} {
			for name, f := range map[string]flow.Field{
				"denoiser": m.Denoiser(), "noise": m.Noise(), "score": m.Score(), "velocity": m.Velocity(), "v": m.V(),
			} {
				at, near := apply(f.At(pair[0]), x), apply(f.At(pair[1]), x)
				for i := range 3 {
					for j := range 2 {
						// Noise is of the order of √t near the data.
						reftest.Near(t, fmt.Sprintf("%T, %s near t = %v", s, name, pair[0]), near.At(i, j), at.At(i, j), 1e-4, 1e-4)
					}
				}
			}
		}
	}
}

// What a prediction doesn't determine panics with the names of both, and the rest
// is there.
func TestUndefinedFields(t *testing.T) {
	atoms, err := measure.NewDiscrete(mat.NewDense(2, 1, []float64{-1, 1}), nil)
	if err != nil {
		t.Fatal(err)
	}
	e := Exact(measure.Normal(1, 2), CondOT{})
	models := parametrisations(e)
	models["atoms"] = Exact(atoms, CondOT{})
	undefined := map[string]string{ // at t = 0, then at t = 1
		"exact": "", "denoiser": "noise score velocity v; ", "noise": "score velocity; denoiser velocity v",
		"score": "velocity; denoiser velocity v", "velocity": "noise score v; ", "v": "score velocity; ",
		"atoms": "noise score velocity v; ",
	}
	// A finite score leaves no noise at σ = 0, and so ε̂ = v = 0.
	x := mat.NewDense(1, 1, []float64{.4})
	for name, m := range models {
		var got [2]string
		for end := range 2 {
			for _, q := range []struct {
				name string
				f    flow.Field
			}{{"denoiser", m.Denoiser()}, {"noise", m.Noise()}, {"score", m.Score()}, {"velocity", m.Velocity()}, {"v", m.V()}} {
				func() {
					defer func() {
						if r := recover(); r != nil {
							got[end] += q.name + " "
							if s, ok := r.(string); !ok || !strings.Contains(s, "the "+q.name+" isn't determined") {
								t.Errorf("%s: panic %v", name, r)
							}
						}
					}()
					if v := apply(q.f.At(float64(end)), x).At(0, 0); !isFinite(v) {
						t.Errorf("%s of %s at t = %d is %v", q.name, name, end, v)
					}
				}()
			}
		}
		if all := strings.TrimSpace(got[0]) + "; " + strings.TrimSpace(got[1]); undefined[name] != "" && all != undefined[name] || undefined[name] == "" && all != "; " {
			t.Errorf("%s: undefined are %q, want %q", name, all, undefined[name])
		}
	}
	_, err = FromDenoiser(e.Denoiser(), CondOT{}).field(asNoise, 0)
	var u *UndefinedError
	if !errors.As(err, &u) || u.M != 1 || u.Sigma != 0 || u.T != 0 {
		t.Errorf("error %v", err)
	}
}

func TestGuided(t *testing.T) {
	s := VPLinear{}
	with, without := Exact(toy(t, "full3"), s), Exact(toy(t, "ring8"), s)
	x := dense([][]float64{{.3, -.7}, {2, .1}, {-1.2, 1.4}})
	for _, scale := range []float64{0, 1, 3} {
		g := Guided(with, without, scale)
		for name, of := range map[string]func(Model) flow.Field{
			"denoiser": Model.Denoiser, "noise": Model.Noise, "score": Model.Score, "velocity": Model.Velocity, "v": Model.V,
		} {
			a, b, got := apply(of(with).At(.4), x), apply(of(without).At(.4), x), apply(of(g).At(.4), x)
			// The five conversions commute with guidance.
			same := apply(of(FromScore(g.Score(), s)).At(.4), x)
			for i := range 3 {
				for j := range 2 {
					reftest.Near(t, name, got.At(i, j), b.At(i, j)+scale*(a.At(i, j)-b.At(i, j)), 1e-12, 1e-12)
					reftest.Near(t, name+" from the guided score", same.At(i, j), got.At(i, j), 1e-9, 1e-9)
				}
			}
		}
		div := make([]float64, 3)
		g.Velocity().At(.4).(flow.Divergencer).Divergence(div, x)
		var want [2][]float64
		for k, m := range []Model{without, with} {
			want[k] = make([]float64, 3)
			m.Velocity().At(.4).(flow.Divergencer).Divergence(want[k], x)
		}
		for i, v := range div {
			reftest.Near(t, "divergence", v, want[0][i]+scale*(want[1][i]-want[0][i]), 1e-12, 1e-12)
		}
	}
	if _, ok := Guided(with, FromDenoiser(without.Denoiser(), s), 2).Velocity().At(.4).(flow.Divergencer); ok {
		t.Error("a guided velocity claims a divergence that one of its models hasn't")
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic for schedules of different durations")
		}
	}()
	Guided(with, Exact(toy(t, "ring8"), VPLinear{Duration: 2}), 1)
}

// Guidance of Gaussians has a closed form: with a common variance, the guided
// score at scale w is that of the mean w a + (1 − w) b, noised; so it is exact
// here, and nowhere else in general.
func TestGuidedGaussians(t *testing.T) {
	s := VPLinear{}
	g := Guided(Exact(measure.Normal(2, .5), s), Exact(measure.Normal(-1, .5), s), 3)
	want := Exact(measure.Normal(8, .5), s)
	x := mat.NewDense(3, 1, []float64{-1, 0, 2})
	grid := append(flow.Times(1, .01, 20), 0)
	if a, b := last(t, x, g, grid, Heun{}, nil).X, last(t, x, want, grid, Heun{}, nil).X; !mat.EqualApprox(a, b, 1e-10) {
		t.Errorf("guided samples %v, want %v", mat.Formatted(a), mat.Formatted(b))
	}
}

func TestReverse(t *testing.T) {
	data := toy(t, "full3")
	p := Noising(data, VPLinear{})
	x := dense([][]float64{{.3, -.7}, {2, .1}, {-1.2, 1.4}})
	for _, level := range []float64{0, .5, 1, 2} {
		r := Reverse(p, level)
		if err := r.Validate(); err != nil {
			t.Fatal(err)
		}
		for _, at := range []float64{0, .3, .9} {
			back := 1 - at
			score := apply(flow.MapFunc(p.Path.At(back).(measure.Noised).Score), x)
			nu, f := apply(p.Velocity.At(back), x), apply(p.Drift.At(back), x)
			temp := p.Temperature(back)
			drift, vel := apply(r.Drift.At(at), x), apply(r.Velocity.At(at), x)
			reftest.Near(t, "T", r.Temperature(at), level*level*temp, 1e-14, 0)
			for i := range 3 {
				for j := range 2 {
					reftest.Near(t, "velocity", vel.At(i, j), -nu.At(i, j), 0, 0)
					reftest.Near(t, "drift", drift.At(i, j), -f.At(i, j)+(1+level*level)*temp*score.At(i, j), 1e-10, 1e-10)
					// It is a Process: v = f − T ∇ln p, with its own f and T.
					reftest.Near(t, "v = f − T∇ln p", vel.At(i, j), drift.At(i, j)-r.Temperature(at)*score.At(i, j), 1e-10, 1e-10)
				}
			}
		}
		if got := r.Path.At(.25).(measure.Moments).Mean(nil); got[0] != p.Path.At(.75).(measure.Moments).Mean(nil)[0] {
			t.Error("the path isn't reversed")
		}
	}
	d, ok := Reverse(p, 1).Velocity.At(.3).(flow.Divergencer)
	if !ok {
		t.Fatal("the reverse velocity has no divergence")
	}
	got, want := make([]float64, 3), make([]float64, 3)
	d.Divergence(got, x)
	p.Velocity.At(.7).(flow.Divergencer).Divergence(want, x)
	for i := range got {
		reftest.Near(t, "divergence", got[i], -want[i], 1e-15, 0)
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic for a negative level")
		}
	}()
	Reverse(p, -1)
}

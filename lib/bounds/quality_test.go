package bounds

import (
	"context"
	"errors"
	"math"
	"reflect"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func contender(name string, data measure.Noisable, s diffusion.Schedule, by diffusion.Sampler) Contender {
	return Contender{Name: name, Model: diffusion.Exact(data, s), Sampler: by, Grid: func(steps int) ([]float64, error) {
		return flow.Times(s.Tau(), 0, steps), nil
	}}
}

// width is a distance that sees the sampler's bias alone: that of the logarithms of
// the standard deviations.
func width(_ context.Context, x, y mat.Matrix) (float64, error) {
	sd := func(a mat.Matrix) float64 { return stat.StdDev(mat.Col(nil, 0, a), nil) }
	return math.Abs(math.Log(sd(x) / sd(y))), nil
}

func TestQualityOrders(t *testing.T) {
	data, s := measure.Normal(0, .1), diffusion.Cosine{}
	budgets := []int{16, 32, 64, 128, 256}
	q, err := Quality(context.Background(), data, []Contender{
		contender("Euler", data, s, diffusion.Euler{}), contender("Heun", data, s, diffusion.Heun{}),
	}, budgets, rng.New(1), QualityOptions{Particles: 40000, Replicates: 4, Distance: width})
	if err != nil {
		t.Fatal(err)
	}
	if len(q.Runs) != 2*len(budgets) || q.Options.Symbol != "distance" {
		t.Fatalf("%d runs, symbol %q", len(q.Runs), q.Options.Symbol)
	}
	for i, b := range budgets {
		euler, heun := q.Runs[i], q.Runs[len(budgets)+i]
		if euler.Steps != b || heun.Steps != b/2 {
			t.Errorf("budget %d: %d and %d steps", b, euler.Steps, heun.Steps)
		}
		reftest.Near(t, "evaluations of Euler", euler.Evaluations, float64(b), 0, 0)
		reftest.Near(t, "evaluations of Heun", heun.Evaluations, float64(b), 0, 0)
		// What Euler's steps do to a normal's width is known: a product.
		got, want := 1.0, 0.0
		grid := flow.Times(1, 0, b)
		for k := range b {
			c := s.At(grid[k])
			v := c.M*c.M*.01 + c.Var
			got *= 1 + (grid[k+1]-grid[k])*(c.M*c.DM*.01+c.DVar/2)/v
		}
		want = math.Abs(math.Log(got / .1))
		reftest.Near(t, "Euler's error", euler.Distance().Value, want, 0, 5/math.Sqrt(40000))
	}
	slope := func(a, b QualityRun) float64 {
		return -math.Log(b.Distance().Value/a.Distance().Value) / math.Log(b.Evaluations/a.Evaluations)
	}
	reftest.Near(t, "order of Euler", slope(q.Runs[1], q.Runs[3]), 1, 0, .2)
	reftest.Near(t, "order of Heun", slope(q.Runs[5], q.Runs[7]), 2, 0, .4)
	if f := q.Floor(); !(f.Value < .01) || !(q.Runs[9].Distance().Value < .01) {
		t.Errorf("floor %v, Heun with 128 steps %v", f, q.Runs[9].Distance())
	}
	if r, clear := q.Best(40); r == nil || r.Name != "Heun" || r.Steps != 16 || !clear {
		t.Errorf("best of 40 evaluations: %+v, clearly %v", r, clear)
	}
	if r, _ := q.Best(7); r != nil {
		t.Errorf("best of 7 evaluations: %+v", r)
	}
}

func TestQualityTies(t *testing.T) {
	q := &QualityReport{Floors: []float64{.1, .2, .1, .2}, Runs: []QualityRun{
		{"a", 1, 1, []float64{3, 1, 2, 2}}, {"b", 1, 1, []float64{1, 3, 2, 2.1}}, {"c", 2, 2, []float64{2.5, .5, 1.5, 1.5}}, {"a", 3, 3, []float64{9, 9, 9, 8}},
	}}
	if r, clear := q.Best(1); r.Name != "a" || clear {
		t.Errorf("%s is clearly (%v) the best", r.Name, clear)
	}
	// c is below a by the same in every replicate, but not below b.
	if r, clear := q.Best(3); r.Name != "c" || clear {
		t.Errorf("%s is clearly (%v) the best", r.Name, clear)
	}
	q.Runs = append(q.Runs[:1], q.Runs[2])
	if r, clear := q.Best(3); r.Name != "c" || !clear {
		t.Errorf("%s is clearly (%v) the best", r.Name, clear)
	}
	q.Floors = []float64{2.9, 1.1, 1.9, 2}
	if _, clear := q.Best(3); clear {
		t.Error("something is clearly better than what reached the floor")
	}
}

func TestQualityBits(t *testing.T) {
	ring, err := measure.GaussianRing(8, 1, .4)
	if err != nil {
		t.Fatal(err)
	}
	run := func(procs int) *QualityReport {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		q, err := Quality(context.Background(), ring, []Contender{
			contender("DDIM", ring, diffusion.CondOT{}, diffusion.DDIM{}),
			{Name: "SDE", Model: diffusion.Exact(ring, diffusion.VPLinear{}), Sampler: diffusion.EulerMaruyama{Level: 1}, Grid: func(steps int) ([]float64, error) {
				return flow.Times(diffusion.VPLinear{}.Tau(), 1e-3, steps), nil
			}},
		}, []int{3, 48}, rng.New(3), QualityOptions{Particles: 150})
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	one, many := run(1), run(8)
	if !reflect.DeepEqual(one.Runs, many.Runs) || one.Floor() != many.Floor() {
		t.Error("the result depends on GOMAXPROCS")
	}
	few, lots := one.Runs[0].Distance(), one.Runs[1].Distance()
	if !(lots.Value < few.Value) || !(lots.Value > .8*one.Floor().Value) {
		t.Errorf("W₂ %v for 3 evaluations, %v for 48, floor %v", few, lots, one.Floor())
	}
}

func TestQualityBadInput(t *testing.T) {
	data := measure.Normal(0, 1)
	good := contender("good", data, diffusion.Cosine{}, diffusion.Heun{})
	change := func(f func(*Contender)) []Contender { c := good; f(&c); return []Contender{c} }
	value := func(err error) bool { var e *measure.ValueError; return errors.As(err, &e) }
	shape := func(err error) bool { var e *measure.DimError; return errors.As(err, &e) }
	some := func(err error) bool { return err != nil }
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx        context.Context
		data       measure.Measure
		contenders []Contender
		budgets    []int
		opt        QualityOptions
		want       func(error) bool
	}{
		"no contenders":   {budgets: []int{4}, want: value},
		"no budgets":      {contenders: []Contender{good}, want: value},
		"budget 0":        {contenders: []Contender{good}, budgets: []int{0}, want: value},
		"budgets fall":    {contenders: []Contender{good}, budgets: []int{8, 4}, want: value},
		"budget too low":  {contenders: []Contender{good}, budgets: []int{1}, want: value},
		"adaptive":        {contenders: change(func(c *Contender) { c.Sampler = diffusion.Adaptive{} }), budgets: []int{4}, want: value},
		"no grid":         {contenders: change(func(c *Contender) { c.Grid = nil }), budgets: []int{4}, want: some},
		"same name":       {contenders: []Contender{good, good}, budgets: []int{4}, want: some},
		"short grid":      {contenders: change(func(c *Contender) { c.Grid = func(int) ([]float64, error) { return []float64{1, 0}, nil } }), budgets: []int{4}, want: value},
		"grid fails":      {contenders: change(func(c *Contender) { c.Grid = func(int) ([]float64, error) { return nil, errors.New("no") } }), budgets: []int{4}, want: some},
		"rising grid":     {contenders: change(func(c *Contender) { c.Grid = func(n int) ([]float64, error) { return flow.Times(0, 1, n), nil } }), budgets: []int{4}, want: value},
		"start in 2":      {contenders: change(func(c *Contender) { c.Start = measure.Moons{} }), budgets: []int{4}, want: shape},
		"data in 2":       {data: measure.Moons{}, contenders: []Contender{good}, budgets: []int{4}, want: shape},
		"one replicate":   {contenders: []Contender{good}, budgets: []int{4}, opt: QualityOptions{Replicates: 1}, want: value},
		"particles":       {contenders: []Contender{good}, budgets: []int{4}, opt: QualityOptions{Particles: -1}, want: value},
		"distance is NaN": {contenders: []Contender{good}, budgets: []int{4}, opt: QualityOptions{Distance: func(context.Context, mat.Matrix, mat.Matrix) (float64, error) { return math.NaN(), nil }}, want: some},
		"distance fails":  {contenders: []Contender{good}, budgets: []int{4}, opt: QualityOptions{Distance: func(context.Context, mat.Matrix, mat.Matrix) (float64, error) { return 0, errors.New("no") }}, want: some},
		"cancelled":       {ctx: cancelled, contenders: []Contender{good}, budgets: []int{4}, want: func(err error) bool { return errors.Is(err, context.Canceled) }},
	} {
		if c.ctx == nil {
			c.ctx = context.Background()
		}
		if c.data == nil {
			c.data = data
		}
		if q, err := Quality(c.ctx, c.data, c.contenders, c.budgets, rng.New(1), c.opt); !c.want(err) || q != nil {
			t.Errorf("%s: %v, %v", name, q, err)
		}
	}
}

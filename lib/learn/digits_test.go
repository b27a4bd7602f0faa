package learn_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/data"
	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/learn"
	"github.com/wasserwerk-go/wasserwerk/lib/metric"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// What the shipped network makes of noise is judged by a classifier of real digits.
func TestDigits(t *testing.T) {
	ctx := context.Background()
	set, err := data.Digits()
	if err != nil {
		t.Fatal(err)
	}
	x := mat.DenseCopyOf(set.X)
	x.Apply(func(_, _ int, v float64) float64 { return 2*v - 1 }, x)
	const half = 898
	train, test := x.Slice(0, half, 0, 64).(*mat.Dense), x.Slice(half, 1797, 0, 64).(*mat.Dense)
	task, err := learn.NewLabels(train, set.Labels[:half], 10, learn.Labels{Jitter: .2, Shift: 1, Paper: -1})
	if err != nil {
		t.Fatal(err)
	}
	net := learn.NewMLP[float32](64, 10, learn.MLPOptions{Hidden: []int{128, 64}, Frequencies: -1}, rng.New(1))
	average := &learn.Average[float32]{}
	const steps = 3000
	for p, err := range learn.Train(ctx, net, task, &learn.Adam[float32]{Rate: 3e-3, Decay: .01}, average, learn.TrainOptions{Batch: 128, Rate: learn.CosineDecay(50, steps)}, rng.New(2)) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Step == steps {
			break
		}
	}
	c := learn.Classifier[float32]{Net: average.Net(net)}
	right := c.Accuracy(test, set.Labels[half:])
	t.Logf("classifier: %.4f of the test half are right", right)
	if right < .96 {
		t.Errorf("the classifier is right on %v of the test half", right)
	}
	b, err := data.Network("digits")
	if err != nil {
		t.Fatal(err)
	}
	model, err := learn.ReadCheckpoint[float32](bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	made := mat.NewDense(half, 64, nil)
	grid := make([]float64, 101)
	for i := range grid {
		grid[i] = 1 - float64(i)/100
	}
	if err := diffusion.Generate(ctx, made, learn.Model(model.Net, diffusion.Cosine{}, learn.V), grid, diffusion.DDIM{}, rng.New(3), diffusion.GenerateOptions{}); err != nil {
		t.Fatal(err)
	}
	p := c.Probabilities(made)
	sure, classes := 0, make([]int, 10)
	for i := range half {
		row := p.RawRowView(i)
		top := slices.Max(row)
		classes[slices.Index(row, top)]++
		if top >= .9 {
			sure++
		}
	}
	share := float64(sure) / half
	// The halves are of different writers, so their distance is no floor. Two samples of one
	// law are random parts of all real digits, as large as what is compared.
	all := c.Features(x)
	part := func(rows []int) *mat.Dense {
		_, d := all.Dims()
		out := mat.NewDense(half, d, nil)
		for i, r := range rows {
			out.SetRow(i, all.RawRowView(r))
		}
		return out
	}
	order := rng.New(4).Rand().Perm(1797)
	floor, err := metric.Frechet(part(order[:half]), nil, part(order[half:2*half]), nil)
	if err != nil {
		t.Fatal(err)
	}
	distance, err := metric.Frechet(c.Features(train), nil, c.Features(made), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("generated: %.3f surely a digit, of the classes %v; Fréchet distance %.3f, between two random halves of the real ones %.3f, ratio %.2f", share, classes, distance, floor, distance/floor)
	if share < .8 || slices.Min(classes) == 0 || !(distance < 5*floor) {
		t.Error("the generated digits aren't good enough")
	}
}

// Command train trains the networks that package data ships, and writes them into the
// folder that it is given: the same bytes each time on one kind of processor.
//
//	go run ./data/testdata/train data
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/data"
	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/learn"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: train folder [name …]")
	}
	for _, r := range recipes() {
		if len(os.Args) > 2 && !contains(os.Args[2:], r.name) {
			continue
		}
		if err := r.cook(os.Args[1]); err != nil {
			log.Fatal(r.name, ": ", err)
		}
	}
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// recipe is how a network is trained.
type recipe struct {
	name  string
	net   *learn.Net[float32]
	task  learn.Task
	rate  float64
	batch int
	steps int
	notes map[string]string
}

func (r recipe) cook(folder string) error {
	average := &learn.Average[float32]{}
	begin := time.Now()
	loss := 0.0
	for p, err := range learn.Train(context.Background(), r.net, r.task, &learn.Adam[float32]{Rate: r.rate, Clip: 1}, average,
		learn.TrainOptions{Batch: r.batch, Rate: learn.CosineDecay(200, r.steps)}, rng.New(2026).Named(r.name)) {
		if err != nil {
			return err
		}
		loss += p.Loss
		if p.Step%500 == 0 {
			log.Printf("%s: step %d, loss %.4f, %.0f s", r.name, p.Step, loss/500, time.Since(begin).Seconds())
			loss = 0
		}
		if p.Step == r.steps {
			break
		}
	}
	f, err := os.Create(filepath.Join(folder, r.name+".safetensors"))
	if err != nil {
		return err
	}
	r.notes["training"] = fmt.Sprintf("%d steps of %d pictures", r.steps, r.batch)
	c := learn.Checkpoint[float32]{Net: average.Net(r.net), Step: r.steps, Notes: r.notes}
	if err := c.Write(f); err != nil {
		return err
	}
	return f.Close()
}

func recipes() []recipe {
	digits, garments := must(data.Digits()), must(data.Fashion())
	half := centred(digits.X.Slice(0, 898, 0, 64))
	atoms := must(measure.NewDiscrete(half, nil))
	// The relation wants a density: the digits' atoms, smoothed.
	smooth := atoms.Noise(measure.Coeffs{M: 1, Var: data.Smoothing * data.Smoothing})
	noise := must(diffusion.NoisePrior(diffusion.CondOT{}, 1, 64))
	mlp := func(name string, width int) *learn.Net[float32] {
		return learn.NewMLP[float32](64, 64, learn.MLPOptions{Hidden: []int{width, width}}, rng.New(1).Named(name))
	}
	protocol := func(name, path, coupling string, p diffusion.Interpolant, c diffusion.Coupling) recipe {
		return recipe{
			name, mlp(name, 192), must(learn.NewMatching(smooth, noise, p, learn.Matching{Coupling: c, Group: 128})), 2e-3, 256, 12000,
			map[string]string{"data": "digits, first 898, 2x-1, smoothed", "quantity": "velocity", "path": path, "coupling": coupling},
		}
	}
	return []recipe{
		{
			"digits", mlp("digits", 256), must(learn.NewDenoising(atoms, diffusion.Cosine{}, learn.Denoising{Quantity: learn.V})), 2e-3, 256, 12000,
			map[string]string{"data": "digits, first 898, 2x-1", "quantity": "v", "schedule": "cosine"},
		},
		protocol("digits-cosine", "cosine", "independent", diffusion.SchedulePath{Schedule: diffusion.Cosine{}}, nil),
		protocol("digits-condot", "straight", "independent", diffusion.StraightPath{}, nil),
		protocol("digits-ot", "straight", "optimal in groups of 128", diffusion.StraightPath{}, diffusion.OptimalCoupling{}),
		{
			"garments", learn.NewConvNet[float32](learn.ConvOptions{Side: 28, Patch: 4, Channels: 48, Layers: 4}, rng.New(1).Named("garments")),
			must(learn.NewDenoising(must(measure.NewDiscrete(centred(garments.X), nil)), diffusion.Cosine{}, learn.Denoising{Quantity: learn.V})), 2e-3, 128, 5000,
			map[string]string{"data": "garments, 2x-1", "quantity": "v", "schedule": "cosine"},
		},
	}
}

// centred returns 2x − 1: paper is −1, ink is 1.
func centred(x mat.Matrix) *mat.Dense {
	out := mat.DenseCopyOf(x)
	out.Apply(func(_, _ int, v float64) float64 { return 2*v - 1 }, out)
	return out
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

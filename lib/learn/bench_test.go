package learn

import (
	"context"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// benchmarked is the networks that are timed against PyTorch: see testdata/peers.
func benchmarked() map[string]struct {
	net   *Net[float32]
	batch int
} {
	return map[string]struct {
		net   *Net[float32]
		batch int
	}{
		"plane":    {NewMLP[float32](2, 2, MLPOptions{Hidden: []int{128, 128}}, rng.New(1)), 512},
		"digits":   {NewMLP[float32](64, 64, MLPOptions{Hidden: []int{256, 256}}, rng.New(1)), 256},
		"garments": {NewConvNet[float32](ConvOptions{Side: 28, Patch: 4, Channels: 64, Layers: 4}, rng.New(1)), 128},
	}
}

// A step of training: a batch, there and back, Adam.
func BenchmarkTrain(b *testing.B) {
	for name, c := range benchmarked() {
		b.Run(name, func(b *testing.B) {
			x := mat.NewDense(1000, c.net.In, nil)
			rng.New(1).Normal(x.RawMatrix().Data)
			data, err := measure.NewDiscrete(x, nil)
			if err != nil {
				b.Fatal(err)
			}
			task := denoising(b, data, diffusion.CondOT{}, Denoising{Quantity: Velocity})
			for _, err := range Train(context.Background(), c.net, task, &Adam[float32]{}, nil, TrainOptions{Batch: c.batch}, rng.New(1)) {
				if err != nil {
					b.Fatal(err)
				}
				if !b.Loop() {
					break
				}
			}
		})
	}
}

// A pass of 10,000 points through the network, as samplers make it.
func BenchmarkField(b *testing.B) {
	for name, c := range benchmarked() {
		b.Run(name, func(b *testing.B) {
			drawn(c.net)
			x := mat.NewDense(10000, c.net.In, nil)
			rng.New(1).Normal(x.RawMatrix().Data)
			f := Field(c.net, diffusion.CondOT{})
			for b.Loop() {
				f.At(.5).Apply(x, x)
			}
		})
	}
}

package main

import (
	"fmt"
	"math"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
)

const (
	few        = 4096  // elements that stay in the first cache
	many       = 65536 // elements or points that don't
	side       = 1024  // of a matrix
	components = 16
	samples    = 64 // elements of a sample
)

// A result is what a run of ours leaves.
type result interface {
	at(i int) float64
	size() int
}

type vector[T kernel.Float] []T

func (v vector[T]) at(i int) float64 { return float64(v[i]) }
func (v vector[T]) size() int        { return len(v) }

type series struct {
	name string // "operation/type"
	run  func()
	out  result
}

// ours is the worker of the kernels; the variants of its series are their
// forms. It needs a thread of its own.
type ours []series

func (o ours) language() string { return "Go" }

func (o ours) list() ([]string, error) {
	var names []string
	for _, s := range o {
		for f := kernel.Go; f <= kernel.Best(); f++ {
			names = append(names, s.name+":"+f.String())
		}
	}
	return names, nil
}

// find returns a series and the function that ends the use of its form.
func (o ours) find(name string) (*series, func(), error) {
	name, variant, _ := strings.Cut(name, ":")
	for i := range o {
		if o[i].name != name {
			continue
		}
		for f := kernel.Go; f <= kernel.Best(); f++ {
			if f.String() == variant {
				return &o[i], kernel.Use(f), nil
			}
		}
	}
	return nil, nil, fmt.Errorf("no series %s:%s", name, variant)
}

func (o ours) sample(name string) ([]float64, error) {
	s, restore, err := o.find(name)
	if err != nil {
		return nil, err
	}
	defer restore()
	s.run()
	x := make([]float64, samples)
	for i := range x {
		x[i] = s.out.at(i * (s.out.size() / samples))
	}
	return x, nil
}

func (o ours) time(name string, reps int) (ns, sum float64, err error) {
	s, restore, err := o.find(name)
	if err != nil {
		return 0, 0, err
	}
	defer restore()
	s.run()
	begin := now()
	for range reps {
		s.run()
	}
	ns = float64(now()-begin) / float64(reps)
	for i := range s.out.size() {
		sum += math.Abs(s.out.at(i))
	}
	return ns, sum, nil
}

// now is the processor time of this thread in nanoseconds.
func now() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return t.Nano()
}

// uniform is number i of a stream, in [0, 1).
func uniform(stream, i int) float64 {
	z := (uint64(stream)<<32 + uint64(i) + 1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return float64((z^z>>31)>>11) * 0x1p-53
}

func random[T kernel.Float](stream, n int, low, width float64) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(low + width*uniform(stream, i))
	}
	return x
}

func kernels() ours {
	return append(kernelsOf[float64]("/float64"), kernelsOf[float32]("/float32")...)
}

func kernelsOf[T kernel.Float](kind string) (all ours) {
	add := func(operation string, out []T, run func()) {
		all = append(all, series{operation + kind, run, vector[T](out)})
	}
	var (
		out       = make([]T, side*side)
		numbers   = random[T](1, many, -16, 32)
		potential = random[T](2, side, 0, 1)
		costs     = random[T](3, side*side, 0, 8)
		x         = kernel.Points[T]{N: side, D: 64, Stride: side, Coord: random[T](4, 64*side, 0, 1)}
		y         = kernel.Points[T]{N: side, D: 64, Stride: side, Coord: random[T](5, 64*side, 0, 1)}
	)
	plane := func(p kernel.Points[T]) kernel.Points[T] { p.D = 2; return p }

	a, b := random[T](7, side*side, -1, 2), random[T](8, side*side, -1, 2)
	gemm := func(name string, transA, transB bool, m, n, k int) {
		lda, ldb := k, n
		if transA {
			lda = m
		}
		if transB {
			ldb = k
		}
		add(name, out[:m*n], func() { kernel.Gemm(transA, transB, m, n, k, 1, a, lda, b, ldb, 0, out, n) })
	}
	gemm("gemm-nn", false, false, 512, 128, 128)
	gemm("gemm-tn", true, false, 128, 128, 512)
	gemm("gemm-nt", false, true, 512, 128, 128)
	gemm("gemm-large", false, false, side, side, side)

	add("exp", out[:few], func() { kernel.Exp(out[:few], numbers[:few]) })
	add("silu", out[:2*many], func() { kernel.SiLU(out[:many], out[many:2*many], numbers) })
	add("lse", out[:side], func() { kernel.LogSumExp(out[:side], potential, costs, side, 0.5) })
	add("lse-plane", out[:side], func() {
		kernel.LogSumExpDist(out[:side], potential, plane(x), plane(y), kernel.SqEuclidean, 0.0625)
	})
	add("sqdist-2", out, func() { kernel.SqDist(out, side, plane(x), plane(y)) })
	add("sqdist-64", out, func() { kernel.SqDist(out, side, x, y) })
	return all
}

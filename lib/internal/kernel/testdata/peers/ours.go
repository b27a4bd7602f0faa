package main

import (
	"fmt"
	"math"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
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

package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
)

// A runner is a series and who runs it.
type runner struct {
	worker
	series string
}

func (r runner) variant() string {
	_, variant, _ := strings.Cut(r.series, ":")
	return variant
}

// enlist returns all series of the workers under their operation and type.
func enlist(workers ...worker) (map[string][]runner, error) {
	all := map[string][]runner{}
	for _, w := range workers {
		names, err := w.list()
		if err != nil {
			return nil, err
		}
		for _, series := range names {
			name, _, _ := strings.Cut(series, ":")
			all[name] = append(all[name], runner{w, series})
		}
	}
	return all, nil
}

// A check says how the results of an operation can be compared.
type check int

const (
	same   check = iota // they are the same but for rounding
	normal              // they are different standard normals
)

// agree returns an error unless all compute what the first does.
func agree(all []runner, how check, kind string) error {
	tol := 1e-12
	if kind == "float32" {
		tol = 1e-4
	}
	var want []float64
	var total float64
	for i, r := range all {
		_, sum, err := r.time(r.series, 1)
		if err != nil {
			return err
		}
		if how == normal {
			// The mean magnitude is √(2/π) ± 0.0024.
			if mean := sum / many; math.Abs(mean-math.Sqrt(2/math.Pi)) > 0.015 {
				return fmt.Errorf("%s: mean magnitude %v is no normal's", r.series, mean)
			}
			continue
		}
		got, err := r.sample(r.series)
		if err != nil {
			return err
		}
		if i == 0 {
			want, total = got, sum
		}
		if len(got) != samples || len(want) != samples {
			return fmt.Errorf("%s: %d elements in the sample, want %d", r.series, len(got), samples)
		}
		for k := range got {
			if !near(got[k], want[k], tol) {
				return fmt.Errorf("%s has %v at element %d of the sample, %s has %v", r.series, got[k], k, all[0].series, want[k])
			}
		}
		if !near(sum, total, tol) {
			return fmt.Errorf("%s sums to %v, %s to %v", r.series, sum, all[0].series, total)
		}
	}
	return nil
}

// near reports whether a and b differ by at most tol, in proportion to the
// larger where that is above 1. It is false of NaN.
func near(a, b, tol float64) bool {
	return math.Abs(a-b) <= tol*max(1, math.Abs(a), math.Abs(b))
}

// A measurement is the nanoseconds a run in each round. Pure Go, which is
// many times slower, doesn't take part in every round.
type measurement struct {
	runner
	ns []float64
}

func (m *measurement) median() float64 { return quantile(m.ns, 0.5) }

const (
	span  = 3e6 // nanoseconds that runs of one series should take in a round
	pause = 8   // rounds for one of pure Go
)

// measure lets all take turns. Who begins changes from round to round.
func measure(ctx context.Context, all []runner, rounds int) ([]measurement, error) {
	ms := make([]measurement, len(all))
	reps := make([]int, len(all))
	for i, r := range all {
		ms[i].runner = r
		ns, _, err := r.time(r.series, 1)
		if err != nil {
			return nil, err
		}
		reps[i] = int(max(1, math.Round(span/max(ns, 1))))
	}
	for round := range rounds {
		for k := range all {
			i := (k + round) % len(all)
			if all[i].variant() == kernel.Go.String() && kernel.Best() != kernel.Go && round%pause != 0 {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			ns, _, err := all[i].time(all[i].series, reps[i])
			if err != nil {
				return nil, err
			}
			ms[i].ns = append(ms[i].ns, ns)
		}
	}
	return ms, nil
}

// ratio returns the quartiles of a/b in the rounds.
func ratio(a, b *measurement) (low, middle, high float64) {
	q := make([]float64, min(len(a.ns), len(b.ns)))
	for i := range q {
		q[i] = a.ns[i] / b.ns[i]
	}
	return quantile(q, 0.25), quantile(q, 0.5), quantile(q, 0.75)
}

// quantile returns the element of x below which lies the part p.
func quantile(x []float64, p float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[int(math.Round(p*float64(len(x)-1)))]
}

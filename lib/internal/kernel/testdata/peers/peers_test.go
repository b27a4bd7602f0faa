package main

import (
	"math"
	"strings"
	"testing"
)

// fake is a worker whose results are all x.
type fake struct {
	name string
	x    float64
	ns   float64
}

func (f fake) language() string        { return f.name }
func (f fake) list() ([]string, error) { return []string{"exp/float64:" + f.name}, nil }

func (f fake) sample(string) ([]float64, error) {
	x := make([]float64, samples)
	for i := range x {
		x[i] = f.x
	}
	return x, nil
}

func (f fake) time(string, int) (ns, sum float64, err error) {
	return f.ns, f.x * few, nil
}

func TestAgree(t *testing.T) {
	for _, test := range []struct {
		x    float64
		kind string
		ok   bool
	}{
		{3, "float64", true},
		{3 * (1 + 1e-14), "float64", true},
		{3 * (1 + 1e-11), "float64", false},
		{3 * (1 + 1e-5), "float32", true},
		{3 * (1 + 1e-3), "float32", false},
		{math.NaN(), "float32", false},
	} {
		runners, err := enlist(fake{"C", 3, 1}, fake{"Python", test.x, 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := agree(runners["exp/float64"], same, test.kind); (err == nil) != test.ok {
			t.Errorf("%v, %s: %v", test.x, test.kind, err)
		}
	}

	mean := func(x float64) error {
		return agree([]runner{{fake{"C", x * many / few, 1}, "normal/float64:C"}}, normal, "float64")
	}
	if err := mean(0.798); err != nil {
		t.Error(err)
	}
	if mean(0.5) == nil { // of uniform numbers
		t.Error("numbers that aren't normal pass")
	}
}

func TestRow(t *testing.T) {
	runners, err := enlist(fake{"C", 1, 4 * few}, fake{"Python", 1, 3 * few})
	if err != nil {
		t.Fatal(err)
	}
	all, err := measure(t.Context(), runners["exp/float64"], 5)
	if err != nil {
		t.Fatal(err)
	}
	if got := row(operations[0], "float64", all); !strings.Contains(got, "|  | 4 (C) | 3 (Python) |  |") {
		t.Error(got)
	}
	if _, middle, _ := ratio(&all[0], &all[1]); middle != 4./3 {
		t.Errorf("ratio %v", middle)
	}
}

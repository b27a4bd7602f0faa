package num

import (
	"math"
	"testing"
)

func TestMeanStdErr(t *testing.T) {
	mean, err := MeanStdErr([]float64{1, 2, 3, 6})
	if mean != 3 || math.Abs(err-math.Sqrt(14./3/4)) > 1e-15 {
		t.Errorf("mean %v, standard error %v", mean, err)
	}
	if _, err := MeanStdErr([]float64{1}); !math.IsNaN(err) {
		t.Errorf("standard error of one value: %v", err)
	}
}

func TestRules(t *testing.T) {
	const steps = 6
	var cube, line float64
	for i := range steps + 1 {
		x := float64(i) / steps
		cube += Simpson(i, steps) / steps * x * x * x
		line += Trapezoid(i, steps) / steps * x
	}
	if math.Abs(cube-.25) > 1e-15 || math.Abs(line-.5) > 1e-15 {
		t.Errorf("∫x³ = %v, ∫x = %v", cube, line)
	}
}

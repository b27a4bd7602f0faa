package course

import (
	"math"
	"strings"
	"testing"
)

func TestNear(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, test := range []struct {
		got, want float64
		right     bool
		word      string
	}{
		{3, 3, true, ""},
		{3 + 2e-6, 3, true, ""},
		{inf, inf, true, ""},
		{0, 0, true, ""},
		{nan, 3, false, "no answer yet"},
		{-3, 3, false, "sign"},
		{6, 3, false, "factor of 2"},
		{1.5, 3, false, "factor of 2"},
		{9, 3, false, "square"},
		{math.Sqrt(3), 3, false, "root"},
		{1. / 3, 3, false, "upside down"},
		{3.01, 3, false, "almost: off by 0.003"},
		{inf, 3, false, "infinite"},
		{40, 3, false, "not yet"},
		{0.01, 0, false, "almost"},
		{-0.25, -0.5, false, "factor of 2"},
	} {
		a := Near("x", test.got, test.want, 1e-6)
		if a.Right != test.right || !strings.Contains(a.Word, test.word) || a.Right && a.Word != "" {
			t.Errorf("%v for %v: %+v, want %v with %q", test.got, test.want, a, test.right, test.word)
		}
	}
}

func TestVanishing(t *testing.T) {
	for _, test := range []struct {
		err   float64
		right bool
		word  string
	}{
		{1e-9, true, ""},
		{-1e-9, true, ""},
		{-1, false, "not yet"},
		{3e-5, false, "almost: the error is 3e-05, and may be 1e-06"},
		{math.NaN(), false, "no answer yet"},
	} {
		if a := Vanishing("x", test.err, 1e-6); a.Right != test.right || !strings.HasPrefix(a.Word, test.word) {
			t.Errorf("%v: %+v", test.err, a)
		}
	}
}

func TestNearAll(t *testing.T) {
	nan, tol := math.NaN(), Tolerance{1e-9, 1e-6}
	for _, test := range []struct {
		got, want []float64
		upTo      UpTo
		right     bool
		word      string
	}{
		{[]float64{1, 2}, []float64{1, 2}, Exactly, true, ""},
		{[]float64{1, 2 + 1e-6}, []float64{1, 2}, Exactly, true, ""},
		{[]float64{math.Inf(1)}, []float64{math.Inf(1)}, Exactly, true, ""},
		{nil, nil, Exactly, true, ""},
		{nil, []float64{1}, Exactly, false, "no answer yet"},
		{[]float64{1}, []float64{1, 2}, Exactly, false, "not yet: there are 1 numbers, and 2 are asked for"},
		{[]float64{1, nan}, []float64{1, 2}, Exactly, false, "not yet: there is a NaN"},
		{[]float64{1, 3}, []float64{1, 2}, Exactly, false, "almost: 1 of 2 are right"},
		{[]float64{5, 3}, []float64{1, 2}, Exactly, false, "not yet: the worst is off by 4"},
		{[]float64{-1, 2}, []float64{1, -2}, Sign, true, ""},
		{[]float64{-1, -2}, []float64{1, -2}, Sign, false, "almost"},
		{[]float64{-1, 2}, []float64{1, -2}, Exactly, false, "not yet"},
		{[]float64{11, 12, 14}, []float64{1, 2, 4}, Constant, true, ""},
		{[]float64{11, 12, 15}, []float64{1, 2, 4}, Constant, false, ""},
	} {
		a := NearAll("x", test.got, test.want, tol, test.upTo)
		if a.Right != test.right || !strings.HasPrefix(a.Word, test.word) || a.Right != (a.Word == "") {
			t.Errorf("%v for %v, up to %d: %+v, want %v with %q", test.got, test.want, test.upTo, a, test.right, test.word)
		}
	}
}

func TestWithin(t *testing.T) {
	for _, test := range []struct {
		got, stdErr, want, wantErr, most float64
		word                             string
	}{
		{1, 0.1, 1.25, 0, 0, ""},
		{1, 0.1, 1.35, 0, 0, "not yet: off by 3.5 standard errors, and 3 are allowed"},
		{1, 0.1, 1.35, 0.1, 0, ""},
		{1, 0.1, 1, 0, 0.05, "almost: the standard error is 0.1, and may be 0.05"},
		{math.NaN(), 0.1, 1, 0, 0, "no answer yet"},
		{1, math.NaN(), 1, 0, 0, "no answer yet"},
		{1, -1, 1, 0, 0, "not yet: that is no standard error"},
		{1, math.Inf(1), 5, 0, 0, "not yet: that is no standard error"},
	} {
		a := Within("x", test.got, test.stdErr, test.want, test.wantErr, 3, test.most)
		if a.Word != test.word || a.Right != (test.word == "") {
			t.Errorf("%+v: %+v", test, a)
		}
	}
}

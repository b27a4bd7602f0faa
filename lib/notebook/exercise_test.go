package notebook

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

func TestExercise(t *testing.T) {
	e := Exercise{Name: "2", Level: 2, Answers: []Answer{Near("the cost $c_2$", 1, 1, 1e-6), That("its sign", false, "think of the reverse process")}}
	if e.Right() || (Exercise{}).Right() {
		t.Error("an exercise is right that isn't")
	}
	b, err := render(e)
	if err != nil || b.plain != "Exercise 2 ★★☆:\n  the cost c₂: ✓\n  its sign: … think of the reverse process" {
		t.Errorf("%q, %v", b.plain, err)
	}
	e.Answers = e.Answers[:1]
	if b, _ = render(e); b.plain != "Exercise 2 ★★☆: ✓ right" {
		t.Errorf("%q", b.plain)
	}
}

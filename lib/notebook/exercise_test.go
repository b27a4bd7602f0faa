package notebook

import (
	"testing"
)

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

package notebook

import (
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/lib/course"
)

// Exercise compares a reader's answers to what they should be, in words that help
// and don't tell.
//
//	notebook.Show(notebook.Exercise{Name: "2", Level: 1, Answers: []notebook.Answer{
//		notebook.Near("the cost", cost(), report.C2.Value, 1e-6),
//	}})
//
// Showing one never fails the cell: an exercise that hasn't been solved yet is no
// error.
type Exercise struct {
	Name    string
	Level   int // 1, a line; 2, some thought; 3, an evening
	Answers []Answer
}

// Answer is the judgement of one part of an exercise.
type Answer = course.Answer

// Right reports whether all answers are.
func (e Exercise) Right() bool {
	for _, a := range e.Answers {
		if !a.Right {
			return false
		}
	}
	return len(e.Answers) > 0
}

// Near judges a number: see course.Near.
func Near(part string, got, want, tol float64) Answer { return course.Near(part, got, want, tol) }

// Vanishing judges an answer by an error: see course.Vanishing.
func Vanishing(part string, err, tol float64) Answer { return course.Vanishing(part, err, tol) }

// That judges a property, with a word for where it doesn't hold.
func That(part string, right bool, otherwise string) Answer {
	return course.That(part, right, otherwise)
}

func (e Exercise) render() bundle {
	answers := slices.Clone(e.Answers)
	for i := range answers {
		answers[i].Part = plain(answers[i].Part)
	}
	return text(course.Say("Exercise "+e.Name+" "+e.stars(), answers))
}

// stars show the level.
func (e Exercise) stars() string {
	n := min(max(e.Level, 1), 3)
	return strings.Repeat("★", n) + strings.Repeat("☆", 3-n)
}

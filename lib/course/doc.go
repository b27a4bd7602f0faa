// Package course judges answers: of exercises in a notebook, in words that help and
// don't tell, and of coursework, for points.
//
// # Exercises
//
// [Near], [NearAll], [Vanishing], [Within] and [That] judge one part of an exercise
// each. Package notebook shows them.
//
// # Coursework
//
// A cell that is graded says what is asked of the student's functions, and how the
// answer is judged, as two functions:
//
//	%%
//	course.Grade("q1",
//		course.Check("the cost", 2,
//			func() float64 { return cost(2, 1) },
//			func(x float64) course.Answer { return course.Near("", x, 7.85, 1e-6) }),
//		course.Check("marginals", 1,
//			func() *mat.Dense { return plan() },
//			func(p *mat.Dense) course.Answer { return course.Vanishing("", off(p), 1e-9) }),
//	)
//
// In a notebook both run, one after the other, and Grade prints what came of it.
// Where coursework is graded (kernelsetup course grade) they run in two programs. The
// student's functions are in the first, which calls what asks and writes the answers
// down; the second is built of the lecturer's notebook alone, reads them and calls
// what judges. So what a student's code does to its own process, to the functions
// that judge or to what is printed has no effect on a score: all that it can do is
// give answers. What isn't answered earns nothing.
//
// An answer is what encoding/gob can hold: numbers, strings, slices and maps, structs
// by their exported fields, matrices of gonum. What asks should be quick to compute
// and depend on nothing but the notebook. Data of a student's own come from a key,
//
//	rng.New(2026).Named(course.Student(id))
//
// where id is a constant that students set.
//
// # With nbgrader
//
// Where nbgrader grades (it sets NBGRADER_EXECUTION), Grade ends the cell with an
// error unless all is right, as nbgrader counts the rest as right, and prints to
// standard output alone, as nbgrader takes all else for an error.
package course

package page

import (
	"fmt"
	"slices"
)

// Error says why a notebook is no page yet. Its message is one line, about the
// first problem.
type Error struct {
	Problems []Problem // in the notebook's order, at least one
}

// Problem is one thing that its author has to mend.
type Problem struct {
	Cell int    // counted from 1
	Line int    // of the cell's source, counted from 1; 0 where it isn't known
	Text string // one line
}

func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("cell %d: %s", p.Cell, p.Text)
	}
	return fmt.Sprintf("cell %d, line %d: %s", p.Cell, p.Line, p.Text)
}

func (e *Error) Error() string {
	s := e.Problems[0].String()
	if more := len(e.Problems) - 1; more > 0 {
		s += fmt.Sprintf(" (and %d more)", more)
	}
	return s
}

// problems collects them in any order.
type problems []Problem

func (ps *problems) add(cell, line int, format string, args ...any) {
	*ps = append(*ps, Problem{Cell: cell, Line: line, Text: fmt.Sprintf(format, args...)})
}

func (ps problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	return &Error{Problems: ps.sorted()}
}

// sorted returns them in the notebook's order.
func (ps problems) sorted() []Problem {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if a.Cell != b.Cell {
			return a.Cell - b.Cell
		}
		return a.Line - b.Line
	})
	return ps
}

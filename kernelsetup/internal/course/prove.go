package course

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gocell"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// Prove shows that a sheet can be given out: the student's version compiles, the
// lecturer's answers earn all points and the student's version none, and nothing
// that students don't get is in it. The error names what isn't so.
func (g *Grader) Prove(ctx context.Context) error {
	if err := g.Sheet.Leaks(); err != nil {
		return err
	}
	for _, q := range g.Sheet.Questions {
		if q.ByHand {
			continue
		}
		if err := g.compiles(ctx, q); err != nil {
			return err
		}
		full, err := g.Mark(ctx, "lecturer", q, g.Sheet.solutions(q))
		if err != nil {
			return err
		}
		if full.Score != q.Points {
			return fmt.Errorf("%s: the lecturer's answer earns %s of %s points: %s", q.ID, number(full.Score), number(q.Points), clean(full.remark(false)))
		}
		if err := g.untouched(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// compiles builds a question's checks as students see them, with the stubs.
func (g *Grader) compiles(ctx context.Context, q *Question) error {
	theirs := *g.Sheet
	theirs.Source = &nbformat.Notebook{Cells: slices.Clone(g.Sheet.Released.Cells)}
	checks := *theirs.Source.Cells[q.cell]
	if !gocell.Read(checks.Source).HasProgram { // all of it is hidden
		checks.Source += "\n%%\n"
	}
	theirs.Source.Cells[q.cell] = &checks
	files, err := theirs.program(q, g.Sheet.stubs(q))
	if err != nil {
		return fmt.Errorf("%s: the student's version: %w", q.ID, err)
	}
	path, err := g.Builder.Build(ctx, g.Dir, files)
	var failed *CompileError
	switch {
	case errors.As(err, &failed):
		return fmt.Errorf("%s: the student's version doesn't compile: %w", q.ID, err)
	case err != nil:
		return fmt.Errorf("%s: %w", q.ID, err)
	}
	return os.RemoveAll(filepath.Dir(path))
}

// untouched runs the stubs too, which grading never does: what they answer has to earn
// nothing in nbgrader as well.
func (g *Grader) untouched(ctx context.Context, q *Question) error {
	none, err := g.Mark(ctx, "nobody", q, g.Sheet.stubs(q))
	if err != nil {
		return err
	}
	if none.Score == 0 {
		none, err = g.Mark(ctx, "nobody", q, touched(g.Sheet.stubs(q)))
	}
	if err != nil {
		return err
	}
	if none.Score != 0 {
		return fmt.Errorf("the student's version earns points as it is: %s", clean(none.String()))
	}
	return nil
}

// touched changes nothing but a comment.
func touched(answers map[string]string) map[string]string {
	for id, source := range answers {
		answers[id] = source + "\n\n// touched"
	}
	return answers
}

// Leaks looks for what students don't get in the student's version: whole texts in its
// sources, where the lecturer may have left a copy, and single lines in all else. Lines
// that say little, such as a brace, are none.
func (s *Sheet) Leaks() error {
	var b bytes.Buffer
	if err := s.Released.Write(&b); err != nil {
		return err
	}
	for _, marker := range []string{"SOLUTION", "HIDDEN TESTS", "MARK SCHEME"} {
		for _, side := range []string{"BEGIN ", "END "} {
			if strings.Contains(b.String(), side+marker) {
				return fmt.Errorf("the student's version has the text %s%s", side, marker)
			}
		}
	}
	var besides strings.Builder // sources are looked at by themselves
	metadata, err := json.Marshal(s.Released.Metadata)
	if err != nil {
		return err
	}
	besides.Write(metadata)
	for _, c := range s.Released.Cells {
		metadata, err := json.Marshal(c.Metadata)
		if err != nil {
			return err
		}
		besides.Write(metadata)
		besides.Write(c.Attachments)
	}
	for _, secret := range s.Secrets {
		lines := telling(secret)
		for i, c := range s.Released.Cells {
			if (len(lines) > 1 || len(lines) == 1 && len(lines[0]) >= 20) && strings.Contains(strings.Join(telling(c.Source), "\n"), strings.Join(lines, "\n")) {
				return fmt.Errorf("%s of the student's version has a text that students don't get: %s", s.name(i), lines[0])
			}
		}
		for _, line := range lines {
			quoted, err := json.Marshal(line)
			if err != nil {
				return err
			}
			if len(line) >= 12 && strings.Contains(besides.String(), string(quoted[1:len(quoted)-1])) {
				return fmt.Errorf("the metadata or attachments of the student's version have a line that students don't get: %s", line)
			}
		}
	}
	return nil
}

// telling returns the lines of a text, trimmed, that say something.
func telling(text string) (out []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); len(line) > 2 {
			out = append(out, line)
		}
	}
	return out
}

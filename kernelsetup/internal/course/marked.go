package course

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbgrader"
	"github.com/wasserwerk-go/wasserwerk/lib/course"
)

// marked returns the notebook that a student gets back: the student's version of the
// sheet, which has nothing that students may not see, with the student's answers in
// their places, and what came of each below.
func (s *Sheet) marked(given answers, g *Graded) *nbformat.Notebook {
	nb := &nbformat.Notebook{Metadata: s.Released.Metadata, Minor: s.Released.Minor}
	nb.Cells = append(nb.Cells, summary(g))
	marks := make(map[string]*Mark)
	for _, m := range g.Marks {
		marks[m.Question] = m
	}
	for i, r := range s.Released.Cells {
		c := &nbformat.Cell{ID: r.ID, Type: r.Type, Source: r.Source, Attachments: r.Attachments, Metadata: make(map[string]json.RawMessage)}
		m := s.metas[i]
		if m != nil {
			if source, ok := given.code[m.GradeID]; ok {
				c.Source = source
			}
			if source, ok := given.text[m.GradeID]; ok {
				c.Source = source
			}
		}
		if m.Kind() == nbgrader.Manual {
			nb.Cells = append(nb.Cells, &nbformat.Cell{Type: nbformat.Markdown, Source: "---\n\n*Your answer:*"})
		}
		nb.Cells = append(nb.Cells, c)
		if m.Kind() == nbgrader.Plain || marks[m.GradeID] == nil {
			continue
		}
		said := nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: marks[m.GradeID].String() + "\n"}
		if c.Type == nbformat.Code && m.Kind() == nbgrader.Tests {
			c.Outputs = []nbformat.Output{said}
			continue
		}
		// Outputs are text; Markdown could be taken for what the lecturer says.
		nb.Cells = append(nb.Cells, &nbformat.Cell{Type: nbformat.Code, Outputs: []nbformat.Output{said}})
	}
	return nb
}

// String says what an answer earned, and why.
func (m *Mark) String() string {
	head := fmt.Sprintf("%s: %s of %s points", m.Question, number(m.Score), number(m.Points))
	if m.ByHand {
		head = fmt.Sprintf("%s: not yet marked, of %s points", m.Question, number(m.Points))
	}
	if len(m.Parts) == 0 {
		if m.Why == "" {
			return head
		}
		return head + "\n  " + m.Why
	}
	all := 0.0
	for _, p := range m.Parts {
		all += p.Weight
	}
	var answers []course.Answer
	for _, p := range m.Parts {
		a := p.Answer
		a.Part = fmt.Sprintf("%s [%s]", a.Part, number(math.Round(100*m.Points*p.Weight/all)/100))
		a.Word = discreet(a.Word)
		answers = append(answers, a)
	}
	return course.Say(head, answers)
}

// chosen matches words that a student's program has a say in: it could tell what a
// hidden check has asked it.
var chosen = regexp.MustCompile(`^(it panics|it is no answer|it can't be (?:read|judged)): (runtime error: (?:index out of range|slice bounds out of range|integer divide by zero|invalid memory address|makeslice: len out of range))?(?s:.*)$`)

// discreet returns what is said of an answer without what the answer says.
func discreet(word string) string {
	m := chosen.FindStringSubmatch(word)
	switch {
	case m == nil:
		return word
	case m[2] == "":
		return m[1]
	}
	return m[1] + ": " + m[2]
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// summary is the table on top. What stands in it is the lecturer's, but for the name,
// which is escaped.
func summary(g *Graded) *nbformat.Cell {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s of %s points\n\n| question | score | of |\n|---|---:|---:|\n", escape(g.Student), number(g.Score), number(g.Max))
	for _, m := range g.Marks {
		score := number(m.Score)
		if m.ByHand {
			score = "not yet marked"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", m.Question, score, number(m.Points))
	}
	return &nbformat.Cell{Type: nbformat.Markdown, Source: b.String()}
}

// escape writes text so that Markdown takes it for nothing else.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 128 && !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ' ') {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

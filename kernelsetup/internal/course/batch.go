package course

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// A Report is what came of grading the submissions of a sheet. It says the same each
// time.
type Report struct {
	Sheet     string           `json:"sheet"`
	Isolation string           `json:"isolation"`
	Questions []ReportQuestion `json:"questions"`
	Students  []*Graded        `json:"students"`
}

// A ReportQuestion is a column.
type ReportQuestion struct {
	ID     string  `json:"id"`
	Points float64 `json:"points"`
	ByHand bool    `json:"by_hand,omitempty"`
}

// Graded is a submission with its marks.
type Graded struct {
	Student   string   `json:"student"`
	Error     string   `json:"error,omitempty"` // why it wasn't graded at all
	Score     float64  `json:"score"`
	Max       float64  `json:"max"`
	Pending   int      `json:"pending,omitempty"` // questions that are to be marked by hand
	Marks     []*Mark  `json:"marks,omitempty"`
	Anomalies []string `json:"anomalies,omitempty"`

	Notebook *nbformat.Notebook `json:"-"` // with the marks in it
}

// JSON returns the report as text.
func (r *Report) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(r, "", "  ")
	return append(data, '\n'), err
}

// ByHand are marks that a person gave, by student and question.
type ByHand map[[2]string]Mark

// ReadByHand reads marks from a table with the columns student, question, score and,
// if there is one, comment. Columns are parted by commas, or by semicolons as where
// commas are in numbers. Marks of students who handed nothing in are refused: their
// names may be misspelt.
func ReadByHand(data []byte, s *Sheet, subs []Submission) (ByHand, error) {
	table := csv.NewReader(bytes.NewReader(data))
	if first, _, _ := bytes.Cut(data, []byte("\n")); bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		table.Comma = ';'
	}
	head, err := table.Read()
	if err != nil {
		return nil, fmt.Errorf("marks by hand: %w", err)
	}
	at := func(name string) int {
		return slices.IndexFunc(head, func(h string) bool {
			return strings.EqualFold(strings.Trim(h, " \ufeff"), name)
		})
	}
	student, question, score, comment := at("student"), at("question"), at("score"), at("comment")
	if student < 0 || question < 0 || score < 0 {
		return nil, errors.New("marks by hand: the table's first line has to name student, question and score")
	}
	out := make(ByHand)
	for line := 2; ; line++ {
		row, err := table.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("marks by hand: %w", err)
		}
		who, what, points := strings.TrimSpace(row[student]), strings.TrimSpace(row[question]), strings.TrimSpace(row[score])
		i := slices.IndexFunc(s.Questions, func(q *Question) bool { return q.ID == what && q.ByHand })
		if i < 0 {
			return nil, fmt.Errorf("marks by hand: line %d: %q isn't a question that is marked by hand", line, what)
		}
		if !slices.ContainsFunc(subs, func(s Submission) bool { return s.Student == who }) {
			return nil, fmt.Errorf("marks by hand: line %d: there is no submission of %q", line, who)
		}
		if table.Comma == ';' {
			points = strings.Replace(points, ",", ".", 1)
		}
		x, err := strconv.ParseFloat(points, 64)
		if err != nil || math.IsNaN(x) || x < 0 || x > s.Questions[i].Points {
			return nil, fmt.Errorf("marks by hand: line %d: the score is %q, want a number from 0 to %v", line, row[score], s.Questions[i].Points)
		}
		m := Mark{Question: what, Points: s.Questions[i].Points, Score: x}
		if comment >= 0 {
			m.Why = row[comment]
		}
		key := [2]string{who, what}
		if _, twice := out[key]; twice {
			return nil, fmt.Errorf("marks by hand: line %d: %s has a mark for %s already", line, who, what)
		}
		out[key] = m
	}
}

// Grade grades submissions, so many at a time. What is wrong with one is in its
// place in the report; the error says that grading itself can't go on.
func (g *Grader) Grade(ctx context.Context, sheet string, subs []Submission, byHand ByHand, jobs int, done func(*Graded)) (*Report, error) {
	r := &Report{Sheet: sheet, Isolation: g.Kind.String(), Students: make([]*Graded, len(subs))}
	for _, q := range g.Sheet.Questions {
		r.Questions = append(r.Questions, ReportQuestion{q.ID, q.Points, q.ByHand})
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var work sync.WaitGroup
	free := make(chan struct{}, max(1, jobs))
	for i, sub := range subs {
		free <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		work.Go(func() {
			defer func() { <-free }()
			one, err := g.One(ctx, sub, byHand)
			if err != nil {
				stop(fmt.Errorf("%s: %w", sub.Student, err))
				return
			}
			r.Students[i] = one
			done(one)
		})
	}
	work.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return r, nil
}

// One grades one submission.
func (g *Grader) One(ctx context.Context, sub Submission, byHand ByHand) (*Graded, error) {
	out := &Graded{Student: sub.Student}
	for _, q := range g.Sheet.Questions {
		out.Max += q.Points
	}
	nb, twins, err := readNotebook(sub)
	if err != nil {
		out.Error = clean(err.Error())
		return out, nil
	}
	given := g.Sheet.extract(nb)
	if twins {
		given.anomalies = append(given.anomalies, "cells share their ids, as copies do that were made in a text")
	}
	for _, a := range given.anomalies {
		out.Anomalies = append(out.Anomalies, clean(a))
	}
	for _, q := range g.Sheet.Questions {
		m, err := g.mark(ctx, sub.Student, q, given, byHand)
		if err != nil {
			return nil, err
		}
		out.Marks = append(out.Marks, m)
		out.Score += m.Score
		if m.ByHand {
			out.Pending++
		}
	}
	out.Score = math.Round(out.Score*1e6) / 1e6
	out.Notebook = g.Sheet.marked(given, out)
	return out, nil
}

func (g *Grader) mark(ctx context.Context, student string, q *Question, given answers, byHand ByHand) (*Mark, error) {
	if !q.ByHand {
		return g.Mark(ctx, student, q, given.code)
	}
	if m, ok := byHand[[2]string{student, q.ID}]; ok {
		return &m, nil
	}
	m := &Mark{Question: q.ID, Points: q.Points}
	released := g.Sheet.Released.Cells[q.cell]
	if text, ok := given.text[q.ID]; g.Sheet.metas[q.cell].Solution && (!ok || same(text, released.Source)) {
		m.Why = "no response"
		return m, nil
	}
	m.ByHand, m.Why = true, "to be marked by hand"
	return m, nil
}

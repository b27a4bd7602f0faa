// Package course makes students' versions of problem sheets and grades what comes
// back.
//
// A sheet is a notebook with nbgrader's metadata. A cell of autograder tests, which
// calls course.Grade, is a question; it asks for the answers between it and the
// question before, or for those that its metadata name.
package course

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/cellsum"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gocell"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbgrader"
)

// A Sheet is a lecturer's notebook with problems.
type Sheet struct {
	Source    *nbformat.Notebook
	Released  *nbformat.Notebook // the student's version
	Questions []*Question
	Secrets   []string // texts that students don't get

	metas   []*nbgrader.Meta
	given   map[string]string // names that the student's version declares, and the cell
	imports map[string]string // of all cells, by name
}

// A Question is a cell that is graded.
type Question struct {
	ID      string
	Points  float64
	ByHand  bool
	Answers []string // grade_ids of the cells that it is about

	cell    int
	limit   time.Duration // of its programs; 0 is the default
	without []string      // packages that its answers may not use
}

// settings are a question's own, in its metadata beside nbgrader's.
type settings struct {
	Of      []string `json:"of"`      // grade_ids of answers
	Seconds float64  `json:"seconds"` // that its programs may take
	Without []string `json:"without"` // packages that answers may not use, by their paths
}

// NewSheet reads a lecturer's notebook. The error names the cell.
func NewSheet(source *nbformat.Notebook) (*Sheet, error) {
	s := &Sheet{Source: source, given: make(map[string]string), imports: make(map[string]string)}
	var err error
	if s.Released, s.Secrets, err = nbgrader.Release(source); err != nil {
		return nil, err
	}
	var open []string
	for i, c := range source.Cells {
		m, err := nbgrader.Read(c)
		if err != nil {
			return nil, fmt.Errorf("cell %d: %w", i+1, err)
		}
		s.metas = append(s.metas, m)
		switch k := m.Kind(); k {
		case nbgrader.Answer:
			if c.Type == nbformat.Code {
				open = append(open, m.GradeID)
			}
		case nbgrader.Manual, nbgrader.Task:
			s.Questions = append(s.Questions, &Question{ID: m.GradeID, Points: m.Max(), ByHand: true, Answers: []string{m.GradeID}, cell: i})
		case nbgrader.Tests:
			own, err := read(c)
			if err == nil {
				err = graded(c, m.GradeID)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.GradeID, err)
			}
			q := &Question{ID: m.GradeID, Points: m.Max(), Answers: own.Of, cell: i, limit: time.Duration(own.Seconds * float64(time.Second)), without: own.Without}
			if len(own.Of) == 0 {
				q.Answers, open = open, nil
			}
			s.Questions = append(s.Questions, q)
		}
	}
	if len(s.Questions) == 0 {
		return nil, fmt.Errorf("no cell of it is graded")
	}
	err = s.check()
	if err != nil && s.isReleased() {
		err = fmt.Errorf("%w (it has checksums, as students' versions have: is it one?)", err)
	}
	return s, err
}

// isReleased reports whether the source looks like a student's version.
func (s *Sheet) isReleased() bool {
	return slices.ContainsFunc(s.metas, func(m *nbgrader.Meta) bool { return m.Kind() != nbgrader.Plain && m.Checksum != "" })
}

func read(c *nbformat.Cell) (out settings, err error) {
	var own struct {
		Course json.RawMessage `json:"course"`
	}
	if raw, ok := c.Metadata[cellsum.Key]; ok {
		err = json.Unmarshal(raw, &own)
	}
	if err == nil && own.Course != nil {
		dec := json.NewDecoder(bytes.NewReader(own.Course))
		dec.DisallowUnknownFields() // a misspelt wish would be none
		err = dec.Decode(&out)
	}
	if err != nil {
		return out, fmt.Errorf("its settings can't be read: %w", err)
	}
	return out, nil
}

// grades matches the call that grades, and the question that it names.
var grades = regexp.MustCompile(`\bcourse\.Grade\(\s*"([^"]*)"`)

// graded returns an error unless a cell grades the question that it is.
func graded(c *nbformat.Cell, id string) error {
	if !gocell.Read(c.Source).HasProgram {
		return errors.New("it has no line %% with course.Grade below it")
	}
	if m := grades.FindStringSubmatch(c.Source); m != nil && m[1] != id {
		return fmt.Errorf("it grades %q", m[1])
	}
	return nil
}

// check looks whether questions have answers, and names are declared once.
func (s *Sheet) check() error {
	for _, q := range s.Questions {
		if len(q.Answers) == 0 {
			return fmt.Errorf("%s: there is no answer for it to check", q.ID)
		}
		for _, id := range q.Answers {
			if !q.ByHand && s.find(id) < 0 {
				return fmt.Errorf("%s: it is about %s, and no answer has that grade_id", q.ID, id)
			}
		}
	}
	where := make(map[string]string)
	for i, c := range s.Source.Cells {
		if c.Type != nbformat.Code {
			continue
		}
		cell, err := takeApart(part{name: s.name(i), source: c.Source})
		if err != nil {
			return err
		}
		for _, n := range cell.names.Declares {
			if at, ok := where[n]; ok {
				return fmt.Errorf("%s and %s both declare %s", at, s.name(i), n)
			}
			where[n] = s.name(i)
		}
		stub, err := takeApart(part{name: s.name(i), source: s.Released.Cells[i].Source})
		if err != nil {
			return fmt.Errorf("the student's version of %w; solutions have to stand inside of functions' bodies", err)
		}
		for _, n := range stub.names.Declares {
			s.given[n] = s.name(i)
		}
		maps.Copy(s.imports, cell.imports)
	}
	return nil
}

// find returns the index of an answer that students write in code, or -1.
func (s *Sheet) find(id string) int {
	return slices.IndexFunc(s.metas, func(m *nbgrader.Meta) bool {
		return m.Kind() == nbgrader.Answer && m.GradeID == id
	})
}

// name is what a cell is called in errors, and its file in programs.
func (s *Sheet) name(i int) string {
	if m := s.metas[i]; m.Kind() != nbgrader.Plain {
		return m.GradeID
	}
	return fmt.Sprintf("cell-%d", i+1)
}

// stub returns the source of an answer's cell in the student's version.
func (s *Sheet) stub(id string) string { return s.Released.Cells[s.find(id)].Source }

// solutions are the lecturer's answers to a question.
func (s *Sheet) solutions(q *Question) map[string]string {
	out := make(map[string]string)
	for _, id := range q.Answers {
		out[id] = s.Source.Cells[s.find(id)].Source
	}
	return out
}

// stubs are what students start from.
func (s *Sheet) stubs(q *Question) map[string]string {
	out := make(map[string]string)
	for _, id := range q.Answers {
		out[id] = s.stub(id)
	}
	return out
}

// taken are the names that an answer must not declare, and where they are declared.
func (s *Sheet) taken(id string) map[string]string {
	out := maps.Clone(s.given)
	maps.DeleteFunc(out, func(_, where string) bool { return where == id })
	return out
}

// uses returns the first of some packages that an answer uses, or "".
func (s *Sheet) uses(source string, packages []string) string {
	c, err := takeApart(part{name: "answer", source: source})
	if err != nil {
		return ""
	}
	for _, u := range c.names.Uses {
		spec := cmp.Or(c.imports[u.Name], s.imports[u.Name], imported(u.Name, source))
		for _, p := range packages {
			if u.Package && strings.HasSuffix(spec, strconv.Quote(p)) {
				return p
			}
		}
	}
	return ""
}

// program is that of a question with answers: its checks, the answers, and what these
// need of the lecturer's notebook, with the lecturer's solutions of other questions.
func (s *Sheet) program(q *Question, answers map[string]string) (map[string]string, error) {
	var all []part
	var cells []cell
	for i, c := range s.Source.Cells {
		if c.Type != nbformat.Code {
			continue
		}
		p := part{name: s.name(i), source: c.Source, main: i == q.cell}
		if a, ok := answers[p.name]; ok {
			p.source = a
		}
		c, err := takeApart(p)
		if err != nil {
			return nil, err
		}
		all, cells = append(all, p), append(cells, c)
	}
	keep := needed(all, cells, answers)
	var parts []part
	for i, p := range all {
		if keep[i] {
			parts = append(parts, p)
		}
	}
	parts, err := apart(parts, answers)
	if err != nil {
		return nil, err
	}
	return assemble(parts, s.imports)
}

// needed says which parts a program takes: the one with the checks, the answers, and
// those that declare what they use.
func needed(all []part, cells []cell, answers map[string]string) []bool {
	where := make(map[string][]int)
	for i, c := range cells {
		for _, n := range c.names.Declares {
			base, _, _ := strings.Cut(n, ".") // methods go with their type
			where[base] = append(where[base], i)
		}
	}
	keep := make([]bool, len(all))
	var take func(i int)
	take = func(i int) {
		if keep[i] {
			return
		}
		keep[i] = true
		names := slices.Clone(cells[i].names.Declares)
		for _, u := range cells[i].names.Uses {
			names = append(names, u.Name)
		}
		for _, n := range names {
			for _, j := range where[n] {
				take(j)
			}
		}
	}
	for i, p := range all {
		if _, ok := answers[p.name]; ok || p.main {
			take(i)
		}
	}
	return keep
}

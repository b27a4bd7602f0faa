package course

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Export writes scores in one of several formats: "nbgrader", its table of grades;
// "questions", a line for each question; "canvas" and "moodle", the gradebook that they
// exported, with the scores in it; "gradescope", a results.json for each student in one
// object. What doesn't fit is noted.
func (r *Report) Export(format string, roster []byte) (data []byte, notes []string, err error) {
	people, err := readRoster(roster)
	if err != nil {
		return nil, nil, err
	}
	switch format {
	case "nbgrader":
		return r.grades(people)
	case "questions":
		return r.questions()
	case "canvas", "moodle":
		if people == nil {
			return nil, nil, fmt.Errorf("%s takes the gradebook that it exported: --roster", format)
		}
		return r.fill(people, format)
	case "gradescope":
		data, err := r.gradescope()
		return data, nil, err
	}
	return nil, nil, fmt.Errorf("there is no format %q", format)
}

// A roster is a table with a first line of names.
type roster struct {
	head []string
	rows [][]string
}

func readRoster(data []byte) (*roster, error) {
	if data == nil {
		return nil, nil
	}
	table := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	table.FieldsPerRecord = -1
	rows, err := table.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("the roster: %w", err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("the roster is empty")
	}
	return &roster{rows[0], rows[1:]}, nil
}

// column returns the index of the first of some columns that there is, or -1.
func (t *roster) column(names ...string) int {
	for _, n := range names {
		if i := slices.IndexFunc(t.head, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), n) }); i >= 0 {
			return i
		}
	}
	return -1
}

func (t *roster) get(row []string, names ...string) string {
	if i := t.column(names...); i >= 0 && i < len(row) {
		return row[i]
	}
	return ""
}

// identities are the columns by which a student may be known, as the name of what was
// handed in.
var identities = []string{"student_id", "SIS Login ID", "SIS User ID", "Username", "ID number", "Email address", "Email", "ID", "Identifier", "Student", "Full name"}

// find returns a student's row.
func (t *roster) find(student string) []string {
	for _, name := range identities {
		i := t.column(name)
		if i < 0 {
			continue
		}
		for _, row := range t.rows {
			if i < len(row) && strings.TrimSpace(row[i]) != "" && strings.EqualFold(strings.TrimSpace(row[i]), student) {
				return row
			}
		}
	}
	return nil
}

// grades is nbgrader's table.
func (r *Report) grades(people *roster) ([]byte, []string, error) {
	var notes []string
	rows := [][]string{{"assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score", "late_submission_penalty", "score", "max_score"}}
	for _, s := range r.Students {
		var last, first, email string
		if people != nil {
			row := people.find(s.Student)
			if row == nil {
				notes = append(notes, fmt.Sprintf("%s isn't in the roster", s.Student))
			}
			last, first, email = people.get(row, "last_name"), people.get(row, "first_name"), people.get(row, "email", "Email address")
		}
		score := ""
		if note := s.unsettled(); note != "" {
			notes = append(notes, note)
		}
		if s.Error == "" {
			score = number(s.Score)
		}
		rows = append(rows, []string{r.Sheet, "", "", s.Student, last, first, email, score, "0", score, number(r.max())})
	}
	data, err := write(safe(rows))
	return data, notes, err
}

// unsettled says why a score isn't the last word, or "". Work that wasn't graded has
// no score in tables: 0 would be one.
func (g *Graded) unsettled() string {
	switch {
	case g.Error != "":
		return fmt.Sprintf("%s has no score: not graded: %s", g.Student, g.Error)
	case g.Pending > 0:
		return fmt.Sprintf("%s: the score is without %s that you are to mark", g.Student, counted(g.Pending, "question"))
	}
	return ""
}

// counted is a number of things.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// max is what a submission could have earned, also one that wasn't graded.
func (r *Report) max() (all float64) {
	for _, q := range r.Questions {
		all += q.Points
	}
	return all
}

func (r *Report) questions() ([]byte, []string, error) {
	rows := [][]string{{"student_id", "question", "score", "max_score", "status", "remark"}}
	for _, s := range r.Students {
		if s.Error != "" {
			rows = append(rows, []string{s.Student, "", "", number(r.max()), "not graded", s.Error})
		}
		for _, m := range s.Marks {
			status := "graded"
			if m.ByHand {
				status = "to be marked"
			}
			rows = append(rows, []string{s.Student, m.Question, number(m.Score), number(m.Points), status, m.remark(false)})
		}
	}
	data, err := write(safe(rows))
	return data, nil, err
}

// remark says in a line why points are missing, to a student what students may know.
func (m *Mark) remark(student bool) string {
	if len(m.Parts) == 0 {
		return m.Why
	}
	var said []string
	for _, p := range m.Parts {
		word := p.Word
		if student {
			word = discreet(word)
		}
		if !p.Right {
			said = append(said, p.Part+": "+word)
		}
	}
	return strings.Join(said, "; ")
}

// fill puts scores into a gradebook that was exported, in a column of the sheet's
// name.
func (r *Report) fill(t *roster, format string) ([]byte, []string, error) {
	column, also := r.Sheet, ""
	if format == "moodle" {
		column, also = "Grade", "Feedback comments"
	}
	at := slices.IndexFunc(t.head, func(h string) bool {
		return strings.EqualFold(h, column) || format == "canvas" && strings.HasPrefix(strings.ToLower(h), strings.ToLower(column)+" (")
	})
	var notes []string
	head := slices.Clone(t.head)
	if at < 0 {
		notes = append(notes, fmt.Sprintf("the gradebook has no column %s: one is added", column))
		head, at = append(head, column), len(head)
	}
	remark := -1
	if also != "" {
		if remark = t.column(also); remark < 0 {
			head, remark = append(head, also), len(head)
		}
	}
	// Rows are known by where they are: two submissions may belong to one.
	of := make(map[*string][]*Graded)
	var strangers []string
	for _, s := range r.Students {
		if row := t.find(s.Student); row != nil {
			of[&row[0]] = append(of[&row[0]], s)
		} else {
			strangers = append(strangers, fmt.Sprintf("%s isn't in the gradebook", s.Student))
		}
	}
	rows := [][]string{head}
	for _, row := range t.rows {
		out := make([]string, len(head))
		copy(out, row)
		if format == "canvas" && len(row) > 0 && strings.EqualFold(strings.TrimSpace(row[0]), "Points Possible") {
			if note := r.possible(&out[at]); note != "" {
				notes = append(notes, note)
			}
		}
		for i, s := range of[&row[0]] {
			if i > 0 {
				notes = append(notes, fmt.Sprintf("%s and %s are the same in the gradebook: the last counts", of[&row[0]][0].Student, s.Student))
			}
			if note := s.unsettled(); note != "" {
				notes = append(notes, note)
			}
			if s.Error == "" {
				out[at] = number(s.Score)
			}
			if remark >= 0 {
				out[remark] = guarded(s.remarks())
			}
		}
		rows = append(rows, out)
	}
	data, err := write(rows)
	return data, append(notes, strangers...), err
}

// possible writes the points of the sheet where a gradebook says how many there are,
// or says that it has others.
func (r *Report) possible(field *string) (note string) {
	all := number(r.max())
	has := strings.TrimSpace(*field)
	if has == "" {
		*field = all
	} else if x, err := strconv.ParseFloat(has, 64); err != nil || x != r.max() {
		return fmt.Sprintf("the gradebook says that there are %s points, and the sheet has %s", has, all)
	}
	return ""
}

// remarks is what a student is told.
func (g *Graded) remarks() string {
	if g.Error != "" {
		return "not graded: " + g.Error
	}
	var said []string
	for _, m := range g.Marks {
		if r := m.remark(true); r != "" {
			said = append(said, m.Question+": "+r)
		}
	}
	return strings.Join(said, "; ")
}

// gradescope writes results as Gradescope reads them, by student.
func (r *Report) gradescope() ([]byte, error) {
	type test struct {
		Name       string  `json:"name"`
		Score      float64 `json:"score"`
		Max        float64 `json:"max_score"`
		Output     string  `json:"output"`
		Visibility string  `json:"visibility"`
	}
	all := make(map[string]any)
	for _, s := range r.Students {
		tests := []test{}
		for _, m := range s.Marks {
			tests = append(tests, test{m.Question, m.Score, m.Points, m.String(), "after_due_date"})
		}
		all[s.Student] = map[string]any{"score": s.Score, "output": s.Error, "tests": tests}
	}
	data, err := json.MarshalIndent(all, "", "  ")
	return append(data, '\n'), err
}

func write(rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	err := csv.NewWriter(&b).WriteAll(rows)
	return b.Bytes(), err
}

// safe makes a table one that a spreadsheet may open.
func safe(rows [][]string) [][]string {
	for _, row := range rows {
		for i, s := range row {
			row[i] = guarded(s)
		}
	}
	return rows
}

// guarded makes text of what a spreadsheet would take for a formula.
func guarded(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) && !isNumber(s) {
		return "'" + s
	}
	return s
}

// isNumber reports whether a field is a number, as scores are.
func isNumber(s string) bool {
	var f float64
	return json.Unmarshal([]byte(s), &f) == nil
}

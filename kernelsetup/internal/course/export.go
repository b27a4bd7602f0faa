package course

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
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
		score := number(s.Score)
		rows = append(rows, []string{r.Sheet, "", "", s.Student, last, first, email, score, "0", score, number(s.max(r))})
	}
	data, err := write(rows)
	return data, notes, err
}

// max is what a submission could have earned, also one that wasn't graded.
func (g *Graded) max(r *Report) (all float64) {
	for _, q := range r.Questions {
		all += q.Points
	}
	return all
}

func (r *Report) questions() ([]byte, []string, error) {
	rows := [][]string{{"student_id", "question", "score", "max_score", "status", "remark"}}
	for _, s := range r.Students {
		if s.Error != "" {
			rows = append(rows, []string{s.Student, "", "0", number(s.max(r)), "not graded", s.Error})
		}
		for _, m := range s.Marks {
			status := "graded"
			if m.ByHand {
				status = "to be marked"
			}
			rows = append(rows, []string{s.Student, m.Question, number(m.Score), number(m.Points), status, m.remark()})
		}
	}
	data, err := write(rows)
	return data, nil, err
}

// remark says in a line why points are missing.
func (m *Mark) remark() string {
	if len(m.Parts) == 0 {
		return m.Why
	}
	var said []string
	for _, p := range m.Parts {
		if !p.Right {
			said = append(said, p.Part+": "+p.Word)
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
	head := slices.Clone(t.head)
	if at < 0 {
		head, at = append(head, column), len(head)
	}
	remark := -1
	if also != "" {
		if remark = t.column(also); remark < 0 {
			head, remark = append(head, also), len(head)
		}
	}
	rows := [][]string{head}
	seen := make(map[string]bool)
	for _, row := range t.rows {
		out := make([]string, len(head))
		copy(out, row)
		for _, s := range r.Students {
			if found := t.find(s.Student); found != nil && &found[0] == &row[0] {
				seen[s.Student] = true
				out[at] = number(s.Score)
				if remark >= 0 {
					out[remark] = s.remarks()
				}
			}
		}
		rows = append(rows, out)
	}
	var notes []string
	for _, s := range r.Students {
		if !seen[s.Student] {
			notes = append(notes, fmt.Sprintf("%s isn't in the gradebook", s.Student))
		}
	}
	data, err := write(rows)
	return data, notes, err
}

func (g *Graded) remarks() string {
	if g.Error != "" {
		return g.Error
	}
	var said []string
	for _, m := range g.Marks {
		if r := m.remark(); r != "" {
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

// write writes a table that a spreadsheet may open: what it would take for a formula
// is taken for text.
func write(rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, s := range row {
			if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) && !isNumber(s) {
				s = "'" + s
			}
			safe[i] = s
		}
		if err := w.Write(safe); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// isNumber reports whether a field is a number, as scores are.
func isNumber(s string) bool {
	var f float64
	return json.Unmarshal([]byte(s), &f) == nil
}

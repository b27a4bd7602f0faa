// Package nbgrader reads and writes what nbgrader keeps in a notebook, in version 3
// of its format, and makes students' versions as nbgrader generate_assignment does.
package nbgrader

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// Key is the field of a cell's metadata. Other programs' fields may not stand in it.
const Key = "nbgrader"

// Version is that of the format.
const Version = 3

// Meta is what nbgrader keeps of a cell.
type Meta struct {
	CellType string      `json:"cell_type,omitempty"` // at release
	Checksum string      `json:"checksum,omitempty"`  // at release
	Grade    bool        `json:"grade"`
	GradeID  string      `json:"grade_id,omitempty"`
	Locked   bool        `json:"locked"`
	Points   json.Number `json:"points,omitempty"`
	Version  int         `json:"schema_version"`
	Solution bool        `json:"solution"`
	Task     *bool       `json:"task,omitempty"`
}

// A Kind is what a cell is to nbgrader, as its toolbar says it.
type Kind uint8

// The kinds of cells.
const (
	Plain    Kind = iota
	Answer        // autograded answer
	Tests         // autograder tests
	Manual        // manually graded answer
	Task          // manually graded task
	ReadOnly      // read-only
)

func (k Kind) String() string {
	return [...]string{"plain cell", "autograded answer", "autograder tests", "manually graded answer", "manually graded task", "read-only cell"}[k]
}

// Read returns a cell's metadata, nil where it has none.
func Read(c *nbformat.Cell) (*Meta, error) {
	raw, ok := c.Metadata[Key]
	if !ok {
		return nil, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, fmt.Errorf("its nbgrader metadata are no object")
	}
	for _, name := range []string{"grade", "locked", "solution", "schema_version"} {
		if _, ok := fields[name]; !ok {
			return nil, fmt.Errorf("its nbgrader metadata lack %s", name)
		}
	}
	m := new(Meta)
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(m); err != nil {
		return nil, fmt.Errorf("its nbgrader metadata: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return m, nil
}

// Store writes the metadata into a cell.
func (m *Meta) Store(c *nbformat.Cell) {
	data, err := json.Marshal(m)
	if err != nil {
		panic("nbgrader: " + err.Error()) // the number was one when it was read
	}
	if c.Metadata == nil {
		c.Metadata = make(map[string]json.RawMessage)
	}
	c.Metadata[Key] = data
}

// Kind tells what the cell is.
func (m *Meta) Kind() Kind {
	switch {
	case m == nil:
		return Plain
	case m.isTask():
		return Task
	case m.Grade && m.Solution:
		return Manual
	case m.Grade:
		return Tests
	case m.Solution:
		return Answer
	case m.Locked:
		return ReadOnly
	}
	return Plain
}

// locked reports whether nbgrader overwrites what a student makes of the cell.
func (m *Meta) locked() bool { return !m.Solution && (m.Grade || m.Locked) }

// Max returns the points that a cell is worth.
func (m *Meta) Max() float64 {
	x, err := m.Points.Float64()
	if err != nil {
		return 0
	}
	return x
}

var gradeID = regexp.MustCompile(`^[a-zA-Z0-9_\-]+$`)

// check holds a cell to nbgrader's rules.
func (m *Meta) check(c *nbformat.Cell) error {
	switch {
	case m.Version != Version:
		return fmt.Errorf("its nbgrader metadata are of version %d, want %d", m.Version, Version)
	case m.GradeID != "" && !gradeID.MatchString(m.GradeID):
		return fmt.Errorf("the grade_id %q has other characters than letters, digits, _ and -", m.GradeID)
	case m.GradeID == "" && (m.Grade || m.Solution || m.Locked):
		return fmt.Errorf("it has no grade_id")
	case m.isTask() && c.Type != nbformat.Markdown:
		return fmt.Errorf("%s: a task has to be a Markdown cell", m.GradeID)
	case !m.isTask() && c.Type == nbformat.Markdown && m.Grade != m.Solution:
		return fmt.Errorf("%s: a Markdown cell is an answer that is graded by hand, or none", m.GradeID)
	case m.Grade && m.Points == "":
		return fmt.Errorf("%s: it has no points", m.GradeID)
	}
	if m.Points != "" {
		if x, err := m.Points.Float64(); err != nil || x < 0 {
			return fmt.Errorf("%s: points are %s, want a number from 0 on", m.GradeID, m.Points)
		}
	}
	return nil
}

// Check holds a notebook to nbgrader's rules. The error names the cell.
func Check(nb *nbformat.Notebook) error {
	seen := make(map[string]int)
	for i, c := range nb.Cells {
		m, err := Read(c)
		if err == nil && m != nil {
			err = m.check(c)
		}
		if err != nil {
			return fmt.Errorf("cell %d: %w", i+1, err)
		}
		if m.Kind() == Plain {
			continue
		}
		if first, ok := seen[m.GradeID]; ok {
			return fmt.Errorf("cells %d and %d have the same grade_id %s", first, i+1, m.GradeID)
		}
		seen[m.GradeID] = i + 1
	}
	return nil
}

// Sum returns nbgrader's checksum of a cell.
func (m *Meta) Sum(c *nbformat.Cell) string {
	h := md5.New()
	write := func(s string) { _, _ = h.Write([]byte(s)) }
	write(c.Source)
	write(string(c.Type))
	for _, b := range []bool{m.Grade, m.Solution, m.locked()} {
		write(map[bool]string{true: "True", false: "False"}[b])
	}
	write(m.GradeID)
	if m.Grade {
		write(pythonFloat(m.Max()))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// pythonFloat writes a number as Python's str does.
func pythonFloat(x float64) string {
	s := strconv.FormatFloat(x, 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(s, "e")
	e, err := strconv.Atoi(exponent)
	if err != nil { // Inf and NaN aren't in JSON
		return s
	}
	if e < -4 || e >= 16 {
		return fmt.Sprintf("%se%s", mantissa, exponent[:1]+fmt.Sprintf("%02d", max(e, -e)))
	}
	if s = strconv.FormatFloat(x, 'f', -1, 64); !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

func (m *Meta) isTask() bool { return m.Task != nil && *m.Task }

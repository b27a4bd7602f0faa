package course

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/atomicfile"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

const (
	reportFile = "report.json"
	notebooksD = "notebooks"
)

// Write writes a report and the notebooks with marks to a folder.
func (r *Report) Write(dir string) error {
	data, err := r.JSON()
	if err != nil {
		return err
	}
	for _, s := range r.Students {
		if s.Notebook == nil {
			continue
		}
		if err := s.Notebook.WriteFile(filepath.Join(dir, notebooksD, s.File()+".ipynb")); err != nil {
			return err
		}
	}
	for format, name := range map[string]string{"nbgrader": "grades.csv", "questions": "questions.csv"} {
		table, _, err := r.Export(format, nil)
		if err != nil {
			return err
		}
		if err := atomicfile.Write(filepath.Join(dir, name), table, 0o644); err != nil {
			return err
		}
	}
	return atomicfile.Write(filepath.Join(dir, reportFile), data, 0o644)
}

// ReadReport reads what Write wrote.
func ReadReport(dir string) (*Report, error) {
	data, err := os.ReadFile(filepath.Join(dir, reportFile))
	if err != nil {
		return nil, err
	}
	r := new(Report)
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, reportFile), err)
	}
	return r, nil
}

// File is the name of a student's files, without its extension: safe in any file
// system and in the address of a page.
func (g *Graded) File() string {
	name := strings.ReplaceAll(url.PathEscape(g.Student), "%20", " ")
	if strings.HasPrefix(name, ".") {
		name = "%2E" + name[1:]
	}
	return name
}

// ReadNotebook reads the notebook with a student's marks.
func (g *Graded) ReadNotebook(dir string) (*nbformat.Notebook, error) {
	if g.Error != "" {
		return nil, fmt.Errorf("it wasn't graded: %s", g.Error)
	}
	return nbformat.ReadFile(filepath.Join(dir, notebooksD, g.File()+".ipynb"))
}

// Line says in a line what came of a submission.
func (g *Graded) Line() string {
	if g.Error != "" {
		return fmt.Sprintf("%s: not graded: %s", g.Student, g.Error)
	}
	s := fmt.Sprintf("%s: %s of %s points", g.Student, number(g.Score), number(g.Max))
	if g.Pending > 0 {
		s += fmt.Sprintf(", %d to be marked by hand", g.Pending)
	}
	if n := len(g.Anomalies); n > 0 {
		s += "; " + g.Anomalies[0]
		if n > 1 {
			s += fmt.Sprintf(" (and %d more)", n-1)
		}
	}
	return s
}

// Plainly shows cells as text that a page refuses as Markdown, such as a student's
// answer with a formula that isn't one.
func Plainly(nb *nbformat.Notebook, cells []int) {
	for _, i := range cells {
		if i < 1 || i > len(nb.Cells) {
			continue
		}
		c := nb.Cells[i-1]
		if c.Type == nbformat.Markdown {
			nb.Cells[i-1] = &nbformat.Cell{Type: nbformat.Code, Outputs: []nbformat.Output{{Type: nbformat.Stream, Name: "stdout", Text: c.Source + "\n"}}}
		}
	}
}

package course

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gocell"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbgrader"
)

// A Submission is what a student handed in.
type Submission struct {
	Student string
	Files   []string // more than one is a question for the lecturer
}

// Collect finds the submissions of a sheet in a folder: notebooks named by their
// students, student.ipynb; or folders named by them, with a notebook of the sheet's
// name, or a single one, in them or, as nbgrader has it, in a folder there.
func Collect(dir, sheet string) ([]Submission, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := make(map[string][]string)
	for _, e := range entries {
		name := e.Name()
		switch {
		case strings.HasPrefix(name, "."):
		case e.IsDir():
			found, err := notebooks(filepath.Join(dir, name), sheet)
			if err != nil {
				return nil, err
			}
			files[name] = append(files[name], found...)
		case filepath.Ext(name) == ".ipynb":
			student := strings.TrimSuffix(name, ".ipynb")
			files[student] = append(files[student], filepath.Join(dir, name))
		}
	}
	var out []Submission
	for student, list := range files {
		out = append(out, Submission{student, list})
	}
	slices.SortFunc(out, func(a, b Submission) int { return strings.Compare(a.Student, b.Student) })
	return out, nil
}

// notebooks returns a student's notebooks of a sheet: those of its name, or else
// all.
func notebooks(dir, sheet string) (list []string, err error) {
	var named []string
	err = filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && strings.HasPrefix(e.Name(), "."): // .ipynb_checkpoints
			return fs.SkipDir
		case e.IsDir() || filepath.Ext(p) != ".ipynb":
			return nil
		}
		list = append(list, p)
		if strings.TrimSuffix(e.Name(), ".ipynb") == sheet {
			named = append(named, p)
		}
		return nil
	})
	if len(named) > 0 {
		list = named
	}
	return list, err
}

// answers are what a submission has to say, by grade_id.
type answers struct {
	code      map[string]string // sources of answers in code
	text      map[string]string // of answers by hand
	anomalies []string
}

// extract takes the answers of a sheet out of a notebook, whatever has become of the
// rest of it.
func (s *Sheet) extract(nb *nbformat.Notebook) answers {
	a := answers{code: make(map[string]string), text: make(map[string]string)}
	note := func(format string, args ...any) { a.anomalies = append(a.anomalies, fmt.Sprintf(format, args...)) }
	found := make(map[string][]*nbformat.Cell)
	strangers, bare := 0, 0
	for _, c := range nb.Cells {
		id := gradeID(c)
		if id == "" {
			if id = s.known(c); id != "" {
				bare++
			}
		}
		if id == "" {
			if c.Type == nbformat.Code && strings.TrimSpace(c.Source) != "" && !s.has(c) {
				strangers++
			}
			continue
		}
		found[id] = append(found[id], c)
	}
	for i, m := range s.metas {
		if m.Kind() == nbgrader.Plain {
			continue
		}
		list := found[m.GradeID]
		delete(found, m.GradeID)
		released := s.Released.Cells[i]
		switch k := m.Kind(); {
		case len(list) == 0:
			note("%s: the %v was deleted", m.GradeID, k)
			continue
		case k == nbgrader.Tests || k == nbgrader.ReadOnly || k == nbgrader.Task:
			if len(list) > 1 {
				note("%s: the %v is there %d times", m.GradeID, k, len(list))
			} else if list[0].Source != released.Source {
				note("%s: the %v was edited; the lecturer's is used", m.GradeID, k)
			}
			continue
		case list[0].Type != released.Type:
			note("%s: its type was changed from %s to %s", m.GradeID, released.Type, list[0].Type)
		}
		source := s.join(m.GradeID, released, list, note)
		if m.Kind() == nbgrader.Manual {
			a.text[m.GradeID] = source
		} else {
			a.code[m.GradeID] = source
		}
	}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		note("%s: no cell of the sheet has that grade_id", id)
	}
	if bare > 0 {
		note("%s without nbgrader's metadata: known by the notebook's ids", counted(bare, "cell"))
	}
	if strangers > 0 {
		note("%s of code added: not graded", counted(strangers, "cell"))
	}
	return a
}

// join makes one source of the cells that share a grade_id. A split cell has parts
// that go together; of copies the last that isn't the stub counts.
func (s *Sheet) join(id string, released *nbformat.Cell, list []*nbformat.Cell, note func(string, ...any)) string {
	if len(list) == 1 {
		return list[0].Source
	}
	var parts []string
	for _, c := range list {
		parts = append(parts, c.Source)
	}
	joined := strings.Join(parts, "\n")
	if released.Type == nbformat.Code && unique(joined) {
		note("%s: it is in %d parts, which are taken together", id, len(list))
		return joined
	}
	for _, p := range slices.Backward(parts) {
		if !same(p, released.Source) && strings.TrimSpace(p) != "" {
			note("%s: it is there %d times; the last that is answered is taken", id, len(list))
			return p
		}
	}
	note("%s: it is there %d times", id, len(list))
	return parts[0]
}

// unique reports whether a source declares no name twice.
func unique(source string) bool {
	f, err := parser.ParseFile(token.NewFileSet(), "", "package p;"+gocell.Read(source).Declarations, parser.SkipObjectResolution)
	if err != nil {
		return false
	}
	seen := make(map[string]bool)
	for _, n := range gocell.Declares(f) {
		if seen[n] {
			return false
		}
		seen[n] = true
	}
	return true
}

// same compares sources but for space at their ends.
func same(a, b string) bool { return strings.TrimSpace(a) == strings.TrimSpace(b) }

// has reports whether a cell is one of the sheet's that has no grade_id. Students may
// change these: the one with their own id, for instance.
func (s *Sheet) has(c *nbformat.Cell) bool {
	return slices.ContainsFunc(s.Released.Cells, func(r *nbformat.Cell) bool { return r.ID == c.ID || same(r.Source, c.Source) })
}

// known returns the grade_id of a cell whose metadata are gone, by its own id, or "".
func (s *Sheet) known(c *nbformat.Cell) string {
	for i, r := range s.Released.Cells {
		if r.ID == c.ID && s.metas[i].Kind() != nbgrader.Plain {
			return s.metas[i].GradeID
		}
	}
	return ""
}

// gradeID reads a cell's grade_id from whatever its metadata have become.
func gradeID(c *nbformat.Cell) string {
	m, err := nbgrader.Read(c)
	if err != nil || m.Kind() == nbgrader.Plain {
		return ""
	}
	return m.GradeID
}

// readNotebook reads a student's notebook, and says whether cells had to lose their
// ids for that, which others had too.
func readNotebook(sub Submission) (nb *nbformat.Notebook, twins bool, err error) {
	switch len(sub.Files) {
	case 0:
		return nil, false, errors.New("there is no notebook")
	case 1:
	default:
		return nil, false, fmt.Errorf("there are %d notebooks: %s", len(sub.Files), strings.Join(names(sub.Files), ", "))
	}
	file := sub.Files[0]
	if nb, err = nbformat.ReadFile(file); err == nil {
		return nb, false, nil
	}
	if data, e := os.ReadFile(file); e == nil {
		if nb, e := nbformat.Read(bytes.NewReader(withoutTwins(data))); e == nil {
			return nb, true, nil
		}
	}
	return nil, false, errors.New(strings.TrimPrefix(err.Error(), file+": "))
}

// withoutTwins takes from a notebook's cells the ids that cells before them have.
func withoutTwins(data []byte) []byte {
	var top map[string]json.RawMessage
	var cells []map[string]json.RawMessage
	if json.Unmarshal(data, &top) != nil || json.Unmarshal(top["cells"], &cells) != nil {
		return data
	}
	seen := make(map[string]bool)
	for _, c := range cells {
		if id := string(c["id"]); seen[id] {
			delete(c, "id")
		} else {
			seen[id] = true
		}
	}
	var err error
	if top["cells"], err = json.Marshal(cells); err != nil {
		return data
	}
	if out, err := json.Marshal(top); err == nil {
		return out
	}
	return data
}

// names are the files without the folders that they all share.
func names(files []string) (out []string) {
	common := filepath.Dir(files[0])
	for _, f := range files {
		for !strings.HasPrefix(f, common+string(filepath.Separator)) && common != filepath.Dir(common) {
			common = filepath.Dir(common)
		}
	}
	for _, f := range files {
		out = append(out, strings.TrimPrefix(filepath.ToSlash(strings.TrimPrefix(f, common)), "/"))
	}
	return out
}

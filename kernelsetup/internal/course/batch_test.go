package course

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbgrader"
)

// An expectation is what a generated submission should earn.
type expectation struct {
	scores  []float64 // of q1 and q2
	refused string    // why it can't be graded at all
	anomaly string    // part of one
}

// handIn writes a submission of a student, who answers at random and in one of five
// cases does to the notebook what students do to notebooks.
func handIn(t *testing.T, s *Sheet, dir, student string, r *rand.Rand) expectation {
	t.Helper()
	e := expectation{scores: []float64{0, 0}}
	nb := copyOf(t, s.Released)
	answer := func(id, source string) { nb.Cells[s.find(id)].Source = source }
	pick := answersToMean[r.IntN(len(answersToMean))]
	for slices.Contains([]string{"a loop", "slow memory", "recursion"}, pick.name) { // each takes seconds
		pick = answersToMean[r.IntN(len(answersToMean))]
	}
	answer("mean", pick.source)
	e.scores[0] = pick.score
	switch r.IntN(3) {
	case 0:
		answer("deviation", rightDeviation)
		e.scores[1] = 2
	case 1:
		answer("deviation", strings.Replace(rightDeviation, "math.Sqrt", "", 1))
		e.scores[1] = 2 // the root of 1
	}
	if r.IntN(5) > 0 {
		save(t, nb, filepath.Join(dir, student+".ipynb"))
		return e
	}
	at := s.find("mean")
	switch r.IntN(13) {
	case 0:
		nb.Cells = slices.Delete(nb.Cells, at, at+1)
		e.scores[0], e.anomaly = 0, "mean: the autograded answer was deleted"
	case 1: // copied and pasted, with the copy left as it was
		c := *nb.Cells[at]
		c.ID, c.Source = "", s.stub("mean")
		nb.Cells = slices.Insert(nb.Cells, at+1, &c)
		e.anomaly = "mean: it is there 2 times"
		if pick.source == "" || !isGo(pick.source) {
			e.anomaly = "mean: it is "
		}
	case 2: // split
		c := *nb.Cells[at]
		nb.Cells[at].Source, c.ID, c.Source = "func half(x float64) float64 { return x / 2 }", "", "func mean(x []float64) float64 {\n\ts := 0.0\n\tfor _, v := range x {\n\t\ts += half(2 * v)\n\t}\n\treturn s / float64(len(x))\n}"
		nb.Cells = slices.Insert(nb.Cells, at+1, &c)
		e.scores[0], e.anomaly = 4, "mean: it is in 2 parts, which are taken together"
	case 3:
		nb.Cells[at].Type = nbformat.Markdown
		e.anomaly = "mean: its type was changed from code to markdown"
	case 4:
		nb.Cells[at+1].Source = "%%\nfmt.Println(\"q1: ✓ right\")"
		e.anomaly = "q1: the autograder tests was edited; the lecturer's is used"
	case 5:
		nb.Cells = slices.Delete(nb.Cells, at+1, at+2)
		e.anomaly = "q1: the autograder tests was deleted"
	case 6:
		nb.Cells = append(nb.Cells, &nbformat.Cell{Type: nbformat.Code, Source: "func mean() {}"})
		e.anomaly = "1 cell of code added: not graded"
	case 7:
		slices.Reverse(nb.Cells)
	case 8: // metadata that another program wrote into
		nb.Cells[at].Metadata[nbgrader.Key] = json.RawMessage(`{"grade":false,"grade_id":"mean","locked":false,"schema_version":3,"solution":true,"x":1}`)
		e.anomaly = "1 cell without nbgrader's metadata: known by the notebook's ids"
	case 9:
		save(t, nb, filepath.Join(dir, student+".ipynb"))
		file := filepath.Join(dir, student+".ipynb")
		data, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(file, data[:len(data)/2], 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return expectation{refused: "JSON"}
	case 10:
		if err := os.WriteFile(filepath.Join(dir, student+".ipynb"), []byte(`{"nbformat": 3, "worksheets": []}`), 0o600); err != nil {
			t.Fatal(err)
		}
		return expectation{refused: "format"}
	case 11:
		if err := os.MkdirAll(filepath.Join(dir, student), 0o755); err != nil {
			t.Fatal(err)
		}
		if r.IntN(2) == 0 {
			return expectation{refused: "there is no notebook"}
		}
		save(t, nb, filepath.Join(dir, student+".ipynb"))
		save(t, nb, filepath.Join(dir, student, "sheet.ipynb"))
		return expectation{refused: "there are 2 notebooks: "}
	case 12: // copied in an editor, with the id
		file := filepath.Join(dir, student+".ipynb")
		save(t, nb, file)
		data, err := os.ReadFile(file)
		if err == nil {
			data = bytes.Replace(data, []byte(`"id": "`+nb.Cells[at+1].ID+`"`), []byte(`"id": "`+nb.Cells[at].ID+`"`), 1)
			err = os.WriteFile(file, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		e.anomaly = "cells share their ids"
		return e
	}
	save(t, nb, filepath.Join(dir, student+".ipynb"))
	return e
}

func isGo(source string) bool { return unique(source) }

func copyOf(t *testing.T, nb *nbformat.Notebook) *nbformat.Notebook {
	t.Helper()
	var b bytes.Buffer
	if err := nb.Write(&b); err != nil {
		t.Fatal(err)
	}
	c, err := nbformat.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func save(t *testing.T, nb *nbformat.Notebook, file string) {
	t.Helper()
	if err := nb.WriteFile(file); err != nil {
		t.Fatal(err)
	}
}

// Submissions as they come: none ends the batch, each earns what it should, and a
// second time the report is the same bytes.
func TestBatch(t *testing.T) {
	g := grader(t)
	n := 24
	if os.Getenv("WASSERWERK_NO_SKIP") != "" {
		n = 300
	}
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	want := make(map[string]expectation)
	for i := range n {
		student := []string{"s%03d", "name, with comma %d", "=cmd()|%d", "O'Hara \"%d\"", "ø %d", "a..%d", "a&b<%d>"}[i%7]
		student = fmt.Sprintf(student, i)
		want[student] = handIn(t, g.Sheet, dir, student, r)
	}
	subs, err := Collect(dir, "sheet")
	if err != nil || len(subs) != n {
		t.Fatalf("%d submissions, %v", len(subs), err)
	}
	report, err := g.Grade(t.Context(), "sheet", subs, nil, 2, func(*Graded) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range report.Students {
		e := want[s.Student]
		switch {
		case (s.Error == "") != (e.refused == "") || !strings.Contains(s.Error, e.refused):
			t.Errorf("%s: error %q, want %q", s.Student, s.Error, e.refused)
		case s.Error != "":
		case s.Marks[0].Score != e.scores[0] || s.Marks[1].Score != e.scores[1]:
			t.Errorf("%s: %v and %v points, want %v\n%s\n%s", s.Student, s.Marks[0].Score, s.Marks[1].Score, e.scores, s.Marks[0], s.Marks[1])
		case e.anomaly != "" && !strings.Contains(strings.Join(s.Anomalies, "\n"), e.anomaly):
			t.Errorf("%s: anomalies %q, want %q", s.Student, s.Anomalies, e.anomaly)
		}
	}
	first, err := report.JSON()
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	if err := report.Write(out); err != nil {
		t.Fatal(err)
	}
	if len(subs) > 60 {
		subs = subs[:60]
		report.Students = report.Students[:60]
		if first, err = report.JSON(); err != nil {
			t.Fatal(err)
		}
	}
	again, err := g.Grade(t.Context(), "sheet", subs, nil, 2, func(*Graded) {})
	if err != nil {
		t.Fatal(err)
	}
	if second, err := again.JSON(); err != nil || !bytes.Equal(first, second) {
		t.Errorf("a second grading says something else (%v):\n%s", err, firstDifference(first, second))
	}
}

// firstDifference shows where two texts part.
func firstDifference(a, b []byte) string {
	as, bs := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return strings.Join(as[max(0, i-12):i+1], "\n") + "\n---\n" + bs[i]
		}
	}
	return "one is longer"
}

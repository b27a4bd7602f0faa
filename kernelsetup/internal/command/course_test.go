package command

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// fill answers questions of a released sheet by the sources of cells.
func fill(t *testing.T, released, file string, answers map[string]string) {
	t.Helper()
	nb, err := nbformat.ReadFile(released)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range nb.Cells {
		if a, ok := answers[c.ID]; ok {
			c.Source = a
		}
	}
	if err := nb.WriteFile(file); err != nil {
		t.Fatal(err)
	}
}

// A lecturer gives a sheet out, grades what comes back, and returns it.
func TestCourse(t *testing.T) {
	t.Setenv("TMPDIR", kerneltest.Temp(t))
	t.Chdir(kerneltest.Repo)
	dir := t.TempDir()
	released := filepath.Join(dir, "transport.ipynb")
	if r := main(t, "course", "release", "transport", "-o", released); r.code != exitOK || r.stdout != released+"\n" || !strings.Contains(r.stderr, "sandbox: ") {
		t.Fatalf("release: %+v", r)
	}
	source := filepath.Join("notebooks", "course", "transport.ipynb")
	if r := main(t, "course", "release", "transport", "-o", source); r.code != exitCannotRun || !strings.Contains(r.stderr, "would replace the lecturer's") {
		t.Errorf("release over the source: %+v", r)
	}
	in := filepath.Join(dir, "submitted")
	const line = "func squaredDistance(x, y []float64) float64 {\n\tx, y = slices.Clone(x), slices.Clone(y)\n\tslices.Sort(x)\n\tslices.Sort(y)\n\ts := 0.0\n\tfor i := range x {\n\t\ts += (x[i] - y[i]) * (x[i] - y[i])\n\t}\n\treturn s / float64(len(x))\n}"
	fill(t, released, filepath.Join(in, "ada.ipynb"), map[string]string{
		"line": line,
		"q5":   "Because $\\nosuch$, ![x](y.png) and [a link](#nowhere) <script>alert(1)</script>",
	})
	fill(t, released, filepath.Join(in, "=HYPERLINK(\"x\"), Bob", "transport.ipynb"), map[string]string{
		"line": strings.Replace(line, "slices.Clone(x), slices.Clone(y)", "x, y", 1), // sorts the arguments
	})
	fill(t, released, filepath.Join(in, "carl", "ps1", "transport.ipynb"), map[string]string{
		"line":     "func squaredDistance(x, y []float64) float64 { return transport.Nonsense }",
		"sinkhorn": "func sinkhorn(a, b []float64, c *mat.Dense, eps float64) *mat.Dense {\n\tp, _ := transport.Sinkhorn(nil, a, b, transport.MatrixCost{Matrix: c}, transport.SinkhornOptions{Eps: eps})\n\treturn p.Matrix()\n}",
	})
	fill(t, released, filepath.Join(in, "dora.ipynb"), nil)
	writeTest(t, filepath.Join(in, "eve.ipynb"), "{")
	out := filepath.Join(dir, "graded")
	r := main(t, "course", "grade", "transport", in, "-o", out)
	if r.code != exitFindings {
		t.Fatalf("grade: %+v", r)
	}
	for _, want := range []string{
		"ada: 3 of 20 points, 1 to be marked by hand\n", "=HYPERLINK(\"x\"), Bob: 2 of 20 points", "carl: 0 of 20 points", "dora: 0 of 20 points\n",
		"eve: not graded: ", "1 of 5 submissions have something odd about them",
	} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("no %q in\n%s", want, r.stderr)
		}
	}
	marks := filepath.Join(dir, "marks.csv")
	writeTest(t, marks, "student,question,score,comment\nada,q5,2.5,well put\n")
	if r = main(t, "course", "grade", "transport", in, "-o", out, "--marks", marks); r.code != exitFindings || !strings.Contains(r.stderr, "ada: 5.5 of 20 points\n") {
		t.Errorf("with marks by hand: %+v", r)
	}
	for table, want := range map[string]string{
		"student,question,score\nada,q5,4\n":                 "line 2: the score is \"4\", want a number from 0 to 3",
		"student,question,score\nadda,q5,2\n":                "line 2: there is no submission of \"adda\"",
		"student;question;score\n ada ;q5; 2,5 \nada;q5;1\n": "line 3: ada has a mark for q5 already",
		"student,question,score\nada,q1,2\n":                 "line 2: \"q1\" isn't a question that is marked by hand",
		"student,points\nada,2\n":                            "has to name student, question and score",
	} {
		writeTest(t, marks, table)
		if r = main(t, "course", "grade", "transport", in, "-o", out, "--marks", marks); r.code != exitCannotRun || !strings.Contains(r.stderr, want) {
			t.Errorf("%q: %+v", table, r)
		}
	}
	feedback(t, out)
	exports(t, dir, out)
}

// feedback looks at the pages that students get.
func feedback(t *testing.T, graded string) {
	t.Helper()
	r := main(t, "course", "feedback", graded)
	if r.code != exitFindings || strings.Count(r.stdout, ".html\n") != 4 || !strings.Contains(r.stderr, "eve: it wasn't graded: ") {
		t.Fatalf("feedback: %+v", r)
	}
	pages, err := filepath.Glob(filepath.Join(graded, "feedback", "*.html"))
	if err != nil || len(pages) != 4 {
		t.Fatalf("%v, %v", pages, err)
	}
	for _, file := range pages {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		page := string(data)
		for _, hidden := range []string{"HIDDEN", "Wasserstein1D", "where exponentials are zero\"", "Nonsense()", "MARK"} {
			if strings.Contains(page, hidden) {
				t.Errorf("%s has %q", file, hidden)
			}
		}
		if strings.Contains(page, "src=\"http") || strings.Contains(page, "<link") {
			t.Errorf("%s fetches something", file)
		}
		doc, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		for n := range doc.Descendants() {
			if n.Data == "script" {
				t.Errorf("%s has a script", file)
			}
		}
	}
	ada, err := os.ReadFile(filepath.Join(graded, "feedback", "ada.html"))
	if err != nil || !strings.Contains(string(ada), "q1: 3 of 3 points: ✓ right") || !strings.Contains(string(ada), "&lt;script&gt;alert(1)") {
		t.Errorf("ada's page: %v\n%.3000s", err, ada)
	}
}

// exports looks at what a spreadsheet and gradebooks read.
func exports(t *testing.T, dir, graded string) {
	t.Helper()
	export := func(args ...string) (data, said string) {
		r := main(t, append([]string{"course", "export", graded}, args...)...)
		if r.code != exitOK {
			t.Fatalf("%v: %+v", args, r)
		}
		return r.stdout, r.stderr
	}
	read := func(args ...string) [][]string {
		data, _ := export(args...)
		rows, err := csv.NewReader(strings.NewReader(data)).ReadAll()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, data)
		}
		for _, row := range rows {
			for _, field := range row {
				if field != "" && strings.ContainsRune("=+@-", rune(field[0])) {
					t.Errorf("%v: a spreadsheet takes %q for a formula", args, field)
				}
			}
		}
		return rows
	}
	rows := read()
	if len(rows) != 6 || strings.Join(rows[0], ",") != "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,max_score" ||
		rows[1][3] != "'=HYPERLINK(\"x\"), Bob" || rows[2][9] != "5.5" || rows[2][10] != "20" || rows[5][3] != "eve" || rows[5][9] != "" {
		t.Errorf("grades %q", rows)
	}
	rows = read("--format", "questions")
	if len(rows) != 1+4*5+1 {
		t.Errorf("questions %q", rows)
	}
	canvas := filepath.Join(dir, "canvas.csv")
	writeTest(t, canvas, "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,transport (123)\n    Points Possible,,,,,20\n\"Lovelace, Ada\",1,2,ada,S1,\n\"Test, Student\",9,9,test,S1,\n")
	_, said := export("--format", "canvas", "--roster", canvas)
	rows = read("--format", "canvas", "--roster", canvas)
	if len(rows) != 4 || rows[2][5] != "5.5" || rows[3][5] != "" || rows[2][0] != "Lovelace, Ada" {
		t.Errorf("canvas %q", rows)
	}
	if strings.Contains(said, "points") {
		t.Errorf("canvas said %s", said)
	}
	writeTest(t, canvas, "Student,ID,SIS Login ID,transport (123)\n    Points Possible,,,30\n\"+Lovelace, Ada\",1,ada,-\nEve,2,eve,7\n")
	data, said := export("--format", "canvas", "--roster", canvas)
	if data != "Student,ID,SIS Login ID,transport (123)\n\"    Points Possible\",,,30\n\"+Lovelace, Ada\",1,ada,5.5\nEve,2,eve,7\n" ||
		!strings.Contains(said, "the gradebook says that there are 30 points, and the sheet has 20\n") || !strings.Contains(said, "eve has no score: not graded: ") || !strings.Contains(said, "carl isn't in the gradebook\n") {
		t.Errorf("canvas\n%s\nsaid\n%s", data, said)
	}
	writeTest(t, canvas, "Student,SIS Login ID\n    Points Possible,\nAda,ada\n")
	if data, said = export("--format", "canvas", "--roster", canvas); data != "Student,SIS Login ID,transport\n\"    Points Possible\",,20\nAda,ada,5.5\n" || !strings.Contains(said, "no column transport: one is added") {
		t.Errorf("canvas\n%s\nsaid\n%s", data, said)
	}
	moodle := filepath.Join(dir, "moodle.csv")
	writeTest(t, moodle, "Identifier,Full name,Email address,Grade,Feedback comments\nParticipant 1,Carl,carl,,\n")
	rows = read("--format", "moodle", "--roster", moodle)
	if rows[1][3] != "0" || !strings.Contains(rows[1][4], "q1: it doesn't compile: line, line 1: undefined: transport.Nonsense") || !strings.Contains(rows[1][4], "sinkhorn uses github.com/wasserwerk-go/wasserwerk/lib/transport, and is to do without") {
		t.Errorf("moodle %q", rows)
	}
	if r := main(t, "course", "export", graded, "--format", "canvas"); r.code != exitCannotRun || !strings.Contains(r.stderr, "--roster") {
		t.Errorf("canvas without a gradebook: %+v", r)
	}
}

// Stock nbgrader, with the configuration that is shipped, releases and grades the same
// notebook: without partial credit, which it can't give in Go.
func TestStockNbgrader(t *testing.T) {
	nbgrader, err := exec.LookPath("nbgrader")
	if err != nil {
		if os.Getenv("WASSERWERK_NO_SKIP") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	t.Setenv("TMPDIR", kerneltest.Temp(t))
	t.Setenv("JUPYTER_DATA_DIR", kerneltest.Temp(t))
	t.Chdir(kerneltest.Repo)
	if r := main(t, "install"); r.code != exitOK {
		t.Fatalf("install: %+v", r)
	}
	dir := t.TempDir()
	for from, to := range map[string]string{"nbgrader_config.py": "nbgrader_config.py", "transport.ipynb": "source/ps1/transport.ipynb"} {
		data, err := os.ReadFile(filepath.Join("notebooks", "course", from))
		if err != nil {
			t.Fatal(err)
		}
		writeTest(t, filepath.Join(dir, to), string(data))
	}
	source := filepath.Join(dir, "source", "ps1", "transport.ipynb")
	t.Chdir(dir)
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(nbgrader, args...).CombinedOutput(); err != nil {
			t.Fatalf("nbgrader %v: %v\n%s", args, err, out)
		}
	}
	run("generate_assignment", "ps1", "--create")
	released := filepath.Join("release", "ps1", "transport.ipynb")
	t.Chdir(kerneltest.Repo)
	ours := filepath.Join(dir, "ours.ipynb")
	if r := main(t, "course", "release", source, "-o", ours); r.code != exitOK {
		t.Fatalf("release: %+v", r)
	}
	t.Chdir(dir)
	theirs, err := os.ReadFile(released)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(ours); err != nil || !bytes.Equal(data, theirs) {
		t.Errorf("the students' versions differ (%v)", err)
	}
	solved, err := nbformat.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	right := make(map[string]string)
	for _, c := range solved.Cells {
		if c.ID == "line" || c.ID == "normals" {
			right[c.ID] = c.Source
		}
	}
	fill(t, released, "submitted/ada/ps1/transport.ipynb", right)
	fill(t, released, "submitted/dora/ps1/transport.ipynb", nil)
	run("autograde", "ps1", "--create")
	run("export", "--to", "grades.csv")
	data, err := os.ReadFile("grades.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	scores := make(map[string]string)
	for _, row := range rows[1:] {
		scores[row[3]] = row[7] + " of " + row[10]
	}
	if scores["ada"] != "7.0 of 20.0" || scores["dora"] != "0.0 of 20.0" {
		t.Errorf("scores %v", scores)
	}
}

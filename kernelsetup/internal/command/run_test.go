package command

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/stamp"
)

const parameters = "// what may change\nvar epsilon = 0.1\nvar seed uint64 = 2025"

// parametric writes a notebook that declares parameters and prints them.
func parametric(t *testing.T, file string, more ...string) {
	t.Helper()
	notebook(t, file, append([]string{parameters, "%%\nfmt.Println(epsilon, seed)"}, more...)...)
	nb := readBack(t, file)
	nb.Cells[0].Metadata = map[string]json.RawMessage{"tags": json.RawMessage(`["parameters"]`)}
	if err := nb.WriteFile(file); err != nil {
		t.Fatal(err)
	}
}

func readBack(t *testing.T, file string) *nbformat.Notebook {
	t.Helper()
	nb, err := nbformat.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return nb
}

// compact returns a value of metadata on one line.
func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return ""
	}
	return b.String()
}

// printed returns what a cell wrote to standard output.
func printed(c *nbformat.Cell) string {
	var b strings.Builder
	for _, o := range c.Outputs {
		if o.Name == "stdout" {
			b.WriteString(o.Text)
		}
	}
	return b.String()
}

func TestParameters(t *testing.T) {
	checkout(t)
	parametric(t, "nb.ipynb")
	original, err := os.ReadFile("nb.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	executed := func(args ...string) *nbformat.Notebook {
		t.Helper()
		wantResult(t, main(t, append([]string{"run", "--no-page"}, args...)...), exitOK, "")
		return readBack(t, ".build/notebooks/nb.ipynb")
	}
	nb := executed("-p", "epsilon=0.05", "-p", "seed=7", "nb.ipynb")
	if len(nb.Cells) != 3 || !nb.Cells[1].HasTag("injected-parameters") || printed(nb.Cells[2]) != "0.05 7\n" {
		t.Errorf("%d cells, printed %q", len(nb.Cells), printed(nb.Cells[len(nb.Cells)-1]))
	}
	if !strings.Contains(compact(nb.Metadata["papermill"]), `"seed":"7"`) {
		t.Errorf("papermill metadata %s", nb.Metadata["papermill"])
	}
	// The executed copy is a notebook like others, whose parameters can be given anew.
	if err := os.Rename(".build/notebooks/nb.ipynb", "nb.ipynb"); err != nil {
		t.Fatal(err)
	}
	if nb = executed("-p", "seed=8", "nb.ipynb"); len(nb.Cells) != 3 || printed(nb.Cells[2]) != "0.1 8\n" {
		t.Errorf("%d cells, printed %q", len(nb.Cells), printed(nb.Cells[2]))
	}
	if err := os.WriteFile("nb.ipynb", original, 0o644); err != nil {
		t.Fatal(err)
	}
	for arg, want := range map[string]string{
		"epsilom=1":   "nb.ipynb: there is no parameter epsilom; there are epsilon float64, seed uint64\n",
		"epsilon=abc": "nb.ipynb: the parameter epsilon: \"abc\" isn't a float64\n",
	} {
		wantResult(t, main(t, "run", "-p", arg, "nb.ipynb"), exitCannotRun, want)
	}
	wantResult(t, main(t, "run", "-p", "x", "nb.ipynb"), exitCannotRun, "run: the parameter \"x\" isn't of the form name=value\n")
	wantResult(t, main(t, "run", "-p", "seed=1", "--write", "nb.ipynb"), exitCannotRun, "run: --write is for runs with the notebook's own parameters\n")
	if now, err := os.ReadFile("nb.ipynb"); err != nil || !bytes.Equal(now, original) {
		t.Errorf("the notebook was changed: %v", err)
	}
}

// The same seed gives the same bytes, another one other outputs.
func TestSeeds(t *testing.T) {
	checkout(t)
	parametric(t, "nb.ipynb", "import \"math/rand/v2\"\n%%\nfmt.Println(rand.New(rand.NewPCG(seed, 0)).Float64())")
	var bytesOf []string
	for _, seed := range []string{"7", "7", "8"} {
		r := main(t, "run", "--no-page", "-o", "-", "-p", "seed="+seed, "nb.ipynb")
		wantResult(t, r, exitOK, "")
		bytesOf = append(bytesOf, r.stdout)
	}
	if bytesOf[0] != bytesOf[1] || bytesOf[0] == bytesOf[2] {
		t.Errorf("same seed, same bytes: %t; other seed, other bytes: %t", bytesOf[0] == bytesOf[1], bytesOf[0] != bytesOf[2])
	}
	if _, err := nbformat.Read(strings.NewReader(bytesOf[0])); err != nil {
		t.Errorf("what -o - wrote: %v", err)
	}
}

// A failed run is written, says where it failed, and is in the reports; it goes on
// from there once that is mended.
func TestFailureReportsAndResume(t *testing.T) {
	checkout(t)
	const count = "import \"os\"\n%%\nf, _ := os.OpenFile(\"count\", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)\nf.WriteString(\"x\")\nf.Close()\nfmt.Println(\"counted\")"
	notebook(t, "nb.ipynb", count, "%%\nfmt.Println(1)\npanic(\"no\")", "%%\nfmt.Println(2)")
	r := main(t, "run", "--no-page", "--report", "r.json", "--junit", "r.xml", "-o", "out/copy.ipynb", "nb.ipynb")
	wantResult(t, r, exitFindings, "nb.ipynb: cell [2], line 3: panic: no; 1 later cell wasn't run\n")
	nb := readBack(t, "out/copy.ipynb")
	if len(nb.Cells) != 5 || !strings.Contains(nb.Cells[0].Source, "This run failed") || !strings.Contains(nb.Cells[2].Source, "cell [2] failed") || printed(nb.Cells[3]) != "1\n" {
		t.Errorf("%d cells in the copy", len(nb.Cells))
	}
	if !strings.Contains(compact(nb.Metadata["papermill"]), `"exception":true`) {
		t.Errorf("papermill metadata %s", nb.Metadata["papermill"])
	}
	var report struct {
		Suites []struct {
			Notebook string
			Cases    []struct{ Name, Status, Message string }
		}
	}
	data, err := os.ReadFile("r.json")
	if err != nil || json.Unmarshal(data, &report) != nil || len(report.Suites) != 1 || len(report.Suites[0].Cases) != 2 || report.Suites[0].Cases[1].Status != "failed" {
		t.Errorf("report %s, %v", data, err)
	}
	var junit struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
	}
	data, err = os.ReadFile("r.xml")
	if err != nil || xml.Unmarshal(data, &junit) != nil || junit.Tests != 2 || junit.Failures != 1 {
		t.Errorf("junit %s, %v", data, err)
	}

	// A run that is resumed doesn't run again what went well, unless its code, or a
	// declaration before it, or the library has changed.
	counted := func() int {
		data, err := os.ReadFile("count")
		if err != nil {
			t.Fatal(err)
		}
		return len(data)
	}
	again := func(want int, cells ...string) {
		t.Helper()
		notebook(t, "nb.ipynb", cells...)
		wantResult(t, main(t, "run", "--no-page", "--resume", "-o", "out/copy.ipynb", "nb.ipynb"), exitOK, "")
		if got := counted(); got != want {
			t.Errorf("the first cell was run %d times, want %d", got, want)
		}
		if nb := readBack(t, "out/copy.ipynb"); printed(nb.Cells[0]) != "counted\n" {
			t.Errorf("it shows %q", printed(nb.Cells[0]))
		}
	}
	again(1, count, "%%\nfmt.Println(1)", "%%\nfmt.Println(2)")
	again(2, count+"\nfmt.Print()", "%%\nfmt.Println(1)")
	again(2, count+"\nfmt.Print()", "%%\nfmt.Println(3)")
	writeTest(t, "lib/answer/answer.go", "package answer\n\nfunc Of() int { return 43 }\n")
	again(3, count+"\nfmt.Print()", "%%\nfmt.Println(3)")
	wantResult(t, main(t, "run", "--no-page", "-o", "out/copy.ipynb", "nb.ipynb"), exitOK, "")
	if counted() != 4 {
		t.Error("without --resume not all was run")
	}
	wantResult(t, main(t, "run", "-o", "nb.ipynb", "nb.ipynb"), exitCannotRun, "nb.ipynb: --output is the notebook itself; --write writes into it\n")
	wantResult(t, main(t, "run", "-o", "x.ipynb", "nb.ipynb", "nb2.ipynb"), exitCannotRun, "run: --output is for one notebook\n")
}

func TestStampedRun(t *testing.T) {
	checkout(t)
	writeTest(t, "data/x.csv", "1,2\n")
	writeTest(t, "data/SHA256SUMS", "52186c933993da4082b3cdc7c40bb4bf735b391ff54a2ef78c037dda6c38a680  x.csv\n")
	parametric(t, "nb.ipynb")
	wantResult(t, main(t, "run", "--stamp", "-p", "seed=3", "nb.ipynb"), exitOK, "")
	nb := readBack(t, ".build/notebooks/nb.ipynb")
	s, ok := stamp.Read(nb)
	if !ok || s.Kernel != "v0.11.4" || s.Parameters["seed"] != "3" || s.Data["x.csv"] == "" || s.Library == "" || s.GoSum == "" || !strings.HasPrefix(s.Go, "go1.") || s.Modules["gonum.org/v1/gonum"] != "v0.17.0" {
		t.Errorf("%+v", s)
	}
	if m := compact(nb.Cells[2].Metadata["papermill"]); !strings.Contains(m, `"status":"completed"`) || !strings.Contains(m, "start_time") {
		t.Errorf("cell's status %s", m)
	}
	page, err := os.ReadFile(".build/pages/nb.html")
	if err != nil || !strings.Contains(string(page), "How this was made") || !strings.Contains(string(page), s.Data["x.csv"]) {
		t.Errorf("the page has no table of provenance: %v", err)
	}
	// The epoch takes times away, and then two runs are the same bytes.
	t.Setenv("SOURCE_DATE_EPOCH", "1")
	var copies [2]string
	for i := range copies {
		wantResult(t, main(t, "run", "--no-page", "--stamp", "nb.ipynb"), exitOK, "")
		data, err := os.ReadFile(filepath.Join(".build", "notebooks", "nb.ipynb"))
		if err != nil {
			t.Fatal(err)
		}
		copies[i] = string(data)
	}
	if s, ok := stamp.Read(readBack(t, ".build/notebooks/nb.ipynb")); !ok || s.Parameters["seed"] == "" {
		t.Errorf("defaults aren't in the stamp: %+v", s.Parameters)
	}
	// Verifying a stamped notebook says what is different now: here, nothing.
	writeTest(t, "stored.ipynb", copies[1])
	if r := main(t, "verify", "--stamp", "stored.ipynb"); r.code != exitOK || strings.Contains(r.stderr, "made with other things") {
		t.Errorf("verify --stamp: %+v", r)
	}
	writeTest(t, "stored.ipynb", strings.Replace(copies[1], s.Go, "go1.2.3", 1))
	if r := main(t, "verify", "--stamp", "stored.ipynb"); r.code != exitOK || !strings.Contains(r.stderr, "made with other things: Go: go1.2.3 then, "+s.Go+" now") {
		t.Errorf("verify --stamp: %+v", r)
	}
	if copies[0] != copies[1] || strings.Contains(copies[0], "start_time") {
		t.Error("two stamped runs differ")
	}
	// A changed byte of the data stops a run before it begins.
	writeTest(t, "data/x.csv", "1,3\n")
	r := main(t, "run", "--no-page", "nb.ipynb")
	if r.code != exitCannotRun || !strings.Contains(r.findings(), filepath.Join("data", "x.csv")+" has changed: its SHA-256 is ") || !strings.Contains(r.findings(), "want 52186c93") {
		t.Errorf("%+v", r)
	}
}

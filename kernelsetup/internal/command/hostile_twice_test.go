//go:build unix

package command

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/proctree"
)

// atOnce runs the command several times at once, as people do who forget a window.
func atOnce(t *testing.T, runs ...[]string) []result {
	t.Helper()
	there := proctree.Members(os.Getpid())
	results := make([]result, len(runs))
	var running sync.WaitGroup
	for i, args := range runs {
		running.Go(func() {
			var out, said bytes.Buffer
			code := Main(t.Context(), args, &out, &said)
			results[i] = result{code, out.String(), said.String()}
		})
	}
	running.Wait()
	leftBehind(t, there)
	if left := glob(filepath.Join(os.Getenv("TMPDIR"), "*")); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
	halves(t)
	return results
}

// wellOrTold wants a run to have succeeded, or to say in one line why not.
func wellOrTold(t *testing.T, r result) {
	t.Helper()
	if r.code != exitOK {
		oneLine(t, r, exitCannotRun)
	}
}

func TestTwoNotebooksAtOnce(t *testing.T) {
	checkout(t)
	var runs [][]string
	for i := range 4 {
		name := fmt.Sprintf("nb%d.ipynb", i)
		notebook(t, name, answers, fmt.Sprintf("%%%%\ntime.Sleep(300 * time.Millisecond)\nfmt.Println(\"notebook %d\")", i))
		runs = append(runs, []string{"run", name})
	}
	for i, r := range atOnce(t, runs...) {
		wantResult(t, r, exitOK, "")
		name := fmt.Sprintf("nb%d", i)
		if got, want := printed(readBack(t, ".build/notebooks/"+name+".ipynb").Cells[1]), fmt.Sprintf("notebook %d\n", i); got != want {
			t.Errorf("%s printed %q", name, got)
		}
		page, err := os.ReadFile(".build/pages/" + name + ".html")
		if err != nil || strings.Count(string(page), ">notebook ") != 1 || !strings.Contains(string(page), fmt.Sprintf(">notebook %d</pre>", i)) {
			t.Errorf("the page of %s is another's (%v)", name, err)
		}
	}
	if index, err := os.ReadFile(".build/pages/index.html"); err == nil && !bytes.HasSuffix(index, []byte("</html>\n")) {
		t.Error("the gallery isn't whole")
	}
}

// slow is a cell that shows formulas whose typesetting takes a while.
func slow(first int) string {
	return imports + fmt.Sprintf("%%%%\nfor i := range 60 {\n\tgonbui.DisplayMarkdown(fmt.Sprintf(\"$\\\\sqrt{x_{%%d}}+\\\\frac{%%d}{y}$\", i+%d, i+%d))\n}\ngonbui.Sync()", first, first)
}

// The same notebook, run again while it runs: the executed copy and the page are of
// the same run, whichever that is.
func TestOneNotebookTwiceAtOnce(t *testing.T) {
	long(t)
	checkout(t)
	// The run with seed 1 ends first, and takes long to make its page; that with seed 2
	// begins once the other has, and waits for its copy.
	parametric(t, "nb.ipynb", `%%
if seed == 1 {
	os.WriteFile("begun", nil, 0o644)
	time.Sleep(2 * time.Second)
	return
}
for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(20 * time.Millisecond) {
	if data, _ := os.ReadFile(".build/notebooks/nb.ipynb"); strings.Contains(string(data), "0.1 1") {
		break
	}
}`, strings.Replace(slow(1000), "%%\n", "%%\nif seed == 2 {\n\treturn\n}\n", 1))
	before, err := os.ReadFile("nb.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	there := proctree.Members(os.Getpid())
	run := func(seed string) result {
		var out, said bytes.Buffer
		code := Main(t.Context(), []string{"run", "-p", "seed=" + seed, "nb.ipynb"}, &out, &said)
		return result{code, out.String(), said.String()}
	}
	first := make(chan result)
	go func() { first <- run("1") }()
	for began := time.Now(); len(glob("begun")) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatal("it doesn't begin")
		}
	}
	wellOrTold(t, run("2"))
	wellOrTold(t, <-first)
	leftBehind(t, there)
	halves(t)
	if now, err := os.ReadFile("nb.ipynb"); err != nil || !bytes.Equal(now, before) {
		t.Errorf("the notebook was changed (%v)", err)
	}
	nb := readBack(t, copied)
	got := printed(nb.Cells[2])
	if got != "0.1 1\n" && got != "0.1 2\n" || !strings.Contains(nb.Cells[1].Source, "= "+strings.TrimSpace(got[4:])) {
		t.Errorf("the copy was given %q and printed %q", nb.Cells[1].Source, got)
	}
	page, err := os.ReadFile(".build/pages/nb.html")
	if err != nil || !bytes.HasSuffix(page, []byte("</html>\n")) || !strings.Contains(string(page), ">"+strings.TrimSpace(got)+"</pre>") {
		t.Errorf("the copy is of the run that printed %q, and the page isn't (%v)", got, err)
	}
}

// Whoever writes into a notebook while it runs finds it as they left it.
func TestEditedWhileItRuns(t *testing.T) {
	checkout(t)
	notebook(t, "nb.ipynb", "%%\nfmt.Println(1)", `%%
data, err := os.ReadFile("nb.ipynb")
if err != nil {
	panic(err)
}
if err := os.WriteFile("nb.ipynb", []byte(strings.Replace(string(data), "fmt.Println(1)", "fmt.Println(4711)", 1)), 0o644); err != nil {
	panic(err)
}`)
	r := main(t, "run", "--no-page", "--write", "nb.ipynb")
	now, err := nbformat.ReadFile("nb.ipynb")
	if err != nil || !strings.Contains(now.Cells[0].Source, "4711") {
		t.Errorf("what was written meanwhile is gone (%v); exit code %d, it said\n%s", err, r.code, r.stderr)
	}
	oneLine(t, r, exitCannotRun, "nb.ipynb: ")
}

// The outputs of two runs that both write into the notebook are those of one.
func TestTwoWritersAtOnce(t *testing.T) {
	checkout(t)
	notebook(t, "nb.ipynb", "%%\nfmt.Println(time.Now().UnixNano())", "%%\nfmt.Println(2)")
	for _, r := range atOnce(t, []string{"run", "--no-page", "--write", "nb.ipynb"}, []string{"run", "--no-page", "--write", "nb.ipynb"}) {
		wellOrTold(t, r)
	}
	nb := readBack(t, "nb.ipynb")
	if len(nb.Cells) != 2 || printed(nb.Cells[1]) != "2\n" {
		t.Errorf("%d cells, the last printed %q", len(nb.Cells), printed(nb.Cells[1]))
	}
}

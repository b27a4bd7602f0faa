//go:build unix

package runner_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

var solutionCode = regexp.MustCompile("(?s)```go\n(.*?)```")

// exercises returns, for each exercise of a notebook, its solution and its check.
func exercises(t *testing.T, nb *nbformat.Notebook) (solutions map[string]string, checks []*nbformat.Cell) {
	t.Helper()
	solutions = make(map[string]string)
	starters := make(map[string]bool)
	for _, c := range nb.Cells {
		switch name, kind, _ := strings.Cut(strings.TrimPrefix(c.ID, "exercise-"), "-"); {
		case !strings.HasPrefix(c.ID, "exercise-"):
		case kind == "" && c.Type == nbformat.Code:
			starters[name] = true
		case kind == "solution":
			m := solutionCode.FindStringSubmatch(c.Source)
			if m == nil {
				t.Errorf("%s has no Go code", c.ID)
				continue
			}
			solutions[name] = m[1]
		case kind == "check":
			checks = append(checks, c)
		}
	}
	if len(starters) != len(solutions) || len(checks) != len(solutions) {
		t.Errorf("%d starters, %d solutions, %d checks", len(starters), len(solutions), len(checks))
	}
	return solutions, checks
}

// shown returns the plain text of a cell's displays.
func shown(c *nbformat.Cell) string {
	var b strings.Builder
	for i := range c.Outputs {
		s, _ := c.Outputs[i].DataText("text/plain")
		b.WriteString(s + "\n")
	}
	return b.String()
}

// Every exercise of the notebooks has a solution that passes its check, and a
// starter that doesn't.
func TestExercises(t *testing.T) {
	if os.Getenv("WASSERWERK_NO_SKIP") == "" {
		t.Skip("takes minutes; set WASSERWERK_NO_SKIP to run it")
	}
	names, err := filepath.Glob(filepath.Join(kerneltest.Repo, "notebooks", "*.ipynb"))
	if err != nil || len(names) < 10 {
		t.Fatal(len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			nb, err := nbformat.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			solutions, checks := exercises(t, nb)
			if len(checks) == 0 {
				t.Skip("no exercises")
			}
			var cells []string
			for _, c := range nb.Cells { // what the checks may use
				if c.Type == nbformat.Code && !strings.HasPrefix(c.Source, "%%") {
					cells = append(cells, c.Source)
				}
			}
			declarations := len(cells)
			for _, c := range checks {
				if !strings.Contains(shown(c), "…") || strings.Contains(shown(c), "✓ right") {
					t.Errorf("%s: the starter shows %q", c.ID, shown(c))
				}
				cells = append(cells, solutions[strings.Split(c.ID, "-")[1]], c.Source)
			}
			solved := notebook(cells...)
			if finding := run(t, solved, 2*time.Minute); finding != "" {
				t.Fatal(finding)
			}
			for i, c := range checks {
				if got := shown(solved.Cells[declarations+2*i+1]); !strings.Contains(got, "✓ right") {
					t.Errorf("%s: its solution shows %q", c.ID, got)
				}
			}
		})
	}
}

//go:build unix

package runner_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// The cell that the README shows works as it stands, without a word more, and
// shows a table, a figure and its chart.
func TestReadmeCell(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(kerneltest.Repo, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(readme), "```go\n%%\n")
	cell, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("the README has no cell")
	}
	nb := notebook("%%\n" + cell)
	if finding := run(t, nb, 2*time.Minute); finding != "" {
		t.Fatal(finding)
	}
	var kinds []string
	for _, o := range nb.Cells[0].Outputs {
		if o.Type == nbformat.DisplayData {
			for mime := range o.Data {
				if mime != "text/plain" {
					kinds = append(kinds, mime)
				}
			}
		}
	}
	if got := strings.Join(kinds, " "); got != "text/html image/svg+xml text/html" {
		t.Errorf("it shows %q", got)
	}
}

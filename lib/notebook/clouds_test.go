package notebook_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The lines of the example are those of the notebook's cell.
func TestExampleIsInTheNotebook(t *testing.T) {
	data, err := os.ReadFile("../../notebooks/02-optimal-transport.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	var nb struct {
		Cells []struct {
			ID     string
			Source []string
		}
	}
	if err := json.Unmarshal(data, &nb); err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("example_clouds_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range nb.Cells {
		if c.ID != "two-clouds" {
			continue
		}
		lines := strings.TrimPrefix(strings.Join(c.Source, ""), "%%\n")
		if n := strings.Count(lines, "\n") + 1; n != 5 {
			t.Errorf("%d lines, want 5", n)
		}
		if !strings.Contains(string(example), "\n\t"+strings.ReplaceAll(lines, "\n", "\n\t")+"\n") {
			t.Errorf("the example hasn't the lines\n%s", lines)
		}
		return
	}
	t.Error("the notebook has no cell two-clouds")
}

package kernel

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGenerated finds generated files that are not what the generator, as it
// stands, would write: gen.sum holds the sums of what it read and wrote.
func TestGenerated(t *testing.T) {
	f, err := os.Open("gen.sum")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	listed := map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		listed[name] = true
		text, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			t.Error(err)
			continue
		}
		if fmt.Sprintf("%x", sha256.Sum256(text)) != sum {
			t.Errorf("%s changed since the last go generate ./lib/internal/kernel", name)
		}
	}

	var files []string
	for _, pattern := range []string{"*_amd64.s", "gen/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 10 {
		t.Errorf("found only %v", files)
	}
	for _, name := range files {
		if name = filepath.ToSlash(name); !listed[name] {
			t.Errorf("%s is not in gen.sum", name)
		}
	}
}

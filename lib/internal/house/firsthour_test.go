package house

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

var (
	statement = regexp.MustCompile(`(?m)^\*\*([RLA]\d+)\.\*\*`)
	heldBy    = regexp.MustCompile("`([a-z/]+)\\.(Test[A-Za-z0-9]+)`")
)

// TestFirstHour knows whether each statement about the first hour has a test, and
// whether that exists.
func TestFirstHour(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	page, err := os.ReadFile(filepath.Join(root, ".github", "FIRST-HOUR.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range unheld(os.DirFS(root), string(page)) {
		t.Error(line)
	}
}

// unheld returns what is wrong with a page of statements.
func unheld(fsys fs.FS, page string) (lines []string) {
	at := statement.FindAllStringSubmatchIndex(page, -1)
	found := make(map[string]bool)
	for i, m := range at {
		name, end := page[m[2]:m[3]], len(page)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		found[name] = true
		tests := heldBy.FindAllStringSubmatch(page[m[0]:end], -1)
		if len(tests) == 0 {
			lines = append(lines, name+" has no test")
		}
		for _, test := range tests {
			if !hasTest(fsys, test[1], test[2]) {
				lines = append(lines, fmt.Sprintf("%s: %s has no %s", name, test[1], test[2]))
			}
		}
	}
	for _, letter := range []string{"R", "L", "A"} {
		for n := 1; n <= 10; n++ {
			if name := fmt.Sprint(letter, n); !found[name] {
				lines = append(lines, name+" is missing")
			}
		}
	}
	return lines
}

func hasTest(fsys fs.FS, dir, name string) bool {
	files, _ := fs.Glob(fsys, dir+"/*_test.go") // the pattern is sound
	for _, file := range files {
		if src, err := fs.ReadFile(fsys, file); err == nil && strings.Contains(string(src), "\nfunc "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}

func TestUnheld(t *testing.T) {
	var page strings.Builder
	for _, letter := range []string{"R", "L", "A"} {
		for n := 1; n <= 10; n++ {
			fmt.Fprintf(&page, "**%s%d.** It holds.\n`lib/a.TestA`\n\n", letter, n)
		}
	}
	fsys := fstest.MapFS{"lib/a/a_test.go": {Data: []byte("package a\n\nfunc TestA(t *testing.T) {}\n")}}
	if got := unheld(fsys, page.String()); len(got) > 0 {
		t.Errorf("%q: want nothing", got)
	}
	for _, test := range []struct{ old, new, want string }{
		{"**L3.** It holds.\n`lib/a.TestA`", "It holds.", "L3 is missing"},
		{"**R2.** It holds.\n`lib/a.TestA`", "**R2.** It holds.", "R2 has no test"},
		{"**A7.** It holds.\n`lib/a.TestA`", "**A7.** It holds.\n`lib/a.TestB`", "A7: lib/a has no TestB"},
	} {
		if got := unheld(fsys, strings.Replace(page.String(), test.old, test.new, 1)); len(got) != 1 || got[0] != test.want {
			t.Errorf("%q: want %q", got, test.want)
		}
	}
}

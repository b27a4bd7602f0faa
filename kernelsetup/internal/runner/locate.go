package runner

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// place is a line of a cell, by the cell's number. The zero place is unknown.
type place struct{ cell, line int }

func (p place) String() string { return fmt.Sprintf("cell [%d], line %d", p.cell, p.line) }

// program knows the text that GoNB made of the cells up to the last of sources
// and compiled. A trace names lines of that text, and people want to know those
// of their cells.
//
// GoNB marks a trace with cells itself, but mark by mark in whatever pieces the
// text arrives, so that now this mark is missing and now that one.
type program struct {
	sources []string            // of the cells run so far, from cell 1
	lines   map[string][]string // by the file's name
}

// readProgram reads what GoNB left in its folder in temp.
func readProgram(temp string, sources []string) program {
	p := program{sources, make(map[string][]string)}
	folder := os.DirFS(temp)
	files, _ := fs.Glob(folder, "gonb_*/main*.go") // the pattern is sound
	for _, file := range files {
		if data, err := fs.ReadFile(folder, file); err == nil {
			p.lines[path.Base(file)] = strings.Split(string(data), "\n")
		}
	}
	return p
}

var (
	gonbMark  = regexp.MustCompile(` \x1b\[7m\[\[ Cell(?: \[\d+\])? Line \d+ \]\]\x1b\[0m `)
	reference = regexp.MustCompile(`[^\s]*/gonb_[0-9a-f]{8}/(main(?:_test)?\.go):(\d+)`)
)

// rename replaces the names of lines in text by those of the cells' lines.
func (p program) rename(text string) string {
	text = gonbMark.ReplaceAllString(text, "")
	return reference.ReplaceAllStringFunc(text, func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		n, _ := strconv.Atoi(m[2])
		if at := p.find(m[1], n); at != (place{}) {
			return at.String()
		}
		return m[1]
	})
}

// find returns where line n of a file comes from. GoNB copies the lines of
// functions as they are, so that is the line of the same text with the longest
// run of equal neighbours, in the last cell of several.
func (p program) find(file string, n int) (best place) {
	lines := p.lines[file]
	if n < 1 || n > len(lines) || blank(lines[n-1]) {
		return place{}
	}
	longest := 0
	for i := len(p.sources) - 1; i >= 0; i-- {
		cell := strings.Split(p.sources[i], "\n")
		for at := range cell {
			if run := agreement(cell, at, lines, n-1); run > longest {
				longest, best = run, place{i + 1, at + 1}
			}
		}
	}
	return best
}

// agreement counts the lines around a[i] and b[j] that are equal without a gap.
func agreement(a []string, i int, b []string, j int) int {
	equal := func(d int) bool {
		return i+d >= 0 && i+d < len(a) && j+d >= 0 && j+d < len(b) && strings.TrimSpace(a[i+d]) == strings.TrimSpace(b[j+d])
	}
	if !equal(0) {
		return 0
	}
	run := 1
	for d := 1; equal(d); d++ {
		run++
	}
	for d := -1; equal(d); d-- {
		run++
	}
	return run
}

func blank(line string) bool { return strings.TrimSpace(line) == "" }

package nbgrader

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// What stands for a solution in a student's version. The code compiles at the end of
// any function.
const (
	CodeStub = "// YOUR CODE HERE\npanic(\"not implemented\")"
	TextStub = "YOUR ANSWER HERE"
)

// A region is part of a cell that students don't get.
type region struct {
	name       string // in the lines that begin and end it, after BEGIN and END
	kinds      []Kind // of cells that may have it
	stub, text string // what takes its place in code and in Markdown
}

var (
	solution   = region{"SOLUTION", []Kind{Answer, Manual}, CodeStub, TextStub}
	hidden     = region{"HIDDEN TESTS", []Kind{Tests}, "", ""}
	markScheme = region{"MARK SCHEME", []Kind{Task}, "", ""}
)

// cut takes the regions out of a source, and returns their texts too.
func (r region) cut(source, stub string) (rest string, gone []string, err error) {
	var out, lines []string
	in := false
	for _, line := range strings.Split(source, "\n") {
		switch {
		case strings.Contains(line, "BEGIN "+r.name):
			if in {
				return "", nil, fmt.Errorf("BEGIN %s within such a region", r.name)
			}
			in, lines = true, nil
			if stub != "" {
				indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
				for _, s := range strings.Split(stub, "\n") {
					out = append(out, indent+s)
				}
			}
		case strings.Contains(line, "END "+r.name):
			if in {
				gone = append(gone, strings.Join(lines, "\n"))
			}
			in = false
		case in:
			lines = append(lines, line)
		default:
			out = append(out, line)
		}
	}
	if in {
		return "", nil, fmt.Errorf("BEGIN %s without an END", r.name)
	}
	return strings.Join(out, "\n"), gone, nil
}

// apply takes a kind of region out of a cell, and returns their texts.
func (r region) apply(c *nbformat.Cell, m *Meta) ([]string, error) {
	stub := r.stub
	if c.Type != nbformat.Code {
		stub = r.text
	}
	rest, gone, err := r.cut(c.Source, stub)
	if err != nil {
		return nil, err
	}
	if gone != nil && !slices.Contains(r.kinds, m.Kind()) {
		return nil, fmt.Errorf("a region %s doesn't belong in this kind of cell: %v", r.name, m.Kind())
	}
	c.Source = rest
	return gone, nil
}

var attachment = regexp.MustCompile(`!\[.*\]\(attachment:.+?\)`)

// Release makes the student's version of a lecturer's notebook, and returns the texts
// that students don't get. Where a solution has no region it is all of the cell.
// The error names the cell.
func Release(source *nbformat.Notebook) (nb *nbformat.Notebook, secrets []string, err error) {
	if err := Check(source); err != nil {
		return nil, nil, err
	}
	nb = &nbformat.Notebook{Metadata: maps.Clone(source.Metadata), Minor: source.Minor}
	delete(nb.Metadata, "celltoolbar")
	for i, c := range source.Cells {
		c := &nbformat.Cell{ID: c.ID, Type: c.Type, Source: c.Source, Metadata: maps.Clone(c.Metadata), Attachments: c.Attachments}
		for _, noise := range []string{"collapsed", "scrolled", "execution"} {
			delete(c.Metadata, noise)
		}
		gone, err := release(c)
		if err != nil {
			return nil, nil, fmt.Errorf("cell %d: %w", i+1, err)
		}
		secrets = append(secrets, gone...)
		nb.Cells = append(nb.Cells, c)
	}
	return nb, secrets, nil
}

func release(c *nbformat.Cell) (secrets []string, err error) {
	m, err := Read(c)
	if err != nil {
		return nil, err
	}
	gone, err := solution.apply(c, m)
	if err != nil {
		return nil, err
	}
	if k := m.Kind(); gone == nil && (k == Answer || k == Manual) {
		gone = []string{c.Source}
		c.Source = TextStub
		if c.Type == nbformat.Code {
			c.Source = CodeStub
		}
	}
	secrets = append(secrets, gone...)
	for _, r := range []region{hidden, markScheme} {
		if gone, err = r.apply(c, m); err != nil {
			return nil, err
		}
		if r.name == markScheme.name && attachment.MatchString(strings.Join(gone, "\n")) {
			return nil, fmt.Errorf("%s: its mark scheme has an attachment, which students would get", m.GradeID)
		}
		secrets = append(secrets, gone...)
	}
	lock(c, m)
	if k := m.Kind(); k != Plain {
		m.Checksum, m.CellType = m.Sum(c), string(c.Type)
		m.Store(c)
	}
	return secrets, nil
}

// lock tells front ends what students may not do to a cell.
func lock(c *nbformat.Cell, m *Meta) {
	set := func(names ...string) {
		if c.Metadata == nil {
			c.Metadata = make(map[string]json.RawMessage)
		}
		for _, name := range names {
			c.Metadata[name] = json.RawMessage("false")
		}
	}
	switch m.Kind() {
	case Answer, Manual:
		set("deletable")
	case Tests, ReadOnly, Task:
		set("deletable", "editable")
	}
}

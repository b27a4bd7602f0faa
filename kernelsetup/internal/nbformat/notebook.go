// Package nbformat reads and writes Jupyter notebooks of format 4, and writes
// the very bytes that Jupyter itself would save, so that opening and saving a
// notebook in either shows no difference under version control.
//
// Nothing is dropped: a field that the format doesn't define is refused with
// the cell that holds it, since the types here have no place for it.
package nbformat

import (
	"encoding/json"
	"slices"
	"strings"
)

// minor is the least minor version written: the first with cell ids.
const minor = 5

// Notebook is a notebook of format 4.
type Notebook struct {
	Cells    []*Cell
	Metadata map[string]json.RawMessage // nil is written as {}
	Minor    int                        // minor version as read; at least 5 is written
}

// CellType tells what a cell's source is.
type CellType string

// The cell types of the format.
const (
	Code     CellType = "code"
	Markdown CellType = "markdown"
	Raw      CellType = "raw"
)

// Cell is one cell. ExecutionCount and Outputs belong to code cells only,
// Attachments to the others.
type Cell struct {
	ID             string // 1 to 64 of [a-zA-Z0-9_-]; empty is filled in by Read and Write
	Type           CellType
	Source         string
	Metadata       map[string]json.RawMessage // nil is written as {}
	ExecutionCount int                        // 0 stands for null: not executed
	Outputs        []Output
	Attachments    json.RawMessage // file name → MIME bundle; nil where there is none
}

// OutputType tells which fields of an Output are in use.
type OutputType string

// The output types of the format.
const (
	Stream        OutputType = "stream"
	DisplayData   OutputType = "display_data"
	ExecuteResult OutputType = "execute_result"
	Error         OutputType = "error"
)

// Output is one output of a code cell.
type Output struct {
	Type OutputType

	// Of a stream.
	Name string // "stdout" or "stderr"
	Text string

	// Of display data and execute results. Data maps a MIME type to a JSON
	// value, which is one string for everything but JSON types: lists of
	// lines, as the file has them, are joined by Read and split by Write.
	Data           map[string]json.RawMessage
	Metadata       map[string]json.RawMessage
	ExecutionCount int // of execute results; 0 stands for null

	// Of an error.
	EName     string
	EValue    string
	Traceback []string
}

// DataText returns the value of one MIME type where it is a string, as text and
// encoded pictures are. It reports false where the type is absent or its value
// is anything else.
func (o *Output) DataText(mime string) (string, bool) {
	var s *string
	if json.Unmarshal(o.Data[mime], &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}

// Tags returns a cell's tags.
func (c *Cell) Tags() []string {
	var tags []string
	if json.Unmarshal(c.Metadata["tags"], &tags) != nil {
		return nil // other tools' own
	}
	return tags
}

// HasTag reports whether a cell has a tag.
func (c *Cell) HasTag(tag string) bool { return slices.Contains(c.Tags(), tag) }

// Title returns the text of the first heading in a Markdown cell, as it was
// written there, or "" where the notebook has none.
func (nb *Notebook) Title() string {
	for _, c := range nb.Cells {
		if c.Type == Markdown {
			if t := firstHeading(c.Source); t != "" {
				return t
			}
		}
	}
	return ""
}

// firstHeading finds a line of one to six # and text outside fenced code, or a
// line of text underlined by = signs.
func firstHeading(source string) string {
	fence, above := "", ""
	for line := range strings.Lines(source) {
		line = strings.TrimRight(line, " \t\r\n")
		text := strings.TrimLeft(line, " ")
		indented := len(line)-len(text) > 3
		switch {
		case fence != "":
			if strings.HasPrefix(text, fence) && strings.Trim(text, fence[:1]) == "" {
				fence = ""
			}
			text = ""
		case indented:
			text = ""
		case strings.HasPrefix(text, "```"), strings.HasPrefix(text, "~~~"):
			fence = text[:len(text)-len(strings.TrimLeft(text, text[:1]))]
			text = ""
		case strings.HasPrefix(text, "#"):
			rest := strings.TrimLeft(text, "#")
			if level := len(text) - len(rest); level <= 6 && strings.HasPrefix(rest, " ") {
				if title := closingHashes(strings.TrimSpace(rest)); title != "" {
					return title
				}
				text = ""
			}
		case above != "" && text != "" && strings.Trim(text, "=") == "":
			return above
		}
		above = text
	}
	return ""
}

// closingHashes removes the optional run of # that ends a heading.
func closingHashes(s string) string {
	t := strings.TrimRight(s, "#")
	if t == "" || strings.HasSuffix(t, " ") {
		return strings.TrimSpace(t)
	}
	return s
}

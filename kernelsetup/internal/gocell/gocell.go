// Package gocell reads cells as GoNB does: declarations, which it keeps from cell
// to cell, the body of a program, which runs once, and lines that aren't Go.
package gocell

import "strings"

// A Special is a line that GoNB doesn't take for Go, with those that it goes on
// with.
type Special struct {
	Line int // from 1
	Text string
}

// Cell is a cell taken apart. Both parts have a line for each of the cell's, so
// that places in them are places in the cell.
type Cell struct {
	Declarations string
	Program      string // what follows %%
	HasProgram   bool
	Foreign      bool // the whole cell is for something else, such as %%bash
	Specials     []Special
}

// foreign are the magics that take the rest of their cell as input.
var foreign = map[string]bool{"%%bash": true, "%%sh": true, "%%script": true, "%%writefile": true, "%%gx": true}

// Word returns a special's first word.
func (s Special) Word() string {
	word, _, _ := strings.Cut(s.Text, " ")
	return word
}

// IsCommand reports whether a special runs a shell.
func (s Special) IsCommand() bool {
	w := s.Word()
	return s.Text[0] == '!' || s.Line == 1 && (w == "%%bash" || w == "%%sh" || w == "%%script")
}

// startsProgram reports whether what follows a special is the body of main.
func (s Special) startsProgram() bool { return s.Word() == "%%" || s.Word() == "%main" }

// Read takes a cell apart.
func Read(source string) Cell {
	var c Cell
	lines := strings.Split(source, "\n")
	declarations, program := make([]string, len(lines)), make([]string, len(lines))
	for i := 0; i < len(lines); i++ {
		text := strings.TrimPrefix(lines[i], "//gonb:")
		if len(text) < 2 || text[0] != '%' && text[0] != '!' {
			if c.HasProgram {
				program[i] = lines[i]
			} else {
				declarations[i] = lines[i]
			}
			continue
		}
		s := Special{i + 1, strings.TrimRight(text, " \t\r")}
		c.Specials = append(c.Specials, s)
		if i == 0 && foreign[s.Word()] {
			c.Foreign = true
			return c
		}
		c.HasProgram = c.HasProgram || s.startsProgram()
		for strings.HasSuffix(lines[i], `\`) && i+1 < len(lines) {
			i++
		}
	}
	c.Declarations, c.Program = strings.Join(declarations, "\n"), strings.Join(program, "\n")
	return c
}

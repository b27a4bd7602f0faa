package course

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gocell"
)

// A part is a cell of a program.
type part struct {
	name   string // of its file, and in errors
	source string
	main   bool // its program is the program
}

// assemble makes a Go program of cells: a file each, with the lines of the cell. Cells
// see each other's declarations and imports, as they do in GoNB; an import is added
// where the name of one is used, or of a package of the standard library that answers
// may import. The sheet's imports come from all of its cells.
func assemble(parts []part, sheet map[string]string) (map[string]string, error) {
	files := map[string]string{"guard.go": "package main\n\nimport _ \"" + guardPackage + "\"\n"}
	declared := make(map[string]bool)
	cells := make([]cell, len(parts))
	for i, p := range parts {
		c, err := takeApart(p)
		if err != nil {
			return nil, err
		}
		cells[i] = c
		for _, n := range c.names.Declares {
			declared[n] = true
		}
	}
	mains := 0
	for i, c := range cells {
		needed := make(map[string]bool)
		for _, u := range c.names.Uses {
			if !u.Package || declared[u.Name] {
				continue
			}
			spec := cmp.Or(c.imports[u.Name], sheet[u.Name])
			if spec == "" {
				spec = imported(u.Name, c.code.Declarations+c.code.Program)
			}
			if spec != "" {
				needed[spec] = true
			}
		}
		var b strings.Builder
		b.WriteString("package main;")
		for _, spec := range slices.Sorted(maps.Keys(needed)) {
			b.WriteString("import " + spec + ";")
		}
		b.WriteString(c.code.Declarations)
		b.WriteString("\n")
		files[parts[i].name+".go"] = b.String()
		if parts[i].main {
			mains++
			files[parts[i].name+".main.go"] = mainFile(b.String(), c, needed)
			files[parts[i].name+".go"] = "package main\n"
		}
	}
	if mains != 1 {
		return nil, fmt.Errorf("%d cells have the program, want one", mains)
	}
	return files, nil
}

// firstRand matches what the first math/rand has and the second hasn't.
var firstRand = regexp.MustCompile(`\brand\.(Intn|Int31n?|Int63n?|Seed|NewSource|Source64|Read)\b`)

// imported returns the import of the standard library that a name means, or "". As
// in GoNB, rand is the second one of its name if that has all that is used.
func imported(name, source string) string {
	switch {
	case name == "rand" && !firstRand.MatchString(source):
		return strconv.Quote("math/rand/v2")
	case std[name] != "":
		return strconv.Quote(std[name])
	}
	return ""
}

const guardPackage = "github.com/wasserwerk-go/wasserwerk/lib/course/guard"

// mainFile puts the program of a cell below its declarations, with its lines: those
// after %% stand where they stood.
func mainFile(declarations string, c cell, needed map[string]bool) string {
	lines := strings.Split(declarations, "\n")
	program := strings.Split(c.code.Program, "\n")
	for i, line := range program {
		for i >= len(lines) {
			lines = append(lines, "")
		}
		if i == c.programLine { // %% itself, where nothing stands but a first line's imports
			lines[i] += "func main() {"
		} else if i > c.programLine {
			lines[i] = line
		}
	}
	return strings.Join(lines, "\n") + "\n}\n"
}

// cell is a part taken apart.
type cell struct {
	code        gocell.Cell // its declarations without imports
	imports     map[string]string
	names       gocell.Names // without imports
	programLine int          // of the line %%, from 0
}

func takeApart(p part) (cell, error) {
	c := cell{code: gocell.Read(p.source), imports: make(map[string]string)}
	if c.code.Foreign {
		return c, fmt.Errorf("%s: it isn't Go", p.name)
	}
	for _, s := range c.code.Specials {
		if s.Word() != "%%" && s.Word() != "%main" {
			return c, fmt.Errorf("%s, line %d: %s is for the notebook, and graded programs don't have it", p.name, s.Line, s.Text)
		}
		c.programLine = s.Line - 1
	}
	if !p.main {
		c.code.Program, c.code.HasProgram = "", false
	} else if !c.code.HasProgram {
		return c, fmt.Errorf("%s: it has no line %%%%, below which its checks would stand", p.name)
	}
	const before = "package main;"
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", before+c.code.Declarations, parser.ImportsOnly)
	if err != nil {
		return c, fmt.Errorf("%s: it isn't Go", p.name)
	}
	text := []byte(c.code.Declarations)
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.IMPORT {
			continue
		}
		for i := fset.Position(g.Pos()).Offset - len(before); i < fset.Position(g.End()).Offset-len(before); i++ {
			if text[i] != '\n' {
				text[i] = ' '
			}
		}
	}
	c.code.Declarations = string(text)
	for _, s := range f.Imports {
		name := ""
		if s.Name != nil {
			name = s.Name.Name
		}
		p, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			continue
		}
		spec := strconv.Quote(p)
		if name != "" {
			spec = name + " " + spec
		}
		c.imports[cmp.Or(name, packageName(p))] = spec
	}
	c.names, err = c.code.Names()
	if err != nil {
		return c, fmt.Errorf("%s: %w", p.name, err)
	}
	return c, nil
}

// packageName guesses the name of a package by its path.
func packageName(p string) string {
	base := path.Base(p)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(p))
	}
	return base
}

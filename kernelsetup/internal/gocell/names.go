package gocell

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Names are what a cell gives and takes.
type Names struct {
	Declares []string // at top level, sorted; methods as Type.Method
	Uses     []Use    // of names from outside of it, in order, each once
}

// A Use is a name that a cell uses and doesn't declare.
type Use struct {
	Name    string
	Line    int
	Package bool // it stands before a dot, and may be a package's
}

// Names finds the names of a cell, without those of the language. Imports are
// declarations. The error is that of the parser.
func (c Cell) Names() (Names, error) {
	if c.Foreign {
		return Names{}, nil
	}
	f, err := c.parse()
	if err != nil {
		return Names{}, err
	}
	declared := make(map[string]bool)
	for _, name := range Declares(f.file) {
		declared[name] = true
	}
	u := uses{fset: f.fset, seen: make(map[string]bool), outer: declared}
	ast.Walk(scope{u: &u, names: make(map[string]bool)}, f.file)
	if f.main != nil {
		ast.Walk(scope{u: &u, names: make(map[string]bool)}, f.main)
	}
	names := Names{Uses: u.list}
	for name := range declared {
		names.Declares = append(names.Declares, name)
	}
	slices.Sort(names.Declares)
	return names, nil
}

type parsed struct {
	fset *token.FileSet
	file *ast.File
	main *ast.BlockStmt // nil without a program
}

// parse reads both parts. Each has its first line right behind what has to stand
// before it, so that lines keep their numbers.
func (c Cell) parse() (parsed, error) {
	p := parsed{fset: token.NewFileSet()}
	var err error
	if p.file, err = parser.ParseFile(p.fset, "cell", "package main;"+c.Declarations, parser.SkipObjectResolution); err != nil {
		return p, plainError(err)
	}
	if !c.HasProgram {
		return p, nil
	}
	main, err := parser.ParseFile(p.fset, "cell", "package main;func main() {"+c.Program+"\n}", parser.SkipObjectResolution)
	if err != nil {
		return p, plainError(err)
	}
	p.main = main.Decls[0].(*ast.FuncDecl).Body
	return p, nil
}

// plainError takes the made-up file's name out of a parser's error.
func plainError(err error) error {
	text, _, _ := strings.Cut(err.Error(), "\n")
	if place, rest, ok := strings.Cut(strings.TrimPrefix(text, "cell:"), ": "); ok {
		line, _, _ := strings.Cut(place, ":")
		return fmt.Errorf("line %s: %s", line, rest)
	}
	return err
}

// Declares returns the names that a file declares at top level, imports too, in its
// order.
func Declares(f *ast.File) (names []string) {
	for _, d := range f.Decls {
		names = append(names, declares(d)...)
	}
	return names
}

// declares returns the names that a declaration gives.
func declares(d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil && len(d.Recv.List) == 1 {
			return []string{receiver(d.Recv.List[0].Type) + "." + d.Name.Name}
		}
		return []string{d.Name.Name}
	case *ast.GenDecl:
		var names []string
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			case *ast.ImportSpec:
				names = append(names, importName(s))
			}
		}
		return names
	}
	return nil
}

func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return "?"
}

// importName is the name that an import gives: its own, or the last element of its
// path that isn't a version.
func importName(s *ast.ImportSpec) string {
	if s.Name != nil {
		return s.Name.Name
	}
	p, err := strconv.Unquote(s.Path.Value)
	if err != nil {
		return s.Path.Value
	}
	base := path.Base(p)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(p))
	}
	return base
}

// uses gathers names that nothing in the cell declares.
type uses struct {
	fset  *token.FileSet
	outer map[string]bool
	seen  map[string]bool
	list  []Use
}

func (u *uses) add(id *ast.Ident, pkg bool) {
	name := id.Name
	if name == "_" || u.outer[name] || u.seen[name] || universe[name] {
		return
	}
	u.seen[name] = true
	u.list = append(u.list, Use{name, u.fset.Position(id.Pos()).Line, pkg})
}

// universe are the names that Go declares itself.
var universe = map[string]bool{}

func init() {
	for name := range strings.FieldsSeq(`any append bool byte cap clear close comparable complex complex128 complex64 copy
		delete error false float32 float64 imag int int16 int32 int64 int8 iota len make max min new nil panic print println
		real recover rune string true uint uint16 uint32 uint64 uint8 uintptr`) {
		universe[name] = true
	}
}

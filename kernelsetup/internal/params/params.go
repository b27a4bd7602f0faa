// Package params gives a notebook other parameters, as papermill does: they are
// declared with their defaults in one cell with the tag parameters, and what is
// asked for stands in a cell with the tag injected-parameters right behind it.
//
// It is stricter than papermill. A name that the cell doesn't declare, and a value
// that isn't of the declared type, are errors: a misspelt name that changes nothing
// is worse than none.
package params

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gocell"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/plaintext"
)

// The tags of the two cells, which are papermill's.
const (
	Tag         = "parameters"
	InjectedTag = "injected-parameters"
)

// A Param is a parameter as its notebook declares it.
type Param struct {
	Name    string
	Type    string // as in Go
	Default string // Go source
	Keyword string // var or const
}

// An Assignment is a parameter's name and the value that it is given, as text.
type Assignment struct{ Name, Value string }

// Parse reads name=value.
func Parse(s string) (Assignment, error) {
	name, value, ok := strings.Cut(s, "=")
	if !ok || !token.IsIdentifier(name) {
		return Assignment{}, fmt.Errorf("the parameter %q isn't of the form name=value", s)
	}
	return Assignment{name, value}, nil
}

// Declared returns the parameters of a notebook, and the index of the cell that
// declares them, -1 if none does.
func Declared(nb *nbformat.Notebook) ([]Param, int, error) {
	at := -1
	for i, c := range nb.Cells {
		if c.Type != nbformat.Code || !c.HasTag(Tag) {
			continue
		}
		if at >= 0 {
			return nil, -1, fmt.Errorf("cells %d and %d both have the tag %s", at+1, i+1, Tag)
		}
		at = i
	}
	if at < 0 {
		return nil, -1, nil
	}
	list, err := read(nb.Cells[at].Source)
	if err != nil {
		return nil, -1, fmt.Errorf("cell %d, which declares parameters: %w", at+1, err)
	}
	return list, at, nil
}

// read returns the parameters that a cell declares.
func read(source string) ([]Param, error) {
	c := gocell.Read(source)
	f, err := parser.ParseFile(token.NewFileSet(), "", "package p;"+c.Declarations, parser.SkipObjectResolution)
	if err != nil {
		_, text, _ := strings.Cut(err.Error(), ": ")
		return nil, fmt.Errorf("it isn't Go: %s", plaintext.Line(text))
	}
	var list []Param
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR && g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			for i, name := range v.Names {
				p := Param{Name: name.Name, Keyword: g.Tok.String()}
				if len(v.Values) == len(v.Names) {
					p.Default = text(v.Values[i])
					p.Type = literalType(v.Values[i])
				}
				if v.Type != nil {
					p.Type = text(v.Type)
				}
				list = append(list, p)
			}
		}
	}
	return list, nil
}

// text writes an expression.
func text(e ast.Expr) string {
	var b strings.Builder
	_ = printer.Fprint(&b, token.NewFileSet(), e) // a Builder gives no errors
	return b.String()
}

// units are the durations that have names.
var units = map[string]string{
	"time.Nanosecond": "ns", "time.Microsecond": "us", "time.Millisecond": "ms", "time.Second": "s", "time.Minute": "m", "time.Hour": "h",
}

// literalType is the type that a variable gets from a literal, "" if that can't be
// told from the source.
func literalType(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		return map[token.Token]string{token.INT: "int", token.FLOAT: "float64", token.STRING: "string", token.CHAR: "rune"}[e.Kind]
	case *ast.Ident:
		if e.Name == "true" || e.Name == "false" {
			return "bool"
		}
	case *ast.UnaryExpr:
		if e.Op == token.SUB || e.Op == token.ADD {
			return literalType(e.X)
		}
	case *ast.BinaryExpr:
		if x, y := literalType(e.X), literalType(e.Y); x == y || y == "int" {
			return x
		} else if x == "int" {
			return y
		}
	case *ast.SelectorExpr: // time.Second
		if _, err := time.ParseDuration("1" + units[text(e)]); err == nil {
			return "time.Duration"
		}
	case *ast.ParenExpr:
		return literalType(e.X)
	case *ast.CompositeLit:
		return text(e.Type)
	case *ast.CallExpr: // uint64(7)
		if len(e.Args) == 1 {
			return text(e.Fun)
		}
	}
	return ""
}

// Inject puts a cell with the given parameters behind the one that declares them,
// in the place of one that did so before. Without assignments, and if there is an
// error, it changes nothing.
func Inject(nb *nbformat.Notebook, list []Assignment) error {
	if len(list) == 0 {
		return nil
	}
	declared, at, err := Declared(nb)
	if err != nil {
		return err
	}
	if at < 0 {
		return fmt.Errorf("it has no cell with the tag %s, so it takes no parameters", Tag)
	}
	source, err := assign(declared, list)
	if err != nil {
		return err
	}
	nb.Cells = slices.DeleteFunc(nb.Cells, func(c *nbformat.Cell) bool { return c.HasTag(InjectedTag) })
	at = slices.IndexFunc(nb.Cells, func(c *nbformat.Cell) bool { return c.Type == nbformat.Code && c.HasTag(Tag) })
	nb.Cells = slices.Insert(nb.Cells, at+1, &nbformat.Cell{
		ID: freeID(nb), Type: nbformat.Code, Source: source,
		Metadata: map[string]json.RawMessage{"tags": json.RawMessage(`["` + InjectedTag + `"]`)},
	})
	return nil
}

// freeID returns the injected cell's id, which a cell of another kind may have.
func freeID(nb *nbformat.Notebook) string {
	id := InjectedTag
	for slices.ContainsFunc(nb.Cells, func(c *nbformat.Cell) bool { return c.ID == id }) {
		id += "-2"
	}
	return id
}

// assign writes the cell that declares parameters anew.
func assign(declared []Param, list []Assignment) (string, error) {
	var b strings.Builder
	b.WriteString("// Parameters of this run.\n")
	seen := make(map[string]bool)
	for _, a := range list {
		if seen[a.Name] {
			return "", fmt.Errorf("the parameter %s is given twice", a.Name)
		}
		seen[a.Name] = true
		i := slices.IndexFunc(declared, func(p Param) bool { return p.Name == a.Name })
		if i < 0 {
			return "", fmt.Errorf("there is no parameter %s; there are %s", a.Name, names(declared))
		}
		p := declared[i]
		value, err := literal(p.Type, a.Value)
		if err != nil {
			return "", fmt.Errorf("the parameter %s: %w", a.Name, err)
		}
		fmt.Fprintf(&b, "%s %s %s = %s\n", p.Keyword, p.Name, p.Type, value)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// names lists parameters with their types.
func names(list []Param) string {
	var s []string
	for _, p := range list {
		s = append(s, strings.TrimSpace(p.Name+" "+p.Type))
	}
	return strings.Join(s, ", ")
}

// givable matches types whose values can be given.
var givable = regexp.MustCompile(`^(?:\[\])*(?:string|bool|float64|float32|u?int(?:8|16|32|64)?|byte|rune|time\.Duration)$`)

// literal writes a value of a type in Go, and refuses what isn't one.
func literal(typ, value string) (string, error) {
	refuse := func() error { return fmt.Errorf("%q isn't a %s", value, typ) }
	switch {
	case typ == "":
		return "", errors.New("its type can't be told from the cell that declares it; write it there, as in var x float64 = f()")
	case !givable.MatchString(typ):
		return "", fmt.Errorf("values of type %s can't be given: numbers, strings, booleans, durations and lists of them can", plaintext.Line(typ))
	}
	if elem, ok := strings.CutPrefix(typ, "[]"); ok {
		var parts []string
		if strings.TrimSpace(value) != "" {
			for _, v := range strings.Split(value, ",") {
				l, err := literal(elem, strings.TrimSpace(v))
				if err != nil {
					return "", err
				}
				parts = append(parts, l)
			}
		}
		return typ + "{" + strings.Join(parts, ", ") + "}", nil
	}
	switch typ {
	case "string":
		return strconv.Quote(value), nil
	case "bool":
		if value != "true" && value != "false" {
			return "", refuse()
		}
		return value, nil
	case "float64", "float32":
		bits, _ := strconv.Atoi(typ[len("float"):])
		v, err := strconv.ParseFloat(value, bits)
		if err != nil || v != v || v-v != 0 { // NaN and infinities have no literals
			return "", refuse()
		}
		return strconv.FormatFloat(v, 'g', -1, bits), nil
	case "int", "int8", "int16", "int32", "int64", "rune":
		v, err := strconv.ParseInt(value, 0, width(typ))
		if err != nil {
			return "", refuse()
		}
		return strconv.FormatInt(v, 10), nil
	case "uint", "uint8", "uint16", "uint32", "uint64", "byte":
		v, err := strconv.ParseUint(value, 0, width(typ))
		if err != nil {
			return "", refuse()
		}
		return strconv.FormatUint(v, 10), nil
	}
	d, err := time.ParseDuration(value)
	if err != nil {
		return "", refuse()
	}
	return strconv.FormatInt(int64(d), 10), nil
}

// width is the size of an integer in bits.
func width(typ string) int {
	switch typ {
	case "byte":
		return 8
	case "rune":
		return 32
	}
	if n, err := strconv.Atoi(strings.TrimLeft(typ, "uint")); err == nil {
		return n
	}
	return strconv.IntSize
}

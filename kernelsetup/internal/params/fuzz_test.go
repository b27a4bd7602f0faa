package params

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// injected returns the values that a cell's source declares, by name. It must hold
// declarations of the given parameters, one each, of literals, and nothing else: a
// value that is more than a value would be a program.
func injected(t *testing.T, source string) map[string]ast.Expr {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%v in %q", err, source)
	}
	values := make(map[string]ast.Expr)
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || len(g.Specs) != 1 || g.Tok != token.VAR && g.Tok != token.CONST {
			t.Fatalf("not one declaration: %q", source)
		}
		spec := g.Specs[0].(*ast.ValueSpec)
		if len(spec.Names) != 1 || len(spec.Values) != 1 || values[spec.Names[0].Name] != nil {
			t.Fatalf("not one value: %q", source)
		}
		ast.Inspect(spec.Values[0], func(n ast.Node) bool {
			switch n.(type) {
			case *ast.CallExpr, *ast.FuncLit, *ast.IndexExpr, *ast.SelectorExpr:
				// An element's type may be qualified, as in []time.Duration.
				if s, ok := n.(*ast.SelectorExpr); !ok || text(s) != "time.Duration" {
					t.Fatalf("more than a literal: %q", source)
				}
			}
			return true
		})
		values[spec.Names[0].Name] = spec.Values[0]
	}
	if strings.Count(source, "//") > strings.Count(strings.Join(quotes(values), ""), "//")+1 {
		t.Fatalf("a comment: %q", source)
	}
	return values
}

// quotes returns the strings among values, as they are written.
func quotes(values map[string]ast.Expr) []string {
	var list []string
	for _, v := range values {
		ast.Inspect(v, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				list = append(list, l.Value)
			}
			return true
		})
	}
	return list
}

const declarations = "var s = \"\"\nvar f = 0.0\nvar i8 int8 = 0\nvar u uint64 = 0\nvar r rune = 'x'\nvar b = false\nvar d = time.Second\nvar ss []string\nvar fs []float64\nvar ds []time.Duration\nconst c = 1\n"

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"s=a", "s=", "s=\"); os.Exit(1); (\"", "s=`\n!rm -rf /\n%%\n", "s=\x00\xff\\", "s=\u2028\u0085", "f=1e308", "f=0x1p-1074", "f=1_0", "f=-0", "f=+Inf", "i8=-0x80", "i8=0b1", "u=0o17", "r='x'", "b=true", "d=-1h1ns",
		"ss=a,b\",c", "ss=,", "fs=1,2 ,-3", "ds=1s,2m", "c=3", "c=1\nfunc init() {}", "=", "a", "", "==", "π=1", "f =1", "f= 1", "_=1", "var=1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Fatalf("not one plain line: %q", err)
			}
			return
		}
		if a.Name+"="+a.Value != s {
			t.Fatalf("%q became %q and %q", s, a.Name, a.Value)
		}
		nb := notebook(Tag)
		nb.Cells[0].Source = declarations
		if err := Inject(nb, []Assignment{a}); err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") || len(nb.Cells) != 2 {
				t.Fatalf("not one plain line, or a changed notebook: %q", err)
			}
			return
		}
		source := nb.Cells[1].Source
		for line := range strings.Lines(source) {
			if strings.HasPrefix(line, "%") || strings.HasPrefix(line, "!") || strings.HasPrefix(line, "//gonb:") {
				t.Fatalf("a line that isn't Go to GoNB: %q", source)
			}
		}
		values := injected(t, source)
		v := values[a.Name]
		if len(values) != 1 || v == nil {
			t.Fatalf("%q gives %q", s, source)
		}
		// What the literal means is what was given.
		switch a.Name {
		case "s":
			if got, err := strconv.Unquote(text(v)); err != nil || got != a.Value {
				t.Fatalf("%q became %q (%v)", a.Value, got, err)
			}
		case "f":
			want, err := strconv.ParseFloat(a.Value, 64)
			if got, goterr := strconv.ParseFloat(text(v), 64); err != nil || goterr != nil || got != want || math.IsInf(got, 0) {
				t.Fatalf("%q became %s", a.Value, text(v))
			}
		case "d":
			want, err := time.ParseDuration(a.Value)
			if text(v) != strconv.FormatInt(int64(want), 10) || err != nil {
				t.Fatalf("%q became %s", a.Value, text(v))
			}
		}
	})
}

// The cell that declares parameters may hold anything that is Go, or isn't.
func FuzzDeclared(f *testing.F) {
	for _, s := range []string{
		declarations, cell, "var x, y = 1, 2", "var (\n\ta int\n)", "const (\n\tA = iota\n\tB\n)", "var f = func() {}", "var x = f(1)", "var s struct{ a int }", "type T int\nvar t T = 1",
		"%%\nx := 1", "!ls\nvar x = 1", "var x = []func(){}", "var x = map[string]int{}", "var x = (((1)))", "var x = -+1", "var x = 1 + 2.5", "var x = \"a\" + \"b\"", "var _ = 1", "import \"time\"", "var x = ", "\x00", "}{", "`\n`",
	} {
		f.Add(s, "1")
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, source, value string) {
		nb := &nbformat.Notebook{Cells: []*nbformat.Cell{notebook(Tag).Cells[0]}}
		nb.Cells[0].Source = source
		list, at, err := Declared(nb)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Fatalf("not one plain line: %q", err)
			}
			return
		}
		if at != 0 {
			t.Fatalf("the cell is number %d", at)
		}
		for _, p := range list {
			copied := &nbformat.Notebook{Cells: nb.Cells[:1:1]}
			if err := Inject(copied, []Assignment{{p.Name, value}}); err == nil {
				injected(t, copied.Cells[1].Source)
			} else if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Fatalf("not one plain line: %q", err)
			}
		}
	})
}

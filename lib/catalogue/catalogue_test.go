package catalogue

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// Every relation holds in its instance, and fails without its hypothesis.
func TestRelations(t *testing.T) {
	seen := make(map[string]bool)
	for _, e := range Relations() {
		t.Run(e.Name, func(t *testing.T) {
			if seen[e.Name] || e.Statement == "" || e.Given == "" || e.Tight == "" {
				t.Errorf("incomplete or twice: %+v", e)
			}
			seen[e.Name] = true
			q, err := e.Holds(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if v := q.Check(5); v != relation.Holds {
				t.Errorf("%v: %v", q, v)
			}
			if _, err := Resolve(e.Ref); err != nil {
				t.Error(err)
			}
			if (e.Fails == nil) != (e.Spoilt == "") {
				t.Fatal("only one of Spoilt and Fails")
			}
			if e.Fails == nil {
				return
			}
			if q, err = e.Fails(context.Background()); err != nil {
				t.Fatal(err)
			}
			if v := q.Check(5); v != relation.Violated {
				t.Errorf("where %s: %v is %v, want violated", e.Spoilt, q, v)
			}
		})
	}
}

// What the catalogue names is there: functions in the library, notebooks in
// their folder.
func TestNamesAreThere(t *testing.T) {
	type pair struct{ function, notebook string }
	var all []pair
	for _, e := range Relations() {
		all = append(all, pair{e.Function, e.Notebook})
	}
	for _, e := range Equations() {
		if !equation.MatchString(e.Numbers) {
			t.Errorf("%q aren't equation numbers", e.Numbers)
		}
		all = append(all, pair{e.Function, e.Notebook})
	}
	for _, p := range all {
		if _, err := os.Stat(filepath.Join("..", "..", "notebooks", p.notebook+".ipynb")); err != nil {
			t.Error(err)
		}
		pkg, name, _ := strings.Cut(p.function, ".")
		if !exported(t, pkg)[name] {
			t.Errorf("%s isn't in the library", p.function)
		}
	}
}

var packages = make(map[string]map[string]bool)

// exported returns the names that a package declares: Func, Type, Type.Method.
func exported(t *testing.T, pkg string) map[string]bool {
	t.Helper()
	if packages[pkg] != nil {
		return packages[pkg]
	}
	names := make(map[string]bool)
	files, err := filepath.Glob(filepath.Join("..", pkg, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name := d.Name.Name
				if d.Recv != nil {
					recv := d.Recv.List[0].Type
					if star, ok := recv.(*ast.StarExpr); ok {
						recv = star.X
					}
					if id, ok := recv.(*ast.Ident); ok {
						name = id.Name + "." + name
					}
				}
				names[name] = true
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok {
						names[s.Name.Name] = true
					}
				}
			}
		}
	}
	packages[pkg] = names
	return names
}

var refs = regexp.MustCompile(`\b(?:Ref:\s*|const ref = )("[^"]*")`)

// Every Ref that the library or a notebook has leads to a source.
func TestEveryRefResolves(t *testing.T) {
	found := 0
	look := func(name, text string) {
		for _, m := range refs.FindAllStringSubmatch(text, -1) {
			ref, err := strconv.Unquote(m[1])
			if err != nil {
				t.Fatal(err)
			}
			found++
			if _, err := ResolveAll(ref); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := os.ReadFile(name)
		look(name, string(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	notebooks, _ := filepath.Glob(filepath.Join("..", "..", "notebooks", "*.ipynb"))
	for _, name := range notebooks {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		look(name, strings.ReplaceAll(string(data), `\"`, `"`))
	}
	if found < 30 {
		t.Errorf("only %d found", found)
	}
	for _, bad := range []string{"", "(x)", "Nobody 1999", "(77); Nobody 1999", "(77) of a paper"} {
		if _, err := ResolveAll(bad); err == nil {
			t.Errorf("%q resolves", bad)
		}
	}
}

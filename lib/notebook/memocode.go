package notebook

import (
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// reachable returns the source, without comments, of the declarations of a
// program that one of them may use: it follows names, so it may take too many,
// never too few. Methods go with their types.
func reachable(file, name string) (string, error) {
	fset := token.NewFileSet()
	decls := make(map[string][]ast.Node)
	dir := filepath.Dir(file)
	files, err := fs.Glob(os.DirFS(dir), "*.go")
	if err != nil {
		return "", err
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") && !testingMemo {
			continue
		}
		f, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return "", err
		}
		for _, d := range f.Decls {
			for _, name := range declares(d) {
				decls[name] = append(decls[name], d)
			}
		}
	}
	if len(decls[name]) == 0 {
		return "", fmt.Errorf("the declaration of %s isn't in %s", name, file)
	}
	seen := make(map[ast.Node]bool)
	var code []string
	todo := decls[name]
	for len(todo) > 0 {
		d := todo[0]
		todo = todo[1:]
		if seen[d] {
			continue
		}
		seen[d] = true
		var b strings.Builder
		if err := printer.Fprint(&b, fset, d); err != nil {
			return "", err
		}
		code = append(code, b.String())
		ast.Inspect(d, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				todo = append(todo, decls[id.Name]...)
			}
			return true
		})
	}
	slices.Sort(code)
	return strings.Join(code, "\n"), nil
}

// testingMemo lets the tests of Memo memoise functions of their own.
var testingMemo bool

// declares returns the names that a declaration gives, those of methods' types
// among them.
func declares(d ast.Decl) []string {
	var names []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				names = append(names, id.Name)
			}
			return true
		})
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}

// librarySum is the checksum of the library's sources and of what it is built
// with.
var librarySum = sync.OnceValues(func() (string, error) {
	_, here, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(here) {
		return "", fmt.Errorf("the library was built without the paths of its sources")
	}
	root := filepath.Join(filepath.Dir(here), "..", "..")
	h := sha256.New()
	add := func(name string) error {
		data, err := os.ReadFile(name)
		if err == nil {
			fmt.Fprintf(h, "%s %d\n", filepath.ToSlash(strings.TrimPrefix(name, root)), len(data))
			h.Write(data)
		}
		return err
	}
	if err := add(filepath.Join(root, "go.mod")); err != nil {
		return "", err
	}
	for _, dir := range []string{"lib", "data"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "testdata":
				return fs.SkipDir
			case d.IsDir(), strings.HasSuffix(name, "_test.go"), !strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, ".s") && dir == "lib":
				return nil
			}
			return add(name)
		})
		if err != nil {
			return "", err
		}
	}
	return string(h.Sum(nil)), nil
})

package house

import (
	"errors"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestFloors reads the imports of every file, whatever system it is for.
func TestFloors(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(mod), "module "+module+"\n") {
		t.Fatalf("%s is not the root of %s", root, module)
	}
	pkgs, err := read(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"lib/rng", "lib/internal/par"} {
		if !slices.ContainsFunc(pkgs, func(p pkg) bool { return p.path == want }) {
			t.Errorf("%s is not among the %d packages found", want, len(pkgs))
		}
	}
	for _, line := range broken(pkgs) {
		t.Error(line)
	}
}

// read returns the packages of a module with the imports of their files, tests
// and generators aside. It passes over nested modules.
func read(fsys fs.FS) ([]pkg, error) {
	imports := make(map[string][]string)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return enter(fsys, name)
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		found, err := importsOf(name, src)
		dir := path.Dir(name)
		imports[dir] = append(imports[dir], found...)
		return err
	})
	if err != nil {
		return nil, err
	}
	var pkgs []pkg
	for dir, list := range imports {
		slices.Sort(list)
		pkgs = append(pkgs, pkg{dir, slices.Compact(list)})
	}
	slices.SortFunc(pkgs, func(a, b pkg) int { return strings.Compare(a.path, b.path) })
	return pkgs, nil
}

// enter returns fs.SkipDir for folders that the go command passes over.
func enter(fsys fs.FS, dir string) error {
	base := path.Base(dir)
	if dir == "." {
		return nil
	}
	if base == "testdata" || base == "vendor" || base[0] == '.' || base[0] == '_' {
		return fs.SkipDir
	}
	switch _, err := fs.Stat(fsys, path.Join(dir, "go.mod")); {
	case err == nil:
		return fs.SkipDir
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return nil
}

func importsOf(name string, src []byte) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return nil, err
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if expr, err := constraint.Parse(c.Text); err == nil && expr.String() == "ignore" && c.Pos() < file.Package {
				return nil, nil
			}
		}
	}
	var list []string
	for _, spec := range file.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		list = append(list, imp)
	}
	return list, nil
}

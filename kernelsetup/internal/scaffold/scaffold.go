// Package scaffold makes a project: a module of its own that requires the library,
// with a notebook to begin with, that somebody who has nothing but Go runs again by
// one command.
package scaffold

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/atomicfile"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// A Library is where a project has the library from.
type Library struct {
	Root    string   // of its source
	Version string   // published, or "": then the project refers to Root
	Sums    []string // lines of go.sum for a published version
}

// Tools are the programs that a project's go.mod names: they run as go tool NAME.
var tools = []string{"github.com/janpfeifer/gonb", gotool.Module + "/kernelsetup", "golang.org/x/tools/cmd/goimports"}

// A Notebook begins a project in the place of the one that New makes.
type Notebook struct {
	File     string // its name
	Notebook *nbformat.Notebook
	Require  []module.Version // what it needs beside the library
	Sums     []string         // lines of go.sum
}

// New makes a project in dir, which must not exist or be empty. It begins with first,
// if that isn't nil.
func New(dir, modulePath string, lib Library, first *Notebook) error {
	if err := module.CheckImportPath(modulePath); err != nil {
		return fmt.Errorf("the module's name: %w", err)
	}
	if modulePath == gotool.Module || strings.HasPrefix(modulePath, gotool.Module+"/") {
		return fmt.Errorf("the module's name %s is the library's", modulePath)
	}
	entries, err := os.ReadDir(dir)
	switch {
	case err == nil && len(entries) > 0:
		return fmt.Errorf("%s isn't empty", dir)
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return err
	}
	p := gotool.Project{Root: dir, Module: modulePath}
	if first == nil {
		if first, err = starter(lib); err != nil {
			return err
		}
	}
	goMod, err := mod(dir, modulePath, lib, first.Require)
	if err != nil {
		return err
	}
	sums := slices.Concat(first.Sums, lib.Sums)
	slices.Sort(sums)
	if err := adopt(first.Notebook, p); err != nil {
		return err
	}
	var nb bytes.Buffer
	if err := first.Notebook.Write(&nb); err != nil {
		return err
	}
	readme, err := readmeText(p, lib)
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{
		"go.mod": goMod, "go.sum": []byte(strings.Join(slices.Compact(sums), "\n") + "\n"), "README.md": readme,
		".gitignore": []byte("/.build/\n"), "notebooks/" + first.File: nb.Bytes(),
	} {
		if err := atomicfile.Write(filepath.Join(dir, filepath.FromSlash(name)), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// mod writes go.mod: the library at its version, and what else is required.
func mod(dir, modulePath string, lib Library, require []module.Version) ([]byte, error) {
	its, err := goMod(lib)
	if err != nil {
		return nil, err
	}
	f := new(modfile.File)
	version := lib.Version
	if version == "" {
		version = "v0.0.0"
	}
	if err := errors.Join(f.AddModuleStmt(modulePath), f.AddGoStmt(its.Go.Version)); err != nil {
		return nil, err
	}
	for _, t := range tools {
		if err := f.AddTool(t); err != nil {
			return nil, err
		}
	}
	f.AddNewRequire(gotool.Module, version, false)
	for _, r := range require {
		f.AddNewRequire(r.Path, r.Version, true)
	}
	if lib.Version == "" {
		rel, err := relative(dir, lib.Root)
		if err != nil {
			return nil, err
		}
		if err := f.AddReplace(gotool.Module, "", rel, ""); err != nil {
			return nil, err
		}
	}
	f.Cleanup()
	f.SortBlocks()
	return f.Format()
}

// goMod reads that of the library.
func goMod(lib Library) (*modfile.File, error) {
	file := filepath.Join(lib.Root, "go.mod")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(file, data, nil)
}

// relative returns the way from one folder to another: a path that begins at the
// root of this machine's files would lead nowhere on another.
func relative(from, to string) (string, error) {
	from, err := filepath.Abs(from)
	if err != nil {
		return "", err
	}
	if to, err = filepath.Abs(to); err != nil {
		return "", err
	}
	if in, err := filepath.Rel(to, from); err == nil && filepath.IsLocal(in) {
		return "", fmt.Errorf("%s lies in the checkout %s: make the project outside of it", from, to)
	}
	rel, err := filepath.Rel(from, to)
	if err != nil {
		return "", fmt.Errorf("there is no relative path from %s to %s; make the project on the same drive", from, to)
	}
	if rel = filepath.ToSlash(rel); !strings.HasPrefix(rel, ".") {
		rel = "./" + rel
	}
	return rel, nil
}

//go:embed readme.tmpl
var readmeTemplate string

func readmeText(p gotool.Project, lib Library) ([]byte, error) {
	t, err := template.New("readme").Parse(readmeTemplate)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		Name, Library string
		Published     bool
	}{path.Base(p.Module), gotool.Module, lib.Version != ""})
	return b.Bytes(), err
}

// starter returns a notebook to begin with, which needs what the library was tested
// with.
func starter(lib Library) (*Notebook, error) {
	its, err := goMod(lib)
	if err != nil {
		return nil, err
	}
	sums, err := os.ReadFile(filepath.Join(lib.Root, "go.sum"))
	if err != nil {
		return nil, err
	}
	first := &Notebook{
		File: "01-start.ipynb", Sums: strings.Split(strings.TrimSpace(string(sums)), "\n"),
		Notebook: &nbformat.Notebook{Metadata: map[string]json.RawMessage{
			"language_info": json.RawMessage(`{"file_extension":".go","mimetype":"text/x-go","name":"go"}`),
		}},
	}
	for _, r := range its.Require {
		first.Require = append(first.Require, r.Mod)
	}
	for _, c := range cells {
		cell := &nbformat.Cell{ID: c.id, Type: c.kind, Source: c.source}
		if c.tag != "" {
			cell.Metadata = map[string]json.RawMessage{"tags": json.RawMessage(`["` + c.tag + `"]`)}
		}
		first.Notebook.Cells = append(first.Notebook.Cells, cell)
	}
	return first, nil
}

// adopt makes the project's kernel that of a notebook.
func adopt(nb *nbformat.Notebook, p gotool.Project) error {
	spec, err := json.Marshal(map[string]string{"display_name": "Go (" + strings.TrimPrefix(p.Kernel(), "gonb-") + ")", "language": "go", "name": p.Kernel()})
	if err != nil {
		return err
	}
	if nb.Metadata == nil {
		nb.Metadata = make(map[string]json.RawMessage)
	}
	nb.Metadata["kernelspec"] = spec
	return nil
}

// cells are those of the first notebook.
var cells = []struct {
	id   string
	kind nbformat.CellType
	tag  string

	source string
}{
	{"title", nbformat.Markdown, "", "# What does this schedule cost?\n\nTwo modes are noised, and the cost is set against the least that any schedule needs between the same ends. Change the parameters here, or from outside: `go tool kernelsetup run 01-start -p width=0.2`."},
	{"parameters", nbformat.Code, "parameters", "var width = 0.4         // of each mode\nvar seed uint64 = 2026 // of everything random"},
	{"imports", nbformat.Code, "", "import (\n\t\"github.com/janpfeifer/must\"\n\n\t\"github.com/wasserwerk-go/wasserwerk/lib/bounds\"\n\t\"github.com/wasserwerk-go/wasserwerk/lib/diffusion\"\n\t\"github.com/wasserwerk-go/wasserwerk/lib/figure\"\n\t\"github.com/wasserwerk-go/wasserwerk/lib/measure\"\n\t\"github.com/wasserwerk-go/wasserwerk/lib/notebook\"\n)\n\nfunc data() *measure.Mixture { return measure.Bimodal(0.9, width) }\n\nfunc report() *bounds.Report {\n\tf := diffusion.Noising(data(), diffusion.Cosine{}).Flow\n\treturn must.M1(bounds.SpeedAccuracy(notebook.Context(), f, measure.Normal(1, 1), bounds.Options{}))\n}"},
	{"relations", nbformat.Code, "", "%%\nnotebook.Show(report().Relations())"},
	{"picture", nbformat.Code, "", "%%\nnotebook.Show(figure.SpeedAccuracy(report()))"},
}

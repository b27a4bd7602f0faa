package command

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/scaffold"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/stamp"
)

type newCmd struct {
	Dir    string `arg:"" help:"Folder of the project, which it makes."`
	Module string `placeholder:"PATH" help:"Name of its module; by default example.org/ and the folder's name."`
	From   string `placeholder:"FILE" help:"A notebook to begin with, with the modules that it names: share writes them into it."`
}

// Run makes a project.
func (c *newCmd) Run(a *app) error {
	tc, err := a.toolchain()
	if err != nil {
		return err
	}
	lib, err := a.library(tc)
	if err != nil {
		return err
	}
	name := c.Module
	if name == "" {
		abs, err := filepath.Abs(c.Dir)
		if err != nil {
			return err
		}
		name = "example.org/" + strings.Join(strings.Fields(strings.ToLower(filepath.Base(abs))), "-")
	}
	first, err := c.first(&lib)
	if err != nil {
		return fmt.Errorf("new: %w", err)
	}
	if err := scaffold.New(c.Dir, name, lib, first); err != nil {
		return fmt.Errorf("new: %w", err)
	}
	a.sayf("%s is there. Next:\n\n    cd %s\n    go tool kernelsetup\n", c.Dir, c.Dir)
	if lib.Version == "" {
		a.sayf("This checkout of wasserwerk has no published version: the project refers to it by a relative path, and whoever gets the one needs the other.")
	}
	return nil
}

// first reads the notebook to begin with. The library is then of the version that
// it was written with, if that was published.
func (c *newCmd) first(lib *scaffold.Library) (*scaffold.Notebook, error) {
	if c.From == "" {
		return nil, nil
	}
	nb, err := nbformat.ReadFile(c.From)
	if err != nil {
		return nil, err
	}
	lock, ok := stamp.ReadLock(nb)
	if !ok {
		return nil, fmt.Errorf("%s doesn't say what modules it needs: in its project, kernelsetup share %s", c.From, filepath.Base(c.From))
	}
	require, err := lock.Modules()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.From, err)
	}
	if lock.Library != "" {
		lib.Version = lock.Library
	}
	return &scaffold.Notebook{File: filepath.Base(c.From), Notebook: nb, Require: require, Sums: lock.Sums}, nil
}

// library says where the library is: a checkout, or a published version in the
// module cache.
func (a *app) library(tc *gotool.Toolchain) (scaffold.Library, error) {
	out, err := tc.Run(a.ctx, a.repo, nil, "list", "-m", "-json", gotool.Module)
	if err != nil {
		return scaffold.Library{}, err
	}
	type mod struct {
		Dir, Version string
		Replace      *struct{ Dir string }
	}
	var m mod
	if err := json.Unmarshal([]byte(out), &m); err != nil {
		return scaffold.Library{}, err
	}
	lib := scaffold.Library{Root: m.Dir}
	if m.Replace != nil && m.Replace.Dir != "" {
		lib.Root = m.Replace.Dir
		return lib, nil
	}
	if rel, err := filepath.Rel(tc.ModCache, m.Dir); err != nil || !filepath.IsLocal(rel) {
		return lib, nil
	}
	// The folder in the module cache ends with the version.
	_, lib.Version, _ = strings.Cut(filepath.Base(m.Dir), "@")
	out, err = tc.Run(a.ctx, a.repo, nil, "mod", "download", "-json", gotool.Module+"@"+lib.Version)
	if err != nil {
		return lib, err
	}
	var d struct{ Sum, GoModSum string }
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		return lib, err
	}
	lib.Sums = []string{
		fmt.Sprintf("%s %s %s", gotool.Module, lib.Version, d.Sum),
		fmt.Sprintf("%s %s/go.mod %s", gotool.Module, lib.Version, d.GoModSum),
	}
	return lib, nil
}

package command

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/atomicfile"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/share"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/stamp"
)

type shareCmd struct {
	Notebooks []string `arg:"" optional:"" name:"notebook" help:"Notebooks that are to tell, in their metadata, what modules they need, so that who has only the notebook can make a project of it: new --from."`
}

// Run writes the recipe of an image into the project, and the lock into notebooks.
func (c *shareCmd) Run(a *app) error {
	lock, err := stamp.NewLock(a.project)
	if err != nil {
		return fmt.Errorf("share: %w", err)
	}
	files, err := share.Files(a.project, lock.Go)
	if err != nil {
		return fmt.Errorf("share: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := filepath.Join(a.repo, filepath.FromSlash(name))
		if err := atomicfile.Write(file, files[name], 0o644); err != nil {
			return fmt.Errorf("share: %w", err)
		}
		fmt.Fprintln(a.stdout, file)
	}
	jobs, worst := a.open(c.Notebooks, false)
	for _, j := range jobs {
		if err := lock.Store(j.nb); err != nil {
			return err
		}
		if err := j.nb.WriteFile(j.source); err != nil {
			a.sayf("%s: %v", j.name, err)
			worst = errReported
			continue
		}
		fmt.Fprintln(a.stdout, j.source)
	}
	return worst
}

package stamp

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// A Lock is what the module of a notebook is built of. Who has only the notebook makes
// a project of it again.
type Lock struct {
	Go      string   `json:"go"`                // the least version
	Library string   `json:"library,omitempty"` // version of the library; "" in its own notebooks
	Require []string `json:"require"`           // modules and versions, as in go.mod, but for the library
	Sums    []string `json:"sums"`              // lines of go.sum
}

const lockField = "lock"

// NewLock reads the lock of a project. It returns an error where go.mod refers to a
// folder, which nobody else has.
func NewLock(p gotool.Project) (Lock, error) {
	file := filepath.Join(p.Root, "go.mod")
	data, err := os.ReadFile(file)
	if err != nil {
		return Lock{}, err
	}
	mod, err := modfile.Parse(file, data, nil)
	if err != nil {
		return Lock{}, err
	}
	for _, r := range mod.Replace {
		if r.New.Version == "" {
			return Lock{}, fmt.Errorf("go.mod takes %s from the folder %s, which others don't have", r.Old.Path, r.New.Path)
		}
	}
	if len(mod.Replace) > 0 {
		return Lock{}, errors.New("go.mod replaces modules, which a lock doesn't say")
	}
	l := Lock{}
	if mod.Go != nil {
		l.Go = mod.Go.Version
	}
	for _, r := range mod.Require {
		if r.Mod.Path == gotool.Module {
			l.Library = r.Mod.Version
			continue
		}
		l.Require = append(l.Require, r.Mod.String())
	}
	sums, err := os.ReadFile(filepath.Join(p.Root, "go.sum"))
	if err != nil {
		return Lock{}, err
	}
	l.Sums = strings.Split(strings.TrimSpace(string(sums)), "\n")
	return l, nil
}

// Store puts the lock into a notebook's metadata.
func (l Lock) Store(nb *nbformat.Notebook) error { return store(nb, lockField, l) }

// ReadLock returns a notebook's lock, if it has one.
func ReadLock(nb *nbformat.Notebook) (l Lock, ok bool) {
	raw := ours(nb)[lockField]
	return l, raw != nil && json.Unmarshal(raw, &l) == nil
}

// Modules returns what the lock requires beside the library.
func (l Lock) Modules() ([]module.Version, error) {
	var out []module.Version
	for _, s := range l.Require {
		path, version, ok := strings.Cut(s, "@")
		if !ok {
			return nil, fmt.Errorf("the lock's module %q has no version", s)
		}
		if err := module.Check(path, version); err != nil {
			return nil, fmt.Errorf("the lock: %w", err)
		}
		out = append(out, module.Version{Path: path, Version: version})
	}
	return out, nil
}

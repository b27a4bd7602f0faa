package gotool

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// Module is the library's module.
const Module = "github.com/wasserwerk-go/wasserwerk"

// A Project is a module whose notebooks use the library: a checkout of the library
// itself, or a module that requires it.
type Project struct {
	Root   string // folder of its go.mod
	Module string
}

// Own reports whether the project is the library itself.
func (p Project) Own() bool { return p.Module == Module }

// Kernel returns the name of the kernel that serves the project. That of the
// library is GoNB's own; others can be told apart.
func (p Project) Kernel() string {
	if p.Own() {
		return "gonb"
	}
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, path.Base(p.Module))
	return "gonb-" + name
}

// Command returns how this command is called in the project.
func (p Project) Command() string {
	if p.Own() {
		return "go run ./kernelsetup"
	}
	return "go tool kernelsetup"
}

// FindProject returns the project that dir lies in.
func FindProject(dir string) (Project, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Project{}, err
	}
	for at := abs; ; at = filepath.Dir(at) {
		if module, ok := usesLibrary(filepath.Join(at, "go.mod")); ok {
			return Project{at, module}, nil
		}
		if at == filepath.Dir(at) {
			return Project{}, fmt.Errorf("%s isn't in a checkout of %s, nor in a module that requires it; go there, or name it with --repo", abs, Module)
		}
	}
}

// usesLibrary returns the module of a go.mod file, if it is the library or
// requires it.
func usesLibrary(file string) (module string, ok bool) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", false
	}
	mod, err := modfile.ParseLax(file, data, nil)
	if err != nil || mod.Module == nil {
		return "", false
	}
	module = mod.Module.Mod.Path
	for _, r := range mod.Require {
		ok = ok || r.Mod.Path == Module
	}
	return module, ok || module == Module
}

package course

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/mod/modfile"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/sandbox"
)

// A Builder builds programs of a sheet in a module of their own, which requires what
// the project does. It has a build cache that nothing else reads.
type Builder struct {
	tc      *gotool.Toolchain
	project gotool.Project
	cache   string
	wasm    bool
	modules []string // that answers may import packages of

	goMod, goSum []byte
}

// NewBuilder returns a builder for a project, with its cache in a folder.
func NewBuilder(tc *gotool.Toolchain, p gotool.Project, cache string, wasm bool) (*Builder, error) {
	b := &Builder{tc: tc, project: p, cache: cache, wasm: wasm}
	file := filepath.Join(p.Root, "go.mod")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	f, err := modfile.Parse(file, data, nil)
	if err != nil {
		return nil, err
	}
	if err := f.AddModuleStmt("submission"); err != nil {
		return nil, err
	}
	for _, t := range f.Tool {
		if err := f.DropTool(t.Path); err != nil {
			return nil, err
		}
	}
	for _, r := range f.Replace {
		if r.New.Version == "" && !filepath.IsAbs(r.New.Path) {
			if err := f.AddReplace(r.Old.Path, r.Old.Version, filepath.Join(p.Root, filepath.FromSlash(r.New.Path)), ""); err != nil {
				return nil, err
			}
		}
	}
	for _, r := range f.Require {
		b.modules = append(b.modules, r.Mod.Path)
	}
	b.modules = append(b.modules, p.Module)
	if err := errors.Join(f.AddRequire(p.Module, "v0.0.0"), f.AddReplace(p.Module, "", p.Root, "")); err != nil {
		return nil, err
	}
	f.Cleanup()
	if b.goMod, err = f.Format(); err != nil {
		return nil, err
	}
	b.goSum, err = os.ReadFile(filepath.Join(p.Root, "go.sum"))
	return b, err
}

// Native returns a builder of programs for this machine.
func (b *Builder) Native() *Builder {
	n := *b
	n.wasm = false
	return &n
}

// patience is how long the compiler may take.
const patience = 2 * time.Minute

// A CompileError is a program that doesn't compile, in one line.
type CompileError struct{ Message string }

func (e *CompileError) Error() string { return e.Message }

// Build makes a program of files in a new folder below dir, alone in a folder of its
// own, and returns its path.
func (b *Builder) Build(ctx context.Context, dir string, files map[string]string) (string, error) {
	src, err := os.MkdirTemp(dir, "src-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(src)
	bin, err := os.MkdirTemp(dir, "bin-")
	if err != nil {
		return "", err
	}
	all := map[string]string{"go.mod": string(b.goMod), "go.sum": string(b.goSum)}
	for name, text := range files {
		all[name] = text
	}
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(src, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, &CompileError{fmt.Sprintf("compiling it takes more than %v", patience)})
	defer cancel()
	program := filepath.Join(bin, "program")
	env := []string{"GOPROXY=off", "CGO_ENABLED=0", "GOCACHE=" + b.cache, "GOFLAGS=-mod=readonly"}
	if b.wasm {
		env = append(env, "GOOS=wasip1", "GOARCH=wasm")
	}
	_, err = b.tc.Run(ctx, src, env, "build", "-trimpath", "-ldflags=-s -w", "-o", program, ".")
	if err == nil {
		return program, os.Chmod(bin, 0o755)
	}
	os.RemoveAll(bin)
	var failed *gotool.Error
	if errors.As(err, &failed) {
		if line := compileError(failed.Output); line != "" {
			return "", &CompileError{line}
		}
	}
	return "", err
}

// place is how the compiler begins a line about a file here.
var place = regexp.MustCompile(`(?m)^(?:vet: )?(?:\./)?([\w.-]+?)(?:\.main)?\.go:(\d+)(?::\d+)?: (.*)$`)

// compileError returns the first error that the compiler has, in terms of cells.
func compileError(output string) string {
	all := place.FindAllStringSubmatch(output, -1)
	if len(all) == 0 {
		return ""
	}
	s := fmt.Sprintf("%s, line %s: %s", all[0][1], all[0][2], strings.TrimSpace(all[0][3]))
	if n := len(all) - 1; n > 0 && !strings.Contains(all[n][3], "too many errors") {
		s += fmt.Sprintf(" (and %d more)", n)
	}
	return s
}

// Confine finds how programs that this builder builds can be confined.
func (b *Builder) Confine(ctx context.Context, dir string) (sandbox.Kind, error) {
	probe, err := b.Build(ctx, dir, map[string]string{"main.go": sandbox.Probe})
	if err != nil {
		return sandbox.None, err
	}
	defer os.RemoveAll(filepath.Dir(probe))
	if b.wasm {
		return sandbox.Wasm, sandbox.Wasm.Test(ctx, probe)
	}
	return sandbox.Choose(ctx, probe)
}

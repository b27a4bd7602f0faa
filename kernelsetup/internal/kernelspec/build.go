package kernelspec

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
)

// tool is a program that the kernel needs beside it. GoNB calls goimports at
// every cell.
type tool struct{ name, pkg, module string }

var tools = []tool{
	{"gonb", "github.com/janpfeifer/gonb", "github.com/janpfeifer/gonb"},
	{"goimports", "golang.org/x/tools/cmd/goimports", "golang.org/x/tools"},
}

// Stale names the tools, with their versions, that dir lacks or has in another
// version than go.mod of repo asks for or built by another Go.
func Stale(dir, repo string, goVersion string) ([]string, error) {
	versions, err := gotool.Versions(repo)
	if err != nil {
		return nil, err
	}
	var stale []string
	for _, t := range tools {
		info, err := buildinfo.ReadFile(filepath.Join(dir, t.name))
		if err != nil || info.Path != t.pkg || info.Main.Version != versions[t.module] || info.GoVersion != goVersion {
			stale = append(stale, t.name+" "+versions[t.module])
		}
	}
	return stale, nil
}

// Build builds the tools into dir at the versions of repo's go.mod. They replace
// earlier ones at the end, all at once, so that a kernel that runs goes on and
// an interrupted build leaves what there was.
func Build(ctx context.Context, dir, repo string, tc *gotool.Toolchain) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("no place for the kernel: %w", err)
	}
	next, err := os.MkdirTemp(dir, ".new-")
	if err != nil {
		return fmt.Errorf("no place for the kernel: %w", err)
	}
	defer os.RemoveAll(next)
	args := []string{"build", "-ldflags=-s -w", "-o", next + string(filepath.Separator)}
	for _, t := range tools {
		args = append(args, t.pkg)
	}
	if _, err := tc.Run(ctx, repo, nil, args...); err != nil {
		return fmt.Errorf("can't build the kernel: %w", err)
	}
	for _, t := range tools {
		if err := os.Rename(filepath.Join(next, t.name), filepath.Join(dir, t.name)); err != nil {
			return err
		}
	}
	return nil
}

// cellPackages are what cells import most, beside the library.
var cellPackages = []string{gotool.Module + "/lib/...", "github.com/janpfeifer/gonb/gonbui", "github.com/janpfeifer/must"}

// Resolve downloads what the kernel's go command reads to resolve the imports of
// a cell, which is the go.mod file of every module that any module names: far
// more than what building takes.
func Resolve(ctx context.Context, repo string, tc *gotool.Toolchain) error {
	_, err := tc.Run(ctx, repo, nil, "mod", "graph")
	return err
}

// Warm compiles what cells import, with the kernel's own settings, so that the
// first cell doesn't wait for it. It may download, which the kernel itself may
// not.
func (s Spec) Warm(ctx context.Context, repo string, tc *gotool.Toolchain) error {
	extra := []string{"GOFLAGS=" + s.Env["GOFLAGS"]}
	_, err := tc.Run(ctx, repo, extra, append([]string{"build"}, cellPackages...)...)
	return err
}

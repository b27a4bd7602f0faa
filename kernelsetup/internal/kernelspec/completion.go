package kernelspec

import (
	"context"
	"debug/buildinfo"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/atomicfile"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
)

// GoNB completes names and shows documentation by gopls, where that is beside it or
// on PATH. It is a module of its own, with more than the library needs, so it
// is pinned apart.
var (
	//go:embed gopls.mod
	goplsMod []byte
	//go:embed gopls.sum
	goplsSum []byte
)

const (
	gopls        = "gopls"
	goplsPackage = "golang.org/x/tools/gopls"
)

var goplsVersion = string(regexp.MustCompile(goplsPackage + ` (v\S+)`).FindSubmatch(goplsMod)[1])

// Completes reports whether gopls is in dir, as it is pinned and built by this Go.
func Completes(dir, goVersion string) bool {
	info, err := buildinfo.ReadFile(filepath.Join(dir, gopls))
	return err == nil && info.Path == goplsPackage && info.Main.Version == goplsVersion && info.GoVersion == goVersion
}

// BuildCompletion builds gopls into dir.
func BuildCompletion(ctx context.Context, dir string, tc *gotool.Toolchain) error {
	temp, err := os.MkdirTemp(tc.Temp, gopls)
	if err != nil {
		return fmt.Errorf("no place for temporary files: %w", err)
	}
	defer os.RemoveAll(temp)
	err = errors.Join(
		os.WriteFile(filepath.Join(temp, "go.mod"), goplsMod, 0o644),
		os.WriteFile(filepath.Join(temp, "go.sum"), goplsSum, 0o644),
	)
	if err != nil {
		return err
	}
	built := filepath.Join(temp, gopls)
	if _, err := tc.Run(ctx, temp, nil, "build", "-ldflags=-s -w", "-o", built, goplsPackage); err != nil {
		return fmt.Errorf("can't build gopls: %w", err)
	}
	program, err := os.ReadFile(built)
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, gopls), program, 0o755)
}

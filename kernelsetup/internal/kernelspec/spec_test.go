package kernelspec

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
)

var toolchain = &gotool.Toolchain{Root: "/goroot", Version: "go1.26.0", Cache: "/cache", ModCache: "/mod", Proxy: "https://proxy.example"}

var checkout = gotool.Project{Root: "/checkout", Module: gotool.Module}

// The kernel of another project is told apart, and one of another program isn't
// ours.
func TestOwner(t *testing.T) {
	s, err := New("/d", gotool.Project{Root: "/study", Module: "example.org/Study"}, toolchain, false)
	if err != nil || s.DisplayName != "Go (study)" || !s.Ours() || s.Metadata[owner] != "example.org/Study" || s.Root() != "/study" {
		t.Errorf("%+v, %v", s, err)
	}
	if (Spec{Argv: []string{"gonb", "--kernel", "{connection_file}", "--go_work=/study"}}).Ours() {
		t.Error("a kernel that says nothing of us is ours")
	}
}

func TestSpec(t *testing.T) {
	s, err := New("/data/kernels/gonb", checkout, toolchain, false)
	if err != nil {
		t.Fatal(err)
	}
	if s.Argv[0] != "/data/kernels/gonb/gonb" || !slices.Contains(s.Argv, "{connection_file}") || s.Root() != "/checkout" || s.DisplayName != "Go (gonb)" || !s.Ours() || s.InterruptMode != "message" {
		t.Errorf("spec %+v", s)
	}
	for name, want := range map[string]string{
		"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOWORK": "", "GOFLAGS": "-ldflags=-w", "GOCACHE": "/cache", "GOMODCACHE": "/mod",
		"PATH": "/data/kernels/gonb:/goroot/bin:${PATH}",
	} {
		if got, ok := s.Env[name]; !ok || got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	env := s.Environ([]string{"PATH=/bin", "GOWORK=/elsewhere", "HOME=/h"})
	if lookup(env, "PATH") != "/data/kernels/gonb:/goroot/bin:/bin" || lookup(env, "GOWORK") != "" || lookup(env, "HOME") != "/h" {
		t.Errorf("environment %q", env)
	}
	if again := s.Environ([]string{"PATH=/bin", "GOWORK=/elsewhere", "HOME=/h"}); !slices.Equal(env, again) {
		t.Errorf("environment in another order: %q", again)
	}
	if online, _ := New("/d", checkout, toolchain, true); online.Env["GOPROXY"] != "https://proxy.example" {
		t.Errorf("online GOPROXY is %q", online.Env["GOPROXY"])
	}
	if _, err := New("/d", gotool.Project{Root: "/check,out", Module: gotool.Module}, toolchain, false); err == nil {
		t.Error("a path with a comma is accepted")
	}
}

func TestWriteRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kernels", "gonb")
	if _, err := Read(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read of nothing: %v", err)
	}
	s, err := New(dir, checkout, toolchain, false)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Write(dir); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(dir); err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("Read = %+v, %v, want %+v", got, err, s)
		}
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("Write left %v", files)
	}
	if err := os.WriteFile(file(dir), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "kernel.json") {
		t.Errorf("Read of half a file: %v", err)
	}
}

func TestDir(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_DATA_HOME", "")
	t.Setenv("JUPYTER_DATA_DIR", "")
	want := filepath.Join(home, ".local", "share", "jupyter", "kernels", "gonb")
	if runtime.GOOS == "darwin" {
		want = filepath.Join(home, "Library", "Jupyter", "kernels", "gonb")
	}
	if dir, err := Dir("gonb"); err != nil || dir != want {
		t.Errorf("Dir = %s, %v, want %s", dir, err, want)
	}
	t.Setenv("JUPYTER_DATA_DIR", "/data")
	if dir, err := Dir("gonb"); err != nil || dir != filepath.FromSlash("/data/kernels/gonb") {
		t.Errorf("Dir = %s, %v", dir, err)
	}
}

func TestStale(t *testing.T) {
	p, err := gotool.FindProject(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "gonb"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	stale, err := Stale(dir, p.Root, runtime.Version())
	if err != nil || len(stale) != 2 || stale[0] != "gonb v0.11.4" || !strings.HasPrefix(stale[1], "goimports v") {
		t.Errorf("Stale = %q, %v", stale, err)
	}
}

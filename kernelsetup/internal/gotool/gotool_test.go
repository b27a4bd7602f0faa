package gotool

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func find(t *testing.T) (repo string, tc *Toolchain) {
	t.Helper()
	p, err := FindProject(".")
	if err != nil {
		t.Fatal(err)
	}
	repo = p.Root
	if tc, err = Find(t.Context(), repo, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	return repo, tc
}

func TestFindProject(t *testing.T) {
	p, err := FindProject(".")
	if err != nil || filepath.Join(p.Root, "kernelsetup", "internal", "gotool") != mustAbs(t, ".") || !p.Own() || p.Kernel() != "gonb" {
		t.Errorf("FindProject(.) = %+v, %v", p, err)
	}
	// The module of a generator within the checkout isn't the checkout; one that
	// requires the library is a project.
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":           "module " + Module + "\n",
		"gen/go.mod":       "module example.org/gen\n",
		"broken/go.mod":    "modul x\n",
		"Study 1/a/go.mod": "module example.org/Study_1\n\nrequire " + Module + " v1.2.3\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, in := range []string{"gen", "broken", "."} {
		if got, err := FindProject(filepath.Join(dir, in)); err != nil || got.Root != dir || !got.Own() {
			t.Errorf("FindProject in %s = %+v, %v, want %s", in, got, err, dir)
		}
	}
	got, err := FindProject(filepath.Join(dir, "Study 1", "a"))
	if want := filepath.Join(dir, "Study 1", "a"); err != nil || got.Root != want || got.Own() || got.Kernel() != "gonb-study_1" {
		t.Errorf("FindProject = %+v, %v, kernel %s", got, err, got.Kernel())
	}
	if got, err := FindProject(t.TempDir()); err == nil {
		t.Errorf("FindProject outside = %+v", got)
	}
}

func mustAbs(t *testing.T, dir string) string {
	t.Helper()
	abs, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

func TestVersions(t *testing.T) {
	repo, _ := find(t)
	v, err := Versions(repo)
	if err != nil || v["github.com/janpfeifer/gonb"] != "v0.11.4" {
		t.Errorf("gonb %s, error %v", v["github.com/janpfeifer/gonb"], err)
	}
	if _, err := Versions(t.TempDir()); err == nil {
		t.Error("Versions of no checkout succeeds")
	}
}

func TestRun(t *testing.T) {
	repo, tc := find(t)
	t.Setenv("GOFLAGS", "-nosuchflag")
	t.Setenv("GOOS", "nosuch")
	t.Setenv("GOROOT", "/nonexistent")
	out, err := tc.Run(t.Context(), repo, nil, "list", "./kernelsetup/internal/gotool")
	if err != nil || out != Module+"/kernelsetup/internal/gotool\n" {
		t.Errorf("go list printed %q, error %v", out, err)
	}
	_, err = tc.Run(t.Context(), repo, nil, "list", "./nosuch")
	var failed *Error
	if !errors.As(err, &failed) || failed.Offline() || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("go list ./nosuch: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := tc.Run(ctx, repo, nil, "list", "-deps", "./..."); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after its time go list returned %v", err)
	}
}

func TestErrorLine(t *testing.T) {
	for _, c := range []struct{ output, want string }{
		{"go: downloading x v1.0.0\ngo: x@v1.0.0: Get \"https://proxy/x\": dial tcp: lookup proxy: no such host\n", "no network"},
		{"# pkg\nlib/a/a.go:3:4: undefined: x\nlib/a/a.go:5:1: undefined: y\n", "go build: lib/a/a.go:3:4: undefined: x"},
		{"go: something\ngo: the cause\n", "go build: go: the cause"},
		{"", "go build: exit status 1"},
	} {
		e := &Error{Args: []string{"build", "./..."}, Output: c.output, Err: errors.New("exit status 1")}
		if got := e.Error(); !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%q gives %q, want it to contain %q", c.output, got, c.want)
		}
	}
}

package echarts

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/figure/chartjs"
)

// cacheIn keeps what is cached out of the user's cache.
func cacheIn(t *testing.T) {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir()) // Linux
	t.Setenv("HOME", t.TempDir())           // elsewhere
}

// npm is a program in the place of npm that packs a file.
func npm(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "npm"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
}

func TestGetWithoutNPM(t *testing.T) {
	cacheIn(t)
	t.Setenv("PATH", t.TempDir())
	if _, err := Get(t.Context()); !errors.Is(err, ErrNoNPM) {
		t.Errorf("error %v, want ErrNoNPM", err)
	}
}

func TestGetRefuses(t *testing.T) {
	cacheIn(t)
	pack := filepath.Join(t.TempDir(), "echarts.tgz")
	f, err := os.Create(pack)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	const text = "alert('not the library')"
	if err := errors.Join(
		w.WriteHeader(&tar.Header{Name: "package/" + chartjs.File, Mode: 0o644, Size: int64(len(text))}),
		func() error { _, err := w.Write([]byte(text)); return err }(), w.Close(), z.Close(), f.Close(),
	); err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{
		"another file": "cp " + pack + " .",
		"no package":   "exit 0",
		"failure":      "exit 1",
		"no archive":   "echo x > a.tgz",
	} {
		npm(t, script)
		if library, err := Get(t.Context()); err == nil || library != "" {
			t.Errorf("%s: %d bytes and no error", name, len(library))
		}
	}
	if _, err := unpack(pack, "package/other"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that isn't in it: %v", err)
	}
	if _, ok := chartjs.Library(); ok {
		t.Error("something was kept")
	}
}

// The real package has the file that is known here; the second time it comes from
// the cache.
func TestGet(t *testing.T) {
	if _, err := exec.LookPath("npm"); err != nil {
		if os.Getenv("WASSERWERK_NO_SKIP") != "" {
			t.Fatal("no npm on the path, and WASSERWERK_NO_SKIP is set")
		}
		t.Skip("no npm on the path to take ECharts with")
	}
	if os.Getenv("WASSERWERK_NO_SKIP") == "" {
		t.Skip("needs a network; set WASSERWERK_NO_SKIP to run it")
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	library, err := Get(t.Context())
	if err != nil || !chartjs.Genuine([]byte(library)) {
		t.Fatal(len(library), err)
	}
	t.Setenv("PATH", t.TempDir())
	if again, err := Get(t.Context()); err != nil || again != library {
		t.Errorf("from the cache: %d bytes, %v", len(again), err)
	}
}

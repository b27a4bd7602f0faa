// Package echarts takes the library that draws interactive charts from its npm
// package, once, into the user's cache.
package echarts

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/atomicfile"
	"github.com/wasserwerk-go/wasserwerk/lib/figure/chartjs"
)

// ErrNoNPM says that there is nothing to take the library with.
var ErrNoNPM = errors.New("npm isn't there")

// patience is how long npm may take.
const patience = 2 * time.Minute

// Get returns the library, from the cache if it is there. The error matches
// ErrNoNPM where it isn't and npm isn't either.
func Get(ctx context.Context) (string, error) {
	if library, ok := chartjs.Library(); ok {
		return library, nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", ErrNoNPM
	}
	dir, err := os.MkdirTemp("", "wasserwerk-echarts-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, npm, "pack", "--silent", "--ignore-scripts", "echarts@"+chartjs.Version)
	cmd.Dir, cmd.WaitDelay = dir, time.Second
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("npm pack echarts@%s: %w", chartjs.Version, err)
	}
	packed, _ := fs.Glob(os.DirFS(dir), "*.tgz") // the pattern is sound
	if len(packed) != 1 {
		return "", fmt.Errorf("npm pack left %d packages, want one", len(packed))
	}
	data, err := unpack(filepath.Join(dir, packed[0]), "package/"+chartjs.File)
	if err != nil {
		return "", err
	}
	if !chartjs.Genuine(data) {
		return "", fmt.Errorf("%s of echarts %s isn't the file that is known here", chartjs.File, chartjs.Version)
	}
	if file := chartjs.CacheFile(); file != "" {
		_ = atomicfile.Write(file, data, 0o644) // or it will be taken again
	}
	return string(data), nil
}

// unpack returns one file of a package.
func unpack(archive, name string) ([]byte, error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		}
		if err != nil {
			return nil, err
		}
		if h.Name == name {
			return io.ReadAll(io.LimitReader(t, 8<<20))
		}
	}
}

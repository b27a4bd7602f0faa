package page

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestFormulasAreKeptOnDisk(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	ctx := context.Background()
	f := formula{TeX: "x"}
	first := newFormulas(dir)
	svg, bad, err := first.get(ctx, f)
	if err != nil || bad != nil || !isSVG(svg) {
		t.Fatal(svg, bad, err)
	}
	// What a second Renderer finds there it takes as it is.
	const other = `<svg viewBox="0 -9 9 9" height="1ex"><text>other</text></svg>`
	if err := os.WriteFile(first.path(f), []byte(other), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, _, _ := newFormulas(dir).get(ctx, f); got != other {
		t.Errorf("got %.40s, want the file's %s", got, other)
	}
	// A torn file is typeset anew and mended.
	if err := os.WriteFile(first.path(f), []byte(svg[:len(svg)/2]), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, _, _ := newFormulas(dir).get(ctx, f); got != svg {
		t.Errorf("from a torn file: %.40s", got)
	}
	if data, _ := os.ReadFile(first.path(f)); string(data) != svg {
		t.Error("the torn file was not mended")
	}
	// Errors are not kept, and nothing else is left there.
	if _, bad, err := newFormulas(dir).get(ctx, formula{TeX: `\foo`}); bad == nil || err != nil {
		t.Errorf(`\foo: %v, %v`, bad, err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("%d files in the cache, want 1", len(files))
	}
	if first.path(f) == first.path(formula{TeX: "x", Display: true}) {
		t.Error("inline and display style share a file")
	}
}

func TestFormulasWithoutWritableCache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if svg, bad, err := newFormulas(filepath.Join(file, "below")).get(context.Background(), formula{TeX: "x"}); err != nil || bad != nil || svg == "" {
		t.Errorf("%.20s, %v, %v: want the formula all the same", svg, bad, err)
	}
}

func TestFormulasAfterCancelling(t *testing.T) {
	fs := newFormulas("")
	f := formula{TeX: "x"}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := fs.get(ctx, f); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	// Somebody's cancelled prefetch does no harm to another who asks.
	fs.start(ctx, []formula{f, {TeX: "y"}})
	if svg, bad, err := fs.get(context.Background(), f); err != nil || bad != nil || !isSVG(svg) {
		t.Errorf("%.20s, %v, %v", svg, bad, err)
	}
}

func TestFormulasConcurrently(t *testing.T) {
	fs := newFormulas("")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			fs.start(context.Background(), []formula{{TeX: "a"}, {TeX: "b"}, {TeX: "a"}})
			for _, tex := range []string{"a", "b"} {
				if svg, bad, err := fs.get(context.Background(), formula{TeX: tex}); !strings.Contains(svg, "<path") || bad != nil || err != nil {
					t.Errorf("%s: %.20s, %v, %v", tex, svg, bad, err)
				}
			}
		})
	}
	wg.Wait()
	if len(fs.done) != 2 {
		t.Errorf("%d formulas typeset, want 2", len(fs.done))
	}
}

package page

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// cacheVersion is part of every key: raise it when typeset changes its output.
const cacheVersion = "1"

// batch is the largest number of formulas typeset at once, some two seconds
// of work.
const batch = 48

// formulas typesets formulas once each, and remembers them in memory and, if
// dir is set, on disk.
type formulas struct {
	dir   string
	slots chan struct{} // one for each engine that may run

	mu   sync.Mutex
	done map[formula]*typesetting
}

// typesetting is one formula's result, valid once ready is closed.
type typesetting struct {
	ready chan struct{}
	svg   string
	err   error // what TeX says against the formula
	lost  error // why it has not been typeset; another try may succeed
}

func newFormulas(dir string) *formulas {
	return &formulas{
		dir:   dir,
		slots: make(chan struct{}, max(1, min(4, runtime.GOMAXPROCS(0)))),
		done:  make(map[formula]*typesetting),
	}
}

// start makes sure that every formula of the list is typeset or under way.
func (fs *formulas) start(ctx context.Context, list []formula) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var todo []formula
	for _, f := range list {
		if fs.done[f] != nil {
			continue
		}
		t := &typesetting{ready: make(chan struct{})}
		fs.done[f] = t
		if t.svg = fs.load(f); t.svg != "" {
			close(t.ready)
			continue
		}
		todo = append(todo, f)
	}
	// Starting an engine costs as much as several formulas, so there are no
	// more batches than engines unless that makes them long.
	size := min(batch, (len(todo)+cap(fs.slots)-1)/cap(fs.slots))
	for len(todo) > 0 {
		n := min(size, len(todo))
		go fs.run(ctx, todo[:n])
		todo = todo[n:]
	}
}

// run typesets formulas that start has entered as under way.
func (fs *formulas) run(ctx context.Context, list []formula) {
	svgs, errs, err := func() ([]string, []error, error) {
		select {
		case fs.slots <- struct{}{}:
			defer func() { <-fs.slots }()
		case <-ctx.Done():
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		return typeset(list)
	}()
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for i, f := range list {
		t := fs.done[f]
		if t.lost = err; err != nil {
			delete(fs.done, f)
		} else if t.err = errs[i]; t.err == nil {
			if t.svg, t.err = cleanFormula(svgs[i]); t.err == nil {
				fs.store(f, t.svg)
			}
		}
		close(t.ready)
	}
}

// get returns a formula's SVG. The second result says what is wrong with the
// formula, the last why it could not be typeset at all.
func (fs *formulas) get(ctx context.Context, f formula) (svg string, bad, err error) {
	for {
		fs.start(ctx, []formula{f})
		fs.mu.Lock()
		t := fs.done[f]
		fs.mu.Unlock()
		if t == nil {
			continue // it was given up between the two lines above
		}
		select {
		case <-t.ready:
		case <-ctx.Done():
			return "", nil, ctx.Err()
		}
		// Another caller's context may have ended; ours decides.
		if errors.Is(t.lost, context.Canceled) || errors.Is(t.lost, context.DeadlineExceeded) {
			if ctx.Err() == nil {
				continue
			}
		}
		return t.svg, t.err, t.lost
	}
}

func (fs *formulas) path(f formula) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %t %s", cacheVersion, f.Display, f.TeX))
	return filepath.Join(fs.dir, fmt.Sprintf("%x.svg", sum[:16]))
}

// load returns "" for what the cache does not hold whole, and for what store would
// not have written: somebody else has.
func (fs *formulas) load(f formula) string {
	if fs.dir == "" {
		return ""
	}
	data, err := os.ReadFile(fs.path(f))
	if err != nil {
		return ""
	}
	svg := string(data)
	if clean, err := cleanFormula(svg); err != nil || clean != svg {
		return ""
	}
	start, _, _ := strings.Cut(svg, ">")
	if _, err := measure(start + "></svg>"); err != nil {
		return ""
	}
	return svg
}

// store keeps a formula on disk where that is possible. A cache that can't be
// written costs time and nothing else, so that is no error.
func (fs *formulas) store(f formula, svg string) {
	if fs.dir == "" || os.MkdirAll(fs.dir, 0o755) != nil {
		return
	}
	tmp, err := os.CreateTemp(fs.dir, ".formula-*")
	if err != nil {
		return
	}
	_, err = tmp.WriteString(svg)
	if errors.Join(err, tmp.Close()) != nil || os.Rename(tmp.Name(), fs.path(f)) != nil {
		_ = os.Remove(tmp.Name())
	}
}

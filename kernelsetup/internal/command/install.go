package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kernelspec"
)

type installCmd struct {
	Online bool `help:"Let cells download modules that go.mod doesn't have."`
}

func (c *installCmd) Run(a *app) error {
	_, err := a.prepare(func(k *kernel) error { return k.install(c.Online) })
	if err == nil {
		a.charts() // for those that are drawn in a notebook
	}
	return err
}

// kernel is the kernel that this checkout's notebooks run in.
type kernel struct {
	*app
	tc   *gotool.Toolchain
	dir  string // where it is installed
	spec kernelspec.Spec
}

// prepare finds the toolchain and sees to it that the kernel is built, installed
// by the given function, and won't have to wait for the library's compilation.
func (a *app) prepare(install func(*kernel) error) (*kernel, error) {
	tc, err := a.toolchain()
	if err != nil {
		return nil, err
	}
	dir, err := kernelspec.Dir()
	if err != nil {
		return nil, err
	}
	k := &kernel{app: a, tc: tc, dir: dir}
	if k.spec, err = kernelspec.New(dir, a.repo, tc, false); err != nil {
		return nil, err
	}
	stale, err := kernelspec.Stale(dir, a.repo, tc.Version)
	if err != nil {
		return nil, err
	}
	// One waits for the network while the other computes.
	g, ctx := errgroup.WithContext(a.ctx)
	if len(stale) > 0 {
		g.Go(func() error {
			return a.step("kernel: building "+strings.Join(stale, " and "), func() error {
				return kernelspec.Build(ctx, dir, a.repo, tc)
			})
		})
	}
	g.Go(func() error { return k.warm(ctx) })
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return k, install(k)
}

// install writes the kernel's kernel.json.
func (k *kernel) install(online bool) (err error) {
	if k.spec, err = kernelspec.New(k.dir, k.repo, k.tc, online); err != nil {
		return err
	}
	if old, err := kernelspec.Read(k.dir); err == nil && old.Repo() != k.repo {
		k.sayf("kernel: the installed one served %s", orNone(old.Repo()))
	}
	if err := k.spec.Write(k.dir); err != nil {
		return fmt.Errorf("can't install the kernel: %w", err)
	}
	k.sayf("kernel: installed in %s", k.dir)
	return nil
}

func orNone(repo string) string {
	if repo == "" {
		return "no checkout"
	}
	return repo
}

// adopt takes the installed kernel for a run. Where there is none it installs
// one; one that isn't this checkout's it leaves alone, and the run has the same
// program with this checkout's settings.
func (k *kernel) adopt() error {
	old, err := kernelspec.Read(k.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return k.install(false)
	case err != nil || old.Repo() != k.repo:
		return nil
	}
	if online := old.Env["GOPROXY"] != "off"; online {
		if k.spec, err = kernelspec.New(k.dir, k.repo, k.tc, true); err != nil {
			return err
		}
	}
	return k.spec.Write(k.dir) // the toolchain may be another one by now
}

// warm completes the module cache, without which a kernel that may not download
// finds nothing, and compiles what cells import. That the library doesn't
// compile is for the cells to tell, each where it matters.
func (k *kernel) warm(ctx context.Context) error {
	return k.step("kernel: compiling the library for the cells", func() error {
		if err := kernelspec.Resolve(ctx, k.repo, k.tc); err != nil {
			return fmt.Errorf("can't complete the module cache: %w", err)
		}
		err := k.spec.Warm(ctx, k.repo, k.tc)
		if err != nil && ctx.Err() == nil {
			k.sayf("kernel: not all of the library is ready: %v", err)
		}
		return nil
	})
}

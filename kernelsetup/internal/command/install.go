package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kernelspec"
)

type installCmd struct {
	Online     bool `help:"Let cells download modules that go.mod doesn't have."`
	Completion bool `help:"Build gopls too: with it the kernel completes names and shows their documentation."`
	Replace    bool `help:"Replace a kernel of the same name that another program installed; a copy of its kernel.json stays beside it."`
}

func (c *installCmd) Run(a *app) error {
	k, err := a.prepare(func(k *kernel) error { return k.install(*c) })
	if err != nil {
		return err
	}
	a.charts() // for those that are drawn in a notebook
	if c.Completion && !kernelspec.Completes(k.dir, k.tc.Version) {
		return a.step("completion: building gopls", func() error { return kernelspec.BuildCompletion(a.ctx, k.dir, k.tc) })
	}
	return nil
}

// prepare finds the toolchain and sees to it that the kernel is built, installed
// by the given function, and won't have to wait for the library's compilation.
func (a *app) prepare(install func(*kernel) error) (*kernel, error) {
	tc, err := a.toolchain()
	if err != nil {
		return nil, err
	}
	k, err := a.kernel(tc)
	if err != nil {
		return nil, err
	}
	dir := k.dir
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

// foreign reports whether another program installed a kernel of that name.
func (k *kernel) foreign() bool {
	old, err := kernelspec.Read(k.installed)
	return err == nil && !old.Ours() || err != nil && !errors.Is(err, fs.ErrNotExist)
}

// install writes the kernel's kernel.json. It replaces that of another program only
// if it is asked to, and keeps a copy.
func (k *kernel) install(c installCmd) (err error) {
	if k.foreign() {
		if !c.Replace {
			return fmt.Errorf("the kernel %q in %s was installed by another program and stays: install --replace puts this one in its place", k.project.Kernel(), k.installed)
		}
		if err := kernelspec.SetAside(k.installed); err != nil {
			return err
		}
	}
	if k.spec, err = kernelspec.New(k.dir, k.project, k.tc, c.Online); err != nil {
		return err
	}
	if old, err := kernelspec.Read(k.installed); err == nil && old.Root() != k.repo {
		k.sayf("kernel: the installed one served %s", old.Root())
	}
	if err := k.spec.Write(k.installed); err != nil {
		return fmt.Errorf("can't install the kernel: %w", err)
	}
	k.sayf("kernel: installed in %s", k.installed)
	return nil
}

// adopt takes the installed kernel for a run. Where there is none it installs
// one; one that isn't this project's it leaves alone, and the run has the same
// program with this project's settings.
func (k *kernel) adopt() error {
	old, err := kernelspec.Read(k.installed)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return k.install(installCmd{})
	case err != nil || !old.Ours() || old.Root() != k.repo:
		return nil
	}
	if online := old.Env["GOPROXY"] != "off"; online {
		if k.spec, err = kernelspec.New(k.dir, k.project, k.tc, true); err != nil {
			return err
		}
	}
	return k.spec.Write(k.installed) // the toolchain may be another one by now
}

// settle installs the kernel but where another program's has its name.
func (k *kernel) settle() error {
	if k.foreign() {
		k.sayf("kernel: the kernel %q in %s was installed by another program and stays; these notebooks run with their own (install --replace puts it there)", k.project.Kernel(), k.installed)
		return nil
	}
	return k.install(installCmd{})
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

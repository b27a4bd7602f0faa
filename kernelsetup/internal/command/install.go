package command

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kernelspec"
)

type installCmd struct {
	Online bool `help:"Let cells download modules that go.mod doesn't have."`
}

func (c *installCmd) Run(a *app) error {
	k, err := a.prepare()
	if err != nil {
		return err
	}
	if err := k.install(c.Online); err != nil {
		return err
	}
	k.warm()
	return nil
}

// kernel is the kernel that this checkout's notebooks run in.
type kernel struct {
	*app
	tc   *gotool.Toolchain
	dir  string // where it is installed
	spec kernelspec.Spec
}

// prepare finds the toolchain and sees to it that the kernel is built.
func (a *app) prepare() (*kernel, error) {
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
	if err != nil || len(stale) == 0 {
		return k, err
	}
	err = a.step("kernel: building "+strings.Join(stale, " and "), func() error {
		return kernelspec.Build(a.ctx, dir, a.repo, tc)
	})
	return k, err
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
// one; one that serves another checkout it leaves alone, and runs the same
// program with this checkout's settings.
func (k *kernel) adopt() error {
	old, err := kernelspec.Read(k.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return k.install(false)
	case err != nil:
		return err
	case old.Repo() != k.repo:
		return nil
	}
	if online := old.Env["GOPROXY"] != "off"; online {
		if k.spec, err = kernelspec.New(k.dir, k.repo, k.tc, true); err != nil {
			return err
		}
	}
	return k.spec.Write(k.dir) // the toolchain may be another one by now
}

// warm compiles what cells will import. That the library doesn't compile is for
// the cells to tell, each where it matters.
func (k *kernel) warm() {
	var failed error
	_ = k.step("kernel: compiling the library for the cells", func() error {
		failed = k.spec.Warm(k.ctx, k.repo, k.tc)
		return nil
	})
	if failed != nil && k.ctx.Err() == nil {
		k.sayf("kernel: not all of the library is ready: %v", failed)
	}
}

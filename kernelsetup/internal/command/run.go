package command

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/jupyter"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/runner"
)

// opening are the notebooks that the bare command runs.
var opening = []string{"00-start", "04-speed-accuracy"}

type setupCmd struct{}

func (setupCmd) Run(a *app) error {
	names := opening
	if !a.project.Own() {
		names = a.notebooks()
	}
	return a.execute(names, runCmd{Timeout: runner.DefaultTimeout, Jobs: 1}, (*kernel).settle)
}

type runCmd struct {
	Notebooks []string      `arg:"" optional:"" name:"notebook" help:"Paths, or names of notebooks in notebooks/."`
	All       bool          `help:"Run every notebook in notebooks/."`
	Timeout   time.Duration `default:"2m" help:"How long a cell may run."`
	Write     bool          `help:"Write the outputs into the given notebooks too, where nothing is wrong."`
	NoPage    bool          `help:"Make no pages."`
	Jobs      int           `default:"1" short:"j" help:"How many notebooks run at a time."`
}

func (c *runCmd) Run(a *app) error {
	switch {
	case c.All && len(c.Notebooks) > 0:
		return errors.New("run: give notebooks or --all, not both")
	case !c.All && len(c.Notebooks) == 0:
		return errors.New("run: give notebooks, or --all")
	case c.Jobs < 1:
		return fmt.Errorf("run: --jobs %d isn't positive", c.Jobs)
	case c.Timeout <= 0:
		return fmt.Errorf("run: --timeout %v isn't positive", c.Timeout)
	}
	names := c.Notebooks
	if c.All {
		if names = a.notebooks(); len(names) == 0 {
			return errors.New("run: there are no notebooks in notebooks/")
		}
	}
	return a.execute(names, *c, (*kernel).adopt)
}

// notebooks returns the paths of the project's notebooks.
func (a *app) notebooks() []string {
	names, _ := filepath.Glob(filepath.Join(a.repo, "notebooks", "*.ipynb")) // the pattern is sound
	return names
}

// execute runs the named notebooks, each in a fresh kernel and as many at a time
// as there are to be jobs, once the kernel is ready, which install installs. What is wrong with one notebook doesn't
// keep the others from being run.
func (a *app) execute(names []string, c runCmd, install func(*kernel) error) error {
	jobs, worst := a.open(names, true)
	p := newPages(a)
	if !c.NoPage {
		p.prefetch(jobs) // beside the building and the executing
	}
	if len(jobs) == 0 {
		return worst
	}
	k, err := a.prepare(install)
	if err != nil {
		return err
	}
	var (
		running, pages sync.WaitGroup
		mu             sync.Mutex // of worst
	)
	free := make(chan struct{}, max(1, c.Jobs))
	for _, j := range jobs {
		free <- struct{}{}
		if a.ctx.Err() != nil {
			break
		}
		running.Go(func() {
			err := k.notebook(j, c)
			<-free
			mu.Lock()
			worst = worse(worst, err)
			mu.Unlock()
			if !c.NoPage && j.done && a.ctx.Err() == nil {
				pages.Go(func() { p.make(j) })
			}
		})
	}
	running.Wait()
	pages.Wait()
	if a.ctx.Err() != nil {
		return a.ctx.Err()
	}
	return worse(worst, p.finish(jobs))
}

// worse returns the error that decides about the exit code.
func worse(a, b error) error {
	if a == nil || errors.Is(a, errFindings) && b != nil {
		return b
	}
	return a
}

// notebook executes one notebook and writes what came of it.
func (k *kernel) notebook(j *job, c runCmd) error {
	proc, temp, err := k.start(filepath.Dir(j.source))
	if err != nil {
		if k.ctx.Err() == nil {
			k.sayf("%s: %v", j.name, err)
		}
		return errReported
	}
	began := time.Now()
	stop := func() (time.Duration, bool) { return 0, false }
	findings, err := runner.Run(k.ctx, proc, j.name, j.nb, runner.Options{
		Timeout: c.Timeout,
		Scrub:   runner.NewScrubber(temp, k.repo, k.project.Module, k.tc.ModCache, k.tc.Root),
		Progress: func(cell, of int, ended bool) {
			what := fmt.Sprintf("%s: cell %d/%d", j.base, cell, of)
			if !ended {
				stop = k.watch(what)
			} else {
				took, _ := stop()
				k.sayf("%s: %.1f s", what, took.Seconds())
			}
		},
	})
	took := time.Since(began)
	if err != nil { // interrupted
		proc.Kill()
	} else {
		proc.Shutdown(shutdownGrace)
	}
	if err := j.save(); err != nil {
		k.sayf("%s: the executed copy is lost: %v", j.name, err)
		return errReported
	}
	if err != nil {
		k.sayf("%s: stopped; the outputs so far are in %s", j.name, k.path(j.copy))
		return err
	}
	if len(findings) > 0 {
		for _, f := range findings {
			k.sayf("%s", f)
		}
		return errFindings
	}
	k.sayf("%s: executed in %.1f s", j.base, took.Seconds())
	if c.Write {
		if err := j.nb.WriteFile(j.source); err != nil {
			k.sayf("%s: %v", j.name, err)
			return errReported
		}
	}
	return nil
}

// shutdownGrace is how long a kernel may take to end in good order.
const shutdownGrace = 2 * time.Second

// start starts the kernel in the folder dir, just as Jupyter would but for the
// folder of temporary files, which is its own.
func (k *kernel) start(dir string) (proc *jupyter.Kernel, temp string, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, "", err
	}
	if temp, err = os.MkdirTemp(k.temp, "k"); err != nil {
		return nil, "", err
	}
	proc, err = jupyter.Start(k.ctx, jupyter.Command{
		Argv: k.spec.Argv, Dir: dir, Temp: temp,
		// Results are computed anew, and nobody watches their progress.
		Env: append(k.spec.Environ(os.Environ()), "WASSERWERK_MEMO="+filepath.Join(temp, "memo"), "WASSERWERK_QUIET=1"),
	})
	return proc, temp, err
}

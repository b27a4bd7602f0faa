package command

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/manifest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/params"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/plaintext"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/report"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/runner"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/status"
)

// execute runs the named notebooks, each in a fresh kernel and as many at a time
// as there are to be jobs, once the kernel is ready, which install installs. What
// is wrong with one notebook doesn't keep the others from being run.
func (a *app) execute(names []string, c runCmd, install func(*kernel) error) error {
	jobs, worst := a.open(names, true)
	if c.Output != "" && len(jobs) == 1 {
		if jobs[0].redirect(a, c.Output); same(jobs[0].source, c.Output) {
			return fmt.Errorf("%s: --output is the notebook itself; --write writes into it", jobs[0].name)
		}
	}
	jobs, worst = a.parameterised(jobs, c.assignments, worst)
	p := newPages(a, c.PDF)
	if c.Output == "-" {
		c.NoPage = true
	}
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
	worst = worse(worst, k.runAll(jobs, c, func(j *job) {
		if !c.NoPage && j.done && a.ctx.Err() == nil {
			p.make(j)
		}
	}))
	if a.ctx.Err() != nil {
		return a.ctx.Err()
	}
	return worse(worse(worst, a.reports(c.Report, c.JUnit, jobs)), p.finish(jobs))
}

// parameterised gives the notebooks their parameters. Those that can't take them
// are reported and left out.
func (a *app) parameterised(jobs []*job, list []params.Assignment, worst error) ([]*job, error) {
	var out []*job
	for _, j := range jobs {
		declared, _, err := params.Declared(j.nb)
		if err == nil {
			err = params.Inject(j.nb, list)
		}
		if err != nil {
			a.sayf("%s: %v", j.name, err)
			worst = errReported
			continue
		}
		j.defaults = make(map[string]string)
		for _, p := range declared {
			j.defaults[p.Name] = p.Default
		}
		out = append(out, j)
	}
	return out, worst
}

// runAll runs notebooks, and then does what is to be done with each, as many at a
// time as there are jobs.
func (k *kernel) runAll(jobs []*job, c runCmd, then func(*job)) error {
	if err := manifest.Check(filepath.Join(k.repo, "data")); err != nil {
		return err
	}
	var (
		running sync.WaitGroup
		mu      sync.Mutex // of worst
		worst   error
	)
	free := make(chan struct{}, max(1, c.Jobs))
	for _, j := range jobs {
		free <- struct{}{}
		if k.ctx.Err() != nil {
			break
		}
		running.Go(func() {
			err := k.notebook(j, c)
			<-free
			mu.Lock()
			worst = worse(worst, err)
			mu.Unlock()
			then(j)
		})
	}
	running.Wait()
	return worst
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
	began := time.Now()
	findings, err := k.run(j, c, began)
	took := time.Since(began)
	j.suite.Time = took
	if errors.Is(err, errReported) {
		return err
	}
	if e := k.record(j, c, began, len(findings) > 0); e != nil {
		k.sayf("%s: %v", j.name, e)
		return errReported
	}
	if e := j.save(k.app); e != nil {
		k.sayf("%s: the executed copy is lost: %v", j.name, e)
		return errReported
	}
	k.keepBasis(j)
	if err != nil {
		k.sayf("%s: stopped; the outputs so far are in %s", j.name, k.path(j.copy))
		return err
	}
	if len(findings) > 0 {
		for _, f := range findings {
			k.sayf("%s", plaintext.Line(f.String()))
		}
		return errFindings
	}
	k.sayf("%s: executed in %.1f s", j.base, took.Seconds())
	if c.Write {
		if err := j.write(); err != nil {
			k.sayf("%s: %v; the outputs are in %s", j.name, err, k.path(j.copy))
			return errReported
		}
	}
	return nil
}

// run executes the cells of a notebook in a fresh kernel.
func (k *kernel) run(j *job, c runCmd, began time.Time) ([]runner.Finding, error) {
	var reuse func(*nbformat.Cell) ([]nbformat.Output, bool)
	if c.Resume {
		reuse = k.resume(j)
	}
	proc, temp, err := k.start(filepath.Dir(j.source))
	if err != nil {
		if k.ctx.Err() == nil {
			k.sayf("%s: %v", j.name, err)
		}
		j.suite.Cases = append(j.suite.Cases, report.Case{Name: "kernel", Status: report.Errored, Message: err.Error()})
		return nil, errReported
	}
	stop := func() (time.Duration, bool) { return 0, false }
	findings, err := runner.Run(k.ctx, proc, j.name, j.nb, runner.Options{
		Timeout: c.Timeout,
		Scrub:   runner.NewScrubber(temp, k.repo, k.project.Module, k.tc.ModCache, k.tc.Root),
		Skip:    j.skip,
		Reuse:   reuse,
		Ran:     func(o runner.Outcome) { j.ran(o, time.Now()) },
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
	if err != nil { // interrupted
		proc.Kill()
	} else {
		proc.Shutdown(shutdownGrace)
	}
	return findings, err
}

// record writes into the notebook how its run went, where that is asked for, and
// where it failed.
func (k *kernel) record(j *job, c runCmd, began time.Time, failed bool) error {
	if !c.Stamp && !failed && len(c.assignments) == 0 {
		return nil
	}
	given := make(map[string]string)
	for _, p := range c.assignments {
		given[p.Name] = p.Value
	}
	r := status.Run{Defaults: j.defaults, Parameters: given, Input: j.name, Output: k.path(j.copy), Version: "wasserwerk kernelsetup", Failed: failed}
	if c.Stamp {
		r.Start, r.End = began, time.Now()
		for _, o := range j.outcomes {
			cell := status.Cell{Status: "completed", Start: o.ended.Add(-o.Took), End: o.ended}
			if o.Finding != nil {
				cell.Status = "failed"
			}
			if o.Skipped != "" {
				continue
			}
			if err := cell.Store(o.Cell); err != nil {
				return err
			}
		}
		s, err := k.stamp(j, given)
		if err != nil {
			return err
		}
		if err := s.Store(j.nb); err != nil {
			return err
		}
	}
	if n := len(j.outcomes); failed && n > 0 {
		last := j.outcomes[n-1]
		status.MarkFailure(j.nb, last.Cell, last.Number)
	}
	return r.Store(j.nb)
}

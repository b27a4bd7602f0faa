package command

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/report"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/stamp"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/verify"
)

type verifyCmd struct {
	Notebooks  []string      `arg:"" optional:"" name:"notebook" help:"Paths, or names of notebooks in notebooks/."`
	All        bool          `help:"Verify every notebook in notebooks/."`
	Timeout    time.Duration `default:"2m" help:"How long a cell may run."`
	Jobs       int           `default:"1" short:"j" help:"How many notebooks run at a time."`
	Abs        float64       `default:"1e-12" help:"Numbers may differ by this much, and …"`
	Rel        float64       `default:"1e-6" help:"… by this much of themselves. Notebooks and cells may ask for more in their metadata."`
	Picture    float64       `default:"1e-3" help:"Lines of an SVG may run elsewhere by this share of its size; that share of a PNG's pixels may look different."`
	AllowEmpty bool          `help:"A cell that stores no outputs is no difference."`
	Slow       bool          `help:"Run the cells with the tag slow too."`
	Stamp      bool          `help:"Say what the notebooks were stamped with that is different now, even where no output is."`
	Report     string        `placeholder:"FILE" help:"Write what came of each cell as JSON."`
	JUnit      string        `name:"junit" placeholder:"FILE" help:"The same as JUnit's XML."`
}

func (c *verifyCmd) Run(a *app) error {
	names := c.Notebooks
	switch {
	case c.All == (len(names) > 0):
		return errors.New("verify: give notebooks, or --all")
	case c.Jobs < 1 || c.Timeout <= 0 || !(c.Abs >= 0 && c.Rel >= 0 && c.Picture >= 0):
		return errors.New("verify: --jobs and --timeout are positive, and tolerances not negative")
	case c.All:
		if names = a.notebooks(); len(names) == 0 {
			return errors.New("verify: there are no notebooks in notebooks/")
		}
	}
	stored, worst := a.open(names, false)
	var jobs []*job
	for _, j := range stored {
		fresh := *j
		if err := fresh.read(true); err != nil {
			a.sayf("%s: %v", j.name, err)
			worst = errReported
			continue
		}
		fresh.skip = func(cell *nbformat.Cell) string { return verify.Skip(cell, c.Slow) }
		fresh.stored = j.nb
		jobs = append(jobs, &fresh)
	}
	if len(jobs) == 0 {
		return worst
	}
	k, err := a.prepare((*kernel).adopt)
	if err != nil {
		return err
	}
	worst = worse(worst, k.verifyAll(jobs, c))
	if a.ctx.Err() != nil {
		return a.ctx.Err()
	}
	return worse(worst, a.reports(c.Report, c.JUnit, jobs))
}

// verifyAll verifies notebooks, so many at a time.
func (k *kernel) verifyAll(jobs []*job, c *verifyCmd) error {
	var (
		running sync.WaitGroup
		mu      sync.Mutex // of worst
		worst   error
	)
	free := make(chan struct{}, c.Jobs)
	for _, j := range jobs {
		free <- struct{}{}
		if k.ctx.Err() != nil {
			break
		}
		running.Go(func() {
			err := k.verify(j, c)
			<-free
			mu.Lock()
			worst = worse(worst, err)
			mu.Unlock()
		})
	}
	running.Wait()
	return worst
}

// verify runs a notebook and compares what it gives with what it stores.
func (k *kernel) verify(j *job, c *verifyCmd) error {
	began := time.Now()
	findings, err := k.run(j, runCmd{Timeout: c.Timeout}, began)
	j.suite.Time = time.Since(began)
	if err != nil {
		return err
	}
	cells, err := verify.Compare(j.stored, j.nb, verify.Options{
		Tolerance: &verify.Tolerance{Abs: c.Abs, Rel: c.Rel, Picture: c.Picture}, AllowEmpty: c.AllowEmpty, Slow: c.Slow,
	})
	if err != nil {
		k.sayf("%s: %v", j.name, err)
		return errReported
	}
	bad := len(findings) > 0
	var lines []string
	for _, f := range findings {
		lines = append(lines, f.String())
	}
	cases := make(map[int]*report.Case)
	for i := range j.suite.Cases {
		cases[j.suite.Cases[i].Cell] = &j.suite.Cases[i]
	}
	for _, cell := range cells {
		said := describeCell(cell)
		if said == nil {
			continue
		}
		if cs := cases[cell.Number]; cs != nil {
			cs.Status, cs.Message, cs.Details = report.Failed, said[0], said
		}
		for _, s := range said {
			lines = append(lines, fmt.Sprintf("%s: cell [%d]: %s", j.name, cell.Number, s))
		}
		bad = true
	}
	compared := verify.Count(cells, verify.Same, verify.Differs)
	if compared == 0 && !bad {
		lines = append(lines, fmt.Sprintf("%s: nothing was compared, so nothing is verified", j.name))
		j.suite.Cases = append(j.suite.Cases, report.Case{Name: "compared", Status: report.Failed, Message: "nothing was compared"})
		bad = true
	}
	if bad || c.Stamp {
		if err := k.sayStamp(j); err != nil {
			return err
		}
	}
	for _, l := range lines {
		k.sayf("%s", l)
	}
	k.sayf("%s: %s", j.base, tally(cells, j.suite.Time))
	if bad {
		return errFindings
	}
	return nil
}

// describeCell says what is wrong with a cell's outputs, nil if nothing is.
func describeCell(c verify.Cell) []string {
	switch c.Kind {
	case verify.Missing:
		return []string{c.Why + "; run it with --write, or give --allow-empty"}
	case verify.Differs:
		var out []string
		for _, d := range c.Differences {
			out = append(out, d.String())
		}
		return out
	}
	return nil
}

// tally says how many cells were compared, and what became of the others.
func tally(cells []verify.Cell, took time.Duration) string {
	parts := []string{fmt.Sprintf("%d of %d cells compared", verify.Count(cells, verify.Same, verify.Differs), len(cells))}
	for _, p := range []struct {
		kind verify.Kind
		word string
	}{
		{verify.Differs, "differ"},
		{verify.Missing, "store no outputs"},
		{verify.Empty, "without outputs"},
		{verify.Ignored, "ignored"},
		{verify.Skipped, "skipped"},
		{verify.NotThere, "not reached"},
	} {
		if n := verify.Count(cells, p.kind); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, p.word))
		}
	}
	return fmt.Sprintf("%s, in %.1f s", strings.Join(parts, ", "), took.Seconds())
}

// sayStamp says what the notebook was run with that is different now.
func (k *kernel) sayStamp(j *job) error {
	was, ok := stamp.Read(j.stored)
	if !ok {
		return nil
	}
	now, err := k.stamp(j, was.Parameters)
	if err != nil {
		return err
	}
	for _, d := range stamp.Differences(was, now) {
		k.sayf("%s: made with other things: %s", j.name, d)
	}
	return nil
}

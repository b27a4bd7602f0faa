package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/atomicfile"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/params"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/report"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/runner"
)

// opening are the notebooks that the bare command runs in a checkout.
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
	Params    []string      `short:"p" name:"param" placeholder:"NAME=VALUE" sep:"none" help:"Give a parameter another value: one that the cell with the tag parameters declares, of its type. May be repeated."`
	Timeout   time.Duration `default:"2m" help:"How long a cell may run."`
	Output    string        `short:"o" placeholder:"FILE" help:"Where the executed copy goes; - is the standard output. Of one notebook only."`
	Write     bool          `help:"Write the outputs into the given notebooks too, where nothing is wrong."`
	NoPage    bool          `help:"Make no pages."`
	PDF       bool          `name:"pdf" help:"Print the pages as PDF too, by Chromium."`
	Jobs      int           `default:"1" short:"j" help:"How many notebooks run at a time."`
	Resume    bool          `help:"Keep the outputs of the last run where neither the code of a cell, nor what it rests on, has changed since."`
	Stamp     bool          `help:"Write into the executed copies with what they were run, and when, unless SOURCE_DATE_EPOCH is set."`
	Report    string        `placeholder:"FILE" help:"Write what came of each cell as JSON."`
	JUnit     string        `name:"junit" placeholder:"FILE" help:"The same as JUnit's XML."`

	assignments []params.Assignment
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
	case c.Output != "" && (c.All || len(c.Notebooks) > 1):
		return errors.New("run: --output is for one notebook")
	case c.PDF && (c.NoPage || c.Output == "-"):
		return errors.New("run: --pdf prints pages, and there are none to print")
	case c.Write && len(c.Params) > 0:
		return errors.New("run: --write is for runs with the notebook's own parameters")
	}
	for _, s := range c.Params {
		p, err := params.Parse(s)
		if err != nil {
			return fmt.Errorf("run: %w", err)
		}
		c.assignments = append(c.assignments, p)
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
	dir := filepath.Join(a.repo, "notebooks")
	names, _ := fs.Glob(os.DirFS(dir), "*.ipynb") // the pattern is sound
	for i, name := range names {
		names[i] = filepath.Join(dir, name)
	}
	return names
}

// reports writes what came of notebooks where it is asked for.
func (a *app) reports(jsonFile, junitFile string, jobs []*job) error {
	var suites []*report.Suite
	for _, j := range jobs {
		suites = append(suites, &j.suite)
	}
	for _, r := range []struct {
		file string
		make func([]*report.Suite) ([]byte, error)
	}{{jsonFile, report.JSON}, {junitFile, report.JUnit}} {
		if r.file == "" {
			continue
		}
		data, err := r.make(suites)
		if err == nil && r.file == "-" {
			_, err = a.stdout.Write(data)
		} else if err == nil {
			err = atomicfile.Write(r.file, data, 0o644)
		}
		if err != nil {
			return fmt.Errorf("can't write the report: %w", err)
		}
	}
	return nil
}

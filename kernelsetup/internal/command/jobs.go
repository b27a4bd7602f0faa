package command

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/plaintext"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/report"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/runner"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/stamp"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/status"
)

// job is one notebook on its way to a page.
type job struct {
	source string // path
	name   string // for people
	base   string // without folder and extension
	copy   string // path of the executed copy
	page   string // path of the page
	nb     *nbformat.Notebook
	done   bool        // nb is what the page is to show
	given  []byte      // the notebook as it was read
	saved  os.FileInfo // of the executed copy, as this run wrote it; nil if it wrote none

	stdout   bool // the executed copy goes to the standard output
	defaults map[string]string
	skip     func(*nbformat.Cell) string
	stored   *nbformat.Notebook // as it was, where outputs are compared
	outcomes []outcome
	suite    report.Suite
}

// outcome is what became of a cell, and when.
type outcome struct {
	runner.Outcome
	ended time.Time
}

// ran notes what became of a cell.
func (j *job) ran(o runner.Outcome, at time.Time) {
	j.outcomes = append(j.outcomes, outcome{o, at})
	c := report.Case{Name: fmt.Sprintf("cell [%d]", o.Number), Cell: o.Number, Status: report.Passed, Time: o.Took}
	switch {
	case o.Skipped != "":
		c.Status, c.Message = report.Skipped, o.Skipped
	case o.Finding != nil:
		c.Status, c.Line, c.Message = report.Failed, o.Finding.Line, o.Finding.Message
	}
	j.suite.Cases = append(j.suite.Cases, c)
}

// redirect sends the executed copy to a file of the user's choice.
func (j *job) redirect(a *app, file string) {
	j.stdout = file == "-"
	if !j.stdout {
		j.copy = file
		j.page = filepath.Join(a.build("pages"), strings.TrimSuffix(filepath.Base(file), ".ipynb")+".html")
	}
}

// open reads the named notebooks, and reports those that can't be read or, if
// they are to be executed, that aren't of Go.
func (a *app) open(names []string, execute bool) (jobs []*job, worst error) {
	taken := make(map[string]string)
	for _, name := range names {
		j := &job{source: a.resolve(name)}
		j.name = a.path(j.source)
		j.base = strings.TrimSuffix(filepath.Base(j.source), ".ipynb")
		j.suite.Name = j.name
		j.copy = filepath.Join(a.build("notebooks"), j.base+".ipynb")
		j.page = filepath.Join(a.build("pages"), j.base+".html")
		if taken[j.base] == j.name {
			continue // named twice
		}
		err := j.read(execute)
		if other := taken[j.base]; err == nil && other != "" {
			err = fmt.Errorf("what is made of it would replace what is made of %s, which has the same name; run them one at a time", other)
		}
		if err != nil {
			a.sayf("%s: %v", j.name, err)
			worst = errReported
			continue
		}
		taken[j.base] = j.name
		jobs = append(jobs, j)
	}
	return jobs, worst
}

func (j *job) read(execute bool) (err error) {
	j.nb, err = nbformat.ReadFile(j.source)
	if err == nil {
		j.given, err = os.ReadFile(j.source)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such notebook")
	case err != nil:
		return errors.New(strings.TrimPrefix(err.Error(), j.source+": "))
	case !execute:
		j.done = true
		return nil
	case same(j.source, j.copy):
		return errors.New("it is an executed copy, and running it would replace it; run the notebook that it was made from")
	}
	status.Clear(j.nb)
	stamp.Remove(j.nb)
	return runner.Prepare(j.nb)
}

// save writes the executed copy.
func (j *job) save(a *app) error {
	j.done = true
	if j.stdout {
		return j.nb.Write(a.stdout)
	}
	err := j.nb.WriteFile(j.copy)
	if err == nil {
		j.saved, err = os.Stat(j.copy)
	}
	return err
}

// current reports whether the executed copy is still that of this run.
func (j *job) current() bool {
	if j.saved == nil {
		return true
	}
	now, err := os.Stat(j.copy)
	return err == nil && os.SameFile(now, j.saved) && now.ModTime().Equal(j.saved.ModTime())
}

// write writes the outputs into the notebook, unless somebody has edited it.
func (j *job) write() error {
	now, err := os.ReadFile(j.source)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, j.given) {
		return errors.New("it has changed since the run began, and was left as it is now")
	}
	return j.nb.WriteFile(j.source)
}

func same(a, b string) bool {
	x, errx := os.Stat(a)
	y, erry := os.Stat(b)
	return errx == nil && erry == nil && os.SameFile(x, y)
}

// resolve turns a bare name into the path of the notebook in notebooks/.
func (a *app) resolve(name string) string {
	if filepath.Base(name) != name {
		return name
	}
	if _, err := os.Stat(name); err == nil && filepath.Ext(name) == ".ipynb" {
		return name
	}
	return filepath.Join(a.repo, "notebooks", strings.TrimSuffix(name, ".ipynb")+".ipynb")
}

// build returns a folder in .build.
func (a *app) build(name string) string { return filepath.Join(a.repo, ".build", name) }

// path returns a file's name as its user thinks of it: within the checkout from
// its root, elsewhere as it was given.
func (a *app) path(file string) string {
	abs, err := filepath.Abs(file)
	if err != nil {
		return plaintext.Line(file)
	}
	if rel, err := filepath.Rel(a.repo, abs); err == nil && filepath.IsLocal(rel) {
		file = filepath.ToSlash(rel)
	}
	return plaintext.Line(file)
}

package command

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/atomicfile"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbdiff"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/pair"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/plaintext"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/strip"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/verify"
)

// readable returns an error about a file without the file's name, which stands
// before it.
func readable(err error, file string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no such notebook")
	}
	return errors.New(strings.TrimPrefix(err.Error(), file+": "))
}

type stripCmd struct {
	Notebooks []string `arg:"" name:"notebook" help:"Paths, or names of notebooks in notebooks/; - is the standard input."`
	Write     bool     `help:"Write the stripped notebooks in place of the given ones; without it one goes to the standard output."`
}

// Run strips notebooks. As a filter of git it reads the standard input.
func (c *stripCmd) Run(a *app) error {
	if len(c.Notebooks) > 1 && !c.Write {
		return errors.New("strip: several notebooks need --write")
	}
	for _, name := range c.Notebooks {
		if name == "-" {
			nb, err := nbformat.Read(a.stdin)
			if err != nil {
				return fmt.Errorf("strip: %w", err)
			}
			strip.Strip(nb)
			return nb.Write(a.stdout)
		}
		file := a.resolve(name)
		nb, err := nbformat.ReadFile(file)
		if err != nil {
			return fmt.Errorf("%s: %w", a.path(file), readable(err, file))
		}
		strip.Strip(nb)
		if !c.Write {
			return nb.Write(a.stdout)
		}
		if err := nb.WriteFile(file); err != nil {
			return err
		}
	}
	return nil
}

type diffCmd struct {
	Before string  `arg:"" help:"A notebook."`
	After  string  `arg:"" optional:"" help:"Another; without it the first is compared with what git has of it."`
	Rel    float64 `default:"1e-6" help:"Numbers in outputs that differ by less of themselves are the same."`
}

func (c *diffCmd) Run(a *app) error {
	file := a.resolve(c.Before)
	before, err := nbformat.ReadFile(file)
	if err != nil {
		return fmt.Errorf("%s: %w", a.path(file), readable(err, file))
	}
	after := before
	if c.After != "" {
		other := a.resolve(c.After)
		if after, err = nbformat.ReadFile(other); err != nil {
			return fmt.Errorf("%s: %w", a.path(other), readable(err, other))
		}
	} else if before, err = a.committed(file); err != nil {
		return fmt.Errorf("%s: %w", a.path(file), err)
	}
	tol := verify.Default
	tol.Rel = c.Rel
	changes := nbdiff.Diff(before, after, tol)
	for _, ch := range changes {
		fmt.Fprintf(a.stdout, "%s: %s\n", plaintext.Line(ch.Where), ch.What)
		for _, l := range ch.Lines {
			fmt.Fprintf(a.stdout, "    %s\n", plaintext.Line(l))
		}
	}
	if len(changes) > 0 {
		return errFindings
	}
	return nil
}

// committed returns a notebook as git's last commit has it.
func (a *app) committed(file string) (*nbformat.Notebook, error) {
	cmd := exec.CommandContext(a.ctx, "git", "-C", filepath.Dir(file), "show", "HEAD:./"+filepath.Base(file))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git has no committed form of it: %s", strings.TrimSpace(stderr.String()+" "+err.Error()))
	}
	return nbformat.Read(bytes.NewReader(out))
}

type pairCmd struct {
	File  string `arg:"" help:"A notebook, whose text is written; or a text, whose notebook is."`
	To    string `placeholder:"FILE" help:"The other of the two; by default notebook.ipynb goes with _go/notebook.go beside it."`
	Force bool   `help:"Write over a text that is newer than its notebook and says something else."`
}

// Run writes the text of a notebook, or the notebook of a text with the outputs
// that it has.
func (c *pairCmd) Run(a *app) error {
	if filepath.Ext(c.File) == ".go" {
		return c.notebook(a)
	}
	file := a.resolve(c.File)
	nb, err := nbformat.ReadFile(file)
	if err != nil {
		return fmt.Errorf("%s: %w", a.path(file), readable(err, file))
	}
	text, err := pair.Write(nb)
	if err != nil {
		return fmt.Errorf("%s: %w", a.path(file), err)
	}
	to := c.To
	if to == "" {
		// The go command leaves folders alone whose names begin so.
		to = filepath.Join(filepath.Dir(file), "_go", strings.TrimSuffix(filepath.Base(file), ".ipynb")+".go")
	}
	old, err := os.ReadFile(to)
	switch {
	case err == nil && bytes.Equal(old, text):
		return nil
	case err == nil && !c.Force && newer(to, file):
		return fmt.Errorf("%s has changed since and says something else: pair %s takes that into the notebook, --force writes over it", a.path(to), a.path(to))
	}
	if err := atomicfile.Write(to, text, 0o644); err != nil {
		return err
	}
	a.sayf("%s written", a.path(to))
	return nil
}

// notebook writes the notebook of a text.
func (c *pairCmd) notebook(a *app) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	nb, err := pair.Read(data)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	to := c.To
	if to == "" {
		dir := filepath.Dir(c.File)
		if filepath.Base(dir) == "_go" {
			dir = filepath.Dir(dir)
		}
		to = filepath.Join(dir, strings.TrimSuffix(filepath.Base(c.File), ".go")+".ipynb")
	}
	old, err := nbformat.ReadFile(to)
	switch {
	case err == nil:
		pair.Merge(nb, old)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := nb.WriteFile(to); err != nil {
		return err
	}
	a.sayf("%s written", a.path(to))
	return nil
}

func newer(a, b string) bool {
	x, errx := os.Stat(a)
	y, erry := os.Stat(b)
	return errx == nil && erry == nil && x.ModTime().After(y.ModTime())
}

package command

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/atomicfile"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/chromium"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/echarts"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/page"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/plaintext"
)

type pageCmd struct {
	Notebooks []string `arg:"" optional:"" name:"notebook" help:"Paths, or names of notebooks in notebooks/."`
	All       bool     `help:"Make the page of every notebook in notebooks/."`
	PDF       bool     `name:"pdf" help:"Print them as PDF too, by Chromium."`
}

func (c *pageCmd) Run(a *app) error {
	names := c.Notebooks
	switch {
	case c.All == (len(names) > 0):
		return errors.New("page: give notebooks, or --all")
	case c.All:
		if names = a.notebooks(); len(names) == 0 {
			return errors.New("page: there are no notebooks in notebooks/")
		}
	}
	jobs, worst := a.open(names, false)
	p := newPages(a, c.PDF)
	p.prefetch(jobs)
	for _, j := range jobs {
		p.make(j)
	}
	return worse(worst, p.finish(jobs))
}

// pages makes pages and remembers which it made.
type pages struct {
	*app
	renderer *page.Renderer

	charts func() string // what draws interactive ones, or ""
	pdf    bool

	mu    sync.Mutex
	made  map[*job][]string // paths
	worst error
}

func newPages(a *app, pdf bool) *pages {
	p := &pages{app: a, renderer: page.NewRenderer(a.build("formulas")), charts: sync.OnceValue(a.charts), pdf: pdf, made: make(map[*job][]string)}
	if pdf {
		if _, err := chromium.Find(); err != nil {
			p.sayf("--pdf: %v", err)
			p.pdf, p.worst = false, errReported
		}
	}
	return p
}

// charts returns the library that draws interactive charts, and says once why
// pages have pictures alone.
func (a *app) charts() string {
	var library string
	err := a.step("charts: taking ECharts from npm", func() (err error) {
		library, err = echarts.Get(a.ctx)
		return err
	})
	switch {
	case a.ctx.Err() != nil:
	case errors.Is(err, echarts.ErrNoNPM):
		a.sayf("charts: without npm, pages show pictures in the place of interactive charts")
	case err != nil:
		a.sayf("charts: pages show pictures in the place of interactive charts: %v", err)
	}
	return library
}

// prefetch starts to typeset formulas, which takes longer than all the rest.
func (p *pages) prefetch(jobs []*job) {
	for _, j := range jobs {
		p.renderer.Prefetch(p.ctx, j.nb)
	}
}

// make makes one page, and reports what is in the way of it.
func (p *pages) make(j *job) {
	stop := p.watch(j.base + ": typesetting the page")
	var html bytes.Buffer
	err := p.renderer.Render(p.ctx, &html, j.nb, page.Options{Dir: filepath.Dir(j.source), Library: p.charts})
	took, _ := stop()
	if p.ctx.Err() != nil {
		return
	}
	var problems *page.Error
	if errors.As(err, &problems) {
		for _, pr := range problems.Problems {
			p.sayf("%s: %s", j.name, plaintext.Line(describe(j.nb, pr)))
		}
		p.failed(errFindings)
		return
	}
	if err == nil && !j.current() {
		err = errors.New("another run has replaced the executed copy meanwhile")
	}
	if err == nil {
		err = atomicfile.Write(j.page, html.Bytes(), 0o644)
	}
	if err != nil {
		p.sayf("%s: can't make its page: %v", j.name, err)
		p.failed(errReported)
		return
	}
	p.sayf("%s: page made in %.1f s", j.base, took.Seconds())
	files := []string{j.page}
	if p.pdf {
		pdf := strings.TrimSuffix(j.page, ".html") + ".pdf"
		err := p.step(j.base+": printing the page", func() error { return chromium.Print(p.ctx, p.temp, j.page, pdf) })
		if err != nil && p.ctx.Err() == nil {
			p.sayf("%s: can't print its page: %v", j.name, err)
			p.failed(errReported)
		} else if err == nil {
			files = append(files, pdf)
		}
	}
	p.mu.Lock()
	p.made[j] = files
	p.mu.Unlock()
}

func (p *pages) failed(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.worst = worse(p.worst, err)
}

// describe names a cell as Jupyter shows it, where Jupyter shows a number.
func describe(nb *nbformat.Notebook, pr page.Problem) string {
	if i := pr.Cell - 1; i >= 0 && i < len(nb.Cells) {
		c := nb.Cells[i]
		where := fmt.Sprintf("%s cell %d of %d", c.Type, pr.Cell, len(nb.Cells))
		if c.Type == nbformat.Code && c.ExecutionCount > 0 {
			where = fmt.Sprintf("cell [%d]", c.ExecutionCount)
		}
		if pr.Line > 0 {
			where += fmt.Sprintf(", line %d", pr.Line)
		}
		return where + ": " + pr.Text
	}
	return pr.String()
}

// finish prints the paths of the pages that were made, and returns what decides
// about the exit code.
func (p *pages) finish(jobs []*job) error {
	for _, j := range jobs {
		for _, file := range p.made[j] {
			fmt.Fprintln(p.stdout, file)
		}
	}
	if len(p.made) > 0 {
		if err := p.gallery(); err != nil {
			p.sayf("can't make the gallery: %v", err)
			p.failed(errReported)
		}
	}
	return p.worst
}

// gallery writes index.html: the notebooks of the checkout whose pages are there,
// from their executed copies if there are such.
func (p *pages) gallery() error {
	var entries []page.Entry
	for _, name := range p.notebooks() {
		base := strings.TrimSuffix(filepath.Base(name), ".ipynb")
		if _, err := os.Stat(filepath.Join(p.build("pages"), base+".html")); err != nil {
			continue
		}
		if executed := filepath.Join(p.build("notebooks"), base+".ipynb"); exists(executed) {
			name = executed
		}
		nb, err := nbformat.ReadFile(name)
		if err != nil {
			return err
		}
		entries = append(entries, page.Entry{Notebook: nb, Href: base + ".html"})
	}
	if len(entries) == 0 {
		return nil
	}
	var b bytes.Buffer
	if err := page.Gallery(&b, path.Base(p.project.Module)+": the notebooks", entries); err != nil {
		return err
	}
	index := filepath.Join(p.build("pages"), "index.html")
	if err := atomicfile.Write(index, b.Bytes(), 0o644); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, index)
	return nil
}

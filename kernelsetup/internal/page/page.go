// Package page turns a notebook into one HTML file that needs nothing else: it
// opens from a disk without a network, runs no script but that of interactive
// charts, and shows formulas, coloured code, figures and tables.
//
// Markdown is GitHub's, with formulas as in Jupyter: $…$, $$…$$, \(…\), \[…\]
// and \begin{…}…\end{…}. A formula with \tag{n} has the id eq-n, so that
// [(n)](#eq-n) links to it; \label{x} beside the tag makes \eqref{x} mean (n) in
// other formulas, and $\eqref{x}$ alone the link.
//
// The same notebook gives the same bytes.
package page

import (
	"context"
	"io"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// Options say how a page is made. The zero value is usable.
type Options struct {
	Title string // shown by the browser; default the first heading of level 1, else "Notebook"
	Lang  string // of the text, as in HTML's lang; default "en"
	Dir   string // of pictures that cells name by relative paths; default none are read

	// Library returns the library that draws interactive charts, or "" if it can't
	// be had. It is asked only if the notebook has charts, and without it the page
	// shows their pictures; so it does if Library is nil.
	Library func() string
}

// Renderer makes pages, and remembers the formulas that it has typeset. Its
// methods may be called concurrently.
type Renderer struct {
	formulas *formulas
}

// NewRenderer returns a Renderer that keeps typeset formulas in cacheDir, which
// need not exist. With "" it remembers them in memory only.
func NewRenderer(cacheDir string) *Renderer {
	return &Renderer{formulas: newFormulas(cacheDir)}
}

// Prefetch starts to typeset the notebook's formulas and returns at once. It
// gives up when ctx ends. Render finds what is done and waits for the rest.
func (r *Renderer) Prefetch(ctx context.Context, nb *nbformat.Notebook) {
	texts, _ := collect(nb, new(problems))
	go r.formulas.start(ctx, allFormulas(texts))
}

// Check returns what a page of the notebook would be refused for, but for formulas
// that don't typeset: links without a target, labels without a formula, pictures
// that aren't there. It typesets nothing.
func Check(nb *nbformat.Notebook, opt Options) []Problem {
	b := newBuilder(context.Background(), nb, opt, nil)
	b.lay(b.pieces())
	return b.problems.sorted()
}

// newBuilder collects the texts of a notebook.
func newBuilder(ctx context.Context, nb *nbformat.Notebook, opt Options, f *formulas) *builder {
	b := &builder{
		ctx: ctx, nb: nb, opt: opt, formulas: f,
		texts:   make(map[place]*text),
		outline: outline{ids: make(map[string]bool)},
	}
	texts, tags := collect(nb, &b.problems)
	b.tags = tags
	for _, t := range texts {
		b.texts[place{t.Cell, t.Output}] = t
	}
	b.formulaList = allFormulas(texts)
	return b
}

// Render writes the page of a notebook. The error is an *Error where the
// notebook's author has to mend something: a formula that doesn't typeset, an
// internal link without a target, a picture that the page can't hold. Nothing
// has been written then. The notebook is not changed.
func (r *Renderer) Render(ctx context.Context, w io.Writer, nb *nbformat.Notebook, opt Options) error {
	if opt.Lang == "" {
		opt.Lang = "en"
	}
	b := newBuilder(ctx, nb, opt, r.formulas)
	r.formulas.start(ctx, b.formulaList)
	page, err := b.page()
	if err != nil {
		return err
	}
	if err := b.problems.err(); err != nil {
		return err
	}
	_, err = w.Write(page)
	return err
}

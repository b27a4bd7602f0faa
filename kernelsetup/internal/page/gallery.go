package page

import (
	"fmt"
	"html"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	drawing "github.com/wasserwerk-go/wasserwerk/lib/figure"
)

// Entry is a notebook in a gallery.
type Entry struct {
	Notebook *nbformat.Notebook
	Href     string // its page's file, as a path from the gallery's
}

// Gallery writes a page that shows notebooks by their title, their first words
// and their first picture. It needs nothing but itself, and the pages for its
// links.
func Gallery(w io.Writer, title string, entries []Entry) error {
	var b strings.Builder
	fmt.Fprintf(&b, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<style>
%s%s</style>
</head>
<body>
<main>
<h1>%s</h1>
<ul class="gallery">
`, policy, html.EscapeString(title), styleSheet, galleryStyle, html.EscapeString(title))
	for _, e := range entries {
		heading, words := opening(e.Notebook)
		link := url.URL{Path: e.Href} // begins with ./ where the name looks like a scheme
		fmt.Fprintf(&b, "<li><a href=\"%s\">\n%s<h2>%s</h2>\n</a><p>%s</p></li>\n",
			html.EscapeString(link.String()), thumbnail(e.Notebook), html.EscapeString(heading), html.EscapeString(words))
	}
	b.WriteString("</ul>\n</main>\n</body>\n</html>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

const galleryStyle = `main { max-width: 72em; }
.gallery { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(17em, 1fr)); gap: 1.5em; }
.gallery li { border: 1px solid var(--line); border-radius: .4em; overflow: hidden; }
.gallery a { text-decoration: none; }
.gallery .thumb { display: block; width: 100%; aspect-ratio: 16 / 10; object-fit: contain; background: #fff; }
@media (prefers-color-scheme: dark) { .gallery .thumb { background: #16191d; } }
.gallery h2 { font-size: 1.05rem; margin: .8em .9em .3em; }
.gallery p { font-size: .9rem; line-height: 1.45; margin: 0 .95em 1em; color: var(--soft); }
`

// opening returns a notebook's title and its first sentences, as plain text.
func opening(nb *nbformat.Notebook) (title, words string) {
	title = "Notebook"
	for _, c := range nb.Cells {
		if c.Type != nbformat.Markdown {
			continue
		}
		paragraphs := strings.Split(strings.TrimSpace(c.Source), "\n\n")
		for i, p := range paragraphs {
			if t, ok := strings.CutPrefix(p, "# "); ok {
				title = plainWords(t)
				if i+1 < len(paragraphs) {
					words = sentences(plainWords(paragraphs[i+1]), 220)
				}
				return title, words
			}
		}
	}
	return title, ""
}

var (
	markdownLink = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	emphasis     = strings.NewReplacer("**", "", "*", "", "`", "", "$", "", "\n", " ")
	inlineMath   = regexp.MustCompile(`\$[^$]+\$`)
)

// plainWords drops Markdown's marks, and writes formulas in Unicode.
func plainWords(s string) string {
	s = emphasis.Replace(inlineMath.ReplaceAllStringFunc(markdownLink.ReplaceAllString(s, "$1"), func(formula string) string {
		if plain, err := drawing.PlainText(formula); err == nil {
			return plain
		}
		return formula
	}))
	return strings.TrimSpace(s)
}

// sentences returns as many whole sentences as fit, one at least.
func sentences(s string, most int) string {
	end := 0
	for i := range s {
		if i > 0 && s[i] == ' ' && strings.ContainsRune(".?!", rune(s[i-1])) {
			if end > 0 && i > most {
				break
			}
			end = i
		}
	}
	if end == 0 || len(s) <= most {
		return s
	}
	return s[:end]
}

// thumbnail returns the first picture of a notebook's outputs as an element.
func thumbnail(nb *nbformat.Notebook) string {
	for _, c := range nb.Cells {
		for i := range c.Outputs {
			mime, s := choose(&c.Outputs[i])
			if slices.Contains(pictureTypes, mime) {
				return fmt.Sprintf("<img class=\"thumb\" alt=\"\" src=\"%s\">\n", quoted(pictureData(mime, s)))
			}
		}
	}
	return "<span class=\"thumb\"></span>\n"
}

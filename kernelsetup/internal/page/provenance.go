package page

import (
	"fmt"
	"html"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/stamp"
)

// provenance returns a table of what the notebook was run with, "" where it doesn't
// say.
func provenance(nb *nbformat.Notebook) string {
	s, ok := stamp.Read(nb)
	if !ok {
		return ""
	}
	var b strings.Builder
	b.WriteString("<details class=\"provenance\"><summary>How this was made</summary>\n<table>\n<thead><tr><th scope=\"col\">what</th><th scope=\"col\">which</th></tr></thead>\n<tbody>\n")
	for _, r := range s.Rows() {
		fmt.Fprintf(&b, "<tr><td>%s</td><td><code>%s</code></td></tr>\n", html.EscapeString(r.What), html.EscapeString(r.Value))
	}
	b.WriteString("</tbody>\n</table>\n</details>\n")
	return b.String()
}

package lint

import (
	"regexp"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// machinePath finds paths that exist on one machine only: of a user, or of
// temporary files.
var machinePath = regexp.MustCompile(`(?:^|[\s"'` + "`" + `(=:,\[])((?:/(?:home|Users|root|tmp|mnt|media|work|private|scratch|opt|srv)/|[A-Za-z]:\\(?:Users\\)?)[\w.@~+-][^\s"'` + "`" + `,;)\]<>]*)`)

// secrets are shapes that keys have, and assignments of what is called one.
var secrets = []*regexp.Regexp{
	regexp.MustCompile(`\bAKIA[0-9A-Z]{16}\b`),
	regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{36,}\b`),
	regexp.MustCompile(`\bgithub_pat_[A-Za-z0-9_]{22,}\b`),
	regexp.MustCompile(`\bglpat-[A-Za-z0-9_-]{20,}\b`),
	regexp.MustCompile(`\bxox[abprs]-[A-Za-z0-9-]{10,}\b`),
	regexp.MustCompile(`\bsk-[A-Za-z0-9_-]{20,}\b`),
	regexp.MustCompile(`\bhf_[A-Za-z0-9]{30,}\b`),
	regexp.MustCompile(`\bAIza[0-9A-Za-z_-]{35}\b`),
	regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`),
	regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.`),
	regexp.MustCompile(`(?i)\b(?:password|passwd|secret|api_?key|access_?token|auth_?token)\w*\s*(?::=|=|:)\s*["'` + "`" + `][^"'` + "`" + `\s]{8,}["'` + "`" + `]`),
}

// private looks for what should not leave the machine, in a cell's source and in
// the texts of its outputs.
func (l *linter) private(i int, c *nbformat.Cell) {
	for n, line := range strings.Split(c.Source, "\n") {
		if m := machinePath.FindStringSubmatch(line); m != nil {
			l.add("paths", i, n+1, "the path %s is one machine's", m[1])
		}
		if looksSecret(line) {
			l.add("secrets", i, n+1, "it has what looks like a password or a key")
		}
	}
	for k := range c.Outputs {
		for _, text := range texts(&c.Outputs[k]) {
			if m := machinePath.FindStringSubmatch(text); m != nil {
				l.add("paths", i, 0, "output %d shows the path %s", k+1, m[1])
			}
			if looksSecret(text) {
				l.add("secrets", i, 0, "output %d shows what looks like a password or a key", k+1)
			}
		}
	}
}

func looksSecret(text string) bool {
	for _, s := range secrets {
		if s.MatchString(text) {
			return true
		}
	}
	return false
}

// texts returns what of an output is text to read.
func texts(o *nbformat.Output) []string {
	switch o.Type {
	case nbformat.Stream:
		return []string{o.Text}
	case nbformat.Error:
		return []string{o.EName + ": " + o.EValue + "\n" + strings.Join(o.Traceback, "\n")}
	}
	var out []string
	for _, mime := range []string{"text/plain", "text/markdown", "text/html"} {
		if s, ok := o.DataText(mime); ok {
			out = append(out, s)
		}
	}
	return out
}

package lint

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

const megabyte = 1 << 20

// outputs looks at what a code cell stores.
func (l *linter) outputs(i int, c *nbformat.Cell) {
	picture := false
	for k := range c.Outputs {
		o := &c.Outputs[k]
		size := len(o.Text)
		for mime, raw := range o.Data {
			size += len(raw)
			picture = picture || strings.HasPrefix(mime, "image/")
		}
		if size > megabyte {
			l.add("size", i, 0, "output %d is %.1f MB large", k+1, float64(size)/megabyte)
		}
		if o.Type == nbformat.Error && !c.HasTag("raises-exception") {
			l.add("failed", i, 0, "it stores an error: %s", firstLine(o.EName+": "+o.EValue))
		}
		l.picture(i, k, o)
		html, _ := o.DataText("text/html")
		if scripted.MatchString(html) && !picture {
			l.add("static", i, 0, "output %d is drawn by a script and has no picture before it: GitHub shows nothing there", k+1)
		}
		if m := loads.FindStringSubmatch(html); m != nil {
			l.add("network", i, 0, "output %d loads %s", k+1, m[1])
		}
	}
}

var (
	scripted = regexp.MustCompile(`(?i)<script\b`)
	loads    = regexp.MustCompile(`(?i)\b(?:src|href)=["']?((?:https?:)?//[^"'\s>]+\.(?:js|css|png|jpe?g|gif|svg|woff2?)[^"'\s>]*)`)
	mdImage  = regexp.MustCompile(`!\[([^\]]*)\]\(([^)\s]+)`)
	htmlImg  = regexp.MustCompile(`(?i)<img\b[^>]*>`)
	altAttr  = regexp.MustCompile(`(?i)\balt=["'][^"']+["']`)
)

// picture wants a description of a picture: in the plain text beside it, or in its
// metadata.
func (l *linter) picture(i, k int, o *nbformat.Output) {
	for mime := range o.Data {
		if !strings.HasPrefix(mime, "image/") {
			continue
		}
		plain, _ := o.DataText("text/plain")
		var meta struct{ Alt string }
		_ = json.Unmarshal(o.Metadata[mime], &meta) // other shapes are other tools' own
		if strings.TrimSpace(plain) == "" && strings.TrimSpace(meta.Alt) == "" || strings.HasPrefix(plain, "<Figure size") {
			l.add("alt", i, 0, "output %d is a picture without a description", k+1)
		}
	}
}

// markdownPictures wants descriptions of the pictures in a text.
func (l *linter) markdownPictures(i int, c *nbformat.Cell) {
	for n, line := range strings.Split(c.Source, "\n") {
		for _, m := range mdImage.FindAllStringSubmatch(line, -1) {
			if strings.TrimSpace(m[1]) == "" {
				l.add("alt", i, n+1, "the picture %s has no description", m[2])
			}
		}
		for _, tag := range htmlImg.FindAllString(line, -1) {
			if !altAttr.MatchString(tag) {
				l.add("alt", i, n+1, "a picture has no description")
			}
		}
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	if r := []rune(line); len(r) > 100 {
		return string(r[:99]) + "…"
	}
	return line
}

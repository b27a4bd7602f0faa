package page

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"slices"
	"strconv"
	"strings"

	nethtml "golang.org/x/net/html"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// longText is the number of lines above which a text is folded.
const longText = 40

// pictureTypes and textTypes list what a page can show, the best first: of one
// output a picture is preferred to HTML, and HTML to plain text.
var (
	pictureTypes = []string{"image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp"}
	textTypes    = []string{"text/html", "text/markdown", "text/latex", "text/plain"}
)

// choose returns the MIME type that is shown of an output, and its text. The
// type is "" if nothing can be shown.
func choose(o *nbformat.Output) (mime, value string) {
	if o.Type != nbformat.DisplayData && o.Type != nbformat.ExecuteResult {
		return "", ""
	}
	for _, mime := range slices.Concat(pictureTypes, textTypes) {
		if s, ok := o.DataText(mime); ok && strings.TrimSpace(s) != "" {
			return mime, s
		}
	}
	return "", ""
}

// output returns the nodes of one output of a code cell.
func (b *builder) output(cell, index int, o *nbformat.Output) []*nethtml.Node {
	switch o.Type {
	case nbformat.Stream:
		class := "stream"
		if o.Name == "stderr" {
			class = "stream stderr"
		}
		return plainText(o.Text, class, o.Name)
	case nbformat.Error:
		s := strings.Join(o.Traceback, "\n")
		if strings.TrimSpace(s) == "" {
			s = strings.TrimSuffix(o.EName+": "+o.EValue, ": ")
		}
		return plainText(s, "stream failure", "error")
	}
	mime, s := choose(o)
	switch {
	case slices.Contains(pictureTypes, mime):
		return []*nethtml.Node{figure(o, mime, s)}
	case mime == "text/html":
		c := cleaner{restore: func(s string) string { return s }, picture: outputPicture}
		nodes := b.cleaned(cell, &c, s)
		if len(c.refused) > 0 && !showsAnything(nodes[:len(nodes)-1]) {
			// A chart that a script draws: an empty box and a note.
			plain, _ := o.DataText("text/plain")
			nodes = append(plainText(plain, "", "text"), nodes[len(nodes)-1])
		}
		return nodes
	case mime == "text/markdown" || mime == "text/latex":
		return b.markdown(b.texts[place{cell, index}])
	case mime == "text/plain":
		return plainText(s, "", "text")
	}
	if kinds := shownKinds(o.Data); len(kinds) > 0 {
		return []*nethtml.Node{note("Not shown on this page: an output of type " + strings.Join(kinds, ", ") + ".")}
	}
	return nil
}

// showsAnything reports whether there is text or a picture in the nodes.
func showsAnything(nodes []*nethtml.Node) bool {
	shows := func(n *nethtml.Node) bool {
		return n.Data == "img" || n.Type == nethtml.TextNode && strings.TrimSpace(n.Data) != ""
	}
	for _, n := range nodes {
		if shows(n) {
			return true
		}
		for d := range n.Descendants() {
			if shows(d) {
				return true
			}
		}
	}
	return false
}

// shownKinds returns the types that are not blank: an empty text is how some
// kernels clear a place.
func shownKinds(data map[string]json.RawMessage) []string {
	o := nbformat.Output{Data: data}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(data)), func(mime string) bool {
		s, ok := o.DataText(mime)
		return ok && strings.TrimSpace(s) == ""
	})
}

// plainText returns text that a terminal would show, folded where it is long.
func plainText(s, class, name string) []*nethtml.Node {
	s = strings.TrimRight(s, "\n")
	body := terminalHTML(s)
	if strings.TrimSpace(body) == "" {
		return nil
	}
	pre := `<pre class="` + strings.TrimSpace("text "+class) + `" tabindex="0">` + body + "</pre>"
	if lines := 1 + strings.Count(body, "\n"); lines > longText {
		pre = fmt.Sprintf("<details><summary>%s: %s lines</summary>%s</details>", html.EscapeString(name), thousands(lines), pre)
	}
	return []*nethtml.Node{rawNode(pre + "\n")}
}

// thousands writes 12345 as 12,345.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// figure returns a picture with the output's plain text as its description.
func figure(o *nbformat.Output, mime, data string) *nethtml.Node {
	alt, _ := o.DataText("text/plain")
	var meta struct{ Alt, Width, Height any }
	if raw, ok := o.Metadata[mime]; ok {
		_ = json.Unmarshal(raw, &meta) // other shapes of it are other tools' own
	}
	if s, ok := meta.Alt.(string); ok && s != "" {
		alt = s
	}
	if alt = strings.Join(strings.Fields(alt), " "); alt == "" {
		alt = "Figure without a description"
	}
	attrs := map[string]string{"src": pictureData(mime, data), "alt": alt}
	for key, v := range map[string]any{"width": meta.Width, "height": meta.Height} {
		if px, ok := v.(float64); ok && px >= 1 {
			attrs[key] = strconv.Itoa(int(px))
		}
	}
	if mime == "image/svg+xml" && strings.Contains(data, "prefers-color-scheme") {
		attrs["class"] = "adaptive" // it has a card of its own for dark pages
	}
	var img strings.Builder
	img.WriteString("<img")
	for _, key := range slices.Sorted(maps.Keys(attrs)) {
		fmt.Fprintf(&img, ` %s="%s"`, key, quoted(attrs[key]))
	}
	div := element("div", "class", "figure")
	// Written out here: pictures would be a third longer the way others are escaped.
	div.AppendChild(rawNode(img.String() + ">"))
	return div
}

// quoted escapes what an attribute in double quotes can't hold.
func quoted(s string) string { return strings.NewReplacer("&", "&amp;", `"`, "&#34;").Replace(s) }

// pictureData returns a picture of a notebook, where all but SVG are base64.
func pictureData(mime, data string) string {
	if mime == "image/svg+xml" {
		return svgData(data)
	}
	return "data:" + mime + ";base64," + strings.Join(strings.Fields(data), "")
}

// outputPicture leaves out pictures of an output's HTML that are not in it.
func outputPicture(src string) (string, error) {
	if strings.HasPrefix(src, "data:image/") {
		return src, nil
	}
	return "", fmt.Errorf("an output shows the picture %s, which is not in the notebook", short(src))
}

func note(s string) *nethtml.Node {
	p := element("p", "class", "note")
	p.AppendChild(&nethtml.Node{Type: nethtml.TextNode, Data: s})
	return p
}

func unique(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

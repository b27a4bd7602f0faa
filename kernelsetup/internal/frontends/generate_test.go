//go:build unix

package frontends

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

func generatedName(i int) string { return fmt.Sprintf("generated-%03d.ipynb", i) }

// generated returns the i-th of the generated notebooks: all that the format allows,
// and above all what somebody may have forgotten.
func generated(i int) *nbformat.Notebook {
	g := generator{rand.New(rand.NewPCG(2025, uint64(i)))}
	nb := &nbformat.Notebook{Metadata: g.metadata()}
	if g.IntN(2) == 0 {
		nb.Metadata["kernelspec"] = raw(map[string]string{"name": "gonb", "display_name": g.text()})
	}
	for j := range g.IntN(9) {
		nb.Cells = append(nb.Cells, g.cell(j))
	}
	return nb
}

type generator struct{ *rand.Rand }

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

func (g generator) cell(n int) *nbformat.Cell {
	c := &nbformat.Cell{Type: pick(g, nbformat.Code, nbformat.Code, nbformat.Markdown, nbformat.Raw), Source: g.text(), Metadata: g.metadata()}
	switch g.IntN(3) {
	case 0: // Write makes one
	case 1:
		c.ID = fmt.Sprintf("%d-%s", n, strings.Repeat(pick(g, "a", "Z", "_", "-", "7"), g.IntN(60)))
	case 2:
		c.ID = strconv.Itoa(n)
	}
	if g.IntN(3) == 0 {
		c.Metadata["tags"] = raw([]string{"raises-exception", "ünïcode-" + strconv.Itoa(n)})
	}
	if c.Type != nbformat.Code {
		if g.IntN(2) == 0 {
			c.Attachments = g.attachments()
		}
		return c
	}
	if g.IntN(3) == 0 {
		c.Metadata["collapsed"], c.Metadata["scrolled"] = raw(true), raw(pick[any](g, true, "auto"))
	}
	c.ExecutionCount = pick(g, 0, 1, 2025, 1<<53-1)
	for range g.IntN(4) {
		c.Outputs = append(c.Outputs, g.output())
	}
	return c
}

// attachments are as Jupyter stores them, the texts among them line by line.
func (g generator) attachments() json.RawMessage {
	files := make(map[string]any)
	for range g.IntN(3) {
		files[g.text()+".png"] = map[string]any{"image/png": g.base64()}
		files[g.text()+".txt"] = map[string]any{"text/plain": []string{"one\n", "\n", "three π"}}
	}
	return raw(files)
}

func (g generator) output() nbformat.Output {
	switch out := (nbformat.Output{Type: pick(g, nbformat.Stream, nbformat.DisplayData, nbformat.ExecuteResult, nbformat.Error)}); out.Type {
	case nbformat.Stream:
		out.Name, out.Text = pick(g, "stdout", "stderr"), g.text()
		return out
	case nbformat.Error:
		out.EName, out.EValue = g.word(), g.text()
		for range g.IntN(4) {
			out.Traceback = append(out.Traceback, g.text())
		}
		return out
	default:
		out.Data, out.Metadata = g.bundle(), g.metadata()
		if out.Type == nbformat.ExecuteResult {
			out.ExecutionCount = g.IntN(3)
		}
		return out
	}
}

// bundle is an output in several forms.
func (g generator) bundle() map[string]json.RawMessage {
	data := make(map[string]json.RawMessage)
	for range g.IntN(4) {
		switch mime := pick(g, "text/plain", "text/html", "text/x-ünïcode", "image/svg+xml", "application/javascript", "text/x+json",
			"image/png", "application/pdf", "application/json", "application/vnd.dataresource+json", "application/geo+json"); {
		case mime == "image/png":
			data[mime] = raw(g.base64())
		case strings.HasPrefix(mime, "application/") && strings.HasSuffix(mime, "json"):
			data[mime] = raw(g.value(3))
		default:
			data[mime] = raw(g.text())
		}
	}
	return data
}

// metadata is anything under names that mean nothing to Jupyter.
func (g generator) metadata() map[string]json.RawMessage {
	m := make(map[string]json.RawMessage)
	for range g.IntN(3) {
		m["x "+g.word()] = raw(g.value(4))
	}
	return m
}

// value is any JSON value of a depth at most.
func (g generator) value(depth int) any {
	n := 8
	if depth == 0 {
		n = 6
	}
	switch g.IntN(n) {
	case 0:
		return nil
	case 1:
		return g.IntN(2) == 0
	case 2, 3: // numbers as Python writes them, which are of any size
		return json.Number(pick(g, "0", "-1", "9007199254740993", "-"+strings.Repeat("1234567890", 9), "18446744073709551616",
			"0.1", "-0.0", "1.0", "1e-05", "1e+16", "5e-324", "1.7976931348623157e+308", "123456.789"))
	case 4, 5:
		return g.text()
	case 6:
		list := []any{}
		for range g.IntN(4) {
			list = append(list, g.value(depth-1))
		}
		return list
	default:
		m := make(map[string]any)
		for range g.IntN(4) {
			m[g.text()] = g.value(depth - 1)
		}
		return m
	}
}

// words are what texts are made of: the ends of lines that Python knows, controls,
// the terminal's colours, and letters from everywhere.
var words = []string{
	"", "text", " ", "\t", "%%", "\n", "\n", "\n\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\u0085", "\u2028", "\u2029",
	"\x00", "\x01", "\b", "\x1f", "\x7f", "\u0080", "\x1b[31mred\x1b[0m", "\x1b[1;38;5;208m", `"`, `\`, `\n`, `\u0041`, `\ud83d`, "/", "</script>", "<!--", "&amp;",
	"π", "W₂²", "é", "e\u0301", "日本語", "עברית", "😀", "👩\u200d🔬", "\ufeff", "\ufffd", "\uffff", "\U0010ffff", "\u00a0", "\u202e",
	"$x^2$", "__proto__", "null", "0", "{}", "[1]",
}

func (g generator) word() string { return pick(g, words...) }

// text is a few words, and now and then a great many.
func (g generator) text() string {
	n := g.IntN(8)
	if g.IntN(40) == 0 {
		n = 2000
	}
	var b strings.Builder
	for range n {
		b.WriteString(g.word())
	}
	if g.IntN(4) == 0 {
		b.WriteString(strings.Repeat("\n", 1+g.IntN(3)))
	}
	return b.String()
}

func (g generator) base64() string {
	data := make([]byte, g.IntN(300))
	for i := range data {
		data[i] = byte(g.Uint32())
	}
	return base64.StdEncoding.EncodeToString(data)
}

func raw(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // not a JSON value
	}
	return data
}

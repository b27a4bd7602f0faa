package nbformat

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// A maker makes notebook files of all that the format allows.
type maker struct{ *rand.Rand }

func (m maker) pick(list ...string) string { return list[m.IntN(len(list))] }

// text is made of what texts trip over.
func (m maker) text() string {
	var b strings.Builder
	for range m.IntN(12) {
		b.WriteString(m.pick("x", " ", "\n", "\r\n", "\r", "\t", "\x00", "\x1b[1m", "\x7f", "\u0085", "\u2028", "\u2029", "\v", "\f", "\x1c",
			`"`, `\`, `\n`, `\u2028`, "\ufeff", "\ufffd", "\uffff", "\U0010ffff", "😀", "e\u0301", "ﬁ", "<!--", "</script>", "&amp;", "$x$", "%%", "// %%", "null"))
	}
	return b.String()
}

// lines is a text, in one of the two forms that files have, and as often as not cut
// where Jupyter wouldn't.
func (m maker) lines() any {
	if m.IntN(2) == 0 {
		return m.text()
	}
	list := []any{}
	for range m.IntN(4) {
		list = append(list, m.text())
	}
	return list
}

func (m maker) value(depth int) any {
	n := m.IntN(8)
	if depth > 4 {
		n %= 6
	}
	switch n {
	case 0:
		return nil
	case 1:
		return m.IntN(2) == 0
	case 2, 3:
		return m.text()
	case 4, 5:
		return json.Number(m.pick("0", "-0", "1", "-1.50", "9007199254740993", "1e999", "2E-400", "123456789012345678901234567890", "0.1000"))
	case 6:
		list := []any{}
		for range m.IntN(4) {
			list = append(list, m.value(depth+1))
		}
		return list
	}
	return m.object(depth + 1)
}

func (m maker) object(depth int) map[string]any {
	o := map[string]any{}
	for range m.IntN(4) {
		o[m.text()+m.pick("tags", "collapsed", "wasserwerk", "slideshow", "x", "")] = m.value(depth)
	}
	return o
}

// some leaves out an optional field now and then.
func (m maker) some(o map[string]any, key string, v any) {
	if m.IntN(5) > 0 {
		o[key] = v
	}
}

func (m maker) count() any {
	if m.IntN(2) == 0 {
		return nil
	}
	return json.Number(fmt.Sprint(m.IntN(1000)))
}

func (m maker) bundle() map[string]any {
	data := map[string]any{}
	for range m.IntN(4) {
		mime := m.pick("text/plain", "text/html", "image/svg+xml", "image/png", "application/javascript", "text/latex", "x/y", "")
		data[mime] = m.lines()
	}
	if m.IntN(3) == 0 {
		data[m.pick("application/json", "application/vnd.x+json", "odd/type")] = m.value(2)
	}
	return data
}

func (m maker) output() map[string]any {
	o := map[string]any{"output_type": m.pick("stream", "display_data", "execute_result", "error")}
	switch o["output_type"] {
	case "stream":
		m.some(o, "name", m.pick("stdout", "stderr", "other"))
		m.some(o, "text", m.lines())
	case "execute_result":
		m.some(o, "execution_count", m.count())
		fallthrough
	case "display_data":
		m.some(o, "data", m.bundle())
		m.some(o, "metadata", m.object(1))
	case "error":
		m.some(o, "ename", m.text())
		m.some(o, "evalue", m.text())
		m.some(o, "traceback", []any{m.text(), m.text()})
	}
	return o
}

func (m maker) cell(i int) map[string]any {
	c := map[string]any{"cell_type": m.pick("code", "markdown", "raw")}
	m.some(c, "id", fmt.Sprintf("%s-%d", m.pick("a", "B_", "-", strings.Repeat("z", 60)), i))
	m.some(c, "metadata", m.object(1))
	m.some(c, "source", m.lines())
	if c["cell_type"] == "code" {
		outputs := []any{}
		for range m.IntN(4) {
			outputs = append(outputs, m.output())
		}
		m.some(c, "outputs", outputs)
		m.some(c, "execution_count", m.count())
		return c
	}
	if m.IntN(3) == 0 {
		c["attachments"] = map[string]any{m.text() + ".png": m.bundle()}
	}
	return c
}

func (m maker) notebook() map[string]any {
	cells := []any{}
	for i := range m.IntN(7) {
		cells = append(cells, m.cell(i))
	}
	nb := map[string]any{"nbformat": json.Number("4")}
	m.some(nb, "nbformat_minor", json.Number(m.pick("0", "2", "4", "5", "6", "99")))
	m.some(nb, "metadata", m.object(0))
	m.some(nb, "cells", cells)
	return nb
}

// write writes JSON as no program would: keys in any order, blanks anywhere, and
// escapes where none are needed.
func (m maker) write(b *strings.Builder, v any) {
	b.WriteString(m.pick("", "", "", " ", "\r\n", "\t"))
	defer func() { b.WriteString(m.pick("", "", "", " ", "\n")) }()
	switch v := v.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		m.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		b.WriteByte('{')
		for i, k := range keys {
			if i > 0 {
				b.WriteByte(',')
			}
			m.write(b, k)
			b.WriteByte(':')
			m.write(b, v[k])
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			m.write(b, e)
		}
		b.WriteByte(']')
	case string:
		b.WriteByte('"')
		for _, r := range v {
			switch {
			case r < ' ' || r == '"' || r == '\\' || r < 0x10000 && m.IntN(4) == 0:
				fmt.Fprintf(b, m.pick(`\u%04x`, `\u%04X`), r)
			case r >= 0x10000 && m.IntN(2) == 0:
				fmt.Fprintf(b, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
			default:
				b.WriteRune(r)
			}
		}
		b.WriteByte('"')
	default:
		data, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		b.Write(data)
	}
}

func TestGeneratedNotebooks(t *testing.T) {
	kinds := make(map[string]int)
	for seed := range uint64(500) {
		m := maker{rand.New(rand.NewPCG(seed, 2025))}
		nb := m.notebook()
		var b strings.Builder
		m.write(&b, nb)
		if err := round([]byte(b.String())); err != nil {
			t.Fatalf("seed %d: %v\nof %s", seed, err, b.String())
		}
		cells, _ := nb["cells"].([]any)
		for _, c := range cells {
			cell := c.(map[string]any)
			kinds[cell["cell_type"].(string)]++
			if cell["attachments"] != nil {
				kinds["attachments"]++
			}
			outputs, _ := cell["outputs"].([]any)
			for _, o := range outputs {
				kinds[o.(map[string]any)["output_type"].(string)]++
			}
		}
	}
	for _, k := range []string{"code", "markdown", "raw", "attachments", "stream", "display_data", "execute_result", "error"} {
		if kinds[k] < 100 {
			t.Errorf("only %d of kind %s were made", kinds[k], k)
		}
	}
}

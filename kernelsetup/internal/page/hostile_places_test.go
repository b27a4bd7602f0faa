package page

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/stamp"
)

// cellsWith has all the places of a notebook that take text, by name: each makes
// cells that say it there.
var cellsWith = map[string]func(s string) []*nbformat.Cell{
	"markdown":         func(s string) []*nbformat.Cell { return []*nbformat.Cell{markdownCell(s)} },
	"markdown, inside": func(s string) []*nbformat.Cell { return []*nbformat.Cell{markdownCell("a " + s + " b\n\n- c " + s)} },
	"heading":          func(s string) []*nbformat.Cell { return []*nbformat.Cell{markdownCell("# " + oneLine(s))} },
	"contents": func(s string) []*nbformat.Cell {
		return []*nbformat.Cell{markdownCell("# a\n## " + oneLine(s) + "\n## b\n## c")}
	},
	"table": func(s string) []*nbformat.Cell {
		return []*nbformat.Cell{markdownCell("| a |\n|--|\n| " + oneLine(s) + " |")}
	},
	"code span":  func(s string) []*nbformat.Cell { return []*nbformat.Cell{markdownCell("`` " + oneLine(s) + " ``")} },
	"code fence": func(s string) []*nbformat.Cell { return []*nbformat.Cell{markdownCell("~~~~go\n" + s + "\n~~~~")} },
	"language": func(s string) []*nbformat.Cell {
		return []*nbformat.Cell{markdownCell("~~~~ " + oneLine(s) + "\nx\n~~~~")}
	},
	"footnote": func(s string) []*nbformat.Cell { return []*nbformat.Cell{markdownCell("a[^1]\n\n[^1]: " + oneLine(s))} },
	"raw cell": func(s string) []*nbformat.Cell {
		return []*nbformat.Cell{{Type: nbformat.Raw, Source: s}}
	},
	"code":          func(s string) []*nbformat.Cell { return []*nbformat.Cell{codeCell(s)} },
	"magic":         func(s string) []*nbformat.Cell { return []*nbformat.Cell{codeCell("!" + s), codeCell("%%html\n" + s)} },
	"html":          func(s string) []*nbformat.Cell { return shown("text/html", s) },
	"html, inside":  func(s string) []*nbformat.Cell { return shown("text/html", "<table><tr><td>"+s+"</td></tr></table>") },
	"markdown out":  func(s string) []*nbformat.Cell { return shown("text/markdown", s) },
	"plain":         func(s string) []*nbformat.Cell { return shown("text/plain", s) },
	"svg":           func(s string) []*nbformat.Cell { return shown("image/svg+xml", s) },
	"svg, inside":   func(s string) []*nbformat.Cell { return shown("image/svg+xml", "<svg><title>"+s+"</title></svg>") },
	"png":           func(s string) []*nbformat.Cell { return shown("image/png", s) },
	"jpeg":          func(s string) []*nbformat.Cell { return shown("image/jpeg", "AA\""+s) },
	"type":          func(s string) []*nbformat.Cell { return shown(s, "x") },
	"javascript":    func(s string) []*nbformat.Cell { return shown("application/javascript", s) },
	"plain of html": func(s string) []*nbformat.Cell { return shown("text/html", "<script></script>", "text/plain", s) },
	"alt": func(s string) []*nbformat.Cell {
		c := shown("image/png", "AA", "text/plain", s)
		meta, _ := json.Marshal(map[string]any{"alt": s, "width": s, "height": map[string]string{s: s}})
		c[0].Outputs = append(c[0].Outputs, display("image/png", "AA"))
		c[0].Outputs[1].Metadata = map[string]json.RawMessage{"image/png": meta}
		return c
	},
	"stream": func(s string) []*nbformat.Cell {
		return []*nbformat.Cell{codeCell("x", nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: s})}
	},
	"long stream": func(s string) []*nbformat.Cell {
		return []*nbformat.Cell{codeCell("x", nbformat.Output{Type: nbformat.Stream, Name: s, Text: strings.Repeat(s+"\n", 50)})}
	},
	"error": func(s string) []*nbformat.Cell {
		return []*nbformat.Cell{
			codeCell("x", nbformat.Output{Type: nbformat.Error, EName: s, EValue: s, Traceback: []string{s, s}}),
			codeCell("x", nbformat.Output{Type: nbformat.Error, EName: s, EValue: s}),
		}
	},
	"chart": func(s string) []*nbformat.Cell {
		quoted, _ := json.Marshal(s)
		return chartCell(`{"width":9,"height":9,"alt":` + string(quoted) + `,"dark":{},"option":{"title":{"text":` + string(quoted) + `}}}`)
	},
	"chart's key": func(s string) []*nbformat.Cell {
		quoted, _ := json.Marshal(s)
		return chartCell(`{"width":9,"height":9,"dark":{` + string(quoted) + `:` + string(quoted) + `},"option":{}}`)
	},
	"attachment": func(s string) []*nbformat.Cell {
		c := markdownCell("![" + oneLine(s) + "](attachment:a.svg) ![b](attachment:b.png)")
		quoted, _ := json.Marshal(s)
		c.Attachments = json.RawMessage(`{"a.svg":{"image/svg+xml":` + string(quoted) + `},"b.png":{"image/png":` + string(quoted) + `}}`)
		return []*nbformat.Cell{c}
	},
	"attachment's name": func(s string) []*nbformat.Cell {
		c := markdownCell("![b](attachment:" + url.PathEscape(s) + ")")
		quoted, _ := json.Marshal(s)
		c.Attachments = json.RawMessage(`{` + string(quoted) + `:{"image/png":"AA"}}`)
		return []*nbformat.Cell{c}
	},
	"id": func(s string) []*nbformat.Cell {
		c := markdownCell("x")
		c.ID = s
		return []*nbformat.Cell{c}
	},
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func shown(pairs ...string) []*nbformat.Cell {
	return []*nbformat.Cell{codeCell("x", display(pairs...))}
}

// chartCell is a cell with a picture and a chart that has the given description.
func chartCell(description string) []*nbformat.Cell {
	return []*nbformat.Cell{codeCell("x", display("image/svg+xml", "<svg width='1'/>"),
		display("text/html", `<div></div><script type="`+chartType+`">`+strings.ReplaceAll(description, "</", `<\/`)+`</script>`))}
}

// hostile are notebooks with a text in each place, by the places' names.
func hostile(s string) map[string]*nbformat.Notebook {
	all := make(map[string]*nbformat.Notebook)
	for name, cells := range cellsWith {
		all[name] = &nbformat.Notebook{Cells: cells(s)}
	}
	quoted, _ := json.Marshal(s)
	all["kernel"] = &nbformat.Notebook{Cells: []*nbformat.Cell{codeCell("x"), markdownCell("x")}, Metadata: map[string]json.RawMessage{
		"kernelspec": json.RawMessage(`{"language":` + string(quoted) + `,"name":` + string(quoted) + `}`), "title": quoted, "language_info": quoted,
	}}
	stamped := &nbformat.Notebook{Cells: []*nbformat.Cell{markdownCell("x")}}
	m := map[string]string{s: s}
	if err := (stamp.Stamp{Go: s, Platform: s, Processor: s, Kernel: s, Module: s, Revision: s, Library: s, GoSum: s, Source: s, Modules: m, Data: m, Parameters: m}).Store(stamped); err != nil {
		panic(err)
	}
	all["provenance"] = stamped
	return all
}

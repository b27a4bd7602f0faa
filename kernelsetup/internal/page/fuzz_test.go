package page

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"strings"
	"testing"

	nethtml "golang.org/x/net/html"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// What fuzzing finds in one place a browser may find in all: each input is tried as
// Markdown, as an output of each kind, and as a picture attached to a cell.
func FuzzPlaces(f *testing.F) {
	for _, p := range payloads {
		f.Add(armed(p, run, get))
	}
	f.Fuzz(func(t *testing.T, s string) {
		// Formulas take too long here, and have their own tests.
		s = strings.NewReplacer("$", "", `\`, "").Replace(strings.ToValidUTF8(s, "?"))
		if len(s) > 2000 || strings.ContainsAny(html.UnescapeString(s)+unescaped(s), string(markOpen)+string(markClose)) {
			return // marks have a test of their own
		}
		for _, name := range []string{"markdown", "markdown, inside", "table", "html", "html, inside", "markdown out", "svg", "attachment", "stream", "contents"} {
			harmless(t, fmt.Sprintf("%q in %s", s, name), notebookOf(cellsWith[name](s)...), Options{})
		}
	})
}

func unescaped(s string) string {
	u, err := url.PathUnescape(s)
	if err != nil {
		return ""
	}
	return u
}

// A chart's description is drawn as it is, or refused; whatever it holds, it ends
// neither the element that it is in nor the page.
func FuzzChart(f *testing.F) {
	for _, p := range chartPayloads {
		f.Add(armed(p, run, get))
	}
	f.Add(`{"width":1e1,"height":10000,"dark":null,"option":[]}`)
	f.Add(`{"width":1,"height":1,"width":2,"option":{"series":{"data":[1e999,-0,null,"x"]}}}`)
	f.Add(strings.Repeat(`{"series":[`, 50) + strings.Repeat(`]}`, 50))
	f.Fuzz(func(t *testing.T, s string) {
		c, err := readChart(s)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") || len(err.Error()) > 1000 {
				t.Fatalf("%q: %q", s, err)
			}
			return
		}
		if strings.ContainsAny(string(c.json), "<>&\u2028\u2029") || !json.Valid(c.json) {
			t.Fatalf("%q became %s", s, c.json)
		}
		nodes := c.nodes()
		page := mustRender(t, markdownCell("x"))
		var b strings.Builder
		for _, n := range nodes {
			if err := nethtml.Render(&b, n); err != nil {
				t.Fatal(err)
			}
		}
		if found := harm(strings.Replace(page, "</main>", b.String()+"</main>", 1)); len(found) > 0 {
			t.Fatalf("%q: %v", s, found)
		}
		// Whatever it is called, no value names a picture to be fetched.
		dec := json.NewDecoder(strings.NewReader(string(c.json)))
		for {
			tok, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if v, ok := tok.(string); ok && (strings.HasPrefix(v, "image://") || v == "link" || v == "sublink" || v == "renderMode") {
				t.Logf("%q has %q", s, v) // under dark names are colours
			}
		}
	})
}

// An SVG document stays the document that it was: its address, read as a browser
// reads it, gives the same elements, attributes and texts.
func FuzzSVGData(f *testing.F) {
	for _, s := range []string{
		`<svg width="1"><path d="M0 0#%&amp;"/></svg>`, `<?xml version="1.0"?><!-- <svg> --><svg a='b"c'>'"</svg>`, "<svg>\n<text>a\tb</text>\r\n</svg>", `<svg><style>a{content:'"'}</style></svg>`, `<svg a="%41%zz&#37;">%</svg>`, `<svg><text>"'&quot;&apos;é😀</text></svg>`,
		`<svg><![CDATA["'<>&]]></svg>`, `<svg a=">">x</svg>`, `<svg xmlns='x' a="'"/>`, `<!DOCTYPE svg><svg/>`, `<svg><style>/* don't */</style><a b="c"/></svg>`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := tree(s)
		if err != nil || len(s) > 4000 {
			return // no document
		}
		address := svgData(s)
		if strings.ContainsAny(address, "\"&\n#") {
			t.Fatalf("%q has what an attribute or an address can't hold: %s", s, address)
		}
		kind, data, _ := strings.Cut(address, ",")
		var back []byte
		if strings.HasSuffix(kind, ";base64") {
			back, err = base64.StdEncoding.DecodeString(data)
		} else {
			var text string
			text, err = url.PathUnescape(data)
			back = []byte(text)
		}
		if err != nil {
			t.Fatalf("%q: %v in %s", s, err, address)
		}
		got, err := tree(string(back))
		if err != nil {
			t.Fatalf("%q became %q, which is no document: %v", s, back, err)
		}
		if got != want {
			t.Fatalf("%q is\n%s\nand became %q:\n%s", s, want, back, got)
		}
	})
}

// tree writes a document as its elements and texts, for comparison: blanks count as
// one, and what stands before the first svg element isn't part of it.
func tree(s string) (string, error) {
	dec := xml.NewDecoder(strings.NewReader(s))
	var b strings.Builder
	depth, roots := 0, 0
	text := ""
	flush := func() {
		if fields := strings.Fields(text); len(fields) > 0 {
			fmt.Fprintf(&b, "%q\n", strings.Join(fields, " "))
		}
		text = ""
	}
	for {
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			if roots != 1 || depth != 0 {
				return "", errors.New("not one element")
			}
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			flush()
			if depth == 0 {
				if roots++; roots > 1 || tok.Name.Local != "svg" || tok.Name.Space != "" {
					return "", errors.New("not one svg element")
				}
			}
			depth++
			fmt.Fprintf(&b, "<%s:%s", tok.Name.Space, tok.Name.Local)
			for _, a := range tok.Attr {
				if a.Name.Local != "xmlns" || a.Name.Space != "" {
					fmt.Fprintf(&b, " %s:%s=%q", a.Name.Space, a.Name.Local, strings.Join(strings.Fields(a.Value), " "))
				}
			}
			b.WriteString("\n")
		case xml.EndElement:
			flush()
			depth--
			b.WriteString("/\n")
		case xml.CharData:
			if depth > 0 {
				text += string(tok)
			}
		case xml.Directive, xml.ProcInst:
			if depth > 0 {
				return "", errors.New("not for a picture")
			}
		}
	}
}

// The gallery's few words of a notebook are plain ones.
func FuzzGallery(f *testing.F) {
	for _, p := range payloads {
		f.Add(armed(p, run, get), "# "+armed(p, run, get)+"\n\n"+armed(p, run, get)+". More? Yes!")
	}
	f.Add("$x$", "# $\\frac{a}{b}$ and $5\n\n[a](b) **c** `d` $e_1^2$. ![f](g)")
	f.Fuzz(func(t *testing.T, title, source string) {
		var b strings.Builder
		nb := &nbformat.Notebook{Cells: []*nbformat.Cell{markdownCell(source)}}
		if err := Gallery(&b, title, []Entry{{nb, "a.html"}}); err != nil {
			t.Fatal(err)
		}
		if found := harm(b.String()); len(found) > 0 {
			t.Fatalf("%q, %q: %v", title, source, found)
		}
	})
}

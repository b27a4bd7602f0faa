// Package pair writes notebooks as Go files and reads them back: cells as text that
// is easy to edit and whose changes are easy to read, in the form that jupytext
// calls percent, with its rules for GoNB. Outputs stay in the notebook.
package pair

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/cellsum"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/plaintext"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/strip"
)

// Jupytext's rules, in its own words: lines that would be magics in a notebook are
// comments here, and so are lines that only look like such comments, once more; %%
// alone is a comment that GoNB reads as what it is.
var (
	magic   = regexp.MustCompile(`^(// |//)*(!|!\*|%|%%|%%%)[a-zA-Z]`)
	percent = regexp.MustCompile(`^((?://\s*)*)(%%\s*$|%%\s+-.*$)`)
	prefix  = regexp.MustCompile(`^((?://\s*)*)//\s*gonb:%%`)
	marker  = regexp.MustCompile(`^//\s*%%(?:\s|$)`)
)

// languages are the magics that jupytext writes as the language of a cell.
var languages = map[string]bool{"bash": true, "sh": true, "script": true, "html": true, "javascript": true, "js": true, "latex": true, "markdown": true, "svg": true, "python": true, "perl": true, "ruby": true, "sql": true}

// Write returns a notebook as a Go file. Its error names a line that would not come
// back as it was: one that looks like the beginning of a cell, or like the form that
// another line takes here.
func Write(nb *nbformat.Notebook) ([]byte, error) {
	var b bytes.Buffer
	header(&b, nb)
	for i, c := range nb.Cells {
		if c.Attachments != nil {
			return nil, fmt.Errorf("cell %d: it has attachments, which text can't hold", i+1)
		}
		lines := cellLines(c)
		if err := comesBack(c, lines); err != nil {
			return nil, fmt.Errorf("cell %d: %w", i+1, err)
		}
		b.WriteString("\n" + strings.Join(lines, "\n") + "\n")
	}
	return b.Bytes(), nil
}

// comesBack returns an error that names a line of a cell that isn't read as it was.
func comesBack(c *nbformat.Cell, lines []string) error {
	want := strings.Split(c.Source, "\n")
	for k, l := range lines[1:] {
		if marker.MatchString(l) {
			return fmt.Errorf("line %d: %q looks like the beginning of a cell", len(want)-len(lines[1:])+k+1, l)
		}
	}
	back, err := readCell(lines[0], lines[1:])
	meta := options(c)
	if err != nil || !slices.Equal(options(back), meta) || lines[0] != plaintext.Line(lines[0]) {
		return fmt.Errorf("its metadata, %s, would not come back as they are", plaintext.Line(strings.Join(meta, " ")))
	}
	got := strings.Split(back.Source, "\n")
	for k, l := range want {
		if k >= len(got) || got[k] != l || strings.Contains(l, "\r") {
			return fmt.Errorf("line %d: %q would not come back as it is", k+1, l)
		}
	}
	if len(got) != len(want) || back.Type != c.Type {
		return fmt.Errorf("line %d: it would not come back as it is", len(want))
	}
	return nil
}

// header writes what jupytext reads first: the form, and the kernel.
func header(b *bytes.Buffer, nb *nbformat.Notebook) {
	spec := struct {
		DisplayName string `json:"display_name"`
		Language    string `json:"language"`
		Name        string `json:"name"`
	}{"Go (gonb)", "go", "gonb"}
	_ = json.Unmarshal(nb.Metadata["kernelspec"], &spec) // other shapes are other tools' own
	for _, line := range []string{
		"---", "jupyter:", "  jupytext:", "    text_representation:", "      extension: .go", "      format_name: percent", "      format_version: '1.3'",
		"  kernelspec:", "    display_name: " + scalar(spec.DisplayName), "    language: " + scalar(spec.Language), "    name: " + scalar(spec.Name), "---",
	} {
		b.WriteString("// " + line + "\n")
	}
}

// word matches texts that mean themselves in YAML.
var word = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 ().+_-]*$`)

// scalar writes a text as YAML.
func scalar(s string) string {
	if word.MatchString(s) && !strings.HasSuffix(s, " ") {
		return s
	}
	return pythonValue(s) // JSON is YAML
}

// cellLines returns the lines of a cell, its marker first.
func cellLines(c *nbformat.Cell) []string {
	meta := options(c)
	source := strings.Split(c.Source, "\n")
	if c.Type != nbformat.Code {
		return append([]string{mark(append([]string{"[" + string(c.Type) + "]"}, meta...))}, commented(source)...)
	}
	if lang, args, ok := foreign(source[0]); ok {
		meta = append(meta, fmt.Sprintf("language=%q", lang))
		if args != "" {
			meta = append(meta, fmt.Sprintf("magic_args=%q", args))
		}
		return append([]string{mark(meta)}, commented(source[1:])...)
	}
	lines := []string{mark(meta)}
	if c.Source != "" {
		for _, line := range source {
			lines = append(lines, written(line))
		}
	}
	return lines
}

// mark writes the line that begins a cell.
func mark(words []string) string {
	return strings.TrimRight("// %% "+strings.Join(words, " "), " ")
}

func commented(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimRight("// "+l, " ")
		if l != strings.TrimRight(l, " ") { // blanks at a line's end mean something in Markdown
			out[i] = "// " + l
		}
	}
	return out
}

// written is a line of code as it stands in the file, unwritten the way back.
func written(line string) string {
	line = percent.ReplaceAllString(line, "${1}//gonb:$2")
	if magic.MatchString(line) {
		return "// " + line
	}
	return line
}

func unwritten(line string) string {
	if magic.MatchString(line) {
		switch {
		case strings.HasPrefix(line, "// "):
			line = line[len("// "):]
		case strings.HasPrefix(line, "//"):
			line = line[len("//"):]
		}
	}
	return prefix.ReplaceAllString(line, "${1}%%")
}

// foreign returns the language of a cell that isn't Go.
func foreign(line string) (lang, args string, ok bool) {
	rest, ok := strings.CutPrefix(line, "%%")
	if !ok {
		return "", "", false
	}
	lang, args, _ = strings.Cut(rest, " ")
	return lang, args, languages[lang]
}

// options writes a cell's metadata as words key=value.
func options(c *nbformat.Cell) []string {
	var words []string
	for _, key := range slices.Sorted(maps.Keys(c.Metadata)) {
		raw := c.Metadata[key]
		if slices.Contains(strip.Noise, key) || key == "papermill" {
			continue
		}
		if key == cellsum.Key {
			copied := &nbformat.Cell{Metadata: map[string]json.RawMessage{key: raw}}
			cellsum.Store(copied, "")
			if raw = copied.Metadata[key]; raw == nil {
				continue
			}
		}
		words = append(words, key+"="+pythonJSON(raw))
	}
	return words
}

// pythonJSON writes JSON as Python does, with blanks behind commas and colons.
func pythonJSON(raw json.RawMessage) string {
	var v any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return string(raw)
	}
	return pythonValue(v)
}

func pythonValue(v any) string {
	var parts []string
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, pythonValue(k)+": "+pythonValue(v[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, e := range v {
			parts = append(parts, pythonValue(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // it was decoded from JSON
	return strings.TrimSpace(b.String())
}

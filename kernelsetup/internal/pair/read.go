package pair

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

var headerLine = regexp.MustCompile(`^//\s{4}(display_name|language|name):\s*(.*)$`)

// Read reads a Go file that Write or jupytext wrote. Cells have no outputs and no
// ids; see Merge.
func Read(data []byte) (*nbformat.Notebook, error) {
	lines := strings.Split(strings.TrimSuffix(string(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))), "\n"), "\n")
	nb := &nbformat.Notebook{Metadata: map[string]json.RawMessage{
		"language_info": json.RawMessage(`{"file_extension":".go","mimetype":"text/x-go","name":"go"}`),
	}}
	at := readHeader(lines, nb)
	for at < len(lines) && strings.TrimSpace(lines[at]) == "" {
		at++
	}
	for at < len(lines) {
		if !marker.MatchString(lines[at]) {
			return nil, fmt.Errorf("line %d: a cell begins with // %%%%, not with %q", at+1, lines[at])
		}
		end := at + 1
		for end < len(lines) && !marker.MatchString(lines[end]) {
			end++
		}
		body := lines[at+1 : end]
		if end < len(lines) && len(body) > 0 && body[len(body)-1] == "" { // between cells
			body = body[:len(body)-1]
		}
		c, err := readCell(lines[at], body)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", at+1, err)
		}
		nb.Cells = append(nb.Cells, c)
		at = end
	}
	return nb, nil
}

// readHeader reads the kernel's name and returns the line behind the header.
func readHeader(lines []string, nb *nbformat.Notebook) int {
	spec := map[string]string{"display_name": "Go (gonb)", "language": "go", "name": "gonb"}
	at := 0
	if len(lines) > 0 && lines[0] == "// ---" {
		kernel := false
		for at = 1; at < len(lines) && lines[at] != "// ---"; at++ {
			kernel = kernel && strings.HasPrefix(lines[at], "//    ") || strings.HasSuffix(lines[at], "kernelspec:")
			if m := headerLine.FindStringSubmatch(lines[at]); kernel && m != nil {
				spec[m[1]] = unquoted(m[2])
			}
		}
		at++
	}
	raw, err := json.Marshal(spec)
	if err != nil {
		panic("pair: " + err.Error()) // strings
	}
	nb.Metadata["kernelspec"] = raw
	return min(at, len(lines))
}

// unquoted reads a text of YAML's in any of its three forms.
func unquoted(s string) string {
	var text string
	switch {
	case strings.HasPrefix(s, `"`) && json.Unmarshal([]byte(s), &text) == nil:
		return text
	case len(s) > 1 && strings.HasPrefix(s, "'") && strings.HasSuffix(s, "'"):
		return strings.ReplaceAll(s[1:len(s)-1], "''", "'")
	}
	return s
}

var cellType = regexp.MustCompile(`^\[(markdown|md|raw)\]\s*`)

// readCell reads a cell's marker and lines.
func readCell(first string, body []string) (*nbformat.Cell, error) {
	words := strings.TrimSpace(regexp.MustCompile(`^//\s*%%`).ReplaceAllString(first, ""))
	c := &nbformat.Cell{Type: nbformat.Code}
	if m := cellType.FindStringSubmatch(words); m != nil {
		words = words[len(m[0]):]
		if c.Type = nbformat.Markdown; m[1] == "raw" {
			c.Type = nbformat.Raw
		}
	}
	meta, err := readOptions(words)
	if err != nil {
		return nil, err
	}
	var lang, args string
	_ = json.Unmarshal(meta["language"], &lang)
	_ = json.Unmarshal(meta["magic_args"], &args)
	if lang != "" && c.Type == nbformat.Code {
		delete(meta, "language")
		delete(meta, "magic_args")
		head := strings.TrimRight("%%"+lang+" "+args, " ")
		c.Source = strings.Join(append([]string{head}, uncommented(body)...), "\n")
	} else if c.Type == nbformat.Code {
		out := make([]string, len(body))
		for i, l := range body {
			out[i] = unwritten(l)
		}
		c.Source = strings.Join(out, "\n")
	} else {
		c.Source = strings.Join(uncommented(body), "\n")
	}
	if len(meta) > 0 {
		c.Metadata = meta
	}
	return c, nil
}

func uncommented(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		switch {
		case strings.HasPrefix(l, "// "):
			out[i] = l[len("// "):]
		case strings.HasPrefix(l, "//"):
			out[i] = l[len("//"):]
		default:
			out[i] = l
		}
	}
	return out
}

// readOptions reads words of the form key=value, with JSON for values; words in
// front of them are a title.
func readOptions(s string) (map[string]json.RawMessage, error) {
	meta := make(map[string]json.RawMessage)
	var title []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		word, rest, _ := strings.Cut(s, " ")
		key, _, ok := strings.Cut(word, "=")
		if !ok || len(meta) == 0 && strings.ContainsAny(key, `"'{}[]`) {
			if len(meta) > 0 {
				return nil, fmt.Errorf("%q isn't of the form key=value", word)
			}
			title, s = append(title, word), rest
			continue
		}
		dec := json.NewDecoder(strings.NewReader(s[len(key)+1:]))
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, fmt.Errorf("the value of %s isn't JSON: %w", key, err)
		}
		meta[key] = raw
		s = s[len(key)+1+int(dec.InputOffset()):]
	}
	if len(title) > 0 {
		raw, err := json.Marshal(strings.Join(title, " "))
		if err != nil {
			return nil, err
		}
		meta["title"] = raw
	}
	return meta, nil
}

package nbformat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// parseTop checks the whole document and returns the fields of its top object.
func parseTop(data []byte) (object, error) {
	if at := invalidUTF8(data); at >= 0 {
		return nil, fmt.Errorf("not UTF-8: %s", position(data, at))
	}
	var top object
	err := json.Unmarshal(data, &top)
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("not JSON: the file is empty")
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return nil, fmt.Errorf("not JSON: %s: %w", position(data, max(0, int(e.Offset)-1)), e)
	}
	if err != nil || top == nil {
		return nil, errors.New("not a notebook: the JSON is no object")
	}
	return top, checkStrings(data)
}

// position returns line and column, both from 1, of a byte offset.
func position(data []byte, offset int) string {
	before := data[:min(offset, len(data))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return fmt.Sprintf("line %d, column %d", line, column)
}

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// halfPair finds escapes of surrogates. Pairs match the first alternative.
var (
	escapes   = regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\.`)
	surrogate = regexp.MustCompile(`^\\u[dD][89a-fA-F]..$`)
)

// maxDepth bounds how deep values may be nested. What is written is indented by
// its depth, and a file could become a thousand times as large.
const maxDepth = 200

// checkStrings refuses what decoding would change in silence: a key that
// stands twice in an object, and half a surrogate pair; and what is nested too
// deep. The data are valid JSON.
func checkStrings(data []byte) error {
	type level struct {
		keys    map[string]bool // nil in arrays
		wantKey bool
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var stack []level
	for {
		from := int(dec.InputOffset())
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("not JSON: %w", err)
		}
		end := int(dec.InputOffset())
		var top *level
		if len(stack) > 0 {
			top = &stack[len(stack)-1]
		}
		isKey := top != nil && top.wantKey
		if s, ok := tok.(string); ok {
			for _, m := range escapes.FindAllIndex(data[from:end], -1) {
				if surrogate.Match(data[from+m[0] : from+m[1]]) {
					return fmt.Errorf("not text: half a surrogate pair at %s", position(data, from+m[0]))
				}
			}
			if isKey {
				if top.keys[s] {
					return fmt.Errorf("the key %q stands twice in one object: %s", s, position(data, end))
				}
				top.keys[s] = true
				top.wantKey = false
				continue
			}
		}
		if d, ok := tok.(json.Delim); ok && (d == '}' || d == ']') {
			stack = stack[:len(stack)-1]
			continue
		}
		if top != nil && top.keys != nil {
			top.wantKey = true // a value has begun, so a key follows it
		}
		if len(stack) == maxDepth && (tok == json.Delim('{') || tok == json.Delim('[')) {
			return fmt.Errorf("nested more than %d levels deep: %s", maxDepth, position(data, from))
		}
		switch tok {
		case json.Delim('{'):
			stack = append(stack, level{keys: make(map[string]bool), wantKey: true})
		case json.Delim('['):
			stack = append(stack, level{})
		}
	}
}

// appendValue encodes a JSON value as Jupyter saves it: keys sorted, one space
// of indentation a level, numbers as they were.
func appendValue(b []byte, v any, depth int) ([]byte, error) {
	var err error
	switch v := v.(type) {
	case nil:
		b = append(b, "null"...)
	case bool:
		b = fmt.Append(b, v)
	case int:
		b = fmt.Append(b, v)
	case json.Number:
		b = append(b, v...)
	case string:
		b = appendString(b, v)
	case json.RawMessage:
		var decoded any
		dec := json.NewDecoder(bytes.NewReader(v))
		dec.UseNumber()
		if err := dec.Decode(&decoded); err != nil {
			return b, fmt.Errorf("invalid JSON value %.40q: %w", v, err)
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return b, fmt.Errorf("invalid JSON value %.40q: more than one value", v)
		}
		return appendValue(b, decoded, depth)
	case []any:
		if len(v) == 0 {
			return append(b, "[]"...), nil
		}
		for i, e := range v {
			b = newline(b, "[,"[min(i, 1)], depth+1)
			if b, err = appendValue(b, e, depth+1); err != nil {
				return b, err
			}
		}
		b = append(newline(b, 0, depth), ']')
	case map[string]any:
		if len(v) == 0 {
			return append(b, "{}"...), nil
		}
		for i, k := range slices.Sorted(maps.Keys(v)) {
			b = newline(b, "{,"[min(i, 1)], depth+1)
			b = append(appendString(b, k), ": "...)
			if b, err = appendValue(b, v[k], depth+1); err != nil {
				return b, fmt.Errorf("%s: %w", k, err)
			}
		}
		b = append(newline(b, 0, depth), '}')
	}
	return b, nil
}

// newline ends a line with sep, unless that is 0, and indents the next.
func newline(b []byte, sep byte, depth int) []byte {
	if sep != 0 {
		b = append(b, sep)
	}
	b = append(b, '\n')
	return append(b, strings.Repeat(" ", depth)...)
}

// appendString quotes s as Jupyter does. encoding/json would escape U+2028 and
// U+2029 besides, whatever its options.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ':
			if i := strings.IndexRune("\n\r\t\b\f", r); i >= 0 {
				b = append(b, '\\', "nrtbf"[i])
			} else {
				b = fmt.Appendf(b, `\u%04x`, r)
			}
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// splitLines cuts s after every line end, of which Python knows more than Go.
func splitLines(s string) []any {
	lines := []any{}
	start := 0
	for i, r := range s {
		switch r {
		case '\r':
			if strings.HasPrefix(s[i+1:], "\n") {
				continue
			}
		case '\n', '\v', '\f', '\x1c', '\x1d', '\x1e', '\u0085', '\u2028', '\u2029':
		default:
			continue
		}
		end := i + utf8.RuneLen(r)
		lines = append(lines, s[start:end])
		start = end
	}
	if start < len(s) {
		lines = append(lines, s[start:])
	}
	return lines
}

package nbformat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/atomicfile"
)

// WriteFile writes the notebook to path. It replaces the file in one step, so
// that a reader or a crash never sees half a notebook; the mode of a file that
// was there, and a symbolic link to it, stay.
func (nb *Notebook) WriteFile(path string) error {
	mode := os.FileMode(0o644)
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
		if info, err := os.Stat(path); err == nil {
			mode = info.Mode().Perm()
		}
	}
	var b bytes.Buffer
	if err := nb.Write(&b); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return atomicfile.Write(path, b.Bytes(), mode)
}

// Write writes the notebook as Jupyter saves it: keys sorted, one space of
// indentation, texts as lists of lines, a line end at the end. Cells without
// an id are written with the one that Read would give them. The error says
// which cell the format doesn't allow; nothing has been written then.
func (nb *Notebook) Write(w io.Writer) error {
	if err := checkIDs(nb.Cells); err != nil {
		return err
	}
	made := missingIDs(nb.Cells)
	cells := make([]any, len(nb.Cells))
	for i, c := range nb.Cells {
		cell, err := encodeCell(c)
		if err != nil {
			return fmt.Errorf("cell %d: %w", i+1, err)
		}
		if id, ok := made[i]; ok {
			cell["id"] = id
		}
		cells[i] = cell
	}
	b, err := appendValue(nil, map[string]any{
		"cells":          cells,
		"metadata":       encodeMap(nb.Metadata),
		"nbformat":       4,
		"nbformat_minor": max(nb.Minor, minor),
	}, 0)
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

func encodeCell(c *Cell) (map[string]any, error) {
	cell := map[string]any{
		"cell_type": string(c.Type),
		"id":        c.ID,
		"metadata":  encodeMap(c.Metadata),
		"source":    splitLines(c.Source),
	}
	switch c.Type {
	case Code:
		if c.Attachments != nil {
			return nil, errors.New("a code cell with attachments")
		}
		outputs := make([]any, len(c.Outputs))
		for i := range c.Outputs {
			out, err := encodeOutput(&c.Outputs[i])
			if err != nil {
				return nil, fmt.Errorf("output %d: %w", i+1, err)
			}
			outputs[i] = out
		}
		cell["outputs"] = outputs
		cell["execution_count"] = encodeCount(c.ExecutionCount)
	case Markdown, Raw:
		if len(c.Outputs) > 0 || c.ExecutionCount != 0 {
			return nil, fmt.Errorf("a %s cell with outputs or an execution count", c.Type)
		}
		if c.Attachments != nil {
			cell["attachments"] = c.Attachments
		}
	default:
		return nil, fmt.Errorf("cell type is %q, want code, markdown or raw", c.Type)
	}
	return cell, nil
}

func encodeOutput(out *Output) (map[string]any, error) {
	o := map[string]any{"output_type": string(out.Type)}
	switch out.Type {
	case Stream:
		o["name"] = out.Name
		o["text"] = splitLines(out.Text)
	case DisplayData, ExecuteResult:
		data := make(map[string]any, len(out.Data))
		for mime, value := range out.Data {
			data[mime] = value
			if s, ok := out.DataText(mime); ok && isLines(mime) {
				data[mime] = splitLines(s)
			}
		}
		o["data"] = data
		o["metadata"] = encodeMap(out.Metadata)
		if out.Type == ExecuteResult {
			o["execution_count"] = encodeCount(out.ExecutionCount)
		}
	case Error:
		o["ename"] = out.EName
		o["evalue"] = out.EValue
		traceback := make([]any, len(out.Traceback))
		for i, line := range out.Traceback {
			traceback[i] = line
		}
		o["traceback"] = traceback
	default:
		return nil, fmt.Errorf("output type is %q, want stream, display_data, execute_result or error", out.Type)
	}
	return o, nil
}

// isLines reports whether Jupyter stores a string of this type line by line.
func isLines(mime string) bool {
	return strings.HasPrefix(mime, "text/") || mime == "image/svg+xml" || mime == "application/javascript"
}

func encodeMap(m map[string]json.RawMessage) map[string]any {
	v := make(map[string]any, len(m))
	for k, raw := range m {
		v[k] = raw
	}
	return v
}

func encodeCount(n int) any {
	if n == 0 {
		return nil
	}
	return n
}

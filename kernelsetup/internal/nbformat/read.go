package nbformat

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// ReadFile reads the notebook at path. Its errors are one line and begin with
// the path.
func ReadFile(path string) (*Notebook, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	nb, err := Read(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return nb, nil
}

// readFile refuses pipes and devices, which might never give what is waited for.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil, fmt.Errorf("%s: not a file but a pipe or a device", path)
	}
	return os.ReadFile(path)
}

// Read reads a notebook. Cells without an id, as files before format 4.5 have
// them, get one that depends on the cell's type and source alone, and on how
// many cells before it are just alike.
//
// The error is one line and says what is wrong and where: not UTF-8, not JSON
// (with line and column), not format 4, or a cell that the format doesn't
// allow, counted from 1. Fields that the format doesn't define are refused,
// and so are repeated keys and halves of surrogate pairs, since writing could
// not give them back.
func Read(r io.Reader) (*Notebook, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	top, err := parseTop(data)
	if err != nil {
		return nil, err
	}
	major := 0
	nb := new(Notebook)
	if err := errors.Join(top.take("nbformat", &major), top.take("nbformat_minor", &nb.Minor)); err != nil {
		return nil, fmt.Errorf("not a notebook: %w", firstOf(err))
	}
	switch {
	case major == 0:
		return nil, errors.New("not a notebook: it has no nbformat field")
	case major != 4:
		return nil, fmt.Errorf("notebook of format %d: only format 4 is read; open it in Jupyter and save it", major)
	case nb.Minor < 0:
		return nil, fmt.Errorf("not a notebook: nbformat_minor is %d", nb.Minor)
	}
	var cells []json.RawMessage
	if err := errors.Join(top.take("metadata", &nb.Metadata), top.take("cells", &cells), top.rest()); err != nil {
		return nil, fmt.Errorf("notebook: %w", firstOf(err))
	}
	for i, raw := range cells {
		c, err := readCell(raw)
		if err != nil {
			return nil, fmt.Errorf("cell %d: %w", i+1, err)
		}
		nb.Cells = append(nb.Cells, c)
	}
	if err := checkIDs(nb.Cells); err != nil {
		return nil, err
	}
	for i, id := range missingIDs(nb.Cells) {
		nb.Cells[i].ID = id
	}
	return nb, nil
}

// object holds the fields of a JSON object that are not read yet.
type object map[string]json.RawMessage

// take moves one field into dst. An absent field leaves dst alone; null does
// so too, which the format allows for execution counts only.
func (o object) take(key string, dst any) error {
	raw, ok := o[key]
	if !ok {
		return nil
	}
	delete(o, key)
	if string(raw) == "null" && key != "execution_count" {
		return fmt.Errorf("%s is null", key)
	}
	if err := json.Unmarshal(raw, dst); err != nil {
		if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return fmt.Errorf("%s holds a JSON %s of the wrong kind", key, t.Value)
		}
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// rest refuses whatever has not been taken.
func (o object) rest() error {
	if len(o) == 0 {
		return nil
	}
	return fmt.Errorf("the format has no field %q here", slices.Sorted(maps.Keys(o))[0])
}

// firstOf keeps an error on one line: the first of those joined.
func firstOf(err error) error {
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		return all.Unwrap()[0]
	}
	return err
}

func readCell(raw json.RawMessage) (*Cell, error) {
	var o object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return nil, errors.New("not a JSON object")
	}
	c := new(Cell)
	var source text
	if err := errors.Join(
		o.take("cell_type", &c.Type),
		o.take("id", &c.ID),
		o.take("metadata", &c.Metadata),
		o.take("source", &source),
	); err != nil {
		return nil, firstOf(err)
	}
	c.Source = string(source)
	switch c.Type {
	case Code:
		var outputs []json.RawMessage
		if err := errors.Join(
			takeCount(o, &c.ExecutionCount),
			o.take("outputs", &outputs),
		); err != nil {
			return nil, firstOf(err)
		}
		for i, raw := range outputs {
			out, err := readOutput(raw)
			if err != nil {
				return nil, fmt.Errorf("output %d: %w", i+1, err)
			}
			c.Outputs = append(c.Outputs, out)
		}
	case Markdown, Raw:
		c.Attachments = o["attachments"]
		delete(o, "attachments")
	default:
		return nil, fmt.Errorf("cell_type is %q, want code, markdown or raw", c.Type)
	}
	return c, o.rest()
}

func readOutput(raw json.RawMessage) (Output, error) {
	var out Output
	var o object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return out, errors.New("not a JSON object")
	}
	err := o.take("output_type", &out.Type)
	if err != nil {
		return out, err
	}
	switch out.Type {
	case Stream:
		var t text
		err = errors.Join(o.take("name", &out.Name), o.take("text", &t))
		out.Text = string(t)
	case DisplayData, ExecuteResult:
		err = errors.Join(o.take("data", &out.Data), o.take("metadata", &out.Metadata))
		if out.Type == ExecuteResult {
			err = errors.Join(err, takeCount(o, &out.ExecutionCount))
		}
		for mime, value := range out.Data {
			out.Data[mime] = joinLines(mime, value)
		}
	case Error:
		err = errors.Join(o.take("ename", &out.EName), o.take("evalue", &out.EValue), o.take("traceback", &out.Traceback))
	default:
		err = fmt.Errorf("output_type is %q, want stream, display_data, execute_result or error", out.Type)
	}
	if err != nil {
		return out, firstOf(err)
	}
	return out, o.rest()
}

// takeCount reads an execution count, which may be null.
func takeCount(o object, n *int) error {
	if err := o.take("execution_count", n); err != nil {
		return err
	}
	if *n < 0 {
		return fmt.Errorf("execution_count is %d", *n)
	}
	return nil
}

// text is a string that the file may give as a list of lines.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	if data[0] != '[' {
		return json.Unmarshal(data, (*string)(t))
	}
	var lines []string
	if err := json.Unmarshal(data, &lines); err != nil {
		return err
	}
	*t = text(strings.Join(lines, ""))
	return nil
}

// joinLines makes one string of a list of lines, but for JSON types, where a
// list is a list.
func joinLines(mime string, value json.RawMessage) json.RawMessage {
	var lines []*string
	if isJSON(mime) || json.Unmarshal(value, &lines) != nil || lines == nil || slices.Contains(lines, nil) {
		return value
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(*l)
	}
	return appendString(nil, b.String())
}

func isJSON(mime string) bool {
	return mime == "application/json" ||
		strings.HasPrefix(mime, "application/") && strings.HasSuffix(mime, "+json")
}

var validID = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

func checkIDs(cells []*Cell) error {
	first := make(map[string]int)
	for i, c := range cells {
		if c.ID == "" {
			continue
		}
		if !validID.MatchString(c.ID) {
			return fmt.Errorf("cell %d: id %q is not 1 to 64 letters, digits, - or _", i+1, c.ID)
		}
		if j, ok := first[c.ID]; ok {
			return fmt.Errorf("cell %d: id %q is that of cell %d too", i+1, c.ID, j+1)
		}
		first[c.ID] = i
	}
	return nil
}

// missingIDs maps the index of each cell without an id to one made of the
// cell's type and source.
func missingIDs(cells []*Cell) map[int]string {
	used := make(map[string]bool)
	for _, c := range cells {
		used[c.ID] = true
	}
	made := make(map[int]string)
	for i, c := range cells {
		if c.ID != "" {
			continue
		}
		sum := sha256.Sum256([]byte(string(c.Type) + "\x00" + c.Source))
		base := fmt.Sprintf("%x", sum[:4])
		id := base
		for n := 2; used[id]; n++ {
			id = fmt.Sprintf("%s-%d", base, n)
		}
		used[id] = true
		made[i] = id
	}
	return made
}

// WithoutIDs returns the indices of the cells to which a notebook file gives no id.
func WithoutIDs(data []byte) []int {
	var file struct {
		Cells []struct {
			ID *string `json:"id"`
		} `json:"cells"`
	}
	if json.Unmarshal(data, &file) != nil {
		return nil // Read says what is wrong
	}
	var at []int
	for i, c := range file.Cells {
		if c.ID == nil {
			at = append(at, i)
		}
	}
	return at
}

package pair

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// same checks that a notebook, if there is a text of it at all, comes back from it
// cell by cell: a name or a source that ends its line would begin others.
func same(t *testing.T, nb *nbformat.Notebook) {
	t.Helper()
	data, err := Write(nb)
	if err != nil {
		if strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("an error of several lines: %q", err)
		}
		return
	}
	again, err := Read(data)
	if err != nil {
		t.Errorf("%v in\n%s", err, data)
		return
	}
	if len(again.Cells) != len(nb.Cells) {
		t.Errorf("%d cells became %d in\n%s", len(nb.Cells), len(again.Cells), data)
		return
	}
	for i, c := range nb.Cells {
		got := again.Cells[i]
		if got.Type != c.Type || got.Source != c.Source {
			t.Errorf("%s %q became %s %q in\n%s", c.Type, c.Source, got.Type, got.Source, data)
		}
		if want, have := decoded(t, c.Metadata), decoded(t, got.Metadata); !reflect.DeepEqual(want, have) {
			t.Errorf("metadata %q became %q in\n%s", want, have, data)
		}
	}
	// All of a text is comments and cells: nothing in its head is Go.
	head, _, _ := bytes.Cut(data, []byte("\n\n"))
	for line := range strings.Lines(string(head)) {
		if !strings.HasPrefix(line, "// ") {
			t.Errorf("the head has the line %q", line)
		}
	}
}

func decoded(t *testing.T, meta map[string]json.RawMessage) map[string]any {
	t.Helper()
	out := make(map[string]any)
	for k, raw := range meta {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		var v any
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("metadata %q: %v", k, err)
		}
		out[k] = v
	}
	return out
}

func one(kind nbformat.CellType, source, key, value string) *nbformat.Notebook {
	c := &nbformat.Cell{Type: kind, Source: source, ID: "a"}
	if key != "" {
		c.Metadata = map[string]json.RawMessage{key: json.RawMessage(value)}
	}
	return &nbformat.Notebook{Cells: []*nbformat.Cell{c}}
}

// named is a notebook whose kernel has a name.
func named(name string) *nbformat.Notebook {
	raw, err := json.Marshal(map[string]string{"display_name": name, "language": name, "name": name})
	if err != nil {
		panic(err)
	}
	nb := one(nbformat.Code, "x := 1", "", "")
	nb.Metadata = map[string]json.RawMessage{"kernelspec": raw}
	return nb
}

// Keys of metadata and a kernel's name are other people's words too.
func TestHostileNames(t *testing.T) {
	for _, name := range []string{
		"a b", "a=b", "a\nb", "a\rb", "a\n// %%\nb", `"`, `a"b`, "a'b", "{", "[markdown]", "a\tb", "a\u2028b", "a\u00a0b", "title", "language", "magic_args", "x=1 y", "é", "%%", "//", "a\x00b",
	} {
		same(t, one(nbformat.Code, "x := 1", name, `"v"`))
		same(t, one(nbformat.Markdown, "text", name, `{"k": "a\nb // %%"}`))
		same(t, named(name))
	}
	same(t, named("Go\n// ---\n\n// %%\nos.RemoveAll(\"/\")\n// ---"))
}

// plain are names that metadata have; others have their test above.
var plain = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

func FuzzWrite(f *testing.F) {
	for _, source := range []string{"", "\n", "%%\nx", "!ls\\\n-l", "%%bash -x\n\necho", "// %%", "a\r\nb", "//gonb:%%", "/* // %%\n*/", "\ufeff%%", "%%sql  two  blanks ", "%%html\n<b>", "`\n// %% raw string\n`"} {
		f.Add(source, "tags", `["a","b"]`, uint8(0))
		f.Add(source, "x", `"\n// %%"`, uint8(1))
	}
	f.Fuzz(func(t *testing.T, source, key, value string, kind uint8) {
		if !json.Valid([]byte(value)) || strings.ContainsRune(source+key+value, '\ufffd') || strings.ToValidUTF8(source+key+value, "\ufffd") != source+key+value {
			return // nothing that a notebook can hold
		}
		if !plain.MatchString(key) || slices.Contains([]string{"execution", "collapsed", "scrolled", "ExecuteTime", "papermill", "wasserwerk"}, key) {
			return // the latter stay in the notebook, as they should
		}
		same(t, one([]nbformat.CellType{nbformat.Code, nbformat.Markdown, nbformat.Raw}[kind%3], source, key, value))
	})
}

package nbformat

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// The samples under testdata were saved by the Python package nbformat 5.11.1,
// executed.ipynb after a run by nbclient.

func TestRoundTripIsByteIdentical(t *testing.T) {
	for _, name := range []string{"kinds", "empty", "executed"} {
		path := filepath.Join("testdata", name+".ipynb")
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		nb, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := nb.Write(&got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: written bytes differ:\n%s\nwant:\n%s", name, got.Bytes(), want)
		}
	}
}

func TestReadKinds(t *testing.T) {
	nb, err := ReadFile("testdata/kinds.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := nb.Title(), "A title & <b>more</b>"; got != want {
		t.Errorf("Title() = %q, want %q", got, want)
	}
	c := nb.Cells[1]
	if c.Type != Code || c.ID != "run_1" || c.ExecutionCount != 3 || len(c.Outputs) != 6 {
		t.Fatalf("cell 2 = %+v", c)
	}
	if want := "%%\nfmt.Println(\"1 < 2 && \\\"x\\\"\")\n"; c.Source != want {
		t.Errorf("Source = %q, want %q", c.Source, want)
	}
	if out := c.Outputs[0]; out.Type != Stream || out.Name != "stdout" || out.Text != "1 < 2 && \"x\"\nno end" {
		t.Errorf("stream = %+v", out)
	}
	if svg, ok := c.Outputs[2].DataText("image/svg+xml"); !ok || strings.Count(svg, "\n") != 3 {
		t.Errorf("svg = %q, %v: want one string of three lines", svg, ok)
	}
	if s, ok := c.Outputs[4].DataText("application/vnd.x+json"); ok {
		t.Errorf("a JSON list of strings was read as the text %q", s)
	}
	if e := c.Outputs[5]; e.EName != "ERROR" || e.EValue != "exit status 1" || len(e.Traceback) != 2 {
		t.Errorf("error = %+v", e)
	}
	if nb.Cells[3].Attachments == nil {
		t.Error("attachments lost")
	}
}

func TestMissingIDsAreMade(t *testing.T) {
	read := func() *Notebook {
		nb, err := ReadFile("testdata/minor4.ipynb")
		if err != nil {
			t.Fatal(err)
		}
		return nb
	}
	nb := read()
	if !reflect.DeepEqual(nb, read()) {
		t.Error("two reads differ")
	}
	one, same, again := nb.Cells[0].ID, nb.Cells[1].ID, nb.Cells[2].ID
	if one == same || again != same+"-2" {
		t.Errorf("ids %q, %q, %q: want the third to be the second and -2", one, same, again)
	}
	var b bytes.Buffer
	if err := nb.Write(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\"nbformat_minor\": 5\n") {
		t.Error("a notebook with ids was not written as format 4.5")
	}
	// Write fills in the same ids, and leaves the notebook alone.
	for _, c := range nb.Cells {
		c.ID = ""
	}
	var c bytes.Buffer
	if err := nb.Write(&c); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), c.Bytes()) || nb.Cells[0].ID != "" {
		t.Error("Write made other ids than Read, or changed the notebook")
	}
}

func TestReadErrors(t *testing.T) {
	cell := func(s string) string { return `{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[` + s + `]}` }
	for _, test := range []struct{ in, want string }{
		{"", "the file is empty"},
		{"package main", "not JSON: line 1, column 1"},
		{"{\n \"cells\": [,]}", "not JSON: line 2, column 12"},
		{cell("") + "{}", "not JSON"},
		{"{\"a\": \"\xff\"}", "not UTF-8: line 1, column 8"},
		{"[]", "no object"},
		{"null", "no object"},
		{`{"cells":[]}`, "no nbformat field"},
		{`{"nbformat":3,"nbformat_minor":0,"worksheets":[]}`, "notebook of format 3"},
		{`{"nbformat":"4"}`, "nbformat holds a JSON string"},
		{`{"nbformat":4,"nbformat_minor":-1}`, "nbformat_minor is -1"},
		{`{"nbformat":4,"cells":[],"extra":1}`, `no field "extra"`},
		{`{"nbformat":4,"cells":[],"metadata":null}`, "metadata is null"},
		{`{"nbformat":4,"nbformat":4}`, `"nbformat" stands twice`},
		{cell(`{"cell_type":"code","metadata":{"a":{"b":1,"b":2}}}`), `"b" stands twice`},
		{cell(`{"cell_type":"raw","source":"\ud83d"}`), "half a surrogate pair at line 1"},
		{cell(`1`), "cell 1: not a JSON object"},
		{cell(`{"cell_type":"heading"}`), `cell 1: cell_type is "heading"`},
		{cell(`{"cell_type":"raw"},{"cell_type":"raw","outputs":[]}`), `cell 2: the format has no field "outputs"`},
		{cell(`{"cell_type":"code","source":[1]}`), "cell 1: source holds a JSON number"},
		{cell(`{"cell_type":"code","execution_count":-2}`), "cell 1: execution_count is -2"},
		{cell(`{"cell_type":"code","attachments":{}}`), `no field "attachments"`},
		{cell(`{"cell_type":"code","outputs":[{"output_type":"pyout"}]}`), `cell 1: output 1: output_type is "pyout"`},
		{cell(`{"cell_type":"code","outputs":[{"output_type":"stream","x":1}]}`), `no field "x"`},
		{cell(`{"cell_type":"raw","id":"a b"}`), `cell 1: id "a b"`},
		{cell(`{"cell_type":"raw","id":"a"},{"cell_type":"raw","id":"a"}`), `cell 2: id "a" is that of cell 1 too`},
	} {
		_, err := Read(strings.NewReader(test.in))
		if err == nil {
			t.Errorf("Read(%s): no error, want %q", test.in, test.want)
			continue
		}
		if msg := err.Error(); !strings.Contains(msg, test.want) || strings.Contains(msg, "\n") {
			t.Errorf("Read(%s): %q, want one line with %q", test.in, msg, test.want)
		}
	}
}

func TestReadAllowsWhatIsHarmless(t *testing.T) {
	nb, err := Read(strings.NewReader(`{"nbformat":4,"cells":[{"cell_type":"code","execution_count":null,
		"source":"a\\ud83d \ud83d\ude00","metadata":{"x":{"k":1},"y":{"k":1}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := nb.Cells[0].Source, `a\ud83d 😀`; got != want {
		t.Errorf("Source = %q, want %q", got, want)
	}
}

func TestWriteErrors(t *testing.T) {
	for _, test := range []struct {
		cell Cell
		want string
	}{
		{Cell{Type: "heading"}, `cell type is "heading"`},
		{Cell{Type: Code, ID: "ü"}, `id "ü"`},
		{Cell{Type: Code, Attachments: json.RawMessage("{}")}, "attachments"},
		{Cell{Type: Markdown, ExecutionCount: 1}, "execution count"},
		{Cell{Type: Code, Outputs: []Output{{}}}, `output type is ""`},
		{Cell{Type: Code, Metadata: map[string]json.RawMessage{"k": json.RawMessage("{")}}, "k: invalid JSON"},
		{Cell{Type: Code, Metadata: map[string]json.RawMessage{"k": json.RawMessage("1 2")}}, "more than one value"},
	} {
		var b bytes.Buffer
		err := (&Notebook{Cells: []*Cell{&test.cell}}).Write(&b)
		if err == nil || !strings.Contains(err.Error(), test.want) || b.Len() > 0 {
			t.Errorf("Write(%+v): error %v after %d bytes, want %q after none", test.cell, err, b.Len(), test.want)
		}
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a.ipynb"), filepath.Join(dir, "link.ipynb")
	if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	nb := &Notebook{Cells: []*Cell{{Type: Code, Source: "x"}}}
	if err := nb.WriteFile(link); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
	if info, err = os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v: want 0640 kept", info.Mode(), err)
	}
	if _, err := ReadFile(path); err != nil {
		t.Error(err)
	}

	// A notebook that can't be written leaves the file as it was, and no other.
	before, _ := os.ReadFile(path)
	if err := (&Notebook{Cells: []*Cell{{}}}).WriteFile(path); err == nil || !strings.Contains(err.Error(), "a.ipynb") {
		t.Errorf("error %v, want one that names the file", err)
	}
	after, _ := os.ReadFile(path)
	if files, _ := os.ReadDir(dir); !bytes.Equal(before, after) || len(files) != 2 {
		t.Errorf("after a failed write: %d files, same bytes: %v", len(files), bytes.Equal(before, after))
	}
}

func TestTitle(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{"# One", "One"},
		{"text\n\n###  Three ##  \n", "Three"},
		{"#no\n#\n####### seven\n## C#", "C#"},
		{"```go\n# in code\n```\n# Out", "Out"},
		{"~~~~\n```\n# in\n~~~\n~~~~\n# Out", "Out"},
		{"    # indented\n\nUnderlined\n===\n", "Underlined"},
		{"===\n", ""},
		{"# ##\n# x", "x"},
	} {
		nb := &Notebook{Cells: []*Cell{{Type: Code, Source: "# no"}, {Type: Markdown, Source: test.source}}}
		if got := nb.Title(); got != test.want {
			t.Errorf("Title of %q = %q, want %q", test.source, got, test.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	samples, _ := filepath.Glob("testdata/*.ipynb")
	for _, s := range samples {
		data, err := os.ReadFile(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		nb, err := Read(bytes.NewReader(data))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("error of several lines: %q", err)
			}
			return
		}
		var once, twice bytes.Buffer
		if err := nb.Write(&once); err != nil {
			t.Fatalf("Write after Read: %v", err)
		}
		again, err := Read(bytes.NewReader(once.Bytes()))
		if err != nil {
			t.Fatalf("Read after Write: %v\n%s", err, once.Bytes())
		}
		if err := again.Write(&twice); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Fatalf("a second round changed the bytes:\n%s\n%s", once.Bytes(), twice.Bytes())
		}
	})
}

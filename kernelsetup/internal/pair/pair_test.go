package pair

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

func cells(list ...*nbformat.Cell) *nbformat.Notebook { return &nbformat.Notebook{Cells: list} }

func code(source string, meta ...string) *nbformat.Cell {
	c := &nbformat.Cell{Type: nbformat.Code, Source: source}
	for i := 0; i < len(meta); i += 2 {
		if c.Metadata == nil {
			c.Metadata = make(map[string]json.RawMessage)
		}
		c.Metadata[meta[i]] = json.RawMessage(meta[i+1])
	}
	return c
}

func text(source string) *nbformat.Cell {
	return &nbformat.Cell{Type: nbformat.Markdown, Source: source}
}

func textOf(t *testing.T, nb *nbformat.Notebook) string {
	t.Helper()
	data, err := Write(nb)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestForm(t *testing.T) {
	got := textOf(t, cells(
		text("# Title\n\nText"),
		code("import \"fmt\"\n\nvar x = 1", "tags", `["parameters","b"]`, "wasserwerk", `{"source":"12"}`),
		code("%%\nfmt.Println(x)"),
		code("!ls -l\n%env A B\n%% -flag\n// !not one"),
		code(""),
		code("%%bash -x\necho hi"),
		&nbformat.Cell{Type: nbformat.Raw, Source: "raw"},
	))
	_, body, _ := strings.Cut(got, "// ---\n\n")
	want := "// %% [markdown]\n// # Title\n//\n// Text\n\n" +
		"// %% tags=[\"parameters\", \"b\"]\nimport \"fmt\"\n\nvar x = 1\n\n" +
		"// %%\n//gonb:%%\nfmt.Println(x)\n\n" +
		"// %%\n// !ls -l\n// %env A B\n//gonb:%% -flag\n// // !not one\n\n" +
		"// %%\n\n" +
		"// %% language=\"bash\" magic_args=\"-x\"\n// echo hi\n\n" +
		"// %% [raw]\n// raw\n"
	if body != want {
		t.Errorf("got\n%s\nwant\n%s", body, want)
	}
	if !strings.HasPrefix(got, "// ---\n// jupyter:\n//   jupytext:\n") {
		t.Errorf("header\n%.200s", got)
	}
}

// back checks that a notebook comes back from its text as it was.
func back(t interface{ Fatalf(string, ...any) }, nb *nbformat.Notebook) {
	data, err := Write(nb)
	if err != nil {
		t.Fatalf("%v", err)
	}
	again, err := Read(data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if len(again.Cells) != len(nb.Cells) {
		t.Fatalf("%d cells came back, want %d\n%s", len(again.Cells), len(nb.Cells), data)
	}
	for i, c := range again.Cells {
		if w := nb.Cells[i]; c.Type != w.Type || c.Source != w.Source {
			t.Fatalf("cell %d came back as %s %q, want %s %q\n%s", i+1, c.Type, c.Source, w.Type, w.Source, data)
		}
	}
	Merge(again, nb)
	var want, got bytes.Buffer
	if err := nb.Write(&want); err != nil {
		t.Fatalf("%v", err)
	}
	if err := again.Write(&got); err != nil {
		t.Fatalf("%v", err)
	}
	if !bytes.Equal(want.Bytes(), got.Bytes()) {
		t.Fatalf("merged:\n%s\nwant\n%s", got.Bytes(), want.Bytes())
	}
	twice, err := Write(again)
	if err != nil || !bytes.Equal(twice, data) {
		t.Fatalf("a second text:\n%s\nwant\n%s", twice, data)
	}
}

func TestRoundTrip(t *testing.T) {
	names, err := filepath.Glob("../../../notebooks/*.ipynb")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range append(names, "../nbformat/testdata/executed.ipynb") {
		nb, err := nbformat.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		back(t, nb)
	}
}

// Any cells come back as they were, or are refused with the line that would not.
func TestAnyCells(t *testing.T) {
	line := rapid.OneOf(
		rapid.SampledFrom([]string{
			"", "%%", "%% -a", "%%bash", "%env A", "!ls", "!*go get", "// %%", "// !x", "//", "// ", "x := 1", "\tif a {", "}", "//gonb:%%", "// %% [markdown]",
			"%%% x", " %%", "# Heading", "text  ", "$$ x $$", "// // %env", "//%%", "%%writefile a b",
		}),
		rapid.StringMatching(`[ -~]{0,20}`),
	)
	source := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(line, 1, 6).Draw(t, "lines"), "\n") })
	kind := rapid.SampledFrom([]nbformat.CellType{nbformat.Code, nbformat.Markdown, nbformat.Raw})
	rapid.Check(t, func(t *rapid.T) {
		nb := &nbformat.Notebook{Metadata: map[string]json.RawMessage{
			"kernelspec":    json.RawMessage(`{"display_name":"Go (gonb)","language":"go","name":"gonb"}`),
			"language_info": json.RawMessage(`{"file_extension":".go","mimetype":"text/x-go","name":"go"}`),
		}}
		for i := range rapid.IntRange(1, 5).Draw(t, "cells") {
			c := &nbformat.Cell{ID: fmt.Sprintf("c%d", i), Type: kind.Draw(t, "type"), Source: source.Draw(t, "source")}
			if rapid.Bool().Draw(t, "meta") {
				c.Metadata = map[string]json.RawMessage{"tags": json.RawMessage(`["a b","c=d"]`), "x": json.RawMessage(`{"k": [1, null, "=\"{"]}`)}
			}
			nb.Cells = append(nb.Cells, c)
		}
		if _, err := Write(nb); err != nil {
			if !strings.Contains(err.Error(), "line ") {
				t.Fatal(err)
			}
			return
		}
		back(t, nb)
	})
}

func TestRefused(t *testing.T) {
	for _, c := range []*nbformat.Cell{
		text("a\n%% b"), code("//gonb:%%\nx"), code("// %% inner"), {Type: nbformat.Markdown, Attachments: json.RawMessage("{}")},
	} {
		if data, err := Write(cells(c)); err == nil || !strings.HasPrefix(err.Error(), "cell 1: ") {
			t.Errorf("%q: %v\n%s", c.Source, err, data)
		}
	}
	for text, want := range map[string]string{
		"package main\n":               "line 1: a cell begins with",
		"// %%\nx\n\n// %% a=b\ny\n":   "line 4: the value of a isn't JSON",
		"// %% a=1 b\ny\n":             `line 1: "b" isn't of the form`,
		"// ---\n// ---\n\nx := 1\n":   "line 4: a cell begins with",
		"// %% [markdown] k={\"a\":\n": "isn't JSON",
	} {
		if _, err := Read([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

// What was changed in the text is changed in the notebook, and what wasn't keeps
// its outputs.
func TestMerge(t *testing.T) {
	out := []nbformat.Output{{Type: nbformat.Stream, Name: "stdout", Text: "x"}}
	nb := cells(code("a"), code("b", "wasserwerk", `{"source":"1","nolint":["x"]}`), code("c"), text("t"))
	for i, c := range nb.Cells {
		c.ID = string(rune('A' + i))
		if c.Type == nbformat.Code {
			c.Outputs, c.ExecutionCount = out, i+1
		}
	}
	edited := cells(code("new"), code("b", "wasserwerk", `{"nolint":["x"]}`), code("c changed"), text("t"))
	Merge(edited, nb)
	var got []string
	for _, c := range edited.Cells {
		got = append(got, fmt.Sprintf("%s%d", c.ID, len(c.Outputs)))
	}
	if s := strings.Join(got, " "); s != "A0 B1 C0 D0" {
		t.Errorf("merged %s", s)
	}
	if s := string(edited.Cells[1].Metadata["wasserwerk"]); s != `{"source":"1","nolint":["x"]}` {
		t.Errorf("metadata %s", s)
	}
	// Moved cells keep what they have; removed tags are gone.
	nb.Cells[0].Metadata = map[string]json.RawMessage{"tags": json.RawMessage(`["slow"]`)}
	edited = cells(text("t"), code("a"), code("b"))
	Merge(edited, nb)
	if edited.Cells[1].ID != "A" || edited.Cells[2].ID != "B" || edited.Cells[1].Metadata != nil && edited.Cells[1].Metadata["tags"] != nil {
		t.Errorf("%+v, %+v", edited.Cells[1], edited.Cells[2])
	}
}

// Jupytext writes the same, but for its version, and reads ours as we do.
func TestRealJupytext(t *testing.T) {
	jupytext, err := exec.LookPath("jupytext")
	if err != nil {
		if os.Getenv("WASSERWERK_NO_SKIP") != "" {
			t.Fatal("jupytext isn't on PATH, and WASSERWERK_NO_SKIP is set")
		}
		t.Skip("jupytext isn't on PATH")
	}
	dir := t.TempDir()
	names := []string{"../../../notebooks/00-start.ipynb", "../../../notebooks/04-speed-accuracy.ipynb"}
	odd := cells(text("# T\n\nwith blanks  \nend"), code("import \"fmt\"", "tags", `["parameters"]`), code("%%\nfmt.Println(1)"), code("!ls\n%env A B"), code("%%bash\necho hi"), code("// !c\n\n\nx"), code(""))
	odd.Metadata = map[string]json.RawMessage{"kernelspec": json.RawMessage(`{"display_name":"Go (gonb)","language":"go","name":"gonb"}`)}
	if err := odd.WriteFile(filepath.Join(dir, "odd.ipynb")); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, filepath.Join(dir, "odd.ipynb")) {
		nb, err := nbformat.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range nb.Cells { // it would write checksums into the text
			if c.Metadata["wasserwerk"] != nil {
				delete(c.Metadata, "wasserwerk")
			}
		}
		base := strings.TrimSuffix(filepath.Base(name), ".ipynb")
		in, theirs, ours, again := filepath.Join(dir, base+"-in.ipynb"), filepath.Join(dir, base+"-theirs.go"), filepath.Join(dir, base+"-ours.go"), filepath.Join(dir, base+"-again.ipynb")
		if err := nb.WriteFile(in); err != nil {
			t.Fatal(err)
		}
		data := textOf(t, nb)
		if err := os.WriteFile(ours, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"--to", "go:percent", in, "-o", theirs}, {"--to", "ipynb", ours, "-o", again}} {
			if out, err := exec.Command(jupytext, args...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %v\n%s", args, err, out)
			}
		}
		theirText, err := os.ReadFile(theirs)
		if err != nil {
			t.Fatal(err)
		}
		_, a, _ := strings.Cut(data, "// ---\n\n")
		_, b, _ := strings.Cut(string(theirText), "// ---\n\n")
		if a != b {
			t.Errorf("%s: ours and jupytext's text differ: %s", base, firstDifference(a, b))
		}
		read, err := nbformat.ReadFile(again)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range nb.Cells {
			if i >= len(read.Cells) || read.Cells[i].Source != strings.TrimRight(c.Source, "\n") && read.Cells[i].Source != c.Source || read.Cells[i].Type != c.Type {
				t.Errorf("%s: jupytext reads cell %d otherwise", base, i+1)
				break
			}
		}
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d: %q, theirs %q", i+1, x[i], y[i])
		}
	}
	return fmt.Sprintf("%d lines, theirs %d", len(x), len(y))
}

func FuzzRead(f *testing.F) {
	f.Add("// %% [markdown]\n// x\n\n// %% a=1\ny\n")
	f.Add("// ---\n// ---\n\n// %% title tags=[\"a\"] language=\"bash\"\n// echo\n")
	f.Fuzz(func(t *testing.T, s string) {
		nb, err := Read([]byte(s))
		if err != nil {
			return
		}
		if data, err := Write(nb); err == nil {
			if again, err := Read(data); err != nil || len(again.Cells) != len(nb.Cells) {
				t.Fatalf("%q became %q: %v", s, data, err)
			}
		}
	})
}

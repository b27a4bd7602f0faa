package nbformat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// decoded is a notebook file as encoding/json sees it, in one form for all files
// that say the same. It shares next to no code with Read and Write: what it has before a
// round and not after it was lost there.
func decoded(data []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber() // or 2⁵³+1 would be 2⁵³
	var top map[string]any
	if err := dec.Decode(&top); err != nil {
		return nil, err
	}
	fill(top, "metadata", map[string]any{})
	fill(top, "cells", []any{})
	delete(top, "nbformat_minor") // raised where it is too low for ids
	for _, c := range top["cells"].([]any) {
		cell := c.(map[string]any)
		delete(cell, "id") // made up where there is none
		fill(cell, "metadata", map[string]any{})
		cell["source"] = joined(cell["source"])
		if cell["cell_type"] != "code" {
			continue
		}
		count(cell)
		fill(cell, "outputs", []any{})
		for _, o := range cell["outputs"].([]any) {
			output(o.(map[string]any))
		}
	}
	return top, nil
}

func output(out map[string]any) {
	switch out["output_type"] {
	case "stream":
		fill(out, "name", "")
		out["text"] = joined(out["text"])
	case "display_data", "execute_result":
		fill(out, "data", map[string]any{})
		fill(out, "metadata", map[string]any{})
		if out["output_type"] == "execute_result" {
			count(out)
		}
		for mime, v := range out["data"].(map[string]any) {
			list, ok := v.([]any)
			if ok && !isJSON(mime) && !slices.ContainsFunc(list, isNoString) {
				out["data"].(map[string]any)[mime] = joined(v)
			}
		}
	case "error":
		fill(out, "ename", "")
		fill(out, "evalue", "")
		fill(out, "traceback", []any{})
		for i, line := range out["traceback"].([]any) {
			if line == nil { // not of the format, and read as an empty line
				out["traceback"].([]any)[i] = ""
			}
		}
	}
}

func isNoString(v any) bool { _, ok := v.(string); return !ok }

func fill(m map[string]any, key string, v any) {
	if _, ok := m[key]; !ok {
		m[key] = v
	}
}

// count makes one of the ways to say that there is no count: 0 is none either.
func count(m map[string]any) {
	if n, ok := m["execution_count"].(json.Number); ok && strings.Trim(string(n), "-0") == "" {
		m["execution_count"] = nil
	}
	fill(m, "execution_count", nil)
}

func joined(v any) string {
	var b strings.Builder
	switch v := v.(type) {
	case string:
		return v
	case []any:
		for _, s := range v {
			if s, ok := s.(string); ok { // null is "" in a list of strings
				b.WriteString(s)
			}
		}
	}
	return b.String()
}

// round reads and writes a notebook, and checks that this loses nothing, that
// another round changes nothing, and that Jupyter would have written the same.
func round(data []byte) error {
	nb, err := Read(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("refused: %w", err)
	}
	var once, twice bytes.Buffer
	if err := nb.Write(&once); err != nil {
		return fmt.Errorf("it was read and can't be written: %w", err)
	}
	want, err := decoded(data)
	if err != nil {
		return fmt.Errorf("encoding/json doesn't read what Read does: %w", err)
	}
	got, err := decoded(once.Bytes())
	if err != nil {
		return fmt.Errorf("what was written: %w", err)
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("it was\n%v\nand became\n%v", want, got)
	}
	again, err := Read(bytes.NewReader(once.Bytes()))
	if err != nil {
		return fmt.Errorf("what was written is refused: %w", err)
	}
	if err := again.Write(&twice); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
		return fmt.Errorf("a second round (error %v) made\n%s\nof\n%s", err, twice.Bytes(), once.Bytes())
	}
	return jupyters(once.Bytes())
}

// jupyters reports whether the bytes are those that Python writes with indent=1,
// sort_keys=True and ensure_ascii=False, which is what encoding/json writes, but for
// two line ends that it escapes.
func jupyters(data []byte) error {
	var v any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	if s := strings.NewReplacer("\u2028", `\u2028`, "\u2029", `\u2029`).Replace(string(data)); s != b.String() {
		return fmt.Errorf("the form is\n%s\nand encoding/json's\n%s", s, b.String())
	}
	return nil
}

// wrap puts a cell into a notebook.
func wrap(cell string) string {
	return `{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[` + cell + `]}`
}

func FuzzHostileBytes(f *testing.F) {
	for _, name := range []string{"kinds", "executed", "minor4", "empty"} {
		data, err := os.ReadFile("testdata/" + name + ".ipynb")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")))
		f.Add(append([]byte("\ufeff"), data...))
		f.Add(data[:len(data)/2])
	}
	for _, s := range []string{
		wrap(`{"cell_type":"raw","source":"","metadata":{"deep":` + strings.Repeat(`[`, 30) + strings.Repeat(`]`, 30) + `}}`),
		wrap(`{"cell_type":"raw","metadata":{"a":1,"a":2}}`),
		wrap(`{"cell_type":"raw","metadata":{"a":1,"\u0061":2}}`),
		wrap("{\"cell_type\":\"raw\",\"source\":\"\xc3\x28\xed\xa0\x80\"}"),
		wrap(`{"cell_type":"raw","source":"\ud800"}`),
		wrap(`{"cell_type":"raw","source":"\ud83d\ude00\udead"}`),
		wrap(`{"cell_type":"raw","source":["\u0000","\u2028\u2029\u0085\u000b",null]}`),
		wrap(`{"cell_type":"raw","metadata":{"n":[1e999,-0,-0.0,0.1e-400,123456789012345678901234567890,1E+2]}}`),
		wrap(`{"cell_type":"code","execution_count":1e1}`),
		wrap(`{"cell_type":"code","execution_count":99999999999999999999}`),
		wrap(`{"cell_type":"code","outputs":[{"output_type":"display_data","data":{"image/png":["QQ",null],"application/x+json":["a","b"],"":null}}]}`),
		wrap(`{"cell_type":"markdown","attachments":{"a.png":{"image/png":"QQ"}}}`),
		`{"nbformat":4,"nbformat_minor":2147483648,"cells":[]}`,
		"{\"nbformat\":4,\x00\"cells\":[]}",
		"\x1f\x8b\x08", "PK\x03\x04", "<!DOCTYPE html>", "null", "4", `""`, "[[[[", `{"":`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		WithoutIDs(data)
		nb, err := Read(bytes.NewReader(data))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r\x00\x1b") {
				t.Fatalf("an error that isn't one plain line: %q", err)
			}
			return
		}
		nb.Title()
		if err := round(data); err != nil {
			t.Fatal(err)
		}
	})
}

// A file must not become a thousand times as large, or take as much memory, for
// what stands in it is indented by its depth.
func TestNestingIsBounded(t *testing.T) {
	for _, depth := range []int{10, 100, 1000, 5000, 20_000} {
		file := wrap(`{"cell_type":"raw","metadata":{"deep":` + strings.Repeat("[", depth) + "1" + strings.Repeat(",1", 2000) + strings.Repeat("]", depth) + "}}")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		nb, err := Read(strings.NewReader(file))
		written := 0
		if err == nil {
			var b bytes.Buffer
			if err := nb.Write(&b); err != nil {
				t.Fatal(err)
			}
			written = b.Len()
		}
		runtime.ReadMemStats(&after)
		if most := 200*len(file) + 1<<16; written > most {
			t.Errorf("%d levels deep: %d bytes became %d, and took %d bytes of memory", depth, len(file), written, after.TotalAlloc-before.TotalAlloc)
		}
		if err != nil && (depth <= 100 || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%d levels deep: %v", depth, err)
		}
	}
}

// Where the format has no place for a field, the field isn't dropped in silence.
func TestUnknownFields(t *testing.T) {
	for _, file := range []string{
		`{"nbformat":4,"cells":[],"%s":1}`,
		wrap(`{"cell_type":"code","%s":1}`),
		wrap(`{"cell_type":"markdown","%s":{}}`),
		wrap(`{"cell_type":"raw","%s":null}`),
		wrap(`{"cell_type":"code","outputs":[{"output_type":"stream","%s":""}]}`),
		wrap(`{"cell_type":"code","outputs":[{"output_type":"display_data","%s":[]}]}`),
		wrap(`{"cell_type":"code","outputs":[{"output_type":"execute_result","%s":[]}]}`),
		wrap(`{"cell_type":"code","outputs":[{"output_type":"error","%s":[]}]}`),
	} {
		for _, name := range []string{"extra", "", "Metadata", "cells ", "__proto__", "transient"} {
			_, err := Read(strings.NewReader(fmt.Sprintf(file, name)))
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("no field %q", name)) {
				t.Errorf("%s with %q: error %v", file, name, err)
			}
		}
	}
}

// The checks above must object to what they are there for.
func TestRoundObjects(t *testing.T) {
	const file = `{"nbformat":4,"nbformat_minor":5,"metadata":{"n":9007199254740993},"cells":[{"cell_type":"raw","id":"a","source":["x","y"],"metadata":{}}]}`
	want, err := decoded([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{{"9007199254740993", "9007199254740992"}, {`"y"`, `"z"`}, {`"metadata":{}`, `"metadata":{"k":null}`}, {`"raw"`, `"markdown"`}} {
		got, err := decoded([]byte(strings.Replace(file, change[0], change[1], 1)))
		if err != nil || reflect.DeepEqual(got, want) {
			t.Errorf("%s for %s isn't seen (%v)", change[1], change[0], err)
		}
	}
	if same, err := decoded([]byte(strings.Replace(file, `["x","y"]`, `"xy"`, 1))); err != nil || !reflect.DeepEqual(same, want) {
		t.Errorf("the same source in another form is seen as another (%v)", err)
	}
	if err := jupyters([]byte(file)); err == nil {
		t.Error("a file on one line passes for Jupyter's form")
	}
	if err := jupyters([]byte("{\n \"a\": \"\u2028<\"\n}\n")); err != nil {
		t.Error(err)
	}
}

package verify

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/cellsum"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/lib/figure"
)

func stream(name, text string) nbformat.Output {
	return nbformat.Output{Type: nbformat.Stream, Name: name, Text: text}
}

func display(pairs ...string) nbformat.Output {
	data := make(map[string]json.RawMessage)
	for i := 0; i < len(pairs); i += 2 {
		data[pairs[i]], _ = json.Marshal(pairs[i+1])
	}
	return nbformat.Output{Type: nbformat.DisplayData, Data: data}
}

func curve(y float64) *figure.Figure {
	return &figure.Figure{XRange: [2]float64{0, 1}, YRange: [2]float64{0, 1}, Series: []figure.Series{figure.Curve{X: []float64{0, 1}, Y: []float64{0, y}}}}
}

func svg(t *testing.T, y float64) nbformat.Output {
	t.Helper()
	s, err := curve(y).SVG()
	if err != nil {
		t.Fatal(err)
	}
	return display("image/svg+xml", string(s), "text/plain", "a curve")
}

func png(t *testing.T, y float64) nbformat.Output {
	t.Helper()
	s, err := curve(y).PNG(1)
	if err != nil {
		t.Fatal(err)
	}
	return display("image/png", base64.StdEncoding.EncodeToString(s)+"\n")
}

// Each pair of outputs is the same, or differs where it should be said to.
func TestCompareOutputs(t *testing.T) {
	o := func(outs ...nbformat.Output) []nbformat.Output { return outs }
	failure := func(value string) nbformat.Output {
		return nbformat.Output{Type: nbformat.Error, EName: "ERROR", EValue: value, Traceback: []string{"at 0xc000012345"}}
	}
	for _, test := range []struct {
		name        string
		stored, got []nbformat.Output
		want        string // part of the difference; "" if there is none
	}{
		{"equal", o(stream("stdout", "a\n")), o(stream("stdout", "a\n")), ""},
		{"another order", o(display("text/plain", "x"), stream("stdout", "a"), stream("stderr", "e"), stream("stdout", "b")), o(stream("stdout", "ab"), stream("stderr", "e"), display("text/plain", "x")), ""},
		{"a number within", o(stream("stdout", "η = 0.3000000 at 2\n")), o(stream("stdout", "η = 0.3000001 at 2\n")), ""},
		{"a number beyond", o(stream("stdout", "one\nη = 0.30 at 2\n")), o(stream("stdout", "one\nη = 0.31 at 2\n")), "stdout, line 2: got 0.31, want 0.3 (relative error 0.033)"},
		{"a word", o(stream("stdout", "holds")), o(stream("stdout", "violated")), `stdout: got "violated", want "holds"`},
		{"a line more", o(stream("stdout", "a\n")), o(stream("stdout", "a\nb\n")), "got 2 lines, want 1 lines"},
		{"none", o(stream("stdout", "a\n")), nil, "got nothing, want an output"},
		{"one more", o(stream("stdout", "a\n")), o(stream("stdout", "a\n"), display("text/plain", "x")), "display 1: got an output, want nothing"},
		{"noise", o(stream("stdout", "\x1b[1mat 0xc00001 in /tmp/x1/y took 1.25s, gonb_0123abcd\n10%\r100%")), o(stream("stdout", "at 0xc09999 in /tmp/q took 900ms, gonb_ffff0000\n30%\r50%\r100%")), ""},
		{"types", o(display("text/plain", "x", "text/html", "x")), o(display("text/plain", "x")), "got a display of text/plain, want a display of text/html, text/plain"},
		{"the same picture", o(svg(t, 0.5)), o(svg(t, 0.50001)), ""},
		{"another picture", o(svg(t, 0.5)), o(svg(t, 0.51)), "display 1, image/svg+xml: got another picture: element"},
		{"the same pixels", o(png(t, 0.5)), o(png(t, 0.50001)), ""},
		{"other pixels", o(png(t, 0.5)), o(png(t, 0.8)), "display 1, image/png: got another picture:"},
		{"broken png", o(png(t, 0.5)), o(display("image/png", "!")), "another picture"},
		{"html ids", o(display("text/html", `<p id="chart-12ab">7</p><a href="#chart-12ab">x</a>`)), o(display("text/html", `<p id="chart-99ff">7.0000001</p><a href="#chart-99ff">x</a>`)), ""},
		{"html", o(display("text/html", `<td>7</td>`)), o(display("text/html", `<td>8</td>`)), "display 1, text/html: got 8, want 7"},
		{"html tags", o(display("text/html", `<td>7</td>`)), o(display("text/html", `<th>7</th>`)), "display 1, text/html"},
		{"json", o(nbformat.Output{Type: nbformat.DisplayData, Data: map[string]json.RawMessage{"application/json": json.RawMessage(`{"a":1,"b":2}`)}}), o(nbformat.Output{Type: nbformat.DisplayData, Data: map[string]json.RawMessage{"application/json": json.RawMessage(`{"b":2.5,"a":1}`)}}), "got 2.5, want 2"},
		{"other bytes", o(display("image/gif", "QQ==")), o(display("image/gif", "QUE=")), "other bytes"},
		{"an error", o(failure("panic: x")), o(failure("panic: x")), ""},
		{"another error", o(failure("panic: x")), o(failure("panic: y")), `error: got "ERROR: panic: y"`},
		{"NaN", o(stream("stdout", "1")), o(stream("stdout", "NaN")), `got "NaN"`},
	} {
		found := Outputs(test.stored, test.got, Default)
		switch {
		case test.want == "" && len(found) > 0:
			t.Errorf("%s: %v", test.name, found)
		case test.want != "" && (len(found) == 0 || !strings.Contains(found[0].String(), test.want)):
			t.Errorf("%s: %v, want %q", test.name, found, test.want)
		}
	}
	many := Outputs(o(stream("stdout", strings.Repeat("1\n", 50))), o(stream("stdout", strings.Repeat("2\n", 50))), Default)
	if len(many) != mostDifferences {
		t.Errorf("%d differences are told", len(many))
	}
}

// cells makes a notebook whose cells print the given texts, and were run.
func cells(texts ...string) *nbformat.Notebook {
	nb := &nbformat.Notebook{Metadata: map[string]json.RawMessage{}}
	for i, text := range texts {
		c := &nbformat.Cell{Type: nbformat.Code, Source: "x", ExecutionCount: i + 1, Metadata: map[string]json.RawMessage{}}
		if text != "" {
			c.Outputs = []nbformat.Output{stream("stdout", text)}
		}
		nb.Cells = append(nb.Cells, c)
	}
	return nb
}

func TestCompare(t *testing.T) {
	stored, fresh := cells("1", "2", "", "", "5", "6", "7", "8"), cells("1", "2.1", "", "4", "5.5", "6.6", "7.001", "8")
	tag := func(i int, tags string) { stored.Cells[i].Metadata["tags"] = json.RawMessage(tags) }
	tag(4, `["ignore-output"]`)
	tag(5, `["slow"]`)
	stored.Cells[6].Metadata[cellsum.Key] = json.RawMessage(`{"tolerance":{"rel":0.01}}`)
	fresh.Cells[7].ExecutionCount, fresh.Cells[7].Outputs = 0, nil
	kinds := func(opt Options) string {
		list, err := Compare(stored, fresh, opt)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, c := range list {
			out = append(out, fmt.Sprint(c.Number, ":", string(c.Kind)))
		}
		return strings.Join(out, " ")
	}
	if got, want := kinds(Options{}), "1:same 2:differs 3:empty 4:missing 5:ignored 6:skipped 7:same 8:not run"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got, want := kinds(Options{AllowEmpty: true, Slow: true, Tolerance: &Tolerance{Rel: 0.2}}), "1:same 2:same 3:empty 4:ignored 5:ignored 6:same 7:same 8:not run"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	// A notebook's tolerance counts more than that of the command, a cell's more still.
	stored.Metadata[cellsum.Key] = json.RawMessage(`{"tolerance":{"rel":0.5,"abs":0}}`)
	stored.Cells[6].Metadata[cellsum.Key] = json.RawMessage(`{"tolerance":{"rel":1e-9}}`)
	if got := kinds(Options{}); !strings.Contains(got, "2:same") || !strings.Contains(got, "7:differs") {
		t.Errorf("%s", got)
	}
	for _, bad := range []string{`{"tolerance":{"rel":-1}}`, `{"tolerance":"x"}`, `{"tolerance":{"abs":null,"rel":"1"}}`} {
		stored.Cells[6].Metadata[cellsum.Key] = json.RawMessage(bad)
		if _, err := Compare(stored, fresh, Options{}); err == nil || !strings.Contains(err.Error(), "cell [7]") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestDifferenceIsReadable(t *testing.T) {
	d := Difference{Output: "stdout", Line: 3, Got: "1", Want: "2", Relative: 0.5}
	if got := d.String(); got != "stdout, line 3: got 1, want 2 (relative error 0.5)" {
		t.Error(got)
	}
	d.Relative, d.Line = math.NaN(), 0
	if got := d.String(); got != "stdout: got 1, want 2" {
		t.Error(got)
	}
}

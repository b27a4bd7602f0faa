package lint

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/cellsum"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

func code(source string, outputs ...nbformat.Output) *nbformat.Cell {
	return &nbformat.Cell{Type: nbformat.Code, Source: source, Outputs: outputs}
}

func text(source string) *nbformat.Cell {
	return &nbformat.Cell{Type: nbformat.Markdown, Source: source}
}

func display(pairs ...string) nbformat.Output {
	data := make(map[string]json.RawMessage)
	for i := 0; i < len(pairs); i += 2 {
		data[pairs[i]], _ = json.Marshal(pairs[i+1])
	}
	return nbformat.Output{Type: nbformat.DisplayData, Data: data}
}

func printed(s string) nbformat.Output {
	return nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: s}
}

func with(c *nbformat.Cell, count int, meta ...string) *nbformat.Cell {
	c.ExecutionCount = count
	for i := 0; i < len(meta); i += 2 {
		if c.Metadata == nil {
			c.Metadata = make(map[string]json.RawMessage)
		}
		c.Metadata[meta[i]] = json.RawMessage(meta[i+1])
	}
	return c
}

func found(cells ...*nbformat.Cell) []string {
	var out []string
	for _, f := range Check(&nbformat.Notebook{Cells: cells}, nil, Options{}) {
		out = append(out, f.String())
	}
	return out
}

// Each rule finds what it is for, at its place, and nothing in what is right.
func TestRules(t *testing.T) {
	svg := display("image/svg+xml", "<svg/>", "text/plain", "a curve")
	chart := display("text/html", "<div></div><script>draw()</script>")
	for _, test := range []struct {
		name  string
		cells []*nbformat.Cell
		want  []string
	}{
		{"nothing", []*nbformat.Cell{
			text("# T\n\n<a id=\"eq-1\"></a>As $$ x \\tag{1} $$ and [(1)](#eq-1), [above](#t), ![a plot](data:image/png;base64,AA)"),
			code("import \"fmt\"\n\nfunc f() int { return 1 }"), code("%%\nfmt.Println(f(), strings.ToUpper(\"a\"))\nx := 1\n_ = x"),
			code("%%\nresp, err := http.Get(\"https://home/x\")\n_, _ = resp, err"), code("%%bash\nls $HOME"), code("%%\n", svg, chart),
		}, nil},
		{"order", []*nbformat.Cell{with(code("a()"), 2), with(code("func a() {}"), 1)}, []string{"cell [2]: line 1: no"}},
		{"counts", []*nbformat.Cell{with(code("%%\n"), 1), with(code("%%\n"), 5), with(code("%%\n"), 7)}, []string{"cell [5]: it was run as number 5 and is number 2 (order)"}},
		{"not run", []*nbformat.Cell{with(code("%%\n"), 1), code("%%\n"), with(code("%%\n"), 0, "tags", `["skip"]`)}, []string{"cell 2: it wasn't run, and others were (order)"}},
		{"hidden", []*nbformat.Cell{code("%%\nfmt.Println(g())"), code("func g() int { return h }"), code("%%\nt := report.Value\n_ = t"), code("var report struct{ Value int }")}, []string{
			"cell 1, line 2: g is declared further down, in cell 2 (hidden)", "cell 2, line 1: no cell declares h (hidden)",
			"cell 3, line 2: report is declared further down, in cell 4 (hidden)",
		}},
		{"syntax", []*nbformat.Cell{code("func (")}, []string{"cell 1: line 1: "}},
		{"links", []*nbformat.Cell{text("see [x](#nowhere)\n\nand $\\eqref{gone}$")}, []string{"cell 1, line 1: the link [x] leads to #nowhere", "cell 1, line 3: formula"}},
		{"alt", []*nbformat.Cell{text("![](data:image/png;base64,AA)\n<img src='data:image/png;base64,AA'>"), code("%%\n", display("image/png", "AA")), code("%%\n", display("image/svg+xml", "<svg/>", "text/plain", " "))}, []string{
			"cell 1, line 1: the picture data:image/png;base64,AA has no description (alt)", "cell 1, line 2: a picture has no description (alt)",
			"cell 2: output 1 is a picture without a description (alt)", "cell 3: output 1 is a picture without a description (alt)",
		}},
		{"static", []*nbformat.Cell{code("%%\n", chart)}, []string{"cell 1: output 1 is drawn by a script"}},
		{"network", []*nbformat.Cell{code("%%\n", display("text/html", `<script src="https://cdn.example/x.js"></script>`), svg)}, []string{"cell 1: output 1 is drawn by a script", "cell 1: output 1 loads https://cdn.example/x.js (network)"}},
		{"size", []*nbformat.Cell{code("%%\n", printed(strings.Repeat("x ", 600_000)))}, []string{"cell 1: output 1 is 1.1 MB large (size)"}},
		{"failed", []*nbformat.Cell{code("%%\n", nbformat.Output{Type: nbformat.Error, EName: "ERROR", EValue: "panic: x\ny"}), with(code("%%\n", nbformat.Output{Type: nbformat.Error}), 0, "tags", `["raises-exception"]`)}, []string{"cell 1: it stores an error: ERROR: panic: x (failed)"}},
		{"paths", []*nbformat.Cell{code("var f = \"/home/ann/x.csv\" // https://a.b/home/c"), text("in `C:\\Users\\Bob\\x`"), code("%%\n", printed("at /tmp/run1/x\n")), text("see /home page and 1/tmp, ./root/x")}, []string{
			"cell 1, line 1: the path /home/ann/x.csv is one machine's (paths)", "cell 2, line 1: the path C:\\Users\\Bob\\x is one machine's (paths)", "cell 3: output 1 shows the path /tmp/run1/x (paths)",
		}},
		{"secrets", []*nbformat.Cell{code("const apiKey = \"abcdefgh12345\""), code("%%\n", printed("AKIAABCDEFGHIJKLMNOP")), text("-----BEGIN RSA PRIVATE KEY-----"), code("var password = os.Getenv(\"P\") // token := \"\"")}, []string{
			"cell 1, line 1: it has what looks like a password or a key (secrets)", "cell 2: output 1 shows what looks", "cell 3, line 1: it has what looks",
		}},
		{"metadata", []*nbformat.Cell{with(code("%%\n"), 0, "wasserwerk", `{"toleranz":1,"nolint":["nothing"]}`), with(code("%%\n"), 0, "wasserwerk", `[]`)}, []string{
			`cell 1: its metadata wasserwerk has the field "toleranz"`, `cell 1: there is no rule "nothing"`, "cell 2: its metadata wasserwerk isn't an object",
		}},
		{"nolint", []*nbformat.Cell{with(code("var f = \"/home/ann/x\"\nvar g = h"), 0, "wasserwerk", `{"nolint":["paths"]}`)}, []string{"cell 1, line 2: no cell declares h (hidden)"}},
	} {
		got := found(test.cells...)
		if test.name == "order" { // both rules have something to say there
			got = slices.DeleteFunc(got, func(s string) bool { return !strings.HasSuffix(s, "(order)") })
			test.want = []string{"cell [2]: it was run as number 2 and is number 1 (order)"}
		}
		if len(got) != len(test.want) {
			t.Errorf("%s: found\n%s\nwant\n%s", test.name, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			continue
		}
		for i, want := range test.want {
			if !strings.HasPrefix(got[i], want) {
				t.Errorf("%s: found %q, want %q", test.name, got[i], want)
			}
		}
	}
}

func TestStale(t *testing.T) {
	nb := &nbformat.Notebook{Cells: []*nbformat.Cell{code("var x = 1"), with(code("%%\nfmt.Println(x)", printed("1")), 0)}}
	for i, sum := range cellsum.Sums(nb) {
		cellsum.Store(nb.Cells[i], sum)
	}
	if f := Check(nb, nil, Options{}); len(f) != 0 {
		t.Errorf("%v", f)
	}
	nb.Cells[0].Source = "var x = 2"
	if f := Check(nb, nil, Options{}); len(f) != 1 || f[0].Rule != "stale" || f[0].Cell != 2 {
		t.Errorf("%v", f)
	}
	if f := Check(nb, []int{0}, Options{Disable: []string{"stale"}}); len(f) != 1 || f[0].Rule != "ids" {
		t.Errorf("%v", f)
	}
	nb.Metadata = map[string]json.RawMessage{"wasserwerk": json.RawMessage(`{"nolint":["stale","ids"]}`)}
	if f := Check(nb, []int{0}, Options{}); len(f) != 0 {
		t.Errorf("%v", f)
	}
}

// Every rule that is found is listed, and the other way round.
func TestRulesAreListed(t *testing.T) {
	for rule, what := range Rules {
		if what == "" || strings.HasSuffix(what, ".") {
			t.Errorf("%s: %q", rule, what)
		}
	}
	f := Finding{Rule: "x", Message: "m"}
	if got := fmt.Sprint(f); got != "m (x)" {
		t.Error(got)
	}
}

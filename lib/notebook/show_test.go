package notebook

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/figure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

func simple() *figure.Figure {
	return &figure.Figure{Title: "Loss", Series: []figure.Series{figure.Curve{X: []float64{0, 1}, Y: []float64{1, 2}}}}
}

func scatter(n int) *figure.Figure {
	x := make([]float64, n)
	y := make([]float64, n)
	for i := range x {
		x[i], y[i] = math.Mod(float64(i)*0.618, 1), math.Mod(float64(i)*0.414, 1)
	}
	return &figure.Figure{Series: []figure.Series{figure.Points{X: x, Y: y, Err: y}}}
}

// A picture's bundle has the picture and its description, and no HTML that a
// viewer would prefer and then strip.
func TestFigureBundle(t *testing.T) {
	b, err := render(simple())
	if err != nil {
		t.Fatal(err)
	}
	m := b.message()
	if len(m.Data) != 2 {
		t.Errorf("%d forms, want 2", len(m.Data))
	}
	if s, _ := m.Data["image/svg+xml"].(string); !strings.HasPrefix(s, "<svg ") {
		t.Errorf("SVG is %.20q", s)
	}
	alt, _ := m.Data["text/plain"].(string)
	if !strings.HasPrefix(alt, "Loss. Horizontal axis") {
		t.Errorf("description is %q", alt)
	}
	if got := m.Metadata["image/svg+xml"].(map[string]string)["alt"]; got != alt {
		t.Errorf("metadata say %q", got)
	}
	if b, err = render(scatter(3000)); err != nil {
		t.Fatal(err)
	}
	m = b.message()
	if s, _ := m.Data["image/png"].([]byte); !bytes.HasPrefix(s, []byte("\x89PNG")) {
		t.Errorf("a figure of 3000 marks isn't stored as PNG: %d bytes of SVG", len(b.svg))
	}
	if _, ok := m.Data["image/svg+xml"]; ok {
		t.Error("large SVG is stored as well")
	}
	if _, ok := m.Data["text/html"]; ok {
		t.Error("a figure has HTML")
	}
	if b, err = render(scatter(500)); err != nil || b.svg == "" {
		t.Errorf("a figure of 500 marks isn't SVG: %v", err)
	}
}

func TestInequalities(t *testing.T) {
	qs := []relation.Inequality{
		{Name: "spread", Ref: "(81)", Lo: relation.Term{Symbol: "η", Value: 0.00474482}, Hi: relation.Term{Symbol: "$c_1$", Value: 0.0079505, Bound: 1e-12}},
		{Name: "estimate <1>", Lo: relation.Term{Value: 0.5, StdErr: 0.1}, Hi: relation.Term{Value: 0.6}},
		{Name: "wrong", Ref: "here", Lo: relation.Term{Symbol: "$W_1$", Value: 2}, Hi: relation.Term{Value: 1, Bound: 0.25}},
		{Name: "infinite", Lo: relation.Term{Value: -1e-7}, Hi: relation.Term{Value: math.Inf(1)}},
	}
	b, err := render(qs)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"relation      claim   verdict            lower      upper        gap  tightness",
		"------------  ------  -----------  -----------  ---------  ---------  ---------",
		"spread (81)   η ≤ c₁  ✓ holds       0.00474482  0.0079505   0.003206     0.5968",
		"estimate <1>          ? undecided   0.50(10)    0.6         0.1          0.8333",
		"wrong, here   W₁ ≤ 1  ✗ violated    2           1 ±0.3     −1            2.0000",
		"infinite              ✓ holds      −1e−07       ∞           ∞            0",
		"Digits in parentheses are standard errors; verdicts allow for 3 of them.",
	}, "\n")
	if b.plain != want {
		t.Errorf("got\n%s\nwant\n%s", b.plain, want)
	}
	for _, s := range []string{
		"<td align=\"left\">η\u00a0≤\u00a0c₁</td>", `<td align="right">0.00474482</td>`, `<td align="right">0.003206</td>`, `<td align="left">wrong,` + "\u00a0here</td>", `>estimate` + "\u00a0&lt;1&gt;<",
		"<strong>✗\u00a0violated</strong>", `<th align="right">tightness</th>`,
	} {
		if !strings.Contains(b.html, s) {
			t.Errorf("no %s in\n%s", s, b.html)
		}
	}
	keptByGitHub(t, b.html)
	if one, err := render(qs[0]); err != nil || strings.Count(one.html, "<tr>") != 2 {
		t.Errorf("one inequality: %v\n%s", err, one.html)
	}
}

// GitHub keeps tables, but no styles, classes, ids or scripts.
func keptByGitHub(t *testing.T, html string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader("<x>" + html + "</x>"))
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "x", "table", "thead", "tbody", "tr", "th", "td", "strong", "p", "pre":
		default:
			t.Errorf("element <%s>", e.Name.Local)
		}
		for _, a := range e.Attr {
			if a.Name.Local != "align" {
				t.Errorf("attribute %s", a.Name.Local)
			}
		}
	}
}

func TestIdentities(t *testing.T) {
	b, err := render([]relation.Identity{{Name: "split", Lhs: relation.Term{Symbol: "w_D", Value: 1.5}, Rhs: relation.Term{Value: 1.5 + 1e-15}}})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"relation  claim      verdict  left  right  difference",
		"--------  ---------  -------  ----  -----  ----------",
		"split     w_D = 1.5  ✓ holds   1.5    1.5     < 1e−11",
	}, "\n")
	if b.plain != want {
		t.Errorf("got\n%s\nwant\n%s", b.plain, want)
	}
}

// Long references are named once, below; columns that would be empty are left
// out; a long claim may be broken after its sign and nowhere else.
func TestClaims(t *testing.T) {
	const paper = "Nakazato and Ito, Phys. Rev. Research 3, 043093 (2021)"
	long := relation.Term{Symbol: "∫|F − F̃|ν'dx", Value: 2}
	for _, c := range []struct {
		v    any
		want []string
	}{
		{
			[]relation.Inequality{{Name: "a", Ref: paper, Lo: long, Hi: long}, {Name: "b", Ref: paper, Lo: long, Hi: long}, {Name: "control: slope 3/2, must fail", Ref: "(7)", Lo: long, Hi: long}},
			[]string{"<td align=\"left\">a\u00a0[1]</td>", "<td align=\"left\">b\u00a0[1]</td>", "<p>[1] " + paper + "</p>", "\u00a0≤ ∫|F\u00a0−", ">control:\u00a0slope 3/\u20602,\u00a0must\u00a0fail\u00a0(7)<"},
		},
		{relation.Inequality{Lo: relation.Term{Value: 1}, Hi: relation.Term{Value: 2}}, []string{`<thead><tr><th align="left">verdict</th>`}},
		{relation.Identity{Ref: "(7)"}, []string{`<th align="left">relation</th><th align="left">verdict</th>`, ">(7)<"}},
	} {
		b, err := render(c.v)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range c.want {
			if !strings.Contains(b.html, w) {
				t.Errorf("no %q in\n%s", w, b.html)
			}
		}
		if strings.Count(b.plain, "\n") > 5 || strings.Contains(b.plain, "\u00a0") {
			t.Errorf("plain text %q", b.plain)
		}
	}
}

func TestTable(t *testing.T) {
	b, err := render(Table{
		Header: []string{"protocol", "$c_2$", "n", "estimate", "note"},
		Rows: [][]any{
			{"cosine", 0.1073, 10, relation.Term{Value: 0.12, StdErr: 0.01}, nil},
			{`$\tilde{P}$ & <b>`, -12.5, -2000, relation.Term{Value: 10.5, StdErr: 0.5}, true},
			{"$5 each", math.NaN(), uint8(7), relation.Term{Value: 1}, relation.Holds},
		},
		Note: `All at $\tau=1$.`,
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.plain, "\n")
	if len(lines) != 6 {
		t.Fatalf("%d lines:\n%s", len(lines), b.plain)
	}
	dot := func(l string) int { return width(l[:strings.Index(l, ".")]) }
	if dot(lines[2]) != dot(lines[3]) {
		t.Errorf("decimal points don't stand below each other:\n%s", b.plain)
	}
	for i, s := range []string{"0.1073", "−12.5", "NaN"} {
		if !strings.Contains(lines[2+i], s) {
			t.Errorf("row %d has no %s:\n%s", i, s, b.plain)
		}
	}
	if !strings.Contains(b.plain, "P\u0303 & <b>") || !strings.Contains(b.plain, "$5 each") || lines[5] != "All at τ = 1." {
		t.Errorf("text is wrong:\n%s", b.plain)
	}
	if !strings.Contains(b.html, "&amp; &lt;b&gt;") {
		t.Errorf("HTML isn't escaped:\n%s", b.html)
	}
	keptByGitHub(t, b.html)
}

// Numbers that the caller has formatted stand like others, digits as they are.
func TestFormattedNumbers(t *testing.T) {
	b, err := render(Table{Header: []string{"a", "b"}, Rows: [][]any{{"-1.250", "1"}, {"+10.5", "Infinity, or so"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"      a  b",
		"-------  ---------------",
		" −1.250  1",
		"+10.5    Infinity, or so",
	}, "\n")
	if b.plain != want {
		t.Errorf("got\n%s\nwant\n%s", b.plain, want)
	}
	for _, w := range []string{`<td align="right">−1.250</td>`, `<td align="left">1</td>`} {
		if !strings.Contains(b.html, w) {
			t.Errorf("no %s in\n%s", w, b.html)
		}
	}
	for s, want := range map[string]bool{"1e-9": true, "−1": false, "": false, "NaN": false, "Inf": false, "1 a": false, ".5": true} {
		if isNumber(s) != want {
			t.Errorf("isNumber(%q) = %v", s, !want)
		}
	}
}

func TestPlainValues(t *testing.T) {
	for _, c := range []struct {
		v    any
		want string
	}{
		{1.0 / 3, "0.333333"},
		{42, "42"},
		{"text", "text"},
		{[]float64{1, 2.5}, "[1 2.5]"},
		{[]int(nil), "[]"},
		{struct{ A, B int }{1, 2}, "{A:1 B:2}"},
		{errors.New("no quadrature"), "error: no quadrature"},
		{2 * time.Second, "2s"},
		{relation.Term{Value: 0.25, Bound: 1e-3}, "0.25 ±0.001"},
		{relation.Term{Symbol: `$\eta$`, Value: 0.25}, "η = 0.25"},
		{relation.Violated, "violated"},
		{mat.NewDense(2, 2, []float64{1, 2, 3, 4.123456}), "⎡1       2⎤\n⎣3  4.1235⎦"},
	} {
		b, err := render(c.v)
		if err != nil || b.plain != c.want {
			t.Errorf("%v: got %q, %v; want %q", c.v, b.plain, err, c.want)
		}
	}
}

func TestShowPanics(t *testing.T) {
	defer func(w func() io.Writer) { stdout = w }(stdout)
	stdout = func() io.Writer { return io.Discard }
	var noFigure *figure.Figure
	var noTable *Table
	var noMatrix *mat.Dense
	for _, c := range []struct {
		v    any
		want string
	}{
		{nil, "nil can't be shown"},
		{noFigure, "nil *Figure"},
		{noTable, "nil *notebook.Table"},
		{noMatrix, "nil *mat.Dense"},
		{(*int)(nil), "nil *int"},
		{func() {}, "a func() can't be shown"},
		{make(chan int), "a chan int can't be shown"},
		{&figure.Figure{}, "has no series"},
		{&figure.Figure{Title: `$\x$`, Series: simple().Series}, `unknown macro \x`},
		{Table{}, "without Header"},
		{Table{Header: []string{"a"}, Rows: [][]any{{1, 2}}}, "row 0 has 2 cells, the header has 1"},
	} {
		func() {
			defer func() {
				got, _ := recover().(string)
				if !strings.HasPrefix(got, "notebook: Show: argument 2: ") || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
					t.Errorf("%T: panic %q, want one line with %q", c.v, got, c.want)
				}
			}()
			Show("first", c.v)
		}()
	}
}

func TestOutsideOfANotebook(t *testing.T) {
	defer func(w func() io.Writer) { stdout = w }(stdout)
	var b strings.Builder
	stdout = func() io.Writer { return &b }
	Show(1.5, "two")
	Markdown("100% of $x$")
	Markdown("%d of $x$", 3)
	if got, want := b.String(), "1.5\ntwo\n100% of $x$\n3 of $x$\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

package page

import (
	"strings"
	"testing"

	"oss.terrastruct.com/d2/d2renderers/d2latex"
)

func TestTypesetListIsWhatRenderGives(t *testing.T) {
	t.Parallel()
	list := []formula{
		{`\int_0^\tau \|v_t\|^2\,dt \le \frac{\mathcal W_2^2(p,q)}{2\tau}`, true},
		{`\begin{align} a &= b \\ c &= \tilde P_\tau \end{align}`, true},
	}
	svgs, errs, err := typeset(list)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range list {
		want, err := d2latex.Render(f.TeX)
		if err != nil || errs[i] != nil {
			t.Fatal(err, errs[i])
		}
		if svgs[i] != want {
			t.Errorf("%s: typeset in a list it is\n%.300s\nalone\n%.300s", f.TeX, svgs[i], want)
		}
	}
}

func TestTypeset(t *testing.T) {
	tests := []struct{ tex, want string }{ // want: part of the error; "" if it is fine
		{`W_2^2`, ""},
		{`\nabla\cdot(p v)`, ""},
		{`\mathcal N(0,1)`, ""},
		{`\mathbb E`, ""},
		{`\dot m \le 1`, ""},
		{`\begin{cases} a & b \\ c & d \end{cases}`, ""},
		{`\tilde P_\tau`, ""},
		{`\chi^2`, ""},
		{"`${1}`", ""},
		{`"\text{'quoted' \\}"`, ""},
		{`x<y \& z`, ""},
		{"a\nb", ""},
		{`\text{Größe, ж}`, ""},
		{``, ""},
		{`\foo`, `Undefined control sequence \foo`},
		{`\boldsymbol{x}`, `Undefined control sequence \boldsymbol`},
		{`\frac{a`, "Missing close brace"},
		{`}`, "Extra close brace"},
		{`\begin{align} a`, "Missing"},
		{`\left( x`, `\right`},
		{`a & b`, "Misplaced &"},
		{`x^2^3`, "Double exponent"},
	}
	var list []formula
	for _, test := range tests {
		list = append(list, formula{TeX: test.tex})
	}
	svgs, errs, err := typeset(list)
	if err != nil {
		t.Fatal(err)
	}
	for i, test := range tests {
		switch {
		case test.want == "" && (errs[i] != nil || !isSVG(svgs[i])):
			t.Errorf("%s: error %v, picture %.60s", test.tex, errs[i], svgs[i])
		case test.want != "" && (errs[i] == nil || !strings.Contains(errs[i].Error(), test.want)):
			t.Errorf("%s: error %v, want one with %q", test.tex, errs[i], test.want)
		case errs[i] != nil && strings.Contains(errs[i].Error(), "\n"):
			t.Errorf("%s: an error of several lines: %q", test.tex, errs[i])
		}
	}
}

// Display and inline style differ: limits stand below and beside.
func TestTypesetStyles(t *testing.T) {
	svgs, _, err := typeset([]formula{{`\sum_{i=1}^n x`, false}, {`\sum_{i=1}^n x`, true}, {`\div`, false}})
	if err != nil {
		t.Fatal(err)
	}
	inline, err1 := measure(svgs[0])
	display, err2 := measure(svgs[1])
	if err1 != nil || err2 != nil || display.Height < 1.5*inline.Height || display.Width >= inline.Width {
		t.Errorf("inline %+v (%v), display %+v (%v): want display higher and narrower", inline, err1, display, err2)
	}
	if !strings.Contains(svgs[2], `data-c="F7"`) {
		t.Errorf("\\div is no division sign: %s", svgs[2])
	}
}

func BenchmarkTypeset(b *testing.B) {
	const tex = `\int_0^\tau \|v_t\|^2\,dt \le \frac{\mathcal W_2^2(p,q)}{2\tau}`
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := typeset([]formula{{tex, true}}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("batch", func(b *testing.B) {
		list := make([]formula, batch)
		for i := range list {
			list[i] = formula{tex, true}
		}
		for b.Loop() {
			if _, _, err := typeset(list); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*batch), "ms/formula")
	})
}

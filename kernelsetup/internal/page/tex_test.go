package page

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseTeX(t *testing.T) {
	for _, test := range []struct {
		in   string
		tex  string
		tags []tag
	}{
		{`a = b`, `a = b`, nil},
		{`a = b \tag{1}`, `a = b`, []tag{{Text: "1", Row: -1}}},
		{`a \label{x} = b \tag*{A $n$}`, `a  = b`, []tag{{Text: "A $n$", Star: true, Row: -1, Label: "x"}}},
		{
			`\begin{align} a &= b \tag{1} \label{p}\\ c &= d \\ e &= f \label{q}\tag{3} \end{align}`,
			`\begin{align} a &= b  \\ c &= d \\ e &= f  \end{align}`,
			[]tag{{Text: "1", Row: 0, Label: "p"}, {Text: "3", Row: 2, Label: "q"}},
		},
		{`\begin{equation} a \tag{1} \end{equation}`, `\begin{equation} a  \end{equation}`, []tag{{Text: "1", Row: -1}}},
		{
			`\begin{equation}\begin{aligned} a \\ b \end{aligned}\tag{1}\end{equation}`,
			`\begin{equation}\begin{aligned} a \\ b \end{aligned}\end{equation}`,
			[]tag{{Text: "1", Row: -1}},
		},
		// rows of an inner environment, and breaks inside braces, don't count
		{
			`\begin{align} \begin{pmatrix} a \\ b \end{pmatrix} \text{\\} \\ c \tag{2} \end{align}`,
			`\begin{align} \begin{pmatrix} a \\ b \end{pmatrix} \text{\\} \\ c  \end{align}`,
			[]tag{{Text: "2", Row: 1}},
		},
		{`\tagged \labels \\tag`, `\tagged \labels \\tag`, nil},
	} {
		eq, err := parseTeX(test.in, true)
		if err != nil || eq.TeX != test.tex || !reflect.DeepEqual(eq.Tags, test.tags) {
			t.Errorf("%s:\n got %q %+v, %v\nwant %q %+v", test.in, eq.TeX, eq.Tags, err, test.tex, test.tags)
		}
	}
	for _, in := range []string{`a \tag`, `a \tag{1} \tag{2}`, `a \label`} {
		if eq, err := parseTeX(in, true); err == nil {
			t.Errorf("%s: %+v, want an error", in, eq)
		}
	}
	if _, err := parseTeX(`a \tag{1}`, false); err == nil {
		t.Error("a tag in an inline formula: no error")
	}
}

func TestResolve(t *testing.T) {
	tags := map[string]tag{"a": {Text: "1"}, "b": {Text: "X", Star: true}}
	got, err := resolve(`by \eqref{a}, \ref{a} and \eqref {b}`, tags)
	if want := `by (\text{1}), \text{1} and \text{X}`; got != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if _, err := resolve(`\eqref{c}`, tags); err == nil || !strings.Contains(err.Error(), "{c}") {
		t.Errorf("an unknown label: %v", err)
	}
}

func FuzzParseTeX(f *testing.F) {
	f.Add(`\begin{align} a \tag{1} \\ \label{x} b \tag*{2} \end{align}`, true)
	f.Fuzz(func(t *testing.T, tex string, display bool) {
		eq, err := parseTeX(tex, display)
		if err != nil {
			return
		}
		again, err := parseTeX(eq.TeX, display)
		if err == nil && len(again.Tags) > 0 && !strings.Contains(tex, `\`) {
			t.Fatalf("%q: a tag from nothing", tex)
		}
		if len(eq.Tags) == 0 && !strings.Contains(tex, `\label`) && eq.TeX != strings.TrimSpace(tex) {
			t.Fatalf("%q without tags became %q", tex, eq.TeX)
		}
	})
}

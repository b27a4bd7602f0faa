package page

import (
	"strings"
	"testing"
)

func TestExtractMath(t *testing.T) {
	for _, test := range []struct {
		in   string
		want string // with [tex] for inline and [[tex]] for display formulas
	}{
		{`a $x$ b`, `a [x] b`},
		{`$x<y$ and $a_1^*b_2^*$`, `[x<y] and [a_1^*b_2^*]`},
		{`$$ x $$`, `[[x]]`},
		{`\(x\) \[y\] \\(z\\) \\[w\\]`, `[x] [[y]] [z] [[w]]`},
		{"\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}", "[[\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}]]"},
		{`\begin{a}\begin{a}\end{a}x\end{a}y`, `[[\begin{a}\begin{a}\end{a}x\end{a}]]y`},
		{`| $|x|$ |`, `| [|x|] |`},
		// money and other dollars
		{`$5, and $10`, `$5, and $10`},
		{`from $5 to $10 for $x$`, `from $5 to $10 for [x]`},
		{`$20,000 and USD$30`, `$20,000 and USD$30`},
		{`$x$5`, `$x$5`},
		{`$ x $`, `$ x $`},
		{`\$x$ and \$`, `\$x$ and \$`},
		{`$a \$ b$`, `[a \$ b]`},
		{`$$`, `$$`},
		{`$$ $$`, `$$ $$`},
		{`$`, `$`},
		{`a$`, `a$`},
		{`$x`, `$x`},
		{`$\text{if $x$}$`, `[\text{if $x$}]`},
		// code, comments and HTML
		{"`$x$` $y$", "`$x$` [y]"},
		{"``a ` $x$`` $y$", "``a ` $x$`` [y]"},
		{"` $y$", "` [y]"},
		{"```\n$x$\n```\n$y$", "```\n$x$\n```\n[y]"},
		{"~~~\n```\n$x$\n~~~\n$y$", "~~~\n```\n$x$\n~~~\n[y]"},
		{"- ```go\n  $x$\n  ```\n- $y$", "- ```go\n  $x$\n  ```\n- [y]"},
		{"> ```\n> $x$\n> ```\n> $y$", "> ```\n> $x$\n> ```\n> [y]"},
		{"```\n$x$", "```\n$x$"},
		{"<!-- $x$ --> $y$", "<!-- $x$ --> [y]"},
		{`a \_ b \\ $x$`, `a \_ b \\ [x]`},
		// over lines
		{"$x\ny$", "[x\ny]"},
		{"$x\n\ny$", "$x\n\ny$"},
		{"$$x\n \ny$$", "$$x\n \ny$$"},
		{"> $$\n> a > b\n> $$", "> [[a > b]]"},
		{"$$\r\na\r\n= b$$", "[[a\n= b]]"},
		{`\[not closed](x)`, `\[not closed](x)`},
		{`\begin{x} no end`, `\begin{x} no end`},
		{`\begin{}`, `\begin{}`},
	} {
		text, spans := extractMath(test.in)
		got := replaceMarks(text, func(i int) string {
			if spans[i].Display {
				return "[[" + spans[i].TeX + "]]"
			}
			return "[" + spans[i].TeX + "]"
		})
		if got != test.want {
			t.Errorf("%q:\n got %q\nwant %q", test.in, got, test.want)
		}
	}
}

func TestExtractMathLines(t *testing.T) {
	_, spans := extractMath("a\n$x$ `b\nc` $$\ny\n$$ and $z$\n```\n\n```\n$w$")
	for i, want := range []int{2, 3, 5, 9} {
		if i >= len(spans) || spans[i].Line != want {
			t.Errorf("formula %d: %+v, want line %d", i, spans, want)
		}
	}
}

func FuzzExtractMath(f *testing.F) {
	f.Add("a $x$ `$y$` $$z$$ \\(a\\) \\begin{b}c\\end{b} $5 \\$ ```\n$\n```\n> $$\n> x$$")
	f.Fuzz(func(t *testing.T, source string) {
		want := strings.NewReplacer("\r\n", "\n", "\r", "\n", string(markOpen), "\uFFFD", string(markClose), "\uFFFD").Replace(source)
		text, spans := extractMath(source)
		n := 0
		got := replaceMarks(text, func(i int) string {
			if i != n {
				t.Fatalf("formula %d has mark %d", n, i)
			}
			n++
			return spans[i].Source
		})
		if got != want {
			t.Fatalf("%q: with the formulas put back: %q", want, got)
		}
		for _, s := range spans {
			if s.TeX == "" && !strings.Contains(s.Source, ">") {
				t.Fatalf("%q: an empty formula", want)
			}
			if _, err := parseTeX(s.TeX, s.Display); err != nil && strings.Contains(err.Error(), "\n") {
				t.Logf("message of several lines: %q", err)
			}
		}
	})
}

package gocell

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	c := Read("import \"fmt\"\n\n!ls \\\n  -l\nvar x = 1\n//gonb:%%\nfmt.Println(x)\n%env A B\nx++")
	if c.Foreign || !c.HasProgram {
		t.Errorf("%+v", c)
	}
	if got, want := c.Declarations, "import \"fmt\"\n\n\n\nvar x = 1\n\n\n\n"; got != want {
		t.Errorf("declarations %q, want %q", got, want)
	}
	if got, want := c.Program, "\n\n\n\n\n\nfmt.Println(x)\n\nx++"; got != want {
		t.Errorf("program %q, want %q", got, want)
	}
	if got := fmt.Sprint(c.Specials); got != `[{3 !ls \} {6 %%} {8 %env A B}]` {
		t.Error(got)
	}
	if c := Read("%%bash\nfor x in %; do\n!\ndone"); !c.Foreign || c.Declarations != "" || !c.Specials[0].IsCommand() {
		t.Errorf("%+v", c)
	}
	if c := Read("x % 2\n 50% of"); len(c.Specials) != 0 {
		t.Errorf("%+v", c)
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct{ source, declares, uses string }{
		{"var a, b = 1, c", "a b", "c:1"},
		{"import (\n\"math\"\nm \"x/y\"\n\"z/v2\"\n)\nfunc f(x float64) float64 { return math.Sin(x) + g(x) }", "f m math z", "g:6"},
		{"type T struct{ x U }\nfunc (t *T) M(v V) (w W) { t.x = v.y(w); return }", "T T.M", "U:1 V:2 W:2"},
		{"%%\nx := y\nfor i, v := range x { z := i; _ = z + v }\nfmt.Println(x, i)", "", "y:2 fmt:4. i:4"},
		{"%%\nif v, err := f(); err != nil { panic(err) } else { use(v) }\nuse(err)", "", "f:2 use:2 err:3"},
		{"%%\nh := func(a int) (b int) { b = a; return }\nt := T{Field: value, \"k\": 1}\nh(t.Other)", "", "T:3 value:3"},
		{"func g[K comparable, V N](m map[K]V) V { var z V; for range m { z++ }; return z }", "g", "N:1"},
		{"type L[E any] struct{ next *L[E] }\nfunc (l *L[E]) Len() int { var e E; _ = e; return n }", "L L.Len", "n:2"},
		{"const (\nA = iota\nB\n)", "A B", ""},
		{"%%\nswitch x := v.(type) {\ncase int:\n_ = x\ndefault:\ngoto end\n}\nend:", "", "v:2"},
		{"%%\nselect { case m := <-ch: _ = m; case out <- 1: }", "", "ch:2 out:2"},
		{"var f = func() int { return later }\nvar later = 1", "f later", ""},
		{"%%bash\necho $x", "", ""},
	} {
		n, err := Read(test.source).Names()
		if err != nil {
			t.Errorf("%q: %v", test.source, err)
			continue
		}
		var uses []string
		for _, u := range n.Uses {
			s := fmt.Sprintf("%s:%d", u.Name, u.Line)
			if u.Package {
				s += "."
			}
			uses = append(uses, s)
		}
		if got := strings.Join(n.Declares, " "); got != test.declares {
			t.Errorf("%q declares %q, want %q", test.source, got, test.declares)
		}
		// The order of a statement's two sides says nothing.
		want := strings.Fields(test.uses)
		slices.Sort(uses)
		slices.Sort(want)
		if !slices.Equal(uses, want) {
			t.Errorf("%q uses %q, want %q", test.source, uses, want)
		}
	}
	if _, err := Read("var x =\n\nfunc").Names(); err == nil || !strings.HasPrefix(err.Error(), "line 3: ") {
		t.Errorf("error %v", err)
	}
}

package nbdiff

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/verify"
)

// whole is a notebook that says text wherever text can stand.
func whole(text string) *nbformat.Notebook {
	quoted, _ := json.Marshal(text)
	meta := func() map[string]json.RawMessage { return map[string]json.RawMessage{"k": quoted} }
	c := cellOf("a", text, text)
	c.Metadata = meta()
	c.Outputs = append(c.Outputs, nbformat.Output{Type: nbformat.DisplayData, Data: map[string]json.RawMessage{"text/html": quoted}})
	return &nbformat.Notebook{Metadata: meta(), Cells: []*nbformat.Cell{c, cellOf("b", "x\n"+text+"\ny", ""), {ID: "m", Type: nbformat.Markdown, Source: text}}}
}

// applied undoes a unified difference: it returns what its lines say was there
// before and is there after.
func applied(lines []string) (before, after string) {
	for _, l := range lines {
		if l == "" || strings.HasPrefix(l, `\`) {
			continue
		}
		switch rest := l[1:] + "\n"; l[0] {
		case ' ':
			before, after = before+rest, after+rest
		case '-':
			before += rest
		case '+':
			after += rest
		}
	}
	return before, after
}

func FuzzDiff(f *testing.F) {
	for _, s := range []string{"", "a", "a\n", "a\n\n", "\n", "-a\n+b", "@@ -1 +1 @@", "a\r\nb", "a\rb", "\x00\xff", "\\ No newline at end of file", strings.Repeat("x\n", 50), "1 2 3", "9007199254740993"} {
		f.Add(s, s+"b")
		f.Add(s, "b\n"+s)
	}
	for _, pair := range [][2]string{{"a", "a "}, {"a", "a\n"}, {"a\tb", "a b"}, {"a\r\n", "a\n"}, {"", " "}, {"a", "A"}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, x, y string) {
		if x, y = strings.ToValidUTF8(x, "?"), strings.ToValidUTF8(y, "?"); len(x)+len(y) > 4000 {
			return
		}
		a, b := whole(x), whole(y)
		if d := Diff(a, whole(x), verify.Default); len(d) > 0 {
			t.Fatalf("%q differs from itself: %v", x, d)
		}
		changes := Diff(a, b, verify.Default)
		if x == y {
			return
		}
		seen := make(map[string]bool)
		for _, c := range changes {
			seen[c.Where] = true
			for _, l := range append(c.Lines, c.Where, c.What) {
				if strings.Contains(l, "\n") {
					t.Fatalf("%q and %q: two lines in one: %q", x, y, l)
				}
			}
		}
		for _, where := range []string{"the notebook's metadata", "code cell 1 (a)", "code cell 2 (b)", "markdown cell 3 (m)"} {
			if !seen[where] {
				t.Fatalf("%q for %q in %s isn't seen", y, x, where)
			}
		}
		// Where a difference is short enough to be shown whole, it is true.
		if strings.Count(x+y, "\n") < 2 {
			before, after := applied(sources(x, y))
			if before != x+"\n" || after != y+"\n" {
				t.Fatalf("%q to %q is shown as %q to %q", x, y, before, after)
			}
		}
	})
}

// Numbers in metadata are compared as they are written: seeds and checksums have more
// digits than a float64.
func TestLongNumbers(t *testing.T) {
	a, b := whole("x"), whole("x")
	a.Metadata["seed"], b.Metadata["seed"] = json.RawMessage(`9007199254740993`), json.RawMessage(`9007199254740992`)
	if d := Diff(a, b, verify.Default); len(d) != 1 {
		t.Errorf("%v: want one change", d)
	}
	a.Metadata["seed"], b.Metadata["seed"] = json.RawMessage(`{"b": 1, "a": [1e999]}`), json.RawMessage(`{"a":[1e999],"b":1}`)
	if d := Diff(a, b, verify.Default); len(d) != 0 {
		t.Errorf("%v: want none", d)
	}
}

// Two long sources that share nothing take no more than a moment.
func TestLongSources(t *testing.T) {
	var a, b strings.Builder
	for i := range 40_000 {
		a.WriteString(strings.Repeat("a", i%7) + "\n")
		b.WriteString(strings.Repeat("b", i%11) + "\n")
	}
	done := make(chan []string)
	go func() { done <- sources(a.String(), b.String()) }()
	select {
	case lines := <-done:
		if len(lines) < 40_000 {
			t.Errorf("%d lines", len(lines))
		}
	case <-time.After(time.Minute):
		t.Error("it takes more than a minute")
	}
}

package gocell

import (
	"strings"
	"testing"
)

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"", "%%", "!", "%", "! ", "%\t", "//gonb:%%", "//gonb:%", "//gonb:!x\\\ny", "%%\nx := 1\n%%\ny := 2", "%%bash\nx", "%%writefile a\\", "!a \\\n\\\n\\", "%main\n\\",
		"import \"fmt\"\nvar x = y\nfunc (t *T[U]) f() { for range x {} }\n%%\nz.a.b()", "type T[P any] struct{ a, b int }", "func f(", "`", "/*", "var x = func() { var y = 1; _ = y }", "const (\n\ta = iota\n\tb\n)", "label:\ngoto label", "\x00", "\ufeffvar x", "package p", "a := 1; a = 2",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		c := Read(source)
		lines := strings.Count(source, "\n")
		if !c.Foreign && (strings.Count(c.Declarations, "\n") != lines || strings.Count(c.Program, "\n") != lines) {
			t.Fatalf("%q: places in %q and %q aren't those of the cell", source, c.Declarations, c.Program)
		}
		for _, s := range c.Specials {
			s.IsCommand()
			if s.Line < 1 || s.Line > lines+1 || s.Text == "" || !strings.HasPrefix(s.Text, s.Word()) {
				t.Fatalf("%q: %+v", source, s)
			}
		}
		n, err := c.Names()
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("not one line: %q", err)
			}
			return
		}
		for _, u := range n.Uses {
			if u.Name == "" || u.Line < 1 || u.Line > lines+1 || !strings.Contains(source, u.Name) {
				t.Fatalf("%q uses %+v", source, u)
			}
		}
		for _, name := range n.Declares {
			if !strings.Contains(source, name[strings.LastIndexByte(name, '.')+1:]) { // of methods, T.f
				t.Fatalf("%q declares %q", source, name)
			}
		}
	})
}

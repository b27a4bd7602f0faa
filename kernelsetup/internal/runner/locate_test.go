package runner

import "testing"

func TestRename(t *testing.T) {
	p := program{
		sources: []string{
			"func f() {\n\tpanic(1)\n}",
			"func g() {\n\tf()\n}\n\nfunc h() {\n\tf()\n}",
			"%%\nh()",
		},
		lines: map[string][]string{"main.go": {
			"package main", "", "func f() {", "\tpanic(1)", "}", "", "func g() {", "\tf()", "}", "",
			"func h() {", "\tf()", "}", "", "func main() {", "\tflag.Parse()", "h()", "", "}",
		}},
	}
	for _, c := range []struct{ text, want string }{
		{"\t/tmp/x/gonb_0123abcd/main.go:4 +0x1d", "\tcell [1], line 2 +0x1d"},
		{"\t \x1b[7m[[ Cell [9] Line 9 ]]\x1b[0m /tmp/x/gonb_0123abcd/main.go:8", "\tcell [2], line 2"},
		{"/tmp/x/gonb_0123abcd/main.go:12", "cell [2], line 6"}, // as line 8, but for its neighbours
		{"/tmp/x/gonb_0123abcd/main.go:17", "cell [3], line 2"},
		{"/tmp/x/gonb_0123abcd/main.go:16", "main.go"}, // of GoNB's own making
		{"/tmp/x/gonb_0123abcd/main.go:2", "main.go"},
		{"/tmp/x/gonb_0123abcd/main.go:99", "main.go"},
		{"/home/x/main.go:4", "/home/x/main.go:4"},
	} {
		if got := p.rename(c.text); got != c.want {
			t.Errorf("rename(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestTrace(t *testing.T) {
	s := NewScrubber("/tmp/w/k1", "/home/x/checkout", "example.org/m", "/home/x/go/pkg/mod", "/usr/local/go")
	for _, c := range []struct{ text, want string }{
		{"# gonb_0123abcd\n./main.go:9:9: undefined: x", "# cell\n./main.go:9:9: undefined: x"},
		{
			"panic: no\n\ngoroutine 17 [running]:\nmain.f(0xc000012345, {0x1, 0x2})\n\t/home/x/checkout/lib/a/a.go:5 +0x1d\n",
			"panic: no\n\ngoroutine N [running]:\nmain.f(0x…, {0x…, 0x…})\n\texample.org/m/lib/a/a.go:5\n",
		},
		{"\t/home/x/go/pkg/mod/gonum.org/v1/gonum@v0.17.0/mat/dense.go:1", "\tgonum.org/v1/gonum@v0.17.0/mat/dense.go:1"},
		{"\t/usr/local/go/src/runtime/panic.go:1", "\truntime/panic.go:1"},
		{"open /tmp/w/k1/data: no such file", "open data: no such file"},
		{"the mask is 0xff", "the mask is 0xff"}, // not of a trace
	} {
		if got := s.Trace(c.text); got != c.want {
			t.Errorf("Trace(%q) = %q, want %q", c.text, got, c.want)
		}
	}
	// Go names what is near the cell's folder from there.
	near := NewScrubber("/tmp/w/k1", "/tmp/checkout", "example.org/m", "/tmp/mod", "/usr/local/go")
	if got, want := near.Trace("../../../checkout/lib/a/a.go:5:1: no"), "example.org/m/lib/a/a.go:5:1: no"; got != want {
		t.Errorf("Trace gives %q, want %q", got, want)
	}
	if got := (*Scrubber)(nil).Trace("gonb_0123abcd"); got != "gonb_0123abcd" {
		t.Errorf("a nil Scrubber changes the text to %q", got)
	}
}

package page

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestTerminalHTML(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"a < b\n", "a &lt; b\n"},
		{"\x1b[31mred\x1b[0m plain", `<span class="a31">red</span> plain`},
		{"\x1b[1;4;32mx\x1b[22my\x1b[mz", `<span class="ab au a32">x</span><span class="au a32">y</span>z`},
		{"\x1b[41;97mx\x1b[49;39my", `<span class="a97 b31">x</span>y`},
		{"\x1b[38;5;1mx\x1b[38;5;9my\x1b[38;5;196mz", `<span class="a31">x</span><span class="a91">y</span><span class="a31">z</span>`},
		{"\x1b[38;2;10;20;200mx\x1b[48;2;200;200;200my", `<span class="a34">x</span><span class="a34">y</span>`},
		{"\x1b[38;5;1;1mx", `<span class="ab a31">x</span>`},
		{"\x1b[2K\x1b[1Aup\x1b]0;title\x07 and \x1b(B\x1b=on", "up and on"},
		{"\x1b[7mx\x1b[27my", `<span class="av">x</span>y`},
		{"10%\r50%\r100%\nnext", "100%\nnext"},
		{"10%\r", "10%"},
		{"a\r\nb", "a\nb"},
		{"bell\x07 \x00\u0085", "bell "},
		{"\x1b", ""},
		{"\x1b[", ""},
	} {
		if got := terminalHTML(test.in); got != test.want {
			t.Errorf("%q:\n got %s\nwant %s", test.in, got, test.want)
		}
	}
}

func FuzzTerminalHTML(f *testing.F) {
	f.Add("\x1b[1;38;2;1;2;3mx\x1b[0m<b>\r\n50%\r100%\x1b]0;t\x07")
	f.Fuzz(func(t *testing.T, s string) {
		out := terminalHTML(s)
		z := html.NewTokenizer(strings.NewReader(out))
		open := 0
		for {
			switch z.Next() {
			case html.ErrorToken:
				if open != 0 {
					t.Fatalf("%q: %d spans left open in %s", s, open, out)
				}
				return
			case html.TextToken:
			case html.StartTagToken:
				open++
				name, _ := z.TagName()
				key, value, more := z.TagAttr()
				if string(name) != "span" || string(key) != "class" || more || strings.Trim(string(value), "abfiuv 0123456789") != "" {
					t.Fatalf("%q: <%s %s=%q>", s, name, key, value)
				}
			case html.EndTagToken:
				open--
			default:
				t.Fatalf("%q: not a span in %s", s, out)
			}
		}
	})
}

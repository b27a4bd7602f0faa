package page

import "testing"

func TestCleanStyle(t *testing.T) {
	for _, test := range []struct{ in, want string }{ // want "=" for the same
		{"color:red", "="},
		{"color: RGB(1, 2, 3); background-color:#fff; text-align:right;", "="},
		{"max-width:605px;aspect-ratio:605/403;width:100%", "="},
		{"font-family:-apple-system, 'Noto Sans';font-weight:bold !important", "="},
		{"vertical-align:text-top;border:1px solid black;padding:.1em 2px", "="},
		{"", "="},
		{"color:red;position:fixed;width:1px", "color:red;width:1px"},
		{"margin:0 -5px", ""},
		{"margin:calc(0px - 9vh)", ""},
		{"margin-left:-.5em;color:red", "color:red"},
		{"vertical-align:999px", ""},
		{"top:0;left:0;inset:0;z-index:9", ""},
		{"--x:1;color:var(--x)", ""},
		{"filter:blur(9px);mask:x;animation:x;box-shadow:0 0 0 99in #fff;clip-path:none", ""},
		{"rotate:9deg;TRANSFORM:none;perspective:9px", ""},
		{`content:"x;position:fixed"`, ""},
	} {
		if test.want == "=" {
			test.want = test.in
		}
		if got := cleanStyle(test.in); got != test.want {
			t.Errorf("%q became %q, want %q", test.in, got, test.want)
		}
	}
}

func TestAuthorsClasses(t *testing.T) {
	for in, want := range map[string]string{"mine": "mine", " a  b ": " a  b ", "mine chart": "mine", "live": "", "footnotes": "footnotes", "Chart": "Chart"} {
		if got := authorsClasses(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	for _, name := range []string{"chart", "figure", "live", "math", "display", "toc", "cell", "a31", "k"} {
		if !ownClasses[name] {
			t.Errorf("%s is not among the page's classes", name)
		}
	}
	if len(ownClasses) > 100 || ownClasses["3rem"] {
		t.Errorf("the page's classes are %v", ownClasses)
	}
}

package plaintext

import "testing"

func TestEscaped(t *testing.T) {
	for _, test := range []struct{ s, line, text string }{
		{"", "", ""},
		{"W₂ ≤ ½\tfine", "W₂ ≤ ½\tfine", "W₂ ≤ ½\tfine"},
		{"a\nb\r\n", `a\nb\r\n`, "a\nb\\r\n"},
		{"\x1b[2J\a\x00\x7f", `\x1b[2J\x07\x00\x7f`, `\x1b[2J\x07\x00\x7f`},
		{"\u009b31m \u2028\u2029\u0085", `\u009b31m \u2028\u2029\u0085`, `\u009b31m \u2028\u2029\u0085`},
		{"a\u202eb\u2066", `a\u202eb\u2066`, `a\u202eb\u2066`},
		{"\xff\xc3(\ufffd", `\xff\xc3(` + "\ufffd", `\xff\xc3(` + "\ufffd"},
	} {
		if got := Line(test.s); got != test.line {
			t.Errorf("Line(%q) = %q, want %q", test.s, got, test.line)
		}
		if got := Text(test.s); got != test.text {
			t.Errorf("Text(%q) = %q, want %q", test.s, got, test.text)
		}
	}
}

package page

import (
	"html"
	"strings"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

// cellHTML highlights a code cell. In Go cells the lines that GoNB takes for
// itself, which begin with % or !, are shown as such; a Go lexer would see
// operators.
func cellHTML(source, language string) string {
	if language != "go" {
		return codeHTML(source, language)
	}
	var b strings.Builder
	var code strings.Builder
	flush := func() {
		b.WriteString(codeHTML(code.String(), language))
		code.Reset()
	}
	inMagic := false
	for line := range strings.Lines(source) {
		body := strings.TrimRight(line, "\r\n")
		if !inMagic && !strings.HasPrefix(line, "%") && !strings.HasPrefix(line, "!") {
			code.WriteString(line)
			continue
		}
		flush()
		b.WriteString(`<span class="magic">` + html.EscapeString(body) + "</span>" + line[len(body):])
		inMagic = strings.HasSuffix(body, `\`)
		if name, _, _ := strings.Cut(body, " "); strings.HasPrefix(name, "%%") && name != "%%" {
			language = "" // %%writefile, %%script: what follows isn't Go
		}
	}
	flush()
	return b.String()
}

// codeHTML highlights code in a language that chroma knows by that name, and
// escapes it in any other.
func codeHTML(source, language string) string {
	// No name is so long, and chroma looks for unknown ones among files' for long.
	if language == "" || len(language) > 40 {
		return html.EscapeString(source)
	}
	lexer := lexers.Get(language)
	if lexer == nil {
		return html.EscapeString(source)
	}
	// chroma adds a line end where there is none, and reads \r\n as \n.
	source = strings.ReplaceAll(source, "\r\n", "\n")
	tokens, err := chroma.Coalesce(lexer).Tokenise(&chroma.TokeniseOptions{State: "root", EnsureLF: false}, source)
	if err != nil {
		return html.EscapeString(source)
	}
	var b strings.Builder
	for token := tokens(); token != chroma.EOF; token = tokens() {
		text := html.EscapeString(token.Value)
		if class := tokenClass(token.Type); class != "" {
			text = `<span class="` + class + `">` + text + "</span>"
		}
		b.WriteString(text)
	}
	return b.String()
}

// tokenClass sorts tokens into the few kinds that are worth a colour.
func tokenClass(t chroma.TokenType) string {
	switch {
	case t == chroma.KeywordType:
		return "t"
	case t.InCategory(chroma.Keyword):
		return "k"
	case t.InCategory(chroma.Comment):
		return "c"
	case t.InSubCategory(chroma.LiteralString):
		return "s"
	case t.InSubCategory(chroma.LiteralNumber):
		return "n"
	case t == chroma.NameFunction, t == chroma.NameBuiltin:
		return "f"
	}
	return ""
}

package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"

	"oss.terrastruct.com/d2/d2renderers/d2latex"
)

// formula is TeX without its delimiters, tags, labels and references.
type formula struct {
	TeX     string
	Display bool
}

// typeset turns formulas into SVG elements, in order. An element of errs is
// what TeX had to say against the formula; the last result says that
// typesetting itself failed.
//
// d2latex is MathJax in a JavaScript engine in Go. Its Render starts a new
// engine each time, which costs far more than a formula, and typesets in
// display style always. It puts its argument into a JavaScript template
// literal, however, so that a ${substitution} is evaluated beside MathJax once
// that is loaded; the program below goes through there and typesets the whole
// list. It must hold no backslash, which Render doubles, and no backquote.
func typeset(list []formula) (svgs []string, errs []error, err error) {
	var input strings.Builder
	for _, f := range list {
		codes := strings.ReplaceAll(fmt.Sprint(utf16.Encode([]rune(f.TeX))), " ", ",")
		fmt.Fprintf(&input, "[%s,%t],", codes, f.Display)
	}
	out, err := d2latex.Render("${" + fmt.Sprintf(typesetProgram, input.String()) + "}")
	if err != nil {
		return nil, nil, fmt.Errorf("typesetting formulas: %w", err)
	}
	var results []struct{ SVG, Err string }
	if err := json.Unmarshal([]byte(out), &results); err != nil || len(results) != len(list) {
		return nil, nil, errors.New("typesetting formulas: MathJax gave no list of results")
	}
	svgs, errs = make([]string, len(list)), make([]error, len(list))
	for i, r := range results {
		switch {
		case r.Err != "":
			errs[i] = errors.New(strings.Join(strings.Fields(r.Err), " "))
		case !isSVG(r.SVG) || strings.Contains(r.SVG, `data-mml-node="merror"`):
			errs[i] = errors.New("MathJax gave no picture for it")
		default:
			svgs[i] = r.SVG
		}
	}
	return svgs, errs, nil
}

// isSVG tells a whole element from a torn cache file.
func isSVG(s string) bool {
	return strings.HasPrefix(s, "<svg ") && strings.HasSuffix(s, "</svg>")
}

// typesetProgram leaves out the package physics, which d2latex loads: it gives
// other meanings to \div, \exp, \Re and more than notebooks and TeX do.
const typesetProgram = `(() => {
  const output = new MathJax._.output.svg_ts.SVG({fontCache: 'none'});
  const input = new MathJax._.input.tex_ts.TeX({
    packages: ['base', 'ams', 'mathtools', 'amscd', 'braket', 'cancel', 'cases', 'color', 'gensymb', 'mhchem'],
    formatError: (jax, err) => { throw err; },
  });
  const page = MathJax._.mathjax.mathjax.document('', {InputJax: input, OutputJax: output});
  const results = [%s].map(([codes, display]) => {
    const tex = codes.map((c) => String.fromCharCode(c)).join('');
    try {
      return {svg: adaptor.innerHTML(page.convert(tex, {display, em: 16, ex: 8}))};
    } catch (err) {
      return {err: err && err.message || 'not understood'};
    }
  });
  adaptor.parser.serializeInner = () => JSON.stringify(results);
  return '';
})()`

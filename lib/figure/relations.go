package figure

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// sigmas is how many standard errors a verdict drawn in a figure allows for.
const sigmas = 3

// Relations draws how tight inequalities are: for each a bar from 0 to
// Lo/Hi, 1 where it is attained, with the number and the verdict at 3 standard
// errors in words. Names may hold formulas.
func Relations(relations []relation.Inequality) *Figure {
	b := Bars{}
	f := &Figure{
		Title:    "How tight the relations are",
		XLabel:   "lower side / upper side",
		Sideways: true,
		Height:   3.2 + 0.95*float64(max(len(relations), 2)),
	}
	for _, q := range relations {
		v := q.Check(sigmas)
		f.Categories = append(f.Categories, claim(q))
		b.Y = append(b.Y, q.Tightness())
		b.Labels = append(b.Labels, share(q.Tightness())+"  "+v.String())
		b.Colors = append(b.Colors, map[relation.Verdict]Color{
			relation.Holds: Blue, relation.Violated: Vermilion, relation.Undecided: Grey,
		}[v])
	}
	f.Series = []Series{Rule{At: 1, Vertical: true, Dash: Solid}, b}
	return f
}

// share writes a ratio with four decimals, or with four digits where those
// would be zeros.
func share(r float64) string {
	if a := math.Abs(r); a >= 0.001 && a < 100 {
		return minus(strconv.FormatFloat(r, 'f', 4, 64))
	}
	return minus(strconv.FormatFloat(r, 'g', 4, 64))
}

// claim writes what is claimed: its name and its two sides.
func claim(q relation.Inequality) string {
	sides := ""
	if q.Lo.Symbol != "" && q.Hi.Symbol != "" {
		sides = scripted(q.Lo.Symbol) + " ≤ " + scripted(q.Hi.Symbol)
	}
	if q.Name != "" && sides != "" {
		return q.Name + ", " + sides
	}
	return q.Name + sides
}

// Indices and powers of symbols that are plain text, such as v_loss² or e^{−2kt}.
var (
	indexed    = regexp.MustCompile(`([A-Za-zΑ-Ωα-ω]+|‖)((?:[_^](?:\{[^{}]*\}|[A-Za-zΑ-Ωα-ω]+|\d+(?:\.\d+)?))+)(²?)`)
	longWord   = regexp.MustCompile(`([_^])(\pL{2,})`)
	longNumber = regexp.MustCompile(`([_^])(\d[\d.]+)`)
)

// scripted makes formulas of the parts of a symbol that have indices or powers.
func scripted(symbol string) string {
	if strings.Contains(symbol, "$") {
		return symbol
	}
	return indexed.ReplaceAllStringFunc(symbol, func(s string) string {
		m := indexed.FindStringSubmatch(s)
		marks := longNumber.ReplaceAllString(longWord.ReplaceAllString(m[2], `$1{\mathrm{$2}}`), "$1{$2}")
		return "$" + m[1] + strings.ReplaceAll(marks, "−", "-") + strings.Replace(m[3], "²", "^2", 1) + "$"
	})
}

// formula writes a term's value in TeX: four digits, or its standard error in
// parentheses behind as many as that leaves meaning.
func formula(t relation.Term) string {
	s := strconv.FormatFloat(t.Value, 'g', 4, 64)
	if t.StdErr != 0 {
		s = relation.Term{Value: t.Value, StdErr: t.StdErr}.String()
	}
	switch s {
	case "+Inf":
		return `+\infty`
	case "-Inf":
		return `-\infty`
	case "NaN":
		return `\mathrm{NaN}`
	}
	if m, e, ok := strings.Cut(s, "e"); ok {
		n, err := strconv.Atoi(e)
		if err != nil {
			return `\mathrm{` + s + `}`
		}
		return m + `\times 10^{` + strconv.Itoa(n) + `}`
	}
	return s
}

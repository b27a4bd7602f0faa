package catalogue

import (
	"context"

	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// Entry is one relation.
type Entry struct {
	Name      string
	Statement string // TeX
	Given     string // hypotheses, in Markdown
	Tight     string // when both sides are equal or nearly so
	Spoilt    string // the hypothesis that Fails drops; "" if there is none to drop
	Ref       string // see Resolve
	Function  string // that computes it, as package.Name or package.Type.Method
	Notebook  string // that shows it, without its extension

	// Holds computes an instance, Fails one without a hypothesis; nil if Spoilt is "".
	Holds, Fails func(ctx context.Context) (relation.Inequality, error)
}

// Relations returns all entries, in the order of the house: transport, then
// thermodynamics, then what joins them.
func Relations() []Entry {
	var all []Entry
	all = append(all, transportEntries()...)
	all = append(all, thermoEntries()...)
	return append(all, boundsEntries()...)
}

// An example computes an inequality.
type example = func(ctx context.Context) (relation.Inequality, error)

// between makes an inequality of two numbers with their errors.
func between(lo, hi relation.Term) relation.Inequality { return relation.Inequality{Lo: lo, Hi: hi} }

func exactly(symbol string, v float64) relation.Term { return relation.Term{Symbol: symbol, Value: v} }

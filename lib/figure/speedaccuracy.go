package figure

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/lib/bounds"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// SpeedAccuracy draws the speed-accuracy relation over time: the squared rate of
// the error, v_loss², under the squared speed of the flow, v₂², with their
// integrals c₁ and c₂ and with η/τ in the legend, and the verdicts on
// η ≤ c₁ ≤ c₂ below. The axis is logarithmic where v_loss² would be too small to
// see. It panics if r is nil.
//
// In more than one dimension a velocity that isn't a gradient moves faster than
// v₂ tells, and c₁ ≤ c₂ need not hold. Then w_D takes c₂'s place, and E|ν|² that of
// v₂².
func SpeedAccuracy(r *bounds.Report) *Figure {
	if r == nil {
		panic("figure: SpeedAccuracy: nil *bounds.Report")
	}
	a := accountOf(r)
	return a.figure()
}

// Hierarchy draws η, c₁ and c₂ of several protocols as groups of bars on a
// logarithmic axis, with the cost of the optimal protocol, W₂²/τ, as a line. If
// the velocity of one isn't a gradient, in more than one dimension, w_D takes
// c₂'s place for all. Relations that are violated, or that estimates leave undecided, are marked.
// It panics if names and reports differ in number or a report is nil.
func Hierarchy(names []string, reports []*bounds.Report) *Figure {
	if len(names) != len(reports) {
		panic(fmt.Sprintf("figure: Hierarchy: %d names for %d reports", len(names), len(reports)))
	}
	accounts := make([]account, len(reports))
	for i, r := range reports {
		if r == nil {
			panic(fmt.Sprintf("figure: Hierarchy: reports[%d] is nil", i))
		}
		accounts[i] = accountOf(r)
	}
	return hierarchy(names, accounts)
}

func accountOf(r *bounds.Report) account {
	a := account{
		tau: r.Tau, times: r.Times, loss: r.LossSpeed, speed: r.Speed,
		d0: r.D0.Value, eta: r.Eta, c1: r.C1, c2: r.C2, wd: r.WD, cost: r.Optimal.Cost,
		rotates: !r.Flow.Gradient && r.Start != nil && r.Start.Dim() > 1,
	}
	if a.rotates {
		a.speed = make([]float64, len(r.Power))
		for i, p := range r.Power {
			a.speed[i] = math.Sqrt(p)
		}
	}
	return a
}

// An account is what the figures of the speed-accuracy relation need to know
// of one protocol.
type account struct {
	tau         float64
	times       []float64
	loss, speed []float64 // v_loss, and v₂ or, if it rotates, √E|ν|² at times
	d0          float64   // χ² divergence of the starts
	eta, c1, c2 relation.Term
	wd          relation.Term // w_D = ∫ E|ν|² dt
	cost        relation.Term // of the optimal protocol, W₂²/τ
	rotates     bool          // the velocity isn't a gradient: w_D bounds c₁ and c₂ doesn't
}

const noBound = `$D_0$ is infinite: the relation says nothing about this start.`

// hierarchy is what is claimed: with w_D, or with c₂, which bounds c₁ where the
// velocity is a gradient and is the same there.
func (a *account) hierarchy(withWD bool) []relation.Inequality {
	last := relation.Inequality{Name: `$c_1 \le c_2$`, Lo: a.c1, Hi: a.c2}
	if withWD {
		last = relation.Inequality{Name: `$c_1 \le w_D$`, Lo: a.c1, Hi: a.wd}
	}
	return []relation.Inequality{{Name: `$\eta \le c_1$`, Lo: a.eta, Hi: a.c1}, last}
}

// figure draws v_loss² under v₂² over time, or under E|ν|². Areas are the
// numbers compared: that under v_loss² is c₁, that under v₂² is c₂ or that under
// E|ν|² is w_D, and that under η/τ is η.
func (a *account) figure() *Figure {
	n := len(a.times)
	loss, speed, zero := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range a.times {
		loss[i], speed[i] = a.loss[i]*a.loss[i], a.speed[i]*a.speed[i]
	}
	f := &Figure{
		Title:  `Speed and accuracy: $v_{\mathrm{loss}}(t)^2 \le v_2(t)^2$`,
		XLabel: `time $t$, from data to noise`,
		YLabel: `squared speed`,
	}
	area, limit, cost := "area ", `v_2^2`, `c_2 = `+formula(a.c2)
	if a.rotates {
		f.Title = `Speed and accuracy: $v_{\mathrm{loss}}(t)^2 \le \langle|\nu|^2\rangle$`
		limit, cost = `\langle|\nu|^2\rangle`, `w_D = `+formula(a.wd)
	}
	// Areas can be compared by eye only if the smaller can be seen.
	if largest(loss) < largest(speed)/20 && largest(loss) > 0 {
		f.YScale, area = Log, "integral "
	} else {
		f.Series = append(f.Series, Band{X: a.times, Lo: zero, Hi: speed, Color: Blue}, Band{X: a.times, Lo: zero, Hi: loss, Color: Vermilion})
	}
	f.Series = append(f.Series, Curve{Name: `$` + limit + `$, ` + area + `$` + cost + `$`, X: a.times, Y: speed, Color: Blue, Dash: Solid})
	f.Series = append(f.Series,
		Curve{Name: `$v_{\mathrm{loss}}^2$, ` + area + `$c_1 = ` + formula(a.c1) + `$`, X: a.times, Y: loss, Color: Vermilion, Dash: Dashed},
		Rule{Name: `$\eta/\tau$, ` + area + `$\eta = ` + formula(a.eta) + `$`, At: a.eta.Value / a.tau, Color: Black, Dash: Dotted})
	var verdicts []string
	for _, q := range a.hierarchy(a.rotates) {
		verdicts = append(verdicts, q.Name+" "+q.Check(sigmas).String())
	}
	f.Caption = strings.Join(verdicts, ", ") + "."
	if math.IsInf(a.d0, 1) {
		f.Caption = noBound
	}
	return f
}

func largest(v []float64) float64 {
	m := 0.0
	for _, x := range v {
		if finite(x) {
			m = math.Max(m, x)
		}
	}
	return m
}

// hierarchy draws η, c₁ and c₂ of several protocols as groups of bars.
func hierarchy(names []string, accounts []account) *Figure {
	last, meaning := "c_2", `\int v_2^2\,dt`
	rotates := slices.ContainsFunc(accounts, func(a account) bool { return a.rotates })
	if rotates {
		last, meaning = "w_D", `\int\langle|\nu|^2\rangle\,dt`
	}
	f := &Figure{
		Title:      `Hierarchy $\eta \le c_1 \le ` + last + `$`,
		XLabel:     "cost",
		XScale:     Log,
		Categories: names,
		Sideways:   true,
		Height:     4 + 1.7*float64(max(len(names), 2)),
	}
	eta, c1, cost := Bars{Name: `$\eta$`}, Bars{Name: `$c_1=\int v_{\mathrm{loss}}^2\,dt$`}, Bars{Name: "$" + last + "=" + meaning + "$"}
	optimal := Levels{Name: `optimal protocol, $W_2^2/\tau$`}
	var wrong, open []string
	for i := range accounts {
		a := &accounts[i]
		most := a.c2
		if rotates {
			most = a.wd
		}
		for _, b := range []struct {
			bars *Bars
			term relation.Term
		}{{&eta, a.eta}, {&c1, a.c1}, {&cost, most}} {
			b.bars.Y = append(b.bars.Y, b.term.Value)
			b.bars.Err = append(b.bars.Err, sigmas*b.term.StdErr)
			b.bars.Labels = append(b.bars.Labels, "$"+formula(b.term)+"$")
		}
		optimal.Y = append(optimal.Y, a.cost.Value)
		for k, q := range a.hierarchy(rotates) {
			mark := map[relation.Verdict]string{relation.Violated: "✗", relation.Undecided: "?"}[q.Check(sigmas)]
			if mark == "" {
				continue
			}
			// The mark stands on the number that ought to be the smaller one.
			labels := []*Bars{&eta, &c1}[k].Labels
			labels[i] += " " + mark
			claim := names[i] + ": " + q.Name
			if mark == "✗" {
				wrong = append(wrong, claim)
			} else {
				open = append(open, claim)
			}
		}
	}
	switch {
	case len(wrong) == 0 && len(open) == 0:
		f.Caption = "All relations hold."
	case len(wrong) > 0:
		f.Caption = "✗ violated: " + strings.Join(wrong, "; ") + "."
	}
	if slices.ContainsFunc(accounts, func(a account) bool { return math.IsInf(a.d0, 1) }) {
		f.Caption = strings.TrimSpace(f.Caption + ` Where $D_0$ is infinite, $\eta$ and $c_1$ are zero and say nothing.`)
	}
	if len(open) > 0 {
		f.Caption = strings.TrimSpace(f.Caption + fmt.Sprintf(" ? undecided at %d standard errors: ", sigmas) + strings.Join(open, "; ") + ".")
	}
	f.Series = []Series{eta, c1, cost, optimal}
	return f
}

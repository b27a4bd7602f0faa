package figure

import (
	"fmt"
	"math"
)

// Growth draws how times grow with a size n, on two logarithmic axes: seconds[k][i]
// is what names[k] took at n[i], and a list may be shorter than n. The legend has the power of n that fits best,
// by least squares between the logarithms, and a line shows it; where a time is
// NaN or isn't positive, or where fewer than two are left, it stands aside.
// Growth panics if there are more names than times.
func Growth(title string, n []float64, names []string, seconds ...[]float64) *Figure {
	if len(names) > len(seconds) {
		panic(fmt.Sprintf("figure: Growth: %d names for %d lists of times", len(names), len(seconds)))
	}
	f := &Figure{Title: title, XLabel: "$n$", YLabel: "seconds", XScale: Log, YScale: Log}
	var turn cycle
	for k, t := range seconds {
		c, d := turn.next(Auto, AutoDash)
		common := min(len(n), len(t))
		pts := Points{X: n[:common], Y: t[:common], Color: c, Mark: Mark(k % 2)}
		if k < len(names) {
			pts.Name = names[k]
		}
		if p, a, lo, hi, ok := fitPower(n, t); ok {
			pts.Name = join(pts.Name, fmt.Sprintf("$n^{%.2f}$", p))
			line := Curve{Color: c, Dash: d, Width: 1.2}
			for _, v := range []float64{lo, hi} {
				line.X, line.Y = append(line.X, v), append(line.Y, math.Exp(a+p*math.Log(v)))
			}
			f.Series = append(f.Series, line)
		}
		f.Series = append(f.Series, pts)
	}
	return f
}

func join(name, power string) string {
	if name == "" {
		return power
	}
	return name + ", " + power
}

// fitPower fits ln y = a + p ln x where both are positive and finite, and
// returns the range of x with it. ok is false if there is no such line.
func fitPower(x, y []float64) (p, a, lo, hi float64, ok bool) {
	var u, v []float64
	lo, hi = math.Inf(1), 0
	for i := range min(len(x), len(y)) {
		if x[i] > 0 && y[i] > 0 && finite(x[i]) && finite(y[i]) {
			u, v = append(u, math.Log(x[i])), append(v, math.Log(y[i]))
			lo, hi = math.Min(lo, x[i]), math.Max(hi, x[i])
		}
	}
	if !(lo < hi) {
		return 0, 0, 0, 0, false
	}
	var mu, mv float64
	for i := range u {
		mu += u[i] / float64(len(u))
		mv += v[i] / float64(len(v))
	}
	var suu, suv float64
	for i := range u {
		suu += (u[i] - mu) * (u[i] - mu)
		suv += (u[i] - mu) * (v[i] - mv)
	}
	p = suv / suu
	return p, mv - p*mu, lo, hi, true
}

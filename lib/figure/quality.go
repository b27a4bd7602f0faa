package figure

import "github.com/wasserwerk-go/wasserwerk/lib/bounds"

// Quality draws how the quality of generated samples depends on the number of
// evaluations, on two logarithmic axes: a curve for each contender, with standard
// errors, over the floor, the distance between samples of one law. It panics if q is
// nil.
func Quality(q *bounds.QualityReport) *Figure {
	if q == nil {
		panic("figure: Quality: nil *bounds.QualityReport")
	}
	f := &Figure{XLabel: "evaluations of the model", YLabel: q.Options.Symbol, XScale: Log, YScale: Log}
	var turn cycle
	for i := 0; i < len(q.Runs); {
		c, d := turn.next(Auto, AutoDash)
		pts := Points{Color: c, Mark: Mark(len(f.Series) / 2 % 2)}
		line := Curve{Name: q.Runs[i].Name, Color: c, Dash: d}
		for ; i < len(q.Runs) && q.Runs[i].Name == line.Name; i++ {
			distance := q.Runs[i].Distance()
			pts.X, pts.Y, pts.Err = append(pts.X, q.Runs[i].Evaluations), append(pts.Y, distance.Value), append(pts.Err, distance.StdErr)
		}
		line.X, line.Y = pts.X, pts.Y
		f.Series = append(f.Series, line, pts)
	}
	f.Series = append(f.Series, Rule{Name: "two samples of the data", At: q.Floor().Value})
	return f
}

package flow

import "github.com/wasserwerk-go/wasserwerk/lib/measure"

// DisplacedMap is an optional ability of a velocity on the line whose law is
// measure.Displaced, the law of X(a).
type DisplacedMap interface {
	Map
	// ApplyDisplaced returns the velocity at X(a), and dX/da.
	ApplyDisplaced(a float64) (v, slope float64)
}

// LineView is a law on the line and a velocity there in the coordinate a in
// which both cost least: x itself or, for a law that is Displaced with a
// DisplacedMap, that of its base. The mean of g(ν(x)) over the law is that of
// g(Velocity(a)) over Law.
type LineView struct {
	Law      measure.LineDensity                // of a
	Velocity func(a float64) (v, slope float64) // at x(a), and dx/da
}

// OnLine returns the view of a law and a velocity on the line.
func OnLine(law measure.LineDensity, v Map) LineView {
	if d, ok := law.(measure.Displaced); ok {
		if m, ok := v.(DisplacedMap); ok {
			return LineView{d.Base(), m.ApplyDisplaced}
		}
	}
	at := Scalar(v)
	return LineView{law, func(x float64) (v, slope float64) { return at(x), 1 }}
}

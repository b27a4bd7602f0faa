package figure

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// A scene is a picture as a list of shapes, in points, with y downwards. The
// SVG and the PNG are written from the same scene.
type scene struct {
	width, height float64
	card          rgb // of a dark theme; the zero value is paper
	shapes        []shape
	captions      []caption // those drawn, for charts
}

// A caption is a text below the axes, with its upper edge.
type caption struct {
	text string
	top  float64
}

type shapeKind uint8

const (
	fill shapeKind = iota
	stroke
	dots // discs about the path's points
)

type shape struct {
	kind  shapeKind
	path  vg.Path
	color rgb
	alpha float64
	width float64   // of strokes; diameter of dots
	dash  []float64 // in line widths
	shade bool      // its colour stands for a number
	label *label    // what the path was made of, if it is text
}

func (s *scene) fill(p vg.Path, c rgb, alpha float64) {
	if len(p) > 0 {
		s.shapes = append(s.shapes, shape{kind: fill, path: p, color: c, alpha: alpha})
	}
}

// fillShade fills with a colour that stands for a number.
func (s *scene) fillShade(p vg.Path, c rgb) {
	if len(p) > 0 {
		s.fill(p, c, 1)
		s.number()
	}
}

// number says that the colour of the last shape stands for a number.
func (s *scene) number() { s.shapes[len(s.shapes)-1].shade = true }

// fixed reports whether a shape has the same colour in all themes: what colours
// of a map say about signs, and pictures. Those of the sequential map are turned
// round on a dark card, so that little always looks like nothing.
func (p shape) fixed() bool {
	_, turns := darkMixes()[p.color]
	return p.shade && !turns
}

func (s *scene) stroke(p vg.Path, c rgb, width float64, dash []float64) {
	if len(p) > 0 {
		s.shapes = append(s.shapes, shape{kind: stroke, path: p, color: c, alpha: 1, width: width, dash: dash})
	}
}

func (s *scene) line(x0, y0, x1, y1 float64, c rgb, width float64, dash []float64) {
	s.stroke(polyline([]point{{x0, y0}, {x1, y1}}), c, width, dash)
}

func (s *scene) rect(x, y, w, h float64, c rgb, alpha float64) {
	s.fill(polygon([]point{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}), c, alpha)
}

func (s *scene) dots(at []point, radius float64, c rgb) {
	var p vg.Path
	for _, q := range at {
		p.Move(vec(q))
	}
	if len(p) > 0 {
		s.shapes = append(s.shapes, shape{kind: dots, path: p, color: c, alpha: 1, width: 2 * radius})
	}
}

// text draws a box that has been set, its baseline starting at (x, y).
func (s *scene) text(b box, x, y float64, c rgb) { s.label(label{b, x, y, false}, c) }

// textUp draws a box whose baseline runs upwards from (x, y).
func (s *scene) textUp(b box, x, y float64, c rgb) { s.label(label{b, x, y, true}, c) }

func (s *scene) label(l label, c rgb) {
	if path := l.path(l.x, l.y, l.upwards); len(path) > 0 {
		s.shapes = append(s.shapes, shape{kind: fill, path: path, color: c, alpha: 1, label: &l})
	}
}

// merged returns the shapes with those lines in one that follow each other and look
// alike: marks of an axis, and its grid.
func (s *scene) merged() []shape {
	var out []shape
	for _, p := range s.shapes {
		if n := len(out); n > 0 && p.kind == stroke && out[n-1].alike(p) {
			last := &out[n-1]
			last.path = append(slices.Clip(last.path), p.path...)
			continue
		}
		out = append(out, p)
	}
	return out
}

// alike reports whether two lines differ in nothing but where they run.
func (p shape) alike(q shape) bool {
	return p.kind == q.kind && p.color == q.color && p.alpha == q.alpha && p.width == q.width && p.shade == q.shade &&
		slices.Equal(p.dash, q.dash) && p.label == nil && q.label == nil
}

func vec(q point) vg.Point { return vg.Point{X: vg.Length(q.x), Y: vg.Length(q.y)} }

func polyline(pts []point) vg.Path {
	p := make(vg.Path, 0, len(pts))
	for i, q := range pts {
		if i == 0 {
			p.Move(vec(q))
		} else {
			p.Line(vec(q))
		}
	}
	return p
}

func polygon(pts []point) vg.Path {
	p := polyline(pts)
	if len(p) > 0 {
		p.Close()
	}
	return p
}

// A frame is the rectangle that data are drawn in.
type frame struct{ left, top, right, bottom float64 }

// clipLine returns the parts of a polyline that lie inside the frame.
func (f frame) clipLine(pts []point) [][]point {
	var (
		out  [][]point
		part []point
	)
	for i := 1; i < len(pts); i++ {
		a, b, ok := f.clipSegment(pts[i-1], pts[i])
		if !ok {
			continue
		}
		if len(part) == 0 || part[len(part)-1] != a {
			if len(part) > 0 {
				out = append(out, part)
			}
			part = []point{a}
		}
		part = append(part, b)
	}
	if len(part) > 0 {
		out = append(out, part)
	}
	return out
}

// clipSegment cuts a segment to the frame by the method of Liang and Barsky.
func (f frame) clipSegment(a, b point) (point, point, bool) {
	t0, t1 := 0.0, 1.0
	dx, dy := b.x-a.x, b.y-a.y
	for _, e := range [4][2]float64{
		{-dx, a.x - f.left}, {dx, f.right - a.x}, {-dy, a.y - f.top}, {dy, f.bottom - a.y},
	} {
		p, q := e[0], e[1]
		switch {
		case p == 0 && q < 0:
			return a, b, false
		case p < 0:
			t0 = math.Max(t0, q/p)
		case p > 0:
			t1 = math.Min(t1, q/p)
		}
	}
	if t0 > t1 {
		return a, b, false
	}
	p, q := a, b
	if t0 > 0 {
		p = point{a.x + t0*dx, a.y + t0*dy}
	}
	if t1 < 1 {
		q = point{a.x + t1*dx, a.y + t1*dy}
	}
	return p, q, true
}

// clipPolygon cuts a polygon to the frame, one side after the other (Sutherland
// and Hodgman).
func (f frame) clipPolygon(pts []point) []point {
	depths := []func(point) float64{ // positive inside
		func(p point) float64 { return p.x - f.left },
		func(p point) float64 { return f.right - p.x },
		func(p point) float64 { return p.y - f.top },
		func(p point) float64 { return f.bottom - p.y },
	}
	for _, depth := range depths {
		var out []point
		for i, b := range pts {
			a := pts[(i+len(pts)-1)%len(pts)]
			da, db := depth(a), depth(b)
			if (da >= 0) != (db >= 0) {
				t := da / (da - db)
				out = append(out, point{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)})
			}
			if db >= 0 {
				out = append(out, b)
			}
		}
		pts = out
	}
	return pts
}

func (f frame) contains(p point) bool {
	const slack = 1e-6
	return p.x >= f.left-slack && p.x <= f.right+slack && p.y >= f.top-slack && p.y <= f.bottom+slack
}

// simplify drops points of a polyline that lie within tol of the line they
// leave behind (Douglas and Peucker): curves from fine grids stay small.
func simplify(pts []point, tol float64) []point {
	if len(pts) < 3 {
		return pts
	}
	keep := make([]bool, len(pts))
	keep[0], keep[len(pts)-1] = true, true
	type stretch struct{ i, j int }
	todo := []stretch{{0, len(pts) - 1}}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		worst, at := tol, -1
		for k := s.i + 1; k < s.j; k++ {
			if d := distance(pts[k], pts[s.i], pts[s.j]); d > worst {
				worst, at = d, k
			}
		}
		if at >= 0 {
			keep[at] = true
			todo = append(todo, stretch{s.i, at}, stretch{at, s.j})
		}
	}
	out := pts[:0:0]
	for i, k := range keep {
		if k {
			out = append(out, pts[i])
		}
	}
	return out
}

// distance is that of p from the segment ab.
func distance(p, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	l := dx*dx + dy*dy
	if l == 0 {
		return math.Hypot(p.x-a.x, p.y-a.y)
	}
	t := math.Max(0, math.Min(1, ((p.x-a.x)*dx+(p.y-a.y)*dy)/l))
	return math.Hypot(p.x-a.x-t*dx, p.y-a.y-t*dy)
}

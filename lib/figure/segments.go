package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
)

// Segments draws straight lines from (X0[i], Y0[i]) to (X1[i], Y1[i]). With
// Weights, lines of less weight are thinner and paler and lie below those of
// more; the heaviest have the series' width and colour, and those without
// weight aren't drawn.
type Segments struct {
	Name           string
	X0, Y0, X1, Y1 []float64
	Weights        []float64 // ≥ 0, or nil: all equal
	Arrows         bool      // with a head at the second end
	Color          Color     // Auto is grey
	Width          float64   // in points; 0 is 1.6
}

const (
	segmentWidth = 1.6
	segmentSteps = 8 // of width and paleness
)

func (s Segments) check(*Figure) error {
	if err := same("X0, Y0, X1 and Y1", len(s.X0), len(s.Y0), len(s.X1), len(s.Y1)); err != nil {
		return err
	}
	if s.Weights != nil {
		if err := same("X0 and Weights", len(s.X0), len(s.Weights)); err != nil {
			return err
		}
	}
	for i, w := range s.Weights {
		if w < 0 || math.IsInf(w, 1) {
			return fmt.Errorf("weight %d is %v, want a finite one ≥ 0", i, w)
		}
	}
	if !(s.Width >= 0 && s.Width < 100) {
		return fmt.Errorf("line width %v", s.Width)
	}
	return checkStyle(s.Name, s.Color, 0)
}

// steps returns the weights in steps of the heaviest; 0 is not drawn.
func (s Segments) steps() []int {
	var most float64
	for _, w := range s.Weights {
		if w > most {
			most = w
		}
	}
	steps := make([]int, len(s.X0))
	for i := range steps {
		switch {
		case s.Weights == nil:
			steps[i] = segmentSteps
		case s.Weights[i] > 0:
			steps[i] = max(1, int(math.Round(segmentSteps*(s.Weights[i]/most))))
		}
	}
	return steps
}

func (p *panel) segments(s Segments, l look) {
	width := s.Width
	if width == 0 {
		width = segmentWidth
	}
	var lines, heads [segmentSteps + 1]vg.Path
	for i, step := range s.steps() {
		if step == 0 || !p.x.shows(s.X0[i]) || !p.x.shows(s.X1[i]) || !p.y.shows(s.Y0[i]) || !p.y.shows(s.Y1[i]) {
			continue
		}
		a, b := point{p.x.at(s.X0[i]), p.y.at(s.Y0[i])}, point{p.x.at(s.X1[i]), p.y.at(s.Y1[i])}
		end := b
		if size := headSize(width); s.Arrows && p.frame.contains(b) && math.Hypot(b.x-a.x, b.y-a.y) > size {
			heads[step] = append(heads[step], head(a, b, size)...)
			t := 0.5 * size / math.Hypot(b.x-a.x, b.y-a.y) // a line ends inside its head
			end = point{b.x - t*(b.x-a.x), b.y - t*(b.y-a.y)}
		}
		for _, part := range p.frame.clipLine([]point{a, end}) {
			lines[step] = append(lines[step], polyline(part)...)
		}
	}
	for step := 1; step <= segmentSteps; step++ {
		share := float64(step) / segmentSteps
		c := l.color.mixed(segmentShare(step))
		p.s.stroke(lines[step], c, math.Max(0.3, width*share), nil)
		p.s.fill(heads[step], c, 1)
	}
}

// segmentShare is how much of its colour a line of some weight has.
func segmentShare(step int) float64 { return 0.3 + 0.7*float64(step)/segmentSteps }

func headSize(width float64) float64 { return 4 + 1.5*width }

// head is a triangle with its tip at b that points away from a.
func head(a, b point, size float64) vg.Path {
	d := math.Hypot(b.x-a.x, b.y-a.y)
	ux, uy := (b.x-a.x)/d*size, (b.y-a.y)/d*size
	return polygon([]point{b, {b.x - ux - 0.4*uy, b.y - uy + 0.4*ux}, {b.x - ux + 0.4*uy, b.y - uy - 0.4*ux}})
}

// describe tells how many lines there are and how far they reach.
func (s Segments) describe() string {
	n, far := 0, 0.0
	for i, step := range s.steps() {
		if step > 0 && finite(s.X0[i]) && finite(s.X1[i]) && finite(s.Y0[i]) && finite(s.Y1[i]) {
			n, far = n+1, math.Max(far, math.Hypot(s.X1[i]-s.X0[i], s.Y1[i]-s.Y0[i]))
		}
	}
	if n == 0 {
		return "none"
	}
	return fmt.Sprintf("%s, the longest of length %s", count(n, "line", "lines"), brief(far))
}

// unknown counts weights that are NaN, whose lines aren't drawn.
func (s Segments) unknown() int {
	n := 0
	for _, w := range s.Weights {
		if math.IsNaN(w) {
			n++
		}
	}
	return n
}

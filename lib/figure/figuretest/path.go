package figuretest

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Point is a place in a picture.
type Point struct{ X, Y float64 }

// A Subpath is one line of a path: the places it goes to in order, control points
// of curves among them.
type Subpath struct {
	Points []Point
	Closed bool
	Ops    string // a letter for each piece: l, q, c or a
}

var (
	pathOps    = regexp.MustCompile(`[a-zA-Z][^a-zA-Z]*`)
	pathNumber = regexp.MustCompile(`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`)
)

// perPiece is how many numbers a piece of path takes.
var perPiece = map[byte]int{'m': 2, 'l': 2, 'h': 1, 'v': 1, 'q': 4, 't': 2, 'c': 6, 's': 4, 'a': 7, 'z': 0}

// Path reads the data of an SVG path. Pieces without length stay.
func Path(d string) ([]Subpath, error) {
	r := pathReader{}
	// An e in a number is no operation.
	for _, op := range splitOps(d) {
		kind := op[0] | 0x20
		n, ok := perPiece[kind]
		if !ok {
			return nil, fmt.Errorf("path with the operation %q", op[:1])
		}
		var v []float64
		for _, s := range pathNumber.FindAllString(op[1:], -1) {
			x, err := strconv.ParseFloat(s, 64)
			if err != nil {
				return nil, err
			}
			v = append(v, x)
		}
		if n == 0 && len(v) > 0 || n > 0 && (len(v) == 0 || len(v)%n != 0) {
			return nil, fmt.Errorf("path with %d numbers behind %q", len(v), op[:1])
		}
		if err := r.take(kind, op[0] == kind, v, n); err != nil {
			return nil, err
		}
	}
	return r.out, nil
}

func splitOps(d string) []string {
	d = regexp.MustCompile(`(\d)[eE]([+-]?\d)`).ReplaceAllString(d, "${1}\x00$2")
	ops := pathOps.FindAllString(d, -1)
	for i := range ops {
		ops[i] = strings.ReplaceAll(ops[i], "\x00", "e")
	}
	return ops
}

type pathReader struct {
	out  []Subpath
	at   Point
	open bool
}

func (r *pathReader) take(kind byte, relative bool, v []float64, n int) error {
	if kind == 'z' {
		if len(r.out) == 0 {
			return fmt.Errorf("path that closes before it begins")
		}
		last := &r.out[len(r.out)-1]
		last.Closed, r.at, r.open = true, last.Points[0], false
		return nil
	}
	for k := 0; k < len(v); k += n {
		var base Point
		if relative {
			base = r.at
		}
		if kind == 'm' && k > 0 {
			kind = 'l'
		}
		if kind != 'm' && len(r.out) == 0 {
			return fmt.Errorf("path that doesn't begin with a move")
		}
		r.piece(kind, base, v[k:k+n])
	}
	return nil
}

// piece adds one piece of a path.
func (r *pathReader) piece(kind byte, base Point, v []float64) {
	if kind == 'm' {
		r.at = Point{base.X + v[0], base.Y + v[1]}
		r.out, r.open = append(r.out, Subpath{Points: []Point{r.at}}), true
		return
	}
	if !r.open { // after a close, the next line begins where the last began
		r.out, r.open = append(r.out, Subpath{Points: []Point{r.at}}), true
	}
	s := &r.out[len(r.out)-1]
	add := func(op byte, pts ...Point) {
		s.Points, s.Ops = append(s.Points, pts...), s.Ops+string(op)
		r.at = pts[len(pts)-1]
	}
	switch kind {
	case 'h':
		add('l', Point{base.X + v[0], r.at.Y})
	case 'v':
		add('l', Point{r.at.X, base.Y + v[0]})
	case 'a': // its end; the radii say how it gets there
		add('a', Point{base.X + v[5], base.Y + v[6]})
	default:
		op := map[byte]byte{'l': 'l', 'q': 'q', 't': 'q', 'c': 'c', 's': 'c'}[kind]
		var pts []Point
		for i := 0; i < len(v); i += 2 {
			pts = append(pts, Point{base.X + v[i], base.Y + v[i+1]})
		}
		add(op, pts...)
	}
}

// comparePaths compares where lines run: place by place where there are as many,
// and otherwise by how far each strays from the other.
func comparePaths(got, want string, tol float64) error {
	if got == want {
		return nil
	}
	a, err := Path(got)
	if err != nil {
		return err
	}
	b, err := Path(want)
	if err != nil {
		return err
	}
	if len(a) != len(b) {
		return fmt.Errorf("%d lines, want %d", len(a), len(b))
	}
	for i := range a {
		if a[i].Closed != b[i].Closed {
			return fmt.Errorf("line %d: closed is %t, want %t", i+1, a[i].Closed, b[i].Closed)
		}
		off, at := apart(a[i], b[i])
		if off > tol {
			return fmt.Errorf("line %d runs %.4g away from where it should, near (%.4g, %.4g); %.4g is allowed", i+1, off, at.X, at.Y, tol)
		}
	}
	return nil
}

// apart returns how far two lines are from each other, and where.
func apart(a, b Subpath) (worst float64, where Point) {
	worst = -1
	note := func(d float64, p Point) {
		if d > worst {
			worst, where = d, p
		}
	}
	if a.Ops == b.Ops {
		for i, p := range a.Points {
			note(math.Hypot(p.X-b.Points[i].X, p.Y-b.Points[i].Y), p)
		}
		return worst, where
	}
	for _, p := range a.Points {
		note(b.distance(p), p)
	}
	for _, p := range b.Points {
		note(a.distance(p), p)
	}
	return worst, where
}

// distance is that of a place from the polygon through a line's places.
func (s Subpath) distance(p Point) float64 {
	least := math.Hypot(p.X-s.Points[0].X, p.Y-s.Points[0].Y)
	n := len(s.Points)
	ends := n - 1
	if s.Closed {
		ends = n
	}
	for i := range ends {
		a, b := s.Points[i], s.Points[(i+1)%n]
		dx, dy := b.X-a.X, b.Y-a.Y
		t := 0.0
		if l := dx*dx + dy*dy; l > 0 {
			t = math.Max(0, math.Min(1, ((p.X-a.X)*dx+(p.Y-a.Y)*dy)/l))
		}
		least = math.Min(least, math.Hypot(p.X-a.X-t*dx, p.Y-a.Y-t*dy))
	}
	return least
}

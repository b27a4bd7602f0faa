package kernel

import "testing"

func TestNewPoints(t *testing.T) {
	p := NewPoints([]float32{1, 2, 3, 4, 5, 6}, 3)
	if p.N != 2 || p.D != 3 || p.Stride < 2 {
		t.Fatalf("%d points of dimension %d at a stride of %d", p.N, p.D, p.Stride)
	}
	for j := range p.N {
		for k := range p.D {
			if got, want := p.Coord[k*p.Stride+j], float32(3*j+k+1); got != want {
				t.Errorf("coordinate %d of point %d = %v, want %v", k, j, got, want)
			}
		}
	}
	if p := NewPoints([]float64{}, 3); p.N != 0 || p.D != 3 {
		t.Errorf("no numbers are %d points of dimension %d", p.N, p.D)
	}
}

func TestPointsSlice(t *testing.T) {
	rows := make([]float64, 5*4)
	for i := range rows {
		rows[i] = float64(i)
	}
	p := NewPoints(rows, 4)
	for i := 0; i <= p.N; i++ {
		for j := i; j <= p.N; j++ {
			s := p.Slice(i, j)
			s.check("Slice", "s", 4)
			if s.N != j-i {
				t.Errorf("Slice(%d, %d) has %d points", i, j, s.N)
			}
			for l := range s.N {
				for k := range s.D {
					if got, want := s.Coord[k*s.Stride+l], rows[(i+l)*4+k]; got != want {
						t.Errorf("Slice(%d, %d): coordinate %d of point %d = %v, want %v", i, j, k, l, got, want)
					}
				}
			}
			for a := 0; a <= s.N; a++ {
				if b := s.Slice(a, s.N); b.N > 0 && b.Coord[b.Stride] != rows[(i+a)*4+1] {
					t.Errorf("Slice(%d, %d).Slice(%d, %d) begins at another point", i, j, a, s.N)
				}
			}
		}
	}
	s := p.Slice(2, 3)
	s.Coord[0] = -1
	if p.Coord[2] != -1 {
		t.Error("a slice does not share its coordinates")
	}
}

func TestPointsPanics(t *testing.T) {
	panics(t, func() { NewPoints(make([]float64, 7), 3) }, "NewPoints:", "7 numbers", "dimension 3")
	panics(t, func() { NewPoints(make([]float64, 7), 0) }, "NewPoints:", "dimension 0")
	p := NewPoints(make([]float64, 6), 3)
	panics(t, func() { p.Slice(-1, 1) }, "Points.Slice:", "[-1:1]", "2 points")
	panics(t, func() { p.Slice(0, 3) }, "Points.Slice:", "[0:3]", "2 points")
	panics(t, func() { p.Slice(2, 1) }, "Points.Slice:", "[2:1]", "2 points")
}

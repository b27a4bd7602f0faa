package transport

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// shortestPaths returns the least cost of moving the masses a to b, which have
// the same sum, or +Inf if there is no way. It sends what it can along one
// cheapest path after the other (Bellman and Ford's).
func shortestPaths(a, b []int, cost *mat.Dense) float64 {
	n, m := len(a), len(b)
	a, b = append([]int(nil), a...), append([]int(nil), b...)
	flow := make([]int, n*m)
	scale := 0.0
	for _, c := range cost.RawMatrix().Data {
		if !math.IsInf(c, 1) {
			scale = max(scale, math.Abs(c))
		}
	}
	dist, from := make([]float64, n+m), make([]int, n+m)
	for {
		for u := range dist {
			dist[u], from[u] = math.Inf(1), -1
			if u < n && a[u] > 0 {
				dist[u] = 0
			}
		}
		for changed := true; changed; {
			changed = false
			for i := range n {
				for j := range m {
					c, v := cost.At(i, j), n+j
					if dist[i]+c < dist[v]-1e-13*scale {
						dist[v], from[v], changed = dist[i]+c, i, true
					}
					if flow[i*m+j] > 0 && dist[v]-c < dist[i]-1e-13*scale {
						dist[i], from[i], changed = dist[v]-c, v, true
					}
				}
			}
		}
		end := -1
		for j := range b {
			if b[j] > 0 && (end < 0 || dist[n+j] < dist[n+end]) {
				end = j
			}
		}
		if end < 0 {
			break
		}
		if math.IsInf(dist[n+end], 1) {
			return math.Inf(1)
		}
		d, u := b[end], n+end
		for ; from[u] >= 0; u = from[u] {
			if u < n {
				d = min(d, flow[u*m+from[u]-n])
			}
		}
		d = min(d, a[u])
		a[u] -= d
		b[end] -= d
		for u := n + end; from[u] >= 0; u = from[u] {
			if u < n {
				flow[u*m+from[u]-n] -= d
			} else {
				flow[from[u]*m+u-n] += d
			}
		}
	}
	sum := 0.0
	for k, f := range flow {
		if f > 0 {
			sum += float64(f) * cost.RawMatrix().Data[k]
		}
	}
	return sum
}

// A fuzzed reads small numbers from fuzzed bytes, and zeros after them.
type fuzzed []byte

func (d *fuzzed) next(below int) int {
	if len(*d) == 0 {
		return 0
	}
	v := int((*d)[0]) % below
	*d = (*d)[1:]
	return v
}

// masses returns whole masses of n sources and m sinks with the same sum, and
// that sum.
func (d *fuzzed) masses(n, m int) (a, b []int, sum int) {
	weights := func(n int) (w []int, sum int) {
		for range n {
			w = append(w, d.next(4))
			sum += w[len(w)-1]
		}
		if sum == 0 {
			w[0], sum = 1, 1
		}
		return w, sum
	}
	a, sa := weights(n)
	b, sb := weights(m)
	for i := range a {
		a[i] *= sb
	}
	for j := range b {
		b[j] *= sa
	}
	return a, b, sa * sb
}

func parts(w []int, sum int) []float64 {
	v := make([]float64, len(w))
	for i := range w {
		v[i] = float64(w[i]) / float64(sum)
	}
	return v
}

func wantValue(t *testing.T, p *Plan, a, b []int, sum int, cost *mat.Dense) {
	t.Helper()
	wantOptimal(t, p, parts(a, sum), parts(b, sum), cost)
	scale := 0.0
	for _, c := range cost.RawMatrix().Data {
		if !math.IsInf(c, 1) {
			scale = max(scale, math.Abs(c))
		}
	}
	if want := shortestPaths(a, b, cost) / float64(sum); math.Abs(p.Cost()-want) > 1e-11*scale {
		t.Fatalf("cost %v, want %v by shortest paths", p.Cost(), want)
	}
}

func FuzzExact(f *testing.F) {
	f.Add([]byte{3, 3, 12, 1, 1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 15})
	f.Add([]byte{9, 2, 0, 1, 2, 3, 0, 0, 1, 2, 3, 4, 31, 31, 31, 31, 31, 0, 1, 2})
	f.Fuzz(func(t *testing.T, data []byte) {
		d := fuzzed(data)
		n, m := 1+d.next(10), 1+d.next(10)
		unit := math.Pow(10, float64(d.next(25)-12))
		a, b, sum := d.masses(n, m)
		cost := mat.NewDense(n, m, nil)
		for i := range n {
			for j := range m {
				v := float64(d.next(32)-4) * unit
				switch v / unit {
				case 27:
					v = math.Inf(1)
				case 26:
					v = 1e6 * unit
				}
				cost.Set(i, j, v)
			}
		}
		p, err := Exact(t.Context(), parts(a, sum), parts(b, sum), MatrixCost{cost}, ExactOptions{})
		var infeasible *InfeasibleError
		if errors.As(err, &infeasible) {
			if c := shortestPaths(a, b, cost); !math.IsInf(c, 1) {
				t.Fatalf("%v, but there is a plan that costs %v", err, c)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		wantValue(t, p, a, b, sum, cost)
	})
}

func FuzzMultiscale(f *testing.F) {
	f.Add([]byte{7, 9, 1, 12, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13})
	f.Add([]byte{15, 1, 0, 0, 1, 1, 3, 2, 1, 3, 2, 1, 3, 2, 1, 3, 2, 1, 3, 2, 1, 3, 2, 1, 3, 2, 1})
	f.Add([]byte{15, 15, 0, 3, 0, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9, 8, 7, 6, 5, 4, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		d := fuzzed(data)
		n, m, dim := 1+d.next(16), 1+d.next(16), 1+d.next(3)
		unit := math.Pow(10, float64(d.next(25)-12))
		root := d.next(2) == 1
		offset := []float64{0, 1, 1e4}[d.next(3)]
		a, b, sum := d.masses(n, m)
		points := func(n int) *mat.Dense {
			p := mat.NewDense(n, dim, nil)
			for i := range n {
				for k := range dim {
					v := d.next(20)
					x := float64(v % 5)
					if v >= 15 {
						x /= 3
					}
					p.Set(i, k, (x+offset)*unit)
				}
			}
			return p
		}
		x, y := points(n), points(m)
		var cost Cost = SquaredEuclidean{x, y}
		if root {
			cost = Euclidean{x, y}
		}
		table := mat.NewDense(n, m, nil)
		for i := range n {
			for j := range m {
				table.Set(i, j, cost.At(i, j))
			}
		}
		// On as many scales as can be.
		p, err := newPointProblem(t.Context(), "test", parts(a, sum), parts(b, sum), cost)
		if err != nil {
			t.Fatal(err)
		}
		p.few = 4
		plan, err := p.multiscale("test", MultiscaleOptions{})
		if err != nil {
			t.Fatal(err)
		}
		wantValue(t, plan, a, b, sum, table)
		plan, err = Solve(t.Context(), parts(a, sum), parts(b, sum), cost, SolveOptions{})
		if err != nil {
			t.Fatal(err)
		}
		wantValue(t, plan, a, b, sum, table)
	})
}

// By hand: source 0 has two for sink 1, source 1 one for each of the others.
func TestShortestPaths(t *testing.T) {
	cost := mat.NewDense(2, 3, []float64{4, 1, math.Inf(1), 2, 3, 7})
	if got := shortestPaths([]int{2, 2}, []int{1, 2, 1}, cost); got != 2+1+1+7 {
		t.Errorf("cost %v, want 11", got)
	}
	cost.Set(1, 2, math.Inf(1))
	if got := shortestPaths([]int{2, 2}, []int{1, 2, 1}, cost); !math.IsInf(got, 1) {
		t.Errorf("cost %v, want +Inf", got)
	}
}

package kernel

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
)

// randomPoints returns points around one whose coordinates all are shift.
func randomPoints[T Float](r *rand.Rand, n, d int, shift float64) Points[T] {
	p := Points[T]{N: n, D: d, Stride: n + 3, Coord: make([]T, d*(n+3))}
	for i := range p.Coord {
		p.Coord[i] = T(shift + r.NormFloat64())
	}
	return p
}

// plainSqDist is what the documentation says, to the bit.
func plainSqDist[T Float](x, y Points[T], i, j int) T {
	var sum T
	for k := range x.D {
		t := x.Coord[k*x.Stride+i] - y.Coord[k*y.Stride+j]
		switch s := any(&sum).(type) {
		case *float64:
			*s = math.FMA(float64(t), float64(t), *s)
		case *float32:
			*s = fma32(float32(t), float32(t), *s)
		}
	}
	return sum
}

// checkSqDist compares with plainSqDist in every form, and finds what is
// written between the rows.
func checkSqDist[T Float](t *testing.T, x, y Points[T], gap int) {
	t.Helper()
	m, n := x.N, y.N
	want := make([]T, m*n)
	for i := range m {
		for j := range n {
			want[i*n+j] = plainSqDist(x, y, i, j)
		}
	}
	ld := n + gap
	for f := Go; f <= Best(); f++ {
		dst, intact := fenced[T](max(0, (m-1)*ld+n), m%16)
		restore := Use(f)
		SqDist(dst, ld, x, y)
		restore()
		if !intact() {
			t.Errorf("%v: %d × %d in %d dimensions: something was written outside", f, m, n, x.D)
		}
		for i := range m {
			row := dst[i*ld:]
			if j := firstDifference(row[:n], want[i*n:][:n]); j >= 0 {
				t.Fatalf("%v: %d × %d in %d dimensions: [%d, %d] = %v, want %v",
					f, m, n, x.D, i, j, row[j], want[i*n+j])
			}
			for j := n; i < m-1 && j < ld; j++ {
				if !isCanary(row[j]) {
					t.Fatalf("%v: %d × %d in %d dimensions: entry %d after row %d was written", f, m, n, x.D, j-n, i)
				}
			}
		}
	}
}

func TestSqDist(t *testing.T) { bothTypes(t, testSqDist[float64], testSqDist[float32]) }

func testSqDist[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(10, 1))
	for m := range 21 {
		for n := range 21 {
			if testing.Short() && (m+n)%4 != 0 {
				continue
			}
			d := 1 + r.IntN(maxDim)
			checkSqDist(t, randomPoints[T](r, m, d, 0), randomPoints[T](r, n, d, 0), r.IntN(2)*r.IntN(40))
		}
	}
	for d := 1; d <= maxDim; d++ {
		for range 1 + scaled(2) {
			m, n := 1+r.IntN(5), 1+r.IntN(130)
			checkSqDist(t, randomPoints[T](r, m, d, 0), randomPoints[T](r, n, d, 0), r.IntN(2)*r.IntN(40))
		}
	}
	// Beyond a tile of rows, and a strip of columns.
	for _, d := range []int{1, 3, 5, 40, 64} {
		checkSqDist(t, randomPoints[T](r, 66, d, 0), randomPoints[T](r, 33, d, 0), 3)
		checkSqDist(t, randomPoints[T](r, 3, d, 0), randomPoints[T](r, 1100, d, 0), 3)
		checkSqDist(t, randomPoints[T](r, 5, d, 0), randomPoints[T](r, 1024, d, 0), 0)
	}
	fillers := fillers[T]()
	for _, d := range []int{1, 2, 7, 33} {
		for _, filler := range fillers {
			x, y := randomPoints[T](r, 5, d, 0), randomPoints[T](r, 77, d, 0)
			filler.fill(r, x.Coord)
			filler.fill(r, y.Coord)
			checkSqDist(t, x, y, 1)
		}
	}
}

// TestSqDistSlice computes a matrix of distances in blocks of rows and columns.
func TestSqDistSlice(t *testing.T) { bothTypes(t, testSqDistSlice[float64], testSqDistSlice[float32]) }

func testSqDistSlice[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(11, 1))
	for _, d := range []int{1, 2, 3, 17, 64} {
		const m, n, ld = 71, 130, 133
		x, y := randomPoints[T](r, m, d, 5), randomPoints[T](r, n, d, 5)
		eachForm(t, func(t *testing.T) {
			whole, parts := make([]T, m*ld), make([]T, m*ld)
			SqDist(whole, ld, x, y)
			for i := 0; i < m; {
				i1 := min(m, i+1+r.IntN(30))
				for j := 0; j < n; {
					j1 := min(n, j+1+r.IntN(60))
					SqDist(parts[i*ld+j:], ld, x.Slice(i, i1), y.Slice(j, j1))
					j = j1
				}
				i = i1
			}
			if i := firstDifference(whole, parts); i >= 0 {
				t.Errorf("d = %d: [%d, %d] = %v in a block, %v in the whole", d, i/ld, i%ld, parts[i], whole[i])
			}
		})
	}
}

// TestSqDistAccuracy compares with exact distances, near the origin and far
// from it: d + 2 roundings of half an ulp at most.
func TestSqDistAccuracy(t *testing.T) {
	bothTypes(t, testSqDistAccuracy[float64], testSqDistAccuracy[float32])
}

func testSqDistAccuracy[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(12, 1))
	worst := 0.0
	half := ulp[T](1) / 2
	for d := 1; d <= maxDim; d++ {
		for _, shift := range []float64{0, 1e8, -1e3} {
			const m, n = 3, 20
			x, y := randomPoints[T](r, m, d, shift), randomPoints[T](r, n, d, shift)
			dst := make([]T, m*n)
			SqDist(dst, n, x, y)
			for i := range m {
				for j, exact := range distances(x, y, i, SqEuclidean) {
					got := float64(dst[i*n+j])
					off := math.Abs(dd{got, 0}.add(exact.neg()).hi)
					if off > half*float64(d+2)*exact.hi*(1+1e-6) {
						t.Errorf("d = %d, around %v: %v, want %v", d, shift, got, exact.hi)
					}
					if exact.hi > 0 {
						worst = max(worst, off/exact.hi/(2*half))
					}
				}
			}
		}
	}
	t.Logf("at worst %.2f ulp", worst)
}

// TestConcurrent calls what has shared room from several goroutines.
func TestConcurrent(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 1))
	const m, n, d = 70, 90, 3
	x, y := randomPoints[float64](r, m, d, 0), randomPoints[float64](r, n, d, 0)
	a := make([]float64, n)
	want, wantLSE := make([]float64, m*n), make([]float64, m)
	SqDist(want, n, x, y)
	LogSumExpDist(wantLSE, a, x, y, Euclidean, 0.2)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range scaled(200) {
				got, lse := make([]float64, m*n), make([]float64, m)
				SqDist(got, n, x, y)
				LogSumExpDist(lse, a, x, y, Euclidean, 0.2)
				if firstDifference(got, want) >= 0 || firstDifference(lse, wantLSE) >= 0 {
					t.Error("results differ when others compute at the same time")
					return
				}
			}
		})
	}
	group.Wait()
}

func TestSqDistPanics(t *testing.T) {
	c := make([]float64, 200)
	x, y := NewPoints(c[:6], 2), NewPoints(c[:8], 2)
	sq := func(dst []float64, ld int, x, y Points[float64]) func() {
		return func() { SqDist(dst, ld, x, y) }
	}
	panics(t, sq(c[:11], 4, x, y), "SqDist:", "len(dst) = 11", "ld = 4", "3 × 4")
	panics(t, sq(c, 3, x, y), "SqDist:", "ld = 3")
	panics(t, sq(c, -9, x, y), "SqDist:", "ld = -9")
	panics(t, sq(c, 4, x, NewPoints(c[:8], 1)), "SqDist:", "y has dimension 1", "2")
	panics(t, sq(c, 4, NewPoints(c[:65], 65), NewPoints(c[:130], 65)), "SqDist:", "dimension 65", "64")
	for _, p := range []Points[float64]{
		{N: 3, D: 2, Stride: 2, Coord: c},
		{N: 3, D: 2, Stride: 3, Coord: c[:5]},
		{N: 3, D: 2, Stride: -3, Coord: c},
		{N: -1, D: 2, Stride: 3, Coord: c},
		{N: 3, D: 0, Stride: 3, Coord: c},
	} {
		shape := fmt.Sprintf("%d points of dimension %d at a stride of %d", p.N, p.D, p.Stride)
		panics(t, sq(c, 4, p, p), "SqDist:", "x:", shape)
		if p.D == 2 {
			panics(t, sq(c, 4, x, p), "SqDist:", "y:", shape)
		}
	}
}

func FuzzSqDist(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"), uint8(2), uint8(2), uint8(1))
	f.Add(make([]byte, 2000), uint8(64), uint8(1), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, d, m, gap uint8) {
		var wide []float64
		var narrow []float32
		for ; len(data) >= 8; data = data[8:] {
			b := binary.LittleEndian.Uint64(data)
			wide = append(wide, math.Float64frombits(b))
			narrow = append(narrow, math.Float32frombits(uint32(b>>32)), math.Float32frombits(uint32(b)))
		}
		fuzzSqDist(t, wide, int(d), int(m), int(gap))
		fuzzSqDist(t, narrow, int(d), int(m), int(gap))
	})
}

func fuzzSqDist[T Float](t *testing.T, data []T, d, m, gap int) {
	d = 1 + d%maxDim
	all := len(data) / d
	m = min(m, all)
	p := NewPoints(data[:all*d], d)
	checkSqDist(t, p.Slice(0, m), p.Slice(m, all), gap)
}

package kernel

import (
	"math"
	"sync"
)

func sqDist64Go(dst []float64, ld int, x, y []float64, d, n int) {
	for i := range len(x) / d {
		row := dst[i*ld:][:n]
		clear(row)
		for k, xk := range x[i*d : (i+1)*d] {
			for j, yk := range y[k*n:][:n] {
				t := xk - yk
				row[j] = math.FMA(t, t, row[j])
			}
		}
	}
}

func sqrt64Go(x []float64) {
	for i, v := range x {
		x[i] = float64(math.Sqrt(double(v)))
	}
}

// A distRoom64 is the room in which the points of a tile are packed.
type distRoom64 struct {
	x    [tileRows * maxDim]float64
	y    [tileColumns * maxDim]float64
	out  [outRows * tileColumns]float64
	sums [tileRows]row64
}

var distRooms64 = sync.Pool{New: func() any { return new(distRoom64) }}

// strip64 is the number of points y in d dimensions that a kernel is given at a
// time, whole groups.
func strip64(d int) int { return min(tileColumns, whole64(stripBytes/(64/lanes64)/d)) }

// packRows puts the coordinates of each of points i to j−1 together.
func (r *distRoom64) packRows(x Points[float64], i, j int) {
	for k := range x.D {
		for l, v := range x.Coord[k*x.Stride:][i:j] {
			r.x[l*x.D+k] = v
		}
	}
}

// packColumns puts points i to j−1 into strips, the last of which is filled up
// with points 0 to whole groups.
func (r *distRoom64) packColumns(y Points[float64], i, j int) {
	room, width := r.y[:], strip64(y.D)
	for ; i < j; i += width {
		n := min(width, j-i)
		padded := up64(n)
		for k := range y.D {
			row := room[:padded]
			clear(row[copy(row, y.Coord[k*y.Stride:][i:i+n]):])
			room = room[padded:]
		}
	}
}

func sqDists64(dst []float64, ld int, x, y Points[float64]) {
	room := distRooms64.Get().(*distRoom64)
	defer distRooms64.Put(room)
	d, width := x.D, strip64(x.D)
	for i0 := 0; i0 < x.N; i0 += tileRows {
		m := min(tileRows, x.N-i0)
		xs := room.x[:m*d]
		room.packRows(x, i0, i0+m)
		for j := 0; j < y.N; j += width {
			w := min(width, y.N-j)
			room.packColumns(y, j, j+w)
			if w%lanes64 == 0 {
				sqDist64(dst[i0*ld+j:], ld, xs, room.y[:], d, w)
				continue
			}
			// Nothing may be written beyond the row.
			padded := up64(w)
			for i := 0; i < m; i += outRows {
				r := min(outRows, m-i)
				sqDist64(room.out[:], padded, xs[i*d:(i+r)*d], room.y[:], d, padded)
				for l := range r {
					copy(dst[(i0+i+l)*ld+j:], room.out[l*padded:][:w])
				}
			}
		}
	}
}

func logSumExpDists64(dst, a []float64, x, y Points[float64], cost Cost, eps float64) {
	room := distRooms64.Get().(*distRoom64)
	defer distRooms64.Put(room)
	d, width := x.D, strip64(x.D)
	for i0 := 0; i0 < x.N; i0 += tileRows {
		sums := room.sums[:min(tileRows, x.N-i0)]
		room.packRows(x, i0, i0+len(sums))
		for i := range sums {
			sums[i] = newRow64(1 / eps)
		}
		for j0 := 0; j0 < y.N; j0 += tileColumns / width * width {
			j1 := min(j0+tileColumns/width*width, y.N)
			room.packColumns(y, j0, j1)
			for i := 0; i < len(sums); i += outRows {
				r := min(outRows, len(sums)-i)
				xs := room.x[i*d : (i+r)*d]
				for j := j0; j < j1; j += width {
					w := up64(min(width, j1-j))
					sqDist64(room.out[j-j0:], tileColumns, xs, room.y[(j-j0)*d:], d, w)
				}
				for l := range r {
					costs := room.out[l*tileColumns:][:up64(j1-j0)]
					if cost == Euclidean {
						sqrt64(costs)
					}
					sums[i+l].addAny(a[j0:j1], costs)
				}
			}
		}
		for i := range sums {
			dst[i0+i] = sums[i].result(eps)
		}
	}
}

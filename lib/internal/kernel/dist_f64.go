package kernel

import "math"

func sqDist64Go(dst []float64, ld int, x []float64, ldx int, y []float64, ldy, d, n int) {
	for i := range rows {
		row := dst[i*ld:][:n]
		clear(row)
		for k := range d {
			xk := x[k*ldx+i]
			for j, yk := range y[k*ldy:][:n] {
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

// A cloud64 is points as the assembly wants them: there may be fewer than four
// or than a group, and then they are copied and padded.
type cloud64 struct {
	coord  []float64
	stride int
}

// pad64 is the room for a group of padded points.
type pad64 [maxDim * lanes64]float64

// from returns points i to i+n−1 of p as at least so many of which at entries
// may be read, copied to room if need be.
func from64(p Points[float64], i, n, whole int, room *pad64) cloud64 {
	if n == whole {
		return cloud64{p.Coord[i:], p.Stride}
	}
	for k := range p.D {
		copy(room[k*whole:(k+1)*whole], p.Coord[k*p.Stride+i:][:n])
	}
	return cloud64{room[:], whole}
}

func sqDists64(dst []float64, ld int, x, y Points[float64]) {
	var xRoom, yRoom pad64
	var out [rows * lanes64]float64
	n := whole64(y.N)
	for i := 0; i < x.N; i += rows {
		r := min(rows, x.N-i)
		xs := from64(x, i, r, rows, &xRoom)
		if r == rows {
			sqDist64(dst[i*ld:], ld, xs.coord, xs.stride, y.Coord, y.Stride, x.D, n)
		} else {
			for j := 0; j < n; j += lanes64 {
				sqDist64(out[:], lanes64, xs.coord, xs.stride, y.Coord[j:], y.Stride, x.D, lanes64)
				for l := range r {
					copy(dst[(i+l)*ld+j:], out[l*lanes64:(l+1)*lanes64])
				}
			}
		}
		if rest := y.N - n; rest > 0 {
			ys := from64(y, n, rest, lanes64, &yRoom)
			sqDist64(out[:], lanes64, xs.coord, xs.stride, ys.coord, ys.stride, x.D, lanes64)
			for l := range r {
				copy(dst[(i+l)*ld+n:], out[l*lanes64:][:rest])
			}
		}
	}
}

func logSumExpDists64(dst, a []float64, x, y Points[float64], cost Cost, eps float64) {
	var xRoom, yRoom pad64
	var dist [rows * distChunk]float64
	var tail [lanes64]float64
	scale := 1 / eps
	n := whole64(y.N)
	for l := copy(tail[:], a[n:]); l < lanes64; l++ {
		tail[l] = -inf64
	}
	ys := from64(y, n, y.N-n, lanes64, &yRoom)
	for i := 0; i < x.N; i += rows {
		r := min(rows, x.N-i)
		xs := from64(x, i, r, rows, &xRoom)
		var sum [rows]row64
		for l := range sum {
			sum[l] = newRow64(scale)
		}
		piece := func(a []float64, y cloud64) {
			sqDist64(dist[:], distChunk, xs.coord, xs.stride, y.coord, y.stride, x.D, len(a))
			for l := range r {
				d := dist[l*distChunk:][:len(a)]
				if cost == Euclidean {
					sqrt64(d)
				}
				sum[l].add(a, d)
			}
		}
		for j := 0; j < n; j += distChunk {
			end := min(j+distChunk, n)
			piece(a[j:end], cloud64{y.Coord[j:], y.Stride})
		}
		if n < y.N {
			piece(tail[:], ys)
		}
		for l := range r {
			dst[i+l] = sum[l].result(eps)
		}
	}
}

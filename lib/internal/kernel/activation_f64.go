package kernel

import "math"

func sigmoid64Go(y, dy, x []float64) {
	for i, v := range x {
		y[i], dy[i] = sigmoidOne64(v)
	}
}

// sigmoidOne64 returns σ(x) and σ'(x). With e = exp(−|x|) neither overflows nor
// cancels: σ = (x < 0 ? e : 1)/(1+e), σ' = e/(1+e)².
func sigmoidOne64(x float64) (s, ds float64) {
	e := exp64One(clamp64(-float64(math.Abs(double(x))), expLow64, 0))
	r := 1 / (1 + e)
	s = r
	if math.Signbit(double(x)) {
		s = e * r
	}
	return s, e * r * r
}

func silu64Go(y, dy, x []float64) {
	for i, v := range x {
		s, ds := sigmoidOne64(v)
		// Where σ or its derivative is 0, x must not be infinite.
		if v < expLow64 {
			v = expLow64
		}
		y[i] = v * s
		if v > -expLow64 {
			v = -expLow64
		}
		dy[i] = math.FMA(v, ds, s)
	}
}

// activate64 computes SiLU or the sigmoid for any length, with a place for dy if
// there is none.
func activate64(silu bool, y, dy, x []float64) {
	var room [256]float64
	for len(x) > 0 {
		n := whole64(len(x))
		d := dy
		if d == nil {
			n = min(n, len(room))
			d = room[:]
		}
		if n == 0 {
			var t, dt [lanes64]float64
			n = copy(t[:], x)
			activateGroups64(silu, t[:], dt[:], t[:])
			copy(y, t[:n])
			copy(d, dt[:n])
		} else {
			activateGroups64(silu, y[:n], d[:n], x[:n])
		}
		y, x = y[n:], x[n:]
		if dy != nil {
			dy = dy[n:]
		}
	}
}

func activateGroups64(silu bool, y, dy, x []float64) {
	if silu {
		silu64(y, dy, x)
	} else {
		sigmoid64(y, dy, x)
	}
}

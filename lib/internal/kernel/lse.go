package kernel

import (
	"fmt"
	"math"
)

// LogSumExp sets
//
//	dst[i] = ln Σⱼ exp((a[j] − c[i*ldc+j])/ε)
//
// for every i below len(dst), j below len(a). A nil c stands for zeros.
//
// The largest term is taken out, so that nothing overflows but a result that
// does, and the sums are compensated: the error is below 4 ulp of the largest
// of 1, |dst[i]| and the |a[j] − c[i*ldc+j]|/ε. A row of −Inf gives −Inf, as
// does an empty one; +Inf gives +Inf, and NaN gives NaN.
//
// It panics if ε or 1/ε is not positive and finite, or c is too short.
func LogSumExp[T Float](dst, a, c []T, ldc int, eps T) {
	checkEps("LogSumExp", eps)
	if c != nil && len(dst) > 0 && (ldc < len(a) || len(c) < (len(dst)-1)*ldc+len(a)) {
		panic(fmt.Sprintf("kernel: LogSumExp: len(c) = %d at ldc = %d is too short for %d × %d",
			len(c), ldc, len(dst), len(a)))
	}
	switch dst := any(dst).(type) {
	case []float64:
		logSumExps64(dst, any(a).([]float64), any(c).([]float64), ldc, any(eps).(float64))
	case []float32:
		logSumExps32(dst, any(a).([]float32), any(c).([]float32), ldc, any(eps).(float32))
	}
}

// LogSumExpDist is [LogSumExp] with the cost of the points for c:
//
//	dst[i] = ln Σⱼ exp((a[j] − cost(xᵢ, yⱼ))/ε)
//
// The costs are computed on the fly; memory is not needed for them. It panics
// if the dimensions of x and y differ or exceed 64, if dst is not as long as x
// or a as y, or ε or 1/ε is not positive and finite.
func LogSumExpDist[T Float](dst, a []T, x, y Points[T], cost Cost, eps T) {
	const name = "LogSumExpDist"
	checkEps(name, eps)
	checkPair(name, x, y)
	sameLength(name, "dst", len(dst), x.N)
	sameLength(name, "a", len(a), y.N)
	if cost != SqEuclidean && cost != Euclidean {
		panic(fmt.Sprintf("kernel: %s: no cost %d", name, int(cost)))
	}
	switch dst := any(dst).(type) {
	case []float64:
		logSumExpDists64(dst, any(a).([]float64),
			any(x).(Points[float64]), any(y).(Points[float64]), cost, any(eps).(float64))
	case []float32:
		logSumExpDists32(dst, any(a).([]float32),
			any(x).(Points[float32]), any(y).(Points[float32]), cost, any(eps).(float32))
	}
}

func checkEps[T Float](function string, eps T) {
	if r := 1 / eps; !(eps > 0 && r > 0) || math.IsInf(float64(r), 0) {
		panic(fmt.Sprintf("kernel: %s: eps = %v, want it and 1/eps positive and finite", function, eps))
	}
}

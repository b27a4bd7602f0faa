package kernel

import "fmt"

// Distances are computed in tiles of tileRows points x against tileColumns
// points y, packed so that the loops read memory in order. A strip of the tile
// is as many of its columns as take stripBytes, and stay in the first cache;
// where the distances are not to stay, outRows rows of them are kept.
const (
	maxDim      = 64
	tileRows    = 64
	tileColumns = 512
	stripBytes  = 1 << 14
	outRows     = 4
)

// A Cost is what moving mass between two points costs.
type Cost int

const (
	SqEuclidean Cost = iota // |x − y|²
	Euclidean               // |x − y|
)

// SqDist sets dst[i*ld+j] to the squared distance |xᵢ − yⱼ|². It is summed
// over the coordinates in order, with one rounding for each; nothing cancels
// where points are close to each other and far from the origin. It panics if
// the dimensions differ or exceed 64, or if dst is too short.
func SqDist[T Float](dst []T, ld int, x, y Points[T]) {
	checkPair("SqDist", x, y)
	if ld < y.N || x.N > 0 && len(dst) < (x.N-1)*ld+y.N {
		panic(fmt.Sprintf("kernel: SqDist: len(dst) = %d at ld = %d is too short for %d × %d",
			len(dst), ld, x.N, y.N))
	}
	switch dst := any(dst).(type) {
	case []float64:
		sqDists64(dst, ld, any(x).(Points[float64]), any(y).(Points[float64]))
	case []float32:
		sqDists32(dst, ld, any(x).(Points[float32]), any(y).(Points[float32]))
	}
}

func checkPair[T Float](function string, x, y Points[T]) {
	x.check(function, "x", x.D)
	y.check(function, "y", x.D)
	if x.D > maxDim {
		panic(fmt.Sprintf("kernel: %s: dimension %d exceeds %d", function, x.D, maxDim))
	}
}

package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"
)

// atEnd and atStart return n entries that end, or begin, where nothing may be
// read or written: see guarded.

func atEnd[T Float](t testing.TB, n int) []T   { return guarded[T](t, n, true) }
func atStart[T Float](t testing.TB, n int) []T { return guarded[T](t, n, false) }

// canary is a NaN that no kernel computes.
const canary = 0x7ff4dead

func isCanary[T Float](x T) bool {
	switch x := any(x).(type) {
	case float64:
		return math.Float64bits(x) == canary<<32|canary
	case float32:
		return math.Float32bits(x) == canary
	}
	return false
}

func fillCanaries[T Float](s []T) {
	switch s := any(s).(type) {
	case []float64:
		for i := range s {
			s[i] = math.Float64frombits(canary<<32 | canary)
		}
	case []float32:
		for i := range s {
			s[i] = math.Float32frombits(canary)
		}
	}
}

// fenced returns n entries that begin offset entries past a multiple of 64
// bytes, all canaries as are those around them, and a function that says
// whether the ones around still stand.
func fenced[T Float](n, offset int) (s []T, intact func() bool) {
	var one T
	size := int(unsafe.Sizeof(one))
	fence := 256 / size
	room := make([]T, n+3*fence)
	fillCanaries(room)
	start := fence + offset
	if past := int(uintptr(unsafe.Pointer(&room[0]))) % 64; past != 0 {
		start += (64 - past) / size
	}
	return room[start : start+n : start+n], func() bool {
		for i, v := range room {
			if (i < start || i >= start+n) && !isCanary(v) {
				return false
			}
		}
		return true
	}
}

func TestFenced(t *testing.T) {
	for _, outside := range []int{-1, 5} {
		s, intact := fenced[float32](5, 3)
		for i := range s {
			s[i] = 0
		}
		if !intact() {
			t.Error("not intact after writing inside")
		}
		if a := uintptr(unsafe.Pointer(&s[0])); a%64 != 3*4 {
			t.Errorf("starts at %d past a multiple of 64 bytes, want 12", a%64)
		}
		*(*float32)(unsafe.Add(unsafe.Pointer(&s[0]), 4*outside)) = 0
		if intact() {
			t.Errorf("intact after writing entry %d of 5", outside)
		}
	}
}

// bitsOf are the bits of x, one pattern standing for all NaNs: which of them
// comes out is not defined.
func bitsOf[T Float](x T) uint64 {
	switch x := any(x).(type) {
	case float64:
		if x == x {
			return math.Float64bits(x)
		}
	case float32:
		if x == x {
			return uint64(math.Float32bits(x))
		}
	}
	return math.MaxUint64
}

// firstDifference is the first i at which the bits differ, or −1.
func firstDifference[T Float](a, b []T) int {
	for i := range a {
		if bitsOf(a[i]) != bitsOf(b[i]) {
			return i
		}
	}
	return -1
}

// bothTypes runs the test for either element type.
func bothTypes(t *testing.T, f64, f32 func(t *testing.T)) {
	t.Run("float64", f64)
	t.Run("float32", f32)
}

// panics fails the test unless f panics with a message that has all the words.
func panics(t *testing.T, f func(), words ...string) {
	t.Helper()
	defer func() {
		t.Helper()
		got := fmt.Sprint(recover())
		for _, w := range words {
			if !strings.Contains(got, w) {
				t.Errorf("panics with %q, want it to name %q", got, w)
			}
		}
	}()
	f()
}

// scaled is n, or a part of it where tests are to be short.
func scaled(n int) int {
	if testing.Short() {
		return max(1, n/20)
	}
	return n
}

// A use is a call of an exported function on about n entries: the lengths of
// the slices that it reads and writes, and the call.
type use[T Float] struct {
	name    string
	in, out func(n int) []int
	call    func(n int, in, out [][]T)
}

func entries(n int) []int      { return []int{n} }
func twiceEntries(n int) []int { return []int{n, n} }

const useRows = 3

// uses are calls of every exported function.
func uses[T Float]() []use[T] {
	rows := func(int) []int { return []int{useRows} }
	all := []use[T]{
		{"Exp", entries, entries, func(_ int, in, out [][]T) { Exp(out[0], in[0]) }},
		{"Exp in place", entries, entries, func(_ int, in, out [][]T) {
			copy(out[0], in[0])
			Exp(out[0], out[0])
		}},
		{"Sigmoid", entries, twiceEntries, func(_ int, in, out [][]T) { Sigmoid(out[0], out[1], in[0]) }},
		{"Sigmoid alone", entries, entries, func(_ int, in, out [][]T) { Sigmoid(out[0], nil, in[0]) }},
		{"SiLU", entries, twiceEntries, func(_ int, in, out [][]T) { SiLU(out[0], out[1], in[0]) }},
		{"SiLU in place", entries, twiceEntries, func(_ int, in, out [][]T) {
			copy(out[0], in[0])
			SiLU(out[0], out[1], out[0])
		}},
		{"SiLU alone", entries, entries, func(_ int, in, out [][]T) { SiLU(out[0], nil, in[0]) }},
		{"LogSumExp of a", entries, func(int) []int { return []int{1} }, func(_ int, in, out [][]T) {
			LogSumExp(out[0], in[0], nil, 0, 0.7)
		}},
		{
			"LogSumExp", func(n int) []int { return []int{n, (useRows-1)*(n+2) + n} }, rows,
			func(n int, in, out [][]T) { LogSumExp(out[0], in[0], in[1], n+2, 0.3) },
		},
	}
	for _, d := range []int{1, 2, 3, 5, 64} {
		points := func(n, coord int, c []T) Points[T] { return Points[T]{N: n, D: d, Stride: coord, Coord: c} }
		// The points y are strided, the points x are not.
		coords := func(n int) []int { return []int{useRows * d, (d-1)*(n+1) + n} }
		all = append(all, use[T]{
			fmt.Sprintf("SqDist %d", d), coords, func(n int) []int { return []int{(useRows-1)*(n+3) + n} },
			func(n int, in, out [][]T) {
				SqDist(out[0], n+3, points(useRows, useRows, in[0]), points(n, n+1, in[1]))
			},
		})
		for _, cost := range []Cost{SqEuclidean, Euclidean} {
			all = append(all, use[T]{
				fmt.Sprintf("LogSumExpDist %d %d", d, cost),
				func(n int) []int { return append(coords(n), n) }, rows,
				func(n int, in, out [][]T) {
					LogSumExpDist(out[0], in[2], points(useRows, useRows, in[0]), points(n, n+1, in[1]), cost, 2)
				},
			})
		}
	}
	return all
}

// A filler fills slices with numbers of some kind.
type filler[T Float] struct {
	name string
	fill func(r *rand.Rand, s []T)
}

func fillers[T Float]() []filler[T] {
	each := func(name string, f func(r *rand.Rand) float64) filler[T] {
		return filler[T]{name, func(r *rand.Rand, s []T) {
			for i := range s {
				s[i] = T(f(r))
			}
		}}
	}
	special := []float64{
		0, math.Copysign(0, -1), 1, -1, math.Inf(1), math.Inf(-1),
		// NaNs whose low bits would do harm if they were taken for a number.
		math.NaN(), math.Float64frombits(0xfff8<<48 | 0x3ff), math.Float64frombits(0x7ff80000<<32 | 0x21000000),
		math.MaxFloat64, -math.MaxFloat64, 0x1p-1022, -0x1p-1022, 5e-324, -5e-324,
		math.MaxFloat32, -math.MaxFloat32, 0x1p-126, -0x1p-126, 0x1p-149, -0x1p-149,
		709.78, 709.79, 710, 711, -707.9, -708, -708.4, -745.1, -745.2, -746, -747, 1e300, -1e300,
		87, 88.7, 88.8, 90, 91, -86.9, -87, -87.4, -103.9, -104, -105, -106, 1e30, -1e30,
	}
	return []filler[T]{
		each("near", func(r *rand.Rand) float64 { return r.NormFloat64() }),
		each("far", func(r *rand.Rand) float64 { return 300 * r.NormFloat64() }),
		each("wide", func(r *rand.Rand) float64 { return r.NormFloat64() * math.Pow(10, 40*r.NormFloat64()) }),
		each("special", func(r *rand.Rand) float64 { return special[r.IntN(len(special))] }),
		each("some special", func(r *rand.Rand) float64 {
			if r.IntN(32) == 0 {
				return special[r.IntN(len(special))]
			}
			return 40 * r.NormFloat64()
		}),
		each("mostly -Inf", func(r *rand.Rand) float64 {
			if r.IntN(8) > 0 {
				return math.Inf(-1)
			}
			return r.NormFloat64()
		}),
		{"rising", func(r *rand.Rand, s []T) {
			for i := range s {
				s[i] = T(float64(i) / 50)
			}
		}},
	}
}

// lengths are those of the tests of bits and bounds.
func lengths(longer ...int) []int {
	var n []int
	for i := 0; i <= 130; i++ {
		n = append(n, i)
	}
	return append(n, longer...)
}

// unaligned returns slices of the lengths, each at another offset.
func unaligned[T Float](lengths []int, offset int) (s [][]T, intact func() bool) {
	var all []func() bool
	for i, n := range lengths {
		one, f := fenced[T](n, (offset+5*i)%16)
		s, all = append(s, one), append(all, f)
	}
	return s, func() bool {
		for _, f := range all {
			if !f() {
				return false
			}
		}
		return true
	}
}

// TestForms compares every form with plain Go, bit for bit, on slices that
// begin anywhere, and finds what is written outside them.
func TestForms(t *testing.T) { bothTypes(t, testForms[float64], testForms[float32]) }

func testForms[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, u := range uses[T]() {
		t.Run(u.name, func(t *testing.T) {
			for _, n := range lengths(255, 256, 257, 511, 1023, 1040, 2500) {
				for k, filler := range fillers[T]() {
					// Every kind of number at some lengths at least.
					if n > 130 && (n+k)%2 == 0 || testing.Short() && (n+k)%7 != 0 {
						continue
					}
					in, _ := unaligned[T](u.in(n), n)
					for _, s := range in {
						filler.fill(r, s)
					}
					var want [][]T
					for f := Go; f <= Best(); f++ {
						restore := Use(f)
						out, intact := unaligned[T](u.out(n), n+int(f))
						u.call(n, in, out)
						restore()
						if !intact() {
							t.Fatalf("%v: n = %d, %s: something was written outside", f, n, filler.name)
						}
						if f == Go {
							want = out
						}
						for l := range out {
							if i := firstDifference(out[l], want[l]); i >= 0 {
								t.Fatalf("%v: n = %d, %s: result %d [%d] = %v, in Go %v",
									f, n, filler.name, l, i, out[l][i], want[l][i])
							}
						}
					}
				}
			}
		})
	}
}

// TestBounds runs every form on slices at the edges of what may be read.
func TestBounds(t *testing.T) { bothTypes(t, testBounds[float64], testBounds[float32]) }

func testBounds[T Float](t *testing.T) {
	const most = 130
	for _, u := range uses[T]() {
		for _, edge := range []struct {
			name string
			make func(t testing.TB, n int) []T
			cut  func(s []T, n int) []T
		}{
			{"end", atEnd[T], func(s []T, n int) []T { return s[len(s)-n:] }},
			{"start", atStart[T], func(s []T, n int) []T { return s[:n:n] }},
		} {
			t.Run(u.name+" "+edge.name, func(t *testing.T) {
				var in, out [][]T
				for _, n := range u.in(most) {
					in = append(in, edge.make(t, n))
				}
				for _, n := range u.out(most) {
					out = append(out, edge.make(t, n))
				}
				cut := func(from [][]T, lengths []int) (s [][]T) {
					for i, n := range lengths {
						s = append(s, edge.cut(from[i], n))
					}
					return s
				}
				for f := Go; f <= Best(); f++ {
					restore := Use(f)
					for n := range most + 1 {
						u.call(n, cut(in, u.in(n)), cut(out, u.out(n)))
					}
					restore()
				}
			})
		}
	}
}

// TestAllocations finds calls that allocate.
func TestAllocations(t *testing.T) { bothTypes(t, testAllocations[float64], testAllocations[float32]) }

func testAllocations[T Float](t *testing.T) {
	eachForm(t, func(t *testing.T) {
		for _, u := range uses[T]() {
			const n = 1051
			var in, out [][]T
			for _, n := range u.in(n) {
				in = append(in, make([]T, n))
			}
			for _, n := range u.out(n) {
				out = append(out, make([]T, n))
			}
			if a := testing.AllocsPerRun(10, func() { u.call(n, in, out) }); a != 0 {
				t.Errorf("%s allocates %v times", u.name, a)
			}
		}
	})
}

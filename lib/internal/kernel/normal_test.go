package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// entries is the definition of Normal and Uniform, one entry at a time.
func (s sequence) entries(n int, offset uint64) []float64 {
	dst := make([]float64, n)
	for i := range dst {
		// The block of an entry beyond 2⁶⁴ is the next, not the first.
		block := offset/2 + (offset%2+uint64(i))/2
		pair := [2]float64{}
		pair[0], pair[1] = s.pair(block)
		dst[i] = pair[(offset+uint64(i))%2]
	}
	return dst
}

// draw is Normal or Uniform.
func (s sequence) draw(dst []float64, offset uint64) {
	if s.normal {
		Normal(dst, s.hi, s.lo, s.purpose, offset)
	} else {
		Uniform(dst, s.hi, s.lo, s.purpose, offset)
	}
}

// sequences are of keys and purposes that make every carry and none.
func sequences() []sequence {
	const ones = math.MaxUint64
	var all []sequence
	for _, normal := range []bool{true, false} {
		all = append(
			all,
			sequence{0, 0, 0, normal},
			sequence{0, 1, 1, normal},
			sequence{ones, ones, ones, normal},
			sequence{0x243f6a8885a308d3, 0x13198a2e03707344, 1 << 63, normal},
			sequence{1 << 63, parity, 2, normal},
			sequence{ones - 7, 5, 0, normal}, // the first word wraps around among the first blocks
		)
	}
	return all
}

// TestSequences compares what every form makes with the definition, at every
// short length and offset, and looks at what stands around.
func TestSequences(t *testing.T) {
	const lengths, offsets, around = 130, 40, 3
	eachForm(t, func(t *testing.T) {
		for _, s := range sequences() {
			want := s.entries(lengths+offsets, 0)
			var room [lengths + 2*around]float64
			for offset := range offsets + 1 {
				for n := range lengths + 1 {
					for i := range room {
						room[i] = math.Inf(1)
					}
					s.draw(room[around:around+n], uint64(offset))
					for i, v := range room {
						expect := math.Inf(1)
						if j := i - around; j >= 0 && j < n {
							expect = want[offset+j]
						}
						if v != expect {
							t.Fatalf("%+v: %d entries from %d: entry %d is %x, want %x", s, n, offset, i-around, v, expect)
						}
					}
				}
			}
		}
	})
}

// TestSequencesFar begins at offsets near the largest, and fills what the
// assembly takes several turns and calls for.
func TestSequencesFar(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		for _, s := range sequences() {
			for _, offset := range []uint64{0, 1, 1<<32 - 50, 1<<33 - 51, 1<<63 - 101, math.MaxUint64, math.MaxUint64 - 99, math.MaxUint64 - 100} {
				for _, n := range []int{100, 1024, 1025, 3003} {
					got := make([]float64, n)
					s.draw(got, offset)
					if !slices.EqualFunc(got, s.entries(n, offset), sameBits[float64]) {
						t.Fatalf("%+v: %d entries from %d differ", s, n, offset)
					}
				}
			}
		}
	})
}

// TestCounterWraps calls the kernels themselves, whose blocks go round past
// the largest.
func TestCounterWraps(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		for _, s := range sequences() {
			for back := range uint64(40) {
				for n := 0; n <= 20*lanes64; n += 2 * lanes64 {
					got := append(make([]float64, n), math.Inf(1))
					s.groups(got[:n], -back)
					for i := range n / 2 {
						a, b := s.pair(uint64(i) - back)
						if got[2*i] != a || got[2*i+1] != b {
							t.Fatalf("%+v: %d entries from block −%d: pair %d is %x, want %x", s, n, back, i, got[2*i:2*i+2], []float64{a, b})
						}
					}
					if !math.IsInf(got[n], 1) {
						t.Fatalf("%+v: %d entries: wrote behind them", s, n)
					}
				}
			}
		}
	})
}

// TestRareWords has every lane make the normals of words that hardly occur: the
// ends of both ranges, and both sides of where the transform changes branch. At
// a quarter of √½ there is a word next to that place.
func TestRareWords(t *testing.T) {
	const rootHalf = 0xb504f333f9de6484 // √½ of 2⁶⁴
	var words []uint64
	for _, x := range []uint64{0, rootHalf, rootHalf >> 1, rootHalf >> 2, 1 << 61, 1 << 62, 1 << 63, 3 << 62, 5 << 61, 7 << 61} {
		for _, d := range []uint64{0, 1, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 30} {
			words = append(words, x+d, x-d)
		}
	}
	const k0, k1 = 0x0123456789abcdef, 0xfedcba9876543210
	eachForm(t, func(t *testing.T) {
		var got [2 * lanes64]float64
		for _, x0 := range words {
			for _, x1 := range words {
				block, purpose := counterOf(k0, k1, x0, x1)
				z0, z1 := polar(x0, x1)
				u0, u1 := unit(x0), unit(x1)
				for lane := range uint64(lanes64) {
					sequence{k0, k1, purpose, true}.groups(got[:], block-lane)
					if a, b := got[2*lane], got[2*lane+1]; !sameBits(a, z0) || !sameBits(b, z1) {
						t.Fatalf("words %#x, %#x in lane %d: got normals %x, %x, want %x, %x", x0, x1, lane, a, b, z0, z1)
					}
					sequence{k0, k1, purpose, false}.groups(got[:], block-lane)
					if a, b := got[2*lane], got[2*lane+1]; a != u0 || b != u1 {
						t.Fatalf("words %#x, %#x in lane %d: got uniforms %x, %x, want %x, %x", x0, x1, lane, a, b, u0, u1)
					}
				}
			}
		}
	})
}

// TestLongSequences compares many bits, among them rare ones.
func TestLongSequences(t *testing.T) {
	n := 1 << 20
	if testing.Short() {
		n = 1 << 16
	}
	got, want := make([]float64, n), make([]float64, n)
	for _, s := range []sequence{{1, 2, 3, true}, {4, 5, 6, false}} {
		func() {
			defer Use(Go)()
			s.draw(want, 7)
		}()
		eachForm(t, func(t *testing.T) {
			s.draw(got, 7)
			if !slices.EqualFunc(got, want, sameBits[float64]) {
				t.Errorf("%+v: not the bits of the definition", s)
			}
		})
	}
}

func TestNormal32(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		for _, offset := range []uint64{0, 1, 1000, math.MaxUint64 - 300, math.MaxUint64 - 301} {
			for _, n := range []int{0, 1, 2, 17, 255, 256, 257, 700} {
				single, double := make([]float32, n), make([]float64, n)
				Normal(single, 1, 2, 3, offset)
				Normal(double, 1, 2, 3, offset)
				for i := range single {
					if single[i] != float32(double[i]) {
						t.Fatalf("%d entries from %d: entry %d is %v, want %v", n, offset, i, single[i], double[i])
					}
				}
			}
		}
	})
}

func TestSequencesDoNotAllocate(t *testing.T) {
	double, single := make([]float64, 101), make([]float32, 301)
	eachForm(t, func(t *testing.T) {
		n := testing.AllocsPerRun(10, func() {
			Normal(double, 1, 2, 3, 1)
			Normal(single, 1, 2, 3, 1)
			Uniform(double, 1, 2, 3, 1)
		})
		if n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}

func FuzzSequences(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint64(3), uint64(math.MaxUint64), uint16(100))
	f.Fuzz(func(t *testing.T, hi, lo, purpose, offset uint64, n uint16) {
		for _, normal := range []bool{true, false} {
			s := sequence{hi, lo, purpose, normal}
			got := make([]float64, n%2048)
			s.draw(got, offset)
			if !slices.EqualFunc(got, s.entries(len(got), offset), sameBits[float64]) {
				t.Errorf("%+v: %d entries from %d differ from the definition", s, len(got), offset)
			}
		}
	})
}

func ExampleNormal() {
	few, many := make([]float64, 2), make([]float64, 1000)
	Normal(few, 1, 2, 3, 998)
	Normal(many, 1, 2, 3, 0)
	fmt.Println(few[0] == many[998], few[1] == many[999])
	// Output: true true
}

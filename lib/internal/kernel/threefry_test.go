package kernel

import (
	"math/bits"
	"testing"
)

// TestThreefry compares with the known answers that the authors of the
// generator publish with Random123 (kat_vectors, threefry2x64).
func TestThreefry(t *testing.T) {
	const ones = 1<<64 - 1
	for _, test := range []struct {
		rounds       int
		c0, c1       uint64
		k0, k1       uint64
		want0, want1 uint64
	}{
		{13, 0, 0, 0, 0, 0xf167b032c3b480bd, 0xe91f9fee4b7a6fb5},
		{13, ones, ones, ones, ones, 0xccdec5c917a874b1, 0x4df53abca26ceb01},
		{13, 0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89, 0xc3aac71561042993, 0x3fe7ae8801aff316},
		{20, 0, 0, 0, 0, 0xc2b6e3a8c2c69865, 0x6f81ed42f350084d},
		{20, ones, ones, ones, ones, 0xe02cb7c4d95d277a, 0xd06633d0893b8b68},
		{20, 0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89, 0x263c7d30bb0f0af1, 0x56be8361d3311526},
	} {
		f := threefry13
		if test.rounds == 20 {
			f = Threefry20
		}
		if got0, got1 := f(test.k0, test.k1, test.c0, test.c1); got0 != test.want0 || got1 != test.want1 {
			t.Errorf("%d rounds of (%#x, %#x) under (%#x, %#x): got %#x, %#x, want %#x, %#x",
				test.rounds, test.c0, test.c1, test.k0, test.k1, got0, got1, test.want0, test.want1)
		}
	}
}

// counterOf returns the counter whose block under the key is x0, x1.
func counterOf(k0, k1, x0, x1 uint64) (c0, c1 uint64) {
	k2 := k0 ^ k1 ^ parity
	back := func(turns ...int) {
		for _, r := range turns {
			x1 = bits.RotateLeft64(x1^x0, -r)
			x0 -= x1
		}
	}
	back(16)
	x0, x1 = x0-k0, x1-k1-3
	back(31, 12, 42, 16)
	x0, x1 = x0-k2, x1-k0-2
	back(21, 24, 32, 16)
	x0, x1 = x0-k1, x1-k2-1
	back(31, 12, 42, 16)
	return x0 - k0, x1 - k1
}

package rng

import "testing"

// TestThreefry compares with the known answers that the authors of the
// generator publish with Random123 (kat_vectors, threefry2x64).
func TestThreefry(t *testing.T) {
	const ones = 1<<64 - 1
	for _, test := range []struct {
		rounds       int
		c0, c1       uint64
		key          Key
		want0, want1 uint64
	}{
		{13, 0, 0, Key{}, 0xf167b032c3b480bd, 0xe91f9fee4b7a6fb5},
		{13, ones, ones, Key{ones, ones}, 0xccdec5c917a874b1, 0x4df53abca26ceb01},
		{13, 0x243f6a8885a308d3, 0x13198a2e03707344, Key{0xa4093822299f31d0, 0x082efa98ec4e6c89}, 0xc3aac71561042993, 0x3fe7ae8801aff316},
		{20, 0, 0, Key{}, 0xc2b6e3a8c2c69865, 0x6f81ed42f350084d},
		{20, ones, ones, Key{ones, ones}, 0xe02cb7c4d95d277a, 0xd06633d0893b8b68},
		{20, 0x243f6a8885a308d3, 0x13198a2e03707344, Key{0xa4093822299f31d0, 0x082efa98ec4e6c89}, 0x263c7d30bb0f0af1, 0x56be8361d3311526},
	} {
		f := threefry13
		if test.rounds == 20 {
			f = threefry20
		}
		if got0, got1 := f(test.key, test.c0, test.c1); got0 != test.want0 || got1 != test.want1 {
			t.Errorf("%d rounds of (%#x, %#x) under %v: got %#x, %#x, want %#x, %#x",
				test.rounds, test.c0, test.c1, test.key, got0, got1, test.want0, test.want1)
		}
	}
}

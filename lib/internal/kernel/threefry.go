package kernel

import "math/bits"

// The Threefry-2x64 block function of Salmon et al. (SC11), section 4.2: a
// keyed bijection of 128 bits. Four rounds, then the key is added again.

// parity is the Skein key-schedule constant C240: with it the three words of
// the extended key are never all zero.
const parity = 0x1bd11bdaa9fc1a22

// Threefry20 returns the block of the counter c0, c1 under the key k0, k1 after
// 20 rounds, which is what the authors recommend.
func Threefry20(k0, k1, c0, c1 uint64) (x0, x1 uint64) {
	k2 := k0 ^ k1 ^ parity
	x0, x1 = c0+k0, c1+k1
	x0, x1 = fourRoundsEven(x0, x1)
	x0, x1 = x0+k1, x1+k2+1
	x0, x1 = fourRoundsOdd(x0, x1)
	x0, x1 = x0+k2, x1+k0+2
	x0, x1 = fourRoundsEven(x0, x1)
	x0, x1 = x0+k0, x1+k1+3
	x0, x1 = fourRoundsOdd(x0, x1)
	x0, x1 = x0+k1, x1+k2+4
	x0, x1 = fourRoundsEven(x0, x1)
	return x0 + k2, x1 + k0 + 5
}

// threefry13 is the same with 13 rounds.
func threefry13(k0, k1, c0, c1 uint64) (x0, x1 uint64) {
	k2 := k0 ^ k1 ^ parity
	x0, x1 = c0+k0, c1+k1
	x0, x1 = fourRoundsEven(x0, x1)
	x0, x1 = x0+k1, x1+k2+1
	x0, x1 = fourRoundsOdd(x0, x1)
	x0, x1 = x0+k2, x1+k0+2
	x0, x1 = fourRoundsEven(x0, x1)
	x0, x1 = x0+k0, x1+k1+3
	return round(x0, x1, 16)
}

func fourRoundsEven(x0, x1 uint64) (uint64, uint64) {
	x0, x1 = round(x0, x1, 16)
	x0, x1 = round(x0, x1, 42)
	x0, x1 = round(x0, x1, 12)
	return round(x0, x1, 31)
}

func fourRoundsOdd(x0, x1 uint64) (uint64, uint64) {
	x0, x1 = round(x0, x1, 16)
	x0, x1 = round(x0, x1, 32)
	x0, x1 = round(x0, x1, 24)
	return round(x0, x1, 21)
}

func round(x0, x1 uint64, r int) (uint64, uint64) {
	x0 += x1
	return x0, bits.RotateLeft64(x1, r) ^ x0
}

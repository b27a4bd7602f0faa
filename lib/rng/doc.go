// Package rng makes random numbers from keys.
//
// A [Key] is a small value that stands for a whole tree of random streams.
// Nothing about it changes when it is used: drawing from a key twice gives the
// same numbers twice, and a function that draws takes the key as an argument,
// so what is random in a program can be read off its calls. What needs
// randomness of its own gets a key of its own:
//
//	key := rng.New(1)
//	x := draw(key.Named("start"))
//	for i := range paths {
//		paths[i] = simulate(x, key.Named("noise").Fold(uint64(i)))
//	}
//
// Path i is then the same whether there are ten paths or a thousand, and
// whichever goroutine computes it.
//
// # Generators
//
// Keys are derived by Threefry-2x64 with 20 rounds, which no known test tells
// from a random function; so are the seeds of [Key.Rand].
// [Key.Normal] and [Key.Uniform] are counter-based: entry j is a function of
// the key and of j alone, so a long vector can be filled in pieces, in any
// order, by [Key.NormalAt] and [Key.UniformAt]. They use 13 rounds, the fewest
// that pass BigCrush (Salmon, Moraes, Dror and Shaw, "Parallel random numbers:
// as easy as 1, 2, 3", SC11).
//
// # Same bits everywhere
//
// Normals and uniforms are the same on every platform and in every release.
// They are made from integers by a fixed sequence of correctly rounded
// operations, in which every product that could be fused with a sum is written
// as a fused one. Machines without a fused multiply-add get the same bits
// slowly.
package rng

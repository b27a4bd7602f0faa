package rng

import (
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
)

// Key is a splittable random key: a value that names a random stream and, by
// [Key.Fold] and [Key.Named], as many further keys as are wanted. Keys are
// comparable and may be map keys. The zero Key is New(0).
//
// A key should be used for one thing: either drawn from, once, or split.
// Everything that draws from the same key sees the same numbers.
type Key struct {
	hi, lo uint64
}

var (
	_ encoding.TextMarshaler   = Key{}
	_ encoding.TextUnmarshaler = (*Key)(nil)
)

// The second counter word says what a block of random bits is for, so that the
// children of a key and the streams drawn from it are distinct.
const (
	forNormal uint64 = iota
	forUniform
	forRand
	forFold
	forName
	forNameEnd
)

// New returns the key of a seed. Different seeds give different keys.
func New(seed uint64) Key { return Key{lo: seed} }

// Fold returns the i-th child of k. What is drawn from one child is
// independent of what is drawn from the others, from k, and from the children
// that [Key.Named] returns.
func (k Key) Fold(i uint64) Key { return k.child(i, forFold) }

// Named returns the child of k that has the given label. The key depends on
// every byte of the label, which may be empty.
func (k Key) Named(label string) Key {
	n := len(label)
	for ; len(label) >= 8; label = label[8:] {
		k = k.child(binary.LittleEndian.Uint64([]byte(label[:8])), forName)
	}
	var last [8]byte
	copy(last[:], label)
	k = k.child(binary.LittleEndian.Uint64(last[:]), forName)
	return k.child(uint64(n), forNameEnd)
}

func (k Key) child(i, purpose uint64) Key {
	hi, lo := kernel.Threefry20(k.hi, k.lo, i, purpose)
	return Key{hi, lo}
}

// Rand returns a new generator for scalar draws, always in the same state for
// the same key. It is not safe for concurrent use.
func (k Key) Rand() *rand.Rand {
	return rand.New(rand.NewPCG(kernel.Threefry20(k.hi, k.lo, 0, forRand)))
}

// String returns "rng.Key(…)" with the key in 32 hexadecimal digits.
func (k Key) String() string { return fmt.Sprintf("rng.Key(%016x%016x)", k.hi, k.lo) }

// MarshalText implements [encoding.TextMarshaler]: a key is 32 hexadecimal
// digits, so a struct that holds one is told from another by its JSON.
func (k Key) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%016x%016x", k.hi, k.lo), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (k *Key) UnmarshalText(text []byte) error {
	var b [16]byte
	if n, err := hex.Decode(b[:], text[:min(len(text), 32)]); err != nil || n != 16 || len(text) != 32 {
		return fmt.Errorf("rng: Key.UnmarshalText: text is %q, want 32 hexadecimal digits", text)
	}
	k.hi, k.lo = binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	return nil
}
